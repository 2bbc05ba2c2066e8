//! Aggregates: which there are, what they take and give, where they may
//! stand. The matches they range over are no concern here.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::names::hir;
use crate::names::hir::ExprKind as E;
use crate::source::Span;
use crate::types::context::AggUse;
use crate::types::context::Cx;
use crate::types::context::Place;
use crate::types::context::Why;
use crate::types::context::as_var;
use crate::types::deferred::Task;
use crate::types::exprs::count;
use crate::types::exprs::given;
use crate::types::typed::AggFn;
use crate::types::unify::T;

/// Every aggregate by its name and number of arguments.
const FORMS: &[(&str, usize, AggFn, &str)] = &[
    ("count", 0, AggFn::Count, "count()"),
    ("count", 1, AggFn::CountDistinct, "count(e)"),
    ("sum", 1, AggFn::Sum, "sum(e)"),
    ("avg", 1, AggFn::Avg, "avg(e)"),
    ("min", 1, AggFn::Min, "min(e)"),
    ("max", 1, AggFn::Max, "max(e)"),
    ("any", 1, AggFn::Any, "any(e)"),
    ("all", 1, AggFn::All, "all(e)"),
    ("collect", 1, AggFn::Collect, "collect(e)"),
    ("choose", 1, AggFn::Choose, "choose(e)"),
    ("list", 2, AggFn::List, "list(e, by)"),
    ("top", 3, AggFn::Top, "top(n, e, by)"),
    ("argmin", 2, AggFn::ArgMin, "argmin(e, by)"),
    ("argmax", 2, AggFn::ArgMax, "argmax(e, by)"),
];

/// All names that only aggregates have, and `desc`.
pub(crate) const NAMES: &[&str] = &[
    "count", "sum", "avg", "any", "all", "collect", "choose", "list", "top", "argmin", "argmax",
    "desc",
];

/// The aggregate with a name and a number of arguments.
pub(crate) fn find(name: &str, args: usize) -> Option<AggFn> {
    FORMS.iter().find(|(n, arity, ..)| *n == name && *arity == args).map(|form| form.2)
}

/// How the aggregates of a name are written; `None` when there is none.
pub(crate) fn forms(name: &str) -> Option<String> {
    let forms: Vec<String> =
        FORMS.iter().filter(|(n, ..)| *n == name).map(|form| format!("`{}`", form.3)).collect();
    (!forms.is_empty()).then(|| forms.join(" or "))
}

/// The components of an order, each with whether it is reversed.
pub(crate) fn order_of(by: &hir::Expr) -> Vec<(&hir::Expr, bool)> {
    let parts = match &by.kind {
        E::Tuple(es) if !es.is_empty() => es.iter().collect(),
        _ => vec![by],
    };
    parts
        .into_iter()
        .map(|e| match &e.kind {
            E::Builtin { name, args, .. } if name == "desc" && args.len() == 1 => (&args[0], true),
            _ => (e, false),
        })
        .collect()
}

impl<'a> Cx<'_, 'a> {
    /// An aggregate where one may stand.
    pub(crate) fn aggregate(
        &mut self,
        e: &'a hir::Expr,
        func: AggFn,
        name: &'a str,
        args: &'a [hir::Expr],
    ) -> T {
        self.scope().place = Place::InAggregate;
        let (args, by) = match func {
            AggFn::List | AggFn::ArgMin | AggFn::ArgMax => (&args[..1], Some(&args[1])),
            AggFn::Top => (&args[..2], Some(&args[2])),
            _ => (args, None),
        };
        let agg = AggUse { expr: e, func, name, args, by };
        let last = if func == AggFn::Top {
            self.check(&args[0], &T::Int, Why::Wanted("the number of elements that `top` keeps"));
            args.get(1)
        } else {
            args.first()
        };
        let t = last.map_or(T::Error, |arg| self.expr(arg));
        for (part, _) in by.map(order_of).unwrap_or_default() {
            self.expr(part);
        }
        self.scope().place = Place::Head;
        self.scope().aggs.push(agg.clone());
        match func {
            AggFn::Count | AggFn::CountDistinct => T::Int,
            AggFn::Sum | AggFn::Avg => {
                let out = self.uni.fresh();
                self.defer(Task::Total { agg, t, out: out.clone() });
                out
            }
            AggFn::Any | AggFn::All => {
                let what = if func == AggFn::Any { "what `any` takes" } else { "what `all` takes" };
                self.agree(&agg.args[0], &t, &T::Bool, Why::Wanted(what));
                T::Bool
            }
            AggFn::Collect => T::set(t),
            AggFn::List | AggFn::Top => T::list(t),
            AggFn::Min | AggFn::Max | AggFn::Choose | AggFn::ArgMin | AggFn::ArgMax => t,
        }
    }

    /// `sum` and `avg` once the type of what they add up is known.
    pub(crate) fn total(&mut self, agg: &AggUse<'a>, t: &T, out: &T, force: bool) -> bool {
        let known = self.uni.shallow(t);
        let result = match (&known, agg.func) {
            (T::Error, _) => T::Error,
            (T::Int | T::Float, AggFn::Avg) => T::Float,
            (T::Int | T::Float | T::Duration, AggFn::Sum) => known.clone(),
            _ if self.uni.is_free(&known) && !force => return false,
            _ if self.uni.is_free(&known) => T::Error,
            _ => {
                let arg = &agg.args[0];
                let vars: Vec<_> = as_var(arg).into_iter().collect();
                if !self.hush(&vars) {
                    let takes =
                        if agg.func == AggFn::Avg { "numbers" } else { "numbers or durations" };
                    let title =
                        format!("`{}` adds up {takes}, but this is {}", agg.name, self.a(&known));
                    let mut d = Diagnostic::error(codes::AGGREGATE_TYPE, arg.span, title);
                    for v in vars {
                        d = self.with_origin(d, v);
                    }
                    self.diags.push(d);
                }
                T::Error
            }
        };
        self.result(agg.expr, out, &result)
    }

    /// An aggregate, or `desc`, where none may stand.
    pub(crate) fn misplaced(&mut self, e: &hir::Expr, name: &str, span: Span) {
        let d = if name == "desc" {
            Diagnostic::error(
                codes::AGGREGATE_PLACE,
                span,
                "`desc` stands only in the order of `list`, `top`, `argmin` or `argmax`",
            )
            .help("reverse an order like this: `list(x, desc(x))`")
        } else if self.scope().place == Place::InAggregate {
            let title = format!("the aggregate `{name}` stands inside another aggregate");
            Diagnostic::error(codes::AGGREGATE_PLACE, e.span, title)
                .note("Each aggregate ranges over the matches of the body once.")
                .help("let a view hold the inner aggregate, and read that view here")
        } else {
            let title = format!("`{name}` is an aggregate and stands only in the head of a rule");
            let d = Diagnostic::error(codes::AGGREGATE_PLACE, e.span, title)
                .help("let a view hold the aggregate in its head, and read that view here");
            match name {
                "min" | "max" => {
                    d.note(format!("With two arguments `{name}` is a function: `{name}(a, b)`."))
                }
                _ => d,
            }
        };
        self.error(d);
    }

    /// An aggregate with a wrong number of arguments.
    pub(crate) fn aggregate_arity(&mut self, e: &hir::Expr, name: &str, n: usize) {
        let forms = forms(name).unwrap_or_default();
        let arities = FORMS.iter().filter(|form| form.0 == name);
        let takes: Vec<String> = arities.map(|form| count(form.1, "argument")).collect();
        let title = format!("`{name}` takes {}, but {} given here", takes.join(" or "), given(n));
        let mut d =
            Diagnostic::error(codes::ARGUMENTS, e.span, title).help(format!("write it as {forms}"));
        if matches!(name, "list" | "top" | "argmin" | "argmax") {
            d = d.note("`by` is the order; `desc(x)` in it reverses.");
        }
        self.error(d);
    }
}
