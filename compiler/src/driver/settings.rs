//! Values that an invocation gives to constants and to parameters of roles:
//! texts, read as expressions. What they mean is not known here.

use super::Options;
use crate::diag::Diagnostic;
use crate::source::FileId;
use crate::source::SourceMap;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::parse;

/// The values of `--set` as expressions, each in a source of its own.
pub(super) fn settings(
    module: &ast::Module,
    options: &Options,
    sources: &mut SourceMap,
    diags: &mut Vec<Diagnostic>,
) -> Vec<(String, ast::Expr)> {
    let mut set = Vec::with_capacity(options.set.len());
    for (name, text) in &options.set {
        let file = sources.add(format!("--set {name}"), text.clone());
        let (parsed, said) = parse::parse_expr(file, text);
        let quoted = parsed.as_ref().is_some_and(is_text);
        // Quotes seldom survive a shell, so a text may come without them.
        if !quoted && wants_text(module, name) {
            set.push((name.clone(), bare(file, text)));
            continue;
        }
        diags.extend(said);
        set.extend(parsed.map(|value| (name.clone(), value)));
    }
    set
}

fn is_text(expr: &ast::Expr) -> bool {
    matches!(expr.kind, ast::ExprKind::Literal(ast::Literal::Str(_)))
}

fn wants_text(module: &ast::Module, wanted: &str) -> bool {
    let is_text_type = |ty: &ast::Type| match &ty.kind {
        ast::TypeKind::Named(ty, _) => ty.text == "str" || ty.text == "node",
        _ => false,
    };
    module.items.iter().any(|item| match &item.kind {
        ast::ItemKind::Const { name, ty, value } if name.text == wanted => match ty {
            Some(ty) => is_text_type(ty),
            None => is_text(value),
        },
        ast::ItemKind::Role(role) => {
            let param = role.params.iter().find(|param| param.name.text == wanted);
            param.is_some_and(|param| is_text_type(&param.ty)) || wants_text(&role.body, wanted)
        }
        _ => false,
    })
}

fn bare(file: FileId, text: &str) -> ast::Expr {
    let parts = match text {
        "" => Vec::new(),
        text => vec![ast::StrPart::Text(text.to_string())],
    };
    ast::Expr {
        kind: ast::ExprKind::Literal(ast::Literal::Str(parts)),
        span: Span::new(file, 0, text.len()),
    }
}
