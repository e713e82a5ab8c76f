//! Checks heaps, property contexts and tables beyond what reading needs ([MS-PST] 2.3 and 2.6.2): page maps, fill levels, the order of
//! records, the layout of rows.

mod bth;
mod heap;
mod table;

use super::bth::Bth;
use super::heap::ClientSig;
use super::{Heap, PropertyContext, TableContext};
use crate::Result;
use crate::damage::{Effect, Finding};
use crate::mapi::PropType;
use crate::ndb::{Bid, Scope};

/// Checks the property context in the data tree `data` of a node with the subnodes `sub`, and gives it.
///
/// # Errors
/// As [`PropertyContext::open`].
pub fn properties<'m>(scope: Scope<'m>, data: Bid, sub: Bid) -> Result<PropertyContext<'m>> {
    let pc = PropertyContext::open(scope, data, sub)?;
    let heap = pc.heap();
    heap::check(heap);
    bth::check(scope, &Bth::open(heap, heap.user_root)?, (2, 6), "PC BTH");
    for prop in pc.props() {
        let typ = prop.tag.typ();
        if typ != PropType::OBJECT
            && let Err(e) = pc.raw(*prop)
        {
            let expected = format!("the value of property {}", prop.tag);
            scope.findings.add(Finding::new(Effect::Lost, "PC BTH record", expected, e));
        }
    }
    Ok(pc)
}

/// Checks the table in the data tree `data` of a node with the subnodes `sub`. Gives the highest version of its rows.
///
/// # Errors
/// As [`TableContext::open`].
pub fn table(scope: Scope<'_>, data: Bid, sub: Bid) -> Result<u32> {
    match TableContext::open(scope, data, sub) {
        Ok(table) => {
            heap::check(table.heap());
            table::check(scope, &table)
        }
        Err(e) => {
            let heap = Heap::open(scope, data, sub)?;
            heap::check(&heap);
            if heap.client == ClientSig::UNDESCRIBED_TABLE { Ok(0) } else { Err(e) }
        }
    }
}
