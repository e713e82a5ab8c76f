//! Text from bytes: UTF-16 and the code pages that Outlook writes.

use std::borrow::Cow;

/// Text, and whether something in the bytes could not be decoded and was replaced by U+FFFD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// Whether something was replaced.
    pub lossy: bool,
}

/// The text of `bytes` in UTF-16LE. Unpaired surrogates and a last odd byte are replaced.
pub fn utf16(bytes: &[u8]) -> Decoded<'static> {
    let mut text = String::with_capacity(bytes.len() / 2);
    let (units, rest) = bytes.as_chunks::<2>();
    let mut lossy = !rest.is_empty();
    for c in char::decode_utf16(units.iter().map(|u| u16::from_le_bytes(*u))) {
        text.push(c.unwrap_or_else(|_| {
            lossy = true;
            char::REPLACEMENT_CHARACTER
        }));
    }
    Decoded { text: Cow::Owned(text), lossy }
}

/// Whether `codepage` is one that [`decode`] knows.
pub fn is_known(codepage: u32) -> bool {
    codepage == 1252
}

/// The text of `bytes` in Windows code page `codepage`; an unknown code page is read as windows-1252.
pub fn decode(codepage: u32, bytes: &[u8]) -> Decoded<'_> {
    let _ = codepage;
    let (text, lossy) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
    Decoded { text, lossy }
}
