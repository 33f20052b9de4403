//! All limits of the language. The table "Limits" of `docs/derivation-language.md` has the same
//! numbers, and a test compares both. The limits bound the time, memory and stack of the checker on
//! any input.

/// Bytes of a file.
pub const MAX_FILE: u64 = 4 << 20;

/// Errors that one run reports about one file; further ones are counted.
pub const MAX_DIAGNOSTICS: usize = 20;

/// Digits of a numeral: exact arithmetic on longer numerals is slow and has no use.
pub(crate) const MAX_NUMERAL: usize = 40;

/// Characters of a name: reports align names.
pub(crate) const MAX_NAME: usize = 64;

/// Nesting of an expression, so that no input exhausts the parser's stack.
pub(crate) const MAX_NESTING: usize = 64;

/// Height of the tree of an expression as it is written. Long chains of operators or indices count
/// too.
pub(crate) const MAX_HEIGHT: usize = 160;

/// Height of the tree of an expression, with the definitions that it uses.
pub(crate) const MAX_HEIGHT_WITH_DEFINITIONS: usize = 400;

/// Magnitude of the exponent of `^`.
pub(crate) const MAX_EXPONENT: i32 = 64;

/// Indices of a definition or a `param`: a family with more indices has too many entries.
pub(crate) const MAX_INDICES: usize = 4;

/// Arguments of a definition: a definition with more should be split.
pub(crate) const MAX_ARGUMENTS: usize = 8;

/// Families that one file differentiates by: a set of families is one word of 64 bits.
pub(crate) const MAX_TARGETS: usize = 64;

/// Nodes that one check of locality visits. Nested definitions cannot make it run forever.
pub(crate) const MAX_STEPS: usize = 200_000;

/// Instances of a chain on one shape. A chain with more instances is refused.
pub(crate) const MAX_INSTANCES: usize = 1 << 16;

/// Terms of a rule whose definitions are opened, to evaluate it on a case. Definitions inside
/// definitions can multiply.
pub(crate) const MAX_TERMS: usize = 200_000;

/// Configurations that a rule may enumerate on a case.
pub(crate) const MAX_CONFIGURATIONS: usize = 1_000_000;

/// Terms of sums, expectations and repeated definitions that a rule may take for a sample.
pub(crate) const MAX_WORK: u64 = 2_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;

    /// The rows of the table: what is limited, and the numbers in the second column.
    fn table() -> Vec<(String, Vec<u64>)> {
        let manual = include_str!("../../docs/derivation-language.md");
        let (_, section) = manual.split_once("\n## Limits\n").expect("a section on limits");
        let (section, _) = section.split_once("\n## ").expect("a section after it");
        let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
        rows.map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            let (what, most) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
            let numbers = most.replace(' ', "");
            let numbers =
                numbers.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok());
            (what.to_owned(), numbers.collect())
        })
        .collect()
    }

    #[test]
    fn the_manual_states_every_limit() {
        let (usual, thorough) = (Plan::usual(0), Plan::thorough(0));
        let expected: Vec<(&str, Vec<u64>)> = vec![
            ("size of a file, in MiB", vec![MAX_FILE >> 20]),
            ("errors that are listed for a file", vec![MAX_DIAGNOSTICS as u64]),
            ("digits of a numeral, a leading 0 counted", vec![MAX_NUMERAL as u64]),
            ("characters of a name", vec![MAX_NAME as u64]),
            ("nesting of an expression", vec![MAX_NESTING as u64]),
            ("height of an expression as it is written", vec![MAX_HEIGHT as u64]),
            (
                "height of an expression with the definitions that it uses",
                vec![MAX_HEIGHT_WITH_DEFINITIONS as u64],
            ),
            ("magnitude of the exponent of `^`", vec![MAX_EXPONENT as u64]),
            (
                "bits of an exact constant that is computed ahead of the points",
                vec![crate::number::modular::MAX_CONSTANT_BITS as u64],
            ),
            ("indices of a `let` or a `param`", vec![MAX_INDICES as u64]),
            ("arguments of a `let`", vec![MAX_ARGUMENTS as u64]),
            ("families differentiated by, in one file", vec![MAX_TARGETS as u64]),
            (
                "nodes that the locality of one line, or of the calls in one chain, is followed through",
                vec![MAX_STEPS as u64],
            ),
            ("instances of the indices of a chain, on one shape", vec![MAX_INSTANCES as u64]),
            ("evaluation steps of a claim at a point of a usual shape", vec![usual.budget, thorough.budget]),
            (
                "the same at a point of a shape that the claim needs beyond those",
                vec![usual.largest_work, thorough.largest_work],
            ),
            (
                "evaluation steps of a claim in all classes of such shapes",
                vec![usual.claim_work, thorough.claim_work],
            ),
            (
                "terms of a rule that is evaluated on a case, with its definitions opened",
                vec![MAX_TERMS as u64],
            ),
            ("configurations that it enumerates", vec![MAX_CONFIGURATIONS as u64]),
            ("terms of its sums, expectations and repeated definitions, for one sample", vec![MAX_WORK]),
        ];
        let expected: Vec<(String, Vec<u64>)> =
            expected.into_iter().map(|(what, most)| (what.to_owned(), most)).collect();
        assert_eq!(table(), expected);
    }
}
