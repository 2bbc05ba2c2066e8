//! A new name for a thing: every place that has to change, or a sentence why it
//! cannot be done. Before the changes are handed out they are tried: afterwards
//! every name of the program has to mean what it meant before.

use std::ops::Range;

use crate::ide::Analysis;
use crate::ide::edits::Edit;
use crate::ide::edits::apply;
use crate::names::occurrences::Occurrence;
use crate::names::occurrences::Thing;
use crate::names::occurrences::Use;
use crate::names::words;
use crate::source::Span;
use crate::syntax::lexer;
use crate::syntax::token::Token;

impl Analysis {
    /// The name that would be replaced, or why there is none.
    pub fn can_rename(&self, at: usize) -> Result<(Range<usize>, String), String> {
        let Some((span, things)) = self.things_at(at) else {
            return Err("only names that the program declares can be changed".into());
        };
        let text = self.slice(span).to_string();
        if self.meaning(span.lo as usize, span.hi as usize).is_empty() {
            return Err("this statement cannot be read yet; mend it first".into());
        }
        if things.iter().any(|t| self.declared_at(*t).is_none()) {
            return Err(format!("the declaration of `{text}` is not in this file"));
        }
        if things.iter().any(|t| matches!(t, Thing::Field(..))) && self.has_errors() {
            let why = "which fields `.` reads is known only in a program without errors";
            return Err(format!("{why}; mend them first"));
        }
        Ok((span.range(), text))
    }

    /// Every change that the new name needs, in the order of the text.
    pub fn rename(&self, at: usize, new: &str) -> Result<Vec<Edit>, String> {
        let (_, old) = self.can_rename(at)?;
        if old == new {
            return Ok(Vec::new());
        }
        valid(&old, new)?;
        let things = self.chosen(at);
        self.refuse_collision(&things, new)?;
        self.refuse_unread(&old)?;
        let edits = self.edits(&things, new);
        self.tried(&edits, new)?;
        Ok(edits)
    }

    /// What gets the new name. At `c` in `p{c}`, which is a column and a
    /// variable, the variable; but a column that is named by a variable
    /// (`view p(a) <= …`) is renamed with it.
    fn chosen(&self, at: usize) -> Vec<Thing> {
        let Some((span, mut things)) = self.things_at(at) else { return Vec::new() };
        let declares_column =
            |o: &&Occurrence| matches!(o.thing, Thing::Col(..)) && o.how == Use::Declares;
        let here = self.meaning(span.lo as usize, span.hi as usize);
        if things.len() > 1 && !here.iter().any(|o| declares_column(&o)) {
            things.retain(|t| matches!(t, Thing::Var(..)));
        }
        let mut all = things.clone();
        let mut next = 0;
        while let Some(&thing) = all.get(next) {
            next += 1;
            for place in self.all(thing) {
                let beside = self.meaning(place.span.lo as usize, place.span.hi as usize);
                if beside.len() > 1 && beside.iter().any(|o| declares_column(&o)) {
                    for other in beside.iter().map(|o| self.canonical(o.thing)) {
                        if !all.contains(&other) {
                            all.push(other);
                        }
                    }
                }
            }
        }
        all
    }

    fn edits(&self, things: &[Thing], new: &str) -> Vec<Edit> {
        let mut places: Vec<Span> =
            things.iter().flat_map(|t| self.all(*t)).map(|o| o.span).collect();
        places.sort();
        places.dedup();
        let edit = |span: Span| {
            let range = span.range();
            let old = self.slice(span);
            let kept = self
                .meaning(range.start, range.end)
                .iter()
                .find(|o| !things.contains(&self.canonical(o.thing)));
            // `p{c}` stands for `p{c: c}`: only one of the two changes.
            let text = match kept.map(|o| o.thing) {
                None => new.to_string(),
                Some(Thing::Col(..) | Thing::Field(..)) => format!("{old}: {new}"),
                Some(_) => format!("{new}: {old}"),
            };
            Edit { range, text }
        };
        places.into_iter().map(edit).collect()
    }

    /// A better word than "it would change the program" where one is at hand.
    fn refuse_collision(&self, things: &[Thing], new: &str) -> Result<(), String> {
        for thing in things {
            let declared = self.names.iter().find(|o| {
                o.how == Use::Declares && rivals(*thing, o.thing) && self.slice(o.span) == new
            });
            if let Some(declared) = declared {
                let line = self.line(declared.span.lo);
                return Err(format!("`{new}` is declared already, on line {line}"));
            }
            let lower = matches!(thing, Thing::Rel(_) | Thing::Fn(_) | Thing::Const(_));
            if lower && words::is_collection(new) {
                return Err(format!("`{new}` is a collection of the language"));
            }
        }
        Ok(())
    }

    /// Where a statement cannot be read, nobody knows what its words mean.
    fn refuse_unread(&self, old: &str) -> Result<(), String> {
        let unread = self.words.iter().find(|w| {
            let here = self.word(w) == old && self.meaning(w.lo, w.hi).is_empty();
            here && w.kind.is_word() && self.is_unread(w.lo as u32)
        });
        match unread {
            Some(word) => {
                let line = self.line(word.lo as u32);
                Err(format!(
                    "line {line} mentions `{old}` in a statement with errors; mend it first"
                ))
            }
            None => Ok(()),
        }
    }

    /// Whether the statement there is one that names could not be resolved in.
    fn is_unread(&self, at: u32) -> bool {
        let span = Span::new(super::analysis::FILE, at as usize, at as usize);
        let Some(item) = self.item_at(span) else { return true };
        let errors = self.diagnostics().iter().filter(|d| d.is_error());
        errors
            .map(|d| d.primary.span)
            .any(|s| s.file == item.span.file && item.span.lo <= s.lo && s.hi <= item.span.hi)
    }

    /// Makes the changes on a copy and compares what every name means.
    fn tried(&self, edits: &[Edit], new: &str) -> Result<(), String> {
        let text = apply(&self.text, edits);
        let name = self.compiled.sources.files().first().map_or("", |f| f.name.as_str());
        let after = Analysis::new(name, &text, &self.options);
        let things = |a: &Analysis| a.names.iter().map(|o| o.thing).collect::<Vec<_>>();
        let errors = |a: &Analysis| a.diagnostics().iter().filter(|d| d.is_error()).count();
        if things(self) == things(&after) && errors(self) >= errors(&after) {
            return Ok(());
        }
        Err(format!("`{new}` means something else in one of these places"))
    }
}

/// Whether two things may not have one name.
fn rivals(a: Thing, b: Thing) -> bool {
    let class = |t: Thing| match t {
        Thing::Rel(_) | Thing::Fn(_) | Thing::Const(_) => (0, 0),
        Thing::Record(_) | Thing::Enum(_) | Thing::Alias(_) => (1, 0),
        Thing::Variant(..) => (2, 0),
        Thing::Col(rel, _) => (3, rel.0),
        Thing::Field(record, _) => (4, record.0),
        Thing::Var(body, _) => (5, body),
    };
    class(a) == class(b)
}

/// Whether a word can be the name of such a thing.
fn valid(old: &str, new: &str) -> Result<(), String> {
    let tokens = lexer::lex(super::analysis::FILE, new).tokens;
    let upper = old.starts_with(|c: char| c.is_ascii_uppercase());
    let fits = match &tokens[..] {
        [one] if one.lo == 0 && one.hi == new.len() => match one.kind {
            Token::Upper => upper,
            kind => kind.is_name() && !upper,
        },
        _ => false,
    };
    if fits {
        return Ok(());
    }
    if let [one] = &tokens[..]
        && crate::syntax::token::KEYWORDS.contains(&new)
        && one.kind != Token::Underscore
    {
        return Err(format!("`{new}` is a word of the language"));
    }
    let start = if upper { "an upper-case" } else { "a lower-case" };
    Err(format!(
        "`{new}` is not a name for this: it begins with {start} letter and goes on with letters, \
         digits and `_`"
    ))
}
