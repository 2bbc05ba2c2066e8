//! Modules and imports, expanded: of a program in several files, with modules
//! and instances of them, one flat program is made before names are resolved.
//! Every collection of an instance `q` gets a name that no program can write,
//! `q.votes`; types are put in the place of type parameters, and values become
//! constants. No later phase knows that there are modules.
//!
//! | room | owns |
//! |---|---|
//! | `files` | reading what is imported |
//! | `declared` | which file declares and sees which names |
//! | `scope` | what a name means at a place |
//! | `instances` | which module a `use` means, and what its instance declares |
//! | `arguments` `protocols` | what an instance is given, and what modules promise |
//! | `types` | whether two written types are one |
//! | `rename` `rename_exprs` | text, written again in the names of the program |
//! | `emit` `idle` | the items of instances, and of modules that nobody uses |
//! | `told` `settle` | messages and names, put back where they were written |

mod arguments;
mod declared;
mod emit;
mod files;
mod idle;
mod instances;
mod misplaced;
mod protocols;
mod rename;
mod rename_exprs;
mod scope;
mod told;
mod types;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::btree_map::Entry;

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::names::hir::Reach;
use crate::names::refuse;
use crate::names::words;
use crate::source::FileId;
use crate::source::Loader;
use crate::source::SourceMap;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;

use declared::Declared;
use files::File;
use instances::Instance;
use instances::TypeSet;
use scope::Scope;
use told::Copied;
use types::Alias;

pub(super) use rename_exprs::dotted;
pub use told::Copies;

/// A program without modules and imports, and what was known of them.
pub struct Expanded {
    /// The whole program; `None` where it is what was written.
    pub module: Option<ast::Module>,
    /// How far the collections of instances are seen.
    pub reach: BTreeMap<String, Reach>,
    /// Which file is the text of which instance.
    pub copies: Copies,
    /// Instances of modules that nothing uses, with the types and functions
    /// they need: to be checked, and no part of the program.
    pub idle: Option<ast::Module>,
    /// The same of modules that have type parameters: only names can be looked at.
    pub idle_names: Option<ast::Module>,
}

/// Expands a program; what is wrong with its imports and modules is told.
pub fn expand(
    module: &ast::Module,
    natives: &[String],
    loader: Option<&dyn Loader>,
    sources: &mut SourceMap,
    diags: &mut Vec<Diagnostic>,
) -> Expanded {
    let needed = |item: &ast::Item| {
        matches!(
            item.kind,
            ItemKind::Module(_)
                | ItemKind::Protocol { .. }
                | ItemKind::Import(_)
                | ItemKind::Use { .. }
        )
    };
    if !module.items.iter().any(needed) {
        return Expanded {
            module: None,
            reach: BTreeMap::new(),
            copies: Copies::default(),
            idle: None,
            idle_names: None,
        };
    }
    let files = files::read(module, loader, sources, diags);
    let declared = declared::declared(&files, diags);
    let expander = Expander {
        files: &files,
        uses: vec![BTreeMap::new(); files.len()],
        used: vec![false; declared.decls.len()],
        declared,
        instances: Vec::new(),
        type_sets: Vec::new(),
        sets: BTreeMap::new(),
        aliases: BTreeMap::new(),
        shared: Vec::new(),
        out: Vec::new(),
        lost: BTreeSet::new(),
        reach: BTreeMap::new(),
        copies: BTreeMap::new(),
        natives,
        full: false,
        sources,
        diags,
    };
    expander.run()
}

/// What all rooms share.
struct Expander<'f, 'm> {
    files: &'f [File<'f>],
    declared: Declared<'f>,
    /// By file: its instances, by name; `None` where something is wrong.
    uses: Vec<BTreeMap<String, Option<usize>>>,
    /// By module: whether it has an instance.
    used: Vec<bool>,
    instances: Vec<Instance>,
    type_sets: Vec<TypeSet>,
    /// By module and type arguments.
    sets: BTreeMap<(usize, Vec<String>), usize>,
    aliases: BTreeMap<String, Alias>,
    /// What belongs to no instance: types, and what other files declare.
    shared: Vec<ast::Item>,
    /// The program, and what belongs to its instances.
    out: Vec<ast::Item>,
    /// Names about which enough has been said.
    lost: BTreeSet<String>,
    reach: BTreeMap<String, Reach>,
    copies: BTreeMap<FileId, Copied>,
    /// Functions of an embedding program.
    natives: &'m [String],
    /// A limit was passed: nothing more is made.
    full: bool,
    sources: &'m mut SourceMap,
    diags: &'m mut Vec<Diagnostic>,
}

impl Expander<'_, '_> {
    fn run(mut self) -> Expanded {
        self.misplaced();
        for (number, file) in self.files.iter().enumerate().skip(1) {
            let scope = Scope { file: number, instance: None, text: file.id };
            self.file_items(scope, file.items());
        }
        let root = Scope { file: 0, instance: None, text: FileId(0) };
        let items = self.files[0].items();
        self.root_aliases(root, items);
        self.make_all(root, items);
        self.bind_all(root, items);
        self.program(root, items);
        let idle = self.idle();
        let open = self.files[0].open;
        let span = Span::default();
        let plain = |kind| ast::Item { doc: None, attrs: Vec::new(), kind, span };
        self.shared.push(plain(ItemKind::Broken { words: self.lost.iter().cloned().collect() }));
        let unread: Vec<ast::Item> = match open {
            true => {
                items.iter().filter(|i| matches!(i.kind, ItemKind::Import(_))).cloned().collect()
            }
            false => Vec::new(),
        };
        let types_and_values =
            |item: &&ast::Item| item.kind.is_about_values() && item.span.file == FileId(0);
        let around: Vec<ast::Item> = {
            let own = self.out.iter().filter(types_and_values);
            self.shared.iter().chain(own).chain(&unread).chain(&idle.shared).cloned().collect()
        };
        let with = |items: Vec<ast::Item>| {
            let whole = around.iter().cloned().chain(items).collect();
            ast::Module { items: whole }
        };
        let imported = self.imported();
        let shared = !items.iter().any(misplaced::is_of_a_program);
        let idle_module = (!idle.typed.is_empty()).then(|| with(idle.typed));
        let idle_names = (!idle.named.is_empty()).then(|| with(idle.named));
        let mut whole = self.shared;
        whole.extend(unread);
        whole.append(&mut self.out);
        Expanded {
            module: Some(ast::Module { items: whole }),
            reach: self.reach,
            copies: Copies { of: self.copies, imported, shared },
            idle: idle_module,
            idle_names,
        }
    }

    /// All imported files, each with the import of the program that led to it.
    fn imported(&self) -> Vec<(FileId, Span)> {
        let mut found: BTreeMap<usize, Span> = BTreeMap::new();
        for &(first, span) in &self.files[0].imports {
            let mut next = vec![first];
            while let Some(file) = next.pop() {
                if let Entry::Vacant(place) = found.entry(file) {
                    place.insert(span);
                    next.extend(self.files[file].imports.iter().map(|(other, _)| *other));
                }
            }
        }
        found.into_iter().map(|(file, span)| (self.files[file].id, span)).collect()
    }

    /// Whether the language, or the embedding program, gives a name its meaning.
    fn is_given(&self, name: &str) -> bool {
        words::is_function(name)
            || words::is_collection(name)
            || matches!(name, "me" | "now" | "fresh" | "random")
            || self.natives.iter().any(|native| native == name)
    }
}

/// "not supported yet: …", of modules.
fn not_yet(span: Span, what: &str, will: &str) -> Diagnostic {
    refuse::not_yet(codes::LATER_MODULES, span, what, will)
}
