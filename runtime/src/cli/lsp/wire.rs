//! Messages from and to the pipes. A message that cannot be read is handed on
//! as such: the pipe stays in step, and the sender gets to know. What messages
//! mean is not known here.

use std::io;
use std::io::BufRead;
use std::io::Write;
use std::sync::mpsc::Sender;

use lsp_server::ErrorCode;
use lsp_server::Message;

use crate::cli::lsp::state::Event;

/// Reads messages and hands them on, until the pipe or the session ends.
pub fn read(input: &mut impl BufRead, events: &Sender<Event>) {
    loop {
        let event = match Message::read(input) {
            Ok(Some(message)) => Event::Message(message),
            Ok(None) => Event::Closed,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Event::Unreadable(error.to_string())
            }
            Err(_) => Event::Closed,
        };
        let last = matches!(event, Event::Closed);
        if events.send(event).is_err() || last {
            return;
        }
    }
}

/// Sends a message; false when nobody reads any more.
pub fn write(message: &Message) -> bool {
    let mut out = io::stdout().lock();
    message.write(&mut out).is_ok()
}

/// The answer to what could not be read: it has no id to answer to.
pub fn unreadable(why: &str) -> bool {
    let message = why.split(": \"").next().unwrap_or(why);
    let error = serde_json::json!({
        "jsonrpc": "2.0",
        "id": null,
        "error": { "code": ErrorCode::ParseError as i32, "message": message },
    });
    let text = error.to_string();
    let mut out = io::stdout().lock();
    write!(out, "Content-Length: {}\r\n\r\n{text}", text.len()).and_then(|()| out.flush()).is_ok()
}
