//! Why wallets refuse, and what to do. Japanese.

use crate::i18n::en::refusals::Refusals;

pub const JA: Refusals = Refusals {
    other_content: "このキーは別の内容で使われています。新しいキーにしてください",
    unknown_partner: "このパートナーは登録されていません。登録するか、コードを直してください",
    unknown_code: "このコードを定めた有効なウォレットがありません",
    unknown_key: "このキーのものはありません",
    merged: "この会員は別の会員に統合されています。統合先を指定してください",
    not_owner: "別のパートナーのものです",
    wrong_unit: "使えない種類か、小数の桁が多すぎます",
    invalid_amount: "0より大きく、範囲内の数にしてください",
    wrong_state: "もうできないか、まだできません",
    not_started: "まだ開始日前です",
    expired: "期限が過ぎています",
    not_enrolled: "先にプロモーションへの参加、またはウォレットへの入会が必要です",
    not_eligible: "このパートナーは条件を満たしていません",
    below_minimum: "最小の数に足りません",
    not_a_step: "決められた単位の倍数ではありません",
    limit_partner: "1パートナーの上限に達しています",
    limit_total: "全体の上限に達したか、注文に使えるポイントの割合を超えています",
    out_of_stock: "在庫がありません",
    insufficient: "残高が足りません",
    pack_short: "スポンサーの前払い分が足りません。補充され次第、反映されます",
};
