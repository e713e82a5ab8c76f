//! The survey of a B-tree: walks its pages as they are now and says which key ranges can't be trusted.

use std::collections::BTreeMap;

use super::btree::{BTree, Entry, Page};
use super::header::Bref;
use crate::damage::Findings;

/// Sets of keys: inclusive ranges, merged where they touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    pub(super) fn insert(&mut self, low: u64, high: u64) {
        if low > high {
            return;
        }
        let (mut low, mut high) = (low, high);
        while let Some((l, h)) = self.0.range(..=high.saturating_add(1)).next_back().map(|(l, h)| (*l, *h)) {
            if h.saturating_add(1) < low {
                break;
            }
            self.0.remove(&l);
            (low, high) = (low.min(l), high.max(h));
        }
        self.0.insert(low, high);
    }

    pub(super) fn contains(&self, key: u64) -> bool {
        self.0.range(..=key).next_back().is_some_and(|(_, high)| key <= *high)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A page that the tree refers to and that can't be trusted.
#[derive(Debug, Clone)]
pub(super) struct BadPage {
    /// Where it should be.
    pub(super) bref: Bref,
    /// What is wrong with it.
    pub(super) why: String,
    /// The first and last key that it stands for.
    pub(super) keys: (u64, u64),
}

/// What is wrong with a tree.
#[derive(Debug, Clone, Default)]
pub(super) struct Survey {
    /// The pages.
    pub(super) bad: Vec<BadPage>,
    /// The keys that they stood for.
    pub(super) lost: Ranges,
}

/// A leaf page of the current tree whose type, signature, id and CRC are right.
pub(super) struct Leaf<E> {
    /// Its offset.
    pub(super) ib: u64,
    /// What is in it.
    pub(super) entries: Vec<E>,
}

/// Walks the tree and hands each sound leaf to `leaf`.
pub(super) fn survey<E: Entry>(tree: &BTree<'_>, leaf: &mut dyn FnMut(Leaf<E>)) -> Survey {
    let mut walk = Walk { tree, leaf, survey: Survey::default(), pages_left: tree.pages() };
    walk.page(tree.root(), None, (0, u64::MAX));
    walk.survey
}

struct Walk<'w, 'a, E> {
    tree: &'w BTree<'a>,
    leaf: &'w mut dyn FnMut(Leaf<E>),
    survey: Survey,
    pages_left: u64,
}

impl<E: Entry> Walk<'_, '_, E> {
    /// Walks the page `bref`, which stands for the keys `low..=high`.
    fn page(&mut self, bref: Bref, level: Option<u8>, (low, high): (u64, u64)) {
        let findings = Findings::new();
        let read = if self.pages_left == 0 { None } else { Some(self.tree.page::<E>(bref, level, &findings)) };
        self.pages_left = self.pages_left.saturating_sub(1);
        let (page, why) = match read {
            Some(Ok(page)) => {
                let damage = findings.take().first().map(ToString::to_string);
                let why = damage.or_else(|| self.disorder(&page, (low, high)));
                (Some(page), why)
            }
            Some(Err(e)) => (None, Some(e.to_string())),
            None => (None, Some(format!("more than {} pages, the limit or all that the file has", self.tree.pages()))),
        };
        match (page, why) {
            (Some(page), None) => self.sound(bref, &page, (low, high)),
            (page, why) => {
                self.survey.bad.push(BadPage { bref, why: why.unwrap_or_default(), keys: (low, high) });
                match page.filter(|p| p.level() > 0) {
                    Some(page) => self.damaged(&page, (low, high)),
                    None => self.survey.lost.insert(low, high),
                }
            }
        }
    }

    fn sound(&mut self, bref: Bref, page: &Page<'_>, (low, high): (u64, u64)) {
        let layout = self.tree.layout();
        if page.level() == 0 {
            return (self.leaf)(Leaf { ib: bref.ib.0, entries: page.leaf_entries(layout) });
        }
        let key = |i: usize| E::order(page.key(layout, i));
        for i in 0..page.count() {
            let next = if i + 1 < page.count() { key(i + 1).saturating_sub(1) } else { high };
            let first = if i == 0 { low } else { key(i) };
            self.page(page.child(layout, i), Some(page.level() - 1), (first, next));
        }
    }

    /// An intermediate page that can't be trusted: children that are sound themselves prove the entries that refer to them. The keys
    /// from one that is proved to the next are lost only where there are others between them.
    fn damaged(&mut self, page: &Page<'_>, (low, high): (u64, u64)) {
        let layout = self.tree.layout();
        // The first key that nothing accounts for, and whether an entry that proved nothing has been passed since.
        let (mut from, mut unproved) = (low, false);
        for i in 0..page.count() {
            let child = page.child(layout, i);
            let Some((first, last)) = self.proved(child, page.level() - 1).filter(|(first, _)| *first >= from) else {
                unproved = true;
                continue;
            };
            if unproved {
                self.survey.lost.insert(from, first.saturating_sub(1));
            }
            // The last entry of an intermediate page stands for more keys than its own.
            let end = if page.level() > 1 { high } else { last };
            self.page(child, Some(page.level() - 1), (first, end));
            (from, unproved) = (last.saturating_add(1), false);
        }
        // The count may be wrong, too: there may be more after the last.
        self.survey.lost.insert(from, high);
    }

    /// The first and last key in the page `bref`, where that is sound.
    fn proved(&self, bref: Bref, level: u8) -> Option<(u64, u64)> {
        let findings = Findings::new();
        let page = self.tree.page::<E>(bref, Some(level), &findings).ok().filter(|_| findings.is_empty())?;
        let key = |i: usize| E::order(page.key(self.tree.layout(), i));
        Some((key(0), key(page.count().checked_sub(1)?)))
    }

    /// What is wrong with the keys of a page that is right in every other way: they are out of order, so that a search would miss some, or
    /// not those that it stands for, as where two entries of the page above lead to it.
    fn disorder(&self, page: &Page<'_>, (low, high): (u64, u64)) -> Option<String> {
        let keys: Vec<u64> = (0..page.count()).map(|i| E::order(page.key(self.tree.layout(), i))).collect();
        if let Some([before, key]) = keys.array_windows().find(|[before, key]| before >= key) {
            return Some(format!("key {key:#x} behind key {before:#x}"));
        }
        let (first, last) = (keys.first()?, keys.last()?);
        let outside = *first < low || *last > high;
        outside.then(|| format!("keys {first:#x} to {last:#x}, where the page above it has {low:#x} to {high:#x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_merge_and_tell_what_they_hold() {
        let mut ranges = Ranges::default();
        for (low, high) in [(10, 20), (40, 50), (21, 30), (45, 60), (5, 4)] {
            ranges.insert(low, high);
        }
        assert_eq!(ranges.0, BTreeMap::from([(10, 30), (40, 60)]));
        let held = [9, 10, 30, 31, 39, 40, 60, 61].map(|k| ranges.contains(k));
        assert_eq!(held, [false, true, true, false, false, true, true, false]);
        ranges.insert(0, u64::MAX);
        assert_eq!(ranges.0, BTreeMap::from([(0, u64::MAX)]));
    }
}
