//! Expressions of the language, as far as random chapters use them, and how they are written.

use std::fmt;

/// A letter and a number behind it; no two binders of a chapter have the same.
pub(super) type Name = (char, usize);

/// A unit over which no chapter's own index runs.
const UNIT: Name = ('n', 99);
const OTHER: Name = ('m', 99);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Set {
    Units,
    Hidden,
    Actions,
    States,
    /// The circuit of a unit.
    Beside(Name),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Var {
    pub(super) name: Name,
    pub(super) set: Set,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Family {
    W,
    U,
    B,
    S,
    R,
    A,
    Mask,
    Q,
    Z,
    /// A definition of the chapter.
    Drive,
    /// The softmax of that definition.
    Rate,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    Same(Name, Name),
    /// Of one circuit.
    Together(Name, Name),
    /// The index has this place.
    At(Name, usize),
    /// The set has this size.
    Size(Set, usize),
    /// There are so many circuits.
    Circuits(usize),
    Connected(Name, Name),
    /// Not connected with the actions.
    Far(Name),
    /// Connected with nothing.
    Alone(Name),
    /// Nothing is connected.
    Empty,
    /// The convention is full.
    Full,
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Number(i64, i64),
    Kappa,
    Entry(Family, Vec<Name>),
    /// The unit wins in the configuration.
    Won(Name, Name),
    Truth(Condition),
    Add(Vec<Expr>),
    Mul(Vec<Expr>),
    Div(Box<Expr>, Box<Expr>),
    Pow(Box<Expr>, i32),
    Exp(Box<Expr>),
    Ln(Box<Expr>),
    Sum(Var, Option<Condition>, Box<Expr>),
    Product(Var, Box<Expr>),
    /// Under `q`, or under `p`.
    Expect(Name, bool, Box<Expr>),
    Slope(Box<Expr>, Family, Vec<Name>),
}

impl Expr {
    pub(super) fn number(value: i64) -> Self {
        Expr::Number(value, 1)
    }

    pub(super) fn entry<const N: usize>(family: Family, names: [Name; N]) -> Self {
        Expr::Entry(family, names.to_vec())
    }

    pub(super) fn sum(var: Var, body: Expr) -> Self {
        Expr::Sum(var, None, Box::new(body))
    }

    pub(super) fn exp(self) -> Self {
        Expr::Exp(Box::new(self))
    }

    pub(super) fn ln(self) -> Self {
        Expr::Ln(Box::new(self))
    }

    pub(super) fn over(self, divisor: Expr) -> Self {
        Expr::Div(Box::new(self), Box::new(divisor))
    }

    pub(super) fn times(self, factor: Expr) -> Self {
        Expr::Mul(vec![self, factor])
    }

    pub(super) fn plus(self, term: Expr) -> Self {
        Expr::Add(vec![self, term])
    }

    pub(super) fn negative(self) -> Self {
        Expr::number(-1).times(self)
    }

    /// Positive at every point.
    pub(super) fn is_positive(&self) -> bool {
        match self {
            Expr::Number(top, _) => *top > 0,
            Expr::Kappa | Expr::Exp(_) | Expr::Entry(Family::S | Family::Q | Family::Rate, _) => true,
            Expr::Add(parts) | Expr::Mul(parts) => parts.iter().all(Expr::is_positive),
            Expr::Div(top, bottom) => top.is_positive() && bottom.is_positive(),
            Expr::Pow(base, _) => base.is_positive(),
            Expr::Sum(_, None, body) | Expr::Product(_, body) => body.is_positive(),
            _ => false,
        }
    }

    pub(super) fn children(&self) -> Vec<&Expr> {
        match self {
            Expr::Add(parts) | Expr::Mul(parts) => parts.iter().collect(),
            Expr::Div(top, bottom) => vec![top, bottom],
            Expr::Pow(body, _)
            | Expr::Exp(body)
            | Expr::Ln(body)
            | Expr::Sum(_, _, body)
            | Expr::Product(_, body)
            | Expr::Expect(_, _, body)
            | Expr::Slope(body, _, _) => vec![body],
            _ => vec![],
        }
    }

    pub(super) fn children_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Expr::Add(parts) | Expr::Mul(parts) => parts.iter_mut().collect(),
            Expr::Div(top, bottom) => vec![top, bottom],
            Expr::Pow(body, _)
            | Expr::Exp(body)
            | Expr::Ln(body)
            | Expr::Sum(_, _, body)
            | Expr::Product(_, body)
            | Expr::Expect(_, _, body)
            | Expr::Slope(body, _, _) => vec![body],
            _ => vec![],
        }
    }

    pub(super) fn nodes(&self) -> usize {
        1 + self.children().into_iter().map(Expr::nodes).sum::<usize>()
    }

    /// About how many leaves are visited for its value.
    pub(super) fn cost(&self) -> usize {
        let inner = self.children().into_iter().map(Expr::cost).sum::<usize>().max(1);
        match self {
            Expr::Sum(..) | Expr::Product(..) => 6 * inner,
            Expr::Expect(..) => 12 * inner,
            Expr::Slope(..) => 150 * inner,
            Expr::Entry(Family::Rate, _) => 12,
            _ => inner,
        }
    }

    pub(super) fn depth(&self) -> usize {
        1 + self.children().into_iter().map(Expr::depth).max().unwrap_or(0)
    }

    pub(super) fn any(&self, test: &dyn Fn(&Expr) -> bool) -> bool {
        test(self) || self.children().into_iter().any(|child| child.any(test))
    }
}

struct Named(Name);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (letter, number) = self.0;
        if number == 0 { write!(f, "{letter}") } else { write!(f, "{letter}{number}") }
    }
}

fn list(names: &[Name]) -> String {
    names.iter().map(|&name| Named(name).to_string()).collect::<Vec<_>>().join(",")
}

impl fmt::Display for Var {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Named(self.name);
        match self.set {
            Set::Units => write!(f, "{name} in units"),
            Set::Hidden => write!(f, "{name} in H"),
            Set::Actions => write!(f, "{name} in A"),
            Set::States => write!(f, "{name} in S"),
            Set::Beside(unit) => write!(f, "{name} in circuit({})", Named(unit)),
        }
    }
}

fn written(family: Family, names: &[Name]) -> String {
    let name = match family {
        Family::W => "W",
        Family::U => "U",
        Family::B => "b",
        Family::S => "s",
        Family::R => "R",
        Family::A => return "A".to_owned(),
        Family::Mask => "mask",
        Family::Q => "q",
        Family::Z => "z",
        Family::Drive => "drive",
        Family::Rate => "rate",
    };
    format!("{name}[{}]", list(names))
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, other) = (Named(UNIT), Named(OTHER));
        match self {
            Condition::Same(i, j) => write!(f, "{} == {}", Named(*i), Named(*j)),
            Condition::Together(i, j) => write!(f, "circuit({}) == circuit({})", Named(*i), Named(*j)),
            Condition::At(index, place) => write!(f, "ordinal({}) == {place}", Named(*index)),
            Condition::Size(set, size) => {
                let var = Var { name: UNIT, set: *set };
                write!(f, "(sum({var}) 1) == {size}")
            }
            Condition::Circuits(count) => write!(f, "(sum(c) 1) == {count}"),
            Condition::Connected(i, j) => write!(f, "mask[{},{}] == 1", Named(*i), Named(*j)),
            Condition::Far(i) => write!(f, "(sum({unit} in A) mask[{},{unit}]) == 0", Named(*i)),
            Condition::Alone(i) => write!(f, "(sum({unit} in units) mask[{},{unit}]) == 0", Named(*i)),
            Condition::Empty => write!(f, "(sum({unit}, {other} in units) mask[{unit},{other}]) == 0"),
            Condition::Full => write!(f, "kappa == 1"),
            Condition::Not(inner) => write!(f, "not ({inner})"),
            Condition::And(left, right) => write!(f, "({left}) and ({right})"),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |parts: &[Expr], sign: &str| -> String {
            parts.iter().map(Expr::to_string).collect::<Vec<_>>().join(sign)
        };
        match self {
            Expr::Number(top, 1) if *top >= 0 => write!(f, "{top}"),
            Expr::Number(top, 1) => write!(f, "({top})"),
            Expr::Number(top, bottom) => write!(f, "({top}/{bottom})"),
            Expr::Kappa => write!(f, "kappa"),
            Expr::Entry(family, names) => write!(f, "{}", written(*family, names)),
            Expr::Won(v, i) => write!(f, "{}[{}]", Named(*v), Named(*i)),
            Expr::Truth(condition) => write!(f, "({condition})"),
            Expr::Add(parts) => write!(f, "({})", joined(parts, " + ")),
            Expr::Mul(parts) => write!(f, "({})", joined(parts, "*")),
            Expr::Div(top, bottom) => write!(f, "({top}/{bottom})"),
            Expr::Pow(base, power) => write!(f, "({base})^{power}"),
            Expr::Exp(body) => write!(f, "exp({body})"),
            Expr::Ln(body) => write!(f, "(ln ({body}))"),
            Expr::Sum(var, None, body) => write!(f, "(sum({var}) {body})"),
            Expr::Sum(var, Some(filter), body) => write!(f, "(sum({var} where {filter}) {body})"),
            Expr::Product(var, body) => write!(f, "(prod({var}) {body})"),
            Expr::Expect(v, free, body) => {
                write!(f, "(E[{} in configurations ~ {}] {body})", Named(*v), if *free { "q" } else { "p" })
            }
            Expr::Slope(body, family, names) => write!(f, "(d ({body}) / d {})", written(*family, names)),
        }
    }
}
