//! What the entry ids of people say: one-off ids ([MS-OXCDATA] 2.2.5.1), address book ids (2.2.5.2), and lists of them (2.3.3).

use super::{Person, clean};
use crate::bytes::{slice_at, u16_at, u32_at};
use crate::mapi::{Guid, codepage};

/// ProviderUID of a one-off entry id.
const ONE_OFF: Guid = Guid::new(0xA41F_2B81, 0xA3BE, 0x1910, [0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02]);
/// ProviderUID of an address book entry id.
const ADDRESS_BOOK: Guid = Guid::new(0xC840_A7DC, 0x42C0, 0x101A, [0xB4, 0xB9, 0x08, 0x00, 0x2B, 0x2F, 0xE1, 0x82]);
/// The strings of a one-off entry id are UTF-16.
const UNICODE: u16 = 0x8000;
/// Bytes before the provider's own part: flags and ProviderUID.
const HEAD: usize = 20;

/// The name, address type and address in a one-off entry id; `None` where `id` is not one.
pub fn one_off(id: &[u8]) -> Option<[String; 3]> {
    if Guid::from_slice(id.get(4..)?)? != ONE_OFF {
        return None;
    }
    let wide = u16_at(id, HEAD + 2)? & UNICODE != 0;
    let mut rest = id.get(HEAD + 4..)?;
    let mut next = || {
        let (text, left) = if wide { wide_string(rest) } else { narrow_string(rest) }?;
        rest = left;
        Some(text)
    };
    Some([next()?, next()?, next()?])
}

/// The person whom `id` names.
pub(super) fn person(id: &[u8]) -> Option<Person> {
    if let Some([name, typ, address]) = one_off(id) {
        return Some(Person { name: clean(&name), ..super::address(&typ, &address) });
    }
    // Flags, ProviderUID, version, type, then the X.500 address.
    let is_book = Guid::from_slice(id.get(4..)?)? == ADDRESS_BOOK;
    let (x500, _) = is_book.then(|| narrow_string(id.get(HEAD + 8..)?)).flatten()?;
    Some(Person { x500: Some(x500).filter(|a| !a.is_empty()), ..Person::default() })
}

/// Those whom a FLATENTRYLIST names; what can't be read is left out.
pub(super) fn list(bytes: &[u8]) -> Vec<Person> {
    let mut people = Vec::new();
    let mut at = 8;
    while let Some(size) = u32_at(bytes, at).and_then(|n| usize::try_from(n).ok()) {
        let Some(id) = slice_at(bytes, at + 4, size) else { break };
        people.extend(person(id));
        // Each entry is padded to four bytes.
        at += 4 + size.next_multiple_of(4);
    }
    people
}

fn wide_string(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.chunks_exact(2).position(|unit| unit == [0, 0])? * 2;
    Some((codepage::utf16(&bytes[..end]).text.into_owned(), &bytes[end + 2..]))
}

fn narrow_string(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    Some((codepage::decode(codepage::WESTERN, &bytes[..end]).text.into_owned(), &bytes[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_off_id(parts: [&str; 3]) -> Vec<u8> {
        let mut id = vec![0; 4];
        id.extend([0x81, 0x2B, 0x1F, 0xA4, 0xBE, 0xA3, 0x10, 0x19, 0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02]);
        id.extend([0, 0, 0x01, 0x90]);
        parts.iter().for_each(|part| id.extend(part.encode_utf16().chain([0]).flat_map(u16::to_le_bytes)));
        id
    }

    #[test]
    fn one_off_ids_and_lists_of_them() {
        let first = one_off_id(["Jörg", "SMTP", "j@example.org"]);
        let second = one_off_id(["Ex", "EX", "/o=x/cn=y"]);
        assert_eq!(one_off(&first).unwrap(), ["Jörg", "SMTP", "j@example.org"]);
        let mut list_bytes = vec![2, 0, 0, 0, 0, 0, 0, 0];
        for id in [&first, &second] {
            list_bytes.extend((id.len() as u32).to_le_bytes());
            list_bytes.extend(id);
            list_bytes.resize(list_bytes.len().next_multiple_of(4), 0);
        }
        let people = list(&list_bytes);
        assert_eq!(people[0], Person { name: "Jörg".into(), smtp: Some("j@example.org".into()), ..Person::default() });
        assert_eq!(people[1], Person { name: "Ex".into(), x500: Some("/o=x/cn=y".into()), ..Person::default() });
        assert_eq!(people.len(), 2);
    }

    #[test]
    fn ids_that_are_cut_short() {
        let id = one_off_id(["a", "SMTP", "a@b"]);
        (0..id.len()).for_each(|n| assert_eq!(one_off(&id[..n]), None, "{n}"));
        assert!(list(&[1, 0, 0, 0, 9, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]).is_empty());
    }
}
