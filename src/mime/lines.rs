//! Content lines, which iCalendar and vCard are made of (RFC 5545 3.1, RFC 6350 3.2): a name, parameters, a value.

use std::borrow::Cow;
use std::io::{self, Write};

use super::wire::Base64;
use crate::mapi::Value;

/// The most octets of a line, its end not counted.
const WIDTH: usize = 75;

/// The name and the parameters of a content line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Property(String);

impl Property {
    /// A property without parameters.
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The same with a parameter more, whose value is a list.
    pub(super) fn with_list(mut self, name: &str, values: &str) -> Self {
        self.0.extend([";", name, "=", values]);
        self
    }

    /// The same with a parameter more.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        let value = parameter(value);
        let quoted = value.contains([':', ';', ',']);
        let quote = if quoted { "\"" } else { "" };
        self.0.extend([";", name, "=", quote, &value, quote]);
        self
    }
}

impl From<&str> for Property {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

/// A parameter value: what may not stand in one is written as RFC 6868 has it.
fn parameter(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '^' => out.push_str("^^"),
            '"' => out.push_str("^'"),
            '\n' => out.push_str("^n"),
            '\t' => out.push('\t'),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// `text` as a TEXT value (RFC 5545 3.3.11): line ends of any kind are `\n`, other control characters are left out.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\n' => out.push_str("\\n"),
            '\t' => out.push('\t'),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// `value` without the control characters that no value holds (RFC 5545 3.1): a line end would begin another content line.
fn clean(value: &str) -> Cow<'_, str> {
    let is_foreign = |c: char| c.is_control() && c != '\t';
    if value.contains(is_foreign) { value.replace(is_foreign, "").into() } else { value.into() }
}

/// Writes content lines, folded. What is written through [`Write`] belongs to the value of the line that is open.
pub(super) struct Lines<'w> {
    out: &'w mut dyn Write,
    column: usize,
    /// What is being folded.
    folded: Vec<u8>,
}

impl<'w> Lines<'w> {
    /// Lines that go to `out`.
    pub(super) fn new(out: &'w mut dyn Write) -> Self {
        Self { out, column: 0, folded: Vec::new() }
    }

    /// BEGIN of `component`.
    pub(super) fn begin(&mut self, component: &str) -> io::Result<()> {
        self.raw("BEGIN", component)
    }

    /// END of `component`.
    pub(super) fn end(&mut self, component: &str) -> io::Result<()> {
        self.raw("END", component)
    }

    /// A line whose value is written as it is, control characters left out.
    pub(super) fn raw(&mut self, property: impl Into<Property>, value: &str) -> io::Result<()> {
        self.open(property)?;
        self.write_all(clean(value).as_bytes())?;
        self.close()
    }

    /// A line with a TEXT value.
    pub(super) fn text(&mut self, property: impl Into<Property>, text: &str) -> io::Result<()> {
        self.raw(property, &escape(text))
    }

    /// A line with a list of TEXT values; none where the list is empty.
    pub(super) fn texts<T: AsRef<str>>(&mut self, property: impl Into<Property>, texts: &[T]) -> io::Result<()> {
        let list: Vec<String> = texts.iter().map(|text| escape(text.as_ref())).collect();
        if list.is_empty() { Ok(()) } else { self.raw(property, &list.join(",")) }
    }

    /// A line with a structured value of TEXT components.
    pub(super) fn structured<T: AsRef<str>>(&mut self, property: impl Into<Property>, parts: &[T]) -> io::Result<()> {
        let parts: Vec<String> = parts.iter().map(|part| escape(part.as_ref())).collect();
        self.raw(property, &parts.join(";"))
    }

    /// A line whose value is `prefix` and the bytes of `value`, a BINARY, in base64. They are handed on in pieces.
    pub(super) fn base64(&mut self, property: impl Into<Property>, prefix: &str, value: &Value<'_>) -> io::Result<()> {
        self.base64_of(property, prefix, |out| match value {
            Value::Bin(bytes) => out.write_all(bytes),
            Value::Stream(stream) => stream.copy_to(out),
            _ => Ok(()),
        })
    }

    /// A line whose value is `prefix` and what `write` writes, in base64.
    pub(super) fn base64_of(
        &mut self,
        property: impl Into<Property>,
        prefix: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        self.open(property)?;
        self.write_all(clean(prefix).as_bytes())?;
        let mut base64 = Base64::unbroken(self);
        write(&mut base64)?;
        base64.finish()?;
        self.close()
    }

    fn open(&mut self, property: impl Into<Property>) -> io::Result<()> {
        let Property(head) = property.into();
        self.column = 0;
        self.write_all(head.as_bytes())?;
        self.write_all(b":")
    }

    fn close(&mut self) -> io::Result<()> {
        self.out.write_all(b"\r\n")
    }

    /// How many of `bytes` still fit into the line, without cutting a character in two.
    fn fitting(&self, bytes: &[u8]) -> usize {
        let room = WIDTH.saturating_sub(self.column);
        if bytes.len() <= room {
            return bytes.len();
        }
        (0..=room).rev().find(|at| !is_continuation(bytes[*at])).unwrap_or(0)
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

impl Write for Lines<'_> {
    /// Takes whole characters only; what it is given is text.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut left = bytes;
        while !left.is_empty() {
            let fitting = self.fitting(left);
            let (now, later) = left.split_at(fitting);
            self.folded.extend_from_slice(now);
            self.column += fitting;
            left = later;
            if !left.is_empty() {
                self.folded.extend_from_slice(b"\r\n ");
                self.column = 1;
            }
        }
        self.out.write_all(&self.folded)?;
        self.folded.clear();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Lines<'_>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut Lines::new(&mut out)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_is_escaped() {
        let line = written(|lines| lines.text("NOTE", "a\\b; c, d\r\ne\rf\ng\u{7}"));
        assert_eq!(line, "NOTE:a\\\\b\\; c\\, d\\ne\\nf\\ng\r\n");
        assert_eq!(written(|lines| lines.texts("CATEGORIES", &["a,b", "c"])), "CATEGORIES:a\\,b,c\r\n");
        assert_eq!(written(|lines| lines.structured("N", &["a;b", "", "c"])), "N:a\\;b;;c\r\n");
    }

    #[test]
    fn parameters_are_quoted_where_they_must_be() {
        let property = Property::new("ATTENDEE").with("CN", "Doe, \"J\"").with("ROLE", "CHAIR");
        assert_eq!(written(|lines| lines.raw(property, "x")), "ATTENDEE;CN=\"Doe, ^'J^'\";ROLE=CHAIR:x\r\n");
    }

    #[test]
    fn no_value_begins_another_line() {
        assert_eq!(written(|lines| lines.raw("A", "b\r\nC:d\te\0\u{85}")), "A:bC:d\te\r\n");
        let line = written(|lines| lines.base64("PHOTO", "data:x\r\nB:,", &Value::bin(vec![0xFF; 3])));
        assert_eq!(line, "PHOTO:data:xB:,////\r\n");
    }

    #[test]
    fn lines_are_folded_between_characters() {
        let text = "é€𝄞".repeat(60);
        let line = written(|lines| lines.text("X", &text));
        let rows: Vec<&str> = line.strip_suffix("\r\n").unwrap().split("\r\n").collect();
        assert!(rows.iter().all(|row| row.len() <= 75));
        assert!(rows[..rows.len() - 1].iter().all(|row| row.len() > 71), "no shorter than a character makes needed");
        assert!(rows[1..].iter().all(|row| row.starts_with(' ')));
        assert_eq!(line.replace("\r\n ", ""), format!("X:{text}\r\n"));
        assert_eq!(written(|lines| lines.raw("X", &"a".repeat(73))), format!("X:{}\r\n", "a".repeat(73)));
        assert_eq!(written(|lines| lines.raw("X", &"a".repeat(74))), format!("X:{}\r\n a\r\n", "a".repeat(73)));
    }

    #[test]
    fn bytes_become_base64() {
        let line = written(|lines| lines.base64("PHOTO", "data:,", &Value::bin(vec![0xFF; 60])));
        assert_eq!(line.replace("\r\n ", ""), format!("PHOTO:data:,{}\r\n", "/".repeat(80)));
    }
}
