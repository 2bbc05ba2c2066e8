//! What there is without the feature `views`: no dataflow can be built.

use bloom_compiler::plan::views::Flow;

use crate::kernel::engine::Engine;

/// Whether dataflows can be built.
pub const IS_THERE: bool = false;

/// There is none.
pub enum Built {}

impl Built {
    /// There is none.
    pub fn new(_: &Engine, _: &Flow) -> Option<Built> {
        None
    }

    /// See `built`.
    pub fn feed(&mut self, _: usize, _: &[u64], _: i64) {
        match *self {}
    }

    /// See `built`.
    pub fn run(&mut self, _: &mut Engine, _: &mut dyn FnMut(usize) -> bool) -> bool {
        match *self {}
    }

    /// See `built`.
    pub fn changes(&mut self, _: usize, _: &mut dyn FnMut(&[u64], i64)) {
        match *self {}
    }

    /// See `built`.
    pub fn failing(&self) -> Vec<usize> {
        match *self {}
    }

    /// See `built`.
    pub fn matches(&mut self) -> u64 {
        match *self {}
    }

    /// See `built`.
    pub fn is_worn(&self) -> bool {
        match *self {}
    }

    /// See `built`.
    pub fn begin(&mut self) {
        match *self {}
    }

    /// See `built`.
    pub fn rollback(&mut self, _: &mut Engine) -> bool {
        match *self {}
    }

    /// See `built`.
    pub fn bytes(&self) -> usize {
        match *self {}
    }
}
