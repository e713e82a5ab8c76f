//! Bytes on the wire: what contents are made of, and the transfer encodings (RFC 2045 6).

use std::io::{self, Write};

use encodify::{base64, qp};
use memchr::{memchr3_iter, memmem};

/// The longest line without its end (RFC 5322 2.1.1).
const LINE: usize = 998;

/// What lines there are in bytes that are written to it, and then forgotten.
#[derive(Debug, Clone, Default)]
pub(super) struct LineScan {
    line: usize,
    longest: usize,
    last: u8,
    eight_bit: bool,
    unclean: bool,
}

impl LineScan {
    fn feed(&mut self, bytes: &[u8]) {
        self.eight_bit |= !bytes.is_ascii();
        let mut done = 0;
        for at in memchr3_iter(b'\r', b'\n', 0, bytes) {
            self.within(&bytes[done..at]);
            match (self.last, bytes[at]) {
                (b'\r', b'\n') => self.line = 0,
                (b'\r', _) | (_, b'\n' | 0) => self.unclean = true,
                _ => {}
            }
            self.last = bytes[at];
            done = at + 1;
        }
        self.within(&bytes[done..]);
    }

    /// Takes `bytes` that are all inside of a line.
    fn within(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last() {
            self.unclean |= self.last == b'\r';
            self.line += bytes.len();
            self.longest = self.longest.max(self.line);
            self.last = *last;
        }
    }

    /// Whether lines end with CRLF and are short enough, and there is no NUL.
    pub(super) fn is_clean(&self) -> bool {
        !self.unclean && self.last != b'\r' && self.longest <= LINE
    }

    /// Whether there is nothing but ASCII.
    pub(super) fn is_ascii(&self) -> bool {
        !self.eight_bit
    }
}

impl Write for LineScan {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.feed(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Which charset bytes are in that are written to it, and then forgotten.
#[derive(Debug, Clone, Default)]
pub(super) struct CharsetScan {
    eight_bit: bool,
    /// The character that the last piece broke off.
    rest: Vec<u8>,
    invalid: bool,
}

impl CharsetScan {
    fn feed(&mut self, bytes: &[u8]) {
        let is_ascii = bytes.is_ascii();
        self.eight_bit |= !is_ascii;
        if self.invalid || (self.rest.is_empty() && is_ascii) {
            return;
        }
        let joined = [&self.rest[..], bytes].concat();
        match std::str::from_utf8(&joined) {
            Ok(_) => self.rest.clear(),
            Err(e) if e.error_len().is_none() => self.rest = joined[e.valid_up_to()..].to_vec(),
            Err(_) => self.invalid = true,
        }
    }

    /// Whether there is nothing but ASCII.
    pub(super) fn is_ascii(&self) -> bool {
        !self.eight_bit
    }

    /// Whether it is UTF-8.
    pub(super) fn is_utf8(&self) -> bool {
        !self.invalid && self.rest.is_empty()
    }
}

impl Write for CharsetScan {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.feed(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes of one line of base64.
const GROUP: usize = 57;
/// Bytes that are encoded at a time: what comes of them fits into the first cache.
const PIECE: usize = 128 * GROUP;

/// Writes what comes in as base64; [`Base64::finish`] ends it.
pub(super) struct Base64<'o> {
    out: &'o mut dyn Write,
    engine: base64::Base64,
    /// What stands between two groups.
    between: &'static [u8],
    rest: Vec<u8>,
    text: Vec<u8>,
}

impl<'o> Base64<'o> {
    /// Base64 in lines of 76 characters; the last has no end.
    pub(super) fn in_lines(out: &'o mut dyn Write) -> Self {
        Self::new(out, base64::MIME, b"\r\n")
    }

    /// Base64 without lines.
    pub(super) fn unbroken(out: &'o mut dyn Write) -> Self {
        Self::new(out, base64::STANDARD, b"")
    }

    fn new(out: &'o mut dyn Write, engine: base64::Base64, between: &'static [u8]) -> Self {
        Self { out, engine, between, rest: Vec::with_capacity(GROUP), text: Vec::new() }
    }

    /// Writes `bytes`, which are whole groups unless they are the last. The line end of each waits for the next.
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.engine.encode_append(bytes, &mut self.text);
        let end = self.text.len() - self.between.len();
        self.out.write_all(&self.text[..end])?;
        self.text.clear();
        self.text.extend_from_slice(self.between);
        Ok(())
    }

    /// Writes the rest.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.rest);
        if rest.is_empty() { Ok(()) } else { self.put(&rest) }
    }
}

impl Write for Base64<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut left = bytes;
        if !self.rest.is_empty() {
            let (head, tail) = left.split_at(left.len().min(GROUP - self.rest.len()));
            self.rest.extend_from_slice(head);
            left = tail;
            if self.rest.len() < GROUP {
                return Ok(bytes.len());
            }
            let group = std::mem::take(&mut self.rest);
            self.put(&group)?;
        }
        let (groups, rest) = left.split_at(left.len() - left.len() % GROUP);
        groups.chunks(PIECE).try_for_each(|piece| self.put(piece))?;
        self.rest.extend_from_slice(rest);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// How a text goes over the wire: the value of Content-Transfer-Encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    SevenBit,
    EightBit,
    QuotedPrintable,
    Base64,
}

impl Encoding {
    /// The best one for `text`, lines of which end with CRLF: as it is where that is clean, else what is shorter.
    pub(super) fn of_text(text: &[u8]) -> Self {
        let mut scan = LineScan::default();
        scan.feed(text);
        // A line that looks like a boundary of this writer, which always has "=_" in it, must not stay.
        let could_be_boundary = memmem::find(text, b"--=_").is_some();
        if scan.is_clean() && scan.is_ascii() && !could_be_boundary {
            return Self::SevenBit;
        }
        let quoted = qp::BODY.encoded_len(text);
        if quoted <= text.len().div_ceil(GROUP) * 78 { Self::QuotedPrintable } else { Self::Base64 }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SevenBit => "7bit",
            Self::EightBit => "8bit",
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
        }
    }

    /// Writes `text`, no more and no less.
    pub(super) fn write(self, text: &[u8], out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Base64 => {
                let mut base64 = Base64::in_lines(out);
                base64.write_all(text)?;
                base64.finish()
            }
            Self::QuotedPrintable => out.write_all(qp::BODY.encode(text).as_bytes()),
            Self::SevenBit | Self::EightBit => out.write_all(text),
        }
    }
}

/// `text` with lines that all end with CRLF, however they ended, and without NULs.
pub(super) fn canonical(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 32);
    let mut done = 0;
    for at in memchr3_iter(b'\r', b'\n', 0, text) {
        out.extend_from_slice(&text[done..at]);
        done = at + 1;
        match (text[..at].last(), text[at]) {
            (Some(b'\r'), b'\n') | (_, 0) => {}
            _ => out.extend_from_slice(b"\r\n"),
        }
    }
    out.extend_from_slice(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_clean() {
        for (bytes, clean) in [
            (&b"a\r\nb"[..], true),
            (b"a\nb", false),
            (b"a\rb", false),
            (b"a\r", false),
            (b"a\0", false),
            (b"a\r\rb", false),
            (b"a\r\0", false),
            (b"\r\n\n", false),
            (&[b'x'; 998], true),
            (&[b'x'; 999], false),
            (b"", true),
        ] {
            for size in [1, 2, 1000] {
                let mut scan = LineScan::default();
                bytes.chunks(size).for_each(|piece| scan.feed(piece));
                assert_eq!(scan.is_clean(), clean, "{} in pieces of {size}", bytes.escape_ascii());
            }
        }
    }

    #[test]
    fn which_charset() {
        let mut scan = CharsetScan::default();
        scan.feed(b"a");
        assert!(scan.is_utf8() && scan.is_ascii());
        "aé€".as_bytes().chunks(1).for_each(|piece| scan.feed(piece));
        assert!(scan.is_utf8() && !scan.is_ascii());
        scan.feed(b"\xff");
        assert!(!scan.is_utf8());
    }

    #[test]
    fn base64_is_the_same_however_it_comes() {
        let bytes: Vec<u8> = (0..=255).collect();
        let whole = |size: usize| {
            let mut out = Vec::new();
            let mut base64 = Base64::in_lines(&mut out);
            bytes.chunks(size).for_each(|chunk| base64.write_all(chunk).unwrap());
            base64.finish().unwrap();
            out
        };
        assert_eq!(whole(256), whole(1));
        assert_eq!(whole(256), whole(100));
        let text = String::from_utf8(whole(7)).unwrap();
        assert!(text.lines().all(|line| line.len() <= 76) && !text.ends_with('\n'));
        assert_eq!(base64::MIME.decode(&text).unwrap(), bytes);
    }

    #[test]
    fn base64_without_lines_is_one() {
        let bytes = vec![0xFF; PIECE + 2 * GROUP + 1];
        let mut out = Vec::new();
        let mut base64 = Base64::unbroken(&mut out);
        bytes.chunks(1000).for_each(|chunk| base64.write_all(chunk).unwrap());
        base64.finish().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "/".repeat((bytes.len() - 1) / 3 * 4) + "/w==");
    }

    #[test]
    fn which_encoding() {
        assert_eq!(Encoding::of_text(b"plain\r\n"), Encoding::SevenBit);
        assert_eq!(Encoding::of_text("Grüße\r\n".as_bytes()), Encoding::QuotedPrintable);
        assert_eq!(Encoding::of_text("日本語日本語".repeat(9).as_bytes()), Encoding::Base64);
        assert_eq!(Encoding::of_text(&[b'x'; 999]), Encoding::QuotedPrintable);
        assert_eq!(Encoding::of_text(b"\r\n--=_x\r\n"), Encoding::QuotedPrintable);
        let mut out = Vec::new();
        Encoding::QuotedPrintable.write("ä".as_bytes(), &mut out).unwrap();
        assert_eq!(out, b"=C3=A4");
    }

    #[test]
    fn line_ends() {
        assert_eq!(canonical(b"a\nb\rc\r\nd\n\ne\0"), b"a\r\nb\r\nc\r\nd\r\n\r\ne");
        assert_eq!(canonical(b"\n\r\0\na\0b\r\r\n"), b"\r\n\r\n\r\nab\r\n\r\n");
    }
}
