//! The theorems for every size: the statements are what the exporter writes now, the table of
//! proofs names the theorems that the sources have, and no proof is left out. `proofs/check`
//! compiles the proofs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use svpg::chapters::{CHAPTERS, source};
use svpg::verify::proofs::{PROVED, REFUTED, proof_file, statements};
use svpg_check::Source;

fn proofs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("proofs")
}

/// The chapters that have theorems, each with the ids of the claims that are proved or refuted.
fn with_theorems() -> Vec<(&'static str, Vec<&'static str>)> {
    fn refuted(chapter: &str) -> impl Iterator<Item = &'static &'static str> {
        REFUTED.iter().filter(move |(file, _)| *file == chapter).flat_map(|(_, ids)| *ids)
    }
    assert!(REFUTED.iter().all(|(file, _)| PROVED.iter().any(|(other, _)| other == file)));
    PROVED.iter().map(|(file, ids)| (*file, ids.iter().chain(refuted(file)).copied().collect())).collect()
}

/// Name and text of each Coq file in a folder.
fn coq_files(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "v") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort();
    files
}

fn chapter(name: &str) -> &'static (&'static str, &'static str) {
    CHAPTERS.iter().find(|(file, _)| *file == name).unwrap()
}

#[test]
fn statements_are_what_the_exporter_writes() {
    let written = coq_files(&proofs().join("generated"));
    let names: BTreeSet<String> = written.iter().map(|(name, _)| name.clone()).collect();
    // The first chapter has the definitions that all others use.
    let proved = PROVED.iter().map(|(file, _)| *file);
    let wanted: BTreeSet<&str> = [CHAPTERS[0].0].into_iter().chain(proved).collect();
    assert_eq!(names, wanted.iter().map(|file| proof_file(file)).collect());
    for file in wanted {
        let exported = statements(&source("derivations", chapter(file))).unwrap();
        let (_, text) = written.iter().find(|(name, _)| *name == proof_file(file)).unwrap();
        assert!(
            exported.text == *text,
            "write it anew: svpg export --coq derivations/{file} --out proofs/generated/{}.v",
            proof_file(file)
        );
    }
}

/// The names of the theorems in a text that prove a generated statement.
fn theorems(text: &str) -> BTreeSet<&str> {
    let theorem = |line: &'_ str| -> Option<(usize, usize)> {
        let (name, statement) = line.strip_prefix("Theorem ")?.split_once(" : ")?;
        (statement == format!("{name}_statement.")).then_some((8, 8 + name.len()))
    };
    text.lines().filter_map(|line| theorem(line).map(|(from, to)| &line[from..to])).collect()
}

#[test]
fn the_table_of_proofs_is_that_of_the_sources() {
    let files = coq_files(&proofs());
    let mut chapters = 0;
    for (name, text) in &files {
        let found = theorems(text);
        match with_theorems().iter().find(|(file, _)| proof_file(file) == *name) {
            Some((file, ids)) => {
                chapters += 1;
                assert_eq!(found, ids.iter().copied().collect(), "{name}");
                for id in ids {
                    let text = statements(&source("derivations", chapter(file))).unwrap().text;
                    let (_, statement) = text.split_once(&format!("Definition {id}_statement")).unwrap();
                    let statement = statement.split("\n\n").next().unwrap();
                    let refuted = REFUTED.iter().any(|(other, ids)| other == file && ids.contains(id));
                    assert_eq!(statement.contains("~ (forall"), refuted, "{file} {id}");
                }
                let stated = statements(&source("derivations", chapter(file))).unwrap().stated;
                assert!(ids.iter().all(|id| stated.iter().any(|stated| stated == id)), "{name}");
            }
            None => assert!(found.is_empty(), "{name} is not in the table of proofs"),
        }
        assert!(
            text.lines().all(|line| !line.starts_with("Theorem ") || !theorems(line).is_empty()),
            "{name}"
        );
    }
    assert_eq!(chapters, PROVED.len());
}

#[test]
fn no_proof_is_left_out() {
    let left_out =
        ["Admitted", "admit", "Axiom", "Axioms", "Parameter", "Parameters", "Conjecture", "bypass_check"];
    for folder in [proofs(), proofs().join("generated")] {
        for (name, text) in coq_files(&folder) {
            let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            for word in left_out {
                assert!(!words.contains(word), "{name}: {word}");
            }
            assert_eq!(text.matches("Proof.").count(), text.matches("Qed.").count(), "{name}");
            assert!(
                text.lines().count() <= 400 || folder.ends_with("generated"),
                "{name} is longer than 400 lines"
            );
        }
    }
}

/// The lines of a claim, by their numbers.
fn lines_of(text: &str, id: &str) -> Vec<usize> {
    let start = text
        .lines()
        .position(|line| ["claim", "derive"].iter().any(|word| line.starts_with(&format!("{word} {id} \""))));
    let start = start.unwrap();
    let length =
        text.lines().skip(start + 1).position(|line| line.is_empty() || line.starts_with("```")).unwrap();
    (start + 1..start + 1 + length).collect()
}

#[test]
fn a_wrong_chapter_has_other_statements() {
    const MISTAKES: &[(&str, &str)] = &[
        (" + ", " - "),
        (" - ", " + "),
        (" * ", " / "),
        ("[i]", "[j]"),
        ("[j]", "[i]"),
        ("q[", "z["),
        ("in H", "in A"),
        ("1", "2"),
        ("= 0", "= 1"),
        ("kappa * ", ""),
        ("/ d W", "/ d b"),
        (" = ", " = 2 * "),
        ("<= ", ">= "),
        (">= ", "<= "),
    ];
    let mut tried = 0;
    // What a proof is about: each definition and statement, without the head of the file.
    let parts = |text: &str| -> BTreeSet<String> { text.split("\n\n").skip(2).map(str::to_owned).collect() };
    for (file, ids) in with_theorems() {
        let (_, text) = chapter(file);
        let right = parts(&statements(&source("derivations", chapter(file))).unwrap().text);
        for id in ids {
            let mut mutants = 0;
            for at in lines_of(text, id) {
                for (old, new) in MISTAKES {
                    let wrong: Vec<String> = text
                        .lines()
                        .enumerate()
                        .map(|(number, line)| {
                            // The reasons are not part of a statement.
                            let (formula, reason) = line.split_at(line.find("because").unwrap_or(line.len()));
                            let formula =
                                if number == at { formula.replacen(old, new, 1) } else { formula.to_owned() };
                            formula + reason
                        })
                        .collect();
                    let wrong = wrong.join("\n") + "\n";
                    if wrong == *text {
                        continue;
                    }
                    // Some mistakes are no chapter at all.
                    let Ok(found) = statements(&Source::new(format!("derivations/{file}"), wrong)) else {
                        continue;
                    };
                    let stated = found.stated.iter().any(|stated| stated == id);
                    let same = stated && parts(&found.text).is_subset(&right);
                    assert!(!same, "{file} {id}: {old} {new}");
                    mutants += 1;
                }
            }
            assert!(mutants > 0, "{file} {id}");
            tried += mutants;
        }
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn what_definitions_contain_is_in_the_statement() {
    let text = "```svpg\n\
        network rwta(S, G, D, A)\n\
        param obs[x, k] positive\n\
        let push(i) = d Z / d b[i]\n\
        let seen(x)[k] = obs[x, k]\n\
        let rates(x) = meanfield(seen(x))\n\
        claim T1 \"derivatives\" for i in A: sum(a) push(a) = push(i)\n\
        claim T2 \"states\" for x, i: rates(x)[i] <= 1\n\
        claim T3 \"derivatives of states\" for x, i: d rates(x)[i] / d b[i] = 0\n\
        ```\n";
    let found = statements(&Source::new("definitions.md", text.to_owned())).unwrap();
    assert_eq!(found.stated, ["T1", "T2"]);
    for part in [
        "(forall (a : Action sh), derivable_b (fun moved => Z moved) net (inr a))",
        "/\\ derivable_b (fun moved => Z moved) net (inr i)",
        "mf (at_states net (seen net obs x)) free_state",
    ] {
        assert!(found.text.contains(part), "{part}\n{}", found.text);
    }
    let lacks: Vec<&str> = found.left_out.iter().map(|left_out| &*left_out.lacks).collect();
    assert_eq!(lacks, ["a derivative through a mean-field state at other states than s"]);
}

#[test]
fn what_cannot_be_translated_is_one_line_and_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("wrong.md"), folder.path().join("wrong.v"));
    let text = "```svpg\nnetwork rwta(S, G, D, A)\nclaim T \"the last position\" for i: ordinal(i) <= ordinal(i) + 1\n```\n";
    let run = |text: &str| {
        std::fs::write(&input, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_svpg"));
        command.arg("export").arg("--coq").arg(&input).arg("--out").arg(&output).output().unwrap()
    };
    let cases = [
        (text.to_owned(), "claim T has no statement: the translation lacks the position of a unit"),
        (text.replace("claim T", "claim T :"), "D101"),
        (text.replace("ordinal(i) + 1", "ordinal(i) + unknown"), "D201"),
    ];
    for (text, expected) in cases {
        let found = run(&text);
        let error = String::from_utf8(found.stderr).unwrap();
        assert_eq!(found.status.code(), Some(2), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.contains(expected) && error.contains("wrong.md:3:"), "{error}");
        assert!(found.stdout.is_empty() && !output.exists());
    }
    let right = run(&text.replace("ordinal(i) <= ordinal(i) + 1", "b[i] <= b[i] + 1"));
    assert_eq!((right.status.code(), right.stderr.as_slice()), (Some(0), &b""[..]));
    assert!(std::fs::read_to_string(&output).unwrap().contains("Definition T_statement : Prop :="));
    let some = run(&text.replace("claim T", "claim V \"bias\" for i: b[i] <= b[i] + 1\nclaim T"));
    let note = String::from_utf8(some.stderr).unwrap();
    assert!(note.contains("note: 1 of 2 claims have no statement"), "{note}");
}
