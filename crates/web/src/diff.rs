//! Two texts line by line: what went, what came, and how much stayed.

/// A line of a comparison, or a run of lines that stayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    Gone(String),
    New(String),
    /// So many lines as before.
    Same(usize),
}

/// Pairs of lines compared at most; longer texts are shown as replaced as a whole.
const CELLS_MAX: usize = 4_000_000;

/// What turns one text into the other, by the longest run of common lines.
pub fn lines(before: &str, after: &str) -> Vec<Line> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - head;
    let tail =
        old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut found = Vec::new();
    same(&mut found, head);
    if old.len().saturating_mul(new.len()) > CELLS_MAX {
        found.extend(old.iter().map(|line| Line::Gone((*line).to_owned())));
        found.extend(new.iter().map(|line| Line::New((*line).to_owned())));
    } else {
        between(&mut found, old, new);
    }
    same(&mut found, tail);
    found
}

fn same(found: &mut Vec<Line>, count: usize) {
    match found.last_mut() {
        _ if count == 0 => {}
        Some(Line::Same(before)) => *before += count,
        _ => found.push(Line::Same(count)),
    }
}

fn between(found: &mut Vec<Line>, old: &[&str], new: &[&str]) {
    // How many lines are common from here on, by position in both.
    let width = new.len() + 1;
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            common[a * width + b] = if old[a] == new[b] {
                common[(a + 1) * width + b + 1] + 1
            } else {
                common[(a + 1) * width + b].max(common[a * width + b + 1])
            };
        }
    }
    let (mut a, mut b) = (0, 0);
    while a < old.len() || b < new.len() {
        if a < old.len() && b < new.len() && old[a] == new[b] {
            same(found, 1);
            (a, b) = (a + 1, b + 1);
        } else if b == new.len()
            || (a < old.len() && common[(a + 1) * width + b] >= common[a * width + b + 1])
        {
            found.push(Line::Gone(old[a].to_owned()));
            a += 1;
        } else {
            found.push(Line::New(new[b].to_owned()));
            b += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `before -> after = what is shown`; `/` ends a line.
    #[track_caller]
    fn check(cases: &str) {
        for case in cases.lines().map(str::trim).filter(|case| !case.is_empty()) {
            let (texts, expected) = case.split_once(" = ").expect("`… = …`");
            let (before, after) = texts.split_once(" -> ").expect("`… -> …`");
            let text = |text: &str| text.trim_matches('.').replace('/', "\n");
            let said: Vec<String> = lines(&text(before), &text(after))
                .into_iter()
                .map(|line| match line {
                    Line::Gone(text) => format!("-{text}"),
                    Line::New(text) => format!("+{text}"),
                    Line::Same(count) => format!("={count}"),
                })
                .collect();
            assert_eq!(said.join(" "), expected, "in case `{case}`");
        }
    }

    #[test]
    fn only_what_differs_is_shown() {
        check(
            "
            a/b/c -> a/b/c = =3
            a/b/c -> a/x/c = =1 -b +x =1
            a/b/c -> a/c = =1 -b =1
            a/c -> a/b/c = =1 +b =1
            . -> a/b = +a +b
            a/b -> . = -a -b
            a/b/c/d -> b/x/d/e = -a =1 -c +x =1 +e
            ",
        );
    }
}
