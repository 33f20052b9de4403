//! `svpg --version [--verbose]`.

use super::{Verdict, say};
use svpg::Error;
use svpg::kernel::isa::Isa;
use svpg::kernel::simd::Level;

pub(super) fn run(verbose: bool, cap: Option<Isa>) -> Result<Verdict, Error> {
    say(&format!("svpg {}", env!("CARGO_PKG_VERSION")))?;
    if verbose {
        let present: Vec<String> =
            Isa::ALL.iter().filter(|isa| isa.is_present()).map(Isa::to_string).collect();
        say(&format!("architecture           {}", std::env::consts::ARCH))?;
        say(&format!("instruction sets       {}", present.join(", ")))?;
        say(&format!("cap (SVPG_ISA)         {}", cap.map_or("none".to_owned(), |isa| isa.to_string())))?;
        say(&format!("used by the kernels    {}", Level::best(cap).isa()))?;
    }
    Ok(Verdict::Passed)
}
