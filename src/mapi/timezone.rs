//! Time zones as appointments carry them: TimeZoneStruct and TimeZoneDefinition ([MS-OXOCAL] 2.2.1.39 and 2.2.1.41).

use crate::bytes::Cursor;
use crate::damage::{Effect, Finding, Findings};
use crate::mapi::codepage;

/// A SYSTEMTIME ([MS-DTYP] 2.3.13) that says when a clock is changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SystemTime {
    /// The year; 0: in every year, on the `day`-th `day_of_week` of the month.
    pub year: u16,
    /// The month; 0: never.
    pub month: u16,
    /// The day of the week; 0 is Sunday.
    pub day_of_week: u16,
    /// The day of the month; where `year` is 0, which `day_of_week` of the month: 5 is the last.
    pub day: u16,
    /// The hour, on the clock before it is changed.
    pub hour: u16,
    /// The minute.
    pub minute: u16,
    /// The second.
    pub second: u16,
}

/// What clocks show from a year on: the common part of TZRule and TimeZoneStruct. Biases are minutes; UTC is local time plus bias.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TzRule {
    /// TZRule flags: [`EFFECTIVE`] and others.
    pub flags: u16,
    /// wYear: the first year in which the rule holds.
    pub year: u16,
    /// lBias.
    pub bias: i32,
    /// lStandardBias: on top of `bias` in standard time.
    pub standard_bias: i32,
    /// lDaylightBias: on top of `bias` in daylight saving time.
    pub daylight_bias: i32,
    /// stStandardDate: when standard time begins.
    pub standard: SystemTime,
    /// stDaylightDate: when daylight saving time begins.
    pub daylight: SystemTime,
}

/// TZRULE_FLAG_EFFECTIVE_TZREG: the rule that times are to be converted by. The others are there for comparison.
pub const EFFECTIVE: u16 = 0x0002;

impl TzRule {
    /// Whether two rules give the same times, whatever their flags and years.
    pub fn same_times(&self, other: &Self) -> bool {
        let plain = |rule: &Self| Self { flags: 0, year: 0, ..*rule };
        plain(self) == plain(other)
    }

    /// Reads the value of PidLidTimeZoneStruct. `None`, and a finding, where it is cut.
    pub fn parse_struct(bytes: &[u8], findings: &Findings) -> Option<Self> {
        let read = |cursor: &mut Cursor<'_>| {
            let [bias, standard_bias, daylight_bias] = biases(cursor)?;
            let _standard_year = cursor.u16()?;
            let standard = system_time(cursor)?;
            let _daylight_year = cursor.u16()?;
            let daylight = system_time(cursor)?;
            Some(Self { flags: 0, year: 0, bias, standard_bias, daylight_bias, standard, daylight })
        };
        let rule = read(&mut Cursor::new(bytes));
        if rule.is_none() {
            let found = format!("{} bytes", bytes.len());
            findings.add(Finding::new(Effect::Lost, "PidLidTimeZoneStruct", "48 bytes", found));
        }
        rule
    }

    fn read(cursor: &mut Cursor<'_>) -> Option<Self> {
        let _version = cursor.u16()?;
        // The length that stands here is ignored: the rule ends where its fields do, as versions of the structure do not differ in it.
        let _len = cursor.u16()?;
        let (flags, year) = (cursor.u16()?, cursor.u16()?);
        cursor.take(14)?;
        let [bias, standard_bias, daylight_bias] = biases(cursor)?;
        let (standard, daylight) = (system_time(cursor)?, system_time(cursor)?);
        Some(Self { flags, year, bias, standard_bias, daylight_bias, standard, daylight })
    }
}

fn biases(cursor: &mut Cursor<'_>) -> Option<[i32; 3]> {
    let mut next = || cursor.u32().map(u32::cast_signed);
    Some([next()?, next()?, next()?])
}

fn system_time(cursor: &mut Cursor<'_>) -> Option<SystemTime> {
    let mut next = || cursor.u16();
    let time = SystemTime {
        year: next()?,
        month: next()?,
        day_of_week: next()?,
        day: next()?,
        hour: next()?,
        minute: next()?,
        second: next()?,
    };
    let _milliseconds = next()?;
    Some(time)
}

/// The value of PidLidAppointmentTimeZoneDefinitionStartDisplay, …EndDisplay and …Recur.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZoneDefinition {
    /// KeyName: what Windows calls the zone.
    pub key_name: String,
    /// The rules, by year; at least one.
    pub rules: Vec<TzRule>,
}

impl TimeZoneDefinition {
    /// Reads a definition. `None` where no rule can be read; findings for what is cut.
    pub fn parse(bytes: &[u8], findings: &Findings) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let lost = |cursor: Cursor<'_>, effect, expected: String| {
            let found = format!("the end of the value, {} bytes on", cursor.left());
            findings.add(Finding::new(effect, "TimeZoneDefinition", expected, found).at(cursor.at() as u64));
        };
        let Some((key_name, count)) = head(&mut cursor) else {
            lost(cursor, Effect::Lost, "a header with KeyName and cRules".into());
            return None;
        };
        let mut rules = Vec::new();
        for n in 1..=count {
            let before = cursor;
            let Some(rule) = TzRule::read(&mut cursor) else {
                let effect = if rules.is_empty() { Effect::Lost } else { Effect::Altered };
                lost(before, effect, format!("TZRule {n} of {count}"));
                break;
            };
            rules.push(rule);
        }
        rules.sort_by_key(|rule| rule.year);
        (!rules.is_empty()).then_some(Self { key_name, rules })
    }

    /// The one rule by which times are converted, where one is marked.
    pub fn effective(&self) -> Option<&TzRule> {
        self.rules.iter().find(|rule| rule.flags & EFFECTIVE != 0)
    }
}

fn head(cursor: &mut Cursor<'_>) -> Option<(String, u16)> {
    let _version = cursor.u16()?;
    let header = usize::from(cursor.u16()?);
    let mut fields = Cursor::new(cursor.take(header)?);
    let _reserved = fields.u16()?;
    let units = usize::from(fields.u16()?);
    let name = codepage::utf16(fields.take(units * 2)?).text.into_owned();
    Some((name, fields.u16()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(values: &[u16]) -> Vec<u8> {
        values.iter().flat_map(|v| v.to_le_bytes()).collect()
    }

    /// Pacific time as [MS-OXOCAL] 2.2.1.41.1 lays it out, with the rules of 2006 and of 2007.
    fn pacific() -> Vec<u8> {
        let name: Vec<u16> = "Pacific Standard Time".encode_utf16().collect();
        let mut bytes = words(&[0x0102, (6 + name.len() * 2) as u16, 2, name.len() as u16]);
        bytes.extend(words(&name));
        bytes.extend(words(&[2]));
        for (flags, year, standard, daylight) in
            [(0, 1601, [0, 10, 0, 5, 2], [0, 4, 0, 1, 2]), (2, 2007, [0, 11, 0, 1, 2], [0, 3, 0, 2, 2])]
        {
            bytes.extend(words(&[0x0102, 0x3E, flags, year]));
            bytes.extend([0; 14]);
            [480_i32, 0, -60].iter().for_each(|bias| bytes.extend(bias.to_le_bytes()));
            [standard, daylight].iter().for_each(|when| bytes.extend(words(&[when, &[0; 3][..]].concat())));
        }
        bytes
    }

    #[test]
    fn a_definition_has_a_rule_for_each_year() {
        let findings = Findings::new();
        let zone = TimeZoneDefinition::parse(&pacific(), &findings).unwrap();
        assert_eq!((zone.key_name.as_str(), zone.rules.len()), ("Pacific Standard Time", 2));
        let rule = zone.effective().unwrap();
        assert_eq!((rule.year, rule.bias, rule.daylight_bias), (2007, 480, -60));
        assert_eq!((rule.daylight.month, rule.daylight.day, rule.daylight.hour), (3, 2, 2));
        assert!(findings.take().is_empty());
    }

    #[test]
    fn a_cut_definition_keeps_its_whole_rules() {
        let bytes = pacific();
        for cut in 0..bytes.len() {
            let findings = Findings::new();
            let zone = TimeZoneDefinition::parse(&bytes[..cut], &findings);
            assert_eq!(zone.map_or(0, |zone| zone.rules.len()), usize::from(cut >= bytes.len() - 66), "{cut}");
            assert_eq!(findings.take().len(), 1, "{cut}");
        }
    }

    #[test]
    fn a_struct_is_a_rule_without_year() {
        let mut bytes: Vec<u8> = [300_i32, 0, -60].iter().flat_map(|bias| bias.to_le_bytes()).collect();
        bytes.extend(words(&[0, 0, 11, 0, 1, 2, 0, 0, 0]));
        bytes.extend(words(&[0, 0, 3, 0, 2, 2, 0, 0, 0]));
        let findings = Findings::new();
        let rule = TzRule::parse_struct(&bytes, &findings).unwrap();
        assert_eq!((rule.bias, rule.standard.month, rule.daylight.month, rule.daylight.hour), (300, 11, 3, 2));
        assert!(TzRule::parse_struct(&bytes[..47], &findings).is_none());
        assert!(findings.take()[0].to_string().contains("47 bytes"));
    }
}
