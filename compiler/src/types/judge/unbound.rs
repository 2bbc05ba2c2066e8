//! What to say when a variable of a rule has no value. It only finds words: that
//! something is wrong was settled before.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::ids::VarId;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::source::Span;
use crate::types::ty::Ty;
use crate::types::ty::show;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Rel;
use crate::types::typed::Rule;

use super::walk;

/// Why a rule is unsafe.
#[derive(Debug)]
pub(super) enum Problem {
    /// Nothing gives the variable a value.
    Unbound(VarId),
    /// Literals (and the variables they wait for) that wait for each other.
    Circle(Vec<(Span, VarId)>),
    /// Some branches of an `or` give a value, some do not.
    Or { var: VarId, with: Vec<Span>, without: Vec<Span> },
    /// One side of an `else` gives a value, the other does not.
    Else { var: VarId, with: Span, without: Span },
}

/// The message.
pub(super) fn message(program: &Program, rule: &Rule, problem: &Problem) -> Diagnostic {
    match problem {
        Problem::Unbound(v) => unbound(program, rule, *v),
        Problem::Circle(steps) => circle(rule, steps),
        Problem::Or { var, with, without } => or(rule, *var, with, without),
        Problem::Else { var, with, without } => otherwise(rule, *var, *with, *without),
    }
}

/// Where a variable stands without getting a value there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    Not,
    All,
    Test,
    Value,
    Argument,
}

impl Place {
    fn says(self, name: &str) -> String {
        match self {
            Place::Head => format!("the head needs a value for `{name}`"),
            Place::Not => "`not` only tests, it gives no value".to_string(),
            Place::All => "`all` only tests, it gives no value".to_string(),
            Place::Test => "a condition only tests, it gives no value".to_string(),
            Place::Value => format!("this needs a value for `{name}`"),
            Place::Argument => "an expression here is compared, it gives no value".to_string(),
        }
    }
}

fn places(rule: &Rule, var: VarId) -> Vec<(Place, Span)> {
    let mut out = Vec::new();
    walk::head_exprs(rule, &mut |e| {
        walk::reads(e, &mut |v, span| {
            if v == var {
                out.push((Place::Head, span));
            }
        });
    });
    places_in(&rule.body.lits, var, None, &mut out);
    // One label a line is enough for each way of standing there.
    let mut seen: Vec<Place> = Vec::new();
    out.retain(|(place, _)| {
        let new = !seen.contains(place);
        seen.push(*place);
        new
    });
    out
}

fn places_in(lits: &[Lit], var: VarId, under: Option<Place>, out: &mut Vec<(Place, Span)>) {
    for lit in lits {
        let mut note = |place: Place, v: VarId, span: Span| {
            if v == var {
                out.push((under.unwrap_or(place), span));
            }
        };
        match &lit.kind {
            LitKind::Atom(atom) => {
                walk::atom_vars(atom, &mut |v, span| note(Place::Argument, v, span));
            }
            LitKind::Cond(e) => walk::reads(e, &mut |v, span| note(Place::Test, v, span)),
            LitKind::Bind(p, e) | LitKind::In(p, e) => {
                walk::pat_vars(p, &mut |v, span| note(Place::Value, v, span));
                walk::reads(e, &mut |v, span| note(Place::Value, v, span));
            }
            LitKind::Not(lits) => places_in(lits, var, under.or(Some(Place::Not)), out),
            LitKind::Or(branches) => {
                branches.iter().for_each(|branch| places_in(branch, var, under, out));
            }
            LitKind::Else { atom, otherwise, .. } => {
                walk::atom_vars(atom, &mut |v, span| note(Place::Argument, v, span));
                places_in(otherwise, var, under, out);
            }
            LitKind::All { range, lits, .. } => {
                walk::reads(range, &mut |v, span| note(Place::Value, v, span));
                places_in(lits, var, under.or(Some(Place::All)), out);
            }
        }
    }
}

fn unbound(program: &Program, rule: &Rule, var: VarId) -> Diagnostic {
    let info = &rule.vars[var.index()];
    let name = &info.name;
    let places = places(rule, var);
    let (place, span) = places.first().copied().unwrap_or((Place::Head, info.span));
    if rule.body.lits.is_empty() {
        return fact(name, &info.ty, span);
    }
    let mut diagnostic = Diagnostic::error(codes::UNBOUND, span, format!("`{name}` has no value"))
        .at(place.says(name));
    // A head with `<-` is looked for as well: one label says both.
    for (place, span) in places.iter().skip(1).filter(|(_, s)| *s != span).take(3) {
        diagnostic = diagnostic.label(*span, place.says(name));
    }
    if is_deletion(program, rule) && places.iter().all(|(_, s)| *s == span) {
        return diagnostic
            .note("A head with `<-` says which rows go: every variable in it has a value.")
            .help("write `_` for any value, or give it a value in the body")
            .fix("write `_`", span, "_");
    }
    let others: Vec<&str> = rule
        .vars
        .iter()
        .filter(|v| v.name != *name && !v.name.starts_with('_'))
        .map(|v| v.name.as_str())
        .collect();
    if let Some(near) = suggest::closest(name, others) {
        return diagnostic
            .note("No atom of the body has it as an argument, and no `=` or `in` defines it.")
            .help(format!("did you mean `{near}`?"));
    }
    let diagnostic = diagnostic.note(
        "A variable gets its value from an atom that holds, from `=` or from `in`; otherwise it \
         could be anything.",
    );
    if places.iter().all(|(place, _)| *place == Place::Test) {
        return diagnostic.help(constant(program, name, &info.ty));
    }
    if places.iter().all(|(place, _)| *place == Place::Not) && in_denied_atom(rule, var) {
        let diagnostic = diagnostic
            .help(format!("write `_` for any value, or bind `{name}` with an atom that holds"));
        let mut uses = 0;
        walk::lits_vars(&rule.body.lits, &mut |v, _| uses += usize::from(v == var));
        return if uses == 1 { diagnostic.fix("write `_`", span, "_") } else { diagnostic };
    }
    diagnostic.help(advice(program, rule, name, &info.ty))
}

fn is_deletion(program: &Program, rule: &Rule) -> bool {
    let head = program.rels.get(rule.head.index());
    head.is_some_and(|rel| matches!(rel.kind, RelKind::Stage(Stage::Delete, _)))
}

/// Whether a negated atom has the variable as an argument.
fn in_denied_atom(rule: &Rule, var: VarId) -> bool {
    let mut found = false;
    walk::atoms(&rule.body.lits, &mut |atom, sign| {
        if sign == walk::Sign::Negated {
            atom.args.iter().for_each(|p| walk::binders(p, &mut |v, _| found |= v == var));
        }
    });
    found
}

/// What is only compared with is a constant more often than not.
fn constant(program: &Program, name: &str, ty: &Ty) -> String {
    let ty = match ty {
        Ty::Error => String::new(),
        ty => format!(": {}", show(ty, program)),
    };
    format!(
        "if `{name}` is a constant, declare it: `const {name}{ty} = …;`; else give it a value in \
         the body, with an atom or with `{name} = …`"
    )
}

fn fact(name: &str, ty: &Ty, span: Span) -> Diagnostic {
    let diagnostic = Diagnostic::error(codes::UNBOUND, span, format!("`{name}` has no value"))
        .at("a fact has no body that could give it one");
    if matches!(ty, Ty::Str | Ty::Node) {
        return diagnostic.help("a text stands in quotes; without them it is a variable").fix(
            "write the text",
            span,
            format!("\"{name}\""),
        );
    }
    diagnostic
        .help("write a value, or make it a rule: a body after `<=` says where values come from")
}

/// What could bind it: a `_` in the body that has the type, or a collection.
fn advice(program: &Program, rule: &Rule, name: &str, ty: &Ty) -> String {
    let fits = |t: &Ty| t.widen() == ty.widen() && *t != Ty::Error;
    let mut blank: Option<(&Rel, usize)> = None;
    walk::atoms(&rule.body.lits, &mut |atom, sign| {
        let Some(rel) = program.rels.get(atom.rel.index()) else { return };
        let column =
            atom.args.iter().position(|p: &Pat| matches!(p.kind, PatKind::Wild) && fits(&p.ty));
        if let (None, walk::Sign::Positive, Some(column)) = (blank, sign, column) {
            blank = Some((rel, column));
        }
    });
    if let Some((rel, column)) = blank {
        let column_name = &rel.cols[column].name;
        return format!(
            "if `{name}` is the column `{column_name}` of `{}`, write `{name}` in place of the `_` \
             there",
            rel.name
        );
    }
    // What the body reads already is nearer than what it does not.
    let mut rels: Vec<usize> = Vec::new();
    walk::atoms(&rule.body.lits, &mut |atom, sign| {
        if sign == walk::Sign::Positive {
            rels.push(atom.rel.index());
        }
    });
    rels.extend(0..program.rels.len());
    let candidate = rels
        .iter()
        .filter(|id| **id != rule.head.index())
        .filter_map(|id| program.rels.get(*id))
        .filter(|rel| !rel.kind.is_hidden() && rel.given.is_none())
        .find_map(|rel| rel.cols.iter().position(|col| fits(&col.ty)).map(|at| (rel, at)));
    match candidate {
        Some((rel, column)) => {
            let args: Vec<&str> =
                (0..rel.cols.len()).map(|i| if i == column { name } else { "_" }).collect();
            let atom = format!("{}({})", rel.name, args.join(", "));
            format!("give it a value in the body, for example with the atom `{atom}`")
        }
        None => format!("give it a value in the body, with an atom or with `{name} = …`"),
    }
}

fn circle(rule: &Rule, steps: &[(Span, VarId)]) -> Diagnostic {
    let name = |v: VarId| rule.vars.get(v.index()).map_or("_", |var| var.name.as_str());
    let Some(((span, var), rest)) = steps.split_first() else {
        return Diagnostic::error(codes::CIRCULAR, rule.span, "the literals wait for each other");
    };
    if rest.is_empty() {
        let x = name(*var);
        return Diagnostic::error(codes::CIRCULAR, *span, format!("`{x}` is defined by itself"))
            .at(format!("`{x}` needs its own value here"))
            .note("A variable has one value in a match of a rule; it is never assigned anew.")
            .help(format!("give the new value a name of its own, such as `{x}2`"));
    }
    let mut names: Vec<&str> = steps.iter().map(|(_, v)| name(*v)).collect();
    names.sort_unstable();
    names.dedup();
    let title = format!("{} need each other's value", suggest::and_list(&names));
    let mut diagnostic = Diagnostic::error(codes::CIRCULAR, *span, title)
        .at(format!("this needs a value for `{}`", name(*var)));
    for (span, var) in rest {
        diagnostic = diagnostic.label(*span, format!("and this one for `{}`", name(*var)));
    }
    diagnostic
        .note("Each definition waits for the other, so none of them can be the first.")
        .help(format!("bind one of them independently, for example `{}` with an atom", names[0]))
}

fn or(rule: &Rule, var: VarId, with: &[Span], without: &[Span]) -> Diagnostic {
    let name = &rule.vars[var.index()].name;
    let main = without.first().copied().unwrap_or(rule.span);
    let title = format!("`{name}` has no value in one branch of `or`");
    let mut diagnostic = Diagnostic::error(codes::OR_UNBOUND, main, title)
        .at(format!("this branch gives `{name}` no value"));
    for span in without.iter().skip(1) {
        diagnostic = diagnostic.label(*span, "nor does this one");
    }
    if let Some(span) = with.first() {
        diagnostic = diagnostic.label(*span, "this branch does");
    }
    if let Some(span) = outside(rule, var, with, without) {
        diagnostic = diagnostic.label(span, "the value is used here");
    }
    diagnostic
        .note("A match takes one branch; what is used outside must have a value in each of them.")
        .help(format!("bind `{name}` in every branch, or outside of the `or`"))
}

fn otherwise(rule: &Rule, var: VarId, with: Span, without: Span) -> Diagnostic {
    let name = &rule.vars[var.index()].name;
    let title = format!("`{name}` has a value on one side of `else` only");
    let mut diagnostic = Diagnostic::error(codes::ELSE_UNBOUND, without, title)
        .at(format!("this side gives `{name}` no value"))
        .label(with, "this side does");
    if let Some(span) = outside(rule, var, &[with], &[without]) {
        diagnostic = diagnostic.label(span, "the value is used here");
    }
    diagnostic.help(if with.lo < without.lo {
        format!("add `{name} = …` after `else`, or bind `{name}` with another atom")
    } else {
        format!("use `{name}` in the atom before `else`, or bind it with another atom")
    })
}

/// The first place of a variable that is in none of the spans.
fn outside(rule: &Rule, var: VarId, with: &[Span], without: &[Span]) -> Option<Span> {
    let inside = |at: Span| with.iter().chain(without).any(|s| s.lo <= at.lo && at.hi <= s.hi);
    let mut found: Option<Span> = None;
    let mut note = |v: VarId, span: Span| {
        if v == var && found.is_none() && !inside(span) {
            found = Some(span);
        }
    };
    walk::head_exprs(rule, &mut |e| walk::reads(e, &mut note));
    walk::lits_vars(&rule.body.lits, &mut note);
    found
}
