//! What is typed outside rules: constants, functions and the defaults of
//! columns. Constants may use each other; that they do so in a circle was ruled
//! out before.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::ConstId;
use crate::ids::FnId;
use crate::ids::RelId;
use crate::names::hir;
use crate::names::hir::ExprKind as E;
use crate::types::aggregates;
use crate::types::builtins;
use crate::types::context::Cx;
use crate::types::context::Env;
use crate::types::context::Why;
use crate::types::elaborate::Elab;
use crate::types::schema::plain;
use crate::types::ty::Ty;
use crate::types::typed;
use crate::types::unify::T;

/// Stands where an expression had errors, or where there will be one later.
fn nothing(ty: Ty, span: crate::source::Span) -> typed::Expr {
    typed::Expr { kind: typed::ExprKind::Tuple(Vec::new()), ty, span }
}

/// Types the constants, those that others use first.
pub(crate) fn consts<'a>(
    env: &mut Env<'a>,
    program: &'a hir::Program,
    diags: &mut Vec<Diagnostic>,
) -> Vec<typed::Const> {
    let mut done: Vec<Option<typed::Const>> = program.consts.iter().map(|_| None).collect();
    let mut state = vec![State::New; program.consts.len()];
    for i in 0..program.consts.len() {
        visit(env, program, ConstId(i as u32), &mut state, &mut done, diags);
    }
    program
        .consts
        .iter()
        .zip(done)
        .zip(&env.consts)
        .map(|((c, typed), ty)| {
            let broken = || typed::Const {
                name: c.name.clone(),
                value: nothing(ty.clone(), c.value.span),
                span: c.span,
            };
            typed.unwrap_or_else(broken)
        })
        .collect()
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

fn visit<'a>(
    env: &mut Env<'a>,
    program: &'a hir::Program,
    id: ConstId,
    state: &mut [State],
    done: &mut [Option<typed::Const>],
    diags: &mut Vec<Diagnostic>,
) {
    match state[id.index()] {
        // `Open` is a circle, which was reported when names were resolved.
        State::Done | State::Open => return,
        State::New => {}
    }
    state[id.index()] = State::Open;
    let decl = &program.consts[id.index()];
    let mut needs = Vec::new();
    let mut seen = vec![false; program.fns.len()];
    uses(program, &decl.value, &mut needs, &mut seen);
    let said = diags.len();
    for next in needs {
        visit(env, program, next, state, done, diags);
    }
    state[id.index()] = State::Done;
    if diags.len() > said {
        // What it needs has no type; its own would be a guess.
        env.consts[id.index()] = decl.ty.as_ref().map_or(Ty::Error, plain);
        return;
    }
    let want = decl.ty.as_ref().map(plain);
    let value = closed(env, &decl.value, want.as_ref(), Why::Const(id), diags);
    env.consts[id.index()] =
        want.or_else(|| value.as_ref().map(|v| v.ty.clone())).unwrap_or(Ty::Error);
    done[id.index()] = value.map(|mut value| {
        value.ty.clone_from(&env.consts[id.index()]);
        typed::Const { name: decl.name.clone(), value, span: decl.span }
    });
}

/// The constants that an expression uses, also through functions.
fn uses(program: &hir::Program, e: &hir::Expr, needs: &mut Vec<ConstId>, seen: &mut [bool]) {
    match &e.kind {
        E::Const(c) if !needs.contains(c) => needs.push(*c),
        E::Call(f, _) => {
            if let Some(s @ false) = seen.get_mut(f.index()) {
                *s = true;
                uses(program, &program.fns[f.index()].body, needs, seen);
            }
        }
        _ => {}
    }
    for child in e.children() {
        uses(program, child, needs, seen);
    }
}

/// An expression without variables; `None` when it has errors.
fn closed<'a>(
    env: &Env<'a>,
    e: &'a hir::Expr,
    want: Option<&Ty>,
    why: Why<'a>,
    diags: &mut Vec<Diagnostic>,
) -> Option<typed::Expr> {
    if let Some(span) = variable_in(e) {
        diags.push(
            Diagnostic::error(codes::NOT_CONSTANT, span, "there are no variables here")
                .note("Constants and defaults are computed before any row is read.")
                .help("use literals, constants and functions"),
        );
        return None;
    }
    let mut cx = Cx::new(env);
    cx.enter(&[]);
    match want {
        Some(want) => {
            cx.check(e, &T::from(want), why);
        }
        None => {
            cx.expr(e);
        }
    }
    let mut solved = cx.solve();
    diags.append(&mut solved.diags);
    if solved.scopes[0].bad {
        return None;
    }
    let mut elab = Elab::new(env, &solved, &solved.scopes[0]);
    let value = match want {
        Some(want) => elab.fitted(e, want, why),
        None => elab.expr(e),
    };
    let bad = elab.diags.iter().any(Diagnostic::is_error);
    diags.append(&mut elab.diags);
    (!bad).then_some(value)
}

/// The first variable of an expression, also one that a pattern binds.
fn variable_in(e: &hir::Expr) -> Option<crate::source::Span> {
    fn in_pattern(p: &hir::Pat) -> Option<crate::source::Span> {
        match &p.kind {
            hir::PatKind::Var(_) => Some(p.span),
            hir::PatKind::Tuple(ps)
            | hir::PatKind::Construct(_, _, ps)
            | hir::PatKind::Record(_, ps) => ps.iter().find_map(in_pattern),
            hir::PatKind::Some(p) => in_pattern(p),
            hir::PatKind::Expr(e) => variable_in(e),
            hir::PatKind::Wild | hir::PatKind::None => None,
        }
    }
    match &e.kind {
        E::Var(_) => return Some(e.span),
        E::Match(_, arms) => {
            if let Some(span) = arms.iter().find_map(|(p, _)| in_pattern(p)) {
                return Some(span);
            }
        }
        _ => {}
    }
    e.children().into_iter().find_map(variable_in)
}

/// Types the defaults of columns.
pub(crate) fn defaults<'a>(
    env: &mut Env<'a>,
    program: &'a hir::Program,
    diags: &mut Vec<Diagnostic>,
) {
    for (r, rel) in program.rels.iter().enumerate() {
        for (i, col) in rel.cols.iter().enumerate() {
            let ty = env.rels[r].cols[i].ty.clone();
            let default = match &col.default {
                None => None,
                Some(hir::Default::Line(span)) => {
                    if !matches!(ty, Ty::Int | Ty::Nat | Ty::Error) {
                        diags.push(
                            Diagnostic::error(
                                codes::LINE_DEFAULT,
                                *span,
                                format!("`line` is a number, but column `{}` is not", col.name),
                            )
                            .label(col.span, "this column")
                            .help("make it a `nat`"),
                        );
                    }
                    Some(typed::Default::Line)
                }
                Some(hir::Default::Value(e)) => {
                    let why = Why::Column(RelId(r as u32), i);
                    closed(env, e, Some(&ty), why, diags).map(typed::Default::Value)
                }
            };
            env.rels[r].cols[i].default = default;
        }
        if let Some(every) = &rel.every {
            let why = Why::Wanted("the time between two events");
            env.rels[r].every = closed(env, every, Some(&Ty::Duration), why, diags);
        }
    }
}

/// Types the functions.
pub(crate) fn fns<'a>(
    env: &Env<'a>,
    program: &'a hir::Program,
    diags: &mut Vec<Diagnostic>,
) -> Vec<typed::Fn> {
    program
        .fns
        .iter()
        .enumerate()
        .map(|(i, f)| {
            own_name(f, diags);
            function(env, FnId(i as u32), f, diags)
        })
        .collect()
}

/// A word of the language keeps its meaning.
fn own_name(f: &hir::Fn, diags: &mut Vec<Diagnostic>) {
    let what = if aggregates::forms(&f.name).is_some() || f.name == "desc" {
        "an aggregate"
    } else if builtins::find(&f.name).is_some() {
        "a function"
    } else {
        return;
    };
    diags.push(
        Diagnostic::error(
            codes::NAME_OF_THE_LANGUAGE,
            f.name_span,
            format!("`{}` is {what} of the language", f.name),
        )
        .help("give the function another name"),
    );
}

fn function<'a>(env: &Env<'a>, id: FnId, f: &'a hir::Fn, diags: &mut Vec<Diagnostic>) -> typed::Fn {
    let (params, ret) = env.fns[id.index()].clone();
    let mut cx = Cx::new(env);
    cx.enter(&f.vars);
    for (i, (v, t)) in f.params.iter().enumerate() {
        let var = cx.var(*v);
        cx.uni.unify(&var, &T::from(&params[i]));
        cx.note_origin(*v, t.span, Some(Why::Param(id, i)));
    }
    cx.check(&f.body, &T::from(&ret), Why::Return(id));
    let mut solved = cx.solve();
    diags.append(&mut solved.diags);
    let mut elab = Elab::new(env, &solved, &solved.scopes[0]);
    for ((v, _), ty) in f.params.iter().zip(&params) {
        if let Some(slot) = elab.vars.get_mut(v.index()) {
            slot.clone_from(ty);
        }
    }
    let body = if solved.scopes[0].bad {
        nothing(Ty::Error, f.body.span)
    } else {
        elab.fitted(&f.body, &ret, Why::Return(id))
    };
    diags.append(&mut elab.diags);
    typed::Fn {
        name: f.name.clone(),
        params: f.params.iter().map(|(v, _)| *v).collect(),
        body,
        vars: elab.typed_vars(),
        fallible: false,
        span: f.span,
    }
}
