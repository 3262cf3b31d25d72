//! Where the words of a program stand in its text.

use super::{Position, Program, Term};
use crate::yaml::{self, Kind, Node};

/// The tree of a program's text, to look up the place of a word that the model no longer has.
pub(super) struct Places<'n> {
    root: Option<&'n Node>,
}

impl<'n> Places<'n> {
    pub fn new(root: &'n Node) -> Places<'n> {
        Places { root: Some(root) }
    }

    /// The tree of the text that the program keeps, if the places in it are those of the program:
    /// a program from a case stands elsewhere, and then its terms and rows are all that is known.
    pub fn read(program: &Program) -> Option<Node> {
        let root = yaml::parse(&program.text).ok()?.root;
        let first = root.get("terms").and_then(Node::list).and_then(<[Node]>::first)?;
        (program.terms.first()?.at == first.at).then_some(root)
    }

    pub fn of_tree(root: Option<&'n Node>) -> Places<'n> {
        Places { root }
    }

    /// Where the last of these words stands, each under the one before, or as far as they go.
    pub fn header(&self, words: &[&str]) -> Position {
        let start = Position { line: 1, column: 1 };
        self.root.map_or(start, |root| walk(root, words))
    }

    /// The same within a term.
    pub fn term(&self, term: &Term, words: &[&str]) -> Position {
        let terms = self.root.and_then(|root| root.get("terms")).and_then(Node::list);
        let node = terms.into_iter().flatten().find(|node| node.at == term.at);
        node.map_or(term.at, |node| walk(node, words))
    }
}

/// A word is a key of a mapping or the number of an item of a list.
fn walk(node: &Node, words: &[&str]) -> Position {
    let (mut node, mut at) = (node, node.at);
    for word in words {
        let next = match &node.kind {
            Kind::Map(entries) => entries
                .iter()
                .find(|(key, _)| key.text() == Some(word))
                .map(|(key, value)| (key.at, value)),
            Kind::List(items) => {
                word.parse::<usize>().ok().and_then(|i| items.get(i)).map(|item| (item.at, item))
            }
            Kind::Scalar(_) => None,
        };
        let Some((found, value)) = next else { break };
        (at, node) = (found, value);
    }
    at
}
