//! Recursive descent over the tokens of a chapter. The grammar stands in `docs/derivation-language.md`.

use std::sync::Arc;

use super::ast::*;
use super::diagnostic::{Code, Diagnostic};
use super::lexer::{Token, tokens};
use super::source::{Source, Span};

type Result<T> = std::result::Result<T, Diagnostic>;

/// Words that open a statement; none of them may name anything.
const STATEMENTS: &[&str] = &["network", "let", "param", "rule", "derive", "claim", "measure"];

/// Words with a fixed meaning inside expressions and statements.
const RESERVED: &[&str] = &[
    "network",
    "let",
    "param",
    "rule",
    "derive",
    "claim",
    "measure",
    "for",
    "in",
    "where",
    "given",
    "expect",
    "because",
    "sees",
    "sum",
    "prod",
    "d",
    "ln",
    "exp",
    "hold",
    "solve",
    "softmax",
    "meanfield",
    "bernoulli",
    "min",
    "max",
    "clip",
    "if",
    "and",
    "or",
    "not",
    "action",
    "circuit",
];

/// Nesting beyond this is refused, so that no input exhausts the stack.
const DEEPEST: usize = 64;

/// So is an expression that is higher than this, by long chains of signs or indices.
const HIGHEST: usize = 160;

/// Parses all `svpg` blocks of a file.
pub(crate) fn parse(source: &Arc<Source>) -> Result<Vec<Item>> {
    let tokens = tokens(source)?;
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let mut items = Vec::new();
    while *parser.peek() != Token::End {
        items.push(parser.item()?);
    }
    Ok(items)
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn peek_second(&self) -> &Token {
        &self.tokens[(self.at + 1).min(self.tokens.len() - 1)].0
    }

    fn span(&self) -> Span {
        self.tokens[self.at].1.clone()
    }

    fn previous(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].1.clone()
    }

    fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn is_mark(&self, mark: &str) -> bool {
        matches!(self.peek(), Token::Mark(found) if *found == mark)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(found) if found == word)
    }

    fn take_mark(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        if found {
            self.advance();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn found(&self) -> String {
        match self.peek() {
            Token::Word(word) => format!("`{word}`"),
            Token::Number(number) => format!("the number {number}"),
            Token::Text(text) => format!("the text \"{text}\""),
            Token::Mark(mark) => format!("`{mark}`"),
            Token::End => "the end of the file".to_owned(),
        }
    }

    fn syntax<T>(&self, expected: &str) -> Result<T> {
        Err(Diagnostic::new(
            Code::Syntax,
            &self.span(),
            format!("found {} where {expected} should stand", self.found()),
            "the grammar is in docs/derivation-language.md",
        ))
    }

    fn mark(&mut self, mark: &'static str) -> Result<()> {
        if self.take_mark(mark) { Ok(()) } else { self.syntax(&format!("`{mark}`")) }
    }

    fn word(&mut self, word: &str) -> Result<()> {
        if self.take_word(word) { Ok(()) } else { self.syntax(&format!("`{word}`")) }
    }

    /// A name that its writer may choose.
    fn name(&mut self) -> Result<(String, Span)> {
        let span = self.span();
        match self.peek().clone() {
            Token::Word(word) if !RESERVED.contains(&word.as_str()) => {
                self.advance();
                Ok((word, span))
            }
            Token::Word(_) => self.syntax("a name that is not a word of the language"),
            _ => self.syntax("a name"),
        }
    }

    fn text(&mut self) -> Result<String> {
        match self.peek().clone() {
            Token::Text(text) => {
                self.advance();
                Ok(text)
            }
            _ => self.syntax("a text between quotation marks"),
        }
    }

    fn list<T>(
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

    // ---- statements ----

    fn item(&mut self) -> Result<Item> {
        let span = self.span();
        let Token::Word(word) = self.peek().clone() else { return self.syntax("a statement") };
        if !STATEMENTS.contains(&word.as_str()) {
            return Err(Diagnostic::new(
                Code::UnknownConstruct,
                &span,
                format!("`{word}` opens no statement"),
                format!("a statement begins with one of: {}", STATEMENTS.join(", ")),
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
                format!("no network of the kind `{kind}` is known"),
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
            conventions = if self.take_word("full") {
                Conventions::Full
            } else if self.take_word("half") {
                Conventions::Half
            } else if self.take_word("both") {
                Conventions::Both
            } else {
                return self.syntax("`full`, `half` or `both`");
            };
        }
        Ok(Item::Network { span: span.to(&self.previous()), conventions })
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
            } else if self.take_word("expect") {
                expected = self.expected()?;
                break;
            } else if *self.peek() == Token::End
                || matches!(self.peek(), Token::Word(word) if STATEMENTS.contains(&word.as_str()))
            {
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

    fn expected(&mut self) -> Result<Expected> {
        for (word, expected) in [
            ("holds", Expected::Holds),
            ("refuted", Expected::Refuted),
            ("unchecked", Expected::Unchecked),
            ("sampled", Expected::Sampled),
        ] {
            if self.take_word(word) {
                return Ok(expected);
            }
        }
        self.syntax("`holds`, `refuted`, `sampled` or `unchecked`")
    }

    fn given(&mut self) -> Result<Condition> {
        let span = self.span();
        let (name, _) = self.name()?;
        self.mark("=")?;
        let value = match self.advance() {
            Token::Number(number) if number.is_int() => i32::try_from(number.numerator()).ok(),
            _ => None,
        };
        let Some(value) = value else {
            self.at = self.at.saturating_sub(1);
            return self.syntax("a whole number: a condition has the form W_HH = 0");
        };
        Ok(Condition { name, value, span: span.to(&self.previous()) })
    }

    fn chain(&mut self) -> Result<Chain> {
        let start = self.span();
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
                break;
            };
            let side = self.sum()?;
            let because = if self.take_word("because") { Some(self.text()?) } else { None };
            links.push(Link { relation, side, because });
        }
        if links.is_empty() {
            return self.syntax("`=`, `<=` or `>=`");
        }
        Ok(Chain { binders, first, links, span: start.to(&self.previous()) })
    }

    // ---- bound names ----

    /// Names up to (not including) the mark `close`; a set written behind a name counts for the bare names
    /// before it as well, where their usual letter does not say another kind.
    fn binders(&mut self, close: &str) -> Result<Binders> {
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

    fn set(&mut self) -> Result<SetExpr> {
        let span = self.span();
        let Token::Word(name) = self.advance() else {
            self.at = self.at.saturating_sub(1);
            return self.syntax("a set");
        };
        let argument = if self.take_mark("(") {
            let argument = self.sum()?;
            self.mark(")")?;
            Some(argument)
        } else {
            None
        };
        Ok(SetExpr { name, argument, span: span.to(&self.previous()) })
    }

    // ---- expressions ----

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= DEEPEST {
            return Err(Diagnostic::new(
                Code::TooDeep,
                &self.span(),
                format!("an expression nested deeper than {DEEPEST}"),
                "name its parts with let",
            ));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// The expression, unless it is too high.
    fn bounded(&self, expr: Expr) -> Result<Expr> {
        if expr.height <= HIGHEST {
            return Ok(expr);
        }
        Err(Diagnostic::new(
            Code::TooDeep,
            &self.span(),
            format!("an expression of more than {HIGHEST} levels"),
            "name its parts with let, or write a sum over an index set",
        ))
    }

    fn condition(&mut self) -> Result<Expr> {
        self.nested(|parser| {
            let mut left = parser.conjunction()?;
            while parser.take_word("or") {
                let right = parser.conjunction()?;
                let span = left.span.to(&right.span);
                left = parser.bounded(Expr::new(Kind::Or(left, right), span))?;
            }
            Ok(left)
        })
    }

    fn conjunction(&mut self) -> Result<Expr> {
        let mut left = self.comparison()?;
        while self.take_word("and") {
            let right = self.comparison()?;
            let span = left.span.to(&right.span);
            left = self.bounded(Expr::new(Kind::And(left, right), span))?;
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expr> {
        let start = self.span();
        if self.take_word("not") {
            let inner = self.nested(Self::comparison)?;
            let span = start.to(&inner.span);
            return Ok(Expr::new(Kind::Not(inner), span));
        }
        let left = self.sum()?;
        for (mark, op) in [
            ("==", CompareOp::Equal),
            ("!=", CompareOp::NotEqual),
            ("<=", CompareOp::LessEqual),
            (">=", CompareOp::GreaterEqual),
            ("<", CompareOp::Less),
            (">", CompareOp::Greater),
        ] {
            if self.take_mark(mark) {
                let right = self.sum()?;
                let span = left.span.to(&right.span);
                return Ok(Expr::new(Kind::Compare(op, left, right), span));
            }
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Expr> {
        self.nested(|parser| {
            let mut left = parser.term()?;
            loop {
                let op = if parser.take_mark("+") {
                    BinaryOp::Add
                } else if parser.take_mark("-") {
                    BinaryOp::Sub
                } else {
                    return Ok(left);
                };
                let right = parser.term()?;
                let span = left.span.to(&right.span);
                left = parser.bounded(Expr::new(Kind::Binary(op, left, right), span))?;
            }
        })
    }

    /// `/ d` closes the body of a derivative, so it divides nothing.
    fn at_derivative_bar(&self) -> bool {
        self.is_mark("/") && matches!(self.peek_second(), Token::Word(word) if word == "d")
    }

    fn term(&mut self) -> Result<Expr> {
        let start = self.span();
        if self.take_mark("-") {
            let inner = self.nested(Self::term)?;
            let span = start.to(&inner.span);
            return Ok(Expr::new(Kind::Negate(inner), span));
        }
        let mut left = self.factor()?;
        loop {
            let op = if self.at_derivative_bar() {
                return Ok(left);
            } else if self.take_mark("*") {
                BinaryOp::Mul
            } else if self.take_mark("/") {
                BinaryOp::Div
            } else {
                return Ok(left);
            };
            let right = self.factor()?;
            let span = left.span.to(&right.span);
            left = self.bounded(Expr::new(Kind::Binary(op, left, right), span))?;
        }
    }

    /// A factor; one that begins with `sum`, `prod` or `E` takes the rest of its term as its body.
    fn factor(&mut self) -> Result<Expr> {
        self.nested(|parser| {
            let start = parser.span();
            let Token::Word(word) = parser.peek().clone() else { return parser.power() };
            match word.as_str() {
                "sum" | "prod" => {
                    parser.advance();
                    parser.mark("(")?;
                    let binders = parser.binders(")")?;
                    parser.mark(")")?;
                    let body = parser.term()?;
                    let fold = if word == "sum" { FoldKind::Sum } else { FoldKind::Product };
                    let span = start.to(&body.span);
                    Ok(Expr::new(Kind::Fold { fold, binders, body }, span))
                }
                "E" if *parser.peek_second() == Token::Mark("[") => {
                    parser.advance();
                    parser.advance();
                    let (name, name_span) = parser.name()?;
                    let set = if parser.take_word("in") { Some(parser.set()?) } else { None };
                    let variable = Binder { name, span: name_span, set };
                    parser.mark("~")?;
                    let distribution = parser.sum()?;
                    let condition = if parser.take_mark("|") { Some(parser.condition()?) } else { None };
                    parser.mark("]")?;
                    let body = parser.term()?;
                    let span = start.to(&body.span);
                    Ok(Expr::new(Kind::Expectation { variable, distribution, condition, body }, span))
                }
                "d" => {
                    parser.advance();
                    let body = parser.factor()?;
                    if !parser.at_derivative_bar() {
                        return parser.syntax("`/ d` and the entry to differentiate by");
                    }
                    parser.advance();
                    parser.advance();
                    let target = parser.postfix()?;
                    let span = start.to(&target.span);
                    Ok(Expr::new(Kind::Derivative { body, target }, span))
                }
                "ln" | "exp" => {
                    parser.advance();
                    let function = if word == "ln" { Function::Ln } else { Function::Exp };
                    let nested = parser.is_word("ln") || parser.is_word("exp");
                    let argument = if nested { parser.factor()? } else { parser.postfix()? };
                    if parser.is_mark("^") {
                        return parser.syntax("parentheses around the power or around the function");
                    }
                    let span = start.to(&argument.span);
                    Ok(Expr::new(Kind::Function(function, vec![argument]), span))
                }
                _ => parser.power(),
            }
        })
    }

    fn power(&mut self) -> Result<Expr> {
        let base = self.postfix()?;
        if !self.take_mark("^") {
            return Ok(base);
        }
        let negative = self.take_mark("-");
        let span = self.span();
        let Token::Number(number) = self.advance() else {
            self.at = self.at.saturating_sub(1);
            return self.syntax("a whole number");
        };
        let exponent = number
            .is_int()
            .then(|| i32::try_from(number.into_parts().0).ok())
            .flatten()
            .filter(|&exponent| exponent <= 64);
        let Some(exponent) = exponent else {
            return Err(Diagnostic::new(
                Code::Syntax,
                &span,
                "an exponent that is not a whole number of at most 64",
                "write exp(c * ln x) for other powers",
            ));
        };
        let span = base.span.to(&span);
        Ok(Expr::new(Kind::Power(base, if negative { -exponent } else { exponent }), span))
    }

    fn postfix(&mut self) -> Result<Expr> {
        let mut expr = self.primary()?;
        loop {
            if self.take_mark("[") {
                let indices = self.list("]", Self::sum)?;
                let span = expr.span.to(&self.previous());
                expr = self.bounded(Expr::new(Kind::Index(expr, indices), span))?;
            } else if matches!(*expr.kind, Kind::Name(_)) && self.take_mark("(") {
                let arguments = self.list(")", Self::condition)?;
                let span = expr.span.to(&self.previous());
                expr = self.bounded(Expr::new(Kind::Call(expr, arguments), span))?;
            } else if self.is_mark(".") {
                expr = self.rule_reference(expr)?;
            } else {
                return Ok(expr);
            }
        }
    }

    fn rule_reference(&mut self, expr: Expr) -> Result<Expr> {
        let (name, arguments) = match *expr.kind {
            Kind::Name(name) => (name, None),
            Kind::Call(callee, arguments) => match *callee.kind {
                Kind::Name(name) => (name, Some(arguments)),
                _ => return self.syntax("the name of a rule before `.`"),
            },
            _ => return self.syntax("the name of a rule before `.`"),
        };
        self.advance();
        let letter = match self.peek() {
            Token::Word(word) => Parameter::from_letter(word),
            _ => None,
        };
        let Some(parameter) = letter else { return self.syntax("`W`, `U` or `b`") };
        self.advance();
        Ok(Expr::new(Kind::Rule { name, arguments, parameter }, expr.span.to(&self.previous())))
    }

    fn primary(&mut self) -> Result<Expr> {
        let start = self.span();
        match self.peek().clone() {
            Token::Number(number) => {
                self.advance();
                Ok(Expr::new(Kind::Number(number), start))
            }
            Token::Mark("(") => {
                self.advance();
                let mut inner = self.condition()?;
                self.mark(")")?;
                inner.span = start.to(&self.previous());
                Ok(inner)
            }
            Token::Word(word) => self.word_expression(&word, start),
            _ => self.syntax("an expression"),
        }
    }

    fn word_expression(&mut self, word: &str, start: Span) -> Result<Expr> {
        let function = match word {
            "hold" => Some((Function::Hold, 1)),
            "min" => Some((Function::Min, 2)),
            "max" => Some((Function::Max, 2)),
            "clip" => Some((Function::Clip, 3)),
            "if" => Some((Function::If, 3)),
            _ => None,
        };
        if let Some((function, arity)) = function {
            self.advance();
            self.mark("(")?;
            let arguments = self.list(")", Self::condition)?;
            let span = start.to(&self.previous());
            if arguments.len() != arity {
                return Err(Diagnostic::new(
                    Code::WrongKind,
                    &span,
                    format!("`{word}` with {} arguments", arguments.len()),
                    format!("it takes {arity}"),
                ));
            }
            return Ok(Expr::new(Kind::Function(function, arguments), span));
        }
        match word {
            "softmax" | "bernoulli" => {
                self.advance();
                self.mark("(")?;
                let inner = self.sum()?;
                self.mark(")")?;
                let span = start.to(&self.previous());
                let kind = if word == "softmax" { Kind::Softmax(inner) } else { Kind::Bernoulli(inner) };
                Ok(Expr::new(kind, span))
            }
            "meanfield" => {
                self.advance();
                self.mark("(")?;
                let states = self.sum()?;
                let action = if self.take_mark("|") { Some(self.sum()?) } else { None };
                let strength =
                    if action.is_some() && self.take_word("by") { Some(self.sum()?) } else { None };
                self.mark(")")?;
                Ok(Expr::new(Kind::MeanField { states, action, strength }, start.to(&self.previous())))
            }
            "solve" => {
                self.advance();
                self.mark("(")?;
                let (name, _) = self.name()?;
                self.mark("[")?;
                let (index, span) = self.name()?;
                let set = if self.take_word("in") { Some(self.set()?) } else { None };
                let unknown = Binder { name: index, span, set };
                self.mark("]")?;
                self.mark(")")?;
                let body = self.nested(Self::primary_in_parentheses)?;
                let span = start.to(&body.span);
                Ok(Expr::new(Kind::Solve { unknown, name, body }, span))
            }
            "action" | "circuit" | "ordinal" => {
                self.advance();
                Ok(Expr::new(Kind::Name(word.to_owned()), start))
            }
            _ => {
                let (name, span) = self.name()?;
                Ok(Expr::new(Kind::Name(name), span))
            }
        }
    }

    /// `solve(V[x]) (…)`: the equations' right-hand side stands in parentheses, so that its end is seen.
    fn primary_in_parentheses(&mut self) -> Result<Expr> {
        if self.is_mark("(") { self.primary() } else { self.syntax("`(` and the right-hand side") }
    }
}
