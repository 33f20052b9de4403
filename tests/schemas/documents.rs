//! Documents of every format, as svpg writes or reads them.

use super::support::{case, rules, run, stderr, stdout, vector};
use super::{images, levels};
use serde_json::{Value, json};
use std::path::Path;
use svpg::conventional::Conventional;
use svpg::inference::ActionPolicy;
use svpg::network::Family;
use svpg::rule::{AlgorithmName, Rule};
use svpg::study::{BUILT_IN, Plan};
use svpg::training::{BaselineName, InferenceName, OptimiserName, Overrides, Preset, Setup, TaskName};
use svpg::verify::gap::{BlockGap, Gap};
use svpg::verify::measure::Measurement;
use svpg::verify::published_size::{BlockCheck, PublishedSize};
use svpg::verify::{EquivalentMutant, Kernel, MustFail, Options};
use svpg_check::{Redefinition, Source};

/// Documents with the names of their formats.
pub(crate) type Documents = Vec<(&'static str, Value)>;

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn read(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "jsonl") {
        lines(&text)
    } else {
        vec![serde_json::from_str(&text).unwrap()]
    }
}

/// Runs the program, whatever its verdict, and returns the documents that it prints.
pub(crate) fn printed(arguments: &[&str], input: &str) -> Vec<Value> {
    let output = run(arguments, input.as_bytes());
    assert!(!output.stdout.is_empty(), "{arguments:?}: {}", stderr(&output));
    lines(&stdout(&output))
}

/// Cases and answers in `tests/vectors`, cases with every option, and the answers to them.
pub(crate) fn cases_and_answers() -> Documents {
    let mut documents = Vec::new();
    for folder in ["phases", "published-tpami", "wrong-answers", "small"] {
        for entry in std::fs::read_dir(vector(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let format = match name {
                "cases.jsonl" => "svpg-case/1",
                "answers.jsonl" => "svpg-answer/1",
                "manifest.json" => "svpg-vectors/3",
                _ if name.ends_with(".case.json") => "svpg-case/1",
                _ if name.ends_with(".answer.json") || name.ends_with(".candidate.json") => "svpg-answer/1",
                _ => continue,
            };
            documents.extend(read(&path).into_iter().map(|document| (format, document)));
        }
    }
    for rule in rules() {
        let mut case = case(rule, "half", true, 2);
        documents.push(("svpg-case/1", case.clone()));
        documents.push(("svpg-answer/1", printed(&["oracle", "-"], &case.to_string()).remove(0)));
        case["mask"] = json!({"recurrent": null, "state": [[true, 1, 1.0, false, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1]]});
        case["weights"]["state"][0][3] = json!(0);
        documents.push(("svpg-case/1", case));
    }
    documents
}

/// What compare and the stream commands write.
fn comparisons() -> Documents {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("certificate.json");
    let (case, answer) = (vector("published-tpami/01.case.json"), vector("published-tpami/01.answer.json"));
    let answers = vector("small/answers.jsonl");
    let [cases, wrong] = ["small/cases.jsonl", "wrong-answers/nan_stream.jsonl"].map(vector);
    let mut documents = Vec::new();
    let compared = printed(&["compare", &case, &answer, "--format", "json"], "");
    documents.push(("svpg-comparison/1", compared[0].clone()));
    for line in
        printed(&["compare", &wrong], "").into_iter().chain(printed(&["compare", &cases, &answers], ""))
    {
        let format = line["schema"].as_str().unwrap();
        documents.push((if format == "svpg-error/1" { "svpg-error/1" } else { "svpg-comparison/1" }, line));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let [chapter, case] = ["md", "json"].map(|end| root.join(format!("examples/rule-on-a-case.{end}")));
    let [chapter, case] = [&chapter, &case].map(|path| path.to_str().unwrap());
    let of_chapter = printed(&["oracle", "--chapter", chapter, "--rule", "hebb", case], "");
    documents.extend(of_chapter.into_iter().map(|answer| ("svpg-answer/1", answer)));
    documents.extend(printed(&["oracle", "-"], "{}").into_iter().map(|line| ("svpg-error/1", line)));
    let to = certificate.to_str().unwrap();
    for inputs in [&[wrong.as_str()][..], &[&cases, &answers]] {
        let arguments =
            [&["compare"], inputs, &["--summary", "--format", "json", "--certificate", to]].concat();
        documents.extend(printed(&arguments, "").into_iter().map(|summary| ("svpg-summary/1", summary)));
        documents.push(("svpg-comparison-certificate/1", read(&certificate).remove(0)));
    }
    documents
}

/// A report with an entry in every list. The parts that only the built-in chapters have are made
/// here, as their types say.
fn report() -> Documents {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/reward-modulated-hebb.md");
    let text = std::fs::read_to_string(path).unwrap();
    let source = Source::new("hebb.md", text);
    let options = Options { thorough: false, seed: 1 };
    let mut report = svpg::verify::check(&[source], &options, true, &|_, _| ()).unwrap();
    let text = || "x".to_owned();
    report.claims[0].proved_for_every_size = true;
    report.equivalent_mutants.push(EquivalentMutant {
        id: text(),
        mutation: text(),
        mutant: text(),
        reason: text(),
        checked: text(),
    });
    report.stale_reasons.push(text());
    report.redefined.push(Redefinition { name: text(), place: text(), original: text() });
    let file = MustFail { file: text(), expected: text(), found: text(), ok: true };
    report.must_fail.push(file.clone());
    report.must_not_hold.push(file);
    report.kernels.push(Kernel {
        id: text(),
        isa: text(),
        bitwise_equal: true,
        max_ulp_vs_reference: 0.5,
        allowed_ulp: 1.0,
    });
    let block = BlockGap { block: "hh", angle: None, largest_angle: Some(1.5), length: 2.0 };
    let blocks = vec![block];
    report.gaps.push(Gap {
        rule: text(),
        policy: "mean-field",
        centred: true,
        networks: 32,
        blocks: blocks.clone(),
        own_blocks: blocks,
    });
    report.published_size = Some(PublishedSize {
        ok: true,
        seed: 0,
        images: vec![7],
        blocks: vec![BlockCheck {
            rule: "svpg",
            convention: "half",
            block: "b_A",
            coordinates: 12,
            max_error: 1e-9,
            bound: 1e-8,
            max_derivative: 0.5,
            passed: true,
        }],
    });
    report.claims[0].measurement = Some(Measurement {
        by: text(),
        statement: text(),
        estimate: 0.5,
        interval: [0.25, 0.75],
        confidence: 0.95,
        false_alarm: 1e-4,
        missed_effect: text(),
        holds: true,
    });
    assert!(report.claims.iter().any(|claim| claim.report.counterexample.is_some()));
    let report = serde_json::to_value(&report).unwrap();
    // The short one first: most mutants are of it.
    vec![("svpg-verify/1", shortened(&report)), ("svpg-verify/1", report)]
}

/// The document with at most two elements in every array.
fn shortened(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().take(2).map(shortened).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), shortened(value))).collect()
        }
        value => value.clone(),
    }
}

/// Metrics, certificates and evaluations of runs that select and that do not, on images and on the
/// pendulum.
fn runs() -> Documents {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
    let data = at("data");
    images::write(Path::new(&data));
    let mut documents = Vec::new();
    for (name, task, options) in [
        ("published", "mnist", "--preset bmvc2022 --hidden 3x4 --batch 20 --steps 4 --eval-interval 2"),
        (
            "critic",
            "mnist",
            "--preset tpami2025 --hidden 3x4 --batch 20 --steps 2 --eval-interval 1 --select validation",
        ),
        ("last", "mnist", "--preset best --hidden 3x4 --batch 20 --steps 2 --select last"),
        ("pole", "pendulum", "--preset tpami2025 --hidden 3x4 --episodes 2 --eval-interval 1"),
    ] {
        let out = at(name);
        let with_data = if task == "mnist" { vec!["--data", data.as_str()] } else { vec![] };
        let options: Vec<&str> = options.split(' ').collect();
        let trained = run(&[&["train", task, "--out", &out], &options[..], &with_data].concat(), b"");
        assert!(trained.status.success(), "{}", stderr(&trained));
        let folder = Path::new(&out);
        documents.extend(read(&folder.join("metrics.jsonl")).into_iter().map(|row| ("svpg-metrics/1", row)));
        documents.push(("svpg-certificate/1", read(&folder.join("certificate.json")).remove(0)));
        let eval = |options: &[&str]| {
            printed(&[&["eval", &out, "--format", "json"], options, &with_data].concat(), "")
        };
        let evaluated = [
            eval(&["--evaluations", "1"]),
            eval(&["--evaluations", "3", "--noise", "weight-gaussian=0,0.1"]),
        ]
        .concat();
        documents.extend(evaluated.into_iter().map(|evaluation| ("svpg-eval/1", evaluation)));
        if name == "last" {
            documents.extend(eval(&["--gradient", "2"]).into_iter().map(|line| ("svpg-gradient/1", line)));
        }
    }
    documents
}

/// Plans as they are written, and as a study keeps the plan of the tests.
pub(crate) fn plans() -> Documents {
    let text = include_str!("../study/plan.toml");
    let kept = Plan::parse(text).unwrap().whole().to_toml();
    let texts = [text, &kept].into_iter().chain(BUILT_IN.map(|(_, text)| text));
    texts.map(|text| ("svpg-plan/1", table(text))).collect()
}

/// What a finished study writes.
fn studies() -> Documents {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
    let (data, out) = (at("data"), at("study"));
    images::write(Path::new(&data));
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/study/plan.toml");
    let ran = run(&["study", plan, "--out", &out, "--data", &data], b"");
    assert!(ran.status.success(), "{}", stderr(&ran));
    let folder = Path::new(&out);
    let kept = std::fs::read_to_string(folder.join("plan.toml")).unwrap();
    let study = read(&folder.join("study.json")).remove(0);
    // The short one first: most mutants are of it.
    let mut documents =
        vec![("svpg-plan/1", table(&kept)), ("svpg-study/1", shortened(&study)), ("svpg-study/1", study)];
    let entries = std::fs::read_dir(folder.join("jobs")).unwrap().map(|entry| entry.unwrap().path());
    let mut results: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    results.sort();
    let results = results.iter().flat_map(|path| read(path));
    documents.extend(results.map(|result| ("svpg-study-result/1", result)));
    documents
}

/// The content of a TOML text.
fn table(text: &str) -> Value {
    serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap()
}

/// `config.toml` of every preset with every rule, policy, baseline, optimiser and conventional
/// method that fits it.
pub(crate) fn configurations() -> Documents {
    let none = Overrides::default;
    let mut changes = vec![
        none(),
        Overrides { inference: Some(InferenceName::SpikeDexp), ..none() },
        Overrides { policy: Some(ActionPolicy::FreeEnergy), ..none() },
        Overrides { algorithm: Some(AlgorithmName::Reinforce), ..none() },
        Overrides { beta: Some(0.5), centred: true, rule: "nudged".parse().ok(), ..none() },
        Overrides { dropped: Some(Some((Family::HiddenAction, 0.5))), ..none() },
    ];
    let optimisers = [OptimiserName::Sgd, OptimiserName::RmsProp, OptimiserName::Adam];
    changes.extend(optimisers.map(|name| Overrides { optimiser: Some(name), ..none() }));
    let baselines =
        [BaselineName::None, BaselineName::BatchMean, BaselineName::LeaveOneOut, BaselineName::Critic];
    changes.extend(baselines.map(|name| Overrides { baseline: Some(name), ..none() }));
    changes.extend(Rule::all().map(|rule| Overrides { rule: Some(rule), ..none() }));
    let methods = Conventional::all().filter(|method| method.learns());
    changes.extend(methods.map(|method| Overrides { method: Some(method), ..none() }));
    let mut documents = Vec::new();
    for preset in Preset::ALL {
        for task in TaskName::ALL {
            for changes in &changes {
                // Not every preset is for every task, nor allows every change.
                let Ok((config, options)) = preset.setup(task, changes) else { continue };
                let data_sha256 = task.has_images().then(|| "0".repeat(64));
                let setup = Setup { preset, seed: 7, data_sha256, config, task: options };
                if config.check().is_ok() {
                    documents.push(("svpg-run/2", table(&setup.to_toml())));
                }
            }
        }
    }
    documents
}

pub(crate) fn all_documents() -> Documents {
    let questions =
        levels::questions_and_answers().into_iter().flat_map(|(question, answer)| [question, answer]);
    let levels = [questions.collect(), levels::written()].concat();
    [cases_and_answers(), comparisons(), levels, report(), runs(), configurations(), plans(), studies()]
        .concat()
}
