//! Why a payout is owed, as pages say it: the closed period of a program, or the order of a reward.

use domain::program::Names;
use engine::rules::Rules;
use engine::settle::{OfReward, PayoutRow, Source};
use jiff::civil::Date;

use crate::format::{self, Money};
use crate::i18n::{Lang, fill};
use crate::reading;
use crate::view::{Period, ProgramRef};

/// Why a payout is owed.
#[derive(Debug, Clone)]
pub enum Owing {
    Period { program: ProgramRef, period: Period },
    Reward(Reward),
}

/// The order of a reward that gives money.
#[derive(Debug, Clone)]
pub struct Reward {
    /// What the reward is called.
    pub name: String,
    pub order: String,
    /// The points it took, in words; those that were given back, if that is so.
    pub points: String,
    pub is_back: bool,
    pub on: Date,
}

impl Owing {
    /// `None` of a payout of a period that nobody knows any more.
    pub fn of(lang: Lang, rules: &Rules, row: &PayoutRow) -> Option<Owing> {
        match &row.source {
            Source::Period(of) => Some(Owing::Period {
                program: reading::program_named(lang, rules, &of.program),
                period: reading::period_named(rules, &of.program, &of.name)?,
            }),
            Source::Reward(of) => Some(Owing::Reward(reward(lang, rules, of))),
        }
    }

    /// The program, or the reward.
    pub fn name(&self, lang: Lang) -> String {
        match self {
            Owing::Period { program, .. } => program.name.clone(),
            Owing::Reward(of) => fill(lang.words().owing.reward, &[("reward", &of.name)]),
        }
    }

    /// The period, or the points and the order.
    pub fn when(&self, lang: Lang) -> String {
        match self {
            Owing::Period { period, .. } => period.long(lang),
            Owing::Reward(of) => of.order(lang),
        }
    }

    /// The code of the program; none of a reward.
    pub fn program_code(&self) -> &str {
        match self {
            Owing::Period { program, .. } => &program.code,
            Owing::Reward(_) => "",
        }
    }

    /// The order, if one owes it.
    pub fn reward(&self) -> Option<&Reward> {
        match self {
            Owing::Period { .. } => None,
            Owing::Reward(of) => Some(of),
        }
    }
}

impl Reward {
    fn order(&self, lang: Lang) -> String {
        let o = &lang.words().owing;
        let say = if self.is_back { o.given_back } else { o.order };
        fill(say, &[("points", &self.points), ("order", &self.order)])
    }

    /// What the order owes and why, in a sentence.
    pub fn sentence(&self, lang: Lang, amount: Money) -> String {
        let o = &lang.words().owing;
        let amount = Money::new(amount.amount.abs(), amount.currency).text(lang);
        let places = [
            ("amount", amount.as_str()),
            ("points", &self.points),
            ("order", &self.order),
            ("day", &format::day(self.on, lang)),
        ];
        fill(if self.is_back { o.sentence_back } else { o.sentence }, &places)
    }
}

fn reward(lang: Lang, rules: &Rules, of: &OfReward) -> Reward {
    let wallet = rules.wallets.iter().map(|it| &it.wallet);
    let wallet = wallet.into_iter().find(|wallet| wallet.points.contains_key(of.unit.as_str()));
    let declared = wallet.and_then(|wallet| wallet.rewards.get(of.reward.as_str()));
    let names = declared.map(|reward| reward.name.clone()).unwrap_or_default();
    let points = of.points.abs();
    Reward {
        name: reading::name(lang, &names, &of.reward),
        order: of.order.clone(),
        points: match wallet {
            Some(wallet) => reading::loyalty::points_of(lang, wallet, points, &of.unit),
            None => reading::loyalty::points(lang, points, &Names::new(), &of.unit),
        },
        is_back: of.points.is_sign_negative() && !of.points.is_zero(),
        on: of.on,
    }
}
