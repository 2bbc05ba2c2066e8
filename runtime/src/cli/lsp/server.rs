//! The life of a session: what may be said when, in which order answers leave,
//! and how it ends. The loop itself never waits for a check, and a mistake in
//! one answer costs that answer only.

use std::io::BufReader;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::sync::mpsc::channel;
use std::thread;

use lsp_server::ErrorCode;
use lsp_server::Message;
use lsp_server::Notification;
use lsp_server::Request;
use lsp_server::RequestId;
use lsp_server::Response;
use lsp_types as lsp;
use serde_json::Value;

use crate::cli::exit::Exit;
use crate::cli::lsp::convert;
use crate::cli::lsp::convert::Places;
use crate::cli::lsp::handlers;
use crate::cli::lsp::handlers::Asked;
use crate::cli::lsp::handlers::Refusal;
use crate::cli::lsp::judge;
use crate::cli::lsp::offer;
use crate::cli::lsp::offer::Client;
use crate::cli::lsp::points;
use crate::cli::lsp::settings::Settings;
use crate::cli::lsp::state;
use crate::cli::lsp::state::Event;
use crate::cli::lsp::state::State;
use crate::cli::lsp::state::Threads;
use crate::cli::lsp::wire;

/// Stack of the thread that checks; memory only as far as it is touched.
const STACK_BYTES: usize = 256 << 20;

/// Serves one editor on stdin and stdout.
pub fn serve() -> Result<(), Exit> {
    let (events, inbox) = channel();
    let state = start(&events).map_err(|_| Exit::Invocation)?;
    let reader = thread::Builder::new().name("read".into());
    let input = move || wire::read(&mut BufReader::new(std::io::stdin()), &events);
    reader.spawn(input).map_err(|_| Exit::Invocation)?;
    let (client, settings) = (Client::default(), Settings::default());
    Server { state, client, settings, phase: Phase::New }.run(&inbox)
}

/// Starts the threads that find things out.
fn start(events: &Sender<Event>) -> std::io::Result<State> {
    let thread = |name: &str| thread::Builder::new().name(name.into()).stack_size(STACK_BYTES);
    let (checks, work) = channel();
    let tell = events.clone();
    thread("check").spawn(move || state::check_all(&work, &tell))?;
    let (reports, work) = channel();
    let tell = events.clone();
    thread("report").spawn(move || judge::judge_all(&work, &tell))?;
    let (examples, work) = channel();
    let tell = events.clone();
    thread("examples").spawn(move || judge::judge_all(&work, &tell))?;
    Ok(State::new(Threads { checks, reports, examples }))
}

/// What has been said so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Nothing: only `initialize` is understood.
    New,
    /// At work.
    Working,
    /// After `shutdown`: only `exit` is understood.
    Done,
}

struct Server {
    state: State,
    client: Client,
    settings: Settings,
    phase: Phase,
}

/// Whether to go on.
type Go = Result<(), Result<(), Exit>>;

impl Server {
    fn run(&mut self, inbox: &Receiver<Event>) -> Result<(), Exit> {
        loop {
            let event = match self.state.pause() {
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(pause) => inbox.recv_timeout(pause),
            };
            let go = match event {
                Ok(event) => self.heed(event),
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => Err(self.end()),
            };
            if let Err(end) = go {
                return end;
            }
            self.answer_ready();
            for uri in self.state.take_due() {
                self.show(&uri);
            }
            self.state.start();
        }
    }

    /// The end is a good one only after `shutdown`.
    fn end(&self) -> Result<(), Exit> {
        if self.phase == Phase::Done { Ok(()) } else { Err(Exit::Program) }
    }

    fn heed(&mut self, event: Event) -> Go {
        match event {
            Event::Message(Message::Request(request)) => {
                self.request(request);
                Ok(())
            }
            Event::Message(Message::Notification(notification)) => self.notification(notification),
            // Nothing is asked of editors, so nothing is answered by them.
            Event::Message(Message::Response(_)) => Ok(()),
            Event::Unreadable(why) => {
                wire::unreadable(&why);
                Ok(())
            }
            Event::Closed => Err(self.end()),
            Event::Checked(checked) => {
                self.state.checked(checked);
                Ok(())
            }
            Event::Judged(judged) => {
                self.state.judged(judged);
                Ok(())
            }
        }
    }

    fn request(&mut self, request: Request) {
        let refuse = |code: ErrorCode, why: &str| Err(Refusal { code, why: why.into() });
        let answer = match (self.phase, request.method.as_str()) {
            (Phase::New, "initialize") => self.initialize(request.params.clone()),
            (Phase::New, _) => refuse(ErrorCode::ServerNotInitialized, "`initialize` comes first"),
            (Phase::Done, _) => refuse(ErrorCode::InvalidRequest, "the session has been shut down"),
            (Phase::Working, "initialize") => {
                refuse(ErrorCode::InvalidRequest, "`initialize` was said before")
            }
            (Phase::Working, "shutdown") => {
                self.phase = Phase::Done;
                Ok(Value::Null)
            }
            (Phase::Working, method) if handlers::find(method).is_some() => {
                match self.known(&request) {
                    // It waits for the check even where there is one: order is kept.
                    Ok(uri) => return self.state.wait(request, uri),
                    Err(refusal) => Err(refusal),
                }
            }
            (Phase::Working, method) => Err(Refusal {
                code: ErrorCode::MethodNotFound,
                why: format!("`{method}` is not known here"),
            }),
        };
        respond(request.id, answer);
    }

    /// The address of the open document that a request is about.
    fn known(&self, request: &Request) -> Result<String, Refusal> {
        let uri = handlers::subject(&request.params)?.as_str().to_string();
        match self.state.document(&uri) {
            Some(_) => Ok(uri),
            None => Err(Refusal::params(format!("{uri} is not open"))),
        }
    }

    fn initialize(&mut self, params: Value) -> Result<Value, Refusal> {
        let params: lsp::InitializeParams =
            serde_json::from_value(params).map_err(|error| Refusal::params(error.to_string()))?;
        self.client = Client::new(&params.capabilities);
        self.state.count_in(self.client.encoding);
        if let Some(said) = &params.initialization_options {
            self.settings.read(said);
        }
        self.state.judge(self.settings.wants_any());
        self.phase = Phase::Working;
        let result = lsp::InitializeResult {
            capabilities: offer::capabilities(&self.client),
            server_info: Some(lsp::ServerInfo {
                name: "bloom".into(),
                version: Some(env!("CARGO_PKG_VERSION").into()),
            }),
        };
        serde_json::to_value(result).map_err(|error| Refusal::failed(error.to_string()))
    }

    fn notification(&mut self, notification: Notification) -> Go {
        if notification.method == "exit" {
            return Err(self.end());
        }
        if self.phase != Phase::Working {
            return Ok(());
        }
        let params = notification.params;
        // What cannot be understood has nobody to be told to; the text stays as it was.
        match notification.method.as_str() {
            "textDocument/didOpen" => {
                if let Ok(p) = serde_json::from_value::<lsp::DidOpenTextDocumentParams>(params) {
                    let document = p.text_document;
                    let uri = document.uri.as_str().to_string();
                    self.state.open(uri, document.version, document.text);
                }
            }
            "textDocument/didChange" => {
                if let Ok(p) = serde_json::from_value::<lsp::DidChangeTextDocumentParams>(params) {
                    let document = p.text_document;
                    let uri = document.uri.as_str();
                    self.state.change(uri, document.version, p.content_changes);
                }
            }
            "textDocument/didClose" => {
                if let Ok(p) = serde_json::from_value::<lsp::DidCloseTextDocumentParams>(params) {
                    let uri = p.text_document.uri;
                    if self.state.close(uri.as_str()) {
                        publish(uri, Vec::new(), None);
                    }
                }
            }
            "workspace/didChangeConfiguration" => {
                if let Some(said) = params.get("settings") {
                    self.settings.read(said);
                    self.state.judge(self.settings.wants_any());
                }
            }
            "$/cancelRequest" => {
                let id = params.get("id").cloned().map(serde_json::from_value::<RequestId>);
                if let Some(Ok(id)) = id
                    && self.state.cancel(&id)
                {
                    let why = "cancelled".to_string();
                    respond(id, Err(Refusal { code: ErrorCode::RequestCanceled, why }));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn answer_ready(&mut self) {
        for id in self.state.outdated() {
            let why = "the text has changed".to_string();
            respond(id, Err(Refusal { code: ErrorCode::ContentModified, why }));
        }
        for (request, uri) in self.state.ready() {
            let work = || self.answer(&request, &uri);
            let answer = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
                let why = "bloom made a mistake of its own".to_string();
                Err(Refusal { code: ErrorCode::InternalError, why })
            });
            respond(request.id, answer);
        }
    }

    fn answer(&self, request: &Request, uri: &str) -> Result<Value, Refusal> {
        let address = handlers::subject(&request.params)?;
        let found = self.state.document(uri).and_then(|d| Some((d, d.analysis()?)));
        let (Some((document, analysis)), Some(handler)) = (found, handlers::find(&request.method))
        else {
            let why = "this text could not be checked".to_string();
            return Err(Refusal { code: ErrorCode::InternalError, why });
        };
        let (client, settings) = (&self.client, &self.settings);
        let coordination = document.coordination();
        let asked = Asked { uri: &address, document, analysis, coordination, client, settings };
        handler(&asked, request.params.clone())
    }

    /// Sends the messages about a document.
    fn show(&self, uri: &str) {
        let Some(document) = self.state.document(uri) else { return };
        let Ok(address) = uri.parse::<lsp::Uri>() else { return };
        let places = Places { text: &document.text, lines: &document.lines };
        let said = document.analysis().map_or(&[][..], |a| a.diagnostics());
        let mut all: Vec<lsp::Diagnostic> =
            said.iter().map(|d| convert::diagnostic(d, &address, places)).collect();
        if let Some(known) = document.coordination().filter(|_| self.settings.points) {
            all.extend(points::diagnostics(known, &address, places));
        }
        publish(address, all, Some(document.version));
    }
}

fn publish(uri: lsp::Uri, diagnostics: Vec<lsp::Diagnostic>, version: Option<i32>) {
    let params = lsp::PublishDiagnosticsParams { uri, diagnostics, version };
    let method = "textDocument/publishDiagnostics".to_string();
    wire::write(&Message::Notification(Notification::new(method, params)));
}

fn respond(id: RequestId, answer: Result<Value, Refusal>) {
    let response = match answer {
        Ok(value) => Response::new_ok(id, value),
        Err(Refusal { code, why }) => Response::new_err(id, code as i32, why),
    };
    wire::write(&Message::Response(response));
}
