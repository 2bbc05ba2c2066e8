//! Tests of the syntax layer, one binary: programs, messages, printing,
//! random trees, random text. They know the layer's public functions only.

mod errors;
mod lexis;
mod pages;
mod printing;
mod programs;
mod soup;
mod support;
mod trees;
