//! The graph of dependences: collections, columns and matches of rules, each in
//! four states to an input. More of the input means more here, or less; or what
//! is here hangs on one history of its events; or on the order in which things
//! happened to arrive, for ever. What is read off it is not known here.

use rustc_hash::FxHashMap;

use crate::calm::model::Kind;
use crate::source::Span;

use super::value::Node;
use super::value::Place;

/// How something follows an input.
pub(crate) const PLUS: usize = 0;
/// More of the input may take something away here.
pub(crate) const MINUS: usize = 1;
/// It follows the history of the input's events.
pub(crate) const HISTORY: usize = 2;
/// It hangs on the order of arrival, and keeps what came of it.
pub(crate) const HARD: usize = 3;

/// How many states there are.
pub(crate) const STATES: usize = 4;

/// What an edge does to the state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Turn {
    Same,
    Flip,
    Both,
    /// Follows the history.
    History,
    /// Keeps what it saw when it saw it.
    Hard,
    /// Keeps what was there once.
    Remember,
    /// A message: what comes of it is judged where it arrives.
    Send,
}

impl Turn {
    /// The states that come of one, and whether that is the edge's own doing,
    /// which waiting at its place undoes.
    pub(crate) fn of(self, state: usize) -> (&'static [usize], bool) {
        match (self, state) {
            (Turn::Same, PLUS) => (&[PLUS], true),
            (Turn::Same, MINUS) => (&[MINUS], true),
            (Turn::Flip, PLUS) => (&[MINUS], true),
            (Turn::Flip, MINUS) => (&[PLUS], true),
            (Turn::Both, PLUS | MINUS) => (&[PLUS, MINUS], true),
            (Turn::History, PLUS | MINUS) => (&[HISTORY], true),
            (Turn::Hard, PLUS | MINUS) => (&[HARD], true),
            (Turn::Hard, HISTORY) => (&[HARD], false),
            (Turn::Remember, PLUS) => (&[PLUS], false),
            (Turn::Remember, MINUS | HISTORY) => (&[HARD], false),
            (Turn::Send, PLUS) => (&[], false),
            (Turn::Send, MINUS | HISTORY) => (&[HARD], false),
            (_, HISTORY) => (&[HISTORY], false),
            _ => (&[HARD], false),
        }
    }
}

/// Where somebody could wait.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    /// The rule.
    pub(crate) clause: usize,
    pub(crate) place: Place,
    pub(crate) kind: Kind,
}

/// An edge.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    pub(crate) from: Node,
    /// The number of the node at its end.
    pub(crate) to: usize,
    pub(crate) turn: Turn,
    pub(crate) spot: Option<usize>,
    /// The rule, if it is one's doing.
    pub(crate) clause: Option<usize>,
    /// What is done, in a word.
    pub(crate) word: String,
}

/// All edges.
#[derive(Default)]
pub(crate) struct Graph {
    pub(crate) edges: Vec<Edge>,
    pub(crate) spots: Vec<Spot>,
    pub(crate) nodes: FxHashMap<Node, usize>,
    pub(crate) names: Vec<Node>,
    pub(crate) out: Vec<Vec<usize>>,
    /// The last spot of a rule at a place of the text.
    known: FxHashMap<(usize, Span, Kind), usize>,
}

/// For each node and state the inputs that lead there.
pub(crate) struct Reach {
    words: usize,
    bits: Vec<u64>,
}

impl Graph {
    pub(crate) fn node(&mut self, node: Node) -> usize {
        if let Some(at) = self.nodes.get(&node) {
            return *at;
        }
        let at = self.names.len();
        self.nodes.insert(node, at);
        self.names.push(node);
        self.out.push(Vec::new());
        at
    }

    pub(crate) fn spot(&mut self, spot: Spot) -> usize {
        let place = (spot.clause, spot.place.span, spot.kind);
        match self.known.get(&place) {
            Some(&at) if self.spots[at].place.gate == spot.place.gate => at,
            _ => {
                self.known.insert(place, self.spots.len());
                self.spots.push(spot);
                self.spots.len() - 1
            }
        }
    }

    pub(crate) fn add(&mut self, edge: Edge) {
        let from = self.node(edge.from);
        self.out[from].push(self.edges.len());
        self.edges.push(edge);
    }

    /// Which inputs lead where, all spots open but those that are `closed` for
    /// the input.
    pub(crate) fn reach(&self, sources: &[Node], closed: &dyn Fn(usize, usize) -> bool) -> Reach {
        let words = sources.len().div_ceil(64).max(1);
        let mut reach = Reach { words, bits: vec![0; self.names.len() * 4 * words] };
        let mut open: Vec<Vec<u64>> = Vec::with_capacity(self.spots.len());
        for spot in 0..self.spots.len() {
            let mut mask = vec![u64::MAX; words];
            for source in 0..sources.len() {
                if closed(spot, source) {
                    mask[source / 64] &= !(1 << (source % 64));
                }
            }
            open.push(mask);
        }
        let mut work = std::collections::VecDeque::new();
        for (at, source) in sources.iter().enumerate() {
            if let Some(node) = self.nodes.get(source) {
                reach.bits[(node * 4 + PLUS) * words + at / 64] |= 1 << (at % 64);
                work.push_back(*node);
            }
        }
        let mut queued = vec![false; self.names.len()];
        work.iter().for_each(|node| queued[*node] = true);
        while let Some(node) = work.pop_front() {
            queued[node] = false;
            for edge in &self.out[node] {
                let edge = &self.edges[*edge];
                let to = edge.to;
                if self.pass(&mut reach, node, to, edge, &open) && !queued[to] {
                    queued[to] = true;
                    work.push_back(to);
                }
            }
        }
        reach
    }

    fn pass(
        &self,
        reach: &mut Reach,
        from: usize,
        to: usize,
        edge: &Edge,
        open: &[Vec<u64>],
    ) -> bool {
        let words = reach.words;
        let mut news = false;
        for state in 0..4 {
            let (states, own) = edge.turn.of(state);
            let mask = edge.spot.filter(|_| own).map(|spot| &open[spot]);
            for word in 0..words {
                let mut bits = reach.bits[(from * 4 + state) * words + word];
                if let Some(mask) = mask {
                    bits &= mask[word];
                }
                if bits == 0 {
                    continue;
                }
                for next in states {
                    let slot = &mut reach.bits[(to * 4 + next) * words + word];
                    news |= bits & !*slot != 0;
                    *slot |= bits;
                }
            }
        }
        news
    }
}

impl Reach {
    pub(crate) fn has(&self, node: usize, state: usize, source: usize) -> bool {
        let word = self.bits[(node * 4 + state) * self.words + source / 64];
        word & (1 << (source % 64)) != 0
    }
}
