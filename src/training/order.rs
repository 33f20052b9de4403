//! In which order examples are trained on.

use crate::kernel::matrix::padded;
use crate::kernel::philox::{Place, Stream};
use crate::kernel::simd::Level;
use crate::kernel::uniform::uniform;
use std::ops::Range;

/// Batches in random order: every example of a range once an epoch. What is left of an epoch and
/// makes no whole batch is left out.
#[derive(Clone, Debug)]
pub(super) struct Order {
    seed: u32,
    batch: usize,
    images: Range<usize>,
    epoch: Option<u32>,
    shuffled: Vec<(u32, u32)>,
}

impl Order {
    /// # Panics
    /// Where the range is smaller than a batch.
    pub(super) fn new(seed: u32, batch: usize, images: Range<usize>) -> Self {
        assert!(images.len() >= batch);
        Self { seed, batch, images, epoch: None, shuffled: Vec::new() }
    }

    /// The images of the batch of a step, counted from 0.
    pub(super) fn batch(&mut self, level: Level, step: u64) -> impl Iterator<Item = usize> + '_ {
        let batches = (self.images.len() / self.batch) as u64;
        let (epoch, at) = ((step / batches) as u32, (step % batches) as usize);
        if self.epoch != Some(epoch) {
            self.epoch = Some(epoch);
            let mut draws = vec![0.0; padded(self.images.len())];
            let place =
                Place { seed: self.seed, stream: Stream::Order, step: epoch, iteration: 0, sample: 0 };
            uniform(level, place, &mut draws);
            self.shuffled.clear();
            // Draws are not negative: their bits have their order. Equal draws are ordered by
            // image.
            self.shuffled
                .extend(self.images.clone().zip(&draws).map(|(image, draw)| (draw.to_bits(), image as u32)));
            self.shuffled.sort_unstable();
        }
        self.shuffled[at * self.batch..(at + 1) * self.batch].iter().map(|&(_, image)| image as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::Order;
    use crate::kernel::simd::Level;

    #[test]
    fn an_epoch_has_every_image_once_and_another_has_another_order() {
        for level in Level::all() {
            let mut order = Order::new(1, 7, 100..170);
            let mut epochs: Vec<Vec<usize>> = (0..3)
                .map(|epoch| {
                    (0..10).flat_map(|at| order.batch(level, 10 * epoch + at).collect::<Vec<_>>()).collect()
                })
                .collect();
            assert!(epochs[0] != epochs[1] && epochs[1] != epochs[2]);
            let again: Vec<usize> = Order::new(1, 7, 100..170).batch(level, 13).collect();
            assert_eq!(again, epochs[1][21..28]);
            for epoch in &mut epochs {
                epoch.sort_unstable();
                assert_eq!(*epoch, (100..170).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn what_makes_no_batch_is_left_out() {
        let mut order = Order::new(2, 4, 0..11);
        let first: Vec<usize> =
            (0..2).flat_map(|at| order.batch(Level::best(None), at).collect::<Vec<_>>()).collect();
        assert_eq!(first.len(), 8);
        assert_eq!(order.epoch, Some(0));
        assert_eq!(order.batch(Level::best(None), 2).count(), 4);
        assert_eq!(order.epoch, Some(1));
    }
}
