//! The tests of the runtime's parts, one binary. The tool is tried from
//! outside, and pages are played, in binaries of their own.

#[path = "../../../compiler/tests/support/blocks.rs"]
mod blocks;
#[path = "../../../compiler/tests/support/cases.rs"]
mod cases;
mod codes;
#[path = "../../../compiler/tests/support/house.rs"]
mod house;
mod kernel;
mod oracle;
mod tidy;
mod values;
