//! Words of sponsors in the console. Japanese.

use crate::i18n::en::sponsors::Sponsors;

pub const JA: Sponsors = Sponsors {
    sponsors: "協賛企業",
    sponsors_help: "ポイントの費用を前払いまたは後払いで負担する企業です",
    no_sponsors: "協賛企業はまだありません",
    no_sponsors_help: "ウォレットの定義の sponsors に、対象のポイント、前払い・後払いの別、単価を書きます。",
    sponsor: "協賛企業",
    prepaid: "前払い",
    postpaid: "後払い",
    bought: "購入",
    used: "使用",
    pack: "残り",
    waiting: "保留中の必要数",
    paid: "支払額",
    owed: "請求額",
    factor: "1ポイントあたりの使用数",
    alert: "警告する残数",
    alerts: "残りわずか",
    alerts_help: "残りが警告する水準を下回りました。不足する付与は、次の補充まで保留されます。",
    top_up: "補充する",
    top_up_help: "協賛企業が購入したポイント数です。保留中の付与は順に実行されます。",
    amount: "ポイント",
    queue: "補充を待つ付与",
    credit: "付与",
    partner: "取引先",
    statement: "月ごとの明細",
    statement_help: "購入・使用したポイントと請求額",
    month: "月",
    nothing_yet: "購入・使用はまだありません。",
};
