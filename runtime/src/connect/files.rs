//! Which file belongs to which relation, and in which format. A file's name
//! must be the relation's; what nearly matches is told. This room looks at
//! names in a folder and must not open what it finds.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use bloom_compiler::ids::RelId;

/// Greatest edit distance that is still a slip.
const SLIP_MAX: usize = 2;

/// How rows stand in a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Format {
    /// Commas, quotes after RFC 4180.
    Csv,
    /// Tabs, quotes as in CSV.
    Tsv,
    /// Tabs, neither header nor quotes.
    Facts,
    /// One JSON object or array per line.
    Jsonl,
}

impl Format {
    /// The format of a file by its extension.
    pub fn of(path: &Path) -> Option<Format> {
        match path.extension()?.to_str()? {
            "csv" => Some(Format::Csv),
            "tsv" => Some(Format::Tsv),
            "facts" => Some(Format::Facts),
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            _ => None,
        }
    }
}

/// A file of rows of a relation.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Source {
    pub rel: RelId,
    /// `None`: standard input.
    pub path: Option<PathBuf>,
    pub format: Format,
}

impl Source {
    /// The name for messages.
    pub fn name(&self) -> String {
        self.path.as_ref().map_or("<stdin>".into(), |path| path.display().to_string())
    }
}

/// What a folder has to offer.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Folder {
    /// Files of relations, in order of relations.
    pub sources: Vec<Source>,
    /// Files that look like data but belong to no relation, with advice.
    pub notices: Vec<String>,
}

/// Sorts the files of a folder. `loadable` are the relations that take rows
/// from outside; `others` those that do not, with the reason.
pub fn folder(
    dir: &Path,
    names: &[PathBuf],
    loadable: &BTreeMap<String, RelId>,
    others: &BTreeMap<String, &'static str>,
) -> Result<Folder, String> {
    let mut found: BTreeMap<RelId, Source> = BTreeMap::new();
    let mut notices = Vec::new();
    for path in names {
        let Some(format) = Format::of(path) else { continue };
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        let path = dir.join(path);
        let Some(&rel) = loadable.get(stem) else {
            notices.push(stranger(&path, stem, loadable, others));
            continue;
        };
        let source = Source { rel, path: Some(path), format };
        if let Some(first) = found.insert(rel, source.clone()) {
            return Err(format!(
                "both {} and {} hold rows of `{stem}`; keep one of them, or name it with \
                 --in {stem}=FILE and take the other away",
                first.name(),
                source.name()
            ));
        }
    }
    Ok(Folder { sources: found.into_values().collect(), notices })
}

fn stranger(
    path: &Path,
    stem: &str,
    loadable: &BTreeMap<String, RelId>,
    others: &BTreeMap<String, &'static str>,
) -> String {
    let path = path.display();
    if let Some(why) = others.get(stem) {
        return format!("{path} was not read: {why}");
    }
    let advice = match nearest(stem, loadable.keys().map(String::as_str)) {
        Some(near) if near.eq_ignore_ascii_case(stem) => {
            format!("names are case-sensitive; for `{near}` write --in {near}={path}")
        }
        Some(near) => format!("did you mean `{near}`? then write --in {near}={path}"),
        None => "the program declares no such relation".into(),
    };
    format!("{path} was not read: {advice}")
}

/// The known name that a mistyped one probably means.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            *distance <= SLIP_MAX.min(candidate.chars().count().saturating_sub(1) / 2 + 1)
                && *distance < name.chars().count()
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours between two texts.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (last[j - 1] + same).min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort(names: &[&str]) -> Result<Folder, String> {
        let names: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
        let loadable = BTreeMap::from([("link".to_owned(), RelId(1)), ("arc".into(), RelId(0))]);
        let others = BTreeMap::from([("path".to_owned(), "`path` is a view")]);
        folder(Path::new("d"), &names, &loadable, &others)
    }

    #[test]
    fn files_find_their_relations() {
        let folder = sort(&["README.md", "link.csv", "arc.facts"]).unwrap();
        let found: Vec<_> = folder.sources.iter().map(|s| (s.rel, s.format)).collect();
        assert_eq!(found, [(RelId(0), Format::Facts), (RelId(1), Format::Csv)]);
        assert!(folder.notices.is_empty());
    }

    #[test]
    fn strangers_are_told() {
        let folder = sort(&["Arc.csv", "lnik.csv", "path.csv", "zebra.jsonl"]).unwrap();
        assert_eq!(
            folder.notices,
            [
                "d/Arc.csv was not read: names are case-sensitive; for `arc` write --in arc=d/Arc.csv",
                "d/lnik.csv was not read: did you mean `link`? then write --in link=d/lnik.csv",
                "d/path.csv was not read: `path` is a view",
                "d/zebra.jsonl was not read: the program declares no such relation",
            ]
        );
    }

    #[test]
    fn two_files_for_one_relation_are_refused() {
        let error = sort(&["link.csv", "link.tsv"]).unwrap_err();
        assert!(error.starts_with("both d/link.csv and d/link.tsv hold rows of `link`"), "{error}");
    }
}
