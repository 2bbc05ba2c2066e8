//! Circles through negation, aggregates and finished lattice values, shown rule
//! by rule with what breaks them. That there is one is seen here and nowhere
//! else; the order of what is in no such circle is not known here, nor what to
//! do about an aggregate.

use std::collections::VecDeque;

use crate::diag::Code;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::RelId;
use crate::names::hir::RelKind;
use crate::types::judge;
use crate::types::typed::Program;

use super::obstacles;
use super::strata::Edge;
use super::strata::Need;

/// Reports the circles: one for each rule that needs finished what hangs on it,
/// unless the rule was shown in a circle before.
pub(super) fn report(program: &Program, edges: &[Edge], scc: &[u32], diags: &mut Vec<Diagnostic>) {
    let inside = |edge: &&Edge| scc[edge.head.index()] == scc[edge.reads.index()];
    let edges: Vec<&Edge> = edges.iter().filter(inside).collect();
    let mut shown = vec![false; program.rules.len()];
    for edge in edges.iter().filter(|edge| edge.need != Need::Growing) {
        if shown[edge.rule] {
            continue;
        }
        let back = way(&edges, edge.reads, edge.head, program.rels.len());
        shown[edge.rule] = true;
        back.iter().for_each(|step| shown[step.rule] = true);
        if edge.need == Need::Aggregate {
            obstacles::together(program, edge.rule).for_each(|rule| shown[rule] = true);
        }
        diags.push(message(program, edge, &back));
    }
}

/// The shortest chain of reads from one relation to another.
fn way<'a>(edges: &[&'a Edge], from: RelId, to: RelId, rels: usize) -> Vec<&'a Edge> {
    let mut came: Vec<Option<&Edge>> = vec![None; rels];
    let mut queue = VecDeque::from([from]);
    let mut seen = vec![false; rels];
    seen[from.index()] = true;
    while let Some(at) = queue.pop_front() {
        if at == to {
            break;
        }
        for edge in edges.iter().filter(|edge| edge.head == at) {
            if !std::mem::replace(&mut seen[edge.reads.index()], true) {
                came[edge.reads.index()] = Some(edge);
                queue.push_back(edge.reads);
            }
        }
    }
    let mut steps = Vec::new();
    let mut at = to;
    while let Some(edge) = came[at.index()] {
        steps.push(edge);
        at = edge.head;
    }
    steps.reverse();
    steps
}

fn message(program: &Program, edge: &Edge, back: &[&Edge]) -> Diagnostic {
    let name = |rel: RelId| program.rels[rel.index()].name.as_str();
    let (head, read) = (name(edge.head), name(edge.reads));
    let (code, title, here): (Code, String, String) = match edge.need {
        Need::Not | Need::All | Need::Else | Need::Growing => {
            let how = match edge.need {
                Need::All => "all",
                Need::Else => "else",
                _ => "not",
            };
            (
                codes::NEGATIVE_CYCLE,
                match how {
                    "not" => format!("`{head}` depends on its own negation"),
                    how => format!("`{head}` depends on itself through `{how}`"),
                },
                format!("`{head}` needs every row of `{read}` here, because of the `{how}`"),
            )
        }
        Need::Aggregate => (
            codes::AGGREGATE_CYCLE,
            format!("`{head}` depends on an aggregate over itself"),
            format!("`{head}` aggregates here, so it needs every row of `{read}`"),
        ),
        Need::Reveal => (
            codes::REVEAL_CYCLE,
            format!("`{head}` depends on its own finished value"),
            format!("`{head}` needs the finished value of `{read}` here"),
        ),
    };
    let numbered = !back.is_empty();
    let number = |n: usize| if numbered { format!("{n}. ") } else { String::new() };
    let mut diagnostic =
        Diagnostic::error(code, edge.span, title).at(format!("{}{here}", number(1)));
    for (i, step) in back.iter().enumerate() {
        let text =
            format!("{}`{}` needs `{}` here", number(i + 2), name(step.head), name(step.reads));
        diagnostic = diagnostic.label(step.span, text);
    }
    diagnostic = match edge.need {
        Need::Reveal => why(program, edge, diagnostic),
        Need::Aggregate => obstacles::label(program, &program.rules[edge.rule], diagnostic),
        _ => diagnostic,
    };
    diagnostic
        .note(if numbered {
            "Each of these needs the next one, and the last one the first: none of them can be \
             finished before the others."
        } else {
            "The rule would have to be finished before it can start."
        })
        .help(help(program, edge))
}

/// The uses for which the finished value is needed.
fn why(program: &Program, edge: &Edge, mut diagnostic: Diagnostic) -> Diagnostic {
    let rule = &program.rules[edge.rule];
    for reason in judge::reasons(program, rule) {
        let var = &rule.vars[reason.var.index()];
        diagnostic = diagnostic.label(reason.span, format!("`{}` {}", var.name, reason.why));
    }
    diagnostic
}

/// The way out over time: what the rule finds, the next tick may read.
fn later(program: &Program, head: RelId) -> String {
    let rel = &program.rels[head.index()];
    let cols: Vec<&str> = rel.cols.iter().map(|col| col.name.as_str()).collect();
    let written = format!("`{}({}) <+ …`", rel.name, cols.join(", "));
    let name = &rel.name;
    match rel.kind {
        RelKind::Scratch | RelKind::Table | RelKind::OutputTable => {
            format!("where an answer one tick later will do, write {written} here")
        }
        _ => format!(
            "where an answer one tick later will do, declare `{name}` as a `table` and write \
             {written} here"
        ),
    }
}

fn help(program: &Program, edge: &Edge) -> String {
    let rule = &program.rules[edge.rule];
    let later = later(program, edge.head);
    match edge.need {
        Need::Aggregate => format!("{}; {later}", obstacles::help(program, rule)),
        Need::Reveal => match obstacles::stored(program, rule) {
            Some(help) => help,
            None => format!(
                "use the value only where more of it never takes anything back, such as `>=` on a \
             `Max` and `<=` on a `Min`; or read it in a rule outside of the circle; {later}"
            ),
        },
        _ => format!(
            "let it depend on something that does not hang on `{}`; {later}",
            program.rels[edge.head.index()].name
        ),
    }
}
