//! Games in the console.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::wallet::Looks;
use engine::rules::Rules;
use engine::views::games::{self as views, GameShown, PrizeShown};
use engine::wallets::draws::{self, DrawRow};
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::app::Routes;
use crate::console::loyalty::games::{Count, Day, DayPage, Drawn, OnePage, Page, Prize, Row};
use crate::failure::Failure;
use crate::format;
use crate::i18n::Lang;
use crate::reading::{games as say, loyalty, name};
use crate::visit::{self, Visit};

pub fn add(routes: &mut Routes) {
    routes.get("/console/loyalty/games", get(show));
    routes.get("/console/loyalty/games/{code}", get(show_one));
    routes.get("/console/loyalty/games/{code}/{day}", get(show_day));
}

/// Draws of a page.
const DRAWS_MAX: usize = 100;

fn row(lang: Lang, rules: &Rules, of: &GameShown) -> Row {
    let w = &lang.words().games;
    let money = rules.wallets.iter().find(|it| it.code == of.wallet).and_then(|it| it.money);
    let cost = loyalty::price(lang, of.expected_cost(), money);
    let won: Decimal = of.prizes.iter().map(|it| it.won).sum();
    Row {
        code: of.game.code.to_string(),
        name: name(lang, &of.game.name, &of.game.code),
        looks: if of.game.looks == Looks::Wheel { w.looks_wheel } else { w.looks_scratch },
        price: say::price(lang, of),
        won: format::quantity(won),
        expected: if of.has_unknown_costs() {
            format!("{cost}{}{}", lang.say("、", ", "), w.without_goods)
        } else {
            cost
        },
        is_unlimited: of.game.price.is_none() && of.game.per_day.is_none(),
    }
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let all = views::all(&mut reader, &rules, visit.now).await?;
    let page = Page { rows: all.iter().map(|of| row(visit.lang, &rules, of)).collect() };
    Ok(visit.page(&page).into_response())
}

async fn show_one(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let found = views::one(&mut reader, &rules, visit.now, &code).await?;
    let of = found.ok_or(Failure::NotFound)?;
    let lang = visit.lang;
    let (active, _) = draws::game_of(&rules, &code).ok_or(Failure::NotFound)?;
    let prize = |it: &PrizeShown| Prize {
        code: it.prize.code.to_string(),
        name: say::prize(lang, &active.wallet, &it.prize),
        odds: format::rate(it.prize.odds),
        cost: it.cost.map(|cost| loyalty::price(lang, cost, active.money)),
        won: format::quantity(it.won),
        limit: it.prize.limit.map(format::count),
        left: it.left.map(format::quantity),
    };
    let page = OnePage {
        row: row(lang, &rules, &of),
        description: name(lang, &of.game.description, ""),
        per_day: of.game.per_day,
        open: say::days(lang, &of.game),
        prizes: of.prizes.iter().map(prize).collect(),
        nothing: format::rate(of.nothing),
        days: of
            .seals
            .into_iter()
            .map(|it| Day {
                day: it.day,
                commitment: it.commitment,
                seed: it.seed,
                draws: it.draws,
            })
            .collect(),
    };
    Ok(visit.page(&page).into_response())
}

async fn show_day(
    visit: Visit,
    Path((code, day)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let day: Date = day.parse().map_err(|_| Failure::NotFound)?;
    let mut reader = visit.reader().await?;
    let rules = visit.app.office().rules(&mut reader).await?;
    let found = views::one(&mut reader, &rules, visit.now, &code).await?;
    let shown = found.ok_or(Failure::NotFound)?;
    let (of, _) = draws::game_of(&rules, &code).ok_or(Failure::NotFound)?;
    let checked = draws::check(&mut reader, of, &code, (day, shown.today)).await?;
    let checked = checked.ok_or(Failure::NotFound)?;
    let query = visit::query(&visit.here);
    let after = query.get("after").and_then(|after| after.parse().ok()).unwrap_or(0);
    let limit = i64::try_from(DRAWS_MAX + 1).unwrap_or(i64::MAX);
    let of_game = (of.wallet_id, code.as_str());
    let mut rows = draws::draws_of(&mut reader, of_game, day, (after, limit)).await?;
    let has_more = rows.len() > DRAWS_MAX;
    rows.truncate(DRAWS_MAX);
    let lang = visit.lang;
    let prize = |code: Option<&str>| say::prize_or_nothing(lang, &of.wallet, &shown, code);
    let drawn = |row: &DrawRow| Drawn {
        number: row.number,
        who: row.played.as_ref().map_or_else(String::new, |it| it.play.partner.to_string()),
        prize: prize(row.played.as_ref().and_then(|it| it.prize.as_deref())),
        draw: row.draw.to_string(),
        key: row.key.clone(),
        at: visit.local(row.recorded),
    };
    let count = |it: &draws::Count| Count {
        prize: prize(it.prize.as_deref()),
        expected: format::quantity(it.expected),
        drawn: it.drawn,
    };
    let page = DayPage {
        game: name(lang, &shown.game.name, &code),
        day,
        chi: checked.chi_square().map(|(sum, free)| (sum.to_string(), free)),
        counts: checked.counts.iter().map(count).collect(),
        commitment: checked.commitment,
        seed: checked.seed,
        seed_fits: checked.seed_fits,
        wrong: checked.wrong,
        missing: checked.missing,
        after: rows.last().map(|row| row.number).filter(|_| has_more),
        draws: rows.iter().map(drawn).collect(),
        code,
    };
    Ok(visit.page(&page).into_response())
}
