//! A statement as PDF, A4, with its fonts in it.
//!
//! # Invariants
//!
//! * The same content gives the same bytes: nothing here reads a clock or draws lots.
//! * Lengths are integers, hundredths of a point; they become the floats that PDF libraries want at
//!   the last moment. Amounts are texts by then.
//! * Every page has its number and how many there are, and the number of the statement.

pub(in crate::papers) mod draw;
pub(in crate::papers) mod font;
pub mod listing;

use domain::explain::Lang;
use thiserror::Error;

use super::fold;
use super::words::{self, Words, words};
use super::{NoteKind, Party, ProgramPart, Statement, TermPart};
use draw::{Ink, Sheet};
use font::{Fonts, Weight};

/// There is no PDF.
#[derive(Debug, Error)]
#[error("the statement could not be drawn: {0}")]
pub struct PdfError(String);

impl PdfError {
    pub(in crate::papers) fn no_fonts() -> PdfError {
        PdfError("its fonts cannot be read".into())
    }

    pub(in crate::papers) fn drawing(why: String) -> PdfError {
        PdfError(why)
    }
}

/// The bytes of the document.
pub fn pdf(statement: &Statement, lang: Lang) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts::load().ok_or_else(PdfError::no_fonts)?;
    let mut sheet = Sheet::new(&fonts);
    let words = words(lang);
    let paper = Paper { statement, lang, words };
    paper.head(&mut sheet);
    paper.parties(&mut sheet);
    paper.band(&mut sheet);
    for program in &statement.programs {
        paper.program(&mut sheet, program);
    }
    paper.totals(&mut sheet);
    paper.notes(&mut sheet);
    let footer = format!(
        "{}  {}",
        statement.number,
        words::named(lang, &statement.vendor.names, &statement.vendor.code)
    );
    let title = format!("{} {}", words.title_of(statement), statement.number);
    sheet.finish(&title, lang.tag(), &footer, words.page).map_err(PdfError)
}

// Lengths are hundredths of a point.
const LEFT: i32 = 4_800;
const RIGHT: i32 = 54_728;
const WIDTH: i32 = RIGHT - LEFT;

/// Right edges of the columns of figures, and the left one of the tiers.
const BASIS_RIGHT: i32 = 33_600;
const TIER_LEFT: i32 = 34_400;
const TIER_RIGHT: i32 = 41_000;
const RATE_RIGHT: i32 = 47_000;
const ROW: i32 = 1_500;
const SMALL: i32 = 800;
const BODY: i32 = 900;

struct Paper<'a> {
    statement: &'a Statement,
    lang: Lang,
    words: &'static Words,
}

impl Paper<'_> {
    fn head(&self, sheet: &mut Sheet<'_>) {
        let (s, w) = (self.statement, self.words);
        let top = sheet.y();
        sheet.text(LEFT, top + 1_700, 2_000, Weight::Bold, Ink::Dark, w.title_of(s));
        sheet.text(LEFT, top + 3_300, 1_000, Weight::Regular, Ink::Accent, w.paper_of(s));
        let rows = [
            (w.number, s.number.clone()),
            (w.issued, words::day(self.lang, s.issued)),
            (w.period, words::span(self.lang, s.from, s.to)),
        ];
        for ((label, value), at) in rows.iter().zip(0..) {
            let y = top + 900 + at * 1_350;
            sheet.right(RIGHT, y, BODY, Weight::Regular, Ink::Dark, value);
            let label_right = RIGHT - 17_500;
            sheet.right(label_right, y, SMALL, Weight::Regular, Ink::Soft, label);
        }
        sheet.down(4_400);
        sheet.rule(LEFT, RIGHT, Ink::Accent, 120);
        sheet.down(2_000);
    }

    fn parties(&self, sheet: &mut Sheet<'_>) {
        let (s, w) = (self.statement, self.words);
        let top = sheet.y();
        let half = WIDTH / 2 - 1_000;
        let mut left = top;
        let name = words::named(self.lang, &s.partner.names, &s.partner.code);
        // The title stays with the end of the name.
        let honorific =
            if w.honorific.is_empty() { String::new() } else { format!("　{}", w.honorific) };
        let room = half - sheet.width(&honorific, 1_200, Weight::Bold);
        let mut lines = sheet.wrap(name, room, 1_200, Weight::Bold, 3);
        if let Some(last) = lines.last_mut() {
            last.push_str(&honorific);
        }
        for line in lines {
            left += 1_600;
            sheet.text(LEFT, left, 1_200, Weight::Bold, Ink::Dark, &line);
        }
        let code = format!("{}: {}", w.partner_code, s.partner.code);
        let number = tax_number(&s.partner, w.tax_number);
        let rest = self.address(&s.partner).into_iter().chain([code]).chain(number);
        for line in rest {
            for line in sheet.wrap(&line, half, BODY, Weight::Regular, 3) {
                left += 1_350;
                sheet.text(LEFT, left, BODY, Weight::Regular, Ink::Soft, &line);
            }
        }
        let column = LEFT + WIDTH / 2 + 1_000;
        let mut right = top;
        let vendor = words::named(self.lang, &s.vendor.names, "");
        for line in sheet.wrap(vendor, half, 1_000, Weight::Bold, 3) {
            right += 1_500;
            sheet.text(column, right, 1_000, Weight::Bold, Ink::Dark, &line);
        }
        let is_registered = s.vendor.tax_number.starts_with('T');
        let label = if is_registered { w.registration } else { w.tax_number };
        let number = tax_number(&s.vendor, label);
        let contact = Some(s.vendor.contact.trim()).filter(|text| !text.is_empty());
        let contact = contact.map(|text| format!("{}: {text}", w.contact));
        for line in self.address(&s.vendor).into_iter().chain(number).chain(contact) {
            for line in sheet.wrap(&line, half, BODY, Weight::Regular, 3) {
                right += 1_350;
                sheet.text(column, right, BODY, Weight::Regular, Ink::Soft, &line);
            }
        }
        sheet.down(left.max(right) - top + 2_000);
    }

    fn address(&self, party: &Party) -> Vec<String> {
        match self.lang {
            Lang::Ja => party.address_ja.clone(),
            Lang::En => party.address.clone(),
        }
    }

    /// The amount, where it goes and when.
    fn band(&self, sheet: &mut Sheet<'_>) {
        let (s, w) = (self.statement, self.words);
        let top = sheet.y();
        sheet.fill(LEFT, top, WIDTH, 5_000, Ink::Tint);
        let label = w.amount_label(s);
        sheet.text(LEFT + 1_200, top + 1_900, BODY, Weight::Regular, Ink::Soft, label);
        let amount = words::with_currency(self.lang, s.total.0.abs(), &s.unit);
        sheet.text(LEFT + 1_200, top + 3_900, 1_800, Weight::Bold, Ink::Accent, &amount);
        let is_credit = s.note.as_ref().is_some_and(|note| note.kind == NoteKind::Credit);
        let due = (!is_credit).then(|| (w.due, words::day(self.lang, s.due)));
        let rows: Vec<_> = due.into_iter().chain(w.settled(s)).collect();
        for ((label, value), at) in rows.iter().zip(0..) {
            let y = top + 1_900 + at * 1_700;
            let value = sheet.cut(value, 17_000, BODY, Weight::Regular);
            sheet.right(RIGHT - 1_200, y, BODY, Weight::Regular, Ink::Dark, &value);
            sheet.right(RIGHT - 19_200, y, SMALL, Weight::Regular, Ink::Soft, label);
        }
        sheet.down(7_000);
    }

    fn program(&self, sheet: &mut Sheet<'_>, program: &ProgramPart) {
        // A heading never stands alone at the foot of a page.
        sheet.need(ROW * 4);
        let w = self.words;
        let mark = if program.is_reduced { " ※" } else { "" };
        let name = words::named(self.lang, &program.names, &program.code);
        let name = sheet.cut(&format!("{name}{mark}"), 29_000, 1_050, Weight::Bold);
        sheet.down(1_100);
        sheet.text(LEFT, sheet.y(), 1_050, Weight::Bold, Ink::Dark, &name);
        let span = words::span(self.lang, program.from, program.to);
        let span = match &program.reference {
            Some(reference) => format!("{} {reference}  {span}", w.contract),
            None => span,
        };
        sheet.right(RIGHT, sheet.y(), SMALL, Weight::Regular, Ink::Soft, &span);
        sheet.down(600);
        self.headings(sheet);
        let terms = fold::folded(self.lang, &program.terms);
        for is_prior in [false, true] {
            for term in terms.iter().filter(|term| term.is_prior == is_prior) {
                self.term(sheet, program, term);
            }
        }
        if !program.rated.0.is_zero() {
            let amount = words::money(program.rated.0, &self.statement.unit);
            // A part of the rows above, not one that adds to them.
            sheet.need(ROW);
            let text = format!("{}: {amount}", w.rated);
            let text = sheet.cut(&text, RIGHT - LEFT, SMALL, Weight::Regular);
            sheet.text(LEFT, sheet.y() + 1_050, SMALL, Weight::Regular, Ink::Soft, &text);
            sheet.down(ROW);
            sheet.rule(LEFT, RIGHT, Ink::Faint, 50);
        }
        for one in &program.adjustments {
            let text = words::adjustment(self.lang, w, one);
            self.extra(sheet, &text, one.amount.0);
        }
        for (label, amount) in
            [(w.carried_in, program.carried_in.0), (w.carried_out, -program.carried_out.0)]
        {
            if !amount.is_zero() {
                self.extra(sheet, label, amount);
            }
        }
        sheet.need(ROW);
        sheet.rule(LEFT, RIGHT, Ink::Line, 80);
        let y = sheet.y() + 1_050;
        sheet.text(LEFT, y, BODY, Weight::Bold, Ink::Dark, w.payout);
        let amount = words::money(program.amount.0, &self.statement.unit);
        sheet.right(RIGHT, y, BODY, Weight::Bold, Ink::Dark, &amount);
        sheet.down(ROW + 1_400);
    }

    fn headings(&self, sheet: &mut Sheet<'_>) {
        let w = self.words;
        let amount = format!("{} ({})", w.amount, self.statement.unit);
        let y = sheet.y() + 1_000;
        sheet.text(LEFT, y, SMALL, Weight::Regular, Ink::Soft, w.term);
        sheet.right(BASIS_RIGHT, y, SMALL, Weight::Regular, Ink::Soft, w.basis);
        sheet.text(TIER_LEFT, y, SMALL, Weight::Regular, Ink::Soft, w.tier);
        sheet.right(RATE_RIGHT, y, SMALL, Weight::Regular, Ink::Soft, w.rate);
        sheet.right(RIGHT, y, SMALL, Weight::Regular, Ink::Soft, &amount);
        sheet.down(1_400);
        sheet.rule(LEFT, RIGHT, Ink::Line, 80);
    }

    fn term(&self, sheet: &mut Sheet<'_>, program: &ProgramPart, term: &TermPart) {
        let (lang, unit) = (self.lang, self.statement.unit.as_str());
        let mut name = words::term(lang, program, term);
        if term.is_prior {
            name = format!("{}: {name}", self.words.prior);
        }
        let basis = words::basis(lang, term, unit);
        let name_width = BASIS_RIGHT - LEFT - sheet.width(&basis, BODY, Weight::Regular) - 800;
        let lines = sheet.wrap(&name, name_width, BODY, Weight::Regular, 2);
        sheet.need(ROW + 1_100 * rows_beyond(&lines));
        let y = sheet.y() + 1_050;
        for (line, at) in lines.iter().zip(0..) {
            sheet.text(LEFT, y + at * 1_100, BODY, Weight::Regular, Ink::Dark, line);
        }
        sheet.right(BASIS_RIGHT, y, BODY, Weight::Regular, Ink::Dark, &basis);
        let rates = words::rates(lang, term, unit);
        let rates = sheet.cut(&rates, RATE_RIGHT - TIER_RIGHT + 3_000, BODY, Weight::Regular);
        let tier_right = RATE_RIGHT - sheet.width(&rates, BODY, Weight::Regular) - 400;
        let tier = words::tier(lang, term);
        let tier = sheet.cut(&tier, tier_right - TIER_LEFT, BODY, Weight::Regular);
        sheet.text(TIER_LEFT, y, BODY, Weight::Regular, Ink::Dark, &tier);
        sheet.right(RATE_RIGHT, y, BODY, Weight::Regular, Ink::Dark, &rates);
        let amount = words::money(term.amount.0, unit);
        sheet.right(RIGHT, y, BODY, Weight::Regular, Ink::Dark, &amount);
        sheet.down(ROW + 1_100 * rows_beyond(&lines));
        sheet.rule(LEFT, RIGHT, Ink::Faint, 50);
    }

    /// A row with an amount and nothing else.
    fn extra(&self, sheet: &mut Sheet<'_>, text: &str, amount: rust_decimal::Decimal) {
        let lines = sheet.wrap(text, RATE_RIGHT - LEFT, BODY, Weight::Regular, 3);
        sheet.need(ROW + 1_100 * rows_beyond(&lines));
        let y = sheet.y() + 1_050;
        for (line, at) in lines.iter().zip(0..) {
            sheet.text(LEFT, y + at * 1_100, BODY, Weight::Regular, Ink::Dark, line);
        }
        let amount = words::money(amount, &self.statement.unit);
        sheet.right(RIGHT, y, BODY, Weight::Regular, Ink::Dark, &amount);
        sheet.down(ROW + 1_100 * rows_beyond(&lines));
        sheet.rule(LEFT, RIGHT, Ink::Faint, 50);
    }

    fn totals(&self, sheet: &mut Sheet<'_>) {
        let (s, w) = (self.statement, self.words);
        let rows = i32::try_from(s.tax_lines.len()).unwrap_or(0) + 3;
        sheet.need(ROW * rows + 1_000);
        // Label, net, tax, gross: the last column under the amounts above.
        let edges = [24_000, 34_400, 43_600, RIGHT];
        if !s.tax_lines.is_empty() {
            let y = sheet.y() + 1_000;
            for (edge, label) in edges.iter().zip([w.tax_rate, w.net, w.tax, w.gross]) {
                sheet.right(*edge, y, SMALL, Weight::Regular, Ink::Soft, label);
            }
            sheet.down(1_400);
            sheet.rule(14_000, RIGHT, Ink::Line, 80);
            for line in &s.tax_lines {
                let mark = if line.is_reduced { " ※" } else { "" };
                let rate = format!("{}{mark}", words::percent(line.rate));
                let y = sheet.y() + 1_050;
                let amounts = [line.net, line.tax, line.gross].map(|a| words::money(a, &s.unit));
                sheet.right(edges[0], y, BODY, Weight::Regular, Ink::Dark, &rate);
                for (edge, amount) in edges[1..].iter().zip(&amounts) {
                    sheet.right(*edge, y, BODY, Weight::Regular, Ink::Dark, amount);
                }
                sheet.down(ROW);
                sheet.rule(14_000, RIGHT, Ink::Faint, 50);
            }
        }
        sheet.rule(14_000, RIGHT, Ink::Accent, 120);
        let y = sheet.y() + 1_350;
        sheet.right(edges[0], y, 1_000, Weight::Bold, Ink::Dark, w.total);
        let amounts = [s.net.0, s.tax.0, s.total.0].map(|amount| words::money(amount, &s.unit));
        let from = if s.tax_lines.is_empty() { 2 } else { 0 };
        for (edge, amount) in edges[1..].iter().zip(&amounts).skip(from) {
            sheet.right(*edge, y, 1_000, Weight::Bold, Ink::Dark, amount);
        }
        sheet.down(3_600);
    }

    fn notes(&self, sheet: &mut Sheet<'_>) {
        let (s, w) = (self.statement, self.words);
        for note in w.notes_of(s) {
            let lines = sheet.wrap(&note, WIDTH, SMALL, Weight::Regular, 6);
            for line in lines {
                sheet.need(1_200);
                sheet.down(1_150);
                sheet.text(LEFT, sheet.y(), SMALL, Weight::Regular, Ink::Soft, &line);
            }
            sheet.down(500);
        }
    }
}

fn tax_number(party: &Party, label: &str) -> Option<String> {
    let number = party.tax_number.trim();
    (!number.is_empty()).then(|| format!("{label}: {number}"))
}

fn rows_beyond(lines: &[String]) -> i32 {
    i32::try_from(lines.len()).unwrap_or(1).saturating_sub(1).max(0)
}
