//! Recursive descent over the tokens of a chapter. The grammar stands in
//! `docs/derivation-language.md`.
//!
//! A statement that does not parse is skipped up to the next word that opens one. It leaves an
//! [`Item::Broken`] behind, so that no errors are reported about uses of the name that it would
//! have defined.

mod cursor;
mod expression;
mod statement;

use std::sync::Arc;

use self::cursor::Parser;
use super::ast::*;
use super::diagnostic::Diagnostics;
use super::lexer::{Lexed, Token, tokens};
use super::source::Source;

/// Parses all `svpg` blocks of a file, and finds all that is wrong with their text.
pub(crate) fn parse(source: &Arc<Source>) -> (Vec<Item>, Diagnostics) {
    let Lexed { tokens, mut diagnostics, wrong } = tokens(source);
    let mut parser = Parser::new(tokens);
    let mut items = Vec::new();
    let mut found = Diagnostics::default();
    let mut last = 0;
    while *parser.peek() != Token::End {
        let start = parser.at;
        let end = parser.next_statement(start);
        let first = wrong.partition_point(|&at| at < parser.offset(start));
        if parser.at_statement() && wrong.get(first).is_some_and(|&at| at < parser.offset(end)) {
            items.push(parser.broken(start));
            parser.resume(end);
            continue;
        }
        let leftover = parser.continues();
        match parser.item() {
            Ok(item) => {
                items.push(item);
                last = start;
            }
            Err(diagnostic) => {
                found.push(diagnostic);
                if leftover {
                    // These tokens belong to the statement before, so what that one means is not
                    // known.
                    items.pop();
                } else {
                    last = start;
                }
                items.push(parser.broken(last));
                parser.resume(end);
            }
        }
    }
    diagnostics.merge(found);
    (items, diagnostics)
}
