//! Which folders of a file are the special ones of a mailbox, and how that is known.

use std::collections::{BTreeMap, BTreeSet};

use super::store::entry_id_nid;
use super::{Census, Store};
use crate::bytes::{slice_at, u16_at};
use crate::damage::{Effect, Finding};
use crate::ltp::TableContext;
use crate::mapi::special::SpecialFolder as F;
use crate::mapi::{PropTag, Props, Value, tag::pr};
use crate::ndb::{Arena, Client, Nid, NidType, Scope};

/// A folder of the file and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The folder.
    pub nid: Nid,
    /// Its name in the file.
    pub name: String,
    /// What it is.
    pub folder: F,
    /// What tells so.
    pub reason: String,
}

/// The special folders of `store`, by evidence, the strongest first: entry ids in the store and root, the nodes that every OST
/// has, the receive-folder table, entry ids in Inbox and root, container classes, names in Outlook's languages. A folder is
/// taken for one thing only, and each thing is found once, but for the root, which an OST has two of.
pub fn placements(store: &Store<'_>, census: &Census, scope: Scope<'_>) -> Vec<Placement> {
    let mut plan = Plan { folders: folders(store, census), placed: Vec::new() };
    plan.place(Nid::ROOT_FOLDER, F::Root, "the root node");
    plan.store_entry_ids(&store.props(scope));
    if store.db.header().client == Client::Ost {
        plan.ost_nodes();
    }
    if plan.of(F::IpmSubtree).is_none() {
        plan.place(FIRST_SUBTREE, F::IpmSubtree, "the node that Outlook gives it");
    }
    plan.receive_folder(scope);
    if plan.of(F::Inbox).is_none() {
        plan.by_name(F::IpmSubtree, |f| f == F::Inbox);
    }
    let hints = [plan.of(F::Inbox), plan.of(F::Root)].into_iter().flatten().collect::<Vec<_>>();
    for nid in hints {
        if let Ok(props) = store.node_props(scope, nid) {
            plan.folder_entry_ids(nid, &props);
        }
    }
    plan.by_class();
    plan.by_name(F::IpmSubtree, |_| true);
    plan.by_name(F::SyncIssues, |_| true);
    plan.by_name(F::Contacts, |_| true);
    plan.placed
}

/// What is needed of each folder.
struct Known {
    parent: Nid,
    name: String,
    class: String,
    /// The counter by which a server's entry ids name it ([MS-OXCDATA] 2.2.1.1), where the folder has been synchronised.
    counter: Option<[u8; 6]>,
}

struct Plan {
    folders: BTreeMap<Nid, Known>,
    placed: Vec<Placement>,
}

/// The first folder that Outlook creates in a PST.
const FIRST_SUBTREE: Nid = Nid(0x8022);
/// PidTagLtpFolderId of an OST: the server's folder id, two bytes of replica id and six of counter.
const OST_FOLDER_ID: u16 = 0x67F4;

fn folders(store: &Store<'_>, census: &Census) -> BTreeMap<Nid, Known> {
    let read = |nid: Nid, parent: Nid| {
        let arena = Arena::new();
        let findings = crate::damage::Findings::new();
        let scope = Scope { db: store.db, arena: &arena, findings: &findings };
        // A folder that can't be read is reported when it is written.
        let props = store.node_props(scope, nid).unwrap_or_default();
        let text = |tag: PropTag| props.str(tag).unwrap_or_default().to_owned();
        let id = props.by_id(OST_FOLDER_ID).and_then(Value::as_int);
        let counter = id.map(i64::to_le_bytes).filter(|b| b[..2] != [0, 0]).and_then(|b| b[2..].try_into().ok());
        Known { parent, name: text(pr::DISPLAY_NAME), class: text(pr::CONTAINER_CLASS), counter }
    };
    census.folders.iter().map(|(nid, parent)| (*nid, read(*nid, *parent))).collect()
}

impl Plan {
    fn of(&self, folder: F) -> Option<Nid> {
        self.placed.iter().find(|p| p.folder == folder).map(|p| p.nid)
    }

    fn place(&mut self, nid: Nid, folder: F, reason: impl Into<String>) {
        let Some(known) = self.folders.get(&nid) else { return };
        let taken = |p: &Placement| p.nid == nid || (p.folder == folder && folder != F::Root);
        if !self.placed.iter().any(taken) {
            self.placed.push(Placement { nid, name: known.name.clone(), folder, reason: reason.into() });
        }
    }

    /// [MS-PST] 2.4.3.1 and 2.4.3.2.
    fn store_entry_ids(&mut self, props: &Props<'_>) {
        for (id, folder, name) in [
            (0x35E0, F::IpmSubtree, "PidTagIpmSubTreeEntryId"),
            (0x35E2, F::Outbox, "PidTagIpmOutboxEntryId"),
            (0x35E3, F::DeletedItems, "PidTagIpmWastebasketEntryId"),
            (0x35E4, F::SentItems, "PidTagIpmSentMailEntryId"),
            (0x35E5, F::Views, "PidTagViewsEntryId"),
            (0x35E6, F::CommonViews, "PidTagCommonViewsEntryId"),
            (0x35E7, F::Finder, "PidTagFinderEntryId"),
        ] {
            if let Some(nid) = self.entry_id(props, id) {
                self.place(nid, folder, format!("{name} of the store"));
            }
        }
    }

    /// Every OST has these folders in these nodes, whatever they are called.
    fn ost_nodes(&mut self) {
        for (nid, folder) in [
            (0x20A2, F::Root),
            (0x2142, F::IpmSubtree),
            (0x20C2, F::CommonViews),
            (0x20E2, F::Finder),
            (0x2102, F::Shortcuts),
            (0x2122, F::Views),
            (0x2162, F::DeletedItems),
            (0x2182, F::Inbox),
            (0x21A2, F::Outbox),
            (0x21C2, F::SentItems),
        ] {
            self.place(Nid(nid), folder, "the node that every OST has for it");
        }
    }

    /// The receive-folder table: the folder for the class IPM.Note, else IPM, else any.
    fn receive_folder(&mut self, scope: Scope<'_>) {
        let tables: Vec<_> =
            scope.db.nodes(scope.findings).filter(|n| n.nid.typ() == NidType::RECEIVE_FOLDER_TABLE).collect();
        let mut rows = Vec::new();
        for node in tables {
            let read = TableContext::open(scope, node.data, node.sub).and_then(|table| {
                table.for_each_row(|row| {
                    let cells: Props<'_> = row.cells().collect();
                    let cell = |id: u16| cells.iter().find(|(tag, _)| tag.id() == id).map(|(_, v)| v);
                    let class = match cell(pr::MESSAGE_CLASS.id()) {
                        Some(Value::Str(s)) => s.to_string(),
                        Some(Value::Str8(s)) => String::from_utf8_lossy(s).into_owned(),
                        _ => String::new(),
                    };
                    if let Some(nid) = cell(0x6605).and_then(|v| v.as_int()) {
                        rows.push((class, Nid(nid as u32)));
                    }
                })
            });
            if let Err(e) = read {
                let finding = Finding::new(Effect::Notice, "receive folder table", "a readable table", e);
                scope.findings.add(finding.nid(node.nid.0));
            }
        }
        for wanted in ["IPM.Note", "IPM"] {
            if let Some((class, nid)) = rows.iter().find(|(class, _)| class.eq_ignore_ascii_case(wanted)) {
                self.place(*nid, F::Inbox, format!("the receive-folder table's row for {class}"));
            }
        }
    }

    /// The entry ids that Inbox and root have of the others ([MS-OXOSFLD] 2.2.3 and 2.2.4).
    fn folder_entry_ids(&mut self, holder: Nid, props: &Props<'_>) {
        for (id, folder, name) in [
            (0x36D0, F::Calendar, "PidTagIpmAppointmentEntryId"),
            (0x36D1, F::Contacts, "PidTagIpmContactEntryId"),
            (0x36D2, F::Journal, "PidTagIpmJournalEntryId"),
            (0x36D3, F::Notes, "PidTagIpmNoteEntryId"),
            (0x36D4, F::Tasks, "PidTagIpmTaskEntryId"),
            (0x36D7, F::Drafts, "PidTagIpmDraftsEntryId"),
        ] {
            if let Some(nid) = self.entry_id(props, id) {
                self.place(nid, folder, format!("{name} of folder {holder}"));
            }
        }
        let additional = [F::Conflicts, F::SyncIssues, F::LocalFailures, F::ServerFailures, F::JunkEmail];
        if let Some(Value::MvBin(list)) = props.by_id(0x36D8) {
            for (bytes, folder) in list.iter().zip(additional) {
                if let Some(nid) = self.resolve(bytes) {
                    self.place(nid, folder, format!("PidTagAdditionalRenEntryIds of folder {holder}"));
                }
            }
        }
        let persisted = props.by_id(0x36D9).and_then(Value::as_bin).map(persisted).unwrap_or_default();
        for (folder, bytes) in persisted {
            if let Some(nid) = self.resolve(bytes) {
                self.place(nid, folder, format!("PidTagAdditionalRenEntryIdsEx of folder {holder}"));
            }
        }
    }

    fn entry_id(&self, props: &Props<'_>, id: u16) -> Option<Nid> {
        self.resolve(props.by_id(id)?.as_bin()?)
    }

    /// A folder's node by its entry id: a PST's own ([MS-PST] 2.4.3.2) has the nid, a server's ([MS-OXCDATA] 2.2.4.1) a counter.
    fn resolve(&self, bytes: &[u8]) -> Option<Nid> {
        match bytes.len() {
            24 => entry_id_nid(bytes),
            46 => {
                let counter = slice_at(bytes, 38, 6)?;
                let mut found = self.folders.iter().filter(|(_, f)| f.counter.is_some_and(|c| c == counter));
                // Counters of two replicas may be equal: then they tell nothing.
                found.next().map(|(nid, _)| *nid).filter(|_| found.next().is_none())
            }
            _ => None,
        }
    }

    fn children(&self, parent: F) -> Vec<Nid> {
        let Some(parent) = self.of(parent) else { return Vec::new() };
        self.folders.iter().filter(|(nid, f)| f.parent == parent && **nid != parent).map(|(nid, _)| *nid).collect()
    }

    /// Of several folders of one class the one with the usual name is meant, else the oldest.
    fn by_class(&mut self) {
        let children: BTreeSet<Nid> =
            self.children(F::IpmSubtree).into_iter().chain(self.children(F::Contacts)).collect();
        let mut candidates: Vec<(bool, Nid, F)> = children
            .iter()
            .filter_map(|nid| {
                let known = self.folders.get(nid)?;
                let folder = F::by_container_class(&known.class)?;
                Some((F::by_name(&known.name) != Some(folder), *nid, folder))
            })
            .collect();
        candidates.sort_by_key(|(unusual, nid, _)| (*unusual, *nid));
        for (_, nid, folder) in candidates {
            let class = folder.container_class().unwrap_or_default();
            self.place(nid, folder, format!("the first folder of class {class}"));
        }
    }

    fn by_name(&mut self, parent: F, wanted: impl Fn(F) -> bool) {
        for nid in self.children(parent) {
            let folder = self.folders.get(&nid).and_then(|f| F::by_name(&f.name));
            if let Some(folder) = folder.filter(|f| f.parent() == Some(parent) && wanted(*f)) {
                self.place(nid, folder, "its name");
            }
        }
    }
}

/// The entry ids in PidTagAdditionalRenEntryIdsEx ([MS-OXOSFLD] 2.2.4): blocks of an id, a size and elements, each of which has
/// an id and a size of its own.
fn persisted(bytes: &[u8]) -> Vec<(F, &[u8])> {
    const CONVERSATIONS: u16 = 0x8006;
    const ENTRY_ID: u16 = 1;
    let mut found = Vec::new();
    let mut at = 0;
    while let (Some(id), Some(size)) = (u16_at(bytes, at), u16_at(bytes, at + 2)) {
        let Some(block) = slice_at(bytes, at + 4, usize::from(size)).filter(|_| id != 0) else { break };
        at += 4 + usize::from(size);
        if let (CONVERSATIONS, Some(ENTRY_ID), Some(len)) = (id, u16_at(block, 0), u16_at(block, 2)) {
            found.extend(slice_at(block, 4, usize::from(len)).map(|e| (F::ConversationActions, e)));
        }
    }
    found
}
