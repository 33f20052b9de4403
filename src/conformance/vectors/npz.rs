//! NumPy's format `.npz`: a ZIP archive, here without compression, of one `.npy` file for each
//! array. Readers need no pickle.
//!
//! A `.npy` file is `\x93NUMPY`, the version 1.0, the length of the header as 16 bits
//! little-endian, the header (a Python dictionary of element type, order and shape, padded so that
//! the elements begin at a multiple of 64), and the elements, row by row, little-endian. Source:
//! NumPy, `numpy.lib.format`.

use rawzip::{CompressionMethod, Error, ZipArchiveWriter};
use std::io::Write;

/// The elements of an array.
pub(super) enum Elements {
    F64(Vec<f64>),
    I64(Vec<i64>),
    Bool(Vec<bool>),
    /// One text.
    Text(String),
}

impl Elements {
    fn len(&self) -> usize {
        match self {
            Self::F64(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::Text(_) => 1,
        }
    }

    /// The element type and the bytes.
    fn encoded(&self) -> (String, Vec<u8>) {
        match self {
            Self::F64(values) => ("<f8".into(), values.iter().flat_map(|x| x.to_le_bytes()).collect()),
            Self::I64(values) => ("<i8".into(), values.iter().flat_map(|x| x.to_le_bytes()).collect()),
            Self::Bool(values) => ("|b1".into(), values.iter().map(|&x| u8::from(x)).collect()),
            Self::Text(text) => {
                let points = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
                (format!("<U{}", text.chars().count()), points)
            }
        }
    }
}

/// Named arrays.
#[derive(Default)]
pub(super) struct Arrays(Vec<(String, Vec<u8>)>);

impl Arrays {
    /// Adds an array of this shape; an empty shape is a single element.
    pub(super) fn add(&mut self, name: impl Into<String>, shape: &[usize], elements: &Elements) {
        assert_eq!(shape.iter().product::<usize>(), elements.len(), "a shape counts its elements");
        self.0.push((name.into(), npy(shape, elements)));
    }

    /// The archive. The same arrays give the same bytes.
    pub(super) fn to_npz(&self) -> Result<Vec<u8>, Error> {
        let mut archive = ZipArchiveWriter::new(Vec::new());
        for (name, npy) in &self.0 {
            let file = format!("{name}.npy");
            let (mut entry, config) =
                archive.new_file(file.as_str()).compression_method(CompressionMethod::STORE).start()?;
            let mut writer = config.wrap(&mut entry);
            writer.write_all(npy)?;
            let (_, descriptor) = writer.finish()?;
            entry.finish(descriptor)?;
        }
        archive.finish()
    }
}

/// A `.npy` file.
fn npy(shape: &[usize], elements: &Elements) -> Vec<u8> {
    const ALIGNMENT: usize = 64;
    const BEFORE: usize = 10;
    let (kind, bytes) = elements.encoded();
    let sizes: String = shape.iter().map(|size| format!("{size}, ")).collect();
    let sizes = if shape.len() == 1 { sizes.trim_end() } else { sizes.trim_end_matches(", ") };
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({sizes}), }}");
    let end = (BEFORE + header.len() + 1).next_multiple_of(ALIGNMENT);
    header.push_str(&" ".repeat(end - BEFORE - header.len() - 1));
    header.push('\n');
    let length = u16::try_from(header.len()).expect("a shape has few dimensions");
    [b"\x93NUMPY\x01\x00", length.to_le_bytes().as_slice(), header.as_bytes(), &bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::{Elements, npy};

    #[test]
    fn headers_are_as_numpy_writes_them() {
        for (shape, elements, header) in [
            (&[][..], Elements::F64(vec![1.5]), "{'descr': '<f8', 'fortran_order': False, 'shape': (), }"),
            (&[3], Elements::I64(vec![0; 3]), "{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }"),
            (&[0, 2], Elements::Bool(vec![]), "{'descr': '|b1', 'fortran_order': False, 'shape': (0, 2), }"),
            (&[], Elements::Text("é".into()), "{'descr': '<U1', 'fortran_order': False, 'shape': (), }"),
        ] {
            let file = npy(shape, &elements);
            let length = usize::from(u16::from_le_bytes([file[8], file[9]]));
            assert_eq!((10 + length) % 64, 0);
            assert_eq!(std::str::from_utf8(&file[10..10 + length]).unwrap().trim_end(), header);
            assert_eq!(file[9 + length], b'\n');
            let bytes = &file[10 + length..];
            match elements {
                Elements::F64(_) => assert_eq!(bytes, 1.5f64.to_le_bytes()),
                Elements::Text(_) => assert_eq!(bytes, 0xe9u32.to_le_bytes()),
                _ => assert_eq!(bytes.len(), 8 * elements.len()),
            }
        }
    }
}
