//! What the documentation shows is what happens. Every page is played in a folder of its own:
//! blocks with `file=NAME` are written there, the commands of `console` blocks are run, and what
//! they print must be what the page says. This room knows the tool by its command line and, of the
//! compiler, only the table of functions, which one page repeats.
//!
//! The blocks of a page, by the words after the three backticks:
//!
//! - `LANG file=NAME`: a file.
//! - `bloom`: a program without errors. `bloom error=B0301`: one that is refused with this code.
//! - `bloom fragment`: a piece that is no program; not played.
//! - `console`: lines that begin with `$ ` are commands, the lines below what they print, on both
//!   streams. A line `...` stands for any number of lines, `…` in a line for any text: times, for
//!   example. `console exit=1`: the exit code of the last command.
//! - `repl`: a session at the prompt. Lines that begin with `bloom> ` or `     > ` are typed, the
//!   others are what is said; `repl begin=FILE` begins with a program.
//! - everything else is not played.
//!
//! `BLOOM_RUN_WITH` is added to every run; see `otherwise`.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use bloom_compiler::names::roles::RESERVED;
use bloom_compiler::types::builtins::Partial;
use bloom_compiler::types::builtins::TABLE;
use libtest_mimic::Failed;
use libtest_mimic::Trial;

use crate::blocks::Block;
use crate::blocks::blocks;

/// Two trials for each page, and what pages repeat of the tool.
pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for page in pages() {
        let name = page.strip_prefix(root()).unwrap_or(&page).display().to_string();
        let (played, linked) = (page.clone(), page);
        trials.push(Trial::test(format!("play::{name}"), move || play(&played)));
        trials.push(Trial::test(format!("links::{name}"), move || links(&linked)));
    }
    trials.push(Trial::test("functions", functions));
    trials.push(Trial::test("flags", flags));
    trials.push(Trial::test("commands of continuous integration", integration));
    trials.push(Trial::test("flags are no parameters", reserved));
    trials
}

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().unwrap_or(root)
}

/// All pages, by path.
fn pages() -> Vec<PathBuf> {
    let root = root();
    let mut found = vec![root.join("README.md")];
    let mut folders = vec![root.join("docs"), root.join("examples")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn play(page: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(root().join("examples"), folder.path().join("examples"))?;
    let mut wrong = Vec::new();
    for block in blocks(&fs::read_to_string(page)?) {
        let line = block.line;
        let result = if let Some(name) = block.value("file") {
            write(folder.path(), name, &block.text)
        } else if block.lang() == "console" {
            console(folder.path(), &block)
        } else if block.lang() == "repl" {
            session(folder.path(), &block)
        } else if block.is_program() && !block.has("fragment") {
            program(folder.path(), &block)
        } else {
            Ok(())
        };
        if let Err(message) = result {
            wrong.push(format!("{}:{line}: {message}", page.display()));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n\n").into()) }
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let path = folder.join(name);
    let parent = path.parent().ok_or("a file without a folder")?;
    fs::create_dir_all(parent).and_then(|()| fs::write(&path, text)).map_err(|e| e.to_string())
}

/// Runs a line in the folder with the tool in front of the path; gives exit code and both streams.
fn shell(folder: &Path, line: &str) -> Result<(i32, String), String> {
    let line = match line.strip_prefix("cargo run --release -- ") {
        Some(rest) => format!("bloom {rest}"),
        None => line.to_string(),
    };
    let tool = Path::new(env!("CARGO_BIN_EXE_bloom"));
    let mut path = vec![tool.parent().ok_or("the tool has no folder")?.to_path_buf()];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let path = env::join_paths(path).map_err(|e| e.to_string())?;
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {line}\n}} 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "80")
        .output()
        .map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((output.status.code().unwrap_or(-1), text))
}

/// The command with what `BLOOM_RUN_WITH` adds to runs, `--workers 2` or `--views dataflow`: pages
/// are true whoever does the work. Only what a page says of the work itself, and of when rows come,
/// is left as it is.
fn otherwise(command: &str) -> String {
    const SAY: [&str; 7] =
        ["--workers", "--views", "--stats", "--hosts", "--help", "--stream", "--max-ro"];
    match env::var("BLOOM_RUN_WITH") {
        Ok(words) if !SAY.iter().any(|say| command.contains(say)) => {
            command.replace("bloom run ", &format!("bloom run {words} "))
        }
        _ => command.to_owned(),
    }
}

fn console(folder: &Path, block: &Block) -> Result<(), String> {
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in block.text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command, Vec::new())),
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => return Err("a console block begins with `$ `".into()),
        }
    }
    let last = commands.len();
    for (i, (command, wanted)) in commands.iter().enumerate() {
        let exit = if i + 1 == last { block.value("exit").unwrap_or("0") } else { "0" };
        let (code, text) = shell(folder, &otherwise(command))?;
        let got: Vec<&str> = text.lines().map(str::trim_end).collect();
        if code.to_string() != exit {
            return Err(format!("`{command}` exits with {code}, not {exit}:\n{text}"));
        }
        if !agrees(wanted, &got) {
            return Err(format!("`{command}` prints\n{text}\nnot\n{}", wanted.join("\n")));
        }
    }
    Ok(())
}

/// Whether lines are the wanted ones, where `...` stands for any number.
fn agrees(wanted: &[&str], got: &[&str]) -> bool {
    match wanted.split_first() {
        None => got.is_empty(),
        Some((&"...", rest)) => (0..=got.len()).any(|i| agrees(rest, &got[i..])),
        Some((first, rest)) => match got.split_first() {
            Some((line, more)) => fits(first.trim_end(), line) && agrees(rest, more),
            None => false,
        },
    }
}

/// Whether a line is the wanted one, where `…` stands for any text.
fn fits(wanted: &str, got: &str) -> bool {
    match wanted.split_once('…') {
        None => wanted == got,
        Some((first, rest)) => got.strip_prefix(first).is_some_and(|got| {
            got.char_indices().map(|(i, _)| i).chain([got.len()]).any(|i| fits(rest, &got[i..]))
        }),
    }
}

fn program(folder: &Path, block: &Block) -> Result<(), String> {
    write(folder, "block.bloom", &block.text)?;
    let (code, text) = shell(folder, "bloom check block.bloom")?;
    match block.value("error") {
        None if code == 0 && !text.contains("warning") => Ok(()),
        Some(wanted) if code == 1 && text.contains(wanted) => Ok(()),
        None => Err(format!("the program is not clean:\n{text}")),
        Some(wanted) => Err(format!("wanted {wanted}, got exit code {code}:\n{text}")),
    }
}

/// Links between pages lead somewhere, and so do those to a heading.
fn links(page: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(page)?;
    let folder = page.parent().ok_or("a page without a folder")?;
    let mut wrong = Vec::new();
    for piece in text.split("](").skip(1) {
        let target = piece.split(')').next().unwrap_or_default();
        let (file, heading) = target.split_once('#').unwrap_or((target, ""));
        if target.contains("://") {
            continue;
        }
        let to = if file.is_empty() { page.to_path_buf() } else { folder.join(file) };
        let there = to.exists()
            && (heading.is_empty() || anchors(&fs::read_to_string(&to)?).contains(heading));
        if !there {
            wrong.push(format!("{}: no {target}", page.display()));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// What links to the headings of a page are called: in lower case, without marks, joined by `-`.
fn anchors(text: &str) -> BTreeSet<String> {
    let heading = |line: &str| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    text.lines().filter(|l| l.starts_with('#')).map(heading).collect()
}

/// The page on functions shows the compiler's table, row by row.
fn functions() -> Result<(), Failed> {
    let path = root().join("docs/reference/functions.md");
    let page = fs::read_to_string(&path)?;
    let shown: BTreeSet<&str> = page.lines().filter(|l| l.starts_with("| `")).collect();
    let mut rows = Vec::new();
    for function in TABLE {
        let mut signatures = Vec::new();
        for (signature, overload) in function.signatures().iter().zip(function.overloads) {
            let mark = match overload.partial {
                Partial::Total => "",
                Partial::Fails => " *fails*",
                Partial::NoRow => " *no row*",
            };
            signatures.push(format!("`{signature}`{mark}"));
        }
        let (signatures, doc) = (signatures.join("<br>"), function.doc);
        let examples: Vec<String> =
            function.examples.iter().map(|(e, r)| format!("`{e}` is `{r}`")).collect();
        // A bar would end the cell, a line break the row.
        let cell =
            |text: String| text.replace('|', "\\|").replace('\n', "\\n").replace('\r', "\\r");
        let row = format!("| {signatures} | {doc} | {} |", cell(examples.join("<br>")));
        if !shown.contains(row.as_str()) {
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    Err(format!("{} lacks these rows:\n{}", path.display(), rows.join("\n")).into())
}

/// The page on the command line names every flag of every command.
/// What is typed at the prompt, and what is said.
fn session(folder: &Path, block: &Block) -> Result<(), String> {
    let typed = |line: &str| -> Option<String> {
        let line = line.strip_prefix("bloom>").or_else(|| line.strip_prefix("     >"))?;
        Some(line.strip_prefix(' ').unwrap_or(line).to_owned())
    };
    let script: Vec<String> = block.text.lines().filter_map(typed).collect();
    write(folder, ".typed", &(script.join("\n") + "\n"))?;
    let begin = block.value("begin").unwrap_or("");
    let (_, found) = shell(folder, &format!("bloom repl --echo {begin} < .typed"))?;
    let lines = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    match lines(&found) == lines(&block.text) {
        true => Ok(()),
        false => Err(format!("the session is\n{found}")),
    }
}

fn flags() -> Result<(), Failed> {
    let page = fs::read_to_string(root().join("docs/reference/cli.md"))?;
    let mut missing = BTreeSet::new();
    let commands = [
        "run",
        "check",
        "test",
        "fmt",
        "explain",
        "why",
        "repl",
        "profile",
        "new",
        "completions",
        "man",
        "lsp",
    ];
    for command in commands {
        let output =
            Command::new(env!("CARGO_BIN_EXE_bloom")).args([command, "--help"]).output()?;
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        for word in help.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
            if word.starts_with("--") && word.len() > 3 && !page.contains(word) {
                missing.insert(format!("{command} {word}"));
            }
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(format!("cli.md lacks {missing:?}").into()) }
}

/// What the page on continuous integration gives to other tools stands among what is played there.
fn integration() -> Result<(), Failed> {
    let page = fs::read_to_string(root().join("docs/ci.md"))?;
    let all = blocks(&page);
    let played: BTreeSet<&str> = all
        .iter()
        .filter(|block| block.lang() == "console")
        .flat_map(|block| block.text.lines().filter_map(|line| line.strip_prefix("$ ")))
        .collect();
    let mut given = 0;
    let mut missing = Vec::new();
    for block in all.iter().filter(|block| block.lang() == "yaml") {
        for line in block.text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let Some((_, command)) = line.split_once("bloom ") else { continue };
            let command = format!("bloom {}", command.split(" >> ").next().unwrap_or(command));
            given += 1;
            if !played.contains(command.as_str()) {
                missing.push(command);
            }
        }
    }
    assert!(given >= 5, "the page gives commands to other tools");
    if missing.is_empty() { Ok(()) } else { Err(format!("not played: {missing:#?}").into()) }
}

/// A parameter of a role becomes a flag of `run`: the compiler knows which names are taken.
fn reserved() -> Result<(), Failed> {
    let output = Command::new(env!("CARGO_BIN_EXE_bloom")).args(["run", "--help"]).output()?;
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut free = BTreeSet::new();
    for line in help.lines().map(str::trim_start).filter(|line| line.starts_with('-')) {
        let flags = line.split("--").nth(1).unwrap_or_default();
        let flag = flags.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next();
        let flag = flag.unwrap_or_default();
        if !flag.is_empty() && !RESERVED.contains(&flag) {
            free.insert(flag.to_string());
        }
    }
    if free.is_empty() { Ok(()) } else { Err(format!("not reserved: {free:?}").into()) }
}
