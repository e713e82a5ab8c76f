//! Compression and writing of content files, on threads of their own: the database's work goes on meanwhile.
//!
//! A content is handed over in pieces, all of them to one thread, which takes them in order; small contents go together, since to wake a
//! thread costs more than to compress one of them. What waits is bounded, so whoever hands over waits in the end. Each content has a file and a frame of its own: the files are the same whatever the number of threads.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use zstd::zstd_safe::zstd_sys::ZSTD_EndDirective::{self, ZSTD_e_continue, ZSTD_e_end};
use zstd::zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer, ResetDirective, get_error_name};

use super::disk::Owner;

const LEVEL: i32 = 6;

/// The most bytes of a piece, and so many are handed over at a time.
const PIECE: usize = 64 << 10;
/// How many times that may wait for one thread.
const WAITING: usize = 16;
/// The most pieces that are handed over at a time.
const PIECES: usize = 256;
/// The most threads.
const THREADS: usize = 4;

/// A part of a content.
struct Piece {
    /// With the first part: the file, which is not there yet, and the bytes of the whole content.
    file: Option<(PathBuf, u64)>,
    bytes: Vec<u8>,
}

enum Work {
    Pieces(Vec<Piece>),
    /// The content that was begun does not go on.
    Abandon,
    /// Tell whether all so far has been written.
    Report(SyncSender<io::Result<()>>),
}

/// The threads.
pub struct Packers {
    threads: Vec<(SyncSender<Work>, JoinHandle<()>)>,
    /// Which of them gets what is put together now.
    next: usize,
    /// What is not handed over yet.
    pieces: Vec<Piece>,
    /// The bytes of these.
    bytes: usize,
}

impl Packers {
    /// As many threads as there are processors, in reason.
    ///
    /// # Errors
    /// A thread or its compressor can't be set up.
    pub fn new(owner: Owner) -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, usize::from).min(THREADS);
        let threads = (0..count).map(|_| Packer::spawn(owner)).collect::<io::Result<_>>()?;
        Ok(Self { threads, next: 0, pieces: Vec::new(), bytes: 0 })
    }

    /// Has a content of `len` bytes, which `copy` writes, packed into the new file `path`. The file is there when [`Packers::finish`]
    /// says so.
    ///
    /// # Errors
    /// Those of `copy`; the file is not written then.
    pub fn pack(
        &mut self,
        path: PathBuf,
        len: u64,
        copy: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut feeder = Feeder { packers: self, file: Some((path, len)), bytes: Vec::new(), left: len };
        let copied = copy(&mut feeder).and_then(|()| feeder.finish());
        if copied.is_err() {
            self.hand_over()?;
            self.send(Work::Abandon)?;
        }
        if self.pieces.is_empty() {
            self.next = (self.next + 1) % self.threads.len();
        }
        copied
    }

    fn send(&self, work: Work) -> io::Result<()> {
        self.threads[self.next].0.send(work).map_err(|_| ended())
    }

    fn add(&mut self, piece: Piece) -> io::Result<()> {
        self.bytes += piece.bytes.len();
        self.pieces.push(piece);
        if self.bytes < PIECE && self.pieces.len() < PIECES { Ok(()) } else { self.hand_over() }
    }

    fn hand_over(&mut self) -> io::Result<()> {
        self.bytes = 0;
        let pieces = std::mem::take(&mut self.pieces);
        if pieces.is_empty() { Ok(()) } else { self.send(Work::Pieces(pieces)) }
    }

    /// Waits until all files are written.
    ///
    /// # Errors
    /// One of them could not be written since the last call.
    pub fn finish(&mut self) -> io::Result<()> {
        self.hand_over()?;
        let mut reports = Vec::with_capacity(self.threads.len());
        for (thread, _) in &self.threads {
            let (report, answer) = sync_channel(1);
            thread.send(Work::Report(report)).map_err(|_| ended())?;
            reports.push(answer);
        }
        // All of them are waited for, whatever the first one says.
        let results: Vec<_> = reports.iter().map(|answer| answer.recv().unwrap_or_else(|_| Err(ended()))).collect();
        results.into_iter().collect()
    }
}

impl Drop for Packers {
    fn drop(&mut self) {
        for (work, thread) in self.threads.drain(..) {
            drop(work);
            let _ = thread.join();
        }
    }
}

fn ended() -> io::Error {
    io::Error::other("the thread that compresses has ended")
}

/// Hands a content over.
struct Feeder<'p> {
    packers: &'p mut Packers,
    file: Option<(PathBuf, u64)>,
    bytes: Vec<u8>,
    left: u64,
}

impl Feeder<'_> {
    fn hand_over(&mut self) -> io::Result<()> {
        let piece = Piece { file: self.file.take(), bytes: std::mem::take(&mut self.bytes) };
        self.packers.add(piece)
    }

    fn finish(mut self) -> io::Result<()> {
        if self.left > 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a value has fewer bytes than it announces"));
        }
        self.hand_over()
    }
}

impl Write for Feeder<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() == PIECE {
            self.hand_over()?;
        }
        if self.bytes.is_empty() {
            self.bytes.reserve_exact(self.left.min(PIECE as u64) as usize);
        }
        let taken = &bytes[..bytes.len().min(PIECE - self.bytes.len())];
        self.left = self
            .left
            .checked_sub(taken.len() as u64)
            .ok_or_else(|| io::Error::other("a value has more bytes than it announces"))?;
        self.bytes.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What one thread works with.
struct Packer {
    owner: Owner,
    context: CCtx<'static>,
    packed: Vec<u8>,
    open: Option<Open>,
    /// The first error since the last report.
    failed: Option<io::Error>,
}

/// The file that is being written.
struct Open {
    file: File,
    path: PathBuf,
    left: u64,
}

impl Packer {
    fn spawn(owner: Owner) -> io::Result<(SyncSender<Work>, JoinHandle<()>)> {
        let mut context = CCtx::create();
        for parameter in
            [CParameter::CompressionLevel(LEVEL), CParameter::ChecksumFlag(true), CParameter::ContentSizeFlag(true)]
        {
            context.set_parameter(parameter).map_err(zstd_failed)?;
        }
        let packed = Vec::with_capacity(CCtx::out_size());
        let mut packer = Self { owner, context, packed, open: None, failed: None };
        let (send, work) = sync_channel(WAITING);
        let thread = thread::Builder::new().name("content".to_owned()).spawn(move || packer.run(&work))?;
        Ok((send, thread))
    }

    fn run(&mut self, work: &Receiver<Work>) {
        for work in work {
            match work {
                Work::Pieces(pieces) => pieces.into_iter().for_each(|piece| {
                    if let Err(e) = self.piece(piece) {
                        self.failed.get_or_insert(e);
                        self.abandon();
                    }
                }),
                Work::Abandon => self.abandon(),
                Work::Report(report) => {
                    let _ = report.send(self.failed.take().map_or(Ok(()), Err));
                }
            }
        }
        self.abandon();
    }

    fn piece(&mut self, Piece { file, bytes }: Piece) -> io::Result<()> {
        if let Some((path, left)) = file {
            // What a former content left in the context must not get into the next frame.
            self.context.reset(ResetDirective::SessionOnly).map_err(zstd_failed)?;
            self.context.set_pledged_src_size(Some(left)).map_err(zstd_failed)?;
            self.open = Some(Open { file: self.owner.create_file(&path)?, path, left });
        }
        // Nothing is open when the file could not be written further.
        let Some(open) = &mut self.open else { return Ok(()) };
        open.left -= bytes.len() as u64;
        let directive = if open.left == 0 { ZSTD_e_end } else { ZSTD_e_continue };
        compress(&mut self.context, &mut self.packed, &mut open.file, &bytes, directive)?;
        if open.left == 0 {
            self.open = None;
        }
        Ok(())
    }

    fn abandon(&mut self) {
        if let Some(open) = self.open.take() {
            let _ = fs::remove_file(open.path);
        }
    }
}

/// Compresses `bytes` by way of `packed` into `file`.
fn compress(
    context: &mut CCtx<'_>,
    packed: &mut Vec<u8>,
    file: &mut File,
    bytes: &[u8],
    directive: ZSTD_EndDirective,
) -> io::Result<()> {
    let mut input = InBuffer::around(bytes);
    loop {
        packed.clear();
        let more =
            context.compress_stream2(&mut OutBuffer::around(packed), &mut input, directive).map_err(zstd_failed)?;
        file.write_all(packed)?;
        let taken = input.pos() == bytes.len();
        if taken && (more == 0 || directive == ZSTD_e_continue) {
            return Ok(());
        }
    }
}

fn zstd_failed(code: usize) -> io::Error {
    io::Error::other(get_error_name(code))
}
