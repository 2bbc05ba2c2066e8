//! Types of expressions, from the leaves up. What cannot be decided yet, for
//! want of a type, waits in `deferred`. Signs of numbers are not seen here.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::FnId;
use crate::names::hir;
use crate::names::hir::BinOp;
use crate::names::hir::ExprKind as E;
use crate::source::Span;
use crate::types::aggregates;
use crate::types::builtins;
use crate::types::context::Cx;
use crate::types::context::Place;
use crate::types::context::Why;
use crate::types::context::as_var;
use crate::types::deferred::Task;
use crate::types::report::nearest;
use crate::types::unify::Class;
use crate::types::unify::T;

/// What other languages call our functions.
const FOREIGN: &[(&str, &str)] = &[
    ("len", "length"),
    ("strlen", "length"),
    ("to_string", "str"),
    ("string", "str"),
    ("to_int", "int"),
    ("to_float", "float"),
    ("strip", "trim"),
    ("to_lower", "lower"),
    ("to_upper", "upper"),
    ("join", "concat"),
    ("substring", "substr"),
    ("cardinality", "size"),
    ("minimum", "min"),
    ("maximum", "max"),
    ("unwrap_or", "or_else"),
    ("coalesce", "or_else"),
    ("lpad", "pad_left"),
    ("rpad", "pad_right"),
    ("regexp_replace", "replace_all"),
    ("regexp_matches", "matches"),
    ("strftime", "format"),
    ("format_time", "format"),
    ("strptime", "parse_time"),
    ("to_json", "json"),
    ("from_json", "parse_json"),
    ("mod", "mod_floor"),
    ("average", "avg"),
    ("mean", "avg"),
];

/// What to write for functions that others have and we do without.
const ADVICE: &[(&str, &str)] = &[
    (
        "count_if",
        "count what the body lets through: a rule of its own with the condition in its body and \
         `count()`, or `sum(if c then 1 else 0)`",
    ),
    (
        "sum_if",
        "sum what the body lets through: a rule of its own with the condition in its body and \
         `sum(x)`, or `sum(if c then x else 0)`",
    ),
];

impl<'a> Cx<'_, 'a> {
    /// The type of an expression.
    pub fn expr(&mut self, e: &'a hir::Expr) -> T {
        let t = self.expr_kind(e);
        self.nodes.insert(std::ptr::from_ref(e), t.clone());
        t
    }

    /// An expression that must have type `want`.
    pub fn check(&mut self, e: &'a hir::Expr, want: &T, why: Why<'a>) -> bool {
        let got = self.expr(e);
        self.agree(e, &got, want, why)
    }

    /// The type `got` of an expression must be `want`.
    pub fn agree(&mut self, e: &'a hir::Expr, got: &T, want: &T, why: Why<'a>) -> bool {
        if !self.uni.unify(got, want) {
            self.mismatch(e, got, want, why);
            return false;
        }
        if let Some(v) = as_var(e) {
            self.note_origin(v, e.span, Some(why));
        }
        true
    }

    fn expr_kind(&mut self, e: &'a hir::Expr) -> T {
        match &e.kind {
            E::Var(v) => self.var(*v),
            E::Const(c) => self.env.consts.get(c.index()).map_or(T::Error, T::from),
            E::Literal(literal) => self.literal(literal),
            E::Interp(parts) => self.interpolated(parts),
            E::Tuple(es) => T::Tuple(es.iter().map(|e| self.expr(e)).collect()),
            E::List(es) => T::list(self.elements(es.iter(), "the first element")),
            E::Set(es) if es.is_empty() => self.uni.fresh_of(Class::Empty),
            E::Set(es) => T::set(self.elements(es.iter(), "the first element")),
            E::Map(entries) => {
                let k = self.elements(entries.iter().map(|(k, _)| k), "the first key");
                let v = self.elements(entries.iter().map(|(_, v)| v), "the first value");
                self.uni.entries(k, v)
            }
            E::Record(id, es) => {
                for (i, e) in es.iter().enumerate() {
                    let field = self.env.records.get(id.index()).and_then(|r| r.fields.get(i));
                    let want = field.map_or(T::Error, |(_, t)| T::from(t));
                    self.check(e, &want, Why::Field(*id, i));
                }
                T::Record(*id)
            }
            E::Construct(id, variant, es) => {
                let args = self.type_arguments(*id);
                let payload = self.payload(*id, *variant, &args);
                for (i, e) in es.iter().enumerate() {
                    let want = payload.get(i).cloned().unwrap_or(T::Error);
                    self.check(e, &want, Why::Payload(*id, *variant, i));
                }
                T::Enum(*id, args)
            }
            E::Some(e) => T::option(self.expr(e)),
            E::None => T::option(self.uni.fresh()),
            E::Neg(inner) => {
                let t = self.expr(inner);
                self.defer(Task::Neg { e, inner, t: t.clone() });
                t
            }
            E::Not(inner) => {
                self.check(inner, &T::Bool, Why::Wanted("what `not` takes"));
                T::Bool
            }
            E::Binary(op, a, b) => self.binary(e, *op, a, b),
            E::If(c, a, b) => {
                self.check(c, &T::Bool, Why::Wanted("the condition of `if`"));
                let t = self.expr(a);
                let agree = self.check(b, &t, Why::Like("the other branch", a.span));
                if agree { t } else { T::Error }
            }
            E::Match(value, arms) => self.match_of(value, arms),
            E::Try(inner) => {
                let held = self.uni.fresh();
                self.check(inner, &T::option(held.clone()), Why::Wanted("what `?` is put to"));
                held
            }
            E::Field(..) | E::TupleField(..) | E::Index(..) => self.part(e),
            E::Call(f, args) => self.call(*f, args),
            E::Builtin { name, args, name_span } => self.builtin(e, name, args, *name_span),
            E::Native(native, args) => {
                args.iter().for_each(|arg| drop(self.expr(arg)));
                self.env.fns.get(native.id.index()).map_or(T::Error, |(_, ret)| T::from(ret))
            }
            E::Error => {
                self.scope().bad = true;
                T::Error
            }
        }
    }

    fn interpolated(&mut self, parts: &'a [hir::Part]) -> T {
        for part in parts {
            if let hir::Part::Expr(e) = part {
                self.expr(e);
            }
        }
        T::Str
    }

    fn literal(&mut self, literal: &hir::Literal) -> T {
        match literal {
            hir::Literal::Int(_) => T::Int,
            hir::Literal::Float(_) => T::Float,
            hir::Literal::Bool(_) => T::Bool,
            hir::Literal::Str(_) => self.uni.fresh_of(Class::Text),
            hir::Literal::Bytes(_) => T::Bytes,
            hir::Literal::Duration(_) => T::Duration,
            hir::Literal::Nil => T::Uuid,
        }
    }

    fn elements(&mut self, es: impl Iterator<Item = &'a hir::Expr>, what: &'static str) -> T {
        let mut first: Option<(T, Span)> = None;
        for e in es {
            match &first {
                None => first = Some((self.expr(e), e.span)),
                Some((t, span)) => {
                    let (t, span) = (t.clone(), *span);
                    self.check(e, &t, Why::Like(what, span));
                }
            }
        }
        first.map_or_else(|| self.uni.fresh(), |(t, _)| t)
    }

    fn binary(&mut self, e: &'a hir::Expr, op: BinOp, a: &'a hir::Expr, b: &'a hir::Expr) -> T {
        match op {
            BinOp::Or | BinOp::And => {
                let what = if op == BinOp::Or { "what `or` takes" } else { "what `and` takes" };
                self.check(a, &T::Bool, Why::Wanted(what));
                self.check(b, &T::Bool, Why::Wanted(what));
                T::Bool
            }
            BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => {
                let (ta, tb) = (self.expr(a), self.expr(b));
                self.compare(e, (a, &ta), (b, &tb));
                T::Bool
            }
            BinOp::In => {
                let (et, ct) = (self.expr(a), self.expr(b));
                self.defer(Task::In { elem: a, et, coll: b, ct });
                T::Bool
            }
            BinOp::Range => {
                self.check(a, &T::Int, Why::Wanted("an end of `..`"));
                self.check(b, &T::Int, Why::Wanted("an end of `..`"));
                T::list(T::Int)
            }
            BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::Rem => {
                let (ta, tb) = (self.expr(a), self.expr(b));
                let out = self.uni.fresh();
                self.defer(Task::Arith { e, op, a, ta, b, tb, out: out.clone() });
                out
            }
        }
    }

    fn compare(&mut self, e: &hir::Expr, a: (&'a hir::Expr, &T), b: (&'a hir::Expr, &T)) {
        if self.uni.unify(a.1, b.1) {
            for (e, other) in [(a.0, b.0), (b.0, a.0)] {
                if let Some(v) = as_var(e) {
                    self.note_origin(v, e.span, Some(Why::Value(other)));
                }
            }
            return;
        }
        let vars: Vec<_> = as_var(a.0).into_iter().chain(as_var(b.0)).collect();
        if self.hush(&vars) {
            return;
        }
        let shallow = (self.uni.shallow(a.1), self.uni.shallow(b.1));
        let numbers = matches!(shallow, (T::Int, T::Float) | (T::Float, T::Int));
        let code = if numbers { codes::INT_FLOAT } else { codes::COMPARISON };
        let title = format!("{} is compared with {}", self.a(a.1), self.a(b.1));
        let mut d = self.with_sides(Diagnostic::error(code, e.span, title), [a, b]);
        let options = (matches!(shallow.0, T::Option(_)), matches!(shallow.1, T::Option(_)));
        d = match (&shallow, options) {
            ((T::Int, T::Float), _) | (_, (true, false)) => self.convert(d, a.0, a.1, b.1),
            ((T::Float, T::Int), _) | (_, (false, true)) => self.convert(d, b.0, b.1, a.1),
            _ => d.note("Only values of one type can be compared."),
        };
        self.diags.push(d);
    }

    fn match_of(&mut self, value: &'a hir::Expr, arms: &'a [(hir::Pat, hir::Expr)]) -> T {
        let t = self.expr(value);
        let mut result: Option<(T, Span)> = None;
        for (p, body) in arms {
            self.pattern(p, &t, Why::Value(value));
            match &result {
                None => result = Some((self.expr(body), body.span)),
                Some((t, span)) => {
                    let (t, span) = (t.clone(), *span);
                    if !self.check(body, &t, Why::Like("the first arm", span)) {
                        // One arm that differs is enough to say.
                        result = Some((T::Error, span));
                    }
                }
            }
        }
        result.map_or(T::Error, |(t, _)| t)
    }

    /// `e.name`, `e.0`, `e[i]`
    fn part(&mut self, e: &'a hir::Expr) -> T {
        let out = self.uni.fresh();
        let task = match &e.kind {
            E::Field(base, name, span) => {
                let bt = self.expr(base);
                Task::Field { e, base, bt, name, span: *span, out: out.clone() }
            }
            E::TupleField(base, n) => {
                let bt = self.expr(base);
                Task::TupleField { e, base, bt, n: *n as usize, out: out.clone() }
            }
            E::Index(base, index) => {
                let (bt, it) = (self.expr(base), self.expr(index));
                Task::Index { e, base, bt, index, it, out: out.clone() }
            }
            _ => return T::Error,
        };
        self.defer(task);
        out
    }

    fn call(&mut self, f: FnId, args: &'a [hir::Expr]) -> T {
        let Some((params, ret)) = self.env.fns.get(f.index()) else { return T::Error };
        if params.len() != args.len() {
            // The number of arguments was judged when the name was resolved.
            self.scope().bad = true;
        }
        for (i, arg) in args.iter().enumerate() {
            match params.get(i) {
                Some(want) => self.check(arg, &T::from(want), Why::Param(f, i)),
                None => {
                    self.expr(arg);
                    true
                }
            };
        }
        T::from(ret)
    }

    fn builtin(
        &mut self,
        e: &'a hir::Expr,
        name: &'a str,
        args: &'a [hir::Expr],
        name_span: Span,
    ) -> T {
        let by_arity = builtins::find(name)
            .filter(|b| b.overloads.iter().any(|o| o.params.len() == args.len()));
        if let Some(agg) = aggregates::find(name, args.len()) {
            if self.scope().place == Place::Head {
                return self.aggregate(e, agg, name, args);
            }
            self.misplaced(e, name, name_span);
            return self.failed(args);
        }
        if let Some(builtin) = by_arity {
            let ats: Vec<T> = args.iter().map(|a| self.expr(a)).collect();
            let out = self.uni.fresh();
            self.defer(Task::Call { e, builtin, args, ats, out: out.clone() });
            return out;
        }
        let known = builtins::find(name);
        match known {
            Some(b) => self.arity(e, b, args.len()),
            None if name == "desc" => self.misplaced(e, name, name_span),
            None if aggregates::forms(name).is_some() => self.aggregate_arity(e, name, args.len()),
            None => self.unknown_function(name, name_span),
        }
        self.failed(args)
    }

    /// Looks at the arguments of a call that is wrong, for their own errors.
    fn failed(&mut self, args: &'a [hir::Expr]) -> T {
        for arg in args {
            self.expr(arg);
        }
        T::Error
    }

    fn arity(&mut self, e: &hir::Expr, b: &builtins::Builtin, n: usize) {
        let mut arities: Vec<usize> = b.overloads.iter().map(|o| o.params.len()).collect();
        arities.dedup();
        let takes: Vec<String> = arities.iter().map(|n| count(*n, "argument")).collect();
        let title =
            format!("`{}` takes {}, but {} given here", b.name, takes.join(" or "), given(n));
        self.error(
            Diagnostic::error(codes::ARGUMENTS, e.span, title)
                .note(format!("It is {}.", signatures(b)))
                .note(b.doc),
        );
    }

    fn unknown_function(&mut self, name: &str, span: Span) {
        let d = Diagnostic::error(
            codes::UNKNOWN_FUNCTION,
            span,
            format!("there is no function `{name}`"),
        );
        let foreign = FOREIGN.iter().find(|(f, _)| *f == name).map(|(_, ours)| *ours);
        let words = builtins::TABLE
            .iter()
            .map(|b| b.name)
            .chain(aggregates::NAMES.iter().copied())
            .chain(self.env.hir.fns.iter().map(|f| f.name.as_str()));
        if let Some((_, advice)) = ADVICE.iter().find(|(f, _)| *f == name) {
            return self.error(d.help(*advice));
        }
        let d = match foreign.or_else(|| nearest(name, words)) {
            Some(near) => {
                d.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), span, near)
            }
            None => d.help("declare it with `fn`, or use one of the functions of the language"),
        };
        self.error(d);
    }
}

/// "1 argument", "2 arguments"
pub(crate) fn count(n: usize, what: &str) -> String {
    match n {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

/// "1 is", "2 are"
pub(crate) fn given(n: usize) -> String {
    match n {
        0 => "none is".into(),
        1 => "1 is".into(),
        n => format!("{n} are"),
    }
}

/// All signatures of a function in one sentence.
pub(crate) fn signatures(b: &builtins::Builtin) -> String {
    let all: Vec<String> = b.signatures().iter().map(|s| format!("`{s}`")).collect();
    all.join(" or ")
}
