//! The words of statements, in Japanese and English, and how figures and days are written there.

use domain::amount::Currency;
use domain::explain::Lang;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{
    AdjustmentPart, Counted, Names, NoteKind, PaperKind, Pays, ProgramPart, Statement, TermPart,
};

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
    pub contract: &'static str,
    pub credit_title: &'static str,
    pub debit_title: &'static str,
    pub credited: &'static str,
    pub settled_by: &'static str,
    pub settled_credit: &'static str,
    pub pay_to: &'static str,
    pub pay_unknown: &'static str,
    pub sub_qualified: &'static str,
    pub sub_vat: &'static str,
    pub sub_unchanged: &'static str,
    pub sub_none: &'static str,
    pub sub_corrected: &'static str,
    pub sub_vat_back: &'static str,
    pub of_statement: &'static str,
    pub note_corrected: &'static str,
    pub note_vat_back: &'static str,
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
    contract: "Contract",
    credit_title: "Credit note",
    debit_title: "Debit note",
    credited: "Amount credited",
    settled_by: "Settled by",
    settled_credit: "credit, without a transfer",
    pay_to: "Please pay to",
    pay_unknown: "see your contact above",
    sub_qualified: "Qualified return invoice",
    sub_vat: "Credit note for value added tax",
    sub_unchanged: "Value added tax unchanged",
    sub_none: "Rebates credited to your account",
    sub_corrected: "Correction of qualified return invoices",
    sub_vat_back: "Correction of credit notes for value added tax",
    of_statement: "This document settles rebate statement {number}.",
    note_corrected: "This document corrects qualified return invoices of earlier periods: it takes \
        back consideration that was returned too much. Tax is rounded once for this document and \
        each rate.",
    note_vat_back: "This document takes back a reduction of the taxable amount that was credited \
        too much (Directive 2006/112/EC, articles 90 and 219). Please correct your deduction of \
        input tax by the amount of tax shown.",
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
    contract: "契約番号",
    credit_title: "クレジットノート(売掛金充当)",
    debit_title: "リベート返還請求書",
    credited: "充当金額",
    settled_by: "決済方法",
    settled_credit: "売掛金に充当(振込なし)",
    pay_to: "お振込先",
    pay_unknown: "上記窓口へお問い合わせください",
    sub_qualified: "適格返還請求書",
    sub_vat: "クレジットノート(付加価値税の修正)",
    sub_unchanged: "付加価値税の修正なし",
    sub_none: "リベート充当のお知らせ",
    sub_corrected: "適格返還請求書の修正",
    sub_vat_back: "クレジットノートの修正(付加価値税)",
    of_statement: "本書は計算書 {number} を決済するものです。",
    note_corrected: "本書は、過去の期間に交付した適格返還請求書を修正するものです(返還済みの対価のうち\
        過大であった分)。消費税額等の端数処理は、本書につき税率ごとに1回行っています。",
    note_vat_back: "本書は、過大に行った課税標準の減額を修正するものです(EU指令2006/112/EC 第90条・\
        第219条)。記載の税額に応じて仕入税額控除を修正してください。",
};

/// The words of a language.
pub fn words(lang: Lang) -> &'static Words {
    match lang {
        Lang::En => &EN,
        Lang::Ja => &JA,
    }
}

impl Words {
    /// The title of a paper.
    pub fn title_of(&self, statement: &Statement) -> &'static str {
        match statement.note.as_ref().map(|note| note.kind) {
            None => self.title,
            Some(NoteKind::Credit) => self.credit_title,
            Some(NoteKind::Debit) => self.debit_title,
        }
    }

    /// What a paper is, below its title.
    pub fn paper_of(&self, statement: &Statement) -> &'static str {
        match (statement.note.as_ref().map(|note| note.kind), statement.kind) {
            (None, kind) => self.paper(kind),
            (Some(NoteKind::Credit), PaperKind::QualifiedReturn) => self.sub_qualified,
            (Some(NoteKind::Credit), PaperKind::CreditNote) => self.sub_vat,
            (Some(NoteKind::Credit), PaperKind::Statement) => self.sub_none,
            (Some(NoteKind::Debit), PaperKind::QualifiedReturn) => self.sub_corrected,
            (Some(NoteKind::Debit), PaperKind::CreditNote) => self.sub_vat_back,
            (Some(NoteKind::Debit), PaperKind::Statement) => "",
            (Some(_), PaperKind::CreditNoteUnchanged) => self.sub_unchanged,
        }
    }

    /// How the amount goes from one to the other: label and text.
    pub fn settled(&self, statement: &Statement) -> Option<(&'static str, String)> {
        let account = statement.account.as_deref().unwrap_or(self.no_account);
        let holder = statement.account_holder.as_deref().unwrap_or_default();
        match &statement.note {
            None if statement.total.0.is_sign_negative() => None,
            None => Some((self.account, format!("{account} {holder}").trim().to_owned())),
            Some(note) => Some(match (note.kind, &note.pay_to) {
                (NoteKind::Credit, _) => (self.settled_by, self.settled_credit.to_owned()),
                (NoteKind::Debit, Some((account, holder))) => {
                    (self.pay_to, format!("{account} {holder}"))
                }
                (NoteKind::Debit, None) => (self.pay_to, self.pay_unknown.to_owned()),
            }),
        }
    }

    /// What the amount of the paper is.
    pub fn amount_label(&self, statement: &Statement) -> &'static str {
        match statement.note.as_ref().map(|note| note.kind) {
            Some(NoteKind::Credit) => self.credited,
            _ if statement.total.0.is_sign_negative() => self.claimed,
            _ => self.payable,
        }
    }

    /// The notes at the foot of a paper.
    pub fn notes_of(&self, statement: &Statement) -> Vec<String> {
        let kind = statement.note.as_ref().map(|note| note.kind);
        let text = match (kind, statement.kind) {
            (Some(NoteKind::Debit), PaperKind::QualifiedReturn) => self.note_corrected,
            (Some(NoteKind::Debit), PaperKind::CreditNote) => self.note_vat_back,
            (_, kind) => self.note(kind),
        };
        let mut notes = vec![text.to_owned()];
        let is_reduced = statement.tax_lines.iter().any(|line| line.is_reduced);
        if statement.kind == PaperKind::QualifiedReturn && is_reduced {
            notes.push(self.note_reduced.to_owned());
        }
        let of = statement.note.as_ref();
        notes.extend(of.map(|note| self.of_statement.replace("{number}", &note.statement)));
        notes
    }

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

/// The heading of what orders of a reward are paid.
pub fn reward(lang: Lang, name: &str) -> String {
    match lang {
        Lang::Ja => format!("交換品：{name}"),
        Lang::En => format!("Reward: {name}"),
    }
}

/// The order of a reward, by its key.
pub fn order(lang: Lang, key: &str) -> String {
    match lang {
        Lang::Ja => format!("注文 {key}"),
        Lang::En => format!("Order {key}"),
    }
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

/// An adjustment: why, and of which term.
pub fn adjustment(lang: Lang, words: &Words, one: &AdjustmentPart) -> String {
    let mut text = words.adjustment.to_owned();
    if let Some((code, names)) = &one.term {
        text = format!("{text} ({})", named(lang, names, code));
    }
    match one.reason.trim() {
        "" => text,
        reason => format!("{text}: {reason}"),
    }
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
