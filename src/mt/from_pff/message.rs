//! One message: read, converted and encoded.

use super::convert::Converter;
use super::report::{Item, Tally};
use super::sink::Place;
use crate::damage::{Effect, Finding, Findings};
use crate::messaging::Store;
use crate::messaging::recover::{DELETED, RECOVERED};
use crate::mt::frame::Encoded;
use crate::mt::object::{Frame, MessageFrame, NamedProperty};
use crate::ndb::{Arena, Nid, NidType, Scope};
use crate::{Error, Result};

/// A message as a stream has it.
#[derive(Debug)]
pub struct Read<'m> {
    /// What it is, as yet without findings.
    pub item: Item,
    /// The names of its named properties.
    pub names: Vec<NamedProperty>,
    /// `None` where nothing of it could be read.
    pub frame: Option<MessageFrame<'m>>,
}

/// A message that is still to be read, on whatever thread.
#[derive(Clone)]
pub struct Unread<'s> {
    pub(super) store: &'s Store<'s>,
    pub(super) nid: Nid,
    /// Its folder.
    pub place: Place,
}

impl Unread<'_> {
    /// Reads the message, hands it to `take`, and returns what that returns, and all that is wrong with the message.
    pub fn read<R>(&self, take: impl FnOnce(Read<'_>) -> R) -> (R, Vec<Finding>) {
        let (arena, findings) = (Arena::new(), Findings::new());
        let scope = Scope { db: self.store.db, arena: &arena, findings: &findings };
        let taken = take(read(self.store, scope, self.nid, &self.place));
        (taken, findings.take())
    }
}

/// Reads the message `nid` of the folder `place`. What is wrong with it goes to the findings of `scope`.
fn read<'m>(store: &'m Store<'_>, scope: Scope<'m>, nid: Nid, place: &Place) -> Read<'m> {
    let mut item = Item::message(nid, &place.path);
    let mut converter = Converter::new(&store.names, scope.findings);
    // The walk has found folders that are in the file, and made others up.
    let folder = place.nid;
    let is_of_file = folder.typ() == NidType::NORMAL_FOLDER && ![RECOVERED, DELETED].contains(&folder);
    let read = if is_of_file { store.message_of(scope, nid, folder) } else { store.message(scope, nid) };
    let read = read.map(|message| {
        let mut message = converter.message(message);
        converter.mark_damage(&mut message);
        // The stream has no other place for what the node is.
        if nid.typ() == NidType::ASSOC_MESSAGE {
            message.set_associated();
        }
        item.describe(&message.props);
        MessageFrame { nid: u64::from(nid.0), parent: place.parent, message, rfc822: Vec::new().into() }
    });
    let frame = or_lost(read, scope, nid);
    item.emitted = frame.is_some();
    Read { item, names: converter.into_names(), frame }
}

/// What is there of message `nid`; where nothing is, that is a finding.
fn or_lost<T>(result: Result<T>, scope: Scope<'_>, nid: Nid) -> Option<T> {
    let lost = |e: &Error| {
        scope.findings.add(Finding::new(Effect::Lost, "message", "a readable message", e).nid(nid.0));
    };
    result.inspect_err(lost).ok()
}

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
    /// With `strict`: what is wrong with it.
    pub(super) findings: Vec<Finding>,
}

impl<'s> Task<'s> {
    /// Reads and encodes the message `nid` of the folder `place`; `show` sees it before it is encoded. Nothing of it that can't be read
    /// stops the others.
    pub(super) fn prepare<'m>(
        &self,
        scope: Scope<'m>,
        nid: Nid,
        place: &Place,
        show: &mut dyn FnMut(&Frame<'_>),
    ) -> Prepared<'m>
    where
        's: 'm,
    {
        let Read { mut item, names, frame } = read(self.store, scope, nid, place);
        let tally = frame.as_ref().map(|frame| Tally::of(&frame.message, nid));
        let frame = frame.and_then(|frame| {
            let frame = Frame::Message(frame);
            show(&frame);
            or_lost(Encoded::frame(&frame), scope, nid)
        });
        item.emitted = frame.is_some();
        let tally = tally.filter(|_| item.emitted);
        let findings = if self.strict { scope.findings.take() } else { Vec::new() };
        Prepared { item, head: Head { nid, names, tally, findings }, frame }
    }
}
