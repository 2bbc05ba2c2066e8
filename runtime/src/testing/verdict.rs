//! What became of a test, as data: passed, or the first thing in it that was
//! not as expected, with all that is known of why. How it is shown is for
//! others to say.

use std::collections::BTreeMap;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle::Value;
use bloom_compiler::source::Span;
use bloom_compiler::types::typed;

use crate::why::Explanation;

/// What became of a test.
#[derive(Debug)]
pub struct Verdict {
    /// Its number in the program.
    pub test: usize,
    /// What was not as expected; a test ends there.
    pub failed: Option<Box<Failed>>,
}

/// Something that was not as expected.
#[derive(Clone, Debug)]
pub struct Failed {
    /// What, and where.
    pub diagnostic: Diagnostic,
    /// Where exact rows were expected: those that are not there, and those that
    /// should not be, in value order.
    pub rows: Vec<(Side, String)>,
    /// Why a row is there, or is not.
    pub why: Option<Why>,
}

/// On which side of a comparison a row is alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Side {
    /// It was expected.
    Missing,
    /// It is there.
    Extra,
}

/// An explanation with what it is about.
#[derive(Clone, Debug)]
pub struct Why {
    /// Of what was asked for.
    pub asked: Explanation,
    /// The same, or of the row that is there in the place of a missing one.
    pub explanation: Explanation,
    /// The program that was run for it.
    pub program: typed::Program,
    /// Where rows come from that the tick began with.
    pub origins: BTreeMap<(RelId, Vec<Value>), Origin>,
    /// Whether what is explained is no row of the program: that a condition of
    /// the test has a match, or has none.
    pub is_match: bool,
}

/// Where a row comes from that a tick began with; the tick before put those
/// there that have none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The test gave it to this tick.
    Given,
    /// A timer whose time has come.
    Timer,
    /// The node sent it to itself.
    Sent,
    /// A table has it since this tick of the test.
    Since(Span),
    /// It was there before the first tick of the test.
    Start,
    /// Of a test of many nodes: this node has it.
    Node(String),
    /// Likewise: the world has it, no node.
    World,
}
