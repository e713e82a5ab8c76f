//! The messages of a made-up mailbox.

use super::random::{Noise, Random};
use super::{Options, Shape};
use crate::mapi::guid::{PS_PUBLIC_STRINGS, PSETID_ADDRESS, PSETID_APPOINTMENT, PSETID_COMMON};
use crate::mapi::tag::pr;
use crate::mapi::time::unix_to_filetime;
use crate::mapi::{PropName, PropTag, Props, Stream, Value};
use crate::mt::object::{Attachment, Message};

/// Words of several languages.
const WORDS: [&[&str]; 6] = [
    &["report", "meeting", "the", "quarter", "please", "budget", "of", "delivery", "and", "review", "for", "Monday"],
    &["Bericht", "Besprechung", "für", "größere", "Lieferung", "und", "Grüße", "die", "Änderung", "bitte", "Straße"],
    &["réunion", "le", "rapport", "été", "très", "pour", "une", "façon", "déjà", "livraison", "et", "merci"],
    &["отчёт", "встреча", "для", "поставка", "и", "пожалуйста", "бюджет", "на", "неделя", "срок"],
    &["会議", "報告", "予算", "納品", "月曜日", "確認", "お願いします", "資料", "来週"],
    &["έκθεση", "συνάντηση", "για", "παράδοση", "και", "παρακαλώ", "προϋπολογισμός"],
];
const PEOPLE: [&str; 8] =
    ["Jane Doe", "José García", "Zoë Müller", "Иван Петров", "山田 太郎", "Νίκος Παππάς", "Åsa Berg", "Li Wei"];
const FILES: [(&str, &str); 4] = [
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("zip", "application/zip"),
];
/// 2015-01-01 00:00 UTC; a message comes every 20 minutes.
const EPOCH: i64 = 1_420_070_400;
const INTERVAL: i64 = 1200;
/// The fewest bytes of an attachment.
const SMALL: u64 = 4 << 10;
/// The most bytes of one attachment; what is more is divided.
const LARGE: u64 = 64 << 20;

/// The named properties, in the order of their ids from 0x8000 on.
pub(super) fn names() -> [PropName; 6] {
    [
        PropName::lid(PSETID_COMMON, 0x8503),
        PropName::string(PS_PUBLIC_STRINGS, "Keywords"),
        PropName::lid(PSETID_APPOINTMENT, 0x820D),
        PropName::lid(PSETID_APPOINTMENT, 0x820E),
        PropName::lid(PSETID_APPOINTMENT, 0x8208),
        PropName::lid(PSETID_ADDRESS, 0x8083),
    ]
}

pub(super) fn container_class(shape: Shape) -> &'static str {
    match shape {
        Shape::Calendar => "IPF.Appointment",
        Shape::Contacts => "IPF.Contact",
        Shape::Mail | Shape::Mixed => "IPF.Note",
    }
}

/// Makes one message after the other.
pub(super) struct Items {
    options: Options,
    random: Random,
    /// Bytes of attachments so far, and how many have to be missing until there is another one.
    attached: u64,
    threshold: u64,
}

impl Items {
    pub fn new(options: &Options) -> Self {
        let mut random = Random(options.seed);
        let threshold = random.heavy(SMALL);
        Self { options: *options, random, attached: 0, threshold }
    }

    /// Message `n`.
    pub fn item(&mut self, n: u64) -> Message<'static> {
        let shape = match (self.options.shape, self.random.below(10)) {
            (Shape::Mixed, 0) => Shape::Calendar,
            (Shape::Mixed, 1) => Shape::Contacts,
            (Shape::Mixed, _) => Shape::Mail,
            (shape, _) => shape,
        };
        let time = EPOCH + INTERVAL * n as i64;
        let mut message = match shape {
            Shape::Calendar => self.appointment(time),
            Shape::Contacts => self.contact(time),
            Shape::Mail | Shape::Mixed => self.mail(n, time),
        };
        self.attach(&mut message, n);
        let flags = 1 | if message.attachments.is_empty() { 0 } else { 0x10 };
        message.props.push(pr::MESSAGE_FLAGS, Value::I32(flags));
        message
    }

    fn mail(&mut self, n: u64, time: i64) -> Message<'static> {
        let words = *self.random.pick(&WORDS);
        let (subject, body) = (self.words(words, 3, 9), self.body(words));
        let (sender, address) = self.person();
        let mut props = common("IPM.Note", &subject, time);
        if self.random.below(2) == 0 {
            let html = format!("<html><body><p>{}</p></body></html>", body.replace("\r\n", "</p>\r\n<p>"));
            props.push(pr::HTML, Value::bin(html.into_bytes()));
            props.push(pr::INTERNET_CPID, Value::I32(65001));
        }
        props.push(pr::BODY, Value::str(body));
        for tag in [0x0042_001F, 0x0C1A_001F] {
            props.push(PropTag(tag), Value::str(sender));
        }
        for tag in [0x0065_001F, 0x0C1F_001F] {
            props.push(PropTag(tag), Value::str(address.clone()));
        }
        for tag in [0x0064_001F, 0x0C1E_001F] {
            props.push(PropTag(tag), Value::str("SMTP"));
        }
        let hops: String =
            (0..=self.random.below(6)).map(|i| format!("Received: from mx{i}.example.org\r\n")).collect();
        let headers =
            format!("{hops}From: <{address}>\r\nMessage-ID: <{n}.{time}@example.org>\r\nMIME-Version: 1.0\r\n");
        props.push(PropTag(0x007D_001F), Value::str(headers));
        props.push(PropTag(0x1035_001F), Value::str(format!("<{n}.{time}@example.org>")));
        props.push(PropTag(0x8000_000B), Value::Bool(u8::from(self.random.below(20) == 0)));
        if self.random.below(5) == 0 {
            props.push(PropTag(0x8001_101F), Value::MvStr(vec![(*self.random.pick(words)).into()]));
        }
        let count = self.random.heavy(1).min(200);
        let recipients: Vec<_> = (0..count).map(|i| self.recipient(i)).collect();
        Message { props, recipients, attachments: Vec::new() }
    }

    fn appointment(&mut self, time: i64) -> Message<'static> {
        let words = *self.random.pick(&WORDS);
        let mut props = common("IPM.Appointment", &self.words(words, 2, 6), time);
        let start = time + 3600 * self.random.below(720) as i64;
        props.push(pr::BODY, Value::str(self.body(words)));
        props.push(PropTag(0x8002_0040), Value::I64(unix_to_filetime(start)));
        props.push(PropTag(0x8003_0040), Value::I64(unix_to_filetime(start + 1800)));
        props.push(PropTag(0x8004_001F), Value::str(self.words(words, 1, 3)));
        Message { props, ..Message::default() }
    }

    fn contact(&mut self, time: i64) -> Message<'static> {
        let (name, address) = self.person();
        let mut props = common("IPM.Contact", name, time);
        props.push(pr::DISPLAY_NAME, Value::str(name));
        props.push(PropTag(0x8005_001F), Value::str(address));
        props.push(PropTag(0x3A08_001F), Value::str(format!("+49 30 {:07}", self.random.below(10_000_000))));
        Message { props, ..Message::default() }
    }

    fn recipient(&mut self, n: u64) -> Props<'static> {
        let (name, address) = self.person();
        let mut props = Props::new();
        props.push(pr::RECIPIENT_TYPE, Value::I32(if n < 2 { 1 } else { 2 }));
        props.push(PropTag(0x0FFE_0003), Value::I32(6));
        props.push(pr::DISPLAY_NAME, Value::str(name));
        props.push(PropTag(0x3002_001F), Value::str("SMTP"));
        props.push(PropTag(0x3003_001F), Value::str(address));
        props
    }

    /// Gives message `n` the attachments that are due.
    fn attach(&mut self, message: &mut Message<'static>, n: u64) {
        let mut due = match self.options.size {
            None if self.random.below(6) == 0 => self.random.heavy(SMALL),
            None => 0,
            Some(size) => self.due(size, n),
        };
        self.attached += due;
        while due > 0 {
            let len = due.min(LARGE);
            due -= len;
            let (extension, mime) = *self.random.pick(&FILES);
            let name = format!("{}-{}.{extension}", n, message.attachments.len() + 1);
            let mut props = Props::new();
            props.push(pr::ATTACH_METHOD, Value::I32(1));
            let seed = self.random.next();
            props.push(pr::ATTACH_DATA_BIN, Value::Stream(Stream::new(Noise { seed, len })));
            props.push(pr::ATTACH_FILENAME, Value::str(name.clone()));
            props.push(pr::ATTACH_LONG_FILENAME, Value::str(name));
            props.push(PropTag(0x370E_001F), Value::str(mime));
            message.attachments.push(Attachment { props, embedded: None });
        }
    }

    /// What of `size` bytes is missing at message `n`, once it is enough for an attachment; all of it at the last message.
    fn due(&mut self, size: u64, n: u64) -> u64 {
        let messages = u128::from(self.options.messages.max(1));
        let goal = u128::from(size) * u128::from(n + 1) / messages;
        let due = u64::try_from(goal).unwrap_or(size).saturating_sub(self.attached);
        if due < self.threshold && n + 1 < u64::from(self.options.messages) {
            return 0;
        }
        self.threshold = self.random.heavy(SMALL);
        due
    }

    fn person(&mut self) -> (&'static str, String) {
        let name = *self.random.pick(&PEOPLE);
        (name, format!("person{}@example.org", self.random.below(5000)))
    }

    /// `least` to `most` of `words`.
    fn words(&mut self, words: &[&str], least: u64, most: u64) -> String {
        let count = least + self.random.below(most - least + 1);
        (0..count).map(|_| *self.random.pick(words)).collect::<Vec<_>>().join(" ")
    }

    /// A text of a heavy-tailed number of lines.
    fn body(&mut self, words: &[&str]) -> String {
        let lines = self.random.heavy(2).min(500);
        (0..lines).map(|_| self.words(words, 5, 14) + ".\r\n").collect()
    }
}

/// What every message has.
fn common(class: &'static str, subject: &str, time: i64) -> Props<'static> {
    let time = Value::I64(unix_to_filetime(time));
    let mut props = Props::new();
    props.push(pr::MESSAGE_CLASS, Value::str(class));
    props.push(pr::SUBJECT, Value::str(subject.to_owned()));
    for tag in [pr::CLIENT_SUBMIT_TIME, pr::MESSAGE_DELIVERY_TIME, pr::CREATION_TIME, pr::LAST_MODIFICATION_TIME] {
        props.push(tag, time.clone());
    }
    props
}
