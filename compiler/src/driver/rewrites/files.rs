//! The files that a program consists of and that are the user's own, and the
//! same program with some of them changed. What changes is not known here.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::calm::rewrites::Written;
use crate::driver;
use crate::driver::Compiled;
use crate::driver::Options;
use crate::source::FileId;
use crate::source::Import;
use crate::source::Loaded;
use crate::source::Loader;
use crate::syntax::ast::ImportFrom;
use crate::syntax::ast::ItemKind;
use crate::syntax::ast::Module;
use crate::syntax::parse;

/// Files of a program that may be changed.
pub(super) struct Own {
    written: Vec<Written>,
}

/// Hands in changed texts in place of those that it would find.
#[derive(Debug)]
struct Overlay {
    below: Arc<dyn Loader>,
    /// By the name that is shown in messages.
    changed: BTreeMap<String, String>,
}

impl Loader for Overlay {
    fn load(&self, from: Option<&str>, what: Import<'_>) -> Result<Loaded, String> {
        let mut loaded = self.below.load(from, what)?;
        if let Some(text) = self.changed.get(&loaded.name) {
            loaded.text = text.clone();
        }
        Ok(loaded)
    }

    fn root(&self) -> Option<String> {
        self.below.root()
    }

    fn library(&self) -> Vec<String> {
        self.below.library()
    }
}

impl Own {
    /// The program's text and what it imports by path; the library is nobody's to
    /// change.
    pub(super) fn of(compiled: &Compiled) -> Own {
        let Some(first) = compiled.sources.files().first() else {
            return Own { written: Vec::new() };
        };
        let root = parse::parse(FileId(0), &first.text).module;
        let mut names = BTreeMap::new();
        if let Some(loader) = &compiled.options.loader {
            imported(&**loader, None, &root, &mut names);
        }
        let mut written = vec![Written { file: FileId(0), module: root }];
        let mut seen = vec![first.name.clone()];
        for (at, source) in compiled.sources.files().iter().enumerate().skip(1) {
            let file = FileId(at as u32);
            let is_own = names.get(&source.name).is_some_and(|text| **text == *source.text);
            if is_own && compiled.sources.origin(file) == file && !seen.contains(&source.name) {
                seen.push(source.name.clone());
                let module = parse::parse(file, &source.text).module;
                written.push(Written { file, module });
            }
        }
        Own { written }
    }

    pub(super) fn written(&self) -> &[Written] {
        &self.written
    }

    /// The program with other texts in some of its files.
    pub(super) fn changed(
        &self,
        compiled: &Compiled,
        files: &[(FileId, String)],
    ) -> Option<Compiled> {
        let first = compiled.sources.files().first()?;
        let mut text: &str = &first.text;
        let mut changed = BTreeMap::new();
        for (file, new) in files {
            match *file == FileId(0) {
                true => text = new,
                false => {
                    changed.insert(compiled.sources.file(*file).name.clone(), new.clone());
                }
            }
        }
        let loader = compiled.options.loader.clone().map(|below| match changed.is_empty() {
            true => below,
            false => Arc::new(Overlay { below, changed }) as Arc<dyn Loader>,
        });
        let options = Options { loader, ..compiled.options.clone() };
        Some(driver::check(&first.name, text, &options))
    }
}

/// Files that a module imports by path, and those that they import: by name.
fn imported(
    loader: &dyn Loader,
    from: Option<&str>,
    module: &Module,
    out: &mut BTreeMap<String, String>,
) {
    for item in &module.items {
        let ItemKind::Import(ImportFrom::File(path, _)) = &item.kind else { continue };
        let Ok(loaded) = loader.load(from, Import::File(path)) else { continue };
        if out.insert(loaded.name, loaded.text.clone()).is_none() {
            let module = parse::parse(FileId(0), &loaded.text).module;
            imported(loader, Some(&loaded.id), &module, out);
        }
    }
}
