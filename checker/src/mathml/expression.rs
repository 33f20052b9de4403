//! Expressions as elements.

use super::name::name;
use super::tag::{fenced, mfrac, mi, mn, mo, msub, msup, mtext, munder, row, thin};
use crate::language::ast::{
    BinaryOp, Binder, Binders, CompareOp, Expr, FoldKind, Function, Kind, Parameter, SetExpr,
};

/// Binding strength: 0 condition, 1 sum, 2 term, 3 factor, 4 what an index or exponent can follow.
fn strength(kind: &Kind) -> u8 {
    match kind {
        Kind::Compare(..) | Kind::And(..) | Kind::Or(..) | Kind::Not(_) => 0,
        Kind::Binary(BinaryOp::Add | BinaryOp::Sub, ..) | Kind::Negate(_) => 1,
        Kind::Binary(BinaryOp::Mul, ..) | Kind::Fold { .. } => 2,
        Kind::Binary(BinaryOp::Div, ..) | Kind::Derivative { .. } | Kind::Power(..) => 3,
        Kind::Function(Function::Exp | Function::Ln, _) | Kind::Function(Function::If, _) => 3,
        Kind::Number(value) if !value.is_int() => 3,
        _ => 4,
    }
}

/// An expression in a place that binds as strongly as `least`. A condition that stands for a
/// number is in Iverson's brackets.
fn write(expr: &Expr, least: u8) -> String {
    let content = kind(&expr.kind);
    match strength(&expr.kind) {
        0 if least > 0 => fenced("[", &content, "]"),
        own if own < least => fenced("(", &content, ")"),
        _ => content,
    }
}

/// A number that may be a sum.
pub(super) fn sum(expr: &Expr) -> String {
    write(expr, 1)
}

fn list(all: &[Expr]) -> String {
    all.iter().map(sum).collect::<Vec<_>>().join(&mo(","))
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Number(value) if value.is_int() => mn(&value.to_string()),
        Kind::Number(value) => {
            mfrac(&mn(&value.numerator().to_string()), &mn(&value.denominator().to_string()))
        }
        Kind::Name(text) => name(text),
        Kind::Index(base, indices) => index(base, &row(&list(indices))),
        Kind::Call(callee, arguments) => write(callee, 4) + &fenced("(", &list(arguments), ")"),
        Kind::Rule { name, arguments, parameter } => update(name, arguments.as_deref(), *parameter, None),
        Kind::Negate(a) => mo("−") + &write(a, 2),
        Kind::Binary(op, a, b) => binary(*op, a, b),
        Kind::Power(a, exponent) => msup(&write(a, 4), &mn(&exponent.to_string().replace('-', "−"))),
        Kind::Compare(op, a, b) => {
            let sign = match op {
                CompareOp::Equal => "=",
                CompareOp::NotEqual => "≠",
                CompareOp::LessEqual => "≤",
                CompareOp::GreaterEqual => "≥",
                CompareOp::Less => "<",
                CompareOp::Greater => ">",
            };
            write(a, 1) + &mo(sign) + &write(b, 1)
        }
        Kind::And(a, b) => joined(a, "∧", b),
        Kind::Or(a, b) => joined(a, "∨", b),
        Kind::Not(a) => mo("¬") + &fenced("(", &write(a, 0), ")"),
        Kind::Function(function, arguments) => self::function(*function, arguments),
        Kind::Fold { fold, binders: bound, body } => {
            let sign = if *fold == FoldKind::Sum { "∑" } else { "∏" };
            munder(&mo(sign), &row(&binders(bound))) + &write(body, 2)
        }
        Kind::Expectation { variable, distribution, condition, body } => {
            let condition = condition.as_ref().map(|of| mo("∣") + &write(of, 0)).unwrap_or_default();
            let below = binder(variable, None) + &mo("∼") + &sum(distribution) + &condition;
            msub(&mi("𝔼"), &row(&below)) + &fenced("[", &sum(body), "]")
        }
        Kind::Derivative { body, target } => derivative(body, target),
        Kind::Softmax(a) => applied("softmax", &sum(a)),
        Kind::Bernoulli(a) => applied("bernoulli", &sum(a)),
        Kind::MeanField { states, action, strength } => {
            let action = action.as_ref().map(|action| mo("∣") + &sum(action)).unwrap_or_default();
            let strength = strength.as_ref().map(|by| mtext(" by ") + &sum(by)).unwrap_or_default();
            applied("meanfield", &(sum(states) + &action + &strength))
        }
        Kind::Solve { unknown, name: own, body } => {
            let solved = msub(&mi("solve"), &msub(&name(own), &binder(unknown, None)));
            solved + &fenced("(", &write(body, 0), ")")
        }
    }
}

/// `base` with indices. Those of a function stand before its arguments.
fn index(base: &Expr, indices: &str) -> String {
    match &*base.kind {
        Kind::Call(callee, arguments) => {
            msub(&write(callee, 4), indices) + &fenced("(", &list(arguments), ")")
        }
        Kind::Rule { name, arguments, parameter } => {
            update(name, arguments.as_deref(), *parameter, Some(indices))
        }
        _ => msub(&row(&write(base, 4)), indices),
    }
}

/// The change that a rule makes.
fn update(rule: &str, arguments: Option<&[Expr]>, parameter: Parameter, indices: Option<&str>) -> String {
    let letter = mi(parameter.letter());
    let entry = indices.map_or(letter.clone(), |indices| msub(&letter, indices));
    let arguments = arguments.map(|all| fenced("(", &list(all), ")")).unwrap_or_default();
    msup(&mi("Δ"), &mtext(rule)) + &entry + &arguments
}

fn binary(op: BinaryOp, a: &Expr, b: &Expr) -> String {
    // A sum takes the rest of its term, so it is the last factor or in parentheses.
    let is_sum = |expr: &Expr| matches!(*expr.kind, Kind::Fold { .. });
    match op {
        BinaryOp::Add => write(a, 1) + &mo("+") + &write(b, 2),
        BinaryOp::Sub => write(a, 1) + &mo("−") + &write(b, 2),
        BinaryOp::Mul => {
            let left = write(a, if is_sum(a) { 3 } else { 2 });
            let right = write(b, if is_sum(b) { 2 } else { 3 });
            let starts_with_number = right.starts_with("<mn>") || right.starts_with("<msup><mn>");
            let sign = if starts_with_number { mo("·") } else { thin() };
            left + &sign + &right
        }
        BinaryOp::Div => mfrac(&sum(a), &sum(b)),
    }
}

fn joined(a: &Expr, sign: &str, b: &Expr) -> String {
    let side = |expr: &Expr| {
        let content = write(expr, 0);
        let is_joined = matches!(*expr.kind, Kind::And(..) | Kind::Or(..));
        if is_joined { fenced("(", &content, ")") } else { content }
    };
    side(a) + &mo(sign) + &side(b)
}

fn applied(function: &str, argument: &str) -> String {
    mi(function) + &fenced("(", argument, ")")
}

fn function(function: Function, arguments: &[Expr]) -> String {
    match (function, arguments) {
        (Function::Exp, [argument]) => applied("exp", &sum(argument)),
        (Function::Ln, [argument]) => {
            mi("ln") + &mo("\u{2061}") + "<mspace width=\"0.17em\"></mspace>" + &write(argument, 4)
        }
        (Function::If, [condition, yes, no]) => {
            let line =
                |value: &Expr, when: String| format!("<mtr><mtd>{}</mtd><mtd>{when}</mtd></mtr>", sum(value));
            let lines = line(yes, mtext("if ") + &write(condition, 0)) + &line(no, mtext("otherwise"));
            row(&(mo("{") + &format!("<mtable columnalign=\"left left\">{lines}</mtable>")))
        }
        (other, arguments) => {
            let name = match other {
                Function::Exp => "exp",
                Function::Ln => "ln",
                Function::Hold => "hold",
                Function::Min => "min",
                Function::Max => "max",
                Function::Clip => "clip",
                Function::If => "if",
            };
            applied(name, &list(arguments))
        }
    }
}

fn derivative(body: &Expr, target: &Expr) -> String {
    let below = mo("∂") + &write(target, 4);
    // What is short stands in the numerator; the rest follows, so that fractions stay readable.
    let is_short = strength(&body.kind) == 4 && body.height <= 3;
    if is_short {
        mfrac(&(mo("∂") + &write(body, 4)), &below)
    } else {
        mfrac(&mo("∂"), &below) + &thin() + &write(body, 4)
    }
}

/// A bound name with its set or, for an argument, its family.
pub(super) fn binder(binder: &Binder, family: Option<&SetExpr>) -> String {
    let own = name(&binder.name);
    match (&binder.set, family) {
        (Some(of), _) => own + &mo("∈") + &set(of),
        (None, Some(of)) => own + &mo(":") + &set(of),
        (None, None) => own,
    }
}

fn set(set: &SetExpr) -> String {
    let argument = set.argument.as_ref().map(|argument| fenced("(", &sum(argument), ")"));
    name(&set.name) + &argument.unwrap_or_default()
}

/// Bound names with their sets, and their condition.
pub(super) fn binders(Binders { list, filter }: &Binders) -> String {
    let names = list.iter().map(|bound| binder(bound, None)).collect::<Vec<_>>().join(&mo(","));
    let filter = filter.as_ref().map(|filter| mo(":") + &write(filter, 0));
    names + &filter.unwrap_or_default()
}
