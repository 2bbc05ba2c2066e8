//! Nodes as machines with numbered states: what a search needs to know of them.
//! A node is a function: the same state that takes in the same messages at the
//! same instant does the same. What states and messages are made of is not
//! known here.

use std::rc::Rc;

/// A state of a node, by number; equal states of one node have one number.
pub type State = u32;
/// A message, by number: sender, receiver and content. Equal ones have one
/// number.
pub type Parcel = u32;
/// What is seen of a node after a move, by number.
pub type Seen = u32;

/// What a node did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Its state afterwards.
    pub state: State,
    /// Messages to other nodes, each with its receiver, in the order in which
    /// they are sent.
    pub sent: Vec<(usize, Parcel)>,
    /// What is seen of it in this move: its state and its events.
    pub seen: Seen,
    /// What is seen of it from now on, until it moves again: its state.
    pub rests: Seen,
    /// Whether something that it took in made it fail; then it did nothing.
    pub failed: bool,
}

/// Why a search cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is more to go through than may be; in plain words.
    TooLarge(String),
    /// Something that this version does not search, in plain words.
    NotYet(String),
}

/// Nodes, and what is expected of them.
pub trait Stage {
    /// How many nodes there are.
    fn nodes(&self) -> usize;

    /// What a node does at an instant, counted in steps from 0, that takes these
    /// in, beside what it is given then. Without a state it starts.
    fn moved(
        &mut self,
        node: usize,
        state: Option<State>,
        step: u32,
        takes: &[Parcel],
    ) -> Result<Rc<Moved>, Trouble>;

    /// Whether a message always arrives in the end, once.
    fn is_sure(&self, parcel: Parcel) -> bool;

    /// The property that does not hold, by number, of what is seen of each node
    /// that is up. In the end what must hold in the end is asked for too.
    fn judge(&mut self, nodes: &[Option<Seen>], end: bool) -> Result<Option<usize>, Trouble>;
}
