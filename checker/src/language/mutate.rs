//! Plausible mistakes: makes copies of an expression, each with one mistake.

use dashu_ratio::RBig;

use super::ast::*;
use super::source::Span;

/// A wrong version of an expression.
#[derive(Clone, Debug)]
pub(crate) struct Mutant {
    /// The mistake, in words.
    pub(crate) mutation: String,
    pub(crate) expr: Expr,
}

/// The literal 0.
pub(crate) fn is_zero(expr: &Expr) -> bool {
    matches!(&*expr.kind, Kind::Number(value) if value.is_zero())
}

/// All single mistakes. `units`: the names of the units in the expression. `scaled`: multiples of
/// the whole count as mistakes. They do not if the whole is equal to zero.
pub(crate) fn mutants(expr: &Expr, units: &[String], scaled: bool) -> Vec<Mutant> {
    if is_zero(expr) {
        return vec![Mutant { mutation: "1 for 0".to_owned(), expr: number(1, 1, &expr.span) }];
    }
    let mut found = Vec::new();
    if scaled {
        multiples(expr, units, &mut found);
    }
    found.extend(swapped(expr, units));
    for path in paths(expr) {
        let place = at(expr, &path);
        for (mutation, replacement) in local(place, units) {
            let mut changed = expr.clone();
            *at_mut(&mut changed, &path) = replacement;
            found.push(Mutant { mutation, expr: changed });
        }
    }
    found
}

fn number(top: i64, bottom: u64, span: &Span) -> Expr {
    Expr::new(Kind::Number(RBig::from_parts(top.into(), bottom.into())), span.clone())
}

fn product(factor: Expr, expr: &Expr) -> Expr {
    Expr::new(Kind::Binary(BinaryOp::Mul, factor, expr.clone()), expr.span.clone())
}

fn name(text: &str, span: &Span) -> Expr {
    Expr::new(Kind::Name(text.to_owned()), span.clone())
}

fn multiples(expr: &Expr, units: &[String], found: &mut Vec<Mutant>) {
    let span = &expr.span;
    let mut push = |mutation: &str, expr: Expr| found.push(Mutant { mutation: mutation.to_owned(), expr });
    push("sign", Expr::new(Kind::Negate(expr.clone()), span.clone()));
    push("factor 2", product(number(2, 1, span), expr));
    push("factor 1/2", product(number(1, 2, span), expr));
    if let Some(unit) = units.first() {
        let q = Expr::new(Kind::Index(name("q", span), vec![name(unit, span)]), span.clone());
        let rest = Expr::new(Kind::Binary(BinaryOp::Sub, number(1, 1, span), q), span.clone());
        push("normalised-softmax factor", product(rest, expr));
    }
}

fn swapped(expr: &Expr, units: &[String]) -> Option<Mutant> {
    let [first, second, ..] = units else { return None };
    let mut swapped = expr.clone();
    swap_names(&mut swapped, first, second);
    (swapped != *expr).then(|| Mutant { mutation: "swapped indices".to_owned(), expr: swapped })
}

fn swap_names(expr: &mut Expr, first: &str, second: &str) {
    if let Kind::Name(name) = &mut *expr.kind {
        if name == first {
            *name = second.to_owned();
        } else if name == second {
            *name = first.to_owned();
        }
    }
    expr.children_mut().into_iter().for_each(|child| swap_names(child, first, second));
}

/// Every place in the expression, outermost first, except the target of a derivative.
fn paths(expr: &Expr) -> Vec<Vec<usize>> {
    let mut found = vec![vec![]];
    for (position, child) in expr.children().into_iter().enumerate() {
        if matches!(&*expr.kind, Kind::Derivative { .. }) && position == 1 {
            continue;
        }
        found.extend(paths(child).into_iter().map(|path| [&[position], path.as_slice()].concat()));
    }
    found
}

fn at<'a>(expr: &'a Expr, path: &[usize]) -> &'a Expr {
    path.iter().fold(expr, |expr, &position| expr.children().swap_remove(position))
}

fn at_mut<'a>(expr: &'a mut Expr, path: &[usize]) -> &'a mut Expr {
    path.iter().fold(expr, |expr, &position| expr.children_mut().swap_remove(position))
}

/// Mistakes at one place.
fn local(expr: &Expr, units: &[String]) -> Vec<(String, Expr)> {
    let span = &expr.span;
    let mut found = Vec::new();
    match &*expr.kind {
        Kind::Binary(op @ (BinaryOp::Add | BinaryOp::Sub), a, b) => {
            let flipped = if *op == BinaryOp::Add { BinaryOp::Sub } else { BinaryOp::Add };
            let sign = Expr::new(Kind::Binary(flipped, a.clone(), b.clone()), span.clone());
            found.push((format!("sign of {b}"), sign));
            found.push((format!("dropped term {b}"), a.clone()));
            let rest = if *op == BinaryOp::Add {
                b.clone()
            } else {
                Expr::new(Kind::Negate(b.clone()), span.clone())
            };
            found.push((format!("dropped term {a}"), rest));
        }
        Kind::Binary(BinaryOp::Mul, a, b) => {
            found.push((dropped(a), b.clone()));
            found.push((dropped(b), a.clone()));
        }
        Kind::Binary(BinaryOp::Div, a, b) => found.push((format!("dropped divisor {b}"), a.clone())),
        Kind::Index(base, indices) => {
            if let [first, second] = indices.as_slice() {
                let swapped = vec![second.clone(), first.clone()];
                let swapped = Expr::new(Kind::Index(base.clone(), swapped), span.clone());
                found.push((format!("transposed {expr}"), swapped));
            }
            found.extend(unnormalised(expr, base, indices));
        }
        Kind::Name(own) => {
            if let Some(other) = units.iter().find(|unit| *unit != own).filter(|_| units.contains(own)) {
                found.push((format!("{other} for {own}"), name(other, span)));
            }
            if own == "kappa" {
                found.push(("wrong convention".to_owned(), product(number(2, 1, span), expr)));
                found.push(("convention left out".to_owned(), number(1, 1, span)));
            }
        }
        Kind::MeanField { states, action: Some(_), .. } => {
            let free = Kind::MeanField { states: states.clone(), action: None, strength: None };
            found.push(("activity of the wrong phase".to_owned(), Expr::new(free, span.clone())));
        }
        Kind::Function(Function::Hold, arguments) => {
            found.push(("moving activity for a held one".to_owned(), arguments[0].clone()));
        }
        Kind::Fold { fold, binders, body } if binders.filter.is_some() => {
            let binders = Binders { list: binders.list.clone(), filter: None };
            let all = Kind::Fold { fold: *fold, binders, body: body.clone() };
            found.push(("dropped filter".to_owned(), Expr::new(all, span.clone())));
        }
        _ => {}
    }
    found
}

fn dropped(factor: &Expr) -> String {
    let text = factor.to_string();
    if text.starts_with("mask") { "missing mask".to_owned() } else { format!("dropped factor {text}") }
}

/// `exp(z[i])` for `softmax(z)[i]`.
fn unnormalised(expr: &Expr, base: &Expr, indices: &[Expr]) -> Option<(String, Expr)> {
    let Kind::Softmax(inner) = &*base.kind else { return None };
    let entry = Expr::new(Kind::Index(inner.clone(), indices.to_vec()), expr.span.clone());
    let exp = Expr::new(Kind::Function(Function::Exp, vec![entry]), expr.span.clone());
    Some((format!("unnormalised {expr}"), exp))
}
