use domain::dispute::Dispute;
use domain::settlement::{AdjustmentStatus, PayoutStatus, PayoutStep};
use jiff::civil::date;

use super::*;
use crate::access::{NewUser, Passwords, Role, User, Viewer, create_user};
use crate::audit::Filter;
use crate::db::Db;
use crate::db::testing::for_each_database;
use crate::ledger;
use crate::rules;
use crate::views::story::{self, Story, noon};

/// When the second quarter is closed, with what came late about the year before.
pub(super) const TODAY: jiff::civil::Date = date(2026, 7, 10);

/// The people of a test: who closes, who approves, and a partner's own.
pub(super) struct People {
    pub(super) manager: User,
    pub(super) finance: User,
    other: User,
    pub(super) admin: User,
    birke: User,
    adler: User,
}

async fn user(db: &Db, login: &str, role: Role) -> User {
    let password = Passwords::for_tests().hash("correct horse").await.expect("hashed");
    let (login, name) = (login.to_owned(), login.to_owned());
    let new = NewUser { login, name, password, role, language: "en".to_owned() };
    let mut tx = db.write().await.expect("writes");
    let user = create_user(&mut tx, noon(TODAY), &Actor::System, new).await.expect("a user");
    tx.commit().await.expect("commits");
    user
}

pub(super) async fn people(db: &Db, story: &Story) -> People {
    let partner = |code| {
        let partner_id = story.master.partner_id(code).expect("a partner");
        Role::Partner { partner_id }
    };
    People {
        manager: user(db, "manager", Role::IncentiveManager).await,
        finance: user(db, "finance", Role::Finance).await,
        other: user(db, "other", Role::Finance).await,
        admin: user(db, "admin", Role::Administrator).await,
        birke: user(db, "birke", partner("P2")).await,
        adler: user(db, "adler", partner("P1")).await,
    }
}

/// Closes the quarters before, which pay nothing, and the second one of 2026.
pub(super) async fn close_all(db: &Db, people: &People) {
    close_before(db, people).await;
    close_quarter(db, people, "2026Q2", &CloseNote::default()).await.expect("closed");
}

async fn close_before(db: &Db, people: &People) {
    for period in ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1"] {
        close_quarter(db, people, period, &CloseNote::default()).await.expect("closed");
    }
}

/// Closes a quarter of the volume program in the manager's name.
async fn close_quarter(
    db: &Db,
    people: &People,
    period: &str,
    note: &CloseNote<'_>,
) -> Result<Closed, SettleError> {
    let mut tx = db.write().await.expect("writes");
    let master = crate::catalog::load_master(&mut tx).await.expect("master data");
    let (by, of) = (people.manager.actor(), ("volume", period));
    let now = if period == "2026Q3" { noon(date(2026, 10, 10)) } else { noon(TODAY) };
    let closed = close(&mut tx, &master, &by, now, of, note).await?;
    tx.commit().await.expect("commits");
    Ok(closed)
}

/// Of the second quarter: 18.00 that came late. P1 gets 40.00, P3 60.00.
async fn payout_of_birke(db: &Db) -> PayoutRow {
    let mut reader = db.read().await.expect("reads");
    let rows = payouts(&mut reader, 0, "2026Q2", 10).await.expect("payouts");
    assert_eq!(rows.len(), 3, "{rows:?}");
    rows.into_iter().find(|row| row.partner_code == "P2").expect("one of P2")
}

async fn take_step(
    db: &Db,
    by: &User,
    id: &str,
    to: PayoutStep,
    comment: &str,
) -> Result<PayoutRow, SettleError> {
    let mut tx = db.write().await.expect("writes");
    let row = step(&mut tx, &by.actor(), noon(TODAY), id, to, Some(comment)).await?;
    tx.commit().await.expect("commits");
    assert_eq!(
        payout(&mut db.read().await.expect("reads"), id).await.expect("reads").as_ref(),
        Some(&row),
        "what is answered is what is kept"
    );
    Ok(row)
}

pub(super) async fn save(db: &Db, by: &User, policy: &Policy) {
    let mut tx = db.write().await.expect("writes");
    set_policy(&mut tx, &by.actor(), noon(TODAY), policy).await.expect("a policy");
    tx.commit().await.expect("commits");
}

pub(super) fn with_chains(lines: &[&str]) -> Policy {
    let chains = lines.iter().map(|line| read_chain(line).expect("a chain")).collect();
    Policy { chains, ..Policy::default() }
}

#[tokio::test]
async fn a_chain_takes_two_people_and_a_hold_stops_the_money() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let people = people(&db, &story).await;
        let policy = with_chains(&["payout EUR 10: role:finance 3 > role:administrator 5"]);
        save(&db, &people.admin, &policy).await;
        close_all(&db, &people).await;
        let row = payout_of_birke(&db).await;
        let id = row.public_id.as_str();
        assert_eq!((row.amount.to_string().as_str(), row.step), ("18", 0));
        assert_eq!(row.due, Some(date(2026, 7, 13)));

        let approve = PayoutStep::Approve;
        let refused = take_step(&db, &people.manager, id, approve, "").await;
        assert!(matches!(refused, Err(SettleError::Refused(Refusal::Prepared))), "{refused:?}");
        let refused = take_step(&db, &people.admin, id, approve, "").await;
        assert!(matches!(refused, Err(SettleError::Refused(Refusal::NotTheirs))), "{refused:?}");
        let row = take_step(&db, &people.finance, id, approve, "seen").await.expect("a step");
        assert_eq!((row.status, row.step), (PayoutStatus::Pending, 1));
        assert_eq!(row.due, Some(date(2026, 7, 15)));
        assert_eq!(waits(&db, &people).await, "finance 2, other 2, admin 1");

        // Away, the administrator is stood in for by somebody who has not decided yet.
        let days = (date(2026, 7, 9), date(2026, 7, 12));
        for deputy in [&people.finance, &people.other] {
            let mut tx = db.write().await.expect("writes");
            let of = (people.admin.id.as_str(), deputy.id.as_str());
            delegate(&mut tx, &people.admin.actor(), noon(TODAY), of, days).await.expect("given");
            tx.commit().await.expect("commits");
        }
        let refused = take_step(&db, &people.finance, id, approve, "").await;
        assert!(matches!(refused, Err(SettleError::Refused(Refusal::GivenBefore))), "{refused:?}");
        let row = take_step(&db, &people.other, id, approve, "for admin").await.expect("a step");
        assert_eq!((row.status, row.due), (PayoutStatus::Approved, None));

        let mut tx = db.write().await.expect("writes");
        let (by, master) = (people.finance.actor(), &story.master);
        let why = ("bank details are checked", Some(date(2026, 7, 20)));
        let hold = place(&mut tx, master, &by, noon(TODAY), Target::Partner("P2"), why).await;
        let hold = hold.expect("on hold");
        tx.commit().await.expect("commits");
        let refused = take_step(&db, &people.finance, id, PayoutStep::Pay, "").await;
        assert!(matches!(refused, Err(SettleError::Held { .. })), "{refused:?}");
        let mut tx = db.write().await.expect("writes");
        release(&mut tx, &by, noon(TODAY), &hold, Some("they are right")).await.expect("released");
        let twice = release(&mut tx, &by, noon(TODAY), &hold, None).await;
        assert!(matches!(twice, Err(SettleError::NotNow { .. })), "{twice:?}");
        tx.commit().await.expect("commits");
        let row = take_step(&db, &people.finance, id, PayoutStep::Pay, "").await.expect("paid");
        assert_eq!(row.status, PayoutStatus::Paid);

        let mut reader = db.read().await.expect("reads");
        let history: Vec<String> = decisions(&mut reader, id)
            .await
            .expect("decisions")
            .into_iter()
            .map(|one| {
                let stands_for = one.stands_for.map(|who| format!(" for {who}"));
                format!(
                    "{}.{} {} {}{}",
                    one.round,
                    one.step,
                    one.verdict,
                    one.by,
                    stands_for.unwrap_or_default()
                )
            })
            .collect();
        let expected = ["1.1 approved finance", "1.2 approved other for admin", "1.3 paid finance"];
        assert_eq!(history, expected);
        let trail = crate::audit::page(&mut reader, &Filter::default(), 50).await.expect("reads");
        for action in ["pay", "approve", "place", "release", "create"] {
            assert!(trail.iter().any(|entry| entry.action == action), "{action} is not audited");
        }
        assert!(holds_acting(&mut reader, TODAY).await.expect("reads").is_empty());
    })
    .await;
}

/// How many payouts wait for whom.
async fn waits(db: &Db, people: &People) -> String {
    let mut reader = db.read().await.expect("reads");
    let mut said = vec![];
    for who in [&people.finance, &people.other, &people.admin] {
        let (payouts, _) =
            waiting_counts(&mut reader, &who.actor(), noon(TODAY)).await.expect("counts");
        let subject = domain::approval::Subject::Payout;
        let person =
            person(&mut reader, &who.actor(), subject, noon(TODAY)).await.expect("a person");
        let rows = waiting_for(&mut reader, &person).await.expect("rows");
        assert_eq!(payouts, rows.iter().map(|row| row.payouts).sum::<i64>(), "{}", who.login);
        said.push(format!("{} {payouts}", who.login));
    }
    said.join(", ")
}

#[tokio::test]
async fn a_rejection_begins_the_next_round_and_needs_its_reason() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let people = people(&db, &story).await;
        save(&db, &people.admin, &with_chains(&["payout EUR 0: anyone 2 > anyone 2"])).await;
        close_all(&db, &people).await;
        let id = payout_of_birke(&db).await.public_id;
        take_step(&db, &people.finance, &id, PayoutStep::Approve, "").await.expect("a step");
        let refused = take_step(&db, &people.other, &id, PayoutStep::Reject, " ").await;
        assert!(matches!(refused, Err(SettleError::NoReason)), "{refused:?}");
        let row = take_step(&db, &people.other, &id, PayoutStep::Reject, "the rate is off").await;
        let row = row.expect("rejected");
        assert_eq!((row.status, row.round, row.step), (PayoutStatus::Rejected, 2, 0));
        // Who approved in the first round may in the second.
        let row = take_step(&db, &people.finance, &id, PayoutStep::Approve, "").await.expect("one");
        assert_eq!((row.status, row.step), (PayoutStatus::Pending, 1));
        let row = take_step(&db, &people.admin, &id, PayoutStep::Approve, "").await.expect("two");
        assert_eq!(row.status, PayoutStatus::Approved);
        let policy = with_chains(&[]);
        save(&db, &people.admin, &policy).await;
        let mut reader = db.read().await.expect("reads");
        assert_eq!(super::policy(&mut reader).await.expect("reads"), policy);
    })
    .await;
}

async fn adjust(db: &Db, people: &People, period: &str, amount: &str, code: &str) -> String {
    let mut tx = db.write().await.expect("writes");
    let rules = rules::load(&mut tx).await.expect("rules");
    let master = crate::catalog::load_master(&mut tx).await.expect("master data");
    let new = NewAdjustment {
        term: Some("bikes".into()),
        program: "volume".to_owned(),
        partner: "P2".to_owned(),
        period: period.to_owned(),
        amount: amount.parse().expect("an amount"),
        unit: None,
        reason_code: code.to_owned(),
        reason: "as agreed".to_owned(),
        dispute: None,
    };
    let by = people.manager.actor();
    let id = ask_adjustment(&mut tx, &rules, &master, &by, noon(TODAY), &new).await.expect("asked");
    let (by, yes) = (people.manager.actor(), AdjustmentStatus::Approved);
    let own = decide_adjustment(&mut tx, &rules, &by, noon(TODAY), &id, yes, None).await;
    assert!(matches!(own, Err(SettleError::Refused(_))), "{own:?}");
    let by = people.finance.actor();
    decide_adjustment(&mut tx, &rules, &by, noon(TODAY), &id, yes, None).await.expect("approved");
    tx.commit().await.expect("commits");
    id
}

async fn accrued_of_birke(db: &Db) -> String {
    let mut reader = db.read().await.expect("reads");
    let balances = ledger::balances(&mut reader, None).await.expect("balances");
    let account = balances.iter().find(|one| one.account == "accrued/volume/P2");
    account.map_or_else(String::new, |one| (one.credit - one.debit).normalize().to_string())
}

#[tokio::test]
async fn a_debt_is_seen_acknowledged_carried_and_written_off() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let people = people(&db, &story).await;
        close_before(&db, &people).await;
        adjust(&db, &people, "2026Q2", "-50", "data").await;
        let negative = [ExceptionKind::Negative];
        for note in [
            CloseNote::default(),
            CloseNote { comment: Some("looked at"), acknowledged: &[ExceptionKind::Jump] },
            CloseNote { comment: Some(" "), acknowledged: &negative },
        ] {
            let refused = close_quarter(&db, &people, "2026Q2", &note).await;
            let Err(SettleError::Unacknowledged { kinds }) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(kinds.0, negative);
        }
        let note = CloseNote { comment: Some("agreed with Birke"), acknowledged: &negative };
        close_quarter(&db, &people, "2026Q2", &note).await.expect("closed");
        let row = payout_of_birke(&db).await;
        assert_eq!(
            (row.amount.to_string().as_str(), row.carried_out.to_string().as_str()),
            ("0", "-32")
        );
        assert_eq!(accrued_of_birke(&db).await, "-32", "the debt stands in the ledger");
        let mut reader = db.read().await.expect("reads");
        let postings = crate::ledger::postings(&mut reader, None, i64::MAX, 1_000).await;
        let postings = postings.expect("postings");
        let adjusted: Vec<_> = postings.iter().filter(|row| row.cause == "adjustment").collect();
        assert!(!adjusted.is_empty() && adjusted.iter().all(|row| row.term == Some(0)));
        let own = story.master.partner_id("P2").expect("a partner");
        let sums = partner_sums(&mut reader, own).await.expect("sums");
        let of = &sums[&(Some("volume".to_owned()), "EUR".to_owned())];
        assert!(of.count > 0 && of.settled() == of.pending + of.approved + of.paid);
        drop(reader);
        let mut reader = db.read().await.expect("reads");
        let known = acknowledged(&mut reader, row.program_id().expect("a program"), "2026Q2")
            .await
            .expect("reads");
        assert_eq!((known.len(), known[0].kind, known[0].cases), (1, ExceptionKind::Negative, 1));
        assert_eq!(
            (known[0].amount.to_string().as_str(), known[0].comment.as_str()),
            ("-32", "agreed with Birke")
        );
        drop(reader);

        adjust(&db, &people, "2026Q3", "32", "write_off").await;
        close_quarter(&db, &people, "2026Q3", &CloseNote::default()).await.expect("closed");
        assert_eq!(accrued_of_birke(&db).await, "0", "the debt is gone");
    })
    .await;
}

#[tokio::test]
async fn exceptions_are_counted_with_their_amounts() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let people = people(&db, &story).await;
        // Late: brings P1 from 800 to 1,100 in a quarter that is long over.
        let late = noon(date(2026, 6, 30));
        story::take(&db, "2025-04-20 sale L1 P1 B1 3 300.00", late).await;
        close_before(&db, &people).await;
        let story = story::know(&db).await;
        let mut policy = Policy { payee_fields: vec!["level".to_owned()], ..Policy::default() };
        policy.jump_factor = "1.5".parse().expect("a factor");
        save(&db, &people.admin, &policy).await;
        let mut reader = db.read().await.expect("reads");
        let at = story.rules.by_code("volume").expect("a program");
        let (plan, program_id) = (&story.rules.plans[at], story.rules.program_ids[at]);
        let period = domain::settlement::named(plan, "2026Q2").expect("a period");
        let of = (program_id, &period);
        let found = exceptions(&mut reader, &story.rules, &story.master, of, noon(TODAY)).await;
        let said: Vec<String> = found
            .expect("exceptions")
            .iter()
            .map(|one| format!("{} {} {}", one.kind.word(), one.cases, one.amount.normalize()))
            .collect();
        // P1 51 with 11 that came late, P2 18 that did, P3 60: none has the field that it needs.
        assert_eq!(said, ["missing_data 3 129", "prior_period 2 29"]);
    })
    .await;
}

/// 5 % of everything, and no more than 30.00.
const CAPPED: &str = "
program: capped
name: { en: Capped }
currency: EUR
starts: 2026-04-01
periods: { every: quarter }
terms:
  - term: all
    measure: sum(amount)
    method: all_units
    tiers:
      - { from: 0, rate: 5% }
    limits: { per_award: { at_most: 60 } }
";

#[tokio::test]
async fn what_a_cap_took_away_is_told_with_its_amount() {
    for_each_database(async |db| {
        story::tell(&db).await;
        story::activate(&db, CAPPED).await;
        let story = story::know(&db).await;
        let mut reader = db.read().await.expect("reads");
        let at = story.rules.by_code("capped").expect("a program");
        let period = domain::settlement::named(&story.rules.plans[at], "2026Q2").expect("one");
        let of = (story.rules.program_ids[at], &period);
        let found = exceptions(&mut reader, &story.rules, &story.master, of, noon(TODAY)).await;
        let found = found.expect("exceptions");
        let capped: Vec<String> = found
            .iter()
            .filter(|one| one.kind == ExceptionKind::CapHit)
            .flat_map(|one| &one.partners)
            .map(|(id, lost)| {
                let code = story.master.partner_code(*id).expect("a partner");
                format!("{code} {}", lost.normalize())
            })
            .collect();
        // 5 % of 3,000.00 twice, and of 2,100.10; P2 has 950.00.
        assert_eq!(capped, ["P3 90", "P4 90", "P1 45.005"]);
    })
    .await;
}

#[tokio::test]
async fn a_dispute_is_answered_accepted_and_paid_by_an_adjustment() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let people = people(&db, &story).await;
        close_all(&db, &people).await;
        let story = story::know(&db).await;
        let row = payout_of_birke(&db).await;
        let new = NewDispute {
            kind: DisputeKind::Payout,
            subject: row.public_id.clone(),
            payout: Some(row.public_id.clone()),
            program: "volume".to_owned(),
            period: "2026Q2".to_owned(),
            stated: rust_decimal::Decimal::ZERO,
            expected: Some("23.00".parse().expect("an amount")),
            reason: DisputeReason::WrongAmount,
            text: " A line is missing ".to_owned(),
        };
        let now = noon(TODAY);
        let mut tx = db.write().await.expect("writes");
        let (birke, adler) = (people.birke.actor(), people.adler.actor());
        let own = |user: &User| user.role.partner().expect("a partner");
        let foreign =
            open_dispute(&mut tx, &story.rules, (&adler, own(&people.adler)), now, &new).await;
        assert!(matches!(foreign, Err(SettleError::NotFound)), "{foreign:?}");
        let who = (&birke, own(&people.birke));
        let id = open_dispute(&mut tx, &story.rules, who, now, &new).await.expect("opened");
        let twice = open_dispute(&mut tx, &story.rules, who, now, &new).await;
        assert!(matches!(twice, Err(SettleError::DisputedAlready)), "{twice:?}");
        let early = sign_off(&mut tx, &birke, now, &row.public_id, None).await;
        assert!(matches!(early, Err(SettleError::NotNow { status: "disputed" })), "{early:?}");
        let theirs = dispute(&mut tx, Viewer::Partner(own(&people.adler)), &id).await;
        assert_eq!(theirs.expect("reads"), None, "what is not theirs is not there");

        let finance = people.finance.actor();
        let said = write_to_dispute(&mut tx, &finance, now, &id, "Which line?").await;
        assert_eq!(said.expect("answered"), Dispute::Answered);
        let said = write_to_dispute(&mut tx, &birke, now, &id, "INV-7").await;
        assert_eq!(said.expect("asked again"), Dispute::Open);
        let foreign = write_to_dispute(&mut tx, &adler, now, &id, "hello").await;
        assert!(matches!(foreign, Err(SettleError::NotFound)), "{foreign:?}");
        let five = ("5".parse().expect("an amount"), "INV-7 was missing");
        let said =
            accept_dispute(&mut tx, &story.rules, &story.master, (&finance, now), &id, five).await;
        let Ok(Dispute::Accepted { adjustment: asked, .. }) = said else { panic!("{said:?}") };
        let late = reject_dispute(&mut tx, &finance, now, &id, "no").await;
        assert!(matches!(late, Err(SettleError::Over(_))), "{late:?}");
        let found = adjustment(&mut tx, &asked).await.expect("reads").expect("an adjustment");
        assert_eq!(
            (found.period_name.as_str(), found.status),
            ("2026Q3", AdjustmentStatus::Pending)
        );
        assert_eq!(
            (found.reason_code.as_str(), found.dispute.as_deref()),
            ("dispute", Some(id.as_str()))
        );
        let messages = dispute_messages(&mut tx, &id).await.expect("messages");
        let steps: Vec<&str> = messages.iter().map(|one| one.step.as_str()).collect();
        assert_eq!(steps, ["open", "answer", "reply", "accept"]);
        assert_eq!(messages[0].text, "A line is missing");

        sign_off(&mut tx, &birke, now, &row.public_id, Some("with the correction"))
            .await
            .expect("agreed");
        let twice = sign_off(&mut tx, &birke, now, &row.public_id, None).await;
        assert!(matches!(twice, Err(SettleError::NotNow { status: "agreed" })), "{twice:?}");
        let foreign = sign_off(&mut tx, &adler, now, &row.public_id, None).await;
        assert!(matches!(foreign, Err(SettleError::NotFound)), "{foreign:?}");
        tx.commit().await.expect("commits");
    })
    .await;
}

/// A policy as the first version of the format keeps it.
const KEPT: &str = r#"{"format":1,"jump_factor":"2.5","payee_fields":["country"],"reasons":[{"code":"other","en":"Other","ja":"その他"},{"code":"dispute","en":"Dispute","ja":"異議"}],"chains":["payout JPY 1000000: role:finance 3 > role:administrator+anyone 5"],"approval_days":4,"dispute_days":30,"answer_days":7,"near_percent":"5","near_gap":"100","near_days":14}"#;

#[test]
fn a_policy_is_read_as_it_was_kept() {
    let policy = crate::policy::read(KEPT);
    assert_eq!(crate::policy::written(&policy), KEPT);
    assert_eq!(policy.check(), Ok(()));
    assert_eq!((policy.approval_days, policy.near.days), (4, 14));
    assert_eq!(crate::policy::read("{}"), Policy::default());
    assert_eq!(Policy::default().check(), Ok(()));
}

/// One case a line: `chain -> what is wrong with it`, or the chain again.
#[test]
fn a_chain_is_a_line_of_words() {
    let cases = "
        payout EUR 10000: role:finance 3 > role:administrator 5 -> payout EUR 10000: role:finance 3 > role:administrator 5
        adjustment JPY 1,000: anyone 2 -> adjustment JPY 1000: anyone 2
        refund EUR 1: anyone 2 -> `refund EUR 1: anyone 2` is no chain; write `payout EUR 10000: role:finance 3 > role:administrator 5`
        payout EUR -1: anyone 2 -> `payout EUR -1: anyone 2` is no chain; write `payout EUR 10000: role:finance 3 > role:administrator 5`
        payout EUR 1: role:king 2 -> `role:king` cannot approve; name `anyone`, `role:ROLE` or `user:ID`
        payout EUR 1: role:partner 2 -> `role:partner` cannot approve; name `anyone`, `role:ROLE` or `user:ID`
    ";
    for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
        let (line, expected) = case.split_once(" -> ").expect("`chain -> result`");
        let said = match read_chain(line) {
            Ok(chain) => show_chain(&chain),
            Err(error) => error.to_string(),
        };
        assert_eq!(said, expected, "in case `{case}`");
    }
}

/// `percent gap days | missing has days-left -> told or quiet`, `-` for no gap of its own.
#[test]
fn a_near_miss_is_told_within_its_bounds() {
    let cases = "
        10 - 30 | 100 900 30 -> told
        10 - 30 | 101 900 30 -> quiet
        10 - 30 | 100 900 31 -> quiet
        10 - 30 | 100 900 -1 -> quiet
        10 - 30 | 0 900 5 -> quiet
        0 50 30 | 50 10 0 -> told
        0 50 30 | 51 10 0 -> quiet
    ";
    for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
        let (told, expected) = case.split_once(" -> ").expect("`… -> …`");
        let words: Vec<&str> = told.split_whitespace().collect();
        let [percent, gap, days, "|", missing, has, left] = words.as_slice() else {
            panic!("`{case}`");
        };
        let number = |text: &str| text.parse().expect("a number");
        let gap = (*gap != "-").then(|| number(gap));
        let rule = NearRule { percent: number(percent), gap, days: days.parse().expect("days") };
        let tells = rule.tells(number(missing), number(has), left.parse().expect("days"));
        assert_eq!(if tells { "told" } else { "quiet" }, expected, "in case `{case}`");
    }
}

/// A close evaluates what it moves; whatever else is evaluated again says what it said.
#[tokio::test]
async fn a_close_leaves_nothing_to_book() {
    for_each_database(async |db| {
        let story = story::tell(&db).await;
        let people = people(&db, &story).await;
        close_all(&db, &people).await;
        let mut tx = db.write().await.expect("writes");
        let rules = rules::load(&mut tx).await.expect("rules");
        let master = crate::catalog::load_master(&mut tx).await.expect("master data");
        for program_id in &rules.program_ids {
            crate::totals::mark_all_stale(&mut tx, *program_id).await.expect("marked");
        }
        let again = crate::accrue::batch(&mut tx, &rules, &master, noon(TODAY), i64::MAX).await;
        let again = again.expect("evaluated");
        assert!(again.evaluated > 0 && again.postings == 0, "{again:?}");
    })
    .await;
}
