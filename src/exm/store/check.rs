//! The invariants of a mailbox, each of which holds after every import.

use std::fmt;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::Mailbox;
use super::content::ContentFile;
use super::names;
use crate::mapi::PropTag;
use crate::{Error, Result};

/// Something that is wrong with a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which rule is broken.
    pub rule: &'static str,
    /// By what.
    pub found: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.found)
    }
}

/// Rules that SQL can state: the query gives a row of text for everything that breaks it.
const RULES: &[(&str, &str)] = &[
    (
        "the id of every folder and message lies in a range that was reserved",
        "SELECT printf('%#x', id) FROM (SELECT folder_id AS id FROM folders UNION ALL SELECT message_id FROM messages)
         WHERE NOT EXISTS (SELECT 1 FROM allocated_eids WHERE id BETWEEN range_begin AND range_end)",
    ),
    (
        "no id is both a folder and a message",
        "SELECT printf('%#x', folder_id) FROM folders JOIN messages ON folder_id=message_id",
    ),
    (
        "ranges do not overlap",
        "SELECT printf('%#x and %#x', a.range_begin, b.range_begin) FROM allocated_eids a JOIN allocated_eids b
         ON a.rowid<b.rowid AND a.range_begin<=b.range_end AND b.range_begin<=a.range_end",
    ),
    (
        "the next id of a folder is not in use",
        "SELECT printf('%#x', f.folder_id) FROM folders f WHERE f.cur_eid<f.max_eid
         AND EXISTS (SELECT 1 FROM messages WHERE message_id=f.cur_eid)",
    ),
    (
        "change numbers are unique and not greater than the last one",
        "SELECT printf('%d', cn) FROM (SELECT change_number AS cn FROM folders UNION ALL SELECT change_number FROM messages)
         GROUP BY cn HAVING COUNT(*)>1 OR cn>(SELECT config_value FROM configurations WHERE config_id=4)",
    ),
    (
        "every message belongs to a folder or to an attachment",
        "SELECT printf('%#x', message_id) FROM messages WHERE (parent_fid IS NULL)=(parent_attid IS NULL)",
    ),
    (
        "no message is in a search folder",
        "SELECT printf('%#x', message_id) FROM messages JOIN folders ON folder_id=parent_fid WHERE is_search=1",
    ),
    (
        "the sizes of the store are the sums of its messages",
        "SELECT printf('%08X is %d, the sum is %d', proptag, propval, total) FROM (
           SELECT s.proptag, s.propval, (SELECT IFNULL(SUM(message_size), 0) FROM messages WHERE parent_fid IS NOT NULL AND
             CASE s.proptag WHEN 0x0E080014 THEN 1 WHEN 0x66B30014 THEN is_associated=0 ELSE is_associated=1 END) AS total
           FROM store_properties s WHERE s.proptag IN (0x0E080014, 0x66B30014, 0x66B40014))
         WHERE propval<>total",
    ),
    (
        "the time index has every message that is neither associated nor deleted, and no other",
        "SELECT printf('%#x', message_id) FROM messages m WHERE parent_fid IS NOT NULL AND
         (is_associated=0 AND is_deleted=0)<>EXISTS (SELECT 1 FROM msgtime_index t WHERE t.message_id=m.message_id AND t.folder_id=m.parent_fid)",
    ),
    (
        "the time index has the times of the messages",
        "SELECT printf('%#x', t.message_id) FROM msgtime_index t WHERE
         mtime IS NOT (SELECT propval FROM message_properties p WHERE p.message_id=t.message_id AND proptag=0x30080040) OR
         rcvtime IS NOT (SELECT propval FROM message_properties p WHERE p.message_id=t.message_id AND proptag=0x0E060040) OR
         sndtime IS NOT (SELECT propval FROM message_properties p WHERE p.message_id=t.message_id AND proptag=0x00390040)",
    ),
    (
        "article numbers are unique in a folder and below the next one",
        "SELECT printf('%d in folder %#x', p.propval, m.parent_fid) FROM messages m
         JOIN message_properties p ON p.message_id=m.message_id AND p.proptag=0x0E230003
         WHERE m.parent_fid IS NOT NULL GROUP BY m.parent_fid, p.propval
         HAVING COUNT(*)>1 OR p.propval>=(SELECT propval FROM folder_properties f WHERE f.folder_id=m.parent_fid AND proptag=0x67510003)",
    ),
    (
        "every message in a folder has an article number, a change key and its predecessors",
        "SELECT printf('%#x', message_id) FROM messages m WHERE parent_fid IS NOT NULL AND 3<>(SELECT COUNT(*) FROM message_properties p
         WHERE p.message_id=m.message_id AND proptag IN (0x0E230003, 0x65E20102, 0x65E30102))",
    ),
    (
        "every folder has a name, and siblings have different ones",
        "SELECT printf('%#x', MAX(f.folder_id)) FROM folders f LEFT JOIN folder_properties p
         ON p.folder_id=f.folder_id AND p.proptag=0x3001001F WHERE f.is_deleted=0
         GROUP BY f.parent_id, p.propval COLLATE NOCASE HAVING COUNT(*)>1 OR p.propval IS NULL OR typeof(p.propval)<>'text'",
    ),
    (
        "the read state of a message and its flag say the same",
        "SELECT printf('%#x', m.message_id) FROM messages m JOIN message_properties p
         ON p.message_id=m.message_id AND p.proptag=0x0E070003 WHERE (p.propval & 0x400<>0)<>(m.read_state<>0)",
    ),
    (
        "every named property that is used has a name",
        "SELECT printf('%08X', proptag) FROM (
           SELECT proptag FROM folder_properties UNION SELECT proptag FROM message_properties
           UNION SELECT proptag FROM recipients_properties UNION SELECT proptag FROM attachment_properties)
         WHERE proptag>=0x80000000 AND NOT EXISTS (SELECT 1 FROM named_properties WHERE propid=proptag>>16)",
    ),
    (
        "every named property has an id of the range for them",
        "SELECT printf('%d', propid) FROM named_properties WHERE propid NOT BETWEEN 0x8001 AND 0xFFFE",
    ),
];

/// Every content id that is referred to, and by which property. Older servers have numbers there.
const CONTENTS: &str = "
    SELECT DISTINCT proptag, CAST(propval AS TEXT) FROM message_properties
      WHERE proptag IN (0x1000001E, 0x1000001F, 0x007D001E, 0x007D001F, 0x10130102, 0x10090102)
    UNION SELECT DISTINCT proptag, CAST(propval AS TEXT) FROM attachment_properties WHERE proptag IN (0x37010102, 0x3701000D)";

impl Mailbox {
    /// What is wrong with the mailbox; nothing, if all is well.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn check(&self) -> Result<Vec<Problem>> {
        let db = &self.db;
        let mut problems = Vec::new();
        let mut found =
            |rule, list: Vec<String>| problems.extend(list.into_iter().map(|found| Problem { rule, found }));
        let integrity = texts(db, "PRAGMA integrity_check")?;
        found("the database is sound", integrity.into_iter().filter(|line| line != "ok").collect());
        let foreign = "SELECT printf('row %d of %s', rowid, \"table\") FROM pragma_foreign_key_check";
        found("no row refers to one that is not there", texts(db, foreign)?);
        for (rule, query) in RULES {
            found(rule, texts(db, query)?);
        }
        let names = texts(db, "SELECT name_string FROM named_properties")?;
        let bad = names.into_iter().filter(|text| names::from_text(text).is_none()).map(|text| format!("{text:?}"));
        found("the names of named properties have their form", bad.collect());
        found("every content file is there and holds what its name says", self.bad_contents()?);
        Ok(problems)
    }

    fn bad_contents(&self) -> Result<Vec<String>> {
        let mut bad = Vec::new();
        let mut query = self.db.prepare(CONTENTS)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let (tag, id) = (PropTag(row.get(0)?), text(row, 1)?);
            let state = ContentFile::open(&self.dir, &id, tag).and_then(|file| file.hashed_id().map_err(Error::from));
            match state {
                Ok(hashed) if hashed == id || !id.starts_with("Y-") => {}
                Ok(hashed) => bad.push(format!("{id} hashes to {hashed}")),
                Err(e) => bad.push(format!("{id}: {e}")),
            }
        }
        Ok(bad)
    }
}

/// The first column of what `query` gives, as texts.
fn texts(db: &Connection, query: &str) -> Result<Vec<String>> {
    let mut query = db.prepare(query)?;
    let rows = query.query_map([], |row| text(row, 0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A column of `row` as text, whatever a database from elsewhere has there.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    })
}
