//! Bytes on the wire: what contents are made of, and the transfer encodings (RFC 2045 6).

use std::io::{self, Write};

use encodify::{base64, qp};

/// The longest line without its end (RFC 5322 2.1.1).
const LINE: usize = 998;

/// What is found in bytes that are written to it, and then forgotten.
#[derive(Debug, Clone, Default)]
pub(super) struct Scan {
    line: usize,
    longest: usize,
    last: u8,
    eight_bit: bool,
    unclean: bool,
    utf8: Utf8,
}

impl Scan {
    /// What is in `bytes`.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut scan = Self::default();
        scan.feed(bytes);
        scan
    }

    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match (self.last, *byte) {
                (b'\r', b'\n') => self.line = 0,
                (b'\r', _) | (_, b'\n' | 0) => self.unclean = true,
                (_, b'\r') => {}
                _ => self.line += 1,
            }
            self.longest = self.longest.max(self.line);
            self.eight_bit |= *byte >= 0x80;
            self.last = *byte;
        }
        self.utf8.feed(bytes);
    }

    /// Whether lines end with CRLF and are short enough, and there is no NUL.
    pub(super) fn is_clean(&self) -> bool {
        !self.unclean && self.last != b'\r' && self.longest <= LINE
    }

    /// Whether there is nothing but ASCII.
    pub(super) fn is_ascii(&self) -> bool {
        !self.eight_bit
    }

    /// Whether it is UTF-8.
    pub(super) fn is_utf8(&self) -> bool {
        self.utf8.is_valid()
    }
}

impl Write for Scan {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.feed(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether bytes that come in pieces are UTF-8.
#[derive(Debug, Clone, Default)]
struct Utf8 {
    /// The character that the last piece broke off.
    rest: Vec<u8>,
    invalid: bool,
}

impl Utf8 {
    fn feed(&mut self, bytes: &[u8]) {
        if self.invalid || (self.rest.is_empty() && bytes.is_ascii()) {
            return;
        }
        let joined = [&self.rest[..], bytes].concat();
        match std::str::from_utf8(&joined) {
            Ok(_) => self.rest.clear(),
            Err(e) if e.error_len().is_none() => self.rest = joined[e.valid_up_to()..].to_vec(),
            Err(_) => self.invalid = true,
        }
    }

    fn is_valid(&self) -> bool {
        !self.invalid && self.rest.is_empty()
    }
}

/// Bytes of one line of base64.
const GROUP: usize = 57;

/// Writes what comes in as base64 in lines; [`Base64::finish`] ends it.
pub(super) struct Base64<'o> {
    out: &'o mut dyn Write,
    rest: Vec<u8>,
    begun: bool,
}

impl<'o> Base64<'o> {
    pub(super) fn new(out: &'o mut dyn Write) -> Self {
        Self { out, rest: Vec::with_capacity(GROUP), begun: false }
    }

    fn line(&mut self, bytes: &[u8]) -> io::Result<()> {
        let end = if std::mem::replace(&mut self.begun, true) { "\r\n" } else { "" };
        write!(self.out, "{end}{}", base64::STANDARD.encode(bytes))
    }

    /// Writes the last line, without an end.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.rest);
        if rest.is_empty() { Ok(()) } else { self.line(&rest) }
    }
}

impl Write for Base64<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut left = bytes;
        while !left.is_empty() {
            let (head, tail) = left.split_at(left.len().min(GROUP - self.rest.len()));
            self.rest.extend_from_slice(head);
            left = tail;
            if self.rest.len() == GROUP {
                let group = std::mem::replace(&mut self.rest, Vec::with_capacity(GROUP));
                self.line(&group)?;
            }
        }
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
        let scan = Scan::of(text);
        // A line that looks like a boundary of this writer, which always has "=_" in it, must not stay.
        let could_be_boundary = text.windows(4).any(|w| w == b"--=_");
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
                let mut base64 = Base64::new(out);
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
    let mut last = 0;
    for byte in text {
        match (last, *byte) {
            (b'\r', b'\n') | (_, 0) => {}
            (_, b'\r' | b'\n') => out.extend_from_slice(b"\r\n"),
            (_, byte) => out.push(byte),
        }
        last = *byte;
    }
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
            (&[b'x'; 998], true),
            (&[b'x'; 999], false),
            (b"", true),
        ] {
            assert_eq!(Scan::of(bytes).is_clean(), clean, "{}", bytes.escape_ascii());
        }
        let mut scan = Scan::default();
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
            let mut base64 = Base64::new(&mut out);
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
    }
}
