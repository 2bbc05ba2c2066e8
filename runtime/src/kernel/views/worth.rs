//! What following a view costs, and what making it anew costs, in matches: so
//! that the same ticks decide alike wherever they run. Whether a dataflow is
//! possible is not known here.

/// Rows of a view and of what it reads from which on a dataflow is thought of.
pub const ROWS_MIN: usize = 4_000;
/// How many matches of the kernel cost as much as one of a dataflow.
const MATCH_COSTS: u64 = 8;
/// Times that a view was made anew before a dataflow is built.
const TIMES_MIN: u32 = 2;
/// Ticks that a dataflow is watched together.
const WATCHED: u32 = 16;
/// Times that what is asked for doubles after each dataflow that did not pay.
const DOUBLINGS_MAX: u32 = 10;

/// What is known of one view.
#[derive(Clone, Copy, Default, Debug)]
pub struct Worth {
    /// Matches of the last time it was made anew.
    anew: u64,
    /// Times that it was made anew since a dataflow was given up.
    times: u32,
    /// Dataflows that did not pay.
    failed: u32,
    /// Ticks and matches of the present watch.
    ticks: u32,
    matches: u64,
    /// Of all ticks.
    all_anew: u64,
    all_followed: u64,
    /// Rows when a dataflow was built last.
    rows: usize,
}

impl Worth {
    /// Whether a dataflow should follow; one is built where there is none.
    pub fn takes(&mut self, is_built: bool, loses: bool, rows: usize, changed: usize) -> bool {
        // Most of it is new: the kernel is faster at that.
        if changed > rows / 2 {
            return false;
        }
        if is_built {
            return true;
        }
        self.rows = rows;
        loses && rows >= ROWS_MIN && self.times >= TIMES_MIN << self.failed.min(DOUBLINGS_MAX)
    }

    /// It was made anew.
    pub fn made_anew(&mut self, matches: u64) {
        self.anew = matches;
        self.times = self.times.saturating_add(1);
        self.all_anew += 1;
    }

    /// A dataflow followed. False: it costs more than it saves.
    pub fn followed(&mut self, matches: u64, loses: bool) -> bool {
        self.all_followed += 1;
        self.ticks += u32::from(loses);
        self.matches = self.matches.saturating_add(matches);
        if self.ticks < WATCHED {
            return true;
        }
        let pays = self.matches.saturating_mul(MATCH_COSTS)
            <= self.anew.saturating_mul(u64::from(self.ticks));
        (self.ticks, self.matches) = (0, 0);
        if !pays && self.anew > 0 {
            self.failed += 1;
            self.times = 0;
            return false;
        }
        true
    }

    /// The same without the dataflow that there was: it is built again at once
    /// when rows are lost.
    pub fn interrupted(&self, was_built: bool) -> Worth {
        let times = if was_built { u32::MAX } else { self.times };
        Worth { times, ticks: 0, matches: 0, ..*self }
    }

    /// What is said of it.
    pub fn told(&self, is_built: bool, why: Option<&str>) -> Option<String> {
        let counts = format!("{} ticks by it, {} anew", self.all_followed, self.all_anew);
        let of = |why: String| Some(format!("{why} ({counts})"));
        match (is_built, why) {
            (_, Some(why)) => of(format!("maintained by a dataflow, {why}")),
            (true, None) => of(format!(
                "maintained by a dataflow, because it loses rows and had {} with what it reads",
                self.rows
            )),
            (false, None) if self.failed > 0 => {
                of("recomputed when rows are lost, because a dataflow cost more".to_owned())
            }
            (false, None) if self.all_anew > 0 && self.rows < ROWS_MIN => of(format!(
                "recomputed when rows are lost, because it is small: {} rows",
                self.rows
            )),
            (false, None) => None,
        }
    }
}
