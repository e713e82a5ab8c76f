//! Folders that the hierarchy tables list and that no page has.

use super::marks::Matcher;
use super::orphans::Orphans;
use super::{put, tables};
use crate::ndb::{Bid, Database, Nid, Recover, index::Doubt};

/// Gives them their nodes back. Where the table's own folder is not known they come below the root.
pub(super) fn restore(db: &mut Database<'_>, orphans: &Orphans, recover: Recover) {
    let tables = tables::hierarchies(db, orphans, recover);
    let mut matcher = Matcher::new(orphans.folders.iter().map(|f| f.marks).collect());
    for table in &tables {
        for (nid, marks) in &table.missing {
            if let Some(found) = matcher.find(marks) {
                let parent = table.owner.unwrap_or(Nid::ROOT_FOLDER);
                put(db, *nid, orphans.folders[found].data, Bid(0), parent, Doubt::Orphan);
            }
        }
    }
}
