//! The options of `exmls`.

use clap::Parser;

use super::common::{Logging, footer, number};

const EXAMPLES: &str = "\
exmls -u jane@example.org                the folders
exmls -u jane -r                         and the messages in them
exmls -u jane --props 0x1d0001           one message, with all of its properties
exmls --at store:/srv/jane --check       whether the mailbox is sound: exit code 1 when it is not";

/// Show what is in a mailbox.
#[derive(Debug, Parser)]
#[command(name = "exmls", version, max_term_width = 100, after_help = footer(EXAMPLES))]
#[command(group = clap::ArgGroup::new("mailbox").args(["user", "at"]).multiple(true).required(true))]
pub struct Exmls {
    /// The user whose mailbox it is, as it was given to mt2exm
    #[arg(short = 'u', long, value_name = "USER[@DOMAIN]")]
    pub user: Option<String>,

    /// Where the mailbox is: store:DIR
    #[arg(long, value_name = "URL")]
    pub at: Option<String>,

    /// Show the messages, too
    #[arg(short = 'r', long = "messages")]
    pub messages: bool,

    /// Show one folder or message with all of its properties
    #[arg(long, value_name = "ID", value_parser = number, conflicts_with_all = ["messages", "check", "json"])]
    pub props: Option<u64>,

    /// Check that the mailbox is sound
    #[arg(long, conflicts_with_all = ["messages", "json"])]
    pub check: bool,

    /// Show it as JSON
    #[arg(long)]
    pub json: bool,

    /// How much is told.
    #[command(flatten)]
    pub logging: Logging,
}
