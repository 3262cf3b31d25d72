//! Lines that wait, what moved, and where a number comes from.

use domain::amount::Currency;
use domain::code::{ProductCode, Unit};
use domain::measure::Lack;
use jiff::civil::date;

use super::Gallery;
use super::build::*;
use crate::console::{external, waiting};
use crate::i18n::Lang;
use crate::reading;
use crate::ui::List;

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    gallery.manager("console-waiting", &waiting_page(lang));
    let list = List::new("/console/waiting");
    let none = waiting::Page { rows: vec![], reasons: [0; 4], list, ..waiting_page(lang) };
    gallery.manager("console-waiting-empty", &none);
    gallery.manager("console-external", &external_page(lang));
    let none = external::Page { list: List::new("/console/external"), rows: vec![] };
    gallery.manager("console-external-empty", &none);
}

/// One of each kind of thing that can be missing.
pub fn lacks() -> Vec<Lack> {
    let day = date(2026, 5, 14);
    let currency = |code| Currency::parse(code).expect("a code");
    let jpy = currency("JPY");
    let product = Some(ProductCode::new("KB-70"));
    vec![
        Lack::Rate { of: currency("USD"), to: jpy, day },
        Lack::Factor {
            product: product.clone(),
            unit: Unit::new("case"),
            to: Unit::new("piece"),
            day,
        },
        Lack::Price { list: "net".into(), product, day },
        Lack::List("spring".into()),
        Lack::Field("fact.weight".into()),
        Lack::Answer("amount / quantity".into()),
    ]
}

fn waiting_page(lang: Lang) -> waiting::Page {
    let mut list = List::new("/console/waiting");
    list.rows = 6;
    let row = |(nth, lack): (usize, Lack)| waiting::Row {
        key: format!("INV-447{nth}/1"),
        on: Some(date(2026, 5, 14)),
        partner: partners(lang).into_iter().nth(nth),
        product: Some("KB-70".into()),
        amount: Some("1,240.5 USD".into()),
        quantity: Some("2 case".into()),
        programs: vec![bikes(lang)],
        missing: reading::waiting::missing(lang, Some(&lack)),
        mend: Some((
            lang.words().trace.mend_rate,
            "/console/reference/exchange-rates?q=USD".into(),
        )),
    };
    waiting::Page {
        rows: lacks().into_iter().enumerate().map(row).collect(),
        reasons: [1, 1, 1, 3],
        programs: vec![(bikes(lang).code, bikes(lang).name)],
        program: String::new(),
        list,
    }
}

fn external_page(lang: Lang) -> external::Page {
    let mut list = List::new("/console/external");
    list.rows = 2;
    let row = |key: &str, amount, counts| external::Row {
        key: key.into(),
        partner: partners(lang)[0].clone(),
        program: bikes(lang),
        about: format!("bonus · {}", q4().long(lang)),
        amount: yen(amount),
        by: "ERP".into(),
        at: now(),
        reason: Some(lang.say("特別計算 5月分", "special calculation, May").into()),
        counts,
        award: "bikes~bonus~P-1042~2026Q1~".into(),
    };
    external::Page {
        rows: vec![row("CALC-0013", 125_000, true), row("CALC-0012", 100_000, false)],
        list,
    }
}
