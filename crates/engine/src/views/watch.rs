//! The watchlist: partners that a little more would lift into the next tier, by what that is worth.

use std::collections::BTreeSet;

use domain::program::Names;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::attainment::NEAR;
use super::like;
use super::programs::running_keys;
use super::standing::{FIGURES, FIGURES_COUNT, Figures, figures, standings};
use super::today::NearMiss;
use crate::args;
use crate::catalog::MasterData;
use crate::db::{DbError, Reader};
use crate::rules::Rules;

/// Near misses looked at of each term: those worth most.
const LOOKED_MAX: i64 = 2_000;

/// Which near misses are wanted.
#[derive(Debug, Clone, Default)]
pub struct WatchQuery {
    /// Code of the only program; empty for all.
    pub program: String,
    /// Only partners of this region; empty for all.
    pub region: String,
    /// A part of a name or code.
    pub search: String,
    /// At most this share of the threshold is missing, in percent.
    pub percent: Option<Decimal>,
    pub offset: usize,
    pub limit: usize,
}

/// A part of the list.
#[derive(Debug, Clone)]
pub struct Watchlist {
    pub rows: Vec<NearMiss>,
    /// How many there are in all.
    pub all: usize,
    /// Regions there are to choose from.
    pub regions: BTreeSet<String>,
}

type Who = (String, Names, Option<String>);

/// Reads a part of the watchlist, worth most first.
pub async fn watchlist(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    now: Timestamp,
    query: &WatchQuery,
) -> Result<Watchlist, DbError> {
    let region = reader.json_text("p.fields", "region");
    let pattern = like(&query.search);
    let mut regions = BTreeSet::new();
    let mut found: Vec<(Figures, Who)> = Vec::new();
    for (program_id, term, day) in running_keys(rules, now) {
        let code = rules.position(program_id).map(|at| rules.plans[at].code.to_string());
        if !query.program.is_empty() && code.as_deref() != Some(&*query.program) {
            continue;
        }
        let sql = format!(
            "SELECT {FIGURES}, p.code, p.names, {region} FROM award a JOIN partner p \
             ON p.tenant_id = a.tenant_id AND p.partner_id = a.partner_id \
             WHERE a.tenant_id = $1 AND a.program_id = $2 AND a.term = $3 AND a.period_day = $4 \
             AND {NEAR} AND p.search LIKE $5 ESCAPE '!' \
             ORDER BY a.worth_sort DESC, a.partner_id LIMIT {LOOKED_MAX}"
        );
        let args = args![reader.tenant(), program_id, term, day, &pattern];
        for row in reader.rows(sqlx::AssertSqlSafe(sql), args).await? {
            let names: Names =
                serde_json::from_str(row.text(FIGURES_COUNT + 1)).unwrap_or_default();
            let region = row.opt_string(FIGURES_COUNT + 2);
            regions.extend(region.clone());
            let figures = figures(&row);
            let is_of_region =
                query.region.is_empty() || region.as_deref() == Some(query.region.as_str());
            if is_of_region && is_within(&figures, query.percent) {
                found.push((figures, (row.string(FIGURES_COUNT), names, region)));
            }
        }
    }
    let worth = |of: &Figures| of.next.as_ref().and_then(|next| next.worth).unwrap_or_default();
    found.sort_by_key(|(figures, _)| std::cmp::Reverse(worth(figures)));
    let all = found.len();
    let (figures, who): (Vec<Figures>, Vec<Who>) =
        found.into_iter().skip(query.offset).take(query.limit).unzip();
    let standings = standings(reader, rules, master, now, &figures).await?;
    let rows = who
        .into_iter()
        .zip(standings)
        .filter_map(|((code, names, region), standing)| {
            Some(NearMiss { code, names, region, standing: standing? })
        })
        .collect();
    Ok(Watchlist { rows, all, regions })
}

/// Whether at most that share of the threshold is missing.
fn is_within(figures: &Figures, percent: Option<Decimal>) -> bool {
    let Some(percent) = percent else { return true };
    let gap = figures.next.as_ref().and_then(|next| next.gap).unwrap_or_default();
    crate::settle::is_share(gap, figures.qualifier_total, percent)
}
