//! `bloom repl`: a program that grows line by line, at work while it does. Here
//! lines come in, from a terminal or a pipe, and go to those who deal with them.
//!
//! | room | owns |
//! |---|---|
//! | `line` | which lines belong together, and what they are |
//! | `session` | what has been typed, and the program that it makes |
//! | `play` | that program at work |
//! | `given` | rows as they are typed |
//! | `changes` | what came and went |
//! | `ask` | questions, and why a row is there |
//! | `commands`, `save` | what begins with a backslash |
//! | `show` | rows as text |
//! | `editor` | the terminal: history, completion, colours |

mod ask;
mod changes;
mod commands;
mod editor;
mod given;
mod line;
mod play;
mod save;
mod session;
mod show;

use std::io::BufRead;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;

use crate::cli::args::InputArgs;
use crate::cli::args::LimitArgs;
use crate::cli::compile;
use crate::cli::exit::Exit;
use crate::cli::intake;
use crate::cli::options::RunOptions;
use crate::cli::paths;
use crate::cli::repl::commands::Then;
use crate::cli::repl::editor::Terminal;
use crate::cli::repl::editor::Typed;
use crate::cli::repl::line::Input;
use crate::cli::repl::line::Lines;
use crate::cli::repl::play::Loaded;
use crate::cli::repl::session::Session;
use crate::cli::repl::session::Start;
use crate::cli::role::RoleArgs;
use crate::cli::run;
use crate::cli::system;
use crate::cli::talk::Talk;
use crate::kernel::Limits;

/// Seconds that one thing typed may take, unless somebody says otherwise.
const SECONDS: f64 = 60.0;

/// What stands before what is typed, and before the lines that go on with it.
const PROMPT: &str = "bloom> ";
const MORE: &str = "     > ";

const AFTER: &str = "\
A statement ends with `;` and becomes part of the program. A row of a table or
input is given to a tick, `?` asks for rows, `\\help` lists the commands:

  bloom> table link(from: str, to: str);
  bloom> view path(from: str, to: str);
  bloom> path(a, b) <= link(a, b);
  bloom> path(a, c) <= path(a, b), link(b, c);
  bloom> link(\"a\", \"b\"); link(\"b\", \"c\");
  + path(\"a\", \"b\")
  + path(\"a\", \"c\")
  + path(\"b\", \"c\")
  bloom> ?path(\"a\", x)

Without a terminal there is no prompt: `bloom repl < script` prints the answers.

Exit codes: 0 done, 1 something in a script was refused, 2 command line or
files.";

/// `bloom repl`.
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub struct ReplArgs {
    /// A .bloom file, or a folder with a main.bloom, to begin with
    path: Option<PathBuf>,
    /// Print what is read too, as it would look at a terminal
    #[arg(long)]
    echo: bool,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Reads, does and prints until there is nothing more to read.
pub fn repl(args: ReplArgs, talk: &Talk) -> Result<(), Exit> {
    let echo = args.echo;
    let start = begin(args, talk)?;
    let mut session = Session::new(start, talk)?;
    if std::io::stdin().is_terminal() {
        return typed(&mut session, talk);
    }
    let mut lines = Lines::default();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| talk.refuse(format!("cannot read stdin: {error}")))?;
        if echo && (lines.is_open() || !line.trim().is_empty()) {
            let prompt = if lines.is_open() { MORE } else { PROMPT };
            session.say(&format!("{prompt}{line}\n"))?;
        }
        for text in lines.take(&line) {
            if deal(&mut session, &text)? == Then::End {
                return ended(&session);
            }
        }
    }
    if let Some(text) = lines.rest() {
        deal(&mut session, &text)?;
    }
    ended(&session)
}

fn ended(session: &Session) -> Result<(), Exit> {
    if session.failed { Err(Exit::Program) } else { Ok(()) }
}

fn begin(args: ReplArgs, talk: &Talk) -> Result<Start, Exit> {
    let from = args.path.clone().unwrap_or_default();
    if paths::is_stdin(&from) {
        return Err(talk.refuse("stdin is what is typed; name a file for the program"));
    }
    let options = RunOptions::silent(from, args.input, args.limits, RoleArgs::default());
    let options = options.map_err(|why| talk.refuse(why))?;
    if options.inputs.iter().any(|input| input.path.is_none()) {
        return Err(talk.refuse("stdin is what is typed; name a file for the rows"));
    }
    let base = match &args.path {
        Some(path) => paths::read(path).map_err(|why| talk.refuse(why))?,
        None => paths::Program { name: "program".into(), text: String::new(), file: None },
    };
    let checked = compile::begun(&base, &options.set, talk)?;
    let mut loaded = None;
    if options.facts.is_some() || !options.inputs.is_empty() {
        let sources = intake::sources(&checked.typed, &options, talk)?;
        let (mut engine, schemas) = run::prepared(&checked, talk)?;
        intake::load(&sources, &schemas, &options, &mut engine, talk)?;
        loaded = Some(Loaded::of(&checked.typed, engine));
    }
    let seconds = options.limits.seconds.or(Some(SECONDS));
    let process = Some(system::resident_bytes as fn() -> Option<u64>);
    let limits = Limits { seconds, process, ..options.limits };
    Ok(Start { base, set: options.set, limits, loaded, checked })
}

/// One thing that was typed.
fn deal(session: &mut Session, text: &str) -> Result<Then, Exit> {
    match line::sort(text) {
        Input::Nothing => {}
        Input::Command(word, rest) => return session.command(&word, &rest),
        Input::Question(question) => session.question(&question)?,
        Input::Tick(words) => session.tick(&words)?,
        Input::Text(text) => session.text(&text)?,
    }
    Ok(Then::On)
}

/// At a terminal.
fn typed(session: &mut Session, talk: &Talk) -> Result<(), Exit> {
    let mut terminal = Terminal::open(talk)?;
    session.say(&format!(
        "Bloom {}. Statements end with `;`, `?` asks for rows, \\help explains, ctrl-d ends.\n",
        env!("CARGO_PKG_VERSION")
    ))?;
    loop {
        terminal.know(&session.program_so_far(), session.options(&[], Vec::new()));
        match terminal.line()? {
            Typed::Text(text) => {
                for thing in line::split(&text) {
                    if deal(session, &thing)? == Then::End {
                        return Ok(());
                    }
                }
            }
            Typed::Cancelled => {}
            Typed::End => return Ok(()),
        }
    }
}
