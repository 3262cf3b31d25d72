//! A program that pays in two currencies, from the close to the books.

use domain::master::ExchangeRate;

use super::*;
use crate::catalog::{ReferenceEntry, Said};
use crate::explain;

/// 1 % of bikes in euros, 2 % of clothing in dollars.
const MIXED: &str = "
program: mixed
currency: EUR
starts: 2026-01-01
periods: { every: quarter }
payout: { minimum: 10 }
terms:
  - { term: bikes, when: product.category == \"Bikes\", measure: sum(amount), rate: 1% }
  - { term: caps, when: product.category == \"Clothing\", measure: sum(amount), rate: 2%, currency: USD }
";

const FACTS: &str = "
2026-04-10 sale X1 P1 B1  5 5000.00
2026-05-05 sale X2 P1 C1 10 100.00
2026-05-06 sale X3 P3 C1 10 300.00
2026-05-07 sale X4 P3 B1  1 500.00
";

fn unit(code: &str) -> Currency {
    Currency::parse(code).expect("a currency")
}

/// Closes the quarter and approves what it pays.
async fn mixed(db: &Db) -> (Story, settle::Closed) {
    story::tell_master_data(db).await;
    let now = noon(CLOSING);
    let mut tx = db.write().await.expect("writes");
    let rate = ExchangeRate { of: unit("EUR"), to: unit("USD"), rate: 2.into(), from: None };
    let entry = ReferenceEntry::new(Said::Rate(rate)).expect("a rate");
    let by = Actor::System;
    crate::catalog::put_reference(&mut tx, now, &by, vec![entry]).await.expect("a rate");
    let own = |code: &str, currency: &str, text: &str| OwnAccount {
        code: code.into(),
        currency: currency.into(),
        account: iban(text, "Hibari Cycles Europe GmbH"),
    };
    let company = Company {
        names: [("en".to_owned(), "Hibari Cycles Europe GmbH".to_owned())].into(),
        address: address(),
        vat_number: "DE123456789".into(),
        accounts: vec![
            own("main", "EUR", "DE89370400440532013000"),
            own("dollars", "USD", "GB29NWBK60161331926819"),
        ],
        due_days: Some(30),
        ..Company::default()
    };
    settings::save_company(&mut tx, &who("Ann"), now, &company).await.expect("a company");
    tx.commit().await.expect("commits");
    story::activate(db, MIXED).await;
    story::take(db, FACTS, noon(date(2026, 5, 31))).await;
    story::know(db).await;

    let mut tx = db.write().await.expect("writes");
    let master = crate::catalog::load_master(&mut tx).await.expect("master data load");
    let note = settle::CloseNote::everything("checked");
    let by = who("Ann");
    settle::close(&mut tx, &master, &by, now, ("mixed", "2026Q1"), &note).await.expect("closes");
    let of = ("mixed", "2026Q2");
    let closed = settle::close(&mut tx, &master, &by, now, of, &note).await.expect("closes");
    for payout in settle::payouts(&mut tx, 0, "", 100).await.expect("payouts") {
        if payout.status == PayoutStatus::Pending {
            let (id, step) = (&payout.public_id, PayoutStep::Approve);
            settle::step(&mut tx, &who("Bob"), now, id, step, None).await.expect("approves");
        }
    }
    tx.commit().await.expect("commits");
    (story::know(db).await, closed)
}

#[tokio::test]
async fn a_period_in_two_currencies_ties_out_from_the_close_to_the_books() {
    for_each_database(async |db| {
        let (story, closed) = mixed(&db).await;
        // P1: 50 euros and 4 dollars; P3: 12 dollars, and 5 euros that are less than the minimum,
        // which is in euros and asks nothing of dollars.
        let totals: Vec<String> =
            closed.totals.iter().map(|(unit, sum)| format!("{unit} {}", sum.normalize())).collect();
        assert_eq!((closed.payouts, totals), (4, vec!["EUR 50".to_owned(), "USD 16".to_owned()]));
        for (code, account) in
            [("P1", "FR1420041010050500013M02606"), ("P3", "GB29NWBK60161331926819")]
        {
            pay_to(&db, &story, code, account, code, Treatment::None).await;
        }

        // A statement is in one currency, and tells the awards and adjustments of that alone.
        let issued = state(&db, &story).await;
        let mut said: Vec<String> = issued
            .iter()
            .map(|row| format!("{} {} {}", row.partner_code, row.unit, row.total.normalize()))
            .collect();
        said.sort();
        assert_eq!(said, ["P1 EUR 50", "P1 USD 4", "P3 USD 12"]);
        let mut tx = db.write().await.expect("writes");
        for row in &issued {
            let content = statement::load(&mut tx, row).await.expect("reads");
            assert!(content.ties(), "{row:?}");
            let terms: Vec<&str> =
                content.programs.iter().flat_map(|part| &part.terms).map(|t| &*t.code).collect();
            assert_eq!(terms, if row.unit == "EUR" { ["bikes"] } else { ["caps"] });
        }

        // What explains a payout is of its currency.
        for payout in settle::payouts(&mut tx, 0, "", 100).await.expect("payouts") {
            let (rules, master) = (&story.rules, &story.master);
            let id = &payout.public_id;
            let door = explain::payout(&mut tx, rules, master, Viewer::Vendor, id).await;
            let awards = door.expect("reads").expect("a payout").awards;
            let sum: Decimal = awards.iter().map(|award| award.amount).sum();
            assert_eq!(sum, payout.calculated + payout.prior_period, "{payout:?}");
        }

        // A file for each currency.
        let mut filed = Vec::new();
        for (account, expected) in [("main", "1 EUR 50"), ("dollars", "2 USD 16")] {
            let now = noon(CLOSING);
            let ask = Asked { account: account.into(), ..asked(None) };
            let run = create(&mut tx, &story.rules, &story.master, &who("Ann"), now, &ask).await;
            let run = run.expect("a file");
            assert_eq!(
                format!("{} {} {}", run.payments, run.unit, run.total.normalize()),
                expected
            );
            let bytes = file_of(&mut tx, &run).await.expect("a file");
            let text = String::from_utf8(bytes).expect("UTF-8");
            let other = if run.unit == "EUR" { "Ccy=\"USD\"" } else { "Ccy=\"EUR\"" };
            assert!(!text.contains(other), "{text}");
            paid(&mut tx, &who("Bob"), now, &run.public_id).await.expect("is paid");
            filed.push((run.unit.clone(), run.total));
        }

        // The books hold each currency by itself, and cash is what the files say.
        let balances = ledger::balances(&mut tx, None).await.expect("balances");
        let cash: Vec<(String, Decimal)> = balances
            .iter()
            .filter(|sum| sum.account == "cash")
            .map(|sum| (sum.unit.clone(), sum.credit - sum.debit))
            .collect();
        assert_eq!(cash, filed);
        let left: Vec<String> = balances
            .iter()
            .filter(|sum| sum.account.starts_with("accrued/") && sum.credit != sum.debit)
            .map(|sum| {
                format!("{} {} {}", sum.account, sum.unit, (sum.credit - sum.debit).normalize())
            })
            .collect();
        assert_eq!(left, ["accrued/mixed/P3 EUR 5"], "what is below the minimum is carried on");
        let (_, bytes) = export::create(&mut tx, &story.master, &who("Ann"), noon(CLOSING))
            .await
            .expect("an export");
        let mut sums: BTreeMap<(String, String), Decimal> = BTreeMap::new();
        for line in String::from_utf8(bytes).expect("UTF-8").lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let amount = |at: usize| cells[at].parse::<Decimal>().unwrap_or_default();
            let of = (cells[12].to_owned(), cells[8].to_owned());
            *sums.entry(of).or_default() += amount(6) - amount(7);
        }
        let books: BTreeMap<(String, String), Decimal> = balances
            .into_iter()
            .map(|sum| ((sum.account, sum.unit), sum.debit - sum.credit))
            .collect();
        assert_eq!(sums, books);
        let text = export::beancount(&mut tx, &story.master).await.expect("a ledger");
        if let Some(accepted) = bean_check(&text) {
            assert_eq!(accepted, Ok(()), "{text}");
        }
    })
    .await;
}
