//! Lines of stdin and of files as events. A thread reads each of them and
//! hands on whole lines; the node makes events of them when it has room. What
//! events are for is not known here.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI32;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::SyncSender;

use bloom_compiler::diag::codes;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir::Type;

use crate::cli::exit::Exit;
use crate::cli::node::Told;
use crate::cli::system;
use crate::cli::talk::Talk;
use crate::connect::events;
use crate::connect::piece::Bad;
use crate::connect::rejects;
use crate::connect::schema::Schema;
use crate::tick::Gift;
use crate::tick::Heard;
use crate::tick::Source;
use crate::tick::Wait;
use crate::value::interner::Interner;

/// Bytes read at a time.
const BLOCK_BYTES: usize = 64 << 10;
/// Blocks that wait for the node before the readers have to.
const BLOCKS_WAITING: usize = 16;
/// Longest line.
const LINE_BYTES_MAX: usize = 64 << 20;

/// What the names in lines of events stand for.
pub struct Names {
    /// What may be given.
    pub open: BTreeMap<String, RelId>,
    /// What may not, with the reason.
    pub closed: BTreeMap<String, &'static str>,
}

/// Something that is read line by line.
pub enum Feed {
    /// Every line is an event of this collection.
    Stdin(RelId),
    /// Lines of events; `-` is stdin.
    Events(PathBuf),
}

enum Arrival {
    /// Whole lines.
    Lines(usize, Vec<u8>),
    /// The end of one.
    End(Option<String>),
    /// Someone wants the node to end.
    Wake,
}

/// Lines that were read and are no events yet.
struct Block {
    feed: usize,
    text: Vec<u8>,
    at: usize,
}

/// Events from lines.
pub struct Lines<'a> {
    pub types: &'a [Type],
    pub schemas: &'a [Schema],
    pub names: &'a Names,
    pub talk: &'a Talk,
    /// Leave bad lines out instead of ending, and where they go.
    pub reject: bool,
    pub rejects: Option<&'a Path>,
    /// Whether the node stays when all lines are read.
    pub stay: bool,
    feeds: Vec<(String, Option<RelId>)>,
    /// Lines read, by feed.
    read: Vec<u64>,
    arrivals: Receiver<Arrival>,
    blocks: VecDeque<Block>,
    open: usize,
    /// Whether it was asked before.
    begun: bool,
    signal: Arc<AtomicI32>,
}

impl<'a> Lines<'a> {
    /// Begins to read.
    pub fn new(
        types: &'a [Type],
        schemas: &'a [Schema],
        names: &'a Names,
        talk: &'a Talk,
        feeds: Vec<Feed>,
    ) -> Result<Lines<'a>, Exit> {
        let (send, arrivals) = mpsc::sync_channel(BLOCKS_WAITING);
        let mut known = Vec::new();
        for (at, feed) in feeds.into_iter().enumerate() {
            let (name, rel, from): (_, _, Box<dyn Read + Send>) = match feed {
                Feed::Stdin(rel) => ("stdin".to_owned(), Some(rel), Box::new(io::stdin())),
                Feed::Events(path) if crate::cli::paths::is_stdin(&path) => {
                    ("stdin".to_owned(), None, Box::new(io::stdin()))
                }
                Feed::Events(path) => {
                    let name = path.display().to_string();
                    let file = File::open(&path)
                        .map_err(|error| talk.refuse(format!("cannot read {name}: {error}")))?;
                    (name, None, Box::new(file))
                }
            };
            known.push((name.clone(), rel));
            let send = send.clone();
            let reader = std::thread::Builder::new().name(name);
            reader
                .spawn(move || read(at, from, &send))
                .map_err(|error| talk.refuse(format!("cannot start a reader: {error}")))?;
        }
        let signal = Arc::new(AtomicI32::new(0));
        let heard = signal.clone();
        system::on_interrupt(move |number| {
            heard.store(number, Ordering::Release);
            // A node with a full queue is not asleep.
            let _ = send.try_send(Arrival::Wake);
        });
        Ok(Lines {
            types,
            schemas,
            names,
            talk,
            reject: false,
            rejects: None,
            stay: false,
            open: known.len(),
            begun: false,
            read: vec![0; known.len()],
            feeds: known,
            arrivals,
            blocks: VecDeque::new(),
            signal,
        })
    }

    fn take(&mut self, arrival: Arrival) -> io::Result<()> {
        match arrival {
            Arrival::Lines(feed, text) => self.blocks.push_back(Block { feed, text, at: 0 }),
            Arrival::End(why) => {
                self.open -= 1;
                if let Some(why) = why {
                    return Err(io::Error::other(why));
                }
            }
            Arrival::Wake => {}
        }
        Ok(())
    }

    /// Events of the lines that are there.
    fn gifts(&mut self, room: usize, interner: &mut Interner) -> io::Result<Vec<Gift>> {
        let mut gifts = Vec::new();
        while gifts.len() < room {
            let Some(block) = self.blocks.front_mut() else { break };
            let rest = &block.text[block.at..];
            if rest.is_empty() {
                self.blocks.pop_front();
                continue;
            }
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let line = rest[..end].strip_suffix(b"\n").unwrap_or(&rest[..end]);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let feed = block.feed;
            self.read[feed] += 1;
            let number = self.read[feed];
            let (name, rel) = &self.feeds[feed];
            let given = match rel {
                Some(rel) => said(*rel, line, number, interner),
                None if line.trim_ascii().is_empty() => Ok(Gift::default()),
                None => {
                    let layout = events::Layout {
                        types: self.types,
                        schemas: self.schemas,
                        names: &self.names.open,
                        others: &self.names.closed,
                    };
                    event(&layout, line, number, interner)
                }
            };
            let name = name.clone();
            block.at += end;
            match given {
                Ok(gift) if gift.is_empty() => {}
                Ok(gift) => gifts.push(gift),
                Err((bad, rel)) => self.bad(&name, &bad, rel)?,
            }
        }
        Ok(gifts)
    }

    /// A line that is none.
    fn bad(&self, name: &str, bad: &Bad, rel: Option<RelId>) -> io::Result<()> {
        let none = Schema { rel: RelId(0), name: String::new(), columns: Vec::new() };
        let schema = rel.map_or(&none, |rel| &self.schemas[rel.index()]);
        let code = codes::BAD_RECORD.to_string();
        let place = (name, bad.line, bad.column);
        let message = rejects::message(bad, schema);
        if !self.reject {
            self.talk.bad(&code, place, &message);
            self.talk.error("the run ends here; --on-bad-row reject goes on without such lines");
            return Err(io::Error::other(Told(Exit::Program)));
        }
        let Some(path) = self.rejects else {
            self.talk
                .note(&format!("{name}:{}:{}: left out a line: {message}", bad.line, bad.column));
            return Ok(());
        };
        let told = |error: io::Error| {
            let exit = self.talk.refuse(format!("cannot write {}: {error}", path.display()));
            io::Error::other(Told(exit))
        };
        let file = OpenOptions::new().append(true).create(true).open(path);
        let mut file = file.map_err(told)?;
        if file.metadata().map_err(told)?.len() == 0 {
            file.write_all(rejects::HEADER.as_bytes()).map_err(told)?;
        }
        rejects::write(&mut file, name, schema, std::slice::from_ref(bad)).map_err(told)
    }
}

impl Drop for Lines<'_> {
    fn drop(&mut self) {
        system::on_no_interrupt();
    }
}

/// A line of stdin.
fn said(
    rel: RelId,
    line: &[u8],
    number: u64,
    interner: &mut Interner,
) -> Result<Gift, (Bad, Option<RelId>)> {
    match std::str::from_utf8(line) {
        Ok(_) => Ok(Gift::one(rel, vec![interner.bytes(line), number])),
        Err(error) => {
            let before = String::from_utf8_lossy(&line[..error.valid_up_to()]);
            let bad = Bad {
                line: number,
                column: before.chars().count() + 1,
                field: None,
                message: "this is no UTF-8 text".into(),
                record: line.to_vec(),
            };
            Err((bad, None))
        }
    }
}

/// A line of events.
fn event(
    layout: &events::Layout<'_>,
    line: &[u8],
    number: u64,
    interner: &mut Interner,
) -> Result<Gift, (Bad, Option<RelId>)> {
    events::read(layout, line, number, interner).map_err(|bad| {
        let at = bad.trouble.at.min(line.len());
        let column = String::from_utf8_lossy(&line[..at]).chars().count() + 1;
        let bad_line = Bad {
            line: number,
            column,
            field: bad.trouble.field,
            message: bad.trouble.mismatch.0,
            record: line.to_vec(),
        };
        (bad_line, bad.rel)
    })
}

impl Source for Lines<'_> {
    fn next(
        &mut self,
        room: usize,
        wait: Wait,
        interner: &mut Interner,
    ) -> Result<Heard, io::Error> {
        loop {
            let signal = self.signal.load(Ordering::Acquire);
            if signal != 0 {
                return Ok(Heard::Interrupted(signal));
            }
            // What is there at the start has a tick of its own, however long it took
            // to begin and however quick the reader was.
            if !std::mem::replace(&mut self.begun, true) && wait == Wait::Not {
                return Ok(Heard::Gifts(Vec::new()));
            }
            while self.blocks.len() < BLOCKS_WAITING
                && let Ok(arrival) = self.arrivals.try_recv()
            {
                self.take(arrival)?;
            }
            let gifts = self.gifts(room, interner)?;
            if !gifts.is_empty() || wait == Wait::Not {
                return Ok(Heard::Gifts(gifts));
            }
            let arrival = match wait {
                Wait::For(time) => match self.arrivals.recv_timeout(time) {
                    Ok(arrival) => arrival,
                    Err(RecvTimeoutError::Timeout) => return Ok(Heard::Gifts(Vec::new())),
                    Err(RecvTimeoutError::Disconnected) => return Ok(Heard::Ended),
                },
                _ if self.open == 0 && !self.stay => return Ok(Heard::Ended),
                _ => match self.arrivals.recv() {
                    Ok(arrival) => arrival,
                    Err(_) => return Ok(Heard::Ended),
                },
            };
            self.take(arrival)?;
        }
    }
}

/// Reads to the end, and hands on whole lines.
fn read(feed: usize, mut from: Box<dyn Read + Send>, to: &SyncSender<Arrival>) {
    let mut text = Vec::new();
    let why = loop {
        let old = text.len();
        if old > LINE_BYTES_MAX {
            break Some(format!("a line is longer than {} MiB", LINE_BYTES_MAX >> 20));
        }
        text.resize(old + BLOCK_BYTES, 0);
        match from.read(&mut text[old..]) {
            Ok(0) => {
                text.truncate(old);
                break None;
            }
            Ok(n) => text.truncate(old + n),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => text.truncate(old),
            Err(error) => break Some(error.to_string()),
        }
        if let Some(end) = memchr::memrchr(b'\n', &text[old..]) {
            let rest = text.split_off(old + end + 1);
            let whole = std::mem::replace(&mut text, rest);
            if to.send(Arrival::Lines(feed, whole)).is_err() {
                // The node has ended.
                return;
            }
        }
    };
    if why.is_none() && !text.is_empty() {
        let _ = to.send(Arrival::Lines(feed, text));
    }
    let _ = to.send(Arrival::End(why));
}
