//! Rules beside each other: the same rule twice, one column that several rules
//! aggregate into, each on its own, and aggregates that count a row more often
//! than seems meant.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::source::FileId;
use crate::source::SourceMap;
use crate::source::Span;
use crate::types::judge::Sign;
use crate::types::judge::atoms;
use crate::types::judge::lit_vars;
use crate::types::parts::parts;
use crate::types::typed::AggFn;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Role;
use crate::types::typed::Rule;

/// Reports rules that do not mean what they seem to.
pub(super) fn lint(program: &Program, sources: &SourceMap, diags: &mut Vec<Diagnostic>) {
    repeated(program, sources, diags);
    let mut by_head: BTreeMap<RelId, Vec<&Rule>> = BTreeMap::new();
    for rule in program.rules.iter().filter(|rule| !rule.aggs.is_empty()) {
        by_head.entry(rule.head).or_default().push(rule);
        counted(program, rule, diags);
    }
    for rules in by_head.values() {
        for (i, rule) in rules.iter().enumerate() {
            if let Some((first, col)) =
                rules[..i].iter().find_map(|first| Some((first, shared(program, first, rule)?)))
            {
                diags.push(apart(program, first, rule, col));
            }
        }
    }
}

/// The same text twice, whatever the layout.
fn repeated(program: &Program, sources: &SourceMap, diags: &mut Vec<Diagnostic>) {
    // Two instances of a module are written once.
    let mut seen: BTreeMap<(FileId, String), Span> = BTreeMap::new();
    for rule in &program.rules {
        let text: String = sources.text(rule.span).split_whitespace().collect();
        let text = (rule.span.file, text);
        let Some(&first) = seen.get(&text) else {
            seen.insert(text, rule.span);
            continue;
        };
        // One rule of the text may be two of the program.
        if first == rule.span {
            continue;
        }
        let what = if rule.is_fact { "fact" } else { "rule" };
        let title = format!("this {what} is written twice");
        diags.push(
            Diagnostic::warning(codes::REPEATED_RULE, rule.span, title)
                .at("it adds nothing")
                .label(first, "the first")
                .help("take one of them out"),
        );
    }
}

/// A column that both rules aggregate into, for groups that may be the same.
fn shared(program: &Program, a: &Rule, b: &Rule) -> Option<usize> {
    let cols = &program.rels[a.head.index()].cols;
    let differ = a.args.iter().zip(&b.args).any(|(x, y)| match (&x.kind, &y.kind) {
        (ExprKind::Literal(x), ExprKind::Literal(y)) => x != y,
        (ExprKind::Construct(_, x, _), ExprKind::Construct(_, y, _)) => x != y,
        _ => false,
    });
    let both = a.args.iter().zip(&b.args).zip(cols).position(|((x, y), col)| {
        !matches!(col.role, Role::Cell(_)) && totals(a, x) && totals(b, y)
    });
    both.filter(|_| !differ)
}

/// Whether an expression holds an aggregate that another rule's would add to.
fn totals(rule: &Rule, e: &Expr) -> bool {
    if let ExprKind::Agg(n) = e.kind {
        return matches!(
            rule.aggs[n].func,
            AggFn::Count | AggFn::CountDistinct | AggFn::Sum | AggFn::Avg
        );
    }
    let mut found = false;
    parts(e, &mut |part| found |= totals(rule, part));
    found
}

fn apart(program: &Program, first: &Rule, rule: &Rule, col: usize) -> Diagnostic {
    let rel = &program.rels[rule.head.index()];
    let (name, column) = (&rel.name, &rel.cols[col].name);
    let outcome = match rel.cols[col].role {
        Role::Value => format!(
            "If one finds 40 and the other 30 for the same key, `{column}` has two values, a key \
             conflict, and never 70."
        ),
        _ => format!(
            "If one finds 40 and the other 30 for the same group, `{name}` holds both rows, 40 and \
             30, and never 70."
        ),
    };
    let title = format!("two rules aggregate into `{column}` of `{name}`, each on its own");
    Diagnostic::warning(codes::AGGREGATED_APART, rule.head_span, title)
        .at("this rule sees only its own matches")
        .label(first.head_span, "this one its own")
        .note(outcome)
        .help("gather what both count in one view, and aggregate over that")
}

/// Matches are counted, and an atom that only asks whether there is a row
/// makes as many of them as it has rows.
fn counted(program: &Program, rule: &Rule, diags: &mut Vec<Diagnostic>) {
    let Some(agg) = rule.aggs.iter().find(|agg| agg.func.counts_matches()) else { return };
    let mut all: Vec<&Atom> = Vec::new();
    atoms(&rule.body.lits, &mut |atom, sign| {
        if sign == Sign::Positive {
            all.push(atom);
        }
    });
    if all.len() < 2 {
        return;
    }
    for atom in &all {
        let others = used_beside(rule, atom);
        // Counting the rows that belong to something is what `count()` is for.
        let meant = agg.func == AggFn::Count && !is_alone(atom);
        if !meant && asks_only(program, atom, &others) {
            let name = &program.rels[atom.rel.index()].name;
            let title = format!("each row of `{name}` that fits counts, however many there are");
            diags.push(
                Diagnostic::warning(codes::COUNTED_ROWS, atom.span, title)
                    .at("this seems to ask only whether there is one")
                    .label(agg.span, "this looks at every combination of rows")
                    .help(format!(
                        "aggregate distinct values, such as `count(x)`, or read a view that leaves \
                         out the columns of `{name}` that are `_` here"
                    )),
            );
            return;
        }
    }
}

/// Whether an atom has no variable in common with anything.
fn is_alone(atom: &Atom) -> bool {
    !atom.args.iter().any(|arg| matches!(arg.kind, PatKind::Var(_)))
}

/// The variables that stand elsewhere than in an atom.
fn used_beside(rule: &Rule, atom: &Atom) -> FxHashSet<VarId> {
    let mut used = FxHashSet::default();
    for lit in &rule.body.lits {
        let same = matches!(&lit.kind, LitKind::Atom(other) if other.span == atom.span);
        if !same {
            used.extend(lit_vars(lit));
        }
    }
    used
}

/// Whether an atom binds nothing that stands in no other literal, and leaves
/// out a column that tells its rows apart.
fn asks_only(program: &Program, atom: &Atom, others: &FxHashSet<VarId>) -> bool {
    let cols = &program.rels[atom.rel.index()].cols;
    let mut open = false;
    for (arg, col) in atom.args.iter().zip(cols) {
        match &arg.kind {
            PatKind::Wild => open |= matches!(col.role, Role::Key),
            PatKind::Var(v) if others.contains(v) => {}
            PatKind::Expr(_) => {}
            _ => return false,
        }
    }
    open
}
