//! Content files: bodies, headers and attachment data, each in a compressed file that is named by the hash of its content.
//!
//! Files are staged in `tmp/` while a batch is open and get their names only when all of them are on the disk, before the
//! transaction that refers to them is committed. What a killed process leaves in `tmp/` is cleared by the next one that writes.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use xxhash_rust::xxh3::{Xxh3, xxh3_128};
use zstd::zstd_safe::get_frame_content_size;

use super::disk::{self, Owner};
use super::pack::{Packers, Places};
use crate::mapi::{Content, PropTag, PropType, Stream, Value};
use crate::{Error, ErrorKind, Result};

/// The most bytes that a server reads from a content file.
const MOST: u64 = (4 << 30) - 2;

/// Whether `tag` of a message is kept in a content file.
pub fn of_message(tag: PropTag) -> bool {
    matches!(tag.0, 0x1000_001E | 0x1000_001F | 0x007D_001E | 0x007D_001F | 0x1013_0102 | 0x1009_0102)
}

/// Whether `tag` of an attachment is kept in a content file.
pub fn of_attachment(tag: PropTag) -> bool {
    matches!(tag.0, 0x3701_0102 | 0x3701_000D)
}

/// The id of content that hashes to `hash`: `Y-` and the hash in hexadecimal digits, a slash behind the first two.
pub fn id(hash: u128) -> String {
    let hex = format!("{hash:032x}");
    format!("Y-{}/{}", &hex[..2], &hex[2..])
}

/// Writes content files.
pub struct Contents {
    places: Arc<Places>,
    packers: Packers,
    /// The hashes of the contents of the open batch.
    staged: HashSet<u128>,
    staged_bytes: u64,
}

impl Contents {
    /// A writer of the content files of the mailbox in `dir`.
    ///
    /// # Errors
    /// The compressors can't be set up.
    pub fn new(dir: &Path, owner: Owner) -> Result<Self> {
        let places = Arc::new(Places::new(dir, owner));
        let packers = Packers::new(&places)?;
        Ok(Self { places, packers, staged: HashSet::new(), staged_bytes: 0 })
    }

    /// Removes what a process that was killed has left. To be called while no other process can be writing.
    ///
    /// # Errors
    /// The directory can't be read.
    pub fn clear(&mut self) -> Result<()> {
        Ok(self.places.clear()?)
    }

    /// Bytes of content that have been staged since the last [`Contents::publish`].
    pub fn staged_bytes(&self) -> u64 {
        self.staged_bytes
    }

    /// Stages the content of `value`, a string or binary, which is empty then; gives back its id, or `None` when it is too large for a
    /// file. That the file can't be written is said by [`Contents::publish`].
    ///
    /// # Errors
    /// The content can't be fetched.
    pub fn stage(&mut self, value: &mut Value<'_>) -> Result<Option<String>> {
        let bytes = match value {
            Value::Str(v) => std::mem::take(v).into_owned().into_bytes(),
            Value::Str8(v) | Value::Bin(v) => std::mem::take(v).into_owned(),
            Value::Stream(v) if v.len() > MOST => return Ok(None),
            Value::Stream(v) => return self.stream(v).map(Some),
            _ => return Ok(None),
        };
        let hash = xxh3_128(&bytes);
        let id = id(hash);
        if self.staged.insert(hash) {
            self.staged_bytes = self.staged_bytes.saturating_add(bytes.len() as u64);
            self.packers.pack(id.clone(), bytes)?;
        }
        Ok(Some(id))
    }

    /// Stages what is hashed on the way.
    fn stream(&mut self, value: &Stream<'_>) -> Result<String> {
        let id = self.packers.pack_stream(value.len(), |out| {
            let mut hash = Xxh3::new();
            value.copy_to(&mut Hashing { hash: &mut hash, out })?;
            Ok(id(hash.digest128()))
        })?;
        self.staged_bytes = self.staged_bytes.saturating_add(value.len());
        Ok(id)
    }

    /// Gives the staged files their names; when this returns they are on the disk.
    ///
    /// # Errors
    /// A file can't be written or renamed.
    pub fn publish(&mut self) -> Result<()> {
        self.packers.finish().map_err(unwritable)?;
        if self.staged.is_empty() && self.staged_bytes == 0 {
            return Ok(());
        }
        disk::sync(self.places.cid())?;
        self.packers.name().map_err(unwritable)?;
        disk::sync(self.places.cid())?;
        self.staged.clear();
        self.staged_bytes = 0;
        Ok(())
    }

    /// Throws the staged files away.
    pub fn discard(&mut self) {
        self.packers.remove();
        self.staged.clear();
        self.staged_bytes = 0;
    }
}

fn unwritable(e: io::Error) -> Error {
    Error::new(ErrorKind::Target, format!("a content file can't be written: {e}")).caused_by(e)
}

/// Hashes what goes by to `out`.
struct Hashing<'w> {
    hash: &'w mut Xxh3,
    out: &'w mut dyn Write,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.hash.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A content file that is there to be read.
pub struct ContentFile {
    path: PathBuf,
    packed: bool,
    /// Bytes before the content.
    skip: u64,
    len: u64,
}

/// What the names of files end with whose id has no slash, as servers once wrote them, in the order in which they are looked for; whether the
/// file is compressed; how many bytes there are before a text, which count its characters.
const OLD_FORMS: [(&str, bool, u64); 3] = [(".zst", true, 0), (".v1z", true, 4), ("", false, 4)];

impl ContentFile {
    /// The content `id` of property `tag` of the mailbox in `dir`.
    ///
    /// # Errors
    /// There is no such file, or it is not one of this store's kind.
    pub fn open(dir: &Path, id: &str, tag: PropTag) -> Result<Self> {
        let failed = |e: io::Error| {
            Error::new(ErrorKind::NotFound, format!("the content file {id} can't be read: {e}")).caused_by(e)
        };
        let cid = dir.join("cid");
        let mut file = if is_safe(id) {
            Self { path: cid.join(id), packed: true, skip: 0, len: 0 }
        } else if is_old(id) {
            Self::old(&cid, id, tag)
        } else {
            return Err(Error::new(ErrorKind::Corrupt, format!("{id:?} is not the id of a content file")));
        };
        file.len = file.measure().map_err(failed)?;
        Ok(file)
    }

    fn old(cid: &Path, id: &str, tag: PropTag) -> Self {
        let form = |(end, packed, skip): (&str, bool, u64)| Self {
            path: cid.join(format!("{id}{end}")),
            packed,
            skip: if tag.typ() == PropType::UNICODE { skip } else { 0 },
            len: 0,
        };
        let [first, ..] = OLD_FORMS;
        OLD_FORMS.into_iter().map(form).find(|file| file.path.is_file()).unwrap_or_else(|| form(first))
    }

    /// The bytes of the content.
    fn measure(&self) -> io::Result<u64> {
        let file = File::open(&self.path)?;
        if !self.packed {
            return Ok(file.metadata()?.len().saturating_sub(self.skip));
        }
        let mut head = Vec::new();
        file.take(18).read_to_end(&mut head)?;
        let len = match get_frame_content_size(&head) {
            Ok(Some(len)) => len,
            // Another writer may have left the size out: it is counted then.
            _ => {
                let mut counter = Counter(0);
                decompress(&self.path, &mut counter)?;
                counter.0
            }
        };
        Ok(len.saturating_sub(self.skip))
    }

    /// The content as text; what is not UTF-8 is replaced.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn text(&self) -> Result<String> {
        let mut bytes = Vec::new();
        self.copy_to(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A handle on the content.
    pub fn into_stream(self) -> Stream<'static> {
        Stream::new(self)
    }

    /// The id that the content has by its hash.
    ///
    /// # Errors
    /// The file can't be read or its checksum is wrong.
    pub fn hashed_id(&self) -> io::Result<String> {
        let mut hash = Xxh3::new();
        self.copy_to(&mut Hashing { hash: &mut hash, out: &mut io::sink() })?;
        Ok(id(hash.digest128()))
    }
}

impl Content for ContentFile {
    fn len(&self) -> u64 {
        self.len
    }

    fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut out = Behind { skip: self.skip, out };
        if self.packed {
            return decompress(&self.path, &mut out);
        }
        io::copy(&mut File::open(&self.path)?, &mut out)?;
        Ok(())
    }
}

/// Passes on to `out` what comes behind the first bytes.
struct Behind<'w> {
    skip: u64,
    out: &'w mut dyn Write,
}

impl Write for Behind<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = bytes.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
        if n > 0 {
            self.skip -= n as u64;
            return Ok(n);
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn decompress(path: &Path, out: &mut dyn Write) -> io::Result<()> {
    let mut decoder = zstd::stream::read::Decoder::new(File::open(path)?)?;
    io::copy(&mut decoder, out)?;
    Ok(())
}

struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether `id` names a file below `cid/` and nothing else: the rows of a database may come from anywhere.
fn is_safe(id: &str) -> bool {
    id.split_once('/').is_some_and(|(a, b)| is_old(a) && is_old(b))
}

/// Whether `id` is one without a slash, as servers once gave them, mostly a number.
fn is_old(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const BODY: PropTag = PropTag(0x1000_001F);

    struct Bytes(Vec<u8>);
    impl Content for Bytes {
        fn len(&self) -> u64 {
            self.0.len() as u64
        }
        fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
            self.0.chunks(1000).try_for_each(|piece| out.write_all(piece))
        }
    }

    fn contents(dir: &Path) -> Contents {
        fs::create_dir_all(dir.join("tmp")).unwrap();
        fs::create_dir_all(dir.join("cid")).unwrap();
        Contents::new(dir, Owner::default()).unwrap()
    }

    #[test]
    fn empty_content_has_its_known_id() {
        let dir = tempfile::tempdir().unwrap();
        let mut contents = contents(dir.path());
        let id = contents.stage(&mut Value::str("")).unwrap().unwrap();
        assert_eq!(id, "Y-99/aa06d3014798d86001c324468d497f");
        contents.publish().unwrap();
        let file = ContentFile::open(dir.path(), &id, BODY).unwrap();
        assert_eq!((file.len(), file.hashed_id().unwrap()), (0, id));
    }

    #[test]
    fn one_file_for_equal_contents_with_checksum_and_size() {
        let dir = tempfile::tempdir().unwrap();
        let mut contents = contents(dir.path());
        let bytes: Vec<u8> = (0..300_000u32).flat_map(u32::to_le_bytes).collect();
        let a = contents.stage(&mut Value::bin(bytes.clone())).unwrap().unwrap();
        let b = contents.stage(&mut Value::Stream(Stream::new(Bytes(bytes.clone())))).unwrap().unwrap();
        assert_eq!(a, b);
        assert_eq!(a, id(xxh3_128(&bytes)));
        contents.publish().unwrap();
        assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
        let frame = fs::read(dir.path().join("cid").join(&a)).unwrap();
        // RFC 8878 3.1.1: magic number; descriptor with a size field (top bits or single segment) and the checksum bit 0x04.
        assert_eq!(frame[..4], [0x28, 0xB5, 0x2F, 0xFD]);
        assert_eq!(frame[4] & 0x04, 0x04);
        assert_eq!(get_frame_content_size(&frame).unwrap(), Some(1_200_000));
        assert_eq!(zstd::decode_all(&frame[..]).unwrap(), bytes);
    }

    #[test]
    fn a_file_that_is_there_stays_and_what_is_discarded_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut contents = contents(dir.path());
        let id = id(xxh3_128(b"known"));
        let path = dir.path().join("cid").join(&id);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "of another writer").unwrap();
        let waiting = || fs::read_dir(dir.path().join("tmp")).unwrap().count();
        for mut value in [Value::bin(&b"known"[..]), Value::Stream(Stream::new(Bytes(b"known".to_vec())))] {
            assert_eq!(contents.stage(&mut value).unwrap().as_ref(), Some(&id));
            contents.publish().unwrap();
            assert_eq!((fs::read(&path).unwrap(), waiting()), (b"of another writer".to_vec(), 0));
        }
        // An empty file is what a broken writer leaves: it is replaced.
        fs::write(&path, "").unwrap();
        contents.stage(&mut Value::bin(&b"known"[..])).unwrap();
        contents.publish().unwrap();
        assert_eq!(ContentFile::open(dir.path(), &id, BODY).unwrap().hashed_id().unwrap(), id);
        for mut value in [Value::bin(&b"one"[..]), Value::Stream(Stream::new(Bytes(b"two".to_vec())))] {
            let id = contents.stage(&mut value).unwrap().unwrap();
            contents.discard();
            assert_eq!((dir.path().join("cid").join(id).exists(), waiting()), (false, 0));
        }
    }

    #[test]
    fn the_forms_that_servers_once_wrote() {
        let dir = tempfile::tempdir().unwrap();
        let cid = dir.path().join("cid");
        fs::create_dir(&cid).unwrap();
        let read = |id: &str, tag| {
            let file = ContentFile::open(dir.path(), id, PropTag(tag)).unwrap();
            let text = file.text().unwrap();
            assert_eq!(file.len(), text.len() as u64);
            text
        };
        fs::write(cid.join("17"), b"\x08\0\0\0old body").unwrap();
        assert_eq!((read("17", 0x1000_001F).as_str(), read("17", 0x1013_0102).len()), ("old body", 12));
        fs::write(cid.join("17.v1z"), zstd::encode_all(&b"\x06\0\0\0packed"[..], 1).unwrap()).unwrap();
        assert_eq!((read("17", 0x1000_001F).as_str(), read("17", 0x1000_001E).len()), ("packed", 10));
        fs::write(cid.join("17.zst"), zstd::encode_all(&b"last"[..], 1).unwrap()).unwrap();
        assert_eq!((read("17", 0x1000_001F).as_str(), read("17", 0x1009_0102).as_str()), ("last", "last"));
        let missing = ContentFile::open(dir.path(), "18", BODY).err().unwrap();
        assert!(missing.message().contains("18 can't be read"), "{missing}");
    }

    #[test]
    fn ids_that_lead_elsewhere_are_refused() {
        for bad in ["../exmdb/exchange.sqlite3", "Y-99/../../x", "/etc/passwd", "Y-99", "Y-99/", "Y-9\0/a"] {
            assert!(!is_safe(bad), "{bad}");
        }
        assert!(is_safe("Y-99/aa06d3014798d86001c324468d497f"));
    }

    #[test]
    fn a_new_writer_clears_what_a_killed_one_left() {
        let dir = tempfile::tempdir().unwrap();
        let mut contents = contents(dir.path());
        // More than waits for others to be handed over with.
        contents.stage(&mut Value::bin(vec![0; 1 << 20])).unwrap();
        // Its threads end with it; what they wrote stays.
        drop(contents);
        assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 1);
        let mut next = Contents::new(dir.path(), Owner::default()).unwrap();
        next.clear().unwrap();
        assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
    }
}
