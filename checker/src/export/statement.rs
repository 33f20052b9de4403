//! Definitions and claims as definitions of Coq.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::expression::{Exporter, Place, Result};
use super::names;
use crate::language::ast::{Conventions, Expected, Relation};
use crate::resolve::ir::*;
use crate::resolve::sort::Type;
use crate::resolve::walk::for_each_child;

/// What a derivative moves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moves {
    Nothing,
    /// An entry of the network.
    Network,
    /// A declared parameter. Of a fixed point it can move the strength of the clamp alone.
    Number(ParamId),
}

/// The mean-field states that derivatives pass through.
#[derive(Default)]
struct Passed {
    free: bool,
    clamped: bool,
    /// The strengths of weak clamps, as terms.
    strengths: Vec<String>,
}

impl Exporter<'_> {
    /// The constant of a definition; with `by`, of its version in which the entries of that
    /// definition move.
    pub(super) fn constant(&self, id: LetId, by: Option<LetId>) -> String {
        let name = names::global(&self.document.lets[id].name);
        let own = |other: &LetNode| other.name == self.document.lets[id].name;
        let by =
            by.map(|by| format!("__{}", names::global(&self.document.lets[by].name))).unwrap_or_default();
        // A chapter may define a name of the prelude again.
        let hidden = id < self.prelude && self.document.lets[self.prelude..].iter().any(own);
        let file = if hidden && by.is_empty() { "chapter_01_network." } else { "" };
        format!("{file}{name}{by}")
    }

    /// Writes a definition, and before it those that it uses, unless they are written.
    pub(super) fn define(&self, id: LetId, by: Option<LetId>) -> Result<()> {
        if id < self.prelude && by.is_none() {
            return Ok(());
        }
        if let Some(done) = self.done.borrow().get(&(id, by)) {
            return done.clone();
        }
        let text = self.definition(id, by);
        let outcome = text.map(|text| self.written.borrow_mut().push(text));
        self.done.borrow_mut().insert((id, by), outcome.clone());
        outcome
    }

    fn definition(&self, id: LetId, by: Option<LetId>) -> Result<String> {
        let definition = &self.document.lets[id];
        let needs = self.needs.definition(id);
        let mut place = Place::new(if needs.hold { "held" } else { "net" });
        let mut head = format!("Definition {} {{K : realType}} {{sh : shape}}", self.constant(id, by));
        if needs.state {
            head += " (mf : states K sh)";
        }
        head += " (net : network K sh)";
        if needs.hold {
            head += " (held : network K sh)";
        }
        for &param in &needs.params {
            let Param { name, sorts, .. } = &self.document.params[param];
            let _ = write!(head, " ({} : {})", names::global(name), names::family(sorts));
        }
        if let Some(by) = by {
            let moved = &self.document.lets[by];
            let [Type::Index(sort)] = moved.formals.as_slice() else {
                return Err("a derivative by a definition with other than one index".to_owned());
            };
            let name = names::global(&moved.name) + "'";
            let _ = write!(head, " ({name} : {})", names::family(&[*sort]));
            place.replaced = Some((by, name));
        }
        for (slot, (name, kind)) in definition.names.iter().zip(&definition.formals).enumerate() {
            let name = self.bind(&mut place, slot, name);
            let _ = write!(head, " ({name} : {})", names::kind(kind));
        }
        let result = names::kind(&self.document.nodes[definition.body].kind);
        let body = self.term(definition.body, &place)?.open();
        Ok(format!("{head} : {result} :=\n  {body}.\n"))
    }

    /// The statement of a claim.
    pub(super) fn statement(&self, claim: &ClaimNode) -> Result<String> {
        if claim.expected == Expected::Unchecked {
            return Err("a claim without a verdict".to_owned());
        }
        let sides = claim.chains.iter().flat_map(|chain| chain.sides.iter().copied().chain(chain.filter));
        let needs: Vec<_> = sides.map(|side| self.needs.node(side)).collect();
        let mut params: BTreeSet<ParamId> = needs.iter().flat_map(|needs| &needs.params).copied().collect();
        params.extend(claim.given.declared.iter().map(|(param, _)| *param));
        let mut head = "forall (sh : shape) (net : network K sh)".to_owned();
        let state = needs.iter().any(|needs| needs.state);
        if state {
            head += " (mf : states K sh)";
        }
        for &param in &params {
            let Param { name, sorts, .. } = &self.document.params[param];
            let _ = write!(head, " ({} : {})", names::global(name), names::family(sorts));
        }
        head += ",\n  network_ok net ->\n";
        let mut hypotheses = self.hypotheses(claim, &params)?;
        hypotheses.extend(self.domain(claim)?);
        if state {
            hypotheses.push("fixed_points mf".to_owned());
        }
        hypotheses.extend(self.smooth(claim)?);
        let systems: BTreeSet<_> = needs.iter().flat_map(|needs| &needs.systems).copied().collect();
        for (owner, system) in systems {
            hypotheses.push(self.one_solution(owner, system)?);
        }
        for hypothesis in hypotheses {
            let _ = writeln!(head, "  {hypothesis} ->");
        }
        let refuted = claim.expected == Expected::Refuted;
        let chains =
            claim.chains.iter().map(|chain| self.chain(chain, refuted)).collect::<Result<Vec<_>>>()?;
        let name = names::statement(&claim.id);
        if refuted {
            // The checker refutes each chain.
            let chains: Vec<_> = chains.iter().map(|chain| format!("~ ({head}  {chain})")).collect();
            let chains = chains.join("\n  /\\ ");
            return Ok(format!("Definition {name} : Prop :=\n  forall (K : realType),\n  {chains}.\n"));
        }
        let head = head.replacen("forall", "forall (K : realType)", 1);
        Ok(format!("Definition {name} : Prop :=\n  {head}  {}.\n", chains.join("\n  /\\ ")))
    }

    /// What a claim supposes of the parameters.
    fn hypotheses(&self, claim: &ClaimNode, params: &BTreeSet<ParamId>) -> Result<Vec<String>> {
        let mut found = Vec::new();
        match self.document.conventions {
            Conventions::Both => {}
            Conventions::Full => found.push("kappa net = 1".to_owned()),
            Conventions::Half => found.push("kappa net = 1 / 2%:R".to_owned()),
        }
        for &param in params {
            let Param { name, kind, sorts } = &self.document.params[param];
            if !matches!(kind, ParamKind::Declared { positive: true }) {
                continue;
            }
            let letters: Vec<String> = (0..sorts.len()).map(|at| format!("i{at}")).collect();
            let name = names::global(name);
            found.push(match letters.as_slice() {
                [] => format!("0 < {name}"),
                _ => format!("(forall {}, 0 < {name} {})", letters.join(" "), letters.join(" ")),
            });
        }
        let Given {
            hidden_hidden, hidden_action, state_hidden, state_action, bias_hidden, bias_action, ..
        } = claim.given;
        let blocks = [
            (hidden_hidden, "(forall h h', W net (inl h) (inl h') = 0)"),
            (hidden_action, "(forall h a, W net (inl h) (inr a) = 0 /\\ W net (inr a) (inl h) = 0)"),
            (state_hidden, "(forall k h, U net k (inl h) = 0)"),
            (state_action, "(forall k a, U net k (inr a) = 0)"),
            (bias_hidden, "(forall h, b net (inl h) = 0)"),
            (bias_action, "(forall a, b net (inr a) = 0)"),
        ];
        found.extend(blocks.iter().filter(|(given, _)| *given).map(|(_, text)| (*text).to_owned()));
        for &(param, value) in &claim.given.declared {
            let sign = if value < 0 { "- " } else { "" };
            let name = names::global(&self.document.params[param].name);
            found.push(format!("{name} = {sign}{}%:R", value.unsigned_abs()));
        }
        Ok(found)
    }

    /// The mean-field states that a derivative of the claim passes through.
    fn smooth(&self, claim: &ClaimNode) -> Result<Vec<String>> {
        let mut passed = Passed::default();
        for chain in &claim.chains {
            for &side in &chain.sides {
                self.moving(side, Moves::Nothing, &mut BTreeSet::new(), &mut passed)?;
            }
        }
        let mut texts = Vec::new();
        if passed.free {
            texts.push("smooth mf net free_state".to_owned());
        }
        if passed.clamped {
            texts.push("(forall a, smooth mf net (clamped_at a))".to_owned());
        }
        texts.extend(passed.strengths.iter().map(|strength| format!("smooth_in_strength mf net {strength}")));
        Ok(texts)
    }

    fn moving(
        &self,
        node: NodeId,
        moves: Moves,
        seen: &mut BTreeSet<(LetId, Moves)>,
        passed: &mut Passed,
    ) -> Result<()> {
        let op = &self.document.nodes[node].op;
        match op {
            Op::Hold(_) if moves != Moves::Nothing => return Ok(()),
            Op::Call(id, _) | Op::LetFamily(id, _) if seen.insert((*id, moves)) => {
                self.moving(self.document.lets[*id].body, moves, seen, passed)?;
            }
            Op::MeanField { states, .. } if moves != Moves::Nothing && !self.of_states(*states) => {
                return Err("a derivative through a mean-field state at other states than s".to_owned());
            }
            Op::MeanField { action, strength, .. } => match (moves, action, strength) {
                (Moves::Network, None, _) => passed.free = true,
                (Moves::Network, Some(_), None) => passed.clamped = true,
                (Moves::Network, Some(_), Some(_)) => {
                    return Err(
                        "a derivative of a weakly clamped state by a parameter of the network".to_owned()
                    );
                }
                (Moves::Number(param), _, Some(strength)) => self.strength(*strength, param, passed)?,
                (Moves::Number(_), _, None) | (Moves::Nothing, ..) => {}
            },
            // Where the entries of a definition move, the fixed point does not.
            Op::Derivative { body, target: Target::Param(param), .. } => {
                let declared = matches!(self.document.params[*param].kind, ParamKind::Declared { .. });
                let moves = if declared { Moves::Number(*param) } else { Moves::Network };
                return self.moving(*body, moves, seen, passed);
            }
            _ => {}
        }
        let mut outcome = Ok(());
        for_each_child(op, |child| {
            if outcome.is_ok() {
                outcome = self.moving(child, moves, seen, passed);
            }
        });
        outcome
    }

    /// The strength of a weak clamp, if it moves with a declared parameter.
    fn strength(&self, node: NodeId, param: ParamId, passed: &mut Passed) -> Result<()> {
        if !self.document.nodes[node].free.is_empty() {
            return Err("a derivative by a strength that depends on an index or an argument".to_owned());
        }
        let strength = self.term(node, &Place::new("net"))?.atom();
        if self.needs.node(node).params.contains(&param) && !passed.strengths.contains(&strength) {
            passed.strengths.push(strength);
        }
        Ok(())
    }

    /// That a linear system has one solution, for all arguments of the definition around it.
    fn one_solution(&self, owner: Option<LetId>, node: NodeId) -> Result<String> {
        let Op::Solve { unknown, index, sort, body } = self.document.nodes[node].op else {
            return Err("a linear system of this kind".to_owned());
        };
        let Some(owner) = owner else {
            return Err("a linear system in a claim: name it with let".to_owned());
        };
        let mut place = Place::new("net");
        let definition = &self.document.lets[owner];
        let mut binders = String::new();
        for (slot, (name, kind)) in definition.names.iter().zip(&definition.formals).enumerate() {
            let name = self.bind(&mut place, slot, name);
            let _ = write!(binders, " ({name} : {})", names::kind(kind));
        }
        let known = definition.formals.len();
        if self.document.nodes[node].free.iter().any(|slot| *slot >= known) {
            return Err("a linear system inside a sum: name it with let".to_owned());
        }
        let system = self.system(unknown, (index, sort), body, &place)?;
        let quantifier = if binders.is_empty() { String::new() } else { format!("forall{binders}, ") };
        Ok(format!("({quantifier}one_solution {system})"))
    }

    /// A chain: its links, and that its derivatives exist. To refute it is to refute a link where
    /// the derivatives exist.
    fn chain(&self, chain: &ChainNode, refuted: bool) -> Result<String> {
        let mut place = Place::new("net");
        let head = self.quantifier(&chain.binders, chain.filter, &mut place)?;
        let mut parts = Vec::new();
        for (link, sides) in chain.links.iter().zip(chain.sides.windows(2)) {
            let sign = match link.relation {
                Relation::Equal => "=",
                Relation::LessEqual => "<=",
                Relation::GreaterEqual => ">=",
            };
            let (left, right) = (self.term(sides[0], &place)?.side(), self.term(sides[1], &place)?.side());
            parts.push(format!("{left} {sign} {right}"));
        }
        let mut exist = Vec::new();
        for &side in &chain.sides {
            self.derivatives(side, &place, &mut exist)?;
        }
        let mut exists = String::new();
        if refuted {
            exists = exist.iter().map(|part| format!("{part} ->\n      ")).collect();
        } else {
            parts.extend(exist);
        }
        Ok(format!("({head}{exists}{})", parts.join("\n      /\\ ")))
    }

    /// `forall (i : …), condition -> `.
    fn quantifier(
        &self,
        binders: &[BinderNode],
        filter: Option<NodeId>,
        place: &mut Place,
    ) -> Result<String> {
        let mut text = String::new();
        for head in self.binders(binders, filter, place)? {
            let (binder, condition) =
                head.split_once(" | ").map_or((head.as_str(), None), |(a, b)| (a, Some(b)));
            let _ = write!(text, "forall ({binder}), ");
            if let Some(condition) = condition {
                let _ = write!(text, "{condition} -> ");
            }
        }
        Ok(text)
    }

    /// Adds, for each derivative in an expression and in the definitions that it uses, that it
    /// exists.
    fn derivatives(&self, node: NodeId, place: &Place, parts: &mut Vec<String>) -> Result<()> {
        let op = &self.document.nodes[node].op;
        match op {
            Op::Call(id, arguments) | Op::LetFamily(id, arguments)
                if self.needs.definition(*id).derivative =>
            {
                let definition = &self.document.lets[*id];
                let mut inner = Place { bound: place.bound.reserved(), ..place.clone() };
                for (slot, (&argument, formal)) in arguments.iter().zip(&definition.formals).enumerate() {
                    inner.bound.set(slot, self.argument(argument, formal, place)?);
                }
                self.derivatives(definition.body, &inner, parts)?;
            }
            Op::Derivative { .. } => {
                let exists = self.derivable(node, place)?;
                if !parts.contains(&exists) {
                    parts.push(exists);
                }
                return Ok(());
            }
            _ => {}
        }
        let inner = self.needs.node(node);
        if !inner.derivative {
            return Ok(());
        }
        let mut own = Vec::new();
        let mut around = place.clone();
        let head = match op {
            Op::Fold(_, binders, filter, _) => self.quantifier(binders, *filter, &mut around)?,
            Op::Expectation { slot, sort, .. } => {
                let name = self.bind(&mut around, *slot, names::letter(*sort));
                format!("forall ({name} : {}), ", names::set(*sort))
            }
            _ => String::new(),
        };
        let mut outcome = Ok(());
        for_each_child(op, |child| {
            if outcome.is_ok() {
                outcome = self.derivatives(child, &around, &mut own);
            }
        });
        outcome?;
        for exists in own {
            let exists = if head.is_empty() { exists } else { format!("({head}{exists})") };
            if !parts.contains(&exists) {
                parts.push(exists);
            }
        }
        Ok(())
    }
}
