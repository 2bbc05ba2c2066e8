//! Relations to stdout or to files. Files are written beside their place and
//! renamed when all of them are complete, so that nobody ever sees half a
//! result. This room must not compute rows.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use bloom_compiler::diag::suggest::closest;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::types::typed;

use crate::cli::exit::Exit;
use crate::cli::expect;
use crate::cli::expect::Found;
use crate::cli::options::RunOptions;
use crate::cli::options::Shape;
#[cfg(not(feature = "parquet"))]
use crate::cli::options::no_parquet;
use crate::cli::place;
use crate::cli::place::Place;
use crate::cli::talk::Talk;
use crate::cli::talk::closed;
use crate::connect::compress::Compression;
use crate::connect::export;
use crate::connect::export::Export;
use crate::connect::schema::Schema;
use crate::connect::sort;
use crate::connect::sort::Sorted;
use crate::connect::write::Form;
use crate::connect::write::RowWriter;
use crate::dataflow::whole::Gathered;
use crate::kernel::Engine;
use crate::value::interner::Interner;

/// Rows that were shown while a program ran, rendered, by collection. Of such
/// ones these are written rather than what holds at the end.
pub type Shown = BTreeMap<RelId, Vec<u8>>;

/// What is to be written where, found possible before anything is loaded.
pub struct Plan {
    rels: Vec<RelId>,
    to: Target,
}

impl Plan {
    /// What is shown.
    pub fn rels(&self) -> &[RelId] {
        &self.rels
    }

    /// The same for some of what is shown.
    pub fn only(&self, wanted: impl Fn(RelId) -> bool) -> Plan {
        let rels = self.rels.iter().copied().filter(|rel| wanted(*rel)).collect();
        Plan { rels, to: self.to.clone() }
    }

    /// Whether rows may be shown as they come.
    pub fn streams(&self) -> bool {
        matches!(self.to, Target::Stdout(How { compression: None, shape: Shape::Text(_) }))
    }

    /// Whether rows go into a file that holds no text.
    pub fn is_parquet(&self) -> bool {
        matches!(
            self.to,
            Target::Stdout(How { shape: Shape::Parquet, .. })
                | Target::Folder(_, How { shape: Shape::Parquet, .. })
        )
    }

    /// How rows look as text.
    pub fn form(&self) -> Form {
        match &self.to {
            Target::Stdout(how) | Target::Folder(_, how) => match how.shape {
                Shape::Text(form) => form,
                Shape::Parquet => Form::Facts,
            },
            Target::Expected(_) => Form::Csv,
        }
    }
}

#[derive(Clone)]
enum Target {
    Stdout(How),
    Folder(PathBuf, How),
    /// Compared with the files of a folder.
    Expected(PathBuf),
}

/// How files look.
#[derive(Clone, Copy)]
struct How {
    shape: Shape,
    compression: Option<Compression>,
}

impl How {
    /// The extension of files: `csv.gz`.
    fn extension(self) -> String {
        // A Parquet file is packed inside.
        let Shape::Text(form) = self.shape else { return "parquet".into() };
        let packed = self.compression.map(|format| format!(".{}", format.extension()));
        format!("{}{}", form.extension(), packed.unwrap_or_default())
    }
}

/// Which relations are shown, in declared order, and where to.
pub fn plan(program: &typed::Program, options: &RunOptions, talk: &Talk) -> Result<Plan, Exit> {
    let mut shown: Vec<bool> =
        program.rels.iter().map(|rel| rel.is_shown() && !options.no_output).collect();
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
    let compression = options.compression;
    let to = match (&options.out, options.form) {
        (Some(dir), form) => Target::Folder(
            dir.clone(),
            How { shape: form.unwrap_or(Shape::Text(Form::Csv)), compression },
        ),
        (None, None) if compression.is_some() => {
            return Err(talk.refuse("--compress packs files: add --out DIR or --format"));
        }
        (None, None) => Target::Stdout(How { shape: Shape::Text(Form::Facts), compression }),
        (None, Some(shape)) if rels.len() <= 1 => Target::Stdout(How { shape, compression }),
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

/// Rows to be shown, wherever they lie.
pub trait Held {
    /// Types and columns.
    fn plan(&self) -> &ir::Program;
    /// How many rows a relation has.
    fn count(&self, rel: RelId) -> usize;
    /// Its rows, in no order that means anything.
    fn words(&mut self, rel: RelId) -> Vec<u64>;
    /// What the words mean, after they were asked for.
    fn interner(&self) -> &Interner;
}

impl Held for Engine {
    fn plan(&self) -> &ir::Program {
        self.plan()
    }

    fn count(&self, rel: RelId) -> usize {
        self.len(rel)
    }

    fn words(&mut self, rel: RelId) -> Vec<u64> {
        self.rows_as_they_lie(rel)
    }

    fn interner(&self) -> &Interner {
        self.interner()
    }
}

impl Held for Gathered {
    fn plan(&self) -> &ir::Program {
        self.plan()
    }

    fn count(&self, rel: RelId) -> usize {
        self.len(rel)
    }

    fn words(&mut self, rel: RelId) -> Vec<u64> {
        self.rows(rel)
    }

    fn interner(&self) -> &Interner {
        self.interner()
    }
}

/// Writes what was planned.
pub fn write(
    plan: &Plan,
    schemas: &[Schema],
    shown: &Shown,
    held: &mut dyn Held,
    talk: &Talk,
) -> Result<(), Exit> {
    match &plan.to {
        Target::Stdout(how) => {
            let mut out = std::io::stdout();
            for &rel in &plan.rels {
                rows(&schemas[rel.index()], *how, shown.get(&rel), held, &mut out)
                    .map_err(|error| closed(talk, &error))?;
            }
            out.flush().map_err(|error| closed(talk, &error))
        }
        Target::Folder(dir, how) => {
            let mut files = Vec::new();
            for &rel in &plan.rels {
                let schema = &schemas[rel.index()];
                let path = dir.join(format!("{}.{}", schema.name, how.extension()));
                let file = file(&path, schema, *how, shown.get(&rel), held).map_err(|error| {
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
                let how = How { shape: Shape::Text(Form::Csv), compression: None };
                rows(schema, how, shown.get(&rel), held, &mut text)
                    .map_err(|error| talk.refuse(error.to_string()))?;
                found.push(Found { file: format!("{}.csv", schema.name), text });
            }
            expect::compare(&found, dir, talk)
        }
    }
}

fn file(
    path: &Path,
    schema: &Schema,
    how: How,
    shown: Option<&Vec<u8>>,
    held: &mut dyn Held,
) -> std::io::Result<Place> {
    let mut place = Place::new(path)?;
    rows(schema, how, shown, held, &mut place)?;
    Ok(place)
}

fn rows(
    schema: &Schema,
    how: How,
    shown: Option<&Vec<u8>>,
    held: &mut dyn Held,
    out: &mut (dyn Write + Send),
) -> std::io::Result<()> {
    if let (Some(shown), Shape::Text(form)) = (shown, how.shape) {
        let mut text = Vec::new();
        RowWriter::new(&held.plan().types, schema, form).header(&mut text);
        text.extend_from_slice(shown);
        let packed = how.compression.map(|format| format.pack(&text)).transpose()?;
        return out.write_all(packed.as_ref().unwrap_or(&text));
    }
    let count = held.count(schema.rel);
    let words = held.words(schema.rel);
    let cols: Vec<_> = schema.columns.iter().map(|column| column.ty).collect();
    let (types, interner) = (&held.plan().types, held.interner());
    let sorted = sort::sort(types, &cols, words, count, interner);
    let form = match how.shape {
        Shape::Text(form) => form,
        Shape::Parquet => Form::Facts,
    };
    let of = Export { types, schema, interner, form, compression: how.compression };
    match how.shape {
        Shape::Text(_) => export::export(of, &sorted, &mut |bytes| out.write_all(bytes)),
        Shape::Parquet => parquet(of, &sorted, out),
    }
}

#[cfg(feature = "parquet")]
fn parquet(of: Export<'_>, rows: &Sorted, out: &mut (dyn Write + Send)) -> std::io::Result<()> {
    crate::connect::parquet::write::write(of, rows, out)
}

/// Refused with the options, before anything was read.
#[cfg(not(feature = "parquet"))]
fn parquet(_: Export<'_>, _: &Sorted, _: &mut (dyn Write + Send)) -> std::io::Result<()> {
    Err(std::io::Error::other(no_parquet("--format parquet")))
}
