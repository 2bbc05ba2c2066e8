//! Programs in Markdown: what the compiler says of a block, and what its text
//! expects it to say. Both the specification and the pages of the codes are
//! run through here; how a message is rendered is not known in this room.

use std::sync::Arc;

use bloom_compiler::calm::model::Assume;
use bloom_compiler::diag::Code;
use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::Severity;
use bloom_compiler::diag::codes;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::driver::NativeSignature;
use bloom_compiler::names;
use bloom_compiler::source::FileId;
use bloom_compiler::source::Import;
use bloom_compiler::source::Loaded;
use bloom_compiler::source::Loader;
use bloom_compiler::source::SourceMap;

use crate::blocks::Block;

/// What only a whole program can be told.
const WHOLE: [Code; 3] = [codes::UNUSED, codes::NEVER_WRITTEN, codes::NEVER_READ];

/// Everything the compiler says of a program, and the text it is about.
pub fn diagnose(block: &Block, text: &str) -> (SourceMap, Vec<Diagnostic>) {
    let mut compiled = compile(block, text);
    // `report` behind the fence asks what the report finds wrong as well.
    if block.has("report") {
        let report = compiled.report(&Assume::default());
        compiled.diagnostics.extend(compiled.faults(&report));
    }
    // A fragment does not use all that it declares; `lint` behind the fence
    // says that it is a whole program.
    if !block.has("lint") {
        compiled.diagnostics.retain(|d| !WHOLE.contains(&d.code));
    }
    (compiled.sources, compiled.diagnostics)
}

/// Everything that is known of a program.
pub fn compiled(block: &Block) -> Compiled {
    compile(block, &block.text)
}

/// The program after its names are resolved, as text.
pub fn resolved(block: &Block) -> String {
    compile(block, &block.text).hir.as_ref().map_or(String::new(), names::names_text)
}

fn compile(block: &Block, text: &str) -> Compiled {
    // `set:k=VALUE` behind the fence is a constant given on the command line.
    let words = block.words().filter_map(|word| word.strip_prefix("set:")?.split_once('='));
    let set = words.map(|(k, v)| (k.to_string(), v.to_string())).collect();
    let natives = block.words().filter_map(|word| signature(word.strip_prefix("native:")?));
    let loader = Some(Arc::new(Page { files: block.files.clone() }) as Arc<dyn Loader>);
    let options =
        driver::Options { set, natives: natives.collect(), loader, ..driver::Options::default() };
    driver::check("block.bloom", text, &options)
}

/// Files are the programs of the page that have a name; the library has one module.
#[derive(Debug)]
struct Page {
    files: Vec<(String, String)>,
}

/// All there is of `std.voting` here.
const VOTING: &str = include_str!("voting.bloom");

impl Loader for Page {
    fn load(&self, _from: Option<&str>, what: Import<'_>) -> Result<Loaded, String> {
        let (name, text) = match what {
            Import::File(path) => {
                let name = path.trim_start_matches("./");
                if name == "block.bloom" {
                    return Ok(Loaded { id: name.into(), name: name.into(), text: String::new() });
                }
                let found = self.files.iter().find(|(known, _)| known == name);
                found.cloned().ok_or_else(|| format!("there is no file {name}"))?
            }
            Import::Library("std.voting") => ("std/voting.bloom".to_string(), VOTING.to_string()),
            Import::Library(_) => return Err("not in the library".into()),
        };
        Ok(Loaded { id: name.clone(), name, text })
    }

    fn root(&self) -> Option<String> {
        Some("block.bloom".into())
    }

    fn library(&self) -> Vec<String> {
        vec!["std.voting".into()]
    }
}

/// `native:NAME(TYPE,TYPE):TYPE` behind the fence is a function of the embedding program.
fn signature(word: &str) -> Option<NativeSignature> {
    let (name, rest) = word.split_once('(')?;
    let (params, result) = rest.split_once("):")?;
    let params = params.split(',').filter(|ty| !ty.is_empty()).map(str::to_string).collect();
    Some(NativeSignature {
        name: name.to_string(),
        params,
        result: result.to_string(),
        fails: true,
        ..NativeSignature::default()
    })
}

/// What a comment expects: `// error: [B0101] "part of the title"`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expected {
    /// Line of the comment, from 1.
    pub line: usize,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// `B0101`
    pub code: String,
    /// A part of the title.
    pub title: String,
}

/// The expectations written into a program; `Err` names a comment that looks
/// like one and is none.
pub fn expectations(text: &str) -> Result<Vec<Expected>, String> {
    let mut out = Vec::new();
    for (i, line) in text.lines().enumerate() {
        for severity in ["error", "warning", "note"] {
            let mark = format!("// {severity}: ");
            for rest in line.split(&mark).skip(1) {
                let read = rest.strip_prefix('[').and_then(|r| r.split_once(']'));
                let Some((code, rest)) = read else {
                    return Err(format!("line {}: `{mark}` without a code in brackets", i + 1));
                };
                let mut quoted = rest.splitn(3, '"');
                let title = quoted.nth(1).unwrap_or("").to_string();
                out.push(Expected { line: i + 1, severity, code: code.to_string(), title });
            }
        }
    }
    Ok(out)
}

/// The word of a severity.
pub fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A message on one line, for failures of tests.
pub fn show(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let span = diagnostic.primary.span;
    let (line, column) = sources.file(span.file).line_col(span.lo);
    let Diagnostic { code, title, .. } = diagnostic;
    format!("{line}:{column}: {} [{code}] \"{title}\"", severity(diagnostic))
}

/// The text with a message's fix applied; `None` without a fix in the program.
pub fn fixed(text: &str, diagnostic: &Diagnostic) -> Option<String> {
    let fix = diagnostic.fix.as_ref().filter(|f| f.span.file == FileId(0))?;
    let range = fix.span.range();
    let (before, after) = (text.get(..range.start)?, text.get(range.end..)?);
    Some(format!("{before}{}{after}", fix.replacement))
}
