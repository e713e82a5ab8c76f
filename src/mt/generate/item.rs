//! The messages of a made-up mailbox.

use super::attach::{Attacher, file};
use super::mail::{common, mail, person};
use super::random::Random;
use super::{Options, Shape, text};
use crate::mapi::guid::{
    PS_PUBLIC_STRINGS, PSETID_ADDRESS, PSETID_APPOINTMENT, PSETID_COMMON, PSETID_NOTE, PSETID_TASK,
};
use crate::mapi::tag::pr;
use crate::mapi::time::unix_to_filetime;
use crate::mapi::{PropName, PropTag, PropType, Props, Value, attach_method};
use crate::mt::object::{Attachment, Message};

/// 2015-01-01 00:00 UTC, and the seconds of the ten years over which the messages are spread.
const EPOCH: i64 = 1_420_070_400;
const SPAN: i64 = 10 * 365 * 86_400;

/// The named properties, in the order of their ids from 0x8000 on.
#[derive(Clone, Copy)]
enum Named {
    ReminderSet,
    Keywords,
    Start,
    End,
    Location,
    Busy,
    Email,
    TaskStatus,
    TaskDue,
    NoteColor,
}

impl Named {
    fn tag(self, typ: PropType) -> PropTag {
        PropTag::new(0x8000 + self as u16, typ)
    }
}

pub(super) fn names() -> [PropName; 10] {
    [
        PropName::lid(PSETID_COMMON, 0x8503),
        PropName::string(PS_PUBLIC_STRINGS, "Keywords"),
        PropName::lid(PSETID_APPOINTMENT, 0x820D),
        PropName::lid(PSETID_APPOINTMENT, 0x820E),
        PropName::lid(PSETID_APPOINTMENT, 0x8208),
        PropName::lid(PSETID_APPOINTMENT, 0x8205),
        PropName::lid(PSETID_ADDRESS, 0x8083),
        PropName::lid(PSETID_TASK, 0x8101),
        PropName::lid(PSETID_TASK, 0x8105),
        PropName::lid(PSETID_NOTE, 0x8B00),
    ]
}

/// What sort of item.
#[derive(Clone, Copy)]
enum Kind {
    Mail,
    Appointment,
    Contact,
    Task,
    StickyNote,
}

/// Makes one message after the other.
pub(super) struct Items {
    options: Options,
    random: Random,
    attacher: Attacher,
}

impl Items {
    pub fn new(options: &Options) -> Self {
        let mut random = Random(options.seed);
        let attacher = Attacher::new(options, &mut random);
        Self { options: *options, random, attacher }
    }

    /// Message `n`, before which the stream has `written` bytes.
    pub fn item(&mut self, n: u64, written: u64) -> Message<'static> {
        let time = EPOCH + SPAN / i64::from(self.options.messages.max(1)) * n as i64;
        let mut message = match self.kind() {
            Kind::Mail => self.mail(n, time),
            Kind::Appointment => self.appointment(time),
            Kind::Contact => self.contact(time),
            Kind::Task => self.task(time),
            Kind::StickyNote => self.sticky_note(time),
        };
        message.attachments.extend(self.attacher.attachments(n, written, &mut self.random));
        close(&mut message);
        message
    }

    fn kind(&mut self) -> Kind {
        match (self.options.shape, self.random.below(20)) {
            (Shape::Calendar, _) | (Shape::Mixed, 0..=1) => Kind::Appointment,
            (Shape::Contacts, _) | (Shape::Mixed, 2..=3) => Kind::Contact,
            (Shape::Mixed, 4) => Kind::Task,
            (Shape::Mixed, 5) => Kind::StickyNote,
            (Shape::Mail | Shape::Mixed | Shape::Deep | Shape::Wide, _) => Kind::Mail,
        }
    }

    fn mail(&mut self, n: u64, time: i64) -> Message<'static> {
        let is_crowded = self.options.shape == Shape::Wide && n % 500 == 100;
        let recipients = if is_crowded { 1000 + self.random.below(1000) } else { self.random.heavy(1).min(200) };
        let mut message = self.letter(&n.to_string(), time, recipients);
        if self.random.below(20) == 0 {
            message.props.push(Named::ReminderSet.tag(PropType::BOOLEAN), Value::Bool(1));
        }
        if self.random.below(5) == 0 {
            let word = text::language(&mut self.random).words(&mut self.random, 1, 1);
            message.props.push(Named::Keywords.tag(PropType::MV_UNICODE), Value::MvStr(vec![word.into()]));
        }
        if self.options.shape == Shape::Wide && n % 500 == 350 {
            message.attachments.extend((0..300).map(|i| file(&format!("{n}-small-{i}"), 100 + i, &mut self.random)));
        }
        let levels = self.levels();
        if levels > 0 {
            message.attachments.push(self.forwarded(n, time, levels));
        }
        message
    }

    /// A mail, or what a meeting sends: for the next day.
    fn letter(&mut self, id: &str, time: i64, recipients: u64) -> Message<'static> {
        let mut message = mail(&mut self.random, id, time, recipients);
        if message.props.str(pr::MESSAGE_CLASS).is_some_and(|class| class.starts_with("IPM.Schedule.Meeting")) {
            lasts(&mut message.props, time + 86_400);
        }
        message
    }

    /// How many messages are in one another below a message.
    fn levels(&mut self) -> u64 {
        match self.options.shape {
            Shape::Deep if self.random.below(4) == 0 => self.random.heavy(1).min(12),
            _ => u64::from(self.random.below(40) == 0),
        }
    }

    /// A message as an attachment, with `levels - 1` below it.
    fn forwarded(&mut self, n: u64, time: i64, levels: u64) -> Attachment<'static> {
        let mut message = self.letter(&format!("{n}-{levels}"), time - 3600, 1);
        if levels > 1 {
            message.attachments.push(self.forwarded(n, time - 3600, levels - 1));
        } else {
            message.attachments.push(file("inner", 1000, &mut self.random));
        }
        close(&mut message);
        let mut props = Props::new();
        props.push(pr::ATTACH_METHOD, Value::I32(attach_method::EMBEDDED));
        props.push(pr::DISPLAY_NAME, Value::str(message.props.str(pr::SUBJECT).unwrap_or_default().to_owned()));
        Attachment { props, embedded: Some(Box::new(message)) }
    }

    fn appointment(&mut self, time: i64) -> Message<'static> {
        let language = text::language(&mut self.random);
        let random = &mut self.random;
        let mut props = common("IPM.Appointment", time);
        let start = time + 3600 * random.below(720) as i64;
        props.push(pr::SUBJECT, Value::str(language.words(random, 2, 6)));
        props.push(pr::BODY, Value::str(language.text(random).plain()));
        lasts(&mut props, start);
        props.push(Named::Location.tag(PropType::UNICODE), Value::str(language.words(random, 1, 3)));
        props.push(Named::Busy.tag(PropType::LONG), Value::I32(random.below(4) as i32));
        Message { props, ..Message::default() }
    }

    fn contact(&mut self, time: i64) -> Message<'static> {
        let language = text::language(&mut self.random);
        let (name, address) = person(&mut self.random, language);
        let mut props = common("IPM.Contact", time);
        props.push(pr::SUBJECT, Value::str(name));
        props.push(pr::DISPLAY_NAME, Value::str(name));
        props.push(Named::Email.tag(PropType::UNICODE), Value::str(address));
        props.push(PropTag(0x3A08_001F), Value::str(format!("+49 30 {:07}", self.random.below(10_000_000))));
        props.push(PropTag(0x3A16_001F), Value::str(language.words(&mut self.random, 1, 3)));
        Message { props, ..Message::default() }
    }

    fn task(&mut self, time: i64) -> Message<'static> {
        let language = text::language(&mut self.random);
        let mut props = common("IPM.Task", time);
        props.push(pr::SUBJECT, Value::str(language.words(&mut self.random, 2, 6)));
        props.push(Named::TaskStatus.tag(PropType::LONG), Value::I32(self.random.below(5) as i32));
        let due = time + 86_400 * self.random.below(60) as i64;
        props.push(Named::TaskDue.tag(PropType::SYSTIME), Value::I64(unix_to_filetime(due)));
        Message { props, ..Message::default() }
    }

    fn sticky_note(&mut self, time: i64) -> Message<'static> {
        let language = text::language(&mut self.random);
        let mut props = common("IPM.StickyNote", time);
        props.push(pr::SUBJECT, Value::str(language.words(&mut self.random, 1, 4)));
        props.push(pr::BODY, Value::str(language.text(&mut self.random).plain()));
        props.push(Named::NoteColor.tag(PropType::LONG), Value::I32(self.random.below(5) as i32));
        Message { props, ..Message::default() }
    }
}

/// It is from `start` on, for half an hour.
fn lasts(props: &mut Props<'_>, start: i64) {
    props.push(Named::Start.tag(PropType::SYSTIME), Value::I64(unix_to_filetime(start)));
    props.push(Named::End.tag(PropType::SYSTIME), Value::I64(unix_to_filetime(start + 1800)));
}

/// What is known of a message once its attachments are.
fn close(message: &mut Message<'static>) {
    let flags = 1 | if message.attachments.is_empty() { 0 } else { 0x10 };
    message.props.push(pr::MESSAGE_FLAGS, Value::I32(flags));
}
