//! Making a case that fails smaller: whatever can go without the failure going too, goes.

use domain::yaml::{self, Tree};

/// More attempts than this are not worth the time.
const ATTEMPTS_MAX: usize = 4_000;

/// The smallest text found that still fails. `fails` is only asked about texts that read as YAML;
/// whether they are cases that the checker accepts is its to say.
pub fn shrink(text: &str, fails: &mut dyn FnMut(&str) -> bool) -> String {
    let Ok(document) = yaml::parse(text) else { return text.to_owned() };
    let mut tree = Tree::from(&document.root);
    let written = yaml::write(&tree);
    if !fails(&written) {
        // The form of the text matters; it stays as it is.
        return text.to_owned();
    }
    let mut attempts = 0;
    loop {
        let before = attempts;
        let mut smaller = false;
        let mut paths = Vec::new();
        collect(&tree, &mut Vec::new(), &mut paths);
        // What holds most goes first; what is inside of it need not be asked again then.
        for path in paths {
            let Some(without) = removed(&tree, &path) else { continue };
            attempts += 1;
            if ATTEMPTS_MAX < attempts {
                return yaml::write(&tree);
            }
            if fails(&yaml::write(&without)) {
                tree = without;
                smaller = true;
                break;
            }
        }
        if !smaller || attempts == before {
            return yaml::write(&tree);
        }
    }
}

/// The places of everything that may go, the outer ones first, the last of a list before those
/// before it.
fn collect(tree: &Tree, here: &mut Vec<usize>, into: &mut Vec<Vec<usize>>) {
    let children: Vec<&Tree> = match tree {
        Tree::Text(_) => return,
        Tree::List(items) => items.iter().collect(),
        Tree::Map(entries) => entries.iter().map(|(_, value)| value).collect(),
    };
    for at in (0..children.len()).rev() {
        here.push(at);
        into.push(here.clone());
        here.pop();
    }
    for (at, child) in children.into_iter().enumerate().rev() {
        here.push(at);
        collect(child, here, into);
        here.pop();
    }
    into.sort_by_key(Vec::len);
}

fn removed(tree: &Tree, path: &[usize]) -> Option<Tree> {
    let mut tree = tree.clone();
    let (last, way) = path.split_last()?;
    let mut here = &mut tree;
    for at in way {
        here = match here {
            Tree::Text(_) => return None,
            Tree::List(items) => items.get_mut(*at)?,
            Tree::Map(entries) => &mut entries.get_mut(*at)?.1,
        };
    }
    match here {
        Tree::List(items) if *last < items.len() => {
            items.remove(*last);
        }
        Tree::Map(entries) if *last < entries.len() => {
            entries.remove(*last);
        }
        Tree::Text(_) | Tree::List(_) | Tree::Map(_) => return None,
    }
    Some(tree)
}
