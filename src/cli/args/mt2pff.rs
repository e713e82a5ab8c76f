//! The options of `mt2pff`.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use super::common::{Logging, charset, footer, output_file};
use crate::ndb;
use crate::ndb::crypt::CryptMethod;

const EXAMPLES: &str = "\
pff2mt damaged.ost | mt2pff -o sound.pst      what can be read of a file, in a new one
pff2mt -s box.ost | mt2pff -o box.pst         an OST as a PST, with its special folders
mt2pff -o box.pst box.mt                      from a kept stream";

/// Put a GXMT stream into a new PST file
///
/// The file gets its name when it is whole: a stream that is cut leaves nothing.
#[derive(Debug, Parser)]
#[command(name = "mt2pff", version, max_term_width = 100, after_help = footer(EXAMPLES))]
pub struct Mt2pff {
    /// The stream; - for standard input
    #[arg(value_name = "STREAM", default_value = "-")]
    pub stream: PathBuf,

    /// The file to write
    #[arg(short = 'o', long, value_name = "FILE", value_parser = output_file())]
    pub output: PathBuf,

    /// Replace the file when it is there
    #[arg(short = 'f', long)]
    pub force: bool,

    /// The format: unicode, or ansi for Outlook 97 to 2002
    ///
    /// An ANSI file can't be larger than 2 GiB and holds text in one code page.
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true, default_value_t = Format::Unicode)]
    pub format: Format,

    /// How the bytes are obscured: none, permute or cyclic; it protects nothing
    #[arg(long, value_name = "METHOD", value_enum, hide_possible_values = true, default_value_t = Crypt::Permute)]
    pub crypt: Crypt,

    /// With --format ansi: the code page of all text [default: 1252]
    #[arg(long, value_name = "CP", value_parser = charset)]
    pub charset: Option<u32>,

    /// Write one line of JSON for each item that is not whole, and a last one with the totals
    #[arg(long, value_name = "FILE", value_parser = output_file())]
    pub ledger: Option<PathBuf>,

    /// How much is told.
    #[command(flatten)]
    pub logging: Logging,
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// That of Outlook 2003 and later.
    Unicode,
    /// That of Outlook 97 to 2002.
    Ansi,
}

impl From<Format> for ndb::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Unicode => Self::Unicode,
            Format::Ansi => Self::Ansi,
        }
    }
}

/// How the bytes of a file are obscured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Crypt {
    /// Not at all.
    None,
    /// By a table ("compressible encryption").
    Permute,
    /// By tables and the place of the byte ("high encryption").
    Cyclic,
}

impl From<Crypt> for CryptMethod {
    fn from(crypt: Crypt) -> Self {
        match crypt {
            Crypt::None => Self::None,
            Crypt::Permute => Self::Permute,
            Crypt::Cyclic => Self::Cyclic,
        }
    }
}
