//! Header fields: encoded, folded at 78 columns, and never longer than RFC 5322 allows.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use encodify::{base64, rfc2047};

use crate::mapi::codepage;

/// Columns a line should keep to (RFC 5322 2.1.1).
const WIDTH: usize = 78;
/// A word that is longer is encoded, so that it can be folded: no line may have more than 998 bytes (RFC 5322 2.1.1).
const WORD: usize = 900;
/// A name that is longer is encoded.
const NAME: usize = 200;

/// A header field, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: Cow<'static, str>,
    /// What stands behind the colon, folded: ASCII, each CRLF followed by a blank or tab.
    value: String,
}

impl Field {
    /// A field of `tokens`, ASCII without line ends, between which it may be folded.
    pub(super) fn tokens<T: AsRef<str>>(
        name: impl Into<Cow<'static, str>>,
        tokens: impl IntoIterator<Item = T>,
    ) -> Self {
        let name = name.into();
        let mut value = String::new();
        let mut column = name.len() + 1;
        for token in tokens {
            let token = token.as_ref();
            let fits = column + 1 + token.len() <= WIDTH || value.is_empty();
            value.push_str(if fits { " " } else { "\r\n " });
            value.push_str(token);
            column = if fits { column } else { 0 } + 1 + token.len();
        }
        Self { name, value }
    }

    /// A field of unstructured text (RFC 5322 2.2.1).
    pub(super) fn text(name: impl Into<Cow<'static, str>>, text: &str) -> Self {
        let text = printable(text);
        if is_plain(&text) && !text.contains("  ") {
            return Self::tokens(name, text.split(' '));
        }
        Self::tokens(name, encoded_words(&text, true))
    }

    /// A field of mailboxes: display names and addresses (RFC 5322 3.4).
    pub(super) fn mailboxes(name: impl Into<Cow<'static, str>>, mailboxes: &[(String, String)]) -> Self {
        let mut tokens = Vec::new();
        for (i, (display, address)) in mailboxes.iter().enumerate() {
            let comma = if i + 1 < mailboxes.len() { "," } else { "" };
            if display.is_empty() || display == address {
                tokens.push(format!("{address}{comma}"));
            } else {
                tokens.extend(phrase(display));
                tokens.push(format!("<{address}>{comma}"));
            }
        }
        Self::tokens(name, tokens)
    }

    /// A field of phrases with commas between them, as Keywords is (RFC 5322 3.6.5).
    pub(super) fn phrases<T: AsRef<str>>(name: impl Into<Cow<'static, str>>, phrases: &[T]) -> Self {
        let last = phrases.len().saturating_sub(1);
        let tokens = phrases.iter().enumerate().flat_map(|(i, text)| {
            let mut tokens = phrase(text.as_ref());
            if let Some(token) = tokens.last_mut().filter(|_| i < last) {
                token.push(',');
            }
            tokens
        });
        Self::tokens(name, tokens)
    }

    /// A field of a value with parameters (RFC 2045 5.1). Where `words` is set, a parameter that is not ASCII is written as encoded
    /// words in quotes, as old clients have it, else by RFC 2231.
    pub(super) fn with_parameters(
        name: impl Into<Cow<'static, str>>,
        value: &str,
        parameters: &[(&str, &str)],
        words: bool,
    ) -> Self {
        let mut tokens = vec![value.to_owned()];
        for (key, value) in parameters {
            if let Some(last) = tokens.last_mut() {
                last.push(';');
            }
            tokens.extend(parameter(key, &printable(value), words));
        }
        Self::tokens(name, tokens)
    }

    /// A field that is kept as it came: `lines` without their ends, the first one without its name, the others beginning with a
    /// blank. Characters that are not ASCII are encoded, lines that are too long folded.
    pub(super) fn kept(name: String, lines: &[&str]) -> Self {
        let good = |line: &str| line.len() <= WORD && line.bytes().all(|b| b == b'\t' || (b' '..=b'~').contains(&b));
        if lines.iter().all(|line| good(line)) {
            return Self { name: Cow::Owned(name), value: lines.join("\r\n") };
        }
        let text = printable(&lines.join(" "));
        Self::tokens(name, reencoded(&text))
    }

    /// The value in one line.
    pub(super) fn unfolded(&self) -> String {
        self.value.replace("\r\n", "").trim().to_owned()
    }

    /// Puts the mailboxes of `other` behind its own.
    pub(super) fn append(&mut self, other: &Self) {
        self.value.push_str(",\r\n");
        self.value.push_str(&other.value);
    }

    /// The value as people read it, in one line.
    pub(super) fn readable(&self) -> String {
        decoded(&self.unfolded())
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{}:{}\r\n", self.name, self.value)
    }
}

/// `text` with its encoded words (RFC 2047) read.
pub(super) fn decoded(text: &str) -> String {
    let decode = |label: &[u8], bytes: &[u8], out: &mut String| {
        let page = codepage::from_label(&String::from_utf8_lossy(label)).unwrap_or(codepage::UTF8);
        out.push_str(&codepage::decode(page, bytes).text);
    };
    rfc2047::decode_text(text.as_bytes(), decode).into_owned()
}

/// `text` without control characters and blanks at its ends.
fn printable(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.trim().to_owned()
}

/// Whether `text` can stand in a header as it is.
fn is_plain(text: &str) -> bool {
    text.is_ascii() && !text.contains("=?") && text.split(' ').all(|word| word.len() <= WORD)
}

/// `text` as encoded words in UTF-8 (RFC 2047), one token each; `leading` where they may share the first line with a field's name.
fn encoded_words(text: &str, leading: bool) -> Vec<String> {
    const OVERHEAD: usize = "=?utf-8?Q??=".len();
    /// The name of the field on the first line.
    const LEAD: usize = 12;
    let q = rfc2047::Q_PHRASE;
    // Q may be somewhat longer, since people can read most of it.
    let encoder = if q.payload_len(text) * 2 <= rfc2047::B.payload_len(text) * 3 { q } else { rfc2047::B };
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let room = if leading && words.is_empty() { rfc2047::MAX_WORD_LEN - LEAD } else { rfc2047::MAX_WORD_LEN };
        let mut payload = String::new();
        let taken = encoder.encode_payload(rest, room - OVERHEAD, &mut payload);
        words.push(format!("=?utf-8?{}?{payload}?=", char::from(encoder.letter())));
        // One character always fits.
        rest = &rest[taken.max(1)..];
    }
    words
}

/// A phrase (RFC 5322 3.2.5) in tokens: atoms, a quoted string, or encoded words.
fn phrase(text: &str) -> Vec<String> {
    let text = printable(text);
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    if !is_plain(&text) || text.len() > NAME {
        return encoded_words(&text, true);
    }
    let atoms = text.split(' ').all(|word| !word.is_empty() && word.chars().all(is_atom));
    if atoms { text.split(' ').map(str::to_owned).collect() } else { vec![quoted(&text)] }
}

/// `text` as a quoted string (RFC 5322 3.2.4).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A parameter in tokens, all but the last with a semicolon.
fn parameter(key: &str, value: &str, words: bool) -> Vec<String> {
    const LONG: usize = 100;
    if value.is_ascii() && value.len() <= if words { NAME } else { LONG } {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_`{|}~.+".contains(c);
        let bare = !value.is_empty() && value.chars().all(is_token);
        return vec![format!("{key}={}", if bare { value.to_owned() } else { quoted(value) })];
    }
    if words {
        return vec![format!("{key}=\"{}\"", encoded_words(value, false).join("\r\n "))];
    }
    extended(key, value)
}

/// A parameter in the charset of RFC 2231, in pieces where it is long.
fn extended(key: &str, value: &str) -> Vec<String> {
    const PIECE: usize = 50;
    let mut pieces = vec![String::new()];
    let mut buffer = [0; 4];
    // A character is not torn apart: there are readers that decode the pieces one by one.
    for character in value.chars() {
        let mut coded = String::new();
        for byte in character.encode_utf8(&mut buffer).bytes() {
            match byte {
                _ if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`{|}~".contains(&byte) => coded.push(char::from(byte)),
                // Writing to a string can't fail.
                _ => _ = write!(coded, "%{byte:02X}"),
            }
        }
        if pieces.last().is_none_or(|piece| piece.len() + coded.len() > PIECE) {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push_str(&coded);
        }
    }
    if let [piece] = pieces.as_slice() {
        return vec![format!("{key}*=utf-8''{piece}")];
    }
    let last = pieces.len() - 1;
    let piece = |(i, piece): (usize, &String)| {
        let (charset, end) = (if i == 0 { "utf-8''" } else { "" }, if i < last { ";" } else { "" });
        format!("{key}*{i}*={charset}{piece}{end}")
    };
    pieces.iter().enumerate().map(piece).collect()
}

/// `text` of a field that came with characters that are not ASCII, in tokens: quoted strings and words that hold such become encoded
/// words, all else stays.
fn reencoded(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut is_ours = false;
    for piece in pieces(text) {
        // A blank between encoded words is not shown (RFC 2047 6.2): one that is meant has to stand in a word itself.
        let is_behind_word = tokens.last().is_some_and(|last| last.ends_with("?="));
        if piece.is_ascii() && piece.len() <= WORD {
            if is_ours && is_behind_word && piece.starts_with("=?") {
                tokens.extend(encoded_words(" ", false));
            }
            tokens.push(piece.to_owned());
            is_ours = false;
            continue;
        }
        // Punctuation around it is not part of the word.
        let edge = |c: char| "<>(),;:".contains(c);
        let word = piece.trim_matches(edge);
        let start = piece.len() - piece.trim_start_matches(edge).len();
        let inner = word.strip_prefix('"').and_then(|w| w.strip_suffix('"')).unwrap_or(word);
        let blank = if is_behind_word && start == 0 { " " } else { "" };
        let mut words = encoded_words(&format!("{blank}{}", inner.replace("\\\"", "\"")), true);
        if let Some(first) = words.first_mut() {
            first.insert_str(0, &piece[..start]);
        }
        if let Some(last) = words.last_mut() {
            last.push_str(&piece[start + word.len()..]);
        }
        tokens.extend(words);
        is_ours = true;
    }
    tokens
}

/// `text` at its blanks, but for those in quoted strings.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    let split = move |c: char| {
        let blank = c.is_whitespace() && !is_quoted;
        if c == '"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = c == '\\' && !is_escaped;
        blank
    };
    text.split(split).filter(|piece| !piece.is_empty())
}

/// `bytes` in base64, in tokens that a field can be folded between.
pub(super) fn base64_tokens(bytes: &[u8]) -> Vec<String> {
    bytes.chunks(45).map(|chunk| base64::STANDARD.encode(chunk)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(field: &Field) -> String {
        let mut out = Vec::new();
        field.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.is_ascii());
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        text
    }

    #[test]
    fn text_is_folded_between_words() {
        assert_eq!(written(&Field::text("Subject", "a b")), "Subject: a b\r\n");
        let long = "word ".repeat(30);
        let field = Field::text("Subject", &long);
        assert_eq!(written(&field).lines().count(), 3);
        assert_eq!(field.unfolded(), long.trim());
    }

    #[test]
    fn text_that_must_be_encoded() {
        assert_eq!(written(&Field::text("Subject", "Gr\u{fc}\u{df}e")), "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n");
        assert_eq!(written(&Field::text("Subject", "日本")), "Subject: =?utf-8?B?5pel5pys?=\r\n");
        assert_eq!(written(&Field::text("Subject", "a\r\nBcc: b")), "Subject: =?utf-8?Q?a__Bcc=3A_b?=\r\n");
        assert!(written(&Field::text("Subject", "=?utf-8?Q?x?=")).starts_with("Subject: =?utf-8?Q?=3D=3Futf-8"));
        written(&Field::text("Subject", &"ä".repeat(300)));
        written(&Field::text("Subject", &"x".repeat(3000)));
    }

    #[test]
    fn mailboxes() {
        let boxes = |list: &[(&str, &str)]| {
            let list: Vec<_> = list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            written(&Field::mailboxes("To", &list))
        };
        assert_eq!(boxes(&[("A B", "a@b.c"), ("", "d@e"), ("d@e", "d@e")]), "To: A B <a@b.c>, d@e, d@e\r\n");
        assert!(boxes(&[(&"x".repeat(300), "a@b")]).contains("=?utf-8?Q?xxx"));
        assert_eq!(boxes(&[("Doe, J. \"x\"", "a@b")]), "To: \"Doe, J. \\\"x\\\"\" <a@b>\r\n");
        assert_eq!(boxes(&[("Jörg", "a@b")]), "To: =?utf-8?Q?J=C3=B6rg?= <a@b>\r\n");
        boxes(&vec![("Somebody", "somebody@example.org"); 40]);
    }

    #[test]
    fn parameters_by_both_standards() {
        let field = |name: &str, words| {
            written(&Field::with_parameters("Content-Type", "a/b", &[("name", name)], words)).replace("\r\n ", " ")
        };
        assert_eq!(field("a.txt", false), "Content-Type: a/b; name=a.txt\r\n");
        assert_eq!(field("a b.txt", true), "Content-Type: a/b; name=\"a b.txt\"\r\n");
        assert_eq!(field("ä b", false), "Content-Type: a/b; name*=utf-8''%C3%A4%20b\r\n");
        assert_eq!(field("ä b", true), "Content-Type: a/b; name=\"=?utf-8?Q?=C3=A4_b?=\"\r\n");
        let long = field(&"ä".repeat(60), false);
        assert!(long.contains("name*0*=utf-8''%C3%A4") && long.contains("; name*1*=%"), "{long}");
    }

    #[test]
    fn kept_fields_stay_as_they_are_where_they_can() {
        let kept = |lines: &[&str]| {
            let mut out = Vec::new();
            Field::kept("X".into(), lines).write(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(kept(&["  a", "\tb  c"]), "X:  a\r\n\tb  c\r\n");
        assert_eq!(kept(&[" \"J\u{f6}rg X\" <a@b>, c"]), "X: =?utf-8?Q?J=C3=B6rg_X?= <a@b>, c\r\n");
        assert_eq!(kept(&[" (ä)"]), "X: (=?utf-8?Q?=C3=A4?=)\r\n");
        assert_eq!(kept(&[" Jörg Weiß <a@b>"]), "X: =?utf-8?Q?J=C3=B6rg?= =?utf-8?Q?_Wei=C3=9F?= <a@b>\r\n");
        assert_eq!(kept(&[" ä b ö (ü)"]), "X: =?utf-8?Q?=C3=A4?= b =?utf-8?Q?=C3=B6?= (=?utf-8?Q?=C3=BC?=)\r\n");
        let beside = "X: =?utf-8?Q?a?= =?utf-8?B?IMOk?= =?utf-8?Q?_?= =?utf-8?Q?b?= =?utf-8?Q?c?=\r\n";
        assert_eq!(kept(&[" =?utf-8?Q?a?= ä =?utf-8?Q?b?= =?utf-8?Q?c?="]), beside);
        assert!(kept(&[&format!(" {}", "long ".repeat(400))]).lines().all(|line| line.len() <= WIDTH));
    }
}
