//! Messages on standard error: `tool: text`, with `warning:` or `error:` before the text where it is one.

use std::fmt;

use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::progress;
use crate::sanitize;

/// Sends what the library tells (`tracing` events of `level` and graver) to standard error under the name of `tool`.
/// May be called once; later calls change nothing.
pub fn init(tool: &'static str, level: u8) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(filter(level))
        .with_writer(|| progress::Stderr)
        // They would go where the message could not go, and a panic comes of that.
        .log_internal_errors(false)
        .event_format(Format { tool })
        .finish();
    // The only error is that somebody was here before.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// What `--loglevel` lets through: 1 critical and 2 errors, 3 warnings, 4 notices (`info!`), 5 information (`debug!`),
/// 6 everything (`trace!`); 0 nothing.
pub fn filter(level: u8) -> LevelFilter {
    match level {
        0 => LevelFilter::OFF,
        1 | 2 => LevelFilter::ERROR,
        3 => LevelFilter::WARN,
        4 => LevelFilter::INFO,
        5 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

struct Format {
    tool: &'static str,
}

impl<S, N> FormatEvent<S, N> for Format
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut text = String::new();
        ctx.field_format().format_fields(Writer::new(&mut text), event)?;
        let weight = match *event.metadata().level() {
            Level::ERROR => "error: ",
            Level::WARN => "warning: ",
            _ => "",
        };
        writeln!(out, "{}: {weight}{}", self.tool, sanitize::text(&text))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn told(level: u8) -> String {
        let out = Shared::default();
        let writer = out.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(filter(level))
            .with_writer(move || writer.clone())
            .event_format(Format { tool: "tool" })
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::error!("bad");
            tracing::warn!("\x1b[31mred\n");
            tracing::info!("so and so");
            tracing::debug!("detail");
        });
        let bytes = out.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn levels_are_the_peers() {
        assert_eq!(told(0), "");
        assert_eq!(told(2), "tool: error: bad\n");
        assert_eq!(told(3).lines().count(), 2);
        assert!(told(4).ends_with("tool: so and so\n"));
        assert!(told(5).ends_with("tool: detail\n"));
    }

    #[test]
    fn a_message_is_one_line_without_escapes() {
        let told = told(3);
        let line = told.lines().nth(1).unwrap();
        assert!(line.starts_with("tool: warning: "), "{line}");
        assert!(line.contains("[31mred") && !line.contains('\x1b'), "{line:?}");
    }
}
