//! Which lattice `join` and `leq` mean. A value does not show how it merges (an
//! int may be a `Max` or a `Min`), so the declared types that it comes from are
//! followed through the rule. This room must not know what grows.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::names::hir;
use crate::names::hir::TypeKind as K;
use crate::types::builtins::Func;
use crate::types::parts::parts_mut;
use crate::types::schema;
use crate::types::ty;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::typed;
use crate::types::typed::Cmp;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind as E;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Logic;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;

/// Puts the operation that is meant in the place of every `join` and `leq`.
pub(crate) fn resolve(
    program: &mut typed::Program,
    hir: &hir::Program,
    diags: &mut Vec<Diagnostic>,
) {
    for (index, function) in hir.fns.iter().enumerate() {
        let Some(typed) = program.fns.get(index) else { continue };
        let mut body = typed.body.clone();
        let mut cx = Cx::new(hir, typed.vars.len());
        for (var, ty) in &function.params {
            cx.note(*var, ty);
        }
        cx.expr(&mut body, Some(&function.ret));
        diags.append(&mut cx.diags);
        program.fns[index].body = body;
    }
    for index in 0..program.consts.len() {
        let want = hir.consts.get(index).and_then(|c| c.ty.as_ref());
        let mut cx = Cx::new(hir, 0);
        cx.expr(&mut program.consts[index].value, want);
        diags.append(&mut cx.diags);
    }
    for rule in &mut program.rules {
        let mut cx = Cx::new(hir, rule.vars.len());
        // A literal may stand before those that its variables come from.
        while cx.lits_forms(&rule.body.lits) {}
        cx.lits(&mut rule.body.lits);
        for (i, arg) in rule.args.iter_mut().enumerate() {
            let want = cx.column(rule.head, i);
            cx.expr(arg, want);
        }
        for agg in &mut rule.aggs {
            let by = agg.by.iter_mut().map(|(e, _)| e);
            agg.args.iter_mut().chain(by).for_each(|e| cx.expr(e, None));
        }
        diags.append(&mut cx.diags);
    }
}

struct Cx<'a> {
    hir: &'a hir::Program,
    /// The declared types that the variables have, as far as they are known.
    vars: Vec<Option<hir::Type>>,
    diags: Vec<Diagnostic>,
}

impl<'a> Cx<'a> {
    fn new(hir: &'a hir::Program, vars: usize) -> Cx<'a> {
        Cx { hir, vars: vec![None; vars], diags: Vec::new() }
    }

    fn column(&self, rel: crate::ids::RelId, i: usize) -> Option<&'a hir::Type> {
        self.hir.rels.get(rel.index())?.cols.get(i)?.ty.as_ref()
    }

    /// Whether that was news.
    fn note(&mut self, var: crate::ids::VarId, ty: &hir::Type) -> bool {
        match self.vars.get_mut(var.index()) {
            Some(slot @ None) => {
                *slot = Some(ty.clone());
                true
            }
            _ => false,
        }
    }

    fn lits_forms(&mut self, lits: &[Lit]) -> bool {
        let mut news = false;
        for lit in lits {
            news |= match &lit.kind {
                LitKind::Atom(atom) => self.atom(atom),
                LitKind::Not(lits) => self.lits_forms(lits),
                LitKind::Cond(_) => false,
                LitKind::Bind(p, e) => self.form(e).is_some_and(|t| self.pat(p, &t)),
                LitKind::In(p, e) => {
                    let of = self.form(e).and_then(|t| element(&t));
                    of.is_some_and(|t| self.pat(p, &t))
                }
                LitKind::Or(branches) => {
                    let mut news = false;
                    for branch in branches {
                        news |= self.lits_forms(branch);
                    }
                    news
                }
                LitKind::Else { atom, otherwise, .. } => {
                    let news = self.atom(atom);
                    self.lits_forms(otherwise) || news
                }
                LitKind::All { var, range, lits } => {
                    let of = self.form(range).and_then(|t| element(&t));
                    let news = of.is_some_and(|t| self.note(*var, &t));
                    self.lits_forms(lits) || news
                }
            };
        }
        news
    }

    fn atom(&mut self, atom: &typed::Atom) -> bool {
        let mut news = false;
        for (i, arg) in atom.args.iter().enumerate() {
            if let Some(ty) = self.column(atom.rel, i) {
                news |= self.pat(arg, ty);
            }
        }
        news
    }

    fn pat(&mut self, pat: &Pat, ty: &hir::Type) -> bool {
        match &pat.kind {
            PatKind::Var(v) => self.note(*v, ty),
            PatKind::Tuple(ps) => {
                let mut news = false;
                for (i, p) in ps.iter().enumerate() {
                    news |= component(ty, i, self.hir).is_some_and(|t| self.pat(p, &t));
                }
                news
            }
            PatKind::Construct(id, variant, ps) => {
                let of = self.hir.enums.get(id.index()).and_then(|e| e.variants.get(*variant));
                let Some(of) = of else { return false };
                let mut news = false;
                for (p, t) in ps.iter().zip(&of.payload) {
                    news |= self.pat(p, t);
                }
                news
            }
            PatKind::Some(p) => match &ty.kind {
                K::Option(t) => self.pat(p, t),
                _ => false,
            },
            PatKind::Wild | PatKind::None | PatKind::Expr(_) => false,
        }
    }

    /// The declared type of a value, as far as it is known.
    fn form(&self, e: &Expr) -> Option<hir::Type> {
        let one = |e: &Expr| Box::new(self.form(e).unwrap_or_else(|| written(&e.ty)));
        let of = |kind| Some(hir::Type { kind, span: e.span });
        let found = match &e.kind {
            E::Var(v) => self.vars.get(v.index()).cloned().flatten(),
            E::Const(id) => self.hir.consts.get(id.index()).and_then(|c| c.ty.clone()),
            E::Call(id, _) => self.hir.fns.get(id.index()).map(|f| f.ret.clone()),
            E::Tuple(es) => of(K::Tuple(es.iter().map(|e| *one(e)).collect())),
            E::List(es) => es.first().and_then(|e| of(K::List(one(e)))),
            E::Set(es) => es.first().and_then(|e| of(K::Set(one(e)))),
            E::Some(e) => of(K::Option(one(e))),
            E::Map(entries) if !matches!(e.ty, Ty::Bag(_)) => {
                entries.first().and_then(|(k, v)| of(K::Map(one(k), one(v))))
            }
            E::If(_, a, b) => self.form(a).or_else(|| self.form(b)),
            E::Match(_, arms) => arms.iter().find_map(|(_, e)| self.form(e)),
            E::Field(base, i) => self.form(base).and_then(|t| component(&t, *i, self.hir)),
            E::Index(base, _) => self.form(base).and_then(|t| entry(&t)),
            E::Join(_, a, b) => self.form(a).or_else(|| self.form(b)),
            E::Builtin(
                Func::Union | Func::Intersect | Func::Difference | Func::Min | Func::Max,
                args,
            ) => args.iter().find_map(|a| self.form(a)),
            E::Builtin(Func::OrElse, args) => match self.form(args.first()?)?.kind {
                K::Option(t) => Some(*t),
                _ => None,
            },
            _ => None,
        };
        found.or_else(|| matches!(e.ty, Ty::Set(_) | Ty::Bag(_)).then(|| written(&e.ty)))
    }

    fn lits(&mut self, lits: &mut [Lit]) {
        for lit in lits {
            match &mut lit.kind {
                LitKind::Atom(atom) => atom.args.iter_mut().for_each(|p| self.pat_exprs(p)),
                LitKind::Not(lits) => self.lits(lits),
                LitKind::Cond(e) => self.expr(e, None),
                LitKind::Bind(p, e) | LitKind::In(p, e) => {
                    self.pat_exprs(p);
                    self.expr(e, None);
                }
                LitKind::Or(branches) => branches.iter_mut().for_each(|b| self.lits(b)),
                LitKind::Else { atom, otherwise, .. } => {
                    atom.args.iter_mut().for_each(|p| self.pat_exprs(p));
                    self.lits(otherwise);
                }
                LitKind::All { range, lits, .. } => {
                    self.expr(range, None);
                    self.lits(lits);
                }
            }
        }
    }

    fn pat_exprs(&mut self, pat: &mut Pat) {
        match &mut pat.kind {
            PatKind::Expr(e) => self.expr(e, None),
            PatKind::Tuple(ps) | PatKind::Construct(_, _, ps) => {
                ps.iter_mut().for_each(|p| self.pat_exprs(p));
            }
            PatKind::Some(p) => self.pat_exprs(p),
            PatKind::Wild | PatKind::None | PatKind::Var(_) => {}
        }
    }

    /// An expression, and the declared type of the place where it goes.
    fn expr(&mut self, e: &mut Expr, want: Option<&hir::Type>) {
        if let E::Match(scrutinee, arms) = &mut e.kind {
            self.expr(scrutinee, None);
            let of = self.form(scrutinee);
            for (pat, body) in arms {
                if let Some(of) = &of {
                    self.pat(pat, of);
                }
                self.pat_exprs(pat);
                self.expr(body, want);
            }
            return;
        }
        let through = matches!(e.kind, E::If(..) | E::Builtin(Func::Join, _));
        parts_mut(e, &mut |part| self.expr(part, want.filter(|_| through)));
        let E::Builtin(func @ (Func::Join | Func::Leq), args) = &e.kind else { return };
        let ([a, b], func) = (args.as_slice(), *func) else { return };
        let want = want.filter(|_| func == Func::Join);
        let known = |t: Option<hir::Type>| t.as_ref().and_then(schema::merging);
        let lattice = known(self.form(a))
            .or_else(|| known(self.form(b)))
            .or_else(|| want.and_then(schema::merging))
            .filter(|l| l.plain().widen() == bag_as_map(&a.ty).widen());
        match lattice {
            Some(lattice) => e.kind = operation(func, lattice, a.clone(), b.clone()),
            None => self.diags.push(unknown(func, e, a, self.hir)),
        }
    }
}

/// A part of a declared tuple, pair or record.
fn component(ty: &hir::Type, i: usize, hir: &hir::Program) -> Option<hir::Type> {
    match &ty.kind {
        K::Tuple(ts) => ts.get(i).cloned(),
        K::Pair(a, b) | K::Lex(a, b) => [a, b].get(i).map(|t| (***t).clone()),
        K::Record(id) => Some(hir.records.get(id.index())?.fields.get(i)?.1.clone()),
        K::Max(t) | K::Min(t) | K::Point(t) => component(t, i, hir),
        _ => None,
    }
}

/// What a declared collection gives one by one.
fn element(ty: &hir::Type) -> Option<hir::Type> {
    match &ty.kind {
        K::List(t) | K::Set(t) | K::Bag(t) => Some((**t).clone()),
        K::Map(k, v) => {
            let kind = K::Tuple(vec![(**k).clone(), (**v).clone()]);
            Some(hir::Type { kind, span: ty.span })
        }
        _ => None,
    }
}

/// What a declared collection has at a key or position.
fn entry(ty: &hir::Type) -> Option<hir::Type> {
    match &ty.kind {
        K::List(t) | K::Map(_, t) => Some((**t).clone()),
        K::Bag(_) => {
            let nat = Box::new(hir::Type { kind: K::Nat, span: ty.span });
            Some(hir::Type { kind: K::Max(nat), span: ty.span })
        }
        _ => None,
    }
}

/// A type as it would be declared by somebody who knows no lattices but sets.
fn written(ty: &Ty) -> hir::Type {
    let one = |t: &Ty| Box::new(written(t));
    let kind = match ty {
        Ty::Int => K::Int,
        Ty::Nat => K::Nat,
        Ty::Float => K::Float,
        Ty::Bool => K::Bool,
        Ty::Str => K::Str,
        Ty::Bytes => K::Bytes,
        Ty::Node => K::Node,
        Ty::Time => K::Time,
        Ty::Duration => K::Duration,
        Ty::Uuid => K::Uuid,
        Ty::Json => K::Json,
        Ty::Tuple(ts) => K::Tuple(ts.iter().map(written).collect()),
        Ty::List(t) => K::List(one(t)),
        Ty::Option(t) => K::Option(one(t)),
        Ty::Record(id) => K::Record(*id),
        Ty::Enum(id, args) => K::Enum(*id, args.iter().map(written).collect()),
        Ty::Param(n) => K::Param(*n),
        Ty::Set(t) => K::Set(one(t)),
        Ty::Map(k, v) => K::Map(one(k), one(v)),
        Ty::Bag(t) => K::Bag(one(t)),
        Ty::Error => K::Error,
    };
    hir::Type { kind, span: crate::source::Span::default() }
}

/// A bag merges as the map that it is.
fn bag_as_map(ty: &Ty) -> Ty {
    match ty {
        Ty::Bag(t) => Ty::Map(Box::new(bag_as_map(t)), Box::new(Ty::Nat)),
        Ty::Map(k, v) => Ty::Map(Box::new(bag_as_map(k)), Box::new(bag_as_map(v))),
        Ty::Tuple(ts) => Ty::Tuple(ts.iter().map(bag_as_map).collect()),
        other => other.clone(),
    }
}

/// The operation on a lattice, said with simpler ones where there are such.
fn operation(func: Func, lattice: Lattice, a: Expr, b: Expr) -> E {
    let (a, b) = (Box::new(a), Box::new(b));
    let not = |e: Box<Expr>| Box::new(Expr { ty: Ty::Bool, span: e.span, kind: E::Not(e) });
    match (func, lattice) {
        (Func::Join, Lattice::Max(_)) => E::Builtin(Func::Max, vec![*a, *b]),
        (Func::Join, Lattice::Min(_)) => E::Builtin(Func::Min, vec![*a, *b]),
        (Func::Join, Lattice::Any) => E::Logic(Logic::Or, a, b),
        (Func::Join, Lattice::All) => E::Logic(Logic::And, a, b),
        (Func::Join, Lattice::Set(_)) => E::Builtin(Func::Union, vec![*a, *b]),
        (Func::Join, lattice) => E::Join(Box::new(lattice), a, b),
        (_, Lattice::Max(_)) => E::Compare(Cmp::Le, a, b),
        (_, Lattice::Min(_)) => E::Compare(Cmp::Ge, a, b),
        (_, Lattice::Any) => E::Logic(Logic::Or, not(a), b),
        (_, Lattice::All) => {
            let b = not(b);
            E::Logic(Logic::Or, a, b)
        }
        (_, Lattice::Point(_)) => E::Compare(Cmp::Eq, a, b),
        (_, lattice) => E::Leq(Box::new(lattice), a, b),
    }
}

fn unknown(func: Func, e: &Expr, a: &Expr, hir: &hir::Program) -> Diagnostic {
    let shown = ty::show(&a.ty, &schema::Names(hir));
    let name = if func == Func::Join { "join" } else { "leq" };
    let title = format!("it is not known how these values of type `{shown}` merge");
    let d = Diagnostic::error(codes::UNKNOWN_LATTICE, e.span, title)
        .at(format!("`{name}` needs values of a declared lattice"));
    match a.ty {
        Ty::Map(..) | Ty::Tuple(_) => {
            d.note("Maps and tuples merge part by part, so it has to be known how each part does.")
        }
        _ => d.note("An int may be a `Max` or a `Min`, a bool an `Any` or an `All`."),
    }
    .help(
        "take one of the values from a column or a parameter that is declared as a lattice, for \
         example by a function `fn merged(a: Max<int>, b: Max<int>): Max<int> = join(a, b);`",
    )
}
