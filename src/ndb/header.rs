//! HEADER and ROOT ([MS-PST] 2.2.2.5 and 2.2.2.6).

use nom::bytes::complete::take;
use nom::number::complete::{le_u8, le_u16, le_u32, le_u64};
use nom::{IResult, Parser};

use super::check::crc32;
use super::crypt::CryptMethod;
use super::layout::{ANSI, UNICODE, UNICODE_4K};
use super::page::{PageType, looks_like};
use super::{Bid, Format, Ib, Layout};
use crate::bytes::{u8_at, u16_at, u32_at};
use crate::damage::{Effect, Finding, Findings};
use crate::{Error, ErrorKind, Result};

/// The first four bytes of every PFF file: `!BDN`.
pub const MAGIC: [u8; 4] = *b"!BDN";

/// What program family a file belongs to (`wMagicClient`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// `SM`: a Personal Storage Table.
    Pst,
    /// `SO`: an Offline Storage Table.
    Ost,
    /// `AB`: a Personal Address Book.
    Pab,
    /// Anything else; read like a PST.
    Other(u16),
}

impl Client {
    pub(super) const fn of(magic: u16) -> Self {
        match magic.to_le_bytes() {
            [b'S', b'M'] => Self::Pst,
            [b'S', b'O'] => Self::Ost,
            [b'A', b'B'] => Self::Pab,
            _ => Self::Other(magic),
        }
    }

    /// The name that people know.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pst => "PST",
            Self::Ost => "OST",
            Self::Pab => "PAB",
            Self::Other(_) => "PFF of unknown client",
        }
    }
}

/// A page or block and where it is (BREF, [MS-PST] 2.2.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bref {
    /// Its id.
    pub bid: Bid,
    /// Its offset.
    pub ib: Ib,
}

/// ROOT ([MS-PST] 2.2.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Root {
    /// `ibFileEof`: the size of the file, in bytes.
    pub file_eof: u64,
    /// `ibAMapLast`: offset of the last AMap page.
    pub amap_last: u64,
    /// `cbAMapFree`: free bytes in all AMaps.
    pub amap_free: u64,
    /// `cbPMapFree`: bytes of the pages that the PMaps keep for the trees and that are free.
    pub pmap_free: u64,
    /// `BREFNBT`: the root page of the node B-tree.
    pub nbt: Bref,
    /// `BREFBBT`: the root page of the block B-tree.
    pub bbt: Bref,
    /// `fAMapValid`: 0 while the file is open for writing, 1 or 2 when it was closed in good order.
    pub amap_valid: u8,
}

/// HEADER ([MS-PST] 2.2.2.6), as far as reading needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The layout that `wVer` and the root page tell.
    pub layout: &'static Layout,
    /// `wMagicClient`.
    pub client: Client,
    /// `wVer`.
    pub version: u16,
    /// `wVerClient`; no value of it is a reason to refuse a file.
    pub client_version: u16,
    /// How data blocks are obscured.
    pub crypt: CryptMethod,
    /// `bCryptMethod`, which says that: 0 (none), 1 (permute), 2 (cyclic).
    pub crypt_method: u8,
    /// `dwUnique`: grows with each write of the header.
    pub unique: u32,
    /// `bidNextB`: the id of the next new block.
    pub next_block: Bid,
    /// `bidNextP`: the id of the next new page.
    pub next_page: Bid,
    /// `rgnid`: for each type of node the highest index that is in use.
    pub indexes: [u32; 32],
    /// `ROOT`.
    pub root: Root,
    /// Whether the CRCs were right.
    pub crc_right: bool,
}

/// The bytes that the partial and the full CRC cover start here (`wMagicClient`).
pub(super) const CRC_START: usize = 8;
/// `dwCRCPartial` covers this many.
pub(super) const CRC_PARTIAL: usize = 471;
/// `dwCRCFull` covers this many; ANSI files have none.
pub(super) const CRC_FULL: usize = 516;
/// Where `dwCRCFull` is.
pub(super) const CRC_FULL_AT: usize = 524;
/// Offset of ROOT in Unicode and ANSI headers.
const ROOT_AT: (usize, usize) = (180, 164);
/// Offset of `bCryptMethod` in Unicode and ANSI headers.
const CRYPT_AT: (usize, usize) = (513, 461);
/// Offsets of `bidNextB`, `bidNextP` and `rgnid` in Unicode and ANSI headers.
const NEXT_BLOCK_AT: (usize, usize) = (516, 24);
const NEXT_PAGE_AT: (usize, usize) = (32, 28);
const INDEXES_AT: (usize, usize) = (44, 36);
/// Bytes that a header must have to be read.
const NEEDED: (usize, usize) = (564, 512);

impl Header {
    /// Reads the header at the start of `data`, the whole file. What is wrong with it but does not stop the reading goes to `findings`.
    ///
    /// # Errors
    /// The file is empty, nothing but NUL, not a PFF file, of an unknown version, or only a header.
    pub fn parse(data: &[u8], findings: &Findings) -> Result<Self> {
        recognise(data)?;
        let version = u16_at(data, 10).unwrap_or(0);
        let ansi = is_ansi(version)?;
        let pick = |(unicode, ansi_at): (usize, usize)| if ansi { ansi_at } else { unicode };
        if data.len() < pick(NEEDED) {
            return Err(header_only(data.len()));
        }
        let crc_right = check_crcs(data, ansi, findings);
        let root_at = pick(ROOT_AT);
        let (_, mut root) =
            root(ansi).parse(data.get(root_at..).unwrap_or_default()).map_err(|_| header_only(data.len()))?;
        if ansi {
            // Only the low 32 bits exist.
            root.file_eof &= u64::from(u32::MAX);
        }
        let layout = if ansi { &ANSI } else { unicode_layout(data, version, &root) };
        let crypt_method = u8_at(data, pick(CRYPT_AT)).unwrap_or(0);
        let header = Self {
            layout,
            client: Client::of(u16_at(data, 8).unwrap_or(0)),
            version,
            client_version: u16_at(data, 12).unwrap_or(0),
            crypt: crypt(crypt_method).unwrap_or(CryptMethod::Permute),
            crypt_method,
            unique: u32_at(data, pick((40, 32))).unwrap_or(0),
            next_block: Bid(layout.read_id(data.get(pick(NEXT_BLOCK_AT)..).unwrap_or_default())),
            next_page: Bid(layout.read_id(data.get(pick(NEXT_PAGE_AT)..).unwrap_or_default())),
            indexes: std::array::from_fn(|i| u32_at(data, pick(INDEXES_AT) + 4 * i).unwrap_or(0)),
            root,
            crc_right,
        };
        header.check_size(data.len() as u64, findings);
        Ok(header)
    }

    /// The offset of `bCryptMethod`.
    pub(super) fn crypt_at(&self) -> u64 {
        (if self.layout.format == Format::Ansi { CRYPT_AT.1 } else { CRYPT_AT.0 }) as u64
    }

    /// The error for a file of `len` bytes that is so short that the roots of the trees are missing.
    pub(super) fn without_roots(&self, len: u64) -> Option<Error> {
        let last = self.root.nbt.ib.0.max(self.root.bbt.ib.0).saturating_add(self.layout.page as u64);
        (len < last && len < self.root.file_eof).then(|| truncated(len, self.root.file_eof))
    }

    fn check_size(&self, len: u64, findings: &Findings) {
        if len < self.root.file_eof {
            findings.add(
                Finding::new(
                    Effect::Notice,
                    "ROOT.ibFileEof",
                    format!("a file of {} bytes", self.root.file_eof),
                    format!("{len} bytes: the end of the file is missing; copy it again"),
                )
                .at(len),
            );
        }
        if self.root.amap_valid == 0 {
            findings.add(Finding::new(
                Effect::Notice,
                "ROOT.fAMapValid",
                "a file that was closed in good order (1 or 2)",
                "0: the file was copied while it was open in Outlook, or Outlook crashed; the newest items may be missing",
            ));
        }
    }
}

fn recognise(data: &[u8]) -> Result<()> {
    let not = |why: &str| Err(Error::new(ErrorKind::NotPff, why.to_owned()));
    if data.is_empty() {
        return not("the file is empty (0 bytes); copy it again from where it came from");
    }
    if data.starts_with(&MAGIC) {
        return Ok(());
    }
    if data.iter().all(|b| *b == 0) {
        return Err(Error::new(
            ErrorKind::Truncated,
            format!(
                "all {} bytes of the file are NUL: its content was lost before it came here (a failed copy, a sparse or unrecovered file)",
                data.len()
            ),
        ));
    }
    let start: String = data.iter().take(4).map(|b| b.escape_ascii().to_string()).collect();
    not(&format!(
        "not a PFF file (PST, OST, PAB): expected it to start with \"!BDN\", found \"{start}\"; if it is one, its header is destroyed"
    ))
}

/// Whether `version` is one of the 32-bit format.
fn is_ansi(version: u16) -> Result<bool> {
    match version {
        14 | 15 => Ok(true),
        16..=63 => Ok(false),
        _ => Err(Error::new(
            ErrorKind::Unsupported,
            format!("expected wVer 14, 15 (ANSI), 23 (Unicode) or 36, 37 (Unicode, 4K), found {version}"),
        )
        .at("HEADER", 10)),
    }
}

/// `wVer` tells 64-bit from 32-bit ids, but not reliably the size of a page (37 is a PST with rights protection, too):
/// the root page of the node B-tree does.
fn unicode_layout(data: &[u8], version: u16, root: &Root) -> &'static Layout {
    let by_version = if version >= 36 { [&UNICODE_4K, &UNICODE] } else { [&UNICODE, &UNICODE_4K] };
    by_version.into_iter().find(|l| looks_like(data, l, root.nbt.ib, PageType::NBT)).unwrap_or(by_version[0])
}

/// Whether the CRCs are right.
fn check_crcs(data: &[u8], ansi: bool, findings: &Findings) -> bool {
    let check = |name, at: usize, len| {
        let stored = u32_at(data, at).unwrap_or(0);
        let actual = crc32(data.get(CRC_START..CRC_START + len).unwrap_or_default());
        if stored != actual {
            findings.add(
                Finding::new(
                    Effect::Notice,
                    name,
                    format!("{stored:#010x} (stored)"),
                    format!("{actual:#010x} (computed)"),
                )
                .at(at as u64),
            );
        }
        stored == actual
    };
    let partial = check("HEADER.dwCRCPartial", 4, CRC_PARTIAL);
    (ansi || check("HEADER.dwCRCFull", CRC_FULL_AT, CRC_FULL)) && partial
}

/// The way of obscuring that `bCryptMethod` stands for, where that is known.
const fn crypt(method: u8) -> Option<CryptMethod> {
    match method {
        0 => Some(CryptMethod::None),
        1 => Some(CryptMethod::Permute),
        2 => Some(CryptMethod::Cyclic),
        _ => None,
    }
}

fn header_only(len: usize) -> Error {
    Error::new(
        ErrorKind::Truncated,
        format!(
            "the file has only {len} bytes: no more than a header, so no mail is in it; copy it again while Outlook is closed"
        ),
    )
}

fn truncated(len: u64, eof: u64) -> Error {
    Error::new(
        ErrorKind::Truncated,
        format!(
            "the file is cut: its header names {eof} bytes, only {len} are there, and the index of its items was in the missing part; copy it again"
        ),
    )
}

/// Reads ROOT: ids and offsets have 4 bytes in ANSI files, 8 in the others.
fn root<'d>(ansi: bool) -> impl Parser<&'d [u8], Output = Root, Error = nom::error::Error<&'d [u8]>> {
    move |input: &'d [u8]| {
        let id =
            |i: &'d [u8]| -> IResult<&'d [u8], u64> { if ansi { le_u32.map(u64::from).parse(i) } else { le_u64(i) } };
        let bref = |i: &'d [u8]| (id, id).map(|(bid, ib)| Bref { bid: Bid(bid), ib: Ib(ib) }).parse(i);
        let (input, _reserved) = take(4usize)(input)?;
        let (input, (file_eof, amap_last, amap_free, pmap_free)) = (id, id, id, id).parse(input)?;
        let (input, (nbt, bbt, amap_valid)) = (bref, bref, le_u8).parse(input)?;
        let (input, _reserved) = (le_u8, le_u16).parse(input)?;
        Ok((input, Root { file_eof, amap_last, amap_free, pmap_free, nbt, bbt, amap_valid }))
    }
}
