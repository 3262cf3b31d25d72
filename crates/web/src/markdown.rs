//! Text of courses, written in Markdown, as HTML.
//!
//! # Promises
//!
//! * HTML in a text is text: it is shown as it was written, never run.
//! * Links lead to `https:` addresses, to mail and telephone, or to pages of ours, and to nothing
//!   else. Pictures lie elsewhere and are links, too: a page asks nobody else for anything.
//! * A heading of a text stands below the heading of its page.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The text as HTML.
pub fn render(text: &str) -> Markup {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events = Parser::new_ext(text, options).map(safe);
    let mut out = String::with_capacity(text.len() * 2);
    html::push_html(&mut out, events);
    PreEscaped(out)
}

fn safe(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(
            Tag::Link { link_type, dest_url, title, id }
            | Tag::Image { link_type, dest_url, title, id },
        ) => {
            let dest_url = if may_lead_to(&dest_url) { dest_url } else { CowStr::Borrowed("#") };
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            Event::Start(Tag::Heading { level: below(level), id, classes, attrs })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level))),
        other => other,
    }
}

fn may_lead_to(address: &str) -> bool {
    let starts = ["https://", "mailto:", "tel:", "#"];
    let is_ours = address.starts_with('/') && !address.starts_with("//");
    is_ours && !address.contains('\\') || starts.iter().any(|start| address.starts_with(start))
}

fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        HeadingLevel::H2 => HeadingLevel::H3,
        _ => HeadingLevel::H4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_do_harm_is_text() {
        let cases = [
            ("**off** first", "<p><strong>off</strong> first</p>\n"),
            ("# Top", "<h2>Top</h2>\n"),
            ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>\n"),
            ("a <b onclick=x>b</b>", "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n"),
            ("[x](javascript:alert(1))", "<p><a href=\"#\">x</a></p>\n"),
            ("[x](//evil.example)", "<p><a href=\"#\">x</a></p>\n"),
            ("[x](https://a.example/b)", "<p><a href=\"https://a.example/b\">x</a></p>\n"),
            ("[x](/portal/points)", "<p><a href=\"/portal/points\">x</a></p>\n"),
            (
                "![Motor](https://a.example/m.png)",
                "<p><a href=\"https://a.example/m.png\">Motor</a></p>\n",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(render(text).0, expected, "{text}");
        }
    }
}
