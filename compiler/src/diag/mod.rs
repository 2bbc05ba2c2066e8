//! Diagnostics: messages as data, their codes, and how they are shown.
//!
//! | room | owns |
//! |---|---|
//! | `diagnostic` | the value |
//! | `codes` | the table of codes and their pages |
//! | `explain` | the page of a code |
//! | `render` | the value as text: for people, for editors, for programs |
//! | `suggest` | did-you-mean, and lists in words |

pub mod codes;
pub mod diagnostic;
pub mod explain;
pub mod render;
pub mod suggest;

pub use diagnostic::Code;
pub use diagnostic::Diagnostic;
pub use diagnostic::Fix;
pub use diagnostic::Label;
pub use diagnostic::Severity;
