//! The rows of contents tables, kept outside of memory until the tables are written.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::iter::Peekable;

use byteorder::{BigEndian, ByteOrder};

use crate::Result;
use crate::ltp::write::StoredRow;
use crate::ndb::Nid;
use crate::scratch;
use crate::sort::{Sorted, Sorter};

/// Bytes of what is sorted: the node of the table, and where in the file the row is. Rows that came later are further behind.
const PLACE: usize = 12;
/// Bytes before a row in the file: its id and its length.
const ROW_HEADER: usize = 12;

/// Rows of many tables, in any order; those of one table keep theirs. They stand in an anonymous temporary file (in `$TMPDIR`).
pub(super) struct Rows {
    places: Sorter<PLACE>,
    file: Option<BufWriter<File>>,
    end: u64,
}

impl Default for Rows {
    fn default() -> Self {
        Self { places: Sorter::new(), file: None, end: 0 }
    }
}

impl Rows {
    /// Adds `row` with `id` to the table in node `table`.
    pub fn push(&mut self, table: Nid, id: Nid, row: &StoredRow) -> Result<()> {
        let mut place = [0; PLACE];
        BigEndian::write_u32(&mut place, table.0);
        BigEndian::write_u64(&mut place[4..], self.end);
        self.places.push(place)?;
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(scratch::file()?)),
        };
        let mut header = [0; ROW_HEADER];
        BigEndian::write_u32(&mut header, id.0);
        BigEndian::write_u64(&mut header[4..], row.as_bytes().len() as u64);
        file.write_all(&header)?;
        file.write_all(row.as_bytes())?;
        self.end += (ROW_HEADER + row.as_bytes().len()) as u64;
        Ok(())
    }

    /// The rows in the order of their tables.
    pub fn sorted(self) -> Result<SortedRows> {
        let file = self.file.map(BufWriter::into_inner).transpose().map_err(std::io::IntoInnerError::into_error)?;
        let mut file = file.map(BufReader::new);
        if let Some(file) = &mut file {
            file.seek(SeekFrom::Start(0))?;
        }
        Ok(SortedRows { places: self.places.sorted()?.peekable(), file, at: 0 })
    }
}

/// The rows in the order of their tables.
pub(super) struct SortedRows {
    places: Peekable<Sorted<PLACE>>,
    file: Option<BufReader<File>>,
    at: u64,
}

impl SortedRows {
    /// The next row of the table in node `table`: its id, and the row. Tables are to be asked for in their order.
    pub fn next_of(&mut self, table: Nid) -> Result<Option<(Nid, StoredRow)>> {
        let is_next = |place: &std::io::Result<[u8; PLACE]>| match place {
            Ok(place) => BigEndian::read_u32(place) == table.0,
            Err(_) => true,
        };
        let Some(place) = self.places.next_if(is_next).transpose()? else { return Ok(None) };
        let Some(file) = &mut self.file else { return Ok(None) };
        let start = BigEndian::read_u64(&place[4..]);
        file.seek_relative(start.cast_signed() - self.at.cast_signed())?;
        let mut header = [0; ROW_HEADER];
        file.read_exact(&mut header)?;
        let mut row = vec![0; BigEndian::read_u64(&header[4..]) as usize];
        file.read_exact(&mut row)?;
        self.at = start + (ROW_HEADER + row.len()) as u64;
        Ok(Some((Nid(BigEndian::read_u32(&header)), StoredRow::from_bytes(row))))
    }
}
