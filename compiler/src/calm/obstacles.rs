//! What to do where an aggregate stands in its own recursion and may not: why it
//! does not grow, and what would. This room knows words and types; that there
//! is a circle is found elsewhere.

use crate::diag::Diagnostic;
use crate::ids::VarId;
use crate::types::judge;
use crate::types::judge::Obstacle;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::ty::show;
use crate::types::ty::show_lattice;
use crate::types::typed::Agg;
use crate::types::typed::AggFn;
use crate::types::typed::ExprKind;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Role;
use crate::types::typed::Rule;

/// The aggregates that may stand in their own recursion.
const GROWING: &str = "`count`, `sum` of `nat`, `min`, `max`, `any`, `all` and `collect` only grow, \
                       and may be read by thresholds in their own recursion";

/// Shows what keeps a rule from aggregating while its matches are being found.
pub(super) fn label(program: &Program, rule: &Rule, diagnostic: Diagnostic) -> Diagnostic {
    let head = &program.rels[rule.head.index()];
    match judge::obstacle(program, rule) {
        None => diagnostic,
        Some(Obstacle::Aggregate(i)) => diagnostic.label(
            rule.aggs[i].span,
            format!("`{}` may take back what it said", word(rule.aggs[i].func)),
        ),
        Some(Obstacle::Sum(i, ty)) => diagnostic.label(
            rule.aggs[i].span,
            format!("a sum of `{}` may become less as it goes on", show(&ty, program)),
        ),
        Some(Obstacle::Table) => diagnostic.label(
            head.name_span,
            format!("`{}` is a table, and may have other rows too", head.name),
        ),
        Some(Obstacle::Rules(span)) => {
            diagnostic.label(span, format!("`{}` takes rows from this rule too", head.name))
        }
        Some(Obstacle::Head(span)) => {
            diagnostic.label(span, "this does not grow as the aggregate does")
        }
        Some(Obstacle::Grows(var, span)) => diagnostic.label(
            span,
            format!("`{}` still grows here, and is aggregated", rule.vars[var.index()].name),
        ),
    }
}

/// The rules that aggregate into the same collection, where that is what keeps
/// one of them from it: they are told of together.
pub(super) fn together(program: &Program, rule: usize) -> impl Iterator<Item = usize> {
    let this = &program.rules[rule];
    let several = matches!(judge::obstacle(program, this), Some(Obstacle::Rules(_)));
    let head = this.head;
    let same =
        move |(_, other): &(usize, &Rule)| several && other.head == head && !other.aggs.is_empty();
    program.rules.iter().enumerate().filter(same).map(|(index, _)| index)
}

/// What would help.
pub(super) fn help(program: &Program, rule: &Rule) -> String {
    let obstacle = judge::obstacle(program, rule);
    // Where a lattice does what the aggregate does, it does so in any recursion.
    let found = rule.aggs.iter().enumerate().find_map(|(i, agg)| {
        lattice(program, agg).map(|(l, change)| (column(program, rule, i), l, change))
    });
    if let Some((column, lattice, change)) = found {
        return format!(
            "a lattice column may stand in its own recursion: declare {column} as `{lattice}`, \
             and {change}"
        );
    }
    let head = &program.rels[rule.head.index()].name;
    match obstacle {
        Some(Obstacle::Sum(_, Ty::Int | Ty::Nat)) => "sum a `nat`, which is never negative: \
            declare the column that is summed as `nat`, or write `sum(nat(e))`, which fails for \
            what is below 0"
            .to_string(),
        Some(Obstacle::Table) => format!("declare `{head}` as a `view`"),
        Some(Obstacle::Rules(_)) => format!(
            "an aggregate may stand in its own recursion where its rule is the only one of \
             `{head}`: unite what is aggregated in a view, and aggregate over that view"
        ),
        Some(Obstacle::Grows(..)) => "a match counts once, with what it gives then: aggregate a \
            value that is fixed, or aggregate in a rule outside of the circle"
            .to_string(),
        _ => format!("{GROWING}; aggregate otherwise in a rule outside of the circle"),
    }
}

/// What would help where a growing value is stored in a column that holds one
/// value: a column that grows.
pub(super) fn stored(program: &Program, rule: &Rule) -> Option<String> {
    let rel = &program.rels[rule.head.index()];
    judge::reasons(program, rule).iter().find_map(|reason| {
        let is_var = |i: &usize| {
            let arg = rule.args.get(*i);
            arg.is_some_and(|e| matches!(e.kind, ExprKind::Var(v) if v == reason.var))
        };
        let at = (0..rel.cols.len()).find(is_var)?;
        if matches!(rel.cols[at].role, Role::Cell(_)) {
            return None;
        }
        let lattice = show_lattice(&source(program, rule, reason.var)?, program);
        Some(format!(
            "declare the column `{}` of `{}` as `{lattice}`, so that it grows with `{}`; or read \
             the finished value in a rule outside of the circle",
            rel.cols[at].name,
            rel.name,
            rule.vars[reason.var.index()].name
        ))
    })
}

/// The lattice of the column that a variable reads.
fn source(program: &Program, rule: &Rule, var: VarId) -> Option<Lattice> {
    let mut found = None;
    judge::atoms(&rule.body.lits, &mut |atom, _| {
        for (col, pat) in program.rels[atom.rel.index()].cols.iter().zip(&atom.args) {
            if matches!(pat.kind, PatKind::Var(v) if v == var) {
                found = found.take().or(match &col.role {
                    Role::Cell(lattice) => Some(lattice.clone()),
                    Role::Key | Role::Value => col.grows.clone(),
                });
            }
        }
    });
    found
}

/// How the word of an aggregate is written.
pub(crate) fn word(func: AggFn) -> &'static str {
    match func {
        AggFn::Count | AggFn::CountDistinct => "count",
        AggFn::Sum => "sum",
        AggFn::Avg => "avg",
        AggFn::Min => "min",
        AggFn::Max => "max",
        AggFn::Any => "any",
        AggFn::All => "all",
        AggFn::Collect => "collect",
        AggFn::Choose => "choose",
        AggFn::List => "list",
        AggFn::Top => "top",
        AggFn::ArgMin => "argmin",
        AggFn::ArgMax => "argmax",
    }
}

/// The column that an aggregate fills.
fn column(program: &Program, rule: &Rule, agg: usize) -> String {
    let at = rule.args.iter().position(|e| matches!(e.kind, ExprKind::Agg(i) if i == agg));
    match at.and_then(|at| program.rels[rule.head.index()].cols.get(at)) {
        Some(col) => format!("the column `{}`", col.name),
        None => "the column".to_string(),
    }
}

/// The lattice that does in recursion what an aggregate does outside, and what
/// else to change.
fn lattice(program: &Program, agg: &Agg) -> Option<(String, &'static str)> {
    let arg = agg.args.first().map(|e| show(&e.ty.widen(), program)).unwrap_or_default();
    let by = match agg.by.as_slice() {
        [(one, false)] => Some(show(&one.ty.widen(), program)),
        _ => None,
    };
    match agg.func {
        AggFn::Min => Some((format!("Min<{arg}>"), "drop the `min`")),
        AggFn::Max => Some((format!("Max<{arg}>"), "drop the `max`")),
        AggFn::ArgMin => {
            Some((format!("Min<({}, {arg})>", by?), "write the pair instead of `argmin`"))
        }
        AggFn::ArgMax => {
            Some((format!("Max<({}, {arg})>", by?), "write the pair instead of `argmax`"))
        }
        AggFn::Any => Some(("Any".to_string(), "drop the `any`")),
        AggFn::All => Some(("All".to_string(), "drop the `all`")),
        AggFn::Collect => Some((format!("Set<{arg}>"), "write `{e}` instead of `collect(e)`")),
        AggFn::Count
        | AggFn::CountDistinct
        | AggFn::Sum
        | AggFn::Avg
        | AggFn::Choose
        | AggFn::List
        | AggFn::Top => None,
    }
}
