//! UTF-7 (RFC 2152), reading only.

use super::{Decoded, gathered, whatwg};

/// The text of `bytes` in UTF-7. Bytes above 0x7F and broken runs are replaced.
pub(super) fn decode(bytes: &[u8]) -> Decoded<'_> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && text.is_ascii()
        && !text.contains('+')
    {
        return Decoded::new(text, false);
    }
    let mut text = String::with_capacity(bytes.len());
    let mut lossy = false;
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => {
                let run = rest.iter().take_while(|b| sextet(**b).is_some()).count();
                let (coded, after) = rest.split_at(run);
                // A "-" ends the run and is no text; "+-" stands for "+".
                rest = after.strip_prefix(b"-").unwrap_or(after);
                if coded.is_empty() {
                    lossy |= after.len() == rest.len();
                    text.push('+');
                } else {
                    let part = shifted(coded);
                    lossy |= part.lossy;
                    text.push_str(&part.text);
                }
            }
            0..=0x7F => text.push(char::from(byte)),
            _ => {
                lossy = true;
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
    }
    Decoded::new(text, lossy)
}

/// The text of one base64 run: UTF-16BE, filled up with zero bits to a whole number of sextets.
fn shifted(coded: &[u8]) -> Decoded<'static> {
    let mut bytes = Vec::with_capacity(coded.len() + 1);
    let (mut bits, mut have) = (0_u32, 0_u32);
    for sextet in coded.iter().filter_map(|b| sextet(*b)) {
        bits = bits << 6 | u32::from(sextet);
        have += 6;
        if have >= 16 {
            have -= 16;
            bytes.extend(((bits >> have) as u16).to_be_bytes());
            bits &= (1 << have) - 1;
        }
    }
    let decoded = gathered(whatwg(encoding_rs::UTF_16BE, &bytes));
    Decoded { lossy: decoded.lossy || have >= 6 || bits != 0, ..decoded }
}

/// The six bits that a base64 character stands for.
fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_2152() {
        for (bytes, text) in [
            ("A+ImIDkQ.", "A≢Α."),
            ("Hi Mom -+Jjo--!", "Hi Mom -☺-!"),
            ("+ZeVnLIqe-", "日本語"),
            ("Item 3 is +AKM-1.", "Item 3 is £1."),
            ("1 +- 1 +AD0- 2", "1 + 1 = 2"),
            ("+2D3cqQ-", "💩"),
            ("+AOk", "é"),
        ] {
            assert_eq!(decode(bytes.as_bytes()), Decoded::new(text, false), "{bytes}");
        }
    }

    #[test]
    fn what_is_broken_is_told() {
        for (bytes, text) in [
            (&b"caf\xE9"[..], "caf\u{FFFD}"),
            (b"1 + 1", "1 + 1"),
            (b"+2D0-", "\u{FFFD}"),
            (b"+AKMA-", "£"),
            (b"+A-", ""),
            (b"+AOl-", "é"),
        ] {
            assert_eq!(decode(bytes), Decoded::new(text, true), "{bytes:?}");
        }
    }
}
