//! The prompt at a terminal: what only a terminal has, such as completion,
//! history and giving up a line.

use std::process::Command;

use rexpect::error::Error;
use rexpect::session::PtySession;
use rexpect::session::spawn_command;

/// Milliseconds to wait for what must come; a busy machine takes its time.
const PATIENCE: u64 = 60_000;
/// With this the editor begins to read a line. What is typed before is lost.
const READS: &str = "\x1b[?2004h";

fn prompt(state: &std::path::Path) -> Result<PtySession, Error> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bloom"));
    command.arg("repl").env("XDG_STATE_HOME", state).env("TERM", "xterm").env("NO_COLOR", "1");
    let mut session = spawn_command(command, Some(PATIENCE))?;
    session.exp_string(READS)?;
    Ok(session)
}

/// Presses keys and gives all that is shown until the next line is read.
fn enter(session: &mut PtySession, keys: &str) -> Result<String, Error> {
    session.send(keys)?;
    session.flush()?;
    session.exp_string(READS)
}

/// The same for keys that end the session.
fn end(session: &mut PtySession, keys: &str) -> Result<String, Error> {
    session.send(keys)?;
    session.flush()?;
    session.exp_eof()
}

#[test]
fn lines_are_edited_completed_and_remembered() -> Result<(), Error> {
    let state = tempfile::tempdir().expect("a folder");
    let mut session = prompt(state.path())?;
    enter(&mut session, "table edge(from: int,\rto: int);\r")?;
    enter(&mut session, "edge(1, 2); edge(2, 3);\r")?;
    // Half a word and the key that completes it.
    let said = enter(&mut session, "?ed\t\r")?;
    assert!(said.contains("2 rows"), "{said:?}");
    let said = enter(&mut session, "\\rela\t\r")?;
    assert!(said.contains("table edge"), "{said:?}");
    // What was begun is given up, and nothing of it is left.
    enter(&mut session, "view lost(x: int\r\x03")?;
    let said = enter(&mut session, "?lost\r")?;
    assert!(said.contains("there is no collection `lost`"), "{said:?}");
    end(&mut session, "\x04")?;

    let mut again = prompt(state.path())?;
    // Three lines up.
    let said = enter(&mut again, "\x1b[A\x1b[A\x1b[A\x03")?;
    assert!(said.contains("?edge"), "{said:?}");
    end(&mut again, "\\quit\r")?;
    let history = std::fs::read_to_string(state.path().join("bloom/history")).expect("a history");
    assert!(history.contains("?edge"), "{history}");
    Ok(())
}
