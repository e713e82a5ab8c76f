//! Pages and their trailer ([MS-PST] 2.2.2.7 and 2.2.2.7.1).

use super::check::{crc32, signature};
use super::header::Bref;
use super::{Bid, Format, Ib, Layout};
use crate::bytes::{slice_at, u8_at, u16_at, u32_at};
use crate::damage::{Effect, Finding, Findings};
use crate::{Error, ErrorKind, Result};

/// The type of a page (`ptype`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageType(pub u8);

#[allow(missing_docs)]
impl PageType {
    pub const BBT: Self = Self(0x80);
    pub const NBT: Self = Self(0x81);
    pub const FMAP: Self = Self(0x82);
    pub const PMAP: Self = Self(0x83);
    pub const AMAP: Self = Self(0x84);
    pub const FPMAP: Self = Self(0x85);
    pub const DLIST: Self = Self(0x86);
}

/// PAGETRAILER ([MS-PST] 2.2.2.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageTrailer {
    /// `ptype`.
    pub ptype: PageType,
    /// `ptypeRepeat`.
    pub repeat: u8,
    /// `wSig`.
    pub sig: u16,
    /// `dwCRC`.
    pub crc: u32,
    /// `bid`.
    pub bid: Bid,
}

impl PageTrailer {
    /// Reads the trailer of `page`, a whole page.
    pub fn parse(layout: &Layout, page: &[u8]) -> Option<Self> {
        let at = layout.page.checked_sub(layout.page_trailer)?;
        // The ANSI trailer has the id before the CRC, the others after it.
        let (crc_at, bid_at) = if layout.format == Format::Ansi { (at + 8, at + 4) } else { (at + 4, at + 8) };
        Some(Self {
            ptype: PageType(u8_at(page, at)?),
            repeat: u8_at(page, at + 1)?,
            sig: u16_at(page, at + 2)?,
            crc: u32_at(page, crc_at)?,
            bid: Bid(layout.read_id(page.get(bid_at..)?)),
        })
    }
}

/// The bytes of the page at `ib`, where it is wholly in the file.
pub fn page_bytes<'a>(data: &'a [u8], layout: &Layout, ib: Ib) -> Option<&'a [u8]> {
    slice_at(data, usize::try_from(ib.0).ok()?, layout.page)
}

/// Whether the page at `ib` says that it is a `ptype` page of this layout.
pub fn looks_like(data: &[u8], layout: &Layout, ib: Ib, ptype: PageType) -> bool {
    page_bytes(data, layout, ib)
        .and_then(|page| PageTrailer::parse(layout, page))
        .is_some_and(|t| t.ptype == ptype && t.repeat == ptype.0)
}

/// The page at `bref`.
///
/// # Errors
/// It is outside the file.
pub fn page_at<'a>(data: &'a [u8], layout: &Layout, bref: Bref) -> Result<&'a [u8]> {
    page_bytes(data, layout, bref.ib).ok_or_else(|| {
        Error::new(ErrorKind::Truncated, format!("the page is outside the file, which has {} bytes", data.len()))
            .at("BREF", bref.ib.0)
    })
}

/// Checks `page`, that at `bref`. A wrong signature, CRC or id is a finding, and the page can still be used: its reader checks each entry.
///
/// # Errors
/// The page is of another type than `ptype`: nothing in it can be used.
pub fn check_page(layout: &Layout, bref: Bref, page: &[u8], ptype: PageType, findings: &Findings) -> Result<()> {
    let name = "PAGETRAILER";
    let short = || Error::mismatch(name, bref.ib.0, format!("{} bytes", layout.page), page.len());
    let trailer = PageTrailer::parse(layout, page).ok_or_else(short)?;
    if trailer.ptype != ptype || trailer.repeat != ptype.0 {
        let found = format!("ptype {:#04x}, ptypeRepeat {:#04x}", trailer.ptype.0, trailer.repeat);
        return Err(Error::mismatch(name, bref.ib.0, format!("ptype {:#04x} twice", ptype.0), found));
    }
    let report = |field: &'static str, expected: String, found: String| {
        findings.add(Finding::new(Effect::Notice, field, expected, found).at(bref.ib.0).bid(bref.bid.0));
    };
    let crc = crc32(page.get(..layout.page - layout.page_trailer).unwrap_or_default());
    if trailer.crc != crc {
        report("PAGETRAILER.dwCRC", format!("{:#010x} (stored)", trailer.crc), format!("{crc:#010x} (computed)"));
    }
    let sig = signature(bref.ib.0, bref.bid.0);
    if trailer.sig != sig {
        report("PAGETRAILER.wSig", format!("{sig:#06x}"), format!("{:#06x}", trailer.sig));
    }
    if trailer.bid != bref.bid {
        report("PAGETRAILER.bid", bref.bid.to_string(), trailer.bid.to_string());
    }
    Ok(())
}
