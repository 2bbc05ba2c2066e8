//! What a run may spend: rounds, rows, memory, time. Every limit has the name
//! of the flag that sets it.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

/// Limits of a run; `None`: none.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Windows promoted in one stratum.
    pub rounds: Option<u64>,
    /// Rows derived.
    pub rows: Option<u64>,
    /// Bytes held by relations, indexes and values.
    pub memory: Option<u64>,
    /// Wall time.
    pub seconds: Option<f64>,
    /// Bytes that the process takes: between two rounds nobody else knows what
    /// a rule has gathered.
    pub process: Option<fn() -> Option<u64>>,
    /// Where to write how far the run is.
    pub pulse: Option<Arc<Pulse>>,
    /// Rows from which a relation that grew tenfold is worth another plan; a
    /// few thousand if not given. No result depends on it.
    pub replan_rows: Option<usize>,
    /// Where several workers spend of one budget: what they took so far, and
    /// which of them this is.
    pub together: Option<(Arc<Together>, usize)>,
}

/// What the workers of one process took so far.
#[derive(Debug, Default)]
pub struct Together {
    rows: AtomicU64,
    rounds: AtomicU64,
    /// Bytes, by worker.
    bytes: Vec<AtomicU64>,
}

impl Together {
    /// Of so many workers.
    pub fn new(workers: usize) -> Together {
        let bytes = (0..workers).map(|_| AtomicU64::new(0)).collect();
        Together { bytes, ..Together::default() }
    }

    /// Notes what a worker holds; gives what all hold.
    pub fn hold(&self, worker: usize, bytes: u64) -> u64 {
        if let Some(own) = self.bytes.get(worker) {
            own.store(bytes, Ordering::Relaxed);
        }
        self.bytes.iter().map(|bytes| bytes.load(Ordering::Relaxed)).sum()
    }
}

/// How far a run is, for whoever watches from another thread.
#[derive(Debug, Default)]
pub struct Pulse {
    rows: AtomicU64,
    rounds: AtomicU64,
}

impl Pulse {
    /// Rows derived and rounds gone so far.
    pub fn read(&self) -> (u64, u64) {
        (self.rows.load(Ordering::Relaxed), self.rounds.load(Ordering::Relaxed))
    }
}

/// Steps between two looks at the clock.
const STEPS_PER_LOOK: u32 = 1 << 14;
/// Looks between two questions for the memory of the process.
const LOOKS_PER_WEIGHING: u32 = 32;

/// What is left.
pub struct Budget {
    limits: Limits,
    deadline: Option<Instant>,
    steps: u32,
    looks: u32,
    rows: u64,
    rounds: u64,
    /// Whether rows count.
    counts: bool,
    /// What the process may grow to before it takes more memory than it should.
    ceiling: Option<u64>,
    /// The limit that was met.
    pub spent: Option<&'static str>,
}

impl Budget {
    /// The whole of it, when so many bytes are held already.
    pub fn new(limits: &Limits, held: usize) -> Budget {
        let together = limits.together.as_ref();
        let held = together.map_or(held as u64, |(all, me)| all.hold(*me, held as u64));
        let now = limits.process.filter(|_| limits.memory.is_some()).and_then(|ask| ask());
        let ceiling =
            now.zip(limits.memory).map(|(now, max)| now.saturating_add(max).saturating_sub(held));
        let seconds = limits.seconds.filter(|s| s.is_finite() && *s >= 0.0);
        Budget {
            deadline: seconds
                .and_then(|s| Duration::try_from_secs_f64(s).ok())
                .and_then(|s| Instant::now().checked_add(s)),
            limits: limits.clone(),
            steps: STEPS_PER_LOOK,
            looks: LOOKS_PER_WEIGHING,
            rows: 0,
            rounds: 0,
            counts: true,
            ceiling,
            spent: None,
        }
    }

    /// One more step of a loop; false: a limit is met.
    #[inline(always)]
    pub fn step(&mut self) -> bool {
        self.steps -= 1;
        if self.steps > 0 {
            return true;
        }
        self.look()
    }

    #[cold]
    fn look(&mut self) -> bool {
        self.steps = STEPS_PER_LOOK;
        if self.deadline.is_some_and(|end| Instant::now() > end) {
            self.spent = Some("--max-seconds");
        }
        self.looks -= 1;
        if self.looks == 0 {
            self.looks = LOOKS_PER_WEIGHING;
            self.weigh();
        }
        if let Some(pulse) = &self.limits.pulse {
            pulse.rows.store(self.rows, Ordering::Relaxed);
            pulse.rounds.store(self.rounds, Ordering::Relaxed);
        }
        self.spent.is_none()
    }

    fn weigh(&mut self) {
        let Some((ceiling, ask)) = self.ceiling.zip(self.limits.process) else { return };
        if ask().is_some_and(|now| now > ceiling) {
            self.spent = Some("--max-memory");
        }
    }

    /// So many more rows; false: a limit is met.
    #[inline(always)]
    pub fn rows(&mut self, new: usize) -> bool {
        if self.counts {
            self.take_rows(new as u64);
        }
        if self.limits.rows.is_some_and(|max| self.rows > max) {
            self.spent = Some("--max-rows");
            return false;
        }
        self.look()
    }

    /// Whether rows count from now on: not those of relations that only help.
    pub fn counts(&mut self, counts: bool) {
        self.counts = counts;
    }

    #[inline(always)]
    fn take_rows(&mut self, new: u64) {
        self.rows = match &self.limits.together {
            None => self.rows + new,
            Some(_) if new == 0 => self.rows,
            Some((all, _)) => all.rows.fetch_add(new, Ordering::Relaxed) + new,
        };
    }

    /// One more round of a stratum, with the bytes held now.
    pub fn round(&mut self, rounds: u64, bytes: impl FnOnce() -> usize) -> bool {
        self.rounds = match &self.limits.together {
            None => self.rounds + 1,
            Some((all, _)) => all.rounds.fetch_add(1, Ordering::Relaxed) + 1,
        };
        if self.limits.rounds.is_some_and(|max| rounds > max) {
            self.spent = Some("--max-rounds");
        } else if self.limits.memory.is_some_and(|max| self.held(bytes() as u64) > max) {
            self.spent = Some("--max-memory");
        }
        self.look()
    }

    /// Nothing was there to do for so long, which is not time of computing.
    pub fn rest(&mut self, idle: Duration) {
        self.deadline = self.deadline.and_then(|end| end.checked_add(idle));
    }

    /// Bytes held by all.
    fn held(&self, own: u64) -> u64 {
        self.limits.together.as_ref().map_or(own, |(all, me)| all.hold(*me, own))
    }

    /// The limit that was met and its value.
    pub fn met(&self) -> Option<(&'static str, String)> {
        let which = self.spent?;
        let value = match which {
            "--max-seconds" => self.limits.seconds.map(|s| s.to_string()),
            "--max-rows" => self.limits.rows.map(|n| n.to_string()),
            "--max-rounds" => self.limits.rounds.map(|n| n.to_string()),
            _ => self.limits.memory.map(|n| n.to_string()),
        };
        Some((which, value.unwrap_or_default()))
    }
}
