//! The smallest example of a point in words, in the order in which things happen.
//! How examples are found, and how the words are laid out, is not known here.

use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::proof::Fact;
use bloom_compiler::calm::proof::Form;
use bloom_compiler::calm::proof::Search;
use bloom_compiler::calm::proof::Witness;

/// Characters of a fact, at most.
const FACT_MAX: usize = 120;

/// Facts that are listed one by one.
const FACTS_MAX: usize = 8;

/// The example of a point, line by line in the order in which things happen: a word,
/// and what is there, shown or gone. Nothing where none was found.
pub fn lines(point: &Point) -> Vec<(&'static str, String)> {
    let Search::Found(witness) = &point.witness else { return Vec::new() };
    let (before, last) = match witness.form {
        // The last two are those whose order it is about.
        Form::Orders | Form::Apart => split(&witness.have, 1 + witness.late.len()),
        Form::Together => split(&witness.have, 1),
        Form::Twice => split(&witness.have, witness.late.len()),
        Form::Late => (&witness.have[..], &[][..]),
    };
    let one = last.first().map(std::slice::from_ref).unwrap_or_default();
    let other = if last.len() > 1 { &last[1..] } else { &witness.late[..] };
    let shown = |facts: &[Fact]| if facts.is_empty() { "nothing".into() } else { listed(facts) };
    let mut lines = vec![("have", listed(before))];
    match witness.form {
        Form::Late => {
            lines.push(("shown", shown(&witness.shown)));
            lines.push(("late", listed(&witness.late)));
            lines.push(("gone", listed(&witness.gone)));
            lines.push(("instead", listed(&witness.instead)));
        }
        Form::Orders if !one.is_empty() => {
            lines.push(("one order", format!("{}, then {}", listed(one), listed(other))));
            lines.push(("shown", shown(&witness.shown)));
            lines.push(("the other", format!("{}, then {}", listed(other), listed(one))));
            lines.push(("shown", shown(&rest(witness))));
        }
        Form::Orders => {
            lines.push(("late", listed(&witness.late)));
            lines.push(("shown", shown(&witness.shown)));
            lines.push(("in time", shown(&rest(witness))));
        }
        Form::Apart => {
            lines.push(("at once", format!("{} and {}", listed(one), listed(other))));
            lines.push(("shown", shown(&witness.shown)));
            lines.push(("apart", format!("{}, then {}", listed(one), listed(other))));
            lines.push(("shown", shown(&rest(witness))));
        }
        Form::Together => {
            lines.push(("here", listed(last)));
            lines.push(("elsewhere", listed(&witness.late)));
            lines.push(("together", listed(&witness.instead)));
            lines.push(("broken", format!("invariant {}", point.output.text())));
        }
        Form::Twice => {
            lines.push(("once", listed(&witness.late)));
            lines.push(("shown", shown(&witness.shown)));
            lines.push(("twice", listed(&witness.late)));
            lines.push(("shown", shown(&rest(witness))));
        }
    }
    lines.retain(|(_, text)| !text.is_empty());
    lines
}

/// A fact, with what is long in it cut.
pub fn brief(fact: &Fact) -> String {
    cut(&fact.text())
}

/// The same of a text.
pub fn cut(text: &str) -> String {
    let text = without_zeros(text);
    match text.char_indices().nth(FACT_MAX) {
        Some((at, _)) => format!("{}…)", &text[..at]),
        None => text,
    }
}

/// Uuids as short as they can be told apart: those that were made up by their
/// last digits, others by their first.
fn without_zeros(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let ends = |c: char| !c.is_ascii_hexdigit() && c != '-';
        let (word, after) = from.split_at(from.find(ends).unwrap_or(from.len()));
        match word.len() == 36 && word.matches('-').count() == 4 {
            true if word.starts_with("00000000-0000-") => {
                out.push_str(&format!("0…{}", word.trim_start_matches(['0', '-'])));
            }
            true => out.push_str(&format!("{}…", &word[..8])),
            false => out.push_str(word),
        }
        rest = after;
    }
    out + rest
}

/// The facts without the last `n` of them, and those.
fn split(facts: &[Fact], n: usize) -> (&[Fact], &[Fact]) {
    facts.split_at(facts.len().saturating_sub(n))
}

/// What the second run shows: what both do, and what is only there.
fn rest(witness: &Witness) -> Vec<Fact> {
    let both = witness.shown.iter().filter(|fact| !witness.gone.contains(fact));
    both.chain(&witness.instead).cloned().collect()
}

fn listed(facts: &[Fact]) -> String {
    let (first, more) = facts.split_at(facts.len().min(FACTS_MAX));
    let mut texts: Vec<String> = first.iter().map(brief).collect();
    if !more.is_empty() {
        texts.push(format!("and {} more", more.len()));
    }
    texts.join(", ")
}
