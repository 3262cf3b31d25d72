//! Ledger, statements, payment files and exports say the same, to the last minor unit and for each
//! partner.
//!
//! Papers and files are read back from their bytes, as a bank or an accountant would: nothing here
//! believes what the tables say about them.

mod files;

use std::collections::BTreeMap;

use domain::case::plain;
use domain::settlement::PayoutStatus;
use engine::access::Viewer;
use engine::catalog::MasterData;
use engine::db::{Dialect, Reader};
use engine::ledger::{self, Balance};
use engine::office::Office;
use engine::papers::run::{self, RunStatus};
use engine::papers::statement::{self, StatementRow};
use engine::papers::{export, payee};
use engine::settle::{self, PayoutRow};
use rust_decimal::Decimal;

/// Amounts by partner, currency and what else tells them apart.
type Sums = BTreeMap<(String, String, String), Decimal>;

/// What does not tie; empty if all does.
pub async fn broken(office: &Office) -> Vec<String> {
    let mut reader = office.db().read().await.expect("a reader");
    let master = office.master(&mut reader).await.expect("master data");
    let balances = ledger::balances(&mut reader, None).await.expect("balances");
    let payouts = settle::payouts(&mut reader, 0, "", i64::MAX).await.expect("payouts");
    let rows = statement::list(&mut reader, Viewer::Vendor, None, i64::MAX).await;
    let mut rows = rows.expect("statements");
    rows.retain(|row| !row.is_void);

    let mut wrong = Vec::new();
    let stated = stated(&mut reader, &rows, &payouts, &mut wrong).await;
    let filed = filed(&mut reader, &master, &rows, &mut wrong).await;
    let books = books(&mut reader, &master, &balances, &mut wrong).await;
    beancount(&mut reader, &master, &balances, &mut wrong).await;
    bean_check(&mut reader, &master, &mut wrong).await;
    if let Some(books) = books {
        compare(&books, &balances, (&rows, &payouts), (&stated, &filed), &mut wrong);
    }
    wrong
}

fn add(sums: &mut Sums, key: (&str, &str, &str), amount: Decimal) {
    let key = (key.0.to_owned(), key.1.to_owned(), key.2.to_owned());
    *sums.entry(key).or_default() += amount;
}

/// Says where two sides differ. What is nowhere is nothing.
fn same(what: &str, (left, a): (&str, &Sums), (right, b): (&str, &Sums), wrong: &mut Vec<String>) {
    let mut keys: Vec<_> = a.keys().chain(b.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let of = |sums: &Sums| sums.get(key).copied().unwrap_or_default();
        let (one, other) = (of(a), of(b));
        if one != other {
            let (partner, unit, of) = key;
            let (one, other) = (plain(one), plain(other));
            wrong.push(format!(
                "{what} of {partner} {of}: {one} {unit} by {left}, {other} by {right}"
            ));
        }
    }
}

/// What statements say of each program, read from the statements as they were issued; and that they
/// say of each payout what the payout is.
async fn stated(
    reader: &mut Reader,
    rows: &[StatementRow],
    payouts: &[PayoutRow],
    wrong: &mut Vec<String>,
) -> Sums {
    let mut sums = Sums::new();
    let mut on: BTreeMap<String, String> = BTreeMap::new();
    for row in rows {
        let paper = statement::load(reader, row).await.expect("a statement");
        if !paper.ties() || paper.total.0 != row.total || paper.net.0 + paper.tax.0 != row.total {
            wrong.push(format!("statement {} does not add up", row.number));
        }
        for part in &paper.programs {
            add(&mut sums, (&row.partner_code, &row.unit, &part.code), part.amount.0);
            let payout = payouts.iter().find(|payout| payout.public_id == part.payout);
            let fits = payout.is_some_and(|payout| {
                (payout.amount, payout.partner_id) == (part.amount.0, row.partner_id)
            });
            if !fits {
                wrong.push(format!("{} states {} of a payout otherwise", row.number, part.code));
            }
            if let Some(other) = on.insert(part.payout.clone(), row.number.clone()) {
                wrong.push(format!("a payout stands on {other} and on {}", row.number));
            }
        }
    }
    let paid = payouts.iter().filter(|payout| payout.status == PayoutStatus::Paid);
    for payout in paid.filter(|payout| !on.contains_key(&payout.public_id)) {
        wrong.push(format!(
            "{} {} is paid without a statement",
            payout.partner_code,
            payout.period_name()
        ));
    }
    sums
}

/// What the bytes of files that the bank paid give to whom.
async fn filed(
    reader: &mut Reader,
    master: &MasterData,
    rows: &[StatementRow],
    wrong: &mut Vec<String>,
) -> Sums {
    let accounts = payee::payees(reader).await.expect("payees");
    let mut sums = Sums::new();
    for row in run::runs(reader, i64::MAX).await.expect("payment files") {
        let bytes = run::file_of(reader, &row).await.expect("a file");
        let read = match files::transfers(row.format, &bytes) {
            Ok(read) => read,
            Err(why) => {
                wrong.push(format!("{}: {why}", row.number));
                continue;
            }
        };
        let total: Decimal = read.iter().map(|transfer| transfer.amount).sum();
        let listed = run::payments(reader, row.run_id).await.expect("transfers");
        if (total, read.len()) != (row.total, listed.len()) {
            wrong.push(format!("{} holds {} of {}", row.number, plain(total), plain(row.total)));
        }
        for (transfer, payment) in read.iter().zip(&listed) {
            let code = master.partner_code(payment.partner_id).expect("a partner").to_string();
            let known = accounts.get(&payment.partner_id).and_then(|row| row.account.as_ref());
            if known.is_none_or(|known| files::number(known) != transfer.account) {
                wrong.push(format!("{} pays {code} to another account", row.number));
            }
            let named = |statement: &&StatementRow| payment.reference.contains(&statement.number);
            let of: Decimal = rows.iter().filter(named).map(|statement| statement.total).sum();
            if (transfer.amount, payment.amount) != (of, of) {
                let (is, of) = (plain(transfer.amount), plain(of));
                wrong.push(format!("{} pays {code} {is}, its statements say {of}", row.number));
            }
            if row.status == RunStatus::Paid && payment.returned.is_none() {
                add(&mut sums, (&code, &row.unit, ""), transfer.amount);
            }
        }
    }
    sums
}

/// All lines of all accounting exports, debit less credit by partner and account of the ledger, if
/// nothing is missing in them; and that they come to the balances of every account.
async fn books(
    reader: &mut Reader,
    master: &MasterData,
    balances: &[Balance],
    wrong: &mut Vec<String>,
) -> Option<Sums> {
    if export::unexported(reader).await.expect("a count") > 0 {
        wrong.push("the books lack postings; end the story with an `export`".to_owned());
        return None;
    }
    let (mut sums, mut accounts) = (Sums::new(), Sums::new());
    for row in export::exports(reader).await.expect("exports") {
        let bytes = export::file(reader, master, &row).await.expect("an export");
        for line in files::journal(bytes) {
            let amount = line.debit - line.credit;
            add(&mut sums, (&line.partner, &line.unit, &line.account), amount);
            add(&mut accounts, ("", &line.unit, &line.account), amount);
        }
    }
    let mut ledger = Sums::new();
    for row in balances {
        add(&mut ledger, ("", &row.unit, &row.account), row.debit - row.credit);
    }
    same("account", ("the exports", &accounts), ("the ledger", &ledger), wrong);
    Some(sums)
}

/// The Beancount file comes to the balances of every account, and asserts them.
async fn beancount(
    reader: &mut Reader,
    master: &MasterData,
    balances: &[Balance],
    wrong: &mut Vec<String>,
) {
    let text = export::beancount(reader, master).await.expect("a file");
    let read = files::beancount(&text);
    let (mut booked, mut asserted, mut ledger) = (Sums::new(), Sums::new(), Sums::new());
    for (account, unit, amount) in read.booked {
        add(&mut booked, ("", &unit, &account), amount);
    }
    for (account, unit, amount) in read.asserted {
        add(&mut asserted, ("", &unit, &account), amount);
    }
    for row in balances {
        add(&mut ledger, ("", &row.unit, &row.account), row.debit - row.credit);
    }
    same("account", ("the Beancount file", &booked), ("the ledger", &ledger), wrong);
    same("account", ("its assertions", &asserted), ("the ledger", &ledger), wrong);
}

/// Beancount's own checker takes the file.
async fn bean_check(reader: &mut Reader, master: &MasterData, wrong: &mut Vec<String>) {
    let text = export::beancount(reader, master).await.expect("a file");
    if let Some(Err(why)) = files::bean_check(&text).await {
        wrong.push(format!("bean-check refuses the Beancount file: {why}"));
    }
}

/// What of the Beancount file alone does not tie: points and vouchers stand on no statement.
pub async fn of_beancount(office: &Office) -> Vec<String> {
    let mut reader = office.db().read().await.expect("a reader");
    let master = office.master(&mut reader).await.expect("master data");
    let balances = ledger::balances(&mut reader, None).await.expect("balances");
    let mut wrong = Vec::new();
    beancount(&mut reader, &master, &balances, &mut wrong).await;
    // What the checker says of the text does not depend on the database.
    if reader.dialect() == Dialect::Sqlite {
        bean_check(&mut reader, &master, &mut wrong).await;
    }
    wrong
}

/// Books against statements against files, for each partner.
fn compare(
    books: &Sums,
    balances: &[Balance],
    (rows, payouts): (&[StatementRow], &[PayoutRow]),
    (stated, filed): (&Sums, &Sums),
    wrong: &mut Vec<String>,
) {
    // What left the bank: by the books, by statements that are paid, by files.
    let (mut cash, mut tax, mut cost) = (Sums::new(), Sums::new(), Sums::new());
    let mut credit = Sums::new();
    for ((partner, unit, account), amount) in books {
        if account == "cash" {
            add(&mut cash, (partner, unit, ""), -*amount);
        } else if account == "credit_note" {
            add(&mut credit, (partner, unit, ""), -*amount);
        } else if account == "tax" {
            add(&mut tax, (partner, unit, ""), *amount);
        } else if let Some(program) = account.strip_prefix("expense/") {
            add(&mut cost, (partner, unit, program), *amount);
        }
    }
    let (mut paid, mut on_top) = (Sums::new(), Sums::new());
    let (mut moved, mut credited) = (Sums::new(), Sums::new());
    let (mut owed, mut payable) = (Sums::new(), Sums::new());
    for row in rows.iter().filter(|row| !["issued", "filed"].contains(&row.status)) {
        let of = (row.partner_code.as_str(), row.unit.as_str(), "");
        add(&mut on_top, of, row.tax);
        match row.status {
            "paid" => {
                add(&mut paid, of, row.total);
                add(&mut moved, of, row.total);
            }
            "received" => add(&mut moved, of, row.total),
            "credited" => add(&mut credited, of, row.total),
            // A demand that waits for its money: its tax is owed with it.
            _ => add(&mut owed, of, row.tax),
        }
    }
    same("money", ("the books", &cash), ("paid and received statements", &moved), wrong);
    same("money", ("payment files", filed), ("paid statements", &paid), wrong);
    same("credit", ("the books", &credit), ("credited statements", &credited), wrong);
    same("tax", ("the books", &tax), ("settled statements", &on_top), wrong);

    // What a program costs: what is closed, and what is still accrued.
    let (mut earned, mut settled) = (Sums::new(), Sums::new());
    let is_owed = |row: &&PayoutRow| row.status != PayoutStatus::Withdrawn;
    for row in payouts.iter().filter(is_owed) {
        add(&mut earned, (&row.partner_code, &row.unit, row.program()), row.amount);
        if row.status == PayoutStatus::Paid {
            add(&mut settled, (&row.partner_code, &row.unit, row.program()), row.amount);
        } else {
            add(&mut owed, (&row.partner_code, &row.unit, ""), row.amount);
        }
    }
    for row in balances {
        let parts: Vec<&str> = row.account.split('/').collect();
        match parts[..] {
            ["accrued", program, partner] => {
                add(&mut earned, (partner, &row.unit, program), row.credit - row.debit);
            }
            ["payable" | "receivable", partner] => {
                add(&mut payable, (partner, &row.unit, ""), row.credit - row.debit);
            }
            _ => {}
        }
    }
    same("cost", ("the books", &cost), ("payouts and accruals", &earned), wrong);
    same("debt", ("the ledger", &payable), ("unpaid payouts", &owed), wrong);
    if rows.iter().all(|row| ["paid", "credited", "received"].contains(&row.status)) {
        same("settlement", ("statements", stated), ("paid payouts", &settled), wrong);
    }
}

#[cfg(test)]
mod tests {
    use engine::papers::run::Format;

    use super::files::transfers;

    fn pain(sum: &str, count: u32) -> String {
        let head = format!("<NbOfTxs>{count}</NbOfTxs><CtrlSum>{sum}</CtrlSum>");
        let one = |amount: &str| {
            format!(
                "<CdtTrfTxInf><Amt><InstdAmt Ccy=\"EUR\">{amount}</InstdAmt></Amt><CdtrAcct><Id>\
                 <IBAN>FR1420041010050500013M02606</IBAN></Id></CdtrAcct></CdtTrfTxInf>"
            )
        };
        format!("{head}{}{}", one("10.10"), one("20.20"))
    }

    #[test]
    fn a_file_that_does_not_add_up_is_refused() {
        let cases = [
            (
                pain("30.30", 2),
                "FR1420041010050500013M02606 10.10, FR1420041010050500013M02606 20.20",
            ),
            (pain("30.31", 2), "the control sum is 30.31, the transfers come to 30.30"),
            (pain("30.30", 3), "3 transfers are said, 2 are there"),
        ];
        for (file, expected) in cases {
            let said = match transfers(Format::Pain001, file.as_bytes()) {
                Ok(read) => {
                    let one =
                        |one: &super::files::Transfer| format!("{} {}", one.account, one.amount);
                    read.iter().map(one).collect::<Vec<_>>().join(", ")
                }
                Err(why) => why,
            };
            assert_eq!(said, expected);
        }
        let data = format!("2{:<119}\r\n", " ");
        let said = transfers(Format::Zengin, data.as_bytes());
        assert!(said.is_err(), "{said:?}");
    }
}
