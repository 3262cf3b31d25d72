//! A statement as XLSX: a sheet that reads like the paper, and a sheet with every line behind it.
//!
//! # Invariants
//!
//! * The same content gives the same cells, in the order of the paper; figures are numbers, days
//!   are days, and the sums are those of the statement, not formulas that could differ from it.
//! * Spreadsheets count in floats; what they are given has at most 15 digits, which these hold.

use domain::amount::Currency;
use domain::explain::Lang;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::fold;
use super::words::{self, Words, words};
use super::{ProgramPart, Statement, TermPart};

/// The bytes of the workbook.
pub fn xlsx(statement: &Statement, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let words = words(lang);
    let book = Book { statement, lang, words, look: Look::new(statement) };
    let mut workbook = Workbook::new();
    let issued = excel_day(statement.issued)?;
    let properties = DocProperties::new()
        .set_title(format!("{} {}", words.title_of(statement), statement.number))
        .set_creation_datetime(&issued);
    workbook.set_properties(&properties);
    book.summary(workbook.add_worksheet())?;
    book.lines(workbook.add_worksheet())?;
    workbook.save_to_buffer()
}

fn excel_day(day: Date) -> Result<ExcelDateTime, XlsxError> {
    let year = u16::try_from(day.year()).unwrap_or(1900);
    let month = u8::try_from(day.month()).unwrap_or(1);
    ExcelDateTime::from_ymd(year, month, u8::try_from(day.day()).unwrap_or(1))
}

struct Look {
    title: Format,
    label: Format,
    head: Format,
    head_right: Format,
    money: Format,
    total: Format,
    total_text: Format,
    day: Format,
    number: Format,
}

impl Look {
    fn new(statement: &Statement) -> Look {
        let decimals = Currency::parse(&statement.unit).map_or(2, Currency::decimals);
        let places = match decimals {
            0 => String::new(),
            some => format!(".{}", "0".repeat(usize::try_from(some).unwrap_or(2))),
        };
        let money = format!("#,##0{places};[Red]-#,##0{places}");
        let plain = Format::new().set_font_name("Yu Gothic").set_font_size(10);
        let head = plain.clone().set_bold().set_background_color(0x00ED_F5F3);
        let head = head.set_border_bottom(FormatBorder::Thin);
        let total = plain.clone().set_bold().set_border_top(FormatBorder::Thin);
        Look {
            title: plain.clone().set_bold().set_font_size(16),
            label: plain.clone().set_font_color(0x005B_6670),
            head_right: head.clone().set_align(FormatAlign::Right),
            head,
            money: plain.clone().set_num_format(&money),
            total: total.clone().set_num_format(&money),
            total_text: total,
            day: plain.clone().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left),
            number: plain.set_num_format("#,##0.######"),
        }
    }
}

struct Book<'a> {
    statement: &'a Statement,
    lang: Lang,
    words: &'static Words,
    look: Look,
}

/// Amounts of the summary stand in this column.
const AMOUNT: u16 = 6;

impl Book<'_> {
    fn summary(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let (s, w, look) = (self.statement, self.words, &self.look);
        sheet.set_name(w.summary)?;
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
        for (column, width) in [(0, 34), (1, 22), (2, 16), (3, 16), (4, 14), (5, 14), (6, 18)] {
            sheet.set_column_width(column, width)?;
        }
        sheet.write_string_with_format(0, 0, w.title_of(s), &look.title)?;
        sheet.write_string_with_format(1, 0, w.paper_of(s), &look.label)?;
        let vendor = words::named(self.lang, &s.vendor.names, "");
        let partner = words::named(self.lang, &s.partner.names, &s.partner.code);
        let is_registered = s.vendor.tax_number.starts_with('T');
        let own = if is_registered { w.registration } else { w.tax_number };
        let (settled, how) = w.settled(s).unwrap_or((w.account, String::new()));
        let texts = [
            (w.number, s.number.clone()),
            (w.to, format!("{partner} {}", w.honorific).trim().to_owned()),
            (w.partner_code, s.partner.code.clone()),
            (w.tax_number, s.partner.tax_number.clone()),
            (w.contact, format!("{vendor} {}", s.vendor.contact).trim().to_owned()),
            (own, s.vendor.tax_number.clone()),
            (w.period, words::span(self.lang, s.from, s.to)),
            (settled, how),
            (w.currency, s.unit.clone()),
        ];
        let mut row = 3;
        for (label, value) in texts.iter().filter(|(_, value)| !value.is_empty()) {
            sheet.write_string_with_format(row, 0, *label, &look.label)?;
            sheet.write_string(row, 1, value)?;
            row += 1;
        }
        for (label, day) in [(w.issued, s.issued), (w.due, s.due)] {
            sheet.write_string_with_format(row, 0, label, &look.label)?;
            sheet.write_datetime_with_format(row, 1, excel_day(day)?, &look.day)?;
            row += 1;
        }
        row += 1;
        for program in &s.programs {
            row = self.program(sheet, row, program)? + 1;
        }
        row = self.totals(sheet, row)?;
        for (note, at) in w.notes_of(s).iter().zip(row + 1..) {
            sheet.write_string_with_format(at, 0, note, &look.label)?;
        }
        Ok(())
    }

    fn program(
        &self,
        sheet: &mut Worksheet,
        mut row: u32,
        program: &ProgramPart,
    ) -> Result<u32, XlsxError> {
        let (w, look) = (self.words, &self.look);
        let mark = if program.is_reduced { " ※" } else { "" };
        let name = words::named(self.lang, &program.names, &program.code);
        let span = words::span(self.lang, program.from, program.to);
        sheet.write_string_with_format(row, 0, format!("{name}{mark}"), &look.head)?;
        for (column, text) in [(1, span.as_str()), (2, w.basis), (3, w.tier), (4, w.rate)] {
            sheet.write_string_with_format(row, column, text, &look.head)?;
        }
        let contract = program.reference.as_ref().map(|of| format!("{} {of}", w.contract));
        sheet.write_string_with_format(row, 5, contract.unwrap_or_default(), &look.head)?;
        sheet.write_string_with_format(row, AMOUNT, w.amount, &look.head_right)?;
        row += 1;
        let terms = fold::folded(self.lang, &program.terms);
        for is_prior in [false, true] {
            for term in terms.iter().filter(|term| term.is_prior == is_prior) {
                self.term(sheet, row, program, term)?;
                row += 1;
            }
        }
        if !program.rated.0.is_zero() {
            // A part of the rows above: it stands beside them, where nobody adds it up.
            sheet.write_string(row, 0, w.rated)?;
            write_exact(sheet, (row, 2), program.rated.0, &look.number)?;
            row += 1;
        }
        let adjusted = program
            .adjustments
            .iter()
            .map(|one| (words::adjustment(self.lang, w, one), one.amount.0));
        let carried = [
            (w.carried_in.to_owned(), program.carried_in.0),
            (w.carried_out.to_owned(), -program.carried_out.0),
        ];
        for (text, amount) in adjusted.chain(carried).filter(|(_, amount)| !amount.is_zero()) {
            sheet.write_string(row, 0, text)?;
            write_exact(sheet, (row, AMOUNT), amount, &look.money)?;
            row += 1;
        }
        self.total(sheet, row, w.payout, program.amount.0)?;
        Ok(row + 1)
    }

    fn term(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        program: &ProgramPart,
        term: &TermPart,
    ) -> Result<(), XlsxError> {
        let look = &self.look;
        let mut name = words::term(self.lang, program, term);
        if term.is_prior {
            name = format!("{}: {name}", self.words.prior);
        }
        sheet.write_string(row, 0, name)?;
        sheet.write_string(row, 1, &term.period)?;
        if let Some(basis) = term.basis {
            write_exact(sheet, (row, 2), basis.0, &look.number)?;
        }
        sheet.write_string(row, 3, words::tier(self.lang, term))?;
        sheet.write_string(row, 4, words::rates(self.lang, term, &self.statement.unit))?;
        write_exact(sheet, (row, AMOUNT), term.amount.0, &look.money)?;
        Ok(())
    }

    fn total(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        label: &str,
        amount: Decimal,
    ) -> Result<(), XlsxError> {
        let look = &self.look;
        sheet.write_string_with_format(row, 0, label, &look.total_text)?;
        for column in 1..AMOUNT {
            sheet.write_string_with_format(row, column, "", &look.total_text)?;
        }
        write_exact(sheet, (row, AMOUNT), amount, &look.total)?;
        Ok(())
    }

    fn totals(&self, sheet: &mut Worksheet, mut row: u32) -> Result<u32, XlsxError> {
        let (s, w, look) = (self.statement, self.words, &self.look);
        if !s.tax_lines.is_empty() {
            let heads = [(3, w.tax_rate), (4, w.net), (5, w.tax), (AMOUNT, w.gross)];
            for (column, text) in heads {
                sheet.write_string_with_format(row, column, text, &look.head_right)?;
            }
            row += 1;
            for line in &s.tax_lines {
                let mark = if line.is_reduced { " ※" } else { "" };
                let rate = format!("{}{mark}", words::percent(line.rate));
                sheet.write_string(row, 3, rate)?;
                for (column, amount) in [(4, line.net), (5, line.tax), (AMOUNT, line.gross)] {
                    write_exact(sheet, (row, column), amount, &look.money)?;
                }
                row += 1;
            }
        }
        self.total(sheet, row, w.total, s.total.0)?;
        if !s.tax_lines.is_empty() {
            for (column, amount) in [(4, s.net.0), (5, s.tax.0)] {
                write_exact(sheet, (row, column), amount, &look.total)?;
            }
        }
        Ok(row + 1)
    }

    /// Every line behind every term.
    fn lines(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let (w, look) = (self.words, &self.look);
        sheet.set_name(w.lines)?;
        sheet.set_freeze_panes(1, 0)?;
        let heads = [
            (w.program, 26),
            (w.term, 22),
            (w.period, 12),
            (w.group, 16),
            (w.day, 12),
            (w.document, 20),
            (w.kind, 10),
            (w.product, 16),
            (w.product_name, 26),
            (w.quantity, 12),
            (w.line_amount, 16),
            (w.counted, 16),
            (w.share, 16),
            (w.line_currency, 10),
            (w.line_unit, 10),
            (w.converted, 30),
        ];
        for ((text, width), column) in heads.iter().zip(0..) {
            let is_figure = (9..13).contains(&column);
            let format = if is_figure { &look.head_right } else { &look.head };
            sheet.write_string_with_format(0, column, *text, format)?;
            sheet.set_column_width(column, *width)?;
        }
        let mut row = 1;
        for program in &self.statement.programs {
            for term in &program.terms {
                row = self.lines_of(sheet, row, program, term)?;
            }
        }
        if row > 1 {
            sheet.autofilter(0, 0, row - 1, 15)?;
        }
        Ok(())
    }

    fn lines_of(
        &self,
        sheet: &mut Worksheet,
        mut row: u32,
        program: &ProgramPart,
        term: &TermPart,
    ) -> Result<u32, XlsxError> {
        let (lang, look) = (self.lang, &self.look);
        for line in &term.lines {
            if row >= LINES_MAX {
                break;
            }
            let texts = [
                (0, words::named(lang, &program.names, &program.code)),
                (1, words::named(lang, &term.names, &term.code)),
                (2, &term.period),
                (3, &term.group),
                (5, &line.document),
                (6, words::line_kind(lang, &line.kind)),
                (7, &line.product),
                (8, words::named(lang, &line.product_names, "")),
                (13, &line.currency),
                (14, &line.unit),
                (15, &line.converted),
            ];
            for (column, text) in texts {
                sheet.write_string(row, column, text)?;
            }
            sheet.write_datetime_with_format(row, 4, excel_day(line.day)?, &look.day)?;
            for (column, figure) in
                [(9, line.quantity), (10, line.amount), (11, line.counted), (12, Some(line.share))]
            {
                if let Some(figure) = figure {
                    write_exact(sheet, (row, column), figure.0, &look.number)?;
                }
            }
            row += 1;
        }
        Ok(row)
    }
}

/// A spreadsheet has 1,048,576 rows.
const LINES_MAX: u32 = 1_048_000;

/// Writes a number as a number if the spreadsheet can hold it to the last digit. It keeps binary
/// fractions of some fifteen digits; what has more is written as text rather than as something else.
fn write_exact(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    number: Decimal,
    format: &Format,
) -> Result<(), XlsxError> {
    match held(number) {
        Some(kept) => sheet.write_number_with_format(row, column, kept, format)?,
        None => sheet.write_string_with_format(row, column, number.to_string(), format)?,
    };
    Ok(())
}

/// The number as the format of the file keeps it, if that reads as the same number again.
pub(in crate::papers) fn held(number: Decimal) -> Option<f64> {
    let kept: f64 = number.to_string().parse().ok()?;
    (Decimal::from_str_exact(&kept.to_string()) == Ok(number)).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that a spreadsheet holds, and those that it would change.
    #[test]
    fn what_a_spreadsheet_would_change_is_no_number_in_it() {
        let cases = [
            ("0", true),
            ("0.1", true),
            ("-1250.05", true),
            ("999999999999.99", true),
            ("80450596.9823", true),
            ("123456789012345.67", true),
            ("9999999999999999.99", false),
            ("0.1000000000000000000001", false),
        ];
        for (text, is_held) in cases {
            let number: Decimal = text.parse().expect("a number");
            assert_eq!(held(number).is_some(), is_held, "{text}");
        }
    }
}
