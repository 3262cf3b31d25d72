//! What holds in every database at any moment at which nothing is stale.

use std::collections::{BTreeMap, BTreeSet};

use domain::program::{CatchUp, Release, Settle};
use domain::settlement::PayoutStatus;
use domain::totals::Group;
use domain::wallet::is_hidden;
use engine::access::Viewer;
use engine::accrue::{self, AwardFilter, is_at_once};
use engine::db::{Reader, Row};
use engine::explain::{self, AwardRef};
use engine::office::Office;
use engine::rules::Rules;
use engine::wallets::{self, pays_into};
use engine::{args, ledger, rebuild, settle};
use rust_decimal::Decimal;

/// What does not hold, in words; empty if all is well.
pub async fn broken(office: &Office) -> Vec<String> {
    let mut wrong = Vec::new();
    let again = office.accrue().await.expect("what is stale can be evaluated");
    if again.postings != 0 {
        wrong.push(format!("a second run posts {} times", again.postings));
    }
    let mut reader = office.db().read().await.expect("a reader");
    let rules = office.rules(&mut reader).await.expect("rules");
    let master = office.master(&mut reader).await.expect("master data");
    let (_, differences) =
        rebuild::compare(&mut reader, &rules, &master).await.expect("a comparison");
    wrong.extend(differences.iter().map(|found| format!("totals differ: {found:?}")));

    let (should, are) = ledger::check(&mut reader).await.expect("a check");
    if should != are {
        wrong.push(format!("balances are {are:?}, by the postings they should be {should:?}"));
    }
    let (_, groups) = accrue::sums::check(&mut reader).await.expect("a check");
    wrong.extend(
        groups.iter().map(|group| format!("sums of {group:?} are not those of its awards")),
    );
    let mut units: BTreeMap<&str, Decimal> = BTreeMap::new();
    for balance in &are {
        *units.entry(&balance.unit).or_default() += balance.debit - balance.credit;
    }
    for (unit, sum) in units.into_iter().filter(|(_, sum)| !sum.is_zero()) {
        wrong.push(format!("postings in {unit} do not balance, by {sum}"));
    }
    drop(reader);
    wrong.extend(accrued_is_posted(office).await);
    wrong.extend(payouts_are_posted(office).await);
    wrong.extend(due_adds_up(office).await);
    wrong.extend(closed_stay_closed(office).await);
    wrong.extend(decided_by_others(office).await);
    wrong
}

/// Awards can be explained, and come to the same when they are computed again: about so many of
/// them, spread over all.
pub async fn unexplained(office: &Office, some: usize) -> Vec<String> {
    let mut reader = office.db().read().await.expect("a reader");
    let rules = office.rules(&mut reader).await.expect("rules");
    let master = office.master(&mut reader).await.expect("master data");
    let filter = AwardFilter::default();
    let (awards, _) = accrue::awards(&mut reader, &filter, (0, AWARDS_MAX)).await.expect("awards");
    let mut wrong = Vec::new();
    let every = awards.len().div_ceil(some).max(1);
    for award in awards.iter().step_by(every) {
        let plan = &rules.plans[rules.position(award.program_id).expect("a plan")];
        let term = usize::try_from(award.term).expect("a position");
        let of = AwardRef {
            program: plan.code.to_string(),
            term: plan.terms[term].code.to_string(),
            partner: master.partner_code(award.partner_id).expect("a partner").to_string(),
            period: award.period_name.clone(),
            group: Group::from_stored(&award.group_key),
        };
        let told = explain::award(&mut reader, &rules, &master, Viewer::Vendor, &of)
            .await
            .expect("an explanation");
        let told = told.map(|told| told.award.amount.normalize());
        if told != Some(award.amount.normalize()) {
            wrong.push(format!("{of:?} is {}, and its explanation ends at {told:?}", award.amount));
        }
    }
    wrong
}

/// A story has fewer.
const AWARDS_MAX: i64 = 200;

/// What is approved or paid has all its steps, each by somebody else than who prepared it and than
/// who took another; what was paid is what the ledger took from cash.
async fn decided_by_others(office: &Office) -> Vec<String> {
    let mut reader = office.db().read().await.expect("a reader");
    let mut wrong = Vec::new();
    let mut paid: BTreeMap<String, Decimal> = BTreeMap::new();
    for row in settle::payouts(&mut reader, 0, "", i64::MAX).await.expect("payouts") {
        // A demand has left what is payable before its money is here.
        let file = settle::filed::file_of(&mut reader, &row.public_id).await.expect("a file");
        let is_demanded = file.is_some_and(|file| file.starts_with("DN-"));
        if row.status == PayoutStatus::Paid || is_demanded {
            *paid.entry(row.unit.clone()).or_default() += row.amount;
        }
        if row.amount.is_zero()
            || !matches!(row.status, PayoutStatus::Approved | PayoutStatus::Paid)
        {
            continue;
        }
        let steps = row
            .chain
            .as_deref()
            .map_or(1, |chain| settle::read_steps(chain).expect("a chain that was checked").len());
        let given = reader
            .rows(
                "SELECT by_id FROM decision WHERE tenant_id = $1 AND subject = $2 AND round = $3 \
                 AND verdict = 'approved'",
                args![reader.tenant(), &row.public_id, row.round],
            )
            .await
            .expect("decisions");
        let people: BTreeSet<&str> = given.iter().map(|given| given.text(0)).collect();
        if given.len() != steps || people.len() != steps || people.contains(&*row.created_by_id) {
            wrong.push(format!("{row:?} is approved by {people:?}, {steps} steps"));
        }
    }
    for balance in ledger::balances(&mut reader, None).await.expect("balances") {
        // Tax on top leaves with the money, and comes back from the tax office.
        let role = balance.account.split('/').next().unwrap_or_default();
        if ["cash", "credit_note", "receivable", "tax"].contains(&role) {
            *paid.entry(balance.unit).or_default() -= balance.credit - balance.debit;
        }
    }
    // Sponsors pay for what they bear.
    for row in of_wallets(&mut reader).await {
        let is_theirs = |account: &str| account == "cash" || account.starts_with("receivable/");
        let (debit, credit) = (is_theirs(row.text(0)), is_theirs(row.text(1)));
        if debit != credit {
            let amount = decimal(row.text(3));
            *paid.entry(row.string(2)).or_default() -= if debit { amount } else { -amount };
        }
    }
    let different = paid.into_iter().filter(|(_, difference)| !difference.is_zero());
    wrong
        .extend(different.map(|(unit, difference)| {
            format!("payouts and cash differ in {unit} by {difference}")
        }));
    wrong
}

/// What all payout periods owe for an award, or wallets were told of it, adds up to the award.
async fn due_adds_up(office: &Office) -> Vec<String> {
    type Key = (i64, i64, i64, i64, String);
    let mut reader = office.db().read().await.expect("a reader");
    let tenant = reader.tenant();
    let rules = office.rules(&mut reader).await.expect("rules");
    let mut sums: BTreeMap<Key, (Decimal, Decimal)> = BTreeMap::new();
    let key = |row: &Row| (row.int(0), row.int(1), row.int(2), row.int(3), row.string(4));
    let awards = reader
        .rows(
            "SELECT program_id, partner_id, term, period_day, group_key, amount FROM award \
             WHERE tenant_id = $1",
            args![tenant],
        )
        .await
        .expect("awards");
    for row in &awards {
        sums.entry(key(row)).or_default().0 += decimal(row.text(5));
    }
    let due = reader
        .rows(
            "SELECT program_id, partner_id, term, period_day, group_key, amount FROM due \
             WHERE tenant_id = $1",
            args![tenant],
        )
        .await
        .expect("what is due");
    for row in &due {
        sums.entry(key(row)).or_default().1 += decimal(row.text(5));
    }
    // Of what is credited at once wallets say it.
    let credited = reader
        .rows(
            "SELECT program_id, partner_id, term, period_day, group_key, amount \
             FROM wallet_award WHERE tenant_id = $1",
            args![tenant],
        )
        .await
        .expect("what was credited");
    for row in credited.iter().filter(|row| credits_at_once(&rules, row.int(0), row.int(2))) {
        sums.entry(key(row)).or_default().1 += decimal(row.text(5));
    }
    sums.into_iter()
        .filter(|((program_id, _, term, ..), (award, due))| {
            award != due && !holds_back(&rules, *program_id, *term)
        })
        .map(|(key, (award, due))| {
            format!("award {key:?} is {award}, and {due} of it is due or credited")
        })
        .collect()
}

/// Whether a term pays into wallets as soon as it earns, in all its versions.
fn credits_at_once(rules: &Rules, program_id: i64, term: i64) -> bool {
    let plan = &rules.plans[rules.position(program_id).expect("a plan")];
    let at = usize::try_from(term).expect("a position");
    let mut own = plan.versions.iter().filter_map(|version| version.rules[at].as_ref());
    // Of what counts for tiers alone no awards are kept.
    let is_kept = !is_hidden(plan.code.as_str());
    let at_once = own.all(|rule| rule.term.settle == Settle::AtOnce);
    is_kept && at_once && pays_into(rules, program_id, term)
}

/// Whether a term pays out later than it is earned.
fn holds_back(rules: &Rules, program_id: i64, term: i64) -> bool {
    let plan = &rules.plans[rules.position(program_id).expect("a plan")];
    let term = usize::try_from(term).expect("a position");
    let mut own = plan.versions.iter().filter_map(|version| version.rules[term].as_ref());
    own.any(|rule| {
        rule.term.payout.release == Release::Evenly || rule.term.payout.catch_up == CatchUp::End
    })
}

/// What closed periods would pay by what is known today is what they did pay.
async fn closed_stay_closed(office: &Office) -> Vec<String> {
    let mut reader = office.db().read().await.expect("a reader");
    let rules = office.rules(&mut reader).await.expect("rules");
    let mut paid: BTreeMap<(i64, i64, String, String), [Decimal; 6]> = BTreeMap::new();
    for row in settle::payouts(&mut reader, 0, "", i64::MAX).await.expect("payouts") {
        let numbers = [
            row.calculated,
            row.prior_period,
            row.adjustments,
            row.carried_in,
            row.carried_out,
            row.amount,
        ];
        let Some(of) = row.period() else { continue };
        paid.insert((of.program_id, row.partner_id, row.unit.clone(), of.name.clone()), numbers);
    }
    let mut wrong = Vec::new();
    for program_id in &rules.program_ids {
        let found = settle::preview(&mut reader, &rules, *program_id, None).await.expect("payouts");
        for settle::PartnerPayout { partner_id, unit, line } in found {
            let numbers = [
                line.calculated,
                line.prior_period,
                line.adjustments,
                line.carried_in,
                line.carried_out,
                line.amount,
            ];
            let key = (*program_id, partner_id, unit.to_string(), line.period.name.to_string());
            let was = paid.remove(&key).unwrap_or_default();
            if line.closed && was != numbers {
                wrong.push(format!("closed {key:?} paid {was:?}, it would now be {numbers:?}"));
            }
        }
    }
    wrong.extend(
        paid.into_iter()
            .filter(|(_, was)| was.iter().any(|n| !n.is_zero()))
            .map(|(key, was)| format!("closed {key:?} paid {was:?}, it would now be nothing")),
    );
    wrong
}

/// What is kept as accrued is what was posted, award by award.
async fn accrued_is_posted(office: &Office) -> Vec<String> {
    type Key = (i64, i64, i64, i64, String, i64, String, i64);
    let mut reader = office.db().read().await.expect("a reader");
    let tenant = reader.tenant();
    let mut sums: BTreeMap<Key, (Decimal, Decimal)> = BTreeMap::new();
    let rows = reader
        .rows(
            "SELECT program_id, partner_id, term, period_day, group_key, accounting_day, kind, \
             payee_id, amount FROM accrued WHERE tenant_id = $1",
            args![tenant],
        )
        .await
        .expect("accruals");
    let key = |row: &Row| {
        let int = |column| row.int(column);
        (int(0), int(1), int(2), int(3), row.string(4), int(5), row.string(6), int(7))
    };
    for row in &rows {
        sums.entry(key(row)).or_default().0 += decimal(row.text(8));
    }
    let rows = reader
        .rows(
            "SELECT p.program_id, COALESCE(p.earner_id, p.partner_id), p.term, p.period_day, \
             p.group_key, p.booked_day, p.kind, p.partner_id, p.amount, d.name FROM posting p \
             JOIN account d ON d.tenant_id = p.tenant_id AND d.account_id = p.debit_id \
             WHERE p.tenant_id = $1 AND p.cause = 'accrual'",
            args![tenant],
        )
        .await
        .expect("postings");
    for row in &rows {
        let amount = decimal(row.text(8));
        let signed = if row.text(9).starts_with("expense/") { amount } else { -amount };
        sums.entry(key(row)).or_default().1 += signed;
    }
    sums.into_iter()
        .filter(|(_, (kept, posted))| kept != posted)
        .map(|(key, (kept, posted))| format!("accrued {key:?}: kept {kept}, posted {posted}"))
        .collect()
}

/// What partners are owed is what their payouts say, and what is left accrued is what is carried
/// on or belongs to periods that are open.
async fn payouts_are_posted(office: &Office) -> Vec<String> {
    let mut reader = office.db().read().await.expect("a reader");
    let rules = office.rules(&mut reader).await.expect("rules");
    let mut wrong = Vec::new();
    // What it should hold and what it holds, by account and currency.
    let mut accounts: BTreeMap<(String, String), (Decimal, Decimal)> = BTreeMap::new();
    let mut should = |account: String, unit: &str, amount: Decimal| {
        accounts.entry((account, unit.to_owned())).or_default().0 += amount;
    };
    for row in settle::payouts(&mut reader, 0, "", i64::MAX).await.expect("payouts") {
        let all = row.calculated + row.prior_period + row.adjustments + row.carried_in;
        if row.amount != all - row.carried_out {
            wrong.push(format!("a payout does not add up: {row:?}"));
        }
        let is_owed = !matches!(row.status, PayoutStatus::Paid | PayoutStatus::Withdrawn);
        let owed = if is_owed { row.amount } else { Decimal::ZERO };
        should(format!("payable/{}", row.partner_code), &row.unit, owed);
        // What orders of rewards owe was never accrued: it is payable at once.
        let Some(of) = row.period() else { continue };
        let left = row.adjustments - row.lapsed - row.amount;
        let account = format!("accrued/{}/{}", of.program, row.partner_code);
        should(account, &row.unit, left);
    }
    // Terms owed at once post to what is payable, and the close brings only the rest.
    for (account, unit, amount) in accrued(&mut reader, &rules).await {
        should(account, &unit, amount);
    }
    for (program, partner, unit, amount) in at_once_of_closed(&mut reader, &rules).await {
        should(format!("payable/{partner}"), &unit, -amount);
        should(format!("accrued/{program}/{partner}"), &unit, amount);
    }
    // What was approved of claims on funds is owed until it is paid.
    let master = office.master(&mut reader).await.expect("master data");
    for of in rules.wallets.iter().filter(|of| !of.wallet.funds.is_empty()) {
        let at = of.wallet.time_zone.to_datetime(office.now());
        let book = wallets::whole(&mut reader, of, &master, at).await.expect("a book");
        for (_, claim) in book.claims() {
            let owed = claim.approved - claim.paid;
            let unit = of.money.map(|money| money.to_string()).unwrap_or_default();
            should(format!("payable/{}", book.survivor(&claim.partner)), &unit, owed);
        }
    }
    for balance in ledger::balances(&mut reader, None).await.expect("balances") {
        if balance.account.starts_with("payable/") || balance.account.starts_with("accrued/") {
            let of = (balance.account, balance.unit);
            accounts.entry(of).or_default().1 += balance.credit - balance.debit;
        }
    }
    // What was approved of a membership that became a part of another one, or two again, stays where
    // it was posted.
    if rules.wallets.iter().any(|of| !of.wallet.funds.is_empty()) {
        let mut payable = Vec::new();
        let mut rest: BTreeMap<(String, String), (Decimal, Decimal)> = BTreeMap::new();
        for (of, sums) in accounts {
            if of.0.starts_with("payable/") {
                payable.push((of.1, sums));
            } else {
                rest.insert(of, sums);
            }
        }
        for (unit, (expected, found)) in payable {
            let all = rest.entry(("payable".to_owned(), unit)).or_default();
            all.0 += expected;
            all.1 += found;
        }
        accounts = rest;
    }
    let different = accounts.into_iter().filter(|(_, (expected, found))| expected != found);
    wrong.extend(different.map(|((account, unit), (expected, found))| {
        format!(
            "{account} in {unit} holds {found}, by payouts and accruals it should hold {expected}"
        )
    }));
    wrong
}

/// The postings of wallets: debit, credit, unit, amount.
async fn of_wallets(reader: &mut Reader) -> Vec<Row> {
    let tenant = reader.tenant();
    reader
        .rows(
            "SELECT d.name, c.name, p.unit, p.amount FROM posting p \
         JOIN account d ON d.tenant_id = p.tenant_id AND d.account_id = p.debit_id \
         JOIN account c ON c.tenant_id = p.tenant_id AND c.account_id = p.credit_id \
         WHERE p.tenant_id = $1 AND p.cause = 'wallet'",
            args![tenant],
        )
        .await
        .expect("postings of wallets")
}

/// What awards of a term are in.
fn unit(rules: &Rules, program_id: i64, term: i64) -> String {
    let plan = &rules.plans[rules.position(program_id).expect("a plan")];
    let term = u16::try_from(term).expect("a position");
    plan.currency_of(term).expect("money").to_string()
}

/// Accruals by the account and currency they are posted to.
async fn accrued(reader: &mut Reader, rules: &Rules) -> Vec<(String, String, Decimal)> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT a.program_id, a.term, r.code, a.amount FROM accrued a JOIN partner r \
             ON r.tenant_id = a.tenant_id AND r.partner_id = a.payee_id WHERE a.tenant_id = $1",
            args![tenant],
        )
        .await
        .expect("accruals");
    let account = |row: &Row| {
        let code = &rules.plans[rules.position(row.int(0)).expect("a plan")].code;
        if is_at_once(rules, row.int(0), row.int(1)) {
            format!("payable/{}", row.text(2))
        } else {
            format!("accrued/{code}/{}", row.text(2))
        }
    };
    let of = |row: &Row| (account(row), unit(rules, row.int(0), row.int(1)), decimal(row.text(3)));
    rows.iter().map(of).collect()
}

/// What terms owed at once owe in closed payout periods: program, partner, currency, amount.
async fn at_once_of_closed(
    reader: &mut Reader,
    rules: &Rules,
) -> Vec<(String, String, String, Decimal)> {
    let tenant = reader.tenant();
    let rows = reader
        .rows(
            "SELECT d.program_id, d.term, r.code, d.amount, d.payout_day, c.period_end FROM due d \
             JOIN partner r ON r.tenant_id = d.tenant_id AND r.partner_id = d.payee_id \
             JOIN closing c ON c.tenant_id = d.tenant_id AND c.program_id = d.program_id \
             AND c.period_day = d.payout_day WHERE d.tenant_id = $1",
            args![tenant],
        )
        .await
        .expect("what is due");
    rows.iter()
        .filter(|row| is_at_once(rules, row.int(0), row.int(1)))
        .filter(|row| !pays_into(rules, row.int(0), row.int(1)))
        .filter(|row| {
            // Another period of the program may begin on the same day.
            let plan = &rules.plans[rules.position(row.int(0)).expect("a plan")];
            let term = &plan.terms[usize::try_from(row.int(1)).expect("a position")];
            term.payout.end_of(row.date(4)) == row.date(5)
        })
        .map(|row| {
            let code = &rules.plans[rules.position(row.int(0)).expect("a plan")].code;
            let unit = unit(rules, row.int(0), row.int(1));
            (code.to_string(), row.string(2), unit, decimal(row.text(3)))
        })
        .collect()
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}
