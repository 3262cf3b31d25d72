//! A sheet of paper that grows downwards and goes on to the next page.

use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use super::font::{Fonts, Weight};

/// A4, in hundredths of a point.
const PAGE_WIDTH: i32 = 59_528;
const PAGE_HEIGHT: i32 = 84_189;
const TOP: i32 = 4_800;
const BOTTOM: i32 = PAGE_HEIGHT - 6_400;

/// Colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::papers) enum Ink {
    Dark,
    Soft,
    Accent,
    Line,
    Faint,
    Tint,
}

impl Ink {
    fn fill(self) -> Fill {
        let (r, g, b) = match self {
            Ink::Dark => (0x1b, 0x23, 0x2b),
            Ink::Soft => (0x5b, 0x66, 0x70),
            Ink::Accent => (0x0f, 0x6b, 0x5c),
            Ink::Line => (0x9a, 0xa5, 0xad),
            Ink::Faint => (0xde, 0xe3, 0xe6),
            Ink::Tint => (0xed, 0xf5, 0xf3),
        };
        let paint = rgb::Color::new(r, g, b).into();
        Fill { paint, opacity: NormalizedF32::ONE, ..Fill::default() }
    }
}

enum Mark {
    Text { x: i32, y: i32, size: i32, weight: Weight, ink: Ink, text: String },
    Box { x: i32, y: i32, width: i32, height: i32, ink: Ink },
}

/// Pages as they fill up.
pub(in crate::papers) struct Sheet<'a> {
    fonts: &'a Fonts,
    pages: Vec<Vec<Mark>>,
    y: i32,
}

impl<'a> Sheet<'a> {
    pub fn new(fonts: &'a Fonts) -> Sheet<'a> {
        Sheet { fonts, pages: vec![Vec::new()], y: TOP }
    }

    /// How far down the page is written.
    pub fn y(&self) -> i32 {
        self.y
    }

    pub fn down(&mut self, by: i32) {
        self.y += by;
    }

    /// Whether this much fits on the page.
    pub fn fits(&self, height: i32) -> bool {
        self.y + height <= BOTTOM
    }

    /// Goes on to the next page unless this much fits.
    pub fn need(&mut self, height: i32) {
        if !self.fits(height) {
            self.pages.push(Vec::new());
            self.y = TOP;
        }
    }

    fn add(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// A text from `x` on, standing on `y`.
    pub fn text(&mut self, x: i32, y: i32, size: i32, weight: Weight, ink: Ink, text: &str) {
        self.add(Mark::Text { x, y, size, weight, ink, text: text.to_owned() });
    }

    /// A text that ends at `x`.
    pub fn right(&mut self, x: i32, y: i32, size: i32, weight: Weight, ink: Ink, text: &str) {
        let x = x - self.width(text, size, weight);
        self.text(x, y, size, weight, ink, text);
    }

    /// A line across.
    pub fn rule(&mut self, from: i32, to: i32, ink: Ink, height: i32) {
        let y = self.y;
        self.add(Mark::Box { x: from, y, width: to - from, height, ink });
    }

    pub fn fill(&mut self, x: i32, y: i32, width: i32, height: i32, ink: Ink) {
        self.add(Mark::Box { x, y, width, height, ink });
    }

    pub fn width(&self, text: &str, size: i32, weight: Weight) -> i32 {
        self.fonts.width(text, size, weight)
    }

    /// A text cut to a width, with a sign that it was.
    pub fn cut(&self, text: &str, width: i32, size: i32, weight: Weight) -> String {
        self.wrap(text, width, size, weight, 1).into_iter().next().unwrap_or_default()
    }

    /// A text in lines of a width: broken at blanks, or anywhere between Japanese characters. What
    /// is beyond the last line is cut.
    pub fn wrap(
        &self,
        text: &str,
        width: i32,
        size: i32,
        weight: Weight,
        lines_max: usize,
    ) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        let mut is_cut = false;
        for piece in pieces(text) {
            let longer = format!("{line}{piece}");
            if line.is_empty() || self.width(longer.trim_end(), size, weight) <= width {
                line = longer;
            } else if lines.len() + 1 < lines_max {
                lines.push(line.trim_end().to_owned());
                piece.trim_start().clone_into(&mut line);
            } else {
                is_cut = true;
                break;
            }
        }
        let mut last = line.trim_end().to_owned();
        // One word may be wider than the line by itself.
        while (is_cut || self.width(&last, size, weight) > width) && !last.is_empty() {
            if self.width(&format!("{last}…"), size, weight) <= width {
                last.push('…');
                break;
            }
            is_cut = true;
            last.pop();
        }
        lines.push(last);
        lines
    }

    /// The document: every page with its foot.
    pub fn finish(
        mut self,
        title: &str,
        language: &str,
        footer: &str,
        page_word: &str,
    ) -> Result<Vec<u8>, String> {
        let count = self.pages.len();
        for at in 0..count {
            let number = format!("{page_word} {} / {count}", at + 1);
            let width = self.width(&number, 750, Weight::Regular);
            let y = PAGE_HEIGHT - 3_600;
            let text = |x, text: String| Mark::Text {
                x,
                y,
                size: 750,
                weight: Weight::Regular,
                ink: Ink::Soft,
                text,
            };
            let (left, right) = (4_800, PAGE_WIDTH - 4_800);
            let (y, width_of_rule) = (PAGE_HEIGHT - 4_800, right - left);
            let marks = [
                Mark::Box { x: left, y, width: width_of_rule, height: 50, ink: Ink::Faint },
                text(left, footer.to_owned()),
                text(right - width, number),
            ];
            self.pages[at].extend(marks);
        }
        let settings = SerializeSettings { xmp_metadata: false, ..SerializeSettings::default() };
        let mut document = Document::new_with(settings);
        let metadata = Metadata::new()
            .title(title.to_owned())
            .language(language.to_owned())
            .creator("Tokuten".to_owned());
        document.set_metadata(metadata);
        let size = || PageSettings::from_wh(points(PAGE_WIDTH), points(PAGE_HEIGHT));
        for marks in &self.pages {
            let mut page = document.start_page_with(size().ok_or("a page without size")?);
            let mut surface = page.surface();
            for mark in marks {
                self.draw(&mut surface, mark);
            }
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|error| format!("{error:?}"))
    }

    fn draw(&self, surface: &mut Surface<'_>, mark: &Mark) {
        match mark {
            Mark::Box { x, y, width, height, ink } => {
                let rect = Rect::from_xywh(points(*x), points(*y), points(*width), points(*height));
                let Some(rect) = rect else { return };
                let mut path = PathBuilder::new();
                path.push_rect(rect);
                surface.set_fill(Some(ink.fill()));
                if let Some(path) = path.finish() {
                    surface.draw_path(&path);
                }
            }
            Mark::Text { x, y, size, weight, ink, text } => {
                surface.set_fill(Some(ink.fill()));
                let mut at = *x;
                for run in self.runs(text, *weight) {
                    let glyphs: Vec<KrillaGlyph> = run.glyphs;
                    let start = Point::from_xy(points(at), points(*y));
                    let font = self.fonts.font(run.weight);
                    surface.draw_glyphs(start, &glyphs, font, &run.text, points(*size), false);
                    at += run.advance * size / 1000;
                }
            }
        }
    }

    /// A text in parts of one font each.
    fn runs(&self, text: &str, weight: Weight) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for c in text.chars() {
            let glyph = self.fonts.glyph(c, weight);
            if runs.last().is_none_or(|run| run.weight != glyph.weight) {
                let text = String::new();
                runs.push(Run { weight: glyph.weight, text, glyphs: Vec::new(), advance: 0 });
            }
            let Some(run) = runs.last_mut() else { continue };
            let from = run.text.len();
            run.text.push(c);
            run.advance += glyph.advance;
            run.glyphs.push(KrillaGlyph::new(
                GlyphId::new(glyph.id),
                thousandths(glyph.advance),
                0.0,
                0.0,
                0.0,
                from..run.text.len(),
                None,
            ));
        }
        runs
    }
}

struct Run {
    weight: Weight,
    text: String,
    glyphs: Vec<KrillaGlyph>,
    advance: i32,
}

/// What a line may be broken between: words with the blank behind them, and Japanese characters
/// one by one, closing signs with the one before.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut may_break = true;
    for c in text.chars() {
        let is_wide = u32::from(c) >= 0x2e80;
        let closes = "、。，．）」』】〕・ー々ゃゅょっァィゥェォャュョッ".contains(c);
        match pieces.last_mut() {
            Some(piece) if closes || !(may_break || is_wide) => piece.push(c),
            _ => pieces.push(c.to_string()),
        }
        may_break = c == ' ' || is_wide;
    }
    pieces
}

#[expect(clippy::cast_precision_loss, reason = "lengths on a page are small")]
#[expect(clippy::float_arithmetic, reason = "a length on a page, never an amount")]
fn points(hundredths: i32) -> f32 {
    hundredths as f32 / 100.0
}

#[expect(clippy::cast_precision_loss, reason = "advances of glyphs are small")]
#[expect(clippy::float_arithmetic, reason = "a length on a page, never an amount")]
fn thousandths(advance: i32) -> f32 {
    advance as f32 / 1000.0
}
