//! Two 7-bit encodings that shift between ASCII and a double-byte set: HZ (RFC 1843) and ISO-2022-KR (RFC 1557).
//! What stands between the shifts is EUC with the high bits off, so that the EUC decoders do the work.

use encoding_rs::{EUC_KR, GBK};

use super::{Decoded, gathered, whatwg};

/// The text of `bytes` in HZ: `~{` and `~}` shift, `~~` is a tilde, `~` before a line end is nothing.
pub(super) fn hz(bytes: &[u8]) -> Decoded<'_> {
    if !bytes.contains(&b'~') {
        return whatwg(GBK, bytes);
    }
    let mut euc = Vec::with_capacity(bytes.len());
    let (mut rest, mut high, mut lossy) = (bytes, 0, false);
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, rest.first()) {
            // Within the shifted part a pair may begin with a tilde; only `~}` means something there.
            (b'~', Some(b'}')) if high != 0 => high = 0,
            (b'~', Some(b'{')) if high == 0 => high = 0x80,
            (b'~', Some(b'~')) if high == 0 => euc.push(b'~'),
            (b'~', Some(b'\n')) if high == 0 => {}
            (_, Some(&second)) if high != 0 && byte > 0x20 => euc.extend([byte | high, second | high]),
            _ => {
                // A line end ends the shift by itself; a lone tilde is none of the above.
                lossy |= byte == b'~' || high != 0 && byte > 0x20;
                high = if byte == b'\n' { 0 } else { high };
                euc.push(byte);
                continue;
            }
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    let decoded = gathered(whatwg(GBK, &euc));
    Decoded { lossy: decoded.lossy || lossy, ..decoded }
}

/// The text of `bytes` in ISO-2022-KR: SO and SI shift, the announcement `ESC $ ) C` is nothing.
pub(super) fn iso_2022_kr(bytes: &[u8]) -> Decoded<'_> {
    const ANNOUNCEMENT: &[u8] = b"\x1B$)C";
    if !bytes.iter().any(|b| matches!(b, 0x0E | 0x0F | 0x1B)) {
        return whatwg(EUC_KR, bytes);
    }
    let mut euc = Vec::with_capacity(bytes.len());
    let (mut rest, mut high) = (bytes, 0);
    while let Some((&byte, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(ANNOUNCEMENT) {
            rest = after;
            continue;
        }
        rest = after;
        match byte {
            0x0E => high = 0x80,
            0x0F => high = 0,
            b'\n' => {
                high = 0;
                euc.push(byte);
            }
            0x21..=0x7E => euc.push(byte | high),
            _ => euc.push(byte),
        }
    }
    gathered(whatwg(EUC_KR, &euc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hz_as_rfc_1843_shows_it() {
        let bytes = b"This sentence is in ASCII.\nThe next sentence is in GB.~{<:Ky2;S{#,NpJ)l6HK!#~}Bye.";
        let text = "This sentence is in ASCII.\nThe next sentence is in GB.己所不欲，勿施於人。Bye.";
        assert_eq!(hz(bytes), Decoded::new(text, false));
        assert_eq!(hz(b"a~\nb~~"), Decoded::new("ab~", false));
        assert_eq!(hz(b"~{VP\nVP"), Decoded::new("中\nVP", false));
    }

    #[test]
    fn hz_that_is_broken_is_told() {
        assert_eq!(hz(b"a~b"), Decoded::new("a~b", true));
        assert_eq!(hz(b"~{V"), Decoded::new("V", true));
    }

    #[test]
    fn iso_2022_kr_by_lines() {
        assert_eq!(iso_2022_kr(b"\x1B$)C\x0E\x47\x51\nab\x0E\x31\x5B\x0F"), Decoded::new("한\nab글", false));
        assert!(iso_2022_kr(b"\x0E\x47").lossy);
    }
}
