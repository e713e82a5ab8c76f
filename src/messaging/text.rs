//! Which code page 8-bit strings are in, and properties with their strings decoded.

use std::borrow::Cow;

use crate::damage::{Effect, Finding};
use crate::ltp::{Prop, PropertyContext};
use crate::mapi::{PropTag, PropType, Props, Value, codepage, tag::pr};
use crate::ndb::Scope;

/// The code pages that the 8-bit strings of one object may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Charset {
    /// PidTagMessageCodepage: that of the object's strings ([MS-OXCMSG] 2.2.1.4).
    pub message: Option<u32>,
    /// PidTagInternetCodepage: that of its body ([MS-OXCMSG] 2.2.1.56.6).
    pub internet: Option<u32>,
    /// That of the store.
    pub store: Option<u32>,
    /// That which the user names.
    pub user: Option<u32>,
}

/// The structure in the notice that 8-bit text was read without knowing its code page.
pub const NO_CODE_PAGE: &str = "PidTagMessageCodepage";

impl Charset {
    /// The same, with what the properties of an object say of it. One that says nothing is as what it is in.
    pub fn of_object(self, pc: &PropertyContext<'_>) -> Self {
        let get = |tag: PropTag| {
            let cp = pc.get(tag.id()).and_then(|v| v.as_int()).and_then(|v| u32::try_from(v).ok());
            // ASCII says nothing of the bytes that are not ASCII.
            cp.and_then(narrow).filter(|cp| *cp != codepage::ASCII)
        };
        match (get(pr::MESSAGE_CODEPAGE), get(pr::INTERNET_CPID)) {
            (None, None) => self,
            (message, internet) => Self { message, internet, ..self },
        }
    }

    /// The code page of the object's strings: the one that it names, else the one that goes with that of its body.
    pub fn windows(self) -> Option<u32> {
        self.message.or_else(|| self.internet.and_then(codepage::windows_family))
    }

    /// The code pages that the object itself tells for `tag`; where it tells none, the one that is left.
    fn candidates(self, tag: PropTag) -> Vec<u32> {
        let body = [pr::BODY.id(), pr::HTML.id()].contains(&tag.id());
        let own = [self.internet.filter(|_| body), self.windows()];
        let told: Vec<u32> = own.into_iter().flatten().collect();
        if told.is_empty() { self.others().take(1).collect() } else { told }
    }

    /// The code pages of text of which its object says nothing, the likeliest first.
    fn others(self) -> impl Iterator<Item = u32> {
        self.store.into_iter().chain(self.user.and_then(narrow)).chain([codepage::WESTERN])
    }

    /// The text of `bytes`, a value of `tag`. Of the code pages that the object names the first without an undecodable byte is
    /// taken; where there is none, the first of all, and that is a finding. So is text that is named UTF-8 and is in another page, and
    /// UTF-16.
    pub fn decode(self, tag: PropTag, bytes: &[u8], scope: Scope<'_>) -> String {
        let report = |effect, cp: u32, found: String| {
            let expected = format!("text in code page {cp} in property {tag}");
            scope.findings.add(Finding::new(effect, "property", expected, found));
        };
        let expected = || self.candidates(tag).first().copied().unwrap_or(codepage::WESTERN);
        if let Some(cp) = codepage::utf16_by_looks(bytes) {
            report(Effect::Notice, expected(), format!("text in {cp} (UTF-16), by its NULs"));
            return codepage::decode(cp, bytes).text.trim_end_matches('\0').to_owned();
        }
        if bytes.is_ascii() {
            return codepage::decode(codepage::ASCII, bytes).text.into_owned();
        }
        if self.windows().or(self.store).or(self.user).is_none() {
            let found = "none; windows-1252 is taken (another can be named)";
            scope.findings.add(Finding::new(Effect::Notice, NO_CODE_PAGE, "a code page of 8-bit text", found));
        }
        let candidates = self.candidates(tag);
        let lossless = |cp: &u32| Some(codepage::decode(*cp, bytes)).filter(|d| !d.lossy);
        if let Some(decoded) = candidates.iter().find_map(lossless) {
            return decoded.text.into_owned();
        }
        let expected = expected();
        let other = self.others().find_map(|cp| Some(cp).zip(lossless(&cp)));
        if let Some((cp, decoded)) = other.filter(|_| candidates.contains(&codepage::UTF8) && !starts_as_utf8(bytes)) {
            report(Effect::Altered, expected, format!("bytes that are not of it, read in code page {cp}"));
            return decoded.text.into_owned();
        }
        report(Effect::Altered, expected, "bytes that it does not have, replaced by U+FFFD".to_owned());
        codepage::decode(expected, bytes).text.into_owned()
    }

    /// `tag` and `value` with 8-bit strings turned into Unicode ones.
    pub fn to_unicode<'m>(self, tag: PropTag, value: Value<'m>, scope: Scope<'_>) -> (PropTag, Value<'m>) {
        let unicode = |bytes: Cow<'_, [u8]>| Cow::Owned(self.decode(tag, &bytes, scope));
        match value {
            Value::Str8(bytes) => (tag.with_type(PropType::UNICODE), Value::Str(unicode(bytes))),
            Value::MvStr8(list) => {
                (tag.with_type(PropType::MV_UNICODE), Value::MvStr(list.into_iter().map(unicode).collect()))
            }
            other => (tag, other),
        }
    }
}

/// The code page of 8-bit text that is meant by `cp`, where one is: text that is named UTF-16 is UTF-8 sooner than that.
pub(super) fn narrow(cp: u32) -> Option<u32> {
    match cp {
        codepage::UTF16LE | codepage::UTF16BE => Some(codepage::UTF8),
        _ => Some(cp).filter(|cp| codepage::is_known(*cp)),
    }
}

/// Whether the first bytes of `bytes` that are not ASCII are a character in UTF-8: then it is that, and damaged.
fn starts_as_utf8(bytes: &[u8]) -> bool {
    bytes.utf8_chunks().next().is_some_and(|chunk| !chunk.valid().is_ascii())
}

/// The properties of `pc` for which `wanted` holds, each read when it is asked for, strings decoded by `charset`. Values that can't be
/// read are findings.
pub fn props<'p, 'm>(
    scope: Scope<'m>,
    pc: &'p PropertyContext<'m>,
    charset: Charset,
    wanted: impl Fn(Prop) -> bool + 'p,
) -> impl Iterator<Item = (PropTag, Value<'m>)> + 'p {
    let values = pc.props().iter().filter(move |p| wanted(**p));
    values.filter_map(move |p| pc.get_or_report(*p).map(|v| charset.to_unicode(p.tag, v, scope)))
}

/// Takes the marker out of a subject: U+0001, then a character whose number is the length of the prefix plus one
/// ([MS-PST] 2.5.3.1.1.1). The prefix becomes a property of its own, the subject is what follows it.
pub fn split_subject(props: &mut Props<'_>) {
    let Some((prefix, rest)) = props.str(pr::SUBJECT).and_then(marked_subject) else { return };
    props.set(pr::SUBJECT, Value::str(rest));
    if let Some(prefix) = prefix {
        props.set(pr::SUBJECT_PREFIX, Value::str(prefix));
    }
}

fn marked_subject(subject: &str) -> Option<(Option<String>, String)> {
    let mut chars = subject.chars();
    let length = (chars.next()? == '\u{1}').then(|| chars.next()).flatten()?;
    let text = chars.as_str();
    // The length counts UTF-16 units of the text as it is stored.
    let mut units = (length as usize).saturating_sub(1);
    let end = text
        .char_indices()
        .find(|(_, c)| match units.checked_sub(c.len_utf16()) {
            Some(left) => {
                units = left;
                false
            }
            None => true,
        })
        .map_or(text.len(), |(i, _)| i);
    let (prefix, rest) = text.split_at(end);
    Some(((!prefix.is_empty()).then(|| prefix.to_owned()), rest.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(subject: &str) -> (String, Option<String>) {
        let mut props = Props::new();
        props.set(pr::SUBJECT, Value::str(subject.to_owned()));
        split_subject(&mut props);
        (props.str(pr::SUBJECT).unwrap().to_owned(), props.str(pr::SUBJECT_PREFIX).map(str::to_owned))
    }

    #[test]
    fn which_code_page() {
        let charset = Charset { message: None, internet: Some(50220), store: Some(1250), user: Some(1251) };
        // A body may be as it came over the wire, or as Windows keeps it; other strings are as Windows keeps them.
        assert_eq!(charset.candidates(pr::BODY), [50220, 932]);
        assert_eq!(charset.candidates(pr::SUBJECT), [932]);
        assert_eq!(Charset { message: Some(1253), ..charset }.candidates(pr::SUBJECT), [1253]);
        // UTF-8 on the wire tells nothing of Windows: the store is asked, then the user.
        let unicode = Charset { internet: Some(65001), ..charset };
        assert_eq!(unicode.candidates(pr::SUBJECT), [1250]);
        assert_eq!(Charset { store: None, ..unicode }.candidates(pr::SUBJECT), [1251]);
        assert_eq!(Charset::default().candidates(pr::SUBJECT), [1252]);
        // No text is in UTF-16 whatever the user says.
        assert_eq!(Charset { user: Some(1200), ..Charset::default() }.candidates(pr::SUBJECT), [65001]);
    }

    #[test]
    fn which_bytes_start_as_utf8() {
        assert!(starts_as_utf8("K\u{f6}ln \u{e9}".as_bytes()[..7].as_ref()));
        assert!(!starts_as_utf8(b"K\xF6ln \xC3\xA9"));
        assert!(!starts_as_utf8(b"caf\xE9"));
    }

    #[test]
    fn subject_prefixes() {
        assert_eq!(split("\u{1}\u{5}FW: x"), ("x".into(), Some("FW: ".into())));
        assert_eq!(split("\u{1}\u{1}plain"), ("plain".into(), None));
        assert_eq!(split("no marker"), ("no marker".into(), None));
        // The length counts characters, not bytes.
        assert_eq!(split("\u{1}\u{6}Ответ"), ("".into(), Some("Ответ".into())));
        assert_eq!(split("\u{1}\u{4}RÉ: a"), (" a".into(), Some("RÉ:".into())));
        // A length beyond the end.
        assert_eq!(split("\u{1}\u{20}ab"), ("".into(), Some("ab".into())));
        assert_eq!(split("\u{1}"), ("\u{1}".into(), None));
    }
}
