//! A book in pieces does what the whole one does: all of them written and read again, or only those
//! that something asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::Tale;
use super::world::Random;
use crate::code::PartnerCode;
use crate::wallet::*;

type Pieces = BTreeMap<PieceKey, Piece>;

/// What an award is now, and who bears it in which promotion.
#[derive(Debug, Clone)]
pub(super) struct Award {
    pub key: Arc<str>,
    pub grant: Grant,
    pub given_as: GivenAs,
    pub promotion: Option<Unit>,
    pub sponsors: Vec<Bearer>,
    pub total: Decimal,
}

/// Something that is done to a book.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Line(Arc<str>, DateTime, Command),
    Award(Award),
    Until(PartnerCode, DateTime),
    Active(PartnerCode, Date),
}

impl Deed {
    pub(super) fn on(&self, book: &mut Book) -> Result<(), Refusal> {
        match self {
            Deed::Line(key, on, command) => return book.act(key, *on, command),
            Deed::Award(award) => award.on(book),
            Deed::Until(_, moment) => book.until(*moment),
            Deed::Active(partner, day) => book.is_active(partner, *day),
        }
        Ok(())
    }

    /// Whom it is about, the names of pieces that it acts on, and whether it may touch all that
    /// somebody has.
    fn asks_for(&self) -> (Vec<PartnerCode>, Vec<String>, bool) {
        match self {
            Deed::Line(key, _, command) => {
                let (owners, names) = asks_for(key, command);
                (owners, names, command.is_sweeping())
            }
            Deed::Award(award) => {
                let names = award_asks_for(&award.key, &award.sponsors);
                (vec![award.grant.partner.clone()], names, false)
            }
            Deed::Until(partner, _) | Deed::Active(partner, _) => {
                (vec![partner.clone()], Vec::new(), false)
            }
        }
    }
}

impl Award {
    fn on(&self, book: &mut Book) {
        let Award { key, grant, given_as, promotion, sponsors, total } = self;
        if *given_as == GivenAs::Points {
            book.borne_by(key, grant, sponsors);
        }
        match (promotion, given_as) {
            (Some(promotion), _) => {
                book.earned_under(promotion, key, (*given_as, grant), None, *total);
            }
            (None, GivenAs::Points) => book.earned(key, grant, *total),
            (None, GivenAs::Vouchers) => book.earned_vouchers(key, grant, *total),
            (None, GivenAs::Badge) => book.earned_badge(key, grant, *total),
        }
        book.rank();
    }
}

/// A piece as it was kept and read again.
fn kept(piece: &Piece) -> Piece {
    let text = serde_json::to_string(piece).expect("a piece can be written");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

impl Tale {
    /// A book that is made of all its pieces is the same book.
    pub(super) fn comes_apart(&self) {
        let mut book = Book::new(self.book.wallet.clone(), self.book.money, People::default());
        for (key, piece) in self.book.pieces() {
            book.put(&key.name, kept(&piece));
        }
        // What is nobody's piece: lines, postings, and who there is.
        let People { known, joined, since, master, .. } = self.book.people.clone();
        book.people = People { known, joined, since, master, ..book.people };
        book.unranked.people_are(&book.people);
        book.asked.clone_from(&self.book.asked);
        book.entries.clone_from(&self.book.entries);
        book.tier_changes.clone_from(&self.book.tier_changes);
        book.stands_at(self.book.now());
        book.rank();
        if book != self.book {
            let [whole, made] = [&self.book, &book].map(|book| format!("{book:#?}"));
            super::assert_same("a book of all its pieces is the same", &whole, &made);
        }
    }

    /// A slice does what the whole book does.
    pub(super) fn done_in_a_slice(&self, before: &Book, deed: &Deed, answer: Result<(), Refusal>) {
        let shelf = Shelf::new(before);
        let (owners, mut names, all) = deed.asks_for();
        let (mut slice, done) = loop {
            let mut slice = shelf.slice(before, (&owners, &names, all));
            if let Deed::Line(key, ..) = deed
                && let Some((on, asked)) = before.asked.get(key)
            {
                slice.book.put_asked(key, *on, asked.clone());
            }
            let done = deed.on(&mut slice.book);
            let clashes = shelf.clashes(&slice);
            if clashes.is_empty() {
                break (slice, done);
            }
            names.extend(clashes);
        };
        assert_eq!(done, answer, "{deed:?}");
        let is_own = |key: &PieceKey| match deed {
            Deed::Until(..) => slice.loaded.contains_key(key),
            _ => true,
        };
        let after = self.book.pieces();
        let mut whole = changed(&shelf.pieces, &after);
        whole.retain(|key, _| is_own(key));
        let mut part = changed(&slice.loaded, &slice.book.pieces());
        part.retain(|key, _| is_own(key));
        if whole != part {
            let [whole, part] = [whole, part].map(|it| format!("{it:#?}"));
            super::assert_same(&format!("{deed:?} in a slice"), &whole, &part);
            panic!("{deed:?} in a slice changes {part} and not {whole}");
        }
        let mut whole = moved(&shelf.tallies, &self.book.tallies());
        let mut part = moved(&slice.counted, &slice.book.tallies());
        if let Deed::Until(partner, _) = deed {
            // Time passes for all of the others, too.
            let own = format!("/{partner}");
            whole.retain(|name, _| name.ends_with(&own));
            part.retain(|name, _| name.ends_with(&own));
            assert_eq!(whole, part, "what limits count of {deed:?}");
            return;
        }
        assert_eq!(whole, part, "what limits count of {deed:?}");
        let posted = &self.book.entries()[before.entries().len()..];
        assert_eq!(posted, slice.book.entries(), "{deed:?} posts");
        let told = &self.book.tier_changes[before.tier_changes.len()..];
        assert_eq!(told, slice.book.take_tier_changes(), "{deed:?} moves");
    }
}

impl Tale {
    /// The same is done to what slices have kept, of which nobody brings anything up but what is
    /// asked for.
    pub(super) fn kept_by_slices(
        &self,
        shelf: &mut Shelf,
        deed: &Deed,
        answer: Result<(), Refusal>,
    ) {
        let (owners, mut names, all) = deed.asks_for();
        let (slice, done) = loop {
            let mut slice = shelf.slice(&self.book, (&owners, &names, all));
            let due = slice.loaded.keys().filter_map(|key| shelf.facts[key].due);
            let due = due.min().filter(|due| *due <= self.book.now());
            if let Some(due) = due {
                slice.book.stands_at(due.checked_sub(1.nanosecond()).expect("a moment"));
            }
            slice.book.until(self.book.now());
            if let Deed::Line(key, ..) = deed
                && let Some((on, asked)) = shelf.asked.get(key)
            {
                slice.book.put_asked(key, *on, asked.clone());
            }
            let done = deed.on(&mut slice.book);
            let clashes = shelf.clashes(&slice);
            if clashes.is_empty() {
                break (slice, done);
            }
            names.extend(clashes);
        };
        assert_eq!(done, answer, "{deed:?}");
        let (pieces, whole) = (slice.book.pieces(), self.book.pieces());
        let own: Pieces = whole.into_iter().filter(|(key, _)| pieces.contains_key(key)).collect();
        if own != pieces {
            let [whole, part] = [own, pieces].map(|it| format!("{it:#?}"));
            super::assert_same(&format!("{deed:?} kept by slices"), &whole, &part);
            panic!("{deed:?} kept by slices: {part} and not {whole}");
        }
        for (key, piece) in changed(&slice.loaded, &pieces) {
            if let Some(piece) = piece {
                shelf.facts.insert(key.clone(), slice.book.facts_of(&key.name, &piece));
                shelf.pieces.insert(key, piece);
            } else {
                shelf.facts.remove(&key);
                shelf.pieces.remove(&key);
            }
        }
        for (name, by) in moved(&slice.counted, &slice.book.tallies()) {
            *shelf.tallies.entry(name).or_default() += by;
        }
        shelf.asked.clone_from(&self.book.asked);
    }
}

/// All pieces of a book, as something keeps them.
#[derive(Default)]
pub(super) struct Shelf {
    asked: BTreeMap<Arc<str>, (DateTime, Command)>,
    pieces: Pieces,
    facts: BTreeMap<PieceKey, PieceFacts>,
    tallies: BTreeMap<String, Decimal>,
}

struct Slice {
    book: Book,
    loaded: Pieces,
    counted: BTreeMap<String, Decimal>,
}

impl Shelf {
    pub(super) fn new(book: &Book) -> Shelf {
        let pieces = book.pieces();
        let facts =
            |(key, piece): (&PieceKey, &Piece)| (key.clone(), book.facts_of(&key.name, piece));
        let facts = pieces.iter().map(facts).collect();
        Shelf { pieces, facts, tallies: book.tallies(), asked: book.asked.clone() }
    }

    /// What the first owners have, and what goes by these names.
    fn find(
        &self,
        owners: &BTreeSet<PartnerCode>,
        names: &BTreeSet<String>,
        all: bool,
    ) -> Vec<(&PieceKey, &Piece)> {
        let is_found = |(key, _): &(&PieceKey, &Piece)| {
            let facts = &self.facts[*key];
            let is_owned = facts.owners.first().is_some_and(|owner| owners.contains(owner));
            let goes_by =
                |name: &Option<String>| name.as_ref().is_some_and(|name| names.contains(name));
            (is_owned && (all || facts.is_live))
                || names.contains(&key.name)
                || goes_by(&facts.alias)
                || goes_by(&facts.made_by)
        };
        self.pieces.iter().filter(is_found).collect()
    }

    /// The part of a book that is reached from what is asked for.
    fn slice(
        &self,
        whole: &Book,
        (owners, names, all): (&[PartnerCode], &[String], bool),
    ) -> Slice {
        let people = People { master: whole.people.master.clone(), ..People::default() };
        let mut book = Book::new(whole.wallet.clone(), whole.money, people);
        let mut loaded = Pieces::new();
        let mut new_owners: BTreeSet<PartnerCode> = owners.iter().cloned().collect();
        let mut new_names: BTreeSet<String> = names.iter().cloned().collect();
        new_names.extend(book.common_names());
        let (mut owners, mut names) = (BTreeSet::new(), BTreeSet::new());
        while !new_owners.is_empty() || !new_names.is_empty() {
            let pools = whole.wallet.pools.iter();
            let pools =
                pools.filter(|(_, pool)| pool.members.iter().any(|it| new_owners.contains(it)));
            let pools: Vec<PartnerCode> = pools.map(|(code, _)| code.clone()).collect();
            new_owners.extend(pools.into_iter().filter(|pool| !owners.contains(pool)));
            let found = self.find(&new_owners, &new_names, all);
            owners.append(&mut new_owners);
            names.append(&mut new_names);
            for (key, piece) in found {
                if !loaded.contains_key(key) {
                    book.put(&key.name, kept(piece));
                    loaded.insert(key.clone(), piece.clone());
                }
            }
            for (key, piece) in &loaded {
                let PieceFacts { owners: more, needs, .. } = book.facts_of(&key.name, piece);
                new_owners.extend(more.into_iter().filter(|owner| !owners.contains(owner)));
                new_names.extend(needs.into_iter().filter(|name| !names.contains(name)));
            }
        }
        let is_known = |owner: &&PartnerCode| {
            whole.people.known.as_ref().is_some_and(|known| known.contains(*owner))
        };
        let known: BTreeSet<PartnerCode> = owners.iter().filter(is_known).cloned().collect();
        let joined = whole.people.joined.iter().filter(|(code, _)| known.contains(*code));
        let joined = joined.map(|(code, day)| (code.clone(), *day)).collect();
        book.people_are(known, joined);
        book.stands_at(whole.now());
        let counted = book.tallies();
        let mut elsewhere = BTreeMap::new();
        for name in book.tally_names(owners.iter()) {
            let of = |all: &BTreeMap<String, Decimal>| all.get(&name).copied().unwrap_or_default();
            elsewhere.insert(name.clone(), of(&self.tallies) - of(&counted));
        }
        book.put_elsewhere(elsewhere);
        Slice { book, loaded, counted }
    }

    /// The codes and names of vouchers that a slice issued and that others have already.
    fn clashes(&self, slice: &Slice) -> Vec<String> {
        let pieces = slice.book.pieces();
        let new = pieces.keys().filter(|key| !slice.loaded.contains_key(*key));
        let new = new.filter(|key| key.kind == "voucher");
        let called = new.flat_map(|key| {
            let alias = slice.book.facts_of(&key.name, &pieces[key]).alias;
            std::iter::once(key.name.clone()).chain(alias)
        });
        let taken = |name: &String| {
            self.facts.iter().any(|(key, facts)| {
                let is_called = key.name == *name || facts.alias.as_ref() == Some(name);
                key.kind == "voucher" && is_called && !slice.loaded.contains_key(key)
            })
        };
        called.filter(taken).collect()
    }
}

/// What is another piece now, or none.
fn changed(before: &Pieces, after: &Pieces) -> BTreeMap<PieceKey, Option<Piece>> {
    let keys: BTreeSet<&PieceKey> = before.keys().chain(after.keys()).collect();
    let differ = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
    differ.map(|key| (key.clone(), after.get(key).cloned())).collect()
}

/// By how much each count is another one now.
fn moved(
    before: &BTreeMap<String, Decimal>,
    after: &BTreeMap<String, Decimal>,
) -> BTreeMap<String, Decimal> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let of =
        |all: &BTreeMap<String, Decimal>, name: &String| all.get(name).copied().unwrap_or_default();
    let moved = names.into_iter().map(|name| (name.clone(), of(after, name) - of(before, name)));
    moved.filter(|(_, by)| !by.is_zero()).collect()
}

#[test]
fn a_book_in_pieces_does_what_the_whole_one_does() {
    for seed in 0..super::STORIES_IN_PIECES {
        let mut tale = Tale::of(Random(seed + 1_000_000), true);
        tale.told.push(format!("seed {seed}"));
        tale.is_sliced = true;
        for _ in 0..2 * super::STEPS {
            tale.step();
        }
        tale.pass(20);
        tale.comes_apart();
    }
}

#[test]
fn what_slices_keep_is_what_the_whole_book_holds() {
    for seed in 0..super::STORIES_IN_PIECES {
        let mut tale = Tale::of(Random(seed + 2_000_000), true);
        tale.told.push(format!("seed {seed}"));
        tale.kept = Some(Shelf::new(&tale.book));
        for _ in 0..2 * super::STEPS {
            tale.step();
        }
        tale.pass(20);
        for partner in super::PARTNERS {
            let until = Deed::Until(PartnerCode::new(partner), tale.book.now());
            assert_eq!(tale.act(&until), Ok(()));
        }
    }
}
