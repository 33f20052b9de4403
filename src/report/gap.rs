//! How far the expected update of each rule is from a gradient: the measurement of `verify`.

use super::html::{Figure, Table};
use crate::verify::Report;
use crate::verify::gap::{BLOCKS, BlockGap, Gap, NETWORKS};

/// Both tables; empty if the report has no such measurement.
pub(super) fn html(report: &Report) -> String {
    if report.gaps.is_empty() {
        return String::new();
    }
    let mean_field: Vec<&Gap> = report.gaps.iter().filter(|gap| gap.policy == "mean-field").collect();
    let own: Vec<&Gap> = report.gaps.iter().filter(|gap| gap.centred).collect();
    let caption = format!(
        "Expected update of each rule beside the gradient of the mean-field policy, by which the published network selects its actions: \
         angle × relative length, on {NETWORKS} random networks, by enumeration. “No update” says that the rule does not train the block."
    );
    let first = one("gap-mean-field", &caption, &mean_field, |gap| &gap.blocks, false);
    let caption = "The same beside the gradient of the policy that selects the actions under each rule. The advantage is centred.";
    first + &one("gap-own", caption, &own, |gap| &gap.own_blocks, true)
}

fn one(
    id: &str,
    caption: &str,
    gaps: &[&Gap],
    blocks: fn(&Gap) -> &Vec<BlockGap>,
    with_policy: bool,
) -> String {
    let head = if with_policy { "rule and policy" } else { "rule" };
    let columns = || std::iter::once(head).chain(BLOCKS);
    let name =
        |gap: &Gap| if with_policy { format!("{}, {}", gap.rule, gap.policy) } else { gap.rule.clone() };
    let mut shown = Table::new("Angle to the gradient × relative length, by block", columns());
    let mut largest = Table::new("Largest angle on one of the networks, by block", columns());
    for gap in gaps {
        let cell = |block: &BlockGap| match block.angle {
            Some(angle) => format!("{angle:.1}° × {:.2}", block.length),
            None => "no update".to_owned(),
        };
        shown.row(std::iter::once(name(gap)).chain(blocks(gap).iter().map(cell)));
        let angle = |block: &BlockGap| {
            block.largest_angle.map_or_else(|| "–".to_owned(), |angle| format!("{angle:.1}°"))
        };
        largest.row(std::iter::once(name(gap)).chain(blocks(gap).iter().map(angle)));
    }
    Figure { id, caption, picture: &shown.html(), data: &largest }.html()
}
