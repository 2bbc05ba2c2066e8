//! Who has to wait, found out beside the checks: a report when typing has stopped,
//! and then examples and changes, each on a thread of its own, so that no answer to
//! anything else waits for them. What is made of it is not known here.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;

use bloom_compiler::calm::witness;
use bloom_compiler::driver::Budget;
use bloom_compiler::ide::Analysis;
use bloom_compiler::ide::Coordination;
use bloom_compiler::ide::Effort;

use crate::cli::lsp::state::Event;

/// The part of what a report may take that an editor spends on examples and changes:
/// the text may change at any moment.
const SHARE: u64 = 4;

/// A text to judge.
pub struct Job {
    /// Whose text.
    pub uri: String,
    /// Which text.
    pub edit: u64,
    /// The text, checked.
    pub analysis: Arc<Analysis>,
    /// The report, where examples and changes are wanted.
    pub known: Option<Arc<Coordination>>,
}

/// A text that was judged; nothing was found where there was a mistake of our own.
pub struct Judged {
    /// Whose text.
    pub uri: String,
    /// Which text.
    pub edit: u64,
    /// Whether examples and changes were looked for.
    pub is_deep: bool,
    /// What was found.
    pub found: Option<Arc<Coordination>>,
}

/// Judges texts until nobody sends any more.
pub fn judge_all(jobs: &Receiver<Job>, events: &Sender<Event>) {
    let whole = Budget::default();
    let changes = Budget { rules: whole.rules / SHARE, oracle: whole.oracle / SHARE };
    let effort = Effort { examples: witness::STEPS / SHARE, changes };
    while let Ok(Job { uri, edit, analysis, known }) = jobs.recv() {
        let judge = || match &known {
            None => analysis.coordination(),
            Some(known) => analysis.deepened(known, effort),
        };
        let found = catch_unwind(AssertUnwindSafe(judge)).ok().map(Arc::new);
        let judged = Judged { uri, edit, is_deep: known.is_some(), found };
        if events.send(Event::Judged(judged)).is_err() {
            return;
        }
    }
}
