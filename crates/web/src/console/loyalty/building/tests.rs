use jiff::civil::date;

use super::*;

const WALLET: &str = "wallet: club\ncurrency: EUR\npoints: { STAR: {} }\nvouchers: { CUP: { value: 10 } }\nbadges: { pro: {} }\n";

fn form(template: Template) -> Form {
    let begun = Form::begun(template, date(2026, 6, 1), ("STAR", "club/sales"));
    Form { code: "summer".into(), wallet: "club".into(), ..begun }
}

/// What a form makes is read by the parsers of both texts, and says what was typed.
#[track_caller]
fn read(form: &Form) -> (domain::wallet::Promotion, domain::program::Program) {
    assert_eq!(form.wrong(Lang::En), [], "{form:?}");
    let text = with_promotion(WALLET, &form.block()).expect("a wallet");
    let file = domain::wallet::parse(&text, &[]).into_result();
    let mut file = file.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let text = form.program("EUR", "Europe/Berlin");
    let program = domain::program::parse(&text).into_result();
    let program = program.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    assert!(domain::program::unsupported(&program).iter().all(|it| !it.is_error()), "{text}");
    (file.wallet.promotions.remove("summer").expect("the promotion"), program)
}

#[test]
fn every_template_makes_two_texts_that_are_read() {
    for template in Template::ALL {
        let form = match template {
            Template::Own => Form { name_en: "Own".into(), number: "5".into(), ..form(template) },
            _ => form(template),
        };
        let (promotion, program) = read(&form);
        assert!(!promotion.is_boundless(), "{template:?}");
        assert_eq!(program.terms[0].promotion.as_deref(), Some("summer"));
    }
    let (hundred, program) = read(&form(Template::Hundred));
    assert_eq!((hundred.limits.uses, hundred.limits.uses_per_partner), (Some(100), Some(1)));
    assert_eq!(program.terms[0].rows[0].fixed, Some(100.into()));
}

#[test]
fn what_is_typed_stands_in_the_texts() {
    let (promotion, program) = read(&Form {
        name_ja: "夏の\"特典\"".into(),
        starts_time: "09:00".into(),
        ends_time: "18:30".into(),
        country: "JP, DE".into(),
        levels: "gold".into(),
        enrolment: "required".into(),
        limit_points: "20,000".into(),
        cut: "cut".into(),
        categories: "Bikes、Parts".into(),
        brands: "Kita's".into(),
        coupon: "S-1".into(),
        least_amount: "1,000".into(),
        gives: "voucher".into(),
        voucher: "CUP".into(),
        ..form(Template::First)
    });
    assert_eq!(promotion.starts, Some(date(2026, 6, 1).at(9, 0, 0, 0)));
    assert_eq!(promotion.ends, domain::wallet::Ends::At(date(2026, 7, 1).at(18, 30, 0, 0)));
    assert_eq!(promotion.enrol, domain::wallet::Enrol::Required);
    assert_eq!(
        promotion.when.as_ref().map(domain::condition::Expr::text),
        Some("partner.country in [\"JP\", \"DE\"] && partner.level == \"gold\"")
    );
    assert_eq!(promotion.limits.points, Some(20_000.into()));
    assert!(promotion.cut);
    let term = &program.terms[0];
    assert_eq!(
        term.when.as_ref().map(domain::condition::Expr::text),
        Some(
            "product.category in [\"Bikes\", \"Parts\"] && product.brand == \"Kita's\" && \
             fact.coupon == \"S-1\" && fact.amount >= 1000"
        )
    );
    assert_eq!(term.reward.held_unit(), Some("CUP"));
}

#[test]
fn what_is_wrong_is_told_at_its_field() {
    let good = form(Template::Hundred);
    let cases = [
        (Form { code: "1st".into(), ..good.clone() }, "code"),
        (Form { number: "many".into(), ..good.clone() }, "number"),
        (Form { number: "-5".into(), ..good.clone() }, "number"),
        (Form { starts: String::new(), ..good.clone() }, "starts"),
        (Form { ends: "2026-05-01".into(), ..good.clone() }, "ends"),
        (Form { ends_time: "late".into(), ..good.clone() }, "ends_time"),
        (Form { ends: String::new(), limit_uses: String::new(), ..good.clone() }, "ends"),
        (Form { rewarded: "activity".into(), ..good.clone() }, "activity"),
        (Form { gives: "voucher".into(), ..good.clone() }, "voucher"),
        (Form { rewarded: "goal".into(), ..good.clone() }, "goal"),
    ];
    for (form, field) in cases {
        let wrong: Vec<&str> = form.wrong(Lang::En).into_iter().map(|(field, _)| field).collect();
        assert_eq!(wrong, [field], "{form:?}");
    }
    let no_end = Form { ends: String::new(), ..good };
    assert_eq!(no_end.wrong(Lang::En), [], "a limit will do");
}

#[test]
fn a_promotion_is_added_wherever_there_is_room() {
    let block = "b:\n  ends: 2026-06-30\n";
    let cases = [
        ("wallet: w\n", "wallet: w\n\npromotions:\n  b:\n    ends: 2026-06-30\n"),
        (
            "wallet: w\npromotions:\n    a: {}\npoints: {}\n",
            "wallet: w\npromotions:\n    b:\n      ends: 2026-06-30\n    a: {}\npoints: {}\n",
        ),
        ("promotions: {}\nwallet: w\n", "promotions:\n  b:\n    ends: 2026-06-30\nwallet: w\n"),
    ];
    for (before, after) in cases {
        assert_eq!(with_promotion(before, block).as_deref(), Some(after), "{before}");
    }
    let braces = "wallet: w\npromotions: { a: { ends: 2026-05-31 } }\npoints: { S: {} }\n";
    let text = with_promotion(braces, block).expect("a text");
    let wallet = domain::wallet::parse(&text, &[]).into_result().expect("a wallet").wallet;
    assert_eq!((wallet.promotions.len(), wallet.points.len()), (2, 1), "{text}");
}
