//! What a page shows of a study: robustness curves with intervals, and the criteria with their
//! verdicts.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::chart::{Chart, Series, short};
use crate::report::derivation::verdict_mark;
use crate::report::html::{Table, definitions, escape, fold, paragraph, slug};
use crate::report::run::figure;
use crate::study::{Cell, Column, Document, Judged, ProtocolName, Verdict, tables};

/// Robustness curves, one chart for each protocol of each task, and the summaries.
pub(super) fn html(study: &Document) -> String {
    let mut out = paragraph(
        "Each curve is the interquartile mean over the seeds of a method; the shaded area is its interval. Absolute noise of weights \
         compares networks whose weights have different sizes: the relative protocols are fairer there.",
    );
    let mut by_protocol: BTreeMap<(&str, &str), Vec<&Cell>> = BTreeMap::new();
    let mut methods: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &study.aggregates {
        by_protocol.entry((&row.task, &row.protocol)).or_default().push(row);
        methods.entry(&row.task).or_default().insert(&row.method);
    }
    for (task, methods) in &methods {
        // A method has the same colour in every chart of a task.
        let methods: Vec<&str> = methods.iter().copied().collect();
        out += &format!("<h3 id=\"study-{}\">Task {}</h3>\n", slug(task), escape(task));
        for protocol in study.protocols.iter().filter(|protocol| protocol.task == *task) {
            if let Some(rows) = by_protocol.get(&(*task, protocol.id.as_str())) {
                out += &protocol_html(protocol, rows, &methods);
            }
        }
    }
    for (title, name) in [
        ("Area under the robustness curves", "areas"),
        ("Level at which the result halves", "halves"),
        ("Probability of improvement", "improvements"),
    ] {
        let of = tables(study).into_iter().find(|table| table.name == name);
        out += &section(title, of.map(|of| listed(title, &of)));
    }
    let mut failures = Table::new("Trainings that failed", ["method", "task", "seed", "reason"]);
    for failed in &study.failures {
        failures.row([&failed.method, &failed.task, &failed.seed.to_string(), failed.reason.name()]);
    }
    out + &section("Trainings that failed", Some(failures))
}

/// A table with its heading; nothing if it has no rows.
fn section(title: &str, table: Option<Table>) -> String {
    let table = table.filter(|table| !table.rows.is_empty());
    let html =
        |table: Table| format!("<h3 id=\"study-{}\">{}</h3>\n{}\n", slug(title), escape(title), table.html());
    table.map_or(String::new(), html)
}

/// A table of the study as a table of the page.
fn listed(caption: &str, table: &crate::study::Table) -> Table {
    let mut out = Table::new(caption, table.columns.iter().map(|(name, _)| name));
    for row in 0..table.rows() {
        out.row(table.columns.iter().map(|(_, column)| match column {
            Column::Text(all) => all[row].clone(),
            Column::Integer(all) => all[row].to_string(),
            Column::Number(all) => number(all[row]),
        }));
    }
    out
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), short)
}

/// A chart, or a table if there is one level.
fn protocol_html(protocol: &ProtocolName, rows: &[&Cell], methods: &[&str]) -> String {
    let levels: BTreeSet<u64> = rows.iter().map(|row| row.level.to_bits()).collect();
    if levels.len() > 1 {
        return curves(protocol, rows, methods);
    }
    let mut table =
        Table::new(format!("{}: {}", protocol.task, protocol.id), ["method", "result", "interval"]);
    for row in rows {
        let interval = format!("{} to {}", short(row.low), short(row.high));
        table.row([row.method.clone(), short(row.iqm), interval]);
    }
    table.html()
}

fn curves(protocol: &ProtocolName, rows: &[&Cell], methods: &[&str]) -> String {
    let ProtocolName { id, kind, variant, unit, task, .. } = protocol;
    let mut points: BTreeMap<&str, Vec<&Cell>> = BTreeMap::new();
    for row in rows {
        points.entry(&row.method).or_default().push(row);
    }
    let series = methods.iter().map(|method| {
        let mut all = points.get(method).cloned().unwrap_or_default();
        all.sort_by(|a, b| a.level.total_cmp(&b.level));
        Series {
            name: (*method).to_owned(),
            points: all.iter().map(|row| (row.level, row.iqm)).collect(),
            band: all.iter().map(|row| (row.level, row.low, row.high)).collect(),
            is_scattered: false,
        }
    });
    let (y, y_range) = match task.as_str() {
        "mnist" => ("share of right answers", Some((0.0, 1.0))),
        "pendulum" => ("length of an episode in steps", Some((0.0, 210.0))),
        _ => ("result", None),
    };
    let title = format!("{task}: {}, variant {variant}", kind.replace('-', " "));
    let x = if unit.is_empty() { "level".to_owned() } else { format!("level ({unit})") };
    let chart = Chart { title: title.clone(), x, y: y.to_owned(), y_range, series: series.collect() };
    let mut data = Table::new(&title, std::iter::once("level").chain(methods.iter().copied()));
    let levels: BTreeSet<u64> = rows.iter().map(|row| row.level.to_bits()).collect();
    let mut levels: Vec<f64> = levels.into_iter().map(f64::from_bits).collect();
    levels.sort_by(f64::total_cmp);
    for level in levels {
        let cell = |method: &&str| {
            let found = points.get(method).and_then(|all| all.iter().find(|row| row.level == level));
            found.map_or_else(
                || "–".to_owned(),
                |row| format!("{} ({} to {})", short(row.iqm), short(row.low), short(row.high)),
            )
        };
        data.row(std::iter::once(short(level)).chain(methods.iter().map(cell)));
    }
    figure(&format!("study-{}-{}", slug(task), slug(id)), &title, &chart, &data)
}

/// The criteria, each with the number that was found and the verdict.
pub(super) fn criteria(study: &Document) -> String {
    if study.criteria.is_empty() {
        return paragraph("The study has no criteria.");
    }
    let mut out = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Criteria and verdicts\"><table><caption>Criteria, \
                   written down before the runs, and what was found</caption><thead><tr>"
        .to_owned();
    for column in ["criterion", "claim", "question", "found", "confirmed if", "refuted if", "verdict"] {
        out += &format!("<th scope=\"col\">{column}</th>");
    }
    out += "</tr></thead><tbody>\n";
    for Judged { id, claim, question, value, low, high, confirm, refute, verdict, .. } in &study.criteria {
        let kind = match verdict {
            Verdict::Confirmed => "holds",
            Verdict::Refuted => "refuted",
            Verdict::Undecided | Verdict::NotMeasured => "unchecked",
        };
        let found = match low.zip(*high) {
            None => number(*value),
            Some((low, high)) => format!("{} ({} to {})", number(*value), short(low), short(high)),
        };
        let cells =
            [claim, question, &found, confirm, refute].map(|cell| format!("<td>{}</td>", escape(cell)));
        out += &format!(
            "<tr><th scope=\"row\">{}</th>{}<td>{}</td></tr>\n",
            escape(id),
            cells.concat(),
            verdict_mark(kind, &verdict.to_string())
        );
    }
    out + "</tbody></table></div>\n"
}

/// The plan and the runs of the study.
pub(super) fn provenance(study: &Document) -> String {
    let Document { plan, provenance, .. } = study;
    let seeds: Vec<String> = plan.seeds.iter().map(u32::to_string).collect();
    let size = if plan.quick { "quick" } else { "whole" };
    let mut rows = vec![
        ("plan", format!("{}, {size}: {}", plan.name, plan.summary)),
        ("seeds", seeds.join(", ")),
        ("jobs", provenance.jobs.to_string()),
        ("plan sha256", provenance.plan_sha256.clone()),
        ("results sha256", provenance.results_sha256.clone()),
        ("svpg", study.version.clone()),
    ];
    let data: Vec<String> =
        provenance.data_sha256.iter().map(|(task, hash)| format!("{task} {hash}")).collect();
    if !data.is_empty() {
        rows.push(("data sha256", data.join(", ")));
    }
    let mut methods = Table::new("Methods of the study", ["method", "task", "label", "role", "summary"]);
    for method in &study.methods {
        methods.row([&method.name, &method.task, &method.label, method.role.name(), &method.summary]);
    }
    let mut runs = Table::new("Runs of the study", ["method", "task", "seed", "folder"]);
    for run in &study.runs {
        runs.row([&run.method, &run.task, &run.seed.to_string(), &run.path]);
    }
    definitions(rows) + &fold(&methods.caption, &methods.html()) + &fold(&runs.caption, &runs.html())
}
