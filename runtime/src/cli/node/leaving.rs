//! What leaves a node, to stdout, stderr and files. Rows are rendered here as
//! they come, since their words may mean nothing later. When they come is not
//! decided here.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::path::Path;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::source::SourceMap;
use bloom_compiler::types::typed;

use crate::cli::node::args::TraceForm;
use crate::cli::node::facts;
use crate::cli::node::trace;
use crate::cli::output;
use crate::cli::talk::Talk;
use crate::connect::schema::Schema;
use crate::connect::write::Form;
use crate::connect::write::RowWriter;
use crate::embed::failure;
use crate::kernel::Engine;
use crate::tick::Chain;
use crate::tick::Dead;
use crate::tick::Rows;
use crate::tick::Sink;
use crate::tick::Tick;

/// Messages to nobody that are told one by one.
const LOST_TOLD: u64 = 1;

/// How outputs are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    /// As they come, on stdout.
    Stream(Form),
    /// As changes with their tick, on stdout.
    Changes,
    /// At the end.
    Last,
}

/// Everything that leaves.
pub struct Leaving<'a> {
    pub program: &'a typed::Program,
    pub sources: &'a SourceMap,
    pub schemas: &'a [Schema],
    pub talk: &'a Talk,
    pub manner: Manner,
    pub trace: Option<TraceForm>,
    pub dead_letters: &'a Path,
    pub name: &'a str,
    /// Which collections are shown, and the form in which rows of events wait
    /// for the end.
    outputs: Vec<bool>,
    form: Form,
    /// Rows of events that were shown.
    pub shown: output::Shown,
    /// Messages that had nobody to go to.
    pub lost: u64,
    begun: bool,
}

impl<'a> Leaving<'a> {
    /// Shows what the plan says.
    pub fn new(
        program: &'a typed::Program,
        sources: &'a SourceMap,
        schemas: &'a [Schema],
        (plan, manner): (&output::Plan, Manner),
        talk: &'a Talk,
        (name, dead_letters): (&'a str, &'a Path),
    ) -> Leaving<'a> {
        let mut outputs = vec![false; program.rels.len()];
        plan.rels().iter().for_each(|rel| outputs[rel.index()] = true);
        Leaving {
            program,
            sources,
            schemas,
            talk,
            manner,
            trace: None,
            dead_letters,
            name,
            outputs,
            form: plan.form(),
            shown: BTreeMap::new(),
            lost: 0,
            begun: false,
        }
    }

    fn is_output(&self, rel: RelId) -> bool {
        self.outputs[rel.index()]
    }

    /// What stands before the first row of a table.
    fn open(&mut self, engine: &Engine, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        let Manner::Stream(form) = self.manner else { return };
        let only = self.outputs.iter().position(|shown| *shown);
        if let (Some(rel), true) = (only, form != Form::Facts) {
            RowWriter::new(&engine.plan().types, &self.schemas[rel], form).header(out);
        }
    }

    /// The outputs of a tick.
    fn rows(&mut self, tick: &Tick, engine: &Engine, out: &mut Vec<u8>) {
        let types = &engine.plan().types;
        let interner = engine.interner();
        for rows in tick.shown.iter().filter(|rows| self.outputs[rows.rel.index()]) {
            let schema = &self.schemas[rows.rel.index()];
            match self.manner {
                Manner::Stream(form) => facts::lines(rows, form, types, schema, interner, out),
                Manner::Changes => changes(rows, '+', tick.number, engine, schema, out),
                Manner::Last => {}
            }
            if self.manner == Manner::Last || self.keeps() {
                let kept = self.shown.entry(rows.rel).or_default();
                facts::lines(rows, self.form, types, schema, interner, kept);
            }
        }
        for change in tick.changed.iter().filter(|change| self.is_output(change.rel())) {
            let schema = &self.schemas[change.rel().index()];
            match self.manner {
                Manner::Stream(form) => {
                    facts::lines(&change.gained, form, types, schema, interner, out);
                }
                Manner::Changes => {
                    changes(&change.lost, '-', tick.number, engine, schema, out);
                    changes(&change.gained, '+', tick.number, engine, schema, out);
                }
                Manner::Last => {}
            }
        }
    }

    /// Whether rows are wanted at the end although they were shown.
    fn keeps(&self) -> bool {
        self.manner == Manner::Changes
    }

    /// Messages to nodes that there are not.
    fn told_lost(&mut self, tick: &Tick, engine: &Engine) {
        for rows in &tick.sent {
            for row in facts::each(rows) {
                self.lost += 1;
                if self.lost > LOST_TOLD {
                    continue;
                }
                let mut fact = Vec::new();
                let schema = &self.schemas[rows.rel.index()];
                let mut writer = RowWriter::new(&engine.plan().types, schema, Form::Facts);
                writer.row(row, engine.interner(), &mut fact);
                let fact = String::from_utf8_lossy(&fact);
                self.talk.note(&format!(
                    "dropped {}: there is no such node; this one is `{}` and knows no other",
                    fact.trim_end(),
                    self.name
                ));
            }
        }
    }

    /// What is to be said when all is over.
    pub fn finish(&self) {
        if self.lost > LOST_TOLD {
            let lost = self.lost;
            self.talk.note(&format!("dropped {lost} messages in all to nodes that there are not"));
        }
    }

    /// Lines of a file of dead letters.
    fn letters(&self, dead: &Dead, found: &Diagnostic, engine: &Engine) -> Vec<u8> {
        let file = self.sources.file(found.primary.span.file);
        let (line, column) = file.line_col(found.primary.span.lo);
        let together: usize = dead.gift.insert.iter().map(|rows| rows.count).sum();
        let mut out = Vec::new();
        for rows in &dead.gift.insert {
            let schema = &self.schemas[rows.rel.index()];
            for row in facts::each(rows) {
                let mut text = Vec::new();
                facts::event(row, &engine.plan().types, schema, engine.interner(), &mut text);
                let letter = Letter {
                    tick: dead.failure.tick,
                    now: instant(dead.failure.now),
                    relation: &schema.name,
                    event: serde_json::from_slice(&text).unwrap_or_default(),
                    together,
                    code: found.code.to_string(),
                    message: &found.title,
                    note: found.notes.first().map(String::as_str),
                    file: &file.name,
                    line,
                    column,
                };
                // Texts and numbers always have a JSON form.
                out.extend(serde_json::to_vec(&letter).unwrap_or_default());
                out.push(b'\n');
            }
        }
        out
    }
}

/// An event that was given up.
#[derive(serde::Serialize)]
struct Letter<'a> {
    tick: u64,
    now: String,
    relation: &'a str,
    /// In the form of a line of events.
    event: serde_json::Value,
    /// How many events were given up together with it, itself included.
    together: usize,
    code: String,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    file: &'a str,
    line: usize,
    column: usize,
}

/// A time as text.
pub fn instant(now: i64) -> String {
    let mut out = Vec::new();
    crate::value::text::time(now, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Rows with what happened to them and when.
fn changes(
    rows: &Rows,
    sign: char,
    tick: u64,
    engine: &Engine,
    schema: &Schema,
    out: &mut Vec<u8>,
) {
    let mut writer = RowWriter::new(&engine.plan().types, schema, Form::Facts);
    for row in facts::each(rows) {
        out.extend_from_slice(format!("{sign}1 {tick} ").as_bytes());
        writer.row(row, engine.interner(), out);
    }
}

impl Sink for Leaving<'_> {
    fn chain(&mut self, chain: &Chain, engine: &mut Engine) -> Result<(), io::Error> {
        let mut out = Vec::new();
        self.open(engine, &mut out);
        for tick in &chain.ticks {
            if let Some(form) = self.trace {
                let view = trace::View { schemas: self.schemas, engine };
                self.talk.say(&trace::tick(form, tick, &view));
            }
            for line in &tick.stdout {
                out.extend_from_slice(line.as_bytes());
                out.push(b'\n');
            }
            for line in &tick.stderr {
                self.talk.say(&format!("{line}\n"));
            }
            self.rows(tick, engine, &mut out);
            self.told_lost(tick, engine);
        }
        if out.is_empty() {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(&out)?;
        stdout.flush()
    }

    fn dead(&mut self, dead: &Dead, engine: &mut Engine) -> Result<(), io::Error> {
        let found = failure::of_chain(&dead.failure, self.program, engine);
        self.talk.diagnostics(self.sources, std::slice::from_ref(&found));
        let letters = self.letters(dead, &found, engine);
        let path = self.dead_letters.display();
        let file = OpenOptions::new().append(true).create(true).open(self.dead_letters);
        let written = file.and_then(|mut file| file.write_all(&letters));
        written.map_err(|error| io::Error::other(format!("cannot write {path}: {error}")))?;
        let what = what(dead, self.program);
        self.talk.note(&format!("{what} went to {path}; the node goes on"));
        Ok(())
    }
}

/// What was given up, in words.
fn what(dead: &Dead, program: &typed::Program) -> String {
    let together: usize = dead.gift.insert.iter().map(|rows| rows.count).sum();
    match dead.gift.insert.as_slice() {
        [only] if together == 1 => {
            let rel = &program.rels[only.rel.index()];
            let kind = match rel.kind {
                RelKind::Channel => "message",
                RelKind::Timer => "timer",
                RelKind::Input | RelKind::Periodic => "event",
                _ => "row",
            };
            format!("the {kind} of `{}`", rel.name)
        }
        _ => format!("{together} events that were given together"),
    }
}
