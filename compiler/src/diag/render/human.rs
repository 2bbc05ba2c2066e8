//! Diagnostics for people: what is wrong, the source with every place
//! involved, why, and what to do. The only room that names the drawing library,
//! which draws the source; words around it are set here, so that a message
//! reads the same in every width of terminal.

use std::fmt;

use miette::GraphicalReportHandler;
use miette::GraphicalTheme;
use miette::LabeledSpan;
use miette::MietteError;
use miette::MietteSpanContents;
use miette::SourceCode;
use miette::SourceSpan;
use miette::SpanContents;

use crate::source::FileId;
use crate::source::SourceFile;
use crate::source::SourceMap;
use crate::source::Span;

use super::super::Diagnostic;
use super::super::Fix;
use super::super::Label;
use super::super::Severity;
use super::clip::Clipped;
use super::position;
use super::summary;
use super::word;

/// Columns of a paragraph, with its indentation.
const WIDTH: usize = 80;
/// Columns of "  help: ".
const INDENT: usize = 8;

/// What the drawing library wants to know: a file and its marks.
struct Marked<'m> {
    source: Lines<'m>,
    labels: Vec<LabeledSpan>,
    severity: miette::Severity,
}

/// A file handed out in lines, and only in those that carry a mark.
struct Lines<'m> {
    file: &'m SourceFile,
    clipped: Clipped<'m>,
}

impl SourceCode for Lines<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = &self.clipped.text;
        let (lo, hi) = (span.offset(), span.offset() + span.len());
        if hi > text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let (line, column) = self.file.line_col(self.clipped.origin(lo) as u32);
        let name = self.file.name.clone();
        // Without context the library asks for the position only.
        if before == 0 {
            let data = &text.as_bytes()[lo..hi];
            let contents =
                MietteSpanContents::new_named(name, data, *span, line - 1, column - 1, 1);
            return Ok(Box::new(contents));
        }
        let start = text[..lo].rfind('\n').map_or(0, |at| at + 1);
        let end = text[hi..].find('\n').map_or(text.len(), |at| hi + at + 1);
        let data = &text.as_bytes()[start..end];
        // One line more than there are: a gap of one line is shown instead of
        // a second frame.
        let count = text[lo..hi].matches('\n').count() + 2;
        let whole = SourceSpan::new(start.into(), end - start);
        Ok(Box::new(MietteSpanContents::new_named(name, data, whole, line - 1, 0, count)))
    }
}

impl fmt::Display for Marked<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl fmt::Debug for Marked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Marked")
    }
}

impl std::error::Error for Marked<'_> {}

impl miette::Diagnostic for Marked<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// Draws with one choice of colours and characters.
struct Painter {
    handler: GraphicalReportHandler,
    color: bool,
}

/// All messages, an empty line between two, and the summary at the end.
pub(super) fn render(map: &SourceMap, diags: &[&Diagnostic], color: bool, unicode: bool) -> String {
    if diags.is_empty() {
        return String::new();
    }
    let painter = Painter::new(color, unicode);
    let mut out = String::new();
    for diagnostic in diags {
        painter.message(&mut out, map, diagnostic);
        out.push('\n');
    }
    out.push_str(&summary(map, diags));
    out.push('\n');
    out
}

/// A message alone.
pub(super) fn one(map: &SourceMap, diagnostic: &Diagnostic, color: bool, unicode: bool) -> String {
    let mut out = String::new();
    Painter::new(color, unicode).message(&mut out, map, diagnostic);
    out
}

impl Painter {
    fn new(color: bool, unicode: bool) -> Painter {
        let theme = match (unicode, color) {
            (true, true) => GraphicalTheme::unicode(),
            (true, false) => GraphicalTheme::unicode_nocolor(),
            (false, true) => GraphicalTheme::ascii(),
            (false, false) => GraphicalTheme::none(),
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_context_lines(1)
            .without_cause_chain();
        Painter { handler, color }
    }

    fn message(&self, out: &mut String, map: &SourceMap, diagnostic: &Diagnostic) {
        let severity = diagnostic.severity;
        let head = format!("{}[{}]", word(severity), diagnostic.code);
        let head = self.paint(&head, style(severity));
        out.push_str(&format!("{head}: {}\n", self.paint(&diagnostic.title, "1")));
        self.source(out, map, diagnostic);
        for note in &diagnostic.notes {
            self.paragraph(out, "note", note);
        }
        if let Some(help) = &diagnostic.help {
            self.paragraph(out, "help", help);
        }
        if let Some(fix) = &diagnostic.fix {
            self.fix(out, map, fix);
        }
        self.paragraph(out, "more", &format!("bloom explain {}", diagnostic.code));
    }

    /// The source, file by file: that of the main place first.
    fn source(&self, out: &mut String, map: &SourceMap, diagnostic: &Diagnostic) {
        let mut files: Vec<FileId> = vec![diagnostic.primary.span.file];
        for label in &diagnostic.labels {
            if !files.contains(&label.span.file) {
                files.push(label.span.file);
            }
        }
        for id in files {
            let Some(file) = map.files().get(id.0 as usize) else { continue };
            let text = &file.text;
            let marks: Vec<(bool, &Label, (usize, usize))> = std::iter::once(&diagnostic.primary)
                .chain(&diagnostic.labels)
                .enumerate()
                .filter(|(_, label)| label.span.file == id)
                .map(|(i, label)| (i == 0, label, fit(text, label.span)))
                .collect();
            let ends: Vec<usize> = marks.iter().flat_map(|(_, _, (lo, hi))| [*lo, *hi]).collect();
            let clipped = Clipped::new(text, &ends);
            let label = |&(primary, label, (lo, hi)): &(bool, &Label, (usize, usize))| {
                let (lo, hi) = (clipped.place(lo), clipped.place(hi));
                let span = SourceSpan::new(lo.into(), hi - lo);
                match primary {
                    true => LabeledSpan::new_primary_with_span(words(&label.text), span),
                    false => LabeledSpan::new_with_span(words(&label.text), span),
                }
            };
            let labels: Vec<LabeledSpan> = marks.iter().map(label).collect();
            let severity = match diagnostic.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
                Severity::Note => miette::Severity::Advice,
            };
            let marked = Marked { source: Lines { file, clipped }, labels, severity };
            let mut drawn = String::new();
            if self.handler.render_report(&mut drawn, &marked).is_ok() {
                push_frames(out, &drawn);
            } else {
                let (name, (line, col), _) = position(map, diagnostic.primary.span);
                out.push_str(&format!("  --> {name}:{line}:{col}\n"));
            }
        }
    }

    fn fix(&self, out: &mut String, map: &SourceMap, fix: &Fix) {
        let (_, (line, col), _) = position(map, fix.span);
        let old = map.text(fix.span);
        let short = |text: &str| !text.is_empty() && !text.contains('\n') && text.len() <= 40;
        let new = &fix.replacement;
        let how = match (old.is_empty(), new.is_empty()) {
            (true, _) => format!("insert `{new}` at {line}:{col}"),
            (false, true) if short(old) => format!("delete `{old}` at {line}:{col}"),
            (false, true) => format!("delete the text at {line}:{col}"),
            (false, false) if short(old) => format!("`{old}` -> `{new}` at {line}:{col}"),
            (false, false) => format!("write `{new}` at {line}:{col}"),
        };
        self.paragraph(out, "fix", &format!("{}: {how}", fix.title));
    }

    /// `  help: text`, broken between words; line breaks of the text are kept.
    fn paragraph(&self, out: &mut String, word: &str, text: &str) {
        let tag = format!("{:>width$}:", word, width = INDENT - 2);
        out.push_str(&self.paint(&tag, "36"));
        let mut first = true;
        for line in text.lines() {
            // Code in a help keeps its lines and its indentation.
            let pieces = if line.starts_with(' ') { vec![line.to_string()] } else { broken(line) };
            for piece in pieces {
                if !first {
                    out.push('\n');
                    out.push_str(&" ".repeat(INDENT - 1));
                }
                out.push(' ');
                out.push_str(&piece);
                first = false;
            }
        }
        out.push('\n');
    }

    fn paint(&self, text: &str, style: &str) -> String {
        if self.color { format!("\u{1b}[{style}m{text}\u{1b}[0m") } else { text.to_string() }
    }
}

fn style(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "1;31",
        Severity::Warning => "1;33",
        Severity::Note => "1;36",
    }
}

fn words(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_string())
}

/// The span within the text and on character boundaries: a drawing must not
/// fail for a span that a phase made in haste.
fn fit(text: &str, span: Span) -> (usize, usize) {
    let mut lo = floor(text, span.lo as usize);
    if lo == text.len() {
        // The end of the text is shown at its last line, not below it.
        lo = text.trim_end().len();
    }
    let mut hi = floor(text, span.hi as usize).max(lo);
    // Line ends inside a mark would make the drawing a bracket over lines.
    hi = lo + text[lo..hi].trim_end().len();
    (lo, hi)
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The frames of the drawing without the line that the library sets above.
fn push_frames(out: &mut String, drawn: &str) {
    for line in drawn.lines().skip(1) {
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// A line broken between words to fit beside the indentation.
fn broken(line: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        let long = piece.chars().count() + 1 + word.chars().count() > WIDTH - INDENT;
        if long && !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
        }
        if !piece.is_empty() {
            piece.push(' ');
        }
        piece.push_str(word);
    }
    pieces.push(piece);
    pieces
}
