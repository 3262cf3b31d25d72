//! Compositions that many pages share.

use maud::{Markup, html};
use maud_ui::primitives::{badge, button as kit_button, card as kit_card};

use super::icon::{Icon, icon};

pub use kit_button::Variant as Look;

/// What a state means to the reader. Colour repeats the word, it never replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Info,
    Good,
    Wait,
    Bad,
}

impl Tone {
    pub fn key(self) -> &'static str {
        match self {
            Tone::Plain => "plain",
            Tone::Info => "info",
            Tone::Good => "good",
            Tone::Wait => "wait",
            Tone::Bad => "bad",
        }
    }
}

/// A state as a small label.
pub fn status(label: &str, tone: Tone) -> Markup {
    let variant = match tone {
        Tone::Plain => badge::Variant::Secondary,
        Tone::Info => badge::Variant::Info,
        Tone::Good => badge::Variant::Success,
        Tone::Wait => badge::Variant::Warning,
        Tone::Bad => badge::Variant::Danger,
    };
    badge::render(badge::Props { label: label.into(), variant, ..Default::default() })
}

/// A button that submits the form around it.
pub fn button(label: &str, look: Look, lead: Option<Icon>) -> Markup {
    kit_button::render(kit_button::Props {
        label: label.into(),
        variant: look,
        button_type: "submit",
        leading_icon: lead.map(icon),
        ..Default::default()
    })
}

/// A button that takes something away. Quiet: it must not invite.
pub fn danger(label: &str) -> Markup {
    html! { button.mui-btn.mui-btn--md.mui-btn--outline.tk-danger type="submit" { (label) } }
}

/// A link that looks like a button. The kit's button is always a `<button>`, navigation is not.
pub fn button_link(label: &str, href: &str, look: Look, lead: Option<Icon>) -> Markup {
    let class = match look {
        Look::Primary => "mui-btn mui-btn--md mui-btn--primary",
        Look::Ghost => "mui-btn mui-btn--md mui-btn--ghost",
        _ => "mui-btn mui-btn--md mui-btn--outline",
    };
    html! {
        a class=(class) href=(href) {
            @if let Some(lead) = lead { span.mui-btn__icon { (icon(lead)) } }
            (label)
        }
    }
}

/// A quiet link to the rest of a list.
pub fn link_more(label: &str, href: &str) -> Markup {
    html! { a.tk-more href=(href) { (label) (icon(Icon::ChevronRight)) } }
}

/// A surface of its own, without a heading.
pub fn card(class: &str, children: Markup) -> Markup {
    kit_card::render(kit_card::Props {
        children,
        bare: true,
        class: Some(format!("tk-card {class}")),
        ..Default::default()
    })
}

/// A card with a heading, an optional link or control beside it, and its content.
pub fn section(title: &str, aside: &Markup, children: &Markup) -> Markup {
    section_with("", title, aside, children)
}

pub fn section_with(class: &str, title: &str, aside: &Markup, children: &Markup) -> Markup {
    card(
        class,
        html! {
            div.tk-card__head {
                h2 { (title) }
                @if !aside.0.is_empty() { div.tk-card__aside { (aside) } }
            }
            (children)
        },
    )
}

/// The head of a page: where it is, what it is called, its state, and what one can do.
pub struct PageHead<'a> {
    pub title: &'a str,
    pub badge: Markup,
    pub meta: Markup,
    pub actions: Markup,
}

pub fn page_head(head: &PageHead) -> Markup {
    html! {
        div.tk-head {
            div.tk-head__text {
                h1 { (head.title) @if !head.badge.0.is_empty() { " " (head.badge) } }
                @if !head.meta.0.is_empty() { p.tk-head__meta { (head.meta) } }
            }
            @if !head.actions.0.is_empty() { div.tk-head__actions { (head.actions) } }
        }
    }
}

/// A sentence that needs attention, with what to do about it.
pub fn notice(tone: Tone, text: &Markup, action: &Markup) -> Markup {
    let mark = match tone {
        Tone::Good => Icon::Check,
        Tone::Plain | Tone::Info => Icon::Message,
        Tone::Wait | Tone::Bad => Icon::Alert,
    };
    html! {
        div class={ "tk-notice tk-notice--" (tone.key()) } role="status" {
            (icon(mark))
            div.tk-notice__text { (text) }
            @if !action.0.is_empty() { div.tk-notice__action { (action) } }
        }
    }
}

/// A cell of a strip: what, how much, and what that means. Live where it has a key.
pub struct Cell<'a> {
    pub label: &'a str,
    pub figure: Markup,
    pub detail: Markup,
    pub href: &'a str,
    pub live: &'a str,
}

/// Three to five figures across the page.
pub fn strip(cells: &[Cell]) -> Markup {
    card(
        "",
        html! {
            div.tk-strip.tk-strip--links {
                @for cell in cells {
                    @let live = (!cell.live.is_empty()).then_some(cell.live);
                    @let inner = html! {
                        span.tk-strip__label { (cell.label) }
                        b data-live=[live] { (cell.figure) }
                        small { (cell.detail) }
                    };
                    @if cell.href.is_empty() { div { (inner) } }
                    @else { a href=(cell.href) { (inner) } }
                }
            }
        },
    )
}

/// Tabs are links: each is a page of its own, with its own address and its own rights.
pub fn tabs(label: &str, tabs: &[(&str, String)], current: usize) -> Markup {
    html! {
        nav.tk-tabs aria-label=(label) {
            @for (i, (name, href)) in tabs.iter().enumerate() {
                a href=(href) aria-current=[(i == current).then_some("page")] { (name) }
            }
        }
    }
}

/// Labels left, values right.
pub fn receipt(rows: &[(&str, Markup)]) -> Markup {
    html! {
        dl.tk-receipt { @for (label, value) in rows { div { dt { (label) } dd { (value) } } } }
    }
}

/// The fields of a record, as many in a line as fit.
pub fn facts(rows: &[(&str, Markup)]) -> Markup {
    html! {
        dl.tk-record { @for (label, value) in rows { div { dt { (label) } dd { (value) } } } }
    }
}

/// An empty list teaches: what belongs here, an example, and the button that begins.
pub fn empty_state(mark: Icon, title: &str, text: &str, action: &Markup) -> Markup {
    html! {
        div.tk-empty {
            span.tk-disc aria-hidden="true" { (icon(mark)) }
            p.tk-empty__title { (title) }
            p.tk-small.tk-muted.tk-phrase { (text) }
            @if !action.0.is_empty() { div.tk-empty__action { (action) } }
        }
    }
}

/// A sentence whose words in backticks are somebody's own: they are set as code, without the signs.
/// One sign alone belongs to what was quoted, so that such a sentence stays as it is.
pub fn with_code(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return html! { (text) };
    }
    html! {
        @for (i, part) in parts.iter().enumerate() {
            @if i % 2 == 1 { code.tk-mono { (part) } } @else { (part) }
        }
    }
}

/// Nothing, said in maud.
pub fn empty() -> Markup {
    html! {}
}
