//! Maildirs in a real IMAP server: what it says of each message is what the PFF file says.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::pim::files;
use crate::support::oracle;

/// Where Debian has the server: not on everybody's path.
const DOVECOT: &str = "/usr/sbin/dovecot";
/// The user and group for the server where the tests run as root, as whom it reads no mail.
const NOBODY: (u32, &str, &str) = (65534, "nobody", "nogroup");

/// A server on a port of its own, with its files in a directory of its own.
struct Dovecot {
    child: Child,
    port: u16,
}

impl Dovecot {
    /// Serves the Maildirs of `dir`, each to the user of its name, without passwords.
    fn start(dir: &Path) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let is_root = said("id", &["-u"]) == "0";
        let (user, group) =
            if is_root { (NOBODY.1.into(), NOBODY.2.into()) } else { (said("id", &["-un"]), said("id", &["-gn"])) };
        let config = dir.join("dovecot.conf");
        fs::write(&config, configuration(dir, port, &user, &group)).unwrap();
        let mut command = Command::new(DOVECOT);
        if is_root {
            let owner = format!("{user}:{group}");
            assert!(Command::new("chown").args(["-R", &owner]).arg(dir).status().unwrap().success());
            command.uid(NOBODY.0).gid(NOBODY.0);
        }
        let child = command.arg("-F").arg("-c").arg(config).stdin(Stdio::null()).spawn().unwrap();
        let mut server = Self { child, port };
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(server.child.try_wait().unwrap().is_none(), "{DOVECOT} ended: {}", log(dir));
            sleep(Duration::from_millis(50));
        }
        server
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Told so, it ends its children, too.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn said(program: &str, args: &[&str]) -> String {
    String::from_utf8(Command::new(program).args(args).output().unwrap().stdout).unwrap().trim().to_owned()
}

fn log(dir: &Path) -> String {
    fs::read_to_string(dir.join("log")).unwrap_or_default()
}

fn configuration(dir: &Path, port: u16, user: &str, group: &str) -> String {
    let dir = dir.display();
    format!(
        "base_dir = {dir}/run\nstate_dir = {dir}/state\nlog_path = {dir}/log\n\
         default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n\
         protocols = imap\nlisten = 127.0.0.1\nssl = no\ndisable_plaintext_auth = no\nauth_username_format = %u\n\
         mail_uid = {user}\nmail_gid = {group}\nfirst_valid_uid = 1\nmail_location = maildir:{dir}/%u:LAYOUT=fs:UTF-8\n\
         service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {port}\n  }}\n  inet_listener imaps {{\n    port = 0\n  }}\n}}\n\
         service anvil {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n\
         passdb {{\n  driver = static\n  args = nopassword=y\n}}\nuserdb {{\n  driver = static\n  args = home={dir}/home/%u\n}}\n"
    )
}

/// What is not in the server as pypff reads it from the file: messages whose header, which is kept, names another time (they were changed
/// when they were copied) or the program that sent on behalf of the organizer; and files whose list of messages pypff can't read, which readpst
/// can.
const EXCEPTIONS: &str = "\
1114 messages
aspjava-split-personal-folders-part0.pst: pypff does not find 3 of 3; readpst has the same
aspjava-split-personal-folders-part1.pst: pypff does not find 3 of 3; readpst has the same
aspjava-split-personal-folders-part2.pst: pypff does not find 3 of 3; readpst has the same
aspjava-split-personal-folders-part3.pst: pypff does not find 3 of 3; readpst has the same
aspjava-split-personal-folders-part4.pst: pypff does not find 3 of 3; readpst has the same
aspjava-split-personal-folders-part5.pst: pypff does not find 3 of 3; readpst has the same
aspjava-split-personal-folders-part6.pst: pypff does not find 3 of 3; readpst has the same
aspjava-split-personal-folders-part7.pst: pypff does not find 3 of 3; readpst has the same
aspjava-split-personal-folders-part8.pst: pypff does not find 3 of 3; readpst has the same
aspjava-split-personal-folders-part9.pst: pypff does not find 3 of 3; readpst has the same
aspnet-passwordprotectedpst-v1.pst 0x200024: date 1484924949, not 1486395731
aspnet-passwordprotectedpst-v1.pst 0x200044: date 1484921444, not 1486395731
aspnet-passwordprotectedpst-v1.pst 0x200064: date 1484921218, not 1486395731
aspnet-passwordprotectedpst-v2.pst 0x200024: date 1484924949, not 1486395731
aspnet-passwordprotectedpst-v2.pst 0x200044: date 1484921444, not 1486395731
aspnet-passwordprotectedpst-v2.pst 0x200064: date 1484921218, not 1486395731
npm-extest.ost 0x202344: from calendar-notification@google.com, not epfromer@gmail.com
npm-extest.ost 0x202644: from calendar-notification@google.com, not epfromer@gmail.com
npm-extest.ost 0x2021a4: from calendar-notification@google.com, not epfromer@gmail.com
";

#[test]
fn the_server_says_what_the_file_says() {
    if !Path::new(DOVECOT).exists() {
        assert!(std::env::var_os("CI").is_none(), "there is no {DOVECOT}");
        eprintln!("skipped: there is no {DOVECOT}");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let exported: Vec<PathBuf> = files().into_iter().filter(|path| export(path, dir.path())).collect();
    if exported.is_empty() {
        return;
    }
    let server = Dovecot::start(dir.path());
    let port = PathBuf::from(server.port.to_string());
    let args: Vec<&Path> = std::iter::once(&port).chain(&exported).map(PathBuf::as_path).collect();
    if let Some(told) = oracle("imap.py", &args) {
        assert_eq!(told, EXCEPTIONS, "{}", log(dir.path()));
    }
}

/// Writes the mail of `path` as Maildirs into a directory of its name; whether that was possible.
fn export(path: &Path, dir: &Path) -> bool {
    let out = dir.join(path.file_name().unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_mt2eml"));
    let status = command.arg(path).args(["--mail", "maildir", "-o"]).arg(&out).stderr(Stdio::null()).status().unwrap();
    matches!(status.code(), Some(0 | 1))
}
