//! A compiled program, to be run any number of times. What a run needs is in
//! `session`.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use bloom_compiler::calm::strata::Strata;
use bloom_compiler::driver;
use bloom_compiler::plan;
use bloom_compiler::plan::ir;
use bloom_compiler::source::SourceMap;
use bloom_compiler::types::typed;

use crate::embed::error::Diagnostics;
use crate::embed::imports::Imports;
use crate::embed::natives::Natives;
use crate::embed::node::NodeBuilder;
use crate::embed::session::Session;

/// A program without errors. Clones share it.
#[derive(Clone)]
pub struct Program {
    pub(super) parts: Arc<Parts>,
}

pub(super) struct Parts {
    pub(super) sources: SourceMap,
    pub(super) typed: typed::Program,
    pub(super) strata: Strata,
    pub(super) plan: ir::Program,
    pub(super) natives: Arc<Natives>,
    /// What a node of it is, where it has roles.
    pub(super) role: Option<String>,
    warnings: Vec<bloom_compiler::diag::Diagnostic>,
}

/// A program that is about to be compiled.
pub struct Builder {
    name: String,
    text: String,
    options: driver::Options,
    natives: Natives,
}

impl Program {
    /// Compiles a text; `name` is what messages call it.
    pub fn compile(name: &str, text: &str) -> Result<Program, Diagnostics> {
        Program::builder(name, text).compile()
    }

    /// Compiles with settings.
    pub fn builder(name: &str, text: &str) -> Builder {
        Builder {
            name: name.to_owned(),
            text: text.to_owned(),
            options: driver::Options {
                loader: Imports::library().shared(),
                ..driver::Options::default()
            },
            natives: Natives::new(),
        }
    }

    /// A session with no rows but the facts of the program.
    pub fn start(&self) -> Session {
        Session::new(self.clone())
    }

    /// A node of it that is about to start: for programs that run in time.
    pub fn node(&self) -> NodeBuilder {
        NodeBuilder::new(self.clone())
    }

    /// What the compiler warned of.
    pub fn warnings(&self) -> Diagnostics {
        Diagnostics { sources: self.parts.sources.clone(), all: self.parts.warnings.clone() }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.parts.typed.rels.iter().map(|rel| &rel.name);
        f.write_str("Program ")?;
        f.debug_list().entries(names).finish()
    }
}

impl Builder {
    /// Gives a constant another value, written as in a program; `--set` of the tool.
    pub fn set(mut self, constant: &str, value: &str) -> Builder {
        self.options.set.push((constant.to_owned(), value.to_owned()));
        self
    }

    /// The role that is to run, of a program that has roles. Its parameters are
    /// set as constants are, with [`Builder::set`].
    pub fn role(mut self, name: &str) -> Builder {
        self.options.role = Some(driver::Chosen { name: name.to_owned(), set: Vec::new() });
        self
    }

    /// The folder from which the program imports files; without it, only the
    /// standard library can be imported.
    pub fn folder(mut self, folder: &Path) -> Builder {
        self.options.loader = Imports::beside(folder).shared();
        self
    }

    /// Functions that the program may call.
    pub fn natives(mut self, natives: Natives) -> Builder {
        self.natives = natives;
        self
    }

    /// Compiles.
    pub fn compile(mut self) -> Result<Program, Diagnostics> {
        self.options.natives = self.natives.signatures().to_vec();
        let mut compiled = driver::check(&self.name, &self.text, &self.options);
        if !compiled.has_errors() {
            compiled.diagnostics.extend(compiled.not_run());
        }
        let failed = compiled.has_errors();
        let (sources, all) = (compiled.sources, compiled.diagnostics);
        match (compiled.typed, compiled.strata) {
            (Some(typed), Some(strata)) if !failed => {
                let plan = plan::build(&typed, &strata, &plan::Sizes::default());
                let natives = Arc::new(self.natives);
                let role = self.options.role.map(|role| role.name);
                let parts = Parts { sources, typed, strata, plan, natives, role, warnings: all };
                Ok(Program { parts: Arc::new(parts) })
            }
            _ => Err(Diagnostics { sources, all }),
        }
    }
}
