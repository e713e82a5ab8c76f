//! Folders that the hierarchy tables list and that no page has.

use std::collections::{BTreeMap, BTreeSet};

use super::marks::Matcher;
use super::orphans::Orphans;
use super::pair::text;
use super::{put, tables};
use crate::damage::Findings;
use crate::ltp::TableContext;
use crate::ltp::tc::RowId;
use crate::mapi::tag::pr;
use crate::ndb::{Arena, Bid, Database, Nid, NidType, Node, Recover, Scope, index::Doubt};

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

/// The names that the hierarchy tables have for those of `folders` that are not in the file any more. One walk over the tables finds all.
pub fn names_of_lost_folders(db: &Database<'_>, folders: &BTreeSet<Nid>) -> BTreeMap<Nid, String> {
    let (quiet, mut names) = (Findings::new(), BTreeMap::new());
    for table in db.nodes(&quiet).filter(|n| n.nid.typ() == NidType::HIERARCHY_TABLE) {
        names_in(db, table, folders, &mut names);
    }
    names
}

fn names_in(db: &Database<'_>, table: Node, folders: &BTreeSet<Nid>, names: &mut BTreeMap<Nid, String>) {
    let (arena, findings) = (Arena::new(), Findings::new());
    let scope = Scope { db, arena: &arena, findings: &findings };
    let Ok(table) = TableContext::open(scope, table.data, table.sub) else { return };
    let wanted = |row: RowId| folders.contains(&Nid(row.id));
    // Of a table that can't be read to its end the first rows still tell.
    let _ = table.for_each_row_of(wanted, |row| {
        let cell = row.cells().find(|(tag, _)| tag.id() == pr::DISPLAY_NAME.id());
        if let Some(name) = cell.and_then(|(_, value)| text(&value)).filter(|name| !name.is_empty()) {
            names.entry(Nid(row.id)).or_insert(name);
        }
    });
}
