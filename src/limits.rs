//! The caps that keep hostile input from costing memory or time without bound, in one place.

use std::str::FromStr;

/// Limits of one reading. [`Limits::default`] fits every file that Outlook writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Levels of a page or block B-tree ([MS-PST] 2.2.2.7.7: 255 is the field's range, real files stay below 8).
    pub btree_levels: u8,
    /// Pages of a B-tree that are walked; no tree has more than fit into the file.
    pub pages: u64,
    /// How deep messages may be embedded in messages.
    pub embedding: usize,
    /// How deep folders may be nested.
    pub folder_depth: usize,
    /// Bytes of one property value that is gathered in memory (strings, multi-value properties).
    pub value_bytes: u64,
    /// Bytes that one compressed block may inflate to.
    pub inflated_block: usize,
    /// Bytes of a property value of a stream that are kept in memory; larger ones are spooled to a temporary file.
    pub spool_bytes: u64,
    /// Bytes of the property values of one frame of a stream that are kept in memory before smaller ones are spooled, too.
    pub frame_bytes: u64,
    /// Objects (recipients, attachments) of one message, those of the messages embedded in it included.
    pub children: usize,
    /// Bytes of the property values of one message that are gathered in memory, those of its [`children`](Self::children) included.
    pub item_bytes: u64,
    /// Messages of one folder.
    pub folder_items: u64,
    /// Threads that check the trees of a large file; at least one.
    pub threads: usize,
}

/// The limits that a user may set: name, what it counts.
pub const NAMES: [(&str, &str); 9] = [
    ("embedding", "levels of messages in messages"),
    ("folders", "levels of folders in folders"),
    ("levels", "levels of one B-tree"),
    ("pages", "pages walked of one B-tree"),
    ("inflated", "bytes that one compressed block inflates to"),
    ("value", "bytes of one text or multi-value property"),
    ("items", "messages of one folder"),
    ("objects", "recipients and attachments of one message"),
    ("item", "bytes of the texts of one message"),
];

/// One limit that a user has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    name: &'static str,
    value: u64,
}

impl Limit {
    /// The names of all limits, as a text.
    pub fn names() -> String {
        NAMES.map(|(name, _)| name).join(", ")
    }
}

impl FromStr for Limit {
    type Err = String;

    /// From `NAME=VALUE`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) =
            text.split_once('=').ok_or_else(|| format!("expected NAME=VALUE, with one of {}", Self::names()))?;
        let known = NAMES.iter().find(|(known, _)| *known == name);
        let (name, _) = known.ok_or_else(|| format!("no such limit; there are {}", Self::names()))?;
        let value = value.parse().map_err(|_| format!("expected a number, found \"{value}\""))?;
        Ok(Self { name, value })
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            btree_levels: 16,
            embedding: 32,
            folder_depth: 256,
            value_bytes: 512 << 20,
            inflated_block: 1 << 16,
            spool_bytes: 256 << 10,
            frame_bytes: 16 << 20,
            children: 65_535,
            item_bytes: 512 << 20,
            pages: u64::MAX,
            folder_items: u64::MAX,
            threads: 1,
        }
    }
}

impl Limits {
    /// The default limits but for those that `set` names.
    pub fn with(set: &[Limit]) -> Self {
        let mut limits = Self::default();
        for Limit { name, value } in set {
            let size = usize::try_from(*value).unwrap_or(usize::MAX);
            match *name {
                "embedding" => limits.embedding = size,
                "folders" => limits.folder_depth = size,
                "levels" => limits.btree_levels = u8::try_from(*value).unwrap_or(u8::MAX),
                "pages" => limits.pages = *value,
                "inflated" => limits.inflated_block = size,
                "value" => limits.value_bytes = *value,
                "objects" => limits.children = size,
                "item" => limits.item_bytes = *value,
                _ => limits.folder_items = *value,
            }
        }
        limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_sets_its_own_limit() {
        for (i, (name, _)) in NAMES.iter().enumerate() {
            let set = [format!("{name}={}", i + 7).parse().unwrap()];
            let l = Limits::with(&set);
            let values = [
                l.embedding as u64,
                l.folder_depth as u64,
                u64::from(l.btree_levels),
                l.pages,
                l.inflated_block as u64,
                l.value_bytes,
                l.folder_items,
                l.children as u64,
                l.item_bytes,
            ];
            let d = Limits::default();
            let defaults = [
                d.embedding as u64,
                d.folder_depth as u64,
                u64::from(d.btree_levels),
                d.pages,
                d.inflated_block as u64,
                d.value_bytes,
                d.folder_items,
                d.children as u64,
                d.item_bytes,
            ];
            for k in 0..values.len() {
                assert_eq!(values[k], if k == i { i as u64 + 7 } else { defaults[k] }, "{name}");
            }
        }
        for wrong in ["", "items", "items=", "items=-1", "colour=3"] {
            assert!(wrong.parse::<Limit>().is_err(), "{wrong}");
        }
    }
}
