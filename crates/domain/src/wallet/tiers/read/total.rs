//! A total of facts as the figure of tiers: a program and a currency that nobody wrote, so that
//! there is one engine. The program credits what each fact counts; the currency forgets it by the
//! window.

use rust_decimal::Decimal;

use super::{Window, hidden};
use crate::code::ProgramCode;
use crate::condition::Declared;
use crate::problem::Problem;
use crate::program::{self, Names, PointReward, Program, Reward, Span, Total};
use crate::reader::Reader;
use crate::wallet::dates::{Expiry, Recurring, Since, Starts};
use crate::wallet::ledger::Unit;
use crate::wallet::model::{
    Clawback, Negative, PassOn, PointCurrency, PointKind, Restore, Spending,
};
use crate::wallet::read::base;
use crate::yaml::{self, Kind, Node};

/// What one fact adds has no more.
const DECIMALS: u32 = 12;

/// The program with its `FACTS`; amounts are in the money of the story, and days in its zone.
const TEXT: &str = "\
program: total
currency: EUR
starts: 1900-01-01
periods: { every: program }
terms:
  - term: total
    facts: [FACTS]
    when: true
    group_by: fact
    measure: count()
    per_unit: 1
    reward: { points: total }
";
const SALES: &str = "sale, return, credit_note";
const ALL: &str = "sale, return, credit_note, activity";

/// What credits the total. Facts of all kinds count if `when` asks for their kind or type, else
/// sales and what comes back of them.
pub(super) fn program(
    reader: &mut Reader<'_>,
    group: &str,
    total: &Node,
    when: Option<&Node>,
    declared: &Declared,
) -> Option<Program> {
    let asks_kind = |text: &str| text.contains("fact.kind") || text.contains("fact.type");
    let kinds = if when.and_then(Node::text).is_some_and(asks_kind) { ALL } else { SALES };
    let text = TEXT.replace("FACTS", kinds);
    let mut root = yaml::parse(&text).ok()?.root;
    put(&mut root, "measure", total);
    if let Some(when) = when {
        put(&mut root, "when", when);
    }
    let parsed = program::parse_node(&root, &text, declared);
    let wrong = parsed.problems.into_iter().filter(Problem::is_error);
    reader.problems.extend(wrong.map(|problem| Problem { term: None, ..problem }));
    let mut program = parsed.value?;
    let code = hidden(group);
    program.code = ProgramCode::new(code.as_str());
    let term = program.terms.first_mut()?;
    term.reward = Reward::Points(PointReward::plain(code));
    let adds_up = matches!(&term.measure.as_ref()?.total, Total::Sum(_) | Total::Count);
    if !adds_up {
        let message = format!("{} does not add up over facts", total.described());
        reader.error(total.at, message, "write `total` as `sum(…)` or `count()`");
        return None;
    }
    Some(program)
}

/// Puts what somebody wrote, where they wrote it, under a key of the term.
fn put(root: &mut Node, word: &str, value: &Node) {
    let Kind::Map(entries) = &mut root.kind else { return };
    for (key, node) in entries {
        match &mut node.kind {
            _ if key.text() == Some(word) => *node = value.clone(),
            Kind::List(items) => items.iter_mut().for_each(|item| put(item, word, value)),
            _ => {}
        }
    }
}

/// What holds the total. What comes back of no sale takes from what is there, and below zero.
pub(super) fn currency(unit: &Unit, window: Window, period: Option<Recurring>) -> PointCurrency {
    let back = |after: Span| Some(Expiry { after, since: Since::Credit, to: None });
    let (reset, expiry) = match (window, period) {
        // No day is the same for all rises: what the period brought is what it reaches back.
        (Window::Period, Some(Recurring { every, from: Starts::Upgrade })) => (None, back(every)),
        (Window::Period, period) => (period, None),
        (Window::Program, _) => (None, None),
        (Window::Back(span), _) => (None, back(span)),
    };
    PointCurrency {
        unit: unit.clone(),
        name: Names::new(),
        description: Names::new(),
        kind: PointKind::Spendable,
        decimals: DECIMALS,
        cost: Decimal::ZERO,
        worth: None,
        expiry,
        escrow: Span { months: 0, days: 0 },
        hold: Span { months: 0, days: 0 },
        negative: Negative::Unlimited,
        overdraw: false,
        clawback: Clawback::Negative,
        restore: Restore::Original,
        subtypes: base(),
        spending: Spending::default(),
        pass_on: PassOn::Nobody,
        reset,
    }
}
