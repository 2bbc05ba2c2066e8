//! Questions: a body is answered by a program of its own over the rows of the
//! last tick, and a fact is explained by that tick done again.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::rc::Rc;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::suggest::closest;
use bloom_compiler::driver;
use bloom_compiler::driver::prompt;
use bloom_compiler::driver::prompt::Piece;
use bloom_compiler::driver::prompt::Reads;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Given;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan;
use bloom_compiler::types::typed;
use bloom_compiler::types::typed::LitKind;

use crate::cli::compile::Checked;
use crate::cli::exit::Exit;
use crate::cli::repl::given::Row;
use crate::cli::repl::given::literal;
use crate::cli::repl::play;
use crate::cli::repl::play::Begin;
use crate::cli::repl::play::Play;
use crate::cli::repl::play::Step;
use crate::cli::repl::session::Entry;
use crate::cli::repl::session::Session;
use crate::cli::repl::show;
use crate::cli::why::outline::Scene;
use crate::cli::why::text;
use crate::embed::failure;
use crate::kernel::Engine;
use crate::value::merge::Merge;
use crate::why;

/// What messages call a question.
const NAME: &str = "question";

impl Session<'_> {
    /// `?path("a", x)`
    pub fn question(&mut self, text: &str) -> Result<(), Exit> {
        let bare = text.trim().trim_end_matches(';').trim_end();
        if bare.is_empty() {
            self.refuse("ask for rows after the `?`, such as `?path(\"a\", x)` or `?path`");
            return Ok(());
        }
        if let Some(rel) = play::position(self.play.program(), bare) {
            return self.all_rows(rel);
        }
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        if bare.chars().all(is_name) && bare.starts_with(|c: char| c.is_lowercase()) {
            let names = self.play.program().rels.iter().map(|rel| rel.name.as_str());
            let near = closest(bare, names).map(|near| format!("; did you mean `{near}`?"));
            let near = near.unwrap_or_default();
            self.refuse(&format!("there is no collection `{bare}`{near}"));
            return Ok(());
        }
        let piece =
            Piece { name: NAME.into(), text: text.trim_end().to_owned(), reads: Reads::Question };
        let compiled = self.compile(&self.entries, vec![piece]);
        // Whoever asks need not use every variable.
        let Some(checked) = self.checked(compiled, "") else { return Ok(()) };
        let Some(rel) = prompt::answers(&checked.typed) else { return Ok(()) };
        match self.answered(&checked, rel) {
            Ok((names, engine, words)) => self.answer(&names, &engine, rel, &words),
            Err(found) => {
                self.talk.diagnostics(&checked.sources, &[*found]);
                self.failed = true;
                Ok(())
            }
        }
    }

    fn all_rows(&mut self, rel: RelId) -> Result<(), Exit> {
        let names: Vec<String> =
            self.play.program().rels[rel.index()].cols.iter().map(|c| c.name.clone()).collect();
        let words = self.play.engine_mut().rows(rel);
        self.answer(&names, self.play.engine(), rel, &words)
    }

    fn answer(
        &self,
        names: &[String],
        engine: &Engine,
        rel: RelId,
        words: &[u64],
    ) -> Result<(), Exit> {
        if names.is_empty() {
            return self.say(if engine.len(rel) > 0 { "yes\n" } else { "no\n" });
        }
        let declared = &engine.plan().rels[rel.index()].declared;
        let rows: Vec<Vec<String>> = words
            .chunks_exact(names.len())
            .take(self.most)
            .map(|row| {
                row.iter().zip(declared).map(|(word, of)| literal(engine, of.ty, *word)).collect()
            })
            .collect();
        self.say(&show::table(names, &rows, words.len() / names.len()))
    }

    /// Runs the question over the rows that it reads.
    fn answered(
        &mut self,
        checked: &Checked,
        rel: RelId,
    ) -> Result<(Vec<String>, Engine, Vec<u64>), Box<Diagnostic>> {
        let small = driver::expected(&checked.typed, &[rel]);
        let sizes = plan::Sizes::default();
        let mut engine = Engine::new(plan::build(&small.program, &small.strata, &sizes));
        for read in small.reads {
            self.copy(&small.program, read, &mut engine);
        }
        if let Err(failed) = engine.run(&self.limits) {
            return Err(Box::new(failure::diagnostic(&failed, &small.program, &engine)));
        }
        let columns = &small.program.rels[rel.index()].cols;
        let names = columns.iter().map(|col| col.name.clone()).collect();
        let words = engine.rows(rel);
        Ok((names, engine, words))
    }

    /// The rows of a collection as they are, in another engine.
    fn copy(&mut self, program: &typed::Program, rel: RelId, to: &mut Engine) {
        let of = &program.rels[rel.index()];
        if of.kind.is_hidden() {
            return;
        }
        let known = self.play.program().rels.get(rel.index());
        if known.is_none_or(|known| known.name != of.name) {
            // The program does not read it, so the node has none.
            if of.given == Some(Given::Now) {
                to.load(rel, &[self.play.now() as u64]);
            }
            return;
        }
        let count = self.play.engine().len(rel);
        let words = self.play.engine_mut().rows_as_they_lie(rel);
        let from = self.play.engine();
        let declared = from.plan().rels[rel.index()].declared.clone();
        if declared.is_empty() {
            if count > 0 {
                to.load_unit(rel);
            }
            return;
        }
        let mut merge = Merge::new(&from.plan().types, from.interner());
        let moved =
            |(&word, of): (&u64, &plan::ir::Declared)| merge.word(of.ty, word, to.interner_mut());
        let words: Vec<u64> = words.iter().zip(declared.iter().cycle()).map(moved).collect();
        to.load(rel, &words);
    }

    /// `\why path("a", "c")`
    pub fn why(&mut self, query: &str) -> Result<(), Exit> {
        let query = query.trim().trim_end_matches(';').trim_end();
        let query = query.strip_prefix('?').unwrap_or(query).trim();
        if query.is_empty() {
            self.refuse("`\\why` takes a fact, such as `\\why path(\"a\", \"c\")`");
            return Ok(());
        }
        let piece = Piece { name: NAME.into(), text: query.to_owned(), reads: Reads::Question };
        let compiled = self.compile(&self.entries, vec![piece]);
        let Some(mut checked) = self.checked(compiled, "") else { return Ok(()) };
        let asked = prompt::answers(&checked.typed).and_then(|rel| {
            let mut rules = checked.typed.tests.rules.iter();
            rules.find(|rule| rule.head == rel).cloned()
        });
        let is_atom = |rule: &typed::Rule| match &rule.body.lits[..] {
            [lit] => matches!(lit.kind, LitKind::Atom(_)),
            _ => false,
        };
        let Some(question) = asked.filter(is_atom) else {
            self.refuse(
                "`\\why` takes one row or a pattern of rows, such as `\\why path(\"a\", _)`",
            );
            return Ok(());
        };
        checked.typed.tests = Default::default();
        let program = Rc::new(checked);
        let again = self.ranked(Rc::clone(&program));
        let wanted = why::Options::default();
        let found = again
            .as_ref()
            .and_then(|play| why::explain(&program.typed, play.engine(), &question, &wanted));
        let Some(explanation) = found else {
            self.refuse("the tick cannot be done again within the limits");
            return Ok(());
        };
        let given: BTreeSet<String> = self.given().iter().map(Row::show).collect();
        let whence = |rel: RelId, row: &[Value]| self.whence(&program.typed, &given, rel, row);
        let scene = Scene {
            explanation: &explanation,
            program: &program.typed,
            sources: &program.sources,
            loaded: &BTreeMap::new(),
            whence: Some(&whence),
            options: &wanted,
            query,
        };
        self.say(&text::show(&scene))
    }

    /// The last tick again with its rounds kept. Where ticks cannot be told apart
    /// there is one for everything, so that everything is derived in it.
    fn ranked(&self, program: Rc<Checked>) -> Option<Play> {
        let loaded = self.loaded();
        if play::is_timeless(&program.typed) && !self.takes_out() {
            let begin = Begin { loaded, fixed: self.given(), explained: Some(1) };
            return Play::start(program, &self.limits, &begin).ok().map(|(play, _)| play);
        }
        let fixed = self.fixed(&program.typed, &self.entries);
        let begin = Begin { loaded, fixed, explained: Some(self.play.ticks()) };
        let (mut play, _) = Play::start(program, &self.limits, &begin).ok()?;
        for step in self.entries.iter().filter_map(|entry| entry.step.as_ref()) {
            play.step(step).ok()?;
        }
        Some(play)
    }

    fn takes_out(&self) -> bool {
        let takes = |entry: &Entry| match &entry.step {
            Some(Step::Give(rows)) => rows.iter().any(|row| row.delete),
            _ => false,
        };
        self.entries.iter().any(takes)
    }

    /// Where a row comes from that no rule gave.
    fn whence(
        &self,
        program: &typed::Program,
        given: &BTreeSet<String>,
        rel: RelId,
        row: &[Value],
    ) -> String {
        let of = &program.rels[rel.index()];
        let fact = oracle::fact(of, row, program);
        let said = match of.given {
            Some(Given::Now) => "the time of this tick",
            Some(Given::Me | Given::Members) => "this node",
            Some(Given::Seed) => "different in every tick",
            _ if given.contains(&format!("{fact};")) => "given",
            _ if of.event => "came in",
            _ if self.is_loaded(&of.name) => "loaded",
            _ => "there before",
        };
        said.to_owned()
    }
}
