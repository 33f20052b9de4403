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
    let mut by_protocol: BTreeMap<(&str, &str), Vec<&Aggregate>> = BTreeMap::new();
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
    for (title, records) in [
        ("Area under the robustness curves", &study.areas),
        ("Level at which the result halves", &study.halves),
        ("Probability of improvement", &study.improvements),
        ("Trainings that failed", &study.failures),
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

/// A chart, or a table if there is one level.
fn protocol_html(protocol: &Protocol, rows: &[&Aggregate], methods: &[&str]) -> String {
    let levels: BTreeSet<u64> = rows.iter().map(|row| row.level.to_bits()).collect();
    if levels.len() > 1 {
        return curves(protocol, rows, methods);
    }
    let mut table =
        Table::new(format!("{}: {}", protocol.task, protocol.id), ["method", "result", "interval"]);
    for row in rows {
        let interval = row.low.zip(row.high).map(|(low, high)| format!("{} to {}", short(low), short(high)));
        table.row([row.method.clone(), short(row.iqm), interval.unwrap_or_else(|| "–".to_owned())]);
    }
    table.html()
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
    let kind = kind.replace('-', " ");
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
    for Criterion { id, claim, question, value, low, high, confirm, refute, verdict } in &study.criteria {
        let kind = match verdict.as_str() {
            "confirmed" => "holds",
            "refuted" => "refuted",
            _ => "unchecked",
        };
        let found = match (low, high) {
            (Value::Null, _) | (_, Value::Null) => text(value),
            _ => format!("{} ({} to {})", text(value), text(low), text(high)),
        };
        let cells = [claim, question, &found, &text(confirm), &text(refute)]
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
        ["method", "baseline", "task", "protocol", "seed", "level", "iqm", "probability"]
            .iter()
            .position(|first| *first == name)
            .unwrap_or(usize::MAX)
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
    let mut rows = vec![("study".to_owned(), study.name.clone())];
    flat("plan", &study.plan, &mut rows);
    flat("", &study.provenance, &mut rows);
    let objects: Vec<_> = study.methods.iter().filter_map(Value::as_object).cloned().collect();
    let methods = match objects.is_empty() {
        true => String::new(),
        false => fold("Methods of the study", &table("Methods of the study", &objects).html()),
    };
    let runs = match study.runs.is_empty() {
        true => String::new(),
        false => fold("Runs of the study", &table("Runs of the study", &study.runs).html()),
    };
    definitions(rows.iter().map(|(name, value)| (name.as_str(), value.clone()))) + &methods + &runs
}

/// The values of nested objects, each with the names on its way.
fn flat(name: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(all) => {
            for (inner, value) in all {
                let words = [name, inner].into_iter().filter(|word| !word.is_empty());
                flat(&words.collect::<Vec<_>>().join(" ").replace('_', " "), value, rows);
            }
        }
        other => rows.push((name.to_owned(), text(other))),
    }
}
