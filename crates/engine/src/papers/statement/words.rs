//! The words of statements, in Japanese and English, and how figures and days are written there.

use domain::amount::Currency;
use domain::explain::Lang;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Counted, Names, PaperKind, Pays, ProgramPart, TermPart};

/// The words of one language.
pub struct Words {
    pub title: &'static str,
    pub qualified_return: &'static str,
    pub credit_note: &'static str,
    pub credit_note_unchanged: &'static str,
    pub payment_advice: &'static str,
    pub number: &'static str,
    pub issued: &'static str,
    pub period: &'static str,
    pub currency: &'static str,
    pub to: &'static str,
    pub honorific: &'static str,
    pub partner_code: &'static str,
    pub registration: &'static str,
    pub tax_number: &'static str,
    pub contact: &'static str,
    pub payable: &'static str,
    pub claimed: &'static str,
    pub due: &'static str,
    pub account: &'static str,
    pub no_account: &'static str,
    pub term: &'static str,
    pub basis: &'static str,
    pub tier: &'static str,
    pub rate: &'static str,
    pub amount: &'static str,
    pub prior: &'static str,
    /// What of the terms a moved tier made.
    pub rated: &'static str,
    pub adjustment: &'static str,
    pub carried_in: &'static str,
    pub carried_out: &'static str,
    pub payout: &'static str,
    pub tax_rate: &'static str,
    pub net: &'static str,
    pub tax: &'static str,
    pub gross: &'static str,
    pub reduced: &'static str,
    pub total: &'static str,
    pub page: &'static str,
    pub note_qualified: &'static str,
    pub note_reduced: &'static str,
    pub note_credit: &'static str,
    pub note_unchanged: &'static str,
    pub note_none: &'static str,
    pub lines: &'static str,
    pub summary: &'static str,
    pub program: &'static str,
    pub group: &'static str,
    pub day: &'static str,
    pub document: &'static str,
    pub kind: &'static str,
    pub product: &'static str,
    pub product_name: &'static str,
    pub quantity: &'static str,
    pub line_amount: &'static str,
    pub counted: &'static str,
    pub share: &'static str,
    pub line_currency: &'static str,
    pub line_unit: &'static str,
    pub converted: &'static str,
}

const EN: Words = Words {
    title: "Rebate statement",
    qualified_return: "Qualified return invoice and payment advice",
    credit_note: "Credit note and payment advice",
    credit_note_unchanged: "Credit note (VAT unchanged) and payment advice",
    payment_advice: "Payment advice",
    number: "Number",
    issued: "Date",
    period: "Period",
    currency: "Currency",
    to: "To",
    honorific: "",
    partner_code: "Partner code",
    registration: "Registration number",
    tax_number: "Tax number",
    contact: "Contact",
    payable: "Amount payable",
    claimed: "Amount due to us",
    due: "Payable by",
    account: "Paid to",
    no_account: "no account known yet",
    term: "Term",
    basis: "Basis",
    tier: "Tier",
    rate: "Rate",
    amount: "Amount",
    prior: "Prior period",
    rated: "of which by a higher or lower tier on earlier lines",
    adjustment: "Adjustment",
    carried_in: "Carried in",
    carried_out: "Carried forward",
    payout: "Payout",
    tax_rate: "Tax rate",
    net: "Net",
    tax: "Tax",
    gross: "Gross",
    reduced: "reduced rate",
    total: "Total",
    page: "Page",
    note_qualified: "Qualified return invoice under article 57-4 (3) of the Consumption Tax Act: it \
        returns consideration for taxable sales of the period above. Tax is rounded once for this \
        document and each rate.",
    note_reduced: "※ Sales of goods of the reduced rate.",
    note_credit: "This credit note reduces the taxable amount of the supplies invoiced in the \
        period above (Directive 2006/112/EC, articles 90 and 219). Please correct your deduction \
        of input tax by the amount of tax shown.",
    note_unchanged: "This credit note does not change the value added tax of the supplies \
        invoiced in the period above. Please leave your deduction of input tax as it is.",
    note_none: "No consumption tax or value added tax is corrected by this document.",
    lines: "Lines",
    summary: "Statement",
    program: "Program",
    group: "Group",
    day: "Date",
    document: "Document",
    kind: "Kind",
    product: "Product",
    product_name: "Product name",
    quantity: "Quantity",
    line_amount: "Amount",
    counted: "Counted",
    share: "Rebate",
    line_currency: "Currency",
    line_unit: "Unit",
    converted: "Converted by",
};

const JA: Words = Words {
    title: "リベート計算書",
    qualified_return: "適格返還請求書 兼 支払通知書",
    credit_note: "クレジットノート 兼 支払通知書",
    credit_note_unchanged: "クレジットノート(付加価値税の修正なし) 兼 支払通知書",
    payment_advice: "支払通知書",
    number: "番号",
    issued: "発行日",
    period: "対象期間",
    currency: "通貨",
    to: "宛先",
    honorific: "御中",
    partner_code: "取引先コード",
    registration: "登録番号",
    tax_number: "税務番号",
    contact: "お問い合わせ",
    payable: "お支払金額",
    claimed: "ご請求金額",
    due: "お支払期日",
    account: "お振込先",
    no_account: "口座未登録",
    term: "条件",
    basis: "対象実績",
    tier: "適用ランク",
    rate: "率・単価",
    amount: "金額",
    prior: "前期以前の訂正",
    rated: "うち段階の変動による計上済み分の差額",
    adjustment: "調整",
    carried_in: "前期繰越",
    carried_out: "次期繰越",
    payout: "支払額",
    tax_rate: "税率",
    net: "税抜金額",
    tax: "消費税額等",
    gross: "税込金額",
    reduced: "軽減税率",
    total: "合計",
    page: "ページ",
    note_qualified: "本書は消費税法第57条の4第3項に定める適格返還請求書です。上記対象期間の課税売上げに\
        係る対価の返還等です。消費税額等の端数処理は、本書につき税率ごとに1回行っています。",
    note_reduced: "※は軽減税率対象です。",
    note_credit: "本書は、上記対象期間に請求した取引の課税標準を減額するものです(EU指令2006/112/EC \
        第90条・第219条)。記載の税額に応じて仕入税額控除を修正してください。",
    note_unchanged: "本書は、上記対象期間に請求した取引の付加価値税を変更しません。仕入税額控除の修正は\
        不要です。",
    note_none: "本書による消費税額等の調整はありません。",
    lines: "明細",
    summary: "計算書",
    program: "プログラム",
    group: "区分",
    day: "日付",
    document: "伝票番号",
    kind: "種類",
    product: "商品コード",
    product_name: "商品名",
    quantity: "数量",
    line_amount: "金額",
    counted: "対象実績",
    share: "リベート額",
    line_currency: "通貨",
    line_unit: "単位",
    converted: "適用した換算",
};

/// The words of a language.
pub fn words(lang: Lang) -> &'static Words {
    match lang {
        Lang::En => &EN,
        Lang::Ja => &JA,
    }
}

impl Words {
    /// What a paper is, below its title.
    pub fn paper(&self, kind: PaperKind) -> &'static str {
        match kind {
            PaperKind::Statement => self.payment_advice,
            PaperKind::QualifiedReturn => self.qualified_return,
            PaperKind::CreditNote => self.credit_note,
            PaperKind::CreditNoteUnchanged => self.credit_note_unchanged,
        }
    }

    pub fn note(&self, kind: PaperKind) -> &'static str {
        match kind {
            PaperKind::Statement => self.note_none,
            PaperKind::QualifiedReturn => self.note_qualified,
            PaperKind::CreditNote => self.note_credit,
            PaperKind::CreditNoteUnchanged => self.note_unchanged,
        }
    }
}

/// The name in a language, or whatever there is, or the code.
pub fn named<'a>(lang: Lang, names: &'a Names, code: &'a str) -> &'a str {
    lang.of(names).filter(|name| !name.trim().is_empty()).unwrap_or(code)
}

/// A day as people write it.
pub fn day(lang: Lang, day: Date) -> String {
    match lang {
        Lang::Ja => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        Lang::En => day.strftime("%-d %B %Y").to_string(),
    }
}

/// Two days as people write them.
pub fn span(lang: Lang, from: Date, to: Date) -> String {
    match lang {
        Lang::Ja => format!("{} ～ {}", day(lang, from), day(lang, to)),
        Lang::En => format!("{} – {}", day(lang, from), day(lang, to)),
    }
}

/// An amount with the decimals of its currency, digits in groups of three.
pub fn money(amount: Decimal, unit: &str) -> String {
    let decimals = Currency::parse(unit).map_or(2, Currency::decimals);
    let mut amount = amount.normalize();
    // Awards may be finer than what is paid; nothing is hidden.
    if amount.scale() < decimals {
        amount.rescale(decimals);
    }
    grouped(amount)
}

/// A number with digits in groups of three.
pub fn grouped(number: Decimal) -> String {
    let text = number.abs().to_string();
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(w, r)| (w, Some(r)));
    let mut digits = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            digits.push(',');
        }
        digits.push(digit);
    }
    let sign = if number.is_sign_negative() && !number.is_zero() { "−" } else { "" };
    match rest {
        Some(rest) => format!("{sign}{digits}.{rest}"),
        None => format!("{sign}{digits}"),
    }
}

/// An amount with its currency.
pub fn with_currency(lang: Lang, amount: Decimal, unit: &str) -> String {
    match (lang, unit) {
        (Lang::Ja, "JPY") => format!("{}円", money(amount, unit)),
        _ => format!("{unit} {}", money(amount, unit)),
    }
}

pub fn percent(share: Decimal) -> String {
    format!("{}%", (share * Decimal::ONE_HUNDRED).normalize())
}

/// What a term was counted on.
pub fn basis(lang: Lang, term: &TermPart, unit: &str) -> String {
    let Some(basis) = term.basis.map(|basis| basis.0) else { return String::new() };
    match &term.counted {
        Counted::Money => money(basis, unit),
        Counted::Quantity(Some(of)) => format!("{} {of}", grouped(basis.normalize())),
        Counted::Facts => match lang {
            Lang::Ja => format!("{}件", grouped(basis.normalize())),
            Lang::En => format!("{} lines", grouped(basis.normalize())),
        },
        Counted::Quantity(None) | Counted::Plain => grouped(basis.normalize()),
    }
}

pub fn tier(lang: Lang, term: &TermPart) -> String {
    match (lang.of(&term.tier_names), term.tier) {
        (Some(name), _) => name.to_owned(),
        (None, Some(tier)) => tier.to_string(),
        (None, None) => String::new(),
    }
}

/// What the rows that were used pay.
pub fn rates(lang: Lang, term: &TermPart, unit: &str) -> String {
    let one = |pays: &Pays| match (lang, pays) {
        (_, Pays::Rate(share)) => percent(share.0),
        (Lang::En, Pays::PerUnit(amount)) => format!("{} each", money(amount.0, unit)),
        (Lang::Ja, Pays::PerUnit(amount)) => format!("単価 {}", money(amount.0, unit)),
        (_, Pays::Factor(factor)) => format!("× {}", factor.0.normalize()),
        (Lang::En, Pays::Fixed(amount)) => format!("{} fixed", money(amount.0, unit)),
        (Lang::Ja, Pays::Fixed(amount)) => format!("定額 {}", money(amount.0, unit)),
    };
    term.pays.iter().map(one).collect::<Vec<_>>().join(" / ")
}

/// A term with what tells it from others of its name.
pub fn term(lang: Lang, program: &ProgramPart, term: &TermPart) -> String {
    let mut text = named(lang, &term.names, &term.code).to_owned();
    if !term.group.is_empty() {
        text = format!("{text} ({})", term.group);
    }
    if term.is_prior || term.period != program.period {
        text = format!("{text} [{}]", term.period);
    }
    text
}

/// The kind of a line.
pub fn line_kind(lang: Lang, kind: &str) -> &str {
    match (lang, kind) {
        (Lang::Ja, "sale") => "売上",
        (Lang::Ja, "return") => "返品",
        (Lang::Ja, "credit_note") => "赤伝",
        (Lang::Ja, "activity") => "活動",
        (Lang::En, "sale") => "Sale",
        (Lang::En, "return") => "Return",
        (Lang::En, "credit_note") => "Credit note",
        (Lang::En, "activity") => "Activity",
        (_, other) => other,
    }
}
