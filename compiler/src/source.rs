//! Source text and places in it. This room knows files as named texts and
//! nothing of what they mean; it never touches a disk: a [`Loader`] hands
//! text in, so that disk, editor buffers and the embedded library look alike.

use std::fmt;
use std::sync::Arc;

/// A file of the program, by number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct FileId(pub u32);

/// A half-open range of bytes in a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub lo: u32,
    /// One past the last byte.
    pub hi: u32,
}

impl Span {
    /// The range `lo..hi` of `file`.
    pub fn new(file: FileId, lo: usize, hi: usize) -> Span {
        Span { file, lo: lo as u32, hi: hi as u32 }
    }

    /// The smallest range that covers both (both in one file).
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// The empty range at the end of this one.
    pub fn end(self) -> Span {
        Span { file: self.file, lo: self.hi, hi: self.hi }
    }

    /// The range as indices.
    pub fn range(self) -> std::ops::Range<usize> {
        self.lo as usize..self.hi as usize
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.lo, self.hi)
    }
}

/// One file: its name as shown to people, and its text.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Name shown in messages.
    pub name: String,
    /// The text, UTF-8.
    pub text: Arc<str>,
    lines: Arc<[u32]>,
    /// The file that this one stands for, see [`SourceMap::copy`].
    of: Option<FileId>,
}

impl SourceFile {
    /// Line and column of a byte, both from 1; the column counts characters.
    pub fn line_col(&self, byte: u32) -> (usize, usize) {
        let line = self.lines.partition_point(|&start| start <= byte);
        let start = self.lines[line - 1] as usize;
        let upto = (byte as usize).clamp(start, self.text.len());
        let column = self.text.get(start..upto).map_or(upto - start, |s| s.chars().count());
        (line, column + 1)
    }

    /// The text of a line (from 1), without its line break.
    pub fn line(&self, line: usize) -> &str {
        let Some(&start) = self.lines.get(line.wrapping_sub(1)) else { return "" };
        let end = self.lines.get(line).map_or(self.text.len(), |&next| next as usize);
        self.text[start as usize..end].trim_end_matches(['\n', '\r'])
    }
}

/// All files of one compilation.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Adds a file.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let text = text.into();
        let mut lines = vec![0];
        lines.extend(
            text.bytes().enumerate().filter(|&(_, b)| b == b'\n').map(|(i, _)| i as u32 + 1),
        );
        let (text, lines) = (text.into(), lines.into());
        self.files.push(SourceFile { name: name.into(), text, lines, of: None });
        FileId(self.files.len() as u32 - 1)
    }

    /// The same file under another number. Each instance of a module has its
    /// own, so that a place tells which instance it is a place of.
    pub fn copy(&mut self, of: FileId) -> FileId {
        let of = self.origin(of);
        let copy = SourceFile { of: Some(of), ..self.file(of).clone() };
        self.files.push(copy);
        FileId(self.files.len() as u32 - 1)
    }

    /// The file that was read, of a copy or of itself.
    pub fn origin(&self, file: FileId) -> FileId {
        self.files.get(file.0 as usize).and_then(|found| found.of).unwrap_or(file)
    }

    /// The place in the file that was read.
    pub fn written(&self, span: Span) -> Span {
        Span { file: self.origin(span.file), ..span }
    }

    /// A file by its number.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// All files in the order in which they were added.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The text of a range.
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).text.get(span.range()).unwrap_or("")
    }
}

/// What an `import` asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Import<'a> {
    /// A file, by its path from the file that imports it.
    File(&'a str),
    /// A part of the library, by its dotted name: `std.voting`.
    Library(&'a str),
}

/// A file that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loaded {
    /// The same for the same file, by whatever path it was asked for.
    pub id: String,
    /// Name shown in messages.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Hands in the text of imported files: from disk, from an editor, from the
/// embedded library.
pub trait Loader: fmt::Debug + Send + Sync {
    /// The file that `from` (an id; `None` is the program itself) imports, or
    /// why there is none, in words for the user.
    fn load(&self, from: Option<&str>, what: Import<'_>) -> Result<Loaded, String>;

    /// The id of the program itself, if it can be imported.
    fn root(&self) -> Option<String> {
        None
    }

    /// Names of the parts of the library, ascending.
    fn library(&self) -> Vec<String> {
        Vec::new()
    }
}
