//! The command line of pff2mt.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Parser};

use super::common::{Logging, Reading, charset, footer, jobs, node_id, output_file};

const EXAMPLES: &str = "\
pff2mt old.pst | mt2exm -u jane@example.org     move a file into a mailbox
pff2mt -s mailbox.ost | mt2exm -u jane          Inbox to Inbox, Calendar to Calendar
pff2mt --ledger lost.jsonl -o old.mt old.pst    keep the stream, and a list of what is not whole
pff2mt -t -p -o /dev/null old.pst               only look";

/// Write the contents of a PFF file (PST, OST, PAB) as a mailbox transfer stream
///
/// The stream (GXMT0005) goes to standard output, for mt2exm or any other program that reads it; messages go to standard error.
/// What is damaged is passed by, told, and listed by --ledger.
#[derive(Debug, Clone, Parser)]
#[command(name = "pff2mt", version, max_term_width = 100, after_help = footer(EXAMPLES))]
pub struct Pff2mt {
    /// The file to read; - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Where to write the stream; - for standard output [default: standard output, unless that is a terminal]
    #[arg(short = 'o', value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Splice: put Inbox, Sent Items, Calendar and the like into those of the target
    #[arg(short = 's')]
    pub splice: bool,

    /// Show where -s would put each special folder, and why, and write no stream
    #[arg(long)]
    pub plan: bool,

    /// The folder that everything goes below (without -s) [default: Import of FILE]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub root_name: Option<String>,

    /// Take only this folder (with all below it) or message; may be repeated
    #[arg(long, value_name = "NID", value_parser = node_id)]
    pub only_obj: Vec<u32>,

    /// Take hidden folders (the default without -s)
    #[arg(long, overrides_with = "without_hidden")]
    pub with_hidden: bool,

    /// Leave hidden folders out, with all that is below them (the default with -s)
    #[arg(long, overrides_with = "with_hidden")]
    pub without_hidden: bool,

    /// Take associated items (FAI: views, rules, settings)
    #[arg(long, overrides_with = "without_assoc")]
    pub with_assoc: bool,

    /// Leave associated items out (the default)
    #[arg(long, overrides_with = "with_assoc")]
    pub without_assoc: bool,

    /// Code page of 8-bit text that says nothing of its own [default: the file's, else 1252]
    #[arg(long, value_name = "CP", value_parser = charset)]
    pub charset: Option<u32>,

    /// Stop at the first thing that is wrong with the file, with exit code 3
    #[arg(long)]
    pub strict: bool,

    /// Write a list of the items that are not whole (JSON Lines)
    #[arg(long, value_name = "FILE", value_parser = output_file())]
    pub ledger: Option<PathBuf>,

    /// Threads that prepare messages; the stream is the same for any number [default: one a core]
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,

    /// Show on standard error the tree of what is written
    #[arg(short = 't')]
    pub tree: bool,

    /// Show properties, too (with -t or without)
    #[arg(short = 'p', action = ArgAction::Count)]
    pub properties: u8,

    /// How the file is read.
    #[command(flatten)]
    pub reading: Reading,

    /// How much is told.
    #[command(flatten)]
    pub logging: Logging,
}

impl Pff2mt {
    /// Whether hidden folders come along.
    pub fn hidden(&self) -> bool {
        self.with_hidden || !self.splice && !self.without_hidden
    }

    /// The file that the stream goes to; none for standard output.
    pub fn output_file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| *path != Path::new("-"))
    }

    /// Whether objects are shown.
    pub fn is_shown(&self) -> bool {
        self.tree || self.properties > 0
    }

    /// Threads to use.
    pub fn jobs(&self) -> usize {
        self.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Pff2mt, clap::Error> {
        Pff2mt::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_peers_options_mean_the_same() {
        let args = parse("pff2mt -s box.pst -pp -t --only-obj 0x21 --only-obj 8354 --loglevel 6").unwrap();
        assert!(args.splice && args.tree);
        assert_eq!((args.properties, args.logging.loglevel), (2, 6));
        assert_eq!(args.only_obj, [0x21, 0x20A2]);
        assert_eq!(args.file, PathBuf::from("box.pst"));
    }

    #[test]
    fn hidden_folders_by_mode_and_by_the_later_option() {
        for (line, hidden) in [
            ("pff2mt x", true),
            ("pff2mt x --without-hidden", false),
            ("pff2mt x --without-hidden --with-hidden", true),
            ("pff2mt x --with-hidden --without-hidden", false),
            ("pff2mt x -s", false),
            ("pff2mt x -s --with-hidden", true),
            ("pff2mt x -s --with-hidden --without-hidden", false),
        ] {
            assert_eq!(parse(line).unwrap().hidden(), hidden, "{line}");
        }
        assert!(!parse("pff2mt x --with-assoc --without-assoc").unwrap().with_assoc);
        assert!(parse("pff2mt x --without-assoc --with-assoc").unwrap().with_assoc);
    }

    #[test]
    fn charsets_by_number_and_by_label() {
        assert_eq!(parse("pff2mt x --charset shift_jis").unwrap().charset, Some(932));
        assert_eq!(parse("pff2mt x --charset cp1251").unwrap().charset, Some(1251));
        assert!(parse("pff2mt x --charset klingon").is_err());
    }

    #[test]
    fn wrong_usage_is_refused() {
        for line in ["pff2mt", "pff2mt a b", "pff2mt x --loglevel 7", "pff2mt x --jobs 0", "pff2mt x --only-obj y"] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
        assert_eq!(parse("pff2mt --help").unwrap_err().exit_code(), 0);
        assert_eq!(parse("pff2mt --version").unwrap_err().exit_code(), 0);
    }
}
