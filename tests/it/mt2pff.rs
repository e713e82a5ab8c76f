//! A stream, written as a PST file and exported again, is the same stream.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use pffkit::ltp::TableContext;
use pffkit::mapi::special::SpecialFolder;
use pffkit::mapi::tag::pr;
use pffkit::mapi::{PropTag, Props, Value};
use pffkit::messaging::write::{StoreOptions, StoreWriter, entry_id_parts};
use pffkit::messaging::{Census, special};
use pffkit::mt::from_pff::Options;
use pffkit::mt::object::{Attachment, Folder, Frame, Header, MAPI_FOLDER, MAPI_STORE, Message, MessageFrame, Parent};
use pffkit::mt::to_pff::{Item, Observer, Totals, import};
use pffkit::mt::{Encoded, Reader, Writer};
use pffkit::ndb::write::Options as FileOptions;
use pffkit::ndb::{Format, Nid};

use crate::recipes::build::{RECORD_KEY, options, props, store_options};
use crate::support::diff::{Row, Stream, diff};
use crate::support::{Exported, corpus, export_file, fixture};
use crate::write::own::with_store;

#[derive(Default)]
struct Told(Vec<String>);

impl Observer for Told {
    fn item(&mut self, item: &Item) {
        self.0.extend(item.findings.iter().map(|f| format!("{:#x}: {f}", item.nid)));
    }
    fn notice(&mut self, _: &Item) {}
}

/// `stream` as a file of `format`, what was added up, and what was told.
pub fn written(stream: &[u8], format: Format) -> (Vec<u8>, Totals, Vec<String>) {
    let mut out = Cursor::new(Vec::new());
    let options = StoreOptions { file: FileOptions { format, ..options() }, ..store_options() };
    let store = StoreWriter::new(&mut out, &options).unwrap();
    let mut told = Told::default();
    let totals = import(&mut Reader::new(stream).unwrap(), store, &mut told, &|| false).unwrap().unwrap();
    (out.into_inner(), totals, told.0)
}

pub fn exported(path: &Path) -> pffkit::Result<Exported> {
    export_file(path, false, Options { assoc: true, ..Options::new("all") })
}

/// Streams of `path` and of its copy, and what the copy was made with.
fn there_and_back(path: &Path, dir: &Path) -> Option<(Exported, Exported)> {
    let before = exported(path).ok()?;
    let (file, totals, told) = written(&before.stream, Format::Unicode);
    assert!(told.is_empty(), "{}: {told:#?}", path.display());
    let t = before.totals;
    assert_eq!(
        (totals.folders, totals.messages, totals.fai, totals.recipients, totals.attachments),
        (t.folders, t.messages, t.fai, t.recipients, t.attachments),
        "{}",
        path.display()
    );
    let copy = dir.join("copy.pst");
    std::fs::write(&copy, file).unwrap();
    let after = exported(&copy).unwrap();
    assert!(after.totals.is_whole(), "{}: {:?}", path.display(), after.totals);
    Some((before, after))
}

/// What may differ.
fn allowed(row: &Row) -> bool {
    // Folders that every PST has, where the source is without.
    let standard = ["0x122", "0x8022", "0x8042", "0x8062"].contains(&row.place.as_str());
    let added = row.ours.is_none();
    match (row.kind, row.prop.as_str()) {
        ("folder", "#object") => added && standard,
        // Counted anew: unread and all messages, whether there are subfolders.
        ("folder", "36020003" | "36030003" | "360a000b") => true,
        // What the format demands of every message and attachment: added where the source is without.
        ("message" | "embedded", "0e070003" | "0e080003" | "0e170003" | "300b0102") => added,
        ("message" | "embedded", "30070040" | "30080040") => added,
        ("attachment", "0e200003" | "370b0003" | "37050003") => added,
        // The number and version of a row say where it is in its table.
        ("recipient", "67f20003" | "67f30003") => true,
        _ => false,
    }
}

pub fn files() -> Vec<PathBuf> {
    let mut files: Vec<_> = ["sample.pst", "ansi.pst", "ost4k.ost"].map(fixture).into();
    if let Some(corpus) = corpus() {
        files.extend(std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()));
        files.retain(|path| path.extension().is_some_and(|e| e == "pst" || e == "ost"));
        files.sort();
    }
    files
}

#[test]
fn every_file_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let (mut read, mut messages, mut wrong) = (0, 0, Vec::new());
    for path in files() {
        let Some((before, after)) = there_and_back(&path, dir.path()) else { continue };
        let (before, after) = (Stream::read(&before.stream), Stream::read(&after.stream));
        read += 1;
        messages += before.messages.len();
        let rows = diff(&before, &after).into_iter().filter(|row| !allowed(row));
        wrong.extend(rows.map(|row| format!("{}: {row:?}", path.file_name().unwrap().display())));
    }
    // All that can be opened: 1733 messages and 205 associated ones in the corpus, besides those of the fixtures.
    if corpus().is_some() {
        assert!(read == 3 + 130 && messages >= 1938, "{read} files, {messages} messages");
    }
    assert!(read >= 3);
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}

/// The subjects of messages, after a stream of theirs has become a file and that a stream again: with its prefix before it.
fn subjects(top: u64, messages: &[(&str, &str, Option<&str>)]) -> Vec<String> {
    let mut writer = Writer::new(Vec::new(), &Header::default()).unwrap();
    let parent = Parent { kind: MAPI_STORE, nid: 0 };
    let folder = Folder { nid: top, parent, props: Props::new(), acl: Vec::new() };
    writer.write(&Encoded::frame(&Frame::Folder(folder)).unwrap()).unwrap();
    for (n, (subject, prefix, normalized)) in (0..).zip(messages) {
        let mut props = Props::new();
        props.push(pr::SUBJECT, Value::str((*subject).to_owned()));
        props.push(pr::SUBJECT_PREFIX, Value::str((*prefix).to_owned()));
        if let Some(text) = normalized {
            props.push(pr::NORMALIZED_SUBJECT, Value::str((*text).to_owned()));
        }
        let parent = Parent { kind: MAPI_FOLDER, nid: top };
        let message = Message { props, ..Message::default() };
        let frame = MessageFrame { nid: 0x20_0024 + 32 * n, parent, message, rfc822: Vec::new().into() };
        writer.write(&Encoded::frame(&Frame::Message(frame)).unwrap()).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("subjects.pst");
    std::fs::write(&path, written(&writer.finish().unwrap(), Format::Unicode).0).unwrap();
    let back = Stream::read(&exported(&path).unwrap().stream);
    let text = |props: &Props<'_>, tag| props.str(tag).unwrap_or_default().to_owned();
    let whole = |props| format!("{}|{}", text(props, pr::SUBJECT_PREFIX), text(props, pr::SUBJECT));
    back.messages.values().map(|frame| whole(&frame.message.props)).collect()
}

/// A stream of a PFF file has the prefix apart from the subject; other streams have it in the subject, or say so.
#[test]
fn a_doubled_prefix_is_kept() {
    let messages =
        [("x", "RE: ", None), ("RE: x", "RE: ", None), ("RE: x", "RE: ", Some("x")), ("RE: x", "RE: ", Some("RE: x"))];
    assert_eq!(subjects(0x122, &messages), ["RE: |x", "RE: |RE: x", "RE: |x", "RE: |RE: x"]);
    assert_eq!(subjects(0x8082, &messages), ["RE: |x", "RE: |x", "RE: |x", "RE: |RE: x"]);
}

fn mt2pff(args: &[&str], dir: &Path) -> (i32, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_mt2pff")).args(args).current_dir(dir).output().unwrap();
    (run.status.code().unwrap(), String::from_utf8(run.stderr).unwrap())
}

/// A stream that ends early leaves no file, whatever it is cut at.
#[test]
fn a_cut_stream_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let stream = exported(&fixture("sample.pst")).unwrap().stream;
    for len in [20, stream.len() / 2, stream.len() - 1] {
        std::fs::write(dir.path().join("cut.mt"), &stream[..len]).unwrap();
        let (code, told) = mt2pff(&["-o", "out.pst", "cut.mt"], dir.path());
        assert_eq!(code, 3, "{told}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "{told}");
    }
}

#[test]
fn a_file_that_is_there_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("all.mt"), exported(&fixture("sample.pst")).unwrap().stream).unwrap();
    std::fs::write(dir.path().join("out.pst"), "mine").unwrap();
    let (code, told) = mt2pff(&["-o", "out.pst", "all.mt"], dir.path());
    assert_eq!(code, 4, "{told}");
    assert_eq!(std::fs::read(dir.path().join("out.pst")).unwrap(), b"mine");
    let (code, told) = mt2pff(&["-f", "--crypt", "cyclic", "-o", "out.pst", "all.mt"], dir.path());
    assert_eq!(code, 0, "{told}");
    let check = Command::new(env!("CARGO_BIN_EXE_pffck")).arg("out.pst").current_dir(dir.path()).output().unwrap();
    let told = String::from_utf8_lossy(&check.stdout);
    assert_eq!(check.status.code(), Some(0), "{told}");
    assert!(told.contains("sound: nothing is wrong"), "{told}");
}

/// Text that the code page of an ANSI file lacks is told and kept as far as it goes.
#[test]
fn what_an_ansi_file_cannot_say_is_told() {
    let stream = exported(&fixture("sample.pst")).unwrap().stream;
    let (file, totals, told) = written(&stream, Format::Ansi);
    assert_eq!(file[10], 14, "wVer");
    assert!(totals.part > 0 && totals.missing == 0, "{totals:?}");
    assert!(told.iter().all(|line| line.contains("code page 1252 has")), "{told:#?}");
}

/// A stream of the root, folder `folder` and messages in it.
fn stream_of(folder: Props<'static>, messages: Vec<Message<'static>>) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &Header::default()).unwrap();
    let parent = Parent { kind: MAPI_STORE, nid: 0 };
    let frame = Folder { nid: 0x8082, parent, props: folder, acl: Vec::new() };
    writer.write(&Encoded::frame(&Frame::Folder(frame)).unwrap()).unwrap();
    for (n, message) in (0..).zip(messages) {
        let parent = Parent { kind: MAPI_FOLDER, nid: 0x8082 };
        let frame = MessageFrame { nid: 0x20_0024 + 32 * n, parent, message, rfc822: Vec::new().into() };
        writer.write(&Encoded::frame(&Frame::Message(frame)).unwrap()).unwrap();
    }
    writer.finish().unwrap()
}

/// The stream again of the file in `format` that becomes of `stream`, and what was told.
fn back(stream: &[u8], format: Format) -> (Stream, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("copy.pst");
    let (file, _, told) = written(stream, format);
    std::fs::write(&path, file).unwrap();
    (Stream::read(&exported(&path).unwrap().stream), told)
}

/// 8-bit text is in the code page that its message names, in that of the file else.
#[test]
fn eight_bit_text_is_decoded() {
    let str8 = |bytes: &[u8]| Value::Str8(bytes.to_vec().into());
    let subject = |codepage: Option<i32>, bytes: &[u8]| {
        let mut list = props([(0x0037_001E, str8(bytes))]);
        if let Some(codepage) = codepage {
            list.push(pr::MESSAGE_CODEPAGE, Value::I32(codepage));
        }
        Message { props: list, ..Message::default() }
    };
    let messages = || {
        vec![subject(Some(932), b"\x89\xef\x8b\x63"), subject(None, b"Gr\xfc\xdfe"), subject(Some(1251), b"\xe4\xe0")]
    };
    let stream = stream_of(props([(0x3001_001E, str8(b"Entw\xfcrfe"))]), messages());
    let subjects = |stream: &Stream| -> Vec<_> {
        stream.messages.values().map(|f| f.message.props.str(pr::SUBJECT).unwrap().to_owned()).collect()
    };
    let (unicode, told) = back(&stream, Format::Unicode);
    assert_eq!(subjects(&unicode), ["会議", "Grüße", "да"]);
    assert_eq!(told, [""; 0]);
    let (ansi, told) = back(&stream, Format::Ansi);
    assert_eq!(subjects(&ansi), ["??", "Grüße", "??"]);
    let expected = "text of property 0037001E that code page 1252 has";
    assert!(told.len() == 2 && told.iter().all(|line| line.contains(expected)), "{told:#?}");
}

/// The texts of `tag` in the rows of the table in node `nid`.
fn cells(file: &[u8], nid: Nid, tag: PropTag) -> Vec<String> {
    with_store(file, |store, scope| {
        let node = store.node(scope, nid).unwrap();
        let table = TableContext::open(scope, node.data, node.sub).unwrap();
        let mut texts = Vec::new();
        table
            .for_each_row(|row| {
                let cells = row.cells().filter(|(t, _)| *t == tag);
                texts.extend(cells.filter_map(|(_, value)| value.as_str().map(str::to_owned)));
            })
            .unwrap();
        texts
    })
    .0
}

/// What shows in lists is in the tables: 8-bit text, too.
#[test]
fn eight_bit_text_is_in_tables() {
    let str8 = |bytes: &[u8]| Value::Str8(bytes.to_vec().into());
    let message = Message { props: props([(0x0037_001E, str8(b"Gr\xfc\xdfe"))]), ..Message::default() };
    let (file, ..) = written(&stream_of(props([(0x3001_001E, str8(b"Entw\xfcrfe"))]), vec![message]), Format::Unicode);
    assert_eq!(cells(&file, Nid(0x802D), pr::DISPLAY_NAME), ["Deleted Items", "Entwürfe"]);
    assert_eq!(cells(&file, Nid(0x808E), pr::SUBJECT), ["\u{1}\u{1}Grüße"]);
}

/// The binary property `tag` of the store in `file`.
fn store_value(file: &[u8], tag: u32) -> Vec<u8> {
    with_store(file, |store, scope| store.props(scope).get(PropTag(tag)).unwrap().as_bin().unwrap().to_vec()).0
}

/// The record key of the store that becomes of a stream whose root names special folders by `uids`.
fn record_key(uids: &[[u8; 16]]) -> Vec<u8> {
    let mut root = Props::new();
    for (n, uid) in (0..).zip(uids) {
        let id = [&[0; 4], &uid[..], &[0x82, 0x80, 0, 0]].concat();
        root.push(PropTag(0x36D0_0102 + (n << 16)), Value::bin(id));
    }
    let mut writer = Writer::new(Vec::new(), &Header::default()).unwrap();
    let parent = Parent { kind: MAPI_STORE, nid: 0 };
    let frame = Folder { nid: 0x122, parent, props: root, acl: Vec::new() };
    writer.write(&Encoded::frame(&Frame::Folder(frame)).unwrap()).unwrap();
    let (file, ..) = written(&writer.finish().unwrap(), Format::Unicode);
    let bin = |tag| store_value(&file, tag);
    for (tag, nid) in [(0x35E0_0102, 0x8022_u32), (0x35E3_0102, 0x8062), (0x35E7_0102, 0x8042)] {
        assert_eq!(bin(tag), [&[0; 4], &bin(0x0FF9_0102)[..], &nid.to_le_bytes()].concat(), "{tag:x}");
    }
    bin(0x0FF9_0102)
}

/// Entry ids of the stream name folders of the file: the store has the number that they agree on.
#[test]
fn entry_ids_of_the_stream_hold() {
    assert_eq!(record_key(&[[7; 16], [7; 16]]), [7; 16]);
    assert_eq!(record_key(&[[7; 16], [8; 16]]), RECORD_KEY.0);
    assert_eq!(record_key(&[]), RECORD_KEY.0);
}

/// The folders of an Outlook 97 file name each other by twelve entry ids.
#[test]
fn entry_ids_of_a_real_file_hold() {
    let Some(corpus) = corpus() else { return };
    let stream = exported(&corpus.join("p2j-97-outlook-pass12345.pst")).unwrap().stream;
    let (file, ..) = written(&stream, Format::Unicode);
    let key = store_value(&file, 0x0FF9_0102);
    let folders = Stream::read(&stream).folders;
    let ids =
        folders.values().flat_map(|folder| &folder.props).filter_map(|(_, value)| entry_id_parts(value.as_bin()?));
    let uids: Vec<_> = ids.map(|(uid, _)| uid.0.to_vec()).collect();
    assert_eq!(uids, vec![key; 12]);
}

/// The message that becomes of `message` in a stream that is of no PFF file.
fn message_back(message: Message<'static>) -> Message<'static> {
    let (stream, told) = back(&stream_of(props([(0x3001_001F, Value::str("x"))]), vec![message]), Format::Unicode);
    assert_eq!(told, [""; 0]);
    stream.messages.into_values().next().unwrap().message
}

/// Every message has the times that [MS-PST] 2.4.5.1.1 demands.
#[test]
fn times_are_made_of_other_times() {
    let times = |list: &[(PropTag, i64)]| {
        let list = list.iter().map(|(tag, time)| (*tag, Value::I64(*time))).collect();
        let message = message_back(Message { props: list, ..Message::default() });
        [pr::CREATION_TIME, pr::LAST_MODIFICATION_TIME].map(|tag| message.props.int(tag))
    };
    let [delivered, submitted] = [(pr::MESSAGE_DELIVERY_TIME, 3), (pr::CLIENT_SUBMIT_TIME, 2)];
    assert_eq!(times(&[submitted, delivered]), [Some(3), Some(3)]);
    assert_eq!(times(&[submitted]), [Some(2), Some(2)]);
    assert_eq!(times(&[submitted, (pr::CREATION_TIME, 1)]), [Some(1), Some(2)]);
    assert_eq!(times(&[(pr::LAST_MODIFICATION_TIME, 4)]), [Some(4), Some(4)]);
    assert_eq!(times(&[]), [Some(116_444_736_000_000_000); 2]);
}

/// Lists show recipients and attachments from properties of the message.
#[test]
fn recipients_and_attachments_show_in_lists() {
    let recipient =
        |typ: i32, name: &'static str| props([(0x0C15_0003, Value::I32(typ)), (0x3001_001F, Value::str(name))]);
    let message = |list: Props<'static>| Message {
        props: list,
        recipients: vec![recipient(1, "Ann"), recipient(2, "Bob"), recipient(0x1000_0001, "Eve"), recipient(3, "Joe")],
        attachments: vec![Attachment { props: props([(0x3701_0102, Value::bin(vec![1]))]), embedded: None }],
    };
    let shown = |list| {
        let message = message_back(message(list)).props;
        let names = [0x0E04_001F, 0x0E03_001F, 0x0E02_001F].map(|tag| message.str(PropTag(tag)).map(str::to_owned));
        (names.map(Option::unwrap_or_default), message.int(pr::MESSAGE_FLAGS))
    };
    let all = ["Ann; Eve", "Bob", "Joe"].map(str::to_owned);
    assert_eq!(shown(Props::new()), (all.clone(), Some(0x10)));
    assert_eq!(shown(props([(0x0E07_0003, Value::I32(1))])), (all, Some(0x11)));
    let own = ["Ann B.", "Bob", "Joe"].map(str::to_owned);
    assert_eq!(shown(props([(0x0E04_001F, Value::str("Ann B."))])), (own, Some(0x10)));
}

/// A folder of the stream that has the id which deleted items or searches have in a new file is neither.
#[test]
fn folders_of_the_stream_are_not_taken_for_others() {
    let folders = [
        (0x122, 0, ""),
        (0x8022, 0x122, "Top"),
        (0x8042, 0x8022, "INBOX"),
        (0x8062, 0x8022, "Sent"),
        (0x8082, 0x8022, "Projects"),
    ];
    let mut writer = Writer::new(Vec::new(), &Header::default()).unwrap();
    for (nid, parent, name) in folders {
        let parent = Parent { kind: if parent == 0 { MAPI_STORE } else { MAPI_FOLDER }, nid: parent };
        let props = props([(0x3001_001F, Value::str(name))]);
        writer.write(&Encoded::frame(&Frame::Folder(Folder { nid, parent, props, acl: Vec::new() })).unwrap()).unwrap();
    }
    let (file, _, told) = written(&writer.finish().unwrap(), Format::Unicode);
    assert_eq!(told, [""; 0]);
    let named = [0x35E3_0102, 0x35E7_0102].map(|tag| entry_id_parts(&store_value(&file, tag)).unwrap().1);
    let special =
        with_store(&file, |store, scope| special::placements(store, &Census::take(scope.db, scope.findings), scope));
    let place = |folder| special.0.iter().find(|p| p.folder == folder).map(|p| (p.nid, p.name.as_str()));
    assert_eq!(place(SpecialFolder::DeletedItems), Some((named[0], "Deleted Items")));
    assert_eq!(place(SpecialFolder::Finder), Some((named[1], "Search Root")));
    assert_eq!(place(SpecialFolder::Inbox), Some((Nid(0x8042), "INBOX")));
    let mut names = cells(&file, Nid(0x802D), pr::DISPLAY_NAME);
    names.sort();
    assert_eq!(names, ["Deleted Items", "INBOX", "Projects", "Sent"]);
}

/// `mt2pff` with `words` of a shell around it, in `dir`, where the stream `all.mt` is. Nothing may be left but that.
fn in_shell(words: &str, dir: &Path) -> (Option<i32>, String) {
    let words = words.replace("mt2pff", env!("CARGO_BIN_EXE_mt2pff"));
    let run = Command::new("sh").args(["-c", &words]).current_dir(dir).output().unwrap();
    let left: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["all.mt"], "{run:?}");
    (run.status.code(), String::from_utf8(run.stderr).unwrap())
}

/// Whatever ends a run, no part of a file is left.
#[test]
fn no_part_of_a_file_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let stream = exported(&fixture("sample.pst")).unwrap().stream;
    std::fs::write(dir.path().join("all.mt"), stream).unwrap();
    // The limit is in units of 512 bytes.
    let (code, told) = in_shell("ulimit -f 100; mt2pff -o out.pst all.mt", dir.path());
    assert_eq!(code, Some(4), "{told}");
    assert!(told.contains("File too large"), "{told}");
    let (code, told) = in_shell("TMPDIR=/no/such/place mt2pff -o out.pst all.mt", dir.path());
    assert_eq!(code, Some(4), "{told}");
    assert!(told.contains("no temporary file can be made in /no/such/place"), "{told}");
    // The input falls silent.
    let hang_up = "mkfifo pipe; mt2pff -o out.pst pipe & exec 3>pipe; cat all.mt >&3; sleep 1; ls -a | grep -q part$ || echo none >&2; \
         kill -HUP $!; wait $!; code=$?; rm pipe; exit $code";
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    if ignored.is_some_and(|mask| mask & 1 == 0) {
        let (code, told) = in_shell(hang_up, dir.path());
        assert_eq!((code, told.contains("none")), (Some(129), false), "{told}");
    }
}
