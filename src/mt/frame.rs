//! Objects to frames: their bytes, and the contents that go between them when they are written.

use std::io::Write;

use super::content;
use super::ext::{Encoder, Flags};
use super::object::{
    Folder, Frame, Header, MAPI_FOLDER, MAPI_MESSAGE, Message, MessageFrame, NAMED_PROPERTY, NamedProperty, Parent,
};
use crate::limits::Limits;
use crate::mapi::Stream;
use crate::{Error, ErrorKind, Result};

/// What every stream of this version begins with.
pub(super) const SIGNATURE: &[u8; 8] = b"GXMT0005";

/// Bytes of a frame before its body: type, id, parent's type, parent's id.
pub(super) const FRAME_HEAD: u64 = 4 + 8 + 4 + 8;

/// Bytes of the size that stands before a frame.
const SIZE: usize = 8;

/// An encoded frame. Large contents are not in it, only where they belong and how long they are; so it is small, and its
/// length is known before the first byte is written. It can be made on one thread and written on another.
#[derive(Debug)]
pub struct Encoded<'a> {
    bytes: Vec<u8>,
    splices: Vec<(usize, Stream<'a>)>,
    len: u64,
}

impl<'a> Encoded<'a> {
    /// The frame of `folder`.
    ///
    /// # Errors
    /// As [`Encoded::message`].
    pub fn folder(folder: &Folder<'a>) -> Result<Self> {
        Self::new(MAPI_FOLDER, folder.nid, folder.parent, |body| {
            body.props(&folder.props)?;
            body.u64(folder.acl.len() as u64);
            folder.acl.iter().try_for_each(|row| {
                body.u8(row.row_flags);
                body.props(&row.props)
            })
        })
    }

    /// The frame of `message`.
    ///
    /// # Errors
    /// Something has no place in a stream ([`ErrorKind::Stream`]: a value that is not of its tag's type, of type NULL or of
    /// an unknown type, a NUL in a string), or is too large ([`ErrorKind::Limit`]: more than 65535 properties of one
    /// object, attachments of a message or bytes of an SVREID, a frame of 4 GiB, messages embedded too deep). The error's
    /// location names the property.
    pub fn message(message: &MessageFrame<'a>) -> Result<Self> {
        Self::new(MAPI_MESSAGE, message.nid, message.parent, |body| {
            put_message(body, &message.message, Limits::default().embedding)?;
            body.string(&message.rfc822).map_err(|e| e.within("RFC 5322 text"))?;
            // The reserved string.
            body.u8(0);
            Ok(())
        })
    }

    /// The frame of a named property.
    ///
    /// # Errors
    /// The name is longer than 254 bytes ([`ErrorKind::Limit`]) or holds a NUL ([`ErrorKind::Stream`]).
    pub fn named_property(property: &NamedProperty) -> Result<Self> {
        let nobody = Parent { kind: 0, nid: 0 };
        Self::new(NAMED_PROPERTY, u64::from(property.tag.0), nobody, |body| {
            body.name(&property.name).map_err(|e| e.within(format!("name of property {}", property.tag)))
        })
    }

    /// The frame of whatever `frame` is.
    ///
    /// # Errors
    /// As [`Encoded::message`].
    pub fn frame(frame: &Frame<'a>) -> Result<Self> {
        match frame {
            Frame::Folder(folder) => Self::folder(folder),
            Frame::Message(message) => Self::message(message),
            Frame::NamedProperty(property) => Self::named_property(property),
        }
    }

    fn new(kind: u32, nid: u64, parent: Parent, body: impl FnOnce(&mut Encoder<'a>) -> Result<()>) -> Result<Self> {
        let mut encoder = Encoder::new(Flags::WIDE);
        encoder.u64(0);
        encoder.u32(kind);
        encoder.u64(nid);
        encoder.u32(parent.kind);
        encoder.u64(parent.nid);
        body(&mut encoder)?;
        let len = encoder.len();
        let size = len - SIZE as u64;
        if size > u64::from(u32::MAX) {
            let message = format!("the object {nid:#x} takes {size} bytes, a frame can't hold 4 GiB or more");
            return Err(Error::new(ErrorKind::Limit, message));
        }
        encoder.bytes[..SIZE].copy_from_slice(&size.to_le_bytes());
        Ok(Self { bytes: encoder.bytes, splices: encoder.splices, len })
    }

    /// Bytes that the frame takes in the stream, with the size before it.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none: never.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Writes the frame to `out`, its contents too.
    ///
    /// # Errors
    /// `out` fails, or a content can't be fetched or is of another length than it promised: the frame is cut then.
    pub(super) fn copy_to(&self, out: &mut dyn Write) -> Result<()> {
        let mut done = 0;
        for (at, stream) in &self.splices {
            out.write_all(&self.bytes[done..*at]).map_err(Error::of_output)?;
            content::copy(stream, out)?;
            done = *at;
        }
        out.write_all(&self.bytes[done..]).map_err(Error::of_output)
    }
}

/// The content of a message; `depth` more levels of embedding are allowed.
fn put_message<'a>(body: &mut Encoder<'a>, message: &Message<'a>, depth: usize) -> Result<()> {
    body.props(&message.props)?;
    body.u8(1);
    body.count32(message.recipients.len(), "recipients of one message")?;
    message.recipients.iter().try_for_each(|recipient| body.props(recipient))?;
    body.u8(1);
    body.count16(message.attachments.len(), "attachments of one message")?;
    for attachment in &message.attachments {
        body.props(&attachment.props)?;
        body.u8(u8::from(attachment.embedded.is_some()));
        if let Some(embedded) = &attachment.embedded {
            let depth = depth.checked_sub(1).ok_or_else(|| {
                let most = Limits::default().embedding;
                Error::new(ErrorKind::Limit, format!("messages are embedded more than {most} levels deep"))
            })?;
            put_message(body, embedded, depth)?;
        }
    }
    Ok(())
}

/// The header of a stream.
///
/// # Errors
/// As [`Encoded::named_property`], and a NUL in the name of a folder.
pub(super) fn header(header: &Header) -> Result<Vec<u8>> {
    let mut out = Encoder::new(Flags::WIDE);
    out.raw(SIGNATURE);
    out.raw(&[u8::from(header.splice), u8::from(header.public)]);
    map(&mut out, &header.folder_map, |out, entry| {
        out.u64(entry.nid);
        out.u8(u8::from(entry.create));
        out.u64(entry.target);
        out.string(entry.name.as_bytes()).map_err(|e| e.within(format!("name of folder {:#x}", entry.nid)))
    })?;
    map(&mut out, &header.name_map, |out, entry| {
        out.tag(entry.tag);
        out.name(&entry.name).map_err(|e| e.within(format!("name of property {}", entry.tag)))
    })?;
    out.gather()
}

/// A map of the header, with its size before it.
fn map<T>(
    out: &mut Encoder<'_>,
    entries: &[T],
    mut encode: impl FnMut(&mut Encoder<'_>, &T) -> Result<()>,
) -> Result<()> {
    let at = out.bytes.len();
    out.u64(0);
    out.u64(entries.len() as u64);
    entries.iter().try_for_each(|entry| encode(out, entry))?;
    let size = (out.bytes.len() - at - SIZE) as u64;
    out.bytes[at..at + SIZE].copy_from_slice(&size.to_le_bytes());
    Ok(())
}
