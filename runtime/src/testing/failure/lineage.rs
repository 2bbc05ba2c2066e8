//! Finds out why something is there: the tick in which a row came is put
//! together again and explained, and what it took in is followed to the tick,
//! the node or the event of the test that it came from.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::rc::Rc;

use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::oracle::Value;
use bloom_compiler::types::typed;
use bloom_compiler::types::typed::Role;

use crate::kernel::Engine;
use crate::sim;
use crate::testing::failure::history;
use crate::testing::failure::history::History;
use crate::testing::failure::history::Row;
use crate::testing::failure::history::TickId;
use crate::testing::failure::story::Fact;
use crate::testing::failure::story::Given;
use crate::testing::failure::story::How;
use crate::testing::failure::story::Moment;
use crate::testing::failure::story::Origin;
use crate::testing::failure::story::Premise;
use crate::testing::failure::story::Story;
use crate::why;
use crate::why::Answer;
use crate::why::Explanation;

/// Facts that are explained in all.
const FACTS_MOST: usize = 150;
/// Ticks that are put together again.
const TICKS_MOST: usize = 60;
/// Of one tick: rules one below the other, facts, matches of an aggregate.
const OPTIONS: why::Options =
    why::Options { depth: 8, size: 60, matches: 3, rows: 1, effort: 1_000_000 };

/// A tick, a collection of its node's program, and a row.
type Key = (TickId, RelId, Row);

/// A story that is being found out.
pub struct Finder<'a> {
    pub(super) history: &'a History,
    pub(super) gifts: &'a [sim::Gift],
    pub(super) story: Story,
    engines: BTreeMap<TickId, Option<Rc<Engine>>>,
    numbers: BTreeMap<Key, usize>,
    /// Facts that wait, and where else to look for them.
    queue: VecDeque<(usize, TickId, Vec<RelId>, Row)>,
    /// Facts that were explained or wait.
    begun: BTreeSet<usize>,
    /// Gaps by what they are about.
    pub(super) gaps: BTreeMap<(TickId, RelId, Vec<Option<Value>>), usize>,
}

impl<'a> Finder<'a> {
    /// Nothing is found out yet.
    pub fn new(history: &'a History, gifts: &'a [sim::Gift]) -> Finder<'a> {
        Finder {
            history,
            gifts,
            story: Story::default(),
            engines: BTreeMap::new(),
            numbers: BTreeMap::new(),
            queue: VecDeque::new(),
            begun: BTreeSet::new(),
            gaps: BTreeMap::new(),
        }
    }

    /// A tick done again, if it can be and not too many were.
    pub(super) fn engine(&mut self, tick: TickId) -> Option<Rc<Engine>> {
        if let Some(engine) = self.engines.get(&tick) {
            return engine.clone();
        }
        if self.engines.len() >= TICKS_MOST {
            return None;
        }
        let engine = self.history.engine(tick).map(Rc::new);
        self.engines.insert(tick, engine.clone());
        engine
    }

    pub(super) fn program(&self, tick: TickId) -> Option<&'a typed::Program> {
        self.history.program(tick)
    }

    pub(super) fn moment(&self, tick: TickId) -> Option<Moment> {
        let ticked = self.history.ticks.get(tick)?;
        Some(Moment { node: ticked.node, tick: ticked.number, at: ticked.at })
    }

    /// A row of a node as of a tick: where it is state, in the tick in which it
    /// came.
    pub(super) fn row(&mut self, tick: TickId, rel: RelId, row: &Row) -> usize {
        let since = self.history.since(tick, rel, row).unwrap_or(tick);
        self.fact(since, vec![rel], row)
    }

    /// A row of one of these collections in a tick; explained later.
    pub(super) fn fact(&mut self, tick: TickId, rels: Vec<RelId>, row: &Row) -> usize {
        let first = rels.first().copied().unwrap_or(RelId(0));
        let fact = self.named(tick, first, row);
        if self.begun.insert(fact) {
            self.queue.push_back((fact, tick, rels, row.clone()));
        }
        fact
    }

    /// The number of a fact, without asking why it is there.
    fn named(&mut self, tick: TickId, rel: RelId, row: &Row) -> usize {
        let key = (tick, rel, row.clone());
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = self.story.facts.len();
        let text = self.program(tick).map(|program| history::fact(program, rel, row));
        self.story.facts.push(Fact {
            moment: self.moment(tick),
            text: text.unwrap_or_default(),
            origins: Vec::new(),
            more: 0,
        });
        self.numbers.insert(key, number);
        number
    }

    /// Explains what waits.
    pub fn run(&mut self) {
        while let Some((fact, tick, rels, row)) = self.queue.pop_front() {
            if self.story.facts.len() < FACTS_MOST {
                self.expand(fact, tick, &rels, &row);
            }
        }
    }

    fn expand(&mut self, fact: usize, tick: TickId, rels: &[RelId], row: &Row) {
        let (Some(program), Some(engine)) = (self.program(tick), self.engine(tick)) else { return };
        for rel in rels {
            let found = why::row(program, &engine, (*rel, row), &OPTIONS);
            let Some(found) = found else { return };
            if let Answer::Present { rows, .. } = &found.answer
                && let Some(root) = rows.first()
            {
                self.import(tick, &found, Some((*root, fact)));
                return;
            }
        }
    }

    /// Takes up what was found out about a tick; the facts by the numbers there.
    pub(super) fn import(
        &mut self,
        tick: TickId,
        found: &Explanation,
        root: Option<(usize, usize)>,
    ) -> Vec<usize> {
        let mut facts = Vec::with_capacity(found.nodes.len());
        let mut fresh = Vec::new();
        for (number, node) in found.nodes.iter().enumerate() {
            match root {
                Some((at, fact)) if at == number => {
                    facts.push(fact);
                    fresh.push(true);
                }
                _ => {
                    let fact = self.named(tick, node.rel, &node.row);
                    // What is cut here is explained when its turn comes.
                    let is_whole = !node.origins.is_empty();
                    fresh.push(is_whole && self.begun.insert(fact));
                    facts.push(fact);
                }
            }
        }
        for (number, node) in found.nodes.iter().enumerate().filter(|(at, _)| fresh[*at]) {
            let mut origins = Vec::new();
            for origin in &node.origins {
                let how = match &origin.source {
                    why::Source::Loaded => self.whence(tick, node.rel, &node.row),
                    why::Source::Rule(rule) => self.applied(tick, found, &facts, rule),
                };
                origins.push(Origin { part: origin.part.clone(), how });
            }
            if let Some(fact) = facts.get(number).and_then(|fact| self.story.facts.get_mut(*fact)) {
                (fact.origins, fact.more) = (origins, node.more);
            }
        }
        facts
    }

    fn applied(
        &mut self,
        tick: TickId,
        found: &Explanation,
        facts: &[usize],
        derivation: &why::Derivation,
    ) -> How {
        let Some(rule) = self.program(tick).and_then(|p| p.rules.get(derivation.rule)) else {
            return How::Said("a rule gave it");
        };
        let matches = derivation.matches.iter();
        let matches = matches.map(|premises| self.premises(tick, found, facts, premises)).collect();
        How::Rule(Given {
            rule: rule.span,
            is_stated: rule.is_fact,
            matches,
            more: derivation.more,
            is_group: derivation.is_group,
        })
    }

    /// What a match rests on. What only says that a rule fires is told by what
    /// that rests on.
    pub(super) fn premises(
        &self,
        tick: TickId,
        found: &Explanation,
        facts: &[usize],
        premises: &[why::Premise],
    ) -> Vec<Premise> {
        let mut out = Vec::new();
        for premise in premises {
            match premise {
                why::Premise::Row { node, .. } => {
                    let Some(inner) = found.nodes.get(*node) else { continue };
                    let program = self.program(tick);
                    let declared = program.and_then(|p| p.rels.get(inner.rel.index()));
                    // Which node it is stands in front of everything.
                    let given = declared.and_then(|rel| rel.given);
                    if matches!(given, Some(hir::Given::Me | hir::Given::Seed)) {
                        continue;
                    }
                    let kind = declared.map(|rel| rel.kind);
                    let first = inner.origins.first().map(|origin| &origin.source);
                    match (kind, first) {
                        (Some(RelKind::Firing), Some(why::Source::Rule(rule))) => {
                            let inner = rule.matches.first().map_or(&[][..], |all| all);
                            out.extend(self.premises(tick, found, facts, inner));
                        }
                        _ => out.extend(facts.get(*node).map(|fact| Premise::Fact(*fact))),
                    }
                }
                why::Premise::Absent { span, values, .. } => {
                    out.push(Premise::Nothing { span: *span, values: values.clone(), gap: None });
                }
                why::Premise::Holds { span, values } => {
                    out.push(Premise::Holds { span: *span, values: values.clone() });
                }
            }
        }
        out
    }

    /// Where a row comes from that a tick began with.
    fn whence(&mut self, tick: TickId, rel: RelId, row: &Row) -> How {
        let Some(declared) = self.program(tick).and_then(|p| p.rels.get(rel.index())) else {
            return How::Said("there from the start");
        };
        match declared.given {
            Some(hir::Given::Now) => return How::Said("the time of the tick"),
            Some(hir::Given::Me) => return How::Said("the node itself"),
            Some(hir::Given::Members) => return How::Said("a member"),
            Some(hir::Given::Seed) => return How::Said("different in every tick"),
            Some(hir::Given::Startup) => return How::Said("the node starts"),
            _ => {}
        }
        let Some(ticked) = self.history.ticks.get(tick) else {
            return How::Said("there from the start");
        };
        let has = |rows: &BTreeMap<RelId, BTreeSet<Row>>| {
            rows.get(&rel).is_some_and(|rows| rows.contains(row))
        };
        if has(&ticked.took) {
            return self.taken(tick, declared, rel, row);
        }
        let came = has(&ticked.gained) || history::is_event(declared);
        match (came, ticked.before, self.history.since(tick, rel, row)) {
            (true, Some(before), _) => {
                let stages = self.stages(before, rel, &[Stage::Next, Stage::Replace]);
                How::PutOff { fact: self.fact(before, stages, row), instead: None }
            }
            (false, _, Some(since)) if since != tick => {
                How::Since(self.fact(since, vec![rel], row))
            }
            _ => How::Said("there from the start"),
        }
    }

    /// The nodes and collections of facts and gaps.
    pub(super) fn about(&self, roots: &[Premise]) -> Vec<(usize, RelId)> {
        let mut all = Vec::new();
        for root in roots {
            let key = match root {
                Premise::Fact(fact) => {
                    let found = self.numbers.iter().find(|(_, number)| *number == fact);
                    found.map(|((tick, rel, _), _)| (*tick, *rel))
                }
                Premise::Gap(gap) => {
                    let found = self.gaps.iter().find(|(_, number)| *number == gap);
                    found.map(|((tick, rel, _), _)| (*tick, *rel))
                }
                Premise::Nothing { .. } | Premise::Holds { .. } => None,
            };
            let Some((tick, rel)) = key else { continue };
            let Some(ticked) = self.history.ticks.get(tick) else { continue };
            if !all.contains(&(ticked.node, rel)) {
                all.push((ticked.node, rel));
            }
        }
        all
    }

    /// Asks of rows that are wrong in whose place they came.
    pub(super) fn instead(&mut self, roots: &[Premise]) {
        let names: BTreeMap<usize, Key> =
            self.numbers.iter().map(|(key, fact)| (*fact, key.clone())).collect();
        for root in roots {
            let Premise::Fact(fact) = root else { continue };
            let Some((tick, rel, row)) = names.get(fact) else { continue };
            let Some(program) = self.program(*tick) else { continue };
            let Some(declared) = program.rels.get(rel.index()) else { continue };
            let is_key = |at: usize| declared.cols.get(at).is_some_and(|c| c.role == Role::Key);
            let is_same = |other: &&Row| {
                let mut pairs = row.iter().zip(other.iter()).enumerate();
                pairs.all(|(at, (one, other))| !is_key(at) || one == other)
            };
            let Some(ticked) = self.history.ticks.get(*tick) else { continue };
            let went = ticked.lost.get(rel).and_then(|rows| rows.iter().find(is_same));
            let (Some(went), Some(before)) = (went, ticked.before) else { continue };
            let since = self.history.since(before, *rel, went).unwrap_or(before);
            if self.numbers.contains_key(&(since, *rel, went.clone())) {
                // The rule read it, and it is told already.
                continue;
            }
            let went = self.row(before, *rel, went);
            let origin = self.story.facts.get_mut(*fact).and_then(|fact| fact.origins.first_mut());
            if let Some(Origin { how: How::PutOff { instead, .. }, .. }) = origin {
                *instead = Some(went);
            }
        }
    }

    /// The stages of a collection in the program of a tick.
    pub(super) fn stages(&self, tick: TickId, rel: RelId, how: &[Stage]) -> Vec<RelId> {
        let Some(program) = self.program(tick) else { return Vec::new() };
        let of = |how: &Stage| {
            let kind = RelKind::Stage(*how, rel);
            program.rels.iter().position(|rel| rel.kind == kind).map(|at| RelId(at as u32))
        };
        how.iter().filter_map(of).collect()
    }

    /// Where a row comes from that a tick took in.
    fn taken(&mut self, tick: TickId, declared: &typed::Rel, rel: RelId, row: &Row) -> How {
        match declared.kind {
            RelKind::Periodic => return How::Said("its time has come"),
            RelKind::Timer => {
                let set = self.earlier(tick, |t| &t.timers, rel, row);
                let Some(set) = set else { return How::Said("its time has come") };
                let stages = self.stages(set, rel, &[Stage::Send]);
                return How::Timer(self.fact(set, stages, row));
            }
            RelKind::Channel => {
                if let Some(how) = self.message(tick, declared, row) {
                    return how;
                }
                let Some(kept) = self.earlier(tick, |t| &t.kept, rel, row) else {
                    return How::Said("it arrived");
                };
                let stages = self.stages(kept, rel, &[Stage::Send]);
                return How::ToItself(self.fact(kept, stages, row));
            }
            _ => {}
        }
        let ticked = self.history.ticks.get(tick);
        let took = ticked.and_then(|t| t.chain).and_then(|id| self.history.trace.get(id));
        let gifts = match took.map(|happening| &happening.what) {
            Some(sim::What::Took { gifts, .. }) => &gifts[..],
            _ => &[],
        };
        let holds = |gift: &&usize| {
            let rows = self.gifts.get(**gift).map(|gift| &gift.rows);
            rows.is_some_and(|rows| rows.iter().any(|(of, given)| *of == rel && given == row))
        };
        match gifts.iter().find(holds) {
            Some(gift) => {
                self.story.gifts.push(*gift);
                How::Gift(*gift)
            }
            None => How::Said("given"),
        }
    }

    /// The tick before this one in which a row was last in some of what it did.
    fn earlier(
        &self,
        tick: TickId,
        of: impl Fn(&history::Ticked) -> &BTreeMap<RelId, BTreeSet<Row>>,
        rel: RelId,
        row: &Row,
    ) -> Option<TickId> {
        let has =
            |ticked: &history::Ticked| of(ticked).get(&rel).is_some_and(|rows| rows.contains(row));
        let mut before = self.history.back(tick).skip(1);
        before.find(|(_, ticked)| has(ticked)).map(|(id, _)| id)
    }

    /// The message that brought a row into a tick.
    fn message(&mut self, tick: TickId, channel: &typed::Rel, row: &Row) -> Option<How> {
        let taken = |message: &&history::Message| {
            message.channel == channel.name
                && message.row == *row
                && message.fates.iter().any(|(_, fate)| {
                    // A chain takes messages in with its first tick.
                    matches!(fate, history::Fate::Taken(first) if *first == tick)
                })
        };
        let message = self.history.messages.values().find(taken)?;
        self.story.messages.push(message.id);
        let fact = self.sending(message);
        Some(How::Message { id: message.id, from: message.from, sent: message.at, fact })
    }

    /// That a message was sent, at its sender.
    pub(super) fn sending(&mut self, message: &history::Message) -> Option<usize> {
        let sender = message.tick?;
        let mut rels = self.program(sender)?.rels.iter();
        let target =
            rels.position(|rel| rel.kind == RelKind::Channel && rel.name == message.channel)?;
        let stages = self.stages(sender, RelId(target as u32), &[Stage::Send]);
        Some(self.fact(sender, stages, &message.row))
    }
}
