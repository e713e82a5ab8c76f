//! The bodies of a message ([MS-OXBBODY] 2.1), in whatever properties they are.

use std::borrow::Cow;

use super::rtf::{self, Document, Picture};
use super::{View, tags};
use crate::damage::{Effect, Finding, Findings};
use crate::limits::Limits;
use crate::mapi::{Value, codepage, tag::pr};

/// HTML and the charset it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Html<'v> {
    /// The HTML.
    pub bytes: Cow<'v, [u8]>,
    /// The MIME name of its charset.
    pub charset: &'static str,
}

impl Html<'_> {
    fn from_text(text: String) -> Self {
        let charset = if text.is_ascii() { "us-ascii" } else { "utf-8" };
        Self { bytes: Cow::Owned(text.into_bytes()), charset }
    }

    /// The HTML as text.
    pub fn text(&self) -> Cow<'_, str> {
        let codepage = codepage::from_label(self.charset).unwrap_or(codepage::UTF8);
        codepage::decode(codepage, &self.bytes).text
    }
}

/// The bodies of one message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body<'v> {
    /// The text, where there is one.
    pub plain: Option<Cow<'v, str>>,
    /// The HTML: as it was stored, or what the RTF was made from or converts to.
    pub html: Option<Html<'v>>,
    /// The RTF, decompressed.
    pub rtf: Option<Vec<u8>>,
    /// Pictures that stood in the RTF; `html` refers to them.
    pub pictures: Vec<Picture>,
}

impl<'v> Body<'v> {
    /// The bodies of `message`. What is wrong with them is recorded.
    pub fn read(message: View<'v>, findings: &Findings) -> Self {
        let rtf = compressed(message, findings).and_then(|bytes| rtf::decompress(&bytes, findings));
        let mut body = Self { plain: message.text(pr::BODY), html: html(message, findings), rtf, pictures: Vec::new() };
        if let (Some(rtf), None) = (&body.rtf, &body.html) {
            let document = rtf::read(rtf);
            body.take(document);
        }
        body
    }

    /// Fills what is missing from `document`, the content of the RTF.
    fn take(&mut self, document: Document) {
        match document {
            Document::Html(html) if !html.is_empty() => self.html = Some(Html::from_text(html)),
            Document::Html(_) => {}
            Document::Text(text) => self.plain = self.plain.take().or(Some(Cow::Owned(text))),
            Document::Rtf(converted) => {
                if self.plain.is_none() && !converted.text.is_empty() {
                    self.plain = Some(Cow::Owned(converted.text));
                }
                self.html = Some(Html::from_text(converted.html));
                self.pictures = converted.pictures;
            }
        }
    }
}

/// Why bytes of a body can't be taken.
fn too_large(structure: &'static str, len: u64) -> Finding {
    let most = Limits::default().value_bytes;
    Finding::new(Effect::Lost, structure, format!("a body of at most {most} bytes"), format!("{len} bytes"))
}

fn compressed<'v>(message: View<'v>, findings: &Findings) -> Option<Cow<'v, [u8]>> {
    bytes(message.value(pr::RTF_COMPRESSED)?, "PidTagRtfCompressed", findings)
}

/// The bytes of `value`, where they are few enough to be held.
fn bytes<'v>(value: &'v Value<'v>, structure: &'static str, findings: &Findings) -> Option<Cow<'v, [u8]>> {
    let bytes: Option<Cow<'v, [u8]>> = match value {
        Value::Bin(bytes) => Some(Cow::Borrowed(bytes)),
        Value::Stream(stream) if stream.len() > Limits::default().value_bytes => {
            findings.add(too_large(structure, stream.len()));
            None
        }
        Value::Stream(stream) => stream.to_vec().ok().map(Cow::Owned),
        _ => None,
    };
    bytes.filter(|bytes| !bytes.is_empty())
}

/// PidTagHtml, or PidTagBodyHtml, which is the same property as a string.
fn html<'v>(message: View<'v>, findings: &Findings) -> Option<Html<'v>> {
    if let Some(text) = message.text(tags::BODY_HTML) {
        return Some(Html::from_text(text.into_owned()));
    }
    let stored = bytes(message.value(pr::HTML)?, "PidTagHtml", findings)?;
    let named = message.int(pr::INTERNET_CPID).and_then(|n| u32::try_from(n).ok());
    if let Some(codepage) = utf16(&stored, named) {
        return Some(from_utf16(&stored, codepage, findings));
    }
    let stored = without_nuls(stored, findings);
    Some(labelled(stored, named, findings))
}

/// The code page of `bytes` that are UTF-16: that of their mark, or, where the message names one of the two, of their first character,
/// which in HTML is of ASCII.
fn utf16(bytes: &[u8], named: Option<u32>) -> Option<u32> {
    let is_named = named.is_some_and(is_utf16);
    match bytes.get(..2)? {
        [0xFF, 0xFE] => Some(codepage::UTF16LE),
        [0xFE, 0xFF] => Some(codepage::UTF16BE),
        [1..=0x7F, 0] if is_named => Some(codepage::UTF16LE),
        [0, 1..=0x7F] if is_named => Some(codepage::UTF16BE),
        _ => None,
    }
}

const fn is_utf16(codepage: u32) -> bool {
    matches!(codepage, codepage::UTF16LE | codepage::UTF16BE)
}

/// `bytes`, in UTF-16 of `codepage`, as UTF-8, which mail has a charset for.
fn from_utf16(bytes: &[u8], codepage: u32, findings: &Findings) -> Html<'static> {
    let decoded = codepage::decode(codepage, bytes);
    if decoded.lossy {
        replaced(findings);
    }
    Html::from_text(decoded.text.trim_start_matches('\u{FEFF}').trim_end_matches('\0').to_owned())
}

/// Records that there are bytes that the code page does not have.
fn replaced(findings: &Findings) {
    let found = "bytes that it does not have, replaced by U+FFFD";
    findings.add(Finding::new(Effect::Altered, "PidTagHtml", "text in the code page of the message", found));
}

/// `bytes` without NULs, which no text body may hold. Those at the end are no loss.
fn without_nuls<'v>(bytes: Cow<'v, [u8]>, findings: &Findings) -> Cow<'v, [u8]> {
    if !bytes.contains(&0) {
        return bytes;
    }
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let kept: Vec<u8> = bytes[..end].iter().copied().filter(|byte| *byte != 0).collect();
    if kept.len() != end {
        let found = format!("{} NULs, left out", end - kept.len());
        findings.add(Finding::new(Effect::Altered, "PidTagHtml", "text without NULs", found));
    }
    Cow::Owned(kept)
}

/// `bytes` with the charset that they are in: the one that the message names, the HTML names, or UTF-8, whichever is the first that
/// they are valid in. Where none is, they are read as windows-1252.
fn labelled<'v>(bytes: Cow<'v, [u8]>, named: Option<u32>, findings: &Findings) -> Html<'v> {
    if bytes.is_ascii() && !named.is_some_and(is_stateful) {
        return Html { bytes, charset: "us-ascii" };
    }
    let named = named.filter(|cp| codepage::is_known(*cp) && *cp != codepage::ASCII && !is_utf16(*cp));
    let candidates = [named, declared(&bytes), Some(codepage::UTF8), Some(codepage::WESTERN)];
    let valid = candidates.into_iter().flatten().find(|cp| !codepage::decode(*cp, &bytes).lossy);
    let Some(codepage) = valid else {
        replaced(findings);
        let codepage = named.unwrap_or(codepage::WESTERN);
        return Html::from_text(codepage::decode(codepage, &bytes).text.into_owned());
    };
    match charset(codepage) {
        Some(charset) => Html { bytes, charset },
        None => Html::from_text(codepage::decode(codepage, &bytes).text.into_owned()),
    }
}

/// Whether text in `codepage` is made of ASCII bytes that are not ASCII characters.
const fn is_stateful(codepage: u32) -> bool {
    matches!(codepage, codepage::UTF7 | 50220..=50229 | 52936)
}

/// The code page that HTML says it is in.
fn declared(bytes: &[u8]) -> Option<u32> {
    /// Bytes in which the declaration must stand (HTML, "prescan a byte stream").
    const PRESCAN: usize = 1024;
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(PRESCAN)]).to_ascii_lowercase();
    let label = head.split_once("charset=")?.1.trim_start_matches(['"', '\'', ' ']);
    let end = label.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c))).unwrap_or(label.len());
    codepage::from_label(&label[..end]).filter(|cp| *cp != codepage::ASCII && !is_utf16(*cp))
}

/// The preferred MIME name of `codepage`, for those that every mail client knows and that are safe in mail; text in others becomes UTF-8.
pub(super) const fn charset(codepage: u32) -> Option<&'static str> {
    Some(match codepage {
        932 => "shift_jis",
        936 => "gbk",
        949 => "euc-kr",
        950 => "big5",
        1250 => "windows-1250",
        1251 => "windows-1251",
        1252 => "windows-1252",
        1253 => "windows-1253",
        1254 => "windows-1254",
        1255 => "windows-1255",
        1256 => "windows-1256",
        1257 => "windows-1257",
        1258 => "windows-1258",
        20866 => "koi8-r",
        21866 => "koi8-u",
        28591 => "iso-8859-1",
        28592 => "iso-8859-2",
        28595 => "iso-8859-5",
        28597 => "iso-8859-7",
        28605 => "iso-8859-15",
        50220..=50222 => "iso-2022-jp",
        51932 => "euc-jp",
        51949 => "euc-kr",
        54936 => "gb18030",
        codepage::UTF8 => "utf-8",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapi::{PropTag, Props};
    use crate::mime::Names;

    fn html_of(bytes: &[u8], codepage: Option<i32>) -> (Vec<u8>, &'static str, Vec<Effect>) {
        let mut props = Props::new();
        props.set(pr::HTML, Value::bin(bytes.to_vec()));
        if let Some(codepage) = codepage {
            props.set(pr::INTERNET_CPID, Value::I32(codepage));
        }
        let findings = Findings::new();
        let names = Names::default();
        let html = Body::read(View::new(&props, &names), &findings).html.unwrap();
        (html.bytes.into_owned(), html.charset, findings.take().iter().map(|f| f.effect).collect())
    }

    #[test]
    fn the_charset_is_one_that_the_bytes_are_in() {
        assert_eq!(html_of(b"<p>a", Some(65001)).1, "us-ascii");
        assert_eq!(html_of(b"<p>\xe4", Some(28591)).1, "iso-8859-1");
        // US-ASCII on text that is not.
        assert_eq!(html_of("<p>ä".as_bytes(), Some(20127)).1, "utf-8");
        assert_eq!(html_of(b"<p>\xe4", Some(20127)).1, "windows-1252");
        // The name of the message is wrong, that of the HTML is right.
        assert_eq!(html_of(b"<meta charset='koi8-r'>\xc1", Some(65001)).1, "koi8-r");
        // A charset that mail does not have.
        assert_eq!(html_of(b"<p>+AOQ-", Some(65000)), ("<p>ä".into(), "utf-8", vec![]));
        assert_eq!(html_of(b"\xff\xfe<\0\xe4\0", None), ("<ä".into(), "utf-8", vec![]));
        // ISO-2022-JP is made of ASCII bytes.
        assert_eq!(html_of(b"\x1b$B$\"\x1b(B", Some(50220)).1, "iso-2022-jp");
    }

    #[test]
    fn utf16_without_a_mark() {
        assert_eq!(html_of(b"<\0p\0>\0\xe4\0\xac\x20\0\0", Some(1200)), ("<p>ä€".into(), "utf-8", vec![]));
        assert_eq!(html_of(b"\0<\0p\0>\0\xe4", Some(1201)), ("<p>ä".into(), "utf-8", vec![]));
        assert_eq!(html_of(b"<\0p\0>\0", Some(1200)), ("<p>".into(), "us-ascii", vec![]));
        assert_eq!(html_of(b"<\0\0\xd8", Some(1200)), ("<\u{FFFD}".into(), "utf-8", vec![Effect::Altered]));
        // Only named so.
        assert_eq!(html_of(b"<p>\xe4", Some(1200)), (b"<p>\xe4".to_vec(), "windows-1252", vec![]));
    }

    #[test]
    fn nuls_are_left_out() {
        assert_eq!(html_of(b"ab\0\0", None), (b"ab".to_vec(), "us-ascii", vec![]));
        assert_eq!(html_of(b"a\0b", None), (b"ab".to_vec(), "us-ascii", vec![Effect::Altered]));
    }

    #[test]
    fn what_only_rtf_says() {
        let read = |rtf: &[u8]| {
            let size = (rtf.len() as u32 + 12).to_le_bytes();
            let value = [&size[..], &(rtf.len() as u32).to_le_bytes(), b"MELA", &[0; 4], rtf].concat();
            let props: Props<'_> = [(pr::RTF_COMPRESSED, Value::bin(value))].into_iter().collect();
            let names = Names::default();
            let body = Body::read(View::new(&props, &names), &Findings::new());
            (body.plain.map(Cow::into_owned), body.html.map(|html| html.text().into_owned()))
        };
        assert_eq!(read(b"{\\rtf1\\fromtext a\\par}"), (Some("a\r\n".into()), None));
        assert_eq!(read(b"{\\rtf1\\fromhtml1 {\\*\\htmltag <b>}a}"), (None, Some("<b>a".into())));
        let (plain, html) = read(b"{\\rtf1 {\\b a}}");
        assert_eq!(plain.as_deref(), Some("a\r\n"));
        assert!(html.unwrap().contains("<b>a</b>"));
    }

    #[test]
    fn html_as_a_string() {
        let props: Props<'_> = [(PropTag(0x1013_001F), Value::str("<p>ä"))].into_iter().collect();
        let names = Names::default();
        let body = Body::read(View::new(&props, &names), &Findings::new());
        assert_eq!(body.html.unwrap().charset, "utf-8");
    }
}
