//! Chains of approval as people write them: with logins, where the engine keeps ids.

use domain::approval::Chain;
use engine::access::User;
use engine::settle::{PolicyError, read_chain, show_chain};

/// A line as it is typed, read.
pub fn read(line: &str, people: &[User]) -> Result<Chain, PolicyError> {
    read_chain(&with_ids(line, people))
}

/// A chain as it is typed.
pub fn show(chain: &Chain, people: &[User]) -> String {
    let mut line = show_chain(chain);
    for user in people {
        line = line.replace(&format!("user:{}", user.id), &format!("user:{}", user.login));
    }
    line
}

/// A line with the ids of people in the place of their logins.
fn with_ids(line: &str, people: &[User]) -> String {
    let word = |word: &str| {
        let by = word.split('+').map(|one| match one.strip_prefix("user:") {
            Some(login) => {
                let found = people.iter().find(|user| user.login == login);
                found.map_or_else(|| one.to_owned(), |user| format!("user:{}", user.id))
            }
            None => one.to_owned(),
        });
        by.collect::<Vec<_>>().join("+")
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
