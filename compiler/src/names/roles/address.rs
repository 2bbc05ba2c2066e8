//! Messages to groups: `@r` in the address of a message is every member of the
//! role `r`, `@r(k)` the nodes that own the key `k`. Both become ordinary atoms
//! of the rule that sends: `members(n, "r")`, and a look at the owners among a
//! list of the members. Where the role is replicated, such messages have to
//! arrive, and it is told which channels have them. What is wrong with other
//! uses of `@` is not said here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Head;
use super::mentions;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::ItemKind;

/// Writes the groups of all rules out; gives the channels that have messages to
/// a replicated role, with the role.
pub fn addressed(
    module: &mut ast::Module,
    heads: &[Head],
    diags: &mut Vec<Diagnostic>,
) -> BTreeSet<(String, String)> {
    let channels = channels(module);
    let (listed, groups) = (BTreeSet::new(), BTreeSet::new());
    let mut pass = Pass { heads, channels, listed, groups, diags };
    for item in &mut module.items {
        if let ItemKind::Rule(rule) = &mut item.kind {
            pass.rule(rule);
        }
    }
    for at in std::mem::take(&mut pass.listed) {
        module.items.extend(self::listed(&heads[at]));
    }
    pass.groups
}

/// The column of the address of each channel, and its name.
fn channels(module: &ast::Module) -> BTreeMap<String, (usize, String)> {
    let mut found: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut copies = Vec::new();
    for item in &module.items {
        match &item.kind {
            ItemKind::Collection(c) if c.kind == ast::CollectionKind::Channel => {
                let mut all = c.columns.iter().chain(c.values.iter().flatten()).enumerate();
                if let Some((at, column)) = all.find(|(_, column)| column.at) {
                    found.insert(c.name.text.clone(), (at, column.name.text.clone()));
                }
            }
            ItemKind::Like { kind: ast::CollectionKind::Channel, name, of } => {
                copies.push((name.text.clone(), of.last().map(|n| n.text.clone())));
            }
            _ => {}
        }
    }
    for _ in 0..copies.len() {
        for (name, of) in &copies {
            let known = of.as_ref().and_then(|of| found.get(of)).cloned();
            if let Some(known) = known {
                found.entry(name.clone()).or_insert(known);
            }
        }
    }
    found
}

struct Pass<'h, 'd> {
    heads: &'h [Head],
    channels: BTreeMap<String, (usize, String)>,
    /// Roles whose members some rule needs as a list.
    listed: BTreeSet<usize>,
    /// Channels with messages that have to arrive, and the roles where.
    groups: BTreeSet<(String, String)>,
    diags: &'d mut Vec<Diagnostic>,
}

impl Pass<'_, '_> {
    fn rule(&mut self, rule: &mut ast::Rule) {
        if !matches!(rule.op, Some((ast::Op::Send, _))) {
            return;
        }
        let [name] = &rule.head.path[..] else { return };
        let Some((at, column)) = self.channels.get(&name.text) else { return };
        let address = match &mut rule.head.args {
            ast::Args::Positional(args) => args.get_mut(*at),
            ast::Args::Named(args) => {
                args.iter_mut().find(|arg| arg.name.text == *column).and_then(|a| a.value.as_mut())
            }
        };
        let Some(address) = address else { return };
        let span = address.span;
        let (role, key) = match &address.kind {
            ExprKind::At(role) => (role.clone(), None),
            ExprKind::Call(callee, args) => match &callee.kind {
                ExprKind::At(role) => (role.clone(), Some(args.clone())),
                _ => return,
            },
            _ => return,
        };
        let Some(found) = self.heads.iter().position(|head| head.name.text == role.text) else {
            let known = self.heads.iter().map(|head| head.name.text.as_str());
            self.diags.push(mentions::unknown(&role.text, span, known));
            *address = name_of("@", span);
            rule.body.push(member("@", &role.text, span));
            return;
        };
        *address = name_of("@", span);
        if self.heads[found].replicated.is_some() {
            self.groups.insert((name.text.clone(), role.text.clone()));
        }
        match key {
            None => rule.body.push(member("@", &role.text, span)),
            Some(args) => rule.body.extend(self.owners(found, &role, args, span)),
        }
    }

    /// The owners of a key: the nodes that a function picks of all members.
    fn owners(
        &mut self,
        at: usize,
        role: &ast::Name,
        args: Vec<ast::Expr>,
        span: Span,
    ) -> Vec<ast::Lit> {
        let head = &self.heads[at];
        let wrong = if head.partitioned.is_none() {
            let title = format!("the role `{}` is not partitioned by a key", role.text);
            let told = Diagnostic::error(codes::ROLE_ADDRESS, span, title)
                .at("so no key has an owner")
                .label(head.name.span, "declared here");
            Some(told.help(format!(
                "write `@{0}` for all its nodes, or declare `role {0} partitioned by k: str`",
                role.text
            )))
        } else if args.len() != 1 {
            let title = format!("the role `{}` is partitioned by one key", role.text);
            Some(
                Diagnostic::error(codes::ROLE_ADDRESS, span, title)
                    .at("one value in the parentheses")
                    .help("for a key of several values write a tuple: `@r((a, b))`"),
            )
        } else {
            None
        };
        if let Some(told) = wrong {
            self.diags.push(told);
            return vec![member("@", &role.text, span)];
        }
        self.listed.insert(at);
        let nodes = name_of("@s", span);
        let mut values = args;
        values.push(nodes.clone());
        let owners = call(&owners_of(&role.text), values, span);
        let one =
            ExprKind::Binary(ast::BinOp::In, span, Box::new(name_of("@", span)), Box::new(owners));
        let members = call(&members_of(&role.text), vec![nodes], span);
        vec![plain(members), plain(ast::Expr { kind: one, span })]
    }
}

/// The function that picks the owners of a key of a role; its name is no word
/// of a program.
fn owners_of(role: &str) -> String {
    format!("@{role}")
}

/// The view that lists the members of a role.
fn members_of(role: &str) -> String {
    format!("members of {role}")
}

/// The declarations behind `@r(k)`.
fn listed(head: &Head) -> Vec<ast::Item> {
    let span = head.name.span.end();
    let role = head.name.text.as_str();
    let name = |text: &str| ast::Name { text: text.to_string(), span };
    let simple =
        |text: &str| ast::Type { kind: ast::TypeKind::Named(name(text), Vec::new()), span };
    let nodes = || ast::Type { kind: ast::TypeKind::List(Box::new(simple("node"))), span };
    let item = |kind| ast::Item { doc: None, attrs: Vec::new(), kind, span };
    let column = ast::Column { at: false, name: name("nodes"), ty: nodes(), default: None, span };
    let view = ast::Collection {
        kind: ast::CollectionKind::View,
        name: name(&members_of(role)),
        columns: Vec::new(),
        values: Some(vec![column]),
        closing: None,
        serial: None,
    };
    let n = || name_of("n", span);
    let rule = ast::Rule {
        seal: false,
        head: ast::Head {
            path: vec![name(&members_of(role))],
            args: ast::Args::Positional(vec![call("list", vec![n(), n()], span)]),
            span,
        },
        op: Some((ast::Op::Now, span)),
        body: vec![member("n", role, span)],
    };
    let Some((_, ty)) = &head.partitioned else { return Vec::new() };
    let copies = ExprKind::Literal(ast::Literal::Int(head.copies()));
    let body = call(
        "owners",
        vec![name_of("key", span), name_of("nodes", span), ast::Expr { kind: copies, span }],
        span,
    );
    let param = |text: &str, ty| ast::Param { name: name(text), ty, default: None };
    let owners = ItemKind::Fn {
        name: name(&owners_of(role)),
        params: vec![param("key", ty.clone()), param("nodes", nodes())],
        ret: nodes(),
        body,
    };
    vec![item(ItemKind::Collection(view)), item(ItemKind::Rule(rule)), item(owners)]
}

fn member(var: &str, role: &str, span: Span) -> ast::Lit {
    let text = vec![ast::StrPart::Text(role.to_string())];
    let role = ast::Expr { kind: ExprKind::Literal(ast::Literal::Str(text)), span };
    plain(call("members", vec![name_of(var, span), role], span))
}

fn plain(expr: ast::Expr) -> ast::Lit {
    ast::Lit::Plain { expr, otherwise: None }
}

fn name_of(text: &str, span: Span) -> ast::Expr {
    ast::Expr { kind: ExprKind::Name(text.to_string()), span }
}

fn call(callee: &str, args: Vec<ast::Expr>, span: Span) -> ast::Expr {
    ast::Expr { kind: ExprKind::Call(Box::new(name_of(callee, span)), args), span }
}
