//! What stands behind an `else` and was probably meant to belong to it. The
//! comma ends the right side, so `p(k, a, b) else a = 0, b = 0` asks of every
//! row that its `b` is 0. Nothing is known of how alternatives are searched.

use super::walk;
use super::walk::Found;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::VarId;
use crate::source::SourceMap;
use crate::source::Span;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;
use crate::types::typed::Program;

/// Reports equations right behind an `else` that fix a variable of its atom.
pub(super) fn lint(program: &Program, sources: &SourceMap, diags: &mut Vec<Diagnostic>) {
    for rule in &program.rules {
        for lit in &rule.body.lits {
            let LitKind::Else { atom, otherwise, outputs } = &lit.kind else { continue };
            let fixed = |v: &VarId| !outputs.contains(v) && mentions(atom, *v);
            let behind = rule.body.lits.iter().find(|other| {
                equation(other).is_some_and(|v| fixed(&v)) && follows(sources, lit, other)
            });
            if let Some(behind) = behind {
                diags.push(warning(sources, lit, otherwise, behind));
            }
        }
    }
}

/// The variable of `v = literal`.
fn equation(lit: &Lit) -> Option<VarId> {
    match &lit.kind {
        LitKind::Bind(pat, Expr { kind: ExprKind::Literal(_) | ExprKind::None, .. }) => {
            match pat.kind {
                PatKind::Var(v) => Some(v),
                _ => None,
            }
        }
        _ => None,
    }
}

fn mentions(atom: &Atom, v: VarId) -> bool {
    let mut found = false;
    for arg in &atom.args {
        walk::pat(arg, &mut |part| {
            found |= matches!(part, Found::Pat(p) if matches!(p.kind, PatKind::Var(w) if w == v));
        });
    }
    found
}

/// Whether one stands right behind the other in the text.
fn follows(sources: &SourceMap, first: &Lit, next: &Lit) -> bool {
    first.span.hi <= next.span.lo
        && sources.text(Span { lo: first.span.hi, hi: next.span.lo, ..first.span }).trim() == ","
}

fn warning(sources: &SourceMap, lit: &Lit, otherwise: &[Lit], behind: &Lit) -> Diagnostic {
    let text = sources.text(behind.span);
    let mut right: Vec<&str> = otherwise.iter().map(|l| sources.text(l.span)).collect();
    right.push(text);
    Diagnostic::warning(codes::OUTSIDE_ELSE, behind.span, format!("`{text}` is no part of `else`"))
        .at("asked of every row, also where there is one")
        .label(lit.span, "this ends before the comma")
        .help(format!("write `else ({})`", right.join(" and ")))
}
