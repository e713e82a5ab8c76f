//! Where the folders and messages of a stream belong in the file, and the ids that they have there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::Result;
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::special::SpecialFolder;
use crate::mapi::tag::pr;
use crate::mapi::{Guid, Props, Value};
use crate::messaging::write::{STANDARD, StoreWriter, entry_id_parts};
use crate::mt::object::{Folder, FolderMapEntry, Header, MAPI_STORE, Parent, UNANCHORED};
use crate::ndb::{Nid, NidType};

/// The indexes of ids that are kept. Below are the nodes that the file needs for itself; above there is room for new ones.
const KEPT: std::ops::Range<u32> = 0x100..1 << 26;

/// The last message id that can be kept.
pub(super) const LAST_KEPT: Nid = Nid::new(NidType::NORMAL_MESSAGE, KEPT.end);

/// What OST files call the top of what people see.
const OST_SUBTREE: &str = "IPM_SUBTREE";

/// What they call that which it is in.
const OST_PRIVATE: &str = "/Root - Mailbox";

/// The special folders beside it, by the names that they have in files and mailboxes.
const BESIDE_TOP: [(SpecialFolder, [&str; 2]); 3] = [
    (SpecialFolder::Finder, ["Search Root", "Finder"]),
    (SpecialFolder::CommonViews, ["IPM_COMMON_VIEWS", "Common Views"]),
    (SpecialFolder::Views, ["IPM_VIEWS", "Views"]),
];

/// The last id of a folder of a PFF file that has a name to keep.
const FREE: Nid = Nid::new(NidType::NORMAL_FOLDER, 0x1_0000);

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
    /// The special folders, and those of them that were made for what is in them, or are those of a new store: the stream may have them still.
    known: BTreeMap<SpecialFolder, Nid>,
    made: BTreeSet<SpecialFolder>,
    /// Those that only their ids tell: a name is better evidence.
    guessed: BTreeSet<SpecialFolder>,
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
            known: BTreeMap::new(),
            made: BTreeSet::new(),
            guessed: BTreeSet::new(),
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
        let told = entry.as_ref().filter(|e| !e.create).and_then(|e| SpecialFolder::from_id(e.target));
        let is_pff_root = folder.parent.kind == MAPI_STORE && folder.nid == u64::from(Nid::ROOT_FOLDER.0);
        self.from_pff |= is_pff_root;
        let is_root = is_pff_root || told == Some(SpecialFolder::Root);
        if is_root || told == Some(SpecialFolder::Inbox) {
            self.learn_key(&props);
        }
        if is_pff_root && props.str(pr::DISPLAY_NAME) == Some(&unnamed(Nid::ROOT_FOLDER)) {
            props.set(pr::DISPLAY_NAME, Value::str(""));
        }
        if is_root {
            self.folders.insert(folder.nid, Nid::ROOT_FOLDER);
            return store.put_folder(Nid::ROOT_FOLDER, Nid::ROOT_FOLDER, props);
        }
        let parent = match &entry {
            Some(entry) if entry.create => {
                props.set(pr::DISPLAY_NAME, Value::str(entry.name.clone()));
                self.below(store, entry.target)?
            }
            _ => {
                let usual = told.and_then(SpecialFolder::parent).unwrap_or(SpecialFolder::IpmSubtree);
                self.parent(store, folder.parent, usual, findings)?
            }
        };
        let name = props.str(pr::DISPLAY_NAME).unwrap_or_default().to_owned();
        let special = told.or_else(|| self.evident(store, folder.nid, &name, parent));
        let mut nid = self.folder_nid(store, folder.nid, special)?;
        if store.is_within(parent, nid).unwrap_or(false) {
            // The stream has one of the folders of every store in a place that is below it.
            nid = self.free_nid(store)?;
        }
        store.put_folder(nid, parent, props)?;
        if let Some(special) = special {
            self.learn(special, nid);
        }
        self.folders.insert(folder.nid, nid);
        self.set_path(nid, parent, &name);
        Ok(nid)
    }

    /// The folder that an object with `parent` belongs in; folder `instead` where the stream has none for it.
    fn parent(
        &mut self,
        store: &mut StoreWriter<'_>,
        parent: Parent,
        instead: SpecialFolder,
        findings: &Findings,
    ) -> Result<Nid> {
        if parent.kind != MAPI_STORE {
            if let Some(nid) = self.folders.get(&parent.nid) {
                return Ok(*nid);
            }
            let entry = self.map.get(&parent.nid).filter(|entry| !entry.create);
            if let Some(special) = entry.and_then(|entry| SpecialFolder::from_id(entry.target)) {
                return self.special(store, special);
            }
        }
        let nid = self.special(store, instead)?;
        if parent.kind != MAPI_STORE && parent.nid != UNANCHORED {
            let taken = match instead {
                SpecialFolder::Inbox => "the Inbox",
                SpecialFolder::Root => "the root",
                _ => "the top folder",
            };
            let found = format!("{:#x}, which the stream does not have; {taken} is taken", parent.nid);
            findings.add(Finding::new(Effect::Altered, "parent folder", "a folder of the stream", found));
        }
        Ok(nid)
    }

    /// The folder that a message with `parent` belongs in. One without is in the Inbox: the top folder shows no messages.
    pub fn message_parent(&mut self, store: &mut StoreWriter<'_>, parent: Parent, findings: &Findings) -> Result<Nid> {
        self.parent(store, parent, SpecialFolder::Inbox, findings)
    }

    /// The special folder `folder`, which is made where neither the stream nor a new store has it so far.
    fn special(&mut self, store: &mut StoreWriter<'_>, folder: SpecialFolder) -> Result<Nid> {
        let Some(parent) = folder.parent() else { return Ok(Nid::ROOT_FOLDER) };
        if let Some(nid) = self.known.get(&folder) {
            return Ok(*nid);
        }
        self.made.insert(folder);
        if let Some(nid) = store.standard(folder) {
            self.known.insert(folder, nid);
            return Ok(nid);
        }
        let parent = self.special(store, parent)?;
        let class = folder.container_class().map(|class| (pr::CONTAINER_CLASS, Value::str(class)));
        let props = [(pr::DISPLAY_NAME, Value::str(folder.name()))].into_iter().chain(class).collect();
        let nid = self.free_nid(store)?;
        store.put_folder(nid, parent, props)?;
        self.known.insert(folder, nid);
        self.set_path(nid, parent, folder.name());
        Ok(nid)
    }

    /// Takes in that folder `nid` is the `special` one.
    fn learn(&mut self, special: SpecialFolder, nid: Nid) {
        let before = self.known.insert(special, nid);
        if special == SpecialFolder::IpmSubtree && before.is_some_and(|before| before != nid) {
            // What was in the folder that was taken for it has its name by chance.
            self.known.retain(|s, _| s.parent() != Some(special) || self.made.contains(s));
        }
    }

    fn set_path(&mut self, nid: Nid, parent: Nid, name: &str) {
        let path = format!("{}/{}", self.path(parent), name.replace('/', "\u{2215}"));
        self.paths.insert(nid, path);
    }

    /// The id in the file of message `source`: the same one, where it can be.
    pub fn message(&mut self, store: &mut StoreWriter<'_>, source: u64, flagged_fai: bool) -> Result<Nid> {
        let is_fai = self.from_pff && nid_of(source).is_some_and(|nid| nid.typ() == NidType::ASSOC_MESSAGE);
        let typ = if flagged_fai || is_fai { NidType::ASSOC_MESSAGE } else { NidType::NORMAL_MESSAGE };
        if let Some(nid) = self.kept(typ, source) {
            return Ok(nid);
        }
        let nid = store.new_nid(typ)?;
        self.take(nid);
        Ok(nid)
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
    /// items, the parent of its searches and those of its views.
    pub fn finish(&self, store: &mut StoreWriter<'_>) -> Result<()> {
        if let KeyTold::One(key) = self.key {
            store.set_record_key(key);
        }
        use SpecialFolder as F;
        // The deleted items come before the folder that they are in when a store is new.
        for special in [F::DeletedItems, F::Finder, F::Views, F::CommonViews, F::IpmSubtree] {
            if let Some(folder) = self.known.get(&special) {
                store.set_standard(special, *folder)?;
            }
        }
        Ok(())
    }

    /// The folder that a folder to be created below number `target` belongs in.
    fn below(&mut self, store: &mut StoreWriter<'_>, target: u64) -> Result<Nid> {
        if let Some(special) = SpecialFolder::from_id(target) {
            return self.special(store, special);
        }
        let sources = self.map.values().filter(|entry| !entry.create && entry.target == target);
        let source = sources.map(|entry| entry.nid).min().and_then(|nid| self.folders.get(&nid)).copied();
        source.map_or_else(|| self.special(store, SpecialFolder::IpmSubtree), Ok)
    }

    /// Which special folder folder `source` is, called `name` and below `parent`, where the folder map doesn't say it and no other one is.
    /// In files of other languages the names of the first folders differ, but not the ids that Outlook gives them.
    fn evident(&mut self, store: &StoreWriter<'_>, source: u64, name: &str, parent: Nid) -> Option<SpecialFolder> {
        if let Some(special) = self.by_name(store, name, parent) {
            let is_new = !self.known.contains_key(&special) || self.made.contains(&special);
            return (self.guessed.remove(&special) || is_new).then_some(special);
        }
        let is_first = self.from_pff && parent == Nid::ROOT_FOLDER;
        let special = STANDARD.iter().find(|(_, nid)| u64::from(nid.0) == source).map(|(special, _)| *special);
        let special = special.filter(|s| is_first && s.parent() == Some(SpecialFolder::Root))?;
        (!self.known.contains_key(&special) && self.guessed.insert(special)).then_some(special)
    }

    /// What the name of a folder in `parent` says.
    fn by_name(&self, store: &StoreWriter<'_>, name: &str, parent: Nid) -> Option<SpecialFolder> {
        let is_top = |folder: &SpecialFolder| folder.parent() == Some(SpecialFolder::IpmSubtree);
        let top = self.known.get(&SpecialFolder::IpmSubtree).copied();
        match self.path(parent) {
            OST_PUBLIC => None,
            _ if name == OST_SUBTREE => Some(SpecialFolder::IpmSubtree),
            _ if Some(parent) == top.or_else(|| store.standard(SpecialFolder::IpmSubtree)) => {
                SpecialFolder::by_name(name).filter(is_top)
            }
            path if parent == Nid::ROOT_FOLDER || path == OST_PRIVATE => {
                BESIDE_TOP.iter().find(|(_, names)| names.contains(&name)).map(|(special, _)| *special)
            }
            _ => None,
        }
    }

    /// The id in the file of folder `source`: the same one, where it can be. The id of a folder that every store has is for that one, but
    /// where the stream comes from a PFF file, which has another folder there.
    fn folder_nid(&mut self, store: &mut StoreWriter<'_>, source: u64, special: Option<SpecialFolder>) -> Result<Nid> {
        if let Some(special) = special.filter(|special| self.made.remove(special))
            && let Some(nid) = self.known.get(&special)
        {
            return Ok(*nid);
        }
        let Some(nid) = self.kept(NidType::NORMAL_FOLDER, source) else { return self.free_nid(store) };
        let standard = STANDARD.iter().find(|(_, standard)| *standard == nid).map(|(special, _)| *special);
        if standard.is_none() || standard == special {
            return Ok(nid);
        }
        let other = self.free_nid(store)?;
        if !self.from_pff || !store.vacate(nid, other) {
            return Ok(other);
        }
        self.known.values_mut().filter(|known| **known == nid).for_each(|known| *known = other);
        Ok(nid)
    }

    /// An id for a folder that has none in the stream: far from those of a PFF file, whose folders are to keep theirs.
    fn free_nid(&mut self, store: &mut StoreWriter<'_>) -> Result<Nid> {
        if self.from_pff {
            store.reserve(FREE);
        }
        let nid = store.new_nid(NidType::NORMAL_FOLDER)?;
        self.take(nid);
        Ok(nid)
    }

    /// The id `source` in the file, if it is one of type `typ` that can be kept; it is taken then.
    fn kept(&mut self, typ: NidType, source: u64) -> Option<Nid> {
        let nid = nid_of(source).filter(|nid| nid.typ() == typ && KEPT.contains(&nid.index()));
        nid.filter(|nid| self.taken.insert(*nid))
    }

    fn take(&mut self, nid: Nid) {
        if KEPT.contains(&nid.index()) {
            self.taken.insert(nid);
        }
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

/// What streams call a folder that has no name in its file.
fn unnamed(nid: Nid) -> String {
    format!("Unnamed folder {}", nid.0)
}

fn nid_of(source: u64) -> Option<Nid> {
    u32::try_from(source).ok().map(Nid)
}
