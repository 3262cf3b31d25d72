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

/// Both texts of a form, as they stand once they are kept.
fn standing(form: &Form) -> Standing {
    let wallet = with_promotion(WALLET, &form.block()).expect("a wallet");
    let program = form.program("EUR", "Europe/Berlin");
    Standing::of(&wallet, &program, &form.code).expect("it stands there")
}

fn plays() -> Vec<(String, String, Decimal)> {
    vec![("wheel".into(), "CARD".into(), Decimal::from(2))]
}

#[test]
fn what_every_template_makes_is_read_back_into_the_same_form() {
    let mut forms: Vec<Form> = Template::ALL.into_iter().map(form).collect();
    forms.pop();
    forms.extend([
        Form { name_en: "Own".into(), number: "5".into(), ..form(Template::Own) },
        Form { gives: "voucher".into(), voucher: "CUP".into(), ..form(Template::Goal) },
        Form { gives: "badge".into(), badge: "pro".into(), ..form(Template::Coupon) },
        Form { rewarded: "whole".into(), goal_in: "quantity".into(), ..form(Template::Goal) },
        Form {
            gives: "play".into(),
            game: "wheel".into(),
            unit: "CARD".into(),
            price: "2".into(),
            number: "3".into(),
            ..form(Template::Hundred)
        },
        Form {
            rewarded: "activity".into(),
            activity: "visit, call".into(),
            country: "JP, DE".into(),
            list: "P-1".into(),
            categories: "Bikes".into(),
            brands: "Kita's".into(),
            least_amount: "1000".into(),
            starts_time: "09:00".into(),
            ends_time: "18:30:15".into(),
            enrolment: "required".into(),
            cut: "cut".into(),
            who_more: "(partner.level == \"a\" || partner.level == \"b\")".into(),
            counts_more: "fact.channel != \"web\"".into(),
            ..form(Template::Hundred)
        },
    ]);
    for form in forms {
        let standing = standing(&form);
        let back = standing.form(&plays());
        // What a text does not say: what is not asked for, and what is looked at.
        let own = Form {
            wallet: String::new(),
            goal_in: if form.is_goal() { form.goal_in.clone() } else { "amount".into() },
            unit: if matches!(form.gives.as_str(), "voucher" | "badge") {
                String::new()
            } else {
                form.unit.clone()
            },
            base: if form.gives == "factor" { form.base.clone() } else { String::new() },
            number: if matches!(form.gives.as_str(), "fixed" | "play") {
                form.number.clone()
            } else {
                String::new()
            },
            ..form.clone()
        };
        assert_eq!(back, own, "{}\n{}", form.block(), standing.program);
        assert_eq!(standing.kept(&back), (vec![], vec![]), "{}", standing.program);
        let same = standing.changed((&back, &back), &standing.program, None).expect("texts");
        assert_eq!(same, (standing.wallet.clone(), standing.program.clone()));
    }
}

const WRITTEN: &str = "\
wallet: club
promotions:
  # Since the fair.
  inner:
    name: { en: Inner, fr: Interne }   # three languages once
    starts: 2026-01-01
    when: 'partner.level == \"gold\" && size(partner.code) > 2'
    limits: { uses: 5, points: 500 }
  other: { ends: 2026-12-31 }
";

const PAYING: &str = "\
program: club
name: Club
currency: EUR
starts: 2025-01-01
periods: { every: quarter }
terms:
  - { term: sales, group_by: fact, measure: sum(amount), per_unit: 1, reward: { points: STAR } }
  # Ours.
  - term: inner
    name: Inner   # called so
    group_by: fact
    when: fact.amount >= 100 && product.category in [\"A\", \"B\"]
    fixed: 50
    returns: own_date
    reward: { points: STAR, subtype: bonus, promotion: inner }
";

#[test]
fn what_the_form_cannot_say_stays_word_for_word_and_is_named() {
    let standing = Standing::of(WRITTEN, PAYING, "inner").expect("it stands there");
    let was = standing.form(&[]);
    assert_eq!((was.name_en.as_str(), was.levels.as_str()), ("Inner", "gold"));
    assert_eq!(was.who_more, "size(partner.code) > 2");
    assert_eq!((was.least_amount.as_str(), was.categories.as_str()), ("100", "A, B"));
    let (wallet, program) = standing.kept(&was);
    assert_eq!(wallet, ["name: { fr: Interne }"]);
    let named = ["returns: own_date", "reward: { subtype: bonus }", "term: sales …", "name: Club"];
    assert!(named.iter().all(|line| program.iter().any(|own| own == line)), "{program:?}");

    let now = Form {
        number: "70".into(),
        limit_points: "900".into(),
        limit_uses_each: "2".into(),
        ends: "2026-11-30".into(),
        name_ja: "内輪".into(),
        country: "JP".into(),
        ..was.clone()
    };
    let (wallet, program) = standing.changed((&was, &now), PAYING, None).expect("texts");
    for line in [
        "  # Since the fair.",
        "    name: { en: Inner, fr: Interne, ja: \"内輪\" }   # three languages once",
        "    when: 'partner.country == \"JP\" && partner.level == \"gold\" && size(partner.code) > 2'",
        "    limits: { uses: 5, uses_per_partner: 2, points: 900 }",
        "    ends: 2026-11-30",
        "  other: { ends: 2026-12-31 }",
    ] {
        assert!(wallet.lines().any(|own| own == line), "`{line}` in\n{wallet}");
    }
    let expected = PAYING.replace("fixed: 50", "fixed: 70").replace(
        "periods: { every: quarter }\n",
        "periods: { every: quarter }\nends: 2026-11-30\n",
    );
    assert!(program.contains("fixed: 70") && program.contains("name: Inner   # called so"));
    assert_eq!(program.lines().count(), expected.lines().count(), "{program}");
}

#[test]
fn a_change_that_would_lose_words_of_the_text_is_refused() {
    let tiers = "[ { from: 10, fixed: 5, name: A } ]";
    let program = format!(
        "program: p\ncurrency: EUR\nstarts: 2026-01-01\nperiods: {{ every: month }}\nterms:\n  \
         - {{ term: t, qualifier: sum(amount), method: highest, tiers: {tiers}, reward: {{ points: \
         STAR, promotion: inner }} }}\n"
    );
    let standing = Standing::of(WRITTEN, &program, "inner").expect("it stands there");
    let was = standing.form(&[]);
    assert_eq!(was.gives, AS_IT_STANDS, "a row with a name is more than a goal");
    let when = Form { products: "X".into(), ..was.clone() };
    let (_, changed) = standing.changed((&was, &when), &program, None).expect("texts");
    assert!(changed.contains("product.code == \"X\"") && changed.contains(tiers), "{changed}");

    let program = program.replace(", name: A", "").replace("fixed: 5", "fixed: '5'");
    let frequency = program.replace("method", "frequency: { first: 2 }, method");
    let standing = Standing::of(WRITTEN, &frequency, "inner").expect("it stands there");
    let was = standing.form(&[]);
    assert_eq!((was.gives.as_str(), was.goal.as_str()), ("fixed", "10"));
    let now = Form { rewarded: "sale".into(), first_only: "yes".into(), ..was.clone() };
    assert_eq!(standing.changed((&was, &now), &frequency, None), Err(vec!["frequency".into()]));
}

#[test]
fn a_copy_has_all_of_it_under_another_name() {
    let standing = Standing::of(WRITTEN, PAYING, "inner").expect("it stands there");
    let was = standing.form(&[]);
    let now = Form {
        code: "winter".into(),
        number: "80".into(),
        starts: "2026-10-01".into(),
        ends: "2026-12-31".into(),
        ..was.clone()
    };
    let (block, program) = standing.copied(&was, &now).expect("texts");
    for line in ["winter:", "fr: Interne", "size(partner.code) > 2", "starts: 2026-10-01"] {
        assert!(block.contains(line), "`{line}` in\n{block}");
    }
    let read = domain::program::parse(&program).into_result();
    let read = read.unwrap_or_else(|problems| panic!("{problems:?}\n{program}"));
    assert_eq!((read.code.as_str(), read.terms.len()), ("winter", 1));
    assert_eq!(read.terms[0].promotion.as_deref(), Some("winter"));
    assert_eq!(read.starts, date(2026, 10, 1));
    assert!(program.contains("fixed: 80") && program.contains("subtype: bonus"), "{program}");
}

#[test]
fn a_promotion_competes_in_the_program_of_another_one() {
    let form = Form {
        lane: "first".into(),
        lane_with: "club/inner".into(),
        lane_order: "before".into(),
        coupon: "S".into(),
        ..form(Template::Hundred)
    };
    // Those that compete pay in one unit.
    let paying = PAYING.replace("subtype: bonus, ", "");
    let text = joined(&paying, &form, &form.term("summer")).expect("a program");
    let read = domain::program::parse(&text).into_result();
    let read = read.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let codes: Vec<&str> = read.terms.iter().map(|term| term.code.as_str()).collect();
    assert_eq!(codes, ["sales", "summer", "inner"], "{text}");
    assert!(text.contains("lanes: { with-summer: first }"), "{text}");
    assert_eq!(text.matches("lane: with-summer").count(), 2, "{text}");

    let wallet = with_promotion(WRITTEN, &form.block()).expect("a wallet");
    let standing = Standing::of(&wallet, &text, "summer").expect("it stands there");
    let was = standing.form(&[]);
    assert_eq!((was.lane.as_str(), was.lane_with.as_str()), ("first", "club/inner"));
    assert_eq!((was.lane_name.as_str(), was.lane_order.as_str()), ("with-summer", "before"));
    let after = Form { lane_order: "after".into(), ..was.clone() };
    let (_, moved) = standing.changed((&was, &after), &text, None).expect("texts");
    let read = domain::program::parse(&moved).into_result().expect("a program");
    let codes: Vec<&str> = read.terms.iter().map(|term| term.code.as_str()).collect();
    assert_eq!(codes, ["sales", "inner", "summer"], "{moved}");
    let best = Form { lane: "best".into(), ..was.clone() };
    let (_, best) = standing.changed((&was, &best), &text, None).expect("texts");
    assert!(best.contains("lanes: { with-summer: best }"), "{best}");
    let other = Form { lane: "best".into(), ..form };
    assert_eq!(joined(&text, &other, &other.term("third")), None, "it competes in another way");
}
