//! A session as a test: what was given, tick by tick, and what the outputs are
//! in the end; of a program without outputs, the views.

use std::collections::BTreeSet;
use std::rc::Rc;

use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::types::typed;

use crate::cli::repl::given::Row;
use crate::cli::repl::given::literal;
use crate::cli::repl::play::Begin;
use crate::cli::repl::play::Play;
use crate::cli::repl::play::Step;
use crate::cli::repl::session::Session;
use crate::cli::repl::show;
use crate::cli::repl::show::Shower;
use crate::tick::Tick;

/// Rows of an output that a test lists.
const LISTED: usize = 20;

/// The test; `None` where everything cannot be done again.
pub fn test(session: &mut Session) -> Option<String> {
    let checked = Rc::clone(&session.play.checked);
    let fixed = session.fixed(&checked.typed, &session.entries);
    let mut first = fixed.clone();
    let begin = Begin { loaded: session.loaded(), fixed, explained: None };
    let (mut play, _) = Play::start(checked, &session.limits, &begin).ok()?;
    let mut out = String::from("\ntest \"what was typed\" {\n");
    let mut now = play.now();
    let mut waiting: Vec<Row> = Vec::new();
    let steps = session.entries.iter().filter_map(|entry| entry.step.as_ref());
    for step in steps {
        if let Step::Give(rows) = step {
            waiting.extend(rows.iter().cloned());
        }
        let heard = play.step(step).ok()?;
        for tick in heard.chains.iter().flat_map(|chain| &chain.ticks) {
            let at = (tick.now > now.saturating_add(1)).then_some(tick.now);
            now = tick.now;
            let mut rows = std::mem::take(&mut first);
            rows.extend(taken(&mut waiting, tick, &play));
            write_tick(&mut out, at, &rows);
        }
    }
    out.push_str(&expected(session));
    out.push_str("}\n");
    Some(out)
}

/// The rows that a tick took in, of those that were typed.
fn taken(waiting: &mut Vec<Row>, tick: &Tick, play: &Play) -> Vec<Row> {
    let shower = Shower::new(play.program(), play.engine());
    let mut took = BTreeSet::new();
    for rows in &tick.took {
        let arity = rows.words.len().checked_div(rows.count).unwrap_or(0);
        for at in 0..rows.count {
            took.insert(shower.fact(rows.rel, &rows.words[at * arity..(at + 1) * arity]));
        }
    }
    let mut rows = Vec::new();
    waiting.retain(|row| {
        let fact = row.show();
        // Each of equal events has a tick of its own.
        let fits = match row.delete {
            true => !tick.own,
            false => took.remove(fact.trim_end_matches(';')),
        };
        if fits {
            rows.push(row.clone());
        }
        !fits
    });
    rows
}

fn write_tick(out: &mut String, at: Option<i64>, rows: &[Row]) {
    let at = at.map(|at| format!(" at {}", show::instant(at))).unwrap_or_default();
    if rows.is_empty() {
        out.push_str(&if at.is_empty() { "tick;\n".into() } else { format!("tick{at} {{ }}\n") });
        return;
    }
    out.push_str(&format!("tick{at} {{\n"));
    rows.iter().for_each(|row| out.push_str(&format!("{}\n", row.show())));
    out.push_str("}\n");
}

/// What small outputs hold.
fn expected(session: &mut Session) -> String {
    let program = Rc::clone(&session.play.checked);
    let is_shown = |rel: &typed::Rel| {
        matches!(rel.kind, RelKind::Output | RelKind::OutputTable | RelKind::OutputView)
    };
    let any_output = program.typed.rels.iter().any(|rel| is_shown(rel) && rel.given.is_none());
    let mut out = String::new();
    for (i, rel) in program.typed.rels.iter().enumerate() {
        let is_output = is_shown(rel) || !any_output && rel.kind == RelKind::View;
        let id = RelId(i as u32);
        let count = session.play.engine().len(id);
        if !is_output || rel.event || rel.given.is_some() || rel.cols.is_empty() || count > LISTED {
            continue;
        }
        let words = session.play.engine_mut().rows(id);
        let engine = session.play.engine();
        let declared = &engine.plan().rels[i].declared;
        let row = |row: &[u64]| {
            let values = row.iter().zip(declared).map(|(word, of)| literal(engine, of.ty, *word));
            let values: Vec<String> = values.collect();
            format!("({})", values.join(", "))
        };
        let rows: Vec<String> = words.chunks_exact(declared.len()).map(row).collect();
        out.push_str(&format!("expect {} == {{{}}};\n", rel.name, rows.join(", ")));
    }
    out
}
