use super::*;

/// `treatment basis rounding decimals: amounts = rate net tax gross; … on top`, amounts of the
/// reduced rate with an `r` behind them.
#[track_caller]
fn check(cases: &str) {
    for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
        let (head, rest) = case.split_once(": ").expect("a head");
        let (amounts, expected) = rest.split_once(" = ").expect("amounts = expected");
        let words: Vec<&str> = head.split(' ').collect();
        let treatment = match words[0] {
            "none" => Treatment::None,
            "japan" => Treatment::Japan,
            "unchanged" => Treatment::VatUnchanged,
            rate => Treatment::Vat { rate: rate.parse().expect("a rate") },
        };
        let basis = if words[1] == "added" { Basis::Added } else { Basis::Included };
        let rounding = TaxRounding::ALL.into_iter().find(|mode| mode.word() == words[2]);
        let payouts: Vec<Taxed> = amounts
            .split(' ')
            .map(|amount| Taxed {
                amount: amount.trim_end_matches('r').parse().expect("an amount"),
                is_reduced: amount.ends_with('r'),
            })
            .collect();
        let decimals = words[3].parse().expect("decimals");
        let tax = of_document(&payouts, treatment, basis, rounding.expect("a mode"), decimals);
        let lines: Vec<String> = tax
            .lines
            .iter()
            .map(|line| format!("{} {} {} {}", line.rate, line.net, line.tax, line.gross))
            .collect();
        let on_top: Vec<String> = tax.on_top.iter().map(ToString::to_string).collect();
        assert_eq!(format!("{}; {}", lines.join(", "), on_top.join(" ")), expected, "in `{case}`");
        let sum: Decimal = tax.on_top.iter().sum();
        let total: Decimal = tax.lines.iter().map(|line| line.tax).sum();
        assert!(basis == Basis::Included || sum == total, "the parts of `{case}` are not the tax");
        assert!(tax.lines.iter().all(|line| line.net + line.tax == line.gross));
    }
}

#[test]
fn tax_is_rounded_once_for_each_document_and_rate() {
    // Three lines of 15 yen: 1.5 yen each. Rounded line by line it would be 3, by document 4.
    check(
        "
        japan added down 0: 15 15 15 = 0.10 45 4 49; 2 1 1
        japan added half_up 0: 15 15 15 = 0.10 45 5 50; 2 2 1
        japan added up 0: 11 = 0.10 11 2 13; 2
        japan added down 0: 1999 105r = 0.10 1999 199 2198, 0.08 105 8 113; 199 8
        japan included down 0: 1100 = 0.10 1000 100 1100; 0
        japan included down 0: 1099 = 0.10 1000 99 1099; 0
        japan added down 0: -15 = 0.10 -15 -1 -16; -1
        japan added down 0: 100 -19 = 0.10 81 8 89; 10 -2
        0.19 added half_up 2: 100.00 0.13 = 0.19 100.13 19.02 119.15; 19.00 0.02
        0.19 added down 2: 1000 = 0.19 1000 190.00 1190.00; 190.00
        none added down 0: 1000 = ; 0
        unchanged added down 2: 10.55 = ; 0
        ",
    );
}
