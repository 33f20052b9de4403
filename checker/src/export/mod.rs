//! Statements for Coq: the definitions and claims of a chapter, for networks of every size.
//!
//! A statement uses the words of `proofs/language.v` and the definitions of the chapter. Index sets
//! become finite types of any size, families become functions, and every definition takes the
//! network at which it is evaluated, so that a derivative moves one entry of that network.

mod binders;
mod derivative;
mod domain;
mod expression;
mod names;
mod needs;
mod statement;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use self::expression::Exporter;
use self::needs::AllNeeds;
use crate::resolve::ir::Document;

/// The statements of a chapter for Coq.
#[derive(Clone, Debug)]
pub struct Statements {
    /// Text of the file.
    pub text: String,
    /// Ids of the claims that have a statement, in reading order.
    pub stated: Vec<String>,
    /// The other claims.
    pub left_out: Vec<LeftOut>,
}

/// A claim that has no statement.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// Id of the claim.
    pub id: String,
    /// `file:line:column` of the claim.
    pub place: String,
    /// What the translation lacks.
    pub lacks: String,
}

const HEAD: &str = "\
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.classical Require Import boolp classical_sets functions.
From mathcomp.analysis Require Import reals topology normedtype sequences derive exp.
From svpg Require Import language.";

const OPTIONS: &str = "\
Import GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.
";

/// The statements of the claims of a document. The first `prelude` definitions are those of another
/// file. `name` is the name of the chapter's file.
pub(crate) fn statements(document: &Document, prelude: usize, name: &str) -> Statements {
    let exporter = Exporter {
        document,
        needs: AllNeeds::new(document),
        prelude,
        known: document
            .lets
            .iter()
            .map(|definition| names::global(&definition.name))
            .collect::<BTreeSet<_>>(),
        written: RefCell::default(),
        done: RefCell::new(BTreeMap::new()),
    };
    if prelude == 0 {
        // Other chapters use these definitions.
        for id in 0..document.lets.len() {
            let _ = exporter.define(id, None);
        }
    }
    let (mut stated, mut left_out) = (Vec::new(), Vec::new());
    for claim in &document.claims {
        // What a claim that has no statement uses is not written.
        let (before, done) = (exporter.written.borrow().len(), exporter.done.borrow().clone());
        match exporter.statement(claim) {
            Ok(text) => {
                let title = comment(&claim.title);
                exporter.written.borrow_mut().push(format!("(* {}: {title} *)\n{text}", comment(&claim.id)));
                stated.push(claim.id.clone());
            }
            Err(lacks) => {
                exporter.written.borrow_mut().truncate(before);
                *exporter.done.borrow_mut() = done;
                left_out.push(LeftOut { id: claim.id.clone(), place: claim.span.to_string(), lacks });
            }
        }
    }
    let require = if prelude == 0 { "" } else { "\nFrom svpg.generated Require Import chapter_01_network." };
    let mut text = format!(
        "(* The statements of {}, as svpg exports them. *)\n{HEAD}{require}\n\n{OPTIONS}\n",
        comment(name)
    );
    text += &exporter.written.into_inner().join("\n");
    if !left_out.is_empty() {
        text += "\n(* Claims without a statement, and why:\n";
        for LeftOut { id, lacks, .. } in &left_out {
            text += &format!("   {}: {lacks}\n", comment(id));
        }
        text += "*)\n";
    }
    Statements { text, stated, left_out }
}

/// A text inside a comment: nothing in it opens or closes a comment or a string.
fn comment(text: &str) -> String {
    text.replace("(*", "( *").replace("*)", "* )").replace('"', "'")
}
