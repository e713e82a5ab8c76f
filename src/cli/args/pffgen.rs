//! The options of `pffgen`.

use clap::Parser;

use super::common::{Logging, footer, size};
use crate::mt::generate::Shape;

const EXAMPLES: &str = "\
pffgen --messages 1000 | mt2pff -o test.pst                a file to try things on
pffgen --seed 7 --messages 250000 --size 10GB > big.mt     a large stream";

/// Write the stream of a made-up mailbox to standard output
///
/// The same options give the same bytes.
#[derive(Debug, Parser)]
#[command(name = "pffgen", version, max_term_width = 100, after_help = footer(EXAMPLES))]
pub struct Pffgen {
    /// Where the random numbers begin
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// How many messages
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub messages: u32,

    /// How many folders
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub folders: u32,

    /// What sort of messages: mail, calendar, contacts or mixed
    #[arg(long, value_enum, hide_possible_values = true, default_value_t = Shape::Mixed)]
    pub shape: Shape,

    /// Bytes of all attachments together: 500KB, 10GB, 1GiB [default: every sixth message has one]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub size: Option<u64>,

    /// How much is told.
    #[command(flatten)]
    pub logging: Logging,
}
