//! What a letter tells, gathered when it is sent: the paper, the promotion, the names.

use engine::catalog;
use engine::db::Tx;
use engine::mail::Kind;
use engine::mail::delivery::Job;
use engine::office::Office;
use engine::papers::points::{self as paper, PointStatement};
use engine::rules::Rules;
use engine::views::loyalty::promotions as views;
use serde_json::Value;

use super::{Attached, PrepareError};
use crate::i18n::Lang;
use crate::reading::{self, promotions as say};

/// What a letter tells.
#[derive(Debug, Clone)]
pub enum Content {
    Statement(Box<PointStatement>),
    Promotion(Promoted),
    SponsorLow {
        sponsor: String,
        code: String,
        pack: String,
    },
    Friend {
        /// Who invites.
        advocate: String,
        code: String,
    },
    Invitation {
        by: String,
        login: String,
    },
    Password {
        login: String,
    },
    Test {
        by: String,
    },
}

/// A promotion as its audience reads of it.
#[derive(Debug, Clone)]
pub struct Promoted {
    pub name: String,
    pub description: String,
    pub days: String,
    pub gives: Vec<String>,
    /// The manager's own words.
    pub says: String,
    /// Who says nothing takes no part.
    pub needs_word: bool,
}

/// What a letter tells and what goes with it; or why it cannot be told any more.
pub(super) async fn of(
    tx: &mut Tx,
    office: &Office,
    lang: Lang,
    job: &Job,
) -> Result<Result<(Content, Option<Attached>), String>, PrepareError> {
    let text = |word: &str| {
        job.data.get(word).and_then(Value::as_str).map(str::to_owned).unwrap_or_default()
    };
    let content = match job.kind {
        Kind::Statement => return statement(tx, lang, job.paper.as_deref().unwrap_or("")).await,
        Kind::Promotion => {
            let rules = office.rules(tx).await?;
            let says = text(lang.say("says_ja", "says_en"));
            match promoted(lang, &rules, &text("promotion"), says) {
                Some(found) => Content::Promotion(found),
                None => return Ok(Err(format!("no promotion `{}` acts", text("promotion")))),
            }
        }
        Kind::SponsorLow => {
            let rules = office.rules(tx).await?;
            let code = text("sponsor");
            let known = rules.wallets.iter().find_map(|of| of.wallet.sponsors.get(code.as_str()));
            let sponsor = known.map(|it| reading::name(lang, &it.name, &it.code));
            let sponsor = sponsor.unwrap_or_else(|| code.clone());
            Content::SponsorLow { sponsor, code, pack: figure(&text("pack")) }
        }
        Kind::Friend => {
            let advocate = match job.data.get("advocate").and_then(Value::as_i64) {
                Some(id) => catalog::partner_by_id(tx, id).await?,
                None => None,
            };
            let Some(advocate) = advocate else { return Ok(Err("nobody invites".to_owned())) };
            let advocate = reading::partner_ref(lang, &advocate).name;
            Content::Friend { advocate, code: text("code") }
        }
        Kind::Invitation => Content::Invitation { by: text("by"), login: text("login") },
        Kind::Password => Content::Password { login: text("login") },
        Kind::Test => Content::Test { by: text("by") },
    };
    Ok(Ok((content, None)))
}

async fn statement(
    tx: &mut Tx,
    lang: Lang,
    id: &str,
) -> Result<Result<(Content, Option<Attached>), String>, PrepareError> {
    let Some((_, found)) = paper::find(tx, id).await? else {
        return Ok(Err(format!("there is no statement `{id}`")));
    };
    let paper_lang = match lang {
        Lang::Ja => domain::explain::Lang::Ja,
        Lang::En => domain::explain::Lang::En,
    };
    let bytes = match paper::pdf(&found, paper_lang) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Err(error.to_string())),
    };
    // Codes of partners may hold any sign; names of files may not.
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let number: String = found.number.chars().map(safe).collect();
    let name = format!("{number}-{}.pdf", lang.tag());
    let attached = Attached { name, media_type: "application/pdf", bytes };
    Ok(Ok((Content::Statement(Box::new(found)), Some(attached))))
}

/// A promotion as its audience reads of it, with the manager's own words. `None` if no wallet that
/// acts declares it.
pub fn promoted(lang: Lang, rules: &Rules, code: &str, says: String) -> Option<Promoted> {
    let (of, promotion) = views::wallet_of(rules, code)?;
    let mut gives: Vec<String> = Vec::new();
    for paying in views::paying(rules, code) {
        gives.extend(say::gives(lang, &of.wallet, &paying));
        gives.extend(say::counts(lang, &paying));
    }
    gives.dedup();
    Some(Promoted {
        name: reading::name(lang, &promotion.name, code),
        description: reading::name(lang, &promotion.description, ""),
        days: say::days(lang, promotion),
        gives,
        says,
        needs_word: promotion.enrol == domain::wallet::Enrol::Required,
    })
}

fn figure(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), crate::format::quantity)
}
