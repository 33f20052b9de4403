//! Recursive descent over the tokens of a chapter. The grammar is in `docs/derivation-language.md`.
//!
//! After a statement that does not parse, the parser continues at the next word that begins a
//! statement. An [`Item::Broken`] takes its place, so that uses of its name are not reported as
//! errors.

mod cursor;
mod expression;
mod statement;

use std::sync::Arc;

use self::cursor::Parser;
use super::ast::*;
use super::diagnostic::Diagnostics;
use super::lexer::{Lexed, Token, tokens};
use super::source::Source;

/// Parses all `svpg` blocks of a file. Returns the statements and all errors.
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
                    // These tokens belong to the previous statement, so its meaning is not known.
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
