//! Makes the checks of what was changed right again: the trailer of each page and block is the old one, with a new CRC.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use super::target::Target;
use crate::ndb::audit::Use;
use crate::ndb::{Database, seal};
use crate::{Error, Result};

/// No change is longer than a block.
const LONGEST: u64 = 1 << 16;

/// Repairs the pages and blocks of the broken copy `out` of `data` that lie in the ranges `changed`, lengths by offset.
pub(super) fn repair(db: &Database<'_>, data: &[u8], out: &mut File, changed: &BTreeMap<u64, u64>) -> Result<()> {
    let mut done = Ok(());
    db.structures(&mut |extent| {
        let end = extent.ib.saturating_add(extent.len);
        let mut near = changed.range(extent.ib.saturating_sub(LONGEST)..end);
        let is_changed = near.any(|(at, len)| at + len > extent.ib);
        if is_changed && extent.holds != Use::Header && done.is_ok() && end <= db.len() {
            done = one(db, data, out, &Target::new(db, extent));
        }
    });
    done
}

fn one(db: &Database<'_>, data: &[u8], out: &mut File, target: &Target) -> Result<()> {
    let layout = db.header().layout;
    let mut bytes = vec![0; target.len as usize];
    out.seek(SeekFrom::Start(target.ib)).and_then(|_| out.read_exact(&mut bytes)).map_err(Error::of_output)?;
    let trailer = if target.is_block() { layout.block_trailer } else { layout.page_trailer };
    let at = bytes.len() - trailer;
    bytes[at..].copy_from_slice(&data[target.ib as usize + at..][..trailer]);
    if target.is_block() {
        seal::block(layout, &mut bytes, target.body_len as usize);
    } else {
        seal::page(layout, &mut bytes);
    }
    out.seek(SeekFrom::Start(target.ib)).and_then(|_| out.write_all(&bytes)).map_err(Error::of_output)
}
