//! Streams: what is written, what is read, and what happens to those that are damaged.

use std::io::{self, Read, Write};

use pffkit::damage::Effect;
use pffkit::limits::Limits;
use pffkit::mapi::guid::PSETID_COMMON;
use pffkit::mapi::tag::pr;
use pffkit::mapi::{PropName, PropTag, Props, Value};
use pffkit::mt::object::{
    Attachment, Folder, FolderMapEntry, Frame, Header, MAPI_FOLDER, MAPI_STORE, Message, MessageFrame, NamedProperty,
    Parent, Permission, UNANCHORED,
};
use pffkit::mt::{Encoded, Reader, Writer};
use pffkit::{ErrorKind, Result};

fn folder(nid: u64, name: &'static str) -> Folder<'static> {
    let props = Props::from_iter([(pr::DISPLAY_NAME, Value::str(name))]);
    Folder { nid, parent: Parent { kind: MAPI_STORE, nid: 0 }, props, acl: vec![] }
}

pub fn message(props: impl IntoIterator<Item = (PropTag, Value<'static>)>) -> MessageFrame<'static> {
    let message = Message { props: Props::from_iter(props), ..Message::default() };
    let parent = Parent { kind: MAPI_FOLDER, nid: 0x122 };
    MessageFrame { nid: 0x20_0024, parent, message, rfc822: b"".as_slice().into() }
}

pub fn named(tag: u32, name: PropName) -> NamedProperty {
    NamedProperty { tag: PropTag(tag), name }
}

pub fn write(header: &Header, frames: &[Encoded<'_>]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), header).unwrap();
    frames.iter().for_each(|frame| writer.write(frame).unwrap());
    writer.finish().unwrap()
}

/// The frames of `bytes`, and the error that ended them.
pub fn read(bytes: &[u8]) -> (Vec<Frame<'static>>, Result<()>) {
    let mut frames = vec![];
    let mut reader = match Reader::new(bytes) {
        Ok(reader) => reader,
        Err(e) => return (frames, Err(e)),
    };
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => return (frames, Ok(())),
            Err(e) => return (frames, Err(e)),
        }
    }
}

/// The header and the two frames of the example in the format's description.
pub fn example() -> (Header, Vec<Encoded<'static>>) {
    let name = "Import of a.pst @2026-01-02T03:04:05".to_owned();
    let root = FolderMapEntry { nid: 0x122, create: true, target: UNANCHORED, name };
    let header = Header { folder_map: vec![root], ..Header::default() };
    let message = message([
        (pr::MESSAGE_CLASS, Value::str("IPM.Note")),
        (pr::SUBJECT, Value::str("Grüße")),
        (pr::MESSAGE_FLAGS, Value::I32(1)),
    ]);
    let frames = vec![Encoded::folder(&folder(0x122, "Root")).unwrap(), Encoded::message(&message).unwrap()];
    (header, frames)
}

/// The example as the peer accepts it.
const EXAMPLE: &[u8; 224] = b"GXMT0005\0\0\
    \x3e\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x22\x01\0\0\0\0\0\0\x01\xff\xff\xff\xff\xff\xff\xff\xff\
    Import of a.pst @2026-01-02T03:04:05\0\
    \x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \x2b\0\0\0\0\0\0\0\x03\0\0\0\x22\x01\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\
    \x01\0\x1f\0\x01\x30Root\0\0\0\0\0\0\0\0\0\
    \x45\0\0\0\0\0\0\0\x05\0\0\0\x24\0\x20\0\0\0\0\0\x03\0\0\0\x22\x01\0\0\0\0\0\0\
    \x03\0\x1f\0\x1a\0IPM.Note\0\x1f\0\x37\0Gr\xc3\xbc\xc3\x9fe\0\x03\0\x07\x0e\x01\0\0\0\
    \x01\0\0\0\0\x01\0\0\0\0";

#[test]
fn the_example_is_written_byte_for_byte() {
    let (header, frames) = example();
    let sum: u64 = frames.iter().map(Encoded::len).sum();
    assert_eq!(sum, 224 - 0x60);
    assert_eq!(write(&header, &frames), EXAMPLE);
}

#[test]
fn the_example_is_read() {
    let (header, _) = example();
    let mut reader = Reader::new(EXAMPLE.as_slice()).unwrap();
    assert_eq!(*reader.header(), header);
    assert_eq!(reader.offset(), 0x60);
    let Some(Frame::Folder(root)) = reader.next_frame().unwrap() else { panic!() };
    assert_eq!((root.nid, root.parent, root.acl.len()), (0x122, Parent { kind: MAPI_STORE, nid: 0 }, 0));
    assert_eq!(root.props.str(pr::DISPLAY_NAME), Some("Root"));
    let Some(Frame::Message(mail)) = reader.next_frame().unwrap() else { panic!() };
    assert_eq!((mail.nid, mail.parent), (0x20_0024, Parent { kind: MAPI_FOLDER, nid: 0x122 }));
    assert_eq!(mail.message.props.str(pr::SUBJECT), Some("Grüße"));
    assert_eq!(mail.message.props.int(pr::MESSAGE_FLAGS), Some(1));
    assert!(reader.next_frame().unwrap().is_none());
    assert!(reader.next_frame().unwrap().is_none());
    assert_eq!((reader.counts().folders, reader.counts().messages, reader.offset()), (1, 1, 224));
}

/// A stream with something of everything: maps, names, rights, recipients, attachments, messages in messages.
fn rich() -> (Header, Vec<Encoded<'static>>) {
    let (mut header, _) = example();
    header.splice = true;
    header.name_map = vec![named(0x8000_0000, PropName::lid(PSETID_COMMON, 0x8501))];
    let mut top = folder(0x122, "Top");
    let rights =
        Props::from_iter([(PropTag(0x39FE_001F), Value::str("default")), (PropTag(0x6673_0003), Value::I32(2))]);
    top.acl = vec![Permission { row_flags: 1, props: rights }];
    let recipient =
        |name| Props::from_iter([(pr::DISPLAY_NAME, Value::str(name)), (pr::RECIPIENT_TYPE, Value::I32(1))]);
    let file = Props::from_iter([
        (pr::ATTACH_METHOD, Value::I32(1)),
        (pr::ATTACH_DATA_BIN, Value::bin(b"content".as_slice())),
        (PropTag(0x8000_101F), Value::MvStr(vec!["red".into(), "green".into()])),
    ]);
    let inner = Message {
        props: Props::from_iter([(pr::SUBJECT, Value::str("inner"))]),
        recipients: vec![recipient("C")],
        attachments: vec![Attachment { props: file.clone(), embedded: None }],
    };
    let item = Props::from_iter([(pr::ATTACH_METHOD, Value::I32(5))]);
    let mut mail = message([(pr::SUBJECT, Value::str("outer")), (PropTag(0x8001_0003), Value::I32(0))]);
    mail.message.recipients = vec![recipient("A"), recipient("B")];
    mail.message.attachments =
        vec![Attachment { props: file, embedded: None }, Attachment { props: item, embedded: Some(Box::new(inner)) }];
    mail.rfc822 = b"Subject: outer\r\n\r\n".as_slice().into();
    let frames = vec![
        Encoded::folder(&top).unwrap(),
        Encoded::named_property(&named(0x8001_0000, PropName::string(PSETID_COMMON, "x-üb"))).unwrap(),
        Encoded::message(&mail).unwrap(),
    ];
    (header, frames)
}

#[test]
fn everything_comes_back() {
    let (header, frames) = rich();
    let bytes = write(&header, &frames);
    let mut reader = Reader::new(bytes.as_slice()).unwrap();
    assert_eq!(*reader.header(), header);
    let Some(Frame::Folder(top)) = reader.next_frame().unwrap() else { panic!() };
    assert_eq!((top.acl.len(), top.acl[0].row_flags), (1, 1));
    assert_eq!(top.acl[0].props.int(PropTag(0x6673_0003)), Some(2));
    let Some(Frame::NamedProperty(property)) = reader.next_frame().unwrap() else { panic!() };
    assert_eq!(property, named(0x8001_0000, PropName::string(PSETID_COMMON, "x-üb")));
    let Some(Frame::Message(mail)) = reader.next_frame().unwrap() else { panic!() };
    assert_eq!(mail.rfc822.as_ref(), b"Subject: outer\r\n\r\n");
    assert_eq!(mail.message.recipients.len(), 2);
    assert_eq!(mail.message.recipients[1].str(pr::DISPLAY_NAME), Some("B"));
    let [file, item] = mail.message.attachments.as_slice() else { panic!() };
    assert_eq!(file.props.get(pr::ATTACH_DATA_BIN).unwrap().as_bin(), Some(b"content".as_slice()));
    let inner = item.embedded.as_ref().unwrap();
    assert_eq!(inner.props.str(pr::SUBJECT), Some("inner"));
    assert_eq!((inner.recipients.len(), inner.attachments.len()), (1, 1));
    assert!(reader.next_frame().unwrap().is_none());
    assert!(reader.findings().is_empty());
}

#[test]
fn a_writer_that_does_not_finish_leaves_a_cut_stream() {
    let (header, frames) = example();
    for written in 0..=frames.len() {
        let mut out = vec![];
        let mut writer = Writer::new(&mut out, &header).unwrap();
        frames[..written].iter().for_each(|frame| writer.write(frame).unwrap());
        writer.flush().unwrap();
        drop(writer);
        let whole: u64 = 0x60 + frames[..written].iter().map(Encoded::len).sum::<u64>();
        assert_eq!(out, EXAMPLE[..whole as usize - 1]);
        let (found, end) = read(&out);
        assert_eq!(found.len(), written.saturating_sub(1));
        assert_eq!(end.unwrap_err().kind(), ErrorKind::CutStream);
    }
    let (found, end) = read(&write(&header, &frames));
    assert_eq!(found.len(), 2);
    end.unwrap();
}

/// Where the writes to it end.
struct Ends(Vec<u64>);

impl Write for Ends {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(self.0.last().unwrap_or(&0) + bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn no_write_ends_where_a_frame_ends() {
    let (header, _) = example();
    let frame = |content| Encoded::message(&message([(pr::HTML, Value::bin(vec![0; content]))])).unwrap();
    let sized = |len: usize| frame(len - frame(0).len() as usize);
    for over in 0..8 {
        // One that is written as it is; many that are gathered, the last of which ends around the end of the writer's buffer, to the
        // byte: all but one byte of the header is gone by then.
        let end = (256 << 10) + 3 - over;
        let gathered = [vec![20_000; 13], vec![end - 260_000]].concat();
        for lens in [vec![end], gathered] {
            let mut writer = Writer::new(Ends(vec![]), &header).unwrap();
            let mut boundaries = vec![0x60];
            for len in [lens.clone(), vec![100], lens].concat() {
                writer.write(&sized(len)).unwrap();
                boundaries.push(writer.offset());
            }
            let ends = writer.finish().unwrap().0;
            let (last, earlier) = ends.split_last().unwrap();
            assert_eq!(Some(last), boundaries.last());
            assert!(earlier.len() >= 2);
            assert!(earlier.iter().all(|end| !boundaries.contains(end)), "{ends:?} {boundaries:?}");
        }
    }
}

#[test]
fn a_stream_that_is_cut_anywhere_says_so() {
    let (header, frames) = rich();
    let bytes = write(&header, &frames);
    let mut boundaries = vec![bytes.len() as u64 - frames.iter().map(Encoded::len).sum::<u64>()];
    frames.iter().for_each(|frame| boundaries.push(boundaries.last().unwrap() + frame.len()));
    assert_eq!(*boundaries.last().unwrap(), bytes.len() as u64);
    for cut in 1..=bytes.len() {
        let whole = boundaries.iter().skip(1).filter(|end| **end <= cut as u64).count();
        let (found, end) = read(&bytes[..cut]);
        assert_eq!(found.len(), whole, "cut at {cut}");
        match end {
            Ok(()) => assert!(boundaries.contains(&(cut as u64)), "not noticed at {cut}"),
            Err(e) => {
                assert!(!boundaries.contains(&(cut as u64)), "{e}");
                assert_eq!(e.kind(), ErrorKind::CutStream, "cut at {cut}: {e}");
                assert!(e.message().contains(&format!("ends at offset {cut:#x}")), "{e}");
            }
        }
    }
    let (_, end) = read(&bytes[..bytes.len() - 5]);
    assert!(end.unwrap_err().message().contains(" 5 bytes before the end of this frame"));
}

#[test]
fn what_is_not_a_stream() {
    let reader = Reader::new([].as_slice()).unwrap();
    assert!(reader.is_empty_input());
    assert!(!Reader::new(EXAMPLE.as_slice()).unwrap().is_empty_input());
    let refusal = |bytes: &[u8]| {
        let e = read(bytes).1.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Stream);
        e.to_string()
    };
    assert!(refusal(b"GXMT0003\0\0aaaaaaaa").contains("version GXMT0003"));
    assert!(refusal(b"!BDN\x01\x02\x03\x04aaaa").contains("not a GXMT stream"));
    assert!(refusal(b"GXMTabcd").contains("not a GXMT stream"));
    assert_eq!(read(b"GXMT000").1.unwrap_err().kind(), ErrorKind::CutStream);
}

/// Gives one byte at a time, and is interrupted before each.
struct Dribble<'a> {
    left: &'a [u8],
    interrupted: bool,
}

impl Read for Dribble<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let n = out.len().min(1);
        self.left.read(&mut out[..n])
    }
}

#[test]
fn a_slow_input_gives_the_same() {
    let (header, frames) = rich();
    let bytes = write(&header, &frames);
    let mut reader = Reader::new(Dribble { left: &bytes, interrupted: false }).unwrap();
    assert_eq!(*reader.header(), header);
    let mut found = vec![];
    while let Some(frame) = reader.next_frame().unwrap() {
        found.push(frame);
    }
    let again: Vec<_> = found.iter().map(|frame| Encoded::frame(frame).unwrap()).collect();
    assert_eq!(write(&header, &again), bytes);
    // Where the size of a frame is cut.
    let mut reader = Reader::new(Dribble { left: &EXAMPLE[..0x97], interrupted: false }).unwrap();
    reader.next_frame().unwrap().unwrap();
    let e = reader.next_frame().unwrap_err();
    assert_eq!(e.kind(), ErrorKind::CutStream);
    assert!(e.message().contains("ends at offset 0x97, 4 bytes before"), "{e}");
}

/// A frame around `body`.
pub fn raw_frame(kind: u32, nid: u64, body: &[u8]) -> Vec<u8> {
    let mut out = (24 + body.len() as u64).to_le_bytes().to_vec();
    out.extend(kind.to_le_bytes());
    out.extend(nid.to_le_bytes());
    out.extend([0; 12]);
    out.extend(body);
    out
}

/// A stream of frames that are given in bytes.
pub fn raw_stream(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut out = write(&Header::default(), &[]);
    frames.iter().for_each(|frame| out.extend(frame));
    out
}

#[test]
fn the_reader_is_liberal() {
    // Surplus bytes in both maps.
    let mut bytes = b"GXMT0005\x07\x00".to_vec();
    for _ in 0..2 {
        bytes.extend([11, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend([0; 8]);
        bytes.extend([0xEE; 3]);
    }
    // No recipients, no attachments, an UNSPECIFIED value, a tag that occurs twice, surplus bytes.
    let mut body = b"\x04\0".to_vec();
    body.extend(b"\0\0\x07\x0e\x03\0\x05\0\0\0");
    body.extend(b"\x1f\0\x37\0first\0");
    body.extend(b"\x0b\0\x17\0\x01");
    body.extend(b"\x1f\0\x37\0second\0");
    body.extend(b"\0\0");
    body.extend(b"text\0reserved\0surplus");
    bytes.extend(raw_frame(5, 1 << 40, &body));
    // A name of the kind that names nothing, and a name twice, with padding.
    let mut nothing = vec![0xFF];
    nothing.extend([0; 16]);
    bytes.extend(raw_frame(250, 0x8001_0000, &nothing));
    let mut padded = vec![1];
    padded.extend([0; 16]);
    padded.extend(b"\x05a\0\0\0\0");
    bytes.extend(raw_frame(250, 0x8002_001F, &padded));
    bytes.extend(raw_frame(250, 0x8002_001F, &padded));

    let mut reader = Reader::new(bytes.as_slice()).unwrap();
    assert!(reader.header().splice && !reader.header().public);
    let Some(Frame::Message(mail)) = reader.next_frame().unwrap() else { panic!() };
    assert_eq!((mail.nid, mail.rfc822.as_ref()), (1 << 40, b"text".as_slice()));
    assert_eq!(mail.message.props.int(pr::MESSAGE_FLAGS), Some(5));
    assert_eq!(mail.message.props.str(pr::SUBJECT), Some("second"));
    assert_eq!(mail.message.props.len(), 3);
    assert!(reader.findings().is_empty());
    for _ in 0..2 {
        let Some(Frame::NamedProperty(property)) = reader.next_frame().unwrap() else { panic!() };
        assert_eq!(property, named(0x8002_001F, PropName::string(Default::default(), "a")));
    }
    assert!(reader.next_frame().unwrap().is_none());
    assert_eq!(reader.counts().named_properties, 3);
    let findings = reader.findings().take();
    assert_eq!((findings.len(), findings[0].nid), (1, Some(0x8001_0000)));
}

#[test]
fn text_that_is_not_utf8_is_replaced_and_recorded() {
    let bytes = raw_stream(&[raw_frame(3, 0x122, b"\x01\0\x1f\0\x01\x30a\xFFb\0\0\0\0\0\0\0\0\0")]);
    let mut reader = Reader::new(bytes.as_slice()).unwrap();
    let Some(Frame::Folder(folder)) = reader.next_frame().unwrap() else { panic!() };
    assert_eq!(folder.props.str(pr::DISPLAY_NAME), Some("a\u{FFFD}b"));
    let finding = reader.findings().take().pop().unwrap();
    assert_eq!((finding.effect, finding.nid), (Effect::Altered, Some(0x122)));
    assert_eq!(finding.structure, "property 3001001F");
    let place = bytes.iter().position(|byte| *byte == 0xFF).unwrap();
    assert_eq!(finding.offset, Some(place as u64));
}

#[test]
fn a_bad_frame_does_not_spoil_the_next() {
    let good = &EXAMPLE[0x60..0x93];
    let bad: [&[u8]; 9] = [
        // Counts that the frame has no room for: properties, rights, elements, bytes, recipients.
        b"\xff\xff",
        b"\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x01\0\x03\x10\x01\x30\xff\xff\xff\xff",
        b"\x01\0\x1f\x10\x01\x30\xff\xff\xff\xff\0\0\0",
        b"\x01\0\x02\x01\x01\x30\xff\xff\xff\xff",
        b"\x01\0\x02\x11\x01\x30\x01\0\0\0\xff\xff\xff\xff",
        // A type without encoding, a string without end, nothing at all.
        b"\x01\0\x01\0\x01\x30",
        b"\x01\0\x1f\0\x01\x30abc",
        b"",
    ];
    let mut frames: Vec<_> = bad.iter().map(|body| raw_frame(3, 1, body)).collect();
    frames.push(raw_frame(5, 1, b"\0\0\x01\xff\xff\xff\xff"));
    frames.push(raw_frame(5, 1, b"\0\0\x00\x01\xff\xff"));
    frames.push(raw_frame(7, 1, b"\0\0"));
    frames.push(raw_frame(250, 1 << 32, &[0; 21]));
    frames.push(vec![4, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]);
    for frame in frames {
        let bytes = raw_stream(&[frame.clone(), good.to_vec()]);
        let mut reader = Reader::new(bytes.as_slice()).unwrap();
        let e = reader.next_frame().expect_err("a bad frame");
        assert!(matches!(e.kind(), ErrorKind::Stream | ErrorKind::Limit), "{e}");
        assert!(e.location().offset.is_some(), "{e}");
        let Some(Frame::Folder(folder)) = reader.next_frame().unwrap() else { panic!() };
        assert_eq!(folder.props.str(pr::DISPLAY_NAME), Some("Root"));
        assert!(reader.next_frame().unwrap().is_none());
    }
}

#[test]
fn sizes_beyond_all_bounds_are_refused() {
    for size in [1 << 32, u64::MAX] {
        let mut bytes = raw_stream(&[]);
        bytes.extend(size.to_le_bytes());
        bytes.extend([0; 100]);
        let (_, end) = read(&bytes);
        assert_eq!(end.unwrap_err().kind(), ErrorKind::Stream);
    }
    let mut bytes = b"GXMT0005\0\0".to_vec();
    bytes.extend(u64::MAX.to_le_bytes());
    bytes.extend((u64::MAX / 32).to_le_bytes());
    assert_eq!(read(&bytes).1.unwrap_err().kind(), ErrorKind::CutStream);
    bytes.truncate(18);
    bytes.extend(u64::MAX.to_le_bytes());
    assert_eq!(read(&bytes).1.unwrap_err().kind(), ErrorKind::Stream);
}

#[test]
fn what_a_frame_may_take_of_memory_is_limited() {
    let bytes =
        write(&Header::default(), &[Encoded::message(&message([(pr::BODY, Value::str("x".repeat(5000)))])).unwrap()]);
    let limits = Limits { value_bytes: 4000, ..Limits::default() };
    let mut reader = Reader::with_limits(bytes.as_slice(), limits).unwrap();
    assert_eq!(reader.next_frame().unwrap_err().kind(), ErrorKind::Limit);
    assert!(reader.next_frame().unwrap().is_none());
}

#[test]
fn messages_are_embedded_only_so_deep() {
    let nested = |levels: usize| {
        let mut frame = message([]);
        for _ in 0..levels {
            let embedded = Some(Box::new(std::mem::take(&mut frame.message)));
            frame.message.attachments = vec![Attachment { props: Props::new(), embedded }];
        }
        frame
    };
    let allowed = Limits::default().embedding;
    let bytes = write(&Header::default(), &[Encoded::message(&nested(allowed)).unwrap()]);
    read(&bytes).1.unwrap();
    assert_eq!(Encoded::message(&nested(allowed + 1)).unwrap_err().kind(), ErrorKind::Limit);
    let limits = Limits { embedding: allowed - 1, ..Limits::default() };
    let mut reader = Reader::with_limits(bytes.as_slice(), limits).unwrap();
    assert_eq!(reader.next_frame().unwrap_err().kind(), ErrorKind::Limit);
    // Deeper than any stack.
    let deep = raw_stream(&[raw_frame(5, 1, &b"\0\0\0\x01\x01\0\0\0\x01".repeat(1 << 18))]);
    assert_eq!(read(&deep).1.unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn damage_of_any_sort_is_survived() {
    let (header, frames) = rich();
    let good = write(&header, &frames);
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut survived = 0;
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            bytes[at] = [0, 1, 0x7F, 0xFF, random(256) as u8][random(5)];
        }
        let Ok(mut reader) = Reader::new(bytes.as_slice()) else { continue };
        for _ in 0..100 {
            match reader.next_frame() {
                Ok(None) => break,
                Err(e) if matches!(e.kind(), ErrorKind::CutStream | ErrorKind::Io) => break,
                _ => survived += 1,
            }
        }
    }
    assert!(survived > 20_000, "{survived}");
}

#[test]
fn frames_can_be_made_on_other_threads() {
    fn sendable<T: Send>() {}
    sendable::<Encoded<'_>>();
    sendable::<Frame<'_>>();
}
