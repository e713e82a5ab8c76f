//! Whose a node is where its parent field and the tables of folders disagree. The tables say what is in a folder ([MS-PST] 2.4.4), the field
//! (`nidParent`, 2.2.2.7.7.4) is there to find it quickly.

use std::collections::{BTreeMap, BTreeSet};

use super::recover::DELETED;
use super::store;
use crate::Result;
use crate::damage::{Effect, Finding, Findings};
use crate::ltp::TableContext;
use crate::ndb::{Arena, Database, Nid, NidType, Scope};

/// A node that another folder lists than the one that its parent field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home {
    /// The folder whose table lists it.
    pub folder: Nid,
    /// What its parent field names.
    pub named: Nid,
}

/// The type of the table that lists nodes of type `typ`.
pub(super) fn table_of(typ: NidType) -> NidType {
    match typ {
        NidType::NORMAL_FOLDER => NidType::HIERARCHY_TABLE,
        NidType::ASSOC_MESSAGE => NidType::ASSOC_CONTENTS_TABLE,
        _ => NidType::CONTENTS_TABLE,
    }
}

/// Calls `each` with the node of each row of the table in node `table`.
///
/// # Errors
/// There is no such node, or no table in it.
pub(super) fn rows(db: &Database<'_>, table: Nid, findings: &Findings, mut each: impl FnMut(Nid)) -> Result<()> {
    let arena = Arena::new();
    let scope = Scope { db, arena: &arena, findings };
    let node = store::node(scope, table)?;
    TableContext::open(scope, node.data, node.sub)?.row_ids(|row| each(Nid(row.id)))
}

/// The nodes of the types `types` that the table of exactly one of `folders` lists, but of another one than their parent field names: that one
/// is no folder, or has a table of which all can be read and that does not list them. Memory is taken for these nodes only.
pub(super) fn elsewhere(db: &Database<'_>, folders: &BTreeMap<Nid, Nid>, types: &[NidType]) -> BTreeMap<Nid, Home> {
    let mut found = listed_by_others(db, folders, types);
    let named: BTreeSet<(Nid, NidType)> = found.iter().map(|(nid, home)| (home.named, nid.typ())).collect();
    let mut unreadable = BTreeSet::new();
    for (folder, typ) in named.into_iter().filter(|(folder, _)| folders.contains_key(folder)) {
        let findings = Findings::new();
        let read = rows(db, folder.with_type(table_of(typ)), &findings, |nid| {
            if found.get(&nid).is_some_and(|home| home.named == folder) {
                found.remove(&nid);
            }
        });
        if read.is_err() || findings.worst() > Some(Effect::Notice) {
            unreadable.insert((folder, typ));
        }
    }
    found.retain(|nid, home| !unreadable.contains(&(home.named, nid.typ())));
    found
}

/// The nodes that the table of exactly one folder lists that their parent field does not name.
fn listed_by_others(db: &Database<'_>, folders: &BTreeMap<Nid, Nid>, types: &[NidType]) -> BTreeMap<Nid, Home> {
    let mut found: BTreeMap<Nid, Home> = BTreeMap::new();
    let mut many = BTreeSet::new();
    for (folder, typ) in folders.keys().flat_map(|folder| types.iter().map(|typ| (*folder, *typ))) {
        let mut last = None;
        // What is wrong with the table is told where the folder is walked. A row that is out of order does not count there.
        let _ = rows(db, folder.with_type(table_of(typ)), &Findings::new(), |nid| {
            if nid.typ() != typ || nid == Nid::ROOT_FOLDER || last.is_some_and(|last| nid <= last) {
                return;
            }
            last = Some(nid);
            let node = db.node(nid, &Findings::new()).ok().flatten();
            let Some(node) = node.filter(|node| node.parent != folder && node.parent != DELETED) else { return };
            let home = Home { folder, named: node.parent };
            if *found.entry(nid).or_insert(home) != home {
                many.insert(nid);
            }
        });
    }
    found.retain(|nid, _| !many.contains(nid));
    found
}

/// What is told of node `nid`, which `folder` lists, but whose parent field names `named`.
pub(crate) fn misnamed_parent(nid: Nid, named: Nid, folder: Nid) -> Finding {
    let expected = format!("{folder}, the only folder whose table lists it");
    Finding::new(Effect::Altered, "NBTENTRY.nidParent", expected, named).nid(nid.0)
}
