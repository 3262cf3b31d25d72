//! Reference data through the console: pasted, shown, exported, removed.

use super::*;

const RATES: &str = "of,in,rate,from\nEUR,JPY,160.5,2026-04-01\nEUR,EUR,1,\nUSD,JPY,148.25,\n";

fn location(headers: &str) -> String {
    let to = headers.lines().find_map(|line| line.strip_prefix("location: "));
    to.expect("where to go").to_owned()
}

/// The hidden fields and chosen options of the page's form, as a browser would send them.
fn answers(page: &str) -> String {
    let value = |tag: &str, name: &str| -> Option<String> {
        let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
        let text = &tag[start..start + tag[start..].find('"')?];
        Some(text.replace("&quot;", "\"").replace("&#10;", "\n").replace("&amp;", "&"))
    };
    let form = &page[page.find("/map\"").expect("the form")..];
    let mut pairs = Vec::new();
    for tag in form.split('<').filter(|tag| tag.starts_with("input")) {
        if let (Some(name), Some(value)) = (value(tag, "name"), value(tag, "value")) {
            pairs.push((name, value));
        }
    }
    for select in form.split("<select").skip(1) {
        let select = &select[..select.find("</select>").expect("its end")];
        let name = value(select, "name").expect("a name");
        let chosen = select.split("<option").skip(1).find(|option| option.contains("selected"));
        let chosen = chosen.and_then(|option| value(option, "value")).unwrap_or_default();
        pairs.push((name, chosen));
    }
    let encode = crate::ui::encode;
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

#[tokio::test]
async fn pasted_rates_are_read_kept_exported_and_removed() {
    let test = TestApp::with_users().await;
    let manager = test.sign_in("incentive_manager").await;
    let path = "/console/reference/exchange-rates";
    let (status, _, page) = test.get(path, &manager).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Nothing here yet"), "{page}");

    let csrf_token = csrf(&page);
    let paste = |rows: &str| format!("csrf={csrf_token}&key=a&rows={}", crate::ui::encode(rows));
    let to_paste = format!("{path}/paste");
    let (status, _, page) = test.post(&to_paste, &manager, &paste("of,in,rate,from\n")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("at least one row"), "{page}");

    let (status, headers, page) = test.post(&to_paste, &manager, &paste(RATES)).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let map = location(&headers);
    let (_, _, page) = test.get(&map, &manager).await;
    assert!(page.contains("160.5") && page.contains("would be converted to itself"), "{page}");
    let form = format!("{}&do=run", answers(&page));
    let (status, headers, page) = test.post(&map, &manager, &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let import = location(&headers);
    let mut page = test.get(&import, &manager).await.2;
    while page.contains(">Reading<") {
        tokio::task::yield_now().await;
        page = test.get(&import, &manager).await.2;
    }
    assert!(page.contains("would be converted to itself"), "{page}");

    let (_, _, page) = test.get(path, &manager).await;
    assert!(page.contains("148.25") && page.contains("incentive_manager"), "{page}");
    let (_, headers, file) = test.get(&format!("{path}/export.csv?q=eur"), &manager).await;
    assert!(headers.contains("text/csv"), "{headers}");
    let rows: Vec<&str> = file.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(rows.len(), 2, "{file}");
    assert!(rows[1].starts_with(r#""EUR","JPY","160.5","2026-04-01","#), "{file}");

    // A name that no column has is the same in every row.
    let figures = "/console/reference/figures";
    let rows = "partner,period,value\n,2026,\"1,200\"\n";
    let (_, headers, _) = test.post(&format!("{figures}/paste"), &manager, &paste(rows)).await;
    let map = location(&headers);
    let (_, _, page) = test.get(&map, &manager).await;
    assert!(page.contains("No column is read as:"), "{page}");
    let form = answers(&page).replace("constant.table=", "constant.table=plan");
    let (status, headers, page) = test.post(&map, &manager, &format!("{form}&do=run")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    while test.get(&location(&headers), &manager).await.2.contains(">Reading<") {
        tokio::task::yield_now().await;
    }
    let (_, _, page) = test.get(figures, &manager).await;
    assert!(page.contains("plan") && page.contains("1,200"), "{page}");

    // Who may only look finds nothing to press, and no route.
    let finance = test.sign_in("finance").await;
    let (_, _, shown) = test.get(path, &finance).await;
    assert!(shown.contains("148.25") && !shown.contains("/remove"), "{shown}");
    let form = format!("csrf={}&key=b&name=&entry=%7B%7D", csrf(&shown));
    let (status, ..) = test.post(&format!("{path}/remove"), &finance, &form).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let entry = r#"{"of":"EUR","in":"JPY","rate":"160.5","from":"2026-04-01"}"#;
    let form = format!("csrf={}&key=c&name=&entry={}", csrf(&page), crate::ui::encode(entry));
    let (status, headers, _) = test.post(&format!("{path}/remove"), &manager, &form).await;
    assert_eq!(
        (status, location(&headers)),
        (StatusCode::SEE_OTHER, format!("{path}?done=removed"))
    );
    let (_, _, page) = test.get(path, &manager).await;
    assert!(!page.contains("160.5") && page.contains("148.25"), "{page}");
    assert_eq!(test.get("/console/reference/nonsense", &manager).await.0, StatusCode::NOT_FOUND);
}
