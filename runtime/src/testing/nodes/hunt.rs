//! Which runs of a test are tried: seed after seed, by one thread or several,
//! up to the first that is broken. With several the least broken seed counts, so
//! that the verdict is the same whatever their number. How a run goes is not
//! known here.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::names::scenarios::Mode;
use bloom_compiler::names::scenarios::Property;

use crate::sim::Choices;
use crate::sim::Map;
use crate::testing::nodes::bind::Play;
use crate::testing::nodes::broken::Broken;
use crate::testing::nodes::broken::Outcome;
use crate::testing::nodes::broken::What;
use crate::testing::nodes::player::Player;

/// The first seed of those that are tried.
const FIRST: u64 = 1;
/// Bytes of a thread's stack.
const STACK: usize = 64 << 20;

/// What is to be tried.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// How many seeds; as many as the test says, or as time allows.
    pub seeds: Option<u64>,
    /// The first seed; alone if no number is given.
    pub seed: Option<u64>,
    /// These choices, and no others.
    pub choices: Option<Map>,
    /// Threads.
    pub jobs: usize,
    /// Until so much time has passed.
    pub time: Option<Duration>,
    /// Whether every look at rows is made by the slow evaluator too.
    pub oracle: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Caught {
    /// Runs that were tried; of a broken one those up to it.
    pub runs: u64,
    /// Chains of ticks in all of them.
    pub events: u64,
    /// By property, in how many runs some tick had it, of those that some run
    /// must reach.
    pub reached: Vec<u64>,
    /// The run of the least broken seed; or of the first seed, where some
    /// property was never reached.
    pub broken: Option<Box<Broken>>,
}

impl Caught {
    fn add(&mut self, outcome: &Outcome) {
        self.runs += 1;
        self.events += outcome.counts.events;
        self.reached.resize(outcome.reached.len(), 0);
        for (count, reached) in self.reached.iter_mut().zip(&outcome.reached) {
            *count += u64::from(*reached);
        }
    }
}

/// What threads share.
struct Shared<'a> {
    next: AtomicU64,
    /// No seed from here on matters.
    end: AtomicU64,
    until: Option<Instant>,
    caught: Mutex<(Caught, Option<(u64, Fault)>)>,
    tell: &'a (dyn Fn(&Caught) + Sync),
}

/// How a run was broken, or could not be.
type Fault = Result<Box<Broken>, Box<Diagnostic>>;

impl Shared<'_> {
    fn work(&self, play: &Play<'_>, oracle: bool) {
        let mut player = Player::new(play, oracle);
        loop {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            let late = self.until.is_some_and(|until| Instant::now() >= until);
            if late || seed >= self.end.load(Ordering::Relaxed) {
                return;
            }
            let fault = match player.seeded(seed) {
                Ok(outcome) => {
                    let mut all = self.caught.lock().unwrap_or_else(PoisonError::into_inner);
                    all.0.add(&outcome);
                    (self.tell)(&all.0);
                    outcome.broken.map(Ok)
                }
                Err(told) => Some(Err(told)),
            };
            let Some(fault) = fault else { continue };
            self.end.fetch_min(seed, Ordering::Relaxed);
            let mut all = self.caught.lock().unwrap_or_else(PoisonError::into_inner);
            if all.1.as_ref().is_none_or(|(least, _)| seed < *least) {
                all.1 = Some((seed, fault));
            }
        }
    }
}

/// Runs a test as it is wished. `tell` hears of every run.
pub fn hunt(
    play: &Play<'_>,
    wish: &Wish,
    tell: &(dyn Fn(&Caught) + Sync),
) -> Result<Caught, Box<Diagnostic>> {
    let first = wish.seed.unwrap_or(FIRST);
    if let Some(choices) = &wish.choices {
        let outcome = Player::new(play, wish.oracle).replay(choices, first)?;
        let mut caught = Caught::default();
        caught.add(&outcome);
        caught.broken = outcome.broken;
        return Ok(caught);
    }
    let count = match (wish.seeds, wish.seed, wish.time) {
        (Some(count), ..) => count,
        (None, Some(_), _) => 1,
        (None, None, Some(_)) => u64::MAX,
        (None, None, None) => play.seeds,
    };
    let shared = Shared {
        next: AtomicU64::new(first),
        end: AtomicU64::new(first.saturating_add(count)),
        until: wish.time.map(|time| Instant::now() + time),
        caught: Mutex::new((Caught::default(), None)),
        tell,
    };
    match wish.jobs {
        0 | 1 => shared.work(play, wish.oracle),
        jobs => thread::scope(|scope| {
            for _ in 1..jobs {
                let work = || shared.work(play, wish.oracle);
                // Without a thread more the others do the work.
                drop(thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work));
            }
            shared.work(play, wish.oracle);
        }),
    }
    let (mut caught, fault) = shared.caught.into_inner().unwrap_or_else(PoisonError::into_inner);
    match fault {
        Some((_, Err(told))) => return Err(told),
        Some((seed, Ok(broken))) => {
            caught.runs = seed - first + 1;
            caught.broken = Some(broken);
        }
        None if caught.runs >= play.seeds.max(1) => {
            caught.broken = never(play, &caught.reached, first)?;
        }
        None => {}
    }
    Ok(caught)
}

/// Something that some run must reach, and none did. The first run stands for
/// all of them.
pub(super) fn never(
    play: &Play<'_>,
    reached: &[u64],
    seed: u64,
) -> Result<Option<Box<Broken>>, Box<Diagnostic>> {
    let mut all = play.properties().iter().zip(reached).enumerate();
    let missed =
        |(property, runs): (&Property, &u64)| property.mode == Mode::Sometimes && *runs == 0;
    let Some((at, _)) = all.find(|(_, of)| missed(*of)) else { return Ok(None) };
    let choices = Choices::seeded(seed).recorded();
    let mut player = Player::new(play, false);
    let (_, world) = player.world(seed, &play.story, choices)?;
    Ok(Some(Box::new(Broken {
        test: play.test,
        seed,
        choices: world.choices().made(),
        what: What::Property(at),
        at: world.now(),
        node: None,
        tick: None,
        quiet: true,
    })))
}
