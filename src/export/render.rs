//! One item, rendered: what the threads do.

use std::io::{self, Write};
use std::sync::Arc;

use zip::write::PreparedZipFile;

use super::archive::pack;
use super::draft::{Body, Bytes, Draft};
use super::item::Item;
use super::layout::{Format, Target};
use super::tree::Tree;
use crate::mapi::tag::pr;
use crate::mime::{Names, View};
use crate::mt::object::Message;
use crate::{Error, Result};

/// What is to be done to an item besides rendering it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// It is made a file.
    Save,
    /// It is compressed for a zip file, where it is small enough to be in memory.
    Pack,
    /// Nothing.
    Render,
}

/// What is left for the thread that writes in order.
pub(super) enum Rendered {
    Saved,
    Packed(Box<PreparedZipFile>),
    Bytes(Bytes),
}

/// An item that is to be rendered.
pub(super) struct Job {
    pub item: Item,
    pub message: Message<'static>,
    pub names: Arc<Names>,
    pub target: Target,
    pub time: Option<i64>,
    pub tree: Arc<Tree>,
    pub work: Work,
}

/// An item that is done.
pub(super) struct Done {
    pub item: Item,
    /// `None` where there was nothing to write.
    pub written: Option<Written>,
}

/// An item that is rendered.
pub(super) struct Written {
    pub target: Target,
    pub time: Option<i64>,
    pub rendered: Result<Rendered>,
}

impl Job {
    /// Does the work.
    pub fn run(mut self) -> Done {
        self.item.describe(&self.message, &self.names);
        let rendered = self.render();
        Done { item: self.item, written: Some(Written { target: self.target, time: self.time, rendered }) }
    }

    fn render(&mut self) -> Result<Rendered> {
        let mut draft = Draft::new(self.tree.root());
        let written = write(self.target.format, &self.message, &self.names, &mut draft);
        let body = written.and_then(|()| draft.finish()).map_err(Error::of_output)?;
        let Body { bytes, size, sha256 } = body;
        self.item.size = size;
        self.item.sha256 = sha256;
        let path = &self.target.path;
        match (self.work, bytes) {
            (Work::Save, bytes) => self.tree.save(path, bytes, self.time).map(|()| Rendered::Saved),
            (Work::Pack, Bytes::Memory(bytes)) => {
                let packed = pack(path, &bytes, self.time).map_err(Error::of_output)?;
                Ok(Rendered::Packed(Box::new(packed)))
            }
            (_, bytes) => Ok(Rendered::Bytes(bytes)),
        }
    }
}

/// What stands before the items of a collection.
pub(super) fn before(format: Format) -> &'static [u8] {
    match format {
        Format::Ics => b"BEGIN:VCALENDAR\r\n",
        _ => b"",
    }
}

/// What stands behind the items of a collection.
pub(super) fn after(format: Format) -> &'static [u8] {
    match format {
        Format::Ics => b"END:VCALENDAR\r\n",
        _ => b"",
    }
}

fn write(_format: Format, message: &Message<'_>, names: &Names, out: &mut dyn Write) -> io::Result<()> {
    let view = View::new(&message.props, names);
    write!(out, "Subject: {}\r\n\r\n", super::item::subject(view).replace(['\r', '\n'], " "))?;
    out.write_all(view.text(pr::BODY).unwrap_or_default().as_bytes())?;
    for attachment in &message.attachments {
        match View::new(&attachment.props, names).value(pr::ATTACH_DATA_BIN) {
            Some(crate::mapi::Value::Bin(bytes)) => out.write_all(bytes)?,
            Some(crate::mapi::Value::Stream(stream)) => stream.copy_to(out)?,
            _ => {}
        }
    }
    Ok(())
}
