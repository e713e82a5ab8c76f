//! Pages and blocks of both trees, as they are found and looked up: the file is fuzzed, and nothing above the node database reads it.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use pffkit::damage::{Finding, Findings};
use pffkit::limits::Limits;
use pffkit::ndb::{Arena, Database, Scope, Subnodes};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    pffkit_fuzz::mutate_file(data, size, max_size.min(pffkit_fuzz::FILE), seed)
});

/// Whether `data` can be opened, whether its trees are damaged, and what is found wrong, by several threads.
fn opened(data: &[u8], threads: usize) -> (Option<bool>, Vec<Finding>) {
    let findings = Findings::new();
    let db = Database::open(data, Limits { threads, ..Limits::default() }, &findings);
    (db.ok().map(|db| db.index().is_some()), findings.take())
}

fuzz_target!(|data: &[u8]| {
    assert_eq!(opened(data, 1), opened(data, 3), "several threads see what one sees");
    let findings = Findings::new();
    let Ok(db) = Database::open(data, Limits::default(), &findings) else { return };
    for block in db.blocks(&findings) {
        let _ = db.block(block.bid, &findings);
    }
    for node in db.nodes(&findings) {
        let found = db.node(node.nid, &findings);
        assert!(found.is_ok_and(|n| n.is_some()), "node {} is listed, but not found", node.nid);
        let arena = Arena::new();
        let scope = Scope { db: &db, arena: &arena, findings: &findings };
        let _ = scope.data(node.data);
        for subnode in Subnodes::new(scope, node.sub).iter() {
            let _ = scope.data(subnode.data);
        }
    }
    db.audit(&mut |_| ());
});
