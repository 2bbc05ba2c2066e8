//! What two processes say to each other before anything else, as bytes: small
//! messages of a bounded length. Who says what when is not known here.

use std::fmt;

use crate::cluster::key::PROOF;

/// What a connection begins with.
pub const MAGIC: [u8; 8] = *b"bloomnod";
/// What is said after it; both sides must know the same.
pub const PROTOCOL: u16 = 2;
/// Bytes of the longest message.
pub const HELLO_MAX: usize = 256;
/// Bytes of a nonce.
pub const NONCE: usize = 32;
/// Bytes of a hash.
pub const HASH: usize = 32;
/// Bytes kept of the version of the tool.
const TOOL: usize = 24;

/// What all processes of a logical node must agree on, and which one it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Terms {
    pub process: u16,
    pub processes: u16,
    /// Of each process.
    pub workers: u16,
    /// How often the node was begun anew.
    pub epoch: u64,
    pub program: [u8; HASH],
    pub plan: [u8; HASH],
    /// The version of the tool, filled up with zeros.
    pub tool: [u8; TOOL],
    /// Whether it goes on from tick to tick. The first process decides that for
    /// all.
    pub ticks: bool,
}

impl Terms {
    /// A version as it is compared.
    pub fn tool(version: &str) -> [u8; TOOL] {
        let mut tool = [0; TOOL];
        for (to, from) in tool.iter_mut().zip(version.bytes()) {
            *to = from;
        }
        tool
    }

    /// The bytes that are sent.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HELLO_MAX);
        for number in [self.process, self.processes, self.workers] {
            out.extend(number.to_le_bytes());
        }
        out.extend(self.epoch.to_le_bytes());
        out.extend(self.program);
        out.extend(self.plan);
        out.extend(self.tool);
        out.push(u8::from(self.ticks));
        out
    }

    /// What the other one has otherwise, if anything.
    pub fn disagree(&self, other: &Terms) -> Option<String> {
        let (me, you) = (self.process, other.process);
        if self.processes != other.processes {
            return Some(format!(
                "process {you} has a list of {} hosts, process {me} one of {}",
                other.processes, self.processes
            ));
        }
        if self.tool != other.tool {
            let name = |tool: &[u8; TOOL]| {
                String::from_utf8_lossy(tool).trim_end_matches('\0').escape_debug().to_string()
            };
            return Some(format!(
                "process {you} is bloom {}, process {me} is bloom {}",
                name(&other.tool),
                name(&self.tool)
            ));
        }
        if self.program != other.program {
            return Some(format!(
                "process {you} runs another program than process {me}, or gives it another --set"
            ));
        }
        if self.workers != other.workers {
            return Some(format!(
                "process {you} has --workers {}, process {me} has --workers {}; it must be the \
                 same everywhere",
                other.workers, self.workers
            ));
        }
        (self.plan != other.plan).then(|| {
            format!(
                "process {you} plans the program in another way than process {me}; give both the \
                 same options"
            )
        })
    }
}

/// One message.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Hello {
    /// The first word of who connects.
    Call { protocol: u16, from: u16, to: u16, nonce: [u8; NONCE] },
    /// What it is answered.
    Answer { protocol: u16, nonce: [u8; NONCE] },
    /// What a process stands for, and that it has the key.
    Proof { terms: Terms, proof: [u8; PROOF] },
    /// Why the connection ends here.
    Refusal(Refusal),
}

/// Why a connection is not wanted. Nobody has proved anything at that point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The proof does not fit the key.
    Key,
    /// Another protocol is spoken here.
    Protocol,
    /// This is not the process that was called, or not the one to call it.
    Number,
}

/// Bytes that are no message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Garbled;

impl fmt::Display for Garbled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what was said is no greeting of bloom")
    }
}

const CALL: u8 = 1;
const ANSWER: u8 = 2;
const PROVE: u8 = 3;
const REFUSE: u8 = 4;

impl Hello {
    /// The bytes that are sent, without their length.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HELLO_MAX);
        match self {
            Hello::Call { protocol, from, to, nonce } => {
                out.push(CALL);
                out.extend(MAGIC);
                for number in [protocol, from, to] {
                    out.extend(number.to_le_bytes());
                }
                out.extend(nonce);
            }
            Hello::Answer { protocol, nonce } => {
                out.push(ANSWER);
                out.extend(MAGIC);
                out.extend(protocol.to_le_bytes());
                out.extend(nonce);
            }
            Hello::Proof { terms, proof } => {
                out.push(PROVE);
                out.extend(terms.bytes());
                out.extend(proof);
            }
            Hello::Refusal(why) => {
                out.push(REFUSE);
                out.push(match why {
                    Refusal::Key => 1,
                    Refusal::Protocol => 2,
                    Refusal::Number => 3,
                });
            }
        }
        out
    }

    /// What such bytes mean; every one of them must.
    pub fn decode(bytes: &[u8]) -> Result<Hello, Garbled> {
        let mut rest = Rest(bytes);
        let [kind] = rest.take()?;
        let hello = match kind {
            CALL => {
                rest.magic()?;
                let (protocol, from, to) = (rest.number()?, rest.number()?, rest.number()?);
                Hello::Call { protocol, from, to, nonce: rest.take()? }
            }
            ANSWER => {
                rest.magic()?;
                Hello::Answer { protocol: rest.number()?, nonce: rest.take()? }
            }
            PROVE => {
                let terms = Terms {
                    process: rest.number()?,
                    processes: rest.number()?,
                    workers: rest.number()?,
                    epoch: u64::from_le_bytes(rest.take()?),
                    program: rest.take()?,
                    plan: rest.take()?,
                    tool: rest.take()?,
                    ticks: rest.flag()?,
                };
                Hello::Proof { terms, proof: rest.take()? }
            }
            REFUSE => Hello::Refusal(match rest.take()? {
                [1] => Refusal::Key,
                [2] => Refusal::Protocol,
                [3] => Refusal::Number,
                _ => return Err(Garbled),
            }),
            _ => return Err(Garbled),
        };
        if rest.0.is_empty() { Ok(hello) } else { Err(Garbled) }
    }
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Garbled> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(Garbled)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn number(&mut self) -> Result<u16, Garbled> {
        self.take().map(u16::from_le_bytes)
    }

    fn flag(&mut self) -> Result<bool, Garbled> {
        match self.take()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(Garbled),
        }
    }

    fn magic(&mut self) -> Result<(), Garbled> {
        if self.take()? == MAGIC { Ok(()) } else { Err(Garbled) }
    }
}
