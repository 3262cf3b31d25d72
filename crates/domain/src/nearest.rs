//! The nearest known word, for "did you mean" in everything that reads what people wrote.

/// The known word that `word` most likely was meant to be, if any is near enough to be worth
/// saying: at most a third of its letters differ. Capitals do not count, a swap counts once.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().flat_map(char::to_lowercase).take(WORD_CHARS_MAX).collect();
    let within = (word.len() / 3).max(1);
    if word.len() < 2 {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        let letters: Vec<char> =
            candidate.chars().flat_map(char::to_lowercase).take(WORD_CHARS_MAX).collect();
        if letters.len().abs_diff(word.len()) > within {
            continue;
        }
        let distance = distance(&word, &letters);
        if distance <= within && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Longer words are compared by their beginning, so that the cost stays bounded.
const WORD_CHARS_MAX: usize = 64;

/// Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, &y) in b.iter().enumerate() {
            let mut least = (above[j] + usize::from(x != y)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One case a line: `word -> nearest`, among these words.
    #[track_caller]
    fn check(known: &str, cases: &str) {
        for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
            let (word, expected) = case.split_once(" -> ").expect("`word -> nearest`");
            let found = nearest(word, known.split_whitespace()).unwrap_or("nothing");
            assert_eq!(found, expected, "in case `{case}`");
        }
    }

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not() {
        check(
            "category code name brand unit quantity qualifier",
            "
            categry -> category
            catgeory -> category
            Category -> category
            cathegory -> category
            colour -> nothing
            quantty -> quantity
            qualifer -> qualifier
            unti -> unit
            u -> nothing
            x -> nothing
            名前 -> nothing
            ",
        );
    }

    #[test]
    fn of_equally_near_words_the_first_is_taken() {
        check("gold bold", "cold -> gold");
        check("bold gold", "cold -> bold");
    }
}
