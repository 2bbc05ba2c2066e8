//! What the example of one node is given: the files of its folder as rows, its events, its lines.
//! Rows of tables are there from the start; everything else comes while it runs. What becomes of it
//! is not known here.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use bloom::connect::events;
use bloom::connect::events::Layout;
use bloom::connect::files;
use bloom::connect::files::Format;
use bloom::connect::header::HeaderRule;
use bloom::connect::load;
use bloom::connect::load::Cutting;
use bloom::connect::load::Reading;
use bloom::connect::load::Store;
use bloom::connect::schema::Filler;
use bloom::connect::schema::Schema;
use bloom::sim::Cast;
use bloom::sim::Gift;
use bloom::sim::Member;
use bloom::sim::Story;
use bloom::value::interner::Interner;
use bloom_compiler::calm::model::Assume;
use bloom_compiler::driver::Compiled;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::maintain;
use bloom_compiler::types::typed;
use bloom_compiler::types::typed::Program;

use crate::eye::named;
use crate::stage::MS;
use crate::stage::Stage;

/// Rows in order, as values.
struct Taken<'a> {
    schema: &'a Schema,
    types: &'a [ir::Type],
    interner: Interner,
    rows: Vec<Vec<Value>>,
}

impl Store for Taken<'_> {
    fn interner(&mut self) -> &mut Interner {
        &mut self.interner
    }

    fn store(&mut self, _: RelId, rows: &[u64], _: usize) -> usize {
        for row in rows.chunks_exact(self.schema.columns.len()) {
            let cells = self.schema.columns.iter().zip(row);
            let value = |(col, word): (&bloom::connect::schema::Column, &u64)| {
                bloom::why::value(self.types, col.ty, *word, &self.interner)
            };
            self.rows.push(cells.map(value).collect());
        }
        0
    }
}

/// The example of one node, with all that its folder has.
pub fn stage(folder: &Path, compiled: &Compiled) -> Result<Stage, String> {
    let program = compiled.typed.clone().ok_or("the program is wrong")?;
    let plan = maintain::plan(&program, vec![None; program.rels.len()]);
    let schemas = schemas(&program, &plan);
    let mut tables = Vec::new();
    let mut given = Vec::new();
    for (id, row) in files(folder, &program, &plan, &schemas)? {
        let is_state =
            matches!(program.rels[id.index()].kind, RelKind::Table | RelKind::StaticTable);
        if is_state { tables.push((id, row)) } else { given.push((id, row)) }
    }
    given.extend(lines(folder, &program, &plan, &schemas)?);
    let gift = |(at, row): (usize, _)| Gift { node: 0, at: at as i64 * 3 * MS, rows: vec![row] };
    let story =
        Story { gifts: given.into_iter().enumerate().map(gift).collect(), ..Story::default() };
    let member = Member {
        name: "node[0]".into(),
        role: "node".into(),
        program: Arc::new(program),
        plan: Arc::new(plan),
        tables,
        periods: Vec::new(),
        show: Vec::new(),
    };
    let report = compiled.report(&Assume::default());
    Ok(Stage::new(compiled, &report, Cast::new(vec![member]), story))
}

fn schemas(program: &Program, plan: &ir::Program) -> Vec<Schema> {
    let fillers = |rel: &typed::Rel| -> Vec<Filler> {
        let filler = |col: &typed::Col| match &col.default {
            Some(typed::Default::Line) => Filler::Line,
            _ => Filler::Required,
        };
        rel.cols.iter().map(filler).collect()
    };
    let one = |(at, rel)| Schema::new(plan, RelId(at as u32), &fillers(rel));
    program.rels.iter().enumerate().map(one).collect()
}

/// The rows of the files in `data`.
fn files(
    folder: &Path,
    program: &Program,
    plan: &ir::Program,
    schemas: &[Schema],
) -> Result<Vec<(RelId, Vec<Value>)>, String> {
    let mut out = Vec::new();
    let Ok(entries) = fs::read_dir(folder.join("data")) else { return Ok(out) };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        let stem = files::stem(&path).ok_or("a file without a name")?;
        let id = named(program, &stem).ok_or_else(|| format!("no collection {stem}"))?;
        let format = Format::of(&path).ok_or_else(|| format!("no format of {stem}"))?;
        let schema = &schemas[id.index()];
        let interner = Interner::new();
        let mut taken = Taken { schema, types: &plan.types, interner, rows: Vec::new() };
        let cutting = Cutting { threads: 1, ..Cutting::default() };
        let header = HeaderRule::Auto;
        let reading = Reading { format, header, keep: 1, bytes: None, cutting };
        let file = fs::File::open(&path).map_err(|error| error.to_string())?;
        let read =
            load::load(Box::new(file), None, schema, &plan.types, reading, &mut taken, &mut |_| {});
        let outcome = read.map_err(|error| format!("{stem}: {error:?}"))?;
        if outcome.bad_count > 0 {
            return Err(format!("{stem}: {:?}", outcome.bad));
        }
        out.extend(taken.rows.into_iter().map(|row| (id, row)));
    }
    Ok(out)
}

/// The events of `events.jsonl`, and the lines of `stdin.txt`.
fn lines(
    folder: &Path,
    program: &Program,
    plan: &ir::Program,
    schemas: &[Schema],
) -> Result<Vec<(RelId, Vec<Value>)>, String> {
    let mut out = Vec::new();
    let mut names = BTreeMap::new();
    for (at, rel) in program.rels.iter().enumerate().filter(|(_, rel)| rel.kind == RelKind::Input) {
        names.insert(rel.name.clone(), RelId(at as u32));
    }
    let layout = Layout { types: &plan.types, schemas, names: &names, others: &BTreeMap::new() };
    let text = fs::read_to_string(folder.join("events.jsonl")).unwrap_or_default();
    for (at, line) in text.lines().enumerate() {
        let mut interner = Interner::new();
        let gift = events::read(&layout, line.as_bytes(), at as u64 + 1, &mut interner);
        let gift = gift.map_err(|bad| format!("line {}: {:?}", at + 1, bad.trouble))?;
        for rows in gift.insert {
            let schema = &schemas[rows.rel.index()];
            let mut taken = Taken { schema, types: &plan.types, interner, rows: Vec::new() };
            taken.store(rows.rel, &rows.words, rows.count);
            interner = taken.interner;
            out.extend(taken.rows.into_iter().map(|row| (rows.rel, row)));
        }
    }
    let text = fs::read_to_string(folder.join("stdin.txt")).unwrap_or_default();
    if let Some(id) = named(program, "stdin").filter(|_| !text.is_empty()) {
        let line =
            |(at, line): (usize, &str)| (id, vec![Value::str(line), Value::Int(at as i64 + 1)]);
        out.extend(text.lines().enumerate().map(line));
    }
    Ok(out)
}
