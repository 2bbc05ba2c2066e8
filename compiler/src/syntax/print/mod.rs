//! The tree as text, in one style: 100 columns, blocks two deeper, comments
//! where they stood. Formatting is parsing and printing, nothing else.
//!
//! | room | owns |
//! |---|---|
//! | `doc` | layout by width |
//! | `comments` | comments, by token |
//! | `ast`, `items`, `exprs` | the tree as a document |

pub mod ast;
pub mod comments;
pub mod doc;
mod exprs;
mod items;
mod tests;

use crate::diag::Diagnostic;
use crate::source::FileId;
use crate::stack;
use crate::syntax::ast::Expr;
use crate::syntax::ast::Module;
use crate::syntax::ast::Type;
use crate::syntax::lexer;
use crate::syntax::parse;

pub use exprs::sign;
pub use items::kind_words;
pub use items::op_sign;

/// A text in the one style, or why it cannot be read.
pub fn format(file: FileId, text: &str) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse::parse(file, text);
    if parsed.diagnostics.iter().any(Diagnostic::is_error) {
        return Err(parsed.diagnostics);
    }
    let lexed = lexer::lex(file, text);
    let source = comments::Source::new(text, &lexed.tokens, &lexed.comments);
    let mut printer = ast::Printer::with_source(source);
    Ok(stack::deep(|| {
        printer.file(&parsed.module);
        doc::render(&printer.finish())
    }))
}

/// A tree without a source as text.
pub fn print_module(module: &Module) -> String {
    stack::deep(|| {
        let mut printer = ast::Printer::default();
        printer.file(module);
        doc::render(&printer.finish())
    })
}

/// An expression as text.
pub fn print_expr(expr: &Expr) -> String {
    stack::deep(|| {
        let mut printer = ast::Printer::default();
        printer.expr(expr);
        doc::render(&printer.finish()).trim_end().to_string()
    })
}

/// A type as text.
pub fn print_type(ty: &Type) -> String {
    let mut printer = ast::Printer::default();
    printer.ty(ty);
    doc::render(&printer.finish()).trim_end().to_string()
}
