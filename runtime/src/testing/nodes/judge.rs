//! Looks on while a world runs, and holds what nodes have against what a test
//! says. The rows of all nodes stand in one small machine: what a tick changed
//! goes in, so a look costs what changed. State stays while its node is up;
//! events are there in their tick and gone in the next of any node. What
//! becomes of what is found is not known here.

use std::ops::ControlFlow;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Expectation;
use bloom_compiler::names::scenarios::Mode;
use bloom_compiler::names::scenarios::Property;

use crate::embed::failure;
use crate::kernel::Engine;
use crate::kernel::Limits;
use crate::kernel::Machine;
use crate::kernel::Rows;
use crate::kernel::TickInput;
use crate::sim::Cast;
use crate::sim::Looking;
use crate::sim::Member;
use crate::sim::Watch;
use crate::testing::nodes::broken::What;
use crate::testing::nodes::checks;
use crate::testing::nodes::checks::Checks;
use crate::testing::nodes::second::Second;
use crate::testing::nodes::words;
use crate::tick::Chain;
use crate::tick::ChainFailure;
use crate::tick::Gift;
use crate::tick::Tick;

/// Where and when something did not hold.
pub(super) struct Found {
    pub what: What,
    pub at: i64,
    pub node: Option<usize>,
    pub tick: Option<u64>,
}

/// A node, as the rows of its program are told apart here.
struct Seat {
    word: u64,
    role: u64,
    /// It counts as up.
    is_member: bool,
}

/// The rows of a run and what was found in them.
pub(super) struct Judge<'a> {
    checks: &'a Checks,
    cast: &'a Cast,
    limits: Limits,
    machine: Machine,
    /// The machine without any row.
    blank: Machine,
    seats: Vec<Seat>,
    /// Events of the last tick, to be taken out.
    gone: Vec<Rows>,
    /// By property, whether some tick had it.
    pub reached: Vec<bool>,
    /// By property, until when it has to hold, of those that are not settled.
    deadlines: Vec<Option<i64>>,
    /// Whether faults are over.
    is_calm: bool,
    /// Whether a tick was looked at.
    has_looked: bool,
    pub found: Option<Found>,
    pub chains: u64,
    /// Every look is computed by this too.
    second: Option<Second<'a>>,
}

impl<'a> Judge<'a> {
    pub fn new(checks: &'a Checks, cast: &'a Cast, limits: &Limits, oracle: bool) -> Judge<'a> {
        let count = checks.properties.len();
        let blank = Machine::new(&checks.program, Engine::new(checks.plan.clone()));
        Judge {
            checks,
            cast,
            limits: limits.clone(),
            machine: blank.clone(),
            blank,
            seats: Vec::new(),
            gone: Vec::new(),
            reached: vec![false; count],
            deadlines: vec![None; count],
            is_calm: false,
            has_looked: false,
            found: None,
            chains: 0,
            second: oracle.then(|| Second::new(&checks.program)),
        }
    }

    /// Forgets a run.
    pub fn reset(&mut self) {
        self.machine = self.blank.clone();
        let interner = self.machine.engine_mut().interner_mut();
        let seat = |member: &Member| Seat {
            word: interner.bytes(member.name.as_bytes()),
            role: interner.bytes(member.role.as_bytes()),
            is_member: false,
        };
        self.seats = self.cast.nodes.iter().map(seat).collect();
        self.gone.clear();
        self.reached.fill(false);
        self.deadlines.fill(None);
        (self.is_calm, self.has_looked, self.found, self.chains) = (false, false, None, 0);
    }

    fn all_rows(&mut self) -> Vec<Rows> {
        let rows = |rel: RelId| {
            let engine = self.machine.engine_mut();
            Rows { rel, count: engine.len(rel), words: engine.rows_as_they_lie(rel) }
        };
        let all: Vec<Rows> = self.checks.tables().map(rows).collect();
        all.into_iter().filter(|rows| rows.count > 0).collect()
    }

    /// The small program with the rows of the last look.
    pub fn engine_mut(&mut self) -> &mut Engine {
        self.machine.engine_mut()
    }

    /// Rows of a node's program as rows of the table for them.
    fn fed(&mut self, node: usize, from: &Engine, rows: &Rows) -> Option<Rows> {
        let role = &self.cast.nodes.get(node)?.role;
        let rel = *self.checks.feeds.get(role)?.get(&rows.rel)?;
        if rows.count == 0 {
            return None;
        }
        let first = Some(self.seats.get(node)?.word);
        let to = self.machine.engine_mut().interner_mut();
        let words = words::rows(from, rows.rel, (rows.count, &rows.words), first, to);
        Some(Rows { rel, count: rows.count, words })
    }

    /// What a tick of a node changes in the rows of all nodes.
    fn change(&mut self, node: usize, from: &Engine, tick: &Tick) -> TickInput {
        let mut input = TickInput { delete: std::mem::take(&mut self.gone), insert: Vec::new() };
        for change in &tick.changed {
            input.delete.extend(self.fed(node, from, &change.lost));
            input.insert.extend(self.fed(node, from, &change.gained));
        }
        for rows in &tick.shown {
            let events = self.fed(node, from, rows);
            self.gone.extend(events.clone());
            input.insert.extend(events);
        }
        input.insert.extend(self.join(node));
        input
    }

    /// A node counts from its first tick on.
    fn join(&mut self, node: usize) -> Option<Rows> {
        let seat = self.seats.get_mut(node).filter(|seat| !seat.is_member)?;
        seat.is_member = true;
        let rel = self.checks.members?;
        Some(Rows { rel, count: 1, words: vec![seat.word, seat.role] })
    }

    /// Takes changes in.
    fn take(&mut self, input: &TickInput) -> Result<(), Box<Diagnostic>> {
        let outcome = self.machine.tick(input, &self.limits);
        let engine = self.machine.engine();
        outcome
            .map(|_| ())
            .map_err(|why| Box::new(failure::diagnostic(&why, &self.checks.program, engine)))
    }

    /// The rows as they are after a tick, and whether all is well.
    fn look(&mut self, mut input: TickInput, now: i64) -> Option<What> {
        if let Some(rel) = self.checks.now {
            let words = self.machine.engine_mut().rows_as_they_lie(rel);
            let count = words.len();
            input.delete.push(Rows { rel, count, words });
            input.insert.push(Rows { rel, count: 1, words: vec![now as u64] });
        }
        if self.has_looked && input.delete.is_empty() && input.insert.is_empty() {
            return None;
        }
        self.has_looked = true;
        if let Err(diagnostic) = self.take(&input) {
            return Some(What::Judge(diagnostic));
        }
        let checks = self.checks;
        for (at, property) in checks.properties.iter().enumerate() {
            match property.mode {
                Mode::Always if !self.holds(property) => return Some(What::Property(at)),
                Mode::Sometimes if !self.reached[at] => self.reached[at] = self.holds(property),
                _ => {}
            }
        }
        let second = self.second.as_ref()?;
        let holds: Vec<bool> =
            checks.properties.iter().map(|p| holds(&mut self.machine, p)).collect();
        let engine = self.machine.engine_mut();
        second.disputes(checks, engine, &holds).map(|(at, why)| What::Dispute(at, why))
    }

    fn holds(&mut self, property: &Property) -> bool {
        holds(&mut self.machine, property)
    }

    /// What has to hold by an instant, if it does not.
    fn due(&mut self, until: Option<i64>) -> Option<Found> {
        let checks = self.checks;
        for (at, property) in checks.properties.iter().enumerate() {
            let Some(deadline) = self.deadlines[at] else { continue };
            if until.is_some_and(|until| deadline >= until) {
                continue;
            }
            self.deadlines[at] = None;
            if !self.holds(property) {
                let what = What::Property(at);
                return Some(Found { what, at: deadline, node: None, tick: None });
            }
        }
        None
    }

    /// The run is over, and the world as it will stay.
    pub fn end(&mut self, now: i64) {
        if self.found.is_none() && !self.has_looked {
            // Without any tick the properties were never asked.
            let what = self.look(TickInput::default(), now);
            self.found = what.map(|what| Found { what, at: now, node: None, tick: None });
        }
        if self.found.is_none() {
            self.calm_from(now);
            self.found = self.due(None).map(|found| Found { at: found.at.min(now), ..found });
        }
    }

    /// What has to hold in the end has so much time from now on; where it is
    /// known already, it stays.
    fn calm_from(&mut self, now: i64) {
        if !self.is_calm {
            self.is_calm = true;
            let all = self.checks.properties.iter();
            let until = |p: &Property| checks::within(p).map(|within| now.saturating_add(within));
            self.deadlines = all.map(until).collect();
        }
    }

    fn stop(&mut self, what: What, at: i64, node: usize, tick: Option<u64>) -> ControlFlow<()> {
        self.found = Some(Found { what, at, node: Some(node), tick });
        ControlFlow::Break(())
    }
}

impl Watch for Judge<'_> {
    fn chain(&mut self, world: &mut Looking<'_>, node: usize, chain: &Chain) -> ControlFlow<()> {
        self.chains += 1;
        let now = world.now();
        if let Some(found) = self.due(Some(now)) {
            self.found = Some(found);
            return ControlFlow::Break(());
        }
        for tick in &chain.ticks {
            let Some(of) = world.node(node) else { break };
            let input = self.change(node, of.engine(), tick);
            if let Some(what) = self.look(input, now) {
                return self.stop(what, now, node, Some(tick.number));
            }
        }
        ControlFlow::Continue(())
    }

    fn up(&mut self, world: &mut Looking<'_>, node: usize, _boot: i64) -> ControlFlow<()> {
        let now = world.now();
        let (Some(of), Some(member)) = (world.node(node), self.cast.nodes.get(node)) else {
            return ControlFlow::Continue(());
        };
        if of.last().is_none() {
            return ControlFlow::Continue(());
        }
        let mut input = TickInput::default();
        for rel in &member.show {
            if member.program.rels.get(rel.index()).is_some_and(|rel| !rel.event) {
                let words = of.engine_mut().rows_as_they_lie(*rel);
                let rows = Rows { rel: *rel, count: of.engine().len(*rel), words };
                input.insert.extend(self.fed(node, of.engine(), &rows));
            }
        }
        input.insert.extend(self.join(node));
        match self.take(&input) {
            Ok(()) => ControlFlow::Continue(()),
            Err(diagnostic) => self.stop(What::Judge(diagnostic), now, node, None),
        }
    }

    fn down(&mut self, world: &mut Looking<'_>, node: usize) -> ControlFlow<()> {
        let Some(seat) = self.seats.get_mut(node) else { return ControlFlow::Continue(()) };
        seat.is_member = false;
        let word = seat.word;
        let mut delete = std::mem::take(&mut self.gone);
        for all in self.all_rows() {
            let arity = (all.words.len() / all.count).max(1);
            let rows = all.words.chunks_exact(arity).filter(|row| row.first() == Some(&word));
            let words: Vec<u64> = rows.flatten().copied().collect();
            if !words.is_empty() && Some(all.rel) != self.checks.now {
                delete.push(Rows { rel: all.rel, count: words.len() / arity, words });
            }
        }
        match self.take(&TickInput { delete, insert: Vec::new() }) {
            Ok(()) => ControlFlow::Continue(()),
            Err(diagnostic) => self.stop(What::Judge(diagnostic), world.now(), node, None),
        }
    }

    fn dead(
        &mut self,
        world: &mut Looking<'_>,
        node: usize,
        failed: &ChainFailure,
        _: Option<&Gift>,
    ) -> ControlFlow<()> {
        let now = world.now();
        let (Some(of), Some(member)) = (world.node(node), self.cast.nodes.get(node)) else {
            return ControlFlow::Break(());
        };
        let diagnostic = failure::of_chain(failed, &member.program, of.engine());
        self.stop(What::Tick(Box::new(diagnostic)), now, node, Some(failed.tick))
    }

    fn calm(&mut self, world: &mut Looking<'_>) -> ControlFlow<()> {
        self.calm_from(world.now());
        ControlFlow::Continue(())
    }
}

/// Whether a property holds for the rows of a machine.
pub(super) fn holds(machine: &mut Machine, property: &Property) -> bool {
    match property.holds {
        Expectation::Matches { found, negated } => (machine.engine().len(found) > 0) != negated,
        Expectation::Rows { rel, rows } => {
            let engine = machine.engine_mut();
            engine.len(rel) == engine.len(rows) && engine.rows(rel) == engine.rows(rows)
        }
    }
}
