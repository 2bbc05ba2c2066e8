//! What has been typed, and the program that it makes. The state is always what
//! the program, as it is now, makes of everything that was given, in the order
//! in which it was given: so the order of rules does not matter at a prompt
//! either, and what is taken back has never been.

use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::driver::prompt;
use bloom_compiler::driver::prompt::Part;
use bloom_compiler::driver::prompt::Piece;
use bloom_compiler::driver::prompt::Reads;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::source::SourceMap;
use bloom_compiler::types::typed;

use crate::cli::compile;
use crate::cli::compile::Checked;
use crate::cli::exit::Exit;
use crate::cli::paths;
use crate::cli::repl::changes::Moment;
use crate::cli::repl::changes::What;
use crate::cli::repl::given;
use crate::cli::repl::given::Row;
use crate::cli::repl::play;
use crate::cli::repl::play::Begin;
use crate::cli::repl::play::Heard;
use crate::cli::repl::play::Loaded;
use crate::cli::repl::play::Play;
use crate::cli::repl::play::Step;
use crate::cli::repl::show;
use crate::cli::repl::show::Shower;
use crate::cli::role;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;
use crate::kernel::Limits;

/// Warnings about what a program lacks; one that is being typed lacks much.
const UNFINISHED: &[bloom_compiler::diag::Code] =
    &[codes::UNUSED, codes::NEVER_WRITTEN, codes::NEVER_READ, codes::UNUSED_PARAMETER];
/// Given rows about which it is told that they changed nothing.
const IDLE_TOLD: usize = 5;

/// Something that was typed and taken up.
#[derive(Clone)]
pub struct Entry {
    /// What messages call it.
    pub name: String,
    pub text: String,
    /// Which parts of the text belong to the program.
    pub statements: Vec<Range<usize>>,
    /// What it made happen.
    pub step: Option<Step>,
}

impl Entry {
    /// The declarations and rules in it.
    pub fn program(&self) -> String {
        let parts: Vec<&str> =
            self.statements.iter().filter_map(|range| self.text.get(range.clone())).collect();
        parts.concat()
    }
}

/// What is shown of what happens.
#[derive(Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Changes {
    All,
    Outputs,
    Off,
}

/// A session at the prompt.
pub struct Session<'t> {
    pub talk: &'t Talk,
    pub base: paths::Program,
    set: Vec<(String, String)>,
    pub limits: Limits,
    loaded: Option<Loaded>,
    pub entries: Vec<Entry>,
    pub play: Play,
    /// What there is.
    now: Moment,
    pub traced: bool,
    pub changes: Changes,
    /// Rows of an answer that are shown.
    pub most: usize,
    /// Whether something was refused.
    pub failed: bool,
}

/// What a session begins with.
#[allow(missing_docs)]
pub struct Start {
    pub base: paths::Program,
    pub set: Vec<(String, String)>,
    pub limits: Limits,
    pub loaded: Option<Loaded>,
    pub checked: Checked,
}

/// Rows of an answer that are shown unless somebody wants more.
const ROWS_SHOWN: usize = 50;

impl<'t> Session<'t> {
    /// Starts the program.
    pub fn new(start: Start, talk: &'t Talk) -> Result<Session<'t>, Exit> {
        let Start { base, set, limits, loaded, checked } = start;
        let checked = Rc::new(checked);
        let begin = Begin { loaded: loaded.as_ref(), ..Begin::default() };
        let begun = Play::start(Rc::clone(&checked), &limits, &begin);
        let (mut play, heard) = begun.map_err(|failed| {
            talk.diagnostics(&checked.sources, &[*failed]);
            Exit::Program
        })?;
        let now = Moment::of(&checked.typed, play.engine_mut());
        let mut session = Session {
            talk,
            base,
            set,
            limits,
            loaded,
            entries: Vec::new(),
            play,
            now,
            traced: false,
            changes: Changes::All,
            most: ROWS_SHOWN,
            failed: false,
        };
        session.tell(&heard, &[], None)?;
        Ok(session)
    }

    /// Says something.
    pub fn say(&self, text: &str) -> Result<(), Exit> {
        write_out(self.talk, text.as_bytes())
    }

    /// Says what is wrong.
    pub fn refuse(&mut self, why: &str) {
        self.talk.error(why);
        self.failed = true;
    }

    fn refuse_all(&mut self, sources: &SourceMap, found: &[Diagnostic]) {
        let errors: Vec<Diagnostic> = found.iter().filter(|one| one.is_error()).cloned().collect();
        self.talk.diagnostics(sources, &errors);
        self.failed = true;
    }

    /// The program as it is, with more texts behind it.
    pub fn compile(&self, entries: &[Entry], more: Vec<Piece>) -> Compiled {
        driver::check(&self.base.name, &self.base.text, &self.options(entries, more))
    }

    /// How the program is compiled.
    pub fn options(&self, entries: &[Entry], more: Vec<Piece>) -> driver::Options {
        let mut pieces: Vec<Piece> = entries.iter().filter_map(piece).collect();
        pieces.extend(more);
        let options = compile::options(&self.base, &self.set);
        driver::Options { more: pieces, ..options }
    }

    /// Compiles, and says what is wrong with what was typed last.
    pub fn checked(&mut self, mut compiled: Compiled, name: &str) -> Option<Checked> {
        if !compiled.has_errors() {
            compiled.diagnostics.extend(compiled.not_run());
        }
        if compiled.has_errors() {
            self.refuse_all(&compiled.sources, &compiled.diagnostics);
            return None;
        }
        let own = |one: &&Diagnostic| {
            compiled.sources.file(one.primary.span.file).name == name
                && !UNFINISHED.contains(&one.code)
        };
        let warnings: Vec<Diagnostic> = compiled.diagnostics.iter().filter(own).cloned().collect();
        self.talk.diagnostics(&compiled.sources, &warnings);
        let (typed, strata) = compiled.typed.zip(compiled.strata)?;
        let role = role::PLAIN.to_owned();
        Some(Checked { sources: compiled.sources, typed, strata, role, report: None })
    }

    /// Statements and rows.
    pub fn text(&mut self, text: &str) -> Result<(), Exit> {
        let program = self.play.program();
        let known = |name: &str| {
            let rel = program.rels.iter().find(|rel| rel.name == name);
            rel.is_some_and(|rel| prompt::takes_rows(rel.kind))
        };
        let (mut statements, mut rows) = (Vec::new(), Vec::new());
        for part in prompt::parts(text, &known) {
            match part {
                Part::Statement(range) => statements.push(range),
                Part::Row(range) => rows.push(range),
            }
        }
        let name = self.next_name();
        self.enter(Entry { name, text: text.to_owned(), statements, step: None }, rows)
    }

    /// What messages call what is typed next.
    pub fn next_name(&self) -> String {
        format!("entry {}", self.entries.len() + 1)
    }

    /// Takes up what was typed, or nothing of it.
    pub fn enter(&mut self, mut entry: Entry, rows: Vec<Range<usize>>) -> Result<(), Exit> {
        let mut more: Vec<Piece> = piece(&entry).into_iter().collect();
        if !rows.is_empty() {
            let (name, text) = (entry.name.clone(), entry.text.clone());
            more.push(Piece { name, text, reads: Reads::Rows(rows.clone()) });
        }
        let compiled = self.compile(&self.entries, more);
        let Some(mut checked) = self.checked(compiled, &entry.name) else { return Ok(()) };
        let mut gift = Vec::new();
        if !rows.is_empty() {
            gift = match given::rows(&checked.typed) {
                Ok(gift) => gift,
                Err(failed) => {
                    self.refuse_all(&checked.sources, &[*failed]);
                    return Ok(());
                }
            };
            entry.step = Some(Step::Give(gift.clone()));
        }
        checked.typed.tests = Default::default();
        let is_fixed = |row: &Row| {
            let rel = play::position(&checked.typed, &row.rel);
            rel.is_some_and(|rel| checked.typed.rels[rel.index()].kind == RelKind::StaticTable)
        };
        if entry.statements.is_empty() && !gift.iter().any(is_fixed) {
            return self.happen(entry);
        }
        let mut entries = self.entries.clone();
        entries.push(entry);
        let gift = (!gift.is_empty()).then_some(gift);
        self.replace(Rc::new(checked), entries, gift.as_deref())
    }

    /// Lets something happen that does not change the program.
    pub fn happen(&mut self, entry: Entry) -> Result<(), Exit> {
        let Some(step) = &entry.step else { return Ok(()) };
        match self.play.step(step) {
            Ok(heard) => {
                let gift = match step {
                    Step::Give(rows) => rows.clone(),
                    _ => Vec::new(),
                };
                self.entries.push(entry);
                self.tell(&heard, &gift, None)
            }
            Err(failed) => {
                let checked = Rc::clone(&self.play.checked);
                self.refuse_all(&checked.sources, &[*failed]);
                // What failed is not to have been.
                match self.again(checked, &self.entries) {
                    Ok((mut play, _)) => {
                        let checked = Rc::clone(&play.checked);
                        self.now = Moment::of(&checked.typed, play.engine_mut());
                        self.play = play;
                    }
                    Err(failed) => {
                        let sources = &self.play.checked.sources;
                        self.talk.diagnostics(sources, &[*failed]);
                    }
                }
                Ok(())
            }
        }
    }

    /// Puts another program, or other entries, in the place of those there are;
    /// the last of them may have given something just now.
    pub fn replace(
        &mut self,
        checked: Rc<Checked>,
        entries: Vec<Entry>,
        gift: Option<&[Row]>,
    ) -> Result<(), Exit> {
        match self.again(Rc::clone(&checked), &entries) {
            Ok((mut play, heard)) => {
                let now = std::mem::take(&mut self.now);
                let before = now.moved(self.play.engine(), play.engine_mut());
                self.play = play;
                self.entries = entries;
                let silent = Heard { held: heard.held, ..Heard::default() };
                let heard = if gift.is_some() { heard } else { silent };
                self.tell(&heard, gift.unwrap_or(&[]), Some(before))
            }
            Err(failed) => {
                self.refuse_all(&checked.sources, &[*failed]);
                Ok(())
            }
        }
    }

    /// Everything again from the first tick; what the last entry told.
    fn again(
        &self,
        checked: Rc<Checked>,
        entries: &[Entry],
    ) -> Result<(Play, Heard), Box<Diagnostic>> {
        let steps: Vec<&Step> = entries.iter().filter_map(|entry| entry.step.as_ref()).collect();
        let fixed = self.fixed(&checked.typed, entries);
        let together = play::is_timeless(&checked.typed);
        let begin = Begin { loaded: self.loaded.as_ref(), fixed, explained: None };
        let (mut play, _) = Play::start(checked, &self.limits, &begin)?;
        let (last, earlier) = match steps.split_last() {
            Some((last, earlier)) => (Some(*last), earlier),
            None => (None, &steps[..]),
        };
        if together {
            joined(earlier).iter().try_for_each(|step| play.step(step).map(drop))?;
        } else {
            earlier.iter().try_for_each(|step| play.step(step).map(drop))?;
        }
        let heard = last.map(|last| play.step(last)).transpose()?.unwrap_or_default();
        Ok((play, heard))
    }

    /// Tells what happened, and what changed with it.
    fn tell(&mut self, heard: &Heard, gift: &[Row], before: Option<Moment>) -> Result<(), Exit> {
        let checked = Rc::clone(&self.play.checked);
        let program = &checked.typed;
        let now = Moment::of(program, self.play.engine_mut());
        let before = before.unwrap_or_else(|| std::mem::take(&mut self.now));
        let engine = self.play.engine();
        let mut changes = now.since(&before, program, engine);
        let typed: BTreeSet<String> = gift.iter().map(Row::show).collect();
        let mut shower = Shower::new(program, engine);
        match self.traced {
            true => shower.traced(&heard.chains),
            false => shower.told(&heard.chains),
        }
        let idle = idle(gift, &changes, &shower);
        changes.retain(|change| {
            let rel = &program.rels[change.rel.index()];
            let output = rel.is_shown();
            self.changes == Changes::All || self.changes == Changes::Outputs && output
        });
        let plain = Shower::new(program, engine);
        shower.changes(&changes, &|rel, row| {
            let fact = plain.fact(rel, row);
            typed.contains(&format!("{fact};")) || typed.contains(&format!("-{fact};"))
        });
        let mut out = shower.out;
        out.push_str(&idle);
        if heard.held > 0 {
            out.push_str(&show::waiting(heard.held));
        }
        if heard.goes_on {
            out.push_str("messages to itself go on; `tick` takes the next ones up\n");
        }
        self.now = now;
        self.say(&out)
    }

    /// Rows that were given, as far as they count at the end.
    pub fn given(&self) -> Vec<Row> {
        let mut kept: Vec<Row> = Vec::new();
        for entry in &self.entries {
            let Some(Step::Give(rows)) = &entry.step else { continue };
            for row in rows.iter().filter(|row| row.delete) {
                kept.retain(|other| !row.fits(other));
            }
            kept.extend(rows.iter().filter(|row| !row.delete).cloned());
        }
        kept
    }

    /// Whether rows of a collection were loaded from files.
    pub fn is_loaded(&self, name: &str) -> bool {
        self.loaded.as_ref().is_some_and(|loaded| loaded.has(name))
    }

    /// The rows from files.
    pub fn loaded(&self) -> Option<&Loaded> {
        self.loaded.as_ref()
    }

    /// Rows of static tables: they are there before the first tick.
    pub fn fixed(&self, program: &typed::Program, entries: &[Entry]) -> Vec<Row> {
        let is_fixed = |row: &&Row| {
            let rel = play::position(program, &row.rel);
            rel.is_some_and(|rel| program.rels[rel.index()].kind == RelKind::StaticTable)
        };
        let rows = entries.iter().filter_map(|entry| match &entry.step {
            Some(Step::Give(rows)) => Some(rows),
            _ => None,
        });
        rows.flatten().filter(is_fixed).filter(|row| !row.delete).cloned().collect()
    }
}

fn piece(entry: &Entry) -> Option<Piece> {
    let reads = Reads::Statements(entry.statements.clone());
    let piece = Piece { name: entry.name.clone(), text: entry.text.clone(), reads };
    (!entry.statements.is_empty()).then_some(piece)
}

/// Where ticks cannot be told apart, rows given one after the other may come
/// together, as long as none is taken out.
fn joined(steps: &[&Step]) -> Vec<Step> {
    let mut all: Vec<Step> = Vec::new();
    for step in steps {
        match (all.last_mut(), step) {
            (Some(Step::Give(before)), Step::Give(rows)) if !rows.iter().any(|row| row.delete) => {
                before.extend(rows.iter().cloned());
            }
            (_, Step::Tick(instants)) => {
                all.push(Step::Tick(vec![instants.iter().copied().max().flatten()]));
            }
            (_, step) => all.push((*step).clone()),
        }
    }
    all
}

/// What is to be said of given rows that changed nothing.
fn idle(gift: &[Row], changes: &[crate::cli::repl::changes::Change], shower: &Shower) -> String {
    let mut changed = BTreeSet::new();
    let mut lost = Vec::new();
    for change in changes {
        match &change.what {
            What::Rows { lost: went, gained } => {
                changed.extend(gained.iter().map(|row| shower.fact(change.rel, row)));
                let name = &shower.program.rels[change.rel.index()].name;
                lost.extend(went.iter().map(|row| (name.clone(), shower.fact(change.rel, row))));
            }
            What::Count(..) => return String::new(),
        }
    }
    let mut out = String::new();
    for row in gift.iter().take(IDLE_TOLD) {
        let Some(rel) = play::position(shower.program, &row.rel) else { continue };
        let of = &shower.program.rels[rel.index()];
        if !of.kind.is_table() || of.has_cells() {
            continue;
        }
        let shown = row.show();
        let fact = shown.trim_end_matches(';').trim_start_matches('-');
        if row.delete && !lost.iter().any(|(name, _)| *name == row.rel) {
            out.push_str(&format!("there is no row {fact}\n"));
        } else if !row.delete && !changed.contains(fact) && shower.has(rel, row) {
            out.push_str(&format!("{fact} was there already\n"));
        }
    }
    out
}
