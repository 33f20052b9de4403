//! Expressions, from the weakest operator to the strongest.

use super::cursor::{Parser, Result};
use crate::language::ast::*;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::lexer::Token;
use crate::language::source::Span;
use crate::language::words::RESERVED;
use crate::limits::MAX_EXPONENT;

impl Parser {
    pub(super) fn condition(&mut self) -> Result<Expr> {
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

    pub(super) fn sum(&mut self) -> Result<Expr> {
        self.nested(|parser| {
            let mut left = parser.term()?;
            loop {
                let op = if parser.take_mark("+") {
                    BinaryOp::Add
                } else if parser.take_mark("-") {
                    BinaryOp::Sub
                } else {
                    parser.end_of_sum();
                    return Ok(left);
                };
                let right = parser.term()?;
                let span = left.span.to(&right.span);
                left = parser.bounded(Expr::new(Kind::Binary(op, left, right), span))?;
            }
        })
    }

    /// `/ d` ends the body of a derivative. It is not a division.
    fn at_derivative_bar(&self) -> bool {
        self.is_mark("/") && matches!(self.peek_at(1), Token::Word(word) if word == "d")
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

    /// A factor. After `sum`, `prod` or `E`, the rest of the term is the body.
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
                "E" if *parser.peek_at(1) == Token::Mark("[") => {
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
                    parser.bare_argument(&word)?;
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

    /// An error if the argument of `ln` or `exp` needs parentheses: it ends at the next operator,
    /// so it cannot begin with a sign or with a construct that takes the rest of its term.
    fn bare_argument(&self, function: &str) -> Result<()> {
        let found = match self.peek() {
            Token::Word(word) if matches!(word.as_str(), "sum" | "prod" | "d") => format!("{word}(…) …"),
            Token::Word(word) if word == "E" && *self.peek_at(1) == Token::Mark("[") => "E[…] …".to_owned(),
            Token::Mark("-") => "-x".to_owned(),
            _ => return Ok(()),
        };
        Err(Diagnostic::new(
            Code::Syntax,
            &self.span(),
            format!("the argument of {function} is not in parentheses"),
            format!("put the argument of {function} in parentheses: {function} ({found})"),
        ))
    }

    fn power(&mut self) -> Result<Expr> {
        let base = self.postfix()?;
        if !self.take_mark("^") {
            return Ok(base);
        }
        let negative = self.take_mark("-");
        let span = self.span();
        let Token::Number(number) = self.peek().clone() else {
            return self.syntax("a whole number");
        };
        self.advance();
        let exponent = number
            .is_int()
            .then(|| i32::try_from(number.into_parts().0).ok())
            .flatten()
            .filter(|&exponent| exponent <= MAX_EXPONENT);
        let Some(exponent) = exponent else {
            return Err(Diagnostic::new(
                Code::Syntax,
                &span,
                format!("the exponent is not a whole number of at most {MAX_EXPONENT}"),
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
        let Some(parameter) = letter else {
            if self.is_word("T") {
                return Err(Diagnostic::new(
                    Code::Syntax,
                    &self.span(),
                    format!("`{name}.T` has no meaning here"),
                    format!("a transpose exchanges the indices: {name}[j,i] for {name}.T[i,j]"),
                ));
            }
            return self.syntax("`W`, `U` or `b`");
        };
        self.advance();
        Ok(Expr::new(Kind::Rule { name, arguments, parameter }, expr.span.to(&self.previous())))
    }

    fn primary(&mut self) -> Result<Expr> {
        if self.at_statement() || *self.peek() == Token::End {
            return Err(self.unfinished());
        }
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

    /// The error for a statement or file that ends before an expression.
    fn unfinished(&self) -> Diagnostic {
        let span = self.previous().end();
        let what = "expected an expression, found the end of the statement";
        Diagnostic::new(Code::Syntax, &span, what, "finish the expression, or leave out the sign before it")
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
                    format!("`{word}` takes {arity} arguments, found {}", arguments.len()),
                    "its form is in docs/derivation-language.md",
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
            _ if RESERVED.contains(&word) => Err(Diagnostic::new(
                Code::Syntax,
                &start,
                format!("expected an expression, found `{word}`"),
                match word {
                    "and" | "or" | "not" => {
                        "a condition that counts as a number stands in parentheses: (x == y and u == w)"
                            .to_owned()
                    }
                    "sum" | "prod" => format!("put it in parentheses: ({word}(…) …)"),
                    "ln" | "exp" | "d" => format!("put it in parentheses: ({word} …)"),
                    _ => format!("`{word}` is a word of the language and begins no expression"),
                },
            )),
            _ => {
                let (name, span) = self.name()?;
                Ok(Expr::new(Kind::Name(name), span))
            }
        }
    }

    /// `solve(V[x]) (…)`: the right-hand side is in parentheses, so that its end is clear.
    fn primary_in_parentheses(&mut self) -> Result<Expr> {
        if self.is_mark("(") { self.primary() } else { self.syntax("`(` and the right-hand side") }
    }
}
