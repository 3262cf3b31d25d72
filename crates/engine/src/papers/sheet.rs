//! Rows of a table as a workbook of one sheet: what people take away to calculate with.
//!
//! A number stays a number if a spreadsheet keeps it exactly, and is a text otherwise; a text is
//! never a formula.

use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, FormatBorder, Workbook, XlsxError};

use super::statement::xlsx::held;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    Number(Decimal),
}

/// A sheet cannot have more rows than this, and its headings.
pub const ROWS_MAX: usize = 1_048_575;

/// The bytes of the workbook: headings, then rows; those beyond [`ROWS_MAX`] are left out.
pub fn sheet(name: &str, headings: &[&str], rows: &[Vec<Cell>]) -> Result<Vec<u8>, XlsxError> {
    let head = Format::new().set_bold().set_border_bottom(FormatBorder::Thin);
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name(name)?;
    for (column, heading) in (0..).zip(headings) {
        sheet.write_string_with_format(0, column, *heading, &head)?;
    }
    for (row, cells) in (1..).zip(rows.iter().take(ROWS_MAX)) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Text(text) => sheet.write_string(row, column, text)?,
                Cell::Number(number) => match held(*number) {
                    Some(kept) => sheet.write_number(row, column, kept)?,
                    None => sheet.write_string(row, column, number.to_string())?,
                },
            };
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofit();
    workbook.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};

    use super::*;

    #[test]
    fn numbers_stay_numbers_where_they_are_exact_and_texts_are_no_formulas() {
        let number = |text: &str| Cell::Number(text.parse().expect("a number"));
        let rows = [
            vec![Cell::Text("=1+1".into()), number("-1234.50")],
            vec![Cell::Text("P-1".into()), number("1234567890123456789.25")],
        ];
        let bytes = sheet("Trial", &["Partner", "Now"], &rows).expect("a workbook");
        let mut book: Xlsx<_> =
            open_workbook_from_rs(std::io::Cursor::new(bytes)).expect("a workbook");
        let range = book.worksheet_range("Trial").expect("a sheet");
        let cells: Vec<Data> = range.rows().flatten().cloned().collect();
        assert_eq!(
            cells,
            [
                Data::String("Partner".into()),
                Data::String("Now".into()),
                Data::String("=1+1".into()),
                Data::Float(-1234.5),
                Data::String("P-1".into()),
                Data::String("1234567890123456789.25".into()),
            ]
        );
    }
}
