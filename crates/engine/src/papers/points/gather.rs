//! What stands on a statement of points, read from the ledger and the book.

use std::collections::BTreeMap;

use domain::code::PartnerCode;
use domain::wallet::{Account, is_hidden};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::super::settings;
use super::{Covered, Move, PointStatement, UnitPart};
use crate::args;
use crate::catalog::{MasterData, PartnerRow};
use crate::db::{Column, DbError, Reader, date_of};
use crate::rules::Rules;
use crate::views::wallet::{self as view, Holding};
use crate::wallets::{self, Active, WalletError};

/// The statement of a partner over some days, as of now.
pub async fn gather(
    reader: &mut Reader,
    (rules, master): (&Rules, &MasterData),
    of: &Active,
    partner: &PartnerRow,
    (now, covered): (Timestamp, Covered),
) -> Result<PointStatement, WalletError> {
    let owner = PartnerCode::new(&partner.code);
    let held = view::of_partner(reader, rules, master, (now, None), &owner).await?;
    let held = held.into_iter().find(|own| own.code == of.code);
    let holdings = held.map(|own| own.holdings).unwrap_or_default();
    let mut parts = Vec::new();
    for (unit, currency) in of.wallet.points.iter().filter(|(unit, _)| !is_hidden(unit)) {
        let accounts = [
            Account::Open(unit.clone(), owner.clone()),
            Account::Escrow(unit.clone(), owner.clone()),
            Account::Arrears(unit.clone(), owner.clone()),
        ];
        let names: Vec<String> = accounts.iter().map(ToString::to_string).collect();
        let (opening, moves) = moved(reader, &names, covered).await?;
        let holding = holdings.iter().find(|it| *it.unit == **unit);
        if moves.is_empty() && opening.is_zero() && holding.is_none_or(|it| it.lots.is_empty()) {
            continue;
        }
        let closing = opening + moves.iter().map(|it| it.amount).sum::<Decimal>();
        parts.push(UnitPart {
            unit: unit.to_string(),
            names: currency.name.clone(),
            opening,
            moves,
            closing,
            waiting: holding.map(|it| it.escrow).unwrap_or_default(),
            ending: holding.map(ending).unwrap_or_default(),
        });
    }
    let member = wallets::membership(reader, of, master, now, &owner).await?;
    let local = of.wallet.time_zone.to_datetime(now);
    Ok(PointStatement {
        number: format!("{}-{}-{}", of.code, partner.code, covered.word()),
        issued: local.date(),
        from: covered.from,
        to: covered.to,
        vendor: settings::company(reader).await?.names,
        wallet: of.code.clone(),
        wallet_names: of.name.clone(),
        partner: partner.code.clone(),
        partner_names: partner.names.clone(),
        member: member.number,
        parts,
    })
}

/// What ends on which last day, the next one first. A moment within a day is that day.
fn ending(holding: &Holding) -> Vec<(Date, Decimal)> {
    let mut by_day: BTreeMap<Date, Decimal> = BTreeMap::new();
    for lot in &holding.lots {
        let day = lot.expires.as_deref().and_then(|text| text.get(..10)).map(str::parse);
        if let Some(Ok(day)) = day {
            *by_day.entry(day).or_default() += lot.amount + lot.escrow;
        }
    }
    by_day.into_iter().filter(|(_, amount)| !amount.is_zero()).collect()
}

/// What accounts of one member held before these days, and what moved it within them. What only
/// goes from one of them to another is no movement.
async fn moved(
    reader: &mut Reader,
    names: &[String],
    covered: Covered,
) -> Result<(Decimal, Vec<Move>), DbError> {
    let accounts = reader
        .lookup(
            "SELECT a.account_id FROM {keys} CROSS JOIN account a \
             WHERE a.tenant_id = k.tenant AND a.name = k.k1",
            args![],
            vec![Column::Text(names.to_vec())],
        )
        .await?;
    let ids: Vec<i64> = accounts.iter().map(|row| row.int(0)).collect();
    let mut rows: BTreeMap<i64, (Option<Date>, Decimal, String, String)> = BTreeMap::new();
    for (sql, sign) in [
        (
            "SELECT p.posting_seq, p.booked_day, p.amount, p.subject, a.name, a.account_id \
             FROM {keys} CROSS JOIN posting p \
             JOIN account a ON a.tenant_id = p.tenant_id AND a.account_id = p.credit_id \
             WHERE p.tenant_id = k.tenant AND p.debit_id = k.k1 AND p.cause = 'wallet'",
            -Decimal::ONE,
        ),
        (
            "SELECT p.posting_seq, p.booked_day, p.amount, p.subject, a.name, a.account_id \
             FROM {keys} CROSS JOIN posting p \
             JOIN account a ON a.tenant_id = p.tenant_id AND a.account_id = p.debit_id \
             WHERE p.tenant_id = k.tenant AND p.credit_id = k.k1 AND p.cause = 'wallet'",
            Decimal::ONE,
        ),
    ] {
        for row in reader.lookup(sql, args![], vec![Column::Int(ids.clone())]).await? {
            if ids.contains(&row.int(5)) {
                continue;
            }
            let amount: Decimal = row.text(2).parse().unwrap_or_default();
            let other = row.text(4).split('/').next().unwrap_or_default().to_owned();
            let cause = row.opt_string(3).unwrap_or_default();
            let day = row.opt_int(1).and_then(date_of);
            rows.insert(row.int(0), (day, amount * sign, other, cause));
        }
    }
    let (mut opening, mut moves) = (Decimal::ZERO, Vec::new());
    for (day, amount, other, cause) in rows.into_values() {
        match day {
            Some(day) if covered.to < day => {}
            Some(day) if covered.from <= day => moves.push(Move { day, other, cause, amount }),
            _ => opening += amount,
        }
    }
    moves.sort_by_key(|it| it.day);
    Ok((opening, moves))
}
