//! Checks a PFF file and shows what is in it.

use std::io::{self, Write};
use std::process::ExitCode;

use pffkit::cli::args::Pffck;
use pffkit::cli::exit::{self, Exit};
use pffkit::cli::logging;
use pffkit::cli::map::{Map, State, Title};
use pffkit::cli::output;
use pffkit::cli::report::counted;
use pffkit::cli::show::Show;
use pffkit::damage::{Effect, Finding, Findings};
use pffkit::messaging::{Census, Store, audit, recover};
use pffkit::mt::NameMap;
use pffkit::mt::from_pff::{Item, Kind, Observer, Options, Totals, export, name_map};
use pffkit::mt::object::Frame;
use pffkit::ndb::audit::{Audit, Part, Reached, Recovery};
use pffkit::ndb::{Database, Header, Nid, NidType};
use pffkit::sanitize;
use pffkit::source::Source;
use pffkit::{Error, ErrorKind};
use serde_json::{Value, json};

fn main() -> ExitCode {
    exit::run("pffck", run)
}

fn run(args: Pffck) -> anyhow::Result<Exit> {
    logging::init("pffck", args.logging.loglevel);
    let source = Source::open(&args.file)?;
    let in_file = |e: pffkit::Error| e.in_file(&args.file);
    let findings = Findings::new();
    let db = match recover::open(source.bytes(), args.reading.limits(), args.reading.recover(), &findings) {
        Ok(db) => db,
        Err(e) => return Ok(show_unreadable(&args, &e)?),
    };
    let store = Store::open(&db, args.charset, &findings);
    let mut map = Map::new(db.len());
    let mut audit = db.audit(&mut |extent| map.add(extent));
    audit.parts.extend(audit::audit(&store));
    keep_strict(&args, &audit.parts).map_err(in_file)?;
    let mut items = Items::new(&args, &store);
    let options = Options { assoc: true, strict: args.strict, ..Options::new("") };
    // What is read for a check is what would be written: the stream itself is thrown away.
    let (_, totals) = export(&store, &options, &findings, io::sink(), &mut items).map_err(in_file)?;
    if args.is_shown() && !args.json {
        items.done = items.done.and_then(|()| show_nodes(&db));
    }
    items.done?;
    let report =
        Report { store: &store, audit, recovery: db.recovery(), totals, damaged: items.damaged, more: items.more };
    let exit = report.exit();
    if let Some(path) = &args.map {
        let mut file = output::create(path, &[&args.file])?;
        file.write_all(report.picture(&args, &map).as_bytes()).map_err(Error::of_output)?;
    }
    if args.json {
        report.json(&args)?
    } else {
        report.text(&args)?
    }
    Ok(exit)
}

/// Shows the verdict on a file of which nothing can be read. It is what was asked for, and says why: no message on standard error
/// repeats it.
fn show_unreadable(args: &Pffck, e: &Error) -> io::Result<Exit> {
    let mut out = io::stdout().lock();
    let (file, verdict) = (args.file.to_string_lossy(), format!("not readable: {e}"));
    if args.json {
        writeln!(out, "{}", json!({ "file": file, "verdict": verdict }))?;
    } else {
        writeln!(out, "{}: {}", sanitize::text(&file), sanitize::text(&verdict))?;
    }
    Ok(e.kind().into())
}

/// With `--strict`, the first finding ends the run.
fn keep_strict(args: &Pffck, parts: &[Part]) -> pffkit::Result<()> {
    let first = parts.iter().flat_map(|p| &p.findings).next().filter(|_| args.strict);
    let stop = |f: &Finding| Error::new(ErrorKind::Corrupt, format!("{f} (stopped here because of --strict)"));
    first.map_or(Ok(()), |f| Err(stop(f)))
}

/// Listens to the reading: shows objects, keeps what is wrong with them.
struct Items {
    show: Option<Show<io::Stdout>>,
    names: NameMap,
    damaged: Vec<Item>,
    /// Damaged items that are only counted.
    more: u64,
    done: io::Result<()>,
}

/// Damaged items that are kept to be shown.
const KEPT: usize = 10_000;

impl Items {
    fn new(args: &Pffck, store: &Store<'_>) -> Self {
        let show = (args.is_shown() && !args.json).then(|| Show::new(io::stdout(), args.properties > 0));
        Self { show, names: name_map(store), damaged: Vec::new(), more: 0, done: Ok(()) }
    }
}

impl Observer for Items {
    fn wants_objects(&self) -> bool {
        self.show.is_some()
    }

    fn object(&mut self, depth: usize, object: &Frame<'_>) {
        if let (Some(show), Ok(())) = (&mut self.show, &self.done) {
            show.depth = depth;
            self.done = show.frame(object, &self.names);
        }
    }

    fn item(&mut self, item: &Item) {
        if self.damaged.len() < KEPT { self.damaged.push(item.clone()) } else { self.more += 1 }
    }

    fn notice(&mut self, item: &Item) {
        self.item(item);
    }
}

struct Report<'r> {
    store: &'r Store<'r>,
    audit: Audit,
    recovery: Option<Recovery>,
    totals: Totals,
    damaged: Vec<Item>,
    more: u64,
}

impl Report<'_> {
    fn findings(&self) -> impl Iterator<Item = &Finding> {
        let parts = self.audit.parts.iter().flat_map(|p| &p.findings);
        self.damaged.iter().flat_map(|i| &i.findings).chain(parts)
    }

    fn exit(&self) -> Exit {
        let worst = self.findings().map(|f| f.effect).max();
        if worst > Some(Effect::Notice) || !self.totals.is_whole() { Exit::Partial } else { Exit::Ok }
    }

    fn verdict(&self) -> String {
        let t = &self.totals;
        let count = self.findings().count();
        let findings = counted(count as u64, "finding");
        match (self.exit(), count) {
            (Exit::Ok, 0) => "sound: nothing is wrong".to_owned(),
            (Exit::Ok, 1) => "readable: a rule of the format is broken, nothing is lost by it".to_owned(),
            (Exit::Ok, n) => format!("readable: rules of the format are broken in {n} places, nothing is lost by it"),
            _ if t.found == 0 => format!("damaged: {findings}; no message is in it"),
            _ => format!(
                "damaged: {findings}; of {} messages {} are whole, {} in part, {} not readable",
                t.found, t.whole, t.part, t.missing
            ),
        }
    }

    fn picture(&self, args: &Pffck, map: &Map) -> String {
        let state = match (self.exit(), self.findings().next()) {
            (Exit::Ok, None) => State::Sound,
            (Exit::Ok, _) => State::Readable,
            _ => State::Damaged,
        };
        let name = args.file.file_name().unwrap_or(args.file.as_os_str()).to_string_lossy();
        let format = describe(self.store.db.header());
        map.to_svg(&Title { name: &sanitize::text(&name), format: &format, verdict: &self.verdict(), state })
    }

    fn text(&self, args: &Pffck) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let (header, s, t) = (self.store.db.header(), &self.audit.structure, &self.totals);
        writeln!(out, "{}: {}", sanitize::text(&args.file.to_string_lossy()), self.verdict())?;
        writeln!(out, "  {}, {} bytes", describe(header), self.store.db.len())?;
        if self.store.has_password {
            writeln!(out, "  it has a password; reading needs none")?;
        }
        writeln!(
            out,
            "  {} nodes; {} blocks ({} of trees, {} compressed, {} unreadable) with {} bytes",
            s.nodes, s.blocks, s.internal_blocks, s.compressed_blocks, s.unreadable_blocks, s.stored_bytes
        )?;
        let objects = [
            counted(t.folders, "folder"),
            counted(t.search_folders, "search folder"),
            counted(t.messages, "message"),
            format!("{} FAI", t.fai),
            counted(t.recipients, "recipient"),
            counted(t.attachments, "attachment"),
            counted(t.embedded, "embedded message"),
        ];
        writeln!(out, "  {}", objects.join(", "))?;
        writeln!(out, "  {} named properties", self.store.names.len())?;
        writeln!(
            out,
            "  {} bytes free, {} kept that nothing uses, {} blocks that nothing refers to",
            s.free_bytes, s.leaked_bytes, s.unreferenced_blocks
        )?;
        if let Some(Recovery { by_trees, recovered }) = &self.recovery {
            writeln!(out, "  by its trees alone: {}", reached(by_trees))?;
            writeln!(out, "  with what was recovered: {}", reached(recovered))?;
        }
        self.audit.parts.iter().try_for_each(|part| show_part(&mut out, part))?;
        for item in &self.damaged {
            let what = match item.kind {
                Kind::File => "file".to_owned(),
                kind => format!("{} {:#x} \"{}\" in {}/", self::kind(kind), item.nid, item.subject, item.folder),
            };
            for f in &item.findings {
                writeln!(out, "{}: {}: {}", effect(f.effect), sanitize::text(&what), sanitize::text(&f.to_string()))?;
            }
        }
        if self.more > 0 {
            writeln!(out, "and {} more damaged items; pff2mt --ledger lists them all", self.more)?;
        }
        Ok(())
    }

    fn json(&self, args: &Pffck) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let mut report = json!({
            "file": args.file.to_string_lossy(),
            "verdict": self.verdict(),
            "header": header_json(self.store.db.header(), self.store.db.len()),
            "password": self.store.has_password,
            "structure": self.audit.structure,
            "parts": self.audit.parts,
            "recovery": self.recovery,
            "named_properties": self.store.names.len(),
            "totals": self.totals,
            "damaged": self.damaged,
            "more_damaged": self.more,
        });
        if args.tree {
            report["folders"] = folders_json(self.store);
        }
        serde_json::to_writer_pretty(&mut out, &report)?;
        writeln!(out)
    }
}

fn reached(reached: &Reached) -> String {
    format!("{} nodes, {} folders, {} messages with FAI", reached.nodes, reached.folders, reached.messages)
}

fn show_part(out: &mut impl Write, part: &Part) -> io::Result<()> {
    writeln!(out, "{}:", part.name)?;
    part.findings.iter().try_for_each(|f| writeln!(out, "  {}: {}", effect(f.effect), sanitize::text(&f.to_string())))
}

/// Shows the nodes that are neither folders nor messages: tables, queues, the store's own.
fn show_nodes(db: &Database<'_>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let shown = [NidType::NORMAL_FOLDER, NidType::NORMAL_MESSAGE, NidType::ASSOC_MESSAGE];
    let findings = Findings::new();
    for node in db.nodes(&findings).filter(|n| !shown.contains(&n.nid.typ())) {
        let (size, kind) = (db.data_len(node.data), node.nid.typ().name());
        writeln!(out, "node {} in {}: {kind}, {size} bytes", node.nid, node.parent)?;
    }
    Ok(())
}

/// The folders of the node B-tree with what is directly in each.
fn folders_json(store: &Store<'_>) -> Value {
    let census = Census::take(store.db, &Findings::new());
    let folder = |(nid, parent): (&Nid, &Nid)| {
        let c = census.of(*nid);
        json!({ "nid": nid.to_string(), "parent": parent.to_string(), "messages": c.messages, "fai": c.fai })
    };
    census.folders.iter().map(folder).collect()
}

fn describe(header: &Header) -> String {
    format!(
        "{} ({:?}), wVer {}, wVerClient {}, encryption {}",
        header.client.name(),
        header.layout.format,
        header.version,
        header.client_version,
        format!("{:?}", header.crypt).to_lowercase()
    )
}

fn header_json(header: &Header, size: u64) -> Value {
    let root = &header.root;
    json!({
        "client": header.client.name(),
        "format": format!("{:?}", header.layout.format),
        "wVer": header.version,
        "wVerClient": header.client_version,
        "crypt": format!("{:?}", header.crypt).to_lowercase(),
        "dwUnique": header.unique,
        "size": size,
        "ibFileEof": root.file_eof,
        "ibAMapLast": root.amap_last,
        "cbAMapFree": root.amap_free,
        "fAMapValid": root.amap_valid,
        "nbt": { "bid": root.nbt.bid.0, "ib": root.nbt.ib.0 },
        "bbt": { "bid": root.bbt.bid.0, "ib": root.bbt.ib.0 },
    })
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Notice => "notice",
        Effect::Altered => "altered",
        Effect::Lost => "lost",
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::File => "file",
        Kind::Folder => "folder",
        Kind::Message => "message",
        Kind::Fai => "FAI",
    }
}
