//! Negative controls as claims: every derivation link and every rule with one thing wrong.

use super::sort::Sort;
use crate::language::ast::*;
use crate::language::mutate::{Mutant, is_zero, mutants};

/// A mutant as claims, one of which must fail.
pub(crate) struct Control {
    pub(crate) id: String,
    pub(crate) mutation: String,
    pub(crate) text: String,
    pub(crate) rule: Option<RuleItem>,
    pub(crate) claims: Vec<Claim>,
    /// `mutated side = original side`, checked if no claim fails.
    pub(crate) same: Vec<Claim>,
}

/// All mutants of the equalities that are expected to hold or to be sampled, and of all rules.
pub(crate) fn controls(items: &[Item]) -> Vec<Control> {
    let mut found = Vec::new();
    for item in items {
        match item {
            Item::Claim(claim) if matches!(claim.expected, Expected::Holds | Expected::Sampled) => {
                of_claim(claim, &mut found);
            }
            Item::Rule(rule) => of_rule(rule, items, &mut found),
            _ => {}
        }
    }
    found
}

fn unit_names(names: impl Iterator<Item = String>) -> Vec<String> {
    names.filter(|name| matches!(name.chars().next(), Some('i' | 'j' | 'l' | 'm' | 'h'))).collect()
}

fn of_claim(claim: &Claim, found: &mut Vec<Control>) {
    for (number, chain) in claim.chains.iter().enumerate() {
        let units = unit_names(chain.binders.list.iter().map(|binder| binder.name.clone()));
        let sides: Vec<&Expr> =
            std::iter::once(&chain.first).chain(chain.links.iter().map(|link| &link.side)).collect();
        if chain.links.iter().any(|link| link.relation != Relation::Equal) {
            continue;
        }
        for (at, side) in sides.iter().enumerate() {
            let neighbour = if at == 0 { sides[1] } else { sides[at - 1] };
            let scaled = !is_zero(neighbour);
            for (count, Mutant { mutation, expr }) in mutants(side, &units, scaled).into_iter().enumerate() {
                found.push(Control {
                    id: format!("{}/{number}.{at}.{count}", claim.id),
                    mutation,
                    text: format!("{expr} = {neighbour}"),
                    rule: None,
                    claims: vec![link_claim(claim, chain, &expr, neighbour)],
                    same: vec![link_claim(claim, chain, &expr, side)],
                });
            }
        }
    }
}

fn link_claim(claim: &Claim, chain: &Chain, left: &Expr, right: &Expr) -> Claim {
    let link = Link { relation: Relation::Equal, side: right.clone(), because: None };
    let (binders, span) = (chain.binders.clone(), chain.span.clone());
    with_chains(claim, vec![Chain { binders, first: left.clone(), links: vec![link], span }])
}

/// The same claim with other chains. Its own chains are not copied: there may be a thousand links,
/// each with mutants.
fn with_chains(claim: &Claim, chains: Vec<Chain>) -> Claim {
    Claim {
        id: claim.id.clone(),
        id_span: claim.id_span.clone(),
        title: claim.title.clone(),
        given: claim.given.clone(),
        expected: claim.expected,
        chains,
    }
}

fn of_rule(rule: &RuleItem, items: &[Item], found: &mut Vec<Control>) {
    let judges: Vec<&Claim> = items
        .iter()
        .filter_map(|item| match item {
            Item::Claim(claim) if claim.expected == Expected::Holds && mentions(claim, &rule.name) => {
                Some(claim)
            }
            _ => None,
        })
        .collect();
    for (line, content) in rule.lines.iter().enumerate() {
        let units = unit_names(content.indices.iter().map(|binder| binder.name.clone()));
        for (count, Mutant { mutation, expr }) in mutants(&content.body, &units, true).into_iter().enumerate()
        {
            let letter = content.parameter.letter();
            let name = format!("{}'{letter}{count}", rule.name);
            let mut changed = rule.clone();
            changed.name.clone_from(&name);
            changed.lines[line].body = expr.clone();
            let renamed = judges.iter().map(|claim| with_rule(claim, &rule.name, &name)).collect();
            found.push(Control {
                id: format!("{}.{letter}.{count}", rule.name),
                mutation,
                text: format!("{letter}[…] += {expr}"),
                rule: Some(changed),
                claims: renamed,
                same: judges
                    .first()
                    .map(|claim| same_line(claim, rule, content, &name))
                    .into_iter()
                    .collect(),
            });
        }
    }
}

/// `changed.W[i,j] = rule.W[i,j]`, for all indices and configurations, with `A` for numbers and `q`
/// for families.
fn same_line(judge: &Claim, rule: &RuleItem, line: &RuleLine, changed: &str) -> Claim {
    let span = &line.span;
    let name = |name: &str| Expr::new(Kind::Name(name.to_owned()), span.clone());
    let arguments: Vec<Expr> = rule
        .arguments
        .iter()
        .map(|formal| match (&formal.family, Sort::of_letter(&formal.binder.name)) {
            (Some(family), _) if family.name == "number" => name("A"),
            (Some(_), _) => name("q"),
            (None, Some(_)) => name(&formal.binder.name),
            (None, None) => name("A"),
        })
        .collect();
    let arguments = (!arguments.is_empty()).then_some(arguments);
    let side = |rule: &str| {
        let reference =
            Kind::Rule { name: rule.to_owned(), arguments: arguments.clone(), parameter: line.parameter };
        let indices = line.indices.iter().map(|binder| name(&binder.name)).collect();
        Expr::new(Kind::Index(Expr::new(reference, span.clone()), indices), span.clone())
    };
    let link = Link { relation: Relation::Equal, side: side(&rule.name), because: None };
    let chain = Chain {
        binders: Binders { list: line.indices.clone(), filter: None },
        first: side(changed),
        links: vec![link],
        span: span.clone(),
    };
    Claim { chains: vec![chain], given: vec![], ..judge.clone() }
}

fn mentions(claim: &Claim, rule: &str) -> bool {
    let is = |kind: &Kind| matches!(kind, Kind::Rule { name, .. } if name == rule);
    claim
        .chains
        .iter()
        .any(|chain| chain.first.contains(&is) || chain.links.iter().any(|link| link.side.contains(&is)))
}

fn with_rule(claim: &Claim, from: &str, to: &str) -> Claim {
    fn rename(expr: &mut Expr, from: &str, to: &str) {
        if let Kind::Rule { name, .. } = &mut *expr.kind
            && name == from
        {
            to.clone_into(name);
        }
        expr.children_mut().into_iter().for_each(|child| rename(child, from, to));
    }
    let mut claim = claim.clone();
    for chain in &mut claim.chains {
        rename(&mut chain.first, from, to);
        chain.links.iter_mut().for_each(|link| rename(&mut link.side, from, to));
    }
    claim
}

/// A control whose claims are resolved, as indices into the document's claims.
#[derive(Debug)]
pub(crate) struct ResolvedControl {
    pub(crate) id: String,
    pub(crate) mutation: String,
    pub(crate) text: String,
    pub(crate) claims: Vec<usize>,
    pub(crate) same: Vec<usize>,
}
