//! From a broken run to all that can be said of it: made small, run once more,
//! told, explained and drawn. How it is shown is for others to say.

use std::collections::BTreeSet;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::names::scenarios::Mode;
use bloom_compiler::oracle::Value;
use bloom_compiler::source::Span;

use crate::sim;
use crate::sim::Choices;
use crate::sim::Door;
use crate::sim::Key;
use crate::sim::Map;
use crate::testing::Failed;
use crate::testing::failure::chart::Chart;
use crate::testing::failure::decisions::Decision;
use crate::testing::failure::decisions::decisions;
use crate::testing::failure::history;
use crate::testing::failure::history::History;
use crate::testing::failure::history::Until;
use crate::testing::failure::lineage::Finder;
use crate::testing::failure::root::Root;
use crate::testing::failure::rows;
use crate::testing::failure::rows::Shown;
use crate::testing::failure::rows::Wrong;
use crate::testing::failure::shrink;
use crate::testing::failure::shrink::Replay;
use crate::testing::failure::story::Moment;
use crate::testing::failure::story::Premise;
use crate::testing::failure::story::Story;
use crate::testing::nodes::Broken;
use crate::testing::nodes::Player;
use crate::testing::nodes::What;

/// Messages from which on a chart of all of them is no help where nothing says
/// which of them matter.
const MESSAGES_MOST: usize = 100;

/// Chains of ticks after which a run is small enough, in all runs together.
const EVENTS_MOST: u64 = 1_000_000;
/// Happenings from which on nobody reads a chart of all of them.
const HAPPENINGS_MOST: usize = 20_000;
/// Runs that pass to which a broken one is compared.
const PASSING_MOST: usize = 3;
/// Rows on each side of a comparison.
const ROWS_MOST: usize = 3;

/// All about a run that is broken.
#[derive(Debug)]
pub struct Report {
    /// The small run.
    pub broken: Broken,
    /// What did not hold.
    pub failed: Failed,
    /// How it was made small; `None` where that was not asked for.
    pub shrunk: Option<Shrinking>,
    /// The decisions of the small run in words.
    pub decisions: Vec<Decision>,
    /// What happened that matters, and everything.
    pub charts: Option<Charts>,
    /// Why it is so.
    pub story: Story,
    /// The names of the nodes, and of the channels.
    pub names: Vec<String>,
    /// Likewise.
    pub channels: Vec<String>,
    /// Whether faults were added that the test does not name.
    pub swarm: bool,
    /// The statements of the test that give something, by their places in the story.
    pub gifts: Vec<Span>,
}

/// How a run was made small.
#[derive(Clone, Copy, Debug)]
pub struct Shrinking {
    /// Decisions of the run that was found.
    pub from: usize,
    /// Runs that were tried.
    pub runs: usize,
    /// Whether the test passes without any one of those that are left.
    pub is_least: bool,
}

/// A run drawn twice.
#[derive(Debug)]
pub struct Charts {
    /// What matters.
    pub what_matters: Chart,
    /// Everything; `None` where that is far too much.
    pub all: Option<Chart>,
}

/// Runs of a test with given decisions.
struct Again<'r, 'p> {
    player: &'r mut Player<'p>,
    what: What,
    seed: u64,
    /// Chains in all runs so far.
    events: u64,
}

impl Replay for Again<'_, '_> {
    type Key = Key;

    fn broken(&mut self, choices: &Map) -> Option<Map> {
        let outcome = self.player.replay(choices, self.seed).ok()?;
        self.events += outcome.counts.events;
        let broken = outcome.broken?;
        broken.what.is_like(&self.what).then_some(broken.choices)
    }

    fn is_spent(&self) -> bool {
        self.events > EVENTS_MOST
    }

    fn kind(key: &Key) -> u64 {
        key.door as u64
    }

    fn is_time(key: &Key) -> bool {
        matches!(
            key.door,
            Door::Delay
                | Door::CopyDelay
                | Door::HeldUp
                | Door::Gather
                | Door::CrashFor
                | Door::FaultAt
                | Door::FaultFor
                | Door::SwarmAt
                | Door::SwarmFor
        )
    }
}

impl Report {
    /// Of a broken run; it is made small in so many runs, as it is with 0.
    pub fn of(
        player: &mut Player<'_>,
        broken: &Broken,
        runs: usize,
    ) -> Result<Report, Box<Diagnostic>> {
        let play = player.play;
        let is_never = match &broken.what {
            What::Property(at) => {
                play.properties().get(*at).is_some_and(|p| p.mode == Mode::Sometimes)
            }
            _ => false,
        };
        let mut report = Report {
            broken: broken.clone(),
            failed: Failed { diagnostic: unknown(), rows: Vec::new(), why: None },
            shrunk: None,
            decisions: Vec::new(),
            charts: None,
            story: Story::default(),
            names: play.cast.nodes.iter().map(|node| node.name.clone()).collect(),
            channels: player.prepared.channels().to_vec(),
            swarm: play.story.settings.swarm,
            gifts: Vec::new(),
        };
        // Of what no run reaches there is no run that shows it.
        if !is_never && runs > 0 {
            report.shrink(player, runs)?;
        }
        let told = player.told(&report.broken)?;
        report.failed = told.failed;
        if !is_never {
            report.explain(player);
        }
        Ok(report)
    }

    fn shrink(&mut self, player: &mut Player<'_>, runs: usize) -> Result<(), Box<Diagnostic>> {
        let (what, seed) = (self.broken.what.clone(), self.broken.seed);
        let from = self.broken.choices.len();
        let mut again = Again { player, what, seed, events: 0 };
        let Some(shrunk) = shrink::shrink(&mut again, &self.broken.choices, runs) else {
            return Ok(());
        };
        let outcome = player.replay(&shrunk.choices, seed)?;
        if let Some(broken) = outcome.broken {
            self.broken = *broken;
            let (runs, is_least) = (shrunk.runs, shrunk.is_least);
            self.shrunk = Some(Shrinking { from, runs, is_least });
        }
        Ok(())
    }

    /// Tells the run and finds out why it is as it is.
    fn explain(&mut self, player: &Player<'_>) {
        let (play, broken) = (player.play, &self.broken);
        let choices = Choices::of(&broken.choices, broken.seed);
        let tick = broken.node.zip(broken.tick);
        let until = Until { at: broken.at, tick };
        let Ok(history) = History::of(&play.cast, &play.story, choices, until) else { return };
        if let Some(why) = &self.failed.why {
            let finder = Finder::new(&history, &play.story.gifts);
            self.story = Root::new(play, why).tell(finder);
        }
        let scenario = play.written().and_then(|test| test.scenario.as_ref());
        let lines: Vec<Span> = scenario
            .map(|scenario| scenario.faults.iter().map(|(_, span)| *span).collect())
            .unwrap_or_default();
        let channels = player.prepared.channels();
        self.decisions = decisions(&history, channels, &lines, &broken.choices);
        self.without(player, &history);
        self.gifts = gifts(player);
        self.charts = Some(self.charts(&history, &play.story.gifts));
    }

    /// What is otherwise in the nearest runs that pass: those without one of the
    /// decisions.
    fn without(&mut self, player: &Player<'_>, history: &History) {
        let is_least = self.shrunk.is_some_and(|shrunk| shrunk.is_least);
        let (play, broken) = (player.play, &self.broken);
        let until = Until { at: broken.at, tick: None };
        for decision in self.decisions.iter_mut().take(PASSING_MOST).filter(|_| is_least) {
            let mut rest = broken.choices.clone();
            rest.remove(&decision.key);
            let choices = Choices::of(&rest, broken.seed);
            let Ok(passing) = History::of(&play.cast, &play.story, choices, until) else {
                continue;
            };
            let mut parts = Vec::new();
            for (node, rel) in &self.story.about {
                let (Some(member), Some(name)) = (history.member(*node), self.names.get(*node))
                else {
                    continue;
                };
                let (there, here) = (passing.rows(*node, *rel), history.rows(*node, *rel));
                let fact = |row: &Vec<Value>| history::fact(&member.program, *rel, row);
                let has: Vec<String> = there.difference(&here).take(ROWS_MOST).map(fact).collect();
                let has_not: Vec<String> =
                    here.difference(&there).take(ROWS_MOST).map(fact).collect();
                match (has.is_empty(), has_not.is_empty()) {
                    (true, true) => {}
                    (false, true) => parts.push(format!("{name} has {}", has.join(", "))),
                    (true, false) => parts.push(format!("{name} has no {}", has_not.join(", no "))),
                    (false, false) => parts.push(format!(
                        "{name} has {} and not {}",
                        has.join(", "),
                        has_not.join(", ")
                    )),
                }
            }
            decision.without = (!parts.is_empty()).then(|| parts.join("; "));
        }
    }

    /// What is wrong, in a few words.
    fn in_short(&self) -> String {
        let label = &self.failed.diagnostic.primary.text;
        let node = |moment: Option<Moment>| {
            let name = moment.and_then(|moment| self.names.get(moment.node));
            name.map_or(String::new(), |name| format!("{name}: "))
        };
        let root = |premise: &Premise| match premise {
            Premise::Fact(fact) => {
                let fact = self.story.facts.get(*fact)?;
                Some(format!("{}{}", node(fact.moment), fact.text))
            }
            Premise::Gap(gap) => {
                let gap = self.story.gaps.get(*gap)?;
                Some(format!("{}no {}", node(gap.moment), gap.text))
            }
            Premise::Nothing { .. } | Premise::Holds { .. } => None,
        };
        let roots: Vec<String> = self.story.roots.iter().filter_map(root).collect();
        let text = match (label.is_empty(), roots.is_empty()) {
            (true, false) => roots.join("; "),
            (true, true) => self.failed.diagnostic.title.clone(),
            (false, _) => label.clone(),
        };
        match self.broken.node {
            Some(_) => text,
            None => format!("in the end: {text}"),
        }
    }

    fn charts(&self, history: &History, gifts: &[sim::Gift]) -> Charts {
        let mut messages: BTreeSet<u64> = self.story.messages.iter().copied().collect();
        messages.extend(self.decisions.iter().filter_map(|decision| decision.message));
        let given: BTreeSet<usize> = self.story.gifts.iter().copied().collect();
        let wrong = || Wrong { at: self.broken.at, node: self.broken.node, text: self.in_short() };
        let moments = self.story.facts.iter().map(|fact| fact.moment);
        let moments = moments.chain(self.story.gaps.iter().map(|gap| gap.moment));
        let nodes: BTreeSet<usize> = moments.flatten().map(|moment| moment.node).collect();
        let all = Shown { messages: None, gifts: None, nodes: None };
        let knows = !messages.is_empty() || !given.is_empty();
        let is_small = history.messages.len() <= MESSAGES_MOST;
        let what_matters = match knows || !is_small {
            true => Shown { messages: Some(&messages), gifts: Some(&given), nodes: Some(&nodes) },
            false => Shown { messages: None, gifts: None, nodes: None },
        };
        Charts {
            what_matters: rows::chart(history, gifts, &what_matters, wrong()),
            all: (history.trace.len() <= HAPPENINGS_MOST)
                .then(|| rows::chart(history, gifts, &all, wrong())),
        }
    }
}

/// The statements of the test for the gifts of its story.
fn gifts(player: &Player<'_>) -> Vec<Span> {
    let play = player.play;
    let scenario = play.written().and_then(|test| test.scenario.as_ref());
    let given = scenario.map(|scenario| &scenario.given[..]).unwrap_or_default();
    let mut left = given.iter();
    let mut spans = Vec::new();
    for gift in &play.story.gifts {
        let name = play.cast.nodes.get(gift.node).map(|node| node.name.clone());
        // Statements that only fill static tables are no gifts.
        let is_it = |of: &&bloom_compiler::names::scenarios::Gift| {
            of.at == gift.at && Some(format!("{}[{}]", of.role, of.index)) == name
        };
        spans.push(left.find(is_it).map(|of| of.span).unwrap_or_default());
    }
    spans
}

fn unknown() -> Diagnostic {
    Diagnostic::error(bloom_compiler::diag::codes::PROPERTY_FAILED, Span::default(), "")
}
