//! How two processes come to trust each other: a challenge each, a proof each,
//! then what both must agree on. Every message is bounded, and all of it has
//! to be over by a deadline. Who is to be called, and when, is not known here.

use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;
use std::time::Instant;

use crate::cluster::hello::HELLO_MAX;
use crate::cluster::hello::Hello;
use crate::cluster::hello::NONCE;
use crate::cluster::hello::PROTOCOL;
use crate::cluster::hello::Refusal;
use crate::cluster::hello::Terms;
use crate::cluster::key::Key;
use crate::cluster::key::PROOF;
use crate::cluster::key::Seal;

/// What the one who calls proves.
const CALLER: &str = "bloom node: caller";
/// What the one who is called proves.
const CALLED: &str = "bloom node: called";

/// A connection to a process that has the key and agrees.
pub struct Met {
    /// The other process.
    pub peer: usize,
    /// The greater of both.
    pub epoch: u64,
    /// Whether the other one goes on from tick to tick.
    pub ticks: bool,
    /// The connection itself.
    pub stream: TcpStream,
    /// For frames that are sent.
    pub sends: Seal,
    /// For those that come.
    pub hears: Seal,
}

/// Why two processes did not meet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unmet {
    /// The connection broke, or was too slow.
    Lost(String),
    /// What came is no greeting.
    Stranger,
    /// The other one does not have this key.
    Key,
    /// The other one speaks another protocol.
    Protocol(Option<u16>),
    /// The other one is not who was meant, or means someone else.
    Number,
    /// Both have the key, but not the same program, number of workers or the
    /// like.
    Disagree(String),
}

/// Calls a process.
pub fn call(
    stream: TcpStream,
    key: &Key,
    mine: &Terms,
    to: u16,
    until: Instant,
) -> Result<Met, Unmet> {
    let mut line = Line { stream: &stream, until };
    let call = Hello::Call { protocol: PROTOCOL, from: mine.process, to, nonce: nonce()? };
    line.say(&call)?;
    let answer = line.hear()?;
    match answer {
        Hello::Answer { protocol: PROTOCOL, .. } => {}
        Hello::Answer { protocol, .. } => return Err(Unmet::Protocol(Some(protocol))),
        other => return Err(refused(&other)),
    }
    let (first, second) = (call.encode(), answer.encode());
    let own = mine.bytes();
    let proof = key.proof(CALLER, &[&first, &second, &own]);
    line.say(&Hello::Proof { terms: *mine, proof })?;
    let (theirs, answered) = match line.hear()? {
        Hello::Proof { terms, proof } => (terms, proof),
        other => return Err(refused(&other)),
    };
    if !key.is_proof(CALLED, &[&first, &second, &own, &proof, &theirs.bytes()], &answered) {
        return Err(Unmet::Key);
    }
    if theirs.process != to {
        return Err(Unmet::Number);
    }
    let session = [&proof, &answered];
    met(stream, key, mine, &theirs, session, true)
}

/// Answers a call.
pub fn answer(stream: TcpStream, key: &Key, mine: &Terms, until: Instant) -> Result<Met, Unmet> {
    let mut line = Line { stream: &stream, until };
    let call = line.hear()?;
    let from = match &call {
        Hello::Call { protocol: PROTOCOL, from, to, .. } => {
            if *to != mine.process || *from <= mine.process || *from >= mine.processes {
                line.say(&Hello::Refusal(Refusal::Number))?;
                return Err(Unmet::Number);
            }
            *from
        }
        Hello::Call { protocol, .. } => {
            line.say(&Hello::Refusal(Refusal::Protocol))?;
            return Err(Unmet::Protocol(Some(*protocol)));
        }
        _ => return Err(Unmet::Stranger),
    };
    let answer = Hello::Answer { protocol: PROTOCOL, nonce: nonce()? };
    line.say(&answer)?;
    let (theirs, proof) = match line.hear()? {
        Hello::Proof { terms, proof } => (terms, proof),
        _ => return Err(Unmet::Stranger),
    };
    let (first, second) = (call.encode(), answer.encode());
    let other = theirs.bytes();
    if !key.is_proof(CALLER, &[&first, &second, &other], &proof) {
        line.say(&Hello::Refusal(Refusal::Key))?;
        return Err(Unmet::Key);
    }
    if theirs.process != from {
        return Err(Unmet::Number);
    }
    let own = mine.bytes();
    let answered = key.proof(CALLED, &[&first, &second, &other, &proof, &own]);
    line.say(&Hello::Proof { terms: *mine, proof: answered })?;
    met(stream, key, mine, &theirs, [&proof, &answered], false)
}

fn met(
    stream: TcpStream,
    key: &Key,
    mine: &Terms,
    theirs: &Terms,
    session: [&[u8; PROOF]; 2],
    is_caller: bool,
) -> Result<Met, Unmet> {
    if let Some(why) = mine.disagree(theirs) {
        return Err(Unmet::Disagree(why));
    }
    // The proofs hang on the nonces of both, so the seals are of this
    // connection alone, and of one direction each.
    let parts = [&session[0][..], &session[1][..]];
    let (out, back) = ("bloom node: from caller", "bloom node: from called");
    let (sends, hears) = if is_caller { (out, back) } else { (back, out) };
    Ok(Met {
        peer: usize::from(theirs.process),
        epoch: mine.epoch.max(theirs.epoch),
        ticks: theirs.ticks,
        stream,
        sends: key.seal(sends, &parts),
        hears: key.seal(hears, &parts),
    })
}

fn refused(hello: &Hello) -> Unmet {
    match hello {
        Hello::Refusal(Refusal::Key) => Unmet::Key,
        Hello::Refusal(Refusal::Protocol) => Unmet::Protocol(None),
        Hello::Refusal(Refusal::Number) => Unmet::Number,
        _ => Unmet::Stranger,
    }
}

fn nonce() -> Result<[u8; NONCE], Unmet> {
    let mut nonce = [0; NONCE];
    match getrandom::fill(&mut nonce) {
        Ok(()) => Ok(nonce),
        Err(error) => Err(Unmet::Lost(format!("the system has no random numbers: {error}"))),
    }
}

/// A connection on which greetings travel, each with its length before it.
struct Line<'a> {
    stream: &'a TcpStream,
    until: Instant,
}

impl Line<'_> {
    fn say(&mut self, hello: &Hello) -> Result<(), Unmet> {
        let body = hello.encode();
        let mut bytes = (body.len() as u16).to_le_bytes().to_vec();
        bytes.extend(body);
        let left = self.left()?;
        self.stream.set_write_timeout(Some(left)).map_err(lost)?;
        self.stream.write_all(&bytes).map_err(lost)
    }

    fn hear(&mut self) -> Result<Hello, Unmet> {
        let mut length = [0; 2];
        self.fill(&mut length)?;
        let length = usize::from(u16::from_le_bytes(length));
        if length > HELLO_MAX {
            return Err(Unmet::Stranger);
        }
        let mut bytes = vec![0; length];
        self.fill(&mut bytes)?;
        Hello::decode(&bytes).map_err(|_| Unmet::Stranger)
    }

    fn fill(&mut self, mut to: &mut [u8]) -> Result<(), Unmet> {
        while !to.is_empty() {
            let left = self.left()?;
            self.stream.set_read_timeout(Some(left)).map_err(lost)?;
            match self.stream.read(to) {
                Ok(0) => return Err(Unmet::Lost("the connection was closed".to_owned())),
                Ok(some) => to = &mut std::mem::take(&mut to)[some..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(lost(error)),
            }
        }
        Ok(())
    }

    /// Never zero, which would mean: as long as it takes.
    fn left(&self) -> Result<Duration, Unmet> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Unmet::Lost("no answer".to_owned())) } else { Ok(left) }
    }
}

fn lost(error: std::io::Error) -> Unmet {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Unmet::Lost("no answer".to_owned()),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            Unmet::Lost("the connection was closed".to_owned())
        }
        _ => Unmet::Lost(error.to_string()),
    }
}
