//! Which images are trained on, and in which order.

use crate::Error;
use crate::inference::{Threads, pieces};
use crate::kernel::matrix::{AlignedMatrix, padded};
use crate::kernel::philox::{Place, Stream};
use crate::kernel::simd::Level;
use crate::kernel::uniform::uniform;
use crate::task::mnist::{Images, Labelled, Split};
use crate::vectors::hex;
use sha2::{Digest, Sha256};
use std::ops::Range;
use std::path::Path;

/// Digits.
pub const ACTIONS: usize = 10;

/// Training and test images.
#[derive(Clone, Debug)]
pub struct MnistData {
    /// To train on and, where a run validates, to validate on.
    pub train: Labelled,
    /// To test on.
    pub test: Labelled,
}

impl MnistData {
    /// Reads the four files of a folder, plain or gzipped.
    ///
    /// # Errors
    /// Bad input: a file is missing or malformed, there is no image, or the images of the two parts
    /// differ in size.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let (train, test) = (Labelled::read(folder, Split::Train)?, Labelled::read(folder, Split::Test)?);
        let pixels = (train.images.pixels_per_image(), test.images.pixels_per_image());
        if pixels.0 != pixels.1 {
            return Err(Error::bad_input(
                folder.display(),
                format_args!("training images have {} pixels, test images {}", pixels.0, pixels.1),
                "fetch both again",
            ));
        }
        Ok(Self { train, test })
    }

    /// SHA-256 of the pixels and labels of the training images, then of the test images, all bytes
    /// in order with nothing in between, in lower-case hexadecimal: by what a run knows its data
    /// again, however they are stored.
    pub fn sha256(&self) -> String {
        let mut hasher = Sha256::new();
        for part in [&self.train, &self.test] {
            hasher.update(part.images.all());
            hasher.update(&part.labels);
        }
        hex(&hasher.finalize())
    }

    /// Number of state neurons.
    pub fn states(&self) -> usize {
        self.train.images.pixels_per_image()
    }
}

/// Batches in random order: every image of a range once an epoch. What is left of an epoch and
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

/// Fills the rows of `states` with images, pixels / 255.
pub(super) fn load(threads: &Threads, images: &Images, which: &[usize], states: &mut AlignedMatrix) {
    assert!(states.rows() == which.len() && states.columns() == images.pixels_per_image());
    let stride = states.stride();
    let ranges = threads.split(which.len(), 1);
    let rows = pieces(states.all_mut(), ranges.iter().map(|range| range.len() * stride));
    threads.each(ranges.iter().zip(rows).collect(), |(range, rows)| {
        for (&image, row) in which[range.clone()].iter().zip(rows.chunks_exact_mut(stride)) {
            for (entry, &pixel) in row.iter_mut().zip(images.pixels(image)) {
                *entry = f32::from(pixel) / 255.0;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::{MnistData, Order};
    use crate::kernel::simd::Level;
    use crate::task::mnist::{Images, Labelled};
    use crate::vectors::hex;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_checksum_is_that_of_all_bytes_in_order() {
        let part = |pixels: &[u8], labels: &[u8]| Labelled {
            images: Images::new(2, pixels.to_vec()),
            labels: labels.to_vec(),
        };
        let data = |last| MnistData { train: part(&[1, 2, 3, 4], &[5, 6]), test: part(&[7, 8], &[last]) };
        assert_eq!(data(9).sha256(), hex(&Sha256::digest([1, 2, 3, 4, 5, 6, 7, 8, 9])));
        assert_ne!(data(8).sha256(), data(9).sha256());
    }

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
