use super::keys::*;
use super::*;
use crate::mapi::{PropTag, Value};
use crate::mime::testing::{Stage, at, text as value, unfolded};
use crate::mime::{Key, tags};

fn lines(stage: &Stage, message: &Message<'_>, version: Version) -> Vec<String> {
    let mut out = Vec::new();
    assert!(write(message, stage.context(), version, &mut out).unwrap());
    unfolded(out)
}

fn has(lines: &[String], expected: &[&str]) {
    for line in expected {
        assert!(lines.iter().any(|l| l == line), "{line} is not in {lines:#?}");
    }
}

/// The lines of the vCard of `message` that hold e-mail addresses.
fn emails(stage: &Stage, message: &Message<'_>) -> Vec<String> {
    let mut lines = lines(stage, message, Version::V4);
    lines.retain(|line| line.contains("EMAIL"));
    lines
}

fn contact(stage: &mut Stage) -> Message<'static> {
    let set = vec![
        (Key::Tag(pr::DISPLAY_NAME), value("Dr. Jane Q. Doe Jr.")),
        (SURNAME, value("Doe")),
        (GIVEN_NAME, value("Jane")),
        (MIDDLE_NAME, value("Q.")),
        (PREFIX, value("Dr.")),
        (GENERATION, value("Jr.")),
        (FILE_UNDER, value("Doe, Jane")),
        (COMPANY, value("A; B")),
        (DEPARTMENT, value("R&D")),
        (NICKNAME, value("JD")),
        (PROFESSION, value("Physicist")),
        (text(0x3A08), value("+49 30 1")),
        (text(0x3A1C), value("+49 170 1")),
        (text(0x3A24), value("+49 30 2")),
        (text(0x3A1A), value("+49 30 3")),
        (WORK_ADDRESS.street, value("Street 1\r\nBack")),
        (WORK_ADDRESS.city, value("Berlin")),
        (WORK_ADDRESS.label, value("Street 1\r\nBerlin")),
        (OFFICE, value("Room 5")),
        (OTHER_ADDRESS.country, value("Chile")),
        (POSTAL_ADDRESS_ID, Value::I32(2)),
        (WORK_PAGE, value("https://example.org/a b")),
        (HTML, value("https://example.org/a b")),
        (INSTANT_MESSAGING, value("jane")),
        (BIRTHDAY, at("1969-12-30T23:00:00")),
        (ANNIVERSARY_LOCAL, at("2001-06-01T00:00:00")),
        (SPOUSE, value("Joe")),
        (CHILDREN, Value::MvStr(vec!["A".into(), "B".into()])),
        (MANAGER, value("Boss")),
        (KEYWORDS, Value::MvStr(vec!["x".into(), "y".into()])),
        (COMPANIES, Value::MvStr(vec!["A; B".into(), "C".into()])),
        (CONTACTS, Value::MvStr(vec!["Joe".into()])),
        (address(0x80B3), value("Jane@+49 30 2")),
        (GENDER, Value::I16(1)),
        (address(0x8083), value("jane@example.org")),
        (address(0x8092), value("EX")),
        (address(0x8093), value("/o=Org/cn=jane")),
        (address(0x8094), value("jane.doe@example.org")),
        (address(0x80A2), value("FAX")),
        (address(0x80A3), value("Jane@+49 30 2")),
        (Key::Tag(pr::LAST_MODIFICATION_TIME), at("2024-01-01T00:00:00")),
        (Key::Tag(pr::BODY), value("Note\r\n2")),
    ];
    stage.message("IPM.Contact", set)
}

#[test]
fn version_4() {
    let mut stage = Stage::default();
    let message = contact(&mut stage);
    let lines = lines(&stage, &message, Version::V4);
    assert_eq!(lines[..2], ["BEGIN:VCARD", "VERSION:4.0"]);
    has(
        &lines,
        &[
            "FN:Dr. Jane Q. Doe Jr.",
            "N;SORT-AS=\"Doe, Jane\":Doe;Jane;Q.;Dr.;Jr.",
            "ORG:A\\; B;R&D",
            "NICKNAME:JD",
            "ROLE:Physicist",
            "TEL;TYPE=\"work,voice\":+49 30 1",
            "TEL;TYPE=cell:+49 170 1",
            "TEL;TYPE=\"work,fax\":+49 30 2",
            "TEL;TYPE=voice;PREF=1:+49 30 3",
            "ADR;TYPE=work;LABEL=Street 1^nBerlin;PREF=1:;Room 5;Street 1\\nBack;Berlin;;;",
            "ADR:;;;;;;Chile",
            "URL;TYPE=work:https://example.org/a%20b",
            "IMPP:im:jane",
            "BDAY:19691231",
            "ANNIVERSARY:20010601",
            "RELATED;TYPE=spouse;VALUE=text:Joe",
            "RELATED;TYPE=child;VALUE=text:A",
            "RELATED;TYPE=child;VALUE=text:B",
            "RELATED;TYPE=x-manager;VALUE=text:Boss",
            "CATEGORIES:x,y",
            "X-PFFKIT-COMPANIES:A\\; B,C",
            "X-PFFKIT-CONTACTS:Joe",
            "X-PFFKIT-FAX-ADDRESS-1:Jane@+49 30 2",
            "GENDER:F",
            "EMAIL;PREF=1:jane@example.org",
            "EMAIL:jane.doe@example.org",
            "X-PFFKIT-EMAIL;TYPE=FAX:Jane@+49 30 2",
            "REV:20240101T000000Z",
            "NOTE:Note\\n2",
        ],
    );
    assert_eq!(lines.iter().filter(|line| line.starts_with("URL")).count(), 1);
    assert!(lines.iter().any(|line| line.starts_with("UID:urn:uuid:") && line.len() == 49));
}

#[test]
fn version_3() {
    let mut stage = Stage::default();
    let message = contact(&mut stage);
    has(
        &lines(&stage, &message, Version::V3),
        &[
            "VERSION:3.0",
            "N:Doe;Jane;Q.;Dr.;Jr.",
            "X-FILE-AS:Doe\\, Jane",
            "TEL;TYPE=WORK,FAX:+49 30 2",
            "TEL;TYPE=VOICE,PREF:+49 30 3",
            "EMAIL;TYPE=INTERNET,PREF:jane@example.org",
            "EMAIL;TYPE=INTERNET:jane.doe@example.org",
            "ADR;TYPE=WORK,PREF:;Room 5;Street 1\\nBack;Berlin;;;",
            "LABEL;TYPE=WORK,PREF:Street 1\\nBerlin",
            "BDAY;VALUE=date:1969-12-31",
            "X-ANNIVERSARY;VALUE=date:2001-06-01",
            "X-SPOUSE:Joe",
            "X-CHILD:B",
            "CLASS:PUBLIC",
            "REV:2024-01-01T00:00:00Z",
        ],
    );
}

#[test]
fn a_contact_of_which_little_is_known_has_a_name() {
    let mut stage = Stage::default();
    let nothing = stage.message("IPM.Contact", vec![]);
    has(&lines(&stage, &nothing, Version::V3), &["FN:Unnamed", "N:;;;;"]);
    let email = stage.message("IPM.Contact", vec![(address(0x8083), value("a@example.org"))]);
    has(&lines(&stage, &email, Version::V4), &["FN:a@example.org"]);
    let label = stage.message("IPM.Contact", vec![(WORK_ADDRESS.label, value("Street 1"))]);
    has(&lines(&stage, &label, Version::V4), &["ADR;TYPE=work;LABEL=Street 1:;;Street 1;;;;"]);
    let day = stage.message("IPM.Contact", vec![(BIRTHDAY_LOCAL, at("1604-02-29T00:00:00"))]);
    has(&lines(&stage, &day, Version::V4), &["BDAY:--0229"]);
    has(&lines(&stage, &day, Version::V3), &["BDAY;VALUE=date;X-APPLE-OMIT-YEAR=1604:1604-02-29"]);
    let mail = stage.message("IPM.Note", vec![]);
    assert!(!write(&mail, stage.context(), Version::V4, &mut Vec::new()).unwrap());
}

#[test]
fn an_address_that_only_its_display_name_tells() {
    let mut stage = Stage::default();
    let set = vec![
        (address(0x8080), value("Jane (jane@example.org)")),
        (address(0x8094), value("j@example.org")),
        (address(0x80A0), value("Nobody")),
        (EMAIL_ADDRESS, value("own@example.org")),
    ];
    let message = stage.message("IPM.Contact", set);
    assert_eq!(emails(&stage, &message), ["EMAIL;PREF=1:jane@example.org", "EMAIL:j@example.org"]);
}

#[test]
fn the_address_of_the_object_itself() {
    let mut stage = Stage::default();
    let mut of = |set| {
        let message = stage.message("IPM.AbchPerson", set);
        emails(&stage, &message)
    };
    let smtp = vec![(ADDRTYPE, value("SMTP")), (EMAIL_ADDRESS, value("a@example.org"))];
    assert_eq!(of(smtp), ["EMAIL;PREF=1:a@example.org"]);
    let x500 = || vec![(ADDRTYPE, value("EX")), (EMAIL_ADDRESS, value("/o=Org/cn=a"))];
    assert_eq!(of(x500()), ["X-PFFKIT-EMAIL;TYPE=EX:/o=Org/cn=a"]);
    assert_eq!(of([x500(), vec![(SMTP_ADDRESS, value("b@example.org"))]].concat()), ["EMAIL;PREF=1:b@example.org"]);
    let slot = vec![(address(0x8092), value("EX")), (address(0x8093), value("/o=Org/cn=a"))];
    assert_eq!(of([x500(), slot].concat()), ["X-PFFKIT-EMAIL;TYPE=EX:/o=Org/cn=a"]);
}

#[test]
fn more_than_one_number_of_a_kind() {
    let mut stage = Stage::default();
    let numbers = Value::MvStr(vec!["+49 30 1".into(), "".into(), "+49 30 2".into()]);
    let message = stage.message("IPM.Contact", vec![(text(0x3A1B), numbers), (text(0x3A2F), value("+49 30 3"))]);
    let mut numbers = lines(&stage, &message, Version::V4);
    numbers.retain(|line| line.starts_with("TEL"));
    let expected =
        ["TEL;TYPE=\"work,voice\":+49 30 1", "TEL;TYPE=\"work,voice\":+49 30 2", "TEL;TYPE=\"home,voice\":+49 30 3"];
    assert_eq!(numbers, expected);
}

#[test]
fn the_photo_and_a_file_that_has_no_place() {
    let mut stage = Stage::default();
    let mut message = contact(&mut stage);
    let data = |bytes: &[u8]| (Key::Tag(pr::ATTACH_DATA_BIN), Value::bin(bytes.to_vec()));
    let photo = stage.attachment(vec![data(b"\xff\xd8"), (CONTACT_PHOTO, Value::Bool(1))]);
    let file = stage.attachment(vec![data(b"x"), (Key::Tag(pr::ATTACH_FILENAME), value("a.txt"))]);
    message.attachments = vec![photo, file];
    has(&lines(&stage, &message, Version::V4), &["PHOTO:data:image/jpeg;base64,/9g="]);
    has(&lines(&stage, &message, Version::V3), &["PHOTO;ENCODING=b;TYPE=JPEG:/9g="]);
    assert!(!has_place_for_all(&message, stage.context()));
    message.attachments.pop();
    assert!(has_place_for_all(&message, stage.context()));
    let mut list = stage.message("IPM.DistList", vec![]);
    list.attachments = message.attachments;
    assert!(!has_place_for_all(&list, stage.context()));
}

#[test]
fn the_type_of_a_photo() {
    let mut stage = Stage::default();
    let mut photo = |mime: &str, data: &'static [u8]| {
        let data = (Key::Tag(pr::ATTACH_DATA_BIN), Value::bin(data.to_vec()));
        let set = vec![data, (CONTACT_PHOTO, Value::Bool(1)), (Key::Tag(tags::ATTACH_MIME_TAG), value(mime))];
        let attachment = stage.attachment(set);
        let mut message = stage.message("IPM.Contact", vec![]);
        message.attachments.push(attachment);
        lines(&stage, &message, Version::V4)
            .into_iter()
            .filter(|line| line.contains("PHOTO") || line.contains("EVIL"))
            .collect::<Vec<_>>()
    };
    assert_eq!(photo("", b"\x89PNG\r\n\x1a\n0"), ["PHOTO:data:image/png;base64,iVBORw0KGgow"]);
    assert_eq!(photo("", b"GIF89a"), ["PHOTO:data:image/gif;base64,R0lGODlh"]);
    assert_eq!(photo("", b"BM1"), ["PHOTO:data:image/bmp;base64,Qk0x"]);
    assert_eq!(photo("", b"\xff\xd8\xff"), ["PHOTO:data:image/jpeg;base64,/9j/"]);
    assert_eq!(photo("image/svg+xml", b"BM1"), ["PHOTO:data:image/svg+xml;base64,Qk0x"]);
    for mime in ["image/png\r\nX-EVIL:1\r\nX:", "image/", "image/a;b,c", "text/plain"] {
        assert_eq!(photo(mime, b"BM1"), ["PHOTO:data:image/bmp;base64,Qk0x"], "{mime}");
    }
}

/// A one-off entry id ([MS-OXCDATA] 2.2.5.1).
fn one_off(parts: [&str; 3]) -> Vec<u8> {
    let mut id = vec![0; 4];
    id.extend([
        0x81, 0x2B, 0x1F, 0xA4, 0xBE, 0xA3, 0x10, 0x19, 0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02, 0, 0, 1, 0x90,
    ]);
    parts.iter().for_each(|part| id.extend(part.encode_utf16().chain([0]).flat_map(u16::to_le_bytes)));
    id
}

#[test]
fn the_members_of_a_list() {
    let mut stage = Stage::default();
    let wrapped = |kind: u8, id: &[u8]| {
        let head = [
            0, 0, 0, 0, 0xC0, 0x91, 0xAD, 0xD3, 0x51, 0x9D, 0xCF, 0x11, 0xA4, 0xA9, 0, 0xAA, 0, 0x47, 0xFA, 0xA4, kind,
        ];
        [&head[..], id].concat()
    };
    let ids = [wrapped(3, &[0; 24]), wrapped(0, &one_off(["B", "SMTP", "b@example.org"])), wrapped(4, &[0; 24])];
    let one_offs = [one_off(["A", "SMTP", "a@example.org"]), vec![], one_off(["Others", "MAPIPDL", "Unknown"])];
    let list = |ids: [Vec<u8>; 3]| Value::MvBin(ids.map(Into::into).to_vec());
    let set = vec![(LIST_NAME, value("Friends")), (MEMBERS, list(ids)), (ONE_OFF_MEMBERS, list(one_offs))];
    let message = stage.message("IPM.DistList", set);
    has(
        &lines(&stage, &message, Version::V4),
        &[
            "KIND:group",
            "FN:Friends",
            "MEMBER;X-CN=A:mailto:a@example.org",
            "MEMBER;X-CN=B:mailto:b@example.org",
            "X-PFFKIT-MEMBER;TYPE=MAPIPDL;X-CN=Others:Unknown",
        ],
    );
    let findings = stage.findings();
    assert!(findings.len() == 1 && findings[0].to_string().contains("member 3 of 3"), "{findings:?}");
    has(
        &lines(&stage, &message, Version::V3),
        &["X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER;X-CN=A:mailto:a@example.org"],
    );
}

#[test]
fn members_without_an_address_of_the_internet() {
    let mut stage = Stage::default();
    let one_offs = [
        one_off(["J", "EX", "/o=Org/cn=J"]),
        one_off(["", "SMTP", "jö@example.org"]),
        one_off(["Doe; J", "", "a\r\nX-EVIL:1"]),
        vec![],
    ];
    let ids = [vec![], vec![], vec![], vec![0, 0xAB]];
    let list = |ids: [Vec<u8>; 4]| Value::MvBin(ids.map(Into::into).to_vec());
    let message = stage.message("IPM.DistList", vec![(MEMBERS, list(ids)), (ONE_OFF_MEMBERS, list(one_offs))]);
    let mut members = lines(&stage, &message, Version::V4);
    members.retain(|line| line.contains("MEMBER") || line.contains("EVIL"));
    let expected = [
        "X-PFFKIT-MEMBER;TYPE=EX;X-CN=J:/o=Org/cn=J",
        "X-PFFKIT-MEMBER;TYPE=SMTP:jö@example.org",
        "X-PFFKIT-MEMBER;TYPE=unknown;X-CN=\"Doe; J\":a\\nX-EVIL:1",
        "X-PFFKIT-MEMBER;TYPE=entry-id:00ab",
    ];
    assert_eq!(members, expected);
    assert_eq!(stage.findings().len(), 4);
}

#[test]
fn the_members_of_a_long_list() {
    let blocks = |parts: [&[u8]; 3]| parts.map(|part| [&(part.len() as u32).to_le_bytes(), part].concat()).concat();
    let head = [1_u32, 0, 0, 2, 0, 0, 0].map(u32::to_le_bytes).concat();
    let first = blocks([&one_off(["A", "SMTP", "a@example.org"]), &[], &[]]);
    let second = blocks([&[0; 30], &one_off(["B", "SMTP", "b@example.org"]), b"extra"]);
    let whole = [head, first.clone(), second, vec![0; 8]].concat();
    let members = |stream: &[u8]| {
        let mut stage = Stage::default();
        let old = Value::MvBin(vec![one_off(["Old", "SMTP", "old@example.org"]).into()]);
        let set = vec![(LIST_STREAM, Value::bin(stream.to_vec())), (ONE_OFF_MEMBERS, old)];
        let message = stage.message("IPM.DistList", set);
        let lines = lines(&stage, &message, Version::V4);
        let found: Vec<String> = lines.into_iter().filter(|line| line.starts_with("MEMBER")).collect();
        (found, stage.findings().len())
    };
    let (a, b) = ("MEMBER;X-CN=A:mailto:a@example.org".to_owned(), "MEMBER;X-CN=B:mailto:b@example.org".to_owned());
    assert_eq!(members(&whole), (vec![a.clone(), b], 0));
    assert_eq!(members(&whole[..28 + first.len() + 9]), (vec![a], 1));
    assert_eq!(members(&[1]), (vec![], 1));
}

#[test]
fn a_certificate() {
    let mut stage = Stage::default();
    let value = Value::MvBin(vec![vec![3, 0, 6, 0, 0x30, 0x82].into()]);
    let props = stage.message("IPM.Contact", vec![(Key::Tag(PropTag(0x3A70_1102)), value)]);
    has(&lines(&stage, &props, Version::V4), &["KEY:data:application/pkix-cert;base64,MII="]);
    has(&lines(&stage, &props, Version::V3), &["KEY;ENCODING=b;TYPE=X509:MII="]);
}
