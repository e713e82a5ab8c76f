//! Contents made of random numbers.

use std::io::{self, Write};

use crate::mapi::Content;
pub(super) use crate::random::Random;

/// So many random bytes, never gathered.
pub(super) struct Noise {
    pub seed: u64,
    pub len: u64,
}

impl Content for Noise {
    fn len(&self) -> u64 {
        self.len
    }

    fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut random = Random(self.seed);
        let mut left = self.len;
        let mut piece = Vec::with_capacity(1 << 16);
        while left > 0 {
            piece.clear();
            piece.extend((0..1 << 13).flat_map(|_| random.next().to_le_bytes()));
            let n = left.min(piece.len() as u64);
            out.write_all(&piece[..n as usize])?;
            left -= n;
        }
        Ok(())
    }
}
