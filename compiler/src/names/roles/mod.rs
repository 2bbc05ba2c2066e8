//! Roles, taken apart: of a program with roles one program for each is made,
//! of what stands outside of roles and what the role itself declares, flat. It
//! is taken apart as it is written, before modules are expanded, so that every
//! role has instances of its own. No later phase knows that there are others.
//!
//! | room | owns |
//! |---|---|
//! | `address` | `@role` and `@role(key)` in the address of a message |
//! | `flags` | what parameters of roles cannot be called |
//! | `mentions` | roles that rules name where there is no such role, or no place for one |

mod address;
mod flags;
mod mentions;

use std::collections::BTreeMap;

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::limits;
use crate::names::acceptances;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::ItemKind;

pub use address::addressed;
pub use flags::RESERVED;
pub use mentions::unknown;

/// What a role says of itself before its declarations.
#[derive(Clone, Debug)]
pub struct Head {
    /// Its name, with its place.
    pub name: ast::Name,
    /// What its nodes are started with.
    pub params: Vec<ast::Param>,
    /// The key by which its nodes share the work.
    pub partitioned: Option<(ast::Name, ast::Type)>,
    /// Its tables are those of the group; with the number of copies if it says one.
    pub replicated: Option<Option<u64>>,
    /// It needs a folder to keep its state in.
    pub durable: bool,
    /// The whole role.
    pub span: Span,
}

impl Head {
    /// Nodes that have the rows of a key.
    pub fn copies(&self) -> u64 {
        self.replicated.flatten().unwrap_or(1)
    }

    /// A role without parameters or properties.
    pub fn plain(name: &str) -> Head {
        Head {
            name: ast::Name { text: name.to_string(), span: Span::default() },
            params: Vec::new(),
            partitioned: None,
            replicated: None,
            durable: false,
            span: Span::default(),
        }
    }
}

/// The program of one role.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it says of itself.
    pub head: Head,
    /// What is outside of roles, and the role's own; without tests of many nodes.
    pub module: ast::Module,
}

/// A program, taken apart.
#[derive(Clone, Debug, Default)]
pub struct Split {
    /// In source order.
    pub parts: Vec<Part>,
    /// What stands outside of roles, without tests.
    pub shared: ast::Module,
    /// Tests of many nodes.
    pub tests: Vec<ast::Item>,
}

/// Takes a program apart; `None` when it has no roles.
pub fn split(module: &ast::Module, diags: &mut Vec<Diagnostic>) -> Option<Split> {
    let is_role = |item: &ast::Item| matches!(item.kind, ItemKind::Role(_));
    if !module.items.iter().any(is_role) {
        return None;
    }
    let mut split = Split::default();
    for item in &module.items {
        match &item.kind {
            ItemKind::Role(_) => {}
            ItemKind::Test { body, .. } if of_many(body) => split.tests.push(item.clone()),
            ItemKind::Test { title_span, .. } => diags.push(homeless(*title_span)),
            _ => split.shared.items.push(item.clone()),
        }
    }
    let mut known: BTreeMap<&str, Span> = BTreeMap::new();
    for item in &module.items {
        let ItemKind::Role(role) = &item.kind else { continue };
        if let Some(first) = known.get(role.name.text.as_str()) {
            let title = format!("the role `{}` is declared twice", role.name.text);
            diags.push(
                Diagnostic::error(codes::DUPLICATE_NAME, role.name.span, title)
                    .at("declared again here")
                    .label(*first, "first declared here"),
            );
            continue;
        }
        if split.parts.len() == limits::ROLES_MAX {
            let title = format!("a program has at most {} roles", limits::ROLES_MAX);
            diags.push(
                Diagnostic::error(codes::TEXT_LIMITS, role.name.span, title).at("one too many"),
            );
            break;
        }
        known.insert(&role.name.text, role.name.span);
        acceptances::around(&item.attrs, "a role", diags);
        let module = own(item, role, &split.shared, diags);
        let head = Head {
            name: role.name.clone(),
            params: role.params.clone(),
            partitioned: role.partitioned.clone(),
            replicated: role.replicated,
            durable: role.durable,
            span: item.span,
        };
        judge(&head, diags);
        split.parts.push(Part { head, module });
    }
    Some(split)
}

/// Whether a program has tests of many nodes.
pub fn has_tests(module: &ast::Module) -> bool {
    module.items.iter().any(is_of_many)
}

fn is_of_many(item: &ast::Item) -> bool {
    match &item.kind {
        ItemKind::Test { body, .. } => of_many(body),
        _ => false,
    }
}

/// Takes the tests of many nodes out of a program without roles.
pub fn tests(module: &mut ast::Module) -> Vec<ast::Item> {
    if !has_tests(module) {
        return Vec::new();
    }
    let items = std::mem::take(&mut module.items);
    let (tests, rest) = items.into_iter().partition(is_of_many);
    module.items = rest;
    tests
}

/// Whether a test is one of many nodes.
pub(super) fn of_many(body: &[ast::TestStmt]) -> bool {
    use ast::TestKind as T;
    body.iter().any(|stmt| {
        matches!(
            stmt.kind,
            T::Nodes(_)
                | T::Seeds(_)
                | T::Network(_)
                | T::NodeEvents { .. }
                | T::Eventually { .. }
                | T::Always(_)
                | T::Sometimes(_)
        )
    })
}

/// The program of a role: its parameters are constants.
fn own(
    of: &ast::Item,
    role: &ast::Role,
    shared: &ast::Module,
    diags: &mut Vec<Diagnostic>,
) -> ast::Module {
    let mut items = shared.items.clone();
    for param in &role.params {
        let span = param.default.as_ref().map_or(param.name.span, |d| param.name.span.to(d.span));
        // Without a default it has no value before a node is started.
        let none = ast::Expr { kind: ExprKind::Tuple(Vec::new()), span: param.name.span };
        let value = param.default.clone().unwrap_or(none);
        let kind = ItemKind::Const { name: param.name.clone(), ty: Some(param.ty.clone()), value };
        items.push(ast::Item { doc: None, attrs: Vec::new(), kind, span });
    }
    for item in &role.body.items {
        match misplaced(item) {
            Some(told) => diags.push(told),
            None => items.push(acceptances::inherited(item.clone(), &of.attrs)),
        }
    }
    ast::Module { items }
}

fn judge(head: &Head, diags: &mut Vec<Diagnostic>) {
    if head.replicated == Some(Some(0)) {
        let title = format!("`{}` would have no copy of anything", head.name.text);
        diags.push(
            Diagnostic::error(codes::ROLE_HEAD, head.name.span, title)
                .at("`replicated 0`")
                .help("say how many nodes have each row, at least 1"),
        );
    }
    for param in &head.params {
        diags.extend(flags::clash(param));
    }
}

/// A test of one node says whose node it is by where it stands.
fn homeless(span: Span) -> Diagnostic {
    Diagnostic::error(codes::MISPLACED_ITEM, span, "this test does not say which role it tests")
        .at("outside of roles, and without `nodes`")
        .help(
            "put it into the role whose node it steps, or say which nodes there are: \
             `nodes r: 3;`",
        )
}

/// What does not stand in a role.
fn misplaced(item: &ast::Item) -> Option<Diagnostic> {
    let (span, what) = match &item.kind {
        ItemKind::Role(role) => (role.name.span, "a role"),
        ItemKind::Module(module) => (module.name.span, "a module"),
        ItemKind::Protocol { name, .. } => (name.span, "a protocol"),
        ItemKind::Import(_) => (item.span, "an import"),
        ItemKind::Test { title_span, body, .. } if of_many(body) => {
            (*title_span, "a test of many nodes")
        }
        _ => return None,
    };
    Some(
        Diagnostic::error(codes::MISPLACED_ITEM, span, format!("{what} stands outside of roles"))
            .at("not here")
            .help("put it beside the role, at the top of the file"),
    )
}

/// The program with everything that its roles declare, as if it were one: for
/// editors, which show where names come from and what they are.
pub fn united(split: &Split) -> ast::Module {
    let shared = split.shared.items.len();
    let mut items = split.shared.items.clone();
    for part in &split.parts {
        items.extend(part.module.items.iter().skip(shared).cloned());
    }
    ast::Module { items }
}
