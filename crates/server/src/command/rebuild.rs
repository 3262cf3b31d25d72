//! `tokuten rebuild`: totals, awards and balances out of journal and postings alone.

use std::io::Write;
use std::sync::Arc;

use clap::Args;
use engine::accrue::sums;
use engine::clock::SystemClock;
use engine::ledger;
use engine::office::Office;
use engine::rebuild;

use super::{Answer, open_current};
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Rebuild {
    /// Compare only, and change nothing
    #[arg(long)]
    check: bool,
}

/// Compares first, so that a difference is told before it is mended. A difference is an error of
/// ours: the answer is no even where it was mended.
pub async fn run(
    config: &Config,
    rebuild: &Rebuild,
    out: &mut dyn Write,
) -> anyhow::Result<Answer> {
    let db = open_current(config).await?;
    let office = Office::new(db.clone(), Arc::new(SystemClock));
    let answer = compare(&office, out).await?;
    if !rebuild.check {
        let mut tx = db.write().await?;
        let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
        let accrued = rebuild::all(&mut tx, &rules, &master, office.now()).await?;
        tx.commit().await?;
        let (awards, postings) = (accrued.evaluated, accrued.postings);
        writeln!(out, "rebuilt: {awards} awards evaluated, {postings} postings were missing")?;
    }
    db.close().await;
    Ok(answer)
}

async fn compare(office: &Office, out: &mut dyn Write) -> anyhow::Result<Answer> {
    /// More would not help anybody.
    const TOLD_MAX: usize = 20;
    let mut reader = office.db().read().await?;
    let (rules, master) = (office.rules(&mut reader).await?, office.master(&mut reader).await?);
    let (cells, differences) = rebuild::compare(&mut reader, &rules, &master).await?;
    let (should, is) = ledger::check(&mut reader).await?;
    if differences.is_empty() {
        writeln!(out, "totals: {cells}, all as the journal says")?;
    } else {
        writeln!(out, "totals: {} of {cells} differ from the journal", differences.len())?;
    }
    for difference in differences.iter().take(TOLD_MAX) {
        let (cell, kept, measured) = (&difference.cell, difference.kept, difference.measured);
        writeln!(out, "  {cell:?}: kept {kept:?}, measured {measured:?}")?;
    }
    if should == is {
        writeln!(out, "balances: {}, all as the postings say", is.len())?;
    } else {
        writeln!(out, "balances: they differ from the postings")?;
    }
    let (groups, differ) = sums::check(&mut reader).await?;
    if differ.is_empty() {
        writeln!(out, "sums over awards: {groups}, all as the awards say")?;
    } else {
        writeln!(out, "sums over awards: {} differ from the awards", differ.len())?;
    }
    for group in differ.iter().take(TOLD_MAX) {
        writeln!(out, "  {group:?}")?;
    }
    let equal = differences.is_empty() && should == is && differ.is_empty();
    Ok(if equal { Answer::Yes } else { Answer::No })
}
