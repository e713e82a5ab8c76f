//! The keys of the trees ([MS-PST] 2.2.2.7.7.2): an entry of an intermediate page has the first key of the page below it.

use crate::damage::{Effect, Finding, Findings};
use crate::ndb::Database;
use crate::ndb::btree::{BTree, BlockRef, Entry, Node};

/// Checks both trees. Pages that are not sound, and keys out of their order, are told by the opening of the file.
pub(super) fn check(db: &Database<'_>, findings: &Findings) {
    of_tree::<Node>(&db.nbt(), findings);
    of_tree::<BlockRef>(&db.bbt(), findings);
}

fn of_tree<E: Entry>(tree: &BTree<'_>, findings: &Findings) {
    let mut todo = vec![(tree.root(), None, None)];
    let mut pages_left = tree.pages();
    while let (Some((bref, level, told)), Some(left)) = (todo.pop(), pages_left.checked_sub(1)) {
        pages_left = left;
        let own = Findings::new();
        let Some(page) = tree.page::<E>(bref, level, &own).ok().filter(|_| own.is_empty()) else { continue };
        let key = |i: usize| E::order(page.key(tree.layout(), i));
        if let Some(told) = told.filter(|told| page.count() > 0 && *told != key(0)) {
            let expected = format!("{:#x}, the first key of the page at {:#x}", key(0), bref.ib.0);
            findings.add(Finding::new(Effect::Notice, "BTENTRY.btkey", expected, format!("{told:#x}")).at(bref.ib.0));
        }
        if let Some(below) = page.level().checked_sub(1) {
            todo.extend((0..page.count()).rev().map(|i| (page.child(tree.layout(), i), Some(below), Some(key(i)))));
        }
    }
}
