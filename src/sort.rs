//! Sorting more records than memory is to hold.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::scratch;

/// Bytes of records that are gathered and sorted before they are written to a temporary file as one run.
const RUN: usize = 1 << 20;
/// Bytes that are read of each run at a time.
const PIECE: usize = 4 << 10;

/// Takes records of `N` bytes in any order and gives them back in the order of their bytes. Up to [`RUN`] bytes are held in
/// memory; more go, in sorted runs, to an anonymous temporary file (in `$TMPDIR`).
pub(crate) struct Sorter<const N: usize> {
    pending: Vec<[u8; N]>,
    file: Option<File>,
    /// How many records each run in the file has; they follow each other.
    runs: Vec<usize>,
    len: usize,
}

impl<const N: usize> Sorter<N> {
    pub fn new() -> Self {
        Self { pending: Vec::new(), file: None, runs: Vec::new(), len: 0 }
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds `record`.
    pub fn push(&mut self, record: [u8; N]) -> io::Result<()> {
        if self.pending.len() >= RUN / N {
            self.spill()?;
        }
        self.pending.push(record);
        self.len += 1;
        Ok(())
    }

    /// All records, the smallest first.
    pub fn sorted(mut self) -> io::Result<Sorted<N>> {
        self.pending.sort_unstable();
        let mut start = 0;
        let mut runs = Vec::with_capacity(self.runs.len() + 1);
        for len in self.runs {
            let end = start + (len * N) as u64;
            runs.push(Run { file: start..end, loaded: Vec::new().into_iter() });
            start = end;
        }
        runs.push(Run { file: 0..0, loaded: self.pending.into_iter() });
        let mut sorted = Sorted { file: self.file, runs, next: BinaryHeap::new() };
        (0..sorted.runs.len()).try_for_each(|run| sorted.advance(run))?;
        Ok(sorted)
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(scratch::file()?),
        };
        self.pending.sort_unstable();
        file.write_all(self.pending.as_flattened())?;
        self.runs.push(self.pending.len());
        self.pending.clear();
        Ok(())
    }
}

/// One sorted run: what of it is in the file still, and what has been read.
struct Run<const N: usize> {
    file: std::ops::Range<u64>,
    loaded: std::vec::IntoIter<[u8; N]>,
}

/// Records in their order.
pub(crate) struct Sorted<const N: usize> {
    file: Option<File>,
    runs: Vec<Run<N>>,
    /// The next record of each run.
    next: BinaryHeap<Reverse<([u8; N], usize)>>,
}

impl<const N: usize> Sorted<N> {
    /// Puts the next record of `run` among those that wait.
    fn advance(&mut self, run: usize) -> io::Result<()> {
        let Run { file: range, loaded } = &mut self.runs[run];
        if loaded.len() == 0
            && let Some(file) = self.file.as_mut().filter(|_| !range.is_empty())
        {
            let end = range.end.min(range.start + (PIECE / N * N) as u64);
            let mut piece = vec![[0; N]; (end - range.start) as usize / N];
            file.seek(SeekFrom::Start(range.start))?;
            file.read_exact(piece.as_flattened_mut())?;
            range.start = end;
            *loaded = piece.into_iter();
        }
        self.next.extend(loaded.next().map(|record| Reverse((record, run))));
        Ok(())
    }
}

impl<const N: usize> Iterator for Sorted<N> {
    type Item = io::Result<[u8; N]>;

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((record, run)) = self.next.pop()?;
        Some(self.advance(run).map(|()| record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// None, one, less than a run, exactly one and two runs, and more, in an order that is neither rising nor falling.
    #[test]
    fn records_come_sorted() {
        let run = (RUN / 12) as u32;
        for count in [0, 1, 1000, run, run + 1, 2 * run, 3 * run + 17] {
            let mut sorter = Sorter::new();
            for n in 0..count {
                let key = n.wrapping_mul(0x9E37_79B1).to_be_bytes();
                sorter.push([key, n.to_le_bytes(), key].concat().try_into().unwrap()).unwrap();
            }
            assert_eq!(sorter.len(), count as usize);
            let keys: Vec<[u8; 12]> = sorter.sorted().unwrap().map(Result::unwrap).collect();
            assert_eq!(keys.len(), count as usize);
            // The factor is odd: each key is there once.
            assert!(keys.is_sorted() && keys.array_windows().all(|[a, b]| a != b), "{count}");
            assert!(keys.iter().all(|k| {
                let n = u32::from_le_bytes([k[4], k[5], k[6], k[7]]);
                n < count && n.wrapping_mul(0x9E37_79B1).to_be_bytes() == k[..4] && k[..4] == k[8..]
            }));
        }
    }
}
