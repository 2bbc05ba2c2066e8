//! The nodes of a test and its properties, as searches need them. The rows that
//! are seen of all nodes are held against the properties in a small machine of
//! their own, once for all that look alike. How nodes are searched is not known
//! here.

use std::collections::BTreeMap;
use std::rc::Rc;

use bloom_compiler::ids::RelId;
use bloom_compiler::names::scenarios::Mode;
use bloom_compiler::plan::ir::TypeId;
use rustc_hash::FxHashMap;

use crate::kernel::Engine;
use crate::kernel::Limits;
use crate::kernel::Machine;
use crate::kernel::Rows;
use crate::kernel::TickInput;
use crate::search::Content;
use crate::search::Moved;
use crate::search::Parcel;
use crate::search::Seen;
use crate::search::Stage;
use crate::search::State;
use crate::search::Trouble;
use crate::search::Troupe;
use crate::sim::Cast;
use crate::sim::Prepared;
use crate::testing::nodes::bind::Play;
use crate::testing::nodes::checks::Checks;
use crate::testing::nodes::judge::holds;
use crate::value::codec;

/// What is seen of all nodes, and whether that is at the end.
type Sight = (Vec<Option<Seen>>, bool);

/// The nodes of a test with its properties.
pub(super) struct Stand<'a> {
    pub troupe: Troupe,
    checks: &'a Checks,
    cast: &'a Cast,
    limits: Limits,
    /// The small machine, without a row.
    fresh: Machine,
    /// The types of the columns of its tables, that of the node aside.
    cols: BTreeMap<RelId, Vec<TypeId>>,
    judged: FxHashMap<Sight, Option<usize>>,
    /// By property, whether something seen had it.
    pub reached: Vec<bool>,
}

impl<'a> Stand<'a> {
    /// `step`: nanoseconds of a step; `timed`: what the test gives comes at its
    /// step by itself.
    pub fn new(play: &'a Play<'a>, step: i64, timed: bool) -> Result<Stand<'a>, Trouble> {
        let checks = &play.checks;
        if checks.now.is_some() {
            return Err(Trouble::NotYet("a property asks for `now`".to_owned()));
        }
        let fresh = Machine::new(&checks.program, Engine::new(checks.plan.clone()));
        let tables = checks.feeds.values().flat_map(|feeds| feeds.values().copied());
        let cols = tables.map(|rel| {
            let declared = fresh.engine().plan().rels[rel.index()].declared.iter().skip(1);
            (rel, declared.map(|column| column.ty).collect())
        });
        let cols = cols.collect();
        Ok(Stand {
            troupe: Troupe::new(Prepared::new(&play.cast), &play.story.gifts, step, timed),
            checks,
            cast: &play.cast,
            limits: play.cast.limits.clone(),
            fresh,
            cols,
            judged: FxHashMap::default(),
            reached: vec![false; checks.properties.len()],
        })
    }

    /// Rows of all nodes as the small machine takes them in.
    fn rows(&self, machine: &mut Machine, nodes: &[Option<Seen>]) -> Result<TickInput, Trouble> {
        let mut tables: BTreeMap<RelId, Rows> = BTreeMap::new();
        let mut put = |rel: RelId, words: Vec<u64>| {
            let rows = tables.entry(rel).or_insert(Rows { rel, count: 0, words: Vec::new() });
            rows.count += 1;
            rows.words.extend(words);
        };
        let plan = machine.engine().plan().types.clone();
        for (member, seen) in self.cast.nodes.iter().zip(nodes) {
            let Some(seen) = seen else { continue };
            let interner = machine.engine_mut().interner_mut();
            let node = interner.bytes(member.name.as_bytes());
            if let Some(members) = self.checks.members {
                put(members, vec![node, interner.bytes(member.role.as_bytes())]);
            }
            let Some(feeds) = self.checks.feeds.get(&member.role) else { continue };
            for (own, rows) in self.troupe.shown(*seen) {
                let Some(rel) = feeds.get(own) else { continue };
                let cols = self.cols.get(rel).map_or(&[][..], Vec::as_slice);
                for bytes in rows {
                    let words = codec::decode(&plan, cols, bytes, interner)
                        .map_err(|why| Trouble::NotYet(format!("rows of these types: {why}")))?;
                    put(*rel, std::iter::once(node).chain(words).collect());
                }
            }
        }
        Ok(TickInput { delete: Vec::new(), insert: tables.into_values().collect() })
    }

    fn look(&mut self, nodes: &[Option<Seen>], end: bool) -> Result<Option<usize>, Trouble> {
        let mut machine = self.fresh.clone();
        let input = self.rows(&mut machine, nodes)?;
        if machine.tick(&input, &self.limits).is_err() {
            let why = "what the test asks about the rows of all nodes fails itself";
            return Err(Trouble::NotYet(why.to_owned()));
        }
        let mut wrong = None;
        for (at, property) in self.checks.properties.iter().enumerate() {
            let asked = match property.mode {
                Mode::Always => true,
                Mode::Eventually(_) => end,
                Mode::Sometimes => !self.reached[at],
            };
            let held = asked && holds(&mut machine, property);
            match property.mode {
                Mode::Sometimes => self.reached[at] |= held,
                _ if asked && !held => wrong = wrong.or(Some(at)),
                _ => {}
            }
        }
        Ok(wrong)
    }
}

impl Stage for Stand<'_> {
    fn nodes(&self) -> usize {
        self.troupe.nodes()
    }

    fn moved(
        &mut self,
        node: usize,
        state: Option<State>,
        step: u32,
        takes: &[Parcel],
    ) -> Result<Rc<Moved>, Trouble> {
        self.troupe.moved(node, state, step, takes)
    }

    fn is_sure(&self, parcel: Parcel) -> bool {
        matches!(self.troupe.content(parcel), Some(Content::Message { sure: true, .. }))
    }

    fn judge(&mut self, nodes: &[Option<Seen>], end: bool) -> Result<Option<usize>, Trouble> {
        let sight = (nodes.to_vec(), end);
        if let Some(judged) = self.judged.get(&sight) {
            return Ok(*judged);
        }
        let judged = self.look(nodes, end)?;
        self.judged.insert(sight, judged);
        Ok(judged)
    }
}
