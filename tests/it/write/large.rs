//! Files that are too large to be kept: they are made when a test wants them.

use pffkit::mapi::Value;
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::ndb::Format;
use pffkit::ndb::crypt::CryptMethod;

use crate::recipes::build::*;

/// What [`big_tables`] holds.
pub const MESSAGES: i64 = 1500;
pub const RECIPIENTS: usize = 1500;
/// More than one SLBLOCK can refer to: the tree of subnodes needs a SIBLOCK.
pub const ATTACHMENTS: usize = 700;
/// More than one XBLOCK can refer to, in every format of 512-byte pages: the tree needs an XXBLOCK.
pub const BIG_ATTACHMENT: usize = 17 << 20;

/// B-trees, heaps and tables of several levels and blocks: a folder of 1500 messages, a message with 1500 recipients, one
/// with an attachment of 17 MiB, one with 700 attachments.
pub fn big_tables(format: Format) -> Vec<u8> {
    file(format, CryptMethod::None, |store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        for n in 1..=MESSAGES {
            Item::mail(&format!("Message number {n} of many"), MONDAY + n)
                .to("John Smith", "john@example.com")
                .body(&format!("Body {n}\r\n"))
                .put(store, inbox);
        }
        let list = folder(store, IPM_SUBTREE, "Lists", "IPF.Note");
        let mut crowd = Item::mail("To everybody", MONDAY).body("Hello, all.\r\n");
        for n in 0..RECIPIENTS {
            let name = format!("Recipient {n}");
            crowd.0.recipients.push(props([
                (0x0C15_0003, Value::I32(1)),
                (0x3001_001F, text(&name)),
                (0x3002_001F, text("SMTP")),
                (0x3003_001F, text(&format!("r{n}@example.com"))),
            ]));
        }
        crowd.put(store, list);
        Item::mail("Very large", MONDAY).attach("large.bin", "", noise(42, BIG_ATTACHMENT)).put(store, list);
        let many = (1..=ATTACHMENTS).fold(Item::mail("Very many", MONDAY), |item, n| {
            item.attach(&format!("{n}.txt"), "text/plain", format!("attachment {n}").into_bytes())
        });
        many.put(store, list);
    })
}
