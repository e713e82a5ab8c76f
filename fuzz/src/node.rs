//! A sound file with one node whose data or subnodes are fuzzed.

use std::io::Cursor;

use pffkit::Result;
use pffkit::damage::Findings;
use pffkit::limits::Limits;
use pffkit::ndb::write::{Options, SubnodeEntry, Writer};
use pffkit::ndb::{Arena, Bid, Client, CryptMethod, Database, Format, Nid, NidType, Node, Scope};

/// The node.
const NID: Nid = Nid::new(NidType::NORMAL_MESSAGE, 0x8001);
/// Its subnode: an id that a property or a row matrix can name.
pub const SUBNODE: Nid = Nid(0x803F);

/// Calls `read` with the node that `input` makes: the first byte chooses the format and how the rest is cut into the blocks of the node's
/// data and of one subnode.
pub fn each(input: &[u8], read: impl FnOnce(Scope<'_>, Node)) {
    let Some((choice, rest)) = input.split_first() else { return };
    let format = [Format::Ansi, Format::Unicode, Format::Unicode4k][usize::from(choice & 3) % 3];
    let file = file(format, usize::from(choice >> 2), rest);
    let findings = Findings::new();
    let db = Database::open(&file, Limits::default(), &findings).expect("the file around the node is sound");
    let node = db.node(NID, &findings).expect("its tree is, too").expect("the node was put there");
    let arena = Arena::new();
    read(Scope { db: &db, arena: &arena, findings: &findings }, node);
}

fn file(format: Format, cut: usize, rest: &[u8]) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let options = Options { format, client: Client::Pst, crypt: CryptMethod::None, ..Options::default() };
    let mut write = || -> Result<()> {
        let mut writer = Writer::new(&mut file, options)?;
        // The subnode takes as much of the end as the first byte says.
        let (data, sub) = rest.split_at(rest.len() - rest.len() * cut / 64);
        let data = writer.put_data(data)?;
        let subnode = SubnodeEntry { nid: SUBNODE, data: writer.put_data(sub)?, subnodes: Bid::default() };
        let subnodes = writer.put_subnodes(&[subnode])?;
        writer.put_node(NID, data, subnodes, Nid::ROOT_FOLDER)?;
        writer.finish()
    };
    write().expect("memory takes all that is written");
    file.into_inner()
}
