//! A listing as PDF: a heading, some facts, and a table of figures, on as many pages as it needs.
//!
//! # Promises
//!
//! * All texts are given: it knows no words and no amounts. The same texts give the same bytes.
//! * The heading of the table stands on every page that has rows of it.

use super::draw::{Ink, Sheet};
use super::font::{Fonts, Weight};
use super::{BODY, LEFT, PdfError, RIGHT, ROW, SMALL, WIDTH};

/// What stands on a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// As BCP 47 writes it: `ja`, `en`.
    pub language: String,
    pub title: String,
    /// Below the title: what or whom it is of.
    pub about: String,
    /// Label and value, at the top right.
    pub dated: Vec<(String, String)>,
    /// Label and value, above the table.
    pub facts: Vec<(String, String)>,
    /// The first one is a name, the others are figures.
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Below a rule, in bold; nothing without.
    pub total: Vec<String>,
    pub footer: String,
    /// The word before the number of a page.
    pub page: String,
}

/// The first column is so wide, in hundredths of a point; the others share what is left.
const FIRST: i32 = 16_000;
const HEAD_SIZE: i32 = 2_000;

/// The bytes of the document.
pub fn pdf(listing: &Listing) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts::load().ok_or_else(|| PdfError("its fonts cannot be read".into()))?;
    let mut sheet = Sheet::new(&fonts);
    listing.head(&mut sheet);
    listing.told(&mut sheet);
    listing.columns(&mut sheet);
    for row in &listing.rows {
        if Listing::is_full(&sheet) {
            sheet.need(i32::MAX / 2);
            listing.columns(&mut sheet);
        }
        listing.row(&mut sheet, row, (Weight::Regular, Ink::Dark));
        sheet.rule(LEFT, RIGHT, Ink::Faint, 50);
    }
    if !listing.total.is_empty() {
        sheet.need(2 * ROW);
        sheet.rule(LEFT, RIGHT, Ink::Line, 100);
        listing.row(&mut sheet, &listing.total, (Weight::Bold, Ink::Dark));
    }
    let Listing { title, language, footer, page, .. } = listing;
    sheet.finish(title, language, footer, page).map_err(PdfError)
}

impl Listing {
    fn head(&self, sheet: &mut Sheet<'_>) {
        let top = sheet.y();
        let room = WIDTH - 20_000;
        let title = sheet.cut(&self.title, room, HEAD_SIZE, Weight::Bold);
        sheet.text(LEFT, top + 1_700, HEAD_SIZE, Weight::Bold, Ink::Dark, &title);
        let about = sheet.cut(&self.about, room, 1_000, Weight::Regular);
        sheet.text(LEFT, top + 3_300, 1_000, Weight::Regular, Ink::Accent, &about);
        for ((label, value), at) in self.dated.iter().zip(0..) {
            let y = top + 900 + at * 1_350;
            sheet.right(RIGHT, y, BODY, Weight::Regular, Ink::Dark, value);
            sheet.right(RIGHT - 12_000, y, SMALL, Weight::Regular, Ink::Soft, label);
        }
        sheet.down(4_400);
        sheet.rule(LEFT, RIGHT, Ink::Accent, 120);
        sheet.down(2_000);
    }

    fn told(&self, sheet: &mut Sheet<'_>) {
        for (label, value) in &self.facts {
            sheet.need(ROW);
            let y = sheet.y() + 1_000;
            sheet.text(LEFT, y, SMALL, Weight::Regular, Ink::Soft, label);
            let value = sheet.cut(value, WIDTH - FIRST, BODY, Weight::Regular);
            sheet.text(LEFT + FIRST, y, BODY, Weight::Regular, Ink::Dark, &value);
            sheet.down(ROW);
        }
        sheet.down(1_500);
    }

    /// Whether no further row fits on the page.
    fn is_full(sheet: &Sheet<'_>) -> bool {
        !sheet.fits(2 * ROW)
    }

    fn columns(&self, sheet: &mut Sheet<'_>) {
        let y = sheet.y();
        sheet.fill(LEFT, y, WIDTH, ROW, Ink::Tint);
        self.row(sheet, &self.columns, (Weight::Bold, Ink::Soft));
    }

    fn row(&self, sheet: &mut Sheet<'_>, cells: &[String], (weight, ink): (Weight, Ink)) {
        let y = sheet.y() + 1_000;
        let figures = i32::try_from(self.columns.len().max(2) - 1).unwrap_or(1);
        let each = (WIDTH - FIRST) / figures;
        for (cell, at) in cells.iter().zip(0..) {
            if at == 0 {
                let cell = sheet.cut(cell, FIRST - 600, BODY, weight);
                sheet.text(LEFT + 300, y, BODY, weight, ink, &cell);
            } else {
                let cell = sheet.cut(cell, each - 400, BODY, weight);
                sheet.right(LEFT + FIRST + at * each - 300, y, BODY, weight, ink, &cell);
            }
        }
        sheet.down(ROW);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(rows: usize) -> Listing {
        let row = |at: usize| vec![format!("2026-{at:02}"), "1,200".into(), "EUR 36.00".into()];
        Listing {
            language: "ja".into(),
            title: "協賛企業の計算書".into(),
            about: "ホテルひばり HOTEL".into(),
            dated: vec![("発行日".into(), "2026-06-12".into())],
            facts: vec![("前払い".into(), "300".into())],
            columns: ["月", "利用", "金額"].map(String::from).to_vec(),
            rows: (0..rows).map(row).collect(),
            total: vec!["合計".into(), "2,400".into(), "EUR 72.00".into()],
            footer: "Hibari".into(),
            page: "ページ".into(),
        }
    }

    #[test]
    fn a_listing_goes_on_to_further_pages_and_is_the_same_again() {
        let pages = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.matches("/Type /Page\n").count().max(text.matches("/Type/Page/").count())
                + text.matches("/Type /Page ").count()
        };
        let (short, long) = (pdf(&listing(3)).expect("a PDF"), pdf(&listing(120)).expect("a PDF"));
        assert!(short.starts_with(b"%PDF-"));
        assert_eq!(short, pdf(&listing(3)).expect("a PDF"));
        assert!(pages(&short) <= pages(&long) && short.len() < long.len());
    }
}
