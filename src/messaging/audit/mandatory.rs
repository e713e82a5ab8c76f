//! What every store has ([MS-PST] 2.7): nodes, templates, properties.

use crate::damage::{Effect, Finding, Findings};
use crate::ltp::{PropertyContext, TableContext};
use crate::mapi::PropTag;
use crate::messaging::Store;
use crate::messaging::write::entry_id_parts;
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

/// The templates among them, and those of their columns that no version of Outlook leaves out, by the ids of their properties.
const TEMPLATES: [(u32, &[u16]); 6] = [
    (0x60D, &[0x3001, 0x3602, 0x3603, 0x360A]),
    (0x60E, &[0x17, 0x1A, 0x36, 0x37, 0x42, 0x57, 0x58, 0xE03, 0xE04, 0xE06, 0xE07, 0xE08, 0xE17]),
    (0x60F, &[0x1A, 0xE07, 0xE17, 0x3001, 0x6800, 0x6803, 0x6805, 0x682F, 0x7003, 0x7004, 0x7005, 0x7006, 0x7007]),
    (0x610, &[0x17, 0x1A, 0x36, 0x37, 0x42, 0x57, 0x58, 0xE03, 0xE04, 0xE05, 0xE06, 0xE07, 0xE08, 0xE17, 0x67F1]),
    (0x671, &[0xE20, 0x3704, 0x3705, 0x370B]),
    (0x692, &[0xC15, 0xE0F, 0xFF9, 0xFFE, 0xFFF, 0x3001, 0x3002, 0x3003, 0x300B, 0x3900, 0x39FF, 0x3A40]),
];

/// The properties of the message store (2.7.3.1.1) by which Outlook finds everything else.
const STORE: [(u32, &str); 5] = [
    (0x0FF9_0102, "PidTagRecordKey"),
    (0x3001_001F, "PidTagDisplayName"),
    (0x35E0_0102, "PidTagIpmSubTreeEntryId"),
    (0x35E3_0102, "PidTagIpmWastebasketEntryId"),
    (0x35E7_0102, "PidTagFinderEntryId"),
];

const RECORD_KEY: PropTag = PropTag(0x0FF9_0102);

/// Those of its properties that name a folder.
const NAMED: [(u16, &str); 7] = [
    (0x35E0, "PidTagIpmSubTreeEntryId"),
    (0x35E2, "PidTagIpmOutboxEntryId"),
    (0x35E3, "PidTagIpmWastebasketEntryId"),
    (0x35E4, "PidTagIpmSentMailEntryId"),
    (0x35E5, "PidTagViewsEntryId"),
    (0x35E6, "PidTagCommonViewsEntryId"),
    (0x35E7, "PidTagFinderEntryId"),
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
    TEMPLATES.iter().for_each(|(nid, columns)| template(store, Nid(*nid), columns, findings));
    // An OST is made again from its server, and has none of it.
    if store.db.header().client == Client::Pst {
        properties(store, Nid::MESSAGE_STORE, &STORE, findings);
    }
    entry_ids(store, findings);
    for node in store.db.nodes(&Findings::new()).filter(|n| n.nid.typ() == NidType::NORMAL_FOLDER) {
        properties(store, node.nid, &FOLDER, findings);
    }
}

/// A template has no rows, but the columns `wanted`.
fn template(store: &Store<'_>, nid: Nid, wanted: &[u16], findings: &Findings) {
    let (arena, unheard) = (Arena::new(), Findings::new());
    let scope = Scope { db: store.db, arena: &arena, findings: &unheard };
    let Ok(Some(node)) = store.db.node(nid, &unheard) else { return };
    let mut rows = 0;
    let Ok(table) = TableContext::open(scope, node.data, node.sub) else { return };
    if table.row_ids(|_| rows += 1).is_ok() && rows > 0 {
        findings.add(Finding::new(Effect::Notice, "template table", "no rows", rows).nid(nid.0));
    }
    for id in wanted.iter().filter(|id| !table.columns().iter().any(|c| c.tag.id() == **id)) {
        let expected = format!("a column of property {id:04x}");
        findings.add(Finding::new(Effect::Notice, "template table", expected, "none").nid(nid.0));
    }
}

/// The entry ids by which the store names its folders ([MS-PST] 2.4.3.1): each of a folder that is there, and of this store.
fn entry_ids(store: &Store<'_>, findings: &Findings) {
    let (arena, unheard) = (Arena::new(), Findings::new());
    let props = store.props(Scope { db: store.db, arena: &arena, findings: &unheard });
    let report = |effect, name: &'static str, expected: &str, found: String| {
        findings.add(Finding::new(effect, name, expected, found).nid(Nid::MESSAGE_STORE.0));
    };
    let key = props.get(RECORD_KEY).and_then(|key| key.as_bin());
    let mut of_others = 0;
    let ids: Vec<_> = NAMED.iter().filter_map(|(id, name)| Some((*name, props.by_id(*id)?.as_bin()?))).collect();
    for (name, id) in &ids {
        let parts = entry_id_parts(id);
        of_others += usize::from(parts.is_some_and(|(uid, _)| key.is_some_and(|key| key != uid.0)));
        let nid = parts.map(|(_, nid)| nid);
        let is_folder = |nid: &Nid| [NidType::NORMAL_FOLDER, NidType::SEARCH_FOLDER].contains(&nid.typ());
        match nid {
            None => {
                report(Effect::Notice, name, "the entry id of a folder", format!("{} bytes of another kind", id.len()))
            }
            Some(nid) if !is_folder(&nid) => {
                report(Effect::Altered, name, "the entry id of a folder", format!("that of {nid}, which is none"));
            }
            Some(nid) if !store.db.node(nid, &unheard).is_ok_and(|node| node.is_some()) => {
                report(Effect::Altered, name, "a folder that is there", format!("{nid}, which is no node"));
            }
            Some(_) => {}
        }
    }
    if of_others > 0 && of_others == ids.len() {
        let expected = "the number by which entry ids name the store";
        report(Effect::Altered, "PidTagRecordKey", expected, "another one than all of them have".to_owned());
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
