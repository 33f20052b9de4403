//! What an expression is worth on a network, in plain f64: the judge of the generator.

use super::dice::Dice;
use super::expression::{Condition, Expr, Family, Name, Set, Var};

#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    states: usize,
    hidden_circuits: usize,
    hidden_size: usize,
    actions: usize,
}

const fn shape(states: usize, hidden_circuits: usize, hidden_size: usize, actions: usize) -> Shape {
    Shape { states, hidden_circuits, hidden_size, actions }
}

const SHAPES: [Shape; 11] = [
    shape(1, 1, 1, 2),
    shape(1, 1, 2, 2),
    shape(2, 1, 2, 2),
    shape(1, 2, 1, 2),
    shape(1, 1, 1, 3),
    shape(3, 1, 1, 2),
    shape(2, 1, 3, 2),
    shape(1, 2, 2, 2),
    shape(1, 2, 2, 3),
    shape(2, 3, 1, 2),
    shape(1, 3, 2, 2),
];

impl Shape {
    fn hidden(&self) -> usize {
        self.hidden_circuits * self.hidden_size
    }

    fn units(&self) -> usize {
        self.hidden() + self.actions
    }

    fn circuits(&self) -> usize {
        self.hidden_circuits + 1
    }

    fn circuit(&self, unit: usize) -> usize {
        if unit < self.hidden() { unit / self.hidden_size } else { self.hidden_circuits }
    }

    fn beside(&self, unit: usize) -> Vec<usize> {
        (0..self.units()).filter(|&other| self.circuit(other) == self.circuit(unit)).collect()
    }

    /// One winner a circuit.
    fn configurations(&self) -> Vec<Vec<usize>> {
        (0..self.circuits()).fold(vec![vec![]], |found, circuit| {
            let members: Vec<usize> = (0..self.units()).filter(|&i| self.circuit(i) == circuit).collect();
            found
                .iter()
                .flat_map(|start| members.iter().map(|&i| [start.as_slice(), &[i]].concat()))
                .collect()
        })
    }
}

/// A network with its mean-field state.
#[derive(Clone, Debug)]
pub(super) struct Network<'a> {
    shape: Shape,
    kappa: f64,
    mask: Vec<Vec<f64>>,
    weights: Vec<Vec<f64>>,
    inputs: Vec<Vec<f64>>,
    biases: Vec<f64>,
    states: Vec<f64>,
    rewards: Vec<f64>,
    advantage: f64,
    rates: Vec<f64>,
    /// Probability of each configuration under the exact distribution.
    exact: Vec<f64>,
    /// What `drive` of the unit `i` is.
    drive: &'a Expr,
}

#[derive(Clone)]
enum Bound {
    Index(usize),
    Winners(Vec<usize>),
}

/// What the names in scope stand for.
#[derive(Clone, Default)]
pub(super) struct Names(Vec<(Name, Bound)>);

impl Names {
    fn index(&self, name: Name) -> usize {
        match self.0.iter().rev().find(|(known, _)| *known == name) {
            Some((_, Bound::Index(index))) => *index,
            _ => unreachable!("{name:?} is an index"),
        }
    }

    fn with<T>(&mut self, name: Name, bound: Bound, then: impl FnOnce(&mut Self) -> T) -> T {
        self.0.push((name, bound));
        let found = then(self);
        self.0.pop();
        found
    }
}

impl<'a> Network<'a> {
    /// Calls `visit` with networks of all shapes, in both conventions, on all wirings where they
    /// are few and on some where they are not, until it says `false`.
    pub(super) fn each(dice: &mut Dice, drive: &'a Expr, visit: &mut dyn FnMut(&Self, &mut Dice) -> bool) {
        for shape in SHAPES {
            let pairs = shape.circuits() * (shape.circuits() - 1) / 2;
            for number in 0..(1 << pairs).min(10) {
                let wiring = if pairs <= 3 { number } else { dice.below(1 << pairs) };
                for kappa in [1.0, 0.5] {
                    if !visit(&Self::random(dice, shape, wiring, kappa, drive), dice) {
                        return;
                    }
                }
            }
        }
    }

    fn random(dice: &mut Dice, shape: Shape, wiring: usize, kappa: f64, drive: &'a Expr) -> Self {
        let units = shape.units();
        let mut mask = vec![vec![0.0; units]; units];
        let mut weights = mask.clone();
        for i in 0..units {
            for j in 0..i {
                let (c, d) = (shape.circuit(i), shape.circuit(j));
                if c != d && wiring >> (c * (c - 1) / 2 + d) & 1 == 1 {
                    let weight = dice.signed();
                    (mask[i][j], mask[j][i]) = (1.0, 1.0);
                    (weights[i][j], weights[j][i]) = (weight, weight);
                }
            }
        }
        let mut signed = |count: usize| -> Vec<f64> { (0..count).map(|_| dice.signed()).collect() };
        let inputs = (0..shape.states).map(|_| signed(units)).collect();
        let (biases, rewards, advantage) = (signed(units), signed(shape.actions), signed(1)[0]);
        let states = signed(shape.states).into_iter().map(|value| 0.6 + value / 4.0).collect();
        let exact = vec![];
        let start = |i: usize| 1.0 / shape.beside(i).len() as f64;
        let rates = (0..units).map(start).collect();
        let found = Self {
            shape,
            kappa,
            mask,
            weights,
            inputs,
            biases,
            states,
            rewards,
            advantage,
            rates,
            exact,
            drive,
        };
        found.settled()
    }

    /// With the fixed point of its own entries, from the rates that it has. If none is found, the
    /// rates have no value.
    fn settled(mut self) -> Self {
        let units = 0..self.shape.units();
        let mut found = false;
        for _ in 0..400 {
            let fields: Vec<f64> = units.clone().map(|i| self.field(i)).collect();
            let next = self.softmax(&fields);
            let moved = self.rates.iter().zip(&next).any(|(old, new)| (old - new).abs() > 1e-14);
            self.rates = self.rates.iter().zip(next).map(|(old, new)| (old + new) / 2.0).collect();
            if !moved {
                found = true;
                break;
            }
        }
        if !found {
            self.rates.fill(f64::NAN);
        }
        self.exact = self.shape.configurations().iter().map(|winners| self.weight(winners)).collect();
        let total: f64 = self.exact.iter().sum();
        self.exact.iter_mut().for_each(|probability| *probability /= total);
        self
    }

    fn field(&self, i: usize) -> f64 {
        let recurrent: f64 =
            (0..self.shape.units()).map(|j| (self.weights[i][j] + self.weights[j][i]) * self.rates[j]).sum();
        let input: f64 = self.states.iter().zip(&self.inputs).map(|(state, row)| state * row[i]).sum();
        self.kappa * recurrent + input + self.biases[i]
    }

    fn softmax(&self, values: &[f64]) -> Vec<f64> {
        let total = |i: usize| -> f64 { self.shape.beside(i).into_iter().map(|j| values[j].exp()).sum() };
        (0..values.len()).map(|i| values[i].exp() / total(i)).collect()
    }

    fn members(&self, set: Set, names: &Names) -> Vec<usize> {
        let hidden = self.shape.hidden();
        match set {
            Set::Units => (0..self.shape.units()).collect(),
            Set::Hidden => (0..hidden).collect(),
            Set::Actions => (hidden..self.shape.units()).collect(),
            Set::States => (0..self.shape.states).collect(),
            Set::Beside(unit) => self.shape.beside(names.index(unit)),
        }
    }

    /// Values of these variables: all of them, or sixteen that are drawn.
    pub(super) fn instances(&self, dice: &mut Dice, vars: &[Var]) -> Vec<Names> {
        let mut all = vec![Names::default()];
        for var in vars {
            all = all
                .iter()
                .flat_map(|names| {
                    self.members(var.set, names).into_iter().map(move |index| {
                        let mut names = names.clone();
                        names.0.push((var.name, Bound::Index(index)));
                        names
                    })
                })
                .collect();
        }
        while all.len() > 16 {
            all.swap_remove(dice.below(all.len()));
        }
        all
    }

    /// The Boltzmann factor of a configuration.
    fn weight(&self, winners: &[usize]) -> f64 {
        let own = |&i: &usize| -> f64 {
            let pairs: f64 = winners.iter().map(|&j| self.weights[i][j]).sum();
            let input: f64 = self.states.iter().zip(&self.inputs).map(|(state, row)| state * row[i]).sum();
            self.kappa * pairs + input + self.biases[i]
        };
        winners.iter().map(own).sum::<f64>().exp()
    }

    fn entry(&self, family: Family, at: &[usize]) -> f64 {
        match (family, at) {
            (Family::W, &[i, j]) => self.weights[i][j],
            (Family::Mask, &[i, j]) => self.mask[i][j],
            (Family::U, &[k, i]) => self.inputs[k][i],
            (Family::B, &[i]) => self.biases[i],
            (Family::S, &[k]) => self.states[k],
            (Family::R, &[a]) => self.rewards[a - self.shape.hidden()],
            (Family::Q, &[i]) => self.rates[i],
            (Family::Z, &[i]) => self.field(i),
            (Family::Drive, &[i]) => self.value(self.drive, &mut Names(vec![(('i', 0), Bound::Index(i))])),
            (Family::Rate, &[i]) => {
                let drives: Vec<f64> =
                    (0..self.shape.units()).map(|j| self.entry(Family::Drive, &[j])).collect();
                self.softmax(&drives)[i]
            }
            _ => self.advantage,
        }
    }

    fn moved(&self, family: Family, at: &[usize], step: f64) -> Self {
        let mut moved = self.clone();
        match (family, at) {
            (Family::U, &[k, i]) => moved.inputs[k][i] += step,
            (Family::B, &[i]) => moved.biases[i] += step,
            (Family::S, &[k]) => moved.states[k] += step,
            (Family::R, &[a]) => moved.rewards[a - self.shape.hidden()] += step,
            _ => moved.advantage += step,
        }
        moved.settled()
    }

    fn is_true(&self, condition: &Condition, names: &Names) -> bool {
        let unconnected = |i: Name, others: Set| {
            self.members(others, names).into_iter().all(|j| self.mask[names.index(i)][j] == 0.0)
        };
        match condition {
            Condition::Same(i, j) => names.index(*i) == names.index(*j),
            Condition::Together(i, j) => {
                self.shape.circuit(names.index(*i)) == self.shape.circuit(names.index(*j))
            }
            Condition::At(name, place) => {
                let start = if name.0 == 'a' { self.shape.hidden() } else { 0 };
                names.index(*name) == start + place
            }
            Condition::Size(set, size) => self.members(*set, names).len() == *size,
            Condition::Circuits(count) => self.shape.circuits() == *count,
            Condition::Connected(i, j) => self.mask[names.index(*i)][names.index(*j)] == 1.0,
            Condition::Far(i) => unconnected(*i, Set::Actions),
            Condition::Alone(i) => unconnected(*i, Set::Units),
            Condition::Empty => self.mask.iter().flatten().all(|&connected| connected == 0.0),
            Condition::Full => self.kappa == 1.0,
            Condition::Not(inner) => !self.is_true(inner, names),
            Condition::And(left, right) => self.is_true(left, names) && self.is_true(right, names),
        }
    }

    pub(super) fn value(&self, expr: &Expr, names: &mut Names) -> f64 {
        match expr {
            Expr::Number(top, bottom) => *top as f64 / *bottom as f64,
            Expr::Kappa => self.kappa,
            Expr::Entry(family, at) => {
                let at: Vec<usize> = at.iter().map(|&name| names.index(name)).collect();
                self.entry(*family, &at)
            }
            Expr::Won(v, i) => {
                let unit = names.index(*i);
                let won = names.0.iter().any(|(name, bound)| {
                    name == v && matches!(bound, Bound::Winners(winners) if winners.contains(&unit))
                });
                f64::from(u8::from(won))
            }
            Expr::Truth(condition) => f64::from(u8::from(self.is_true(condition, names))),
            Expr::Add(parts) => parts.iter().map(|part| self.value(part, names)).sum(),
            Expr::Mul(parts) => parts.iter().map(|part| self.value(part, names)).product(),
            Expr::Div(top, bottom) => self.value(top, names) / self.value(bottom, names),
            Expr::Pow(base, power) => self.value(base, names).powi(*power),
            Expr::Exp(body) => self.value(body, names).exp(),
            Expr::Ln(body) => self.value(body, names).ln(),
            Expr::Sum(var, filter, body) => self.terms(*var, filter.as_ref(), body, names).iter().sum(),
            Expr::Product(var, body) => self.terms(*var, None, body, names).iter().product(),
            Expr::Expect(v, free, body) => self
                .shape
                .configurations()
                .into_iter()
                .zip(&self.exact)
                .map(|(winners, &exact)| {
                    let independent = || winners.iter().map(|&i| self.rates[i]).product();
                    let probability: f64 = if *free { independent() } else { exact };
                    probability * names.with(*v, Bound::Winners(winners), |names| self.value(body, names))
                })
                .sum(),
            Expr::Slope(body, family, at) => {
                let at: Vec<usize> = at.iter().map(|&name| names.index(name)).collect();
                let mut slope = |step: f64| {
                    let mut side = |step: f64| self.moved(*family, &at, step).value(body, names);
                    (side(step) - side(-step)) / (2.0 * step)
                };
                // If two steps give different slopes, rounding errors are large and the value is
                // unknown.
                let (slope, check) = (slope(1e-4), slope(5e-5));
                if (slope - check).abs() < 1e-6 * slope.abs().max(1.0) { slope } else { f64::NAN }
            }
        }
    }

    fn terms(&self, var: Var, filter: Option<&Condition>, body: &Expr, names: &mut Names) -> Vec<f64> {
        let members = self.members(var.set, names);
        let term = |index: usize| {
            names.with(var.name, Bound::Index(index), |names| {
                let meant = filter.is_none_or(|filter| self.is_true(filter, names));
                meant.then(|| self.value(body, names))
            })
        };
        members.into_iter().filter_map(term).collect()
    }
}
