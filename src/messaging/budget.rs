//! What one message may take, with all that is in it. Blocks may be named more than once, so a small file can hold a message of any size.

use std::cell::Cell;
use std::fmt::Display;

use crate::damage::{Effect, Finding};
use crate::mapi::{PropTag, Props, Value};
use crate::ndb::Scope;

/// What is left of the limits of one message. Going beyond one is a finding, told once.
pub(super) struct Budget<'m> {
    /// Where the message is read.
    pub(super) scope: Scope<'m>,
    bytes: Cell<Option<u64>>,
    objects: Cell<Option<usize>>,
}

impl<'m> Budget<'m> {
    pub(super) fn new(scope: Scope<'m>) -> Self {
        let limits = scope.db.limits();
        Self { scope, bytes: Cell::new(Some(limits.item_bytes)), objects: Cell::new(Some(limits.children)) }
    }

    /// Whether there may be one more recipient or attachment. It is counted.
    pub(super) fn has_object(&self) -> bool {
        let Some(left) = self.objects.get() else { return false };
        self.objects.set(left.checked_sub(1));
        if left == 0 {
            let expected = format!("at most {} recipients and attachments", self.scope.db.limits().children);
            self.exceeded(expected, "more; those behind are left out");
        }
        left > 0
    }

    /// The properties, as far as there is room for their values. Those behind are not even read.
    pub(super) fn keep(&self, values: impl Iterator<Item = (PropTag, Value<'m>)>) -> Props<'m> {
        let mut kept = Props::new();
        let Some(mut left) = self.bytes.get() else { return kept };
        for (tag, value) in values {
            match left.checked_sub(value.held()) {
                Some(rest) => left = rest,
                None => {
                    self.bytes.set(None);
                    let expected = format!("at most {} bytes of values", self.scope.db.limits().item_bytes);
                    self.exceeded(expected, format!("more; property {tag} and all behind it are left out"));
                    return kept;
                }
            }
            kept.push(tag, value);
        }
        self.bytes.set(Some(left));
        kept
    }

    fn exceeded(&self, expected: String, found: impl Display) {
        self.scope.findings.add(Finding::new(Effect::Lost, "message", expected, found));
    }
}
