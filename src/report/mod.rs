//! Reports that people look at: one HTML file that loads nothing, charts as SVG, PNG and text, and
//! the chapters as a small site.
//!
//! ```text
//! chapters, verification, runs, study → sections → one page
//! ```
//!
//! A page has no script. Every figure has a text for screen readers and its numbers in a table.
//! Formulas are MathML, curves are drawn by `plotters`, graphs by `layout-rs`. The same contents
//! give the same bytes: a page holds no time and no date.

mod chart;
mod derivation;
mod gap;
mod html;
mod page;
mod picture;
mod run;
mod site;
mod study;

pub use chart::{Chart, Series};
pub use run::{Curves, Run};
pub use site::{Page, check_site, site, write_site};
pub use study::study_charts;

use std::sync::Arc;

use svpg_check::{Source, Verdict};

use crate::Error;
use crate::study::{Document, Verdict as Finding};
use crate::verify::Report;
use derivation::{References, Shown};
use html::{definitions, paragraph};
use page::Section;

/// What a page shows.
#[derive(Debug)]
pub struct Contents<'a> {
    /// Title of the page.
    pub title: &'a str,
    /// The chapters of derivations, in reading order.
    pub chapters: &'a [Arc<Source>],
    /// Their verdicts.
    pub verification: &'a Report,
    /// Runs, in the order of the page.
    pub runs: &'a [Run],
    /// The study, if there is one.
    pub study: Option<&'a Document>,
    /// The machine in words, for the provenance.
    pub machine: &'a str,
}

/// The chapters that are built in.
pub fn chapters() -> Vec<Arc<Source>> {
    crate::chapters::CHAPTERS.iter().map(|file| crate::chapters::source("derivations", file)).collect()
}

/// The page as one HTML file.
///
/// # Errors
/// Bad input: a chapter does not parse.
pub fn page(contents: &Contents<'_>) -> Result<String, Error> {
    let Contents { title, chapters, verification, runs, study, .. } = *contents;
    let shown = derivation::read(chapters, verification)?;
    let references = References::new(verification);
    let mut sections = vec![Section { id: "summary", title: "Summary", content: summary(contents) }];
    if let Some(study) = study {
        sections.push(Section { id: "criteria", title: "Criteria", content: study::criteria(study) });
        sections.push(Section { id: "robustness", title: "Robustness", content: study::html(study) });
    }
    if !runs.is_empty() {
        let content = runs.iter().enumerate().map(|(number, run)| run::html(run, number + 1)).collect();
        sections.push(Section { id: "runs", title: "Runs", content });
    }
    let gaps = gap::html(verification);
    if !gaps.is_empty() {
        sections.push(Section { id: "gaps", title: "Rules and gradients", content: gaps });
    }
    let content = derivations(&shown, &references);
    sections.push(Section { id: "derivations", title: "Derivations", content });
    sections.push(Section {
        id: "not-proved",
        title: "What is not proved",
        content: not_proved(verification),
    });
    sections.push(Section { id: "provenance", title: "Provenance", content: provenance(contents) });
    Ok(page::page(
        title,
        "Derivations, training and robustness, with the numbers behind every figure.",
        &sections,
    ))
}

fn summary(Contents { verification, runs, study, .. }: &Contents<'_>) -> String {
    let count = |verdict| verification.claims.iter().filter(|claim| claim.report.verdict == verdict).count();
    let proved = verification.claims.iter().filter(|claim| claim.proved_for_every_size).count();
    let mut numbers = vec![
        (count(Verdict::Holds), "claims hold"),
        (proved, "of them proved for networks of every size"),
        (count(Verdict::Refuted), "claims refuted, each with a counterexample"),
        (count(Verdict::Sampled) + count(Verdict::Unchecked), "claims sampled, measured or unchecked"),
    ];
    if !runs.is_empty() {
        numbers.push((runs.len(), if runs.len() == 1 { "run" } else { "runs" }));
    }
    let criteria = study.map_or(&[][..], |study| &study.criteria);
    let confirmed = criteria.iter().filter(|found| found.verdict == Finding::Confirmed).count();
    let criteria = criteria.len();
    let of_criteria = format!("of {criteria} criteria of the study confirmed");
    if criteria > 0 {
        numbers.push((confirmed, &of_criteria));
    }
    let number =
        |(count, what): &(usize, &str)| format!("<li><strong>{count}</strong> {}</li>", html::escape(what));
    let list: String = numbers.iter().map(number).collect();
    let unexpected = verification.claims.iter().filter(|claim| !claim.report.as_expected).count();
    let verdict = match unexpected {
        0 => "Every claim has the verdict that its chapter expects.".to_owned(),
        1 => "One claim does not have the verdict that its chapter expects.".to_owned(),
        many => format!("{many} claims do not have the verdict that their chapters expect."),
    };
    format!("<ul class=\"numbers\">{list}</ul>\n") + &paragraph(&verdict)
}

/// The list of chapters, the graph, and the chapters, each folded.
fn derivations(shown: &[Shown<'_>], references: &References) -> String {
    let mut out = paragraph(
        "Every equation below is checked by a program on many small networks: exactly, by finite differences, and in high precision. \
         A refuted claim has a counterexample: a network on which both sides differ.",
    );
    let entry = |chapter: &Shown<'_>| {
        format!("<li><a href=\"#{}\">{}</a></li>", chapter.name, html::escape(chapter.title()))
    };
    out += &format!("<ol class=\"chapters\">{}</ol>\n", shown.iter().map(entry).collect::<String>());
    out += &derivation::chapters_graph(references, shown);
    let link = |name: &str| format!("#{name}");
    for (number, chapter) in shown.iter().enumerate() {
        let title = html::escape(chapter.title());
        out += &format!(
            "<section aria-labelledby=\"{0}\"><h3 id=\"{0}\">{1}. {title}</h3>\n<p>{2}</p>\n<details class=\"chapter\"><summary>Text, \
             equations and verdicts of chapter {1}</summary>\n{3}</details></section>\n",
            chapter.name,
            number + 1,
            chapter.verdicts(),
            chapter.html(3, &link, references)
        );
    }
    out
}

fn not_proved(verification: &Report) -> String {
    let table = derivation::unproved(verification);
    let text = format!(
        "{} of {} claims are not theorems about networks of every size: they are checked on small networks, hold at the points that were \
         tried, or are measured. A refuted claim is not in this list: a counterexample proves that it is false.",
        table.rows.len(),
        verification.claims.len()
    );
    paragraph(&text) + &table.html()
}

fn provenance(Contents { verification, runs, study, machine, .. }: &Contents<'_>) -> String {
    let mut out = "<h3 id=\"provenance-report\">This report</h3>\n".to_owned();
    out += &definitions([
        ("version of svpg", env!("CARGO_PKG_VERSION").to_owned()),
        ("machine", (*machine).to_owned()),
        ("seed of the verification", verification.seed.to_string()),
        ("claims", verification.claims.len().to_string()),
    ]);
    for (number, run) in runs.iter().enumerate() {
        out += &format!("<h3 id=\"provenance-run-{}\">Run {}</h3>\n", number + 1, html::escape(&run.name));
        out += &run::provenance(run);
    }
    if let Some(study) = study {
        out += "<h3 id=\"provenance-study\">Study</h3>\n";
        out += &study::provenance(study);
    }
    out
}
