//! What a writer of an open format needs beside the object.

use super::address::AddressBook;
use super::{Names, View};
use crate::damage::Findings;
use crate::mapi::Props;

/// What the stream has said before the object, and where what is wrong with the object goes.
#[derive(Debug, Clone, Copy)]
pub struct Context<'c> {
    /// The names of its named properties.
    pub names: &'c Names,
    /// SMTP addresses of people that it names by X.500 address.
    pub book: &'c AddressBook,
    /// What is wrong with it.
    pub findings: &'c Findings,
}

impl<'c> Context<'c> {
    /// `props` by name.
    pub fn view(self, props: &'c Props<'c>) -> View<'c> {
        View::new(props, self.names)
    }
}
