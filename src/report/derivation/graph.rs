//! Which claim rests on which: a reason of a link that names another claim.
//!
//! The layout and the drawing are those of `layout-rs`.

use std::collections::{BTreeMap, BTreeSet};

use layout::backends::svg::SVGWriter;
use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::geometry::Point;
use layout::core::style::StyleAttr;
use layout::std_shapes::shapes::{Arrow, Element, ShapeKind};
use layout::topo::layout::VisualGraph;

use super::Shown;
use crate::report::html::{Figure, Table, escape};
use crate::verify::Report;

/// For every claim, the claims that its reasons name.
pub(in crate::report) struct References {
    rests_on: BTreeMap<String, BTreeSet<String>>,
    titles: BTreeMap<String, String>,
    chapters: BTreeMap<String, String>,
}

impl References {
    pub(in crate::report) fn new(report: &Report) -> Self {
        let claims = || report.claims.iter().map(|claim| &claim.report);
        let titles: BTreeMap<_, _> = claims().map(|claim| (claim.id.clone(), claim.title.clone())).collect();
        let named = |text: &str, own: &str| {
            let words = text.split(|c: char| !c.is_alphanumeric());
            let known = words.filter(|word| *word != own && titles.contains_key(*word) && is_label(word));
            known.map(str::to_owned).collect::<Vec<_>>()
        };
        let rests_on = claims().map(|claim| {
            let reasons = claim.links.iter().filter_map(|link| link.because.as_deref());
            (claim.id.clone(), reasons.flat_map(|reason| named(reason, &claim.id)).collect())
        });
        let rests_on = rests_on.collect();
        let chapters = claims().map(|claim| (claim.id.clone(), claim.chapter.clone())).collect();
        Self { rests_on, titles, chapters }
    }

    /// The graph of the claims of a chapter and of those that they rest on; empty if there is none.
    pub(super) fn figure(&self, chapter: &Shown<'_>) -> String {
        let mut edges = BTreeSet::new();
        for id in chapter.claims.keys() {
            edges.extend(self.rests_on.get(*id).into_iter().flatten().map(|on| (on.as_str(), *id)));
        }
        if edges.is_empty() {
            return String::new();
        }
        let mut data = Table::new("Claims and what they rest on", ["claim", "title", "rests on"]);
        for id in chapter.claims.keys() {
            let on = self.rests_on.get(*id).map(|on| on.iter().cloned().collect::<Vec<_>>().join(", "));
            let on = on.filter(|on| !on.is_empty()).unwrap_or_else(|| "no other claim".to_owned());
            data.row([*id, self.titles.get(*id).map_or("", String::as_str), &on]);
        }
        let caption = format!(
            "Which claim of “{}” rests on which. An arrow leads to the claim that uses the other.",
            chapter.title()
        );
        let is_own = |id: &str| chapter.claims.contains_key(id);
        let picture = drawn(&edges, &is_own, &caption, 60.0);
        let id = format!("graph-{}", chapter.name);
        Figure { id: &id, caption: &caption, picture: &picture, data: &data }.html()
    }
}

/// Is it a name like `E1b`, not a word like `U`?
fn is_label(word: &str) -> bool {
    word.chars().any(|c| c.is_ascii_digit()) && word.starts_with(|c: char| c.is_ascii_uppercase())
}

/// Which chapter rests on which.
pub(in crate::report) fn chapters_graph(references: &References, chapters: &[Shown<'_>]) -> String {
    let number = |title: &str| chapters.iter().position(|chapter| chapter.title() == title);
    let of = |id: &str| references.chapters.get(id).and_then(|title| number(title));
    let mut counts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (id, all) in &references.rests_on {
        for on in all {
            if let (Some(from), Some(to)) = (of(on), of(id))
                && from != to
            {
                *counts.entry((from, to)).or_default() += 1;
            }
        }
    }
    if counts.is_empty() {
        return String::new();
    }
    let mut data = Table::new("References between chapters", ["chapter", "rests on", "references"]);
    let name = |at: usize| format!("{}. {}", at + 1, chapters[at].title());
    for (&(from, to), count) in &counts {
        data.row([name(to), name(from), count.to_string()]);
    }
    let names: Vec<String> = (1..=chapters.len()).map(|number| format!("{number}")).collect();
    let edges = counts.keys().map(|&(from, to)| (names[from].as_str(), names[to].as_str())).collect();
    let caption = "Which chapter rests on which. An arrow leads to the chapter that uses claims of the other; the numbers are those of the list of chapters.";
    let picture = drawn(&edges, &|_| true, caption, 36.0);
    Figure { id: "graph-chapters", caption, picture: &picture, data: &data }.html()
}

/// Colours that stand for those of the page.
const LINE: u32 = 0x0000_01ff;
const OWN: u32 = 0x0000_02ff;
const OTHER: u32 = 0x0000_03ff;

fn drawn(edges: &BTreeSet<(&str, &str)>, is_own: &dyn Fn(&str) -> bool, title: &str, width: f64) -> String {
    let mut graph = VisualGraph::new(Orientation::LeftToRight);
    let names: BTreeSet<&str> = edges.iter().flat_map(|&(from, to)| [from, to]).collect();
    let mut nodes = BTreeMap::new();
    for name in names {
        let fill = if is_own(name) { OWN } else { OTHER };
        let style = StyleAttr::new(Color::new(LINE), 1, Some(Color::new(fill)), 5, 14);
        let shape = ShapeKind::new_box(name);
        let size = Point::new(width, 26.0);
        nodes.insert(name, graph.add_node(Element::create(shape, style, Orientation::LeftToRight, size)));
    }
    for (from, to) in edges {
        graph.add_edge(Arrow::simple(""), nodes[from], nodes[to]);
    }
    let mut writer = SVGWriter::new();
    graph.do_it(false, false, false, &mut writer);
    themed(&writer.finalize(), title)
}

/// The drawing as an element of the page, in its colours and its font.
fn themed(drawing: &str, title: &str) -> String {
    let start = drawing.find("<svg ").unwrap_or(0);
    // The style of the drawing would be one of the whole page.
    let (head, rest) = drawing[start..].split_once("<style>").unwrap_or((&drawing[start..], ""));
    let body = rest.split_once("</style>").map_or("", |(_, body)| body);
    let lines: Vec<&str> = body.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut out = format!("{head}{}", lines.join(" "));
    for (colour, instead) in
        [(LINE, "currentColor"), (OWN, "var(--own)"), (OTHER, "var(--paper)"), (0x0000_00ff, "currentColor")]
    {
        out = out.replace(&format!("#{colour:08x}"), instead);
    }
    // An id occurs once on a page.
    let own = format!("arrow-{}", super::slug(title));
    out = out.replace("<path id=\"arrow", &format!("<path id=\"{own}-"));
    out = out.replace("href=\"#arrow", &format!("href=\"#{own}-"));
    for end in ["startarrow", "endarrow"] {
        out = out.replace(&format!("id=\"{end}\""), &format!("id=\"{own}-{end}\""));
        out = out.replace(&format!("url(#{end})"), &format!("url(#{own}-{end})"));
    }
    out.replacen("<svg ", &format!("<svg class=\"graph\" role=\"img\" aria-label=\"{}\" ", escape(title)), 1)
}
