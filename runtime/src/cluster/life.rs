//! The life of a logical node as one of its processes sees it: who said what,
//! and the first reason why it came to an end. Threads wait here; connections
//! are not known.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

/// Why a node comes to an end, for one of its processes.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum End {
    /// A process ended by itself, with its exit code and a few words.
    Told { process: usize, code: u8, why: String },
    /// A process is not there any more, or not what it should be.
    Down { process: usize, why: String },
    /// A thread of this process panicked, and said so.
    Panicked,
}

impl End {
    /// Of a process that closed its connection without a word.
    pub fn gone(process: usize) -> End {
        End::Down { process, why: "is gone".to_owned() }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Told { process, code: 0, .. } => write!(f, "process {process} ended"),
            End::Told { process, why, .. } => write!(f, "process {process} ended: {why}"),
            End::Down { process, why } => write!(f, "the node is down: process {process} {why}"),
            End::Panicked => write!(f, "a thread of this process panicked"),
        }
    }
}

/// What threads of a process know together.
pub struct Life {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    end: Option<End>,
    /// The process ends by itself: what becomes of others is not news any more.
    left: bool,
    /// The one process that still matters; otherwise all do.
    only: Option<usize>,
    /// Messages that came, by process.
    heard: Vec<VecDeque<Vec<u8>>>,
    /// Connections that are closed, by process.
    closed: Vec<bool>,
}

impl Life {
    /// Of so many processes; `me` has no connection.
    pub fn new(processes: usize, me: usize) -> Life {
        let state = State {
            end: None,
            left: false,
            only: None,
            heard: vec![VecDeque::new(); processes],
            closed: (0..processes).map(|process| process == me).collect(),
        };
        Life { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the reason for an end; the first one counts.
    pub fn end(&self, end: End) {
        let mut state = self.state();
        let matters = match &end {
            End::Told { process, .. } | End::Down { process, .. } => {
                state.only.is_none_or(|only| only == *process)
            }
            End::Panicked => true,
        };
        if state.end.is_none() && !state.left && matters {
            state.end = Some(end);
            self.changed.notify_all();
        }
    }

    /// From now on only this process matters.
    pub fn heed_only(&self, process: usize) {
        self.state().only = Some(process);
    }

    /// The process ends by itself from now on, unless there was a reason to end
    /// before.
    pub fn leave(&self) -> bool {
        let mut state = self.state();
        state.left |= state.end.is_none();
        self.changed.notify_all();
        state.left
    }

    /// Whether there was a reason to end, or this process leaves by itself.
    pub fn is_over(&self) -> bool {
        let state = self.state();
        state.end.is_some() || state.left
    }

    /// Waits for a reason to end; `None` if this process leaves by itself.
    pub fn ended(&self) -> Option<End> {
        let mut state = self.state();
        while state.end.is_none() && !state.left {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.left { None } else { state.end.clone() }
    }

    /// Takes in a message.
    pub fn heard(&self, from: usize, message: Vec<u8>) {
        if let Some(queue) = self.state().heard.get_mut(from) {
            queue.push_back(message);
        }
        self.changed.notify_all();
    }

    /// The next message of a process; `None` if the node came to an end first.
    pub fn hear(&self, from: usize) -> Option<Vec<u8>> {
        let mut state = self.state();
        loop {
            if let Some(message) = state.heard.get_mut(from)?.pop_front() {
                return Some(message);
            }
            if state.end.is_some() || state.left {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A connection is closed.
    pub fn closed(&self, process: usize) {
        if let Some(closed) = self.state().closed.get_mut(process) {
            *closed = true;
        }
        self.changed.notify_all();
    }

    /// Waits until all connections are closed, but not longer than that.
    pub fn all_closed(&self, until: Instant) {
        let mut state = self.state();
        while !state.closed.iter().all(|closed| *closed) {
            let left = until.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_counts() {
        let life = Life::new(3, 0);
        life.end(End::gone(2));
        life.end(End::gone(1));
        assert!(!life.leave());
        assert_eq!(life.ended(), Some(End::gone(2)));
        assert_eq!(life.hear(1), None);
    }

    #[test]
    fn who_leaves_hears_no_news() {
        let life = Life::new(3, 0);
        life.heed_only(1);
        life.end(End::gone(2));
        assert!(life.leave());
        life.end(End::gone(1));
        assert_eq!(life.ended(), None);
    }

    #[test]
    fn messages_keep_their_order() {
        let life = Life::new(2, 0);
        life.heard(1, vec![1]);
        life.heard(1, vec![2]);
        life.end(End::gone(1));
        assert_eq!(life.hear(1), Some(vec![1]));
        assert_eq!(life.hear(1), Some(vec![2]));
        assert_eq!(life.hear(1), None);
        assert_eq!(life.hear(7), None);
    }
}
