//! A progress bar, for people only: nothing is drawn unless standard error is a terminal.

use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;

use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::sanitize;

/// What is drawn, in one place, so that messages can make room for themselves.
static BARS: LazyLock<MultiProgress> = LazyLock::new(|| {
    let target = if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    MultiProgress::with_draw_target(target)
});

/// How far a run is: bytes done of all, items, rate and time left.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    items: u64,
}

impl Progress {
    /// A bar for `total` bytes; `None` when it is not known how many there will be.
    pub fn new(total: Option<u64>) -> Self {
        let (bar, shape) = match total {
            Some(total) => (
                ProgressBar::new(total),
                "{bar:30} {percent:>3} %  {bytes} of {total_bytes}  {msg}  {binary_bytes_per_sec}  {eta} left  {prefix}",
            ),
            None => (ProgressBar::no_length(), "{spinner} {bytes}  {msg}  {binary_bytes_per_sec}  {elapsed}  {prefix}"),
        };
        if let Ok(style) = ProgressStyle::with_template(shape) {
            bar.set_style(style);
        }
        Self { bar: BARS.add(bar), items: 0 }
    }

    /// `done` bytes are done in all.
    pub fn bytes(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// What is being worked on, such as the path of a folder.
    pub fn place(&self, place: &str) {
        self.bar.set_prefix(sanitize::text(place).into_owned());
    }

    /// One more item is done.
    pub fn item(&mut self) {
        self.items += 1;
        // Formatting costs more than a small message does.
        if self.items.is_multiple_of(16) && !self.bar.is_hidden() {
            self.bar.set_message(format!("{} items", HumanCount(self.items)));
        }
    }
}

impl Drop for Progress {
    /// Takes the bar off the screen.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Standard error, with the bar out of the way while something is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        BARS.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
