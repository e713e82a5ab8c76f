//! Blocks ([MS-PST] 2.2.2.8): found by the block B-tree, checked by their trailer, inflated and decoded.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::ZlibDecoder;

use super::check::{crc32, signature};
use super::database::{Database, Scope};
use super::{Bid, BlockRef, Format};
use crate::bytes::{slice_at, u16_at, u32_at};
use crate::damage::{Effect, Finding, Findings};
use crate::{Error, ErrorKind, Result};

/// A block as it is stored, its trailer checked.
pub struct Stored<'a> {
    /// Where it is.
    pub at: BlockRef,
    /// Its bytes, still obscured and, in 4K files, perhaps compressed.
    pub bytes: &'a [u8],
    /// How many bytes it has when it is inflated.
    pub inflated: usize,
}

impl Database<'_> {
    /// Block `bid` as it is stored. A wrong size, signature, CRC or id in its trailer is a finding, and the bytes are given all the same.
    ///
    /// # Errors
    /// The block B-tree does not know it, or it is outside the file.
    pub fn stored(&self, bid: Bid, findings: &Findings) -> Result<Stored<'_>> {
        let at = self.block_ref(bid, findings)?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("block {bid} is not in the block B-tree")).within("BBTENTRY")
        })?;
        let layout = self.header().layout;
        let cb = usize::from(at.cb);
        let outside = || {
            Error::new(
                ErrorKind::Truncated,
                format!("block {bid} of {cb} bytes is outside the file of {} bytes", self.len()),
            )
            .at("BBTENTRY", at.ib.0)
        };
        let start = usize::try_from(at.ib.0).map_err(|_| outside())?;
        let bytes = slice_at(self.data, start, cb).ok_or_else(outside)?;
        let trailer_at = start.saturating_add(layout.block_on_disk(cb)) - layout.block_trailer;
        let trailer = slice_at(self.data, trailer_at, layout.block_trailer).ok_or_else(outside)?;
        Ok(Stored { at, bytes, inflated: self.check_trailer(&at, bytes, trailer, findings) })
    }

    /// BLOCKTRAILER ([MS-PST] 2.2.2.8.1). Returns how many bytes the block inflates to.
    fn check_trailer(&self, at: &BlockRef, bytes: &[u8], trailer: &[u8], findings: &Findings) -> usize {
        let layout = self.header().layout;
        let ansi = layout.format == Format::Ansi;
        let (crc_at, bid_at) = if ansi { (8, 4) } else { (4, 8) };
        let report = |effect, field: &'static str, expected: String, found: String| {
            findings.add(Finding::new(effect, field, expected, found).at(at.ib.0).bid(at.bid.0));
        };
        let cb = u16_at(trailer, 0).unwrap_or(0);
        if cb != at.cb {
            report(Effect::Notice, "BLOCKTRAILER.cb", at.cb.to_string(), cb.to_string());
        }
        let (stored, actual) = (u32_at(trailer, crc_at).unwrap_or(0), crc32(bytes));
        if stored != actual {
            let (expected, found) = (format!("{stored:#010x} (stored)"), format!("{actual:#010x} (computed)"));
            report(Effect::Altered, "BLOCKTRAILER.dwCRC", expected, found);
        }
        let bid = trailer.get(bid_at..).map_or(0, |b| layout.read_id(b));
        if Bid(bid).key() != at.bid.key() {
            report(Effect::Altered, "BLOCKTRAILER.bid", at.bid.to_string(), Bid(bid).to_string());
        }
        let (sig, found) = (signature(at.ib.0, at.bid.0), u16_at(trailer, 2).unwrap_or(0));
        if sig != found {
            report(Effect::Notice, "BLOCKTRAILER.wSig", format!("{sig:#06x}"), format!("{found:#06x}"));
        }
        match layout.format {
            Format::Unicode4k => usize::from(u16_at(trailer, 18).unwrap_or(at.cb)),
            _ => bytes.len(),
        }
    }

    /// The bytes of block `bid`, inflated and decoded.
    ///
    /// # Errors
    /// As [`Database::stored`]; the block does not inflate to the size that its trailer names.
    pub fn block(&self, bid: Bid, findings: &Findings) -> Result<Cow<'_, [u8]>> {
        let stored = self.stored(bid, findings)?;
        let mut bytes = self.inflate(&stored)?;
        if !bid.is_internal() && self.header().crypt != super::crypt::CryptMethod::None {
            self.header().crypt.decode(stored.at.bid, bytes.to_mut());
        }
        Ok(bytes)
    }

    /// [`Database::block`] into `out`, whose former content is dropped: for callers that need one block after the other.
    ///
    /// # Errors
    /// As [`Database::block`].
    pub fn block_into(&self, bid: Bid, out: &mut Vec<u8>, findings: &Findings) -> Result<()> {
        match self.block(bid, findings)? {
            Cow::Borrowed(bytes) => {
                out.clear();
                out.extend_from_slice(bytes);
            }
            Cow::Owned(bytes) => *out = bytes,
        }
        Ok(())
    }

    fn inflate<'b>(&self, stored: &Stored<'b>) -> Result<Cow<'b, [u8]>> {
        if stored.inflated == stored.bytes.len() {
            return Ok(Cow::Borrowed(stored.bytes));
        }
        let wrong =
            |found: String| Error::mismatch("zlib block", stored.at.ib.0, format!("{} bytes", stored.inflated), found);
        let most = self.limits().inflated_block;
        let mut out = Vec::with_capacity(stored.inflated.min(most));
        // One byte more than it may have, to see whether it has more.
        ZlibDecoder::new(stored.bytes)
            .take(most as u64 + 1)
            .read_to_end(&mut out)
            .map_err(|e| wrong(format!("{} and then an error: {e}", out.len())))?;
        if out.len() != stored.inflated {
            return Err(wrong(out.len().to_string()));
        }
        Ok(Cow::Owned(out))
    }

    /// How many bytes block `bid` has when it is decoded, without decoding it.
    ///
    /// # Errors
    /// The block B-tree does not know it, or it is outside the file.
    pub fn block_len(&self, bid: Bid, findings: &Findings) -> Result<usize> {
        let at = self.block_ref(bid, findings)?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("block {bid} is not in the block B-tree")).within("BBTENTRY")
        })?;
        let layout = self.header().layout;
        if layout.format != Format::Unicode4k {
            return Ok(usize::from(at.cb));
        }
        let end = at.ib.0.saturating_add(layout.block_on_disk(usize::from(at.cb)) as u64);
        let trailer =
            usize::try_from(end).ok().and_then(|e| slice_at(self.data, e - layout.block_trailer, layout.block_trailer));
        // No block inflates to nothing: a destroyed trailer does not tell.
        let inflated = trailer.and_then(|t| u16_at(t, 18)).filter(|n| *n > 0);
        Ok(inflated.map_or(usize::from(at.cb), usize::from))
    }
}

impl<'m> Scope<'m> {
    /// The bytes of block `bid`: borrowed from the file where they are stored plainly, else from the arena.
    ///
    /// # Errors
    /// As [`Database::block`].
    pub fn block(self, bid: Bid) -> Result<&'m [u8]> {
        Ok(match self.db.block(bid, self.findings)? {
            Cow::Borrowed(bytes) => bytes,
            Cow::Owned(bytes) => self.arena.alloc(bytes),
        })
    }
}
