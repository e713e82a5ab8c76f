//! Writing the messaging layer: folders and messages go in, a whole store comes out.
//!
//! Messages are written when they come. What is kept until [`StoreWriter::finish`] are the properties of each folder, in memory,
//! and the rows of its contents tables, in a temporary file: they are written table by table then.

mod folder;
mod message;
mod names;
mod rows;
mod templates;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::limits::Limits;
use crate::ltp::write::{TableWriter, TextEncoding, write_properties};
use crate::mapi::special::SpecialFolder;
use crate::mapi::tag::pr;
use crate::mapi::{Guid, PropTag, Props, Value, codepage};
use crate::messaging::store::entry_id_nid;
use crate::mt::object::Message;
use crate::ndb::check::crc32;
use crate::ndb::write::{Options, Sink, Writer};
use crate::ndb::{Bid, Layout, Nid, NidType};
use crate::{Error, ErrorKind, Result};

use folder::Folder;
use message::{Context, merged, stored_props, write_message};
pub use names::Names;
use rows::Rows;

/// The folders that every store has ([MS-PST] 2.7.3).
pub mod nid {
    use crate::ndb::Nid;

    /// The folder above all that people see.
    pub const IPM_SUBTREE: Nid = Nid(0x8022);
    /// The parent of search folders.
    pub const SEARCH_ROOT: Nid = Nid(0x8042);
    /// The folder of what was deleted.
    pub const DELETED_ITEMS: Nid = Nid(0x8062);
    /// The search folder that Outlook keeps for junk mail.
    pub const SPAM_SEARCH: Nid = Nid(0x2223);
}

/// What a store is like.
#[derive(Debug, Clone)]
pub struct StoreOptions<'a> {
    /// How the file is written.
    pub file: Options,
    /// How text is stored; `None` for what is usual in the format: UTF-16, or windows-1252 in ANSI files.
    pub encoding: Option<TextEncoding>,
    /// The name of the store.
    pub display_name: &'a str,
    /// The number by which entry ids name the store (`PidTagRecordKey`).
    pub record_key: Guid,
    /// A password that Outlook is to ask for. It protects nothing.
    pub password: Option<&'a str>,
}

/// What is left out on purpose, so that a file is damaged in a known way. For tests.
#[derive(Debug, Default)]
pub struct Defects {
    /// Nodes that don't get into the node B-tree.
    pub no_node: BTreeSet<Nid>,
    /// Folders and messages that don't get into the table of their parent.
    pub no_row: BTreeSet<Nid>,
}

/// Writes one store.
pub struct StoreWriter<'o> {
    ndb: Writer<'o>,
    encoding: TextEncoding,
    record_key: Guid,
    folders: BTreeMap<Nid, Folder>,
    rows: Rows,
    /// The folders that the store names.
    standard: BTreeMap<SpecialFolder, Nid>,
    /// The folders of a new store that nobody has filled in.
    untouched: BTreeSet<Nid>,
    receive: Vec<(String, Nid)>,
    /// The properties of the store (node [`Nid::MESSAGE_STORE`]), which can be changed until the end.
    pub props: Props<'static>,
    /// The named properties.
    pub names: Names,
    /// What is left out on purpose.
    pub defects: Defects,
}

/// A folder that the store names: the property with its entry id, and the bit of PidTagValidFolderMask that says so.
struct Named {
    folder: SpecialFolder,
    tag: PropTag,
    valid: i32,
}

const VALID_FOLDER_MASK: PropTag = PropTag(0x35DF_0003);
const NAMED: [Named; 5] = [
    Named { folder: SpecialFolder::IpmSubtree, tag: PropTag(0x35E0_0102), valid: 1 },
    Named { folder: SpecialFolder::DeletedItems, tag: PropTag(0x35E3_0102), valid: 8 },
    Named { folder: SpecialFolder::Views, tag: PropTag(0x35E5_0102), valid: 0x20 },
    Named { folder: SpecialFolder::CommonViews, tag: PropTag(0x35E6_0102), valid: 0x40 },
    Named { folder: SpecialFolder::Finder, tag: PropTag(0x35E7_0102), valid: 0x80 },
];
/// Those that a new store has.
pub const STANDARD: [(SpecialFolder, Nid); 3] = [
    (SpecialFolder::IpmSubtree, nid::IPM_SUBTREE),
    (SpecialFolder::DeletedItems, nid::DELETED_ITEMS),
    (SpecialFolder::Finder, nid::SEARCH_ROOT),
];
/// The queue of search folders whose contents have changed, as Outlook's own files have it.
const SEARCH_FOLDER_QUEUE: Nid = Nid(0xEC1);
/// Two values that Outlook writes into every store and no document explains.
const STORE_6633: PropTag = PropTag(0x6633_000B);
const STORE_66FA: PropTag = PropTag(0x66FA_0003);

impl<'o> StoreWriter<'o> {
    /// Starts a store in `out`, which is to be empty, with the folders that every store has.
    ///
    /// # Errors
    /// As [`Writer::new`].
    pub fn new(out: impl Sink + 'o, options: &StoreOptions<'_>) -> Result<Self> {
        let is_unicode = Layout::of(options.file.format).unicode_text;
        let usual = if is_unicode { TextEncoding::Unicode } else { TextEncoding::CodePage(codepage::WESTERN) };
        let mut store = Self {
            ndb: Writer::new(out, options.file)?,
            encoding: options.encoding.unwrap_or(usual),
            record_key: options.record_key,
            folders: BTreeMap::new(),
            rows: Rows::default(),
            standard: BTreeMap::new(),
            untouched: BTreeSet::new(),
            receive: vec![(String::new(), Nid::ROOT_FOLDER)],
            props: Props::new(),
            names: Names::default(),
            defects: Defects::default(),
        };
        store.set_store_props(options);
        store.put_folder(Nid::ROOT_FOLDER, Nid::ROOT_FOLDER, named(""))?;
        store.put_folder(nid::IPM_SUBTREE, Nid::ROOT_FOLDER, named("Top of Outlook data file"))?;
        store.put_folder(nid::SEARCH_ROOT, Nid::ROOT_FOLDER, named("Search Root"))?;
        store.put_folder(nid::DELETED_ITEMS, nid::IPM_SUBTREE, named("Deleted Items"))?;
        store.put_folder(nid::SPAM_SEARCH, Nid::ROOT_FOLDER, named("SPAM Search Folder 2"))?;
        store.untouched = STANDARD.map(|(_, nid)| nid).into();
        Ok(store)
    }

    /// How text is stored.
    pub fn encoding(&self) -> TextEncoding {
        self.encoding
    }

    /// An id that no folder or message has yet, for [`StoreWriter::put_folder`] and [`StoreWriter::put_message`].
    ///
    /// # Errors
    /// As [`Writer::new_nid`].
    pub fn new_nid(&mut self, typ: NidType) -> Result<Nid> {
        self.ndb.new_nid(typ)
    }

    /// The entry id of folder or message `nid` ([MS-PST] 2.4.3.2).
    pub fn entry_id(&self, nid: Nid) -> Vec<u8> {
        [&[0; 4], &self.record_key.0[..], &nid.0.to_le_bytes()].concat()
    }

    /// Makes `key` the number by which entry ids name the store (`PidTagRecordKey`, [MS-PST] 2.4.3.1), in place of that of the
    /// [`StoreOptions`]. The entry ids among the properties of the store follow, those that [`StoreWriter::entry_id`] has given don't.
    pub fn set_record_key(&mut self, key: Guid) {
        let old = std::mem::replace(&mut self.record_key, key);
        self.props.set(pr::RECORD_KEY, Value::bin(key.0.to_vec()));
        let ids: Vec<_> =
            self.props.iter().filter_map(|(tag, value)| Some((*tag, entry_id_parts(value.as_bin()?)?))).collect();
        for (tag, (_, nid)) in ids.into_iter().filter(|(_, (uid, _))| *uid == old) {
            let id = self.entry_id(nid);
            self.props.set(tag, Value::bin(id));
        }
    }

    /// Keeps [`StoreWriter::new_nid`], and what embedded messages get, above `nid`.
    pub fn reserve(&mut self, nid: Nid) {
        self.ndb.reserve(nid);
    }

    /// Adds a folder with `props` to folder `parent`.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when there is no such parent.
    pub fn add_folder(&mut self, parent: Nid, props: Props<'static>) -> Result<Nid> {
        let nid = self.ndb.new_nid(NidType::NORMAL_FOLDER)?;
        self.put_folder(nid, parent, props)
    }

    /// Adds a search folder with `props` to folder `parent`; `criteria` are the properties of its search.
    ///
    /// # Errors
    /// As [`StoreWriter::add_folder`], and those of the output.
    pub fn add_search_folder(&mut self, parent: Nid, props: Props<'static>, criteria: &Props<'_>) -> Result<Nid> {
        let nid = self.ndb.new_nid(NidType::SEARCH_FOLDER)?;
        self.put_folder(nid, parent, props)?;
        self.put_search(nid, criteria)?;
        Ok(nid)
    }

    /// Adds folder `nid` with `props` to folder `parent`. One of the folders that every store has gets these properties and
    /// this parent.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when there is no such parent, or when it is the folder itself or in it.
    pub fn put_folder(&mut self, nid: Nid, parent: Nid, props: Props<'static>) -> Result<Nid> {
        if nid != Nid::ROOT_FOLDER && self.is_within(parent, nid)? {
            return Err(Error::new(ErrorKind::Usage, format!("folder {nid} can't be in folder {parent}")));
        }
        self.ndb.reserve(nid);
        self.untouched.remove(&nid);
        match self.folders.entry(nid) {
            Entry::Occupied(mut folder) => folder.get_mut().become_of(parent, props),
            Entry::Vacant(place) => {
                place.insert(Folder::new(nid, parent, props));
            }
        }
        Ok(nid)
    }

    /// Whether folder `nid` is `above`, or somewhere below it.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when there is no such folder.
    pub fn is_within(&mut self, mut nid: Nid, above: Nid) -> Result<bool> {
        // Parents are there before their children, so that there is an end.
        while nid != above {
            let parent = self.folder(nid)?.parent;
            if parent == nid {
                return Ok(false);
            }
            nid = parent;
        }
        Ok(true)
    }

    /// The folder that the store names as its `special` one.
    pub fn standard(&self, special: SpecialFolder) -> Option<Nid> {
        self.standard.get(&special).copied()
    }

    /// Gives the folder of a new store that has the id `nid` the id `to`, so that another one can have its own. `false` where it is none
    /// of these, or where something has been put into it.
    pub fn vacate(&mut self, nid: Nid, to: Nid) -> bool {
        let special = self.standard.iter().find(|(_, named)| **named == nid).map(|(special, _)| *special);
        let is_empty = self.folders.get(&nid).is_some_and(Folder::is_empty);
        let Some(special) = special.filter(|_| is_empty && self.untouched.remove(&nid)) else { return false };
        self.ndb.reserve(to);
        self.folders.values_mut().filter(|f| f.parent == nid).for_each(|f| f.parent = to);
        let folder = self.folders.remove(&nid);
        self.folders.extend(folder.map(|folder| (to, folder)));
        self.untouched.insert(to);
        self.name_folder(special, to);
        true
    }

    /// Says that `folder` is the `special` one of the store: the top of what people see, the deleted items, the parent of search folders,
    /// one of the two of views. The one that a new store has in its place is left out of the file then, unless something is in it.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when there is no such folder.
    pub fn set_standard(&mut self, special: SpecialFolder, folder: Nid) -> Result<()> {
        self.folder(folder)?;
        let old = self.standard(special).filter(|old| *old != folder && self.untouched.contains(old));
        self.name_folder(special, folder);
        let Some(old) = old else { return Ok(()) };
        // What is in it goes with it.
        let above = self.folder(old)?.parent;
        let children: Vec<_> = self.folders.iter().filter(|(_, f)| f.parent == old).map(|(nid, _)| *nid).collect();
        for nid in children {
            if nid == folder {
                self.folder(nid)?.parent = above;
            } else if !self.is_within(folder, nid)? {
                self.folder(nid)?.parent = folder;
            }
        }
        let is_parent = self.folders.values().any(|f| f.parent == old);
        if !is_parent && self.folder(old)?.is_empty() {
            self.untouched.remove(&old);
            self.folders.remove(&old);
        }
        Ok(())
    }

    /// Lets the properties of the store name `folder` as the `special` one ([MS-PST] 2.4.3.1).
    fn name_folder(&mut self, special: SpecialFolder, folder: Nid) {
        let id = self.entry_id(folder);
        self.standard.insert(special, folder);
        for named in NAMED.iter().filter(|named| named.folder == special) {
            self.props.set(named.tag, Value::bin(id.clone()));
        }
        let valid = NAMED.iter().filter(|named| self.standard.contains_key(&named.folder));
        self.props.set(VALID_FOLDER_MASK, Value::I32(valid.fold(0, |mask, named| mask | named.valid)));
    }

    /// The properties of folder `nid`, to be changed; they are written at the end.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when there is no such folder.
    pub fn folder_props(&mut self, nid: Nid) -> Result<&mut Props<'static>> {
        Ok(&mut self.folder(nid)?.props)
    }

    /// Says that messages of `class` are delivered to `folder` (the receive-folder table).
    pub fn set_receive_folder(&mut self, class: &str, folder: Nid) {
        self.receive.retain(|(c, _)| c != class);
        self.receive.push((class.to_owned(), folder));
    }

    /// Writes `message` into `folder`.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when there is no such folder, [`ErrorKind::Target`] when the format can't hold something;
    /// else those of the output.
    pub fn add_message(&mut self, folder: Nid, message: &Message<'_>) -> Result<Nid> {
        let nid = self.new_nid(NidType::NORMAL_MESSAGE)?;
        self.put_message(nid, folder, message)?;
        Ok(nid)
    }

    /// Writes `message` as a folder-associated message (FAI) of `folder`.
    ///
    /// # Errors
    /// As [`StoreWriter::add_message`].
    pub fn add_associated(&mut self, folder: Nid, message: &Message<'_>) -> Result<Nid> {
        let nid = self.new_nid(NidType::ASSOC_MESSAGE)?;
        self.put_message(nid, folder, message)?;
        Ok(nid)
    }

    /// Writes `message` into `folder` as message `nid`; the type of the id tells whether it is a folder-associated one (FAI). That
    /// two nodes have the same id is found at the end only.
    ///
    /// # Errors
    /// As [`StoreWriter::add_message`].
    pub fn put_message(&mut self, nid: Nid, folder: Nid, message: &Message<'_>) -> Result<()> {
        self.folder(folder)?;
        let mut own = stored_props(message, nid);
        let mut cx = Context { ndb: &mut self.ndb, encoding: self.encoding, depth: Limits::default().embedding };
        let content = write_message(&mut cx, message, &own)?;
        if let Some(size) = message::size(message, &content) {
            own.push(pr::MESSAGE_SIZE, size);
        }
        content.put(&mut self.ndb, nid, folder)?;
        if !self.defects.no_row.contains(&nid) {
            self.push_row(folder, nid, &merged(&message.props, &own))?;
        }
        Ok(())
    }

    /// Enters `message`, which is message `nid` of `folder`, as something that search folder `search` has found.
    ///
    /// # Errors
    /// As [`StoreWriter::add_message`].
    pub fn add_hit(&mut self, search: Nid, folder: Nid, nid: Nid, message: &Message<'_>) -> Result<()> {
        let mut own = stored_props(message, nid);
        own.push(PropTag(0x67F1_0003), Value::I32(folder.0 as i32));
        self.push_row(search, nid, &merged(&message.props, &own))
    }

    /// Writes everything that is left.
    ///
    /// # Errors
    /// As [`Writer::finish`].
    pub fn finish(mut self) -> Result<()> {
        for (nid, tags) in templates::EMPTY_TABLES {
            let table = TableWriter::new(&self.ndb, self.encoding, tags)?;
            let content = table.finish(&mut self.ndb)?;
            content.put(&mut self.ndb, nid, Nid(0))?;
        }
        self.put_receive_folders()?;
        self.put_search(nid::SPAM_SEARCH, &Props::new())?;
        self.put_queues()?;
        self.put_folders()?;
        self.names.write(&mut self.ndb)?;
        write_properties(&mut self.ndb, self.encoding, &self.props, None)?.put(
            &mut self.ndb,
            Nid::MESSAGE_STORE,
            Nid(0),
        )?;
        for nid in &self.defects.no_node {
            self.ndb.leave_out(*nid);
        }
        self.ndb.finish()
    }

    /// Enters message `nid` with its properties `cells` in the table of `folder` where it belongs.
    fn push_row(&mut self, folder: Nid, nid: Nid, cells: &[&(PropTag, Value<'_>)]) -> Result<()> {
        let own = self.folders.get_mut(&folder).ok_or_else(|| no_folder(folder))?;
        own.push_message(&mut self.rows, self.encoding, folder, nid, cells)
    }

    fn folder(&mut self, nid: Nid) -> Result<&mut Folder> {
        self.folders.get_mut(&nid).ok_or_else(|| no_folder(nid))
    }

    /// The properties of the store ([MS-PST] 2.4.3.1).
    fn set_store_props(&mut self, options: &StoreOptions<'_>) {
        let password = options.password.map_or(0, |p| crc32(p.as_bytes()));
        STANDARD.into_iter().for_each(|(special, nid)| self.name_folder(special, nid));
        self.props.push(pr::RECORD_KEY, Value::bin(options.record_key.0.to_vec()));
        self.props.push(pr::DISPLAY_NAME, Value::str(options.display_name.to_owned()));
        self.props.push(STORE_6633, Value::Bool(1));
        self.props.push(STORE_66FA, Value::I32(0xE_000D));
        self.props.push(pr::PST_PASSWORD, Value::I32(password as i32));
    }

    fn put_receive_folders(&mut self) -> Result<()> {
        let mut table = TableWriter::new(&self.ndb, self.encoding, &templates::RECEIVE_FOLDERS)?;
        for (row, (class, folder)) in (1..).zip(&self.receive) {
            let cells =
                [(pr::MESSAGE_CLASS, Value::str(class.as_str())), (PropTag(0x6605_0003), Value::I32(folder.0 as i32))];
            table.push(&mut self.ndb, row, &cells)?;
        }
        table.finish(&mut self.ndb)?.put(&mut self.ndb, Nid(0x62B), Nid(0))
    }

    /// What belongs to a search folder besides its properties and hits: an empty queue and the criteria (2.4.8.6).
    fn put_search(&mut self, nid: Nid, criteria: &Props<'_>) -> Result<()> {
        let flags = [(PropTag(0x660B_0003), Value::I32(0))];
        let all = criteria.iter().map(|p| p as &(PropTag, Value<'_>)).chain(&flags);
        let content = write_properties(&mut self.ndb, self.encoding, all, None)?;
        content.put(&mut self.ndb, nid.with_type(NidType::SEARCH_CRITERIA_OBJECT), Nid(0))?;
        self.ndb.put_node(nid.with_type(NidType::SEARCH_UPDATE_QUEUE), Bid::default(), Bid::default(), Nid(0))
    }

    /// The nodes of the search machinery (2.4.8.4), all idle; the activity list names the search folders.
    fn put_queues(&mut self) -> Result<()> {
        let searches = self.folders.keys().filter(|n| n.typ() == NidType::SEARCH_FOLDER);
        let list: Vec<u8> = searches.flat_map(|n| n.0.to_le_bytes()).collect();
        let list = self.ndb.put_data(&list)?;
        self.ndb.put_node(Nid::SEARCH_ACTIVITY_LIST, list, Bid::default(), Nid(0))?;
        for nid in [Nid::SEARCH_MANAGEMENT_QUEUE, Nid(0x261), SEARCH_FOLDER_QUEUE] {
            self.ndb.put_node(nid, Bid::default(), Bid::default(), Nid(0))?;
        }
        Ok(())
    }
}

/// Properties with nothing but a display name.
fn named(name: &'static str) -> Props<'static> {
    [(pr::DISPLAY_NAME, Value::str(name))].into_iter().collect()
}

/// The number of the store and the node that entry id `id` names ([MS-PST] 2.4.3.2); `None` where it is of another kind.
pub fn entry_id_parts(id: &[u8]) -> Option<(Guid, Nid)> {
    let nid = entry_id_nid(id)?;
    let uid = id.get(4..20)?.try_into().ok()?;
    id.starts_with(&[0; 4]).then_some((Guid(uid), nid))
}

fn no_folder(nid: Nid) -> Error {
    Error::new(ErrorKind::Usage, format!("there is no folder {nid}"))
}
