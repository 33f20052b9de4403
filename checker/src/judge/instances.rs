//! The instances of a chain: all choices of its indices, or a few of them.

use crate::evaluate::domain::Domain;
use crate::evaluate::mode::Mode;
use crate::evaluate::point::Point;
use crate::evaluate::{EvalError, Evaluator, Frame, Outcome, SlotValue};
use crate::limits::MAX_INSTANCES;
use crate::number::random::Random;
use crate::resolve::ir::ChainNode;

/// All choices of the indices of a chain.
pub(crate) fn instances<D: Domain>(ev: &mut Evaluator<'_, D>, chain: &ChainNode) -> Outcome<Vec<Frame>> {
    let mut frame = vec![SlotValue::Unset; chain.frame];
    let mut frames = Vec::new();
    ev.each(&chain.binders, chain.filter, (&mut frame, Mode::BASE), chain.sides[0], &mut |_, frame| {
        if frames.len() == MAX_INSTANCES {
            return Err(EvalError::Budget(chain.sides[0]));
        }
        frames.push(frame.clone());
        Ok(())
    })?;
    Ok(frames)
}

/// At most `most` of the instances, drawn at random without replacement.
pub(super) fn chosen(mut frames: Vec<Frame>, most: usize, point: &Point, key: &(usize, usize)) -> Vec<Frame> {
    let mut random: Random = point.random(&[14, key.0 as u64, key.1 as u64]);
    for at in 0..most.min(frames.len()) {
        let other = at + random.below((frames.len() - at) as u64) as usize;
        frames.swap(at, other);
    }
    frames.truncate(most);
    frames
}
