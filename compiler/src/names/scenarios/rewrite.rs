//! Tests of many nodes, written again in the names of the program over all
//! nodes: `store.log(n, …)` is the collection `store.log`, `store[0]` the name
//! of a node, an event of a node a row with that node in front, and what must
//! hold of all nodes of a role a view of those of which it does not.

use std::collections::BTreeMap;

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::names::modules::dotted;
use crate::names::roles;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::TestKind;

/// What stands behind the name of a role in the name of the collection of its
/// parameters.
pub const PARAMETERS: &str = " parameters";

/// What the roles of a program declare.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// By role: its collections, each with the names of its columns.
    pub roles: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

impl Declared {
    /// The name of the column of the node, beside these.
    pub fn node_column(columns: &[String]) -> &'static str {
        if columns.iter().any(|c| c == "node") { "@node" } else { "node" }
    }
}

/// The tests in the names of the program over all nodes.
pub fn rewritten(
    tests: &[ast::Item],
    declared: &Declared,
    diags: &mut Vec<Diagnostic>,
) -> Vec<ast::Item> {
    let mut all = Vec::with_capacity(tests.len());
    for item in tests {
        let mut pass = Pass { declared, diags, role: None, views: Vec::new() };
        let mut item = item.clone();
        if let ItemKind::Test { body, .. } = &mut item.kind {
            let mut stmts: Vec<ast::TestStmt> = body.iter().map(|s| pass.stmt(s)).collect();
            stmts.append(&mut pass.views);
            *body = stmts;
        }
        all.push(item);
    }
    all
}

struct Pass<'d, 'm> {
    declared: &'d Declared,
    diags: &'m mut Vec<Diagnostic>,
    /// The role whose collections are named without it.
    role: Option<String>,
    views: Vec<ast::TestStmt>,
}

impl Pass<'_, '_> {
    fn stmt(&mut self, stmt: &ast::TestStmt) -> ast::TestStmt {
        let kind = match &stmt.kind {
            TestKind::Nodes(groups) => {
                TestKind::Nodes(groups.iter().map(|group| self.group(group)).collect())
            }
            TestKind::NodeEvents { role, index, at, facts } => {
                let node = text(&format!("{}[{index}]", role.text), role.span);
                let facts = facts.iter().filter_map(|f| self.fact(role, &node, f)).collect();
                TestKind::NodeEvents { role: role.clone(), index: *index, at: at.clone(), facts }
            }
            TestKind::View { name, args, body } => TestKind::View {
                name: name.clone(),
                args: self.exprs(args),
                body: body.iter().map(|lit| self.lit(lit)).collect(),
            },
            TestKind::Eventually { within, props } => {
                TestKind::Eventually { within: within.clone(), props: self.props(props) }
            }
            TestKind::Always(props) => TestKind::Always(self.props(props)),
            TestKind::Sometimes(props) => TestKind::Sometimes(self.props(props)),
            other => other.clone(),
        };
        ast::TestStmt { kind, span: stmt.span }
    }

    fn group(&mut self, group: &ast::NodeGroup) -> ast::NodeGroup {
        let arg = |arg: &ast::NamedArg| ast::NamedArg {
            name: arg.name.clone(),
            value: arg.value.as_ref().map(|value| self.expr(value)),
        };
        let args = group.args.iter().map(arg).collect();
        ast::NodeGroup { role: group.role.clone(), args, count: group.count }
    }

    fn is_role(&mut self, name: &ast::Name) -> bool {
        if self.declared.roles.contains_key(&name.text) {
            return true;
        }
        let known = self.declared.roles.keys().map(String::as_str);
        self.diags.push(roles::unknown(&name.text, name.span, known));
        false
    }

    /// A row for one node; its first column is the node.
    fn fact(
        &mut self,
        role: &ast::Name,
        node: &ast::Expr,
        fact: &ast::TestFact,
    ) -> Option<ast::TestFact> {
        let head = &fact.head;
        let columns = self.known(role, &head.path, head.span)?;
        let words: Vec<&str> = head.path.iter().map(|n| n.text.as_str()).collect();
        let name = words.join(".");
        let args = match &head.args {
            ast::Args::Positional(args) => {
                if args.len() != columns.len() {
                    self.width(&name, columns.len(), args.len(), head.span);
                    return None;
                }
                let mut all = vec![node.clone()];
                all.extend(self.exprs(args));
                ast::Args::Positional(all)
            }
            ast::Args::Named(args) => {
                let text = Declared::node_column(&columns).to_string();
                let first = ast::Name { text, span: head.span };
                let mut all = vec![ast::NamedArg { name: first, value: Some(node.clone()) }];
                all.extend(self.named(args));
                ast::Args::Named(all)
            }
        };
        let path = vec![ast::Name { text: format!("{}.{name}", role.text), span: head.span }];
        let head = ast::Head { path, args, span: head.span };
        Some(ast::TestFact { delete: fact.delete, head })
    }

    /// The columns of a collection of a role; says so if it has none.
    fn known(&mut self, role: &ast::Name, path: &[ast::Name], span: Span) -> Option<Vec<String>> {
        // Of an unknown role it is said where its nodes are counted.
        let all = self.declared.roles.get(&role.text)?;
        let words: Vec<&str> = path.iter().map(|n| n.text.as_str()).collect();
        let name = words.join(".");
        if let Some(columns) = all.get(&name) {
            return Some(columns.clone());
        }
        let title = format!("the role `{}` has no collection `{name}`", role.text);
        let told = Diagnostic::error(codes::UNKNOWN_COLLECTION, span, title).at("not declared");
        self.diags.push(match suggest::closest(&name, all.keys().map(String::as_str)) {
            Some(nearest) => told.help(format!("did you mean `{nearest}`?")),
            None => told,
        });
        None
    }

    fn width(&mut self, name: &str, wanted: usize, found: usize, span: Span) {
        let given = match found {
            0 => "no value is".to_string(),
            1 => "1 value is".to_string(),
            n => format!("{n} values are"),
        };
        let title = format!("`{name}` has {}, but {given} given", suggest::count(wanted, "column"));
        self.diags.push(
            Diagnostic::error(codes::WRONG_ARITY, span, title)
                .at("the node is known and not written here"),
        );
    }

    fn props(&mut self, props: &[ast::Prop]) -> Vec<ast::Prop> {
        let mut out = Vec::with_capacity(props.len());
        for prop in props {
            match prop {
                ast::Prop::Expr(expr) => out.push(ast::Prop::Expr(self.expr(expr))),
                ast::Prop::All(role, expr) => out.extend(self.all(role, expr)),
                ast::Prop::Agree(role, path) => out.extend(self.agree(role.as_ref(), path)),
            }
        }
        out
    }

    /// `all r: e`: there is no member without it.
    fn all(&mut self, role: &ast::Name, expr: &ast::Expr) -> Option<ast::Prop> {
        if !self.is_role(role) {
            return None;
        }
        let span = expr.span;
        self.role = Some(role.text.clone());
        let inner = self.expr(expr);
        self.role = None;
        let not = match inner.kind {
            ExprKind::Not(inner) => *inner,
            _ => ast::Expr { kind: ExprKind::Not(Box::new(inner)), span },
        };
        let node = name("@", span);
        let body = vec![plain(member(node.clone(), &role.text, span)), plain(not)];
        let none = self.nowhere(vec![node], body, span);
        Some(ast::Prop::All(role.clone(), none))
    }

    /// `agree r: p`: no member has a row that another has not.
    fn agree(&mut self, role: Option<&ast::Name>, path: &[ast::Name]) -> Option<ast::Prop> {
        let (role, path) = match role {
            Some(role) => (role, path),
            None => path.split_first()?,
        };
        if !self.is_role(role) {
            return None;
        }
        let span =
            path.first().map_or(role.span, |f| path.iter().fold(f.span, |s, n| s.to(n.span)));
        let columns = self.known(role, path, span)?;
        let words: Vec<&str> = path.iter().map(|n| n.text.as_str()).collect();
        let callee = name(&format!("{}.{}", role.text, words.join(".")), span);
        let row: Vec<ast::Expr> =
            (0..columns.len()).map(|i| name(&format!("@{i}"), span)).collect();
        let (one, other) = (name("@", span), name("@@", span));
        let atom = |node: &ast::Expr| {
            let args = std::iter::once(node.clone()).chain(row.iter().cloned()).collect();
            ast::Expr { kind: ExprKind::Call(Box::new(callee.clone()), args), span }
        };
        let not = ast::Expr { kind: ExprKind::Not(Box::new(atom(&other))), span };
        let body = vec![
            plain(member(one.clone(), &role.text, span)),
            plain(member(other.clone(), &role.text, span)),
            plain(atom(&one)),
            plain(not),
        ];
        let mut shown = vec![one, other];
        shown.extend(row);
        let none = self.nowhere(shown, body, span);
        Some(ast::Prop::All(role.clone(), none))
    }

    /// A view of what is wrong, and that it has no rows.
    fn nowhere(&mut self, args: Vec<ast::Expr>, body: Vec<ast::Lit>, span: Span) -> ast::Expr {
        let view = format!("@wrong {}", self.views.len() + 1);
        let any = args.iter().map(|_| ast::Expr { kind: ExprKind::Wildcard, span }).collect();
        let atom = ExprKind::Call(Box::new(name(&view, span)), any);
        let text = ast::Name { text: view, span };
        let kind = TestKind::View { name: text, args, body };
        self.views.push(ast::TestStmt { kind, span });
        let atom = ast::Expr { kind: atom, span };
        ast::Expr { kind: ExprKind::Not(Box::new(atom)), span }
    }

    fn lit(&mut self, lit: &ast::Lit) -> ast::Lit {
        match lit {
            ast::Lit::Plain { expr, otherwise } => ast::Lit::Plain {
                expr: self.expr(expr),
                otherwise: otherwise.as_ref().map(|e| self.expr(e)),
            },
            ast::Lit::All { var, range, lit, span } => ast::Lit::All {
                var: var.clone(),
                range: self.expr(range),
                lit: Box::new(self.lit(lit)),
                span: *span,
            },
        }
    }

    fn exprs(&mut self, exprs: &[ast::Expr]) -> Vec<ast::Expr> {
        exprs.iter().map(|e| self.expr(e)).collect()
    }

    fn named(&mut self, args: &[ast::NamedArg]) -> Vec<ast::NamedArg> {
        let one = |arg: &ast::NamedArg| ast::NamedArg {
            name: arg.name.clone(),
            value: arg.value.as_ref().map(|value| self.expr(value)),
        };
        args.iter().map(one).collect()
    }

    /// A collection as a role's, or as that of the role at hand: its name, and
    /// its columns where the node goes in front.
    fn collection(&self, callee: &ast::Expr) -> Option<(ast::Expr, Option<Vec<String>>)> {
        let path = dotted(callee)?;
        let words: Vec<&str> = path.iter().map(|n| n.text.as_str()).collect();
        let whole = words.join(".");
        if let Some(role) = &self.role
            && let Some(columns) = self.declared.roles.get(role).and_then(|all| all.get(&whole))
        {
            let found = name(&format!("{role}.{whole}"), callee.span);
            return Some((found, Some(columns.clone())));
        }
        let first = words.first().filter(|_| words.len() > 1)?;
        self.declared.roles.contains_key(*first).then(|| (name(&whole, callee.span), None))
    }

    fn boxed(&mut self, expr: &ast::Expr) -> Box<ast::Expr> {
        Box::new(self.expr(expr))
    }

    fn expr(&mut self, expr: &ast::Expr) -> ast::Expr {
        use ExprKind as E;
        let span = expr.span;
        let kind = match &expr.kind {
            E::Call(callee, args) => match self.collection(callee) {
                Some((callee, columns)) => {
                    let mut all: Vec<ast::Expr> = Vec::with_capacity(args.len() + 1);
                    all.extend(columns.map(|_| name("@", span)));
                    all.extend(self.exprs(args));
                    E::Call(Box::new(callee), all)
                }
                None => E::Call(self.boxed(callee), self.exprs(args)),
            },
            E::Named(callee, args) => match self.collection(callee) {
                Some((callee, columns)) => {
                    let node = |columns: Vec<String>| {
                        let text = Declared::node_column(&columns).to_string();
                        let value = Some(name("@", span));
                        ast::NamedArg { name: ast::Name { text, span }, value }
                    };
                    let mut all: Vec<ast::NamedArg> = columns.map(node).into_iter().collect();
                    all.extend(self.named(args));
                    E::Named(Box::new(callee), all)
                }
                None => E::Named(self.boxed(callee), self.named(args)),
            },
            E::Index(base, at) => match (&base.kind, &at.kind) {
                (E::Name(role), E::Literal(ast::Literal::Int(i)))
                    if self.declared.roles.contains_key(role) =>
                {
                    return text(&format!("{role}[{i}]"), span);
                }
                _ => E::Index(self.boxed(base), self.boxed(at)),
            },
            E::Field(base, field) => match self.collection(expr) {
                Some((found, None)) => return found,
                _ => E::Field(self.boxed(base), field.clone()),
            },
            E::Name(_) | E::Upper(_) | E::Wildcard | E::Literal(_) | E::At(_) => expr.kind.clone(),
            E::Seal(c, args) => E::Seal(c.clone(), self.exprs(args)),
            E::Tuple(parts) => E::Tuple(self.exprs(parts)),
            E::Paren(inner) => E::Paren(self.boxed(inner)),
            E::List(parts) => E::List(self.exprs(parts)),
            E::Set(parts) => E::Set(self.exprs(parts)),
            E::Map(entries) => {
                E::Map(entries.iter().map(|(k, v)| (self.expr(k), self.expr(v))).collect())
            }
            E::Match(of, arms) => {
                let arms = arms.iter().map(|(pat, value)| (self.expr(pat), self.expr(value)));
                let arms = arms.collect();
                E::Match(self.boxed(of), arms)
            }
            E::If(c, a, b) => E::If(self.boxed(c), self.boxed(a), self.boxed(b)),
            E::Neg(inner) => E::Neg(self.boxed(inner)),
            E::Not(inner) => E::Not(self.boxed(inner)),
            E::Binary(op, at, a, b) => E::Binary(*op, *at, self.boxed(a), self.boxed(b)),
            E::TupleField(base, i, at) => E::TupleField(self.boxed(base), *i, *at),
            E::Try(inner) => E::Try(self.boxed(inner)),
        };
        ast::Expr { kind, span }
    }
}

fn name(text: &str, span: Span) -> ast::Expr {
    ast::Expr { kind: ExprKind::Name(text.to_string()), span }
}

fn text(text: &str, span: Span) -> ast::Expr {
    let parts = vec![ast::StrPart::Text(text.to_string())];
    ast::Expr { kind: ExprKind::Literal(ast::Literal::Str(parts)), span }
}

fn plain(expr: ast::Expr) -> ast::Lit {
    ast::Lit::Plain { expr, otherwise: None }
}

/// `members(n, "r")`
fn member(node: ast::Expr, role: &str, span: Span) -> ast::Expr {
    let args = vec![node, text(role, span)];
    ast::Expr { kind: ExprKind::Call(Box::new(name("members", span)), args), span }
}
