//! The header of a program: identity, versions, days, members, declarations.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::periods::{AccrueText, Inherited, PayoutText, PeriodsText, RoundingText};
use super::{term, tiers};
use crate::code::{PartnerCode, ProgramCode};
use crate::condition::{Declared, FieldType, Path};
use crate::problem::Problem;
use crate::program::keys::{self, AMENDS, HEADER, MEMBER, PROGRAM_LIMITS};
use crate::program::{
    Change, Lane, Member, Members, Names, Program, ProgramLimits, Returns, Term, Thresholds,
};
use crate::reader::{Fields, Reader};
use crate::yaml::Node;

/// The fields the program declares, and those given, so that conditions can be read.
pub(super) fn declared(node: &Node, given: &Declared, problems: &mut Vec<Problem>) -> Declared {
    let mut declared = given.clone();
    let mut reader = Reader::new(given);
    if let Some(fields) = node.get("fields") {
        declared.fields.extend(fields_block(&mut reader, fields));
    }
    problems.append(&mut reader.problems);
    declared
}

/// `fields: { partner.buying_group: partner }`.
pub(crate) fn fields_block(reader: &mut Reader<'_>, node: &Node) -> BTreeMap<String, FieldType> {
    let mut fields = BTreeMap::new();
    let Some(entries) = reader.any_fields(node, "`fields`") else {
        return fields;
    };
    for (path, at, kind) in entries.entries {
        let word = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let known_root = matches!(
            path.split_once('.'),
            Some(("fact" | "product" | "partner", name)) if word(name)
        );
        if !known_root {
            reader.error(
                at.at,
                format!("`{path}` is not a field that can be declared"),
                "write `fact.…`, `product.…` or `partner.…` and one word of letters, digits, `_`",
            );
        }
        let built_in = known_root && Path::parse(path, &Declared::default()).is_ok();
        if built_in {
            reader.error(
                at.at,
                format!("`{path}` is built in"),
                "remove it from `fields`, or declare another name",
            );
        }
        let kind = reader.word(
            path,
            kind,
            &[
                ("text", FieldType::Text),
                ("number", FieldType::Number),
                ("money", FieldType::Money),
                ("date", FieldType::Date),
                ("yes_no", FieldType::YesNo),
                ("partner", FieldType::Partner),
            ],
        );
        if let (true, false, Some(kind)) = (known_root, built_in, kind) {
            fields.insert(path.to_owned(), kind);
        }
    }
    fields
}

/// `lists: { spring-range: [B1, B4] }`.
pub(crate) fn lists_block(reader: &mut Reader<'_>, node: &Node) -> BTreeMap<String, Vec<String>> {
    let mut lists = BTreeMap::new();
    if let Some(entries) = reader.any_fields(node, "`lists`") {
        for (name, _, codes) in entries.entries {
            if let Some(codes) = reader.list(name, codes, Reader::code) {
                lists.insert(name.to_owned(), codes);
            }
        }
    }
    lists
}

/// Reads a program as far as it goes; what cannot be read is a problem, and the value then only
/// serves to find more of them.
pub(super) fn program(reader: &mut Reader<'_>, node: &Node, text: &str) -> Option<Program> {
    let fields = reader.fields(node, "a program", HEADER)?;
    let code = reader.needed(&fields, "program", Reader::own_code).unwrap_or_default();
    let (version, change) = version(reader, &fields);
    let inherited = inherited(reader, &fields);
    let mut name = reader.maybe(&fields, "name", Reader::names).unwrap_or_default();
    if name.is_empty() {
        name = Names::from([(String::new(), code.clone())]);
    }
    let currency = reader.needed(&fields, "currency", Reader::currency);
    let time_zone = reader.maybe(&fields, "time_zone", time_zone);
    let starts = reader.needed(&fields, "starts", Reader::date);
    let partners = reader.maybe(&fields, "partners", members).unwrap_or(Members::All);
    let when = reader.maybe(&fields, "when", Reader::condition);
    let limits = reader.maybe(&fields, "limits", program_limits).unwrap_or_default();
    let lanes = reader.maybe(&fields, "lanes", lanes).unwrap_or_default();
    let lists = fields.get("lists").map(|node| lists_block(reader, node)).unwrap_or_default();
    let terms = terms(reader, &fields, &inherited);
    Some(Program {
        code: ProgramCode::new(code),
        version,
        change,
        recorded: reader.maybe(&fields, "recorded", Reader::date),
        name,
        description: reader.maybe(&fields, "description", Reader::names).unwrap_or_default(),
        reference: reader.maybe(&fields, "reference", Reader::text),
        url: reader.maybe(&fields, "url", Reader::text),
        currency: currency?,
        time_zone: time_zone.unwrap_or_else(|| "UTC".to_owned()),
        starts: starts.unwrap_or(Date::ZERO),
        ends: reader.maybe(&fields, "ends", Reader::date),
        partners,
        when,
        fields: reader.declared.fields.clone(),
        lists,
        lanes,
        limits,
        terms,
        text: text.to_owned(),
    })
}

fn inherited(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Inherited {
    Inherited {
        periods: reader.maybe(fields, "periods", PeriodsText::read).unwrap_or_default(),
        payout: reader.maybe(fields, "payout", PayoutText::read_header).unwrap_or_default(),
        accrue: reader.maybe(fields, "accrue", AccrueText::read).unwrap_or_default(),
        rounding: reader.maybe(fields, "rounding", RoundingText::read).unwrap_or_default(),
        returns: reader.maybe(fields, "returns", returns).unwrap_or_default(),
    }
}

pub(super) fn returns(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Returns> {
    let words = [
        ("with_sale", Returns::WithSale),
        ("own_date", Returns::OwnDate),
        ("ignored", Returns::Ignored),
    ];
    reader.word(key, node, &words)
}

fn terms(reader: &mut Reader<'_>, fields: &Fields<'_>, inherited: &Inherited) -> Vec<Term> {
    let Some(node) = fields.get("terms") else {
        reader.error(
            fields.at,
            "`terms` is required",
            "add `terms:` with at least one `- term: …`",
        );
        return Vec::new();
    };
    let Some(items) = reader.items("terms", node) else {
        return Vec::new();
    };
    if items.is_empty() {
        reader.error(node.at, "`terms` is empty", "add at least one `- term: …`");
    }
    let mut terms = Vec::new();
    for item in items {
        terms.extend(term::term(reader, item, inherited));
        reader.term = None;
    }
    terms
}

fn version(reader: &mut Reader<'_>, fields: &Fields<'_>) -> (u32, Change) {
    let version = reader.maybe(fields, "version", Reader::whole).unwrap_or(1);
    let corrects = reader.maybe(fields, "corrects", Reader::whole);
    let amends = reader.maybe(fields, "amends", |reader, _, node| {
        let fields = reader.fields(node, "`amends`", AMENDS)?;
        let words = [("whole", Thresholds::Whole), ("split", Thresholds::Split)];
        let thresholds = reader.maybe(&fields, "thresholds", |r, k, n| r.word(k, n, &words));
        let from = reader.needed(&fields, "from", Reader::date)?;
        Some(Change::Amends { from, thresholds: thresholds.unwrap_or_default() })
    });
    let says = fields.among(&["corrects", "amends"]);
    match (version, says.as_slice()) {
        (0, _) => reader.error(fields.at("version"), "versions count from 1", "write `version: 1`"),
        (1, [word, ..]) => reader.error(
            fields.at(word),
            format!("version 1 cannot have `{word}`: there is no version before it"),
            "give this version its number: `version: 2`",
        ),
        (2.., []) => reader.error(
            fields.at("version"),
            format!("version {version} does not say what it does to the one before"),
            "add `amends: { from: DATE }` or `corrects: VERSION`",
        ),
        (2.., [_, second]) => reader.error(
            fields.at(second),
            "a version has `corrects` or `amends`, not both",
            "remove one of the two",
        ),
        _ => {}
    }
    let change = match (corrects, amends) {
        (Some(version), _) => Change::Corrects { version },
        (None, Some(amends)) => amends,
        (None, None) => Change::First,
    };
    (version, change)
}

pub(crate) fn time_zone(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<String> {
    let name = reader.text(key, node)?;
    if jiff::tz::db().get(&name).is_ok() {
        return Some(name);
    }
    let zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
    let near = crate::nearest::nearest(&name, zones.iter().map(String::as_str));
    let help = near.map_or_else(String::new, |near| format!("did you mean `{near}`?"));
    reader.error(
        node.at,
        format!("`{name}` is not a time zone"),
        if help.is_empty() { "write an IANA name: Europe/Berlin".to_owned() } else { help },
    );
    None
}

fn members(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Members> {
    if node.list().is_some() {
        let members = reader.list(key, node, member)?;
        return Some(Members::List(members));
    }
    if node.text() == Some("all") {
        return Some(Members::All);
    }
    Some(reader.condition(key, node).map_or(Members::All, Members::Where))
}

fn member(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Member> {
    if node.map().is_none() {
        let partner = PartnerCode::new(reader.code(key, node)?);
        return Some(Member { partner, from: None, to: None, ship_to: None, skip: false });
    }
    let fields = reader.fields(node, "a member of `partners`", MEMBER)?;
    let partner = reader.needed(&fields, "partner", Reader::code);
    let from = reader.maybe(&fields, "from", Reader::date);
    let to = reader.maybe(&fields, "to", Reader::date);
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        reader.error(fields.at("to"), "`to` is before `from`", "swap the two days");
    }
    Some(Member {
        from,
        to,
        ship_to: reader.maybe(&fields, "ship_to", Reader::code).map(PartnerCode::new),
        skip: reader.maybe(&fields, "skip", Reader::yes_no).unwrap_or(false),
        partner: PartnerCode::new(partner?),
    })
}

fn lanes(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<BTreeMap<String, Lane>> {
    let fields = reader.any_fields(node, "`lanes`")?;
    let mut lanes = BTreeMap::new();
    for (name, _, kind) in fields.entries {
        let lane = reader.word(name, kind, &[("best", Lane::Best), ("first", Lane::First)]);
        if let Some(lane) = lane {
            lanes.insert(name.to_owned(), lane);
        }
    }
    Some(lanes)
}

fn program_limits(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<ProgramLimits> {
    let fields = reader.any_fields(node, "`limits`")?;
    for (key, at, _) in &fields.entries {
        let of_program = PROGRAM_LIMITS.iter().any(|known| known.word == *key);
        if !of_program && keys::LIMITS.iter().any(|known| known.word == *key) {
            reader.error(
                at.at,
                format!("`{key}` limits a term, not a program"),
                "move it into the `limits` of a term",
            );
        } else if !of_program {
            let known: Vec<&str> = PROGRAM_LIMITS.iter().map(|known| known.word).collect();
            reader.unknown_key(at.at, key, "the program's `limits`", &known);
        }
    }
    Some(ProgramLimits {
        per_partner_period: reader
            .maybe(&fields, "per_partner_period", tiers::bounds)
            .unwrap_or_default(),
        per_partner: reader.maybe(&fields, "per_partner", tiers::bounds).unwrap_or_default(),
        budget: reader.maybe(&fields, "budget", tiers::budget),
    })
}
