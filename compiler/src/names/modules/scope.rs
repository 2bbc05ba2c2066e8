//! What a name means at a place: in the program, in an imported file, or
//! inside of an instance. A module sees what it declares itself, and the types,
//! functions and constants of its file; never the program's collections.

use super::Expander;
use super::declared::Kind;
use super::instances::Port;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::source::FileId;
use crate::source::Span;
use crate::syntax::ast;

/// Behind the name of a variable that is called like something of the program
/// that it cannot see. No program can write it, and no message shows it.
pub(super) const MARK: char = '\u{2032}';

/// Where a piece of text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Scope {
    /// Whose names are seen.
    pub(super) file: usize,
    /// Inside of this instance.
    pub(super) instance: Option<usize>,
    /// The file that spans get.
    pub(super) text: FileId,
}

impl Scope {
    /// The place of something that is written in this scope.
    pub(super) fn place(self, span: Span) -> Span {
        match self.instance {
            Some(_) => Span { file: self.text, ..span },
            // A question about the program stands in a file of its own.
            None => span,
        }
    }
}

/// What a lower-case name means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Lower {
    /// A collection, function or constant, by its name in the whole program.
    Flat(String, Kind),
    Instance(usize),
    /// An instance about which something has been said already.
    Lost,
    /// Something of the program that cannot be seen here, and its place.
    Hidden(Kind, Span),
    /// A variable, a word of the language, or nothing.
    Unknown,
}

/// What an upper-case name means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Upper {
    Flat(String),
    /// Something of the program that cannot be seen here, and its place.
    Hidden(Span),
    Unknown,
}

impl Expander<'_, '_> {
    /// What a lower-case name means.
    pub(super) fn lower(&self, scope: Scope, name: &str) -> Lower {
        if let Some(at) = scope.instance {
            let instance = &self.instances[at];
            if let Some(found) = instance.nested.get(name) {
                return found.map_or(Lower::Lost, Lower::Instance);
            }
            if let Some((flat, kind, _)) = instance.own.lower.get(name) {
                return Lower::Flat(flat.clone(), *kind);
            }
        } else if let Some(found) = self.uses[scope.file].get(name) {
            return found.map_or(Lower::Lost, Lower::Instance);
        }
        let inside = scope.instance.is_some();
        match self.declared.seen[scope.file].lower.get(name) {
            Some((_, Kind::Rel | Kind::Instance, _)) if inside => {}
            // An instance that was not made: its file is not the program's.
            Some((_, Kind::Instance, _)) => return Lower::Lost,
            Some((flat, kind, _)) => return Lower::Flat(flat.clone(), *kind),
            None => {}
        }
        match self.declared.own[0].lower.get(name) {
            Some((_, kind, place)) => Lower::Hidden(*kind, *place),
            None => Lower::Unknown,
        }
    }

    /// What the name of a type means.
    pub(super) fn type_named(&self, scope: Scope, name: &str) -> Upper {
        if let Some(at) = scope.instance {
            let set = &self.type_sets[self.instances[at].types];
            if let Some((flat, _)) = set.own.types.get(name) {
                return Upper::Flat(flat.clone());
            }
        }
        if let Some((flat, _)) = self.declared.seen[scope.file].types.get(name) {
            return Upper::Flat(flat.clone());
        }
        match self.declared.own[0].types.get(name) {
            Some((_, place)) => Upper::Hidden(*place),
            None => Upper::Unknown,
        }
    }

    /// What the name of a constructor or of a record means.
    pub(super) fn constructor(&self, scope: Scope, name: &str) -> Upper {
        if let Some(at) = scope.instance {
            let own = &self.type_sets[self.instances[at].types].own;
            if let Some((flat, _)) = own.constructors.get(name).or_else(|| own.types.get(name)) {
                return Upper::Flat(flat.clone());
            }
        }
        let seen = &self.declared.seen[scope.file];
        if let Some((flat, _)) = seen.constructors.get(name).or_else(|| seen.types.get(name)) {
            return Upper::Flat(flat.clone());
        }
        let root = &self.declared.own[0];
        match root.constructors.get(name).or_else(|| root.types.get(name)) {
            Some((_, place)) => Upper::Hidden(*place),
            None => Upper::Unknown,
        }
    }

    /// Whether something of this name may stand in a statement that could not
    /// be read, or in a file that was not found.
    pub(super) fn may_be_lost(&self, scope: Scope, name: &str) -> bool {
        self.files[scope.file].open
            || self.declared.seen[scope.file].broken.contains(name)
            || scope.instance.is_some_and(|at| self.instances[at].own.broken.contains(name))
    }

    /// The collection that a path names, of which the first word is an
    /// instance, and how many words of the path it takes. What is wrong is told.
    pub(super) fn member(
        &mut self,
        scope: Scope,
        instance: usize,
        path: &[ast::Name],
    ) -> Option<(String, usize)> {
        let mut at = instance;
        let mut words = 1;
        while let Some(name) = path.get(words) {
            words += 1;
            let found = &self.instances[at];
            // What a module was given is not a part of it.
            match found.nested.get(&name.text) {
                Some(Some(inner)) if !found.given.contains_key(&name.text) => at = *inner,
                Some(None) => return None,
                _ => return self.port(scope, at, &path[..words]).map(|flat| (flat, words)),
            }
        }
        let first = path.first()?;
        self.instance_as_value(scope, first);
        None
    }

    fn port(&mut self, scope: Scope, at: usize, path: &[ast::Name]) -> Option<String> {
        let (name, before) = path.split_last()?;
        let instance = &self.instances[at];
        let owner: Vec<&str> = before.iter().map(|n| n.text.as_str()).collect();
        let owner = owner.join(".");
        let span = scope.place(name.span);
        let decl = &self.declared.decls[instance.decl];
        let place = decl.name.span;
        let of = format!("`{owner}` is an instance of `{}`", decl.name.text);
        if let Some(port) = instance.ports.get(&name.text) {
            return Some(port.flat.clone());
        }
        if instance.own.broken.contains(&name.text) {
            return None;
        }
        let ports: Vec<&str> = instance.ports.keys().map(String::as_str).collect();
        let told = match instance.own.lower.get(&name.text) {
            Some((_, _, declared)) => {
                let title =
                    format!("`{}` is private to the module `{}`", name.text, decl.name.text);
                Diagnostic::error(codes::PRIVATE_MEMBER, span, title)
                    .at("only inputs and outputs can be named from outside")
                    .label(*declared, "declared here, without `input` or `output`")
                    .help(match ports.is_empty() {
                        true => "the module has neither inputs nor outputs".to_string(),
                        false => format!("from outside it has {}", suggest::and_list(&ports)),
                    })
            }
            None => {
                let title = format!("`{owner}` has no input or output `{}`", name.text);
                let told = Diagnostic::error(codes::UNKNOWN_MEMBER, span, title)
                    .at("not declared in the module")
                    .label(place, of);
                match suggest::closest(&name.text, ports.iter().copied()) {
                    Some(near) => told.help(format!("did you mean `{near}`?")).fix(
                        format!("write `{near}`"),
                        span,
                        near,
                    ),
                    None if ports.is_empty() => told.help("it has none at all"),
                    None => told.help(format!("it has {}", suggest::and_list(&ports))),
                }
            }
        };
        self.diags.push(told);
        None
    }

    /// A rule may write the inputs of an instance, and only those.
    pub(super) fn may_write(&mut self, scope: Scope, head: &ast::Head, flat: &str, outside: bool) {
        let port = self.instances.iter().find_map(|i| i.ports.values().find(|p| p.flat == flat));
        let Some(port) = port else { return };
        let Port { is_input, span: place, .. } = *port;
        if is_input == outside {
            return;
        }
        let Some(name) = head.path.last() else { return };
        let span = scope.place(head.span);
        let told = match outside {
            true => Diagnostic::error(
                codes::MODULE_WRITE,
                span,
                format!("`{}` is an output, which only the module itself writes", name.text),
            )
            .at("written from outside")
            .label(place, "declared as an output here")
            .help("give the module an input for such rows"),
            false => Diagnostic::error(
                codes::MODULE_WRITE,
                span,
                format!("`{}` is an input, which only the user of the module writes", name.text),
            )
            .at("rows come from outside only")
            .label(place, "declared as an input here")
            .help("collect its rows and your own in a collection of its own, and read that"),
        };
        self.diags.push(told);
    }

    /// An instance where a value stands.
    pub(super) fn instance_as_value(&mut self, scope: Scope, name: &ast::Name) {
        let span = scope.place(name.span);
        let title = format!("`{}` is an instance of a module, not a value", name.text);
        let told = Diagnostic::error(codes::INSTANCE_AS_VALUE, span, title)
            .at("a collection of it is named with a dot")
            .help("give a variable of this name another one, or name a collection of the instance");
        self.diags.push(told);
    }

    /// Something of the program, named where it is not seen.
    pub(super) fn hidden(&mut self, scope: Scope, name: &str, span: Span, place: Span) {
        let span = scope.place(span);
        let inside = scope.instance.is_some();
        let title = match inside {
            true => format!("a module cannot see `{name}`, which is declared outside of it"),
            false => format!("an imported file cannot see `{name}` of the program"),
        };
        let told = Diagnostic::error(codes::OUTSIDE_MODULE, span, title)
            .at("not seen here")
            .label(place, "declared here");
        let told = match inside {
            true => told
                .note("So a module means the same wherever it is used.")
                .help("give the module an input for what it is to read, or an output for what it is to write"),
            false => told.help("declare it in a file that both import"),
        };
        self.diags.push(told);
    }
}
