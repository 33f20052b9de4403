//! Instruction sets: those of the machine, those that the kernels use, and the limit by `SVPG_ISA`.

use crate::Error;
use std::fmt;

/// An instruction set for which kernels can be compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isa {
    /// The instructions of every processor of the target architecture.
    Baseline,
    /// x86-64 with AVX2 and FMA.
    Avx2,
    /// x86-64 with the foundation of AVX-512.
    Avx512,
    /// aarch64 with NEON.
    Neon,
}

impl Isa {
    /// Every valid value of `SVPG_ISA`.
    pub const ALL: [Isa; 4] = [Isa::Baseline, Isa::Avx2, Isa::Avx512, Isa::Neon];

    /// Does this machine have the instruction set? The processor is queried, not the build.
    pub fn is_present(self) -> bool {
        match self {
            Isa::Baseline => true,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => is_x86_feature_detected!("avx512f"),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => std::arch::is_aarch64_feature_detected!("neon"),
            #[allow(unreachable_patterns, reason = "which sets are foreign depends on the architecture")]
            _ => false,
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Isa::Baseline => "baseline",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
            Isa::Neon => "neon",
        })
    }
}

/// Reads the limit from the value of `SVPG_ISA`; `None` if it is not set.
///
/// # Errors
/// Bad input: the value is not an instruction set, or this machine does not have it.
pub fn cap(value: Option<&std::ffi::OsStr>) -> Result<Option<Isa>, Error> {
    let Some(value) = value else { return Ok(None) };
    let present = || {
        let names: Vec<_> = Isa::ALL.iter().filter(|i| i.is_present()).map(Isa::to_string).collect();
        names.join(", ")
    };
    let found = Isa::ALL.into_iter().find(|isa| value.to_str() == Some(&isa.to_string()));
    match found {
        Some(isa) if isa.is_present() => Ok(Some(isa)),
        Some(isa) => Err(Error::bad_input(
            "SVPG_ISA",
            format_args!("this machine has no {isa}"),
            format_args!("unset it, or set it to one of: {}", present()),
        )),
        None => Err(Error::bad_input(
            "SVPG_ISA",
            format_args!("{value:?} is not an instruction set"),
            format_args!("unset it, or set it to one of: {}", present()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{Isa, cap};
    use std::ffi::OsStr;

    #[test]
    fn cap_accepts_present_sets_only() {
        assert_eq!(cap(None).unwrap(), None);
        for isa in Isa::ALL {
            let answer = cap(Some(OsStr::new(&isa.to_string())));
            assert_eq!(answer.is_ok(), isa.is_present());
        }
        for wrong in ["", "AVX2", "sse9", "avx2 "] {
            assert!(cap(Some(OsStr::new(wrong))).unwrap_err().is_bad_input());
        }
    }
}
