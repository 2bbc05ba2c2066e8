//! From the process's arguments to its exit code. This room dispatches and
//! must not know what commands do.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use bloom_compiler::diag::suggest::closest;
use clap::CommandFactory;
use clap::Parser;
use clap::error::ContextKind;
use clap::error::ContextValue;
use clap::error::ErrorKind;

use crate::cli::args::Cli;
use crate::cli::args::Command;
use crate::cli::check;
use crate::cli::completions;
use crate::cli::exit;
use crate::cli::exit::Exit;
use crate::cli::explain;
use crate::cli::fmt;
use crate::cli::graph;
use crate::cli::greet;
use crate::cli::help;
use crate::cli::lsp;
use crate::cli::new;
use crate::cli::options::RunOptions;
use crate::cli::profile;
use crate::cli::repl;
use crate::cli::report;
use crate::cli::role;
use crate::cli::role::Again;
use crate::cli::run;
use crate::cli::supervise;
use crate::cli::system;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;
use crate::cli::test;
use crate::cli::watch;
use crate::cli::why;

/// Stack of the thread that works. Programs nest up to a fixed depth; phases
/// that walk them recursively fit in here with a wide margin, in any build.
const STACK_BYTES: usize = 256 << 20;

/// Runs the tool.
pub fn main() -> ExitCode {
    exit::install_panic_hook();
    system::heed_signals();
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(tool);
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        // The hook has said what happened.
        Ok(Err(_)) => ExitCode::from(exit::BUG),
        Err(_) => tool(),
    }
}

fn tool() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&typed) {
        Ok(cli) => cli,
        Err(error) => match role::again(&typed, &error) {
            Some(Again::Command(cli)) => *cli,
            Some(Again::Help(text)) => return helped(&text),
            None => return refused(error),
        },
    };
    let talk = Talk::new(&cli.talk);
    let result = dispatch(cli.command, &talk);
    talk.finish();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => exit.code(),
    }
}

fn refused(mut error: clap::Error) -> ExitCode {
    suggest(&mut error);
    // Help and version come this way too, with code 0.
    let _ = error.print();
    ExitCode::from(error.exit_code() as u8)
}

/// Help that hangs on a program.
fn helped(text: &str) -> ExitCode {
    // Where nobody reads it, nobody misses it.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

/// Names the command that a mistyped one probably means, where the library has
/// found none.
fn suggest(error: &mut clap::Error) {
    if error.kind() != ErrorKind::InvalidSubcommand
        || error.get(ContextKind::SuggestedSubcommand).is_some()
    {
        return;
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else {
        return;
    };
    let command = Cli::command();
    let names = command.get_subcommands().filter(|one| !one.is_hide_set());
    if let Some(near) = closest(typed, names.map(clap::Command::get_name)) {
        let near = ContextValue::Strings(vec![near.to_owned()]);
        error.insert(ContextKind::SuggestedSubcommand, near);
    }
}

fn dispatch(command: Option<Command>, talk: &Talk) -> Result<(), Exit> {
    match command {
        None => write_out(talk, greet::text().as_bytes()),
        Some(Command::ExitCodes) => write_out(talk, format!("{}\n", exit::TEXT).as_bytes()),
        Some(Command::Run(args)) => {
            let watching = args.watch;
            let options = RunOptions::new(*args).map_err(|why| talk.refuse(why))?;
            let restarts = options.cluster.as_ref().and_then(|cluster| cluster.restarts);
            match restarts {
                _ if watching => watch::run(&options, talk),
                Some(restarts) if supervise::epoch().is_none() => supervise::run(restarts, talk),
                Some(_) => {
                    supervise::follow();
                    run::run(&options, talk)
                }
                None => run::run(&options, talk),
            }
        }
        Some(Command::Check(args)) if args.watch => watch::check(&args, talk),
        Some(Command::Why(args)) => why::why(*args, talk),
        Some(Command::Profile(args)) => profile::profile(*args, talk),
        Some(Command::Check(args)) => check::check(&args, talk),
        Some(Command::Report(args)) => report::report(&args, talk),
        Some(Command::Graph(args)) => graph::graph(&args, talk),
        Some(Command::Repl(args)) => repl::repl(*args, talk),
        Some(Command::Test(args)) => test::test(&args, talk),
        Some(Command::Fmt(args)) => fmt::fmt(&args, talk),
        Some(Command::Explain(args)) => explain::run(&args, talk),
        Some(Command::Lsp(args)) => lsp::run(&args),
        Some(Command::Help(args)) => help::run(&args, talk),
        Some(Command::New(args)) => new::new(&args, talk),
        Some(Command::Completions(args)) => completions::completions(&args, talk),
        Some(Command::Man(args)) => completions::man(&args, talk),
    }
}
