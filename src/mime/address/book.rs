//! Which SMTP address belongs to an X.500 address: learnt from items, or told by the user.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::{Person, Role, encapsulate, is_x500, smtp};
use crate::mapi::guid::PSETID_ADDRESS;
use crate::mime::{Key, View, tags};
use crate::{Error, ErrorKind, Result};

/// Where addresses of the source that have no counterpart on the internet are said to be. RFC 6761 keeps mail from going there.
const NOWHERE: &str = "pffkit.invalid";

/// SMTP addresses by X.500 address. What items tell goes before what the user tells; of items the first one counts.
///
/// A clone costs nothing and does not see what is learnt later: what an item looks up does not depend on when it does so.
#[derive(Debug, Clone, Default)]
pub struct AddressBook {
    told: Arc<HashMap<String, String>>,
    /// Addresses, each with its number in the order in which they were learnt.
    learnt: Arc<RwLock<HashMap<String, (usize, String)>>>,
    /// How many of them this one sees.
    seen: usize,
}

impl AddressBook {
    /// The book that `text` is: a line an entry, the X.500 address (which may hold blanks), then a blank, comma, semicolon or tab,
    /// then the SMTP address. Empty lines and those that begin with `#` are passed over.
    ///
    /// # Errors
    /// A line is not of this form ([`ErrorKind::Usage`]).
    pub fn parse(text: &str) -> Result<Self> {
        let mut told = HashMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let separator = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
            let entry = line.rsplit_once(separator).and_then(|(x500, address)| {
                let x500 = x500.trim_end_matches(separator);
                is_x500(x500).then(|| Some((key(x500), smtp(address)?))).flatten()
            });
            let (x500, address) = entry.ok_or_else(|| {
                let line = number + 1;
                let message = format!("line {line} is not an X.500 address (/o=…) and, behind a tab, an SMTP address");
                Error::new(ErrorKind::Usage, message)
            })?;
            told.insert(x500, address);
        }
        Ok(Self { told: Arc::new(told), ..Self::default() })
    }

    /// Takes in what the properties of a message, recipient or contact say of X.500 addresses.
    pub fn learn(&mut self, view: View<'_>) {
        let roles = [Role::SENDER, Role::SENT_REPRESENTING, Role::RECEIVED_BY, Role::RCVD_REPRESENTING];
        roles.into_iter().filter_map(|role| Person::find(view, role)).for_each(|person| self.learn_person(&person));
        if let Some(person) = Person::recipient(view) {
            self.learn_person(&person);
        }
        self.learn_from_headers(view);
        self.learn_from_contact(view);
    }

    fn learn_person(&mut self, person: &Person) {
        if let Person { smtp: Some(address), x500: Some(x500), .. } = person {
            let mut learnt = self.learnt.write().unwrap_or_else(PoisonError::into_inner);
            let number = learnt.len();
            learnt.entry(key(x500)).or_insert_with(|| (number, address.clone()));
            self.seen = learnt.len();
        }
    }

    /// The From field of a message that came over the internet is the one whom its sender represents.
    fn learn_from_headers(&mut self, view: View<'_>) {
        let person = Person::find(view, Role::SENT_REPRESENTING).filter(|p| p.smtp.is_none() && p.x500.is_some());
        let Some(person) = person else { return };
        let headers = view.text(tags::TRANSPORT_MESSAGE_HEADERS).unwrap_or_default();
        let headers = headers.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ");
        let from = headers.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("from").then(|| value.trim().to_owned())
        });
        let address = from.and_then(|from| smtp(from.rsplit('<').next()?));
        self.learn_person(&Person { smtp: address, ..person });
    }

    /// The e-mail addresses of a contact ([MS-OXOCNTC] 2.2.1.2): an Exchange address whose display name is the SMTP address.
    fn learn_from_contact(&mut self, view: View<'_>) {
        for first in [0x8080, 0x8090, 0x80A0] {
            let text = |lid: u32| view.text(Key::Lid(PSETID_ADDRESS, first + lid));
            let Some(x500) = text(3).filter(|address| is_x500(address)) else { continue };
            let Some(address) = [4, 0].into_iter().find_map(|lid| smtp(&text(lid)?)) else { continue };
            self.learn_person(&Person { smtp: Some(address), x500: Some(x500.into_owned()), ..Person::default() });
        }
    }

    /// The SMTP address of `x500`.
    pub fn get(&self, x500: &str) -> Option<String> {
        let key = key(x500);
        let learnt = self.learnt.read().unwrap_or_else(PoisonError::into_inner);
        let learnt = learnt.get(&key).filter(|(number, _)| *number < self.seen).map(|(_, address)| address);
        learnt.or_else(|| self.told.get(&key)).cloned()
    }

    /// An address for `person` that can stand in a message: their SMTP address, the one of the book, and where
    /// there is none, one that encapsulates what is known ([MS-OXCMAIL] 2.1.3.1.8). `None` where not even a name is known.
    pub fn address(&self, person: &Person) -> Option<String> {
        if let Some(known) = person.smtp.clone().or_else(|| self.get(person.x500.as_deref()?)) {
            return Some(known);
        }
        match (&person.x500, &person.foreign) {
            (Some(x500), _) => Some(encapsulate("EX", x500, NOWHERE)),
            (None, Some((kind, address))) => Some(encapsulate(kind, address, NOWHERE)),
            (None, None) => (!person.name.is_empty()).then(|| encapsulate("INVALID", &person.name, NOWHERE)),
        }
    }
}

/// X.500 addresses are the same whatever their case.
fn key(x500: &str) -> String {
    x500.trim().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapi::{PropTag, Props, Value};
    use crate::mime::Names;

    const X500: &str = "/O=ORG/OU=A B/CN=JD";

    fn learn(book: &mut AddressBook, set: &[(u32, &str)]) {
        let mut props = Props::new();
        set.iter().for_each(|(tag, text)| props.set(PropTag(*tag), Value::str((*text).to_owned())));
        book.learn(View::new(&props, &Names::default()));
    }

    fn x500() -> Person {
        Person { name: "J".into(), x500: Some(X500.into()), ..Person::default() }
    }

    #[test]
    fn what_items_tell_goes_before_what_the_user_tells() {
        let mut book = AddressBook::parse(&format!("# map\n\n{}\ttold@example.org\n", X500.to_lowercase())).unwrap();
        assert_eq!(book.address(&x500()).as_deref(), Some("told@example.org"));
        learn(&mut book, &[(0x3002_001F, "EX"), (0x3003_001F, X500), (0x39FE_001F, "learnt@example.org")]);
        assert_eq!(book.address(&x500()).as_deref(), Some("learnt@example.org"));
        let own = Person { smtp: Some("own@example.org".into()), ..x500() };
        assert_eq!(book.address(&own).as_deref(), Some("own@example.org"));
    }

    #[test]
    fn learnt_from_rows_and_headers() {
        let mut book = AddressBook::default();
        assert!(book.address(&x500()).unwrap().starts_with("IMCEAEX-_O=ORG_OU=A+20B_CN=JD@"));
        let headers = "Received: x\r\nFrom: \"J\"\r\n <j@example.org>\r\nTo: a@b\r\n";
        learn(&mut book, &[(0x0065_001F, X500), (0x0064_001F, "EX"), (0x007D_001F, headers)]);
        assert_eq!(book.address(&x500()).as_deref(), Some("j@example.org"));
        // The first one counts.
        learn(&mut book, &[(0x3003_001F, X500), (0x39FE_001F, "late@example.org")]);
        assert_eq!(book.get(X500).as_deref(), Some("j@example.org"));
    }

    #[test]
    fn a_clone_does_not_see_what_is_learnt_later() {
        let mut book = AddressBook::default();
        let before = book.clone();
        learn(&mut book, &[(0x3003_001F, X500), (0x39FE_001F, "j@example.org")]);
        assert_eq!((before.get(X500), book.clone().get(X500)), (None, Some("j@example.org".to_owned())));
    }

    #[test]
    fn lines_that_are_no_entry_are_errors() {
        for line in ["/o=a/cn=b", "a@b c@d", "/o=a/cn=b\tnobody"] {
            let error = AddressBook::parse(&format!("#\n{line}")).unwrap_err();
            assert!(error.message().starts_with("line 2 "), "{error}");
        }
    }

    #[test]
    fn somebody_with_a_name_only() {
        let named = Person { name: "A B".into(), ..Person::default() };
        let book = AddressBook::default();
        assert_eq!(book.address(&named).as_deref(), Some("IMCEAINVALID-A+20B@pffkit.invalid"));
        assert_eq!(book.address(&Person::default()), None);
    }
}
