//! The files of a program: the one that was given and those it imports, each
//! read and parsed once however often it is asked for. What they declare is
//! other rooms' matter, and so is where text comes from.

use std::collections::BTreeMap;

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::limits;
use crate::source::FileId;
use crate::source::Import;
use crate::source::Loader;
use crate::source::SourceMap;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ImportFrom;
use crate::syntax::ast::ItemKind;
use crate::syntax::parse;

/// A file, parsed.
pub(super) struct File<'a> {
    pub(super) id: FileId,
    pub(super) module: Text<'a>,
    /// What other files call it: `voting`, and of the library `std.voting`.
    pub(super) stem: String,
    pub(super) library: Option<String>,
    /// What it imports, by position in the list of files, and where it says so.
    pub(super) imports: Vec<(usize, Span)>,
    /// It could not be read as a whole, or what it imports was not found:
    /// a name that is unknown may come from there.
    pub(super) open: bool,
    /// There are errors in its syntax.
    pub(super) broken: bool,
}

/// The tree of the program is the caller's, those of imports are ours.
pub(super) enum Text<'a> {
    Given(&'a ast::Module),
    Read(Box<ast::Module>),
}

impl File<'_> {
    pub(super) fn items(&self) -> &[ast::Item] {
        match &self.module {
            Text::Given(module) => &module.items,
            Text::Read(module) => &module.items,
        }
    }
}

/// Reads whatever the program imports.
struct Reader<'a, 'm> {
    files: Vec<File<'a>>,
    /// By the loader's id; a file being read is known already.
    known: BTreeMap<String, usize>,
    /// Files whose imports are being read, outermost first, with their imports.
    open: Vec<(usize, Span)>,
    loader: Option<&'m dyn Loader>,
    sources: &'m mut SourceMap,
    diags: &'m mut Vec<Diagnostic>,
}

/// The program and everything it imports, the program first.
pub(super) fn read<'a>(
    root: &'a ast::Module,
    loader: Option<&dyn Loader>,
    sources: &mut SourceMap,
    diags: &mut Vec<Diagnostic>,
) -> Vec<File<'a>> {
    let broken = diags.iter().any(Diagnostic::is_error);
    let mut known = BTreeMap::new();
    if let Some(id) = loader.and_then(Loader::root) {
        known.insert(id, 0);
    }
    let first = File {
        id: FileId(0),
        module: Text::Given(root),
        stem: String::new(),
        library: None,
        imports: Vec::new(),
        open: false,
        broken,
    };
    let mut reader = Reader { files: vec![first], known, open: Vec::new(), loader, sources, diags };
    reader.imports_of(0, None);
    reader.files
}

impl Reader<'_, '_> {
    /// Reads what a file imports; `id` is what the loader calls the file.
    fn imports_of(&mut self, file: usize, id: Option<&str>) {
        let wanted: Vec<(ImportFrom, Span)> = self.files[file]
            .items()
            .iter()
            .filter_map(|item| match &item.kind {
                ItemKind::Import(from) => Some((from.clone(), item.span)),
                _ => None,
            })
            .collect();
        for (from, span) in wanted {
            match self.import(file, id, &from, span) {
                Some(found) => {
                    if !self.files[file].imports.iter().any(|(other, _)| *other == found) {
                        self.files[file].imports.push((found, span));
                    }
                }
                None => self.files[file].open = true,
            }
        }
    }

    fn import(
        &mut self,
        file: usize,
        id: Option<&str>,
        from: &ImportFrom,
        span: Span,
    ) -> Option<usize> {
        let (dotted, span) = match from {
            ImportFrom::Path(path) => {
                let words: Vec<&str> = path.iter().map(|n| n.text.as_str()).collect();
                let places = path.first().zip(path.last());
                (words.join("."), places.map_or(span, |(a, b)| a.span.to(b.span)))
            }
            ImportFrom::File(_, span) => (String::new(), *span),
        };
        let what = match from {
            ImportFrom::Path(_) => Import::Library(&dotted),
            ImportFrom::File(path, _) => Import::File(path),
        };
        let Some(loader) = self.loader else {
            self.diags.push(not_found(span, what, "this program is read without its files", &[]));
            return None;
        };
        let loaded = match loader.load(id, what) {
            Ok(loaded) => loaded,
            Err(why) => {
                self.diags.push(not_found(span, what, &why, &loader.library()));
                return None;
            }
        };
        if let Some(&known) = self.known.get(&loaded.id) {
            return self.known_file(known, file, span);
        }
        if self.files.len() > limits::IMPORTS_MAX {
            self.too_many(span, format!("more than {} files are imported", limits::IMPORTS_MAX));
            return None;
        }
        let text = self.sources.add(loaded.name, loaded.text);
        let mut parsed = parse::parse(text, &self.sources.file(text).text.clone());
        let broken = parsed.diagnostics.iter().any(Diagnostic::is_error);
        self.diags.append(&mut parsed.diagnostics);
        let library = match what {
            Import::Library(name) => Some(name.to_string()),
            // What the library imports is of the library.
            Import::File(_) => self.files[file].library.clone(),
        };
        let number = self.files.len();
        self.files.push(File {
            id: text,
            module: Text::Read(Box::new(parsed.module)),
            stem: stem(what),
            library,
            imports: Vec::new(),
            open: false,
            broken,
        });
        self.known.insert(loaded.id.clone(), number);
        self.open.push((number, span));
        if self.open.len() > limits::IMPORT_DEPTH_MAX {
            let most = limits::IMPORT_DEPTH_MAX;
            self.too_many(span, format!("more than {most} files import each other"));
            self.files[number].open = true;
        } else {
            self.imports_of(number, Some(&loaded.id));
        }
        self.open.pop();
        Some(number)
    }

    fn too_many(&mut self, span: Span, title: String) {
        let told = Diagnostic::error(codes::IMPORT_NOT_FOUND, span, title);
        self.diags.push(told.at("one too many"));
    }

    /// A file that was asked for before; an error if it is still being read.
    fn known_file(&mut self, known: usize, from: usize, span: Span) -> Option<usize> {
        let at = self.open.iter().position(|(file, _)| *file == known);
        if known != 0 && known != from && at.is_none() {
            return Some(known);
        }
        let title = match known == from {
            true => "this file imports itself",
            false => "these files import each other",
        };
        let mut diagnostic = Diagnostic::error(codes::IMPORT_CYCLE, span, title)
            .at("the file that is imported here imports this one")
            .help("put what both need into a file of its own, and import that");
        if known == from {
            diagnostic = diagnostic.at("this very file").help("leave the import out");
        }
        for (_, place) in &self.open[at.map_or(0, |at| at + 1)..] {
            if *place != span {
                diagnostic = diagnostic.label(*place, "through this import");
            }
        }
        self.diags.push(diagnostic);
        None
    }
}

/// The name of a file without folders and extension.
fn stem(what: Import<'_>) -> String {
    let stem = match what {
        Import::Library(name) => name.rsplit('.').next().unwrap_or(name),
        Import::File(path) => {
            let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
            name.strip_suffix(".bloom").unwrap_or(name)
        }
    };
    stem.to_string()
}

fn not_found(span: Span, what: Import<'_>, why: &str, library: &[String]) -> Diagnostic {
    match what {
        Import::File(path) => {
            Diagnostic::error(codes::IMPORT_NOT_FOUND, span, format!("cannot import \"{path}\""))
                .at(why.to_string())
        }
        Import::Library(name) => {
            let title = format!("there is no `{name}` in the library");
            let found = Diagnostic::error(codes::IMPORT_NOT_FOUND, span, title).at(why.to_string());
            match suggest::closest(name, library.iter().map(String::as_str)) {
                Some(near) => found.help(format!("did you mean `{near}`?")).fix(
                    format!("write `{near}`"),
                    span,
                    near,
                ),
                None if library.is_empty() => {
                    found.help("a file is imported by its path: `import \"./name.bloom\";`")
                }
                None => found.help(format!("the library has {}", suggest::and_list(library))),
            }
        }
    }
}
