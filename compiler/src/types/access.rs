//! Parts of values: fields, components, elements.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::names::hir;
use crate::source::Span;
use crate::types::context::Cx;
use crate::types::context::Why;
use crate::types::context::as_var;
use crate::types::exprs::count;
use crate::types::narrow::touch_all;
use crate::types::report::nearest;
use crate::types::unify::Class;
use crate::types::unify::T;

impl<'a> Cx<'_, 'a> {
    /// Reports something about a part of `base`, unless enough was said.
    fn about_part(&mut self, base: &hir::Expr, out: &T, d: impl FnOnce(&Self) -> Diagnostic) {
        let vars: Vec<_> = as_var(base).into_iter().collect();
        if !self.hush(&vars) {
            let mut d = d(self);
            for v in vars {
                d = self.with_origin(d, v);
            }
            self.diags.push(d);
        }
        self.uni.unify(out, &T::Error);
    }

    fn untyped_part(&mut self, base: &hir::Expr, out: &T) {
        if let Some(v) = as_var(base) {
            let scope = self.scope();
            let mut bound = vec![false; scope.vars.len()];
            touch_all(scope.body, &mut bound);
            if bound.get(v.index()) == Some(&false) {
                // It has no type because it has no value, which is told when
                // safety is judged.
                self.uni.unify(out, &T::Error);
                return;
            }
        }
        self.about_part(base, out, |cx| {
            let what = as_var(base).map_or("this".into(), |v| format!("`{}`", cx.name(v)));
            Diagnostic::error(
                codes::NO_TYPE,
                base.span,
                format!("the type of {what} is not known, so it cannot be taken apart"),
            )
            .help("bind it first by an atom of a collection that declares its type")
        });
    }

    /// `base.name`
    pub(crate) fn field(
        &mut self,
        e: &'a hir::Expr,
        (base, bt): (&'a hir::Expr, &T),
        (name, span): (&str, Span),
        out: &T,
        force: bool,
    ) -> bool {
        let known = self.uni.shallow(bt);
        if self.uni.is_json(&known) {
            return self.result(e, out, &T::option(T::Json));
        }
        let T::Record(id) = known else {
            if matches!(known, T::Error) {
                return self.uni.unify(out, &T::Error);
            }
            if self.uni.is_free(&known) {
                if force {
                    self.untyped_part(base, out);
                }
                return force;
            }
            if !force && self.uni.may_be_json(&known) {
                return false;
            }
            let perhaps = matches!(known, T::Option(_));
            self.about_part(base, out, |cx| {
                let d = Diagnostic::error(
                    codes::NO_SUCH_FIELD,
                    span,
                    format!("{} has no field `{name}`", cx.a(&known)),
                )
                .label(base.span, format!("this is {}", cx.a(&known)));
                if perhaps { unwrap_first(d, base) } else { d }
            });
            return true;
        };
        let Some(record) = self.env.records.get(id.index()) else { return true };
        if let Some((_, t)) = record.fields.iter().find(|(field, _)| field == name) {
            let t = T::from(t);
            return self.result(e, out, &t);
        }
        let names: Vec<&str> = record.fields.iter().map(|(f, _)| f.as_str()).collect();
        let near = nearest(name, names.iter().copied()).map(str::to_string);
        let all = names.iter().map(|f| format!("`{f}`")).collect::<Vec<_>>().join(", ");
        let (title, decl) = (format!("`{}` has no field `{name}`", record.name), record.span);
        self.about_part(base, out, |_| {
            let d = Diagnostic::error(codes::NO_SUCH_FIELD, span, title)
                .label(decl, "the record is declared here");
            match near {
                Some(near) => d.help(format!("did you mean `{near}`?")).fix(
                    format!("write `{near}`"),
                    span,
                    near,
                ),
                None => d.help(format!("its fields are {all}")),
            }
        });
        true
    }

    /// `base.0`
    pub(crate) fn tuple_field(
        &mut self,
        e: &'a hir::Expr,
        (base, bt): (&'a hir::Expr, &T),
        n: usize,
        out: &T,
        force: bool,
    ) -> bool {
        let known = self.uni.shallow(bt);
        match &known {
            T::Error => self.uni.unify(out, &T::Error),
            T::Tuple(ts) if n < ts.len() => {
                let t = ts[n].clone();
                self.result(e, out, &t)
            }
            T::Tuple(ts) => {
                let has = count(ts.len(), "component");
                self.about_part(base, out, |_| {
                    let title = format!("the tuple has {has}, so there is no `.{n}`");
                    Diagnostic::error(codes::NO_SUCH_FIELD, e.span, title)
                        .help("components are counted from `.0`")
                });
                true
            }
            t if self.uni.is_free(t) => {
                if force {
                    self.untyped_part(base, out);
                }
                force
            }
            _ => {
                self.about_part(base, out, |cx| {
                    let title = format!("{} has no component `.{n}`", cx.a(&known));
                    Diagnostic::error(codes::NO_SUCH_FIELD, e.span, title)
                        .label(base.span, format!("this is {}", cx.a(&known)))
                });
                true
            }
        }
    }

    /// `base[index]`
    pub(crate) fn index(
        &mut self,
        e: &'a hir::Expr,
        base: (&'a hir::Expr, &T),
        index: (&'a hir::Expr, &T),
        out: &T,
        force: bool,
    ) -> bool {
        let mut known = self.uni.shallow(base.1);
        if force {
            known = self.uni.as_map(&known);
        }
        match &known {
            T::Error => self.uni.unify(out, &T::Error),
            T::List(t) => {
                self.agree(index.0, index.1, &T::Int, Why::Wanted("a position in a list"));
                self.result(e, out, t)
            }
            T::Map(k, v) => {
                self.agree(index.0, index.1, k, Why::Like("the key of the map", base.0.span));
                self.result(e, out, v)
            }
            T::Bag(k) => {
                self.agree(index.0, index.1, k, Why::Like("what the bag holds", base.0.span));
                self.result(e, out, &T::Int)
            }
            t if matches!(self.uni.class(t), Some(Class::Entries(..))) => false,
            t if self.uni.is_json(t) => {
                // A literal in quotes is a name; what is not known in the end a position.
                let name = self.uni.class(index.1) == Some(Class::Text);
                let text = name || matches!(self.uni.shallow(index.1), T::Str);
                if self.uni.is_free(index.1) && !force {
                    return false;
                }
                let (want, why) = match text {
                    true => (T::Str, "a name in JSON"),
                    false => (T::Int, "a position in JSON"),
                };
                self.agree(index.0, index.1, &want, Why::Wanted(why));
                self.result(e, out, &T::option(T::Json))
            }
            t if self.uni.is_free(t) => {
                if force {
                    self.untyped_part(base.0, out);
                }
                force
            }
            t if !force && self.uni.may_be_json(t) => false,
            _ => {
                let perhaps = matches!(known, T::Option(_));
                self.about_part(base.0, out, |cx| {
                    let title = format!("{} has no elements to take by `[…]`", cx.a(&known));
                    let d = Diagnostic::error(codes::NO_SUCH_FIELD, base.0.span, title)
                        .note("Lists and JSON have elements by position, maps by key.");
                    if perhaps { unwrap_first(d, base.0) } else { d }
                });
                true
            }
        }
    }

    /// What a collection holds; with `entries`, a map holds pairs, else keys.
    /// `None`: not known yet.
    pub(crate) fn element(
        &mut self,
        coll: &'a hir::Expr,
        ct: &T,
        entries: bool,
        force: bool,
    ) -> Option<T> {
        let mut known = self.uni.shallow(ct);
        if force {
            known = self.uni.as_map(&known);
        }
        match &known {
            T::Error => Some(T::Error),
            T::List(t) | T::Set(t) | T::Bag(t) => Some((**t).clone()),
            T::Map(k, v) if entries => Some(T::Tuple(vec![(**k).clone(), (**v).clone()])),
            T::Map(k, _) => Some((**k).clone()),
            t => match self.uni.class(t) {
                Some(Class::Empty) if force => {
                    let elem = self.uni.fresh();
                    self.uni.unify(&known, &T::set(elem.clone()));
                    Some(elem)
                }
                Some(Class::Free) if force => {
                    let out = self.uni.fresh();
                    self.untyped_part(coll, &out);
                    Some(T::Error)
                }
                Some(Class::Free | Class::Empty | Class::Entries(..)) => None,
                _ => {
                    let out = self.uni.fresh();
                    self.about_part(coll, &out, |cx| {
                        let title = format!("{} has no elements", cx.a(&known));
                        Diagnostic::error(codes::NOT_ENUMERABLE, coll.span, title)
                            .at(format!("this is {}", cx.a(&known)))
                            .note("The right side of `in` is a list, a set or a map.")
                    });
                    Some(T::Error)
                }
            },
        }
    }
}

/// What may be missing has no parts; with `?` it is there.
fn unwrap_first(d: Diagnostic, base: &hir::Expr) -> Diagnostic {
    d.help("take the value out first with `?`; where there is none there is no row").fix(
        "write `?` behind it",
        crate::source::Span { lo: base.span.hi, ..base.span },
        "?",
    )
}
