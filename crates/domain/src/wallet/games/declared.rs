//! Games as they are written: the keys of a declaration, and of a play.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::{Game, Looks, Play, PlayPrice, Prize, PrizeGives};
use crate::program::keys::{Key, Shape};
use crate::reader::{Fields, Reader};
use crate::wallet::Wallet;
use crate::wallet::ledger::Unit;
use crate::wallet::line;
use crate::wallet::read::{above_zero, has_open_value, share};
use crate::yaml::Node;

const fn key(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: false }
}

const fn required(word: &'static str, shape: Shape, says: &'static str) -> Key {
    Key { word, shape, says, required: true }
}

const GIVES: &[Key] = &[
    key("points", Shape::Word, "A point currency, and with `amount` how many."),
    key("amount", Shape::Number, "How many points."),
    key("voucher", Shape::Word, "A voucher."),
    key("badge", Shape::Word, "A badge."),
    key("goods", Shape::Word, "A product."),
];

const PRIZE: &[Key] = &[
    required("prize", Shape::Word, "Its code."),
    required("odds", Shape::Share, "How often it is won, of all plays."),
    key("limit", Shape::Whole, "How often it can be won altogether."),
    key("gives", Shape::OneOf(&[Shape::Words(&["goods"]), Shape::Map(GIVES)]), "What one gets."),
];

const PLAY: &[Key] = &[
    key("points", Shape::Word, "The point currency it is paid in."),
    key("price", Shape::Number, "How many points a play costs."),
    key("per_day", Shape::Whole, "How often a partner may play on a day."),
];

pub(crate) const GAME: &[Key] = &[
    key("name", Shape::Names, "What people call it."),
    key("description", Shape::Names, "What it is."),
    required("prizes", Shape::List(&Shape::Map(PRIZE)), "What can be won, in order."),
    key("play", Shape::Map(PLAY), "What a play costs; without it nothing."),
    key("starts", Shape::Date, "The first day on which it is played."),
    key("ends", Shape::Date, "The last one."),
    key("looks", Shape::Words(&["scratch", "wheel"]), "What the game looks like."),
];

/// One declaration.
pub(in crate::wallet) fn read(reader: &mut Reader<'_>, code: &Unit, node: &Node) -> Option<Game> {
    let fields = reader.fields(node, "a game", GAME)?;
    let prizes = reader.needed(&fields, "prizes", |r, k, n| r.list(k, n, prize));
    let prizes = prizes?;
    let at = fields.at("prizes");
    if fields.get("prizes").and_then(Node::list).is_some_and(<[Node]>::is_empty) {
        reader.error(at, "the game has no prizes", "add `{ prize: CODE, odds: 5% }`");
    }
    for (nth, prize) in prizes.iter().enumerate() {
        if prizes[..nth].iter().any(|other| other.code == prize.code) {
            let message = format!("two prizes are called `{}`", prize.code);
            reader.error(at, message, "give each a code of its own");
        }
    }
    if Decimal::ONE < prizes.iter().map(|prize| prize.odds).sum() {
        let help = "lower them; what is left of 100 % wins nothing";
        reader.error(at, "the odds come to more than 100 %", help);
    }
    let looks = [("scratch", Looks::Scratch), ("wheel", Looks::Wheel)];
    let looks = reader.maybe(&fields, "looks", |r, k, n| r.word(k, n, &looks));
    let (price, per_day) = reader.maybe(&fields, "play", played).unwrap_or_default();
    Some(Game {
        code: code.clone(),
        name: reader.maybe(&fields, "name", Reader::names).unwrap_or_default(),
        description: reader.maybe(&fields, "description", Reader::names).unwrap_or_default(),
        starts: reader.maybe(&fields, "starts", Reader::date),
        ends: reader.maybe(&fields, "ends", Reader::date),
        looks: looks.unwrap_or_default(),
        price,
        per_day,
        prizes,
    })
}

fn prize(reader: &mut Reader<'_>, _: &str, node: &Node) -> Option<Prize> {
    let fields = reader.fields(node, "a prize", PRIZE)?;
    let code = reader.needed(&fields, "prize", Reader::code);
    if code.as_deref() == Some("nothing") {
        let message = "`nothing` is the word for no prize";
        reader.error(fields.at("prize"), message, "give it another code");
    }
    let odds = reader.needed(&fields, "odds", share);
    let limit = reader.maybe(&fields, "limit", Reader::whole);
    let gives = match fields.get("gives") {
        Some(node) => gives(reader, "gives", node),
        None => Some(PrizeGives::Goods(None)),
    };
    Some(Prize { code: Arc::from(code?), odds: odds?, limit, gives: gives? })
}

fn gives(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<PrizeGives> {
    if node.map().is_none() {
        return reader.word(key, node, &[("goods", ())]).map(|()| PrizeGives::Goods(None));
    }
    let fields = reader.fields(node, "`gives`", GIVES)?;
    if fields.has("amount") && !fields.has("points") {
        reader.error(fields.at("amount"), "`amount` without `points`", "leave it out");
        return None;
    }
    let mut code = |word: &str| reader.maybe(&fields, word, Reader::code);
    match fields.among(&["points", "voucher", "badge", "goods"]).as_slice() {
        ["points"] => {
            let unit = code("points").map(Arc::from);
            let amount = reader.needed(&fields, "amount", above_zero);
            Some(PrizeGives::Points(unit?, amount?))
        }
        ["voucher"] => code("voucher").map(Arc::from).map(PrizeGives::Voucher),
        ["badge"] => code("badge").map(Arc::from).map(PrizeGives::Badge),
        ["goods"] => code("goods").map(Some).map(PrizeGives::Goods),
        _ => {
            let help = "write `gives: goods`, or one of `{ points: STAR, amount: 400 }`, \
                        `{ voucher: CODE }`, `{ badge: CODE }`, `{ goods: PRODUCT }`";
            reader.error(node.at, "a prize gives one thing", help);
            None
        }
    }
}

/// What a play costs, and how often one may play.
fn played(
    reader: &mut Reader<'_>,
    _: &str,
    node: &Node,
) -> Option<(Option<PlayPrice>, Option<u32>)> {
    let fields = reader.fields(node, "`play`", PLAY)?;
    let per_day = reader.maybe(&fields, "per_day", Reader::whole);
    if !fields.has("points") && !fields.has("price") {
        if !fields.has("per_day") {
            let help = "write `{ points: STAR, price: 10 }`, `{ per_day: 1 }` or both";
            reader.error(node.at, "`play` says nothing", help);
        }
        return Some((None, per_day));
    }
    let points = reader.needed(&fields, "points", Reader::code);
    let price = reader.needed(&fields, "price", above_zero);
    Some((Some(PlayPrice { points: Arc::from(points?), price: price? }), per_day))
}

/// What games give and cost is declared, too.
pub(in crate::wallet) fn check(reader: &mut Reader<'_>, fields: &Fields<'_>, wallet: &Wallet) {
    for (code, game) in &wallet.games {
        let mut wrong = Vec::new();
        if let Some(price) = &game.price {
            wrong.extend(wrong_points(wallet, "the price", (&price.points, price.price), code));
            if wallet.points.get(&price.points).is_some_and(|points| !points.is_spendable()) {
                let points = &price.points;
                wrong.push(format!("points `{points}` of game `{code}` cannot be spent"));
            }
        }
        for prize in &game.prizes {
            wrong.extend(wrong_prize(wallet, &prize.gives, code));
        }
        for message in wrong {
            reader.error(fields.at("games"), message, "declare it, or correct it");
        }
    }
}

fn wrong_prize(wallet: &Wallet, gives: &PrizeGives, game: &str) -> Option<String> {
    match gives {
        PrizeGives::Points(points, amount) => {
            wrong_points(wallet, "a prize", (points, *amount), game)
        }
        PrizeGives::Voucher(voucher) if !wallet.vouchers.contains_key(voucher) => {
            Some(format!("unknown voucher `{voucher}` of game `{game}`"))
        }
        PrizeGives::Voucher(voucher) if has_open_value(wallet, voucher) => {
            Some(format!("voucher `{voucher}` of game `{game}` has an open value"))
        }
        PrizeGives::Badge(badge) if !wallet.badges.contains_key(badge) => {
            Some(format!("unknown badge `{badge}` of game `{game}`"))
        }
        _ => None,
    }
}

fn wrong_points(
    wallet: &Wallet,
    what: &str,
    (points, amount): (&Unit, Decimal),
    game: &str,
) -> Option<String> {
    let Some(currency) = wallet.points.get(points) else {
        return Some(format!("unknown point currency `{points}` of game `{game}`"));
    };
    let is_too_fine = currency.decimals < amount.normalize().scale();
    is_too_fine.then(|| {
        format!("{what} of game `{game}` is {amount} of `{points}`, which has fewer decimals")
    })
}

/// `play: G1, game: wheel, partner: P1, draw: 0.42`.
pub(in crate::wallet) fn read_play(
    reader: &mut Reader<'_>,
    read: &line::Line<'_, '_>,
) -> Option<Play> {
    let game = reader.needed(read.fields, "game", Reader::code);
    let partner = read.partner(reader, "partner");
    let draw = reader.needed(read.fields, "draw", Reader::number);
    Some(Play { game: Arc::from(game?), partner: partner?, draw: draw? })
}
