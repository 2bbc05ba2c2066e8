//! What a dataflow is to compute: rules as lists of steps over registers, each
//! register a word. How they are computed is not known here.

/// A register of a rule.
pub type Reg = u16;

/// Relations that are computed together.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// Columns of each relation that is read and computed elsewhere.
    pub inputs: Vec<usize>,
    /// What is computed.
    pub heads: Vec<Head>,
    /// By which rules.
    pub rules: Vec<Rule>,
}

/// A relation that is computed.
#[derive(Clone, Debug)]
pub struct Head {
    /// Number of columns.
    pub width: usize,
    /// The first column that merges, where some do: there is one row for what
    /// stands before.
    pub merges: Option<usize>,
}

/// Rows that are read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Source {
    /// Of an input.
    Input(usize),
    /// Of what is computed.
    Head(usize),
}

/// A way to derive rows.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it derives rows of.
    pub head: usize,
    /// Registers that its steps use.
    pub regs: usize,
    /// Ways to find matches.
    pub ways: Vec<Way>,
    /// How matches of all ways are gathered, if they are.
    pub gather: Option<Gather>,
    /// The registers of the row.
    pub row: Vec<Reg>,
}

/// One way to find matches.
#[derive(Clone, Debug)]
pub struct Way {
    /// What the host computes once for all matches.
    pub prelude: Option<Prelude>,
    /// From nothing to a match.
    pub steps: Vec<Step>,
}

/// Groups of matches; each combination of results goes on once.
#[derive(Clone, Debug)]
pub struct Gather {
    /// The host's number of it.
    pub number: usize,
    /// Registers that tell groups apart.
    pub group: Vec<Reg>,
    /// What each match gives.
    pub of: Vec<Reg>,
    /// Where results go.
    pub to: Vec<Reg>,
    /// From results to a row.
    pub then: Vec<Step>,
}

/// What is computed once for all matches of a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Prelude {
    /// The host's number of it.
    pub code: usize,
    /// Whether it can fail.
    pub fails: bool,
}

/// A step. Registers that it reads were written before it.
#[derive(Clone, Debug)]
pub enum Step {
    /// Every row that has these words in these columns.
    Rows {
        /// Of what.
        of: Source,
        /// Columns and what must be in them, by ascending column, each once.
        key: Vec<(usize, Reg)>,
        /// Columns that must be equal.
        same: Vec<(usize, usize)>,
        /// What other columns give to registers.
        binds: Vec<(usize, Reg)>,
    },
    /// Goes on where the steps have no match.
    Absent(Vec<Step>),
    /// What the host computes, by its number.
    Run {
        /// See above.
        code: usize,
        /// Registers that it reads.
        reads: Vec<Reg>,
        /// Registers that it writes.
        writes: Vec<Reg>,
        /// Whether it can fail.
        fails: bool,
    },
}
