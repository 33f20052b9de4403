//! Source files: Markdown text, its derivation blocks, and spans of the text.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

/// A derivation file: its name as given, and its whole text.
#[derive(Debug)]
pub struct Source {
    name: String,
    text: String,
}

impl Source {
    /// Wraps `text`; `name` is what diagnostics call the file.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        let text: String = text.into();
        // Without line feeds, carriage returns end the lines. Both are one byte, so positions do
        // not change.
        let text = if text.contains('\n') { text } else { text.replace('\r', "\n") };
        Arc::new(Self { name: name.into(), text })
    }

    /// The file's name in diagnostics.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole Markdown text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The byte ranges of the fenced code blocks whose language is `svpg`, in order.
    pub(crate) fn blocks(&self) -> Vec<Range<usize>> {
        let mut blocks = Vec::new();
        let mut current: Option<Option<Range<usize>>> = None;
        for (event, range) in Parser::new(&self.text).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language)))
                    if language.split_whitespace().next() == Some("svpg") =>
                {
                    current = Some(None);
                }
                Event::Text(_) => {
                    if let Some(block) = &mut current {
                        *block = Some(match block.take() {
                            Some(seen) => seen.start..range.end,
                            None => range,
                        });
                    }
                }
                Event::End(TagEnd::CodeBlock) => {
                    if let Some(Some(block)) = current.take() {
                        blocks.push(block);
                    }
                }
                _ => {}
            }
        }
        blocks
    }

    /// Line and column of a byte offset.
    pub fn position(&self, offset: usize) -> Position {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[..end];
        let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Position { line, column }
    }

    /// The title: the first level-one heading, or the file's name if there is none.
    pub fn title(&self) -> &str {
        let text = self.text.trim_start_matches('\u{feff}');
        text.lines().find_map(|line| line.strip_prefix("# ")).map_or(&self.name, str::trim)
    }
}

/// A piece of a source file.
#[derive(Clone)]
pub struct Span {
    source: Arc<Source>,
    start: usize,
    end: usize,
}

impl Span {
    pub(crate) fn new(source: &Arc<Source>, start: usize, end: usize) -> Self {
        Self { source: Arc::clone(source), start, end }
    }

    /// From the start of `self` to the end of `other`, in the same file.
    pub(crate) fn to(&self, other: &Span) -> Span {
        Span { source: Arc::clone(&self.source), start: self.start, end: other.end.max(self.end) }
    }

    /// The empty span after it.
    pub(crate) fn end(&self) -> Span {
        Span { source: Arc::clone(&self.source), start: self.end, end: self.end }
    }

    /// The file of this span.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Byte range in the file.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The text of the span. Each run of white space becomes one space; comments are left out.
    pub fn text(&self) -> String {
        let mut folded = String::new();
        for line in self.source.text[self.start..self.end].lines() {
            let code = line.split("--").next().unwrap_or("");
            for word in code.split_whitespace() {
                if !folded.is_empty() {
                    folded.push(' ');
                }
                folded.push_str(word);
            }
        }
        folded
    }

    /// Line and column of its start.
    pub fn position(&self) -> Position {
        self.source.position(self.start)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position();
        write!(f, "{}:{line}:{column}", self.source.name)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Span {
    /// All spans are equal, so that two expressions are equal if they say the same.
    fn eq(&self, _other: &Span) -> bool {
        true
    }
}
