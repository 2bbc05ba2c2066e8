//! From what did not hold, over the rows of all nodes, to rows and gaps of
//! single nodes: where a story begins.

use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Value;
use bloom_compiler::source::Span;

use crate::testing::Why;
use crate::testing::failure::gaps::DEEP;
use crate::testing::failure::gaps::pattern;
use crate::testing::failure::history::TickId;
use crate::testing::failure::lineage::Finder;
use crate::testing::failure::rules;
use crate::testing::failure::story::Attempt;
use crate::testing::failure::story::Fact;
use crate::testing::failure::story::Failing;
use crate::testing::failure::story::Gap;
use crate::testing::failure::story::Given;
use crate::testing::failure::story::How;
use crate::testing::failure::story::Origin;
use crate::testing::failure::story::Premise;
use crate::testing::failure::story::Story;
use crate::testing::nodes::Play;
use crate::why;
use crate::why::Answer;

/// Nodes of a role that are asked why they have not what any of them might have.
const NODES_MOST: usize = 2;

/// What did not hold, explained over the rows of all nodes.
pub struct Root<'r> {
    play: &'r Play<'r>,
    why: &'r Why,
}

impl<'r> Root<'r> {
    /// Of a test.
    pub fn new(play: &'r Play<'r>, why: &'r Why) -> Root<'r> {
        Root { play, why }
    }

    /// The whole story.
    pub fn tell(&self, mut finder: Finder<'_>) -> Story {
        let found = &self.why.explanation;
        let roots = match &found.answer {
            Answer::Present { rows, .. } => {
                let mut roots = Vec::new();
                for row in rows {
                    roots.extend(self.below(&mut finder, *row));
                }
                roots
            }
            Answer::Absent(absence) => self.absence(&mut finder, absence),
        };
        finder.run();
        finder.instead(&roots);
        finder.run();
        let about = finder.about(&roots);
        let mut story = std::mem::take(&mut finder.story);
        story.about = about;
        story.roots = roots;
        story.messages.sort_unstable();
        story.messages.dedup();
        story.gifts.sort_unstable();
        story.gifts.dedup();
        story.rules = rules::of(&story);
        story
    }

    /// A row over all nodes; where it is of no node, what it rests on.
    fn below(&self, finder: &mut Finder<'_>, number: usize) -> Vec<Premise> {
        let Some(node) = self.why.explanation.nodes.get(number) else { return Vec::new() };
        if self.is_ones(node.rel) {
            return vec![self.node(finder, number)];
        }
        let mut all = Vec::new();
        for origin in &node.origins {
            if let why::Source::Rule(derivation) = &origin.source {
                for premises in &derivation.matches {
                    all.extend(self.premises(finder, premises));
                }
            }
        }
        all
    }

    /// Whether it is a collection of nodes, and not of the test.
    fn is_ones(&self, rel: RelId) -> bool {
        self.play.scenarios.rels.contains_key(&rel)
    }

    /// A row as a fact: that of a node, or of a view of the test.
    fn node(&self, finder: &mut Finder<'_>, number: usize) -> Premise {
        let program = &self.why.program;
        let Some(node) = self.why.explanation.nodes.get(number) else {
            return Premise::Holds { span: Span::default(), values: Vec::new() };
        };
        if let Some((tick, rel)) = self.place(finder, node.rel, node.row.first()) {
            let row = node.row.get(1..).unwrap_or_default().to_vec();
            return Premise::Fact(finder.row(tick, rel, &row));
        }
        let declared = program.rels.get(node.rel.index());
        let text = declared.map_or(String::new(), |rel| oracle::fact(rel, &node.row, program));
        let mut origins = Vec::new();
        for origin in &node.origins {
            let how = match &origin.source {
                why::Source::Loaded => How::Said("a node of the test"),
                why::Source::Rule(derivation) => {
                    let all = derivation.matches.iter();
                    let matches = all.map(|premises| self.premises(finder, premises)).collect();
                    let rule = program.rules.get(derivation.rule);
                    How::Rule(Given {
                        rule: rule.map(|rule| rule.span).unwrap_or_default(),
                        is_stated: rule.is_some_and(|rule| rule.is_fact),
                        matches,
                        more: derivation.more,
                        is_group: derivation.is_group,
                    })
                }
            };
            origins.push(Origin { part: origin.part.clone(), how });
        }
        finder.story.facts.push(Fact { moment: None, text, origins, more: node.more });
        Premise::Fact(finder.story.facts.len() - 1)
    }

    /// The last tick of the node with this name, and its collection there.
    fn place(
        &self,
        finder: &Finder<'_>,
        rel: RelId,
        name: Option<&Value>,
    ) -> Option<(TickId, RelId)> {
        let (role, own) = self.play.scenarios.rels.get(&rel)?;
        let Some(Value::Node(name)) = name else { return None };
        let is_it = |member: &crate::sim::Member| member.name == *name && member.role == *role;
        let node = finder.history.cast.nodes.iter().position(is_it)?;
        let tick = finder.history.last.get(node).copied().flatten()?;
        Some((tick, *own))
    }

    fn premises(&self, finder: &mut Finder<'_>, premises: &[why::Premise]) -> Vec<Premise> {
        let mut all = Vec::new();
        for premise in premises {
            match premise {
                why::Premise::Row { node, .. } => {
                    let inner = self.why.explanation.nodes.get(*node);
                    let is_hidden = inner
                        .and_then(|node| self.why.program.rels.get(node.rel.index()))
                        .is_some_and(|rel| {
                            rel.kind == RelKind::Expected || rel.name.starts_with('@')
                        });
                    // Which nodes there are is no news.
                    let is_member = inner
                        .and_then(|node| self.why.program.rels.get(node.rel.index()))
                        .is_some_and(|rel| rel.name == "members");
                    match (is_hidden, is_member) {
                        (true, _) => all.extend(self.below(finder, *node)),
                        (_, true) => {}
                        _ => all.push(self.node(finder, *node)),
                    }
                }
                why::Premise::Absent { span, values, asked } => {
                    let gap = asked.as_ref().and_then(|(rel, columns)| {
                        let (tick, own) = self.place(finder, *rel, columns.first()?.as_ref())?;
                        Some(finder.gap(tick, own, columns.get(1..)?, DEEP))
                    });
                    match gap {
                        Some(gap) => all.push(Premise::Gap(gap)),
                        None => all.push(Premise::Nothing {
                            span: *span,
                            values: values.clone(),
                            gap: None,
                        }),
                    }
                }
                why::Premise::Holds { span, values } => {
                    all.push(Premise::Holds { span: *span, values: values.clone() });
                }
            }
        }
        all
    }

    /// What is missing over all nodes, at the nodes that should have it.
    fn absence(&self, finder: &mut Finder<'_>, absence: &why::Absence) -> Vec<Premise> {
        if self.is_ones(absence.rel) {
            return self.missing(finder, absence.rel, &absence.wanted);
        }
        let mut all = Vec::new();
        for attempt in &absence.attempts {
            match &attempt.failing {
                why::Failing::Atom { asked: (rel, columns), deeper, .. } => {
                    all.extend(self.premises(finder, &attempt.premises));
                    match deeper {
                        Some(deeper) if !self.is_ones(*rel) => {
                            all.extend(self.absence(finder, deeper));
                        }
                        _ => all.extend(self.missing(finder, *rel, columns)),
                    }
                }
                why::Failing::Present { premises, .. } => {
                    all.extend(self.premises(finder, &attempt.premises));
                    all.extend(self.premises(finder, premises));
                }
                _ => all.push(self.tried(finder, absence, attempt)),
            }
        }
        all
    }

    /// A rule of the test that came so far.
    fn tried(
        &self,
        finder: &mut Finder<'_>,
        absence: &why::Absence,
        attempt: &why::Attempt,
    ) -> Premise {
        let failing = match &attempt.failing {
            why::Failing::Test { span, values } => {
                Failing::Test { span: *span, values: values.clone() }
            }
            why::Failing::Head { span, gives } => {
                Failing::Head { span: *span, gives: gives.clone() }
            }
            _ => Failing::Effort,
        };
        let premises = self.premises(finder, &attempt.premises);
        let rule = self.why.program.rules.get(attempt.rule);
        let attempt = Attempt {
            rule: rule.map(|rule| rule.span).unwrap_or_default(),
            moment: None,
            premises,
            others: attempt.matches.saturating_sub(1),
            failing,
        };
        finder.story.gaps.push(Gap {
            moment: None,
            text: pattern(&self.why.program, absence.rel, &absence.wanted),
            near: absence.near.clone(),
            remarks: Vec::new(),
            attempts: vec![attempt],
        });
        Premise::Gap(finder.story.gaps.len() - 1)
    }

    /// Rows of a node, or of any node of a role, that are not there.
    fn missing(
        &self,
        finder: &mut Finder<'_>,
        rel: RelId,
        columns: &[Option<Value>],
    ) -> Vec<Premise> {
        let Some((role, _)) = self.play.scenarios.rels.get(&rel) else { return Vec::new() };
        let names: Vec<Value> = match columns.first() {
            Some(Some(name)) => vec![name.clone()],
            _ => {
                let all = finder.history.cast.nodes.iter().filter(|node| node.role == *role);
                all.map(|node| Value::Node(node.name.clone())).take(NODES_MOST).collect()
            }
        };
        let mut all = Vec::new();
        for name in names {
            if let (Some((tick, own)), Some(wanted)) =
                (self.place(finder, rel, Some(&name)), columns.get(1..))
            {
                all.push(Premise::Gap(finder.gap(tick, own, wanted, DEEP)));
            }
        }
        all
    }
}
