//! What is due, by day: a map whose values do something by themselves at some moment.
//!
//! # Promises
//!
//! * What is due next, and who is due at a moment, is found without looking at anybody else.
//! * It is an index: it says nothing that its values do not say, and two of them with the same
//!   values are the same.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use jiff::civil::DateTime;

/// Values by key, and when each of them is due. Whatever is handed out to be changed is looked at
/// again when `file` is called.
#[derive(Debug, Clone)]
pub(super) struct Agenda<K, V> {
    all: BTreeMap<K, V>,
    days: BTreeMap<DateTime, BTreeSet<K>>,
    // INVARIANT: says of each key of `days` in which of them it is.
    filed: BTreeMap<K, DateTime>,
    touched: BTreeSet<K>,
}

impl<K, V> Default for Agenda<K, V> {
    fn default() -> Agenda<K, V> {
        Agenda {
            all: BTreeMap::new(),
            days: BTreeMap::new(),
            filed: BTreeMap::new(),
            touched: BTreeSet::new(),
        }
    }
}

impl<K: Ord, V: PartialEq> PartialEq for Agenda<K, V> {
    fn eq(&self, other: &Agenda<K, V>) -> bool {
        self.all == other.all
    }
}

impl<K: Ord, V: Eq> Eq for Agenda<K, V> {}

impl<K: Ord + Clone, V> Agenda<K, V> {
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.all.get(key)
    }

    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: std::borrow::Borrow<Q>,
    {
        self.all.contains_key(key)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.all.iter()
    }

    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.all.keys()
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.all.values()
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let value = self.all.get_mut(key)?;
        self.touched.insert(key.clone());
        Some(value)
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.touched.extend(self.all.keys().cloned());
        self.all.values_mut()
    }

    /// The value of a key, made if there is none.
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.touched.insert(key.clone());
        self.all.entry(key).or_insert_with(make)
    }

    pub fn insert(&mut self, key: K, value: V) {
        self.touched.insert(key.clone());
        self.all.insert(key, value);
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.touched.insert(key.clone());
        self.all.remove(key)
    }

    /// Puts what was touched where it is due now, and says what that was.
    pub fn file(&mut self, due: impl Fn(&K, &V) -> Option<DateTime>) -> BTreeSet<K> {
        let touched = std::mem::take(&mut self.touched);
        for key in &touched {
            let day = self.all.get(key).and_then(|value| due(key, value));
            if self.filed.get(key).copied() == day {
                continue;
            }
            self.strike(key);
            if let Some(day) = day {
                self.days.entry(day).or_default().insert(key.clone());
                self.filed.insert(key.clone(), day);
            }
        }
        touched
    }

    fn strike(&mut self, key: &K) {
        let Some(day) = self.filed.remove(key) else { return };
        if let Some(due) = self.days.get_mut(&day) {
            due.remove(key);
            if due.is_empty() {
                self.days.remove(&day);
            }
        }
    }

    /// When something is due next after a moment.
    pub fn next(&self, after: DateTime) -> Option<DateTime> {
        let later = (Bound::Excluded(after), Bound::Unbounded);
        self.days.range(later).next().map(|(day, _)| *day)
    }

    /// Who is due by then, in order. They are looked at again when things are filed next.
    pub fn due(&mut self, by: DateTime) -> BTreeSet<K> {
        let mut due = BTreeSet::new();
        while let Some(first) = self.days.first_entry().filter(|first| *first.key() <= by) {
            due.append(&mut first.remove());
        }
        for key in &due {
            self.filed.remove(key);
            self.touched.insert(key.clone());
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{DateTime, date};

    use super::Agenda;

    fn day(day: i8) -> DateTime {
        date(2026, 5, day).at(0, 0, 0, 0)
    }

    fn file(agenda: &mut Agenda<&'static str, i8>) -> Vec<&'static str> {
        agenda.file(|_, due| (*due != 0).then(|| day(*due))).into_iter().collect()
    }

    #[test]
    fn what_is_due_is_found_by_its_day() {
        let mut agenda = Agenda::default();
        for (key, due) in [("a", 7), ("b", 5), ("c", 0), ("d", 5)] {
            agenda.insert(key, due);
        }
        assert_eq!(file(&mut agenda), ["a", "b", "c", "d"]);
        assert_eq!(agenda.next(day(1)), Some(day(5)));
        assert_eq!(agenda.next(day(5)), Some(day(7)));
        assert_eq!(agenda.due(day(5)).into_iter().collect::<Vec<_>>(), ["b", "d"]);
        assert_eq!(agenda.next(day(1)), Some(day(7)), "nobody is due twice by himself");
    }

    #[test]
    fn only_what_was_touched_is_looked_at_again() {
        let mut agenda = Agenda::default();
        agenda.insert("a", 7);
        agenda.insert("b", 5);
        file(&mut agenda);
        *agenda.get_mut(&"b").expect("it is there") = 9;
        assert_eq!(file(&mut agenda), ["b"]);
        assert_eq!(agenda.next(day(1)), Some(day(7)));
        agenda.remove(&"a");
        assert_eq!(file(&mut agenda), ["a"]);
        assert_eq!(agenda.next(day(1)), Some(day(9)));
        assert!(file(&mut agenda).is_empty());
    }
}
