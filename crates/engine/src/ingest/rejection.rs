//! Rejections: why a row was refused, in a code that programs read and a sentence that people do.
//!
//! A row that has several faults is refused for the first of them in the order of [`Reason`]: what
//! makes the row as a whole unreadable, then what says which fact it is, then the rest, and last
//! what only the stored data can tell.

use super::date::DateError;
use super::number::NumberError;
use super::source::Fault;

/// Why a row was refused. The order is the precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    RowTooLong,
    UnclosedQuote,
    BadEncoding,
    WrongColumnCount,
    CellError,
    MissingKey,
    UnknownKind,
    MissingDate,
    BadDate,
    AmbiguousDate,
    ShortYear,
    ImpossibleDate,
    OutsideEra,
    ZoneNeeded,
    FarDate,
    MissingPartner,
    MissingCode,
    MissingValue,
    BadNumber,
    OtherDecimalSign,
    Percent,
    OutOfRange,
    NotPositive,
    BadCurrency,
    BadCountry,
    BadIban,
    BadBic,
    BadBankDigits,
    BadTaxNumber,
    BadTaxRate,
    BadAccountText,
    UnknownValue,
    BadText,
    TextTooLong,
    ToItself,
    UnknownProgram,
    NotExternal,
    UnknownPeriod,
    UnknownPartner,
    UnknownProduct,
    UnknownSale,
    UnknownFact,
    NegativeReturn,
    OwnAncestor,
    TooManyFields,
    OtherContent,
}

/// A language of sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Japanese,
}

/// A refused row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The row as a person counts it in the file.
    pub row: u64,
    pub reason: Reason,
    /// The heading, or the field where no column is named.
    pub column: Option<String>,
    /// What stood there, shortened.
    pub value: String,
}

const VALUE_CHARS_MAX: usize = 80;

impl Reason {
    pub const ALL: [Reason; 46] = [
        Reason::RowTooLong,
        Reason::UnclosedQuote,
        Reason::BadEncoding,
        Reason::WrongColumnCount,
        Reason::CellError,
        Reason::MissingKey,
        Reason::UnknownKind,
        Reason::MissingDate,
        Reason::BadDate,
        Reason::AmbiguousDate,
        Reason::ShortYear,
        Reason::ImpossibleDate,
        Reason::OutsideEra,
        Reason::ZoneNeeded,
        Reason::FarDate,
        Reason::MissingPartner,
        Reason::MissingCode,
        Reason::MissingValue,
        Reason::BadNumber,
        Reason::OtherDecimalSign,
        Reason::Percent,
        Reason::OutOfRange,
        Reason::NotPositive,
        Reason::BadCurrency,
        Reason::BadCountry,
        Reason::BadIban,
        Reason::BadBic,
        Reason::BadBankDigits,
        Reason::BadTaxNumber,
        Reason::BadTaxRate,
        Reason::BadAccountText,
        Reason::UnknownValue,
        Reason::BadText,
        Reason::TextTooLong,
        Reason::ToItself,
        Reason::UnknownProgram,
        Reason::NotExternal,
        Reason::UnknownPeriod,
        Reason::UnknownPartner,
        Reason::UnknownProduct,
        Reason::UnknownSale,
        Reason::UnknownFact,
        Reason::NegativeReturn,
        Reason::OwnAncestor,
        Reason::TooManyFields,
        Reason::OtherContent,
    ];

    /// The code, which never changes.
    pub fn code(self) -> &'static str {
        match self {
            Reason::RowTooLong => "row_too_long",
            Reason::UnclosedQuote => "unclosed_quote",
            Reason::BadEncoding => "bad_encoding",
            Reason::WrongColumnCount => "wrong_column_count",
            Reason::CellError => "cell_error",
            Reason::MissingKey => "missing_key",
            Reason::UnknownKind => "unknown_kind",
            Reason::MissingDate => "missing_date",
            Reason::BadDate => "bad_date",
            Reason::AmbiguousDate => "ambiguous_date",
            Reason::ShortYear => "short_year",
            Reason::ImpossibleDate => "impossible_date",
            Reason::OutsideEra => "outside_era",
            Reason::ZoneNeeded => "zone_needed",
            Reason::FarDate => "far_date",
            Reason::MissingPartner => "missing_partner",
            Reason::MissingCode => "missing_code",
            Reason::MissingValue => "missing_value",
            Reason::BadNumber => "bad_number",
            Reason::OtherDecimalSign => "other_decimal_sign",
            Reason::Percent => "percent",
            Reason::OutOfRange => "out_of_range",
            Reason::NotPositive => "not_positive",
            Reason::BadCurrency => "bad_currency",
            Reason::BadCountry => "bad_country",
            Reason::BadIban => "bad_iban",
            Reason::BadBic => "bad_bic",
            Reason::BadBankDigits => "bad_bank_digits",
            Reason::BadTaxNumber => "bad_tax_number",
            Reason::BadTaxRate => "bad_tax_rate",
            Reason::BadAccountText => "bad_account_text",
            Reason::UnknownValue => "unknown_value",
            Reason::BadText => "bad_text",
            Reason::TextTooLong => "text_too_long",
            Reason::ToItself => "to_itself",
            Reason::UnknownProgram => "unknown_program",
            Reason::NotExternal => "not_external",
            Reason::UnknownPeriod => "unknown_period",
            Reason::UnknownPartner => "unknown_partner",
            Reason::UnknownProduct => "unknown_product",
            Reason::UnknownSale => "unknown_sale",
            Reason::UnknownFact => "unknown_fact",
            Reason::NegativeReturn => "negative_return",
            Reason::OwnAncestor => "own_ancestor",
            Reason::TooManyFields => "too_many_fields",
            Reason::OtherContent => "other_content",
        }
    }

    pub fn from_code(code: &str) -> Option<Reason> {
        Reason::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// What happened and what to do, with the column and the value where they matter.
    pub fn sentence(self, column: Option<&str>, value: &str, language: Language) -> String {
        let template = match language {
            Language::English => self.english(),
            Language::Japanese => self.japanese(),
        };
        let column = column.unwrap_or("?");
        template.replace("{c}", column).replace("{v}", value)
    }

    #[expect(clippy::too_many_lines, reason = "one sentence for each reason")]
    fn english(self) -> &'static str {
        match self {
            Reason::RowTooLong => {
                "The row is longer than 1 MiB and was left out as a whole (lines: {v}): check that \
                 its line ends and quotation marks are right."
            }
            Reason::UnclosedQuote => {
                "A quotation mark opens in this row and never closes, so all rows to the end were left \
                 out (lines: {v}): close it, or write `quotes: no` into the mapping."
            }
            Reason::BadEncoding => {
                "The row has bytes that mean nothing in the file's encoding: set `encoding` in the \
                 mapping, or save the file as UTF-8."
            }
            Reason::WrongColumnCount => {
                "The row does not have as many cells as the header ({v}): quote cells that contain \
                 the delimiter."
            }
            Reason::CellError => {
                "The cell `{c}` holds the error {v}: repair the formula in the workbook."
            }
            Reason::MissingKey => "`{c}` is empty, but tells this row from all others: fill it in.",
            Reason::UnknownKind => {
                "`{v}` in `{c}` is no kind of fact: add it to the `values` of `kind` in the mapping."
            }
            Reason::MissingDate => "`{c}` is empty, but the row needs its date: fill it in.",
            Reason::BadDate => "`{v}` in `{c}` is not a date: write it as 2026-04-01.",
            Reason::AmbiguousDate => {
                "`{v}` in `{c}` may start with the day or the month: set `dates: day_first` or \
                 `dates: month_first` in the mapping."
            }
            Reason::ShortYear => {
                "`{v}` in `{c}` has no full year: write the year in four digits or with its era."
            }
            Reason::ImpossibleDate => "`{v}` in `{c}` is a day that does not exist: correct it.",
            Reason::OutsideEra => {
                "`{v}` in `{c}` lies outside its era: write the era that the day belongs to."
            }
            Reason::ZoneNeeded => {
                "`{v}` in `{c}` has an offset from UTC: set `time_zone` in the mapping, so that its \
                 day is known."
            }
            Reason::FarDate => {
                "`{v}` in `{c}` lies too many years from the day of the import: correct the year, or \
                 set `years_away` in the mapping if it is right (30 unless it says otherwise)."
            }
            Reason::MissingPartner => {
                "`{c}` is empty, but only a return that names its sale goes without a partner: \
                 fill it in."
            }
            Reason::MissingCode => "`{c}` is empty, but the row needs its code: fill it in.",
            Reason::MissingValue => {
                "`{c}` is empty, but the row is nothing without it: fill it in."
            }
            Reason::NotPositive => "`{v}` in `{c}` is not above zero: correct it.",
            Reason::ToItself => {
                "`{v}` in `{c}` would be converted to itself: name two different ones."
            }
            Reason::BadNumber => "`{v}` in `{c}` is not a number: correct it.",
            Reason::OtherDecimalSign => {
                "`{v}` in `{c}` is a number only with the other decimal sign: set `decimal` in the \
                 mapping."
            }
            Reason::Percent => {
                "`{v}` in `{c}` is a share, not a quantity or an amount: correct it."
            }
            Reason::OutOfRange => {
                "`{v}` in `{c}` has more than 15 digits, or more than 10 behind the decimal sign: correct it."
            }
            Reason::BadCurrency => {
                "`{v}` in `{c}` is no currency: write three capital letters such as USD, or map it \
                 with `values` in the mapping."
            }
            Reason::BadCountry => {
                "`{v}` in `{c}` is no country: write two letters of ISO 3166 such as JP."
            }
            Reason::BadIban => {
                "`{v}` in `{c}` is no IBAN, or its check digits are wrong: look for a mistyped \
                 character."
            }
            Reason::BadBic => {
                "`{v}` in `{c}` is no BIC: write 8 or 11 characters such as DEUTDEFF500."
            }
            Reason::BadBankDigits => {
                "`{v}` in `{c}` is no such code: in Japan a bank has 4 digits, a branch 3, an account 7; \
                 elsewhere an account has up to 34 letters and digits."
            }
            Reason::BadTaxNumber => {
                "`{v}` in `{c}` is no registration number: write T and 13 digits."
            }
            Reason::BadTaxRate => {
                "`{v}` in `{c}` is no rate of tax: write per cent from 0 to below 100, such as \
                 19."
            }
            Reason::BadAccountText => {
                "`{v}` in `{c}` cannot stand in a bank file: write katakana for accounts in Japan, \
                 Latin letters for others."
            }
            Reason::UnknownValue => {
                "`{v}` in `{c}` is not among the `values` of the mapping: add it there."
            }
            Reason::BadText => {
                "`{v}` in `{c}` contains a line break or control character: remove it."
            }
            Reason::TextTooLong => "The text in `{c}` is too long (`{v}`): shorten it.",
            Reason::UnknownProgram => {
                "There is no program `{v}` in force: activate it first, or correct `{c}`."
            }
            Reason::NotExternal => {
                "The term `{v}` in `{c}` takes no amounts from outside: name a term of the program \
                 with `external: true`."
            }
            Reason::UnknownPeriod => {
                "The term has no period `{v}`: write `{c}` as the program names its periods, such as \
                 2026Q1, or a day that lies in one."
            }
            Reason::UnknownPartner => {
                "There is no partner `{v}`: import the partner first, or correct `{c}`."
            }
            Reason::UnknownProduct => {
                "There is no product `{v}`: import the product first, or correct `{c}`."
            }
            Reason::UnknownSale => {
                "There is no sale `{v}` that this row could take back: import the sale first, or \
                 correct `{c}`."
            }
            Reason::UnknownFact => {
                "The key `{v}` was never received, so there is nothing to correct or cancel: send \
                 it as a new fact, or correct `{c}`."
            }
            Reason::NegativeReturn => {
                "`{v}` in `{c}` is below zero, but returns and credit notes are written with \
                 positive numbers: remove the sign."
            }
            Reason::OwnAncestor => {
                "`{v}` in `{c}` would make the partner its own ancestor: correct the parents."
            }
            Reason::TooManyFields => {
                "The row has more fields than can be kept: leave out columns in the mapping."
            }
            Reason::OtherContent => {
                "The key `{v}` was already received with other content: send a correction, or give \
                 the row a key of its own."
            }
        }
    }

    #[expect(clippy::too_many_lines, reason = "one sentence for each reason")]
    fn japanese(self) -> &'static str {
        match self {
            Reason::RowTooLong => {
                "行が 1 MiB を超えているため、全体（{v} 行分）を取り込みませんでした。改行と引用符が正しいか\
                 確認してください。"
            }
            Reason::UnclosedQuote => {
                "この行で始まる引用符が閉じられていないため、末尾まで（{v} 行分）を取り込みませんでした。\
                 引用符を閉じるか、マッピングに `quotes: no` を指定してください。"
            }
            Reason::BadEncoding => {
                "ファイルの文字コードで読めないバイトがあります。マッピングの `encoding` を指定するか、\
                 UTF-8 で保存してください。"
            }
            Reason::WrongColumnCount => {
                "列の数が見出し行と異なります（{v}）。区切り文字を含むセルは引用符で囲んでください。"
            }
            Reason::CellError => {
                "「{c}」のセルがエラー値 {v} です。ブックの数式を修正してください。"
            }
            Reason::MissingKey => "行を識別する「{c}」が空です。入力してください。",
            Reason::UnknownKind => {
                "「{c}」の「{v}」は取引種別として登録されていません。マッピングの `kind` の `values` に\
                 追加してください。"
            }
            Reason::MissingDate => "日付「{c}」が空です。入力してください。",
            Reason::BadDate => {
                "「{c}」の「{v}」は日付として読めません。2026-04-01 の形で入力してください。"
            }
            Reason::AmbiguousDate => {
                "「{c}」の「{v}」は日と月の順序が決まりません。マッピングに `dates: day_first` または \
                 `dates: month_first` を指定してください。"
            }
            Reason::ShortYear => {
                "「{c}」の「{v}」は年が不完全です。西暦 4 桁または元号で入力してください。"
            }
            Reason::ImpossibleDate => "「{c}」の「{v}」は存在しない日付です。修正してください。",
            Reason::OutsideEra => {
                "「{c}」の「{v}」は元号の期間外です。正しい元号で入力してください。"
            }
            Reason::ZoneNeeded => {
                "「{c}」の「{v}」には UTC からの時差があります。日付を決めるため、マッピングに `time_zone` \
                 を指定してください。"
            }
            Reason::FarDate => {
                "「{c}」の「{v}」は取込日から離れすぎています。年を修正してください。正しい日付であれば、\
                 マッピングの `years_away`（指定がなければ 30 年）を増やしてください。"
            }
            Reason::MissingPartner => {
                "パートナー「{c}」が空です。省略できるのは元の売上を示す返品だけです。入力してください。"
            }
            Reason::MissingCode => "コード「{c}」が空です。入力してください。",
            Reason::MissingValue => "「{c}」が空です。必須項目ですので入力してください。",
            Reason::NotPositive => {
                "「{c}」の「{v}」は0より大きい数値ではありません。修正してください。"
            }
            Reason::ToItself => {
                "「{c}」の「{v}」は換算元と換算先が同じです。異なるものを指定してください。"
            }
            Reason::BadNumber => "「{c}」の「{v}」は数値ではありません。修正してください。",
            Reason::OtherDecimalSign => {
                "「{c}」の「{v}」は小数点の記号が設定と異なります。マッピングの `decimal` を指定して\
                 ください。"
            }
            Reason::Percent => {
                "「{c}」の「{v}」は割合であり、数量や金額ではありません。修正してください。"
            }
            Reason::OutOfRange => {
                "「{c}」の「{v}」は整数部15桁または小数部10桁を超えています。修正してください。"
            }
            Reason::BadCurrency => {
                "「{c}」の「{v}」は通貨コードではありません。USD のような英大文字 3 文字にするか、\
                 マッピングの `values` で変換してください。"
            }
            Reason::BadCountry => {
                "「{c}」の「{v}」は国コードではありません。JP のような ISO 3166 の英字2文字で入力\
                 してください。"
            }
            Reason::BadIban => {
                "「{c}」の「{v}」は IBAN ではないか、チェックディジットが合いません。\
                 入力の誤りを確かめてください。"
            }
            Reason::BadBic => {
                "「{c}」の「{v}」は BIC ではありません。DEUTDEFF500 のような8桁または11桁で\
                 入力してください。"
            }
            Reason::BadBankDigits => {
                "「{c}」の「{v}」は使えません。国内は銀行コード4桁、支店コード3桁、口座番号7桁以内の数字、\
                 海外の口座番号は34文字以内の英数字で入力してください。"
            }
            Reason::BadTaxNumber => {
                "「{c}」の「{v}」は登録番号ではありません。T と13桁の数字で入力して\
                 ください。"
            }
            Reason::BadTaxRate => {
                "「{c}」の「{v}」は税率ではありません。19 のように、0以上100未満のパーセントの\
                 数値で入力してください。"
            }
            Reason::BadAccountText => {
                "「{c}」の「{v}」は振込データに使えない文字を含みます。国内口座は\
                 カタカナ、それ以外は英字で入力してください。"
            }
            Reason::UnknownValue => {
                "「{c}」の「{v}」はマッピングの `values` にありません。追加してください。"
            }
            Reason::BadText => {
                "「{c}」の「{v}」に改行または制御文字があります。取り除いてください。"
            }
            Reason::TextTooLong => "「{c}」の文字列が長すぎます（「{v}」）。短くしてください。",
            Reason::UnknownProgram => {
                "有効なプログラム「{v}」がありません。先に有効化するか、「{c}」を修正してください。"
            }
            Reason::NotExternal => {
                "「{c}」の条件「{v}」は外部計算の金額を受け付けません。`external: true` の条件を指定して\
                 ください。"
            }
            Reason::UnknownPeriod => {
                "この条件に期間「{v}」はありません。「{c}」には 2026Q1 のようなプログラムの期間名、または\
                 期間内の日付を入力してください。"
            }
            Reason::UnknownPartner => {
                "パートナー「{v}」は登録されていません。先にパートナーを取り込むか、「{c}」を修正して\
                 ください。"
            }
            Reason::UnknownProduct => {
                "商品「{v}」は登録されていません。先に商品を取り込むか、「{c}」を修正してください。"
            }
            Reason::UnknownSale => {
                "元の売上「{v}」が見つかりません。先に売上を取り込むか、「{c}」を修正してください。"
            }
            Reason::UnknownFact => {
                "キー「{v}」は受け取っていないため、訂正も取消もできません。新しい行として送るか、「{c}」を\
                 修正してください。"
            }
            Reason::NegativeReturn => {
                "「{c}」の「{v}」は負の数です。返品とクレジットノートは正の数で入力してください。"
            }
            Reason::OwnAncestor => {
                "「{c}」の「{v}」により、パートナー自身が上位になります。親を修正してください。"
            }
            Reason::TooManyFields => {
                "項目が多すぎて保存できません。マッピングで列を減らしてください。"
            }
            Reason::OtherContent => {
                "キー「{v}」は異なる内容ですでに受け取っています。訂正として送るか、別のキーにして\
                 ください。"
            }
        }
    }
}

impl Rejection {
    pub fn new(row: u64, reason: Reason, column: Option<&str>, value: &str) -> Rejection {
        Rejection { row, reason, column: column.map(str::to_owned), value: shortened(value) }
    }

    /// The rejection of a record that cannot be read as a whole.
    pub(super) fn of_fault(row: u64, fault: Fault) -> Rejection {
        let (reason, value) = match fault {
            Fault::RowTooLong { lines } => (Reason::RowTooLong, lines.to_string()),
            Fault::UnclosedQuote { lines } => (Reason::UnclosedQuote, lines.to_string()),
            Fault::BadEncoding => (Reason::BadEncoding, String::new()),
            Fault::WrongColumnCount { found, expected } => {
                (Reason::WrongColumnCount, format!("{found} ≠ {expected}"))
            }
        };
        Rejection::new(row, reason, None, &value)
    }

    pub fn sentence(&self, language: Language) -> String {
        self.reason.sentence(self.column.as_deref(), &self.value, language)
    }
}

impl From<NumberError> for Reason {
    fn from(error: NumberError) -> Reason {
        match error {
            NumberError::NotANumber => Reason::BadNumber,
            NumberError::OtherDecimalSign => Reason::OtherDecimalSign,
            NumberError::Percent => Reason::Percent,
            NumberError::OutOfRange => Reason::OutOfRange,
        }
    }
}

impl From<DateError> for Reason {
    fn from(error: DateError) -> Reason {
        match error {
            DateError::NotADate => Reason::BadDate,
            DateError::Impossible => Reason::ImpossibleDate,
            DateError::DayOrMonthFirst => Reason::AmbiguousDate,
            DateError::ShortYear => Reason::ShortYear,
            DateError::OutsideEra => Reason::OutsideEra,
            DateError::ZoneNeeded => Reason::ZoneNeeded,
        }
    }
}

/// What a message and a column of a table can bear, without line breaks.
fn shortened(text: &str) -> String {
    let mut short = String::new();
    for (index, c) in text.trim().chars().enumerate() {
        if index == VALUE_CHARS_MAX {
            short.push('…');
            break;
        }
        short.push(if c.is_control() { ' ' } else { c });
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_stable_and_sentences_say_what_to_do() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(reason));
            let english = reason.sentence(Some("qty"), "x", Language::English);
            let japanese = reason.sentence(Some("数量"), "x", Language::Japanese);
            assert!(english.contains(": "), "`{english}` says what to do");
            assert!(japanese.contains("ください。"), "`{japanese}` says what to do");
            assert!(!english.contains('{') && !japanese.contains('{'), "{english} {japanese}");
        }
        assert!(Reason::ALL.is_sorted(), "the list is in order of precedence");
    }

    #[test]
    fn values_are_shortened() {
        let long = "x".repeat(1_000);
        let rejection = Rejection::new(2, Reason::BadNumber, Some("qty"), &long);
        assert_eq!(rejection.value.chars().count(), VALUE_CHARS_MAX + 1);
        assert_eq!(Rejection::new(2, Reason::BadText, None, "a\nb").value, "a b");
    }
}
