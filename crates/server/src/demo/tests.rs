use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::fact::FactKind;
use jiff::civil::date;
use rust_decimal::Decimal;

use super::load::Told;
use super::programs::DemoProgram;
use super::*;

const TODAY: Date = date(2026, 11, 21);

/// FNV-1a over what the master data and the facts say.
fn checksum(company: &Company) -> u64 {
    let partners = company.partners.iter().map(|entry| format!("{entry:?}"));
    let products = company.products.iter().map(|entry| format!("{entry:?}"));
    let facts = company.facts.iter().map(|fact| {
        let (kind, at, recorded) = (fact.kind.word(), fact.at, fact.recorded);
        let (quantity, amount) = (fact.quantity, fact.amount);
        let (partner, product, of) = (&fact.partner, &fact.product, &fact.of);
        let (parties, attributes) = (&fact.parties, &fact.attributes);
        format!(
            "{kind} {} {at} {recorded} {of:?} {partner:?} {product:?} {quantity:?} {amount:?} \
             {:?} {:?} {parties:?} {attributes:?}",
            fact.key, fact.currency, fact.channel
        )
    });
    let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in partners.chain(products).chain(facts).flat_map(String::into_bytes) {
        sum = (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    sum
}

#[test]
fn the_same_seed_and_day_give_the_same_company() {
    let first = checksum(&company(SEED, TODAY));
    assert_eq!(first, checksum(&company(SEED, TODAY)));
    assert_eq!(
        first, 2_617_662_893_225_081_995,
        "a change of the demo's data is meant to be seen: write the new sum here"
    );
    assert_ne!(first, checksum(&company(SEED + 1, TODAY)));
}

#[test]
fn the_company_has_the_size_it_promises() {
    let company = company(SEED, TODAY);
    assert!((690..=710).contains(&company.partners.len()), "{} partners", company.partners.len());
    assert!((280..=320).contains(&company.products.len()), "{} products", company.products.len());
    assert!((57_000..=63_000).contains(&company.facts.len()), "{} facts", company.facts.len());

    let japan = company.partners.iter().filter(|(_, fields)| fields["country"] == "JP").count();
    assert!((70..=80).contains(&(japan * 100 / company.partners.len())), "{japan} in Japan");
    let returns = company.facts.iter().filter(|fact| fact.kind == FactKind::Return).count();
    assert!((10..=20).contains(&(returns * 1_000 / company.facts.len())), "{returns} returns");
}

#[test]
fn codes_and_keys_are_unique_and_lead_somewhere() {
    let company = company(SEED, TODAY);
    let partners: BTreeSet<_> = company.partners.iter().map(|(code, _)| code).collect();
    let products: BTreeSet<_> = company.products.iter().map(|(code, _)| code).collect();
    assert_eq!(partners.len(), company.partners.len());
    assert_eq!(products.len(), company.products.len());
    for (code, fields) in &company.partners {
        let parent = fields.get("parent");
        assert!(parent.is_none_or(|parent| partners.contains(&PartnerCode::new(parent))), "{code}");
    }
    let facts: HashMap<_, _> = company.facts.iter().map(|fact| (&fact.key, fact)).collect();
    assert_eq!(facts.len(), company.facts.len());
    for fact in &company.facts {
        assert!(partners.contains(fact.partner.as_ref().expect("a partner")), "{}", fact.key);
        assert!(products.contains(fact.product.as_ref().expect("a product")), "{}", fact.key);
        assert!(fact.parties.values().all(|party| partners.contains(party)), "{}", fact.key);
        if let Some(of) = &fact.of {
            let sale = facts[of];
            assert!(sale.at < fact.at && sale.recorded <= fact.recorded, "{}", fact.key);
            assert!(fact.quantity <= sale.quantity && fact.amount <= sale.amount, "{}", fact.key);
        }
    }
}

#[test]
fn the_story_ends_yesterday_and_some_lines_come_late() {
    for today in [TODAY, date(2026, 4, 1), date(2027, 3, 31), date(2028, 2, 29)] {
        let company = company(SEED, today);
        let midnight = today.at(0, 0, 0, 0).in_tz("Asia/Tokyo").expect("a known zone").timestamp();
        let in_order = company.facts.is_sorted_by_key(|fact| (fact.at, fact.key.clone()));
        assert!(in_order, "facts are in order of date and key on {today}");
        let newest = company.facts.last().expect("facts").date();
        assert!(newest < today && today.duration_since(newest).as_hours() < 24 * 8, "{today}");
        assert!(company.facts.iter().all(|fact| fact.recorded <= midnight), "{today}");
        let two_years = today.checked_sub(Span::new().months(24)).expect("a day");
        assert!(company.facts[0].date() <= two_years, "{today}");
        let late = company.facts.iter().filter(|fact| {
            let end = fact.at.in_tz("Asia/Tokyo").expect("a known zone").timestamp();
            fact.recorded.duration_since(end).as_hours() > 24 * 7
        });
        assert!(late.count() > 100, "{today}");
    }
}

#[test]
fn a_partner_is_sold_to_in_one_currency() {
    let company = company(SEED, TODAY);
    let countries: HashMap<_, _> =
        company.partners.iter().map(|(code, fields)| (code, fields["country"].as_str())).collect();
    let expected =
        [("JP", "JPY"), ("US", "USD"), ("DE", "EUR"), ("AU", "AUD"), ("FR", "EUR"), ("CA", "CAD")];
    let expected: HashMap<_, _> = expected.into_iter().collect();
    for fact in &company.facts {
        let country = countries[fact.partner.as_ref().expect("a partner")];
        let currency = fact.currency.expect("a currency");
        assert_eq!(currency.as_str(), expected[country], "{}", fact.key);
        let amount = fact.amount.expect("an amount");
        assert!(amount > Decimal::ZERO && amount.scale() <= currency.decimals(), "{}", fact.key);
    }
}

/// A program is worth showing when its tiers divide the partners.
#[test]
fn bikes_of_a_quarter_spread_over_the_tiers() {
    let company = company(SEED, TODAY);
    let category: HashMap<_, _> =
        company.products.iter().map(|(code, fields)| (code, fields["category"].as_str())).collect();
    let mut units: BTreeMap<_, Decimal> = BTreeMap::new();
    let quarter = date(2026, 7, 1)..date(2026, 10, 1);
    for fact in company.facts.iter().filter(|fact| quarter.contains(&fact.date())) {
        let is_yen = fact.currency.is_some_and(|currency| currency.as_str() == "JPY");
        if is_yen
            && fact.kind == FactKind::Sale
            && category[fact.product.as_ref().expect("one")] == "Bikes"
        {
            *units.entry(fact.partner.clone()).or_default() += fact.quantity.expect("a quantity");
        }
    }
    let reached = |from: i64| units.values().filter(|units| **units >= Decimal::from(from)).count();
    let counts = [30, 80, 200, 400].map(reached);
    assert!(counts[0] > 80 && counts[1] > 40 && counts[2] > 12 && counts[3] > 3, "{counts:?}");
    assert!(counts[0] < 300, "{counts:?}");
}

#[test]
fn texts_are_moved_to_the_fiscal_year_of_the_day() {
    let codes = |today| -> Vec<String> {
        let first = |program: DemoProgram| {
            program.text.lines().next().expect("a line").replace("program: ", "")
        };
        programs(today).into_iter().map(first).collect()
    };
    assert_eq!(
        codes(date(2027, 3, 31)),
        [
            "fy2025-bikes-volume",
            "fy2025-parts-and-gear",
            "fy2025-product-mix",
            "fy2025-gear-monthly-us",
            "fy2026-bikes-volume",
            "fy2026-parts-and-gear",
            "fy2026-ebike-growth",
            "fy2026-tsubame-launch",
            "fy2026-product-mix",
            "fy2026-gear-monthly-us",
        ]
    );
    assert!(codes(date(2027, 4, 1)).contains(&"fy2027-ebike-growth".to_owned()));
    let text = &programs(date(2030, 5, 1)).pop().expect("programs").text;
    assert!(text.contains("starts: 2030-04-01") && text.contains("from: 1500"), "{text}");
}

#[test]
fn every_program_can_be_read() {
    let wallet = domain::wallet::parse(&club::wallet(TODAY), &[]);
    let problems: Vec<String> = wallet.problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "wallet.yaml: {problems:#?}");
    for program in programs(TODAY).into_iter().chain([club::program(TODAY)]) {
        let problems = domain::program::parse(&program.text).problems;
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{}: {problems:#?}", program.file);
    }
}

/// Courses read, and one of them is asked in both languages.
#[test]
fn every_course_can_be_read() {
    for text in club::COURSES {
        let parsed = domain::training::parse(text);
        let problems: Vec<String> = parsed.problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{problems:#?}");
        let course = parsed.value.expect("a course");
        assert!(course.when.is_some(), "{} is for the club's stores", course.code);
        let names = course.pages().iter().flat_map(|page| [&page.name, &page.text]);
        for names in names.chain([&course.name, &course.description]) {
            assert!(names.contains_key("en") && names.contains_key("ja"), "{names:?}");
        }
    }
}

#[test]
fn the_files_of_the_weeks_hold_every_fact_once() {
    let company = company(SEED, TODAY);
    let files = files::weekly(&company.facts, TODAY);
    assert!((104..=110).contains(&files.len()), "{} weeks", files.len());
    assert_eq!(files.iter().map(|file| file.rows).sum::<usize>(), company.facts.len());
    assert!(files.is_sorted_by_key(|file| file.sent));
    assert!(
        files.iter().all(|file| file.sent <= TODAY && file.text.lines().count() == file.rows + 1)
    );
    let names: BTreeSet<_> = files.iter().map(|file| &file.name).collect();
    assert_eq!(names.len(), files.len());
}

#[test]
fn the_partner_that_is_shown_has_a_next_tier() {
    for today in [TODAY, date(2026, 4, 1), date(2027, 1, 9)] {
        let company = company(SEED, today);
        let shown = shown::shown(&company, today).expect("a partner");
        let fields = company.partners.iter().find(|(code, _)| *code == shown);
        assert_eq!(fields.expect("listed").1["country"], "JP", "{today}");
    }
}

/// The whole story, which closes periods and pays, in a database.
#[tokio::test]
async fn the_story_can_be_told_to_a_database() {
    let mut company = company(SEED, TODAY);
    // A tenth of the partners keep the test short; everything that happens still happens.
    let kept = |code: &PartnerCode| code.as_str().ends_with('7');
    company.facts.retain(|fact| fact.partner.as_ref().is_some_and(kept));
    let database = engine::db::testing::TestDatabase::sqlite();
    let db = database.open().await;
    db.migrate().await.expect("a new database");
    assert_eq!(story(&db).await.expect("looked"), Standing::Empty);
    // Stopped after some weeks, as by Ctrl-C, it is no whole story.
    let files = std::sync::atomic::AtomicUsize::new(0);
    let count = |told: &Told| files.store(told.files, std::sync::atomic::Ordering::Relaxed);
    let stopping = fill(&db, &company, TODAY, &count);
    let stopped = async {
        while files.load(std::sync::atomic::Ordering::Relaxed) < 3 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! { biased; () = stopped => {}, _ = stopping => panic!("it was to be stopped") }
    assert_eq!(story(&db).await.expect("looked"), Standing::Interrupted);
    db.close().await;
    database.remove().await;

    let database = engine::db::testing::TestDatabase::sqlite();
    let db = database.open().await;
    db.migrate().await.expect("a new database");
    fill(&db, &company, TODAY, &|_| ()).await.expect("the story");
    assert_eq!(story(&db).await.expect("looked"), Standing::Told);

    let mut reader = db.read().await.expect("a reader");
    let payouts = engine::settle::payouts(&mut reader, 0, "", 100_000).await.expect("payouts");
    let count = |word: &str| payouts.iter().filter(|row| row.status.word() == word).count();
    assert!(count("paid") > 20 && count("pending") > 0, "{} {}", count("paid"), count("pending"));
    let waiting = engine::totals::waiting_count(&mut reader).await.expect("counted");
    assert_eq!(waiting, 0, "no line of the demo waits for anything");
    let users = engine::access::users(&mut reader, None).await.expect("users");
    assert_eq!(users.len(), SIGN_INS.len());
    the_shown_partner_uses_its_points(&mut reader, &company).await;
}

/// It has a balance, a tier with a gap, a voucher to show and orders, one of them of money.
async fn the_shown_partner_uses_its_points(reader: &mut engine::db::Reader, company: &Company) {
    let rules = engine::rules::load(reader).await.expect("rules");
    let master = engine::catalog::load_master(reader).await.expect("master data");
    let partner = shown::shown(company, TODAY).expect("a partner");
    let now = TODAY.at(9, 0, 0, 0).in_tz("Asia/Tokyo").expect("a known zone").timestamp();
    let of = engine::views::wallet::of_partner(reader, &rules, &master, (now, None), &partner);
    let wallets = of.await.expect("read");
    let [wallet] = wallets.as_slice() else { panic!("{} wallets", wallets.len()) };
    let [held] = wallet.holdings.as_slice() else { panic!("{:?}", wallet.holdings) };
    assert!(Decimal::ONE_THOUSAND < held.amount && held.expiring.is_some(), "{held:?}");
    let [tier] = wallet.tiers.as_slice() else { panic!("{:?}", wallet.tiers) };
    assert!(tier.tier.is_some() && tier.gap.is_some(), "{tier:?}");
    assert!(wallet.benefits.iter().any(|benefit| benefit.is_active), "{:?}", wallet.benefits);
    let parts = wallet.vouchers.iter().find(|voucher| voucher.kind == "PARTS");
    assert!(parts.is_some_and(|voucher| voucher.status == "issued"), "{:?}", wallet.vouchers);
    let orders = wallet.redemptions.iter().filter(|order| order.reward.is_some());
    assert_eq!(orders.count(), club::ORDERS.len());
    assert_eq!(wallet.rewards.len(), 6);
    // Its money waits for somebody's word, and says for what it is.
    let own = master.partner_id(partner.as_str()).expect("a known partner");
    let payouts = engine::settle::payouts_of_partner(reader, own, 100).await.expect("payouts");
    let of_order = payouts.iter().filter(|row| row.period().is_none());
    let told: Vec<_> = of_order.map(|row| (row.amount, row.status.word())).collect();
    assert_eq!(told, [(Decimal::from(2_000), "pending")]);
}
