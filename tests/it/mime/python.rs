//! Python's parser of messages, the strictest of those that everybody has.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Reads messages (a length in a line, then the bytes) and prints their defects, how often each came up before it.
const SCRIPT: &str = r#"
import collections, email, email.policy, sys
count, found = 0, collections.Counter()
while line := sys.stdin.buffer.readline():
    message = email.message_from_bytes(sys.stdin.buffer.read(int(line)), policy=email.policy.default)
    count += 1
    for part in message.walk():
        for defect in part.defects:
            found[f'{type(defect).__name__}'] += 1
        for name, value in part.items():
            for defect in value.defects:
                found[f'{name}: {type(defect).__name__} {defect}'] += 1
        if part.get_content_maintype() == 'text':
            part.get_content()
print(count, 'messages')
for defect, times in sorted(found.items()):
    print(times, defect)
"#;

/// A Python that reads messages.
pub struct Python {
    child: Child,
    input: ChildStdin,
}

impl Python {
    /// `None`, with a word, where there is no Python.
    pub fn start() -> Option<Self> {
        let child = Command::new("python3").args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut child) = child else {
            eprintln!("skipped: there is no python3");
            return None;
        };
        let input = child.stdin.take().unwrap();
        Some(Self { child, input })
    }

    pub fn read(&mut self, eml: &[u8]) {
        writeln!(self.input, "{}", eml.len()).unwrap();
        self.input.write_all(eml).unwrap();
    }

    /// How many messages it read, then what it found in them.
    pub fn finish(self) -> String {
        drop(self.input);
        let output = self.child.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    }
}
