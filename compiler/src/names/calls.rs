//! What is written with parentheses or braces after a word: calls of
//! functions, constructors and records. Functions of the language pass
//! through by name; how many arguments they take is the types' to say.

use super::draws;
use super::hir::ExprKind as H;
use super::occurrences::Thing;
use super::occurrences::Use;
use super::resolve::Body;
use super::resolve::Owner;
use super::scope::Symbol;
use super::scope::TypeSymbol;
use super::words;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::ids::FnId;
use crate::ids::RecordId;
use crate::ids::RelId;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ExprKind;

impl Body<'_, '_> {
    /// `callee(args)` as a value.
    pub(super) fn call(&mut self, callee: &ast::Expr, args: &[ast::Expr], span: Span) -> H {
        match &callee.kind {
            ExprKind::Name(name) => self.call_name(name, callee.span, args, span),
            ExprKind::Upper(name) => self.call_upper(name, callee, args, span),
            ExprKind::Field(base, _) if self.is_poisoned_base(base) => {
                self.cx.taint();
                H::Error
            }
            ExprKind::Field(base, method) => self.method(base, method, args, span),
            // `@r(k)` is one thing that does not run yet, not two.
            ExprKind::At(_) => {
                self.expr(callee);
                H::Error
            }
            _ => {
                self.not_callable(callee, "called");
                self.exprs(args);
                H::Error
            }
        }
    }

    fn not_callable(&mut self, callee: &ast::Expr, what: &str) {
        self.cx.report(
            Diagnostic::error(
                codes::NOT_CALLABLE,
                callee.span,
                format!("only a name can be {what}"),
            )
            .at("this is a value")
            .help("write an operator between the two, or the name of a function or collection"),
        );
    }

    fn call_name(&mut self, name: &str, at: Span, args: &[ast::Expr], span: Span) -> H {
        match self.cx.scope.symbol(name) {
            Some(Symbol::Fn(id, arity)) => {
                self.cx.saw(at, Thing::Fn(id), Use::Reads);
                return self.call_fn(id, arity, args, span);
            }
            // A collection may share the name of a function of the language.
            Some(Symbol::Rel(_) | Symbol::Const(_)) if words::is_function(name) => {}
            Some(Symbol::Rel(rel)) => {
                self.collection_as_value(name, rel, at);
                self.lost(args);
                return H::Error;
            }
            Some(Symbol::Given(given)) => {
                let rel = self.cx.given(given);
                self.collection_as_value(name, rel, at);
                self.lost(args);
                return H::Error;
            }
            Some(Symbol::Const(_)) => {
                let callee = ast::Expr { kind: ExprKind::Name(name.to_string()), span: at };
                self.not_callable(&callee, "called, and this one is a constant:");
                self.lost(args);
                return H::Error;
            }
            None => {
                if draws::is_word(name) {
                    return self.draw(name, at, args, span);
                }
                if !words::is_function(name) && self.cx.scope.is_poisoned(name) {
                    self.cx.taint();
                    self.lost(args);
                    return H::Error;
                }
            }
        }
        H::Builtin { name: name.to_string(), args: self.exprs(args), name_span: at }
    }

    /// Arguments of a call that is no call: their own errors count, but a `_`
    /// among them is no second one.
    fn lost(&mut self, args: &[ast::Expr]) {
        args.iter().filter(|a| !super::patterns::has_wildcard(a)).for_each(|a| {
            self.expr(a);
        });
    }

    fn collection_as_value(&mut self, name: &str, rel: RelId, at: Span) {
        self.cx.saw(at, Thing::Rel(rel), Use::Mentions);
        let place = self.cx.program.rels[rel.index()].name_span;
        self.cx.report(
            Diagnostic::error(
                codes::COLLECTION_AS_VALUE,
                at,
                format!("rows of `{name}` are read in the body, not inside an expression"),
            )
            .at("a value is expected here")
            .label(place, "declared here")
            .help(format!(
                "put the atom `{}` into the body and use its variables here",
                self.cx.shape(rel)
            )),
        );
    }

    fn call_fn(&mut self, id: FnId, arity: usize, args: &[ast::Expr], span: Span) -> H {
        self.mention(Owner::Fn(id));
        let resolved = self.exprs(args);
        if args.len() == arity {
            return H::Call(id, resolved);
        }
        let function = &self.cx.program.fns[id.index()];
        let title = format!(
            "`{}` takes {}, but {} given",
            function.name,
            suggest::count(arity, "argument"),
            are(args.len())
        );
        let diagnostic = Diagnostic::error(codes::WRONG_ARGUMENTS, span, title)
            .at(excess(arity, args.len()))
            .label(function.name_span, "declared here");
        self.cx.report(diagnostic);
        H::Error
    }

    fn call_upper(&mut self, name: &str, callee: &ast::Expr, args: &[ast::Expr], span: Span) -> H {
        let mut resolved = self.exprs(args);
        if name == "Some" && resolved.len() == 1 {
            return H::Some(Box::new(resolved.swap_remove(0)));
        }
        if name == "Some" {
            self.constructor_arity(name, span, 1, args.len(), None);
            return H::Error;
        }
        if name == "None" {
            self.constructor_arity(name, span, 0, args.len(), None);
            return H::Error;
        }
        let Some(&(owner, index, place)) = self.cx.scope.constructors.get(name) else {
            self.unknown_constructor(name, callee, true);
            return H::Error;
        };
        self.cx.saw(callee.span, Thing::Variant(owner, index as u32), Use::Mentions);
        let wanted = self.cx.program.enums[owner.index()].variants[index].payload.len();
        if args.len() != wanted || wanted == 0 {
            self.constructor_arity(name, span, wanted, args.len(), Some(place));
            return H::Error;
        }
        H::Construct(owner, index, resolved)
    }

    /// A constructor with too many or too few parts.
    pub(super) fn constructor_arity(
        &mut self,
        name: &str,
        span: Span,
        wanted: usize,
        found: usize,
        place: Option<Span>,
    ) {
        let title = match (wanted, found) {
            (0, 0) => format!("`{name}` is written without parentheses"),
            _ => format!(
                "`{name}` holds {}, but {} given",
                suggest::count(wanted, "value"),
                are(found)
            ),
        };
        let mut diagnostic =
            Diagnostic::error(codes::WRONG_ARGUMENTS, span, title).at(excess(wanted, found));
        if let Some(place) = place {
            diagnostic = diagnostic.label(place, "declared here");
        }
        if wanted == 0 {
            diagnostic = diagnostic.help(format!("write `{name}`")).fix(
                format!("write `{name}`"),
                span,
                name,
            );
        }
        self.cx.report(diagnostic);
    }

    /// `x.f(y)` in the habit of other languages.
    fn method(
        &mut self,
        base: &ast::Expr,
        method: &ast::Name,
        args: &[ast::Expr],
        span: Span,
    ) -> H {
        self.expr(base);
        self.exprs(args);
        let name = &method.text;
        let mut diagnostic = Diagnostic::error(
            codes::METHOD_CALL,
            method.span,
            "functions are not called on a value",
        )
        .at("values have fields, not functions");
        let base = render(base);
        let comma = if args.is_empty() { "" } else { ", " };
        let rest = if args.is_empty() { "" } else { "…" };
        let shown = base.as_deref().unwrap_or("…");
        diagnostic = diagnostic.help(format!("write `{name}({shown}{comma}{rest})`"));
        let written: Option<Vec<String>> = args.iter().map(render).collect();
        if let (Some(base), Some(args)) = (base, written) {
            let all: Vec<String> = std::iter::once(base).chain(args).collect();
            let call = format!("{name}({})", all.join(", "));
            diagnostic = diagnostic.fix(format!("write `{call}`"), span, call);
        }
        self.cx.report(diagnostic);
        H::Error
    }

    /// `Point { x: 1, y: 2 }`
    pub(super) fn record(&mut self, base: &ast::Expr, fields: &[ast::NamedArg], span: Span) -> H {
        let name = match &base.kind {
            ExprKind::Upper(name) => name,
            ExprKind::Name(name) => {
                match self.cx.scope.symbol(name) {
                    Some(Symbol::Rel(rel)) => self.collection_as_value(name, rel, base.span),
                    Some(Symbol::Given(given)) => {
                        let rel = self.cx.given(given);
                        self.collection_as_value(name, rel, base.span);
                    }
                    Some(Symbol::Fn(..) | Symbol::Const(_)) => {
                        self.cx.not_a_collection(&ast::Name { text: name.clone(), span: base.span })
                    }
                    None => self.cx.unknown_collection(name, base.span, true),
                }
                return H::Error;
            }
            _ => {
                self.not_callable(base, "followed by braces");
                return H::Error;
            }
        };
        match self.cx.scope.types.get(name) {
            Some(&(TypeSymbol::Record(id), _)) => {
                self.cx.saw(base.span, Thing::Record(id), Use::Mentions);
                self.record_of(id, fields, span)
            }
            Some(&(TypeSymbol::Enum(_) | TypeSymbol::Alias(_), place)) => {
                self.cx.report(
                    Diagnostic::error(
                        codes::UNKNOWN_CONSTRUCTOR,
                        base.span,
                        format!("`{name}` is not a record"),
                    )
                    .at("only a record is made with braces")
                    .label(place, "declared here"),
                );
                H::Error
            }
            None => {
                self.unknown_constructor(name, base, true);
                H::Error
            }
        }
    }

    fn record_of(&mut self, id: RecordId, fields: &[ast::NamedArg], span: Span) -> H {
        match self.fields(id, fields, span, &mut |body, value| body.expr(value)) {
            Some(values) => H::Record(id, values),
            None => H::Error,
        }
    }

    /// What is given for every field, in the order of the declaration; `None`
    /// when that is not every field once, which is reported.
    pub(super) fn fields<T: Clone>(
        &mut self,
        id: RecordId,
        fields: &[ast::NamedArg],
        span: Span,
        read: &mut dyn FnMut(&mut Self, &ast::Expr) -> T,
    ) -> Option<Vec<T>> {
        let record = &self.cx.program.records[id.index()];
        let known: Vec<String> = record.fields.iter().map(|f| f.0.clone()).collect();
        let (name, place) = (record.name.clone(), record.span);
        let mut values: Vec<Option<T>> = vec![None; known.len()];
        let mut whole = true;
        for field in fields {
            let value = match &field.value {
                Some(value) => read(self, value),
                None => read(self, &super::literals::shorthand(field)),
            };
            let position = known.iter().position(|k| *k == field.name.text);
            if let Some(i) = position {
                self.cx.saw(field.name.span, Thing::Field(id, i as u32), Use::Mentions);
            }
            match position {
                Some(i) if values[i].is_none() => values[i] = Some(value),
                Some(_) => {
                    whole = false;
                    self.cx.given_twice(&field.name, "field");
                }
                None => {
                    whole = false;
                    self.cx.unknown_column(&field.name, &name, place, "field", &known);
                }
            }
        }
        let missing: Vec<&String> =
            known.iter().zip(&values).filter(|(_, v)| v.is_none()).map(|(k, _)| k).collect();
        // A mistyped field is also a missing one: one message is enough.
        if !missing.is_empty() && whole {
            let list = suggest::and_list(&missing);
            let title = format!("a `{name}` needs its fields {list}");
            self.cx.report(
                Diagnostic::error(codes::MISSING_COLUMN, span, title)
                    .at("not all fields are given")
                    .label(place, "declared here"),
            );
        }
        values.into_iter().collect::<Option<Vec<_>>>().filter(|_| whole)
    }
}

fn are(n: usize) -> String {
    match n {
        0 => "none is".into(),
        1 => "1 is".into(),
        n => format!("{n} are"),
    }
}

fn excess(wanted: usize, found: usize) -> String {
    if found > wanted {
        format!("{} too many", found - wanted)
    } else if found < wanted {
        format!("{} missing", wanted - found)
    } else {
        String::new()
    }
}

/// An expression as text, where it is simple enough to be written into a fix.
pub(super) fn render(written: &ast::Expr) -> Option<String> {
    let list = |parts: &[ast::Expr]| {
        parts.iter().map(render).collect::<Option<Vec<_>>>().map(|p| p.join(", "))
    };
    Some(match &written.kind {
        ExprKind::Name(name) | ExprKind::Upper(name) => name.clone(),
        ExprKind::Wildcard => "_".into(),
        ExprKind::Literal(ast::Literal::Int(n)) => n.to_string(),
        ExprKind::Literal(ast::Literal::Bool(b)) => b.to_string(),
        ExprKind::Paren(inner) => format!("({})", render(inner)?),
        ExprKind::Tuple(parts) if parts.len() > 1 => format!("({})", list(parts)?),
        ExprKind::Field(base, name) => format!("{}.{}", render(base)?, name.text),
        ExprKind::TupleField(base, index, _) => format!("{}.{index}", render(base)?),
        ExprKind::Call(callee, args) => format!("{}({})", render(callee)?, list(args)?),
        ExprKind::Binary(op, _, a, b) => {
            let op = match op {
                ast::BinOp::Add => "+",
                ast::BinOp::Sub => "-",
                ast::BinOp::Mul => "*",
                ast::BinOp::Div => "/",
                ast::BinOp::Rem => "%",
                _ => return None,
            };
            format!("{} {op} {}", render(a)?, render(b)?)
        }
        _ => return None,
    })
}
