//! From text to a tree: what was written, and no more.
//!
//! | room | owns |
//! |---|---|
//! | `limits` | bounds on the text |
//! | `token`, `lexer`, `literals` | text to tokens, tokens to values |
//! | `trivia` | comments, by span |
//! | `grammar`, `actions` | tokens to the tree (`ast`) |
//! | `parse`, `recover`, `slips`, `messages` | entry; what happens when it does not parse |
//! | `print` | the tree to text, with its comments |
//! | `show` | tokens and trees for reading |

pub mod actions;
pub mod ast;
mod depth;
pub mod lexer;
pub mod limits;
pub mod literals;
pub mod messages;
pub mod parse;
pub mod print;
pub mod recover;
pub mod show;
pub mod slips;
pub mod token;
pub mod trivia;

#[allow(missing_docs, clippy::all, unused)]
mod grammar {
    include!(concat!(env!("OUT_DIR"), "/syntax/grammar.rs"));
}

pub use parse::Parsed;
pub use parse::parse;
pub use parse::parse_expr;
pub use print::format;
pub use print::print_module;
pub use show::ast_text;
pub use show::tokens_text;
