//! The reading end of a stream.

use std::io::{BufReader, Read};

use super::ext::{Decoder, Flags};
use super::frame::{FRAME_HEAD, SIGNATURE};
use super::object::{
    Attachment, Folder, FolderMapEntry, Frame, Header, MAPI_FOLDER, MAPI_MESSAGE, Message, MessageFrame,
    NAMED_PROPERTY, NamedProperty, Parent, Permission,
};
use crate::damage::{Effect, Finding, Findings};
use crate::limits::Limits;
use crate::mapi::{PropTag, Props};
use crate::{Error, ErrorKind, Result};

/// Bytes that are fetched at a time.
const BUFFER: usize = 256 << 10;

/// The fewest bytes of an entry of the folder map: id, create, target, an empty name.
const FOLDER_ENTRY: u64 = 8 + 1 + 8 + 1;
/// The fewest bytes of an entry of the name map: tag, kind, property set.
const NAME_ENTRY: u64 = 4 + 1 + 16;
/// The fewest bytes of a list of properties: its count.
const PROPS: u64 = 2;

/// How many frames of each sort there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Folders.
    pub folders: u64,
    /// Messages.
    pub messages: u64,
    /// Named properties, those without a name included.
    pub named_properties: u64,
}

/// Reads a stream, whoever wrote it.
///
/// Values of BINARY and OBJECT that are larger than [`Limits::spool_bytes`] are not gathered: they wait in a temporary file and
/// come out as [`crate::mapi::Value::Stream`]. All else that a frame holds is in memory, up to [`Limits::value_bytes`].
pub struct Reader<R> {
    stream: Decoder<BufReader<R>>,
    header: Header,
    empty: bool,
    counts: Counts,
    findings: Findings,
}

impl<R: Read> Reader<R> {
    /// Begins to read `input`: takes the header.
    ///
    /// An input of no bytes at all is not an error here, as other readers of the format take it for success too: the reader
    /// then has an empty header and no frames, and [`Reader::is_empty_input`] tells.
    ///
    /// # Errors
    /// The input can't be read ([`ErrorKind::Io`]), is not a GXMT stream of version 5 or its header is malformed
    /// ([`ErrorKind::Stream`]), or it ends inside the header ([`ErrorKind::CutStream`]).
    pub fn new(input: R) -> Result<Self> {
        Self::with_limits(input, Limits::default())
    }

    /// As [`Reader::new`], with other limits than the default ones.
    ///
    /// # Errors
    /// As [`Reader::new`].
    pub fn with_limits(input: R, limits: Limits) -> Result<Self> {
        let findings = Findings::new();
        let buffered = BufReader::with_capacity(BUFFER, input);
        let mut stream = Decoder::new(buffered, Flags::WIDE, limits, findings.clone());
        let empty = stream.input.at_eof()?;
        let header = if empty { Header::default() } else { header(&mut stream)? };
        Ok(Self { stream, header, empty, counts: Counts::default(), findings })
    }

    /// What stands before the frames.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Whether the input had no bytes at all: there was no stream. A producer that fails before it writes looks like that.
    pub fn is_empty_input(&self) -> bool {
        self.empty
    }

    /// How many bytes of the input have been taken.
    pub fn offset(&self) -> u64 {
        self.stream.input.offset()
    }

    /// The frames that have been read.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// What was found wrong so far, but not so wrong that it is an error: to be taken after each frame.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The next frame; `None` where the input ends behind a frame. Named-property frames without a name are passed over.
    ///
    /// # Errors
    /// The input ends inside a frame ([`ErrorKind::CutStream`]) or can't be read ([`ErrorKind::Io`]): that is the end. A frame
    /// is malformed ([`ErrorKind::Stream`]) or too large to be held ([`ErrorKind::Limit`]): the next call goes on
    /// behind it.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'static>>> {
        loop {
            self.stream.input.leave()?;
            self.stream.reset();
            if self.stream.input.at_eof()? {
                return Ok(None);
            }
            if let Some(frame) = self.frame()? {
                self.stream.input.leave()?;
                return Ok(Some(frame));
            }
        }
    }

    fn frame(&mut self) -> Result<Option<Frame<'static>>> {
        let stream = &mut self.stream;
        stream.input.enter("frame", 8);
        let size = stream.input.u64()?;
        stream.input.enter("frame", size);
        if size > u64::from(u32::MAX) {
            return Err(stream.input.error(format!("a frame of {size} bytes; a frame must be smaller than 4 GiB")));
        }
        stream.input.check_count(1, FRAME_HEAD)?;
        let kind = stream.input.u32()?;
        let nid = stream.input.u64()?;
        let parent = Parent { kind: stream.input.u32()?, nid: stream.input.u64()? };
        stream.set_nid(nid);
        match kind {
            MAPI_FOLDER => {
                self.counts.folders += 1;
                folder(stream, nid, parent).map(Frame::Folder).map(Some)
            }
            MAPI_MESSAGE => {
                self.counts.messages += 1;
                message_frame(stream, nid, parent).map(Frame::Message).map(Some)
            }
            NAMED_PROPERTY => {
                self.counts.named_properties += 1;
                named_property(stream, nid).map(|property| property.map(Frame::NamedProperty))
            }
            _ => Err(stream.input.error(format!("a frame of type {kind}, object {nid:#x}; 3, 5 and 250 are known"))),
        }
    }
}

type Source<R> = Decoder<BufReader<R>>;

fn header<R: Read>(stream: &mut Source<R>) -> Result<Header> {
    stream.input.enter("stream header", SIGNATURE.len() as u64);
    let signature: [u8; 8] = stream.input.array()?;
    check_signature(signature)?;
    stream.input.enter("stream header", 2);
    let [splice, public] = stream.input.array()?;
    let folder_map = map(stream, "folder map", FOLDER_ENTRY, |stream| {
        Ok(FolderMapEntry {
            nid: stream.input.u64()?,
            create: stream.input.u8()? != 0,
            target: stream.input.u64()?,
            name: stream.string()?,
        })
    })?;
    let name_map = map(stream, "name map", NAME_ENTRY, |stream| {
        let tag = PropTag(stream.input.u32()?);
        name_of(stream, tag)
    })?;
    let name_map = name_map.into_iter().flatten().collect();
    Ok(Header { splice: splice != 0, public: public != 0, folder_map, name_map })
}

fn check_signature(found: [u8; 8]) -> Result<()> {
    if found == *SIGNATURE {
        return Ok(());
    }
    let shown = found.escape_ascii();
    let message = match found {
        [b'G', b'X', b'M', b'T', version @ ..] if version.iter().all(u8::is_ascii_digit) => format!(
            "this is a stream of version {shown}; only GXMT0005 can be read. Make it anew with a program of today"
        ),
        _ => format!("this is not a GXMT stream: it begins with \"{shown}\", not \"GXMT0005\""),
    };
    Err(Error::new(ErrorKind::Stream, message).at("stream header", 0))
}

/// A map of the header. Bytes behind its entries are passed over.
fn map<R: Read, T>(
    stream: &mut Source<R>,
    name: &'static str,
    entry: u64,
    decode: impl FnMut(&mut Source<R>) -> Result<T>,
) -> Result<Vec<T>> {
    stream.input.enter(name, 8);
    let size = stream.input.u64()?;
    stream.input.enter(name, size);
    let n = stream.input.u64()?;
    let entries = stream.list(n, entry, decode)?;
    stream.input.leave()?;
    Ok(entries)
}

/// The name that `tag` gets here. One of the kind that names nothing is left out, with a finding.
fn name_of<R: Read>(stream: &mut Source<R>, tag: PropTag) -> Result<Option<NamedProperty>> {
    let at = stream.input.offset();
    let name = stream.name()?;
    if name.is_none() {
        stream.record(Finding::new(Effect::Notice, "PROPERTY_NAME", "a name", format!("none for {tag}")).at(at));
    }
    Ok(name.map(|name| NamedProperty { tag, name }))
}

fn named_property<R: Read>(stream: &mut Source<R>, nid: u64) -> Result<Option<NamedProperty>> {
    let tag = u32::try_from(nid).map_err(|_| stream.input.error(format!("{nid:#x} is not a property tag")))?;
    name_of(stream, PropTag(tag))
}

fn folder<R: Read>(stream: &mut Source<R>, nid: u64, parent: Parent) -> Result<Folder<'static>> {
    let props = stream.props()?;
    let n = stream.input.u64()?;
    let acl =
        stream.list(n, 1 + PROPS, |stream| Ok(Permission { row_flags: stream.input.u8()?, props: stream.props()? }))?;
    Ok(Folder { nid, parent, props, acl })
}

fn message_frame<R: Read>(stream: &mut Source<R>, nid: u64, parent: Parent) -> Result<MessageFrame<'static>> {
    let depth = stream.limits.embedding;
    let message = message(stream, depth)?;
    let rfc822 = stream.string8()?.into();
    // The reserved string.
    stream.input.skip_string()?;
    Ok(MessageFrame { nid, parent, message, rfc822 })
}

/// A message; `depth` more levels of embedding are allowed.
fn message<R: Read>(stream: &mut Source<R>, depth: usize) -> Result<Message<'static>> {
    let props = stream.props()?;
    let recipients = optional(stream, |stream| {
        let n = stream.input.u32()?;
        children(stream, u64::from(n), PROPS, Decoder::props)
    })?;
    let attachments = optional(stream, |stream| {
        let n = stream.input.u16()?;
        children(stream, u64::from(n), PROPS + 1, |stream| attachment(stream, depth))
    })?;
    Ok(Message { props, recipients, attachments })
}

/// A list that may be absent.
fn optional<R: Read, T>(
    stream: &mut Source<R>,
    decode: impl FnOnce(&mut Source<R>) -> Result<Vec<T>>,
) -> Result<Vec<T>> {
    if stream.input.u8()? == 0 { Ok(Vec::new()) } else { decode(stream) }
}

fn children<R: Read, T>(
    stream: &mut Source<R>,
    n: u64,
    min: u64,
    decode: impl FnMut(&mut Source<R>) -> Result<T>,
) -> Result<Vec<T>> {
    let most = stream.limits.children as u64;
    if n > most {
        return Err(stream.input.limit(format!("{n} recipients or attachments of one message; {most} is the limit")));
    }
    stream.list(n, min, decode)
}

fn attachment<R: Read>(stream: &mut Source<R>, depth: usize) -> Result<Attachment<'static>> {
    let props: Props<'static> = stream.props()?;
    if stream.input.u8()? == 0 {
        return Ok(Attachment { props, embedded: None });
    }
    let depth = depth.checked_sub(1).ok_or_else(|| {
        let most = stream.limits.embedding;
        stream.input.limit(format!("messages are embedded more than {most} levels deep; that is the limit"))
    })?;
    Ok(Attachment { props, embedded: Some(Box::new(message(stream, depth)?)) })
}
