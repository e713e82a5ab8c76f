//! Fixtures that are broken, each in one way.

use pffkit::mapi::{PropTag, PropType, Value};
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::{Format, Nid, NidType};

use super::build::*;
use super::sample::PRIVATE_SET;
use super::special::{fill_small, small};

/// `dwCRCPartial` is wrong; everything else is right.
pub fn header_crc() -> Vec<u8> {
    let mut file = small(CryptMethod::Permute);
    file[4] ^= 0xFF;
    file
}

/// A bit of the attachment's second block has turned over.
pub fn block_crc() -> Vec<u8> {
    let mut file = small(CryptMethod::None);
    let part = &noise(2, 20_000)[8176 + 100..][..64];
    let at = file.windows(64).position(|w| w == part).unwrap();
    file[at] ^= 1;
    file
}

/// A bit of the leaf page of the node B-tree that has the messages has turned over, in a byte that is not in use.
pub fn page_crc() -> Vec<u8> {
    let mut file = small(CryptMethod::Permute);
    let pages = (0x4400..file.len() - 511).step_by(512);
    // The last leaf of the node B-tree: the messages have the greatest ids.
    let at = pages.rev().find(|at| file[at + 496] == 0x81 && file[at + 497] == 0x81 && file[at + 491] == 0).unwrap();
    file[at + 487] ^= 1;
    file
}

/// The last third is missing, and with it both B-trees.
pub fn truncated() -> Vec<u8> {
    let mut file = small(CryptMethod::Permute);
    file.truncate(file.len() * 2 / 3);
    file
}

pub fn header_only() -> Vec<u8> {
    let mut file = small(CryptMethod::Permute);
    file.truncate(512);
    file
}

pub fn all_nul() -> Vec<u8> {
    vec![0; 4096]
}

/// The same name stands for two ids, and a message has both.
pub fn duplicate_name() -> Vec<u8> {
    let name = pffkit::mapi::PropName::lid(PRIVATE_SET, 7);
    file(Format::Unicode, CryptMethod::Permute, |store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        let item = Item::mail("Twice the same name", MONDAY).body("One name, two ids.\r\n").named(
            store,
            name.clone(),
            PropType::LONG,
            Value::I32(1),
        );
        let second = store.names.id_once_more(&name).unwrap();
        item.set(PropTag::new(second, PropType::LONG).0, Value::I32(2)).put(store, inbox);
        Item::mail("Only the second", MONDAY + HOUR)
            .body("The second id.\r\n")
            .set(PropTag::new(second, PropType::LONG).0, Value::I32(3))
            .put(store, inbox);
    })
}

/// The subject has a high surrogate without a low one, the body a low one without a high one.
pub fn unpaired_surrogate() -> Vec<u8> {
    let utf16 = |units: &[u16]| Value::bin(units.iter().flat_map(|u| u.to_le_bytes()).collect::<Vec<u8>>());
    file(Format::Unicode, CryptMethod::Permute, |store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        Item::mail("", MONDAY)
            .set(0x0037_001F, utf16(&[1, 1, 0x41, 0xD83D, 0x42]))
            .set(0x1000_001F, utf16(&[0x43, 0xDE00, 0x44]))
            .put(store, inbox);
    })
}

/// The node of the second message names its folder, but the folder's contents table has only the first.
pub fn orphan_message() -> Vec<u8> {
    file(Format::Unicode, CryptMethod::Permute, |store| {
        store.defects.no_row.insert(Nid::new(NidType::NORMAL_MESSAGE, 0x10002));
        fill_small(store);
    })
}

/// The node of the folder names its parent, but no hierarchy table has it.
pub fn orphan_folder() -> Vec<u8> {
    file(Format::Unicode, CryptMethod::Permute, |store| {
        fill_small(store);
        let lost = folder(store, IPM_SUBTREE, "Lost", "IPF.Note");
        Item::mail("In a lost folder", MONDAY).body("Who finds me?\r\n").put(store, lost);
        store.defects.no_row.insert(lost);
    })
}

/// The Inbox has two messages and no contents table.
pub fn no_contents_table() -> Vec<u8> {
    file(Format::Unicode, CryptMethod::Permute, |store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        Item::mail("First", MONDAY).body("One.\r\n").put(store, inbox);
        Item::mail("Second", MONDAY).body("Two.\r\n").put(store, inbox);
        store.defects.no_node.insert(inbox.with_type(NidType::CONTENTS_TABLE));
    })
}

/// Two folders called "Archive" side by side, a third one that differs in case only: a flattened second mailbox.
pub fn same_named_siblings() -> Vec<u8> {
    file(Format::Unicode, CryptMethod::Permute, |store| {
        for (n, name) in ["Archive", "Archive", "ARCHIVE"].into_iter().enumerate() {
            let folder = folder(store, IPM_SUBTREE, name, "IPF.Note");
            Item::mail(&format!("In archive {}", n + 1), MONDAY).body("Where am I?\r\n").put(store, folder);
        }
    })
}

/// STRING8 in code page 932 that ends in half of a character.
pub fn lossy_string8() -> Vec<u8> {
    file(Format::Ansi, CryptMethod::Permute, |store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        let mut item = Item::mail("", MONDAY);
        item.0.props.retain(|tag, _| !matches!(tag.id(), 0x0037 | 0x0070));
        item.set(0x0037_001E, Value::Str8(b"\x89\xEF\x8B"[..].into()))
            .set(0x1000_001E, Value::Str8(b"ok \x81"[..].into()))
            .set(0x3FFD_0003, Value::I32(932))
            .put(store, inbox);
    })
}
