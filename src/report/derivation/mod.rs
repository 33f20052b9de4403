//! Chapters as HTML: their prose, their statements as mathematics, and the verdict of each claim.
//!
//! Markup in the text of a chapter is shown as text: a page runs no code that a chapter brings.

mod graph;
mod statement;
mod tex;
mod verdict;

use std::collections::BTreeMap;
use std::sync::Arc;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd};
use svpg_check::{Chapter, Source, Statement};

use super::html::{escape, slug};
use crate::Error;
use crate::verify::{Claim, Report};

pub(super) use graph::{References, chapters_graph};
pub(super) use verdict::{unproved, verdict_mark};

/// A chapter with its statements and verdicts.
pub(super) struct Shown<'a> {
    pub(super) source: &'a Arc<Source>,
    /// Part of the ids of its headings and of its file name in a site.
    pub(super) name: String,
    statements: Vec<Statement>,
    claims: BTreeMap<&'a str, &'a Claim>,
}

/// Reads the chapters. `report` has their verdicts; a claim that it lacks is shown without one.
///
/// # Errors
/// Bad input: a chapter does not parse.
pub(super) fn read<'a>(chapters: &'a [Arc<Source>], report: &'a Report) -> Result<Vec<Shown<'a>>, Error> {
    let prelude = crate::chapters::prelude();
    chapters
        .iter()
        .map(|source| {
            let chapter = Chapter::new(source, Some(&prelude)).map_err(|diagnostics| {
                let what = diagnostics.iter().next().map_or_else(String::new, |first| first.message.clone());
                Error::bad_input(source.name(), what, "correct the chapter and check it")
            })?;
            let own = format!("{}:", source.name());
            let claims = report.claims.iter().filter(|claim| claim.report.place.starts_with(&own));
            let file = source.name().rsplit('/').next().unwrap_or_default();
            Ok(Shown {
                source,
                name: slug(file.trim_end_matches(".md")),
                statements: chapter.formulas(),
                claims: claims.map(|claim| (claim.report.id.as_str(), claim)).collect(),
            })
        })
        .collect()
}

impl Shown<'_> {
    /// The title as plain text.
    pub(super) fn title(&self) -> &str {
        self.source.title()
    }

    /// How many of its claims have which verdict, as plain text.
    pub(super) fn verdicts(&self) -> String {
        let count = |verdict: &str| {
            self.claims.values().filter(|claim| claim.report.verdict.as_str() == verdict).count()
        };
        let proved = self.claims.values().filter(|claim| claim.proved_for_every_size).count();
        let parts = [
            (count("holds"), "hold"),
            (proved, "proved for every size"),
            (count("refuted"), "refuted"),
            (count("sampled"), "sampled"),
            (count("unchecked"), "unchecked"),
        ];
        let parts =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        format!("{} claims: {}.", self.claims.len(), parts.collect::<Vec<_>>().join(", "))
    }

    /// The chapter without its title, which is a heading of level `top` above it. Links to other
    /// chapters lead to `link(name)`.
    pub(super) fn html(&self, top: usize, link: &dyn Fn(&str) -> String, references: &References) -> String {
        let text = self.source.text();
        let options = Options::ENABLE_TABLES | Options::ENABLE_MATH;
        let mut events = Vec::new();
        // The code block that is read, and whether a link is kept.
        let mut block: Option<String> = None;
        let mut links = Vec::new();
        let mut in_title = false;
        let raw = |html: String| Event::InlineHtml(CowStr::from(html));
        for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => in_title = true,
                Event::End(TagEnd::Heading(HeadingLevel::H1)) => {
                    in_title = false;
                    events.push(raw(references.figure(self)));
                }
                _ if in_title => {}
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language)))
                    if language.split_whitespace().next() == Some("svpg") =>
                {
                    let own = self.statements.iter().filter(|statement| range.contains(&statement.at));
                    block = Some(own.map(|statement| self.statement(statement)).collect());
                }
                Event::End(TagEnd::CodeBlock) if block.is_some() => {
                    events.push(Event::Html(CowStr::from(block.take().unwrap_or_default())));
                }
                Event::Text(_) if block.is_some() => {}
                Event::Start(Tag::Heading { level, .. }) => {
                    let level = level as usize + top - 1;
                    let id = format!("{}-{}", self.name, slug(heading(&text[range])));
                    events.push(raw(format!("<h{level} id=\"{id}\">")));
                }
                Event::End(TagEnd::Heading(level)) => {
                    events.push(raw(format!("</h{}>\n", level as usize + top - 1)));
                }
                Event::InlineMath(formula) => events.push(raw(tex::mathml(&formula, false))),
                Event::DisplayMath(formula) => events.push(raw(tex::mathml(&formula, true))),
                Event::Html(text) | Event::InlineHtml(text) => events.push(Event::Text(text)),
                Event::Start(Tag::Link { dest_url, .. }) => {
                    let target = target(&dest_url, link);
                    links.push(target.is_some());
                    if let Some(dest_url) = target.map(CowStr::from) {
                        let (title, id) = (CowStr::from(""), CowStr::from(""));
                        events.push(Event::Start(Tag::Link {
                            link_type: LinkType::Inline,
                            dest_url,
                            title,
                            id,
                        }));
                    }
                }
                Event::End(TagEnd::Link) => {
                    if links.pop() == Some(true) {
                        events.push(Event::End(TagEnd::Link));
                    }
                }
                // A page loads nothing: of an image, its text stays.
                Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => {}
                Event::Start(Tag::Table(alignments)) => {
                    events.push(raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of the chapter\">".to_owned()));
                    events.push(Event::Start(Tag::Table(alignments)));
                }
                Event::End(TagEnd::Table) => {
                    events.push(Event::End(TagEnd::Table));
                    events.push(raw("</div>".to_owned()));
                }
                other => events.push(other),
            }
        }
        let mut out = String::new();
        pulldown_cmark::html::push_html(&mut out, events.into_iter());
        out
    }

    fn statement(&self, statement: &Statement) -> String {
        statement::html(&statement.content, |id| self.claims.get(id).copied())
    }
}

/// The text of a heading without its marks.
fn heading(line: &str) -> &str {
    line.trim().trim_start_matches('#')
}

/// Where a link leads: to the web, to a place of the page, or to another chapter. Others are
/// dropped.
fn target(link: &str, chapter: &dyn Fn(&str) -> String) -> Option<String> {
    if ["https://", "http://", "#"].iter().any(|start| link.starts_with(start)) {
        return Some(link.to_owned());
    }
    let name = link.strip_suffix(".md")?;
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    is_plain.then(|| chapter(name))
}

/// The anchor of a claim.
fn anchor(id: &str) -> String {
    format!("claim-{}", escape(id))
}
