//! An input that can be left while it is silent.

use std::io::{self, Cursor, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

/// Bytes that are fetched at a time: a pipe holds no more.
const PIECE: usize = 64 << 10;
/// Pieces that are fetched ahead, so that whoever fills a pipe goes on while the disk is waited for.
const AHEAD: usize = 64;
/// How often is looked whether to stop, and whether there is something to do meanwhile.
const LOOK: Duration = Duration::from_millis(50);

/// Reads an input on a thread of its own, so that a read that blocks does not keep the program from stopping. The input ends when it
/// is told to stop.
pub struct Feed {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: Cursor<Vec<u8>>,
    stop: Box<dyn Fn() -> bool>,
    meanwhile: Box<dyn FnMut()>,
}

impl Feed {
    /// The bytes of `input`, until `stop` says so.
    pub fn new(mut input: impl Read + Send + 'static, stop: impl Fn() -> bool + 'static) -> Self {
        let (send, pieces) = sync_channel(AHEAD);
        std::thread::spawn(move || {
            loop {
                let mut piece = vec![0; PIECE];
                let result = match input.read(&mut piece) {
                    Ok(0) => return,
                    Ok(n) => {
                        piece.truncate(n);
                        Ok(piece)
                    }
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                    Err(e) => Err(e),
                };
                let failed = result.is_err();
                if send.send(result).is_err() || failed {
                    return;
                }
            }
        });
        Self { pieces, piece: Cursor::default(), stop: Box::new(stop), meanwhile: Box::new(|| {}) }
    }

    /// The same input; `meanwhile` is done before each piece is taken, and again and again while the input is silent, be it in the middle of
    /// something.
    pub fn with(mut self, meanwhile: impl FnMut() + 'static) -> Self {
        self.meanwhile = Box::new(meanwhile);
        self
    }
}

impl Read for Feed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.piece.read(out)?;
            if n > 0 || out.is_empty() {
                return Ok(n);
            }
            if (self.stop)() {
                return Ok(0);
            }
            (self.meanwhile)();
            match self.pieces.recv_timeout(LOOK) {
                Ok(piece) => self.piece = Cursor::new(piece?),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_arrives() {
        let bytes: Vec<u8> = (0..1_000_000u32).map(|i| i as u8).collect();
        let mut out = Vec::new();
        Feed::new(io::Cursor::new(bytes.clone()), || false).read_to_end(&mut out).unwrap();
        assert_eq!(out, bytes);
    }

    #[test]
    fn a_silent_input_can_be_left() {
        let (input, _kept_open) = io::pipe().unwrap();
        let mut feed = Feed::new(input, || true);
        assert_eq!(feed.read(&mut [0]).unwrap(), 0);
    }
}
