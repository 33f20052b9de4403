//! Fixed points of the exact tier, with chosen exponentials of net inputs.

use std::rc::Rc;

use super::analytic::{Analytic, Settled};
use super::domain::Evaluator;
use super::error::{EvalError, Outcome};
use super::geometry::Shape;
use super::mode::{Mode, Phase};
use super::point::{BIAS, RECURRENT, STATE};
use super::probe::{FixedPoint, Probe, Shared, eval_error};
use crate::number::Number;
use crate::number::lanes::{Lanes, all_inverse};
use crate::number::unknowns::Product;
use crate::resolve::ir::NodeId;

/// Finds the fixed point of a phase with these states, or creates it.
pub(super) fn fixed_point(
    ev: &mut Evaluator<'_, Analytic<Probe<'_>>>,
    phase: &Phase,
    states: &[Lanes],
    clamp: Option<(usize, Lanes)>,
) -> Outcome<usize> {
    let same = |a: &[Lanes], b: &[Lanes]| a.iter().zip(b).all(|(a, b)| a.values == b.values);
    let clamped_alike = |a: &Option<(usize, Lanes)>, b: &Option<(usize, Lanes)>| match (a, b) {
        (None, None) => true,
        (Some((a, s)), Some((b, t))) => a == b && s.values == t.values,
        _ => false,
    };
    let shared = Rc::clone(&ev.domain.backend.shared);
    let relaxed = phase.strength.is_some() || clamp.is_none();
    let find = |relaxed: bool| {
        shared.borrow().fixed_points.iter().position(|fixed| {
            same(&fixed.states, states) && clamped_alike(&fixed.clamp, &clamp) && (fixed.relaxed || !relaxed)
        })
    };
    if let Some(known) = find(relaxed) {
        return Ok(known);
    }
    let unrelaxed = find(false);
    let (settled, products) = match &clamp {
        Some((_, strength)) if strength.is_zero() => {
            let free = fixed_point(ev, phase, states, None)?;
            let shared = shared.borrow();
            let free = &shared.fixed_points[free];
            (Settled { strength: Some(strength.clone()), ..free.settled.clone() }, free.products.clone())
        }
        // The strength of a clamped phase may move, and the action units with it: compute their
        // softmax.
        Some((_, strength)) if strength.values == Lanes::one().values && relaxed => {
            let strong = Phase { strength: None, ..*phase };
            let id = match unrelaxed {
                Some(known) => known,
                None => fixed_point(ev, &strong, states, clamp.clone())?,
            };
            let (settled, products) = {
                let shared = shared.borrow();
                (shared.fixed_points[id].settled.clone(), shared.fixed_points[id].products.clone())
            };
            (Settled { softmax: relaxation(ev, phase, states, &settled.activity)?, ..settled }, products)
        }
        _ => choose(ev, phase, states, &clamp)?,
    };
    let mut shared = shared.borrow_mut();
    shared.fixed_points.push(FixedPoint { states: states.to_vec(), clamp, settled, relaxed, products });
    Ok(shared.fixed_points.len() - 1)
}

fn kappa(ev: &Evaluator<'_, Analytic<Probe<'_>>>) -> Lanes {
    Lanes::rational(&ev.domain.backend.shared.borrow().point.convention.kappa())
}

/// `z_i = κ Σ_j (W_ij + W_ji) q_j + Σ_k U_ki s_k + b_i`.
fn net_input(
    ev: &mut Evaluator<'_, Analytic<Probe<'_>>>,
    states: &[Lanes],
    activity: &[Lanes],
    kappa: &Lanes,
    i: usize,
) -> Lanes {
    let mut z = ev.param(BIAS, &[i], Mode::BASE).value;
    for (k, state) in states.iter().enumerate() {
        z = z.add(&ev.param(STATE, &[k, i], Mode::BASE).value.mul(state));
    }
    for (j, q) in activity.iter().enumerate() {
        let there = ev.param(RECURRENT, &[i, j], Mode::BASE).value;
        let back = ev.param(RECURRENT, &[j, i], Mode::BASE).value;
        z = z.add(&kappa.mul(&there.add(&back)).mul(q));
    }
    z
}

/// Divides these exponentials by their sums, circuit by circuit.
fn normalised(shape: &Shape, exponentials: &[Lanes], node: NodeId) -> Outcome<Vec<Lanes>> {
    let sum = |circuit| shape.members(circuit).fold(Lanes::zero(), |sum, i| sum.add(&exponentials[i]));
    let sums: Vec<Lanes> = (0..shape.circuits()).map(sum).collect();
    let factors = all_inverse(&sums).ok_or(EvalError::DivisionByZero(node))?;
    Ok(exponentials.iter().enumerate().map(|(i, own)| own.mul(&factors[shape.circuit_of(i)])).collect())
}

/// The activities for this softmax when the action circuit is clamped.
fn activity(shape: &Shape, softmax: &[Lanes], clamp: &Option<(usize, Lanes)>) -> Vec<Lanes> {
    let Some((action, strength)) = clamp else { return softmax.to_vec() };
    let freedom = Lanes::one().sub(strength);
    let share = |(i, share): (usize, &Lanes)| {
        if i < shape.hidden_units() {
            return share.clone();
        }
        let relaxed = freedom.mul(share);
        if i == *action { relaxed.add(strength) } else { relaxed }
    };
    softmax.iter().enumerate().map(share).collect()
}

/// An exponential that is determined by others: powers of earlier unknowns, and of units of the
/// same fixed point.
#[derive(Clone, Debug, Default, PartialEq)]
struct Determined {
    earlier: Product,
    units: Vec<(usize, i64)>,
}

/// The exponentials of units that no weights connect with the action circuit, from an earlier fixed
/// point with the same states. The clamp does not change them.
fn settled_alike(
    shared: &Shared<'_>,
    shape: &Shape,
    states: &[Lanes],
    free: usize,
) -> Vec<Option<Determined>> {
    let same = |a: &[Lanes], b: &[Lanes]| a.iter().zip(b).all(|(a, b)| a.values == b.values);
    let Some(known) = shared.fixed_points.iter().find(|fixed| same(&fixed.states, states)) else {
        return vec![None; free];
    };
    let reaches = shared.point.reaches_action();
    let alike = |i: usize| {
        let product = known.products[i].clone().filter(|_| !reaches[shape.circuit_of(i)])?;
        Some(Determined { earlier: product, units: vec![] })
    };
    (0..free).map(alike).collect()
}

/// Chooses the exponentials of the net inputs of all units that are not fully clamped. If a net
/// input depends on earlier exponents, its exponential is not free: it is set to the required
/// product, and the choice starts again.
fn choose(
    ev: &mut Evaluator<'_, Analytic<Probe<'_>>>,
    phase: &Phase,
    states: &[Lanes],
    clamp: &Option<(usize, Lanes)>,
) -> Outcome<(Settled<Lanes>, Vec<Option<Product>>)> {
    let shape = *ev.shape;
    let entirely = clamp.as_ref().is_some_and(|(_, strength)| strength.values == Lanes::one().values);
    let free = if entirely { shape.hidden_units() } else { shape.units() };
    let missing = |missing| eval_error(missing, phase.node);
    let unsupported = || EvalError::Unsupported(phase.node);
    let shared = Rc::clone(&ev.domain.backend.shared);
    let drawn: Vec<Lanes> = (0..free).map(|_| shared.borrow_mut().unknowns.draw()).collect();
    let (mark, first) = (shared.borrow().unknowns.mark(), shared.borrow().unknowns.count());
    let mut determined = settled_alike(&shared.borrow(), &shape, states, free);
    let kappa = kappa(ev);
    'again: for _ in 0..=free {
        let mut exponentials = vec![Lanes::one(); shape.units()];
        let mut ahead = 0;
        for i in 0..free {
            let unknowns = &shared.borrow().unknowns;
            exponentials[i] = if let Some(Determined { earlier, units }) = &determined[i] {
                let mut powers = units.iter().map(|&(unit, power)| drawn[unit].power(power.try_into().ok()?));
                powers
                    .try_fold(unknowns.product(earlier), |product, power| Some(product.mul(&power?)))
                    .ok_or_else(unsupported)?
            } else {
                let order = unknowns.order(unknowns.count() + ahead);
                ahead += 1;
                drawn[i].power(order as i32).ok_or_else(unsupported)?
            };
        }
        let softmax = normalised(&shape, &exponentials, phase.node)?;
        let activity = activity(&shape, &softmax, clamp);
        let mut products = vec![None; shape.units()];
        // The units of the unknowns from `first` on.
        let mut owners = Vec::with_capacity(free);
        for i in 0..free {
            let z = net_input(ev, states, &activity, &kappa, i);
            let unknowns = &mut shared.borrow_mut().unknowns;
            let index = unknowns.count();
            let Some(product) = unknowns.exp_as(&z, &drawn[i]).map_err(missing)? else {
                products[i] = Some(vec![(index, unknowns.order(index) as i64)]);
                owners.push(i);
                if determined[i].take().is_some() {
                    unknowns.reset(&mark);
                    continue 'again;
                }
                continue;
            };
            let mut found = Determined::default();
            for &(unknown, power) in &product {
                match unknown.checked_sub(first) {
                    None => found.earlier.push((unknown, power)),
                    Some(own) => found.units.push((owners[own], power)),
                }
            }
            products[i] = Some(product);
            if determined[i].as_ref() != Some(&found) {
                determined[i] = Some(found);
                unknowns.reset(&mark);
                continue 'again;
            }
        }
        let strength = clamp.as_ref().map(|(_, strength)| strength.clone());
        return Ok((Settled { activity, softmax, strength }, products));
    }
    Err(EvalError::NoFixedPoint(phase.node))
}

/// The softmax of all net inputs at these activities.
fn relaxation(
    ev: &mut Evaluator<'_, Analytic<Probe<'_>>>,
    phase: &Phase,
    states: &[Lanes],
    activity: &[Lanes],
) -> Outcome<Vec<Lanes>> {
    let shape = *ev.shape;
    let mut exponentials = Vec::with_capacity(shape.units());
    let kappa = kappa(ev);
    for i in 0..shape.units() {
        let z = net_input(ev, states, activity, &kappa, i);
        let unknowns = &mut ev.domain.backend.shared.borrow_mut().unknowns;
        let product = unknowns.exp(&z).map_err(|missing| eval_error(missing, phase.node))?;
        exponentials.push(unknowns.product(&product));
    }
    normalised(&shape, &exponentials, phase.node)
}
