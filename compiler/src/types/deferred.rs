//! Judgements that need a type which may come to be known only later: what an
//! operator gives, which overload is meant, what a collection holds. Each is
//! tried when it arises, then whenever more is known; at the end the likely
//! reading is taken.

use crate::ids::VarId;
use crate::names::hir;
use crate::names::hir::BinOp;
use crate::source::Span;
use crate::types::builtins::Builtin;
use crate::types::context::AggUse;
use crate::types::context::Cx;
use crate::types::context::Why;
use crate::types::unify::T;

/// A judgement that waits.
#[derive(Clone)]
pub(crate) enum Task<'a> {
    Arith {
        e: &'a hir::Expr,
        op: BinOp,
        a: &'a hir::Expr,
        ta: T,
        b: &'a hir::Expr,
        tb: T,
        out: T,
    },
    Neg {
        e: &'a hir::Expr,
        inner: &'a hir::Expr,
        t: T,
    },
    Field {
        e: &'a hir::Expr,
        base: &'a hir::Expr,
        bt: T,
        name: &'a str,
        span: Span,
        out: T,
    },
    TupleField {
        e: &'a hir::Expr,
        base: &'a hir::Expr,
        bt: T,
        n: usize,
        out: T,
    },
    Index {
        e: &'a hir::Expr,
        base: &'a hir::Expr,
        bt: T,
        index: &'a hir::Expr,
        it: T,
        out: T,
    },
    In {
        elem: &'a hir::Expr,
        et: T,
        coll: &'a hir::Expr,
        ct: T,
    },
    /// `pattern in e` as a literal; a map gives its entries.
    Each {
        pat: &'a hir::Pat,
        coll: &'a hir::Expr,
        ct: T,
    },
    /// The same for the variable of `all`.
    AllOf {
        var: VarId,
        span: Span,
        coll: &'a hir::Expr,
        ct: T,
    },
    Call {
        e: &'a hir::Expr,
        builtin: &'static Builtin,
        args: &'a [hir::Expr],
        ats: Vec<T>,
        out: T,
    },
    /// `sum` and `avg`, whose result depends on what they add up.
    Total {
        agg: AggUse<'a>,
        t: T,
        out: T,
    },
}

/// A task, and the rule it belongs to.
#[derive(Clone)]
pub(crate) struct Deferred<'a> {
    pub scope: usize,
    pub task: Task<'a>,
}

impl<'a> Cx<'_, 'a> {
    /// Decides now if possible, else later.
    pub fn defer(&mut self, task: Task<'a>) {
        if !self.attempt(&task, false) {
            self.waiting.push(Deferred { scope: self.current, task });
        }
    }

    /// Tries what waits until nothing more can be decided.
    pub fn settle(&mut self) {
        let current = self.current;
        let mut progress = true;
        while progress && !self.waiting.is_empty() {
            progress = false;
            for waiting in std::mem::take(&mut self.waiting) {
                self.current = waiting.scope;
                if self.attempt(&waiting.task, false) {
                    progress = true;
                } else {
                    self.waiting.push(waiting);
                }
            }
        }
        self.current = current;
    }

    /// Decides everything that still waits, the first by its likely reading.
    pub fn finish(&mut self) {
        let current = self.current;
        self.settle();
        while !self.waiting.is_empty() {
            // What a map is asked for comes first: others hang on it, wherever they stand.
            let entries = (0..self.waiting.len()).find(|i| {
                let task = self.waiting[*i].task.clone();
                self.current = self.waiting[*i].scope;
                self.asks_a_map(&task)
            });
            let waiting = self.waiting.remove(entries.unwrap_or(0));
            self.current = waiting.scope;
            self.attempt(&waiting.task, true);
            self.settle();
        }
        self.current = current;
    }

    /// `x in m` for a map and an `x` that may be an entry or a key of it.
    fn asks_a_map(&mut self, task: &Task<'a>) -> bool {
        let Task::Each { pat: hir::Pat { kind: hir::PatKind::Var(v), .. }, ct, .. } = task else {
            return false;
        };
        let known = self.var(*v);
        matches!(self.uni.shallow(ct), T::Map(..))
            && matches!(self.uni.shallow(&known), T::Unknown(_))
    }

    /// `pattern in e`. A value that is no entry but a key of a map is looked up
    /// among the keys.
    fn each(&mut self, pat: &'a hir::Pat, coll: &'a hir::Expr, ct: &T, elem: &T) {
        let holds = Why::Like("what the collection holds", coll.span);
        let known = match &pat.kind {
            hir::PatKind::Var(v) => self.var(*v),
            hir::PatKind::Expr(e) => self.expr(e),
            _ => return self.pattern(pat, elem, holds),
        };
        let key = match self.uni.shallow(ct) {
            T::Map(key, _) => Some(*key),
            _ => None,
        };
        let could_be = |cx: &Self, t: &T| cx.uni.clone().unify(&known, t);
        let (want, why) = match key {
            Some(key) if !could_be(self, elem) && could_be(self, &key) => {
                (key, Why::Like("the key of the map", coll.span))
            }
            _ => (elem.clone(), holds),
        };
        match &pat.kind {
            hir::PatKind::Expr(e) => {
                self.agree(e, &known, &want, why);
            }
            _ => self.pattern(pat, &want, why),
        }
    }

    /// The result of an expression is known: it must agree with its use.
    pub fn result(&mut self, e: &'a hir::Expr, out: &T, t: &T) -> bool {
        if !self.uni.unify(out, t) {
            self.mismatch(e, t, out, Why::Wanted("what it is used as"));
        }
        true
    }

    /// Whether the task is done. With `force` it always is.
    fn attempt(&mut self, task: &Task<'a>, force: bool) -> bool {
        match task {
            Task::Arith { e, op, a, ta, b, tb, out } => {
                self.arith(e, *op, (a, ta), (b, tb), out, force)
            }
            Task::Neg { e, inner, t } => self.neg(e, inner, t, force),
            Task::Field { e, base, bt, name, span, out } => {
                self.field(e, (base, bt), (name, *span), out, force)
            }
            Task::TupleField { e, base, bt, n, out } => {
                self.tuple_field(e, (base, bt), *n, out, force)
            }
            Task::Index { e, base, bt, index, it, out } => {
                self.index(e, (base, bt), (index, it), out, force)
            }
            Task::In { elem, et, coll, ct } => match self.element(coll, ct, false, force) {
                Some(t) => {
                    self.agree(elem, et, &t, Why::Like("what the collection holds", coll.span));
                    true
                }
                None => force,
            },
            Task::Each { .. } if !force && self.asks_a_map(task) => false,
            Task::Each { pat, coll, ct } => match self.element(coll, ct, true, force) {
                Some(t) => {
                    self.each(pat, coll, ct, &t);
                    true
                }
                None => force,
            },
            Task::AllOf { var, span, coll, ct } => match self.element(coll, ct, true, force) {
                Some(t) => {
                    let known = self.var(*var);
                    if !self.uni.unify(&known, &t) {
                        let why = Why::Like("what the collection holds", coll.span);
                        self.mismatch_pattern(*span, Some(*var), &known, &t, why);
                    }
                    self.note_origin(*var, *span, None);
                    true
                }
                None => force,
            },
            Task::Call { e, builtin, args, ats, out } => {
                self.overloaded(e, builtin, args, ats, out, force)
            }
            Task::Total { agg, t, out } => self.total(agg, t, out, force),
        }
    }
}
