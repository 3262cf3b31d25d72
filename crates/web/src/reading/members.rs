//! Memberships in words.

use domain::wallet::{Channel, MemberState};
use engine::members::{ContactChannel, Every};
use engine::papers::points::Covered;
use engine::referrals::{ReferralError, Stage};
use engine::wallets::Member;
use jiff::civil::Date;

use crate::failure::Failure;
use crate::format;
use crate::i18n::Lang;
use crate::ui::Tone;

/// Where a membership stands.
pub fn state(lang: Lang, state: MemberState) -> (&'static str, Tone) {
    let m = &lang.words().members;
    match state {
        MemberState::Active => (m.state_active, Tone::Good),
        MemberState::Suspended => (m.state_suspended, Tone::Wait),
        MemberState::Ended => (m.state_ended, Tone::Plain),
        MemberState::Merged => (m.state_merged, Tone::Plain),
        MemberState::Outside => (m.state_outside, Tone::Plain),
    }
}

pub fn channel(lang: Lang, channel: Channel) -> &'static str {
    let m = &lang.words().members;
    match channel {
        Channel::Console => m.channel_console,
        Channel::Portal => m.channel_portal,
        Channel::Api => m.channel_api,
        Channel::Import => m.channel_import,
    }
}

/// What is known of a membership beside its state, by label.
pub fn membership(lang: Lang, wallet: &str, member: &Member) -> Vec<(&'static str, String)> {
    let m = &lang.words().members;
    let is = &member.is;
    let mut rows = Vec::new();
    let number = member.number.map(|number| engine::wallets::number_shown(wallet, number));
    rows.extend(number.map(|number| (m.number, number)));
    match is.since {
        Some(day) => rows.push((m.since, format::day_long(day, lang))),
        None if is.state == MemberState::Active => {
            rows.push((m.since, m.without_a_word.to_owned()));
        }
        None => {}
    }
    let label = if is.state == MemberState::Ended { m.ended_on } else { m.until };
    rows.extend(is.until.map(|day| (label, format::day_long(day, lang))));
    rows.extend(is.channel.map(|it| (m.channel, channel(lang, it).to_owned())));
    rows
}

pub fn every(lang: Lang, every: Every) -> &'static str {
    let m = &lang.words().members;
    match every {
        Every::Never => m.statements_none,
        Every::Month => m.statements_month,
        Every::Quarter => m.statements_quarter,
    }
}

/// The months up to a day, by their words in addresses and in the reader's.
pub fn months(lang: Lang, today: Date, count: i32) -> Vec<(String, String)> {
    let months = Covered::months_until(today, count).into_iter();
    months.map(|it| (it.word(), period(lang, it.from, it.to))).collect()
}

/// Days of a statement.
pub fn period(lang: Lang, from: Date, to: Date) -> String {
    let dash = lang.say("～", "–");
    format!("{} {dash} {}", format::day_long(from, lang), format::day_long(to, lang))
}

pub fn contact(lang: Lang, channel: ContactChannel) -> &'static str {
    let m = &lang.words().members;
    match channel {
        ContactChannel::Mail => m.channel_mail,
        ContactChannel::Phone => m.channel_phone,
        ContactChannel::Messaging => m.channel_messaging,
        ContactChannel::Post => m.channel_post,
    }
}

pub fn stage(lang: Lang, stage: Stage) -> (&'static str, Tone) {
    let m = &lang.words().members;
    match stage {
        Stage::Invited => (m.stage_invited, Tone::Plain),
        Stage::Registered => (m.stage_registered, Tone::Info),
        Stage::Qualified => (m.stage_qualified, Tone::Good),
    }
}

/// Why nothing came of a referral, for who reads.
pub fn referral_failure(lang: Lang, error: ReferralError) -> Failure {
    let m = &lang.words().members;
    let said = match error {
        ReferralError::Db(error) => return error.into(),
        ReferralError::Rules(error) => return error.into(),
        ReferralError::Access(error) => return error.into(),
        ReferralError::UnknownCode { .. } => m.refused_unknown_code,
        ReferralError::Oneself { .. } => m.refused_oneself,
        ReferralError::Already { .. } => m.refused_already,
        ReferralError::SoldBefore { .. } => m.refused_sold,
        ReferralError::TooMany => m.refused_too_many,
    };
    Failure::Conflict(said.into())
}
