//! Text from bytes, and bytes from text: UTF-16 and the code pages that Outlook writes.
//!
//! Code pages are Windows' numbers. Three sources give them their meaning: the WHATWG encodings, whose tables are those of
//! Windows where Windows has the page; the DOS pages; and the few that neither has, written here. No byte-order mark is
//! looked for: a property says what it is, and `EF BB BF` or `FF FE` in it are characters.

mod shift;
mod utf7;

use std::borrow::Cow;

use encoding_rs::Encoding;
use oem_cp::code_table::{DECODING_TABLE_CP_MAP, ENCODING_TABLE_CP_MAP};

/// UTF-16, little endian.
pub const UTF16LE: u32 = 1200;
/// UTF-16, big endian.
pub const UTF16BE: u32 = 1201;
/// Western European: what text without any sign of its code page is taken for.
pub const WESTERN: u32 = 1252;
/// US-ASCII.
pub const ASCII: u32 = 20127;
/// UTF-7 (RFC 2152).
pub const UTF7: u32 = 65000;
/// UTF-8.
pub const UTF8: u32 = 65001;

/// Text, and whether it is certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// Whether some bytes mean nothing in the code page. They were replaced by U+FFFD; in US-ASCII, where a wrong label is
    /// likelier than a wrong byte, they were read as windows-1252.
    pub lossy: bool,
}

impl<'a> Decoded<'a> {
    fn new(text: impl Into<Cow<'a, str>>, lossy: bool) -> Self {
        Self { text: text.into(), lossy }
    }
}

/// The text of `bytes` in UTF-16LE. Unpaired surrogates and a last odd byte are replaced.
pub fn utf16(bytes: &[u8]) -> Decoded<'static> {
    ascii_of_utf16(bytes)
        .map_or_else(|| gathered(whatwg(encoding_rs::UTF_16LE, bytes)), |text| Decoded::new(text, false))
}

/// The text of `bytes` where they are ASCII in UTF-16LE, which most text is.
fn ascii_of_utf16(bytes: &[u8]) -> Option<String> {
    let (units, odd) = bytes.as_chunks::<2>();
    // Without a branch for each unit.
    let all = units.iter().fold(0, |all, unit| all | u16::from_le_bytes(*unit));
    if all >= 0x80 || !odd.is_empty() {
        return None;
    }
    String::from_utf8(units.iter().map(|[low, _]| *low).collect()).ok()
}

/// The code page of UTF-16 that `bytes` must be in by their looks: two or more characters, and a NUL at every other place up to the end.
pub fn utf16_by_looks(bytes: &[u8]) -> Option<u32> {
    let (units, odd) = bytes.as_chunks::<2>();
    let end = units.iter().rposition(|unit| *unit != [0, 0]).map_or(0, |last| last + 1);
    let all = |nul: usize| units[..end].iter().all(|unit| unit[nul] == 0 && unit[1 - nul] != 0);
    match (end > 1 && odd.is_empty(), all(1), all(0)) {
        (true, true, _) => Some(UTF16LE),
        (true, _, true) => Some(UTF16BE),
        _ => None,
    }
}

/// `decoded`, independent of the bytes that it came from.
fn gathered(decoded: Decoded<'_>) -> Decoded<'static> {
    Decoded::new(decoded.text.into_owned(), decoded.lossy)
}

/// How a code page is decoded.
#[derive(Clone, Copy)]
enum Codec {
    /// As the WHATWG standard has it.
    Whatwg(&'static Encoding),
    /// An ISO page of which the WHATWG standard knows only the Windows superset: the same from A0 on, C1 controls below.
    IsoOf(&'static Encoding),
    /// A DOS page.
    Dos(u16),
    Ascii,
    Utf7,
    Hz,
    Iso2022Kr,
}

/// The meaning of `codepage`.
fn codec(codepage: u32) -> Option<Codec> {
    use encoding_rs as e;
    let encoding = match codepage {
        UTF16LE => e::UTF_16LE,
        UTF16BE => e::UTF_16BE,
        874 => e::WINDOWS_874,
        932 | 10001 => e::SHIFT_JIS,
        936 | 10008 | 20936 | 51936 => e::GBK,
        949 | 10003 | 20949 | 51949 => e::EUC_KR,
        950 | 10002 => e::BIG5,
        1250 => e::WINDOWS_1250,
        1251 => e::WINDOWS_1251,
        1252 => e::WINDOWS_1252,
        1253 => e::WINDOWS_1253,
        1254 => e::WINDOWS_1254,
        1255 => e::WINDOWS_1255,
        1256 => e::WINDOWS_1256,
        1257 => e::WINDOWS_1257,
        1258 => e::WINDOWS_1258,
        10000 => e::MACINTOSH,
        10007 | 10017 => e::X_MAC_CYRILLIC,
        20866 => e::KOI8_R,
        20932 | 51932 => e::EUC_JP,
        21866 => e::KOI8_U,
        28592 => e::ISO_8859_2,
        28593 => e::ISO_8859_3,
        28594 => e::ISO_8859_4,
        28595 => e::ISO_8859_5,
        28596 => e::ISO_8859_6,
        28597 => e::ISO_8859_7,
        28598 => e::ISO_8859_8,
        28600 => e::ISO_8859_10,
        28603 => e::ISO_8859_13,
        28604 => e::ISO_8859_14,
        28605 => e::ISO_8859_15,
        28606 => e::ISO_8859_16,
        38598 => e::ISO_8859_8_I,
        50220..=50222 => e::ISO_2022_JP,
        54936 => e::GB18030,
        UTF8 => e::UTF_8,
        28591 => return Some(Codec::IsoOf(e::WINDOWS_1252)),
        28599 => return Some(Codec::IsoOf(e::WINDOWS_1254)),
        28601 => return Some(Codec::IsoOf(e::WINDOWS_874)),
        ASCII => return Some(Codec::Ascii),
        UTF7 => return Some(Codec::Utf7),
        50225 => return Some(Codec::Iso2022Kr),
        52936 => return Some(Codec::Hz),
        _ => {
            let dos = u16::try_from(codepage).ok()?;
            return DECODING_TABLE_CP_MAP.contains_key(&dos).then_some(Codec::Dos(dos));
        }
    };
    Some(Codec::Whatwg(encoding))
}

/// The code page in which Windows keeps text that goes over the wire in `codepage`: 932 for ISO-2022-JP, 1251 for KOI8-R.
/// `None` for Unicode, ASCII, and what is not known.
pub const fn windows_family(codepage: u32) -> Option<u32> {
    Some(match codepage {
        874 | 932 | 936 | 949 | 950 | 1250..=1258 => codepage,
        50220..=50222 | 51932 | 20932 => 932,
        20936 | 51936 | 52936 | 54936 => 936,
        50225 | 51949 => 949,
        852 | 28592 => 1250,
        866 | 20866 | 21866 | 28595 => 1251,
        437 | 850 | 28591 | 28605 => WESTERN,
        28597 => 1253,
        28593 | 28599 => 1254,
        28598 | 38598 => 1255,
        28596 => 1256,
        28594 | 28603 => 1257,
        _ => return None,
    })
}

/// Whether `codepage` is one that [`decode`] knows.
pub fn is_known(codepage: u32) -> bool {
    codec(codepage).is_some()
}

/// The text of `bytes` in Windows code page `codepage`; an unknown code page is read as windows-1252.
pub fn decode(codepage: u32, bytes: &[u8]) -> Decoded<'_> {
    match codec(codepage).unwrap_or(Codec::Whatwg(encoding_rs::WINDOWS_1252)) {
        Codec::Whatwg(encoding) => whatwg(encoding, bytes),
        Codec::IsoOf(encoding) => iso(encoding, bytes),
        Codec::Dos(page) => dos(page, bytes),
        Codec::Ascii => Decoded { lossy: !bytes.is_ascii(), ..whatwg(encoding_rs::WINDOWS_1252, bytes) },
        Codec::Utf7 => utf7::decode(bytes),
        Codec::Hz => shift::hz(bytes),
        Codec::Iso2022Kr => shift::iso_2022_kr(bytes),
    }
}

fn whatwg<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Decoded<'a> {
    let (text, lossy) = encoding.decode_without_bom_handling(bytes);
    Decoded { text, lossy }
}

fn is_c1(byte: u8) -> bool {
    matches!(byte, 0x80..=0x9F)
}

/// The text of `bytes` in the ISO page of which `superset` is the Windows superset.
fn iso<'a>(superset: &'static Encoding, bytes: &'a [u8]) -> Decoded<'a> {
    if !bytes.iter().copied().any(is_c1) {
        return whatwg(superset, bytes);
    }
    let mut text = String::with_capacity(bytes.len() * 2);
    let mut lossy = false;
    for run in bytes.chunk_by(|a, b| is_c1(*a) == is_c1(*b)) {
        if is_c1(run[0]) {
            text.extend(run.iter().copied().map(char::from));
        } else {
            let part = whatwg(superset, run);
            text.push_str(&part.text);
            lossy |= part.lossy;
        }
    }
    Decoded::new(text, lossy)
}

fn dos(page: u16, bytes: &[u8]) -> Decoded<'_> {
    match (std::str::from_utf8(bytes), DECODING_TABLE_CP_MAP.get(&page)) {
        (Ok(text), _) if text.is_ascii() => Decoded::new(text, false),
        (_, Some(table)) => match table.decode_string_checked(bytes) {
            Some(text) => Decoded::new(text, false),
            None => Decoded::new(table.decode_string_lossy(bytes), true),
        },
        (_, None) => whatwg(encoding_rs::WINDOWS_1252, bytes),
    }
}

/// The bytes of `text` in Windows code page `codepage`. `None` where the page lacks a character of the text, and for pages
/// that are unknown or only read (UTF-7, HZ, ISO-2022-KR).
pub fn encode(codepage: u32, text: &str) -> Option<Vec<u8>> {
    match codec(codepage)? {
        // The WHATWG standard writes no UTF-16.
        Codec::Whatwg(_) if codepage == UTF16LE => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Codec::Whatwg(_) if codepage == UTF16BE => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        Codec::Whatwg(encoding) => {
            let (bytes, _, unmappable) = encoding.encode(text);
            (!unmappable).then(|| bytes.into_owned())
        }
        Codec::IsoOf(superset) => encode_iso(superset, text),
        Codec::Dos(page) => oem_cp::encode_string_checked(text, ENCODING_TABLE_CP_MAP.get(&page)?),
        Codec::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
        Codec::Utf7 | Codec::Hz | Codec::Iso2022Kr => None,
    }
}

fn encode_iso(superset: &'static Encoding, text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut buffer = [0; 4];
    for c in text.chars() {
        let byte = match u8::try_from(u32::from(c)) {
            Ok(byte) if byte < 0x80 || is_c1(byte) => byte,
            _ => match superset.encode(c.encode_utf8(&mut buffer)) {
                (bytes, _, false) if !is_c1(bytes[0]) => bytes[0],
                _ => return None,
            },
        };
        out.push(byte);
    }
    Some(out)
}

/// The code page that a person means by `label`: its number, `cp1251`, `windows-1251`, `ibm850`, `iso-8859-15`, `latin1`,
/// or any label of the WHATWG standard such as `shift_jis` or `koi8-r`. `None` when [`decode`] doesn't know it.
pub fn from_label(label: &str) -> Option<u32> {
    let plain: String = label.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let number = |prefix: &str| plain.strip_prefix(prefix).and_then(|rest| rest.parse::<u32>().ok());
    let named = match plain.as_str() {
        "ascii" | "usascii" => Some(ASCII),
        "latin1" => Some(28591),
        "latin5" => Some(28599),
        "tis620" => Some(28601),
        "utf7" => Some(UTF7),
        "utf8" => Some(UTF8),
        "utf16" | "utf16le" => Some(UTF16LE),
        "utf16be" => Some(UTF16BE),
        "hz" | "hzgb2312" => Some(52936),
        "iso2022kr" => Some(50225),
        _ => None,
    };
    named
        .or_else(|| ["", "cp", "ms", "windows", "ibm", "dos"].into_iter().find_map(number))
        .or_else(|| number("iso8859").filter(|part| (1..=16).contains(part)).map(|part| 28590 + part))
        .filter(|codepage| is_known(*codepage))
        .or_else(|| from_whatwg_label(label))
}

/// The code page of a WHATWG label that isn't spelled like a number.
fn from_whatwg_label(label: &str) -> Option<u32> {
    const PAGES: [u32; 34] = [
        874, 932, 936, 949, 950, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258, 10000, 10007, 20866, 21866,
        28592, 28593, 28594, 28595, 28596, 28597, 28598, 28600, 28603, 28604, 28605, 28606, 38598, 50220, 51932, 54936,
    ];
    let encoding = Encoding::for_label_no_replacement(label.trim().as_bytes())?;
    PAGES.into_iter().chain([866]).find(|page| match codec(*page) {
        Some(Codec::Whatwg(e)) => e == encoding,
        Some(Codec::Dos(866)) => encoding == encoding_rs::IBM866,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certain(codepage: u32, bytes: &[u8]) -> String {
        let decoded = decode(codepage, bytes);
        assert!(!decoded.lossy, "{codepage}: {:?}", decoded.text);
        decoded.text.into_owned()
    }

    /// The code page, the bytes and the text, as the character sets' own tables have them.
    const KNOWN: &[(u32, &[u8], &str)] = &[
        (437, b"Gar\x87on \x9B\xE1", "Garçon ¢ß"),
        (737, b"\x80\x98", "Αα"),
        (850, b"Gar\x87on \xBD\xE1\xD5", "Garçon ¢ßı"),
        (852, b"\xA9\xA5\x9F\xE7", "ęąčš"),
        (858, b"\xD5", "€"),
        (862, b"\x99\x8C\x85\x8D", "שלום"),
        (866, b"\x8F\xE0\xA8\xA2\xA5\xE2", "Привет"),
        (874, b"\xCA\xC7\xD1\xCA\xB4\xD5 \x80", "สวัสดี €"),
        (932, b"\x93\xFA\x96\x7B\x8C\xEA \xB1\xB2\xB3 \x87\x40 \\", "日本語 ｱｲｳ ① \\"),
        (936, b"\xD6\xD0\xCE\xC4 \x80 \x81\x40", "中文 € 丂"),
        (949, b"\xC7\xD1\xB1\xDB \x8C\x63", "한글 똠"),
        (950, b"\xA4\xA4\xA4\xE5", "中文"),
        (1250, b"Zlu\x9Dou\xE8k\xFD k\xF9\xF2", "Zluťoučký kůň"),
        (1251, b"\xCF\xF0\xE8\xE2\xE5\xF2 \xA5\xB4 \x88", "Привет Ґґ €"),
        (1252, b"na\xEFve \x80 \x93\x94 \x81\x8D\x8F\x90\x9D", "naïve € “” \u{81}\u{8D}\u{8F}\u{90}\u{9D}"),
        (1253, b"\xC5\xEB\xEB\xDC\xE4\xE1", "Ελλάδα"),
        (1254, b"\xDD\xFE\xF0\xFD", "İşğı"),
        (1255, b"\xF9\xEC\xE5\xED", "שלום"),
        (1256, b"\xE3\xD1\xCD\xC8\xC7", "مرحبا"),
        (1257, b"\xD0\xF8\xE8", "Šųč"),
        (1258, b"Vi\xEA\xF2t \xFE", "Viê\u{323}t ₫"),
        (10000, b"\x8E\xCA\xDB", "é\u{A0}€"),
        (20866, b"\xF0\xD2\xC9\xD7\xC5\xD4", "Привет"),
        (20127, b"plain", "plain"),
        (21866, b"\xED\xA4\xA6\xA7\xAD", "Мєіїґ"),
        (28591, b"\xE9\x80\x93\xA4", "é\u{80}\u{93}¤"),
        (28592, b"\xB1\xEA\xF9", "ąęů"),
        (28595, b"\xBF\xE0\xD8\xD2\xD5\xE2", "Привет"),
        (28599, b"\xDD\xFE\xF0\xFD\x80", "İşğı\u{80}"),
        (28601, b"\xA1\xD8\xE9\xA7\x80", "กุ้ง\u{80}"),
        (28605, b"\xA4\xBD", "€œ"),
        (50220, b"\x1B$B\x46\x7C\x4B\x5C\x38\x6C\x1B(B!", "日本語!"),
        (50225, b"\x1B$)CAB\x0E\x47\x51\x31\x5B\x0FC", "AB한글C"),
        (51932, b"\xC6\xFC\xCB\xDC\xB8\xEC", "日本語"),
        (52936, b"~{VPND~} ~~", "中文 ~"),
        (54936, b"\xD6\xD0 \x81\x30\x81\x30 \x94\x39\xDA\x33", "中 \u{80} 💩"),
        (65000, b"Hi Mom -+Jjo--!", "Hi Mom -☺-!"),
        (65001, "Zażółć 💩".as_bytes(), "Zażółć 💩"),
        (1200, b"\x2D\x4E\x3D\xD8\xA9\xDC", "中💩"),
        (1201, b"\x4E\x2D\xD8\x3D\xDC\xA9", "中💩"),
    ];

    #[test]
    fn which_bytes_look_like_utf16() {
        assert_eq!(utf16_by_looks(b"o\0k\0"), Some(UTF16LE));
        assert_eq!(utf16_by_looks(b"\0o\0k\0\0"), Some(UTF16BE));
        for other in [&b""[..], b"a\0", b"ok", b"a\0b", b"a\0\0\0b\0", b"\0\0\0\0", b"ab\0\0"] {
            assert_eq!(utf16_by_looks(other), None, "{other:?}");
        }
    }

    #[test]
    fn known_texts_in_their_code_pages() {
        for (codepage, bytes, text) in KNOWN {
            assert!(is_known(*codepage), "{codepage}");
            assert_eq!(certain(*codepage, bytes), *text, "{codepage}");
        }
    }

    #[test]
    fn what_is_decoded_is_encoded_again() {
        for (codepage, bytes, text) in KNOWN {
            let expected = (![UTF7, 50225, 52936].contains(codepage)).then(|| bytes.to_vec());
            assert_eq!(encode(*codepage, text), expected, "{codepage}");
        }
    }

    #[test]
    fn a_character_that_the_page_lacks_is_not_encoded() {
        for codepage in [437, 932, 1252, ASCII, 28591] {
            assert_eq!(encode(codepage, "💩"), None, "{codepage}");
        }
        assert_eq!(encode(28591, "€"), None);
        assert_eq!(encode(28599, "ð"), None);
        assert_eq!(encode(4711, "a"), None);
    }

    #[test]
    fn undefined_bytes_are_replaced_and_told() {
        for (codepage, bytes, text) in [
            (932, &b"a\x81"[..], "a\u{FFFD}"),
            (1253, b"a\xAAb", "a\u{FFFD}b"),
            (857, b"a\xD5", "a\u{FFFD}"),
            (28601, b"\x80\xFC", "\u{80}\u{FFFD}"),
            (28596, b"\xA1", "\u{FFFD}"),
            (65001, b"a\xE9", "a\u{FFFD}"),
            (UTF16BE, b"\x00a\xD8\x00\x00b", "a\u{FFFD}b"),
        ] {
            assert_eq!(decode(codepage, bytes), Decoded::new(text, true), "{codepage}");
        }
    }

    #[test]
    fn ascii_that_is_none_is_read_as_western_and_told() {
        assert_eq!(decode(ASCII, b"caf\xE9"), Decoded::new("café", true));
    }

    #[test]
    fn an_unknown_code_page_is_read_as_western() {
        for codepage in [0, 1, 37, 500, 4711, u32::MAX] {
            assert!(!is_known(codepage));
            assert_eq!(certain(codepage, b"caf\xE9"), "café");
        }
    }

    #[test]
    fn byte_order_marks_are_characters() {
        assert_eq!(certain(65001, b"\xEF\xBB\xBFa"), "\u{FEFF}a");
        assert_eq!(certain(1252, b"\xEF\xBB\xBF"), "ï»¿");
        assert_eq!(certain(UTF16LE, b"\xFF\xFEa\0"), "\u{FEFF}a");
        assert_eq!(certain(UTF16LE, b"\xFE\xFFa\0"), "\u{FFFE}a");
    }

    #[test]
    fn ascii_is_not_copied() {
        for (codepage, ..) in KNOWN.iter().filter(|(codepage, ..)| ![UTF16LE, UTF16BE].contains(codepage)) {
            assert!(matches!(decode(*codepage, b"Re: plain (1)").text, Cow::Borrowed("Re: plain (1)")), "{codepage}");
        }
    }

    fn le(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn utf16_of_many_lengths() {
        for ascii in 0..20 {
            for tail in ["", "é", "💩", "💩é💩x", "日本語日本語日本語日本語", "€12345678€"] {
                let text = format!("{}{tail}{}", &"abcdefghijklmnopqrstuvwxyz"[..ascii], &"ABCDEFGHIJ"[..ascii / 2]);
                assert_eq!(utf16(&le(&text)), Decoded::new(text.clone(), false));
            }
        }
    }

    #[test]
    fn utf16_that_is_broken() {
        assert_eq!(utf16(b"a\0b"), Decoded::new("a\u{FFFD}", true));
        assert_eq!(utf16(b"\x00\xD8"), Decoded::new("\u{FFFD}", true));
        assert_eq!(utf16(b"\x00\xDCa\0"), Decoded::new("\u{FFFD}a", true));
        assert_eq!(utf16(b"\x3D\xD8\x3D\xD8\xA9\xDC"), Decoded::new("\u{FFFD}💩", true));
        assert_eq!(utf16(b"\xA9\xDC\x3D\xD8a\0"), Decoded::new("\u{FFFD}\u{FFFD}a", true));
        assert_eq!(utf16(b""), Decoded::new("", false));
        // A U+FFFD that is in the text is no loss.
        assert_eq!(utf16(b"\xFD\xFF"), Decoded::new("\u{FFFD}", false));
    }

    #[test]
    fn labels_that_people_write() {
        for (label, codepage) in [
            ("1251", Some(1251)),
            ("cp1251", Some(1251)),
            ("windows-1251", Some(1251)),
            ("Windows_1251", Some(1251)),
            ("IBM850", Some(850)),
            ("cp437", Some(437)),
            ("iso-8859-1", Some(28591)),
            ("ISO_8859-15", Some(28605)),
            ("latin1", Some(28591)),
            ("latin2", Some(28592)),
            ("shift_jis", Some(932)),
            ("sjis", Some(932)),
            ("ms932", Some(932)),
            ("gb2312", Some(936)),
            ("gb18030", Some(54936)),
            ("big5", Some(950)),
            ("euc-kr", Some(949)),
            ("euc-jp", Some(51932)),
            ("iso-2022-jp", Some(50220)),
            ("koi8-r", Some(20866)),
            ("KOI8-U", Some(21866)),
            ("ibm866", Some(866)),
            ("cyrillic", Some(28595)),
            ("macintosh", Some(10000)),
            ("us-ascii", Some(20127)),
            ("UTF-8", Some(65001)),
            ("utf-7", Some(65000)),
            ("utf-16le", Some(1200)),
            ("hz-gb-2312", Some(52936)),
            ("4711", None),
            ("", None),
            ("klingon", None),
            ("iso-8859-12", None),
        ] {
            assert_eq!(from_label(label), codepage, "{label}");
        }
    }
}
