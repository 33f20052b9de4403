//! Lists the files of `derivations/` for `src/chapters.rs`: for each folder, an array of names and
//! texts, in the order of the names.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=derivations");
    for folder in ["derivations", "derivations/must-fail", "derivations/must-not-hold"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let entries = std::fs::read_dir(&path).expect("the folder is part of the package");
        let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry of the folder").path()).collect();
        let is_listed = |name: &str| name.ends_with(".md") && name != "equivalent-mutants.md";
        files.retain(|file| file.file_name().is_some_and(|name| name.to_str().is_some_and(is_listed)));
        files.sort();
        let line = |file: &std::path::PathBuf| {
            let name = file.file_name().expect("an entry has a name");
            format!("({name:?}, include_str!({file:?})),\n")
        };
        let list = format!("&[\n{}]\n", files.iter().map(line).collect::<String>());
        let out = std::env::var("OUT_DIR").expect("cargo sets it");
        let name = path.file_name().expect("a folder has a name").display();
        std::fs::write(format!("{out}/{name}.rs"), list).expect("the folder of cargo can be written");
    }
}
