//! The writing end of a stream.

use std::io::{self, Write};

use super::frame::{self, Encoded};
use super::object::Header;
use crate::{Error, ErrorKind, Result};

/// Bytes that are gathered before they are written.
const BUFFER: usize = 256 << 10;
/// Bytes that are written without being gathered where they come at once.
const LARGE: usize = 32 << 10;

/// What to say of a writer whose output has failed.
const FAILED: &str = "writing has failed before";

/// Writes a stream.
///
/// The format has no end mark, so that a producer that dies between two frames would go unnoticed. Therefore the last byte
/// of all that was given to the writer is held back until more follows or [`Writer::finish`] is called, and no single write
/// ends where a frame ends. A writer that is dropped without `finish` leaves a stream that every reader sees to be cut.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    /// What has not been written yet; never empty before `finish`.
    buffer: Vec<u8>,
    /// Bytes of the stream before those in `buffer`.
    written: u64,
    /// Where in the stream the last frame begins.
    frame: u64,
    /// What to say after a failure, which leaves the stream in an unknown state.
    broken: Option<&'static str>,
}

impl<W: Write> Writer<W> {
    /// Begins a stream on `out` with `header`. All of the header but its last byte is written at once.
    ///
    /// # Errors
    /// A name in the header can't be encoded, or `out` fails.
    pub fn new(out: W, header: &Header) -> Result<Self> {
        let mut writer = Self { out, buffer: Vec::with_capacity(BUFFER), written: 0, frame: 0, broken: None };
        let bytes = frame::header(header)?;
        writer.put(&bytes).map_err(Error::of_output)?;
        writer.flush()?;
        Ok(writer)
    }

    /// Adds a frame.
    ///
    /// # Errors
    /// `out` fails, or a content can't be fetched or is of another length than it promised. The stream is cut then; all
    /// further calls fail too.
    pub fn write(&mut self, frame: &Encoded<'_>) -> Result<()> {
        self.begin(0)?;
        frame.copy_to(&mut self.body())?;
        self.end();
        Ok(())
    }

    /// Begins a frame, whose bytes go into [`Writer::body`], behind `ahead` bytes of earlier frames that are still to come there. Where
    /// [`Writer::end`] does not follow, the stream is cut.
    pub(super) fn begin(&mut self, ahead: usize) -> Result<()> {
        self.usable()?;
        self.broken = Some("an earlier frame could not be written");
        self.frame = self.offset() + ahead as u64;
        Ok(())
    }

    /// Where the bytes of the frame that has been begun go.
    pub(super) fn body(&mut self) -> impl Write {
        Body(self)
    }

    /// Ends a frame: all of its bytes have been added.
    pub(super) fn end(&mut self) {
        self.broken = None;
    }

    /// Hands on all but the byte that is held back.
    ///
    /// # Errors
    /// `out` fails.
    pub fn flush(&mut self) -> Result<()> {
        self.usable()?;
        self.drain().and_then(|()| self.out.flush()).map_err(Error::of_output)
    }

    /// Ends the stream: the byte that was held back is written.
    ///
    /// # Errors
    /// `out` fails, or has failed before.
    pub fn finish(mut self) -> Result<W> {
        self.usable()?;
        self.out.write_all(&self.buffer).and_then(|()| self.out.flush()).map_err(Error::of_output)?;
        Ok(self.out)
    }

    /// Bytes of the stream so far, with what has not been written yet.
    pub fn offset(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    fn usable(&self) -> Result<()> {
        self.broken.map_or(Ok(()), |why| Err(Error::new(ErrorKind::Io, why)))
    }

    fn put(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if bytes.len() >= LARGE {
            return self.put_large(bytes);
        }
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BUFFER - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() == BUFFER {
                self.drain()?;
            }
        }
        Ok(())
    }

    /// Writes `bytes` without a copy. The first byte goes with what is before it, since that may end where a frame ends; the last is held
    /// back, and the one before it where the last is the first of a frame.
    fn put_large(&mut self, bytes: &[u8]) -> io::Result<()> {
        let held = if self.frame + 1 == self.offset() + bytes.len() as u64 { 2 } else { 1 };
        let (large, held) = bytes.split_at(bytes.len() - held);
        let (first, large) = large.split_at(1);
        self.buffer.extend_from_slice(first);
        if let Err(e) = self.out.write_all(&self.buffer).and_then(|()| self.out.write_all(large)) {
            self.broken = Some(FAILED);
            return Err(e);
        }
        self.written += (self.buffer.len() + large.len()) as u64;
        self.buffer.clear();
        self.buffer.extend_from_slice(held);
        Ok(())
    }

    /// Writes the buffer but its last byte; but its last two, where the last one is the first of a frame.
    fn drain(&mut self) -> io::Result<()> {
        let mut n = self.buffer.len().saturating_sub(1);
        if self.written + n as u64 == self.frame {
            n = n.saturating_sub(1);
        }
        if let Err(e) = self.out.write_all(&self.buffer[..n]) {
            self.broken = Some(FAILED);
            return Err(e);
        }
        self.written += n as u64;
        self.buffer.drain(..n);
        Ok(())
    }
}

/// The body of a frame that is being written.
struct Body<'w, W: Write>(&'w mut Writer<W>);

impl<W: Write> Write for Body<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.put(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
