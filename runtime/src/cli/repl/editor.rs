//! The terminal: a line editor with history, completion and colours. What lines
//! mean is not known here; which words there are is asked of the compiler.

use std::borrow::Cow;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use bloom_compiler::driver;
use bloom_compiler::ide::Analysis;
use bloom_compiler::ide::Colour;
use rustyline::Config;
use rustyline::Context;
use rustyline::Editor;
use rustyline::Helper;
use rustyline::completion::Completer;
use rustyline::completion::FilenameCompleter;
use rustyline::completion::Pair;
use rustyline::config::CompletionType;
use rustyline::error::ReadlineError;
use rustyline::highlight::CmdKind;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::ValidationContext;
use rustyline::validate::ValidationResult;
use rustyline::validate::Validator;

use crate::cli::exit::Exit;
use crate::cli::repl::PROMPT;
use crate::cli::repl::commands;
use crate::cli::repl::line;
use crate::cli::talk::Talk;

/// Lines that are remembered.
const HISTORY_MAX: usize = 1_000;
/// Bytes of a program beyond which it is not checked again for every key.
const COLOURED_MAX: usize = 1 << 16;

/// What came of waiting for a line.
pub enum Typed {
    /// Something complete.
    Text(String),
    /// Ctrl-c: what was begun is given up.
    Cancelled,
    /// Ctrl-d.
    End,
}

/// The terminal.
pub struct Terminal<'t> {
    editor: Editor<Help, DefaultHistory>,
    history: Option<PathBuf>,
    talk: &'t Talk,
}

impl<'t> Terminal<'t> {
    /// Gets it ready, with the history of earlier sessions.
    pub fn open(talk: &'t Talk) -> Result<Terminal<'t>, Exit> {
        let cannot =
            |error: ReadlineError| talk.refuse(format!("cannot use the terminal: {error}"));
        let config = Config::builder()
            .max_history_size(HISTORY_MAX)
            .map_err(cannot)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .build();
        let mut editor = Editor::with_config(config).map_err(cannot)?;
        let coloured = talk.coloured();
        editor.set_helper(Some(Help {
            program: String::new(),
            options: driver::Options::default(),
            files: FilenameCompleter::new(),
            coloured,
        }));
        let history = history_file();
        if let Some(file) = &history {
            // A first session has none.
            let _ = editor.load_history(file);
        }
        Ok(Terminal { editor, history, talk })
    }

    /// Takes note of the program as it is.
    pub fn know(&mut self, program: &str, options: driver::Options) {
        if let Some(help) = self.editor.helper_mut() {
            program.clone_into(&mut help.program);
            help.options = options;
        }
    }

    /// The next thing typed.
    pub fn line(&mut self) -> Result<Typed, Exit> {
        match self.editor.readline(PROMPT) {
            Ok(text) => {
                self.remember(&text);
                Ok(Typed::Text(text))
            }
            Err(ReadlineError::Interrupted) => Ok(Typed::Cancelled),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(self.talk.refuse(format!("cannot read the terminal: {error}"))),
        }
    }

    /// A history that cannot be kept is no reason to stop.
    fn remember(&mut self, text: &str) {
        let _ = self.editor.add_history_entry(text.trim_end());
        if let Some(file) = &self.history {
            if let Some(folder) = file.parent() {
                let _ = fs::create_dir_all(folder);
            }
            let _ = self.editor.append_history(file);
        }
    }
}

/// The history's place among what programs keep for a user.
fn history_file() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let state = set("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || set("HOME").map(|home| PathBuf::from(home).join(".local").join("state"));
    let local = || set("LOCALAPPDATA").map(PathBuf::from);
    let folder = state.or_else(home).or_else(local)?;
    Some(folder.join("bloom").join("history"))
}

/// What the editor asks for.
struct Help {
    program: String,
    options: driver::Options,
    files: FilenameCompleter,
    coloured: bool,
}

impl Help {
    /// What is typed behind the program, checked; and how far before the first
    /// byte typed the text begins.
    fn analysis(&self, typed: &str) -> (Analysis, usize) {
        let asks = typed.trim_start().starts_with('?');
        let mark = if asks { typed.find('?').map_or(0, |at| at + 1) } else { 0 };
        // A question is a body: it stands behind a head.
        let before = if asks { "question() <= " } else { "" };
        let context = if self.program.len() <= COLOURED_MAX { self.program.as_str() } else { "" };
        let start = context.len() + 1 + before.len();
        let text = format!("{context}\n{before}{}", typed.get(mark..).unwrap_or(""));
        let analysis = Analysis::new("", &text, &self.options);
        (analysis, start.wrapping_sub(mark))
    }

    /// The words that may stand at a place, and what of them is there already.
    fn words(&self, typed: &str, at: usize) -> (Range<usize>, Vec<String>) {
        let (analysis, start) = self.analysis(typed);
        let mut words = Vec::new();
        let mut range = at..at;
        for offer in analysis.complete(at.wrapping_add(start)) {
            let from = offer.range.start.wrapping_sub(start);
            let Some(given) = typed.get(from..at) else { continue };
            if offer.label.starts_with(given) {
                range = from..at;
                words.push(offer.label);
            }
        }
        words.sort();
        words.dedup();
        (range, words)
    }
}

impl Helper for Help {}

impl Hinter for Help {
    type Hint = String;
}

impl Validator for Help {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let text = format!("{}\n", context.input());
        Ok(match line::is_complete(&text) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

impl Completer for Help {
    type Candidate = Pair;

    fn complete(
        &self,
        typed: &str,
        at: usize,
        context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        if let Some(command) = typed.strip_prefix('\\') {
            if let Some(space) = command.find(' ') {
                let (word, rest) = command.split_at(space);
                return match word {
                    "save" | "load" => self.files.complete(typed, at, context),
                    "why" => {
                        let skip = 1 + space + (rest.len() - rest.trim_start().len());
                        let fact = typed.get(skip..).unwrap_or("");
                        let asked = format!("?{fact}");
                        let place = (at + 1).saturating_sub(skip);
                        let (range, words) = self.words(&asked, place);
                        Ok((range.start + skip - 1, pairs(words)))
                    }
                    _ => Ok((at, Vec::new())),
                };
            }
            let given = typed.get(1..at).unwrap_or("");
            let words = commands::TABLE.iter().map(|(word, ..)| (*word).to_owned());
            return Ok((1, pairs(words.filter(|word| word.starts_with(given)).collect())));
        }
        let (range, words) = self.words(typed, at);
        Ok((range.start, pairs(words)))
    }
}

fn pairs(words: Vec<String>) -> Vec<Pair> {
    words.into_iter().map(|word| Pair { display: word.clone(), replacement: word }).collect()
}

impl Highlighter for Help {
    fn highlight<'l>(&self, typed: &'l str, _: usize) -> Cow<'l, str> {
        if !self.coloured || typed.starts_with('\\') {
            return Cow::Borrowed(typed);
        }
        let (analysis, start) = self.analysis(typed);
        let mut out = String::with_capacity(typed.len() * 2);
        let mut upto = 0;
        for word in analysis.colours() {
            let range = word.span.range();
            let (lo, hi) = (range.start.wrapping_sub(start), range.end.wrapping_sub(start));
            let (Some(before), Some(text)) = (typed.get(upto..lo), typed.get(lo..hi)) else {
                continue;
            };
            out.push_str(before);
            match style(word.colour) {
                Some(style) => out.push_str(&format!("\x1b[{style}m{text}\x1b[0m")),
                None => out.push_str(text),
            }
            upto = hi;
        }
        out.push_str(typed.get(upto..).unwrap_or(""));
        Cow::Owned(out)
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        match self.coloured {
            true => Cow::Owned(format!("\x1b[1;36m{prompt}\x1b[0m")),
            false => Cow::Borrowed(prompt),
        }
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        self.coloured && kind != CmdKind::MoveCursor
    }
}

/// The colour of a sort of words, of those that every terminal has.
fn style(colour: Colour) -> Option<&'static str> {
    Some(match colour {
        Colour::Keyword | Colour::Attribute => "35",
        Colour::Relation => "34",
        Colour::Function => "36",
        Colour::Type | Colour::Lattice | Colour::Constructor => "33",
        Colour::Text => "32",
        Colour::Number | Colour::Constant => "31",
        Colour::Comment => "90",
        Colour::Column | Colour::Variable | Colour::Parameter | Colour::Operator => return None,
    })
}
