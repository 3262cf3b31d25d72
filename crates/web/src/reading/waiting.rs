//! Lines that wait, in the words of whoever reads them.

use domain::fact::Fact;
use domain::measure::Lack;
use engine::rules::Rules;
use engine::views::waiting::WaitingLine;

use crate::console::waiting::Row;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::reading;
use crate::ui::encode;
use crate::view::PartnerRef;

/// A line as the vendor's people see it.
pub fn row(lang: Lang, rules: &Rules, line: &WaitingLine) -> Row {
    let mut programs: Vec<usize> = line.terms.iter().map(|(at, _)| *at).collect();
    programs.dedup();
    let program = |at: usize| reading::program_ref(lang, rules.plans[at].newest());
    let fact = line.fact.as_ref();
    Row {
        key: line.key.clone(),
        on: fact.map(Fact::date),
        partner: line.partner.as_ref().map(|(code, names)| PartnerRef {
            code: code.clone(),
            name: reading::name(lang, names, code),
        }),
        product: fact.and_then(|fact| fact.product.as_ref()).map(ToString::to_string),
        amount: fact.and_then(amount),
        quantity: fact.and_then(quantity),
        programs: programs.into_iter().map(program).collect(),
        missing: missing(lang, line.lack.as_ref()),
        mend: line.lack.as_ref().and_then(|lack| mend(lang, lack, line)),
    }
}

/// An amount as its source said it, taken off for a return.
pub fn amount(fact: &Fact) -> Option<String> {
    let amount = signed(fact, fact.amount?);
    let currency = fact.currency.map(|currency| currency.to_string()).unwrap_or_default();
    Some(format!("{} {currency}", format::quantity(amount)).trim_end().to_owned())
}

/// A quantity as its source said it, taken off for a return.
pub fn quantity(fact: &Fact) -> Option<String> {
    let quantity = signed(fact, fact.quantity?);
    let unit = fact.unit.as_ref().map(ToString::to_string).unwrap_or_default();
    Some(format!("{} {unit}", format::quantity(quantity)).trim_end().to_owned())
}

fn signed(fact: &Fact, number: rust_decimal::Decimal) -> rust_decimal::Decimal {
    if fact.kind.counts_against() { -number } else { number }
}

/// What is missing, in a sentence for the vendor's people.
pub fn missing(lang: Lang, lack: Option<&Lack>) -> String {
    let w = &lang.words().trace;
    let day = |day| format::day_column(day, lang);
    let product = |code: &Option<domain::code::ProductCode>| {
        code.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string)
    };
    match lack {
        None => w.lacks_nothing.into(),
        Some(Lack::Rate { of, to, day: on }) => {
            fill(w.lacks_rate, &[("of", of.as_str()), ("to", to.as_str()), ("day", &day(*on))])
        }
        Some(Lack::Factor { product: of, unit, to, day: on }) => fill(
            w.lacks_factor,
            &[
                ("unit", unit.as_str()),
                ("to", to.as_str()),
                ("product", &product(of)),
                ("day", &day(*on)),
            ],
        ),
        Some(Lack::Price { list, product: of, day: on }) => {
            fill(w.lacks_price, &[("list", list), ("product", &product(of)), ("day", &day(*on))])
        }
        Some(Lack::List(name)) => fill(w.lacks_list, &[("name", name)]),
        Some(Lack::Field(path)) => fill(w.lacks_field, &[("field", path)]),
        Some(Lack::Answer(text)) => fill(w.lacks_answer, &[("text", text)]),
    }
}

/// Where what is missing is entered.
fn mend(lang: Lang, lack: &Lack, line: &WaitingLine) -> Option<(&'static str, String)> {
    let w = &lang.words().trace;
    let table = |word: &str, find: &str| format!("/console/reference/{word}?q={}", encode(find));
    let product = || line.fact.as_ref()?.product.as_ref().map(ToString::to_string);
    match lack {
        Lack::Rate { of, .. } => Some((w.mend_rate, table("exchange-rates", of.as_str()))),
        Lack::Factor { unit, .. } => Some((w.mend_factor, table("unit-factors", unit.as_str()))),
        Lack::Price { list, .. } => {
            let href = format!("/console/reference/prices?filter={}", encode(list));
            Some((w.mend_price, href))
        }
        Lack::List(_) => Some((w.mend_list, "/console/reference/lists".into())),
        Lack::Field(path) if path.starts_with("partner.") || path.starts_with("earner.") => {
            let (code, _) = line.partner.as_ref()?;
            Some((w.mend_partner, format!("/console/partners/{}", encode(code))))
        }
        Lack::Field(path) if path.starts_with("product.") => {
            Some((w.mend_field, format!("/console/products?q={}", encode(&product()?))))
        }
        Lack::Field(_) => Some((w.mend_field, "/console/imports".into())),
        // The program itself says what has no answer; its name stands beside.
        Lack::Answer(_) => None,
    }
}

/// What is missing, in a sentence for the partner whose line it is: what we have to do.
pub fn missing_to_partner(lang: Lang, lack: Option<&Lack>) -> String {
    let w = &lang.words().trace;
    let day = |day| format::day_column(day, lang);
    match lack {
        None => w.lacks_nothing.into(),
        Some(Lack::Rate { of, to, day: on }) => {
            fill(w.own_lacks_rate, &[("of", of.as_str()), ("to", to.as_str()), ("day", &day(*on))])
        }
        Some(Lack::Factor { product: Some(product), unit, to, .. }) => fill(
            w.own_lacks_factor,
            &[("unit", unit.as_str()), ("to", to.as_str()), ("product", product.as_str())],
        ),
        Some(Lack::Price { product: Some(product), day: on, .. }) => {
            fill(w.own_lacks_price, &[("product", product.as_str()), ("day", &day(*on))])
        }
        Some(_) => w.own_lacks_other.into(),
    }
}
