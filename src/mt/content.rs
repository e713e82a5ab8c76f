//! Contents on their way into a stream: each is held to the length that it has promised.

use std::io::{self, Write};

use crate::mapi::Stream;
use crate::{Error, ErrorKind, Result};

/// Copies `content` to `out`.
///
/// # Errors
/// `out` fails; the content can't be fetched or is of another length than it promised.
pub(super) fn copy(content: &Stream<'_>, out: &mut dyn Write) -> Result<()> {
    let len = content.len();
    let mut pipe = Pipe { out, left: len, failed: None };
    let result = content.copy_to(&mut pipe);
    match (pipe.failed, result) {
        (Some(Failed::Out(e)), _) => Err(Error::of_output(e)),
        (Some(Failed::TooLong), _) => Err(wrong_length(len, "more")),
        (None, Err(e)) => Err(Error::new(ErrorKind::Io, format!("a content can't be fetched: {e}")).caused_by(e)),
        (None, Ok(())) if pipe.left > 0 => Err(wrong_length(len, &format!("{} less", pipe.left))),
        (None, Ok(())) => Ok(()),
    }
}

/// What a content is copied to: an output, as far as the content's length goes.
struct Pipe<'w> {
    out: &'w mut dyn Write,
    left: u64,
    failed: Option<Failed>,
}

enum Failed {
    Out(io::Error),
    TooLong,
}

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed.is_some() {
            return Err(no_more());
        }
        let failed = match self.left.checked_sub(bytes.len() as u64) {
            None => Failed::TooLong,
            Some(left) => match self.out.write_all(bytes) {
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
