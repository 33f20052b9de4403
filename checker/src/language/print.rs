//! Expressions as text, for mutants, which have no source text.

use std::fmt;

use super::ast::*;

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_expr(f, self, 0)
    }
}

/// Binding strength: 0 condition, 1 sum, 2 term, 3 factor, 4 postfix.
fn strength(kind: &Kind) -> u8 {
    match kind {
        Kind::Compare(..) | Kind::And(..) | Kind::Or(..) | Kind::Not(_) => 0,
        Kind::Binary(BinaryOp::Add | BinaryOp::Sub, ..) => 1,
        Kind::Binary(..) | Kind::Negate(_) | Kind::Fold { .. } | Kind::Expectation { .. } => 2,
        Kind::Function(Function::Exp | Function::Ln, _) | Kind::Derivative { .. } | Kind::Power(..) => 3,
        Kind::Solve { .. } => 3,
        _ => 4,
    }
}

fn write_expr(f: &mut fmt::Formatter<'_>, expr: &Expr, least: u8) -> fmt::Result {
    if strength(&expr.kind) < least {
        write!(f, "(")?;
        write_kind(f, &expr.kind)?;
        return write!(f, ")");
    }
    write_kind(f, &expr.kind)
}

fn write_list(f: &mut fmt::Formatter<'_>, list: &[Expr]) -> fmt::Result {
    for (at, expr) in list.iter().enumerate() {
        if at > 0 {
            write!(f, ",")?;
        }
        write_expr(f, expr, 0)?;
    }
    Ok(())
}

fn write_binary(f: &mut fmt::Formatter<'_>, sign: &str, a: (&Expr, u8), b: (&Expr, u8)) -> fmt::Result {
    write_expr(f, a.0, a.1)?;
    write!(f, "{sign}")?;
    write_expr(f, b.0, b.1)
}

fn write_kind(f: &mut fmt::Formatter<'_>, kind: &Kind) -> fmt::Result {
    match kind {
        Kind::Number(value) if value.is_int() => write!(f, "{value}"),
        Kind::Number(value) => write!(f, "({value})"),
        Kind::Name(name) => write!(f, "{name}"),
        Kind::Index(base, indices) => {
            write_expr(f, base, 4)?;
            write!(f, "[")?;
            write_list(f, indices)?;
            write!(f, "]")
        }
        Kind::Call(callee, arguments) => {
            write_expr(f, callee, 4)?;
            write!(f, "(")?;
            write_list(f, arguments)?;
            write!(f, ")")
        }
        Kind::Rule { name, arguments, parameter } => {
            write!(f, "{name}")?;
            if let Some(arguments) = arguments {
                write!(f, "(")?;
                write_list(f, arguments)?;
                write!(f, ")")?;
            }
            write!(f, ".{}", parameter.letter())
        }
        Kind::Negate(a) => {
            write!(f, "-")?;
            write_expr(f, a, 3)
        }
        Kind::Binary(op, a, b) => {
            // A sum or an expectation takes the rest of its term, so it must be last or in
            // parentheses.
            let left = if matches!(*a.kind, Kind::Fold { .. } | Kind::Expectation { .. }) { 3 } else { 2 };
            match op {
                BinaryOp::Add => write_binary(f, " + ", (a, 1), (b, 2)),
                BinaryOp::Sub => write_binary(f, " - ", (a, 1), (b, 2)),
                BinaryOp::Mul => write_binary(f, "*", (a, left), (b, 3)),
                BinaryOp::Div => write_binary(f, " / ", (a, left), (b, 3)),
            }
        }
        Kind::Power(a, exponent) => {
            write_expr(f, a, 4)?;
            write!(f, "^{exponent}")
        }
        Kind::Compare(op, a, b) => {
            let sign = match op {
                CompareOp::Equal => " == ",
                CompareOp::NotEqual => " != ",
                CompareOp::LessEqual => " <= ",
                CompareOp::GreaterEqual => " >= ",
                CompareOp::Less => " < ",
                CompareOp::Greater => " > ",
            };
            write_binary(f, sign, (a, 1), (b, 1))
        }
        Kind::And(a, b) => write_binary(f, " and ", (a, 0), (b, 0)),
        Kind::Or(a, b) => write_binary(f, " or ", (a, 0), (b, 0)),
        Kind::Not(a) => {
            write!(f, "not ")?;
            write_expr(f, a, 1)
        }
        Kind::Function(function, arguments) => write_function(f, *function, arguments),
        Kind::Fold { fold, binders, body } => {
            write!(f, "{}({binders}) ", if *fold == FoldKind::Sum { "sum" } else { "prod" })?;
            write_expr(f, body, 2)
        }
        Kind::Expectation { variable, distribution, condition, body } => {
            write!(f, "E[{variable} ~ ")?;
            write_expr(f, distribution, 1)?;
            if let Some(condition) = condition {
                write!(f, " | ")?;
                write_expr(f, condition, 0)?;
            }
            write!(f, "] ")?;
            write_expr(f, body, 2)
        }
        Kind::Derivative { body, target } => {
            write!(f, "d ")?;
            write_expr(f, body, 3)?;
            write!(f, " / d ")?;
            write_expr(f, target, 4)
        }
        Kind::Softmax(a) => {
            write!(f, "softmax(")?;
            write_expr(f, a, 1)?;
            write!(f, ")")
        }
        Kind::Bernoulli(a) => {
            write!(f, "bernoulli(")?;
            write_expr(f, a, 1)?;
            write!(f, ")")
        }
        Kind::MeanField { states, action, strength } => {
            write!(f, "meanfield(")?;
            write_expr(f, states, 1)?;
            if let Some(action) = action {
                write!(f, " | ")?;
                write_expr(f, action, 1)?;
            }
            if let Some(strength) = strength {
                write!(f, " by ")?;
                write_expr(f, strength, 1)?;
            }
            write!(f, ")")
        }
        Kind::Solve { unknown, name, body } => {
            write!(f, "solve({name}[{unknown}]) (")?;
            write_expr(f, body, 0)?;
            write!(f, ")")
        }
    }
}

fn write_function(f: &mut fmt::Formatter<'_>, function: Function, arguments: &[Expr]) -> fmt::Result {
    let name = match function {
        Function::Exp => "exp",
        Function::Ln => "ln",
        Function::Hold => "hold",
        Function::Min => "min",
        Function::Max => "max",
        Function::Clip => "clip",
        Function::If => "if",
    };
    if let (Function::Exp | Function::Ln, [argument]) = (function, arguments) {
        write!(f, "{name} ")?;
        return write_expr(f, argument, 4);
    }
    write!(f, "{name}(")?;
    write_list(f, arguments)?;
    write!(f, ")")
}

impl fmt::Display for Binder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        match &self.set {
            Some(set) => write!(f, " in {set}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for SetExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        match &self.argument {
            Some(argument) => write!(f, "({argument})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Binders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, binder) in self.list.iter().enumerate() {
            if at > 0 {
                write!(f, ", ")?;
            }
            write!(f, "{binder}")?;
        }
        match &self.filter {
            Some(filter) => write!(f, " where {filter}"),
            None => Ok(()),
        }
    }
}
