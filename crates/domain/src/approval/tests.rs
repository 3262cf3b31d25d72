use super::*;

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn steps(text: &str) -> Vec<Step> {
    let approver = |word: &str| match word {
        "anyone" => Approver::Anyone,
        "finance" | "administrator" | "manager" => Approver::Role(word.to_owned()),
        name => Approver::User(name.to_owned()),
    };
    text.split('>')
        .map(|step| Step { by: step.trim().split('+').map(approver).collect(), days: 3 })
        .collect()
}

/// `name:role`, with those they stand in for behind them: `ken:finance,ono:administrator`.
fn person(text: &str) -> Person {
    let mut people = text.split(',').map(|one| {
        let (id, role) = one.split_once(':').expect("`name:role`");
        let may_approve = role != "manager";
        Authority { id: id.into(), name: id.into(), role: role.into(), may_approve }
    });
    let own = people.next().expect("a person");
    Person { own, stands_for: people.collect() }
}

/// `chain | prepared by | people one after the other -> how each came out`.
#[track_caller]
fn check(cases: &str) {
    for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
        let (told, expected) = case.split_once(" -> ").expect("`… -> …`");
        let parts: Vec<&str> = told.split('|').map(str::trim).collect();
        let [chain, prepared, people] = parts.as_slice() else { panic!("`{case}`") };
        let prepared = prepared.split_whitespace().map(str::to_owned).collect();
        let mut approval = Approval::new(steps(chain), vec![], prepared);
        let mut said = vec![];
        for one in people.split_whitespace() {
            match approval.clone().approve(&person(one)) {
                Ok((progress, next)) => {
                    approval = next;
                    said.push(match progress {
                        Progress::Next { step, .. } => format!("step{step}"),
                        Progress::Done => "done".to_owned(),
                    });
                }
                Err(refusal) => said.push(format!("{refusal:?}")),
            }
        }
        assert_eq!(said.join(" "), expected, "in case `{case}`");
    }
}

#[test]
fn a_chain_is_walked_by_those_it_names_and_by_nobody_twice() {
    check(
        "
        anyone | ken | ono:finance -> done
        anyone | ken | ken:finance -> Prepared
        anyone | ken | mori:manager -> NotTheirs
        finance > administrator | ken | ono:finance abe:administrator -> step1 done
        finance > administrator | ken | abe:administrator -> NotTheirs
        finance > finance | ken | ono:finance ono:finance ito:finance -> step1 GivenBefore done
        mori > finance | ken | mori:manager ono:finance -> step1 done
        finance > mori+abe | ken | ono:finance abe:administrator -> step1 done
        finance | ken | ono:finance ito:finance -> done NotTheirs
        ",
    );
}

#[test]
fn a_deputy_may_what_the_absent_may_and_no_more() {
    check(
        "
        administrator | ken | mori:manager,abe:administrator -> done
        administrator | abe | mori:manager,abe:administrator -> Prepared
        administrator | mori | mori:manager,abe:administrator -> Prepared
        finance > finance | ken | ono:finance mori:manager,ono:finance -> step1 GivenBefore
        finance > finance | ken | mori:manager,ono:finance ono:finance -> step1 GivenBefore
        finance > finance | ken | mori:manager,ono:finance ito:finance -> step1 done
        abe | ken | mori:manager,ono:finance,abe:administrator -> done
        ",
    );
}

#[test]
fn the_highest_threshold_that_is_reached_chooses_the_chain() {
    let chain = |subject, from: &str, text: &str| Chain {
        subject,
        currency: Currency::parse("EUR").expect("a currency"),
        from: decimal(from),
        steps: steps(text),
    };
    let chains = [
        chain(Subject::Payout, "10000", "finance > administrator"),
        chain(Subject::Payout, "1000", "finance"),
        chain(Subject::Adjustment, "0", "administrator"),
    ];
    let cases = [
        (Subject::Payout, "EUR", "999.99", None),
        (Subject::Payout, "EUR", "1000", Some(1)),
        (Subject::Payout, "EUR", "-9999.99", Some(1)),
        (Subject::Payout, "EUR", "-10000", Some(2)),
        (Subject::Payout, "JPY", "10000", None),
        (Subject::Adjustment, "EUR", "0.01", Some(1)),
    ];
    for (subject, currency, amount, expected) in cases {
        let found = steps_for(&chains, subject, currency, decimal(amount));
        assert_eq!(found.map(<[Step]>::len), expected, "{subject:?} {currency} {amount}");
    }
}

#[test]
fn whoever_has_a_step_may_object() {
    let approval = Approval::new(steps("mori > finance"), vec![], vec!["mori".into()]);
    for (who, may) in [("mori:manager", true), ("ono:finance", true), ("eri:manager", false)] {
        assert_eq!(approval.objector(&person(who)).is_ok(), may, "{who}");
    }
}
