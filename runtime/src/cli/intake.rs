//! Files into relations: which ones, in which order, and what becomes of bad
//! records. What is wrong with names and paths is told before anything is
//! read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use bloom_compiler::diag::codes;
use bloom_compiler::diag::suggest::closest;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Reach;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::types::typed;

use crate::cli::exit::Exit;
use crate::cli::options::Input;
use crate::cli::options::RunOptions;
use crate::cli::options::no_parquet;
use crate::cli::paths;
use crate::cli::place;
use crate::cli::place::Place;
use crate::cli::progress::Bar;
use crate::cli::talk::Talk;
use crate::connect::compress::Compression;
use crate::connect::files;
use crate::connect::files::Format;
use crate::connect::files::Source;
use crate::connect::load;
use crate::connect::load::Cutting;
use crate::connect::load::LoadError;
use crate::connect::load::Outcome;
use crate::connect::load::Reading;
use crate::connect::load::Store;
#[cfg(feature = "parquet")]
use crate::connect::parquet;
use crate::connect::rejects;
use crate::connect::schema::Schema;
use crate::dataflow::stock::Stock;
use crate::embed::failure::size;
use crate::kernel;
use crate::kernel::Engine;
use crate::value::interner::Interner;

/// Relations that a notice lists.
const EMPTY_LISTED: usize = 5;
/// Bad records listed before a run ends.
pub const BAD_LISTED: usize = 20;
/// Bad records kept of one file for a file of rejects.
pub const REJECTS_KEPT: usize = 1_000_000;

/// Why a relation takes no rows from outside; `None` if it does.
pub fn closed(rel: &typed::Rel) -> Option<&'static str> {
    if rel.given.is_some() {
        return Some("is a collection of the language, which the run itself fills");
    }
    match rel.kind {
        kind if kind.is_loadable() => None,
        RelKind::View => Some("is a view, which only its rules fill"),
        RelKind::Scratch => Some("is a scratch, which only its rules fill"),
        RelKind::Channel => Some("is a channel, which messages fill"),
        RelKind::Timer | RelKind::Periodic => Some("is filled by the clock"),
        _ => Some("is an output, which only its rules fill"),
    }
}

/// The files to load, in order of relations.
pub fn sources(
    program: &typed::Program,
    options: &RunOptions,
    talk: &Talk,
) -> Result<Vec<Source>, Exit> {
    let mut loadable = BTreeMap::new();
    let mut others = BTreeMap::new();
    let declared = program.rels.iter().enumerate().filter(|(_, rel)| !rel.kind.is_hidden());
    for (i, rel) in declared {
        let closed = match rel.reach {
            Reach::Program => closed(rel),
            _ => Some("belongs to an instance of a module, which only rules fill"),
        };
        match closed {
            None => drop(loadable.insert(rel.name.clone(), RelId(i as u32))),
            Some(why) => drop(others.insert(rel.name.clone(), why)),
        }
    }
    let mut found: BTreeMap<RelId, Vec<Source>> = BTreeMap::new();
    for input in &options.inputs {
        let rel = relation(&input.rel, &loadable, &others).map_err(|why| talk.refuse(why))?;
        if let Some(path) = input.path.as_deref().filter(|path| !path.exists()) {
            return Err(talk.refuse(paths::absent(path)));
        }
        let files = parts(input).map_err(|why| talk.refuse(why))?;
        let all = found.entry(rel).or_default();
        for (path, format) in files {
            let source = Source { rel, path, format };
            if all.contains(&source) {
                let name = source.name();
                return Err(talk.refuse(format!("--in gives {name} to `{}` twice", input.rel)));
            }
            all.push(source);
        }
    }
    if let Some(dir) = &options.facts {
        // A file that --in names takes the place of those in the folder.
        let named = |name: &str| loadable.get(name).is_some_and(|rel| found.contains_key(rel));
        let folder = facts(dir, &named, &loadable, &others).map_err(|why| talk.refuse(why))?;
        let named = found.values().flatten().filter_map(|source| source.path.clone());
        let named: Vec<PathBuf> = named.collect();
        for notice in folder.notices {
            // A file that --in names was read, under another name.
            if !named.iter().any(|path| notice.starts_with(&format!("{} ", path.display()))) {
                talk.note(&notice);
            }
        }
        for source in folder.sources {
            found.entry(source.rel).or_insert_with(|| vec![source]);
        }
    }
    empty(program, options, &found, talk);
    Ok(found.into_values().flatten().collect())
}

/// The files of an input: itself, or those of a folder, in the order of their
/// names.
fn parts(input: &Input) -> Result<Vec<(Option<PathBuf>, Format)>, String> {
    let Some(dir) = input.path.as_deref().filter(|path| path.is_dir()) else {
        return Ok(vec![(input.path.clone(), input.format.unwrap_or(Format::Csv))]);
    };
    let names = paths::listed(dir)
        .map_err(|error| format!("cannot read the folder {}: {error}", dir.display()))?;
    let mut names: Vec<PathBuf> = names.into_iter().map(PathBuf::from).collect();
    names.sort();
    let format = |name: &PathBuf| Format::of(name).and_then(|known| input.format.or(Some(known)));
    let parts: Vec<(Option<PathBuf>, Format)> =
        names.iter().filter_map(|name| Some((Some(dir.join(name)), format(name)?))).collect();
    if parts.is_empty() {
        return Err(format!(
            "{} has no file of rows for `{}`: their names end with .csv, .tsv, .facts, .jsonl or \
             .parquet",
            dir.display(),
            input.rel
        ));
    }
    Ok(parts)
}

fn relation(
    name: &str,
    loadable: &BTreeMap<String, RelId>,
    others: &BTreeMap<String, &'static str>,
) -> Result<RelId, String> {
    if let Some(rel) = loadable.get(name) {
        return Ok(*rel);
    }
    if let Some(why) = others.get(name) {
        return Err(format!("--in cannot load `{name}`: it {why}"));
    }
    let near = closest(name, loadable.keys().map(String::as_str));
    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Err(format!("--in names `{name}`, which the program does not declare{near}"))
}

fn facts(
    dir: &Path,
    named: &dyn Fn(&str) -> bool,
    loadable: &BTreeMap<String, RelId>,
    others: &BTreeMap<String, &'static str>,
) -> Result<files::Folder, String> {
    if !dir.exists() {
        return Err(paths::absent(dir));
    }
    if !dir.is_dir() {
        return Err(format!(
            "--facts takes a folder; for one file write --in REL={}",
            dir.display()
        ));
    }
    let stem = |path: &PathBuf| files::stem(path).is_some_and(|stem| named(&stem));
    let names = paths::listed(dir)
        .map_err(|error| format!("cannot read the folder {}: {error}", dir.display()))?;
    let names = names.into_iter().map(PathBuf::from);
    let names: Vec<PathBuf> = names.filter(|path| !stem(path)).collect();
    files::folder(dir, &names, loadable, others)
}

/// Says which relations have neither file nor rule: most likely forgotten.
fn empty(
    program: &typed::Program,
    options: &RunOptions,
    found: &BTreeMap<RelId, Vec<Source>>,
    talk: &Talk,
) {
    let mut names = Vec::new();
    let lines = options.node.events.is_some() || options.node.replay.is_some();
    let from_lines = |rel: &typed::Rel| lines && rel.kind != RelKind::StaticTable;
    for (i, rel) in program.rels.iter().enumerate() {
        let id = RelId(i as u32);
        let writes = |rule: &typed::Rule| {
            let target = match program.rels[rule.head.index()].kind {
                RelKind::Stage(_, target) => target,
                _ => rule.head,
            };
            target == id
        };
        let written = program.rules.iter().any(writes) || rel.given.is_some() || from_lines(rel);
        let own = rel.reach == Reach::Program && closed(rel).is_none();
        if own && !written && !found.contains_key(&id) {
            names.push(format!("`{}`", rel.name));
        }
    }
    let Some(first) = names.first() else { return };
    let first = first.trim_matches('`');
    let are = if names.len() == 1 { "is" } else { "are" };
    let more = names.len().saturating_sub(EMPTY_LISTED);
    let mut names = names[..names.len() - more].join(", ");
    if more > 0 {
        names += &format!(" and {more} more");
    }
    match &options.facts {
        Some(dir) => talk.note(&format!(
            "{names} {are} empty: {} has no file such as {first}.csv",
            dir.display(),
        )),
        None => talk
            .note(&format!("{names} {are} empty: give rows with --facts DIR or --in {first}=FILE")),
    }
}

/// An engine that rows are loaded into, the bytes it may take, and rows of
/// events, which are kept apart where there is a place for them.
struct Rows<'a>(&'a mut Engine, Option<u64>, Option<Apart<'a>>);

/// Where rows of some collections are kept instead.
pub struct Apart<'a> {
    /// Of which.
    pub of: &'a dyn Fn(RelId) -> bool,
    /// One after the other.
    pub rows: &'a mut Vec<kernel::Rows>,
}

impl Store for Rows<'_> {
    fn interner(&mut self) -> &mut Interner {
        self.0.interner_mut()
    }

    fn store(&mut self, rel: RelId, rows: &[u64], count: usize) -> usize {
        if let Some(apart) = self.2.as_mut().filter(|apart| (apart.of)(rel)) {
            apart.rows.push(kernel::Rows { rel, count, words: rows.to_vec() });
            return 0;
        }
        if !rows.is_empty() {
            return self.0.load(rel, rows).equal;
        }
        (0..count).map(|_| self.0.load_unit(rel).equal).sum()
    }

    fn expect(&mut self, rel: RelId, rows: usize) {
        // Under a limit only what is needed is taken.
        if self.1.is_none() {
            self.0.expect(rel, rows);
        }
    }

    fn is_full(&self) -> bool {
        self.1.is_some_and(|most| self.0.bytes() as u64 > most)
    }
}

/// Loads the files. With bad records and without --on-bad-row reject, lists
/// them and ends.
pub fn load(
    sources: &[Source],
    schemas: &[Schema],
    options: &RunOptions,
    engine: &mut Engine,
    talk: &Talk,
) -> Result<(), Exit> {
    load_apart(sources, schemas, options, engine, None, talk)
}

/// Likewise; rows of some collections may be kept apart.
pub fn load_apart(
    sources: &[Source],
    schemas: &[Schema],
    options: &RunOptions,
    engine: &mut Engine,
    mut apart: Option<Apart<'_>>,
    talk: &Talk,
) -> Result<(), Exit> {
    let types = engine.plan().types.clone();
    let apart = apart.as_mut().map(|apart| Apart { of: apart.of, rows: &mut *apart.rows });
    let mut rows = Rows(engine, options.limits.memory, apart);
    load_into(sources, schemas, &types, options, &mut rows, talk)
}

/// Rows that stay nobody's, and the bytes they may take.
pub struct Stocked<'a> {
    /// What words mean.
    pub interner: &'a mut Interner,
    /// Where the rows go.
    pub stock: &'a mut Stock,
    /// Bytes at most.
    pub memory: Option<u64>,
}

impl Store for Stocked<'_> {
    fn interner(&mut self) -> &mut Interner {
        self.interner
    }

    /// Which rows are equal is seen by their owners.
    fn store(&mut self, rel: RelId, rows: &[u64], count: usize) -> usize {
        self.stock.add(rel, rows.to_vec(), count);
        0
    }

    fn is_full(&self) -> bool {
        let held = self.stock.bytes() + self.interner.bytes_used();
        self.memory.is_some_and(|most| held as u64 > most)
    }
}

/// Likewise, into any store.
pub fn load_into(
    sources: &[Source],
    schemas: &[Schema],
    types: &[Type],
    options: &RunOptions,
    rows: &mut dyn Store,
    talk: &Talk,
) -> Result<(), Exit> {
    let rejects = options.rejects.as_deref();
    let mut rejects = rejects.map(|path| Rejects::open(path, talk)).transpose()?;
    let total = sources.iter().filter_map(|source| source.path.as_deref()).map(bytes).sum();
    let mut bar = Bar::new(talk, total);
    let mut listed = 0;
    let mut bad_count = 0;
    for source in sources {
        let schema = &schemas[source.rel.index()];
        let reading = reading(source, options);
        bar.name(&schema.name);
        let mut tell = |bytes| bar.add(bytes);
        let opened = open(source).map_err(|why| talk.refuse(why))?;
        let loaded = match opened {
            Opened::Text(text) => {
                let promised = source.path.as_deref().and_then(|path| Compression::of(path).0);
                load::load(text, promised, schema, types, reading, rows, &mut tell)
            }
            #[cfg(feature = "parquet")]
            Opened::Parquet(file) => {
                parquet::read::load(file, schema, types, reading, rows, &mut tell)
            }
        };
        let outcome = loaded.map_err(|error| unreadable(source, &error, options, talk))?;
        bar.pause();
        if let Some(notice) = &outcome.notice {
            talk.note(&format!("{}: {notice}", source.name()));
        }
        tell_equal(source, schema, outcome.equal, talk);
        bad_count += outcome.bad_count;
        if let Some(rejects) = &mut rejects {
            rejects.write(&source.name(), schema, &outcome, talk)?;
        } else if !options.reject {
            for bad in outcome.bad.iter().take(BAD_LISTED - listed) {
                let place = (source.name(), bad.line, bad.column);
                let code = codes::BAD_RECORD.to_string();
                talk.bad(&code, (&place.0, place.1, place.2), &rejects::message(bad, schema));
                listed += 1;
            }
        }
    }
    bar.finish();
    match rejects {
        Some(rejects) => rejects.finish(bad_count, talk),
        None if bad_count == 0 => Ok(()),
        None if options.reject => {
            talk.note(&format!("left out {}", records(bad_count)));
            Ok(())
        }
        None => {
            let more = bad_count - listed as u64;
            if more > 0 {
                talk.error(&format!("and {more} more bad records"));
            }
            talk.error(&format!(
                "nothing was run, because of {}; --on-bad-row reject runs without them",
                records(bad_count)
            ));
            Err(Exit::Program)
        }
    }
}

/// How a file is read.
pub fn reading(source: &Source, options: &RunOptions) -> Reading {
    let keep = match (&options.rejects, options.reject) {
        (Some(_), _) => REJECTS_KEPT,
        (None, true) => 1,
        (None, false) => BAD_LISTED,
    };
    // How much text a packed file holds is not known.
    let plain = source.path.as_deref().filter(|path| Compression::of(path).0.is_none());
    let bytes = plain.map(bytes).filter(|length| *length > 0);
    let cutting = Cutting::default();
    Reading { format: source.format, header: options.header, keep, bytes, cutting }
}

/// A number of bad records.
pub fn records(n: u64) -> String {
    if n == 1 { "1 bad record".into() } else { format!("{n} bad records") }
}

fn bytes(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

/// A file that can be read.
pub enum Opened {
    /// As text, packed or not.
    Text(Box<dyn Read + Send>),
    /// As columns.
    #[cfg(feature = "parquet")]
    Parquet(File),
}

/// Opens a file, or the standard input.
pub fn open(source: &Source) -> Result<Opened, String> {
    let parquet = source.format == Format::Parquet;
    if parquet && !cfg!(feature = "parquet") {
        return Err(no_parquet(&format!("cannot read {}", source.name())));
    }
    match &source.path {
        None if parquet => Err("Parquet is read from files, not from stdin".into()),
        None => Ok(Opened::Text(Box::new(std::io::stdin()))),
        Some(path) if path.is_dir() => Err(format!("{} is a folder", path.display())),
        Some(path) => match File::open(path) {
            #[cfg(feature = "parquet")]
            Ok(file) if parquet => Ok(Opened::Parquet(file)),
            Ok(file) => Ok(Opened::Text(Box::new(file))),
            Err(error) => Err(format!("cannot read {}: {error}", path.display())),
        },
    }
}

fn unreadable(source: &Source, error: &LoadError, options: &RunOptions, talk: &Talk) -> Exit {
    let name = source.name();
    match error {
        LoadError::Io(error) => talk.refuse(format!("cannot read {name}: {error}")),
        LoadError::Header(why) => {
            talk.bad(&codes::BAD_RECORD.to_string(), (&name, 1, 1), why);
            Exit::Program
        }
        LoadError::Damaged(why, line, column) => {
            talk.bad(&codes::BAD_RECORD.to_string(), (&name, *line, *column), why);
            talk.error("nothing was run");
            Exit::Program
        }
        LoadError::Full => {
            let most = size(options.limits.memory.unwrap_or_default() as usize);
            talk.limit(&format!("the run reached --max-memory: {most}, while loading {name}"));
            Exit::Program
        }
    }
}

/// Says how many rows of a file were there already.
pub fn tell_equal(source: &Source, schema: &Schema, equal: u64, talk: &Talk) {
    let name = source.name();
    if equal == 0 {
        return;
    }
    let rows = match equal {
        1 => "1 row was".to_owned(),
        n => format!("{n} rows were"),
    };
    talk.note(&format!(
        "{name}: {rows} there already and counted once; if equal records are different things, \
         give `{}` a column `n: nat = line`",
        schema.name
    ));
}

/// The file of bad records, complete or not there.
pub struct Rejects {
    path: PathBuf,
    file: Place,
}

impl Rejects {
    /// Begins it.
    pub fn open(path: &Path, talk: &Talk) -> Result<Rejects, Exit> {
        let cannot = |error: std::io::Error| {
            talk.refuse(format!("cannot write {}: {}", path.display(), place::why(&error)))
        };
        let mut file = Place::new(path).map_err(cannot)?;
        file.write_all(rejects::HEADER.as_bytes()).map_err(cannot)?;
        Ok(Rejects { path: path.to_path_buf(), file })
    }

    /// Adds those of one file.
    pub fn write(
        &mut self,
        name: &str,
        schema: &Schema,
        outcome: &Outcome,
        talk: &Talk,
    ) -> Result<(), Exit> {
        rejects::write(&mut self.file, name, schema, &outcome.bad)
            .map_err(|error| talk.refuse(format!("cannot write {}: {error}", self.path.display())))
    }

    /// Completes it.
    pub fn finish(self, bad: u64, talk: &Talk) -> Result<(), Exit> {
        let shown = self.path.display().to_string();
        self.file
            .finish()
            .map_err(|error| talk.refuse(format!("cannot write {shown}: {error}")))?;
        if bad > 0 {
            talk.note(&format!("left out {}; see {shown}", records(bad)));
        }
        Ok(())
    }
}
