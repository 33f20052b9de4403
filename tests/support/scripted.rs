//! A generator that gives chosen uniform draws.

use rand::TryRng;
use std::convert::Infallible;

/// The upper 53 bits of every `u64` are the next draw in `[0, 1)`, rounded down.
pub(crate) struct Scripted<F>(pub(crate) F);

impl<F: FnMut() -> f64> TryRng for Scripted<F> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unimplemented!("a draw is a u64")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok((((self.0)() * (1u64 << 53) as f64) as u64) << 11)
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
        unimplemented!("a draw is a u64")
    }
}
