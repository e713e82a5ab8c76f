//! The picture of a file: its bytes as a grid of cells, coloured by what they hold.

mod svg;

use crate::ndb::audit::{Extent, Use};

/// Columns and most rows of the grid, and those of one with larger cells for small files.
const GRID: (usize, usize) = (80, 40);
const SMALL_GRID: (usize, usize) = (40, 20);
/// Bytes of the smallest cell: a page.
const SMALLEST: u64 = 512;

/// What is shown, in the order of the legend; the bytes that nothing is known of come last.
const KINDS: [Use; 10] = [
    Use::Header,
    Use::Map,
    Use::Nbt,
    Use::Bbt,
    Use::Data,
    Use::Internal,
    Use::Unreferenced,
    Use::Damaged,
    Use::Kept,
    Use::Free,
];

/// Bytes by kind, in the order of [`KINDS`].
type Shares = [u64; KINDS.len()];

/// A file in cells of equal size. Its memory does not depend on the size of the file.
#[derive(Debug, Clone)]
pub struct Map {
    len: u64,
    cell: u64,
    cells: Vec<Shares>,
    columns: usize,
}

/// What stands above the picture.
#[derive(Debug, Clone, Copy)]
pub struct Title<'t> {
    /// The name of the file.
    pub name: &'t str,
    /// What sort of file it is.
    pub format: &'t str,
    /// How it stands.
    pub verdict: &'t str,
    /// Whether that is good, bad, or between.
    pub state: State,
}

/// How a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing is wrong.
    Sound,
    /// Rules are broken, nothing is lost.
    Readable,
    /// Something is lost or can't be trusted.
    Damaged,
}

impl Map {
    /// The map of a file of `len` bytes, of which nothing is known yet.
    pub fn new(len: u64) -> Self {
        let cells = |grid: (usize, usize)| (grid.0 * grid.1) as u64;
        let grid = if len.div_ceil(SMALLEST) <= cells(SMALL_GRID) { SMALL_GRID } else { GRID };
        let cell = len.div_ceil(cells(grid)).max(SMALLEST).next_power_of_two();
        let cells = vec![Shares::default(); usize::try_from(len.div_ceil(cell)).unwrap_or(0)];
        Self { len, cell, cells, columns: grid.0 }
    }

    /// Adds what is known of a stretch, as far as it is in the file.
    pub fn add(&mut self, extent: Extent) {
        let Some(kind) = KINDS.iter().position(|k| *k == extent.holds) else { return };
        let (mut at, end) = (extent.ib, extent.ib.saturating_add(extent.len).min(self.len));
        while at < end {
            let next = ((at / self.cell + 1) * self.cell).min(end);
            if let Some(shares) = self.cells.get_mut((at / self.cell) as usize) {
                shares[kind] += next - at;
            }
            at = next;
        }
    }

    /// The bytes of each kind, and those of which nothing is known.
    fn totals(&self) -> (Shares, u64) {
        let mut totals = Shares::default();
        for shares in &self.cells {
            totals.iter_mut().zip(shares).for_each(|(total, share)| *total += share);
        }
        (totals, self.len.saturating_sub(totals.iter().sum()))
    }

    /// The kind that cell `i` is shown as: damage wherever there is any, else what most of it holds; `None` where that is not known.
    fn shown(&self, i: usize) -> Option<usize> {
        let shares = self.cells.get(i)?;
        let damaged = KINDS.iter().position(|k| *k == Use::Damaged).filter(|k| shares[*k] > 0);
        let bytes = self.cell.min(self.len - i as u64 * self.cell);
        let unknown = bytes.saturating_sub(shares.iter().sum());
        let most = shares.iter().zip(0..).max_by_key(|(share, _)| **share).filter(|(share, _)| **share >= unknown);
        damaged.or(most.map(|(_, kind)| kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ndb::Bid;

    fn extent(ib: u64, len: u64, holds: Use) -> Extent {
        Extent { ib, len, holds, bid: Bid(0) }
    }

    #[test]
    fn cells_fit_the_size_of_the_file() {
        for (len, cell, cells) in [
            (512, 512, 1),
            (271_360, 512, 530),
            (400 << 10, 512, 800),
            (401 << 10, 512, 802),
            (3 << 30, 1 << 20, 3072),
            (10 << 30, 1 << 22, 2560),
        ] {
            let map = Map::new(len);
            assert_eq!((map.cell, map.cells.len()), (cell, cells), "{len}");
        }
    }

    #[test]
    fn bytes_are_counted_once_and_shown_as_what_most_of_a_cell_holds() {
        let mut map = Map::new(2000);
        map.add(extent(0, 500, Use::Header));
        map.add(extent(400, 300, Use::Data));
        map.add(extent(1000, 8, Use::Damaged));
        map.add(extent(1900, 5000, Use::Free));
        let (totals, unknown) = map.totals();
        let of = |holds| totals[KINDS.iter().position(|k| *k == holds).unwrap()];
        assert_eq!(
            (of(Use::Header), of(Use::Data), of(Use::Damaged), of(Use::Free), unknown),
            (500, 300, 8, 100, 1092)
        );
        let shown: Vec<_> = (0..4).map(|i| map.shown(i).map(|k| KINDS[k])).collect();
        assert_eq!(shown, [Some(Use::Header), Some(Use::Damaged), None, None]);
    }

    #[test]
    fn the_picture_names_the_file_and_each_kind_with_its_share() {
        let mut map = Map::new(1 << 20);
        map.add(extent(0, 1 << 19, Use::Data));
        map.add(extent(1 << 19, 1 << 18, Use::Free));
        let title = Title { name: "a<b>.pst", format: "PST", verdict: "sound: nothing is wrong", state: State::Sound };
        let svg = map.to_svg(&title);
        for text in
            ["a&lt;b&gt;.pst", "1,048,576 bytes", "sound: nothing is wrong", "524,288 bytes", "50.0 %", "25.0 %"]
        {
            assert!(svg.contains(text), "{text}: {svg}");
        }
        assert!(!svg.contains("http://") || svg.matches("http://").count() == 1, "only the namespace");
    }
}
