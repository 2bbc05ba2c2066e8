//! An explanation as nested lines, ready to be drawn as text or as a page:
//! here the words are chosen, and what is shown once and referred to after
//! that. How a line looks is for others to say.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::ids::RelId;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Value;
use bloom_compiler::source::SourceMap;
use bloom_compiler::source::Span;
use bloom_compiler::types::typed::Program;

use crate::why::Absence;
use crate::why::Answer;
use crate::why::Attempt;
use crate::why::Cut;
use crate::why::Derivation;
use crate::why::Explanation;
use crate::why::Failing;
use crate::why::Options;
use crate::why::Origin;
use crate::why::Premise;
use crate::why::Source;

/// Characters of a rule's text that are shown.
const RULE_SHOWN: usize = 160;

/// Says where a row comes from that no rule gave.
pub type Whence<'a> = dyn Fn(RelId, &[Value]) -> String + 'a;

/// An explanation with what is needed to put it into words.
#[allow(missing_docs)]
pub struct Scene<'a> {
    pub explanation: &'a Explanation,
    pub program: &'a Program,
    pub sources: &'a SourceMap,
    /// The files that relations were loaded from.
    pub loaded: &'a BTreeMap<RelId, String>,
    /// Where rows come from that were there before, where somebody knows; such
    /// an answer is a part of something else, and has no flags of its own.
    pub whence: Option<&'a Whence<'a>>,
    pub options: &'a Options,
    /// The question as typed.
    pub query: &'a str,
}

/// What a line is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Kind {
    Fact,
    Missing,
    Condition,
    Part,
    Failing,
    More,
}

/// A line and what stands below it.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Line {
    pub kind: Kind,
    pub text: String,
    /// Said behind the text.
    pub notes: Vec<String>,
    /// Place and text of a rule.
    pub rule: Option<(String, String)>,
    /// The number under which the line is referred to, or refers to another.
    pub mark: Option<usize>,
    pub is_reference: bool,
    pub below: Vec<Line>,
}

impl Line {
    /// A line that says nothing else yet.
    pub fn new(kind: Kind, text: impl Into<String>) -> Line {
        Line {
            kind,
            text: text.into(),
            notes: Vec::new(),
            rule: None,
            mark: None,
            is_reference: false,
            below: Vec::new(),
        }
    }

    /// A condition that does not hold for these values.
    pub fn untrue(text: String, values: &[(String, String)]) -> Line {
        let mut line = Line::new(Kind::Failing, text);
        line.notes.push("does not hold".to_owned());
        line.notes.extend(with(values));
        line
    }

    /// A head that gives another row, or never one like that.
    pub fn other_head(text: String, gives: Option<&str>) -> Line {
        let mut line = Line::new(Kind::Failing, text);
        line.notes.push(match gives {
            Some(fact) => format!("the body matches, and the head gives {fact}"),
            None => "the head never gives such a row".to_owned(),
        });
        line
    }

    /// That nobody knows, since finding out takes too long.
    pub fn given_up() -> Line {
        Line::new(Kind::Failing, "the search was given up")
    }
}

/// The whole answer: trees, and sentences under them.
#[allow(missing_docs)]
pub struct Outline {
    pub trees: Vec<Line>,
    pub remarks: Vec<String>,
}

impl Scene<'_> {
    /// The answer as lines.
    pub fn outline(&self) -> Outline {
        let mut writer = Writer { scene: self, shown: BTreeSet::new(), named: BTreeSet::new() };
        let mut remarks = Vec::new();
        let mut trees = Vec::new();
        match &self.explanation.answer {
            Answer::Present { rows, others } => {
                trees.extend(rows.iter().map(|row| writer.node(*row)));
                let heights = rows.iter().map(|row| self.explanation.nodes[*row].height);
                let height = heights.max().unwrap_or(0);
                let facts = writer.shown.len();
                remarks.push(format!("height {height}, {}", count(facts, "fact", "facts")));
                if *others > 0 {
                    let (are, shows) =
                        if *others == 1 { ("row matches", "it") } else { ("rows match", "them") };
                    let all = others + rows.len();
                    remarks.push(format!("{others} more {are}; --all {all} explains {shows} too"));
                }
            }
            Answer::Absent(absence) => {
                trees.push(writer.absence(absence));
            }
        }
        for cut in &self.explanation.cuts {
            remarks.push(match cut {
                Cut::Depth => {
                    format!("cut at --depth {}; a larger one shows more", self.options.depth)
                }
                Cut::Size => {
                    format!("cut at --size {} facts; a larger one shows more", self.options.size)
                }
                Cut::Effort => format!("a search was given up after {} rows", self.options.effort),
            });
        }
        let mut numbers = BTreeMap::new();
        trees.iter_mut().for_each(|tree| number(tree, &writer.named, &mut numbers));
        Outline { trees, remarks }
    }

    /// A fact as text.
    pub fn fact(&self, node: usize) -> String {
        let node = &self.explanation.nodes[node];
        oracle::fact(&self.program.rels[node.rel.index()], &node.row, self.program)
    }

    /// File and line of a place.
    pub fn place(&self, span: Span) -> (String, usize) {
        let file = self.sources.file(span.file);
        (file.name.clone(), file.line_col(span.lo).0)
    }

    /// The text of a place on one line.
    pub fn text(&self, span: Span) -> String {
        let text = self.sources.text(span).split_whitespace().collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(RULE_SHOWN) {
            Some((at, _)) => format!("{} …", &text[..at]),
            None => text,
        }
    }
}

/// Numbers only for what is referred to, in reading order.
fn number(line: &mut Line, named: &BTreeSet<usize>, numbers: &mut BTreeMap<usize, usize>) {
    line.mark = line.mark.filter(|node| named.contains(node)).map(|node| {
        let next = numbers.len() + 1;
        *numbers.entry(node).or_insert(next)
    });
    line.below.iter_mut().for_each(|line| number(line, named, numbers));
}

struct Writer<'a> {
    scene: &'a Scene<'a>,
    shown: BTreeSet<usize>,
    /// Nodes that are referred to.
    named: BTreeSet<usize>,
}

impl Writer<'_> {
    fn node(&mut self, number: usize) -> Line {
        let scene = self.scene;
        let node = &scene.explanation.nodes[number];
        let mut line = Line::new(Kind::Fact, scene.fact(number));
        let is_leaf = node.origins.iter().all(|origin| self.leaf(number, origin).is_some());
        let is_whole = is_leaf && node.cut.is_none();
        let is_first = self.shown.insert(number);
        if !is_first && !is_whole {
            self.named.insert(number);
            (line.mark, line.is_reference) = (Some(number), true);
            return line;
        }
        line.mark = Some(number);
        if let Some(later) = &node.later {
            let rel = &scene.program.rels[node.rel.index()];
            let later = oracle::fact(rel, later, scene.program);
            line.notes.push(format!("as it was then; in the end {later}"));
        }
        match &node.origins[..] {
            [origin] if origin.part.is_none() => self.origin(number, origin, &mut line),
            origins => {
                for origin in origins {
                    let part = origin.part.clone().unwrap_or_default();
                    let mut below = Line::new(Kind::Part, part);
                    self.origin(number, origin, &mut below);
                    line.below.push(below);
                }
            }
        }
        if node.more > 0 {
            let more = count(node.more, "more part", "more parts");
            line.below.push(Line::new(Kind::More, format!("… and {more}")));
        }
        line.notes.extend(node.cut.map(|cut| match cut {
            _ if scene.whence.is_some() => "…".to_owned(),
            Cut::Depth => "… (--depth)".to_owned(),
            Cut::Size => "… (--size)".to_owned(),
            Cut::Effort => "… (the search was given up)".to_owned(),
        }));
        line
    }

    /// What is said of an origin that rests on nothing else.
    fn leaf(&self, number: usize, origin: &Origin) -> Option<String> {
        let node = &self.scene.explanation.nodes[number];
        match &origin.source {
            Source::Loaded if let Some(whence) = self.scene.whence => {
                Some(whence(node.rel, &node.row))
            }
            Source::Loaded => Some(match self.scene.loaded.get(&node.rel) {
                Some(file) => format!("loaded from {file}"),
                None => "loaded".to_owned(),
            }),
            Source::Rule(derivation) => {
                let rule = &self.scene.program.rules[derivation.rule];
                let (file, line) = self.scene.place(rule.span);
                rule.is_fact.then(|| format!("stated at {file}:{line}"))
            }
        }
    }

    fn origin(&mut self, number: usize, origin: &Origin, line: &mut Line) {
        if let Some(note) = self.leaf(number, origin) {
            line.notes.push(note);
        } else if let Source::Rule(derivation) = &origin.source {
            self.derivation(derivation, line);
        }
    }

    fn derivation(&mut self, derivation: &Derivation, line: &mut Line) {
        line.rule = Some(self.rule(derivation.rule));
        if derivation.is_group {
            let all = derivation.matches.len() + derivation.more;
            line.notes.push(format!("from {}", count(all, "match", "matches")));
        }
        for premises in &derivation.matches {
            let mut lines = self.premises(premises);
            match (derivation.is_group && derivation.matches.len() > 1, lines.len()) {
                // A match of several rows is a branch of its own.
                (true, 2..) => {
                    let mut branch = Line::new(Kind::Part, "match");
                    branch.below = lines;
                    line.below.push(branch);
                }
                _ => line.below.append(&mut lines),
            }
        }
        if derivation.more > 0 {
            let more = count(derivation.more, "more match", "more matches");
            line.below.push(Line::new(Kind::More, format!("… and {more}")));
        }
    }

    fn rule(&self, rule: usize) -> (String, String) {
        let span = self.scene.program.rules[rule].span;
        let (file, line) = self.scene.place(span);
        (format!("{file}:{line}"), self.scene.text(span))
    }

    fn premises(&mut self, premises: &[Premise]) -> Vec<Line> {
        premises.iter().map(|premise| self.premise(premise)).collect()
    }

    fn premise(&mut self, premise: &Premise) -> Line {
        match premise {
            Premise::Row { node, .. } => self.node(*node),
            Premise::Absent { span, values, .. } => {
                let mut line = Line::new(Kind::Condition, self.scene.text(*span));
                line.notes.push("no row matches".to_owned());
                line.notes.extend(with(values));
                line
            }
            Premise::Holds { span, values } => {
                let mut line = Line::new(Kind::Condition, self.scene.text(*span));
                line.notes.extend(with(values));
                line
            }
        }
    }

    fn pattern(&self, absence: &Absence) -> String {
        let rel = &self.scene.program.rels[absence.rel.index()];
        let columns = rel.cols.iter().zip(&absence.wanted).map(|(col, value)| match value {
            Some(value) => oracle::show(value, &col.ty, self.scene.program),
            None => "_".to_owned(),
        });
        format!("{}({})", rel.name, columns.collect::<Vec<_>>().join(", "))
    }

    fn absence(&mut self, absence: &Absence) -> Line {
        let mut line = Line::new(Kind::Missing, self.pattern(absence));
        line.notes.push(format!("is not there: {}", absence.near));
        for attempt in &absence.attempts {
            line.below.push(self.attempt(attempt));
        }
        if absence.attempts.is_empty() {
            let derived = self.scene.program.rules.iter().any(|rule| rule.head == absence.rel);
            if !derived {
                line.notes.push("no rule writes it".to_owned());
            }
        }
        line
    }

    fn attempt(&mut self, attempt: &Attempt) -> Line {
        let (place, text) = self.rule(attempt.rule);
        let mut line = Line::new(Kind::Part, "a rule could give it, but");
        line.rule = Some((place, text));
        line.below = self.premises(&attempt.premises);
        let mut failing = self.failing(&attempt.failing);
        if attempt.matches > 1 {
            let at_least = if attempt.at_least { "at least " } else { "" };
            let others = count(attempt.matches - 1, "other match", "other matches");
            failing.notes.push(format!("(likewise for {at_least}{others} of what stands before)"));
        }
        line.below.push(failing);
        line
    }

    fn failing(&mut self, failing: &Failing) -> Line {
        match failing {
            Failing::Atom { fact, near, deeper, .. } => {
                let mut line = Line::new(Kind::Failing, fact.clone());
                line.notes.push(format!("is not there: {near}"));
                if let Some(absence) = deeper {
                    line.below = self.absence(absence).below;
                }
                line
            }
            Failing::Present { span, premises } => {
                let mut line = Line::new(Kind::Failing, self.scene.text(*span));
                line.notes.push("does not hold: there is".to_owned());
                line.below = self.premises(premises);
                line
            }
            Failing::Test { span, values } => Line::untrue(self.scene.text(*span), values),
            Failing::Head { span, gives } => {
                Line::other_head(self.scene.text(*span), gives.as_deref())
            }
            Failing::Effort => Line::given_up(),
        }
    }
}

/// Variables with their values, if there are some.
pub fn with(values: &[(String, String)]) -> Option<String> {
    let pairs: Vec<String> =
        values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    (!pairs.is_empty()).then(|| format!("with {}", pairs.join(", ")))
}

/// So many of something.
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
