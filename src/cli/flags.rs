//! Replaces words such as folder, mirror or seed in errors of the library by flags.
//!
//! An error of the library ends with a remedy that does not refer to the command line. This module
//! names the flag to change.

/// Words in the remedies of the library, and their replacements.
const FLAGS: [(&str, &str); 10] = [
    ("in another folder", "with another --out"),
    ("give another folder", "give another --out"),
    ("a folder that can be written", "a folder that can be written with --out"),
    ("a folder for the data that can be written", "a folder that can be written with --data"),
    ("a folder on a file system", "an --out on a file system"),
    ("the folder of a run that was started", "the --out of a run that svpg train started"),
    ("resume the run", "continue the run with --resume"),
    ("resuming the run writes", "svpg train --resume writes"),
    ("a mirror", "a --mirror"),
    ("another seed", "another --seed"),
];

/// Arguments of the library that are flags if an error begins with them.
const ARGUMENTS: [&str; 3] = ["count", "gradient", "mirror"];

/// The same line with flags in its remedy (the part after the last semicolon) and for the argument
/// at its start. The middle can quote files of the user and is unchanged.
pub(super) fn spell(line: &str) -> String {
    let (fault, remedy) = line.split_at(line.rfind("; ").unwrap_or(line.len()));
    let spelled = FLAGS.iter().fold(remedy.to_owned(), |text, (words, flag)| text.replace(words, flag));
    let argument = fault.split_once(": ").is_some_and(|(place, _)| ARGUMENTS.contains(&place));
    format!("{}{fault}{spelled}", if argument { "--" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::{FLAGS, spell};
    use std::path::Path;

    #[test]
    fn a_remedy_names_the_flag() {
        for (line, expected) in [
            (
                "give another folder/x: is not empty; resume the run, or give another folder",
                "give another folder/x: is not empty; continue the run with --resume, or give another --out",
            ),
            (
                "x: changed; start a new run in another folder",
                "x: changed; start a new run with another --out",
            ),
            (
                "x: cut short; restore it (resuming the run writes it again)",
                "x: cut short; restore it (svpg train --resume writes it again)",
            ),
            ("a mirror: no fault", "a mirror: no fault"),
            (
                "mirror: \"x\" is not a URL; give a mirror such as https://host/folder",
                "--mirror: \"x\" is not a URL; give a --mirror such as https://host/folder",
            ),
            (
                "x: full; free disk space, or give a folder for the data that can be written",
                "x: full; free disk space, or give a folder that can be written with --data",
            ),
        ] {
            assert_eq!(spell(line), expected);
        }
    }

    /// All Rust files of the library.
    fn library(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("cli") {
                library(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }

    /// If a remedy of the library is reworded, it loses its flag: correct the table.
    #[test]
    fn the_library_says_every_one_of_the_words() {
        let mut text = String::new();
        library(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        for (words, _) in FLAGS {
            assert!(text.contains(words), "no file of the library says {words:?}");
        }
    }
}
