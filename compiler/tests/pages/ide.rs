//! What editors are answered: in every program of `spec/ide/*.md` a `$0` marks
//! the cursor, and the blocks behind it say what is answered there. With
//! `BLOOM_UPDATE=1` the answers are written into the pages, to be read before
//! they are kept. What is right stands in the pages.

use std::path::Path;
use std::path::PathBuf;

use libtest_mimic::Failed;
use libtest_mimic::Trial;

use bloom_compiler::driver;
use bloom_compiler::ide;
use bloom_compiler::ide::Analysis;
use bloom_compiler::source::SourceMap;
use bloom_compiler::source::Span;

use crate::blocks;
use crate::blocks::Block;

const CURSOR: &str = "$0";

/// How long to look for what helps.
const EFFORT: ide::Effort =
    ide::Effort { examples: 10_000, changes: driver::Budget { rules: 4_000, oracle: 40_000 } };

/// A trial for each answer.
pub fn trials() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/ide");
    let mut pages: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder can be read")
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .collect();
    pages.sort();
    let mut trials = Vec::new();
    for path in pages {
        if std::env::var("BLOOM_UPDATE").is_ok() {
            update(&path);
        }
        let stem = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
        let text = std::fs::read_to_string(&path).expect("a page can be read");
        let mut program = Block::default();
        for block in blocks::blocks(&text) {
            if block.is_program() {
                program = block;
                continue;
            }
            let name = format!("ide/{stem}:{} {} {}", block.line, block.info, block.heading);
            let of = program.clone();
            trials.push(Trial::test(name, move || check(&of, &block)));
        }
    }
    trials.push(Trial::test("ide/every place of every page is no panic", everywhere));
    trials
}

fn check(program: &Block, wanted: &Block) -> Result<(), Failed> {
    let found = answer(&program.text, &wanted.info)?;
    if found.trim_end() == wanted.text.trim_end() {
        return Ok(());
    }
    Err(format!("wanted\n{}\nfound\n{found}", wanted.text).into())
}

/// Asks everything at every place, also of texts that are cut short.
fn everywhere() -> Result<(), Failed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/ide");
    for entry in std::fs::read_dir(folder)?.filter_map(Result::ok) {
        let page = std::fs::read_to_string(entry.path())?;
        for block in blocks::blocks(&page).into_iter().filter(Block::is_program) {
            let text = block.text.replace(CURSOR, "");
            let half: String = text.chars().take(text.chars().count() * 2 / 3).collect();
            for text in [text, half] {
                let analysis = analyse(&text);
                analysis.colours();
                analysis.symbols();
                analysis.folds();
                let known = analysis.coordination();
                assert!(known.lenses.iter().all(|lens| text.get(lens.span.range()).is_some()));
                for at in 0..=text.len() {
                    analysis.hover(at);
                    analysis.complete(at);
                    analysis.signatures(at);
                    analysis.references(at, true);
                    let _ = analysis.can_rename(at);
                }
            }
        }
    }
    Ok(())
}

fn update(path: &Path) {
    let text = std::fs::read_to_string(path).expect("a page can be read");
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    let mut program = String::new();
    let mut changes = Vec::new();
    for block in blocks::blocks(&text) {
        if block.is_program() {
            program = block.text;
        } else if let Ok(found) = answer(&program, &block.info) {
            changes.push((block.line, block.text.lines().count(), found));
        }
    }
    for (line, count, found) in changes.into_iter().rev() {
        let new: Vec<String> = found.trim_end().lines().map(str::to_string).collect();
        lines.splice(line..line + count, new);
    }
    std::fs::write(path, lines.join("\n") + "\n").expect("a page can be written");
}

fn analyse(text: &str) -> Analysis {
    Analysis::new("page.bloom", text, &driver::Options::default())
}

/// The answer to a question at the cursor.
fn answer(program: &str, question: &str) -> Result<String, Failed> {
    let at = program.find(CURSOR);
    let text = program.replacen(CURSOR, "", 1);
    let analysis = analyse(&text);
    let mut sources = SourceMap::default();
    sources.add("page.bloom", text.clone());
    let show = |span: Span| place(&sources, span);
    let cursor = || at.ok_or_else(|| Failed::from("the program has no `$0`"));
    let (what, rest) = question.split_once(' ').unwrap_or((question, ""));
    Ok(match what {
        "hover" => match analysis.hover(cursor()?) {
            Some(hover) => format!("`{}`\n{}", &text[hover.range], hover.text),
            None => "nothing".into(),
        },
        "definition" => lines(analysis.definition(cursor()?).into_iter().map(show)),
        "references" => lines(
            analysis
                .references(cursor()?, true)
                .into_iter()
                .map(|r| format!("{} {}", show(r.span), format!("{:?}", r.how).to_lowercase())),
        ),
        "rename" => match analysis.rename(cursor()?, rest) {
            Ok(edits) => ide::apply(&text, &edits),
            Err(why) => format!("no: {why}"),
        },
        "complete" => complete(&analysis, &text, cursor()?),
        "signature" => signature(&analysis, cursor()?),
        "symbols" => {
            let mut out = String::new();
            symbols(&analysis.symbols(), 0, &sources, &mut out);
            out
        }
        "colours" => lines(analysis.colours().into_iter().map(|c| {
            let mut flags = String::new();
            for (is, word) in [(c.declares, " declares"), (c.given, " given")] {
                flags.push_str(if is { word } else { "" });
            }
            format!("{} {}{flags}", show(c.span), format!("{:?}", c.colour).to_lowercase())
        })),
        "folds" => lines(analysis.folds().into_iter().map(|f| {
            let comment = if f.comment { " comment" } else { "" };
            format!("{}-{}{comment}", f.first, f.last)
        })),
        "format" => match analysis.format() {
            Ok(edits) => {
                let changed = edits.iter().map(|e| {
                    format!(
                        "{} -> {:?}",
                        show(Span::new(Default::default(), e.range.start, e.range.end)),
                        e.text
                    )
                });
                lines(changed)
            }
            Err(mistakes) => format!("no: {mistakes} mistakes"),
        },
        "actions" => {
            let at = cursor()?;
            lines(analysis.actions(&(at..at)).into_iter().map(|a| {
                let span = Span::new(Default::default(), a.edit.range.start, a.edit.range.end);
                format!("{}: {} -> {:?}", a.title, show(span), a.edit.text)
            }))
        }
        "verdicts" => {
            let known = analysis.coordination();
            lines(known.lenses.iter().map(|lens| {
                let what = if lens.is_rule { "rule" } else { "shown" };
                format!("{} {what} {}", show(lens.span), verdict(&known, &lens.said))
            }))
        }
        "rewrites" => {
            let known = analysis.deepened(&analysis.coordination(), EFFORT);
            let at = cursor()?;
            lines(analysis.rewrites(&known, &(at..at)).into_iter().map(|(point, one, edits)| {
                let same = if one.rewrite.machine_applicable { "keeps" } else { "changes" };
                let after = ide::apply(&text, &edits);
                let lines = after.lines().filter(|line| !text.contains(line));
                let new: Vec<&str> = lines.collect();
                format!("{} {} {same}: {}", point.id, one.rewrite.id, new.join(" "))
            }))
        }
        _ => return Err(format!("`{question}` is no question").into()),
    })
}

/// What a verdict says, with the names of points.
fn verdict(known: &ide::Coordination, said: &ide::Said) -> String {
    let points = |all: &[usize]| {
        let ids = all.iter().filter_map(|at| known.point(*at));
        ids.map(|point| point.id.clone()).collect::<Vec<_>>().join(" ")
    };
    match said {
        ide::Said::Free => "free".into(),
        ide::Said::Declared => "declared".into(),
        ide::Said::Waits(all) => format!("waits {}", points(all)),
        ide::Said::Accepted(all) => format!("accepted {}", points(all)),
        ide::Said::Threshold(all) => {
            let conditions = all.iter().filter_map(|at| known.threshold(*at));
            let all: Vec<&str> = conditions.map(|one| one.condition.as_str()).collect();
            format!("threshold {}", all.join(" "))
        }
    }
}

/// What begins with the word that is being typed; functions only then.
fn complete(analysis: &Analysis, text: &str, at: usize) -> String {
    let offers = analysis.complete(at);
    let shown = offers.iter().filter_map(|o| {
        let typed = &text[o.range.clone()];
        let long = offers.len() > 40 && o.kind >= ide::OfferKind::Function;
        if !o.label.starts_with(typed) || long && typed.is_empty() {
            return None;
        }
        let kind = format!("{:?}", o.kind).to_lowercase();
        let snippet = o.snippet.as_ref().map_or(String::new(), |s| format!(" -> {s}"));
        let detail = if o.detail.is_empty() { String::new() } else { format!(" {}", o.detail) };
        Some(format!("{kind} {}{detail}{snippet}", o.label))
    });
    lines(shown)
}

fn signature(analysis: &Analysis, at: usize) -> String {
    let Some(found) = analysis.signatures(at) else { return "nothing".into() };
    lines(found.all.iter().enumerate().map(|(i, s)| {
        let active = if i == found.active { "* " } else { "  " };
        let param = s.params.get(found.parameter).map_or("-", String::as_str);
        format!("{active}{} [{param}]", s.label)
    }))
}

fn symbols(all: &[ide::Symbol], depth: usize, sources: &SourceMap, out: &mut String) {
    for symbol in all {
        let kind = format!("{:?}", symbol.kind).to_lowercase();
        let at = place(sources, symbol.selection);
        let line = format!("{kind} {} ({}) {at}", symbol.name, symbol.detail);
        out.push_str(&format!("{}{line}\n", "  ".repeat(depth)));
        symbols(&symbol.children, depth + 1, sources, out);
    }
}

fn lines(all: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = all.collect();
    if all.is_empty() { "nothing".into() } else { all.join("\n") }
}

/// `3:7 link`
fn place(sources: &SourceMap, span: Span) -> String {
    let (line, column) = sources.file(span.file).line_col(span.lo);
    let text = sources.text(span).replace('\n', "⏎");
    format!("{line}:{column} {text}").trim_end().to_string()
}
