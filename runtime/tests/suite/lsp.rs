//! The language server from outside: the tool is started, whole sessions are
//! spoken over its pipes, and what comes back is compared.

mod client;
mod faults;
mod session;
mod speed;
mod waits;
