//! A random identity, and the same broken in one place.

use super::dice::Dice;
use super::expression::{Condition, Expr, Family, Name, Set, Var};
use super::laws::{Place, alter, rewritten};
use super::oracle::{Names, Network};
use super::slopes::{Entry, slope};
use super::{Fresh, Scope};

/// The kind of a claim that is not broken.
pub(super) const TRUE: &str = "true";

/// A chapter with a true claim `T` and a false one `F`, and where the latter is broken.
pub(super) struct Pair {
    pub(super) text: String,
    pub(super) broken: &'static str,
}

/// Sides differ by rounding, and by a finite difference, where they are the same.
const SAME: f64 = 1e-5;

/// They differ by this much on some network where they are not.
const DIFFERENT: f64 = 1e-3;

/// Nodes of a side at most, so that a chapter is checked in a moment.
const NODES: usize = 45;

/// Nesting of a side: the language stops at 64 parts of its grammar, of which a level here has up
/// to four.
const DEPTH: usize = 12;

/// Leaves that are visited for the value of a side at most, about.
const COST: usize = 3000;

pub(super) fn pair(dice: &mut Dice) -> Pair {
    loop {
        if let Some(pair) = attempt(dice) {
            return pair;
        }
    }
}

fn attempt(dice: &mut Dice) -> Option<Pair> {
    let scope = Scope { vars: binders(dice), configurations: vec![] };
    let mut fresh = Fresh(0);
    let drive = drive(dice);
    let (left, mut right) = sides(&scope, dice, &mut fresh, &drive)?;
    for _ in 0..2 + dice.below(4) {
        let mut number = dice.below(right.nodes());
        alter(&mut right, &mut number, (&mut scope.clone(), false), &mut |node, scope, moved| {
            let place = Place { scope, moved, drive: &drive };
            if let Some(other) = rewritten(node, &place, dice, &mut fresh) {
                *node = other;
            }
        });
    }
    let large = right.nodes() > NODES || right.depth() > DEPTH || left.cost().max(right.cost()) > COST;
    if left == right || large {
        return None;
    }
    let mut broken = right.clone();
    let kind = breaks(&mut broken, &scope, dice);
    let (mut seen, mut moderate) = (false, true);
    Network::each(dice, &drive, &mut |network, dice| {
        for mut names in network.instances(dice, &scope.vars) {
            let worth = |side: &Expr, names: &mut Names| network.value(side, names);
            let (from, to) = (worth(&left, &mut names), worth(&right, &mut names));
            let other = worth(&broken, &mut names);
            let size = from.abs().max(to.abs()).max(1.0);
            // What is large or has no value tells nothing here.
            moderate &= (from + to + other).is_finite() && size < 1e4;
            if !moderate {
                break;
            }
            assert!((from - to).abs() <= SAME * size, "{left} = {right}: {from} and {to}, drive {drive}");
            seen |= (other - from).abs() > DIFFERENT * size;
        }
        moderate
    });
    let binders: Vec<String> = scope.vars.iter().map(Var::to_string).collect();
    let quantified = format!("for {}", binders.join(", "));
    (seen && moderate).then(|| Pair {
        text: format!(
            "# Random\n\nA random identity, and the same broken in one place.\n\n```svpg\nnetwork rwta(S, G, D, A)\n\
             let drive[i] = {drive}\nlet rate = softmax(drive)\n\
             claim T \"true\" {quantified}: {left} = {right}\n\
             claim F \"broken\" {quantified}: {left} = {broken}   expect refuted\n```\n"
        ),
        broken: kind,
    })
}

/// Two units and a state, or fewer.
fn binders(dice: &mut Dice) -> Vec<Var> {
    let var = |letter: char, set: Set| Var { name: (letter, 0), set };
    let (i, j, k, a) =
        (var('i', Set::Units), var('j', Set::Hidden), var('k', Set::States), var('a', Set::Actions));
    let all = var('j', Set::Units);
    dice.pick(&[vec![i], vec![i, all], vec![i, j], vec![i, a], vec![i, k], vec![a, k], vec![j, a]])
}

/// The body of a definition over the unit `i`.
fn drive(dice: &mut Dice) -> Expr {
    let unit = ('i', 0);
    let state = Var { name: ('k', 90), set: Set::States };
    let bias = Expr::entry(Family::B, [unit]);
    let input = Expr::sum(
        state,
        Expr::entry(Family::U, [state.name, unit]).times(Expr::entry(Family::S, [state.name])),
    );
    let advantage = Expr::Entry(Family::A, vec![]);
    dice.pick(&[
        bias.clone().plus(input.clone()),
        bias.clone().times(advantage.clone()).plus(input.clone()),
        Expr::Pow(Box::new(bias.clone()), 2).plus(advantage),
        Expr::number(2).times(bias).plus(input),
    ])
}

/// Both sides before they are rewritten: the same, or a derivative by rule.
fn sides(scope: &Scope, dice: &mut Dice, fresh: &mut Fresh, drive: &Expr) -> Option<(Expr, Expr)> {
    let body = random(scope, 2, dice, fresh);
    let unit = dice.pick(&scope.units());
    let (family, at) = match scope.of(Set::States).first() {
        Some(&state) if dice.below(2) == 0 => {
            dice.pick(&[(Family::U, vec![state, unit]), (Family::S, vec![state])])
        }
        _ => dice.pick(&[(Family::B, vec![unit]), (Family::A, vec![])]),
    };
    if dice.below(2) == 0 {
        return Some((body.clone(), body));
    }
    let by = Entry { family, at: &at };
    let body = body.plus(moving(scope, family, &at, dice));
    // `slope` has no rule for these.
    let unknown = body.any(&|part| matches!(part, Expr::Expect(..) | Expr::Product(..)));
    let moved = if unknown { None } else { slope(&body, by, drive, fresh) }?;
    Some((Expr::Slope(Box::new(body), family, at), moved))
}

/// Something that moves with the entry.
fn moving(scope: &Scope, family: Family, at: &[Name], dice: &mut Dice) -> Expr {
    let unit = dice.pick(&scope.units());
    let own = Expr::Entry(family, at.to_vec());
    match (family, dice.below(3)) {
        (_, 0) => Expr::Pow(Box::new(own), 2),
        (Family::A, _) | (_, 1) => own.times(Expr::entry(Family::Q, [unit])),
        _ => own.plus(Expr::entry(Family::Q, [unit]).ln()),
    }
}

fn leaf(scope: &Scope, dice: &mut Dice) -> Expr {
    let units = scope.units();
    let i = dice.pick(&units);
    let mut from = vec![
        Expr::number(1 + dice.below(4) as i64),
        Expr::Kappa,
        Expr::Entry(Family::A, vec![]),
        Expr::entry(Family::B, [i]),
        Expr::entry(Family::Q, [i]),
        Expr::entry(Family::Z, [i]),
        Expr::entry(Family::Rate, [i]),
        Expr::entry(Family::Drive, [i]),
    ];
    let j = dice.pick(&units);
    if i != j {
        from.extend([
            Expr::entry(Family::W, [i, j]),
            Expr::entry(Family::Mask, [i, j]),
            Expr::entry(Family::W, [i, j]),
            Expr::Truth(Condition::Same(i, j)),
            Expr::Truth(Condition::Together(i, j)),
        ]);
    }
    for k in scope.of(Set::States) {
        from.extend([Expr::entry(Family::S, [k]), Expr::entry(Family::U, [k, i])]);
    }
    from.extend(scope.of(Set::Actions).into_iter().map(|a| Expr::entry(Family::R, [a])));
    from.extend(scope.configurations.iter().map(|&v| Expr::Won(v, i)));
    dice.pick(&from)
}

fn random(scope: &Scope, depth: usize, dice: &mut Dice, fresh: &mut Fresh) -> Expr {
    if depth == 0 {
        return leaf(scope, dice);
    }
    let mut inner = |dice: &mut Dice| random(scope, depth - 1, dice, fresh);
    match dice.below(9) {
        0 | 1 => inner(dice).plus(inner(dice)),
        2 | 3 => inner(dice).times(inner(dice)),
        4 => Expr::Pow(Box::new(inner(dice)), 2 + dice.below(2) as i32),
        5 => leaf(scope, dice).times(Expr::Entry(Family::A, vec![])).exp(),
        6 => {
            let unit = dice.pick(&scope.units());
            let bottom = dice.pick(&[
                Expr::entry(Family::Q, [unit]),
                Expr::entry(Family::Rate, [unit]).plus(Expr::number(2)),
                Expr::number(1).plus(Expr::entry(Family::B, [unit]).exp()),
            ]);
            if dice.below(2) == 0 { inner(dice).over(bottom) } else { bottom.ln() }
        }
        7 => {
            let unit = dice.pick(&scope.units());
            let (letter, set) = dice.pick(&[
                ('l', Set::Units),
                ('h', Set::Hidden),
                ('a', Set::Actions),
                ('k', Set::States),
                ('m', Set::Beside(unit)),
            ]);
            let var = Var { name: fresh.like((letter, 0)), set };
            let mut scope = scope.clone();
            scope.vars.push(var);
            let body = random(&scope, depth - 1, dice, fresh).times(leaf(&scope, dice));
            if letter == 'k' && dice.below(3) == 0 {
                let factor = Expr::number(1).plus(Expr::entry(Family::S, [var.name]));
                return Expr::Product(var, Box::new(factor));
            }
            Expr::sum(var, body)
        }
        _ => {
            let v = fresh.like(('v', 0));
            let unit = dice.pick(&scope.units());
            let mut scope = scope.clone();
            scope.configurations.push(v);
            let body = random(&scope, depth - 1, dice, fresh).times(Expr::Won(v, unit));
            Expr::Expect(v, dice.below(2) == 0, Box::new(body))
        }
    }
}

/// Breaks one node, in some class or in all, and says where.
fn breaks(expr: &mut Expr, scope: &Scope, dice: &mut Dice) -> &'static str {
    let mut kind = "";
    let mut number = dice.below(expr.nodes());
    alter(expr, &mut number, (&mut scope.clone(), false), &mut |node, scope, _| {
        let (name, factor) = factor(scope, dice);
        kind = name;
        let old = node.clone();
        *node = if dice.below(4) == 0 {
            old.plus(factor.clone().plus(Expr::number(-1)))
        } else {
            old.times(factor)
        };
    });
    kind
}

/// A factor that is one but in some class.
fn factor(scope: &Scope, dice: &mut Dice) -> (&'static str, Expr) {
    let units = scope.units();
    let i = dice.pick(&units);
    let j = dice.pick(&units);
    let mut from = vec![
        ("in full", Condition::Full),
        ("in half", Condition::Not(Box::new(Condition::Full))),
        ("three actions", Condition::Size(Set::Actions, 3)),
        ("three states", Condition::Size(Set::States, 3)),
        ("three circuits", Condition::Circuits(3)),
        ("four circuits", Condition::Circuits(4)),
        ("nothing connected", Condition::Empty),
        ("size of a circuit", Condition::Size(Set::Beside(i), 3)),
        ("an isolated circuit", Condition::Alone(i)),
        (
            "far from the actions",
            Condition::And(
                Box::new(Condition::Far(i)),
                Box::new(Condition::Not(Box::new(Condition::Alone(i)))),
            ),
        ),
    ];
    if i != j {
        from.extend([
            ("one unit", Condition::Same(i, j)),
            ("one circuit", Condition::Together(i, j)),
            ("connected units", Condition::Connected(i, j)),
            (
                "unconnected circuits",
                Condition::And(
                    Box::new(Condition::Not(Box::new(Condition::Connected(i, j)))),
                    Box::new(Condition::Not(Box::new(Condition::Together(i, j)))),
                ),
            ),
        ]);
    }
    from.extend(scope.of(Set::States).into_iter().map(|k| ("the second state", Condition::At(k, 1))));
    from.extend(scope.of(Set::Actions).into_iter().map(|a| ("the third action", Condition::At(a, 2))));
    match dice.below(6) {
        0 => ("everywhere", dice.pick(&[Expr::number(2), Expr::number(-1), Expr::Number(1, 2)])),
        1 => {
            let (_, one) = dice.pick(&from);
            let (_, other) = dice.pick(&from);
            let both = Condition::And(Box::new(one), Box::new(other));
            ("two conditions", Expr::number(1).plus(Expr::Truth(both)))
        }
        _ => {
            let (name, condition) = dice.pick(&from);
            (name, Expr::number(1).plus(Expr::Truth(condition)))
        }
    }
}
