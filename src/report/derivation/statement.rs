//! One statement of a chapter.

use std::fmt::Write as _;

use svpg_check::{Chain, Content};

use super::anchor;
use super::verdict::{badges, details};
use crate::report::html::escape;
use crate::verify::Claim;

/// The statement; `claim` finds the result of a claim.
pub(super) fn html<'a>(content: &Content, claim: impl Fn(&str) -> Option<&'a Claim>) -> String {
    match content {
        Content::Network(conventions) => {
            let which = match *conventions {
                "both" => "in both conventions of the energy",
                "full" => "in the convention full",
                _ => "in the convention half",
            };
            format!("<p class=\"statement quiet\">Network of circuits, {which}</p>\n")
        }
        Content::Definition(formula) => {
            format!(
                "<div class=\"statement scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Definition\">{formula}</div>\n"
            )
        }
        Content::Parameter { formula, positive } => {
            let kind = if *positive { "free positive numbers" } else { "free numbers" };
            format!("<p class=\"statement\">{formula}: {kind}</p>\n")
        }
        Content::Rule { name, lines } => {
            let lines: String = lines.iter().map(|line| format!("<li>{line}</li>")).collect();
            let name = escape(name);
            format!(
                "<div class=\"statement rule\"><p><strong>Rule <code>{name}</code></strong></p><ul class=\"chain scroll\" \
                 tabindex=\"0\" aria-label=\"Updates of the rule {name}\">{lines}</ul></div>\n"
            )
        }
        Content::Claim { id, title, given, chains, .. } => {
            let found = claim(id);
            let verdict = found.map_or("unknown", |claim| claim.report.verdict.as_str());
            let mut out = head(id, title, verdict, &found.map(badges).unwrap_or_default());
            if !given.is_empty() {
                let _ = write!(out, "<p class=\"given\">given {}</p>", given.join(" and "));
            }
            let _ = write!(
                out,
                "<ul class=\"chain scroll\" tabindex=\"0\" aria-label=\"Equations of claim {}\">{}</ul>",
                escape(id),
                chains.iter().map(chain).collect::<String>()
            );
            out + &found.map(details).unwrap_or_default() + "</div>\n"
        }
        Content::Measured { id, title, by } => {
            let found = claim(id);
            let verdict = found.map_or("unknown", |claim| claim.report.verdict.as_str());
            let badges = found.map(badges).unwrap_or_default();
            let by = format!("<p class=\"given\">measured by <code>{}</code></p>", escape(by));
            head(id, title, verdict, &badges) + &by + &found.map(details).unwrap_or_default() + "</div>\n"
        }
    }
}

fn head(id: &str, title: &str, verdict: &str, badges: &str) -> String {
    format!(
        "<div class=\"statement claim {verdict}\" id=\"{0}\"><p class=\"head\"><a href=\"#{0}\" class=\"label\">{1}</a> \
         <strong>{2}</strong> {badges}</p>",
        anchor(id),
        escape(id),
        escape(title)
    )
}

fn chain(Chain { binders, first, links }: &Chain) -> String {
    let mut out = String::new();
    if let Some(binders) = binders {
        let _ = write!(out, "<li class=\"quiet\">{binders}</li>");
    }
    let _ = write!(out, "<li>{first}</li>");
    for (formula, because) in links {
        let because =
            because.as_ref().map(|text| format!(" <span class=\"because\">{}</span>", escape(text)));
        let _ = write!(out, "<li class=\"link\">{formula}{}</li>", because.unwrap_or_default());
    }
    out
}
