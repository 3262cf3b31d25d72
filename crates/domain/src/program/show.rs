//! The normal form of a program: every default written out, every short form in its long form,
//! always in the same order. Reading it gives the same program.

mod parts;

use std::fmt;

use rust_decimal::Decimal;

use super::keys::MONTHS;
use super::{
    AccrueBy, BelowMinimum, CatchUp, Change, Compare, CustomPeriod, Earner, Every, FactsOf,
    FrequencyPer, GroupBy, Lane, Members, Names, Negative, Payout, Periods, Program, Release,
    Returns, Reward, Settle, Span, Split, Term, Thresholds,
};
use crate::condition::{Expr, FieldType};
use crate::wallet::{Expiry, Lifetime, MovedOut};
use crate::yaml::{self, Tree};

use parts::{
    baseline, bounds, budget, figure, limits, measure, reading, requirement, rounding, row, share,
    term_ref,
};

/// The program as text in its normal form. Its tests stay as they were written.
pub fn show(program: &Program) -> String {
    yaml::write(&tree(program))
}

/// The same before it is written.
pub(super) fn tree(program: &Program) -> Tree {
    let mut map = Entries::default();
    header(&mut map, program);
    map.list("terms", program.terms.iter().map(term).collect());
    let tests = yaml::parse(&program.text).ok();
    if let Some(tests) = tests.as_ref().and_then(|document| document.root.get("tests")) {
        map.0.push(("tests".to_owned(), Tree::from(tests)));
    }
    map.tree()
}

/// The entries of a mapping that is being written.
#[derive(Default)]
struct Entries(Vec<(String, Tree)>);

impl Entries {
    fn text(&mut self, key: &str, text: impl fmt::Display) {
        self.0.push((key.to_owned(), Tree::text(text.to_string())));
    }

    fn maybe(&mut self, key: &str, text: Option<impl fmt::Display>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    fn number(&mut self, key: &str, number: Option<Decimal>) {
        self.maybe(key, number.map(|number| number.normalize()));
    }

    fn map(&mut self, key: &str, map: Entries) {
        self.0.push((key.to_owned(), map.tree()));
    }

    fn list(&mut self, key: &str, items: Vec<Tree>) {
        self.0.push((key.to_owned(), Tree::List(items)));
    }

    /// Nothing is written where nothing is in it.
    fn map_if_any(&mut self, key: &str, map: Entries) {
        if !map.0.is_empty() {
            self.map(key, map);
        }
    }

    fn tree(self) -> Tree {
        Tree::Map(self.0)
    }
}

fn header(map: &mut Entries, program: &Program) {
    map.text("program", &program.code);
    map.text("version", program.version);
    match program.change {
        Change::First => {}
        Change::Corrects { version } => map.text("corrects", version),
        Change::Amends { from, thresholds } => {
            let mut amends = Entries::default();
            amends.text("from", from);
            amends.text(
                "thresholds",
                match thresholds {
                    Thresholds::Whole => "whole",
                    Thresholds::Split => "split",
                },
            );
            map.map("amends", amends);
        }
    }
    map.maybe("recorded", program.recorded);
    names(map, "name", &program.name);
    names(map, "description", &program.description);
    map.maybe("reference", program.reference.as_ref());
    map.maybe("url", program.url.as_ref());
    map.text("currency", program.currency);
    map.text("time_zone", &program.time_zone);
    map.text("starts", program.starts);
    map.maybe("ends", program.ends);
    if let Some(list) = shared_list(program) {
        let mut shared = Entries::default();
        shared.text("every", "custom");
        shared.list("list", list.iter().map(custom_period).collect());
        map.map("periods", shared);
    }
    if let Some(term) = program.terms.first() {
        map.map("payout", payout_header(&term.payout));
    }
    members(map, &program.partners);
    condition(map, "when", program.when.as_ref());
    declarations(map, program);
    let mut limits = Entries::default();
    bounds(&mut limits, "per_partner_period", program.limits.per_partner_period);
    bounds(&mut limits, "per_partner", program.limits.per_partner);
    budget(&mut limits, program.limits.budget);
    map.map_if_any("limits", limits);
}

/// Custom periods that a term pays or accrues by without qualifying by them.
fn shared_list(program: &Program) -> Option<&[CustomPeriod]> {
    let custom = |every: Option<&'_ Every>| matches!(every, Some(Every::Custom(_)));
    program.terms.iter().filter(|term| !custom(Some(&term.periods.every))).find_map(|term| {
        let every = term.payout.every.as_ref().into_iter().chain(&term.accrue.every);
        every.into_iter().find_map(|every| match every {
            Every::Custom(list) => Some(list.as_slice()),
            _ => None,
        })
    })
}

fn declarations(map: &mut Entries, program: &Program) {
    let mut fields = Entries::default();
    for (path, kind) in &program.fields {
        fields.text(path, field_type(*kind));
    }
    map.map_if_any("fields", fields);
    let mut lists = Entries::default();
    for (name, codes) in &program.lists {
        lists.list(name, codes.iter().map(Tree::text).collect());
    }
    map.map_if_any("lists", lists);
    let mut lanes = Entries::default();
    for (name, lane) in &program.lanes {
        lanes.text(
            name,
            match lane {
                Lane::Best => "best",
                Lane::First => "first",
            },
        );
    }
    map.map_if_any("lanes", lanes);
}

fn field_type(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text => "text",
        FieldType::Number => "number",
        FieldType::Money => "money",
        FieldType::Date => "date",
        FieldType::YesNo => "yes_no",
        FieldType::Partner => "partner",
    }
}

fn names(map: &mut Entries, key: &str, names: &Names) {
    if let Some(text) = names.get("") {
        map.text(key, text);
        return;
    }
    let mut by_language = Entries::default();
    for (language, text) in names {
        by_language.text(language, text);
    }
    map.map_if_any(key, by_language);
}

fn condition(map: &mut Entries, key: &str, condition: Option<&Expr>) {
    map.text(key, condition.map_or("true", Expr::text));
}

fn members(map: &mut Entries, members: &Members) {
    match members {
        Members::All => map.text("partners", "all"),
        Members::Where(condition) => map.text("partners", condition.text()),
        Members::List(members) => {
            let member = |member: &super::Member| {
                let mut map = Entries::default();
                map.text("partner", &member.partner);
                map.maybe("from", member.from);
                map.maybe("to", member.to);
                map.maybe("ship_to", member.ship_to.as_ref());
                map.text("skip", member.skip);
                map.tree()
            };
            map.list("partners", members.iter().map(member).collect());
        }
    }
}

fn every(every: &Every) -> &'static str {
    match every {
        Every::Month => "month",
        Every::Quarter => "quarter",
        Every::Half => "half",
        Every::Year => "year",
        Every::Program => "program",
        Every::Custom(_) => "custom",
        Every::OnDemand => "on_demand",
    }
}

fn custom_period(period: &CustomPeriod) -> Tree {
    let mut map = Entries::default();
    map.text("period", &period.name);
    map.text("from", period.from);
    map.text("to", period.to);
    map.tree()
}

fn days(days: u32) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

fn periods(periods: &Periods) -> Entries {
    let mut map = Entries::default();
    map.text("every", every(&periods.every));
    let month = usize::try_from(periods.fiscal_year_from - 1).unwrap_or_default();
    map.text("fiscal_year_from", MONTHS[month.min(11)]);
    map.maybe("grace", periods.grace_days.map(days));
    map.text("calculate_after", days(periods.calculate_after_days));
    if let Every::Custom(list) = &periods.every {
        map.list("list", list.iter().map(custom_period).collect());
    }
    map
}

fn payout_header(payout: &Payout) -> Entries {
    let mut map = Entries::default();
    map.number("minimum", payout.minimum);
    map.text(
        "below_minimum",
        match payout.below_minimum {
            BelowMinimum::Carry => "carry",
            BelowMinimum::Lapse => "lapse",
        },
    );
    map.text(
        "negative",
        match payout.negative {
            Negative::Carry => "carry",
            Negative::ClaimBack => "claim_back",
        },
    );
    map
}

fn settlement(map: &mut Entries, term: &Term) {
    map.map("periods", periods(&term.periods));
    let paid = term.payout.every.as_ref().unwrap_or(&term.periods.every);
    let mut payout = Entries::default();
    payout.text("every", every(paid));
    payout.text(
        "catch_up",
        match term.payout.catch_up {
            CatchUp::Each => "each",
            CatchUp::End => "end",
        },
    );
    payout.text(
        "release",
        match term.payout.release {
            Release::AsEarned => "as_earned",
            Release::Evenly => "evenly",
        },
    );
    map.map("payout", payout);
    let mut accrue = Entries::default();
    accrue.text("every", every(term.accrue.every.as_ref().unwrap_or(paid)));
    match &term.accrue.by {
        AccrueBy::Earned => {}
        AccrueBy::Rate(rate) => accrue.text("rate", share(*rate)),
        AccrueBy::PerUnit(amount) => accrue.number("per_unit", Some(*amount)),
        AccrueBy::Forecast(table) => accrue.text("forecast", table),
    }
    map.map("accrue", accrue);
}

fn term(term: &Term) -> Tree {
    let mut map = Entries::default();
    map.text("term", &term.code);
    names(&mut map, "name", &term.name);
    map.maybe("starts", term.starts);
    map.maybe("ends", term.ends);
    settlement(&mut map, term);
    facts(&mut map, term);
    map.text("earner", earner(&term.earner));
    match &term.split {
        None => {}
        Some(Split::Contributors) => map.text("split", "contributors"),
        Some(Split::Shares(shares)) => {
            let part = |(to, part): &(Earner, Decimal)| {
                let mut map = Entries::default();
                map.text("to", earner(to));
                map.text("share", share(*part));
                map.tree()
            };
            map.list("split", shares.iter().map(part).collect());
        }
    }
    group_by(&mut map, &term.group_by);
    map.maybe("unit", term.unit.as_ref());
    map.maybe("currency", term.currency);
    if let Some(qualifier) = &term.qualifier {
        map.map("qualifier", reading(qualifier));
    }
    if let Some(measured) = &term.measure {
        map.map("measure", measure(measured));
    }
    match &term.compare {
        Compare::Nothing => {}
        Compare::Target(target) => map.text("target", figure(target)),
        Compare::Baseline(base) => map.map("baseline", baseline(base)),
    }
    if term.external {
        map.text("external", "true");
    } else {
        map.text("method", term.method.word());
        let ratio = term.qualifier.as_ref().is_some_and(|qualifier| qualifier.view.is_ratio());
        map.list("tiers", term.rows.iter().map(|tier| row(tier, ratio)).collect());
    }
    others(&mut map, term);
    map.tree()
}

fn facts(map: &mut Entries, term: &Term) {
    match &term.facts {
        FactsOf::None => map.text("facts", "none"),
        FactsOf::Kinds(kinds) => {
            map.list("facts", kinds.iter().map(|kind| Tree::text(kind.word())).collect());
        }
    }
    condition(map, "when", term.when.as_ref());
    if let Some(frequency) = &term.frequency {
        let mut only = Entries::default();
        only.text("first", frequency.first);
        only.text(
            "per",
            match frequency.per {
                FrequencyPer::Day => "day",
                FrequencyPer::Month => "month",
                FrequencyPer::Period => "period",
                FrequencyPer::Year => "year",
                FrequencyPer::Program => "program",
            },
        );
        map.map("frequency", only);
    }
    map.text(
        "returns",
        match term.returns {
            Returns::WithSale => "with_sale",
            Returns::OwnDate => "own_date",
            Returns::Ignored => "ignored",
        },
    );
}

fn others(map: &mut Entries, term: &Term) {
    if !term.requires.is_empty() {
        map.list("requires", term.requires.iter().map(requirement).collect());
    }
    if !term.net_of.is_empty() {
        let terms = term.net_of.iter().map(|term| Tree::text(term_ref(term)));
        map.list("net_of", terms.collect());
    }
    map.maybe("lane", term.lane.as_ref());
    map.map_if_any("limits", limits(&term.limits));
    map.map("rounding", rounding(term.rounding));
    map.text(
        "settle",
        match term.settle {
            Settle::AtOnce => "at_once",
            Settle::PeriodEnd => "period_end",
        },
    );
    let (kind, code) = match &term.reward {
        Reward::Money => {
            map.text("reward", "money");
            return;
        }
        Reward::Points(points) => ("points", &points.points),
        Reward::Fund(code) => ("fund", code),
        Reward::Voucher(code) => ("voucher", code),
        Reward::Badge(code) => ("badge", code),
        Reward::Benefit(code) => ("benefit", code),
        Reward::Goods(code) => ("goods", code),
    };
    let mut reward = Entries::default();
    reward.text(kind, code);
    if let Reward::Points(points) = &term.reward {
        reward.maybe("subtype", points.subtype.as_ref());
        match points.lifetime {
            None => {}
            Some(Lifetime::Never) => reward.text("expiry", "never"),
            Some(Lifetime::Ends(ends)) => reward.map("expiry", expiry(ends)),
        }
        reward.maybe("escrow", points.escrow.map(span));
        let mut sponsors = Entries::default();
        for bearer in &points.sponsors {
            sponsors.text(&bearer.sponsor, share(bearer.share));
        }
        reward.map_if_any("sponsor", sponsors);
    }
    reward.maybe("promotion", term.promotion.as_ref());
    map.map("reward", reward);
}

fn expiry(expiry: Expiry) -> Entries {
    let mut map = Entries::default();
    map.text("after", span(expiry.after));
    map.text("since", expiry.since.word());
    map.maybe("to", expiry.to.map(MovedOut::word));
    map
}

/// Months or days, as it was read.
fn span(span: Span) -> String {
    match span.months {
        0 => days(span.days),
        1 => "1 month".to_owned(),
        months => format!("{months} months"),
    }
}

fn earner(earner: &Earner) -> String {
    match earner {
        Earner::Partner => "partner".to_owned(),
        Earner::Path(path) => path.text().to_owned(),
        Earner::Code(code) => code.to_string(),
    }
}

fn group_by(map: &mut Entries, group_by: &GroupBy) {
    let paths = group_by.names.iter().map(|(_, path)| Tree::text(path.text()));
    match (group_by.fact, group_by.names.as_slice()) {
        (false, []) => {}
        (true, []) => map.text("group_by", "fact"),
        // Beside `fact`, names are those of the paths: only a list says both.
        (true, _) => {
            map.list("group_by", std::iter::once(Tree::text("fact")).chain(paths).collect());
        }
        (false, names) => {
            let mut own = Entries::default();
            for (name, path) in names {
                own.text(name, path.text());
            }
            map.map("group_by", own);
        }
    }
}

#[cfg(test)]
mod tests;
