//! A stretch of the stream that waits for its turn.

use std::io::Write;

use super::message::Head;
use super::output::Output;
use super::report::Item;
use super::sink::News;
use super::step::FolderFrame;
use crate::{Error, Result};

/// Bytes of a chunk.
const CHUNK: usize = 128 << 10;

/// Bytes of messages, and what happens between them.
pub(super) struct Chunk {
    bytes: Vec<u8>,
    /// Each with the place in `bytes` before which it belongs.
    events: Vec<(usize, Event)>,
    /// Whether it is the last of its batch.
    pub(super) is_last: bool,
}

pub(super) enum Event {
    /// A message begins; its frame follows, where it has one.
    Begin(Box<Head>),
    /// The frame is whole; the item is there where there is something to tell of it.
    End(Option<Box<Item>>),
    /// The frame can't be finished.
    Failed(Error),
    Folder(Box<FolderFrame>),
    News(Box<Item>, News),
}

impl Default for Chunk {
    fn default() -> Self {
        Self { bytes: Vec::with_capacity(CHUNK), events: Vec::new(), is_last: false }
    }
}

impl Chunk {
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() == CHUNK
    }

    /// Adds as many of `bytes` as there is room for; how many these are.
    pub(super) fn add(&mut self, bytes: &[u8]) -> usize {
        let n = bytes.len().min(CHUNK - self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..n]);
        n
    }

    pub(super) fn happens(&mut self, event: Event) {
        self.events.push((self.bytes.len(), event));
    }

    /// Writes and empties it, in one piece where nothing comes in between. `open` is the message that goes on in the next chunk.
    pub(super) fn write<W: Write>(&mut self, out: &mut Output<'_, W>, open: &mut Option<Box<Head>>) -> Result<()> {
        let mut done = 0;
        for (at, event) in self.events.drain(..) {
            let in_between = match &event {
                Event::Begin(head) => out.has_news(head),
                Event::End(item) => item.is_some(),
                Event::Failed(_) | Event::Folder(_) | Event::News(..) => true,
            };
            if in_between {
                put(&self.bytes[done..at], out)?;
                done = at;
            }
            match event {
                Event::Begin(head) => {
                    out.begin(&head, at - done)?;
                    *open = Some(head);
                }
                Event::End(item) => open.take().map_or(Ok(()), |head| out.end(&head, item.map(|i| *i)))?,
                Event::Failed(e) => return Err(e),
                Event::Folder(folder) => folder.write(out)?,
                Event::News(item, news) => out.tell(*item, news)?,
            }
        }
        put(&self.bytes[done..], out)?;
        self.bytes.clear();
        Ok(())
    }
}

fn put<W: Write>(bytes: &[u8], out: &mut Output<'_, W>) -> Result<()> {
    out.bytes().write_all(bytes).map_err(Error::of_output)
}
