//! A study as sections of a page.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::document::{Aggregate, Criterion, Protocol, Study};
use crate::report::chart::{Chart, Series, short};
use crate::report::derivation::verdict_mark;
use crate::report::html::{Table, definitions, escape, fold, paragraph, slug};
use crate::report::run::figure;

/// Robustness curves, one chart for each protocol of each task, and the summaries.
pub(in crate::report) fn html(study: &Study) -> String {
    let mut out = paragraph(
        "Each curve is the interquartile mean over the seeds of a method; the shaded area is its interval. Absolute noise of weights \
         compares networks whose weights have different sizes: the relative protocols are fairer there.",
    );
    // A method has the same colour in every chart.
    let methods: Vec<&str> =
        study.aggregates.iter().map(|row| row.method.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let mut by_protocol: BTreeMap<(&str, &str), Vec<&Aggregate>> = BTreeMap::new();
    for row in &study.aggregates {
        by_protocol.entry((&row.task, &row.protocol)).or_default().push(row);
    }
    for protocol in &study.protocols {
        let Some(rows) = by_protocol.get(&(protocol.task.as_str(), protocol.id.as_str())) else { continue };
        out += &curves(protocol, rows, &methods);
    }
    for (title, records) in [
        ("Area under the robustness curves", &study.areas),
        ("Level at which the result halves", &study.halves),
        ("Probability of improvement", &study.improvements),
    ] {
        if !records.is_empty() {
            out += &format!(
                "<h3 id=\"study-{}\">{}</h3>\n{}\n",
                slug(title),
                escape(title),
                table(title, records).html()
            );
        }
    }
    out
}

fn curves(protocol: &Protocol, rows: &[&Aggregate], methods: &[&str]) -> String {
    let Protocol { id, kind, variant, unit, task } = protocol;
    let mut points: BTreeMap<&str, Vec<&Aggregate>> = BTreeMap::new();
    for row in rows {
        points.entry(&row.method).or_default().push(row);
    }
    let series = methods.iter().map(|method| {
        let mut all = points.get(method).cloned().unwrap_or_default();
        all.sort_by(|a, b| a.level.total_cmp(&b.level));
        let ends = |row: &&Aggregate| Some((row.level, row.low?, row.high?));
        Series {
            name: (*method).to_owned(),
            points: all.iter().map(|row| (row.level, row.iqm)).collect(),
            band: all.iter().filter_map(ends).collect(),
            is_scattered: false,
        }
    });
    let (y, y_range) = match task.as_str() {
        "mnist" => ("share of right answers", Some((0.0, 1.0))),
        "pendulum" => ("length of an episode in steps", Some((0.0, 210.0))),
        _ => ("result", None),
    };
    let kind = if kind.is_empty() { id } else { kind };
    let variant = if variant.is_empty() { String::new() } else { format!(", variant {variant}") };
    let title = format!("{task}: {kind}{variant}");
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
                |row| match (row.low, row.high) {
                    (Some(low), Some(high)) => {
                        format!("{} ({} to {})", short(row.iqm), short(low), short(high))
                    }
                    _ => short(row.iqm),
                },
            )
        };
        data.row(std::iter::once(short(level)).chain(methods.iter().map(cell)));
    }
    figure(&format!("study-{}-{}", slug(task), slug(id)), &title, &chart, &data)
}

/// The criteria, each with the number that was found and the verdict.
pub(in crate::report) fn criteria(study: &Study) -> String {
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
    for Criterion { id, claim, question, value, confirm, refute, verdict } in &study.criteria {
        let kind = match verdict.as_str() {
            "confirmed" => "holds",
            "refuted" => "refuted",
            _ => "unchecked",
        };
        let cells = [claim, question, &text(value), &text(confirm), &text(refute)]
            .map(|cell| format!("<td>{}</td>", escape(cell)));
        out += &format!(
            "<tr><th scope=\"row\">{}</th>{}<td>{}</td></tr>\n",
            escape(id),
            cells.concat(),
            verdict_mark(kind, verdict)
        );
    }
    out + "</tbody></table></div>\n"
}

/// A value in a cell.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if !number.is_i64() && !number.is_u64() => short(float),
            _ => number.to_string(),
        },
        Value::Array(all) => all.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Records of the same kind as a table, whose columns are the names of their values.
fn table(caption: &str, records: &[Map<String, Value>]) -> Table {
    let mut columns: Vec<&str> = Vec::new();
    for name in records.iter().flat_map(Map::keys) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    // What a row is about stands first.
    let rank = |name: &str| {
        ["method", "against", "task", "protocol"].iter().position(|first| *first == name).unwrap_or(9)
    };
    columns.sort_by_key(|name| rank(name));
    let mut table = Table::new(caption, columns.clone());
    for record in records {
        table.row(columns.iter().map(|name| record.get(*name).map_or_else(|| "–".to_owned(), text)));
    }
    table
}

/// The plan and the runs of the study.
pub(in crate::report) fn provenance(study: &Study) -> String {
    let methods: Vec<String> = study.methods.iter().map(text).collect();
    let mut rows = vec![("study", study.name.clone()), ("methods", methods.join("; "))];
    let plan = match &study.plan {
        Value::Object(plan) => plan.clone(),
        other => Map::from_iter([("plan".to_owned(), other.clone())]),
    };
    rows.extend(plan.iter().map(|(name, value)| (name.as_str(), text(value))));
    let runs = match study.runs.is_empty() {
        true => String::new(),
        false => fold("Runs of the study", &table("Runs of the study", &study.runs).html()),
    };
    definitions(rows) + &runs
}
