//! The options of `pffgen`.

use clap::Parser;

use super::common::{Logging, footer};
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

/// The number of bytes that `text` writes.
fn size(text: &str) -> Result<u64, String> {
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
    fn sizes() {
        for (text, bytes) in [("0", 0), ("500KB", 500_000), ("2GiB", 2 << 30), ("3m", 3_000_000)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "GB", "1.5GB", "-1", "1XB", "99999999999999GB"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
