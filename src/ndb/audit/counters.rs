//! The counters and sizes of the header ([MS-PST] 2.2.2.5 and 2.2.2.6) against what is in the file.

use std::fmt::Display;

use super::maps;
use super::space::Space;
use crate::bytes::{u8_at, u16_at};
use crate::damage::{Effect, Finding, Findings};
use crate::ndb::{Client, Database, Format};

/// Checks them; a header whose CRC is wrong has been told already, and says nothing that could be relied on.
pub(super) fn check(db: &Database<'_>, space: &Space<'_>, findings: &Findings) {
    let header = db.header();
    if !header.crc_right {
        return;
    }
    let report = |effect, field: &'static str, expected: &dyn Display, found: &dyn Display| {
        findings.add(Finding::new(effect, field, expected, found));
    };
    constants(db, findings);
    let again = "the next object that is written gets an id that is in use";
    for (field, next, last) in [
        ("HEADER.bidNextB", header.next_block, space.last_block),
        ("HEADER.bidNextP", header.next_page, space.last_page),
    ] {
        if next <= last {
            report(Effect::Altered, field, &format!("more than {last}, which is in use"), &format!("{next}: {again}"));
        }
    }
    let last = maps::places(db).filter(|p| p.ptype == crate::ndb::page::PageType::AMAP).last().map_or(0, |p| p.ib.0);
    // The end of a file that is cut is told by itself.
    if db.len() >= header.root.file_eof && header.root.amap_last != last {
        let expected = format!("{last:#x}, the last AMap before ibFileEof");
        report(Effect::Altered, "ROOT.ibAMapLast", &expected, &format!("{:#x}", header.root.amap_last));
    }
    if db.len() > header.root.file_eof {
        let found = format!("{} bytes behind it", db.len() - header.root.file_eof);
        report(Effect::Notice, "ROOT.ibFileEof", &format!("the end of the file, {}", db.len()), &found);
    }
}

/// Checks what is the same in all files ([MS-PST] 2.2.2.6). Outlook takes a file with another value for none of its own.
fn constants(db: &Database<'_>, findings: &Findings) {
    let sentinel = if db.header().layout.format == Format::Ansi { 460 } else { 512 };
    let byte = |at| u16::from(u8_at(db.data, at).unwrap_or(0));
    let client = match (db.header().client, db.header().layout.format) {
        (Client::Ost, _) | (_, Format::Unicode4k) => Some(12),
        (Client::Pst, _) => Some(19),
        _ => None,
    };
    let fields = [
        ("HEADER.wVerClient", client, u16_at(db.data, 12).unwrap_or(0)),
        ("HEADER.bPlatformCreate", Some(1), byte(14)),
        ("HEADER.bPlatformAccess", Some(1), byte(15)),
        ("HEADER.bSentinel", Some(0x80), byte(sentinel)),
    ];
    for (field, expected, found) in fields {
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            findings.add(Finding::new(Effect::Notice, field, format!("{expected:#x}"), format!("{found:#x}")));
        }
    }
}
