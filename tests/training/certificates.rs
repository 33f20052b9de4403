//! Certificates: the same on every instruction set and any number of threads, and those that
//! `docs/results.md` lists.

use super::support::{stderr, svpg};
use super::{expanded, images};
use serde_json::Value;
use std::path::{Path, PathBuf};
use svpg::kernel::isa::Isa;

/// The cited values: hashes of parameters and metrics.
fn certificate(arguments: &str, data: &Path, out: &Path, isa: Isa, threads: usize) -> [String; 2] {
    let arguments = format!("{arguments} --threads {threads} --out {{out}}");
    let output = svpg(&expanded(&arguments, data, out)).env("SVPG_ISA", isa.to_string()).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let text = std::fs::read(out.join("certificate.json")).unwrap();
    let certificate: Value = serde_json::from_slice(&text).unwrap();
    ["parameters_sha256", "metrics_sha256"].map(|name| certificate[name].as_str().unwrap().to_owned())
}

/// One thread on every instruction set that the machine has, and two and three on the widest.
fn ways() -> Vec<(Isa, usize)> {
    let present: Vec<Isa> = Isa::ALL.into_iter().filter(|isa| isa.is_present()).collect();
    let widest = *present.last().expect("every machine has the baseline");
    present.into_iter().map(|isa| (isa, 1)).chain([(widest, 2), (widest, 3)]).collect()
}

/// Every preset, with few steps, on small images: the certificate is always the same.
#[test]
fn every_preset_has_one_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    images::write(&data);
    let small = "--hidden 3x4 --batch 13 --steps 6 --eval-interval 4 --data {data}";
    let mut runs: Vec<String> = ["bmvc2022", "bmvc2022-spike-rect", "bmvc2022-spike-dexp", "best"]
        .map(|preset| format!("train mnist --preset {preset} {small}"))
        .into();
    runs.push(format!("train mnist --preset bmvc2022-spike-rect --actions-voting 3 {small}"));
    runs.push(format!("train mnist --preset bmvc2022 --rule implicit --optimiser rmsprop {small}"));
    runs.push("train mnist --preset tpami2025 --hidden 3x4 --batch 13 --steps 2 --data {data}".to_owned());
    runs.push(format!("train mnist --preset best --policy free-energy --dropped none {small}"));
    for preset in [
        "best --policy free-energy",
        "tpami2025",
        "best",
        "tpami2025 --inference spike-rect",
        "tpami2025 --algorithm reinforce",
    ] {
        runs.push(format!("train pendulum --preset {preset} --hidden 3x4 --episodes 6 --eval-interval 4"));
    }
    let mut all = Vec::new();
    for (number, arguments) in runs.iter().enumerate() {
        let found: Vec<_> = (ways().into_iter().enumerate())
            .map(|(way, (isa, threads))| {
                let out = folder.path().join(format!("{number}-{way}"));
                certificate(arguments, &data, &out, isa, threads)
            })
            .collect();
        assert!(found.iter().all(|one| *one == found[0]), "{arguments}: {found:?}");
        all.push(found[0].clone());
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), runs.len(), "no two of these runs are the same");
}

/// The rows of the table in `docs/results.md`: arguments, and the first digits of the two hashes.
fn listed() -> Vec<(String, [String; 2])> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/results.md");
    let results = std::fs::read_to_string(path).unwrap();
    let cell = |text: &str| text.trim().trim_matches('`').to_owned();
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        (cell(cells[0]), [cell(cells[1]), cell(cells[2])])
    };
    results.lines().filter(|line| line.starts_with("| `train ")).map(row).collect()
}

/// The folder of MNIST: the default folder of `svpg data fetch mnist`, else a download for the
/// tests.
pub(super) fn mnist() -> PathBuf {
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mnist");
    if usual.is_dir() {
        return usual;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let output = svpg(&["data", "fetch", "mnist", "--data", folder.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "the certificates of MNIST need its images: {}", stderr(&output));
    folder.join("mnist")
}

#[test]
fn the_listed_certificates_are_reproduced() {
    let folder = tempfile::tempdir().unwrap();
    let data = mnist();
    let listed = listed();
    assert!(listed.len() >= 4, "docs/results.md lists {} certificates", listed.len());
    let mut wrong = Vec::new();
    for (number, (arguments, expected)) in listed.iter().enumerate() {
        let with_data = if arguments.contains("mnist") {
            format!("{arguments} --data {{data}}")
        } else {
            arguments.clone()
        };
        for (way, (isa, threads)) in ways().into_iter().enumerate() {
            let out = folder.path().join(format!("{number}-{way}"));
            let found = certificate(&with_data, &data, &out, isa, threads);
            if found
                .iter()
                .zip(expected)
                .any(|(found, expected)| expected.len() < 16 || !found.starts_with(expected))
            {
                wrong.push(format!(
                    "{arguments} | {} | {} | on {isa}, {threads} threads",
                    &found[0][..16],
                    &found[1][..16]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "not as docs/results.md says:\n{}", wrong.join("\n"));
}
