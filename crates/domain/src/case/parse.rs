//! The blocks of a case: programs, master data, and what else is not timeline or expectation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::keys::{CASE, FIGURE, PARTNER, PRICE, PRODUCT, RATE, TEST, UNIT, WALLET_BLOCKS};
use super::{Case, FigureValue, ProgramSource, WhatIf, expect, timeline};
use crate::code::{PartnerCode, ProductCode, Unit};
use crate::condition::{Declared, FieldType};
use crate::master::{ExchangeRate, Fields as MasterFields, Price, UnitFactor};
use crate::problem::{Parsed, Problem};
use crate::program::{self, Position, Program, fields_block, lists_block};
use crate::reader::{Fields, Reader};
use crate::wallet;
use crate::yaml::{self, Document, Node, Tree};

/// Reads a case. The value is there if nothing is an error.
pub fn parse(text: &str) -> Parsed<Case> {
    let document = match yaml::parse(text) {
        Ok(document) => document,
        Err(error) => return Parsed::of(None, vec![Problem::error(error.at, error.message, "")]),
    };
    parse_document(&document)
}

/// Reads a case that stands in a document.
pub(super) fn parse_document(document: &Document) -> Parsed<Case> {
    let node = &document.root;
    let mut problems = Vec::new();
    let declared = declared_in(node, &BTreeMap::new(), &mut problems);
    let (programs, mut of_programs) = programs(node, &declared);
    problems.append(&mut of_programs);

    let mut known = declared.fields.clone();
    for source in &programs {
        if let ProgramSource::Inline(program) = source {
            known.extend(program.fields.clone());
        }
    }
    let names = Names::of(&known, &programs);
    let mut reader = Reader::new(&declared);
    reader.problems = problems;
    reader.duplicates(document);
    let case = story(&mut reader, node, Head::Case, programs, names);
    Parsed::of(case, reader.problems)
}

/// Reads the tests of a program for what is wrong with them.
pub(crate) fn check_tests(
    node: &Node,
    declared: &Declared,
    program: Option<&Program>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for test in node.get("tests").and_then(Node::list).unwrap_or_default() {
        problems.extend(test_case(test, declared, program).problems);
    }
    if let Some(tests) = node.get("tests").filter(|tests| tests.list().is_none()) {
        let mut reader = Reader::new(declared);
        reader.items("tests", tests);
        problems.append(&mut reader.problems);
    }
    problems
}

pub(crate) fn tests_of(program: &Program) -> Vec<Case> {
    let Ok(document) = yaml::parse(&program.text) else {
        return Vec::new();
    };
    let declared = Declared { fields: program.fields.clone(), ..Declared::default() };
    let tests = document.root.get("tests").and_then(Node::list).unwrap_or_default();
    tests.iter().filter_map(|test| test_case(test, &declared, Some(program)).value).collect()
}

fn test_case(node: &Node, declared: &Declared, program: Option<&Program>) -> Parsed<Case> {
    let mut problems = Vec::new();
    let declared = declared_in(node, &declared.fields, &mut problems);
    let programs: Vec<ProgramSource> = program
        .map(|program| ProgramSource::Inline(Box::new(program.clone())))
        .into_iter()
        .collect();
    let mut names = Names::of(&declared.fields, &programs);
    // Without the program nobody knows its groups.
    names.open |= program.is_none();
    let mut reader = Reader::new(&declared);
    reader.problems = problems;
    let case = story(&mut reader, node, Head::Test, programs, names);
    Parsed::of(case, reader.problems)
}

fn declared_in(
    node: &Node,
    given: &BTreeMap<String, FieldType>,
    problems: &mut Vec<Problem>,
) -> Declared {
    let mut all = Declared { fields: given.clone(), ..Declared::default() };
    let nothing = Declared::default();
    let mut reader = Reader::new(&nothing);
    if let Some(fields) = node.get("fields") {
        all.fields.extend(fields_block(&mut reader, fields));
    }
    problems.append(&mut reader.problems);
    all
}

fn programs(node: &Node, declared: &Declared) -> (Vec<ProgramSource>, Vec<Problem>) {
    let (mut programs, mut problems) = (Vec::new(), Vec::new());
    let mut versions: Vec<Program> = Vec::new();
    for item in node.get("programs").and_then(Node::list).unwrap_or_default() {
        if let Some(path) = item.text() {
            programs.push(ProgramSource::Path { path: path.to_owned(), at: item.at });
            continue;
        }
        let text = yaml::write(&Tree::from(item));
        let mut parsed = program::parse_node(item, &text, declared);
        problems.append(&mut parsed.problems);
        if let Some(program) = parsed.value {
            problems.extend(beside(&program, &versions, item.at));
            versions.push(program.clone());
            programs.push(ProgramSource::Inline(Box::new(program)));
        }
    }
    (programs, problems)
}

/// What is wrong with a program beside those before it.
fn beside(program: &Program, before: &[Program], at: Position) -> Vec<Problem> {
    let same = before.iter().filter(|other| other.code == program.code);
    let mut versions: Vec<&Program> = same.collect();
    if versions.iter().any(|other| other.version == program.version) {
        let message = format!(
            "two programs with one code and version: `{}` {}",
            program.code, program.version
        );
        let help = "give it a code of its own, or `version: 2` with `amends` or `corrects`";
        return vec![Problem::error(at, message, help)];
    }
    versions.retain(|other| other.version < program.version);
    if versions.is_empty() {
        // The versions before may stand in other files.
        return Vec::new();
    }
    versions.push(program);
    let found = program::check_versions(&versions).into_iter();
    // The text of a program within a case has no places of its own.
    let placed = |problem: Problem| match problem.term {
        Some(_) => problem,
        None => Problem { at, ..problem },
    };
    found.map(placed).collect()
}

/// The names of people's choosing that lines of the case may use.
pub(super) struct Names {
    pub of_fact: BTreeSet<String>,
    pub of_partner: BTreeSet<String>,
    pub of_product: BTreeSet<String>,
    pub groups: BTreeSet<String>,
    /// Some program is not at hand: any name may be declared there.
    pub open: bool,
    /// Where a day of the case's wallet begins, if it has one.
    pub wallet_zone: Option<TimeZone>,
}

impl Names {
    fn of(fields: &BTreeMap<String, FieldType>, programs: &[ProgramSource]) -> Names {
        let under = |root: &str| {
            let names = fields.keys().filter_map(|path| path.strip_prefix(root));
            names.map(str::to_owned).collect()
        };
        let mut names = Names {
            of_fact: under("fact."),
            of_partner: under("partner."),
            of_product: under("product."),
            groups: BTreeSet::new(),
            open: false,
            wallet_zone: None,
        };
        for source in programs {
            match source {
                ProgramSource::Path { .. } => names.open = true,
                ProgramSource::Inline(program) => {
                    let groups = program.terms.iter().flat_map(|term| &term.group_by.names);
                    names.groups.extend(groups.map(|(name, _)| name.clone()));
                }
            }
        }
        names
    }
}

/// Whether it is a file of its own or a test of a program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    Case,
    Test,
}

fn story(
    reader: &mut Reader<'_>,
    node: &Node,
    head: Head,
    programs: Vec<ProgramSource>,
    mut names: Names,
) -> Option<Case> {
    let (what, word, known) = match head {
        Head::Case => ("a case", "case", CASE),
        Head::Test => ("a test", "test", TEST),
    };
    let fields = reader.any_fields(node, what)?;
    for (key, at, _) in &fields.entries {
        if known.iter().any(|known| known.word == *key) {
            continue;
        }
        if WALLET_BLOCKS.contains(key) {
            refuse_wallet(reader, at.at, key);
        } else {
            let known: Vec<&str> = known.iter().map(|known| known.word).collect();
            reader.unknown_key(at.at, key, what, &known);
        }
    }
    let code = reader.needed(&fields, word, Reader::text);
    let listed = |r: &mut Reader<'_>, k: &str, n: &Node| r.items(k, n).map(<[Node]>::len);
    let has_none = head == Head::Case && reader.needed(&fields, "programs", listed) == Some(0);
    let wallet = wallet::read::of_case(reader, &fields, &programs);
    // Points may come by hand alone.
    if has_none && wallet.is_none() {
        reader.error(fields.at("programs"), "`programs` is empty", "add a program or its path");
    }
    names.wallet_zone = wallet.as_ref().map(|wallet| wallet.time_zone.clone());
    let names = &names;
    let timeline = reader
        .maybe(&fields, "timeline", |r, k, n| {
            r.list(k, n, |r, _, n| timeline::event(r, n, names, None))
        })
        .unwrap_or_default();
    let what_if = reader
        .maybe(&fields, "what_if", |r, k, n| r.list(k, n, |r, _, n| what_if(r, n, names)))
        .unwrap_or_default();
    let expect = reader
        .maybe(&fields, "expect", |r, k, n| r.list(k, n, |r, _, n| expect::expectation(r, n)))
        .unwrap_or_default();
    let case = Case {
        code: code?,
        at: node.at,
        note: reader.maybe(&fields, "note", Reader::text),
        programs,
        partners: fields.get("partners").map(|node| partners(reader, node, names)),
        products: fields
            .get("products")
            .map(|node| products(reader, node, names))
            .unwrap_or_default(),
        units: list(reader, &fields, "units", unit),
        rates: list(reader, &fields, "rates", rate),
        prices: prices(reader, &fields),
        figures: figures(reader, &fields, names),
        lists: fields.get("lists").map(|node| lists_block(reader, node)).unwrap_or_default(),
        fields: reader.declared.fields.clone(),
        wallet: wallet.map(Arc::new),
        timeline,
        what_if,
        until: reader.maybe(&fields, "until", Reader::date),
        expect,
    };
    let place = |code: &PartnerCode| {
        let block = fields.get("partners").and_then(|block| block.get(code.as_str()));
        block.map_or(node.at, |partner| partner.at)
    };
    reader.problems.extend(case.circles(&place));
    Some(case)
}

pub(super) fn refuse_wallet(reader: &mut Reader<'_>, at: Position, word: &str) {
    reader.error(
        at,
        format!("`{word}` is a word of wallets, funds and claims, which this release does not run"),
        "leave it out, or run the case with a release that has wallets",
    );
}

fn list<T>(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    key: &str,
    mut read: impl FnMut(&mut Reader<'_>, &Node) -> Option<T>,
) -> Vec<T> {
    let read = reader.maybe(fields, key, |r, k, n| r.list(k, n, |r, _, n| read(r, n)));
    read.unwrap_or_default()
}

fn partners(
    reader: &mut Reader<'_>,
    node: &Node,
    names: &Names,
) -> BTreeMap<PartnerCode, MasterFields> {
    let read = by_code(reader, node, "partners", PARTNER, &names.of_partner, names.open);
    read.into_iter().map(|(code, fields)| (PartnerCode::new(code), fields)).collect()
}

fn products(
    reader: &mut Reader<'_>,
    node: &Node,
    names: &Names,
) -> BTreeMap<ProductCode, MasterFields> {
    let read = by_code(reader, node, "products", PRODUCT, &names.of_product, names.open);
    read.into_iter().map(|(code, fields)| (ProductCode::new(code), fields)).collect()
}

/// `P1: { country: JP, level: gold }`; nothing at all is a partner without fields.
fn by_code(
    reader: &mut Reader<'_>,
    node: &Node,
    block: &str,
    known: &[&str],
    declared: &BTreeSet<String>,
    open: bool,
) -> Vec<(String, MasterFields)> {
    let mut read = Vec::new();
    let Some(entries) = reader.any_fields(node, &format!("`{block}`")) else {
        return read;
    };
    for (code, _, fields) in entries.entries {
        if fields.is_nothing() {
            read.push((code.to_owned(), MasterFields::new()));
        } else if let Some(fields) = master_fields(reader, fields, code, known, declared, open) {
            read.push((code.to_owned(), fields));
        }
    }
    read
}

/// Fields of a partner or product, as text.
fn master_fields(
    reader: &mut Reader<'_>,
    node: &Node,
    code: &str,
    known: &[&str],
    declared: &BTreeSet<String>,
    open: bool,
) -> Option<MasterFields> {
    let entries = reader.any_fields(node, &format!("`{code}`"))?;
    let mut fields = MasterFields::new();
    for (key, at, value) in entries.entries {
        named_field(
            reader,
            (key, at, value),
            &format!("`{code}`"),
            known,
            declared,
            open,
            &mut fields,
        );
    }
    Some(fields)
}

/// One built-in or declared field; any other is refused.
pub(super) fn named_field(
    reader: &mut Reader<'_>,
    (key, at, value): (&str, &Node, &Node),
    of: &str,
    known: &[&str],
    declared: &BTreeSet<String>,
    open: bool,
    into: &mut BTreeMap<String, String>,
) {
    let all: Vec<&str> = known.iter().copied().chain(declared.iter().map(String::as_str)).collect();
    // Even where a program that is not at hand may declare it, a slip of the pen is one.
    let trusted = open && crate::nearest::nearest(key, all.iter().copied()).is_none();
    if !all.contains(&key) && !trusted {
        reader.unknown_key(at.at, key, of, &all);
    } else if !value.is_nothing()
        && let Some(text) = reader.text(key, value)
    {
        if key == "joined" {
            reader.date(key, value);
        }
        into.insert(key.to_owned(), text);
    }
}

fn unit(reader: &mut Reader<'_>, node: &Node) -> Option<UnitFactor> {
    let fields = reader.fields(node, "an entry of `units`", UNIT)?;
    let unit = reader.needed(&fields, "unit", Reader::code);
    let holds = reader.needed(&fields, "holds", Reader::number);
    let of = reader.needed(&fields, "of", Reader::code);
    above_zero(reader, &fields, "holds", holds);
    Some(UnitFactor {
        product: reader.maybe(&fields, "product", Reader::code).map(ProductCode::new),
        from: reader.maybe(&fields, "from", Reader::date),
        unit: Unit::new(unit?),
        holds: holds?,
        of: Unit::new(of?),
    })
}

fn rate(reader: &mut Reader<'_>, node: &Node) -> Option<ExchangeRate> {
    let fields = reader.fields(node, "an entry of `rates`", RATE)?;
    let of = reader.needed(&fields, "of", Reader::currency);
    let to = reader.needed(&fields, "in", Reader::currency);
    let rate = reader.needed(&fields, "rate", Reader::number);
    above_zero(reader, &fields, "rate", rate);
    let from = reader.maybe(&fields, "from", Reader::date);
    Some(ExchangeRate { of: of?, to: to?, rate: rate?, from })
}

fn above_zero(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    key: &str,
    number: Option<rust_decimal::Decimal>,
) {
    if number.is_some_and(|number| number <= rust_decimal::Decimal::ZERO) {
        reader.error(fields.at(key), format!("`{key}` is not above zero"), "write how many");
    }
}

fn prices(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<Price> {
    let mut prices = Vec::new();
    let lists = reader.maybe(fields, "prices", |reader, _, node| {
        Some(
            reader
                .any_fields(node, "`prices`")?
                .entries
                .iter()
                .map(|(n, _, l)| ((*n).to_owned(), (*l).clone()))
                .collect::<Vec<_>>(),
        )
    });
    for (list, entries) in lists.unwrap_or_default() {
        let read = reader.list(&list, &entries, |reader, _, node| {
            let fields = reader.fields(node, "an entry of a price list", PRICE)?;
            let product = reader.needed(&fields, "product", Reader::code);
            let price = reader.needed(&fields, "price", Reader::number);
            let currency = reader.needed(&fields, "currency", Reader::currency);
            Some(Price {
                list: list.clone(),
                from: reader.maybe(&fields, "from", Reader::date),
                product: ProductCode::new(product?),
                price: price?,
                currency: currency?,
            })
        });
        prices.extend(read.unwrap_or_default());
    }
    prices
}

fn figures(reader: &mut Reader<'_>, fields: &Fields<'_>, names: &Names) -> Vec<FigureValue> {
    let mut figures = Vec::new();
    let Some(node) = fields.get("figures") else {
        return figures;
    };
    let Some(tables) = reader.any_fields(node, "`figures`") else {
        return figures;
    };
    for (table, _, entries) in tables.entries {
        let read = reader.list(table, entries, |reader, _, node| {
            let fields = reader.any_fields(node, "an entry of a figure table")?;
            let mut groups = BTreeMap::new();
            for (key, at, value) in &fields.entries {
                if FIGURE.contains(key) {
                    continue;
                }
                if names.open || names.groups.contains(*key) {
                    let value = reader.text(key, value);
                    groups.extend(value.map(|value| ((*key).to_owned(), value)));
                } else {
                    let known = FIGURE.iter().copied();
                    let known: Vec<&str> =
                        known.chain(names.groups.iter().map(String::as_str)).collect();
                    reader.unknown_key(at.at, key, "an entry of a figure table", &known);
                }
            }
            let value = reader.needed(&fields, "value", Reader::number);
            Some(FigureValue {
                table: table.to_owned(),
                partner: reader.maybe(&fields, "partner", Reader::code).map(PartnerCode::new),
                period: reader.maybe(&fields, "period", Reader::code),
                groups,
                value: value?,
                from: reader.maybe(&fields, "from", Reader::date),
            })
        });
        figures.extend(read.unwrap_or_default());
    }
    figures
}

fn what_if(reader: &mut Reader<'_>, node: &Node, names: &Names) -> Option<WhatIf> {
    let fields = reader.any_fields(node, "an entry of `what_if`")?;
    for (key, at, _) in &fields.entries {
        if !matches!(*key, "what_if" | "on" | "facts") {
            let known = ["what_if", "on", "facts"];
            reader.unknown_key(at.at, key, "an entry of `what_if`", &known);
        }
    }
    let name = reader.needed(&fields, "what_if", Reader::code);
    let on = reader.needed(&fields, "on", timeline::moment);
    let facts = reader.needed(&fields, "facts", |r, k, n| {
        r.list(k, n, |r, _, n| {
            let event = timeline::event(r, n, names, on)?;
            if matches!(event.what, super::What::Fact { .. }) {
                return Some(event);
            }
            r.error(n.at, "a what-if tries facts only", "write `sale: …` and its fields");
            None
        })
    });
    Some(WhatIf { name: name?, at: node.at, on: on?, facts: facts? })
}
