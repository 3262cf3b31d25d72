//! The steps of a settlement, done as people do them: each with a name, in a commit of its own.

use domain::code::ProgramCode;
use domain::settlement::{PayoutStatus, PayoutStep};
use engine::access::{Actor, Role};
use engine::id::{Id, Kind};
use engine::papers::check::{Country, Iban};
use engine::papers::export;
use engine::papers::note;
use engine::papers::party::{
    Account, AccountType, Address, Digits, IbanAccount, JapaneseAccount, Treatment,
};
use engine::papers::payee::{self, Decision, Payee as PayeeDetails};
use engine::papers::run::{self, Asked};
use engine::papers::settings::{self, Company, OwnAccount};
use engine::papers::statement::NoteKind;
use engine::settle::{self, DisputeKind, DisputeReason, NewDispute, PayoutRow};
use engine::{audit, programs};
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Teller, person};
use crate::settlement::{Act, Payee, PayoutOf, Settlement, Step, Tax, ties};

/// Who keeps the company's own data.
const OWNER: &str = "owner";

/// An IBAN, or bank, branch and number.
fn account(text: &str, holder: &str) -> Account {
    let parts: Vec<&str> = text.split('-').collect();
    match parts[..] {
        [bank, branch, number] => Account::Japan(JapaneseAccount {
            bank: Digits::parse(bank).expect("a bank of four digits"),
            bank_name: "ミズホ".into(),
            branch: Digits::parse(branch).expect("a branch of three digits"),
            branch_name: "ホンテン".into(),
            kind: AccountType::Ordinary,
            number: Digits::parse(number).expect("a number of seven digits"),
            holder: holder.into(),
        }),
        _ => Account::Iban(IbanAccount {
            iban: Iban::parse(text).expect("an IBAN"),
            bic: None,
            holder: holder.into(),
        }),
    }
}

/// Somewhere in the country of the account.
fn address(account: &str) -> Address {
    let country = account.get(..2).filter(|country| country.chars().all(char::is_alphabetic));
    Address {
        street: "Hauptstr. 5".into(),
        postal_code: "10115".into(),
        town: "Hibari".into(),
        country: Some(Country::parse(country.unwrap_or("JP")).expect("a country")),
    }
}

impl Teller<'_> {
    /// Puts down what has to be known before anybody is paid.
    pub(super) async fn furnish(&self, settlement: &Settlement) {
        let (now, owner) = (self.clock_now(), person(OWNER));
        let mut tx = self.office.db().write().await.expect("a turn to write");
        programs::set_four_eyes(&mut tx, &owner, now, programs::FourEyes::Always)
            .await
            .expect("a setting");
        let own = |(currency, number): (&String, &String)| OwnAccount {
            code: currency.clone(),
            currency: currency.clone(),
            account: account(number, if number.contains('-') { "ヒバリ" } else { "Hibari" }),
        };
        let company = Company {
            names: [("en".to_owned(), "Hibari Cycles".to_owned())].into(),
            address: address("DE"),
            client_code: Some(Digits::parse("0123456789").expect("a code")),
            client_name: "ヒバリ".into(),
            accounts: settlement.vendor.iter().map(own).collect(),
            ..Company::default()
        };
        settings::save_company(&mut tx, &owner, now, &company).await.expect("a company");
        for said in &settlement.payees {
            let id = self.office.master(&mut tx).await.expect("master data");
            let id = id.partner_id(&said.partner).unwrap_or_else(|| unknown(&said.partner));
            let of = (id, said.partner.as_str());
            let (by, second) = (person("manager"), person("finance"));
            let account = account(&said.account, said.holder.as_deref().unwrap_or(of.1));
            let details = PayeeDetails {
                address: address(&said.account),
                treatment: treatment(said),
                credited_in: said.credited_in.iter().cloned().collect(),
                ..PayeeDetails::default()
            };
            payee::save_details(&mut tx, &by, now, of, &details).await.expect("details");
            payee::ask_account(&mut tx, &by, now, of, &account).await.expect("an account");
            payee::decide_account(&mut tx, &second, now, of, Decision::Confirm)
                .await
                .expect("a second person confirms");
        }
        tx.commit().await.expect("a commit");
    }

    /// Does a step; what is wrong with it, in words.
    pub(super) async fn settle(&mut self, step: &Step, now: Timestamp) -> Vec<String> {
        let before = self.audited().await;
        let by = self.who(&step.by).await;
        let mut wrong = match self.act(step, &by, now).await {
            Ok(wrong) => wrong,
            Err(error) => vec![error.to_string()],
        };
        wrong.extend(self.not_audited(before, &[step.by.as_str()]).await);
        if step.act == Act::Export && wrong.is_empty() {
            wrong.extend(ties::broken(&self.office).await);
        }
        let place = |text| format!("settlement, line {}: {text}", step.line);
        wrong.into_iter().map(place).collect()
    }

    async fn act(
        &mut self,
        step: &Step,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Vec<String>, Box<dyn std::error::Error>> {
        if let Act::State { unit } = &step.act {
            let issued = run::state_all(&self.office, by, (None, Some(unit))).await?;
            return Ok(nothing_if(issued.is_empty(), "there was nothing to state"));
        }
        let mut wrong = Vec::new();
        let mut tx = self.office.db().write().await?;
        let master = self.office.master(&mut tx).await?;
        let rules = self.office.rules(&mut tx).await?;
        match &step.act {
            Act::State { .. } => {}
            Act::Approve { program, period } => {
                let payouts = settle::payouts(&mut tx, 0, period, i64::MAX).await?;
                let waits = |row: &&PayoutRow| {
                    row.program() == program && row.status == PayoutStatus::Pending
                };
                let waiting: Vec<&PayoutRow> = payouts.iter().filter(waits).collect();
                wrong.extend(nothing_if(waiting.is_empty(), "nothing waits to be approved"));
                for row in waiting {
                    let (id, approve) = (&row.public_id, PayoutStep::Approve);
                    settle::step(&mut tx, by, now, id, approve, None).await?;
                }
            }
            Act::File { name, unit, until, day, payments, total } => {
                let plan = run::plan(&mut tx, &rules, &master, unit, *until, *day).await?;
                wrong.extend(plan.exceptions.iter().map(|one| {
                    let why = (one.fault.code(), one.fault.detail().unwrap_or_default());
                    format!("{} is not paid: {} {}", one.partner, why.0, why.1)
                }));
                let asked = Asked { account: unit.clone(), until: *until, day: *day, total: None };
                let made = match run::create(&mut tx, &rules, &master, by, now, &asked).await {
                    Ok(made) => made,
                    Err(error) => {
                        wrong.push(error.to_string());
                        return Ok(wrong);
                    }
                };
                let is = (made.payments, made.total.normalize());
                if is != (i64::from(*payments), total.normalize()) {
                    wrong.push(format!("file `{name}` has {} transfers of {}", is.0, is.1));
                }
                self.named.insert(name.clone(), made.public_id);
            }
            Act::Paid { name } => {
                run::paid(&mut tx, by, now, &self.named_id(name)?).await?;
            }
            Act::Returned { .. } | Act::Note { .. } | Act::Received { .. } | Act::Void { .. } => {
                wrong.extend(self.note(&mut tx, &step.act, by, now).await?);
            }
            Act::Dispute { name, of, expected, reason, says } => {
                let own = by.partner().ok_or("only a partner disputes")?;
                let payout = find(&mut tx, own, of).await?;
                let new = NewDispute {
                    kind: DisputeKind::Payout,
                    subject: payout.public_id.clone(),
                    payout: Some(payout.public_id),
                    program: of.program.clone(),
                    period: of.period.clone(),
                    stated: payout.amount,
                    expected: Some(*expected),
                    reason: DisputeReason::from_word(reason).ok_or("no such reason")?,
                    text: says.clone(),
                };
                let id = settle::open_dispute(&mut tx, &rules, (by, own), now, &new).await?;
                self.named.insert(name.clone(), id);
            }
            Act::Answer { name, says } => {
                settle::write_to_dispute(&mut tx, by, now, &self.named_id(name)?, says).await?;
            }
            Act::Accept { name, adjust, amount, says } => {
                let id = self.named_id(name)?;
                let of = (by, now);
                let said = (*amount, says.as_str());
                settle::accept_dispute(&mut tx, &rules, &master, of, &id, said).await?;
                let found = settle::adjustments(&mut tx, 0, None).await?;
                let made = found.into_iter().find(|row| row.dispute.as_deref() == Some(&id));
                let made = made.ok_or("an accepted dispute makes an adjustment")?;
                let key = (ProgramCode::new(made.program_code), adjust.clone());
                self.adjustments.insert(key, made.public_id);
            }
            Act::Reject { name, says } => {
                settle::reject_dispute(&mut tx, by, now, &self.named_id(name)?, says).await?;
            }
            Act::Agree { of } => {
                let own = by.partner().ok_or("only a partner agrees")?;
                let payout = find(&mut tx, own, of).await?;
                settle::sign_off(&mut tx, by, now, &payout.public_id, None).await?;
            }
            Act::Export => {
                export::create(&mut tx, &master, by, now).await?;
            }
        }
        tx.commit().await?;
        Ok(wrong)
    }

    /// What is settled by paper, and what comes back.
    async fn note(
        &mut self,
        tx: &mut engine::db::Tx,
        act: &Act,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let mut wrong = Vec::new();
        match act {
            Act::Returned { name, partner, day, reason } => {
                let master = self.office.master(tx).await?;
                let to = master.partner_id(partner).unwrap_or_else(|| unknown(partner));
                let id = self.named_id(name)?;
                let run = run::run(tx, &id).await?.ok_or("the file is gone")?;
                let transfers = run::payments(tx, run.run_id).await?;
                let found = transfers.iter().find(|transfer| transfer.partner_id == to);
                let position = found.ok_or("the file pays that partner nothing")?.position;
                let said = run::Returned { day: *day, reason: reason.clone() };
                run::send_back(tx, by, now, (&id, position), &said).await?;
            }
            Act::Note { is_demand, name, partner, unit, total } => {
                let kind = if *is_demand { NoteKind::Debit } else { NoteKind::Credit };
                let due = note::due(tx, now, Date::constant(9999, 12, 31)).await?;
                let of = due.into_iter().find(|due| {
                    let of = &due.statement;
                    (&of.partner_code, &of.unit, due.kind) == (partner, unit, kind)
                });
                let of = of.ok_or("no statement waits for that note")?;
                let made = note::issue(tx, by, now, &of.statement.public_id, None).await?;
                let is = if *is_demand { -made.total } else { made.total };
                if is != *total {
                    wrong.push(format!("note `{name}` comes to {}", is.normalize()));
                }
                self.named.insert(name.clone(), made.public_id);
            }
            Act::Received { name } => {
                note::received(tx, by, now, &self.named_id(name)?, None).await?;
            }
            Act::Void { name, says } => {
                note::void(tx, by, now, &self.named_id(name)?, says).await?;
            }
            _ => {}
        }
        Ok(wrong)
    }

    fn named_id(&self, name: &str) -> Result<String, String> {
        self.named.get(name).cloned().ok_or_else(|| format!("nothing is called `{name}` yet"))
    }

    /// A partner by its code, somebody of the vendor by any other name.
    async fn who(&self, name: &str) -> Actor {
        let mut reader = self.office.db().read().await.expect("a reader");
        let master = self.office.master(&mut reader).await.expect("master data");
        match master.partner_id(name) {
            None => person(name),
            Some(partner_id) => {
                let id =
                    Id::parse(Kind::User, &format!("{}_{partner_id:032x}", Kind::User.prefix()));
                let role = Role::Partner { partner_id };
                Actor::User { id: id.expect("an id"), name: name.to_owned(), role }
            }
        }
    }

    /// The newest entry of the audit log.
    pub(super) async fn audited(&self) -> i64 {
        let mut reader = self.office.db().read().await.expect("a reader");
        let page = audit::page(&mut reader, &audit::Filter::default(), 1).await.expect("entries");
        page.first().map_or(0, |entry| entry.audit_id)
    }

    /// What the audit log lacks of a step: an entry, and whoever did it as its author.
    pub(super) async fn not_audited(&self, before: i64, by: &[&str]) -> Vec<String> {
        let mut reader = self.office.db().read().await.expect("a reader");
        let filter = audit::Filter::default();
        let page = audit::page(&mut reader, &filter, audit::ENTRIES_PER_PAGE_MAX).await;
        let page = page.expect("entries");
        let new: Vec<_> = page.iter().filter(|entry| before < entry.audit_id).collect();
        let mut wrong = nothing_if(new.is_empty(), "the audit log does not know of it");
        let others = new.iter().filter(|entry| !by.contains(&entry.actor_name.as_str()));
        wrong.extend(others.map(|entry| {
            let (action, kind) = (&entry.action, &entry.subject_kind);
            format!("the audit log says that {} did `{action} {kind}`", entry.actor_name)
        }));
        let empty = new.iter().filter(|entry| entry.after.is_none());
        wrong.extend(
            empty.map(|entry| format!("the audit log does not say what `{}` led to", entry.action)),
        );
        wrong
    }
}

fn unknown(partner: &str) -> i64 {
    panic!("payee `{partner}` is no partner of the story")
}

fn treatment(said: &Payee) -> Treatment {
    match said.tax {
        Tax::None => Treatment::None,
        Tax::Japan => Treatment::Japan,
        Tax::Vat(rate) => Treatment::Vat { rate },
    }
}

fn nothing_if(is_wrong: bool, why: &str) -> Vec<String> {
    if is_wrong { vec![why.to_owned()] } else { Vec::new() }
}

async fn find(
    tx: &mut engine::db::Tx,
    own: i64,
    of: &PayoutOf,
) -> Result<PayoutRow, Box<dyn std::error::Error>> {
    let payouts = settle::payouts_of_partner(tx, own, i64::MAX).await?;
    let found = payouts
        .into_iter()
        .find(|row| (row.program(), row.period_name()) == (&*of.program, &*of.period));
    Ok(found.ok_or_else(|| format!("no payout of `{}` for {}", of.program, of.period))?)
}
