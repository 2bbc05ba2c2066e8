//! How a node is to be. What a node does is not known here.

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir::TypeId;

use crate::kernel::Choice;
use crate::kernel::Limits;

/// What a node of a program without roles is to the others.
const ROLE: &str = "node";

/// What becomes of an event whose chain fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnError {
    /// It is given up; the node goes on.
    DeadLetter,
    /// The node ends.
    Halt,
}

/// How a node is to be.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the node is called, and `me` says.
    pub name: String,
    /// Its role.
    pub role: String,
    /// All nodes that take part, with their roles, itself among them. None: it
    /// is alone.
    pub members: Vec<(String, String)>,
    /// Starts before this one.
    pub boot: i64,
    /// What becomes of an event whose chain fails.
    pub on_error: OnError,
    /// Things given from outside that a tick may take in.
    pub batch: usize,
    /// Ticks of a chain that may follow by themselves.
    pub max_own_ticks: u64,
    /// What a tick may spend.
    pub limits: Limits,
    /// Nanoseconds between the events of each periodic.
    pub periods: Vec<(RelId, i64)>,
    /// Other collections to show: events, or changes of state.
    pub show: Vec<RelId>,
    /// Whether ticks say what they took in.
    pub traced: bool,
    /// The tick that keeps its rounds, to be explained; it is the last one.
    pub explained: Option<u64>,
    /// Values that the caller keeps in words, if the node is to forget all those
    /// that nobody holds, between two steps. `None`: none is ever forgotten.
    pub held: Option<Vec<(TypeId, u64)>>,
    /// Who follows views that could be followed in two ways.
    pub views: Choice,
    /// How many workers the node has.
    pub workers: usize,
    /// Whether each of them has a thread of its own.
    pub threads: bool,
    /// Whether somebody looks into the node: all collections can be read after a
    /// tick, not only what is shown.
    pub open: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            name: "local".into(),
            role: ROLE.into(),
            members: Vec::new(),
            boot: 0,
            on_error: OnError::DeadLetter,
            batch: 1,
            max_own_ticks: 100_000,
            limits: Limits::default(),
            periods: Vec::new(),
            show: Vec::new(),
            traced: false,
            held: None,
            views: Choice::default(),
            explained: None,
            workers: 1,
            threads: false,
            open: false,
        }
    }
}
