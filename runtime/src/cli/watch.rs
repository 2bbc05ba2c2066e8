//! `--watch`: a command done again whenever one of the files that it depends on
//! changes. Folders are watched rather than files, since editors replace files
//! by renaming others onto them; what else happens there is left alone. This
//! room must not know what the command does.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::Path;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

use notify_debouncer_full::DebounceEventResult;
use notify_debouncer_full::notify::EventKind;
use notify_debouncer_full::notify::RecursiveMode;

use crate::cli::args::CheckArgs;
use crate::cli::check;
use crate::cli::exit::Exit;
use crate::cli::options::RunOptions;
use crate::cli::paths;
use crate::cli::run;
use crate::cli::talk::Talk;

/// How long files have to be at rest before the command is done again.
const REST: Duration = Duration::from_millis(40);
/// How long changes that go on may put it off.
const PATIENCE: Duration = Duration::from_secs(1);
/// What stdin cannot do.
const ONCE: &str = "stdin can be read only once, and --watch runs many times";
/// Clears a terminal and what can be scrolled back to.
const CLEAR: &str = "\x1b[2J\x1b[3J\x1b[H";

/// `bloom check --watch`.
pub fn check(args: &CheckArgs, talk: &Talk) -> Result<(), Exit> {
    if args.paths.iter().any(|path| paths::is_stdin(path)) {
        return Err(talk.refuse(ONCE));
    }
    let files = args.paths.iter().map(|path| program(path)).collect();
    again(&Watched { files, folders: BTreeSet::new() }, talk, &mut || check::check(args, talk))
}

/// `bloom run --watch`.
pub fn run(options: &RunOptions, talk: &Talk) -> Result<(), Exit> {
    let piped = options.inputs.iter().any(|input| input.path.is_none());
    if piped || paths::is_stdin(&options.path) {
        return Err(talk.refuse(ONCE));
    }
    let inputs = options.inputs.iter().filter_map(|input| input.path.clone());
    let files = inputs.chain([program(&options.path)]).collect();
    let folders = options.facts.iter().chain(&options.expect).cloned().collect();
    again(&Watched { files, folders }, talk, &mut || run::run(options, talk))
}

/// The file of a program's path.
fn program(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("main.bloom") } else { path.to_path_buf() }
}

/// What the command depends on: files, and folders with all that is in them.
struct Watched {
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

impl Watched {
    /// The folders in which changes are to be heard of.
    fn places(&self) -> BTreeSet<PathBuf> {
        let parent = |path: &PathBuf| {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            parent.unwrap_or(Path::new(".")).to_path_buf()
        };
        self.files.iter().map(parent).chain(self.folders.iter().cloned()).collect()
    }

    /// Whether a changed path is one of those.
    fn concerns(&self, path: &Path) -> bool {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| absolute(path));
        let path = real(path);
        let hidden = |p: &Path| {
            p.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with('.'))
        };
        // What a program imports mostly stands beside it.
        let is_program = |path: &Path| path.extension().is_some_and(|e| e == "bloom");
        let beside = |file: &Path| is_program(file) && real(file).parent() == path.parent();
        is_program(&path) && !hidden(&path) && self.files.iter().any(|file| beside(file))
            || self.files.iter().any(|file| real(file) == path)
            || self.folders.iter().any(|folder| path.starts_with(real(folder)) && !hidden(&path))
    }
}

/// A path that does not exist has no canonical form; that of its folder does.
fn absolute(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    match (parent.unwrap_or(Path::new(".")).canonicalize(), path.file_name()) {
        (Ok(parent), Some(name)) => parent.join(name),
        _ => path.to_path_buf(),
    }
}

/// Does the command, and does it again after every change, until the process
/// is interrupted.
fn again(
    watched: &Watched,
    talk: &Talk,
    work: &mut dyn FnMut() -> Result<(), Exit>,
) -> Result<(), Exit> {
    if !talk.says_at_once() {
        return Err(talk.refuse(
            "--watch goes on until it is interrupted, so no SARIF log is ever complete; take \
             --message-format json",
        ));
    }
    let (send, changes) = mpsc::channel();
    // Watching begins before the first run, so that no change is missed.
    let heard = move |result: DebounceEventResult| {
        // Without a receiver the process is about to end.
        let _ = send.send(result);
    };
    let cannot = |error: &dyn std::fmt::Display| talk.refuse(format!("cannot watch: {error}"));
    let mut watcher =
        notify_debouncer_full::new_debouncer(REST, None, heard).map_err(|error| cannot(&error))?;
    for place in watched.places() {
        if !place.is_dir() {
            return Err(cannot(&format!("{} is no folder", place.display())));
        }
        watcher
            .watch(&place, RecursiveMode::NonRecursive)
            .map_err(|error| talk.refuse(format!("cannot watch {}: {error}", place.display())))?;
    }
    loop {
        if std::io::stderr().is_terminal() && talk.watched() {
            talk.say(CLEAR);
        }
        let begun = Instant::now();
        let state = match work() {
            // Nobody reads what is written: there is nothing to go on for.
            Err(Exit::Closed) => return Err(Exit::Closed),
            Err(Exit::Interrupted(signal)) => return Err(Exit::Interrupted(signal)),
            Ok(()) | Err(Exit::Halted(0)) => "done",
            Err(
                Exit::Program
                | Exit::Invocation
                | Exit::Bug
                | Exit::Halted(_)
                | Exit::Down
                | Exit::Other(_),
            ) => "wrong",
        };
        let took = begun.elapsed().as_millis();
        talk.report(&format!("{state} after {took} ms at {}; waiting for changes\n", now()));
        wait(watched, &changes, talk)?;
    }
}

/// Waits for a change, and then until no more come: copying many files, or
/// writing a long one, is one change.
fn wait(
    watched: &Watched,
    changes: &mpsc::Receiver<DebounceEventResult>,
    talk: &Talk,
) -> Result<(), Exit> {
    let mut since: Option<Instant> = None;
    loop {
        let heard = match since {
            None => changes.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
            Some(_) => changes.recv_timeout(REST),
        };
        match heard {
            Ok(Ok(events)) => {
                let concerns = |event: &notify_debouncer_full::DebouncedEvent| {
                    !matches!(event.kind, EventKind::Access(_))
                        && event.paths.iter().any(|path| watched.concerns(path))
                };
                if since.is_none() && events.iter().any(concerns) {
                    since = Some(Instant::now());
                }
            }
            Ok(Err(errors)) => {
                for error in errors {
                    talk.note(&format!("while watching: {error}"));
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => return Ok(()),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(talk.refuse("cannot watch: the watcher has ended"));
            }
        }
        if since.is_some_and(|since| since.elapsed() >= PATIENCE) {
            return Ok(());
        }
    }
}

/// The time of day, in UTC.
fn now() -> String {
    jiff::Timestamp::now().strftime("%H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use notify_debouncer_full::DebouncedEvent;
    use notify_debouncer_full::notify::Event;

    use super::*;
    use crate::cli::args::MessageFormat;
    use crate::cli::args::TalkArgs;
    use crate::cli::args::When;

    fn change(path: &str) -> DebounceEventResult {
        let event = Event::new(EventKind::Any).add_path(PathBuf::from(path));
        Ok(vec![DebouncedEvent { event, time: Instant::now() }])
    }

    #[test]
    fn many_changes_at_once_are_one() {
        let args =
            TalkArgs { message_format: MessageFormat::Human, color: When::Never, quiet: true };
        let files = BTreeSet::from([PathBuf::from("a.bloom")]);
        let watched = Watched { files, folders: BTreeSet::new() };
        let (send, changes) = mpsc::channel();
        for path in ["other", "a.bloom", "a.bloom", "other", "a.bloom"] {
            send.send(change(path)).expect("there is a receiver");
        }
        assert!(wait(&watched, &changes, &Talk::new(&args)).is_ok());
        assert!(changes.try_recv().is_err(), "a change is left over");
        drop(send);
        assert!(wait(&watched, &changes, &Talk::new(&args)).is_err(), "nobody watches any more");
    }
}
