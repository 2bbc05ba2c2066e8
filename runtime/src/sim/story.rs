//! What happens to a world: faults of the network and of the nodes, what nodes
//! are given, and the bounds within which choices are made. Nodes are numbers
//! here. Who decides what is left open is not known here.

use bloom_compiler::ids::RelId;
use bloom_compiler::oracle::Value;

/// Nanoseconds in a microsecond.
const US: i64 = 1_000;
/// Nanoseconds in a millisecond.
pub(super) const MS: i64 = 1_000 * US;
/// Nanoseconds in a second.
pub(super) const SECOND: i64 = 1_000 * MS;

/// What happens.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// What the network and the nodes suffer. A key names a fault by its place
    /// in this list.
    pub faults: Vec<Fault>,
    /// What nodes are given; the trace names a gift by its place in this list.
    pub gifts: Vec<Gift>,
    /// Bounds.
    pub settings: Settings,
}

/// What the network or a node suffers.
#[derive(Clone, PartialEq, Debug)]
pub enum Fault {
    /// Messages take so long, in nanoseconds.
    Delay {
        /// At least.
        least: i64,
        /// At most.
        most: i64,
    },
    /// So many of 1 message are lost.
    Loss(f64),
    /// So many of 1 arrive twice.
    Duplicate(f64),
    /// So many of 1 are held up, so that others overtake them.
    Reorder(f64),
    /// No message passes from the first nodes to the second.
    Partition {
        /// These nodes.
        one: Vec<usize>,
        /// And these.
        other: Vec<usize>,
        /// Whether none passes the other way either.
        both: bool,
        /// When.
        when: When,
    },
    /// The nodes stop, and start again.
    Crash {
        /// Which.
        nodes: Vec<usize>,
        /// When they stop, and for how long. `i64::MAX`: for ever.
        when: When,
        /// Whether their disks are empty then.
        amnesia: bool,
    },
    /// The nodes stop and start again at once.
    Restart {
        /// Which.
        nodes: Vec<usize>,
        /// When.
        when: When,
    },
    /// Their clocks are ahead by so many nanoseconds, or behind, from the start.
    Skew {
        /// Which.
        nodes: Vec<usize>,
        /// By how much.
        by: i64,
    },
    /// Each of their chains takes so much longer.
    Slow {
        /// Which.
        nodes: Vec<usize>,
        /// By how much, in nanoseconds.
        by: i64,
        /// When.
        when: When,
    },
}

/// When a fault happens; what is not said is chosen by the run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct When {
    /// In nanoseconds from the start.
    pub at: Option<i64>,
    /// For so many nanoseconds.
    pub lasts: Option<i64>,
}

/// What one node is given together.
#[derive(Clone, Debug)]
pub struct Gift {
    /// The node.
    pub node: usize,
    /// In nanoseconds from the start.
    pub at: i64,
    /// Rows of its program's collections: one entry for each row.
    pub rows: Vec<(RelId, Vec<Value>)>,
}

/// Bounds of a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long messages take where no `Fault::Delay` says so.
    pub delay: (i64, i64),
    /// How long a node may wait, by choice, for other messages to share its
    /// next tick with.
    pub gather: i64,
    /// How long it takes until what a chain took in is sure. What it has to say
    /// leaves then, and the next chain of the node begins.
    pub sync: (i64, i64),
    /// Messages and gifts that may share a tick.
    pub batch: usize,
    /// How long the safety phase goes on after the last gift and the last fault
    /// with an end: losses and delays go on. It is over earlier when the
    /// world is quiet.
    pub grace: i64,
    /// How long the liveness phase may last; `None`: there is none, and the
    /// world goes on as it is until `until`.
    pub liveness: Option<i64>,
    /// When the world ends in any case.
    pub until: i64,
    /// Happenings after which a run is given up: something never comes to rest.
    pub most: u64,
    /// Whether faults are added that the story does not name.
    pub swarm: bool,
    /// The first resend of a group message comes after so long.
    pub first_resend: i64,
    /// Resends come at most so far apart.
    pub most_resend: i64,
    /// Group messages to one member that may be on their way.
    pub window: usize,
    /// Messages to one member that may wait.
    pub queue: usize,
    /// Whether the trace is kept.
    pub traced: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            delay: (MS, 20 * MS),
            gather: 2 * MS,
            sync: (100 * US, 500 * US),
            batch: 64,
            grace: SECOND,
            liveness: Some(30 * SECOND),
            until: i64::MAX / 4,
            most: 2_000_000,
            swarm: false,
            first_resend: 50 * MS,
            most_resend: SECOND,
            window: 1_024,
            queue: 4_096,
            traced: false,
        }
    }
}
