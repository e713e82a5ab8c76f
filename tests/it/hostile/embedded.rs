//! Messages that embed themselves, and messages whose blocks make many of few.

use pffkit::ltp::write::{NodeContent, TextEncoding, write_properties};
use pffkit::mapi::{PropTag, Value};
use pffkit::mt::object::Message;
use pffkit::ndb::write::{SubnodeEntry, Writer};
use pffkit::ndb::{Bid, Format, Nid, NidType};

use super::{MESSAGE, assert_lost, file, internal_after, message, read};

const EMBEDDED: Nid = Nid::new(NidType::NORMAL_MESSAGE, 0x9001);

/// Writes the attachment `n` of a message; the message that it holds is in the blocks `of`.
fn attachment(ndb: &mut Writer<'_>, n: u32, (data, subnodes): (Bid, Bid)) -> SubnodeEntry {
    let props = [(PropTag(0x3705_0003), Value::I32(5)), (PropTag(0x3701_000D), Value::Null)];
    let mut content = write_properties(ndb, TextEncoding::Unicode, &props, Some((EMBEDDED, 100))).unwrap();
    content.subnodes.push(SubnodeEntry { nid: EMBEDDED, data, subnodes });
    content.into_subnode(ndb, Nid::new(NidType::ATTACHMENT, 0x9000 + n)).unwrap()
}

fn put(ndb: &mut Writer<'_>, content: NodeContent) {
    content.put(ndb, MESSAGE, Nid::ROOT_FOLDER).unwrap();
}

/// How many attachments are in `message` and in what is embedded in it.
fn attachments(message: &Message<'_>) -> usize {
    let embedded = message.attachments.iter().filter_map(|a| a.embedded.as_deref());
    message.attachments.len() + embedded.map(attachments).sum::<usize>()
}

/// The embedded message has the subnodes of the message that it is embedded in, and its data.
#[test]
fn a_message_that_embeds_itself() {
    let data = file(Format::Unicode, |ndb| {
        let mut content = message(ndb, "snake", Vec::new());
        // Data and subnodes of two attachments come first, then the subnodes of the message.
        let own = internal_after(ndb.put_block(b"x").unwrap(), 5);
        let twice = [1, 2].map(|n| attachment(ndb, n, (content.data, own)));
        content.subnodes.extend(twice);
        let (data, subnodes) = content.close(ndb).unwrap();
        assert_eq!(subnodes, own);
        ndb.put_node(MESSAGE, data, subnodes, Nid::ROOT_FOLDER).unwrap();
    });
    let read = read(&data, &[]);
    assert_eq!((read.totals.found, read.totals.part), (1, 1));
    assert_eq!(attachments(&read.stream.messages[&u64::from(MESSAGE.0)].message), 2);
    // Two attachments, and the same to be said of both.
    let found = "a message that is embedded in itself; it is left out";
    assert_lost(read.one("embedded message"), "an end of the nesting", found);
}

/// Forty levels, each of which embeds the one below it twice: a million million messages in a few blocks.
#[test]
fn a_message_that_doubles_with_every_level() {
    let data = file(Format::Unicode, |ndb| {
        let mut below = message(ndb, "leaf", Vec::new()).close(ndb).unwrap();
        for level in 0..40 {
            let mut content = message(ndb, &format!("level {level}"), Vec::new());
            content.subnodes = [1, 2].map(|n| attachment(ndb, n, below)).to_vec();
            below = content.close(ndb).unwrap();
        }
        ndb.put_node(MESSAGE, below.0, below.1, Nid::ROOT_FOLDER).unwrap();
    });
    let read = read(&data, &["objects=1000"]);
    assert_eq!((read.totals.found, read.totals.part), (1, 1));
    assert_eq!(attachments(&read.stream.messages[&u64::from(MESSAGE.0)].message), 1000);
    let told = read.one("message");
    assert_lost(told, "at most 1000 recipients and attachments", "more; those behind are left out");
}

/// Each of many texts is the same large subnode.
#[test]
fn a_message_whose_texts_are_all_the_same_bytes() {
    const TEXTS: u32 = 30;
    let data = file(Format::Unicode, |ndb| {
        let text = ndb.put_data(&[b'x'; 1 << 18]).unwrap();
        let texts = (0..TEXTS).map(|i| (PropTag(0x6700_001F + (i << 16)), Value::str("x".repeat(5000))));
        let mut content = message(ndb, "chorus", texts.collect());
        content.subnodes.iter_mut().for_each(|subnode| subnode.data = text);
        put(ndb, content);
    });
    let whole = read(&data, &["item=1000000000"]);
    assert_eq!((whole.totals.whole, whole.findings.len()), (1, 0));
    let read = read(&data, &["item=2500000"]);
    assert_eq!((read.totals.found, read.totals.part), (1, 1));
    let props = &read.stream.messages[&u64::from(MESSAGE.0)].message.props;
    // 256 KiB of UTF-16 are 384 KiB of UTF-8 here.
    assert_eq!(props.iter().filter(|(tag, _)| (0x6700..0x6700 + TEXTS as u16).contains(&tag.id())).count(), 6);
    let found = "more; property 6706001F and all behind it are left out";
    assert_lost(read.one("message"), "at most 2500000 bytes of values", found);
}
