//! Words of pictures. Japanese.

use crate::i18n::en::picturing::Picturing;

pub const JA: Picturing = Picturing {
    title: "画像",
    help: "パートナーに表示する交換品、バウチャー、プロモーションの画像です",
    nothing: "画像を付けるものがまだありません",
    nothing_help: "有効なウォレットの交換品、バウチャー、プロモーションがここに並びます。",
    picture: "画像",
    none: "画像なし",
    about: "{size}ピクセル、{bytes}、{who}が{on}に登録",
    give: "画像を付ける",
    another: "画像や説明を変える",
    file: "画像ファイル",
    file_hint: "PNG、JPEG、WebP。{kb}KBまで、一辺{pixels}ピクセルまで。横長（3:2）が最もきれいに収まります。",
    file_hint_again: "空欄なら今の画像のままです。PNG、JPEG、WebP。{kb}KBまで、一辺{pixels}ピクセルまで。",
    alt_en: "画像の説明（英語）",
    alt_ja: "画像の説明（日本語）",
    alt_hint: "画像を見られない人のための説明です。装飾でなければ両方の言語で入力してください。",
    decorative: "装飾の画像です（名前以上の情報はありません）",
    save: "画像を保存",
    remove: "画像を外す",
    remove_help: "代わりに控えめな図が表示されます。ファイルは残りません。",
};
