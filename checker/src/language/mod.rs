//! The derivation language: from Markdown to syntax trees.

pub(crate) mod ast;
mod characters;
pub(crate) mod diagnostic;
pub(crate) mod lexer;
pub(crate) mod mutate;
pub(crate) mod notation;
pub(crate) mod parser;
mod print;
pub(crate) mod source;
pub(crate) mod words;
