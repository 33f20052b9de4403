//! The spelling of other notations (other languages, TeX, print) in this language. Error messages
//! use it.

/// `` `x` is written y ``
pub(crate) fn written(found: &str, spelling: &str) -> String {
    format!("`{found}` is written {spelling}")
}

/// Signs that no valid chapter contains as a sequence of tokens. Some consist of marks of the
/// language.
const SIGNS: &[(&str, &str)] = &[
    ("&&", "and"),
    ("&", "and"),
    ("||", "or"),
    ("!==", "!="),
    ("===", "=="),
    ("<=>", "=="),
    ("->", "not: a -> b is (not a or b)"),
    ("=>", ">=, and an implication a => b is (not a or b)"),
    ("**", "^, as in x^2"),
    (":=", "="),
    ("<>", "!="),
    ("-=", "+=, as in W[i,j] += -(x)"),
    ("*=", "+=, with the change that it makes"),
    (".*", "*"),
    ("//", "/, and a comment begins with --"),
    ("!", "not, as in not (i == j)"),
    ("#", "--, where a comment is meant"),
    ("@", "sum(j), as in sum(j) W[i,j]*q[j]"),
    (";", "as a new line: nothing separates statements"),
    ("$", "without the sign: blocks are not TeX"),
    ("{", "( for a group and [ for an index"),
    ("}", ") for a group and ] for an index"),
    ("∂", "d, as in d f(v) / d b[i]"),
    ("∇", "d, one entry at a time, as in d J_exact / d W[i,j]"),
    ("∑", "sum(j), as in sum(j) W[j,i]*q[j]"),
    ("∏", "prod(i), as in prod(i) q[i]"),
    ("√", "exp((ln x)/2)"),
    ("∈", "in"),
    ("∀", "for"),
    ("∧", "and"),
    ("∨", "or"),
    ("¬", "not"),
    ("⇒", "not: a ⇒ b is (not a or b)"),
    ("→", "not: a → b is (not a or b)"),
    ("⇔", "=="),
    ("≡", "=="),
    ("∼", "~"),
    ("⋅", "*"),
    ("∙", "*"),
    ("•", "*"),
    ("∗", "*"),
    ("⁻", "^-, as in x^-1"),
    ("–", "-"),
    ("—", "-"),
    ("‐", "-"),
    ("‑", "-"),
    ("′", "'"),
    ("’", "'"),
    ("“", "\""),
    ("”", "\""),
    ("«", "\""),
    ("»", "\""),
    ("⟨", "E[v ~ q]"),
    ("∣", "|"),
];

/// The sign of another notation at the start of `rest`: its length, and its spelling in this
/// language.
pub(crate) fn sign(rest: &str) -> Option<(usize, String)> {
    let (found, spelling) = SIGNS.iter().find(|(found, _)| rest.starts_with(found))?;
    Some((found.len(), written(found, spelling)))
}

/// The spelling of a TeX command; `name` has no backslash.
pub(crate) fn command(name: &str) -> String {
    let spelling = match name {
        "sum" => "sum(j)",
        "prod" => "prod(i)",
        "frac" => "(a) / (b)",
        "partial" => "d, as in d f(v) / d b[i]",
        "nabla" => "d, one entry at a time, as in d J_exact / d W[i,j]",
        "cdot" | "times" | "ast" => "*",
        "div" => "/",
        "le" | "leq" => "<=",
        "ge" | "geq" => ">=",
        "ne" | "neq" => "!=",
        "log" => "ln",
        "sqrt" => "exp((ln x)/2)",
        "land" | "wedge" => "and",
        "lor" | "vee" => "or",
        "neg" | "lnot" => "not",
        "forall" => "for",
        "mathbb" | "mathrm" | "mathbf" | "mathcal" | "operatorname" | "text" => "without it: names are plain",
        other => other,
    };
    written(&format!("\\{name}"), spelling)
}

/// The spelling of a name from other languages.
pub(crate) fn word(name: &str) -> Option<String> {
    if let Some((head, indices)) = name.split_once('_') {
        let indices = if indices.is_empty() { "j" } else { indices };
        let fold = match head {
            "sum" | "Sum" => "sum",
            "prod" | "Prod" => "prod",
            "E" => return Some(format!("`{name}[x]` is written (E[v ~ {indices}] x)")),
            _ => return function(name),
        };
        let letters = indices.chars().all(|c| c.is_ascii_lowercase()) && indices.len() <= 4;
        let list = if letters {
            indices.chars().map(String::from).collect::<Vec<_>>().join(", ")
        } else {
            indices.to_owned()
        };
        return Some(written(name, &format!("{fold}({list})")));
    }
    function(name)
}

fn function(name: &str) -> Option<String> {
    let (found, spelling) = match name {
        "log" => ("log(x)", "ln x"),
        "log2" => ("log2(x)", "(ln x) / (ln 2)"),
        "log10" => ("log10(x)", "(ln x) / (ln 10)"),
        "sqrt" => ("sqrt(x)", "exp((ln x)/2)"),
        "pow" => ("pow(x, 2)", "x^2"),
        "tanh" => ("tanh(x)", "(exp(x) - exp(-x)) / (exp(x) + exp(-x))"),
        "sigmoid" | "logistic" => ("sigmoid(x)", "1 / (1 + exp(-x))"),
        "softplus" => ("softplus(x)", "ln (1 + exp(x))"),
        "relu" | "ReLU" => ("relu(x)", "max(x, 0)"),
        "abs" => ("abs(x)", "max(x, -x)"),
        "sign" | "sgn" => ("sign(x)", "((x > 0) - (x < 0))"),
        "logsumexp" => ("logsumexp", "ln (sum(i) exp(x[i]))"),
        "grad" | "gradient" | "partial" | "diff" => ("the derivative", "d f(v) / d b[i]"),
        "transpose" => ("transpose(W)", "W[j,i], with the indices exchanged"),
        "dot" => ("dot(x, y)", "sum(i) x[i]*y[i]"),
        "expectation" | "mean" => ("the mean of x", "(E[v ~ q] x)"),
        "indicator" => ("indicator(i == j)", "(i == j)"),
        "stop_gradient" | "stopgrad" | "detach" => ("stop_gradient(x)", "hold(x)"),
        "true" | "True" => (name, "(0 == 0)"),
        "false" | "False" => (name, "(0 != 0)"),
        "forall" => (name, "for i:"),
        _ => return None,
    };
    Some(if found.contains(' ') && !found.contains('(') {
        format!("{found} is written {spelling}")
    } else {
        written(found, spelling)
    })
}

#[cfg(test)]
mod tests {
    use super::{command, sign, word};

    #[test]
    fn names_of_other_languages_are_known() {
        for (name, text) in [
            ("sum_j", "`sum_j` is written sum(j)"),
            ("sum_ij", "`sum_ij` is written sum(i, j)"),
            ("prod_i", "`prod_i` is written prod(i)"),
            ("E_q", "`E_q[x]` is written (E[v ~ q] x)"),
            ("sqrt", "`sqrt(x)` is written exp((ln x)/2)"),
            ("log", "`log(x)` is written ln x"),
        ] {
            assert_eq!(word(name).as_deref(), Some(text));
        }
        assert_eq!(word("drive"), None);
        assert_eq!(word("b_i"), None);
    }

    #[test]
    fn the_longest_sign_is_found() {
        assert_eq!(sign("&& x").map(|(length, _)| length), Some(2));
        assert_eq!(sign("|| x").map(|(_, text)| text).as_deref(), Some("`||` is written or"));
        assert_eq!(sign("+ x"), None);
        assert_eq!(command("sum"), "`\\sum` is written sum(j)");
    }
}
