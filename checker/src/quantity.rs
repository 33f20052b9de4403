//! The value of a quantity of a chapter on a given network.
//!
//! Tests use this to compare a chapter with another program: the same label and the same network,
//! computed twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::evaluate::geometry::Shape;
use crate::evaluate::high::{Precise, Ties};
use crate::evaluate::mode::Mode;
use crate::evaluate::point::{Convention, Point};
use crate::evaluate::{Evaluator, SlotValue};
use crate::judge::instances::instances;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::parser::parse;
use crate::language::source::Source;
use crate::resolve;
use crate::resolve::ir::ParamKind;

/// A network with the values of its entries.
#[derive(Clone, Debug)]
pub struct Network {
    /// Shape, with the number of situations and the window if a quantity uses them.
    pub shape: Shape,
    /// Convention of the energy.
    pub convention: Convention,
    /// Whether two units are connected, units × units. All pairs of units of two circuits agree.
    pub connected: Vec<Vec<bool>>,
    /// Entries of families by name, in row-major order: `W`, `U`, `b`, `s`, `R`, `A`, and declared
    /// families. A family that is left out is zero.
    pub families: BTreeMap<String, Vec<f64>>,
}

/// One entry of a quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Values of the indices after `for`, in order. Units are numbered circuit by circuit; an
    /// action has the number of its unit.
    pub indices: Vec<usize>,
    /// The value, rounded from 256 bits.
    pub value: f64,
}

const BUDGET: u64 = 1_000_000_000;

/// Evaluates `quantity`, written as `for i, j: expression` (or an expression alone), with the
/// definitions of `source` and of `prelude` in scope.
///
/// # Errors A diagnostic if the quantity does not parse or resolve, if it has no value on this
/// network, or if the network gives a family that the chapter does not declare or that has another
/// number of entries.
///
/// ```
/// use svpg_check::{Convention, Network, Shape, Source, quantity};
///
/// let text = "# Drive\n```svpg\nnetwork rwta(S, G, D, A)\nlet z[i] = sum(k) U[k,i]*s[k] + b[i]\n```\n";
/// // One state neuron, no hidden circuit, two actions.
/// let shape = Shape { states: 1, hidden_circuits: 0, hidden_size: 1, actions: 2, situations: 1, window: 1 };
/// let families = [("U", vec![1.0, 2.0]), ("s", vec![0.5]), ("b", vec![0.0, 0.25])];
/// let families = families.map(|(name, entries)| (name.to_owned(), entries)).into_iter().collect();
/// let network = Network { shape, convention: Convention::Full, connected: vec![vec![false; 2]; 2], families };
///
/// let entries = quantity(&Source::new("drive.md", text), None, &network, "for i: z[i]")?;
/// assert_eq!(entries.iter().map(|entry| entry.value).collect::<Vec<_>>(), [0.5, 1.25]);
/// # Ok::<(), svpg_check::Diagnostic>(())
/// ```
pub fn quantity(
    source: &Arc<Source>,
    prelude: Option<&Arc<Source>>,
    network: &Network,
    quantity: &str,
) -> Result<Vec<Entry>, Diagnostic> {
    let asked =
        Source::new("quantity", format!("```svpg\nclaim quantity \"asked for\" {quantity} = 0\n```\n"));
    let (prelude, unread) = prelude.map(parse).unwrap_or_default();
    let (mut items, wrong) = parse(source);
    items.retain(|item| {
        !matches!(item, crate::language::ast::Item::Claim(_) | crate::language::ast::Item::Measured(_))
    });
    let (question, unclear) = parse(&asked);
    items.extend(question);
    let resolution = resolve::resolve(&items, &prelude);
    let mut found = unread.into_iter().chain(wrong).chain(unclear).chain(resolution.diagnostics);
    if let Some(diagnostic) = found.next() {
        return Err(diagnostic);
    }
    let document = resolution.document;
    let claim = &document.claims[0];
    let chain = &claim.chains[0];
    for (name, values) in &network.families {
        let declared = document.params.iter().find(|family| family.name == *name);
        let expected = declared.map(|family| network.shape.entries(&family.sorts));
        if expected != Some(values.len()) {
            let message = match expected {
                Some(expected) => {
                    format!("the network has {} entries of `{name}`, expected {expected}", values.len())
                }
                None => {
                    format!("the network has entries of `{name}`, which is not a family of {}", source.name())
                }
            };
            return Err(Diagnostic::new(
                Code::UnknownName,
                &chain.span,
                message,
                "the families are built in or declared in `param` lines",
            ));
        }
    }
    let mut entries = BTreeMap::new();
    let point =
        Point::given(network.shape, network.convention, |i, j| network.connected[i][j], BTreeMap::new());
    for (param, family) in document.params.iter().enumerate() {
        let Some(values) = network.families.get(&family.name) else {
            if matches!(family.kind, ParamKind::Kappa | ParamKind::Mask) {
                continue;
            }
            entries.extend((0..network.shape.entries(&family.sorts)).map(|flat| ((param, flat), 0.0)));
            continue;
        };
        network.shape.each_entry(&family.sorts, &mut |flat, indices| {
            let canonical = point.canonical(family.kind, flat, indices);
            entries.insert((param, canonical), values[flat]);
        });
    }
    let point = Point::given(network.shape, network.convention, |i, j| network.connected[i][j], entries);
    let mut ev = Evaluator::new(&document, &network.shape, Precise::domain(point, Ties::Allowed), BUDGET);
    let none = |_| {
        Diagnostic::new(
            Code::NoPoint,
            &chain.span,
            "the quantity has no value on this network",
            "choose a network on which every divisor is not zero and every logarithm has a positive argument",
        )
    };
    let frames = instances(&mut ev, chain).map_err(none)?;
    frames
        .into_iter()
        .map(|mut frame| {
            let indices = chain
                .binders
                .iter()
                .map(|binder| match frame[binder.slot] {
                    SlotValue::Index(index) => index as usize,
                    _ => 0,
                })
                .collect();
            let value = ev.eval(chain.sides[0], &mut frame, Mode::BASE).map_err(none)?;
            Ok(Entry { indices, value: value.value.to_f64() })
        })
        .collect()
}
