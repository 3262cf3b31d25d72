//! Console: a member's memberships at the companies that share a wallet.

use maud::{Markup, html};

use crate::i18n::fill;
use crate::reading::links::LinkTold;
use crate::shell::Shell;
use crate::ui::form::Field;
use crate::ui::{Look, button, empty, section, status};

/// Links of one wallet, and the companies with which there may be one.
#[derive(Debug, Clone, Default)]
pub struct Links {
    pub wallet: String,
    pub links: Vec<LinkTold>,
    /// By code and name.
    pub companies: Vec<(String, String)>,
}

impl Links {
    /// Who is linked with whom, with a form to end each; nothing where no company shares the wallet.
    pub fn draw(&self, shell: &Shell, path: &str, may: bool) -> Markup {
        let w = &shell.words().people;
        if self.companies.is_empty() && self.links.is_empty() {
            return html! {};
        }
        section(
            w.links,
            &empty(),
            &html! {
                p.tk-small.tk-muted.tk-phrase { (w.links_help) }
                @if self.links.is_empty() { p.tk-muted { (w.no_links) } }
                @else {
                    ul.tk-rows {
                        @for link in &self.links { li { (one(shell, link)) } }
                    }
                }
                @if may { (self.end_form(shell, path)) }
                @if may && !self.companies.is_empty() { (self.form(shell, path)) }
            },
        )
    }

    /// Ends one of those that hold.
    fn end_form(&self, shell: &Shell, path: &str) -> Markup {
        let w = &shell.words().people;
        let open: Vec<(String, String)> = self
            .links
            .iter()
            .filter(|link| !link.is_over)
            .map(|link| {
                let number = link.number.as_deref().unwrap_or_default();
                (link.link_id.to_string(), format!("{} {number}", link.company))
            })
            .collect();
        let Some((first, _)) = open.first() else { return html! {} };
        shell.form(
            &format!("{path}/membership/unlink"),
            "tk-form tk-form--tight",
            &html! {
                h3.tk-small { (w.unlink) }
                (Field::new("link", w.company, first).select(&open))
                (Field::new("why", w.unlink_reason, "").optional().text())
                (button(w.unlink, Look::Outline, None))
            },
        )
    }

    fn form(&self, shell: &Shell, path: &str) -> Markup {
        let w = &shell.words().people;
        let first = self.companies.first().map_or("", |(code, _)| code.as_str());
        let example = format!("{first}:U10001");
        let hint = fill(w.number_there_hint, &[("example", &example)]);
        shell.form(
            &format!("{path}/membership/link"),
            "tk-form tk-form--tight",
            &html! {
                h3.tk-small { (w.link_with) }
                input type="hidden" name="wallet" value=(self.wallet);
                (Field::new("company", w.company, first).select(&self.companies))
                (Field::new("number", w.number_there, "").hint(&hint).optional().text())
                (Field::new("since", w.from_day, "").hint(w.from_day_hint).optional().date())
                (button(w.link, Look::Outline, None))
            },
        )
    }
}

fn one(shell: &Shell, link: &LinkTold) -> Markup {
    let w = &shell.words().people;
    html! {
        (status(&link.state.0, link.state.1))
        div.tk-rows__text {
            (link.company)
            @if let Some(number) = &link.number { " " span.tk-mono { (number) } }
            small { (w.since) " " (link.since) }
            @for by in &link.by { small { (by) } }
        }
    }
}
