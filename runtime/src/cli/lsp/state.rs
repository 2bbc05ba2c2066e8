//! Open documents and what is known about them. A text is checked on a thread
//! of its own; requests that come before the check is done wait here, so the
//! loop never does. A newer edit makes a check, and the requests that waited
//! for it, out of date. What requests ask for is not known here.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;
use std::time::Duration;
use std::time::Instant;

use bloom_compiler::driver;
use bloom_compiler::ide::Analysis;
use bloom_compiler::ide::Coordination;
use lsp_server::Message;
use lsp_server::Request;
use lsp_server::RequestId;
use lsp_types::TextDocumentContentChangeEvent;

use crate::cli::lsp::handlers;
use crate::cli::lsp::judge;
use crate::cli::lsp::judge::Judged;
use crate::cli::lsp::lines::Encoding;
use crate::cli::lsp::lines::Lines;
use crate::embed::Imports;

/// Time without an edit after which messages are shown.
const QUIET: Duration = Duration::from_millis(60);

/// Time without an edit after which it is found out who has to wait.
const STOPPED: Duration = Duration::from_millis(150);

/// How much longer messages wait for those about points, so that these do not vanish
/// and come back at every edit.
const TOGETHER: Duration = Duration::from_millis(200);

/// What the loop waits for.
pub enum Event {
    /// The editor says something.
    Message(Message),
    /// It said something that is no message; why.
    Unreadable(String),
    /// The pipe was closed.
    Closed,
    /// A text was checked.
    Checked(Checked),
    /// Who has to wait in a text was found out.
    Judged(Judged),
}

/// Where work goes.
#[allow(missing_docs)]
pub struct Threads {
    pub checks: Sender<Job>,
    pub reports: Sender<judge::Job>,
    pub examples: Sender<judge::Job>,
}

/// A text to check.
pub struct Job {
    uri: String,
    edit: u64,
    text: String,
    /// Texts of all open documents, which are newer than those on the disk.
    open: Vec<(PathBuf, String)>,
}

/// A text that was checked; without an analysis the compiler made a mistake.
pub struct Checked {
    uri: String,
    edit: u64,
    analysis: Option<Arc<Analysis>>,
}

/// Checks texts until nobody sends any more.
pub fn check_all(jobs: &Receiver<Job>, events: &Sender<Event>) {
    while let Ok(Job { uri, edit, text, open }) = jobs.recv() {
        let name = uri.rsplit('/').next().unwrap_or(&uri).to_string();
        let imports = match path_of(&uri) {
            Some(path) => Imports::of(&path).with_open(open),
            None => Imports::library(),
        };
        let options = driver::Options { loader: imports.shared(), ..driver::Options::default() };
        let check = || Arc::new(Analysis::new(&name, &text, &options));
        let analysis = catch_unwind(AssertUnwindSafe(check)).ok();
        if events.send(Event::Checked(Checked { uri, edit, analysis })).is_err() {
            return;
        }
    }
}

/// The file of an address; none of a document that is in the editor only.
fn path_of(uri: &str) -> Option<PathBuf> {
    let written = uri.strip_prefix("file://")?;
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = |b: u8| char::from(b).to_digit(16);
        let code = match after {
            [a, b, ..] if *first == b'%' => hex(*a).zip(hex(*b)),
            _ => None,
        };
        match code {
            Some((a, b)) => {
                bytes.push((a * 16 + b) as u8);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

/// An open document.
pub struct Document {
    /// Its text.
    pub text: String,
    /// Where its lines begin.
    pub lines: Lines,
    /// The number that the editor gives to this text.
    pub version: i32,
    /// Number of the edit that made this text; never used twice.
    edit: u64,
    /// The check of this text.
    analysis: Option<Arc<Analysis>>,
    /// The check of this text broke down.
    broken: bool,
    /// When its messages are to be shown.
    due: Option<Instant>,
    /// Who has to wait.
    coordination: Option<Arc<Coordination>>,
    /// Finding that out broke down.
    unjudged: bool,
    /// When it is to be found out; nothing once somebody does.
    judge_at: Option<Instant>,
    /// Whether examples and changes are to be looked for.
    deepen: bool,
}

impl Document {
    /// What is known about the text as it is now.
    pub fn analysis(&self) -> Option<&Analysis> {
        self.analysis.as_deref()
    }

    /// Who has to wait in the text as it is now, as far as it is known.
    pub fn coordination(&self) -> Option<&Coordination> {
        self.coordination.as_deref()
    }

    /// Makes what was found out about another text no longer known.
    fn forget(&mut self, edit: u64, now: Instant) {
        self.edit = edit;
        self.analysis = None;
        self.broken = false;
        self.due = Some(now + QUIET);
        self.coordination = None;
        self.unjudged = false;
        self.judge_at = Some(now + STOPPED);
        self.deepen = false;
    }
}

/// A request that waits for a check.
struct Waiting {
    request: Request,
    uri: String,
    edit: u64,
}

/// All documents.
pub struct State {
    documents: BTreeMap<String, Document>,
    waiting: Vec<Waiting>,
    encoding: Encoding,
    edits: u64,
    threads: Threads,
    busy: bool,
    /// Whether it is to be found out who has to wait.
    judges: bool,
    judging: bool,
    deepening: bool,
}

impl State {
    /// Without documents; work goes to `threads`.
    pub fn new(threads: Threads) -> State {
        State {
            documents: BTreeMap::new(),
            waiting: Vec::new(),
            encoding: Encoding::default(),
            edits: 0,
            threads,
            busy: false,
            judges: true,
            judging: false,
            deepening: false,
        }
    }

    /// Sets whether it is to be found out who has to wait; what is known of all
    /// documents is shown anew.
    pub fn judge(&mut self, judges: bool) {
        self.judges = judges;
        let now = Instant::now();
        for document in self.documents.values_mut() {
            document.due.get_or_insert(now);
        }
    }

    /// Sets how the editor counts; before any document is opened.
    pub fn count_in(&mut self, encoding: Encoding) {
        self.encoding = encoding;
    }

    /// A document by its address.
    pub fn document(&self, uri: &str) -> Option<&Document> {
        self.documents.get(uri)
    }

    /// Opens a document, or gives it a wholly new text.
    pub fn open(&mut self, uri: String, version: i32, text: String) {
        self.edits += 1;
        let document = Document {
            lines: Lines::new(&text, self.encoding),
            text,
            version,
            edit: self.edits,
            analysis: None,
            broken: false,
            due: Some(Instant::now()),
            coordination: None,
            unjudged: false,
            judge_at: Some(Instant::now()),
            deepen: false,
        };
        self.documents.insert(uri, document);
    }

    /// Changes a document; false when it is not open.
    pub fn change(
        &mut self,
        uri: &str,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) -> bool {
        let Some(document) = self.documents.get_mut(uri) else { return false };
        for change in changes {
            match change.range {
                None => document.text = change.text,
                Some(range) => {
                    let range = document.lines.bytes(&document.text, range);
                    document.text.replace_range(range, &change.text);
                }
            }
            document.lines = Lines::new(&document.text, self.encoding);
        }
        self.edits += 1;
        document.version = version;
        document.forget(self.edits, Instant::now());
        true
    }

    /// Closes a document.
    pub fn close(&mut self, uri: &str) -> bool {
        self.documents.remove(uri).is_some()
    }

    /// Lets a request wait for the check of the text as it is now.
    pub fn wait(&mut self, request: Request, uri: String) {
        let edit = self.documents.get(&uri).map_or(0, |d| d.edit);
        self.waiting.push(Waiting { request, uri, edit });
    }

    /// Takes out a request that is no longer wanted.
    pub fn cancel(&mut self, id: &RequestId) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|w| w.request.id != *id);
        self.waiting.len() < before
    }

    /// Takes out the requests whose text is gone.
    pub fn outdated(&mut self) -> Vec<RequestId> {
        let documents = &self.documents;
        let current =
            |w: &Waiting| documents.get(&w.uri).is_some_and(|document| document.edit == w.edit);
        let (kept, gone): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(current);
        self.waiting = kept;
        gone.into_iter().map(|w| w.request.id).collect()
    }

    /// Takes out the requests that can be answered now.
    pub fn ready(&mut self) -> Vec<(Request, String)> {
        let (documents, judges) = (&self.documents, self.judges);
        let known = |w: &Waiting| {
            documents.get(&w.uri).is_some_and(|d| match handlers::needs_report(&w.request.method) {
                true if judges => d.coordination.is_some() || d.unjudged || d.broken,
                _ => d.analysis.is_some() || d.broken,
            })
        };
        let (ready, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(known);
        self.waiting = kept;
        ready.into_iter().map(|w| (w.request, w.uri)).collect()
    }

    /// Keeps what was found, unless the text has changed meanwhile.
    pub fn checked(&mut self, checked: Checked) {
        self.busy = false;
        let Some(document) = self.documents.get_mut(&checked.uri) else { return };
        if document.edit == checked.edit {
            document.broken = checked.analysis.is_none();
            document.analysis = checked.analysis;
        }
    }

    /// Keeps who has to wait, unless the text has changed meanwhile.
    pub fn judged(&mut self, judged: Judged) {
        match judged.is_deep {
            true => self.deepening = false,
            false => self.judging = false,
        }
        let Some(document) = self.documents.get_mut(&judged.uri) else { return };
        if document.edit != judged.edit {
            return;
        }
        let Some(found) = judged.found else {
            // Without examples there is still the report.
            document.unjudged = !judged.is_deep;
            return;
        };
        document.deepen = !judged.is_deep && found.can_be_deepened();
        if !found.report.points.is_empty() || !found.report.faults.is_empty() {
            document.due.get_or_insert_with(Instant::now);
        }
        document.coordination = Some(found);
    }

    /// Starts whatever is wanted and has nobody busy with it.
    pub fn start(&mut self) {
        self.start_check();
        if self.judges && !self.judging {
            self.start_report();
        }
        if self.judges && !self.deepening {
            self.start_examples();
        }
    }

    fn start_report(&mut self) {
        let now = Instant::now();
        for (uri, document) in &mut self.documents {
            let is_due = document.judge_at.is_some_and(|at| at <= now);
            let Some(analysis) = document.analysis.clone().filter(|_| is_due) else { continue };
            document.judge_at = None;
            let job = judge::Job { uri: uri.clone(), edit: document.edit, analysis, known: None };
            self.judging = self.threads.reports.send(job).is_ok();
            return;
        }
    }

    fn start_examples(&mut self) {
        for (uri, document) in &mut self.documents {
            let known = document.coordination.clone().filter(|_| document.deepen);
            let Some(analysis) = document.analysis.clone().filter(|_| known.is_some()) else {
                continue;
            };
            document.deepen = false;
            let job = judge::Job { uri: uri.clone(), edit: document.edit, analysis, known };
            self.deepening = self.threads.examples.send(job).is_ok();
            return;
        }
    }

    /// Starts the next check, if one is wanted: those that requests wait for
    /// come first.
    fn start_check(&mut self) {
        if self.busy {
            return;
        }
        let unknown = |d: &Document| d.analysis.is_none() && !d.broken;
        let now = Instant::now();
        let asked = self.waiting.iter().map(|w| &w.uri);
        let due = self
            .documents
            .iter()
            .filter(|(_, d)| d.due.is_some_and(|due| due <= now))
            .map(|(uri, _)| uri);
        let next = asked
            .chain(due)
            .find_map(|uri| self.documents.get_key_value(uri).filter(|(_, d)| unknown(d)));
        if let Some((uri, document)) = next {
            let (uri, text) = (uri.clone(), document.text.clone());
            let open = self.documents.iter().filter(|(other, _)| **other != uri);
            let open = open.filter_map(|(uri, d)| Some((path_of(uri)?, d.text.clone()))).collect();
            let job = Job { uri, edit: document.edit, text, open };
            self.busy = self.threads.checks.send(job).is_ok();
        }
    }

    /// Documents whose messages are to be shown now, each told once.
    pub fn take_due(&mut self) -> Vec<String> {
        let (now, judges) = (Instant::now(), self.judges);
        let mut found = Vec::new();
        for (uri, document) in &mut self.documents {
            let Some(due) = document.due.filter(|due| *due <= now) else { continue };
            let is_known = match &document.analysis {
                None => document.broken,
                // Mistakes are told at once.
                Some(analysis) if analysis.has_errors() || !judges => true,
                Some(_) => {
                    let is_judged = document.coordination.is_some() || document.unjudged;
                    is_judged || due + TOGETHER <= now
                }
            };
            if is_known {
                document.due = None;
                found.push(uri.clone());
            }
        }
        found
    }

    /// How long nothing has to be done unless something happens.
    pub fn pause(&self) -> Option<Duration> {
        let now = Instant::now();
        let shown =
            self.documents.values().filter_map(|d| d.due).flat_map(|due| [due, due + TOGETHER]);
        let judged = self.documents.values().filter_map(|d| d.judge_at).filter(|_| self.judges);
        let due = shown.chain(judged);
        // What is due already waits for its check, which is an event.
        due.filter(|due| *due > now).min().map(|due| due - now)
    }
}
