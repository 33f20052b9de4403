//! Reports: what stands on a page, what a hostile text becomes, what is refused, and, in
//! `browser.py`, how a browser shows it.

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod inputs;

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::LazyLock;

use inputs::{Inputs, compute};
use support::{python, run, stderr, stdout};
use svpg::report::{Contents, Run, chapters, page, site};
use svpg::study::Document;
use svpg::verify::{Options, Report, check};
use svpg_check::Source;

/// A run of every kind, and a study.
static INPUTS: LazyLock<Inputs> = LazyLock::new(Inputs::make);

/// The figures of a page about all inputs.
fn figures() -> Vec<String> {
    let run = |number: usize, name: &str, figures: &[&str]| {
        let id = format!("run-{number}-{}", INPUTS.slug(name));
        figures.iter().map(move |figure| format!("{id}-{figure}")).collect::<Vec<_>>()
    };
    let mut all = vec!["gap-mean-field", "gap-own", "graph-chapters", "graph-02-exact-policy"];
    all.extend(["study-mnist-weights-relative", "study-pendulum-input-gaussian"]);
    let all = all.into_iter().map(str::to_owned);
    let rate = run(1, "rate", &["accuracy", "iterations", "fields", "confusion", "gap"]);
    let spikes = run(2, "spikes", &["accuracy", "fields", "confusion", "spikes"]);
    let pole = run(3, "pole", &["return", "critic", "entropy", "episode", "states"]);
    all.chain(rate).chain(spikes).chain(pole).collect()
}

/// The page that the program writes about all inputs.
static PAGE: LazyLock<String> = LazyLock::new(|| {
    let file = INPUTS.path("page.html");
    let data = INPUTS.path("data");
    let mut arguments = vec!["report".to_owned()];
    arguments.extend(["rate", "spikes", "pole", "study"].map(|name| INPUTS.path(name)));
    arguments.extend(["--out".to_owned(), file.clone(), "--data".to_owned(), data]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = run(&arguments, b"");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("MiB"), "{}", stdout(&output));
    std::fs::read_to_string(file).expect("the page was written")
});

/// The values of `id` on a page.
fn ids(page: &str) -> Vec<&str> {
    page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_figure_and_section_is_on_the_page() {
    let ids: BTreeSet<&str> = ids(&PAGE).into_iter().collect();
    for figure in figures() {
        assert!(ids.contains(figure.as_str()), "{figure} is not in {ids:?}");
    }
    let sections =
        ["summary", "criteria", "robustness", "runs", "gaps", "derivations", "not-proved", "provenance"];
    for section in sections {
        assert!(ids.contains(section), "{section}");
    }
    for text in ["proved for every size", "refuted, as expected", "Counterexample to", "<math", "@keyframes"]
    {
        assert!(PAGE.contains(text), "{text}");
    }
    // What an image, a script or a style from elsewhere would need.
    for text in ["<script", "<link rel=\"stylesheet", "src=\"http", "url(http", "@import"] {
        assert!(!PAGE.contains(text), "{text}");
    }
}

#[test]
fn a_curve_of_the_page_is_in_its_table() {
    let accuracy = PAGE.split("-accuracy\">").nth(1).expect("the first run has a curve");
    let table = accuracy.split("</figure>").next().expect("the figure ends");
    let last = std::fs::read_to_string(format!("{}/metrics.jsonl", INPUTS.path("rate"))).expect("metrics");
    let last: serde_json::Value = serde_json::from_str(last.lines().last().expect("a row")).expect("JSON");
    let step = last["step"].as_u64().expect("a step");
    assert!(table.contains(&format!("<th scope=\"row\">{step}</th>")), "the last step is in the table");
}

#[test]
fn what_a_study_says_of_a_method_is_at_its_protocol() {
    for (title, cells) in [
        ("Areas under the curves", "<td>67.0 [60.0, 70.0]</td><td>–</td>"),
        ("Levels at which scores fall to half of those without noise", "<td>never [0.900, ∞]</td><td>–</td>"),
        ("Probability of a larger area", "<td>0.500 [0.000, 1.000]</td><td>–</td>"),
    ] {
        let table = PAGE.split(&format!("<caption>mnist: {title}</caption>")).nth(1).expect("a table");
        let head = "<th scope=\"col\">protocol</th><th scope=\"col\">svpg</th><th scope=\"col\">bp</th>";
        assert!(table.starts_with(&format!("<thead><tr>{head}</tr></thead>")), "{title}");
        let row = format!("<th scope=\"row\">weights-relative</th>{cells}</tr>\n</tbody>");
        assert!(table.split("</table>").next().is_some_and(|table| table.contains(&row)), "{title}");
    }
    assert!(PAGE.contains("than the baseline (bp for mnist), with"));
}

/// The confusion matrix has the accuracy that `eval` finds, and the episode its length.
#[test]
fn what_a_network_does_is_what_eval_finds() {
    let (data, rate, pole) = (INPUTS.path("data"), INPUTS.path("rate"), INPUTS.path("pole"));
    for name in [&rate, &INPUTS.path("spikes")] {
        let found = stdout(&run(&["eval", name, "--data", &data, "--format", "json"], b""));
        let found: serde_json::Value = serde_json::from_str(&found).expect("one line");
        let share =
            format!("{:.2} % of the answers are right", 100.0 * found["mean"].as_f64().expect("a number"));
        assert!(PAGE.contains(&share), "{name}: {share}");
    }
    let found = stdout(&run(&["eval", &pole, "--evaluations", "1", "--format", "json"], b""));
    let found: serde_json::Value = serde_json::from_str(&found).expect("one line");
    let length = format!(": {} steps of at most 200", found["values"][0].as_f64().expect("a number"));
    assert!(PAGE.contains(&length), "{length}");
}

/// The chapter and the report of its claims.
fn hostile() -> (Vec<std::sync::Arc<Source>>, Report) {
    let text = "# Title <script>alert(1)</script> & \"more\"\n\nProse with <img src=x onerror=alert(2)>, [a \
                link](javascript:alert(3)), ![an image](https://example.org/x.png) and $x < \\text{<b>}$.\n\n\
                <iframe src=\"https://example.org\"></iframe>\n\n## Heading \"><script>alert(4)</script>\n\n```svpg\n\
                network rwta(S, G, D, A)\nclaim H1 \"<script>alert(5)</script>\" for i: sum(j in circuit(i)) q[j] = 1 because \
                \"<b>bold</b>\"\nclaim H2 \"wrong\" for i: q[i] = 1 because \"H1 </svg>\" expect refuted\n```\n";
    let chapters = vec![Source::new("h<i>.md", text)];
    let options = Options { thorough: false, seed: 0 };
    let report = check(&chapters, &options, false, &|_, _| ()).expect("the chapter parses");
    (chapters, report)
}

#[test]
fn no_text_becomes_markup() {
    let (chapters, verification) = hostile();
    let run = Run::read(&compute(), INPUTS.folder("<img src=x onerror=alert(6)>").as_ref(), None)
        .expect("a run may have any name");
    let study = Document::read(INPUTS.folder("study").as_ref()).expect("a study");
    let contents = Contents {
        title: "<script>alert(7)</script>",
        chapters: &chapters,
        verification: &verification,
        runs: &[run],
        study: Some(&study),
        machine: "<script>",
    };
    let text = page(&contents).expect("the page can be written");
    assert_eq!(text, page(&contents).expect("again"), "the same contents give the same bytes");
    let pages = site(&chapters, &verification).expect("the site can be written");
    for text in pages.iter().map(|page| page.text.as_str()).chain([text.as_str()]) {
        for hostile in [
            "<script",
            "<img src=x",
            "<iframe",
            "href=\"javascript",
            "<b>",
            "example.org/x.png\"",
            "onerror=alert(6)>",
        ] {
            assert!(!text.contains(hostile), "{hostile}");
        }
        assert_eq!(text.matches("</svg>").count(), text.matches("<svg ").count(), "no text ends a drawing");
    }
    assert!(
        text.contains("&lt;script&gt;alert(1)") && text.contains("&lt;script&gt;alert(5)"),
        "it is shown as text"
    );
}

#[test]
fn a_site_has_every_chapter_and_no_dead_link() {
    let folder = INPUTS.path("site");
    let output = run(&["report", "--site", &folder], b"");
    assert!(output.status.success(), "{}", stderr(&output));
    let mut files: Vec<String> = std::fs::read_dir(&folder)
        .expect("the site is there")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 1 + chapters().len());
    for file in &files {
        let text = std::fs::read_to_string(format!("{folder}/{file}")).expect("a page");
        let own: BTreeSet<&str> = ids(&text).into_iter().collect();
        assert_eq!(own.len(), ids(&text).len(), "{file}: an id occurs twice");
        for link in text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let is_there = match link.strip_prefix('#') {
                Some(id) => own.contains(id),
                None => {
                    link.starts_with("https://") || link == "data:," || files.iter().any(|file| file == link)
                }
            };
            assert!(is_there, "{file}: {link}");
        }
    }
}

#[test]
fn a_plot_is_written_in_both_formats_and_shown() {
    let (svg, png) = (INPUTS.path("curve.svg"), INPUTS.path("curve.png"));
    let output = run(&["plot", &INPUTS.path("rate"), "--out", &svg, "--out", &png], b"");
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("train accuracy") && text.contains('|'), "{text}");
    let svg = std::fs::read_to_string(svg).expect("an SVG");
    assert!(
        svg.starts_with("<svg ")
            && svg.contains("prefers-color-scheme:dark")
            && svg.trim_end().ends_with("</svg>")
    );
    let png = std::fs::read(png).expect("a PNG");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && png.len() > 4000);
    let entropy = run(&["plot", &INPUTS.path("pole"), "--curve", "entropy"], b"");
    assert!(stdout(&entropy).contains("entropy"), "{}", stderr(&entropy));
}

#[test]
fn a_plot_of_a_study_has_the_chosen_methods() {
    let svg = INPUTS.path("robustness.svg");
    let study = INPUTS.path("study");
    let plot = |options: &[&str]| {
        let output = run(&[&["plot", study.as_str()], options].concat(), b"");
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let both = plot(&["--curve", "mnist.weights-relative", "--out", &svg]);
    let one = plot(&["--curve", "weights-relative", "--methods", "bp"]);
    assert!(both.contains("svpg") && both.contains("bp"), "{both}");
    assert!(!one.contains("svpg") && one.contains("bp"), "{one}");
    assert!(std::fs::read_to_string(svg).expect("an SVG").contains("weight gaussian, variant corrected"));
}

/// `docs/results/README.md` says how the figures of the README are drawn.
#[test]
fn the_figures_of_the_readme_are_what_the_commands_draw() {
    let results = format!("{}/docs/results", env!("CARGO_MANIFEST_DIR"));
    let commands = std::fs::read_to_string(format!("{results}/README.md")).expect("the commands are there");
    let plots = commands.lines().filter_map(|line| line.strip_prefix("svpg plot bmvc2022-full-length "));
    let mut drawn = 0;
    for options in plots {
        let (options, name) = options.split_once(" --out ").expect("a file is named");
        let out = INPUTS.path(name);
        let study = format!("{results}/bmvc2022-full-length");
        let mut arguments = vec!["plot", &study];
        arguments.extend(options.split(' ').chain(["--out", &out]));
        let output = run(&arguments, b"");
        assert!(output.status.success(), "{}", stderr(&output));
        let read = |path: &str| std::fs::read_to_string(path).expect("a figure");
        assert!(read(&out) == read(&format!("{study}/{name}")), "{name}");
        drawn += 1;
    }
    assert_eq!(drawn, 2);
}

/// Without Chromium, its driver or Python, this fails; it is never skipped.
#[test]
fn a_browser_shows_it() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/report/browser.py");
    assert!(!PAGE.is_empty());
    let output = Command::new(python::environment("browser"))
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", script])
        .env("SVPG_REPORT", INPUTS.path("page.html"))
        .env("SVPG_FIGURES", figures().join("\n"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("the interpreter starts");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
}
