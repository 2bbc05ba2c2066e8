//! Expressions, bodies and tests, written again for the whole program. A name
//! may be a variable here: it stays what it is, unless something of the
//! program that it cannot see is called so.

use super::declared::Kind;
use super::rename::Rename;
use super::scope::Lower;
use super::scope::MARK;
use super::scope::Upper;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::TestKind;

impl Rename<'_, '_, '_> {
    pub(super) fn exprs(&mut self, exprs: &[ast::Expr]) -> Vec<ast::Expr> {
        exprs.iter().map(|e| self.expr(e)).collect()
    }

    fn boxed(&mut self, expr: &ast::Expr) -> Box<ast::Expr> {
        Box::new(self.expr(expr))
    }

    pub(super) fn expr(&mut self, expr: &ast::Expr) -> ast::Expr {
        let span = self.span(expr.span);
        let kind = match &expr.kind {
            ExprKind::Name(name) => self.value(name, expr.span),
            ExprKind::Upper(name) => ExprKind::Upper(self.constructor(name, expr.span)),
            ExprKind::Wildcard => ExprKind::Wildcard,
            ExprKind::Literal(literal) => ExprKind::Literal(self.literal(literal)),
            ExprKind::At(name) => ExprKind::At(self.same(name)),
            ExprKind::Seal(name, args) => {
                let path = [name.clone()];
                let name = self.path(&path).unwrap_or_else(|| self.same(name));
                ExprKind::Seal(name, self.exprs(args))
            }
            ExprKind::Tuple(parts) => ExprKind::Tuple(self.exprs(parts)),
            ExprKind::Paren(inner) => ExprKind::Paren(self.boxed(inner)),
            ExprKind::List(parts) => ExprKind::List(self.exprs(parts)),
            ExprKind::Set(parts) => ExprKind::Set(self.exprs(parts)),
            ExprKind::Map(entries) => ExprKind::Map(self.pairs(entries)),
            ExprKind::Match(subject, arms) => {
                ExprKind::Match(self.boxed(subject), self.pairs(arms))
            }
            ExprKind::If(c, a, b) => ExprKind::If(self.boxed(c), self.boxed(a), self.boxed(b)),
            ExprKind::Neg(inner) => ExprKind::Neg(self.boxed(inner)),
            ExprKind::Not(inner) => ExprKind::Not(self.boxed(inner)),
            ExprKind::Binary(op, at, a, b) => {
                ExprKind::Binary(*op, self.span(*at), self.boxed(a), self.boxed(b))
            }
            ExprKind::Field(base, name) => match self.member_of(expr) {
                Some(member) => return member,
                None => ExprKind::Field(self.boxed(base), self.same(name)),
            },
            ExprKind::TupleField(base, index, at) => {
                ExprKind::TupleField(self.boxed(base), *index, self.span(*at))
            }
            ExprKind::Index(base, index) => ExprKind::Index(self.boxed(base), self.boxed(index)),
            ExprKind::Call(callee, args) => {
                ExprKind::Call(Box::new(self.callee(callee)), self.exprs(args))
            }
            ExprKind::Named(callee, args) => {
                ExprKind::Named(Box::new(self.callee(callee)), self.named(args))
            }
            ExprKind::Try(inner) => ExprKind::Try(self.boxed(inner)),
        };
        ast::Expr { kind, span }
    }

    fn pairs(&mut self, pairs: &[(ast::Expr, ast::Expr)]) -> Vec<(ast::Expr, ast::Expr)> {
        pairs.iter().map(|(a, b)| (self.expr(a), self.expr(b))).collect()
    }

    fn literal(&mut self, literal: &ast::Literal) -> ast::Literal {
        let ast::Literal::Str(parts) = literal else { return literal.clone() };
        let parts = parts.iter().map(|part| match part {
            ast::StrPart::Text(text) => ast::StrPart::Text(text.clone()),
            ast::StrPart::Expr(e) => ast::StrPart::Expr(self.expr(e)),
        });
        ast::Literal::Str(parts.collect())
    }

    /// A word where a value stands.
    fn value(&mut self, name: &str, span: Span) -> ExprKind {
        if self.bound.iter().any(|b| b == name) {
            return ExprKind::Name(name.to_string());
        }
        match self.cx.lower(self.scope, name) {
            Lower::Flat(flat, _) => ExprKind::Name(flat),
            Lower::Instance(_) => {
                let at = ast::Name { text: name.to_string(), span };
                self.cx.instance_as_value(self.scope, &at);
                self.lost_value(name, span)
            }
            Lower::Lost => self.lost_value(name, span),
            // An instance leaves no name behind that could be met.
            Lower::Unknown | Lower::Hidden(Kind::Instance, _) => ExprKind::Name(name.to_string()),
            Lower::Hidden(..) => ExprKind::Name(format!("{name}{MARK}")),
        }
    }

    /// What stands in place of a value about which enough has been said.
    fn lost_value(&mut self, name: &str, span: Span) -> ExprKind {
        let base = ast::Expr { kind: ExprKind::Name(self.lost(name)), span: self.span(span) };
        let field = ast::Name { text: name.to_string(), span: self.span(span) };
        ExprKind::Field(Box::new(base), field)
    }

    fn constructor(&mut self, name: &str, span: Span) -> String {
        match self.cx.constructor(self.scope, name) {
            Upper::Flat(flat) => flat,
            Upper::Hidden(place) => {
                self.cx.hidden(self.scope, name, span, place);
                self.lost(name)
            }
            Upper::Unknown => name.to_string(),
        }
    }

    /// What is written before parentheses or braces.
    fn callee(&mut self, callee: &ast::Expr) -> ast::Expr {
        let span = self.span(callee.span);
        match &callee.kind {
            ExprKind::Name(name) => {
                let text = match self.cx.lower(self.scope, name) {
                    Lower::Flat(flat, _) => flat,
                    Lower::Unknown => self.unknown(name),
                    // A function of the language is called, whatever else has its name.
                    Lower::Hidden(..) if self.cx.is_given(name) => name.clone(),
                    Lower::Hidden(_, place) => {
                        self.cx.hidden(self.scope, name, callee.span, place);
                        self.lost(name)
                    }
                    Lower::Instance(_) => {
                        let at = ast::Name { text: name.clone(), span: callee.span };
                        self.cx.instance_as_value(self.scope, &at);
                        self.lost(name)
                    }
                    Lower::Lost => self.lost(name),
                };
                ast::Expr { kind: ExprKind::Name(text), span }
            }
            _ => self.expr(callee),
        }
    }

    /// `q.p`, and `q.r.p`, where `q` is an instance; what follows are fields.
    fn member_of(&mut self, expr: &ast::Expr) -> Option<ast::Expr> {
        let path = dotted(expr)?;
        let first = path.first()?;
        if self.bound.contains(&first.text) {
            return None;
        }
        let (flat, words) = match self.cx.lower(self.scope, &first.text) {
            Lower::Instance(at) => self
                .cx
                .member(self.scope, at, &path)
                .unwrap_or_else(|| (self.lost(&first.text), path.len())),
            Lower::Lost => (self.lost(&first.text), path.len()),
            Lower::Hidden(Kind::Instance, place) => {
                self.cx.hidden(self.scope, &first.text, first.span, place);
                (self.lost(&first.text), path.len())
            }
            _ => return None,
        };
        let span = path.get(words.checked_sub(1)?).map_or(first.span, |n| n.span);
        let mut found = ast::Expr { kind: ExprKind::Name(flat), span: self.span(span) };
        for field in &path[words..] {
            let span = self.span(field.span);
            let kind = ExprKind::Field(Box::new(found), self.same(field));
            found = ast::Expr { kind, span };
        }
        Some(found)
    }

    pub(super) fn args(&mut self, args: &ast::Args) -> ast::Args {
        match args {
            ast::Args::Positional(args) => ast::Args::Positional(self.exprs(args)),
            ast::Args::Named(args) => ast::Args::Named(self.named(args)),
        }
    }

    fn named(&mut self, args: &[ast::NamedArg]) -> Vec<ast::NamedArg> {
        args.iter()
            .map(|arg| {
                let name = self.same(&arg.name);
                let value = match &arg.value {
                    Some(value) => Some(self.expr(value)),
                    // `c` for `c: c`: the value may have another name now.
                    None => match self.value(&arg.name.text, arg.name.span) {
                        ExprKind::Name(text) if text == name.text => None,
                        kind => Some(ast::Expr { kind, span: name.span }),
                    },
                };
                ast::NamedArg { name, value }
            })
            .collect()
    }

    pub(super) fn body(&mut self, body: &[ast::Lit]) -> Vec<ast::Lit> {
        body.iter().map(|lit| self.lit(lit)).collect()
    }

    fn lit(&mut self, lit: &ast::Lit) -> ast::Lit {
        match lit {
            ast::Lit::Plain { expr, otherwise } => ast::Lit::Plain {
                expr: self.expr(expr),
                otherwise: otherwise.as_ref().map(|e| self.expr(e)),
            },
            ast::Lit::All { var, range, lit, span } => {
                let text = match self.value(&var.text, var.span) {
                    ExprKind::Name(text) => text,
                    _ => var.text.clone(),
                };
                let var = ast::Name { text, span: self.span(var.span) };
                let (range, lit) = (self.expr(range), Box::new(self.lit(lit)));
                ast::Lit::All { var, range, lit, span: self.span(*span) }
            }
        }
    }

    /// Statements of tests: what they name may be in an instance.
    pub(super) fn test_stmt(&mut self, stmt: &ast::TestStmt) -> ast::TestStmt {
        let kind = match &stmt.kind {
            TestKind::Tick { at, facts, block } => TestKind::Tick {
                at: at.as_ref().map(|e| self.expr(e)),
                facts: self.facts(facts),
                block: *block,
            },
            TestKind::Expect(e) => TestKind::Expect(self.expr(e)),
            TestKind::ExpectSent { negated, head } => {
                TestKind::ExpectSent { negated: *negated, head: self.head(head, false) }
            }
            TestKind::ExpectError { code, inner } => {
                TestKind::ExpectError { code: code.clone(), inner: Box::new(self.test_stmt(inner)) }
            }
            TestKind::NodeEvents { role, index, at, facts } => TestKind::NodeEvents {
                role: role.clone(),
                index: *index,
                at: at.as_ref().map(|e| self.expr(e)),
                facts: self.facts(facts),
            },
            TestKind::View { name, args, body } => {
                TestKind::View { name: name.clone(), args: self.exprs(args), body: self.body(body) }
            }
            TestKind::Eventually { within, props } => TestKind::Eventually {
                within: within.as_ref().map(|e| self.expr(e)),
                props: self.props(props),
            },
            TestKind::Always(props) => TestKind::Always(self.props(props)),
            TestKind::Sometimes(props) => TestKind::Sometimes(self.props(props)),
            TestKind::Nodes(_) | TestKind::Seeds(_) | TestKind::Network(_) => stmt.kind.clone(),
        };
        ast::TestStmt { kind, span: self.span(stmt.span) }
    }

    fn facts(&mut self, facts: &[ast::TestFact]) -> Vec<ast::TestFact> {
        let fact =
            |f: &ast::TestFact| ast::TestFact { delete: f.delete, head: self.head(&f.head, false) };
        facts.iter().map(fact).collect()
    }

    fn props(&mut self, props: &[ast::Prop]) -> Vec<ast::Prop> {
        props
            .iter()
            .map(|prop| match prop {
                ast::Prop::Expr(e) => ast::Prop::Expr(self.expr(e)),
                ast::Prop::All(name, e) => ast::Prop::All(name.clone(), self.expr(e)),
                ast::Prop::Agree(role, path) => {
                    let path = self.path(path).map_or_else(|| path.clone(), |name| vec![name]);
                    ast::Prop::Agree(role.clone(), path)
                }
            })
            .collect()
    }
}

/// `a.b.c` as its words.
pub fn dotted(expr: &ast::Expr) -> Option<Vec<ast::Name>> {
    match &expr.kind {
        ExprKind::Name(text) => Some(vec![ast::Name { text: text.clone(), span: expr.span }]),
        ExprKind::Field(base, name) => {
            let mut path = dotted(base)?;
            path.push(name.clone());
            Some(path)
        }
        _ => None,
    }
}
