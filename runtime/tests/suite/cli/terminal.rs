//! The prompt at a terminal: what only a terminal has, such as completion,
//! history and giving up a line.

use std::process::Command;

use rexpect::error::Error;
use rexpect::session::PtySession;
use rexpect::session::spawn_command;

/// Milliseconds to wait for what must come; a busy machine takes its time.
const PATIENCE: u64 = 60_000;

fn prompt(state: &std::path::Path) -> Result<PtySession, Error> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bloom"));
    command.arg("repl").env("XDG_STATE_HOME", state).env("TERM", "xterm").env("NO_COLOR", "1");
    let mut session = spawn_command(command, Some(PATIENCE))?;
    session.exp_string("\\help explains")?;
    session.exp_string("bloom> ")?;
    Ok(session)
}

#[test]
fn lines_are_edited_completed_and_remembered() -> Result<(), Error> {
    let state = tempfile::tempdir().expect("a folder");
    let mut session = prompt(state.path())?;
    // The prompt is drawn again with every key: what is waited for is an answer,
    // and the prompt behind it.
    session.send("table link(from: int,\r")?;
    session.send("to: int);\r")?;
    session.send("link(1, 2); link(2, 3);\r")?;
    // Half a word and the key that completes it.
    session.send("?li\t\r")?;
    session.exp_string("2 rows")?;
    session.exp_string("bloom> ")?;
    session.send("\\rela\t\r")?;
    session.exp_string("from, to")?;
    session.exp_string("bloom> ")?;
    // What was begun is given up, and nothing of it is left.
    session.send("view lost(x: int\r")?;
    session.send_control('c')?;
    session.send("?lost\r")?;
    session.exp_string("there is no collection `lost`")?;
    session.exp_string("bloom> ")?;
    session.send_control('d')?;
    session.exp_eof()?;

    let mut again = prompt(state.path())?;
    // The third line before this one.
    again.send("\x1b[A\x1b[A\x1b[A")?;
    again.exp_string("?link")?;
    again.send_control('c')?;
    again.send("\\quit\r")?;
    again.exp_eof()?;
    let history = std::fs::read_to_string(state.path().join("bloom/history")).expect("a history");
    assert!(history.contains("?link"), "{history}");
    Ok(())
}
