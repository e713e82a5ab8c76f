//! Messages made for a rule each.
