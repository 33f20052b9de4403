//! Pieces of HTML. Every text from outside goes through [`escape`].

use std::fmt::{Display, Write as _};

/// A text as content of an element or of an attribute in double quotes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            // No document may contain them; a line break may stay.
            c if c.is_control() && c != '\n' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A text as part of an `id`: lower-case letters, digits and hyphens.
pub(super) fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

/// A table of texts. The first column has the headings of the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    /// What the table shows, for its caption.
    pub(super) caption: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new<C: Display>(caption: impl Into<String>, columns: impl IntoIterator<Item = C>) -> Self {
        let columns = columns.into_iter().map(|column| column.to_string()).collect();
        Self { caption: caption.into(), columns, rows: Vec::new() }
    }

    pub(super) fn row<C: Display>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(|cell| cell.to_string()).collect());
    }

    /// The table in a box that scrolls by itself, also by keyboard.
    pub(super) fn html(&self) -> String {
        self.html_of(&|_, cell| escape(cell))
    }

    /// The same, with elements in place of texts: `element` gets the number of the column and the
    /// text.
    pub(super) fn html_of(&self, element: &dyn Fn(usize, &str) -> String) -> String {
        let Self { caption, columns, rows } = self;
        let caption = escape(caption);
        let mut out = format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table>\
             <caption>{caption}</caption><thead><tr>"
        );
        for column in columns {
            let _ = write!(out, "<th scope=\"col\">{}</th>", escape(column));
        }
        out += "</tr></thead><tbody>\n";
        for row in rows {
            out += "<tr>";
            for (at, cell) in row.iter().enumerate() {
                let cell = element(at, cell);
                let _ = match at {
                    0 => write!(out, "<th scope=\"row\">{cell}</th>"),
                    _ => write!(out, "<td>{cell}</td>"),
                };
            }
            out += "</tr>\n";
        }
        out + "</tbody></table></div>"
    }
}

/// Content that opens and closes: by a click, or by Enter or Space on its summary.
pub(super) fn fold(summary: &str, content: &str) -> String {
    format!("<details><summary>{}</summary>{content}</details>", escape(summary))
}

/// A picture with its caption, and the numbers that it shows.
pub(super) struct Figure<'a> {
    /// Unique on the page.
    pub(super) id: &'a str,
    pub(super) caption: &'a str,
    /// Elements that show the picture. They have their own text for screen readers.
    pub(super) picture: &'a str,
    pub(super) data: &'a Table,
}

impl Figure<'_> {
    pub(super) fn html(&self) -> String {
        let Self { id, caption, picture, data } = self;
        format!(
            "<figure id=\"{}\"><figcaption>{}</figcaption>\n<div class=\"picture\" tabindex=\"0\" role=\"group\" \
             aria-label=\"{}\">{picture}</div>\n{}</figure>\n",
            escape(id),
            escape(caption),
            escape(caption),
            fold("Data of this figure", &data.html())
        )
    }
}

/// A paragraph of plain text.
pub(super) fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escape(text))
}

/// A list of names and values.
pub(super) fn definitions<'a>(all: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let one = |(name, value): (&str, String)| {
        format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(name), escape(&value))
    };
    format!("<dl>\n{}</dl>\n", all.into_iter().map(one).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{Table, escape, slug};

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(escape("<script>\"'&\u{0}\u{1b}"), "&lt;script&gt;&quot;&#39;&amp;\u{fffd}\u{fffd}");
        let mut table = Table::new("<b>", ["</table>"]);
        table.row(["<i>", "&"]);
        let html = table.html();
        for hostile in ["<b>", "<i>", "</table></", "& "] {
            assert!(!html.trim_end_matches("</table></div>").contains(hostile), "{hostile} in {html}");
        }
    }

    #[test]
    fn an_id_is_plain() {
        assert_eq!(slug("The <b>network</b>, and \"its\" objectives!"), "the-b-network-b-and-its-objectives");
    }
}
