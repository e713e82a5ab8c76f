//! Messages ([MS-PST] 2.4.5) with their recipients, attachments and the messages embedded in them.

use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};

use super::budget::Budget;
use super::listing::{self, Listing};
use super::text::{Charset, props, split_subject};
use crate::damage::{Effect, Finding};
use crate::ltp::{Prop, PropertyContext, Raw, TableContext};
use crate::mapi::attach_method::{BY_VALUE, EMBEDDED, OLE};
use crate::mapi::{PropTag, Props, Stream, Value, tag::pr};
use crate::ndb::{Bid, DataStream, Nid, NidType, Scope, Subnode, Subnodes};
use crate::{Error, Result};

/// A message: top-level or embedded.
#[derive(Debug, Default)]
pub struct Message<'m> {
    /// Its properties, strings decoded.
    pub props: Props<'m>,
    /// Its recipients, in the order of the table.
    pub recipients: Vec<Props<'m>>,
    /// Its attachments, in the order of the table.
    pub attachments: Vec<Attachment<'m>>,
}

/// An attachment ([MS-PST] 2.4.6).
#[derive(Debug, Default)]
pub struct Attachment<'m> {
    /// Its properties. The storage of an OLE object is its PidTagAttachDataObject.
    pub props: Props<'m>,
    /// The message that it holds.
    pub embedded: Option<Box<Message<'m>>>,
}

/// Subnodes of an attachment among which its content is looked for: it has one for each large value.
const MOST_VALUES: usize = 16;

impl<'m> Message<'m> {
    /// The message in the data tree `data` of a node with the subnodes `sub`. What can't be read of it is a finding, be it all
    /// of its properties: then what `listing`, its row in the table of its folder, tells stands for them.
    ///
    /// # Errors
    /// There is no property context, nor a row, a recipient or an attachment: nothing of the message can be read.
    pub(super) fn read(
        scope: Scope<'m>,
        data: Bid,
        sub: Bid,
        charset: Charset,
        listing: impl FnOnce() -> Option<Listing>,
    ) -> Result<Self> {
        read(&Budget::new(scope), data, sub, charset, listing, &[])
    }
}

/// Reads the message in `data` and `sub`, which is embedded in those in `above`.
fn read<'m>(
    budget: &Budget<'m>,
    data: Bid,
    sub: Bid,
    charset: Charset,
    listing: impl FnOnce() -> Option<Listing>,
    above: &[(Bid, Bid)],
) -> Result<Message<'m>> {
    let scope = budget.scope;
    let opened = PropertyContext::open(scope, data, sub);
    let charset = opened.as_ref().map_or(charset, |pc| charset.of_object(pc));
    let props = match &opened {
        Ok(pc) => budget.keep(props(scope, pc, charset, |_| true)),
        Err(_) => listing().map(|row| row.props(budget, charset)).unwrap_or_default(),
    };
    let mut message = Message { props, ..Message::default() };
    split_subject(&mut message.props);
    // These are of use without the properties, too.
    let subnodes = opened.as_ref().map_or_else(|_| Subnodes::new(scope, sub), PropertyContext::subnodes);
    message.recipients = recipients(budget, subnodes, charset);
    let above = [above, &[(data, sub)]].concat();
    let listed = LazyCell::new(|| attachment_rows(budget, subnodes, charset));
    for subnode in attachment_nodes(scope, subnodes).into_iter().take_while(|_| budget.has_object()) {
        match attachment(budget, subnode, &|| listed.get(&subnode.nid).cloned(), charset, &above) {
            Ok(a) => message.attachments.push(a),
            Err(e) => lost(scope, "attachment", "a readable attachment", subnode.nid, &e),
        }
    }
    let Err(e) = opened else { return Ok(message) };
    let is_there = [!message.props.is_empty(), !message.recipients.is_empty(), !message.attachments.is_empty()];
    let names = ["what the table of its folder tells", "recipients", "attachments"];
    let left: Vec<&str> = names.into_iter().zip(is_there).filter_map(|(name, there)| there.then_some(name)).collect();
    if left.is_empty() {
        return Err(e);
    }
    let found = format!("{e}; of the message there are only: {}", left.join(", "));
    scope.findings.add(Finding::new(Effect::Lost, "message", "readable properties", found).bid(data.0));
    Ok(message)
}

fn lost(scope: Scope<'_>, structure: &'static str, expected: &str, nid: Nid, e: &Error) {
    scope.findings.add(Finding::new(Effect::Lost, structure, expected, format!("{e} (subnode {nid})")));
}

/// The recipient table ([MS-PST] 2.4.5.3). A message without recipients may be without it.
fn recipients<'m>(budget: &Budget<'m>, subnodes: Subnodes<'m>, charset: Charset) -> Vec<Props<'m>> {
    let (scope, mut list) = (budget.scope, Vec::new());
    let tables = subnodes.iter().filter(|s| s.nid.typ() == NidType::RECIPIENT_TABLE);
    for s in tables.collect::<Vec<_>>() {
        let read = TableContext::open(scope, s.data, s.sub).and_then(|table| {
            let wanted = |_| budget.has_object();
            table.for_each_row_of(wanted, |row| {
                let cells = row.cells().map(|(tag, value)| charset.to_unicode(tag, value, scope));
                let mut cells = budget.keep(cells);
                if cells.get(pr::LTP_ROW_ID).is_none() {
                    cells.push(pr::LTP_ROW_ID, Value::I32(row.id as i32));
                }
                list.push(cells);
            })
        });
        if let Err(e) = read {
            lost(scope, "recipient table", "a readable table", s.nid, &e);
        }
    }
    list
}

/// The nodes of the attachments: those of the attachment table ([MS-PST] 2.4.6.1) in its order, then those that it does not list.
fn attachment_nodes<'m>(scope: Scope<'m>, subnodes: Subnodes<'m>) -> Vec<Subnode> {
    let most = scope.db.limits().children;
    let mut nodes: Vec<Subnode> = subnodes.iter().filter(|s| s.nid.typ() == NidType::ATTACHMENT).collect();
    let mut order = Vec::new();
    let tables: Vec<Subnode> = subnodes.iter().filter(|s| s.nid.typ() == NidType::ATTACHMENT_TABLE).collect();
    for s in tables {
        let read = TableContext::open(scope, s.data, s.sub).and_then(|table| {
            table.row_ids(|r| {
                if order.len() < most {
                    order.push(r);
                }
            })
        });
        if let Err(e) = read {
            scope.findings.add(Finding::new(Effect::Notice, "attachment table", "a readable table", e));
        }
    }
    order.sort_by_key(|r| r.index);
    let mut there: HashSet<u32> = nodes.iter().map(|s| s.nid.0).collect();
    for nid in order.iter().filter_map(|r| there.insert(r.id).then_some(Nid(r.id))) {
        let expected = format!("attachment {nid}, which the table lists");
        let other = subnodes.find(nid);
        let (effect, found) = match other {
            Some(_) => (Effect::Notice, "a subnode of another type; it is taken"),
            None => (Effect::Lost, "no such subnode"),
        };
        scope.findings.add(Finding::new(effect, "attachment table", expected, found));
        nodes.extend(other);
    }
    let places: HashMap<u32, usize> = order.iter().enumerate().map(|(i, r)| (r.id, i)).collect();
    let place = |s: &Subnode| places.get(&s.nid.0).copied().unwrap_or(usize::MAX);
    let unlisted = nodes.iter().filter(|s| place(s) == usize::MAX).count();
    if unlisted > 0 {
        let found = format!("{unlisted} more among the subnodes; they are kept");
        scope.findings.add(Finding::new(Effect::Notice, "attachment table", "all attachments", found));
    }
    nodes.sort_by_key(place);
    nodes
}

/// What the attachment table tells of each attachment.
fn attachment_rows<'m>(budget: &Budget<'m>, subnodes: Subnodes<'m>, charset: Charset) -> HashMap<Nid, Props<'m>> {
    let mut rows = HashMap::new();
    for table in subnodes.iter().filter(|s| s.nid.typ() == NidType::ATTACHMENT_TABLE) {
        // What is wrong with the table has been told when it was asked for the order.
        let _ = TableContext::open(budget.scope, table.data, table.sub).and_then(|table| {
            table.for_each_row(|row| drop(rows.insert(Nid(row.id), listing::props(&row, budget, charset))))
        });
    }
    rows
}

/// The attachment in `node`, of which its table tells what `listed` gives.
fn attachment<'m>(
    budget: &Budget<'m>,
    node: Subnode,
    listed: &dyn Fn() -> Option<Props<'m>>,
    charset: Charset,
    above: &[(Bid, Bid)],
) -> Result<Attachment<'m>> {
    let scope = budget.scope;
    let pc = match PropertyContext::open(scope, node.data, node.sub) {
        Ok(pc) => pc,
        Err(e) => return torn_attachment(budget, node, listed().unwrap_or_default(), charset, above, e),
    };
    let props = budget.keep(props(scope, &pc, charset, |p| !is_object(p)));
    let mut attachment = Attachment { props, embedded: None };
    match object(scope, &pc, attachment.props.int(pr::ATTACH_METHOD)) {
        Ok(None) => {}
        Ok(Some(subnode)) => attachment.fill(budget, subnode, pr::ATTACH_DATA_OBJ, charset, above),
        Err(e) => lost(scope, "PidTagAttachDataObject", "the object's subnode", node.nid, &e),
    }
    Ok(attachment)
}

/// What there is of the attachment in `node`, whose own properties can't be read because of `e`: `props`, which the attachment table tells,
/// and its largest subnode, which can hardly be anything but its content.
fn torn_attachment<'m>(
    budget: &Budget<'m>,
    node: Subnode,
    props: Props<'m>,
    charset: Charset,
    above: &[(Bid, Bid)],
    e: Error,
) -> Result<Attachment<'m>> {
    let scope = budget.scope;
    let subnodes = Subnodes::new(scope, node.sub).iter().take(MOST_VALUES);
    let content = subnodes.max_by_key(|s| scope.db.data_len(s.data));
    let left = match (props.is_empty(), content.is_some()) {
        (true, false) => return Err(e),
        (true, true) => "its content",
        (false, false) => "what the attachment table tells",
        (false, true) => "what the attachment table tells, and its content",
    };
    let found = format!("{e}; of the attachment there is only {left} (subnode {})", node.nid);
    scope.findings.add(Finding::new(Effect::Lost, "attachment", "readable properties", found));
    let mut attachment = Attachment { props, embedded: None };
    if let Some(content) = content {
        let method = attachment.props.int(pr::ATTACH_METHOD);
        let tag = if method == Some(OLE.into()) { pr::ATTACH_DATA_OBJ } else { pr::ATTACH_DATA_BIN };
        attachment.fill(budget, content, tag, charset, above);
        if method.is_none() {
            let method = if attachment.embedded.is_some() { EMBEDDED } else { BY_VALUE };
            attachment.props.set(pr::ATTACH_METHOD, Value::I32(method));
        }
    }
    Ok(attachment)
}

impl<'m> Attachment<'m> {
    /// Makes what is in `node` the content: a message, or else property `tag`.
    fn fill(&mut self, budget: &Budget<'m>, node: Subnode, tag: PropTag, charset: Charset, above: &[(Bid, Bid)]) {
        let method = self.props.int(pr::ATTACH_METHOD);
        if node.nid.typ() == NidType::NORMAL_MESSAGE || method == Some(EMBEDDED.into()) {
            self.embedded = embedded(budget, node, charset, above);
            return;
        }
        let content = DataStream::new(budget.scope.db, node.data, budget.scope.findings);
        self.props.set(tag, Value::Stream(Stream::new(content)));
    }
}

/// The message in `node`, which is embedded in those in `above`, the nearest last.
fn embedded<'m>(
    budget: &Budget<'m>,
    node: Subnode,
    charset: Charset,
    above: &[(Bid, Bid)],
) -> Option<Box<Message<'m>>> {
    let most = budget.scope.db.limits().embedding;
    let refuse = |found: String| {
        let expected = "an end of the nesting";
        budget.scope.findings.add(Finding::new(Effect::Lost, "embedded message", expected, found).nid(node.nid.0));
        None
    };
    if above.contains(&(node.data, node.sub)) {
        return refuse("a message that is embedded in itself; it is left out".to_owned());
    }
    if above.len() > most {
        return refuse(format!(
            "a message in its place that is embedded {most} levels deep, the limit; it is left out"
        ));
    }
    read(budget, node.data, node.sub, charset, || None, above)
        .map(Box::new)
        .inspect_err(|e| lost(budget.scope, "embedded message", "a readable message", node.nid, e))
        .ok()
}

/// Whether `prop` is the object of an attachment: a binary property that is a message is one, too.
fn is_object(prop: Prop) -> bool {
    let is_message = prop.tag == pr::ATTACH_DATA_BIN && Nid(prop.hnid).typ() == NidType::NORMAL_MESSAGE;
    prop.tag == pr::ATTACH_DATA_OBJ || is_message
}

/// The subnode with the object of the attachment `pc`, where it has one. Where its property does not lead to it, or is missing though
/// `method` demands it, the only message among the subnodes is taken, which is a finding.
///
/// # Errors
/// The property does not lead to a subnode, and there is not one message.
fn object(scope: Scope<'_>, pc: &PropertyContext<'_>, method: Option<i64>) -> Result<Option<Subnode>> {
    let report = |effect, found: String| {
        scope.findings.add(Finding::new(effect, "PidTagAttachDataObject", "the object's subnode", found));
    };
    let error = match pc.props().iter().copied().find(|p| is_object(*p)) {
        Some(prop) => match object_subnode(pc, prop) {
            Ok(subnode) if prop.tag == pr::ATTACH_DATA_BIN => {
                report(Effect::Notice, format!("it in a binary property (subnode {})", subnode.nid));
                return Ok(Some(subnode));
            }
            Ok(subnode) => return Ok(Some(subnode)),
            Err(e) => Some(e),
        },
        None if method == Some(EMBEDDED.into()) => None,
        None => return Ok(None),
    };
    let mut messages = pc.subnodes().iter().filter(|s| s.nid.typ() == NidType::NORMAL_MESSAGE);
    match (messages.next(), messages.next(), error) {
        (Some(message), None, error) => {
            let why = error.map_or_else(|| "no property".to_owned(), |e| e.to_string());
            report(Effect::Altered, format!("{why}; the only message there is, {}, is taken", message.nid));
            Ok(Some(message))
        }
        (None, _, error) => error.map_or(Ok(None), Err),
        (Some(_), Some(_), error) => {
            let none = || Error::new(crate::ErrorKind::NotFound, "no property tells which of several messages it is");
            Err(error.unwrap_or_else(none))
        }
    }
}

/// An object is eight bytes in the heap, the subnode and its size ([MS-PST] 2.3.3.5), or the subnode itself.
fn object_subnode(pc: &PropertyContext<'_>, prop: Prop) -> Result<Subnode> {
    let nid = match pc.raw(prop)? {
        Raw::Subnode(s) => return Ok(s),
        Raw::Heap(bytes) => crate::bytes::u32_at(bytes, 0).map(Nid),
        Raw::Inline(..) => None,
    };
    let nid = nid.ok_or_else(|| Error::mismatch("PtypObject", 0, "8 bytes", "fewer"))?;
    pc.subnodes().find(nid).ok_or_else(|| Error::new(crate::ErrorKind::NotFound, format!("there is no subnode {nid}")))
}
