//! What is given to a node together, and what may share a tick. Two equal
//! events are two events and have a tick each; what is `serial` is alone, or
//! the only one of its key. Things given together stay together as far as that
//! allows. Where they come from is not known here.

use std::collections::BTreeMap;

use bloom_compiler::ids::RelId;
use rustc_hash::FxHashMap;
use rustc_hash::FxHashSet;

use crate::kernel::Rows;
use crate::kernel::TickInput;
use crate::tick::parts::Parts;
use crate::tick::parts::Sharing;

/// Where something given is from.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Origin {
    /// The world.
    #[default]
    World,
    /// The world, which calls it by this number of its own.
    Numbered(u64),
    /// The node itself: its start, a timer, a period, a message to itself.
    Own,
}

/// Facts that were given together: by one call, one load, one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gift {
    /// Where they are from. Where they cannot share a tick and are taken apart,
    /// each part has it.
    pub origin: Origin,
    /// Rows of tables to take out.
    pub delete: Vec<Rows>,
    /// Events, and rows of tables to put in.
    pub insert: Vec<Rows>,
}

impl Gift {
    /// One row.
    pub fn one(rel: RelId, row: Vec<u64>) -> Gift {
        Gift::new(vec![Rows { rel, count: 1, words: row }])
    }

    /// Rows to put in, from the world.
    pub fn new(insert: Vec<Rows>) -> Gift {
        Gift { origin: Origin::World, delete: Vec::new(), insert }
    }

    /// The same from somewhere else.
    pub fn from(self, origin: Origin) -> Gift {
        Gift { origin, ..self }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        let none = |all: &[Rows]| all.iter().all(|rows| rows.count == 0);
        none(&self.delete) && none(&self.insert)
    }
}

/// What events of a tick stand in each other's way by: the collection and the
/// values that no other may have.
type Claim = (RelId, Vec<u64>);

/// The values that an event wants for itself in its tick.
fn claim(rel: RelId, row: &[u64], sharing: &Sharing) -> Claim {
    let words = match sharing {
        Sharing::OnePer(columns) => columns.iter().map(|&column| row[column]).collect(),
        Sharing::Free | Sharing::Distinct | Sharing::Alone => row.to_vec(),
    };
    (rel, words)
}

/// The rows of a collection, one by one.
fn each(rows: &Rows) -> impl Iterator<Item = &[u64]> {
    let arity = rows.words.len().checked_div(rows.count).unwrap_or(0);
    (0..rows.count).map(move |at| &rows.words[at * arity..(at + 1) * arity])
}

/// Takes apart what cannot share a tick with itself: the first of equals go
/// into the first part, the second ones into the second.
pub(super) fn split(gift: Gift, parts: &Parts) -> Vec<Gift> {
    if gift.insert.iter().map(|rows| rows.count).sum::<usize>() < 2 {
        return vec![gift];
    }
    let Gift { origin, delete, insert } = gift;
    let mut met: FxHashMap<Claim, usize> = FxHashMap::default();
    let mut shared: Vec<BTreeMap<RelId, Rows>> = vec![BTreeMap::new()];
    let mut alone = Vec::new();
    for rows in insert {
        let sharing = parts.sharing(rows.rel);
        if matches!(sharing, Sharing::Free) {
            add(&mut shared[0], rows.rel, &rows.words, rows.count);
            continue;
        }
        for row in each(&rows) {
            if matches!(sharing, Sharing::Alone) {
                alone.push(Gift::one(rows.rel, row.to_vec()).from(origin));
                continue;
            }
            let nth = met.entry(claim(rows.rel, row, sharing)).or_default();
            if shared.len() <= *nth {
                shared.push(BTreeMap::new());
            }
            add(&mut shared[*nth], rows.rel, row, 1);
            *nth += 1;
        }
    }
    let mut all: Vec<Gift> = shared
        .into_iter()
        .map(|part| Gift::new(part.into_values().collect()).from(origin))
        .collect();
    all[0].delete = delete;
    all.extend(alone);
    all.retain(|part| !part.is_empty());
    all
}

fn add(to: &mut BTreeMap<RelId, Rows>, rel: RelId, words: &[u64], count: usize) {
    let rows = to.entry(rel).or_insert_with(|| Rows { rel, count: 0, words: Vec::new() });
    rows.count += count;
    rows.words.extend_from_slice(words);
}

/// A batch that is being put together.
#[derive(Default)]
pub(super) struct Batch {
    gifts: Vec<Gift>,
    claims: FxHashSet<Claim>,
    /// Whether what is in it wants to be alone.
    closed: bool,
}

impl Batch {
    /// Takes a gift in, or gives it back: it has to wait for another tick.
    pub fn take(&mut self, gift: Gift, parts: &Parts) -> Result<(), Gift> {
        let alone = |rows: &Rows| matches!(parts.sharing(rows.rel), Sharing::Alone);
        let alone = gift.insert.iter().any(alone);
        if self.closed || alone && !self.gifts.is_empty() {
            return Err(gift);
        }
        let mut claims = Vec::new();
        for rows in &gift.insert {
            let sharing = parts.sharing(rows.rel);
            if !matches!(sharing, Sharing::Free | Sharing::Alone) {
                claims.extend(each(rows).map(|row| claim(rows.rel, row, sharing)));
            }
        }
        if claims.iter().any(|claim| self.claims.contains(claim)) {
            return Err(gift);
        }
        self.claims.extend(claims);
        self.closed = alone;
        self.gifts.push(gift);
        Ok(())
    }

    /// What is in it, in order of arrival.
    pub fn into_gifts(self) -> Vec<Gift> {
        self.gifts
    }
}

/// What a tick takes in that takes in all of these.
pub(super) fn input(gifts: &[Gift]) -> TickInput {
    if let [Gift { delete, insert, .. }] = gifts
        && delete.len() <= 1
        && insert.len() <= 1
    {
        return TickInput { delete: delete.clone(), insert: insert.clone() };
    }
    let all = |of: fn(&Gift) -> &Vec<Rows>| {
        let mut rows = BTreeMap::new();
        for one in gifts.iter().flat_map(of) {
            add(&mut rows, one.rel, &one.words, one.count);
        }
        rows.into_values().collect()
    };
    TickInput { delete: all(|gift| &gift.delete), insert: all(|gift| &gift.insert) }
}
