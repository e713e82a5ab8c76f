//! The header of a message, from its properties ([MS-OXCMAIL] 2.1.3).

use super::{Item, Options, date, transport};
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::guid::{PS_INTERNET_HEADERS, PS_PUBLIC_STRINGS, PSETID_COMMON};
use crate::mapi::{PropTag, tag::pr};
use crate::mime::address::{self, Person, Role};
use crate::mime::field::{Field, base64_tokens};
use crate::mime::{Key, View, tags};

/// MSGFLAG_UNSENT of PidTagMessageFlags ([MS-OXCMSG] 2.2.1.6).
const UNSENT: i64 = 0x8;

/// The date of what has none.
const NO_DATE: &str = "Thu, 01 Jan 1970 00:00:00 +0000";

/// PidLidFlagRequest.
const FLAG_REQUEST: Key = Key::Lid(PSETID_COMMON, 0x8530);
/// PidNameKeywords.
const KEYWORDS: Key = Key::String(PS_PUBLIC_STRINGS, "keywords");

/// The fields of `item`, without those that say what its body is: those it came with, completed, or else made of its properties.
pub(super) fn fields(item: Item<'_>, options: &Options<'_>, findings: &Findings) -> Vec<Field> {
    let view = item.view();
    let maker = Maker { item, view, options };
    let mut kept = match view.text(tags::TRANSPORT_MESSAGE_HEADERS) {
        Some(text) => transport::fields(&text, findings),
        None => Vec::new(),
    };
    if kept.is_empty() {
        return maker.fields(findings);
    }
    kept.retain(|field| !field.is("From") || can_be_answered(&field.unfolded()));
    let added = maker.missing(&kept, findings);
    kept.extend(added);
    kept
}

/// The subject with its prefix. A stream has the two apart; where another writer put them together, they stay so.
pub(in crate::mime) fn subject(view: View<'_>) -> Option<String> {
    let prefix = view.text(pr::SUBJECT_PREFIX).unwrap_or_default();
    let normalized = view.text(pr::NORMALIZED_SUBJECT);
    let subject = view.text(pr::SUBJECT).or_else(|| normalized.clone()).unwrap_or_default();
    let is_whole = normalized.is_some_and(|normalized| subject == format!("{prefix}{normalized}"));
    let whole = if is_whole { subject.into_owned() } else { format!("{prefix}{subject}") };
    (!whole.is_empty()).then_some(whole)
}

/// When the message was, as near as its properties tell: a FILETIME. What `first` says goes before all else.
fn time(view: View<'_>, first: PropTag) -> Option<i64> {
    let times = [
        first,
        pr::CLIENT_SUBMIT_TIME,
        pr::MESSAGE_DELIVERY_TIME,
        tags::REPORT_TIME,
        pr::CREATION_TIME,
        pr::LAST_MODIFICATION_TIME,
    ];
    times.into_iter().filter_map(|tag| view.int(tag)).find(|time| date::rfc5322(*time).is_some())
}

/// When the message was sent.
pub(super) fn sent(view: View<'_>) -> Option<i64> {
    time(view, pr::CLIENT_SUBMIT_TIME)
}

/// When the message was received, or else sent or made: a FILETIME.
pub(crate) fn received(view: View<'_>) -> Option<i64> {
    time(view, pr::MESSAGE_DELIVERY_TIME)
}

/// Makes fields of properties.
struct Maker<'m, 'o> {
    item: Item<'m>,
    view: View<'m>,
    options: &'o Options<'o>,
}

impl Maker<'_, '_> {
    fn fields(&self, findings: &Findings) -> Vec<Field> {
        let from = self.from();
        let mut fields = self.originators(from.as_ref());
        fields.extend(self.recipients());
        fields.extend(self.reply_to(from.as_ref()));
        fields.extend(self.subject());
        fields.push(self.date(findings));
        fields.push(self.id(findings));
        fields.extend(self.ancestors());
        fields.extend(self.requests(from.as_ref()));
        fields.extend(self.threads());
        fields.extend(self.state(&[]));
        fields.extend(self.language());
        let named: Vec<Field> = self.named().into_iter().filter(|f| !fields.iter().any(|o| o.is(&f.name))).collect();
        fields.extend(named);
        fields
    }

    /// What is not among the fields `kept` of a message: what every one must have, and what its owner did with it.
    fn missing(&self, kept: &[Field], findings: &Findings) -> Vec<Field> {
        let has = |name: &str| kept.iter().any(|field| field.is(name));
        let mut fields = Vec::new();
        if !has("From") {
            fields.extend(self.originators(self.from().as_ref()).into_iter().filter(|field| field.is("From")));
        }
        // The header that a message is sent with does not tell of Bcc, the recipient table of the one who sent it does.
        let is_addressed = ["To", "Cc", "Bcc"].into_iter().any(has);
        // In what meetings send these rows are rooms and devices.
        let is_blind = |field: &Field| field.is("Bcc") && !has("Bcc") && !super::is_meeting(&self.item.class());
        let is_missing = |field: &Field| !is_addressed || is_blind(field);
        fields.extend(self.recipients().into_iter().filter(is_missing));
        if !has("Subject") {
            fields.extend(self.subject());
        }
        if !has("Date") {
            fields.push(self.date(findings));
        }
        if !has("Message-ID") {
            fields.push(self.id(findings));
        }
        // There may be more than one Keywords (RFC 5322 3.6).
        let is_missing = |field: &Field| field.is("Keywords") || !has(&field.name);
        fields.extend(self.state(kept).into_iter().filter(is_missing));
        fields
    }

    fn text(&self, name: &'static str, tag: PropTag) -> Option<Field> {
        self.view.text(tag).map(|text| Field::text(name, &text))
    }

    /// Who wrote the message.
    fn from(&self) -> Option<Person> {
        self.person(Role::SENT_REPRESENTING).or_else(|| self.person(Role::SENDER))
    }

    fn person(&self, role: Role) -> Option<Person> {
        Person::find(self.view, role)
    }

    fn mailbox(&self, person: &Person) -> Option<(String, String)> {
        Some((person.name.clone(), self.options.book.address(person)?))
    }

    /// From and Sender.
    fn originators(&self, from: Option<&Person>) -> Vec<Field> {
        let mailbox = |name, person: &Person| self.mailbox(person).map(|mailbox| Field::mailboxes(name, &[mailbox]));
        // A group without members is the one way to say that nobody is known (RFC 6854).
        let author = from.and_then(|person| mailbox("From", person));
        let mut fields = vec![author.unwrap_or_else(|| Field::tokens("From", ["unknown-sender:;"]))];
        let sender = self.person(Role::SENDER).filter(|sender| from.is_some_and(|from| !from.is_same(sender)));
        fields.extend(sender.and_then(|sender| mailbox("Sender", &sender)));
        fields
    }

    /// To, Cc and Bcc: the recipient table, or, where that is empty, the names that the message has of it.
    fn recipients(&self) -> Vec<Field> {
        const KINDS: [(i64, &str, PropTag); 3] =
            [(1, "To", tags::DISPLAY_TO), (2, "Cc", tags::DISPLAY_CC), (3, "Bcc", tags::DISPLAY_BCC)];
        let rows: Vec<_> = self.item.message.recipients.iter().map(|row| View::new(row, self.item.names)).collect();
        let of_kind = |(kind, name, display): (i64, &'static str, PropTag)| {
            // The high bits say what became of the message there.
            let rows = rows.iter().filter(|row| row.int(pr::RECIPIENT_TYPE).unwrap_or(1) & 0xF == kind);
            let mut people: Vec<_> = rows.filter_map(|row| Person::recipient(*row)).collect();
            if self.item.message.recipients.is_empty() {
                people = self.names(display);
            }
            let mailboxes: Vec<_> = people.iter().filter_map(|person| self.mailbox(person)).collect();
            (!mailboxes.is_empty()).then(|| Field::mailboxes(name, &mailboxes))
        };
        KINDS.into_iter().filter_map(of_kind).collect()
    }

    /// The people whose names `tag` lists.
    fn names(&self, tag: PropTag) -> Vec<Person> {
        let names = self.view.text(tag).unwrap_or_default();
        let names = names.split(';').map(str::trim).filter(|name| !name.is_empty());
        let person = |name: &str| Person { name: name.to_owned(), smtp: address::smtp(name), ..Person::default() };
        names.map(person).collect()
    }

    fn reply_to(&self, from: Option<&Person>) -> Option<Field> {
        let entries =
            self.view.bytes(tags::REPLY_RECIPIENT_ENTRIES).map(|list| Person::entry_list(&list)).unwrap_or_default();
        let people = if entries.is_empty() { self.names(tags::REPLY_RECIPIENT_NAMES) } else { entries };
        let mailboxes: Vec<_> = people.iter().filter_map(|person| self.mailbox(person)).collect();
        let same = matches!((people.as_slice(), from), ([one], Some(from)) if one.is_same(from));
        (!mailboxes.is_empty() && !same).then(|| Field::mailboxes("Reply-To", &mailboxes))
    }

    fn subject(&self) -> Option<Field> {
        subject(self.view).map(|subject| Field::text("Subject", &subject))
    }

    fn date(&self, findings: &Findings) -> Field {
        let date = sent(self.view).and_then(date::rfc5322).unwrap_or_else(|| {
            let found = "none; the message is dated 1970-01-01";
            findings.add(Finding::new(Effect::Notice, "PidTagClientSubmitTime", "the time of the message", found));
            NO_DATE.to_owned()
        });
        Field::tokens("Date", [date])
    }

    /// Message-ID: that of the message, where it is one.
    fn id(&self, findings: &Findings) -> Field {
        let stored = self.view.text(tags::INTERNET_MESSAGE_ID);
        let first = stored.as_deref().and_then(|text| text.split_inclusive('>').next()).map(ids).unwrap_or_default();
        // With a blank in it, it is two.
        let own = <[String; 1]>::try_from(first).ok().map(|[id]| id);
        if let Some(stored) = stored.filter(|_| own.is_none()) {
            let found = format!("{:?}, one is made up", stored.chars().take(60).collect::<String>());
            findings.add(Finding::new(Effect::Altered, "PidTagInternetMessageId", "a message id", found));
        }
        let made_up = || format!("<{:032x}@pffkit.invalid>", self.item.fingerprint());
        Field::tokens("Message-ID", [own.unwrap_or_else(made_up)])
    }

    /// In-Reply-To and References.
    fn ancestors(&self) -> Vec<Field> {
        let list = |(name, tag)| {
            let ids = ids(&self.view.text(tag)?);
            (!ids.is_empty()).then(|| Field::tokens(name, ids))
        };
        let lists = [("In-Reply-To", tags::IN_REPLY_TO_ID), ("References", tags::INTERNET_REFERENCES)];
        lists.into_iter().filter_map(list).collect()
    }

    /// What the author asks for: receipts, attention, discretion.
    fn requests(&self, from: Option<&Person>) -> Vec<Field> {
        let mut fields = Vec::new();
        let mailbox = from.and_then(|from| self.mailbox(from));
        let mut receipt = |name, tag| {
            let mailbox = mailbox.clone().filter(|_| self.view.is_set(tag));
            fields.extend(mailbox.map(|mailbox| Field::mailboxes(name, &[mailbox])));
        };
        receipt("Disposition-Notification-To", tags::READ_RECEIPT_REQUESTED);
        receipt("Return-Receipt-To", tags::ORIGINATOR_DELIVERY_REPORT_REQUESTED);
        let mut word = |name, word| fields.push(Field::tokens(name, [word]));
        match self.view.int(tags::IMPORTANCE) {
            Some(0) => {
                word("Importance", "Low");
                word("X-Priority", "5");
            }
            Some(2) => {
                word("Importance", "High");
                word("X-Priority", "1");
            }
            _ => {}
        }
        match self.view.int(tags::SENSITIVITY) {
            Some(1) => word("Sensitivity", "Personal"),
            Some(2) => word("Sensitivity", "Private"),
            Some(3) => word("Sensitivity", "Company-Confidential"),
            _ => {}
        }
        fields.extend(self.unwanted_replies());
        fields
    }

    /// Which automatic replies the author does not want ([MS-OXCMAIL] 2.1.3.2.20).
    fn unwanted_replies(&self) -> Option<Field> {
        const KINDS: [&str; 6] = ["DR", "NDR", "RN", "NRN", "OOF", "AutoReply"];
        let words = match self.view.int(tags::AUTO_RESPONSE_SUPPRESS)? {
            0 => return None,
            -1 => "All".to_owned(),
            bits => {
                let named = KINDS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
                named.map(|(_, kind)| *kind).collect::<Vec<_>>().join(", ")
            }
        };
        (!words.is_empty()).then(|| Field::text("X-Auto-Response-Suppress", &words))
    }

    /// The language of the body ([MS-OXCMAIL] 2.1.3.2.16).
    fn language(&self) -> Option<Field> {
        let id = u32::try_from(self.view.int(tags::MESSAGE_LOCALE_ID)?).ok()?;
        let language: &lcid::LanguageId = id.try_into().ok()?;
        Some(Field::tokens("Content-Language", [language.name]))
    }

    /// Threads and lists.
    fn threads(&self) -> Vec<Field> {
        let index = self.view.bytes(tags::CONVERSATION_INDEX).filter(|bytes| !bytes.is_empty());
        let lists = [
            self.text("List-Help", tags::LIST_HELP),
            self.text("List-Subscribe", tags::LIST_SUBSCRIBE),
            self.text("List-Unsubscribe", tags::LIST_UNSUBSCRIBE),
        ];
        let topic = self.text("Thread-Topic", tags::CONVERSATION_TOPIC);
        let index = index.map(|bytes| Field::tokens("Thread-Index", base64_tokens(&bytes)));
        topic.into_iter().chain(index).chain(lists.into_iter().flatten()).collect()
    }

    /// The categories that are not among the Keywords of the fields `kept`.
    fn keywords(&self, kept: &[Field]) -> Option<Field> {
        let known: Vec<_> = kept.iter().filter(|field| field.is("Keywords")).map(Field::unfolded).collect();
        let known: Vec<_> = known.iter().flat_map(|list| list.split(',')).map(str::trim).collect();
        let mut keywords = self.view.texts(KEYWORDS);
        keywords.retain(|keyword| !known.contains(&&*Field::phrases("Keywords", &[keyword]).unfolded()));
        (!keywords.is_empty()).then(|| Field::phrases("Keywords", &keywords))
    }

    /// What the owner did with the message that came with the fields `kept`.
    fn state(&self, kept: &[Field]) -> Vec<Field> {
        let mut fields: Vec<_> = self.keywords(kept).into_iter().collect();
        fields.extend(self.flag());
        if self.view.int(pr::MESSAGE_FLAGS).is_some_and(|flags| flags & UNSENT != 0) {
            fields.push(Field::tokens("X-Unsent", ["1"]));
        }
        fields
    }

    /// The flag ([MS-OXOFLAG] 2.2.1.1): what it asks for, and by when, or when that was done.
    fn flag(&self) -> Vec<Field> {
        let request = self.view.text(FLAG_REQUEST).unwrap_or("Follow up".into());
        let day = |tag| self.view.int(tag).and_then(date::rfc5322);
        let date = match self.view.int(tags::FLAG_STATUS) {
            Some(2) => day(tags::REPLY_TIME).map(|date| Field::tokens("Reply-By", [date])),
            Some(1) => {
                // To complete a flag changes the message, so that is when it was where nothing else is said. With no date at all
                // it would be a flag that is up.
                let changed = || day(pr::LAST_MODIFICATION_TIME).or_else(|| sent(self.view).and_then(date::rfc5322));
                let date = day(tags::FLAG_COMPLETE_TIME).or_else(changed);
                Some(Field::tokens("X-Message-Completed", [date.unwrap_or_else(|| NO_DATE.to_owned())]))
            }
            _ => return Vec::new(),
        };
        [Field::text("X-Message-Flag", &request)].into_iter().chain(date).collect()
    }

    /// Fields that were kept as named properties ([MS-OXCMAIL] 2.1.3.2.1).
    fn named(&self) -> Vec<Field> {
        let names = self.item.names.strings(PS_INTERNET_HEADERS);
        let names = names.into_iter().filter(|(name, _)| transport::is_name(name));
        let names = names.filter(|(name, _)| !name.starts_with("content-") && *name != "mime-version");
        names.filter_map(|(name, id)| Some(Field::text(title(name), &self.view.text(Key::Id(id))?))).collect()
    }
}

/// `x-mailer` as `X-Mailer`.
fn title(name: &str) -> String {
    // PidNameAcceptLanguage, the one name that is not that of its field ([MS-OXCMAIL] 2.1.3.2.16).
    let name = if name == "acceptlanguage" { "accept-language" } else { name };
    let mut start = true;
    let capital = |c: char| {
        let c = if start { c.to_ascii_uppercase() } else { c };
        start = c == '-';
        c
    };
    name.chars().map(capital).collect()
}

/// Whether mailboxes have addresses of the internet: one of Exchange is of no use to anybody else.
fn can_be_answered(mailboxes: &str) -> bool {
    let bare = |text: &str| address::is_x500(text) && address::smtp(text).is_none();
    // A display name comes first; an address without one is all there is.
    let addresses: Vec<_> = mailboxes.split('<').map(|rest| rest.split('>').next().unwrap_or(rest)).collect();
    addresses.last().is_some_and(|last| last.contains('@')) && !addresses.into_iter().any(bare)
}

/// The message ids in `text`, in angle brackets (RFC 5322 3.6.4).
fn ids(text: &str) -> Vec<String> {
    const LONGEST: usize = 900;
    let bare = |id: &str| id.trim_matches(|c| c == '<' || c == '>').to_owned();
    let good = |id: &String| !id.is_empty() && id.len() <= LONGEST && id.bytes().all(|b| b.is_ascii_graphic());
    text.split([' ', '\t', '\r', '\n', ',']).map(bare).filter(good).map(|id| format!("<{id}>")).collect()
}
