//! Restrictions, rule actions and the ids in them: both directions side by side.

use std::io::BufRead;

use super::{Decoder, Encoder, malformed, too_large};
use crate::Result;
use crate::mapi::Guid;
use crate::mapi::PropTag;
use crate::mapi::restriction::{
    Action, ActionData, Actions, Destination, RelOp, Restriction, StoreEntryId, Tagged, Template,
};

/// muidStoreWrap, which every store entry id begins with ([MS-OXCDATA] 2.2.4.3).
const STORE_WRAP: Guid =
    Guid([0x38, 0xA1, 0xBB, 0x10, 0x05, 0xE5, 0x10, 0x1A, 0xA1, 0xBB, 0x08, 0x00, 0x2B, 0x2A, 0x56, 0xC2]);
/// The provider's file name in its fixed room.
const STORE_DLL: &[u8; 14] = b"emsmdb.dll\0\0\0\0";

/// Bytes of an action before its data: type, flavor, flags.
const ACTION_HEAD: u64 = 1 + 4 + 4;

impl<'a> Encoder<'a> {
    pub fn restriction(&mut self, restriction: &Restriction) -> Result<()> {
        match restriction {
            Restriction::And(list) => self.junction(0x00, list)?,
            Restriction::Or(list) => self.junction(0x01, list)?,
            Restriction::Not(inner) => {
                self.u8(0x02);
                self.inner(inner)?;
            }
            Restriction::Content { fuzzy, tag, value } => {
                self.u8(0x03);
                self.u32(*fuzzy);
                self.tag(*tag);
                self.tagged(value.0, &value.1)?;
            }
            Restriction::Property { relop, tag, value } => {
                self.raw(&[0x04, relop.0]);
                self.tag(*tag);
                self.tagged(value.0, &value.1)?;
            }
            Restriction::Compare { relop, left, right } => {
                self.raw(&[0x05, relop.0]);
                self.tag(*left);
                self.tag(*right);
            }
            Restriction::Bitmask { relop, tag, mask } => {
                self.raw(&[0x06, *relop]);
                self.tag(*tag);
                self.u32(*mask);
            }
            Restriction::Size { relop, tag, size } => {
                self.raw(&[0x07, relop.0]);
                self.tag(*tag);
                self.u32(*size);
            }
            Restriction::Exist(tag) => {
                self.u8(0x08);
                self.tag(*tag);
            }
            Restriction::SubObject { tag, inner } => {
                self.u8(0x09);
                self.tag(*tag);
                self.inner(inner)?;
            }
            Restriction::Comment { props, inner } => self.comment(0x0A, props, inner.as_deref())?,
            Restriction::Annotation { props, inner } => self.comment(0x0C, props, inner.as_deref())?,
            Restriction::Count { count, inner } => {
                self.u8(0x0B);
                self.u32(*count);
                self.inner(inner)?;
            }
            Restriction::Null => self.u8(0xFF),
        }
        Ok(())
    }

    fn inner(&mut self, restriction: &Restriction) -> Result<()> {
        self.nested(|encoder| encoder.restriction(restriction))
    }

    fn junction(&mut self, kind: u8, list: &[Restriction]) -> Result<()> {
        self.u8(kind);
        self.count(list.len() as u64, "restrictions in one")?;
        list.iter().try_for_each(|restriction| self.inner(restriction))
    }

    fn comment(&mut self, kind: u8, props: &[Tagged], inner: Option<&Restriction>) -> Result<()> {
        let n = u8::try_from(props.len()).ok().filter(|n| *n > 0);
        let n = n.ok_or_else(|| malformed(format!("a restriction with {} remarks; 1 to 255 can be", props.len())))?;
        self.raw(&[kind, n]);
        props.iter().try_for_each(|(tag, value)| self.tagged(*tag, value))?;
        self.u8(u8::from(inner.is_some()));
        inner.map_or(Ok(()), |inner| self.inner(inner))
    }

    pub fn actions(&mut self, actions: &Actions) -> Result<()> {
        if actions.0.is_empty() {
            return Err(malformed("a rule without actions"));
        }
        self.count16(actions.0.len(), "actions of one rule")?;
        actions.0.iter().try_for_each(|action| self.sized16(|encoder| encoder.action(action)))
    }

    /// Something that a 16-bit length stands before.
    fn sized16(&mut self, encode: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let at = self.bytes.len();
        self.u16(0);
        let before = self.len();
        encode(self)?;
        let size = self.len() - before;
        let size =
            u16::try_from(size).map_err(|_| too_large(format!("a rule action of {size} bytes; 65535 can be")))?;
        self.bytes[at..at + 2].copy_from_slice(&size.to_le_bytes());
        Ok(())
    }

    fn action(&mut self, action: &Action) -> Result<()> {
        self.u8(match action.data {
            ActionData::Move(_) => 1,
            ActionData::Copy(_) => 2,
            ActionData::Reply(_) => 3,
            ActionData::OofReply(_) => 4,
            ActionData::Defer(_) => 5,
            ActionData::Bounce(_) => 6,
            ActionData::Forward(_) => 7,
            ActionData::Delegate(_) => 8,
            ActionData::Tag(_) => 9,
            ActionData::Delete => 10,
            ActionData::MarkAsRead => 11,
        });
        self.u32(action.flavor);
        self.u32(action.flags);
        match &action.data {
            ActionData::Move(to) | ActionData::Copy(to) => self.destination(to)?,
            ActionData::Reply(template) | ActionData::OofReply(template) => {
                self.u64(template.folder);
                self.u64(template.message);
                self.guid(&template.guid);
            }
            ActionData::Defer(bytes) => self.raw(bytes),
            ActionData::Bounce(code) => self.u32(*code),
            ActionData::Forward(recipients) | ActionData::Delegate(recipients) => self.recipients(recipients)?,
            ActionData::Tag((tag, value)) => self.tagged(*tag, value)?,
            ActionData::Delete | ActionData::MarkAsRead => {}
        }
        Ok(())
    }

    fn destination(&mut self, to: &Destination) -> Result<()> {
        match to {
            Destination::SameStore(folder) => {
                // Where the store's entry id would be: one byte that means nothing.
                self.raw(&[1, 1, 0, 0]);
                self.svreid(folder)
            }
            Destination::OtherStore { store, folder } => {
                self.u8(0);
                self.sized16(|encoder| encoder.store_entryid(store))?;
                self.binary(folder)
            }
        }
    }

    fn store_entryid(&mut self, store: &StoreEntryId) -> Result<()> {
        let (StoreEntryId::Wrapped { flags, .. } | StoreEntryId::Guid { flags, .. }) = store;
        self.u32(*flags);
        self.guid(&STORE_WRAP);
        self.u8(0);
        match store {
            StoreEntryId::Guid { guid, .. } => {
                self.u8(1);
                self.guid(guid);
            }
            StoreEntryId::Wrapped { wrapped_flags, provider, kind, server, dn, .. } => {
                self.u8(0);
                self.raw(STORE_DLL);
                self.u32(*wrapped_flags);
                self.guid(provider);
                self.u32(*kind);
                self.string(server.as_bytes())?;
                self.string(dn.as_bytes())?;
            }
        }
        Ok(())
    }

    fn recipients(&mut self, recipients: &[Vec<Tagged>]) -> Result<()> {
        if recipients.is_empty() || recipients.iter().any(Vec::is_empty) {
            return Err(malformed("a rule forwards to nobody, or to a recipient without properties"));
        }
        self.count16(recipients.len(), "recipients of one rule action")?;
        for recipient in recipients {
            self.u8(0);
            self.count16(recipient.len(), "properties of one recipient")?;
            recipient.iter().try_for_each(|(tag, value)| self.tagged(*tag, value))?;
        }
        Ok(())
    }
}

impl<B: BufRead> Decoder<B> {
    pub fn restriction(&mut self) -> Result<Restriction> {
        Ok(match self.input.u8()? {
            0x00 => Restriction::And(self.junction()?),
            0x01 => Restriction::Or(self.junction()?),
            0x02 => Restriction::Not(self.inner()?),
            0x03 => Restriction::Content { fuzzy: self.input.u32()?, tag: self.tag_only()?, value: self.tagged()? },
            0x04 => Restriction::Property { relop: self.relop()?, tag: self.tag_only()?, value: self.tagged()? },
            0x05 => Restriction::Compare { relop: self.relop()?, left: self.tag_only()?, right: self.tag_only()? },
            0x06 => Restriction::Bitmask { relop: self.input.u8()?, tag: self.tag_only()?, mask: self.input.u32()? },
            0x07 => Restriction::Size { relop: self.relop()?, tag: self.tag_only()?, size: self.input.u32()? },
            0x08 => Restriction::Exist(self.tag_only()?),
            0x09 => Restriction::SubObject { tag: self.tag_only()?, inner: self.inner()? },
            0x0A => Restriction::Comment { props: self.remarks()?, inner: self.optional()? },
            0x0B => Restriction::Count { count: self.input.u32()?, inner: self.inner()? },
            0x0C => Restriction::Annotation { props: self.remarks()?, inner: self.optional()? },
            0xFF => Restriction::Null,
            kind => return Err(self.input.error(format!("a restriction of unknown kind {kind:#04x}"))),
        })
    }

    fn tag_only(&mut self) -> Result<PropTag> {
        self.input.u32().map(PropTag)
    }

    fn relop(&mut self) -> Result<RelOp> {
        self.input.u8().map(RelOp)
    }

    fn inner(&mut self) -> Result<Box<Restriction>> {
        self.charge(size_of::<Restriction>() as u64)?;
        self.nested(Self::restriction).map(Box::new)
    }

    fn optional(&mut self) -> Result<Option<Box<Restriction>>> {
        if self.input.u8()? == 0 { Ok(None) } else { self.inner().map(Some) }
    }

    fn junction(&mut self) -> Result<Vec<Restriction>> {
        let n = self.count()?;
        self.list(n, 1, |decoder| decoder.nested(Self::restriction))
    }

    fn remarks(&mut self) -> Result<Vec<Tagged>> {
        let n = self.input.u8()?;
        self.some_tagged(u64::from(n))
    }

    /// `n` properties, which must be at least one.
    fn some_tagged(&mut self, n: u64) -> Result<Vec<Tagged>> {
        if n == 0 {
            return Err(self.input.error("a list of properties in a rule or restriction is empty"));
        }
        self.list(n, 4 + 1, Self::tagged)
    }

    pub fn actions(&mut self) -> Result<Actions> {
        let n = self.input.u16()?;
        if n == 0 {
            return Err(self.input.error("a rule without actions"));
        }
        self.list(u64::from(n), 2 + ACTION_HEAD, |decoder| decoder.sized16(Self::action)).map(Actions)
    }

    /// Something that a 16-bit length stands before; what is left of the length is passed over.
    fn sized16<T>(&mut self, decode: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let size = self.input.u16()?;
        let outer = self.input.narrow(u64::from(size))?;
        let value = decode(self)?;
        self.input.widen(outer)?;
        Ok(value)
    }

    fn action(&mut self) -> Result<Action> {
        let kind = self.input.u8()?;
        let (flavor, flags) = (self.input.u32()?, self.input.u32()?);
        let data = match kind {
            1 => ActionData::Move(self.destination()?),
            2 => ActionData::Copy(self.destination()?),
            3 => ActionData::Reply(self.template()?),
            4 => ActionData::OofReply(self.template()?),
            5 => ActionData::Defer(self.bytes(self.input.remaining())?),
            6 => ActionData::Bounce(self.input.u32()?),
            7 => ActionData::Forward(self.recipients()?),
            8 => ActionData::Delegate(self.recipients()?),
            9 => ActionData::Tag(self.tagged()?),
            10 => ActionData::Delete,
            11 => ActionData::MarkAsRead,
            _ => return Err(self.input.error(format!("a rule action of unknown kind {kind:#04x}"))),
        };
        Ok(Action { flavor, flags, data })
    }

    fn destination(&mut self) -> Result<Destination> {
        if self.input.u8()? != 0 {
            let filler = self.input.u16()?;
            self.input.skip(u64::from(filler))?;
            return self.svreid().map(Destination::SameStore);
        }
        Ok(Destination::OtherStore { store: self.sized16(Self::store_entryid)?, folder: self.binary()? })
    }

    fn store_entryid(&mut self) -> Result<StoreEntryId> {
        let flags = self.input.u32()?;
        let wrap = self.input.guid()?;
        if wrap != STORE_WRAP {
            return Err(self.input.error(format!("expected the store entry id {STORE_WRAP}, found {wrap}")));
        }
        let [_version, short] = self.input.array()?;
        if short != 0 {
            return Ok(StoreEntryId::Guid { flags, guid: self.input.guid()? });
        }
        self.input.skip(STORE_DLL.len() as u64)?;
        Ok(StoreEntryId::Wrapped {
            flags,
            wrapped_flags: self.input.u32()?,
            provider: self.input.guid()?,
            kind: self.input.u32()?,
            server: self.string()?,
            dn: self.string()?,
        })
    }

    fn template(&mut self) -> Result<Template> {
        Ok(Template { folder: self.input.u64()?, message: self.input.u64()?, guid: self.input.guid()? })
    }

    fn recipients(&mut self) -> Result<Vec<Vec<Tagged>>> {
        let n = self.input.u16()?;
        if n == 0 {
            return Err(self.input.error("a rule forwards to nobody"));
        }
        self.list(u64::from(n), 3, |decoder| {
            decoder.input.skip(1)?;
            let n = decoder.input.u16()?;
            decoder.some_tagged(u64::from(n))
        })
    }
}
