//! Large contents in streams, and what is too large or of the wrong sort for one.

use std::io::{self, Write};

use pffkit::ErrorKind;
use pffkit::limits::Limits;
use pffkit::mapi::guid::PSETID_COMMON;
use pffkit::mapi::tag::pr;
use pffkit::mapi::{Content, PropName, PropTag, PropType, Props, Stream, Value};
use pffkit::mt::object::{Attachment, Frame, Header, MessageFrame};
use pffkit::mt::{Encoded, Reader, Writer};

use super::gxmt::{example, message, named, read, write};

/// A content that is made as it is fetched, and of which no more than a piece is ever in memory.
struct Pattern {
    promised: u64,
    given: u64,
}

impl Pattern {
    const PIECE: usize = 64 << 10;

    fn byte(at: u64) -> u8 {
        (at % 251) as u8
    }
}

impl Content for Pattern {
    fn len(&self) -> u64 {
        self.promised
    }

    fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut at = 0;
        while at < self.given {
            let n = (Self::PIECE as u64).min(self.given - at);
            let piece: Vec<u8> = (at..at + n).map(Self::byte).collect();
            out.write_all(&piece)?;
            at += n;
        }
        Ok(())
    }
}

/// Checks a [`Pattern`] that is written to it.
#[derive(Default)]
struct Check {
    at: u64,
    largest: usize,
}

impl Write for Check {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(bytes.iter().zip(self.at..).all(|(byte, at)| *byte == Pattern::byte(at)));
        self.at += bytes.len() as u64;
        self.largest = self.largest.max(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn with_content(promised: u64, given: u64) -> MessageFrame<'static> {
    let content = Value::Stream(Stream::new(Pattern { promised, given }));
    let props = Props::from_iter([(pr::ATTACH_METHOD, Value::I32(1)), (pr::ATTACH_DATA_BIN, content)]);
    let mut frame = message([(pr::SUBJECT, Value::str("large"))]);
    frame.message.attachments = vec![Attachment { props, embedded: None }; 2];
    frame
}

#[test]
fn large_contents_pass_in_pieces() {
    const LEN: u64 = (40 << 20) + 7;
    let (from, to) = io::pipe().unwrap();
    let producer = std::thread::spawn(move || {
        let frame = Encoded::message(&with_content(LEN, LEN)).unwrap();
        assert!(frame.len() > 2 * LEN && frame.len() < 2 * LEN + 200);
        let mut writer = Writer::new(to, &Header::default()).unwrap();
        writer.write(&frame).unwrap();
        writer.finish().unwrap();
    });
    let mut reader = Reader::new(from).unwrap();
    let Some(Frame::Message(mail)) = reader.next_frame().unwrap() else { panic!() };
    producer.join().unwrap();
    assert!(reader.next_frame().unwrap().is_none());
    assert_eq!(mail.message.attachments.len(), 2);
    for attachment in &mail.message.attachments {
        let Some(Value::Stream(stream)) = attachment.props.get(pr::ATTACH_DATA_BIN) else { panic!() };
        assert_eq!(stream.len(), LEN);
        // Twice: a content can be fetched again.
        for _ in 0..2 {
            let mut check = Check::default();
            stream.copy_to(&mut check).unwrap();
            assert_eq!(check.at, LEN);
            assert!(check.largest <= 1 << 20);
        }
    }
}

#[test]
fn what_is_spooled_depends_on_the_limit() {
    let limits = Limits { spool_bytes: 256, frame_bytes: 16 << 10, ..Limits::default() };
    let value = |len: usize| {
        let frame = Encoded::message(&message([(pr::HTML, Value::bin(vec![1; len]))])).unwrap();
        let bytes = write(&Header::default(), &[frame]);
        let mut reader = Reader::with_limits(bytes.as_slice(), limits).unwrap();
        let Some(Frame::Message(mut mail)) = reader.next_frame().unwrap() else { panic!() };
        mail.message.props.remove(pr::HTML).unwrap()
    };
    assert!(matches!(value(256), Value::Bin(bytes) if bytes.len() == 256));
    let Value::Stream(stream) = value(257) else { panic!() };
    assert_eq!(stream.to_vec().unwrap(), [1; 257]);
    // Many values that are small are not kept in memory without end.
    let many = (0..1000).map(|i| (PropTag::new(0x6000 + i, PropType::BINARY), Value::bin(vec![2; 200])));
    let bytes = write(&Header::default(), &[Encoded::message(&message(many)).unwrap()]);
    let mut reader = Reader::with_limits(bytes.as_slice(), limits).unwrap();
    let Some(Frame::Message(mail)) = reader.next_frame().unwrap() else { panic!() };
    let kept = mail.message.props.iter().filter(|(_, value)| matches!(value, Value::Bin(_))).count();
    assert!((10..200).contains(&kept), "{kept}");
    let Some((_, Value::Stream(last))) = mail.message.props.iter().last() else { panic!() };
    assert_eq!(last.to_vec().unwrap(), [2; 200]);
}

#[test]
fn a_content_that_breaks_its_promise_cuts_the_stream() {
    for given in [999, 1001] {
        let mut out = vec![];
        let mut writer = Writer::new(&mut out, &Header::default()).unwrap();
        let e = writer.write(&Encoded::message(&with_content(1000, given)).unwrap()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Stream);
        writer.write(&example().1[0]).unwrap_err();
        writer.flush().unwrap_err();
        writer.finish().unwrap_err();
        assert_eq!(read(&out).1.unwrap_err().kind(), ErrorKind::CutStream);
    }
}

#[test]
fn what_a_frame_cannot_hold_is_refused_by_name() {
    let refusal = |frame: &MessageFrame<'static>| {
        let e = Encoded::message(frame).unwrap_err();
        (e.kind(), e.to_string())
    };
    let (kind, text) = refusal(&message([(pr::SUBJECT, Value::str("a\0b"))]));
    assert_eq!(kind, ErrorKind::Stream);
    assert!(text.contains("0037001F"), "{text}");
    let (kind, text) = refusal(&message([(pr::SUBJECT, Value::I32(1))]));
    assert_eq!(kind, ErrorKind::Stream);
    assert!(text.contains("0037001F"), "{text}");

    let mut many = message([]);
    (0..=u32::from(u16::MAX)).for_each(|i| many.message.props.push(PropTag(i << 16 | 3), Value::I32(0)));
    assert_eq!(refusal(&many).0, ErrorKind::Limit);
    let mut many = message([]);
    many.message.attachments = vec![Attachment::default(); 65_536];
    assert_eq!(refusal(&many).0, ErrorKind::Limit);
    many.message.attachments.pop();
    Encoded::message(&many).unwrap();

    let huge = u64::from(u32::MAX);
    assert_eq!(refusal(&with_content(huge + 1, 0)).0, ErrorKind::Limit);
    assert_eq!(refusal(&with_content(huge / 2 + 1, 0)).0, ErrorKind::Limit);

    let name = |len| Encoded::named_property(&named(0x8000_0000, PropName::string(PSETID_COMMON, "n".repeat(len))));
    name(254).unwrap();
    assert_eq!(name(255).unwrap_err().kind(), ErrorKind::Limit);
}
