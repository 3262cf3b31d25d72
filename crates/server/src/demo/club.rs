//! The demo's loyalty club: a wallet, the program that fills it, the courses that it pays for, and
//! what the partner whose portal is shown did with its points.

use std::sync::Arc;

use anyhow::Context;
use domain::code::PartnerCode;
use domain::master::Partner;
use domain::wallet::{Channel, Command, MemberLine, MemberStep, OrderReward};
use engine::access::Actor;
use engine::catalog::{self, MasterData};
use engine::db::Tx;
use engine::pictures::{self, Alt, Subject};
use engine::rules::{self, Rules};
use engine::training;
use engine::wallets::{self, Answer, Ask};
use jiff::Timestamp;
use jiff::civil::Date;

use super::programs::{DemoProgram, moved, years_moved};

/// Days before today on which the partner that is shown orders something, and what.
pub const ORDERS: [(i64, &str); 3] = [(60, "parts-voucher"), (20, "jersey"), (9, "cash")];

/// The wallet. It is there from the year before the one that is shown.
pub fn wallet(today: Date) -> String {
    moved(include_str!("wallet.yaml"), years_moved(today) - 1)
}

/// The program that pays points. It goes on without an end.
pub fn program(today: Date) -> DemoProgram {
    let text = moved(include_str!("club.yaml"), years_moved(today) - 1);
    DemoProgram { file: "club.yaml", text }
}

/// The courses for the people of the club's stores.
pub const COURSES: [&str; 2] =
    [include_str!("course-ebike.yaml"), include_str!("course-fitting.yaml")];

/// Lets the wallet act, and the courses.
pub async fn found(tx: &mut Tx, actor: &Actor, now: Timestamp, today: Date) -> anyhow::Result<()> {
    for text in COURSES {
        let (code, _) = training::draft(tx, actor, now, text).await?;
        training::activate(tx, actor, now, &code).await?;
    }
    let (code, _) = wallets::draft(tx, actor, now, &wallet(today)).await?;
    wallets::activate(tx, actor, now, &code).await?;
    for (subject, code, bytes, en, ja) in PICTURES {
        let alt = Alt::Said { en: en.into(), ja: ja.into() };
        pictures::put(tx, (actor, now), (subject, code), Some(bytes), &alt).await?;
    }
    Ok(())
}

/// What a picture is of, its bytes, and what it shows in English and Japanese.
type Pictured = (Subject, &'static str, &'static [u8], &'static str, &'static str);

/// Drawn for the demo, a few kilobytes each.
const PICTURES: [Pictured; 9] = [
    (
        Subject::Voucher,
        "PARTS",
        include_bytes!("pictures/parts-voucher.png"),
        "A blue voucher with a cogwheel",
        "歯車を描いた青い優待券",
    ),
    (
        Subject::Voucher,
        "SEASON",
        include_bytes!("pictures/season.png"),
        "A green voucher with a percent sign",
        "パーセント記号を描いた緑の優待券",
    ),
    (
        Subject::Reward,
        "jersey",
        include_bytes!("pictures/jersey.png"),
        "A blue jersey with an amber stripe",
        "琥珀色の線が入った青いジャージ",
    ),
    (
        Subject::Reward,
        "display-stand",
        include_bytes!("pictures/display-stand.png"),
        "A stand that holds two bikes",
        "自転車2台を掛けたスタンド",
    ),
    (
        Subject::Reward,
        "cash",
        include_bytes!("pictures/cash.png"),
        "A banknote and coins",
        "紙幣と硬貨",
    ),
    (
        Subject::Reward,
        "ebike-course",
        include_bytes!("pictures/ebike-course.png"),
        "An e-bike drawn on a board",
        "ボードに描かれたeバイク",
    ),
    (
        Subject::Reward,
        "tools",
        include_bytes!("pictures/tools.png"),
        "A red tool case on wheels",
        "キャスター付きの赤い工具箱",
    ),
    (
        Subject::Promotion,
        "gear-season",
        include_bytes!("pictures/gear-season.png"),
        "A helmet and a bag",
        "ヘルメットとバッグ",
    ),
    (
        Subject::Promotion,
        "month-goal",
        include_bytes!("pictures/month-goal.png"),
        "Steps that rise to a flag",
        "旗へと上がっていく階段",
    ),
];

/// One shop of so many takes part in the promotion that one enrols for, before it begins.
const TAKES_PART: usize = 3;
const ENROLLED_FOR: &str = "gear-season";

/// Enrols some shops. The one that is shown is left to whoever looks.
pub async fn enrol(
    tx: &mut Tx,
    (actor, now): (&Actor, Timestamp),
    shown: &PartnerCode,
) -> anyhow::Result<()> {
    let (rules, master) = (rules::load(tx).await?, catalog::load_master(tx).await?);
    let is_shop = |code: &&PartnerCode| {
        let fields = master.master.partners.get(*code).map(Partner::now);
        let has = |name: &str, value: &str| {
            fields.and_then(|fields| fields.get(name)).is_some_and(|own| own == value)
        };
        has("country", "JP") && has("business_type", "specialty_store") && *code != shown
    };
    let mut shops: Vec<&PartnerCode> = master.partner_ids.keys().filter(is_shop).collect();
    shops.sort();
    let member = || {
        let step = MemberStep::Enrol { channel: Some(Channel::Import), until: None };
        Command::Member(MemberLine { wallet: None, step, reason: None })
    };
    let asks: Vec<Ask> = shops
        .into_iter()
        .step_by(TAKES_PART)
        .flat_map(|code| {
            let ask = |command| Ask { key: Arc::from(code.as_str()), on: None, command };
            [ask(member()), ask(Command::Enrol { promotion: Arc::from(ENROLLED_FOR) })]
        })
        .collect();
    wallets::act_many(tx, &rules, &master, (actor, now), &asks).await?;
    Ok(())
}

/// Orders a reward, as the partner does in the portal. It may lack the points.
pub async fn order(
    tx: &mut Tx,
    (rules, master): (&Rules, &MasterData),
    (actor, now): (&Actor, Timestamp),
    partner_id: i64,
    (number, reward): (usize, &str),
) -> anyhow::Result<bool> {
    let partner: PartnerCode =
        master.partner_code(partner_id).context("the partner has a code")?.clone();
    let line = OrderReward { partner, reward: Arc::from(reward), quantity: 1 };
    let ask = Ask {
        key: Arc::from(format!("R-DEMO{number}")),
        on: None,
        command: Command::OrderReward(line),
    };
    let answer = wallets::act(tx, rules, master, (actor, now), &ask).await?;
    Ok(matches!(answer, Answer::Taken(_)))
}
