//! The table context ([MS-PST] 2.3.4).

use std::ops::RangeInclusive;

use super::bth::BthWriter;
use super::heap::{HeapWriter, MAX_ITEM};
use super::row::StoredRow;
use super::value::{Stored, TextEncoding};
use super::{LargeValues, NodeContent, usage};
use crate::ltp::Hid;
use crate::ltp::tc::cell_size;
use crate::mapi::tag::pr;
use crate::mapi::{PropTag, Value};
use crate::ndb::Bid;
use crate::ndb::write::Writer;
use crate::sort::Sorter;
use crate::{Error, ErrorKind, Result};

/// `bClientSig` of a table context, and `bType` of a TCINFO.
const TC: u8 = 0x7C;

/// A column (TCOLDESC, 2.3.4.2): where its cells are in a row, and which bit says that a row has one.
#[derive(Debug, Clone, Copy)]
struct Column {
    tag: PropTag,
    offset: usize,
    size: usize,
    bit: usize,
}

/// The columns `fixed`, then those tags of `rows` that are not among them, in the order in which they come.
pub fn columns<'v>(fixed: &[PropTag], rows: impl IntoIterator<Item = &'v (PropTag, Value<'v>)>) -> Vec<PropTag> {
    let mut columns = fixed.to_vec();
    for (tag, _) in rows {
        if !columns.contains(tag) {
            columns.push(*tag);
        }
    }
    columns
}

/// Writes a table, a row at a time. Rows are written as a block fills; their index is kept, mostly in a temporary file, and
/// written at the end.
pub struct TableWriter {
    encoding: TextEncoding,
    columns: Vec<Column>,
    /// `rgib` (2.3.4.1): where the cells of 8 and 4, of 2, of 1 byte end, and where the row ends.
    ends: [usize; 4],
    heap: HeapWriter,
    large: LargeValues,
    /// The id and number of each row, big-endian.
    index: Sorter<8>,
    /// Rows that are not written yet, and the blocks that are.
    pending: Vec<u8>,
    blocks: Vec<Bid>,
}

impl TableWriter {
    /// An empty table with the columns `tags`; the row id and version come first of themselves.
    ///
    /// # Errors
    /// [`ErrorKind::Target`] when there are more columns than a table has (255).
    pub fn new(ndb: &Writer<'_>, encoding: TextEncoding, tags: &[PropTag]) -> Result<Self> {
        let stored = tags.iter().map(|t| t.with_type(encoding.stored_type(t.typ())));
        let (columns, ends) = layout([pr::LTP_ROW_ID, pr::LTP_ROW_VER].into_iter().chain(stored))?;
        Ok(Self {
            encoding,
            columns,
            ends,
            heap: HeapWriter::new(ndb.layout(), TC),
            large: LargeValues::default(),
            index: Sorter::new(),
            pending: Vec::new(),
            blocks: Vec::new(),
        })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds row `id` with `cells`; what the table has no column for is left out, and so is another id or version of the row.
    ///
    /// # Errors
    /// [`ErrorKind::Target`] when the table is full or a value has no form in a file; else those of the output.
    pub fn push<'v>(
        &mut self,
        ndb: &mut Writer<'_>,
        id: u32,
        cells: impl IntoIterator<Item = &'v (PropTag, Value<'v>)>,
    ) -> Result<()> {
        let mut row = self.numbered(ndb, id);
        for (tag, value) in cells {
            let stored = tag.with_type(self.encoding.stored_type(tag.typ()));
            if self.takes(stored) {
                let cell = self.cell(ndb, stored, self.encoding.store(*tag, value)?)?;
                self.set(&mut row, stored, &cell);
            }
        }
        self.put_row(ndb, id, row)
    }

    /// Adds row `id` with cells that were stored for the columns of this table.
    ///
    /// # Errors
    /// As [`TableWriter::push`].
    pub fn push_stored(&mut self, ndb: &mut Writer<'_>, id: u32, stored: &StoredRow) -> Result<()> {
        let mut row = self.numbered(ndb, id);
        for (tag, value) in stored.cells() {
            if self.takes(tag) {
                let cell = self.cell(ndb, tag, value)?;
                self.set(&mut row, tag, &cell);
            }
        }
        self.put_row(ndb, id, row)
    }

    /// Whether there is a column for cells of `tag`. The id and version of a row are the table's own: those that come with an object
    /// are of the table that it stood in before.
    fn takes(&self, tag: PropTag) -> bool {
        tag != pr::LTP_ROW_ID && tag != pr::LTP_ROW_VER && self.columns.iter().any(|c| c.tag == tag)
    }

    /// The next row, with nothing but its id and version: a number that no other row of the file has.
    fn numbered(&self, ndb: &mut Writer<'_>, id: u32) -> Vec<u8> {
        let mut row = vec![0; self.ends[3]];
        for (tag, value) in [(pr::LTP_ROW_ID, id), (pr::LTP_ROW_VER, ndb.next_unique())] {
            self.set(&mut row, tag, &value.to_le_bytes());
        }
        row
    }

    fn put_row(&mut self, ndb: &mut Writer<'_>, id: u32, row: Vec<u8>) -> Result<()> {
        if self.pending.len() + row.len() > self.rows_in_block(ndb) * row.len() {
            self.put_pending(ndb, true)?;
        }
        self.pending.extend(row);
        let number = self.len() as u32;
        Ok(self.index.push((u64::from(id) << 32 | u64::from(number)).to_be_bytes())?)
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when two rows have the same id, [`ErrorKind::Target`] when an ANSI table has more than 65,536
    /// rows; else those of the output.
    pub fn finish(mut self, ndb: &mut Writer<'_>) -> Result<NodeContent> {
        let rows = self.len();
        let index = self.put_index(ndb)?;
        let matrix = if self.blocks.is_empty() && self.pending.len() <= MAX_ITEM {
            let pending = std::mem::take(&mut self.pending);
            self.heap.add(ndb, &pending)?.0
        } else {
            self.put_pending(ndb, false)?;
            let last = (rows - 1) % self.rows_in_block(ndb) + 1;
            let total = (self.blocks.len() - 1) * ndb.layout().max_data() + last * self.ends[3];
            let matrix = ndb.join_blocks(&self.blocks, total as u64)?;
            self.large.add(matrix, total as u64).0
        };
        let root = self.put_info(ndb, index, matrix)?;
        let bytes = self.heap.len_with([]) + self.large.bytes;
        let data = self.heap.finish(ndb, root)?;
        Ok(NodeContent { data, subnodes: self.large.entries, bytes })
    }

    /// Whole rows only stand in a block (2.3.4.4).
    fn rows_in_block(&self, ndb: &Writer<'_>) -> usize {
        ndb.layout().max_data() / self.ends[3]
    }

    /// Writes the pending rows as one block, filled up when another one follows.
    fn put_pending(&mut self, ndb: &mut Writer<'_>, more_follow: bool) -> Result<()> {
        if more_follow {
            self.pending.resize(ndb.layout().max_data(), 0);
        }
        self.blocks.push(ndb.put_block(&self.pending)?);
        self.pending.clear();
        Ok(())
    }

    /// The row index (2.3.4.3): the number of the row by its id.
    fn put_index(&mut self, ndb: &mut Writer<'_>) -> Result<Hid> {
        let width = ndb.layout().row_number;
        if width == 2 && self.len() > 1 << 16 {
            return Err(Error::new(ErrorKind::Target, "a table of an ANSI file can't have more than 65,536 rows"));
        }
        let mut tree = BthWriter::new(4, width);
        for row in std::mem::replace(&mut self.index, Sorter::new()).sorted()? {
            let row = u64::from_be_bytes(row?);
            tree.push(ndb, &mut self.heap, row >> 32, &(row as u32).to_le_bytes()[..width])?;
        }
        tree.finish(ndb, &mut self.heap)
    }

    /// TCINFO (2.3.4.1). Column descriptions are in the order of their tags.
    fn put_info(&mut self, ndb: &mut Writer<'_>, index: Hid, matrix: u32) -> Result<Hid> {
        let mut info = vec![TC, self.columns.len() as u8];
        self.ends.iter().for_each(|e| info.extend((*e as u16).to_le_bytes()));
        [index.0, matrix, 0].iter().for_each(|w| info.extend(w.to_le_bytes()));
        let mut columns = self.columns.clone();
        columns.sort_by_key(|c| c.tag);
        for c in &columns {
            info.extend(c.tag.0.to_le_bytes());
            info.extend((c.offset as u16).to_le_bytes());
            info.extend([c.size as u8, c.bit as u8]);
        }
        self.heap.add(ndb, &info)
    }

    /// The bytes of a cell: the value itself, or where it is.
    fn cell(&mut self, ndb: &mut Writer<'_>, tag: PropTag, value: Stored<'_>) -> Result<Vec<u8>> {
        let size = cell_size(tag.typ());
        let id = match value {
            Stored::Inline(value) => return Ok(value.to_le_bytes()[..size.min(4)].to_vec()),
            Stored::Fixed8(bytes) => return Ok(bytes.to_vec()),
            Stored::Bytes(bytes) if bytes.len() <= MAX_ITEM => self.heap.add(ndb, &bytes)?.0,
            Stored::Bytes(bytes) => self.large.add(ndb.put_data(&bytes)?, bytes.len() as u64).0,
            Stored::Stream(stream) if stream.len() <= MAX_ITEM as u64 => self.heap.add(ndb, &stream.to_vec()?)?.0,
            Stored::Stream(stream) => self.large.add(ndb.put_stream(stream)?, stream.len()).0,
        };
        Ok(id.to_le_bytes().to_vec())
    }

    /// Puts `cell` into `row` and sets its bit in the cell existence block (2.3.4.4.1).
    fn set(&self, row: &mut [u8], tag: PropTag, cell: &[u8]) {
        if let Some(c) = self.columns.iter().find(|c| c.tag == tag) {
            row[c.offset..c.offset + cell.len()].copy_from_slice(cell);
            row[self.ends[2] + c.bit / 8] |= 0x80 >> (c.bit % 8);
        }
    }
}

/// Places the cells: those of 8 and 4 bytes in the order of the tags given, so that the row id and version come first, then those of 2
/// and 1 byte, as Outlook does. Bits are counted in the order of the tags.
fn layout(tags: impl IntoIterator<Item = PropTag>) -> Result<(Vec<Column>, [usize; 4])> {
    let mut columns: Vec<Column> = Vec::new();
    for tag in tags {
        if !columns.iter().any(|c| c.tag == tag) {
            columns.push(Column { tag, offset: 0, size: cell_size(tag.typ()), bit: columns.len() });
        }
    }
    if columns.len() > 255 {
        return Err(Error::new(ErrorKind::Target, format!("a table can't have {} columns", columns.len())));
    }
    let mut at = 0;
    let mut place = |sizes: RangeInclusive<usize>| {
        for c in columns.iter_mut().filter(|c| sizes.contains(&c.size)) {
            c.offset = at;
            at += c.size;
        }
        at
    };
    let [end_4, end_2, end_1] = [4..=8, 2..=2, 1..=1].map(&mut place);
    let end = end_1 + columns.len().div_ceil(8);
    if end > MAX_ITEM {
        return Err(usage(format!("a row of {end} bytes is too long for a table")));
    }
    Ok((columns, [end_4, end_2, end_1, end]))
}
