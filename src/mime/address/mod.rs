//! Who a message is from and to: what MAPI knows of a person, as a name and an address for the internet.

mod book;
mod entryid;
mod idna;
mod imcea;

pub use book::AddressBook;
pub use entryid::one_off;
pub use imcea::encapsulate;

use super::{View, tags};
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::{PropTag, PropType};

/// A person, as far as an item knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The display name; empty where there is none.
    pub name: String,
    /// The SMTP address: ASCII, without angle brackets.
    pub smtp: Option<String>,
    /// Further ones, where one property lists several.
    pub more: Vec<String>,
    /// The X.500 address of an Exchange user (`/O=…/CN=…`).
    pub x500: Option<String>,
    /// The type (`FAX`, `X400`, `NOTES`, …) and the address of a user of another mail system; `INVALID` for what is said to be an SMTP
    /// address, but can't be one.
    pub foreign: Option<(String, String)>,
}

/// The properties that describe one person ([MS-OXOMSG] 2.2.1.48 to 2.2.1.58).
#[derive(Debug, Clone, Copy)]
pub struct Role {
    name: PropTag,
    addrtype: PropTag,
    email: PropTag,
    smtp: PropTag,
    entryid: PropTag,
    search_key: PropTag,
}

impl Role {
    /// The sender: who submitted the message.
    pub const SENDER: Self = Self::new(0x0C1A, 0x0C1E, 0x0C1F, 0x5D01, 0x0C19, 0x0C1D);
    /// Whom the sender acts for.
    pub const SENT_REPRESENTING: Self = Self::new(0x0042, 0x0064, 0x0065, 0x5D02, 0x0041, 0x003B);
    /// Who received the message.
    pub const RECEIVED_BY: Self = Self::new(0x0040, 0x0075, 0x0076, 0x5D07, 0x003F, 0x0051);
    /// Whom the receiver acts for.
    pub const RCVD_REPRESENTING: Self = Self::new(0x0044, 0x0077, 0x0078, 0x5D08, 0x0043, 0x0052);
    /// The object itself: a row of a recipient table.
    pub const SELF: Self = Self::new(0x3001, 0x3002, 0x3003, 0x39FE, 0x0FFF, 0x300B);

    const fn new(name: u16, addrtype: u16, email: u16, smtp: u16, entryid: u16, search_key: u16) -> Self {
        Self {
            name: PropTag::new(name, PropType::UNICODE),
            addrtype: PropTag::new(addrtype, PropType::UNICODE),
            email: PropTag::new(email, PropType::UNICODE),
            smtp: PropTag::new(smtp, PropType::UNICODE),
            entryid: PropTag::new(entryid, PropType::BINARY),
            search_key: PropTag::new(search_key, PropType::BINARY),
        }
    }
}

impl Person {
    /// Whether nothing at all is known.
    pub fn is_empty(&self) -> bool {
        self.name.is_empty() && self.key().is_none()
    }

    /// The person in `role` of the object; `None` where nothing is known of them.
    pub fn find(view: View<'_>, role: Role) -> Option<Self> {
        let email = view.text(role.email);
        let typ = view.text(role.addrtype);
        let entry = view.bytes(role.entryid).and_then(|id| entryid::person(&id)).unwrap_or_default();
        let name = view.text(role.name).map_or(entry.name, |name| clean(&name));
        let own = address(typ.as_deref().unwrap_or_default(), email.as_deref().unwrap_or_default());
        let more = if own.smtp.is_some() { own.more } else { entry.more };
        let smtp = view.text(role.smtp).as_deref().and_then(smtp).or(own.smtp).or(entry.smtp);
        let x500 = own.x500.or(entry.x500);
        let foreign = own.foreign.or(entry.foreign);
        let smtp = smtp.or_else(|| x500.is_none().then(|| from_search_key(view, role)).flatten());
        let smtp = smtp.or_else(|| self::smtp(&name));
        let person = Self { name, smtp, more, x500, foreign };
        (!person.is_empty()).then_some(person)
    }

    /// The person that a row of a recipient table describes.
    pub fn recipient(row: View<'_>) -> Option<Self> {
        let mut person = Self::find(row, Role::SELF)?;
        if person.smtp.is_none() {
            person.smtp = proxy_address(row);
        }
        Some(person)
    }

    /// Those that a FLATENTRYLIST names ([MS-OXCDATA] 2.3.3), as PidTagReplyRecipientEntries has it.
    pub fn entry_list(bytes: &[u8]) -> Vec<Self> {
        entryid::list(bytes)
    }

    /// Whether `other` has the same address, or, where neither has one, the same name.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self.key(), other.key()) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
            _ => self.name == other.name,
        }
    }

    /// Tells where the address that they have can't stand in a mail as it is.
    pub fn tell(&self, findings: &Findings) {
        let Self { smtp: None, x500: None, foreign: Some((kind, address)), .. } = self else { return };
        if kind == INVALID {
            let found =
                format!("{:?}, encoded in one that stands for it", address.chars().take(100).collect::<String>());
            findings.add(Finding::new(Effect::Altered, "PidTagEmailAddress", "an SMTP address", found));
        }
    }

    fn key(&self) -> Option<&str> {
        let foreign = self.foreign.as_ref().map(|(_, address)| address.as_str());
        self.smtp.as_deref().or(self.x500.as_deref()).or(foreign)
    }
}

/// Whom `address` of type `kind` names ([MS-OXOABK] 2.2.3.13).
fn address(kind: &str, address: &str) -> Person {
    // An address of Exchange is one whatever is said of its type, but X.400 looks alike.
    if is_x500(address) && !kind.eq_ignore_ascii_case("X400") {
        return Person { x500: Some(address.to_owned()), ..Person::default() };
    }
    let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).take(32).collect::<String>().to_uppercase();
    let is_foreign = !matches!(&*kind, "" | "EX" | "SMTP");
    // Some systems give their users addresses of the internet, under a type of their own; `Name/Org@Org` of others only looks so.
    let is_domain = |address: &String| !is_foreign || address.rsplit('@').next().is_some_and(|d| d.contains('.'));
    let smtp = Some(address).filter(|_| kind != "EX").and_then(smtp).filter(is_domain);
    if smtp.is_some() || address.trim().is_empty() {
        return Person { smtp, ..Person::default() };
    }
    if is_foreign {
        return Person { foreign: Some((kind, address.to_owned())), ..Person::default() };
    }
    // Without a type a name may stand there.
    if kind == "SMTP" || kind.is_empty() && address.contains('@') { unusual(address) } else { Person::default() }
}

/// What stands for an SMTP address that is none.
const INVALID: &str = "INVALID";

/// Whom `address` names, which is said to be an SMTP address, but is not one of the common form: a list of such, one whose local part
/// must be quoted, or none.
fn unusual(address: &str) -> Person {
    let parts = address.split([';', ',']).map(str::trim).filter(|part| !part.is_empty());
    let list = parts.map(smtp).collect::<Option<Vec<_>>>().unwrap_or_default();
    let mut list = list.into_iter().chain(quoted(address));
    match list.next() {
        Some(first) => Person { smtp: Some(first), more: list.collect(), ..Person::default() },
        None => Person { foreign: Some((INVALID.to_owned(), address.to_owned())), ..Person::default() },
    }
}

/// `address` with its local part as a quoted string (RFC 5321 4.1.2), where it is one by that.
fn quoted(address: &str) -> Option<String> {
    let (local, domain) = address.trim().rsplit_once('@')?;
    let inner = local.strip_prefix('"').and_then(|local| local.strip_suffix('"'));
    let local = inner.map_or_else(|| local.to_owned(), unescaped);
    // Whoever does not quote it means none by it.
    let is_good = |c: char| matches!(c, ' '..='~') && (inner.is_some() || !"@<>;,\"\\".contains(c));
    let usual = smtp(&format!("x@{domain}"))?;
    let domain = usual.strip_prefix("x@").filter(|_| !local.is_empty() && local.chars().all(is_good))?;
    let local = local.replace('\\', "\\\\").replace('"', "\\\"");
    Some(format!("\"{local}\"@{domain}")).filter(|address| address.len() <= LONGEST)
}

/// The text of a quoted string, without its quotes.
pub(super) fn unescaped(text: &str) -> String {
    let mut chars = text.chars();
    let next = || match chars.next()? {
        '\\' => chars.next(),
        c => Some(c),
    };
    std::iter::from_fn(next).collect()
}

/// Whether `address` is the X.500 address of an Exchange user.
pub(super) fn is_x500(address: &str) -> bool {
    address.starts_with('/') && address.contains('=')
}

/// Bytes of an address at most (RFC 5321 4.5.3.1): 64, @, 255.
const LONGEST: usize = 320;

/// `text` as an SMTP address, where it is one: `mailto:`, quotes and brackets around it are taken off; the labels of a domain that is not
/// ASCII become A-labels.
pub(super) fn smtp(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.get(..5).filter(|p| p.eq_ignore_ascii_case("smtp:")).map_or(text, |p| &text[p.len()..]);
    let text = text.get(..7).filter(|p| p.eq_ignore_ascii_case("mailto:")).map_or(text, |p| &text[p.len()..]);
    let text = text.trim_matches(|c: char| matches!(c, '<' | '>' | '\'' | '"') || c.is_whitespace());
    let (local, domain) = text.rsplit_once('@')?;
    if !domain.is_ascii() && text.len() <= LONGEST {
        return smtp(&format!("{local}@{}", idna::to_ascii(domain)?));
    }
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let host = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
    let good = !local.is_empty() && !domain.is_empty() && text.len() <= LONGEST;
    let good = good && local.chars().all(atom) && domain.chars().all(host);
    let dots = |s: &str| !s.starts_with('.') && !s.ends_with('.') && !s.contains("..");
    (good && dots(local) && dots(domain)).then(|| text.to_owned())
}

/// The SMTP address that `text` is, or that stands in brackets at its end: `Jane Doe (jane@example.org)`.
pub(super) fn smtp_within(text: &str) -> Option<String> {
    let bracketed = || text.trim_end().strip_suffix([')', '>'])?.rsplit_once(['(', '<']).and_then(|(_, it)| smtp(it));
    smtp(text).or_else(bracketed)
}

/// A name without control characters and without quotes around it.
fn clean(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name = name.trim();
    let inner = name.strip_prefix('\'').and_then(|n| n.strip_suffix('\''));
    inner.unwrap_or(name).trim().to_owned()
}

/// The address in a search key such as `SMTP:A@B.C`. Search keys are in upper case, so this is the last resort.
fn from_search_key(view: View<'_>, role: Role) -> Option<String> {
    let key = view.bytes(role.search_key)?;
    let text = std::str::from_utf8(key.strip_prefix(b"SMTP:")?).ok()?;
    smtp(text.trim_end_matches('\0')).map(|address| address.to_ascii_lowercase())
}

/// The primary one of the addresses that an address book has for the row ([MS-OXOABK] 2.2.3.23).
fn proxy_address(row: View<'_>) -> Option<String> {
    let proxies = row.texts(tags::EMS_AB_PROXY_ADDRESSES);
    let with = |prefix: &str| proxies.iter().find_map(|p| p.strip_prefix(prefix).and_then(smtp));
    with("SMTP:").or_else(|| with("smtp:"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapi::{Props, Value};
    use crate::mime::Names;

    fn person(set: &[(u32, &str)], role: Role) -> Option<Person> {
        let mut props = Props::new();
        set.iter().for_each(|(tag, text)| props.set(PropTag(*tag), Value::str((*text).to_owned())));
        Person::find(View::new(&props, &Names::default()), role)
    }

    const X500: &str = "/O=ORG/OU=FIRST/CN=RECIPIENTS/CN=JDOE";

    #[test]
    fn the_smtp_address_comes_first_and_an_x500_address_is_never_one() {
        let set = [(0x0C1A_001F, "'Doe, J.'"), (0x0C1E_001F, "EX"), (0x0C1F_001F, X500)];
        let found = person(&set, Role::SENDER).unwrap();
        assert_eq!(found, Person { name: "Doe, J.".into(), x500: Some(X500.into()), ..Person::default() });
        let with = [&set[..], &[(0x5D01_001F, "j@example.org")]].concat();
        assert_eq!(person(&with, Role::SENDER).unwrap().smtp.as_deref(), Some("j@example.org"));
        // The other role has nothing.
        assert_eq!(person(&with, Role::SENT_REPRESENTING), None);
    }

    #[test]
    fn an_address_where_no_type_is_given_or_only_a_name() {
        assert_eq!(person(&[(0x3003_001F, "a@b.c")], Role::SELF).unwrap().smtp.as_deref(), Some("a@b.c"));
        assert_eq!(person(&[(0x3001_001F, "a@b.c")], Role::SELF).unwrap().smtp.as_deref(), Some("a@b.c"));
        assert_eq!(person(&[(0x3001_001F, "Someone")], Role::SELF).unwrap().smtp, None);
    }

    #[test]
    fn somebody_in_another_mail_system() {
        let of = |kind: &str, address: &str| {
            let found = person(&[(0x3001_001F, "B"), (0x3002_001F, kind), (0x3003_001F, address)], Role::SELF).unwrap();
            AddressBook::default().address(&found).unwrap()
        };
        assert_eq!(of("FAX", "Bob@+49 30 1"), "IMCEAFAX-Bob+40+2B49+2030+201@pffkit.invalid");
        assert_eq!(of("x400", "/C=US/A= /S=B"), "IMCEAX400-_C=US_A=+20_S=B@pffkit.invalid");
        assert_eq!(of("NOTES", "CN=B/O=Org@Org"), "IMCEANOTES-CN=B_O=Org+40Org@pffkit.invalid");
        assert_eq!(of("A\r\nB", "x"), "IMCEAAB-x@pffkit.invalid");
        assert_eq!(of("ZARAFA", "b@example.org"), "b@example.org");
        assert_eq!(of("SMTP", "none"), "IMCEAINVALID-none@pffkit.invalid");
        assert!(of("MAPIPDL", X500).starts_with("IMCEAEX-_O=ORG"));
    }

    #[test]
    fn addresses_of_an_uncommon_form() {
        let of = |kind: &str, address: &str| {
            let found = person(&[(0x3001_001F, "B"), (0x3002_001F, kind), (0x3003_001F, address)], Role::SELF).unwrap();
            let findings = Findings::new();
            found.tell(&findings);
            let all = [AddressBook::default().address(&found)].into_iter().flatten().chain(found.more);
            (all.collect::<Vec<_>>().join(" "), findings.take().len())
        };
        for (address, expected) in [
            ("info@exämple.de", "info@xn--exmple-cua.de"),
            ("a@b.c; d@e.f", "a@b.c d@e.f"),
            ("a@b.c,d@ä.f,", "a@b.c d@xn--4ca.f"),
            ("john doe@c.d", "\"john doe\"@c.d"),
            ("\"john \\\"d\\\" @ doe\"@c.d", "\"john \\\"d\\\" @ doe\"@c.d"),
            ("a..b.@c.d", "\"a..b.\"@c.d"),
        ] {
            assert_eq!(of("SMTP", address), (expected.into(), 0));
            assert_eq!(of("", address), (expected.into(), 0));
        }
        for (address, expected) in [
            ("jörg@c.d", "IMCEAINVALID-j+C3+B6rg+40c+2Ed@pffkit.invalid"),
            ("a@b.c; Bob", "IMCEAINVALID-a+40b+2Ec+3B+20Bob@pffkit.invalid"),
            ("a@b c", "IMCEAINVALID-a+40b+20c@pffkit.invalid"),
        ] {
            assert_eq!(of("smtp", address), (expected.into(), 1));
        }
        assert_eq!(of("", "Bob").0, "IMCEAINVALID-B@pffkit.invalid");
        let book = [(0x3001_001F, "B"), (0x3002_001F, "SMTP"), (0x3003_001F, "none"), (0x39FE_001F, "a@b.c")];
        assert_eq!(person(&book, Role::SELF).unwrap().smtp.as_deref(), Some("a@b.c"));
    }

    #[test]
    fn what_is_an_smtp_address() {
        assert_eq!(smtp(" <mailto:a.b@c.d> ").as_deref(), None);
        assert_eq!(smtp("mailto:a.b@c.d").as_deref(), Some("a.b@c.d"));
        assert_eq!(smtp("SMTP:a@b").as_deref(), Some("a@b"));
        for bad in ["", "@", "a@", "@b", "a b@c", "a@b, c@d", "/o=x/cn=a@b\r\nBcc: x@y", ".a@b", "ä@b"] {
            assert_eq!(smtp(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_smtp_address_behind_a_name() {
        for text in ["a@b.c", "A B (a@b.c)", "'A B' <a@b.c> ", "A (x) (SMTP:a@b.c)"] {
            assert_eq!(smtp_within(text).as_deref(), Some("a@b.c"), "{text}");
        }
        for bad in ["A B", "A (B)", "a@b.c (A)", "A a@b.c)", "(a@b.c) A"] {
            assert_eq!(smtp_within(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_search_key_and_proxy_addresses() {
        let mut props = Props::new();
        props.set(Role::SELF.search_key, Value::bin(b"SMTP:A@B.ORG\0".to_vec()));
        let names = Names::default();
        assert_eq!(Person::recipient(View::new(&props, &names)).unwrap().smtp.as_deref(), Some("a@b.org"));
        let mut props = Props::new();
        props.set(Role::SELF.email, Value::str(X500));
        props.set(tags::EMS_AB_PROXY_ADDRESSES, Value::MvStr(vec!["smtp:old@b".into(), "SMTP:new@b".into()]));
        assert_eq!(Person::recipient(View::new(&props, &names)).unwrap().smtp.as_deref(), Some("new@b"));
    }
}
