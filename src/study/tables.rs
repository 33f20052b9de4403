//! The tables of a study: lists for programs (CSV, Parquet), and the same numbers side by side for
//! people (Markdown).

use super::document::Document;
use std::collections::BTreeSet;
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
fn score(task: &str, value: f64, low: f64, high: f64) -> String {
    let number = |x: f64| if task == "mnist" { format!("{:.1}", 100.0 * x) } else { format!("{x:.1}") };
    interval(&number, Some(value), Some(low), Some(high))
}

/// A number with its interval; "never" and ∞ where there is none.
fn interval(
    number: &dyn Fn(f64) -> String,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
) -> String {
    if value.is_none() && low.is_none() {
        return "never".to_owned();
    }
    let end = |end: Option<f64>| end.map_or("∞".to_owned(), number);
    format!("{} [{}, {}]", value.map_or("never".to_owned(), number), end(low), end(high))
}

/// A number with its interval, of a method.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Name of the task.
    pub task: &'a str,
    /// Name of the method.
    pub method: &'a str,
    /// Name of the protocol, with the level where there is one.
    pub row: String,
    /// The number with its interval.
    pub text: String,
}

impl<'a> Entry<'a> {
    fn new((task, method): (&'a str, &'a str), row: impl Into<String>, text: String) -> Self {
        Self { task, method, row: row.into(), text }
    }
}

/// What is said of every method under every protocol.
#[derive(Clone, Debug)]
pub struct Summary<'a> {
    /// Name of the table.
    pub name: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What the numbers are, in a sentence.
    pub explanation: String,
    /// The numbers.
    pub entries: Vec<Entry<'a>>,
}

/// The summaries of a document for people.
pub fn summaries(document: &Document) -> [Summary<'_>; 3] {
    let Document { areas, halves, improvements, .. } = document;
    let baselines = improvements.iter().map(|found| format!("{} for {}", found.baseline, found.task));
    let baselines: BTreeSet<String> = baselines.collect();
    [
        Summary {
            name: "areas",
            title: "Areas under the curves",
            explanation: SCORES.to_owned(),
            entries: (areas.iter())
                .map(|area| {
                    let text = score(&area.task, area.iqm, area.low, area.high);
                    Entry::new((&area.task, &area.method), &area.protocol, text)
                })
                .collect(),
        },
        Summary {
            name: "halves",
            title: "Levels at which scores fall to half of those without noise",
            explanation: "With an interval of 95 %. \"never\" means that no level of the protocol is enough, as ∞ does for an \
                          end of the interval."
                .to_owned(),
            entries: (halves.iter())
                .map(|half| {
                    let text = interval(&plain, half.level, half.low, half.high);
                    Entry::new((&half.task, &half.method), &half.protocol, text)
                })
                .collect(),
        },
        Summary {
            name: "improvements",
            title: "Probability of a larger area",
            explanation: format!(
                "The probability that a method has a larger area than the baseline ({}), with an interval of 95 %.",
                Vec::from_iter(baselines).join(", ")
            ),
            entries: (improvements.iter())
                .map(|found| {
                    let text = interval(&plain, Some(found.probability), Some(found.low), Some(found.high));
                    Entry::new((&found.task, &found.method), &found.protocol, text)
                })
                .collect(),
        },
    ]
}

/// What scores are.
const SCORES: &str =
    "Interquartile mean over seeds with an interval of 95 %; accuracy in per cent, episodes in steps.";

fn plain(x: f64) -> String {
    let text = format!("{x:.3}");
    // A small negative number is rounded to -0.
    if text == "-0.000" { "0.000".to_owned() } else { text }
}

/// Entries side by side: a table for each task, rows and columns in the order of their first entry.
fn side_by_side(title: &str, explanation: &str, corner: &str, entries: &[Entry<'_>]) -> String {
    let mut text = format!("# {title}\n\n{explanation}\n");
    for task in first_of(entries.iter().map(|entry| entry.task)) {
        let own = || entries.iter().filter(|entry| entry.task == task);
        let columns = first_of(own().map(|entry| entry.method));
        let _ = write!(
            text,
            "\n## {task}\n\n| {corner} | {} |\n| --- |{}\n",
            columns.join(" | "),
            " --- |".repeat(columns.len())
        );
        for row in first_of(own().map(|entry| entry.row.as_str())) {
            let of = |column: &&str| own().find(|entry| entry.row == row && entry.method == *column);
            let cells: Vec<&str> =
                columns.iter().map(|column| of(column).map_or("", |entry| &entry.text)).collect();
            let _ = writeln!(text, "| {} | {} |", row.replace('|', "\\|"), cells.join(" | "));
        }
    }
    text
}

/// Every entry once, in the order of its first appearance.
fn first_of<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    all.filter(|entry| seen.insert(*entry)).collect()
}

/// The Markdown files: name without its ending, and text.
pub fn markdown(document: &Document) -> Vec<(&'static str, String)> {
    let Document { aggregates, criteria, .. } = document;
    let curves: Vec<Entry<'_>> = (aggregates.iter())
        .map(|cell| {
            let text = score(&cell.task, cell.iqm, cell.low, cell.high);
            Entry::new((&cell.task, &cell.method), format!("{} = {}", cell.protocol, cell.level), text)
        })
        .collect();
    let curves = side_by_side("Scores by level", SCORES, "protocol = level", &curves);
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
    let of = |Summary { name, title, explanation, entries }| {
        (name, side_by_side(title, &explanation, "protocol", &entries))
    };
    std::iter::once(("curves", curves))
        .chain(summaries(document).map(of))
        .chain([("criteria", verdicts)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Column, Entry, Table, interval, plain, side_by_side};

    #[test]
    fn a_number_that_is_missing_is_named_and_zero_has_no_sign() {
        let text = |value, low, high| interval(&plain, value, low, high);
        assert_eq!(text(Some(1.5), Some(1.0), None), "1.500 [1.000, ∞]");
        assert_eq!(text(None, Some(1.275), None), "never [1.275, ∞]");
        assert_eq!(text(None, None, None), "never");
        assert_eq!(text(Some(-0.0001), Some(-0.0006), Some(0.0)), "0.000 [-0.001, 0.000]");
    }

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
        let entry = |row: &str, method, text: &str| Entry::new(("mnist", method), row, text.to_owned());
        let entries = [entry("salt", "a", "1"), entry("salt", "b", "2"), entry("none", "b", "3")];
        let expected = "# T\n\nE.\n\n## mnist\n\n| p | a | b |\n| --- | --- | --- |\n| salt | 1 | 2 |\n| none |  | 3 |\n";
        assert_eq!(side_by_side("T", "E.", "p", &entries), expected);
    }
}
