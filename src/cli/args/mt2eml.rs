//! The options of `mt2eml`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::{fs, thread};

use clap::{Parser, ValueEnum};
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{Span, Timestamp, ToSpan, ZonedDateTime};

use super::common::{Logging, Reading, charset, footer, jobs, output_file, size};
use crate::export;
use crate::mapi::time::unix_to_filetime;
use crate::mime::address::AddressBook;
use crate::mime::csv::Dialect;
use crate::mime::vcf::Version;

const EXAMPLES: &str = "\
mt2eml box.pst -o out/                                     all of a file, a message a file
pff2mt box.pst | mt2eml --mail mbox --zip box.zip          one mbox a folder, in a zip file
mt2eml box.pst --folder Inbox --since 90d -o inbox/        what came lately
mt2eml box.ost --layout user -o jane/                      for the import commands of Carbonio and Zimbra";

/// Write mail, calendars and contacts as files: EML, mbox or Maildir, iCalendar, vCard or CSV
///
/// The directories are those of the folders. An index at the top lists every item.
#[derive(Debug, Clone, Parser)]
#[command(name = "mt2eml", version, max_term_width = 100, after_help = footer(EXAMPLES))]
pub struct Mt2eml {
    /// A PST, OST or PAB file or a stream; - for standard input
    #[arg(value_name = "INPUT", default_value = "-")]
    pub input: PathBuf,

    /// The directory to write to
    #[arg(short = 'o', long, value_name = "DIR", required_unless_present = "zip", conflicts_with = "zip", value_parser = output_file())]
    pub output: Option<PathBuf>,

    /// Write a zip file instead
    #[arg(long, value_name = "FILE", value_parser = output_file())]
    pub zip: Option<PathBuf>,

    /// Write into a directory that is not empty, and replace files of the same name
    #[arg(short = 'f', long)]
    pub force: bool,

    /// How mail is kept: eml (a file each), mbox or maildir (one a folder)
    #[arg(long, value_name = "FORM", value_enum, hide_possible_values = true, default_value_t = Mail::Eml)]
    pub mail: Mail,

    /// What an iCalendar file holds: a folder or an item
    #[arg(long, value_name = "EXTENT", value_enum, hide_possible_values = true, default_value_t = Extent::Folder)]
    pub calendar: Extent,

    /// What a file of contacts holds: a folder or an item (vCard), or csv or thunderbird-csv, a folder [default: folder]
    ///
    /// With --layout user the default is csv, which has the columns of Outlook.
    #[arg(long, value_name = "EXTENT", value_enum, hide_possible_values = true)]
    pub contacts: Option<Contacts>,

    /// Which vCard is written: 4.0 or 3.0, for older programs
    #[arg(long, value_name = "VERSION", value_enum, hide_possible_values = true, default_value_t = Vcard::V4)]
    pub vcard: Vcard,

    /// Write when the calendars are busy to FreeBusy.ifb, for a range in UTC: 2024-01-01/2025-01-01
    ///
    /// The range takes the place of --since and --until there; its end is not in it. It may have times, too, as there.
    #[arg(long, value_name = "FROM/TO", value_parser = range)]
    pub ifb: Option<(DateTime, DateTime)>,

    /// Attach the RTF of a body that is kept as such, too
    #[arg(long)]
    pub keep_rtf: bool,

    /// Put what is in TNEF streams (winmail.dat) in their place
    #[arg(long)]
    pub unwrap_tnef: bool,

    /// How it is arranged: by folder, or by user: Calendar.ics, Tasks.ics, Contacts.csv and a directory mail
    #[arg(long, value_name = "LAYOUT", value_enum, hide_possible_values = true, default_value_t = Layout::Folder)]
    pub layout: Layout,

    /// The form of the index: jsonl or csv
    #[arg(long, value_name = "FORM", value_enum, hide_possible_values = true, default_value_t = Index::Jsonl)]
    pub index: Index,

    /// Take only these folders, with all below them; may be repeated
    ///
    /// Inbox is a folder of this name anywhere, "/Top of Personal Folders/In*" one at the top. Case does not matter. A folder that is
    /// called just like the pattern is meant by it, too, whatever signs are in it.
    #[arg(long, value_name = "GLOB")]
    pub folder: Vec<String>,

    /// Leave these folders out, with all below them; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Take only items of this message class, such as IPM.Note, and of those derived from it; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub class: Vec<String>,

    /// Take only items from this time on: a date, a date and time, or how long ago (30d, 6months)
    ///
    /// The time of an item is when it was received or sent; of an appointment, when it begins; of a task that is still to be done, when
    /// it is due; else when it was made. A series is taken as long as it goes on. Items without a time are taken. How long ago is
    /// counted from now; dates and times are in UTC, unless there is an offset or a zone: 2024-03-04T12:00+01:00,
    /// 2024-03-04T12:00[Europe/Berlin].
    #[arg(long, value_name = "WHEN", value_parser = when)]
    pub since: Option<When>,

    /// Take only items up to this time; a date is meant with the whole day
    ///
    /// Of a series it counts when it begins.
    #[arg(long, value_name = "WHEN", value_parser = when)]
    pub until: Option<When>,

    /// Leave items out that are larger in the stream: 500KB, 20MB, 1GiB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_size: Option<u64>,

    /// Take associated items (FAI: views, rules, settings), too
    #[arg(long)]
    pub with_assoc: bool,

    /// A file of X.500 addresses of Exchange and the SMTP addresses that belong to them, a pair a line
    ///
    /// Mail between users of one Exchange server may name them by X.500 address only. What the items tell of SMTP addresses goes
    /// before this.
    #[arg(long, value_name = "FILE")]
    pub ex_map: Option<PathBuf>,

    /// Code page of 8-bit text of a PFF file that says nothing of its own [default: the file's, else 1252]
    #[arg(long, value_name = "CP", value_parser = charset)]
    pub charset: Option<u32>,

    /// How the input is read.
    #[command(flatten)]
    pub reading: Reading,

    /// Write one line of JSON for each item that is not whole, and a last one with the totals
    #[arg(long, value_name = "FILE", value_parser = output_file())]
    pub ledger: Option<PathBuf>,

    /// Threads that write; the output is the same for any number [default: one a core]
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,

    /// How much is told.
    #[command(flatten)]
    pub logging: Logging,
}

/// How mail is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mail {
    /// A file of its own for each.
    Eml,
    /// One mbox a folder.
    Mbox,
    /// One Maildir a folder.
    Maildir,
}

/// What a file of calendar entries holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Extent {
    /// All of a folder.
    Folder,
    /// One item.
    Item,
}

/// What a file of contacts holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Contacts {
    /// All of a folder, as vCards.
    Folder,
    /// One item, as a vCard.
    Item,
    /// All of a folder, as CSV with the columns of Outlook.
    Csv,
    /// The same with the columns of Thunderbird.
    ThunderbirdCsv,
}

/// Which vCard is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Vcard {
    /// RFC 2426.
    #[value(name = "3.0")]
    V3,
    /// RFC 6350.
    #[value(name = "4.0")]
    V4,
}

/// How the output is arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// Like the folders.
    Folder,
    /// One file of each kind for a user, beside the mail.
    User,
}

/// The form of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Index {
    /// JSON Lines.
    Jsonl,
    /// CSV.
    Csv,
}

/// A time.
#[derive(Debug, Clone, Copy)]
pub enum When {
    /// A day, in UTC.
    Day(Date),
    /// A moment.
    Moment(Timestamp),
    /// So long before now.
    Ago(Span),
}

/// Two times with a slash between them, in UTC.
fn range(text: &str) -> Result<(DateTime, DateTime), String> {
    let time = |text: &str| match fixed(text)? {
        When::Day(day) => Some(day.into()),
        When::Moment(moment) => Some(Offset::UTC.to_datetime(moment)),
        When::Ago(_) => None,
    };
    // The names of zones have slashes, too.
    let mut pairs = text.match_indices('/').map(|(at, _)| (&text[..at], &text[at + 1..]));
    let times = pairs.find_map(|(from, to)| Some((time(from)?, time(to)?)));
    times
        .filter(|(from, to)| from < to)
        .ok_or_else(|| "expected two days, the earlier first: 2024-01-01/2025-01-01".to_owned())
}

/// The time that `text` writes.
fn when(text: &str) -> Result<When, String> {
    let ago = || text.parse::<Span>().ok().filter(|span| !span.is_negative()).map(When::Ago);
    fixed(text).or_else(ago).ok_or_else(|| {
        "expected 2024-03-04, 2024-03-04T12:00 (UTC), 2024-03-04T12:00+01:00 or how long ago: 30d".to_owned()
    })
}

/// The day or moment that `text` writes; without an offset or zone it is in UTC.
fn fixed(text: &str) -> Option<When> {
    // A parser of less would leave out what it does not look for.
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return text.parse().ok().map(When::Day);
    }
    if text.contains('[') {
        return text.parse::<ZonedDateTime>().ok().map(|zoned| When::Moment(zoned.timestamp()));
    }
    let moment = text.parse().ok().or_else(|| Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok());
    moment.map(When::Moment)
}

impl When {
    /// The FILETIME at which it begins, or `is_end`, ends; `now` is what is counted back from.
    fn filetime(self, is_end: bool, now: DateTime) -> Result<i64, jiff::Error> {
        let utc = |time| Offset::UTC.to_timestamp(time);
        let moment = match self {
            Self::Day(day) if is_end => utc(day.checked_add(1.day())?.into())?,
            Self::Day(day) => utc(day.into())?,
            Self::Moment(moment) => moment,
            Self::Ago(span) => utc(now.checked_sub(span)?)?,
        };
        Ok(unix_to_filetime(moment.as_second()))
    }
}

impl Mt2eml {
    /// What the options say of the output. The clock is read for times that are told by how long ago they are.
    ///
    /// # Errors
    /// A pattern is malformed, or options contradict each other ([`crate::ErrorKind::Usage`]).
    pub fn options(&self) -> crate::Result<export::Options> {
        let usage = |message: String| crate::Error::new(crate::ErrorKind::Usage, message);
        let now = Offset::UTC.to_datetime(Timestamp::now());
        let time = |when: Option<When>, is_end| when.map(|when| when.filetime(is_end, now)).transpose();
        let by_user = self.layout == Layout::User;
        if by_user && (self.calendar == Extent::Item || self.contacts == Some(Contacts::Item)) {
            return Err(usage("--layout user has one file for all; it can't go with a file an item".to_owned()));
        }
        Ok(export::Options {
            layout: export::Layout {
                mail: self.mail.into(),
                calendar: self.calendar.into(),
                contacts: self.contacts.unwrap_or(if by_user { Contacts::Csv } else { Contacts::Folder }).into(),
                vcard: match self.vcard {
                    Vcard::V3 => Version::V3,
                    Vcard::V4 => Version::V4,
                },
                by_user,
            },
            filter: export::Filter {
                folders: export::Globs::folders(&self.folder)?,
                exclude: export::Globs::folders(&self.exclude)?,
                classes: export::Globs::classes(&self.class)?,
                since: time(self.since, false).map_err(|e| usage(format!("--since: {e}")))?,
                until: time(self.until, true).map_err(|e| usage(format!("--until: {e}")))?,
                max_size: self.max_size,
                assoc: self.with_assoc,
            },
            jobs: self.jobs(),
            book: self.ex_map.as_deref().map(address_book).transpose()?.unwrap_or_default(),
            keep_rtf: self.keep_rtf,
            unwrap_tnef: self.unwrap_tnef,
            free_busy: self.ifb,
        })
    }

    /// Threads to use.
    pub fn jobs(&self) -> usize {
        self.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
    }
}

fn address_book(path: &Path) -> crate::Result<AddressBook> {
    let text = fs::read_to_string(path).map_err(|e| crate::Error::from(e).in_file(path))?;
    AddressBook::parse(&text).map_err(|e| e.in_file(path))
}

impl From<Mail> for export::Mail {
    fn from(mail: Mail) -> Self {
        match mail {
            Mail::Eml => Self::Eml,
            Mail::Mbox => Self::Mbox,
            Mail::Maildir => Self::Maildir,
        }
    }
}

impl From<Extent> for export::Calendar {
    fn from(extent: Extent) -> Self {
        match extent {
            Extent::Folder => Self::Folder,
            Extent::Item => Self::Item,
        }
    }
}

impl From<Contacts> for export::Contacts {
    fn from(contacts: Contacts) -> Self {
        match contacts {
            Contacts::Folder => Self::Folder,
            Contacts::Item => Self::Item,
            Contacts::Csv => Self::Csv(Dialect::Outlook),
            Contacts::ThunderbirdCsv => Self::Csv(Dialect::Thunderbird),
        }
    }
}

impl From<Index> for export::IndexFormat {
    fn from(index: Index) -> Self {
        match index {
            Index::Jsonl => Self::Jsonl,
            Index::Csv => Self::Csv,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moment that `text` is, in UTC.
    fn moment(text: &str) -> Option<String> {
        match when(text).ok()? {
            When::Day(day) => Some(day.to_string()),
            When::Moment(moment) => Some(moment.to_string()),
            When::Ago(_) => Some("ago".to_owned()),
        }
    }

    #[test]
    fn no_part_of_a_time_is_passed_over() {
        for (text, expected) in [
            ("2024-03-04", "2024-03-04"),
            ("20240304", "2024-03-04"),
            ("2024-03-04T10:00", "2024-03-04T10:00:00Z"),
            ("2024-03-04 10:00:30", "2024-03-04T10:00:30Z"),
            ("20240304T10", "2024-03-04T10:00:00Z"),
            ("2024-03-04T10:00Z", "2024-03-04T10:00:00Z"),
            ("2024-03-04T10:00+01:00", "2024-03-04T09:00:00Z"),
            ("2024-07-04T10:00[Europe/Berlin]", "2024-07-04T08:00:00Z"),
            ("30d", "ago"),
            ("6months", "ago"),
        ] {
            assert_eq!(moment(text).as_deref(), Some(expected), "{text}");
        }
        for bad in ["2024-03-04T10:00[Nowhere/Here]", "2024-02-30", "2024-03-04T25:00", "-30d", "2024-03-04x", "", "x"]
        {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }

    #[test]
    fn ranges_of_days_and_of_times() {
        let of = |text| range(text).ok().map(|(from, to)| format!("{from} {to}"));
        assert_eq!(of("2024-01-01/2025-01-01").as_deref(), Some("2024-01-01T00:00:00 2025-01-01T00:00:00"));
        let zoned = "2024-01-01T10:00[Europe/Berlin]/2024-01-01T12:00[Europe/Berlin]";
        assert_eq!(of(zoned).as_deref(), Some("2024-01-01T09:00:00 2024-01-01T11:00:00"));
        assert_eq!(of("20240101T10/20240101T11").as_deref(), Some("2024-01-01T10:00:00 2024-01-01T11:00:00"));
        for bad in ["2024-01-01", "2025-01-01/2024-01-01", "30d/2024-01-01", "2024-01-01/2025-01-01/2026-01-01"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
