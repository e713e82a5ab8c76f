//! What a row of a table and the object that it stands for have in common.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use crate::ltp::PropertyContext;
use crate::mapi::{PropTag, Value};

/// How many properties are compared.
const COUNT: usize = 6;

/// Of a message: PidTagLastModificationTime, PidTagMessageDeliveryTime, PidTagClientSubmitTime, PidTagMessageSize, PidTagSubject,
/// PidTagConversationTopic.
pub(super) const OF_MESSAGE: [u16; COUNT] = [0x3008, 0x0E06, 0x0039, 0x0E08, 0x0037, 0x0070];
/// Of a folder: PidTagDisplayName, PidTagContentCount, PidTagContentUnreadCount, PidTagSubfolders, PidTagContainerClass,
/// PidTagPstHiddenCount.
pub(super) const OF_FOLDER: [u16; COUNT] = [0x3001, 0x3602, 0x3603, 0x360A, 0x3613, 0x6635];

/// The values of some properties, as numbers that are equal where the values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Marks([Option<u64>; COUNT]);

/// Tables cut long text.
const COMPARED: usize = 48;

fn number(value: &Value<'_>) -> Option<u64> {
    match value {
        Value::Str(text) => Some(xxh3_64(text.chars().take(COMPARED).collect::<String>().as_bytes())),
        Value::Str8(bytes) => Some(xxh3_64(bytes.get(..COMPARED).unwrap_or(bytes))),
        Value::Bool(b) => Some(u64::from(*b)),
        Value::I32(n) => Some(*n as u64),
        Value::I64(n) => Some(*n as u64),
        _ => None,
    }
}

impl Marks {
    /// Of an object.
    pub(super) fn of_object(pc: &PropertyContext<'_>, ids: &[u16; COUNT]) -> Self {
        Self(ids.map(|id| pc.find(id).and_then(|p| pc.value(p).ok()).and_then(|v| number(&v))))
    }

    /// Of the cells of a row.
    pub(super) fn of_row<'m>(cells: impl Iterator<Item = (PropTag, Value<'m>)>, ids: &[u16; COUNT]) -> Self {
        let mut marks = Self::default();
        for (tag, value) in cells {
            if let Some(mark) = ids.iter().zip(&mut marks.0).find(|(id, _)| **id == tag.id()).map(|(_, mark)| mark) {
                *mark = number(&value);
            }
        }
        marks
    }

    /// How many are equal, and how many differ.
    fn compare(&self, other: &Self) -> (usize, usize) {
        let both = self.0.iter().zip(&other.0).filter_map(|(a, b)| Some((*a)? == (*b)?));
        both.fold((0, 0), |(same, differ), equal| if equal { (same + 1, differ) } else { (same, differ + 1) })
    }

    /// A number that tells an object from others.
    pub(super) fn identity(&self) -> u64 {
        xxh3_64(format!("{:?}", self.0).as_bytes())
    }
}

/// Objects, to be found by the rows that stand for them.
pub(super) struct Matcher {
    objects: Vec<Marks>,
    by_mark: HashMap<(usize, u64), Vec<usize>>,
    taken: Vec<bool>,
}

/// A row and an object are one where at least this many properties are equal, and none that differs outweighs them.
const LEAST: usize = 2;
/// Objects that are looked at for one row.
const LOOKED_AT: usize = 4096;

impl Matcher {
    pub(super) fn new(objects: Vec<Marks>) -> Self {
        let mut by_mark: HashMap<(usize, u64), Vec<usize>> = HashMap::new();
        for (i, marks) in objects.iter().enumerate() {
            for (kind, mark) in marks.0.iter().enumerate().filter_map(|(k, m)| m.map(|m| (k, m))) {
                by_mark.entry((kind, mark)).or_default().push(i);
            }
        }
        let taken = vec![false; objects.len()];
        Self { objects, by_mark, taken }
    }

    /// The object that the row with `marks` stands for: the one that has the most in common with it, of several the first that no other
    /// row has taken. Copies of an object share its blocks, so one may be given to several rows.
    pub(super) fn find(&mut self, marks: &Marks) -> Option<usize> {
        let lists = marks.0.iter().enumerate().filter_map(|(k, m)| self.by_mark.get(&(k, (*m)?)));
        let shortest = lists.min_by_key(|list| list.len())?;
        let fitting = shortest.iter().take(LOOKED_AT).copied().filter_map(|i| {
            let (same, differ) = self.objects[i].compare(marks);
            let fits = same >= LEAST && same > 2 * differ;
            fits.then_some((i, (same.saturating_sub(differ), !self.taken[i])))
        });
        // The first of the best ones.
        let best = fitting.collect::<Vec<_>>().into_iter().rev().max_by_key(|(_, score)| *score).map(|(i, _)| i)?;
        self.taken[best] = true;
        Some(best)
    }

    /// The objects that no row has taken.
    pub(super) fn left(&self) -> impl Iterator<Item = usize> {
        self.taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(i, _)| i)
    }
}
