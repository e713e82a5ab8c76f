//! RTF bodies: decompressed, and turned back into the HTML or text that they were made from.

mod deencap;
mod html;
mod lzfu;
mod reader;
mod token;

pub(super) use html::with_file_header;
pub use html::{Converted, Picture};
pub use lzfu::decompress;

/// What an RTF document holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// HTML that was encapsulated ([MS-OXRTFEX] 2.1.3.1).
    Html(String),
    /// Plain text that was encapsulated ([MS-OXRTFEX] 2.1.3.2).
    Text(String),
    /// A document that was written as RTF, converted.
    Rtf(Converted),
}

/// What `rtf` holds.
pub fn read(rtf: &[u8]) -> Document {
    match deencap::origin(rtf) {
        deencap::Origin::Html => Document::Html(deencap::html(rtf)),
        deencap::Origin::Text => Document::Text(deencap::text(rtf)),
        deencap::Origin::Rtf => Document::Rtf(html::convert(rtf)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing that is in a document makes its reading fail; whatever is read, little comes of it.
    #[test]
    fn documents_that_are_damaged() {
        let documents: [&[u8]; 3] = [
            b"{\\rtf1\\fromhtml1 {\\fonttbl{\\f0\\fcharset128 x;}}{\\*\\htmltag64 <p>}\\htmlrtf {\\f0 \\'82\\'a0\\u228 ?}\\htmlrtf0 a}",
            b"{\\rtf1\\fromtext \\uc2\\u-10179 ??\\u-8704 ??\\par}",
            b"{\\rtf1{\\colortbl;\\red1;}{\\field{\\*\\fldinst HYPERLINK \"http://a\"}{\\fldrslt b}}{\\pict\\dibitmap\\bin4 abcd}{\\pntext 1.}\\cf1 c\\par}",
        ];
        let length = |document| match document {
            Document::Html(text) | Document::Text(text) => text.len(),
            Document::Rtf(converted) => converted.html.len() + converted.text.len(),
        };
        for document in documents {
            for at in 0..document.len() {
                for byte in [b'{', b'}', b'\\', b'9', b'-', 0, 0xFF] {
                    let mut damaged = document.to_vec();
                    damaged[at] = byte;
                    assert!(length(read(&damaged)) < 1000);
                }
                assert!(length(read(&document[..at])) < 1000);
            }
        }
        assert!(length(read(&b"{\\b".repeat(100_000))) < 1000);
        assert!(length(read(&b"}".repeat(100_000))) < 1000);
    }
}
