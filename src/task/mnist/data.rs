//! Images and labels in the IDX format of MNIST and Fashion-MNIST, plain or gzipped.
//!
//! An IDX file is a big-endian magic number (0, 0, element type, dimensions), one 32-bit length per
//! dimension, and the elements. Images are 8-bit `count × rows × columns` (magic 0x803), labels
//! 8-bit `count` (0x801) or, for more than 256 classes, 16-bit `count` (0xB01). Source: LeCun,
//! Cortes, Burges, *The MNIST database of handwritten digits*; Xiao, Rasul, Vollgraf,
//! *Fashion-MNIST*, arXiv 1708.07747.

use crate::Error;
use crate::folder::check_present;
use crate::gzip;
use crate::kernel::matrix::AlignedMatrix;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Greyscale images, 8 bits per pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    count: usize,
    pixels_per_image: usize,
    /// Shared: data sets are cloned for every evaluation of a study.
    pixels: Arc<[u8]>,
}

impl Images {
    /// Images of `pixels_per_image` pixels each, concatenated in `pixels`.
    ///
    /// # Panics
    /// If there are no pixels, or the last image is incomplete.
    pub fn new(pixels_per_image: usize, pixels: Vec<u8>) -> Self {
        assert!(!pixels.is_empty() && pixels.len().is_multiple_of(pixels_per_image));
        Self { count: pixels.len() / pixels_per_image, pixels_per_image, pixels: pixels.into() }
    }

    /// Reads an IDX file of images, plain or gzipped.
    ///
    /// # Errors
    /// Bad input: the file cannot be read, has another magic number, or has a length that disagrees
    /// with the header.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let (dimensions, pixels) = idx::<3>(path, "images")?;
        let [count, rows, columns] = dimensions;
        if pixels.is_empty() {
            return Err(Error::bad_input(path.display(), "it contains no pixels", "fetch the file again"));
        }
        Ok(Self { count, pixels_per_image: rows * columns, pixels: pixels.into() })
    }

    /// Number of images, at least 1.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Number of pixels per image, at least 1.
    pub fn pixels_per_image(&self) -> usize {
        self.pixels_per_image
    }

    /// The pixels of all images, concatenated.
    pub fn all(&self) -> &[u8] {
        &self.pixels
    }

    /// The pixels of image `index`, counted from 0, row by row.
    pub fn pixels(&self, index: usize) -> &[u8] {
        &self.pixels[index * self.pixels_per_image..][..self.pixels_per_image]
    }

    /// Some of the images as states, images × pixels: pixels / 255, in `[0,1]`.
    pub fn states(&self, which: Range<usize>) -> AlignedMatrix {
        AlignedMatrix::from_fn(which.len(), self.pixels_per_image, |b, k| {
            f32::from(self.pixels(which.start + b)[k]) / 255.0
        })
    }

    /// Image `index`, counted from 0, as a state: pixels / 255, in `[0,1]`.
    pub fn state(&self, index: usize) -> Vec<f64> {
        self.pixels(index).iter().map(|&pixel| f64::from(pixel) / 255.0).collect()
    }
}

/// Largest number of classes of a data set. Each class is an action.
pub const MAX_CLASSES: usize = 1000;

/// Images with their labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    /// The images.
    pub images: Images,
    /// One label per image, below [`MAX_CLASSES`].
    pub labels: Vec<u16>,
}

/// A part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// 60 000 images.
    Train,
    /// 10 000 images.
    Test,
}

impl Split {
    fn prefix(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Test => "t10k",
        }
    }
}

impl Labelled {
    /// Reads `PREFIX-images-idx3-ubyte` and `PREFIX-labels-idx1-ubyte` of a folder, with or without
    /// `.gz`. `PREFIX` is `train` or `t10k`.
    ///
    /// # Errors
    /// Bad input: a file is missing or malformed, a label is above 999, or the numbers of labels
    /// and images differ.
    pub fn read(folder: &Path, split: Split) -> Result<Self, Error> {
        let images = Images::read(&find(folder, &format!("{}-images-idx3-ubyte", split.prefix()))?)?;
        let path = find(folder, &format!("{}-labels-idx1-ubyte", split.prefix()))?;
        let (count, labels) = read_labels(&path)?;
        if count != images.count() {
            return Err(Error::bad_input(
                path.display(),
                format_args!("found {count} labels for {} images", images.count()),
                "fetch both files again",
            ));
        }
        if let Some(i) = labels.iter().position(|&label| usize::from(label) >= MAX_CLASSES) {
            return Err(Error::bad_input(
                path.display(),
                format_args!("label {i} is {}, expected at most {}", labels[i], MAX_CLASSES - 1),
                "number the classes from 0",
            ));
        }
        Ok(Self { images, labels })
    }
}

/// The number of labels, and the labels, which have 8 or 16 bits in the file.
fn read_labels(path: &Path) -> Result<(usize, Vec<u16>), Error> {
    let bytes = uncompressed(path)?;
    let parsed = if bytes.starts_with(&[0, 0, WIDE]) {
        parse::<1>(&bytes, "labels", 2).map(|([count], elements)| {
            (count, elements.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect())
        })
    } else {
        parse::<1>(&bytes, "labels", 1)
            .map(|([count], elements)| (count, elements.into_iter().map(u16::from).collect()))
    };
    parsed.map_err(|error| error.within(path.display()))
}

/// Element types of IDX: 8-bit and 16-bit integers.
const NARROW: u8 = 8;
const WIDE: u8 = 0xb;

fn find(folder: &Path, name: &str) -> Result<PathBuf, Error> {
    let remedy = "fetch the data with `svpg data fetch mnist`, then give its folder";
    check_present(folder, remedy)?;
    let candidates = [folder.join(name), folder.join(format!("{name}.gz"))];
    // A pipe or a link to nothing is found too, and refused by name when it is read.
    candidates.into_iter().find(|path| path.exists() || path.is_symlink()).ok_or_else(|| {
        Error::bad_input(folder.display(), format_args!("it contains neither {name} nor {name}.gz"), remedy)
    })
}

/// Lengths and elements of an IDX file with `D` dimensions and elements of one byte.
fn idx<const D: usize>(path: &Path, what: &str) -> Result<([usize; D], Vec<u8>), Error> {
    let bytes = uncompressed(path)?;
    parse(&bytes, what, 1).map_err(|error| error.within(path.display()))
}

fn uncompressed(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = crate::file::read(path)
        .map_err(|error| Error::bad_input(path.display(), error, "give a file that can be read"))?;
    gzip::uncompressed(bytes).map_err(|error| {
        Error::bad_input(path.display(), format_args!("broken gzip: {error}"), "fetch the file again")
    })
}

/// Lengths and bytes of an IDX file with elements of 1 or 2 bytes.
fn parse<const D: usize>(bytes: &[u8], what: &str, size: usize) -> Result<([usize; D], Vec<u8>), Error> {
    let header = 4 + 4 * D;
    let word = |index: usize| {
        bytes.get(4 * index..4 * index + 4).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes)
    };
    let magic = (u32::from(if size == 1 { NARROW } else { WIDE }) << 8) + D as u32;
    match word(0) {
        Some(found) if found == magic => {}
        Some(found) => {
            return Err(Error::bad_input(
                "magic number",
                format_args!("found 0x{found:08x}, expected 0x{magic:08x} (IDX {what})"),
                "give the right file: images are ...-idx3-ubyte, labels ...-idx1-ubyte",
            ));
        }
        None => return Err(truncated(bytes.len(), header)),
    }
    let mut dimensions = [0; D];
    for (d, dimension) in dimensions.iter_mut().enumerate() {
        *dimension = word(d + 1).ok_or_else(|| truncated(bytes.len(), header))? as usize;
    }
    let elements = dimensions.iter().try_fold(size, |product, &length| product.checked_mul(length));
    let expected = elements.and_then(|elements| elements.checked_add(header));
    match expected {
        Some(expected) if expected == bytes.len() => Ok((dimensions, bytes[header..].to_vec())),
        Some(expected) if expected > bytes.len() => Err(truncated(bytes.len(), expected)),
        _ => Err(Error::bad_input(
            "length",
            format_args!("the header {dimensions:?} does not fit the file of {} bytes", bytes.len()),
            "fetch the file again",
        )),
    }
}

fn truncated(found: usize, expected: usize) -> Error {
    Error::bad_input(
        "length",
        format_args!("found {found} bytes, expected {expected}: truncated"),
        "fetch the file again",
    )
}

#[cfg(test)]
mod tests {
    use super::{Labelled, Split, parse};
    use std::io::Write;

    fn file(magic: u32, dimensions: &[u32], elements: &[u8]) -> Vec<u8> {
        let words = std::iter::once(&magic).chain(dimensions).flat_map(|word| word.to_be_bytes());
        words.chain(elements.iter().copied()).collect()
    }

    #[test]
    fn malformed_headers_say_what() {
        let cases: [(Vec<u8>, &str); 6] = [
            (vec![], "truncated"),
            (vec![0, 0, 8], "truncated"),
            (file(0x801, &[3], &[1, 2, 3]), "magic number: found 0x00000801"),
            (file(0x803, &[2, 2], &[]), "truncated"),
            (file(0x803, &[1, 2, 2], &[0; 5]), "does not fit"),
            (file(0x803, &[u32::MAX; 3], &[0; 5]), "does not fit"),
        ];
        for (bytes, expected) in cases {
            let message = parse::<3>(&bytes, "images", 1).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn reads_plain_and_gzipped_and_counts() {
        let folder = tempfile::tempdir().unwrap();
        let images = file(0x803, &[2, 1, 3], &[0, 51, 255, 1, 2, 3]);
        std::fs::write(folder.path().join("t10k-images-idx3-ubyte"), images).unwrap();
        let labels = folder.path().join("t10k-labels-idx1-ubyte.gz");
        let gzipped = |bytes: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        std::fs::write(&labels, gzipped(&file(0x801, &[2], &[7, 2]))).unwrap();
        let read = Labelled::read(folder.path(), Split::Test).unwrap();
        let padded = [std::fs::read(&labels).unwrap(), vec![0; 500]].concat();
        std::fs::write(&labels, padded).unwrap();
        assert_eq!(Labelled::read(folder.path(), Split::Test).unwrap(), read);
        assert_eq!((read.images.count(), read.labels.as_slice()), (2, [7, 2].as_slice()));
        assert_eq!(read.images.state(0), [0.0, 0.2, 1.0]);
        std::fs::write(&labels, gzipped(&file(0xb01, &[2], &[3, 231, 0, 2]))).unwrap();
        assert_eq!(Labelled::read(folder.path(), Split::Test).unwrap().labels, [999, 2]);
        for (written, expected) in [
            (file(0x801, &[1], &[7]), "1 labels for 2 images"),
            (file(0xb01, &[2], &[0, 7, 3, 232]), "label 1 is 1000, expected at most 999"),
            (file(0xb01, &[2], &[0, 7, 3]), "truncated"),
        ] {
            std::fs::write(&labels, gzipped(&written)).unwrap();
            let message = Labelled::read(folder.path(), Split::Test).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        std::fs::write(&labels, &gzipped(&file(0x801, &[2], &[7, 2]))[..12]).unwrap();
        assert!(Labelled::read(folder.path(), Split::Test).unwrap_err().to_string().contains("broken gzip"));
        let missing = Labelled::read(folder.path(), Split::Train).unwrap_err().to_string();
        assert!(missing.contains("svpg data fetch mnist"), "{missing}");
    }
}
