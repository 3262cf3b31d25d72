//! What accounting periods book: what is earned so far, told apart by what made it, or an estimate
//! whatever the tier; and what a close books beyond that.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Accrual, Amounts, BookingKind, Question, Reach, Upto, differences};
use crate::amount::RoundingMode;
use crate::award::Award;
use crate::evaluate::is_amount;
use crate::period::Period;
use crate::program::{AccrueBy, CatchUp, Release};

impl Question<'_> {
    pub(super) fn accruals(&self) -> Vec<Accrual> {
        let of = &self.plan.terms[usize::from(self.term)];
        let mut accruals = match self.newest_term().map(|term| &term.accrue.by) {
            Some(AccrueBy::Rate(value) | AccrueBy::PerUnit(value)) => self.accrued_flat(*value),
            Some(AccrueBy::Forecast(table)) => self.accrued_earned(Some(table)),
            Some(AccrueBy::Earned) | None => self.accrued_earned(None),
        };
        // A close books what was earned beyond the accruals.
        let due = self.due(CatchUp::Each, Release::AsEarned);
        let mut payout = of.payout.containing(self.period.start);
        while let Some(period) = payout {
            if self.closes.0.contains_key(&period.name) {
                let through = |day: Date| day < period.end;
                let mut open = Amounts::new();
                for due in due.iter().filter(|due| through(due.payout.start)) {
                    let key = (due.partner.clone(), due.group.clone());
                    *open.entry(key).or_default() += due.amount;
                }
                for accrual in accruals.iter().filter(|a| through(a.accounting.start)) {
                    let key = (accrual.partner.clone(), accrual.group.clone());
                    *open.entry(key).or_default() -= accrual.amount;
                }
                let last = of.accounting.containing(period.last()).unwrap_or(period.clone());
                for ((partner, group), amount) in open {
                    let (accounting, kind) = (last.clone(), BookingKind::TrueUp);
                    if !amount.is_zero() {
                        accruals.push(Accrual { group, accounting, kind, partner, amount });
                    }
                }
            }
            let later = due.iter().any(|due| period.end <= due.payout.start)
                || accruals.iter().any(|accrual| period.end <= accrual.accounting.start)
                || period.end < self.period.end;
            payout = if later { of.payout.next(&period) } else { None };
        }
        accruals.retain(|accrual| !accrual.amount.is_zero());
        accruals.sort();
        accruals
    }

    /// The accounting periods in which something is booked.
    fn accounting_periods(&self) -> Vec<Period> {
        let mut starts: BTreeSet<Date> =
            self.cells.iter().map(|(cell, _)| cell.accounting).collect();
        if !self.more.member.is_empty() {
            starts.insert(self.period.start);
            let of = &self.plan.terms[usize::from(self.term)];
            starts.extend(of.accounting.containing(self.period.last()).map(|last| last.start));
        }
        if let Some(first) = starts.first().copied() {
            let versions = self.plan.versions.iter();
            let booked: Vec<Date> = versions.map(|v| self.version_accounting(v)).collect();
            starts.extend(booked.into_iter().filter(|start| first < *start));
        }
        if let Some(others) = self.more.others {
            starts.extend(others.accountings(self));
        }
        starts.into_iter().filter_map(|start| self.accounting(start)).collect()
    }

    /// What is earned so far, told apart by what made it.
    fn accrued_earned(&self, forecast: Option<&str>) -> Vec<Accrual> {
        let measured = self.newest_term().is_some_and(|term| term.measure.is_some());
        let mut accruals = Vec::new();
        let mut before = Amounts::new();
        let mut last = Date::MIN;
        for accounting in self.accounting_periods() {
            let end = Reach::Accounting(accounting.end);
            let had = Reach::Accounting(last);
            let amounts = |upto: Upto| {
                // Until the period is over, the figure picks the tier.
                let forecast = forecast.filter(|_| accounting.start < self.period.end);
                let forecast = forecast.map(|table| (table, accounting.last()));
                let mut question = *self;
                question.more.forecast = forecast;
                self.amounts(&question.awards(upto), Release::AsEarned, &accounting)
            };
            let now = amounts(Upto::to(end));
            let rerated = if measured && !before.is_empty() {
                amounts(Upto { measure: had, late: had, ..Upto::to(end) })
            } else {
                before.clone()
            };
            let is_new = |cell: &crate::totals::Cell| {
                last <= cell.accounting && cell.accounting < accounting.end
            };
            let late = if self.cells.iter().any(|(cell, _)| cell.late && is_new(cell)) {
                let upto = Upto { measure: had, late: end, ..Upto::to(end) };
                amounts(if measured { upto } else { Upto { rest: had, ..upto } })
            } else {
                rerated.clone()
            };
            for (kind, from, to) in [
                (BookingKind::Rate, &before, &rerated),
                (BookingKind::PriorPeriod, &rerated, &late),
                (BookingKind::Base, &late, &now),
            ] {
                for ((partner, group), amount) in differences(from, to) {
                    let accounting = accounting.clone();
                    accruals.push(Accrual { group, accounting, kind, partner, amount });
                }
            }
            (before, last) = (now, accounting.end);
        }
        accruals
    }

    /// A share of the measure or an amount per unit of it, whatever the tier.
    fn accrued_flat(&self, value: Decimal) -> Vec<Accrual> {
        let mut accruals = Vec::new();
        let mut before = Amounts::new();
        let mut last = Date::MIN;
        for accounting in self.accounting_periods() {
            let end = Reach::Accounting(accounting.end);
            let amounts = |upto: Upto| {
                let awards: Vec<Award> =
                    self.awards(upto).into_iter().map(|award| self.flat(award, value)).collect();
                self.amounts(&awards, Release::AsEarned, &accounting)
            };
            // Whatever the tier: what picks it is left as it is now.
            let had = Reach::Accounting(last);
            let upto = Upto { known: Reach::All, ..Upto::to(end) };
            let late = amounts(Upto { measure: had, ..upto });
            let now = amounts(upto);
            for (kind, from, to) in
                [(BookingKind::PriorPeriod, &before, &late), (BookingKind::Base, &late, &now)]
            {
                for ((partner, group), amount) in differences(from, to) {
                    let accounting = accounting.clone();
                    accruals.push(Accrual { group, accounting, kind, partner, amount });
                }
            }
            (before, last) = (now, accounting.end);
        }
        accruals
    }

    fn flat(&self, award: Award, value: Decimal) -> Award {
        let decimals = self.rule_of(&award).map_or(2, |rule| rule.currency.decimals());
        let exact = award.measure.unwrap_or_default().checked_mul(value).unwrap_or_default();
        // What is beyond any amount is accrued once it was mended.
        let exact = if is_amount(exact) { exact } else { Decimal::ZERO };
        Award { amount: RoundingMode::HalfUp.round(exact, decimals), ..award }
    }
}
