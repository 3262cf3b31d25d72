use super::read;

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let cases = [
        ("steps: [ { on: 2026-04-08, by: finance, bribe: x } ]", "line 1: nobody can `bribe`"),
        ("steps: [ { on: 2026-04-08, approve: v, period: 2026Q1 } ]", "line 1: `by` is missing"),
        ("steps:\n  - { on: soon, by: finance, export: all }", "line 2: `on` is `soon`, which is"),
        ("steps: [ { on: 2026-04-08, by: a, state: EUR, of: v } ]", "line 1: `of` is not one of"),
        ("payees: { P1: { account: x, tax: some } }", "line 1: `tax` is `none`, `japan` or"),
        ("shows: [ { audit: approve, by: finance } ]", "line 1: say what was done to what"),
        ("shows: [ { weather: fine } ]", "line 1: nothing shows `weather`"),
        ("step: []", "line 1: `step` is not one of vendor, payees, steps, shows"),
    ];
    for (text, expected) in cases {
        let said = read(text).expect_err(text);
        assert!(said.starts_with(expected), "{text}\nsays {said}\nnot  {expected}");
    }
}

#[test]
fn steps_come_by_day() {
    let text = "steps:\n  - { on: 2026-05-02, by: b, export: all }\n  \
                - { on: 2026-05-01, by: a, state: EUR }";
    let steps = read(text).expect("it reads").steps;
    let by: Vec<(&str, u32)> = steps.iter().map(|step| (step.by.as_str(), step.line)).collect();
    assert_eq!(by, [("a", 3), ("b", 2)]);
}
