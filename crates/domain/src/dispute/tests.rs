use super::*;

fn step(word: &str) -> DisputeStep {
    match word {
        "answer" => DisputeStep::Answer,
        "reply" => DisputeStep::Reply,
        "accept" => DisputeStep::Accept { amount: Decimal::ONE, adjustment: "adj_1".into() },
        "reject" => DisputeStep::Reject,
        "withdraw" => DisputeStep::Withdraw,
        other => panic!("`{other}` is no step"),
    }
}

/// One case a line: `steps -> state`, or the refusal of the last step.
#[track_caller]
fn check(cases: &str) {
    for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
        let (steps, expected) = case.split_once(" -> ").expect("`steps -> state`");
        let mut dispute = Ok(Dispute::Open);
        for word in steps.split_whitespace() {
            dispute = dispute.and_then(|dispute| dispute.after(step(word)));
        }
        let said = match dispute {
            Ok(dispute) => dispute.word().to_owned(),
            Err(over) => over.to_string(),
        };
        assert_eq!(said, expected, "in case `{case}`");
    }
}

#[test]
fn a_dispute_goes_to_and_fro_and_ends_once() {
    check(
        "
        answer -> answered
        answer reply -> open
        reply answer -> answered
        accept -> accepted
        answer accept -> accepted
        answer reject -> rejected
        withdraw -> withdrawn
        answer withdraw -> withdrawn
        accept reject -> the dispute is accepted already
        reject answer -> the dispute is rejected already
        withdraw reply -> the dispute is withdrawn already
        ",
    );
}
