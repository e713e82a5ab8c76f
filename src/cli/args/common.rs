//! What several command lines have in common.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Command, ValueEnum};

use crate::limits::{Limit, Limits};
use crate::mapi::codepage;
use crate::ndb::Recover;
use crate::number;

/// The exit codes, as the help shows them.
const EXIT_CODES: &str = "\
Exit codes:
  0    all of it
  1    done, but some items were lost or altered, or a check found something
  2    wrong usage
  3    the input can't be read at all, or the stream is cut
  4    the target failed or refused
  129, 130, 143  interrupted";

/// What stands below the options in the help: `examples`, one a line, and the exit codes.
pub fn footer(examples: &str) -> String {
    let examples: String = examples.lines().map(|line| format!("  {line}\n")).collect();
    format!("Examples:\n{examples}\n{EXIT_CODES}")
}

/// `error` of the arguments of `command`; where there is a second file it says that one is read.
pub fn explain(mut error: clap::Error, command: &Command) -> clap::Error {
    let argument = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    let takes_file = command.get_positionals().next().is_some();
    if error.kind() == ErrorKind::UnknownArgument && takes_file && !argument.starts_with('-') {
        let tip = "one file is read at a time; call it once for each".into();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    }
    error
}

/// How much is told.
#[derive(Debug, Clone, Args)]
pub struct Logging {
    /// What to tell: 1 critical, 2 errors, 3 warnings, 4 notices, 5 information, 6 everything
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=6))]
    pub loglevel: u8,
}

/// How a file is read, whatever is wrong with it.
#[derive(Debug, Clone, Args)]
pub struct Reading {
    /// Search the whole file for what the trees don't reach, even where they are sound; =deleted: for deleted items, too
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "auto", hide_possible_values = true)]
    pub recover: Option<How>,

    /// Limits that are not the default
    #[arg(long = "limit", value_name = "NAME=VALUE", help = format!("Set a limit ({}); may be repeated", Limit::names()))]
    pub limits: Vec<Limit>,
}

/// What [`Reading::recover`] searches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum How {
    /// What folders still list
    Auto,
    /// Deleted items, too, in a folder of their own
    Deleted,
}

impl Reading {
    /// How hard is searched.
    pub fn recover(&self) -> Recover {
        match self.recover {
            None => Recover::Auto,
            Some(How::Auto) => Recover::Always,
            Some(How::Deleted) => Recover::Deleted,
        }
    }

    /// The limits.
    pub fn limits(&self) -> Limits {
        Limits::with(&self.limits)
    }
}

/// The number that `text` writes: decimal, `0x…` hexadecimal or `0…` octal.
///
/// # Errors
/// A sentence.
pub fn number(text: &str) -> Result<u64, String> {
    number::parse(text).ok_or_else(|| "expected a number such as 8354, 0x20a2 or 020242".to_owned())
}

/// The node id that `text` writes, a number as [`number`] takes it.
///
/// # Errors
/// A sentence.
pub fn node_id(text: &str) -> Result<u32, String> {
    u32::try_from(number(text)?).map_err(|_| "node ids are below 0x100000000".to_owned())
}

/// The name of a file to write. `-` is none: what has to be a file can't go to standard output.
pub fn output_file() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match path.as_os_str() == "-" {
        true => Err("this can't go to standard output; give it the name of a file (./- for one that is called -)"),
        false => Ok(path),
    })
}

/// The number of threads that `text` writes.
///
/// # Errors
/// A sentence.
pub fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok().filter(|n: &NonZeroUsize| n.get() <= MOST_JOBS);
    number.ok_or_else(|| format!("expected a number from 1 to {MOST_JOBS}"))
}

/// More threads than any machine has use for, and less than any system refuses.
const MOST_JOBS: usize = 256;

/// The number of the code page that `text` names.
///
/// # Errors
/// A sentence.
pub fn charset(text: &str) -> Result<u32, String> {
    codepage::from_label(text)
        .ok_or_else(|| "not a known code page; examples: 1251, cp850, windows-1251, iso-8859-15, shift_jis".to_owned())
}

/// The number of bytes that `text` writes: `500KB`, `10GB`, `1GiB`.
///
/// # Errors
/// A sentence.
pub fn size(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => 0,
    };
    let bytes = number.parse::<u64>().ok().and_then(|n| n.checked_mul(unit)).filter(|_| unit > 0);
    bytes.ok_or_else(|| "expected a size such as 500KB, 10GB or 1GiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_the_peer_takes_them() {
        for (text, value) in [("8354", 8354), ("0x20A2", 8354), ("020242", 8354), ("0", 0), ("0xffffffff", u32::MAX)] {
            assert_eq!(number(text), Ok(u64::from(value)), "{text}");
            assert_eq!(node_id(text), Ok(value), "{text}");
        }
        for text in ["", "x", "-1", "+1", "0x", "0x+1", "0+1", "09", " 1", "0x10000000000000000"] {
            assert!(number(text).is_err(), "{text}");
        }
        assert!(node_id("0x100000000").is_err());
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [("0", 0), ("500KB", 500_000), ("2GiB", 2 << 30), ("3m", 3_000_000)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "GB", "1.5GB", "-1", "1XB", "99999999999999GB"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
