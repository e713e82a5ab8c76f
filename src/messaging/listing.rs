//! What tables tell of the objects in them: some of their properties. It is of use where an object has lost its own.

use super::budget::Budget;
use super::text::Charset;
use crate::ltp::TableContext;
use crate::mapi::{PropTag, Props, tag::pr};
use crate::ndb::Bid;

/// The row of an object in a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listing {
    /// The data tree of the table's node.
    pub(super) data: Bid,
    /// Its subnodes.
    pub(super) sub: Bid,
    /// The object.
    pub(super) id: u32,
}

impl Listing {
    /// What the row tells; nothing where there is none, or no table that can be read.
    pub(super) fn props<'m>(self, budget: &Budget<'m>, charset: Charset) -> Props<'m> {
        let scope = budget.scope;
        let of_object = |tag: PropTag| tag != pr::LTP_ROW_ID && tag != pr::LTP_ROW_VER;
        let row = TableContext::open(scope, self.data, self.sub).and_then(|table| {
            table.row(self.id, |row| {
                let cells = row.cells().filter(|(tag, _)| of_object(*tag));
                budget.keep(cells.map(|(tag, value)| charset.to_unicode(tag, value, scope)))
            })
        });
        // What is wrong with the table has been told where it was walked.
        row.ok().flatten().unwrap_or_default()
    }
}
