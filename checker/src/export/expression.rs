//! Expressions as terms of Coq.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use dashu_ratio::RBig;

use super::derivative::Derivative;
use super::names::{self, Bound};
use super::needs::AllNeeds;
use crate::language::ast::FoldKind;
use crate::resolve::ir::*;
use crate::resolve::sort::{Sort, Type};

/// Why an expression has no translation.
pub(super) type Lack = String;
pub(super) type Result<T> = std::result::Result<T, Lack>;

/// A term, and the level of its outermost notation in Coq.
pub(super) struct Term {
    text: String,
    level: u8,
}

const APPLICATION: u8 = 10;
const POWER: u8 = 29;
const NEGATION: u8 = 35;
const PRODUCT: u8 = 40;
const BIG: u8 = 41;
const SUM: u8 = 50;
const RELATION: u8 = 70;
const OPEN: u8 = 200;

impl Term {
    fn new(text: impl Into<String>, level: u8) -> Self {
        Self { text: text.into(), level }
    }

    /// The text, in parentheses if its level is above `most`.
    pub(super) fn within(self, most: u8) -> String {
        if self.level > most { format!("({})", self.text) } else { self.text }
    }

    pub(super) fn atom(self) -> String {
        self.within(9)
    }

    /// For a place that takes any term.
    pub(super) fn open(self) -> String {
        self.text
    }

    /// For a side of an equality.
    pub(super) fn side(self) -> String {
        self.within(RELATION - 1)
    }
}

/// The place of an expression: what its names stand for.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) bound: Bound,
    /// The network at which values are taken.
    pub(super) net: &'static str,
    /// The network at which held values are taken.
    pub(super) held: &'static str,
    /// A declared parameter that moves, and its name.
    pub(super) moved: Option<(ParamId, String)>,
    /// A definition whose entries move, and its name.
    pub(super) replaced: Option<(LetId, String)>,
}

impl Place {
    pub(super) fn new(held: &'static str) -> Self {
        Self { bound: Bound::default(), net: "net", held, moved: None, replaced: None }
    }
}

/// The definitions of a document that its claims use.
pub(super) struct Exporter<'a> {
    pub(super) document: &'a Document,
    pub(super) needs: AllNeeds<'a>,
    /// Number of definitions of the prelude, which another file exports.
    pub(super) prelude: usize,
    /// Names of all definitions.
    pub(super) known: BTreeSet<String>,
    /// Texts of the definitions so far, in order, each with the definition and the one whose
    /// entries move in it.
    pub(super) written: RefCell<Vec<String>>,
    pub(super) done: RefCell<BTreeMap<Exported, Result<()>>>,
}

/// A definition, and the one whose entries move in it.
pub(super) type Exported = (LetId, Option<LetId>);

impl Exporter<'_> {
    pub(super) fn op(&self, node: NodeId) -> &Op {
        &self.document.nodes[node].op
    }

    pub(super) fn kind(&self, node: NodeId) -> &Type {
        &self.document.nodes[node].kind
    }

    pub(super) fn bind(&self, place: &mut Place, slot: Slot, name: &str) -> String {
        place.bound.bind(slot, name, &|name| self.known.contains(name))
    }

    pub(super) fn list(&self, nodes: &[NodeId], sorts: &[Sort], place: &Place) -> Result<String> {
        let entry = |(&node, &sort)| Ok(format!(" {}", self.index(node, sort, place)?));
        nodes.iter().zip(sorts).map(entry).collect()
    }

    /// An index as an element of a set that contains its own set.
    pub(super) fn index(&self, node: NodeId, wanted: Sort, place: &Place) -> Result<String> {
        let Type::Index(own) = *self.kind(node) else { return Err("an index of this kind".to_owned()) };
        let text = match self.op(node) {
            Op::Index(slot) => Term::new(place.bound.get(*slot), 0),
            Op::ActionOf(v) => {
                Term::new(format!("action {}", self.index(*v, Sort::Configuration, place)?), APPLICATION)
            }
            Op::CircuitOf(i) => {
                Term::new(format!("circuit {}", self.index(*i, Sort::Unit, place)?), APPLICATION)
            }
            _ => return Err("an index of this kind".to_owned()),
        };
        Ok(match (own, wanted) {
            (Sort::Hidden, Sort::Unit) => format!("(inl {})", text.atom()),
            (Sort::Action, Sort::Unit) => format!("(inr {})", text.atom()),
            _ => text.atom(),
        })
    }

    /// An argument of a definition.
    pub(super) fn argument(&self, node: NodeId, formal: &Type, place: &Place) -> Result<String> {
        match formal {
            Type::Index(sort) => self.index(node, *sort, place),
            _ => Ok(self.term(node, place)?.atom()),
        }
    }

    /// A definition with its parameters, without its own arguments.
    pub(super) fn head(&self, id: LetId, place: &Place) -> Result<String> {
        if let Some((replaced, name)) = &place.replaced
            && *replaced == id
        {
            return Ok(name.clone());
        }
        let needs = self.needs.definition(id);
        let by = place.replaced.as_ref().filter(|(replaced, _)| needs.lets.contains(replaced));
        self.define(id, by.map(|(replaced, _)| *replaced))?;
        let mut text = self.constant(id, by.map(|(replaced, _)| *replaced));
        if needs.state {
            text += " mf";
        }
        text += &format!(" {}", place.net);
        if needs.hold {
            text += &format!(" {}", place.held);
        }
        for &param in &needs.params {
            text += &format!(" {}", self.parameter(param, place));
        }
        if let Some((_, name)) = by {
            text += &format!(" {name}");
        }
        Ok(text)
    }

    fn parameter(&self, param: ParamId, place: &Place) -> String {
        match &place.moved {
            Some((moved, name)) if *moved == param => name.clone(),
            _ => names::global(&self.document.params[param].name),
        }
    }

    /// A family of parameters of the network, or a declared one.
    fn family_of(&self, param: ParamId, place: &Place) -> Term {
        let Param { name, kind, .. } = &self.document.params[param];
        match kind {
            ParamKind::Declared { .. } => Term::new(self.parameter(param, place), 0),
            _ => Term::new(format!("{name} {}", place.net), APPLICATION),
        }
    }

    fn applied(&self, head: Term, rest: String) -> Term {
        if rest.is_empty() { head } else { Term::new(head.within(APPLICATION) + &rest, APPLICATION) }
    }

    /// A number or a family.
    pub(super) fn term(&self, node: NodeId, place: &Place) -> Result<Term> {
        let binary = |sign: &str, level: u8, a: NodeId, b: NodeId| -> Result<Term> {
            let (a, b) = (self.term(a, place)?.within(level), self.term(b, place)?.within(level - 1));
            Ok(Term::new(format!("{a} {sign} {b}"), level))
        };
        let call = |name: &str, arguments: &[NodeId]| -> Result<Term> {
            let mut text = name.to_owned();
            for &argument in arguments {
                text += &format!(" {}", self.term(argument, place)?.atom());
            }
            Ok(Term::new(text, APPLICATION))
        };
        match self.op(node) {
            Op::Constant(value) => Ok(constant(value)),
            Op::Param(param, indices) => {
                let rest = self.list(indices, &self.document.params[*param].sorts, place)?;
                Ok(self.applied(self.family_of(*param, place), rest))
            }
            Op::ParamFamily(param) => Ok(self.family_of(*param, place)),
            Op::Call(id, arguments) | Op::LetFamily(id, arguments) => {
                let mut rest = String::new();
                for (&argument, formal) in arguments.iter().zip(&self.document.lets[*id].formals) {
                    rest += &format!(" {}", self.argument(argument, formal, place)?);
                }
                let head = self.head(*id, place)?;
                let level = if head.contains(' ') { APPLICATION } else { 0 };
                Ok(self.applied(Term::new(head, level), rest))
            }
            Op::Variable(slot) | Op::VariableFamily(slot) => Ok(Term::new(place.bound.get(*slot), 0)),
            Op::Entry(family, indices) => {
                let Type::Family(sorts) = self.kind(*family).clone() else {
                    return Err("an entry of this kind".to_owned());
                };
                let rest = self.list(indices, &sorts, place)?;
                Ok(self.applied(self.term(*family, place)?, rest))
            }
            Op::Negate(a) => Ok(Term::new(format!("- {}", self.term(*a, place)?.within(POWER)), NEGATION)),
            Op::Add(a, b) => binary("+", SUM, *a, *b),
            Op::Sub(a, b) => binary("-", SUM, *a, *b),
            Op::Mul(a, b) => binary("*", PRODUCT, *a, *b),
            Op::Div(a, b) => binary("/", PRODUCT, *a, *b),
            Op::Power(a, exponent) => {
                let base = self.term(*a, place)?.within(APPLICATION);
                let power = Term::new(format!("{base} ^+ {}", exponent.unsigned_abs()), POWER);
                Ok(if *exponent < 0 { Term::new(format!("{}^-1", power.within(2)), 3) } else { power })
            }
            Op::Exp(a) => call("expR", &[*a]),
            Op::Ln(a) => call("ln", &[*a]),
            Op::Min(a, b) => call("Num.min", &[*a, *b]),
            Op::Max(a, b) => call("Num.max", &[*a, *b]),
            Op::Hold(a) => self.hold(*a, place),
            Op::If(condition, a, b) => {
                let (a, b) = (self.term(*a, place)?.open(), self.term(*b, place)?.open());
                Ok(Term::new(format!("if {} then {a} else {b}", self.truth(*condition, place)?), OPEN))
            }
            Op::Bracket(condition) => Ok(Term::new(format!("({})%:R", self.truth(*condition, place)?), 2)),
            Op::Ordinal(index) => match *self.kind(*index) {
                Type::Index(sort @ (Sort::Lag | Sort::Situation)) => {
                    Ok(Term::new(format!("(nat_of_ord {})%:R", self.index(*index, sort, place)?), 2))
                }
                _ => Err("the position of a unit, a state or a circuit".to_owned()),
            },
            Op::Fold(fold, binders, filter, body) => {
                let mut place = place.clone();
                let sign = if *fold == FoldKind::Sum { "sum" } else { "prod" };
                let heads = self.binders(binders, *filter, &mut place)?;
                let heads: String = heads.iter().map(|head| format!("\\{sign}_({head}) ")).collect();
                Ok(Term::new(heads + &self.term(*body, &place)?.within(PRODUCT), BIG))
            }
            Op::Expectation { slot, sort, weight, condition, body } => {
                self.expectation((*slot, *sort), weight, *condition, *body, place)
            }
            Op::Derivative { body, target, indices } => {
                let Derivative { by, arguments } = self.derivative(*body, *target, indices, place)?;
                Ok(Term::new(format!("d_{by} {arguments}"), APPLICATION))
            }
            Op::Winners(v) => {
                let v = self.index(*v, Sort::Configuration, place)?;
                Ok(Term::new(format!("winner K {v}"), APPLICATION))
            }
            Op::TrainFamily(n) => {
                Ok(Term::new(format!("spike K {}", self.index(*n, Sort::Train, place)?), APPLICATION))
            }
            Op::Softmax(family) => call("softmax", &[*family]),
            Op::MeanField { states, action, strength } => {
                let net = if self.of_states(*states) {
                    place.net.to_owned()
                } else {
                    format!("(at_states {} {})", place.net, self.term(*states, place)?.atom())
                };
                let clamp = match (action, strength) {
                    (None, _) => "free_state".to_owned(),
                    (Some(a), None) => format!("(clamped_at {})", self.index(*a, Sort::Action, place)?),
                    (Some(a), Some(strength)) => format!(
                        "(weakly_clamped_at {} {})",
                        self.index(*a, Sort::Action, place)?,
                        self.term(*strength, place)?.atom()
                    ),
                };
                Ok(Term::new(format!("mf {net} {clamp}"), APPLICATION))
            }
            Op::Solve { unknown, index, sort, body } => {
                let system = self.system(*unknown, (*index, *sort), *body, place)?;
                Ok(Term::new(format!("solution {system}"), APPLICATION))
            }
            _ => Err("an expression of this kind".to_owned()),
        }
    }

    /// Whether a family is that of the state neurons, `s`.
    pub(super) fn of_states(&self, family: NodeId) -> bool {
        matches!(self.op(family), Op::ParamFamily(param) if self.document.params[*param].kind == ParamKind::States)
    }

    /// The map whose fixed point solves a linear system.
    pub(super) fn system(
        &self,
        unknown: Slot,
        (index, sort): (Slot, Sort),
        body: NodeId,
        place: &Place,
    ) -> Result<String> {
        let mut place = place.clone();
        let family = self.bind(&mut place, unknown, "V");
        let entry = self.bind(&mut place, index, names::letter(sort));
        let body = self.term(body, &place)?.open();
        Ok(format!(
            "(fun ({family} : {}) ({entry} : {}) => {body})",
            names::family(&[sort]),
            names::set(sort)
        ))
    }

    fn hold(&self, held: NodeId, place: &Place) -> Result<Term> {
        let needs = self.needs.node(held);
        let moves = place.moved.as_ref().is_some_and(|(param, _)| needs.params.contains(param))
            || place.replaced.as_ref().is_some_and(|(id, _)| needs.lets.contains(id));
        if moves {
            return Err("hold of what depends on a declared parameter or definition that moves".to_owned());
        }
        self.term(held, &Place { net: place.held, ..place.clone() })
    }

    fn expectation(
        &self,
        (slot, sort): (Slot, Sort),
        weight: &Weight,
        condition: Option<NodeId>,
        body: NodeId,
        place: &Place,
    ) -> Result<Term> {
        let mut inner = place.clone();
        let own = self.bind(&mut inner, slot, names::letter(sort));
        let weight = match weight {
            Weight::Circuits(family) => format!("independent {} {own}", self.term(*family, place)?.atom()),
            Weight::Spikes(rate) => format!("spikes {} {own}", self.term(*rate, place)?.atom()),
            Weight::Number(number) => self.term(*number, &inner)?.within(PRODUCT),
        };
        let filter = match condition {
            Some(condition) => format!(" | {}", self.truth(condition, &inner)?),
            None => String::new(),
        };
        let head = format!("\\sum_({own} : {}{filter})", names::set(sort));
        let sum = format!("{head} {weight} * {}", self.term(body, &inner)?.within(PRODUCT - 1));
        Ok(match condition {
            Some(_) => Term::new(format!("({sum}) / ({head} {weight})"), PRODUCT),
            None => Term::new(sum, BIG),
        })
    }
}

fn constant(value: &RBig) -> Term {
    let whole = |text: String| match text.as_str() {
        "0" | "1" => Term::new(text, 0),
        _ => Term::new(format!("{text}%:R"), 2),
    };
    let top = whole(value.numerator().clone().into_parts().1.to_string());
    let size = if value.is_int() {
        top
    } else {
        Term::new(format!("{} / {}", top.text, whole(value.denominator().to_string()).text), PRODUCT)
    };
    if *value < RBig::ZERO { Term::new(format!("- {}", size.within(POWER)), NEGATION) } else { size }
}
