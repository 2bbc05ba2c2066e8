//! The TextMate grammar, run by a small machine of the same kind as editors
//! have: patterns line by line, the first of the leftmost wins, regions inside
//! of each other. What it colours is compared with what the compiler says.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use bloom_compiler::driver;
use bloom_compiler::ide::Analysis;
use bloom_compiler::ide::Colour;

use super::alternatives;
use super::examples;
use super::read;
use super::signs;
use super::words;

fn grammar() -> Value {
    serde_json::from_str(&read("textmate/bloom.tmLanguage.json")).expect("it is JSON")
}

/// A pattern of which a condition on what follows was taken off, since the
/// machine at hand has none: it is tried behind each match.
struct Pattern {
    main: Regex,
    behind: Option<(bool, Regex)>,
}

impl Pattern {
    fn new(text: &str) -> Pattern {
        let cut = [("(?=", true), ("(?!", false)].into_iter().find_map(|(mark, wanted)| {
            let at = text.find(mark)?;
            let condition = text[at + mark.len()..].strip_suffix(')')?;
            let behind = Regex::new(&format!("^(?:{condition})")).expect("a condition");
            Some((at, wanted, behind))
        });
        let main = cut.as_ref().map_or(text, |(at, ..)| &text[..*at]);
        let main = Regex::new(main).unwrap_or_else(|e| panic!("{text}: {e}"));
        Pattern { main, behind: cut.map(|(_, wanted, behind)| (wanted, behind)) }
    }

    /// The first match at or behind a place; a part is coloured, if it says so.
    fn find(&self, line: &str, from: usize, group: usize) -> Option<(usize, usize, usize)> {
        let mut at = from;
        while at <= line.len() {
            let found = self.main.captures_at(line, at)?;
            let whole = found.get(0)?;
            let fits = self.behind.as_ref().is_none_or(|(wanted, condition)| {
                condition.is_match(&line[whole.end()..]) == *wanted
            });
            let part = found.get(group).unwrap_or(whole);
            if fits && part.start() >= from {
                return Some((part.start(), part.end(), whole.end()));
            }
            at = whole.start() + line[whole.start()..].chars().next().map_or(1, char::len_utf8);
        }
        None
    }
}

enum Rule {
    Match { pattern: Pattern, group: usize, name: String },
    Parts { pattern: Pattern, parts: Vec<(usize, String)> },
    Region { begin: Pattern, end: Pattern, name: String, inside: Vec<Value> },
}

fn rules(grammar: &Value, patterns: &[Value], out: &mut Vec<Rule>, seen: &mut Vec<String>) {
    let text = |v: &Value, key: &str| v[key].as_str().map(str::to_string);
    for pattern in patterns {
        if let Some(include) = text(pattern, "include") {
            let name = include.trim_start_matches('#').to_string();
            if !seen.contains(&name) {
                seen.push(name.clone());
                let entry = grammar["repository"][&name].clone();
                assert!(!entry.is_null(), "{include} is there");
                rules(grammar, &[entry], out, seen);
                seen.pop();
            }
        } else if let Some(expression) = text(pattern, "match") {
            // The coloured part is the only one that has a name.
            let captures = pattern["captures"].as_object();
            let parts = captures.into_iter().flatten().map(|(group, inner)| {
                let name = text(inner, "name").expect("it has a name");
                (group.parse().expect("a number"), name)
            });
            let parts: Vec<(usize, String)> = parts.collect();
            if parts.len() > 1 {
                out.push(Rule::Parts { pattern: Pattern::new(&expression), parts });
                continue;
            }
            let last = captures.and_then(|c| c.iter().next_back());
            let (group, name) = match last {
                Some((group, inner)) => (group.parse().expect("a number"), text(inner, "name")),
                None => (0, text(pattern, "name")),
            };
            let (pattern, name) = (Pattern::new(&expression), name.expect("it has a name"));
            out.push(Rule::Match { pattern, group, name });
        } else if let Some(begin) = text(pattern, "begin") {
            let end = Pattern::new(&text(pattern, "end").expect("it ends"));
            let name = text(pattern, "name").unwrap_or_default();
            let inside = pattern["patterns"].as_array().cloned().unwrap_or_default();
            out.push(Rule::Region { begin: Pattern::new(&begin), end, name, inside });
        } else if let Some(inner) = pattern["patterns"].as_array() {
            rules(grammar, inner, out, seen);
        }
    }
}

/// The name for each byte of a text.
fn colour(grammar: &Value, text: &str) -> Vec<String> {
    let mut names = Vec::with_capacity(text.len());
    let mut stack: Vec<(String, Option<Pattern>, Vec<Rule>)> = Vec::new();
    let expand = |patterns: &[Value]| {
        let mut out = Vec::new();
        rules(grammar, patterns, &mut out, &mut Vec::new());
        out
    };
    let top = grammar["patterns"].as_array().cloned().unwrap_or_default();
    stack.push((String::new(), None, expand(&top)));
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches('\n');
        let mut here = vec![String::new(); line.len()];
        let mut at = 0;
        while let Some((name, end, inner)) = stack.last() {
            let closes = end.as_ref().and_then(|e| e.find(content, at, 0));
            let opens = inner
                .iter()
                .enumerate()
                .filter_map(|(i, rule)| {
                    let (pattern, group) = match rule {
                        Rule::Match { pattern, group, .. } => (pattern, *group),
                        Rule::Parts { pattern, .. } => (pattern, 0),
                        Rule::Region { begin, .. } => (begin, 0),
                    };
                    pattern.find(content, at, group).map(|found| (found.0, i, found))
                })
                .min_by_key(|(start, i, _)| (*start, *i));
            let before = |to: usize, here: &mut Vec<String>| {
                here[at..to].iter_mut().for_each(|n| n.clone_from(name));
            };
            match (closes, opens) {
                (Some((start, stop, _)), opens) if opens.as_ref().is_none_or(|o| start <= o.0) => {
                    before(stop, &mut here);
                    at = stop;
                    stack.pop();
                }
                (_, Some((_, rule, (start, stop, _)))) => {
                    before(start, &mut here);
                    let new = match &inner[rule] {
                        Rule::Match { name, .. } => {
                            here[start..stop].iter_mut().for_each(|n| n.clone_from(name));
                            None
                        }
                        Rule::Parts { pattern, parts } => {
                            let found = pattern.main.captures_at(content, start);
                            let found = found.expect("it was found");
                            for (group, name) in parts {
                                if let Some(part) = found.get(*group) {
                                    here[part.range()].iter_mut().for_each(|n| n.clone_from(name));
                                }
                            }
                            None
                        }
                        Rule::Region { end, name: own, inside, .. } => {
                            let own = if own.is_empty() { name } else { own };
                            here[start..stop].iter_mut().for_each(|n| n.clone_from(own));
                            let end =
                                Pattern { main: end.main.clone(), behind: end.behind.clone() };
                            Some((own.clone(), Some(end), expand(inside)))
                        }
                    };
                    at = stop.max(at + usize::from(new.is_none() && stop == at));
                    stack.extend(new);
                }
                (None, None) | (Some(_), None) => {
                    before(content.len(), &mut here);
                    break;
                }
            }
            if at > content.len() {
                break;
            }
        }
        names.extend(here);
    }
    names
}

#[test]
fn words_and_marks() {
    let grammar = grammar();
    let mut found = BTreeSet::new();
    for entry in ["declarations", "words", "reserved", "constants"] {
        found.extend(alternatives(&grammar["repository"][entry].to_string()));
    }
    assert_eq!(found, words());
    let mut all = Vec::new();
    let entries: Vec<Value> =
        ["operators", "punctuation"].map(|e| grammar["repository"][e].clone()).into();
    rules(&grammar, &entries, &mut all, &mut Vec::new());
    let whole = |rule: &Rule, sign: &str| match rule {
        Rule::Match { pattern, .. } => {
            pattern.find(sign, 0, 0).is_some_and(|f| f.1 - f.0 == sign.len())
        }
        Rule::Region { .. } | Rule::Parts { .. } => false,
    };
    for sign in signs() {
        assert!(all.iter().any(|rule| whole(rule, &sign)), "`{sign}` has no colour");
    }
    let operators = grammar["repository"]["operators"]["patterns"].as_array();
    for pattern in operators.expect("there are operators") {
        let list = pattern["match"].as_str().expect("it is a list").replace(r"\|", "BAR");
        for mark in list.split('|') {
            let mark = mark.replace("BAR", "|").replace('\\', "");
            assert!(signs().contains(&mark), "`{mark}` is no operator");
        }
    }
}

#[test]
fn examples_are_coloured_as_the_compiler_reads_them() {
    let grammar = grammar();
    for (path, text) in examples() {
        let names = colour(&grammar, &text);
        for (i, c) in text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
            let line = text[..i].lines().count();
            assert!(!names[i].is_empty(), "{path}:{line}: `{c}` has no colour");
        }
        let analysis = Analysis::new(&path, &text, &driver::Options::default());
        for word in analysis.colours() {
            let start = match word.colour {
                Colour::Keyword => "keyword",
                Colour::Comment => "comment",
                Colour::Text => "string",
                Colour::Number => "constant.numeric",
                Colour::Lattice => "support.type.lattice",
                Colour::Operator => "keyword.operator",
                _ => continue,
            };
            let (lo, shown) = (word.span.lo as usize, &text[word.span.range()]);
            // What closes a value inside of a text is said to be of the value.
            let fits = names[lo].starts_with(start)
                || ["true", "false", "_"].contains(&shown)
                || shown.starts_with('}');
            let line = text[..lo].lines().count() + 1;
            assert!(fits, "{path}:{line}: `{shown}` is {start}, but coloured `{}`", names[lo]);
        }
    }
}
