//! Relations to stdout or to files. Files are written beside their place and
//! renamed when all of them are complete, so that nobody ever sees half a
//! result. This room must not compute rows.

use std::io::BufWriter;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use bloom_compiler::diag::suggest::closest;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::types::typed;

use crate::cli::exit::Exit;
use crate::cli::expect;
use crate::cli::expect::Found;
use crate::cli::options::RunOptions;
use crate::cli::place;
use crate::cli::place::Place;
use crate::cli::talk::Talk;
use crate::cli::talk::closed;
use crate::connect::schema::Schema;
use crate::connect::write::Form;
use crate::connect::write::RowWriter;
use crate::kernel::Engine;

/// Bytes gathered before they are written.
const BUFFER_BYTES: usize = 64 << 10;

/// What is to be written where, found possible before anything is loaded.
pub struct Plan {
    rels: Vec<RelId>,
    to: Target,
}

enum Target {
    Stdout(Form),
    Folder(PathBuf, Form),
    /// Compared with the files of a folder.
    Expected(PathBuf),
}

/// Which relations are shown, in declared order, and where to.
pub fn plan(program: &typed::Program, options: &RunOptions, talk: &Talk) -> Result<Plan, Exit> {
    let mut shown: Vec<bool> = program
        .rels
        .iter()
        .map(|rel| {
            let output =
                matches!(rel.kind, RelKind::Output | RelKind::OutputTable | RelKind::OutputView);
            output && !options.no_output
        })
        .collect();
    for name in &options.print {
        match program.rels.iter().position(|rel| rel.name == *name) {
            Some(rel) => shown[rel] = true,
            None => {
                let near = closest(name, program.rels.iter().map(|rel| rel.name.as_str()));
                let near = near.map(|near| format!("; did you mean `{near}`?"));
                return Err(talk.refuse(format!(
                    "--print names `{name}`, which the program does not declare{}",
                    near.unwrap_or_default()
                )));
            }
        }
    }
    let rels: Vec<RelId> =
        (0..shown.len()).filter(|i| shown[*i]).map(|i| RelId(i as u32)).collect();
    if rels.is_empty() && !options.no_output {
        talk.note("the program has no output; --print REL shows a relation");
    }
    if let Some(dir) = &options.expect {
        return Ok(Plan { rels, to: Target::Expected(dir.clone()) });
    }
    let to = match (&options.out, options.form) {
        (Some(dir), form) => Target::Folder(dir.clone(), form.unwrap_or(Form::Csv)),
        (None, None) => Target::Stdout(Form::Facts),
        (None, Some(form)) if rels.len() <= 1 => Target::Stdout(form),
        (None, Some(_)) => {
            return Err(talk.refuse(format!(
                "--format without --out DIR can show one relation, but there are {}",
                rels.len()
            )));
        }
    };
    Ok(Plan { rels, to })
}

/// Makes sure that what was planned can be written.
pub fn prepare(plan: &Plan, talk: &Talk) -> Result<(), Exit> {
    let Target::Folder(dir, _) = &plan.to else { return Ok(()) };
    try_folder(dir).map_err(|error| {
        talk.refuse(format!("cannot write into {}: {}", dir.display(), place::why(&error)))
    })
}

/// Makes the folder and makes sure that files can be made in it.
fn try_folder(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    place::can_write_into(dir)
}

/// Writes what was planned.
pub fn write(
    plan: &Plan,
    schemas: &[Schema],
    engine: &mut Engine,
    talk: &Talk,
) -> Result<(), Exit> {
    match &plan.to {
        Target::Stdout(form) => {
            let mut out = std::io::stdout().lock();
            for &rel in &plan.rels {
                rows(&schemas[rel.index()], *form, engine, &mut out)
                    .map_err(|error| closed(talk, &error))?;
            }
            out.flush().map_err(|error| closed(talk, &error))
        }
        Target::Folder(dir, form) => {
            let mut files = Vec::new();
            for &rel in &plan.rels {
                let schema = &schemas[rel.index()];
                let path = dir.join(format!("{}.{}", schema.name, form.extension()));
                let file = file(&path, schema, *form, engine).map_err(|error| {
                    talk.refuse(format!("cannot write {}: {}", path.display(), place::why(&error)))
                })?;
                files.push((file, path));
            }
            for (file, path) in files {
                file.finish().map_err(|error| {
                    talk.refuse(format!("cannot write {}: {error}", path.display()))
                })?;
            }
            Ok(())
        }
        Target::Expected(dir) => {
            let mut found = Vec::new();
            for &rel in &plan.rels {
                let schema = &schemas[rel.index()];
                let mut text = Vec::new();
                rows(schema, Form::Csv, engine, &mut text)
                    .map_err(|error| talk.refuse(error.to_string()))?;
                found.push(Found { file: format!("{}.csv", schema.name), text });
            }
            expect::compare(&found, dir, talk)
        }
    }
}

fn file(path: &Path, schema: &Schema, form: Form, engine: &mut Engine) -> std::io::Result<Place> {
    let mut out = BufWriter::new(Place::new(path)?);
    rows(schema, form, engine, &mut out)?;
    out.into_inner().map_err(std::io::IntoInnerError::into_error)
}

fn rows(
    schema: &Schema,
    form: Form,
    engine: &mut Engine,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let words = engine.rows(schema.rel);
    let count = engine.len(schema.rel);
    let arity = schema.columns.len();
    let types = &engine.plan().types;
    let mut writer = RowWriter::new(types, schema, form);
    let mut buffer = Vec::with_capacity(BUFFER_BYTES * 2);
    writer.header(&mut buffer);
    for i in 0..count {
        writer.row(&words[i * arity..][..arity], engine.interner(), &mut buffer);
        if buffer.len() >= BUFFER_BYTES {
            out.write_all(&buffer)?;
            buffer.clear();
        }
    }
    out.write_all(&buffer)
}
