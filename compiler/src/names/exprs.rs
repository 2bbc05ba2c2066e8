//! Values. Which functions exist and what types fit is decided later: here
//! every word gets its meaning, and words without one are reported.

use super::hir;
use super::hir::ExprKind as H;
use super::occurrences::Thing;
use super::occurrences::Use;
use super::patterns::Scope;
use super::refuse;
use super::resolve::Body;
use super::resolve::Owner;
use super::resolve::Place;
use super::scope::Symbol;
use super::scope::TypeSymbol;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::Literal;

/// 2^63: legal after a minus only.
const INT_MIN_MAGNITUDE: u64 = 1 << 63;

impl Body<'_, '_> {
    /// A value.
    pub(super) fn expr(&mut self, written: &ast::Expr) -> hir::Expr {
        let span = written.span;
        let kind = match &written.kind {
            ExprKind::Paren(inner) => return self.expr(inner),
            ExprKind::Name(name) => self.name(name, span),
            ExprKind::Upper(name) => self.upper(name, written),
            ExprKind::Wildcard => self.wildcard(span),
            ExprKind::Literal(literal) => self.literal(literal, span),
            ExprKind::Try(inner) if self.place == Place::Rule && self.choices == 0 => {
                self.attempt(inner, span)
            }
            ExprKind::Try(inner) if matches!(self.place, Place::Rule | Place::Fn(_)) => {
                H::Try(Box::new(self.expr(inner)))
            }
            ExprKind::Try(inner) => {
                self.expr(inner);
                self.without_row(span);
                H::Error
            }
            ExprKind::At(role) => {
                self.cx.role_as_value(role, span);
                H::Error
            }
            ExprKind::Seal(..) => {
                self.cx.report(later(written));
                H::Error
            }
            ExprKind::Tuple(parts) => H::Tuple(self.exprs(parts)),
            ExprKind::List(parts) => H::List(self.exprs(parts)),
            ExprKind::Set(parts) => H::Set(self.exprs(parts)),
            ExprKind::Map(entries) => {
                H::Map(entries.iter().map(|(k, v)| (self.expr(k), self.expr(v))).collect())
            }
            ExprKind::Match(subject, arms) => self.match_arms(subject, arms),
            ExprKind::If(c, a, b) => {
                let c = Box::new(self.expr(c));
                H::If(c, Box::new(self.maybe(a)), Box::new(self.maybe(b)))
            }
            ExprKind::Neg(inner) => self.negate(inner, span),
            ExprKind::Not(inner) => H::Not(Box::new(self.expr(inner))),
            ExprKind::Binary(op, op_span, a, b) => self.binary(*op, *op_span, a, b, span),
            ExprKind::Field(base, field) if self.is_poisoned_base(base) => {
                let _ = field;
                self.cx.taint();
                H::Error
            }
            ExprKind::Field(base, field) => {
                H::Field(Box::new(self.expr(base)), field.text.clone(), field.span)
            }
            ExprKind::TupleField(base, index, _) => {
                H::TupleField(Box::new(self.expr(base)), *index)
            }
            ExprKind::Index(base, index) => {
                H::Index(Box::new(self.expr(base)), Box::new(self.expr(index)))
            }
            ExprKind::Call(callee, args) => self.call(callee, args, span),
            ExprKind::Named(base, fields) => self.record(base, fields, span),
        };
        hir::Expr { kind, span }
    }

    /// A value that another may make unneeded.
    fn maybe(&mut self, written: &ast::Expr) -> hir::Expr {
        self.choices += 1;
        let value = self.expr(written);
        self.choices -= 1;
        value
    }

    /// `e?` is a variable that `Some(x) = e` gives its value, beside the
    /// literal or head it stands in.
    fn attempt(&mut self, inner: &ast::Expr, span: Span) -> H {
        let value = self.expr(inner);
        let var = self.vars.nameless(span);
        let some = hir::Pat { kind: hir::PatKind::Var(var), span };
        let some = hir::Pat { kind: hir::PatKind::Some(Box::new(some)), span };
        self.wanted.push(hir::Lit { kind: hir::LitKind::Bind(some, value), span });
        H::Var(var)
    }

    /// `e?` where there is no row that could be missing.
    fn without_row(&mut self, span: Span) {
        let what = if self.place == Place::Default { "a default" } else { "a constant" };
        self.cx.report(
            Diagnostic::error(
                codes::NOT_CONSTANT,
                span,
                format!("{what} has a value always, and `?` may give none"),
            )
            .at("without a value, there would be no row here to leave out")
            .help("say what to take instead: `or_else(e, value)`"),
        );
    }

    /// Values in order.
    pub(super) fn exprs(&mut self, written: &[ast::Expr]) -> Vec<hir::Expr> {
        written.iter().map(|e| self.expr(e)).collect()
    }

    fn name(&mut self, name: &str, span: Span) -> H {
        if self.vars.find(name).is_some() {
            return H::Var(self.vars.touch(name, span, false));
        }
        if let Some(Symbol::Const(id)) = self.cx.scope.symbol(name) {
            self.mention(Owner::Const(id));
            self.cx.saw(span, Thing::Const(id), Use::Reads);
            return H::Const(id);
        }
        if name == "nil" {
            return H::Literal(hir::Literal::Nil);
        }
        if matches!(name, "me" | "now") {
            return self.given_value(name, span).map_or(H::Error, H::Var);
        }
        if let Some(Symbol::Fn(id, _)) = self.cx.scope.symbol(name) {
            self.cx.saw(span, Thing::Fn(id), Use::Mentions);
            self.function_as_value(name, id, span);
            return H::Error;
        }
        if self.place == Place::Rule {
            return H::Var(self.vars.touch(name, span, false));
        }
        self.unknown_name(name, span);
        H::Error
    }

    fn function_as_value(&mut self, name: &str, id: crate::ids::FnId, span: Span) {
        let place = self.cx.program.fns[id.index()].name_span;
        self.cx.report(
            Diagnostic::error(
                codes::COLLECTION_AS_VALUE,
                span,
                format!("`{name}` is a function, not a value"),
            )
            .at("a value is expected here")
            .label(place, "declared here")
            .help(format!("call it: `{name}(…)`")),
        );
    }

    /// In functions, constants and defaults nothing binds a name.
    fn unknown_name(&mut self, name: &str, span: Span) {
        if self.place == Place::Default && name == "line" {
            return self.cx.refuse_line(span);
        }
        if let Some(Symbol::Rel(rel)) = self.cx.scope.symbol(name) {
            let place = self.cx.program.rels[rel.index()].name_span;
            self.cx.report(
                Diagnostic::error(
                    codes::COLLECTION_AS_VALUE,
                    span,
                    format!("`{name}` is a collection, not a value"),
                )
                .at("a value is expected here")
                .label(place, "declared here")
                .help("rows are read in the body of a rule"),
            );
            return;
        }
        self.cx.taint();
        if self.cx.scope.is_poisoned(name) {
            return;
        }
        let nearest = {
            let own = self.vars.arena.iter().map(|v| v.name.as_str());
            suggest::closest(name, own.chain(self.cx.scope.consts())).map(str::to_string)
        };
        let sees = match self.place {
            Place::Fn(_) => "a function sees its parameters and constants",
            Place::Const(_) => "a constant sees other constants",
            Place::Rule | Place::Default => "a default sees constants",
        };
        let mut diagnostic =
            Diagnostic::error(codes::UNKNOWN_NAME, span, format!("unknown name `{name}`"))
                .at("nothing has this name")
                .note(format!("{}{}.", sees[..1].to_uppercase(), &sees[1..]));
        if let Some(nearest) = nearest {
            diagnostic = diagnostic.help(format!("did you mean `{nearest}`?")).fix(
                format!("write `{nearest}`"),
                span,
                nearest,
            );
        }
        self.cx.report(diagnostic);
    }

    fn upper(&mut self, name: &str, written: &ast::Expr) -> H {
        match name {
            "None" => return H::None,
            "Some" => {
                self.constructor_arity(name, written.span, 1, 0, None);
                return H::Error;
            }
            _ => {}
        }
        let Some(&(owner, index, place)) = self.cx.scope.constructors.get(name) else {
            self.unknown_constructor(name, written, false);
            return H::Error;
        };
        self.cx.saw(written.span, Thing::Variant(owner, index as u32), Use::Mentions);
        let wanted = self.cx.program.enums[owner.index()].variants[index].payload.len();
        if wanted != 0 {
            self.constructor_arity(name, written.span, wanted, 0, Some(place));
            return H::Error;
        }
        H::Construct(owner, index, Vec::new())
    }

    /// An upper-case word that names no constructor: a slip of one, a type, or
    /// a variable in the habit of another language.
    pub(super) fn unknown_constructor(&mut self, name: &str, written: &ast::Expr, called: bool) {
        self.cx.taint();
        if self.cx.scope.is_poisoned(name) {
            return;
        }
        let span = written.span;
        if let Some(&(symbol, place)) = self.cx.scope.types.get(name) {
            let help = match symbol {
                TypeSymbol::Record(_) => format!("make one with `{name} {{ field: value, … }}`"),
                TypeSymbol::Enum(_) => "write one of its constructors".to_string(),
                TypeSymbol::Alias(_) => "write the value itself".to_string(),
            };
            self.cx.report(
                Diagnostic::error(
                    codes::UNKNOWN_CONSTRUCTOR,
                    span,
                    format!("`{name}` is a type, not a value"),
                )
                .at("a value is expected here")
                .label(place, "declared here")
                .help(help),
            );
            return;
        }
        let known = self.cx.scope.constructors.keys().map(String::as_str);
        let nearest = suggest::closest(name, known).map(str::to_string);
        if nearest.is_none() && !called {
            self.vars.upper(name, span);
            // Constants and defaults have no end-of-rule checks.
            if matches!(self.place, Place::Const(_) | Place::Default) {
                let faults = self.cx.faults();
                self.finish(faults);
            }
            return;
        }
        let at = Span { hi: span.lo + name.len() as u32, ..span };
        let title = format!("unknown constructor `{name}`");
        let mut diagnostic =
            Diagnostic::error(codes::UNKNOWN_CONSTRUCTOR, at, title).at("no enum declares it");
        diagnostic = match nearest {
            Some(nearest) => diagnostic.help(format!("did you mean `{nearest}`?")).fix(
                format!("write `{nearest}`"),
                at,
                nearest,
            ),
            None => diagnostic.help(format!("declare it: `enum T {{ {name}(…), … }}`")),
        };
        self.cx.report(diagnostic);
    }

    fn wildcard(&mut self, span: Span) -> H {
        self.cx.report(
            Diagnostic::error(codes::MISPLACED_WILDCARD, span, "`_` has no value")
                .at("a value is expected here")
                .note("`_` matches anything, so it stands in atoms and patterns only.")
                .help("give it a name and bind it in the body"),
        );
        H::Error
    }

    fn literal(&mut self, literal: &Literal, span: Span) -> H {
        H::Literal(match literal {
            Literal::Int(n) => match i64::try_from(*n) {
                Ok(n) => hir::Literal::Int(n),
                Err(_) => {
                    self.int_range(span);
                    return H::Error;
                }
            },
            Literal::Float(x) => hir::Literal::Float(*x),
            Literal::Bool(b) => hir::Literal::Bool(*b),
            Literal::Duration(ns) => hir::Literal::Duration(*ns),
            Literal::Bytes(bytes) => hir::Literal::Bytes(bytes.clone()),
            Literal::Str(parts) => return self.text(parts),
        })
    }

    fn text(&mut self, parts: &[ast::StrPart]) -> H {
        if parts.iter().all(|p| matches!(p, ast::StrPart::Text(_))) {
            let text = parts.iter().map(|p| match p {
                ast::StrPart::Text(text) => text.as_str(),
                ast::StrPart::Expr(_) => "",
            });
            return H::Literal(hir::Literal::Str(text.collect()));
        }
        let parts = parts.iter().map(|part| match part {
            ast::StrPart::Text(text) => hir::Part::Text(text.clone()),
            ast::StrPart::Expr(e) => hir::Part::Expr(self.expr(e)),
        });
        H::Interp(parts.collect())
    }

    fn int_range(&mut self, span: Span) {
        self.cx.report(
            Diagnostic::error(codes::INT_RANGE, span, "this number is too large for an `int`")
                .at("more than 9223372036854775807")
                .note("An `int` has 64 bits with a sign: -9223372036854775808 to 9223372036854775807.")
                .help("a `float` such as `1e19` holds larger numbers, not exactly"),
        );
    }

    fn negate(&mut self, inner: &ast::Expr, span: Span) -> H {
        match &inner.kind {
            ExprKind::Literal(Literal::Int(INT_MIN_MAGNITUDE)) => {
                H::Literal(hir::Literal::Int(i64::MIN))
            }
            ExprKind::Literal(Literal::Int(n)) => match i64::try_from(*n) {
                Ok(n) => H::Literal(hir::Literal::Int(-n)),
                Err(_) => {
                    self.int_range(span);
                    H::Error
                }
            },
            ExprKind::Literal(Literal::Float(x)) => H::Literal(hir::Literal::Float(-x)),
            ExprKind::Literal(Literal::Duration(ns)) => {
                H::Literal(hir::Literal::Duration(ns.saturating_neg()))
            }
            _ => H::Neg(Box::new(self.expr(inner))),
        }
    }

    fn match_arms(&mut self, subject: &ast::Expr, arms: &[(ast::Expr, ast::Expr)]) -> H {
        let subject = self.expr(subject);
        let mut resolved = Vec::new();
        for (pattern, value) in arms {
            let mark = self.vars.mark();
            let pattern = self.pat(pattern, Scope::Arm(mark));
            let value = self.maybe(value);
            self.vars.leave(mark);
            resolved.push((pattern, value));
        }
        H::Match(Box::new(subject), resolved)
    }

    fn binary(
        &mut self,
        op: ast::BinOp,
        op_span: Span,
        a: &ast::Expr,
        b: &ast::Expr,
        span: Span,
    ) -> H {
        let op = match op {
            ast::BinOp::Bind => {
                self.expr(a);
                self.expr(b);
                self.cx.report(
                    Diagnostic::error(
                        codes::MISPLACED_EQUALS,
                        op_span,
                        "`=` names a value, and stands only in the body of a rule",
                    )
                    .at("inside an expression nothing is named")
                    .help("write `==` to compare")
                    .fix("write `==`", op_span, "=="),
                );
                return H::Error;
            }
            ast::BinOp::In => {
                if self.refuse_collection_after_in(a, b, span) {
                    return H::Error;
                }
                hir::BinOp::In
            }
            ast::BinOp::Or => hir::BinOp::Or,
            ast::BinOp::And => hir::BinOp::And,
            ast::BinOp::Eq => hir::BinOp::Eq,
            ast::BinOp::Ne => hir::BinOp::Ne,
            ast::BinOp::Lt => hir::BinOp::Lt,
            ast::BinOp::Le => hir::BinOp::Le,
            ast::BinOp::Gt => hir::BinOp::Gt,
            ast::BinOp::Ge => hir::BinOp::Ge,
            ast::BinOp::Range => hir::BinOp::Range,
            ast::BinOp::Add => hir::BinOp::Add,
            ast::BinOp::Sub => hir::BinOp::Sub,
            ast::BinOp::Mul => hir::BinOp::Mul,
            ast::BinOp::Div => hir::BinOp::Div,
            ast::BinOp::Rem => hir::BinOp::Rem,
        };
        let lazy = matches!(op, hir::BinOp::Or | hir::BinOp::And);
        let a = Box::new(self.expr(a));
        H::Binary(op, a, Box::new(if lazy { self.maybe(b) } else { self.expr(b) }))
    }
}

/// Expressions that this version does not run.
fn later(written: &ast::Expr) -> Diagnostic {
    refuse::not_yet(
        codes::LATER_SEALS,
        written.span,
        "`seal` in a body",
        "`seal c(…)` will hold when a partition of a stream is closed.",
    )
}
