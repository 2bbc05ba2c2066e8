//! Failing runs on disk: pages, and what chance decided, written and read.

use std::fs;
use std::path::Path;

use crate::cli::exit::Exit;
use crate::cli::talk::Talk;
use crate::cli::test::failure::page;
use crate::cli::test::told::Told;
use crate::testing::failure::file;
use crate::testing::failure::file::File;
use crate::testing::failure::file::Head;
use crate::testing::failure::file::Names;

/// Bytes of a file of choices beyond which it is none.
const FILE_MAX: u64 = 64 << 20;

/// Writes a failing run where the command line wants it.
pub fn keep(told: &Told<'_>, talk: &Talk) -> Result<(), Exit> {
    let (Some(report), args) = (&told.report, &told.suite.failure) else { return Ok(()) };
    let sources = &told.suite.tested.sources;
    let again = told.hunted.as_ref().and_then(|hunted| hunted.again.clone()).unwrap_or_default();
    if let Some(path) = &args.html {
        put(path, &page(told.title, report, sources, &again), talk)?;
        talk.note(&format!("the failing run is in {}", path.display()));
    }
    let is_of_choices = told.hunted.as_ref().is_some_and(|hunted| hunted.seed.is_some());
    if args.save_choices.is_some() && !is_of_choices {
        talk.note("no choices are written: a search in steps finds the same run again");
    }
    if let Some(path) = args.save_choices.as_ref().filter(|_| is_of_choices) {
        let names = Names { nodes: &report.names, channels: &report.channels };
        let head = Head {
            test: told.title.to_owned(),
            program: told.suite.name.clone(),
            hash: file::hash(&text(told)),
            seed: report.broken.seed,
            swarm: report.swarm,
        };
        put(path, &file::write(&head, &report.decisions, names), talk)?;
        talk.note(&format!(
            "what chance decided is in {0}; `--choices {0}` runs it again",
            path.display()
        ));
    }
    Ok(())
}

/// The same for the first of these that failed.
pub fn keep_first(all: &[Told<'_>], talk: &Talk) -> Result<(), Exit> {
    all.iter().find(|told| told.report.is_some()).map_or(Ok(()), |told| keep(told, talk))
}

/// The text of the program.
fn text(told: &Told<'_>) -> String {
    let files = told.suite.tested.sources.files();
    files.first().map_or(String::new(), |file| file.text.to_string())
}

fn put(path: &Path, text: &str, talk: &Talk) -> Result<(), Exit> {
    fs::write(path, text)
        .map_err(|error| talk.refuse(format!("cannot write {}: {error}", path.display())))
}

/// Reads what a run is to be done with.
pub fn choices(path: &Path, talk: &Talk) -> Result<File, Exit> {
    let refuse = |error: &dyn std::fmt::Display| {
        talk.refuse(format!("cannot read {}: {error}", path.display()))
    };
    let size = fs::metadata(path).map_err(|error| refuse(&error))?.len();
    if size > FILE_MAX {
        return Err(refuse(&"it is too large to be a file of choices"));
    }
    let text = fs::read_to_string(path).map_err(|error| refuse(&error))?;
    file::read(&text).map_err(|wrong| said(path, &wrong, talk))
}

/// Says what is wrong with a file.
pub fn said(path: &Path, wrong: &file::Wrong, talk: &Talk) -> Exit {
    let name = path.display().to_string();
    talk.refuse(format!("{name}:{}:{}: {}", wrong.line, wrong.col, wrong.text))
}

/// A note where a file was written for another program.
pub fn heed(file: &File, told: &Told<'_>, talk: &Talk) {
    if file.head.hash != file::hash(&text(told)) {
        talk.note(&format!(
            "the program has changed since these choices were written (for {}); the run may be \
             another one",
            file.head.program
        ));
    }
}
