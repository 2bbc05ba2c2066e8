//! From the typed program to a plan that a kernel executes.

pub mod ir;
