//! Evaluation of a program in f64.
//!
//! A term is evaluated for one choice of its variables. Sums, expectations and terms with several
//! uses have a table over their variables, so that each value is computed once: a sum in a
//! definition costs no more than the definition written out.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::call::CALL;
use super::term::*;
use super::{Fault, FaultKind, Program, Settle};
use crate::evaluate::geometry::Shape;
use crate::language::ast::{CompareOp, FoldKind};
use crate::language::source::Span;
use crate::limits::{MAX_CONFIGURATIONS, MAX_WORK};

/// Entries of a table, and of all tables together.
const MAX_TABLE: usize = 1 << 22;
const MAX_TABLES: usize = 1 << 25;

/// The values of a term, by the values of its variables.
pub(super) struct Table {
    /// Variables with the first index of their set and their stride.
    places: Vec<(Var, usize, usize)>,
    values: Vec<f64>,
}

/// The numbers of an entry of a family, by clamp and states.
pub(super) type Phase = (Option<usize>, u64, Vec<u64>);

/// The evaluation of a program for one sample.
pub(super) struct Machine<'p, 's> {
    pub(super) program: &'p Program,
    pub(super) shape: Shape,
    pub(super) families: Vec<&'s [f64]>,
    pub(super) kappa: f64,
    pub(super) connected: &'s [Vec<bool>],
    /// The winner of every circuit, as a unit.
    pub(super) sample: &'s [usize],
    pub(super) settle: &'s mut Settle<'s>,
    pub(super) fault: Option<Fault>,
    /// The values of indices, and of configurations their numbers, if these are countable.
    pub(super) values: Vec<usize>,
    pub(super) drawn: Vec<Vec<usize>>,
    /// Number of configurations; `None` if it does not fit into a table.
    pub(super) configurations: Option<usize>,
    tables: Vec<Option<Table>>,
    pub(super) kept: FxHashMap<(FamilyId, usize, Vec<usize>), Rc<[f64]>>,
    pub(super) kept_numbers: usize,
    pub(super) phases: FxHashMap<Phase, Rc<[f64]>>,
    pub(super) free: Option<Rc<[f64]>>,
    work: u64,
}

impl<'p, 's> Machine<'p, 's> {
    pub(super) fn new(
        program: &'p Program,
        shape: Shape,
        families: Vec<&'s [f64]>,
        (kappa, connected): (f64, &'s [Vec<bool>]),
        sample: &'s [usize],
        settle: &'s mut Settle<'s>,
    ) -> Self {
        let configurations = (0..shape.circuits())
            .map(|circuit| shape.members(circuit).len())
            .try_fold(1usize, |product, size| product.checked_mul(size))
            .filter(|&count| count <= MAX_CONFIGURATIONS);
        let mut machine = Self {
            program,
            shape,
            families,
            kappa,
            connected,
            sample,
            settle,
            fault: None,
            values: vec![0; program.vars.len()],
            drawn: vec![Vec::new(); program.vars.len()],
            configurations,
            tables: Vec::new(),
            kept: FxHashMap::default(),
            kept_numbers: 0,
            phases: FxHashMap::default(),
            free: None,
            work: 0,
        };
        let mut room = MAX_TABLES;
        machine.tables = program
            .terms
            .iter()
            .map(|term| {
                let table = machine.table(term).filter(|table| table.values.len() <= room)?;
                room -= table.values.len();
                Some(table)
            })
            .collect();
        machine
    }

    /// An empty table for a term that deserves one.
    fn table(&self, term: &Term) -> Option<Table> {
        let is_long = matches!(term.op, Op::Fold(..) | Op::Mean { .. } | Op::Draw { .. });
        let is_leaf = matches!(
            term.op,
            Op::Constant(_)
                | Op::Param(..)
                | Op::Wins(..)
                | Op::Ordinal(..)
                | Op::Entry(..)
                | Op::Unknown(..)
                | Op::Same(..)
        );
        if !(is_long || term.uses > 1 && !is_leaf) || !term.unknowns.is_empty() {
            return None;
        }
        let mut places = Vec::with_capacity(term.vars.len());
        let mut size = 1usize;
        for &var in &term.vars {
            let (start, count) = self.extent(var)?;
            places.push((var, start, size));
            size = size.checked_mul(count).filter(|&size| size <= MAX_TABLE)?;
        }
        Some(Table { places, values: vec![f64::NAN; size] })
    }

    /// The first value and the number of values of a variable.
    pub(super) fn extent(&self, var: Var) -> Option<(usize, usize)> {
        use crate::resolve::sort::Sort;
        match self.program.vars[var] {
            Sort::Configuration => Some((0, self.configurations?)),
            sort => {
                let range = self.shape.range(sort);
                Some((range.start, range.len()))
            }
        }
    }

    /// Notes the first fault. The value of a faulty term is not a number.
    pub(super) fn faulty(&mut self, kind: FaultKind, span: &Span, what: &str, help: &str) -> f64 {
        self.fault.get_or_insert_with(|| Fault {
            kind,
            place: if span.source().name() == CALL { "rule".to_owned() } else { span.to_string() },
            what: what.to_owned(),
            help: help.to_owned(),
        });
        f64::NAN
    }

    pub(super) fn index(&self, ix: &Ix) -> usize {
        match ix {
            Ix::Var(var) => self.values[*var],
            Ix::Action(winners) => self.winner(*winners, self.shape.hidden_circuits),
            Ix::Circuit(of) => self.shape.circuit_of(self.index(of)),
        }
    }

    pub(super) fn winner(&self, winners: Winners, circuit: usize) -> usize {
        match winners {
            Winners::Sample => self.sample[circuit],
            Winners::Bound(var) => self.drawn[var][circuit],
        }
    }

    pub(super) fn eval(&mut self, id: TermId) -> f64 {
        let Some(table) = &self.tables[id] else { return self.value(id) };
        let at =
            table.places.iter().fold(0, |at, &(var, start, stride)| at + (self.values[var] - start) * stride);
        let known = table.values[at];
        if !known.is_nan() {
            return known;
        }
        let value = self.value(id);
        if let Some(table) = &mut self.tables[id] {
            table.values[at] = value;
        }
        value
    }

    fn value(&mut self, id: TermId) -> f64 {
        let program = self.program;
        let Term { op, span, uses, .. } = &program.terms[id];
        // A term with several uses and no table is evaluated again and again.
        self.work += u64::from(*uses > 1);
        if self.work > MAX_WORK {
            let what =
                format!("a sample takes more than {MAX_WORK} terms of sums, expectations and definitions");
            return self.faulty(FaultKind::TooLarge, span, &what, "give a smaller network");
        }
        match op {
            Op::Constant(value) => *value,
            Op::Param(param, indices) => self.param(*param, indices),
            Op::Wins(winners, ix) => {
                let unit = self.index(ix);
                f64::from(u8::from(self.winner(*winners, self.shape.circuit_of(unit)) == unit))
            }
            Op::Negate(a) => -self.eval(*a),
            Op::Add(a, b) => self.eval(*a) + self.eval(*b),
            Op::Sub(a, b) => self.eval(*a) - self.eval(*b),
            Op::Mul(a, b, indicator) => {
                let left = self.eval(*a);
                if *indicator && left == 0.0 { 0.0 } else { left * self.eval(*b) }
            }
            Op::Div(a, b) => {
                let (a, b) = (self.eval(*a), self.eval(*b));
                self.quotient(a, b, span)
            }
            Op::Power(a, exponent) => {
                let a = self.eval(*a);
                if *exponent < 0 && a == 0.0 { self.quotient(1.0, 0.0, span) } else { a.powi(*exponent) }
            }
            Op::Exp(a) => self.eval(*a).exp(),
            Op::Ln(a) => {
                let a = self.eval(*a);
                if a > 0.0 || a.is_nan() {
                    return a.ln();
                }
                self.faulty(
                    FaultKind::NoValue,
                    span,
                    &format!("the logarithm of {a} has no value"),
                    "change the case so that it is positive",
                )
            }
            Op::Min(a, b) => {
                let (a, b) = (self.eval(*a), self.eval(*b));
                if b < a { b } else { a }
            }
            Op::Max(a, b) => {
                let (a, b) = (self.eval(*a), self.eval(*b));
                if b > a { b } else { a }
            }
            Op::If(condition, a, b) => {
                let branch = if self.eval(*condition) != 0.0 { *a } else { *b };
                self.eval(branch)
            }
            Op::Ordinal(ix, sort) => (self.index(ix) - self.shape.range(*sort).start) as f64,
            Op::Fold(fold, binders, filter, body) => {
                let mut total = if *fold == FoldKind::Sum { 0.0 } else { 1.0 };
                self.each(binders, *filter, span, &mut |machine| {
                    let term = machine.eval(*body);
                    if *fold == FoldKind::Sum { total += term } else { total *= term }
                });
                total
            }
            Op::Mean { var, sort, weight, condition, body } => {
                let (mut sum, mut mass) = (0.0, 0.0);
                self.each(&[(*var, Set::All(*sort))], *condition, span, &mut |machine| {
                    let weight = machine.eval(*weight);
                    sum += weight * machine.eval(*body);
                    mass += weight;
                });
                if condition.is_some() { self.quotient(sum, mass, span) } else { sum }
            }
            Op::Draw { var, weight, condition, body, seen } => {
                self.draw(*var, *weight, *condition, *body, (seen, span))
            }
            Op::Entry(family, ix) => {
                let at = self.index(ix);
                self.entry(*family, at)
            }
            // A linear system evaluates the terms with its unknowns itself.
            Op::Unknown(..) => f64::NAN,
            Op::Same(same, a, b) => truth((self.index(a) == self.index(b)) == *same),
            Op::Compare(op, a, b) => {
                let (a, b) = (self.eval(*a), self.eval(*b));
                truth(match op {
                    CompareOp::Equal => a == b,
                    CompareOp::NotEqual => a != b,
                    CompareOp::LessEqual => a <= b,
                    CompareOp::GreaterEqual => a >= b,
                    CompareOp::Less => a < b,
                    CompareOp::Greater => a > b,
                })
            }
            Op::And(a, b) => truth(self.eval(*a) != 0.0 && self.eval(*b) != 0.0),
            Op::Or(a, b) => truth(self.eval(*a) != 0.0 || self.eval(*b) != 0.0),
            Op::Not(a) => truth(self.eval(*a) == 0.0),
        }
    }

    pub(super) fn quotient(&mut self, a: f64, b: f64, span: &Span) -> f64 {
        if b != 0.0 {
            return a / b;
        }
        self.faulty(FaultKind::NoValue, span, "the divisor is zero", "change the case so that it is not")
    }

    fn param(&self, param: usize, indices: &[Ix]) -> f64 {
        use crate::resolve::ir::ParamKind;
        let family = &self.program.params[param];
        match family.kind {
            ParamKind::Kappa => self.kappa,
            ParamKind::Mask => {
                let (i, j) = (self.index(&indices[0]), self.index(&indices[1]));
                let apart = self.shape.circuit_of(i) != self.shape.circuit_of(j);
                truth(apart && self.connected[i][j])
            }
            _ => {
                let flat = family.sorts.iter().zip(indices).fold(0, |flat, (&sort, ix)| {
                    let range = self.shape.range(sort);
                    flat * range.len() + (self.index(ix) - range.start)
                });
                self.families[param][flat]
            }
        }
    }

    /// Calls `visit` for every choice of the bound indices that passes the filter.
    pub(super) fn each(
        &mut self,
        binders: &[(Var, Set)],
        filter: Option<TermId>,
        span: &Span,
        visit: &mut dyn FnMut(&mut Self),
    ) {
        use crate::resolve::sort::Sort;
        let Some(((var, set), rest)) = binders.split_first() else {
            self.work += 1;
            if filter.is_none_or(|filter| self.eval(filter) != 0.0) {
                visit(self);
            }
            return;
        };
        if let Set::All(Sort::Configuration) = set {
            let circuits: Vec<usize> = (0..self.shape.circuits()).collect();
            self.configure(*var, &circuits, span, &mut |machine| machine.each(rest, filter, span, visit));
            return;
        }
        let range = match set {
            Set::All(sort) => self.shape.range(*sort),
            Set::CircuitOf(ix) => self.shape.members(self.shape.circuit_of(self.index(ix))),
        };
        for index in range {
            if self.fault.is_some() {
                return;
            }
            self.values[*var] = index;
            self.each(rest, filter, span, visit);
        }
    }
}

fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}
