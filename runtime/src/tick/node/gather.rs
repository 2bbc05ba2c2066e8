//! What a tick has to say, read off its collections. What becomes of it is not
//! known here.

use bloom_compiler::ids::RelId;

use crate::dataflow::node::Body;
use crate::kernel::Rows;
use crate::tick::chain::Change;
use crate::tick::chain::Tick;
use crate::tick::chain::Why;
use crate::tick::node::Node;

/// Codes with which a program may end.
const HALT_MAX: i64 = 99;

impl Node {
    /// Reads off a tick what is to leave.
    pub(super) fn gather(&mut self, tick: &mut Tick) -> Result<(), Why> {
        let shown = self.parts.events.iter().filter_map(|rel| rows_of(&mut self.body, *rel));
        tick.shown = shown.collect();
        for (sending, group) in self.parts.sendings.iter().zip(&self.groups) {
            let Some(staged) = rows_of(&mut self.body, sending.stage) else { continue };
            let arity = staged.words.len() / staged.count;
            let (mut mine, mut others) = (Vec::new(), Vec::new());
            for row in staged.words.chunks_exact(arity) {
                if sending.is_timer || row[sending.at] == self.me {
                    mine.extend_from_slice(row);
                } else {
                    others.extend_from_slice(row);
                    tick.group.push(group.contains(&row[sending.at]));
                }
            }
            let list = if sending.is_timer { &mut tick.timers } else { &mut tick.kept };
            for (list, words) in [(list, mine), (&mut tick.sent, others)] {
                if !words.is_empty() {
                    let count = words.len() / arity;
                    list.push(Rows { rel: sending.target, count, words });
                }
            }
        }
        for at in 0..self.parts.views.len() {
            let change = self.change(self.parts.views[at]);
            if change.gained.count + change.lost.count > 0 {
                tick.changed.push(change);
            }
        }
        let givens = &self.parts.givens;
        let [stdout, stderr, halt] = [givens.stdout, givens.stderr, givens.halt];
        (tick.stdout, tick.stderr) = (self.lines(stdout), self.lines(stderr));
        for code in self.news(halt).into_iter().map(|word| word as i64) {
            match u8::try_from(code).ok().filter(|_| code <= HALT_MAX) {
                // Of several codes the one that says most is told.
                Some(code) => tick.halt = tick.halt.max(Some(code)),
                None => return Err(Why::Halt { code }),
            }
        }
        Ok(())
    }

    /// What changed in a collection that holds state.
    fn change(&mut self, rel: RelId) -> Change {
        let none = Rows { rel, count: 0, words: Vec::new() };
        let mut change = Change { gained: none.clone(), lost: none };
        if self.tick == 1 {
            // What was loaded is new to those who look on.
            change.gained = rows_of(&mut self.body, rel).unwrap_or(change.gained);
            return change;
        }
        for (sign, row) in self.body.changes(rel) {
            let rows = if sign > 0 { &mut change.gained } else { &mut change.lost };
            rows.count += 1;
            rows.words.extend(row);
        }
        change
    }

    /// Rows of what the language writes out: events, or what came of a view.
    fn news(&mut self, rel: Option<RelId>) -> Vec<u64> {
        let Some(rel) = rel else { return Vec::new() };
        match self.parts.is_event(rel) {
            true => rows_of(&mut self.body, rel).map_or(Vec::new(), |rows| rows.words),
            false => self.change(rel).gained.words,
        }
    }

    fn lines(&mut self, rel: Option<RelId>) -> Vec<String> {
        let words = self.news(rel);
        let interner = self.body.engine().interner();
        words.into_iter().map(|word| interner.get_text(word).to_owned()).collect()
    }
}

/// Whole rows of a collection, in value order; `None` if there are none.
fn rows_of(body: &mut Body, rel: RelId) -> Option<Rows> {
    let count = body.engine().len(rel);
    (count > 0).then(|| Rows { rel, count, words: body.engine_mut().rows(rel) })
}
