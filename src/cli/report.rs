//! What a run tells of itself. The ledger is a file of JSON Lines that names each item which is not whole, and ends with the totals.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use tracing::{debug, warn};

use super::exit::Exit;
use super::output;
use super::progress::Progress;
use crate::damage::Finding;
use crate::mt::from_pff::Totals;
use crate::{Error, Result};

/// Writes a ledger. A ledger without a last line `{"totals":…}` is one of a run that did not come to its end.
#[derive(Debug)]
pub struct Ledger<W: Write> {
    out: W,
}

impl Ledger<BufWriter<File>> {
    /// A ledger in a new file at `path`; what was there is replaced, unless it is one of `others`.
    ///
    /// # Errors
    /// As [`output::create`].
    pub fn create(path: &Path, others: &[&Path]) -> Result<Self> {
        Ok(Self::new(BufWriter::new(output::create(path, others)?)))
    }
}

impl<W: Write> Ledger<W> {
    /// A ledger that goes to `out`.
    pub fn new(out: W) -> Self {
        Self { out }
    }

    /// One item that is not whole.
    ///
    /// # Errors
    /// Those of the output.
    pub fn item(&mut self, item: &impl Serialize) -> io::Result<()> {
        self.line(item)
    }

    /// The last line, and the output once all of it is written.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self, totals: &impl Serialize) -> io::Result<W> {
        #[derive(Serialize)]
        struct Last<'t, T> {
            totals: &'t T,
        }
        self.line(&Last { totals })?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, value)?;
        self.out.write_all(b"\n")
    }
}

/// What a run tells while it goes on: people by a progress bar and messages, programs by a ledger.
#[derive(Debug)]
pub struct Watch {
    /// How far the run is.
    pub progress: Progress,
    ledger: Option<Ledger<BufWriter<File>>>,
    /// The first thing that could not be told.
    failed: Option<io::Error>,
}

impl Watch {
    /// Watches a run of `total` bytes, as far as that is known, and keeps a ledger at `ledger`, which must not be one of `others`.
    ///
    /// # Errors
    /// As [`Ledger::create`].
    pub fn new(total: Option<u64>, ledger: Option<&Path>, others: &[&Path]) -> Result<Self> {
        let ledger = ledger.map(|path| Ledger::create(path, others)).transpose()?;
        Ok(Self { progress: Progress::new(total), ledger, failed: None })
    }

    /// Whether there is a ledger.
    pub fn has_ledger(&self) -> bool {
        self.ledger.is_some()
    }

    /// Tells of `item`, which is not whole because of `findings`; `what` says so to people. They get warnings only where there is no
    /// ledger.
    pub fn item(&mut self, item: &impl Serialize, what: &str, findings: &[Finding]) {
        self.tell(item, what, findings, self.ledger.is_none());
    }

    /// Tells of `item`, which is the file called `name` as a whole: that, people are always warned of.
    pub fn file(&mut self, item: &impl Serialize, name: &Path, findings: &[Finding]) {
        self.tell(item, &name.to_string_lossy(), findings, true);
    }

    /// Tells of `item`, which is whole, but not as it was: people see that in the sums.
    pub fn notice(&mut self, item: &impl Serialize, what: &str, findings: &[Finding]) {
        self.tell(item, what, findings, false);
    }

    fn tell(&mut self, item: &impl Serialize, what: &str, findings: &[Finding], warn: bool) {
        let written = self.ledger.as_mut().map_or(Ok(()), |ledger| ledger.item(item));
        self.note(written);
        for finding in findings {
            if warn { warn!("{what}: {finding}") } else { debug!("{what}: {finding}") }
        }
    }

    /// Remembers that something could not be told: the run goes on, but does not end well.
    pub fn note(&mut self, told: io::Result<()>) {
        if let Err(e) = told {
            self.failed.get_or_insert(e);
        }
    }

    /// Ends the ledger with `totals`.
    ///
    /// # Errors
    /// Something could not be told ([`crate::ErrorKind::Target`]).
    pub fn finish(self, totals: &impl Serialize) -> anyhow::Result<()> {
        if let Some(e) = self.failed {
            return Err(Error::of_output(e)).context("the ledger is not complete");
        }
        if let Some(ledger) = self.ledger {
            ledger.finish(totals).map_err(Error::of_output)?;
        }
        Ok(())
    }
}

/// How an export ended, by its totals.
pub fn exit_of_export(totals: &Totals) -> Exit {
    if totals.is_whole() { Exit::Ok } else { Exit::Partial }
}

/// Of a file that is damaged, as `count` findings say, for people: what that means.
pub fn file_damage(count: u64) -> String {
    format!("the file itself is damaged ({}): items may be missing that nothing names", counted(count, "finding"))
}

/// Where people learn more of what is not whole, behind a sum: nothing where `has_ledger`.
pub fn ledger_hint(has_ledger: bool) -> &'static str {
    if has_ledger { "" } else { "; --ledger FILE tells all" }
}

/// What an export did, for people: lines without a line end. `has_ledger`: whether there is one.
pub fn export_summary(totals: &Totals, has_ledger: bool) -> Vec<String> {
    let t = totals;
    let elsewhere = t.moved_folders + t.moved_messages + t.renamed_folders;
    let hint = if t.is_whole() && elsewhere == 0 { "" } else { ledger_hint(has_ledger) };
    let mut lines = vec![
        format!(
            "{} written, with {}, {} and {}, in {}",
            counted(t.messages, "message"),
            counted(t.recipients, "recipient"),
            counted(t.attachments, "attachment"),
            counted(t.embedded, "embedded message"),
            counted(t.folders, "folder"),
        ),
        format!("{} of {} found are whole, {} in part, {} missing{hint}", t.whole, t.found, t.part, t.missing),
    ];
    let mut also = |count: u64, line: String| {
        if count > 0 {
            lines.push(line);
        }
    };
    also(t.fai, format!("{} written", counted(t.fai, "associated (FAI) item")));
    also(
        t.fai_left_behind,
        format!("{} left behind; --with-assoc brings them", counted(t.fai_left_behind, "associated (FAI) item")),
    );
    also(
        t.hidden_folders,
        format!(
            "{} with {} and {} left out; --with-hidden brings them",
            counted(t.hidden_folders, "hidden folder"),
            counted(t.hidden_messages, "message"),
            counted(t.hidden_fai, "associated (FAI) item")
        ),
    );
    also(
        t.moved_messages,
        format!(
            "{} put into a made-up folder, since the one in the file is gone",
            counted(t.moved_messages, "message")
        ),
    );
    also(
        t.moved_folders,
        format!(
            "{} put at the top, since the place in the file is gone or too deep",
            counted(t.moved_folders, "folder")
        ),
    );
    also(
        t.renamed_folders,
        format!(
            "{} called otherwise than in the file, where another has the name",
            counted(t.renamed_folders, "folder")
        ),
    );
    also(t.folders_in_part, format!("{} in part", counted(t.folders_in_part, "folder")));
    also(t.listed_only, format!("{} listed in a folder, but nowhere in the file", counted(t.listed_only, "message")));
    also(t.file_damage, file_damage(t.file_damage));
    lines
}

/// `count` of `what`, in the plural unless it is one.
pub fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::damage::Effect;

    #[derive(Serialize)]
    struct Item {
        nid: &'static str,
        subject: &'static str,
        findings: Vec<Finding>,
    }

    #[test]
    fn a_line_an_item_and_the_totals_last() {
        let mut ledger = Ledger::new(Vec::new());
        let finding = Finding::new(Effect::Lost, "XBLOCK", "level 1 or 2", 7).at(0x4400).nid(0x20_0024);
        ledger.item(&Item { nid: "0x200024", subject: "two\nlines", findings: vec![finding] }).unwrap();
        let out = ledger.finish(&serde_json::json!({ "found": 2, "whole": 1 })).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            concat!(
                r#"{"nid":"0x200024","subject":"two\nlines","findings":[{"effect":"lost","structure":"XBLOCK","#,
                r#""offset":17408,"nid":2097188,"expected":"level 1 or 2","found":"7"}]}"#,
                "\n",
                r#"{"totals":{"found":2,"whole":1}}"#,
                "\n",
            )
        );
    }

    #[test]
    fn a_ledger_that_cannot_be_made_is_the_targets_failure() {
        let error = Ledger::create(Path::new("/no/such/directory/ledger"), &[]).unwrap_err();
        assert_eq!(Exit::of(&error.into()), Exit::Target);
    }

    #[test]
    fn the_summary_says_what_stayed_behind_and_nothing_else() {
        let mut totals = Totals { found: 3, whole: 3, messages: 3, folders: 1, ..Totals::default() };
        assert_eq!(export_summary(&totals, false).len(), 2);
        assert!(export_summary(&totals, false)[1].ends_with("0 missing"));
        assert_eq!(exit_of_export(&totals), Exit::Ok);
        totals.fai_left_behind = 1;
        assert_eq!(export_summary(&totals, false)[2], "1 associated (FAI) item left behind; --with-assoc brings them");
        assert_eq!(exit_of_export(&totals), Exit::Ok);
        totals.part = 1;
        assert_eq!(exit_of_export(&totals), Exit::Partial);
        assert!(export_summary(&totals, false)[1].ends_with("; --ledger FILE tells all"));
        assert!(export_summary(&totals, true)[1].ends_with("0 missing"));
    }

    #[test]
    fn what_is_elsewhere_is_told_and_costs_nothing() {
        let totals = Totals { moved_messages: 1, moved_folders: 2, renamed_folders: 3, ..Totals::default() };
        assert_eq!(
            export_summary(&totals, false)[2..],
            [
                "1 message put into a made-up folder, since the one in the file is gone",
                "2 folders put at the top, since the place in the file is gone or too deep",
                "3 folders called otherwise than in the file, where another has the name",
            ]
        );
        assert_eq!(exit_of_export(&totals), Exit::Ok);
    }

    #[test]
    fn a_damaged_file_is_told_of() {
        let totals = Totals { file_damage: 2, ..Totals::default() };
        let lines = export_summary(&totals, true);
        assert_eq!(lines[2], "the file itself is damaged (2 findings): items may be missing that nothing names");
        assert_eq!(exit_of_export(&totals), Exit::Partial);
    }
}
