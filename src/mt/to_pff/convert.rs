//! Properties of a stream as a PFF file can hold them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::damage::{Effect, Finding, Findings};
use crate::ltp::write::TextEncoding;
use crate::mapi::codepage::{ASCII, UTF16BE, UTF16LE, WESTERN, decode, encode, is_known};
use crate::mapi::guid::PS_PUBLIC_STRINGS;
use crate::mapi::tag::pr;
use crate::mapi::time::unix_to_filetime;
use crate::mapi::{PropName, PropTag, PropType, Props, Value};
use crate::messaging::Charset;
use crate::messaging::text::NO_CODE_PAGE;
use crate::messaging::write::Names;
use crate::mt::NameMap;
use crate::mt::object::{Attachment, Message};

/// Converts the objects of one item: what a file has no form for is left out or altered, with a finding.
pub(super) struct Converter<'c> {
    /// The names that the stream has given.
    pub names: &'c NameMap,
    /// Those of the file.
    pub ids: &'c mut Names,
    /// The ids of each name: several, where a source has several of a name in one object.
    pub twins: &'c mut HashMap<PropName, Vec<u16>>,
    pub encoding: TextEncoding,
    /// Whether the stream comes from a PFF file: the prefix of a subject stands apart from it then.
    pub is_from_pff: bool,
    /// The code pages of the 8-bit text of the object at hand.
    pub charset: Charset,
    pub findings: &'c Findings,
}

/// The most different properties of the recipients of one message: a table has 255 columns, and some are always there.
const RECIPIENT_TAGS: usize = 240;
/// A flag of `PidTagMessageFlags`.
const HAS_ATTACHMENT: i32 = 0x10;
const DISPLAY_TO: PropTag = PropTag(0x0E04_001F);
const DISPLAY_CC: PropTag = PropTag(0x0E03_001F);
const DISPLAY_BCC: PropTag = PropTag(0x0E02_001F);
const SMTP_ADDRESS: PropTag = PropTag(0x39FE_001F);
const EMAIL_ADDRESS: PropTag = PropTag(0x3003_001F);
/// Types of recipients ([MS-OXOMSG] 2.2.3.1).
const TO: i64 = 1;
const CC: i64 = 2;
const BCC: i64 = 3;
/// The first bit of the types that stand for one element of a list (MVI).
const INSTANCE: u16 = 0x2000;

impl Converter<'_> {
    pub(super) fn message(&mut self, message: Message<'static>) -> Message<'static> {
        let outer = self.charset;
        self.charset = charset(&message.props).unwrap_or(outer);
        let mut props = self.props(message.props);
        self.join_subject(&mut props);
        if let TextEncoding::CodePage(codepage) = self.encoding {
            // Readers take 8-bit text to be in the code page that the message names.
            props.set(pr::MESSAGE_CODEPAGE, Value::I32(codepage as i32));
        }
        let recipients: Vec<_> = message.recipients.into_iter().map(|r| self.props(r)).collect();
        default_times(&mut props);
        default_names(&mut props, &recipients);
        let flags = props.get_mut(pr::MESSAGE_FLAGS).filter(|_| !self.is_from_pff && !message.attachments.is_empty());
        if let Some(Value::I32(flags)) = flags {
            *flags |= HAS_ATTACHMENT;
        }
        let message = Message {
            props,
            recipients: self.limited(recipients),
            attachments: message.attachments.into_iter().map(|a| self.attachment(a)).collect(),
        };
        self.charset = outer;
        message
    }

    /// Puts a prefix ("RE: ") that stands apart before the subject again. A subject may start with its prefix and yet be what follows
    /// it ("RE: RE: x"): the normalized subject tells, else where the stream comes from.
    fn join_subject(&self, props: &mut Props<'static>) {
        let [Some(subject), Some(prefix)] = [pr::SUBJECT, pr::SUBJECT_PREFIX].map(|tag| props.str(tag)) else { return };
        let stands_apart = match (props.str(pr::NORMALIZED_SUBJECT), subject.strip_prefix(prefix)) {
            _ if subject.starts_with('\u{1}') => false,
            (Some(normalized), _) if normalized == subject => true,
            (Some(normalized), Some(rest)) if normalized == rest => false,
            (_, rest) => self.is_from_pff || rest.is_none(),
        };
        if stands_apart {
            let joined = [prefix, subject].concat();
            props.set(pr::SUBJECT, Value::str(joined));
        }
    }

    fn attachment(&mut self, attachment: Attachment<'static>) -> Attachment<'static> {
        let mut props = self.props(attachment.props);
        if attachment.embedded.is_some() {
            let content = [pr::ATTACH_DATA_BIN, pr::ATTACH_DATA_OBJ];
            if content.into_iter().filter_map(|tag| props.remove(tag)).count() > 0 {
                self.report(
                    Effect::Lost,
                    "attachment",
                    "an embedded message or a content",
                    "both; the message is kept",
                );
            }
        }
        Attachment { props, embedded: attachment.embedded.map(|m| Box::new(self.message(*m))) }
    }

    /// The recipients with no more different properties than a table can have.
    fn limited(&self, mut recipients: Vec<Props<'static>>) -> Vec<Props<'static>> {
        let mut tags = HashSet::new();
        for recipient in &mut recipients {
            recipient.retain(|tag, _| {
                let fits = tags.contains(&tag) || tags.len() < RECIPIENT_TAGS && tags.insert(tag);
                if !fits {
                    let expected = format!("at most {RECIPIENT_TAGS} different properties of all recipients");
                    self.report(Effect::Lost, "recipients", expected, format!("one more, {tag}; it is left out"));
                }
                fits
            });
        }
        recipients
    }

    /// The properties, each id once.
    pub(super) fn props(&mut self, props: Props<'static>) -> Props<'static> {
        let mut ids = HashSet::new();
        let mut out = Props::new();
        for (tag, value) in props {
            let Some((tag, value)) = self.storable(tag, value) else { continue };
            let Some(stored) = self.stored_tag(tag, &ids) else { continue };
            if ids.insert(stored.id()) {
                out.push(stored, value);
            } else {
                let found = format!("one more, {tag}; it is left out");
                self.report(Effect::Lost, "property", format!("one value of property {:04x}", stored.id()), found);
            }
        }
        out
    }

    /// The tag in the file, for an object that has `taken` already.
    fn stored_tag(&mut self, tag: PropTag, taken: &HashSet<u16>) -> Option<PropTag> {
        if !tag.is_named() {
            return Some(tag);
        }
        let made_up = || PropName::string(PS_PUBLIC_STRINGS, format!("pffkit:unnamed-{:04x}", tag.id()));
        let name = self.names.get(tag).cloned().unwrap_or_else(|| {
            let name = made_up();
            let expected = format!("a name of property {tag} in the stream");
            self.report(Effect::Altered, "name map", expected, format!("none; it is kept as {name}"));
            name
        });
        let twins = self.twins.entry(name.clone()).or_default();
        if let Some(id) = twins.iter().find(|id| !taken.contains(id)) {
            return Some(PropTag::new(*id, tag.typ()));
        }
        // Files in the wild give one name to many ids.
        let id = if twins.is_empty() { self.ids.id(&name) } else { self.ids.id_once_more(&name) };
        match id {
            Ok(id) => {
                twins.push(id);
                if twins.len() > 1 {
                    let found = "several; each is kept under an id of its own";
                    self.report(Effect::Notice, "name map", format!("one property {name} of an object"), found);
                }
                Some(PropTag::new(id, tag.typ()))
            }
            Err(e) => {
                self.report(Effect::Lost, "name map", format!("an id for {name}"), format!("{e}; it is left out"));
                None
            }
        }
    }

    /// What of `value` a file can hold, and the tag for it.
    fn storable(&self, tag: PropTag, value: Value<'static>) -> Option<(PropTag, Value<'static>)> {
        let lost = |found: &str| {
            self.report(Effect::Lost, "property", format!("a value of property {tag} that a PFF file can hold"), found);
            None
        };
        let one = |text: String| Cow::Owned(self.text(tag, text));
        let many = |list: Vec<String>| Value::MvStr(list.into_iter().map(one).collect());
        let value = match value {
            _ if tag.id() == 0 => return lost("an id of 0; it is left out"),
            _ if tag.typ().is_multi() && tag.typ().0 & INSTANCE != 0 => {
                return lost("an element of a list; it is left out");
            }
            Value::Restriction(_) | Value::Actions(_) => {
                return lost("a rule's condition or actions; they are left out");
            }
            Value::Null => return lost("none (type NULL); it is left out"),
            Value::I32(_) if tag.typ() == PropType::ERROR => {
                return lost("an error code in its place; it is left out");
            }
            // The byte that tells whose it is belongs to the stream.
            Value::SvrEid(id) if id.first() == Some(&0) => Value::SvrEid(id[1..].to_vec().into()),
            Value::Str(text) => Value::Str(one(text.into_owned())),
            Value::MvStr(list) => many(list.into_iter().map(Cow::into_owned).collect()),
            // The columns of tables are Unicode: text of another type would not be in them.
            Value::Str8(bytes) => {
                return Some((tag.with_type(PropType::UNICODE), Value::Str(one(self.decoded(tag, &bytes)))));
            }
            Value::MvStr8(list) => {
                let list = list.iter().map(|bytes| self.decoded(tag, bytes)).collect();
                return Some((tag.with_type(PropType::MV_UNICODE), many(list)));
            }
            other => other,
        };
        Some((tag, value))
    }

    /// The text of `bytes`, a value of `tag`, in the code page of the object, else in that of the file.
    fn decoded(&self, tag: PropTag, bytes: &[u8]) -> String {
        let told = self.charset.windows();
        let codepage = told.unwrap_or(match self.encoding {
            TextEncoding::CodePage(codepage) => codepage,
            TextEncoding::Unicode => WESTERN,
        });
        if told.is_none() && !bytes.is_ascii() {
            let found = format!("none; {codepage} is taken");
            self.report(Effect::Notice, NO_CODE_PAGE, "a code page of 8-bit text", found);
        }
        let decoded = decode(codepage, bytes);
        if decoded.lossy {
            let expected = format!("text in code page {codepage} in property {tag}");
            self.report(Effect::Altered, "property", expected, "bytes that it does not have, replaced by U+FFFD");
        }
        decoded.text.into_owned()
    }

    /// `text` with "?" for what the code page of the file lacks.
    fn text(&self, tag: PropTag, text: String) -> String {
        let TextEncoding::CodePage(codepage) = self.encoding else { return text };
        if encode(codepage, &text).is_some() {
            return text;
        }
        let expected = format!("text of property {tag} that code page {codepage} has");
        self.report(Effect::Altered, "property", expected, "characters that it lacks; each is kept as \"?\"");
        let known = |c: char| encode(codepage, c.encode_utf8(&mut [0; 4])).is_some();
        text.chars().map(|c| if known(c) { c } else { '?' }).collect()
    }

    pub(super) fn report(
        &self,
        effect: Effect,
        structure: &'static str,
        expected: impl std::fmt::Display,
        found: impl std::fmt::Display,
    ) {
        self.findings.add(Finding::new(effect, structure, expected, found));
    }
}

/// Gives a message the times of creation and modification that [MS-PST] 2.4.5.1.1 demands, where it has none: that of its delivery,
/// else of its submission, else the other of the two, else the epoch.
fn default_times(props: &mut Props<'static>) {
    let known = [pr::MESSAGE_DELIVERY_TIME, pr::CLIENT_SUBMIT_TIME, pr::CREATION_TIME, pr::LAST_MODIFICATION_TIME];
    let time = known.iter().find_map(|tag| props.int(*tag)).unwrap_or_else(|| unix_to_filetime(0));
    for tag in [pr::CREATION_TIME, pr::LAST_MODIFICATION_TIME] {
        if !props.has_id(tag.id()) {
            props.push(tag, Value::I64(time));
        }
    }
}

/// Names the `recipients` in the properties that lists show, where a message with recipients has none ([MS-OXOMSG] 2.2.1.7 to 2.2.1.9).
fn default_names(props: &mut Props<'static>, recipients: &[Props<'static>]) {
    for (tag, wanted) in [(DISPLAY_TO, TO), (DISPLAY_CC, CC), (DISPLAY_BCC, BCC)] {
        // The upper bits tell how the sending went.
        let is_wanted = |r: &&Props<'_>| r.int(pr::RECIPIENT_TYPE).is_some_and(|typ| typ & 0xF == wanted);
        let names: Vec<_> = recipients.iter().filter(is_wanted).filter_map(name_of).collect();
        if !names.is_empty() && !props.has_id(tag.id()) {
            let names = names.join("; ");
            props.push(tag, Value::str(names));
        }
    }
}

/// What a recipient is called.
fn name_of<'r>(recipient: &'r Props<'_>) -> Option<&'r str> {
    let names = [pr::DISPLAY_NAME, SMTP_ADDRESS, EMAIL_ADDRESS].map(|tag| recipient.str(tag));
    names.into_iter().flatten().find(|name| !name.is_empty())
}

/// The code pages that `props` name; `None` where they name none that 8-bit text can be in.
fn charset(props: &Props<'_>) -> Option<Charset> {
    let get = |tag| {
        let codepage = props.int(tag).and_then(|cp| u32::try_from(cp).ok());
        codepage.filter(|cp| is_known(*cp) && ![ASCII, UTF16LE, UTF16BE].contains(cp))
    };
    let charset =
        Charset { message: get(pr::MESSAGE_CODEPAGE), internet: get(pr::INTERNET_CPID), ..Charset::default() };
    charset.windows().map(|_| charset)
}
