use std::io::Read as _;

use domain::explain::Lang;
use jiff::civil::date;

use super::*;

fn names(en: &str, ja: &str) -> Names {
    [("en".to_owned(), en.to_owned()), ("ja".to_owned(), ja.to_owned())].into()
}

fn num(text: &str) -> Num {
    Num(text.parse().expect("a number"))
}

fn term(names: Names, basis: &str, tier: (u32, Names), pays: Vec<Pays>, amount: &str) -> TermPart {
    let line = |day: i8, document: &str, amount: &str, share: &str| Line {
        day: date(2026, 5, day),
        document: document.into(),
        kind: "sale".into(),
        product: "B-100".into(),
        product_names: self::names("Road bike", "ロードバイク 105 モデル"),
        quantity: Some(num("2")),
        amount: Some(num(amount)),
        counted: Some(num(amount)),
        currency: "USD".into(),
        unit: "case".into(),
        converted: "1 USD = 0.92 EUR (2026-05-01)".into(),
        share: num(share),
    };
    TermPart {
        code: "volume".into(),
        names,
        period: "2026Q2".into(),
        group: String::new(),
        basis: Some(num(basis)),
        counted: Counted::Money,
        tier: Some(tier.0),
        tier_names: tier.1,
        pays,
        amount: num(amount),
        is_prior: false,
        lines: vec![
            line(14, "INV-8841 / 1", "120000", "2400"),
            line(20, "INV-8850 / 3", "-30000", "-600"),
        ],
    }
}

fn vendor() -> Party {
    Party {
        code: String::new(),
        names: names("Hibari Cycles Co., Ltd.", "ひばりサイクル株式会社"),
        address: vec![
            "3-5-1 Kanda-Jimbocho, Chiyoda-ku".into(),
            "101-0051 Tokyo".into(),
            "JP".into(),
        ],
        address_ja: vec!["〒101-0051".into(), "東京都千代田区神田神保町三丁目5番1号".into()],
        tax_number: "T7123456789012".into(),
        contact: "keiri@hibari.example".into(),
    }
}

/// A payout with every kind of row in it.
fn program(at: u32, is_reduced: bool) -> ProgramPart {
    let silver = (2, names("Silver", "シルバー"));
    let gold = (3, names("Gold", "ゴールド"));
    let rate = |text| vec![Pays::Rate(num(text))];
    let mut prior =
        term(names("Volume", "数量リベート"), "40000", silver.clone(), rate("0.02"), "200");
    prior.is_prior = true;
    prior.period = "2026Q1".into();
    let mut units = term(
        names("E-bike growth bonus", "電動アシスト自転車 伸長奨励金"),
        "120",
        gold.clone(),
        vec![Pays::PerUnit(num("150")), Pays::PerUnit(num("200"))],
        "21000",
    );
    units.counted = Counted::Quantity(Some("pcs".into()));
    units.group = "region: 関東甲信越".into();
    ProgramPart {
        payout: format!("pay_{at}"),
        code: "volume".into(),
        names: names("Bikes volume rebate 2026", "2026年度 自転車数量リベートプログラム"),
        reference: (at == 0).then(|| "RB-2026-014".into()),
        period: "2026Q2".into(),
        from: date(2026, 4, 1),
        to: date(2026, 6, 30),
        is_reduced,
        terms: vec![
            term(names("Volume", "数量リベート"), "2345678", gold, rate("0.03"), "70370"),
            units,
            prior,
        ],
        calculated: num("91370"),
        rated: num("1370"),
        prior_period: num("200"),
        adjustments: vec![AdjustmentPart {
            amount: num("-1500"),
            reason: "展示会費用の精算 (6月) Settlement of the fair in June".into(),
            term: None,
        }],
        carried_in: num("480"),
        carried_out: num("50"),
        amount: num("90500"),
        tax: num(if is_reduced { "7240" } else { "9050" }),
    }
}

/// A statement with so many payouts, every second one of the reduced rate.
pub(in crate::papers) fn sample(payouts: u32) -> Statement {
    let programs: Vec<ProgramPart> = (0..payouts).map(|at| program(at, at % 2 == 1)).collect();
    let count = |is_reduced| {
        Decimal::from(programs.iter().filter(|part| part.is_reduced == is_reduced).count() as u64)
    };
    let line = |is_reduced: bool, rate: &str| {
        let net = Decimal::from(90_500) * count(is_reduced);
        let rate: Decimal = rate.parse().expect("a rate");
        let tax = (net * rate).normalize();
        TaxLine { rate, is_reduced, net, tax, gross: net + tax }
    };
    let mut tax_lines = vec![line(false, "0.10"), line(true, "0.08")];
    tax_lines.retain(|line| !line.net.is_zero());
    let net: Decimal = tax_lines.iter().map(|line| line.net).sum();
    let tax: Decimal = tax_lines.iter().map(|line| line.tax).sum();
    Statement {
        number: "ST-2026-000042".into(),
        issued: date(2026, 7, 20),
        kind: PaperKind::QualifiedReturn,
        vendor: vendor(),
        partner: Party {
            code: "P-1042".into(),
            names: names("Yamada Cycle Shokai", "株式会社山田自転車商会 髙﨑支店"),
            address: vec!["1-2-3 Tamachi".into(), "370-0824 Takasaki".into(), "JP".into()],
            address_ja: vec!["〒370-0824".into(), "群馬県高崎市田町1-2-3".into()],
            tax_number: "T4011001098993".into(),
            contact: String::new(),
        },
        unit: "JPY".into(),
        from: date(2026, 4, 1),
        to: date(2026, 6, 30),
        due: date(2026, 7, 31),
        programs,
        basis: Basis::Added,
        tax_lines,
        net: Num(net),
        tax: Num(tax),
        total: Num(net + tax),
        account: Some("0005-001 ••••567".into()),
        account_holder: Some("ｶ)ﾔﾏﾀﾞｼﾞﾃﾝｼﾔｼﾖｳｶｲ".into()),
        note: None,
    }
}

/// Writes a paper to the folder that `TOKUTEN_PAPERS` names, to be looked at.
fn keep(name: &str, bytes: &[u8]) {
    if let Ok(folder) = std::env::var("TOKUTEN_PAPERS") {
        std::fs::write(format!("{folder}/{name}"), bytes).expect("writes");
    }
}

#[test]
fn a_statement_ties_or_is_found_out() {
    let good = sample(2);
    assert!(good.ties());
    let wrong: [fn(&mut Statement); 5] = [
        |s| s.total.0 += Decimal::ONE,
        |s| s.tax_lines[0].tax += Decimal::ONE,
        |s| s.programs[0].terms[0].amount.0 += Decimal::ONE,
        |s| s.programs[1].carried_out.0 += Decimal::ONE,
        |s| s.programs[1].tax.0 += Decimal::ONE,
    ];
    for (at, spoil) in wrong.into_iter().enumerate() {
        let mut bad = good.clone();
        spoil(&mut bad);
        assert!(!bad.ties(), "{at}");
    }
}

#[test]
fn a_stored_statement_is_read_back() {
    let statement = sample(1);
    let text = serde_json::to_string(&statement).expect("writes");
    assert_eq!(serde_json::from_str::<Statement>(&text).expect("reads"), statement);
}

#[test]
fn papers_are_the_same_each_time_and_embed_their_fonts() {
    for (lang, payouts) in [(Lang::Ja, 1), (Lang::En, 1), (Lang::Ja, 7), (Lang::En, 7)] {
        let statement = sample(payouts);
        let bytes = pdf::pdf(&statement, lang).expect("a PDF");
        keep(&format!("statement-{}-{payouts}.pdf", lang.tag()), &bytes);
        assert!(bytes.starts_with(b"%PDF-"));
        assert_eq!(bytes, pdf::pdf(&statement, lang).expect("a PDF"));
        // Subsets of two fonts, not the fonts themselves.
        assert!(bytes.len() < 120_000, "{} bytes", bytes.len());
        let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        assert!(has(b"/FontFile3") || has(b"/ObjStm"), "no font in it");
        assert!(has(b"/ToUnicode") || has(b"/ObjStm"), "its text cannot be copied");
    }
}

/// A file inside a workbook.
fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("an archive");
    let mut text = String::new();
    archive.by_name(name).expect(name).read_to_string(&mut text).expect("UTF-8");
    text
}

#[test]
fn workbooks_hold_figures_and_every_line() {
    for lang in [Lang::Ja, Lang::En] {
        let mut statement = sample(2);
        let bytes = xlsx::xlsx(&statement, lang).expect("a workbook");
        keep(&format!("statement-{}.xlsx", lang.tag()), &bytes);
        assert_eq!(bytes, xlsx::xlsx(&statement, lang).expect("a workbook"));
        let summary = part(&bytes, "xl/worksheets/sheet1.xml");
        for figure in ["<v>90500</v>", "<v>-1500</v>", "<v>9050</v>", "<v>197290</v>"] {
            assert!(summary.contains(figure), "{figure} is not in the summary");
        }
        // Two payouts of three terms of two lines, and the headings.
        let lines = part(&bytes, "xl/worksheets/sheet2.xml");
        assert_eq!(lines.matches("<row ").count(), 13);
        let texts = part(&bytes, "xl/sharedStrings.xml");
        let word = words::words(lang).title;
        assert!(texts.contains(word) && texts.contains("INV-8841 / 1"), "{word}");
        statement.programs.clear();
        xlsx::xlsx(&statement, lang).expect("a workbook without lines");
    }
}

#[test]
fn figures_and_days_are_written_as_people_do() {
    let d = |text: &str| text.parse::<Decimal>().expect("a number");
    let cases = [
        (words::money(d("1234567"), "JPY"), "1,234,567"),
        (words::money(d("-1234.5"), "EUR"), "−1,234.50"),
        (words::money(d("0"), "EUR"), "0.00"),
        (words::money(d("12.345"), "EUR"), "12.345"),
        (words::with_currency(Lang::Ja, d("1000"), "JPY"), "1,000円"),
        (words::with_currency(Lang::En, d("1000"), "JPY"), "JPY 1,000"),
        (words::percent(d("0.025")), "2.5%"),
        (words::day(Lang::Ja, date(2026, 7, 3)), "2026年7月3日"),
        (words::day(Lang::En, date(2026, 7, 3)), "3 July 2026"),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
}

#[test]
fn many_awards_of_a_term_are_one_row() {
    let term = |at: usize| TermPart {
        group: format!("fact: S{at}"),
        ..program(1, false).terms[0].clone()
    };
    for (count, rows) in [(8, 8), (9, 1), (500, 1)] {
        let terms: Vec<TermPart> = (0..count).map(term).collect();
        for lang in [Lang::Ja, Lang::En] {
            let folded = fold::folded(lang, &terms);
            assert_eq!(folded.len(), rows, "{count}");
            let sum: Decimal = folded.iter().map(|term| term.amount.0).sum();
            assert_eq!(sum, Decimal::from(70_370) * Decimal::from(count as u64));
        }
    }
    let mut late = term(0);
    late.is_prior = true;
    let mut terms: Vec<TermPart> = (0..9).map(term).collect();
    terms.push(late);
    let folded = fold::folded(Lang::En, &terms);
    assert_eq!((folded.len(), folded[0].group.as_str(), folded[1].is_prior), (2, "9 awards", true));
}
