//! A statement of points as PDF, A4, drawn with the parts of the statements of settlement.
//!
//! The same content gives the same bytes.

use domain::explain::Lang;
use rust_decimal::Decimal;

use super::words::{Words, words};
use super::{Move, PointStatement, UnitPart};
use crate::papers::statement::pdf::PdfError;
use crate::papers::statement::pdf::draw::{Ink, Sheet};
use crate::papers::statement::pdf::font::{Fonts, Weight};
use crate::papers::statement::words as paper;

// Lengths are hundredths of a point.
const LEFT: i32 = 4_800;
const RIGHT: i32 = 54_728;
const WIDTH: i32 = RIGHT - LEFT;
const WHAT_LEFT: i32 = 13_600;
const CAUSE_LEFT: i32 = 26_000;
const AMOUNT_ROOM: i32 = 8_500;
const ROW: i32 = 1_500;
const SMALL: i32 = 800;
const BODY: i32 = 900;

/// The bytes of the document.
pub fn pdf(statement: &PointStatement, lang: Lang) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts::load().ok_or_else(PdfError::no_fonts)?;
    let mut sheet = Sheet::new(&fonts);
    let drawn = Paper { of: statement, lang, words: words(lang) };
    drawn.head(&mut sheet);
    drawn.member(&mut sheet);
    for part in &statement.parts {
        drawn.part(&mut sheet, part);
    }
    if statement.parts.is_empty() {
        Paper::line(&mut sheet, drawn.words.none);
    }
    Paper::line(&mut sheet, drawn.words.note);
    let vendor = paper::named(lang, &statement.vendor, "");
    let footer = format!("{}  {vendor}", statement.number);
    let title = format!("{} {}", drawn.words.title, statement.number);
    sheet.finish(&title, lang.tag(), &footer, drawn.words.page).map_err(PdfError::drawing)
}

struct Paper<'a> {
    of: &'a PointStatement,
    lang: Lang,
    words: &'static Words,
}

impl Paper<'_> {
    fn head(&self, sheet: &mut Sheet<'_>) {
        let (of, w) = (self.of, self.words);
        let top = sheet.y();
        sheet.text(LEFT, top + 1_700, 2_000, Weight::Bold, Ink::Dark, w.title);
        let wallet = paper::named(self.lang, &of.wallet_names, &of.wallet);
        let wallet = sheet.cut(wallet, WIDTH / 2, 1_000, Weight::Regular);
        sheet.text(LEFT, top + 3_300, 1_000, Weight::Regular, Ink::Accent, &wallet);
        let rows = [
            (w.number, of.number.clone()),
            (w.issued, paper::day(self.lang, of.issued)),
            (w.period, paper::span(self.lang, of.from, of.to)),
        ];
        for ((label, value), at) in rows.iter().zip(0..) {
            let y = top + 900 + at * 1_350;
            let value = sheet.cut(value, 17_000, BODY, Weight::Regular);
            sheet.right(RIGHT, y, BODY, Weight::Regular, Ink::Dark, &value);
            sheet.right(RIGHT - 17_500, y, SMALL, Weight::Regular, Ink::Soft, label);
        }
        sheet.down(4_400);
        sheet.rule(LEFT, RIGHT, Ink::Accent, 120);
        sheet.down(2_000);
    }

    fn member(&self, sheet: &mut Sheet<'_>) {
        let (of, w) = (self.of, self.words);
        let name = paper::named(self.lang, &of.partner_names, &of.partner);
        let honorific =
            if w.honorific.is_empty() { String::new() } else { format!("　{}", w.honorific) };
        let name = sheet.cut(&format!("{name}{honorific}"), WIDTH, 1_200, Weight::Bold);
        sheet.down(1_600);
        sheet.text(LEFT, sheet.y(), 1_200, Weight::Bold, Ink::Dark, &name);
        let number = of.member.map(|number| format!("{}: {}-{number:06}", w.member, of.wallet));
        let code = format!("{}: {}", w.partner_code, of.partner);
        for line in std::iter::once(code).chain(number) {
            sheet.down(1_350);
            sheet.text(LEFT, sheet.y(), BODY, Weight::Regular, Ink::Soft, &line);
        }
        sheet.down(2_400);
    }

    fn part(&self, sheet: &mut Sheet<'_>, part: &UnitPart) {
        let w = self.words;
        // A heading never stands alone at the foot of a page.
        sheet.need(ROW * 6);
        let top = sheet.y();
        sheet.fill(LEFT, top, WIDTH, 3_600, Ink::Tint);
        let name = paper::named(self.lang, &part.names, &part.unit);
        let name = sheet.cut(name, WIDTH / 2, 1_050, Weight::Bold);
        sheet.text(LEFT + 1_000, top + 2_200, 1_050, Weight::Bold, Ink::Dark, &name);
        let closing = paper::grouped(part.closing.normalize());
        sheet.right(RIGHT - 1_000, top + 2_400, 1_500, Weight::Bold, Ink::Accent, &closing);
        let room = sheet.width(&closing, 1_500, Weight::Bold);
        let label_right = RIGHT - 1_800 - room;
        sheet.right(label_right, top + 2_300, SMALL, Weight::Regular, Ink::Soft, w.closing);
        sheet.down(4_400);
        let y = sheet.y() + 1_000;
        sheet.text(LEFT, y, SMALL, Weight::Regular, Ink::Soft, w.day);
        sheet.text(WHAT_LEFT, y, SMALL, Weight::Regular, Ink::Soft, w.what);
        sheet.text(CAUSE_LEFT, y, SMALL, Weight::Regular, Ink::Soft, w.cause);
        sheet.right(RIGHT, y, SMALL, Weight::Regular, Ink::Soft, w.points);
        sheet.down(1_400);
        sheet.rule(LEFT, RIGHT, Ink::Line, 80);
        Self::sum(sheet, w.opening, part.opening);
        for one in &part.moves {
            self.moved(sheet, one);
        }
        if part.moves.is_empty() {
            Self::line(sheet, w.nothing);
        }
        sheet.rule(LEFT, RIGHT, Ink::Line, 80);
        Self::sum(sheet, w.closing, part.closing);
        if !part.waiting.is_zero() {
            Self::sum_of(sheet, w.waiting, part.waiting, Weight::Regular);
        }
        self.ending(sheet, part);
        sheet.down(1_600);
    }

    fn moved(&self, sheet: &mut Sheet<'_>, one: &Move) {
        sheet.need(ROW);
        let y = sheet.y() + 1_050;
        let is_more = one.amount.is_sign_positive();
        let text = |sheet: &mut Sheet<'_>, x, room, ink, text: &str| {
            let text = sheet.cut(text, room, BODY, Weight::Regular);
            sheet.text(x, y, BODY, Weight::Regular, ink, &text);
        };
        let day = one.day.to_string();
        text(sheet, LEFT, WHAT_LEFT - LEFT - 400, Ink::Dark, &day);
        let what = self.words.moved(&one.other, is_more);
        text(sheet, WHAT_LEFT, CAUSE_LEFT - WHAT_LEFT - 400, Ink::Dark, what);
        text(sheet, CAUSE_LEFT, RIGHT - AMOUNT_ROOM - CAUSE_LEFT, Ink::Soft, &one.cause);
        let amount = paper::grouped(one.amount.normalize());
        let sign = if is_more { "+" } else { "" };
        let amount = format!("{sign}{amount}");
        sheet.right(RIGHT, y, BODY, Weight::Regular, Ink::Dark, &amount);
        sheet.down(ROW);
        sheet.rule(LEFT, RIGHT, Ink::Faint, 50);
    }

    fn sum(sheet: &mut Sheet<'_>, label: &str, amount: Decimal) {
        Self::sum_of(sheet, label, amount, Weight::Bold);
    }

    fn sum_of(sheet: &mut Sheet<'_>, label: &str, amount: Decimal, weight: Weight) {
        sheet.need(ROW);
        let y = sheet.y() + 1_050;
        sheet.text(LEFT, y, BODY, weight, Ink::Dark, label);
        let amount = paper::grouped(amount.normalize());
        sheet.right(RIGHT, y, BODY, weight, Ink::Dark, &amount);
        sheet.down(ROW);
        sheet.rule(LEFT, RIGHT, Ink::Faint, 50);
    }

    fn ending(&self, sheet: &mut Sheet<'_>, part: &UnitPart) {
        if part.ending.is_empty() {
            return;
        }
        let w = self.words;
        sheet.need(ROW * 3);
        sheet.down(1_700);
        sheet.text(LEFT, sheet.y(), BODY, Weight::Bold, Ink::Dark, w.ending);
        sheet.down(700);
        for (day, amount) in &part.ending {
            let label = format!("{} {}", w.ends, paper::day(self.lang, *day));
            Self::sum_of(sheet, &label, *amount, Weight::Regular);
        }
    }

    fn line(sheet: &mut Sheet<'_>, text: &str) {
        for line in sheet.wrap(text, WIDTH, SMALL, Weight::Regular, 3) {
            sheet.need(1_400);
            sheet.down(1_200);
            sheet.text(LEFT, sheet.y(), SMALL, Weight::Regular, Ink::Soft, &line);
        }
        sheet.down(500);
    }
}
