//! Nodes that no page of the node B-tree names any more, found by what is in the blocks.
//!
//! The index of `ndb` knows what pages say. Where a page is gone for good its nodes can still be told: a block that nothing refers
//! to holds a property context or a table, and each folder's table says which messages the folder has and how they look in it.
//! What a table lists and a block shows is a node again, with the id that the table has for it. A block that no table lists comes
//! back only where a sound page of the block B-tree says that it is in use: all else may have been deleted.

mod deleted;
mod folders;
mod marks;
mod messages;
mod orphans;
mod pair;
mod surplus;
mod tables;

use crate::Result;
use crate::damage::Findings;
use crate::limits::Limits;
use crate::ndb::{Bid, Database, Nid, NidType, Node, Recover, index::Doubt};
pub use folders::names_of_lost_folders;
use orphans::Orphans;

/// The folder that takes the messages whose folder is not known: its id is one that no file uses.
pub const RECOVERED: Nid = Nid::new(NidType::NORMAL_FOLDER, 0x07FF_FFFF);
/// The folder that takes deleted messages.
pub const DELETED: Nid = Nid::new(NidType::NORMAL_FOLDER, 0x07FF_FFFE);

/// Opens the file `data`, whatever is wrong with its trees, searching as hard as `recover` says.
///
/// # Errors
/// As [`Database::open`].
pub fn open<'a>(data: &'a [u8], limits: Limits, recover: Recover, findings: &Findings) -> Result<Database<'a>> {
    let mut db = Database::open_cut(data, limits, recover, findings)?;
    let lost_nodes = db.index().is_some_and(|i| i.has_lost_nodes());
    if lost_nodes || (db.index().is_some() && recover > Recover::Auto) {
        complete(&mut db, recover);
    }
    db.check_cut()?;
    Ok(db)
}

/// Brings back what can be, takes out what a readable table proves to be deleted.
fn complete(db: &mut Database<'_>, recover: Recover) {
    deleted::drop_unlisted(db, recover);
    let mut orphans = Orphans::find(db);
    orphans.put_special(db);
    folders::restore(db, &orphans, recover);
    let tables = tables::contents(db, &orphans, recover);
    messages::restore(db, &mut orphans, &tables);
    surplus::drop(db, &tables, recover);
    if recover == Recover::Deleted {
        deleted::restore(db, &orphans);
    }
}

/// Makes a node that was put together of blocks part of the file.
fn put(db: &mut Database<'_>, nid: Nid, data: Bid, sub: Bid, parent: Nid, doubt: Doubt) {
    if let Some(index) = db.index_mut() {
        index.put(Node { nid, data, sub, parent }, doubt);
    }
}

/// Whether nothing is known of node `nid`.
fn is_missing(db: &Database<'_>, nid: Nid) -> bool {
    !matches!(db.node(nid, &Findings::new()), Ok(Some(_)))
}
