//! From the stream to a PST file: the counterpart of [`super::from_pff`], and the other place that knows both sides.
//!
//! The ids of a stream that comes from a PFF file are kept wherever they can be, so that what one object says of another holds.

mod convert;
mod place;

use std::collections::HashMap;
use std::io::Read;

use serde::Serialize;

use super::object::{Folder, Frame, Header, Message, MessageFrame};
use super::{NameMap, Reader};
use crate::damage::{Effect, Finding, Findings};
use crate::ltp::write::TextEncoding;
use crate::mapi::tag::pr;
use crate::mapi::{PropName, PropTag, Props, Value};
use crate::messaging::Charset;
use crate::messaging::write::StoreWriter;
use crate::ndb::NidType;
use crate::{ErrorKind, Result};
use convert::Converter;
use place::Places;

/// An item of the stream that has findings: a line of the ledger where it is not whole.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its id in the stream, as `0x…`; 0 for a frame that can't be read.
    #[serde(serialize_with = "hex")]
    pub nid: u64,
    /// The path of its folder in the file.
    pub folder: String,
    /// Its message class.
    pub class: String,
    /// Its subject, or its name if it is a folder.
    pub subject: String,
    /// Whether it is in the file.
    pub written: bool,
    /// What is not as it was.
    pub findings: Vec<Finding>,
}

/// What sort of thing an [`Item`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A folder.
    Folder,
    /// A message.
    Message,
    /// A frame that can't be read.
    Frame,
}

fn hex<S: serde::Serializer>(nid: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{nid:#x}"))
}

/// What an import adds up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Folders of the stream.
    pub folders: u64,
    /// Messages that were written, but for associated ones.
    pub messages: u64,
    /// Associated messages (FAI) that were written.
    pub fai: u64,
    /// Recipients of these messages, and of the messages embedded in them.
    pub recipients: u64,
    /// Their attachments.
    pub attachments: u64,
    /// Bytes of the stream.
    pub bytes: u64,
    /// Items that the stream had: folders and messages, and frames that can't be read.
    pub found: u64,
    /// Items that are in the file as they were in the stream.
    pub whole: u64,
    /// Items that were written, but not as they were in the stream.
    pub part: u64,
    /// Items that were not written.
    pub missing: u64,
}

impl Totals {
    /// Whether all is in the file as it was in the stream.
    pub fn is_whole(&self) -> bool {
        self.part + self.missing == 0
    }

    fn add(&mut self, message: &Message<'_>) {
        self.recipients += message.recipients.len() as u64;
        self.attachments += message.attachments.len() as u64;
        message.attachments.iter().filter_map(|a| a.embedded.as_deref()).for_each(|m| self.add(m));
    }
}

/// Listens to an import.
pub trait Observer {
    /// The folder `path` begins.
    fn folder(&mut self, path: &str) {
        let _ = path;
    }

    /// One more message is done, and `bytes` of the stream.
    fn progress(&mut self, bytes: u64) {
        let _ = bytes;
    }

    /// An item that is not whole, or not in the file at all.
    fn item(&mut self, item: &Item);

    /// Findings that cost nothing.
    fn notice(&mut self, item: &Item);
}

/// PidTagCodePageId: the code page of the 8-bit text of a store.
const STORE_CODE_PAGE: PropTag = PropTag(0x66C3_0003);

/// Writes all that `reader` yields into `store` and finishes it; `None` when `stop` said to stop before the end.
///
/// Where the stream is of a whole store, its top folder becomes that of the file, and the name that the folder map has for it the name of
/// the store. A frame that is malformed is reported as missing, and reading goes on behind it.
///
/// # Errors
/// The stream is cut or can't be read, the file can't be written or gets too large for its format. What has been written is not a
/// file then: the header, which comes last, is missing.
pub fn import<R: Read>(
    reader: &mut Reader<R>,
    store: StoreWriter<'_>,
    observer: &mut dyn Observer,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Totals>> {
    let mut import = Import {
        store,
        names: NameMap::new(reader.header()),
        twins: HashMap::new(),
        places: Places::new(reader.header()),
        totals: Totals::default(),
        observer,
    };
    // Readers look for an embedded message among the nodes, too: its id must not be one that a message keeps.
    import.store.reserve(place::LAST_KEPT);
    import.describe_store(reader.header());
    let findings = reader.findings().clone();
    loop {
        let frame = reader.next_frame();
        // An input that is told to stop may end anywhere.
        if stop() {
            return Ok(None);
        }
        match frame {
            Ok(Some(frame)) => import.frame(frame, &findings)?,
            Ok(None) => break,
            Err(e) if matches!(e.kind(), ErrorKind::Stream | ErrorKind::Limit) => {
                findings.add(Finding::new(Effect::Lost, "frame", "a frame that can be read", e));
                import.report(Kind::Frame, 0, Label::default(), false, &findings);
            }
            Err(e) => return Err(e),
        }
        import.observer.progress(reader.offset());
    }
    import.totals.bytes = reader.offset();
    import.places.finish(&mut import.store)?;
    import.store.finish()?;
    Ok(Some(import.totals))
}

struct Import<'i, 'o> {
    store: StoreWriter<'o>,
    names: NameMap,
    twins: HashMap<PropName, Vec<u16>>,
    places: Places,
    totals: Totals,
    observer: &'i mut dyn Observer,
}

impl Import<'_, '_> {
    fn describe_store(&mut self, header: &Header) {
        if let Some(top) = header.folder_map.iter().find(|entry| entry.create && !entry.name.is_empty()) {
            let name = self.stored_text(&top.name);
            self.store.props.set(pr::DISPLAY_NAME, Value::str(name));
        }
        if let TextEncoding::CodePage(codepage) = self.store.encoding() {
            self.store.props.set(STORE_CODE_PAGE, Value::I32(codepage as i32));
        }
    }

    /// `text` as it can be stored; what happens to a name that was made up for the stream is no finding.
    fn stored_text(&mut self, text: &str) -> String {
        let findings = Findings::new();
        let mut props = Props::new();
        props.push(pr::DISPLAY_NAME, Value::str(text.to_owned()));
        self.converter(&findings).props(props).str(pr::DISPLAY_NAME).unwrap_or_default().to_owned()
    }

    fn converter<'c>(&'c mut self, findings: &'c Findings) -> Converter<'c> {
        let (encoding, is_from_pff) = (self.store.encoding(), self.places.is_from_pff());
        let (names, ids, twins) = (&self.names, &mut self.store.names, &mut self.twins);
        Converter { names, ids, twins, encoding, is_from_pff, charset: Charset::default(), findings }
    }

    fn frame(&mut self, frame: Frame<'static>, findings: &Findings) -> Result<()> {
        match frame {
            Frame::NamedProperty(property) => {
                self.names.define(property);
                Ok(())
            }
            Frame::Folder(folder) => self.folder(folder, findings),
            Frame::Message(message) => self.message(message, findings),
        }
    }

    fn folder(&mut self, mut folder: Folder<'static>, findings: &Findings) -> Result<()> {
        let props = self.converter(findings).props(std::mem::take(&mut folder.props));
        if !folder.acl.is_empty() {
            let found = format!("{} rights of users; they are left out", folder.acl.len());
            findings.add(Finding::new(Effect::Lost, "folder", "a folder without rights: a PFF file has none", found));
        }
        let subject = props.str(pr::DISPLAY_NAME).unwrap_or_default().to_owned();
        let nid = self.places.folder(&mut self.store, &folder, props, findings)?;
        self.totals.folders += 1;
        let path = self.places.path(nid).to_owned();
        self.observer.folder(&path);
        self.report(Kind::Folder, folder.nid, Label { folder: path, class: String::new(), subject }, true, findings);
        Ok(())
    }

    fn message(&mut self, frame: MessageFrame<'static>, findings: &Findings) -> Result<()> {
        let MessageFrame { nid: source, parent, message, rfc822 } = frame;
        let is_flagged = message.is_associated();
        let message = self.converter(findings).message(message);
        if !rfc822.is_empty() {
            let found = format!("one of {} bytes; it is left out", rfc822.len());
            findings.add(Finding::new(Effect::Lost, "message", "no text besides its properties", found));
        }
        let folder = self.places.message_parent(&mut self.store, parent, findings)?;
        let nid = self.places.message(&mut self.store, source, is_flagged)?;
        self.store.put_message(nid, folder, &message)?;
        let count = if nid.typ() == NidType::ASSOC_MESSAGE { &mut self.totals.fai } else { &mut self.totals.messages };
        *count += 1;
        self.totals.add(&message);
        let label = Label::of(&message.props, self.places.path(folder));
        self.report(Kind::Message, source, label, true, findings);
        Ok(())
    }

    /// Counts an item and tells of its `findings`.
    fn report(&mut self, kind: Kind, nid: u64, label: Label, written: bool, findings: &Findings) {
        self.totals.found += 1;
        let worst = findings.worst();
        let Label { folder, class, subject } = label;
        let item = Item { kind, nid, folder, class, subject, written, findings: findings.take() };
        match (written, worst) {
            (true, None) => self.totals.whole += 1,
            (true, Some(Effect::Notice)) => {
                self.totals.whole += 1;
                self.observer.notice(&item);
            }
            (true, Some(_)) => {
                self.totals.part += 1;
                self.observer.item(&item);
            }
            (false, _) => {
                self.totals.missing += 1;
                self.observer.item(&item);
            }
        }
    }
}

/// What tells people which item is meant.
#[derive(Default)]
struct Label {
    folder: String,
    class: String,
    subject: String,
}

impl Label {
    fn of(props: &Props<'_>, folder: &str) -> Self {
        let text = |tag| props.str(tag).unwrap_or_default().to_owned();
        Self { folder: folder.to_owned(), class: text(pr::MESSAGE_CLASS), subject: text(pr::SUBJECT) }
    }
}
