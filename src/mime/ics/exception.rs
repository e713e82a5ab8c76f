//! Instances that differ from their series.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::civil::{Date, DateTime};

use super::clock::time;
use super::common::{Layers, signal};
use super::event::Instance;
use super::series::{Series, period};
use super::{attachment, keys};
use crate::damage::{Effect, Finding};
use crate::mapi::recurrence::{Exception, overrides};
use crate::mime::Context;
use crate::mt::object::{Attachment, Message};

/// The exceptions of `series`, whose first instance is `main`: what they don't change is as there.
pub(super) fn read<'v>(
    message: &'v Message<'v>,
    series: &Series,
    main: &Instance<'v>,
    context: Context<'v>,
) -> Vec<Instance<'v>> {
    let embedded = message.attachments.iter().filter(|it| attachment::is_exception(it, context));
    let mut own: HashMap<Place, &Message<'_>> = HashMap::new();
    let mut unused = 0_usize;
    for (attachment, message) in embedded.filter_map(|it| Some((it, it.embedded.as_deref()?))) {
        unused += 1;
        own.extend(place(attachment, message, series, context).map(|place| (place, message)));
    }
    let instances = series.recur.exceptions.iter().map(|exception| {
        let places = [Place::Replaces(exception.original_start.date()), Place::Begins(exception.start)];
        let own = places.iter().find_map(|place| own.remove(place));
        unused -= usize::from(own.is_some());
        instance(exception, own, series, main, context)
    });
    let instances = instances.collect();
    if unused > 0 {
        let expected = "an ExceptionInfo for each embedded exception";
        context.findings.add(Finding::new(
            Effect::Lost,
            "PidLidAppointmentRecur",
            expected,
            format!("{unused} without"),
        ));
    }
    instances
}

/// What tells which exception an embedded message belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    /// The day of the pattern that it replaces.
    Replaces(Date),
    /// When it begins, on the wall clock.
    Begins(DateTime),
}

fn place(attachment: &Attachment<'_>, message: &Message<'_>, series: &Series, context: Context<'_>) -> Option<Place> {
    let replaced = time(context.view(&message.props), keys::EXCEPTION_REPLACE_TIME);
    let replaced = replaced.map(|utc| Place::Replaces(series.clock.to_local(utc).date()));
    replaced.or_else(|| time(context.view(&attachment.props), keys::EXCEPTION_START).map(Place::Begins))
}

fn instance<'v>(
    exception: &Exception,
    own: Option<&'v Message<'v>>,
    series: &Series,
    main: &Instance<'v>,
    context: Context<'v>,
) -> Instance<'v> {
    let view = own.map(|own| context.view(&own.props));
    let all_day = exception.sub_type.unwrap_or(main.all_day);
    let (start, end) = period(&series.clock, exception.start, exception.end, all_day);
    let set = exception.reminder_set.unwrap_or(main.reminder.is_some());
    let delta = exception.reminder_delta.map(i64::from).or(main.reminder);
    let delta = delta.or_else(|| main.layers.int(keys::REMINDER_DELTA));
    let text = |text: &Option<String>| text.clone().map(Cow::Owned);
    let own_body = exception.overrides & overrides::EXCEPTIONAL_BODY != 0;
    let with_recipients = own.filter(|own| !own.recipients.is_empty());
    let state = view.and_then(|own| own.int(keys::STATE_FLAGS)).or(exception.meeting_type.map(i64::from));
    Instance {
        layers: Layers { own: view, base: main.layers.base },
        body: view.filter(|_| own_body).unwrap_or(main.body),
        recipients: with_recipients.map_or(main.recipients, |own| &own.recipients),
        attachments: match (exception.attachment, own) {
            (Some(false), _) => &[],
            (Some(true), Some(own)) => &own.attachments,
            _ => main.attachments,
        },
        start,
        end,
        recurrence_id: Some(series.instance(exception.original_start.date())),
        subject: text(&exception.subject).or_else(|| main.subject.clone()),
        location: text(&exception.location).or_else(|| main.location.clone()),
        state: state.unwrap_or(main.state),
        busy: exception.busy_status.map(i64::from).or(main.busy),
        all_day,
        reminder: delta.filter(|_| set),
        signal: view.and_then(signal).filter(|_| set),
        kind: 3,
    }
}
