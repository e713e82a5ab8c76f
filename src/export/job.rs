//! One item: from what came in to what goes out.

use std::sync::Arc;

use super::Options;
use super::desk::Desk;
use super::form::{self, Form, Span};
use super::item::{Item, Kind};
use super::maildir;
use super::place::Place;
use super::queue::Held;
use super::render::{Source, Work, Written, store};
use super::tree::Tree;
use crate::damage::{Finding, Findings};
use crate::mapi::tag::pr;
use crate::mt::Encoded;
use crate::mt::from_pff::{Read, Unread};
use crate::mt::object::{MessageFrame, NamedProperty};
use crate::turn::{Ticket, Turns};

/// What all jobs have in common.
pub(super) struct Workshop<'w> {
    pub options: &'w Options,
    pub desk: Turns<Desk>,
    pub tree: Arc<Tree>,
    /// What is done with an item that gets a file of its own.
    pub work: Work,
}

/// Where an item comes from.
pub(super) enum Origin<'w> {
    /// It has been read from a stream, where it took `size` bytes, and before it came `names`.
    Stream { frame: Box<MessageFrame<'static>>, size: u64, names: Vec<NamedProperty> },
    /// It is still to be read from a file.
    File(Unread<'w>),
}

/// What became of an item.
pub(super) enum Done {
    /// It is not wanted.
    LeftOut,
    /// It is not written, but there is something to tell of it.
    Told(Box<Item>),
    Written(Box<(Item, Written)>),
}

impl Held for Done {
    fn held(&self) -> u64 {
        match self {
            Self::LeftOut => 0,
            Self::Told(item) => item.held(),
            Self::Written(written) => written.0.held() + written.1.held(),
        }
    }
}

/// What is to be done to an item.
pub(super) struct Job<'w> {
    pub workshop: &'w Workshop<'w>,
    pub ticket: Ticket<'w, Desk>,
    pub place: Arc<Place>,
    /// What was found wrong before.
    pub findings: Vec<Finding>,
}

impl Job<'_> {
    /// Does it.
    pub fn run(self, origin: Origin<'_>) -> Done {
        match origin {
            Origin::Stream { frame, size, names } => self.export(&frame, names, Some(size)),
            Origin::File(unread) => self.read_and_export(&unread),
        }
    }

    fn read_and_export(self, unread: &Unread<'_>) -> Done {
        let is_wanted = self.place.is_wanted;
        let filter = &self.workshop.options.filter;
        let (mut done, findings) = unread.read(|Read { item, names, frame }| match frame {
            Some(frame) => self.export(&frame, names, None),
            None if is_wanted && filter.class(&item.class) => Done::Told(Box::new(item.into())),
            None => Done::LeftOut,
        });
        match &mut done {
            Done::Told(item) => item.findings = findings,
            Done::Written(written) => drop(written.0.findings.splice(..0, findings)),
            Done::LeftOut => {}
        }
        done
    }

    /// Exports a message that takes `size` bytes in a stream, where that is known.
    fn export(self, frame: &MessageFrame<'_>, properties: Vec<NamedProperty>, size: Option<u64>) -> Done {
        let Self { workshop: Workshop { options, tree, work, .. }, ticket, place, findings } = self;
        let mut desk = ticket.enter();
        let known = desk.receive(frame, &properties, &place);
        let source = Source { message: &frame.message, names: &known.names, book: &known.book, options };
        let class = source.view().text(pr::MESSAGE_CLASS).unwrap_or_default();
        if !place.is_wanted || !options.filter.class(&class) {
            return Done::LeftOut;
        }
        if !place.is_aside {
            desk.add_busy_times(source);
        }
        let form = Form::of(&class);
        let time = form::time(form, source.view());
        let kind = if frame.message.is_associated() { Kind::Fai } else { Kind::Message };
        let size = || size.unwrap_or_else(|| size_in_stream(frame));
        let span = || Span::of(form, time, source.view());
        if !options.filter.item(kind == Kind::Fai, span, size) {
            return Done::LeftOut;
        }
        let title = source.item().subject().unwrap_or_default();
        let mut target = options.layout.target(&place, &known.token, form, &title, source.view());
        let found = Findings::new();
        let component = target.is_component().then(|| desk.component(source, &target, &found)).flatten();
        // From here on the others need not wait.
        drop(desk);
        let mut item = Item { kind, nid: frame.nid, folder: place.path.clone(), findings, ..Item::default() };
        item.describe(source);
        let beside = source.beside(&target, &mut item, tree);
        let body = source.body(&mut target, &mut item, component, &found, tree);
        item.findings.extend(found.take());
        let is_in_maildir = *work == Work::Save && options.layout.is_maildir(&target);
        let dir = if is_in_maildir { maildir::make(tree, &place.dir) } else { Ok(()) };
        let rendered = dir.and(body).and_then(|bytes| store(bytes, &target, time, tree, *work));
        Done::Written(Box::new((item, Written { target, time, rendered, beside })))
    }
}

/// Bytes that `frame` would take in a stream.
fn size_in_stream(frame: &MessageFrame<'_>) -> u64 {
    // What has no place in a stream is too large for one.
    Encoded::message(frame).map_or(u64::MAX, |encoded| encoded.len())
}
