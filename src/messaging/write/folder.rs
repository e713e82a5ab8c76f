//! Folders and their tables ([MS-PST] 2.4.4).

use std::collections::BTreeMap;

use super::StoreWriter;
use super::message::READ;
use super::templates::{ASSOC_CONTENTS, CONTENTS, HIERARCHY, SEARCH_CONTENTS};
use crate::Result;
use crate::ltp::write::{TableWriter, TextEncoding, write_properties};
use crate::mapi::tag::pr;
use crate::mapi::{PropTag, Props, Value};
use crate::ndb::write::Writer;
use crate::ndb::{Nid, NidType};

const UNREAD_COUNT: PropTag = PropTag(0x3603_0003);

/// A folder that is not finished.
pub(super) struct Folder {
    pub parent: Nid,
    pub props: Props<'static>,
    is_search: bool,
    contents: Option<TableWriter>,
    associated: Option<TableWriter>,
    unread: i32,
}

impl Folder {
    /// Folder `nid` in folder `parent`.
    pub fn new(nid: Nid, parent: Nid, props: Props<'static>) -> Self {
        let is_search = nid.typ() == NidType::SEARCH_FOLDER;
        Self { parent, props, is_search, contents: None, associated: None, unread: 0 }
    }

    /// Whether there is no message in it.
    pub fn is_empty(&self) -> bool {
        self.contents.is_none() && self.associated.is_none()
    }

    /// Enters message `nid` with its properties `cells` in the table where it belongs.
    pub fn push_message(
        &mut self,
        ndb: &mut Writer<'_>,
        encoding: TextEncoding,
        nid: Nid,
        cells: &[&(PropTag, Value<'_>)],
    ) -> Result<()> {
        let associated = nid.typ() == NidType::ASSOC_MESSAGE;
        let flags = cells.iter().find(|(tag, _)| *tag == pr::MESSAGE_FLAGS).and_then(|(_, v)| v.as_int());
        if !associated && flags.unwrap_or(0) & READ == 0 {
            self.unread += 1;
        }
        let columns = self.columns();
        let (table, columns) =
            if associated { (&mut self.associated, &ASSOC_CONTENTS[..]) } else { (&mut self.contents, columns) };
        let table = match table {
            Some(table) => table,
            none => none.insert(TableWriter::new(ndb, encoding, columns)?),
        };
        table.push(ndb, nid.0, cells.iter().map(|cell| *cell as _))
    }

    /// The columns of its contents table.
    fn columns(&self) -> &'static [PropTag] {
        if self.is_search { &SEARCH_CONTENTS } else { &CONTENTS }
    }
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
            let count = folder.contents.as_ref().map_or(0, TableWriter::len);
            folder.props.set(pr::CONTENT_COUNT, Value::I32(i32::try_from(count).unwrap_or(i32::MAX)));
            folder.props.set(UNREAD_COUNT, Value::I32(folder.unread));
            folder.props.set(pr::SUBFOLDERS, Value::Bool(children.contains_key(nid).into()));
        }
        for nid in self.folders.keys().copied().collect::<Vec<_>>() {
            self.put_one_folder(nid, children.get(&nid).map_or(&[], Vec::as_slice))?;
        }
        Ok(())
    }

    fn put_one_folder(&mut self, nid: Nid, children: &[Nid]) -> Result<()> {
        let encoding = self.encoding;
        let folder = self.folder(nid)?;
        let (contents, associated) = (folder.contents.take(), folder.associated.take());
        let Some(folder) = self.folders.get(&nid) else { return Ok(()) };
        let ndb = &mut self.ndb;
        write_properties(ndb, encoding, &folder.props, None)?.put(ndb, nid, folder.parent)?;
        let table = |ndb: &mut Writer<'_>, written: Option<TableWriter>, columns: &[PropTag]| match written {
            Some(table) => table.finish(ndb),
            None => TableWriter::new(ndb, encoding, columns)?.finish(ndb),
        };
        let typ = if folder.is_search { NidType::SEARCH_CONTENTS_TABLE } else { NidType::CONTENTS_TABLE };
        table(ndb, contents, folder.columns())?.put(ndb, nid.with_type(typ), Nid(0))?;
        if folder.is_search {
            return Ok(());
        }
        table(ndb, associated, &ASSOC_CONTENTS)?.put(ndb, nid.with_type(NidType::ASSOC_CONTENTS_TABLE), Nid(0))?;
        let mut hierarchy = TableWriter::new(ndb, encoding, &HIERARCHY)?;
        for child in children {
            if let Some(folder) = self.folders.get(child) {
                hierarchy.push(ndb, child.0, folder.props.iter().map(|p| p as _))?;
            }
        }
        hierarchy.finish(ndb)?.put(ndb, nid.with_type(NidType::HIERARCHY_TABLE), Nid(0))
    }
}
