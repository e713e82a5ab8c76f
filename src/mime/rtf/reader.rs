//! RTF as text and control words: groups, fonts and code pages are followed, characters are decoded.

use std::collections::BTreeMap;

use super::token::{Token, Tokens};
use crate::mapi::codepage;

/// What happens in a document, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// A group begins.
    Open,
    /// A group ends.
    Close,
    /// A control word, or a control symbol as a word of one character.
    Word(&'a str, Option<i32>),
    /// Text.
    Text(String),
    /// Bytes of `\bin`.
    Binary(&'a [u8]),
}

/// What a group inherits and restores.
#[derive(Debug, Clone, Copy)]
struct Group {
    font: Option<i32>,
    /// How many characters stand behind `\u` for readers without Unicode.
    fallback: usize,
    is_font_table: bool,
}

/// Reads a document.
pub(super) struct Reader<'a> {
    tokens: Tokens<'a>,
    ahead: Option<Event<'a>>,
    codepage: u32,
    default_font: Option<i32>,
    fonts: BTreeMap<i32, u32>,
    group: Group,
    outer: Vec<Group>,
    /// Bytes that are not decoded yet: a character may need more than one token.
    bytes: Vec<u8>,
    text: String,
    high_surrogate: Option<u16>,
    skip: usize,
}

/// Groups that are followed; those nested deeper share the state of the deepest one.
const DEPTH: usize = 1024;

impl<'a> Reader<'a> {
    pub(super) fn new(rtf: &'a [u8]) -> Self {
        Self {
            tokens: Tokens::new(rtf),
            ahead: None,
            codepage: codepage::WESTERN,
            default_font: None,
            fonts: BTreeMap::new(),
            group: Group { font: None, fallback: 1, is_font_table: false },
            outer: Vec::new(),
            bytes: Vec::new(),
            text: String::new(),
            high_surrogate: None,
            skip: 0,
        }
    }

    /// The code page of the text that comes now.
    fn current(&self) -> u32 {
        let font = self.group.font.or(self.default_font);
        font.and_then(|font| self.fonts.get(&font).copied()).unwrap_or(self.codepage)
    }

    fn decode(&mut self) {
        if !self.bytes.is_empty() {
            self.text.push_str(&codepage::decode(self.current(), &self.bytes).text);
            self.bytes.clear();
        }
    }

    /// Characters, less those that are substitutes of a Unicode one.
    fn characters(&mut self, bytes: &[u8]) {
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        self.bytes.extend_from_slice(&bytes[skipped..]);
    }

    fn unicode(&mut self, unit: i32) {
        self.decode();
        self.skip = self.group.fallback;
        // Units above 0x7FFF are written as negative numbers.
        let unit = unit as u16;
        match (self.high_surrogate.take(), unit) {
            (_, 0xD800..=0xDBFF) => self.high_surrogate = Some(unit),
            (high, _) => {
                let units = high.into_iter().chain([unit]);
                self.text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
            }
        }
    }

    /// What `word` does to the state of the reader.
    fn apply(&mut self, word: &str, parameter: Option<i32>) {
        match (word, parameter) {
            ("ansicpg", Some(n)) => self.codepage = u32::try_from(n).ok().filter(|n| *n != 0).unwrap_or(self.codepage),
            ("mac", None) => self.codepage = 10000,
            ("pc", None) => self.codepage = 437,
            ("pca", None) => self.codepage = 850,
            ("deff", font) => self.default_font = font,
            ("f", font) => self.group.font = font,
            ("plain", _) => self.group.font = None,
            ("uc", Some(n)) => self.group.fallback = usize::try_from(n).unwrap_or(1),
            ("fonttbl", _) => self.group.is_font_table = true,
            ("fcharset", Some(n)) if self.group.is_font_table => self.define_font(charset(n)),
            ("cpg", Some(n)) if self.group.is_font_table => self.define_font(u32::try_from(n).ok()),
            // Tags are in the code page of the document, whatever the font ([MS-OXRTFEX] 2.2.3.2).
            ("htmltag", _) => self.group.font = Some(i32::MIN),
            _ => {}
        }
    }

    fn define_font(&mut self, codepage: Option<u32>) {
        if let (Some(font), Some(codepage)) = (self.group.font, codepage) {
            self.fonts.insert(font, codepage);
        }
    }

    fn word(&mut self, word: &'a str, parameter: Option<i32>) -> Option<Event<'a>> {
        if word == "u" {
            self.unicode(parameter.unwrap_or(0));
            return None;
        }
        // Control words are single characters for the skipping.
        if let Some(left) = self.skip.checked_sub(1) {
            self.skip = left;
            return None;
        }
        self.decode();
        self.apply(word, parameter);
        Some(Event::Word(word, parameter))
    }

    fn token(&mut self, token: Token<'a>) -> Option<Event<'a>> {
        match token {
            Token::Text(bytes) => {
                self.characters(bytes);
                None
            }
            Token::Hex(byte) | Token::Symbol(byte @ (b'\\' | b'{' | b'}')) => {
                self.characters(&[byte]);
                None
            }
            Token::Symbol(byte) => self.word(symbol(byte), None),
            Token::Word(word, parameter) => self.word(word, parameter),
            Token::Binary(bytes) => {
                self.decode();
                Some(Event::Binary(bytes))
            }
            Token::Open => {
                self.decode();
                self.skip = 0;
                if self.outer.len() < DEPTH {
                    self.outer.push(self.group);
                }
                Some(Event::Open)
            }
            Token::Close => {
                self.decode();
                self.skip = 0;
                self.group = self.outer.pop().unwrap_or(self.group);
                Some(Event::Close)
            }
        }
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        if let Some(event) = self.ahead.take() {
            return Some(event);
        }
        let event = loop {
            let Some(token) = self.tokens.next() else {
                self.decode();
                break None;
            };
            if let Some(event) = self.token(token) {
                break Some(event);
            }
        };
        if self.text.is_empty() {
            return event;
        }
        self.ahead = event;
        Some(Event::Text(std::mem::take(&mut self.text)))
    }
}

/// The word for a control symbol: those that mean a word stand for it.
fn symbol(byte: u8) -> &'static str {
    match byte {
        b'*' => "*",
        b'~' => "~",
        b'_' => "_",
        b'-' => "-",
        b'\r' | b'\n' => "par",
        b'\t' => "tab",
        _ => "",
    }
}

/// The code page of a `\fcharset` ([MSFT-RTF], "Font Table"); `None` for that of the document. Symbols are read as Western: their
/// font gives them another look, not another code.
fn charset(n: i32) -> Option<u32> {
    Some(match n {
        0 | 2 => codepage::WESTERN,
        77 => 10000,
        128 => 932,
        129 | 130 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178..=180 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        254 => 437,
        255 => 850,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(rtf: &[u8]) -> String {
        let text = |event| match event {
            Event::Text(text) => Some(text),
            _ => None,
        };
        Reader::new(rtf).filter_map(text).collect()
    }

    #[test]
    fn code_pages_of_document_and_fonts() {
        assert_eq!(text(b"\\'e4\\ansicpg1251 \\'e4"), "äд");
        let fonts = b"{\\fonttbl{\\f0\\fcharset0 A;}{\\f1\\fcharset204 B;}{\\f2\\fcharset128 C;}}";
        let document = [&fonts[..], b"\\f1 \\'e4{\\f2 \\'82\\'a0\\'83A}\\'e4\\f0 \\'e4"].concat();
        assert_eq!(text(&document), "A;B;C;дあアдä");
    }

    #[test]
    fn unicode_with_substitutes() {
        assert_eq!(text(b"\\u228 ?x"), "äx");
        assert_eq!(text(b"\\uc2\\u228 ??x{\\uc0\\u228 x}\\u228\\'c3\\'a4y"), "äxäxäy");
        assert_eq!(text(b"\\u-10179?\\u-8704?"), "\u{1F600}");
        assert_eq!(text(b"\\u-10179?a"), "a");
    }
}
