//! A heap, and the B-tree on it that its root is taken for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pffkit::ltp::{Heap, Hid, bth::Bth};

fuzz_target!(|data: &[u8]| {
    pffkit_fuzz::node::each(data, |scope, node| {
        let Ok(heap) = Heap::open(scope, node.data, node.sub) else { return };
        // The first allocations of the first two blocks; others are reached by the tree.
        for hid in (0..64).flat_map(|i| [i << 5, 1 << 16 | i << 5]) {
            let _ = heap.item(Hid(hid));
        }
        if let Ok(tree) = Bth::open(&heap, heap.user_root) {
            tree.for_each(|key, value| assert!(!key.is_empty() && value.len() == tree.value_size()));
        }
    });
});
