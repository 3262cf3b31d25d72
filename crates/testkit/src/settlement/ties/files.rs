//! Files as those read them who get them: a bank, an accountant, Beancount.

use std::collections::HashMap;
use std::io::Cursor;

use engine::db::testing::{TempFolder, skip};
use engine::ingest::source::{Reader, Record, SourceOptions};
use engine::papers::party::Account;
use engine::papers::run::Format;
use rust_decimal::Decimal;

/// A transfer of a payment file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// As [`number`] writes it.
    pub account: String,
    pub amount: Decimal,
}

/// The part of an account that its transfers name.
pub fn number(account: &Account) -> String {
    match account {
        Account::Iban(account) => account.iban.as_str().to_owned(),
        Account::Japan(account) => {
            format!(
                "{}-{}-{}",
                account.bank.as_str(),
                account.branch.as_str(),
                account.number.as_str()
            )
        }
        Account::Other(account) => account.number.clone(),
    }
}

/// The transfers of a file, whose own sums must be theirs.
pub fn transfers(format: Format, bytes: &[u8]) -> Result<Vec<Transfer>, String> {
    match format {
        Format::Pain001 => pain001(std::str::from_utf8(bytes).map_err(|e| e.to_string())?),
        Format::Zengin => zengin(bytes),
    }
}

/// The texts of all elements of that name.
fn elements<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let open = format!("<{name}");
    let mut found = Vec::new();
    for (at, _) in text.match_indices(&open) {
        let rest = &text[at + open.len()..];
        if !rest.starts_with(['>', ' ']) {
            continue;
        }
        let inner = rest.split_once('>').map_or("", |(_, inner)| inner);
        found.push(inner.split_once(&format!("</{name}>")).map_or("", |(inner, _)| inner));
    }
    found
}

fn decimal(text: &str) -> Result<Decimal, String> {
    text.parse().map_err(|_| format!("`{text}` is no amount"))
}

fn pain001(text: &str) -> Result<Vec<Transfer>, String> {
    let mut read = Vec::new();
    for one in elements(text, "CdtTrfTxInf") {
        let [amount] = elements(one, "InstdAmt")[..] else { return Err("no amount".into()) };
        let [to] = elements(one, "CdtrAcct")[..] else { return Err("no account".into()) };
        let [iban] = elements(to, "IBAN")[..] else { return Err("no IBAN".into()) };
        read.push(Transfer { account: iban.to_owned(), amount: decimal(amount)? });
    }
    let sum: Decimal = read.iter().map(|one| one.amount).sum();
    for said in elements(text, "CtrlSum") {
        if decimal(said)? != sum {
            return Err(format!("the control sum is {said}, the transfers come to {sum}"));
        }
    }
    for said in elements(text, "NbOfTxs") {
        if said != read.len().to_string() {
            return Err(format!("{said} transfers are said, {} are there", read.len()));
        }
    }
    Ok(read)
}

fn zengin(bytes: &[u8]) -> Result<Vec<Transfer>, String> {
    let (mut read, mut trailer) = (Vec::new(), None);
    for record in bytes.chunks(122) {
        let digits = |from: usize, to: usize| {
            let part = record.get(from..to).ok_or("a record is cut off")?;
            std::str::from_utf8(part).map_err(|_| "digits are no digits")
        };
        match record.first() {
            Some(b'2') => {
                let (bank, branch) = (digits(1, 5)?, digits(20, 23)?);
                let account = format!("{bank}-{branch}-{}", digits(43, 50)?);
                read.push(Transfer { account, amount: decimal(digits(80, 90)?)? });
            }
            Some(b'8') => trailer = Some((decimal(digits(1, 7)?)?, decimal(digits(7, 19)?)?)),
            _ => {}
        }
    }
    let sum: Decimal = read.iter().map(|one| one.amount).sum();
    if trailer != Some((Decimal::from(read.len()), sum)) {
        return Err(format!("the trailer is {trailer:?}, the transfers come to {sum}"));
    }
    Ok(read)
}

/// A line of an accounting export.
pub struct JournalLine {
    pub debit: Decimal,
    pub credit: Decimal,
    pub unit: String,
    pub partner: String,
    /// Of the ledger.
    pub account: String,
}

/// The lines of an accounting export.
pub fn journal(bytes: Vec<u8>) -> Vec<JournalLine> {
    let mut reader = Reader::open(Box::new(Cursor::new(bytes)), &SourceOptions::default())
        .expect("an export is CSV");
    let column = |name: &str| {
        reader.headers().iter().position(|heading| heading == name).expect("a column of the export")
    };
    let names = ["debit", "credit", "currency", "partner", "ledger_account"];
    let [debit, credit, unit, partner, account] = names.map(column);
    let (mut record, mut lines) = (Record::new(), Vec::new());
    while reader.next(&mut record).expect("an export can be read") {
        let amount = |at: usize| match record.cell(at) {
            "" => Decimal::ZERO,
            text => text.parse().expect("an amount of an export"),
        };
        lines.push(JournalLine {
            debit: amount(debit),
            credit: amount(credit),
            unit: record.cell(unit).to_owned(),
            partner: record.cell(partner).to_owned(),
            account: record.cell(account).to_owned(),
        });
    }
    lines
}

/// Accounts of the ledger with currency and amount.
type Amounts = Vec<(String, String, Decimal)>;

/// What a Beancount file books, and what it asserts at its end.
#[derive(Debug, Default)]
pub struct Beancount {
    pub booked: Amounts,
    pub asserted: Amounts,
}

/// Reads as much of Beancount as our files are written in.
pub fn beancount(text: &str) -> Beancount {
    let mut read = Beancount::default();
    let mut names: HashMap<&str, String> = HashMap::new();
    let mut opened = "";
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [_, "open" | "commodity", name] => opened = name,
            ["ledger:", account] => {
                names.insert(opened, account.trim_matches('"').to_owned());
            }
            [_, "balance", name, amount, unit] => {
                read.asserted.push((names[name].clone(), names[unit].clone(), parsed(amount)));
            }
            [name, amount, unit] if line.starts_with("  ") && names.contains_key(name) => {
                read.booked.push((names[name].clone(), names[unit].clone(), parsed(amount)));
            }
            _ => {}
        }
    }
    read
}

fn parsed(amount: &str) -> Decimal {
    amount.parse().expect("an amount of a Beancount file")
}

/// What Beancount's own checker says; nothing where it is not installed.
pub async fn bean_check(text: &str) -> Option<Result<(), String>> {
    let folder = TempFolder::new("beancount");
    let path = folder.path().join("ledger.beancount");
    tokio::fs::write(&path, text).await.expect("a file");
    let program = std::env::var("TOKUTEN_BEAN_CHECK").unwrap_or_else(|_| "bean-check".into());
    let Ok(done) = tokio::process::Command::new(&program).arg(&path).output().await else {
        skip(&format!("`{program}`"), "pip install beancount");
        return None;
    };
    if done.status.success() {
        return Some(Ok(()));
    }
    Some(Err(String::from_utf8_lossy(&done.stderr).into_owned()))
}
