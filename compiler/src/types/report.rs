//! Words for types that do not agree. Every message names both places: where
//! a type was fixed and where another one is wanted. Nothing is decided here.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::VarId;
use crate::names::hir;
use crate::source::Span;
use crate::types::context::Cx;
use crate::types::context::Why;
use crate::types::context::as_var;
use crate::types::context::each_var;
use crate::types::schema::Names;
use crate::types::ty;
use crate::types::ty::Ty;
use crate::types::unify::T;

/// `int` as "an int".
pub(crate) fn with_article(shown: &str) -> String {
    // Where a part is unknown, what is known says enough.
    match shown {
        "_" => return "a value of an unknown type".into(),
        "_?" => return "an option".into(),
        "[_]" => return "a list".into(),
        "Set<_>" => return "a set".into(),
        _ => {}
    }
    if shown.starts_with('(') && shown.chars().all(|c| "(_, )".contains(c)) {
        return "a tuple".into();
    }
    let vowel = shown.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']);
    if shown.starts_with(|c: char| c.is_ascii_lowercase()) && !shown.ends_with('?') {
        format!("{} {shown}", if vowel { "an" } else { "a" })
    } else {
        format!("{} `{shown}`", if vowel { "an" } else { "a" })
    }
}

/// The word nearest to `word`, if one is near.
pub(crate) fn nearest<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let mut best: Option<(usize, &str)> = None;
    for candidate in words {
        let distance = strsim::damerau_levenshtein(word, candidate);
        let near = distance <= 1 + word.chars().count() / 4;
        if near && best.is_none_or(|(d, w)| (distance, candidate) < (d, w)) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, w)| w)
}

/// The place that wants a type, in words.
pub(crate) fn place(hir: &hir::Program, names: &[hir::Var], why: Why<'_>) -> String {
    match why {
        Why::Column(rel, i) => {
            let rel = &hir.rels[rel.index()];
            let col = rel.cols.get(i).map_or("_", |c| c.name.as_str());
            format!("column `{col}` of `{}`", rel.name)
        }
        Why::Param(f, i) => {
            let f = &hir.fns[f.index()];
            match f.params.get(i).and_then(|(v, _)| f.vars.get(v.index())) {
                Some(v) => format!("parameter `{}` of `{}`", v.name, f.name),
                None => format!("a parameter of `{}`", f.name),
            }
        }
        Why::Field(record, i) => {
            let record = &hir.records[record.index()];
            let field = record.fields.get(i).map_or("_", |(name, _)| name.as_str());
            format!("field `{field}` of `{}`", record.name)
        }
        Why::Payload(e, v, i) => {
            let variant = hir.enums[e.index()].variants.get(v).map_or("_", |v| v.name.as_str());
            format!("value {} of `{variant}`", i + 1)
        }
        Why::Return(f) => format!("the result of `{}`", hir.fns[f.index()].name),
        Why::Const(c) => format!("`{}`", hir.consts[c.index()].name),
        Why::Value(e) => match as_var(e).and_then(|v| names.get(v.index())) {
            Some(v) => format!("`{}`", v.name),
            None => "the value".into(),
        },
        Why::Like(what, _) | Why::Wanted(what) => what.to_string(),
    }
}

/// Where that place is declared, if it is elsewhere.
pub(crate) fn declared(hir: &hir::Program, why: Why<'_>) -> Option<Span> {
    match why {
        Why::Column(rel, i) => hir.rels[rel.index()].cols.get(i).map(|c| c.span),
        Why::Param(f, i) => hir.fns[f.index()].params.get(i).map(|(_, t)| t.span),
        Why::Field(r, i) => hir.records[r.index()].fields.get(i).map(|(_, t)| t.span),
        Why::Payload(e, v, i) => {
            let variant = hir.enums[e.index()].variants.get(v);
            variant.and_then(|v| v.payload.get(i)).map(|t| t.span)
        }
        Why::Return(f) => Some(hir.fns[f.index()].ret.span),
        Why::Const(c) => hir.consts[c.index()].ty.as_ref().map(|t| t.span),
        Why::Like(_, span) => Some(span),
        Why::Value(e) => Some(e.span),
        Why::Wanted(_) => None,
    }
}

impl<'a> Cx<'_, 'a> {
    /// A type as shown in messages.
    pub fn show(&self, t: &T) -> String {
        ty::show(&self.uni.display(t), &Names(self.env.hir))
    }

    /// "an int"
    pub fn a(&self, t: &T) -> String {
        with_article(&self.show(t))
    }

    /// The place that wants a type, in words.
    fn place(&self, why: Why<'a>) -> String {
        place(self.env.hir, self.scopes[self.current].names, why)
    }

    /// Where that place is declared, if it is elsewhere.
    fn declared(&self, why: Why<'a>) -> Option<Span> {
        declared(self.env.hir, why)
    }

    /// The name of a variable of the current rule.
    pub fn name(&self, v: VarId) -> &str {
        self.scopes[self.current].names.get(v.index()).map_or("_", |n| &n.name)
    }

    /// Adds where the variable got its type, and what declared it.
    pub fn with_origin(&self, d: Diagnostic, v: VarId) -> Diagnostic {
        let scope = &self.scopes[self.current];
        let Some(Some(origin)) = scope.origins.get(v.index()).copied() else { return d };
        let taken = |d: &Diagnostic, span: Span| {
            d.primary.span == span || d.labels.iter().any(|l| l.span == span)
        };
        let shown = self.a(&scope.vars[v.index()]);
        let mut d = d;
        if !taken(&d, origin.span) {
            d = d.label(origin.span, format!("`{}` is {shown} here", self.name(v)));
        }
        if let Some(why @ Why::Column(..)) = origin.why
            && let Some(span) = self.declared(why)
            && !taken(&d, span)
        {
            d = d.label(span, format!("{} is declared here", self.place(why)));
        }
        d
    }

    /// Two sides of an operator that do not go together, each with its type: a
    /// variable at the place where it got it.
    pub fn with_sides(&self, d: Diagnostic, sides: [(&hir::Expr, &T); 2]) -> Diagnostic {
        let mut d = d;
        for (e, t) in sides {
            let labels = d.labels.len();
            if let Some(v) = as_var(e) {
                d = self.with_origin(d, v);
            }
            if d.labels.len() == labels {
                d = d.label(e.span, format!("this is {}", self.a(t)));
            }
        }
        d
    }

    /// Whether something was said about a variable in it already; if not, it
    /// counts as said from now on.
    pub fn hush(&mut self, vars: &[VarId]) -> bool {
        let scope = self.scope();
        let said = vars.iter().any(|v| scope.silent.get(v.index()) == Some(&true));
        for v in vars {
            if let Some(s) = scope.silent.get_mut(v.index()) {
                *s = true;
            }
        }
        scope.bad = true;
        said
    }

    /// Two types that should be equal are not: an expression.
    pub fn mismatch(&mut self, e: &'a hir::Expr, got: &T, want: &T, why: Why<'a>) {
        let mut vars: Vec<VarId> = as_var(e).into_iter().collect();
        if let Why::Value(v) = why {
            vars.extend(as_var(v));
        }
        if self.hush(&vars) {
            return;
        }
        let what = as_var(e).map_or("this".to_string(), |v| format!("`{}`", self.name(v)));
        let d = self.disagree(e.span, &what, got, want, why);
        let d = match as_var(e) {
            Some(v) => self.with_origin(d, v),
            None => self.with_leaf(d, e, got),
        };
        let d = self.convert(d, e, got, want);
        self.diags.push(d);
    }

    /// The same for a pattern; `var` when it is a variable.
    pub fn mismatch_pattern(
        &mut self,
        span: Span,
        var: Option<VarId>,
        got: &T,
        want: &T,
        why: Why<'a>,
    ) {
        let mut vars: Vec<VarId> = var.into_iter().collect();
        if let Why::Value(v) = why {
            vars.extend(as_var(v));
        }
        if self.hush(&vars) {
            return;
        }
        let what = var.map_or("this pattern".to_string(), |v| format!("`{}`", self.name(v)));
        let mut d = self.disagree(span, &what, got, want, why);
        if let Some(v) = var {
            d = self.with_origin(d, v);
        }
        if let Why::Value(e) = why
            && let Some(v) = as_var(e)
        {
            d = self.with_origin(d, v);
        }
        self.diags.push(d);
    }

    fn disagree(&self, span: Span, what: &str, got: &T, want: &T, why: Why<'a>) -> Diagnostic {
        let numbers = matches!(
            (self.uni.shallow(got), self.uni.shallow(want)),
            (T::Int, T::Float) | (T::Float, T::Int)
        );
        let code = if numbers { codes::INT_FLOAT } else { codes::TYPE_MISMATCH };
        let (place, wanted) = (self.place(why), self.a(want));
        let d = Diagnostic::error(
            code,
            span,
            format!("{what} is {}, but {place} is {wanted}", self.a(got)),
        )
        .at(format!("{wanted} is wanted here"));
        // A variable shows where it got its type instead.
        let variable = matches!(why, Why::Value(e) if as_var(e).is_some());
        match self.declared(why) {
            Some(at) if at != span && !variable => d.label(at, format!("{place} is {wanted}")),
            _ => d,
        }
    }

    /// For a compound expression: the first variable in it that brought the type.
    fn with_leaf(&self, d: Diagnostic, e: &hir::Expr, got: &T) -> Diagnostic {
        let mut leaf = None;
        let wanted = self.uni.display(got);
        each_var(e, &mut |v| {
            if leaf.is_none() && self.uni.display(&self.var(v)) == wanted {
                leaf = Some(v);
            }
        });
        match leaf {
            Some(v) => self.with_origin(d, v),
            None => d,
        }
    }

    /// Offers what turns one type into the other.
    pub fn convert(&self, d: Diagnostic, e: &hir::Expr, got: &T, want: &T) -> Diagnostic {
        let (got, want) = (self.uni.display(got), self.uni.display(want));
        if let (hir::ExprKind::Literal(hir::Literal::Int(n)), Ty::Float) = (&e.kind, &want) {
            return d.help(format!("write `{n}.0`: ints and floats do not mix")).fix(
                format!("write `{n}.0`"),
                e.span,
                format!("{n}.0"),
            );
        }
        let scalar = !matches!(got, Ty::Error);
        let (function, remark) = match (&got, &want) {
            (Ty::Int, Ty::Float) => ("float", ""),
            (Ty::Float, Ty::Int) => ("int", ", which rounds towards zero"),
            (Ty::Bool, Ty::Int) => ("int", ""),
            (Ty::Str, Ty::Int) => ("parse_int", ", which gives an `int?`"),
            (Ty::Str, Ty::Float) => ("parse_float", ", which gives a `float?`"),
            (Ty::Str, Ty::Time) => ("time", ", which gives a `time?`"),
            (Ty::Str, Ty::Bytes) => ("bytes", ""),
            (Ty::List(_), Ty::Set(_)) => ("to_set", ""),
            (Ty::Set(_), Ty::List(_)) => ("to_list", ""),
            (Ty::Option(t), Ty::Json) if **t == Ty::Json => {
                return d.help("write `?` behind it, which gives no row where there is none, or give another with `or_else(…, …)`");
            }
            (g, Ty::Int | Ty::Float | Ty::Bool | Ty::Str | Ty::Time) if g.is_json() => {
                let (name, of) = (as_var(e).map_or("…", |v| self.name(v)), want.widen());
                let function = ty::show(&of, &Names(self.env.hir));
                return d.help(format!(
                    "take it out with `{function}({name})?`, which gives no row where there is none"
                ));
            }
            (Ty::Option(t), w) if **t == *w => {
                return d.help("`?` behind it takes the value out, and where there is none there is no row; `or_else(x, …)` gives another");
            }
            (g, Ty::Option(t)) if *g == **t => {
                return match as_var(e) {
                    Some(v) => {
                        let new = format!("Some({})", self.name(v));
                        d.help(format!("write `{new}`")).fix(format!("write `{new}`"), e.span, new)
                    }
                    None => d.help("write `Some(…)` around it"),
                };
            }
            (_, Ty::Str) if scalar => ("str", ""),
            _ => return d,
        };
        let name = as_var(e).map_or("…", |v| self.name(v));
        d.help(format!("convert it with `{function}({name})`{remark}"))
    }
}
