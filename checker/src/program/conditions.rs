//! Conditions of the claims about a rule.

use std::collections::BTreeMap;

use super::Program;
use crate::quantity::Network;
use crate::resolve::ir::{Document, Given, NodeId};
use crate::resolve::walk::for_each_child;

/// The conditions of the claims that read the rule.
pub(super) fn conditions(document: &Document, rule: &str, asked: usize) -> Vec<(String, Given)> {
    let lines: Vec<usize> = document.rules[rule].lines.values().copied().collect();
    let mut reads = Reads { document, lines, nodes: BTreeMap::new() };
    let claims = document.claims[..asked].iter().filter(|claim| claim.given != Given::default());
    let about = claims
        .filter(|claim| claim.chains.iter().flat_map(|chain| &chain.sides).any(|side| reads.node(*side)));
    about.map(|claim| (claim.id.clone(), claim.given.clone())).collect()
}

struct Reads<'a> {
    document: &'a Document,
    lines: Vec<usize>,
    nodes: BTreeMap<NodeId, bool>,
}

impl Reads<'_> {
    /// The expression reads a line of the rule.
    fn node(&mut self, node: NodeId) -> bool {
        use crate::resolve::ir::Op as Node;
        if let Some(&known) = self.nodes.get(&node) {
            return known;
        }
        let op = &self.document.nodes[node].op;
        let mut found = match op {
            Node::Call(id, _) | Node::LetFamily(id, _) => {
                self.lines.contains(id) || self.node(self.document.lets[*id].body)
            }
            _ => false,
        };
        let mut children = Vec::new();
        for_each_child(op, |child| children.push(child));
        found |= children.into_iter().any(|child| self.node(child));
        self.nodes.insert(node, found);
        found
    }
}

impl Program {
    /// The conditions (`given`) of claims that read the rule, which this network does not meet:
    /// `claim: condition`. `own` has the families of a sample.
    pub fn unmet(&self, network: &Network, own: &BTreeMap<String, Vec<f64>>) -> Vec<String> {
        let Network { shape, families, .. } = network;
        let hidden = |unit: usize| unit < shape.hidden_units();
        let units = shape.units();
        let any = |name: &str, is_in: &dyn Fn(usize, usize) -> bool| {
            let entries = families.get(name).into_iter().flatten().enumerate();
            entries.into_iter().any(|(at, &weight)| weight != 0.0 && is_in(at / units, at % units))
        };
        let mut unmet = Vec::new();
        for (claim, given) in &self.conditions {
            let blocks = [
                (given.hidden_hidden, "W_HH", any("W", &|i, j| hidden(i) && hidden(j))),
                (given.hidden_action, "W_HA", any("W", &|i, j| hidden(i) != hidden(j))),
                (given.state_hidden, "U_SH", any("U", &|_, i| hidden(i))),
                (given.state_action, "U_SA", any("U", &|_, i| !hidden(i))),
                (given.bias_hidden, "b_H", any("b", &|_, i| hidden(i))),
                (given.bias_action, "b_A", any("b", &|_, i| !hidden(i))),
            ];
            let wrong = blocks.iter().filter(|(asked, _, differs)| *asked && *differs);
            unmet.extend(wrong.map(|(_, block, _)| format!("{claim}: {block} = 0")));
            for (param, value) in &given.declared {
                let name = &self.params[*param].name;
                let found = own.get(name).or(families.get(name));
                if found.is_some_and(|found| found.first() != Some(&f64::from(*value))) {
                    unmet.push(format!("{claim}: {name} = {value}"));
                }
            }
        }
        unmet
    }
}
