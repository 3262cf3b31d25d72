use jiff::civil::date;
use rust_decimal::Decimal;

use super::*;

fn money(amount: &str, code: &str) -> Money {
    Money::new(decimal(amount), Currency::parse(code).expect("a code"))
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

#[test]
fn amounts_read_as_people_write_them() {
    let cases = [
        (money("139874", "JPY").text(Lang::Ja), "139,874円"),
        (money("139874", "JPY").text(Lang::En), "¥139,874"),
        (money("-1240", "JPY").text(Lang::En), "−¥1,240"),
        (money("-1240", "JPY").text(Lang::Ja), "−1,240円"),
        (money("4210.5", "USD").text(Lang::Ja), "USD\u{a0}4,210.50"),
        (money("80450596.9823", "USD").text(Lang::En), "USD\u{a0}80,450,596.9823"),
        (money("139874", "JPY").about(Lang::Ja), "約14万円"),
        (money("139874", "JPY").about(Lang::En), "about ¥140,000"),
        (money("1254.4", "USD").about(Lang::En), "about USD\u{a0}1,300"),
        (money("47612600", "JPY").about_short(Lang::En), "about ¥48M"),
        (money("139874", "USD").about_digits(), "140,000"),
        (money("38412600", "JPY").short(Lang::Ja), "3,841万円"),
        (money("38412600", "JPY").short(Lang::En), "¥38.4M"),
        (money("-92600", "JPY").signed(Lang::Ja), "−92,600円"),
        (money("0", "USD").signed(Lang::En), "±0"),
        (money("372800", "JPY").signed(Lang::En), "+¥372,800"),
    ];
    for (written, expected) in cases {
        assert_eq!(written, expected);
    }
}

#[test]
fn figures_keep_what_is_exact_and_shorten_what_is_not() {
    let cases = [
        (short(decimal("123456789"), Lang::Ja), "1.2億"),
        (short(decimal("48200000"), Lang::En), "48.2M"),
        (short(decimal("999"), Lang::En), "999"),
        (rate(decimal("0.025")), "2.5%"),
        (rate(decimal("0.0075")), "0.75%"),
        (rate(decimal("0.02")), "2.0%"),
        (percent(decimal("0.944")), "94%"),
        (quantity(decimal("12.500")), "12.5"),
        (quantity(decimal("-214378")), "−214,378"),
        (signed(decimal("0")), "±0"),
        (signed(decimal("120")), "+120"),
        (bytes(4_215_000), "4.2 MB"),
        (bytes(812), "812 B"),
        (figure(decimal("-0.004"), 2), "0.00"),
    ];
    for (written, expected) in cases {
        assert_eq!(written, expected);
    }
}

#[test]
fn days_read_as_the_reader_writes_them() {
    let fri = date(2026, 6, 12);
    let cases = [
        (day(date(2026, 6, 30), Lang::Ja), "6月30日(火)"),
        (day(fri, Lang::En), "Fri 12 Jun"),
        (day_long(fri, Lang::Ja), "2026年6月12日"),
        (day_column(fri, Lang::Ja), "2026/06/12"),
        (day_column(fri, Lang::En), "2026-06-12"),
        (moment(fri.at(9, 5, 0, 0), Lang::En), "Fri 12 Jun, 9:05"),
        (moment(fri.at(9, 5, 0, 0), Lang::Ja), "6月12日(金) 9:05"),
        (month(fri, Lang::En), "Jun"),
    ];
    for (written, expected) in cases {
        assert_eq!(written, expected);
    }
}
