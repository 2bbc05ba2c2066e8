//! `bloom run --supervise`: the process of a node is a child of this one, and
//! is begun anew when the node went down. What the child writes to stdout is
//! shown when it has ended, so that nobody sees the beginning of a result
//! twice. What a node is is not known here.

use std::fs::File;
use std::io::Read;
use std::io::Seek;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use crate::cli::exit;
use crate::cli::exit::Exit;
use crate::cli::system;
use crate::cli::talk::Talk;
use crate::cli::talk::closed;

/// Tells a child that it is one, and which epoch it begins in.
const EPOCH: &str = "BLOOM_NODE_EPOCH";
/// Tells a child where to leave word that all is done.
const DONE: &str = "BLOOM_NODE_DONE";
/// Before the first restart; doubled before each other one.
const PAUSE: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// Between two looks at a child.
const LOOK: Duration = Duration::from_millis(10);

/// The epoch that a child of a supervisor begins in.
pub fn epoch() -> Option<u64> {
    std::env::var(EPOCH).ok()?.parse().ok()
}

/// In a child: leaves word that everything is written, whatever becomes of the
/// process.
pub fn mark_done() {
    if let Some(path) = std::env::var_os(DONE).filter(|_| epoch().is_some()) {
        // Without it the work is done again, which takes time and nothing else.
        let _ = std::fs::write(path, b"done");
    }
}

/// Runs the same command as a child, until it ends by itself.
pub fn run(restarts: u32, talk: &Talk) -> Result<(), Exit> {
    let child: Arc<Mutex<Option<Child>>> = Arc::default();
    let (mut pause, mut begun) = (PAUSE, 0);
    let done = tempfile::NamedTempFile::new()
        .map_err(|error| talk.refuse(format!("cannot keep what is done: {error}")))?;
    loop {
        let mut out = tempfile::tempfile()
            .map_err(|error| talk.refuse(format!("cannot keep what is written: {error}")))?;
        let shared = out.try_clone();
        let started = shared.and_then(|out| start(u64::from(begun) + 1, out, done.path()));
        let started =
            started.map_err(|error| talk.refuse(format!("cannot begin the process: {error}")))?;
        *child.lock().unwrap_or_else(PoisonError::into_inner) = Some(started);
        heed(&child);
        let status = ended(&child)
            .map_err(|error| talk.refuse(format!("cannot wait for the process: {error}")))?;
        let code = match done.as_file().metadata() {
            // It died with everything done, on its way out.
            Ok(file) if file.len() > 0 => Some(0),
            _ => status.code().and_then(|code| u8::try_from(code).ok()),
        };
        match code {
            Some(exit::DOWN) | None if begun < restarts => {
                begun += 1;
                if code.is_none() {
                    talk.error(&format!("the process died: {status}"));
                }
                talk.note(&format!("beginning the node anew, {begun} of {restarts} times"));
                std::thread::sleep(pause);
                pause = (pause * 2).min(PAUSE_MAX);
            }
            Some(exit::DOWN) | None => {
                talk.error(&format!(
                    "the node was begun anew {begun} times, and --max-restarts allows no more"
                ));
                return Err(Exit::Down);
            }
            Some(code) => {
                show(&mut out).map_err(|error| closed(talk, &error))?;
                return if code == 0 { Ok(()) } else { Err(Exit::Other(code)) };
            }
        }
    }
}

fn start(epoch: u64, out: File, done: &Path) -> std::io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(EPOCH, epoch.to_string())
        .env(DONE, done)
        // Its end tells the child that nobody waits for it any more.
        .stdin(Stdio::piped())
        .stdout(Stdio::from(out))
        .spawn()
}

/// Ends the child with this process.
fn heed(child: &Arc<Mutex<Option<Child>>>) {
    let child = child.clone();
    system::on_interrupt(move |signal| {
        let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(child) = child.as_mut() {
            system::interrupt(child.id());
            // Time to tell the others; it ends by itself, or else at once.
            for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
                if !matches!(child.try_wait(), Ok(None)) {
                    break;
                }
                std::thread::sleep(LOOK);
            }
            let _ = child.kill();
        }
        system::end_at_once(i32::from(system::interrupted(signal)));
    });
}

/// How long an interrupted child may take to end.
const PATIENCE: Duration = Duration::from_secs(3);

fn ended(child: &Mutex<Option<Child>>) -> std::io::Result<ExitStatus> {
    loop {
        {
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(running) = child.as_mut() else {
                return Err(std::io::Error::other("it is not there"));
            };
            if let Some(status) = running.try_wait()? {
                *child = None;
                return Ok(status);
            }
        }
        std::thread::sleep(LOOK);
    }
}

/// Shows what the child wrote.
fn show(out: &mut File) -> std::io::Result<()> {
    out.rewind()?;
    let mut stdout = std::io::stdout().lock();
    std::io::copy(out, &mut stdout).map(drop)
}

/// In a child: ends it when its supervisor is gone.
pub fn follow() {
    // Without the thread the child outlives its parent, and ends with its work.
    let _ = std::thread::Builder::new().name("parent".into()).spawn(|| {
        let mut byte = [0];
        while matches!(std::io::stdin().read(&mut byte), Ok(1..)) {}
        system::end_at_once(i32::from(exit::DOWN));
    });
}
