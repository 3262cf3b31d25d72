//! The handlers of points in the portal. Every query is bound to the reader's own partner.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::code::PartnerCode;
use domain::wallet::{CatalogueReward, Command, OrderReward, RewardGives};
use engine::catalog::MasterData;
use engine::db::Reader;
use engine::office::Live;
use engine::orders as handed;
use engine::pictures::Subject;
use engine::rules::Rules;
use engine::views::wallet::{self as views, HeldLot, HeldVoucher, Holding, Offer, PartnerWallet};
use engine::wallets::{self, Active, Answer, Ask};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::rewards::{Check, OnePage, Order, Reward, times, typed_quantity};
use super::{
    REWARDS, day_said, history, money, of_holding, overview, passing, points, rewards, said,
    taking_part, title, trace, vouchers,
};
use crate::app::{App, Routes};
use crate::console::loyalty::orders::Step as Shown;
use crate::console::routes::loyalty::orders::steps as console_steps;
use crate::failure::Failure;
use crate::format;
use crate::i18n::fill;
use crate::pictures::{Pictures, Shown as Pictured};
use crate::reading::orders as on_its_way;
use crate::reading::{name, program_named};
use crate::visit::{self, Sent, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/portal/points", get(show_overview));
    routes.get("/portal/points/rewards", get(show_rewards));
    routes.get("/portal/points/rewards/{code}", get(show_reward));
    routes.post("/portal/points/rewards/{code}", post(order));
    routes.get("/portal/points/promotions", get(taking_part::show));
    routes.post("/portal/points/promotions/{code}/{act}", post(taking_part::act));
    routes.post("/portal/points/orders/{key}/ask-cancel", post(ask_cancel));
    routes.get("/portal/points/vouchers", get(show_vouchers));
    routes.get("/portal/points/vouchers/{code}", get(show_voucher));
    routes.get("/portal/points/history", get(show_history));
    routes.get("/portal/points/pools/{code}", get(passing::show_pool));
    routes.post("/portal/points/pools/{code}", post(passing::take_out));
    routes.get("/portal/points/pass-on", get(passing::show_pass_on));
    routes.post("/portal/points/pass-on", post(passing::pass_on));
    routes.get("/portal/points/trace", get(trace::show));
    super::games::routes::add(routes);
    super::membership::add(routes);
    super::people::add(routes);
    super::card::add(routes);
    super::friends::add(routes);
}

/// What the reader has, with what that was read by.
pub(super) struct Own {
    pub rules: Arc<Rules>,
    pub master: Arc<MasterData>,
    pub partner: PartnerCode,
    pub wallets: Vec<PartnerWallet>,
}

/// What the reader has now, or on a later day. Without a wallet there is no such page.
async fn own_on(visit: &Visit, reader: &mut Reader, on: Option<Date>) -> Result<Own, Failure> {
    let office = visit.app.office();
    let (rules, master) = (office.rules(reader).await?, office.master(reader).await?);
    if rules.wallets.is_empty() {
        return Err(Failure::NotFound);
    }
    let partner = master.partner_code(visit.member_id()?).ok_or(Failure::NotFound)?.clone();
    let at = (visit.now, on);
    let wallets = views::of_partner(reader, &rules, &master, at, &partner).await?;
    Ok(Own { rules, master, partner, wallets })
}

pub(super) async fn own(visit: &Visit, reader: &mut Reader) -> Result<Own, Failure> {
    own_on(visit, reader, None).await
}

/// What the home page says of points: nothing where no wallet acts.
pub async fn for_home(visit: &Visit, reader: &mut Reader) -> Result<Vec<PartnerWallet>, Failure> {
    match own(visit, reader).await {
        Ok(own) => Ok(own.wallets),
        Err(Failure::NotFound) => Ok(vec![]),
        Err(other) => Err(other),
    }
}

async fn show_overview(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let promotions = taking_part::running(&visit, &mut reader, &own).await?;
    let as_of = visit.local(visit.now);
    let pools = passing::groups(&visit, &mut reader, &own).await?;
    let may_pass_on = passing::may_pass_on(&own)
        && crate::access::may_post(visit.role(), "/portal/points/pass-on");
    let page = overview::Page { as_of, promotions, pools, may_pass_on, wallets: own.wallets };
    Ok(visit.page(&page).into_response())
}

async fn show_rewards(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let lang = visit.lang;
    let spendable = own.wallets.iter().flat_map(|wallet| &wallet.holdings);
    let spendable = spendable.filter(|held| held.is_spendable);
    let mut offers: Vec<(&PartnerWallet, &Offer)> = own
        .wallets
        .iter()
        .flat_map(|wallet| wallet.rewards.iter().map(move |offer| (wallet, offer)))
        .collect();
    // What can be had stands first.
    offers.sort_by_key(|(_, offer)| (offer.refusal.is_some(), offer.reward.price));
    let pictures = Pictures::load(lang, &mut reader).await?;
    let page = rewards::Page {
        title: title(lang, &own.wallets),
        balances: spendable.map(|held| of_holding(lang, held, held.amount)).collect(),
        rewards: offers.into_iter().map(|of| reward(&visit, &own.rules, &pictures, of)).collect(),
        orders: orders(&visit, &mut reader, &own).await?,
    };
    Ok(visit.page(&page).into_response())
}

/// A reward of the catalogue as it is shown.
fn reward(
    visit: &Visit,
    rules: &Rules,
    pictures: &Pictures,
    (wallet, offer): (&PartnerWallet, &Offer),
) -> Reward {
    let (lang, w) = (visit.lang, &visit.lang.words().points);
    let of = &offer.reward;
    let mut limits = vec![];
    limits.extend(of.per_partner.map(|n| fill(w.at_most, &[("n", &format::count(n))])));
    let until = of.ends.map(|day| format::day_long(day, lang));
    limits.extend(until.map(|day| fill(w.available_until, &[("day", &day)])));
    Reward {
        code: of.code.to_string(),
        name: name(lang, &of.name, &of.code),
        description: name(lang, &of.description, ""),
        price: points(lang, of.price, 0, &offer.unit_name, &of.points),
        money: of.money.and_then(|each| money(wallet, each)),
        gives: gives(visit, rules, wallet, &of.gives),
        limits,
        refusal: offer.refusal.map(|why| said::offer_refusal(lang, wallet, offer, why)),
        picture: pictured(pictures, of),
    }
}

/// Its own picture, else that of the voucher it gives.
fn pictured(pictures: &Pictures, of: &CatalogueReward) -> Option<Pictured> {
    let own = pictures.get(Subject::Reward, &of.code);
    own.or_else(|| match &of.gives {
        RewardGives::Voucher(code) => pictures.get(Subject::Voucher, code),
        _ => None,
    })
}

/// What a reward gives, by its name.
fn gives(visit: &Visit, rules: &Rules, wallet: &PartnerWallet, gives: &RewardGives) -> String {
    let (lang, w) = (visit.lang, &visit.lang.words().points);
    let of = acting(rules, wallet);
    match gives {
        RewardGives::Goods => w.gives_goods.into(),
        RewardGives::Voucher(code) => {
            let kind = of.and_then(|of| of.wallet.vouchers.get(code));
            let named = kind.map(|kind| name(lang, &kind.name, code));
            fill(w.gives_voucher, &[("name", named.as_deref().unwrap_or(code))])
        }
        RewardGives::Cash(each) => {
            let amount = money(wallet, *each).map(|each| each.text(lang));
            fill(w.gives_cash, &[("amount", &amount.unwrap_or_default())])
        }
        RewardGives::Badge(code) => {
            let kind = of.and_then(|of| of.wallet.badges.get(code));
            let named = kind.map(|kind| name(lang, &kind.name, code));
            fill(w.gives_badge, &[("name", named.as_deref().unwrap_or(code))])
        }
    }
}

fn acting<'r>(rules: &'r Rules, wallet: &PartnerWallet) -> Option<&'r Active> {
    rules.wallets.iter().find(|of| of.code == wallet.code)
}

/// Lines of the reader that are looked through for its orders.
const LINES_MAX: i64 = 2_000;

/// The reader's orders of rewards, the newest first.
async fn orders(visit: &Visit, reader: &mut Reader, own: &Own) -> Result<Vec<Order>, Failure> {
    let lang = visit.lang;
    let lines = wallets::lines_of(reader, own.partner.as_str(), LINES_MAX).await?;
    // Oldest first, so that a key is known by the line that made it.
    let mut made: BTreeMap<&str, (Date, i64, u32)> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.refusal.is_none()) {
        if let Ok(Command::OrderReward(order) | Command::ReserveReward(order, _)) =
            serde_json::from_str(&line.body)
        {
            made.insert(&line.key, (line.on.date(), line.seq, order.quantity));
        }
    }
    let query = handed::Query {
        partner: Some(own.partner.clone()),
        limit: usize::MAX,
        ..handed::Query::default()
    };
    let on_way = handed::list(reader, &own.rules, &query).await?;
    let mut found: Vec<(i64, Order)> = vec![];
    for wallet in &own.wallets {
        for of in &wallet.redemptions {
            let Some(code) = &of.reward else { continue };
            let offer = wallet.rewards.iter().find(|offer| *offer.reward.code == **code);
            let held = wallet.holdings.iter().find(|held| held.unit == of.unit);
            let line = made.get(of.key.as_str());
            let on_way = on_way.iter().find(|it| it.key == of.key);
            let order = Order {
                key: of.key.clone(),
                reward: offer.map_or(code.clone(), |it| name(lang, &it.reward.name, code)),
                quantity: line.map(|(.., quantity)| *quantity),
                day: line.map(|(day, ..)| *day),
                points: match held {
                    Some(held) => of_holding(lang, held, of.amount),
                    None => format::quantity(of.amount),
                },
                state: match on_way.map(|it| it.state) {
                    Some(state) => on_its_way::state(lang.words(), state),
                    None => said::order_state(lang.words(), &of.status),
                },
                steps: on_way.map(|it| steps(visit, it)).unwrap_or_default(),
                may_ask_cancel: on_way
                    .is_some_and(|it| it.state == handed::OrderState::Ordered && !it.cancel_asked),
                cancel_asked: on_way.is_some_and(|it| it.cancel_asked),
            };
            found.push((line.map_or(0, |(_, seq, _)| *seq), order));
        }
    }
    found.sort_by_key(|(seq, _)| std::cmp::Reverse(*seq));
    Ok(found.into_iter().map(|(_, order)| order).collect())
}

/// The steps of an order, as the partner sees them: who of the vendor took them is not said.
fn steps(visit: &Visit, order: &handed::Order) -> Vec<Shown> {
    let told = console_steps(visit, order);
    told.into_iter().map(|step| Shown { by: String::new(), ..step }).collect()
}

#[derive(Debug, Default, Deserialize)]
struct AskForm {
    #[serde(default)]
    reason: String,
}

/// Asks the vendor to cancel an order of the reader.
async fn ask_cancel(
    State(app): State<App>,
    visit: Visit,
    Path(key): Path<String>,
    sent: Sent<AskForm>,
) -> Result<Redirect, Failure> {
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let partner = master.partner_code(visit.member_id()?).ok_or(Failure::NotFound)?;
    let order = handed::one(&mut tx, &rules, &key).await?;
    order.filter(|order| order.partner == *partner).ok_or(Failure::NotFound)?;
    let reason = Some(sent.form.reason.trim().to_owned()).filter(|text| !text.is_empty());
    let step = handed::Step::AskCancel { reason };
    let by = (&visit.actor()?, visit.now);
    match handed::step(&mut tx, (&rules, &master), by, &key, &step).await {
        Ok(_) => {}
        Err(handed::OrderError::WrongState { state, .. }) => {
            let words = visit.lang.words();
            let said = handed::OrderState::parse(state).map(|it| on_its_way::state(words, it).0);
            let what = fill(words.orders.wrong_state, &[("state", said.unwrap_or(state))]);
            return Err(Failure::field(&["reason"], what));
        }
        Err(other) => return Err(other.into()),
    }
    tx.commit().await?;
    office.tell(Live::Wallet(visit.member_id()?));
    Ok(Redirect::to(&format!("{REWARDS}?done=requested#order-{key}")))
}

/// One reward: how many, or with a quantity in the address what that takes.
async fn show_reward(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let (wallet, offer) = offer_of(&own, &code).ok_or(Failure::NotFound)?;
    let query = visit::query(&visit.here);
    let typed = query.get("quantity").map(String::as_str);
    let quantity = typed.and_then(typed_quantity);
    let wrong = (typed.is_some() && quantity.is_none()).then(|| bad_quantity(&visit));
    let check = match quantity {
        Some(quantity) => Some(check(&visit, &mut reader, &own, (wallet, offer), quantity).await?),
        None => None,
    };
    let page = OnePage {
        reward: reward(
            &visit,
            &own.rules,
            &Pictures::load(visit.lang, &mut reader).await?,
            (wallet, offer),
        ),
        quantity: typed.unwrap_or("1").into(),
        wrong,
        check,
    };
    Ok(visit.page(&page).into_response())
}

fn bad_quantity(visit: &Visit) -> String {
    let most = format::count(rewards::QUANTITY_MAX);
    fill(visit.lang.words().points.bad_quantity, &[("most", &most)])
}

fn offer_of<'o>(own: &'o Own, code: &str) -> Option<(&'o PartnerWallet, &'o Offer)> {
    own.wallets.iter().find_map(|wallet| {
        let offer = wallet.rewards.iter().find(|offer| *offer.reward.code == *code)?;
        Some((wallet, offer))
    })
}

/// What so many of a reward would take and leave.
async fn check(
    visit: &Visit,
    reader: &mut Reader,
    own: &Own,
    (wallet, offer): (&PartnerWallet, &Offer),
    quantity: u32,
) -> Result<Check, Failure> {
    let lang = visit.lang;
    let of = &offer.reward;
    let line = OrderReward { partner: own.partner.clone(), reward: of.code.clone(), quantity };
    let refusal = views::order_refused(reader, &own.rules, &own.master, visit.now, &line).await?;
    let takes = times(of.price, quantity).ok_or(Failure::NotFound)?;
    let held = wallet.holdings.iter().find(|held| *held.unit == *of.points);
    let there = held.map_or_else(Default::default, |held| held.amount);
    let said = |amount| points(lang, amount, 0, &offer.unit_name, &of.points);
    Ok(Check {
        quantity,
        takes: said(takes),
        money: of.money.and_then(|each| money(wallet, times(each, quantity)?)),
        now: said(there),
        left: said(there - takes),
        refusal: refusal.map(|why| said::refusal(lang, why).into()),
    })
}

#[derive(Deserialize)]
struct OrderForm {
    key: String,
    quantity: String,
}

async fn order(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
    sent: Sent<OrderForm>,
) -> Result<Redirect, Failure> {
    let Some(quantity) = typed_quantity(&sent.form.quantity) else {
        return Err(Failure::field(&["quantity"], bad_quantity(&visit)));
    };
    let office = app.office();
    let mut tx = office.db().write().await?;
    let (rules, master) = (office.rules(&mut tx).await?, office.master(&mut tx).await?);
    let partner = master.partner_code(visit.member_id()?).ok_or(Failure::NotFound)?.clone();
    if !rules.wallets.iter().any(|of| of.wallet.rewards.contains_key(code.as_str())) {
        return Err(Failure::NotFound);
    }
    let key = order_key(&partner, &sent.form.key);
    let line = OrderReward { partner, reward: Arc::from(code.as_str()), quantity };
    let ask = Ask { key: Arc::from(key.as_str()), on: None, command: Command::OrderReward(line) };
    let of = (&visit.actor()?, visit.now);
    let answer = wallets::act(&mut tx, &rules, &master, of, &ask).await?;
    // Also what was refused is kept among the lines.
    tx.commit().await?;
    match answer {
        Answer::Taken(_) | Answer::Known => {
            office.tell(Live::Wallet(visit.member_id()?));
            Ok(Redirect::to(&format!("{REWARDS}?done=ordered#orders")))
        }
        Answer::Refused(why) => Err(Failure::field(&["quantity"], said::refusal(visit.lang, why))),
    }
}

/// Digits and letters that nobody takes for another one.
const LETTERS: &[u8; 20] = b"ACDEFHJKMNPRTWXY3479";
const LETTERS_OF_KEY: usize = 10;

/// The key of an order: the same for the same form, another for anybody else's, and short enough to
/// be read out. A voucher that it gives is named after it.
fn order_key(partner: &PartnerCode, form: &str) -> String {
    format!("R-{}", letters_of(&format!("order\n{partner}\n{form}")))
}

/// The same of a play.
pub(super) fn play_key(partner: &PartnerCode, form: &str) -> String {
    format!("G-{}", letters_of(&format!("play\n{partner}\n{form}")))
}

/// The same of points that are passed on.
pub(super) fn pass_key(partner: &PartnerCode, form: &str) -> String {
    format!("T-{}", letters_of(&format!("pass\n{partner}\n{form}")))
}

fn letters_of(text: &str) -> String {
    let digest = Sha256::digest(text);
    let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
    digest.iter().take(LETTERS_OF_KEY).map(letter).collect()
}

/// A voucher as its holder sees it.
fn voucher(visit: &Visit, wallet: &PartnerWallet, of: &HeldVoucher) -> vouchers::Voucher {
    let (lang, w) = (visit.lang, &visit.lang.words().points);
    let is_usable = of.status == "issued" && !of.amount.is_zero();
    let worth = money(wallet, of.amount).filter(|_| of.is_money);
    vouchers::Voucher {
        code: of.code.clone(),
        name: name(lang, &of.name, &of.kind),
        description: name(lang, &of.description, ""),
        left: match worth {
            Some(worth) => worth.text(lang),
            None if is_usable => w.one_use.into(),
            None => w.used_up.into(),
        },
        reserved: money(wallet, of.reserved)
            .filter(|_| of.is_money && !of.reserved.is_zero())
            .map(|reserved| reserved.text(lang)),
        last_day: match &of.expires {
            Some(day) => day_said(lang, day),
            None => w.no_last_day.into(),
        },
        state: said::voucher_state(lang.words(), &of.status),
        is_usable,
    }
}

async fn show_vouchers(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let mut all: Vec<(&PartnerWallet, &HeldVoucher)> = own
        .wallets
        .iter()
        .flat_map(|wallet| wallet.vouchers.iter().map(move |of| (wallet, of)))
        .collect();
    let ends = |of: &HeldVoucher| (of.expires.is_none(), of.expires.clone());
    all.sort_by_key(|(_, of)| (of.status != "issued", ends(of), of.code.clone()));
    let page = vouchers::Page {
        title: title(visit.lang, &own.wallets),
        vouchers: all.iter().map(|(wallet, of)| voucher(&visit, wallet, of)).collect(),
    };
    Ok(visit.page(&page).into_response())
}

async fn show_voucher(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let found = own.wallets.iter().find_map(|wallet| {
        let of = wallet.vouchers.iter().find(|of| of.code == code)?;
        Some(voucher(&visit, wallet, of))
    });
    let page = vouchers::OnePage { voucher: found.ok_or(Failure::NotFound)? };
    Ok(visit.page(&page).into_response())
}

/// Lines of a page of the statement.
const MOVEMENTS_MAX: usize = 50;

async fn show_history(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let own = own(&visit, &mut reader).await?;
    let query = visit::query(&visit.here);
    let older_than = query.get("before").and_then(|seq| seq.parse().ok());
    let asked = query.get("on").cloned().unwrap_or_default();
    let day = asked.parse::<Date>().ok();
    let on_day = match day {
        Some(day) if day < visit.today() => {
            Some(on_past_day(&visit, &mut reader, &own, day).await?)
        }
        Some(day) => Some(on_day(&visit, &mut reader, day).await?),
        None => None,
    };
    let limit = i64::try_from(MOVEMENTS_MAX + 1).unwrap_or(i64::MAX);
    let mut found =
        views::movements(&mut reader, &own.rules, visit.member_id()?, older_than, limit).await?;
    let has_more = found.len() > MOVEMENTS_MAX;
    found.truncate(MOVEMENTS_MAX);
    // What tiers are counted by is shown nowhere.
    let before = found.last().map(|last| last.seq).filter(|_| has_more);
    found.retain(|of| !domain::wallet::is_hidden(&of.unit));
    let lines = orders(&visit, &mut reader, &own).await?;
    let page = history::Page {
        title: title(visit.lang, &own.wallets),
        today: visit.today(),
        movements: found.iter().map(|of| movement(&visit, &own, &lines, of)).collect(),
        is_first: older_than.is_none(),
        before,
        lots: own.wallets.iter().flat_map(|wallet| lots(&visit, wallet)).collect(),
        wrong: (!asked.is_empty() && day.is_none()).then(|| visit.lang.words().points.bad_day),
        asked,
        on_day,
    };
    Ok(visit.page(&page).into_response())
}

async fn on_day(visit: &Visit, reader: &mut Reader, day: Date) -> Result<history::OnDay, Failure> {
    let then = own_on(visit, reader, Some(day)).await?;
    let held = then.wallets.iter().flat_map(|wallet| &wallet.holdings);
    let balances = held.map(|held| of_holding(visit.lang, held, held.amount)).collect();
    Ok(history::OnDay { day, balances })
}

/// What there was at the end of a day that is over.
async fn on_past_day(
    visit: &Visit,
    reader: &mut Reader,
    own: &Own,
    day: Date,
) -> Result<history::OnDay, Failure> {
    let of = (&*own.rules, &*own.master);
    let then = views::past(reader, of, visit.now, &own.partner, day).await?;
    let mut balances = vec![];
    for held in then.iter().flat_map(|wallet| &wallet.balances) {
        let all = own.wallets.iter().flat_map(|wallet| &wallet.holdings);
        let now = all.into_iter().find(|now| now.unit == held.unit);
        balances.extend(now.map(|now| of_holding(visit.lang, now, held.amount)));
    }
    Ok(history::OnDay { day, balances })
}

/// What there is by its last day: those of a day together.
fn lots(visit: &Visit, wallet: &PartnerWallet) -> Vec<history::Lot> {
    let mut all = vec![];
    for held in &wallet.holdings {
        // They stand in the order of their last days.
        let same_end = |a: &HeldLot, b: &HeldLot| a.expires == b.expires;
        all.extend(held.lots.chunk_by(same_end).map(|lots| ending(visit, held, lots)));
    }
    all
}

fn ending(visit: &Visit, held: &Holding, lots: &[HeldLot]) -> history::Lot {
    let (lang, w) = (visit.lang, &visit.lang.words().points);
    let sum = |of: fn(&HeldLot) -> Decimal| -> Decimal { lots.iter().map(of).sum() };
    let (escrow, reserved) = (sum(|lot| lot.escrow), sum(|lot| lot.reserved));
    let mut also = vec![];
    if !escrow.is_zero() {
        also.push(fill(w.lot_waits, &[("n", &of_holding(lang, held, escrow))]));
        let waiting = lots.iter().filter(|lot| !lot.escrow.is_zero());
        let next = waiting.map(|lot| lot.usable.as_str()).min().unwrap_or_default();
        also.push(fill(w.lot_waiting, &[("day", &day_said(lang, next))]));
    }
    if !reserved.is_zero() {
        also.push(fill(w.lot_reserved, &[("n", &of_holding(lang, held, reserved))]));
    }
    let (first, last) = (
        lots.iter().map(|lot| lot.on.as_str()).min().unwrap_or_default(),
        lots.iter().map(|lot| lot.on.as_str()).max().unwrap_or_default(),
    );
    let n = format::count(u32::try_from(lots.len()).unwrap_or(u32::MAX));
    let (from, to) = (day_said(lang, first), day_said(lang, last));
    history::Lot {
        earned: if first == last {
            fill(w.lot_credit, &[("day", &from)])
        } else {
            fill(w.lot_credits, &[("n", &n), ("from", &from), ("to", &to)])
        },
        left: of_holding(lang, held, sum(|lot| lot.amount)),
        also,
        last_day: lots
            .first()
            .and_then(|lot| lot.expires.as_deref())
            .map(|day| day_said(lang, day)),
    }
}

/// A line of the statement, in words.
fn movement(visit: &Visit, own: &Own, orders: &[Order], of: &views::Movement) -> history::Movement {
    let lang = visit.lang;
    let (what, amount) = said::movement(lang.words(), of);
    let mut held = own.wallets.iter().flat_map(|wallet| &wallet.holdings);
    let held = held.find(|held| held.unit == of.unit);
    let digits = match (held, domain::amount::Currency::parse(&of.unit)) {
        (Some(held), _) => of_holding(lang, held, amount),
        (None, Some(currency)) => format::Money::new(amount, currency).text(lang),
        (None, None) => format!("{}\u{a0}{}", format::quantity(amount), of.unit),
    };
    let plus = if amount.is_sign_positive() && of.amount == amount { "+" } else { "" };
    history::Movement {
        day: of.day,
        what,
        amount: format!("{plus}{digits}"),
        is_loss: amount.is_sign_negative(),
        cause: cause(visit, own, orders, of),
    }
}

/// What is behind a movement: an order, the program that credited a fact, or its key alone.
fn cause(
    visit: &Visit,
    own: &Own,
    orders: &[Order],
    of: &views::Movement,
) -> (String, Option<String>) {
    let (lang, w) = (visit.lang, &visit.lang.words().points);
    let key = of.cause.strip_suffix("-c").unwrap_or(&of.cause);
    if let Some(order) = orders.iter().find(|order| order.key == key) {
        let text = format!("{} · {}", order.reward, order.key);
        return (text, Some(format!("{REWARDS}#order-{key}")));
    }
    if let Some(code) = &of.program {
        let program = program_named(lang, &own.rules, code).name;
        let text = fill(w.cause_sale, &[("program", &program), ("key", key)]);
        return (text, Some(format!("/portal/programs/{}", crate::ui::encode(code))));
    }
    let is_points = own.wallets.iter().flat_map(|it| &it.holdings).any(|it| it.unit == of.unit);
    let link = format!("{}?key={}", trace::TRACE, crate::ui::encode(key));
    let named = benefit_or_key(visit, own, key);
    let text = match (&of.voucher, &of.whose) {
        (Some(about), _) | (None, Some(about)) => format!("{about} · {named}"),
        (None, None) => named,
    };
    (text, is_points.then_some(link))
}

/// A benefit by its name, where that gave points; else the key of the line.
fn benefit_or_key(visit: &Visit, own: &Own, key: &str) -> String {
    let code = key.split('/').next().unwrap_or(key);
    let mut named = own.rules.wallets.iter().filter_map(|of| of.wallet.benefits.get(code));
    named.next().map_or_else(|| key.into(), |benefit| name(visit.lang, &benefit.name, code))
}
