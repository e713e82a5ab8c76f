//! What depends on the items before: it is decided of one item after another, whoever renders them.

use std::collections::HashMap;
use std::sync::Arc;

use super::layout::Target;
use super::place::{Place, Tokens};
use super::render::Source;
use crate::damage::Findings;
use crate::mime::address::AddressBook;
use crate::mime::ics::{Component, FreeBusy};
use crate::mime::{Names, View, Zones};
use crate::mt::Announced;
use crate::mt::object::{MessageFrame, NamedProperty};

/// What the items so far come to.
pub(super) struct Desk {
    names: Arc<Names>,
    announced: Announced,
    book: AddressBook,
    tokens: Tokens,
    /// The time zones of each calendar that holds many items, by its path.
    zones: HashMap<String, Zones>,
    free_busy: Option<FreeBusy>,
}

impl Desk {
    /// Nothing has come yet but what is told beforehand.
    pub fn new(names: Names, book: AddressBook, free_busy: Option<FreeBusy>) -> Self {
        Self {
            names: Arc::new(names),
            announced: Announced::default(),
            book,
            tokens: Tokens::default(),
            zones: HashMap::new(),
            free_busy,
        }
    }

    /// Takes in a message of `place`, which comes behind `properties`.
    pub fn receive(&mut self, frame: &MessageFrame<'_>, properties: &[NamedProperty], place: &Place) -> Known {
        for property in properties.iter().filter(|property| self.announced.tell(property)) {
            Arc::make_mut(&mut self.names).define(property);
        }
        let names = Arc::clone(&self.names);
        self.book.learn(View::new(&frame.message.props, &names));
        frame.message.recipients.iter().for_each(|row| self.book.learn(View::new(row, &names)));
        Known { names, book: self.book.clone(), token: self.tokens.next(place, frame.nid) }
    }

    /// What a message is in the calendar `target`; `None` where it is nothing there.
    pub fn component<'m>(
        &mut self,
        source: Source<'m>,
        target: &Target,
        findings: &'m Findings,
    ) -> Option<Component<'m>> {
        let zones = self.zones.entry(target.path.clone()).or_default();
        Component::read(source.message, source.context(findings), zones)
    }

    /// Takes in when a message makes its owner busy.
    pub fn add_busy_times(&mut self, source: Source<'_>) {
        if let Some(free_busy) = &mut self.free_busy {
            // What is wrong with an appointment is told where it is written.
            free_busy.add(source.message, source.context(&Findings::new()));
        }
    }

    /// When the owner is busy, where that was asked for.
    pub fn into_free_busy(self) -> Option<FreeBusy> {
        self.free_busy
    }
}

/// What is known when a message comes.
pub(super) struct Known {
    /// The names of its properties.
    pub names: Arc<Names>,
    /// The addresses of people, those that it tells itself, too.
    pub book: AddressBook,
    /// What tells its file from the others of its folder.
    pub token: String,
}
