//! A message as a tree of parts, and its bytes.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::mapi::{Stream, Value};
use crate::mime::field::Field;
use crate::mime::wire::{Base64, Encoding, LineScan, canonical};

/// Bytes, wherever they are.
#[derive(Debug, Clone)]
pub(super) enum Data<'a> {
    Bytes(Cow<'a, [u8]>),
    Stream(&'a Stream<'a>),
}

impl<'a> Data<'a> {
    /// The bytes of `value`, where it has some.
    pub(super) fn of(value: &'a Value<'a>) -> Option<Self> {
        match value {
            Value::Bin(bytes) => Some(Self::Bytes(Cow::Borrowed(bytes))),
            Value::Stream(stream) => Some(Self::Stream(stream)),
            _ => None,
        }
    }

    pub(super) fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Bytes(bytes) => out.write_all(bytes),
            Self::Stream(stream) => stream.copy_to(out),
        }
    }

    /// What a scan finds in the bytes. A medium that fails will do so again when they are written, and be reported then.
    pub(super) fn scan<S: Default + Write>(&self) -> S {
        let mut scan = S::default();
        _ = self.copy_to(&mut scan);
        scan
    }

    /// All of them, where they are few enough to be gathered: more than pictures and messages mostly have.
    pub(super) fn small(&self) -> Option<Cow<'_, [u8]>> {
        const MOST: u64 = 32 << 20;
        match self {
            Self::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
            Self::Stream(stream) if stream.len() <= MOST => stream.to_vec().ok().map(Cow::Owned),
            Self::Stream(_) => None,
        }
    }

    /// The first bytes.
    pub(super) fn head(&self) -> Vec<u8> {
        let mut head = Head::default();
        // It refuses more than it needs.
        _ = self.copy_to(&mut head);
        head.0
    }

    /// Whether they begin with a header that has a field called `name`, in lower case.
    pub(super) fn has_field(&self, name: &str) -> bool {
        let head = self.head();
        let lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let is_field = |line: &[u8]| {
            let (start, rest) = line.split_at_checked(name.len()).unwrap_or_default();
            start.eq_ignore_ascii_case(name.as_bytes()) && rest.first() == Some(&b':')
        };
        lines.take_while(|line| !line.is_empty()).any(is_field)
    }
}

/// Keeps the first bytes that are written to it, and takes no more.
#[derive(Default)]
struct Head(Vec<u8>);

impl Write for Head {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        const MOST: usize = 4096;
        let taken = bytes.len().min(MOST - self.0.len());
        self.0.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a part holds.
#[derive(Debug)]
pub(super) enum Content<'a> {
    /// Text with CRLF line ends.
    Text(Vec<u8>),
    /// Anything, in base64.
    Data(Data<'a>),
    /// Lines that go as they are.
    Lines(Data<'a>),
    /// Parts.
    Multi(Vec<Part<'a>>),
    /// A message.
    Message(Box<Entity<'a>>),
    /// A header with the type of the part, an empty line and a body, to be kept byte by byte since a signature depends on them.
    Signed(Data<'a>),
}

/// A part: its type and parameters, the other Content fields, its content.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) media_type: Cow<'a, str>,
    pub(super) parameters: Vec<(&'static str, String)>,
    pub(super) fields: Vec<Field>,
    pub(super) content: Content<'a>,
}

impl<'a> Part<'a> {
    pub(super) fn new(media_type: impl Into<Cow<'a, str>>, content: Content<'a>) -> Self {
        Self { media_type: media_type.into(), parameters: Vec::new(), fields: Vec::new(), content }
    }

    /// A text in `charset`.
    pub(super) fn text(media_type: impl Into<Cow<'a, str>>, charset: &str, text: &[u8]) -> Self {
        let part = Self::new(media_type, Content::Text(canonical(text)));
        part.parameter("charset", charset)
    }

    /// A text, in US-ASCII where that is enough, else UTF-8.
    pub(super) fn unicode(media_type: impl Into<Cow<'a, str>>, text: &str) -> Self {
        Self::text(media_type, if text.is_ascii() { "us-ascii" } else { "utf-8" }, text.as_bytes())
    }

    /// `parts` together; a single one needs no multipart around it.
    pub(super) fn multi(media_type: &'static str, mut parts: Vec<Self>) -> Self {
        match (parts.len(), parts.pop()) {
            (1, Some(part)) => part,
            (_, last) => {
                parts.extend(last);
                Self::new(media_type, Content::Multi(parts))
            }
        }
    }

    pub(super) fn parameter(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    pub(super) fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    /// The part as a file called `name`.
    pub(super) fn file(self, name: &'static str) -> Self {
        let disposition = Field::with_parameters("Content-Disposition", "attachment", &[("filename", name)], false);
        self.parameter("name", name).field(disposition)
    }

    fn encoding(&self) -> Encoding {
        match &self.content {
            Content::Text(text) => Encoding::of_text(text),
            Content::Data(_) => Encoding::Base64,
            _ if self.is_eight_bit() => Encoding::EightBit,
            _ => Encoding::SevenBit,
        }
    }

    /// Whether there are bytes in it, as they are written, that are not ASCII.
    fn is_eight_bit(&self) -> bool {
        match &self.content {
            Content::Text(_) | Content::Data(_) => false,
            Content::Lines(data) | Content::Signed(data) => !data.scan::<LineScan>().is_ascii(),
            Content::Multi(parts) => parts.iter().any(Part::is_eight_bit),
            Content::Message(entity) => entity.root.is_eight_bit(),
        }
    }
}

/// A message: its header, less what says what the body is, and its body.
#[derive(Debug)]
pub(super) struct Entity<'a> {
    pub(super) fields: Vec<Field>,
    pub(super) root: Part<'a>,
}

/// Writes a message. Boundaries are made of `key`, which has to be another one for every message, and a number.
pub(super) struct Writer<'o> {
    out: &'o mut dyn Write,
    key: u64,
    boundaries: usize,
}

impl<'o> Writer<'o> {
    pub(super) fn new(out: &'o mut dyn Write, key: u64) -> Self {
        Self { out, key, boundaries: 0 }
    }

    pub(super) fn entity(&mut self, entity: &Entity<'_>) -> io::Result<()> {
        entity.fields.iter().try_for_each(|field| field.write(self.out))?;
        let has_version = matches!(&entity.root.content, Content::Signed(data) if data.has_field("mime-version"));
        if !has_version {
            self.out.write_all(b"MIME-Version: 1.0\r\n")?;
        }
        self.part(&entity.root)
    }

    fn part(&mut self, part: &Part<'_>) -> io::Result<()> {
        if let Content::Signed(data) = &part.content {
            return data.copy_to(self.out);
        }
        let encoding = part.encoding();
        let mut parameters: Vec<_> = part.parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let boundary = self.boundary(part);
        parameters.extend(boundary.iter().map(|boundary| ("boundary", boundary.as_str())));
        Field::with_parameters("Content-Type", &part.media_type, &parameters, true).write(self.out)?;
        Field::tokens("Content-Transfer-Encoding", [encoding.name()]).write(self.out)?;
        part.fields.iter().try_for_each(|field| field.write(self.out))?;
        self.out.write_all(b"\r\n")?;
        match (&part.content, boundary) {
            (Content::Text(text), _) => encoding.write(text, self.out),
            (Content::Data(data), _) => {
                let mut base64 = Base64::in_lines(self.out);
                data.copy_to(&mut base64)?;
                base64.finish()
            }
            (Content::Lines(data) | Content::Signed(data), _) => data.copy_to(self.out),
            (Content::Message(entity), _) => self.entity(entity),
            (Content::Multi(parts), boundary) => self.parts(parts, &boundary.unwrap_or_default()),
        }
    }

    /// A boundary, where `part` needs one. "=_" occurs neither in base64 nor in quoted-printable.
    fn boundary(&mut self, part: &Part<'_>) -> Option<String> {
        matches!(part.content, Content::Multi(_)).then(|| {
            self.boundaries += 1;
            format!("=_{:016x}_{}", self.key, self.boundaries)
        })
    }

    fn parts(&mut self, parts: &[Part<'_>], boundary: &str) -> io::Result<()> {
        for (i, part) in parts.iter().enumerate() {
            let begin = if i == 0 { "" } else { "\r\n" };
            write!(self.out, "{begin}--{boundary}\r\n")?;
            self.part(part)?;
        }
        write!(self.out, "\r\n--{boundary}--\r\n")
    }
}
