//! The timeline: a line is a fact or an action, named by its first word after `on` and `recorded`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::keys::{ACTIONS, FACT, PARTNER};
use super::parse::{Names, named_field};
use super::{Adjust, AdjustStatus, Event, ExternalAward, FactFields, Moment, What};
use crate::code::{FactKey, PartnerCode, ProductCode, ProgramCode, TermCode, Unit};
use crate::fact::FactKind;
use crate::master::Fields as MasterFields;
use crate::reader::{Fields, Reader, date_of};
use crate::wallet;
use crate::yaml::Node;

/// A day, or an instant with its offset.
pub(super) fn moment(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Moment> {
    let text = node.text().unwrap_or_default();
    if let Some(date) = date_of(text) {
        return Some(Moment::Day(date));
    }
    if text.contains(['T', 't'])
        && let Ok(instant) = text.parse()
    {
        return Some(Moment::Instant(instant));
    }
    reader.error(
        node.at,
        format!("{} is not a date or an instant", node.described()),
        format!("write `{key}` as 2026-06-30 or 2026-06-30T10:00:00Z"),
    );
    None
}

/// A line of the timeline. `on` is what holds if the line does not say it.
pub(super) fn event(
    reader: &mut Reader<'_>,
    node: &Node,
    names: &Names,
    on: Option<Moment>,
) -> Option<Event> {
    let fields = reader.any_fields(node, "a line of the timeline")?;
    let said = if on.is_some() {
        reader.maybe(&fields, "on", moment)
    } else {
        reader.needed(&fields, "on", moment)
    };
    let recorded = reader.maybe(&fields, "recorded", moment);
    let first = fields.entries.iter().find(|(key, _, _)| !matches!(*key, "on" | "recorded"));
    let Some((word, at, value)) = first else {
        reader.error(node.at, "the line says not what happened", "add `sale: KEY` or an action");
        return None;
    };
    let line = Line { word, key: value, fields: &fields, names };
    let what = match *word {
        "correct" => line.correct(reader),
        "cancel" if line.rest().next().is_none() || names.wallet_zone.is_none() => {
            line.only(reader, &[]).map(|key| What::Cancel { key: FactKey::new(key) })
        }
        "set" => line.set(reader),
        "award" => line.award(reader),
        "adjust" => line.adjust(reader),
        // A request is closed by its key alone, a period names its program.
        "close" if fields.has("program") || names.wallet_zone.is_none() => line.close(reader),
        word if let Some(known) = wallet::line::words_of(word) => line.wallet(reader, at, known),
        word => {
            let kind = FactKind::from_word(word);
            if kind.is_none() {
                unknown_word(reader, at, word);
            }
            kind.and_then(|kind| line.fact(reader, kind))
        }
    };
    Some(Event { at: node.at, on: said.or(on)?, recorded, what: what? })
}

fn unknown_word(reader: &mut Reader<'_>, at: &Node, word: &str) {
    let kinds = FactKind::ALL.map(FactKind::word);
    let of_wallets = wallet::line::words();
    let known: Vec<&str> =
        kinds.into_iter().chain(ACTIONS.iter().copied()).chain(of_wallets).collect();
    reader.unknown_key(at.at, word, "a line of the timeline, named by its first word", &known);
}

/// A line whose word is known.
struct Line<'l, 'n> {
    word: &'l str,
    key: &'n Node,
    fields: &'l Fields<'n>,
    names: &'l Names,
}

impl Line<'_, '_> {
    /// The entries beside `on`, `recorded` and the word itself.
    fn rest(&self) -> impl Iterator<Item = &(&str, &Node, &Node)> {
        let of_line = |key: &str| key == "on" || key == "recorded" || key == self.word;
        self.fields.entries.iter().filter(move |(key, _, _)| !of_line(key))
    }

    /// The key of the line, which has these entries alone.
    fn only(&self, reader: &mut Reader<'_>, known: &[&str]) -> Option<String> {
        for (key, at, _) in self.rest() {
            if !known.contains(key) {
                let all: Vec<&str> = ["on", "recorded"].iter().chain(known).copied().collect();
                reader.unknown_key(at.at, key, &format!("a line of `{}`", self.word), &all);
            }
        }
        reader.code(self.word, self.key)
    }

    fn fact(&self, reader: &mut Reader<'_>, kind: FactKind) -> Option<What> {
        let key = reader.code(self.word, self.key);
        let fields = self.fact_fields(reader, &[]);
        if fields.of.is_some() && !kind.counts_against() {
            reader.error(
                self.fields.at("of"),
                format!("`of` in a line of `{}`", self.word),
                "only a `return` or a `credit_note` names the sale it takes back",
            );
        }
        if fields.partner.is_none() && fields.of.is_none() {
            reader.error(
                self.fields.at,
                "`partner` is required",
                "add `partner: CODE`; only a return that names its sale takes it from there",
            );
        }
        Some(What::Fact { kind, key: FactKey::new(key?), fields })
    }

    fn correct(&self, reader: &mut Reader<'_>) -> Option<What> {
        let key = reader.code(self.word, self.key);
        let date = reader.maybe(self.fields, "date", moment);
        let fields = self.fact_fields(reader, &["date"]);
        Some(What::Correct { key: FactKey::new(key?), date, fields })
    }

    fn fact_fields(&self, reader: &mut Reader<'_>, also: &[&str]) -> FactFields {
        let mut attributes = BTreeMap::new();
        for (key, at, value) in self.rest() {
            if !FACT.contains(key) && !also.contains(key) {
                let known: Vec<&str> = FACT.iter().chain(also).copied().collect();
                let declared = &self.names.of_fact;
                let of = format!("a line of `{}`", self.word);
                let entry = (*key, *at, *value);
                let open = self.names.open;
                named_field(reader, entry, &of, &known, declared, open, &mut attributes);
            }
        }
        let fields = self.fields;
        FactFields {
            of: reader.maybe(fields, "of", Reader::code).map(FactKey::new),
            partner: reader.maybe(fields, "partner", Reader::code).map(PartnerCode::new),
            product: reader.maybe(fields, "product", Reader::code).map(ProductCode::new),
            quantity: reader.maybe(fields, "quantity", Reader::number),
            unit: reader.maybe(fields, "unit", Reader::code).map(Unit::new),
            amount: reader.maybe(fields, "amount", Reader::number),
            currency: reader.maybe(fields, "currency", Reader::currency),
            order: reader.maybe(fields, "order", Reader::text),
            line: reader.maybe(fields, "line", Reader::text),
            channel: reader.maybe(fields, "channel", Reader::text),
            activity_type: reader.maybe(fields, "type", Reader::text),
            parties: reader.maybe(fields, "parties", parties).unwrap_or_default(),
            attributes,
        }
    }

    fn set(&self, reader: &mut Reader<'_>) -> Option<What> {
        let partner = reader.code(self.word, self.key);
        let mut fields = MasterFields::new();
        for (key, at, value) in self.rest() {
            let declared = &self.names.of_partner;
            let open = self.names.open;
            let entry = (*key, *at, *value);
            named_field(reader, entry, "a line of `set`", PARTNER, declared, open, &mut fields);
        }
        Some(What::Set { partner: PartnerCode::new(partner?), fields })
    }

    fn wallet(&self, reader: &mut Reader<'_>, at: &Node, known: &[&str]) -> Option<What> {
        let key = self.only(reader, known);
        let Some(zone) = &self.names.wallet_zone else {
            reader.error(
                at.at,
                format!("`{}` without points", self.word),
                "declare them under `points`",
            );
            return None;
        };
        let command = wallet::line::command(reader, self.word, self.fields, zone);
        Some(What::Wallet { key: Arc::from(key?), command: command? })
    }

    fn award(&self, reader: &mut Reader<'_>) -> Option<What> {
        let known = ["program", "term", "partner", "amount", "period", "group"];
        let key = self.only(reader, &known);
        let program = reader.needed(self.fields, "program", Reader::code);
        let term = reader.needed(self.fields, "term", Reader::code);
        let partner = reader.needed(self.fields, "partner", Reader::code);
        let amount = reader.needed(self.fields, "amount", Reader::number);
        let period = reader.maybe(self.fields, "period", Reader::code);
        let group = reader.maybe(self.fields, "group", |reader, _, node| {
            let fields = reader.any_fields(node, "`group`")?;
            let mut group = BTreeMap::new();
            for (name, _, value) in fields.entries {
                let value = reader.text(name, value);
                group.extend(value.map(|value| (name.to_owned(), value)));
            }
            Some(group)
        });
        Some(What::Award(ExternalAward {
            key: FactKey::new(key?),
            program: ProgramCode::new(program?),
            term: TermCode::new(term?),
            partner: PartnerCode::new(partner?),
            amount: amount?,
            period,
            group: group.unwrap_or_default(),
        }))
    }

    fn adjust(&self, reader: &mut Reader<'_>) -> Option<What> {
        let known = ["program", "partner", "period", "amount", "status", "term", "reason"];
        let key = self.only(reader, &known);
        let words = [
            ("approved", AdjustStatus::Approved),
            ("pending", AdjustStatus::Pending),
            ("rejected", AdjustStatus::Rejected),
        ];
        let program = reader.needed(self.fields, "program", Reader::code);
        let partner = reader.needed(self.fields, "partner", Reader::code);
        let period = reader.needed(self.fields, "period", Reader::code);
        let amount = reader.needed(self.fields, "amount", Reader::number);
        let status = reader.needed(self.fields, "status", |r, k, n| r.word(k, n, &words));
        let term = reader.maybe(self.fields, "term", Reader::code);
        let reason = reader.maybe(self.fields, "reason", Reader::text);
        Some(What::Adjust(Adjust {
            key: key?,
            program: ProgramCode::new(program?),
            partner: PartnerCode::new(partner?),
            period: period?,
            amount: amount?,
            status: status?,
            term: term.map(TermCode::new),
            reason,
        }))
    }

    fn close(&self, reader: &mut Reader<'_>) -> Option<What> {
        let period = self.only(reader, &["program", "until"]);
        let program = reader.needed(self.fields, "program", Reader::code);
        let until = reader.maybe(self.fields, "until", Reader::date);
        Some(What::Close { period: period?, program: ProgramCode::new(program?), until })
    }
}

/// `parties: { distributor: D1, ship_to: P1-Osaka }`.
pub(crate) fn parties(
    reader: &mut Reader<'_>,
    _: &str,
    node: &Node,
) -> Option<BTreeMap<String, PartnerCode>> {
    let fields = reader.any_fields(node, "`parties`")?;
    let mut parties = BTreeMap::new();
    for (role, _, code) in fields.entries {
        let code = reader.code(role, code);
        parties.extend(code.map(|code| (role.to_owned(), PartnerCode::new(code))));
    }
    Some(parties)
}
