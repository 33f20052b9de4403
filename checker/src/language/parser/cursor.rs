//! The tokens of a chapter, one at a time, and the errors about unexpected ones.

use crate::language::ast::{Conventions, Expr, Item};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::lexer::Token;
use crate::language::notation;
use crate::language::source::Span;
use crate::language::words::{FOLLOWERS, FUNCTIONS, RESERVED, STATEMENTS, nearest};
use crate::limits::{MAX_HEIGHT, MAX_NESTING};

pub(super) type Result<T> = std::result::Result<T, Diagnostic>;

pub(super) struct Parser {
    tokens: Vec<(Token, Span)>,
    /// Position of the next token.
    pub(super) at: usize,
    depth: usize,
    /// Token at which the last sum ended. If an operand begins there, an operator is missing.
    ended: Option<usize>,
}

impl Parser {
    /// The list ends with [`Token::End`].
    pub(super) fn new(tokens: Vec<(Token, Span)>) -> Self {
        Self { tokens, at: 0, depth: 0, ended: None }
    }

    pub(super) fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    /// The token `ahead` positions after the next one.
    pub(super) fn peek_at(&self, ahead: usize) -> &Token {
        &self.tokens[(self.at + ahead).min(self.tokens.len() - 1)].0
    }

    pub(super) fn span(&self) -> Span {
        self.tokens[self.at].1.clone()
    }

    pub(super) fn previous(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].1.clone()
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    pub(super) fn is_mark(&self, mark: &str) -> bool {
        matches!(self.peek(), Token::Mark(found) if *found == mark)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(found) if found == word)
    }

    pub(super) fn take_mark(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn mark(&mut self, mark: &'static str) -> Result<()> {
        if self.take_mark(mark) { Ok(()) } else { self.syntax(&format!("`{mark}`")) }
    }

    pub(super) fn word(&mut self, word: &str) -> Result<()> {
        if self.take_word(word) { Ok(()) } else { self.syntax(&format!("`{word}`")) }
    }

    /// A name that is not reserved.
    pub(super) fn name(&mut self) -> Result<(String, Span)> {
        let span = self.span();
        match self.peek().clone() {
            Token::Word(word) if !RESERVED.contains(&word.as_str()) => {
                self.advance();
                Ok((word, span))
            }
            Token::Word(word) => Err(Diagnostic::new(
                Code::Syntax,
                &span,
                format!("expected a name, found `{word}`"),
                format!("`{word}` is a word of the language: choose another name"),
            )),
            _ => self.syntax("a name"),
        }
    }

    pub(super) fn text(&mut self) -> Result<String> {
        match self.peek().clone() {
            Token::Text(text) => {
                self.advance();
                Ok(text)
            }
            _ => self.syntax("a text between quotation marks"),
        }
    }

    pub(super) fn list<T>(
        &mut self,
        close: &'static str,
        mut one: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut list = Vec::new();
        if self.take_mark(close) {
            return Ok(list);
        }
        loop {
            list.push(one(self)?);
            if self.take_mark(close) {
                return Ok(list);
            }
            if !self.take_mark(",") {
                return self.syntax(&format!("`,` or `{close}`"));
            }
        }
    }

    // ---- bounds ----

    pub(super) fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_NESTING {
            return Err(Diagnostic::new(
                Code::TooDeep,
                &self.span(),
                format!("the expression is nested deeper than {MAX_NESTING}"),
                "name its parts with let",
            ));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// The expression, or an error if its tree is too high.
    pub(super) fn bounded(&self, expr: Expr) -> Result<Expr> {
        if expr.height <= MAX_HEIGHT {
            return Ok(expr);
        }
        Err(Diagnostic::new(
            Code::TooDeep,
            &self.span(),
            format!("the expression has more than {MAX_HEIGHT} levels"),
            "name its parts with let, or write a sum over an index set",
        ))
    }

    // ---- statements ----

    /// The byte at which a token begins.
    pub(super) fn offset(&self, at: usize) -> usize {
        match &self.tokens[at] {
            (Token::End, _) => usize::MAX,
            (_, span) => span.range().start,
        }
    }

    fn opens_statement(&self, at: usize) -> bool {
        matches!(&self.tokens[at].0, Token::Word(word) if STATEMENTS.contains(&word.as_str()))
    }

    /// The next token is a word that begins a statement.
    pub(super) fn at_statement(&self) -> bool {
        self.opens_statement(self.at)
    }

    /// The first token after `at` that begins a statement, or the end. Such a word has no other
    /// use.
    pub(super) fn next_statement(&self, at: usize) -> usize {
        let end = self.tokens.len() - 1;
        (at + 1..end).find(|&at| self.opens_statement(at)).unwrap_or(end)
    }

    /// Continues at a token after an error.
    pub(super) fn resume(&mut self, at: usize) {
        self.at = at;
        self.depth = 0;
        self.ended = None;
    }

    /// The item for a statement that begins at a token and does not parse.
    pub(super) fn broken(&self, at: usize) -> Item {
        let (Token::Word(word), span) = &self.tokens[at] else { return Item::Broken(None) };
        let meant = if STATEMENTS.contains(&word.as_str()) {
            word.as_str()
        } else {
            nearest(word, STATEMENTS.iter().copied()).unwrap_or(word)
        };
        match (meant, self.tokens.get(at + 1)) {
            ("network", _) => Item::Network { span: span.clone(), conventions: Conventions::Both },
            ("claim" | "derive" | "measure", _) => Item::Broken(None),
            (_, Some((Token::Word(name), _))) => Item::Broken(Some(name.clone())),
            _ => Item::Broken(None),
        }
    }

    /// The next token is on the line of an expression that has just ended, and does not begin a
    /// statement.
    pub(super) fn continues(&self) -> bool {
        self.ended == Some(self.at) && self.same_line() && !self.at_statement() && *self.peek() != Token::End
    }

    /// The next token is on the same line as the previous one.
    fn same_line(&self) -> bool {
        let between = self.previous().range().end..self.span().range().start;
        self.span().source().text().get(between).is_some_and(|text| !text.contains('\n'))
    }

    /// A word that is probably a misspelt beginning of a statement: `lemma L1 "…"`, `lett x`.
    pub(super) fn at_unknown_statement(&self) -> bool {
        let (Token::Word(word), Token::Word(name)) = (self.peek(), self.peek_at(1)) else { return false };
        let plain = |word: &String| !RESERVED.contains(&word.as_str());
        plain(word)
            && plain(name)
            && (matches!(self.peek_at(2), Token::Text(_))
                || !self.same_line() && nearest(word, STATEMENTS.iter().copied()).is_some())
    }

    // ---- errors ----

    /// Records that a sum ends here.
    pub(super) fn end_of_sum(&mut self) {
        self.ended = Some(self.at);
    }

    /// A sum ended at the token `at`.
    pub(super) fn is_end_of_sum(&self, at: usize) -> bool {
        self.ended == Some(at)
    }

    pub(super) fn found(&self) -> String {
        match self.peek() {
            Token::Word(word) => format!("`{word}`"),
            Token::Number(number) => format!("the number {number}"),
            Token::Text(text) => format!("the text \"{text}\""),
            Token::Mark(mark) => format!("`{mark}`"),
            Token::End => "the end of the file".to_owned(),
        }
    }

    pub(super) fn syntax<T>(&self, expected: &str) -> Result<T> {
        let remedy = self.remedy(expected);
        let help = remedy.unwrap_or_else(|| "the grammar is in docs/derivation-language.md".to_owned());
        Err(Diagnostic::new(
            Code::Syntax,
            &self.span(),
            format!("expected {expected}, found {}", self.found()),
            help,
        ))
    }

    /// What to write if the token `at` is an operand and the operator before it is missing.
    pub(super) fn missing_operator(&self, at: usize) -> Option<String> {
        let begins = match &self.tokens[at].0 {
            Token::Number(_) | Token::Mark("(") => true,
            Token::Word(word) => {
                !RESERVED.contains(&word.as_str()) || FUNCTIONS.contains(&word.as_str()) && word != "not"
            }
            _ => false,
        };
        if !begins {
            return None;
        }
        if let Token::Word(word) = &self.tokens[at].0
            && let Some(near) = follower(word)
        {
            return Some(format!("write `{near}`"));
        }
        let source = self.tokens[at].1.source().text();
        let text = |at: usize| source.get(self.tokens[at].1.range()).unwrap_or_default();
        let before = at.checked_sub(1)?;
        match &self.tokens[before].0 {
            Token::Word(word) => Some(notation::word(word).unwrap_or_else(|| {
                let (left, right) = (text(before), text(at));
                notation::written(
                    &format!("{left} {right}"),
                    &format!("{left}*{right}: a product has a sign"),
                )
            })),
            Token::Number(_) => {
                let (left, right) = (text(before), text(at));
                Some(notation::written(
                    &format!("{left} {right}"),
                    &format!("{left}*{right}: a product has a sign"),
                ))
            }
            _ => Some(format!("write an operator before `{}`: a product has the sign *", text(at))),
        }
    }

    /// What to write instead of a frequent mistake; `None` for other mistakes.
    fn remedy(&self, expected: &str) -> Option<String> {
        let ended = self.ended == Some(self.at);
        match self.peek() {
            Token::Mark("=") if ended && expected.contains(['(', ')', '[', ']']) => {
                Some("close the bracket; an equality in a condition is written ==".to_owned())
            }
            Token::Mark("=") if ended => Some("an equality in a condition is written ==".to_owned()),
            Token::Mark("|") if expected == "an expression" => Some("`|x|` is written max(x, -x)".to_owned()),
            Token::Mark("-") if expected == "an expression" => {
                Some("a factor with a sign stands in parentheses: a * (-b)".to_owned())
            }
            Token::Mark("^") if ended => Some("write parentheses around the power".to_owned()),
            _ if ended => self.missing_operator(self.at),
            _ => match self.tokens.get(self.at.checked_sub(1)?) {
                Some((Token::Word(word), _)) if word == "sum" || word == "prod" => {
                    Some(format!("the indices stand in parentheses: {word}(j) W[j,i]*q[j]"))
                }
                _ => None,
            },
        }
    }
}

/// The reserved word nearest to `word`, if it can follow an expression. Words of up to three
/// letters are near too many.
pub(super) fn follower(word: &str) -> Option<&'static str> {
    (word.len() > 3).then(|| nearest(word, FOLLOWERS.iter().copied())).flatten()
}
