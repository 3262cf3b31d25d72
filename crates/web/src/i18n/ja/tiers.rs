//! Words of tiers that are set by hand, in console and portal. Japanese.

use crate::i18n::en::tiers::Tiers;

pub const JA: Tiers = Tiers {
    which_way: "設定のしかた",
    way_floor: "下限にする（上がることはできます）",
    way_ceiling: "上限にする（下がることはあります）",
    way_fixed: "実績にかかわらず固定する",
    until_check: "次回の判定まで",
    until_check_hint: "判定後は実績どおりのランクに戻ります。判定のないランクでは日付を指定してください。",
    ceiling: "ランクの上限",
    fixed: "固定中のランク",
    held_until: "期限",
    said_floor: "{tier}を下限に設定（{until}）",
    said_ceiling: "{tier}を上限に設定（{until}）",
    said_fixed: "{tier}に固定（{until}）",
    until_day: "{day}まで",
    until_ever: "期限なし",
    until_next_check: "次回の判定まで",
    by_ceiling: "手動で引き下げ",
    by_ceiling_end: "手動設定の終了",
    own_floor: "担当者が設定：{tier}以上（{until}）",
    own_ceiling: "担当者が設定：{tier}まで（{until}）",
    own_fixed: "担当者が設定：{tier}（{until}）",
};
