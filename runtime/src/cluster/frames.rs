//! Frames on a connection of two processes that have met: what kinds there
//! are, their bounds, and that each is what was sent. What they mean for the
//! life of the node is not known here.

use std::io;
use std::io::BufReader;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;
use std::time::Instant;

use crate::cluster::key::SEAL;
use crate::cluster::key::Seal;

/// Bytes that one frame carries at most; more goes into several.
pub const FRAME_MAX: usize = 1 << 20;
/// A kind and a length.
const HEAD: usize = 5;
/// Bytes read from the system at once.
const READ_AHEAD: usize = 1 << 16;

/// What a frame is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// All others were met too.
    Ready,
    /// Nothing but a sign of life.
    Beat,
    /// Bytes of the dataflow.
    Data,
    /// The dataflow sends no more.
    Close,
    /// The process comes to an end, and says why.
    End,
    /// The node is down, and why.
    Down,
    /// Another process came to an end, and says why: who heard it passes it on.
    Told,
}

const KINDS: [Kind; 7] =
    [Kind::Ready, Kind::Beat, Kind::Data, Kind::Close, Kind::End, Kind::Down, Kind::Told];

/// Why no frame could be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Broken {
    /// The connection was closed, in one way or the other.
    Closed,
    /// Nothing came for a while.
    Silent,
    /// What came is no frame.
    Garbled(String),
}

/// The side that sends.
pub struct Sender {
    stream: TcpStream,
    seal: Seal,
    /// When the last frame went out.
    last: Instant,
}

impl Sender {
    /// On a connection of which nothing was sent yet but greetings.
    pub fn new(stream: TcpStream, seal: Seal) -> Sender {
        Sender { stream, seal, last: Instant::now() }
    }

    /// Sends a frame; `body` has [`FRAME_MAX`] bytes at most.
    pub fn send(&mut self, kind: Kind, body: &[u8]) -> io::Result<()> {
        if body.len() > FRAME_MAX {
            return Err(io::Error::other("a frame is too long"));
        }
        let number = KINDS.iter().position(|one| *one == kind).unwrap_or_default() as u8;
        let length = (body.len() as u32).to_le_bytes();
        let head = [number, length[0], length[1], length[2], length[3]];
        let seal = self.seal.next(&head, body);
        let mut bytes = Vec::with_capacity(HEAD + SEAL + body.len());
        bytes.extend(head);
        bytes.extend(seal);
        bytes.extend(body);
        self.last = Instant::now();
        self.stream.write_all(&bytes)
    }

    /// How long nothing went out.
    pub fn rests(&self) -> Duration {
        self.last.elapsed()
    }

    /// How long sending may block from now on.
    pub fn hurry(&self, most: Duration) {
        // Without it a process takes longer to end.
        let _ = self.stream.set_write_timeout(Some(most));
    }
}

/// The side that hears.
pub struct Receiver {
    stream: BufReader<TcpStream>,
    seal: Seal,
}

impl Receiver {
    /// On a connection of which nothing was read yet but greetings.
    pub fn new(stream: TcpStream, seal: Seal) -> Receiver {
        Receiver { stream: BufReader::with_capacity(READ_AHEAD, stream), seal }
    }

    /// How long silence may last from now on.
    pub fn wait_for(&self, silence: Duration) -> io::Result<()> {
        self.stream.get_ref().set_read_timeout(Some(silence))
    }

    /// The next frame.
    pub fn hear(&mut self) -> Result<(Kind, Vec<u8>), Broken> {
        let mut head = [0; HEAD];
        self.fill(&mut head)?;
        let [number, length @ ..] = head;
        let Some(kind) = KINDS.get(usize::from(number)) else {
            return Err(Broken::Garbled(format!("there is no frame of kind {number}")));
        };
        let length = u32::from_le_bytes(length) as usize;
        if length > FRAME_MAX {
            let why = format!("a frame of {length} bytes is longer than {FRAME_MAX}");
            return Err(Broken::Garbled(why));
        }
        let mut seal = [0; SEAL];
        self.fill(&mut seal)?;
        let mut body = vec![0; length];
        self.fill(&mut body)?;
        if !self.seal.fits(&head, &body, &seal) {
            return Err(Broken::Garbled("a frame is not what was sent".to_owned()));
        }
        Ok((*kind, body))
    }

    fn fill(&mut self, to: &mut [u8]) -> Result<(), Broken> {
        self.stream.read_exact(to).map_err(|error| match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Broken::Silent,
            _ => Broken::Closed,
        })
    }
}
