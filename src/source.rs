//! The bytes of a file: mapped into memory where the system can, read into a temporary file first where it can't.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

#[cfg(unix)]
use memmap2::UncheckedAdvice;
use memmap2::{Advice, Mmap};

use crate::{Error, ErrorKind, Result};

/// An opened input. Its bytes are never held on the heap.
#[derive(Debug)]
pub struct Source {
    map: Option<Mmap>,
}

impl Source {
    /// Opens `path`; `-` is standard input.
    ///
    /// # Errors
    /// A sentence that names the file: it is missing, a directory, locked by another program, empty, or can't be read.
    pub fn open(path: &Path) -> Result<Self> {
        let open = || if path == Path::new("-") { spool(io::stdin().lock()) } else { open_file(path) };
        open().map_err(|e| e.in_file(path))
    }

    /// The bytes of `input`, which is not a file: they wait in an unnamed temporary file.
    ///
    /// # Errors
    /// `input` can't be read, or there is no room for it.
    pub fn from_reader(input: impl Read) -> Result<Self> {
        spool(input)
    }

    /// Closes the file. To unmap it takes the kernel 25 ms a gigabyte, which `threads` threads share.
    pub fn close(self, threads: usize) {
        #[cfg(unix)]
        if let Some(map) = self.map.as_ref().filter(|_| threads > 1) {
            unmap(map, threads);
        }
        drop(self);
    }

    /// All bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }
}

fn open_file(path: &Path) -> Result<Source> {
    let file = File::open(path).map_err(|e| unreadable(&e))?;
    let meta = file.metadata().map_err(|e| unreadable(&e))?;
    if meta.is_dir() {
        return Err(Error::new(ErrorKind::NotPff, "this is a directory; name one file in it"));
    }
    if meta.is_file() { map(&file) } else { spool(file) }
}

/// Pipes can't be mapped: their bytes go to an unnamed temporary file.
fn spool(mut input: impl Read) -> Result<Source> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut input, &mut file)?;
    map(&file)
}

fn map(file: &File) -> Result<Source> {
    if file.metadata()?.len() == 0 {
        // An empty file can't be mapped; that it is empty is for the parser to say.
        return Ok(Source { map: None });
    }
    // SAFETY: the map is read-only and private to this process; every read of it is bounds-checked against its
    // length. Another process that shortens the file meanwhile ends this one with SIGBUS: SHORTCOMINGS.md says so.
    #[allow(unsafe_code)]
    let map = unsafe { Mmap::map(file) }.map_err(|e| unreadable(&e))?;
    // Only a hint: blocks of one item are near each other, but folders are walked out of file order.
    let _ = map.advise(Advice::Normal);
    Ok(Source { map: Some(map) })
}

/// Lets the kernel forget, with `threads` threads, which pages `map` has used.
#[cfg(unix)]
fn unmap(map: &Mmap, threads: usize) {
    let part = map.len().div_ceil(threads).next_multiple_of(TABLE);
    std::thread::scope(|scope| {
        for start in (0..map.len()).step_by(part) {
            let len = part.min(map.len() - start);
            // SAFETY: who reads these pages after this gets them from the file again, as the first time.
            #[allow(unsafe_code)]
            let forget = move || unsafe { map.unchecked_advise_range(UncheckedAdvice::DontNeed, start, len) };
            // Where no thread can be started or the system refuses, the pages go with the map.
            let _ = std::thread::Builder::new().spawn_scoped(scope, forget);
        }
    });
}

/// What a page of the system's page tables stands for: two threads at one would wait for each other.
#[cfg(unix)]
const TABLE: usize = 2 << 20;

/// Windows' ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION.
const LOCKED: [i32; 2] = [32, 33];

fn unreadable(e: &io::Error) -> Error {
    let why = match e.kind() {
        io::ErrorKind::NotFound => "there is no such file; check the name".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "permission to read the file is denied; run as its owner or copy it".to_owned()
        }
        _ if cfg!(windows) && e.raw_os_error().is_some_and(|code| LOCKED.contains(&code)) => {
            "the file is still open in Outlook; close Outlook (or detach the data file) and try again".to_owned()
        }
        _ => format!("the file can't be read: {e}"),
    };
    Error::new(ErrorKind::Io, why)
}
