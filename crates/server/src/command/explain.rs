//! `tokuten explain`: from an amount back to every fact behind it, computed again while you look.

mod json;
mod text;

use std::io::Write;
use std::sync::Arc;

use anyhow::bail;
use clap::{Args, ValueEnum};
use domain::code::FactKey;
use domain::totals::Group;
use engine::access::Viewer;
use engine::catalog::MasterData;
use engine::clock::SystemClock;
use engine::db::Reader;
use engine::explain::{self, AwardRef, Explanation};
use engine::imports;
use engine::office::Office;
use engine::payouts::{self, Source};
use engine::rules::Rules;

use super::{Answer, open_current};
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Explain {
    /// An award as `PROGRAM PARTNER PERIOD` or by its reference `PROGRAM~TERM~PARTNER~PERIOD~`; a
    /// posting by its number; a payout by its id `pay_…`
    #[arg(required = true, num_args = 1..=3, value_name = "WHAT")]
    what: Vec<String>,
    /// The term; without it the program's first
    #[arg(long)]
    term: Option<String>,
    /// A value of the group, in the order of the term's `group_by`
    #[arg(long = "group", value_name = "NAME=VALUE")]
    groups: Vec<String>,
    /// Show the row of the file in which this fact stood
    #[arg(long, value_name = "KEY")]
    fact: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For tools
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lang {
    En,
    Ja,
}

impl From<Lang> for domain::explain::Lang {
    fn from(lang: Lang) -> domain::explain::Lang {
        match lang {
            Lang::En => domain::explain::Lang::En,
            Lang::Ja => domain::explain::Lang::Ja,
        }
    }
}

/// The answer is no where there is no such amount, and where what is stored is not what was
/// computed.
pub async fn run(
    config: &Config,
    explain: &Explain,
    out: &mut dyn Write,
) -> anyhow::Result<Answer> {
    let db = open_current(config).await?;
    let office = Office::new(db.clone(), Arc::new(SystemClock));
    let mut reader = db.read().await?;
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let mut answer = Answer::Yes;
    let awards = asked(&mut reader, &rules, &master, explain, out).await?;
    let Some(awards) = awards else {
        writeln!(out, "there is no such amount")?;
        return Ok(Answer::No);
    };
    for of in &awards {
        let viewer = Viewer::Vendor;
        let found = explain::award(&mut reader, &rules, &master, viewer, of).await?;
        let Some(found) = found else {
            writeln!(out, "there is no award `{of}`: no fact counts for it")?;
            answer = Answer::No;
            continue;
        };
        if !found.proof.agrees() {
            answer = Answer::No;
        }
        match explain.format {
            Format::Text => text::write(&found, explain.lang.into(), out)?,
            Format::Json => {
                serde_json::to_writer_pretty(&mut *out, &json::explanation(&found))?;
                writeln!(out)?;
            }
        }
        if let Some(key) = &explain.fact {
            source(&mut reader, &found, key, out).await?;
        }
    }
    drop(reader);
    db.close().await;
    Ok(answer)
}

/// The awards that are meant. A posting or payout is told on the way to them.
async fn asked(
    reader: &mut Reader,
    rules: &Rules,
    master: &MasterData,
    explain: &Explain,
    out: &mut dyn Write,
) -> anyhow::Result<Option<Vec<AwardRef>>> {
    let one = match &*explain.what {
        [program, partner, period] => {
            return Ok(named(rules, explain, [program, partner, period])?.map(|of| vec![of]));
        }
        [one] => one,
        _ => bail!("write an award as `PROGRAM PARTNER PERIOD`"),
    };
    let is_text = explain.format == Format::Text;
    if let Ok(seq) = one.parse::<i64>() {
        let door = explain::posting(reader, rules, master, Viewer::Vendor, seq).await?;
        let Some(door) = door else { return Ok(None) };
        if is_text {
            text::posting(&door, out)?;
        }
        return Ok(Some(door.award.into_iter().collect()));
    }
    if one.starts_with("pay_") {
        if let Some(row) = payouts::payout(reader, one).await?
            && let Source::Reward(of) = &row.source
        {
            // Behind it there are points, and no awards.
            if is_text {
                text::of_reward(&row, of, out)?;
            }
            return Ok(Some(Vec::new()));
        }
        let door = explain::payout(reader, rules, master, Viewer::Vendor, one).await?;
        let Some(door) = door else { return Ok(None) };
        if is_text {
            text::payout(&door, out)?;
        }
        return Ok(Some(door.awards.into_iter().map(|due| due.award).collect()));
    }
    Ok(Some(vec![one.parse()?]))
}

fn named(
    rules: &Rules,
    explain: &Explain,
    [program, partner, period]: [&String; 3],
) -> anyhow::Result<Option<AwardRef>> {
    let Some(at) = rules.by_code(program) else { return Ok(None) };
    let first = rules.plans[at].terms.first().map(|term| term.code.to_string());
    let Some(term) = explain.term.clone().or(first) else { return Ok(None) };
    let mut values = Vec::new();
    for group in &explain.groups {
        match group.split_once('=') {
            Some(pair) => values.push(pair),
            None => bail!("`{group}` is no group; write `NAME=VALUE`"),
        }
    }
    Ok(Some(AwardRef {
        program: program.clone(),
        term,
        partner: partner.clone(),
        period: period.clone(),
        group: Group::new(values),
    }))
}

/// The row of its file.
async fn source(
    reader: &mut Reader,
    found: &Explanation,
    key: &str,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let key = FactKey::new(key);
    let Some(line) = found.lines.iter().find(|line| line.fact.key == key) else {
        writeln!(out, "\nfact `{key}` does not count for this award")?;
        return Ok(());
    };
    let row = match &line.source {
        Some(source) => imports::source_row(reader, source.import_id, source.row).await?,
        None => None,
    };
    if let Some(row) = row {
        text::source(&row, out)
    } else {
        writeln!(out, "\nfact `{key}` came without a file")?;
        Ok(())
    }
}
