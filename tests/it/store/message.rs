//! The rows of a message.

use super::*;
use pffkit::damage::Effect;
use pffkit::mapi::guid::{PS_PUBLIC_STRINGS, PSETID_COMMON};
use pffkit::mapi::{PropName, PropType};
use pffkit::mt::object::Attachment;

const SENT: i64 = 131_000_000_000_000_000;
const DELIVERED: i64 = SENT + 600_000_000;

fn example() -> Message<'static> {
    let embedded = Message {
        props: props([(0x001A_001F, Value::str("IPM.Note")), (0x0037_001F, Value::str("In"))]),
        ..Message::default()
    };
    Message {
        props: props([
            (0x001A_001F, Value::str("IPM.Note")),
            (0x0037_001F, Value::str("RE: Hello")),
            (0x0039_0040, Value::I64(SENT)),
            (0x0C19_0102, Value::bin(&b"\x01\x02\x03\x04"[..])),
            (0x0C1A_001F, Value::str("Ann")),
            (0x0E06_0040, Value::I64(DELIVERED)),
            (0x0E07_0003, Value::I32(0x1 | 0x10 | 0x8)),
            (0x1000_001F, Value::str("text")),
            (0x1013_0102, Value::bin(&b"<p>"[..])),
        ]),
        recipients: vec![props([
            (0x0C15_0003, Value::I32(1)),
            (0x3000_0003, Value::I32(7)),
            (0x3001_001F, Value::str("Bob")),
        ])],
        attachments: vec![
            Attachment {
                props: props([
                    (0x0E21_0003, Value::I32(5)),
                    (0x0FF9_0102, Value::bin(vec![9; 16])),
                    (0x3701_0102, Value::bin(&b"hello"[..])),
                    (0x3705_0003, Value::I32(1)),
                ]),
                embedded: None,
            },
            Attachment { props: props([(0x3705_0003, Value::I32(5))]), embedded: Some(Box::new(embedded)) },
        ],
    }
}

#[test]
fn rows_of_an_example() {
    let dir = tempfile::tempdir().unwrap();
    import_frames(dir.path(), vec![folder(1, NOWHERE, "Mail"), whole_message(2, 1, example())]);
    let db = database(dir.path());
    // 17 + what came 51 + change key and list 45 + read 1 + status 4 + search key 16 + content id 44 + creator and modifier
    // (names 6, entry ids 8) + modification time 8 + conversation id 16, tracking 1, index 27 + recipient 7 + attachments 25 and 4
    // + embedded (17 + 10 + flags 4 + read 1 + status 4 + search key 16 + content id 44 + time 8 + conversation 44 = 148).
    let messages = "SELECT printf('%d|%s|%s|%s|%d|%d|%d', message_id, parent_fid, parent_attid, is_associated, change_number, read_state,
        message_size) FROM messages ORDER BY message_id";
    assert_eq!(texts(&db, messages), ["256||2||32|0|148", "1900545|1900544||0|31|1|428"]);
    let rest = "SELECT COUNT(*) FROM messages WHERE is_deleted=0 AND read_cn IS NULL AND group_id IS NULL AND timer_id IS NULL AND mid_string IS NULL";
    assert_eq!(number(&db, rest), 2);
    let folder = "SELECT printf('%d|%d|%d|%d', parent_id, change_number, cur_eid, is_search) FROM folders WHERE folder_id=1900544";
    assert_eq!(texts(&db, folder), ["9|30|1900546|0"]);
    assert_eq!(number(&db, "SELECT propval FROM folder_properties WHERE folder_id=1900544 AND proptag=0x67510003"), 2);
    assert_eq!(number(&db, "SELECT propval FROM folder_properties WHERE folder_id=1900544 AND proptag=0x0E230003"), 30);
    assert_eq!(number(&db, "SELECT propval FROM folder_properties WHERE folder_id=9 AND proptag=0x663E0003"), 1);
    assert_eq!(
        texts(&db, "SELECT config_id || '=' || config_value FROM configurations WHERE config_id IN (2, 4, 5)"),
        ["2=257", "4=32", "5=30"]
    );
    let row = |tag: &str| {
        texts(
            &db,
            &format!(
                "SELECT CAST(propval AS TEXT) FROM message_properties WHERE message_id=1900545 AND proptag=0x{tag}"
            ),
        )
    };
    assert_eq!(row("003D001F"), ["RE: "]);
    assert_eq!(row("0E1D001F"), ["Hello"]);
    assert!(row("0037001F").is_empty() && row("0E69000B").is_empty());
    // Unsent (0x8) stays, read and has-attachment go, was-read (0x400) comes.
    assert_eq!(row("0E070003"), [(0x8 | 0x400).to_string()]);
    assert_eq!(row("0E230003"), ["1"]);
    assert_eq!([row("3FF8001F"), row("3FFA001F")], [["Ann"], ["Ann"]]);
    assert_eq!(row("3016000B"), ["1"]);
    let hex = |tag: &str| {
        texts(&db, &format!("SELECT hex(propval) FROM message_properties WHERE message_id=1900545 AND proptag=0x{tag}"))
            .remove(0)
    };
    let key = "05000000A5187B6FBCDCEA1ED03C565700000000001F";
    assert_eq!([hex("65E20102"), hex("65E30102")], [key.to_owned(), format!("16{key}")]);
    // FILETIME 0x01D1 6779 4AB6 8000: upper half little-endian, bits 24 to 31, the id, FF FF FF FF, the lowest byte.
    let time = SENT.to_be_bytes();
    let index = format!(
        "01{:02X}{:02X}{:02X}{:02X}{:02X}{}FFFFFFFF{:02X}",
        time[3],
        time[2],
        time[1],
        time[0],
        time[4],
        hex("30130102"),
        time[7]
    );
    assert_eq!(hex("00710102"), index);
    // XXH3-128 of "text" and "<p>", from another implementation of the hash: both are in files, and so is "hello".
    let ids = texts(
        &db,
        "SELECT propval FROM message_properties WHERE proptag IN (0x1000001F, 0x10130102) UNION ALL
        SELECT propval FROM attachment_properties WHERE proptag=0x37010102",
    );
    for (id, content) in ids.iter().zip(["text", "<p>", "hello"]) {
        let file = std::fs::read(dir.path().join("cid").join(id)).unwrap();
        assert_eq!(zstd::decode_all(&file[..]).unwrap(), content.as_bytes());
    }
    assert_eq!(ids.len(), 3);
    let times =
        texts(&db, "SELECT folder_id || '|' || message_id || '|' || rcvtime || '|' || sndtime FROM msgtime_index");
    assert_eq!(times, [format!("1900544|1900545|{DELIVERED}|{SENT}")]);
    let recipients = "SELECT printf('%d %08X', r.message_id, proptag) FROM recipients_properties JOIN recipients r USING (recipient_id) ORDER BY proptag";
    assert_eq!(texts(&db, recipients), ["1900545 0C150003", "1900545 3001001F"]);
    let attachments = "SELECT printf('%d %08X', attachment_id, proptag) FROM attachment_properties ORDER BY 1";
    assert_eq!(texts(&db, attachments), ["1 37010102", "1 37050003", "2 37050003"]);
    let sizes = "SELECT printf('%08X=%d', proptag, propval) FROM store_properties WHERE proptag IN (0x0E080014, 0x66B30014, 0x66B40014) ORDER BY 1";
    assert_eq!(texts(&db, sizes), ["0E080014=428", "66B30014=428", "66B40014=0"]);
    assert_sound(dir.path());
}

#[test]
fn associated_messages_are_kept_apart() {
    let dir = tempfile::tempdir().unwrap();
    let frames = vec![folder(1, NOWHERE, "Mail"), message(2, 1, [(0x0E07_0003, Value::I32(0x40))])];
    import_frames(dir.path(), frames);
    let db = database(dir.path());
    assert_eq!(number(&db, "SELECT is_associated FROM messages"), 1);
    assert_eq!(number(&db, "SELECT COUNT(*) FROM msgtime_index"), 0);
    assert_eq!(number(&db, "SELECT propval FROM store_properties WHERE proptag=0x66B30014"), 0);
    let size = number(&db, "SELECT message_size FROM messages");
    assert_eq!(number(&db, "SELECT propval FROM store_properties WHERE proptag=0x66B40014"), size);
    assert_sound(dir.path());
}

#[test]
fn a_full_range_is_followed_by_another() {
    let dir = tempfile::tempdir().unwrap();
    import_frames(dir.path(), vec![folder(1, NOWHERE, "Mail")]);
    let db = database(dir.path());
    // The folder has one id left, and so has the store for embedded messages.
    db.execute_batch("UPDATE folders SET cur_eid=max_eid-1 WHERE folder_id=1900544; UPDATE configurations SET config_value=65534 WHERE config_id=2").unwrap();
    drop(db);
    let header = pffkit::mt::object::Header { splice: true, ..Default::default() };
    let frames = vec![
        folder(1, NOWHERE, "Mail"),
        whole_message(2, 1, example()),
        whole_message(3, 1, example()),
        whole_message(4, 1, example()),
    ];
    let (outcome, items) = import(dir.path(), &stream(&header, frames), ImportOptions::default());
    assert!(outcome.error.is_none() && items.is_empty());
    let db = database(dir.path());
    let ids = "SELECT printf('%#x', message_id) FROM messages ORDER BY parent_fid IS NULL, message_id";
    assert_eq!(texts(&db, ids), ["0x1dfffe", "0x1e0000", "0x1e0001", "0xfffe", "0x1f0000", "0x1f0001"]);
    assert_sound(dir.path());
}

#[test]
fn the_same_stream_gives_the_same_rows() {
    let rows = || {
        let dir = tempfile::tempdir().unwrap();
        import_frames(dir.path(), vec![folder(1, NOWHERE, "Mail"), whole_message(2, 1, example())]);
        // All but the time of the import.
        texts(
            &database(dir.path()),
            "SELECT printf('%d %08X %s', message_id, proptag, hex(propval)) FROM message_properties
            WHERE proptag<>0x30080040 AND NOT (message_id=256 AND proptag IN (0x00710102)) ORDER BY 1",
        )
    };
    assert_eq!(rows(), rows());
}

/// Values and names that the tables have no place for come back all the same, and each is reported.
#[test]
fn what_the_tables_can_not_hold_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let wide = vec![vec![7u8; 70_000].into(), b"x"[..].into()];
    let cased = |name: &str| PropName::string(PS_PUBLIC_STRINGS, name);
    let frames = vec![
        folder(1, NOWHERE, "Mail"),
        named(0x8001_0000, PropName::lid(PSETID_COMMON, 0x8503)),
        named(0x8002_0000, cased("Colour")),
        named(0x8003_0000, cased("COLOUR")),
        message(
            2,
            1,
            [
                (0x6001_0005, Value::F64(f64::NAN)),
                (0x6002_000A, Value::I32(5)),
                (0x6003_000D, Value::bin(&b"object"[..])),
                (0x6004_1102, Value::MvBin(wide)),
                (0x8001_000B, Value::Bool(1)),
                (0x8002_001F, Value::str("blue")),
                (0x8003_001F, Value::str("red")),
                (0x80FF_0003, Value::I32(-1)),
            ],
        ),
    ];
    let (outcome, items) = import(dir.path(), &stream(&Header::default(), frames), ImportOptions::default());
    assert!(outcome.error.is_none());
    assert_eq!((outcome.totals.part, outcome.totals.missing), (1, 0));
    let found: Vec<_> = items[0].findings.iter().map(|f| (f.effect, f.structure.to_string())).collect();
    let altered = |text: &str| (Effect::Altered, format!("property {text}"));
    assert_eq!(
        found,
        [
            altered(&format!("8003001F ({})", cased("COLOUR"))),
            altered("80FF0003"),
            altered("60010005"),
            altered("6002000A"),
            altered("6003000D"),
            altered("60041102"),
        ]
        .map(|(e, s)| (e, s))
    );
    assert_sound(dir.path());

    let mut mailbox = Mailbox::open(dir.path()).unwrap();
    let stored = mailbox.message(0x1D_0001).unwrap().unwrap();
    assert!(stored.findings.is_empty());
    let back = &stored.frame.message.props;
    assert!(matches!(back.get(PropTag(0x6001_0005)), Some(Value::F64(v)) if v.is_nan()));
    assert!(matches!(back.get(PropTag(0x6002_000A)), Some(Value::I32(5))));
    assert_eq!(back.get(PropTag(0x6003_000D)).and_then(Value::as_bin), Some(&b"object"[..]));
    assert!(matches!(back.get(PropTag(0x6004_1102)), Some(Value::MvBin(v)) if v[0].len() == 70_000 && *v[1] == *b"x"));
    let by_name = |name: &PropName, typ| {
        let tag = back.iter().map(|(tag, _)| *tag).find(|tag| stored.names.get(*tag) == Some(name) && tag.typ() == typ);
        back.get(tag.unwrap()).unwrap()
    };
    assert_eq!(by_name(&PropName::lid(PSETID_COMMON, 0x8503), PropType::BOOLEAN).as_int(), Some(1));
    assert_eq!(by_name(&cased("Colour"), PropType::UNICODE).as_str(), Some("blue"));
    assert_eq!(by_name(&cased("COLOUR"), PropType::UNICODE).as_str(), Some("red"));
    assert_eq!(by_name(&cased("pffkit:unnamed-80ff"), PropType::LONG).as_int(), Some(-1));
}

#[test]
fn strings_of_other_code_pages_become_unicode() {
    let dir = tempfile::tempdir().unwrap();
    let frames = vec![
        folder(1, NOWHERE, "Mail"),
        message(
            2,
            1,
            [
                (0x6001_001E, Value::Str8("Grüße".as_bytes().into())),
                (0x6002_001E, Value::Str8(b"Gr\xFC\xDFe"[..].into())),
                (0x6003_101E, Value::MvStr8(vec![b"a"[..].into(), b"\xE9"[..].into()])),
            ],
        ),
    ];
    import_frames(dir.path(), frames);
    let stored = Mailbox::open(dir.path()).unwrap().message(0x1D_0001).unwrap().unwrap();
    let back = &stored.frame.message.props;
    assert_eq!(back.str(PropTag(0x6001_001F)), Some("Grüße"));
    assert_eq!(back.str(PropTag(0x6002_001F)), Some("Grüße"));
    assert!(matches!(back.get(PropTag(0x6003_101F)), Some(Value::MvStr(v)) if v[..] == ["a", "é"]));
}

/// A string that comes as 8-bit and as Unicode is one property: the later form has its place, the other is kept where it says something else.
#[test]
fn both_forms_of_a_string_are_one_property() {
    let dir = tempfile::tempdir().unwrap();
    let narrow = |bytes: &'static [u8]| Value::Str8(bytes.into());
    let frames = vec![
        folder(1, NOWHERE, "Mail"),
        message(
            2,
            1,
            [
                (0x0037_001E, narrow(b"narrow")),
                (0x0037_001F, Value::str("wide")),
                (0x0C1A_001F, Value::str("Wide")),
                (0x0C1A_001E, narrow(b"N\xe4rrow")),
                (0x1000_001E, narrow(b"the s\xe4me")),
                (0x1000_001F, Value::str("the säme")),
                // Of several values one, and one that a column can't hold.
                (0x6602_301F, Value::str("one of several")),
                (0x6601_0005, Value::F64(f64::NAN)),
            ],
        ),
    ];
    let (outcome, items) = import(dir.path(), &stream(&Header::default(), frames), ImportOptions::default());
    assert!(outcome.error.is_none());
    let of_strings = items[0].findings.iter().filter(|f| f.expected.contains("in both")).map(|f| f.effect);
    assert_eq!(of_strings.collect::<Vec<_>>(), [Effect::Notice; 2]);
    let narrow = "SELECT COUNT(*) FROM message_properties WHERE proptag & 0xFFFF = 0x1E OR proptag=0x0037001F";
    assert_eq!(number(&database(dir.path()), narrow), 0);
    let stored = Mailbox::open(dir.path()).unwrap().message(0x1D_0001).unwrap().unwrap();
    assert!(stored.findings.is_empty(), "{:?}", stored.findings);
    let back = &stored.frame.message.props;
    let text = |tag| back.str(PropTag(tag)).map(str::to_owned);
    let bytes = |tag| back.get(PropTag(tag)).map(|value| format!("{value:?}"));
    assert_eq!(text(0x0037_001F).as_deref(), Some("wide"));
    assert_eq!(text(0x0C1A_001F).as_deref(), Some("Närrow"));
    assert_eq!(text(0x1000_001F).as_deref(), Some("the säme"));
    assert_eq!(text(0x6602_301F).as_deref(), Some("one of several"));
    assert_eq!(bytes(0x0037_001E), Some(format!("{:?}", Value::Str8(b"narrow"[..].into()))));
    assert_eq!(bytes(0x0C1A_001E), Some(format!("{:?}", Value::Str8(b"Wide"[..].into()))));
    assert_eq!(bytes(0x1000_001E), None);
    assert_sound(dir.path());
}

/// The quota of a mailbox holds for imports, too.
#[test]
fn a_full_mailbox_takes_no_messages() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path(), options()).unwrap());
    database(dir.path()).execute("INSERT INTO store_properties VALUES (0x3FF50003, 4)", []).unwrap();
    let body = || Value::str("x".repeat(3000));
    let frames = vec![
        folder(1, NOWHERE, "Mail"),
        message(2, 1, [(0x1000_001F, body())]),
        message(3, 1, [(0x1000_001F, body())]),
        message(4, 1, []),
    ];
    let (outcome, _) = import(dir.path(), &stream(&Header::default(), frames), ImportOptions::default());
    let error = outcome.error.unwrap();
    assert_eq!(error.kind(), pffkit::ErrorKind::Target);
    assert!(error.message().contains("quota (store property 3FF50003) is 4 KiB, and it holds 6"), "{error}");
    assert_eq!(outcome.totals.messages, 2);
    assert_sound(dir.path());
}

#[test]
fn attachments_of_embedded_messages_count() {
    let dir = tempfile::tempdir().unwrap();
    let around = |embedded: Message<'static>| Message {
        attachments: vec![Attachment {
            props: props([(0x3705_0003, Value::I32(5))]),
            embedded: Some(Box::new(embedded)),
        }],
        ..Message::default()
    };
    let bytes =
        stream(&Header::default(), vec![folder(1, NOWHERE, "Mail"), whole_message(2, 1, around(around(example())))]);
    let (outcome, _) = import(dir.path(), &bytes, ImportOptions::default());
    let mailbox = Mailbox::open(dir.path()).unwrap();
    assert_eq!(mailbox.totals(&mailbox.folders().unwrap()).unwrap().attachments, outcome.totals.attachments);
    assert_eq!(outcome.totals.attachments, 4);
}

#[test]
fn a_full_table_of_names_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path(), super::options()).unwrap());
    // One row is left, which the property of kept values needs.
    let db = database(dir.path());
    db.execute_batch("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<28671)
        INSERT INTO named_properties (name_string) SELECT 'GUID=00020329-0000-0000-c000-000000000046,NAME=filler-' || i FROM n;
        INSERT INTO named_properties (name_string) VALUES ('GUID=00020329-0000-0000-c000-000000000046,NAME=pffkit:kept')").unwrap();
    drop(db);
    let name = PropName::lid(PSETID_COMMON, 0x8503);
    let frames = vec![
        folder(1, NOWHERE, "Mail"),
        named(0x8001_0000, name.clone()),
        message(2, 1, [(0x8001_0003, Value::I32(11))]),
    ];
    let (outcome, items) = import(dir.path(), &stream(&Header::default(), frames), ImportOptions::default());
    assert!(outcome.error.is_none());
    assert_eq!(items.len(), 1);
    let stored = Mailbox::open(dir.path()).unwrap().message(0x1D_0001).unwrap().unwrap();
    let tag = PropTag(0xFFFE_0003);
    assert_eq!((stored.frame.message.props.int(tag), stored.names.get(tag)), (Some(11), Some(&name)));
    assert_sound(dir.path());
}

#[test]
fn parts_that_contradict_the_subject_are_kept_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let frames = vec![
        folder(1, NOWHERE, "Mail"),
        message(
            2,
            1,
            [(0x0037_001F, Value::str("RE: one")), (0x003D_001F, Value::str("FW: ")), (0x0E1D_001F, Value::str("two"))],
        ),
    ];
    import_frames(dir.path(), frames);
    let db = database(dir.path());
    let rows =
        texts(&db, "SELECT propval FROM message_properties WHERE proptag IN (0x003D001F, 0x0E1D001F) ORDER BY proptag");
    assert_eq!(rows, ["RE: ", "one"]);
    let stored = Mailbox::open(dir.path()).unwrap().message(0x1D_0001).unwrap().unwrap();
    let back = |tag| stored.frame.message.props.str(PropTag(tag)).unwrap();
    assert_eq!([back(0x0037_001F), back(0x003D_001F), back(0x0E1D_001F)], ["RE: one", "FW: ", "two"]);
}

#[test]
fn the_original_text_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let Frame::Message(mut frame) = message(2, 1, []) else { unreachable!() };
    frame.rfc822 = b"Subject: x\r\n\r\ny"[..].into();
    import_frames(dir.path(), vec![folder(1, NOWHERE, "Mail"), Frame::Message(frame)]);
    let stored = Mailbox::open(dir.path()).unwrap().message(0x1D_0001).unwrap().unwrap();
    assert_eq!(*stored.frame.rfc822, *b"Subject: x\r\n\r\ny");
}

/// Content that promises more than it gives, or can't be fetched.
struct Broken(bool);

impl pffkit::mapi::Content for Broken {
    fn len(&self) -> u64 {
        100
    }
    fn copy_to(&self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        if self.0 { out.write_all(b"less") } else { Err(std::io::Error::other("the disk is on fire")) }
    }
}

#[test]
fn a_message_that_fails_leaves_nothing() {
    use pffkit::damage::Findings;
    use pffkit::exm::{FolderId, Target};
    use pffkit::mapi::Stream;
    use pffkit::mt::NameMap;

    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), super::options()).unwrap();
    let mut write = |message: Message<'_>| {
        let frame = MessageFrame { nid: 1, parent: in_folder(0), message, rfc822: b""[..].into() };
        store.write_message(FolderId(0x0D), frame, &NameMap::default(), &Findings::new())
    };
    write(example()).unwrap();
    for short in [true, false] {
        // It fails behind the rows of the message, its recipients and its first attachment.
        let mut message = example();
        let data = Value::Stream(Stream::new(Broken(short)));
        message.attachments.push(Attachment { props: props([(0x3701_0102, data)]), embedded: None });
        let error = write(message).unwrap_err();
        assert_eq!(error.kind(), pffkit::ErrorKind::Target, "{error}");
    }
    write(example()).unwrap();
    store.commit().unwrap();
    drop(store);
    let db = database(dir.path());
    assert_eq!(number(&db, "SELECT COUNT(*) FROM messages WHERE parent_fid=13"), 2);
    assert_eq!(number(&db, "SELECT COUNT(*) FROM messages"), 4);
    assert_eq!(number(&db, "SELECT COUNT(*) FROM attachments"), 4);
    assert_sound(dir.path());
}

/// Files in which one name has two ids are common; the values are mostly the same then.
#[test]
fn one_name_of_two_ids() {
    let dir = tempfile::tempdir().unwrap();
    let name = PropName::lid(PSETID_COMMON, 0x8503);
    let twice = |nid, other| message(nid, 1, [(0x8001_0003, Value::I32(7)), (0x8002_0003, Value::I32(other))]);
    let frames = vec![
        folder(1, NOWHERE, "Mail"),
        named(0x8001_0000, name.clone()),
        named(0x8002_0000, name.clone()),
        twice(2, 7),
        twice(3, 8),
    ];
    let (outcome, items) = import(dir.path(), &stream(&Header::default(), frames), ImportOptions::default());
    assert!(outcome.error.is_none());
    let reported: Vec<_> = items.iter().map(|item| item.nid).collect();
    assert_eq!(reported, [Some(3)]);
    let mut mailbox = Mailbox::open(dir.path()).unwrap();
    for (id, expected) in [(0x1D_0001, vec![7]), (0x1D_0002, vec![7, 8])] {
        let stored = mailbox.message(id).unwrap().unwrap();
        let props = stored.frame.message.props.iter();
        let values: Vec<_> =
            props.filter(|(tag, _)| stored.names.get(*tag) == Some(&name)).map(|(_, v)| v.as_int().unwrap()).collect();
        assert_eq!(values, expected);
    }
}
