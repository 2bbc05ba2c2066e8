//! Plans of programs that tick. What stays from tick to tick and what goes is
//! told here, once, for the plan and for those that run it. When a tick begins
//! and what it does is not known.

use crate::calm::strata::stratify;
use crate::ids::RelId;
use crate::names::hir::Given;
use crate::names::hir::RelKind;
use crate::plan::build::Sizes;
use crate::plan::build::build;
use crate::plan::ir;
use crate::plan::ir::Life;
use crate::types::judge::atoms;
use crate::types::typed;

/// The plan of a program without errors for many ticks, given the rows that
/// its relations have.
pub fn plan(program: &typed::Program, rows: Vec<Option<u64>>) -> ir::Program {
    let strata = stratify(program, &mut Vec::new());
    build(program, &strata, &Sizes { rows, distinct: Vec::new(), ticks: true })
}

/// Whether a program goes on from tick to tick by itself: it puts something
/// aside for later, or waits for what comes.
pub fn ticks(program: &typed::Program) -> bool {
    let later = |rel: &typed::Rel| {
        matches!(
            rel.kind,
            RelKind::Stage(..) | RelKind::Channel | RelKind::Timer | RelKind::Periodic
        )
    };
    let mut found = false;
    for rule in &program.rules {
        found |= later(&program.rels[rule.head.index()]);
        atoms(&rule.body.lits, &mut |atom, _| {
            let rel = &program.rels[atom.rel.index()];
            found |= later(rel) || rel.given == Some(Given::Stdin);
        });
    }
    found
}

/// What becomes of each relation's rows when a tick ends.
pub(super) fn lives(program: &typed::Program, news: &[(RelId, RelId)]) -> Vec<Life> {
    let is_news = |rel: usize| news.iter().any(|(_, new)| new.index() == rel);
    let life = |(at, rel): (usize, &typed::Rel)| match rel.kind {
        _ if rel.event || is_news(at) => Life::Tick,
        kind if kind.is_table() || kind == RelKind::InputView => Life::Kept,
        _ => Life::Follows,
    };
    let mut lives: Vec<Life> = program.rels.iter().enumerate().map(life).collect();
    loop {
        let mut is_still = true;
        for rule in &program.rules {
            let head = rule.head.index();
            if lives[head] == Life::Follows {
                atoms(&rule.body.lits, &mut |atom, _| {
                    if lives[atom.rel.index()] == Life::Tick {
                        lives[head] = Life::Tick;
                        is_still = false;
                    }
                });
            }
        }
        if is_still {
            return lives;
        }
    }
}
