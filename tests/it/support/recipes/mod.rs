//! How the files of `fixtures/` are made. `cargo run --example make_fixtures` writes them all.

pub mod build;
pub mod damaged;
pub mod hostile;
pub mod patch;
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
    ("damaged/data-tree-repeats.pst", hostile::data_tree_repeats),
    ("damaged/xblock-names-itself.pst", hostile::xblock_names_itself),
    ("damaged/slblock-names-itself.pst", hostile::slblock_names_itself),
    ("damaged/siblock-names-itself.pst", hostile::siblock_names_itself),
    ("damaged/two-keys-one-page.pst", hostile::two_keys_one_page),
    ("damaged/page-names-itself.pst", hostile::page_names_itself),
    ("damaged/keys-out-of-order.pst", hostile::keys_out_of_order),
    ("damaged/text-without-end.pst", hostile::text_without_end),
    ("damaged/table-of-2-32-rows.pst", hostile::table_of_2_32_rows),
    ("damaged/table-of-no-columns.pst", || hostile::table_of_sizes(0, 0, 0)),
    ("damaged/table-of-no-row-size.pst", || hostile::table_of_sizes(4, 0, 0)),
    ("damaged/table-of-largest-row-size.pst", || hostile::table_of_sizes(4, 0xFFFF, 0xFFFF)),
    ("damaged/table-of-too-many-columns.pst", || hostile::table_of_sizes(255, 1, 33)),
    ("damaged/heap-items-overlap.pst", hostile::heap_items_overlap),
    ("damaged/bth-page-names-itself.pst", hostile::bth_page_names_itself),
    ("damaged/message-embeds-itself.pst", hostile::message_embeds_itself),
    ("damaged/message-doubles.pst", hostile::message_doubles),
    ("damaged/texts-share-bytes.pst", hostile::texts_share_bytes),
];

pub fn sample_pst() -> Vec<u8> {
    build::file(Format::Unicode, CryptMethod::Permute, sample::fill)
}
