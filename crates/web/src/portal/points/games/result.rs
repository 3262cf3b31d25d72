//! What came of a play: a card to scratch, or a wheel that lands on it.

use maud::{Markup, html};
use rust_decimal::Decimal;

use super::{Game, Look};
use crate::i18n::fill;
use crate::portal::points::{OVERVIEW, VOUCHERS};
use crate::shell::Shell;
use crate::ui::{Icon, button_link, icon};

/// What was won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Points,
    Voucher,
    Badge,
    Goods,
    Nothing,
}

/// A play of the reader, and what came of it.
#[derive(Debug, Clone)]
pub struct Result {
    pub key: String,
    pub outcome: Outcome,
    /// What the prize is called.
    pub prize: Option<String>,
    /// Its place among the prizes; one behind the last for nothing.
    pub at: usize,
    pub number: i64,
    pub draw: String,
    pub is_cancelled: bool,
    /// It was looked at before.
    pub is_open: bool,
}

impl Result {
    pub fn draw(&self, shell: &Shell, game: &Game) -> Markup {
        let w = &shell.words().games;
        let covered = (!self.is_open && !self.is_cancelled).then_some("");
        let kind = if game.is_wheel { "wheel" } else { "card" };
        html! {
            div.tk-game data-game=(kind) data-covered=[covered] data-at=(self.at) {
                @if game.is_wheel { (wheel(game, self.at, w.wheel_of)) }
                div.tk-game__card.tk-game__card--won[self.outcome != Outcome::Nothing] {
                    div.tk-game__result role="status" { (self.said(shell)) }
                }
                div.tk-game__tools hidden {
                    @if !game.is_wheel { p.tk-small.tk-muted { (w.scratch_here) } }
                    button.mui-btn.mui-btn--md.mui-btn--outline type="button" data-game-show {
                        (w.show_result)
                    }
                }
            }
        }
    }

    fn said(&self, shell: &Shell) -> Markup {
        let w = &shell.words().games;
        if self.is_cancelled {
            return html! { p.tk-game__say { (w.undone) } };
        }
        let link = match self.outcome {
            Outcome::Points => Some((w.to_points, OVERVIEW)),
            Outcome::Voucher => Some((w.to_vouchers, VOUCHERS)),
            Outcome::Badge => Some((w.to_badges, OVERVIEW)),
            Outcome::Goods | Outcome::Nothing => None,
        };
        html! {
            @match &self.prize {
                Some(prize) => {
                    span.tk-disc aria-hidden="true" { (icon(Icon::Star)) }
                    p.tk-game__say { (fill(w.won, &[("prize", prize)])) }
                }
                None => {
                    p.tk-game__say { (w.lost) }
                    p.tk-small.tk-muted.tk-phrase { (w.lost_help) }
                }
            }
            @if self.outcome == Outcome::Goods {
                p.tk-small.tk-muted.tk-phrase {
                    (fill(w.goods_help, &[("vendor", &shell.vendor)]))
                }
            }
            @if let Some((label, href)) = link {
                div { (button_link(label, href, Look::Outline, None)) }
            }
            p.tk-small.tk-muted {
                (w.number) " " (self.number) " · " (w.draw) " " span.tk-mono { (self.draw) }
                " · " (w.key) " " span.tk-mono { (self.key) }
            }
        }
    }
}

/// A wheel whose prize stands at the pointer. All pieces are as large as each other: how often each
/// comes is said in the table, and not by its size.
fn wheel(game: &Game, at: usize, label: &str) -> Markup {
    let pieces = game.prizes.len() + 1;
    // In degrees, clockwise from the top.
    let halves = |n: usize| {
        let degrees = Decimal::from(n) * Decimal::from(180);
        degrees.checked_div(Decimal::from(pieces)).unwrap_or_default().round_dp(4)
    };
    let middle = |at: usize| halves(2 * at + 1);
    let names = game.prizes.iter().map(|prize| prize.name.as_str()).chain([""]);
    html! {
        svg.tk-wheel viewBox="-110 -120 220 230" role="img" aria-label=(label) {
            clipPath #tk-wheel-from { rect x="0" y="-110" width="110" height="220" {} }
            clipPath #tk-wheel-to { rect x="-110" y="-110" width="110" height="220" {} }
            g.tk-wheel__disc data-land=(-middle(at)) transform={ "rotate(" (-middle(at)) ")" } {
                @for (nth, name) in names.enumerate() {
                    // What lies behind where a piece begins and before where it ends.
                    g transform={ "rotate(" (halves(2 * nth)) ")" }
                        clip-path="url(#tk-wheel-from)" {
                        g transform={ "rotate(" (halves(2)) ")" } clip-path="url(#tk-wheel-to)" {
                            circle class={ "tk-wheel__piece--" (ink(nth, name)) } r="100" {}
                        }
                    }
                    text.tk-wheel__name x="0" y="-68" text-anchor="middle"
                        transform={ "rotate(" (middle(nth)) ")" } { (short(name)) }
                }
            }
            path.tk-wheel__pointer d="M-9 -118H9L0 -96Z" {}
        }
    }
}

/// The colour of a piece: one of four, or that of nothing.
fn ink(nth: usize, name: &str) -> &'static str {
    const INKS: [&str; 4] = ["0", "1", "2", "3"];
    if name.is_empty() { "none" } else { INKS[nth % INKS.len()] }
}

/// What fits into a piece.
fn short(name: &str) -> String {
    const MOST: usize = 12;
    if name.chars().count() <= MOST {
        return name.into();
    }
    let cut: String = name.chars().take(MOST - 1).collect();
    format!("{cut}…")
}
