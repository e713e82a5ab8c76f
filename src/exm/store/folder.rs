//! Folders: finding, creating, and who may do what in them.

use std::collections::HashMap;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::bag::Localizer;
use super::ids;
use super::message::{ARTICLE_NUMBER, LOCAL_COMMIT_TIME_MAX, NEXT_ARTICLE};
use super::prepare::{CHANGE_KEY, PREDECESSORS, unix_now};
use super::rows::{self, Table};
use super::value::Cell;
use super::{Parts, Store};
use crate::Result;
use crate::damage::{Effect, Finding, Findings};
use crate::exm::folders::fold;
use crate::mapi::tag::pr;
use crate::mapi::time::unix_to_filetime;
use crate::mapi::{PropTag, Value};
use crate::mt::NameMap;
use crate::mt::object::{Folder, Permission};

const HIERARCHY_CHANGE: PropTag = PropTag(0x663E_0003);
const HIERARCHY_REVISION: PropTag = PropTag(0x4082_0040);
const DELETED_COUNT: PropTag = PropTag(0x670B_0003);

/// The properties of a folder that are in columns of its row, or that a server computes.
pub const COMPUTED: [PropTag; 18] = [
    PropTag(0x0FFF_0102),
    PropTag(0x6748_0014),
    PropTag(0x6749_0014),
    PropTag(0x67A4_0014),
    PropTag(0x66A8_0003),
    PropTag(0x360A_000B),
    PropTag(0x3602_0003),
    PropTag(0x3617_0003),
    PropTag(0x6638_0003),
    PropTag(0x3603_0003),
    PropTag(0x3601_0003),
    PropTag(0x663A_000B),
    PropTag(0x66B5_001F),
    PropTag(0x66B5_001E),
    PropTag(0x65E1_0102),
    PropTag(0x0E08_0014),
    PropTag(0x66B4_0014),
    PropTag(0x66B3_0014),
];

/// Whose rights a row of an access list gives, by address.
const SMTP_ADDRESS: PropTag = PropTag(0x39FE_001F);
/// The rights.
const MEMBER_RIGHTS: PropTag = PropTag(0x6673_0003);

/// Rights that imply others: visible with read, own with any, visible and contact with owner.
const IMPLIED: [(i64, i64); 4] = [(0x1, 0x400), (0x20, 0x8), (0x40, 0x10), (0x100, 0x600)];

/// Rights to see when the owner is free or busy: an import gives none.
const FREE_BUSY: i64 = 0x800 | 0x1000;

/// The folders by their parents and names. The tables have no index for this question: with one query for each folder the time would grow
/// with the square of their number.
#[derive(Debug, Default)]
pub struct Children {
    /// The version of the database that it was read from; none where it was not.
    version: Option<i64>,
    /// By parent and folded name.
    ids: HashMap<(u64, u128), u64>,
}

impl Children {
    /// Forgets all, because the transaction in which folders were created was rolled back.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    fn find(&mut self, db: &Connection, parent: u64, name: &str) -> Result<Option<u64>> {
        // Another process may have created folders.
        let version = db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if self.version != Some(version) {
            self.ids = all_children(db)?;
            self.version = Some(version);
        }
        Ok(self.ids.get(&(parent, fold(name))).copied())
    }

    fn add(&mut self, parent: u64, name: &str, id: u64) {
        self.ids.entry((parent, fold(name))).or_insert(id);
    }
}

fn all_children(db: &Connection) -> Result<HashMap<(u64, u128), u64>> {
    let mut query = db.prepare_cached(
        "SELECT f.parent_id, f.folder_id, p.propval FROM folders f JOIN folder_properties p ON p.folder_id=f.folder_id \
         WHERE f.parent_id IS NOT NULL AND f.is_deleted=0 AND p.proptag=? ORDER BY f.folder_id",
    )?;
    let mut rows = query.query([i64::from(pr::DISPLAY_NAME.0)])?;
    let mut ids = HashMap::new();
    while let Some(row) = rows.next()? {
        if let ValueRef::Text(name) = row.get_ref(2)? {
            let parent = row.get::<_, i64>(0)?.cast_unsigned();
            let id = row.get::<_, i64>(1)?.cast_unsigned();
            ids.entry((parent, fold(&String::from_utf8_lossy(name)))).or_insert(id);
        }
    }
    Ok(ids)
}

impl Store {
    /// Whether messages and folders can be put into folder `id`.
    pub(super) fn is_ordinary_folder(&self, id: u64) -> Result<bool> {
        let sql = "SELECT 1 FROM folders WHERE folder_id=? AND is_search=0 AND is_deleted=0";
        Ok(self.parts.db.prepare_cached(sql)?.exists([id.cast_signed()])?)
    }

    /// The folder `name` in `parent`; names are compared without regard to the case of ASCII letters.
    pub(super) fn find_folder(&mut self, parent: u64, name: &str) -> Result<Option<u64>> {
        let Parts { db, children, .. } = &mut self.parts;
        children.find(db, parent, name)
    }

    /// Writes `folder` as a new folder `name` of `parent`; gives back its id. Must run in a transaction.
    pub(super) fn insert_folder(
        &mut self,
        parent: u64,
        name: &str,
        folder: &Folder<'_>,
        source: &NameMap,
        findings: &Findings,
    ) -> Result<u64> {
        let Parts { db, names, contents, counters, children, .. } = &mut self.parts;
        let unix = unix_now();
        let now = Cell::Int(unix_to_filetime(unix));
        let change = counters.next_change(db)?;
        let id = counters.new_range(db, unix)?;
        // The last id of the range is never given out: the checker of a server takes the end of a range for the first id behind it.
        db.prepare_cached(
            "INSERT INTO folders (folder_id, parent_id, change_number, cur_eid, max_eid) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute((
            id.cast_signed(),
            parent.cast_signed(),
            change.cast_signed(),
            (id + 1).cast_signed(),
            (id + ids::RANGE - 1).cast_signed(),
        ))?;
        if folder.props.int(pr::FOLDER_TYPE) == Some(2) {
            let found = "a search folder, which arrives as an ordinary one";
            findings.add(Finding::new(Effect::Altered, "folder type", "an ordinary folder", found));
        }
        let key = id.cast_signed();
        let mut localizer = Localizer { db, names, source, findings };
        let mut bag = localizer.bag(folder.props.clone(), 1252)?;
        bag.props.retain(|tag, _| !COMPUTED.contains(&tag));
        bag.props.set(pr::DISPLAY_NAME, Value::str(name));
        let change_key = ids::change_key(self.user_id, change);
        bag.props.set(PREDECESSORS, Value::bin(ids::predecessors(&change_key)));
        bag.props.set(CHANGE_KEY, Value::bin(change_key));
        if bag.props.get(pr::LAST_MODIFICATION_TIME).is_none() {
            bag.props.push(pr::LAST_MODIFICATION_TIME, Value::I64(unix_to_filetime(unix)));
        }
        rows::write(&mut localizer, contents, Table::Folders, key, bag)?;
        let article = counters.next_folder_article(db)?;
        for (tag, value) in [
            (NEXT_ARTICLE, &Cell::Int(1)),
            (DELETED_COUNT, &Cell::Int(0)),
            (ARTICLE_NUMBER, &Cell::Int(article.cast_signed())),
            (HIERARCHY_CHANGE, &Cell::Int(0)),
            (LOCAL_COMMIT_TIME_MAX, &now),
            (HIERARCHY_REVISION, &now),
        ] {
            rows::set(db, Table::Folders, key, tag, value)?;
        }
        let above = parent.cast_signed();
        rows::set(db, Table::Folders, above, LOCAL_COMMIT_TIME_MAX, &now)?;
        rows::set(db, Table::Folders, above, HIERARCHY_REVISION, &now)?;
        db.prepare_cached("UPDATE folder_properties SET propval=propval+1 WHERE folder_id=? AND proptag=?")?
            .execute((above, i64::from(HIERARCHY_CHANGE.0)))?;
        children.add(parent, name, id);
        Ok(id)
    }

    /// Gives the rights of the rows of `acl` that are to be added, in `folder`.
    pub(super) fn insert_permissions(
        &mut self,
        folder: u64,
        acl: &[Permission<'_>],
        findings: &Findings,
    ) -> Result<()> {
        for row in acl {
            let refused = |found: &str| {
                findings.add(Finding::new(
                    Effect::Lost,
                    "access list",
                    "an entry to add, with address and rights",
                    found,
                ));
            };
            if row.row_flags != 1 {
                refused("an entry that changes or removes another one");
                continue;
            }
            let (Some(member), Some(rights)) = (row.props.str(SMTP_ADDRESS), row.props.int(MEMBER_RIGHTS)) else {
                refused("an entry without one of them");
                continue;
            };
            if rights & FREE_BUSY != 0 {
                let found = "rights to see free and busy times, which a server gives in its own way; they are left out";
                findings.add(Finding::new(Effect::Notice, "access list", "rights in a folder", found));
            }
            let rights = i64::from(rights as u32) & !FREE_BUSY;
            let rights =
                IMPLIED.iter().filter(|(with, _)| rights & with != 0).fold(rights, |sum, (_, more)| sum | more);
            self.parts
                .db
                .prepare_cached(
                    "INSERT OR REPLACE INTO permissions (folder_id, username, permission) VALUES (?, ?, ?)",
                )?
                .execute((folder.cast_signed(), member, rights))?;
        }
        Ok(())
    }
}
