//! The caps that keep hostile input from costing memory or time without bound, in one place.

/// Limits of one reading. [`Limits::default`] fits every file that Outlook writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Levels of a page or block B-tree ([MS-PST] 2.2.2.7.7: 255 is the field's range, real files stay below 8).
    pub btree_levels: u8,
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
    /// Objects (recipients, attachments) of one message.
    pub children: usize,
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
            children: 65_535,
        }
    }
}
