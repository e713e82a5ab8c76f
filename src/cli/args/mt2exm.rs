//! The options of `mt2exm`.

use std::path::PathBuf;

use clap::Parser;

use super::common::{Logging, footer, output_file};

const EXAMPLES: &str = "\
pff2mt old.pst | mt2exm -u jane@example.org        into the mailbox of jane
pff2mt -s old.pst | mt2exm --at store:/srv/jane    onto the special folders of a mailbox elsewhere
pff2mt old.pst | mt2exm -u jane -B INBOX/2021 -x   into a folder that is there
mt2exm -t -p < old.mt                              only look";

/// Put a GXMT stream from standard input into a mailbox.
///
/// Without -u and --at the stream is only read: with -t it is shown, nothing is written.
#[derive(Debug, Parser)]
#[command(name = "mt2exm", version, max_term_width = 100, after_help = footer(EXAMPLES))]
pub struct Mt2exm {
    /// The user whose mailbox it is, an address or just a name
    ///
    /// The mailbox is in $PFFKIT_HOME, by default pffkit in $XDG_DATA_HOME or ~/.local/share; it is created when it is not there.
    #[arg(short = 'u', long, value_name = "USER[@DOMAIN]")]
    pub user: Option<String>,

    /// Where the mailbox is: store:DIR. With -u, too, the user only gives the domain of addresses that are made up
    #[arg(long, value_name = "URL")]
    pub at: Option<String>,

    /// The folder for what the stream gives no place
    ///
    /// A number (decimal, 0x…, 0…), or a path that begins with a special folder (INBOX, DRAFTS, SENT, TRASH, CALENDAR, IPM_SUBTREE …)
    /// or with a slash for the root: INBOX/2021, "/Top of Information Store/Inbox". By default folders go to the top
    /// of the mailbox and messages to the drafts.
    #[arg(short = 'B', long = "base", value_name = "FOLDER")]
    pub base: Option<String>,

    /// Go on with the next message when one can't be written
    #[arg(short = 'c', long = "continue")]
    pub keep_going: bool,

    /// Show the stream
    #[arg(short = 't', long = "tree")]
    pub tree: bool,

    /// Show properties, too (with -t or without)
    #[arg(short = 'p', long = "properties", action = clap::ArgAction::Count)]
    pub properties: u8,

    /// Say which folders and messages were created
    #[arg(short = 'v', long)]
    pub verbose: bool,

    /// Put things into folders of the same name that are there already; without it they are refused, but for special folders
    #[arg(short = 'x', long = "existing")]
    pub existing: bool,

    /// Write one line of JSON for each item that is not whole, and a last one with the totals
    #[arg(long, value_name = "FILE", value_parser = output_file())]
    pub ledger: Option<PathBuf>,

    /// The number of the user on the server that is to serve the mailbox later (users.id)
    ///
    /// It is part of the change keys, which synchronisation compares; with a wrong one the mailbox can be read all the same. A mailbox
    /// that is there has a number already, which is taken; a new one gets 1 by default.
    #[arg(long, value_name = "N")]
    pub user_id: Option<u32>,

    /// How much is told.
    #[command(flatten)]
    pub logging: Logging,
}

impl Mt2exm {
    /// Whether objects are shown.
    pub fn is_shown(&self) -> bool {
        self.tree || self.properties > 0
    }
}
