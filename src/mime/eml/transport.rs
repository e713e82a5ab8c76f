//! The header that a message came with: PidTagTransportMessageHeaders ([MS-OXOMSG] 2.2.1.61).

use crate::damage::{Effect, Finding, Findings};
use crate::mime::field::Field;

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

/// Whether a field says how the body was built. Content-Language says what it is in, which stays true.
fn is_of_body(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "mime-version" || (name.starts_with("content-") && name != "content-language")
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
        let text = "Microsoft Mail Internet Headers Version 2.0\r\nReceived: a\r\n\tby b\r\nReceived: c\r\nContent-Type: text/plain;\r\n\tcharset=x\r\nMIME-Version: 1.0\r\nContent-Language: de\r\nSubject: s\r\n\r\n";
        assert_eq!(
            read(text),
            ("Received: a\r\n\tby b\r\nReceived: c\r\nContent-Language: de\r\nSubject: s\r\n".into(), 0)
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
