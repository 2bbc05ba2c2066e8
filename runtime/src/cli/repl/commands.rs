//! What begins with a backslash: commands to the session itself.

use std::io::Write;
use std::path::Path;
use std::rc::Rc;

use bloom_compiler::diag::suggest::closest;
use bloom_compiler::names::hir::Given;
use bloom_compiler::source::FileId;
use bloom_compiler::syntax;
use bloom_compiler::types::typed;

use crate::cli::exit::Exit;
use crate::cli::paths;
use crate::cli::place;
use crate::cli::place::Place;
use crate::cli::repl::play::Step;
use crate::cli::repl::save;
use crate::cli::repl::session::Changes;
use crate::cli::repl::session::Entry;
use crate::cli::repl::session::Session;
use crate::cli::repl::show;
use crate::value::parse;

/// The words of commands, with what follows them and what they do.
pub const TABLE: &[(&str, &str, &str)] = &[
    ("why", "FACT", "why a row is there, or is not: \\why path(\"a\", \"c\")"),
    ("undo", "", "take back the last thing typed, as if it had never been"),
    ("list", "", "the program"),
    ("relations", "", "the collections, and how many rows they have"),
    ("save", "FILE [test]", "write the program; `test` adds what was given, as a test"),
    ("load", "FILE", "read declarations and rules from a file"),
    ("hold", "[off]", "let rows wait for a `tick`; off: no longer"),
    ("trace", "[off]", "show every tick, with what it took in"),
    ("changes", "all|outputs|off", "which changes are shown"),
    ("rows", "N", "show up to N rows of an answer"),
    ("help", "", "this list"),
    ("quit", "", "end; so does ctrl-d"),
];

const HELP: &str = "\
A statement ends with `;` and becomes part of the program. A row of a table or
input is given to a tick, which comes at once; `-row` takes it out.
  table link(from: str, to: str);      declare
  path(a, b) <= link(a, b);            a rule
  link(\"a\", \"b\");  -link(\"a\", _);      give a row, take rows out
  ?path(\"a\", x), x != \"b\"              which rows there are; ?path for all
  tick   tick 3   tick at 5s           ticks without input, and time
Of what happens: `+` holds now, `-` does not any more, `*` is an event, `~` is sent.

";

/// Whether to go on.
#[derive(PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Then {
    On,
    End,
}

impl Session<'_> {
    /// Does what a command says.
    pub fn command(&mut self, word: &str, rest: &str) -> Result<Then, Exit> {
        let switch = |rest: &str| match rest {
            "" | "on" => Some(true),
            "off" => Some(false),
            _ => None,
        };
        match word {
            "why" => self.why(rest)?,
            "undo" => self.undo()?,
            "list" => self.list()?,
            "relations" => self.relations()?,
            "save" => self.save(rest)?,
            "load" => self.load(rest)?,
            "hold" => match switch(rest) {
                Some(hold) => self.hold(hold)?,
                None => self.refuse("`\\hold` takes `on` or `off`"),
            },
            "trace" => match switch(rest) {
                Some(traced) => self.traced = traced,
                None => self.refuse("`\\trace` takes `on` or `off`"),
            },
            "changes" => match rest {
                "all" => self.changes = Changes::All,
                "outputs" => self.changes = Changes::Outputs,
                "off" => self.changes = Changes::Off,
                _ => self.refuse("`\\changes` takes `all`, `outputs` or `off`"),
            },
            "rows" => match rest.parse() {
                Ok(most) => self.most = most,
                Err(_) => self.refuse("`\\rows` takes a number, such as `\\rows 100`"),
            },
            "help" | "h" | "?" => self.help()?,
            "quit" | "q" | "exit" => return Ok(Then::End),
            _ => {
                let near = closest(word, TABLE.iter().map(|(word, ..)| *word));
                let near = near.map(|near| format!("; did you mean `\\{near}`?"));
                let near = near.unwrap_or_else(|| "; `\\help` lists what there is".to_owned());
                self.refuse(&format!("there is no command `\\{word}`{near}"));
            }
        }
        Ok(Then::On)
    }

    fn help(&self) -> Result<(), Exit> {
        let mut out = HELP.to_owned();
        for (word, takes, what) in TABLE {
            let command = format!("\\{word} {takes}");
            out.push_str(&format!("  {:<26} {what}\n", command.trim_end()));
        }
        self.say(&out)
    }

    /// `tick`, `tick 3`, `tick at 5s`
    pub fn tick(&mut self, words: &[String]) -> Result<(), Exit> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let instants = match words[..] {
            [] => vec![None],
            ["at", text] => match parse::duration(text.as_bytes()) {
                Some(at) if at > self.play.now() => vec![Some(at)],
                Some(_) => {
                    let now = show::moment(self.play.now());
                    self.refuse(&format!("time does not go back: it is {now} already"));
                    return Ok(());
                }
                None => {
                    self.refuse(&format!("`{text}` is no time; write `tick at 5s`"));
                    return Ok(());
                }
            },
            [count] => match count.parse::<usize>() {
                Ok(count) if (1..=TICKS_MAX).contains(&count) => vec![None; count],
                _ => {
                    let most = show::thousands(TICKS_MAX);
                    self.refuse(&format!("`tick` takes a number from 1 to {most}"));
                    return Ok(());
                }
            },
            _ => {
                self.refuse("write `tick`, `tick 3` or `tick at 5s`");
                return Ok(());
            }
        };
        let text = format!("tick {}", words.join(" ")).trim_end().to_owned();
        self.act(text, Step::Tick(instants))
    }

    fn hold(&mut self, hold: bool) -> Result<(), Exit> {
        let text = if hold { "\\hold" } else { "\\hold off" };
        self.act(text.to_owned(), Step::Hold(hold))
    }

    fn act(&mut self, text: String, step: Step) -> Result<(), Exit> {
        let name = self.next_name();
        self.happen(Entry { name, text, statements: Vec::new(), step: Some(step) })
    }

    fn undo(&mut self) -> Result<(), Exit> {
        let mut entries = self.entries.clone();
        let Some(last) = entries.pop() else {
            self.refuse("there is nothing to take back");
            return Ok(());
        };
        let checked = if last.statements.is_empty() {
            Rc::clone(&self.play.checked)
        } else {
            let compiled = self.compile(&entries, Vec::new());
            let Some(checked) = self.checked(compiled, "") else { return Ok(()) };
            Rc::new(checked)
        };
        let mut lines = last.text.trim().lines();
        let first = lines.next().unwrap_or_default();
        let more = if lines.next().is_some() { " …" } else { "" };
        self.say(&format!("took back: {first}{more}\n"))?;
        self.replace(checked, entries, None)
    }

    /// The program in the one style.
    pub fn program_text(&self) -> String {
        let text = self.program_so_far();
        // What was taken up can be read; else it is shown as it is.
        syntax::format(FileId::default(), &text).unwrap_or(text)
    }

    /// The program as it was typed.
    pub fn program_so_far(&self) -> String {
        let mut text = self.base.text.clone();
        for entry in self.entries.iter().filter(|entry| !entry.statements.is_empty()) {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&entry.program());
            text.push('\n');
        }
        text
    }

    fn list(&mut self) -> Result<(), Exit> {
        let text = self.program_text();
        match text.trim().is_empty() {
            true => self.say("the program is empty\n"),
            false => self.say(&text),
        }
    }

    fn relations(&mut self) -> Result<(), Exit> {
        let program = self.play.program();
        let shown = |rel: &&(usize, &typed::Rel)| {
            let within = matches!(rel.1.given, Some(Given::Now | Given::Me | Given::Seed));
            !rel.1.kind.is_hidden() && !within
        };
        let rels: Vec<(usize, &typed::Rel)> =
            program.rels.iter().enumerate().filter(|rel| shown(&rel)).collect();
        let names = ["collection", "rows", "columns"].map(str::to_owned);
        let row = |(i, rel): &(usize, &typed::Rel)| {
            let columns: Vec<&str> = rel.cols.iter().map(|col| col.name.as_str()).collect();
            let id = bloom_compiler::ids::RelId(*i as u32);
            let name = format!("{} {}", rel.kind.words(), rel.name);
            vec![name, show::thousands(self.play.engine().len(id)), columns.join(", ")]
        };
        let rows: Vec<Vec<String>> = rels.iter().map(row).collect();
        match rows.is_empty() {
            true => self.say("there are no collections\n"),
            false => self.say(&show::lines(&names, &rows)),
        }
    }

    fn save(&mut self, rest: &str) -> Result<(), Exit> {
        let mut words = rest.split_whitespace();
        let (file, form) = (words.next(), words.next());
        let (Some(file), None | Some("test"), None) = (file, form, words.next()) else {
            self.refuse("write `\\save FILE`, or `\\save FILE test`");
            return Ok(());
        };
        let mut text = self.program_text();
        if form.is_some() {
            let Some(test) = save::test(self) else {
                self.refuse("the session cannot be done again within the limits");
                return Ok(());
            };
            text.push_str(&test);
            text = syntax::format(FileId::default(), &text).unwrap_or(text);
        }
        match written(Path::new(file), &text) {
            Ok(()) => self.say(&format!("wrote {file}\n")),
            Err(error) => {
                self.refuse(&format!("cannot write {file}: {}", place::why(&error)));
                Ok(())
            }
        }
    }

    fn load(&mut self, rest: &str) -> Result<(), Exit> {
        if rest.is_empty() {
            self.refuse("write `\\load FILE`");
            return Ok(());
        }
        let read = match Path::new(rest) {
            path if paths::is_stdin(path) => Err("a file is wanted, not `-`".to_owned()),
            path => paths::read(path),
        };
        match read {
            Ok(program) => {
                let statements = std::iter::once(0..program.text.len()).collect();
                let (name, text) = (program.name, program.text);
                self.enter(Entry { name, text, statements, step: None }, Vec::new())
            }
            Err(why) => {
                self.refuse(&why);
                Ok(())
            }
        }
    }
}

/// The file is there whole or not at all.
fn written(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = Place::new(path)?;
    file.write_all(text.as_bytes())?;
    file.finish()
}

/// Ticks that one line may ask for.
const TICKS_MAX: usize = 100_000;
