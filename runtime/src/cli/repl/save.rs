//! A session as a test: what was given, tick by tick, and what the outputs are
//! in the end. Such a test passes when it is saved, and from then on tells when
//! something changes.

use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;

use crate::cli::repl::given::Row;
use crate::cli::repl::given::literal;
use crate::cli::repl::play::Step;
use crate::cli::repl::session::Session;
use crate::cli::repl::show;

/// Rows of an output that a test lists.
const LISTED: usize = 20;

/// The test.
pub fn test(session: &mut Session) -> String {
    let mut out = String::from("\ntest \"what was typed\" {\n");
    let mut held: Vec<Row> = Vec::new();
    let mut holding = false;
    for entry in &session.entries {
        match &entry.step {
            Some(Step::Give(rows)) if holding => held.extend(rows.iter().cloned()),
            Some(Step::Give(rows)) => tick(&mut out, None, rows),
            Some(Step::Tick(instants)) => {
                for at in instants {
                    tick(&mut out, *at, &std::mem::take(&mut held));
                }
            }
            Some(Step::Hold(hold)) => {
                holding = *hold;
                if !holding && !held.is_empty() {
                    tick(&mut out, None, &std::mem::take(&mut held));
                }
            }
            None => {}
        }
    }
    out.push_str(&expected(session));
    out.push_str("}\n");
    out
}

fn tick(out: &mut String, at: Option<i64>, rows: &[Row]) {
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
    let program = std::rc::Rc::clone(&session.play.checked);
    let mut out = String::new();
    for (i, rel) in program.typed.rels.iter().enumerate() {
        let is_output =
            matches!(rel.kind, RelKind::Output | RelKind::OutputTable | RelKind::OutputView);
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
