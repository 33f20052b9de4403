//! Comparisons with the same result for all values of the unknowns.
//!
//! The difference of the two sides is written as a polynomial in quantities. Of each quantity, only
//! its value at the point and whether it is positive are known. The polynomial has the same sign
//! for all values if it is a constant, or if all its terms have one sign and consist of squares and
//! positive quantities: states, parameters declared `positive`, exponentials, probabilities, and
//! quotients of these.

use std::cmp::Ordering;

use dashu_ratio::RBig;

use super::analytic::{Analytic, Backend};
use super::domain::Evaluator;
use super::error::{EvalError, Outcome};
use super::frame::{Frame, SlotValue};
use super::mode::Mode;
use crate::language::ast::FoldKind;
use crate::number::Number;
use crate::number::lanes::{Lanes, Residue};
use crate::number::modular::power;
use crate::number::polynomial::{Polynomial, Symbol};
use crate::resolve::ir::{NodeId, Op, ParamKind};

/// A value that identifies a quantity.
pub(crate) trait Identity {
    fn identity(&self) -> [u64; 2];
}

impl Identity for Residue {
    fn identity(&self) -> [u64; 2] {
        self.value
    }
}

impl Identity for Lanes {
    fn identity(&self) -> [u64; 2] {
        self.main().value
    }
}

/// Compares `a` with `b`; `None` if the result may depend on values.
pub(crate) fn order<B: Backend>(
    ev: &mut Evaluator<'_, Analytic<B>>,
    a: NodeId,
    b: NodeId,
    frame: &mut Frame,
) -> Outcome<Option<Ordering>>
where
    B::Scalar: Identity,
{
    Ok(polynomial(ev, a, frame)?.sub(&polynomial(ev, b, frame)?).sign())
}

/// Depth to which products and quotients are expanded before their values are used.
const FACTORS: usize = 4;

/// Whether a number is certainly positive for all values of the unknowns.
pub(crate) fn is_positive<B: Backend>(
    ev: &mut Evaluator<'_, Analytic<B>>,
    node: NodeId,
    frame: &mut Frame,
) -> Outcome<bool>
where
    B::Scalar: Identity,
{
    are_positive(ev, node, frame, FACTORS)
}

fn are_positive<B: Backend>(
    ev: &mut Evaluator<'_, Analytic<B>>,
    node: NodeId,
    frame: &mut Frame,
    factors: usize,
) -> Outcome<bool>
where
    B::Scalar: Identity,
{
    let document = ev.document;
    // First, what the form of the expression shows.
    let shows = match &document.nodes[node].op {
        Op::Exp(_) => true,
        Op::Mul(a, b) | Op::Div(a, b) if factors > 0 => {
            are_positive(ev, *a, frame, factors - 1)? && are_positive(ev, *b, frame, factors - 1)?
        }
        Op::Entry(family, indices) => match &document.nodes[*family].op {
            Op::LetFamily(id, arguments) if document.lets[*id].formals.len() > arguments.len() => {
                let indices: Vec<usize> = indices.iter().map(|&index| ev.index(index, frame)).collect();
                let (mut inner, _) = ev.enter(*id, arguments, &indices, frame);
                return are_positive(ev, document.lets[*id].body, &mut inner, factors);
            }
            _ => false,
        },
        Op::Variable(slot) => match frame[*slot].clone() {
            SlotValue::Thunk(thunk) => {
                return are_positive(ev, thunk.node, &mut thunk.frame.clone(), factors);
            }
            _ => false,
        },
        Op::Call(id, arguments) => {
            let (mut inner, _) = ev.enter(*id, arguments, &[], frame);
            return are_positive(ev, document.lets[*id].body, &mut inner, factors);
        }
        _ => false,
    };
    if shows {
        return Ok(true);
    }
    match polynomial(ev, node, frame) {
        Ok(polynomial) => Ok(polynomial.is_positive()),
        Err(EvalError::Again) => Err(EvalError::Again),
        Err(_) => Ok(false),
    }
}

fn polynomial<B: Backend>(
    ev: &mut Evaluator<'_, Analytic<B>>,
    node: NodeId,
    frame: &mut Frame,
) -> Outcome<Polynomial>
where
    B::Scalar: Identity,
{
    let document = ev.document;
    match &document.nodes[node].op {
        Op::Constant(value) => Ok(Polynomial::constant(value)),
        Op::Param(param, indices) => {
            let family = &document.params[*param];
            let indices: Vec<usize> = indices.iter().map(|&index| ev.index(index, frame)).collect();
            Ok(param_entry(ev, *param, family.kind, &indices))
        }
        Op::Variable(slot) => match frame[*slot].clone() {
            SlotValue::Thunk(thunk) => polynomial(ev, thunk.node, &mut thunk.frame.clone()),
            _ => Err(EvalError::Unsupported(node)),
        },
        Op::Call(id, arguments) => memoized(ev, node, frame, &[], |ev, frame| {
            let (mut inner, _) = ev.enter(*id, arguments, &[], frame);
            polynomial(ev, document.lets[*id].body, &mut inner)
        }),
        Op::Negate(a) => Ok(polynomial(ev, *a, frame)?.scaled(&RBig::from(-1))),
        Op::Add(a, b) => Ok(polynomial(ev, *a, frame)?.add(&polynomial(ev, *b, frame)?)),
        Op::Sub(a, b) => Ok(polynomial(ev, *a, frame)?.sub(&polynomial(ev, *b, frame)?)),
        Op::Mul(a, b) => {
            let (a, b) = (polynomial(ev, *a, frame)?, polynomial(ev, *b, frame)?);
            match a.mul(&b) {
                Some(product) => Ok(product),
                None => opaque(ev, node, a.has_sign_of(&b), frame),
            }
        }
        Op::Div(a, b) => {
            let (a, b) = (polynomial(ev, *a, frame)?, polynomial(ev, *b, frame)?);
            match b.as_constant().filter(|b| !b.is_zero()) {
                Some(divisor) => Ok(a.scaled(&(RBig::ONE / divisor))),
                None if a == b && b.sign().is_some_and(Ordering::is_ne) => {
                    Ok(Polynomial::constant(&RBig::ONE))
                }
                None => opaque(ev, node, a.has_sign_of(&b), frame),
            }
        }
        Op::Power(a, exponent) if (0..=8).contains(exponent) => {
            let base = polynomial(ev, *a, frame)?;
            let mut power = Polynomial::constant(&RBig::ONE);
            for _ in 0..*exponent {
                match power.mul(&base) {
                    Some(product) => power = product,
                    None => return opaque(ev, node, base.is_positive(), frame),
                }
            }
            Ok(power)
        }
        Op::Power(a, exponent) => {
            let base = polynomial(ev, *a, frame)?;
            let constant = base.as_constant().filter(|base| !base.is_zero());
            if let Some(power) = constant.and_then(|base| power(&base, *exponent)) {
                return Ok(Polynomial::constant(&power));
            }
            opaque(ev, node, base.is_positive(), frame)
        }
        Op::Hold(a) => polynomial(ev, *a, frame),
        Op::Exp(a) => {
            if polynomial(ev, *a, frame)?.as_constant().is_some_and(|argument| argument.is_zero()) {
                return Ok(Polynomial::constant(&RBig::ONE));
            }
            opaque(ev, node, true, frame)
        }
        Op::Bracket(a) => {
            let holds = ev.truth(*a, frame, Mode::BASE)?;
            Ok(Polynomial::constant(&RBig::from(u8::from(holds))))
        }
        Op::Ordinal(index) => {
            let place = ev.index(*index, frame) - ev.start_of(*index);
            Ok(Polynomial::constant(&RBig::from(place)))
        }
        Op::If(condition, yes, no) => {
            let branch = if ev.truth(*condition, frame, Mode::BASE)? { *yes } else { *no };
            polynomial(ev, branch, frame)
        }
        Op::Min(a, b) | Op::Max(a, b) => {
            let (left, right) = (polynomial(ev, *a, frame)?, polynomial(ev, *b, frame)?);
            let order = left.clone().sub(&right).sign().ok_or(EvalError::Open(node))?;
            let smaller = matches!(document.nodes[node].op, Op::Min(..));
            Ok(if order.is_le() == smaller { left } else { right })
        }
        Op::Fold(FoldKind::Sum, binders, filter, body) => memoized(ev, node, frame, &[], |ev, frame| {
            let mut sum = Polynomial::default();
            ev.each(binders, *filter, (frame, Mode::BASE), node, &mut |ev, frame| {
                sum.increase(&polynomial(ev, *body, frame)?, &RBig::ONE);
                Ok(())
            })?;
            Ok(sum)
        }),
        Op::Fold(FoldKind::Product, binders, filter, body) => memoized(ev, node, frame, &[], |ev, frame| {
            let mut product = Some(Polynomial::constant(&RBig::ONE));
            ev.each(binders, *filter, (frame, Mode::BASE), node, &mut |ev, frame| {
                let factor = polynomial(ev, *body, frame)?;
                product = product.take().and_then(|product| product.mul(&factor));
                Ok(())
            })?;
            match product {
                Some(product) => Ok(product),
                None => opaque(ev, node, false, frame),
            }
        }),
        Op::Entry(family, indices) => {
            let indices: Vec<usize> = indices.iter().map(|&index| ev.index(index, frame)).collect();
            entry(ev, node, *family, &indices, frame)
        }
        _ => opaque(ev, node, false, frame),
    }
}

/// Memoizes a polynomial by all that it depends on.
fn memoized<B: Backend>(
    ev: &mut Evaluator<'_, Analytic<B>>,
    node: NodeId,
    frame: &mut Frame,
    indices: &[u32],
    compute: impl FnOnce(&mut Evaluator<'_, Analytic<B>>, &mut Frame) -> Outcome<Polynomial>,
) -> Outcome<Polynomial> {
    let key = ev.key(node, frame, Mode::BASE, indices);
    if let Some(known) = ev.domain.polynomials.get(&key) {
        return Ok(known.clone());
    }
    let polynomial = compute(ev, frame)?;
    ev.domain.polynomials.insert(key, polynomial.clone());
    Ok(polynomial)
}

/// An entry of a family.
fn entry<B: Backend>(
    ev: &mut Evaluator<'_, Analytic<B>>,
    node: NodeId,
    family: NodeId,
    indices: &[usize],
    frame: &mut Frame,
) -> Outcome<Polynomial>
where
    B::Scalar: Identity,
{
    let document = ev.document;
    match &document.nodes[family].op {
        Op::ParamFamily(param) => Ok(param_entry(ev, *param, document.params[*param].kind, indices)),
        Op::LetFamily(id, arguments) if document.lets[*id].formals.len() > arguments.len() => {
            let given: Vec<u32> = indices.iter().map(|&index| index as u32).collect();
            memoized(ev, family, frame, &given, |ev, frame| {
                let (mut inner, _) = ev.enter(*id, arguments, indices, frame);
                polynomial(ev, document.lets[*id].body, &mut inner)
            })
        }
        Op::LetFamily(id, arguments) => {
            let (mut inner, _) = ev.enter(*id, arguments, &[], frame);
            entry(ev, node, document.lets[*id].body, indices, &mut inner)
        }
        Op::VariableFamily(slot) => match frame[*slot].clone() {
            SlotValue::Thunk(thunk) => entry(ev, node, thunk.node, indices, &mut thunk.frame.clone()),
            _ => Err(EvalError::Unsupported(node)),
        },
        Op::Winners(_) | Op::TrainFamily(_) => {
            let value = ev.entry(family, indices, frame, Mode::BASE)?;
            Ok(Polynomial::constant(&RBig::from(u8::from(!value.value.is_zero()))))
        }
        op => {
            // In a fully clamped circuit, an activity is zero or one. Zero becomes a constant.
            let positive = matches!(op, Op::Softmax(_) | Op::MeanField { strength: None, .. });
            let value = ev.entry(family, indices, frame, Mode::BASE)?.value;
            Ok(known(value.identity(), positive))
        }
    }
}

fn param_entry<B: Backend>(
    ev: &mut Evaluator<'_, Analytic<B>>,
    param: usize,
    kind: ParamKind,
    indices: &[usize],
) -> Polynomial
where
    B::Scalar: Identity,
{
    if let Some(fixed) = B::fixed_entry(ev, param, indices) {
        return Polynomial::constant(&fixed);
    }
    let family = &ev.document.params[param];
    let flat = ev.shape.flat(&family.sorts, indices);
    let value = ev.domain.backend.param(family, param, flat, indices);
    known(value.identity(), kind.is_positive())
}

/// A quantity of its own, known by its value and whether it is positive.
fn opaque<B: Backend>(
    ev: &mut Evaluator<'_, Analytic<B>>,
    node: NodeId,
    positive: bool,
    frame: &mut Frame,
) -> Outcome<Polynomial>
where
    B::Scalar: Identity,
{
    let value = ev.eval(node, frame, Mode::BASE)?.value;
    Ok(known(value.identity(), positive))
}

/// Zero is a constant, not a quantity.
fn known(value: [u64; 2], positive: bool) -> Polynomial {
    if value == [0; 2] { Polynomial::default() } else { Polynomial::symbol(Symbol { value, positive }) }
}
