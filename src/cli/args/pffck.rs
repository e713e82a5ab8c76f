//! The command line of pffck.

use std::path::PathBuf;

use clap::{ArgAction, Parser};

use super::common::{Logging, Reading, charset, footer, output_file};

const EXAMPLES: &str = "\
pffck old.pst                 is it sound, and what is in it?
pffck -t old.pst              its folders, messages and attachments
pffck --json old.pst | jq     the same for programs
pffck --map old.svg old.pst   a picture of it";

/// Check a PFF file (PST, OST, PAB) and show what is in it
///
/// Reads every page, block, table and item, and tells each rule of the format that the file breaks: where, what was expected
/// and what was found. The file is never written to.
#[derive(Debug, Clone, Parser)]
#[command(name = "pffck", version, max_term_width = 100, after_help = footer(EXAMPLES))]
pub struct Pffck {
    /// The file to check; - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Show the tree of nodes and items
    #[arg(short = 't')]
    pub tree: bool,

    /// Show properties, too (with -t or without)
    #[arg(short = 'p', action = ArgAction::Count)]
    pub properties: u8,

    /// Write JSON
    #[arg(long)]
    pub json: bool,

    /// Draw what is where in the file as an SVG picture
    #[arg(long, value_name = "FILE.svg", value_parser = output_file())]
    pub map: Option<PathBuf>,

    /// Stop at the first thing that is wrong with the file, with exit code 3
    #[arg(long)]
    pub strict: bool,

    /// Code page of 8-bit text that says nothing of its own [default: the file's, else 1252]
    #[arg(long, value_name = "CP", value_parser = charset)]
    pub charset: Option<u32>,

    /// How the file is read.
    #[command(flatten)]
    pub reading: Reading,

    /// How much is told.
    #[command(flatten)]
    pub logging: Logging,
}

impl Pffck {
    /// Whether objects are shown.
    pub fn is_shown(&self) -> bool {
        self.tree || self.properties > 0
    }
}
