//! A connection as the dataflow library sees it. When the node is down, it
//! neither ends nor fails: the library would panic. It waits, and the process
//! ends around it.

use std::io;
use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::PoisonError;

use timely::communication::allocator::zero_copy::stream::Stream;

use crate::cluster::frames::FRAME_MAX;
use crate::cluster::frames::Kind;
use crate::cluster::node::Peer;

/// What came for the dataflow.
pub enum Fed {
    /// A piece of its messages.
    Bytes(Vec<u8>),
    /// No more will come.
    Close,
}

/// One side reads, a clone of it writes.
pub struct Wire {
    peer: Arc<Peer>,
    /// What is read next, and how much of it was read.
    piece: (Vec<u8>, usize),
    closed: bool,
}

impl Wire {
    /// To a process.
    pub fn new(peer: Arc<Peer>) -> Wire {
        Wire { peer, piece: (Vec::new(), 0), closed: false }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.1 == self.piece.0.len() {
            if self.closed {
                return Ok(0);
            }
            let fed = self.peer.feed.lock().unwrap_or_else(PoisonError::into_inner).recv();
            match fed {
                Ok(Fed::Bytes(bytes)) => self.piece = (bytes, 0),
                Ok(Fed::Close) => self.closed = true,
                Err(_) => wait(),
            }
        }
        let (bytes, read) = &mut self.piece;
        let rest = bytes.get(*read..).unwrap_or_default();
        let some = rest.len().min(buffer.len());
        let (Some(to), Some(from)) = (buffer.get_mut(..some), rest.get(..some)) else {
            return Ok(0);
        };
        to.copy_from_slice(from);
        *read += some;
        Ok(some)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let some = bytes.len().min(FRAME_MAX);
        if some > 0 && !self.peer.send(Kind::Data, &bytes[..some]) {
            wait();
        }
        Ok(some)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Wire {
    fn try_clone(&self) -> io::Result<Wire> {
        Ok(Wire::new(self.peer.clone()))
    }

    fn set_nonblocking(&self, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        if how != Shutdown::Read && !self.peer.send(Kind::Close, &[]) {
            wait();
        }
        Ok(())
    }
}

/// Until the process ends.
fn wait() -> ! {
    loop {
        std::thread::park();
    }
}
