//! Folders against their tables ([MS-PST] 2.4.4): what reading leaves out, since nothing is lost by it.

use crate::damage::{Effect, Finding, Findings};
use crate::ltp::{PropertyContext, TableContext};
use crate::mapi::tag::pr;
use crate::messaging::Store;
use crate::ndb::{Arena, Nid, NidType, Node, Scope};

pub(super) fn check(store: &Store<'_>, findings: &Findings) {
    for node in store.db.nodes(&Findings::new()) {
        match node.nid.typ() {
            NidType::NORMAL_FOLDER => folder(store, &node, findings),
            NidType::SEARCH_CONTENTS_TABLE => hits(store, &node, findings),
            NidType::HIERARCHY_TABLE | NidType::CONTENTS_TABLE | NidType::ASSOC_CONTENTS_TABLE => {
                has_folder(store, node.nid, findings);
            }
            _ => {}
        }
    }
}

fn is_there(store: &Store<'_>, nid: Nid) -> bool {
    store.db.node(nid, &Findings::new()).is_ok_and(|n| n.is_some())
}

/// The nodes 0x60D to 0x610 hold the templates of tables.
const TEMPLATES: u32 = 0x30;

fn has_folder(store: &Store<'_>, table: Nid, findings: &Findings) {
    let folders = [NidType::NORMAL_FOLDER, NidType::SEARCH_FOLDER].map(|t| table.with_type(t));
    if table.index() != TEMPLATES && !folders.iter().any(|f| is_there(store, *f)) {
        let expected = format!("folder {}, which it belongs to", folders[0]);
        findings.add(Finding::new(Effect::Notice, table.typ().name(), expected, "no such node").nid(table.0));
    }
}

/// Compares PidTagContentCount and PidTagSubfolders with the rows of the tables.
fn folder(store: &Store<'_>, node: &Node, findings: &Findings) {
    let (arena, unheard) = (Arena::new(), Findings::new());
    let scope = Scope { db: store.db, arena: &arena, findings: &unheard };
    let Ok(pc) = PropertyContext::open(scope, node.data, node.sub) else { return };
    let int = |id: u16| pc.get(id).and_then(|v| v.as_int());
    let report = |property: &'static str, expected: String, told: i64| {
        findings.add(Finding::new(Effect::Notice, property, expected, told).nid(node.nid.0));
    };
    let count = int(pr::CONTENT_COUNT.id()).zip(rows(scope, node.nid, NidType::CONTENTS_TABLE));
    if let Some((told, rows)) = count.filter(|(told, rows)| told != rows) {
        report("PidTagContentCount", format!("{rows}, the rows of the contents table"), told);
    }
    let subfolders = int(pr::SUBFOLDERS.id()).zip(rows(scope, node.nid, NidType::HIERARCHY_TABLE));
    if let Some((told, rows)) = subfolders.filter(|(told, rows)| (*told != 0) != (*rows != 0)) {
        let expected = format!("{}, with {rows} rows of the hierarchy table", u8::from(rows != 0));
        report("PidTagSubfolders", expected, told);
    }
}

fn table<'m>(scope: Scope<'m>, nid: Nid) -> Option<TableContext<'m>> {
    let node = scope.db.node(nid, scope.findings).ok()??;
    TableContext::open(scope, node.data, node.sub).ok()
}

fn rows(scope: Scope<'_>, folder: Nid, typ: NidType) -> Option<i64> {
    let mut rows = 0;
    table(scope, folder.with_type(typ))?.row_ids(|_| rows += 1).ok()?;
    Some(rows)
}

/// The rows of a search folder name messages.
fn hits(store: &Store<'_>, node: &Node, findings: &Findings) {
    let (arena, unheard) = (Arena::new(), Findings::new());
    let scope = Scope { db: store.db, arena: &arena, findings: &unheard };
    let Some(table) = table(scope, node.nid) else { return };
    let (mut count, mut gone) = (0, 0);
    let read = table.row_ids(|row| {
        count += 1;
        gone += u32::from(!is_there(store, Nid(row.id)));
    });
    if read.is_ok() && gone > 0 {
        let expected = format!("the messages of its {count} rows");
        let found = format!("{gone} that are not there; the search brings the rows up to date when it is run");
        findings.add(Finding::new(Effect::Notice, "search contents table", expected, found).nid(node.nid.0));
    }
}
