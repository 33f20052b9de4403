//! Representatives of instances that differ only in names.
//!
//! The entries of a network have the same distribution for all units of a circuit, and for all
//! states. If a claim reads no positions of units and states, it says the same about all instances
//! that differ only in their names.

use smallvec::{SmallVec, smallvec};

use super::instances::instances;
use crate::evaluate::domain::Domain;
use crate::evaluate::geometry::Shape;
use crate::evaluate::{Evaluator, Frame, Outcome, SlotValue};
use crate::resolve::ir::{BinderNode, ChainNode, Document, NodeId, Op, SetNode};
use crate::resolve::sort::{Sort, Type};

/// One of these nodes reads the position of a unit or of a state.
pub(super) fn reads_positions(document: &Document, nodes: &[NodeId]) -> bool {
    let renamed = |sort: Sort| {
        matches!(sort, Sort::Unit | Sort::Hidden | Sort::Action | Sort::State | Sort::Configuration)
    };
    nodes.iter().any(|&node| match document.nodes[node].op {
        Op::Ordinal(index) => match document.nodes[index].kind {
            Type::Index(sort) => renamed(sort),
            _ => true,
        },
        _ => false,
    })
}

/// The instances of a chain. Without `positions`, one of each group that differs only in names.
pub(super) fn representatives<D: Domain>(
    ev: &mut Evaluator<'_, D>,
    chain: &ChainNode,
    positions: bool,
) -> Outcome<Vec<Frame>> {
    let mut frames = instances(ev, chain)?;
    frames.retain(|frame| positions || is_representative(ev.shape, &chain.binders, frame));
    Ok(frames)
}

/// The instance uses the names of units and states in order. Exactly one of each group does.
fn is_representative(shape: &Shape, binders: &[BinderNode], frame: &Frame) -> bool {
    let states = shape.circuits();
    // Number of names of each circuit, and of the states, so far.
    let mut named: SmallVec<[usize; 12]> = smallvec![0; states + 1];
    let mut in_order = |of: usize, place: usize| {
        named[of] = named[of].max(place + 1).min(named[of] + 1);
        place < named[of]
    };
    binders.iter().all(|binder| {
        let SlotValue::Index(index) = frame[binder.slot] else { return false };
        let index = index as usize;
        let mut unit = |unit: usize| {
            let circuit = shape.circuit_of(unit);
            in_order(circuit, unit - shape.members(circuit).start)
        };
        match binder.set {
            SetNode::CircuitOf(_) | SetNode::All(Sort::Unit | Sort::Hidden | Sort::Action) => unit(index),
            SetNode::All(Sort::Configuration) => {
                (0..shape.circuits()).all(|circuit| unit(shape.winner(index, circuit)))
            }
            SetNode::All(Sort::State) => in_order(states, index),
            SetNode::All(Sort::Circuit | Sort::Situation | Sort::Lag | Sort::Train) => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::is_representative;
    use crate::evaluate::SlotValue;
    use crate::evaluate::geometry::Shape;
    use crate::resolve::ir::{BinderNode, SetNode};
    use crate::resolve::sort::Sort;

    const SHAPE: Shape =
        Shape { states: 3, hidden_circuits: 2, hidden_size: 3, actions: 2, situations: 1, window: 2 };

    fn count(sorts: &[Sort]) -> (usize, usize) {
        let binder = |(slot, &sort): (usize, &Sort)| BinderNode {
            slot,
            set: SetNode::All(sort),
            name: format!("i{slot}"),
        };
        let binders: Vec<BinderNode> = sorts.iter().enumerate().map(binder).collect();
        let mut frames = vec![vec![]];
        for &sort in sorts {
            frames = frames
                .into_iter()
                .flat_map(|frame: Vec<SlotValue>| {
                    SHAPE.range(sort).map(move |at| [&frame[..], &[SlotValue::Index(at as u32)]].concat())
                })
                .collect();
        }
        let representatives = frames.iter().filter(|frame| is_representative(&SHAPE, &binders, frame));
        (representatives.count(), frames.len())
    }

    #[test]
    fn one_of_each_kind_of_instance_is_left() {
        // A unit of each circuit. Two units: the same, another of its circuit, or one of another
        // circuit.
        assert_eq!(count(&[Sort::Unit]), (3, 8));
        assert_eq!(count(&[Sort::Unit, Sort::Unit]), (3 * (2 + 2), 64));
        // Three of one circuit of three: aaa, aab, aba, abb, abc.
        assert_eq!(count(&[Sort::State, Sort::State, Sort::State]), (5, 27));
        // One configuration; a second one agrees with it or not, circuit by circuit.
        assert_eq!(count(&[Sort::Configuration, Sort::Configuration]), (8, 18 * 18));
        assert_eq!(count(&[Sort::Circuit, Sort::Situation, Sort::Train]), (12, 12));
    }
}
