//! Folders and their tables ([MS-PST] 2.4.4).

use std::collections::BTreeMap;
use std::ops::Range;

use md5::{Digest, Md5};

use super::StoreWriter;
use super::message::READ;
use super::rows::{Rows, SortedRows};
use super::templates::{ASSOC_CONTENTS, CONTENTS, HIERARCHY, SEARCH_CONTENTS};
use crate::Result;
use crate::ltp::write::{StoredRow, TableWriter, TextEncoding, write_properties};
use crate::mapi::tag::pr;
use crate::mapi::{PropTag, Props, Value};
use crate::ndb::write::Writer;
use crate::ndb::{Nid, NidType};

const UNREAD_COUNT: PropTag = PropTag(0x3603_0003);
const CONVERSATION_TOPIC: PropTag = PropTag(0x0070_001F);
const CONVERSATION_INDEX: PropTag = PropTag(0x0071_0102);
const CONVERSATION_ID: PropTag = PropTag(0x3013_0102);
const INDEX_TRACKING: PropTag = PropTag(0x3016_000B);
/// Where the GUID is in PidTagConversationIndex: behind a byte and five of the time.
const INDEX_GUID: Range<usize> = 6..22;

/// The type of a table's node, and its columns.
type Table = (NidType, &'static [PropTag]);

const ASSOCIATED: Table = (NidType::ASSOC_CONTENTS_TABLE, &ASSOC_CONTENTS);

/// A folder that is not finished.
pub(super) struct Folder {
    pub parent: Nid,
    pub props: Props<'static>,
    is_search: bool,
    contents: u32,
    associated: u32,
    unread: i32,
}

impl Folder {
    /// Folder `nid` in folder `parent`.
    pub fn new(nid: Nid, parent: Nid, props: Props<'static>) -> Self {
        let is_search = nid.typ() == NidType::SEARCH_FOLDER;
        Self { parent, props, is_search, contents: 0, associated: 0, unread: 0 }
    }

    /// Puts it into `parent` and gives it `props`; what is in it stays.
    pub fn become_of(&mut self, parent: Nid, props: Props<'static>) {
        (self.parent, self.props) = (parent, props);
    }

    /// Whether there is no message in it.
    pub fn is_empty(&self) -> bool {
        self.contents == 0 && self.associated == 0
    }

    /// Enters message `nid` with its properties `cells` among the `rows` of the table where it belongs; the folder is `own`.
    pub fn push_message(
        &mut self,
        rows: &mut Rows,
        encoding: TextEncoding,
        own: Nid,
        nid: Nid,
        cells: &[&(PropTag, Value<'_>)],
    ) -> Result<()> {
        let associated = nid.typ() == NidType::ASSOC_MESSAGE;
        let flags = cells.iter().find(|(tag, _)| *tag == pr::MESSAGE_FLAGS).and_then(|(_, v)| v.as_int());
        if !associated && flags.unwrap_or(0) & READ == 0 {
            self.unread += 1;
        }
        let contents = self.contents();
        let ((typ, columns), count) =
            if associated { (ASSOCIATED, &mut self.associated) } else { (contents, &mut self.contents) };
        *count += 1;
        let conversation = conversation(cells);
        let cells = cells.iter().map(|cell| *cell as _).chain(&conversation);
        let row = StoredRow::new(encoding, columns, cells)?;
        rows.push(own.with_type(typ), nid, &row)
    }

    /// Its contents table.
    fn contents(&self) -> Table {
        if self.is_search {
            (NidType::SEARCH_CONTENTS_TABLE, &SEARCH_CONTENTS)
        } else {
            (NidType::CONTENTS_TABLE, &CONTENTS)
        }
    }
}

/// What conversation a message with the properties `cells` belongs to, where these don't tell it themselves ([MS-OXOMSG] 2.2.1.2): the GUID
/// in its index where the sender kept track of it, else a hash of its topic. Contents tables have it, messages don't.
fn conversation(cells: &[&(PropTag, Value<'_>)]) -> Option<(PropTag, Value<'static>)> {
    let get = |wanted: PropTag| cells.iter().find(|(tag, _)| *tag == wanted).map(|(_, value)| value);
    if get(CONVERSATION_ID).is_some() {
        return None;
    }
    let is_tracked = get(INDEX_TRACKING).and_then(Value::as_int).is_some_and(|v| v != 0);
    let index = get(CONVERSATION_INDEX).and_then(|index| index.as_bin()?.get(INDEX_GUID)).filter(|_| is_tracked);
    let topic = get(CONVERSATION_TOPIC).and_then(Value::as_str).filter(|topic| !topic.is_empty());
    let id = index.map(<[u8]>::to_vec).or_else(|| Some(topic_hash(topic?)))?;
    Some((CONVERSATION_ID, Value::bin(id)))
}

/// The MD5 of `topic` in capital letters, one for one, in UTF-16.
fn topic_hash(topic: &str) -> Vec<u8> {
    let capital = |c: char| {
        let mut upper = c.to_uppercase();
        upper.next().filter(|_| upper.next().is_none()).unwrap_or(c)
    };
    let capitals: String = topic.chars().map(capital).collect();
    Md5::digest(capitals.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()).to_vec()
}

impl StoreWriter<'_> {
    /// Writes all folders: their properties and their tables.
    pub(super) fn put_folders(&mut self) -> Result<()> {
        let mut children: BTreeMap<Nid, Vec<Nid>> = BTreeMap::new();
        for (nid, folder) in &self.folders {
            if *nid != folder.parent && !self.defects.no_row.contains(nid) {
                children.entry(folder.parent).or_default().push(*nid);
            }
        }
        for (nid, folder) in &mut self.folders {
            folder.props.set(pr::CONTENT_COUNT, Value::I32(i32::try_from(folder.contents).unwrap_or(i32::MAX)));
            folder.props.set(UNREAD_COUNT, Value::I32(folder.unread));
            folder.props.set(pr::SUBFOLDERS, Value::Bool(children.contains_key(nid).into()));
        }
        let mut rows = std::mem::take(&mut self.rows).sorted()?;
        for (nid, folder) in &self.folders {
            let mut tables = Tables { ndb: &mut self.ndb, encoding: self.encoding, rows: &mut rows };
            write_properties(tables.ndb, self.encoding, &folder.props, None)?.put(tables.ndb, *nid, folder.parent)?;
            tables.put(*nid, folder.contents())?;
            if !folder.is_search {
                tables.put(*nid, ASSOCIATED)?;
                let children = children.get(nid).into_iter().flatten();
                tables.put_hierarchy(*nid, children.filter_map(|nid| Some((*nid, self.folders.get(nid)?))))?;
            }
        }
        Ok(())
    }
}

/// Writes the tables of folders, which are to come in the order of their ids.
struct Tables<'w, 'o> {
    ndb: &'w mut Writer<'o>,
    encoding: TextEncoding,
    rows: &'w mut SortedRows,
}

impl Tables<'_, '_> {
    /// Writes `table` of folder `nid` with the rows that were kept for it.
    fn put(&mut self, nid: Nid, (typ, columns): Table) -> Result<()> {
        let node = nid.with_type(typ);
        let mut table = TableWriter::new(self.ndb, self.encoding, columns)?;
        while let Some((id, row)) = self.rows.next_of(node)? {
            table.push_stored(self.ndb, id.0, &row)?;
        }
        table.finish(self.ndb)?.put(self.ndb, node, Nid(0))
    }

    fn put_hierarchy<'f>(&mut self, nid: Nid, children: impl Iterator<Item = (Nid, &'f Folder)>) -> Result<()> {
        let mut table = TableWriter::new(self.ndb, self.encoding, &HIERARCHY)?;
        for (child, folder) in children {
            table.push(self.ndb, child.0, folder.props.iter().map(|p| p as _))?;
        }
        table.finish(self.ndb)?.put(self.ndb, nid.with_type(NidType::HIERARCHY_TABLE), Nid(0))
    }
}
