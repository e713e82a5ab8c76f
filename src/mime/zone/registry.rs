//! The zones of one VCALENDAR.

use std::ops::RangeInclusive;

use jiff::civil::DateTime;

use super::Zone;

/// The zones that the components of a VCALENDAR refer to, each under a TZID of its own.
#[derive(Debug, Clone, Default)]
pub struct Zones {
    known: Vec<(String, Zone)>,
    taken: usize,
}

impl Zones {
    /// The TZID of `zone` for times in `span` (UTC): the IANA name where that zone's clocks show the same in `span`, or the name that the
    /// zone came with. Where a reader would take that for another zone, it is made different.
    pub fn tzid(&mut self, zone: &Zone, span: &RangeInclusive<DateTime>) -> String {
        let name = match zone.iana(span) {
            Some(name) => name,
            None if zone.is_known() => format!("{} ({})", zone.name(), zone.described()),
            None if zone.name().is_empty() => zone.described(),
            None => zone.name().to_owned(),
        };
        let timeline = zone.timeline(span);
        for n in 1_usize.. {
            let tzid = if n == 1 { name.clone() } else { format!("{name} ({n})") };
            match self.known.iter().find(|(known, _)| *known == tzid) {
                Some((_, known)) if known.timeline(span) == timeline => return tzid,
                Some(_) => {}
                None => {
                    self.known.push((tzid.clone(), zone.clone()));
                    return tzid;
                }
            }
        }
        name
    }

    /// The zones that have come since this was asked last, each with its TZID.
    pub(in crate::mime) fn take_new(&mut self) -> Vec<(String, Zone)> {
        let new = self.known[self.taken..].to_vec();
        self.taken = self.known.len();
        new
    }
}
