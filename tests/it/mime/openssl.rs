//! Signatures that OpenSSL made, and verifies after the signed message has been a property.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::rules::{message_with_file, write};

/// Runs OpenSSL in `dir`; `None`, with a word, where there is none.
fn openssl(dir: &Path, args: &[&str]) -> Option<bool> {
    let status =
        Command::new("openssl").args(args).current_dir(dir).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if status.is_err() {
        eprintln!("skipped: there is no openssl");
    }
    status.ok().map(|status| status.success())
}

/// A key and a certificate that vouches for itself.
fn certificate(dir: &Path) -> Option<bool> {
    let name = ["-subj", "/CN=Jane/emailAddress=jane@example.org"];
    let key = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem"];
    openssl(dir, &[&key[..], &name].concat())
}

#[test]
fn a_signature_that_verified_verifies() {
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path();
    let Some(made) = certificate(dir) else { return };
    assert!(made);
    let text = "Content-Type: text/plain; charset=utf-8\r\n\r\nGrüße \r\n\r\nFrom me\r\n";
    fs::write(dir.join("text"), text).unwrap();
    for (class, form) in [
        ("IPM.Note.SMIME.MultipartSigned", &["-outform", "SMIME"][..]),
        ("IPM.Note.SMIME", &["-outform", "DER", "-nodetach"]),
    ] {
        let sign = ["cms", "-sign", "-in", "text", "-signer", "cert.pem", "-inkey", "key.pem", "-out", "signed"];
        assert!(openssl(dir, &[&sign[..], form].concat()).unwrap());
        let part = stored(&fs::read(dir.join("signed")).unwrap());
        let verifies = |part: &[u8]| {
            fs::write(dir.join("eml"), write(&message_with_file(class, part))).unwrap();
            let verify = ["cms", "-verify", "-in", "eml", "-CAfile", "cert.pem", "-purpose", "any", "-out", "back"];
            openssl(dir, &verify).unwrap()
        };
        assert!(verifies(&part), "{class}");
        assert_eq!(fs::read(dir.join("back")).unwrap(), text.as_bytes(), "{class}");
        let at = part.windows(7).position(|bytes| bytes == b"From me").unwrap();
        let broken = [&part[..at], b"From he", &part[at + 7..]].concat();
        assert!(!verifies(&broken), "{class}: broken");
    }
}

/// What a store keeps of `signed`: the part with the line ends of the wire, without the header of the message around it.
fn stored(signed: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(signed) {
        Ok(text) => {
            let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
            text.strip_prefix("MIME-Version: 1.0\r\n").unwrap().as_bytes().to_vec()
        }
        Err(_) => signed.to_vec(),
    }
}
