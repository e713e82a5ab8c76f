//! Folders that the hierarchy tables list and that no page has.

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

/// The name that a hierarchy table has for folder `nid`, which is not in the file any more.
pub fn name_of_lost_folder(db: &Database<'_>, nid: Nid) -> Option<String> {
    let quiet = Findings::new();
    let tables = db.nodes(&quiet).filter(|n| n.nid.typ() == NidType::HIERARCHY_TABLE);
    tables.filter_map(|node| name_in(db, node, nid)).find(|name| !name.is_empty())
}

fn name_in(db: &Database<'_>, table: Node, nid: Nid) -> Option<String> {
    let (arena, findings) = (Arena::new(), Findings::new());
    let scope = Scope { db, arena: &arena, findings: &findings };
    let table = TableContext::open(scope, table.data, table.sub).ok()?;
    let mut name = None;
    let of_folder = |row: RowId| row.id == nid.0;
    let read = table.for_each_row_of(of_folder, |row| {
        let cell = row.cells().find(|(tag, _)| tag.id() == pr::DISPLAY_NAME.id());
        name = cell.and_then(|(_, value)| text(&value));
    });
    read.ok().and(name)
}
