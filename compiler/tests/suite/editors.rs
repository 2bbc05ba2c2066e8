//! The grammars for editors against the compiler: the words and marks that
//! they know are those of the token table, no fewer and no more, and they
//! colour the examples as the compiler reads them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

use bloom_compiler::ide;
use bloom_compiler::syntax::token;

mod textmate;

/// Words of the language: those that are never names, and those that may be.
fn words() -> BTreeSet<String> {
    token::KEYWORDS.iter().chain(token::SOFT).map(|w| w.to_string()).collect()
}

/// Marks that mean something.
fn signs() -> BTreeSet<String> {
    let real = token::SIGNS.iter().filter(|s| !token::SLIPS.contains(s));
    real.map(|s| s.to_string()).collect()
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("editors").join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every example of the project, by its path.
fn examples() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut found: Vec<_> = fs::read_dir(folder)
        .expect("there are examples")
        .filter_map(|entry| entry.ok().map(|e| e.path().join("main.bloom")))
        .filter_map(|path| Some((path.display().to_string(), fs::read_to_string(&path).ok()?)))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "there are examples");
    found
}

/// All words of groups such as `(not|and|or)`.
fn alternatives(text: &str) -> BTreeSet<String> {
    let group = Regex::new(r"\(([a-z_]+(?:\|[a-z_]+)*)\)").expect("it is well formed");
    let groups = group.captures_iter(text).map(|c| c[1].to_string()).collect::<Vec<_>>();
    groups.iter().flat_map(|g| g.split('|')).map(str::to_string).collect()
}

/// What stands between quotation marks of a sort.
fn quoted(text: &str, mark: char) -> BTreeSet<String> {
    let pattern = format!("{mark}([^{mark}\\n]+){mark}");
    let pattern = Regex::new(&pattern).expect("it is well formed");
    pattern.captures_iter(text).map(|c| c[1].to_string()).collect()
}

fn parted(all: BTreeSet<String>) -> (BTreeSet<String>, BTreeSet<String>) {
    all.into_iter().partition(|s| s.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}

#[test]
fn slips_are_marks() {
    for slip in token::SLIPS {
        assert!(token::SIGNS.contains(slip), "{slip}");
    }
}

#[test]
fn tree_sitter_knows_the_words_and_marks() {
    let grammar = read("tree-sitter/grammar.js");
    // Names of parts are quoted like words.
    let rules = Regex::new(r"field\('[a-z]+'|name: 'bloom'").expect("it is well formed");
    let rules = rules.replace_all(&grammar, "");
    let code: Vec<&str> = rules.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
    let (found, marks) = parted(quoted(&code.join("\n"), '\''));
    assert_eq!(found, words());
    // Marks inside of texts and comments are none of the language's own.
    let inner = ["\"", "{{", "}}", "/*", "r\"", "b\""];
    let marks = marks.into_iter().filter(|m| !inner.contains(&m.as_str())).collect();
    assert_eq!(signs(), marks);
}

#[test]
fn tree_sitter_colours_the_words_and_marks() {
    let query = read("tree-sitter/queries/highlights.scm");
    let code: Vec<&str> = query.lines().filter(|l| !l.starts_with(';')).collect();
    let (found, marks) = parted(quoted(&code.join("\n"), '"'));
    // These are nodes with names.
    let named: BTreeSet<String> = ["_", "true", "false"].map(String::from).into();
    assert_eq!(found, words().difference(&named).cloned().collect());
    assert_eq!(marks, signs());
}

#[test]
fn vim_knows_the_words_and_marks() {
    let syntax = read("vim/syntax/bloom.vim");
    let mut found = BTreeSet::new();
    for line in syntax.lines() {
        if let Some(rest) = line.strip_prefix("syntax keyword ") {
            found.extend(rest.split(' ').skip(1).map(str::to_string));
        }
        if line.starts_with("syntax match bloomDeclare")
            || line.starts_with("syntax match bloomWord")
        {
            found.extend(alternatives(line));
        }
        if line.starts_with("syntax match bloomWildcard") {
            found.insert("_".into());
        }
    }
    assert_eq!(found, words());
    let line = syntax.lines().find(|l| l.starts_with("syntax match bloomOperator"));
    let list = line.and_then(|l| l.split_once(r"\V\(")?.1.rsplit_once(r"\)"));
    let list = list.expect("there is a list of operators").0;
    let marks: BTreeSet<String> = list.split(r"\|").map(str::to_string).collect();
    let plain: BTreeSet<String> =
        ["(", ")", "[", "]", "{", "}", ",", ";", ":", ".", "@"].map(String::from).into();
    assert_eq!(marks, signs().difference(&plain).cloned().collect());
}

#[test]
fn types_are_those_of_the_compiler() {
    for (file, marker) in
        [("vim/syntax/bloom.vim", "int|nat"), ("textmate/bloom.tmLanguage.json", "int|nat")]
    {
        let text = read(file);
        let line = text.lines().find(|l| l.contains(marker)).expect("there is a list of types");
        for word in alternatives(line) {
            assert!(ide::help(&word).is_some(), "{file}: `{word}` is no type");
        }
    }
}

#[test]
fn the_extension_names_files_that_are_there() {
    let package = read("vscode/package.json");
    let package: serde_json::Value = serde_json::from_str(&package).expect("it is JSON");
    assert_eq!(package["version"], env!("CARGO_PKG_VERSION"));
    let main = package["main"].as_str().expect("it has a program");
    assert!(read(&format!("vscode/{main}")).contains("args: ['lsp']"));
    let configuration = read("vscode/language-configuration.json");
    assert!(serde_json::from_str::<serde_json::Value>(&configuration).is_ok());
    // The grammar is copied when the extension is packed.
    let copied = package["contributes"]["grammars"][0]["path"].as_str().expect("it has a grammar");
    let prepare = package["scripts"]["prepare"].as_str().expect("it is copied");
    assert!(prepare.contains("../textmate/bloom.tmLanguage.json"), "{prepare}");
    assert!(copied.ends_with("/bloom.tmLanguage.json"), "{copied}");
}
