//! Large values wait in a temporary file instead of in memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use crate::mapi::Content;
use crate::scratch;

/// Bytes that are fetched at a time.
const PIECE: usize = 128 << 10;

/// An anonymous temporary file (in `$TMPDIR`) that values are appended to. It goes away with the last of them.
pub(crate) struct Spool {
    file: Arc<Mutex<File>>,
    end: u64,
}

impl Spool {
    pub fn new() -> io::Result<Self> {
        Ok(Self { file: Arc::new(Mutex::new(scratch::file()?)), end: 0 })
    }

    /// Where the file ends.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Appends `bytes`.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.end))?;
        file.write_all(bytes)?;
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// What was appended since the file ended at `start`.
    pub fn since(&self, start: u64) -> impl Content + 'static {
        Spooled { file: Arc::clone(&self.file), start, len: self.end.saturating_sub(start) }
    }
}

/// A value in a spool file.
struct Spooled {
    file: Arc<Mutex<File>>,
    start: u64,
    len: u64,
}

impl Content for Spooled {
    fn len(&self) -> u64 {
        self.len
    }

    fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut piece = vec![0; PIECE];
        let mut done = 0;
        while done < self.len {
            let want = usize::try_from(self.len - done).map_or(PIECE, |left| left.min(PIECE));
            {
                // Not held while writing, as `out` may take from another value of the same file.
                let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(self.start + done))?;
                file.read_exact(&mut piece[..want])?;
            }
            out.write_all(&piece[..want])?;
            done += want as u64;
        }
        Ok(())
    }
}
