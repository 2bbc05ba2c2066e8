//! What inference carries: the program as far as its types are known, and,
//! for each rule or function under way, the types of its variables and what
//! still waits for them. It knows no form of expression.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::diag::Diagnostic;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::names::hir;
use crate::source::Span;
use crate::types::deferred::Deferred;
use crate::types::ty::Ty;
use crate::types::typed;
use crate::types::typed::AggFn;
use crate::types::unify::T;
use crate::types::unify::Unifier;

/// The program as far as its types are known.
pub(crate) struct Env<'a> {
    pub hir: &'a hir::Program,
    pub rels: Vec<typed::Rel>,
    pub enums: Vec<typed::Enum>,
    pub records: Vec<typed::Record>,
    /// Parameters and results of the functions.
    pub fns: Vec<(Vec<Ty>, Ty)>,
    pub consts: Vec<Ty>,
}

/// Why a type is wanted where it is: the other half of every message.
#[derive(Clone, Copy)]
pub(crate) enum Why<'a> {
    Column(RelId, usize),
    Param(crate::ids::FnId, usize),
    Field(crate::ids::RecordId, usize),
    Payload(crate::ids::EnumId, usize, usize),
    Return(crate::ids::FnId),
    Const(crate::ids::ConstId),
    /// Like another of the same list, set, map or match.
    Like(&'static str, Span),
    /// The value that a pattern takes apart.
    Value(&'a hir::Expr),
    /// An operator or function wants it.
    Wanted(&'a str),
}

/// Where a variable got its type.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub span: Span,
    pub why: Option<Why<'a>>,
}

/// An aggregate found in a head.
#[derive(Clone)]
pub(crate) struct AggUse<'a> {
    pub expr: &'a hir::Expr,
    pub func: AggFn,
    pub name: &'a str,
    pub args: &'a [hir::Expr],
    pub by: Option<&'a hir::Expr>,
}

/// Whether aggregates may stand here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Head,
    InAggregate,
    Body,
}

/// One rule, function, constant or default under way.
pub(crate) struct Scope<'a> {
    pub names: &'a [hir::Var],
    pub vars: Vec<T>,
    pub origins: Vec<Option<Origin<'a>>>,
    /// Variables about which enough was said.
    pub silent: Vec<bool>,
    /// The body, if it is a rule.
    pub body: &'a [hir::Lit],
    pub place: Place,
    pub aggs: Vec<AggUse<'a>>,
    /// It has an error and goes no further.
    pub bad: bool,
}

/// Inference of one group of rules that share unknowns.
pub(crate) struct Cx<'e, 'a> {
    pub env: &'e Env<'a>,
    pub uni: Unifier,
    /// Columns whose types this group finds out.
    pub open: BTreeMap<RelId, Vec<T>>,
    /// Type of every expression, by its place in the tree. Never iterated.
    pub nodes: FxHashMap<*const hir::Expr, T>,
    pub scopes: Vec<Scope<'a>>,
    pub current: usize,
    pub waiting: Vec<Deferred<'a>>,
    pub diags: Vec<Diagnostic>,
}

impl<'e, 'a> Cx<'e, 'a> {
    pub fn new(env: &'e Env<'a>) -> Cx<'e, 'a> {
        Cx {
            env,
            uni: Unifier::default(),
            open: BTreeMap::new(),
            nodes: FxHashMap::default(),
            scopes: Vec::new(),
            current: 0,
            waiting: Vec::new(),
            diags: Vec::new(),
        }
    }

    /// Begins a rule or function with these variables.
    pub fn enter(&mut self, names: &'a [hir::Var]) {
        let vars = names.iter().map(|_| self.uni.fresh()).collect();
        self.scopes.push(Scope {
            names,
            vars,
            origins: vec![None; names.len()],
            silent: vec![false; names.len()],
            body: &[],
            place: Place::Body,
            aggs: Vec::new(),
            bad: false,
        });
        self.current = self.scopes.len() - 1;
    }

    pub fn scope(&mut self) -> &mut Scope<'a> {
        &mut self.scopes[self.current]
    }

    /// Reports an error; the rule goes no further than inference.
    pub fn error(&mut self, diagnostic: Diagnostic) {
        self.scope().bad = true;
        self.diags.push(diagnostic);
    }

    /// The type of a variable. One that is not declared (a variable where
    /// only constants may stand) was reported by the phase before.
    pub fn var(&self, v: VarId) -> T {
        self.scopes[self.current].vars.get(v.index()).cloned().unwrap_or(T::Error)
    }

    /// The type of a column.
    pub fn column(&self, rel: RelId, i: usize) -> T {
        match self.open.get(&rel) {
            Some(cols) => cols.get(i).cloned().unwrap_or(T::Error),
            None => {
                let col = self.env.rels.get(rel.index()).and_then(|r| r.cols.get(i));
                col.map_or(T::Error, |c| T::from(&c.ty))
            }
        }
    }

    /// Notes where a variable got its type, once something is known.
    pub fn note_origin(&mut self, v: VarId, span: Span, why: Option<Why<'a>>) {
        let known = !self.uni.is_free(&self.var(v));
        if let Some(slot @ None) = self.scope().origins.get_mut(v.index())
            && known
        {
            *slot = Some(Origin { span, why });
        }
    }
}

/// What inference found out, for the second look.
pub(crate) struct Solved<'a> {
    pub uni: Unifier,
    pub open: BTreeMap<RelId, Vec<T>>,
    pub nodes: FxHashMap<*const hir::Expr, T>,
    pub scopes: Vec<Scope<'a>>,
    pub diags: Vec<Diagnostic>,
}

impl<'a> Cx<'_, 'a> {
    /// Decides what is left and lets go of the program.
    pub fn solve(mut self) -> Solved<'a> {
        self.finish();
        Solved {
            uni: self.uni,
            open: self.open,
            nodes: self.nodes,
            scopes: self.scopes,
            diags: self.diags,
        }
    }
}

/// The variable that an expression is, if it is just one.
pub(crate) fn as_var(e: &hir::Expr) -> Option<VarId> {
    match e.kind {
        hir::ExprKind::Var(v) => Some(v),
        _ => None,
    }
}

/// Calls `f` with every variable that stands in an expression, in order.
pub(crate) fn each_var(e: &hir::Expr, f: &mut dyn FnMut(VarId)) {
    e.each(&mut |part| as_var(part).into_iter().for_each(&mut *f));
}
