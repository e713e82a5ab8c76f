//! The bytes of a file: mapped into memory where the system can, read into a temporary file first where it can't.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, Write};
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
        let open = || if path == Path::new("-") { standard_input() } else { open_file(path) };
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
    if is_device(&meta) {
        return Err(Error::new(ErrorKind::NotPff, "this is a device, which has no end; name a file"));
    }
    if meta.is_file() { map(&file) } else { spool(file) }
}

#[cfg(unix)]
fn is_device(meta: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_char_device(&meta.file_type())
}

#[cfg(not(unix))]
fn is_device(_meta: &Metadata) -> bool {
    false
}

/// Standard input: the file itself where it comes from one.
fn standard_input() -> Result<Source> {
    match stdin_file() {
        Some(file) => map(&file),
        None => spool(io::stdin().lock()),
    }
}

/// The file that standard input is, if it is read from its beginning.
#[cfg(unix)]
fn stdin_file() -> Option<File> {
    use std::os::fd::AsFd;
    let mut file = File::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
    (file.metadata().ok()?.is_file() && file.stream_position().ok()? == 0).then_some(file)
}

#[cfg(not(unix))]
fn stdin_file() -> Option<File> {
    None
}

/// Pipes can't be mapped: their bytes go to an unnamed temporary file.
fn spool(mut input: impl Read) -> Result<Source> {
    let mut file = tempfile::tempfile().map_err(|e| no_room(&e))?;
    let mut bytes = vec![0; 256 << 10];
    loop {
        match input.read(&mut bytes) {
            Ok(0) => return map(&file),
            Ok(n) => file.write_all(&bytes[..n]).map_err(|e| no_room(&e))?,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(unreadable(&e)),
        }
    }
}

/// Why a temporary file can't be had. It is neither the input's fault nor that of the output: no cause says so.
fn no_room(e: &io::Error) -> Error {
    let dir = std::env::temp_dir();
    let message = format!(
        "the input is no file and has to be copied to the temporary directory {}, which failed: {e}; set TMPDIR to another one",
        dir.display()
    );
    Error::new(ErrorKind::Io, message)
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

/// Whether another program holds the file: a share of Windows says so in its own way.
fn is_locked(e: &io::Error) -> bool {
    match e.kind() {
        io::ErrorKind::ResourceBusy | io::ErrorKind::ExecutableFileBusy | io::ErrorKind::WouldBlock => true,
        _ => cfg!(windows) && e.raw_os_error().is_some_and(|code| LOCKED.contains(&code)),
    }
}

fn unreadable(e: &io::Error) -> Error {
    let why = match e.kind() {
        io::ErrorKind::NotFound => "there is no such file; check the name".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "permission to read the file is denied; run as its owner or copy it (on a share of Windows: close Outlook, \
             which may hold it)"
                .to_owned()
        }
        _ if is_locked(e) => {
            "the file is still open in Outlook; close Outlook (or detach the data file) and try again".to_owned()
        }
        _ => format!("the file can't be read: {e}"),
    };
    Error::new(ErrorKind::Io, why)
}
