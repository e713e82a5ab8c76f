//! What is in an OLE object, for those who have no program that shows it ([MS-OLEDS] 2.3). Its storage is a compound file ([MS-CFB]).

use std::io::{Cursor, Read};

use cfb::CompoundFile;

use super::rtf::with_file_header;
use crate::bytes::{Cursor as Reader, slice_at, u16_at, u32_at};
use crate::mapi::codepage;

/// A file out of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The name that the object has for it.
    pub name: Option<String>,
    /// The extension that goes with what it is, where its bytes tell.
    pub extension: Option<&'static str>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// How much of an object a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inside {
    /// All of it: the storage is but a wrapper.
    Whole(File),
    /// What it looks like; the storage holds the data of the program that made it.
    Preview(File),
}

/// The file in the object `storage`; `None` where it is no compound file, or nothing in it has a form that is known.
pub fn inside(storage: &[u8]) -> Option<Inside> {
    /// \2OlePres000 to \2OlePres999; real objects have one to three.
    const PRESENTATIONS: usize = 8;
    let mut storage = CompoundFile::open(Cursor::new(storage)).ok()?;
    let mut stream = |name: &str| {
        let mut bytes = Vec::new();
        storage.open_stream(name).ok()?.read_to_end(&mut bytes).ok()?;
        Some(bytes)
    };
    let whole = stream("\u{1}Ole10Native").and_then(|bytes| native(&bytes));
    let whole = whole.or_else(|| stream("CONTENTS").and_then(picture));
    if let Some(file) = whole.or_else(|| stream("Package").and_then(document)) {
        return Some(Inside::Whole(file));
    }
    let mut names = (0..PRESENTATIONS).map(|n| format!("\u{2}OlePres{n:03}"));
    names.find_map(|name| presentation(&stream(&name)?)).map(Inside::Preview)
}

/// OLENativeStream ([MS-OLEDS] 2.3.6): a picture, or a file as Windows' packager keeps it.
fn native(bytes: &[u8]) -> Option<File> {
    let data = Reader::new(bytes).block()?;
    picture(data.to_vec()).or_else(|| packaged(data))
}

/// A file with its name, the path that it was taken from and the path of a copy.
fn packaged(data: &[u8]) -> Option<File> {
    /// What the packager's data begins with.
    const STREAM: u16 = 2;
    let mut data = Reader::new(data);
    if data.u16()? != STREAM {
        return None;
    }
    let name = until_nul(&mut data)?;
    until_nul(&mut data)?;
    data.u32()?;
    data.block()?;
    let name = codepage::decode(codepage::WESTERN, name).text.into_owned();
    Some(File { name: Some(name).filter(|name| !name.is_empty()), extension: None, bytes: data.block()?.to_vec() })
}

fn until_nul<'b>(data: &mut Reader<'b>) -> Option<&'b [u8]> {
    let (mut ahead, mut len) = (*data, 0);
    while ahead.take(1)? != [0] {
        len += 1;
    }
    let text = data.take(len)?;
    data.take(1)?;
    Some(text)
}

/// A document of Office 2007 and later: a zip file, in which names are not compressed.
fn document(bytes: Vec<u8>) -> Option<File> {
    const KINDS: [(&[u8], &str); 3] =
        [(b"word/document.xml", "docx"), (b"xl/workbook.xml", "xlsx"), (b"ppt/presentation.xml", "pptx")];
    let has = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    let (_, extension) = KINDS.into_iter().find(|(name, _)| bytes.starts_with(b"PK") && has(name))?;
    Some(File { name: None, extension: Some(extension), bytes })
}

/// OLEPresentationStream ([MS-OLEDS] 2.3.4).
fn presentation(bytes: &[u8]) -> Option<File> {
    /// Marks of a standard clipboard format ([MS-OLEDS] 2.3.1).
    const STANDARD: [u32; 2] = [0xFFFF_FFFF, 0xFFFF_FFFE];
    const CF_METAFILEPICT: u32 = 3;
    let mut data = Reader::new(bytes);
    if !STANDARD.contains(&data.u32()?) {
        return None;
    }
    let format = data.u32()?;
    // The size of the target device counts its own four bytes; four numbers stand before the extent.
    let device = data.u32()?.saturating_sub(4);
    data.take(device as usize)?;
    data.take(16)?;
    let (width, height, metafile) = (data.u32()?, data.u32()?, data.block()?);
    let is_bare = format == CF_METAFILEPICT && !metafile.starts_with(&PLACEABLE);
    picture(if is_bare { with_extent(metafile, width, height) } else { metafile.to_vec() })
}

/// The key of META_PLACEABLE ([MS-WMF] 2.3.2.3).
const PLACEABLE: [u8; 4] = [0xD7, 0xCD, 0xC6, 0x9A];

/// A metafile with the META_PLACEABLE that tells its size, given in units of 0.01 mm.
fn with_extent(metafile: &[u8], width: u32, height: u32) -> Vec<u8> {
    const UNITS_PER_INCH: u32 = 2540;
    // The sizes have to fit into 16 bits with a sign.
    let shrink = width.max(height) / 0x7FFF + 1;
    let [width, height, inch] = [width, height, UNITS_PER_INCH].map(|size| (size / shrink) as u16);
    let words = [0xCDD7, 0x9AC6, 0, 0, 0, width, height, inch, 0, 0];
    let sum = words.iter().fold(0, |sum, word| sum ^ word);
    let header = words.into_iter().chain([sum]).flat_map(u16::to_le_bytes);
    header.chain(metafile.iter().copied()).collect()
}

/// `bytes` as a picture, where they are one.
fn picture(bytes: Vec<u8>) -> Option<File> {
    /// A metafile header without META_PLACEABLE: in memory, nine words long, of version 3.
    const METAFILE: [u8; 6] = [1, 0, 9, 0, 0, 3];
    const BITMAPINFOHEADER: u32 = 40;
    let extension = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => "png",
        [0xFF, 0xD8, 0xFF, ..] => "jpg",
        [b'G', b'I', b'F', b'8', ..] => "gif",
        [b'B', b'M', ..] => "bmp",
        b if b.starts_with(&PLACEABLE) || b.starts_with(&METAFILE) => "wmf",
        b if slice_at(b, 40, 4) == Some(b" EMF") => "emf",
        b if u32_at(b, 0) == Some(BITMAPINFOHEADER) && u16_at(b, 12) == Some(1) => {
            return Some(File { name: None, extension: Some("bmp"), bytes: with_file_header(bytes) });
        }
        _ => return None,
    };
    Some(File { name: None, extension: Some(extension), bytes })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn storage(streams: &[(&str, &[u8])]) -> Vec<u8> {
        let mut file = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        for (name, bytes) in streams {
            file.create_stream(name).unwrap().write_all(bytes).unwrap();
        }
        file.into_inner().into_inner()
    }

    fn file(name: Option<&str>, extension: Option<&'static str>, bytes: &[u8]) -> File {
        File { name: name.map(str::to_owned), extension, bytes: bytes.to_vec() }
    }

    fn numbers(list: &[u32]) -> Vec<u8> {
        list.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    #[test]
    fn pictures_and_files_that_are_all_of_an_object() {
        let png = b"\x89PNG\r\n\x1a\n";
        let whole = |name, extension, bytes| Some(Inside::Whole(file(name, extension, bytes)));
        assert_eq!(inside(&storage(&[("CONTENTS", png)])), whole(None, Some("png"), png));
        let native = [&8u32.to_le_bytes()[..], png, b"more"].concat();
        assert_eq!(inside(&storage(&[("\u{1}Ole10Native", &native)])), whole(None, Some("png"), png));
        let packaged = [&b"\x02\0a.txt\0C:\\a.txt\0\0\0\x03\0\x05\0\0\0C:\\t\0\x03\0\0\0abc"[..], b"rest"].concat();
        let native = [&(packaged.len() as u32).to_le_bytes()[..], &packaged].concat();
        assert_eq!(inside(&storage(&[("\u{1}Ole10Native", &native)])), whole(Some("a.txt"), None, b"abc"));
        let sheet = b"PK\x03\x04 xl/workbook.xml";
        assert_eq!(inside(&storage(&[("Package", sheet)])), whole(None, Some("xlsx"), sheet));
    }

    #[test]
    fn what_an_object_looks_like() {
        let metafile = b"\x01\0\x09\0\0\x03rest";
        let head = [0xFFFF_FFFF, 3, 4, 1, 0xFFFF_FFFF, 0, 0, 2540, 65534, metafile.len() as u32];
        let stream = [numbers(&head), metafile.to_vec()].concat();
        let Some(Inside::Preview(found)) = inside(&storage(&[("\u{2}OlePres001", &stream), ("Workbook", b"data")]))
        else {
            panic!("no preview");
        };
        assert_eq!(found.extension, Some("wmf"));
        // A third, since 65534 does not fit; all words, the sum among them, come to nothing ([MS-WMF] 2.3.2.3).
        assert_eq!(&found.bytes[..16], b"\xd7\xcd\xc6\x9a\0\0\0\0\0\0\x4e\x03\x54\x55\x4e\x03");
        assert_eq!((0..22).step_by(2).fold(0, |sum, at| sum ^ u16_at(&found.bytes, at).unwrap()), 0);
        assert_eq!(&found.bytes[22..], metafile);
    }

    #[test]
    fn what_is_no_object_or_has_nothing_to_show() {
        assert_eq!(inside(b"no compound file"), None);
        assert_eq!(inside(&storage(&[("Workbook", b"data"), ("CONTENTS", b"text")])), None);
        for at in 0..40 {
            let cut = &numbers(&[0xFFFF_FFFF, 3, 4, 1, 0, 0, 0, 1, 1, 99])[..at];
            assert_eq!(inside(&storage(&[("\u{2}OlePres000", cut), ("\u{1}Ole10Native", cut)])), None);
        }
    }

    #[test]
    fn damaged_storages_do_no_harm() {
        let good = storage(&[("CONTENTS", &[b'G'; 5000]), ("\u{1}Ole10Native", b"\x04\0\0\0GIF8")]);
        for at in (0..good.len()).step_by(31) {
            for byte in [0, 0xFF, good[at].wrapping_add(1)] {
                let mut bad = good.clone();
                bad[at] = byte;
                let _ = inside(&bad);
            }
            let _ = inside(&good[..at]);
        }
    }
}
