//! The comparison as text.

use super::{Block, Comparison, Tolerance};
use std::fmt::{self, Display, Formatter};

impl Display for Tolerance {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "an entry passes where |x - y| <= {:e} + {:e} |y|", self.atol, self.rtol)?;
        if self.ulp > 0 {
            write!(f, ", or within {} ulp", self.ulp)?;
        }
        Ok(())
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let samples = if self.samples == 1 { "sample" } else { "samples" };
        match self.level {
            0 => writeln!(f, "rule {}, {} {samples}", self.rule, self.samples)?,
            level => writeln!(f, "level {level}: {}, {} {samples}", self.rule, self.samples)?,
        }
        writeln!(f, "{}", self.criterion)?;
        let width = self.blocks.iter().map(|block| block.name.len()).max().unwrap_or(0).max(5);
        writeln!(
            f,
            "\n{:width$}  {:>7}  {:>8}  {:>8}  {:>8}  {:>9}  {:>8}",
            "block", "entries", "max abs", "max rel", "max ulp", "angle", "length"
        )?;
        for block in &self.blocks {
            line(f, block, width)?;
        }
        if let Some(residual) = self.candidate_residual {
            writeln!(f, "\nresidual of the candidate's q: {residual:.1e}")?;
        }
        if let Some(residual) = self.given_residual {
            writeln!(f, "\nresidual of the q that the case gives: {residual:.1e}")?;
        }
        for part in &self.unchecked {
            writeln!(f, "unchecked  {part}")?;
        }
        for note in &self.notes {
            writeln!(f, "note  {note}")?;
        }
        let failed = self.blocks.iter().filter(|block| !block.passed && !block.waived).count();
        match failed {
            0 if self.blocks.iter().any(|block| block.waived) => write!(f, "\nPASS  with waivers")?,
            0 => write!(f, "\nPASS  all {} blocks", self.blocks.len())?,
            _ => write!(f, "\nFAIL  {failed} of {} blocks", self.blocks.len())?,
        }
        for hint in &self.hints {
            write!(f, "\nhint  {}: {}", hint.code, hint.sentence)?;
        }
        Ok(())
    }
}

fn line(f: &mut Formatter<'_>, block: &Block, width: usize) -> fmt::Result {
    let short = |x: Option<f64>| {
        x.map_or("-".to_owned(), |x| if x == 0.0 { "0".to_owned() } else { format!("{x:.1e}") })
    };
    let ulp = if block.max_ulp < 1_000_000 {
        block.max_ulp.to_string()
    } else {
        format!("{:.0e}", block.max_ulp as f64)
    };
    let angle = block.angle_degrees.map_or("-".to_owned(), |angle| format!("{angle:.3}°"));
    let length = block.length_ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.4}"));
    writeln!(
        f,
        "{:width$}  {:>7}  {:>8}  {:>8}  {ulp:>8}  {angle:>9}  {length:>8}  {}",
        block.name,
        block.entries,
        short(Some(block.max_abs)),
        short(block.max_rel),
        match block {
            Block { passed: true, .. } => "PASS",
            Block { waived: true, .. } => "WAIVED",
            _ => "FAIL",
        },
    )?;
    if !block.passed {
        writeln!(
            f,
            "{:width$}  worst {}: expected {:e}, found {:e}",
            "", block.worst, block.expected, block.found
        )?;
    }
    Ok(())
}
