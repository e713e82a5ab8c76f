//! RTF in tokens ([MSFT-RTF], "Conventions of an RTF reader").

use crate::bytes::hex_byte;

/// The longest control word; the specification says 32 letters.
const WORD: usize = 32;

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `{`.
    Open,
    /// `}`.
    Close,
    /// A control word and its parameter.
    Word(&'a str, Option<i32>),
    /// A control symbol: the character behind the backslash.
    Symbol(u8),
    /// `\'hh`.
    Hex(u8),
    /// The bytes of `\binN`.
    Binary(&'a [u8]),
    /// Text, without line ends.
    Text(&'a [u8]),
}

/// The tokens of a document.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(super) fn new(rtf: &'a [u8]) -> Self {
        Self { rest: rtf }
    }

    fn take(&mut self, n: usize) -> &'a [u8] {
        let (head, rest) = self.rest.split_at(n.min(self.rest.len()));
        self.rest = rest;
        head
    }

    fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|byte| !keep(*byte)).unwrap_or(self.rest.len());
        self.take(end)
    }

    /// What stands behind a backslash.
    fn control(&mut self) -> Option<Token<'a>> {
        let first = *self.rest.first()?;
        if first == b'\'' {
            let byte = hex_byte(self.rest, 1);
            self.take(if byte.is_some() { 3 } else { 1 });
            return Some(byte.map_or(Token::Text(b""), Token::Hex));
        }
        if !first.is_ascii_alphabetic() {
            self.take(1);
            return Some(Token::Symbol(first));
        }
        let letters = self.rest.iter().take(WORD).take_while(|byte| byte.is_ascii_alphabetic()).count();
        let name = std::str::from_utf8(self.take(letters)).unwrap_or_default();
        let parameter = self.parameter();
        if self.rest.first() == Some(&b' ') {
            self.take(1);
        }
        match (name, parameter) {
            ("bin", Some(n)) => Some(Token::Binary(self.take(usize::try_from(n).unwrap_or(0)))),
            _ => Some(Token::Word(name, parameter)),
        }
    }

    fn parameter(&mut self) -> Option<i32> {
        let sign = usize::from(self.rest.first() == Some(&b'-'));
        let digits = self.rest.iter().skip(sign).take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        self.take(sign);
        let digit = |n: i32, byte: &u8| n.checked_mul(10)?.checked_add(i32::from(byte - b'0'));
        // A number that is too large means nothing, but it is a number.
        let number = self.take(digits).iter().try_fold(0, digit).unwrap_or(0);
        Some(if sign > 0 { -number } else { number })
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.take_while(|byte| matches!(byte, b'\r' | b'\n' | 0));
        match *self.rest.first()? {
            b'{' => {
                self.take(1);
                Some(Token::Open)
            }
            b'}' => {
                self.take(1);
                Some(Token::Close)
            }
            b'\\' => {
                self.take(1);
                self.control()
            }
            _ => Some(Token::Text(self.take_while(|byte| !matches!(byte, b'{' | b'}' | b'\\' | b'\r' | b'\n' | 0)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_every_sort() {
        let rtf = b"{\\rtf1\\ansi a\r\nb\\'e4\\u-10179 ?\\~\\bin3 {}\\x}";
        let expected = [
            Token::Open,
            Token::Word("rtf", Some(1)),
            Token::Word("ansi", None),
            Token::Text(b"a"),
            Token::Text(b"b"),
            Token::Hex(0xe4),
            Token::Word("u", Some(-10179)),
            Token::Text(b"?"),
            Token::Symbol(b'~'),
            Token::Binary(b"{}\\"),
            Token::Text(b"x"),
            Token::Close,
        ];
        assert_eq!(Tokens::new(rtf).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn hexadecimal_digits_have_no_sign() {
        assert_eq!(Tokens::new(b"\\'+4").collect::<Vec<_>>(), [Token::Text(b""), Token::Text(b"+4")]);
    }

    #[test]
    fn cut_and_senseless_input_ends() {
        for rtf in [&b"\\"[..], b"\\'", b"\\'z", b"\\bin99999999 a", b"\\bin-5 a", b"\\u99999999999999 ?", b"{{{{"] {
            assert!(Tokens::new(rtf).count() <= 4, "{}", rtf.escape_ascii());
        }
    }
}
