//! The second look at rules: patterns, literals, aggregates and heads become
//! the typed tree. Order, safety and growth are judged later, on that tree.

use crate::names::hir;
use crate::names::hir::LitKind as L;
use crate::types::aggregates::order_of;
use crate::types::bodies::group_of;
use crate::types::builtins::Func;
use crate::types::context::AggUse;
use crate::types::context::Why;
use crate::types::elaborate::Elab;
use crate::types::ty::Ty;
use crate::types::typed;
use crate::types::typed::AggFn;

impl Elab<'_, '_> {
    /// The typed rule.
    pub fn rule(&mut self, rule: &hir::Rule) -> typed::Rule {
        self.narrow(&rule.body);
        let lits = self.lits(&rule.body);
        let args: Vec<typed::Expr> = rule
            .args
            .iter()
            .enumerate()
            .map(|(i, arg)| {
                let want = self.column(rule.head, i);
                self.fitted(arg, &want, Why::Column(rule.head, i))
            })
            .collect();
        let aggs = std::mem::take(&mut self.aggs);
        let is_agg = |e: &hir::Expr| self.scope.aggs.iter().any(|a| std::ptr::eq(a.expr, e));
        let group = if aggs.is_empty() { Vec::new() } else { group_of(rule, &is_agg) };
        typed::Rule {
            head: rule.head,
            args,
            aggs,
            group,
            grows: false,
            body: typed::Body { lits, early: 0 },
            order: rule.order.clone(),
            vars: self.typed_vars(),
            is_fact: rule.is_fact,
            span: rule.span,
            head_span: rule.head_span,
        }
    }

    /// The type of a column.
    pub fn column(&self, rel: crate::ids::RelId, i: usize) -> Ty {
        let rel = self.env.rels.get(rel.index());
        rel.and_then(|r| r.cols.get(i)).map_or(Ty::Error, |c| c.ty.clone())
    }

    fn lits(&mut self, lits: &[hir::Lit]) -> Vec<typed::Lit> {
        let mut typed = Vec::with_capacity(lits.len());
        for lit in lits {
            let kind = match &lit.kind {
                L::Atom(atom) => typed::LitKind::Atom(self.atom(atom)),
                L::Not(lits) => typed::LitKind::Not(self.lits(lits)),
                L::Cond(e) => typed::LitKind::Cond(self.expr(e)),
                L::Bind(p, e) => {
                    let e = self.expr(e);
                    typed::LitKind::Bind(self.pat(p, &e.ty), e)
                }
                L::In(p, e) => {
                    let e = self.elements(e);
                    match self.as_key(p, &e.ty) {
                        Some(key) => {
                            let kind = typed::ExprKind::In(Box::new(key), Box::new(e));
                            let test = typed::Expr { kind, ty: Ty::Bool, span: lit.span };
                            typed::LitKind::Cond(test)
                        }
                        None => typed::LitKind::In(self.pat(p, &element(&e.ty)), e),
                    }
                }
                L::Or(branches) => {
                    typed::LitKind::Or(branches.iter().map(|b| self.lits(b)).collect())
                }
                L::Else { atom, otherwise } => typed::LitKind::Else {
                    atom: self.atom(atom),
                    otherwise: self.lits(otherwise),
                    outputs: Vec::new(),
                },
                L::All { var, range, lits, .. } => typed::LitKind::All {
                    var: *var,
                    range: self.elements(range),
                    lits: self.lits(lits),
                },
                // Rules with errors do not come here.
                L::Error => continue,
            };
            typed.push(typed::Lit { kind, span: lit.span });
        }
        typed
    }

    /// What is enumerated: of a bag its elements, each once.
    fn elements(&mut self, e: &hir::Expr) -> typed::Expr {
        let e = self.expr(e);
        let Ty::Bag(of) = &e.ty else { return e };
        let (ty, span) = (Ty::Set(of.clone()), e.span);
        typed::Expr { kind: typed::ExprKind::Builtin(Func::Keys, vec![e]), ty, span }
    }

    /// The value that is looked up among the keys of a map, when a pattern is
    /// just a value and no entry.
    fn as_key(&mut self, p: &hir::Pat, coll: &Ty) -> Option<typed::Expr> {
        if !matches!(coll, Ty::Map(..)) {
            return None;
        }
        let value = match &p.kind {
            hir::PatKind::Var(v) => {
                typed::Expr { kind: typed::ExprKind::Var(*v), ty: self.var(*v), span: p.span }
            }
            hir::PatKind::Expr(e) => self.expr(e),
            _ => return None,
        };
        (value.ty.widen() != element(coll).widen()).then_some(value)
    }

    fn atom(&mut self, atom: &hir::Atom) -> typed::Atom {
        let args = atom.args.iter().enumerate().map(|(i, p)| {
            let ty = self.column(atom.rel, i);
            self.pat(p, &ty)
        });
        let (rel, news) = (atom.rel, atom.news);
        typed::Atom { rel, args: args.collect(), reveals: false, news, span: atom.span }
    }

    /// A pattern against a value of type `ty`.
    pub fn pat(&mut self, p: &hir::Pat, ty: &Ty) -> typed::Pat {
        let kind = match (&p.kind, ty) {
            (hir::PatKind::Wild, _) => typed::PatKind::Wild,
            (hir::PatKind::Var(v), _) => typed::PatKind::Var(*v),
            (hir::PatKind::Tuple(ps), _) => {
                let part = |i: usize| match ty {
                    Ty::Tuple(ts) => ts.get(i).cloned().unwrap_or(Ty::Error),
                    _ => Ty::Error,
                };
                let ps = ps.iter().enumerate().map(|(i, p)| self.pat(p, &part(i)));
                typed::PatKind::Tuple(ps.collect())
            }
            (hir::PatKind::Construct(id, variant, ps), _) => {
                let payload = self.payload(*id, *variant, ty);
                let ps = ps.iter().enumerate().map(|(i, p)| {
                    let ty = payload.get(i).cloned().unwrap_or(Ty::Error);
                    self.pat(p, &ty)
                });
                typed::PatKind::Construct(*id, *variant, ps.collect())
            }
            // Fields are by number from here on, as components are.
            (hir::PatKind::Record(id, ps), _) => {
                let fields = self.field_types(*id);
                let ps = ps.iter().enumerate().map(|(i, p)| {
                    let ty = fields.get(i).cloned().unwrap_or(Ty::Error);
                    self.pat(p, &ty)
                });
                typed::PatKind::Tuple(ps.collect())
            }
            (hir::PatKind::Some(p), Ty::Option(t)) => {
                typed::PatKind::Some(Box::new(self.pat(p, t)))
            }
            (hir::PatKind::Some(p), _) => typed::PatKind::Some(Box::new(self.pat(p, &Ty::Error))),
            (hir::PatKind::None, _) => typed::PatKind::None,
            (hir::PatKind::Expr(e), _) => typed::PatKind::Expr(self.expr(e)),
        };
        typed::Pat { kind, ty: ty.clone(), span: p.span }
    }

    /// An aggregate of the head.
    pub fn aggregate(&mut self, agg: &AggUse<'_>) -> (typed::ExprKind, Ty) {
        let args: Vec<typed::Expr> = if agg.func == AggFn::Top {
            let why = Why::Wanted("the number of elements that `top` keeps");
            vec![self.fitted(&agg.args[0], &Ty::Nat, why), self.expr(&agg.args[1])]
        } else {
            agg.args.iter().map(|a| self.expr(a)).collect()
        };
        let by = agg.by.map(order_of).unwrap_or_default();
        let by = by.into_iter().map(|(e, desc)| (self.expr(e), desc)).collect();
        let of = args.last().map_or(Ty::Nat, |a| a.ty.clone());
        let ty = match agg.func {
            AggFn::Count | AggFn::CountDistinct => Ty::Nat,
            AggFn::Avg => Ty::Float,
            AggFn::Any | AggFn::All => Ty::Bool,
            AggFn::Collect => Ty::Set(Box::new(of)),
            AggFn::List | AggFn::Top => Ty::List(Box::new(of)),
            AggFn::Sum
            | AggFn::Min
            | AggFn::Max
            | AggFn::Choose
            | AggFn::ArgMin
            | AggFn::ArgMax => of,
        };
        let span = agg.expr.span;
        self.aggs.push(typed::Agg { func: agg.func, args, by, ty: ty.clone(), span });
        (typed::ExprKind::Agg(self.aggs.len() - 1), ty)
    }
}

/// What a collection gives one by one.
pub(crate) fn element(ty: &Ty) -> Ty {
    match ty {
        Ty::List(t) | Ty::Set(t) | Ty::Bag(t) => (**t).clone(),
        Ty::Map(k, v) => Ty::Tuple(vec![(**k).clone(), (**v).clone()]),
        _ => Ty::Error,
    }
}
