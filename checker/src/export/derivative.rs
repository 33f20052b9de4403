//! Derivatives by one entry, and that they exist.

use super::expression::{Exporter, Place, Result};
use super::names;
use crate::language::ast::Parameter;
use crate::resolve::ir::*;
use crate::resolve::sort::Type;

/// A derivative: the function and where it is taken.
pub(super) struct Derivative {
    /// `W`, `U`, `b`, `number` or `family`.
    pub(super) by: &'static str,
    /// The function and its point, as arguments.
    pub(super) arguments: String,
}

impl Exporter<'_> {
    /// That the derivative of this node exists.
    pub(super) fn derivable(&self, node: NodeId, place: &Place) -> Result<String> {
        let Op::Derivative { body, target, indices } = self.op(node) else {
            return Err("a derivative of this kind".to_owned());
        };
        let Derivative { by, arguments } = self.derivative(*body, *target, indices, place)?;
        Ok(format!("derivable_{by} {arguments}"))
    }

    pub(super) fn derivative(
        &self,
        body: NodeId,
        target: Target,
        indices: &[NodeId],
        place: &Place,
    ) -> Result<Derivative> {
        let mut inner = place.clone();
        let net = place.net;
        let Target::Param(param) = target else {
            let Target::Let(id) = target else { unreachable!("a target is a parameter or a definition") };
            let [Type::Index(sort)] = self.document.lets[id].formals.as_slice() else {
                return Err("a derivative by a definition with other than one index".to_owned());
            };
            let name = names::global(&self.document.lets[id].name) + "'";
            inner.replaced = Some((id, name.clone()));
            let (head, index) = (self.head(id, place)?, self.index(indices[0], *sort, place)?);
            let body = self.term(body, &inner)?.open();
            return Ok(Derivative {
                by: "family",
                arguments: format!("(fun {name} => {body}) ({head}) {index}"),
            });
        };
        let Param { name, kind, sorts } = &self.document.params[param];
        let rest = self.list(indices, sorts, place)?;
        match (kind, sorts.as_slice()) {
            (ParamKind::Weights(parameter), _) => {
                inner.net = "moved";
                let by = match parameter {
                    Parameter::Recurrent => "W",
                    Parameter::State => "U",
                    Parameter::Bias => "b",
                };
                let body = self.term(body, &inner)?.open();
                Ok(Derivative { by, arguments: format!("(fun moved => {body}) {net}{rest}") })
            }
            (ParamKind::Declared { .. }, [] | [_]) => {
                let moved = names::global(name) + "'";
                inner.moved = Some((param, moved.clone()));
                let by = if sorts.is_empty() { "number" } else { "family" };
                let (body, point) = (self.term(body, &inner)?.open(), names::global(name));
                Ok(Derivative { by, arguments: format!("(fun {moved} => {body}) {point}{rest}") })
            }
            _ => Err(format!("a derivative by `{name}`")),
        }
    }
}
