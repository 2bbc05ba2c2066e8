//! Which file belongs to which relation, and in which format. A file's name
//! must be the relation's; what nearly matches is told. This room looks at
//! names in a folder and must not open what it finds.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use bloom_compiler::diag::suggest::closest;
use bloom_compiler::ids::RelId;

use crate::connect::compress::Compression;

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
    /// Columns of values, in a form that is no text.
    Parquet,
}

impl Format {
    /// The format of a file by its extension, behind that of a compression.
    pub fn of(path: &Path) -> Option<Format> {
        match Compression::of(path).1.extension()?.to_str()? {
            "csv" => Some(Format::Csv),
            "tsv" => Some(Format::Tsv),
            "facts" => Some(Format::Facts),
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            "parquet" => Some(Format::Parquet),
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
/// from outside; `others` those that do not, with the reason ("is a view").
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
        let Some(stem) = stem(path) else { continue };
        let path = dir.join(path);
        let Some(&rel) = loadable.get(&stem) else {
            notices.push(stranger(&path, &stem, loadable, others));
            continue;
        };
        let source = Source { rel, path: Some(path), format };
        if let Some(first) = found.insert(rel, source.clone()) {
            return Err(format!(
                "both {} and {} hold rows of `{stem}`; keep one of them, or name the \
                 right one with --in {stem}=FILE",
                first.name(),
                source.name()
            ));
        }
    }
    Ok(Folder { sources: found.into_values().collect(), notices })
}

/// The relation that a file is named after: `link` of `link.csv.gz`.
pub fn stem(path: &Path) -> Option<String> {
    let (_, path) = Compression::of(path);
    path.file_stem()?.to_str().map(str::to_owned)
}

fn stranger(
    path: &Path,
    stem: &str,
    loadable: &BTreeMap<String, RelId>,
    others: &BTreeMap<String, &'static str>,
) -> String {
    let path = path.display();
    if let Some(why) = others.get(stem) {
        return format!("{path} was not read: `{stem}` {why}");
    }
    let advice = match closest(stem, loadable.keys().map(String::as_str)) {
        Some(near) if near.eq_ignore_ascii_case(stem) => {
            format!("names are case-sensitive; for `{near}` write --in {near}={path}")
        }
        Some(near) => format!("did you mean `{near}`? then write --in {near}={path}"),
        None => "the program declares no such relation".into(),
    };
    format!("{path} was not read: {advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort(names: &[&str]) -> Result<Folder, String> {
        let names: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
        let loadable = BTreeMap::from([("link".to_owned(), RelId(1)), ("arc".into(), RelId(0))]);
        let others = BTreeMap::from([("path".to_owned(), "is a view")]);
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
