//! What is generated from the command lines: manual pages (with the prose of `man/prose`) and shell completions.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

/// When the pages were last looked through.
const DATE: &str = "2026-11-24";

/// A file of the repository: its path from the root, and what it has to hold.
pub struct Generated {
    pub path: PathBuf,
    pub content: Vec<u8>,
}

/// Every generated file. `root` is the repository.
pub fn generate(root: &Path) -> io::Result<Vec<Generated>> {
    let mut files = Vec::new();
    for command in pffkit::cli::args::commands() {
        let name = command.get_name().to_owned();
        files.push(Generated { path: manual(&name).into(), content: page(root, &command)? });
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            files.push(completion(shell, command.clone(), &name));
        }
    }
    Ok(files)
}

/// The manual page of the tool `name`: those for everybody are in section 1, those for administrators in section 8.
pub fn manual(name: &str) -> String {
    format!("man/{name}.{}", section(name).0)
}

/// The section of the page of a tool, and its title.
fn section(name: &str) -> (u8, &'static str) {
    if name == "mt2eml" { (1, "User commands") } else { (8, "System administration") }
}

/// The manual page: name, synopsis and options from the command line, the other sections from `man/prose`.
fn page(root: &Path, command: &Command) -> io::Result<Vec<u8>> {
    let prose = |name: &str| {
        let path = root.join("man/prose").join(name).with_extension("roff");
        fs::read_to_string(&path).map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))
    };
    let text = prose(command.get_name())?;
    // The options stand behind the first section, the description.
    let description = text.match_indices("\n.SH ").map(|(at, _)| at + 1).next().unwrap_or(text.len());
    let (description, rest) = text.split_at(description);
    let name = command.get_name();
    let version = command.get_version().unwrap_or_default();
    let man = Man::new(command.clone());
    let mut out = Vec::new();
    let (section, title) = section(name);
    writeln!(out, ".TH {} {section} {DATE} \"pffkit {version}\" \"{title}\"", name.to_uppercase())?;
    man.render_name_section(&mut out)?;
    writeln!(out, ".SH SYNOPSIS\n.B {name}\n.RI [ OPTION ]...")?;
    for argument in command.get_positionals() {
        writeln!(out, ".I {}", argument.get_id().as_str().to_uppercase())?;
    }
    out.extend(description.bytes());
    man.render_options_section(&mut out)?;
    out.extend(prose("exit-status")?.bytes());
    out.extend(rest.bytes());
    Ok(out)
}

fn completion(shell: Shell, mut command: Command, name: &str) -> Generated {
    let file = match shell {
        Shell::Bash => format!("completions/bash/{name}"),
        Shell::Zsh => format!("completions/zsh/_{name}"),
        _ => format!("completions/fish/{name}.fish"),
    };
    let mut content = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut content);
    Generated { path: file.into(), content }
}
