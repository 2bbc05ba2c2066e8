//! Changes that would help at a point: how they are told, and how one is written
//! into the program. Which there are is not known here.

use std::path::Path;

use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Meaning;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::model::Rewrite;
use bloom_compiler::diag::suggest::closest;
use bloom_compiler::driver::Applied;
use bloom_compiler::driver::Budget;
use bloom_compiler::driver::Compiled;

use super::Scene;
use super::human::LEAD;
use super::human::count;
use super::human::lead;
use crate::cli::exit::Exit;
use crate::cli::paths;
use crate::cli::place;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;

/// A rewrite in the report.
pub(super) fn told(scene: &Scene<'_>, point: &Point, rewrite: &Rewrite) -> String {
    // What is only to be promised is said already.
    if rewrite.id == "sealed-by" && !scene.diffs {
        return String::new();
    }
    let mut out = String::new();
    for (word, text) in rows(scene, point, rewrite) {
        out.push_str(&lead(word, &text));
    }
    if scene.diffs {
        for line in rewrite.diff.lines() {
            out.push_str(format!("{:LEAD$}  {line}", "").trim_end());
            out.push('\n');
        }
    }
    out
}

/// The same without the change itself, each line with the word that it stands behind.
pub(super) fn rows(
    scene: &Scene<'_>,
    point: &Point,
    rewrite: &Rewrite,
) -> Vec<(&'static str, String)> {
    let left = count(rewrite.points_after, "point", "points");
    let mut out = vec![("help", format!("{}  [checked: {left}]", rewrite.title))];
    let what = match &rewrite.meaning {
        Meaning::Same(inputs) => {
            format!("shown was the same on {}", count(*inputs, "small input", "small inputs"))
        }
        Meaning::Changes(what) => what.clone(),
    };
    out.push((if rewrite.machine_applicable { "  keeps" } else { "  changes" }, what));
    if rewrite.machine_applicable {
        let how = format!("bloom report {} --apply {}:{}", scene.name, point.id, rewrite.id);
        out.push(("  apply", how));
    }
    out
}

/// Writes the rewrite `P1:threshold` into the files of the program.
pub(super) fn apply(
    compiled: &Compiled,
    report: &Report,
    wanted: &str,
    path: &Path,
    talk: &Talk,
) -> Result<(), Exit> {
    if compiled.has_errors() {
        return Err(Exit::Program);
    }
    let found = chosen(compiled, report, wanted).map_err(|why| talk.refuse(why))?;
    if !found.rewrite.machine_applicable {
        let Meaning::Changes(what) = &found.rewrite.meaning else {
            return Err(talk.refuse(format!("{wanted} takes in or shows other columns")));
        };
        return Err(talk.refuse(format!(
            "{wanted} changes the program, so it is yours to make: {what}. `--rewrites` shows it"
        )));
    }
    if paths::is_stdin(path) {
        let text = found.files.first().map_or("", |(_, text)| text.as_str());
        return write_out(talk, text.as_bytes());
    }
    for (name, text) in &found.files {
        place::replace(Path::new(name), text.as_bytes())
            .map_err(|error| talk.refuse(format!("cannot write {name}: {}", place::why(&error))))?;
    }
    let left = count(found.rewrite.points_after, "point is", "points are");
    talk.note(&format!("{wanted}: {}; {left} left", found.rewrite.title));
    Ok(())
}

fn chosen(compiled: &Compiled, report: &Report, wanted: &str) -> Result<Applied, String> {
    let (id, change) =
        wanted.split_once(':').ok_or("--apply takes a point and a change, such as P1:threshold")?;
    let at = report.points.iter().position(|point| point.id == id).ok_or_else(|| {
        let ids: Vec<&str> = report.points.iter().map(|point| point.id.as_str()).collect();
        match ids.is_empty() {
            true => format!("there is no point {id}: nobody waits for anybody"),
            false => format!("there is no point {id}; there is {}", ids.join(", ")),
        }
    })?;
    let all = compiled.applied(report, &Assume::default(), Budget::default());
    let here: Vec<Applied> = all.into_iter().nth(at).unwrap_or_default();
    let names: Vec<String> = here.iter().map(|applied| applied.rewrite.id.clone()).collect();
    let found = here.into_iter().find(|applied| applied.rewrite.id == change);
    found.ok_or_else(|| match names.as_slice() {
        [] => format!("no change is known that would help at {id}"),
        names => match closest(change, names.iter().map(String::as_str)) {
            Some(near) => format!("{id} has no change `{change}`; did you mean {id}:{near}?"),
            None => format!("{id} has no change `{change}`; it has {}", names.join(", ")),
        },
    })
}
