//! What can go wrong for an embedding program, as data and as text.

use std::fmt;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::render;
use bloom_compiler::diag::render::Format;
use bloom_compiler::source::SourceMap;

/// Messages about a program, with the text that they are about. Shown they are
/// what `bloom check` prints, without colours.
#[derive(Clone)]
pub struct Diagnostics {
    /// The texts that the spans of the messages lie in.
    pub sources: SourceMap,
    /// The messages, by place.
    pub all: Vec<Diagnostic>,
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = Format::Human { color: false, unicode: true };
        f.write_str(&render::render(format, &self.sources, &self.all))
    }
}

impl fmt::Debug for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render::render(Format::Short, &self.sources, &self.all))
    }
}

impl std::error::Error for Diagnostics {}

/// Why rows were not taken, derived or given.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The program declares no such collection; the nearest name is beside it.
    UnknownCollection(String, Option<String>),
    /// Only rules fill it.
    NotLoadable(String),
    /// Rows of another number of columns: collection, columns it has, columns given.
    Columns(String, usize, usize),
    /// A value is none of its column: collection, column, why.
    Mismatch(String, String, String),
    /// A file could not be read.
    Io(std::io::Error),
    /// Records that are no rows, the first ones; nothing of the file was stored.
    Records(Vec<String>),
    /// The run failed.
    Failed(Diagnostics),
    /// The session ran already, or did not run yet.
    OutOfTurn(&'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::UnknownCollection(name, None) => write!(f, "unknown collection `{name}`"),
            Error::UnknownCollection(name, Some(near)) => {
                write!(f, "unknown collection `{name}`; did you mean `{near}`?")
            }
            Error::NotLoadable(name) => write!(f, "only the rules of the program fill `{name}`"),
            Error::Columns(name, has, given) => {
                write!(f, "rows of `{name}` have {has} columns, not {given}")
            }
            Error::Mismatch(name, column, why) => write!(f, "column {column} of `{name}`: {why}"),
            Error::Io(error) => write!(f, "cannot read rows: {error}"),
            Error::Records(bad) => write!(f, "bad records: {}", bad.join("; ")),
            Error::Failed(why) => write!(f, "{why}"),
            Error::OutOfTurn(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io(error) => Some(error),
            Error::Failed(why) => Some(why),
            _ => None,
        }
    }
}
