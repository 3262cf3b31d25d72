//! Console, today: what needs a decision, sorted by what it is worth.

use engine::access::Role;
use jiff::civil::{Date, DateTime};
use maud::{Markup, html};

use super::approvals::{self, Queue};
use crate::format::{self, Money};
use crate::i18n::{Lang, Words, fill};
use crate::shell::{Shell, View};
use crate::ui::frame::{self, Place};
use crate::ui::parts::{Cell, strip};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button_link, card, door, empty, empty_state,
    encode, estimate, icon, link_more, nothing, page_head, section, standing, table,
};
use crate::view::{PartnerRef, Period, Standing};

/// A partner for whom a call today changes the result.
#[derive(Debug, Clone)]
pub struct NearMiss {
    pub partner: PartnerRef,
    pub region: String,
    pub standing: Standing,
    /// Sales that the gap is worth to us, an estimate.
    pub brings: Option<Money>,
    pub explain: Option<String>,
}

/// A period that may be closed, or soon.
#[derive(Debug, Clone)]
pub struct Close {
    pub id: String,
    pub program: String,
    pub period: Period,
    /// From this day on.
    pub may_close_from: Date,
    /// By currency, the program's own first.
    pub amounts: Vec<Money>,
    pub partners: u64,
    pub exceptions: u64,
}

/// Lines that wait for a person.
#[derive(Debug, Clone)]
pub struct Exception {
    pub tone: Tone,
    pub title: String,
    pub detail: String,
    pub lines: u64,
    /// Where it is solved; empty if that is not on a page.
    pub href: String,
}

/// What is in the house; all zero is a new installation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stock {
    pub partners: u64,
    pub products: u64,
    pub lines: u64,
    pub programs: u64,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub today: Date,
    pub as_of: DateTime,
    pub stock: Stock,
    pub near_all: u64,
    pub near: Vec<NearMiss>,
    pub closes: Vec<Close>,
    /// What waits for the reader's word.
    pub approvals: Vec<Queue>,
    pub approvals_all: u64,
    pub exceptions: Vec<Exception>,
    /// Accrued in running periods, by currency.
    pub accrued: Vec<Money>,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.common.today.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let (lang, words) = (shell.lang, shell.words());
        let (c, k) = (&words.common, &words.console);
        let empty_house = self.stock.programs == 0;
        let page = html! {
            (page_head(&PageHead {
                title: if empty_house { k.welcome } else { k.decide_today },
                badge: empty(),
                meta: html! {
                    span { (format::day(self.today, lang)) }
                    span.tk-live data-live="as-of" {
                        (fill(c.live_as_of, &[("time", &format::clock(self.as_of))]))
                    }
                },
                actions: empty(),
            }))
            @if empty_house { (self.start(lang, shell.role())) }
            @else {
                (self.strip(lang))
                (self.near_misses(lang))
                div.tk-three { (self.closes(lang)) (self.approvals(lang)) (self.exceptions(lang)) }
            }
        };
        frame::console(shell, Place::Today, &[], &page)
    }
}

/// Files that are read as they stand: the fewest headings that work.
const PARTNERS_EXAMPLE: &str = "code,name,country\nP-001,North Cycles,DE\nP-002,South Bikes,FR";
const PRODUCTS_EXAMPLE: &str = "code,name,category\nB-100,City bike,Bikes\nH-200,Helmet,Gear";
const LINES_EXAMPLE: &str = "key,date,partner,product,quantity,amount,currency\n\
    INV-1-1,2026-04-10,P-001,B-100,5,1200.00,EUR\n\
    INV-1-2,2026-04-10,P-001,H-200,10,450.00,EUR";

fn example_table(label: &str, example: &str) -> Markup {
    let mut lines = example.lines().map(|line| line.split(','));
    html! {
        div.tk-scroll.tk-preview.tk-first__example tabindex="0" role="region" aria-label=(label) {
            table {
                thead {
                    @for headings in lines.by_ref().take(1) {
                        tr { @for heading in headings { th scope="col" { (heading) } } }
                    }
                }
                tbody { @for cells in lines { tr { @for cell in cells { td { (cell) } } } } }
            }
        }
    }
}

impl Page {
    /// A new installation: three files in any order, then the first program.
    fn start(&self, lang: Lang, role: Option<Role>) -> Markup {
        let (c, k) = (&lang.words().common, &lang.words().console);
        let partners = (Icon::Shop, c.partners, k.start_partners, self.stock.partners);
        let products = (Icon::Box, c.products, k.start_products, self.stock.products);
        let lines = (Icon::Ledger, k.lines, k.start_lines, self.stock.lines);
        let steps = [
            (partners, "partners", PARTNERS_EXAMPLE),
            (products, "products", PRODUCTS_EXAMPLE),
            (lines, "lines", LINES_EXAMPLE),
        ];
        let others = [(c.users, "/console/users"), (c.tokens, "/console/tokens")];
        html! {
            div.tk-three.tk-start {
                @for (i, ((mark, title, why, n), kind, example)) in steps.into_iter().enumerate() {
                    (card("tk-import", html! {
                        div.tk-import__head {
                            span.tk-import__number { (i + 1) }
                            h2 { (icon(mark)) " " (title) }
                        }
                        p.tk-small.tk-phrase { (why) }
                        (example_table(k.start_example, example))
                        p.tk-small.tk-muted.tk-phrase { (k.start_example_help) }
                        @if n > 0 {
                            p.tk-import__done {
                                (icon(Icon::Check))
                                span { (fill(k.n_there, &[("n", &format::count(n))])) }
                            }
                        }
                        (button_link(
                            k.choose_file,
                            &format!("/console/imports/new?kind={kind}"),
                            if n > 0 { Look::Outline } else { Look::Primary },
                            Some(Icon::Upload),
                        ))
                    }))
                }
            }
            (section(k.then, &empty(), &html! {
                p.tk-phrase { (k.then_program) }
                p.tk-first__next {
                    (button_link(
                        k.new_program,
                        "/console/programs/new",
                        Look::Outline,
                        Some(Icon::Rule),
                    ))
                    @for (name, path) in others {
                        @if crate::access::may_open_as(role, path) {
                            (button_link(name, path, Look::Outline, None))
                        }
                    }
                }
            }))
        }
    }

    fn strip(&self, lang: Lang) -> Markup {
        let k = &lang.words().console;
        let accrued: Vec<String> = self.accrued.iter().map(|money| money.short(lang)).collect();
        let due = self.closes.iter().filter(|close| close.may_close_from <= self.today).count();
        // A line of an unknown product is also one of its file's refused rows.
        let by_file = self.exceptions.iter().filter(|exception| exception.tone != Tone::Bad);
        let lines: u64 = by_file.map(|exception| exception.lines).sum();
        strip(&[
            Cell {
                label: k.accrued_now,
                figure: html! { (accrued.first().map_or("–", String::as_str)) },
                detail: html! { (accrued.get(1..).unwrap_or_default().join(", ")) },
                href: "/console/programs",
                live: "accrued",
            },
            Cell {
                label: k.near,
                figure: html! { (format::count(self.near_all)) },
                detail: html! { (k.near_detail) },
                href: "#near",
                live: "near",
            },
            Cell {
                label: k.to_close,
                figure: html! { (due) },
                detail: html! { (k.to_close_detail) },
                href: "/console/periods",
                live: "closes",
            },
            Cell {
                label: k.approvals,
                figure: html! { (format::count(self.approvals_all)) },
                detail: html! { (k.approvals_detail) },
                href: "#approvals",
                live: "approvals",
            },
            Cell {
                label: k.exceptions,
                figure: html! { (self.exceptions.len()) },
                detail: html! { (fill(k.lines_wait, &[("n", &format::count(lines))])) },
                href: "#exceptions",
                live: "exceptions",
            },
        ])
    }

    fn near_misses(&self, lang: Lang) -> Markup {
        let k = &lang.words().console;
        let more = link_more(lang.words().common.all, "/console/watchlist");
        html! {
            div #near {
                (section(k.near_say, &more, &if self.near.is_empty() {
                    html! { p.tk-muted { (k.no_near) } }
                } else {
                    html! {
                        div data-live="near-list" {
                            (near_table(lang, &self.near))
                        }
                    }
                }))
            }
        }
    }

    fn closes(&self, lang: Lang) -> Markup {
        let k = &lang.words().console;
        section(
            k.to_close,
            &link_more(lang.words().common.all, "/console/periods"),
            &html! {
                @if self.closes.is_empty() { p.tk-muted { (k.nothing_to_close) } }
                ul.tk-rows {
                    @for close in &self.closes {
                        li {
                            div.tk-rows__text {
                                a href={ "/console/periods/" (close.id) } {
                                    (close.program) " · " (close.period.long(lang))
                                }
                                small { (close.detail(lang, self.today)) }
                            }
                            span.tk-rows__figure { (format::each(&close.amounts, lang)) }
                        }
                    }
                }
            },
        )
    }

    fn approvals(&self, lang: Lang) -> Markup {
        let k = &lang.words().console;
        html! {
            div #approvals {
                @let more = link_more(lang.words().common.all, "/console/approvals");
                (section(k.approvals, &more, &html! {
                    @if self.approvals.is_empty() { p.tk-muted { (k.nothing_to_approve) } }
                    (approvals::rows(lang, &self.approvals, self.today))
                }))
            }
        }
    }

    fn exceptions(&self, lang: Lang) -> Markup {
        let k = &lang.words().console;
        html! {
            div #exceptions {
                (section(k.exceptions, &empty(), &html! {
                    @if self.exceptions.is_empty() {
                        (empty_state(Icon::Check, k.no_exceptions, k.no_exceptions_help, &empty()))
                    }
                    ul.tk-rows {
                        @for exception in &self.exceptions {
                            li {
                                span class={ "tk-dot tk-dot--" (exception.tone.key()) } {}
                                div.tk-rows__text {
                                    @if exception.href.is_empty() { (exception.title) }
                                    @else { a href=(exception.href) { (exception.title) } }
                                    small { (exception.detail) }
                                }
                                span.tk-rows__figure {
                                    @if exception.lines > 0 {
                                        (fill(
                                            lang.words().common.n_lines,
                                            &[("n", &format::count(exception.lines))],
                                        ))
                                    }
                                }
                            }
                        }
                    }
                }))
            }
        }
    }
}

/// Near misses as a table, here and on the watchlist.
pub fn near_table(lang: Lang, near: &[NearMiss]) -> Markup {
    let (c, k, t) = (&lang.words().common, &lang.words().console, &lang.words().terms);
    let columns = [
        Column::new(c.partner, Kind::Name),
        Column::new(t.next_tier, Kind::Text),
        Column::new(t.way_and_pace, Kind::Picture),
        Column::new(t.gap, Kind::Figure),
        Column::new(k.worth_to_them, Kind::Figure),
        Column::new(k.sales_for_us, Kind::Figure).wide_only(),
        Column::new(k.days_left, Kind::Figure).wide_only(),
    ];
    let rows = near.iter().map(|near| near.cells(lang)).collect();
    table(&Table::new(k.near, &columns, rows).cards())
}

impl NearMiss {
    fn cells(&self, lang: Lang) -> Vec<Markup> {
        let own = &self.standing;
        let href = format!("/console/partners/{}", encode(&self.partner.code));
        let worth = own.worth.map_or_else(nothing, |worth| estimate(lang, worth));
        vec![
            two_lines(
                &html! { a href=(href) { (self.partner.name) } },
                &html! { (self.region) " · " (own.program.name) },
            ),
            own.next().map_or_else(nothing, |tier| html! { (tier.label(lang)) }),
            standing::small(lang, own),
            own.gap().map_or_else(nothing, |gap| html! { (gap.text(lang)) }),
            match &self.explain {
                Some(id) => door(&format!("/console/explain/{id}"), &worth),
                None => worth,
            },
            self.brings.map_or_else(nothing, |money| estimate(lang, money)),
            html! { (own.days_left) },
        ]
    }
}

impl Close {
    fn detail(&self, lang: Lang, today: Date) -> String {
        let k = &lang.words().console;
        if self.exceptions > 0 {
            fill(k.exceptions_first, &[("n", &format::count(self.exceptions))])
        } else if self.may_close_from <= today {
            fill(k.may_close, &[("n", &format::count(self.partners))])
        } else {
            fill(k.may_close_from, &[("day", &format::day(self.may_close_from, lang))])
        }
    }
}
