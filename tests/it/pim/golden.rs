//! Calendars and contacts that the peer made of the same files, compared field by field.

use super::{each_message, files, ics_of, vcf_of};
use crate::support::oracle;
use pffkit::mime::vcf::Version;

/// What `tests/oracle/compare.py` finds: items that both have, and differences that it knows no reason for.
#[test]
fn every_difference_from_the_peer_has_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let mut golden = None;
    for path in files() {
        let name = path.file_name().unwrap();
        let exported = path.parent().unwrap().join("../golden/export").join(name);
        if !exported.is_dir() {
            continue;
        }
        golden = exported.parent().map(ToOwned::to_owned);
        let own = dir.path().join(name);
        std::fs::create_dir(&own).unwrap();
        let mut n = 0;
        each_message(&path, |message, _, context| {
            n += 1;
            if let Some(text) = ics_of(message, context) {
                std::fs::write(own.join(format!("{n}.ics")), text).unwrap();
            }
            if let Some(text) = vcf_of(message, context, Version::V4) {
                std::fs::write(own.join(format!("{n}.vcf")), text).unwrap();
            }
        });
    }
    if let Some(golden) = golden
        && let Some(told) = oracle("compare.py", &[dir.path(), &golden])
    {
        assert!(told.ends_with(" items compared, 0 differences without a reason\n"), "{told}");
    }
}
