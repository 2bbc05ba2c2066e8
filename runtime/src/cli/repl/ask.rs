//! Questions: a body is answered by a program of its own over the rows of the
//! last tick, and a fact is explained by that tick done again.

use std::collections::BTreeMap;
use std::rc::Rc;

use bloom_compiler::calm::strata;
use bloom_compiler::diag::suggest::closest;
use bloom_compiler::driver;
use bloom_compiler::driver::prompt;
use bloom_compiler::driver::prompt::Piece;
use bloom_compiler::driver::prompt::Reads;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Given;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::plan;
use bloom_compiler::types::typed;

use crate::cli::compile::Checked;
use crate::cli::exit::Exit;
use crate::cli::repl::given;
use crate::cli::repl::given::literal;
use crate::cli::repl::play;
use crate::cli::repl::session::Session;
use crate::cli::repl::session::Entry;
use crate::cli::repl::show;
use crate::cli::why::outline::Scene;
use crate::cli::why::text;
use crate::connect::merge::Merge;
use crate::embed::failure;
use crate::kernel::Engine;
use crate::kernel::Limits;
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
    ) -> Result<(Vec<String>, Engine, Vec<u64>), Box<bloom_compiler::diag::Diagnostic>> {
        let (small, strata) = driver::expected(&checked.typed, &[rel]);
        let mut engine = Engine::new(plan::build(&small, &strata, &plan::Sizes::default()));
        for read in prompt::read_by(&checked.typed) {
            self.copy(&small, read, &mut engine);
        }
        if let Err(failed) = engine.run(&self.limits) {
            return Err(Box::new(failure::diagnostic(&failed, &small, &engine)));
        }
        let names = small.rels[rel.index()].cols.iter().map(|col| col.name.clone()).collect();
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
        if !known.is_some_and(|known| known.name == of.name) {
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
            (0..count).for_each(|_| drop(to.load_unit(rel)));
            return;
        }
        let mut merge = Merge::new(&from.plan().types, from.interner());
        let moved = |(&word, of): (&u64, &plan::ir::Declared)| {
            merge.word(of.ty, word, to.interner_mut())
        };
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
        let options = self.options(&self.entries, Vec::new());
        let (name, text) = (&self.base.name, &self.base.text);
        let mut compiled = driver::check_with_query(name, text, &options, query);
        let question = compiled.query.take();
        let Some(mut checked) = self.checked(compiled, "") else { return Ok(()) };
        let Some(question) = question else { return Ok(()) };
        let exact = play::is_timeless(&checked.typed) && !self.takes_out();
        if !exact {
            forget_facts(&mut checked);
        }
        let wanted = why::Options::default();
        let engine = self.ranked(&checked, exact);
        let found = engine
            .as_ref()
            .and_then(|engine| why::explain(&checked.typed, engine, &question, &wanted));
        let Some(explanation) = found else {
            self.refuse("the tick cannot be done again within the limits");
            return Ok(());
        };
        let loaded = self.origins(&checked.typed, exact);
        let scene = Scene {
            explanation: &explanation,
            program: &checked.typed,
            sources: &checked.sources,
            loaded: &loaded,
            options: &wanted,
            query,
        };
        self.say(&text::show(&scene))
    }

    fn takes_out(&self) -> bool {
        use crate::cli::repl::play::Step;
        let takes = |entry: &Entry| match &entry.step {
            Some(Step::Give(rows)) => rows.iter().any(|row| row.delete),
            _ => false,
        };
        self.entries.iter().any(takes)
    }

    /// The last tick again with its rounds kept. It begins with what is known
    /// to have been there; what does not follow from that was there too.
    fn ranked(&mut self, checked: &Checked, exact: bool) -> Option<Engine> {
        let program = Rc::clone(&self.play.checked);
        let mut begin: BTreeMap<RelId, Vec<Vec<u64>>> = BTreeMap::new();
        let given = self.given();
        for (i, rel) in program.typed.rels.iter().enumerate() {
            let id = RelId(i as u32);
            let derived = program.typed.rules.iter().any(|rule| rule.head == id);
            let stays = rel.kind.is_table();
            let comes = rel.given.is_some() || rel.kind.is_incoming() || rel.kind.is_loadable();
            if !derived && comes {
                begin.insert(id, self.rows(id));
            } else if derived && stays {
                let there = self.rows(id);
                let known: Vec<Vec<u64>> = match exact {
                    true => self.typed_rows(id, &rel.name, &given),
                    false => self.earlier.rows(&rel.name).unwrap_or_default(),
                };
                begin.insert(id, there.into_iter().filter(|row| known.contains(row)).collect());
            }
        }
        let first = self.rerun(checked, &begin, false)?;
        let mut first = first;
        for (i, rel) in program.typed.rels.iter().enumerate() {
            let id = RelId(i as u32);
            if !rel.kind.is_table() && rel.kind != RelKind::Scratch {
                continue;
            }
            let reached = self.reached(id, &mut first);
            let missing = self.rows(id).into_iter().filter(|row| !reached.contains(row));
            begin.entry(id).or_default().extend(missing);
        }
        self.rerun(checked, &begin, true)
    }

    fn rows(&mut self, rel: RelId) -> Vec<Vec<u64>> {
        let arity = self.play.engine().plan().rels[rel.index()].declared.len();
        if arity == 0 {
            return vec![Vec::new(); self.play.engine().len(rel)];
        }
        let words = self.play.engine_mut().rows_as_they_lie(rel);
        words.chunks_exact(arity).map(<[u64]>::to_vec).collect()
    }

    /// The rows of a collection that were typed, and those that were loaded.
    fn typed_rows(&mut self, rel: RelId, name: &str, all: &[given::Row]) -> Vec<Vec<u64>> {
        let engine = self.play.engine_mut();
        let rows = all.iter().filter(|row| row.rel == name);
        let words = |row: &given::Row| given::words(row, rel, engine)?.into_iter().collect();
        let mut rows: Vec<Vec<u64>> = rows.filter_map(words).collect();
        rows.extend(self.loaded_rows(name));
        rows
    }

    /// The rows that another run came to, in words of the node.
    fn reached(&mut self, rel: RelId, other: &mut Engine) -> Vec<Vec<u64>> {
        let arity = other.plan().rels[rel.index()].declared.len();
        if arity == 0 {
            return vec![Vec::new(); other.len(rel)];
        }
        let words = other.rows_as_they_lie(rel);
        let declared = other.plan().rels[rel.index()].declared.clone();
        let mut merge = Merge::new(&other.plan().types, other.interner());
        let to = self.play.engine_mut().interner_mut();
        let moved = |row: &[u64]| -> Vec<u64> {
            row.iter().zip(&declared).map(|(word, of)| merge.word(of.ty, *word, to)).collect()
        };
        words.chunks_exact(arity).map(moved).collect()
    }

    fn rerun(
        &mut self,
        checked: &Checked,
        begin: &BTreeMap<RelId, Vec<Vec<u64>>>,
        ranked: bool,
    ) -> Option<Engine> {
        let order = strata::stratify(&checked.typed, &mut Vec::new());
        let mut engine =
            Engine::new(plan::build(&checked.typed, &order, &plan::Sizes::default()));
        let from = self.play.engine();
        let mut merge = Merge::new(&from.plan().types, from.interner());
        for (&rel, rows) in begin {
            let declared = from.plan().rels[rel.index()].declared.clone();
            if declared.is_empty() {
                rows.iter().for_each(|_| drop(engine.load_unit(rel)));
                continue;
            }
            let mut words = Vec::new();
            for row in rows {
                let moved = row.iter().zip(&declared);
                words.extend(
                    moved.map(|(word, of)| merge.word(of.ty, *word, engine.interner_mut())),
                );
            }
            engine.load(rel, &words);
        }
        if ranked {
            engine.keep_ranks();
        }
        let limits: &Limits = &self.limits;
        engine.run(limits).ok().map(|()| engine)
    }

    /// Where rows come from that no rule gave.
    fn origins(&self, program: &typed::Program, exact: bool) -> BTreeMap<RelId, String> {
        let given = self.given();
        let of = |(i, rel): (usize, &typed::Rel)| {
            let typed = given.iter().any(|row| row.rel == rel.name);
            let said = match (typed, self.is_loaded(&rel.name)) {
                _ if rel.given.is_some() => return None,
                _ if rel.event => "came in",
                _ if !exact => "there before",
                (true, true) => "loaded or given",
                (true, false) => "given",
                (false, _) => return None,
            };
            Some((RelId(i as u32), said.to_owned()))
        };
        program.rels.iter().enumerate().filter_map(of).collect()
    }
}

/// Facts of tables hold in the first tick; later the table has them.
fn forget_facts(checked: &mut Checked) {
    let rels = &checked.typed.rels;
    let mut kept = Vec::new();
    for rule in std::mem::take(&mut checked.typed.rules) {
        if !(rule.is_fact && rels[rule.head.index()].kind.is_table()) {
            kept.push(rule);
        }
    }
    checked.typed.rules = kept;
}
