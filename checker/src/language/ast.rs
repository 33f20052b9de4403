//! Syntax trees of the derivation language.
//!
//! All spans are equal, so two trees are equal if they say the same, at any place.

use dashu_ratio::RBig;

use super::source::Span;

/// An expression and its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expr {
    pub(crate) kind: Box<Kind>,
    pub(crate) span: Span,
    /// Height of the tree.
    pub(crate) height: usize,
}

impl Expr {
    pub(crate) fn new(kind: Kind, span: Span) -> Self {
        let mut expr = Self { kind: Box::new(kind), span, height: 0 };
        expr.height = 1 + expr.children().into_iter().map(|child| child.height).max().unwrap_or(0);
        expr
    }

    /// The direct subexpressions, in the order of the text, without bound sets.
    pub(crate) fn children(&self) -> Vec<&Expr> {
        match &*self.kind {
            Kind::Number(_) | Kind::Name(_) => vec![],
            Kind::Rule { arguments, .. } => arguments.iter().flatten().collect(),
            Kind::Index(base, list) | Kind::Call(base, list) => std::iter::once(base).chain(list).collect(),
            Kind::Negate(a) | Kind::Power(a, _) | Kind::Not(a) | Kind::Softmax(a) | Kind::Bernoulli(a) => {
                vec![a]
            }
            Kind::Binary(_, a, b) | Kind::Compare(_, a, b) | Kind::And(a, b) | Kind::Or(a, b) => vec![a, b],
            Kind::Function(_, arguments) => arguments.iter().collect(),
            Kind::Fold { binders, body, .. } => binders.filter.iter().chain([body]).collect(),
            Kind::Expectation { distribution, condition, body, .. } => {
                std::iter::once(distribution).chain(condition).chain([body]).collect()
            }
            Kind::Derivative { body, target } => vec![body, target],
            Kind::MeanField { states, action, strength } => {
                std::iter::once(states).chain(action).chain(strength).collect()
            }
            Kind::Solve { body, .. } => vec![body],
        }
    }

    /// Some part of the expression is of this kind.
    pub(crate) fn contains(&self, wanted: &dyn Fn(&Kind) -> bool) -> bool {
        wanted(&self.kind) || self.children().into_iter().any(|child| child.contains(wanted))
    }

    /// The direct subexpressions, mutable.
    pub(crate) fn children_mut(&mut self) -> Vec<&mut Expr> {
        match &mut *self.kind {
            Kind::Number(_) | Kind::Name(_) => vec![],
            Kind::Rule { arguments, .. } => arguments.iter_mut().flatten().collect(),
            Kind::Index(base, list) | Kind::Call(base, list) => std::iter::once(base).chain(list).collect(),
            Kind::Negate(a) | Kind::Power(a, _) | Kind::Not(a) | Kind::Softmax(a) | Kind::Bernoulli(a) => {
                vec![a]
            }
            Kind::Binary(_, a, b) | Kind::Compare(_, a, b) | Kind::And(a, b) | Kind::Or(a, b) => vec![a, b],
            Kind::Function(_, arguments) => arguments.iter_mut().collect(),
            Kind::Fold { binders, body, .. } => binders.filter.iter_mut().chain([body]).collect(),
            Kind::Expectation { distribution, condition, body, .. } => {
                std::iter::once(distribution).chain(condition).chain([body]).collect()
            }
            Kind::Derivative { body, target } => vec![body, target],
            Kind::MeanField { states, action, strength } => {
                std::iter::once(states).chain(action).chain(strength).collect()
            }
            Kind::Solve { body, .. } => vec![body],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CompareOp {
    Equal,
    NotEqual,
    LessEqual,
    GreaterEqual,
    Less,
    Greater,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FoldKind {
    Sum,
    Product,
}

/// Functions of numbers with a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    Exp,
    Ln,
    Hold,
    Min,
    Max,
    Clip,
    If,
}

/// The parameter that a line of a rule changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Parameter {
    Recurrent,
    State,
    Bias,
}

impl Parameter {
    pub(crate) fn letter(self) -> &'static str {
        match self {
            Parameter::Recurrent => "W",
            Parameter::State => "U",
            Parameter::Bias => "b",
        }
    }

    pub(crate) fn from_letter(letter: &str) -> Option<Self> {
        [Parameter::Recurrent, Parameter::State, Parameter::Bias]
            .into_iter()
            .find(|parameter| parameter.letter() == letter)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Number(RBig),
    Name(String),
    Index(Expr, Vec<Expr>),
    Call(Expr, Vec<Expr>),
    /// `rule(args).W`
    Rule {
        name: String,
        arguments: Option<Vec<Expr>>,
        parameter: Parameter,
    },
    Negate(Expr),
    Binary(BinaryOp, Expr, Expr),
    Power(Expr, i32),
    Compare(CompareOp, Expr, Expr),
    And(Expr, Expr),
    Or(Expr, Expr),
    Not(Expr),
    Function(Function, Vec<Expr>),
    Fold {
        fold: FoldKind,
        binders: Binders,
        body: Expr,
    },
    Expectation {
        variable: Binder,
        distribution: Expr,
        condition: Option<Expr>,
        body: Expr,
    },
    Derivative {
        body: Expr,
        target: Expr,
    },
    Softmax(Expr),
    MeanField {
        states: Expr,
        action: Option<Expr>,
        /// `by …`
        strength: Option<Expr>,
    },
    Bernoulli(Expr),
    Solve {
        unknown: Binder,
        name: String,
        body: Expr,
    },
}

/// A bound name, and its set if one is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Binder {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) set: Option<SetExpr>,
}

/// `i, j in H where …`
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Binders {
    pub(crate) list: Vec<Binder>,
    pub(crate) filter: Option<Expr>,
}

/// `H`, `units`, `circuit(i)`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SetExpr {
    pub(crate) name: String,
    pub(crate) argument: Option<Expr>,
    pub(crate) span: Span,
}

/// `v`, `a in A`, `x: units`, `r: number` in the head of a definition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Formal {
    pub(crate) binder: Binder,
    pub(crate) family: Option<SetExpr>,
}

/// The relation of two sides of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    LessEqual,
    GreaterEqual,
}

/// `= side because "…"`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Link {
    pub(crate) relation: Relation,
    pub(crate) side: Expr,
    pub(crate) because: Option<String>,
}

/// `for …: first = second = …`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chain {
    pub(crate) binders: Binders,
    pub(crate) first: Expr,
    pub(crate) links: Vec<Link>,
    pub(crate) span: Span,
}

/// The verdict that the document expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Holds,
    Refuted,
    Unchecked,
    Sampled,
}

/// `given W_HH = 0`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub(crate) name: String,
    pub(crate) value: i32,
    pub(crate) span: Span,
}

/// `claim` or `derive`.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) id: String,
    pub(crate) id_span: Span,
    pub(crate) title: String,
    pub(crate) given: Vec<Condition>,
    pub(crate) chains: Vec<Chain>,
    pub(crate) expected: Expected,
}

/// `measure S2 "…" by name`: a statement that the program measures.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) id: String,
    pub(crate) id_span: Span,
    pub(crate) title: String,
    pub(crate) by: String,
    pub(crate) by_span: Span,
}

/// `let name(args)[indices] = body`
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) arguments: Vec<Formal>,
    pub(crate) indices: Vec<Formal>,
    pub(crate) body: Expr,
}

/// `param name[indices] positive`
#[derive(Clone, Debug)]
pub(crate) struct Declaration {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) indices: Vec<Formal>,
    pub(crate) positive: bool,
}

/// What a synapse sees of one line of a rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sees {
    /// The index named in `pre(…)`.
    pub(crate) pre_index: Option<(String, Span)>,
    pub(crate) pre: Vec<(String, Span)>,
    /// The index named in `post(…)`.
    pub(crate) post_index: Option<(String, Span)>,
    pub(crate) post: Vec<(String, Span)>,
    pub(crate) global: Vec<(String, Span)>,
}

/// `W[i,j] += expression sees …`
#[derive(Clone, Debug)]
pub(crate) struct RuleLine {
    pub(crate) parameter: Parameter,
    pub(crate) indices: Vec<Binder>,
    pub(crate) body: Expr,
    pub(crate) sees: Sees,
    pub(crate) span: Span,
}

/// A learning rule.
#[derive(Clone, Debug)]
pub(crate) struct RuleItem {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) arguments: Vec<Formal>,
    pub(crate) nonlocal: bool,
    pub(crate) lines: Vec<RuleLine>,
}

/// The conventions that a document is tried in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conventions {
    Full,
    Half,
    Both,
}

#[derive(Clone, Debug)]
pub(crate) enum Item {
    Network {
        span: Span,
        conventions: Conventions,
    },
    Let(Definition),
    Param(Declaration),
    Rule(RuleItem),
    Claim(Claim),
    Measured(Measured),
    /// A statement that does not parse, and the name that it should define. A [`crate::Chapter`]
    /// never has one.
    Broken(Option<String>),
}
