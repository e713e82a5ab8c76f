//! Reads every page of both B-trees and every block, and counts them: what a check of a file is made of.

use serde::Serialize;

use super::{Database, Format};
use crate::damage::{Effect, Finding, Findings};

/// What is in the trees of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Structure {
    /// Entries of the node B-tree.
    pub nodes: u64,
    /// Entries of the block B-tree.
    pub blocks: u64,
    /// Blocks that hold trees and not data.
    pub internal_blocks: u64,
    /// Blocks that are stored compressed.
    pub compressed_blocks: u64,
    /// Blocks that can't be read.
    pub unreadable_blocks: u64,
    /// Bytes of all blocks as they are stored, without trailers and padding.
    pub stored_bytes: u64,
}

impl Database<'_> {
    /// Reads everything that the two trees of the file refer to. What is wrong goes to `findings`.
    pub fn verify(&self, findings: &Findings) -> Structure {
        let mut s = Structure { nodes: self.nodes(findings).count() as u64, ..Structure::default() };
        let wide = self.header().layout.format == Format::Unicode4k;
        for block in self.blocks(findings) {
            s.blocks += 1;
            s.stored_bytes += u64::from(block.cb);
            s.internal_blocks += u64::from(block.bid.is_internal());
            let read = self.block(block.bid, findings);
            s.compressed_blocks += u64::from(wide && read.as_ref().is_ok_and(|b| b.len() != usize::from(block.cb)));
            if let Err(e) = read {
                s.unreadable_blocks += 1;
                findings
                    .add(Finding::new(Effect::Lost, "block", "a readable block", e).at(block.ib.0).bid(block.bid.0));
            }
        }
        s
    }
}
