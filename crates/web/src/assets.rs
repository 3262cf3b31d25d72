//! The style sheets, scripts and fonts, served by a name that carries their hash.
//!
//! A file never changes under its name, so a browser keeps it for a year, and a new version of
//! the executable is seen at once.

use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// The styles, in the order they apply.
const STYLES: [&str; 19] = [
    include_str!("../style/1-tokens.css"),
    include_str!("../style/2-base.css"),
    include_str!("../style/3-frame.css"),
    include_str!("../style/4-parts.css"),
    include_str!("../style/5-table.css"),
    include_str!("../style/6-chart.css"),
    include_str!("../style/7-portal.css"),
    include_str!("../style/8-console.css"),
    include_str!("../style/9-gate.css"),
    include_str!("../style/10-work.css"),
    include_str!("../style/11-fit.css"),
    include_str!("../style/12-studio.css"),
    include_str!("../style/13-points.css"),
    include_str!("../style/14-webhooks.css"),
    include_str!("../style/15-training.css"),
    include_str!("../style/16-games.css"),
    include_str!("../style/17-keeping.css"),
    include_str!("../style/18-promoting.css"),
    include_str!("../style/19-mail.css"),
];
const SCRIPT: &str = include_str!("../script/tokuten.js");
/// Where the kit looks for its font, relative to its own sheet.
const KIT_FONT: &str = "fonts/InterVariable.woff2";

/// One file.
#[derive(Debug)]
pub struct Asset {
    /// The last part of its address.
    pub name: String,
    pub content: Vec<u8>,
    kind: &'static str,
}

/// All files the pages link to.
#[derive(Debug)]
pub struct Assets {
    pub css: Asset,
    pub kit_js: Asset,
    pub js: Asset,
    pub font: Asset,
    pub icon: Asset,
}

const ICON: &str = concat!(
    r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">"#,
    r##"<path d="M2 21.5v-5h6.5v-5H15v-5" fill="none" stroke="#1e50a2" stroke-width="2.4" "##,
    r#"stroke-linecap="round" stroke-linejoin="round"/>"#,
    r##"<circle cx="19.5" cy="4.5" r="2.8" fill="#c07a10"/></svg>"##
);

impl Assets {
    /// Puts the files together and names them.
    pub fn load() -> Assets {
        let font =
            Asset::new("inter", "woff2", "font/woff2", maud_ui::assets::INTER_WOFF2.to_vec());
        // The kit goes into a layer, so that every rule of ours wins. A sheet of its own would
        // cost another request before anything is drawn.
        let kit = maud_ui::assets::CSS_MIN.replace(KIT_FONT, &font.name);
        let css = format!("@layer kit{{{kit}}}\n{}", STYLES.concat());
        let js = "text/javascript; charset=utf-8";
        Assets {
            css: Asset::new("tokuten", "css", "text/css; charset=utf-8", css.into_bytes()),
            kit_js: Asset::new("kit", "js", js, maud_ui::assets::JS_MIN.into()),
            js: Asset::new("tokuten", "js", js, SCRIPT.into()),
            icon: Asset::new("tokuten", "svg", "image/svg+xml", ICON.into()),
            font,
        }
    }

    pub fn all(&self) -> [&Asset; 5] {
        [&self.css, &self.kit_js, &self.js, &self.font, &self.icon]
    }

    /// The file of that name, or nothing.
    pub fn find(&self, name: &str) -> Option<&Asset> {
        self.all().into_iter().find(|asset| asset.name == name)
    }
}

impl Asset {
    fn new(stem: &str, extension: &str, kind: &'static str, content: Vec<u8>) -> Asset {
        let digest = Sha256::digest(&content);
        let hash = crate::visit::hex(digest.get(..6).unwrap_or_default());
        Asset { name: format!("{stem}.{hash}.{extension}"), content, kind }
    }

    pub fn href(&self) -> String {
        format!("/assets/{}", self.name)
    }

    pub fn response(&self) -> Response {
        let headers: [(HeaderName, &str); 2] = [
            (header::CONTENT_TYPE, self.kind),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ];
        (headers, self.content.clone()).into_response()
    }
}
