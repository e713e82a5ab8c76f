//! The writing end of a stream.

use std::io::{self, Write};

use super::frame::{self, Encoded};
use super::object::Header;
use crate::mapi::Stream;
use crate::{Error, ErrorKind, Result};

/// Bytes that are gathered before they are written.
const BUFFER: usize = 256 << 10;

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
        self.usable()?;
        self.broken = Some("an earlier frame could not be written");
        self.frame = self.offset();
        for (bytes, stream) in frame.pieces() {
            self.put(bytes).map_err(Error::of_output)?;
            if let Some(stream) = stream {
                self.put_stream(stream)?;
            }
        }
        self.broken = None;
        Ok(())
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

    /// Writes the buffer but its last byte; but its last two, where the last one is the first of a frame.
    fn drain(&mut self) -> io::Result<()> {
        let mut n = self.buffer.len().saturating_sub(1);
        if self.written + n as u64 == self.frame {
            n = n.saturating_sub(1);
        }
        if let Err(e) = self.out.write_all(&self.buffer[..n]) {
            self.broken = Some("writing has failed before");
            return Err(e);
        }
        self.written += n as u64;
        self.buffer.drain(..n);
        Ok(())
    }

    fn put_stream(&mut self, stream: &Stream<'_>) -> Result<()> {
        let len = stream.len();
        let mut pipe = Pipe { writer: self, left: len, failed: None };
        let result = stream.copy_to(&mut pipe);
        let (left, failed) = (pipe.left, pipe.failed);
        match (failed, result) {
            (Some(Failed::Out(e)), _) => Err(Error::of_output(e)),
            (Some(Failed::TooLong), _) => Err(wrong_length(len, "more")),
            (None, Err(e)) => Err(Error::new(ErrorKind::Io, format!("a content can't be fetched: {e}")).caused_by(e)),
            (None, Ok(())) if left > 0 => Err(wrong_length(len, &format!("{left} less"))),
            (None, Ok(())) => Ok(()),
        }
    }
}

/// What a content is copied to: the writer, as far as the content's length goes.
struct Pipe<'w, W: Write> {
    writer: &'w mut Writer<W>,
    left: u64,
    failed: Option<Failed>,
}

enum Failed {
    Out(io::Error),
    TooLong,
}

impl<W: Write> Write for Pipe<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed.is_some() {
            return Err(no_more());
        }
        let failed = match self.left.checked_sub(bytes.len() as u64) {
            None => Failed::TooLong,
            Some(left) => match self.writer.put(bytes) {
                Ok(()) => {
                    self.left = left;
                    return Ok(bytes.len());
                }
                Err(e) => Failed::Out(e),
            },
        };
        self.failed = Some(failed);
        Err(no_more())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn no_more() -> io::Error {
    io::Error::other("the stream takes no more of this content")
}

fn wrong_length(len: u64, found: &str) -> Error {
    Error::new(ErrorKind::Stream, format!("a content promised {len} bytes and gave {found}; the stream is cut there"))
}
