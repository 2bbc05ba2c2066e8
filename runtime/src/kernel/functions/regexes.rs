//! Regular expressions. A pattern is compiled when it is met first, and kept.

use std::cell::RefCell;
use std::sync::Arc;

use bloom_compiler::limits::REGEX_BYTES_MAX;
use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::types::builtins::Func;
use regex::Regex;
use regex::RegexBuilder;
use rustc_hash::FxHashMap;

use super::Args;
use super::Outcome;
use super::make;
use super::option;
use super::some_text;
use super::texts;
use crate::kernel::scalar::Scalars;

/// Patterns kept; a program that computes more of them starts anew.
const PATTERNS_MAX: usize = 256;

/// Compiled patterns by the id of their text. Never iterated.
#[derive(Default)]
pub struct Patterns(RefCell<FxHashMap<u64, Arc<Regex>>>);

impl Clone for Patterns {
    fn clone(&self) -> Patterns {
        Patterns::default()
    }
}

impl Patterns {
    /// Forgets all: ids may mean other texts.
    pub fn clear(&mut self) {
        self.0.get_mut().clear();
    }

    fn get(&self, id: u64, text: &str) -> Result<Arc<Regex>, Option<FailKind>> {
        if let Some(known) = self.0.borrow().get(&id) {
            return Ok(known.clone());
        }
        let built = RegexBuilder::new(text).size_limit(REGEX_BYTES_MAX).build();
        let built = Arc::new(built.map_err(|_| Some(FailKind::BadArgument))?);
        let mut all = self.0.borrow_mut();
        if all.len() >= PATTERNS_MAX {
            all.clear();
        }
        all.insert(id, built.clone());
        Ok(built)
    }
}

pub(super) fn call(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    let regex = s.patterns.get(a.words[1], s.interner.get_text(a.words[1]))?;
    let text = s.interner.get_text(a.words[0]);
    match f {
        Func::Matches => Ok(u64::from(regex.is_match(text))),
        Func::Find => {
            let found = regex.find(text).map(|m| m.as_str().to_owned());
            some_text(s, found)
        }
        Func::FindAll => {
            let parts: Vec<String> = regex.find_iter(text).map(|m| m.as_str().into()).collect();
            Ok(texts(s, &parts))
        }
        Func::SplitRegex => {
            let parts: Vec<String> = regex.split(text).map(String::from).collect();
            Ok(texts(s, &parts))
        }
        Func::Captures => {
            let Some(groups) = regex.captures(text) else { return Ok(0) };
            let group = |g: Option<regex::Match>| g.map_or(String::new(), |m| m.as_str().into());
            let parts: Vec<String> = groups.iter().map(group).collect();
            let list = texts(s, &parts);
            Ok(option(s, Some(list)))
        }
        _ => {
            let with = s.interner.get_text(a.words[2]);
            let out = regex.replace_all(text, with).into_owned();
            make(s, out.as_bytes())
        }
    }
}
