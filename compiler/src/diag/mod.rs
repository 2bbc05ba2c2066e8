//! Diagnostics: messages as data, their codes, and how they are shown.
//!
//! | room | owns |
//! |---|---|
//! | `diagnostic` | the value |
//! | `codes` | the table of codes and their pages |
//! | `suggest` | did-you-mean, and lists in words |

pub mod codes;
pub mod diagnostic;
pub mod suggest;

pub use diagnostic::Code;
pub use diagnostic::Diagnostic;
pub use diagnostic::Fix;
pub use diagnostic::Label;
pub use diagnostic::Severity;
