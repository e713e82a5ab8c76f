//! IMCEA encapsulation ([MS-OXCMAIL] 2.1.3.1.8).

use std::fmt::Write;

/// Bytes of an encapsulated address, less its domain: it can't be folded, and lines have to end somewhere.
const LONGEST: usize = 800;

/// `address` of type `kind` (`EX`, `FAX`, …) as the SMTP address that stands for it at `domain`. An address without end is cut.
pub fn encapsulate(kind: &str, address: &str, domain: &str) -> String {
    let mut out = format!("IMCEA{kind}-");
    for byte in address.bytes() {
        if out.len() >= LONGEST {
            break;
        }
        match byte {
            b'/' => out.push('_'),
            b'-' | b'=' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            // Writing to a string can't fail.
            _ => _ = write!(out, "+{byte:02X}"),
        }
    }
    out.push('@');
    out.push_str(domain);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_specification_shows() {
        let x500 = "/O=First Org/OU=Exchange (FYDIBOHF23SPDLT)/CN=a_b.c";
        let expected = "IMCEAEX-_O=First+20Org_OU=Exchange+20+28FYDIBOHF23SPDLT+29_CN=a+5Fb+2Ec@example.org";
        assert_eq!(encapsulate("EX", x500, "example.org"), expected);
        assert!(encapsulate("EX", &"ä".repeat(1000), "example.org").len() < 820);
    }
}
