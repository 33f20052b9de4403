//! The chapters as a small site: an index and a page for each chapter.

use std::path::Path;
use std::sync::Arc;

use svpg_check::Source;

use super::derivation::{self, References, chapters_graph};
use super::html::{escape, paragraph};
use super::page::frame;
use crate::Error;
use crate::folder::{Folder, occupants};
use crate::verify::Report;

/// A file of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Name of the file.
    pub file: String,
    /// Its HTML.
    pub text: String,
}

/// The pages: `index.html` first. `verification` has the verdicts of the chapters.
///
/// # Errors
/// Bad input: a chapter does not parse.
pub fn site(chapters: &[Arc<Source>], verification: &Report) -> Result<Vec<Page>, Error> {
    let shown = derivation::read(chapters, verification)?;
    let references = References::new(verification);
    let file = |name: &str| format!("{name}.html");
    let mut list = String::new();
    for chapter in &shown {
        list += &format!(
            "<li><a href=\"{}\">{}</a><br><span class=\"quiet\">{}</span></li>\n",
            file(&chapter.name),
            escape(chapter.title()),
            chapter.verdicts()
        );
    }
    let table = derivation::unproved(verification);
    let content = format!(
        "<section aria-labelledby=\"chapters\"><h2 id=\"chapters\">Chapters</h2>\n<ol class=\"chapters\">{list}</ol>\n{}</section>\n\
         <section aria-labelledby=\"not-proved\"><h2 id=\"not-proved\">What is not proved</h2>\n{}</section>\n",
        chapters_graph(&references, &shown),
        paragraph("These claims are not theorems about networks of every size.") + &table.html()
    );
    let lead = "Spiking variational policy gradient, derived step by step. A program checks every equation.";
    let mut pages =
        vec![Page { file: "index.html".to_owned(), text: frame("Derivations", lead, "", &content) }];
    for (at, chapter) in shown.iter().enumerate() {
        let link = |(name, title, label): (String, &str, &str)| {
            format!("<a href=\"{name}\">{label}{}</a>", escape(title))
        };
        let before = match at.checked_sub(1) {
            None => link(("index.html".to_owned(), "all chapters", "")),
            Some(before) => link((file(&shown[before].name), shown[before].title(), "Before: ")),
        };
        let after = shown
            .get(at + 1)
            .map(|after| link((file(&after.name), after.title(), "Next: ")))
            .unwrap_or_default();
        let navigation = "<nav class=\"contents\" aria-label=\"Site\"><ul><li><a href=\"index.html\">All chapters</a></li></ul></nav>\n";
        let content = chapter.html(1, &file, &references)
            + &format!("<nav class=\"pages\" aria-label=\"Chapters\">{before} {after}</nav>\n");
        let title = format!("{}. {}", at + 1, chapter.title());
        pages.push(Page { file: file(&chapter.name), text: frame(&title, "", navigation, &content) });
    }
    Ok(pages)
}

/// Checks that a site can be written into `folder`: it is empty, or new.
///
/// # Errors
/// Bad input: it is neither.
pub fn check_site(folder: &Path) -> Result<(), Error> {
    let remedy = "give a new or an empty folder";
    let refuse = |what: String| Err(Error::bad_input(folder.display(), what, remedy).option("site"));
    match occupants(folder) {
        Err(error) => refuse(error.to_string()),
        Ok(found) => match found.first() {
            Some(first) => refuse(format!("the folder is not empty: it has {}", first.display())),
            None => Ok(()),
        },
    }
}

/// Writes the pages into `folder`, which is created. Of a site that fails, nothing stays; the index
/// comes last.
///
/// # Errors
/// Bad input: the folder is not empty, or cannot be written.
pub fn write_site(folder: &Path, pages: &[Page]) -> Result<(), Error> {
    check_site(folder)?;
    let failed = |error: std::io::Error| {
        let what = format!("cannot be written: {error}");
        Error::bad_input(folder.display(), what, "give a folder that can be written").option("site")
    };
    let made = Folder::create(folder).map_err(failed)?;
    let write =
        || pages.iter().rev().try_for_each(|page| std::fs::write(folder.join(&page.file), &page.text));
    write().map_err(|error| {
        for page in pages {
            let _ = std::fs::remove_file(folder.join(&page.file));
        }
        made.undo();
        failed(error)
    })
}
