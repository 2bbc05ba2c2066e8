//! What following a view costs, and what making it anew costs, in matches of the
//! kernel: so that the same ticks decide alike wherever they run. Whether a
//! dataflow is possible is not known here.

/// Rows of a view and of what it reads from which on a dataflow is thought of.
pub const ROWS_MIN: usize = 4_000;
/// So many rows may change whatever the size of what is read.
const CHANGES_FREE: usize = 64;

/// What a tick costs a dataflow before anything is looked at.
const TICK_COSTS: u64 = 1_800;
/// What a changed row costs it before it is matched.
const CHANGE_COSTS: u64 = 600;
/// What a match costs it.
const MATCH_COSTS: u64 = 32;
/// A dataflow takes memory, and all of this is a guess: it should be so many times
/// cheaper.
const MARGIN: u64 = 4;

/// A dataflow is built when it would have saved as much as to make the view anew so
/// many times: about what to build it costs.
const BUILD_TIMES: u64 = 24;
/// It is given up when it has cost so many times more than making the view anew
/// would have; what it saved before counts up to as many times.
const PATIENCE: i64 = 4;
/// Times that what is asked for doubles after each dataflow that did not pay.
const DOUBLINGS_MAX: u32 = 10;
/// Part of what is known of matches that is forgotten each time the view is made
/// anew: what it is fed may have become another.
const FORGETS: u64 = 256;

/// What is known of one view.
#[derive(Clone, Copy, Default, Debug)]
pub struct Worth {
    /// What it cost to make it anew the last time.
    anew: u64,
    /// What matches of one changed row cost a dataflow of late.
    matched: Option<u64>,
    /// What a dataflow would have saved since there is none.
    missed: u64,
    /// What the dataflow saved less what it cost, of late and in all.
    saved: i64,
    saved_in_all: i64,
    /// Dataflows that did not pay.
    failed: u32,
    /// Of all ticks.
    all_anew: u64,
    all_followed: u64,
    /// Rows when somebody asked last.
    rows: usize,
    /// What the present tick is likely to cost a dataflow.
    likely: u64,
}

impl Worth {
    /// Whether a dataflow should follow; one is built where there is none, and one
    /// that is there is given up when it should not.
    pub fn takes(&mut self, is_built: bool, loses: bool, rows: usize, changed: usize) -> bool {
        let changes = changed as u64;
        let matched = self.matched.unwrap_or(0);
        self.likely = TICK_COSTS + changes.saturating_mul(CHANGE_COSTS + matched);
        // Most of it is new: the kernel is faster at that.
        let is_most = changed > CHANGES_FREE && changed > rows / 2;
        if is_built {
            let most = self.anew.saturating_mul(PATIENCE as u64);
            let leaves = is_most || self.anew > 0 && self.likely > most;
            if leaves {
                self.given_up();
            }
            return !leaves;
        }
        self.rows = rows;
        if !loses {
            // A dataflow would have had to follow this too.
            self.missed = self.missed.saturating_sub(self.likely.saturating_mul(MARGIN));
            return false;
        }
        let takes = !is_most && rows >= ROWS_MIN && self.anew > 0 && self.missed >= self.enough();
        if takes {
            (self.missed, self.saved, self.saved_in_all) = (0, 0, 0);
        }
        takes
    }

    /// It was made anew, with so many matches and rows.
    pub fn made_anew(&mut self, matches: u64, rows: u64) {
        self.anew = matches.saturating_add(rows);
        let missed = self.missed.saturating_add(self.anew);
        self.missed = missed.saturating_sub(self.likely.saturating_mul(MARGIN));
        self.matched = self.matched.map(|matched| matched - matched / FORGETS);
        self.all_anew += 1;
    }

    /// A dataflow followed, so many changes with so many matches. False: it costs
    /// more than it saves.
    pub fn followed(&mut self, matches: u64, loses: bool, changed: usize) -> bool {
        self.all_followed += 1;
        let of_matches = matches.saturating_mul(MATCH_COSTS);
        let changes = changed.max(1) as u64;
        let cost = TICK_COSTS + changes.saturating_mul(CHANGE_COSTS).saturating_add(of_matches);
        let each = of_matches / changes;
        self.matched = Some(self.matched.map_or(each, |before| before - before / 4 + each / 4));
        // Pure gains cost the kernel their matches.
        let kernel = if loses { self.anew } else { matches };
        let saved = signed(kernel).saturating_sub(signed(cost.saturating_mul(MARGIN)));
        let most = signed(self.anew).saturating_mul(PATIENCE);
        self.saved = self.saved.saturating_add(saved).min(most);
        self.saved_in_all = self.saved_in_all.saturating_add(saved);
        if self.anew == 0 || self.saved >= -most {
            return true;
        }
        self.given_up();
        false
    }

    /// The same without the dataflow that there was: it is built again soon when
    /// rows are lost.
    pub fn interrupted(&self, was_built: bool) -> Worth {
        let missed = if was_built { self.enough() / 2 } else { self.missed };
        Worth { missed, saved: 0, ..*self }
    }

    /// What a dataflow has to be missed for before it is built.
    fn enough(&self) -> u64 {
        self.anew.saturating_mul(BUILD_TIMES << self.failed.min(DOUBLINGS_MAX))
    }

    fn given_up(&mut self) {
        let paid = self.saved_in_all >= signed(self.anew.saturating_mul(BUILD_TIMES));
        self.failed = if paid { 0 } else { self.failed.saturating_add(1) };
        (self.missed, self.saved, self.saved_in_all) = (0, 0, 0);
    }

    /// What is said of it. `why`: who decided, if not this room.
    pub fn told(&self, is_built: bool, why: Option<&str>) -> Option<String> {
        let counts = format!("{} ticks by it, {} anew", self.all_followed, self.all_anew);
        let anew = |why: &str| {
            Some(format!("recomputed when rows are lost, because {why} ({} times)", self.all_anew))
        };
        match (is_built, why) {
            (_, Some(why)) => Some(format!("followed by a dataflow, {why} ({counts})")),
            (true, None) => Some(format!(
                "followed by a dataflow, because it loses rows and had {} with what it reads \
                 ({counts})",
                self.rows
            )),
            (false, None) if self.all_followed > 0 => Some(format!(
                "recomputed when rows are lost, because a dataflow cost more ({counts})"
            )),
            (false, None) if self.all_anew == 0 => None,
            (false, None) if self.rows < ROWS_MIN => {
                anew(&format!("it is small: {} rows with what it reads", self.rows))
            }
            (false, None) if self.all_anew <= BUILD_TIMES => anew("that was seldom so far"),
            (false, None) => anew("a dataflow would not cost much less"),
        }
    }

    /// What is said of a view that nothing but the kernel may make anew.
    pub fn told_anew(&self, why: &str) -> Option<String> {
        let times = self.all_anew;
        (times > 0).then(|| format!("recomputed when rows are lost, {why} ({times} times)"))
    }
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Worth;

    /// Ticks that lose `changed` rows and ticks that gain them again; by which
    /// tick a dataflow is there, and whether it still is in the end.
    fn play(ticks: usize, changed: usize, anew: u64, matches: u64) -> (Option<usize>, bool) {
        let (mut worth, mut is_built, mut since) = (Worth::default(), false, None);
        for tick in 0..ticks {
            let loses = tick % 2 == 0;
            let takes = worth.takes(is_built, loses, 100_000, changed);
            match (takes, is_built) {
                (true, true) => is_built = worth.followed(matches, loses, changed),
                (true, false) => {
                    is_built = true;
                    since = since.or(Some(tick));
                }
                (false, _) => {
                    is_built = false;
                    if loses {
                        worth.made_anew(anew, 0);
                    }
                }
            }
        }
        (since, is_built)
    }

    #[test]
    fn small_changes_of_a_large_view_are_followed() {
        let (since, is_built) = play(400, 1, 400_000, 10);
        assert!(is_built);
        assert!(since.is_some_and(|since| (40..80).contains(&since)), "{since:?}");
    }

    #[test]
    fn what_hangs_together_is_made_anew() {
        let (since, is_built) = play(400, 1, 400_000, 5_000);
        assert!(since.is_some() && !is_built);
    }

    #[test]
    fn many_changes_are_not_waited_for() {
        assert_eq!(play(400, 400, 400_000, 10), (None, false));
    }

    #[test]
    fn one_that_paid_is_left_for_a_large_change_and_comes_back() {
        let mut worth = Worth::default();
        let first = (0..40).find(|_| {
            let takes = worth.takes(false, true, 100_000, 1);
            if !takes {
                worth.made_anew(400_000, 0);
            }
            takes
        });
        assert!(first.is_some());
        for _ in 0..100 {
            assert!(worth.takes(true, true, 100_000, 1));
            assert!(worth.followed(10, true, 1));
        }
        assert!(!worth.takes(true, true, 100_000, 20_000));
        assert_eq!(worth.failed, 0);
        worth.made_anew(400_000, 0);
        let back = (0..100).find(|_| {
            let takes = worth.takes(false, true, 100_000, 1);
            worth.made_anew(400_000, 0);
            takes
        });
        assert!(back.is_some_and(|times| times < 40), "{back:?}");
    }
}
