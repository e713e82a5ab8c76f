//! RTF as PidTagRtfCompressed holds it ([MS-OXRTFCP] 2.1.3).

use crate::bytes::crc32;
use crate::mapi::lzfu::{DICTIONARY, INITIAL};

/// The shortest run that is worth a reference, and the longest one that a reference tells.
const SHORTEST: usize = 3;
const LONGEST: usize = 17;
const HASHES: usize = 1 << 12;

/// `rtf`, compressed.
pub(super) fn compressed(rtf: &[u8]) -> Vec<u8> {
    let tokens = Tokens { text: [INITIAL, rtf].concat(), at: INITIAL.len(), last: vec![None; HASHES] };
    let mut content = Vec::with_capacity(rtf.len() / 2);
    let mut tokens = tokens.seeded();
    let mut done = false;
    while !done {
        let control = content.len();
        content.push(0);
        for bit in 0..8 {
            match tokens.next_token() {
                Token::Literal(byte) => content.push(byte),
                Token::Reference { from, len } => {
                    content[control] |= 1 << bit;
                    content.extend(((from % DICTIONARY) << 4 | (len - 2)).to_be_bytes()[6..].iter());
                }
                // A reference to where the next byte would go ends the text.
                Token::End(at) => {
                    content[control] |= 1 << bit;
                    content.extend(((at % DICTIONARY) << 4).to_be_bytes()[6..].iter());
                    done = true;
                    break;
                }
            }
        }
    }
    with_header(*b"LZFu", rtf.len(), crc32(&content), &content)
}

/// `rtf` as it is, which the format knows, too.
pub(super) fn uncompressed(rtf: &[u8]) -> Vec<u8> {
    with_header(*b"MELA", rtf.len(), 0, rtf)
}

/// The header (2.1.3.1.1): COMPSIZE counts what follows itself.
fn with_header(kind: [u8; 4], raw: usize, crc: u32, content: &[u8]) -> Vec<u8> {
    let sizes = [content.len() as u32 + 12, raw as u32].map(u32::to_le_bytes);
    [&sizes.concat(), &kind[..], &crc.to_le_bytes(), content].concat()
}

enum Token {
    Literal(u8),
    Reference { from: usize, len: usize },
    End(usize),
}

/// The text behind the initial dictionary, as literals and references to what came before.
struct Tokens {
    text: Vec<u8>,
    at: usize,
    /// Where a run of [`SHORTEST`] bytes was seen last, by its hash.
    last: Vec<Option<usize>>,
}

impl Tokens {
    fn seeded(mut self) -> Self {
        (0..self.at).for_each(|at| self.see(at));
        self
    }

    fn next_token(&mut self) -> Token {
        let Some(byte) = self.text.get(self.at).copied() else { return Token::End(self.at) };
        let found = self.hash(self.at).and_then(|h| self.last[h]).filter(|from| self.at - from < DICTIONARY);
        let len = found.map_or(0, |from| self.common(from));
        let token = match found {
            Some(from) if len >= SHORTEST => Token::Reference { from, len },
            _ => Token::Literal(byte),
        };
        let next = self.at + if matches!(token, Token::Reference { .. }) { len } else { 1 };
        (self.at..next).for_each(|at| self.see(at));
        self.at = next;
        token
    }

    /// How many bytes from `from` on are those from here on.
    fn common(&self, from: usize) -> usize {
        let pairs = self.text[from..].iter().zip(&self.text[self.at..]);
        pairs.take(LONGEST).take_while(|(a, b)| a == b).count()
    }

    fn see(&mut self, at: usize) {
        if let Some(hash) = self.hash(at) {
            self.last[hash] = Some(at);
        }
    }

    fn hash(&self, at: usize) -> Option<usize> {
        let [a, b, c] = self.text.get(at..at + SHORTEST)?.try_into().ok()?;
        Some((u32::from_le_bytes([a, b, c, 0]).wrapping_mul(0x9E37_79B1) >> 20) as usize % HASHES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of `packed`, read as the specification tells (2.2.1), byte by byte.
    fn decompressed(packed: &[u8]) -> Vec<u8> {
        let mut ring = [0; DICTIONARY];
        ring[..INITIAL.len()].copy_from_slice(INITIAL);
        let (mut at, mut out, mut input) = (INITIAL.len(), Vec::new(), packed[16..].iter().copied());
        loop {
            let control = input.next().unwrap();
            for bit in 0..8 {
                if control >> bit & 1 == 0 {
                    out.push(input.next().unwrap());
                    ring[at] = *out.last().unwrap();
                    at = (at + 1) % DICTIONARY;
                    continue;
                }
                let word = usize::from(input.next().unwrap()) << 8 | usize::from(input.next().unwrap());
                if word >> 4 == at {
                    assert_eq!(input.next(), None, "the end mark is the end");
                    return out;
                }
                for i in 0..(word & 15) + 2 {
                    out.push(ring[((word >> 4) + i) % DICTIONARY]);
                    ring[at] = *out.last().unwrap();
                    at = (at + 1) % DICTIONARY;
                }
            }
        }
    }

    /// The example of [MS-OXRTFCP] 3.1: its CRC, and that what it decompresses to is what it tells.
    #[test]
    fn the_example_of_the_specification() {
        let example = b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125\x42\x32\x0a\xf3 hel\x09\0 bw\x05\xb0ld}\x0a\x80\x0f\xa0";
        let text = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n";
        assert_eq!(decompressed(example), text);
        assert_eq!(crc32(&example[16..]).to_le_bytes(), example[12..16]);
        let ours = compressed(text);
        assert_eq!(decompressed(&ours), text);
        assert_eq!(ours[4..8], example[4..8]);
        assert_eq!(u32::from_le_bytes(ours[..4].try_into().unwrap()) as usize, ours.len() - 4);
    }

    /// Texts whose end falls on each place in a group of eight, runs that repeat themselves, and more than the ring holds.
    #[test]
    fn texts_come_back() {
        for len in (0..40).chain([4095, 4096, 20_000]) {
            for period in [1, 2, 7, 1000, 5000] {
                let text: Vec<u8> = (0..len).map(|i| (i % period * 31 % 251) as u8).collect();
                assert!(decompressed(&compressed(&text)) == text, "{len} bytes of period {period}");
            }
        }
        let text = b"{\\rtf1\\ansi\\deff0 the same and the same again}".repeat(20);
        assert!(compressed(&text).len() < text.len() / 5);
    }
}
