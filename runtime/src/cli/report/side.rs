//! One of two versions that are compared: a program, a lock, or a report as JSON;
//! whatever it is, what is known of it is the same. This room must not know which of
//! the two is the older one.

use std::path::Path;

use bloom_compiler::calm::model::Assume;
use bloom_compiler::diag::Diagnostic;
use serde::Deserialize;
use serde_json::Value;

use super::json::SCHEMA;
use super::known::Entry;
use super::known::Known;
use super::known::Shown;
use super::lock;
use crate::cli::compile;
use crate::cli::exit::Exit;
use crate::cli::paths;
use crate::cli::talk::Talk;

/// A version.
pub struct Side {
    /// The name of its file.
    pub name: String,
    /// What is known of it.
    pub known: Known,
    /// Where its points are, in their order; a lock does not keep that.
    pub places: Vec<String>,
}

/// As much of a report as is compared.
#[derive(Deserialize)]
struct Told {
    source: Source,
    complete: bool,
    points: Vec<Value>,
    verdicts: Vec<Shown>,
}

#[derive(Deserialize)]
struct Source {
    file: String,
}

#[derive(Deserialize)]
struct Place {
    file: String,
    line: usize,
    col: usize,
}

/// Reads a version.
pub fn side(path: &Path, set: &[(String, String)], talk: &Talk) -> Result<Side, Exit> {
    // What a shell hands in of another version (`<(git show …)`) has no extension.
    let is_program = paths::is_stdin(path)
        || path.is_dir()
        || path.extension().is_none_or(|extension| extension == "bloom");
    if is_program {
        return program(path, set, talk);
    }
    let name = path.display().to_string();
    if !path.exists() {
        return Err(talk.refuse(paths::absent(path)));
    }
    let text =
        lock::content(path).map_err(|error| talk.refuse(format!("cannot read {name}: {error}")))?;
    kept(&name, &text).map_err(|why| talk.refuse(why))
}

fn program(path: &Path, set: &[(String, String)], talk: &Talk) -> Result<Side, Exit> {
    let mut compiled = compile::compile(path, set, talk)?;
    compiled.diagnostics.retain(Diagnostic::is_error);
    talk.diagnostics(&compiled.sources, &compiled.diagnostics);
    if let Some(exit) = compile::failed(&compiled.diagnostics) {
        return Err(exit);
    }
    let report = compiled.report(&Assume::default());
    let place = |span: bloom_compiler::source::Span| {
        let file = compiled.sources.file(span.file);
        let (line, col) = file.line_col(span.lo);
        format!("{}:{line}:{col}", file.name)
    };
    let name = compiled.sources.files().first().map_or("", |file| &file.name).to_string();
    let places = report.points.iter().map(|point| place(point.span)).collect();
    Ok(Side { name, known: Known::of(&report), places })
}

/// A lock, or a report as JSON.
fn kept(name: &str, text: &str) -> Result<Side, String> {
    let wrong = |error: serde_json::Error| {
        format!(
            "{name} is neither a lock nor a report as JSON ({error}), and a program ends with \
             `.bloom`"
        )
    };
    let value: Value = serde_json::from_str(text).map_err(wrong)?;
    if value.get("schema").and_then(Value::as_str) != Some(SCHEMA) {
        let known = lock::known(value, name)?;
        return Ok(Side { name: name.to_string(), known, places: Vec::new() });
    }
    let told: Told = serde_json::from_value(value).map_err(wrong)?;
    if !told.complete {
        return Err(format!(
            "{name} is the report of a program with mistakes ({}), in which points may be missing",
            told.source.file
        ));
    }
    let mut points = Vec::with_capacity(told.points.len());
    let mut places = Vec::with_capacity(told.points.len());
    for mut point in told.points {
        let place = point.get_mut("span").map(Value::take).unwrap_or_default();
        let place: Place = serde_json::from_value(place).map_err(wrong)?;
        places.push(format!("{}:{}:{}", place.file, place.line, place.col));
        let mut entry: Entry = serde_json::from_value(point).map_err(wrong)?;
        entry.outputs.sort();
        entry.outputs.dedup();
        points.push(entry);
    }
    let known = Known { outputs: Some(told.verdicts), points };
    Ok(Side { name: name.to_string(), known, places })
}
