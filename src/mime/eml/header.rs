//! The header of a message, from its properties ([MS-OXCMAIL] 2.1.3).

use super::{Item, Options, date, transport};
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::guid::{PS_INTERNET_HEADERS, PS_PUBLIC_STRINGS, PSETID_COMMON};
use crate::mapi::{PropTag, PropType, tag::pr};
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

/// The kinds of recipients: PidTagRecipientType, the field, and the names of them all.
const KINDS: [(i64, &str, PropTag); 3] =
    [(1, "To", tags::DISPLAY_TO), (2, "Cc", tags::DISPLAY_CC), (3, "Bcc", tags::DISPLAY_BCC)];

/// PidLidClassified and what else is said of a classification ([MS-OXCMAIL] 2.1.3.2.17).
const CLASSIFIED: Key = Key::Lid(PSETID_COMMON, 0x85B5);
const CLASSIFICATION_KEEP: Key = Key::Lid(PSETID_COMMON, 0x85BA);
const CLASSIFICATION: [(&str, Key); 3] = [
    ("X-Microsoft-Classification", Key::Lid(PSETID_COMMON, 0x85B6)),
    ("X-Microsoft-ClassDesc", Key::Lid(PSETID_COMMON, 0x85B7)),
    ("X-Microsoft-ClassID", Key::Lid(PSETID_COMMON, 0x85B8)),
];

/// The fields of `item`, without those that say what its body is: those it came with, completed, or else made of its properties.
pub(super) fn fields<'i>(item: Item<'i>, options: &Options<'_>, findings: &'i Findings) -> Vec<Field> {
    let view = item.view();
    let maker = Maker { item, view, options, findings };
    let mut kept = match view.text(tags::TRANSPORT_MESSAGE_HEADERS) {
        Some(text) => transport::fields(&text, findings),
        None => Vec::new(),
    };
    if kept.is_empty() {
        return maker.fields();
    }
    kept.iter_mut().for_each(transport::bracket_id);
    let useless = maker.take_useless(&mut kept);
    for field in maker.missing(&kept, &useless) {
        match kept.iter_mut().find(|there| is_of_recipients(there) && there.is(&field.name)) {
            Some(there) => there.append(&field),
            None => kept.push(field),
        }
    }
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
    findings: &'m Findings,
}

impl Maker<'_, '_> {
    fn fields(&self) -> Vec<Field> {
        let from = self.from();
        let mut fields = self.originators(from.as_ref());
        fields.extend(self.recipients());
        fields.extend(self.reply_to(from.as_ref()));
        fields.extend(self.subject());
        fields.push(self.date());
        fields.push(self.id());
        fields.extend(self.ancestors());
        fields.extend(self.requests(from.as_ref()));
        fields.extend(self.threads());
        fields.extend(self.calls());
        fields.extend(self.classification());
        fields.extend(self.state(&[]));
        fields.extend(self.language());
        let named: Vec<Field> = self.named().into_iter().filter(|f| !fields.iter().any(|o| o.is(&f.name))).collect();
        fields.extend(named);
        fields
    }

    /// Takes out of the fields `kept` what says nothing that others can use, where something else can take its place: addresses of
    /// Exchange, and dates and ids that are none. Returns it.
    fn take_useless(&self, kept: &mut Vec<Field>) -> Vec<Field> {
        let is_useless = |field: &Field| {
            let value = field.unfolded();
            let kind = KINDS.into_iter().find(|(_, name, _)| field.is(name));
            match kind {
                _ if field.is("From") => !transport::can_be_answered(&value),
                _ if field.is("Date") => !date::is_one(&value),
                _ if field.is("Message-ID") => !transport::is_id(&value),
                _ if field.is("Reply-To") => transport::others(&value).is_empty() && !self.answerers().is_empty(),
                Some(kind) => transport::has_x500(&value) && !self.people(kind).is_empty(),
                None => false,
            }
        };
        let (useless, good): (Vec<_>, Vec<_>) = std::mem::take(kept).into_iter().partition(is_useless);
        *kept = good;
        for field in &useless {
            let value = field.unfolded();
            self.tell_useless(field, &value);
            let others = if is_of_recipients(field) { transport::others(&value) } else { Vec::new() };
            if !others.is_empty() {
                kept.push(Field::kept(field.name.to_string(), &[&format!(" {}", others.join(", "))]));
            }
        }
        useless
    }

    /// Tells that `field`, which is `value`, gives way. Who is meant by an address is told by the one in its place.
    fn tell_useless(&self, field: &Field, value: &str) {
        let is_address = !field.is("Date") && !field.is("Message-ID");
        let effect = if is_address { Effect::Notice } else { Effect::Altered };
        let expected = format!("{} as others know it", field.name);
        let found = format!("{:?}, made anew", value.chars().take(200).collect::<String>());
        self.findings.add(Finding::new(effect, "PidTagTransportMessageHeaders", expected, found));
    }

    /// What is not among the fields `kept` of a message: what every one must have, what it is told by beside its header, and what its
    /// owner did with it; `useless` is what was taken out of them.
    fn missing(&self, kept: &[Field], useless: &[Field]) -> Vec<Field> {
        let has = |name: &str| kept.iter().any(|field| field.is(name));
        let mut fields = Vec::new();
        if !has("From") {
            fields.extend(self.originators(self.from().as_ref()).into_iter().filter(|field| field.is("From")));
        }
        fields.extend(self.missing_recipients(kept, useless));
        if useless.iter().any(|field| field.is("Reply-To")) {
            fields.extend(self.reply_to(None));
        }
        if !has("Subject") {
            fields.extend(self.subject());
        }
        if !has("Date") {
            fields.push(self.date());
        }
        if !has("Message-ID") {
            fields.push(self.id());
        }
        // There may be more than one Keywords (RFC 5322 3.6).
        let is_missing = |field: &Field| field.is("Keywords") || !has(&field.name);
        let told = self.calls().into_iter().chain(self.classification()).chain(self.state(kept));
        fields.extend(told.filter(is_missing));
        fields
    }

    /// The kinds of recipients that the fields `kept` don't tell of, or not of all, since some were `useless`, and the recipient table
    /// does. Where they tell of any, only those are taken whom they don't name: a header may have somebody in another field than the table.
    fn missing_recipients(&self, kept: &[Field], useless: &[Field]) -> Vec<Field> {
        let is_in = |fields: &[Field], name: &str| fields.iter().any(|field| field.is(name));
        let is_there = |name: &str| is_in(kept, name) && !is_in(useless, name);
        let is_addressed = KINDS.iter().any(|(_, name, _)| is_in(kept, name));
        // In what meetings send the rows of Bcc are rooms and devices.
        let is_room = |name: &str| name == "Bcc" && is_addressed && super::is_meeting(&self.item.class());
        let absent = KINDS.into_iter().filter(|(_, name, _)| !is_there(name) && !is_room(name));
        let absent: Vec<_> =
            absent.map(|kind| (kind.1, self.people(kind))).filter(|(_, all)| !all.is_empty()).collect();
        // To read the names takes longer than to see that nobody is missing.
        let of_recipients = kept.iter().filter(|field| !absent.is_empty() && is_of_recipients(field));
        let known: Vec<String> = of_recipients.flat_map(transport::names_in).collect();
        let is_known = |person: &Person| {
            let texts = [person.smtp.as_deref(), person.x500.as_deref(), Some(&*person.name)];
            texts.into_iter().flatten().any(|text| known.contains(&text.to_lowercase()))
        };
        let others =
            |(name, people): (_, Vec<_>)| self.recipients_of(name, people.into_iter().filter(|it| !is_known(it)));
        absent.into_iter().filter_map(others).collect()
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

    /// The mailboxes of `person`: more than one where their address is a list. What can't be written as it is, is told.
    fn mailboxes(&self, person: &Person) -> Vec<(String, String)> {
        person.tell(self.findings);
        let more = person.more.iter().map(|address| (String::new(), address.clone()));
        self.mailbox(person).into_iter().chain(more).collect()
    }

    /// From and Sender.
    fn originators(&self, from: Option<&Person>) -> Vec<Field> {
        let authors = from.map(|person| self.mailboxes(person)).unwrap_or_default();
        let sender = self.person(Role::SENDER).filter(|sender| from.is_some_and(|from| !from.is_same(sender)));
        // There may be many authors, but one of them, or somebody else, has sent it (RFC 5322 3.6.2).
        let sender = sender
            .map(|person| self.mailboxes(&person))
            .unwrap_or_else(|| authors.get(1).and(authors.first()).cloned().into_iter().collect());
        // A group without members is the one way to say that nobody is known (RFC 6854).
        let nobody = || Field::tokens("From", ["unknown-sender:;"]);
        let author = if authors.is_empty() { nobody() } else { Field::mailboxes("From", &authors) };
        let others: Vec<&str> = sender.iter().skip(1).map(|(_, address)| &**address).collect();
        if !others.is_empty() {
            let found = format!("a list; {} left out", others.join(", "));
            self.findings.add(Finding::new(Effect::Lost, "PidTagSenderEmailAddress", "one sender", found));
        }
        let sender = sender.first().map(|first| Field::mailboxes("Sender", std::slice::from_ref(first)));
        [author].into_iter().chain(sender).collect()
    }

    /// Those of a kind: of the recipient table, or, where that is empty, of the names that the message has of it.
    fn people(&self, (kind, _, display): (i64, &str, PropTag)) -> Vec<Person> {
        if self.item.message.recipients.is_empty() {
            return self.names(display);
        }
        let rows = self.item.message.recipients.iter().map(|row| View::new(row, self.item.names));
        // The high bits say what became of the message there.
        let rows = rows.filter(|row| row.int(pr::RECIPIENT_TYPE).unwrap_or(1) & 0xF == kind);
        rows.filter_map(Person::recipient).collect()
    }

    /// To, Cc and Bcc.
    fn recipients(&self) -> Vec<Field> {
        KINDS.into_iter().filter_map(|kind| self.recipients_of(kind.1, self.people(kind).into_iter())).collect()
    }

    /// The field `name` of `people`; `None` where there are none.
    fn recipients_of(&self, name: &'static str, people: impl Iterator<Item = Person>) -> Option<Field> {
        let mailboxes: Vec<_> = people.flat_map(|person| self.mailboxes(&person)).collect();
        (!mailboxes.is_empty()).then(|| Field::mailboxes(name, &mailboxes))
    }

    /// The people whose names `tag` lists.
    fn names(&self, tag: PropTag) -> Vec<Person> {
        let names = self.view.text(tag).unwrap_or_default();
        let names = names.split(';').map(str::trim).filter(|name| !name.is_empty());
        let person = |name: &str| Person { name: name.to_owned(), smtp: address::smtp(name), ..Person::default() };
        names.map(person).collect()
    }

    /// Those whom answers go to.
    fn answerers(&self) -> Vec<Person> {
        let entries =
            self.view.bytes(tags::REPLY_RECIPIENT_ENTRIES).map(|list| Person::entry_list(&list)).unwrap_or_default();
        if entries.is_empty() { self.names(tags::REPLY_RECIPIENT_NAMES) } else { entries }
    }

    /// Reply-To, unless that is `from`.
    fn reply_to(&self, from: Option<&Person>) -> Option<Field> {
        let people = self.answerers();
        let same = matches!((people.as_slice(), from), ([one], Some(from)) if one.is_same(from));
        let people = people.iter().filter(|_| !same);
        let mailboxes: Vec<_> = people.flat_map(|person| self.mailboxes(person)).collect();
        (!mailboxes.is_empty()).then(|| Field::mailboxes("Reply-To", &mailboxes))
    }

    fn subject(&self) -> Option<Field> {
        subject(self.view).map(|subject| Field::text("Subject", &subject))
    }

    fn date(&self) -> Field {
        let date = sent(self.view).and_then(date::rfc5322).unwrap_or_else(|| {
            let found = "none; the message is dated 1970-01-01";
            self.findings.add(Finding::new(Effect::Notice, "PidTagClientSubmitTime", "the time of the message", found));
            NO_DATE.to_owned()
        });
        Field::tokens("Date", [date])
    }

    /// Message-ID: that of the message, where it is one.
    fn id(&self) -> Field {
        let stored = self.view.text(tags::INTERNET_MESSAGE_ID);
        let first = stored.as_deref().and_then(|text| text.split_inclusive('>').next()).map(ids).unwrap_or_default();
        // With a blank in it, it is two.
        let own = <[String; 1]>::try_from(first).ok().map(|[id]| id);
        if let Some(stored) = stored.filter(|_| own.is_none()) {
            let found = format!("{:?}, one is made up", stored.chars().take(60).collect::<String>());
            self.findings.add(Finding::new(Effect::Altered, "PidTagInternetMessageId", "a message id", found));
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

    /// What a voice message, a missed call or a fax says of itself ([MS-OXCMAIL] 2.1.3.2.3). Other classes have other properties of these
    /// ids.
    fn calls(&self) -> Vec<Field> {
        let class = self.item.class();
        if !class.starts_with("IPM.NOTE") || !["VOICE", "FAX", ".UM"].iter().any(|part| class.contains(part)) {
            return Vec::new();
        }
        let text = |name, id| self.text(name, PropTag::new(id, PropType::UNICODE));
        let number = |name, id| {
            let number = self.view.int(PropTag::new(id, PropType::LONG)).filter(|number| *number >= 0)?;
            Some(Field::tokens(name, [number.to_string()]))
        };
        let fields = [
            text("X-CallingTelephoneNumber", 0x6802),
            text("X-VoiceMessageSenderName", 0x6803),
            number("X-VoiceMessageDuration", 0x6801),
            number("X-FaxNumberOfPages", 0x6804),
            text("X-AttachmentOrder", 0x6805),
            text("X-CallID", 0x6806),
        ];
        fields.into_iter().flatten().collect()
    }

    /// How the message is classified ([MS-OXCMAIL] 2.1.3.2.17).
    fn classification(&self) -> Vec<Field> {
        if !self.view.is_set(CLASSIFIED) {
            return Vec::new();
        }
        let yes = |name| Field::tokens(name, ["true"]);
        let keep = self.view.is_set(CLASSIFICATION_KEEP).then(|| yes("X-Microsoft-ClassKeep"));
        let texts = CLASSIFICATION.into_iter().filter_map(|(name, key)| Some(Field::text(name, &self.view.text(key)?)));
        [yes("X-Microsoft-Classified")].into_iter().chain(keep).chain(texts).collect()
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

    /// The flag ([MS-OXOFLAG] 2.2.1.1): what it asks for, and by when, and when that was done. By when an answer is wanted is also told
    /// without a flag ([MS-OXCMAIL] 2.1.3.2.28).
    fn flag(&self) -> Vec<Field> {
        let asked = self.view.text(FLAG_REQUEST);
        let status = self.view.int(tags::FLAG_STATUS).filter(|status| (1..=2).contains(status));
        let day = |tag| self.view.int(tag).and_then(date::rfc5322);
        let by = day(tags::REPLY_TIME).filter(|_| status.is_some() || asked.is_some());
        let by = by.map(|date| Field::tokens("Reply-By", [date]));
        let request = status.map(|_| Field::text("X-Message-Flag", &asked.unwrap_or("Follow up".into())));
        let done = status.filter(|status| *status == 1).map(|_| {
            // To complete a flag changes the message, so that is when it was where nothing else is said. With no date at all
            // it would be a flag that is up.
            let changed = || day(pr::LAST_MODIFICATION_TIME).or_else(|| sent(self.view).and_then(date::rfc5322));
            let date = day(tags::FLAG_COMPLETE_TIME).or_else(changed);
            Field::tokens("X-Message-Completed", [date.unwrap_or_else(|| NO_DATE.to_owned())])
        });
        [request, by, done].into_iter().flatten().collect()
    }

    /// Fields that were kept as named properties ([MS-OXCMAIL] 2.1.3.2.1).
    fn named(&self) -> Vec<Field> {
        let names = self.item.names.strings(PS_INTERNET_HEADERS);
        let names = names.into_iter().filter(|(name, _)| transport::is_name(name));
        let names = names.filter(|(name, _)| !transport::is_of_body(name));
        // PidNameXVoiceMessageDuration and PidNameXFaxNumberOfPages are numbers.
        let is_number = |name: &str| ["x-voicemessageduration", "x-faxnumberofpages"].contains(&name);
        let value = |name: &str, id| {
            let number = self.view.int(Key::Id(id)).filter(|_| is_number(name)).map(|number| number.to_string().into());
            self.view.text(Key::Id(id)).or(number)
        };
        names.filter_map(|(name, id)| Some(Field::text(title(name), &value(name, id)?))).collect()
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

/// The mailboxes of a From field that has been decoded, as an index shows them: one without quotes, and nobody as nothing.
pub(super) fn shown(mailboxes: &str) -> String {
    let one = mailboxes.strip_suffix('>').and_then(|rest| rest.split_once('<')).filter(|(_, it)| !it.contains('<'));
    let Some((name, address)) = one else { return mailboxes.strip_suffix(":;").map_or(mailboxes, |_| "").to_owned() };
    let name = name.trim();
    let inner = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    let name = inner.map_or_else(|| name.to_owned(), address::unescaped);
    if name.is_empty() || name == address { address.to_owned() } else { format!("{name} <{address}>") }
}

fn is_of_recipients(field: &Field) -> bool {
    KINDS.iter().any(|(_, name, _)| field.is(name))
}

/// The message ids in `text`, in angle brackets (RFC 5322 3.6.4).
pub(super) fn ids(text: &str) -> Vec<String> {
    const LONGEST: usize = 900;
    let bare = |id: &str| id.trim_matches(|c| c == '<' || c == '>').to_owned();
    let good = |id: &String| !id.is_empty() && id.len() <= LONGEST && id.bytes().all(|b| b.is_ascii_graphic());
    text.split([' ', '\t', '\r', '\n', ',']).map(bare).filter(good).map(|id| format!("<{id}>")).collect()
}
