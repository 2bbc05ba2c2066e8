//! Every example in many orders, by what its own tests or its own files give to it. A new example
//! is tried by itself. What is free in it must agree; how that is found out is not known here.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use bloom::embed::Imports;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use libtest_mimic::Failed;
use libtest_mimic::Trial;

use crate::data;
use crate::stage::Stage;
use crate::trying;

/// The least number of examples.
const AT_LEAST: usize = 31;

/// One for each example.
pub fn trials() -> Vec<Trial> {
    let folders = folders();
    assert!(folders.len() >= AT_LEAST, "the examples are there");
    let one = |folder: PathBuf| {
        let name = name(&folder);
        Trial::test(format!("example {name}"), move || agrees(&folder))
    };
    folders.into_iter().map(one).collect()
}

/// All folders under `examples/`, by name.
pub fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let entries = fs::read_dir(&root).expect("examples/ can be read");
    let folders = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<PathBuf> = folders.filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

pub fn name(folder: &Path) -> String {
    folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

pub fn compiled(folder: &Path) -> Result<Compiled, String> {
    let file = folder.join("main.bloom");
    let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
    let options =
        driver::Options { loader: Imports::of(&file).shared(), ..driver::Options::default() };
    let compiled = driver::check("main.bloom", &text, &options);
    match compiled.diagnostics.iter().find(|one| one.is_error()) {
        Some(error) => Err(error.title.clone()),
        None => Ok(compiled),
    }
}

/// The stages of an example: one for each of its tests of many nodes, or one with its data.
pub fn stages(folder: &Path, compiled: &Compiled) -> Result<Vec<Stage>, String> {
    match &compiled.scenarios {
        Some(scenarios) if !compiled.roles.is_empty() => {
            let tests = 0..scenarios.program.tests.list.len();
            tests.map(|test| Stage::of_test(compiled, test)).collect()
        }
        _ => Ok(vec![data::stage(folder, compiled)?]),
    }
}

fn agrees(folder: &Path) -> Result<(), Failed> {
    let compiled = compiled(folder)?;
    let mut wrong = Vec::new();
    for stage in stages(folder, &compiled)? {
        let outcome = trying::try_all(&stage, trying::orders());
        wrong.extend(outcome.wrong);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
