//! One thread's means to run a test of many nodes, again and again: by seed, or
//! by the choices of a run that was. A run is a function of these. Which of
//! them are tried is not known here.

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;
use bloom_compiler::source::Span;

use crate::embed::failure;
use crate::kernel::Limits;
use crate::sim::Choices;
use crate::sim::End;
use crate::sim::Map;
use crate::sim::Prepared;
use crate::sim::Story;
use crate::sim::Trouble;
use crate::sim::World;
use crate::testing::nodes::bind::Play;
use crate::testing::nodes::broken::Broken;
use crate::testing::nodes::broken::Counts;
use crate::testing::nodes::broken::Outcome;
use crate::testing::nodes::judge::Found;
use crate::testing::nodes::judge::Judge;

/// A test with everything that its runs share; of one thread.
pub struct Player<'a> {
    /// The test.
    pub play: &'a Play<'a>,
    /// Its cast.
    pub prepared: Prepared,
    pub(super) judge: Judge<'a>,
    pub(super) limits: Limits,
}

impl<'a> Player<'a> {
    /// Makes ready what runs share. With `oracle` every look at the rows of all
    /// nodes is made by the slow evaluator too.
    pub fn new(play: &'a Play<'a>, oracle: bool) -> Player<'a> {
        let limits = play.cast.limits.clone();
        let judge = Judge::new(&play.checks, &play.cast, &limits, oracle);
        Player { play, prepared: Prepared::new(&play.cast), judge, limits }
    }

    /// The run of a seed. The choices of one that is broken are recorded.
    pub fn seeded(&mut self, seed: u64) -> Result<Outcome, Box<Diagnostic>> {
        let outcome = self.run(seed, Choices::seeded(seed))?;
        match outcome.broken {
            Some(_) => self.run(seed, Choices::seeded(seed).recorded()),
            None => Ok(outcome),
        }
    }

    /// The run with these choices and no others. `seed` is what chance in the
    /// programs hangs on.
    pub fn replay(&mut self, choices: &Map, seed: u64) -> Result<Outcome, Box<Diagnostic>> {
        self.run(seed, Choices::of(choices, seed).recorded())
    }

    /// The run with these choices.
    pub fn run(&mut self, seed: u64, choices: Choices) -> Result<Outcome, Box<Diagnostic>> {
        let play = self.play;
        self.world(seed, &play.story, choices).map(|(outcome, _)| outcome)
    }

    /// The run with these choices, and the world at its end; with its trace,
    /// where the story asks for it.
    pub fn world(
        &mut self,
        seed: u64,
        story: &Story,
        choices: Choices,
    ) -> Result<(Outcome, World), Box<Diagnostic>> {
        self.judge.reset();
        let mut world = World::new(&self.prepared, story, choices);
        let end = match world.run(&mut self.judge) {
            Ok(end) => end,
            Err(why) => return Err(self.trouble(seed, &mut world, &why)),
        };
        self.judge.end(world.now());
        let broken = self.judge.found.take().map(|Found { what, at, node, tick }| {
            let (test, choices) = (self.play.test, world.choices().made());
            let quiet = end == End::Quiet && node.is_none();
            Box::new(Broken { test, seed, choices, what, at, node, tick, quiet })
        });
        let reached = self.judge.reached.clone();
        let counts = Counts { events: self.judge.chains };
        let hash = world.trace_hash();
        Ok((Outcome { broken, reached, counts, hash }, world))
    }

    /// Why a world could not go on.
    fn trouble(&self, seed: u64, world: &mut World, why: &Trouble) -> Box<Diagnostic> {
        let span = self.play.written().map_or(Span::default(), |test| test.title_span);
        let told = match why {
            Trouble::Limit { node, failure } => {
                let of = world.node(*node);
                match (of, self.play.cast.nodes.get(*node)) {
                    (Some(of), Some(member)) => {
                        failure::of_chain(failure, &member.program, of.engine())
                    }
                    _ => {
                        let title = "a tick went beyond a limit";
                        Diagnostic::error(codes::LIMIT_REACHED, span, title)
                    }
                }
            }
            Trouble::Endless { most } => {
                let title = format!("a run does not come to rest: more than {most} happenings");
                Diagnostic::error(codes::LIMIT_REACHED, span, title)
                    .at("in this test")
                    .note(
                        "A run ends when nothing is left to happen, or when the time has passed \
                         in which something has to hold in the end.",
                    )
                    .help(
                        "look for messages that answer each other without end, or give `eventually` \
                         a shorter `within`",
                    )
            }
            Trouble::Replay { node } => {
                let name = self.play.cast.nodes.get(*node).map_or("", |of| of.name.as_str());
                let title = format!("`{name}` does not come back as it was before it stopped");
                Diagnostic::error(codes::EVALUATORS_DISAGREE, span, title)
                    .at("in this test")
                    .note("This is a mistake of Bloom itself, whatever the program says.")
                    .help("please report it, with the program and this message")
            }
        };
        Box::new(told.note(format!("in the run of seed {seed}")))
    }
}
