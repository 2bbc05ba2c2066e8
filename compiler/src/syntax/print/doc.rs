//! Pretty printing: a document says where lines may break, the renderer
//! decides by width. Comments are part of the document, because only the
//! renderer knows whether a line has begun. Knows no syntax.

use std::borrow::Cow;

/// Columns of a line.
pub const WIDTH: usize = 100;
const INDENT: usize = 2;

/// A document.
#[derive(Clone, Debug)]
pub enum Doc<'a> {
    /// Text without line breaks (or a comment with them).
    Text(Cow<'a, str>),
    /// A blank, left out at the ends of lines.
    Space,
    /// A blank, or a line break when the group is broken.
    Line,
    /// Nothing, or a line break when the group is broken.
    SoftLine,
    /// A line break.
    HardLine,
    /// An empty line, when at the beginning of one.
    Blank,
    /// A comment with a line of its own.
    Own(&'a str),
    /// A comment at the end of a line.
    Trailing(&'a str),
    /// A comment before a closing bracket: at the end of its line when the
    /// group is broken.
    Closing(&'a str),
    /// Text only when the group is broken.
    IfBroken(&'static str),
    /// Deeper by one step.
    Nest(Box<Doc<'a>>),
    /// On one line if it fits.
    Group(Box<Doc<'a>>),
    /// One after the other.
    Concat(Vec<Doc<'a>>),
}

/// A group of parts.
pub fn group(parts: Vec<Doc>) -> Doc {
    Doc::Group(Box::new(Doc::Concat(parts)))
}

/// Parts deeper by one step.
pub fn nest(parts: Vec<Doc>) -> Doc {
    Doc::Nest(Box::new(Doc::Concat(parts)))
}

/// Lays a document out.
pub fn render(doc: &Doc) -> String {
    let mut out = Renderer::default();
    let mut stack = vec![Frame { indent: 0, flat: false, doc }];
    while let Some(frame) = stack.pop() {
        let Frame { indent, flat, doc } = frame;
        match doc {
            Doc::Concat(parts) => {
                stack.extend(parts.iter().rev().map(|doc| Frame { indent, flat, doc }));
            }
            Doc::Nest(doc) => stack.push(Frame { indent: indent + INDENT, flat, doc }),
            Doc::Group(doc) => {
                let flat = flat || fits(out.room(indent), doc, &stack);
                stack.push(Frame { indent, flat, doc });
            }
            Doc::Text(text) => out.text(indent, text),
            Doc::Space => out.space = true,
            Doc::Line if flat => out.space = true,
            Doc::SoftLine if flat => {}
            Doc::Line | Doc::SoftLine | Doc::HardLine => out.newline(),
            Doc::IfBroken(text) => {
                if !flat {
                    out.text(indent, text);
                }
            }
            Doc::Blank => out.blank(),
            Doc::Closing(text) if flat => {
                out.space = true;
                out.text(indent, text);
            }
            Doc::Closing(text) => out.trailing(text),
            Doc::Own(text) => out.own(indent, text),
            Doc::Trailing(text) => out.trailing(text),
        }
    }
    out.finish()
}

#[derive(Clone, Copy)]
struct Frame<'d, 'a> {
    indent: usize,
    flat: bool,
    doc: &'d Doc<'a>,
}

#[derive(Default)]
struct Renderer {
    out: String,
    column: usize,
    /// The line has text on it.
    begun: bool,
    space: bool,
    /// A comment ended the line; the next text needs another.
    ended: bool,
}

impl Renderer {
    fn room(&self, indent: usize) -> usize {
        let column =
            if self.begun && !self.ended { self.column + usize::from(self.space) } else { indent };
        WIDTH.saturating_sub(column)
    }

    fn newline(&mut self) {
        if self.begun {
            self.out.push('\n');
        }
        self.begun = false;
        self.space = false;
        self.ended = false;
        self.column = 0;
    }

    fn text(&mut self, indent: usize, text: &str) {
        if self.ended {
            self.newline();
        }
        if !self.begun {
            self.out.extend(std::iter::repeat_n(' ', indent));
            self.column = indent;
        } else if self.space {
            self.out.push(' ');
            self.column += 1;
        }
        self.space = false;
        self.begun = true;
        self.out.push_str(text);
        match text.rfind('\n') {
            Some(i) => self.column = text[i + 1..].chars().count(),
            None => self.column += text.chars().count(),
        }
    }

    fn blank(&mut self) {
        if self.begun {
            self.newline();
        }
        let opened = self.out.trim_end_matches('\n').ends_with(['{', '(', '[']);
        if !self.out.is_empty() && !opened && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn own(&mut self, indent: usize, text: &str) {
        if self.begun {
            self.newline();
        }
        self.text(indent, text);
        self.ended = true;
    }

    fn trailing(&mut self, text: &str) {
        self.out.push_str("  ");
        self.out.push_str(text);
        self.ended = true;
    }

    fn finish(mut self) -> String {
        self.newline();
        self.out
    }
}

/// Whether a group fits into the rest of the line, together with what follows
/// it up to the next possible break.
fn fits(room: usize, doc: &Doc, after: &[Frame]) -> bool {
    let mut room = room as isize;
    let mut stack = vec![(true, true, doc)];
    let mut rest = after.iter().rev();
    // Text was seen, and a comment that ends the line after it.
    let (mut begun, mut ended) = (false, false);
    loop {
        let Some((inside, flat, doc)) = stack.pop() else {
            match rest.next() {
                // The comment was the last of the line.
                _ if ended => return true,
                Some(frame) => stack.push((false, frame.flat, frame.doc)),
                None => return true,
            }
            continue;
        };
        match doc {
            Doc::Concat(parts) => stack.extend(parts.iter().rev().map(|doc| (inside, flat, doc))),
            Doc::Nest(doc) => stack.push((inside, flat, doc)),
            Doc::Group(doc) => stack.push((inside, flat || inside, doc)),
            Doc::Text(_) | Doc::Space | Doc::Line | Doc::SoftLine | Doc::IfBroken(_)
                if inside && ended =>
            {
                return false;
            }
            Doc::Closing(text) if text.contains('\n') => return false,
            Doc::Text(text) if text.contains('\n') => return false,
            Doc::Text(text) => {
                begun = true;
                room -= text.chars().count() as isize;
            }
            Doc::Closing(text) if flat => room -= text.chars().count() as isize + 1,
            Doc::Closing(_) => return true,
            Doc::Space => room -= 1,
            Doc::Line if flat => room -= 1,
            Doc::SoftLine | Doc::IfBroken(_) if flat => {}
            Doc::IfBroken(text) => room -= text.len() as isize,
            Doc::Line | Doc::SoftLine | Doc::HardLine | Doc::Blank => return !inside,
            Doc::Own(_) if inside && begun => return false,
            Doc::Own(_) if inside => {}
            Doc::Trailing(_) if inside => ended = true,
            Doc::Own(_) | Doc::Trailing(_) => return true,
        }
        if room < 0 {
            return false;
        }
    }
}
