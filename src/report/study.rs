//! What a page shows of a study: robustness curves with intervals, and the criteria with their
//! verdicts.

use std::collections::BTreeSet;

use crate::Error;
use crate::error::did_you_mean;
use crate::report::chart::{COLOURS, Chart, Series, short};
use crate::report::derivation::verdict_mark;
use crate::report::html::{Table, definitions, escape, fold, paragraph, slug};
use crate::report::run::figure;
use crate::study::{Cell, Document, Entry, Judged, MethodName, ProtocolName, Role, Summary, summaries};

/// Robustness curves, one chart for each protocol of each task, and the summaries.
pub(super) fn html(study: &Document) -> String {
    let mut out = paragraph(
        "Each curve is the interquartile mean over the seeds of a method; the shaded area is its interval. Where a task has many methods, \
         each role has its own chart, with the first method of SVPG to compare. Absolute noise of weights \
         compares networks whose weights have different sizes: the relative protocols are fairer there.",
    );
    for task in tasks(study) {
        out += &format!("<h3 id=\"study-{}\">Task {}</h3>\n", slug(task), escape(task));
        // The same groups for every protocol, and so the same colour for a method in each of them.
        let groups = groups(&methods_of(study, task));
        for protocol in study.protocols.iter().filter(|protocol| protocol.task == task) {
            for group in &groups {
                out += &protocol_html(study, protocol, group);
            }
        }
    }
    for summary in summaries(study) {
        out += &section(summary.title, &summary.explanation, &by_protocol(study, &summary));
    }
    let mut failures = Table::new("Trainings that failed", ["method", "task", "seed", "reason"]);
    for failed in &study.failures {
        failures.row([&failed.method, &failed.task, &failed.seed.to_string(), failed.reason.name()]);
    }
    let meaning = "Their networks have a result of 0 everywhere.";
    out + &section("Trainings that failed", meaning, &[failures])
}

/// The tables that have rows, with a heading and an explanation; nothing if there are none.
fn section(title: &str, explanation: &str, tables: &[Table]) -> String {
    let shown: String =
        tables.iter().filter(|table| !table.rows.is_empty()).map(|table| table.html() + "\n").collect();
    if shown.is_empty() {
        return shown;
    }
    format!("<h3 id=\"study-{}\">{}</h3>\n{}{shown}", slug(title), escape(title), paragraph(explanation))
}

/// Protocols as rows and methods as columns: a table for each task and group.
fn by_protocol(study: &Document, Summary { title, entries, .. }: &Summary<'_>) -> Vec<Table> {
    let mut tables = Vec::new();
    for task in tasks(study) {
        for Group { role, methods } in groups(&methods_of(study, task)) {
            let caption = format!("{task}{}: {title}", of_role(role));
            let mut table = Table::new(caption, std::iter::once("protocol").chain(methods.iter().copied()));
            for ProtocolName { id, .. } in study.protocols.iter().filter(|protocol| protocol.task == task) {
                let own: Vec<&Entry<'_>> =
                    entries.iter().filter(|entry| entry.task == task && entry.row == *id).collect();
                let cell = |method: &&str| {
                    let found = own.iter().find(|entry| entry.method == *method);
                    found.map_or("–", |entry| &entry.text)
                };
                if !own.is_empty() {
                    table.row(std::iter::once(id.as_str()).chain(methods.iter().map(cell)));
                }
            }
            tables.push(table);
        }
    }
    tables
}

fn with_interval(value: f64, low: f64, high: f64) -> String {
    format!("{} ({} to {})", short(value), short(low), short(high))
}

fn of_role(role: Option<Role>) -> String {
    role.map_or_else(String::new, |role| format!("; role {}", role.name()))
}

fn tasks(study: &Document) -> BTreeSet<&str> {
    study.protocols.iter().map(|protocol| protocol.task.as_str()).collect()
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), short)
}

/// The methods of a task, in the order of the plan.
fn methods_of<'a>(study: &'a Document, task: &str) -> Vec<&'a MethodName> {
    study.methods.iter().filter(|method| method.task == task).collect()
}

/// At most this many methods share a chart, if they have several roles: there is a colour for each.
const MAX_CURVES: usize = COLOURS.len();

/// The methods of a chart.
struct Group<'a> {
    /// What they have in common; none if they are all methods of the task.
    role: Option<Role>,
    methods: Vec<&'a str>,
}

/// One group of all methods of a task, or, if they are many, one for each role. The first method of
/// SVPG is then in every group.
fn groups<'a>(own: &[&'a MethodName]) -> Vec<Group<'a>> {
    if own.len() <= MAX_CURVES {
        return vec![Group { role: None, methods: own.iter().map(|method| method.name.as_str()).collect() }];
    }
    let reference = own.iter().find(|method| method.role == Role::Svpg).map(|method| method.name.as_str());
    let mut groups: Vec<Group<'_>> = Vec::new();
    for method in own {
        let at = groups.iter().position(|group| group.role == Some(method.role)).unwrap_or_else(|| {
            let other = reference.filter(|_| method.role != Role::Svpg);
            groups.push(Group { role: Some(method.role), methods: other.into_iter().collect() });
            groups.len() - 1
        });
        groups[at].methods.push(&method.name);
    }
    groups
}

/// The results of each method under a protocol, by rising level.
fn curves<'a>(
    study: &'a Document,
    protocol: &ProtocolName,
    methods: &[&'a str],
) -> Vec<(&'a str, Vec<&'a Cell>)> {
    let is_own = |cell: &&Cell| cell.task == protocol.task && cell.protocol == protocol.id;
    let own: Vec<&Cell> = study.aggregates.iter().filter(is_own).collect();
    let curve = |method: &&'a str| {
        let mut cells: Vec<&Cell> = own.iter().copied().filter(|cell| cell.method == *method).collect();
        cells.sort_by(|a, b| a.level.total_cmp(&b.level));
        (*method, cells)
    };
    methods.iter().map(curve).collect()
}

/// The chart of every protocol with several levels, named `TASK.PROTOCOL`. It shows these methods
/// in this order, or all.
///
/// # Errors
/// Bad input: the study has no such method.
pub fn study_charts(study: &Document, methods: &[String]) -> Result<Vec<(String, Chart)>, Error> {
    for name in methods {
        let known = || study.methods.iter().map(|method| method.name.as_str());
        if !known().any(|own| own == name) {
            let known: BTreeSet<&str> = known().collect();
            let names: Vec<&str> = known.into_iter().collect();
            let hint = did_you_mean(name, names.iter().copied());
            let remedy = format!("{hint}give some of {}", names.join(", "));
            return Err(Error::bad_input(
                format_args!("method {name}"),
                "the study has no such method",
                remedy,
            ));
        }
    }
    let chart = |protocol: &ProtocolName| {
        let own = methods_of(study, &protocol.task);
        let mut shown: Vec<&str> = own.iter().map(|method| method.name.as_str()).collect();
        if !methods.is_empty() {
            shown = methods.iter().filter_map(|name| shown.iter().copied().find(|own| own == name)).collect();
        }
        let chart = chart(protocol, &curves(study, protocol, &shown));
        (format!("{}.{}", protocol.task, protocol.id), chart)
    };
    Ok(study.protocols.iter().filter(|protocol| protocol.levels.len() > 1).map(chart).collect())
}

/// A chart of the results of methods, by name.
fn chart(protocol: &ProtocolName, curves: &[(&str, Vec<&Cell>)]) -> Chart {
    let ProtocolName { kind, variant, unit, task, .. } = protocol;
    let series = curves.iter().map(|(method, cells)| Series {
        name: (*method).to_owned(),
        points: cells.iter().map(|cell| (cell.level, cell.iqm)).collect(),
        band: cells.iter().map(|cell| (cell.level, cell.low, cell.high)).collect(),
        is_scattered: false,
    });
    let (y, y_range) = match task.as_str() {
        "mnist" => ("share of right answers", Some((0.0, 1.0))),
        "pendulum" => ("length of an episode in steps", Some((0.0, 210.0))),
        _ => ("result", None),
    };
    let title = format!("{task}: {}, variant {variant}", kind.replace('-', " "));
    let x = if unit.is_empty() { "level".to_owned() } else { format!("level ({unit})") };
    Chart { title, x, y: y.to_owned(), y_range, series: series.collect() }
}

/// A chart with its numbers, or a table if there is one level.
fn protocol_html(study: &Document, protocol: &ProtocolName, group: &Group<'_>) -> String {
    let ProtocolName { id, task, levels, .. } = protocol;
    let Group { role, methods } = group;
    let curves = curves(study, protocol, methods);
    let text = |cell: &Cell| with_interval(cell.iqm, cell.low, cell.high);
    let of_role = of_role(*role);
    if levels.len() == 1 {
        let mut table = Table::new(format!("{task}: {id}{of_role}"), ["method", "result (interval)"]);
        for (method, cells) in &curves {
            cells.iter().for_each(|cell| table.row([(*method).to_owned(), text(cell)]));
        }
        return table.html();
    }
    let mut chart = chart(protocol, &curves);
    chart.title += &of_role;
    let mut data = Table::new(&chart.title, std::iter::once("level").chain(methods.iter().copied()));
    for &level in levels {
        let cell = |(_, cells): &(&str, Vec<&Cell>)| {
            let found = cells.iter().find(|cell| cell.level == level);
            found.map_or_else(|| "–".to_owned(), |cell| text(cell))
        };
        data.row(std::iter::once(short(level)).chain(curves.iter().map(cell)));
    }
    let end = role.map_or_else(String::new, |role| format!("-{}", role.name()));
    figure(&format!("study-{}-{}{end}", slug(task), slug(id)), &chart.title, &chart, &data)
}

/// The criteria, each with the number that was found and the verdict.
pub(super) fn criteria(study: &Document) -> String {
    if study.criteria.is_empty() {
        return paragraph("The study has no criteria.");
    }
    let mut out = match study.plan.seeds.len() {
        seeds @ 0..3 => {
            paragraph(&format!("With {seeds} seeds every verdict is open: a verdict needs three."))
        }
        _ => String::new(),
    };
    for judged in study.criteria.chunk_by(|a, b| a.criterion == b.criterion) {
        out += &criterion(judged);
    }
    out
}

/// The verdicts of one criterion.
fn criterion(judged: &[Judged]) -> String {
    let Judged { criterion, claim, question, confirm, refute, .. } = &judged[0];
    let mut out = format!("<h3 id=\"criterion-{}\">{}</h3>\n", slug(criterion), escape(criterion));
    out += &paragraph(&format!(
        "Claim: {claim}. Measured: {question}. Confirmed if {confirm}; refuted if {refute}."
    ));
    let columns = ["task", "method", "verdict", "found", "compared with"];
    let mut table = Table::new(format!("Verdicts of {criterion}"), columns);
    for Judged { task, method, other, value, low, high, verdict, .. } in judged {
        let found = match low.zip(*high) {
            None => number(*value),
            Some((low, high)) => format!("{} ({} to {})", number(*value), short(low), short(high)),
        };
        let other = other.as_deref().unwrap_or("the best conventional method");
        table.row([task, method, &verdict.to_string(), &found, other]);
    }
    out += &table.html_of(&|column, text| match (columns[column], text) {
        ("verdict", "confirmed") => verdict_mark("holds", text),
        ("verdict", "refuted") => verdict_mark("refuted", text),
        ("verdict", _) => verdict_mark("unchecked", text),
        _ => escape(text),
    });
    out + "\n"
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

#[cfg(test)]
mod tests {
    use super::{MAX_CURVES, MethodName, Role, groups};

    fn method(number: usize, role: Role) -> MethodName {
        let name = format!("{}-{number}", role.name());
        let (task, label, summary) = ("mnist".to_owned(), name.clone(), String::new());
        MethodName { name, task, label, summary, role }
    }

    /// The groups of `count` methods of each of these roles in turn.
    fn grouped(count: usize, roles: &[Role]) -> Vec<(Option<Role>, Vec<String>)> {
        let all: Vec<MethodName> =
            (0..count).flat_map(|number| roles.iter().map(move |&role| method(number, role))).collect();
        let all: Vec<&MethodName> = all.iter().collect();
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        groups(&all).iter().map(|group| (group.role, owned(&group.methods))).collect()
    }

    #[test]
    fn many_methods_have_a_chart_for_each_role_with_one_to_compare() {
        let roles = [Role::Conventional, Role::Svpg];
        let all = grouped(MAX_CURVES / 2, &roles);
        assert_eq!(
            all.iter().map(|(role, names)| (*role, names.len())).collect::<Vec<_>>(),
            [(None, MAX_CURVES)]
        );
        let expected =
            |role, names: &[&str]| (Some(role), names.iter().map(|&name| name.to_owned()).collect());
        let conventional: Vec<String> = (0..5).map(|number| format!("conventional-{number}")).collect();
        let compared = [vec!["svpg-0".to_owned()], conventional.clone()].concat();
        let svpg = expected(Role::Svpg, &["svpg-0", "svpg-1", "svpg-2", "svpg-3", "svpg-4"]);
        assert_eq!(grouped(5, &roles), [(Some(Role::Conventional), compared), svpg]);
        // Without a method of SVPG there is none to compare with.
        let controls = grouped(9, &[Role::Control]);
        assert_eq!((controls.len(), controls[0].1.len()), (1, 9));
    }
}
