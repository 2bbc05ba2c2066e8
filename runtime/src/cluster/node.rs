//! The processes of a node at work together: what goes to the dataflow, signs of
//! life, and the end. What the dataflow sends is not known here.

use std::net::Shutdown;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::TryLockError;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

use crate::cluster::frames::Broken;
use crate::cluster::frames::Kind;
use crate::cluster::frames::Receiver;
use crate::cluster::frames::Sender;
use crate::cluster::guard::Guard;
use crate::cluster::join::Link;
use crate::cluster::life::End;
use crate::cluster::life::Life;
use crate::cluster::parting;
use crate::cluster::wire::Fed;
use crate::cluster::wire::Wire;

/// After so long without a frame a sign of life is sent.
const BEAT: Duration = Duration::from_secs(1);
/// A process of which nothing comes for so long is taken for dead.
pub const SILENCE: Duration = Duration::from_secs(10);
/// How long the last words may take, to be said and to be heard.
const PARTING: Duration = Duration::from_secs(1);
/// Between two attempts to say them.
const PAUSE: Duration = Duration::from_millis(5);

/// One process of a node, and its connections to the others.
pub struct Node {
    me: usize,
    workers: usize,
    epoch: u64,
    /// Whether the first process goes on from tick to tick, where this is
    /// another one.
    ticks: bool,
    peers: Vec<Option<Arc<Peer>>>,
    life: Arc<Life>,
}

/// Another process.
pub struct Peer {
    /// Its number.
    pub process: usize,
    sender: Mutex<Sender>,
    /// What came for the dataflow.
    pub feed: Mutex<mpsc::Receiver<Fed>>,
    /// To hear and to end.
    pub life: Arc<Life>,
    /// To set how long the last words may take, while somebody else sends.
    stream: TcpStream,
}

impl Peer {
    fn sender(&self) -> MutexGuard<'_, Sender> {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a frame; where that cannot be, the node is down.
    pub fn send(&self, kind: Kind, body: &[u8]) -> bool {
        let sent = self.sender().send(kind, body);
        self.sent(&sent)
    }

    fn sent(&self, sent: &std::io::Result<()>) -> bool {
        if let Err(error) = sent {
            use std::io::ErrorKind;
            match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                    self.life.end(silence(self.process));
                }
                // Who listens sees that too, behind the last words.
                ErrorKind::BrokenPipe
                | ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::NotConnected => {}
                _ => self.life.end(End::gone(self.process)),
            }
        }
        sent.is_ok()
    }

    /// The last words, if somebody else does not send for too long.
    fn part(&self, kind: Kind, body: &[u8], until: Instant) {
        // Whoever sends now gives up by then, too.
        let _ = self.stream.set_write_timeout(Some(PARTING));
        loop {
            match self.sender.try_lock() {
                Ok(mut sender) => return drop(sender.send(kind, body)),
                Err(TryLockError::Poisoned(_)) => return,
                Err(TryLockError::WouldBlock) if Instant::now() >= until => return,
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            }
        }
    }
}

fn silence(process: usize) -> End {
    let why = format!("has been silent for {} seconds", SILENCE.as_secs());
    End::Down { process, why }
}

impl Node {
    /// Begins to listen to all that were met. Each process has so many workers.
    pub fn new(
        me: usize,
        workers: usize,
        epoch: u64,
        links: Vec<Option<Link>>,
    ) -> std::io::Result<Node> {
        let life = Arc::new(Life::new(links.len(), me));
        let ticks = links.first().and_then(Option::as_ref).is_some_and(|first| first.ticks);
        let mut peers = Vec::new();
        for (process, link) in links.into_iter().enumerate() {
            let Some(Link { stream, sender, receiver, .. }) = link else {
                peers.push(None);
                continue;
            };
            receiver.wait_for(SILENCE)?;
            stream.set_write_timeout(Some(SILENCE))?;
            let (feeds, feed) = mpsc::channel();
            let sender = Mutex::new(sender);
            let life = life.clone();
            let peer = Arc::new(Peer { process, sender, feed: Mutex::new(feed), life, stream });
            let of = |process: usize| process * workers..(process + 1) * workers;
            let ears = Ears {
                peer: peer.clone(),
                receiver,
                guard: Guard::new(of(process), of(me)),
                me,
                feeds: Some(feeds),
            };
            std::thread::Builder::new().name(format!("node-hear-{process}")).spawn(|| {
                ears.listen();
            })?;
            let beating = peer.clone();
            std::thread::Builder::new()
                .name(format!("node-beat-{process}"))
                .spawn(move || beat(&beating))?;
            peers.push(Some(peer));
        }
        Ok(Node { me, workers, epoch, ticks, peers, life })
    }

    /// The number of this process.
    pub fn me(&self) -> usize {
        self.me
    }

    /// How many processes there are.
    pub fn processes(&self) -> usize {
        self.peers.len()
    }

    /// Workers of each process.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// How often the node was begun anew.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether the first process, which is another one, goes on from tick to
    /// tick.
    pub fn ticks(&self) -> bool {
        self.ticks
    }

    /// The life of the node.
    pub fn life(&self) -> &Arc<Life> {
        &self.life
    }

    /// What the dataflow reads and writes, by process. To be had once.
    pub fn wires(&self) -> Vec<Option<Wire>> {
        self.peers.iter().map(|peer| peer.clone().map(Wire::new)).collect()
    }

    /// Waits until the node is to end, and says the last words about it to the
    /// others; `None` if this process leaves by itself.
    pub fn watch(&self) -> Option<End> {
        let end = self.life.ended()?;
        let until = Instant::now() + PARTING;
        let (kind, body) = match &end {
            End::Down { process, why } => {
                let number = u8::try_from(*process).unwrap_or(u8::MAX);
                (Kind::Down, parting::write(number, why))
            }
            End::Panicked => (Kind::End, parting::write(BUG, "it made a mistake of its own")),
            // All were told, but some may see this connection close before they
            // hear it.
            End::Told { process, code, why } => {
                let number = u8::try_from(*process).unwrap_or(u8::MAX);
                let body = [vec![number], parting::write(*code, why)].concat();
                self.say(Kind::Told, &body, until);
                self.close();
                return Some(end);
            }
        };
        self.part(kind, &body, until);
        Some(end)
    }

    /// Leaves the others, with an exit code and the reason for it. Not if there
    /// was a reason to end before.
    pub fn leave(&self, code: u8, why: &str) -> bool {
        if !self.life.leave() {
            return false;
        }
        let until = Instant::now() + PARTING;
        let body = parting::write(code, why);
        self.part(Kind::End, &body, until);
        true
    }

    fn say(&self, kind: Kind, body: &[u8], until: Instant) {
        for peer in self.peers.iter().flatten() {
            peer.part(kind, body, until);
        }
    }

    fn part(&self, kind: Kind, body: &[u8], until: Instant) {
        self.say(kind, body, until);
        // A connection closed too early can lose what was sent last.
        self.life.all_closed(until);
        self.close();
    }

    fn close(&self) {
        for peer in self.peers.iter().flatten() {
            // One that is closed already cannot be closed.
            let _ = peer.stream.shutdown(Shutdown::Both);
        }
    }
}

/// The exit code of a mistake of the tool itself.
pub const BUG: u8 = 101;

/// Shows a process that this one is alive.
fn beat(peer: &Peer) {
    loop {
        std::thread::sleep(BEAT / 4);
        if peer.life.is_over() {
            return;
        }
        // Who sends right now shows it that way.
        let Ok(mut sender) = peer.sender.try_lock() else { continue };
        if sender.rests() < BEAT {
            continue;
        }
        let sent = sender.send(Kind::Beat, &[]);
        drop(sender);
        if !peer.sent(&sent) {
            return;
        }
    }
}

/// Who listens to a process.
struct Ears {
    peer: Arc<Peer>,
    receiver: Receiver,
    guard: Guard,
    /// The number of this process.
    me: usize,
    /// `None` when the dataflow of the other side sends no more.
    feeds: Option<mpsc::Sender<Fed>>,
}

impl Ears {
    fn listen(mut self) {
        let process = self.peer.process;
        loop {
            let heard = self.receiver.hear();
            let taken = match heard {
                Ok((kind, body)) => self.take(kind, body),
                Err(broken) => Err(broken),
            };
            match taken {
                Ok(()) => {}
                Err(Broken::Closed) => {
                    self.peer.life.end(End::gone(process));
                    break;
                }
                Err(Broken::Silent) => {
                    self.peer.life.end(silence(process));
                    break;
                }
                Err(Broken::Garbled(why)) => {
                    let why = format!("sent what nobody can read: {why}");
                    self.peer.life.end(End::Down { process, why });
                    break;
                }
            }
        }
        self.peer.life.closed(process);
    }

    fn take(&mut self, kind: Kind, body: Vec<u8>) -> Result<(), Broken> {
        let process = self.peer.process;
        match kind {
            Kind::Ready | Kind::Beat => {}
            Kind::Data => {
                self.guard.pass(&body).map_err(Broken::Garbled)?;
                let Some(feeds) = &self.feeds else {
                    return Err(Broken::Garbled("there is data after the end".to_owned()));
                };
                // Where the dataflow is over nobody takes it.
                let _ = feeds.send(Fed::Bytes(body));
            }
            Kind::Close => {
                if !self.guard.is_between() {
                    return Err(Broken::Garbled("a message ends too early".to_owned()));
                }
                if let Some(feeds) = self.feeds.take() {
                    let _ = feeds.send(Fed::Close);
                }
            }
            Kind::End => {
                let (code, why) = parting::read(&body);
                self.peer.life.end(End::Told { process, code, why });
            }
            Kind::Told => {
                let (number, told) = body.split_first().unwrap_or((&u8::MAX, &[]));
                let (code, why) = parting::read(told);
                let process = usize::from(*number);
                // Of itself it knows better.
                if process != self.me {
                    self.peer.life.end(End::Told { process, code, why });
                }
            }
            Kind::Down => {
                let (number, why) = parting::read(&body);
                let number = usize::from(number);
                self.peer.life.end(match number == self.me {
                    true => End::Down { process, why: format!("gave this one up, which {why}") },
                    false => End::Down { process: number, why },
                });
            }
        }
        Ok(())
    }
}
