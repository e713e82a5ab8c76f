//! Blocks ([MS-PST] 2.2.2.8): found by the block B-tree, checked by their trailer, inflated and decoded.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::ZlibDecoder;

use super::check::{crc32, signature};
use super::crypt::CryptMethod;
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

impl Stored<'_> {
    fn is_compressed(&self) -> bool {
        self.inflated != self.bytes.len()
    }
}

impl Database<'_> {
    /// The entry of block `bid` in the block B-tree.
    ///
    /// # Errors
    /// There is none.
    pub fn located(&self, bid: Bid, findings: &Findings) -> Result<BlockRef> {
        self.block_ref(bid, findings)?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("block {bid} is not in the block B-tree")).within("BBTENTRY")
        })
    }

    /// The block at `at` as it is stored. A wrong size, signature, CRC or id in its trailer is a finding, and the bytes are given all
    /// the same.
    ///
    /// # Errors
    /// It is outside the file.
    pub fn stored(&self, at: BlockRef, findings: &Findings) -> Result<Stored<'_>> {
        let (stored, trailer) = self.unchecked(at)?;
        self.check_trailer(&at, stored.bytes, trailer, findings);
        Ok(stored)
    }

    /// The block at `at` and its trailer.
    fn unchecked(&self, at: BlockRef) -> Result<(Stored<'_>, &[u8])> {
        let cb = usize::from(at.cb);
        let outside = || {
            Error::new(
                ErrorKind::Truncated,
                format!("block {} of {cb} bytes is outside the file of {} bytes", at.bid, self.len()),
            )
            .at("BBTENTRY", at.ib.0)
        };
        let start = usize::try_from(at.ib.0).map_err(|_| outside())?;
        let bytes = slice_at(self.data, start, cb).ok_or_else(outside)?;
        let trailer = self.trailer(&at).ok_or_else(outside)?;
        let inflated = match self.header().layout.format {
            Format::Unicode4k => usize::from(self.inflated_size(&at, bytes, trailer)),
            Format::Ansi | Format::Unicode => cb,
        };
        Ok((Stored { at, bytes, inflated }, trailer))
    }

    /// How many bytes the block at `at`, of a file with pages of 4 KiB, has when it is inflated. Its trailer and its BBTENTRY tell it; where
    /// they differ a trailer that is its own and fits its `bytes` is believed. 0 says that the block is stored as it is.
    fn inflated_size(&self, at: &BlockRef, bytes: &[u8], trailer: &[u8]) -> u16 {
        let told = u16_at(trailer, 18).unwrap_or(0);
        let is_own = || trailer.get(8..).is_some_and(|b| Bid(self.header().layout.read_id(b)).key() == at.bid.key());
        let is_whole = || u32_at(trailer, 4) == Some(crc32(bytes));
        let is_believed = told == at.inflated || told > 0 && is_own() && (at.inflated == 0 || is_whole());
        let size = if is_believed { told } else { at.inflated };
        if size > 0 { size } else { at.cb }
    }

    /// The bytes of the trailer of the block at `at`.
    fn trailer(&self, at: &BlockRef) -> Option<&[u8]> {
        let layout = self.header().layout;
        let size = layout.block_trailer;
        let start = at.ib.0.checked_add((layout.block_on_disk(usize::from(at.cb)) - size) as u64)?;
        slice_at(self.data, usize::try_from(start).ok()?, size)
    }

    /// BLOCKTRAILER ([MS-PST] 2.2.2.8.1).
    fn check_trailer(&self, at: &BlockRef, bytes: &[u8], trailer: &[u8], findings: &Findings) {
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
    }

    /// The bytes of block `bid`, inflated and decoded.
    ///
    /// # Errors
    /// The block B-tree does not know it, it is outside the file, or it does not inflate to the size that its trailer names.
    pub fn block(&self, bid: Bid, findings: &Findings) -> Result<Cow<'_, [u8]>> {
        let stored = self.stored(self.located(bid, findings)?, findings)?;
        if let Some(bytes) = self.plain(&stored) {
            return Ok(Cow::Borrowed(bytes));
        }
        let mut out = Vec::new();
        self.decode(&stored, &mut out)?;
        Ok(Cow::Owned(out))
    }

    /// Checks the block at `at`: its trailer, and whether it inflates where it is compressed. `scratch` is used for that.
    ///
    /// # Errors
    /// As those of [`Database::block_at`].
    pub fn check_block(&self, at: BlockRef, scratch: &mut Vec<u8>, findings: &Findings) -> Result<()> {
        let stored = self.stored(at, findings)?;
        if !stored.is_compressed() {
            return Ok(());
        }
        scratch.clear();
        self.inflate(&stored, scratch)
    }

    /// The bytes of the block at `at`, inflated and decoded, in the file or in `scratch`. The block has been checked.
    ///
    /// # Errors
    /// It is outside the file, or it does not inflate to the size that its trailer names.
    pub fn block_at<'b>(&'b self, at: BlockRef, scratch: &'b mut Vec<u8>) -> Result<&'b [u8]> {
        let (stored, _) = self.unchecked(at)?;
        self.bytes_of(&stored, scratch)
    }

    /// The same of a block that is checked now.
    ///
    /// # Errors
    /// As those of [`Database::block_at`].
    pub fn checked_block_at<'b>(
        &'b self,
        at: BlockRef,
        scratch: &'b mut Vec<u8>,
        findings: &Findings,
    ) -> Result<&'b [u8]> {
        let stored = self.stored(at, findings)?;
        self.bytes_of(&stored, scratch)
    }

    fn bytes_of<'b>(&self, stored: &Stored<'b>, scratch: &'b mut Vec<u8>) -> Result<&'b [u8]> {
        if let Some(bytes) = self.plain(stored) {
            return Ok(bytes);
        }
        self.decode(stored, scratch)?;
        Ok(scratch)
    }

    /// The bytes of a block that is stored as it is read.
    fn plain<'b>(&self, stored: &Stored<'b>) -> Option<&'b [u8]> {
        (!stored.is_compressed() && !self.is_obscured(stored.at.bid)).then_some(stored.bytes)
    }

    fn is_obscured(&self, bid: Bid) -> bool {
        !bid.is_internal() && self.header().crypt != CryptMethod::None
    }

    /// How block `bid` starts when it is inflated, but not decoded.
    pub(super) fn start_of_block(&self, bid: Bid) -> Option<(Bid, [u8; 4])> {
        let (stored, _) = self.unchecked(self.located(bid, &Findings::new()).ok()?).ok()?;
        let mut inflated = Vec::new();
        let bytes = match stored.is_compressed() {
            true => self.inflate(&stored, &mut inflated).ok().map(|()| &inflated[..])?,
            false => stored.bytes,
        };
        Some((bid, *bytes.first_chunk()?))
    }

    /// Inflates and decodes a block into `out`, whose former content is dropped.
    fn decode(&self, stored: &Stored<'_>, out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        if stored.is_compressed() {
            self.inflate(stored, out)?;
        } else {
            out.extend_from_slice(stored.bytes);
        }
        if self.is_obscured(stored.at.bid) {
            self.header().crypt.decode(stored.at.bid, out);
        }
        Ok(())
    }

    fn inflate(&self, stored: &Stored<'_>, out: &mut Vec<u8>) -> Result<()> {
        let wrong =
            |found: String| Error::mismatch("zlib block", stored.at.ib.0, format!("{} bytes", stored.inflated), found);
        let most = self.limits().inflated_block;
        out.reserve(stored.inflated.min(most));
        // One byte more than it may have, to see whether it has more.
        ZlibDecoder::new(stored.bytes)
            .take(most as u64 + 1)
            .read_to_end(out)
            .map_err(|e| wrong(format!("{} and then an error: {e}", out.len())))?;
        match out.len() {
            len if len > most => Err(wrong(format!("more than the limit of {most}"))),
            len if len != stored.inflated => Err(wrong(len.to_string())),
            _ => Ok(()),
        }
    }

    /// How many bytes the block at `at` has when it is decoded, without decoding it.
    pub fn block_len(&self, at: &BlockRef) -> usize {
        self.unchecked(*at).map_or(usize::from(at.cb), |(stored, _)| stored.inflated)
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
