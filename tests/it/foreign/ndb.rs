//! Headers, blocks and subnodes.

use pffkit::damage::Effect::Notice;
use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::mapi::{PropTag, Value};
use pffkit::messaging::write::nid::IPM_SUBTREE;
use pffkit::ndb::crypt::CryptMethod;
use pffkit::ndb::{BlockRef, Database, Format, seal};

use super::{MESSAGE, bytes_of, out, read, sound};
use crate::recipes::build::{Item, MONDAY, folder, noise};
use crate::recipes::patch::Patch;
use crate::recipes::special::{ansi, one_block, ost4k, small};

/// `bCryptMethod` of a Unicode file.
const CRYPT: usize = 513;

/// `data` with the header saying that its blocks are obscured by `method`.
fn says(mut data: Vec<u8>, method: u8, format: Format) -> Vec<u8> {
    data[if format == Format::Ansi { 461 } else { CRYPT }] = method;
    seal::header(pffkit::ndb::Layout::of(format), &mut data[..564]);
    data
}

#[test]
fn blocks_obscured_in_another_way_than_the_header_says() {
    for crypt in [CryptMethod::None, CryptMethod::Permute, CryptMethod::Cyclic] {
        for method in [0, 1, 2, 0x10, 0x77] {
            let read = read(&says(small(crypt), method, Format::Unicode), None);
            assert_eq!(read.totals.whole, 2, "{crypt:?} {method}");
            let told = if method == crypt as u8 { vec![] } else { vec![(Notice, "HEADER.bCryptMethod")] };
            assert_eq!(read.told(), told, "{crypt:?} {method}");
        }
    }
    assert_eq!(read(&says(ansi(), 0, Format::Ansi), None).totals.whole, 3);
}

/// Every data block is noise.
#[test]
fn blocks_that_are_encrypted() {
    let mut file = Patch(small(CryptMethod::None));
    let blocks: Vec<BlockRef> = file.with(|db| db.blocks(&Findings::new()).collect());
    for at in blocks.into_iter().filter(|at| !at.bid.is_internal()) {
        file = file.block(at.bid, |bytes| {
            let noise = noise(at.bid.0 as u32, bytes.len());
            bytes.copy_from_slice(&noise);
        });
    }
    let open = |data: &[u8]| Database::open(data, Limits::default(), &Findings::new()).map(drop);
    let e = open(&says(file.0, 0x10, Format::Unicode)).unwrap_err();
    assert!(e.message().contains("Windows Information Protection"), "{e}");
}

/// The trailers of all blocks are NUL: what size they inflate to the block B-tree tells.
#[test]
fn compressed_blocks_without_trailers() {
    let mut data = ost4k();
    let findings = Findings::new();
    let blocks: Vec<BlockRef> =
        Database::open(&data, Limits::default(), &findings).unwrap().blocks(&findings).collect();
    let layout = pffkit::ndb::Layout::of(Format::Unicode4k);
    assert!(blocks.iter().any(|at| at.inflated > at.cb));
    for at in &blocks {
        let end = at.ib.0 as usize + layout.block_on_disk(usize::from(at.cb));
        data[end - layout.block_trailer..end].fill(0);
    }
    let read = read(&data, None);
    assert_eq!((read.totals.found, read.totals.missing), (41, 0));
    let file = read.stream.messages.values().find(|m| m.message.attachments.len() == 3).unwrap();
    assert_eq!(bytes_of(file.message.attachments[2].props.get(PropTag(0x3701_0102))), one_block());
}

/// The size in the trailer of a block that is stored as it is may be 0.
#[test]
fn blocks_whose_trailers_tell_no_size() {
    let mut data = ost4k();
    let findings = Findings::new();
    let blocks: Vec<BlockRef> =
        Database::open(&data, Limits::default(), &findings).unwrap().blocks(&findings).collect();
    let layout = pffkit::ndb::Layout::of(Format::Unicode4k);
    for at in blocks.iter().filter(|at| at.inflated == at.cb) {
        let end = at.ib.0 as usize + layout.block_on_disk(usize::from(at.cb));
        data[end - layout.block_trailer + 18..][..2].fill(0);
    }
    let read = read(&data, None);
    assert_eq!((read.totals.whole, read.told()), (41, vec![]));
}

/// The entries of the SLBLOCK of a message stand in reverse.
#[test]
fn subnodes_in_another_order() {
    let file = sound(|store| {
        let inbox = folder(store, IPM_SUBTREE, "Inbox", "IPF.Note");
        let item = Item::mail("Subnodes", MONDAY);
        (0..5).fold(item, |item, n| item.set(0x6700_0102 + (n << 16), Value::bin(noise(n, 9_000)))).put(store, inbox);
    });
    let sub = file.node(MESSAGE).sub;
    let file = file.block(sub, |block| {
        let entries: Vec<u8> = block[8..].chunks_exact(24).rev().flatten().copied().collect();
        block[8..].copy_from_slice(&entries);
    });
    let read = out(&file);
    for n in 0..5 {
        let value = read.message().props.get(PropTag(0x6700_0102 + (n << 16)));
        assert_eq!(bytes_of(value), noise(n, 9_000));
    }
    assert!(read.told().iter().all(|told| *told == (Notice, "SLBLOCK")) && !read.told().is_empty());
}
