//! Changes of one line, as they are listed and applied. Who notices them is not known here.

use std::fs;
use std::path::Path;

use serde::Deserialize;

/// What a change breaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Something wrong is done.
    Safety,
    /// Something is never done.
    Progress,
}

/// One line of a program, changed for the worse.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutation {
    /// What it comes to, in a few words.
    pub name: String,
    /// What it breaks.
    pub kind: Kind,
    /// The line, without the space around it. It stands in the program once.
    pub line: String,
    /// What stands there instead.
    pub with: String,
    /// It is noticed within so many seeds.
    #[serde(default = "seeds")]
    pub seeds: u64,
    /// Why no schedule notices it, where none does.
    pub survives: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    mutation: Vec<Mutation>,
}

/// Most changes are noticed at once.
fn seeds() -> u64 {
    20
}

/// The changes that a file lists.
pub fn read(file: &Path) -> Result<Vec<Mutation>, String> {
    let wrong = |why: String| format!("{}: {why}", file.display());
    let text = fs::read_to_string(file).map_err(|why| wrong(why.to_string()))?;
    let list: List = toml::from_str(&text).map_err(|why| wrong(why.to_string()))?;
    Ok(list.mutation)
}

impl Mutation {
    /// The program with this line changed.
    pub fn applied(&self, program: &str) -> Result<String, String> {
        let is_it = |line: &&str| line.trim() == self.line;
        match program.lines().filter(is_it).count() {
            1 => {}
            n => return Err(format!("the program has this line {n} times: {}", self.line)),
        }
        let changed = program.lines().map(|line| if is_it(&line) { &self.with } else { line });
        Ok(changed.map(|line| format!("{line}\n")).collect())
    }
}

/// A program without what some run has to reach: of few runs none may.
pub fn without_sometimes(program: &str) -> Result<String, String> {
    let mut kept = String::new();
    for line in program.lines() {
        let begins = line.trim_start().starts_with("sometimes {");
        if begins && !line.trim_end().ends_with('}') {
            return Err(format!("this stands on more than one line: {}", line.trim()));
        }
        if !begins {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    Ok(kept)
}
