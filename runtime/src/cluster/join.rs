//! How the processes of a node find each other: each calls those with lower
//! numbers and answers those with higher ones, until all have met all in the
//! same epoch. Strangers cost a little time and nothing else.

use std::io;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::net::TcpStream;
use std::net::ToSocketAddrs;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use crate::cluster::frames::Broken;
use crate::cluster::frames::Kind;
use crate::cluster::frames::Receiver;
use crate::cluster::frames::Sender;
use crate::cluster::handshake;
use crate::cluster::handshake::Met;
use crate::cluster::handshake::Unmet;
use crate::cluster::hello::Terms;
use crate::cluster::hosts::Host;
use crate::cluster::hosts::Hosts;
use crate::cluster::key::Key;
use crate::cluster::parting;

/// A greeting has to be over by then.
const GREETING: Duration = Duration::from_secs(5);
/// Greetings that may be under way at once; who comes then is turned away.
const GREETINGS_MAX: usize = 64;
/// How long one attempt to connect may take.
const CONNECT: Duration = Duration::from_secs(2);
/// Between two attempts, or two looks around.
const PAUSE: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_millis(500);
/// After that it is told who is waited for.
const WORRY: Duration = Duration::from_secs(3);
/// A frame that has begun has to be complete by then.
const FRAME: Duration = Duration::from_secs(5);

/// A process that was met, and both sides of the connection.
pub struct Link {
    /// A handle to ask about the connection, and to close it.
    pub stream: TcpStream,
    /// For this process.
    pub sender: Sender,
    /// For a thread of its own.
    pub receiver: Receiver,
    epoch: u64,
    /// Whether that process goes on from tick to tick.
    pub ticks: bool,
    said_ready: bool,
    is_ready: bool,
}

/// Why there is no node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Apart {
    /// The port of this process cannot be had.
    Port(String),
    /// Two processes do not belong together; whoever begins them can mend it.
    Disagree(String),
    /// Not all were there in time.
    Missing(String),
    /// A process ended meanwhile, with an exit code and its reason.
    Told(usize, u8, String),
}

/// What the threads of a join share.
struct Shared {
    hosts: Hosts,
    key: Key,
    terms: Terms,
    /// Grows when someone is met who knows a later one.
    epoch: AtomicU64,
    over: AtomicBool,
    greetings: AtomicUsize,
    strangers: AtomicU64,
    /// By process: whether it is met; and if not, why not.
    met: Vec<AtomicBool>,
    why: Mutex<Vec<String>>,
}

impl Shared {
    fn terms(&self) -> Terms {
        Terms { epoch: self.epoch.load(Ordering::SeqCst), ..self.terms }
    }

    fn excuse(&self, process: usize, why: String) {
        let mut all = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = all.get_mut(process) {
            *slot = why;
        }
    }
}

type Found = (Option<usize>, Result<Met, Unmet>);

/// Meets all other processes.
pub fn join(
    hosts: &Hosts,
    key: &Key,
    terms: Terms,
    patience: Duration,
    waits: &dyn Fn(&str),
) -> Result<(u64, Vec<Option<Link>>), Apart> {
    let me = usize::from(terms.process);
    let Some(own) = hosts.get(me) else {
        return Err(Apart::Port(format!("process {me} is not in the list of hosts")));
    };
    let listener = listen(own)
        .map_err(|error| Apart::Port(format!("process {me} cannot listen on {own}: {error}")))?;
    let shared = Arc::new(Shared {
        hosts: hosts.clone(),
        key: key.clone(),
        terms,
        epoch: AtomicU64::new(terms.epoch),
        over: AtomicBool::new(false),
        greetings: AtomicUsize::new(0),
        strangers: AtomicU64::new(0),
        met: (0..hosts.count()).map(|_| AtomicBool::new(false)).collect(),
        why: Mutex::new(vec!["no answer".to_owned(); hosts.count()]),
    });
    let (finds, found) = mpsc::channel();
    for to in 0..me {
        let (shared, finds) = (shared.clone(), finds.clone());
        begin("node-call", move || calls(&shared, to, &finds))?;
    }
    let listening = (me + 1 < hosts.count()).then(|| {
        let shared = shared.clone();
        begin("node-listen", move || answers(&shared, &listener, &finds))
    });
    let listening = listening.transpose()?;
    let mut table = Table { me, links: (0..hosts.count()).map(|_| None).collect(), shared };
    let result = table.meet(&found, patience, waits);
    table.shared.over.store(true, Ordering::SeqCst);
    // Who comes after the node has come together finds the port closed.
    listening
        .map(JoinHandle::join)
        .transpose()
        .map_err(|_| Apart::Port("the thread that listens came to an end".to_owned()))?;
    if let Err(Apart::Disagree(why)) = &result {
        let links = table.links.iter_mut().flatten();
        parting::tell(links.map(|link| &mut link.sender), parting::WRONG_CODE, why);
    }
    result?;
    Ok((table.shared.epoch.load(Ordering::SeqCst), table.links))
}

fn begin(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Apart> {
    let begun = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    begun.map_err(|error| Apart::Port(format!("the system gives no thread: {error}")))
}

/// Listens where others look for this process; where the name of the host is
/// not an address of this machine, as behind a translation of addresses, on
/// all of its addresses.
fn listen(host: &Host) -> io::Result<TcpListener> {
    let listener = match TcpListener::bind((host.name.as_str(), host.port)) {
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable && !host.is_loopback() => {
            TcpListener::bind(("0.0.0.0", host.port))?
        }
        result => result?,
    };
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Calls a process until it is met, and again when it is lost.
fn calls(shared: &Shared, to: usize, finds: &mpsc::Sender<Found>) {
    let mut pause = PAUSE;
    while !shared.over.load(Ordering::SeqCst) {
        if shared.met[to].load(Ordering::SeqCst) {
            std::thread::sleep(PAUSE);
            continue;
        }
        let result = connect(shared, to).and_then(|stream| {
            let until = Instant::now() + GREETING;
            handshake::call(stream, &shared.key, &shared.terms(), to as u16, until)
        });
        if result.is_ok() {
            shared.met[to].store(true, Ordering::SeqCst);
            pause = PAUSE;
        }
        if finds.send((Some(to), result)).is_err() {
            return;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

fn connect(shared: &Shared, to: usize) -> Result<TcpStream, Unmet> {
    let host = shared.hosts.get(to).ok_or(Unmet::Number)?;
    let lost = |error: io::Error| {
        Unmet::Lost(match error.kind() {
            ErrorKind::ConnectionRefused => "nobody listens there".to_owned(),
            ErrorKind::TimedOut | ErrorKind::WouldBlock => "no answer".to_owned(),
            _ => error.to_string(),
        })
    };
    let mut last = Unmet::Lost("the name has no address".to_owned());
    for address in (host.name.as_str(), host.port).to_socket_addrs().map_err(lost)? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            // Two ends on one port of this machine can meet themselves.
            Ok(stream) if stream.local_addr().ok() == stream.peer_addr().ok() => {}
            Ok(stream) => {
                stream.set_nodelay(true).map_err(lost)?;
                return Ok(stream);
            }
            Err(error) => last = lost(error),
        }
    }
    Err(last)
}

/// Answers whoever calls, each in a thread of its own, so that nobody who is
/// slow holds up another.
fn answers(shared: &Arc<Shared>, listener: &TcpListener, finds: &mpsc::Sender<Found>) {
    while !shared.over.load(Ordering::SeqCst) {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            // Also when the system has no more connections to give.
            Err(_) => {
                std::thread::sleep(PAUSE);
                continue;
            }
        };
        if shared.greetings.fetch_add(1, Ordering::SeqCst) >= GREETINGS_MAX {
            shared.greetings.fetch_sub(1, Ordering::SeqCst);
            shared.strangers.fetch_add(1, Ordering::SeqCst);
            continue;
        }
        let (all, told) = (shared.clone(), finds.clone());
        let greet = move || {
            let until = Instant::now() + GREETING;
            let ready = stream.set_nonblocking(false).and_then(|()| stream.set_nodelay(true));
            let result = match ready {
                Ok(()) => handshake::answer(stream, &all.key, &all.terms(), until),
                Err(error) => Err(Unmet::Lost(error.to_string())),
            };
            all.greetings.fetch_sub(1, Ordering::SeqCst);
            // When nobody waits any more, the connection just closes.
            let _ = told.send((None, result));
        };
        if begin("node-answer", greet).is_err() {
            shared.greetings.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Who is met so far.
struct Table {
    me: usize,
    links: Vec<Option<Link>>,
    shared: Arc<Shared>,
}

impl Table {
    fn meet(
        &mut self,
        found: &mpsc::Receiver<Found>,
        patience: Duration,
        waits: &dyn Fn(&str),
    ) -> Result<(), Apart> {
        let begun = Instant::now();
        let mut told = false;
        loop {
            match found.recv_timeout(PAUSE) {
                Ok((_, Ok(met))) => self.take(met),
                Ok((to, Err(unmet))) => self.missed(to, unmet)?,
                Err(_) => {}
            }
            self.look()?;
            let all = |of: fn(&Link) -> bool| {
                let others = self.links.iter().enumerate().filter(|(i, _)| *i != self.me);
                others.map(|(_, link)| link.as_ref()).all(|link| link.is_some_and(of))
            };
            if all(|link| link.said_ready && link.is_ready) {
                return Ok(());
            }
            if all(|_| true) {
                self.say_ready();
            }
            if begun.elapsed() >= patience {
                let patience = patience.as_secs_f64();
                let absent = self.missing();
                return Err(Apart::Missing(format!("not there after {patience} s: {absent}")));
            }
            if begun.elapsed() >= WORRY && !told {
                told = true;
                waits(&format!("waiting for {}", self.missing()));
            }
        }
    }

    fn take(&mut self, met: Met) {
        let known = self.shared.epoch.fetch_max(met.epoch, Ordering::SeqCst).max(met.epoch);
        let process = met.peer;
        if process >= self.links.len() {
            return;
        }
        let receiver = met.stream.try_clone().map(|stream| Receiver::new(stream, met.hears));
        let (stream, receiver) = match (met.stream.try_clone(), receiver) {
            (Ok(stream), Ok(receiver))
                if met.epoch == known && receiver.wait_for(FRAME).is_ok() =>
            {
                (stream, receiver)
            }
            _ => {
                let is_met = self.links[process].is_some();
                self.shared.met[process].store(is_met, Ordering::SeqCst);
                return;
            }
        };
        // Who is met anew has forgotten the connection before.
        self.links[process] = Some(Link {
            stream,
            sender: Sender::new(met.stream, met.sends),
            receiver,
            epoch: met.epoch,
            ticks: met.ticks,
            said_ready: false,
            is_ready: false,
        });
        self.shared.met[process].store(true, Ordering::SeqCst);
        for process in 0..self.links.len() {
            if self.links[process].as_ref().is_some_and(|link| link.epoch < known) {
                self.lose(process);
            }
        }
    }

    fn lose(&mut self, process: usize) {
        self.links[process] = None;
        self.shared.met[process].store(false, Ordering::SeqCst);
    }

    /// A meeting that did not come about; some never will.
    fn missed(&mut self, to: Option<usize>, unmet: Unmet) -> Result<(), Apart> {
        let me = self.me;
        if let Unmet::Disagree(why) = unmet {
            return Err(Apart::Disagree(why));
        }
        let Some(to) = to else {
            self.shared.strangers.fetch_add(1, Ordering::SeqCst);
            return Ok(());
        };
        let host = self.shared.hosts.get(to).map(ToString::to_string).unwrap_or_default();
        match unmet {
            Unmet::Lost(why) => self.shared.excuse(to, why),
            Unmet::Stranger => {
                self.shared.excuse(to, "who answers there is not bloom".to_owned());
            }
            Unmet::Key => {
                return Err(Apart::Disagree(format!(
                    "process {to} ({host}) has another key than process {me}"
                )));
            }
            Unmet::Protocol(_) => {
                return Err(Apart::Disagree(format!(
                    "process {to} ({host}) is another version of bloom than process {me}"
                )));
            }
            Unmet::Number | Unmet::Disagree(_) => {
                return Err(Apart::Disagree(format!(
                    "who listens on {host} is not process {to}; the lists of hosts differ"
                )));
            }
        }
        Ok(())
    }

    /// Looks at every connection for what came, or whether it is closed.
    fn look(&mut self) -> Result<(), Apart> {
        for process in 0..self.links.len() {
            let Some(link) = self.links[process].as_mut().filter(|link| !link.is_ready) else {
                continue;
            };
            let mut byte = [0];
            let peeked = link
                .stream
                .set_nonblocking(true)
                .map(|()| link.stream.peek(&mut byte))
                .and_then(|peeked| link.stream.set_nonblocking(false).map(|()| peeked));
            match peeked {
                Ok(Err(error)) if error.kind() == ErrorKind::WouldBlock => continue,
                Ok(Ok(1..)) => {}
                _ => {
                    self.lose(process);
                    continue;
                }
            }
            match link.receiver.hear() {
                Ok((Kind::Ready, _)) => link.is_ready = true,
                Ok((Kind::End, body)) => {
                    let (code, why) = parting::read(&body);
                    return Err(Apart::Told(process, code, why));
                }
                Ok(_) | Err(Broken::Closed | Broken::Silent | Broken::Garbled(_)) => {
                    self.lose(process);
                }
            }
        }
        Ok(())
    }

    fn say_ready(&mut self) {
        for process in 0..self.links.len() {
            let Some(link) = self.links[process].as_mut().filter(|link| !link.said_ready) else {
                continue;
            };
            match link.sender.send(Kind::Ready, &[]) {
                Ok(()) => link.said_ready = true,
                Err(_) => self.lose(process),
            }
        }
    }

    /// Who is not there, and why, as far as that is known.
    fn missing(&self) -> String {
        let why = self.shared.why.lock().unwrap_or_else(PoisonError::into_inner);
        let absent = (0..self.links.len()).filter(|process| {
            let link = self.links[*process].as_ref();
            *process != self.me && !link.is_some_and(|link| link.is_ready)
        });
        let absent: Vec<String> = absent
            .map(|process| {
                let host = self.shared.hosts.get(process).map(ToString::to_string);
                let host = host.unwrap_or_default();
                // Those with higher numbers are the ones to call.
                match self.links[process].is_none() && process < self.me {
                    true => format!("process {process} ({host}: {})", why[process]),
                    false => format!("process {process} ({host})"),
                }
            })
            .collect();
        let mut text = absent.join(", ");
        match self.shared.strangers.load(Ordering::SeqCst) {
            0 => {}
            1 => text.push_str("; someone else called and was turned away"),
            n => text.push_str(&format!("; {n} calls were turned away")),
        }
        text
    }
}
