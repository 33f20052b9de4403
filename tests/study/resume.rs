//! A study that is killed at any moment and continued has the same tables, byte for byte.

use super::{Place, result, succeeded, support::stderr, tables};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

fn finished_jobs(out: &Path) -> usize {
    let entries = std::fs::read_dir(out.join("jobs")).into_iter().flatten();
    let is_result = |name: std::ffi::OsString| name.to_str().is_some_and(|name| name.ends_with(".json"));
    entries.filter(|entry| is_result(entry.as_ref().unwrap().file_name())).count()
}

/// Waits until `holds`, or the process has ended.
fn wait(child: &mut std::process::Child, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() && child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(120), "the study does not go on");
        std::thread::sleep(Duration::from_micros(500));
    }
}

#[test]
fn kill_9_at_any_moment_changes_no_byte() {
    let place = Place::new();
    let expected = tables(&place.finished("alone"));
    let mut killed = 0;
    let total = 87;
    // After so many finished jobs, then once more after so many milliseconds; the same folder is
    // killed again and again.
    for (name, moments) in [("a", &[0, 1, 5, 9, 14][..]), ("b", &[20, 40, 60, 70, 74])] {
        let out = place.path(name);
        for &moment in moments {
            let arguments = if out.join("plan.toml").exists() { "{out}" } else { "{plan} --out {out}" };
            let mut child = place
                .command(&format!("{arguments} --data {{data}} --threads 2"), &out)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            wait(&mut child, || {
                finished_jobs(&out) >= moment && (moment > 0 || out.join("plan.toml").exists())
            });
            let _ = child.kill();
            let output = child.wait_with_output().unwrap();
            assert!(output.status.code().is_none_or(|code| code == 0), "{}", stderr(&output));
            killed += usize::from(output.status.code().is_none());
            assert!(finished_jobs(&out) <= total);
        }
        let before = finished_jobs(&out);
        assert!(before > 0);
        succeeded(&place.study("{out} --data {data} --threads 1", &out));
        assert_eq!(tables(&out), expected, "{name}");
    }
    assert!(killed >= 6, "only {killed} of 10 were killed before their end");
}

#[test]
fn kill_9_while_tables_are_written_leaves_whole_files() {
    let place = Place::new();
    let out = place.finished("study");
    let expected = tables(&out);
    for wait in [0, 1, 2, 4, 8] {
        std::fs::remove_dir_all(out.join("tables")).unwrap();
        let mut child = place.command("{out} --data {data}", &out).stdout(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        while !out.join("tables").exists()
            && began.elapsed() < Duration::from_secs(60)
            && child.try_wait().unwrap().is_none()
        {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(wait));
        let _ = child.kill();
        child.wait().unwrap();
        for entry in std::fs::read_dir(out.join("tables")).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if let Some(expected) = expected.get(&name) {
                assert_eq!(&std::fs::read(&path).unwrap(), expected, "{name}");
            } else {
                assert!(name.ends_with(".part"), "{name}");
            }
        }
        succeeded(&place.study("{out} --data {data}", &out));
    }
    let mut again = tables(&out);
    again.retain(|name, _| !name.ends_with(".part"));
    assert_eq!(again, expected);
}

#[test]
fn ctrl_c_stops_between_jobs_and_the_same_command_continues() {
    let place = Place::new();
    let expected = tables(&place.finished("alone"));
    let out = place.path("stopped");
    let command = "{plan} --out {out} --data {data} --threads 1";
    let mut child =
        place.command(command, &out).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait(&mut child, || finished_jobs(&out) >= 3);
    let kill = format!("kill -2 {}", child.id());
    std::process::Command::new("sh").args(["-c", &kill]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("stopped with ") && said.contains("of 87 jobs"), "{said}");
    succeeded(&place.study(command, &out));
    assert_eq!(tables(&out), expected);
}

/// An evaluation that is stopped again and again keeps its finished levels, and has the same
/// result.
#[test]
fn ctrl_c_within_an_evaluation_keeps_its_levels() {
    let place = Place::new();
    let text = std::fs::read_to_string(super::PLAN).unwrap();
    let plan = place.path("long.toml");
    let long = "evaluations = 1\nmethods = [\"svpg\", \"two-phase\"]";
    assert!(text.contains(long));
    std::fs::write(&plan, text.replace(long, "evaluations = 2000")).unwrap();
    let begin = format!("{} --out {{out}} --data {{data}} --job", plan.to_str().unwrap());
    let id = "mnist.svpg.0.salt";
    let (whole, stopped) = (place.path("whole"), place.path("stopped"));
    for out in [&whole, &stopped] {
        succeeded(&place.study(&format!("{begin} mnist.svpg.0.train"), out));
    }
    let began = Instant::now();
    succeeded(&place.study(&format!("{begin} {id}"), &whole));
    let mut pause = began.elapsed() / 6;
    let partial = stopped.join(format!("jobs/{id}.partial"));
    let levels = || -> usize {
        let Ok(text) = std::fs::read(&partial) else { return 0 };
        let part: serde_json::Value = serde_json::from_slice(&text).unwrap();
        part["result"]["values"].as_array().unwrap().len()
    };
    let mut seen = vec![0];
    loop {
        let mut child = place
            .command(&format!("{{out}} --data {{data}} --job {id}"), &stopped)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(pause);
        let kill = format!("kill -2 {}", child.id());
        std::process::Command::new("sh").args(["-c", &kill]).status().unwrap();
        match child.wait().unwrap().code() {
            Some(0) => break,
            // Without a code, the signal came before svpg handles it.
            code => assert!(code.is_none_or(|code| code == 1)),
        }
        assert!(levels() >= seen[seen.len() - 1], "{seen:?}");
        if levels() == seen[seen.len() - 1] {
            // It was stopped within its first level: the next one has more time.
            pause *= 2;
        }
        seen.push(levels());
        assert!(seen.len() < 40, "{seen:?}");
    }
    assert!(seen[seen.len() - 1] > 0, "{seen:?}");
    assert!(!partial.exists());
    assert_eq!(result(&stopped, id), result(&whole, id));
}
