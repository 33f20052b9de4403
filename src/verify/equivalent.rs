//! Lists of mutants that are equivalent to the original, each with its reason.

use std::collections::BTreeMap;

/// The heading above the list in a user's file.
const HEADING: &str = "Equivalent mutants";

/// The listed reasons: lines of the form "- `ID: mutant`: reason".
pub(super) fn reasons(list: &str) -> BTreeMap<String, String> {
    list.lines()
        .filter_map(|line| line.trim().strip_prefix("- `")?.split_once("`: "))
        .map(|(mutant, reason)| (mutant.to_owned(), reason.to_owned()))
        .collect()
}

/// The prose below the heading, up to the next heading of its level or a higher one.
pub(super) fn section(text: &str) -> String {
    let mut fenced = false;
    let mut level = None;
    let mut section = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        if let Some((found, title)) = heading(line) {
            if title == HEADING {
                level = Some(found);
            } else if level.is_some_and(|level| found <= level) {
                level = None;
            }
        }
        if level.is_some() {
            section.push_str(line);
            section.push('\n');
        }
    }
    section
}

/// Level and title of a heading.
fn heading(line: &str) -> Option<(usize, &str)> {
    let title = line.trim_start_matches('#');
    let level = line.len() - title.len();
    (level > 0 && title.starts_with(' ')).then(|| (level, title.trim()))
}

#[cfg(test)]
mod tests {
    use super::{reasons, section};

    #[test]
    fn the_list_of_a_file_stands_below_its_heading() {
        let text = "# A\n- `X: no`: before\n\n## Equivalent mutants\n\n### X\n- `X: a = b`: because\n\n\
                    ```svpg\n- `X: code`: no\n```\n- `Y: c = d`: so it is\n\n## Later\n- `X: no`: behind\n";
        let found: Vec<_> = reasons(&section(text)).into_iter().collect();
        let expected = [("X: a = b", "because"), ("Y: c = d", "so it is")];
        assert_eq!(found, expected.map(|(mutant, reason)| (mutant.to_owned(), reason.to_owned())));
        assert!(section("# A\n- `X: no`: not a list\n").is_empty());
    }
}
