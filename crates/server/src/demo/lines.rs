//! What was sold: orders of one to four lines over two years, with seasons, growth and decline,
//! returns that name their sale, and a few lines that were recorded weeks late.

use std::collections::BTreeMap;

use domain::code::{FactKey, PartnerCode, Unit};
use domain::fact::{Fact, FactKind};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use rust_decimal::Decimal;

use super::partners::{Habits, Partner};
use super::products::{Category, Product};
use super::random::Random;

/// How strongly each month of the calendar sells, January first, in thousandths; one row for each
/// category: bikes in spring, e-bikes in spring and autumn, parts all year, gear before winter.
const SEASONS: [[u64; 12]; 4] = [
    [620, 760, 1_480, 1_560, 1_320, 980, 900, 780, 1_020, 1_060, 820, 700],
    [700, 820, 1_360, 1_400, 1_180, 960, 860, 800, 1_120, 1_160, 900, 740],
    [820, 860, 1_080, 1_140, 1_160, 1_080, 1_020, 960, 1_040, 1_040, 940, 860],
    [760, 780, 980, 1_080, 1_040, 920, 900, 860, 960, 1_120, 1_300, 1_300],
];

const RETURNS_PERMILLE: u64 = 15;
const LATE_PERMILLE: u64 = 6;
/// Lines of the spring and autumn fairs, sold below the agreed prices.
const FAIR_PERMILLE: u64 = 30;

/// A line before it has its key: keys are numbered in order of date.
struct Draft {
    date: Date,
    recorded: Date,
    partner: usize,
    product: usize,
    quantity: u64,
    /// In the minor unit of the partner's currency.
    price_minor: u64,
    site: Option<PartnerCode>,
    fair: bool,
    /// Lines of one order share this.
    order: u64,
    returned: Option<(Date, u64)>,
}

/// All facts from the first day to the day before `today`, in order of date and key.
pub fn all(
    random: &Random,
    months: &[Date],
    today: Date,
    partners: &[Partner],
    products: &[Product],
) -> Vec<Fact> {
    let mut drafts = Vec::new();
    let mut order = 0;
    for (position, partner) in partners.iter().enumerate() {
        let mut writer = Writer {
            random: random.branch(1_000 + u64::try_from(position).expect("a table's position")),
            position,
            habits: &partner.buys,
            products,
            launch_from: launch_day(today),
        };
        for (number, month) in months.iter().enumerate() {
            writer.month(number, *month, &mut order, &mut drafts);
        }
    }
    drafts.retain(|draft| draft.date < today && draft.recorded < today);
    drafts.sort_by_key(|draft| (draft.date, draft.order));
    let mut facts = numbered(&drafts, today, partners, products);
    facts.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.key.cmp(&b.key)));
    facts
}

/// The launch series is sold from two months before the running one.
fn launch_day(today: Date) -> Date {
    today.checked_sub(Span::new().months(2)).unwrap_or(today).first_of_month()
}

struct Writer<'a> {
    random: Random,
    position: usize,
    habits: &'a Habits,
    products: &'a [Product],
    launch_from: Date,
}

impl Writer<'_> {
    fn month(&mut self, number: usize, month: Date, order: &mut u64, drafts: &mut Vec<Draft>) {
        let habits = self.habits;
        if number < habits.first_month || habits.last_month <= number {
            return;
        }
        let season = self.season(month);
        // From one year to the next the volume moves evenly, month by month.
        let moved = u64::try_from(number).expect("a number of months");
        let trend = (12_000 + habits.trend_permille * moved).saturating_sub(1_000 * moved) / 12;
        let expected = habits.orders_a_year * season * trend / 12 / 1_000;
        let orders = expected / 1_000 + u64::from(self.random.happens(expected % 1_000));
        for _ in 0..orders {
            *order += 1;
            self.order(month, *order, drafts);
        }
    }

    /// The month's season, mixed as the partner's taste is.
    fn season(&self, month: Date) -> u64 {
        let at = usize::try_from(month.month() - 1).expect("months count from 1");
        let taste = self.habits.taste;
        let mixed: u64 = SEASONS.iter().zip(taste).map(|(row, weight)| row[at] * weight).sum();
        mixed / taste.iter().sum::<u64>()
    }

    fn order(&mut self, month: Date, order: u64, drafts: &mut Vec<Draft>) {
        let date = self.business_day(month);
        let late = self.random.happens(LATE_PERMILLE);
        let wait = if late { self.random.between(8, 50) } else { 0 };
        let site =
            (!self.habits.sites.is_empty()).then(|| self.random.pick(&self.habits.sites).clone());
        let fair = matches!(date.month(), 4 | 10) && self.random.happens(FAIR_PERMILLE * 6);
        for _ in 0..self.random.between(1, 4) {
            let product = self.product(date);
            let article = &self.products[product];
            let quantity = self.quantity(article);
            let returned = self.random.happens(RETURNS_PERMILLE).then(|| {
                let back = later(date, self.random.between(5, 40));
                (back, self.random.between(1, quantity))
            });
            drafts.push(Draft {
                date,
                recorded: later(date, wait),
                partner: self.position,
                product,
                quantity,
                price_minor: self.price(article, fair),
                site: site.clone(),
                fair,
                order,
                returned,
            });
        }
    }

    /// Orders come on working days, more often near the end of a month.
    fn business_day(&mut self, month: Date) -> Date {
        let days = u64::try_from(month.days_in_month()).expect("a month has days");
        let drawn = self.random.between(1, days + 4).min(days);
        let day = i8::try_from(drawn).expect("a day of a month");
        let date = Date::new(month.year(), month.month(), day).expect("a day of that month");
        match date.weekday() {
            jiff::civil::Weekday::Sunday if day > 1 => date.yesterday().unwrap_or(date),
            jiff::civil::Weekday::Sunday => date.tomorrow().unwrap_or(date),
            _ => date,
        }
    }

    fn product(&mut self, date: Date) -> usize {
        let weights: Vec<(Category, u64)> =
            Category::ALL.into_iter().zip(self.habits.taste).collect();
        let category = self.random.weighted(&weights, |(_, weight)| *weight).0;
        let on_sale: Vec<usize> = (0..self.products.len())
            .filter(|at| self.products[*at].category == category)
            .filter(|at| !self.products[*at].is_launch || self.launch_from <= date)
            .collect();
        *self.random.weighted(&on_sale, |at| self.products[*at].weight)
    }

    fn quantity(&mut self, article: &Product) -> u64 {
        let (low, high) = match article.category {
            Category::Bikes => (1, 4),
            Category::EBikes => (1, 3),
            Category::Parts => (2, 14),
            Category::Gear => (2, 10),
        };
        let scale = self.random.between(1, self.habits.quantity_scale);
        self.random.between(low, high) * scale
    }

    /// The net price of one piece in the minor unit of the partner's currency.
    fn price(&mut self, article: &Product, fair: bool) -> u64 {
        let wobble = self.random.between(985, 1_015);
        let discount = if fair { 900 } else { 1_000 };
        let yen_millionths =
            article.list_yen * self.habits.price_permille * wobble / 1_000 * discount;
        match self.habits.currency.decimals() {
            0 => yen_millionths / self.habits.yen / 1_000_000,
            _ => yen_millionths / self.habits.yen / 10_000,
        }
    }
}

fn later(date: Date, days: u64) -> Date {
    let days = i64::try_from(days).expect("a wait of some days");
    date.checked_add(Span::new().days(days)).unwrap_or(date)
}

/// Known at midnight in Japan after the day.
fn recorded_after(date: Date) -> Timestamp {
    let end = date.at(15, 0, 0, 0).to_zoned(TimeZone::UTC).expect("UTC has every hour");
    end.timestamp()
}

fn numbered(
    drafts: &[Draft],
    today: Date,
    partners: &[Partner],
    products: &[Product],
) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut orders_of_year: BTreeMap<i16, u64> = BTreeMap::new();
    let mut current = (0, String::new(), 0);
    for draft in drafts {
        if current.0 != draft.order {
            let number = orders_of_year.entry(draft.date.year()).or_default();
            *number += 1;
            current = (draft.order, format!("SO-{}-{number:05}", draft.date.year()), 0);
        }
        current.2 += 1;
        let sale = sale(draft, &current.1, current.2, partners, products);
        if let Some((back, quantity)) = draft.returned
            && back < today
        {
            facts.push(taken_back(&sale, draft, back, quantity));
        }
        facts.push(sale);
    }
    facts
}

fn sale(draft: &Draft, order: &str, line: u64, partners: &[Partner], products: &[Product]) -> Fact {
    let partner = &partners[draft.partner];
    let mut parties = BTreeMap::new();
    if let Some(site) = &draft.site {
        parties.insert("ship_to".to_owned(), site.clone());
    }
    let mut attributes = BTreeMap::new();
    if draft.fair {
        attributes.insert("campaign".to_owned(), "fair".to_owned());
    }
    Fact {
        key: FactKey::new(format!("{order}-{line}")),
        kind: FactKind::Sale,
        at: draft.date.at(0, 0, 0, 0),
        recorded: recorded_after(draft.recorded),
        of: None,
        partner: Some(partner.code.clone()),
        product: Some(products[draft.product].code.clone()),
        quantity: Some(Decimal::from(draft.quantity)),
        unit: Some(Unit::new("piece")),
        amount: Some(amount(draft, draft.quantity, &partner.buys)),
        currency: Some(partner.buys.currency),
        order: Some(order.to_owned()),
        line: Some(line.to_string()),
        channel: Some(partner.buys.channel.to_owned()),
        activity_type: None,
        parties,
        attributes,
    }
}

fn taken_back(sale: &Fact, draft: &Draft, date: Date, quantity: u64) -> Fact {
    let price = sale.currency.map_or(0, domain::amount::Currency::decimals);
    let value = i128::from(draft.price_minor) * i128::from(quantity);
    Fact {
        key: FactKey::new(format!("RT-{}", sale.key)),
        kind: FactKind::Return,
        at: date.at(0, 0, 0, 0),
        recorded: recorded_after(date.max(draft.recorded)),
        of: Some(sale.key.clone()),
        quantity: Some(Decimal::from(quantity)),
        amount: Some(Decimal::from_i128_with_scale(value, price)),
        order: None,
        line: None,
        ..sale.clone()
    }
}

fn amount(draft: &Draft, quantity: u64, habits: &Habits) -> Decimal {
    let minor = i128::from(draft.price_minor) * i128::from(quantity);
    Decimal::from_i128_with_scale(minor, habits.currency.decimals())
}
