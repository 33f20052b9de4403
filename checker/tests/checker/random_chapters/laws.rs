//! Laws by which an expression is rewritten without a change of its value.

use super::dice::Dice;
use super::expression::{Condition, Expr, Family, Name, Set, Var};
use super::slopes::{of_unit, renamed};
use super::{Fresh, Scope};

/// Where a rewritten node stands.
pub(super) struct Place<'a> {
    pub(super) scope: &'a Scope,
    /// Inside a derivative, weights are moved one at a time: what is true of their values is not
    /// true there.
    pub(super) moved: bool,
    pub(super) drive: &'a Expr,
}

/// Calls `change` on the node with this number, counted depth-first.
pub(super) fn alter(
    expr: &mut Expr,
    number: &mut usize,
    (scope, moved): (&mut Scope, bool),
    change: &mut dyn FnMut(&mut Expr, &Scope, bool),
) {
    if *number == 0 {
        change(expr, scope, moved);
    }
    *number = number.wrapping_sub(1);
    let depth = (scope.vars.len(), scope.configurations.len());
    match expr {
        Expr::Sum(var, _, _) | Expr::Product(var, _) => scope.vars.push(*var),
        Expr::Expect(v, _, _) => scope.configurations.push(*v),
        _ => {}
    }
    let moved = moved || matches!(expr, Expr::Slope(..));
    for child in expr.children_mut() {
        // A changed node is left behind with a number that no node reaches.
        if *number <= usize::MAX / 2 {
            alter(child, number, (scope, moved), change);
        }
    }
    scope.vars.truncate(depth.0);
    scope.configurations.truncate(depth.1);
}

/// The expression, rewritten by one law that applies.
pub(super) fn rewritten(expr: &Expr, place: &Place<'_>, dice: &mut Dice, fresh: &mut Fresh) -> Option<Expr> {
    let of_kind = match expr {
        Expr::Add(parts) | Expr::Mul(parts) if dice.below(4) == 0 => {
            let sum = matches!(expr, Expr::Add(_));
            let mut turned = parts.clone();
            turned.rotate_left(1);
            Some(if sum { Expr::Add(turned) } else { Expr::Mul(turned) })
        }
        Expr::Mul(parts) => distributed(parts),
        Expr::Kappa => Some(
            Expr::Pow(Box::new(Expr::Kappa), 2)
                .times(Expr::number(2))
                .plus(Expr::number(1))
                .over(Expr::number(3)),
        ),
        Expr::Entry(family, at) => entry(*family, at, place, dice, fresh),
        Expr::Truth(Condition::Same(i, j)) => Some(Expr::Truth(Condition::Same(*j, *i))),
        Expr::Truth(condition) => {
            let other = Condition::Not(Box::new(condition.clone()));
            Some(Expr::number(1).plus(Expr::Truth(other).negative()))
        }
        Expr::Div(top, bottom) if dice.below(2) == 0 => {
            Some((**top).clone().times(Expr::Pow(bottom.clone(), -1)))
        }
        Expr::Div(top, bottom) => {
            let factor = positive(place.scope, dice);
            Some((**top).clone().times(factor.clone()).over((**bottom).clone().times(factor)))
        }
        Expr::Pow(base, power) if *power > 1 => {
            Some((**base).clone().times(Expr::Pow(base.clone(), power - 1)))
        }
        Expr::Exp(body) => match &**body {
            Expr::Add(parts) => Some(Expr::Mul(parts.iter().map(|part| part.clone().exp()).collect())),
            one => Some(Expr::Pow(Box::new(one.clone().over(Expr::number(2)).exp()), 2)),
        },
        Expr::Ln(body) => match &**body {
            Expr::Mul(parts) if body.is_positive() => {
                Some(Expr::Add(parts.iter().map(|part| part.clone().ln()).collect()))
            }
            Expr::Div(top, bottom) if body.is_positive() => {
                Some((**top).clone().ln().plus((**bottom).clone().ln().negative()))
            }
            Expr::Exp(inner) => Some((**inner).clone()),
            _ => None,
        },
        Expr::Sum(var, None, body) => summed(*var, body, place.scope, dice),
        Expr::Product(var, body) if body.is_positive() => Some(Expr::sum(*var, (**body).clone().ln()).exp()),
        Expr::Expect(v, free, body) => match &**body {
            Expr::Add(parts) => Some(Expr::Add(
                parts.iter().map(|part| Expr::Expect(*v, *free, Box::new(part.clone()))).collect(),
            )),
            _ => None,
        },
        _ => None,
    };
    if of_kind.is_some() && dice.below(3) > 0 { of_kind } else { anything(expr, place.scope, dice, fresh) }
}

/// One factor that is a sum, multiplied out.
fn distributed(factors: &[Expr]) -> Option<Expr> {
    let place = factors.iter().position(|factor| matches!(factor, Expr::Add(_)))?;
    let Expr::Add(terms) = &factors[place] else { return None };
    let term = |term: &Expr| {
        let mut product = factors.to_vec();
        product[place] = term.clone();
        Expr::Mul(product)
    };
    Some(Expr::Add(terms.iter().map(term).collect()))
}

fn entry(family: Family, at: &[Name], place: &Place<'_>, dice: &mut Dice, fresh: &mut Fresh) -> Option<Expr> {
    let unit = *at.first()?;
    match family {
        Family::W if !place.moved => Some(match dice.below(3) {
            0 => Expr::entry(Family::W, [at[1], unit]),
            1 => Expr::entry(Family::Mask, [unit, at[1]]).times(Expr::entry(Family::W, [unit, at[1]])),
            _ => Expr::entry(Family::W, [unit, at[1]])
                .plus(Expr::entry(Family::W, [at[1], unit]))
                .over(Expr::number(2)),
        }),
        Family::Mask => Some(Expr::Pow(Box::new(Expr::entry(Family::Mask, [at[1], unit])), 2)),
        Family::Drive => Some(of_unit(place.drive, unit, fresh)),
        Family::Rate | Family::Q if dice.below(3) > 0 => {
            let argument = if family == Family::Q { Family::Z } else { Family::Drive };
            let other = Var { name: fresh.unit(), set: Set::Beside(unit) };
            let total = Expr::sum(other, Expr::entry(argument, [other.name]).exp());
            Some(Expr::entry(argument, [unit]).exp().over(total))
        }
        Family::Q => {
            let v = fresh.like(('v', 0));
            Some(Expr::Expect(v, true, Box::new(Expr::Won(v, unit))))
        }
        Family::Z => {
            let other = Var { name: fresh.unit(), set: Set::Units };
            let state = Var { name: fresh.like(('k', 0)), set: Set::States };
            let pair =
                Expr::entry(Family::W, [unit, other.name]).plus(Expr::entry(Family::W, [other.name, unit]));
            let recurrent =
                Expr::Kappa.times(Expr::sum(other, pair.times(Expr::entry(Family::Q, [other.name]))));
            let input =
                Expr::entry(Family::U, [state.name, unit]).times(Expr::entry(Family::S, [state.name]));
            Some(Expr::Add(vec![recurrent, Expr::sum(state, input), Expr::entry(Family::B, [unit])]))
        }
        _ => None,
    }
}

/// A sum in two parts.
fn summed(var: Var, body: &Expr, scope: &Scope, dice: &mut Dice) -> Option<Expr> {
    // A unit that may be one of those that are summed over.
    let others: Vec<Name> = match var.set {
        Set::Beside(unit) => vec![unit],
        set => [scope.of(set), scope.of(Set::Units)].concat(),
    };
    let part = |filter: Condition| Expr::Sum(var, Some(filter), Box::new(body.clone()));
    if var.set == Set::Units && dice.below(2) == 0 {
        let hidden = Var { set: Set::Hidden, ..var };
        let actions = Var { name: ('a', var.name.1), set: Set::Actions };
        return Some(
            Expr::sum(hidden, body.clone()).plus(Expr::sum(actions, renamed(body, var.name, actions.name))),
        );
    }
    let filter = if var.set == Set::States || others.is_empty() {
        Condition::At(var.name, 0)
    } else {
        Condition::Same(var.name, dice.pick(&others))
    };
    Some(part(filter.clone()).plus(part(Condition::Not(Box::new(filter)))))
}

fn positive(scope: &Scope, dice: &mut Dice) -> Expr {
    let mut from = vec![Expr::number(3), Expr::entry::<0>(Family::A, []).exp()];
    from.extend(scope.units().into_iter().map(|i| Expr::entry(Family::Q, [i])));
    from.extend(scope.of(Set::States).into_iter().map(|k| Expr::entry(Family::S, [k])));
    dice.pick(&from)
}

/// What may be written for any number.
fn anything(expr: &Expr, scope: &Scope, dice: &mut Dice, fresh: &mut Fresh) -> Option<Expr> {
    let units = scope.units();
    Some(match dice.below(6) {
        0 => expr.clone().over(Expr::number(2)).plus(Expr::Number(1, 2).times(expr.clone())),
        1 if expr.is_positive() => expr.clone().ln().exp(),
        2 if !units.is_empty() => {
            let unit = dice.pick(&units);
            let other = Var { name: fresh.unit(), set: Set::Beside(unit) };
            expr.clone().times(Expr::sum(other, Expr::entry(Family::Q, [other.name])))
        }
        3 => {
            let factor = positive(scope, dice);
            expr.clone().times(factor.clone()).over(factor)
        }
        4 => Expr::Expect(fresh.like(('v', 0)), dice.below(2) == 0, Box::new(expr.clone())),
        _ if units.len() > 1 => {
            let together = Condition::Together(units[0], units[1]);
            let apart = Condition::Not(Box::new(together.clone()));
            expr.clone().times(Expr::Truth(together)).plus(expr.clone().times(Expr::Truth(apart)))
        }
        _ => return None,
    })
}
