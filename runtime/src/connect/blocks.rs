//! Reads a file in blocks that end with a record, so that a block can be read
//! without its neighbours. This room knows line breaks and quotes; it must not
//! know fields or types.

use std::io::Read;

use crate::connect::compress::Damage;

/// Bytes of the longest record. Without a limit one quote that nobody closes
/// would have the rest of a file held as one record.
pub const RECORD_BYTES_MAX: usize = 64 << 20;

/// Where a record can end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Breaks {
    /// At every line break.
    Lines,
    /// At line breaks outside quotes; a quote opens after this delimiter or a
    /// line break.
    Quoted(u8),
}

/// A reader of blocks.
pub struct Blocks<R> {
    source: R,
    breaks: Breaks,
    /// Bytes wanted per block.
    size: usize,
    /// What was read beyond the last block.
    rest: Vec<u8>,
    end: bool,
}

impl<R: Read> Blocks<R> {
    /// Blocks of about `size` bytes; a record longer than that makes a longer one.
    pub fn new(source: R, breaks: Breaks, size: usize) -> Blocks<R> {
        Blocks { source, breaks, size: size.max(1), rest: Vec::new(), end: false }
    }

    /// Fills `block` with whole records; `false` at the end. Every block ends
    /// with a line break (one is added after the last record if need be).
    pub fn next(&mut self, block: &mut Vec<u8>) -> std::io::Result<bool> {
        block.clear();
        std::mem::swap(block, &mut self.rest);
        let mut want = self.size;
        loop {
            if !self.end && block.len() < want {
                let room = (want - block.len()) as u64;
                let got = self.source.by_ref().take(room).read_to_end(block)?;
                self.end = (got as u64) < room;
            }
            if self.end {
                if !block.is_empty() && !block.ends_with(b"\n") {
                    block.push(b'\n');
                }
                return Ok(!block.is_empty());
            }
            if let Some(cut) = last_break(self.breaks, block) {
                self.rest.extend_from_slice(&block[cut..]);
                block.truncate(cut);
                return Ok(true);
            }
            if block.len() >= RECORD_BYTES_MAX {
                return Err(self.too_long(block));
            }
            // Doubled, since every try looks at the whole block.
            want =
                (2 * block.len()).clamp(block.len() + self.size, RECORD_BYTES_MAX.max(self.size));
        }
    }
}

impl<R: Read> Blocks<R> {
    /// The same with whatever is there: it waits for one whole record, and not
    /// for more.
    pub fn ready(&mut self, block: &mut Vec<u8>) -> std::io::Result<bool> {
        block.clear();
        std::mem::swap(block, &mut self.rest);
        // Every look at a record that goes on and on looks at all of it.
        let mut look = 0;
        while !self.end {
            let from = block.len();
            block.resize(from + self.size, 0);
            let got = match self.source.read(&mut block[from..]) {
                Ok(got) => got,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                    block.truncate(from);
                    continue;
                }
                Err(error) => return Err(error),
            };
            block.truncate(from + got);
            self.end = got == 0;
            let is_due = block.len() >= look && memchr::memchr(b'\n', &block[from..]).is_some();
            if !is_due && !self.end {
                continue;
            }
            if let Some(cut) = last_break(self.breaks, block).filter(|_| !self.end) {
                self.rest.extend_from_slice(&block[cut..]);
                block.truncate(cut);
                return Ok(true);
            }
            if block.len() >= RECORD_BYTES_MAX {
                return Err(self.too_long(block));
            }
            look = if from > self.size { 2 * block.len() } else { 0 };
        }
        if !block.is_empty() && !block.ends_with(b"\n") {
            block.push(b'\n');
        }
        Ok(!block.is_empty())
    }

    fn too_long(&self, block: &mut Vec<u8>) -> std::io::Error {
        let mut why = format!("this record is longer than {} MiB", RECORD_BYTES_MAX >> 20);
        if matches!(self.breaks, Breaks::Quoted(_)) && block.contains(&b'"') {
            why += "; is a quote left open?";
        }
        block.clear();
        std::io::Error::new(std::io::ErrorKind::InvalidData, Damage(why))
    }
}

/// One past the last record break of a text that starts with a record.
pub fn last_break(breaks: Breaks, text: &[u8]) -> Option<usize> {
    match breaks {
        Breaks::Quoted(delimiter) if memchr::memchr(b'"', text).is_some() => {
            let mut last = None;
            let mut at = 0;
            while let Some(end) = record_end(delimiter, text, at) {
                last = Some(end);
                at = end;
            }
            last
        }
        _ => memchr::memrchr(b'\n', text).map(|at| at + 1),
    }
}

/// One past the record that starts at `at`, or `None` when the text ends first.
pub fn record_end(delimiter: u8, text: &[u8], at: usize) -> Option<usize> {
    let start = at;
    let mut at = at;
    loop {
        at += memchr::memchr2(b'"', b'\n', text.get(at..)?)?;
        if text[at] == b'\n' {
            return Some(at + 1);
        }
        // A quote inside a field is a character like any other.
        let opens = at == start || text[at - 1] == delimiter;
        at = if opens { closing_quote(text, at + 1)? + 1 } else { at + 1 };
    }
}

/// The quote that closes a field whose content starts at `at`.
pub fn closing_quote(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let quote = at + memchr::memchr(b'"', text.get(at..)?)?;
        if text.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        at = quote + 2;
    }
}

/// Cuts a block into at most `parts` pieces of whole records.
pub fn split(breaks: Breaks, block: &[u8], parts: usize) -> Vec<&[u8]> {
    let mut pieces = Vec::with_capacity(parts);
    let mut rest = block;
    for left in (2..=parts).rev() {
        let Some(cut) = last_break(breaks, &rest[..rest.len() / left]) else { continue };
        let (piece, after) = rest.split_at(cut);
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, breaks: Breaks, size: usize) -> Vec<String> {
        let mut blocks = Blocks::new(text.as_bytes(), breaks, size);
        let (mut block, mut out) = (Vec::new(), Vec::new());
        while blocks.next(&mut block).unwrap() {
            out.push(String::from_utf8(block.clone()).unwrap());
        }
        out
    }

    #[test]
    fn blocks_end_with_a_record() {
        assert_eq!(all("a\nbb\nccc", Breaks::Lines, 4), ["a\n", "bb\n", "ccc\n"]);
        assert_eq!(all("", Breaks::Lines, 4), [""; 0]);
        assert_eq!(all("abcdefgh\ni\n", Breaks::Lines, 5), ["abcdefgh\n", "i\n"]);
    }

    /// Gives a few bytes at a time, as a pipe does.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            let n = self.1.min(self.0.len()).min(to.len());
            to[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn what_is_there_is_given_at_once() {
        let text = "a\nbb\n\"c\nd\",1\nlast";
        for step in 1..text.len() + 2 {
            let source = Trickle(text.as_bytes(), step);
            let mut blocks = Blocks::new(source, Breaks::Quoted(b','), 8);
            let (mut block, mut out) = (Vec::new(), Vec::new());
            while blocks.ready(&mut block).unwrap() {
                assert!(block.ends_with(b"\n"), "{step}");
                assert!(!block.starts_with(b"d"), "{step}");
                out.extend_from_slice(&block);
            }
            assert_eq!(String::from_utf8(out).unwrap(), format!("{text}\n"), "{step}");
        }
        let mut blocks = Blocks::new(Trickle(b"a\nb\nc", 3), Breaks::Lines, 1 << 10);
        let mut block = Vec::new();
        blocks.ready(&mut block).unwrap();
        assert_eq!(block, b"a\n", "three bytes hold one record");
    }

    #[test]
    fn quoted_breaks_do_not_end_a_record() {
        let text = "\"a\nb\",1\n\"c\"\"\n\",2\nd\"x,3\n";
        for size in 1..text.len() {
            let blocks = all(text, Breaks::Quoted(b','), size);
            assert_eq!(blocks.concat(), text);
            for block in blocks {
                assert!(
                    !block.starts_with('b') && !block.starts_with('"') || block.contains("\",")
                );
            }
        }
    }

    #[test]
    fn pieces_make_up_the_block() {
        let text = "a\nb\n\"c\nd\"\ne\n";
        for parts in 1..6 {
            let pieces = split(Breaks::Quoted(b','), text.as_bytes(), parts);
            assert_eq!(pieces.concat(), text.as_bytes());
            assert!(pieces.len() <= parts);
            assert!(pieces.iter().all(|piece| !piece.starts_with(b"d")));
        }
    }
}
