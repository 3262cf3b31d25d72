//! What there is at a moment as sorted lines of text, read from the tables on one side and taken
//! from a snapshot on the other, so that a difference reads by itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use domain::case::{OutputList, Snapshot, plain};
use domain::settlement::PayoutLine;
use domain::totals::Group;
use domain::wallet::{List, Said};
use engine::office::Office;
use engine::rules::Rules;
use engine::{args, settle, totals};
use rust_decimal::Decimal;

/// Everything there is at a moment, a line each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lines(BTreeSet<String>);

impl Lines {
    /// What one side has and the other has not.
    pub fn differences_from(&self, expected: &Lines) -> Vec<String> {
        let missing = expected.0.difference(&self.0).map(|line| format!("missing: {line}"));
        let extra = self.0.difference(&expected.0).map(|line| format!("not expected: {line}"));
        missing.chain(extra).collect()
    }

    /// Those of one list: `awards`, `accruals`, `payouts`.
    pub fn of(&self, list: &str) -> Lines {
        let is_of = |line: &&String| line.split(' ').next() == Some(list);
        Lines(self.0.iter().filter(is_of).cloned().collect())
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    fn add(&mut self, list: OutputList, text: &str) {
        self.0.insert(format!("{} {text}", list.word()));
    }
}

fn group(group: &Group) -> String {
    let mut text = String::from("[");
    for (name, value) in group.values() {
        let _ = write!(text, " {name}={value}");
    }
    text + " ]"
}

fn some(number: Option<Decimal>) -> String {
    number.map_or("-".to_owned(), plain)
}

fn payout(program: &str, partner: &str, unit: &str, line: &PayoutLine) -> String {
    let mut text = format!("{program} {partner} {} {unit}", line.period.name);
    let _ = write!(text, " {}", if line.closed { "closed" } else { "open" });
    for (name, number) in [
        ("calculated", line.calculated),
        ("prior_period", line.prior_period),
        ("adjustments", line.adjustments),
        ("pending", line.pending),
        ("carried_in", line.carried_in),
        ("carried_out", line.carried_out),
        ("lapsed", line.lapsed),
        ("amount", line.amount),
    ] {
        let _ = write!(text, " {name}={}", plain(number));
    }
    text
}

fn is_of_nothing(line: &PayoutLine) -> bool {
    [
        line.calculated,
        line.prior_period,
        line.adjustments,
        line.pending,
        line.carried_in,
        line.carried_out,
    ]
    .iter()
    .all(Decimal::is_zero)
}

/// The lines of a wallet. Postings of one cause between the same accounts are added up.
pub fn of_wallet(told: &[domain::wallet::Line]) -> Lines {
    let mut lines = Lines::default();
    let mut posted: BTreeMap<String, Decimal> = BTreeMap::new();
    for line in told {
        let mut text = format!("{:?} {}", line.list, line.of);
        let mut amount = Decimal::ZERO;
        for (word, said) in &line.says {
            match said {
                Said::Number(number) if line.list == List::Postings => amount = *number,
                Said::Number(number) => {
                    let _ = write!(text, " {word}={}", plain(*number));
                }
                Said::Text(said) => {
                    let _ = write!(text, " {word}={said}");
                }
                Said::List(list) => {
                    let _ = write!(text, " {word}={list:?}");
                }
            }
        }
        if line.list == List::Postings {
            *posted.entry(text).or_default() += amount;
        } else {
            lines.0.insert(text);
        }
    }
    lines.0.extend(posted.into_iter().map(|(text, amount)| format!("{text} {}", plain(amount))));
    lines
}

/// The lines of a snapshot of a case.
pub fn of_snapshot(snapshot: &Snapshot) -> Lines {
    let mut lines = Lines::default();
    // What several are paid of is one award of who earned it.
    let mut amounts: HashMap<(&str, &str, &str, &str, &Group), Decimal> = HashMap::new();
    for line in &snapshot.awards {
        let of = (line.program.as_str(), line.term.code.as_str(), line.earner.as_str());
        let key = (of.0, of.1, of.2, &*line.period.name, &line.award.group);
        *amounts.entry(key).or_default() += line.award.amount;
    }
    for line in &snapshot.awards {
        let award = &line.award;
        let of = (line.program.as_str(), line.term.code.as_str(), line.earner.as_str());
        let amount = amounts[&(of.0, of.1, of.2, &*line.period.name, &award.group)];
        lines.add(
            OutputList::Awards,
            &format!(
                "{}/{} {} {} {} v{} amount={} tier={:?} qualifier={} measure={} baseline={} facts={}",
                line.program,
                line.term.code,
                line.earner,
                line.period.name,
                group(&award.group),
                award.version,
                plain(amount),
                award.tier,
                some(award.qualifier),
                some(award.measure),
                some(award.baseline),
                award.facts,
            ),
        );
    }
    for line in &snapshot.accruals {
        lines.add(
            OutputList::Accruals,
            &format!(
                "{}/{} {} {} {} earned from {} {} {}",
                line.program,
                line.term,
                line.partner,
                line.period.start,
                group(&line.group),
                line.earned_in.start,
                line.kind.word(),
                plain(line.amount),
            ),
        );
    }
    for line in snapshot.payouts.iter().filter(|payout| !is_of_nothing(&payout.line)) {
        let text =
            payout(line.program.as_str(), line.partner.as_str(), line.unit.as_str(), &line.line);
        lines.add(OutputList::Payouts, &text);
    }
    for line in &snapshot.waiting {
        lines.add(OutputList::Waiting, &format!("{} {}", line.key, line.reason.word()));
    }
    for line in &snapshot.rejections {
        lines.add(OutputList::Rejections, &format!("{} {}", line.key, line.reason.word()));
    }
    lines
}

/// The lines of a database: its tables `award` and `accrued`, payouts of open periods as they
/// would be, those of closed ones as they were made, and what waits.
pub async fn of_engine(office: &Office, rejections: &[(String, String)]) -> Lines {
    let mut lines = Lines::default();
    let mut reader = office.db().read().await.expect("a reader");
    let rules = office.rules(&mut reader).await.expect("rules");
    let master = office.master(&mut reader).await.expect("master data");
    let tenant = reader.tenant();
    let partner = |id: i64| master.partner_code(id).expect("a partner of a row").to_string();
    let rows = reader
        .rows(
            "SELECT program_id, term, partner_id, period_name, group_key, version, amount, tier, \
             qualifier, measure, baseline, facts FROM award WHERE tenant_id = $1",
            args![tenant],
        )
        .await
        .expect("awards");
    for row in &rows {
        let number = |column| some(row.opt_text(column).map(decimal));
        lines.add(
            OutputList::Awards,
            &format!(
                "{} {} {} {} v{} amount={} tier={:?} qualifier={} measure={} baseline={} facts={}",
                term(&rules, row.int(0), row.int(1)),
                partner(row.int(2)),
                row.text(3),
                group(&Group::from_stored(row.text(4))),
                row.int(5),
                plain(decimal(row.text(6))),
                row.opt_int(7),
                number(8),
                number(9),
                number(10),
                row.int(11),
            ),
        );
    }
    let rows = reader
        .rows(
            "SELECT program_id, term, payee_id, accounting_day, group_key, period_day, kind, \
             amount FROM accrued WHERE tenant_id = $1",
            args![tenant],
        )
        .await
        .expect("accruals");
    for row in rows.iter().filter(|row| !decimal(row.text(7)).is_zero()) {
        lines.add(
            OutputList::Accruals,
            &format!(
                "{} {} {} {} earned from {} {} {}",
                term(&rules, row.int(0), row.int(1)),
                partner(row.int(2)),
                row.date(3),
                group(&Group::from_stored(row.text(4))),
                row.date(5),
                row.text(6),
                plain(decimal(row.text(7))),
            ),
        );
    }
    for program_id in &rules.program_ids {
        let code = rules.plans[rules.position(*program_id).expect("a plan")].code.to_string();
        let open = settle::preview(&mut reader, &rules, *program_id, None).await.expect("payouts");
        for found in open.iter().filter(|found| !found.line.closed && !is_of_nothing(&found.line)) {
            let (of, unit) = (partner(found.partner_id), found.unit.as_str());
            lines.add(OutputList::Payouts, &payout(&code, &of, unit, &found.line));
        }
    }
    for row in settle::payouts(&mut reader, 0, "", i64::MAX).await.expect("payouts") {
        // What orders of rewards owe is told with the orders.
        let Some(of) = row.period() else { continue };
        let line = PayoutLine {
            period: domain::period::Period {
                start: of.start,
                end: of.start,
                name: of.name.as_str().into(),
            },
            closed: true,
            calculated: row.calculated,
            prior_period: row.prior_period,
            adjustments: row.adjustments,
            pending: Decimal::ZERO,
            carried_in: row.carried_in,
            carried_out: row.carried_out,
            lapsed: row.lapsed,
            amount: row.amount,
        };
        // A payout of nothing is there where what was owed at once is cancelled out by the rest.
        if is_of_nothing(&line) {
            continue;
        }
        let of = (&of.program, &row.partner_code, &row.unit);
        lines.add(OutputList::Payouts, &payout(of.0, of.1, of.2, &line));
    }
    for (key, _, _, reason) in totals::waiting_list(&mut reader, i64::MAX).await.expect("waiting") {
        lines.add(OutputList::Waiting, &format!("{key} {reason}"));
    }
    for (key, reason) in rejections {
        lines.add(OutputList::Rejections, &format!("{key} {reason}"));
    }
    lines
}

fn term(rules: &Rules, program_id: i64, term: i64) -> String {
    let plan = &rules.plans[rules.position(program_id).expect("a plan of a row")];
    let term = &plan.terms[usize::try_from(term).expect("a position")].code;
    format!("{}/{term}", plan.code)
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}
