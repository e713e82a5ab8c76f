//! One message: read, converted and encoded.

use super::convert::Converter;
use super::report::{Item, Tally};
use crate::damage::{Effect, Finding};
use crate::messaging::Store;
use crate::mt::frame::Encoded;
use crate::mt::object::{Frame, MessageFrame, NamedProperty, Parent};
use crate::ndb::{Nid, Scope};

/// What all messages are prepared from.
#[derive(Clone, Copy)]
pub(super) struct Task<'s> {
    pub(super) store: &'s Store<'s>,
    /// Whether what is wrong with a message must be known before it is written.
    pub(super) strict: bool,
}

/// A message that is ready to be written.
pub(super) struct Prepared<'m> {
    pub(super) item: Item,
    pub(super) head: Head,
    /// `None` where nothing of it could be read.
    pub(super) frame: Option<Encoded<'m>>,
}

/// What must be known of a message before its frame is written.
pub(super) struct Head {
    pub(super) nid: Nid,
    /// The names that must have been written before it.
    pub(super) names: Vec<NamedProperty>,
    /// `None` where it has no frame.
    pub(super) tally: Option<Tally>,
    /// With `strict`: what is wrong with it as far as it has been read. Contents are read only while the frame is written.
    pub(super) findings: Vec<Finding>,
}

impl<'s> Task<'s> {
    /// Reads and encodes the message `nid` of the folder `parent`, whose path is `path`; `show` sees it before it is encoded. Nothing of
    /// it that can't be read stops the others.
    pub(super) fn prepare<'m>(
        &self,
        scope: Scope<'m>,
        nid: Nid,
        (parent, path): (Parent, &str),
        show: &mut dyn FnMut(&Frame<'_>),
    ) -> Prepared<'m>
    where
        's: 'm,
    {
        let mut item = Item::message(nid, path);
        let mut tally = None;
        let mut converter = Converter::new(&self.store.names, scope.findings);
        let frame = self.store.message(scope, nid).and_then(|message| {
            let mut message = converter.message(message);
            converter.mark_damage(&mut message);
            item.describe(&message.props);
            tally = Some(Tally::of(&message, nid));
            let nid = u64::from(nid.0);
            let frame = Frame::Message(MessageFrame { nid, parent, message, rfc822: Vec::new().into() });
            show(&frame);
            Encoded::frame(&frame)
        });
        let frame = frame
            .inspect_err(|e| {
                scope.findings.add(Finding::new(Effect::Lost, "message", "a readable message", e).nid(nid.0));
            })
            .ok();
        item.emitted = frame.is_some();
        let tally = tally.filter(|_| item.emitted);
        let findings = if self.strict { scope.findings.take() } else { Vec::new() };
        Prepared { item, head: Head { nid, names: converter.into_names(), tally, findings }, frame }
    }
}
