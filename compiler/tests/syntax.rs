//! Tests of the syntax layer, one binary: programs, messages, printing,
//! random trees, random text. They know the layer's public functions only.

#[path = "syntax/errors.rs"]
mod errors;
#[path = "syntax/lexis.rs"]
mod lexis;
#[path = "syntax/pages.rs"]
mod pages;
#[path = "syntax/printing.rs"]
mod printing;
#[path = "syntax/programs.rs"]
mod programs;
#[path = "syntax/soup.rs"]
mod soup;
#[path = "syntax/support.rs"]
mod support;
#[path = "syntax/trees.rs"]
mod trees;
