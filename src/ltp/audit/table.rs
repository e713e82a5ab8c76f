//! Tables ([MS-PST] 2.3.4): the columns against each other and the row, the row index against the row matrix.

use std::fmt::Display;

use crate::Result;
use crate::bytes::u16_at;
use crate::damage::{Effect, Finding};
use crate::ltp::TableContext;
use crate::ltp::bth::Bth;
use crate::ltp::tc::{Column, cell_size};
use crate::mapi::tag::pr;
use crate::ndb::Scope;

pub(super) fn check(scope: Scope<'_>, table: &TableContext<'_>) -> Result<u32> {
    columns(scope, table);
    ends(scope, table)?;
    let ids = row_index(scope, table)?;
    rows(scope, table, &ids)
}

fn report(scope: Scope<'_>, structure: &'static str, expected: impl Display, found: impl Display) {
    scope.findings.add(Finding::new(Effect::Altered, structure, expected, found));
}

/// A rule that a reader can do without.
fn notice(scope: Scope<'_>, structure: &'static str, expected: impl Display, found: impl Display) {
    scope.findings.add(Finding::new(Effect::Notice, structure, expected, found));
}

fn columns(scope: Scope<'_>, table: &TableContext<'_>) {
    let columns = table.columns();
    if let Some([a, b]) = columns.array_windows().find(|[a, b]| a.tag >= b.tag) {
        notice(scope, "TCOLDESC", "columns by ascending tag", format!("{} behind {}", b.tag, a.tag));
    }
    let mut by_place: Vec<&Column> = columns.iter().collect();
    by_place.sort_by_key(|c| c.offset);
    let end = |c: &Column| usize::from(c.offset) + usize::from(c.size);
    for [a, b] in by_place.array_windows().filter(|[a, b]| end(a) > usize::from(b.offset)) {
        report(scope, "TCOLDESC.ibData", format!("the cell of {} behind that of {}", b.tag, a.tag), b.offset);
    }
    for c in by_place.iter().filter(|c| end(c) > table.existence_at()) {
        let expected = format!("the cell of {} before the cell existence block at {}", c.tag, table.existence_at());
        report(scope, "TCOLDESC.ibData", expected, c.offset);
    }
    for c in columns.iter().filter(|c| usize::from(c.size) != cell_size(c.tag.typ())) {
        let expected = format!("{} for {}", cell_size(c.tag.typ()), c.tag);
        notice(scope, "TCOLDESC.cbData", expected, c.size);
    }
    let mut bits: Vec<u8> = columns.iter().map(|c| c.bit).collect();
    bits.sort_unstable();
    if bits.iter().zip(0..).any(|(bit, n)| *bit != n) {
        report(
            scope,
            "TCOLDESC.iBit",
            format!("each of 0 to {} once", columns.len().saturating_sub(1)),
            format!("{bits:?}"),
        );
    }
    for (tag, offset) in [(pr::LTP_ROW_ID, 0), (pr::LTP_ROW_VER, 4)] {
        if !columns.iter().any(|c| c.tag == tag && c.offset == offset) {
            notice(scope, "TCOLDESC", format!("column {tag} at offset {offset} of the row"), "none");
        }
    }
}

/// `rgib` ([MS-PST] 2.3.4.1): where the cells of 8 and 4, of 2, of 1 byte end, and the row.
fn ends(scope: Scope<'_>, table: &TableContext<'_>) -> Result<()> {
    let info = table.heap().item(table.heap().user_root)?;
    let mut before = 0;
    for (n, name, sizes) in [(1, "TCI_4b", 4..=8), (2, "TCI_2b", 2..=2), (3, "TCI_1b", 1..=1)] {
        let of_size = table.columns().iter().filter(|c| sizes.contains(&c.size));
        let end = of_size.map(|c| c.offset.saturating_add(u16::from(c.size))).fold(before, u16::max);
        let told = u16_at(info, 2 * n).unwrap_or(0);
        if told != end {
            report(scope, "TCINFO.rgib", format!("{name} = {end}, where its columns end"), told);
        }
        before = end;
    }
    let end = before.saturating_add(table.columns().len().div_ceil(8) as u16);
    let told = u16_at(info, 8).unwrap_or(0);
    if told != end {
        report(scope, "TCINFO.rgib", format!("TCI_bm = {end}, a bit for each column"), told);
    }
    Ok(())
}

/// The ids of the rows by their position; 0 where the index has none.
fn row_index(scope: Scope<'_>, table: &TableContext<'_>) -> Result<Vec<u32>> {
    let mut ids = vec![0; table.matrix_rows()?];
    let Some(index) = table.row_index() else {
        return Ok(ids);
    };
    let width = scope.db.header().layout.row_number;
    super::bth::check(scope, &Bth::open(table.heap(), index)?, (4, width), "TCROWID");
    let mut count = 0;
    table.row_ids(|row| {
        count += 1;
        // A row that is not there is told by the reader.
        let Some(id) = ids.get_mut(row.index as usize) else { return };
        if std::mem::replace(id, row.id) != 0 {
            report(
                scope,
                "TCROWID.dwRowIndex",
                "a place of its own for each row",
                format!("two rows in {}", row.index),
            );
        }
    })?;
    if count != ids.len() {
        let expected = format!("{} rows, as the row matrix has", ids.len());
        report(scope, "TCROWID", expected, count);
    }
    Ok(ids)
}

/// Returns the highest version of a row.
fn rows(scope: Scope<'_>, table: &TableContext<'_>, ids: &[u32]) -> Result<u32> {
    let (mut wrong, mut blank, mut version) = (0, 0, 0);
    table.for_each_row_of(
        |_| true,
        |row| {
            wrong += u32::from(row.stored_id() != row.id);
            blank += u32::from(row.is_blank());
            version = row.version().max(version);
            row.lost_cells().for_each(|(tag, e)| {
                let expected = format!("the value of property {tag} in row {:#x}", row.id);
                report(scope, "cell", expected, e);
            });
        },
    )?;
    if wrong > 0 {
        let expected = format!("the id of the row in its first column, in {} rows", ids.len());
        report(scope, "row matrix", expected, format!("another one in {wrong}"));
    }
    if blank > 0 {
        let expected = format!("the bits of the cells that they have, in {} rows", ids.len());
        report(scope, "cell existence block", expected, format!("no bit in {blank}: nothing in them is read"));
    }
    Ok(version)
}
