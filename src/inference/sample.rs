//! Winners drawn from an activity.

use crate::kernel::matrix::{WIDTH, padded};
use crate::kernel::philox::Place;
use crate::kernel::simd::Level;
use crate::kernel::uniform::uniform;
use crate::network::Circuits;

/// Draws the winner of every circuit from `q`: the first unit whose cumulative sum, in order,
/// exceeds the circuit's uniform draw. The draw of circuit `c` is that of "unit" `c` at `place`. If
/// rounding leaves the total below the draw, the last unit with a positive probability wins. If no
/// unit has a positive probability, for instance because of a NaN, the last unit wins.
pub fn winners(level: Level, circuits: &Circuits, q: &[f32], place: Place, winners: &mut [u32]) {
    const STACK: usize = 4 * WIDTH;
    let length = padded(circuits.count());
    let mut stack = [0.0; STACK];
    let mut heap = Vec::new();
    let draws = match stack.get_mut(..length) {
        Some(draws) => draws,
        None => {
            heap.resize(length, 0.0);
            &mut heap
        }
    };
    uniform(level, place, draws);
    for ((members, winner), &draw) in circuits.iter().zip(winners).zip(&*draws) {
        *winner = (members.start + winner_of(&q[members], draw)) as u32;
    }
}

/// The unit whose part of `[0,1)` contains the draw.
pub(super) fn winner_of(q: &[f32], draw: f32) -> usize {
    let mut sum = 0.0;
    for (unit, &share) in q.iter().enumerate() {
        sum += share;
        if draw < sum {
            return unit;
        }
    }
    q.iter().rposition(|&share| share > 0.0).unwrap_or(q.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::winner_of;

    #[test]
    fn every_draw_has_a_winner_with_positive_probability() {
        assert_eq!(winner_of(&[0.25, 0.5, 0.25], 0.0), 0);
        assert_eq!(winner_of(&[0.25, 0.5, 0.25], 0.25), 1);
        assert_eq!(winner_of(&[0.25, 0.5, 0.25], 0.75), 2);
        assert_eq!(winner_of(&[0.0, 1.0, 0.0], 0.0), 1);
        assert_eq!(winner_of(&[0.5, 0.499_999, 0.0], 0.999_999_9), 1);
        assert_eq!(winner_of(&[f32::NAN, f32::NAN], 0.5), 1);
        assert_eq!(winner_of(&[1.0], 0.999), 0);
    }
}
