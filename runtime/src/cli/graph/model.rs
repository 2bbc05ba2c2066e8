//! The picture of a program as plain data: collections, and what leads from one
//! to another, with what was found there. How it is made from a program and where
//! things stand on paper is not known here.

use bloom_compiler::calm::model::Kind;
use bloom_compiler::source::Span;

/// A picture.
#[derive(Default)]
pub struct Graph {
    /// Roles and instances of modules that have collections; those around others
    /// come first.
    pub groups: Vec<Group>,
    /// In the order of the text.
    pub nodes: Vec<Node>,
    /// In the order of the rules.
    pub edges: Vec<Edge>,
}

/// Collections that belong together.
pub struct Group {
    /// `role store`, `GCounter as hits`
    pub title: String,
    /// `store`, `hits`
    pub name: String,
    /// The module, of an instance; none of a role.
    pub module: Option<String>,
    /// Whether it is what runs together, in a plan for many workers.
    pub together: bool,
    /// The group around it.
    pub within: Option<usize>,
}

/// A collection.
pub struct Node {
    /// Its whole name.
    pub name: String,
    /// Its name inside of its group.
    pub label: String,
    /// What it is declared as: `output table`.
    pub what: &'static str,
    /// The group it belongs to; channels lie between roles.
    pub group: Option<usize>,
    /// What it is.
    pub shape: Shape,
    /// Where its rows are, in a plan for many workers.
    pub home: Option<String>,
    /// Whether a column merges.
    pub lattice: bool,
    /// Whether nothing comes to it after the start.
    pub closed: bool,
    /// Points that no rule can be blamed for.
    pub points: Vec<Mention>,
    /// Its name where it is declared.
    pub place: Span,
    /// The heads of the rules that write it.
    pub heads: Vec<Span>,
}

/// A point, as far as a picture names it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mention {
    /// `P1`
    pub id: String,
    /// `P1 seal by session`
    pub told: String,
}

/// What a collection is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Facts come from outside.
    Input,
    /// Facts stay.
    Table,
    /// Facts follow.
    View,
    /// Facts are shown.
    Output,
    /// Facts travel.
    Channel,
    /// Something has to hold.
    Invariant,
}

/// From what a rule reads to what it says.
pub struct Edge {
    /// What is read, by its place among the nodes.
    pub from: usize,
    /// What follows.
    pub to: usize,
    /// Whether a message carries it.
    pub network: bool,
    /// What is done on the way: `not`, `count`, `<+-`; none of a mere join.
    pub words: Vec<String>,
    /// Points that were found there.
    pub points: Vec<Mention>,
    /// What was found.
    pub mark: Mark,
    /// Where it is read.
    pub places: Vec<Span>,
}

/// What was found of an edge.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Nobody waits.
    Free,
    /// It waits for data.
    Threshold,
    /// It waits for agreement, or for memory.
    Waits(Kind),
    /// The program accepts what may happen.
    Accepted,
    /// In a plan: each row goes on when it comes.
    Stream,
    /// In a plan: the worker completes the one before the other.
    Barrier,
    /// In a plan: all workers complete it, the frontier passes.
    Gate,
}

impl Mark {
    /// `#rrggbb`, to be told apart on light and dark ground.
    pub fn colour(self) -> &'static str {
        match self {
            Mark::Free => "#2e9e5b",
            Mark::Threshold => "#2f7fd1",
            Mark::Waits(Kind::Seal) => "#e08600",
            Mark::Gate | Mark::Waits(Kind::Frontier) => "#c2255c",
            Mark::Stream => "#2e9e5b",
            Mark::Barrier => "#5f7a99",
            Mark::Waits(Kind::Order) => "#d6323a",
            Mark::Waits(Kind::Exclusive | Kind::Escrow) => "#9146c8",
            Mark::Waits(Kind::Persist | Kind::Local) => "#9a7b4f",
            Mark::Accepted => "#808080",
        }
    }

    /// A word for it; marks with the same colour have the same.
    pub fn word(self) -> &'static str {
        match self {
            Mark::Free => "free",
            Mark::Threshold => "threshold",
            Mark::Waits(Kind::Seal) => "seal",
            Mark::Gate | Mark::Waits(Kind::Frontier) => "gate",
            Mark::Stream => "stream",
            Mark::Barrier => "barrier",
            Mark::Waits(Kind::Order) => "order",
            Mark::Waits(Kind::Exclusive | Kind::Escrow) => "exclusive",
            Mark::Waits(Kind::Persist | Kind::Local) => "persist",
            Mark::Accepted => "accepted",
        }
    }
}

impl Shape {
    /// A word for it.
    pub fn word(self) -> &'static str {
        match self {
            Shape::Input => "input",
            Shape::Table => "table",
            Shape::View => "view",
            Shape::Output => "output",
            Shape::Channel => "channel",
            Shape::Invariant => "invariant",
        }
    }
}

impl Node {
    /// What stands below its name: `table, lattice`
    pub fn kind(&self) -> String {
        let mut out = self.what.to_string();
        if self.lattice {
            out.push_str(", lattice");
        }
        if self.closed {
            out.push_str(", closed");
        }
        if let Some(home) = &self.home {
            out.push_str(&format!(", {home}"));
        }
        out
    }

    /// The whole of it in a line, for whoever does not see it.
    pub fn says(&self) -> String {
        let mut out = format!("{}: {}", self.name, self.kind());
        for point in &self.points {
            out.push_str(&format!(", {}", point.told));
        }
        out
    }
}

impl Edge {
    /// Lines that stand beside it; the first begins with what is done there.
    pub fn label(&self) -> Vec<String> {
        let words = self.words.join(" ");
        let mut lines: Vec<String> = self.points.iter().map(|point| point.told.clone()).collect();
        match lines.first_mut() {
            _ if words.is_empty() => {}
            Some(first) => *first = format!("{words} · {first}"),
            None => lines.push(words),
        }
        lines
    }
}

impl Graph {
    /// Whether something waits for other workers or not, as a plan says.
    pub fn is_plan(&self) -> bool {
        let of_plan = |edge: &Edge| {
            matches!(edge.mark, Mark::Stream | Mark::Barrier | Mark::Gate)
                || edge.mark == Mark::Waits(Kind::Frontier)
        };
        self.edges.iter().any(of_plan)
    }

    /// The whole of an edge in a line, for whoever does not see it.
    pub fn says(&self, edge: &Edge) -> String {
        let name = |at: usize| self.nodes.get(at).map_or("", |node| &node.name);
        let mut out = format!("{} to {}", name(edge.from), name(edge.to));
        if edge.network {
            out.push_str(match edge.mark {
                Mark::Stream | Mark::Barrier | Mark::Gate => ", sent to other workers",
                _ => ", as a message",
            });
        }
        let found = match edge.mark {
            Mark::Free => "nobody waits",
            Mark::Threshold => "waits for data only",
            Mark::Waits(_) | Mark::Accepted => "",
            Mark::Stream => "never waits",
            Mark::Barrier => "waits for its own worker",
            Mark::Gate => "waits for all workers",
        };
        for part in edge.label().iter().map(String::as_str).chain([found]) {
            if !part.is_empty() {
                out.push_str(&format!(", {part}"));
            }
        }
        out
    }
}
