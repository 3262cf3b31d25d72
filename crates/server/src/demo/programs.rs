//! The demo's programs, as the texts in `programs/`. They are written for fiscal year 2026, April
//! to March, and are moved to the year that is shown.

use jiff::civil::Date;

/// A program's text, ready to be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoProgram {
    /// The file it was written in, for messages.
    pub file: &'static str,
    pub text: String,
}

/// The fiscal year the texts are written for.
const WRITTEN_FOR: i16 = 2026;

/// The first month of the vendor's fiscal year.
const FIRST_MONTH: i8 = 4;

/// File, text, and whether last fiscal year had the program too.
const TEXTS: [(&str, &str, bool); 6] = [
    ("bikes-volume.yaml", include_str!("programs/bikes-volume.yaml"), true),
    ("parts-and-gear.yaml", include_str!("programs/parts-and-gear.yaml"), true),
    ("ebike-growth.yaml", include_str!("programs/ebike-growth.yaml"), false),
    ("tsubame-launch.yaml", include_str!("programs/tsubame-launch.yaml"), false),
    ("product-mix.yaml", include_str!("programs/product-mix.yaml"), true),
    ("gear-monthly-us.yaml", include_str!("programs/gear-monthly-us.yaml"), true),
];

/// The programs of the fiscal year that `today` lies in, and those of the year before.
pub fn programs(today: Date) -> Vec<DemoProgram> {
    let years = years_moved(today);
    let before = TEXTS.iter().filter(|(_, _, was_there)| *was_there);
    let before = before.map(|(file, text, _)| (file, moved(text, years - 1)));
    let now = TEXTS.iter().map(|(file, text, _)| (file, moved(text, years)));
    before.chain(now).map(|(file, text)| DemoProgram { file, text }).collect()
}

/// How many years lie between the one the texts are written for and the one of a day.
pub(super) fn years_moved(today: Date) -> i16 {
    let year = if today.month() < FIRST_MONTH { today.year() - 1 } else { today.year() };
    year - WRITTEN_FOR
}

/// The text with every year it names (four digits from 2020 to 2039) moved by so many years.
pub(super) fn moved(text: &str, years: i16) -> String {
    let mut moved = String::with_capacity(text.len());
    let mut digits = String::new();
    for letter in text.chars().chain([' ']) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        match digits.parse::<i16>() {
            Ok(year) if digits.len() == 4 && (2020..2040).contains(&year) => {
                moved.push_str(&(year + years).to_string());
            }
            _ => moved.push_str(&digits),
        }
        digits.clear();
        moved.push(letter);
    }
    moved.pop();
    moved
}
