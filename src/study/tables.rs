//! The tables of a study: lists for programs (CSV, Parquet), and the same numbers side by side for
//! people (Markdown).

use super::document::Document;
use std::fmt::Write;

/// A table as columns of equal length.
#[derive(Clone, Debug)]
pub struct Table {
    /// The name, that of the file without its ending.
    pub name: &'static str,
    /// The columns by name.
    pub columns: Vec<(&'static str, Column)>,
}

/// A column.
#[derive(Clone, Debug)]
pub enum Column {
    /// Texts.
    Text(Vec<String>),
    /// Seeds.
    Integer(Vec<i64>),
    /// Numbers; none where there is no number.
    Number(Vec<Option<f64>>),
}

impl Column {
    /// Number of entries.
    fn len(&self) -> usize {
        match self {
            Column::Text(all) => all.len(),
            Column::Integer(all) => all.len(),
            Column::Number(all) => all.len(),
        }
    }

    fn entry(&self, row: usize) -> String {
        match self {
            Column::Text(all) => all[row].clone(),
            Column::Integer(all) => all[row].to_string(),
            Column::Number(all) => all[row].map_or(String::new(), |number| number.to_string()),
        }
    }
}

/// Columns of text and numbers of a list of entries.
macro_rules! table {
    ($name:literal, $entries:expr, text: $($text:ident)*; integer: $($integer:ident)*; number: $($number:ident)*) => {
        Table { name: $name, columns: vec![
            $((stringify!($text), Column::Text($entries.iter().map(|entry| entry.$text.to_string()).collect())),)*
            $((stringify!($integer), Column::Integer($entries.iter().map(|entry| entry.$integer.into()).collect())),)*
            $((stringify!($number), Column::Number($entries.iter().map(|entry| entry.$number.into()).collect())),)*
        ] }
    };
}

/// The tables of a document, as lists.
pub fn tables(document: &Document) -> Vec<Table> {
    let Document { rows, aggregates, areas, halves, improvements, criteria, .. } = document;
    vec![
        table!("rows", rows, text: task method protocol; integer: seed; number: level value),
        table!("aggregates", aggregates, text: task method protocol; integer: ; number: level iqm low high),
        table!("areas", areas, text: task method protocol; integer: ; number: iqm low high),
        table!("halves", halves, text: task method protocol; integer: ; number: level low high),
        table!("improvements", improvements, text: task method baseline protocol; integer: ; number: probability low high),
        table!("criteria", criteria, text: id task method claim verdict; integer: ; number: value low high),
    ]
}

impl Table {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, column)| column.len())
    }

    /// As CSV (RFC 4180), with a head.
    pub fn to_csv(&self) -> String {
        let line = |entries: Vec<String>| entries.join(",") + "\r\n";
        let head = line(self.columns.iter().map(|(name, _)| (*name).to_owned()).collect());
        let rows = (0..self.rows())
            .map(|row| line(self.columns.iter().map(|(_, column)| quoted(column.entry(row))).collect()));
        head + &rows.collect::<String>()
    }
}

/// An entry of a CSV file.
fn quoted(text: String) -> String {
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A number with its interval; of scores of images, in per cent.
fn shown(task: &str, value: Option<f64>, low: Option<f64>, high: Option<f64>) -> String {
    let number = |x: f64| if task == "mnist" { format!("{:.1}", 100.0 * x) } else { format!("{x:.1}") };
    interval(&number, value, low, high)
}

fn interval(
    number: &dyn Fn(f64) -> String,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
) -> String {
    let end = |end: Option<f64>| end.map_or("∞".to_owned(), number);
    value.map_or("never".to_owned(), |value| format!("{} [{}, {}]", number(value), end(low), end(high)))
}

/// An entry of a Markdown table.
struct Entry<'a> {
    task: &'a str,
    row: String,
    column: String,
    text: String,
}

/// Entries side by side: a table for each task, rows and columns in the order of their first entry.
fn side_by_side(title: &str, corner: &str, entries: &[Entry<'_>]) -> String {
    let mut text = format!("# {title}\n");
    for task in first_of(entries.iter().map(|entry| entry.task)) {
        let own = || entries.iter().filter(|entry| entry.task == task);
        let columns = first_of(own().map(|entry| entry.column.as_str()));
        let _ = write!(
            text,
            "\n## {task}\n\n| {corner} | {} |\n| --- |{}\n",
            columns.join(" | "),
            " --- |".repeat(columns.len())
        );
        for row in first_of(own().map(|entry| entry.row.as_str())) {
            let of = |column: &&str| own().find(|entry| entry.row == row && entry.column == *column);
            let cells: Vec<&str> =
                columns.iter().map(|column| of(column).map_or("", |entry| &entry.text)).collect();
            let _ = writeln!(text, "| {} | {} |", row.replace('|', "\\|"), cells.join(" | "));
        }
    }
    text
}

/// Every entry once, in the order of its first appearance.
fn first_of<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    all.filter(|entry| seen.insert(*entry)).collect()
}

/// The Markdown files: name without its ending, and text.
pub fn markdown(document: &Document) -> Vec<(&'static str, String)> {
    const PER_CENT: &str =
        "interquartile mean over seeds with its interval of 95 %; accuracy in per cent, episodes in steps";
    let Document { aggregates, areas, halves, improvements, criteria, .. } = document;
    let curves: Vec<Entry<'_>> = (aggregates.iter())
        .map(|cell| Entry {
            task: &cell.task,
            row: format!("{} = {}", cell.protocol, cell.level),
            column: cell.method.clone(),
            text: shown(&cell.task, Some(cell.iqm), Some(cell.low), Some(cell.high)),
        })
        .collect();
    let areas: Vec<Entry<'_>> = (areas.iter())
        .map(|area| Entry {
            task: &area.task,
            row: area.protocol.clone(),
            column: area.method.clone(),
            text: shown(&area.task, Some(area.iqm), Some(area.low), Some(area.high)),
        })
        .collect();
    let plain = |x: f64| format!("{x:.3}");
    let halves: Vec<Entry<'_>> = (halves.iter())
        .map(|half| Entry {
            task: &half.task,
            row: half.protocol.clone(),
            column: half.method.clone(),
            text: interval(&plain, half.level, half.low, half.high),
        })
        .collect();
    let improvements: Vec<Entry<'_>> = (improvements.iter())
        .map(|found| Entry {
            task: &found.task,
            row: found.protocol.clone(),
            column: format!("{} over {}", found.method, found.baseline),
            text: interval(&plain, Some(found.probability), Some(found.low), Some(found.high)),
        })
        .collect();
    let mut verdicts = String::from(
        "# Criteria\n\ndocs/study.md explains them.\n\n| criterion | value | confirmed if | refuted if | verdict |\n| --- | --- | --- | --- | --- |\n",
    );
    for found in criteria {
        let value = match found.value {
            None => String::new(),
            value => interval(&plain, value, found.low, found.high),
        };
        let _ = writeln!(
            verdicts,
            "| {} | {value} | {} | {} | **{}** |",
            found.id, found.confirm, found.refute, found.verdict
        );
    }
    vec![
        ("curves", side_by_side(&format!("Scores by level: {PER_CENT}"), "protocol = level", &curves)),
        ("areas", side_by_side(&format!("Areas under the curves: {PER_CENT}"), "protocol", &areas)),
        (
            "halves",
            side_by_side("Levels at which scores fall to half of those without noise", "protocol", &halves),
        ),
        ("improvements", side_by_side("Probability of a larger area", "protocol", &improvements)),
        ("criteria", verdicts),
    ]
}

#[cfg(test)]
mod tests {
    use super::{Column, Entry, Table, side_by_side};

    #[test]
    fn entries_of_csv_are_quoted_where_they_must_be() {
        let texts = ["a", "b,c", "d\"e"].map(str::to_owned).to_vec();
        let numbers = vec![Some(0.1), None, Some(1.0)];
        let columns = vec![("text", Column::Text(texts)), ("number", Column::Number(numbers))];
        let table = Table { name: "t", columns };
        assert_eq!(table.to_csv(), "text,number\r\na,0.1\r\n\"b,c\",\r\n\"d\"\"e\",1\r\n");
    }

    #[test]
    fn an_entry_stands_at_its_row_and_column() {
        let entry = |row: &str, column: &str, text: &str| Entry {
            task: "mnist",
            row: row.to_owned(),
            column: column.to_owned(),
            text: text.to_owned(),
        };
        let entries = [entry("salt", "a", "1"), entry("salt", "b", "2"), entry("none", "b", "3")];
        let expected =
            "# T\n\n## mnist\n\n| p | a | b |\n| --- | --- | --- |\n| salt | 1 | 2 |\n| none |  | 3 |\n";
        assert_eq!(side_by_side("T", "p", &entries), expected);
    }
}
