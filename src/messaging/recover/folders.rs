//! Folders that the hierarchy tables list and that no page has.

use super::marks::Matcher;
use super::orphans::Orphans;
use super::{put, tables};
use crate::ndb::{Bid, Database, Nid, index::Doubt};

/// Gives them their nodes back. Where the table's own folder is not known they come below the root.
pub(super) fn restore(db: &mut Database<'_>, orphans: &mut Orphans) {
    let tables = tables::hierarchies(db, orphans);
    let mut matcher = Matcher::new(orphans.folders.iter().map(|f| f.marks).collect());
    for table in &tables {
        for (nid, marks, _) in &table.missing {
            if let Some(found) = matcher.find(marks, |_| false) {
                let parent = table.owner.unwrap_or(Nid::ROOT_FOLDER);
                put(db, *nid, orphans.folders[found].data, Bid(0), parent, Doubt::Orphan);
            }
        }
    }
}
