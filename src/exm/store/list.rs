//! What is in a mailbox, in short.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::Mailbox;
use super::schema::ROOT;
use crate::Result;
use crate::exm::folders::path_below;
use crate::mapi::PropTag;
use crate::mapi::tag::pr;

const SENDER_ADDRESS: PropTag = PropTag(0x0C1F_001F);

/// A folder and what is in it; soft-deleted messages do not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FolderInfo {
    /// Its id.
    pub id: u64,
    /// Its path: `/` for the root, else the names on the way down, each behind a `/`. Of a very long one only the end, behind an ellipsis.
    pub path: String,
    /// Its container class; empty where it has none.
    pub class: String,
    /// How many messages are in it.
    pub messages: u64,
    /// How many associated messages (FAI) are in it.
    pub fai: u64,
    /// Bytes of all of them.
    pub bytes: u64,
    /// How many of the messages are unread.
    #[serde(skip)]
    pub unread: u64,
    /// How deep it is below the root.
    #[serde(skip)]
    pub depth: usize,
}

/// A message, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageInfo {
    /// Its id.
    pub id: u64,
    /// When it was delivered or else sent, as FILETIME.
    pub date: Option<i64>,
    /// Who sent it: the name or else the address.
    pub from: String,
    /// Its subject.
    pub subject: String,
    /// Its message class.
    pub class: String,
    /// Its size.
    pub bytes: u64,
    /// How many attachments it has.
    pub attachments: u64,
    /// Whether it is read.
    pub read: bool,
    /// Whether it is associated (FAI).
    pub fai: bool,
}

/// Sums over a mailbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Folders.
    pub folders: u64,
    /// Messages in folders.
    pub messages: u64,
    /// Associated messages (FAI) in folders.
    pub fai: u64,
    /// Attachments of all of them, and of the messages embedded in them.
    pub attachments: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

impl Mailbox {
    /// All folders, each before its subfolders; siblings by id.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn folders(&self) -> Result<Vec<FolderInfo>> {
        let mut query = self.db.prepare(
            "SELECT f.folder_id, f.parent_id,
               (SELECT propval FROM folder_properties WHERE folder_id=f.folder_id AND proptag=?1),
               (SELECT propval FROM folder_properties WHERE folder_id=f.folder_id AND proptag=?2),
               SUM(m.is_associated=0), SUM(m.is_associated=0 AND m.read_state=0), SUM(m.is_associated=1), SUM(m.message_size)
             FROM folders f LEFT JOIN messages m ON m.parent_fid=f.folder_id AND m.is_deleted=0
             WHERE f.is_deleted=0 GROUP BY f.folder_id ORDER BY f.folder_id",
        )?;
        let mut children: BTreeMap<u64, Vec<(FolderInfo, String)>> = BTreeMap::new();
        let mut rows = query.query([i64::from(pr::DISPLAY_NAME.0), i64::from(pr::CONTAINER_CLASS.0)])?;
        while let Some(row) = rows.next()? {
            let count = |i| -> Result<u64> { Ok(row.get::<_, Option<i64>>(i)?.unwrap_or(0).cast_unsigned()) };
            let text = |i| -> Result<String> { Ok(row.get::<_, Option<String>>(i)?.unwrap_or_default()) };
            let info = FolderInfo {
                id: count(0)?,
                path: String::new(),
                class: text(3)?,
                messages: count(4)?,
                unread: count(5)?,
                fai: count(6)?,
                bytes: count(7)?,
                depth: 0,
            };
            children.entry(count(1)?).or_default().push((info, text(2)?));
        }
        let mut list = Vec::new();
        let mut stack: Vec<FolderInfo> =
            children.remove(&0).unwrap_or_default().into_iter().map(|(root, _)| root).collect();
        while let Some(mut folder) = stack.pop() {
            for (mut child, name) in children.remove(&folder.id).unwrap_or_default().into_iter().rev() {
                child.path = path_below(&folder.path, &name);
                child.depth = folder.depth + 1;
                stack.push(child);
            }
            if folder.id == ROOT {
                folder.path = "/".to_owned();
            }
            list.push(folder);
        }
        Ok(list)
    }

    /// The messages of `folder`, by id.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn messages(&self, folder: u64) -> Result<Vec<MessageInfo>> {
        let mut query = self.db.prepare_cached(
            "SELECT message_id, is_associated, read_state, message_size,
               (SELECT COUNT(*) FROM attachments a WHERE a.message_id=m.message_id)
             FROM messages m WHERE parent_fid=? AND is_deleted=0 ORDER BY message_id",
        )?;
        let mut property =
            self.db.prepare_cached("SELECT propval FROM message_properties WHERE message_id=? AND proptag=?")?;
        let mut rows = query.query([folder.cast_signed()])?;
        let mut list = Vec::new();
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let mut text = |tags: &[PropTag]| -> Result<String> {
                for tag in tags {
                    let mut rows = property.query((id, i64::from(tag.0)))?;
                    if let Some(row) = rows.next()?
                        && let Ok(text) = row.get_ref(0)?.as_str()
                        && !text.is_empty()
                    {
                        return Ok(text.to_owned());
                    }
                }
                Ok(String::new())
            };
            let from = text(&[pr::SENDER_NAME, SENDER_ADDRESS])?;
            let subject = format!("{}{}", text(&[pr::SUBJECT_PREFIX])?, text(&[pr::NORMALIZED_SUBJECT])?);
            let class = text(&[pr::MESSAGE_CLASS])?;
            let mut date = None;
            for tag in [pr::MESSAGE_DELIVERY_TIME, pr::CLIENT_SUBMIT_TIME, pr::CREATION_TIME] {
                let mut rows = property.query((id, i64::from(tag.0)))?;
                date = date.or(rows.next()?.map(|row| row.get(0)).transpose()?);
            }
            list.push(MessageInfo {
                id: id.cast_unsigned(),
                date,
                from,
                subject,
                class,
                bytes: row.get::<_, i64>(3)?.cast_unsigned(),
                attachments: row.get::<_, i64>(4)?.cast_unsigned(),
                read: row.get(2)?,
                fai: row.get(1)?,
            });
        }
        Ok(list)
    }

    /// The sums over `folders`, which are all or some of this mailbox.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn totals(&self, folders: &[FolderInfo]) -> Result<Totals> {
        let ids: HashSet<i64> = folders.iter().map(|folder| folder.id.cast_signed()).collect();
        let mut query = self.db.prepare(
            "WITH RECURSIVE held(folder, message_id) AS (
               SELECT parent_fid, message_id FROM messages WHERE parent_fid IS NOT NULL AND is_deleted=0
               UNION ALL SELECT held.folder, m.message_id FROM held JOIN attachments a ON a.message_id=held.message_id
                 JOIN messages m ON m.parent_attid=a.attachment_id AND m.parent_fid IS NULL)
             SELECT folder, COUNT(*) FROM held JOIN attachments USING (message_id) GROUP BY folder",
        )?;
        let mut totals = Totals { folders: folders.len() as u64, ..Totals::default() };
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            if ids.contains(&row.get(0)?) {
                totals.attachments += row.get::<_, i64>(1)?.cast_unsigned();
            }
        }
        for folder in folders {
            totals.messages += folder.messages;
            totals.fai += folder.fai;
            totals.bytes += folder.bytes;
        }
        Ok(totals)
    }
}
