//! A wallet in a file of its own: its code, its names, and what it declares.
//!
//! What is wrong is collected; nothing is ignored.

use std::collections::BTreeMap;

use super::dates::Expiry;
use super::keys::FILE;
use super::model::Wallet;
use super::read;
use crate::amount::Currency;
use crate::case::ProgramSource;
use crate::condition::Declared;
use crate::problem::{Parsed, Problem};
use crate::program::{Names, Program, Reward, fields_block};
use crate::reader::Reader;
use crate::yaml::{self, Tree};

/// A wallet as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct WalletFile {
    pub code: String,
    pub name: Names,
    pub description: Names,
    pub wallet: Wallet,
}

/// Reads a wallet. Conditions may ask for what it and the programs declare. The value is there if nothing
/// is an error.
pub fn parse(text: &str, programs: &[Program]) -> Parsed<WalletFile> {
    let document = match yaml::parse(text) {
        Ok(document) => document,
        Err(error) => return Parsed::of(None, vec![Problem::error(error.at, error.message, "")]),
    };
    let nothing = Declared::default();
    let mut own = Reader::new(&nothing);
    let mut fields = BTreeMap::new();
    for program in programs {
        fields.extend(program.fields.clone());
    }
    if let Some(block) = document.root.get("fields") {
        fields.extend(fields_block(&mut own, block));
    }
    let declared = Declared { fields, ..Declared::default() };
    let mut reader = Reader::new(&declared);
    reader.problems = own.problems;
    reader.duplicates(&document);
    let file = file(&mut reader, &document.root, programs, &declared);
    if let Some(file) = &file {
        boundless(&mut reader, &document.root, &file.wallet);
    }
    Parsed::of(file, reader.problems)
}

/// Warns of promotions that neither time nor a limit ever ends: whatever they cost, they go on.
fn boundless(reader: &mut Reader<'_>, root: &yaml::Node, wallet: &Wallet) {
    for promotion in wallet.promotions.values().filter(|it| it.is_boundless()) {
        let node = root.get("promotions").and_then(|all| all.get(&promotion.code));
        let at = node.map_or(root.at, |node| node.at);
        let message = format!("promotion `{}` has neither an end nor a limit", promotion.code);
        reader.warn(
            at,
            message,
            "give it `ends`, or `limits` on uses, points, vouchers or liability",
        );
    }
}

/// The wallet of a case as a file of its own; `None` if it has none.
pub fn of_case(text: &str) -> Option<String> {
    let root = yaml::parse(text).ok()?.root;
    let blocks = FILE.iter().map(|key| key.word).filter(|word| *word != "fields");
    let own: Vec<(String, Tree)> = blocks
        .filter_map(|word| Some((word.to_owned(), whole(Tree::from(root.get(word)?)))))
        .filter(|(word, _)| !matches!(word.as_str(), "wallet" | "name" | "description"))
        .collect();
    if own.iter().all(|(word, _)| matches!(word.as_str(), "currency" | "time_zone")) {
        return None;
    }
    let mut file = vec![("wallet".to_owned(), Tree::Text("of-case".to_owned()))];
    let programs = root.get("programs").and_then(yaml::Node::list).unwrap_or_default();
    let declared = std::iter::once(&root).chain(programs).filter_map(|node| node.get("fields"));
    let mut fields: Vec<(String, Tree)> = Vec::new();
    for block in declared {
        let Tree::Map(entries) = Tree::from(block) else { continue };
        for (path, kind) in entries {
            if fields.iter().all(|(known, _)| *known != path) {
                fields.push((path, kind));
            }
        }
    }
    if !fields.is_empty() {
        file.push(("fields".to_owned(), Tree::Map(fields)));
    }
    file.extend(own);
    Some(yaml::write(&Tree::Map(file)))
}

/// Entries of a block that say nothing, as such.
fn whole(block: Tree) -> Tree {
    let Tree::Map(entries) = block else { return block };
    let entry = |(name, value)| match value {
        Tree::Text(text) if text.is_empty() => (name, Tree::Map(Vec::new())),
        value => (name, value),
    };
    Tree::Map(entries.into_iter().map(entry).collect())
}

fn file(
    reader: &mut Reader<'_>,
    root: &yaml::Node,
    programs: &[Program],
    declared: &Declared,
) -> Option<WalletFile> {
    let fields = reader.fields(root, "a wallet", FILE)?;
    let code = reader.needed(&fields, "wallet", Reader::code);
    let sources: Vec<ProgramSource> =
        programs.iter().map(|program| ProgramSource::Inline(Box::new(program.clone()))).collect();
    let wallet = read::declarations(reader, &fields, &sources, declared);
    Some(WalletFile {
        code: code?,
        name: reader.maybe(&fields, "name", Reader::names).unwrap_or_default(),
        description: reader.maybe(&fields, "description", Reader::names).unwrap_or_default(),
        wallet,
    })
}

impl Wallet {
    /// Terms that pay in points round to the decimals of their currency, unless they say otherwise.
    pub fn fit(&self, program: &mut Program) {
        for term in &mut program.terms {
            let Reward::Points(reward) = &term.reward else { continue };
            let Some(currency) = self.points.get(reward.points.as_str()) else { continue };
            term.rounding.scale = term.rounding.scale.or(Some(currency.decimals));
        }
    }

    /// A program behind a total, in this money and in the zone in which days of the wallet begin.
    pub fn in_own_terms(&self, total: &Program, money: Currency) -> Program {
        let zone = self.time_zone.iana_name().unwrap_or("UTC");
        Program { currency: money, time_zone: zone.to_owned(), ..total.clone() }
    }

    /// Whether some lots end by what their owner does.
    pub fn looks_at_activity(&self) -> bool {
        let by_activity = |expiry: Option<Expiry>| expiry.is_some_and(|it| it.is_by_activity());
        let lots = self.funds.values().filter_map(|fund| fund.lots());
        self.points.values().chain(lots).any(|currency| by_activity(currency.expiry))
    }

    /// The codes of everything that lines may name.
    fn codes(&self) -> impl Iterator<Item = &str> {
        let points = self.points.keys().chain(self.vouchers.keys()).chain(self.rewards.keys());
        let groups = self.tier_groups.keys().chain(self.badges.keys());
        let more = self.promotions.keys().chain(self.sponsors.keys()).chain(self.games.keys());
        let channel = self.funds.keys().chain(self.agreements.keys());
        points.chain(groups).chain(more).chain(channel).map(|code| &**code)
    }

    /// Whether a line may name this code.
    pub fn declares(&self, code: &str) -> bool {
        self.codes().any(|own| own == code)
    }

    /// A code that another wallet declares, too.
    pub fn declared_by_both(&self, other: &Wallet) -> Option<String> {
        self.codes().find(|code| other.declares(code)).map(str::to_owned)
    }

    /// Whether this wallet holds what a term pays in.
    pub fn pays(&self, reward: &Reward) -> bool {
        match reward {
            Reward::Points(reward) => {
                let currency = self.points.get(reward.points.as_str());
                currency.is_some_and(|it| it.subtype(reward.subtype.as_deref()).is_some())
            }
            Reward::Voucher(code) => {
                self.vouchers.contains_key(code.as_str()) && !read::has_open_value(self, code)
            }
            Reward::Badge(code) => self.badges.contains_key(code.as_str()),
            Reward::Fund(code) => {
                self.funds.get(code.as_str()).is_some_and(|fund| fund.coop().is_some())
            }
            _ => false,
        }
    }
}
