//! The command line of pffbreak.

use std::path::PathBuf;

use clap::Parser;

use super::common::{Logging, footer, output_file};
use crate::breaking::Kind;

const EXAMPLES: &str = "\
pffbreak --kind bit-flip --count 20 box.pst broken.pst     twenty bits turn over
pffbreak --kind zero --repair --seed 7 box.pst broken.pst  a range is NUL, and all CRCs are right
pffbreak --kind nbt-leaf --json box.pst broken.pst         a page of the tree is lost; told as JSON";

/// Break a PFF file on purpose, in a way that can be repeated
///
/// Copies IN to OUT and damages the copy, so that you can see what a program does with it. The same options break the same file in the
/// same way. What was done is told on standard error.
#[derive(Debug, Clone, Parser)]
#[command(name = "pffbreak", version, max_term_width = 100, after_help = footer(EXAMPLES))]
pub struct Pffbreak {
    /// The file to copy; it is never changed
    #[arg(value_name = "IN")]
    pub input: PathBuf,

    /// The broken copy
    #[arg(value_name = "OUT", value_parser = output_file())]
    pub output: PathBuf,

    /// How it is broken: bit-flip, zero, swap, duplicate, torn, truncate, header, nbt-leaf, bbt-leaf, nbt-inner or bbt-inner
    #[arg(long, value_enum, hide_possible_values = true)]
    pub kind: Kind,

    /// In how many places
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub count: u64,

    /// Where the random numbers begin
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Make the CRCs of the changed pages and blocks right again
    #[arg(long)]
    pub repair: bool,

    /// Write what was done to standard output, as a line of JSON for each change
    #[arg(long)]
    pub json: bool,

    /// Replace OUT where it is there already
    #[arg(short, long)]
    pub force: bool,

    /// How much is told.
    #[command(flatten)]
    pub logging: Logging,
}
