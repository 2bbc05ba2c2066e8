//! A question about a program's rows, such as `path("a", _)`, checked as if it
//! were the body of one more rule: so it is read, resolved and typed by the
//! same phases as the program, and what is wrong with it is told in the same
//! words. Nothing after those phases meets that rule.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::names::hir::RelKind;
use crate::source::FileId;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::parse;
use crate::types::typed;
use crate::types::typed::LitKind;

/// No program can declare this name.
const HEAD: &str = "(query)";

/// Adds the question to a module; false when it cannot be read.
pub fn add(
    file: FileId,
    text: &str,
    module: &mut ast::Module,
    diags: &mut Vec<Diagnostic>,
) -> bool {
    let (expr, said) = parse::parse_expr(file, text);
    diags.extend(said);
    let Some(expr) = expr else { return false };
    if !matches!(expr.kind, ast::ExprKind::Call(..) | ast::ExprKind::Named(..)) {
        diags.push(not_an_atom(expr.span));
        return false;
    }
    let span = expr.span;
    let name = ast::Name { text: HEAD.to_owned(), span };
    let collection = ast::Collection {
        kind: ast::CollectionKind::Output,
        name: name.clone(),
        columns: Vec::new(),
        values: None,
        closing: None,
        serial: None,
    };
    let head = ast::Head { path: vec![name], args: ast::Args::Positional(Vec::new()), span };
    let body = vec![ast::Lit::Plain { expr, otherwise: None }];
    let rule = ast::Rule { seal: false, head, op: Some((ast::Op::Now, span)), body };
    for kind in [ast::ItemKind::Collection(collection), ast::ItemKind::Rule(rule)] {
        module.items.push(ast::Item { doc: None, attrs: Vec::new(), kind, span });
    }
    true
}

/// Takes it out again, typed; `None` where something is wrong with it.
pub fn take(
    file: FileId,
    module: &mut ast::Module,
    program: &mut typed::Program,
    diags: &mut Vec<Diagnostic>,
) -> Option<typed::Rule> {
    module.items.truncate(module.items.len().saturating_sub(2));
    // A question need not use its variables, and nobody reads its head.
    diags.retain(|d| d.primary.span.file != file || d.is_error());
    let head = program.rels.iter().position(|rel| rel.name == HEAD)?;
    // What rules over time need stands behind it, and keeps its numbers.
    match head + 1 == program.rels.len() {
        true => program.rels.truncate(head),
        false => program.rels[head].kind = RelKind::Expected,
    }
    program.bad_rules.retain(|rel| rel.index() != head);
    let at = program.rules.iter().position(|rule| rule.head.index() == head)?;
    let rule = program.rules.remove(at);
    match &rule.body.lits[..] {
        [lit] if matches!(lit.kind, LitKind::Atom(_)) => Some(rule),
        _ => {
            diags.push(not_an_atom(rule.span));
            None
        }
    }
}

fn not_an_atom(span: Span) -> Diagnostic {
    Diagnostic::error(
        codes::NOT_A_COLLECTION,
        span,
        "a question names one row or a pattern of rows",
    )
    .at("this is neither")
    .help("write a collection with its columns, such as `path(\"a\", _)`")
}
