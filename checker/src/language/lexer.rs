//! Tokens of the derivation language.

use std::ops::Range;
use std::sync::Arc;

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use super::characters::{code_point, is_control, is_invisible, is_space, remedy};
use super::diagnostic::{Code, Diagnostic, Diagnostics};
use super::notation;
use super::source::{Source, Span};
use crate::limits::{MAX_NAME, MAX_NUMERAL};

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A name or a keyword.
    Word(String),
    /// A decimal numeral, as an exact fraction.
    Number(RBig),
    /// Text between quotation marks, without them.
    Text(String),
    /// Punctuation.
    Mark(&'static str),
    /// The end of the list of tokens.
    End,
}

/// Longest first, so that `==` is not read as two `=`.
const MARKS: &[&str] = &[
    "+=", "==", "!=", "<=", ">=", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",", ":", "|", "~", "=", "<",
    ">", ".",
];

/// Signs of printed mathematics, and their marks in this language.
const PRINTED: &[(&str, &str)] =
    &[("×", "*"), ("·", "*"), ("÷", "/"), ("−", "-"), ("≤", "<="), ("≥", ">="), ("≠", "!=")];

/// The tokens of every `svpg` block, and the errors found on the way.
pub(crate) struct Lexed {
    /// The list ends with [`Token::End`]. Wrong text has no token.
    pub(crate) tokens: Vec<(Token, Span)>,
    pub(crate) diagnostics: Diagnostics,
    /// Byte offsets of the errors in blocks, in order. The parser skips a statement that contains
    /// one.
    pub(crate) wrong: Vec<usize>,
}

/// Splits every `svpg` block of the source.
pub(crate) fn tokens(source: &Arc<Source>) -> Lexed {
    let mut lexer = Lexer {
        source,
        lexed: Lexed { tokens: Vec::new(), diagnostics: Diagnostics::default(), wrong: Vec::new() },
    };
    let blocks = source.blocks();
    lexer.hidden(&blocks);
    let hidden = std::mem::take(&mut lexer.lexed.diagnostics);
    for block in blocks {
        let mut at = block.start;
        while at < block.end {
            at += lexer.next(at, block.end);
        }
    }
    let mut lexed = lexer.lexed;
    let end = lexed.tokens.last().map_or(0, |(_, span)| span.range().end);
    lexed.tokens.push((Token::End, Span::new(source, end, end)));
    lexed.diagnostics.merge(hidden);
    lexed.wrong.sort_unstable();
    lexed
}

struct Lexer<'a> {
    source: &'a Arc<Source>,
    lexed: Lexed,
}

impl Lexer<'_> {
    /// Reports control characters anywhere and invisible characters in blocks: the text that is
    /// checked must be the text that a reader sees.
    fn hidden(&mut self, blocks: &[Range<usize>]) {
        let text = self.source.text();
        let mut blocks = blocks.iter().peekable();
        let mut characters = text.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            while blocks.next_if(|block| block.end <= at).is_some() {}
            let in_block = blocks.peek().is_some_and(|block| block.contains(&at));
            // Some editors end a line, and a comment, at a lone carriage return.
            let lone = c == '\r' && in_block && !matches!(characters.peek(), Some((_, '\n')));
            let what = if is_control(c) || lone {
                "control"
            } else if in_block && is_invisible(c) {
                "invisible"
            } else {
                continue;
            };
            let message = format!("the {what} character {} is in the text", code_point(c));
            let help = "remove it: the text that is checked must be the text that a reader sees";
            self.report(at, c.len_utf8(), in_block, message, help.to_owned());
        }
    }

    fn report(&mut self, at: usize, length: usize, in_block: bool, message: String, help: String) {
        let span = Span::new(self.source, at, at + length);
        self.lexed.diagnostics.push(Diagnostic::new(Code::BadToken, &span, message, help));
        if in_block {
            self.lexed.wrong.push(at);
        }
    }

    /// Takes one token, comment or white space, and returns its length.
    fn next(&mut self, at: usize, end: usize) -> usize {
        let source = self.source;
        let rest = &source.text()[at..end];
        let Some(first) = rest.chars().next() else { return 1 };
        if is_space(first) || is_control(first) || is_invisible(first) {
            return first.len_utf8();
        }
        if rest.starts_with("--") {
            return rest.find('\n').unwrap_or(rest.len());
        }
        if first.is_alphabetic() || first == '_' {
            return self.word(at, rest);
        }
        if first.is_ascii_digit() {
            return self.numeral(at, rest);
        }
        if first == '"' {
            return self.quoted(at, rest);
        }
        let mark = MARKS.iter().find(|mark| rest.starts_with(**mark));
        let foreign = notation::sign(rest);
        match (mark, foreign) {
            (Some(mark), Some((length, _))) if length <= mark.len() => self.mark(at, mark, mark.len()),
            (Some(mark), None) => self.mark(at, mark, mark.len()),
            (_, Some((length, help))) => self.foreign(at, rest, length, help),
            (None, None) => match PRINTED.iter().find(|(sign, _)| rest.starts_with(sign)) {
                Some((sign, mark)) => self.mark(at, mark, sign.len()),
                None => self.unknown(at, rest, first),
            },
        }
    }

    fn push(&mut self, at: usize, length: usize, token: Token) -> usize {
        self.lexed.tokens.push((token, Span::new(self.source, at, at + length)));
        length
    }

    fn mark(&mut self, at: usize, mark: &'static str, length: usize) -> usize {
        self.push(at, length, Token::Mark(mark))
    }

    fn word(&mut self, at: usize, rest: &str) -> usize {
        let length =
            rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '\'')).unwrap_or(rest.len());
        let word = &rest[..length];
        if let Some((inside, c)) = word.char_indices().find(|(_, c)| !c.is_ascii() && !is_invisible(*c)) {
            let message = format!("the character `{c}` ({}) is not allowed in a name", code_point(c));
            self.report(at + inside, c.len_utf8(), true, message, remedy(c));
            return length;
        }
        if word.len() > MAX_NAME {
            let message = format!("the name has more than {MAX_NAME} characters");
            self.report(at, 1, true, message, "choose a shorter name".to_owned());
            return length;
        }
        self.push(at, length, Token::Word(word.to_owned()))
    }

    fn numeral(&mut self, at: usize, rest: &str) -> usize {
        let length = numeral_length(rest);
        match numeral(&rest[..length]) {
            Some(value) => self.push(at, length, Token::Number(value)),
            None => {
                let message = format!("the numeral has more than {MAX_NUMERAL} digits");
                self.report(at, length, true, message, "write a shorter one".to_owned());
                length
            }
        }
    }

    fn quoted(&mut self, at: usize, rest: &str) -> usize {
        let line = rest[1..].find(['"', '\n']);
        if let Some(length) = line.filter(|&length| rest.as_bytes()[length + 1] == b'"') {
            return self.push(at, length + 2, Token::Text(rest[1..=length].to_owned()));
        }
        let message = "the text is not closed on its line".to_owned();
        self.report(at, 1, true, message, "close it with a quotation mark".to_owned());
        line.map_or(rest.len(), |length| length + 1)
    }

    /// A sign of another notation. `sum_{j}` and `q_{i}` give one error each.
    fn foreign(&mut self, at: usize, rest: &str, length: usize, help: String) -> usize {
        if rest.starts_with('{')
            && let Some(close) = rest.find(['}', '\n']).filter(|&close| rest.as_bytes()[close] == b'}')
            && let Some((previous, span)) = self.lexed.tokens.last()
            && span.range().end == at
        {
            let inside = &rest[1..close];
            let answer = match previous {
                Token::Mark("^") => {
                    Some((span.range().start, format!("^{{{inside}}}"), format!("^({inside})")))
                }
                Token::Word(word) => word.strip_suffix('_').map(|head| {
                    let spelling = match head {
                        "sum" | "prod" => format!("{head}({inside})"),
                        _ => format!("{head}[{inside}]"),
                    };
                    (span.range().start, format!("{word}{{{inside}}}"), spelling)
                }),
                _ => None,
            };
            if let Some((start, found, spelling)) = answer {
                let spelling = spelling.replace("^(2)", "^2");
                let message = format!("`{found}` has no meaning here");
                let whole = at + close + 1 - start;
                self.report(start, whole, true, message, notation::written(&found, &spelling));
                return close + 1;
            }
        }
        let message = format!("`{}` has no meaning here", &rest[..length]);
        self.report(at, length, true, message, help);
        length
    }

    fn unknown(&mut self, at: usize, rest: &str, first: char) -> usize {
        if let Some(command) = rest.strip_prefix('\\') {
            let length = command.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(command.len());
            if length > 0 {
                let name = &command[..length.min(MAX_NAME)];
                let message = format!("the TeX command `\\{name}` has no meaning here");
                self.report(at, length + 1, true, message, notation::command(name));
                return length + 1;
            }
        }
        // A run of the same character is one error.
        let length = rest.find(|c: char| c != first).unwrap_or(rest.len());
        let message = format!("the character `{first}` ({}) has no meaning here", code_point(first));
        self.report(at, length, true, message, remedy(first));
        length
    }
}

fn numeral_length(text: &str) -> usize {
    let whole = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let Some(fraction) = text[whole..].strip_prefix('.') else { return whole };
    let digits = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
    if digits == 0 { whole } else { whole + 1 + digits }
}

fn numeral(text: &str) -> Option<RBig> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() + fraction.len() > MAX_NUMERAL {
        return None;
    }
    let digits: IBig = format!("{whole}{fraction}").parse().ok()?;
    Some(RBig::from_parts(digits, UBig::from(10u8).pow(fraction.len())))
}
