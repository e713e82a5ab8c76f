//! The command lines, each flag defined once: help, manual page and completions come from here.

pub mod common;
pub mod exmls;
pub mod mt2eml;
pub mod mt2exm;
pub mod mt2pff;
pub mod pff2mt;
pub mod pffbreak;
pub mod pffck;
pub mod pffgen;

pub use exmls::Exmls;
pub use mt2eml::Mt2eml;
pub use mt2exm::Mt2exm;
pub use mt2pff::Mt2pff;
pub use pff2mt::Pff2mt;
pub use pffbreak::Pffbreak;
pub use pffck::Pffck;
pub use pffgen::Pffgen;

/// The command lines of all tools.
pub fn commands() -> Vec<clap::Command> {
    use clap::CommandFactory;
    vec![
        Pff2mt::command(),
        Mt2exm::command(),
        Mt2eml::command(),
        Mt2pff::command(),
        Pffck::command(),
        Exmls::command(),
        Pffgen::command(),
        Pffbreak::command(),
    ]
}
