//! `sample.pst`: the small mailbox of Jane Doe, with items of every class.

use pffkit::mapi::guid::*;
use pffkit::mapi::{Guid, PropName, PropTag, PropType, Value};
use pffkit::messaging::write::nid::{DELETED_ITEMS, IPM_SUBTREE, SEARCH_ROOT};
use pffkit::ndb::Nid;

use super::build::*;

/// The folders that the sample's items go to.
struct Folders {
    inbox: Nid,
    sent: Nid,
    drafts: Nid,
    calendar: Nid,
    contacts: Nid,
    tasks: Nid,
    notes: Nid,
    journal: Nid,
    junk: Nid,
    year: Nid,
}

/// What the sample's attachments are, for the tests that compare them.
pub fn report_pdf() -> Vec<u8> {
    [b"%PDF-1.4\n", noise(1, 90_000).as_slice(), b"\n%%EOF\n"].concat()
}

pub fn photo_jpg() -> Vec<u8> {
    [b"\xFF\xD8\xFF\xE0\0\x10JFIF\0", noise(2, 12_000).as_slice(), b"\xFF\xD9"].concat()
}

pub fn logo_png() -> Vec<u8> {
    [b"\x89PNG\r\n\x1A\n", noise(3, 3_000).as_slice()].concat()
}

/// A body of several blocks.
pub fn long_body() -> String {
    (1..=900).map(|n| format!("Line {n} of the minutes: nothing was decided, everything was noted.\r\n")).collect()
}

pub fn fill(store: &mut Store<'_>) {
    let f = folders(store);
    mail(store, &f);
    mail_in_many_languages(store, &f);
    mail_with_attachments(store, &f);
    calendar(store, &f);
    people(store, &f);
    tasks_notes_and_journal(store, &f);
    hidden(store, &f);
    searches(store, &f);
}

fn folders(store: &mut Store<'_>) -> Folders {
    let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
    let outbox = folder(store, IPM_SUBTREE, "Outbox", "IPF.Note");
    let sent = folder(store, IPM_SUBTREE, "Sent Items", "IPF.Note");
    let calendar = folder(store, IPM_SUBTREE, "Calendar", "IPF.Appointment");
    let contacts = folder(store, IPM_SUBTREE, "Contacts", "IPF.Contact");
    let drafts = folder(store, IPM_SUBTREE, "Drafts", "IPF.Note");
    let journal = folder(store, IPM_SUBTREE, "Journal", "IPF.Journal");
    let junk = folder(store, IPM_SUBTREE, "Junk E-mail", "IPF.Note");
    let notes = folder(store, IPM_SUBTREE, "Notes", "IPF.StickyNote");
    let tasks = folder(store, IPM_SUBTREE, "Tasks", "IPF.Task");
    let projects = folder(store, inbox, "Projects", "IPF.Note");
    let year = folder(store, projects, "2024", "IPF.Note");
    let special = [
        (0x36D0_0102, calendar),
        (0x36D1_0102, contacts),
        (0x36D2_0102, journal),
        (0x36D3_0102, notes),
        (0x36D4_0102, tasks),
        (0x36D7_0102, drafts),
    ];
    for place in [inbox, Nid::ROOT_FOLDER] {
        for (tag, folder) in special {
            let id = Value::bin(store.entry_id(folder));
            store.folder_props(place).unwrap().set(PropTag(tag), id);
        }
        let none: Vec<u8> = Vec::new();
        let others = [none.clone(), none.clone(), none.clone(), none, store.entry_id(junk)];
        let ids = Value::MvBin(others.into_iter().map(Into::into).collect());
        store.folder_props(place).unwrap().set(PropTag(0x36D8_1102), ids);
    }
    let (outbox, sent_id) = (store.entry_id(outbox), store.entry_id(sent));
    store.props.set(PropTag(0x35E2_0102), Value::bin(outbox));
    store.props.set(PropTag(0x35E4_0102), Value::bin(sent_id));
    store.props.set(PropTag(0x35DF_0003), Value::I32(0x89 | 2 | 4 | 0x10));
    store.set_receive_folder("", inbox);
    store.set_receive_folder("IPM", inbox);
    Folders { inbox, sent, drafts, calendar, contacts, tasks, notes, journal, junk, year }
}

fn mail(store: &mut Store<'_>, f: &Folders) {
    let keywords = PropName::string(PS_PUBLIC_STRINGS, "Keywords");
    Item::mail("Welcome to your mailbox", MONDAY)
        .from("John Smith", "john@example.com")
        .to("Jane Doe", "jane@example.org")
        .recipient(2, "Karl Müller", "karl@example.net")
        .recipient(3, "Secret Reader", "secret@example.net")
        .body("Dear Jane,\r\n\r\nthis mailbox holds an item of every kind.\r\n\r\nJohn\r\n")
        .set(
            0x007D_001F,
            text("Received: from mx.example.com by mx.example.org\r\nSubject: Welcome to your mailbox\r\n"),
        )
        .set(0x0071_0102, Value::bin(noise(10, 22)))
        .unread()
        .put(store, f.inbox);
    Item::mail("RE: Welcome to your mailbox", MONDAY + 2 * HOUR)
        .set(0x003D_001F, text("RE: "))
        .set(0x0070_001F, text("Welcome to your mailbox"))
        .set(0x1042_001F, text(&format!("<{MONDAY}@example.org>")))
        .to("John Smith", "john@example.com")
        .body("Thank you!\r\n")
        .put(store, f.sent);
    Item::mail("Minutes", MONDAY + DAY).to("All", "all@example.org").body(&long_body()).put(store, f.year);
    Item::mail("Please act on this", MONDAY + DAY + HOUR)
        .from("John Smith", "john@example.com")
        .to("Jane Doe", "jane@example.org")
        .body("It is red and it is urgent.\r\n")
        .named(store, keywords, PropType::MV_UNICODE, Value::MvStr(vec!["Red category".into(), "Büro".into()]))
        .lid(store, PSETID_COMMON, 0x8530, PropType::UNICODE, text("Follow up"))
        .set(0x1090_0003, Value::I32(2))
        .set(0x0017_0003, Value::I32(2))
        .put(store, f.inbox);
    Item::mail("Rich text", MONDAY + DAY + 2 * HOUR)
        .to("Jane Doe", "jane@example.org")
        .set(0x1009_0102, rtf("{\\rtf1\\ansi\\ansicpg1252 Rich \\b text\\b0 .\\par}"))
        .set(0x0E1F_000B, Value::Bool(1))
        .put(store, f.sent);
    Item::mail("Not sent yet", MONDAY + 2 * DAY)
        .to("John Smith", "john@example.com")
        .body("Dear John, I wanted to")
        .set(0x0E07_0003, Value::I32(9))
        .put(store, f.drafts);
    Item::mail("You have won", MONDAY + 2 * DAY)
        .from("Lottery", "win@example.invalid")
        .body("Click!\r\n")
        .put(store, f.junk);
    Item::mail("Old news", MONDAY - 300 * DAY).body("Of no interest any more.\r\n").put(store, DELETED_ITEMS);
    Item::new("IPM.Post", "A note in a folder", MONDAY + 3 * DAY)
        .from("Jane Doe", "jane@example.org")
        .body("Posted, not sent.\r\n")
        .put(store, f.year);
    Item::new("REPORT.IPM.Note.NDR", "Undeliverable: Welcome", MONDAY + HOUR)
        .from("System Administrator", "postmaster@example.org")
        .set(0x0E06_0040, time(MONDAY + HOUR))
        .set(0x1001_001F, text("Your message did not reach some of its recipients."))
        .recipient(1, "Nobody", "nobody@example.invalid")
        .put(store, f.inbox);
}

fn mail_in_many_languages(store: &mut Store<'_>, f: &Folders) {
    let page = |charset: &str, body: &str| {
        format!("<html><head><meta charset=\"{charset}\"></head><body>{body}</body></html>")
    };
    Item::mail("Grüße aus Köln", MONDAY + HOUR)
        .from("Jürgen Weiß", "juergen@example.de")
        .to("Jane Doe", "jane@example.org")
        .body("Schöne Grüße!\r\n")
        .html(65001, page("utf-8", "<p>Schöne Grüße! <img src=\"cid:logo\"></p>").into_bytes())
        .attach("logo.png", "image/png", logo_png())
        .put(store, f.inbox);
    let russian = page("windows-1251", "<p>Привет, мир!</p>");
    let (russian, _, _) = encoding_rs::WINDOWS_1251.encode(&russian);
    Item::mail("Привет из Москвы", MONDAY + 3 * HOUR)
        .from("Иван Петров", "ivan@example.ru")
        .to("Jane Doe", "jane@example.org")
        .html(1251, russian.into_owned())
        .put(store, f.inbox);
    let japanese = page("iso-2022-jp", "<p>会議の資料です。</p>");
    let (japanese, _, _) = encoding_rs::ISO_2022_JP.encode(&japanese);
    Item::mail("会議について", MONDAY + 4 * HOUR)
        .from("山田太郎", "yamada@example.jp")
        .to("Jane Doe", "jane@example.org")
        .body("会議の資料です。\r\n")
        .html(50220, japanese.into_owned())
        .put(store, f.inbox);
    Item::mail("שלום 👋", MONDAY + 5 * HOUR)
        .from("דנה", "dana@example.il")
        .to("Jane Doe", "jane@example.org")
        .body("מה שלומך? 🌍\r\n")
        .unread()
        .put(store, f.inbox);
}

fn mail_with_attachments(store: &mut Store<'_>, f: &Folders) {
    Item::mail("The report", MONDAY + 6 * HOUR)
        .from("John Smith", "john@example.com")
        .to("Jane Doe", "jane@example.org")
        .body("Attached.\r\n")
        .attach("report.pdf", "application/pdf", report_pdf())
        .attach("报告.txt", "text/plain", "全部都好。\n".as_bytes())
        .attach("empty.bin", "application/octet-stream", &b""[..])
        .put(store, f.inbox);
    let inner = Item::mail("The forwarded one", MONDAY - DAY)
        .from("Karl Müller", "karl@example.net")
        .to("John Smith", "john@example.com")
        .body("I am inside.\r\n")
        .attach("inner.txt", "text/plain", &b"inside of the inside\n"[..]);
    Item::mail("FW: The forwarded one", MONDAY + 7 * HOUR)
        .set(0x003D_001F, text("FW: "))
        .to("Jane Doe", "jane@example.org")
        .body("See the message.\r\n")
        .embed("The forwarded one", inner)
        .put(store, f.inbox);
    let signed = b"Content-Type: text/plain\r\n\r\nSigned.\r\n";
    Item::mail("Signed", MONDAY + 8 * HOUR)
        .set(0x001A_001F, text("IPM.Note.SMIME.MultipartSigned"))
        .to("Jane Doe", "jane@example.org")
        .attach("smime.p7m", "multipart/signed", &signed[..])
        .put(store, f.inbox);
}

fn calendar(store: &mut Store<'_>, f: &Folders) {
    appointment(store, "IPM.Appointment", "Dentist", MONDAY + 7 * DAY, HOUR / 2)
        .lid(store, PSETID_APPOINTMENT, 0x8208, PropType::UNICODE, text("Main Street 1"))
        .body("Don't eat.\r\n")
        .put(store, f.calendar);
    appointment(store, "IPM.Appointment", "Weekly meeting", MONDAY, HOUR)
        .lid(store, PSETID_APPOINTMENT, 0x8223, PropType::BOOLEAN, Value::Bool(1))
        .lid(store, PSETID_APPOINTMENT, 0x8216, PropType::BINARY, Value::bin(weekly_on_monday()))
        .lid(store, PSETID_APPOINTMENT, 0x8233, PropType::BINARY, Value::bin(western_europe()))
        .lid(store, PSETID_APPOINTMENT, 0x8217, PropType::LONG, Value::I32(1))
        .to("John Smith", "john@example.com")
        .put(store, f.calendar);
    appointment(store, "IPM.Appointment", "Holiday", MONDAY + 30 * DAY - 9 * HOUR, DAY)
        .lid(store, PSETID_APPOINTMENT, 0x8215, PropType::BOOLEAN, Value::Bool(1))
        .put(store, f.calendar);
    appointment(store, "IPM.Schedule.Meeting.Request", "Budget 2025", MONDAY + 9 * DAY, 2 * HOUR)
        .from("John Smith", "john@example.com")
        .to("Jane Doe", "jane@example.org")
        .set(0x0E06_0040, time(MONDAY + 9 * HOUR))
        .lid(store, PSETID_MEETING, 0x0003, PropType::BINARY, Value::bin(global_object_id()))
        .body("Please bring figures.\r\n")
        .unread()
        .put(store, f.inbox);
}

fn appointment(store: &mut Store<'_>, class: &str, subject: &str, start: i64, length: i64) -> Item {
    let minutes = Value::I32((length / 60) as i32);
    Item::new(class, subject, MONDAY - DAY)
        .lid(store, PSETID_APPOINTMENT, 0x820D, PropType::SYSTIME, time(start))
        .lid(store, PSETID_APPOINTMENT, 0x820E, PropType::SYSTIME, time(start + length))
        .lid(store, PSETID_APPOINTMENT, 0x8213, PropType::LONG, minutes)
        .lid(store, PSETID_APPOINTMENT, 0x8205, PropType::LONG, Value::I32(2))
        .lid(store, PSETID_COMMON, 0x8516, PropType::SYSTIME, time(start))
        .lid(store, PSETID_COMMON, 0x8517, PropType::SYSTIME, time(start + length))
        .set(0x0060_0040, time(start))
        .set(0x0061_0040, time(start + length))
}

/// Every Monday from [`MONDAY`] on, ten times but for the second one ([MS-OXOCAL] 2.2.1.44.5).
fn weekly_on_monday() -> Vec<u8> {
    let date = |unix: i64| (unix.div_euclid(DAY) * (DAY / 60) + 11_644_473_600 / 60) as u32;
    let first = date(MONDAY);
    let week = 7 * 24 * 60;
    let mut blob = Vec::new();
    let mut u16s = |words: &[u16]| words.iter().for_each(|w| blob.extend(w.to_le_bytes()));
    u16s(&[0x3004, 0x3004, 0x200B, 1, 0]);
    let mut u32s = |words: &[u32]| words.iter().for_each(|w| blob.extend(w.to_le_bytes()));
    u32s(&[(first - 24 * 60) % week, 1, 0, 0x02, 0x2022, 10, 0]);
    u32s(&[1, first + week, 0, first, first + 9 * week]);
    u32s(&[0x3006, 0x3009, 9 * 60, 10 * 60]);
    blob.extend([0; 2 + 4 + 4]);
    blob
}

/// Central European time ([MS-OXOCAL] 2.2.1.39).
fn western_europe() -> Vec<u8> {
    let mut blob = Vec::new();
    [-60i32, 0, -60].iter().for_each(|b| blob.extend(b.to_le_bytes()));
    for rule in [[0u16, 10, 0, 5, 3], [0, 3, 0, 5, 2]] {
        blob.extend([0; 2]);
        rule.iter().chain(&[0; 3]).for_each(|w| blob.extend(w.to_le_bytes()));
    }
    blob
}

/// [MS-OXOCAL] 2.2.1.27.
fn global_object_id() -> Vec<u8> {
    let class = [0x04, 0, 0, 0, 0x82, 0, 0xE0, 0, 0x74, 0xC5, 0xB7, 0x10, 0x1A, 0x82, 0xE0, 0x08];
    [&class[..], &[0; 20], &16u32.to_le_bytes(), &noise(20, 16)].concat()
}

fn people(store: &mut Store<'_>, f: &Folders) {
    person(store, "John", "Smith", "john@example.com")
        .set(0x3A16_001F, text("Example Corp."))
        .set(0x3A08_001F, text("+1 555 0100"))
        .set(0x3A1C_001F, text("+1 555 0101"))
        .set(0x3A42_0040, time(0))
        .lid(store, PSETID_ADDRESS, 0x8015, PropType::BOOLEAN, Value::Bool(1))
        .attach("ContactPicture.jpg", "image/jpeg", photo_jpg())
        .put(store, f.contacts);
    person(store, "太郎", "山田", "yamada@example.jp").set(0x3A45_001F, text("様")).put(store, f.contacts);
    let members = [("John Smith", "john@example.com"), ("Karl Müller", "karl@example.net")];
    let members: Vec<_> = members.iter().map(|(name, address)| one_off(name, address).into()).collect();
    Item::new("IPM.DistList", "Friends", MONDAY)
        .set(0x3001_001F, text("Friends"))
        .lid(store, PSETID_ADDRESS, 0x8053, PropType::UNICODE, text("Friends"))
        .lid(store, PSETID_ADDRESS, 0x8054, PropType::MV_BINARY, Value::MvBin(members.clone()))
        .lid(store, PSETID_ADDRESS, 0x8055, PropType::MV_BINARY, Value::MvBin(members))
        .put(store, f.contacts);
}

fn person(store: &mut Store<'_>, given: &str, family: &str, address: &str) -> Item {
    let name = format!("{given} {family}");
    Item::new("IPM.Contact", &name, MONDAY)
        .set(0x3001_001F, text(&name))
        .set(0x3A06_001F, text(given))
        .set(0x3A11_001F, text(family))
        .lid(store, PSETID_ADDRESS, 0x8005, PropType::UNICODE, text(&format!("{family}, {given}")))
        .lid(store, PSETID_ADDRESS, 0x8080, PropType::UNICODE, text(&name))
        .lid(store, PSETID_ADDRESS, 0x8082, PropType::UNICODE, text("SMTP"))
        .lid(store, PSETID_ADDRESS, 0x8083, PropType::UNICODE, text(address))
        .lid(store, PSETID_ADDRESS, 0x8084, PropType::UNICODE, text(address))
}

fn tasks_notes_and_journal(store: &mut Store<'_>, f: &Folders) {
    for (subject, status, done) in [("Buy milk", 0, 0.0), ("Write the report", 1, 0.5), ("Pay the bill", 2, 1.0)] {
        Item::new("IPM.Task", subject, MONDAY)
            .lid(store, PSETID_TASK, 0x8101, PropType::LONG, Value::I32(status))
            .lid(store, PSETID_TASK, 0x8102, PropType::DOUBLE, Value::F64(done))
            .lid(store, PSETID_TASK, 0x8105, PropType::SYSTIME, time(MONDAY + 5 * DAY))
            .lid(store, PSETID_TASK, 0x811C, PropType::BOOLEAN, Value::Bool((status == 2).into()))
            .put(store, f.tasks);
    }
    Item::new("IPM.StickyNote", "Remember the milk", MONDAY)
        .body("Remember the milk\r\nand the bread")
        .lid(store, PSETID_NOTE, 0x8B00, PropType::LONG, Value::I32(3))
        .lid(store, PSETID_NOTE, 0x8B02, PropType::LONG, Value::I32(200))
        .lid(store, PSETID_NOTE, 0x8B03, PropType::LONG, Value::I32(166))
        .put(store, f.notes);
    Item::new("IPM.Activity", "Call with John", MONDAY)
        .lid(store, PSETID_LOG, 0x8700, PropType::UNICODE, text("Phone call"))
        .lid(store, PSETID_LOG, 0x8706, PropType::SYSTIME, time(MONDAY))
        .lid(store, PSETID_LOG, 0x8707, PropType::LONG, Value::I32(15))
        .lid(store, PSETID_LOG, 0x8708, PropType::SYSTIME, time(MONDAY + HOUR / 4))
        .body("About the budget.\r\n")
        .put(store, f.journal);
}

/// Folder-associated messages, and a hidden folder.
fn hidden(store: &mut Store<'_>, f: &Folders) {
    let categories = b"<?xml version=\"1.0\"?><categories default=\"Red category\"/>";
    let list = Item::new("IPM.Configuration.CategoryList", "IPM.Configuration.CategoryList", MONDAY)
        .set(0x7C06_0003, Value::I32(2))
        .set(0x7C08_0102, Value::bin(&categories[..]));
    store.add_associated(f.calendar, &list.0).unwrap();
    let view = Item::new("IPM.Microsoft.FolderDesign.NamedView", "By sender", MONDAY)
        .set(0x7006_001F, text("By sender"))
        .set(0x7003_0003, Value::I32(8))
        .set(0x6841_0003, Value::I32(1));
    store.add_associated(f.inbox, &view.0).unwrap();
    let settings = folder(store, IPM_SUBTREE, "Conversation Action Settings", "IPF.Configuration");
    store.folder_props(settings).unwrap().set(PropTag(0x10F4_000B), Value::Bool(1));
}

fn searches(store: &mut Store<'_>, f: &Folders) {
    let name = props([(0x3001_001F, text("Unread mail")), (0x3613_001F, text("IPF.Note"))]);
    let search = store.add_search_folder(SEARCH_ROOT, name, &Default::default()).unwrap();
    let hit = Item::mail("Found by a search", MONDAY + 10 * HOUR)
        .to("Jane Doe", "jane@example.org")
        .body("Here.\r\n")
        .unread();
    let nid = hit.put(store, f.inbox);
    store.add_hit(search, f.inbox, nid, &hit.0).unwrap();
}

/// A property set that no document knows.
pub const PRIVATE_SET: Guid = Guid::new(0x1234_5678, 0x9ABC, 0xDEF0, *b"pffkit!!");
