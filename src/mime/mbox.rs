//! Messages in one file: the mbox format in its `mboxrd` variant, the only one from which every message comes back as it was.

use std::io::{self, Write};

use crate::mapi::time::{civil_from_days, filetime_to_unix};

/// Who a message is from where nobody knows.
const NOBODY: &str = "MAILER-DAEMON";

/// Writes one message into an mbox. What is written to it is a message with CRLF at the end of each line; lines end with LF in the
/// file, and those that could be taken for the begin of a message get a `>`.
pub struct Mbox<'o> {
    out: &'o mut dyn Write,
    /// The beginning of a line, as long as it could still become a `From ` line.
    start: Vec<u8>,
    at_start: bool,
    after_cr: bool,
}

impl<'o> Mbox<'o> {
    /// Begins a message from `sender`, an address, at `filetime`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(out: &'o mut dyn Write, sender: Option<&str>, filetime: i64) -> io::Result<Self> {
        let sender = sender.filter(|s| s.bytes().all(|b| b.is_ascii_graphic()) && !s.is_empty()).unwrap_or(NOBODY);
        writeln!(out, "From {sender} {}", asctime(filetime))?;
        Ok(Self { out, start: Vec::new(), at_start: true, after_cr: false })
    }

    /// Ends the message: an empty line stands behind it.
    ///
    /// # Errors
    /// Those of the output.
    pub fn end(mut self) -> io::Result<()> {
        let is_ended = self.at_start && self.start.is_empty();
        self.out.write_all(&self.start)?;
        self.start.clear();
        self.out.write_all(if is_ended { b"\n" } else { b"\n\n" })
    }

    fn byte(&mut self, byte: u8) -> io::Result<()> {
        const FROM: &[u8] = b"From ";
        if !self.at_start {
            self.at_start = byte == b'\n';
            return self.out.write_all(&[byte]);
        }
        self.start.push(byte);
        let behind = self.start.iter().position(|b| *b != b'>').unwrap_or(self.start.len());
        let begin = &self.start[behind..];
        if FROM.starts_with(begin) && begin != FROM {
            return Ok(());
        }
        let quote: &[u8] = if begin == FROM { b">" } else { b"" };
        self.out.write_all(quote)?;
        self.out.write_all(&self.start)?;
        self.start.clear();
        self.at_start = byte == b'\n';
        Ok(())
    }
}

impl Write for Mbox<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            // A CR that no LF follows stays.
            if std::mem::take(&mut self.after_cr) && *byte != b'\n' {
                self.byte(b'\r')?;
            }
            match byte {
                b'\r' => self.after_cr = true,
                byte => self.byte(*byte)?,
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// `filetime` as `Thu Jan  1 00:00:00 1970`.
fn asctime(filetime: i64) -> String {
    let unix = filetime_to_unix(filetime).max(0);
    let (days, seconds) = (unix / 86_400, unix % 86_400);
    let (year, month, day) = civil_from_days(days);
    let (weekday, month) = super::eml::date::names(days, month);
    format!("{weekday} {month} {day:2} {:02}:{:02}:{:02} {year}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapi::time::unix_to_filetime;

    fn mbox(message: &[u8], piece: usize) -> String {
        let mut out = Vec::new();
        let mut mbox = Mbox::begin(&mut out, Some("a@b"), unix_to_filetime(0)).unwrap();
        message.chunks(piece).for_each(|piece| mbox.write_all(piece).unwrap());
        mbox.end().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_that_could_begin_a_message_are_quoted() {
        let message = b"Subject: x\r\n\r\nFrom me\r\n>From you\r\n>>From him\r\nFromage\r\n From\r\nFrom\r\n> From\r\n";
        let expected = "From a@b Thu Jan  1 00:00:00 1970\nSubject: x\n\n>From me\n>>From you\n>>>From him\nFromage\n From\nFrom\n> From\n\n";
        assert_eq!(mbox(message, 1000), expected);
        assert_eq!(mbox(message, 1), expected);
    }

    #[test]
    fn a_message_without_a_last_line_end() {
        assert_eq!(mbox(b"a: b\r\n\r\nFro", 2), "From a@b Thu Jan  1 00:00:00 1970\na: b\n\nFro\n\n");
        assert_eq!(mbox(b"a: b\r\n\r\nx\ry", 1), "From a@b Thu Jan  1 00:00:00 1970\na: b\n\nx\ry\n\n");
    }
}
