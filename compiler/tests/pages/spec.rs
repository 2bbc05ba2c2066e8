//! The dense specification: every program in `spec/*.md` and `spec/ticks/*.md` is compiled, and what
//! the compiler says of it must be what the comments in it expect, no more and
//! no less. A fix that is offered must leave less to say. The pages know what
//! is right; this room only compares.

use std::path::Path;

use libtest_mimic::Failed;
use libtest_mimic::Trial;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::source::SourceMap;

use crate::blocks;
use crate::blocks::Block;
use crate::markdown;
use crate::markdown::Expected;

/// A trial for each.
pub fn trials() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec");
    let pages = [folder.clone(), folder.join("ticks")].into_iter().flat_map(|folder| {
        std::fs::read_dir(&folder)
            .expect("the folder of the specification can be read")
            .filter_map(|entry| entry.ok().map(|e| e.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "md"))
    });
    let mut pages: Vec<_> = pages.collect();
    pages.sort();
    let mut trials = Vec::new();
    let mut programs = String::new();
    for path in pages {
        let stem = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
        let text = std::fs::read_to_string(&path).expect("a page can be read");
        let mut program: Option<Block> = None;
        for block in blocks::blocks(&text) {
            let name = format!("{stem}:{} {}", block.line, block.heading);
            if block.is_program() {
                program = Some(block.clone());
                programs.push_str(&block.text);
                trials.push(Trial::test(name, move || check(&block)));
            } else if let ("names", Some(of)) = (block.info.as_str(), &program) {
                let of = of.clone();
                trials.push(Trial::test(name, move || check_names(&of, &block)));
            }
        }
    }
    trials.push(Trial::test("half a program is no panic", move || survive(&programs)));
    trials
}

/// Pieces of the programs, cut short or with every second word missing:
/// whatever is said of them, the compiler comes back.
fn survive(programs: &str) -> Result<(), Failed> {
    let lines: Vec<&str> = programs.lines().collect();
    let window = 12;
    let block = Block::default();
    for start in 0..lines.len() {
        let part = &lines[start..(start + window).min(lines.len())];
        markdown::diagnose(&block, &part.join("\n"));
        let whole = part.join("\n");
        let half: String = whole.chars().take(whole.chars().count() / 2).collect();
        markdown::diagnose(&block, &half);
        let holes: String = whole.split_inclusive(' ').step_by(2).collect();
        markdown::diagnose(&block, &holes);
    }
    Ok(())
}

fn check(block: &Block) -> Result<(), Failed> {
    let wanted = markdown::expectations(&block.text)?;
    let (sources, said) = markdown::diagnose(block, &block.text);
    let mut complaints = compare(&sources, wanted, &said);
    for diagnostic in &said {
        if let Some(text) = markdown::fixed(&block.text, diagnostic) {
            let (_, rest) = markdown::diagnose(block, &text);
            if rest.len() >= said.len() {
                let message = markdown::show(&sources, diagnostic);
                complaints.push(format!("the fix does not mend: {message}"));
            }
        }
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}

/// What became of the program before it, line by line.
fn check_names(program: &Block, wanted: &Block) -> Result<(), Failed> {
    let found = markdown::resolved(program);
    if found == wanted.text {
        return Ok(());
    }
    Err(format!("wanted:\n{}\nfound:\n{found}", wanted.text).into())
}

fn compare(sources: &SourceMap, mut wanted: Vec<Expected>, said: &[Diagnostic]) -> Vec<String> {
    let mut complaints = Vec::new();
    for diagnostic in said {
        let span = diagnostic.primary.span;
        let line = sources.file(span.file).line_col(span.lo).0;
        let met = wanted.iter().position(|e| {
            e.line == line
                && e.severity == markdown::severity(diagnostic)
                && e.code == diagnostic.code.to_string()
                && diagnostic.title.contains(&e.title)
        });
        match met {
            Some(i) => {
                wanted.remove(i);
            }
            None => complaints.push(format!("unexpected: {}", markdown::show(sources, diagnostic))),
        }
    }
    for Expected { line, severity, code, title } in wanted {
        complaints.push(format!("missing: {line}: {severity} [{code}] \"{title}\""));
    }
    complaints
}
