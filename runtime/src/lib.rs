//! The runtime of Bloom: plans over rows, data in and out, and the command
//! line tool around them. As a library it runs programs inside others:
//!
//! ```
//! let program = bloom::Program::compile("routes.bloom", r#"
//!     table link(from: str, to: str);
//!     output path(from: str, to: str);
//!     path(a, b) <= link(a, b);
//!     path(a, c) <= path(a, b), link(b, c);
//! "#)?;
//! let mut session = program.start();
//! session.insert("link", [("a", "b"), ("b", "c")])?;
//! session.run()?;
//! let paths: Vec<(String, String)> = session.rows("path")?.collect();
//! assert_eq!(paths.len(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Without the default feature `cli` neither the tool nor what only it needs is
//! built.

#[cfg(feature = "cli")]
pub mod cli;
pub mod cluster;
pub mod connect;
pub mod dataflow;
pub mod embed;
pub mod kernel;
pub mod link;
pub mod search;
pub mod sim;
pub mod testing;
pub mod tick;
pub mod value;
pub mod why;

pub use embed::Diagnostics;
pub use embed::Error;
pub use embed::Grows;
pub use embed::Natives;
pub use embed::Node;
pub use embed::Program;
pub use embed::Session;
pub use embed::Value;
pub use kernel::Limits;
pub use tick::OnError;

#[cfg(doctest)]
#[doc = include_str!("../../docs/reference/embedding.md")]
pub struct EmbeddingPage;
