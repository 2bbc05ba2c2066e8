//! What workers that tick are told to do, and what they say of it: as it
//! travels between threads and processes. What they do is not known here.

use serde::Deserialize;
use serde::Serialize;

use crate::dataflow::carry::Packet;
use crate::dataflow::failed::Failed;
use crate::dataflow::node::routes;
use crate::dataflow::report::Report;
use crate::kernel::Engine;
use crate::kernel::Rows;
use crate::kernel::Told;

/// Rows that travel as one piece at most: what is sent at once stays small.
pub const PIECE: usize = 1 << 12;

/// What a worker is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Whether the chain under way went well; that is told with what comes next.
    pub commits: bool,
    /// What is to be done.
    pub what: What,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The rows that its process read are to be told.
    Give,
    /// A node begins: rows of each relation that it begins with, and the
    /// collections whose changes are to be told after every tick.
    Begin { rows: Vec<Option<u64>>, seen: Vec<usize> },
    /// Some of the rows that it begins with.
    Load(Vec<Packet>),
    /// A tick with these rows out and in, the first one of a chain or not.
    Tick { opens: bool, delete: Vec<Packet>, insert: Vec<Packet> },
    /// The chain under way has not been.
    Rollback,
    /// Rows of this are to be counted.
    Count(usize),
    /// All rows of these are to be told, what was put aside, and what was fired
    /// for.
    Tell(Vec<usize>),
    /// What was done so far is to be told.
    Report,
    /// Values that nobody holds are to be forgotten, if there are many.
    Collect,
}

/// What a worker says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Said {
    /// Why it cannot go on.
    pub failure: Option<Failed>,
    /// What the tick changed here.
    pub told: Vec<Word>,
    /// Rows that were read.
    pub given: Vec<Packet>,
    /// What was put aside, and what rules fired for.
    pub put_by: Vec<Packet>,
    /// See above.
    pub fired_for: Vec<Packet>,
    /// Whether a tick without input follows by itself.
    pub own: bool,
    /// Whether it has many values that nobody may hold any more.
    pub full: bool,
    /// Rows that were counted.
    pub count: usize,
    /// What was done so far.
    pub report: Report,
}

impl Said {
    /// Adds another piece of what the same worker said.
    pub fn add(&mut self, piece: Said) {
        self.failure = self.failure.take().or(piece.failure);
        self.told.extend(piece.told);
        self.given.extend(piece.given);
        self.put_by.extend(piece.put_by);
        self.fired_for.extend(piece.fired_for);
        self.own |= piece.own;
        self.full |= piece.full;
        self.count += piece.count;
        self.report.add(&piece.report);
    }

    /// The same in pieces that are small enough to travel.
    pub fn pieces(mut self) -> impl Iterator<Item = Said> {
        let told = std::mem::take(&mut self.told);
        let given = std::mem::take(&mut self.given);
        let told = told.into_iter().map(|word| Said { told: vec![word], ..Said::default() });
        let given = given.into_iter().map(|rows| Said { given: vec![rows], ..Said::default() });
        told.chain(given).chain([self])
    }
}

/// What a worker tells of a collection, or some of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Word {
    rel: usize,
    whole: bool,
    gained: Packet,
    lost: Packet,
}

impl Word {
    /// In the words of an engine; apart by pieces.
    pub fn of(told: Told, engine: &Engine) -> Vec<Word> {
        let Told { rel, whole, gained, lost } = told;
        let mut lost = cut(lost).into_iter();
        let none = || Rows { rel, count: 0, words: Vec::new() };
        let mut words: Vec<Word> = Vec::new();
        let mut add = |gained: Rows, lost: Rows| {
            let (gained, lost) = (routes::packet(gained, engine), routes::packet(lost, engine));
            words.push(Word { rel: rel.index(), whole, gained, lost });
        };
        cut(gained).into_iter().for_each(|gained| add(gained, lost.next().unwrap_or_else(none)));
        lost.for_each(|lost| add(none(), lost));
        words
    }

    /// What a worker told, in the words of another engine; all pieces of one
    /// collection together.
    pub fn read(all: Vec<Word>, engine: &mut Engine) -> Vec<Told> {
        let mut read: Vec<Told> = Vec::new();
        for Word { rel, whole, gained, lost } in all {
            let Some(gained) = routes::rows(gained, engine) else { continue };
            let Some(lost) = routes::rows(lost, engine) else { continue };
            match read.iter_mut().find(|told| told.rel.index() == rel) {
                Some(told) => {
                    append(&mut told.gained, gained);
                    append(&mut told.lost, lost);
                }
                None => read.push(Told { rel: gained.rel, whole, gained, lost }),
            }
        }
        read
    }
}

fn append(to: &mut Rows, more: Rows) {
    to.count += more.count;
    to.words.extend(more.words);
}

/// Rows in pieces, one at least.
pub fn cut(rows: Rows) -> Vec<Rows> {
    let Rows { rel, count, words } = rows;
    if count <= PIECE || words.is_empty() {
        return vec![Rows { rel, count, words }];
    }
    let arity = words.len() / count;
    let piece = |words: &[u64]| Rows { rel, count: words.len() / arity, words: words.to_vec() };
    words.chunks(arity * PIECE).map(piece).collect()
}
