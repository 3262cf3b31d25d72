//! Master data and imports.

use super::Gallery;
use super::build::*;
use super::portal::{answers, reading};
use crate::console::import_map::{Constant, FileColumn, Layout, MappingForm};
use crate::console::imports::ImportKind;
use crate::console::*;
use crate::i18n::Lang;
use crate::progress::{ImportState, Progress};
use crate::ui::List;
use crate::view::PayoutState;
use engine::catalog::ReferenceTable;

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    gallery.manager("console-partners", &partners_page(lang));
    let list = List::new("/console/partners");
    gallery.manager("console-partners-empty", &partners::Page { list, rows: vec![] });
    gallery.manager("console-partner", &partner_page(lang));
    let bare = partner::Page {
        awards: vec![],
        payouts: vec![],
        targets: vec![],
        uploads: vec![],
        history: vec![],
        has_loyalty: false,
        ..partner_page(lang)
    };
    gallery.manager("console-partner-empty", &bare);
    gallery.manager("console-products", &products_page(lang));
    let list = List::new("/console/products");
    gallery.manager("console-products-empty", &products::Page { list, rows: vec![] });
    for table in ReferenceTable::ALL {
        let name = format!("console-reference-{}", table.word());
        gallery.manager(&name, &reference_page(lang, table));
    }
    let bare = reference::Page {
        rows: vec![],
        names: vec![],
        list: List::new("/console/reference/figures"),
        problem: Some(lang.words().data.ref_no_rows.into()),
        ..reference_page(lang, ReferenceTable::Figures)
    };
    gallery.manager("console-reference-empty", &bare);
    gallery.manager("console-imports", &imports_page(lang));
    let list = List::new("/console/imports");
    gallery.manager("console-imports-empty", &imports::Page { list, rows: vec![] });
    let new = import_new::Page {
        kind: ImportKind::Partners,
        mappings: vec!["ERP".into()],
        problem: None,
        megabytes_max: 500,
    };
    gallery.manager("console-import-new", &new);
    gallery.manager("console-import-map", &map_page(lang));
    for (name, progress) in [("reading", reading()), ("known", known()), ("failed", failed(lang))] {
        let page = import::Page { progress, ..import_page(lang) };
        gallery.manager(&format!("console-import-{name}"), &page);
    }
    gallery.manager("console-import-review", &review_page(lang));
    let mut returned = review_page(lang);
    returned.progress.state = ImportState::Returned;
    returned.report.reviewed = Some(import::Reviewed {
        by: lang.say("中村", "Nakamura").into(),
        at: now(),
        comment: Some(
            lang.say("6月の返品がありません。", "The returns of June are missing.").into(),
        ),
    });
    gallery.manager("console-import-returned", &returned);
    let rows = vec![mappings::Row {
        name: "ERP".into(),
        kind: ImportKind::Lines,
        columns: 12,
        used: 24,
        last_used: Some(now()),
    }];
    gallery.manager("console-mappings", &mappings::Page { rows });
    gallery.manager("console-mappings-empty", &mappings::Page { rows: vec![] });
    let mapping = mapping::Page { mapping: form(lang), problem: None };
    gallery.manager("console-mapping", &mapping);
}

fn partners_page(lang: Lang) -> partners::Page {
    let all = partners(lang);
    let mut list = List::new("/console/partners");
    list.rows = 701;
    list.page = 2;
    let row = |(partner, region): (crate::view::PartnerRef, &str)| partners::Row {
        partner,
        country: lang.say("日本", "Japan").into(),
        region: region.into(),
        level: Some("gold".into()),
        parent: all.first().cloned(),
    };
    partners::Page { list, rows: all.clone().into_iter().zip(regions(lang)).map(row).collect() }
}

fn partner_page(lang: Lang) -> partner::Page {
    let all = partners(lang);
    partner::Page {
        totals: vec![partner::Total {
            program: bikes(lang).name,
            count: 14,
            settled: yen(4_218_300),
            rejected: yen(0),
            paid: yen(3_862_857),
        }],
        partner: all[0].clone(),
        names: vec![("en".into(), "Cycle World".into())],
        country: lang.say("日本", "Japan").into(),
        region: regions(lang)[0].into(),
        level: Some("silver".into()),
        parent: Some(all[1].clone()),
        children: vec![all[2].clone()],
        ship_to: vec!["010482-1".into(), "010482-2".into()],
        attributes: vec![(lang.say("担当", "manager").into(), lang.say("小野", "Ono").into())],
        users: vec![lang.say("佐藤 美咲", "Misaki Sato").into()],
        awards: vec![
            partner::Award {
                standing: in_bikes(lang, 480, 598, 13_987_400, 209_811),
                explain: Some("awd_1".into()),
            },
            partner::Award { standing: in_growth(lang), explain: None },
        ],
        payouts: vec![partner::Payout {
            id: "pay_1".into(),
            owing: of_q4(lang),
            amount: yen(355_443),
            state: PayoutState::Approved,
        }],
        targets: vec![partner::Target {
            table: "fy26-plan".into(),
            period: Some("2026Q1".into()),
            groups: vec![("brand".into(), "Kita".into())],
            value: "9,000,000".into(),
            from: None,
        }],
        uploads: vec![crate::progress::Upload {
            id: "imp_1".into(),
            file: "utsunomiya_202605.xlsx".into(),
            sent: now(),
            state: ImportState::Done,
            rows: 3_412,
            rejected: 35,
        }],
        history: super::console::events(lang),
        has_loyalty: true,
    }
}

fn reference_page(lang: Lang, table: ReferenceTable) -> reference::Page {
    use reference::Cell;
    let d = &lang.words().data;
    let code = |text: &str| Cell::Code(text.into());
    let figure = |text: &str| Cell::Figure(text.into());
    let rows: Vec<Vec<Cell>> = match table {
        ReferenceTable::ExchangeRates => vec![
            vec![code("EUR"), code("JPY"), figure("160.5")],
            vec![code("USD"), code("JPY"), figure("148.25")],
        ],
        ReferenceTable::UnitFactors => vec![
            vec![Cell::All(d.ref_all_products), code("dozen"), figure("12"), code("piece")],
            vec![code("LARK-300"), code("case"), figure("24"), code("piece")],
        ],
        ReferenceTable::Lists => vec![vec![code("spring-range"), code("LARK-300")]],
        ReferenceTable::Figures => vec![
            vec![
                code("fy26-plan"),
                Cell::Partner("TOK-0012".into()),
                code("2026Q1"),
                Cell::Text("brand: Kita".into()),
                figure("9,000,000"),
            ],
            vec![
                code("fy26-plan"),
                Cell::All(d.ref_all_partners),
                Cell::All(d.ref_all_periods),
                Cell::Text(String::new()),
                figure("1,200,000"),
            ],
        ],
        ReferenceTable::Prices => {
            vec![vec![code("net"), code("LARK-300"), figure("48,000"), code("JPY")]]
        }
        ReferenceTable::BankHolidays => vec![vec![
            Cell::Day(jiff::civil::date(2026, 12, 31)),
            code("JP"),
            Cell::Text("Bank holiday".into()),
            Cell::Text("銀行休業日".into()),
        ]],
    };
    let day = jiff::civil::date(2026, 4, 1);
    let who = lang.say("中村 健一", "Kenichi Nakamura").to_owned();
    let count = rows.len() as u64;
    let rows = rows.into_iter().enumerate().map(|(at, cells)| reference::Row {
        cells,
        from: (at == 0).then_some(day),
        changed: Some((now(), who.clone())),
        key: ("fy26-plan".into(), "{}".into()),
    });
    let mut list = List::new(format!("/console/reference/{}", table.word()));
    list.rows = count;
    reference::Page {
        table,
        list,
        names: vec![("fy26-plan".into(), 2), ("fy26-baseline".into(), 701)],
        rows: rows.collect(),
        pasted: "of,in,rate,from\n".into(),
        problem: None,
    }
}

fn products_page(lang: Lang) -> products::Page {
    let mut list = List::new("/console/products");
    list.rows = 606;
    products::Page {
        list,
        rows: vec![products::Row {
            code: "LARK-300".into(),
            name: lang.say("クロスバイク Lark 300", "Cross bike Lark 300").into(),
            categories: vec![
                lang.say("自転車", "Bikes").into(),
                lang.say("クロスバイク", "Cross bikes").into(),
            ],
            attributes: vec![(lang.say("色", "colour").into(), lang.say("青", "blue").into())],
        }],
    }
}

fn imports_page(lang: Lang) -> imports::Page {
    let row = |file: &str, state| imports::Row {
        id: "imp_1".into(),
        file: file.into(),
        kind: ImportKind::Lines,
        mapping: Some("ERP".into()),
        at: now(),
        by: lang.say("基幹システム", "ERP system").into(),
        state,
        rows: 60_855,
        accepted: 60_800,
        known: 20,
        rejected: 35,
    };
    let mut list = List::new("/console/imports");
    list.rows = 4;
    imports::Page {
        list,
        rows: vec![
            row("hibari_sales_202606.csv", ImportState::ToMap),
            row("hibari_sales_202605.csv", ImportState::Reading),
            row("hibari_sales_202604.csv", ImportState::Done),
            row("broken.xlsx", ImportState::Failed),
        ],
    }
}

fn known() -> Progress {
    Progress {
        state: ImportState::Done,
        read: 60_855,
        rows: Some(60_855),
        accepted: 0,
        known: 60_855,
        rejected: 0,
        waiting: 0,
        rows_per_second: None,
        seconds_left: None,
        failure: None,
    }
}

fn failed(lang: Lang) -> Progress {
    Progress {
        state: ImportState::Failed,
        rows: None,
        failure: Some(
            lang.say(
                "ファイルが途中で切れています。読めた2,806行は登録しました。",
                "The file is cut off. The 2,806 rows read were kept.",
            )
            .into(),
        ),
        ..reading()
    }
}

/// A partner's report that waits to be taken.
fn review_page(lang: Lang) -> import::Page {
    let mut progress = known();
    progress.state = ImportState::Review;
    let read = |text: &str| Ok(text.to_owned());
    import::Page {
        known: None,
        progress,
        report: import::Report {
            reviewed: None,
            preview_fields: ["key", "date", "amount"].map(str::to_owned).to_vec(),
            preview: vec![
                vec![read("S-1"), read("2026-06-01"), read("120000")],
                vec![read("S-2"), Err("not a date".into()), read("8000")],
            ],
            has_file: true,
        },
        rows: vec![],
        ..import_page(lang)
    }
}

fn import_page(lang: Lang) -> import::Page {
    let mut list = List::new("/console/imports/imp_1");
    list.filter = Some("rejected".into());
    list.rows = 35;
    import::Page {
        known: Some(("/console/imports/imp_1/known".into(), 12)),
        report: import::Report {
            reviewed: None,
            preview_fields: vec![],
            preview: vec![],
            has_file: false,
        },
        proofs: super::settle::proofs(lang, false),
        id: "imp_1".into(),
        file: "hibari_sales_202605.csv".into(),
        bytes: 4_215_000,
        kind: ImportKind::Lines,
        mapping: Some("ERP".into()),
        at: now(),
        by: lang.say("中村", "Nakamura").into(),
        progress: reading(),
        list,
        rows: answers(lang),
    }
}

fn form(lang: Lang) -> MappingForm {
    let column = |heading: &str, cells: [&str; 2], field: &str| FileColumn {
        heading: heading.into(),
        cells: cells.map(Into::into).to_vec(),
        field: field.into(),
    };
    let pair = |value: &str, label: &str| (value.to_string(), label.to_string());
    MappingForm {
        name: "ERP".into(),
        kind: ImportKind::Lines,
        layout: Layout {
            encoding: "auto".into(),
            delimiter: "auto".into(),
            header_row: 1,
            review: Some(true),
            dates: "year_first".into(),
            numbers: "point".into(),
            sheet: Some("Sheet1".into()),
        },
        columns: vec![
            column("伝票番号", ["9127", "9128"], "document"),
            column("出荷日", ["2026/3/24", "2026/3/25"], "date"),
            column("倉庫", ["宇都宮", "小山"], "attribute.倉庫"),
            column("備考", ["", ""], ""),
        ],
        constants: vec![Constant {
            field: "currency".into(),
            label: lang.say("通貨", "Currency").into(),
            value: "JPY".into(),
        }],
        fields: vec![
            pair("document", lang.say("伝票番号", "Document")),
            pair("date", lang.say("日付", "Date")),
            pair("amount", lang.say("金額", "Amount")),
        ],
        encodings: vec![pair("auto", lang.say("自動", "Found out"))],
        delimiters: vec![pair("auto", lang.say("自動", "Found out"))],
        number_formats: vec![pair("point", "1,234.5"), pair("comma", "1.234,5")],
        date_formats: vec![pair("year_first", "2026-04-01")],
        base: "mapping: ERP".into(),
        missing: vec![lang.say("金額", "Amount").into()],
    }
}

fn map_page(lang: Lang) -> import_map::Page {
    let bad = lang.say("日付ではありません", "not a date").to_string();
    import_map::Page {
        id: "imp_1".into(),
        file: "hibari_sales_202605.csv".into(),
        bytes: 4_215_000,
        mapping: form(lang),
        preview: vec![
            vec![Ok("9127".into()), Ok("2026-03-24".into())],
            vec![Ok("9128".into()), Err(bad)],
        ],
        preview_fields: vec![
            lang.say("伝票番号", "Document").into(),
            lang.say("日付", "Date").into(),
        ],
        problem: None,
    }
}
