//! Words of the profile of a partner's user. Japanese.

use crate::i18n::en::profile::Profile;

pub const JA: Profile = Profile {
    title: "プロフィール",
    help: "{vendor}の担当者がご連絡する際に使います。",
    name: "氏名",
    job: "担当業務",
    job_hint: "整備、販売、店長など",
    phone: "電話番号",
    phone_hint: "市外局番から",
    save: "保存する",
    no_name: "氏名を入力してください",
    complete: "プロフィールはすべて入力済みです。",
    missing: "空欄を入力すると完了です。",
    login: "ログインID",
};
