//! Words for why a payout is owed. Japanese.

use crate::i18n::en::owing::Owing;

pub const JA: Owing = Owing {
    why: "支払いの理由",
    reward: "交換品：{reward}",
    order: "{points}、注文{order}",
    given_back: "{points}を返還、注文{order}",
    sentence: "{day}の注文{order}により、{points}と引き換えに{amount}をお支払いします。",
    sentence_back: "{day}に注文{order}の{points}が返還されたため、{amount}が払い過ぎです。",
    rewards: "現金の交換品",
    of_rewards: "交換品",
    see_points: "この取引先のポイント",
    see_history: "ポイントの履歴",
    withdrawn: "取り下げ",
    withdrawn_help: "支払い前に注文が取り消されたか変更されたため、この支払いはなくなりました。",
};
