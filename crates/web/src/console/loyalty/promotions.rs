//! Console, promotions: the list, and one with what it gave of its limits, over time and to whom.

use engine::pictures::Subject;
use maud::{Markup, html};
use rust_decimal::Decimal;

use crate::chart::lines::{self, Lines, Series, Shape};
use crate::chart::{self, Picture};
use crate::i18n::{Lang, Words};
use crate::shell::{Shell, View};
use crate::ui::form::Field;
use crate::ui::frame::{self, Crumb, Place};
use crate::ui::parts::{Cell, facts};
use crate::ui::table::two_lines;
use crate::ui::{
    Column, Icon, Kind, Look, PageHead, Table, Tone, button_link, card, danger, empty, empty_state,
    encode, notice, page_head, section, status, strip, table,
};

pub const LIST: &str = "/console/loyalty/promotions";

/// A promotion in the list.
#[derive(Debug, Clone)]
pub struct Row {
    pub code: String,
    pub name: String,
    pub state: (&'static str, Tone),
    pub days: String,
    pub uses: Used,
    pub points: Used,
    pub vouchers: Used,
    pub cost: Used,
    pub is_boundless: bool,
}

/// What was given, beside what there is.
#[derive(Debug, Clone, Default)]
pub struct Used {
    pub figure: String,
    /// `of 20,000`; nothing without a limit.
    pub limit: Option<String>,
    /// In thousandths of the limit.
    pub share: Option<u64>,
}

impl Used {
    fn draw(&self, label: &str) -> Markup {
        html! {
            (self.figure)
            @if let Some(limit) = &self.limit { small.tk-below { (limit) } }
            @if let Some(share) = self.share { (chart::meter(share.min(1000), 1000, label)) }
        }
    }
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<Row>,
    /// Code and name of those that stand in drafts alone.
    pub drafted: Vec<(String, String)>,
    pub has_wallet: bool,
    pub may_build: bool,
}

impl View for Page {
    fn title(&self, words: &Words) -> String {
        words.promotions.title.into()
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let p = &shell.words().promotions;
        let build = || button_link(p.build, &format!("{LIST}/new"), Look::Primary, None);
        let may = self.may_build && self.has_wallet;
        let page = html! {
            (page_head(&PageHead {
                title: p.title,
                badge: empty(),
                meta: html! { span { (p.none_vendor_help) } },
                actions: if may { build() } else { empty() },
            }))
            @if !self.has_wallet {
                (card("", empty_state(Icon::Star, p.no_wallet, p.no_wallet_help, &empty())))
            } @else if self.rows.is_empty() {
                (card("", empty_state(Icon::Star, p.none_vendor, p.none_vendor_help, &empty())))
            } @else {
                (section(p.title, &empty(), &self.table(shell.lang)))
            }
            @if !self.drafted.is_empty() {
                (section(p.waits, &empty(), &html! {
                    ul.tk-rows {
                        @for (code, name) in &self.drafted {
                            li {
                                div.tk-rows__text {
                                    b { a href={ (LIST) "/" (encode(code)) } { (name) } }
                                    small.tk-mono { (code) }
                                }
                                (status(p.is_draft, Tone::Wait))
                            }
                        }
                    }
                }))
            }
        };
        frame::console(shell, Place::Promotions, &[], &page)
    }
}

impl Page {
    fn table(&self, lang: Lang) -> Markup {
        let p = &lang.words().promotions;
        let columns = [
            Column::new(p.promotion, Kind::Name),
            Column::new(p.state, Kind::Text),
            Column::new(p.uses, Kind::Figure),
            Column::new(p.points, Kind::Figure),
            Column::new(p.vouchers, Kind::Figure),
            Column::new(p.cost, Kind::Figure),
        ];
        let row = |row: &Row| {
            let (said, tone) = row.state;
            let href = format!("{LIST}/{}", encode(&row.code));
            let below = html! {
                (row.days)
                @if row.is_boundless { " · " (p.boundless) }
            };
            vec![
                two_lines(&html! { a href=(href) { (row.name) } }, &below),
                status(said, tone),
                row.uses.draw(p.uses),
                row.points.draw(p.points),
                row.vouchers.draw(p.vouchers),
                row.cost.draw(p.cost),
            ]
        };
        let rows = self.rows.iter().map(row).collect();
        table(&Table::new(p.title, &columns, rows).cards())
    }
}

/// What was given by a day, all before it added up.
#[derive(Debug, Clone)]
pub struct Point {
    /// In thousandths of the time shown.
    pub at: i64,
    pub day: String,
    pub value: Decimal,
    pub figure: String,
}

/// A partner with what it was given.
#[derive(Debug, Clone)]
pub struct Top {
    pub code: String,
    pub name: String,
    pub uses: String,
    pub points: String,
    pub vouchers: String,
    pub cost: String,
}

/// An award that was not given, or not all of it.
#[derive(Debug, Clone)]
pub struct NotGiven {
    pub partner: Option<(String, String)>,
    pub award: String,
    pub day: String,
    pub asked: String,
    pub given: String,
    pub why: String,
}

/// What became of partners who were enrolled by hand.
#[derive(Debug, Clone, Default)]
pub struct ByHand {
    pub said: String,
    /// Codes that were not taken, and why.
    pub refused: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub struct OnePage {
    pub row: Row,
    pub description: String,
    pub who: String,
    pub enrolment: String,
    pub gives: Vec<String>,
    pub each: Vec<String>,
    pub cut: &'static str,
    pub wallet: String,
    pub programs: Vec<(String, String)>,
    pub enrolled: Option<String>,
    pub partners: String,
    /// What the picture is of: points, vouchers or uses.
    pub counted: &'static str,
    pub over_time: Vec<Point>,
    pub months: Vec<(i64, String)>,
    pub today: i64,
    pub top: Vec<Top>,
    /// By reason, how often.
    pub reasons: Vec<(String, String)>,
    pub not_given: Vec<NotGiven>,
    /// One partner, and each of its uses.
    pub one_by_one: Option<(String, Vec<NotGiven>)>,
    /// The version of the program that would pay and does not act yet.
    pub waits: Option<i64>,
    pub may_stop: bool,
    pub may_enrol: bool,
    pub may_change: bool,
    pub by_hand: Option<ByHand>,
}

/// To the form that changes a promotion, and to one that begins with it.
pub fn edits(lang: Lang, code: &str) -> Markup {
    let w = &lang.words().promoting;
    let code = encode(code);
    html! {
        (button_link(w.change, &format!("{LIST}/{code}/change"), Look::Primary, None))
        (button_link(w.copy, &format!("{LIST}/new?like={code}"), Look::Outline, None))
    }
}

impl View for OnePage {
    fn title(&self, words: &Words) -> String {
        format!("{} · {}", self.row.name, words.promotions.title)
    }

    fn draw(&self, shell: &Shell) -> Markup {
        let lang = shell.lang;
        let p = &shell.words().promotions;
        let (said, tone) = self.row.state;
        let page = html! {
            (page_head(&PageHead {
                title: &self.row.name,
                badge: status(said, tone),
                meta: html! { span { (self.row.days) } span.tk-mono { (self.row.code) } },
                actions: html! {
                    @if self.may_change { (edits(shell.lang, &self.row.code)) }
                    (button_link(
                        shell.words().picturing.picture,
                        &super::pictures::href(Subject::Promotion, &self.row.code),
                        Look::Outline,
                        None,
                    ))
                    // Who may stop it may tell of it.
                    @if self.may_stop {
                        (button_link(shell.words().mail.tell,
                            &format!("{LIST}/{}/tell", encode(&self.row.code)),
                            Look::Outline, None))
                    }
                },
            }))
            @if self.row.is_boundless {
                (notice(Tone::Wait, &html! { b { (p.boundless) } " " (p.boundless_help) }, &empty()))
            }
            @if let Some(version) = self.waits {
                @let href =
                    format!("/console/programs/{}/versions/{version}", encode(&self.row.code));
                (notice(
                    Tone::Wait,
                    &html! { (p.nothing_pays) },
                    &button_link(p.open_program, &href, Look::Outline, None),
                ))
            }
            div data-live="promotion" { (self.sums(lang)) }
            div.tk-column {
                (self.says(lang))
                (self.picture(lang))
                (self.top(lang))
                @if let Some((name, uses)) = &self.one_by_one { (OnePage::uses(lang, name, uses)) }
                (self.not_given(lang))
                @if self.may_enrol { (self.hand(shell)) }
                @if self.may_stop { (self.stop(shell)) }
            }
        };
        let crumbs: [Crumb; 1] = [(self.row.name.clone(), String::new())];
        frame::console(shell, Place::Promotions, &crumbs, &page)
    }
}

impl OnePage {
    fn sums(&self, lang: Lang) -> Markup {
        let p = &lang.words().promotions;
        let cell = |label, used: &Used| Cell {
            label,
            figure: html! { (used.figure) },
            detail: html! {
                (used.limit.as_deref().unwrap_or(p.no_limit))
                @if let Some(share) = used.share { (chart::meter(share.min(1000), 1000, label)) }
            },
            href: "",
            live: "",
        };
        let mut cells = vec![
            cell(p.uses, &self.row.uses),
            cell(p.points, &self.row.points),
            cell(p.vouchers, &self.row.vouchers),
            cell(p.cost, &self.row.cost),
        ];
        if let Some(enrolled) = &self.enrolled {
            cells.push(Cell {
                label: p.enrolled,
                figure: html! { (enrolled) },
                detail: empty(),
                href: "",
                live: "",
            });
        }
        strip(&cells)
    }

    fn says(&self, lang: Lang) -> Markup {
        let p = &lang.words().promotions;
        let listed = |lines: &[String]| {
            html! { ul.tk-plain { @for line in lines { li { (line) } } } }
        };
        let mut rows = vec![
            (p.gives, listed(&self.gives)),
            (p.who, html! { (self.who) }),
            (p.enrolment, html! { (self.enrolment) }),
        ];
        if !self.each.is_empty() {
            rows.push((p.each_partner, listed(&self.each)));
        }
        rows.push((p.cut_last, html! { (self.cut) }));
        rows.push((
            p.file,
            html! {
                a href={ "/console/loyalty/wallets/" (encode(&self.wallet)) } { (self.wallet) }
                @for (code, name) in &self.programs {
                    " · " a href={ "/console/programs/" (encode(code)) } { (name) }
                }
            },
        ));
        section(
            p.gives,
            &empty(),
            &html! {
                @if !self.description.is_empty() { p.tk-phrase { (self.description) } }
                (facts(&rows))
            },
        )
    }

    fn picture(&self, lang: Lang) -> Markup {
        let p = &lang.words().promotions;
        let Some(highest) = self.over_time.iter().map(|it| it.value).max() else { return empty() };
        let ticks: Vec<(Decimal, String)> = lines::ticks(highest)
            .into_iter()
            .map(|tick| (tick, crate::format::short(tick, lang)))
            .collect();
        let top = ticks.last().map_or(highest, |(tick, _)| *tick).max(highest).max(Decimal::ONE);
        let mut points: Vec<(i64, Decimal)> = vec![(0, Decimal::ZERO)];
        points.extend(self.over_time.iter().map(|it| (it.at, it.value)));
        points.extend(self.over_time.last().map(|it| (self.today.max(it.at), it.value)));
        let series = [Series { class: "earned", shape: Shape::Steps(points) }];
        let drawing = lines::lines(&Lines {
            label: p.over_time_help,
            height: 160,
            top,
            ticks: &ticks,
            times: &self.months,
            levels: &[],
            series: &series,
            today: self.today,
            today_label: lang.words().common.today,
        });
        let columns = [Column::new(p.day, Kind::Name), Column::new(self.counted, Kind::Figure)];
        let rows = self.over_time.iter().map(|it| vec![html! { (it.day) }, html! { (it.figure) }]);
        let shown = chart::picture(&Picture {
            label: p.over_time_help,
            legend: empty(),
            drawing,
            table: table(&Table::new(p.over_time, &columns, rows.collect())),
            table_label: p.over_time,
        });
        section(p.over_time, &html! { (self.counted) }, &shown)
    }

    fn top(&self, lang: Lang) -> Markup {
        let p = &lang.words().promotions;
        if self.top.is_empty() {
            return empty();
        }
        let columns = [
            Column::new(p.partner, Kind::Name),
            Column::new(p.uses, Kind::Figure),
            Column::new(p.points, Kind::Figure),
            Column::new(p.vouchers, Kind::Figure),
            Column::new(p.cost, Kind::Figure),
        ];
        let rows = self.top.iter().map(|it| {
            let href = format!("/console/partners/{}/loyalty", encode(&it.code));
            vec![
                two_lines(
                    &html! { a href=(href) { (it.name) } },
                    &html! {
                        span.tk-mono { (it.code) }
                    },
                ),
                html! {
                    a href={ "?partner=" (encode(&it.code)) "#uses" } { (it.uses) }
                },
                html! { (it.points) },
                html! { (it.vouchers) },
                html! { (it.cost) },
            ]
        });
        let rows = rows.collect();
        section(
            p.top,
            &html! { (self.partners) },
            &table(&Table::new(p.top, &columns, rows).cards()),
        )
    }

    /// The uses of one partner.
    fn uses(lang: Lang, name: &str, uses: &[NotGiven]) -> Markup {
        let p = &lang.words().promotions;
        let columns = [
            Column::new(p.award, Kind::Name),
            Column::new(p.day, Kind::Text),
            Column::new(p.asked, Kind::Figure),
            Column::new(p.given, Kind::Figure),
            Column::new(p.why, Kind::Text).roomy(),
        ];
        let row = |it: &NotGiven| {
            vec![
                html! { span.tk-mono { (it.award) } },
                html! { (it.day) },
                html! { (it.asked) },
                html! { (it.given) },
                html! { (it.why) },
            ]
        };
        let title = format!("{} · {name}", p.uses);
        let content = html! {
            @if uses.is_empty() { p.tk-small.tk-muted { (lang.words().keeping.no_uses) } }
            @else { (table(&Table::new(&title, &columns, uses.iter().map(row).collect()).cards())) }
        };
        html! { div #uses { (section(&title, &empty(), &content)) } }
    }

    fn not_given(&self, lang: Lang) -> Markup {
        let p = &lang.words().promotions;
        if self.reasons.is_empty() {
            return empty();
        }
        let columns = [
            Column::new(p.partner, Kind::Name),
            Column::new(p.award, Kind::Text),
            Column::new(p.day, Kind::Text),
            Column::new(p.asked, Kind::Figure),
            Column::new(p.given, Kind::Figure),
            Column::new(p.why, Kind::Text).roomy(),
        ];
        let rows = self.not_given.iter().map(|it| {
            let partner = match &it.partner {
                Some((code, name)) => html! {
                    a href={ "/console/partners/" (encode(code)) "/loyalty" } { (name) }
                },
                None => crate::ui::nothing(),
            };
            vec![
                partner,
                html! { span.tk-mono { (it.award) } },
                html! { (it.day) },
                html! { (it.asked) },
                html! { (it.given) },
                html! { (it.why) },
            ]
        });
        let rows = rows.collect();
        section(
            p.refusals,
            &empty(),
            &html! {
                p.tk-small.tk-muted.tk-phrase { (p.refusals_help) }
                ul.tk-plain {
                    @for (why, times) in &self.reasons { li { (why) " · " (times) } }
                }
                (table(&Table::new(p.refusals, &columns, rows).cards()))
            },
        )
    }

    fn hand(&self, shell: &Shell) -> Markup {
        let p = &shell.words().promotions;
        let action = format!("{LIST}/{}/enrol", encode(&self.row.code));
        let fields = html! {
            (Field::new("partners", p.codes, "").hint(p.by_hand_help).lines(3))
            div.tk-buttons {
                button.mui-btn.mui-btn--primary.mui-btn--md type="submit" name="act" value="enrol" {
                    (p.enrol_them)
                }
                button.mui-btn.mui-btn--outline.mui-btn--md type="submit" name="act" value="leave" {
                    (p.take_out)
                }
            }
        };
        section(
            p.by_hand,
            &empty(),
            &html! {
                div #enrolled {
                    @if let Some(done) = &self.by_hand {
                        (notice(Tone::Info, &html! { (done.said) }, &empty()))
                        @if !done.refused.is_empty() {
                            p { (p.by_hand_refused) }
                            ul.tk-plain {
                                @for (code, why) in &done.refused {
                                    li { span.tk-mono { (code) } ": " (why) }
                                }
                            }
                        }
                    }
                }
                (shell.form(&action, "tk-form", &fields))
            },
        )
    }

    fn stop(&self, shell: &Shell) -> Markup {
        let p = &shell.words().promotions;
        let action = format!("{LIST}/{}/stop", encode(&self.row.code));
        let fields = html! {
            (Field::new("reason", p.stop_reason, "").text())
            div.tk-buttons { (danger(p.stop)) }
        };
        section(
            p.stop,
            &empty(),
            &html! {
                p.tk-small.tk-phrase { (p.stop_help) }
                (shell.form(&action, "tk-form", &fields))
            },
        )
    }
}
