//! A pipe between two threads of this process: bytes go through without the system.

use std::io::{self, Cursor, Read, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// Bytes that are handed over at a time.
const PIECE: usize = 256 << 10;
/// Pieces that may wait: 2 MiB.
const WAITING: usize = 8;

/// The end that is written to. When it is dropped, the reader comes to the end.
#[derive(Debug)]
pub(super) struct Inlet {
    pieces: SyncSender<Vec<u8>>,
    /// Pieces that have been read, to be used again.
    used: Receiver<Vec<u8>>,
}

/// The end that is read from. When it is dropped, writing fails.
#[derive(Debug)]
pub(super) struct Outlet {
    pieces: Receiver<Vec<u8>>,
    used: Sender<Vec<u8>>,
    piece: Cursor<Vec<u8>>,
}

/// A pipe. Each write is handed over at once, so the writer should gather what is small.
pub(super) fn conduit() -> (Inlet, Outlet) {
    let (sender, pieces) = sync_channel(WAITING);
    let (give_back, used) = channel();
    (Inlet { pieces: sender, used }, Outlet { pieces, used: give_back, piece: Cursor::default() })
}

impl Write for Inlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = &bytes[..bytes.len().min(PIECE)];
        if taken.is_empty() {
            return Ok(0);
        }
        let mut piece = self.used.try_recv().unwrap_or_else(|_| Vec::with_capacity(PIECE));
        piece.clear();
        piece.extend_from_slice(taken);
        self.pieces.send(piece).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Outlet {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.piece.read(out)?;
            if n > 0 || out.is_empty() {
                return Ok(n);
            }
            let Ok(piece) = self.pieces.recv() else { return Ok(0) };
            let used = std::mem::replace(&mut self.piece, Cursor::new(piece));
            // A writer that has ended needs it no more.
            let _ = self.used.send(used.into_inner());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_arrives_and_then_the_end() {
        let bytes: Vec<u8> = (0..5_000_000u32).map(|i| (i >> 8) as u8).collect();
        let (mut inlet, mut outlet) = conduit();
        let sent = bytes.clone();
        let writer = std::thread::spawn(move || sent.chunks(300_001).try_for_each(|chunk| inlet.write_all(chunk)));
        let mut out = Vec::new();
        outlet.read_to_end(&mut out).unwrap();
        writer.join().unwrap().unwrap();
        assert_eq!(out, bytes);
    }

    #[test]
    fn a_writer_learns_that_nobody_reads() {
        let (mut inlet, outlet) = conduit();
        drop(outlet);
        assert_eq!(inlet.write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
