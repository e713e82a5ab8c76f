//! A subject in two parts, as it is stored: its prefix (`RE: `) and what is left of it.

/// The parts of a subject. Together they are the subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The prefix, with the blank behind it; may be empty.
    pub prefix: String,
    /// The rest.
    pub normalized: String,
}

/// The parts of `subject`, which came with `prefix` and `normalized` or without them; `None` when the ones that came
/// contradict it.
///
/// A producer may have taken the prefix out of `subject` already: then it does not begin with `prefix`.
pub fn parts(subject: &str, prefix: Option<&str>, normalized: Option<&str>) -> Option<Parts> {
    let of = |prefix: &str, normalized: &str| Parts { prefix: prefix.to_owned(), normalized: normalized.to_owned() };
    match (prefix, normalized) {
        (None, None) => Some(split(subject)),
        (Some(prefix), None) => Some(of(prefix, subject.strip_prefix(prefix).unwrap_or(subject))),
        (None, Some(rest)) => subject.strip_suffix(rest).map(|prefix| of(prefix, rest)),
        (Some(prefix), Some(rest)) => {
            let whole = subject.strip_prefix(prefix) == Some(rest) || subject == rest;
            whole.then(|| of(prefix, rest))
        }
    }
}

/// `subject` divided behind one to three letters or digits, a colon and a blank at its beginning.
pub fn split(subject: &str) -> Parts {
    let at = prefix_len(subject).unwrap_or(0);
    let (prefix, normalized) = subject.split_at(at);
    Parts { prefix: prefix.to_owned(), normalized: normalized.to_owned() }
}

fn prefix_len(subject: &str) -> Option<usize> {
    let colon = subject.find(':')?;
    let letters = &subject[..colon];
    let blank = subject[colon + 1..].chars().next().filter(|c| c.is_whitespace())?;
    let fits = (1..=3).contains(&letters.chars().count()) && letters.chars().all(char::is_alphanumeric);
    fits.then_some(colon + 1 + blank.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two(subject: &str, prefix: Option<&str>, normalized: Option<&str>) -> Option<(String, String)> {
        parts(subject, prefix, normalized).map(|p| (p.prefix, p.normalized))
    }

    fn some(prefix: &str, normalized: &str) -> Option<(String, String)> {
        Some((prefix.to_owned(), normalized.to_owned()))
    }

    #[test]
    fn a_prefix_is_found() {
        assert_eq!(two("RE: Hello", None, None), some("RE: ", "Hello"));
        assert_eq!(two("A1:  two blanks", None, None), some("A1: ", " two blanks"));
        assert_eq!(two("AWé: x", None, None), some("AWé: ", "x"));
        assert_eq!(two("Re: Fw: x", None, None), some("Re: ", "Fw: x"));
        for whole in ["RE:Hello", "Note: x", ": x", "R E: x", "RE:", "", "Hello"] {
            assert_eq!(two(whole, None, None), some("", whole));
        }
    }

    #[test]
    fn parts_that_came_are_kept() {
        assert_eq!(two("FW: text", Some("FW: "), None), some("FW: ", "text"));
        assert_eq!(two("text", Some("FW: "), None), some("FW: ", "text"));
        assert_eq!(two("RE: text", Some("FW: "), None), some("FW: ", "RE: text"));
        assert_eq!(two("RE: text", Some(""), None), some("", "RE: text"));
        assert_eq!(two("Antwort: text", None, Some("text")), some("Antwort: ", "text"));
        assert_eq!(two("RE: text", Some("RE: "), Some("text")), some("RE: ", "text"));
        assert_eq!(two("text", Some("RE: "), Some("text")), some("RE: ", "text"));
    }

    #[test]
    fn parts_that_contradict_the_subject() {
        assert_eq!(two("one", None, Some("two")), None);
        assert_eq!(two("RE: one", Some("FW: "), Some("one")), None);
    }
}
