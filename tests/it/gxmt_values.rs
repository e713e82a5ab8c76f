//! The encoding of property values, byte for byte as gxmt(5) has it.

use pffkit::ErrorKind;
use pffkit::mapi::restriction::{Action, ActionData, Actions, Destination, RelOp, Restriction, StoreEntryId, Template};
use pffkit::mapi::{Guid, PropTag, PropType, Value};
use pffkit::mt::ext::{Flags, decode_value, encode_value};

/// The bytes that hexadecimal digits, with blanks anywhere, stand for.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}

/// `value` encodes to exactly `bytes`, and these decode to it.
fn same(typ: PropType, value: Value<'static>, flags: Flags, bytes: &str) {
    let bytes = hex(bytes);
    assert_eq!(encode_value(&value, typ, flags).unwrap(), bytes, "{value:?}");
    let decoded = decode_value(typ, &bytes, flags).unwrap();
    assert_eq!(format!("{decoded:?}"), format!("{value:?}"));
    for end in 0..bytes.len() {
        let e = decode_value(typ, &bytes[..end], flags).expect_err("a value that is cut");
        assert_eq!(e.kind(), ErrorKind::Stream, "{value:?} cut at {end}: {e}");
    }
}

const GUID: Guid = Guid::new(0x0006_2008, 0, 0, [0xC0, 0, 0, 0, 0, 0, 0, 0x46]);
const GUID_HEX: &str = "08200600 0000 0000 c000000000000046";

#[test]
fn single_values() {
    let wide = |typ, value, bytes: &str| same(typ, value, Flags::WIDE, bytes);
    wide(PropType::SHORT, Value::I16(-2), "fe ff");
    wide(PropType::LONG, Value::I32(0x0102_0304), "04 03 02 01");
    wide(PropType::ERROR, Value::I32(-1), "ff ff ff ff");
    wide(PropType::FLOAT, Value::F32(1.5), "00 00 c0 3f");
    wide(PropType::DOUBLE, Value::F64(-2.0), "00 00 00 00 00 00 00 c0");
    wide(PropType::APPTIME, Value::F64(-2.0), "00 00 00 00 00 00 00 c0");
    wide(PropType::CURRENCY, Value::I64(-10_000), "f0 d8 ff ff ff ff ff ff");
    wide(PropType::I8, Value::I64(1), "01 00 00 00 00 00 00 00");
    wide(PropType::SYSTIME, Value::I64(116_444_736_000_000_000), "00 80 3e d5 de b1 9d 01");
    wide(PropType::BOOLEAN, Value::Bool(2), "02");
    wide(PropType::STRING8, Value::Str8(b"a\xFF".as_slice().into()), "61 ff 00");
    wide(PropType::UNICODE, Value::str("Grüße"), "47 72 c3 bc c3 9f 65 00");
    wide(PropType::UNICODE, Value::str(""), "00");
    wide(PropType(0x301F), Value::str("instance"), "69 6e 73 74 61 6e 63 65 00");
    wide(PropType::CLSID, Value::Guid(GUID), GUID_HEX);
    wide(PropType::BINARY, Value::bin(b"ab".as_slice()), "02 00 00 00 61 62");
    wide(PropType::OBJECT, Value::bin(b"".as_slice()), "00 00 00 00");
    wide(PropType::SVREID, Value::SvrEid(hex("00 aa bb").into()), "03 00 00 aa bb");
    let ours = "01 0100000000000002 0300000000000004 05000000";
    wide(PropType::SVREID, Value::SvrEid(hex(ours).into()), &format!("15 00 {ours}"));
}

#[test]
fn lists() {
    let wide = |typ, value, bytes: &str| same(typ, value, Flags::WIDE, bytes);
    wide(PropType::MV_SHORT, Value::MvI16(vec![1, -1]), "02 00 00 00 01 00 ff ff");
    wide(PropType::MV_LONG, Value::MvI32(vec![7]), "01 00 00 00 07 00 00 00");
    wide(PropType::MV_FLOAT, Value::MvF32(vec![1.5]), "01 00 00 00 00 00 c0 3f");
    wide(PropType::MV_DOUBLE, Value::MvF64(vec![-2.0]), "01 00 00 00 00 00 00 00 00 00 00 c0");
    wide(PropType::MV_APPTIME, Value::MvF64(vec![]), "00 00 00 00");
    wide(PropType::MV_CURRENCY, Value::MvI64(vec![1]), "01 00 00 00 01 00 00 00 00 00 00 00");
    wide(PropType::MV_I8, Value::MvI64(vec![-1]), "01 00 00 00 ff ff ff ff ff ff ff ff");
    wide(PropType::MV_SYSTIME, Value::MvI64(vec![]), "00 00 00 00");
    wide(PropType::MV_STRING8, Value::MvStr8(vec![b"\xE4".as_slice().into()]), "01 00 00 00 e4 00");
    wide(PropType::MV_UNICODE, Value::MvStr(vec!["".into(), "ä".into()]), "02 00 00 00 00 c3 a4 00");
    wide(PropType::MV_CLSID, Value::MvGuid(vec![GUID]), &format!("01 00 00 00 {GUID_HEX}"));
    let binaries = || Value::MvBin(vec![b"abc".as_slice().into(), b"".as_slice().into()]);
    wide(PropType::MV_BINARY, binaries(), "02 00 00 00 03 00 00 00 61 62 63 00 00 00 00");
    same(PropType::MV_BINARY, binaries(), Flags::NARROW, "02 00 00 00 03 00 61 62 63 00 00");
}

#[test]
fn an_unspecified_value_is_what_it_says() {
    let value = decode_value(PropType::UNSPECIFIED, &hex("03 00 07 00 00 00"), Flags::WIDE).unwrap();
    assert!(matches!(value, Value::I32(7)));
    decode_value(PropType::UNSPECIFIED, &hex("00 00 03 00 07 00 00 00"), Flags::WIDE).unwrap_err();
}

fn tag(n: u32) -> PropTag {
    PropTag(n)
}

fn restriction(restriction: Restriction, flags: Flags, bytes: &str) {
    same(PropType::SRESTRICTION, Value::Restriction(Box::new(restriction)), flags, bytes);
}

#[test]
fn restrictions() {
    let exist = || Restriction::Exist(tag(0x0037_001F));
    let exist_hex = "08 1f 00 37 00";
    let class = || (tag(0x001A_001F), Value::str("IPM"));
    let class_hex = "1f 00 1a 00 49 50 4d 00";
    let wide = |value, bytes: String| restriction(value, Flags::WIDE, &bytes);
    wide(Restriction::And(vec![exist(), Restriction::Null]), format!("00 02 00 00 00 {exist_hex} ff"));
    wide(Restriction::Or(vec![]), "01 00 00 00 00".into());
    restriction(Restriction::And(vec![exist()]), Flags::NARROW, &format!("00 01 00 {exist_hex}"));
    restriction(Restriction::Or(vec![exist()]), Flags::NARROW, &format!("01 01 00 {exist_hex}"));
    wide(Restriction::Not(Box::new(exist())), format!("02 {exist_hex}"));
    let content = Restriction::Content { fuzzy: 0x1_0002, tag: tag(0x001A_001F), value: class() };
    wide(content, format!("03 02 00 01 00 1f 00 1a 00 {class_hex}"));
    let property = Restriction::Property { relop: RelOp::NE, tag: tag(0x001A_001F), value: class() };
    wide(property, format!("04 05 1f 00 1a 00 {class_hex}"));
    let compare = Restriction::Compare { relop: RelOp::LE, left: tag(0x3007_0040), right: tag(0x3008_0040) };
    wide(compare, "05 01 40 00 07 30 40 00 08 30".into());
    let bits = Restriction::Bitmask { relop: 1, tag: tag(0x0E07_0003), mask: 0x10 };
    wide(bits, "06 01 03 00 07 0e 10 00 00 00".into());
    let size = Restriction::Size { relop: RelOp::GT, tag: tag(0x1000_001F), size: 4096 };
    wide(size, "07 02 1f 00 00 10 00 10 00 00".into());
    wide(exist(), exist_hex.into());
    let sub = Restriction::SubObject { tag: tag(0x0E12_000D), inner: Box::new(exist()) };
    wide(sub, format!("09 0d 00 12 0e {exist_hex}"));
    let comment = Restriction::Comment { props: vec![class()], inner: Some(Box::new(exist())) };
    wide(comment, format!("0a 01 {class_hex} 01 {exist_hex}"));
    let annotation = Restriction::Annotation { props: vec![class()], inner: None };
    wide(annotation, format!("0c 01 {class_hex} 00"));
    let count = Restriction::Count { count: 3, inner: Box::new(exist()) };
    wide(count, format!("0b 03 00 00 00 {exist_hex}"));
    wide(Restriction::Null, "ff".into());
}

fn action(flags: Flags, data: ActionData, bytes: &str) {
    let actions = Actions(vec![Action { flavor: 1, flags: 0x0203, data }]);
    same(PropType::ACTIONS, Value::Actions(Box::new(actions)), flags, &format!("01 00 {bytes}"));
}

#[test]
fn actions() {
    const HEAD: &str = "01 00 00 00 03 02 00 00";
    let wide = |data, bytes: String| action(Flags::WIDE, data, &bytes);
    let ours = "01 0d00000000000001 0000000000000000 00000000";
    let same_store = || Destination::SameStore(hex(ours));
    wide(ActionData::Move(same_store()), format!("24 00 01 {HEAD} 01 01 00 00 15 00 {ours}"));
    wide(ActionData::Copy(same_store()), format!("24 00 02 {HEAD} 01 01 00 00 15 00 {ours}"));

    let store = StoreEntryId::Wrapped {
        flags: 0,
        wrapped_flags: 0,
        provider: GUID,
        kind: 0xC,
        server: "s".into(),
        dn: "/o=x".into(),
    };
    let wrapped = format!(
        "00000000 38a1bb1005e5101aa1bb08002b2a56c2 00 00 656d736d64622e646c6c00000000 00000000 {GUID_HEX} 0c000000 \
         73 00 2f 6f 3d 78 00"
    );
    // 4 + 16 + 2 + 14 + 4 + 16 + 4 + 2 + 5 bytes of entry id.
    let other = Destination::OtherStore { store: store.clone(), folder: vec![0xAA] };
    wide(ActionData::Move(other.clone()), format!("54 00 01 {HEAD} 00 43 00 {wrapped} 01 00 00 00 aa"));
    action(Flags::NARROW, ActionData::Move(other), &format!("52 00 01 {HEAD} 00 43 00 {wrapped} 01 00 aa"));
    let short = Destination::OtherStore { store: StoreEntryId::Guid { flags: 1, guid: GUID }, folder: vec![] };
    let short_hex = format!("01000000 38a1bb1005e5101aa1bb08002b2a56c2 00 01 {GUID_HEX}");
    wide(ActionData::Copy(short), format!("36 00 02 {HEAD} 00 26 00 {short_hex} 00 00 00 00"));

    let template = || Template { folder: 1, message: 2, guid: GUID };
    let template_hex = format!("0100000000000000 0200000000000000 {GUID_HEX}");
    wide(ActionData::Reply(template()), format!("29 00 03 {HEAD} {template_hex}"));
    wide(ActionData::OofReply(template()), format!("29 00 04 {HEAD} {template_hex}"));
    wide(ActionData::Defer(vec![9, 8, 7]), format!("0c 00 05 {HEAD} 09 08 07"));
    wide(ActionData::Bounce(13), format!("0d 00 06 {HEAD} 0d 00 00 00"));
    let recipients = || vec![vec![(tag(0x3001_001F), Value::str("A")), (tag(0x0C15_0003), Value::I32(1))]];
    let recipients_hex = "01 00 00 02 00 1f 00 01 30 41 00 03 00 15 0c 01 00 00 00";
    wide(ActionData::Forward(recipients()), format!("1c 00 07 {HEAD} {recipients_hex}"));
    wide(ActionData::Delegate(recipients()), format!("1c 00 08 {HEAD} {recipients_hex}"));
    wide(ActionData::Tag((tag(0x0E07_0003), Value::I32(1))), format!("11 00 09 {HEAD} 03 00 07 0e 01 00 00 00"));
    wide(ActionData::Delete, format!("09 00 0a {HEAD}"));
    wide(ActionData::MarkAsRead, format!("09 00 0b {HEAD}"));
}

#[test]
fn surplus_bytes_of_an_action_are_passed_over() {
    let bytes = hex("02 00  0b 00 0a 00000000 00000000 ee ee  09 00 0b 00000000 00000000");
    let Value::Actions(actions) = decode_value(PropType::ACTIONS, &bytes, Flags::WIDE).unwrap() else { panic!() };
    assert!(matches!(
        actions.0.as_slice(),
        [Action { data: ActionData::Delete, .. }, Action { data: ActionData::MarkAsRead, .. }]
    ));
}

fn refused(value: Value<'_>, typ: PropType, flags: Flags) -> ErrorKind {
    encode_value(&value, typ, flags).unwrap_err().kind()
}

#[test]
fn what_has_no_encoding_is_refused() {
    let stream = ErrorKind::Stream;
    assert_eq!(refused(Value::Null, PropType::NULL, Flags::WIDE), stream);
    assert_eq!(refused(Value::I32(1), PropType::SHORT, Flags::WIDE), stream);
    assert_eq!(refused(Value::I32(1), PropType::UNSPECIFIED, Flags::WIDE), stream);
    assert_eq!(refused(Value::I32(1), PropType(0x000C), Flags::WIDE), stream);
    assert_eq!(refused(Value::str("a\0b"), PropType::UNICODE, Flags::WIDE), stream);
    assert_eq!(refused(Value::MvStr(vec!["\0".into()]), PropType::MV_UNICODE, Flags::WIDE), stream);
    assert_eq!(refused(Value::SvrEid(hex("01 02").into()), PropType::SVREID, Flags::WIDE), stream);
    assert_eq!(refused(Value::SvrEid(hex("").into()), PropType::SVREID, Flags::WIDE), stream);
    assert_eq!(refused(Value::Actions(Box::new(Actions(vec![]))), PropType::ACTIONS, Flags::WIDE), stream);
    let no_remarks = Restriction::Comment { props: vec![], inner: None };
    assert_eq!(refused(Value::Restriction(Box::new(no_remarks)), PropType::SRESTRICTION, Flags::WIDE), stream);

    let long = Value::MvBin(vec![vec![0; 65_536].into()]);
    encode_value(&long, PropType::MV_BINARY, Flags::WIDE).unwrap();
    assert_eq!(refused(long, PropType::MV_BINARY, Flags::NARROW), ErrorKind::Limit);
    for typ in [0x0001, 0x000C, 0x1001, 0x2003, 0xFFFF] {
        decode_value(PropType(typ), &[0; 64], Flags::WIDE).unwrap_err();
    }
}

#[test]
fn restrictions_are_nested_only_so_deep() {
    let nested = |levels: usize| (1..levels).fold(Restriction::Null, |inner, _| Restriction::Not(Box::new(inner)));
    let encoded = encode_value(&Value::Restriction(Box::new(nested(64))), PropType::SRESTRICTION, Flags::WIDE).unwrap();
    decode_value(PropType::SRESTRICTION, &encoded, Flags::WIDE).unwrap();
    let deep = Value::Restriction(Box::new(nested(65)));
    assert_eq!(refused(deep, PropType::SRESTRICTION, Flags::WIDE), ErrorKind::Limit);
    // Also where each level hides in the value of a property.
    let mut bytes = vec![];
    for _ in 0..100_000 {
        bytes.extend(hex("04 04 fd 00 37 00 fd 00 37 00"));
    }
    let e = decode_value(PropType::SRESTRICTION, &bytes, Flags::WIDE).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    let e = decode_value(PropType::SRESTRICTION, &[2; 1 << 20], Flags::WIDE).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
}
