//! Statements, by their first word.

use super::cursor::{Parser, Result, follower};
use crate::language::ast::*;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::lexer::Token;
use crate::language::source::Span;
use crate::language::words::{STATEMENTS, nearest, suggestion};

impl Parser {
    pub(super) fn item(&mut self) -> Result<Item> {
        let span = self.span();
        if self.continues() {
            return self.syntax("the end of the statement");
        }
        let Token::Word(word) = self.peek().clone() else { return self.syntax("a statement") };
        if !STATEMENTS.contains(&word.as_str()) {
            return Err(Diagnostic::new(
                Code::UnknownConstruct,
                &span,
                format!("`{word}` does not begin a statement"),
                match (word.as_str(), follower(&word)) {
                    ("for" | "given", _) => {
                        "a claim has its conditions and chains before `expect`, which stands last".to_owned()
                    }
                    ("because", _) => "`because` stands after its link and before `expect`".to_owned(),
                    (_, Some(near)) => format!("write `{near}`"),
                    (_, None) => suggestion(&word, STATEMENTS, "a statement begins with one of"),
                },
            ));
        }
        self.advance();
        match word.as_str() {
            "network" => self.network(span),
            "let" => self.definition().map(Item::Let),
            "param" => self.declaration().map(Item::Param),
            "rule" => self.rule().map(Item::Rule),
            "measure" => self.measured().map(Item::Measured),
            _ => self.claim().map(Item::Claim),
        }
    }

    fn network(&mut self, span: Span) -> Result<Item> {
        let kind_span = self.span();
        let (kind, _) = self.name()?;
        if kind != "rwta" {
            return Err(Diagnostic::new(
                Code::Network,
                &kind_span,
                format!("the kind of network `{kind}` is unknown"),
                "write network rwta(S, G, D, A)",
            ));
        }
        self.mark("(")?;
        for (position, letter) in ["S", "G", "D", "A"].into_iter().enumerate() {
            if position > 0 {
                self.mark(",")?;
            }
            self.word(letter)?;
        }
        self.mark(")")?;
        let mut conventions = Conventions::Both;
        if self.take_word("convention") {
            conventions = self.option(&[
                ("full", Conventions::Full),
                ("half", Conventions::Half),
                ("both", Conventions::Both),
            ])?;
        }
        Ok(Item::Network { span: span.to(&self.previous()), conventions })
    }

    /// The value of one of these words.
    fn option<T: Copy>(&mut self, options: &[(&'static str, T)]) -> Result<T> {
        let words: Vec<&str> = options.iter().map(|(word, _)| *word).collect();
        let Token::Word(found) = self.peek().clone() else {
            return self.syntax(&format!("one of {}", words.join(", ")));
        };
        if let Some((_, value)) = options.iter().find(|(word, _)| *word == found) {
            self.advance();
            return Ok(*value);
        }
        Err(Diagnostic::new(
            Code::Syntax,
            &self.span(),
            format!("expected one of {}, found `{found}`", words.join(", ")),
            match nearest(&found, words.iter().copied()) {
                Some(near) => format!("write `{near}`"),
                None => "write one of them".to_owned(),
            },
        ))
    }

    fn formal(&mut self) -> Result<Formal> {
        let (name, span) = self.name()?;
        let set = if self.take_word("in") { Some(self.set()?) } else { None };
        let family = if self.take_mark(":") { Some(self.set()?) } else { None };
        Ok(Formal { binder: Binder { name, span, set }, family })
    }

    fn definition(&mut self) -> Result<Definition> {
        let (name, span) = self.name()?;
        let arguments = if self.take_mark("(") { self.list(")", Self::formal)? } else { Vec::new() };
        let indices = if self.take_mark("[") { self.list("]", Self::formal)? } else { Vec::new() };
        self.mark("=")?;
        let body = self.condition()?;
        Ok(Definition { name, span, arguments, indices, body })
    }

    fn declaration(&mut self) -> Result<Declaration> {
        let (name, span) = self.name()?;
        let indices = if self.take_mark("[") { self.list("]", Self::formal)? } else { Vec::new() };
        let positive = self.take_word("positive");
        Ok(Declaration { name, span, indices, positive })
    }

    fn rule(&mut self) -> Result<RuleItem> {
        let (name, span) = self.name()?;
        let arguments = if self.take_mark("(") { self.list(")", Self::formal)? } else { Vec::new() };
        let nonlocal = self.take_word("nonlocal");
        let mut lines = Vec::new();
        while let Token::Word(letter) = self.peek().clone() {
            let Some(parameter) = Parameter::from_letter(&letter) else { break };
            let start = self.span();
            self.advance();
            self.mark("[")?;
            let indices = self.list("]", |parser| {
                let (name, span) = parser.name()?;
                Ok(Binder { name, span, set: None })
            })?;
            self.mark("+=")?;
            let body = self.sum()?;
            let sees = if self.take_word("sees") { self.sees()? } else { Sees::default() };
            lines.push(RuleLine { parameter, indices, body, sees, span: start.to(&self.previous()) });
        }
        if lines.is_empty() {
            return self.syntax("a line of the rule: W[i,j] += …, U[k,i] += … or b[i] += …");
        }
        Ok(RuleItem { name, span, arguments, nonlocal, lines })
    }

    fn sees(&mut self) -> Result<Sees> {
        let mut sees = Sees::default();
        loop {
            if self.take_word("pre") {
                sees.pre_index = Some(self.seen_index()?);
                sees.pre.extend(self.seen_names()?);
            } else if self.take_word("post") {
                sees.post_index = Some(self.seen_index()?);
                sees.post.extend(self.seen_names()?);
            } else if self.take_word("global") {
                sees.global.extend(self.seen_names()?);
            } else {
                return Ok(sees);
            }
        }
    }

    fn seen_index(&mut self) -> Result<(String, Span)> {
        self.mark("(")?;
        let index = self.name()?;
        self.mark(")")?;
        Ok(index)
    }

    fn seen_names(&mut self) -> Result<Vec<(String, Span)>> {
        self.mark(":")?;
        let mut names = vec![self.name()?];
        while self.take_mark(",") {
            names.push(self.name()?);
        }
        Ok(names)
    }

    fn measured(&mut self) -> Result<Measured> {
        let (id, id_span) = self.name()?;
        let title = self.text()?;
        self.word("by")?;
        let (by, by_span) = self.name()?;
        if self.take_word("expect") {
            self.word("holds")?;
        }
        Ok(Measured { id, id_span, title, by, by_span })
    }

    fn claim(&mut self) -> Result<Claim> {
        let (id, id_span) = self.name()?;
        let title = self.text()?;
        let mut given = Vec::new();
        let mut chains = Vec::new();
        let mut expected = Expected::Holds;
        loop {
            if self.take_word("given") {
                loop {
                    given.push(self.given()?);
                    if !self.take_word("and") {
                        break;
                    }
                }
            } else if self.is_word("expect") {
                let span = self.span();
                self.advance();
                if chains.is_empty() {
                    return Err(Diagnostic::new(
                        Code::Syntax,
                        &span,
                        "expected an equality or an inequality, found `expect`",
                        "`expect` stands last in a claim, after its chains",
                    ));
                }
                expected = self.option(&[
                    ("holds", Expected::Holds),
                    ("refuted", Expected::Refuted),
                    ("sampled", Expected::Sampled),
                    ("unchecked", Expected::Unchecked),
                ])?;
                break;
            } else if *self.peek() == Token::End || self.at_statement() || self.at_unknown_statement() {
                break;
            } else {
                chains.push(self.chain()?);
            }
        }
        if chains.is_empty() {
            return self.syntax("an equality");
        }
        Ok(Claim { id, id_span, title, given, chains, expected })
    }

    fn given(&mut self) -> Result<Condition> {
        let span = self.span();
        let (name, _) = self.name()?;
        self.mark("=")?;
        let value = match self.peek() {
            Token::Number(number) if number.is_int() => i32::try_from(number.numerator()).ok(),
            _ => None,
        };
        let Some(value) = value else {
            return self.syntax("a whole number: a condition has the form W_HH = 0");
        };
        self.advance();
        Ok(Condition { name, value, span: span.to(&self.previous()) })
    }

    fn chain(&mut self) -> Result<Chain> {
        let (start, first_token) = (self.span(), self.at);
        let leftover = self.is_end_of_sum(first_token);
        let binders = if self.take_word("for") {
            let binders = self.binders(":")?;
            self.mark(":")?;
            binders
        } else {
            Binders::default()
        };
        let first = self.sum()?;
        let mut links = Vec::new();
        loop {
            let relation = if self.take_mark("=") {
                Relation::Equal
            } else if self.take_mark("<=") {
                Relation::LessEqual
            } else if self.take_mark(">=") {
                Relation::GreaterEqual
            } else {
                self.no_relation()?;
                break;
            };
            let side = self.sum()?;
            let because = if self.take_word("because") { Some(self.text()?) } else { None };
            links.push(Link { relation, side, because });
        }
        if links.is_empty() {
            // `1 = 2 q[i]` parses as a chain `1 = 2` and the beginning of a second chain.
            return match self.missing_operator(first_token).filter(|_| leftover) {
                Some(help) => Err(Diagnostic::new(
                    Code::Syntax,
                    &start,
                    "expected an operator or the end of the chain, found an expression",
                    help,
                )),
                None => self.syntax("`=`, `<=` or `>=`"),
            };
        }
        Ok(Chain { binders, first, links, span: start.to(&self.previous()) })
    }

    /// An error if the next token is a comparison that is allowed only in conditions.
    fn no_relation(&self) -> Result<()> {
        let help = match self.peek() {
            Token::Mark(mark @ ("<" | ">")) => format!("write (x {mark} y) = 1, or x {mark}= y"),
            Token::Mark("!=") => "write (x != y) = 1".to_owned(),
            Token::Mark("==") => "the equality of a chain is written =".to_owned(),
            _ => return Ok(()),
        };
        Err(Diagnostic::new(
            Code::Syntax,
            &self.span(),
            format!("a chain has the relations =, <= and >=, found {}", self.found()),
            help,
        ))
    }

    // ---- bound names ----

    /// Names up to (not including) the mark `close`. A set after a name also counts for the bare
    /// names before it, unless their letter has a set of another kind.
    pub(super) fn binders(&mut self, close: &str) -> Result<Binders> {
        let mut binders = Binders::default();
        loop {
            let (name, span) = self.name()?;
            let set = if self.take_word("in") { Some(self.set()?) } else { None };
            binders.list.push(Binder { name, span, set });
            if self.take_word("where") {
                binders.filter = Some(self.condition()?);
                break;
            }
            if self.is_mark(close) || !self.take_mark(",") {
                break;
            }
        }
        Ok(binders)
    }

    pub(super) fn set(&mut self) -> Result<SetExpr> {
        let span = self.span();
        let name = match self.peek().clone() {
            Token::Word(name) if !STATEMENTS.contains(&name.as_str()) => name,
            _ => return self.syntax("a set"),
        };
        self.advance();
        let argument = if self.take_mark("(") {
            let argument = self.sum()?;
            self.mark(")")?;
            Some(argument)
        } else {
            None
        };
        Ok(SetExpr { name, argument, span: span.to(&self.previous()) })
    }
}
