//! What the writing side writes, as others read it: Debian's readpst and pffexport, and the project's own readers.

mod again;
mod large;
pub mod own;
pub mod peers;

use crate::recipes::FIXTURES;
use crate::support::fixture;

#[test]
fn the_fixtures_are_what_their_recipes_make() {
    for (name, make) in FIXTURES {
        let kept = std::fs::read(fixture(name)).unwrap_or_default();
        let made = make();
        let differ = kept.iter().zip(&made).position(|(a, b)| a != b);
        assert!(
            kept == made,
            "fixtures/{name} has {} bytes, its recipe makes {}; first difference at {differ:?}: run `cargo run --example make_fixtures`",
            kept.len(),
            made.len(),
        );
    }
}

#[test]
fn every_fixture_is_in_the_readme() {
    let readme = std::fs::read_to_string(fixture("README.md")).unwrap();
    for (name, _) in FIXTURES {
        assert!(readme.contains(&format!("`{name}`")), "fixtures/README.md does not tell of {name}");
    }
}
