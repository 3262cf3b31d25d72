//! What waits, what moved, where a number comes from: through the pages.

use super::own::{Story, import, says};
use super::*;

/// A line in dollars, for which there is no rate.
const DOLLARS: &str = "\
key,date,partner,product,quantity,amount,currency,order,line
W1,2026-05-05,P1,B1,2,100,USD,INV-W,1
";

#[tokio::test]
async fn lines_that_wait_are_listed_with_what_they_lack_for_us_and_for_their_partner() {
    let story = Story::told().await;
    let office = story.test.app.office();
    import(office, "dollars.csv", DOLLARS).await;
    office.accrue().await.expect("accrued");
    let manager = story.test.sign_in("incentive_manager").await;
    let home = story.ok("/console", &manager).await;
    assert!(home.contains("href=\"/console/waiting?filter=no_rate\""), "{home}");
    let page = story.ok("/console/waiting?filter=no_rate&program=volume", &manager).await;
    for said in ["W1", "Adler", "100 USD", "Volume rebate", "No rate USD → EUR on"] {
        assert!(says(&page, said), "`{said}` in {page}");
    }
    assert!(page.contains("/console/reference/exchange-rates?q=USD"), "{page}");
    let none = story.ok("/console/waiting?program=only-birke", &manager).await;
    assert!(!says(&none, "W1"), "{none}");
    let file = story.ok("/console/waiting.csv", &manager).await;
    assert!(file.contains("\"W1\",\"2026-05-05\",\"sale\",\"P1\",\"Adler\""), "{file}");
    let (status, headers, _) = story.test.get("/console/waiting.xlsx", &manager).await;
    assert!(status == StatusCode::OK && headers.contains("waiting.xlsx"), "{headers}");

    let records = story.ok("/portal/records", &story.one).await;
    assert!(records.contains("href=\"/portal/waiting\""), "{records}");
    let own = story.ok("/portal/waiting", &story.one).await;
    assert!(says(&own, "We still need to enter the exchange rate USD → EUR"), "{own}");
    let others = story.ok("/portal/waiting", &story.two).await;
    assert!(!says(&others, "W1"), "{others}");
    assert!(!story.ok("/portal/records", &story.two).await.contains("/portal/waiting"));
}
