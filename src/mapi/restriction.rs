//! Restrictions and rule actions ([MS-OXCDATA] 2.12, [MS-OXORULE] 2.2.5).

/// A restriction.
#[derive(Debug, Clone)]
pub struct Restriction {}

/// The actions of a rule.
#[derive(Debug, Clone)]
pub struct Actions {}
