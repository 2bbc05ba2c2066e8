//! `bloom fmt`: programs in the one style. A file is written beside and
//! renamed, and only if it changes; a program with mistakes is left alone.

use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::source::FileId;
use bloom_compiler::source::SourceMap;
use bloom_compiler::syntax::print;

use crate::cli::args::FmtArgs;
use crate::cli::check::worse;
use crate::cli::exit::Exit;
use crate::cli::paths;
use crate::cli::place;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;

/// Folders that hold no programs of the user's.
const SKIPPED: &[&str] = &["target", "node_modules"];

/// Formats everything that was named.
pub fn fmt(args: &FmtArgs, talk: &Talk) -> Result<(), Exit> {
    let mut result = Ok(());
    let mut changed = 0;
    let mut files = Vec::new();
    for path in &args.paths {
        if path.as_os_str() == "-" {
            if let Err(exit) = stdin(args.check, talk) {
                result = worse(result, exit);
            }
        } else if path.is_dir() {
            walk(path, &mut files);
        } else if path.exists() {
            files.push(path.clone());
        } else {
            result = worse(result, talk.refuse(paths::absent(path)));
        }
    }
    for file in &files {
        match one(file, args.check, talk) {
            Ok(true) => changed += 1,
            Ok(false) => {}
            Err(exit) => result = worse(result, exit),
        }
    }
    if changed > 0 && args.check {
        let files = if changed == 1 { "1 file".into() } else { format!("{changed} files") };
        talk.note(&format!("{files} would change; `bloom fmt` without --check changes them"));
        result = result.and(Err(Exit::Program));
    }
    result
}

/// Every program below a folder, in order.
pub fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for name in paths::entries(folder) {
        let path = folder.join(&name);
        if path.is_dir() && !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
            walk(&path, files);
        } else if name.ends_with(".bloom") && path.is_file() {
            files.push(path);
        }
    }
}

/// Formats a file; whether it changed, or would.
fn one(path: &Path, check: bool, talk: &Talk) -> Result<bool, Exit> {
    let program = paths::read(path).map_err(|why| talk.refuse(why))?;
    let new = formatted(&program.name, &program.text, talk)?;
    if new == program.text {
        return Ok(false);
    }
    if check {
        write_out(talk, format!("{}\n", program.name).as_bytes())?;
    } else {
        place::replace(path, new.as_bytes()).map_err(|error| {
            talk.refuse(format!("cannot write {}: {}", program.name, place::why(&error)))
        })?;
    }
    Ok(true)
}

fn stdin(check: bool, talk: &Talk) -> Result<(), Exit> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| talk.refuse(format!("cannot read stdin: {error}")))?;
    let new = formatted("<stdin>", &text, talk)?;
    if !check {
        return write_out(talk, new.as_bytes());
    }
    if new != text {
        talk.note("stdin would change");
        return Err(Exit::Program);
    }
    Ok(())
}

fn formatted(name: &str, text: &str, talk: &Talk) -> Result<String, Exit> {
    print::format(FileId(0), text).map_err(|mistakes: Vec<Diagnostic>| {
        let mut sources = SourceMap::default();
        sources.add(name, text);
        talk.diagnostics(&sources, &mistakes);
        Exit::Program
    })
}
