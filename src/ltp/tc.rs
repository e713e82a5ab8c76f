//! Table contexts ([MS-PST] 2.3.4): rows of properties.

use std::collections::BTreeMap;

use nom::Parser;
use nom::number::complete::{le_u8, le_u16, le_u32};

use super::bth::Bth;
use super::heap::{ClientSig, Heap, Hid};
use super::value::{Raw, is_empty, stored_tag};
use crate::bytes::{slice_at, u8_at, u16_at, u32_at};
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::tag::pr;
use crate::mapi::{PropTag, PropType, Value};
use crate::ndb::{Bid, Nid, NidType, Scope};
use crate::{Error, Result};

/// A table.
pub struct TableContext<'m> {
    heap: Heap<'m>,
    columns: Vec<Column>,
    /// `rgib[TCI_1b]`: where the cell existence block starts in a row.
    ceb: usize,
    /// `rgib[TCI_bm]`: the size of a row.
    row: usize,
    row_index: Hid,
    rows: u32,
}

/// TCOLDESC ([MS-PST] 2.3.4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The property.
    pub tag: PropTag,
    /// Where its cell is in a row.
    pub offset: u16,
    /// The size of the cell.
    pub size: u8,
    /// Its bit in the cell existence block.
    pub bit: u8,
}

/// A row that the row index names: TCROWID ([MS-PST] 2.3.4.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowId {
    /// `dwRowID`: the node that the row stands for, where there is one.
    pub id: u32,
    /// `dwRowIndex`: the position in the row matrix.
    pub index: u32,
}

/// Bytes of TCINFO before the column descriptions.
const INFO: usize = 22;

impl<'m> TableContext<'m> {
    /// The table in the data tree `data` of a node with the subnodes `sub`.
    ///
    /// # Errors
    /// There is no heap, its root is not a table, or the table's sizes can't be.
    pub fn open(scope: Scope<'m>, data: Bid, sub: Bid) -> Result<Self> {
        let heap = Heap::open_for(scope, data, sub, ClientSig::TABLE_CONTEXT, is_info)?;
        // TCINFO ([MS-PST] 2.3.4.1).
        let info = heap.item(heap.user_root)?;
        let short =
            || Error::mismatch("TCINFO", 0, "bType 0x7c and column descriptions", format!("{} bytes", info.len()));
        type Info = (u8, u8, (u16, u16, u16, u16), u32, u32, u32);
        let parsed: nom::IResult<&[u8], Info> =
            (le_u8, le_u8, (le_u16, le_u16, le_u16, le_u16), le_u32, le_u32, le_u32).parse(info);
        let (rest, (btype, count, (_, _, ceb, row), row_index, rows, _)) = parsed.map_err(|_| short())?;
        if btype != ClientSig::TABLE_CONTEXT.0 {
            return Err(short());
        }
        let (ceb, row) = (usize::from(ceb), usize::from(row));
        let columns: Vec<Column> =
            rest.as_chunks::<8>().0.iter().take(usize::from(count)).filter_map(|c| column(c, scope.findings)).collect();
        let ceb_end = ceb + usize::from(count).div_ceil(8);
        if columns.len() < usize::from(count) || ceb_end > row || row == 0 {
            let found = format!("{} columns, cell existence block to {ceb_end}, row of {row}", columns.len());
            return Err(Error::mismatch("TCINFO", 0, format!("{count} columns in a row that holds them"), found));
        }
        Ok(Self { heap, columns, ceb, row, row_index: Hid(row_index), rows })
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The heap that it is in.
    pub(super) fn heap(&self) -> &Heap<'m> {
        &self.heap
    }

    /// Where the cell existence block starts in a row.
    pub(super) fn existence_at(&self) -> usize {
        self.ceb
    }

    /// `hidRowIndex`, where there is one.
    pub(super) fn row_index(&self) -> Option<Hid> {
        Some(self.row_index).filter(|hid| !hid.is_empty())
    }

    /// How many rows the row matrix has room for.
    ///
    /// # Errors
    /// There is no row matrix.
    pub(super) fn matrix_rows(&self) -> Result<usize> {
        let mut rows = 0;
        self.for_each_block(|_, block| {
            let count = block.len() / self.row;
            rows += count;
            count as u32
        })?;
        Ok(rows)
    }

    /// The rows that the row index names, by ascending id. What can't be read of it is a finding. Where it is empty and the row matrix is
    /// not, these are the rows that the matrix has, by the ids in them, and that is a finding.
    ///
    /// # Errors
    /// There is no row index.
    pub fn row_ids(&self, mut each: impl FnMut(RowId)) -> Result<()> {
        let mut is_empty = true;
        if let Some(row_index) = self.row_index() {
            let index = Bth::open(&self.heap, row_index)?;
            is_empty = !index.has_pages();
            index.for_each(|key, value| {
                if let Some(id) = u32_at(key, 0) {
                    each(RowId { id, index: position(value) });
                }
            });
        }
        if is_empty && self.rows != 0 {
            self.rows_by_themselves(each)?;
        }
        Ok(())
    }

    /// The rows of the matrix that have an id, by ascending id.
    ///
    /// # Errors
    /// There is no row matrix.
    fn rows_by_themselves(&self, each: impl FnMut(RowId)) -> Result<()> {
        // However often a block is named, each id is kept once.
        let mut rows = BTreeMap::new();
        self.for_each_block(|first, block| {
            for (row, index) in block.chunks_exact(self.row).zip(first..) {
                if let Some(id) = u32_at(row, 0).filter(|id| *id != 0) {
                    rows.entry(id).or_insert(index);
                }
            }
            (block.len() / self.row) as u32
        })?;
        if !rows.is_empty() {
            let expected = format!("a row index of {} rows, as the row matrix has", rows.len());
            let found = "an empty one; the rows are taken by the ids in them";
            self.heap.scope.findings.add(Finding::new(Effect::Altered, "TCINFO.hidRowIndex", expected, found));
        }
        rows.into_iter().map(|(id, index)| RowId { id, index }).for_each(each);
        Ok(())
    }

    /// What `read` makes of row `id`; `None` where the row index does not name it, or another is in its place.
    ///
    /// # Errors
    /// What is on the way to the row can't be read.
    pub fn row<R>(&self, id: u32, read: impl FnOnce(Row<'_, 'm>) -> R) -> Result<Option<R>> {
        let Some(row_index) = self.row_index() else { return Ok(None) };
        let Some(value) = Bth::open(&self.heap, row_index)?.find(id)? else { return Ok(None) };
        let index = position(&value) as usize;
        let (block, index) = match self.rows_subnode() {
            None => (Some(self.heap.item(Hid(self.rows))?), index),
            Some(_) => {
                let Raw::Subnode(subnode) = self.heap.follow(self.rows)? else { return Ok(None) };
                let (scope, full) = (self.heap.scope, self.rows_of_full_block());
                let block = scope.db.leaves(subnode.data, scope.findings).nth(index / full);
                (block.map(|bid| scope.block(bid)).transpose()?, index % full)
            }
        };
        let bytes = block.and_then(|block| slice_at(block, index.checked_mul(self.row)?, self.row));
        let row = bytes.map(|bytes| Row { table: self, id, bytes }).filter(|row| row.stored_id() == id);
        Ok(row.map(read))
    }

    /// Calls `each` with every row that the row index names, in the order of the matrix, up to the limit of objects of one message. Rows
    /// that can't be read, and that there are more, are findings.
    ///
    /// # Errors
    /// There is no row index or no row matrix.
    pub fn for_each_row(&self, mut each: impl FnMut(Row<'_, 'm>)) -> Result<()> {
        let most = self.heap.scope.db.limits().children;
        let mut count = 0;
        let wanted = |_: RowId| {
            count += 1;
            count <= most
        };
        self.for_each_row_of(wanted, &mut each)?;
        if count > most {
            let found = format!("{count}; those behind are left out");
            let finding = Finding::new(Effect::Lost, "row index", format!("at most {most} rows"), found);
            self.heap.scope.findings.add(finding);
        }
        Ok(())
    }

    /// As [`TableContext::for_each_row`], but only the rows that are `wanted`.
    ///
    /// # Errors
    /// There is no row index or no row matrix.
    pub fn for_each_row_of(
        &self,
        mut wanted: impl FnMut(RowId) -> bool,
        mut each: impl FnMut(Row<'_, 'm>),
    ) -> Result<()> {
        let mut ids = Vec::new();
        self.row_ids(|r| {
            if wanted(r) {
                ids.push(r);
            }
        })?;
        ids.sort_by_key(|r| r.index);
        let mut ids = ids.into_iter().peekable();
        if ids.peek().is_none() {
            return Ok(());
        }
        self.for_each_block(|first, block| {
            let count = (block.len() / self.row) as u32;
            while let Some(r) = ids.next_if(|r| r.index < first + count) {
                let Some(bytes) =
                    r.index.checked_sub(first).and_then(|i| slice_at(block, i as usize * self.row, self.row))
                else {
                    continue;
                };
                each(Row { table: self, id: r.id, bytes });
            }
            count
        })?;
        for r in ids {
            let expected = format!("row {:#x} at position {} of the matrix", r.id, r.index);
            self.heap.scope.findings.add(Finding::new(
                Effect::Lost,
                "TCROWID",
                expected,
                "a matrix that ends before it",
            ));
        }
        Ok(())
    }

    /// The subnode that the row matrix is in, where it is in none of the heap's allocations.
    pub fn rows_subnode(&self) -> Option<Nid> {
        Some(Nid(self.rows)).filter(|nid| nid.0 != 0 && nid.typ() != NidType::HID)
    }

    /// Rows that a full block of the row matrix holds: none spans two of them.
    fn rows_of_full_block(&self) -> usize {
        (self.heap.scope.db.header().layout.max_data() / self.row).max(1)
    }

    /// The row matrix ([MS-PST] 2.3.4.4): one heap allocation, or the blocks of a subnode; no row spans two blocks. Those are not kept.
    fn for_each_block(&self, mut each: impl FnMut(u32, &[u8]) -> u32) -> Result<()> {
        let nid = Nid(self.rows);
        if nid.typ() == NidType::HID {
            each(0, self.heap.item(Hid(self.rows))?);
            return Ok(());
        }
        let Raw::Subnode(subnode) = self.heap.follow(self.rows)? else { return Ok(()) };
        let scope = self.heap.scope;
        let full = self.rows_of_full_block() as u32;
        let mut first = 0;
        for bid in scope.db.leaves(subnode.data, scope.findings) {
            match scope.db.block(bid, scope.findings) {
                Ok(block) => first += each(first, &block),
                Err(e) => {
                    scope.findings.add(Finding::new(Effect::Lost, "row matrix", "a readable block", e).bid(bid.0));
                    first += full;
                }
            }
        }
        Ok(())
    }
}

/// Whether `bytes` begin and are as long as a TCINFO with its columns.
fn is_info(bytes: &[u8]) -> bool {
    bytes.first() == Some(&ClientSig::TABLE_CONTEXT.0)
        && u8_at(bytes, 1).is_some_and(|count| bytes.len() >= INFO + 8 * usize::from(count))
}

/// The position in a record of the row index: it has two bytes in ANSI files.
fn position(value: &[u8]) -> u32 {
    u32_at(value, 0).or_else(|| u16_at(value, 0).map(u32::from)).unwrap_or(u32::MAX)
}

fn column(bytes: &[u8; 8], findings: &Findings) -> Option<Column> {
    Some(Column {
        tag: stored_tag(PropTag(u32_at(bytes, 0)?), findings),
        offset: u16_at(bytes, 4)?,
        size: u8_at(bytes, 6)?,
        bit: u8_at(bytes, 7)?,
    })
}

/// Whether cells of type `typ` hold the value itself.
fn is_inline(typ: PropType) -> bool {
    typ != PropType::CLSID && !typ.is_multi() && typ.fixed_size().is_some()
}

/// Bytes of a cell of type `typ`: what is larger than 8 bytes, or of no fixed size, is a HNID.
pub(super) fn cell_size(typ: PropType) -> usize {
    match typ.fixed_size() {
        _ if typ.is_multi() => 4,
        Some(size @ (1 | 2 | 8)) => size,
        _ => 4,
    }
}

/// A row of a table.
pub struct Row<'t, 'm> {
    table: &'t TableContext<'m>,
    /// `dwRowID`.
    pub id: u32,
    bytes: &'t [u8],
}

impl<'m> Row<'_, 'm> {
    /// The cells that exist, by column. Cells that can't be read are findings.
    pub fn cells(&self) -> impl Iterator<Item = (PropTag, Value<'m>)> + '_ {
        self.table.columns.iter().filter(|c| self.exists(c)).filter_map(|c| {
            if self.hnid(c) == Some(0) && !is_inline(c.tag.typ()) && is_empty(c.tag.typ()) {
                let expected = format!("a value of property {} in row {:#x}", c.tag, self.id);
                self.table.heap.scope.findings.add(Finding::new(Effect::Notice, "cell", expected, "none (HNID 0)"));
                return None;
            }
            self.cell(c)
                .inspect_err(|e| {
                    self.table.heap.lost("cell", format!("a value of property {} in row {:#x}", c.tag, self.id), e)
                })
                .ok()
                .map(|v| (c.tag, v))
        })
    }

    /// The id in its first column ([MS-PST] 2.3.4.4.1, `dwRowID`).
    pub(super) fn stored_id(&self) -> u32 {
        u32_at(self.bytes, 0).unwrap_or(0)
    }

    /// Its version (`PidTagLtpRowVer`); 0 where it has none.
    pub(super) fn version(&self) -> u32 {
        let column = self.table.columns.iter().find(|c| c.tag == pr::LTP_ROW_VER).filter(|c| self.exists(c));
        column.and_then(|c| u32_at(self.bytes, usize::from(c.offset))).unwrap_or(0)
    }

    /// Whether the cell existence block says that it has no cell at all, not even that of its id.
    pub(super) fn is_blank(&self) -> bool {
        !self.table.columns.iter().any(|c| self.exists(c))
    }

    /// The cell existence block ([MS-PST] 2.3.4.4.1): the first column's bit is the highest of the first byte.
    fn exists(&self, column: &Column) -> bool {
        let byte = self.bytes.get(self.table.ceb + usize::from(column.bit / 8)).copied().unwrap_or(0);
        byte & (0x80 >> (column.bit % 8)) != 0
    }

    /// The cells whose values are not where they say, and why. A row is a copy of what its object has itself.
    pub(super) fn lost_cells(&self) -> impl Iterator<Item = (PropTag, Error)> + '_ {
        let columns = self.table.columns.iter().filter(|c| !is_inline(c.tag.typ()) && c.tag.typ().is_known());
        let cells = columns.filter(|c| self.exists(c));
        cells.filter_map(|c| self.table.heap.check(self.hnid(c)?).err().map(|e| (c.tag, e)))
    }

    /// The HNID in the cell of `column`.
    fn hnid(&self, column: &Column) -> Option<u32> {
        u32_at(self.bytes, usize::from(column.offset))
    }

    fn cell(&self, column: &Column) -> Result<Value<'m>> {
        let size = usize::from(column.size);
        let cell = slice_at(self.bytes, usize::from(column.offset), size)
            .ok_or_else(|| Error::mismatch("TCOLDESC.ibData", 0, "a cell inside the row", column.offset))?;
        let typ = column.tag.typ();
        let heap = &self.table.heap;
        if is_inline(typ) {
            let mut bytes = [0; 8];
            let len = size.min(8);
            bytes[..len].copy_from_slice(&cell[..len]);
            return heap.value(column.tag, Raw::Inline(bytes, len));
        }
        let raw = u32_at(cell, 0)
            .ok_or_else(|| Error::mismatch("TCOLDESC.cbData", 0, 4, size))
            .and_then(|hnid| heap.follow(hnid));
        // What has no place of its own may be the value itself.
        if !typ.is_known() && (raw.is_err() || size != 4) {
            return Ok(Value::bin(cell.to_vec()));
        }
        heap.value(column.tag, raw?)
    }
}
