//! Rows as text for people: facts with a sign for what became of them, and
//! tables with a line of names. Where the text goes is not known here.

use std::fmt::Write;

use bloom_compiler::diag::suggest::count;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir::Shape;
use bloom_compiler::types::typed;

use crate::cli::repl::changes::Change;
use crate::cli::repl::changes::What;
use crate::cli::repl::given::Row;
use crate::cli::repl::given::literal;
use crate::kernel::Engine;
use crate::kernel::Rows;
use crate::tick::Chain;
use crate::tick::Tick;

/// Rows of one collection that are shown when it changes.
const CHANGED_SHOWN: usize = 10;

/// Rows as they could be typed, and what is said of those.
pub struct Shower<'a> {
    pub program: &'a typed::Program,
    pub engine: &'a Engine,
    /// Of each collection at most so many rows.
    pub most: usize,
    pub out: String,
}

impl<'a> Shower<'a> {
    /// Begins with nothing.
    pub fn new(program: &'a typed::Program, engine: &'a Engine) -> Shower<'a> {
        Shower { program, engine, most: CHANGED_SHOWN, out: String::new() }
    }

    /// `link("a", "b")`
    pub fn fact(&self, rel: RelId, row: &[u64]) -> String {
        let declared = &self.engine.plan().rels[rel.index()].declared;
        let values: Vec<String> =
            row.iter().zip(declared).map(|(word, of)| literal(self.engine, of.ty, *word)).collect();
        format!("{}({})", self.program.rels[rel.index()].name, values.join(", "))
    }

    /// Whether there is such a row.
    pub fn has(&self, rel: RelId, row: &Row) -> bool {
        let relation = self.engine.relation(rel);
        let declared = &self.engine.plan().rels[rel.index()].declared;
        let is = |at: usize| {
            let mut columns = declared.iter().zip(&row.values);
            columns.all(|(of, value)| match of.shape {
                Shape::Word(col) => {
                    value.as_ref() == Some(&literal(self.engine, of.ty, relation.get(at, col)))
                }
                _ => false,
            })
        };
        (0..relation.len()).any(|at| !relation.is_dead(at) && is(at))
    }

    fn signed<'r>(&mut self, sign: &str, rel: RelId, rows: impl Iterator<Item = &'r [u64]>) {
        let mut left_out = 0;
        for (i, row) in rows.enumerate() {
            if i < self.most {
                let _ = writeln!(self.out, "{sign} {}", self.fact(rel, row));
            } else {
                left_out += 1;
            }
        }
        if left_out > 0 {
            let name = &self.program.rels[rel.index()].name;
            let _ = writeln!(self.out, "{sign} … and {} more of {name}", thousands(left_out));
        }
    }

    /// What changed; what was typed itself need not be told.
    pub fn changes(&mut self, changes: &[Change], known: &dyn Fn(RelId, &[u64]) -> bool) {
        for change in changes {
            let rel = change.rel;
            match &change.what {
                What::Rows { lost, gained } => {
                    let news = |row: &&Vec<u64>| !known(rel, row);
                    self.signed("-", rel, lost.iter().filter(news).map(Vec::as_slice));
                    self.signed("+", rel, gained.iter().filter(news).map(Vec::as_slice));
                }
                What::Count(before, now) => {
                    let name = &self.program.rels[rel.index()].name;
                    let (before, now) = (thousands(*before), thousands(*now));
                    let _ = writeln!(self.out, "{name}: {before} rows before, {now} now");
                }
            }
        }
    }

    fn rows(&mut self, sign: &str, all: &[Rows]) {
        for rows in all {
            let arity = rows.words.len().checked_div(rows.count).unwrap_or(0);
            let row = |at: usize| &rows.words[at * arity..(at + 1) * arity];
            self.signed(sign, rows.rel, (0..rows.count).map(row));
        }
    }

    /// What chains told: events, lines and messages.
    pub fn told(&mut self, chains: &[Chain]) {
        for tick in chains.iter().flat_map(|chain| &chain.ticks) {
            self.tick(tick);
        }
    }

    fn tick(&mut self, tick: &Tick) {
        self.rows("*", &tick.shown);
        for line in &tick.stdout {
            let _ = writeln!(self.out, "stdout: {line}");
        }
        for line in &tick.stderr {
            let _ = writeln!(self.out, "stderr: {line}");
        }
        self.rows("~", &tick.sent);
        self.rows("~", &tick.kept);
        self.rows("~", &tick.timers);
        if let Some(code) = tick.halt {
            let _ = writeln!(self.out, "halt: a node would end here, with code {code}");
        }
    }

    /// The same, tick by tick, with what each took in.
    pub fn traced(&mut self, chains: &[Chain]) {
        for tick in chains.iter().flat_map(|chain| &chain.ticks) {
            let own = if tick.own { ", of its own" } else { "" };
            let _ = writeln!(self.out, "tick {} at {}{own}", tick.number, moment(tick.now));
            let named = |rows: &&Rows| {
                let rel = &self.program.rels[rows.rel.index()];
                !rel.kind.is_hidden()
            };
            let took: Vec<Rows> = tick.took.iter().filter(named).cloned().collect();
            self.rows("  in +", &took);
            self.rows("  in -", &tick.taken_out);
            for change in &tick.changed {
                self.rows("  -", std::slice::from_ref(&change.lost));
                self.rows("  +", std::slice::from_ref(&change.gained));
            }
            let mut inner = Shower { most: self.most, ..Shower::new(self.program, self.engine) };
            inner.tick(tick);
            inner.out.lines().for_each(|line| {
                let _ = writeln!(self.out, "  {line}");
            });
        }
    }
}

/// Nanoseconds of a second.
const NANOS: i64 = 1_000_000_000;

/// An instant of the virtual clock, which begins at 0, as it could be typed.
pub fn instant(ns: i64) -> String {
    let mut out = Vec::new();
    crate::value::text::duration(ns, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// The same for people, in seconds where it is long: `20.000000007s`.
pub fn moment(ns: i64) -> String {
    let (seconds, rest) = (ns / NANOS, ns % NANOS);
    match rest {
        _ if ns < NANOS => instant(ns),
        0 => format!("{seconds}s"),
        rest => format!("{seconds}.{}s", format!("{rest:09}").trim_end_matches('0')),
    }
}

/// `1,234,567`
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Rows under the names of their columns.
pub fn lines(names: &[String], rows: &[Vec<String>]) -> String {
    let width = |text: &str| text.chars().count();
    let mut widths: Vec<usize> = names.iter().map(|name| width(name)).collect();
    for row in rows {
        for (widest, value) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width(value));
        }
    }
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).map(|(cell, &widest)| format!("{cell:<widest$}"));
        let cells: Vec<String> = padded.collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    let under: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
    let mut out = line(names) + &line(&under);
    rows.iter().for_each(|row| out.push_str(&line(row)));
    out
}

/// The same, with how many there are in all.
pub fn table(names: &[String], rows: &[Vec<String>], all: usize) -> String {
    let mut out = if all > 0 { lines(names, rows) } else { String::new() };
    let more = all.saturating_sub(rows.len());
    if more > 0 {
        let _ = writeln!(out, "… and {} more", thousands(more));
    }
    let _ = match all {
        0 => writeln!(out, "no rows"),
        1 => writeln!(out, "1 row"),
        n => writeln!(out, "{} rows", thousands(n)),
    };
    out
}

/// "2 rows wait for a tick"
pub fn waiting(held: usize) -> String {
    let wait = if held == 1 { "waits" } else { "wait" };
    format!("{} {wait} for a `tick`\n", count(held, "row"))
}
