//! The rule that is asked for, as a claim would read it: `hebb`, `two_phase(qplus(a), A)`,
//! `E[v ~ q] hebb(v, R[action(v)])`.

use std::sync::Arc;

use super::compile::Result;
use crate::language::ast::{Binder, Claim, Declaration, Expr, Formal, Item, Kind, Parameter};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::parser::parse;
use crate::language::source::{Source, Span};
use crate::language::words::suggestion;
use crate::resolve::ir::{Document, RuleNode};
use crate::resolve::sort::{Sort, Type};

/// The source of a call, which is no file.
pub(super) const CALL: &str = "<rule>";

/// A question about a rule: one claim for each line of it.
pub(super) struct Question {
    pub(super) rule: String,
    /// Numbers and families that the arguments of the rule stand for, then the claims.
    pub(super) items: Vec<Item>,
    /// The lines, in the order of the claims.
    pub(super) parameters: Vec<Parameter>,
}

/// Reads the text of a call of a rule.
pub(super) fn question(document: &Document, file: &str, text: &str) -> Result<Question> {
    let claim = |parameter: Parameter| {
        let (binders, entry) = match parameter {
            Parameter::Recurrent => ("i, j", "W[i,j]"),
            Parameter::State => ("k, i", "U[k,i]"),
            Parameter::Bias => ("i", "b[i]"),
        };
        read(&format!("for {binders}: {text}.{entry} = 0"), text)
    };
    let is_name = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let rule = if is_name { text.to_owned() } else { named(&claim(Parameter::Bias)?, text)? };
    let Some(node) = document.rules.get(&rule) else { return Err(unknown(document, file, &rule)) };
    let mut items = if is_name { stand_ins(document, node) } else { Vec::new() };
    let parameters: Vec<Parameter> = node.lines.keys().copied().collect();
    for &parameter in &parameters {
        items.push(Item::Claim(claim(parameter)?));
    }
    Ok(Question { rule, items, parameters })
}

fn read(claim: &str, text: &str) -> Result<Claim> {
    let help =
        "write the name of a rule, or what a claim writes before .W[i,j], as in two_phase(qplus(a), A)";
    let wrong =
        |what: String| Diagnostic { code: Code::Syntax, span: None, message: what, help: help.to_owned() };
    if text.trim().is_empty() || text.contains(['\n', '`', '"']) || text.contains("--") {
        return Err(wrong(format!("`{text}` is not a call of a rule")));
    }
    let source = Source::new(CALL, format!("```svpg\nclaim update \"asked for\" {claim}\n```\n"));
    let (items, diagnostics) = parse(&source);
    if let Some(first) = diagnostics.into_iter().next() {
        return Err(wrong(format!("`{text}` is not a call of a rule: {}", first.message)));
    }
    match items.into_iter().next() {
        Some(Item::Claim(mut claim)) if claim.chains.len() == 1 => {
            // No name of a chapter has this sign.
            claim.id = format!("#{}", claim.chains[0].first.span.text());
            Ok(claim)
        }
        _ => Err(wrong(format!("`{text}` is not a call of a rule"))),
    }
}

/// The rule whose line is read last in the text, behind its arguments.
fn named(claim: &Claim, text: &str) -> Result<String> {
    fn last<'a>(expr: &'a Expr, found: &mut Option<(usize, &'a str)>) {
        if let Kind::Rule { name, .. } = &*expr.kind {
            let end = expr.span.range().end;
            if found.is_none_or(|(known, _)| end > known) {
                *found = Some((end, name));
            }
        }
        expr.children().into_iter().for_each(|child| last(child, found));
    }
    let mut found = None;
    last(&claim.chains[0].first, &mut found);
    found.map(|(_, name)| name.to_owned()).ok_or_else(|| Diagnostic {
        code: Code::WrongKind,
        span: None,
        message: format!("`{text}` does not end in a call of a rule"),
        help: "write the name of a rule with its arguments last, as in E[v ~ q] hebb(v, R[action(v)])"
            .to_owned(),
    })
}

fn unknown(document: &Document, file: &str, rule: &str) -> Diagnostic {
    let known: Vec<&str> = document.rules.keys().map(String::as_str).collect();
    let is_definition = document.lets.iter().any(|definition| definition.name == rule);
    let message = match is_definition {
        true => format!("`{rule}` is a definition of {file} and no rule"),
        false => format!("{file} has no rule `{rule}`"),
    };
    let help = if known.is_empty() {
        "write one: rule NAME, with lines W[i,j] += …, U[k,i] += … and b[i] += …".to_owned()
    } else {
        suggestion(rule, &known, "its rules are")
    };
    Diagnostic { code: Code::UnknownName, span: None, message, help }
}

/// `param` lines for the arguments of a rule that mean nothing where it is asked for.
fn stand_ins(document: &Document, rule: &RuleNode) -> Vec<Item> {
    let Some(line) = rule.lines.values().next() else { return Vec::new() };
    let span = Span::new(&Arc::clone(&Source::new(CALL, "")), 0, 0);
    let formal = |sort: &Sort| Formal {
        binder: Binder {
            name: if *sort == Sort::State { "k" } else { "i" }.to_owned(),
            span: span.clone(),
            set: None,
        },
        family: None,
    };
    let stand_in = |(name, kind): (&String, &Type)| {
        let known = document.params.iter().map(|param| &param.name);
        if known.chain(document.lets.iter().map(|definition| &definition.name)).any(|known| known == name) {
            return None;
        }
        let indices = match kind {
            Type::Number => Vec::new(),
            Type::Family(sorts) if sorts.iter().all(|sort| matches!(sort, Sort::Unit | Sort::State)) => {
                sorts.iter().map(formal).collect()
            }
            _ => return None,
        };
        let name = name.clone();
        Some(Item::Param(Declaration { name, span: span.clone(), indices, positive: false }))
    };
    rule.arguments.iter().zip(&document.lets[*line].formals).filter_map(stand_in).collect()
}
