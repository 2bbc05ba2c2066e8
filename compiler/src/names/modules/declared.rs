//! What each file declares under which name, and what it sees of the files it
//! imports. The program's own names stay as they are; those of other files
//! get the name of their file in front, so that no two files meet. Modules
//! are only listed here: what is inside of them is private to their instances.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::files::File;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::FileId;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;

/// A module or a protocol.
pub(super) struct Decl<'f> {
    pub(super) file: usize,
    pub(super) name: &'f ast::Name,
    pub(super) type_params: &'f [ast::Name],
    pub(super) params: &'f [ast::Param],
    pub(super) promise: Option<&'f ast::Type>,
    pub(super) items: &'f [ast::Item],
    pub(super) attrs: &'f [ast::Attr],
    pub(super) is_protocol: bool,
    /// With the name of its file in front.
    pub(super) flat: String,
}

/// What a lower-case name is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Rel,
    Fn,
    Const,
    /// An instance of a module; which one, only its scope knows.
    Instance,
}

/// Names with what stands for them in the whole program.
#[derive(Clone, Default)]
pub(super) struct Table {
    pub(super) lower: BTreeMap<String, (String, Kind, Span)>,
    pub(super) types: BTreeMap<String, (String, Span)>,
    pub(super) constructors: BTreeMap<String, (String, Span)>,
    /// Modules and protocols, by number.
    pub(super) decls: BTreeMap<String, (usize, Span)>,
    /// Words of statements that could not be read.
    pub(super) broken: BTreeSet<String>,
}

impl Table {
    /// Takes up the names that an item declares; the first of two counts.
    pub(super) fn declare(&mut self, item: &ast::Item, prefix: &str) {
        let flat = |name: &ast::Name| format!("{prefix}{}", name.text);
        let (name, kind) = match &item.kind {
            ItemKind::Collection(c) => (&c.name, Kind::Rel),
            ItemKind::Like { name, .. }
            | ItemKind::ViewRule { name, .. }
            | ItemKind::Periodic { name, .. } => (name, Kind::Rel),
            ItemKind::Fn { name, .. } => (name, Kind::Fn),
            ItemKind::Const { name, .. } => (name, Kind::Const),
            ItemKind::Use { alias, .. } => (alias, Kind::Instance),
            ItemKind::TypeAlias { name, .. }
            | ItemKind::Record { name, .. }
            | ItemKind::Lattice { name, .. } => {
                self.types.entry(name.text.clone()).or_insert((flat(name), name.span));
                return;
            }
            ItemKind::Enum { name, variants, .. } => {
                self.types.entry(name.text.clone()).or_insert((flat(name), name.span));
                for ast::Variant { name, .. } in variants {
                    let place = (flat(name), name.span);
                    self.constructors.entry(name.text.clone()).or_insert(place);
                }
                return;
            }
            ItemKind::Broken { words } => {
                self.broken.extend(words.iter().cloned());
                return;
            }
            ItemKind::Role(_)
            | ItemKind::Module(_)
            | ItemKind::Protocol { .. }
            | ItemKind::Import(_)
            | ItemKind::Invariant { .. }
            | ItemKind::Test { .. }
            | ItemKind::Rule(_) => return,
        };
        self.lower.entry(name.text.clone()).or_insert((flat(name), kind, name.span));
    }
}

/// All files' names.
pub(super) struct Declared<'f> {
    pub(super) decls: Vec<Decl<'f>>,
    /// By file: what it declares.
    pub(super) own: Vec<Table>,
    /// By file: that, and what the files declare that it imports.
    pub(super) seen: Vec<Table>,
    /// By file: what stands in front of its names.
    pub(super) prefixes: Vec<String>,
}

/// Lists what all files declare.
pub(super) fn declared<'f>(files: &'f [File<'f>], diags: &mut Vec<Diagnostic>) -> Declared<'f> {
    let mut all = Declared {
        decls: Vec::new(),
        own: Vec::new(),
        seen: Vec::new(),
        prefixes: prefixes(files),
    };
    for (number, file) in files.iter().enumerate() {
        let mut table = Table::default();
        for item in file.items() {
            table.declare(item, &all.prefixes[number]);
            if let Some(decl) = decl(item, number, &all.prefixes[number]) {
                let name = decl.name;
                match table.decls.get(&name.text) {
                    Some(&(_, first)) => diags.push(twice(name, first)),
                    None => {
                        table.decls.insert(name.text.clone(), (all.decls.len(), name.span));
                        all.decls.push(decl);
                    }
                }
            }
        }
        all.own.push(table);
    }
    for (number, file) in files.iter().enumerate() {
        let mut seen = all.own[number].clone();
        for (other, place) in &file.imports {
            seen.import(&all.own[*other], *place, file.id, diags);
        }
        all.seen.push(seen);
    }
    all
}

fn decl<'f>(item: &'f ast::Item, file: usize, prefix: &str) -> Option<Decl<'f>> {
    let (name, type_params, params, promise, body, is_protocol) = match &item.kind {
        ItemKind::Module(m) => {
            (&m.name, &m.type_params, &m.params[..], m.protocol.as_ref(), &m.body, false)
        }
        ItemKind::Protocol { name, type_params, body } => {
            (name, type_params, &[][..], None, body, true)
        }
        _ => return None,
    };
    let flat = format!("{prefix}{}", name.text);
    let items = &body.items;
    let attrs = &item.attrs[..];
    Some(Decl { file, name, type_params, params, promise, items, attrs, is_protocol, flat })
}

fn twice(name: &ast::Name, first: Span) -> Diagnostic {
    let title = format!("`{}` is declared twice", name.text);
    Diagnostic::error(codes::DUPLICATE_NAME, name.span, title)
        .at("declared again here")
        .label(first, "first declared here")
}

impl Table {
    /// Adds what another file declares; its instances and collections stay its own.
    fn import(&mut self, other: &Table, place: Span, file: FileId, diags: &mut Vec<Diagnostic>) {
        let mut clash = |name: &str, mine: Span, theirs: Span| {
            diags.push(clashing(name, mine, theirs, place, file));
        };
        for (name, entry) in &other.lower {
            if !matches!(entry.1, Kind::Fn | Kind::Const) {
                continue;
            }
            match self.lower.get(name) {
                Some(mine) => clash(name, mine.2, entry.2),
                None => {
                    self.lower.insert(name.clone(), entry.clone());
                }
            }
        }
        for (mine, theirs) in
            [(&mut self.types, &other.types), (&mut self.constructors, &other.constructors)]
        {
            for (name, entry) in theirs {
                match mine.get(name) {
                    Some(mine) => clash(name, mine.1, entry.1),
                    None => {
                        mine.insert(name.clone(), entry.clone());
                    }
                }
            }
        }
        for (name, entry) in &other.decls {
            match self.decls.get(name) {
                Some(mine) => clash(name, mine.1, entry.1),
                None => {
                    self.decls.insert(name.clone(), *entry);
                }
            }
        }
        self.broken.extend(other.broken.iter().cloned());
    }
}

/// One name for two things, at least one of which is imported.
fn clashing(name: &str, mine: Span, theirs: Span, place: Span, file: FileId) -> Diagnostic {
    let title = format!("`{name}` is declared here and in a file that is imported");
    let found = match mine.file == file {
        true => Diagnostic::error(codes::DUPLICATE_NAME, mine, title).at("declared here"),
        false => {
            let title = format!("`{name}` is declared in two files that are imported");
            Diagnostic::error(codes::DUPLICATE_NAME, place, title)
                .at("imported here")
                .label(mine, "declared here")
        }
    };
    let found = found.label(theirs, "declared here too");
    if mine.file == file {
        return found.label(place, "imported here").help("choose another name for one of the two");
    }
    found.help("choose another name for one of the two")
}

/// What stands in front of the names of each file: nothing for the program,
/// else a word that is no instance of the program and no other file's.
fn prefixes(files: &[File<'_>]) -> Vec<String> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for item in files.first().map_or(&[][..], |root| root.items()) {
        if let ItemKind::Use { alias, .. } = &item.kind {
            taken.insert(alias.text.clone());
        }
    }
    let mut out = Vec::with_capacity(files.len());
    for (number, file) in files.iter().enumerate() {
        if number == 0 {
            out.push(String::new());
            continue;
        }
        let mut word = file.stem.clone();
        let mut again = 2;
        while !taken.insert(word.clone()) {
            word = format!("{}{again}", file.stem);
            again += 1;
        }
        out.push(format!("{word}."));
    }
    out
}
