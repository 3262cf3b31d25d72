//! What partners have earned, how they stand, and why.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use domain::amount::Currency;
use domain::award::Part as AwardPart;
use domain::case::plain;
use domain::master::Conversion;
use domain::measure::Converted;
use domain::program::RowValue;
use domain::totals::Group;
use engine::access::Viewer;
use engine::accrue::{AwardFilter, AwardRow};
use engine::catalog::MasterData;
use engine::explain::{self, AwardRef, Explanation, Line};
use engine::rules::Rules;
use engine::totals::Stale;
use engine::views::attained_by;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::Caller;
use super::input::Params;
use super::matrix::Verb;
use super::paging::{PageOf, Part};
use super::problem::{ApiError, Fault};
use super::{Api, Routes};
use crate::i18n::Lang;

pub fn add(routes: &mut Routes) {
    routes.add(Verb::Get, "/api/v1/attainment", get(attainment));
    routes.add(Verb::Get, "/api/v1/awards", get(awards));
    routes.add(Verb::Get, "/api/v1/awards/explain", get(explained));
}

/// What one term earned one partner in one period.
#[derive(Debug, Serialize, ToSchema)]
pub struct Award {
    /// Names it, for `/awards/explain`.
    #[serde(rename = "ref")]
    #[schema(example = "RB-1~volume~P-7~2026Q1~")]
    pub reference: String,
    pub program: String,
    pub version: i64,
    pub term: String,
    pub partner: String,
    /// The period's name.
    #[schema(example = "2026Q1")]
    pub period: String,
    pub period_start: String,
    /// The first day after it.
    pub period_end: String,
    /// What it is grouped by, where the term groups.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub group: BTreeMap<String, String>,
    /// Currency of the amount.
    pub unit: String,
    #[schema(example = "1250.00")]
    pub amount: String,
    /// Counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier_name: Option<BTreeMap<String, String>>,
    /// What picked the tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<String>,
    pub qualifier_total: String,
    /// What was rated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// Where the term has a target for this partner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetShown>,
    /// How many facts counted.
    pub facts: i64,
    /// The tier above, and what is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<NextTier>,
}

/// A target, and how much of it is reached.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetShown {
    #[schema(example = "240000")]
    pub target: String,
    pub reached: String,
    /// What is reached of the target, as a share of 1, rounded down.
    #[schema(example = "0.8267")]
    pub attained: String,
    /// The share that the present pace leads to, an estimate; of periods that run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attained_at_pace: Option<String>,
}

/// The tier above.
#[derive(Debug, Serialize, ToSchema)]
pub struct NextTier {
    pub tier: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens: Option<String>,
    /// What the qualifier lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
    /// What reaching it would add. An estimate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worth: Option<String>,
}

fn shown(row: AwardRow, rules: &Rules, master: &MasterData, now: jiff::Timestamp) -> Option<Award> {
    let plan = &rules.plans[rules.position(row.program_id)?];
    let term = plan.terms.get(usize::try_from(row.term).ok()?)?;
    let partner = master.partner_code(row.partner_id)?.to_string();
    let group = Group::from_stored(&row.group_key);
    let key = Stale {
        program_id: row.program_id,
        partner_id: row.partner_id,
        term: row.term,
        period_day: engine::db::days_of(row.period),
    };
    let version = u32::try_from(row.version).ok()?;
    let figures = (row.baseline, row.qualifier_total);
    let target = attained_by(rules, &key, version, figures, now).map(|of| TargetShown {
        target: plain(of.target),
        reached: plain(of.reached),
        attained: plain(of.share),
        attained_at_pace: of.ahead.map(plain),
    });
    let (program, term) = (plan.code.to_string(), term.code.to_string());
    let reference = AwardRef {
        program: program.clone(),
        term: term.clone(),
        partner: partner.clone(),
        period: row.period_name.clone(),
        group: group.clone(),
    };
    let next = row.next_tier.map(|tier| NextTier {
        tier,
        name: row.next_name,
        opens: row.next_opens.map(plain),
        gap: row.gap.map(plain),
        worth: row.worth.map(plain),
    });
    Some(Award {
        reference: reference.to_string(),
        program,
        version: row.version,
        term,
        partner,
        period: row.period_name,
        period_start: row.period.to_string(),
        period_end: row.period_end.to_string(),
        group: groups(&group),
        amount: money(row.amount, &row.unit),
        unit: row.unit,
        tier: row.tier,
        tier_name: row.tier_name,
        qualifier: row.qualifier.map(plain),
        qualifier_total: plain(row.qualifier_total),
        measure: row.measure.map(plain),
        baseline: row.baseline.map(plain),
        target,
        facts: row.facts,
        next,
    })
}

/// An amount with the decimals of its currency, or more where it has more.
pub fn money(amount: Decimal, unit: &str) -> String {
    let mut amount = amount.normalize();
    let decimals = Currency::parse(unit).map_or(0, Currency::decimals);
    if amount.scale() < decimals {
        amount.rescale(decimals);
    }
    amount.to_string()
}

fn groups(group: &Group) -> BTreeMap<String, String> {
    group.values().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Awards as they stand, newest period first.
#[utoipa::path(get, path = "/api/v1/awards", tag = "awards",
    params(
        ("program" = Option<String>, Query, description = "A program's code."),
        ("partner" = Option<String>, Query, description = "A partner's code."),
        ("period" = Option<String>, Query, description = "A period's name."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Award>), ApiError))]
pub async fn awards(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<PageOf<Award>>, ApiError> {
    let program = params.text("program");
    list(&api, &caller, program, params).await
}

/// How partners stand in a program: what they earned, the next tier, what is missing.
#[utoipa::path(get, path = "/api/v1/attainment", tag = "awards",
    params(
        ("program" = String, Query, description = "A program's code."),
        ("partner" = Option<String>, Query, description = "A partner's code."),
        ("period" = Option<String>, Query, description = "A period's name."),
        ("limit" = Option<i64>, Query, description = "1 to 1000, by default 100."),
        ("cursor" = Option<String>, Query, description = "`next` of the page before."),
    ),
    responses((status = 200, body = PageOf<Award>), ApiError))]
pub async fn attainment(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<PageOf<Award>>, ApiError> {
    let program = params.needed("program");
    list(&api, &caller, Some(program), params).await
}

async fn list(
    api: &Api,
    caller: &Caller,
    program: Option<String>,
    mut params: Params,
) -> Result<Json<PageOf<Award>>, ApiError> {
    let partner = params.text("partner");
    let period_name = params.text("period").unwrap_or_default();
    let part = Part::of(&mut params);
    params.end()?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let partner_id = visible_partner(caller, &master, partner.as_deref())?;
    let program_id = match program {
        None => None,
        Some(code) => {
            let at = rules.by_code(&code).ok_or(ApiError::NotFound)?;
            Some(rules.program_ids[at])
        }
    };
    let filter = AwardFilter { program_id, partner_id, period_name };
    let (rows, total) =
        engine::accrue::awards(&mut reader, &filter, (part.offset, part.limit)).await?;
    if rows.is_empty() && program_id.is_some() && caller.partner().is_some() && part.offset == 0 {
        // Whether a program exists in which it earned nothing is not for a partner to know.
        return Err(ApiError::NotFound);
    }
    let now = api.office().now();
    let items = rows.into_iter().filter_map(|row| shown(row, &rules, &master, now)).collect();
    Ok(Json(part.page(items, total)))
}

/// The partner whose rows are to be read; `None` for all.
pub fn visible_partner(
    caller: &Caller,
    master: &MasterData,
    code: Option<&str>,
) -> Result<Option<i64>, ApiError> {
    let asked = match code {
        None => None,
        Some(code) => Some(master.partner_id(code).ok_or(ApiError::NotFound)?),
    };
    Viewer::of(caller.partner()).scope(asked).map_err(|_| ApiError::NotFound)
}

/// One award and every reason for it, down to the facts and the rows they came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explained {
    #[serde(rename = "ref")]
    pub reference: String,
    pub program: String,
    pub version: u32,
    pub term: String,
    pub partner: String,
    pub period: String,
    pub period_start: String,
    /// The first day after it.
    pub period_end: String,
    pub unit: String,
    pub amount: String,
    /// The sum of the parts, before limits and rounding.
    pub exact: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<String>,
    pub qualifier_total: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    pub parts: Vec<PartShown>,
    pub reasons: Vec<ReasonShown>,
    pub tiers: Vec<TierShown>,
    /// Facts that count, by date; at most `lines_limit`.
    pub lines: Vec<LineShown>,
    /// How many facts count in all.
    pub lines_total: usize,
    /// Facts of the period that do not count, with why; at most `lines_limit`.
    pub left_out: Vec<LeftOutShown>,
    pub left_out_total: usize,
    /// Amounts that somebody else computed for it, the one that counts first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<SentShown>,
    pub proof: ProofShown,
    /// The lines of the program's text that say so.
    pub text: TextShown,
}

/// How an amount came about.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartShown {
    pub version: u32,
    pub tier: u32,
    #[serde(flatten)]
    pub pays: TierPays,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    pub amount: String,
}

/// What a row of tiers pays: on what is rated one of the first three, or so much once.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct TierPays {
    /// A share of the measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed: Option<String>,
}

impl TierPays {
    pub fn of(value: Option<RowValue>, fixed: Option<Decimal>) -> TierPays {
        let mut pays = TierPays { fixed: fixed.map(plain), ..TierPays::default() };
        match value {
            Some(RowValue::Rate(value)) => pays.rate = Some(plain(value)),
            Some(RowValue::PerUnit(value)) => pays.per_unit = Some(plain(value)),
            Some(RowValue::Factor(value)) => pays.factor = Some(plain(value)),
            None => {}
        }
        pays
    }
}

/// Why the award is what it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonShown {
    pub code: &'static str,
    /// In the language of the request.
    pub text: String,
}

/// A row of the tier table.
#[derive(Debug, Serialize, ToSchema)]
pub struct TierShown {
    pub tier: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<String>,
    pub reached: bool,
    pub current: bool,
    /// The key of the fact with which it was reached for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crossed_with: Option<String>,
}

/// A fact that counts.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineShown {
    pub fact: String,
    pub kind: &'static str,
    pub at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact_amount: Option<String>,
    /// What the quantity is counted in, and the amount's currency, as the source said them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// By which rate and factor they were converted before they counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub converted: Vec<ConvertedShown>,
    /// What it added to the measure, below zero for a return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// Its share of the award.
    pub amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceShown>,
}

/// How a number of a fact became one that its term counts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConvertedShown {
    /// A currency or a unit.
    pub of: String,
    pub to: String,
    /// One `of` is so many `to`; or, where only the other way round is known, one `to` is so many
    /// `of`, and the number was divided by it.
    pub rate: String,
    pub divided: bool,
    /// On which day a rate or factor was looked for.
    pub day: String,
    /// From which day the one that was found holds; absent if from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

impl ConvertedShown {
    fn of(converted: &Converted) -> ConvertedShown {
        let (rate, divided) = match converted.by.by {
            Conversion::Times(rate) => (rate, false),
            Conversion::Over(rate) => (rate, true),
        };
        ConvertedShown {
            of: converted.of.clone(),
            to: converted.to.clone(),
            rate: plain(rate),
            divided,
            day: converted.day.to_string(),
            since: converted.by.since.map(|day| day.to_string()),
        }
    }
}

/// The row of an import a fact stood in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceShown {
    pub import: String,
    pub name: String,
    pub row: i64,
    pub received: String,
}

/// An amount that somebody else computed.
#[derive(Debug, Serialize, ToSchema)]
pub struct SentShown {
    pub key: String,
    pub amount: String,
    pub recorded: String,
    /// Who sent it, and why; not told to a token of a partner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Another one took the place of those that do not.
    pub counts: bool,
}

/// A fact that does not count.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftOutShown {
    pub fact: String,
    pub at: String,
    pub why: &'static str,
}

/// What stands behind the promise that the amount is what the terms say.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProofShown {
    /// Computed for this answer, from the journal.
    pub recomputed: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<String>,
    /// What the ledger holds of its accruals, and what it should.
    pub posted: String,
    pub accrued: String,
    pub agrees: bool,
    /// Facts have come that are not evaluated yet.
    pub pending: bool,
}

/// A part of the program's text.
#[derive(Debug, Serialize, ToSchema)]
pub struct TextShown {
    /// The lines of the term.
    pub term: String,
    /// The number of the first of them, counted from 1.
    pub first_line: u32,
    /// The numbers of the lines that acted.
    pub acted: Vec<u32>,
}

/// Explains one award.
#[utoipa::path(get, path = "/api/v1/awards/explain", tag = "awards",
    params(
        ("ref" = String, Query, description = "The award's `ref`."),
        ("lines_limit" = Option<i64>, Query, description = "How many facts to list, 0 to 10000, by default 1000."),
    ),
    responses((status = 200, body = Explained), ApiError))]
pub async fn explained(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Explained>, ApiError> {
    let text = params.needed("ref");
    let limit = params.number("lines_limit", (0, 10_000)).unwrap_or(1_000);
    let limit = usize::try_from(limit).unwrap_or(0);
    let reference = match text.parse::<AwardRef>() {
        Ok(reference) => Some(reference),
        Err(error) if !text.is_empty() => {
            params.faults.push(Fault::in_parameter("ref", "bad_value", error.to_string()));
            None
        }
        Err(_) => None,
    };
    params.end()?;
    let reference = reference.ok_or(ApiError::NotFound)?;
    let mut reader = api.office().db().read().await?;
    let rules = api.office().rules(&mut reader).await?;
    let master = api.office().master(&mut reader).await?;
    let viewer = Viewer::of(caller.partner());
    let found = explain::award(&mut reader, &rules, &master, viewer, &reference).await?;
    let found = found.ok_or(ApiError::NotFound)?;
    let sent = found.sent.iter().map(|row| SentShown {
        key: row.key.clone(),
        amount: plain(row.amount),
        recorded: row.recorded.to_string(),
        sent_by: Some(row.by.clone()).filter(|_| caller.partner().is_none()),
        reason: row.reason.clone().filter(|_| caller.partner().is_none()),
        counts: row.counts,
    });
    let sent = sent.collect();
    Ok(Json(Explained { sent, ..explanation(found, caller.lang(), limit) }))
}

fn explanation(found: Explanation, lang: Lang, limit: usize) -> Explained {
    let (lines_total, left_out_total) = (found.lines.len(), found.left_out.len());
    let (first, last) = found.text.term;
    let skip = usize::try_from(first.saturating_sub(1)).unwrap_or(0);
    let many = usize::try_from(last.saturating_sub(first)).unwrap_or(0) + 1;
    let term: Vec<&str> = found.text.text.lines().skip(skip).take(many).collect();
    let unit = found.currency.to_string();
    let proof = ProofShown {
        recomputed: money(found.proof.recomputed, &unit),
        stored: found.proof.stored.map(|amount| money(amount, &unit)),
        posted: money(found.proof.posted, &unit),
        accrued: money(found.proof.accrued, &unit),
        agrees: found.proof.agrees(),
        pending: found.proof.is_pending,
    };
    let reasons = found.reasons.into_iter().map(|reason| ReasonShown {
        code: reason.code,
        text: match lang {
            Lang::Ja => reason.ja,
            Lang::En => reason.en,
        },
    });
    let tiers = found.tiers.into_iter().map(|row| TierShown {
        tier: row.tier,
        opens_at: row.opens_at.map(plain),
        reached: row.is_reached,
        current: row.is_current,
        crossed_with: row.crossed.map(|crossing| crossing.fact.to_string()),
    });
    let left_out = found.left_out.into_iter().take(limit).map(|line| LeftOutShown {
        fact: line.fact.key.to_string(),
        at: line.fact.at.to_string(),
        why: line.why.word(),
    });
    let award = found.award;
    Explained {
        reference: found.of.to_string(),
        program: found.of.program,
        version: award.version,
        term: found.of.term,
        partner: found.of.partner,
        period: found.period.name.to_string(),
        period_start: found.period.start.to_string(),
        period_end: found.period.end.to_string(),
        amount: money(award.amount, &unit),
        unit,
        exact: plain(found.exact),
        tier: award.tier,
        qualifier: award.qualifier.map(plain),
        qualifier_total: plain(award.qualifier_total),
        measure: award.measure.map(plain),
        baseline: award.baseline.map(plain),
        parts: award.parts.iter().map(part).collect(),
        reasons: reasons.collect(),
        tiers: tiers.collect(),
        lines: found.lines.into_iter().take(limit).map(line).collect(),
        lines_total,
        left_out: left_out.collect(),
        left_out_total,
        sent: Vec::new(),
        proof,
        text: TextShown { term: term.join("\n"), first_line: first, acted: found.text.acted },
    }
}

fn part(part: &AwardPart) -> PartShown {
    PartShown {
        version: part.version,
        tier: part.tier,
        pays: TierPays::of(part.value, part.fixed),
        measure: part.measure.map(plain),
        amount: plain(part.amount),
    }
}

fn line(line: Line) -> LineShown {
    LineShown {
        fact: line.fact.key.to_string(),
        kind: line.fact.kind.word(),
        at: line.fact.at.to_string(),
        product: line.fact.product.map(|product| product.to_string()),
        quantity: line.fact.quantity.map(plain),
        fact_amount: line.fact.amount.map(plain),
        unit: line.fact.unit.map(|unit| unit.to_string()),
        currency: line.fact.currency.map(|currency| currency.to_string()),
        converted: line.converted.iter().map(ConvertedShown::of).collect(),
        measure: line.measure.map(plain),
        amount: plain(line.amount),
        source: line.source.map(|source| SourceShown {
            import: source.import,
            name: source.name,
            row: source.row,
            received: source.received.to_string(),
        }),
    }
}
