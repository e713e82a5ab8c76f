//! The options of the tools, each defined once for parser, help, man page and completions.

pub mod exmls;
pub mod mt2exm;

pub use exmls::Exmls;
pub use mt2exm::Mt2exm;
