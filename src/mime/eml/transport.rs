//! The header that a message came with: PidTagTransportMessageHeaders ([MS-OXOMSG] 2.2.1.61).

use super::header::ids;
use crate::damage::{Effect, Finding, Findings};
use crate::mime::address;
use crate::mime::field::{Field, decoded};

/// The fields in `text`, in order and with their repetitions, less those that say what the body is: the body is written anew. What
/// stands behind the header (the header of the first part, pieces of a body) is not taken, lines that are no field are findings.
pub(super) fn fields(text: &str, findings: &Findings) -> Vec<Field> {
    // Lines may end in any way.
    let lines = text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    let lines = lines.skip_while(|line| line.trim().is_empty() || is_title(line));
    let lines = lines.take_while(|line| !line.trim().is_empty());
    let mut fields: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in lines {
        match (line.starts_with([' ', '\t']), split(line), fields.last_mut()) {
            (true, _, Some((_, lines))) => lines.push(line),
            (false, Some((name, value)), _) => fields.push((name, vec![value])),
            _ => {
                let expected = "header fields and their continuations";
                let found = format!("{:?}, left out", line.chars().take(60).collect::<String>());
                findings.add(Finding::new(Effect::Altered, "PidTagTransportMessageHeaders", expected, found));
                // What continues it goes with it.
                fields.push(("", Vec::new()));
            }
        }
    }
    let kept = fields.into_iter().filter(|(name, _)| !name.is_empty() && !is_of_body(name));
    kept.map(|(name, lines)| Field::kept(name.to_owned(), &lines)).collect()
}

/// Whether `line` is a title that programs write before the first field.
fn is_title(line: &str) -> bool {
    line.starts_with("Microsoft Mail Internet Headers") || line.starts_with("From ") || line.starts_with(">From ")
}

/// The name and the value of a field (RFC 5322 2.2).
fn split(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim_end();
    is_name(name).then_some((name, value))
}

/// Whether `name` can name a field, in a line that is not too long.
pub(super) fn is_name(name: &str) -> bool {
    const LONGEST: usize = 76;
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
}

/// Whether a field says how the body was built (RFC 2045, RFC 2183, RFC 2557 and others). What the message is about, as Content-Class and
/// Content-Language say it, stays true.
pub(super) fn is_of_body(name: &str) -> bool {
    const OF_BODY: [&str; 13] = [
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
        "content-id",
        "content-description",
        "content-location",
        "content-base",
        "content-length",
        "content-md5",
        "content-features",
        "content-duration",
        "content-alternative",
    ];
    OF_BODY.iter().any(|of_body| name.eq_ignore_ascii_case(of_body))
}

/// Puts brackets around a message id that came without.
pub(super) fn bracket_id(field: &mut Field) {
    if field.is("Message-ID")
        && let value = field.unfolded()
        && !is_id(&value)
        && let [id] = ids(&value).as_slice()
    {
        *field = Field::tokens("Message-ID", [id]);
    }
}

/// Whether `value` is a message id, whatever stands behind it.
pub(super) fn is_id(value: &str) -> bool {
    let id = value.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    id.is_some_and(|(id, _)| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// The mailboxes in `value`.
fn mailboxes(value: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let split = move |c: char| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    };
    value.split(split).map(str::trim).filter(|mailbox| !mailbox.is_empty())
}

/// Whether the address of `mailbox` is one of Exchange.
fn is_x500(mailbox: &str) -> bool {
    mailbox.rsplit('<').next().is_some_and(|address| is_bare_x500(address.trim_matches([' ', '>', '\''])))
}

/// Whether one of the mailboxes in `value` has an address of Exchange.
pub(super) fn has_x500(value: &str) -> bool {
    mailboxes(value).any(is_x500)
}

/// The mailboxes in `value` that have none.
pub(super) fn others(value: &str) -> Vec<&str> {
    mailboxes(value).filter(|mailbox| !is_x500(mailbox)).collect()
}

fn is_bare_x500(text: &str) -> bool {
    address::is_x500(text) && address::smtp(text).is_none()
}

/// The names and addresses of the mailboxes in `field`, in lower case.
pub(super) fn names_in(field: &Field) -> Vec<String> {
    let value = field.unfolded();
    // A name may have a comma in it.
    let parts = value.split(['<', '>']).chain(value.split(['<', '>', ',', ';']));
    let parts = parts.map(|part| decoded(part.trim_matches([' ', ',', '"', '\''])).to_lowercase());
    parts.filter(|part| !part.is_empty()).collect()
}

/// Whether mailboxes have addresses of the internet: one of Exchange is of no use to anybody else.
pub(super) fn can_be_answered(mailboxes: &str) -> bool {
    // A display name comes first; an address without one is all there is.
    let addresses: Vec<_> = mailboxes.split('<').map(|rest| rest.split('>').next().unwrap_or(rest)).collect();
    addresses.last().is_some_and(|last| last.contains('@')) && !addresses.into_iter().any(is_bare_x500)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, usize) {
        let findings = Findings::new();
        let mut out = Vec::new();
        fields(text, &findings).iter().for_each(|field| field.write(&mut out).unwrap());
        (String::from_utf8(out).unwrap(), findings.take().len())
    }

    #[test]
    fn order_and_repetitions_stay_and_what_is_of_the_body_goes() {
        let text = "Microsoft Mail Internet Headers Version 2.0\r\nReceived: a\r\n\tby b\r\nReceived: c\r\nContent-Type: text/plain;\r\n\tcharset=x\r\nMIME-Version: 1.0\r\nContent-Language: de\r\ncontent-class: urn:content-classes:message\r\nSubject: s\r\n\r\n";
        assert_eq!(
            read(text),
            ("Received: a\r\n\tby b\r\nReceived: c\r\nContent-Language: de\r\ncontent-class: urn:content-classes:message\r\nSubject: s\r\n".into(), 0)
        );
    }

    #[test]
    fn what_stands_behind_the_header_is_not_taken() {
        let text = "\nFrom: a@b\n\n--part\nContent-Type: text/html\n\nBcc: x\n";
        assert_eq!(read(text), ("From: a@b\r\n".into(), 0));
    }

    #[test]
    fn lines_that_are_no_field_are_left_out() {
        let text = "From: a@b\r\nno field here\r\n continued\r\nBad Name: x\r\nTo: c@d\rX-A: 1\r\n";
        assert_eq!(read(text), ("From: a@b\r\nTo: c@d\r\nX-A: 1\r\n".into(), 2));
        assert_eq!(read(" begins with a blank\r\nA: b\r\n"), ("A: b\r\n".into(), 1));
        assert_eq!(read(&format!("{}: x\r\nA: b\r\n", "N".repeat(1000))), ("A: b\r\n".into(), 1));
        assert_eq!(read(""), (String::new(), 0));
    }
}
