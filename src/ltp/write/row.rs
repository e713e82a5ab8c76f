//! A row that is kept outside of memory until its table is written.

use std::borrow::Cow;

use super::value::{Stored, TextEncoding};
use crate::mapi::{PropTag, Value};
use crate::{Error, ErrorKind, Result};

/// The cells of a row for a table with certain columns, as bytes.
///
/// Each cell is its tag, its kind (a byte), the length of its value and the value; numbers are of 4 bytes, little-endian.
#[derive(Debug)]
pub struct StoredRow(Vec<u8>);

const INLINE: u8 = 0;
const FIXED8: u8 = 1;
const BYTES: u8 = 2;

impl StoredRow {
    /// Those of `cells` for which there is a column among `columns`.
    ///
    /// # Errors
    /// [`ErrorKind::Target`] when a value has no form in a file or more than 4 GiB; else those of a content.
    pub fn new<'v>(
        encoding: TextEncoding,
        columns: &[PropTag],
        cells: impl IntoIterator<Item = &'v (PropTag, Value<'v>)>,
    ) -> Result<Self> {
        let stored = |tag: PropTag| tag.with_type(encoding.stored_type(tag.typ()));
        let mut row = Self(Vec::new());
        for (tag, value) in cells {
            let tag = stored(*tag);
            if !columns.iter().any(|column| stored(*column) == tag) {
                continue;
            }
            match encoding.store(tag, value)? {
                Stored::Inline(value) => row.push(tag, INLINE, &value.to_le_bytes())?,
                Stored::Fixed8(bytes) => row.push(tag, FIXED8, &bytes)?,
                Stored::Bytes(bytes) => row.push(tag, BYTES, &bytes)?,
                Stored::Stream(stream) => row.push(tag, BYTES, &stream.to_vec()?)?,
            }
        }
        Ok(row)
    }

    /// The row that [`StoredRow::as_bytes`] gave.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The row, to be kept.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = (PropTag, Stored<'_>)> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (tag, after) = rest.split_first_chunk()?;
            let (kind, after) = after.split_first()?;
            let (len, after) = after.split_first_chunk()?;
            let (value, after) = after.split_at_checked(u32::from_le_bytes(*len) as usize)?;
            rest = after;
            let stored = match *kind {
                INLINE => Stored::Inline(u32::from_le_bytes(value.try_into().ok()?)),
                FIXED8 => Stored::Fixed8(value.try_into().ok()?),
                _ => Stored::Bytes(Cow::Borrowed(value)),
            };
            Some((PropTag(u32::from_le_bytes(*tag)), stored))
        })
    }

    fn push(&mut self, tag: PropTag, kind: u8, value: &[u8]) -> Result<()> {
        let len = u32::try_from(value.len())
            .map_err(|_| Error::new(ErrorKind::Target, format!("property {tag} is larger than 4 GiB")))?;
        self.0.extend(tag.0.to_le_bytes());
        self.0.push(kind);
        self.0.extend(len.to_le_bytes());
        self.0.extend(value);
        Ok(())
    }
}
