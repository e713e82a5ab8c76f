//! Property contexts ([MS-PST] 2.3.3): the properties of one object.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::bth::Bth;
use super::heap::{ClientSig, Heap};
use super::value::{Raw, is_empty, stored_tag, unicode_tag};
use crate::bytes::{u16_at, u32_at};
use crate::damage::{Effect, Finding};
use crate::mapi::{PropTag, PropType, Value};
use crate::ndb::{Bid, Scope, Subnodes};
use crate::{Error, Result};

/// A property context.
pub struct PropertyContext<'m> {
    heap: Heap<'m>,
    props: Vec<Prop>,
}

/// A property before its value is fetched: PC BTH record ([MS-PST] 2.3.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prop {
    /// Its id and type.
    pub tag: PropTag,
    /// `dwValueHnid`: the value itself, or where it is.
    pub hnid: u32,
}

/// How the BTHHEADER of properties begins ([MS-PST] 2.3.3.2): `bType`, `cbKey`, `cbEnt`.
const BTH_OF_PROPS: [u8; 3] = [ClientSig::BTH.0, 2, 6];
/// There are no more property ids.
const MOST_PROPS: usize = 1 << 16;

impl<'m> PropertyContext<'m> {
    /// The property context in the data tree `data` of a node with the subnodes `sub`.
    ///
    /// # Errors
    /// There is no heap, or its root is not a property context.
    pub fn open(scope: Scope<'m>, data: Bid, sub: Bid) -> Result<Self> {
        let is_root = |root: &[u8]| root.starts_with(&BTH_OF_PROPS);
        let heap = Heap::open_for(scope, data, sub, ClientSig::PROPERTY_CONTEXT, is_root)?;
        let bth = Bth::open(&heap, heap.user_root)?;
        if bth.value_size() < 6 {
            return Err(Error::mismatch("BTHHEADER.cbEnt", 0, 6, bth.value_size()));
        }
        let (mut props, mut surplus) = (Vec::new(), 0usize);
        bth.for_each(|key, value| {
            if props.len() == MOST_PROPS {
                surplus += 1;
                return;
            }
            let prop = || {
                let tag = PropTag::new(u16_at(key, 0)?, PropType(u16_at(value, 0)?));
                Some(Prop { tag: stored_tag(tag, scope.findings), hnid: u32_at(value, 2)? })
            };
            props.extend(prop());
        });
        if surplus > 0 {
            let expected = format!("at most {MOST_PROPS} properties, as there are ids");
            let found = format!("{surplus} more, left out");
            scope.findings.add(Finding::new(Effect::Lost, "PC BTH record", expected, found));
        }
        // Some writers leave records of NUL bytes; they are no properties.
        let records = props.len();
        props.retain(|p: &Prop| p.tag.0 != 0 || p.hnid != 0);
        if props.len() < records {
            let found = format!("{} of NUL bytes", records - props.len());
            scope.findings.add(Finding::new(Effect::Notice, "PC BTH record", "a property in each record", found));
        }
        let mut pc = Self { heap, props };
        pc.drop_repeated();
        Ok(pc)
    }

    /// Takes out all but the first of the records that make one property: those of the same type, or of text. Where they have other
    /// values that is a finding.
    fn drop_repeated(&mut self) {
        // As the tree has to have it.
        if self.props.is_sorted_by(|a, b| a.tag.id() < b.tag.id()) {
            return;
        }
        let mut first: HashMap<PropTag, Prop> = HashMap::with_capacity(self.props.len());
        let mut repeated = Vec::new();
        let props = std::mem::take(&mut self.props);
        for prop in props {
            match first.entry(unicode_tag(prop.tag)) {
                Entry::Vacant(place) => {
                    place.insert(prop);
                    self.props.push(prop);
                }
                Entry::Occupied(kept) => repeated.push((*kept.get(), prop)),
            }
        }
        for (kept, other) in repeated {
            let same = kept == other || self.raw(kept).ok().zip(self.raw(other).ok()).is_some_and(|(a, b)| a == b);
            let (effect, found) =
                if same { (Effect::Notice, "the same again") } else { (Effect::Lost, "another value") };
            let expected = format!("one record of property {}", kept.tag);
            let finding = Finding::new(effect, "PC BTH record", expected, format!("{found}; the first is kept"));
            self.heap.scope.findings.add(finding);
        }
    }

    /// All properties in their order, without values.
    pub fn props(&self) -> &[Prop] {
        &self.props
    }

    /// The heap that it is in.
    pub(super) fn heap(&self) -> &Heap<'m> {
        &self.heap
    }

    /// The subnodes of the node.
    pub fn subnodes(&self) -> Subnodes<'m> {
        self.heap.subnodes
    }

    /// The property `id`, whatever its type.
    pub fn find(&self, id: u16) -> Option<Prop> {
        self.props.iter().find(|p| p.tag.id() == id).copied()
    }

    /// Where the bytes of `prop` are.
    ///
    /// # Errors
    /// They are not where it says.
    pub fn raw(&self, prop: Prop) -> Result<Raw<'m>> {
        let mut inline = [0; 8];
        inline[..4].copy_from_slice(&prop.hnid.to_le_bytes());
        match prop.tag.typ().fixed_size() {
            Some(size) if size <= 4 && !prop.tag.typ().is_multi() => Ok(Raw::Inline(inline, 4)),
            _ => self.heap.follow(prop.hnid).or_else(|e| {
                // What has no place of its own may be the value itself.
                if prop.tag.typ().is_known() { Err(e) } else { Ok(Raw::Inline(inline, 4)) }
            }),
        }
    }

    /// The value of `prop`.
    ///
    /// # Errors
    /// It can't be read or does not fit its type.
    pub fn value(&self, prop: Prop) -> Result<Value<'m>> {
        self.heap.value(prop.tag, self.raw(prop)?)
    }

    /// The value of the property `id`, whatever its type; one that can't be read is a finding.
    pub fn get(&self, id: u16) -> Option<Value<'m>> {
        self.get_or_report(self.find(id)?)
    }

    /// The value of `prop`; one that can't be read is a finding.
    pub fn get_or_report(&self, prop: Prop) -> Option<Value<'m>> {
        if prop.hnid == 0 && is_empty(prop.tag.typ()) {
            let expected = format!("a value of property {}", prop.tag);
            self.heap.scope.findings.add(Finding::new(Effect::Notice, "property", expected, "none (HNID 0)"));
            return None;
        }
        self.value(prop)
            .inspect_err(|e| {
                let expected = format!("a value of property {}", prop.tag);
                self.heap.scope.findings.add(Finding::new(Effect::Lost, "property", expected, e));
            })
            .ok()
    }
}
