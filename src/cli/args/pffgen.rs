//! The options of `pffgen`.

use clap::{Parser, ValueEnum};

use super::common::{Logging, footer, size};
use crate::mt::generate;

const EXAMPLES: &str = "\
pffgen --messages 1000 | mt2pff -o test.pst                a file to try things on
pffgen --seed 7 --messages 250000 --size 10GB > big.mt     a large stream
pffgen --shape wide --messages 250000 | mt2pff -o wide.pst all in one folder";

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

    /// What sort of messages: mail, calendar, contacts or mixed; or mail in folders of a certain shape: deep or wide
    ///
    /// With deep, folders are in one another, up to a hundred, and messages are embedded in every fourth message, up to twelve
    /// in one another. With wide, all messages are in the first folder; of 500, one has more than a thousand recipients and one
    /// has 300 attachments.
    #[arg(long, value_enum, hide_possible_values = true, default_value_t = Shape::Mixed)]
    pub shape: Shape,

    /// Which attachments: none, few, many or huge
    ///
    /// With few, one message in six has one; half of them are below 8 KiB, one in a thousand is above 4 MiB. With many, every
    /// second message has up to 20. With huge, one message in fifty has one of 16 MiB to 1 GiB. Embedded messages come on top.
    #[arg(long, value_enum, hide_possible_values = true, default_value_t = Attachments::Few)]
    pub attachments: Attachments,

    /// Bytes of the stream: 500KB, 10GB, 1GiB [default: as many as it takes]
    ///
    /// Attachments are made as large as it takes. The stream is larger than this by no more than the last message without its
    /// attachments, unless its messages alone are more.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub size: Option<u64>,

    /// How much is told.
    #[command(flatten)]
    pub logging: Logging,
}

/// The shape of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// Mail.
    Mail,
    /// Appointments.
    Calendar,
    /// Contacts.
    Contacts,
    /// Mostly mail, some of the others.
    Mixed,
    /// Mail in folders in one another.
    Deep,
    /// Mail in one folder.
    Wide,
}

impl From<Shape> for generate::Shape {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::Mail => Self::Mail,
            Shape::Calendar => Self::Calendar,
            Shape::Contacts => Self::Contacts,
            Shape::Mixed => Self::Mixed,
            Shape::Deep => Self::Deep,
            Shape::Wide => Self::Wide,
        }
    }
}

/// The attachments of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Attachments {
    /// None.
    None,
    /// A few, mostly small.
    Few,
    /// Many, mostly small.
    Many,
    /// A few very large ones.
    Huge,
}

impl From<Attachments> for generate::Attachments {
    fn from(attachments: Attachments) -> Self {
        match attachments {
            Attachments::None => Self::None,
            Attachments::Few => Self::Few,
            Attachments::Many => Self::Many,
            Attachments::Huge => Self::Huge,
        }
    }
}
