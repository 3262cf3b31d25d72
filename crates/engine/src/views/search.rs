//! One search over everything that has a name or a number.

use domain::code::FactKey;
use domain::program::Names;
use rust_decimal::Decimal;

use super::like;
use super::programs::ProgramLine;
use crate::access::Viewer;
use crate::args;
use crate::catalog::{self, Listing, MasterData, PartnerRow, ProductRow};
use crate::db::{DbError, Reader, Row};
use crate::journal::{self, Entry};

/// Hits of one kind at most.
const HITS_MAX: i64 = 8;

/// What was found, of each kind a few, and how many there are.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub programs: Vec<(String, Names)>,
    pub partners: (Vec<PartnerRow>, i64),
    pub products: (Vec<ProductRow>, i64),
    /// Public id and name.
    pub imports: (Vec<(String, String)>, i64),
    /// Facts whose keys begin so, or of an order of one partner: invoice lines, returns.
    pub facts: (Vec<Entry>, i64),
    /// By id, by the partner's code, or by the amount. The vendor's alone.
    pub payouts: Vec<SettlementHit>,
    /// By id, by the partner's code, or by what is disputed.
    pub disputes: Vec<SettlementHit>,
    /// By id, by the partner's code, or by a part of the reason.
    pub adjustments: Vec<SettlementHit>,
    /// Papers, people and what else has a name or a number. The vendor's alone; which of them a
    /// person may open, its role says.
    pub others: Vec<OtherHit>,
}

/// What else can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Other {
    Statement,
    Note,
    Payment,
    Export,
    Hold,
    User,
    Mapping,
    /// A list, a price list, a table of figures.
    Reference,
}

/// Something found by its number or name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherHit {
    pub kind: Other,
    /// What its page is called by.
    pub id: String,
    pub title: String,
    pub detail: String,
}

/// Something of settlement that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementHit {
    pub public_id: String,
    pub partner_id: i64,
    pub partner: String,
    pub of: SettlementOf,
    pub unit: String,
    pub amount: Decimal,
}

/// What something of settlement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettlementOf {
    Period {
        program: String,
        name: String,
    },
    /// An order of a reward, by its key.
    Order(String),
}

/// Searches. A partner finds its own facts and imports, and the programs it is shown; `programs`
/// are those the viewer may know of.
pub async fn search(
    reader: &mut Reader,
    master: &MasterData,
    viewer: Viewer,
    programs: &[ProgramLine],
    text: &str,
) -> Result<Found, DbError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Found::default());
    }
    let lower = text.to_lowercase();
    let named = |line: &&ProgramLine| {
        let of = line.reference.as_ref();
        line.code.to_lowercase().contains(&lower)
            || of.is_some_and(|of| of.to_lowercase().contains(&lower))
            || line.names.values().any(|name| name.to_lowercase().contains(&lower))
    };
    let mut found = Found {
        programs: programs
            .iter()
            .filter(named)
            .map(|line| (line.code.clone(), line.names.clone()))
            .collect(),
        imports: imports(reader, viewer, text).await?,
        facts: facts(reader, master, viewer, text).await?,
        ..Found::default()
    };
    if viewer == Viewer::Vendor {
        let listing = Listing { search: text.to_owned(), offset: 0, limit: HITS_MAX };
        let partners = catalog::partners(reader, &listing).await?;
        let products = catalog::products(reader, &listing).await?;
        found.partners = (partners.rows, partners.total);
        found.products = (products.rows, products.total);
        let amount = text.replace(',', "").parse::<Decimal>().ok();
        let amount = amount.map_or_else(String::new, |amount| amount.normalize().to_string());
        let pattern = like(text);
        let which = [
            (&mut found.payouts, PAYOUTS, amount.as_str()),
            (&mut found.disputes, DISPUTES, text),
            (&mut found.adjustments, ADJUSTMENTS, pattern.as_str()),
        ];
        for (hits, sql, more) in which {
            let args = args![reader.tenant(), text, &lower, more];
            *hits = reader.rows(sql, args).await?.iter().map(settlement_hit).collect();
        }
        found.others = others(reader, text, &lower, &pattern).await?;
    }
    Ok(found)
}

const PAYOUTS: &str = "SELECT x.public_id, x.partner_id, r.code, g.code, x.period_name, x.unit, \
    x.amount, x.source_key FROM payout x JOIN partner r ON r.tenant_id = x.tenant_id \
    AND r.partner_id = x.partner_id LEFT JOIN program g ON g.tenant_id = x.tenant_id \
    AND g.program_id = x.program_id WHERE x.tenant_id = $1 AND (x.public_id = $2 \
    OR x.source_key = $2 OR LOWER(r.code) = $3 OR x.amount = $4) ORDER BY x.payout_id DESC LIMIT 8";

const DISPUTES: &str = "SELECT x.public_id, x.partner_id, r.code, g.code, x.period_name, x.unit, \
    x.stated FROM dispute x JOIN partner r ON r.tenant_id = x.tenant_id \
    AND r.partner_id = x.partner_id JOIN program g ON g.tenant_id = x.tenant_id \
    AND g.program_id = x.program_id WHERE x.tenant_id = $1 AND (x.public_id = $2 \
    OR LOWER(r.code) = $3 OR x.subject = $4) ORDER BY x.dispute_id DESC LIMIT 8";

const ADJUSTMENTS: &str = "SELECT x.public_id, x.partner_id, r.code, g.code, x.period_name, \
    x.unit, x.amount FROM adjustment x JOIN partner r ON r.tenant_id = x.tenant_id \
    AND r.partner_id = x.partner_id JOIN program g ON g.tenant_id = x.tenant_id \
    AND g.program_id = x.program_id WHERE x.tenant_id = $1 AND (x.public_id = $2 \
    OR LOWER(r.code) = $3 OR LOWER(x.reason) LIKE $4 ESCAPE '!') \
    ORDER BY x.adjustment_id DESC LIMIT 8";

fn settlement_hit(row: &Row) -> SettlementHit {
    SettlementHit {
        public_id: row.string(0),
        partner_id: row.int(1),
        partner: row.string(2),
        of: match row.opt_string(3) {
            Some(program) => SettlementOf::Period { program, name: row.string(4) },
            // Payouts alone may be of no program; theirs has one column more.
            None => SettlementOf::Order(row.opt_string(7).unwrap_or_default()),
        },
        unit: row.string(5),
        amount: row.text(6).parse().unwrap_or_default(),
    }
}

/// What else has a number or a name: `$2` as typed, `$3` in small letters, `$4` as a pattern.
const OTHERS: [(Other, &str); 8] = [
    (
        Other::Statement,
        "SELECT x.number, x.number, r.code FROM statement x JOIN partner r \
         ON r.tenant_id = x.tenant_id AND r.partner_id = x.partner_id WHERE x.tenant_id = $1 \
         AND (x.public_id = $2 OR LOWER(x.number) LIKE $4 ESCAPE '!' OR LOWER(r.code) = $3) \
         ORDER BY x.statement_id DESC LIMIT 8",
    ),
    (
        Other::Note,
        "SELECT x.number, x.number, r.code FROM settlement_note x JOIN partner r \
         ON r.tenant_id = x.tenant_id AND r.partner_id = x.partner_id WHERE x.tenant_id = $1 \
         AND (x.public_id = $2 OR LOWER(x.number) LIKE $4 ESCAPE '!' OR LOWER(r.code) = $3) \
         ORDER BY x.note_id DESC LIMIT 8",
    ),
    (
        Other::Payment,
        "SELECT x.number, x.number, x.file_name FROM payment_run x WHERE x.tenant_id = $1 \
         AND (x.public_id = $2 OR LOWER(x.number) LIKE $4 ESCAPE '!' OR LOWER(x.number) = $3) \
         ORDER BY x.run_id DESC LIMIT 8",
    ),
    (
        Other::Export,
        "SELECT x.number, x.number, x.created_by FROM accounting_export x WHERE x.tenant_id = $1 \
         AND (x.public_id = $2 OR LOWER(x.number) LIKE $4 ESCAPE '!' OR LOWER(x.number) = $3) \
         ORDER BY x.export_id DESC LIMIT 8",
    ),
    (
        Other::Hold,
        "SELECT x.public_id, x.reason, r.code FROM hold x JOIN partner r \
         ON r.tenant_id = x.tenant_id AND r.partner_id = x.partner_id WHERE x.tenant_id = $1 \
         AND (x.public_id = $2 OR LOWER(x.reason) LIKE $4 ESCAPE '!' OR LOWER(r.code) = $3) \
         ORDER BY x.hold_id DESC LIMIT 8",
    ),
    (
        Other::User,
        "SELECT x.public_id, x.name, x.login FROM user_account x WHERE x.tenant_id = $1 \
         AND (x.public_id = $2 OR LOWER(x.login) LIKE $4 ESCAPE '!' OR LOWER(x.login) = $3 \
         OR LOWER(x.name) LIKE $4 ESCAPE '!') ORDER BY x.user_id LIMIT 8",
    ),
    (
        Other::Mapping,
        "SELECT x.name, x.name, x.target FROM mapping x WHERE x.tenant_id = $1 \
         AND (x.public_id = $2 OR LOWER(x.name) LIKE $4 ESCAPE '!' OR LOWER(x.name) = $3) \
         ORDER BY x.name LIMIT 8",
    ),
    (
        Other::Reference,
        "SELECT DISTINCT x.place, x.name, x.name FROM (SELECT 'lists' AS place, name FROM code_list \
         WHERE tenant_id = $1 UNION SELECT 'prices', list_name FROM price WHERE tenant_id = $1 \
         UNION SELECT 'figures', table_name FROM figure WHERE tenant_id = $1) x \
         WHERE (LOWER(x.name) LIKE $4 ESCAPE '!' OR LOWER(x.name) = $3 OR x.name = $2) \
         ORDER BY x.name LIMIT 8",
    ),
];

async fn others(
    reader: &mut Reader,
    text: &str,
    lower: &str,
    pattern: &str,
) -> Result<Vec<OtherHit>, DbError> {
    let mut hits = Vec::new();
    for (kind, sql) in OTHERS {
        let rows = reader.rows(sql, args![reader.tenant(), text, lower, pattern]).await?;
        hits.extend(rows.iter().map(|row| OtherHit {
            kind,
            id: row.string(0),
            title: row.string(1),
            detail: row.string(2),
        }));
    }
    Ok(hits)
}

async fn imports(
    reader: &mut Reader,
    viewer: Viewer,
    text: &str,
) -> Result<(Vec<(String, String)>, i64), DbError> {
    const WHICH: &str = "FROM import i WHERE i.tenant_id = $1 AND i.source <> 'api' \
         AND ($2 = 0 OR i.partner_id = $2) \
         AND (LOWER(i.name) LIKE $3 ESCAPE '!' OR i.public_id = $4)";
    let own = viewer.scope(None).ok().flatten().unwrap_or(0);
    let pattern = like(text);
    let args = args![reader.tenant(), own, &pattern, text];
    let count = format!("SELECT COUNT(*) {WHICH}");
    let count = reader.row(sqlx::AssertSqlSafe(count), args).await?;
    let page =
        format!("SELECT i.public_id, i.name {WHICH} ORDER BY i.import_id DESC LIMIT {HITS_MAX}");
    let rows = reader.rows(sqlx::AssertSqlSafe(page), args).await?;
    let hits = rows.iter().map(|row| (row.string(0), row.string(1))).collect();
    Ok((hits, count.map_or(0, |row| row.int(0))))
}

/// By the number of the order, among the facts of one partner if its code stands before it; or by
/// the beginning of the key. Both ways stay fast over a long journal.
async fn facts(
    reader: &mut Reader,
    master: &MasterData,
    viewer: Viewer,
    text: &str,
) -> Result<(Vec<Entry>, i64), DbError> {
    const WHICH: &str = "FROM fact f WHERE f.tenant_id = $1 AND f.key >= $2 AND f.key < $3 \
         AND ($4 = 0 OR f.partner_id = $4) AND f.change = 0";
    let (partner, order) = of_partner(reader, viewer, text).await?;
    let found = by_order(reader, master, partner, order).await?;
    if found.1 > 0 {
        return Ok(found);
    }
    let own = viewer.scope(None).ok().flatten().unwrap_or(0);
    let beyond = format!("{text}{}", char::MAX);
    let args = args![reader.tenant(), text, &beyond, own];
    let count = format!("SELECT COUNT(*) FROM (SELECT f.key {WHICH} LIMIT 1000) t");
    let count = reader.row(sqlx::AssertSqlSafe(count), args).await?;
    let page = format!("SELECT DISTINCT f.key {WHICH} ORDER BY f.key LIMIT {HITS_MAX}");
    let rows = reader.rows(sqlx::AssertSqlSafe(page), args).await?;
    let keys = rows.iter().map(|row| FactKey::new(row.text(0))).collect();
    Ok((newest(reader, master, keys).await?, count.map_or(0, |row| row.int(0))))
}

/// Whose facts an order number is looked for among, and the number: the viewer's own, or those of
/// the partner whose code is the first word.
async fn of_partner<'t>(
    reader: &mut Reader,
    viewer: Viewer,
    text: &'t str,
) -> Result<(Option<i64>, &'t str), DbError> {
    if let Viewer::Partner(own) = viewer {
        return Ok((Some(own), text));
    }
    let Some((code, order)) = text.split_once(char::is_whitespace) else { return Ok((None, text)) };
    let partner = catalog::partner_by_code(reader, code).await?;
    Ok((partner.map(|partner| partner.partner_id), order.trim()))
}

/// Facts with that order number: of one partner, or of all.
async fn by_order(
    reader: &mut Reader,
    master: &MasterData,
    partner: Option<i64>,
    order: &str,
) -> Result<(Vec<Entry>, i64), DbError> {
    let rows = reader
        .rows(
            "SELECT DISTINCT f.key FROM fact f WHERE f.tenant_id = $1 AND f.order_no = $2 \
             AND ($3 = 0 OR f.partner_id = $3) AND f.change = 0 ORDER BY f.key LIMIT 1000",
            args![reader.tenant(), order, partner.unwrap_or(0)],
        )
        .await?;
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let few = rows.iter().take(usize::try_from(HITS_MAX).unwrap_or_default());
    let keys = few.map(|row| FactKey::new(row.text(0))).collect();
    Ok((newest(reader, master, keys).await?, count))
}

/// The newest entry of each key, by key.
async fn newest(
    reader: &mut Reader,
    master: &MasterData,
    keys: Vec<FactKey>,
) -> Result<Vec<Entry>, DbError> {
    let mut entries = journal::units_of(reader, master, &keys).await?;
    // Units come with their returns: keep what was asked for, as it stands last.
    entries.retain(|entry| keys.contains(&entry.fact.key));
    entries.reverse();
    let mut seen = std::collections::BTreeSet::new();
    entries.retain(|entry| seen.insert(entry.fact.key.clone()));
    entries.sort_by(|a, b| a.fact.key.cmp(&b.fact.key));
    Ok(entries)
}
