//! A client of the other suite: its documented requests, with our names.

use super::*;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

const WALLET: &str = "\
wallet: club
name: { en: Demo Program, ja: デモ }
currency: EUR
points:
  COIN: { name: Coins, worth: 0.05, cost: 0.04, expiry: 12 months }
  TIER: { name: Tier Coins, kind: qualifying }
tier_groups:
  level:
    name: Status
    by: { points: TIER }
    tiers:
      - { tier: member, from: 0, name: Member }
      - { tier: gold, from: 500, name: Gold, benefits: [hotline] }
benefits: { hotline: { name: Hotline, gives: { entitlement: support } } }
vouchers:
  CUP: { name: Cup, value: open }
promotions:
  FLAT: { name: Flat20, enrol: required }
  TRAIL: { name: Summer Trail }
sponsors:
  AIR: { name: Blue Air, points: COIN }
";

const POINTS: &str = "\
program: PT-1
currency: EUR
starts: 2026-01-01
terms:
  - { term: coins, group_by: fact, measure: sum(amount), per_unit: 0.1, reward: { points: COIN } }
  - { term: tier, group_by: fact, measure: sum(amount), per_unit: 0.2, reward: { points: TIER } }
  - { term: stay, name: { en: Book a room }, facts: [ activity ], when: fact.type == \"room_booked\",
      qualifier: count(), method: highest, tiers: [ { from: 2, fixed: 50 } ], settle: at_once,
      reward: { points: COIN, promotion: TRAIL } }
";

async fn demo() -> TestApi {
    let test = TestApi::new().await;
    let yaml = [("content-type", "application/yaml")];
    test.call("POST /wallets", &test.all, &yaml, WALLET).await.ok();
    test.call("POST /wallets/club/activate", &test.all, &[], "").await.ok();
    test.call("POST /programs", &test.all, &yaml, POINTS).await.ok();
    let second = test.token(&Scope::ALL, None).await;
    test.call("POST /programs/PT-1/versions/1/activate", &second, &[], "").await.ok();
    test
}

impl TestApi {
    /// Sends what `VERB path` says below `/services/data/v67.0`.
    async fn theirs(&self, line: &str, token: &str, body: &str) -> Answer {
        let (verb, path) = line.split_once(' ').expect("`VERB path`");
        let mut request =
            Request::builder().method(verb).uri(format!("/services/data/v67.0{path}"));
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        self.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }

    async fn process(&self, process: &str, body: &str) -> Answer {
        let path =
            format!("POST /connect/loyalty/programs/Demo%20Program/program-processes/{process}");
        self.theirs(&path, &self.all, body).await
    }
}

/// The code of the first error, in their shape.
#[track_caller]
fn refused(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    assert!(body[0]["message"].is_string(), "{}", answer.text);
    let code = body[0]["errorCode"].as_str().unwrap_or_else(|| panic!("{}", answer.text));
    (answer.status.as_u16(), code.to_owned())
}

const JOURNAL: &str = r#"{ "transactionJournals": [ {
    "ActivityDate": "2026-06-11T12:45:19Z", "JournalTypeName": "Accrual",
    "LoyaltyProgramName": "Demo Program", "MembershipNumber": "P-1", "Status": "Pending",
    "ExternalTransactionNumber": "P1-981950", "ProductCode": "A", "Quantity": "4",
    "TransactionAmount": "3000", "TransactionLocation": "HitechCity", "VoucherCode": ""
} ] }"#;

#[tokio::test]
async fn journals_run_and_are_simulated_as_their_clients_read_it() {
    let test = demo().await;
    let path = "POST /connect/realtime/loyalty/programs/Demo%20Program";
    let tried = JOURNAL.replacen('{', r#"{ "runSetting": { "isSimulation": true },"#, 1);
    let told = test.theirs(path, &test.all, &tried).await.ok();
    let summary = &told["simulationResults"]["transactionJournals"][0]["executionSummary"];
    assert_eq!(summary["pointsSummary"][0]["loyaltyProgramCurrencyName"], json!("Coins"), "{told}");
    assert_eq!(summary["pointsSummary"][0]["changeInPointsBalance"], json!(300), "{told}");
    let profile = "GET /loyalty-programs/Demo%20Program/members?membershipNumber=P-1";
    let member = test.theirs(profile, &test.all, "").await.ok();
    assert_eq!(member["memberCurrencies"], json!([]), "nothing was kept: {member}");

    let done = test.theirs(path, &test.all, JOURNAL).await.ok();
    let result = &done["processResult"]["transactionJournalResult"][0];
    assert_eq!(result["id"], json!("P1-981950"), "{done}");
    let change = &result["changeInMemberPoints"][0];
    assert_eq!(change["memberShipNumber"], json!("P-1"));
    assert_eq!(change["changeInMemberCurrencies"][0]["changeInPointsBalance"], json!(300));
    assert_eq!(change["changeInMemberCurrencies"][1]["currencyType"], json!("Qualifying"));
    let balance = &done["processResult"]["memberPointsBalance"][0]["memberCurrencies"];
    assert_eq!(balance[0]["pointsBalance"], json!(300), "{done}");

    // A sender that repeats itself is known, and nothing counts twice.
    let again = test.theirs(path, &test.all, JOURNAL).await.ok();
    let balance = &again["processResult"]["memberPointsBalance"][0]["memberCurrencies"];
    assert_eq!(balance[0]["pointsBalance"], json!(300), "{again}");
    let result = &again["processResult"]["transactionJournalResult"][0];
    assert_eq!(result["changeInMemberPoints"][0]["changeInMemberCurrencies"], json!([]));

    for (from, to, code) in [
        ("\"P-1\"", "\"P-9\"", (404, "NOT_FOUND")),
        ("Accrual", "Redemption", (400, "INVALID_INPUT")),
        ("\"P1-981950\"", "\"\"", (400, "REQUIRED_FIELD_MISSING")),
        ("\"Quantity\": \"4\"", "\"appliedPromotions\": [1]", (400, "UNSUPPORTED_FIELD")),
        ("\"3000\"", "\"4000\"", (400, "OTHER_CONTENT")),
        ("\"ProductCode\": \"A\"", "\"ProductCode\": \"Z\"", (400, "UNKNOWN_PRODUCT")),
    ] {
        let answer = test.theirs(path, &test.all, &JOURNAL.replace(from, to)).await;
        let (status, told) = refused(&answer);
        assert_eq!(status, code.0, "{to}: {}", answer.text);
        if code.1 != "OTHER_CONTENT" && code.1 != "UNKNOWN_PRODUCT" {
            assert_eq!(told, code.1, "{to}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn a_member_is_told_as_the_mobile_sdk_reads_it() {
    let test = demo().await;
    test.theirs("POST /connect/realtime/loyalty/programs/club", &test.all, JOURNAL).await.ok();
    let profile = "GET /loyalty-programs/club/members?memberId=P-1";
    let member = test.theirs(profile, &test.all, "").await.ok();
    assert_eq!(member["loyaltyProgramName"], json!("Demo Program"));
    assert_eq!(member["membershipNumber"], json!("P-1"));
    assert_eq!(member["memberTiers"][0]["loyaltyMemberTierName"], json!("Gold"), "{member}");
    assert_eq!(member["memberTiers"][0]["tierSequenceNumber"], json!(2));
    assert_eq!(member["memberCurrencies"][0]["totalPointsAccrued"], json!(300));
    let one = format!("{profile}&programCurrencyName=Tier%20Coins");
    let member = test.theirs(&one, &test.all, "").await.ok();
    assert_eq!(member["memberCurrencies"].as_array().map(Vec::len), Some(1), "{member}");
    assert_eq!(member["memberCurrencies"][0]["pointsBalance"], json!(600));

    let benefits = "GET /connect/loyalty/member/P-1/memberbenefits";
    let benefits = test.theirs(benefits, &test.all, "").await.ok();
    assert_eq!(benefits["memberBenefits"][0]["benefitName"], json!("Hotline"), "{benefits}");
    assert_eq!(benefits["memberBenefits"][0]["isActive"], json!(true));

    // A partner's own token sees that partner and no other one.
    let own = test.token(&[Scope::Read], Some("P-1")).await;
    assert!(test.theirs(profile, &own, "").await.status.is_success());
    let other = "GET /loyalty-programs/club/members?memberId=P-2";
    assert_eq!(refused(&test.theirs(other, &own, "").await), (404, "NOT_FOUND".into()));
    assert_eq!(refused(&test.theirs(profile, "", "").await), (401, "INVALID_SESSION_ID".into()));
    let nowhere = "GET /loyalty-programs/none/members?memberId=P-1";
    assert_eq!(refused(&test.theirs(nowhere, &test.all, "").await).0, 404);
    let unknown = format!("{profile}&colour=red");
    assert_eq!(refused(&test.theirs(&unknown, &test.all, "").await).0, 400);
}

#[tokio::test]
async fn processes_credit_debit_and_keep_promotions() {
    let test = demo().await;
    let credit = r#"{ "processParameters":[ { "TransactionJournal":{
        "ActivityDate":"2026-06-11T00:00:00Z", "ExternalTransactionNumber":"1",
        "InvoiceDate":"2026-06-10", "JournalTypeName":"Accrual", "MembershipNumber":"P-1",
        "TransactionAmount":"45.0", "CurrencyIsoCode":"EUR", "Status":"Processed" },
        "PointsToCredit":100.0 } ] }"#;
    let told = test.process("credit%20Points", credit).await.ok();
    let results = &told["outputParameters"]["outputParameters"]["results"];
    assert_eq!((&results[0]["PointsCredited"], &told["status"]), (&json!(100), &json!(true)));
    test.process("CreditPointsToMembers", credit).await.ok();
    let debit = credit
        .replace("\"1\"", "\"2\"")
        .replace("Accrual", "Redemption")
        .replace("PointsToCredit\":100.0", "PointsToDebit\": 40");
    let told = test.process("DebitPointsFromMembers", &debit).await.ok();
    let results = &told["outputParameters"]["outputParameters"]["results"];
    assert_eq!(results[0]["PointsDebited"], json!(40), "{told}");
    let profile = "GET /loyalty-programs/club/members?memberId=P-1";
    let member = test.theirs(profile, &test.all, "").await.ok();
    assert_eq!(
        member["memberCurrencies"][0]["pointsBalance"],
        json!(60),
        "credited once: {member}"
    );
    let much = debit.replace("\"2\"", "\"3\"").replace("40", "4000");
    let answer = test.process("DebitPointsFromMembers", &much).await;
    assert_eq!(refused(&answer), (400, "INSUFFICIENT".into()));
    let dollars = credit.replace("\"1\"", "\"4\"").replace("EUR", "USD");
    assert_eq!(refused(&test.process("creditPoints", &dollars).await).0, 400);
    let extra = credit.replace("\"1\"", "\"5\"").replace("\"Status\"", "\"Colour\"");
    let answer = test.process("creditPoints", &extra).await;
    assert_eq!(refused(&answer), (400, "UNSUPPORTED_FIELD".into()), "nothing is passed over");

    let of = r#"{"processParameters":[{"MembershipNumber":"P-1","PromotionName":"Flat20"}]}"#;
    let list = r#"{"processParameters":[{"MembershipNumber":"P-1"}]}"#;
    let told = test.process("GetMemberPromotions", list).await.ok();
    let first = &told["outputParameters"]["outputParameters"]["results"][0];
    assert_eq!(first["memberEligibilityCategory"], json!("EligibleButNotEnrolled"), "{told}");
    test.process("EnrollInPromotion", of).await.ok();
    let told = test.process("GetMemberPromotions", list).await.ok();
    let first = &told["outputParameters"]["outputParameters"]["results"][0];
    assert_eq!(first["memberEligibilityCategory"], json!("Eligible"), "{told}");
    test.process("OptOutOfPromotion", of).await.ok();
    assert_eq!(refused(&test.process("OptOutOfPromotion", of).await).1, "NOT_ENROLLED");
    assert_eq!(
        refused(&test.process("TierProcessing", list).await),
        (501, "NOT_IMPLEMENTED".into())
    );
    test.process("UnenrollMember", list).await.ok();
    assert_eq!(refused(&test.process("UnenrollMember", list).await).1, "WRONG_STATE");
    let profile = "GET /loyalty-programs/club/members?memberId=P-1";
    let told = test.theirs(profile, &test.all, "").await.ok();
    assert_eq!(told["memberStatus"], json!("Inactive"), "{told}");
    assert_eq!(refused(&test.process("Whatever", list).await).0, 404);
}

#[tokio::test]
async fn vouchers_are_listed_reserved_used_and_cancelled() {
    let test = demo().await;
    let issue = r#"{"processParameters":[{"MembershipNumber":"P-1","VoucherCode":"15OFF",
        "VoucherFaceValue":15,"VoucherExpirationDate":"2026-07-13"}]}"#;
    let told = test.process("Issue%20Voucher", issue).await.ok();
    let results = &told["outputParameters"]["outputParameters"]["results"];
    assert_eq!(results[0]["VoucherCode"], json!("15OFF"), "{told}");
    let path = "/loyalty/programs/Demo%20Program/members/P-1/vouchers";
    let list = test.theirs(&format!("GET {path}?voucherStatus=Issued"), &test.all, "").await.ok();
    assert_eq!(list["voucherCount"], json!(1), "{list}");
    assert_eq!(list["vouchers"][0]["faceValue"], json!(15));
    assert_eq!(list["vouchers"][0]["expirationDate"], json!("2026-07-13"));

    let redeem = format!("POST {path}/15OFF/redeem");
    let body =
        r#"{"action":"Reserve","reservationKey":"key1","reservedValue":5,"currencyIsoCode":"EUR"}"#;
    let told = test.theirs(&redeem, &test.all, body).await.ok();
    assert_eq!(told["reservedValue"], json!(5), "{told}");
    let told = test.theirs(&redeem, &test.all, r#"{"reservationKey":"key1"}"#).await.ok();
    assert_eq!((&told["redeemedValue"], &told["remainingValue"]), (&json!(5), &json!(10)));
    let told = test.theirs(&redeem, &test.all, r#"{"redeemAmount":2.5}"#).await.ok();
    assert_eq!(told["remainingValue"], json!(7.5), "{told}");
    // Without an amount all that is left is used.
    let told = test.theirs(&redeem, &test.all, "").await.ok();
    assert_eq!(told["status"], json!("Redeemed"), "{told}");
    let other = "POST /loyalty/programs/club/members/P-2/vouchers/15OFF/redeem";
    assert_eq!(refused(&test.theirs(other, &test.all, "{}").await).0, 404, "another's voucher");

    let issue = issue.replace("15OFF", "20OFF");
    test.process("IssueVoucher", &issue).await.ok();
    let cancel = r#"{"processParameters":[{"MembershipNumber":"P-1","VoucherCode":"20OFF"}]}"#;
    test.process("CancelVoucher", cancel).await.ok();
    let gone = format!("GET {path}?voucherStatus=Cancelled,Expired");
    let list = test.theirs(&gone, &test.all, "").await.ok();
    assert_eq!(list["vouchers"][0]["voucherCode"], json!("20OFF"), "{list}");
}

#[tokio::test]
async fn history_and_ledger_say_what_moved() {
    let test = demo().await;
    test.theirs("POST /connect/realtime/loyalty/programs/club", &test.all, JOURNAL).await.ok();
    let debit = r#"{"processParameters":[{"TransactionJournal":{"MembershipNumber":"P-1",
        "ExternalTransactionNumber":"X1"},"PointsToDebit":40}]}"#;
    test.process("debitPoints", debit).await.ok();
    let history = "POST /connect/loyalty/programs/Demo%20Program/transaction-history?page=1";
    let body = r#"{"membershipNumber":"P-1","journalType":"Accrual",
        "periodStartDate":"2026-01-27T00:00:00Z","periodEndDate":"2026-11-27T00:00:00Z"}"#;
    let told = test.theirs(history, &test.all, body).await.ok();
    assert_eq!(told["transactionJournalCount"], json!(1), "{told}");
    let journal = &told["transactionJournals"][0];
    assert_eq!(journal["transactionJournalId"], json!("P1-981950"));
    assert_eq!(journal["activityDate"], json!("2026-06-12T00:00:00Z"), "{told}");
    assert_eq!(journal["pointsChange"].as_array().map(Vec::len), Some(2), "{told}");
    let summary = "GET /loyalty/programs/club/members/P-1/transaction-ledger-summary";
    let all = test.theirs(summary, &test.all, "").await.ok();
    assert_eq!(all["transactionJournalCount"], json!(2), "{all}");
    let spent = format!("{summary}?journalTypeName=Redemption&pageNumber=1");
    let spent = test.theirs(&spent, &test.all, "").await.ok();
    assert_eq!(spent["transactionJournals"][0]["pointsChange"][0]["changeInPoints"], json!(-40));
    let second = test.theirs(&format!("{summary}?pageNumber=2"), &test.all, "").await.ok();
    assert_eq!(second["transactionJournals"], json!([]), "200 a page");
}

#[tokio::test]
async fn companies_and_people_enrol() {
    let test = demo().await;
    let path = "POST /loyalty-programs/Demo%20Program/corporate-member-enrollments";
    let body = r#"{ "enrollmentDate" : "2026-01-01T00:00:00", "membershipNumber" : "C-77",
        "associatedAccountDetails" : { "name" : "Ono Cycle", "allowDuplicateRecords" : "false",
            "additionalAccountFieldValues" : { "attributes" : { "Region" : "Aichi" } } },
        "memberStatus" : "Active", "createTransactionJournals" : "false",
        "enrollmentChannel" : "Partner", "canReceivePromotions": "true" }"#;
    let answer = test.theirs(path, &test.all, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert_eq!(answer.ok()["membershipNumber"], json!("C-77"));
    assert_eq!(test.theirs(path, &test.all, body).await.status, StatusCode::OK, "it is there");
    let profile = "GET /loyalty-programs/club/members?membershipNumber=C-77";
    let member = test.theirs(profile, &test.all, "").await.ok();
    assert_eq!(member["associatedAccount"]["name"], json!("Ono Cycle"));
    assert_eq!(member["enrollmentDate"], json!("2026-01-01"), "{member}");
    let journals = body.replace(
        "\"createTransactionJournals\" : \"false\"",
        "\"createTransactionJournals\" : \"true\"",
    );
    assert_eq!(refused(&test.theirs(path, &test.all, &journals).await).1, "UNSUPPORTED_FIELD");
    let people = "POST /loyalty-programs/Demo%20Program/individual-member-enrollments";
    let person = r#"{ "enrollmentDate" : "2026-02-01T00:00:00", "membershipNumber" : "C-77-1",
        "relatedCorporateMembershipNumber" : "C-77", "memberStatus" : "Active",
        "associatedContactDetails" : { "firstName" : "Aiko", "lastName" : "Ono" } }"#;
    let answer = test.theirs(people, &test.all, person).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let profile = "GET /loyalty-programs/club/members?membershipNumber=C-77-1";
    let member = test.theirs(profile, &test.all, "").await.ok();
    assert_eq!(member["memberType"], json!("Individual"), "{member}");
    assert_eq!(member["associatedContact"]["name"], json!("Aiko Ono"));
    assert_eq!(member["relatedCorporateMembershipNumber"], json!("C-77"));
    assert_eq!(member["enrollmentDate"], json!("2026-02-01"));
    assert_eq!(refused(&test.theirs(people, &test.all, "{}").await).0, 400);
    let games = test.theirs("GET /game/participant/P-1/games", &test.all, "").await.ok();
    assert_eq!(games["gameDefinitions"], json!([]));
    let wrong = test.theirs("GET /../../services/data/v67/x", &test.all, "").await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_trail_says_how_far_a_member_is_and_what_it_brings() {
    let test = demo().await;
    let trail = "GET /loyalty/programs/club/members/P-1/engagement-trail";
    assert_eq!(refused(&test.theirs(trail, &test.all, "").await).1, "REQUIRED_FIELD_MISSING");
    let unknown = format!("{trail}?promotionId=NONE");
    assert_eq!(refused(&test.theirs(&unknown, &test.all, "").await).0, 404);
    let of = format!("{trail}?promotionId=TRAIL");
    let facts = |key: &str| {
        format!(
            r#"[{{"key": "{key}", "kind": "activity", "type": "room_booked", "partner": "P-1",
                "date": "2026-06-01"}}]"#
        )
    };
    for (key, done) in [("R1", "1"), ("R2", "2")] {
        test.call("POST /realtime/facts", &test.all, &JSON, &facts(key)).await.ok();
        let told = test.theirs(&of, &test.all, "").await.ok();
        let goal = &told["memberEngagementAttributeOutputRepresentations"][0];
        assert_eq!(goal["name"], json!("Book a room"), "{told}");
        assert_eq!(goal["currentValue"], json!(done), "{told}");
        assert_eq!(goal["targetValue"], json!("2"), "{told}");
        assert_eq!(goal["attributeStatus"], json!("Active"), "{told}");
        assert_eq!(told["promotionName"], json!("Summer Trail"));
        let brings = &told["rewards"][0]["pointsRewards"][0];
        assert_eq!(brings, &json!({"currencyName": "Coins", "points": 50}), "{told}");
    }
    let other = test.token(&[Scope::Read], Some("P-2")).await;
    assert_eq!(refused(&test.theirs(&of, &other, "").await).0, 404, "another's is not there");
}

#[tokio::test]
async fn sales_at_a_linked_company_are_the_members_while_the_link_holds() {
    let test = demo().await;
    let base = "POST /loyalty/programs/club/members";
    let body = r#"{"externalId": "U10001", "additionalAttributes": {"Card_Type__c": "Green"}}"#;
    let link = |member: &str, to: &str| format!("{base}/{member}/partners/{to}/link");
    let unlink = |member: &str| format!("{base}/{member}/partners/AIR/unlink");
    assert_eq!(refused(&test.theirs(&link("P-1", "RAIL"), &test.all, body).await).0, 404);
    let path = "POST /connect/realtime/loyalty/programs/club";
    let sold = JOURNAL
        .replace("\"P-1\"", "\"AIR:U10001\"")
        .replace("2026-06-11T12:45", "2026-06-12T00:10");
    assert_eq!(refused(&test.theirs(path, &test.all, &sold).await).0, 404, "nobody's number");
    let made = test.theirs(&link("P-1", "Blue%20Air"), &test.all, body).await.ok();
    assert_eq!(made, json!({"linkNumber": "00000001", "message": null, "status": true}));
    let again = test.theirs(&link("P-1", "AIR"), &test.all, "{}").await;
    assert_eq!(refused(&again), (400, "INVALID_OPERATION".into()));
    let taken = test.theirs(&link("P-2", "AIR"), &test.all, body).await;
    assert_eq!(refused(&taken), (400, "INVALID_INPUT".into()));

    let today = test.office.now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let done = test.theirs(path, &test.all, &sold).await.ok();
    let change = &done["processResult"]["transactionJournalResult"][0]["changeInMemberPoints"][0];
    assert_eq!(change["memberShipNumber"], json!("P-1"), "{done}");
    assert_eq!(change["changeInMemberCurrencies"][0]["changeInPointsBalance"], json!(300));
    let fact = |key: &str, day: &str| {
        format!(
            r#"[{{"key": "{key}", "partner": "AIR:U10001", "date": "{day}", "amount": "100",
                "currency": "EUR"}}]"#
        )
    };
    let told = test.call("POST /realtime/facts", &test.all, &JSON, &fact("F1", &today)).await.ok();
    assert_eq!(told["partners"][0]["partner"], json!("P-1"), "{told}");
    let told = test.call("POST /facts", &test.all, &JSON, &fact("F2", &today)).await.ok();
    assert_eq!(told["accepted"], json!(1), "{told}");
    let told =
        test.call("POST /realtime/facts", &test.all, &JSON, &fact("F3", "2026-01-02")).await.ok();
    assert_eq!(told["rows"][0]["code"], json!("unknown_partner"), "before it began: {told}");

    let seen = test.call("GET /partners/P-1/links", &test.all, &[], "").await.ok();
    assert_eq!(seen[0]["attributes"], json!({"Card_Type__c": "Green"}), "{seen}");
    assert_eq!(seen[0]["status"], json!("active"));
    let why =
        r#"{"linkNumber": "00000001", "unlinkReasonType": "USER_REQUEST", "comments": "asked"}"#;
    let gone = test.theirs(&unlink("P-1"), &test.all, why).await.ok();
    assert_eq!(gone, json!({"message": null, "status": true}));
    assert_eq!(refused(&test.theirs(&unlink("P-1"), &test.all, why).await).1, "INVALID_OPERATION");
    let told = test.call("POST /realtime/facts", &test.all, &JSON, &fact("F4", &today)).await.ok();
    assert_eq!(told["rows"][0]["code"], json!("unknown_partner"), "it ended: {told}");
    let seen = test.call("GET /partners/P-1/links", &test.all, &[], "").await.ok();
    assert_eq!(seen[0]["reason"], json!("USER_REQUEST"), "{seen}");
    assert_eq!(seen[0]["ended_on"], json!(today), "{seen}");

    // The same in our own words; now the number is another member's.
    let own = r#"{"wallet": "club", "sponsor": "AIR", "number": "U10001"}"#;
    let made = test.call("POST /partners/P-2/links", &test.all, &JSON, own).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let told = test.call("POST /realtime/facts", &test.all, &JSON, &fact("F5", &today)).await.ok();
    assert_eq!(told["partners"][0]["partner"], json!("P-2"), "{told}");
    let number = made.json()["link"].as_str().expect("its number").to_owned();
    let end = format!("POST /partners/P-2/links/{number}/end");
    let early = r#"{"on": "2026-01-01"}"#;
    assert_eq!(test.call(&end, &test.all, &JSON, early).await.status, 422);
    let ended = test.call(&end, &test.all, &JSON, "{}").await.ok();
    assert_eq!(ended["status"], json!("ended"), "{ended}");
    assert_eq!(test.call(&end, &test.all, &JSON, "{}").await.status, StatusCode::NOT_FOUND);
    let partner = test.token(&[Scope::Read, Scope::WalletsWrite], Some("P-1")).await;
    assert_eq!(test.call("GET /partners/P-2/links", &partner, &[], "").await.status, 404);
    test.call("GET /partners/P-1/links", &partner, &[], "").await.ok();
    assert_eq!(test.call("POST /partners/P-1/links", &partner, &JSON, own).await.status, 404);
}

#[tokio::test]
async fn a_client_fetches_its_token() {
    let test = demo().await;
    let id = {
        let mut reader = test.office.db().read().await.expect("a reader");
        let all = engine::access::tokens(&mut reader).await.expect("tokens");
        all.last().expect("the first").id.clone()
    };
    let send = async |body: String| {
        let request = Request::post("/services/oauth2/token")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::HOST, "tokuten.example")
            .body(Body::from(body))
            .expect("a request");
        test.send(request).await
    };
    let grant = "grant_type=client_credentials";
    let told = send(format!("{grant}&client_id={id}&client_secret={}", test.all)).await.ok();
    assert_eq!(told["token_type"], json!("Bearer"));
    let token = told["access_token"].as_str().expect("a token").to_owned();
    let profile = "GET /loyalty-programs/club/members?memberId=P-1";
    assert!(test.theirs(profile, &token, "").await.status.is_success());
    let wrong = send(format!("{grant}&client_id=tok_0&client_secret={}", test.all)).await;
    assert_eq!(wrong.json()["error"], json!("invalid_client"), "id and secret belong together");
    let other = send("grant_type=password".into()).await;
    assert_eq!(other.json()["error"], json!("unsupported_grant_type"));
}
