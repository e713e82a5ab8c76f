//! How a run ends: the exit codes that every tool has in common, and the one way from an error to a code.

use std::io::{self, ErrorKind as Io, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;

use super::args::common;
use crate::{Error, ErrorKind, sanitize};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// All of it was done.
    Ok = 0,
    /// Done, but some items were lost or altered; the ledger names each.
    Partial = 1,
    /// The tool was called in a wrong way.
    Usage = 2,
    /// The input can't be read at all, or the stream is cut.
    Input = 3,
    /// The target failed or refused. A reader of the output that went away counts as such.
    Target = 4,
    /// Ended by SIGHUP: the terminal is gone.
    HungUp = 129,
    /// Ended by SIGINT.
    Interrupted = 130,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl Exit {
    /// The code that the parent process sees.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The code for `error`: that of the innermost cause that says something about the side which failed.
    pub fn of(error: &anyhow::Error) -> Self {
        if error.chain().filter_map(|e| e.downcast_ref::<io::Error>()).any(is_of_output) {
            return Self::Target;
        }
        if let Some(e) = error.chain().find_map(|e| e.downcast_ref::<Error>()) {
            return e.kind().into();
        }
        match error.chain().find_map(|e| e.downcast_ref::<clap::Error>()) {
            Some(e) if e.exit_code() == 0 => Self::Ok,
            Some(_) => Self::Usage,
            None => Self::Input,
        }
    }
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Usage => Self::Usage,
            ErrorKind::Target => Self::Target,
            ErrorKind::Io
            | ErrorKind::NotPff
            | ErrorKind::Truncated
            | ErrorKind::Corrupt
            | ErrorKind::Unsupported
            | ErrorKind::Limit
            | ErrorKind::NotFound
            | ErrorKind::Stream
            | ErrorKind::CutStream => Self::Input,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Whether only writing fails in this way.
fn is_of_output(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        Io::BrokenPipe
            | Io::StorageFull
            | Io::QuotaExceeded
            | Io::FileTooLarge
            | Io::ReadOnlyFilesystem
            | Io::WriteZero
    )
}

/// Parses the arguments, runs `body` and turns what comes of it into the exit code; `tool` stands before the messages.
///
/// A pipe that its reader closed (`pffck -t box.pst | head`) is no news to anybody: a bare [`io::ErrorKind::BrokenPipe`]
/// exits 4 without a message. What must not stop unnoticed goes through [`Error::of_output`].
pub fn run<A: clap::Parser>(tool: &str, body: impl FnOnce(A) -> anyhow::Result<Exit>) -> ExitCode {
    let args = match A::try_parse() {
        Ok(args) => args,
        Err(e) => {
            let e = common::explain(e, &A::command());
            // Nothing is left to do when even this can't be written.
            let _ = e.print();
            return if e.exit_code() == 0 { Exit::Ok } else { Exit::Usage }.into();
        }
    };
    match body(args) {
        Ok(exit) => exit.into(),
        Err(error) => {
            if !is_closed_pipe(&error) {
                // Who can't be told can't be told that either.
                let _ = writeln!(io::stderr(), "{tool}: {}", sentence(&error));
            }
            Exit::of(&error).into()
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == Io::BrokenPipe)
}

/// `error` and its causes in one line; a cause that is told already is not repeated.
pub fn sentence(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    sanitize::text(&text).into_owned()
}

/// Notes SIGHUP, SIGINT and SIGTERM, so that a run can end at a good place. A second signal ends the process at once.
#[derive(Debug, Clone)]
pub struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// Begins to listen. A SIGHUP that the caller ignores (`nohup`) stays ignored, and a file that gets larger than the system allows it
    /// (`ulimit -f`) is a failure to write instead of the end.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn listen() -> io::Result<Self> {
        let signal = Arc::new(AtomicUsize::new(0));
        flag::register(SIGXFSZ, Arc::default())?;
        let hangup = (!is_ignored(SIGHUP)).then_some(SIGHUP);
        for number in [SIGINT, SIGTERM].into_iter().chain(hangup) {
            let again = Arc::new(AtomicBool::new(false));
            // In this order: the first signal finds `again` unset.
            flag::register_conditional_default(number, Arc::clone(&again))?;
            flag::register(number, again)?;
            flag::register_usize(number, Arc::clone(&signal), usize::try_from(number).unwrap_or(1))?;
        }
        Ok(Self(signal))
    }

    /// How the run ends if it ends now because of a signal; `None` when none came.
    pub fn pending(&self) -> Option<Exit> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            number => Some(match i32::try_from(number) {
                Ok(SIGTERM) => Exit::Terminated,
                Ok(SIGHUP) => Exit::HungUp,
                _ => Exit::Interrupted,
            }),
        }
    }
}

/// Whether this process has been told to ignore signal `number`, as far as the system says.
fn is_ignored(number: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (number - 1)) != 0)
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn the_codes_that_the_manual_promises() {
        let codes = [Exit::Ok, Exit::Partial, Exit::Usage, Exit::Input, Exit::Target];
        assert_eq!(codes.map(Exit::code), [0, 1, 2, 3, 4]);
        assert_eq!([Exit::HungUp, Exit::Interrupted, Exit::Terminated].map(Exit::code), [129, 130, 143]);
    }

    #[test]
    fn errors_of_the_library_keep_their_side_through_context() {
        for (kind, exit) in [
            (ErrorKind::NotPff, Exit::Input),
            (ErrorKind::CutStream, Exit::Input),
            (ErrorKind::Io, Exit::Input),
            (ErrorKind::Usage, Exit::Usage),
            (ErrorKind::Target, Exit::Target),
        ] {
            let error = Err::<(), _>(Error::new(kind, "x")).context("while y").unwrap_err();
            assert_eq!(Exit::of(&error), exit, "{kind:?}");
        }
    }

    #[test]
    fn failures_to_write_are_the_targets() {
        for kind in [Io::BrokenPipe, Io::StorageFull, Io::WriteZero] {
            assert_eq!(Exit::of(&Error::from(io::Error::from(kind)).into()), Exit::Target);
            assert_eq!(Exit::of(&io::Error::from(kind).into()), Exit::Target);
            assert_eq!(Exit::of(&Error::of_output(kind.into()).into()), Exit::Target);
        }
        assert_eq!(Exit::of(&Error::of_output(Io::PermissionDenied.into()).into()), Exit::Target);
        assert_eq!(Exit::of(&io::Error::from(Io::PermissionDenied).into()), Exit::Input);
    }

    #[test]
    fn only_a_bare_closed_pipe_is_passed_over_in_silence() {
        assert!(is_closed_pipe(&io::Error::from(Io::BrokenPipe).into()));
        assert!(!is_closed_pipe(&Error::of_output(Io::BrokenPipe.into()).into()));
        assert!(!is_closed_pipe(&io::Error::from(Io::StorageFull).into()));
    }

    #[test]
    fn a_cause_is_told_once_and_escapes_are_disarmed() {
        let error = anyhow::Error::from(Error::from(io::Error::other("disk on fire"))).context("opening \x1b[2Jbox");
        assert_eq!(sentence(&error), "opening \\u{1b}[2Jbox: disk on fire");
    }

    #[test]
    fn a_signal_is_noted() {
        let interrupt = Interrupt::listen().unwrap();
        assert_eq!(interrupt.pending(), None);
        signal_hook::low_level::raise(SIGTERM).unwrap();
        assert_eq!(interrupt.pending(), Some(Exit::Terminated));
        signal_hook::low_level::raise(SIGINT).unwrap();
        assert_eq!(interrupt.pending(), Some(Exit::Interrupted));
        if !is_ignored(SIGHUP) {
            signal_hook::low_level::raise(SIGHUP).unwrap();
            assert_eq!(interrupt.pending(), Some(Exit::HungUp));
        }
    }
}
