//! The audit trail in words: what the engine stores as codes, said in the reader's language.
//!
//! A code without words is shown as it is stored, so that nothing that was done is ever hidden.

use engine::access::User;
use engine::audit::Recorded;
use serde_json::Value;

use crate::diff::{self, Line};
use crate::i18n::Lang;
use crate::reading::clause::label;
use crate::ui::encode;

/// What was done, to what kind of thing.
pub fn action(lang: Lang, action: &str, kind: &str) -> String {
    let verb = word(lang, &VERBS, action);
    match (action, kind) {
        // People sign in; there is no other thing it is done to.
        ("sign_in" | "sign_out", _) => verb,
        (_, kind) => match lang {
            Lang::En => format!("{verb} {}", word(lang, &KINDS, kind)),
            Lang::Ja => format!("{}を{verb}", word(lang, &KINDS, kind)),
        },
    }
}

/// A kind of thing, in the reader's language.
pub fn kind(lang: Lang, kind: &str) -> String {
    word(lang, &KINDS, kind)
}

/// Texts of several lines, before and after, line by line; of objects, their fields that are such
/// texts or lists.
pub fn lines(before: Option<&Value>, after: Option<&Value>) -> Vec<Line> {
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(value @ (Value::Object(_) | Value::Array(_))) => {
            serde_json::to_string_pretty(value).unwrap_or_default()
        }
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let (before, after) = (text(before), text(after));
    let is_long = before.contains('\n') || after.contains('\n');
    if is_long && before != after { diff::lines(&before, &after) } else { vec![] }
}

/// What it was done to, by the name people know it by.
pub fn subject(entry: &Recorded, people: &[User]) -> String {
    let id = &entry.subject_id;
    match entry.subject_kind.as_str() {
        // Who signed in stands beside already.
        "user" if matches!(entry.action.as_str(), "sign_in" | "sign_out") => String::new(),
        "user" => people.iter().find(|user| user.id == *id).map_or(id, |user| &user.login).clone(),
        // There is one of them.
        "setting" => String::new(),
        _ => id.clone(),
    }
}

/// Where that is.
pub fn href(entry: &Recorded) -> Option<String> {
    let id = entry.subject_id.as_str();
    let place = |folder: &str, id: &str| Some(format!("/console/{folder}/{}", encode(id)));
    match entry.subject_kind.as_str() {
        "partner" => place("partners", id),
        "product" => Some(format!("/console/products?q={}", encode(id))),
        "program" => place("programs", id.split('/').next()?),
        "mapping" => place("mappings", id),
        "payout" => place("payouts", id),
        "dispute" => place("disputes", id),
        "hold" => Some("/console/holds".into()),
        "delegation" => Some("/console/approvals".into()),
        "adjustment" => Some("/console/adjustments".into()),
        "period" => {
            let (program, period) = id.rsplit_once('/')?;
            Some(format!("/console/periods/{}", crate::reading::period_id(program, period)))
        }
        "import" => place("imports", id),
        "payment_run" => place("payments", id),
        "settlement_note" => place("notes", id),
        "statement" => Some("/console/statements".into()),
        "payee" => Some(format!("/console/partners/{}/payee", encode(id))),
        "webhook" => place("webhooks", id),
        "mail" => place("mail", id),
        "points" => Some("/console/loyalty/proposals".into()),
        "accounting" => Some("/console/accounting".into()),
        "company" => Some("/console/company".into()),
        _ => None,
    }
}

/// The fields that differ, old and new.
pub fn difference(lang: Lang, before: Option<&Value>, after: Option<&Value>) -> String {
    let Some(after) = after.and_then(Value::as_object) else { return String::new() };
    let before = before.and_then(Value::as_object);
    let said: Vec<String> = after
        .iter()
        .filter_map(|(name, new)| {
            let field = word_or_label(lang, name);
            let colon = lang.say("：", ": ");
            match before.and_then(|before| before.get(name)) {
                Some(old) if old == new => None,
                Some(old) if shown(lang, old).is_empty() => {
                    Some(format!("{field}{colon}{}", shown(lang, new)))
                }
                Some(old) => {
                    Some(format!("{field}{colon}{} → {}", shown(lang, old), shown(lang, new)))
                }
                None if shown(lang, new).is_empty() => None,
                None => Some(format!("{field}{colon}{}", shown(lang, new))),
            }
        })
        .collect();
    said.join(lang.say("、", ", "))
}

/// A stored value without the signs of its notation.
fn shown(lang: Lang, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => word(lang, &STATES, text),
        Value::Bool(yes) => lang.say(if *yes { "はい" } else { "いいえ" }, yes_no(*yes)).into(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| shown(lang, item)).collect();
            items.join(lang.say("、", ", "))
        }
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{} {}", label(lang, name), shown(lang, value)));
            fields.collect::<Vec<_>>().join(lang.say("、", ", "))
        }
        Value::Number(number) => number.to_string(),
    }
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

fn word_or_label(lang: Lang, name: &str) -> String {
    let known = FIELDS.iter().find(|(known, ..)| *known == name);
    known.map_or_else(|| label(lang, name), |(_, en, ja)| lang.say(ja, en).to_string())
}

type Known = (&'static str, &'static str, &'static str);

fn word(lang: Lang, known: &[Known], code: &str) -> String {
    let found = known.iter().find(|(known, ..)| *known == code);
    found.map_or_else(|| code.replace('_', " "), |(_, en, ja)| lang.say(ja, en).to_string())
}

const VERBS: [Known; 44] = [
    ("accept", "Accepted", "認容"),
    ("acknowledge", "Activated over warnings", "警告を承知で有効化"),
    ("activate", "Activated", "有効化"),
    ("agree", "Agreed to", "同意"),
    ("answer", "Answered", "回答"),
    ("approve", "Approved", "承認"),
    ("ask", "Asked for", "申請"),
    ("cancel", "Cancelled", "中止"),
    ("change", "Changed", "変更"),
    ("close", "Closed", "締め"),
    ("confirm", "Confirmed", "確認"),
    ("create", "Created", "登録"),
    ("credit", "Settled by credit note", "クレジットノートで決済"),
    ("deactivate", "Deactivated", "無効化"),
    ("delete", "Deleted", "削除"),
    ("disable", "Disabled", "停止"),
    ("discard", "Discarded", "取り下げ"),
    ("end", "Ended", "終了"),
    ("export", "Exported", "出力"),
    ("file", "Made", "作成"),
    ("give_back", "Gave back", "差し戻し"),
    ("issue", "Issued", "発行"),
    ("open", "Opened", "申し立て"),
    ("pay", "Paid", "支払済みに変更"),
    ("place", "Placed", "設定"),
    ("receive", "Received the money of", "入金済みに変更"),
    ("reject", "Rejected", "却下"),
    ("release", "Released", "解除"),
    ("replay", "Sent again to", "再送"),
    ("reply", "Wrote to", "追記"),
    ("request", "Asked for", "申請"),
    ("return", "Recorded the return of", "返金を記録"),
    ("revoke", "Revoked", "失効"),
    ("rotate", "Gave a new secret to", "秘密鍵を交換"),
    ("save_draft", "Saved a draft of", "下書きとして保存"),
    ("send_again", "Sent again", "再送"),
    ("set", "Set", "設定"),
    ("set_password", "Set the password of", "パスワードを再設定"),
    ("sign_in", "Signed in", "サインイン"),
    ("sign_out", "Signed out", "サインアウト"),
    ("submit", "Handed in", "提出"),
    ("take_in", "Took", "受理"),
    ("void", "Made void", "無効化"),
    ("withdraw", "Withdrew", "取り下げ"),
];

const KINDS: [Known; 31] = [
    ("accounting", "the accounting export", "会計連携"),
    ("adjustment", "an adjustment", "調整"),
    ("api_token", "an API token", "APIトークン"),
    ("chart", "the accounts of the books", "勘定科目"),
    ("code_list", "a list of codes", "コード一覧"),
    ("company", "the company", "自社情報"),
    ("delegation", "a deputy", "代理"),
    ("dispute", "a dispute", "異議"),
    ("exchange_rate", "exchange rates", "為替レート"),
    ("fact", "a line", "明細"),
    ("figure", "a figure", "目標・基準値"),
    ("hold", "a hold", "支払の保留"),
    ("import", "an import", "取込"),
    ("mail", "a letter", "メール"),
    ("mailing", "a promotion told by mail", "キャンペーンのメール案内"),
    ("mapping", "a mapping", "項目の対応"),
    ("partner", "a partner", "パートナー"),
    ("payee", "a payee", "支払先"),
    ("payment_run", "a payment file", "振込データ"),
    ("payout", "a payout", "支払"),
    ("period", "a period", "期間"),
    ("points", "points by hand", "手動ポイント"),
    ("price", "a price", "価格"),
    ("product", "a product", "商品"),
    ("program", "a program", "プログラム"),
    ("setting", "settings", "設定"),
    ("settlement_note", "a credit or debit note", "クレジットノート・返還請求書"),
    ("statement", "a statement", "計算書"),
    ("unit_factor", "unit factors", "単位の換算"),
    ("user", "a user", "ユーザー"),
    ("webhook", "a webhook", "Webhook"),
];

const STATES: [Known; 18] = [
    ("active", "active", "有効"),
    ("admin", "administrator", "管理者"),
    ("approved", "approved", "承認済み"),
    ("closed", "closed", "締め済み"),
    ("dark", "dark", "ダーク"),
    ("device", "as the device", "端末に合わせる"),
    ("filed", "in a payment file", "振込データ作成済み"),
    ("finance", "finance", "経理"),
    ("issued", "issued", "発行済み"),
    ("light", "light", "ライト"),
    ("manager", "incentive manager", "インセンティブ担当"),
    ("open", "open", "未締め"),
    ("paid", "paid", "支払済み"),
    ("pending", "waiting", "承認待ち"),
    ("received", "received", "入金済み"),
    ("rejected", "rejected", "却下"),
    ("void", "void", "無効"),
    ("withdrawn", "withdrawn", "取り下げ"),
];

const FIELDS: [Known; 28] = [
    ("brand_colour", "brand colour", "ブランドの色"),
    ("acknowledged", "acknowledged", "把握した例外"),
    ("comment", "comment", "コメント"),
    ("currency", "currency", "通貨"),
    ("default_language", "language", "言語"),
    ("disabled", "disabled", "停止"),
    ("fields", "fields", "項目"),
    ("fiscal_year_month", "fiscal year from month", "年度の始まり（月）"),
    ("holds", "holds", "入数"),
    ("language", "language", "言語"),
    ("login", "sign-in", "ログイン"),
    ("names", "names", "名前"),
    ("partner_id", "partner", "パートナー"),
    ("price", "price", "価格"),
    ("rate", "rate", "レート"),
    ("role", "role", "役割"),
    ("scopes", "scopes", "権限"),
    ("status", "state", "状態"),
    ("theme", "theme", "テーマ"),
    ("time_zone", "time zone", "タイムゾーン"),
    ("total", "total", "合計"),
    ("value", "value", "値"),
    ("vendor_name", "name", "会社名"),
    ("reason", "reason", "理由"),
    ("warnings", "warnings", "警告"),
    ("statement", "statement", "計算書"),
    ("partner", "partner", "パートナー"),
    ("unit", "currency", "通貨"),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn actions_are_said_in_both_languages() {
        let cases = [
            ("sign_in", "user", "Signed in", "サインイン"),
            ("approve", "payout", "Approved a payout", "支払を承認"),
            ("save_draft", "program", "Saved a draft of a program", "プログラムを下書きとして保存"),
            ("melt_down", "core_rod", "melt down core rod", "core rodをmelt down"),
        ];
        for (code, kind, en, ja) in cases {
            assert_eq!(action(Lang::En, code, kind), en);
            assert_eq!(action(Lang::Ja, code, kind), ja);
        }
    }

    #[test]
    fn texts_are_compared_line_by_line() {
        let (before, after) = (json!("a\nb"), json!("a\nc"));
        let expected = [Line::Same(1), Line::Gone("b".into()), Line::New("c".into())];
        assert_eq!(lines(Some(&before), Some(&after)), expected);
        assert_eq!(lines(None, Some(&json!("one line"))), []);
    }

    #[test]
    fn only_what_differs_is_told() {
        let before = json!({"status": "open", "total": "", "language": "en"});
        let after = json!({"status": "closed", "total": "2835", "language": "en"});
        let said = |lang| difference(lang, Some(&before), Some(&after));
        assert_eq!(said(Lang::En), "state: open → closed, total: 2835");
        assert_eq!(said(Lang::Ja), "状態：未締め → 締め済み、合計：2835");
        assert_eq!(difference(Lang::En, None, Some(&json!("a text"))), "");
    }
}
