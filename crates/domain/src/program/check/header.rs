//! The header: days, currency, members, limits.

use super::Found;
use crate::program::{BudgetShare, Change, Members, Method, Thresholds};

/// ISO 4217, the codes of money in use.
const CURRENCIES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB \
    BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB \
    EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY \
    KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR \
    MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF \
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS \
    UAH UGX USD UYI UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// What is wrong with a currency's code, with the nearest known one.
pub(super) fn unknown_currency(code: &str) -> Option<(String, String)> {
    if CURRENCIES.split_whitespace().any(|known| known == code) {
        return None;
    }
    let near = crate::nearest::nearest(code, CURRENCIES.split_whitespace());
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a code of ISO 4217, such as EUR".to_owned(),
    };
    Some((format!("unknown currency `{code}`"), help))
}

pub(super) fn check(found: &mut Found<'_>) {
    let program = found.program;
    if let Some((message, help)) = unknown_currency(program.currency.as_str()) {
        found.error(&["currency"], message, help);
    }
    if program.ends.is_some_and(|ends| ends < program.starts) {
        let message = "`ends` is before `starts`";
        found.error(&["ends"], message, "swap the two days");
    }
    check_change(found);
    check_members(found);
    let limits = &program.limits;
    for (word, bounds) in
        [("per_partner_period", limits.per_partner_period), ("per_partner", limits.per_partner)]
    {
        if let (Some(least), Some(most)) = (bounds.at_least, bounds.at_most)
            && least > most
        {
            let path = ["limits", word, "at_least"];
            let message = "`at_least` is above `at_most`";
            found.error(&path, message, "swap the two amounts");
        }
    }
    let at_end = program.terms.iter().any(|term| !term.group_by.fact);
    if limits.budget.is_some_and(|budget| budget.share == BudgetShare::FirstCome) && at_end {
        found.warn(
            &["limits", "budget"],
            "`first_come` among awards of one period is decided by partner code",
            "write `share: in_proportion`, or say why the order of codes is right",
        );
    }
}

fn check_change(found: &mut Found<'_>) {
    let program = found.program;
    match program.change {
        Change::First => {}
        Change::Corrects { version } => {
            if version == 0 || version >= program.version {
                found.error(
                    &["corrects"],
                    format!("`corrects` a version that is not there: {version}"),
                    format!("name a version before this one, version {}", program.version),
                );
            }
        }
        Change::Amends { from, thresholds } => {
            let after_end = program.ends.is_some_and(|ends| ends < from);
            if from < program.starts || after_end {
                found.error(
                    &["amends", "from"],
                    format!("`amends.from` is outside the program: {from}"),
                    "write a day from `starts` to `ends`",
                );
            }
            let highest = program.terms.iter().any(|term| term.method == Method::Highest);
            if thresholds == Thresholds::Split && highest {
                found.warn(
                    &["amends", "thresholds"],
                    "`thresholds: split` with `highest` splits fixed amounts by days",
                    "write `thresholds: whole` if the whole amount is meant",
                );
            }
        }
    }
}

fn check_members(found: &mut Found<'_>) {
    let program = found.program;
    match &program.partners {
        Members::All => {}
        Members::Where(condition) => {
            let other = condition
                .walk_fields()
                .into_iter()
                .find(|field| !field.starts_with("partner.") && !field.starts_with("earner."));
            if let Some(field) = other {
                found.error(
                    &["partners"],
                    format!("`partners` asks about `{field}`, but says who can earn"),
                    "ask about `partner.…` here, and about facts under `when`",
                );
            }
        }
        Members::List(members) => {
            for (number, member) in members.iter().enumerate() {
                let same = |other: &crate::program::Member| {
                    other.partner == member.partner && other.ship_to == member.ship_to
                };
                let overlaps = members[..number].iter().filter(|other| same(other)).any(|other| {
                    let ends_before =
                        |to: Option<jiff::civil::Date>, from| to.is_some_and(|to| Some(to) < from);
                    !ends_before(other.to, member.from) && !ends_before(member.to, other.from)
                });
                if overlaps {
                    found.error(
                        &["partners", &number.to_string()],
                        format!("partner `{}` is enrolled twice on the same days", member.partner),
                        "remove one entry, or give them different days",
                    );
                }
            }
        }
    }
}
