//! What an appointment is called everywhere: PidLidGlobalObjectId ([MS-OXOCAL] 2.2.1.27).

/// Where the date of an instance stands in the value: behind the 16 bytes that every one begins with.
const DATE: std::ops::Range<usize> = 16..20;
/// Where Data stands.
const DATA: usize = 40;
/// What Data begins with where the identifier was made by another program ([MS-OXCICAL] 2.1.3.1.1.20.26).
const VCAL_UID: &[u8] = b"vCal-Uid\x01\0\0\0";

/// The iCalendar UID of the series or single appointment that `id` (PidLidGlobalObjectId or PidLidCleanGlobalObjectId) names: the
/// foreign UID that it wraps, or else its bytes in hexadecimal with the date of the instance taken out. `None` where it is too short.
pub fn uid(id: &[u8]) -> Option<String> {
    let data = id.get(DATA..)?;
    if let Some(foreign) = data.strip_prefix(VCAL_UID) {
        let end = foreign.iter().position(|b| *b == 0).unwrap_or(foreign.len());
        let text = String::from_utf8_lossy(&foreign[..end]).into_owned();
        return Some(text).filter(|text| !text.is_empty());
    }
    let mut clean = id.to_vec();
    clean[DATE].fill(0);
    Some(hex(&clean))
}

/// `bytes` in hexadecimal, capital letters.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(data: &[u8]) -> Vec<u8> {
        let mut id = b"\x04\0\0\0\x82\0\xe0\0\x74\xc5\xb7\x10\x1a\x82\xe0\x08\x07\xd7\x04\x10".to_vec();
        id.extend([0x11; 8]);
        id.extend([0; 8]);
        id.extend((data.len() as u32).to_le_bytes());
        id.extend(data);
        id
    }

    #[test]
    fn the_date_of_an_instance_is_not_part_of_it() {
        let uid = uid(&id(&[0xAB; 16])).unwrap();
        assert!(uid.starts_with("040000008200E00074C5B7101A82E0080000000011111111"));
        assert!(uid.ends_with(&"AB".repeat(16)));
        assert_eq!(uid.len(), 112);
    }

    #[test]
    fn a_foreign_uid_comes_out_as_it_was() {
        assert_eq!(uid(&id(b"vCal-Uid\x01\0\0\0a-1@example.org\0")).as_deref(), Some("a-1@example.org"));
        assert_eq!(uid(&[4; 39]), None);
    }
}
