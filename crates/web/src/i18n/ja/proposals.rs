//! Words of points by hand that need a second person. Japanese.

use crate::i18n::en::proposals::Proposals;

pub const JA: Proposals = Proposals {
    title: "ポイントの承認",
    help: "金額の大きい手動の付与・減算は、別の担当者が確認するまでここで待ちます",
    n_waiting: "ポイントの申請{n}件が承認を待っています",
    none: "承認待ちはありません",
    none_help: "調整の承認経路が始まる金額以上の手動ポイントは、ここで承認を待ちます。",
    partner: "パートナー",
    points: "ポイント",
    asked: "申請者",
    state: "状態",
    gives: "{amount}を付与",
    takes: "{amount}を減算",
    waiting: "承認待ち",
    approved: "承認済み",
    rejected: "却下",
    approve: "承認する",
    reject: "却下する",
    waits_for_other: "調整を承認できる担当者が決定します",
    decided: "すでに決定されています",
    own: "ご自身の申請は承認できません。別の担当者が承認します",
    may_not: "調整を承認する権限がありません",
    long_comment: "コメントが長すぎます",
};
