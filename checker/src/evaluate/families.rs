//! Entries of families.

use smallvec::SmallVec;

use super::cache::{DENOMINATOR, EXPONENTIAL};
use super::domain::{Domain, Evaluator};
use super::error::{EvalError, Outcome};
use super::frame::{Frame, SlotValue};
use super::mode::{Argument, Mode, Phase};
use crate::number::Number;
use crate::resolve::ir::{NodeId, Op};
use crate::resolve::sort::Type;

impl<D: Domain> Evaluator<'_, D> {
    pub(crate) fn entry(
        &mut self,
        family: NodeId,
        indices: &[usize],
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<D::Number> {
        self.spend(family, 1)?;
        let mode = self.effective(family, mode);
        let document = self.document;
        match &document.nodes[family].op {
            Op::ParamFamily(param) => Ok(self.param(*param, indices, mode)),
            Op::LetFamily(id, arguments) => {
                let own = document.lets[*id].formals.len() > arguments.len();
                let given: SmallVec<[u32; 4]> = indices.iter().map(|&index| index as u32).collect();
                let key = self.key(family, frame, mode, &given);
                self.memoize(key, |ev| {
                    if own {
                        let (inner, integers) = ev.enter(*id, arguments, indices, frame);
                        ev.call(*id, inner, &integers, mode)
                    } else {
                        let (mut inner, _) = ev.enter(*id, arguments, &[], frame);
                        ev.entry(document.lets[*id].body, indices, &mut inner, mode)
                    }
                })
            }
            Op::VariableFamily(slot) => match frame[*slot].clone() {
                SlotValue::Thunk(thunk) => self.entry(thunk.node, indices, &mut thunk.frame.clone(), mode),
                SlotValue::Solved(id) => {
                    let position = indices[0] - self.solved_start(family);
                    // The evaluator of another domain has no values for these unknowns.
                    let values = self.assigned.get(id as usize).ok_or(EvalError::Unsupported(family))?;
                    Ok(values[position].clone())
                }
                _ => unreachable!("a family slot holds a family"),
            },
            Op::Winners(configuration) => {
                let configuration = self.index(*configuration, frame);
                let wins = self.shape.winner(configuration, self.shape.circuit_of(indices[0])) == indices[0];
                Ok(if wins { D::Number::one() } else { D::Number::zero() })
            }
            Op::TrainFamily(train) => {
                let spikes = self.index(*train, frame) >> indices[0] & 1 == 1;
                Ok(if spikes { D::Number::one() } else { D::Number::zero() })
            }
            Op::Softmax(inner) => self.softmax(family, *inner, indices[0], frame, mode),
            Op::MeanField { states, action, strength } => {
                let action = action.map(|action| self.index(action, frame));
                let phase = Phase { node: family, states: *states, action, strength: *strength };
                D::mean_field(self, &phase, indices[0], frame, mode)
            }
            Op::Solve { unknown, index, sort, body } => {
                let position = indices[0] - self.shape.range(*sort).start;
                let solution = self.solve(family, (*unknown, *index, *sort), *body, frame, mode)?;
                Ok(solution[position].clone())
            }
            _ => unreachable!("kinds were checked"),
        }
    }

    pub(crate) fn start_of(&self, index: NodeId) -> usize {
        match self.document.nodes[index].kind {
            Type::Index(sort) => self.shape.range(sort).start,
            _ => 0,
        }
    }

    fn solved_start(&self, family: NodeId) -> usize {
        match &self.document.nodes[family].kind {
            Type::Family(sorts) => self.shape.range(sorts[0]).start,
            _ => 0,
        }
    }

    fn softmax(
        &mut self,
        node: NodeId,
        inner: NodeId,
        unit: usize,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<D::Number> {
        let circuit = self.shape.circuit_of(unit);
        let key = self.key(node, frame, mode, &[DENOMINATOR, circuit as u32]);
        let denominator = self.memoize(key, |ev| {
            ev.shape.members(circuit).try_fold(D::Number::zero(), |sum, member| {
                Ok(sum.add(&ev.exponential(node, inner, member, frame, mode)?))
            })
        })?;
        let numerator = self.exponential(node, inner, unit, frame, mode)?;
        self.quotient(&numerator, &denominator, node)
    }

    fn exponential(
        &mut self,
        node: NodeId,
        inner: NodeId,
        unit: usize,
        frame: &mut Frame,
        mode: Mode,
    ) -> Outcome<D::Number> {
        let key = self.key(node, frame, mode, &[EXPONENTIAL, unit as u32]);
        self.memoize(key, |ev| D::exp(ev, Argument::Entry(inner, unit), frame, mode))
    }
}
