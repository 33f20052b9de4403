//! Turns syntax trees into a document in which every name is resolved and every index has its set.

pub(crate) mod controls;
pub(crate) mod ir;
pub(crate) mod sort;
pub(crate) mod walk;

mod derivative;
mod drawn;
mod drive;
mod expression;
mod handed;
mod locality;
mod meaning;
mod names;
mod neuron;
mod readback;
mod resolver;
mod sight;
mod signal;
mod statement;
mod sums;
mod updates;

use self::controls::{Control, ResolvedControl};
use self::ir::Document;
use self::resolver::{Resolver, Result};
use crate::language::ast::Item;
use crate::language::diagnostic::Diagnostics;

pub use self::resolver::Redefinition;

/// A document, and the errors. With errors, the document is incomplete.
pub(crate) struct Resolution {
    pub(crate) document: Document,
    pub(crate) redefined: Vec<Redefinition>,
    pub(crate) diagnostics: Diagnostics,
}

/// Resolves a document. `prelude`: the definitions that `network` brings into scope.
pub(crate) fn resolve(items: &[Item], prelude: &[Item]) -> Resolution {
    let (mut resolver, diagnostics) = resolved(items, prelude);
    let redefined = std::mem::take(&mut resolver.redefined);
    Resolution { document: resolver.finish(), redefined, diagnostics }
}

fn resolved(items: &[Item], prelude: &[Item]) -> (Resolver, Diagnostics) {
    let mut resolver = Resolver::new();
    let mut diagnostics = Diagnostics::default();
    for item in prelude {
        if let Item::Let(_) | Item::Param(_) | Item::Rule(_) = item {
            resolver.statement(item, &mut diagnostics);
        }
    }
    resolver.in_prelude = false;
    for item in items {
        resolver.statement(item, &mut diagnostics);
    }
    (resolver, diagnostics)
}

/// Resolves a document that has no errors, with more statements after its own.
pub(crate) fn resolve_more(items: &[Item], prelude: &[Item], more: &[Item]) -> Result<Document> {
    let (mut resolver, diagnostics) = resolved(items, prelude);
    if let Some(first) = diagnostics.into_iter().next() {
        return Err(first);
    }
    more.iter().try_for_each(|item| resolver.item(item))?;
    Ok(resolver.finish())
}

/// Resolves a document and adds the claims of its controls after its own. A mutant that does not
/// resolve is left out.
pub(crate) fn resolve_controls(
    items: &[Item],
    prelude: &[Item],
    controls: Vec<Control>,
) -> Result<(Document, Vec<ResolvedControl>)> {
    let (mut resolver, diagnostics) = resolved(items, prelude);
    if let Some(first) = diagnostics.into_iter().next() {
        return Err(first);
    }
    // Locality is not checked: a mutant only has to be refuted.
    resolver.in_prelude = true;
    let mut resolved = Vec::new();
    for control in controls {
        if control.rule.is_some_and(|rule| resolver.item(&Item::Rule(rule)).is_err()) {
            continue;
        }
        let claims = resolver.extra_claims(control.claims);
        if claims.is_empty() {
            continue;
        }
        let same = resolver.extra_claims(control.same);
        let (id, mutation, text) = (control.id, control.mutation, control.text);
        resolved.push(ResolvedControl { id, mutation, text, claims, same });
    }
    Ok((resolver.finish(), resolved))
}
