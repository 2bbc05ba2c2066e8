//! Messages on stderr: in which form, in which colours, and whether at all.
//! Every other room says things through here and must not print.

use std::cell::RefCell;
use std::io::IsTerminal;
use std::io::Write;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::Severity;
use bloom_compiler::diag::codes;
use bloom_compiler::diag::render;
use bloom_compiler::diag::render::github;
use bloom_compiler::diag::render::sarif;
use bloom_compiler::source::SourceMap;

use crate::cli::args::MessageFormat;
use crate::cli::args::TalkArgs;
use crate::cli::args::When;
use crate::cli::exit::Exit;

/// How to talk.
pub struct Talk {
    format: MessageFormat,
    color: bool,
    unicode: bool,
    quiet: bool,
    terminal: bool,
    /// What a SARIF log will hold; it is one document and said at the end.
    log: RefCell<sarif::Log>,
}

/// A message about a place in a data file, or about no place at all.
#[derive(serde::Serialize)]
struct Remark<'a> {
    schema: &'static str,
    severity: &'static str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    col: Option<usize>,
}

impl Talk {
    /// From the arguments and the surroundings.
    pub fn new(args: &TalkArgs) -> Talk {
        let terminal = std::io::stderr().is_terminal();
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        let color = match args.color {
            When::Always => true,
            When::Never => false,
            When::Auto => terminal && !dumb && set("NO_COLOR").is_none(),
        };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        let unicode = !locale.is_some_and(|locale| locale == "C" || locale == "POSIX");
        let log = RefCell::default();
        Talk { format: args.message_format, color, unicode, quiet: args.quiet, terminal, log }
    }

    /// For another thread, to talk in the same way.
    pub fn twin(&self) -> Talk {
        let log = RefCell::default();
        let Talk { format, color, unicode, quiet, terminal, .. } = *self;
        Talk { format, color, unicode, quiet, terminal, log }
    }

    /// Whether messages are said when they arise, not all at the end.
    pub fn says_at_once(&self) -> bool {
        self.format != MessageFormat::Sarif
    }

    /// What can be said only when the command has done everything else.
    pub fn finish(&self) {
        if self.format == MessageFormat::Sarif {
            self.say(&self.log.borrow().finish());
        }
    }

    /// Whether someone watches, so that a bar makes sense.
    pub fn watched(&self) -> bool {
        self.terminal && !self.quiet && self.format == MessageFormat::Human
    }

    /// Whether colours are wanted.
    pub fn coloured(&self) -> bool {
        self.color
    }

    /// Diagnostics of a program; without errors, only if not to be quiet.
    pub fn diagnostics(&self, sources: &SourceMap, all: &[Diagnostic]) {
        let kept: Vec<Diagnostic> =
            all.iter().filter(|one| one.is_error() || !self.quiet).cloned().collect();
        if kept.is_empty() {
            return;
        }
        let format = match self.format {
            MessageFormat::Human => {
                render::Format::Human { color: self.color, unicode: self.unicode }
            }
            MessageFormat::Short => render::Format::Short,
            MessageFormat::Json => render::Format::Json,
            MessageFormat::Github => render::Format::Github,
            MessageFormat::Sarif => return self.log.borrow_mut().add(sources, &kept),
        };
        self.say(&render::render(format, sources, &kept));
    }

    /// A program about which there is nothing to say: a reader of JSON waits for
    /// a report all the same.
    pub fn right(&self, sources: &SourceMap, text: &str) {
        match self.format {
            MessageFormat::Json => self.say(&render::render(render::Format::Json, sources, &[])),
            // The log at the end says it by being empty.
            MessageFormat::Sarif => {}
            MessageFormat::Human | MessageFormat::Short | MessageFormat::Github => {
                self.report(text);
            }
        }
    }

    /// The same beside what was said of a program; readers of JSON do without.
    pub fn beside(&self, text: &str) {
        match self.format {
            MessageFormat::Json | MessageFormat::Sarif => {}
            MessageFormat::Human | MessageFormat::Short | MessageFormat::Github => {
                self.report(text);
            }
        }
    }

    /// A diagnostic as a part of what goes to stdout, if that is for people.
    pub fn drawn(&self, sources: &SourceMap, one: &Diagnostic) -> Option<String> {
        let is_plain = !std::io::stdout().is_terminal();
        let color = self.color && !is_plain;
        (self.format == MessageFormat::Human)
            .then(|| render::one(sources, one, color, self.unicode))
    }

    /// Whether only what is wrong is wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Something worth knowing.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.remark(Severity::Note, None, None, text);
        }
    }

    /// A mistake of the command line or the world around.
    pub fn error(&self, text: &str) {
        self.remark(Severity::Error, None, None, text);
    }

    /// The same, as a reason to end.
    pub fn refuse(&self, text: impl AsRef<str>) -> Exit {
        self.error(text.as_ref());
        Exit::Invocation
    }

    /// A limit that was reached outside the program.
    pub fn limit(&self, text: &str) {
        let code = codes::LIMIT_REACHED.to_string();
        self.remark(Severity::Error, Some(&code), None, text);
    }

    /// A mistake at a place in a data file.
    pub fn bad(&self, code: &str, (file, line, col): (&str, u64, usize), text: &str) {
        self.remark(Severity::Error, Some(code), Some((file, line, col)), text);
    }

    /// Text for people that is the point of the command.
    pub fn report(&self, text: &str) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// Text that was asked for on stderr, as it is.
    pub fn say(&self, text: &str) {
        // When even stderr is closed there is nobody to tell.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }

    fn remark(
        &self,
        severity: Severity,
        code: Option<&str>,
        place: Option<(&str, u64, usize)>,
        text: &str,
    ) {
        let (word, style) = match severity {
            Severity::Error => ("error", "1;31"),
            Severity::Warning => ("warning", "1;33"),
            Severity::Note => ("note", "1;36"),
        };
        let coded = code.map(|code| format!("[{code}]")).unwrap_or_default();
        let at = place.map(|(file, line, col)| format!("{file}:{line}:{col}: "));
        let at = at.unwrap_or_default();
        let line = match self.format {
            MessageFormat::Json => {
                let remark = Remark {
                    schema: "bloom-remark/1",
                    severity: word,
                    title: text,
                    code,
                    file: place.map(|place| place.0),
                    line: place.map(|place| place.1),
                    col: place.map(|place| place.2),
                };
                // Texts and numbers always have a JSON form.
                serde_json::to_string(&remark).unwrap_or_default()
            }
            MessageFormat::Human if self.color => {
                format!("\x1b[{style}m{word}{coded}\x1b[0m: {at}{text}")
            }
            MessageFormat::Human => format!("{word}{coded}: {at}{text}"),
            MessageFormat::Short => format!("{at}{word}{coded}: {text}"),
            MessageFormat::Sarif => {
                let text = format!("{text}{}", code.map(|c| format!(" [{c}]")).unwrap_or_default());
                return self.log.borrow_mut().remark(severity, &text, place);
            }
            MessageFormat::Github => {
                let at = place.map(|(file, line, col)| {
                    format!("file={},line={line},col={col}", github::property(file))
                });
                let title = code.map(|code| format!("title={code}"));
                let properties: Vec<String> = at.into_iter().chain(title).collect();
                return self.say(&github::command(severity, &properties.join(","), text));
            }
        };
        self.say(&format!("{line}\n"));
    }
}

/// Writes to stdout; a reader that went away ends the command in peace.
pub fn write_out(talk: &Talk, bytes: &[u8]) -> Result<(), Exit> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| closed(talk, &error))
}

/// What a failed write to stdout means.
pub fn closed(talk: &Talk, error: &std::io::Error) -> Exit {
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        return Exit::Closed;
    }
    talk.refuse(format!("cannot write to stdout: {error}"))
}
