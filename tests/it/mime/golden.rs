//! The mail that the peer made of the same files, compared field by field.

use std::path::Path;

use pffkit::damage::Findings;
use pffkit::mapi::PropTag;
use pffkit::mapi::tag::pr;
use pffkit::mapi::time::filetime_to_unix;
use pffkit::mime::eml::{self, Item, Options};
use serde_json::json;

use super::{Mail, files};
use crate::support::{corpus, oracle};

/// What `tests/oracle/mail.py` finds: messages that both have, and differences that it knows no reason for.
#[test]
fn every_difference_from_the_peers_mail_has_a_reason() {
    let Some(corpus) = corpus() else { return };
    let golden = corpus.join("../golden/export");
    let dir = tempfile::tempdir().unwrap();
    for path in files(&corpus) {
        let name = path.file_name().unwrap();
        if golden.join(name).is_dir() {
            write_all(&path, &dir.path().join(name));
        }
    }
    if let Some(told) = oracle("mail.py", &[dir.path(), &golden]) {
        assert!(told.ends_with("1634 messages compared, 0 differences without a reason\n"), "{told}");
    }
}

/// Writes the messages of `path` into `dir`: `N.eml` each, and what decides which side is right in `N.json`.
fn write_all(path: &Path, dir: &Path) {
    let mail = Mail::read(path).unwrap();
    std::fs::create_dir(dir).unwrap();
    for (n, frame) in mail.messages.iter().enumerate() {
        let item = mail.item(&frame.message);
        let mut out = std::fs::File::create(dir.join(format!("{n}.eml"))).unwrap();
        let options = Options { other: Some(pffkit::mime::other), ..super::options(&mail.book) };
        eml::write(item, &options, &Findings::new(), &mut out).unwrap();
        std::fs::write(dir.join(format!("{n}.json")), facts(item).to_string()).unwrap();
    }
}

/// What the properties of a message say, those of the messages in it included.
fn facts(item: Item<'_>) -> serde_json::Value {
    let view = item.view();
    let rtf = view.bytes(pr::RTF_COMPRESSED).and_then(|rtf| pffkit::mime::rtf::decompress(&rtf, &Findings::new()));
    let embedded = item.message.attachments.iter().filter_map(|attachment| attachment.embedded.as_deref());
    json!({
        "class": view.text(pr::MESSAGE_CLASS),
        "headers": view.text(PropTag(0x007D_001F)).unwrap_or_default(),
        "times": TIMES.map(|tag| view.int(tag).map(filetime_to_unix)),
        "importance": view.int(PropTag(0x0017_0003)),
        "sensitivity": view.int(PropTag(0x0036_0003)),
        "flags": view.int(pr::MESSAGE_FLAGS).unwrap_or_default(),
        "flag_status": view.int(PropTag(0x1090_0003)),
        "topic": view.text(PropTag(0x0070_001F)),
        "index": view.value(PropTag(0x0071_0102)).is_some(),
        "message_id": view.text(PropTag(0x1035_001F)),
        "plain": view.text(pr::BODY),
        "html": view.value(pr::HTML).is_some(),
        "rtf": rtf.map(|rtf| String::from_utf8_lossy(&rtf[..rtf.len().min(400)]).into_owned()),
        "embedded": embedded.map(|message| facts(Item { message, ..item })).collect::<Vec<_>>(),
    })
}

/// PidTagClientSubmitTime comes first: where it is not there, the others take its place.
const TIMES: [PropTag; 4] =
    [pr::CLIENT_SUBMIT_TIME, pr::MESSAGE_DELIVERY_TIME, pr::CREATION_TIME, pr::LAST_MODIFICATION_TIME];
