//! Mail: classes, bodies, transport headers, recipients.

use super::random::Random;
use super::text::{self, Language, Text};
use crate::mapi::tag::pr;
use crate::mapi::time::{filetime_to_string, unix_to_filetime};
use crate::mapi::{PropTag, Props, Value};
use crate::mt::object::Message;

/// The classes of mail, and how many of a hundred are of it.
const CLASSES: [(&str, u64); 6] = [
    ("IPM.Note", 91),
    ("IPM.Schedule.Meeting.Request", 3),
    ("IPM.Schedule.Meeting.Resp.Pos", 2),
    ("REPORT.IPM.Note.NDR", 1),
    ("IPM.Post", 2),
    ("IPM.Note.Rules.OofTemplate.Microsoft", 1),
];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Somebody who writes `language`: a name and an address.
pub(super) fn person(random: &mut Random, language: &Language) -> (&'static str, String) {
    let name = *random.pick(language.people);
    (name, format!("person{}@example.org", random.below(5000)))
}

/// A mail of `time` (Unix seconds) to `recipients` people; `id` is unique in the stream.
pub(super) fn mail(random: &mut Random, id: &str, time: i64, recipients: u64) -> Message<'static> {
    let language = text::language(random);
    let class = class(random);
    let topic = language.words(random, 3, 9);
    let (sender, address) = person(random, language);
    let mut props = common(class, time);
    push_subject(&mut props, random, language, topic.clone());
    let text = language.text(random);
    push_body(&mut props, random, &text);
    for tag in [0x0042_001F, 0x0C1A_001F] {
        props.push(PropTag(tag), Value::str(sender));
    }
    for tag in [0x0065_001F, 0x0C1F_001F] {
        props.push(PropTag(tag), Value::str(address.clone()));
    }
    for tag in [0x0064_001F, 0x0C1E_001F] {
        props.push(PropTag(tag), Value::str("SMTP"));
    }
    let message_id = format!("<{id}.{time}@example.org>");
    props.push(PropTag(0x007D_001F), Value::str(headers(random, &address, &message_id, time)));
    props.push(PropTag(0x1035_001F), Value::str(message_id));
    props.push(PropTag(0x0070_001F), Value::str(topic));
    let index: Vec<u8> = (0..3).flat_map(|_| random.next().to_le_bytes()).take(22).collect();
    props.push(PropTag(0x0071_0102), Value::bin(index));
    props.push(PropTag(0x0017_0003), Value::I32(if random.below(30) == 0 { 2 } else { 1 }));
    props.push(PropTag(0x0036_0003), Value::I32(0));
    let recipients = (0..recipients).map(|n| recipient(random, language, n)).collect();
    Message { props, recipients, attachments: Vec::new() }
}

/// What every message has.
pub(super) fn common(class: &'static str, time: i64) -> Props<'static> {
    let mut props = Props::new();
    props.push(pr::MESSAGE_CLASS, Value::str(class));
    for tag in [pr::CLIENT_SUBMIT_TIME, pr::MESSAGE_DELIVERY_TIME, pr::CREATION_TIME, pr::LAST_MODIFICATION_TIME] {
        props.push(tag, Value::I64(unix_to_filetime(time)));
    }
    props
}

fn class(random: &mut Random) -> &'static str {
    let mut n = random.below(100);
    let of_share = |(class, share): &(&'static str, u64)| match n.checked_sub(*share) {
        Some(left) => {
            n = left;
            None
        }
        None => Some(*class),
    };
    CLASSES.iter().find_map(of_share).unwrap_or(CLASSES[0].0)
}

/// Every third one is a reply or was forwarded.
fn push_subject(props: &mut Props<'static>, random: &mut Random, language: &Language, topic: String) {
    let prefix = if random.below(3) == 0 { *random.pick(&language.prefixes) } else { "" };
    props.push(pr::SUBJECT, Value::str(format!("{prefix}{topic}")));
    if !prefix.is_empty() {
        props.push(pr::SUBJECT_PREFIX, Value::str(prefix));
        props.push(pr::NORMALIZED_SUBJECT, Value::str(topic));
    }
}

/// The body in one or two forms: plain text, HTML, RTF, HTML in RTF.
fn push_body(props: &mut Props<'static>, random: &mut Random, text: &Text) {
    let rtf = match random.below(20) {
        0..=4 => None,
        5..=13 => {
            props.push(pr::HTML, Value::bin(text.html().into_bytes()));
            props.push(pr::INTERNET_CPID, Value::I32(65001));
            None
        }
        14..=16 => Some(text.rtf()),
        17..=18 => Some(text.html_in_rtf()),
        _ => Some(text.stored_rtf()),
    };
    if let Some(rtf) = rtf {
        props.push(pr::RTF_COMPRESSED, Value::bin(rtf));
        props.push(pr::RTF_IN_SYNC, Value::Bool(1));
    }
    props.push(pr::BODY, Value::str(text.plain()));
}

/// What the servers on the way put before a mail.
fn headers(random: &mut Random, address: &str, message_id: &str, time: i64) -> String {
    let date = date(time);
    let noise = |random: &mut Random| format!("{:016x}{:016x}", random.next(), random.next());
    let hop = |random: &mut Random, n: u64| {
        let (queue, host) = (random.next() >> 24, random.below(250));
        format!(
            "Received: from relay{n}.example.net (relay{n}.example.net [192.0.2.{host}])\r\n\
             \tby mx{n}.example.org (Postfix) with ESMTPS id {queue:010X}\r\n\
             \tfor <inbox@example.org>; {date}\r\n"
        )
    };
    let mut headers: String = (0..=random.heavy(1).min(12)).map(|n| hop(random, n)).collect();
    if random.below(3) > 0 {
        let signature = (0..10).map(|_| noise(random)).collect::<Vec<_>>().join("\r\n\t ");
        headers += &format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=mail;\r\n\
             \th=from:to:subject:date:message-id:mime-version;\r\n\tbh={};\r\n\tb={signature}\r\n",
            noise(random)
        );
    }
    headers
        + &format!(
            "From: <{address}>\r\nTo: <inbox@example.org>\r\nDate: {date}\r\nMessage-ID: {message_id}\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"{}\"\r\nX-Mailer: Microsoft Outlook 16.0\r\n\r\n",
            noise(random)
        )
}

/// `unix` as [RFC 5322] 3.3 has it.
fn date(unix: i64) -> String {
    let iso = filetime_to_string(unix_to_filetime(unix));
    let month = iso[5..7].parse().ok().and_then(|m: usize| MONTHS.get(m - 1)).unwrap_or(&MONTHS[0]);
    format!("{} {month} {} {} +0000", &iso[8..10], &iso[..4], &iso[11..19])
}

fn recipient(random: &mut Random, language: &Language, n: u64) -> Props<'static> {
    let (name, address) = person(random, language);
    let mut props = Props::new();
    let kind = match n {
        0 | 1 => 1,
        _ if n % 10 == 9 => 3,
        _ => 2,
    };
    props.push(pr::RECIPIENT_TYPE, Value::I32(kind));
    props.push(PropTag(0x0FFE_0003), Value::I32(6));
    props.push(PropTag(0x3900_0003), Value::I32(0));
    props.push(pr::DISPLAY_NAME, Value::str(name));
    props.push(PropTag(0x3002_001F), Value::str("SMTP"));
    props.push(PropTag(0x3003_001F), Value::str(address.clone()));
    props.push(PropTag(0x39FE_001F), Value::str(address));
    props
}
