//! What slices tell others: the news of the domain, as the outbox writes it.

use std::collections::BTreeMap;

use domain::wallet::{Book, News as Of, Piece, PieceKey, Said};
use serde_json::{Map, Value};

use crate::outbox::News;

/// What a slice has to tell, once: what it posted, and what became of its pieces.
pub(super) fn of(
    book: &Book,
    wallet: &str,
    before: &BTreeMap<PieceKey, Piece>,
    after: &BTreeMap<PieceKey, Piece>,
) -> Vec<News> {
    let mut all = book.news_of_points();
    for (key, piece) in after {
        let was = before.get(key);
        if was != Some(piece) {
            all.extend(book.news_of_piece(&key.name, was, Some(piece)));
        }
    }
    for (key, piece) in before.iter().filter(|(key, _)| !after.contains_key(key)) {
        all.extend(book.news_of_piece(&key.name, Some(piece), None));
    }
    all.into_iter().map(|news| written(news, wallet)).collect()
}

fn written(news: Of, wallet: &str) -> News {
    let mut data = Map::new();
    data.insert("wallet".to_owned(), Value::String(wallet.to_owned()));
    data.extend(news.at.map(|at| ("at".to_owned(), Value::String(at.to_string()))));
    for (word, said) in news.says {
        let text = match said {
            Said::Number(number) => number.normalize().to_string(),
            Said::Text(text) => text,
            // News is flat: a list would be several.
            Said::List(_) => continue,
        };
        data.insert(word.to_owned(), Value::String(text));
    }
    News { kind: news.kind, partner: news.partner.map(|it| it.to_string()), data }
}
