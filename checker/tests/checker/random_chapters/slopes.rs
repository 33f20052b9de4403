//! Derivatives by the rules of the textbook.

use super::Fresh;
use super::expression::{Condition, Expr, Family, Name, Set, Var};

/// By which entry.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) family: Family,
    pub(super) at: &'a [Name],
}

/// The derivative of an expression; `None` where no rule is known here, or where it is zero.
pub(super) fn slope(expr: &Expr, by: Entry<'_>, drive: &Expr, fresh: &mut Fresh) -> Option<Expr> {
    match expr {
        Expr::Entry(family, at) => entry(*family, at, by, drive, fresh),
        Expr::Add(parts) => {
            let terms: Vec<Expr> = parts.iter().filter_map(|part| slope(part, by, drive, fresh)).collect();
            (!terms.is_empty()).then_some(Expr::Add(terms))
        }
        Expr::Mul(parts) => {
            let mut terms = Vec::new();
            for (place, part) in parts.iter().enumerate() {
                if let Some(moved) = slope(part, by, drive, fresh) {
                    let mut factors = parts.clone();
                    factors[place] = moved;
                    terms.push(Expr::Mul(factors));
                }
            }
            (!terms.is_empty()).then_some(Expr::Add(terms))
        }
        Expr::Div(top, bottom) => {
            let upper = slope(top, by, drive, fresh).map(|moved| moved.times((**bottom).clone()));
            let lower = slope(bottom, by, drive, fresh).map(|moved| moved.times((**top).clone()).negative());
            let terms: Vec<Expr> = upper.into_iter().chain(lower).collect();
            let square = Expr::Pow(bottom.clone(), 2);
            (!terms.is_empty()).then(|| Expr::Add(terms).over(square))
        }
        Expr::Pow(base, power) => {
            let moved = slope(base, by, drive, fresh)?;
            let lower = Expr::Pow(base.clone(), power - 1);
            Some(Expr::Mul(vec![Expr::number(i64::from(*power)), lower, moved]))
        }
        Expr::Exp(body) => Some(slope(body, by, drive, fresh)?.times(expr.clone())),
        Expr::Ln(body) => Some(slope(body, by, drive, fresh)?.over((**body).clone())),
        Expr::Sum(var, filter, body) => {
            Some(Expr::Sum(*var, filter.clone(), Box::new(slope(body, by, drive, fresh)?)))
        }
        Expr::Product(var, body) if body.is_positive() => {
            let part = slope(body, by, drive, fresh)?.over((**body).clone());
            Some(expr.clone().times(renewed(&Expr::sum(*var, part), fresh)))
        }
        _ => None,
    }
}

fn entry(family: Family, at: &[Name], by: Entry<'_>, drive: &Expr, fresh: &mut Fresh) -> Option<Expr> {
    if family == by.family {
        let same = |(&i, &j): (&Name, &Name)| Expr::Truth(Condition::Same(i, j));
        let factors: Vec<Expr> = at.iter().zip(by.at).map(same).collect();
        return Some(if factors.is_empty() { Expr::number(1) } else { Expr::Mul(factors) });
    }
    match family {
        Family::Drive => slope(&of_unit(drive, at[0], fresh), by, drive, fresh),
        // A softmax, at the derivatives of its arguments.
        Family::Rate => softmax(Family::Rate, at[0], fresh, &mut |unit, fresh| {
            entry(Family::Drive, &[unit], by, drive, fresh)
        }),
        Family::Q => softmax(Family::Q, at[0], fresh, &mut |unit, fresh| field(unit, by, fresh)),
        Family::Z => field(at[0], by, fresh),
        _ => None,
    }
}

fn softmax(
    family: Family,
    unit: Name,
    fresh: &mut Fresh,
    moved: &mut dyn FnMut(Name, &mut Fresh) -> Option<Expr>,
) -> Option<Expr> {
    let other = Var { name: fresh.unit(), set: Set::Beside(unit) };
    let own = moved(unit, fresh)?;
    let mean = Expr::sum(other, Expr::entry(family, [other.name]).times(moved(other.name, fresh)?));
    Some(Expr::entry(family, [unit]).times(own.plus(mean.negative())))
}

/// How the net input of a unit moves: at once, and through the rates.
fn field(unit: Name, by: Entry<'_>, fresh: &mut Fresh) -> Option<Expr> {
    let direct = match (by.family, by.at) {
        (Family::B, &[i]) => Expr::Truth(Condition::Same(unit, i)),
        (Family::U, &[k, i]) => Expr::entry(Family::S, [k]).times(Expr::Truth(Condition::Same(unit, i))),
        (Family::S, &[k]) => Expr::entry(Family::U, [k, unit]),
        _ => return None,
    };
    let other = Var { name: fresh.unit(), set: Set::Units };
    let pair = Expr::entry(Family::W, [unit, other.name]).plus(Expr::entry(Family::W, [other.name, unit]));
    let moved = Expr::Slope(Box::new(Expr::entry(Family::Q, [other.name])), by.family, by.at.to_vec());
    Some(direct.plus(Expr::Kappa.times(Expr::sum(other, pair.times(moved)))))
}

/// The definition `drive`, of this unit.
pub(super) fn of_unit(drive: &Expr, unit: Name, fresh: &mut Fresh) -> Expr {
    renamed(&renewed(drive, fresh), ('i', 0), unit)
}

/// The same expression with new names for what it binds.
pub(super) fn renewed(expr: &Expr, fresh: &mut Fresh) -> Expr {
    let mut found = expr.clone();
    for child in found.children_mut() {
        *child = renewed(child, fresh);
    }
    let (old, new) = match &found {
        Expr::Sum(var, _, _) | Expr::Product(var, _) => (var.name, fresh.like(var.name)),
        Expr::Expect(v, _, _) => (*v, fresh.like(*v)),
        _ => return found,
    };
    match &mut found {
        Expr::Sum(var, filter, body) => {
            var.name = new;
            *filter = filter.take().map(|filter| condition_renamed(&filter, old, new));
            **body = renamed(body, old, new);
        }
        Expr::Product(var, body) => {
            var.name = new;
            **body = renamed(body, old, new);
        }
        Expr::Expect(v, _, body) => {
            *v = new;
            **body = renamed(body, old, new);
        }
        _ => {}
    }
    found
}

/// The expression with another name for one that is free in it.
pub(super) fn renamed(expr: &Expr, old: Name, new: Name) -> Expr {
    let other = |name: Name| if name == old { new } else { name };
    let mut found = expr.clone();
    for child in found.children_mut() {
        *child = renamed(child, old, new);
    }
    match &mut found {
        Expr::Entry(_, names) | Expr::Slope(_, _, names) => {
            names.iter_mut().for_each(|name| *name = other(*name));
        }
        Expr::Won(v, i) => (*v, *i) = (other(*v), other(*i)),
        Expr::Truth(condition) => *condition = condition_renamed(condition, old, new),
        Expr::Sum(var, filter, _) => {
            if let Set::Beside(unit) = &mut var.set {
                *unit = other(*unit);
            }
            *filter = filter.take().map(|filter| condition_renamed(&filter, old, new));
        }
        Expr::Product(var, _) => {
            if let Set::Beside(unit) = &mut var.set {
                *unit = other(*unit);
            }
        }
        _ => {}
    }
    found
}

fn condition_renamed(condition: &Condition, old: Name, new: Name) -> Condition {
    let other = |name: Name| if name == old { new } else { name };
    match condition {
        Condition::Same(i, j) => Condition::Same(other(*i), other(*j)),
        Condition::Together(i, j) => Condition::Together(other(*i), other(*j)),
        Condition::Connected(i, j) => Condition::Connected(other(*i), other(*j)),
        Condition::At(name, place) => Condition::At(other(*name), *place),
        Condition::Far(i) => Condition::Far(other(*i)),
        Condition::Alone(i) => Condition::Alone(other(*i)),
        Condition::Size(Set::Beside(unit), size) => Condition::Size(Set::Beside(other(*unit)), *size),
        Condition::Not(inner) => Condition::Not(Box::new(condition_renamed(inner, old, new))),
        Condition::And(left, right) => Condition::And(
            Box::new(condition_renamed(left, old, new)),
            Box::new(condition_renamed(right, old, new)),
        ),
        closed => closed.clone(),
    }
}
