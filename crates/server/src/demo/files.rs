//! The facts as the vendor's own system would export them: a CSV file a week, with what became
//! known in it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use domain::fact::Fact;
use jiff::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// How the files are read: a mapping's text.
pub const MAPPING: &str = include_str!("mapping.yaml");

/// A week's export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekFile {
    pub name: String,
    /// The morning on which it is sent: the Monday after, or the last day of the story.
    pub sent: Date,
    pub text: String,
    pub rows: usize,
}

const HEADINGS: &str = "order,line,kind,date,dealer,deliver_to,article,quantity,net_amount,\
                        currency,channel,campaign,returned_line";

/// The facts, which are in order of date, as files in order of week.
pub fn weekly(facts: &[Fact], today: Date) -> Vec<WeekFile> {
    let mut weeks: BTreeMap<Date, Vec<&Fact>> = BTreeMap::new();
    for fact in facts {
        // Recorded at midnight in Japan after the day: the day it became known is the one before.
        let known = fact.recorded.to_zoned(TimeZone::UTC).date();
        let monday = monday_of(known);
        weeks.entry(monday).or_default().push(fact);
    }
    weeks
        .into_iter()
        .map(|(monday, facts)| {
            let week = monday.iso_week_date();
            let mut text = format!("{HEADINGS}\n");
            for fact in &facts {
                write_row(&mut text, fact);
            }
            WeekFile {
                name: format!("sales-{}-W{:02}.csv", week.year(), week.week()),
                sent: later(monday, 7).min(today),
                text,
                rows: facts.len(),
            }
        })
        .collect()
}

fn monday_of(day: Date) -> Date {
    later(day, -i64::from(day.weekday().to_monday_zero_offset()))
}

fn later(day: Date, days: i64) -> Date {
    day.checked_add(Span::new().days(days)).unwrap_or(day)
}

/// Nothing in the demo's facts needs quotes.
fn write_row(text: &mut String, fact: &Fact) {
    let key = fact.key.as_str();
    let (order, line) = key.rsplit_once('-').unwrap_or((key, "1"));
    let code = |code: Option<&str>| code.unwrap_or_default().to_owned();
    let number = |number: Option<rust_decimal::Decimal>| {
        number.map(|number| number.to_string()).unwrap_or_default()
    };
    let cells = [
        order.to_owned(),
        line.to_owned(),
        fact.kind.word().to_owned(),
        fact.date().to_string(),
        code(fact.partner.as_ref().map(domain::code::PartnerCode::as_str)),
        code(fact.parties.get("ship_to").map(domain::code::PartnerCode::as_str)),
        code(fact.product.as_ref().map(domain::code::ProductCode::as_str)),
        number(fact.quantity),
        number(fact.amount),
        code(fact.currency.as_ref().map(domain::amount::Currency::as_str)),
        code(fact.channel.as_deref()),
        code(fact.attributes.get("campaign").map(String::as_str)),
        code(fact.of.as_ref().map(domain::code::FactKey::as_str)),
    ];
    writeln!(text, "{}", cells.join(",")).expect("writing to a text cannot fail");
}
