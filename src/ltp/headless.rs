//! What is left of a table whose first block is lost, and with it all that tells of its parts.

use std::collections::HashSet;

use super::heap::allocations;
use crate::bytes::{u16_at, u32_at};
use crate::ndb::{Bid, Nid, Scope};

/// Bytes of a TCROWID ([MS-PST] 2.3.4.3.1); in ANSI files the position has two.
const RECORDS: [usize; 2] = [8, 6];
/// Fewer records than this may be anything.
const LEAST: usize = 4;

/// The nodes that the rows of the table in the data tree `data` stand for, by what is left of its row index: the allocations that hold
/// nothing but records with ascending ids of nodes that `may_be` in it, each with a position of its own. Empty where there is none.
pub fn row_ids(scope: Scope<'_>, data: Bid, may_be: impl Fn(Nid) -> bool) -> Vec<Nid> {
    let mut ids = Vec::new();
    for block in scope.db.leaves(data, scope.findings).filter_map(|bid| scope.db.block(bid, scope.findings).ok()) {
        for bytes in allocations(&block) {
            ids.extend(RECORDS.iter().find_map(|size| records(bytes, *size, &may_be)).unwrap_or_default());
        }
    }
    ids
}

/// The ids of the records of `size` bytes that `bytes` holds; `None` where it holds anything else.
fn records(bytes: &[u8], size: usize, may_be: impl Fn(Nid) -> bool) -> Option<Vec<Nid>> {
    let records = bytes.chunks_exact(size);
    if records.len() < LEAST || !records.remainder().is_empty() {
        return None;
    }
    let position = |r: &[u8]| u32_at(r, 4).or_else(|| u16_at(r, 4).map(u32::from));
    let mut positions = HashSet::new();
    let ids: Vec<Nid> = records
        .map(|r| u32_at(r, 0).map(Nid).filter(|nid| may_be(*nid) && positions.insert(position(r))))
        .collect::<Option<_>>()?;
    ids.is_sorted_by(|a, b| a < b).then_some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(records: &[(u32, u16)]) -> Vec<u8> {
        records.iter().flat_map(|(id, at)| [&id.to_le_bytes()[..], &at.to_le_bytes()].concat()).collect()
    }

    #[test]
    fn only_ascending_ids_at_places_of_their_own_are_an_index() {
        let good = [(0x24, 3), (0x44, 0), (0x64, 2), (0x84, 1)];
        let all = |nid: Nid| nid.0 & 0x1F == 4;
        assert_eq!(records(&bytes(&good), 6, all), Some([0x24, 0x44, 0x64, 0x84].map(Nid).to_vec()));
        assert_eq!(records(&bytes(&good), 8, all), None);
        assert_eq!(records(&bytes(&good[1..]), 6, all), None, "too few");
        assert_eq!(records(&bytes(&good)[..23], 6, all), None, "half of a record");
        for (i, wrong) in [(1, (0x45, 0)), (1, (0x24, 0)), (2, (0x64, 3))] {
            let mut records = good;
            records[i] = wrong;
            assert_eq!(super::records(&bytes(&records), 6, all), None, "{wrong:?}");
        }
    }
}
