//! What the compiler has to say, as data. Rendering is elsewhere; this room
//! knows spans, codes and words, and no phase.

use crate::source::Span;

/// A stable code such as `B0203`. The table is in [`super::codes`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Code(pub u16);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "B{:04}", self.0)
    }
}

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// The program cannot run.
    Error,
    /// It can, but probably does not mean what it says.
    Warning,
    /// Worth knowing.
    Note,
}

/// A place in the source with what to say about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there; may be empty for the main place.
    pub text: String,
}

/// A change of the source that mends the program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What the change does, as an imperative: "write `not`".
    pub title: String,
    /// The range replaced (empty: an insertion).
    pub span: Span,
    /// The new text.
    pub replacement: String,
}

/// One message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Stable code.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// One line, lower case, no full stop: what is wrong.
    pub title: String,
    /// The main place.
    pub primary: Label,
    /// Other places involved, in reading order.
    pub labels: Vec<Label>,
    /// Why, in sentences; each one paragraph.
    pub notes: Vec<String>,
    /// What to do, in one sentence.
    pub help: Option<String>,
    /// A change that is sure to mend it.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: Code, span: Span, title: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            title: title.into(),
            primary: Label { span, text: String::new() },
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// A warning at `span`.
    pub fn warning(code: Code, span: Span, title: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, span, title) }
    }

    /// Says something about the main place.
    pub fn at(mut self, text: impl Into<String>) -> Diagnostic {
        self.primary.text = text.into();
        self
    }

    /// Adds another place, unless it is nowhere: what the language declares has
    /// no place in a program.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        if span == Span::default() {
            return self;
        }
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a paragraph of explanation.
    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(text.into());
        self
    }

    /// Says what to do.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    /// Offers a change that mends it.
    pub fn fix(
        mut self,
        title: impl Into<String>,
        span: Span,
        new: impl Into<String>,
    ) -> Diagnostic {
        self.fix = Some(Fix { title: title.into(), span, replacement: new.into() });
        self
    }

    /// Whether this stops the program from running.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
