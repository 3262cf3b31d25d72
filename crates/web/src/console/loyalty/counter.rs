//! Console, the counter: what a voucher pays on an order, then using or promising it.
//!
//! Checking changes nothing; what was typed stays in the form.

use maud::{Markup, html};

use crate::i18n::Words;
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Place};
use crate::ui::{
    Icon, Look, PageHead, Tone, button, button_link, empty, encode, notice, page_head, receipt,
    section, status,
};

/// What was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    pub voucher: String,
    pub order: String,
    pub order_amount: String,
    pub tax: String,
    pub amount: String,
}

/// What the voucher pays and leaves.
#[derive(Debug, Clone)]
pub struct Pays {
    /// In money, or the product.
    pub pays: String,
    pub left: Option<String>,
    pub left_with_tax: Option<String>,
}

/// What was done with a voucher.
#[derive(Debug, Clone)]
pub struct Used {
    pub key: String,
    pub state: String,
    pub pays: Pays,
    /// It is promised and can be used or let go.
    pub is_reserved: bool,
    pub is_done: bool,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub draft: Draft,
    /// What it would pay, or why not.
    pub checked: Option<Result<Pays, String>>,
    pub used: Option<Used>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.loyalty.counter.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let l = &shell.words().loyalty;
        let page = html! {
            (page_head(&PageHead {
                title: l.counter,
                badge: empty(),
                meta: html! { span { (l.counter_help) } },
                actions: empty(),
            }))
            div.tk-narrow-page {
                @match &self.used {
                    Some(used) => { (used.draw(shell)) }
                    None => { (self.form(shell)) }
                }
            }
        };
        frame::console(shell, Place::Counter, &[], &page)
    }
}

impl Page {
    fn form(&self, shell: &Shell) -> Markup {
        let l = &shell.words().loyalty;
        let draft = &self.draft;
        let ready = matches!(self.checked, Some(Ok(_)));
        section(
            l.voucher,
            &empty(),
            &shell.form(
                "/console/loyalty/counter",
                "tk-form tk-form--tight",
                &html! {
                    (Field::new("voucher", l.voucher_code, &draft.voucher)
                        .hint(shell.words().people.counter_hint).text())
                    (Field::new("order_amount", l.order_amount, &draft.order_amount)
                        .optional().text())
                    (Field::new("tax", l.tax, &draft.tax).optional().text())
                    (Field::new("order", l.order_number, &draft.order).optional().text())
                    (Field::new("amount", l.use_amount, &draft.amount).optional().text())
                    @match &self.checked {
                        Some(Ok(pays)) => { (pays.draw(shell)) }
                        Some(Err(why)) => { (notice(Tone::Bad, &html! { (why) }, &empty())) }
                        None => {}
                    }
                    div.tk-buttons {
                        button.mui-btn.mui-btn--md type="submit" name="do" value="check"
                            .mui-btn--outline[ready] .mui-btn--primary[!ready] { (l.check) }
                        @if ready {
                            button.mui-btn.mui-btn--md.mui-btn--primary type="submit" name="do"
                                value="redeem" { (l.redeem_now) }
                            button.mui-btn.mui-btn--md.mui-btn--outline type="submit" name="do"
                                value="reserve" { (l.reserve_now) }
                        }
                    }
                },
            ),
        )
    }
}

impl Pays {
    fn draw(&self, shell: &Shell) -> Markup {
        let l = &shell.words().loyalty;
        let mut rows = vec![(l.it_pays, html! { b { (self.pays) } })];
        rows.extend(self.left.iter().map(|left| (l.to_pay, html! { (left) })));
        rows.extend(self.left_with_tax.iter().map(|left| (l.to_pay_with_tax, html! { (left) })));
        receipt(&rows)
    }
}

impl Used {
    fn draw(&self, shell: &Shell) -> Markup {
        let l = &shell.words().loyalty;
        let (title, tone) = match (self.is_reserved, self.is_done) {
            (true, _) => (l.reserved_now, Tone::Wait),
            (false, true) => (l.redeemed_now, Tone::Good),
            (false, false) => (l.voucher, Tone::Plain),
        };
        let act = |word: &str, label: &str, look: Look| {
            let action = format!("/console/loyalty/counter/{}/{word}", encode(&self.key));
            shell.form(&action, "", &button(label, look, None))
        };
        section(
            title,
            &status(&self.state, tone),
            &html! {
                (self.pays.draw(shell))
                p.tk-small.tk-muted { (l.key) " " span.tk-mono { (self.key) } }
                div.tk-buttons {
                    @if self.is_reserved {
                        (act("commit", l.commit, Look::Primary))
                        (act("release", l.release, Look::Outline))
                    } @else {
                        (button_link(
                            l.next_customer,
                            "/console/loyalty/counter",
                            Look::Primary,
                            Some(Icon::ChevronRight),
                        ))
                        @if self.is_done { (act("cancel", l.take_back, Look::Outline)) }
                    }
                }
            },
        )
    }
}
