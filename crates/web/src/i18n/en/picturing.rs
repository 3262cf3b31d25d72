//! Words of pictures. English.

use crate::i18n::words;

words! {
    /// Words of pictures.
    Picturing {
        title: "Pictures",
        help: "What partners see of rewards, vouchers and promotions",
        nothing: "Nothing to picture yet",
        nothing_help: "Rewards, vouchers and promotions of an active wallet stand here.",
        picture: "Picture",
        none: "No picture",
        about: "{size} pixels, {bytes}, by {who} on {on}",
        give: "Give it a picture",
        another: "Another picture, or other words",
        file: "Picture file",
        file_hint: "PNG, JPEG or WebP, at most {kb} KB and {pixels} pixels a side. Wide pictures (3:2) fit best.",
        file_hint_again: "Empty: the picture stays. PNG, JPEG or WebP, at most {kb} KB and {pixels} pixels a side.",
        alt_en: "What it shows (English)",
        alt_ja: "What it shows (Japanese)",
        alt_hint: "For whoever does not see it. Both languages, unless it is decorative.",
        decorative: "It is decorative: it says nothing that the name does not say",
        save: "Save picture",
        remove: "Remove the picture",
        remove_help: "A quiet drawing takes its place. The file is not kept.",
    }
}
