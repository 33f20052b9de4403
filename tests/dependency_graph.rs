//! The permitted dependencies. The reference, the checker and the code that they test share no
//! code; otherwise their agreement would have no meaning.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// For every package of the workspace, the packages of the workspace that it depends on in any way.
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--no-deps", "--format-version", "1", "--manifest-path"])
        .arg(root().join("Cargo.toml"))
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("a workspace has packages");
    let name = |value: &Value| value["name"].as_str().expect("everything has a name").to_owned();
    packages
        .iter()
        .map(|package| {
            // A dependency with a path is in this repository.
            let dependencies = package["dependencies"].as_array().expect("a list, if empty");
            (name(package), dependencies.iter().filter(|d| d["path"].is_string()).map(name).collect())
        })
        .collect()
}

/// All Rust files below `folder`, as path from the root and text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut folders: Vec<PathBuf> = vec![root().join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("an entry of a folder that was opened").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is UTF-8");
                let name = path.strip_prefix(root()).expect("below the root").display().to_string();
                files.push((name.replace('\\', "/"), text));
            }
        }
    }
    assert!(!files.is_empty(), "{folder} holds no Rust file");
    files
}

/// Does `text` contain `word` as a complete identifier?
fn mentions(text: &str, word: &str) -> bool {
    let part_of_name = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| {
        !part_of_name(text[..at].chars().next_back()) && !part_of_name(text[at + word.len()..].chars().next())
    })
}

/// The lines that are not only comments.
fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn dependencies_run_one_way() {
    let graph = graph();
    let of = |package: &str| graph[package].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(of("svpg-reference"), [""; 0], "the reference depends on nothing here");
    assert_eq!(of("svpg-check"), [""; 0], "the checker depends on nothing here");
    assert_eq!(of("svpg"), ["svpg-check", "svpg-reference"]);
    for (package, dependencies) in &graph {
        assert!(
            package == "svpg" || !dependencies.contains("svpg"),
            "{package} depends on what it is judged by"
        );
    }
}

#[test]
fn reference_and_checker_know_nothing_of_each_other() {
    for (folder, strangers) in
        [("reference", ["svpg_check", "svpg"]), ("checker", ["svpg_reference", "svpg"])]
    {
        for (file, text) in sources(folder) {
            for stranger in strangers {
                assert!(!mentions(&code(&text), &format!("{stranger}::")), "{file} mentions {stranger}");
            }
        }
    }
}

#[test]
fn the_command_line_is_used_by_main_alone() {
    for (file, text) in sources("src") {
        if file == "src/main.rs" {
            assert!(
                mentions(&code(&text), "mod cli"),
                "main.rs no longer has the command line: correct this test"
            );
        } else if !file.starts_with("src/cli/") {
            let text = code(&text);
            assert!(!mentions(&text, "cli::") && !mentions(&text, "mod cli"), "{file} uses the command line");
            assert!(!mentions(&text, "clap"), "{file} parses arguments, which is for src/cli/");
        }
    }
}

#[test]
fn unsafe_code_is_for_kernels() {
    let word = concat!("un", "safe");
    for folder in ["src", "reference", "checker", "tests", "benches"] {
        for (file, text) in sources(folder) {
            assert!(
                file.starts_with("src/kernel/") || !mentions(&code(&text), word),
                "{file} has {word} code"
            );
        }
    }
}

/// The text without the unit tests at its end. Tests may use any module.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

/// For every module directly below `folder`, the others that its code names, as `crate::…` or, for
/// a folder within a crate, as `super::…`.
fn modules(folder: &str) -> BTreeMap<String, BTreeSet<String>> {
    let inside = folder.split_once("src").map_or("", |(_, inside)| inside.trim_start_matches('/'));
    let path = inside.split_terminator('/').fold("crate::".to_owned(), |path, part| path + part + "::");
    let paths = if inside.is_empty() { vec![path] } else { vec![path, "super::".to_owned()] };
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut files = sources(folder);
    files.retain(|(file, _)| !file.ends_with("tests.rs") && !file.starts_with("src/cli/"));
    for (file, _) in &files {
        graph.entry(module(folder, file)).or_default();
    }
    for (file, text) in &files {
        let (own, text) = (module(folder, file), code(without_tests(text)));
        for other in graph.keys().filter(|other| **other != own).cloned().collect::<Vec<_>>() {
            let is_named = paths.iter().any(|path| {
                let grouped = text.match_indices(&format!("use {path}{{")).any(|(at, _)| {
                    let group = &text[at..at + text[at..].find(';').unwrap_or(0)];
                    mentions(group, &other)
                });
                grouped || mentions(&text, &format!("{path}{other}"))
            });
            if is_named {
                graph.get_mut(&own).expect("it was entered").insert(other);
            }
        }
    }
    graph
}

/// The module directly below `folder` that a file belongs to.
fn module(folder: &str, file: &str) -> String {
    let below = file.trim_start_matches(folder).trim_start_matches('/');
    below.split('/').next().unwrap_or(below).trim_end_matches(".rs").to_owned()
}

/// Modules in a dependency cycle.
fn in_circles(graph: &BTreeMap<String, BTreeSet<String>>) -> Vec<&str> {
    let leads_back = |start: &str| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![start]);
        while let Some(module) = next.pop() {
            for other in graph.get(module).into_iter().flatten() {
                if other == start {
                    return true;
                }
                if seen.insert(other) {
                    next.push(other);
                }
            }
        }
        false
    };
    graph.keys().map(String::as_str).filter(|module| leads_back(module)).collect()
}

#[test]
fn modules_depend_in_no_circle() {
    for folder in ["src", "src/conformance", "src/conformance/case", "reference/src", "checker/src"] {
        let mut graph = modules(folder);
        // The root of a crate or folder and the program use all modules.
        for root in ["lib", "main", "mod"] {
            graph.remove(root);
        }
        let circles = in_circles(&graph);
        assert!(circles.is_empty(), "{folder}: modules in a circle: {circles:?} of {graph:#?}");
    }
    for (folder, lower, upper) in [
        ("src", "kernel", "training"),
        ("src/conformance", "case", "vectors"),
        ("src/conformance/case", "shape", "validate"),
    ] {
        let mut graph = modules(folder);
        graph.get_mut(lower).expect("a module of the folder").insert(upper.to_owned());
        assert!(in_circles(&graph).contains(&lower), "{folder}: a circle is seen");
    }
}

/// A task does not depend on training, a rule not on a task, and a kernel on none of them.
#[test]
fn layers_of_the_library_run_one_way() {
    let graph = modules("src");
    for (lower, upper) in [
        ("kernel", &["network", "inference", "rule", "task", "training", "run"][..]),
        ("rule", &["task", "training", "run"]),
        ("task", &["rule", "training", "run", "noise"]),
        ("run", &["rule", "task", "training"]),
    ] {
        for upper in upper {
            assert!(!graph[lower].contains(*upper), "{lower} uses {upper}");
        }
    }
}

/// The string literals of a file, up to its tests, that contain a flag such as `--out`.
fn flags_in_strings(text: &str) -> Vec<String> {
    let text = code(text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default());
    let text = text.replace("'\"'", "").replace("\\\"", "");
    let literals = text.split('"').skip(1).step_by(2);
    let is_flag = |word: &str| {
        let name = word.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '-').strip_prefix("--");
        // The help is where a format or a list is described.
        name.is_some_and(|name| {
            name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.starts_with("help")
        })
    };
    literals.filter(|literal| literal.split_whitespace().any(is_flag)).map(str::to_owned).collect()
}

/// The library does not depend on the flags of the command line.
#[test]
fn the_library_names_no_flag() {
    assert_eq!(flags_in_strings("let x = (\"give --out\", \"a--b\", \"-- error \", \"`--x`\");").len(), 2);
    // Flags of other programs; the report that the command line prints.
    let others = ["src/data/source.rs", "src/verify/text/conclusion.rs"];
    for folder in ["src", "reference/src", "checker/src"] {
        for (file, text) in sources(folder) {
            if file.starts_with("src/cli/") || file.ends_with("tests.rs") || others.contains(&file.as_str()) {
                continue;
            }
            assert_eq!(flags_in_strings(&text), [""; 0], "{file}");
        }
    }
}
