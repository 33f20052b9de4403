//! Configurations: enumeration, and expectations over them.

use std::rc::Rc;

use super::FaultKind;
use super::run::Machine;
use super::term::*;
use crate::language::source::Span;
use crate::limits::MAX_CONFIGURATIONS;

impl Machine<'_, '_> {
    /// Calls `visit` for every choice of winners of these circuits; the first unit wins in the
    /// others.
    pub(super) fn configure(
        &mut self,
        var: Var,
        circuits: &[usize],
        span: &Span,
        visit: &mut dyn FnMut(&mut Self),
    ) {
        let shape = self.shape;
        let sizes = circuits.iter().map(|&circuit| shape.members(circuit).len());
        let count = sizes.clone().try_fold(1usize, |product, size| product.checked_mul(size));
        if count.is_none_or(|count| count > MAX_CONFIGURATIONS) {
            let what = format!(
                "the expectation or sum needs more than {MAX_CONFIGURATIONS} configurations, too many to enumerate"
            );
            self.faulty(FaultKind::TooLarge, span, &what, "give a smaller network");
            return;
        }
        // The place of a configuration in tables, if all are countable.
        let mut strides = vec![0; shape.circuits()];
        if self.configurations.is_some() {
            let mut stride = 1;
            for (circuit, own) in strides.iter_mut().enumerate() {
                *own = stride;
                stride *= shape.members(circuit).len();
            }
        }
        self.drawn[var] = (0..shape.circuits()).map(|circuit| shape.members(circuit).start).collect();
        self.values[var] = 0;
        loop {
            visit(self);
            if self.fault.is_some() {
                return;
            }
            let mut advanced = false;
            for &circuit in circuits {
                let members = shape.members(circuit);
                let winner = &mut self.drawn[var][circuit];
                if *winner + 1 < members.end {
                    *winner += 1;
                    self.values[var] += strides[circuit];
                    advanced = true;
                    break;
                }
                *winner = members.start;
                self.values[var] -= strides[circuit] * (members.len() - 1);
            }
            if !advanced {
                return;
            }
        }
    }

    /// An expectation over configurations. Circuits that are not seen are summed by themselves.
    pub(super) fn draw(
        &mut self,
        var: Var,
        weight: Weight,
        condition: Option<TermId>,
        body: TermId,
        (seen, span): (&Seen, &Span),
    ) -> f64 {
        let shape = self.shape;
        let mut circuits: Vec<usize> = match seen {
            Seen::All => (0..shape.circuits()).collect(),
            Seen::Some { units, action } => {
                let of_units = units.iter().map(|ix| shape.circuit_of(self.index(ix)));
                of_units.chain(action.then_some(shape.hidden_circuits)).collect()
            }
        };
        circuits.sort_unstable();
        circuits.dedup();
        let probabilities: Option<Rc<[f64]>> = match weight {
            Weight::Number(_) => None,
            Weight::Circuits(family) => Some(self.whole(family)),
        };
        let unseen = probabilities.as_ref().map_or(1.0, |probabilities| {
            let rest = (0..shape.circuits()).filter(|circuit| circuits.binary_search(circuit).is_err());
            rest.map(|circuit| shape.members(circuit).map(|unit| probabilities[unit]).sum::<f64>()).product()
        });
        let (mut sum, mut mass) = (0.0, 0.0);
        self.configure(var, &circuits, span, &mut |machine| {
            machine.each(&[], condition, span, &mut |machine| {
                let weight = match (&probabilities, weight) {
                    (Some(probabilities), _) => {
                        circuits.iter().map(|&circuit| probabilities[machine.drawn[var][circuit]]).product()
                    }
                    (None, Weight::Number(weight)) => machine.eval(weight),
                    (None, Weight::Circuits(_)) => f64::NAN,
                };
                sum += weight * machine.eval(body);
                mass += weight;
            });
        });
        if condition.is_some() { self.quotient(sum, mass, span) } else { unseen * sum }
    }
}
