//! The survey of a B-tree: walks its pages as they are now and says which key ranges can't be trusted.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::thread;

use super::Ib;
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

/// Walks the tree and hands each leaf page whose type, signature, id and CRC are right to `leaf`, with its offset.
pub(super) fn survey<E: Entry>(tree: &BTree<'_>, leaf: &mut dyn FnMut(Ib, &Page<'_>)) -> Survey {
    let pages_left = AtomicU64::new(tree.pages());
    let mut walk = Walk::<E>::new(tree, leaf, &pages_left);
    walk.part(Part::all(tree));
    walk.survey
}

/// Whether all pages of the tree are sound. Of a large file this is most of what opening it takes, so that the subtrees are shared by
/// `threads` threads.
pub(super) fn is_sound<E: Entry>(tree: &BTree<'_>, threads: usize) -> bool {
    let pages_left = AtomicU64::new(tree.pages());
    let Some(parts) = shares::<E>(tree, threads, &pages_left) else { return false };
    let next = AtomicUsize::new(0);
    let walk = || {
        let mut ignored = |_: Ib, _: &Page<'_>| ();
        let mut walk = Walk::<E>::new(tree, &mut ignored, &pages_left);
        while walk.survey.bad.is_empty()
            && let Some(part) = parts.get(next.fetch_add(1, Relaxed))
        {
            walk.part(*part);
        }
        walk.survey.bad.is_empty()
    };
    thread::scope(|scope| {
        // Where no thread can be started, this one walks their shares, too.
        let others: Vec<_> = (1..threads.min(parts.len()))
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, walk).ok())
            .collect();
        others.into_iter().fold(walk(), |sound, other| other.join().is_ok_and(|other| other) && sound)
    })
}

/// The subtrees that `threads` threads share; `None` where a page above them is not sound.
fn shares<E: Entry>(tree: &BTree<'_>, threads: usize, pages_left: &AtomicU64) -> Option<Vec<Part>> {
    let mut ignored = |_: Ib, _: &Page<'_>| ();
    let mut walk = Walk::<E>::new(tree, &mut ignored, pages_left);
    let mut parts = vec![Part::all(tree)];
    // Pages whose children are leaves are too little to be shared.
    while threads > 1 && (1..threads * SHARES).contains(&parts.len()) && parts.iter().all(Part::is_high) {
        let mut below = Vec::new();
        for part in parts {
            let page = walk.read(&part).ok()?;
            if page.level() > 0 {
                below.extend(children::<E>(tree, &page, part.keys));
            }
        }
        parts = below;
    }
    Some(parts)
}

/// Shares of each thread: their subtrees differ in size.
const SHARES: usize = 8;

/// A subtree.
#[derive(Clone, Copy)]
struct Part {
    bref: Bref,
    level: Option<u8>,
    /// The first and last key that it stands for.
    keys: (u64, u64),
}

impl Part {
    fn all(tree: &BTree<'_>) -> Self {
        Self { bref: tree.root(), level: None, keys: (0, u64::MAX) }
    }

    /// Whether it may have pages between its top and its leaves.
    fn is_high(&self) -> bool {
        self.level.is_none_or(|level| level > 1)
    }
}

/// The subtrees below `page`, which stands for the keys `low..=high`.
fn children<E: Entry>(tree: &BTree<'_>, page: &Page<'_>, (low, high): (u64, u64)) -> impl Iterator<Item = Part> {
    let layout = tree.layout();
    let key = move |i: usize| E::order(page.key(layout, i));
    (0..page.count()).map(move |i| {
        let first = if i == 0 { low } else { key(i) };
        let last = if i + 1 < page.count() { key(i + 1).saturating_sub(1) } else { high };
        Part { bref: page.child(layout, i), level: Some(page.level() - 1), keys: (first, last) }
    })
}

/// A page that can't be trusted: what can be read of it, and what is wrong.
type Unsound<'a> = (Option<Page<'a>>, String);

/// The page at the top of `part`.
fn read<'a, E: Entry>(tree: &BTree<'a>, part: &Part) -> Result<Page<'a>, Unsound<'a>> {
    let findings = Findings::new();
    let page = tree.page::<E>(part.bref, part.level, &findings).map_err(|e| (None, e.to_string()))?;
    match findings.take().first().map(ToString::to_string).or_else(|| disorder::<E>(tree, &page, part.keys)) {
        Some(why) => Err((Some(page), why)),
        None => Ok(page),
    }
}

/// What is wrong with the keys of a page that is right in every other way: they are out of order, so that a search would miss some, or
/// not those that it stands for, as where two entries of the page above lead to it.
fn disorder<E: Entry>(tree: &BTree<'_>, page: &Page<'_>, (low, high): (u64, u64)) -> Option<String> {
    let key = |i: usize| E::order(page.key(tree.layout(), i));
    let end = page.count().checked_sub(1)?;
    if let Some((before, key)) = (0..end).map(|i| (key(i), key(i + 1))).find(|(before, key)| before >= key) {
        return Some(format!("key {key:#x} behind key {before:#x}"));
    }
    let (first, last) = (key(0), key(end));
    let outside = first < low || last > high;
    outside.then(|| format!("keys {first:#x} to {last:#x}, where the page above it has {low:#x} to {high:#x}"))
}

struct Walk<'w, 'a, E> {
    tree: &'w BTree<'a>,
    leaf: &'w mut dyn FnMut(Ib, &Page<'_>),
    survey: Survey,
    /// Pages that all who walk the tree may still walk.
    pages_left: &'w AtomicU64,
    _entry: PhantomData<E>,
}

impl<'w, 'a, E: Entry> Walk<'w, 'a, E> {
    fn new(tree: &'w BTree<'a>, leaf: &'w mut dyn FnMut(Ib, &Page<'_>), pages_left: &'w AtomicU64) -> Self {
        Self { tree, leaf, survey: Survey::default(), pages_left, _entry: PhantomData }
    }

    /// Walks `part`.
    fn part(&mut self, part: Part) {
        match self.read(&part) {
            Ok(page) if page.level() == 0 => (self.leaf)(part.bref.ib, &page),
            Ok(page) => children::<E>(self.tree, &page, part.keys).for_each(|child| self.part(child)),
            Err((page, why)) => {
                let Part { bref, keys, .. } = part;
                self.survey.bad.push(BadPage { bref, why, keys });
                match page.filter(|p| p.level() > 0) {
                    Some(page) => self.damaged(&page, keys),
                    None => self.survey.lost.insert(keys.0, keys.1),
                }
            }
        }
    }

    fn read(&mut self, part: &Part) -> Result<Page<'a>, Unsound<'a>> {
        let one_more = self.pages_left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
        one_more.map_err(|_| {
            (None, format!("more than {} pages, the limit or all that the file has", self.tree.pages()))
        })?;
        read::<E>(self.tree, part)
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
            self.part(Part { bref: child, level: Some(page.level() - 1), keys: (first, end) });
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
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::btree::Node;
    use super::super::write::{Options, Writer};
    use super::super::{Bid, Database, Header, Nid};
    use super::*;
    use crate::limits::Limits;

    /// A file with a node B-tree of four levels.
    fn file() -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        let mut writer = Writer::new(&mut out, Options { whole_regions: false, ..Options::default() }).unwrap();
        for nid in 1..8000 {
            writer.put_node(Nid(nid), Bid::default(), Bid::default(), Nid(0)).unwrap();
        }
        writer.finish().unwrap();
        out.into_inner()
    }

    /// Whether the node B-tree of `file` is sound, by one thread and by several.
    fn soundness(file: &[u8], pages: u64) -> [bool; 4] {
        let header = Header::parse(file, &Findings::new()).unwrap();
        let limits = Limits { pages, ..Limits::default() };
        let tree = BTree::new(file, header.layout, header.root.nbt, &limits, false);
        [1, 2, 3, 16].map(|threads| is_sound::<Node>(&tree, threads))
    }

    #[test]
    fn several_threads_see_what_one_sees() {
        let sound = file();
        // 15 nodes in a leaf, 20 children of a page: 534 leaves, 27 pages above them, two above these, the root.
        assert_eq!(soundness(&sound, 564), [true; 4]);
        assert_eq!(soundness(&sound, 563), [false; 4]);
        let findings = Findings::new();
        let db = Database::open(&sound, Limits::default(), &findings).unwrap();
        // The path to a node in the middle, from the root down, and a leaf at each end.
        let tree = db.nbt();
        let mut parts = vec![Part::all(&tree)];
        while let Ok(page) = read::<Node>(&tree, parts.last().unwrap())
            && page.level() > 0
        {
            parts.push(children::<Node>(&tree, &page, (0, u64::MAX)).nth(page.count() / 2).unwrap());
        }
        assert_eq!(parts.len(), 4, "levels");
        for part in parts {
            let mut damaged = sound.clone();
            damaged[part.bref.ib.0 as usize + 5] ^= 1;
            assert_eq!(soundness(&damaged, u64::MAX), [false; 4], "page at {}", part.bref.ib.0);
        }
    }

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
