//! `bloom lsp`: the language server that editors start. It speaks the Language
//! Server Protocol over stdin and stdout; what is answered is worked out by
//! the compiler's `ide`, here it is only carried back and forth.
//!
//! | room | owns |
//! |---|---|
//! | `wire` | messages from and to the pipes |
//! | `server` | the life of a session, the loop |
//! | `state` | open documents, their checks, requests that wait for one |
//! | `judge` | who has to wait, found out beside the checks |
//! | `lines` | places as editors count them |
//! | `offer` | what the server says that it can do |
//! | `handlers` | from a request to its answer |
//! | `convert` | answers in the words of the protocol |
//! | `points` | the same of who has to wait |
//! | `settings` | what the user wants to see |

mod convert;
mod handlers;
mod judge;
mod lines;
mod offer;
mod points;
mod server;
mod settings;
mod state;
mod wire;

use clap::Args;

use crate::cli::exit::Exit;

const AFTER: &str = "\
Editors start this command and speak with it over stdin and stdout; it ends
when they do. The folder compiler/editors of the sources has an extension for
VS Code and settings for Vim, Neovim and Helix.";

/// `bloom lsp`.
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub struct LspArgs {
    /// Accepted because many editors pass it: there is no other way
    #[arg(long, hide = true)]
    pub stdio: bool,
}

/// Serves one editor until it says goodbye.
pub fn run(_args: &LspArgs) -> Result<(), Exit> {
    server::serve()
}
