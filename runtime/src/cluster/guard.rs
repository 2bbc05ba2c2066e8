//! What the dataflow library is given from a connection, checked first: it
//! trusts the lengths and numbers that it reads, so none of them may be out of
//! bounds. How bytes travel is not known here.

use std::ops::Range;

use timely::communication::networking::MessageHeader;

/// Bytes that one message of the dataflow may have.
pub const MESSAGE_MAX: usize = 1 << 30;
/// Channels that a dataflow may have.
pub const CHANNELS_MAX: usize = 1 << 16;
/// Bytes before every message: six words.
const HEAD: usize = 48;

/// Follows the messages of one connection.
pub struct Guard {
    /// Workers of the other side.
    from: Range<usize>,
    /// Those of this one.
    to: Range<usize>,
    head: Vec<u8>,
    /// Bytes of the message under way that did not come yet.
    left: usize,
    /// The message that says that no other follows.
    last: bool,
}

impl Guard {
    /// Between the workers of the other side and those of this one.
    pub fn new(from: Range<usize>, to: Range<usize>) -> Guard {
        Guard { from, to, head: Vec::with_capacity(HEAD), left: 0, last: false }
    }

    /// Looks at the next bytes; what is wrong with them.
    pub fn pass(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while !bytes.is_empty() {
            if self.last {
                return Err("there is more after the last message".to_owned());
            }
            if self.left > 0 {
                let some = self.left.min(bytes.len());
                self.left -= some;
                bytes = &bytes[some..];
                continue;
            }
            let some = (HEAD - self.head.len()).min(bytes.len());
            let (head, rest) = bytes.split_at(some);
            self.head.extend_from_slice(head);
            bytes = rest;
            if self.head.len() == HEAD {
                self.left = self.length()?;
                self.head.clear();
            }
        }
        Ok(())
    }

    /// Whether a message ends here.
    pub fn is_between(&self) -> bool {
        self.left == 0 && self.head.is_empty()
    }

    /// The length of the message whose head is complete.
    fn length(&mut self) -> Result<usize, String> {
        let mut fields = self.head.chunks_exact(8).map(|chunk| {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            usize::try_from(u64::from_be_bytes(word)).unwrap_or(usize::MAX)
        });
        let mut next = || fields.next().unwrap_or(usize::MAX);
        let header = MessageHeader {
            channel: next(),
            source: next(),
            target_lower: next(),
            target_upper: next(),
            length: next(),
            seqno: next(),
        };
        if header.length == 0 {
            self.last = true;
            return Ok(0);
        }
        if header.length > MESSAGE_MAX {
            let length = header.length;
            return Err(format!("a message of {length} bytes is longer than {MESSAGE_MAX}"));
        }
        let targets = header.target_lower..header.target_upper;
        let fits = !targets.is_empty()
            && self.to.contains(&targets.start)
            && targets.end <= self.to.end
            && self.from.contains(&header.source)
            && header.channel < CHANNELS_MAX;
        if fits {
            Ok(header.length)
        } else {
            Err("a message is for workers or channels that do not exist".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(source: usize, targets: Range<usize>, length: usize) -> Vec<u8> {
        let header = MessageHeader {
            channel: 3,
            source,
            target_lower: targets.start,
            target_upper: targets.end,
            length,
            seqno: 9,
        };
        let mut bytes = Vec::new();
        header.write_to(&mut bytes).unwrap();
        bytes.extend(vec![1; length.min(100)]);
        bytes
    }

    #[test]
    fn messages_pass_in_any_pieces() {
        let mut all = message(0, 2..4, 7);
        all.extend(message(1, 3..4, 100));
        all.extend(message(0, 0..0, 0));
        for size in 1..all.len() {
            let mut guard = Guard::new(0..2, 2..4);
            for piece in all.chunks(size) {
                guard.pass(piece).unwrap();
            }
            assert!(guard.is_between());
            assert!(guard.pass(&[0]).is_err(), "nothing follows the last one");
        }
    }

    #[test]
    fn what_is_out_of_bounds_does_not() {
        let pass = |bytes: Vec<u8>| Guard::new(0..2, 2..4).pass(&bytes);
        assert!(pass(message(0, 2..3, MESSAGE_MAX)).is_ok());
        assert!(pass(message(0, 2..3, MESSAGE_MAX + 1)).unwrap_err().contains("longer than"));
        assert!(pass(message(0, 2..3, usize::MAX)).is_err());
        assert!(pass(message(2, 2..3, 1)).is_err());
        assert!(pass(message(0, 1..3, 1)).is_err());
        assert!(pass(message(0, 2..5, 1)).is_err());
        assert!(pass(message(0, 3..3, 1)).is_err());
        assert!(pass(vec![0xff; 48]).is_err());
    }
}
