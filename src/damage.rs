//! What was found wrong, and what it cost: [`Finding`] and the per-item collector [`Findings`].

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

/// What a finding means for the object it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// A rule of the format is broken, but nothing was lost by it.
    Notice,
    /// A value was changed on the way, or its bytes can't be trusted.
    Altered,
    /// Something that the file names could not be read.
    Lost,
}

/// One thing that is wrong with the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it means.
    pub effect: Effect,
    /// The structure, in the spelling of the specification.
    pub structure: Cow<'static, str>,
    /// Offset in the file, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The node it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nid: Option<u32>,
    /// The block it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bid: Option<u64>,
    /// What the format demands.
    pub expected: String,
    /// What the file holds.
    pub found: String,
}

impl Finding {
    /// A finding in `structure`: `expected` against `found`.
    pub fn new(
        effect: Effect,
        structure: impl Into<Cow<'static, str>>,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) -> Self {
        Self {
            effect,
            structure: structure.into(),
            offset: None,
            nid: None,
            bid: None,
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    /// The same finding at `offset`.
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The same finding of node `nid`.
    pub fn nid(mut self, nid: u32) -> Self {
        self.nid = Some(nid);
        self
    }

    /// The same finding of block `bid`.
    pub fn bid(mut self, bid: u64) -> Self {
        self.bid = Some(bid);
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.structure)?;
        if let Some(offset) = self.offset {
            write!(f, " at offset {offset:#x}")?;
        }
        if let Some(nid) = self.nid {
            write!(f, " (node {nid:#x})")?;
        }
        if let Some(bid) = self.bid {
            write!(f, " (block {bid:#x})")?;
        }
        write!(f, ": expected {}, found {}", self.expected, self.found)
    }
}

/// The findings of one scope (a file, an item). Clones share the same list; the list is bounded, what exceeds it is counted.
#[derive(Debug, Clone, Default)]
pub struct Findings(Arc<Mutex<List>>);

#[derive(Debug, Default)]
struct List {
    kept: Vec<Finding>,
    suppressed: u64,
    worst: Option<Effect>,
}

/// Findings kept in one scope; more are only counted.
const KEPT: usize = 200;

impl Findings {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records `finding`. A finding that the list holds already is not repeated.
    pub fn add(&self, finding: Finding) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.worst = list.worst.max(Some(finding.effect));
        if list.kept.contains(&finding) {
            return;
        }
        if list.kept.len() < KEPT {
            list.kept.push(finding);
        } else {
            list.suppressed += 1;
        }
    }

    /// Takes what has been recorded so far out of the list; a last entry says how many more there were.
    pub fn take(&self) -> Vec<Finding> {
        let list = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut kept = list.kept;
        if list.suppressed > 0 {
            kept.push(Finding::new(
                list.worst.unwrap_or(Effect::Notice),
                "findings",
                format!("at most {KEPT} in one place"),
                format!("{} more", list.suppressed),
            ));
        }
        kept
    }

    /// Copies of the findings recorded so far that are graver than a notice.
    pub fn losses(&self) -> Vec<Finding> {
        let list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.kept.iter().filter(|f| f.effect > Effect::Notice).cloned().collect()
    }

    /// The gravest effect recorded so far; `None` when nothing is.
    pub fn worst(&self) -> Option<Effect> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).worst
    }

    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.worst().is_none()
    }
}
