//! Objects for people to read: a line for each, and their properties if they are wanted.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::mapi::tag::pr;
use crate::mapi::{PropTag, PropType, Props, Value, time};
use crate::mt::NameMap;
use crate::mt::object::{Folder, Frame, Header, Message, MessageFrame, NamedProperty, UNANCHORED};
use crate::sanitize::{self, text as clean};

/// Characters of a text that are shown.
const TEXT: usize = 200;
/// Bytes of a binary value that are shown.
const BYTES: usize = 32;
/// Elements of a list that are shown.
const ELEMENTS: usize = 16;

/// Shows objects on `out`.
pub struct Show<W: Write> {
    out: W,
    /// Whether properties are shown.
    props: bool,
    /// How deep what is shown next lies in the tree.
    pub depth: usize,
}

impl<W: Write> Show<W> {
    /// Shows objects on `out`, with their properties where `props` says so.
    pub fn new(out: W, props: bool) -> Self {
        Self { out, props, depth: 0 }
    }

    /// Shows what stands before the frames of a stream.
    ///
    /// # Errors
    /// `out` fails.
    pub fn header(&mut self, header: &Header) -> io::Result<()> {
        let public = if header.public { "public" } else { "private" };
        let splice = if header.splice { "onto the special folders" } else { "into a folder of its own" };
        writeln!(self.out, "stream from a {public} store, {splice}")?;
        for entry in &header.folder_map {
            let what = if entry.create { "a new folder in" } else { "is" };
            let target = match entry.target {
                UNANCHORED => "the folder of -B".to_owned(),
                target => format!("folder {target:#x}"),
            };
            writeln!(self.out, "  {:#x} \"{}\" {what} {target}", entry.nid, clean(&entry.name))?;
        }
        header.name_map.iter().try_for_each(|property| self.named_property(property))
    }

    /// Shows `frame` of a stream that has given `names` so far.
    ///
    /// # Errors
    /// `out` fails.
    pub fn frame(&mut self, frame: &Frame<'_>, names: &NameMap) -> io::Result<()> {
        match frame {
            Frame::Folder(folder) => self.folder(folder, names),
            Frame::Message(message) => self.message(message, names),
            Frame::NamedProperty(property) => self.named_property(property),
        }
    }

    fn named_property(&mut self, property: &NamedProperty) -> io::Result<()> {
        if self.props {
            writeln!(self.out, "name {} = {}", property.tag, clean(&property.name.to_string()))?;
        }
        Ok(())
    }

    /// Shows a folder.
    ///
    /// # Errors
    /// `out` fails.
    pub fn folder(&mut self, folder: &Folder<'_>, names: &NameMap) -> io::Result<()> {
        let name = clean(folder.props.str(pr::DISPLAY_NAME).unwrap_or_default());
        let class = clean(folder.props.str(pr::CONTAINER_CLASS).unwrap_or_default());
        let pad = "  ".repeat(self.depth);
        writeln!(self.out, "{pad}folder {:#x} in {} \"{name}\" {class}", folder.nid, parent(folder.parent.nid))?;
        self.list(&folder.props, names, 1)?;
        for row in &folder.acl {
            writeln!(self.out, "{pad}  access {}", row.row_flags)?;
            self.list(&row.props, names, 2)?;
        }
        Ok(())
    }

    /// Shows a message with all that it holds.
    ///
    /// # Errors
    /// `out` fails.
    pub fn message(&mut self, frame: &MessageFrame<'_>, names: &NameMap) -> io::Result<()> {
        let pad = "  ".repeat(self.depth);
        write!(self.out, "{pad}message {:#x} in {}", frame.nid, parent(frame.parent.nid))?;
        self.content(&frame.message, names, 0)?;
        if !frame.rfc822.is_empty() {
            writeln!(self.out, "{pad}  RFC 5322 text of {} bytes", frame.rfc822.len())?;
        }
        Ok(())
    }

    fn content(&mut self, message: &Message<'_>, names: &NameMap, depth: usize) -> io::Result<()> {
        let text = |tag| clean(message.props.str(tag).unwrap_or_default());
        let (class, subject) = (text(pr::MESSAGE_CLASS), text(pr::SUBJECT));
        let (to, files) = (message.recipients.len(), message.attachments.len());
        writeln!(self.out, " {class} \"{subject}\" {to} recipients, {files} attachments")?;
        self.list(&message.props, names, depth + 1)?;
        let pad = "  ".repeat(self.depth + depth + 1);
        for (n, recipient) in message.recipients.iter().enumerate() {
            let name = clean(recipient.str(pr::DISPLAY_NAME).unwrap_or_default());
            writeln!(self.out, "{pad}recipient {n} \"{name}\"")?;
            self.list(recipient, names, depth + 2)?;
        }
        for (n, attachment) in message.attachments.iter().enumerate() {
            let props = &attachment.props;
            let name = [pr::ATTACH_LONG_FILENAME, pr::ATTACH_FILENAME, pr::DISPLAY_NAME];
            let name = clean(name.iter().find_map(|tag| props.str(*tag)).unwrap_or_default());
            writeln!(self.out, "{pad}attachment {n} \"{name}\"")?;
            self.list(props, names, depth + 2)?;
            if let Some(embedded) = &attachment.embedded {
                write!(self.out, "{pad}  embedded message")?;
                self.content(embedded, names, depth + 2)?;
            }
        }
        Ok(())
    }

    fn list(&mut self, props: &Props<'_>, names: &NameMap, depth: usize) -> io::Result<()> {
        if !self.props {
            return Ok(());
        }
        let pad = "  ".repeat(self.depth + depth);
        for (tag, value) in props {
            let name = names.get(*tag).filter(|_| tag.is_named());
            let name = name.map_or(String::new(), |name| format!(" ({})", clean(&name.to_string())));
            writeln!(self.out, "{pad}{tag}{name} = {}", self::value(*tag, value))?;
        }
        Ok(())
    }
}

fn parent(nid: u64) -> String {
    if nid == UNANCHORED { "the folder of -B".to_owned() } else { format!("{nid:#x}") }
}

/// `value` in one line; long ones are cut, and their length is told.
pub fn value(tag: PropTag, value: &Value<'_>) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::I16(v) => v.to_string(),
        Value::I32(v) => format!("{v} ({v:#x})"),
        Value::I64(v) if tag.typ() == PropType::SYSTIME => time::filetime_to_string(*v),
        Value::I64(v) => format!("{v} ({v:#x})"),
        Value::F32(v) => v.to_string(),
        Value::F64(v) => v.to_string(),
        Value::Bool(v) => v.to_string(),
        Value::Str(v) => quote(v),
        Value::Str8(v) => quote(&String::from_utf8_lossy(v)),
        Value::Guid(v) => v.to_string(),
        Value::Bin(v) | Value::SvrEid(v) => hex(v, v.len() as u64),
        Value::Stream(v) => format!("{} bytes", v.len()),
        Value::Restriction(v) => format!("{v:?}"),
        Value::Actions(v) => format!("{v:?}"),
        Value::MvI16(v) => list(v, |v| v.to_string()),
        Value::MvI32(v) => list(v, |v| v.to_string()),
        Value::MvI64(v) if tag.typ() == PropType::MV_SYSTIME => list(v, |v| time::filetime_to_string(*v)),
        Value::MvI64(v) => list(v, |v| v.to_string()),
        Value::MvF32(v) => list(v, |v| v.to_string()),
        Value::MvF64(v) => list(v, |v| v.to_string()),
        Value::MvStr(v) => list(v, |v| quote(v)),
        Value::MvStr8(v) => list(v, |v| quote(&String::from_utf8_lossy(v))),
        Value::MvGuid(v) => list(v, |v| v.to_string()),
        Value::MvBin(v) => list(v, |v| hex(v, v.len() as u64)),
    }
}

fn quote(text: &str) -> String {
    let cut: String = text.chars().take(TEXT).collect();
    let shown = sanitize::text(&cut);
    let more = if cut.len() < text.len() { format!("… ({} bytes)", text.len()) } else { String::new() };
    format!("\"{shown}\"{more}")
}

fn hex(bytes: &[u8], len: u64) -> String {
    let mut out = crate::bytes::hex(&bytes[..bytes.len().min(BYTES)]);
    if len > BYTES as u64 {
        let _ = write!(out, "… ({len} bytes)");
    }
    out
}

fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    let mut shown: Vec<String> = items.iter().take(ELEMENTS).map(show).collect();
    if items.len() > ELEMENTS {
        shown.push(format!("… ({} in all)", items.len()));
    }
    format!("[{}]", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_through_to_the_terminal() {
        let shown = value(PropTag(0x0037_001F), &Value::str("x\x1b]0;\u{202E}ü"));
        assert_eq!(shown, r#""x\u{1b}]0;\u{202e}ü""#);
    }

    #[test]
    fn long_values_are_cut() {
        let shown = value(PropTag(0x0001_0102), &Value::bin(vec![0xAB; 33]));
        assert_eq!(shown, format!("{}… (33 bytes)", "ab".repeat(32)));
        assert!(value(PropTag(0x0001_001F), &Value::str("ä".repeat(201))).ends_with("ä\"… (402 bytes)"));
    }
}
