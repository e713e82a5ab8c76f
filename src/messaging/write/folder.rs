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
    contents: Option<TableWriter>,
    associated: Option<TableWriter>,
    unread: i32,
}

impl Folder {
    pub fn new(parent: Nid, props: Props<'static>) -> Self {
        Self { parent, props, contents: None, associated: None, unread: 0 }
    }

    /// Enters message `nid` with its properties `cells` in the table where it belongs.
    pub fn push_message<'v>(
        &mut self,
        ndb: &mut Writer<'_>,
        charset: TextEncoding,
        nid: Nid,
        cells: impl Iterator<Item = &'v (PropTag, Value<'v>)> + Clone,
    ) -> Result<()> {
        let associated = nid.typ() == NidType::ASSOC_MESSAGE;
        let is_hit = cells.clone().any(|(tag, _)| *tag == PropTag(0x67F1_0003));
        let (table, tags): (_, &[PropTag]) = match (associated, is_hit) {
            (true, _) => (&mut self.associated, &ASSOC_CONTENTS),
            (_, true) => (&mut self.contents, &SEARCH_CONTENTS),
            _ => (&mut self.contents, &CONTENTS),
        };
        let table = match table {
            Some(table) => table,
            none => none.insert(TableWriter::new(ndb, charset, tags)?),
        };
        let flags = cells.clone().find(|(tag, _)| *tag == pr::MESSAGE_FLAGS).and_then(|(_, v)| v.as_int());
        if !associated && flags.unwrap_or(0) & READ == 0 {
            self.unread += 1;
        }
        table.push(ndb, nid.0, cells)
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
        let charset = self.charset;
        let (contents, associated, parent) = {
            let folder = self.folder(nid)?;
            (folder.contents.take(), folder.associated.take(), folder.parent)
        };
        let ndb = &mut self.ndb;
        if let Some(folder) = self.folders.get(&nid) {
            write_properties(ndb, charset, &folder.props, None)?.put(ndb, nid, parent)?;
        }
        let is_search = nid.typ() == NidType::SEARCH_FOLDER;
        let (typ, tags): (_, &[PropTag]) = if is_search {
            (NidType::SEARCH_CONTENTS_TABLE, &SEARCH_CONTENTS)
        } else {
            (NidType::CONTENTS_TABLE, &CONTENTS)
        };
        let contents = match contents {
            Some(table) => table,
            None => TableWriter::new(ndb, charset, tags)?,
        };
        contents.finish(ndb)?.put(ndb, nid.with_type(typ), Nid(0))?;
        if is_search {
            return Ok(());
        }
        let associated = match associated {
            Some(table) => table,
            None => TableWriter::new(ndb, charset, &ASSOC_CONTENTS)?,
        };
        associated.finish(ndb)?.put(ndb, nid.with_type(NidType::ASSOC_CONTENTS_TABLE), Nid(0))?;
        let mut hierarchy = TableWriter::new(ndb, charset, &HIERARCHY)?;
        for child in children {
            if let Some(folder) = self.folders.get(child) {
                hierarchy.push(ndb, child.0, folder.props.iter().map(|p| p as _))?;
            }
        }
        hierarchy.finish(ndb)?.put(ndb, nid.with_type(NidType::HIERARCHY_TABLE), Nid(0))
    }
}
