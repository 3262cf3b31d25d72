//! Links of members with other companies, in words.

use engine::members::{Link, LinkError};
use engine::wallets::Active;

use super::name;
use crate::failure::Failure;
use crate::format;
use crate::i18n::{Lang, fill};
use crate::ui::Tone;

/// A link as a page tells it.
#[derive(Debug, Clone)]
pub struct LinkTold {
    pub link_id: i64,
    pub company: String,
    pub number: Option<String>,
    pub since: String,
    pub state: (String, Tone),
    /// Who made it, and who ended it and why.
    pub by: Vec<String>,
    pub is_over: bool,
}

/// Links of a wallet, the newest first. Who made and ended them is for the vendor.
pub fn told(lang: Lang, of: &Active, links: &[Link]) -> Vec<LinkTold> {
    let own = links.iter().filter(|link| link.wallet_id == of.wallet_id);
    own.map(|link| one(lang, of, link)).collect()
}

fn one(lang: Lang, of: &Active, link: &Link) -> LinkTold {
    let w = &lang.words().people;
    let declared = of.wallet.sponsors.get(link.sponsor.as_str());
    let company =
        declared.map_or_else(|| link.sponsor.clone(), |it| name(lang, &it.name, &link.sponsor));
    let mut by = vec![fill(w.made_by, &[("who", &link.actor)])];
    let state = match &link.ended {
        None => (w.active.to_owned(), Tone::Good),
        Some(end) => {
            let mut said = vec![fill(w.ended_by, &[("who", &end.actor)])];
            said.extend(end.reason.clone());
            said.extend(end.note.clone());
            by.push(said.join(" · "));
            (fill(w.ended_on, &[("day", &format::day_long(end.on, lang))]), Tone::Plain)
        }
    };
    LinkTold {
        link_id: link.link_id,
        company,
        number: link.number.clone(),
        since: format::day_long(link.since, lang),
        state,
        by,
        is_over: link.ended.is_some(),
    }
}

/// Why there is no such link, for who reads.
pub fn failure(lang: Lang, error: LinkError) -> Failure {
    let w = &lang.words().people;
    match error {
        LinkError::Db(error) => error.into(),
        LinkError::NotLinked => Failure::NotFound,
        LinkError::TooMany => Failure::Conflict(error.to_string()),
        LinkError::UnknownSponsor { .. } => Failure::field(&["company"], w.refused_company),
        LinkError::Already { .. } => Failure::field(&["company"], w.refused_already),
        LinkError::NumberTaken { .. } => Failure::field(&["number"], w.refused_number),
        LinkError::BadNumber { .. } => Failure::field(&["number"], w.refused_bad_number),
        LinkError::BeforeItBegan { .. } => Failure::Conflict(w.refused_before.into()),
    }
}
