//! A table and all of its cells.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pffkit::ltp::TableContext;

fuzz_target!(|data: &[u8]| {
    pffkit_fuzz::node::each(data, |scope, node| {
        let Ok(table) = TableContext::open(scope, node.data, node.sub) else { return };
        let mut ids = 0usize;
        let _ = table.row_ids(|_| ids += 1);
        let mut rows = 0usize;
        let _ = table.for_each_row(|row| {
            rows += 1;
            row.cells().for_each(drop);
        });
        assert!(rows <= ids, "{rows} rows under {ids} ids");
    });
});
