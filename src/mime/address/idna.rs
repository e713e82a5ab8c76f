//! Names of domains that are not ASCII (RFC 5890), in the form that every mail program knows.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Bytes of a label at most (RFC 1035 2.3.4).
const LABEL: usize = 63;
/// What an A-label begins with.
const PREFIX: &str = "xn--";

/// `domain` with A-labels in place of those that are not ASCII; `None` where one of these has characters that no name has, or is too long.
pub(super) fn to_ascii(domain: &str) -> Option<String> {
    let labels = domain.split(['.', '\u{3002}', '\u{FF0E}', '\u{FF61}']).map(label);
    Some(labels.collect::<Option<Vec<_>>>()?.join("."))
}

/// A label as ASCII.
fn label(label: &str) -> Option<String> {
    if label.is_ascii() {
        return Some(label.to_owned());
    }
    let mapped: Vec<char> = label.nfkc().flat_map(char::to_lowercase).nfc().collect();
    let is_good = |c: &char| c.is_alphanumeric() || *c == '-' || is_combining_mark(*c);
    if mapped.len() > LABEL || !mapped.iter().all(is_good) {
        return None;
    }
    if mapped.iter().all(char::is_ascii) {
        return Some(mapped.into_iter().collect());
    }
    Some(format!("{PREFIX}{}", punycode(&mapped)?)).filter(|label| label.len() <= LABEL)
}

/// `text` in Punycode (RFC 3492 6.3); `None` where its numbers grow too large.
fn punycode(text: &[char]) -> Option<String> {
    const FIRST: u32 = 0x80;
    const FIRST_BIAS: u32 = 72;
    let mut out: String = text.iter().filter(|c| c.is_ascii()).collect();
    let basic = u32::try_from(out.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut next, mut delta, mut bias, mut handled) = (FIRST, 0_u32, FIRST_BIAS, basic);
    let codes: Vec<u32> = text.iter().map(|c| u32::from(*c)).collect();
    while let Some(least) = codes.iter().copied().filter(|code| *code >= next).min() {
        delta = delta.checked_add((least - next).checked_mul(handled + 1)?)?;
        next = least;
        for code in &codes {
            delta = delta.checked_add(u32::from(*code < next))?;
            if *code == next {
                number(delta, bias, &mut out);
                bias = adapted(delta, handled + 1, handled == basic);
                (delta, handled) = (0, handled + 1);
            }
        }
        (delta, next) = (delta.checked_add(1)?, next + 1);
    }
    Some(out)
}

const BASE: u32 = 36;
const LEAST_THRESHOLD: u32 = 1;
const MOST_THRESHOLD: u32 = 26;

/// Writes `delta` in digits of growing weight.
fn number(mut delta: u32, bias: u32, out: &mut String) {
    for k in (1..).map(|place| place * BASE) {
        let threshold = k.saturating_sub(bias).clamp(LEAST_THRESHOLD, MOST_THRESHOLD);
        if delta < threshold {
            break;
        }
        out.push(digit(threshold + (delta - threshold) % (BASE - threshold)));
        delta = (delta - threshold) / (BASE - threshold);
    }
    out.push(digit(delta));
}

/// Digits are `a` to `z`, then `0` to `9`.
fn digit(value: u32) -> char {
    char::from_digit(if value < 26 { value + 10 } else { value - 26 }, BASE).unwrap_or('a')
}

/// The bias after a number (RFC 3492 6.1).
fn adapted(delta: u32, handled: u32, is_first: bool) -> u32 {
    const SKEW: u32 = 38;
    const DAMP: u32 = 700;
    let mut delta = delta / if is_first { DAMP } else { 2 };
    delta += delta / handled;
    let mut k = 0;
    while delta > (BASE - LEAST_THRESHOLD) * MOST_THRESHOLD / 2 {
        delta /= BASE - LEAST_THRESHOLD;
        k += BASE;
    }
    k + (BASE - LEAST_THRESHOLD + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rfc_3492_shows() {
        for (text, expected) in [
            ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"),
            ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
            ("Pročprostěnemluvíčesky", "Proprostnemluvesky-uyb24dma41a"),
            ("なぜみんな日本語を話してくれないのか", "n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa"),
            ("3年B組金八先生", "3B-ww4c5e180e575a65lsy2b"),
            ("PorquénopuedensimplementehablarenEspañol", "PorqunopuedensimplementehablarenEspaol-fmd56a"),
        ] {
            assert_eq!(punycode(&text.chars().collect::<Vec<_>>()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn domains() {
        for (domain, expected) in [
            ("example.org", Some("example.org")),
            ("Bücher.example", Some("xn--bcher-kva.example")),
            ("bu\u{308}cher.example", Some("xn--bcher-kva.example")),
            ("faß.de", Some("xn--fa-hia.de")),
            ("例え。テスト", Some("xn--r8jz45g.xn--zckzah")),
            ("ｅｘａｍｐｌｅ.org", Some("example.org")),
            ("a b.exämple", Some("a b.xn--exmple-cua")),
            ("ex ämple.de", None),
            ("ex\u{202E}ämple.de", None),
        ] {
            assert_eq!(to_ascii(domain).as_deref(), expected, "{domain}");
        }
        assert_eq!(to_ascii(&"ä".repeat(64)), None);
        assert_eq!(to_ascii(&"\u{10FFFF}".repeat(63)), None);
    }
}
