//! The reference of the derivation language: every example in it is a valid chapter, and it covers
//! every code and every word of the language.

use std::fs;
use std::path::Path;

use svpg::chapters;
use svpg_check::{Chapter, Code, Plan, Source};

const REFERENCE: &str = "docs/derivation-language.md";
const SKETCH: &str = "derive L1 \"score of a softmax\"";

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The `svpg` blocks of a text, each with the number of its first line.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut current: Option<(usize, String)> = None;
    for (at, line) in text.lines().enumerate() {
        match (&mut current, line) {
            (None, "```svpg") => current = Some((at + 2, String::new())),
            (Some(_), "```") => blocks.extend(current.take()),
            (Some((_, block)), _) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, _) => {}
        }
    }
    assert!(current.is_none(), "the last block is not closed");
    blocks
}

/// The words that the language reserves, read from the source code, so the list is always complete.
fn reserved() -> Vec<String> {
    let words = read("checker/src/language/words.rs");
    let (_, list) = words.split_once("const RESERVED: &[&str] = &[").expect("a list of reserved words");
    let (list, _) = list.split_once("];").expect("its end");
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_example_of_the_reference_is_a_chapter_that_checks() {
    let text = read(REFERENCE);
    let blocks = blocks(&text);
    assert!(blocks.len() >= 16, "only {} examples", blocks.len());
    let plan = Plan::usual(0);
    let mut wrong = Vec::new();
    for (line, block) in blocks {
        let place = format!("{REFERENCE}:{line}");
        let source = Source::new(place.clone(), format!("# Example\n\n```svpg\n{block}```\n"));
        let chapter = match Chapter::new(&source, Some(&chapters::prelude())) {
            Ok(chapter) => chapter,
            Err(diagnostics) => {
                wrong.push(diagnostics.to_string());
                continue;
            }
        };
        let report = chapter.check(&plan, &|| ());
        wrong.extend(report.diagnostics.iter().map(ToString::to_string));
        wrong.extend(report.claims.iter().filter(|claim| !claim.as_expected).map(|claim| {
            format!("{}: {:?} instead of {}: {:?}", claim.place, claim.verdict, claim.expected, claim.reason)
        }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reference_shows_the_rule_of_the_overview_with_all_its_verdicts() {
    let text = read(REFERENCE);
    let sketch: Vec<String> =
        blocks(&text).into_iter().map(|(_, block)| block).filter(|block| block.contains(SKETCH)).collect();
    assert_eq!(sketch.len(), 1);
    for part in ["rule svpg", "sees pre(j): q, v   post(i): q, v   global: A", "claim L4", "expect refuted"] {
        assert!(sketch[0].contains(part), "{part}");
    }
}

#[test]
fn every_code_stands_in_the_table_once() {
    let text = read(REFERENCE);
    for code in Code::ALL {
        let rows = text.lines().filter(|line| line.starts_with(&format!("| {code} |"))).count();
        assert_eq!(rows, 1, "rows for {code}");
    }
}

#[test]
fn every_code_has_a_chapter_that_must_fail_with_it() {
    for code in Code::ALL {
        let wanted = format!("-- error {code}");
        let found =
            chapters::MUST_FAIL.iter().any(|(_, text)| text.lines().any(|line| line.ends_with(&wanted)));
        assert!(found, "no chapter in derivations/must-fail expects {code}");
    }
}

#[test]
fn every_reserved_word_stands_in_the_reference() {
    let text = read(REFERENCE);
    let words: Vec<&str> =
        text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
    let reserved = reserved();
    assert!(reserved.len() >= 30, "only {reserved:?}");
    for word in reserved {
        assert!(words.contains(&word.as_str()), "`{word}` is not described");
    }
}

#[test]
fn every_name_that_the_network_brings_stands_in_the_reference() {
    let text = read(REFERENCE);
    let prelude = chapters::prelude();
    for (_, block) in blocks(prelude.text()) {
        for line in block.lines() {
            let Some(rest) = ["let ", "param ", "rule "].iter().find_map(|word| line.strip_prefix(word))
            else {
                continue;
            };
            let name: String = rest.chars().take_while(|&c| c.is_alphanumeric() || c == '_').collect();
            assert!(text.contains(&format!("`{name}")), "`{name}` is not described");
        }
    }
}
