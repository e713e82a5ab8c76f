//! The two ways in which data blocks are obscured ([MS-PST] 5.1 and 5.2). Neither is encryption: there is no key to know.

use std::sync::LazyLock;

use super::Bid;

/// How the data blocks of a file are obscured ([MS-PST] 2.2.2.6, `bCryptMethod`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CryptMethod {
    /// Not at all.
    #[default]
    None,
    /// Each byte is substituted.
    Permute,
    /// Each byte is substituted three times, shifted by a count that starts with the block's id.
    Cyclic,
}

impl CryptMethod {
    /// Makes the stored bytes of block `bid` readable, in place.
    pub fn decode(self, bid: Bid, data: &mut [u8]) {
        match self {
            Self::None => {}
            Self::Permute => UNPERMUTE.apply(data),
            Self::Cyclic => cyclic(bid, data),
        }
    }

    /// Obscures the bytes of block `bid`, in place: the inverse of [`CryptMethod::decode`].
    pub fn encode(self, bid: Bid, data: &mut [u8]) {
        match self {
            Self::None => {}
            Self::Permute => PERMUTE.apply(data),
            Self::Cyclic => cyclic(bid, data),
        }
    }
}

/// What each two neighbouring bytes become when a table of bytes is applied to both: half as many steps as with the table itself.
struct Pairs(Vec<u16>);

impl Pairs {
    fn new(table: &[u8; 256]) -> Self {
        let both = |pair: u16| u16::from_le_bytes(pair.to_le_bytes().map(|b| table[usize::from(b)]));
        Self((0..=u16::MAX).map(both).collect())
    }

    /// Substitutes each byte of `data`.
    fn apply(&self, data: &mut [u8]) {
        let Some(pairs) = self.0.first_chunk::<{ 1 << 16 }>() else { return };
        let look_up = |word: u64, shift: u32| u64::from(pairs[usize::from((word >> shift) as u16)]) << shift;
        let (words, rest) = data.as_chunks_mut::<8>();
        for bytes in words {
            let word = u64::from_le_bytes(*bytes);
            *bytes = [0, 16, 32, 48].iter().fold(0, |sum, shift| sum | look_up(word, *shift)).to_le_bytes();
        }
        rest.iter_mut().for_each(|b| *b = pairs[usize::from(*b)].to_le_bytes()[0]);
    }
}

static PERMUTE: LazyLock<Pairs> = LazyLock::new(|| Pairs::new(&R));
static UNPERMUTE: LazyLock<Pairs> = LazyLock::new(|| Pairs::new(&I));

/// For each high byte of the count in the cyclic method what the steps that depend on nothing else make of a byte.
static CYCLIC: LazyLock<Vec<[u8; 256]>> = LazyLock::new(|| {
    let steps = |b: usize, high: u8| {
        let c = S[usize::from(R[b].wrapping_add(high))];
        I[usize::from(c.wrapping_sub(high))]
    };
    (0..=255).map(|high| std::array::from_fn(|b| steps(b, high))).collect()
});

/// [MS-PST] 5.2. Its own inverse, since `S` is.
fn cyclic(bid: Bid, mut data: &mut [u8]) {
    let key = bid.0 as u32;
    let mut w = (key ^ (key >> 16)) as u16;
    while !data.is_empty() {
        // The bytes up to the one where the high byte of the count changes.
        let [mut low, high] = w.to_le_bytes();
        let (now, later) = data.split_at_mut(data.len().min(256 - usize::from(low)));
        w = w.wrapping_add(now.len() as u16);
        let table = &CYCLIC[usize::from(high)];
        for b in now {
            *b = table[usize::from(b.wrapping_add(low))].wrapping_sub(low);
            low = low.wrapping_add(1);
        }
        data = later;
    }
}

/// `mpbbI`: undoes `R`.
const I: [u8; 256] = inverse(&R);

const fn inverse(table: &[u8; 256]) -> [u8; 256] {
    let mut out = [0; 256];
    let mut i = 0;
    while i < 256 {
        out[table[i] as usize] = i as u8;
        i += 1;
    }
    out
}

/// `mpbbR`.
#[rustfmt::skip]
const R: [u8; 256] = [
    65, 54, 19, 98, 168, 33, 110, 187, 244, 22, 204, 4, 127, 100, 232, 93, 30, 242, 203, 42, 116, 197, 94, 53,
    210, 149, 71, 158, 150, 45, 154, 136, 76, 125, 132, 63, 219, 172, 49, 182, 72, 95, 246, 196, 216, 57, 139, 231,
    35, 59, 56, 142, 200, 193, 223, 37, 177, 32, 165, 70, 96, 78, 156, 251, 170, 211, 86, 81, 69, 124, 85, 0,
    7, 201, 43, 157, 133, 155, 9, 160, 143, 173, 179, 15, 99, 171, 137, 75, 215, 167, 21, 90, 113, 102, 66, 191,
    38, 74, 107, 152, 250, 234, 119, 83, 178, 112, 5, 44, 253, 89, 58, 134, 126, 206, 6, 235, 130, 120, 87, 199,
    141, 67, 175, 180, 28, 212, 91, 205, 226, 233, 39, 79, 195, 8, 114, 128, 207, 176, 239, 245, 40, 109, 190, 48,
    77, 52, 146, 213, 14, 60, 34, 50, 229, 228, 249, 159, 194, 209, 10, 129, 18, 225, 238, 145, 131, 118, 227, 151,
    230, 97, 138, 23, 121, 164, 183, 220, 144, 122, 92, 140, 2, 166, 202, 105, 222, 80, 26, 17, 147, 185, 82, 135,
    88, 252, 237, 29, 55, 73, 27, 106, 224, 41, 51, 153, 189, 108, 217, 148, 243, 64, 84, 111, 240, 198, 115, 184,
    214, 62, 101, 24, 68, 31, 221, 103, 16, 241, 12, 25, 236, 174, 3, 161, 20, 123, 169, 11, 255, 248, 163, 192,
    162, 1, 247, 46, 188, 36, 104, 117, 13, 254, 186, 47, 181, 208, 218, 61,
];

/// `mpbbS`.
#[rustfmt::skip]
const S: [u8; 256] = [
    20, 83, 15, 86, 179, 200, 122, 156, 235, 101, 72, 23, 22, 21, 159, 2, 204, 84, 124, 131, 0, 13, 12, 11,
    162, 98, 168, 118, 219, 217, 237, 199, 197, 164, 220, 172, 133, 116, 214, 208, 167, 155, 174, 154, 150, 113, 102, 195,
    99, 153, 184, 221, 115, 146, 142, 132, 125, 165, 94, 209, 93, 147, 177, 87, 81, 80, 128, 137, 82, 148, 79, 78,
    10, 107, 188, 141, 127, 110, 71, 70, 65, 64, 68, 1, 17, 203, 3, 63, 247, 244, 225, 169, 143, 60, 58, 249,
    251, 240, 25, 48, 130, 9, 46, 201, 157, 160, 134, 73, 238, 111, 77, 109, 196, 45, 129, 52, 37, 135, 27, 136,
    170, 252, 6, 161, 18, 56, 253, 76, 66, 114, 100, 19, 55, 36, 106, 117, 119, 67, 255, 230, 180, 75, 54, 92,
    228, 216, 53, 61, 69, 185, 44, 236, 183, 49, 43, 41, 7, 104, 163, 14, 105, 123, 24, 158, 33, 57, 190, 40,
    26, 91, 120, 245, 35, 202, 42, 176, 175, 62, 254, 4, 140, 231, 229, 152, 50, 149, 211, 246, 74, 232, 166, 234,
    233, 243, 213, 47, 112, 32, 242, 31, 5, 103, 173, 85, 16, 206, 205, 227, 39, 59, 218, 186, 215, 194, 38, 212,
    145, 29, 210, 28, 34, 51, 248, 250, 241, 90, 239, 207, 144, 182, 139, 181, 189, 192, 191, 8, 151, 30, 108, 226,
    97, 224, 198, 193, 89, 171, 187, 88, 222, 95, 223, 96, 121, 126, 178, 138,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_permutations_and_s_undoes_itself() {
        for i in 0..=255u8 {
            assert_eq!(I[usize::from(R[usize::from(i)])], i);
            assert_eq!(S[usize::from(S[usize::from(i)])], i);
        }
    }

    /// The definition of [MS-PST] 5.1 and 5.2, byte by byte.
    fn plainly(method: CryptMethod, bid: Bid, data: &mut [u8]) {
        let key = bid.0 as u32;
        let mut w = (key ^ (key >> 16)) as u16;
        for b in data {
            let [low, high] = w.to_le_bytes();
            *b = match method {
                CryptMethod::None => *b,
                CryptMethod::Permute => I[usize::from(*b)],
                CryptMethod::Cyclic => {
                    let c = R[usize::from(b.wrapping_add(low))];
                    let c = S[usize::from(c.wrapping_add(high))];
                    I[usize::from(c.wrapping_sub(high))].wrapping_sub(low)
                }
            };
            w = w.wrapping_add(1);
        }
    }

    #[test]
    fn wide_tables_do_what_the_definition_says() {
        // Each byte value at each place of a word, and counts that run over.
        let plain: Vec<u8> = (0..8176u32).map(|i| (i ^ i >> 8) as u8).collect();
        let bids = (0..4096u64).map(|i| i * 0x1_000F_3D7C).chain([0, u64::MAX, 0xFFFF, 0xFFFF_0000]);
        for (bid, len) in bids.zip((0..8).cycle()) {
            for method in [CryptMethod::None, CryptMethod::Permute, CryptMethod::Cyclic] {
                let mut expected = plain[..plain.len() - len].to_vec();
                let mut data = expected.clone();
                plainly(method, Bid(bid), &mut expected);
                method.decode(Bid(bid), &mut data);
                assert_eq!(data, expected, "{method:?} {bid:#x}");
            }
        }
    }

    #[test]
    fn decode_undoes_encode() {
        let plain: Vec<u8> = (0..2000u32).map(|i| (i * 7 % 251) as u8).collect();
        for method in [CryptMethod::None, CryptMethod::Permute, CryptMethod::Cyclic] {
            let mut data = plain.clone();
            method.encode(Bid(0x1_2345_6784), &mut data);
            assert_eq!(data == plain, method == CryptMethod::None);
            method.decode(Bid(0x1_2345_6784), &mut data);
            assert_eq!(data, plain);
        }
    }
}
