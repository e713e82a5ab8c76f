//! The messages of a folder in their order: prepared here one by one, or on the line.

use std::io::Write;
use std::sync::Arc;

use super::message::{Head, Prepared, Task};
use super::output::Output;
use super::pipeline::{Batch, Event, Line, MOST_BATCHES};
use super::walk::Place;
use crate::damage::Findings;
use crate::ndb::{Arena, Nid, Scope};
use crate::{Error, Result};

/// Messages of a batch: enough that handing it over costs little, few enough that all workers have something to do.
const BATCH: usize = 16;

/// Writes messages of one folder.
pub(super) struct Messages<'m, 'o, W: Write> {
    task: Task<'m>,
    place: &'m Place,
    out: &'m mut Output<'o, W>,
    line: Option<&'m Line>,
    /// Messages that are not on the line yet.
    batch: Vec<Nid>,
    /// Batches that are.
    waiting: usize,
    /// Buffers to be used again.
    spare: Vec<Vec<u8>>,
}

impl<'m, 'o, W: Write> Messages<'m, 'o, W> {
    pub(super) fn new(task: Task<'m>, place: &'m Place, out: &'m mut Output<'o, W>, line: Option<&'m Line>) -> Self {
        Self { task, place, out, line, batch: Vec::new(), waiting: 0, spare: Vec::new() }
    }

    /// Writes the message `nid`, now or later.
    pub(super) fn add(&mut self, nid: Nid) -> Result<()> {
        let Some(line) = self.line else { return self.message(nid) };
        self.batch.push(nid);
        if self.batch.len() < BATCH {
            return Ok(());
        }
        self.put_on(line);
        if self.waiting < MOST_BATCHES { Ok(()) } else { self.write_first(line) }
    }

    /// Writes all that is still to be written.
    pub(super) fn finish(mut self) -> Result<()> {
        let Some(line) = self.line else { return Ok(()) };
        self.put_on(line);
        (0..self.waiting).try_for_each(|_| self.write_first(line))
    }

    fn message(&mut self, nid: Nid) -> Result<()> {
        let (arena, findings) = (Arena::new(), Findings::new());
        let scope = Scope { db: self.task.store.db, arena: &arena, findings: &findings };
        let show = self.out.observer.wants_objects();
        let Prepared { item, head, frame } =
            self.task.prepare(scope, nid, (self.place.parent, &self.place.path), &mut |frame| {
                if show {
                    self.out.observer.object(self.place.depth + 1, frame);
                }
            });
        self.out.begin(&head, 0)?;
        frame.map_or(Ok(()), |frame| frame.copy_to(&mut self.out.bytes()))?;
        self.out.end(&head, item.with(findings.take()).notable())
    }

    fn put_on(&mut self, line: &Line) {
        if !self.batch.is_empty() {
            let nids = std::mem::take(&mut self.batch);
            line.add(Batch { nids, parent: self.place.parent, path: Arc::clone(&self.place.path) });
            self.waiting += 1;
        }
    }

    /// Writes the first batch on the line.
    fn write_first(&mut self, line: &Line) -> Result<()> {
        let mut open = None;
        loop {
            for chunk in line.next(&mut self.spare)? {
                self.write_chunk(&chunk.bytes, chunk.events, &mut open)?;
                let mut bytes = chunk.bytes;
                bytes.clear();
                self.spare.push(bytes);
                if chunk.last {
                    self.waiting -= 1;
                    return Ok(());
                }
            }
        }
    }

    /// Writes a chunk, in one piece where nothing comes in between. `open` is the message that goes on in the next chunk.
    fn write_chunk(&mut self, bytes: &[u8], events: Vec<(usize, Event)>, open: &mut Option<Box<Head>>) -> Result<()> {
        let mut done = 0;
        for (at, event) in events {
            let in_between = match &event {
                Event::Begin(head) => self.out.has_news(head),
                Event::End(item) => item.is_some(),
                Event::Failed(_) => true,
            };
            if in_between {
                self.put(&bytes[done..at])?;
                done = at;
            }
            match event {
                Event::Begin(head) => {
                    self.out.begin(&head, at - done)?;
                    *open = Some(head);
                }
                Event::End(item) => open.take().map_or(Ok(()), |head| self.out.end(&head, item.map(|i| *i)))?,
                Event::Failed(e) => return Err(e),
            }
        }
        self.put(&bytes[done..])
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.bytes().write_all(bytes).map_err(Error::of_output)
    }
}
