//! The order of the records of a B-tree on a heap ([MS-PST] 2.3.2).

use crate::damage::{Effect, Finding};
use crate::ltp::bth::Bth;
use crate::ndb::Scope;

/// Checks that the records of `tree` rise, and that their key and value have the sizes `sizes`.
pub(super) fn check(scope: Scope<'_>, tree: &Bth<'_, '_>, sizes: (usize, usize), name: &'static str) {
    let report = |expected: String, found: String| {
        let found = format!("{found}; a reader that searches by halves misses records");
        scope.findings.add(Finding::new(Effect::Notice, name, expected, found));
    };
    let mut last: Option<u64> = None;
    let mut first = true;
    tree.for_each(|key, value| {
        if std::mem::take(&mut first) && (key.len(), value.len()) != sizes {
            let expected = format!("keys of {} and values of {} bytes", sizes.0, sizes.1);
            let found = format!("{} and {}", key.len(), value.len());
            scope.findings.add(Finding::new(Effect::Altered, name, expected, found));
        }
        // Records of NUL bytes are told by the reader.
        if key.iter().chain(value).all(|b| *b == 0) {
            return;
        }
        let number = key.iter().rev().take(8).fold(0, |n, b| n << 8 | u64::from(*b));
        if let Some(last) = last.filter(|last| number <= *last) {
            report(format!("a key above {last:#x}"), format!("{number:#x}"));
        }
        last = last.max(Some(number));
    });
    for (key, found) in tree.misplaced() {
        report(format!("the page that starts with key {key:02x?} where its parent has it"), format!("{found:02x?}"));
    }
}
