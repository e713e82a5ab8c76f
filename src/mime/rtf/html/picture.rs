//! Pictures in an RTF document.

/// A picture that stood in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The name by which the HTML refers to it, without angle brackets.
    pub content_id: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its name as a file.
    pub name: String,
    /// The picture.
    pub bytes: Vec<u8>,
}

/// A picture in the course of being read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    kind: Option<(&'static str, &'static str)>,
    high: Option<u8>,
    bytes: Vec<u8>,
}

impl Reading {
    pub(super) fn word(&mut self, word: &str) {
        self.kind = match word {
            "pngblip" => Some(("image/png", "png")),
            "jpegblip" => Some(("image/jpeg", "jpg")),
            "emfblip" => Some(("image/emf", "emf")),
            "wmetafile" => Some(("image/wmf", "wmf")),
            "dibitmap" => Some(("image/bmp", "bmp")),
            "macpict" => Some(("image/x-pict", "pict")),
            _ => return,
        };
    }

    pub(super) fn hex(&mut self, text: &str) {
        for digit in text.chars().filter_map(|c| c.to_digit(16)) {
            // A hexadecimal digit is below 16.
            let digit = digit as u8;
            match self.high.take() {
                Some(high) => self.bytes.push(high << 4 | digit),
                None => self.high = Some(digit),
            }
        }
    }

    pub(super) fn binary(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The picture, the `number`th of the document; `None` where it has no bytes.
    pub(super) fn finish(self, number: usize) -> Option<Picture> {
        let (media_type, extension) = self.kind.unwrap_or(("application/octet-stream", "bin"));
        let bytes = if extension == "bmp" { with_file_header(self.bytes) } else { self.bytes };
        let sum = xxhash_rust::xxh3::xxh3_64(&bytes);
        let name = format!("picture{}.{extension}", number + 1);
        let content_id = format!("{number}.{sum:016x}@rtf.pffkit.invalid");
        (!bytes.is_empty()).then_some(Picture { content_id, media_type, name, bytes })
    }
}

/// A device-independent bitmap with the BITMAPFILEHEADER that makes a file of it; as it is where it is too short for one.
pub(in crate::mime) fn with_file_header(dib: Vec<u8>) -> Vec<u8> {
    const FILE_HEADER: u32 = 14;
    let field = |at| crate::bytes::u32_at(&dib, at);
    let (Some(header), Some(bits), Some(used)) = (field(0), crate::bytes::u16_at(&dib, 14), field(32)) else {
        return dib;
    };
    let colors = if used == 0 && bits <= 8 { 1 << bits } else { used };
    let pixels = colors.saturating_mul(4).saturating_add(header).saturating_add(FILE_HEADER);
    let size = u32::try_from(dib.len()).unwrap_or(u32::MAX).saturating_add(FILE_HEADER);
    [b"BM", &size.to_le_bytes()[..], &[0; 4], &pixels.to_le_bytes(), &dib].concat()
}
