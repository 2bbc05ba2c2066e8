//! Tables that are changed: that nothing brings back what was taken out, and
//! that no event is lost where a row is computed from the one it replaces.

use std::collections::BTreeSet;

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::names::hir;
use crate::names::hir::Given;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::source::Span;
use crate::types::typed::Atom;
use crate::types::typed::Cmp;
use crate::types::typed::Col;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Rel;
use crate::types::typed::Role;
use crate::types::typed::Rule;

use super::walk;

/// Where rows of a table are taken out, by `<-` or `<+-`, with the operator.
pub(super) fn taken_out(hir: &hir::Program, table: RelId) -> Option<(Span, &'static str)> {
    hir.rules.iter().find_map(|rule| match hir.rels.get(rule.head.index())?.kind {
        RelKind::Stage(Stage::Delete, target) if target == table => Some((rule.head_span, "<-")),
        RelKind::Stage(Stage::Replace, target) if target == table => Some((rule.head_span, "<+-")),
        _ => None,
    })
}

/// A rule over state alone into a table from which rows are taken out.
pub(super) fn restores(
    program: &Program,
    rule: &Rule,
    (out, sign): (Span, &str),
    diags: &mut Vec<Diagnostic>,
) {
    let Some(rel) = program.rels.get(rule.head.index()) else { return };
    let name = &rel.name;
    diags.push(
        Diagnostic::error(
            codes::RESTORED,
            rule.head_span,
            format!("this rule would bring back what is taken out of `{name}`"),
        )
        .at("it reads state alone, so it holds in every tick")
        .label(out, format!("rows of `{name}` are taken out here, with `{sign}`"))
        .help(format!(
            "read the event in the body that a row of `{name}` comes from, or let `{name}` be a \
             `view` that leaves out what is gone"
        )),
    );
}

/// A `<+-` that computes a row from the one it replaces makes one update of all
/// matches that give the same row: what tells events apart must reach its head.
pub(super) fn lost(
    program: &Program,
    event: &[bool],
    rule: &Rule,
    target: RelId,
    diags: &mut Vec<Diagnostic>,
) {
    if !rule.aggs.is_empty() {
        return;
    }
    let mut atoms: Vec<&Atom> = Vec::new();
    positive(&rule.body.lits, &mut atoms);
    let Some(table) = program.rels.get(target.index()) else { return };
    let Some(row) = atoms.iter().copied().find(|atom| computes(table, target, rule, atom)) else {
        return;
    };
    let reached = reached(rule);
    for atom in atoms {
        let Some(rel) = program.rels.get(atom.rel.index()) else { continue };
        if !event.get(atom.rel.index()).copied().unwrap_or(false) || comes_alone(rel) {
            continue;
        }
        let apart: Vec<usize> = match &rel.serial {
            Some(by) if by.is_empty() => continue,
            Some(by) => by.clone(),
            None => tells_apart(rel),
        };
        let lacking: Vec<&str> = apart
            .into_iter()
            .filter(|&col| atom.args.get(col).is_some_and(|pat| !is_told(pat, &reached)))
            .filter_map(|col| Some(rel.cols.get(col)?.name.as_str()))
            .collect();
        if !lacking.is_empty() {
            diags.push(message(rel, table, rule, (atom, row), &lacking));
            return;
        }
    }
}

fn message(
    event: &Rel,
    table: &Rel,
    rule: &Rule,
    (atom, row): (&Atom, &Atom),
    lacking: &[&str],
) -> Diagnostic {
    let (name, of) = (&table.name, &event.name);
    let columns = suggest::and_list(lacking);
    let does = if lacking.len() == 1 { "does" } else { "do" };
    let serial = match event.kind {
        _ if event.given.is_some() => String::new(),
        kind if kind.is_incoming() => {
            format!(", or declare `{of}` as `serial`, so that each is alone in its tick")
        }
        _ => String::new(),
    };
    let aggregate = "gather what happens in one tick with an aggregate in the head, such as \
                     `v + count()` or `v + sum(x)`";
    Diagnostic::error(
        codes::LOST_UPDATE,
        rule.head_span,
        format!("two rows of `{of}` in one tick would make one update of `{name}`"),
    )
    .at("both compute the same row, and one of them is lost")
    .label(row.span, "the new row is computed from this one, which it replaces")
    .label(atom.span, format!("{columns} of `{of}` {does} not reach the head"))
    .help(format!("{aggregate}{serial}"))
}

/// Atoms that every match of the conjunction has.
fn positive<'a>(lits: &'a [Lit], out: &mut Vec<&'a Atom>) {
    for lit in lits {
        match &lit.kind {
            LitKind::Atom(atom) | LitKind::Else { atom, .. } => out.push(atom),
            LitKind::Or(branches) => branches.iter().for_each(|lits| positive(lits, out)),
            _ => {}
        }
    }
}

/// Whether the rule reads in this atom the row that it replaces, and computes
/// the new one with what stands in the columns that it replaces.
fn computes(table: &Rel, target: RelId, rule: &Rule, atom: &Atom) -> bool {
    if atom.rel != target {
        return false;
    }
    let cols = || table.cols.iter().zip(&atom.args).zip(&rule.args);
    let same_key =
        cols().filter(|((col, _), _)| is_key(col)).all(|((_, pat), arg)| is_same(pat, arg));
    let mut old = BTreeSet::new();
    for ((_, pat), _) in cols().filter(|((col, _), _)| !is_key(col)) {
        walk::binders(pat, &mut |var, _| {
            old.insert(var);
        });
    }
    let mut used = BTreeSet::new();
    for ((_, pat), arg) in cols().filter(|((col, _), _)| !is_key(col)) {
        // A value that stays is no computation: twice the same is the same.
        if !is_same(pat, arg) {
            walk::reads(arg, &mut |var, _| {
                used.insert(var);
            });
        }
    }
    spread(&rule.body.lits, &mut used);
    same_key && used.iter().any(|var| old.contains(var))
}

fn is_key(col: &Col) -> bool {
    matches!(col.role, Role::Key)
}

/// Whether a pattern and a value of the head are one.
fn is_same(pat: &Pat, arg: &Expr) -> bool {
    match (&pat.kind, &arg.kind) {
        (PatKind::Var(a), ExprKind::Var(b)) => a == b,
        (PatKind::Expr(a), _) => alike(a, arg),
        (PatKind::Tuple(pats), ExprKind::Tuple(args)) => {
            pats.len() == args.len() && pats.iter().zip(args).all(|(p, a)| is_same(p, a))
        }
        _ => false,
    }
}

/// Whether two expressions without anything to compute are written alike.
fn alike(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Var(a), ExprKind::Var(b)) => a == b,
        (ExprKind::Const(a), ExprKind::Const(b)) => a == b,
        (ExprKind::Literal(a), ExprKind::Literal(b)) => a == b,
        // Both say which row is meant; what they compute is seen as the same.
        _ => a.span == b.span,
    }
}

/// The variables on which the head's values hang.
fn reached(rule: &Rule) -> BTreeSet<VarId> {
    let mut vars = BTreeSet::new();
    for arg in &rule.args {
        walk::reads(arg, &mut |var, _| {
            vars.insert(var);
        });
    }
    spread(&rule.body.lits, &mut vars);
    vars
}

/// Adds the variables from which those at hand are computed, and those that are
/// equal to them.
fn spread(lits: &[Lit], vars: &mut BTreeSet<VarId>) {
    loop {
        let before = vars.len();
        spread_once(lits, vars);
        if vars.len() == before {
            return;
        }
    }
}

fn spread_once(lits: &[Lit], vars: &mut BTreeSet<VarId>) {
    for lit in lits {
        match &lit.kind {
            LitKind::Bind(pat, e) => {
                if is_told(pat, vars) {
                    walk::reads(e, &mut |var, _| {
                        vars.insert(var);
                    });
                }
                // `pattern = x`: the parts are as good as the whole.
                if let ExprKind::Var(whole) = &e.kind
                    && vars.contains(whole)
                {
                    walk::pat_vars(pat, &mut |var, _| {
                        vars.insert(var);
                    });
                }
            }
            LitKind::Cond(e) => {
                if let ExprKind::Compare(Cmp::Eq, a, b) = &e.kind
                    && let (ExprKind::Var(a), ExprKind::Var(b)) = (&a.kind, &b.kind)
                    && (vars.contains(a) || vars.contains(b))
                {
                    vars.extend([*a, *b]);
                }
            }
            LitKind::Or(branches) => {
                branches.iter().for_each(|lits| spread_once(lits, vars));
            }
            LitKind::Else { otherwise, .. } => spread_once(otherwise, vars),
            _ => {}
        }
    }
}

/// Events of which a tick has one at most.
fn comes_alone(rel: &Rel) -> bool {
    rel.kind == RelKind::Periodic
        || matches!(rel.given, Some(Given::Startup | Given::Now | Given::Seed))
}

/// The columns that tell the events of one tick apart. The address of a message
/// is the node that reads it.
fn tells_apart(rel: &Rel) -> Vec<usize> {
    let address = rel.at.filter(|_| rel.kind == RelKind::Channel);
    (0..rel.cols.len())
        .filter(|&col| matches!(rel.cols[col].role, Role::Key) && Some(col) != address)
        .collect()
}

/// Whether what stands in a column shows in the head, or is always the same.
fn is_told(pat: &Pat, reached: &BTreeSet<VarId>) -> bool {
    match &pat.kind {
        PatKind::Wild => false,
        PatKind::Var(var) => reached.contains(var),
        PatKind::Tuple(pats) | PatKind::Construct(_, _, pats) => {
            pats.iter().all(|pat| is_told(pat, reached))
        }
        PatKind::Some(pat) => is_told(pat, reached),
        PatKind::None => true,
        PatKind::Expr(e) => {
            let mut told = true;
            walk::reads(e, &mut |var, _| told &= reached.contains(&var));
            told
        }
    }
}
