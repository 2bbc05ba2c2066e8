//! Places as editors count them: a line from 0, and on it units of UTF-16 or
//! UTF-8, as was agreed at the start. Places outside of the text are moved
//! to its nearest end, so that no request can fail on one.

use std::ops::Range;

use lsp_types::Position;

/// How columns are counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Encoding {
    /// In bytes.
    Utf8,
    /// In halves of two bytes; what the protocol takes when nothing is said.
    #[default]
    Utf16,
}

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
    len: usize,
    encoding: Encoding,
}

impl Lines {
    /// Lines end with `\n`, `\r\n` or `\r`.
    pub fn new(text: &str, encoding: Encoding) -> Lines {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (i, byte) in bytes.iter().enumerate() {
            let alone = *byte == b'\r' && bytes.get(i + 1) != Some(&b'\n');
            if *byte == b'\n' || alone {
                starts.push(i + 1);
            }
        }
        Lines { starts, len: text.len(), encoding }
    }

    /// The place of a byte.
    pub fn position(&self, text: &str, byte: usize) -> Position {
        let byte = byte.min(self.len);
        let line = self.starts.partition_point(|&s| s <= byte).saturating_sub(1);
        let before = text.get(self.starts[line]..byte).unwrap_or("");
        Position { line: line as u32, character: self.units(before) as u32 }
    }

    /// The byte of a place; inside of a character, its beginning.
    pub fn byte(&self, text: &str, position: Position) -> usize {
        let line = position.line as usize;
        let Some(&start) = self.starts.get(line) else { return self.len };
        let end = self.starts.get(line + 1).copied().unwrap_or(self.len);
        let content = text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r']);
        let wanted = position.character as usize;
        let mut passed = 0;
        for (i, c) in content.char_indices() {
            let next = passed + self.width(c);
            if next > wanted {
                return start + i;
            }
            passed = next;
        }
        start + content.len()
    }

    /// The range of bytes between two places, however they are ordered.
    pub fn bytes(&self, text: &str, range: lsp_types::Range) -> Range<usize> {
        let (a, b) = (self.byte(text, range.start), self.byte(text, range.end));
        a.min(b)..a.max(b)
    }

    /// A range of bytes as the editor counts.
    pub fn range(&self, text: &str, range: &Range<usize>) -> lsp_types::Range {
        lsp_types::Range {
            start: self.position(text, range.start),
            end: self.position(text, range.end),
        }
    }

    /// How long a text is as the editor counts.
    pub fn units(&self, text: &str) -> usize {
        text.chars().map(|c| self.width(c)).sum()
    }

    fn width(&self, c: char) -> usize {
        match self.encoding {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn both_ways_agree_for_every_character() {
        let text = "a😀é\r\nb\rc\n";
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::new(text, encoding);
            for (byte, c) in text.char_indices().filter(|(_, c)| !matches!(c, '\r' | '\n')) {
                let place = lines.position(text, byte);
                assert_eq!(lines.byte(text, place), byte, "{c:?} in {encoding:?}");
            }
        }
        let lines = Lines::new(text, Encoding::Utf16);
        assert_eq!(lines.position(text, 5), at(0, 3));
        assert_eq!(lines.position(text, 9), at(1, 0));
        assert_eq!(lines.position(text, 11), at(2, 0));
    }

    #[test]
    fn places_outside_are_moved_inside() {
        let text = "a😀\nb";
        let lines = Lines::new(text, Encoding::Utf16);
        assert_eq!(lines.byte(text, at(0, 2)), 1, "the middle of a character is its beginning");
        assert_eq!(lines.byte(text, at(0, 99)), 5);
        assert_eq!(lines.byte(text, at(9, 0)), text.len());
        assert_eq!(lines.position(text, 99), at(1, 1));
        let turned = lsp_types::Range { start: at(1, 0), end: at(0, 0) };
        assert_eq!(lines.bytes(text, turned), 0..6);
    }
}
