//! A rule of a chapter as a program: its update on a network of any size, in f64.
//!
//! The checker tries a rule on small networks, in exact numbers. A program is the other end: it
//! opens the definitions of one rule once and then computes the update of a sample as a user's
//! kernel would. So the update of a kernel can be compared with the rule as its derivation writes
//! it. Derivatives are left out: they are of the claims, and not of what a synapse does.

mod call;
mod compile;
mod conditions;
mod dependence;
mod draws;
mod families;
mod linear_system;
mod run;
mod seen;
mod term;

use std::collections::BTreeMap;

use self::call::{CALL, Question, question};
use self::compile::{Bound, Compiler, Frame, Result, is_absent, set};
use self::conditions::conditions;
use self::run::Machine;
use self::term::{Family, Ix, Op, Seen, Term, TermId, Var, Winners};
use crate::chapter::Chapter;
use crate::evaluate::geometry::Shape;
use crate::evaluate::point::{BIAS, Convention, RECURRENT, STATE};
use crate::language::ast::Parameter;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::quantity::Network;
use crate::resolve::ir::{ChainNode, Document, Given, Param, ParamKind};
use crate::resolve::resolve_more;
use crate::resolve::sort::Sort;

/// Solves for a mean-field state: of these states (`None`: those of the sample), with the action
/// circuit clamped to an action (0 to A−1) with a strength, or free. `None` if no fixed point is
/// found.
pub type Settle<'a> = dyn FnMut(Option<&[f64]>, Option<(usize, f64)>) -> Option<Vec<f64>> + 'a;

/// A rule of a chapter, ready to be evaluated.
#[derive(Debug)]
pub struct Program {
    rule: String,
    place: String,
    lines: BTreeMap<Parameter, Line>,
    inputs: Vec<Input>,
    conditions: Vec<(String, Given)>,
    terms: Vec<Term>,
    families: Vec<Family>,
    vars: Vec<Sort>,
    params: Vec<Param>,
}

/// A line of the rule: its indices, its term, and its place.
#[derive(Debug)]
struct Line {
    indices: Vec<Var>,
    term: TermId,
}

/// A number or a family that a network must give besides its weights, states and advantage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The name in the chapter.
    pub name: String,
    /// It was declared positive.
    pub positive: bool,
    sorts: Vec<Sort>,
}

impl Input {
    /// Number of entries along each index; empty for a number.
    pub fn sizes(&self, shape: &Shape) -> Vec<usize> {
        self.sorts.iter().map(|&sort| shape.range(sort).len()).collect()
    }
}

/// One sample on a network.
#[derive(Clone, Copy, Debug)]
pub struct Drawn<'a> {
    /// Entries of families that are those of this sample, as in [`Network::families`].
    pub families: &'a BTreeMap<String, Vec<f64>>,
    /// The winner of every circuit, as a unit.
    pub winners: &'a [usize],
}

/// A parameter of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighted {
    /// `W[i,j]`.
    Recurrent(usize, usize),
    /// `U[k,i]`.
    State(usize, usize),
    /// `b[i]`.
    Bias(usize),
}

/// The update of one sample, in row-major order. What the rule has no line for is zero.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleUpdate {
    /// Units × units.
    pub recurrent: Vec<f64>,
    /// States × units.
    pub state: Vec<f64>,
    /// Units.
    pub bias: Vec<f64>,
}

/// Why a rule has no update on a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of reason it is.
    pub kind: FaultKind,
    /// `file:line:column` of the expression; `rule` if it stands in the call.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: String,
}

/// The kind of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// An expression has no finite value.
    NoValue,
    /// [`Settle`] found no fixed point.
    NoFixedPoint,
    /// The network is too large for the sums or expectations of the rule.
    TooLarge,
}

impl Chapter {
    /// The program of a rule. `call` is the name of a rule, or what a claim has before `.W[i,j]`:
    /// a call with arguments, or an expectation of one. In it, `v` and `a` are the winners and the
    /// action of the sample. The arguments of a rule that is named alone are what their names mean
    /// at the end of the chapter; numbers and families that mean nothing there are inputs.
    ///
    /// # Errors A diagnostic if the call does not parse or resolve, or if the rule has a derivative
    /// or an index that no case has.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use svpg_check::{Chapter, Convention, Drawn, Network, Shape, Source};
    ///
    /// let text = "# Hebb\n```svpg\nnetwork rwta(S, G, D, A)\nlet q = meanfield(s)\n\
    ///     rule hebb\n b[i] += A * (v[i] - q[i])  sees post(i): v, q  global: A\n\
    ///     claim mean \"no drift\" for i: E[v ~ q] hebb(v, A).b[i] = 0\n```\n";
    /// let program = Chapter::new(&Source::new("hebb.md", text), None)?.program("hebb")?;
    /// // No state neuron, no hidden circuit, two actions, of which the second is taken.
    /// let shape = Shape { states: 0, hidden_circuits: 0, hidden_size: 1, actions: 2, situations: 0, window: 0 };
    /// let families = ["W", "b"].map(|name| (name.to_owned(), vec![0.0; if name == "W" { 4 } else { 2 }]));
    /// let connected = vec![vec![false; 2]; 2];
    /// let network = Network { shape, convention: Convention::Full, connected, families: families.into() };
    /// let own = BTreeMap::from([("A".to_owned(), vec![2.0])]);
    /// let sample = Drawn { families: &own, winners: &[1] };
    /// let update = program.update(&network, sample, &|_| true, &mut |_, _| Some(vec![0.5, 0.5]));
    /// assert_eq!(update.map(|update| update.bias), Ok(vec![-1.0, 1.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn program(&self, call: &str) -> Result<Program> {
        let (items, prelude) = self.items();
        let Question { rule, items: more, parameters } = question(self.document(), self.file(), call)?;
        let document = resolve_more(items, prelude, &more).map_err(|diagnostic| {
            // The place of an error in the call is not one in the file.
            let own = diagnostic.span.as_ref().is_some_and(|span| span.source().name() == CALL);
            Diagnostic { span: if own { None } else { diagnostic.span }, ..diagnostic }
        })?;
        let mut compiler = Compiler::new(&document);
        let mut lines = BTreeMap::new();
        let asked = document.claims.len() - parameters.len();
        for (claim, &parameter) in document.claims[asked..].iter().zip(&parameters) {
            let line = line(&mut compiler, &claim.chains[0], parameter)?;
            lines.insert(parameter, line);
        }
        let Compiler { terms, families, vars, .. } = compiler;
        let place = document.rules.get(&rule).map_or_else(String::new, |rule| rule.place.clone());
        let conditions = conditions(&document, &rule, asked);
        let inputs = inputs(&document, &terms);
        Ok(Program { rule, place, lines, inputs, conditions, terms, families, vars, params: document.params })
    }
}

fn line(compiler: &mut Compiler<'_>, chain: &ChainNode, parameter: Parameter) -> Result<Line> {
    let mut frame: Frame = vec![Bound::Unset; chain.frame];
    let own = match parameter {
        Parameter::Recurrent => &["i", "j"][..],
        Parameter::State => &["k", "i"],
        Parameter::Bias => &["i"],
    };
    let mut indices = Vec::new();
    let implicit = chain.binders.len() - own.len();
    for (at, binder) in chain.binders.iter().enumerate() {
        let value = match binder.name.as_str() {
            name if at >= implicit => {
                let var = compiler.var(if name == "k" { Sort::State } else { Sort::Unit });
                indices.push(var);
                Bound::Index(Ix::Var(var))
            }
            "v" => Bound::Winners(Winners::Sample),
            "a" => Bound::Index(Ix::Action(Winners::Sample)),
            other => {
                return Err(Diagnostic {
                    code: Code::WrongSet,
                    span: None,
                    message: format!("a sample has no `{other}`"),
                    help: "it has the winners `v` and the action `a`".to_owned(),
                });
            }
        };
        set(&mut frame, binder.slot, value);
    }
    let term = compiler.number(chain.sides[0], &frame)?;
    Ok(Line { indices, term })
}

/// The rewards and the declared families that the terms contain.
fn inputs(document: &Document, terms: &[Term]) -> Vec<Input> {
    let is_used =
        |param: usize| terms.iter().any(|term| matches!(term.op, Op::Param(own, _) if own == param));
    let input = |(at, param): (usize, &Param)| {
        let positive = match param.kind {
            ParamKind::Reward => false,
            ParamKind::Declared { positive } => positive,
            _ => return None,
        };
        let sorts = param.sorts.clone();
        is_used(at).then_some(Input { name: param.name.clone(), positive, sorts })
    };
    document.params.iter().enumerate().filter_map(input).collect()
}

impl Program {
    /// Name of the rule.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// `file:line:column` of the rule.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What a network must give besides weights, states and advantage.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// An expectation or a sum runs over all configurations.
    pub fn is_enumerated(&self) -> bool {
        let bound = |op: &Op| match op {
            Op::Draw { seen, .. } => matches!(seen, Seen::All),
            Op::Fold(_, binders, ..) => binders.iter().any(|(var, _)| self.vars[*var] == Sort::Configuration),
            _ => false,
        };
        self.terms.iter().any(|term| bound(&term.op))
    }

    /// The update of one sample, for the weights for which `is_parameter` is true; zero for others.
    ///
    /// # Errors A [`Fault`] if an expression has no finite value, no fixed point is found, or the
    /// network is too large. A family that the network does not give counts as zero.
    pub fn update(
        &self,
        network: &Network,
        sample: Drawn<'_>,
        is_parameter: &dyn Fn(Weighted) -> bool,
        settle: &mut Settle<'_>,
    ) -> std::result::Result<RuleUpdate, Fault> {
        let shape = network.shape;
        let (units, states) = (shape.units(), shape.states);
        let given = |param: &Param| sample.families.get(&param.name).or(network.families.get(&param.name));
        let zeros: Vec<Vec<f64>> = self
            .params
            .iter()
            .map(|param| {
                let is_counted =
                    !param.sorts.iter().any(|sort| is_absent(*sort) || *sort == Sort::Configuration);
                let is_needed = given(param).is_none() && is_counted && self.uses(&param.name);
                if is_needed { vec![0.0; shape.entries(&param.sorts)] } else { Vec::new() }
            })
            .collect();
        let families = self
            .params
            .iter()
            .zip(&zeros)
            .map(|(param, zero)| given(param).map_or(&zero[..], |own| &own[..]));
        let kappa = if network.convention == Convention::Full { 1.0 } else { 0.5 };
        let mut machine = Machine::new(
            self,
            shape,
            families.collect(),
            (kappa, &network.connected),
            sample.winners,
            settle,
        );
        let mut update = RuleUpdate {
            recurrent: vec![0.0; units * units],
            state: vec![0.0; states * units],
            bias: vec![0.0; units],
        };
        if let Some(line) = self.lines.get(&Parameter::Recurrent) {
            for (at, entry) in update.recurrent.iter_mut().enumerate() {
                let (i, j) = (at / units, at % units);
                if is_parameter(Weighted::Recurrent(i, j)) {
                    *entry = machine.line(line, &[i, j])?;
                }
            }
        }
        if let Some(line) = self.lines.get(&Parameter::State) {
            for (at, entry) in update.state.iter_mut().enumerate() {
                let (k, i) = (at / units, at % units);
                if is_parameter(Weighted::State(k, i)) {
                    *entry = machine.line(line, &[k, i])?;
                }
            }
        }
        if let Some(line) = self.lines.get(&Parameter::Bias) {
            for (i, entry) in update.bias.iter_mut().enumerate() {
                if is_parameter(Weighted::Bias(i)) {
                    *entry = machine.line(line, &[i])?;
                }
            }
        }
        Ok(update)
    }

    fn uses(&self, name: &str) -> bool {
        let built_in = [RECURRENT, STATE, BIAS].iter().any(|&at| self.params[at].name == name);
        built_in || matches!(name, "s" | "A") || self.inputs.iter().any(|input| input.name == name)
    }
}

impl Machine<'_, '_> {
    fn line(&mut self, line: &Line, indices: &[usize]) -> std::result::Result<f64, Fault> {
        for (&var, &index) in line.indices.iter().zip(indices) {
            self.values[var] = index;
        }
        let value = self.eval(line.term);
        if self.fault.is_none() && !value.is_finite() {
            let span = &self.program.terms[line.term].span;
            let what = format!("the value at {indices:?} is not finite");
            self.faulty(FaultKind::NoValue, span, &what, "use smaller numbers in the case");
        }
        self.fault.take().map_or(Ok(value), Err)
    }
}
