//! Property tests of the kernel's stores.

mod chains;
mod indexes;
mod relations;
