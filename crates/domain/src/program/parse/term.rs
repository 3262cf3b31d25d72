//! A term: which facts, for whom, at what grain, which tier, of what, how much, and when.

use super::header;
use super::periods::{AccrueText, Inherited, PayoutText, PeriodsText, RoundingText};
use super::reading::{self, Thresholds};
use super::tiers;
use crate::code::{PartnerCode, TermCode, Unit};
use crate::condition::Path;
use crate::fact::FactKind;
use crate::program::keys::{FREQUENCY, REWARD, SHARE_OF_SPLIT, TERM};
use crate::program::{
    Compare, Earner, FactsOf, Frequency, FrequencyPer, GroupBy, Method, Names, PointReward,
    Requirement, Reward, Row, Settle, Split, Term,
};
use crate::reader::{Fields, Reader};
use crate::wallet;
use crate::yaml::Node;

/// Reads a term, with what the program says filled in.
pub(super) fn term(reader: &mut Reader<'_>, node: &Node, program: &Inherited) -> Option<Term> {
    reader.term = node.get("term").and_then(Node::text).map(TermCode::new);
    let fields = reader.fields(node, "a term", TERM)?;
    let code = reader.needed(&fields, "term", Reader::own_code);

    let periods = reader.maybe(&fields, "periods", PeriodsText::read).unwrap_or_default();
    let periods = periods.over(&program.periods);
    let payout = reader.maybe(&fields, "payout", PayoutText::read_term).unwrap_or_default();
    let payout = payout.over(&program.payout).resolve(&periods);
    let accrue = reader.maybe(&fields, "accrue", AccrueText::read).unwrap_or_default();
    let accrue = accrue.over(&program.accrue).resolve(&periods, &payout);
    let rounding = reader.maybe(&fields, "rounding", RoundingText::read).unwrap_or_default();
    let returns = reader.maybe(&fields, "returns", header::returns).unwrap_or(program.returns);

    let group_by = reader.maybe(&fields, "group_by", group_by).unwrap_or_default();
    let qualifier = reader.maybe(&fields, "qualifier", reading::qualifier);
    let ratio = qualifier.as_ref().is_some_and(|qualifier| qualifier.view.is_ratio());
    let rows = tiers::rows(reader, &fields, &group_by, Thresholds::of(ratio));
    let method = method(reader, &fields, &rows);
    let external = reader.maybe(&fields, "external", Reader::yes_no).unwrap_or(false);
    let compare = compare(reader, &fields);
    let settle = reader.maybe(&fields, "settle", |reader, key, node| {
        reader.word(key, node, &[("at_once", Settle::AtOnce), ("period_end", Settle::PeriodEnd)])
    });
    let by_grain = if group_by.fact { Settle::AtOnce } else { Settle::PeriodEnd };
    let mut name = reader.maybe(&fields, "name", Reader::names).unwrap_or_default();
    if name.is_empty() {
        name = Names::from([(String::new(), code.clone().unwrap_or_default())]);
    }
    let mut term = Term {
        code: TermCode::new(code.unwrap_or_default()),
        at: node.at,
        name,
        starts: reader.maybe(&fields, "starts", Reader::date),
        ends: reader.maybe(&fields, "ends", Reader::date),
        periods: periods.resolve(),
        payout,
        accrue,
        facts: facts(reader, &fields),
        when: reader.maybe(&fields, "when", Reader::condition),
        frequency: reader.maybe(&fields, "frequency", frequency),
        returns,
        earner: reader.maybe(&fields, "earner", earner).unwrap_or(Earner::Partner),
        split: reader.maybe(&fields, "split", split),
        unit: reader.maybe(&fields, "unit", Reader::code).map(Unit::new),
        currency: reader.maybe(&fields, "currency", Reader::currency),
        qualifier,
        measure: reader.maybe(&fields, "measure", reading::measure),
        compare,
        method,
        rows,
        external,
        requires: reader
            .maybe(&fields, "requires", |r, k, n| r.list(k, n, reading::requirement))
            .unwrap_or_default(),
        net_of: reader
            .maybe(&fields, "net_of", |r, k, n| r.list(k, n, reading::term_ref))
            .unwrap_or_default(),
        lane: reader.maybe(&fields, "lane", Reader::code),
        limits: reader.maybe(&fields, "limits", tiers::limits).unwrap_or_default(),
        rounding: rounding.over(&program.rounding).resolve(),
        settle: settle.unwrap_or(by_grain),
        reward: reader.maybe(&fields, "reward", reward).unwrap_or(Reward::Money),
        promotion: promotion(reader, &fields),
        group_by,
    };
    own_facts(&mut term);
    Some(term)
}

/// A reading that repeats the term's `when` is one of the term's own facts, as if it said nothing.
fn own_facts(term: &mut Term) {
    let required = term.requires.iter_mut().filter_map(|requirement| match requirement {
        Requirement::Reading { reading, .. } => Some(&mut **reading),
        Requirement::Term { .. } => None,
    });
    for reading in term.qualifier.iter_mut().chain(required) {
        if reading.when == term.when {
            reading.when = None;
        }
    }
}

/// The method said; for a single value, what it needs.
fn method(reader: &mut Reader<'_>, fields: &Fields<'_>, rows: &[Row]) -> Method {
    let words = Method::ALL.map(|method| (method.word(), method));
    if fields.has("method") {
        let method = reader.maybe(fields, "method", |r, k, n| r.word(k, n, &words));
        return method.unwrap_or(Method::AllUnits);
    }
    if fields.has("tiers") {
        reader.error(
            fields.at("tiers"),
            "`method` is missing",
            "say how the tiers act: `method: all_units` (the tier reached rates everything), \
             `marginal` (each band its own slice) or another",
        );
    }
    let fixed = rows.iter().all(|row| row.value.is_none() && row.fixed.is_some());
    if fixed && !rows.is_empty() { Method::Highest } else { Method::AllUnits }
}

fn compare(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Compare {
    let baseline = reader.maybe(fields, "baseline", reading::baseline);
    let target = reader.maybe(fields, "target", reading::figure);
    if fields.has("baseline") && fields.has("target") {
        reader.error(
            fields.at("target"),
            "the term has both `baseline` and `target`",
            "a term compares with one of the two: remove one, or make two terms",
        );
    }
    match (baseline, target) {
        (Some(baseline), _) => Compare::Baseline(baseline),
        (None, Some(target)) => Compare::Target(target),
        (None, None) => Compare::Nothing,
    }
}

fn facts(reader: &mut Reader<'_>, fields: &Fields<'_>) -> FactsOf {
    let sales = vec![FactKind::Sale, FactKind::Return, FactKind::CreditNote];
    let read = reader.maybe(fields, "facts", |reader, key, node| {
        if node.text() == Some("none") {
            return Some(FactsOf::None);
        }
        let words = FactKind::ALL.map(|kind| (kind.word(), kind));
        let mut kinds = reader.list(key, node, |r, k, n| r.word(k, n, &words))?;
        if node.list().is_some_and(<[Node]>::is_empty) {
            reader.error(node.at, "`facts` is empty", "name kinds, or write `facts: none`");
        }
        kinds.sort_unstable();
        kinds.dedup();
        Some(FactsOf::Kinds(kinds))
    });
    read.unwrap_or(FactsOf::Kinds(sales))
}

fn frequency(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<Frequency> {
    let fields = reader.fields(node, "`frequency`", FREQUENCY)?;
    let words = [
        ("day", FrequencyPer::Day),
        ("month", FrequencyPer::Month),
        ("period", FrequencyPer::Period),
        ("year", FrequencyPer::Year),
        ("program", FrequencyPer::Program),
    ];
    let first = reader.needed(&fields, "first", Reader::whole);
    let per = reader.maybe(&fields, "per", |r, k, n| r.word(k, n, &words));
    if first == Some(0) {
        reader.error(fields.at("first"), "`first: 0` counts nothing", "write `first: 1` or more");
    }
    Some(Frequency { first: first?, per: per.unwrap_or_default() })
}

/// `partner`, a path to a partner, or a partner's code.
fn earner(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Earner> {
    let text = reader.code(key, node)?;
    let root = text.split('.').next().unwrap_or_default();
    match (text.as_str(), root) {
        ("partner", _) => Some(Earner::Partner),
        (_, "partner" | "party" | "product" | "fact" | "earner") if text.contains('.') => {
            let path = reader.path(key, node)?;
            if !path.leads_to_partner() {
                reader.error(
                    node.at,
                    format!("`{text}` does not lead to a partner"),
                    "name a partner: `partner.parent`, `party.distributor`, or a declared field",
                );
            }
            Some(Earner::Path(path))
        }
        _ => Some(Earner::Code(PartnerCode::new(text))),
    }
}

fn split(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Split> {
    if node.text() == Some("contributors") {
        return Some(Split::Contributors);
    }
    let shares = reader.list(key, node, |reader, _, node| {
        let fields = reader.fields(node, "a share of `split`", SHARE_OF_SPLIT)?;
        let to = reader.needed(&fields, "to", earner);
        let share = reader.needed(&fields, "share", Reader::share);
        Some((to?, share?))
    })?;
    Some(Split::Shares(shares))
}

/// `fact`, a path, a list of paths, or paths with names of one's own.
fn group_by(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<GroupBy> {
    let mut group_by = GroupBy::default();
    if node.map().is_some() {
        let fields = reader.any_fields(node, "`group_by`")?;
        for (name, _, path) in fields.entries {
            if let Some(path) = reader.path(name, path) {
                group_by.names.push((name.to_owned(), path));
            }
        }
        return Some(group_by);
    }
    let one = std::slice::from_ref(node);
    for item in node.list().unwrap_or(one) {
        if item.text() == Some("fact") {
            group_by.fact = true;
        } else if let Some((name, path)) = named(reader, key, item) {
            if group_by.names.iter().any(|(known, _)| *known == name) {
                reader.error(
                    item.at,
                    format!("two groups are named `{name}`"),
                    "give them names of your own: `group_by: { name: path, … }`",
                );
            } else {
                group_by.names.push((name, path));
            }
        }
    }
    Some(group_by)
}

/// A path, named by its last word.
fn named(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<(String, Path)> {
    let text = reader.code(key, node)?;
    let path = reader.path(key, node)?;
    Some((text.rsplit('.').next().unwrap_or(&text).trim().to_owned(), path))
}

/// The promotion that stands in the braces of a reward.
fn promotion(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<String> {
    let node = fields.get("reward")?.get("promotion")?;
    reader.code("promotion", node)
}

/// Makes a reward of its code.
type Make = fn(String) -> Reward;

fn reward(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Reward> {
    if node.map().is_none() {
        return reader.word(key, node, &[("money", ())]).map(|()| Reward::Money);
    }
    let fields = reader.any_fields(node, "`reward`")?;
    for (word, at, _) in &fields.entries {
        if !REWARD.iter().any(|known| known.word == *word) {
            let known: Vec<&str> = REWARD.iter().map(|known| known.word).collect();
            reader.unknown_key(at.at, word, "`reward`", &known);
        }
    }
    let kinds: [(&'static str, Make); 6] = [
        ("points", |points| Reward::Points(PointReward::plain(points))),
        ("fund", Reward::Fund),
        ("voucher", Reward::Voucher),
        ("badge", Reward::Badge),
        ("benefit", Reward::Benefit),
        ("goods", Reward::Goods),
    ];
    match fields.among(&kinds.map(|(word, _)| word)).as_slice() {
        [one] => {
            let (_, make) = kinds.iter().find(|(word, _)| word == one)?;
            let mut reward = reader.maybe(&fields, one, Reader::code).map(make)?;
            let credited = fields.among(&["subtype", "expiry", "escrow", "sponsor"]);
            match &mut reward {
                Reward::Points(points) => {
                    points.subtype = reader.maybe(&fields, "subtype", Reader::code);
                    points.lifetime = reader.maybe(&fields, "expiry", wallet::read::lifetime);
                    points.escrow = reader.maybe(&fields, "escrow", wallet::read::span);
                    let bearers = reader.maybe(&fields, "sponsor", wallet::sponsors::bearers);
                    points.sponsors = bearers.unwrap_or_default();
                }
                _ => {
                    for word in credited {
                        reader.error(
                            fields.at(word),
                            format!("`{word}` of a reward that is not points"),
                            "leave it out",
                        );
                    }
                }
            }
            let counts =
                matches!(reward, Reward::Points(_) | Reward::Voucher(_) | Reward::Badge(_));
            if fields.has("promotion") && !counts {
                reader.error(
                    fields.at("promotion"),
                    "`promotion` of a reward that is not points, a voucher or a badge",
                    "leave it out",
                );
            }
            Some(reward)
        }
        [] => {
            reader.error(
                node.at,
                "`reward` says not in what it pays",
                "write `reward: money`, or `{ points: CODE }`",
            );
            None
        }
        [_, second, ..] => {
            reader.error(
                fields.at(second),
                "a term pays in one reward",
                "make two terms, one for each",
            );
            None
        }
    }
}
