//! What terms inherit from their program: periods, payout, accrual, rounding, returns.
//!
//! Each is read as what was said (all parts optional), laid over what the program says, and then
//! filled with defaults.

use rust_decimal::Decimal;

use super::tiers::not_negative;
use crate::amount::RoundingMode;
use crate::program::keys::{
    ACCRUE, CUSTOM_PERIOD, MONTHS, PAYOUT, PAYOUT_HEADER_ONLY, PAYOUT_OF_TERM, PERIODS, ROUNDING,
};
use crate::program::{
    Accrue, AccrueBy, BelowMinimum, CatchUp, CustomPeriod, Every, Negative, Payout, Periods,
    Release, Remainder, Returns, RoundAt, Rounding,
};
use crate::reader::Reader;
use crate::yaml::Node;

/// What a program says for the terms that say nothing else.
#[derive(Debug, Clone, Default)]
pub(super) struct Inherited {
    pub periods: PeriodsText,
    pub payout: PayoutText,
    pub accrue: AccrueText,
    pub rounding: RoundingText,
    pub returns: Returns,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EveryWord {
    Month,
    Quarter,
    Half,
    Year,
    Program,
    Custom,
    OnDemand,
}

const EVERY_WORDS: [(&str, EveryWord); 7] = [
    ("month", EveryWord::Month),
    ("quarter", EveryWord::Quarter),
    ("half", EveryWord::Half),
    ("year", EveryWord::Year),
    ("program", EveryWord::Program),
    ("custom", EveryWord::Custom),
    ("on_demand", EveryWord::OnDemand),
];

impl EveryWord {
    /// `list` are the custom periods there are.
    fn with(self, list: &[CustomPeriod]) -> Every {
        match self {
            EveryWord::Month => Every::Month,
            EveryWord::Quarter => Every::Quarter,
            EveryWord::Half => Every::Half,
            EveryWord::Year => Every::Year,
            EveryWord::Program => Every::Program,
            EveryWord::Custom => Every::Custom(list.to_vec()),
            EveryWord::OnDemand => Every::OnDemand,
        }
    }
}

fn every(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<EveryWord> {
    reader.word(key, node, &EVERY_WORDS)
}

#[derive(Debug, Clone, Default)]
pub(super) struct PeriodsText {
    every: Option<EveryWord>,
    fiscal_year_from: Option<i8>,
    grace_days: Option<u32>,
    calculate_after_days: Option<u32>,
    list: Option<Vec<CustomPeriod>>,
}

impl PeriodsText {
    pub fn read(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<PeriodsText> {
        let fields = reader.fields(node, "`periods`", PERIODS)?;
        let text = PeriodsText {
            every: reader.maybe(&fields, "every", every),
            fiscal_year_from: reader.maybe(&fields, "fiscal_year_from", month),
            grace_days: reader.maybe(&fields, "grace", Reader::days),
            calculate_after_days: reader.maybe(&fields, "calculate_after", Reader::days),
            list: reader.maybe(&fields, "list", |r, k, n| r.list(k, n, custom_period)),
        };
        if text.list.is_some() && text.every.is_some_and(|every| every != EveryWord::Custom) {
            reader.error(
                fields.at("list"),
                "`list` names periods, but `every` is not `custom`",
                "write `every: custom`, or remove `list`",
            );
        }
        Some(text)
    }

    /// What this says, and what the program says where this says nothing.
    pub fn over(self, program: &PeriodsText) -> PeriodsText {
        PeriodsText {
            every: self.every.or(program.every),
            fiscal_year_from: self.fiscal_year_from.or(program.fiscal_year_from),
            grace_days: self.grace_days.or(program.grace_days),
            calculate_after_days: self.calculate_after_days.or(program.calculate_after_days),
            list: self.list.or_else(|| program.list.clone()),
        }
    }

    fn list(&self) -> &[CustomPeriod] {
        self.list.as_deref().unwrap_or_default()
    }

    pub fn resolve(&self) -> Periods {
        // A list says by itself that periods are custom.
        let default = if self.list.is_some() { EveryWord::Custom } else { EveryWord::Program };
        Periods {
            every: self.every.unwrap_or(default).with(self.list()),
            fiscal_year_from: self.fiscal_year_from.unwrap_or(1),
            grace_days: self.grace_days,
            calculate_after_days: self.calculate_after_days.unwrap_or(0),
        }
    }
}

fn month(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<i8> {
    let words: Vec<(&str, i8)> = MONTHS.into_iter().zip(1..).collect();
    reader.word(key, node, &words)
}

fn custom_period(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<CustomPeriod> {
    let fields = reader.fields(node, "a period of `list`", CUSTOM_PERIOD)?;
    let name = reader.needed(&fields, "period", Reader::code);
    let from = reader.needed(&fields, "from", Reader::date);
    let to = reader.needed(&fields, "to", Reader::date);
    let period = CustomPeriod { name: name?, from: from?, to: to? };
    if period.to < period.from {
        reader.error(fields.at("to"), "`to` is before `from`", "swap the two days");
    }
    Some(period)
}

#[derive(Debug, Clone, Default)]
pub(super) struct PayoutText {
    every: Option<EveryWord>,
    catch_up: Option<CatchUp>,
    release: Option<Release>,
    minimum: Option<Decimal>,
    below_minimum: Option<BelowMinimum>,
    negative: Option<Negative>,
}

impl PayoutText {
    pub fn read_header(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<PayoutText> {
        let fields = reader.fields(node, "`payout`", PAYOUT)?;
        let below = [("carry", BelowMinimum::Carry), ("lapse", BelowMinimum::Lapse)];
        let negative = [("carry", Negative::Carry), ("claim_back", Negative::ClaimBack)];
        Some(PayoutText {
            minimum: reader.maybe(&fields, "minimum", not_negative),
            below_minimum: reader.maybe(&fields, "below_minimum", |r, k, n| r.word(k, n, &below)),
            negative: reader.maybe(&fields, "negative", |r, k, n| r.word(k, n, &negative)),
            ..PayoutText::of_both(reader, &fields)
        })
    }

    pub fn read_term(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<PayoutText> {
        let fields = reader.any_fields(node, "`payout`")?;
        for (key, at, _) in &fields.entries {
            if PAYOUT_HEADER_ONLY.contains(key) {
                reader.error(
                    at.at,
                    format!("`{key}` is said of the whole program's payouts"),
                    "move it into the `payout` of the program",
                );
            } else if !PAYOUT_OF_TERM.iter().any(|known| known.word == *key) {
                let known: Vec<&str> = PAYOUT_OF_TERM.iter().map(|known| known.word).collect();
                reader.unknown_key(at.at, key, "the `payout` of a term", &known);
            }
        }
        Some(PayoutText::of_both(reader, &fields))
    }

    fn of_both(reader: &mut Reader<'_>, fields: &crate::reader::Fields<'_>) -> PayoutText {
        let catch_up = [("each", CatchUp::Each), ("end", CatchUp::End)];
        let release = [("as_earned", Release::AsEarned), ("evenly", Release::Evenly)];
        PayoutText {
            every: reader.maybe(fields, "every", every),
            catch_up: reader.maybe(fields, "catch_up", |r, k, n| r.word(k, n, &catch_up)),
            release: reader.maybe(fields, "release", |r, k, n| r.word(k, n, &release)),
            ..PayoutText::default()
        }
    }

    pub fn over(self, program: &PayoutText) -> PayoutText {
        PayoutText {
            every: self.every.or(program.every),
            catch_up: self.catch_up.or(program.catch_up),
            release: self.release.or(program.release),
            // The rest is the program's alone.
            ..program.clone()
        }
    }

    pub fn resolve(&self, periods: &PeriodsText) -> Payout {
        let every = self.every.map(|every| every.with(periods.list()));
        Payout {
            // Paying every qualifying period is what happens anyway.
            every: every.filter(|every| *every != periods.resolve().every),
            catch_up: self.catch_up.unwrap_or_default(),
            release: self.release.unwrap_or_default(),
            minimum: self.minimum,
            below_minimum: self.below_minimum.unwrap_or_default(),
            negative: self.negative.unwrap_or_default(),
        }
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct AccrueText {
    every: Option<EveryWord>,
    by: Option<AccrueBy>,
}

impl AccrueText {
    pub fn read(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<AccrueText> {
        let fields = reader.fields(node, "`accrue`", ACCRUE)?;
        let several = fields.among(&["rate", "per_unit", "forecast"]);
        if let [first, second, ..] = several.as_slice() {
            reader.error(
                fields.at(second),
                format!("`accrue` has both `{first}` and `{second}`"),
                "keep one of the two",
            );
        }
        let rate = reader.maybe(&fields, "rate", Reader::share).map(AccrueBy::Rate);
        let per_unit = reader.maybe(&fields, "per_unit", Reader::number).map(AccrueBy::PerUnit);
        let forecast = reader.maybe(&fields, "forecast", Reader::code).map(AccrueBy::Forecast);
        Some(AccrueText {
            every: reader.maybe(&fields, "every", every),
            by: rate.or(per_unit).or(forecast),
        })
    }

    pub fn over(self, program: &AccrueText) -> AccrueText {
        AccrueText {
            every: self.every.or(program.every),
            by: self.by.or_else(|| program.by.clone()),
        }
    }

    pub fn resolve(&self, periods: &PeriodsText, payout: &Payout) -> Accrue {
        let every = self.every.map(|every| every.with(periods.list()));
        let paid = payout.every.clone().unwrap_or_else(|| periods.resolve().every);
        Accrue {
            every: every.filter(|every| *every != paid),
            by: self.by.clone().unwrap_or(AccrueBy::Earned),
        }
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct RoundingText {
    mode: Option<RoundingMode>,
    at: Option<RoundAt>,
    scale: Option<u32>,
    remainder: Option<Remainder>,
}

impl RoundingText {
    pub fn read(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<RoundingText> {
        let fields = reader.fields(node, "`rounding`", ROUNDING)?;
        let mode = [
            ("half_up", RoundingMode::HalfUp),
            ("half_even", RoundingMode::HalfEven),
            ("down", RoundingMode::Down),
            ("up", RoundingMode::Up),
        ];
        let at = [("award", RoundAt::Award), ("fact", RoundAt::Fact), ("tier", RoundAt::Tier)];
        let remainder = [("largest", Remainder::Largest), ("first", Remainder::First)];
        Some(RoundingText {
            mode: reader.maybe(&fields, "mode", |r, k, n| r.word(k, n, &mode)),
            at: reader.maybe(&fields, "at", |r, k, n| r.word(k, n, &at)),
            scale: reader.maybe(&fields, "scale", scale),
            remainder: reader.maybe(&fields, "remainder", |r, k, n| r.word(k, n, &remainder)),
        })
    }

    pub fn over(self, program: &RoundingText) -> RoundingText {
        RoundingText {
            mode: self.mode.or(program.mode),
            at: self.at.or(program.at),
            scale: self.scale.or(program.scale),
            remainder: self.remainder.or(program.remainder),
        }
    }

    pub fn resolve(&self) -> Rounding {
        Rounding {
            mode: self.mode.unwrap_or_default(),
            at: self.at.unwrap_or_default(),
            scale: self.scale,
            remainder: self.remainder.unwrap_or_default(),
        }
    }
}

/// Decimals of an award: at most those that a ratio is printed with.
fn scale(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<u32> {
    const SCALE_MAX: u32 = 12;
    let scale = reader.whole(key, node)?;
    if scale > SCALE_MAX {
        reader.error(
            node.at,
            format!("`{key}` is above {SCALE_MAX} decimals"),
            format!("write a number from 0 to {SCALE_MAX}"),
        );
        return None;
    }
    Some(scale)
}
