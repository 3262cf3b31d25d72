//! Just enough of CSV for the source's files, on purpose not the engine's reader.

/// The rows of a file with commas, quotes doubled inside quotes, and LF or CRLF.
pub fn rows(text: &str) -> impl Iterator<Item = Vec<String>> {
    let mut letters = text.trim_start_matches('\u{feff}').chars().peekable();
    std::iter::from_fn(move || {
        letters.peek()?;
        let mut row = vec![String::new()];
        let mut quoted = false;
        while let Some(letter) = letters.next() {
            let field = row.last_mut().expect("a row has a field");
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => {
                    letters.next();
                    field.push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(String::new()),
                '\r' if !quoted => {}
                '\n' if !quoted => break,
                _ => field.push(letter),
            }
        }
        Some(row)
    })
}

/// `12.3456` as 123456; the source has at most four decimals.
pub fn ten_thousandths(text: &str) -> i64 {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    assert!(decimals.len() <= 4, "`{text}` has more than four decimals");
    format!("{whole}{decimals:0<4}").parse().expect("a decimal number")
}

#[test]
fn rows_and_amounts_are_read_as_written() {
    let read: Vec<_> = rows("a,b\r\n\"1,5\",\"say \"\"no\"\"\"\n,").collect();
    assert_eq!(read, [vec!["a", "b"], vec!["1,5", "say \"no\""], vec!["", ""]]);
    assert_eq!(ten_thousandths("2024.9940"), 20_249_940);
    assert_eq!(ten_thousandths("-0.5"), -5_000);
    assert_eq!(ten_thousandths("7"), 70_000);
}
