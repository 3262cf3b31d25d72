//! Readings: totals of facts and more about them; the qualifier, the measure, requirements.

use rust_decimal::Decimal;

use crate::code::{ProgramCode, TermCode, Unit};
use crate::condition::{Expr, Wanted};
use crate::program::keys::{AFTER, BASELINE, EACH, MEASURE, READING, REQUIREMENT, SET};
use crate::program::{
    After, Baseline, BaselineOf, Each, EachReach, Figure, Measure, Opens, PackageCount, Reading,
    ReadingGroup, Requirement, Scope, TermRef, Total, View, WhenZero, Window,
};
use crate::reader::{Fields, Reader, decimal_of, percent_of, span_of};
use crate::yaml::Node;

const TOTALS: [&str; 5] = ["sum", "count", "count_distinct", "max", "min"];

/// A qualifier: a bare total, or a mapping.
pub(super) fn qualifier(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Reading> {
    if node.map().is_none() {
        let total = total(reader, key, node)?;
        return Some(plain(node, total));
    }
    let fields = reader.fields(node, "a qualifier", READING)?;
    reading(reader, node, &fields)
}

fn plain(node: &Node, total: Total) -> Reading {
    Reading {
        at: node.at,
        total,
        when: None,
        scope: Scope::Partner,
        window: Window::Period,
        group_by: None,
        unit: None,
        currency: None,
        view: View::Total,
        each: None,
    }
}

fn reading(reader: &mut Reader<'_>, node: &Node, fields: &Fields<'_>) -> Option<Reading> {
    let total = total_or_sets(reader, fields);
    let when = reader.maybe(fields, "when", when_of_reading);
    let scope = reader.maybe(fields, "scope", scope);
    let window = reader.maybe(fields, "window", window);
    let group_by = reader.maybe(fields, "group_by", reading_group);
    let unit = reader.maybe(fields, "unit", Reader::code).map(Unit::new);
    let currency = reader.maybe(fields, "currency", Reader::currency);
    let view = view(reader, fields);
    let each = reader.maybe(fields, "each", each);
    if let (Some(total), true) = (&total, fields.has("each"))
        && !matches!(total, Total::CountDistinct(_))
    {
        reader.error(
            fields.at("each"),
            "`each` needs a total of `count_distinct(…)`",
            "count distinct values, or remove `each`",
        );
    }
    Some(Reading {
        when,
        scope: scope.unwrap_or(Scope::Partner),
        window: window.unwrap_or_default(),
        group_by,
        unit,
        currency,
        view,
        each,
        ..plain(node, total?)
    })
}

/// Here `true` says something: all facts, not those of the term.
fn when_of_reading(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Expr> {
    reader.expression(key, node, Wanted::Truth)
}

fn total_or_sets(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Total> {
    match (fields.get("total"), fields.get("sets")) {
        (Some(node), None) => total(reader, "total", node),
        (None, Some(node)) => {
            let sets = reader.list("sets", node, |reader, _, node| {
                let fields = reader.fields(node, "a part of `sets`", SET)?;
                let when = reader.needed(&fields, "when", when_of_reading);
                let quantity = reader.needed(&fields, "quantity", Reader::number);
                if quantity.is_some_and(|quantity| quantity <= Decimal::ZERO) {
                    reader.error(
                        fields.at("quantity"),
                        "`quantity` of a set is not above zero",
                        "write how many of these make a set: `quantity: 2`",
                    );
                }
                Some((when?, quantity?))
            })?;
            if sets.is_empty() {
                reader.error(node.at, "`sets` is empty", "add `{ when: …, quantity: … }`");
                return None;
            }
            Some(Total::Sets(sets))
        }
        (Some(_), Some(_)) => {
            reader.error(
                fields.at("sets"),
                "a reading has `total` or `sets`, not both",
                "remove one of the two",
            );
            None
        }
        (None, None) => {
            reader.error(
                fields.at,
                "`total` is required",
                "add `total: sum(amount)`, `sum(quantity)` or `count()`",
            );
            None
        }
    }
}

/// `sum(x)`, `count()`, `count_distinct(x)`, `max(x)`, `min(x)`.
fn total(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Total> {
    let text = reader.text(key, node)?;
    let Some((name, start, end)) = call(&text) else {
        let word = text.split_once('(').map_or("", |(word, _)| word.trim());
        let near = crate::nearest::nearest(word, TOTALS.into_iter());
        reader.error(
            node.at,
            match near.filter(|near| *near != word) {
                Some(near) => format!("`{text}` is not a total, did you mean `{near}(…)`?"),
                None => format!("`{text}` is not a total"),
            },
            format!(
                "write `{key}` as `sum(x)`, `count()`, `count_distinct(x)`, `max(x)` or `min(x)`"
            ),
        );
        return None;
    };
    let inner = text.get(start..end)?;
    let number = |reader: &mut Reader<'_>| reader.expression_in(node, inner, start, Wanted::Number);
    match name {
        "sum" => number(reader).map(Total::Sum),
        "max" => number(reader).map(Total::Max),
        "min" => number(reader).map(Total::Min),
        "count_distinct" => reader.path_in(node, inner, start).map(Total::CountDistinct),
        _ if inner.trim().is_empty() => Some(Total::Count),
        _ => {
            reader.error(
                node.position_of(start),
                "`count()` takes nothing between its parentheses",
                "write `count()`, or `count_distinct(x)` for different values of x",
            );
            None
        }
    }
}

/// The name of a total and the bytes between its parentheses, if the text is one call.
fn call(text: &str) -> Option<(&'static str, usize, usize)> {
    let open = text.find('(')?;
    let name = TOTALS.into_iter().find(|name| *name == text[..open].trim())?;
    let end = text.trim_end().strip_suffix(')')?.len();
    let inner = text.get(open + 1..end)?;
    // The closing one must belong to the opening one: `sum(a) + sum(b)` is no single total.
    let (mut depth, mut quote) = (0_u32, None);
    for c in inner.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    (depth == 0).then_some((name, open + 1, end))
}

fn scope(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Scope> {
    match node.text() {
        Some("partner") => Some(Scope::Partner),
        Some("all") => Some(Scope::All),
        _ => reader.path(key, node).map(Scope::Path),
    }
}

fn window(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Window> {
    if let Some(span) = node.text().and_then(span_of) {
        return Some(Window::Span(span));
    }
    let words = [
        ("period", Window::Period),
        ("to_date", Window::ToDate),
        ("prior_period", Window::PriorPeriod),
        ("prior_year", Window::PriorYear),
        ("program", Window::Program),
    ];
    if node.text().is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit())) {
        reader.error(
            node.at,
            format!("{} is not a span", node.described()),
            format!("write `{key}: 12 months` or `{key}: 90 days`"),
        );
        return None;
    }
    reader.word(key, node, &words)
}

fn reading_group(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<ReadingGroup> {
    let names = if node.list().is_some() {
        reader.list(key, node, Reader::code)?
    } else {
        match reader.code(key, node)?.as_str() {
            "none" => return Some(ReadingGroup::None),
            name => vec![name.to_owned()],
        }
    };
    if names.iter().any(|name| name == "fact") {
        reader.error(
            node.at,
            "`fact` stands in the `group_by` of a reading",
            "a reading looks at a total: name coarser groups, or `none`",
        );
        return None;
    }
    Some(if names.is_empty() { ReadingGroup::None } else { ReadingGroup::Names(names) })
}

fn view(reader: &mut Reader<'_>, fields: &Fields<'_>) -> View {
    let words = [
        ("growth", "growth"),
        ("increase", "increase"),
        ("attainment", "attainment"),
        ("share", "share"),
    ];
    let word = reader.maybe(fields, "as", |r, k, n| r.word(k, n, &words));
    let share_of = reader.maybe(fields, "share_of", when_of_reading);
    if fields.has("share_of") && word != Some("share") {
        reader.error(
            fields.at("share_of"),
            "`share_of` without `as: share`",
            "add `as: share`, or remove `share_of`",
        );
    }
    if word == Some("share") && !fields.has("share_of") {
        reader.error(
            fields.at("as"),
            "`share_of` is required with `as: share`",
            "say of which facts it is the share: `share_of: \"true\"` for all",
        );
    }
    match (word, share_of) {
        (Some("growth"), _) => View::Growth,
        (Some("increase"), _) => View::Increase,
        (Some("attainment"), _) => View::Attainment,
        (Some("share"), Some(of)) => View::Share(Box::new(of)),
        _ => View::Total,
    }
}

fn each(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<Each> {
    let fields = reader.fields(node, "`each`", EACH)?;
    let total = reader.needed(&fields, "total", total);
    let from = reader.maybe(&fields, "from", Reader::number);
    let share = reader.maybe(&fields, "share", Reader::share);
    let reach = match fields.among(&["from", "share"]).as_slice() {
        [_] => from.map(EachReach::From).or(share.map(EachReach::Share)),
        [] => {
            reader.error(node.at, "`each` says not what to reach", "add `from: 6` or `share: 4%`");
            None
        }
        _ => {
            reader.error(
                fields.at("share"),
                "`each` has both `from` and `share`",
                "keep one of the two",
            );
            None
        }
    };
    Some(Each { total: total?, reach: reach? })
}

/// A measure: a bare total, or a mapping.
pub(super) fn measure(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Measure> {
    let bare = |total| Measure {
        at: node.at,
        total,
        unit: None,
        currency: None,
        after: None,
        up_to: None,
        packages_of: None,
        count: PackageCount::Full,
    };
    if node.map().is_none() {
        return total(reader, key, node).map(bare);
    }
    let fields = reader.fields(node, "a measure", MEASURE)?;
    let total = total_or_sets(reader, &fields);
    let unit = reader.maybe(&fields, "unit", Reader::code).map(Unit::new);
    let currency = reader.maybe(&fields, "currency", Reader::currency);
    let after = reader.maybe(&fields, "after", after);
    let up_to = reader.maybe(&fields, "up_to", Reader::number);
    let packages_of = reader.maybe(&fields, "packages_of", Reader::number);
    let words = [("full", PackageCount::Full), ("started", PackageCount::Started)];
    let count = reader.maybe(&fields, "count", |r, k, n| r.word(k, n, &words));
    if count.is_some() && !fields.has("packages_of") {
        reader.error(
            fields.at("count"),
            "`count` without `packages_of`",
            "add `packages_of: …`, or remove `count`",
        );
    }
    let count = count.unwrap_or_default();
    Some(Measure { unit, currency, after, up_to, packages_of, count, ..bare(total?) })
}

fn after(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<After> {
    if node.map().is_none() {
        let total = reader.number(key, node)?;
        return Some(After { facts: None, total: Some(total) });
    }
    let fields = reader.fields(node, "`after`", AFTER)?;
    let after = After {
        facts: reader.maybe(&fields, "facts", Reader::whole),
        total: reader.maybe(&fields, "total", Reader::number),
    };
    if fields.entries.is_empty() {
        reader.error(node.at, "`after` is empty", "write `after: 300` or `{ facts: 4 }`");
    }
    Some(after)
}

/// A number, or the name of a figure table.
pub(super) fn figure(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Figure> {
    let text = reader.code(key, node)?;
    if let Some(number) = decimal_of(&text) {
        return Some(Figure::Number(number));
    }
    if percent_of(&text).is_some() {
        reader.error(
            node.at,
            format!("`{text}` of `{key}` is a share, not a number"),
            "write the figure itself, or the name of a figure table",
        );
        return None;
    }
    Some(Figure::Table(text))
}

/// `prior_year`, a number, a table, or `{ of, minimum, when_zero }`.
pub(super) fn baseline(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Baseline> {
    if node.map().is_none() {
        let of = baseline_of(reader, key, node)?;
        return Some(Baseline { of, minimum: None, when_zero: WhenZero::NoAward });
    }
    let fields = reader.fields(node, "`baseline`", BASELINE)?;
    let of = reader.needed(&fields, "of", baseline_of);
    let minimum = reader.maybe(&fields, "minimum", Reader::number);
    let when_zero = reader.maybe(&fields, "when_zero", |reader, key, node| match node.text() {
        Some("no_award") => Some(WhenZero::NoAward),
        Some("no_growth") => Some(WhenZero::NoGrowth),
        Some("full_growth") => Some(WhenZero::FullGrowth),
        _ => baseline_of(reader, key, node).map(|of| WhenZero::Other(Box::new(of))),
    });
    Some(Baseline { of: of?, minimum, when_zero: when_zero.unwrap_or_default() })
}

fn baseline_of(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<BaselineOf> {
    match node.text() {
        Some("prior_period") => Some(BaselineOf::PriorPeriod),
        Some("prior_year") => Some(BaselineOf::PriorYear),
        _ => figure(reader, key, node).map(BaselineOf::Figure),
    }
}

/// `{ term: volume }`, or a reading with a threshold.
pub(super) fn requirement(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<Requirement> {
    let fields = reader.fields(node, "a requirement", REQUIREMENT)?;
    if fields.has("term") {
        for (key, at, _) in &fields.entries {
            if !matches!(*key, "term" | "tier") {
                reader.error(
                    at.at,
                    format!("`{key}` stands beside `term` in a requirement"),
                    "a requirement is a term (and its `tier`), or a reading: write two of them",
                );
            }
        }
        let term = reader.needed(&fields, "term", term_ref);
        let tier = reader.maybe(&fields, "tier", Reader::whole);
        if tier == Some(0) {
            reader.error(fields.at("tier"), "tiers count from 1", "write `tier: 1`");
        }
        return Some(Requirement::Term { term: term?, tier });
    }
    if fields.has("tier") {
        reader.error(fields.at("tier"), "`tier` without `term`", "add `term: …`");
    }
    let reading = reading(reader, node, &fields);
    let ratio = reading.as_ref().is_some_and(|reading| reading.view.is_ratio());
    let opens = opens(reader, &fields, Thresholds::of(ratio));
    if opens == Some(Opens::Always) {
        reader.error(
            node.at,
            "a requirement needs a threshold",
            "add `from: …` or `above: …`: what the reading must reach",
        );
    }
    Some(Requirement::Reading { reading: Box::new(reading?), opens: opens? })
}

/// `volume`, or `other-program/base`.
pub(super) fn term_ref(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<TermRef> {
    let text = reader.code(key, node)?;
    Some(match text.split_once('/') {
        Some((program, term)) => {
            TermRef { program: Some(ProgramCode::new(program)), term: TermCode::new(term) }
        }
        None => TermRef { program: None, term: TermCode::new(text) },
    })
}

/// In what thresholds are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thresholds {
    Plain,
    /// Of a qualifier in %.
    Percent,
}

impl Thresholds {
    pub fn of(ratio: bool) -> Thresholds {
        if ratio { Thresholds::Percent } else { Thresholds::Plain }
    }
}

/// `from` or `above` of a row or a requirement; `None` if what is written is wrong.
pub(super) fn opens(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    written: Thresholds,
) -> Option<Opens> {
    match fields.among(&["from", "above"]).as_slice() {
        [] => Some(Opens::Always),
        ["from"] => {
            reader.maybe(fields, "from", |r, k, n| threshold(r, k, n, written)).map(Opens::From)
        }
        ["above"] => {
            reader.maybe(fields, "above", |r, k, n| threshold(r, k, n, written)).map(Opens::Above)
        }
        _ => {
            reader.error(
                fields.at("above"),
                "`from` and `above` stand together",
                "keep `from` (reached at it) or `above` (reached only beyond it)",
            );
            None
        }
    }
}

fn threshold(
    reader: &mut Reader<'_>,
    key: &str,
    node: &Node,
    written: Thresholds,
) -> Option<Decimal> {
    let percent = node.text().and_then(percent_of);
    match (written, percent) {
        (Thresholds::Percent, Some(share)) => Some(share),
        (Thresholds::Plain, Some(_)) => {
            reader.error(
                node.at,
                format!("{} is in %, but the qualifier is no ratio", node.described()),
                format!("write `{key}` in the unit of the qualifier, without %"),
            );
            None
        }
        (Thresholds::Plain, None) => reader.number(key, node),
        (Thresholds::Percent, None) => {
            let number = reader.number(key, node)?;
            if !number.is_zero() {
                reader.error(
                    node.at,
                    format!("{} is not in %, but the qualifier is", node.described()),
                    format!("write `{key}: {}%`", node.text().unwrap_or_default()),
                );
                return None;
            }
            Some(number)
        }
    }
}
