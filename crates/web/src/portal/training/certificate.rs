//! A certificate to be shown or printed: for its holder, and for whoever was given its code.

use jiff::civil::Date;
use maud::{Markup, html};

use super::COURSES;
use crate::format;
use crate::i18n::{Words, fill};
use crate::portal::points::qr;
use crate::shell::{Shell, View};
use crate::ui::frame::{self, PortalPlace};
use crate::ui::{Look, PageHead, Tone, button_link, card, empty, facts, page_head, status};

/// Who looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    Holder,
    /// Whoever has the code.
    Anyone,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub code: String,
    pub name: String,
    pub course: String,
    pub holder: String,
    pub partner: String,
    pub from: Date,
    pub last: Option<Date>,
    pub is_valid: bool,
    /// Where anybody sees that it is so.
    pub address: String,
    pub reader: For,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.name, words.training.certificate)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let t = &shell.words().training;
        let (said, tone) =
            if self.is_valid { (t.cert_valid, Tone::Good) } else { (t.cert_over, Tone::Plain) };
        let page = html! {
            (page_head(&PageHead {
                title: &fill(t.cert_title, &[("name", &self.name)]),
                badge: status(said, tone),
                meta: html! { span { (fill(t.cert_by, &[("vendor", &shell.vendor)])) } },
                actions: match self.reader {
                    For::Holder => button_link(t.all_courses, COURSES, Look::Outline, None),
                    For::Anyone => empty(),
                },
            }))
            (card("tk-certificate", self.paper(shell)))
        };
        match self.reader {
            For::Holder => frame::portal(shell, PortalPlace::Training, &page),
            For::Anyone => html! { main #main.tk-certificate__open { (page) } },
        }
    }
}

impl Page {
    fn paper(&self, shell: &Shell) -> Markup {
        let (lang, t) = (shell.lang, &shell.words().training);
        let last = self.last.map(|day| format::day_long(day, lang));
        let label = fill(t.certificate_of, &[("code", &self.code)]);
        let rows = [
            (t.holder, html! { (self.holder) }),
            (t.partner, html! { (self.partner) }),
            (t.course, html! { (self.course) }),
            (t.issued, html! { (format::day_long(self.from, lang)) }),
            (t.valid, html! { (last.as_deref().unwrap_or(t.for_good)) }),
            (t.cert_code, html! { span.tk-mono { (self.code) } }),
        ];
        html! {
            (facts(&rows))
            div.tk-certificate__code {
                a href=(self.address) { (qr::svg(&self.address, &label)) }
                p.tk-small.tk-muted.tk-phrase { (t.cert_help) }
                @if self.reader == For::Holder {
                    p.tk-small.tk-muted.tk-certificate__print { (t.cert_print) }
                }
            }
        }
    }
}
