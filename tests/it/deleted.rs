//! What is no longer in any folder: messages whose folder is gone, and messages that were deleted.

use pffkit::limits::Limits;
use pffkit::mapi::tag::pr;
use pffkit::messaging::recover::{DELETED, RECOVERED};
use pffkit::messaging::write::Defects;
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::ndb::check::signature;
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::page::PageType;
use pffkit::ndb::{Bid, BlockRef, Format, Nid, NidType, Recover, seal};

use crate::recipes::build::{Item, MONDAY, file, folder};
use crate::recipes::patch::{Patch, put};
use crate::recipes::special::fill_small;
use crate::recovery::{Read, read_with};
use crate::support::corpus;

/// The messages of the small file: "First" and "Second".
const FIRST: Nid = Nid::new(NidType::NORMAL_MESSAGE, 0x10001);
const SECOND: Nid = Nid::new(NidType::NORMAL_MESSAGE, 0x10002);

/// The small file without what `defects` leaves out.
fn small(defects: impl FnOnce(&mut Defects)) -> Patch {
    Patch(file(Format::Unicode, CryptMethod::None, |store| {
        defects(&mut store.defects);
        fill_small(store);
    }))
}

fn read(file: &Patch, recover: Recover) -> Read {
    read_with(&file.0, recover, Limits::default()).unwrap()
}

/// The path of the folder that message `nid` is in.
fn path(read: &Read, nid: Nid) -> String {
    let mut names = Vec::new();
    let mut folder = read.stream.messages[&u64::from(nid.0)].parent.nid;
    while let Some(f) = read.stream.folders.get(&folder).filter(|f| f.nid != u64::from(Nid::ROOT_FOLDER.0)) {
        names.push(f.props.str(pr::DISPLAY_NAME).unwrap());
        folder = f.parent.nid;
    }
    names.reverse();
    names.join("/")
}

/// The ids of all messages of `read`.
fn messages(read: &Read) -> Vec<Nid> {
    read.stream.messages.keys().map(|nid| Nid(*nid as u32)).collect()
}

/// The row of the folder still tells its name; of a folder that nothing tells of, the messages are in "Recovered" itself.
#[test]
fn messages_of_lost_folders_are_in_a_folder_of_that_name() {
    let (mut named, mut unnamed) = (Nid(0), Nid(0));
    let file = file(Format::Unicode, CryptMethod::None, |store| {
        fill_small(store);
        for (name, has_row, message) in [("Projects/2024", true, &mut named), ("Gone", false, &mut unnamed)] {
            let lost = folder(store, IPM_SUBTREE, name, "IPF.Note");
            *message = Item::mail(name, MONDAY).body("Who finds me?\r\n").put(store, lost);
            store.defects.no_node.insert(lost);
            if !has_row {
                store.defects.no_row.insert(lost);
            }
        }
    });
    let read = read(&Patch(file), Recover::Auto);
    assert_eq!(messages(&read), [FIRST, SECOND, named, unnamed]);
    assert_eq!([FIRST, SECOND].map(|nid| path(&read, nid)), ["Top of Outlook data file/Inbox"; 2]);
    assert_eq!([named, unnamed].map(|nid| path(&read, nid)), ["Recovered/Projects/2024", "Recovered"]);
    assert_eq!(read.stream.messages[&u64::from(unnamed.0)].parent.nid, u64::from(RECOVERED.0));
}

/// How much is left of a message that was deleted. Its blocks are in no tree any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// An older page names its node.
    Node,
    /// Its blocks alone.
    Blocks,
    /// Its blocks, in places that are free.
    Freed,
}

const ALL: [Left; 3] = [Left::Node, Left::Blocks, Left::Freed];

/// The blocks of the message `nid`: what it refers to, and what that refers to.
fn blocks(file: &Patch, nid: Nid) -> Vec<Bid> {
    let node = file.node(nid.0);
    let mut all = vec![node.data, node.sub];
    let mut next = 0;
    while let Some(bid) = all.get(next).copied() {
        next += 1;
        if bid.is_internal() {
            all.extend(file.with(|db| db.named_in(bid)));
        }
    }
    all
}

/// The small file with "Second" deleted: its folder's table does not list it, and no page of the tree names it.
fn with_second_deleted(left: Left) -> Patch {
    let file = small(|defects| {
        defects.no_row.insert(SECOND);
    });
    let own = blocks(&file, SECOND);
    let places: Vec<_> = own.iter().map(|bid| file.block_ref(*bid)).collect();
    let nbt = file.leaf(PageType::NBT, u64::from(SECOND.0)).0 as usize;
    let old = file.0[nbt..nbt + 512].to_vec();
    let file = file.without(PageType::NBT, u64::from(SECOND.0));
    let file = own.iter().fold(file, |file, bid| file.without(PageType::BBT, bid.0));
    match left {
        Left::Node => with_old_page(file, old),
        Left::Blocks => file,
        Left::Freed => places.iter().fold(file, |file, at| freed(file, *at)),
    }
}

/// `file` with the place of the block at `at` free: a bit for 64 bytes in the only allocation map.
fn freed(file: Patch, at: BlockRef) -> Patch {
    let (first, units) = ((at.ib.0 - 0x4400) / 64, (u64::from(at.cb) + 16).div_ceil(64));
    file.page(0x4400, |map| (first..first + units).for_each(|bit| map[bit as usize / 8] &= !(0x80 >> (bit % 8))))
}

/// `file` with `page` at its end, as a page that is older than all others.
fn with_old_page(mut file: Patch, mut page: Vec<u8>) -> Patch {
    let ib = file.0.len().next_multiple_of(512);
    put(&mut page, 498, signature(ib as u64, 1).to_le_bytes());
    put(&mut page, 504, 1u64.to_le_bytes());
    seal::page(file.layout(), &mut page);
    file.0.resize(ib, 0);
    file.0.extend(page);
    file
}

#[test]
fn deleted_messages_come_when_asked_for() {
    let before = read(&small(|_| ()), Recover::Auto);
    let whole = &before.stream.messages[&u64::from(SECOND.0)];
    for left in ALL {
        let file = with_second_deleted(left);
        for off in [Recover::Auto, Recover::Always] {
            let read = read(&file, off);
            assert_eq!(messages(&read), [FIRST], "{left:?}, {off:?}");
            assert!(!read.stream.folders.contains_key(&u64::from(DELETED.0)), "{left:?}, {off:?}");
        }
        let read = read(&file, Recover::Deleted);
        let back = *messages(&read).iter().find(|nid| **nid != FIRST).unwrap();
        assert_eq!(messages(&read).len(), 2, "{left:?}");
        assert_eq!(path(&read, back), "Recovered deleted items", "{left:?}");
        assert_eq!(path(&read, FIRST), "Top of Outlook data file/Inbox", "{left:?}");
        let mut message = read.stream.messages[&u64::from(back.0)].message.clone();
        // It says of itself that it was deleted, and is else what it was.
        let damage = message.props.iter().map(|(tag, _)| *tag).find(|tag| read.stream.names.get(*tag).is_some());
        assert!(damage.and_then(|tag| message.props.remove(tag)).is_some(), "{left:?}");
        assert!(format!("{message:?}") == format!("{:?}", whole.message), "{left:?}: it has changed");
    }
}

/// The page of the live messages is destroyed: an older one has them, and the deleted one with them.
#[test]
fn deleted_messages_stay_away_when_their_page_is_needed() {
    for left in ALL {
        let mut file = with_second_deleted(left);
        let nbt = file.leaf(PageType::NBT, u64::from(FIRST.0)).0 as usize;
        file.0[nbt..nbt + 512].fill(0);
        let live = read(&file, Recover::Auto);
        assert_eq!(messages(&live), [FIRST], "{left:?}");
        assert!(live.totals.file_damage > 0);
        let all = read(&file, Recover::Deleted);
        assert_eq!(messages(&all).len(), 2, "{left:?}");
        assert_eq!(path(&all, FIRST), "Top of Outlook data file/Inbox", "{left:?}");
        let deleted = *messages(&all).iter().find(|nid| **nid != FIRST).unwrap();
        assert_eq!(path(&all, deleted), "Recovered deleted items", "{left:?}");
    }
}

/// What no page names, though its blocks are in use, was not deleted: its node is lost. It comes out where that is looked for.
#[test]
fn messages_whose_nodes_are_lost_are_not_deleted_ones() {
    let file = small(|defects| {
        defects.no_row.insert(SECOND);
        defects.no_node.insert(SECOND);
    });
    assert_eq!(messages(&read(&file, Recover::Auto)), [FIRST]);
    for recover in [Recover::Always, Recover::Deleted] {
        let read = read(&file, recover);
        let back = *messages(&read).iter().find(|nid| **nid != FIRST).unwrap();
        assert_eq!((messages(&read).len(), path(&read, back).as_str()), (2, "Recovered"), "{recover:?}");
    }
}

/// As many as `pffexport -m recovered` of libpff finds in the same files. In the last one it shows one more, without body and
/// recipients: that is no message, but the row of the same message in a contents table that no node has any more.
#[test]
fn deleted_messages_of_real_files() {
    let Some(corpus) = corpus() else { return };
    for name in ["gdviewer-sample-v1.pst", "tghanem-user1-test.lab-v1.pst", "tghanem-user1-test.lab-v3.pst"] {
        let data = std::fs::read(corpus.join(name)).unwrap();
        let in_deleted = |recover| {
            let read = read_with(&data, recover, Limits::default()).unwrap();
            read.stream.messages.values().filter(|m| m.parent.nid == u64::from(DELETED.0)).count()
        };
        assert_eq!([Recover::Auto, Recover::Always, Recover::Deleted].map(in_deleted), [0, 0, 1], "{name}");
    }
}
