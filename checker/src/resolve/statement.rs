//! Statements: definitions, parameters, rules, claims.

use super::ir::*;
use super::resolver::{Bound, Meaning, Resolver, Result};
use super::sort::{Sort, Type};
use super::{locality, updates};
use crate::language::ast::*;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;
use crate::language::words::suggestion;
use crate::limits::{MAX_ARGUMENTS, MAX_HEIGHT_WITH_DEFINITIONS, MAX_INDICES};

/// The blocks of parameters that `given` can set to zero.
const CONDITIONS: &[&str] = &["W_HH", "W_HA", "W_AH", "U_SH", "U_SA", "b_H", "b_A"];

impl Resolver {
    pub(super) fn item(&mut self, item: &Item) -> Result<()> {
        self.others.clear();
        if let Item::Network { span, conventions } = item {
            if self.network {
                return Err(Diagnostic::new(
                    Code::Network,
                    span,
                    "the file has a second network",
                    "a file has one network: move the other one to its own file",
                ));
            }
            self.network = true;
            self.conventions = *conventions;
            return Ok(());
        }
        if !self.network && !self.in_prelude {
            let span = match item {
                Item::Let(definition) => &definition.span,
                Item::Param(declaration) => &declaration.span,
                Item::Rule(rule) => &rule.span,
                Item::Claim(claim) => &claim.id_span,
                Item::Measured(measured) => &measured.id_span,
                Item::Network { span, .. } => span,
                Item::Broken(_) => return Ok(()),
            };
            // One error is enough, although every further statement is before the network too.
            self.network = true;
            return Err(Diagnostic::new(
                Code::Network,
                span,
                "the statement stands before the network",
                "begin with network rwta(S, G, D, A)",
            ));
        }
        match item {
            Item::Network { .. } | Item::Broken(_) => Ok(()),
            Item::Let(definition) => self.definition(definition),
            Item::Param(declaration) => self.declaration(declaration),
            Item::Rule(rule) => self.rule(rule),
            Item::Claim(claim) => self.claim(claim),
            Item::Measured(measured) => self.measured(measured),
        }
    }

    fn begin(&mut self) {
        self.scope.clear();
        self.outer.clear();
        self.places.clear();
        self.handed.clear();
        self.frame = 0;
        self.implicit = None;
    }

    fn formal(&mut self, formal: &Formal) -> Result<Type> {
        if let Some(family) = &formal.family {
            if family.name == "number" {
                return Ok(Type::Number);
            }
            let (_, sort) = self.set(family)?;
            return Ok(Type::Family(vec![sort.base()]));
        }
        if let Some(set) = &formal.binder.set {
            return Ok(Type::Index(self.set(set)?.1));
        }
        Ok(Sort::of_letter(&formal.binder.name).map_or(Type::Number, Type::Index))
    }

    fn index_formal(&mut self, formal: &Formal) -> Result<Sort> {
        match self.formal(formal)? {
            Type::Index(sort) if !matches!(sort, Sort::Configuration | Sort::Train) => Ok(sort),
            _ => Err(Diagnostic::new(
                Code::WrongSet,
                &formal.binder.span,
                format!("`{}` is not an index of a family", formal.binder.name),
                "write `in` and a set after it",
            )),
        }
    }

    /// Binds the formals and resolves a body into a new definition.
    fn body(
        &mut self,
        name: &str,
        arguments: &[(String, Type)],
        indices: &[(String, Type)],
        body: &Expr,
        any_kind: bool,
    ) -> Result<LetId> {
        self.begin();
        for (name, kind) in arguments.iter().chain(indices) {
            self.bind(name, kind.clone());
        }
        let node = if any_kind { self.any(body)? } else { self.number(body)? };
        let node = match self.kind(node) {
            Type::Truth => self.number(body)?,
            Type::Index(_) => {
                return Err(self.wrong_kind(&body.span, "expected a number or a family, found an index"));
            }
            Type::Family(_) if !indices.is_empty() => {
                return Err(self.wrong_kind(&body.span, "expected a number, found a family"));
            }
            _ => node,
        };
        self.bounded(node, &body.span)?;
        let (names, formals) = arguments.iter().chain(indices).cloned().unzip();
        self.lets.push(LetNode {
            name: name.to_owned(),
            formals,
            names,
            arguments: arguments.len(),
            frame: self.frame,
            body: node,
        });
        let differentiated = self.contains_derivative(node);
        self.differentiated.push(differentiated);
        let id = self.lets.len() - 1;
        self.located.insert(id, std::mem::take(&mut self.places));
        if !self.in_prelude {
            updates::check_definition(self, id)?;
        }
        Ok(id)
    }

    fn definition(&mut self, definition: &Definition) -> Result<()> {
        self.own(&definition.name, &definition.span)?;
        if definition.indices.len() > MAX_INDICES || definition.arguments.len() > MAX_ARGUMENTS {
            return Err(self.wrong_kind(
                &definition.span,
                format!(
                    "`{}` has more than {MAX_INDICES} indices or {MAX_ARGUMENTS} arguments",
                    definition.name
                ),
            ));
        }
        self.begin();
        let mut arguments = Vec::new();
        for formal in &definition.arguments {
            arguments.push((formal.binder.name.clone(), self.formal(formal)?));
        }
        let mut indices = Vec::new();
        for formal in &definition.indices {
            indices.push((formal.binder.name.clone(), Type::Index(self.index_formal(formal)?)));
        }
        let id = self.body(&definition.name, &arguments, &indices, &definition.body, true)?;
        self.names.insert(definition.name.clone(), Meaning::Let(id));
        Ok(())
    }

    fn declaration(&mut self, declaration: &Declaration) -> Result<()> {
        self.own(&declaration.name, &declaration.span)?;
        if declaration.indices.len() > MAX_INDICES {
            return Err(self.wrong_kind(
                &declaration.span,
                format!("`{}` has more than {MAX_INDICES} indices", declaration.name),
            ));
        }
        let mut sorts = Vec::new();
        for formal in &declaration.indices {
            sorts.push(self.index_formal(formal)?);
        }
        let kind = ParamKind::Declared { positive: declaration.positive };
        self.add_param(&declaration.name, kind, sorts);
        Ok(())
    }

    fn rule(&mut self, rule: &RuleItem) -> Result<()> {
        self.own(&rule.name, &rule.span)?;
        self.begin();
        let mut arguments = Vec::new();
        for formal in &rule.arguments {
            arguments.push((formal.binder.name.clone(), self.formal(formal)?));
        }
        if rule.arguments.is_empty() {
            arguments.push(("v".to_owned(), Type::Index(Sort::Configuration)));
            arguments.push(("A".to_owned(), Type::Number));
        }
        let mut node = RuleNode {
            arguments: arguments.iter().map(|(name, _)| name.clone()).collect(),
            local: !rule.nonlocal,
            hops: 0,
            place: rule.span.to_string(),
            lines: Default::default(),
        };
        let mut faults = Faults::default();
        for line in &rule.lines {
            let result = self.line(rule, line, &arguments, &mut node);
            faults.note(self, result);
            // The list is checked only if all its names are defined.
            if self.unknown_listed(line, &node, &mut faults) {
                node.lines.remove(&line.parameter);
            }
        }
        if !self.in_prelude {
            match locality::check(self, rule, &node) {
                Ok(hops) => node.hops = hops,
                Err(found) => faults.found.extend(found),
            }
        }
        faults.end(self)?;
        self.rules.insert(rule.name.clone(), node);
        Ok(())
    }

    /// Resolves a line into a definition.
    fn line(
        &mut self,
        rule: &RuleItem,
        line: &RuleLine,
        arguments: &[(String, Type)],
        node: &mut RuleNode,
    ) -> Result<()> {
        let sorts: &[Sort] = match line.parameter {
            Parameter::Recurrent => &[Sort::Unit, Sort::Unit],
            Parameter::State => &[Sort::State, Sort::Unit],
            Parameter::Bias => &[Sort::Unit],
        };
        if line.indices.len() != sorts.len() {
            let message = format!("{} has {} indices", line.parameter.letter(), sorts.len());
            return Err(self.wrong_kind(&line.span, message));
        }
        for (binder, sort) in line.indices.iter().zip(sorts) {
            if let Some(usual) = Sort::of_letter(&binder.name)
                && usual.base() != sort.base()
            {
                return Err(Diagnostic::new(
                    Code::WrongSet,
                    &binder.span,
                    format!("`{}` is a letter for an index of {usual}; this is one of {sort}", binder.name),
                    "write W[i,j], U[k,i] or b[i]",
                ));
            }
        }
        if node.lines.contains_key(&line.parameter) {
            return Err(Diagnostic::new(
                Code::Duplicate,
                &line.span,
                format!("the rule has a second line for {}", line.parameter.letter()),
                "add it to the first line",
            ));
        }
        let index = |(binder, &sort): (&Binder, &Sort)| (binder.name.clone(), Type::Index(sort));
        let indices: Vec<(String, Type)> = line.indices.iter().zip(sorts).map(index).collect();
        let name = format!("{}.{}", rule.name, line.parameter.letter());
        let id = self.body(&name, arguments, &indices, &line.body, false)?;
        // Its indices count as arguments, so every reference has all of them.
        self.lets[id].arguments = self.lets[id].formals.len();
        self.rule_lines.insert(id);
        node.lines.insert(line.parameter, id);
        Ok(())
    }

    /// Records the names after `sees` that are not defined. Returns whether there are any.
    fn unknown_listed(&mut self, line: &RuleLine, node: &RuleNode, faults: &mut Faults) -> bool {
        let mut any = false;
        let listed = line.sees.pre.iter().chain(&line.sees.post).chain(&line.sees.global);
        for (name, span) in listed {
            let bound =
                line.indices.iter().any(|binder| binder.name == *name) || node.arguments.contains(name);
            if !bound && !self.names.contains_key(name) {
                any = true;
                let unknown = self.undefined(name, span);
                faults.note(self, Err(unknown));
            }
        }
        any
    }

    fn take_id(&mut self, id: &str, span: &Span) -> Result<()> {
        let taken = self.claims.iter().map(|claim| &claim.id).chain(self.measured.iter().map(|m| &m.id));
        if taken.into_iter().any(|known| known == id) {
            return Err(Diagnostic::new(
                Code::Duplicate,
                span,
                format!("the file has a second claim `{id}`"),
                "give it another id",
            ));
        }
        Ok(())
    }

    fn measured(&mut self, measured: &Measured) -> Result<()> {
        self.take_id(&measured.id, &measured.id_span)?;
        self.measured.push(MeasuredNode {
            id: measured.id.clone(),
            title: measured.title.clone(),
            by: measured.by.clone(),
            span: measured.by_span.clone(),
        });
        Ok(())
    }

    fn claim(&mut self, claim: &Claim) -> Result<()> {
        self.take_id(&claim.id, &claim.id_span)?;
        let mut given = Given::default();
        for condition in &claim.given {
            let block = match condition.name.as_str() {
                "W_HH" => &mut given.hidden_hidden,
                "W_HA" | "W_AH" => &mut given.hidden_action,
                "U_SH" => &mut given.state_hidden,
                "U_SA" => &mut given.state_action,
                "b_H" => &mut given.bias_hidden,
                "b_A" => &mut given.bias_action,
                name => match self.names.get(name) {
                    Some(&Meaning::Param(param))
                        if matches!(self.params[param].kind, ParamKind::Declared { .. })
                            && self.params[param].sorts.is_empty() =>
                    {
                        given.declared.push((param, condition.value));
                        continue;
                    }
                    _ => return Err(self.unknown_condition(condition)),
                },
            };
            if condition.value != 0 {
                return Err(self.unknown_condition(condition));
            }
            *block = true;
        }
        let mut chains = Vec::new();
        for chain in &claim.chains {
            chains.push(self.chain(chain)?);
        }
        self.claims.push(ClaimNode {
            id: claim.id.clone(),
            title: claim.title.clone(),
            span: claim.id_span.clone(),
            given,
            expected: claim.expected,
            chains,
        });
        Ok(())
    }

    fn unknown_condition(&self, condition: &Condition) -> Diagnostic {
        let Condition { name, value, span } = condition;
        if CONDITIONS.contains(&name.as_str()) {
            return Diagnostic::new(
                Code::UnknownCondition,
                span,
                format!("the block `{name}` can be zero alone, and not {value}"),
                format!("write `{name} = 0`; only a number declared with `param` can be given another value"),
            );
        }
        let help = suggestion(
            name,
            CONDITIONS,
            "a number declared with `param` can be given a whole value; the blocks that can be zero are",
        );
        Diagnostic::new(
            Code::UnknownCondition,
            span,
            format!("the condition `{name} = {value}` is unknown"),
            help,
        )
    }

    fn chain(&mut self, chain: &Chain) -> Result<ChainNode> {
        let mut implicit: Vec<(String, Sort)> = Vec::new();
        loop {
            let known = implicit.len();
            let node = self.chain_with(chain, &mut implicit)?;
            if implicit.len() == known {
                if !self.in_prelude {
                    updates::check_chain(self, &node)?;
                }
                return Ok(node);
            }
        }
    }

    /// Resolves a chain with the names in `implicit` bound in front, and adds the free letters to
    /// them.
    fn chain_with(&mut self, chain: &Chain, implicit: &mut Vec<(String, Sort)>) -> Result<ChainNode> {
        self.begin();
        let mut all = Vec::new();
        for (name, sort) in implicit.iter() {
            let slot = self.fresh_slot();
            self.outer.push(Bound { name: name.clone(), slot, kind: Type::Index(*sort) });
            all.push(BinderNode { slot, set: SetNode::All(*sort), name: name.clone() });
        }
        self.implicit = Some(std::mem::take(implicit));
        let resolved = self.sides(chain);
        *implicit = self.implicit.take().unwrap_or_default();
        let (mut binders, filter, sides) = resolved?;
        all.append(&mut binders);
        Ok(ChainNode {
            binders: all,
            filter,
            frame: self.frame,
            texts: std::iter::once(&chain.first)
                .chain(chain.links.iter().map(|link| &link.side))
                .map(|side| side.span.text())
                .collect(),
            sides,
            links: chain
                .links
                .iter()
                .map(|link| LinkNode {
                    relation: link.relation,
                    because: link.because.clone(),
                    span: link.side.span.clone(),
                })
                .collect(),
            span: chain.span.clone(),
        })
    }

    fn bounded(&self, node: NodeId, span: &Span) -> Result<()> {
        if self.heights[node] <= MAX_HEIGHT_WITH_DEFINITIONS {
            return Ok(());
        }
        Err(Diagnostic::new(
            Code::TooDeep,
            span,
            format!(
                "the expression has more than {MAX_HEIGHT_WITH_DEFINITIONS} levels, with the definitions that it uses"
            ),
            "use fewer definitions inside definitions",
        ))
    }

    fn sides(&mut self, chain: &Chain) -> Result<(Vec<BinderNode>, Option<NodeId>, Vec<NodeId>)> {
        let (binders, filter) = self.binders(&chain.binders)?;
        let mut sides = Vec::new();
        let mut previous: Option<&Expr> = None;
        for side in std::iter::once(&chain.first).chain(chain.links.iter().map(|link| &link.side)) {
            if previous == Some(side) {
                return Err(Diagnostic::new(
                    Code::SameText,
                    &side.span,
                    "both sides of the link are the same text",
                    "such a link claims nothing: leave it out, or correct one side",
                ));
            }
            previous = Some(side);
            let node = self.number(side)?;
            self.bounded(node, &side.span)?;
            sides.push(node);
        }
        Ok((binders, filter, sides))
    }
}

/// The errors of the lines of a rule, without those that follow from other errors.
#[derive(Default)]
struct Faults {
    found: Vec<Diagnostic>,
    /// An error that follows from another error.
    silent: Option<Diagnostic>,
}

impl Faults {
    fn note(&mut self, resolver: &mut Resolver, result: Result<()>) {
        match result {
            Err(diagnostic) if std::mem::take(&mut resolver.silent) => self.silent = Some(diagnostic),
            Err(diagnostic) => self.found.push(diagnostic),
            Ok(()) => {}
        }
    }

    /// Returns the first error of the text. The others go to the resolver.
    fn end(mut self, resolver: &mut Resolver) -> Result<()> {
        let place = |diagnostic: &Diagnostic| diagnostic.span.as_ref().map(|span| span.range().start);
        self.found.sort_by_key(place);
        self.found.dedup_by(|one, other| place(one) == place(other) && one.message == other.message);
        let mut found = self.found.into_iter();
        if let Some(first) = found.next() {
            resolver.others.extend(found);
            return Err(first);
        }
        resolver.silent = self.silent.is_some();
        self.silent.map_or(Ok(()), Err)
    }
}
