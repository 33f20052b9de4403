//! A small data set in IDX files.

use std::path::Path;
use svpg::random::SplitMix64;

/// Pixels of an image, 3 × 4.
pub(crate) const PIXELS: usize = 12;
/// Training images, test images.
pub(crate) const COUNTS: [usize; 2] = [130, 50];

/// Writes the four files. In each image, two pixels at places given by the label are bright.
pub(crate) fn write(folder: &Path) {
    let mut random = SplitMix64::new(1);
    std::fs::create_dir_all(folder).unwrap();
    for (prefix, count) in ["train", "t10k"].into_iter().zip(COUNTS) {
        let labels: Vec<u8> = (0..count).map(|_| random.below(10) as u8).collect();
        let mut pixel = |label: u8, k: usize| {
            let bright = k == usize::from(label) || k == usize::from(label) + 2;
            if bright { 255 - random.below(60) as u8 } else { random.below(2) as u8 * 40 }
        };
        let pixels: Vec<u8> = labels
            .iter()
            .flat_map(|&label| (0..PIXELS).map(move |k| (label, k)))
            .map(|(l, k)| pixel(l, k))
            .collect();
        std::fs::write(path(folder, prefix, "images-idx3"), idx(&[count, 3, 4], &pixels)).unwrap();
        std::fs::write(path(folder, prefix, "labels-idx1"), idx(&[count], &labels)).unwrap();
    }
}

/// The path of a part of the data.
pub(crate) fn path(folder: &Path, prefix: &str, part: &str) -> std::path::PathBuf {
    folder.join(format!("{prefix}-{part}-ubyte"))
}

/// An IDX file of bytes.
pub(crate) fn idx(lengths: &[usize], bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, lengths.len() as u8];
    file.extend(lengths.iter().flat_map(|&length| (length as u32).to_be_bytes()));
    file.extend(bytes);
    file
}
