//! Where the folders and messages of a stream belong in the file, and the ids that they have there.

use std::collections::HashMap;

use crate::Result;
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::special::SpecialFolder;
use crate::mapi::tag::pr;
use crate::mapi::{Guid, Props, Value};
use crate::messaging::write::{StoreWriter, entry_id_parts, nid};
use crate::mt::object::{Folder, FolderMapEntry, Header, MAPI_STORE, Parent, UNANCHORED};
use crate::ndb::{Nid, NidType};

/// The indexes of ids that are kept. Below are the nodes that the file needs for itself; above there is room for new ones.
const KEPT: std::ops::Range<u32> = 0x100..1 << 26;

/// The last message id that can be kept.
pub(super) const LAST_KEPT: Nid = Nid::new(NidType::NORMAL_MESSAGE, KEPT.end);

/// What OST files call the top of what people see.
const OST_SUBTREE: &str = "IPM_SUBTREE";

/// What the parent of search folders is called in a new store.
const SEARCH_ROOT_NAME: &str = "Search Root";

/// The node of the parent of search folders in every OST file.
const OST_FINDER: Nid = Nid(0x20E2);

/// What has a folder of that name, too, and is not the mailbox: the public folders of an OST file.
const OST_PUBLIC: &str = "/Root - Public";

/// The folders so far.
pub(super) struct Places {
    map: HashMap<u64, FolderMapEntry>,
    /// The folder of the file, by the folder of the stream.
    folders: HashMap<u64, Nid>,
    /// Paths, for people.
    paths: HashMap<Nid, String>,
    /// Ids that nobody else can have.
    taken: Taken,
    /// What the stream has for the folders that every store has.
    standard: HashMap<Nid, Nid>,
    /// Whether the stream comes from a PFF file, so that its ids tell what an object is.
    from_pff: bool,
    key: KeyTold,
}

/// What number of the store the entry ids of the stream tell.
#[derive(Clone, Copy)]
enum KeyTold {
    Nothing,
    One(Guid),
    Several,
}

/// The properties of the root and of the Inbox that name the special folders ([MS-OXOSFLD] 2.2.3), and those of a store.
const SPECIAL_ENTRYIDS: [std::ops::RangeInclusive<u16>; 2] = [0x36D0..=0x36D7, 0x35E0..=0x35E7];

impl Places {
    pub fn new(header: &Header) -> Self {
        Self {
            map: header.folder_map.iter().map(|entry| (entry.nid, entry.clone())).collect(),
            folders: HashMap::new(),
            paths: HashMap::new(),
            taken: Taken::default(),
            standard: HashMap::new(),
            from_pff: false,
            key: KeyTold::Nothing,
        }
    }

    /// Whether the stream comes from a PFF file.
    pub fn is_from_pff(&self) -> bool {
        self.from_pff
    }

    /// The path of a folder of the file; empty for the root and for what is not known.
    pub fn path(&self, nid: Nid) -> &str {
        self.paths.get(&nid).map_or("", String::as_str)
    }

    /// Puts `folder`, its properties being `props` now, into the file.
    pub fn folder(
        &mut self,
        store: &mut StoreWriter<'_>,
        folder: &Folder<'_>,
        mut props: Props<'static>,
        findings: &Findings,
    ) -> Result<Nid> {
        let entry = self.map.get(&folder.nid).cloned();
        let special = entry.as_ref().filter(|e| !e.create).and_then(|e| SpecialFolder::from_id(e.target));
        let is_pff_root = folder.parent.kind == MAPI_STORE && folder.nid == u64::from(Nid::ROOT_FOLDER.0);
        self.from_pff |= is_pff_root;
        let is_root = is_pff_root || special == Some(SpecialFolder::Root);
        if is_root || special == Some(SpecialFolder::Inbox) {
            self.learn_key(&props);
        }
        if is_root {
            self.folders.insert(folder.nid, Nid::ROOT_FOLDER);
            return store.put_folder(Nid::ROOT_FOLDER, Nid::ROOT_FOLDER, props);
        }
        let parent = match &entry {
            Some(entry) if entry.create => {
                props.set(pr::DISPLAY_NAME, Value::str(entry.name.clone()));
                self.below(entry.target)
            }
            _ => self.parent(folder.parent, findings),
        };
        let mut nid = self.nid(store, NidType::NORMAL_FOLDER, folder.nid)?;
        if store.is_within(parent, nid).unwrap_or(false) {
            // The stream has one of the folders of every store in a place that is below it.
            nid = store.new_nid(NidType::NORMAL_FOLDER)?;
        }
        let name = props.str(pr::DISPLAY_NAME).unwrap_or_default().to_owned();
        store.put_folder(nid, parent, props)?;
        if let Some(standard) = self.standard_of(special, nid, &name, parent) {
            self.standard.entry(standard).or_insert(nid);
        }
        self.folders.insert(folder.nid, nid);
        let path = format!("{}/{}", self.path(parent), name.replace('/', "\u{2215}"));
        self.paths.insert(nid, path);
        Ok(nid)
    }

    /// The folder that a message with `parent` belongs in.
    pub fn parent(&self, parent: Parent, findings: &Findings) -> Nid {
        if let Some(nid) = self.folders.get(&parent.nid).filter(|_| parent.kind != MAPI_STORE) {
            return *nid;
        }
        if parent.kind != MAPI_STORE && parent.nid != UNANCHORED {
            let found = format!("{:#x}, which the stream does not have; the top folder is taken", parent.nid);
            findings.add(Finding::new(Effect::Altered, "parent folder", "a folder of the stream", found));
        }
        self.top()
    }

    /// The id in the file of message `source`: the same one, where it can be.
    pub fn message(&mut self, store: &mut StoreWriter<'_>, source: u64, flagged_fai: bool) -> Result<Nid> {
        let is_fai = self.from_pff && nid_of(source).is_some_and(|nid| nid.typ() == NidType::ASSOC_MESSAGE);
        let typ = if flagged_fai || is_fai { NidType::ASSOC_MESSAGE } else { NidType::NORMAL_MESSAGE };
        self.nid(store, typ, source)
    }

    /// Learns from the `props` of a folder by which number entry ids name the store.
    fn learn_key(&mut self, props: &Props<'_>) {
        let ids = props.iter().filter(|(tag, _)| SPECIAL_ENTRYIDS.iter().any(|range| range.contains(&tag.id())));
        for (key, _) in ids.filter_map(|(_, id)| entry_id_parts(id.as_bin()?)) {
            self.key = match self.key {
                KeyTold::Nothing => KeyTold::One(key),
                KeyTold::One(known) if known == key => self.key,
                _ => KeyTold::Several,
            };
        }
    }

    /// Gives the store the number that entry ids of the stream name it by, and tells it which folders are its top, its deleted
    /// items and the parent of its searches.
    pub fn finish(&self, store: &mut StoreWriter<'_>) -> Result<()> {
        if let KeyTold::One(key) = self.key {
            store.set_record_key(key);
        }
        // The deleted items come before the folder that they are in when a store is new.
        for standard in [nid::DELETED_ITEMS, nid::SEARCH_ROOT, nid::IPM_SUBTREE] {
            match self.standard.get(&standard) {
                Some(folder) => store.set_standard(standard, *folder)?,
                None if self.paths.contains_key(&standard) => self.put_elsewhere(store, standard)?,
                None => {}
            }
        }
        Ok(())
    }

    /// Makes a folder that is what `standard` is in a new store, since a folder of the stream has that id and is something else.
    fn put_elsewhere(&self, store: &mut StoreWriter<'_>, standard: Nid) -> Result<()> {
        let (parent, name) = match standard {
            nid::DELETED_ITEMS => (self.top(), SpecialFolder::DeletedItems.name()),
            nid::SEARCH_ROOT => (Nid::ROOT_FOLDER, SEARCH_ROOT_NAME),
            // Whatever has that id is the top of what people see: all that has no other place goes below it.
            _ => return Ok(()),
        };
        let props = [(pr::DISPLAY_NAME, Value::str(name))].into_iter().collect();
        let folder = store.add_folder(parent, props)?;
        store.set_standard(standard, folder)
    }

    /// The top of what people see.
    fn top(&self) -> Nid {
        self.standard.get(&nid::IPM_SUBTREE).copied().unwrap_or(nid::IPM_SUBTREE)
    }

    /// The folder that a folder to be created below number `target` belongs in.
    fn below(&self, target: u64) -> Nid {
        if target == SpecialFolder::Root.id() {
            return Nid::ROOT_FOLDER;
        }
        let source = self.map.values().find(|entry| !entry.create && entry.target == target);
        source.and_then(|entry| self.folders.get(&entry.nid)).copied().unwrap_or_else(|| self.top())
    }

    /// Which of the folders that every store has a folder is: what the folder map says, else what its name says.
    fn standard_of(&self, special: Option<SpecialFolder>, nid: Nid, name: &str, parent: Nid) -> Option<Nid> {
        let by_name = SpecialFolder::by_name(name);
        match special {
            Some(SpecialFolder::IpmSubtree) => Some(nid::IPM_SUBTREE),
            Some(SpecialFolder::DeletedItems) => Some(nid::DELETED_ITEMS),
            Some(SpecialFolder::Finder) => Some(nid::SEARCH_ROOT),
            Some(_) => None,
            None if name == OST_SUBTREE && self.path(parent) != OST_PUBLIC => Some(nid::IPM_SUBTREE),
            None if parent == self.top() && by_name == Some(SpecialFolder::DeletedItems) => Some(nid::DELETED_ITEMS),
            None if nid == OST_FINDER && self.from_pff => Some(nid::SEARCH_ROOT),
            None if parent == Nid::ROOT_FOLDER && self.from_pff && by_name.is_none() => {
                (nid == nid::SEARCH_ROOT || name == SEARCH_ROOT_NAME).then_some(nid::SEARCH_ROOT)
            }
            None => None,
        }
    }

    fn nid(&mut self, store: &mut StoreWriter<'_>, typ: NidType, source: u64) -> Result<Nid> {
        let kept = nid_of(source).filter(|nid| nid.typ() == typ && KEPT.contains(&nid.index()));
        if let Some(nid) = kept.filter(|nid| self.taken.insert(*nid)) {
            return Ok(nid);
        }
        let nid = store.new_nid(typ)?;
        if KEPT.contains(&nid.index()) {
            self.taken.insert(nid);
        }
        Ok(nid)
    }
}

/// Which ids of [`KEPT`] are taken: a bit for each, so that millions of messages cost little.
#[derive(Default)]
struct Taken(HashMap<NidType, Vec<u64>>);

impl Taken {
    /// Takes `nid`; whether it was free.
    fn insert(&mut self, nid: Nid) -> bool {
        let (word, bit) = (nid.index() as usize / 64, 1 << (nid.index() % 64));
        let words = self.0.entry(nid.typ()).or_default();
        if words.len() <= word {
            words.resize(word + 1, 0);
        }
        let is_free = words[word] & bit == 0;
        words[word] |= bit;
        is_free
    }
}

fn nid_of(source: u64) -> Option<Nid> {
    u32::try_from(source).ok().map(Nid)
}
