//! Which bytes of a file are in use: a bit for each unit of the allocation maps, laid out as these have them.

use crate::ndb::Layout;

/// A bit for each `amap_unit` bytes of a file, from its first byte on; the first bit of a byte is its highest.
pub(super) struct Cells {
    unit: u64,
    bits: Vec<u8>,
}

impl Cells {
    /// No byte of a file of `len` bytes is in use.
    pub fn new(layout: &Layout, len: u64) -> Self {
        let bytes = usize::try_from(len.div_ceil(8 * layout.amap_unit)).unwrap_or(0);
        Self { unit: layout.amap_unit, bits: vec![0; bytes] }
    }

    /// Marks the `len` bytes at `ib`, as far as they are in the file. Returns whether one of them was in use before.
    pub fn mark(&mut self, ib: u64, len: u64) -> bool {
        let (first, end) = (ib / self.unit, ib.saturating_add(len).div_ceil(self.unit));
        let mut before = false;
        for cell in first..end.min(self.bits.len() as u64 * 8) {
            let (byte, bit) = (&mut self.bits[(cell / 8) as usize], 0x80 >> (cell % 8));
            before |= *byte & bit != 0;
            *byte |= bit;
        }
        before
    }

    /// The bits of the eight units from `ib` on, which is a multiple of that.
    pub fn eight(&self, ib: u64) -> u8 {
        let at = usize::try_from(ib / (8 * self.unit)).unwrap_or(usize::MAX);
        self.bits.get(at).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ndb::layout::UNICODE;

    #[test]
    fn bits_are_in_the_order_of_the_maps() {
        let mut cells = Cells::new(&UNICODE, 1024);
        assert!(!cells.mark(64, 65), "two units");
        assert_eq!((cells.eight(0), cells.eight(512)), (0b0110_0000, 0));
        assert!(cells.mark(128, 512), "the second unit again");
        assert_eq!((cells.eight(0), cells.eight(512)), (0b0111_1111, 0b1100_0000));
        assert!(!cells.mark(1 << 40, 64), "outside of the file");
        assert_eq!(cells.eight(1 << 40), 0);
    }
}
