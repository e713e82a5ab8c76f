//! Messages that embed themselves, and messages whose blocks make many of few.

use pffkit::mt::object::Message;

use super::{assert_lost, damaged, read};
use crate::recipes::hostile::{MESSAGE, TEXTS};

/// How many attachments are in `message` and in what is embedded in it.
fn attachments(message: &Message<'_>) -> usize {
    let embedded = message.attachments.iter().filter_map(|a| a.embedded.as_deref());
    message.attachments.len() + embedded.map(attachments).sum::<usize>()
}

/// The embedded message has the subnodes of the message that it is embedded in, and its data.
#[test]
fn a_message_that_embeds_itself() {
    let read = read(&damaged("message-embeds-itself"), &[]);
    assert_eq!((read.totals.found, read.totals.part), (1, 1));
    assert_eq!(attachments(&read.stream.messages[&u64::from(MESSAGE.0)].message), 2);
    // Two attachments, and the same to be said of both.
    let found = "a message that is embedded in itself; it is left out";
    assert_lost(read.one("embedded message"), "an end of the nesting", found);
}

/// Forty levels, each of which embeds the one below it twice: a million million messages in a few blocks.
#[test]
fn a_message_that_doubles_with_every_level() {
    let read = read(&damaged("message-doubles"), &["objects=1000"]);
    assert_eq!((read.totals.found, read.totals.part), (1, 1));
    assert_eq!(attachments(&read.stream.messages[&u64::from(MESSAGE.0)].message), 1000);
    let told = read.one("message");
    assert_lost(told, "at most 1000 recipients and attachments", "more; those behind are left out");
}

/// Each of many texts is the same subnode.
#[test]
fn a_message_whose_texts_are_all_the_same_bytes() {
    let data = damaged("texts-share-bytes");
    let whole = read(&data, &["item=1000000000"]);
    assert_eq!((whole.totals.whole, whole.findings.len()), (1, 0));
    let read = read(&data, &["item=75000"]);
    assert_eq!((read.totals.found, read.totals.part), (1, 1));
    let props = &read.stream.messages[&u64::from(MESSAGE.0)].message.props;
    // 8 KiB of UTF-16 are 12 KiB of UTF-8 here.
    let texts = 0x6700..0x6700 + TEXTS.0 as u16;
    assert_eq!(props.iter().filter(|(tag, _)| texts.contains(&tag.id())).count(), 6);
    let found = "more; property 6706001F and all behind it are left out";
    assert_lost(read.one("message"), "at most 75000 bytes of values", found);
}
