//! What came of a case, for people: tables of text, and the reasons of each award.

use std::io::{self, Write};

use domain::case::{AwardLine, Snapshot, Story, plain};
use domain::explain::Lang;
use domain::wallet::{Line, List, Said};
use rust_decimal::Decimal;

/// The final snapshot, or all of them where the case looks at several moments.
pub fn write(story: &Story, out: &mut dyn Write) -> io::Result<()> {
    for snapshot in &story.snapshots {
        if story.snapshots.len() > 1 {
            writeln!(out, "as of {}\n", snapshot.as_of.text())?;
        }
        write_snapshot(snapshot, out)?;
    }
    Ok(())
}

fn write_snapshot(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    if snapshot.awards.is_empty() {
        writeln!(out, "no awards\n")?;
    } else {
        write_awards(&snapshot.awards, out)?;
    }
    let accruals = snapshot.accruals.iter().map(|line| {
        vec![
            line.partner.to_string(),
            format!("{}/{}", line.program, line.term),
            line.period.name.to_string(),
            line.earned_in.name.to_string(),
            line.kind.word().to_owned(),
            line.unit.to_string(),
            plain(line.amount),
        ]
    });
    let headings = ["partner", "term", "booked in", "earned in", "kind", "", "accrued"];
    write_table(&headings, &accruals.collect::<Vec<_>>(), out)?;
    let payouts = snapshot.payouts.iter().map(|payout| {
        vec![
            payout.partner.to_string(),
            payout.program.to_string(),
            payout.line.period.name.to_string(),
            payout.status().to_owned(),
            payout.unit.to_string(),
            plain(payout.line.amount),
        ]
    });
    let headings = ["partner", "program", "period", "status", "", "payout"];
    write_table(&headings, &payouts.collect::<Vec<_>>(), out)?;
    write_wallet(&snapshot.wallet, out)?;
    for waiting in &snapshot.waiting {
        writeln!(out, "waiting: {} ({})", waiting.key, waiting.reason.word())?;
    }
    for rejection in &snapshot.rejections {
        writeln!(out, "rejected: {} ({})", rejection.key, rejection.reason.word())?;
    }
    for line in &snapshot.what_if {
        let (now, projected, brings) =
            (plain(line.now), plain(line.projected), plain(line.brings()));
        writeln!(
            out,
            "what if {}: {} {}/{} {} from {now} to {projected}, which is {brings}",
            line.what_if, line.partner, line.program, line.term, line.period.name
        )?;
    }
    Ok(())
}

/// The lists of a wallet that people ask for; lots and postings are in the JSON.
const OF_WALLETS: [List; 8] = [
    List::Balances,
    List::Tiers,
    List::Benefits,
    List::Vouchers,
    List::Badges,
    List::Redemptions,
    List::Promotions,
    List::Sponsors,
];

/// A table for each list that has lines. A word that says nothing anywhere, or nothing but zero, is
/// left out.
fn write_wallet(lines: &[Line], out: &mut dyn Write) -> io::Result<()> {
    for list in OF_WALLETS {
        let own: Vec<&Line> = lines.iter().filter(|line| line.list == list).collect();
        let mut words: Vec<&str> = Vec::new();
        for (word, said) in own.iter().flat_map(|line| &line.says) {
            let says = match said {
                Said::Number(number) => !number.is_zero(),
                Said::Text(text) => !text.is_empty(),
                Said::List(_) => false,
            };
            if says && !words.contains(word) {
                words.push(word);
            }
        }
        let rows = own.iter().map(|line| {
            let cell = |word: &&str| {
                line.says.iter().find(|(own, _)| own == word).map_or(String::new(), |(_, said)| {
                    match said {
                        Said::Number(number) => plain(*number),
                        Said::Text(text) => text.clone(),
                        Said::List(_) => String::new(),
                    }
                })
            };
            std::iter::once(line.of.clone()).chain(words.iter().map(cell)).collect()
        });
        let rows: Vec<Vec<String>> = rows.collect();
        let headings: Vec<&str> =
            std::iter::once(list.word()).chain(words.iter().copied()).collect();
        write_table(&headings, &rows, out)?;
    }
    Ok(())
}

fn write_awards(awards: &[AwardLine], out: &mut dyn Write) -> io::Result<()> {
    let number = |number: &Option<Decimal>| number.map_or("–".to_owned(), plain);
    let rows: Vec<Vec<String>> = awards
        .iter()
        .map(|line| {
            let groups = line.award.group.values().map(|(name, value)| format!("{name} {value}"));
            vec![
                line.partner.to_string(),
                format!("{}/{}", line.program, line.term.code),
                line.period.name.to_string(),
                groups.collect::<Vec<_>>().join(", "),
                line.award.tier.map_or("–".to_owned(), |tier| match line.tier_name() {
                    Some(name) => format!("{tier} {name}"),
                    None => tier.to_string(),
                }),
                number(&line.award.qualifier),
                number(&line.award.measure),
                line.unit().to_owned(),
                plain(line.award.amount),
            ]
        })
        .collect();
    let headings =
        ["partner", "term", "period", "group", "tier", "qualifier", "measure", "", "amount"];
    write_table(&headings, &rows, out)?;
    for line in awards {
        let (program, term, period) = (&line.program, &line.term.code, &line.period.name);
        writeln!(out, "{} {program}/{term} {period}", line.partner)?;
        for reason in &line.award.reasons {
            writeln!(out, "  {}", reason.text(Lang::En, &line.context()))?;
        }
    }
    writeln!(out)
}

/// Figures stand at the right of their column; a column without anything is left out.
fn write_table(headings: &[&str], rows: &[Vec<String>], out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let width = |at: usize, heading: &str| {
        let widest = rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
        if widest == 0 { 0 } else { widest.max(heading.chars().count()) }
    };
    let widths: Vec<usize> =
        headings.iter().enumerate().map(|(at, text)| width(at, text)).collect();
    let is_figure = |at: usize| {
        let is_number = |row: &Vec<String>| row[at].parse::<Decimal>().is_ok();
        matches!(headings[at], "qualifier" | "measure" | "amount" | "accrued" | "payout")
            || (headings[at] != "tier" && rows.iter().all(is_number))
    };
    let headings = headings.iter().map(|heading| (*heading).to_owned()).collect::<Vec<_>>();
    for row in std::iter::once(&headings).chain(rows) {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .filter(|(at, _)| widths[*at] > 0)
            .map(|(at, cell)| {
                let room = " ".repeat(widths[at] - cell.chars().count());
                if is_figure(at) { format!("{room}{cell}") } else { format!("{cell}{room}") }
            })
            .collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    writeln!(out)
}
