//! What following a view costs, and what making it anew costs, in matches: so
//! that the same ticks decide alike wherever they run. Whether a dataflow is
//! possible is not known here.

/// Rows of a view and of what it reads from which on a dataflow is thought of.
pub const ROWS_MIN: usize = 4_000;
/// How many matches of the kernel cost as much as one of a dataflow.
const MATCH_COSTS: u64 = 30;
/// Times that a view was made anew before a dataflow is built: about what that
/// costs.
const TIMES_MIN: u32 = 16;
/// A dataflow is given up when it has cost so many times more than making the
/// view anew would have; what it saved before counts up to as many times.
const PATIENCE: i64 = 4;
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
    /// What the dataflow saved, less what it cost.
    saved: i64,
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
        loses && rows >= ROWS_MIN && self.times >= self.enough()
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
        let cost = i64::try_from(matches.saturating_mul(MATCH_COSTS)).unwrap_or(i64::MAX);
        let anew = i64::try_from(self.anew).unwrap_or(i64::MAX);
        let most = anew.saturating_mul(PATIENCE);
        let gain = if loses { anew } else { 0 };
        self.saved = self.saved.saturating_add(gain).saturating_sub(cost).min(most);
        if anew == 0 || self.saved >= -most {
            return true;
        }
        self.failed += 1;
        (self.times, self.saved) = (0, 0);
        false
    }

    /// The same without the dataflow that there was: it is built again soon when
    /// rows are lost.
    pub fn interrupted(&self, was_built: bool) -> Worth {
        let times = if was_built { self.enough() / 2 } else { self.times };
        Worth { times, saved: 0, ..*self }
    }

    /// Times that it has to be made anew before a dataflow is built.
    fn enough(&self) -> u32 {
        TIMES_MIN << self.failed.min(DOUBLINGS_MAX)
    }

    /// What is said of it.
    pub fn told(&self, is_built: bool, why: Option<&str>) -> Option<String> {
        let counts = format!("{} ticks by it, {} anew", self.all_followed, self.all_anew);
        let of = |why: String| Some(format!("{why} ({counts})"));
        match (is_built, why) {
            (_, Some(why)) => of(format!("followed by a dataflow, {why}")),
            (true, None) => of(format!(
                "followed by a dataflow, because it loses rows and had {} with what it reads",
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
