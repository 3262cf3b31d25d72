//! Activities of funds as they are written, and what pays them.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::declared::{Activity, Asking, Reimburse, Source, SourceShare, Sources};
use super::keys::{ACTIVITY, REIMBURSE, SHARE, SOURCE};
use crate::condition::{Declared, Expr};
use crate::program::Names;
use crate::reader::Reader;
use crate::wallet::ledger::Unit;
use crate::wallet::read::{above_zero, not_negative, share, span};
use crate::yaml::Node;

/// What is paid of a fund that names no activities.
pub(super) fn any(code: &Unit) -> Activity {
    Activity {
        code: code.clone(),
        name: Names::default(),
        description: Names::default(),
        reimburse: Reimburse::Rows(vec![(None, Decimal::ONE)]),
        own_cash: None,
        at_most: None,
        minimum: None,
        request: Asking::Optional,
        lead_time: None,
        claim_within: None,
        evidence: Vec::new(),
        when: None,
        auto_approve: None,
        from: None,
    }
}

/// One activity. What it asks is declared for claims.
pub(super) fn read(
    reader: &mut Reader<'_>,
    code: &Unit,
    node: &Node,
    declared: &Declared,
) -> Option<Activity> {
    let fields = reader.fields(node, "an activity", ACTIVITY)?;
    let askings =
        [("required", Asking::Required), ("optional", Asking::Optional), ("none", Asking::None)];
    if fields.has("reimburse") && fields.has("match") {
        let help = "write what the fund pays once";
        reader.error(fields.at("match"), "`match` stands beside `reimburse`", help);
    }
    let rows = reader.maybe(&fields, "reimburse", |r, k, n| reimburse(r, (k, n), declared));
    let times = reader.maybe(&fields, "match", not_negative).map(Reimburse::Match);
    let plain = any(code);
    Some(Activity {
        name: reader.maybe(&fields, "name", Reader::names).unwrap_or_default(),
        description: reader.maybe(&fields, "description", Reader::names).unwrap_or_default(),
        reimburse: rows.or(times).unwrap_or(plain.reimburse),
        own_cash: reader.maybe(&fields, "own_cash", share),
        at_most: reader.maybe(&fields, "at_most", above_zero),
        minimum: reader.maybe(&fields, "minimum", above_zero),
        request: reader
            .maybe(&fields, "request", |r, k, n| r.word(k, n, &askings))
            .unwrap_or(Asking::Optional),
        lead_time: reader.maybe(&fields, "lead_time", span),
        claim_within: reader.maybe(&fields, "claim_within", span),
        evidence: reader
            .maybe(&fields, "evidence", |r, k, n| r.list(k, n, Reader::code))
            .unwrap_or_default(),
        when: reader.maybe(&fields, "when", |r, k, n| condition(r, (k, n), declared)),
        auto_approve: reader.maybe(&fields, "auto_approve", above_zero),
        from: reader.maybe(&fields, "from", sources),
        ..plain
    })
}

fn condition(
    reader: &mut Reader<'_>,
    (key, node): (&str, &Node),
    declared: &Declared,
) -> Option<Expr> {
    let mut own = Reader::new(declared);
    let read = own.condition(key, node);
    reader.problems.append(&mut own.problems);
    read
}

/// `55%`, or `[ { when: …, share: 70% }, { share: 55% } ]`.
fn reimburse(
    reader: &mut Reader<'_>,
    (key, node): (&str, &Node),
    declared: &Declared,
) -> Option<Reimburse> {
    if node.list().is_none() {
        return share(reader, key, node).map(|share| Reimburse::Rows(vec![(None, share)]));
    }
    let rows = reader.list(key, node, |reader, _, node| {
        let fields = reader.fields(node, "a row of `reimburse`", REIMBURSE)?;
        let when = reader.maybe(&fields, "when", |r, k, n| condition(r, (k, n), declared));
        Some((when, reader.needed(&fields, "share", share)?))
    })?;
    Some(Reimburse::Rows(rows))
}

/// `[ east-p1, { allocation: pool, at_most: 500 } ]`, or `[ { share: 40%, from: [a] }, … ]`.
pub(super) fn sources(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Sources> {
    let items = reader.items(key, node)?;
    if items.is_empty() {
        reader.error(node.at, "`from` is empty", "name what pays, or leave it out");
        return None;
    }
    if items.iter().all(|item| item.get("share").is_none()) {
        return reader.list(key, node, source).map(Sources::InOrder);
    }
    let shares = reader.list(key, node, |reader, _, node| {
        let fields = reader.fields(node, "a row of `from`", SHARE)?;
        let of = reader.needed(&fields, "share", share);
        let from = reader.needed(&fields, "from", |r, k, n| r.list(k, n, source));
        Some(SourceShare { share: of?, from: from? })
    })?;
    if shares.iter().map(|row| row.share).sum::<Decimal>() != Decimal::ONE {
        reader.error(node.at, "the shares of `from` are not 100 %", "correct one of them");
        return None;
    }
    Some(Sources::Shares(shares))
}

fn source(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Source> {
    if node.map().is_none() {
        let allocation = Some(Arc::from(reader.code(key, node)?));
        return Some(Source { allocation, ..Source::default() });
    }
    let fields = reader.fields(node, "a source of `from`", SOURCE)?;
    if fields.among(&["allocation", "fund"]).is_empty() {
        let help = "write `{ allocation: pool, at_most: 500 }` or `{ fund: coop-east }`";
        reader.error(fields.at, "a source of `from` names nothing", help);
        return None;
    }
    Some(Source {
        fund: reader.maybe(&fields, "fund", Reader::code).map(Arc::from),
        allocation: reader.maybe(&fields, "allocation", Reader::code).map(Arc::from),
        at_most: reader.maybe(&fields, "at_most", above_zero),
    })
}
