//! What every store has ([MS-PST] 2.7): nodes, templates, properties.

use crate::damage::{Effect, Finding, Findings};
use crate::ltp::{PropertyContext, TableContext};
use crate::mapi::PropTag;
use crate::messaging::Store;
use crate::ndb::{Arena, Client, Nid, NidType, Scope};

/// The nodes.
const NODES: [(u32, &str); 12] = [
    (0x21, "the message store"),
    (0x61, "the name-to-id map"),
    (0x122, "the root folder"),
    (0x12D, "the hierarchy table of the root folder"),
    (0x12E, "the contents table of the root folder"),
    (0x12F, "the associated contents table of the root folder"),
    (0x60D, "the template of hierarchy tables"),
    (0x60E, "the template of contents tables"),
    (0x60F, "the template of associated contents tables"),
    (0x610, "the template of search contents tables"),
    (0x671, "the template of attachment tables"),
    (0x692, "the template of recipient tables"),
];

/// The templates among them.
const TEMPLATES: [u32; 6] = [0x60D, 0x60E, 0x60F, 0x610, 0x671, 0x692];

/// The properties of the message store (2.7.3.1.1) by which Outlook finds everything else.
const STORE: [(u32, &str); 5] = [
    (0x0FF9_0102, "PidTagRecordKey"),
    (0x3001_001F, "PidTagDisplayName"),
    (0x35E0_0102, "PidTagIpmSubTreeEntryId"),
    (0x35E3_0102, "PidTagIpmWastebasketEntryId"),
    (0x35E7_0102, "PidTagFinderEntryId"),
];

/// Those of each folder (2.4.4.1.1).
const FOLDER: [(u32, &str); 4] = [
    (0x3001_001F, "PidTagDisplayName"),
    (0x3602_0003, "PidTagContentCount"),
    (0x3603_0003, "PidTagContentUnreadCount"),
    (0x360A_000B, "PidTagSubfolders"),
];

pub(super) fn check(store: &Store<'_>, findings: &Findings) {
    for (nid, what) in NODES {
        if !store.db.node(Nid(nid), &Findings::new()).is_ok_and(|n| n.is_some()) {
            let finding = Finding::new(Effect::Notice, "NBT", format!("a node for {what}"), "none");
            findings.add(finding.nid(nid));
        }
    }
    TEMPLATES.iter().for_each(|nid| template(store, Nid(*nid), findings));
    // An OST is made again from its server, and has none of it.
    if store.db.header().client == Client::Pst {
        properties(store, Nid::MESSAGE_STORE, &STORE, findings);
    }
    for node in store.db.nodes(&Findings::new()).filter(|n| n.nid.typ() == NidType::NORMAL_FOLDER) {
        properties(store, node.nid, &FOLDER, findings);
    }
}

/// A template has no rows.
fn template(store: &Store<'_>, nid: Nid, findings: &Findings) {
    let (arena, unheard) = (Arena::new(), Findings::new());
    let scope = Scope { db: store.db, arena: &arena, findings: &unheard };
    let Ok(Some(node)) = store.db.node(nid, &unheard) else { return };
    let mut rows = 0;
    let read = TableContext::open(scope, node.data, node.sub).and_then(|table| table.row_ids(|_| rows += 1));
    if read.is_ok() && rows > 0 {
        findings.add(Finding::new(Effect::Notice, "template table", "no rows", rows).nid(nid.0));
    }
}

fn properties(store: &Store<'_>, nid: Nid, wanted: &[(u32, &str)], findings: &Findings) {
    let (arena, unheard) = (Arena::new(), Findings::new());
    let scope = Scope { db: store.db, arena: &arena, findings: &unheard };
    let Ok(Some(node)) = store.db.node(nid, &unheard) else { return };
    let Ok(pc) = PropertyContext::open(scope, node.data, node.sub) else { return };
    for (_, name) in wanted.iter().filter(|(tag, _)| pc.find(PropTag(*tag).id()).is_none()) {
        findings.add(Finding::new(Effect::Notice, "PC", format!("the property {name}"), "none").nid(nid.0));
    }
}
