use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::ui::frame::KIT_WORDS;

/// The text of a page as a reader sees it, without tags, scripts and styles.
fn text(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        out.push(' ');
        let Some((_, after)) = after.split_once('>') else { break };
        rest = after;
    }
    out
}

#[test]
fn every_page_has_a_title_a_heading_and_a_place_to_skip_to() {
    for lang in Lang::ALL {
        for page in all(lang) {
            let html = &page.markup.0;
            assert!(!page.title.trim().is_empty(), "{} has no title", page.name);
            assert_eq!(html.matches("<h1").count(), 1, "headings of {}", page.name);
            assert_eq!(html.matches("id=\"main\"").count(), 1, "main of {}", page.name);
            assert!(html.contains(&format!("lang=\"{}\"", lang.tag())), "{}", page.name);
            assert!(html.contains("data-theme=\"light\""), "{}", page.name);
        }
    }
}

#[test]
fn japanese_pages_have_no_english_words_of_the_kit() {
    let ours = ["aria-label=\"Primary\"", "aria-label=\"Product\""];
    let also = ["Search", "Settings", "Toggle", "Close", "Open", "Menu", "Navigation", "Skip"];
    for page in all(Lang::Ja) {
        for (english, _) in KIT_WORDS {
            assert!(!page.markup.0.contains(english), "`{english}` in {}", page.name);
        }
        for mark in ours {
            assert!(!page.markup.0.contains(mark), "`{mark}` in {}", page.name);
        }
        let seen = text(&page.markup.0);
        for word in also {
            assert!(
                !seen.split_whitespace().any(|found| found == word),
                "`{word}` in {}",
                page.name
            );
            let label = format!("label=\"{word}");
            assert!(!page.markup.0.contains(&label), "`{label}` in {}", page.name);
        }
    }
}

#[test]
fn templates_leave_no_braces_and_no_empty_places() {
    for lang in Lang::ALL {
        for page in all(lang) {
            if page.name == "api" {
                continue;
            }
            let html = strip(&page.markup.0, &["pre", "textarea", "code"]);
            let seen = text(&html);
            assert!(!seen.contains('{') && !seen.contains('}'), "a brace in {}", page.name);
        }
    }
}

/// The page without what stands inside some elements.
fn strip(html: &str, elements: &[&str]) -> String {
    let mut html = html.to_string();
    for element in elements {
        let (open, close) = (format!("<{element}"), format!("</{element}>"));
        while let Some(start) = html.find(&open) {
            let Some(end) = html[start..].find(&close) else { break };
            html.replace_range(start..start + end + close.len(), "");
        }
    }
    html
}

#[test]
fn no_page_has_handlers_or_scripts_inside() {
    for page in all(Lang::En) {
        for mark in
            [" onclick=", " onchange=", " onsubmit=", "javascript:", "<script>", "src=\"http"]
        {
            assert!(!page.markup.0.contains(mark), "`{mark}` in {}", page.name);
        }
    }
}

#[test]
fn every_form_that_posts_is_guarded_and_keyed() {
    for page in all(Lang::En) {
        for form in page.markup.0.split("<form").skip(1) {
            let form = form.split("</form>").next().expect("before the end");
            if form.contains("method=\"post\"") {
                assert!(form.contains("name=\"csrf\""), "no token in a form of {}", page.name);
                assert!(form.contains("name=\"key\""), "no key in a form of {}", page.name);
            }
        }
    }
}

#[test]
fn ids_are_unique_and_labels_have_their_fields() {
    for page in all(Lang::En) {
        let ids = attributes(&page.markup.0, " id=\"");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "an id stands twice in {}: {ids:?}", page.name);
        for label in attributes(&page.markup.0, " for=\"") {
            assert!(unique.contains(label), "no field `{label}` in {}", page.name);
        }
    }
}

fn attributes<'a>(html: &'a str, start: &str) -> Vec<&'a str> {
    html.split(start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn what_people_typed_is_escaped() {
    let page = all(Lang::En).into_iter().find(|page| page.name == "console-search-empty");
    let html = page.expect("the page").markup.0;
    assert!(html.contains("&lt;x&gt;") && !html.contains("<x>"));
}

#[test]
fn who_may_not_post_finds_no_button() {
    let page = all(Lang::En).into_iter().find(|page| page.name == "console-period-open");
    let html = page.expect("the page").markup.0;
    assert!(!html.contains("/close\""), "an incentive manager closes no period");
    assert!(!html.contains("/console/users"), "and sees no users");
}

/// Writes the pages for people to look at, when a folder is named.
#[test]
fn pages_are_written_when_a_folder_is_named() {
    let Ok(folder) = std::env::var("TOKUTEN_PAGES") else { return };
    let folder = Path::new(&folder);
    let assets = Assets::load();
    std::fs::create_dir_all(folder.join("assets")).expect("a folder");
    for asset in assets.all() {
        std::fs::write(folder.join("assets").join(&asset.name), &asset.content).expect("written");
    }
    for lang in Lang::ALL {
        let letter = super::mail::promotion(lang).html;
        std::fs::write(folder.join(format!("{}-letter.html", lang.tag())), letter)
            .expect("written");
        for page in all(lang) {
            let html = page.markup.0.replace("\"/assets/", "\"assets/");
            let name = format!("{}-{}.html", lang.tag(), page.name);
            std::fs::write(folder.join(&name), &html).expect("written");
            let dark = html.replace("data-theme=\"light\"", "data-theme=\"dark\"");
            let name = format!("{}-{}-dark.html", lang.tag(), page.name);
            std::fs::write(folder.join(&name), dark).expect("written");
        }
    }
}
