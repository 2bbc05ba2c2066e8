//! Why something is so, or is not, across nodes, as nested lines: here the words
//! are chosen, and what is told once is referred to after that. How a line
//! looks is for others to say.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::source::SourceMap;
use bloom_compiler::source::Span;

use crate::cli::why::outline::Kind;
use crate::cli::why::outline::Line;
use crate::cli::why::outline::count;
use crate::cli::why::outline::with;
use crate::testing::failure::Attempt;
use crate::testing::failure::Failing;
use crate::testing::failure::Given;
use crate::testing::failure::How;
use crate::testing::failure::Moment;
use crate::testing::failure::Origin;
use crate::testing::failure::Premise;
use crate::testing::failure::Remark;
use crate::testing::failure::Report;
use crate::testing::failure::Story;
use crate::testing::failure::time;

/// Characters of a rule's text that are shown.
const RULE_SHOWN: usize = 160;

/// The story of a report as lines.
pub fn lines(report: &Report, sources: &SourceMap) -> Vec<Line> {
    let mut teller = Teller {
        report,
        story: &report.story,
        sources,
        facts: BTreeSet::new(),
        gaps: BTreeSet::new(),
        aliases: BTreeMap::new(),
        named: BTreeSet::new(),
    };
    let mut lines = teller.premises(&report.story.roots, None);
    let mut numbers = BTreeMap::new();
    lines.iter_mut().for_each(|line| number(line, &teller.named, &mut numbers));
    lines
}

/// `kept.bloom:12`
pub fn place(sources: &SourceMap, span: Span) -> String {
    let file = sources.file(span.file);
    format!("{}:{}", file.name, file.line_col(span.lo).0)
}

/// The text of a place on one line.
pub fn text(sources: &SourceMap, span: Span) -> String {
    let text = sources.text(span).split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(RULE_SHOWN) {
        Some((at, _)) => format!("{} …", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

/// Numbers only for what is referred to, in reading order.
fn number(line: &mut Line, named: &BTreeSet<usize>, numbers: &mut BTreeMap<usize, usize>) {
    line.mark = line.mark.filter(|fact| named.contains(fact)).map(|fact| {
        let next = numbers.len() + 1;
        *numbers.entry(fact).or_insert(next)
    });
    line.below.iter_mut().for_each(|line| number(line, named, numbers));
}

struct Teller<'a> {
    report: &'a Report,
    story: &'a Story,
    sources: &'a SourceMap,
    /// What was told.
    facts: BTreeSet<usize>,
    gaps: BTreeSet<usize>,
    /// Facts that are told in the line of another one, by that.
    aliases: BTreeMap<usize, usize>,
    /// Facts that are referred to.
    named: BTreeSet<usize>,
}

impl Teller<'_> {
    fn node(&self, node: usize) -> &str {
        self.report.names.get(node).map_or("", String::as_str)
    }

    /// A fact or a pattern behind its node, where that is another one than above.
    fn headed(&self, text: &str, moment: Option<Moment>, above: Option<Moment>) -> String {
        match moment {
            Some(moment) if above.is_none_or(|above| above.node != moment.node) => {
                format!("{}: {text}", self.node(moment.node))
            }
            _ => text.to_owned(),
        }
    }

    fn premises(&mut self, premises: &[Premise], above: Option<Moment>) -> Vec<Line> {
        premises.iter().map(|premise| self.premise(premise, above)).collect()
    }

    fn premise(&mut self, premise: &Premise, above: Option<Moment>) -> Line {
        match premise {
            Premise::Fact(fact) => self.fact(*fact, above),
            Premise::Gap(gap) => self.gap(*gap, above),
            Premise::Nothing { span, values, gap } => {
                let mut line = Line::new(Kind::Condition, text(self.sources, *span));
                line.notes.push("no row matches".to_owned());
                line.notes.extend(with(values));
                line.below.extend(gap.map(|gap| self.gap(gap, above)));
                line
            }
            Premise::Holds { span, values } => {
                let mut line = Line::new(Kind::Condition, text(self.sources, *span));
                line.notes.extend(with(values));
                line
            }
        }
    }

    fn fact(&mut self, number: usize, above: Option<Moment>) -> Line {
        let Some(fact) = self.story.facts.get(number) else {
            return Line::new(Kind::Fact, "…");
        };
        let mut line = Line::new(Kind::Fact, self.headed(&fact.text, fact.moment, above));
        if let Some(moment) = fact.moment
            && above.is_none_or(|above| above.at != moment.at || above.node != moment.node)
        {
            line.notes.push(format!("at {}", time(moment.at)));
        }
        self.origins(number, &mut line);
        line
    }

    /// Says below a line, or behind it, where a fact comes from.
    fn origins(&mut self, number: usize, line: &mut Line) {
        let Some(fact) = self.story.facts.get(number) else { return };
        let is_leaf = |origin: &Origin| match &origin.how {
            How::Said(_) | How::Gift(_) => true,
            How::Rule(given) => given.is_stated,
            _ => false,
        };
        let is_whole = fact.origins.iter().all(is_leaf) && !fact.origins.is_empty();
        if !self.facts.insert(number) && !is_whole {
            let mark = self.aliases.get(&number).copied().unwrap_or(number);
            self.named.insert(mark);
            (line.mark, line.is_reference) = (Some(mark), true);
            return;
        }
        let mark = *line.mark.get_or_insert(number);
        self.aliases.insert(number, mark);
        match &fact.origins[..] {
            [] => line.notes.push("…".to_owned()),
            [origin] if origin.part.is_none() => self.how(&origin.how, fact.moment, line),
            origins => {
                for origin in origins {
                    let part = origin.part.clone().unwrap_or_default();
                    let mut below = Line::new(Kind::Part, part);
                    self.how(&origin.how, fact.moment, &mut below);
                    line.below.push(below);
                }
            }
        }
        if fact.more > 0 {
            let more = count(fact.more, "more part", "more parts");
            line.below.push(Line::new(Kind::More, format!("… and {more}")));
        }
    }

    fn how(&mut self, how: &How, moment: Option<Moment>, line: &mut Line) {
        let earlier = |fact: &usize| {
            let moment = self.story.facts.get(*fact).and_then(|fact| fact.moment);
            moment.map_or(String::new(), |moment| format!(" at {}", time(moment.at)))
        };
        match how {
            How::Rule(given) if given.is_stated => {
                line.notes.push(format!("stated at {}", place(self.sources, given.rule)));
            }
            How::Rule(given) => self.given(given, moment, line),
            How::Message { from, sent, fact, .. } => {
                let from = self.node(*from);
                line.notes.push(format!("a message, sent by {from} at {}", time(*sent)));
                if let Some(fact) = fact {
                    self.origins(*fact, line);
                }
            }
            How::ToItself(fact) => {
                line.notes.push(format!("sent to itself{}", earlier(fact)));
                self.origins(*fact, line);
            }
            How::PutOff { fact, instead } => {
                line.notes.push("put there by the tick before".to_owned());
                self.origins(*fact, line);
                if let Some(instead) = instead {
                    let text = self.story.facts.get(*instead).map_or("", |fact| &fact.text);
                    let mut below = Line::new(Kind::Part, format!("in the place of {text}"));
                    let moment = self.story.facts.get(*instead).and_then(|fact| fact.moment);
                    below
                        .notes
                        .extend(moment.map(|moment| format!("there since {}", time(moment.at))));
                    self.origins(*instead, &mut below);
                    line.below.push(below);
                }
            }
            How::Since(fact) => {
                line.notes.push(format!("there since{}", earlier(fact).replacen(" at", "", 1)));
                self.origins(*fact, line);
            }
            How::Timer(fact) => {
                line.notes.push(format!("a timer, set{}", earlier(fact)));
                self.origins(*fact, line);
            }
            How::Gift(gift) => {
                let span = self.report.gifts.get(*gift).copied().filter(|s| *s != Span::default());
                line.notes.push(match span {
                    Some(span) => format!("given by the test, {}", place(self.sources, span)),
                    None => "given by the test".to_owned(),
                });
            }
            How::Said(words) => line.notes.push((*words).to_owned()),
        }
    }

    fn rule(&self, span: Span) -> (String, String) {
        (place(self.sources, span), text(self.sources, span))
    }

    fn given(&mut self, given: &Given, moment: Option<Moment>, line: &mut Line) {
        line.rule = Some(self.rule(given.rule));
        if given.is_group {
            let all = given.matches.len() + given.more;
            line.notes.push(format!("from {}", count(all, "match", "matches")));
        }
        for premises in &given.matches {
            let mut lines = self.premises(premises, moment);
            match (given.is_group && given.matches.len() > 1, lines.len()) {
                // A match of several rows is a branch of its own.
                (true, 2..) => {
                    let mut branch = Line::new(Kind::Part, "match");
                    branch.below = lines;
                    line.below.push(branch);
                }
                _ => line.below.append(&mut lines),
            }
        }
        if given.more > 0 {
            let more = count(given.more, "more match", "more matches");
            line.below.push(Line::new(Kind::More, format!("… and {more}")));
        }
    }

    fn gap(&mut self, number: usize, above: Option<Moment>) -> Line {
        let Some(gap) = self.story.gaps.get(number) else {
            return Line::new(Kind::Missing, "…");
        };
        let mut line = Line::new(Kind::Failing, self.headed(&gap.text, gap.moment, above));
        if !self.gaps.insert(number) {
            line.notes.push("is not there, as said above".to_owned());
            return line;
        }
        line.notes.push(match gap.near.is_empty() {
            true => "is not there".to_owned(),
            false => format!("is not there: {}", gap.near),
        });
        for remark in &gap.remarks {
            self.remark(remark, gap.moment, &mut line);
        }
        for attempt in &gap.attempts {
            let below = self.attempt(attempt, gap.moment);
            line.below.push(below);
        }
        line
    }

    fn remark(&mut self, remark: &Remark, moment: Option<Moment>, line: &mut Line) {
        match remark {
            Remark::Gone { text, at, by } => {
                let mut below =
                    Line::new(Kind::Part, format!("{text} was there until {}", time(*at)));
                if let Some(by) = by {
                    below.notes.push("when a rule took it out or replaced it".to_owned());
                    let by = self.fact(*by, moment);
                    below.below.push(by);
                }
                line.below.push(below);
            }
            Remark::Lost { text, from, sent, why, fact } => {
                let (from, sent) = (self.node(*from), time(*sent));
                let said = format!("{text} was sent by {from} at {sent}, but {why}");
                let mut below = Line::new(Kind::Part, said);
                if let Some(fact) = fact {
                    self.origins(*fact, &mut below);
                }
                line.below.push(below);
            }
            Remark::Late { text, from, sent } => {
                let (from, sent) = (self.node(*from), time(*sent));
                let said = format!("{text} was sent by {from} at {sent}, and has not arrived yet");
                line.below.push(Line::new(Kind::Part, said));
            }
            Remark::Earlier(moment) => {
                let said = format!(
                    "it came at {}, in tick {}, and such rows are gone after their tick",
                    time(moment.at),
                    moment.tick
                );
                line.below.push(Line::new(Kind::Part, said));
            }
            Remark::NeverSent => line.notes.push("no node sent it".to_owned()),
            Remark::NeverGiven => line.notes.push("the test does not give it".to_owned()),
            Remark::NoRule => line.notes.push("no rule writes it".to_owned()),
        }
    }

    fn attempt(&mut self, attempt: &Attempt, above: Option<Moment>) -> Line {
        let said = match attempt.moment {
            Some(moment) => {
                let node = self.node(moment.node);
                format!(
                    "in tick {} of {node}, at {}, a rule could have given it, but",
                    moment.tick,
                    time(moment.at)
                )
            }
            None => "a rule could give it, but".to_owned(),
        };
        let mut line = Line::new(Kind::Part, said);
        line.rule = Some(self.rule(attempt.rule));
        let above = attempt.moment.or(above);
        line.below = self.premises(&attempt.premises, above);
        let mut failing = self.failing(&attempt.failing, above);
        if attempt.others > 0 {
            let others = count(attempt.others, "other match", "other matches");
            failing.notes.push(format!("(likewise for {others} of what stands before)"));
        }
        line.below.push(failing);
        line
    }

    fn failing(&mut self, failing: &Failing, above: Option<Moment>) -> Line {
        match failing {
            Failing::Gap(gap) => self.gap(*gap, above),
            Failing::Present { span, premises } => {
                let mut line = Line::new(Kind::Failing, text(self.sources, *span));
                line.notes.push("does not hold: there is".to_owned());
                line.below = self.premises(premises, above);
                line
            }
            Failing::Test { span, values } => Line::untrue(text(self.sources, *span), values),
            Failing::Head { span, gives } => {
                Line::other_head(text(self.sources, *span), gives.as_deref())
            }
            Failing::Effort => Line::given_up(),
        }
    }
}
