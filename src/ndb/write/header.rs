//! The header ([MS-PST] 2.2.2.6).

use super::super::check::crc32;
use super::space::Extent;
use super::{Client, CryptMethod, Format, NidType, Options, PageRef};

/// What the header tells.
pub(super) struct Header<'a> {
    pub options: &'a Options,
    pub nodes: PageRef,
    pub blocks: PageRef,
    pub extent: Extent,
    pub next_block: u64,
    pub next_page: u64,
    pub counters: &'a [u32; 32],
    /// The last of the numbers that are unique in the file.
    pub unique: u32,
}

/// Where `rgnid` starts in a new file: for each type the last index that is taken.
pub(super) fn first_indexes() -> [u32; 32] {
    let mut indexes = [0x400; 32];
    indexes[usize::from(NidType::SEARCH_FOLDER.0)] = 0x4000;
    indexes[usize::from(NidType::NORMAL_MESSAGE.0)] = 0x10000;
    indexes[usize::from(NidType::ASSOC_MESSAGE.0)] = 0x8000;
    indexes
}

/// `fAMapValid`: the allocation maps are right.
const VALID_AMAP2: u32 = 2;
/// Bytes before what the CRCs cover.
const CRC_START: usize = 8;

impl Header<'_> {
    pub fn to_bytes(&self) -> Vec<u8> {
        let ansi = self.options.format == Format::Ansi;
        let mut b = Vec::with_capacity(564);
        b.extend(b"!BDN");
        b.extend([0; 4]); // dwCRCPartial
        b.extend(match self.options.client {
            Client::Pst => *b"SM",
            Client::Ost => *b"SO",
            Client::Pab => *b"AB",
            Client::Other(magic) => magic.to_le_bytes(),
        });
        let (version, client_version): (u16, u16) = match self.options.format {
            Format::Ansi => (14, 19),
            Format::Unicode => (23, 19),
            Format::Unicode4k => (36, 12),
        };
        b.extend(version.to_le_bytes());
        b.extend(client_version.to_le_bytes());
        b.extend([1, 1]); // bPlatformCreate, bPlatformAccess
        b.extend([0; 8]); // dwReserved1 and 2
        if ansi {
            b.extend((self.next_block as u32).to_le_bytes());
            b.extend((self.next_page as u32).to_le_bytes());
        } else {
            b.extend([0; 8]); // bidUnused
            b.extend(self.next_page.to_le_bytes());
        }
        b.extend(self.unique.max(1).to_le_bytes());
        self.counters.iter().for_each(|c| b.extend(c.to_le_bytes()));
        if !ansi {
            b.extend([0; 8]); // qwUnused
        }
        self.push_root(&mut b);
        if !ansi {
            b.extend([0; 4]); // dwAlign
        }
        b.extend([0xFF; 256]); // rgbFM and rgbFP, no longer in use
        b.extend([0x80, self.crypt()]); // bSentinel, bCryptMethod
        b.extend([0; 2]);
        if ansi {
            b.resize(512, 0);
        } else {
            b.extend(self.next_block.to_le_bytes());
            let full = crc32(&b[CRC_START..]);
            b.extend(full.to_le_bytes());
            b.resize(564, 0);
        }
        let partial = crc32(&b[CRC_START..CRC_START + 471]);
        b[4..8].copy_from_slice(&partial.to_le_bytes());
        b
    }

    /// ROOT (2.2.2.5).
    fn push_root(&self, b: &mut Vec<u8>) {
        let Extent { eof, last_amap, free } = self.extent;
        let (nodes, blocks) = (self.nodes, self.blocks);
        b.extend([0; 4]);
        for word in [eof, last_amap, free, 0, nodes.bid.0, nodes.ib.0, blocks.bid.0, blocks.ib.0] {
            if self.options.format == Format::Ansi {
                b.extend((word as u32).to_le_bytes());
            } else {
                b.extend(word.to_le_bytes());
            }
        }
        b.extend(VALID_AMAP2.to_le_bytes()); // fAMapValid, bReserved, wReserved
    }

    fn crypt(&self) -> u8 {
        match self.options.crypt {
            CryptMethod::None => 0,
            CryptMethod::Permute => 1,
            CryptMethod::Cyclic => 2,
        }
    }
}
