//! Tokens of the derivation language.

use std::sync::Arc;

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use super::diagnostic::{Code, Diagnostic};
use super::source::{Source, Span};

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A name or a keyword.
    Word(String),
    /// A decimal numeral, taken as the fraction that it is.
    Number(RBig),
    /// Text between quotation marks, without them.
    Text(String),
    /// Punctuation.
    Mark(&'static str),
    /// After the last token.
    End,
}

/// Longest first, so that `==` is not read as two `=`.
const MARKS: &[&str] = &[
    "+=", "==", "!=", "<=", ">=", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",", ":", "|", "~", "=", "<",
    ">", ".",
];

/// Signs of printed mathematics, and what they are here.
const PRINTED: &[(&str, &str)] =
    &[("×", "*"), ("·", "*"), ("÷", "/"), ("−", "-"), ("≤", "<="), ("≥", ">="), ("≠", "!=")];

/// Digits allowed in one numeral: exact arithmetic on longer ones serves nothing and costs much.
const LONGEST_NUMERAL: usize = 40;

/// Characters allowed in one name: reports align names.
const LONGEST_NAME: usize = 64;

/// Splits every `svpg` block of the source; the list ends with [`Token::End`].
pub(crate) fn tokens(source: &Arc<Source>) -> Result<Vec<(Token, Span)>, Diagnostic> {
    if let Some((at, hidden)) = source.text().char_indices().find(|&(_, c)| is_hidden(c)) {
        return Err(Diagnostic::new(
            Code::BadToken,
            &Span::new(source, at, at + hidden.len_utf8()),
            format!("the control character {}", hidden.escape_unicode()),
            "remove it: what is checked must be what a reader sees",
        ));
    }
    let mut tokens = Vec::new();
    for block in source.blocks() {
        let mut at = block.start;
        while at < block.end {
            at = next(source, at, block.end, &mut tokens)?;
        }
    }
    let end = tokens.last().map_or(0, |(_, span): &(Token, Span)| span.range().end);
    tokens.push((Token::End, Span::new(source, end, end)));
    Ok(tokens)
}

/// It changes what a terminal or an editor shows, and is not seen itself: a control character, or one that turns the direction
/// of writing around.
fn is_hidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn next(
    source: &Arc<Source>,
    at: usize,
    end: usize,
    tokens: &mut Vec<(Token, Span)>,
) -> Result<usize, Diagnostic> {
    let rest = &source.text()[at..end];
    let Some(first) = rest.chars().next() else { return Ok(end) };
    let mut push = |token, length: usize| {
        tokens.push((token, Span::new(source, at, at + length)));
        Ok(at + length)
    };
    if first.is_whitespace() {
        return Ok(at + first.len_utf8());
    }
    if rest.starts_with("--") {
        return Ok(at + rest.find('\n').unwrap_or(rest.len()));
    }
    if first.is_alphabetic() || first == '_' {
        let length =
            rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '\'')).unwrap_or(rest.len());
        if rest[..length].chars().nth(LONGEST_NAME).is_some() {
            return Err(Diagnostic::new(
                Code::BadToken,
                &Span::new(source, at, at + first.len_utf8()),
                format!("a name of more than {LONGEST_NAME} characters"),
                "choose a shorter one",
            ));
        }
        return push(Token::Word(rest[..length].to_owned()), length);
    }
    if first.is_ascii_digit() {
        let length = numeral_length(rest);
        let value = numeral(&rest[..length]).ok_or_else(|| {
            Diagnostic::new(
                Code::BadToken,
                &Span::new(source, at, at + length),
                format!("a numeral of more than {LONGEST_NUMERAL} digits"),
                "write a shorter one",
            )
        })?;
        return push(Token::Number(value), length);
    }
    if first == '"' {
        let Some(length) = rest[1..].find(['"', '\n']).filter(|&l| rest.as_bytes()[l + 1] == b'"') else {
            return Err(Diagnostic::new(
                Code::BadToken,
                &Span::new(source, at, at + 1),
                "a text that does not end on its line",
                "close it with a quotation mark",
            ));
        };
        return push(Token::Text(rest[1..=length].to_owned()), length + 2);
    }
    if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
        return push(Token::Mark(mark), mark.len());
    }
    if let Some((sign, mark)) = PRINTED.iter().find(|(sign, _)| rest.starts_with(sign)) {
        return push(Token::Mark(mark), sign.len());
    }
    Err(Diagnostic::new(
        Code::BadToken,
        &Span::new(source, at, at + first.len_utf8()),
        format!("the character {first:?} has no meaning here"),
        "see docs/derivation-language.md for the signs of the language",
    ))
}

fn numeral_length(text: &str) -> usize {
    let whole = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let Some(fraction) = text[whole..].strip_prefix('.') else { return whole };
    let digits = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
    if digits == 0 { whole } else { whole + 1 + digits }
}

fn numeral(text: &str) -> Option<RBig> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() + fraction.len() > LONGEST_NUMERAL {
        return None;
    }
    let digits: IBig = format!("{whole}{fraction}").parse().ok()?;
    Some(RBig::from_parts(digits, UBig::from(10u8).pow(fraction.len())))
}
