//! The whole way of a program, by the pages alone: written by the form, tried on last year, let act
//! by a second person, closed, approved, stated, paid; then a partner says on a phone that an
//! amount is wrong, and reads the answer.
//!
//! The figures: Adler buys bikes for 55,000.50 in the quarter, which is above 50,000 and earns 2 %,
//! Birke for 12,345.67, which earns 1 %. Kyoto buys for 1,234,567 yen at 3 %, and 10 % consumption
//! tax come on top. Last year Adler would have got 1,200 and 400, Birke 200 and 300.

use std::io::Cursor;

use engine::access::{Actor, Role};
use engine::ingest::source::Record;
use engine::ingest::source::{Reader, SourceOptions};
use engine::office::Office;
use engine::papers::check::{Country, Iban};
use engine::papers::party::{
    Account, AccountType, Address, Digits, IbanAccount, JapaneseAccount, Treatment,
};
use engine::papers::payee::{self, Decision, Payee};
use engine::papers::settings::{self, Company, OwnAccount};
use fantoccini::Locator;
use jiff::civil::date;

use super::driver::{Browser, Screen};
use super::story::{self, Served, Vendor, item};
use super::{import, sign_in};

/// What was signed before: one percent of everything.
const LOYALTY: &str = "
program: loyalty
name: { en: Loyalty }
currency: EUR
time_zone: Europe/Berlin
starts: 2025-01-01
ends: 2025-12-31
periods: { every: quarter }
partners: partner.country == \"DE\"
terms:
  - { term: all, measure: sum(amount), rate: 1% }
";

const KYOTO: &str = "
program: kyoto
name: { en: Kyoto agreement }
currency: JPY
time_zone: Asia/Tokyo
starts: 2026-07-01
periods: { every: quarter }
partners: partner.country == \"JP\"
terms:
  - { term: all, measure: sum(amount), rate: 3% }
";

const LAST_YEAR: &str = "\
key,date,partner,product,quantity,amount,currency,order,line
A1,2025-07-15,P1,B1,120,60000,EUR,INV-1,1
A2,2025-08-20,P2,B1,40,20000,EUR,INV-2,1
A3,2025-10-05,P1,B1,80,40000,EUR,INV-3,1
A4,2025-11-11,P2,B1,60,30000,EUR,INV-4,1
A5,2025-11-12,P1,T1,10,5000,EUR,INV-5,1
";

const QUARTER: &str = "\
key,date,partner,product,quantity,amount,currency,order,line
B1,2026-07-15,P1,B1,110,55000.50,EUR,INV-6,1
B2,2026-08-20,P2,B1,25,12345.67,EUR,INV-7,1
B3,2026-09-12,P1,T1,2,999,EUR,INV-8,1
B4,2026-09-30,K1,B1,12,1234567,JPY,INV-9,1
";

/// The text that the form makes of what [`fill_in`] types.
const TEXT: [&str; 8] = [
    "program: bikes-h2",
    "name: { en: \"Bikes second half\", ja: \"自転車 下期\" }",
    "starts: 2026-07-01",
    "ends: 2026-12-31",
    "periods: { every: quarter, fiscal_year_from: january, grace: 5 days }",
    "product.category == \"Bikes\"",
    "method: all_units",
    "{ from: 50000, rate: 2%, name: \"Gold\" }",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_way_of_a_program() {
    let Some(browser) = Browser::start().await else { return };
    let served = vendor().await.serve().await;
    author_writes_and_tries(&browser, &served).await;
    second_person_activates(&browser, &served).await;
    quarter_is_closed(&browser, &served).await;
    finance_approves_states_and_pays(&browser, &served).await;
    let phone = Browser::start_as(Screen::Phone).await.expect("a second browser");
    partner_disputes(&phone, &served).await;
    vendor_answers(&browser, &served).await;
    partner_sees_the_answer(&phone, &served).await;
    phone.end().await;
    browser.end().await;
}

// What is there before the story begins.

async fn vendor() -> Vendor {
    let vendor = Vendor::at("2026-06-22T07:00:00Z").await;
    let office = &vendor.office;
    let partners = vec![
        item("P1", "Adler", &[("country", "DE")]),
        item("P2", "Birke", &[("country", "DE")]),
        item("K1", "Kyoto Cycle", &[("country", "JP")]),
    ];
    let bikes = item("B1", "Road bike", &[("category", "Bikes")]);
    let tools = item("T1", "Pump", &[("category", "Tools")]);
    story::master_data(office, date(2025, 1, 1), partners, vec![bikes, tools]).await;
    story::activate(office, LOYALTY).await;
    story::activate(office, KYOTO).await;
    story::import(office, "last-year.csv", LAST_YEAR, Actor::System).await;
    let maria = vendor.user("maria", Role::IncentiveManager).await;
    let ken = vendor.user("ken", Role::Administrator).await;
    vendor.user("fumi", Role::Finance).await;
    vendor.partner_user("adler", "P1").await;
    accounts(office, &maria, &ken).await;
    vendor
}

fn iban(text: &str, holder: &str) -> Account {
    let iban = Iban::parse(text).expect("an IBAN");
    Account::Iban(IbanAccount { iban, bic: None, holder: holder.into() })
}

fn address() -> Address {
    let country = Some(Country::parse("DE").expect("a country"));
    Address { town: "Berlin".into(), postal_code: "10115".into(), country, ..Address::default() }
}

fn japan(number: &str, holder: &str) -> Account {
    Account::Japan(JapaneseAccount {
        bank: Digits::parse("0001").expect("a bank"),
        bank_name: "ミズホ".into(),
        branch: Digits::parse("026").expect("a branch"),
        branch_name: "キョウト".into(),
        kind: AccountType::Ordinary,
        number: Digits::parse(number).expect("a number"),
        holder: holder.into(),
    })
}

/// What the vendor pays from, and where its partners are paid.
async fn accounts(office: &Office, maria: &Actor, ken: &Actor) {
    let now = office.now();
    let mut tx = office.db().write().await.expect("a transaction");
    let master = office.master(&mut tx).await.expect("master data");
    let own = |code: &str, currency: &str, account: Account| OwnAccount {
        code: code.into(),
        currency: currency.into(),
        account,
    };
    let company = Company {
        names: [("en".to_owned(), "Hibari Cycles".to_owned())].into(),
        address: address(),
        client_code: Some(Digits::parse("0123456789").expect("a code")),
        client_name: "ヒバリサイクル".into(),
        accounts: vec![
            own("main", "EUR", iban("DE89370400440532013000", "Hibari Cycles GmbH")),
            own("tokyo", "JPY", japan("1234567", "ヒバリサイクル")),
        ],
        ..Company::default()
    };
    settings::save_company(&mut tx, ken, now, &company).await.expect("a company");
    let payees = [
        ("P1", iban("FR1420041010050500013M02606", "Adler"), Treatment::None),
        ("P2", iban("GB29NWBK60161331926819", "Birke"), Treatment::None),
        ("K1", japan("7654321", "キョウトサイクル"), Treatment::Japan),
    ];
    for (code, account, treatment) in payees {
        let of = (master.partner_id(code).expect("a partner"), code);
        let details = Payee { address: address(), treatment, ..Payee::default() };
        payee::save_details(&mut tx, maria, now, of, &details).await.expect("details");
        payee::ask_account(&mut tx, maria, now, of, &account).await.expect("an account");
        payee::decide_account(&mut tx, ken, now, of, Decision::Confirm).await.expect("confirmed");
    }
    tx.commit().await.expect("committed");
}

// The story.

async fn author_writes_and_tries(browser: &Browser, served: &Served) {
    sign_in(browser, served, "maria").await;
    browser.sees_at("/console").await;
    browser.press("nav a[href='/console/programs']").await;
    browser.press("a[href='/console/programs/form']").await;
    fill_in(browser).await;
    browser.press("button[name='do'][value='look']").await;
    for line in TEXT {
        browser.sees(line).await;
    }
    browser.sees("No problem").await;

    // The second half of last year, as nobody said otherwise: 1,600 for Adler, 500 for Birke.
    browser.press("button[name='do'][value='try']").await;
    browser.sees("1 Jul 2025").await;
    browser.sees("31 Dec 2025").await;
    for said in ["EUR 2,100.00", "1,600.00", "500.00", "2 gain"] {
        browser.sees(said).await;
    }
    // Beside what was signed before: 1 % of 105,000 and of 50,000.
    browser.choose("select[name='against']", "loyalty").await;
    browser.press("form[action='/console/trial'] button[type='submit']").await;
    for said in ["EUR 1,550.00", "+EUR 550.00", "+550.00", "1 gain"] {
        browser.sees(said).await;
    }

    // From here on to who decides: not the author.
    browser.press("button[name='do'][value='review']").await;
    browser.sees_at("/console/programs/bikes-h2/versions/1").await;
    browser.sees("A second person decides").await;
    browser.does_not_see("Activate version 1").await;
    browser.write("textarea[name='comment']", "As agreed with Adler and Birke").await;
    browser.press("button[name='do'][value='submit']").await;
    browser.sees("Waits for a second person").await;
    browser.forget().await;
}

async fn fill_in(browser: &Browser) {
    let texts = [
        ("code", "bikes-h2"),
        ("name_en", "Bikes second half"),
        ("name_ja", "自転車 下期"),
        ("currency", "EUR"),
        ("time_zone", "Europe/Berlin"),
        ("grace", "5"),
        ("country", "DE"),
        ("categories", "Bikes"),
        ("from0", "0"),
        ("value0", "1"),
        ("name0", "Silver"),
        ("from1", "50,000"),
        ("value1", "2"),
        ("name1", "Gold"),
    ];
    for (name, text) in texts {
        browser.write(&format!("input[name='{name}']"), text).await;
    }
    browser.pick_day("input[name='starts']", "2026-07-01").await;
    browser.pick_day("input[name='ends']", "2026-12-31").await;
    browser.choose("select[name='every']", "quarter").await;
    browser.choose("select[name='fiscal_year_from']", "january").await;
    browser.choose("select[name='method']", "all_units").await;
}

async fn second_person_activates(browser: &Browser, served: &Served) {
    sign_in(browser, served, "ken").await;
    browser.sees_at("/console").await;
    browser.press("nav a[href='/console/programs']").await;
    browser.press("a[href='/console/programs/bikes-h2/versions/1']").await;
    browser.sees("As agreed with Adler and Birke").await;
    browser.press("button[name='do'][value='activate']").await;
    browser.sees_at("/console/programs/bikes-h2").await;
    browser.sees("Bikes second half").await;
    browser.forget().await;
}

async fn quarter_is_closed(browser: &Browser, served: &Served) {
    served.later("2026-10-02T07:00:00Z");
    sign_in(browser, served, "maria").await;
    browser.sees_at("/console").await;
    import(browser, served, "quarter.csv", QUARTER).await;
    browser.forget().await;

    served.later("2026-10-10T07:00:00Z");
    sign_in(browser, served, "maria").await;
    browser.sees_at("/console").await;
    close(browser, "bikes-h2", "EUR 1,223.47").await;
    close(browser, "kyoto", "¥37,037").await;
    browser.forget().await;
}

/// Closes the third quarter of a program, which says its total before.
async fn close(browser: &Browser, program: &str, total: &str) {
    browser.press("nav a[href='/console/periods']").await;
    browser.press(&format!("a[href='/console/periods/{program}~2026Q3']")).await;
    browser.sees(total).await;
    browser.tick_all(".tk-confirm input[type='checkbox']").await;
    browser.write("form[action$='/close'] textarea", "Looked through").await;
    browser.press("form[action$='/close'] button[type='submit']").await;
    browser.sees("Closed").await;
    // Who closes does not approve.
    browser.press(&format!("a[href='/console/payouts?period={program}~2026Q3']")).await;
    browser.sees("Somebody else decides").await;
}

async fn finance_approves_states_and_pays(browser: &Browser, served: &Served) {
    sign_in(browser, served, "fumi").await;
    browser.sees_at("/console").await;
    for (program, total) in [("bikes-h2", "EUR 1,223.47"), ("kyoto", "¥37,037")] {
        browser.press("nav a[href='/console/approvals']").await;
        browser.sees(total).await;
        let of = format!("input[name='period'][value='{program}~2026Q3']");
        browser.press(&format!("form:has({of}) button[type='submit']")).await;
        browser.sees("Approved").await;
    }

    browser.press("nav a[href='/console/statements']").await;
    browser.press("form[action='/console/statements'] button[type='submit']").await;
    for said in ["EUR 1,100.01", "EUR 123.46", "¥40,740"] {
        browser.sees(said).await;
    }
    let paper = |kind: &str| format!("//tr[contains(., 'Adler')]//a[contains(@href, '{kind}')]");
    for kind in ["en.pdf", "ja.pdf"] {
        let pdf = browser.download(Locator::XPath(&paper(kind))).await;
        assert!(pdf.starts_with(b"%PDF-"), "{kind} begins as papers do");
    }
    let cells = cells(&browser.download(Locator::XPath(&paper("en.xlsx"))).await);
    assert!(cells.iter().any(|cell| cell == "1100.01"), "{cells:?}");

    let pain = pay(browser, "main", "2 transfers, EUR 1,223.47").await;
    pain_ties(&pain, "1223.47", &["1100.01", "123.46"]);
    let zengin = pay(browser, "tokyo", "1 transfer, ¥40,740").await;
    zengin_ties(&zengin, 1, 40_740);
    browser.forget().await;
}

/// Makes a file of what can be paid from an account, fetches it, and says that the bank paid.
async fn pay(browser: &Browser, account: &str, said: &str) -> Vec<u8> {
    browser.press("nav a[href='/console/payments']").await;
    browser.choose("select[name='account']", account).await;
    browser.pick_day("form[method='get'] input[name='until']", "2026-11-15").await;
    browser.pick_day("form[method='get'] input[name='day']", "2026-10-30").await;
    browser.press("form[method='get'][action='/console/payments'] button").await;
    browser.sees(said).await;
    browser.press("form[method='post'][action='/console/payments'] button").await;
    let file = browser.download(Locator::Css("a[href$='/file']")).await;
    browser.press("form[action$='/paid'] button").await;
    browser.sees("Paid").await;
    file
}

async fn partner_disputes(phone: &Browser, served: &Served) {
    served.later("2026-11-02T07:00:00Z");
    sign_in(phone, served, "adler").await;
    phone.sees_at("/portal").await;
    phone.fits().await;
    phone.press("nav a[href='/portal/records']").await;
    phone.sees("EUR 1,100.01").await;
    phone.fits().await;
    phone.press("a[href^='/portal/payouts/']").await;
    phone.sees("Paid").await;
    phone.fits().await;
    // The paper is at hand where the payout is.
    let pdf = phone.download(Locator::Css("a[href$='en.pdf']")).await;
    assert!(pdf.starts_with(b"%PDF-"), "a partner's paper begins as papers do");
    phone.press("a[href^='/portal/disputes/new']").await;
    phone.choose("select[name='reason']", "wrong_amount").await;
    phone.write("input[name='expected']", "1,150.01").await;
    phone.write("textarea[name='text']", "The road show of September was promised as well.").await;
    phone.fits().await;
    phone.press("form[action='/portal/disputes'] button[type='submit']").await;
    phone.sees("Open").await;
    phone.sees("EUR 1,150.01").await;
    phone.fits().await;
}

async fn vendor_answers(browser: &Browser, served: &Served) {
    sign_in(browser, served, "maria").await;
    browser.sees_at("/console").await;
    browser.press("nav a[href='/console/disputes']").await;
    browser.press("main td a[href^='/console/disputes/']").await;
    browser.sees("The road show of September was promised as well.").await;
    let accept = "form[action$='/accept']";
    browser.write(&format!("{accept} input[name='amount']"), "50").await;
    let answer = "You are right: 50 are added to your next payout.";
    browser.write(&format!("{accept} textarea"), answer).await;
    browser.press(&format!("{accept} button[type='submit']")).await;
    browser.sees("Accepted").await;
    browser.forget().await;

    // Who accepts does not approve what follows from it.
    sign_in(browser, served, "fumi").await;
    browser.sees_at("/console").await;
    browser.press("nav a[href='/console/adjustments']").await;
    browser.sees("+EUR 50.00").await;
    browser.press("form[action$='/approve'] button[type='submit']").await;
    browser.sees("Approved").await;
    browser.forget().await;
}

async fn partner_sees_the_answer(phone: &Browser, served: &Served) {
    phone.open(&served.at("/portal")).await;
    phone.press("main a[href^='/portal/disputes/']").await;
    phone.sees("You are right: 50 are added to your next payout.").await;
    phone.sees("Accepted").await;
    phone.sees("+EUR 50.00").await;
    phone.fits().await;
}

// Files.

/// All cells of the first sheet below a heading, wherever its table begins.
fn cells(workbook: &[u8]) -> Vec<String> {
    let below = |header_row: u32| {
        let input = Box::new(Cursor::new(workbook.to_vec()));
        let options = SourceOptions { header_row, ..SourceOptions::default() };
        let mut reader = Reader::open(input, &options).ok()?;
        let (mut record, mut cells) = (Record::new(), Vec::new());
        while reader.next(&mut record).expect("rows") {
            cells.extend(record.cells().map(ToOwned::to_owned));
        }
        Some(cells)
    };
    (1..40).filter_map(below).max_by_key(Vec::len).expect("a workbook")
}

/// The control sums are what stands in the transfers, and those are the payouts.
#[track_caller]
fn pain_ties(file: &[u8], sum: &str, amounts: &[&str]) {
    let text = std::str::from_utf8(file).expect("UTF-8");
    let all = |tag: &str| -> Vec<&str> {
        let parts = text.split('<').filter_map(|part| part.strip_prefix(tag));
        parts.filter_map(|part| part.split_once('>').map(|(_, inner)| inner)).collect()
    };
    assert_eq!(all("CtrlSum"), [sum, sum], "{text}");
    let count = amounts.len().to_string();
    assert_eq!(all("NbOfTxs"), [count.as_str(), count.as_str()], "{text}");
    assert_eq!(all("InstdAmt"), amounts, "{text}");
}

/// Count and sum of the trailer are those of the data records.
#[track_caller]
fn zengin_ties(file: &[u8], count: u64, sum: u64) {
    let records: Vec<&[u8]> = file.chunks(122).map(|record| &record[..120]).collect();
    let number = |bytes: &[u8]| -> u64 {
        std::str::from_utf8(bytes).expect("digits").parse().expect("a number")
    };
    let data = records.iter().filter(|record| record[0] == b'2');
    let amounts: Vec<u64> = data.map(|record| number(&record[80..90])).collect();
    let trailer = records.iter().find(|record| record[0] == b'8').expect("a trailer");
    assert_eq!((number(&trailer[1..7]), number(&trailer[7..19])), (count, sum));
    assert_eq!((amounts.len() as u64, amounts.iter().sum::<u64>()), (count, sum));
}
