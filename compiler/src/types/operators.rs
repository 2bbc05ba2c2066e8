//! What operators and functions give, once it is known what they are given.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::names::hir;
use crate::names::hir::BinOp;
use crate::types::builtins::Builtin;
use crate::types::builtins::Overload;
use crate::types::builtins::Scheme;
use crate::types::context::Cx;
use crate::types::context::Why;
use crate::types::context::as_var;
use crate::types::exprs::signatures;
use crate::types::unify::Class;
use crate::types::unify::T;

/// The result of arithmetic on known types; `None` when there is none.
fn arith_of(op: BinOp, a: &T, b: &T) -> Option<T> {
    use BinOp::*;
    Some(match (op, a, b) {
        (_, T::Int, T::Int) => T::Int,
        (_, T::Float, T::Float) => T::Float,
        (Add, T::Time, T::Duration) | (Add, T::Duration, T::Time) => T::Time,
        (Sub, T::Time, T::Duration) => T::Time,
        (Sub, T::Time, T::Time) => T::Duration,
        (Add | Sub | Rem, T::Duration, T::Duration) => T::Duration,
        (Mul, T::Duration, T::Int) | (Mul, T::Int, T::Duration) => T::Duration,
        (Div, T::Duration, T::Int) => T::Duration,
        (Div, T::Duration, T::Duration) => T::Int,
        _ => return None,
    })
}

/// How an operator is written.
pub(crate) fn sign(op: BinOp) -> &'static str {
    match op {
        BinOp::Or => "or",
        BinOp::And => "and",
        BinOp::Eq => "==",
        BinOp::Ne => "!=",
        BinOp::Lt => "<",
        BinOp::Le => "<=",
        BinOp::Gt => ">",
        BinOp::Ge => ">=",
        BinOp::In => "in",
        BinOp::Range => "..",
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Div => "/",
        BinOp::Rem => "%",
    }
}

impl<'a> Cx<'_, 'a> {
    pub(crate) fn arith(
        &mut self,
        e: &'a hir::Expr,
        op: BinOp,
        a: (&'a hir::Expr, &T),
        b: (&'a hir::Expr, &T),
        out: &T,
        force: bool,
    ) -> bool {
        let (ta, tb) = (self.uni.shallow(a.1), self.uni.shallow(b.1));
        if matches!(ta, T::Error) || matches!(tb, T::Error) {
            return self.uni.unify(out, &T::Error);
        }
        if self.uni.is_free(&ta) || self.uni.is_free(&tb) {
            self.guess(op, (a.0, &ta), (b.0, &tb), force);
        }
        let (ta, tb) = (self.uni.shallow(&ta), self.uni.shallow(&tb));
        if self.uni.is_free(&ta) || self.uni.is_free(&tb) {
            // Both unknown to the end: their variables have no type at all,
            // which is reported where they should have got one.
            return force;
        }
        match arith_of(op, &ta, &tb) {
            Some(t) => {
                self.result(e, out, &t);
            }
            None => {
                self.no_arith(e, op, (a.0, &ta), (b.0, &tb));
                self.uni.unify(out, &T::Error);
            }
        }
        true
    }

    /// One side unknown: often the other one and the operator say what it is.
    fn guess(&mut self, op: BinOp, a: (&'a hir::Expr, &T), b: (&'a hir::Expr, &T), force: bool) {
        use BinOp::*;
        let (known, unknown, left) =
            if self.uni.is_free(a.1) { (b.1, a, false) } else { (a.1, b, true) };
        let guess = match (known, op) {
            (T::Float, _) => T::Float,
            (T::Int, Add | Sub | Rem) => T::Int,
            (T::Int, Div) if left => T::Int,
            (T::Int, _) if force => T::Int,
            (T::Time, Add) => T::Duration,
            (T::Time, Sub) if !left => T::Time,
            (T::Time, Sub) if force => T::Duration,
            (T::Duration, Add | Sub | Rem) if force => T::Duration,
            (T::Duration, Mul | Div) if force => T::Int,
            _ => return,
        };
        self.uni.unify(unknown.1, &guess);
        if let Some(v) = as_var(unknown.0) {
            self.note_origin(v, unknown.0.span, None);
        }
    }

    fn no_arith(
        &mut self,
        e: &hir::Expr,
        op: BinOp,
        a: (&'a hir::Expr, &T),
        b: (&'a hir::Expr, &T),
    ) {
        let vars: Vec<_> = as_var(a.0).into_iter().chain(as_var(b.0)).collect();
        if self.hush(&vars) {
            return;
        }
        let numbers = matches!((a.1, b.1), (T::Int, T::Float) | (T::Float, T::Int));
        let code = if numbers { codes::INT_FLOAT } else { codes::OPERATOR };
        let sign = sign(op);
        let title = if numbers {
            format!("`{sign}` does not mix an int and a float")
        } else {
            format!("`{sign}` does not take {} and {}", self.a(a.1), self.a(b.1))
        };
        let mut d = self.with_sides(Diagnostic::error(code, e.span, title), [a, b]);
        let text = |t: &T| matches!(t, T::Str) || self.uni.class(t) == Some(Class::Text);
        d = match (a.1, b.1) {
            (T::Int, T::Float) => self.convert(d, a.0, a.1, b.1),
            (T::Float, T::Int) => self.convert(d, b.0, b.1, a.1),
            (x, y) if op == BinOp::Add && (text(x) || text(y)) => {
                d.help("put texts together inside one: `\"{a}{b}\"`")
            }
            (T::Set(_), T::Set(_)) if op == BinOp::Add => d.help("unite sets with `union(a, b)`"),
            (T::Set(_), T::Set(_)) if op == BinOp::Sub => {
                d.help("take one set out of another with `difference(a, b)`")
            }
            (T::List(_), T::List(_)) if op == BinOp::Add => {
                d.help("put lists together with `append(a, b)`")
            }
            _ => d,
        };
        self.diags.push(d);
    }

    pub(crate) fn neg(
        &mut self,
        e: &'a hir::Expr,
        inner: &'a hir::Expr,
        t: &T,
        force: bool,
    ) -> bool {
        let known = self.uni.shallow(t);
        match known {
            T::Int | T::Float | T::Duration | T::Error => true,
            _ if self.uni.is_free(&known) => {
                if force {
                    self.uni.unify(&known, &T::Int);
                }
                force
            }
            _ => {
                let vars: Vec<_> = as_var(inner).into_iter().collect();
                if !self.hush(&vars) {
                    let title = format!("`-` does not take {}", self.a(&known));
                    let mut d = Diagnostic::error(codes::OPERATOR, e.span, title)
                        .label(inner.span, format!("this is {}", self.a(&known)));
                    for v in vars {
                        d = self.with_origin(d, v);
                    }
                    self.diags.push(d);
                }
                true
            }
        }
    }

    /// Picks the signature that fits, and with it the result.
    pub(crate) fn overloaded(
        &mut self,
        e: &'a hir::Expr,
        builtin: &'static Builtin,
        args: &'a [hir::Expr],
        ats: &[T],
        out: &T,
        force: bool,
    ) -> bool {
        let of_arity: Vec<&'static Overload> =
            builtin.overloads.iter().filter(|o| o.params.len() == args.len()).collect();
        let possible: Vec<&'static Overload> = of_arity
            .iter()
            .copied()
            .filter(|o| o.params.iter().zip(ats).all(|(s, t)| self.may_be(s, t)))
            .collect();
        if !force && possible.iter().any(|o| self.awaits_json(o, ats)) {
            return false;
        }
        match (&possible[..], &of_arity[..]) {
            ([], [only]) | ([only], _) => self.apply(e, builtin, only, (args, ats), out),
            ([], _) => {
                self.no_overload(e, builtin, args, ats);
                self.uni.unify(out, &T::Error);
            }
            // With all types known the first is meant; else, in the end, the one
            // that asks for least.
            ([first, ..], _) if self.all_known(ats) => {
                self.apply(e, builtin, first, (args, ats), out);
            }
            ([first, ..], _) if force => {
                let any = |s: &Scheme| matches!(s, Scheme::Any(_));
                let open = possible.iter().find(|o| o.params.iter().all(any));
                self.apply(e, builtin, open.unwrap_or(first), (args, ats), out);
            }
            _ => return false,
        }
        true
    }

    fn all_known(&self, ats: &[T]) -> bool {
        ats.iter()
            .all(|t| !matches!(self.uni.shallow(t), T::Unknown(_)) && !self.uni.may_be_json(t))
    }

    /// Whether it is open if JSON is given, or JSON that may be missing, or
    /// neither: unlike others this type does not follow from the signature.
    fn awaits_json(&self, overload: &Overload, ats: &[T]) -> bool {
        let open = |t: &T| self.uni.is_free(t) || self.uni.may_be_json(t);
        overload.params.iter().zip(ats).any(|(s, t)| *s == Scheme::Json && open(t))
    }

    /// Whether a type, as far as it is known, may stand for a scheme.
    fn may_be(&self, scheme: &Scheme, t: &T) -> bool {
        let t = self.uni.shallow(t);
        match (scheme, &t) {
            (Scheme::Any(_), _) | (_, T::Error) => true,
            (_, T::Unknown(_)) => match self.uni.class(&t) {
                Some(Class::Text) => matches!(scheme, Scheme::Str),
                Some(Class::Empty) => {
                    matches!(scheme, Scheme::Set(_) | Scheme::Map(..) | Scheme::Bag(_))
                }
                Some(Class::Entries(..)) => matches!(scheme, Scheme::Map(..) | Scheme::Bag(_)),
                _ => true,
            },
            (Scheme::Int | Scheme::Nat, T::Int) => true,
            (Scheme::Float, T::Float) | (Scheme::Bool, T::Bool) => true,
            (Scheme::Str, T::Str) | (Scheme::Bytes, T::Bytes) => true,
            (Scheme::Time, T::Time) | (Scheme::Duration, T::Duration) => true,
            (Scheme::Uuid, T::Uuid) | (Scheme::Json, T::Json) => true,
            (Scheme::Json, T::Option(_)) => self.uni.is_json(&t) || self.uni.may_be_json(&t),
            (Scheme::List(s), T::List(t))
            | (Scheme::Option(s), T::Option(t))
            | (Scheme::Set(s), T::Set(t))
            | (Scheme::Bag(s), T::Bag(t)) => self.may_be(s, t),
            (Scheme::Map(k, v), T::Map(l, w)) => self.may_be(k, l) && self.may_be(v, w),
            (Scheme::Pair(a, b), T::Tuple(ts)) => {
                ts.len() == 2 && self.may_be(a, &ts[0]) && self.may_be(b, &ts[1])
            }
            _ => false,
        }
    }

    fn apply(
        &mut self,
        e: &'a hir::Expr,
        builtin: &'static Builtin,
        overload: &Overload,
        (args, ats): (&'a [hir::Expr], &[T]),
        out: &T,
    ) {
        let mut letters = Vec::new();
        let mut fits = true;
        for ((scheme, arg), t) in overload.params.iter().zip(args).zip(ats) {
            let mut want = self.instance(scheme, &mut letters);
            let option = matches!(self.uni.shallow(t), T::Option(_));
            if *scheme == Scheme::Json && option && self.may_be(scheme, t) {
                want = T::option(want);
            }
            fits &= self.agree(arg, t, &want, Why::Wanted(wanted(builtin)));
        }
        let ret = if fits { self.instance(&overload.ret, &mut letters) } else { T::Error };
        self.result(e, out, &ret);
    }

    fn instance(&mut self, scheme: &Scheme, letters: &mut Vec<(char, T)>) -> T {
        match scheme {
            Scheme::Int | Scheme::Nat => T::Int,
            Scheme::Float => T::Float,
            Scheme::Bool => T::Bool,
            Scheme::Str => T::Str,
            Scheme::Bytes => T::Bytes,
            Scheme::Time => T::Time,
            Scheme::Duration => T::Duration,
            Scheme::Uuid => T::Uuid,
            Scheme::Json => T::Json,
            Scheme::Any(letter) => match letters.iter().find(|(l, _)| l == letter) {
                Some((_, t)) => t.clone(),
                None => {
                    let t = self.uni.fresh();
                    letters.push((*letter, t.clone()));
                    t
                }
            },
            Scheme::List(s) => T::list(self.instance(s, letters)),
            Scheme::Option(s) => T::option(self.instance(s, letters)),
            Scheme::Set(s) => T::set(self.instance(s, letters)),
            Scheme::Map(k, v) => T::map(self.instance(k, letters), self.instance(v, letters)),
            Scheme::Bag(s) => T::bag(self.instance(s, letters)),
            Scheme::Pair(a, b) => {
                T::Tuple(vec![self.instance(a, letters), self.instance(b, letters)])
            }
        }
    }

    fn no_overload(&mut self, e: &hir::Expr, b: &Builtin, args: &'a [hir::Expr], ats: &[T]) {
        let vars: Vec<_> = args.iter().filter_map(as_var).collect();
        if self.hush(&vars) {
            return;
        }
        if let (hir::ExprKind::Builtin { name, .. }, [.., end]) = (&e.kind, ats)
            && name == "random"
        {
            let title = format!("`random` does not take {}", self.a(end));
            let d = Diagnostic::error(codes::ARGUMENTS, e.span, title);
            let d = vars.into_iter().fold(d, |d, v| self.with_origin(d, v));
            self.diags.push(d.note(
                "It takes an int, a float or a duration above zero, and gives a number below it.",
            ));
            return;
        }
        let given: Vec<String> = ats.iter().map(|t| self.a(t)).collect();
        let title = format!("`{}` does not take {}", b.name, given.join(" and "));
        let mut d = Diagnostic::error(codes::ARGUMENTS, e.span, title);
        for v in vars {
            d = self.with_origin(d, v);
        }
        self.diags.push(d.note(format!("It is {}.", signatures(b))));
    }
}

/// The argument of a function, in words.
fn wanted(b: &'static Builtin) -> &'static str {
    use crate::types::builtins::Func;
    match b.func {
        Func::Min | Func::Max | Func::MinOf | Func::MaxOf => "what it is compared with",
        _ => "what the function takes here",
    }
}
