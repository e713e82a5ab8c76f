//! Which folders of a file are the special ones of a mailbox, and how that is known.

use std::collections::{BTreeMap, BTreeSet};

use super::store::entry_id_nid;
use super::{Census, Store};
use crate::bytes::{slice_at, u16_at};
use crate::damage::{Effect, Finding};
use crate::ltp::TableContext;
use crate::mapi::special::SpecialFolder as F;
use crate::mapi::{Guid, PropTag, Props, Value, tag::pr};
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
    /// Whether it is hidden (PidTagAttributeHidden), or below a folder that is.
    pub hidden: bool,
}

/// The special folders of `store`, by evidence, the strongest first: entry ids in the store and root, the nodes that every OST
/// has, the receive-folder table, entry ids in Inbox and root, container classes, names in Outlook's languages. A folder is
/// taken for one thing only, and each thing is found once, but for the root, which an OST has two of.
pub fn placements(store: &Store<'_>, census: &Census, scope: Scope<'_>) -> Vec<Placement> {
    plan(store, census, scope).placed
}

/// What folders are.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The special folders.
    pub placed: Vec<Placement>,
    /// Folders that a target which goes by names would take for one of these.
    pub namesakes: Vec<Namesake>,
}

/// A folder that has the name of a special folder which another one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namesake {
    /// The folder.
    pub nid: Nid,
    /// Its name in the file.
    pub name: String,
    /// What it is not.
    pub folder: F,
}

/// The special folders of `store`, as [`placements`] has them, and the folders that only have their names.
pub fn plan(store: &Store<'_>, census: &Census, scope: Scope<'_>) -> Plan {
    let props = store.props(scope);
    let key = props.by_id(pr::RECORD_KEY.id()).and_then(Value::as_bin).and_then(Guid::from_slice);
    let own_key = key.filter(|key| *key != Guid::default());
    let mut plan = Evidence { folders: folders(store, census), placed: Vec::new(), own_key };
    plan.place(Nid::ROOT_FOLDER, F::Root, "the root node");
    plan.store_entry_ids(&props);
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
    Plan { namesakes: plan.namesakes(), placed: plan.placed }
}

/// What is needed of each folder.
struct Known {
    parent: Nid,
    name: String,
    class: String,
    hidden: bool,
    /// The counter by which a server's entry ids name it ([MS-OXCDATA] 2.2.1.1), where the folder has been synchronised.
    counter: Option<[u8; 6]>,
}

struct Evidence {
    folders: BTreeMap<Nid, Known>,
    placed: Vec<Placement>,
    /// What the store's own entry ids name it by (PidTagRecordKey), where it tells.
    own_key: Option<Guid>,
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
        let hidden = props.int(pr::ATTR_HIDDEN).is_some_and(|v| v != 0);
        Known { parent, name: text(pr::DISPLAY_NAME), class: text(pr::CONTAINER_CLASS), hidden, counter }
    };
    census.folders.iter().map(|(nid, parent)| (*nid, read(*nid, *parent))).collect()
}

impl Evidence {
    fn of(&self, folder: F) -> Option<Nid> {
        self.placed.iter().find(|p| p.folder == folder).map(|p| p.nid)
    }

    fn place(&mut self, nid: Nid, folder: F, reason: impl Into<String>) {
        let Some(known) = self.folders.get(&nid) else { return };
        let taken = |p: &Placement| p.nid == nid || (p.folder == folder && folder != F::Root);
        if !self.placed.iter().any(taken) {
            let (name, hidden) = (known.name.clone(), self.is_hidden(nid));
            self.placed.push(Placement { nid, name, folder, reason: reason.into(), hidden });
        }
    }

    /// Whether `nid` or a folder above it is hidden.
    fn is_hidden(&self, mut nid: Nid) -> bool {
        // Folders may be each other's parents.
        let mut seen = BTreeSet::new();
        while let Some(known) = self.folders.get(&nid).filter(|_| seen.insert(nid)) {
            if known.hidden {
                return true;
            }
            nid = known.parent;
        }
        false
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
            if let Some(nid) = props.by_id(id).and_then(Value::as_bin).and_then(entry_id_nid) {
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

    /// A folder's node by an entry id that a folder has: a PST's own ([MS-PST] 2.4.3.2) has the nid, a server's ([MS-OXCDATA] 2.2.4.1)
    /// a counter. One that names another store, from which the folder was copied, tells nothing here.
    fn resolve(&self, bytes: &[u8]) -> Option<Nid> {
        match bytes.len() {
            24 => {
                let key = slice_at(bytes, 4, 16).and_then(Guid::from_slice);
                entry_id_nid(bytes).filter(|_| self.own_key.is_none() || self.own_key == key)
            }
            46 => {
                let counter = slice_at(bytes, 38, 6)?;
                let mut found = self.folders.iter().filter(|(_, f)| f.counter.is_some_and(|c| c == counter));
                // Counters of two replicas may be equal: then they tell nothing.
                found.next().map(|(nid, _)| *nid).filter(|_| found.next().is_none())
            }
            _ => None,
        }
    }

    /// The folders that are beside a special folder in the target and have its name there.
    fn namesakes(&self) -> Vec<Namesake> {
        let placed = |nid: Nid| self.placed.iter().find(|p| p.nid == nid).map(|p| p.folder);
        let namesake = |(nid, known): (&Nid, &Known)| {
            let parent = placed(known.parent).filter(|_| placed(*nid).is_none())?;
            let mut beside = self.placed.iter().map(|p| p.folder).filter(|f| f.parent() == Some(parent));
            let folder = beside.find(|f| f.name().eq_ignore_ascii_case(&known.name))?;
            Some(Namesake { nid: *nid, name: known.name.clone(), folder })
        };
        self.folders.iter().filter_map(namesake).collect()
    }

    fn children(&self, parent: F) -> Vec<Nid> {
        let Some(parent) = self.of(parent) else { return Vec::new() };
        self.folders.iter().filter(|(nid, f)| f.parent == parent && **nid != parent).map(|(nid, _)| *nid).collect()
    }

    /// Of several folders of one class the one with the usual name is meant, else the oldest.
    fn by_class(&mut self) {
        let children: BTreeSet<Nid> =
            self.children(F::IpmSubtree).into_iter().chain(self.children(F::Contacts)).collect();
        let candidate = |nid: Nid, known: &Known| Some((nid, F::by_container_class(&known.class)?));
        for (nid, folder) in self.by_likeness(children, candidate) {
            let class = folder.container_class().unwrap_or_default();
            self.place(nid, folder, format!("the first folder of class {class}"));
        }
    }

    fn by_name(&mut self, parent: F, wanted: impl Fn(F) -> bool) {
        let wanted = |folder: &F| folder.parent() == Some(parent) && wanted(*folder);
        let candidate = |nid: Nid, known: &Known| Some((nid, F::by_name(&known.name).filter(wanted)?));
        for (nid, folder) in self.by_likeness(self.children(parent), candidate) {
            self.place(nid, folder, "its name");
        }
    }

    /// What `candidate` makes of `folders`: first those that are called as the target calls what they may be, then those that Outlook
    /// calls so in one of its languages, then the others, each group by ascending id.
    fn by_likeness(
        &self,
        folders: impl IntoIterator<Item = Nid>,
        candidate: impl Fn(Nid, &Known) -> Option<(Nid, F)>,
    ) -> Vec<(Nid, F)> {
        let unlike = |known: &Known, folder: F| {
            let name = known.name.trim();
            (!name.eq_ignore_ascii_case(folder.name()), F::by_name(name) != Some(folder))
        };
        let known = folders.into_iter().filter_map(|nid| Some((nid, self.folders.get(&nid)?)));
        let mut found: Vec<_> = known
            .filter_map(|(nid, known)| candidate(nid, known).map(|(nid, folder)| (unlike(known, folder), nid, folder)))
            .collect();
        found.sort_by_key(|(unlike, nid, _)| (*unlike, *nid));
        found.into_iter().map(|(_, nid, folder)| (nid, folder)).collect()
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
