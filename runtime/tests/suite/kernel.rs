//! Property tests of the kernel's stores.

mod indexes;
mod relations;
