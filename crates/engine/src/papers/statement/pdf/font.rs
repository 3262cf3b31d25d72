//! The fonts of statements and what they measure.
//!
//! Noto Sans CJK JP, cut to what CP932 and the Latin languages of Europe write, under the SIL Open
//! Font License; see `fonts/README.md`. What one lacks is shown as a sign that something is missing.

use krilla::Data;
use krilla::text::Font;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

const REGULAR: &[u8] = include_bytes!("../../../../fonts/TokutenSansJP-Regular.otf");
const BOLD: &[u8] = include_bytes!("../../../../fonts/TokutenSansJP-Bold.otf");

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::papers) enum Weight {
    Regular,
    Bold,
}

/// A glyph of a font, with how far it reaches in thousandths of the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::papers) struct Glyph {
    pub id: u32,
    pub advance: i32,
    pub weight: Weight,
}

/// Both fonts.
pub(in crate::papers) struct Fonts {
    regular: Face,
    bold: Face,
}

struct Face {
    charmap: skrifa::charmap::Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    font: Font,
}

impl Face {
    fn load(bytes: &'static [u8]) -> Option<Face> {
        let font = FontRef::new(bytes).ok()?;
        // In units of a thousandth, whatever the font counts in.
        let metrics = font.glyph_metrics(Size::new(1000.0), LocationRef::default());
        let drawn = Font::new(Data::from(bytes.to_vec()), 0)?;
        Some(Face { charmap: font.charmap(), metrics, font: drawn })
    }

    fn glyph(&self, c: char, weight: Weight) -> Option<Glyph> {
        let id = self.charmap.map(c)?;
        let advance = self.metrics.advance_width(id)?;
        Some(Glyph { id: id.to_u32(), advance: rounded(advance), weight })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "advances of glyphs are small")]
fn rounded(advance: f32) -> i32 {
    advance.round() as i32
}

impl Fonts {
    pub fn load() -> Option<Fonts> {
        Some(Fonts { regular: Face::load(REGULAR)?, bold: Face::load(BOLD)? })
    }

    pub fn font(&self, weight: Weight) -> Font {
        match weight {
            Weight::Regular => self.regular.font.clone(),
            Weight::Bold => self.bold.font.clone(),
        }
    }

    /// The glyph of a character: of the weight asked for, or regular, or a sign that it is missing.
    pub fn glyph(&self, c: char, weight: Weight) -> Glyph {
        let bold = match weight {
            Weight::Bold => self.bold.glyph(c, Weight::Bold),
            Weight::Regular => None,
        };
        bold.or_else(|| self.regular.glyph(c, Weight::Regular))
            .or_else(|| self.regular.glyph('〓', Weight::Regular))
            .unwrap_or(Glyph { id: 0, advance: 1000, weight: Weight::Regular })
    }

    /// How far a text reaches, in the unit of its size.
    pub fn width(&self, text: &str, size: i32, weight: Weight) -> i32 {
        text.chars().map(|c| self.glyph(c, weight).advance).sum::<i32>() * size / 1000
    }
}
