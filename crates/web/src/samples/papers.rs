//! Payment files, statements, the books, who is paid.

use jiff::civil::date;

use super::Gallery;
use super::build::*;
use crate::console::papers::payments::{Due, Found, State};
use crate::console::papers::{
    account, accounting, company, notes, payee, payees, payments, statements,
};
use crate::i18n::Lang;
use crate::view::PartnerRef;

pub fn add(gallery: &mut Gallery) {
    let lang = gallery.lang;
    gallery.manager("console-payments", &payments_page(lang));
    let empty = payments::Page {
        rows: vec![],
        accounts: vec![],
        draft: payments::Draft::default(),
        found: None,
    };
    gallery.manager("console-payments-empty", &empty);
    gallery.manager("console-payment", &run_page(lang));
    gallery.manager("console-payment-paid", &paid_run_page(lang));
    gallery.manager("console-notes", &notes_page(lang));
    let empty = notes::Page { waiting: vec![], rows: vec![] };
    gallery.manager("console-notes-empty", &empty);
    gallery.manager("console-note", &note_page(lang));
    gallery.manager("console-note-void", &ended_note_page(lang));
    gallery.manager("console-statements", &statements_page(lang));
    let empty = statements::Page { rows: vec![], open: 0, problem: Some("x".into()) };
    gallery.manager("console-statements-empty", &empty);
    gallery.partner(
        "portal-statements",
        &statements::OwnPage { rows: rows(lang), notes: notes_page(lang).rows },
    );
    gallery
        .partner("portal-statements-empty", &statements::OwnPage { rows: vec![], notes: vec![] });
    gallery.manager("console-accounting", &accounting_page(lang));
    let empty = accounting::Page { rows: vec![], new: 0, draft: accounting::Draft::default() };
    gallery.manager("console-accounting-empty", &empty);
    gallery.manager("console-payee", &payee_page(lang));
    gallery.manager("console-payees", &payees_page(lang));
    gallery.manager("console-payees-empty", &payees::Page { rows: vec![], total: 0 });
    gallery.manager("console-company", &company_page(lang));
}

fn shop(lang: Lang) -> PartnerRef {
    let name = lang.say("株式会社山田自転車商会 髙﨑支店", "Yamada Cycle Shokai, Takasaki");
    PartnerRef { code: "TOK-0012".into(), name: name.into() }
}

fn by(lang: Lang) -> (String, jiff::civil::DateTime) {
    (lang.say("小野 直子", "Naoko Ono").into(), now())
}

fn run(lang: Lang, number: &str, state: State) -> payments::Row {
    payments::Row {
        number: number.into(),
        format: lang.words().papers.format_zengin,
        account: "main".into(),
        day: date(2026, 7, 31),
        payments: 408,
        total: yen(31_204_800),
        state,
        created: by(lang),
    }
}

fn due(lang: Lang, detail: &str) -> Due {
    Due { partner: shop(lang), amount: yen(123_456), detail: detail.into() }
}

fn payments_page(lang: Lang) -> payments::Page {
    payments::Page {
        rows: vec![
            run(lang, "PR-2026-0003", State::Filed),
            run(lang, "PR-2026-0002", State::Withdrawn),
            run(lang, "PR-2026-0001", State::Paid),
        ],
        accounts: vec![("main".into(), "main (JPY, 0001-110 ••••321)".into())],
        draft: payments::Draft {
            account: "main".into(),
            until: "2026-07-31".into(),
            day: "2026-07-31".into(),
            problem: None,
        },
        found: Some(Found {
            ready: vec![due(lang, "0005-001 ••••567"), due(lang, "0009-110 ••••210")],
            exceptions: vec![due(lang, lang.words().papers.fault_no_account)],
            unstated: 2,
            noted: 3,
            day: jiff::civil::date(2026, 8, 3),
            notes: vec![lang.words().papers.closed_weekend.to_owned()],
            total: yen(246_912),
            said: "246912".into(),
        }),
    }
}

fn run_page(lang: Lang) -> payments::RunPage {
    payments::RunPage {
        row: run(lang, "PR-2026-0003", State::Filed),
        file_name: "PR-2026-0003.txt".into(),
        fingerprint: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        ended: Some(by(lang)),
        transfers: vec![
            transfer(lang, 1, "ST-2026-000042"),
            transfer(lang, 2, "ST-2026-000043 ST-2026-000044"),
        ],
        today: now().date(),
    }
}

fn transfer(lang: Lang, position: i64, detail: &str) -> payments::Transfer {
    let why = lang.say("口座解約済み", "account closed");
    let said = [("day", "2026-08-04"), ("reason", why), ("who", "Ono")];
    let back = crate::i18n::fill(lang.words().papers.came_back_said, &said);
    payments::Transfer {
        position,
        due: due(lang, detail),
        returned: (position == 2).then_some(back),
    }
}

/// The same file when the bank has paid it.
fn paid_run_page(lang: Lang) -> payments::RunPage {
    payments::RunPage { row: run(lang, "PR-2026-0001", State::Paid), ..run_page(lang) }
}

fn note(lang: Lang, number: &str, way: notes::Way, state: &'static str) -> notes::Row {
    notes::Row {
        number: number.into(),
        way,
        partner: shop(lang),
        statement: "ST-2026-000042".into(),
        issued: date(2026, 7, 20),
        due: date(2026, 8, 19),
        total: yen(99_550),
        state,
    }
}

fn notes_page(lang: Lang) -> notes::Page {
    let waiting = |way, fault: Option<&str>| notes::Waiting {
        statement: "ST-2026-000046".into(),
        way,
        partner: shop(lang),
        total: yen(99_550),
        fault: fault.map(Into::into),
    };
    notes::Page {
        waiting: vec![
            waiting(notes::Way::Credit, None),
            waiting(notes::Way::Demand, None),
            waiting(notes::Way::Credit, Some(lang.words().papers.fault_held)),
        ],
        rows: vec![
            note(lang, "DN-2026-000003", notes::Way::Demand, "issued"),
            note(lang, "DN-2026-000002", notes::Way::Demand, "received"),
            note(lang, "CN-2026-000001", notes::Way::Credit, "issued"),
        ],
    }
}

fn note_page(lang: Lang) -> notes::NotePage {
    notes::NotePage {
        row: note(lang, "DN-2026-000003", notes::Way::Demand, "issued"),
        by: by(lang),
        received: None,
        ended: None,
        comment: None,
        today: now().date(),
    }
}

fn ended_note_page(lang: Lang) -> notes::NotePage {
    notes::NotePage {
        row: note(lang, "CN-2026-000001", notes::Way::Credit, "void"),
        ended: Some(by(lang)),
        received: Some(now().date()),
        comment: Some(lang.say("対象月の誤り", "wrong month").into()),
        ..note_page(lang)
    }
}

fn rows(lang: Lang) -> Vec<statements::Row> {
    let row = |number: &str, state| statements::Row {
        id: "stm_1".into(),
        number: number.into(),
        partner: shop(lang),
        from: date(2026, 4, 1),
        to: date(2026, 6, 30),
        due: date(2026, 7, 30),
        tax: yen(9_050),
        total: yen(99_550),
        state,
        agreed: (state == "paid")
            .then(|| lang.say("7月25日に佐藤が同意", "Agreed 25 July by Sato").into()),
    };
    vec![
        row("ST-2026-000045", "issued"),
        row("ST-2026-000044", "filed"),
        row("ST-2026-000043", "paid"),
        row("ST-2026-000042", "void"),
        row("ST-2026-000041", "credited"),
        row("ST-2026-000040", "claimed"),
        row("ST-2026-000039", "received"),
    ]
}

fn statements_page(lang: Lang) -> statements::Page {
    statements::Page { rows: rows(lang), open: 12, problem: None }
}

fn accounting_page(lang: Lang) -> accounting::Page {
    let row = |number: &str, first, last| accounting::Row {
        number: number.into(),
        first,
        last,
        entries: 14_208,
        created: by(lang),
    };
    accounting::Page {
        rows: vec![row("AX-000002", 14_209, 28_416), row("AX-000001", 1, 14_208)],
        new: 312,
        draft: accounting::Draft {
            layout: "detail".into(),
            accounts: "expense, *, 6400, 売上割戻\npayable, *, 2150, 未払金".into(),
            cost_centres: "bikes-volume, CC-100".into(),
            cost_centre: "CC-900".into(),
            problem: None,
        },
    }
}

fn payees_page(lang: Lang) -> payees::Page {
    let row = |is_own| payees::Row {
        partner: shop(lang),
        number: "0005-001 ••••567".into(),
        holder: "ヤマダジテンシャショウカイ".into(),
        by: by(lang).0,
        at: now(),
        key: "1 TOK-0012".into(),
        is_own,
    };
    payees::Page { rows: vec![row(false), row(true)], total: 5 }
}

fn payee_page(lang: Lang) -> payee::Page {
    let (by, at) = by(lang);
    let shown = |number: &str| payee::Shown {
        number: number.into(),
        holder: "カ）ヤマダジテンシャショウカイ".into(),
        by: by.clone(),
        at,
    };
    payee::Page {
        partner: shop(lang),
        details: payee::Details {
            name: "株式会社山田自転車商会".into(),
            street: "田町1-2-3".into(),
            postal_code: "370-0824".into(),
            town: "群馬県高崎市".into(),
            country: "JP".into(),
            tax_number: "T4011001098993".into(),
            treatment: "japan".into(),
            vat_rate: String::new(),
            credited_in: "JPY".into(),
        },
        account: Some(shown("0005-001 ••••567")),
        asked: Some(shown("0009-110 ••••210")),
        is_own: false,
        draft: account::Draft::default(),
    }
}

fn company_page(lang: Lang) -> company::Page {
    company::Page {
        draft: company::Draft {
            name_en: "Hibari Cycles Co., Ltd.".into(),
            name_ja: "ひばりサイクル株式会社".into(),
            country: "JP".into(),
            registration: "T7123456789012".into(),
            client_code: "1234567890".into(),
            client_name: "カ）ヒバリサイクル".into(),
            tax_basis: "added".into(),
            tax_rounding: "down".into(),
            due_days: "30".into(),
            ..company::Draft::default()
        },
        accounts: vec![company::Own {
            code: "main".into(),
            currency: "JPY".into(),
            number: "0001-110 ••••321".into(),
            holder: lang.say("カ）ヒバリサイクル", "Hibari").into(),
        }],
        new: (String::new(), "JPY".into()),
        account: account::Draft::default(),
    }
}
