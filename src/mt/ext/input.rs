//! Bytes that are taken from an input piece by piece, never beyond the end of the unit (header part, frame, value) that
//! they belong to.

use std::io::{self, BufRead, Read};

use memchr::memchr;

use super::{malformed, too_large};
use crate::mapi::Guid;
use crate::{Error, ErrorKind, Result};

/// Room that is made for bytes before any of them has been seen.
const RESERVE: u64 = 1 << 20;

/// An input and the place in it.
pub(crate) struct Input<B> {
    bytes: B,
    offset: u64,
    /// Where the part that is being read ends: the unit, or something inside it that has a size of its own.
    end: u64,
    unit: Unit,
}

struct Unit {
    name: &'static str,
    start: u64,
    end: u64,
}

impl<B: BufRead> Input<B> {
    pub fn new(bytes: B) -> Self {
        Self { bytes, offset: 0, end: 0, unit: Unit { name: "stream", start: 0, end: 0 } }
    }

    /// How many bytes have been taken so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes are left of the part that is being read.
    pub fn remaining(&self) -> u64 {
        self.end.saturating_sub(self.offset)
    }

    /// Begins a unit of `size` bytes.
    pub fn enter(&mut self, name: &'static str, size: u64) {
        self.end = self.offset.saturating_add(size);
        self.unit = Unit { name, start: self.offset, end: self.end };
    }

    /// Passes over what is left of the unit.
    pub fn leave(&mut self) -> Result<()> {
        self.end = self.unit.end;
        self.skip(self.remaining())
    }

    /// Begins a part of `size` bytes; gives back what [`Input::widen`] wants at its end.
    pub fn narrow(&mut self, size: u64) -> Result<u64> {
        self.need(size)?;
        let outer = self.end;
        self.end = self.offset.saturating_add(size);
        Ok(outer)
    }

    /// Ends a part: passes over what is left of it.
    pub fn widen(&mut self, outer: u64) -> Result<()> {
        self.skip(self.remaining())?;
        self.end = outer;
        Ok(())
    }

    /// Whether the input ends here.
    pub fn at_eof(&mut self) -> Result<bool> {
        loop {
            match self.bytes.fill_buf() {
                Ok(buffer) => return Ok(buffer.is_empty()),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(self.unreadable(e)),
            }
        }
    }

    /// `message`, placed in the unit that is being read.
    pub fn error(&self, message: impl Into<String>) -> Error {
        malformed(message).at(self.unit.name, self.unit.start)
    }

    /// That a cap is reached, placed in the unit that is being read.
    pub fn limit(&self, message: impl Into<String>) -> Error {
        too_large(message).at(self.unit.name, self.unit.start)
    }

    /// `n` things of at least `min` bytes each follow: checked against the bytes that are left.
    pub fn check_count(&self, n: u64, min: u64) -> Result<()> {
        if n.checked_mul(min).is_some_and(|bytes| bytes <= self.remaining()) {
            return Ok(());
        }
        let (offset, left) = (self.offset, self.remaining());
        Err(self.error(format!("{n} elements are announced at offset {offset:#x}, where only {left} bytes are left")))
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.need(N as u64)?;
        if let Ok(Some(next)) = self.bytes.fill_buf().map(|buffer| buffer.first_chunk().copied()) {
            self.bytes.consume(N);
            self.offset += N as u64;
            return Ok(next);
        }
        // They are not all in the buffer yet.
        let mut out = [0; N];
        let mut done = 0;
        while let Some(rest) = out.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.bytes.read(rest) {
                Ok(0) => return Err(self.cut()),
                Ok(n) => {
                    done += n;
                    self.offset += n as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(self.unreadable(e)),
            }
        }
        Ok(out)
    }

    pub fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub fn guid(&mut self) -> Result<Guid> {
        self.array().map(Guid)
    }

    /// The next `n` bytes, gathered.
    pub fn bytes(&mut self, n: u64) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(usize::try_from(n.min(RESERVE)).unwrap_or(0));
        self.pieces(n, |piece| {
            out.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(out)
    }

    /// Passes over the next `n` bytes.
    pub fn skip(&mut self, n: u64) -> Result<()> {
        self.pieces(n, |_| Ok(()))
    }

    /// Hands the next `n` bytes to `take`, in pieces of whatever size.
    pub fn pieces(&mut self, n: u64, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.need(n)?;
        let mut left = n;
        while left > 0 {
            if self.at_eof()? {
                return Err(self.cut());
            }
            let buffer = self.bytes.fill_buf()?;
            let len = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            take(&buffer[..len])?;
            self.bytes.consume(len);
            self.offset += len as u64;
            left -= len as u64;
        }
        Ok(())
    }

    /// The bytes before the next NUL, which is taken too. More than `max` bytes are an error.
    pub fn until_nul(&mut self, max: u64) -> Result<Vec<u8>> {
        let room = self.remaining().min(max.saturating_add(1));
        if let Ok(buffer) = self.bytes.fill_buf()
            && let Some(end) = memchr(0, buffer).filter(|end| (*end as u64) < room)
        {
            let text = buffer[..end].to_vec();
            self.bytes.consume(end + 1);
            self.offset += end as u64 + 1;
            return Ok(text);
        }
        // It is not all in the buffer yet, or it has no end.
        let mut out = Vec::new();
        let taken = self.bytes.by_ref().take(room).read_until(0, &mut out).map_err(|e| self.unreadable(e))? as u64;
        self.offset += taken;
        if out.pop_if(|byte| *byte == 0).is_some() {
            Ok(out)
        } else if taken < room {
            Err(self.cut())
        } else if taken > max {
            Err(self.limit(format!("a string of more than {max} bytes; that is the limit")))
        } else {
            let offset = self.offset;
            Err(self.error(format!("a string has no NUL before offset {offset:#x}, where its place ends")))
        }
    }

    /// Passes over a string.
    pub fn skip_string(&mut self) -> Result<()> {
        while self.u8()? != 0 {}
        Ok(())
    }

    fn need(&self, n: u64) -> Result<()> {
        if n <= self.remaining() {
            return Ok(());
        }
        let (offset, left) = (self.offset, self.remaining());
        Err(self.error(format!("{n} bytes are announced at offset {offset:#x}, where only {left} are left")))
    }

    /// The input ended inside the unit.
    fn cut(&self) -> Error {
        let (name, missing) = (self.unit.name, self.unit.end.saturating_sub(self.offset));
        let message = format!(
            "the stream is cut: it ends at offset {:#x}, {missing} bytes before the end of this {name}; \
             the program that wrote it was stopped or gave up",
            self.offset
        );
        Error::new(ErrorKind::CutStream, message).at(name, self.unit.start)
    }

    fn unreadable(&self, e: io::Error) -> Error {
        Error::new(ErrorKind::Io, format!("the stream can't be read: {e}")).at(self.unit.name, self.offset).caused_by(e)
    }
}
