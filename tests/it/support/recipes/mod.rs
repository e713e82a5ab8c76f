//! How the files of `fixtures/` are made. `cargo run --example make_fixtures` writes them all.

pub mod build;
pub mod damaged;
pub mod sample;
pub mod special;

use pffkit::ndb::Format;
use pffkit::ndb::crypt::CryptMethod;

/// A fixture: its path below `fixtures/`, and how its bytes are made.
pub type Fixture = (&'static str, fn() -> Vec<u8>);

/// All fixtures that are kept in the repository.
pub const FIXTURES: &[Fixture] = &[
    ("sample.pst", sample_pst),
    ("ansi.pst", special::ansi),
    ("ost4k.ost", special::ost4k),
    ("address-book.pab", special::address_book),
    ("crypt-none.pst", || special::small(CryptMethod::None)),
    ("crypt-permute.pst", || special::small(CryptMethod::Permute)),
    ("crypt-cyclic.pst", || special::small(CryptMethod::Cyclic)),
    ("password.pst", special::password),
    ("all-types.pst", special::all_types),
    ("attachment-methods.pst", special::attachment_methods),
    ("embedded-deep.pst", special::embedded_deep),
    ("damaged/header-crc.pst", damaged::header_crc),
    ("damaged/block-crc.pst", damaged::block_crc),
    ("damaged/page-crc.pst", damaged::page_crc),
    ("damaged/truncated.pst", damaged::truncated),
    ("damaged/header-only.pst", damaged::header_only),
    ("damaged/all-nul.pst", damaged::all_nul),
    ("damaged/duplicate-name.pst", damaged::duplicate_name),
    ("damaged/unpaired-surrogate.pst", damaged::unpaired_surrogate),
    ("damaged/orphan-message.pst", damaged::orphan_message),
    ("damaged/orphan-folder.pst", damaged::orphan_folder),
    ("damaged/no-contents-table.pst", damaged::no_contents_table),
    ("damaged/same-named-siblings.pst", damaged::same_named_siblings),
    ("damaged/lossy-string8.pst", damaged::lossy_string8),
];

pub fn sample_pst() -> Vec<u8> {
    build::file(Format::Unicode, CryptMethod::Permute, sample::fill)
}
