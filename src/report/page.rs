//! The frame of a page: head, navigation, footer. A page is one file and loads nothing.

use super::html::escape;

const STYLE: &str = include_str!("style.css");

/// A part of a page.
pub(super) struct Section {
    /// Its anchor.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) content: String,
}

/// A page with these sections. `lead` is a plain text below the title.
pub(super) fn page(title: &str, lead: &str, sections: &[Section]) -> String {
    let link =
        |Section { id, title, .. }: &Section| format!("<li><a href=\"#{id}\">{}</a></li>", escape(title));
    let contents = format!(
        "<nav class=\"contents\" aria-label=\"Contents\"><ul>{}</ul></nav>\n",
        sections.iter().map(link).collect::<String>()
    );
    let section = |Section { id, title, content }: &Section| {
        format!(
            "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{}</h2>\n{content}</section>\n",
            escape(title)
        )
    };
    frame(title, lead, &contents, &sections.iter().map(section).collect::<String>())
}

/// A page with this navigation and main content.
pub(super) fn frame(title: &str, lead: &str, navigation: &str, content: &str) -> String {
    let (title, lead) = (escape(title), escape(lead));
    let lead = if lead.is_empty() { String::new() } else { format!("<p class=\"lead\">{lead}</p>\n") };
    let version = env!("CARGO_PKG_VERSION");
    // `base-uri` and `default-src`: even a mistake of this program would load nothing.
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"generator\" content=\"svpg {version}\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the content</a>\n\
         <header>\n<h1>{title}</h1>\n{lead}</header>\n{navigation}<main id=\"main\" tabindex=\"-1\">\n{content}</main>\n\
         <footer>\n<p>Written by svpg {version}. This page is one file and loads nothing from elsewhere.</p>\n</footer>\n\
         </body>\n</html>\n"
    )
}
