//! Jobs: their list, one at a time, and what they have in common with `svpg train` and `svpg eval`.

use super::support::{stdout, svpg};
use super::{PLAN, Place, result, succeeded, tables};
use serde_json::Value;
use svpg::kernel::simd::Level;
use svpg::study::{Ending, Grid, Options, Plan, Study, StudyData};

fn listed(place: &Place) -> Vec<(String, Option<String>)> {
    let text = succeeded(&place.study("{plan} --jobs", &place.path("none")));
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    all.iter().map(|job| (text(&job["id"]).unwrap(), text(&job["needs"]))).collect()
}

#[test]
fn the_list_has_every_job_and_what_it_needs() {
    let jobs = listed(&Place::new());
    // Images: 3 seeds × (4 trainings + 5 methods × 3 protocols + 2 of salt); pendulum: 3 × 2 × 4.
    assert_eq!(jobs.len(), 3 * (4 + 15 + 2) + 24);
    let needs = |id: &str| jobs.iter().find(|(own, _)| own == id).unwrap().1.as_deref();
    assert_eq!(needs("mnist.svpg.1.train"), None);
    assert_eq!(needs("mnist.svpg.1.salt"), Some("mnist.svpg.1.train"));
    assert_eq!(needs("mnist.svpg-noiseless.2.none"), Some("mnist.svpg.2.train"));
    assert!(!jobs.iter().any(|(id, _)| id == "mnist.linear.0.salt" || id == "mnist.svpg-noiseless.0.train"));
}

#[test]
fn quick_is_the_smaller_study_and_reproduce_the_same_command() {
    let place = Place::new();
    let out = place.path("quick");
    let text = succeeded(&place.study("{plan} --quick --jobs", &out));
    let jobs: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(jobs.len(), 4 + 15 + 2 + 8);
    succeeded(&place.study("{plan} --quick --out {out} --data {data}", &out));
    let document: Value = serde_json::from_slice(&tables(&out)["study.json"]).unwrap();
    assert_eq!((&document["plan"]["quick"], &document["plan"]["seeds"]), (&true.into(), &vec![5].into()));
    // A ninth of the 32 published levels; with one seed there is no verdict.
    let gaussian = &document["protocols"].as_array().unwrap()[1];
    assert_eq!(gaussian["levels"], Value::from(vec![0.0, 0.45, 0.9, 1.35]));
    let is_open = |found: &Value| found["verdict"] == "undecided" || found["verdict"] == "not-measured";
    assert!(document["criteria"].as_array().unwrap().iter().all(is_open));
    let config = std::fs::read_to_string(out.join("runs/mnist.svpg.5/config.toml")).unwrap();
    assert!(config.contains("length = 5\n"), "{config}");
    let listed = |name: &str| succeeded(&svpg(&[name, "--list"]).output().unwrap());
    assert_eq!(listed("reproduce"), listed("study"));
}

/// Every job by a process of its own, in an order of its own, gives the files of the whole study.
#[test]
fn single_jobs_give_the_same_result_files_and_tables() {
    let place = Place::new();
    let (whole, single) = (place.finished("whole"), place.path("single"));
    let jobs = listed(&place);
    let (trainings, evaluations): (Vec<_>, Vec<_>) = jobs.iter().partition(|(_, needs)| needs.is_none());
    let order = trainings.iter().rev().chain(evaluations.iter().rev());
    let mut first = "{plan} --out {out}";
    for (id, _) in order {
        succeeded(&place.study(&format!("{first} --data {{data}} --job {id}"), &single));
        first = "{out}";
    }
    for (id, _) in &jobs {
        assert_eq!(result(&whole, id), result(&single, id), "{id}");
    }
    assert!(!single.join("study.json").exists());
    succeeded(&place.study("{out} --data {data} --threads 1", &single));
    assert_eq!(tables(&whole), tables(&single));
}

/// The rows of a study are what `svpg eval` says of the run folders.
#[test]
fn rows_equal_those_of_eval() {
    let place = Place::new();
    let out = place.finished("study");
    let document: Value = serde_json::from_slice(&tables(&out)["study.json"]).unwrap();
    let rows = document["rows"].as_array().unwrap();
    let data = place.path("data");
    let mut compared = 0;
    for run in document["runs"].as_array().unwrap() {
        let path = out.join(run["path"].as_str().unwrap());
        // Salt has fewer examples than an evaluation has, and the other inference is not that of
        // the run.
        for (protocol, evaluations) in
            [("none", 2), ("gaussian", 2), ("relative-uniform", 2), ("pole-length", 3)]
        {
            let (is_images, is_other) =
                (run["task"] == "mnist", run["method"] == "svpg-noiseless" || run["method"] == "diverging");
            let own = |row: &&Value| {
                ["method", "task", "seed"].iter().all(|key| row[key] == run[key])
                    && row["protocol"] == protocol
            };
            let own: Vec<&Value> = rows.iter().filter(own).collect();
            if own.is_empty() || is_other {
                continue;
            }
            let levels: Vec<String> = own.iter().map(|row| row["level"].to_string()).collect();
            let noise = format!("{protocol}={}", levels.join(","));
            let evaluations = if is_images { evaluations } else { 3 }.to_string();
            let mut words =
                vec!["eval", path.to_str().unwrap(), "--format", "json", "--evaluations", &evaluations];
            if protocol != "none" {
                words.extend(["--noise", &noise]);
            }
            if is_images {
                words.extend(["--data", data.to_str().unwrap()]);
            }
            let reports = stdout(&svpg(&words).output().unwrap());
            let means: Vec<Value> = reports
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap()["mean"].clone())
                .collect();
            let values: Vec<Value> = own.iter().map(|row| row["value"].clone()).collect();
            assert_eq!(means, values, "{protocol} of {}", path.display());
            compared += values.len();
        }
    }
    // Images: 9 runs of 1 + 7 + 10 levels; pendulum: 6 of 1 + 2 + 4.
    assert_eq!(compared, 9 * 18 + 6 * 7);
    // The study notices the inference of its own: noise in tests has an effect.
    let values = |method: &str| -> Vec<&Value> {
        let own = |row: &&Value| row["method"] == method && row["protocol"] == "gaussian";
        rows.iter().filter(own).filter(|row| row["task"] == "mnist").map(|row| &row["value"]).collect()
    };
    assert_ne!(values("svpg"), values("svpg-noiseless"));
}

/// A training that diverges is a result: the study goes on, and the network has a score of 0.
#[test]
fn a_training_that_diverges_is_named_and_scores_nothing() {
    let place = Place::new();
    let document: Value = serde_json::from_slice(&tables(&place.finished("study"))["study.json"]).unwrap();
    let seed = |failure: &Value| {
        (failure["method"].clone(), failure["reason"].clone(), failure["seed"].as_u64().unwrap())
    };
    let failures: Vec<_> = document["failures"].as_array().unwrap().iter().map(seed).collect();
    assert_eq!(failures, [0, 1, 2].map(|seed| ("diverging".into(), "diverged".into(), seed)));
    for row in document["rows"].as_array().unwrap() {
        let is_zero = row["value"].as_f64() == Some(0.0);
        assert!(is_zero || row["method"] != "diverging", "{row}");
        assert!(!is_zero || row["method"] == "diverging" || row["task"] == "mnist", "{row}");
    }
}

/// Whoever watches a study sees every level and every job, and the time left ends at zero.
#[test]
fn progress_is_told_by_levels() {
    let place = Place::new();
    let plan = Plan::parse(&std::fs::read_to_string(PLAN).unwrap()).unwrap().whole();
    let study = Study::create(&place.path("watched"), Grid::new(plan).unwrap()).unwrap();
    let data = StudyData::read(study.grid(), Some(&place.path("data"))).unwrap();
    let mut seen: Vec<(usize, Option<String>, f64)> = Vec::new();
    let options = Options { level: Level::best(None), threads: 2, interrupt: None };
    let ending = study.run(&data, options, &mut |progress| {
        assert_eq!(progress.total, study.grid().jobs.len());
        seen.push((progress.done, progress.last.clone(), progress.left.unwrap().as_secs_f64()));
    });
    assert_eq!(ending.unwrap(), Ending::Finished);
    let of = |last: &str| seen.iter().position(|(_, own, _)| own.as_deref() == Some(last)).unwrap();
    for job in study.grid().jobs.iter().filter(|job| !job.id.contains("diverging")) {
        if let Some(protocol) = study.grid().protocol(job) {
            let levels = protocol.levels.len();
            let level = |n: usize| of(&format!("{}: {n} of {levels} levels", job.id));
            assert!((1..levels).all(|n| level(n) < level(n + 1)) && level(levels) < of(&job.id));
        }
    }
    let (first, last) = (&seen[0], &seen[seen.len() - 1]);
    assert!(first.1.is_none() && first.0 == 0 && first.2 > 0.0);
    assert!(last.0 == study.grid().jobs.len() && last.2 == 0.0, "{last:?}");
}
