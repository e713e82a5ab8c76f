//! What tables tell of the objects in them: some of their properties. It is of use where an object has lost its own.

use super::budget::Budget;
use super::text::Charset;
use crate::ltp::TableContext;
use crate::ltp::tc::Row;
use crate::mapi::{Props, tag::pr};
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
        let row = TableContext::open(scope, self.data, self.sub)
            .and_then(|table| table.row(self.id, |row| props(&row, budget, charset)));
        // What is wrong with the table has been told where it was walked.
        row.ok().flatten().unwrap_or_default()
    }
}

/// The properties of the object that `row` stands for.
pub(super) fn props<'m>(row: &Row<'_, 'm>, budget: &Budget<'m>, charset: Charset) -> Props<'m> {
    let of_table = [pr::LTP_ROW_ID, pr::LTP_ROW_VER];
    let cells = row.cells().filter(|(tag, _)| !of_table.contains(tag));
    budget.keep(cells.map(|(tag, value)| charset.to_unicode(tag, value, budget.scope)))
}
