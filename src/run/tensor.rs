//! Named tensors of a checkpoint, as the bytes that are stored.

use crate::Error;
use safetensors::{Dtype, View};
use std::borrow::Cow;

/// A type of elements that can be stored: `f32`, `f64` and `u64`.
pub trait Element: Copy {
    /// Its name in the file.
    const DTYPE: Dtype;

    /// Its little-endian bytes.
    fn to_bytes(self) -> impl AsRef<[u8]>;

    /// The element with these bytes. `bytes` must have the size of an element.
    fn from_bytes(bytes: &[u8]) -> Self;
}

macro_rules! element {
    ($type:ty, $dtype:ident) => {
        impl Element for $type {
            const DTYPE: Dtype = Dtype::$dtype;

            fn to_bytes(self) -> impl AsRef<[u8]> {
                self.to_le_bytes()
            }

            fn from_bytes(bytes: &[u8]) -> Self {
                Self::from_le_bytes(bytes.try_into().expect("as many bytes as an element has"))
            }
        }
    };
}
element!(f32, F32);
element!(f64, F64);
element!(u64, U64);

/// The expected name, type and shape of a tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorSpec {
    /// Name.
    pub name: String,
    /// Type of its elements.
    pub dtype: Dtype,
    /// Length along each axis.
    pub shape: Vec<usize>,
}

impl TensorSpec {
    /// A tensor of `T`.
    pub fn new<T: Element>(name: &str, shape: &[usize]) -> Self {
        Self { name: name.to_owned(), dtype: T::DTYPE, shape: shape.to_vec() }
    }
}

/// A named tensor, row-major.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    spec: TensorSpec,
    /// Little-endian elements.
    bytes: Vec<u8>,
}

impl Tensor {
    /// The tensor of `values`, row-major.
    ///
    /// # Panics
    /// If `shape` and `values` have different numbers of elements.
    pub fn new<T: Element>(name: &str, shape: &[usize], values: &[T]) -> Self {
        assert_eq!(shape.iter().product::<usize>(), values.len(), "{name} of shape {shape:?}");
        let mut bytes = Vec::with_capacity(size_of_val(values));
        for value in values {
            bytes.extend_from_slice(value.to_bytes().as_ref());
        }
        Self { spec: TensorSpec::new::<T>(name, shape), bytes }
    }

    /// A tensor from stored bytes. Their number must agree with `spec`.
    pub(super) fn stored(spec: TensorSpec, bytes: &[u8]) -> Self {
        debug_assert_eq!(spec.shape.iter().product::<usize>() * spec.dtype.bitsize(), 8 * bytes.len());
        Self { spec, bytes: bytes.to_vec() }
    }

    /// Name, type and shape.
    pub fn spec(&self) -> &TensorSpec {
        &self.spec
    }

    /// Name.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// Length along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.spec.shape
    }

    /// Little-endian elements, row-major.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The elements, row-major.
    ///
    /// # Errors
    /// Bad input: the elements have another type.
    pub fn values<T: Element>(&self) -> Result<Vec<T>, Error> {
        if self.spec.dtype != T::DTYPE {
            return Err(Error::bad_input(
                format_args!("tensor `{}`", self.spec.name),
                format_args!("it has type {}, expected {}", self.spec.dtype, T::DTYPE),
                "use a checkpoint that svpg wrote for this configuration",
            ));
        }
        Ok(self.elements().collect())
    }

    fn elements<T: Element>(&self) -> impl Iterator<Item = T> {
        self.bytes.chunks_exact(size_of::<T>()).map(T::from_bytes)
    }

    /// The first element that is NaN or infinite, as `name[i,j]` and its value.
    pub(super) fn first_not_finite(&self) -> Option<(String, f64)> {
        let (at, value) = match self.spec.dtype {
            Dtype::F32 => {
                self.elements::<f32>().map(f64::from).enumerate().find(|(_, value)| !value.is_finite())
            }
            Dtype::F64 => self.elements::<f64>().enumerate().find(|(_, value)| !value.is_finite()),
            _ => None,
        }?;
        Some((self.place(at), value))
    }

    /// `name[i,j]` of the element `at` in row-major order.
    pub(super) fn place(&self, at: usize) -> String {
        let mut rest = at;
        let mut index = Vec::new();
        for length in self.spec.shape.iter().rev() {
            index.push((rest % length).to_string());
            rest /= length;
        }
        index.reverse();
        format!("{}[{}]", self.spec.name, index.join(","))
    }
}

impl View for &Tensor {
    fn dtype(&self) -> Dtype {
        self.spec.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.spec.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{Dtype, Tensor};

    #[test]
    fn values_come_back_bit_by_bit_and_under_their_own_type_alone() {
        let values = [0.0f32, -0.0, f32::MIN_POSITIVE / 3.0, f32::MAX, -1.5, f32::EPSILON];
        let tensor = Tensor::new("t", &[2, 3], &values);
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&tensor.values::<f32>().unwrap()), bits(&values));
        let error = tensor.values::<u64>().unwrap_err().to_string();
        assert!(error.contains("`t`") && error.contains("it has type F32, expected U64"), "{error}");
        assert_eq!(
            Tensor::new("n", &[2], &[u64::MAX, 1]).values::<u64>().unwrap(),
            [u64::MAX, 1],
            "no detour by a float"
        );
        assert_eq!(Tensor::new("e", &[0, 3], &[0.0f64; 0]).spec().dtype, Dtype::F64);
    }

    #[test]
    fn the_first_element_that_is_not_finite_is_named_by_its_index() {
        let mut values = [0.0f64; 24];
        assert_eq!(Tensor::new("t", &[2, 3, 4], &values).first_not_finite(), None);
        values[23] = f64::NAN;
        values[12 + 4 + 2] = f64::NEG_INFINITY;
        let found = Tensor::new("t", &[2, 3, 4], &values).first_not_finite();
        assert_eq!(found, Some(("t[1,1,2]".to_owned(), f64::NEG_INFINITY)));
        assert_eq!(Tensor::new("s", &[], &[f32::INFINITY]).first_not_finite().unwrap().0, "s[]");
        // As integers, these bits are ordinary values.
        assert_eq!(Tensor::new("u", &[1], &[f64::NAN.to_bits()]).first_not_finite(), None);
    }

    #[test]
    #[should_panic(expected = "t of shape [2, 2]")]
    fn a_shape_has_as_many_elements_as_there_are_values() {
        let _ = Tensor::new("t", &[2, 2], &[1u64; 5]);
    }
}
