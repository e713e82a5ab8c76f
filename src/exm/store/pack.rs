//! Compression and writing of content files, on threads of their own: the database's work goes on meanwhile.
//!
//! A content is handed over in pieces, all of them to one thread, which takes them in order; small contents go together, since to wake a
//! thread costs more than to compress one of them. What waits is bounded, so whoever hands over
//! waits in the end. Each content has a file and a frame of its own: the files are the same whatever the number of threads.
//!
//! The calls of the file system are the threads' work, too: a thread looks whether a content is there already, and gives the files that
//! it has written their names.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use zstd::zstd_safe::zstd_sys::ZSTD_EndDirective::{self, ZSTD_e_continue, ZSTD_e_end};
use zstd::zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer, ResetDirective, get_error_name};

use super::disk::{self, Owner};

const LEVEL: i32 = 6;

/// What the files in `tmp/` begin with.
const PREFIX: &str = "pffkit-";

/// The most bytes of a piece, and so many are handed over at a time.
const PIECE: usize = 64 << 10;
/// How many times that may wait in all, shared by the threads: so much that the others have something to do while a large content, all of
/// which is one thread's, is handed over.
const WAITING: usize = 128;
/// The most pieces that are handed over at a time.
const PIECES: usize = 256;
/// The most threads.
const THREADS: usize = 4;

/// A part of a content.
struct Piece {
    /// With the first part: what is begun.
    start: Option<Start>,
    bytes: Vec<u8>,
}

/// A content that is begun.
struct Start {
    /// The number of its file in `tmp/`.
    number: u64,
    /// Its bytes in all.
    len: u64,
    /// Its id, where that is known beforehand.
    id: Option<String>,
}

enum Work {
    Pieces(Vec<Piece>),
    /// The content that was begun does not go on.
    Abandon,
    /// The content that was begun without an id has this one.
    Id(String),
    /// Do this as well, and tell how it and all before it went.
    Report(Task, SyncSender<io::Result<()>>),
}

/// What all threads are asked for at the same time.
#[derive(Clone, Copy)]
enum Task {
    /// To have written what they were given.
    Write,
    /// To give the files their names.
    Name,
    /// To remove the files that have no names yet.
    Remove,
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
    /// The number of the last file.
    number: u64,
}

impl Packers {
    /// As many threads as there are processors, in reason, for the content files of `places`.
    ///
    /// # Errors
    /// A thread or its compressor can't be set up.
    pub fn new(places: &Arc<Places>) -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, usize::from).min(THREADS);
        let threads =
            (0..count).map(|_| Packer::spawn(Arc::clone(places), WAITING / count)).collect::<io::Result<_>>()?;
        Ok(Self { threads, next: 0, pieces: Vec::new(), bytes: 0, number: 0 })
    }

    /// Has the content `bytes` packed, unless there is a file for `id` already. That it can't be written is said by
    /// [`Packers::finish`].
    ///
    /// # Errors
    /// The threads have ended.
    pub fn pack(&mut self, id: String, bytes: Vec<u8>) -> io::Result<()> {
        let start = self.start(bytes.len() as u64, Some(id));
        if bytes.len() <= PIECE {
            self.add(Piece { start: Some(start), bytes })?;
        } else {
            Feeder::new(self, start).take(|out| out.write_all(&bytes))?;
        }
        self.turn();
        Ok(())
    }

    /// Has a content of `len` bytes packed, which `copy` writes before it says by what id the file goes; gives back this id.
    ///
    /// # Errors
    /// Those of `copy`; the file is not written then.
    pub fn pack_stream(
        &mut self,
        len: u64,
        copy: impl FnOnce(&mut dyn Write) -> io::Result<String>,
    ) -> io::Result<String> {
        let start = self.start(len, None);
        let copied = Feeder::new(self, start).take(copy);
        self.hand_over()?;
        self.send(match &copied {
            Ok(id) => Work::Id(id.clone()),
            Err(_) => Work::Abandon,
        })?;
        self.turn();
        copied
    }

    fn start(&mut self, len: u64, id: Option<String>) -> Start {
        self.number += 1;
        Start { number: self.number, len, id }
    }

    /// Goes on to the next thread, if this one has got all of what it got.
    fn turn(&mut self) {
        if self.pieces.is_empty() {
            self.next = (self.next + 1) % self.threads.len();
        }
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

    /// Waits until all files are written, under names in `tmp/`.
    ///
    /// # Errors
    /// One of them could not be written since the last call.
    pub fn finish(&mut self) -> io::Result<()> {
        self.ask(Task::Write)
    }

    /// Gives all files that are written the names by which they are looked for.
    ///
    /// # Errors
    /// One of them could not be renamed.
    pub fn name(&mut self) -> io::Result<()> {
        self.ask(Task::Name)
    }

    /// Removes all files that have not got their names.
    pub fn remove(&mut self) {
        // What can't be written is thrown away as well.
        let _ = self.ask(Task::Remove);
    }

    fn ask(&mut self, task: Task) -> io::Result<()> {
        self.hand_over()?;
        let mut reports = Vec::with_capacity(self.threads.len());
        for (thread, _) in &self.threads {
            let (report, answer) = sync_channel(1);
            thread.send(Work::Report(task, report)).map_err(|_| ended())?;
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
    start: Option<Start>,
    bytes: Vec<u8>,
    left: u64,
}

impl<'p> Feeder<'p> {
    fn new(packers: &'p mut Packers, start: Start) -> Self {
        Self { packers, left: start.len, start: Some(start), bytes: Vec::new() }
    }

    /// Takes what `copy` writes: as much as is announced.
    fn take<T>(mut self, copy: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
        let copied = copy(&mut self)?;
        if self.left > 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a value has fewer bytes than it announces"));
        }
        self.hand_over()?;
        Ok(copied)
    }

    fn hand_over(&mut self) -> io::Result<()> {
        let piece = Piece { start: self.start.take(), bytes: std::mem::take(&mut self.bytes) };
        self.packers.add(piece)
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

/// Where the content files of a mailbox are.
pub struct Places {
    tmp: PathBuf,
    cid: PathBuf,
    owner: Owner,
    /// What files in `tmp/` begin with.
    prefix: String,
}

impl Places {
    /// Those of the mailbox in `dir`, whose files are the `owner`'s.
    pub fn new(dir: &Path, owner: Owner) -> Self {
        let prefix = format!("{PREFIX}{}-", std::process::id());
        Self { tmp: dir.join("tmp"), cid: dir.join("cid"), owner, prefix }
    }

    /// Removes what a process that was killed has left. To be called while no other process can be writing.
    ///
    /// # Errors
    /// The directory can't be read.
    pub fn clear(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.tmp)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(PREFIX) {
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    /// The directory of the files with names.
    pub fn cid(&self) -> &Path {
        &self.cid
    }

    fn unnamed(&self, number: u64) -> PathBuf {
        self.tmp.join(format!("{}{number}", self.prefix))
    }

    /// Whether there is a file for `id`, and something in it.
    fn has(&self, id: &str) -> bool {
        fs::metadata(self.cid.join(id)).is_ok_and(|file| file.len() > 0)
    }

    /// Gives file `number` the name of `id`; makes its directory where it is not there.
    fn name(&self, number: u64, id: &str) -> io::Result<()> {
        let (from, to) = (self.unnamed(number), self.cid.join(id));
        match (fs::rename(&from, &to), to.parent()) {
            (Err(e), Some(parent)) if e.kind() == io::ErrorKind::NotFound => {
                self.owner.create_dir(parent)?;
                fs::rename(from, to)
            }
            (renamed, _) => renamed,
        }
    }

    /// The directories of the file of `id`.
    fn directories(&self, id: &str) -> Vec<PathBuf> {
        self.cid.join(id).ancestors().skip(1).take(2).map(Path::to_owned).collect()
    }

    fn remove(&self, number: u64) {
        let _ = fs::remove_file(self.unnamed(number));
    }
}

/// What one thread works with.
struct Packer {
    places: Arc<Places>,
    context: CCtx<'static>,
    packed: Vec<u8>,
    open: Option<Open>,
    /// Number and id of each file that is written and has not got its name.
    written: Vec<(u64, String)>,
    /// The first error since the last report.
    failed: Option<io::Error>,
}

/// The file that is being written.
struct Open {
    file: File,
    number: u64,
    left: u64,
    id: Option<String>,
}

impl Packer {
    fn spawn(places: Arc<Places>, waiting: usize) -> io::Result<(SyncSender<Work>, JoinHandle<()>)> {
        let mut context = CCtx::create();
        for parameter in
            [CParameter::CompressionLevel(LEVEL), CParameter::ChecksumFlag(true), CParameter::ContentSizeFlag(true)]
        {
            context.set_parameter(parameter).map_err(zstd_failed)?;
        }
        let packed = Vec::with_capacity(CCtx::out_size());
        let mut packer = Self { places, context, packed, open: None, written: Vec::new(), failed: None };
        let (send, work) = sync_channel(waiting);
        let thread = thread::Builder::new().name("content".to_owned()).spawn(move || packer.run(&work))?;
        Ok((send, thread))
    }

    fn run(&mut self, work: &Receiver<Work>) {
        for work in work {
            match work {
                Work::Pieces(pieces) => pieces.into_iter().for_each(|piece| {
                    let written = self.piece(piece);
                    self.note(written);
                }),
                Work::Abandon => self.abandon(),
                Work::Id(id) => {
                    let written = self.identify(id);
                    self.note(written);
                }
                Work::Report(task, report) => {
                    self.perform(task);
                    let _ = report.send(self.failed.take().map_or(Ok(()), Err));
                }
            }
        }
        self.abandon();
    }

    /// Remembers the first error; what is open has failed by it.
    fn note(&mut self, done: io::Result<()>) {
        if let Err(e) = done {
            self.failed.get_or_insert(e);
            self.abandon();
        }
    }

    fn piece(&mut self, Piece { start, bytes }: Piece) -> io::Result<()> {
        if let Some(start) = start {
            self.open = self.begin(start)?;
        }
        // Nothing is open when the file is there already or could not be written further.
        let Some(open) = &mut self.open else { return Ok(()) };
        open.left -= bytes.len() as u64;
        let directive = if open.left == 0 { ZSTD_e_end } else { ZSTD_e_continue };
        compress(&mut self.context, &mut self.packed, &mut open.file, &bytes, directive)?;
        match open.id.take_if(|_| open.left == 0) {
            Some(id) => self.close(id),
            None => Ok(()),
        }
    }

    /// Ends the file that is open, which holds all of the content `id`.
    fn close(&mut self, id: String) -> io::Result<()> {
        let Some(open) = &self.open else { return Ok(()) };
        disk::sync_file(&open.file)?;
        self.written.push((open.number, id));
        self.open = None;
        Ok(())
    }

    /// The file of a new content; `None` if it is there already.
    fn begin(&mut self, Start { number, len, id }: Start) -> io::Result<Option<Open>> {
        if id.as_ref().is_some_and(|id| self.places.has(id)) {
            return Ok(None);
        }
        // What a former content left in the context must not get into the next frame.
        self.context.reset(ResetDirective::SessionOnly).map_err(zstd_failed)?;
        self.context.set_pledged_src_size(Some(len)).map_err(zstd_failed)?;
        let file = self.places.owner.create_file(&self.places.unnamed(number))?;
        Ok(Some(Open { file, number, left: len, id }))
    }

    /// The content that is open turns out to be `id`.
    fn identify(&mut self, id: String) -> io::Result<()> {
        if self.places.has(&id) {
            self.abandon();
        }
        self.close(id)
    }

    fn perform(&mut self, task: Task) {
        match task {
            Task::Write => {}
            Task::Name => self.name_all(),
            Task::Remove => self.written.drain(..).for_each(|(number, _)| self.places.remove(number)),
        }
    }

    fn name_all(&mut self) {
        let written = std::mem::take(&mut self.written);
        for (number, id) in &written {
            if let Err(e) = self.places.name(*number, id) {
                self.places.remove(*number);
                self.failed.get_or_insert(e);
            }
        }
        let synced = disk::sync_directories(written.iter().flat_map(|(_, id)| self.places.directories(id)));
        if let Err(e) = synced {
            self.failed.get_or_insert(e);
        }
    }

    fn abandon(&mut self) {
        if let Some(open) = self.open.take() {
            self.places.remove(open.number);
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
