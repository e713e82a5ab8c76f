//! The one public error: what went wrong, where, and what it means for the person who reads it.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

/// The result of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure an [`Error`] is. It decides the exit code of the tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused to read or write.
    Io,
    /// The input is empty, or not a PFF file at all.
    NotPff,
    /// The input is a PFF file that ends too early, or holds nothing but NUL bytes.
    Truncated,
    /// A structure of the input contradicts the format.
    Corrupt,
    /// A variant of the format that no reader is known for.
    Unsupported,
    /// A limit of [`crate::limits::Limits`] was reached.
    Limit,
    /// The object asked for is not in the file.
    NotFound,
    /// A GXMT stream is malformed.
    Stream,
    /// A GXMT stream ends in the middle of a header or frame.
    CutStream,
    /// The target mailbox refused or failed.
    Target,
    /// The tool was called in a wrong way.
    Usage,
}

/// Where in the input something is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location {
    /// The file, where it is known.
    pub file: Option<PathBuf>,
    /// The offset in bytes from the start of the input.
    pub offset: Option<u64>,
    /// The structure, in the spelling of the specification: `NBTENTRY`, `HNHDR`.
    pub structure: Option<Cow<'static, str>>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sep = "";
        if let Some(file) = &self.file {
            write!(f, "{}", file.display())?;
            sep = ": ";
        }
        if let Some(structure) = &self.structure {
            write!(f, "{sep}{structure}")?;
            sep = " ";
        }
        if let Some(offset) = self.offset {
            write!(f, "{sep}at offset {offset:#x}")?;
        }
        Ok(())
    }
}

/// An error: a kind, a place, a sentence, and the cause where there is one.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    location: Location,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind` that says `message`, a sentence without the place (the place is added by `at` and `in_file`).
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, location: Location::default(), message: message.into(), source: None }
    }

    /// An error in `structure` at `offset`: what was expected and what was found.
    pub fn mismatch(
        structure: impl Into<Cow<'static, str>>,
        offset: u64,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) -> Self {
        Self::new(ErrorKind::Corrupt, format!("expected {expected}, found {found}")).at(structure, offset)
    }

    /// `e`, which came from writing an output, as the target's failure and a sentence.
    pub fn of_output(e: std::io::Error) -> Self {
        use std::io::ErrorKind as Io;
        let why = match e.kind() {
            Io::BrokenPipe => "the program that reads the output has ended; its own message says why".to_owned(),
            Io::StorageFull => "the output can't be written: no space is left; free some and start again".to_owned(),
            _ => format!("the output can't be written: {e}"),
        };
        Self::new(ErrorKind::Target, why).caused_by(e)
    }

    /// The same error, placed in `structure` at `offset`.
    pub fn at(mut self, structure: impl Into<Cow<'static, str>>, offset: u64) -> Self {
        self.location.structure = Some(structure.into());
        self.location.offset = Some(offset);
        self
    }

    /// The same error, placed in `structure`.
    pub fn within(mut self, structure: impl Into<Cow<'static, str>>) -> Self {
        self.location.structure = Some(structure.into());
        self
    }

    /// The same error, placed in `file`.
    pub fn in_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.location.file = Some(file.into());
        self
    }

    /// The same error, with what caused it.
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What sort of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where it happened.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The sentence, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.location == Location::default() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.location, self.message)
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|s| s.as_ref() as _)
    }
}

impl From<std::io::Error> for Error {
    fn from(e: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, e.to_string()).caused_by(e)
    }
}
