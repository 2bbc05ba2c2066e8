//! An editor, as far as the protocol goes: it starts the tool and speaks with
//! it. It knows no answers; waiting ends after a while, so that no test hangs.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

const PATIENCE: Duration = Duration::from_secs(60);

/// The document that most tests open.
pub const URI: &str = "file:///project/main.bloom";

/// A running server and what it has said unasked.
pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    next: i64,
    /// Notifications that came while something else was waited for.
    pub heard: Vec<Value>,
}

impl Client {
    /// Starts the tool and says nothing.
    pub fn start() -> Client {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bloom"))
            .args(["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the tool starts");
        let input = child.stdin.take();
        let output = child.stdout.take().expect("there is a pipe");
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Client { child, input, messages, next: 0, heard: Vec::new() }
    }

    /// Starts a session in which columns are counted as asked for.
    pub fn working(encodings: &[&str]) -> Client {
        let mut client = Client::start();
        let capabilities = json!({
            "general": { "positionEncodings": encodings },
            "textDocument": {
                "hover": { "contentFormat": ["markdown"] },
                "completion": { "completionItem": { "snippetSupport": true } },
                "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
            },
        });
        let params = json!({ "processId": null, "rootUri": null, "capabilities": capabilities });
        let result = client.ask("initialize", params).expect("it agrees");
        let wanted = encodings.first().copied().unwrap_or("utf-16");
        assert_eq!(result["capabilities"]["positionEncoding"], wanted);
        client.tell("initialized", json!({}));
        client
    }

    /// Sends bytes as they are.
    pub fn send_raw(&mut self, text: &str) {
        let input = self.input.as_mut().expect("the pipe is open");
        input.write_all(text.as_bytes()).and_then(|()| input.flush()).expect("it reads");
    }

    /// Sends one message.
    pub fn send(&mut self, message: &Value) {
        self.send_raw(&framed(message));
    }

    /// Sends a notification.
    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// A request with a number of its own, not yet sent.
    pub fn request(&mut self, method: &str, params: Value) -> (i64, Value) {
        self.next += 1;
        let id = self.next;
        (id, json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
    }

    /// Asks and waits: the result, or the number and words of the error.
    pub fn ask(&mut self, method: &str, params: Value) -> Result<Value, (i64, String)> {
        let (id, message) = self.request(method, params);
        self.send(&message);
        self.answer(id)
    }

    /// Waits for the answer to a request.
    pub fn answer(&mut self, id: i64) -> Result<Value, (i64, String)> {
        loop {
            let message = self.receive();
            if message["id"] == id {
                return match message.get("error") {
                    None => Ok(message["result"].clone()),
                    Some(error) => {
                        let why = error["message"].as_str().unwrap_or("").to_string();
                        Err((error["code"].as_i64().unwrap_or(0), why))
                    }
                };
            }
            self.heard.push(message);
        }
    }

    /// The next message.
    pub fn receive(&mut self) -> Value {
        self.messages.recv_timeout(PATIENCE).expect("the server answers in time")
    }

    /// Opens a document.
    pub fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "bloom", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces a range, `(line, from, to)`, in the document.
    pub fn change(&mut self, version: i32, place: (u32, u32, u32), text: &str) {
        let message = changed(version, place, text);
        self.send(&message);
    }

    /// Waits for the messages about a version of a document.
    pub fn diagnostics(&mut self, uri: &str, version: i32) -> Vec<Value> {
        let wanted = |m: &Value| {
            m["method"] == "textDocument/publishDiagnostics"
                && m["params"]["uri"] == uri
                && m["params"]["version"] == version
        };
        let known = self.heard.iter().position(wanted);
        let message = match known {
            Some(i) => self.heard.remove(i),
            None => loop {
                let message = self.receive();
                if wanted(&message) {
                    break message;
                }
                self.heard.push(message);
            },
        };
        message["params"]["diagnostics"].as_array().cloned().unwrap_or_default()
    }

    /// Closes the pipe.
    pub fn hang_up(&mut self) {
        self.input = None;
    }

    /// Waits for the end: the exit code.
    pub fn code(mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }

    /// Says goodbye as one should.
    pub fn goodbye(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Ok(Value::Null));
        self.tell("exit", Value::Null);
        assert_eq!(self.code(), Some(0));
    }
}

/// The message that replaces a range on one line.
pub fn changed(version: i32, (line, from, to): (u32, u32, u32), text: &str) -> Value {
    let range = json!({
        "start": { "line": line, "character": from },
        "end": { "line": line, "character": to },
    });
    json!({
        "jsonrpc": "2.0",
        "method": "textDocument/didChange",
        "params": {
            "textDocument": { "uri": URI, "version": version },
            "contentChanges": [{ "range": range, "text": text }],
        },
    })
}

/// A place in a document, as requests name it.
pub fn at(line: u32, character: u32) -> Value {
    json!({
        "textDocument": { "uri": URI },
        "position": { "line": line, "character": character },
    })
}

/// `line:from-to` of a range on one line.
pub fn range(range: &Value) -> String {
    let (start, end) = (&range["start"], &range["end"]);
    format!("{}:{}-{}", start["line"], start["character"], end["character"])
}

/// A message as it stands on the pipe.
pub fn framed(message: &Value) -> String {
    let text = message.to_string();
    format!("Content-Length: {}\r\n\r\n{text}", text.len())
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", n)) => length = n.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
