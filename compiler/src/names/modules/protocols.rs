//! Promises: whether a module has every input and output that its protocol
//! has, of the same kind, with the same columns. More inputs and outputs than
//! promised are nobody's concern.

use super::Expander;
use super::instances::collection;
use super::rename::Rename;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;

/// The columns of a collection as they are compared.
#[derive(PartialEq, Eq)]
struct Shape {
    kind: ast::CollectionKind,
    columns: Vec<(String, String)>,
    values: Option<Vec<(String, String)>>,
}

impl<'f> Expander<'f, '_> {
    /// Compares an instance with its protocol, which is an instance as well.
    pub(super) fn compare(&mut self, at: usize, protocol: usize, promise: Span) {
        let items = self.declared.decls[self.instances[protocol].decl].items;
        for item in items {
            let ItemKind::Collection(wanted) = &item.kind else { continue };
            self.compare_one(at, protocol, wanted, promise);
        }
    }

    fn compare_one(
        &mut self,
        at: usize,
        protocol: usize,
        wanted: &'f ast::Collection,
        promise: Span,
    ) {
        let module = &self.declared.decls[self.instances[at].decl];
        let asked = &self.declared.decls[self.instances[protocol].decl];
        let (module, asked) = (module.name, asked.name);
        let name = &wanted.name.text;
        let place = wanted.name.span;
        let text = self.instances[at].text;
        let items = self.declared.decls[self.instances[at].decl].items;
        let found = items.iter().find(|item| {
            collection(&item.kind).is_some_and(|(declared, _)| declared.text == *name)
        });
        let own = self.instances[at].own.lower.get(name).map(|(_, _, span)| *span);
        let told = match found.map(|item| &item.kind) {
            Some(ItemKind::Collection(has)) => {
                let (shape, other) = (self.shape(at, has), self.shape(protocol, wanted));
                if shape == other {
                    return;
                }
                let title = format!("`{name}` is not what the protocol `{}` promises", asked.text);
                let span = Span { file: text, ..has.name.span };
                Diagnostic::error(codes::BROKEN_PROMISE, span, title)
                    .at(difference(&shape, &other))
                    .label(place, "promised here")
                    .help(format!("declare it as the protocol does: `{}`", other.text(name)))
            }
            Some(_) => {
                let span = Span { file: text, ..own.unwrap_or(module.span) };
                let title = format!("`{name}` is promised, and has no columns to be compared");
                Diagnostic::error(codes::BROKEN_PROMISE, span, title)
                    .at("copied with `like`")
                    .label(place, "promised here")
                    .help("declare it with its columns")
            }
            None => {
                let title =
                    format!("`{}` promises `{}`, and has no `{name}`", module.text, asked.text);
                let shape = self.shape(protocol, wanted);
                let told = Diagnostic::error(codes::BROKEN_PROMISE, promise, title)
                    .at("promised here")
                    .label(place, "the protocol asks for it here")
                    .help(format!("declare it: `{}`", shape.text(name)));
                match own {
                    Some(own) => told.label(own, "this is neither input nor output"),
                    None => told,
                }
            }
        };
        self.diags.push(told);
    }

    fn shape(&mut self, at: usize, c: &ast::Collection) -> Shape {
        let scope = self.inside(at);
        let columns: Vec<(String, String)> =
            c.columns.iter().map(|col| self.shape_of(scope, col)).collect();
        let values = c
            .values
            .as_ref()
            .map(|values| values.iter().map(|col| self.shape_of(scope, col)).collect());
        Shape { kind: c.kind, columns, values }
    }

    fn shape_of(&mut self, scope: super::scope::Scope, col: &ast::Column) -> (String, String) {
        let told = self.diags.len();
        let ty = Rename::new(self, scope).ty(&col.ty);
        // What is wrong with it is told where it is declared.
        self.diags.truncate(told);
        (col.name.text.clone(), self.type_text(&ty))
    }
}

impl Shape {
    /// As a declaration.
    fn text(&self, name: &str) -> String {
        let list = |columns: &[(String, String)]| {
            let all: Vec<String> = columns.iter().map(|(n, ty)| format!("{n}: {ty}")).collect();
            all.join(", ")
        };
        let columns = match &self.values {
            None => list(&self.columns),
            Some(values) => format!("{} => {}", list(&self.columns), list(values)),
        };
        format!("{} {name}({});", words(self.kind), columns.trim())
    }
}

fn difference(has: &Shape, wanted: &Shape) -> String {
    if has.kind != wanted.kind {
        return format!("this is `{}`, not `{}`", words(has.kind), words(wanted.kind));
    }
    let all = |shape: &Shape| {
        let values = shape.values.iter().flatten();
        shape.columns.iter().chain(values).cloned().collect::<Vec<_>>()
    };
    let (mine, theirs) = (all(has), all(wanted));
    if mine.len() != theirs.len() {
        return format!("this has {} columns, not {}", mine.len(), theirs.len());
    }
    for ((name, ty), (wanted_name, wanted_ty)) in mine.iter().zip(&theirs) {
        if name != wanted_name {
            return format!("the column `{name}` is to be called `{wanted_name}`");
        }
        if ty != wanted_ty {
            return format!("`{name}` is `{ty}`, not `{wanted_ty}`");
        }
    }
    "its key is another".to_string()
}

/// The words that declare an input or output.
fn words(kind: ast::CollectionKind) -> &'static str {
    match kind {
        ast::CollectionKind::Input => "input",
        ast::CollectionKind::InputTable => "input table",
        ast::CollectionKind::InputView => "input view",
        ast::CollectionKind::Output => "output",
        ast::CollectionKind::OutputTable => "output table",
        ast::CollectionKind::OutputView => "output view",
        ast::CollectionKind::Table => "table",
        ast::CollectionKind::StaticTable => "static table",
        ast::CollectionKind::View => "view",
        ast::CollectionKind::Scratch => "scratch",
        ast::CollectionKind::Channel => "channel",
        ast::CollectionKind::Timer => "timer",
    }
}
