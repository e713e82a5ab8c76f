//! RTF bodies: decompressed, and turned back into the HTML or text that they were made from.

mod deencap;
mod html;
mod lzfu;
mod reader;
mod token;

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
