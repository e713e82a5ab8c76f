//! The stream in its order: messages that are prepared here one by one or on the line, and what stands between them.

use std::collections::VecDeque;
use std::io::Write;

use super::message::{Head, Prepared, Task, Unread};
use super::output::Output;
use super::pipeline::{Batch, Event, Line, MOST_BATCHES};
use super::report::Item;
use super::sink::{News, Place, Sink};
use crate::damage::Findings;
use crate::mt::frame::Encoded;
use crate::mt::object::{Folder, Frame, NamedProperty};
use crate::ndb::{Arena, Nid, Scope};
use crate::{Error, Result};

/// Messages of a batch: enough that handing it over costs little, few enough that all workers have something to do.
const BATCH: usize = 16;
/// Bytes of a folder's frame that may wait for messages before it.
const FRAME: u64 = 64 << 10;

/// What comes next in the stream.
enum Step {
    /// The messages of the next batch on the line.
    Batch,
    Folder(Box<FolderFrame>),
    News(Box<Item>, News),
}

/// The frame of a folder, encoded.
struct FolderFrame {
    place: Place,
    names: Vec<NamedProperty>,
    bytes: Vec<u8>,
}

/// Writes the stream.
pub(super) struct Order<'q, 'o, W: Write> {
    task: Task<'q>,
    out: Output<'o, W>,
    line: Option<&'q Line>,
    /// Messages that are not on the line yet.
    batch: Option<Batch>,
    /// What is still to be written.
    steps: VecDeque<Step>,
    /// Buffers to be used again.
    spare: Vec<Vec<u8>>,
}

impl<'q, 'o, W: Write> Order<'q, 'o, W> {
    /// The stream goes to `out`. Messages are prepared by those who work on `line`, or without one here.
    pub(super) fn new(task: Task<'q>, out: Output<'o, W>, line: Option<&'q Line>) -> Self {
        Self { task, out, line, batch: None, steps: VecDeque::new(), spare: Vec::new() }
    }

    /// Writes all that is still to be written.
    pub(super) fn finish(mut self) -> Result<Output<'o, W>> {
        self.write_all()?;
        Ok(self.out)
    }

    fn write_all(&mut self) -> Result<()> {
        self.close_batch();
        while !self.steps.is_empty() {
            self.write_first()?;
        }
        Ok(())
    }

    /// Does `step` when it is its turn.
    fn then(&mut self, step: Step) -> Result<()> {
        self.close_batch();
        self.steps.push_back(step);
        // What has to wait for nothing does not.
        let is_first = self.steps.len() == 1;
        if is_first || self.steps.len() > MOST_BATCHES { self.write_first() } else { Ok(()) }
    }

    /// Puts the batch that has been begun on the line.
    fn close_batch(&mut self) {
        if let (Some(line), Some(batch)) = (self.line, self.batch.take()) {
            line.add(batch);
            self.steps.push_back(Step::Batch);
        }
    }

    fn write_first(&mut self) -> Result<()> {
        match self.steps.pop_front() {
            Some(Step::Batch) => self.line.map_or(Ok(()), |line| self.write_batch(line)),
            Some(Step::Folder(folder)) => {
                self.out.folder(&folder.place, &folder.names)?;
                self.out.frame(&folder.bytes)
            }
            Some(Step::News(item, news)) => self.out.tell(*item, news),
            None => Ok(()),
        }
    }

    /// Writes message `nid`.
    fn write_message(&mut self, place: &Place, nid: Nid) -> Result<()> {
        let (arena, findings) = (Arena::new(), Findings::new());
        let scope = Scope { db: self.task.store.db, arena: &arena, findings: &findings };
        let show = self.out.observer.wants_objects();
        let Prepared { item, head, frame } = self.task.prepare(scope, nid, place, &mut |frame| {
            if show {
                self.out.observer.object(place.depth + 1, frame);
            }
        });
        self.out.begin(&head, 0)?;
        frame.map_or(Ok(()), |frame| frame.copy_to(&mut self.out.bytes()))?;
        self.out.end(&head, item.with(findings.take()).notable())
    }

    /// Writes the next batch on the line.
    fn write_batch(&mut self, line: &Line) -> Result<()> {
        let mut open = None;
        loop {
            for chunk in line.next(&mut self.spare)? {
                self.write_chunk(&chunk.bytes, chunk.events, &mut open)?;
                let mut bytes = chunk.bytes;
                bytes.clear();
                self.spare.push(bytes);
                if chunk.last {
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

impl<W: Write> Sink<'_> for Order<'_, '_, W> {
    fn begin(&mut self, items: u64) {
        self.out.observer.begin(items);
    }

    fn folder(&mut self, place: &Place, folder: Folder<'_>, names: Vec<NamedProperty>) -> Result<()> {
        let frame = Frame::Folder(folder);
        if self.out.observer.wants_objects() {
            self.out.observer.object(place.depth, &frame);
        }
        let encoded = Encoded::frame(&frame)?;
        if encoded.len() > FRAME {
            self.write_all()?;
            self.out.folder(place, &names)?;
            return self.out.write(&encoded);
        }
        let mut bytes = Vec::new();
        encoded.copy_to(&mut bytes)?;
        self.then(Step::Folder(Box::new(FolderFrame { place: place.clone(), names, bytes })))
    }

    fn message(&mut self, message: Unread<'_>) -> Result<()> {
        let Unread { nid, place, .. } = message;
        if self.line.is_none() {
            return self.write_message(&place, nid);
        }
        if self.batch.as_ref().is_some_and(|batch| batch.place.nid != place.nid) {
            self.close_batch();
        }
        let batch = self.batch.get_or_insert_with(|| Batch { nids: Vec::with_capacity(BATCH), place });
        batch.nids.push(nid);
        if batch.nids.len() == BATCH {
            self.close_batch();
        }
        if self.steps.len() < MOST_BATCHES { Ok(()) } else { self.write_first() }
    }

    fn tell(&mut self, item: Item, news: News) -> Result<()> {
        self.then(Step::News(Box::new(item), news))
    }
}
