//! Out of a form the two texts it means: new ones, ones like those of another promotion, or the
//! next versions of those that are there.

use domain::program::{Change, Program, Revision, Thresholds};
use domain::yaml::{self, Tree};
use engine::db::Reader;
use engine::programs::{self, ProgramError};
use engine::rules::{self, Rules, VersionRow, VersionStatus};
use engine::wallets::{self as engine_wallets, Active};
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::building::newest;
use crate::console::loyalty::building::{Form, Standing, changes_kind, joined, with_promotion};
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::reading;

/// A promotion with the newest texts it stands in.
#[derive(Debug, Clone)]
pub struct Found {
    pub standing: Standing,
    pub wallet: String,
    pub name: String,
    pub program: Program,
    /// The program's text is a draft that nobody activated yet.
    pub is_draft: bool,
}

impl Found {
    /// What tells these texts from others.
    pub fn stamp(&self) -> String {
        let both = format!("{}\n---\n{}", self.standing.wallet, self.standing.program);
        crate::visit::hex(Sha256::digest(both).get(..8).unwrap_or_default())
    }

    /// It gives already, so a change needs a first day.
    pub fn has_begun(&self, today: Date) -> bool {
        !self.is_draft && self.program.starts < today
    }
}

/// From what a form makes its texts.
#[derive(Debug, Clone)]
pub enum Source {
    New,
    Like(Box<Found>),
    /// With the day from which on it gives something else, as it was typed.
    Change(Box<Found>, String),
}

/// The texts that a form makes.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// The whole text of the wallet, and the block of the promotion.
    pub wallet: String,
    pub block: String,
    pub program: String,
    /// What stands there now; nothing of a program that is new.
    pub before: (String, String),
    /// The text of the program takes the place of a draft.
    pub is_draft: bool,
    pub told: Vec<String>,
}

/// Why it makes none.
#[derive(Debug)]
pub enum Unmade {
    From(&'static str),
    Refused(String),
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for Unmade {
    fn from(error: E) -> Unmade {
        Unmade::Failed(error.into())
    }
}

/// A promotion of a wallet that acts, with the term that pays under it.
pub async fn found(
    lang: Lang,
    reader: &mut Reader,
    rules: &Rules,
    code: &str,
) -> Result<Option<Found>, Failure> {
    let wallets = engine_wallets::versions(reader).await?;
    let texts = rules.wallets.iter().filter_map(|of| newest(&wallets, &of.code));
    let texts: Vec<_> = texts.filter(|row| row.text.contains(code)).collect();
    if texts.is_empty() {
        return Ok(None);
    }
    let mut versions: Vec<VersionRow> = vec![];
    for row in rules::list(reader).await? {
        // Newest first: a draft that was never activated, or else what acts.
        let is_known = versions.iter().any(|other| other.program_id == row.program_id);
        let counts = matches!(row.status, VersionStatus::Draft | VersionStatus::Active);
        if !is_known && counts && row.text.contains(code) {
            versions.push(row);
        }
    }
    for of in &texts {
        for row in &versions {
            let Some(standing) = Standing::of(&of.text, &row.text, code) else { continue };
            let Some(program) = programs::check_text(&row.text).program else { continue };
            let (file, _) = engine_wallets::check(reader, &of.text).await?;
            let name = file.as_ref().and_then(|file| file.wallet.promotions.get(code));
            let name = name.map(|own| reading::name(lang, &own.name, code));
            return Ok(Some(Found {
                standing,
                wallet: of.code.clone(),
                name: name.unwrap_or_else(|| code.to_owned()),
                program,
                is_draft: row.status == VersionStatus::Draft,
            }));
        }
    }
    Ok(None)
}

/// The texts of a form. `was` is the form as the texts said it before.
pub async fn make(
    (lang, currency): (Lang, &str),
    reader: &mut Reader,
    of: &Active,
    (before, was, form): (&str, &Form, &Form),
    source: &Source,
) -> Result<Made, Unmade> {
    match source {
        Source::New => {
            let money = of.money.map_or_else(|| currency.to_owned(), |money| money.to_string());
            let zone = of.wallet.time_zone.iana_name().unwrap_or("UTC");
            let texts = (form.block(), form.program(&money, zone), form.term(&form.code));
            beside(lang, reader, (before, form), texts).await
        }
        Source::Like(found) => {
            let (block, program) =
                found.standing.copied(was, form).map_err(|words| lost(lang, &words))?;
            let item =
                item_of(&program, &form.code).ok_or_else(|| lost(lang, &["terms".into()]))?;
            beside(lang, reader, (before, form), (block, program, item)).await
        }
        Source::Change(found, from) => change(lang, reader, (was, form), found, from).await,
    }
}

fn lost(lang: Lang, words: &[String]) -> Unmade {
    let words = words.join("`, `");
    Unmade::Refused(fill(lang.words().promoting.lost, &[("words", &words)]))
}

/// The term of a program of one, as an item of a list under another code.
fn item_of(program: &str, code: &str) -> Option<String> {
    let root = yaml::parse(program).ok()?.root;
    let Tree::Map(mut term) = Tree::from(root.get("terms")?.list()?.first()?) else { return None };
    for (key, value) in &mut term {
        if key == "term" {
            *value = Tree::text(code);
        }
    }
    let text = yaml::write(&Tree::List(vec![Tree::Map(term)]));
    // An item on one line takes in no further line.
    if text.trim_start().starts_with("- {") {
        let inner = text.trim().strip_prefix("- {")?.strip_suffix('}')?;
        let root = yaml::parse(&format!("{{{inner}}}")).ok()?.root;
        let lines = root.map()?.iter().enumerate().map(|(at, (key, value))| {
            let entry = Tree::Map(vec![(key.text().unwrap_or_default().into(), value.into())]);
            format!("{}{}", if at == 0 { "- " } else { "  " }, yaml::write(&entry))
        });
        return Some(lines.collect());
    }
    Some(text)
}

/// A new promotion: with a program of its own, or in that of one it competes with.
async fn beside(
    lang: Lang,
    reader: &mut Reader,
    (before, form): (&str, &Form),
    (block, program, item): (String, String, String),
) -> Result<Made, Unmade> {
    let wallet = with_promotion(before, &block)
        .ok_or_else(|| Unmade::Refused(lang.words().loyalty.errors_first.into()))?;
    let made = Made {
        wallet,
        block,
        program,
        before: (before.to_owned(), String::new()),
        ..Made::default()
    };
    if !form.is_in_lane() {
        return Ok(made);
    }
    let code = form.lane_with.split('/').next().unwrap_or_default();
    let (text, standing, is_draft) = next(reader, code, &Revision::Correct).await?;
    let starts = programs::check_text(&text).program.map(|program| program.starts);
    let own = form.starts.parse::<Date>().ok();
    if let Some(begins) = starts.filter(|begins| own.is_some_and(|own| own < *begins)) {
        let day = format::day_long(begins, lang);
        return Err(Unmade::Refused(fill(lang.words().promoting.lane_starts, &[("day", &day)])));
    }
    let other = fill(lang.words().promoting.lane_refused, &[("other", &form.lane_with)]);
    let program = joined(&text, form, &item).ok_or(Unmade::Refused(other))?;
    Ok(Made { program, is_draft, before: (made.before.0.clone(), standing), ..made })
}

/// The text that a program's next version begins with, the text it comes from, and whether it takes
/// the place of a draft.
async fn next(
    reader: &mut Reader,
    code: &str,
    revision: &Revision,
) -> Result<(String, String, bool), Unmade> {
    let row = rules::program_by_code(reader, code).await?.ok_or(Failure::NotFound);
    let row = row.map_err(Unmade::Failed)?;
    let versions = rules::versions(reader, row.program_id).await?;
    let acts = |row: &&VersionRow| row.status == VersionStatus::Active;
    let newest = versions
        .iter()
        .find(|row| matches!(row.status, VersionStatus::Draft | VersionStatus::Active));
    let newest = newest.ok_or(Failure::NotFound).map_err(Unmade::Failed)?;
    if !acts(&newest) {
        return Ok((newest.text.clone(), newest.text.clone(), true));
    }
    match programs::begin(reader, code, None, revision).await {
        Ok(begun) => Ok((begun.text, newest.text.clone(), false)),
        Err(ProgramError::OutsideDays { .. }) => Err(Unmade::From("")),
        Err(ProgramError::Db(error)) => Err(error.into()),
        Err(error) => Err(Unmade::Refused(error.to_string())),
    }
}

async fn change(
    lang: Lang,
    reader: &mut Reader,
    (was, form): (&Form, &Form),
    found: &Found,
    from: &str,
) -> Result<Made, Unmade> {
    let w = &lang.words().promoting;
    let standing = &found.standing;
    let term = found.program.terms.get(standing.term).map(|term| term.code.to_string());
    let anew = (!found.is_draft && changes_kind(was, form))
        .then(|| following(term.as_deref().unwrap_or("bonus"), &found.program));
    let changed = |revised: &str| {
        standing.changed((was, form), revised, anew.clone()).map_err(|words| lost(lang, &words))
    };
    let (wallet, program) = changed(&standing.program)?;
    let mut made = Made {
        block: form.block(),
        before: (standing.wallet.clone(), standing.program.clone()),
        is_draft: found.is_draft,
        wallet,
        program,
        told: vec![],
    };
    if made.program != standing.program && !found.is_draft {
        let revision = match from {
            "" => Revision::Correct,
            day => Revision::Amend {
                from: day.parse().map_err(|_| Unmade::From(w.bad_day))?,
                thresholds: Thresholds::Whole,
            },
        };
        let next = next(reader, found.program.code.as_str(), &revision).await;
        let (revised, ..) = next.map_err(|error| match error {
            Unmade::From(_) => Unmade::From(w.bad_day),
            error => error,
        })?;
        made.program = changed(&revised)?.1;
        made.told.extend(anew.map(|term| fill(w.new_term, &[("term", &term)])));
    }
    Ok(made)
}

/// The code of a term that takes the place of another one.
fn following(code: &str, program: &Program) -> String {
    let (stem, last) = match code.rsplit_once('-') {
        Some((stem, number)) => match number.parse::<u32>() {
            Ok(number) => (stem, number),
            Err(_) => (code, 1),
        },
        None => (code, 1),
    };
    let is_free = |code: &String| program.terms.iter().all(|term| term.code.as_str() != code);
    // Of one number more than there are terms, one is free.
    let tried = u32::try_from(program.terms.len()).unwrap_or(u32::MAX);
    let mut codes =
        (1..=tried.saturating_add(1)).map(|n| format!("{stem}-{}", last.saturating_add(n)));
    codes.find(is_free).unwrap_or_else(|| code.to_owned())
}

/// The program as a trial looks at it: by itself.
pub fn alone(program: Program) -> Program {
    Program { version: 1, change: Change::First, ..program }
}
