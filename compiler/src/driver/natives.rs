//! Functions of an embedding program as declarations of the language: put in
//! front of the module, with bodies that are found elsewhere, and taken out
//! again. So calls of them are resolved, typed and judged as all others are.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::NativeId;
use crate::names::native::Growth;
use crate::names::native::Native;
use crate::source::FileId;
use crate::source::SourceMap;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::parse;

/// A function that the embedding program computes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NativeSignature {
    /// How it is called.
    pub name: String,
    /// Types of its arguments, as the language writes them.
    pub params: Vec<String>,
    /// Type of its result.
    pub result: String,
    /// Whether the tick may fail in it.
    pub fails: bool,
    /// Whether it may have no result.
    pub partial: bool,
    /// What it does with arguments that grow.
    pub growth: Growth,
}

impl NativeSignature {
    /// The signature as a declaration.
    fn text(&self) -> String {
        let param = |(i, ty): (usize, &String)| format!("a{}: {ty}", i + 1);
        let params: Vec<String> = self.params.iter().enumerate().map(param).collect();
        format!("fn {}({}): {} = native;", self.name, params.join(", "), self.result)
    }
}

/// Puts the declarations in front; gives the sources they stand in and what
/// names need to know.
pub(super) fn add(
    signatures: &[NativeSignature],
    module: &mut ast::Module,
    sources: &mut SourceMap,
    diags: &mut Vec<Diagnostic>,
) -> (Vec<FileId>, Vec<Native>) {
    let mut files = Vec::with_capacity(signatures.len());
    let mut items = Vec::with_capacity(signatures.len());
    let mut natives = Vec::with_capacity(signatures.len());
    for (i, signature) in signatures.iter().enumerate() {
        let text = signature.text();
        let file = sources.add(format!("native function {}", signature.name), text.clone());
        let mut parsed = parse::parse(file, &text);
        let whole = parsed.diagnostics.is_empty() && parsed.module.items.len() == 1;
        match parsed.module.items.pop() {
            Some(item) if whole && matches!(item.kind, ast::ItemKind::Fn { .. }) => {
                items.push(item);
            }
            _ => {
                diags.push(not_a_function(Span::new(file, 0, text.len())));
                continue;
            }
        }
        files.push(file);
        natives.push(Native {
            id: NativeId(i as u32),
            fails: signature.fails,
            partial: signature.partial,
            growth: signature.growth.clone(),
        });
    }
    module.items.splice(0..0, items);
    (files, natives)
}

/// Takes the declarations out again.
pub(super) fn take(files: &[FileId], module: &mut ast::Module) {
    module.items.drain(..files.len().min(module.items.len()));
}

fn not_a_function(span: Span) -> Diagnostic {
    Diagnostic::error(codes::NATIVE_NAME, span, "this is no signature of a function")
        .at("made from the name and the types of a native function")
        .help("a function has a name in lower case, and types that the program knows")
}
