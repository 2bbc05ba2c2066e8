//! A program made ready to be run in many orders: who plays, what they are given, and what of them
//! is looked at. The network delays, overtakes and repeats, and loses nothing; what a node is given
//! comes in any order. What is expected is not known here.

use bloom::Limits;
use bloom::sim::Cast;
use bloom::sim::Fault;
use bloom::sim::Gift;
use bloom::sim::Story;
use bloom::testing::nodes::Play;
use bloom_compiler::calm::model::Answer;
use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Goal;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::model::Verdict;
use bloom_compiler::calm::model::What;
use bloom_compiler::driver::Compiled;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle::random::Dice;

use crate::eye::named;

/// A millisecond, in nanoseconds.
pub const MS: i64 = 1_000_000;
/// How long a message takes where the test does not say.
const DELAY: Fault = Fault::Delay { least: MS, most: 40 * MS };
/// The share of messages that come twice, and of those that are overtaken.
const TWICE: f64 = 0.2;
const OVERTAKEN: f64 = 0.3;
/// Happenings of one run.
const MOST: u64 = 400_000;

/// Who plays what, before whom.
pub struct Stage {
    pub cast: Cast,
    pub story: Story,
    pub watched: Vec<Watched>,
}

/// Something that is observed.
pub struct Watched {
    pub name: String,
    pub goal: Goal,
    pub answer: Answer,
    /// Whether all its nodes are to have the same in the end.
    pub replicated: bool,
    /// By node, what it is called there.
    ids: Vec<Option<RelId>>,
}

impl Watched {
    /// What it is called at a node.
    pub fn at(&self, node: usize) -> Option<RelId> {
        self.ids.get(node).copied().flatten()
    }

    /// Whether it promises to be the same in all orders.
    pub fn is_free(&self) -> bool {
        matches!(self.answer, Answer::Free | Answer::Threshold)
    }

    /// Whether it is events: what each replica showed hangs on what it was given.
    pub fn is_event(&self, stage: &Stage, nodes: &[usize]) -> bool {
        nodes.iter().any(|node| {
            let rels = &stage.cast.nodes[*node].program.rels;
            self.at(*node).is_some_and(|id| rels[id.index()].event)
        })
    }

    fn of(verdict: &Verdict, compiled: &Compiled, cast: &Cast) -> Watched {
        let role = compiled.roles.get(verdict.role_at);
        let everywhere = verdict.what == What::Channel;
        let at = |node: &bloom::sim::Member| {
            let plays = role.is_none_or(|role| role.name == node.role) || everywhere;
            named(&node.program, &verdict.name.name).filter(|_| plays)
        };
        Watched {
            name: verdict.name.text(),
            goal: verdict.goal,
            answer: verdict.answer,
            replicated: role.is_some_and(|role| role.replicated.is_some()) && !everywhere,
            ids: cast.nodes.iter().map(at).collect(),
        }
    }
}

impl Stage {
    /// These nodes and what they are given.
    pub fn new(compiled: &Compiled, report: &Report, cast: Cast, story: Story) -> Stage {
        let verdicts = report.verdicts.iter().filter(|verdict| verdict.what != What::Invariant);
        let watched = verdicts.map(|verdict| Watched::of(verdict, compiled, &cast)).collect();
        let mut story = story;
        story.faults.retain(|fault| matches!(fault, Fault::Delay { .. } | Fault::Slow { .. }));
        if !story.faults.iter().any(|fault| matches!(fault, Fault::Delay { .. })) {
            story.faults.push(DELAY);
        }
        story.faults.extend([Fault::Duplicate(TWICE), Fault::Reorder(OVERTAKEN)]);
        story.settings.most = MOST;
        Stage { cast, story, watched }
    }

    /// The nodes of a test, and what it gives to them.
    pub fn of_test(compiled: &Compiled, test: usize) -> Result<Stage, String> {
        let scenarios = compiled.scenarios.as_ref().ok_or("there is no test of many nodes")?;
        let play =
            Play::new(scenarios, test, &Limits::default()).map_err(|why| why.title.clone())?;
        let report = compiled.report(&Assume::default());
        Ok(Stage::new(compiled, &report, play.cast.clone(), play.story.clone()))
    }

    /// The nodes with the rows of their tables in another order.
    pub fn reloaded(&self, seed: u64) -> Cast {
        let mut dice = Dice::new(seed);
        let mut cast = self.cast.clone();
        cast.nodes.iter_mut().for_each(|member| dice.shuffle(&mut member.tables));
        cast
    }

    /// The story with what each node is given in another order, row by row.
    pub fn shuffled(&self, seed: u64) -> Story {
        let mut dice = Dice::new(seed);
        let mut story = self.story.clone();
        story.gifts.clear();
        for node in 0..self.cast.nodes.len() {
            let own = || self.story.gifts.iter().filter(|gift| gift.node == node);
            let mut rows: Vec<_> = own().flat_map(|gift| gift.rows.clone()).collect();
            let mut times: Vec<i64> =
                own().flat_map(|gift| vec![gift.at; gift.rows.len()]).collect();
            // Rows that come close together share ticks in some runs, and not in others.
            times.iter_mut().for_each(|at| *at += dice.below(6) as i64 * MS);
            dice.shuffle(&mut rows);
            let gifts = times.into_iter().zip(rows);
            story.gifts.extend(gifts.map(|(at, row)| Gift { node, at, rows: vec![row] }));
        }
        story
    }
}
