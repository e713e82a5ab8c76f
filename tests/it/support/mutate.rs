//! Files broken on purpose, the same each time: flipped bytes, a cut, zeroed and copied pages.

/// A small generator of numbers (splitmix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// What is done to a file.
#[derive(Debug, Clone, Copy)]
pub enum Mutation {
    /// So many bytes are changed.
    Flip(usize),
    /// The end is cut off.
    Truncate,
    /// So many used pages of 512 bytes become zero.
    Zero(usize),
    /// So many used pages of 512 bytes become copies of others.
    Copy(usize),
}

const PAGE: usize = 512;

/// `data` broken by `mutation`, by the numbers of `seed`. Checksums are not repaired.
pub fn mutate(data: &[u8], mutation: Mutation, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut out = data.to_vec();
    let used: Vec<usize> =
        data.chunks_exact(PAGE).enumerate().filter(|(_, p)| p.iter().any(|b| *b != 0)).map(|(i, _)| i * PAGE).collect();
    let pick = |random: &mut Random| used[random.below(used.len())];
    match mutation {
        Mutation::Flip(n) => (0..n).for_each(|_| {
            let at = pick(&mut random) + random.below(PAGE);
            out[at] ^= 1 + random.below(255) as u8;
        }),
        Mutation::Truncate => out.truncate(data.len() / 50 + random.below(data.len() - data.len() / 50)),
        Mutation::Zero(n) => (0..n).for_each(|_| {
            let at = pick(&mut random);
            out[at..at + PAGE].fill(0);
        }),
        Mutation::Copy(n) => (0..n).for_each(|_| {
            let (from, to) = (pick(&mut random), pick(&mut random));
            out[to..to + PAGE].copy_from_slice(&data[from..from + PAGE]);
        }),
    }
    out
}
