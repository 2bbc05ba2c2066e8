//! `--assume`: what would hold if something were so. Names are looked up in the
//! program, so that a slip is told and not passed over. What follows from an
//! assumption is the analysis' matter.

use bloom_compiler::calm::Named;
use bloom_compiler::calm::model::Assume;
use bloom_compiler::diag::suggest::and_list;
use bloom_compiler::diag::suggest::closest;
use bloom_compiler::driver::Compiled;
use clap::Args;

/// What to try out.
#[derive(Args, Debug)]
pub struct AssumeArgs {
    /// What if: `batch` (every input has come whole before the start), `static:REL` (REL does not
    /// change), `place:REL/COLUMN` (rows of REL with one COLUMN are at one node); may be repeated
    #[arg(long, value_name = "WHAT", help_heading = "What if")]
    pub assume: Vec<String>,
}

const FORMS: &[&str] = &["batch", "static:REL", "place:REL/COLUMN"];

/// One assumption, as typed.
enum One<'a> {
    Batch,
    Static(&'a str),
    Place(&'a str, &'a str),
}

impl AssumeArgs {
    /// What was typed, checked against the program; the error is for the user.
    pub fn of(&self, compiled: &Compiled) -> Result<Assume, String> {
        let mut out = Assume::default();
        let names = if self.assume.is_empty() { Vec::new() } else { compiled.collections() };
        for typed in &self.assume {
            let wrong = |why: String| format!("--assume {typed}: {why}");
            match one(typed).map_err(wrong)? {
                One::Batch => out.batch = true,
                One::Static(name) => {
                    let found = find(name, &names).map_err(wrong)?;
                    if !found.outside {
                        return Err(wrong(inside(name, &names)));
                    }
                    out.statics.push(name.to_string());
                }
                One::Place(name, col) => {
                    let found = find(name, &names).map_err(wrong)?;
                    if !found.outside {
                        return Err(wrong(inside(name, &names)));
                    }
                    if !found.columns.iter().any(|known| known == col) {
                        return Err(wrong(no_column(found, col)));
                    }
                    out.places.push((name.to_string(), col.to_string()));
                }
            }
        }
        out.statics.sort();
        out.statics.dedup();
        out.places.sort();
        out.places.dedup();
        Ok(out)
    }
}

fn one(typed: &str) -> Result<One<'_>, String> {
    if typed == "batch" {
        return Ok(One::Batch);
    }
    match typed.split_once(':') {
        Some(("static", name)) if !name.is_empty() => Ok(One::Static(name)),
        Some(("place", rest)) => match rest.split_once('/') {
            Some((name, col)) if !name.is_empty() && !col.is_empty() => Ok(One::Place(name, col)),
            _ => Err("a place is a collection and one of its columns: place:REL/COLUMN".into()),
        },
        _ => {
            let word = typed.split(':').next().unwrap_or(typed);
            let known = FORMS.iter().map(|form| form.split(':').next().unwrap_or(form));
            let near = closest(word, known).and_then(|near| {
                FORMS.iter().find(|form| form.split(':').next() == Some(near)).copied()
            });
            Err(match near {
                Some(form) => format!("did you mean `{form}`?"),
                None => format!("what can be assumed is {}", and_list(FORMS)),
            })
        }
    }
}

/// The collection of a name, with or without its role.
fn find<'n>(name: &str, names: &'n [Named]) -> Result<&'n Named, String> {
    let mut called = names.iter().filter(|one| one.name.text() == name || one.name.name == name);
    match (called.next(), called.next()) {
        (Some(one), None) => Ok(one),
        // Of equal names one is enough where it is the same text.
        (Some(one), Some(_)) if one.name.text() == name => Ok(one),
        (Some(_), Some(_)) => {
            let all: Vec<String> = names
                .iter()
                .filter(|one| one.name.name == name)
                .map(|one| one.name.text())
                .collect();
            Err(format!("several roles have a collection `{name}`: {}", and_list(&all)))
        }
        (None, _) => {
            let texts: Vec<String> = names.iter().map(|one| one.name.text()).collect();
            let all = texts.iter().chain(names.iter().map(|one| &one.name.name));
            Err(match closest(name, all.map(String::as_str)) {
                Some(near) => {
                    format!("the program has no collection `{name}`; did you mean `{near}`?")
                }
                None => format!("the program has no collection `{name}`"),
            })
        }
    }
}

/// Why nothing can be assumed of what rules derive.
fn inside(name: &str, names: &[Named]) -> String {
    let outside: Vec<String> =
        names.iter().filter(|one| one.outside).map(|one| one.name.text()).collect();
    match outside.as_slice() {
        [] => format!("`{name}` does not come from outside, and nothing else does"),
        all => format!(
            "`{name}` does not come from outside: it follows from the rules. From outside come {}",
            and_list(all)
        ),
    }
}

fn no_column(found: &Named, col: &str) -> String {
    let name = found.name.text();
    match closest(col, found.columns.iter().map(String::as_str)) {
        Some(near) => format!("`{name}` has no column `{col}`; did you mean `{near}`?"),
        None => {
            format!("`{name}` has no column `{col}`; its columns are {}", and_list(&found.columns))
        }
    }
}

/// The assumptions as they are typed, in one order.
pub fn typed(assume: &Assume) -> Vec<String> {
    let mut out = Vec::new();
    if assume.batch {
        out.push("batch".to_string());
    }
    out.extend(assume.statics.iter().map(|name| format!("static:{name}")));
    out.extend(assume.places.iter().map(|(name, col)| format!("place:{name}/{col}")));
    out
}

/// The same in a sentence; none if nothing is assumed.
pub fn sentence(assume: &Assume) -> Option<String> {
    let mut parts = Vec::new();
    if assume.batch {
        parts.push("every input had come whole before the start".to_string());
    }
    parts.extend(assume.statics.iter().map(|name| format!("`{name}` did not change")));
    parts.extend(
        assume.places.iter().map(|(name, col)| {
            format!("all rows of `{name}` with the same `{col}` were at one node")
        }),
    );
    let (last, before) = parts.split_last()?;
    let all = match before {
        [] => last.clone(),
        before => format!("{} and {last}", before.join(", ")),
    };
    Some(format!("What if {all}? Then this would hold; the program does not say so."))
}
