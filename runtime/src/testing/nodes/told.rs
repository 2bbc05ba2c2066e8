//! What did not hold, in words: the property, the rows that show it or what is
//! missing, and a derivation over the rows of all nodes. How a run came there
//! is not known here, nor how the words are drawn.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::calm::strata;
use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Expectation;
use bloom_compiler::names::scenarios::Mode;
use bloom_compiler::names::scenarios::Property;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan;
use bloom_compiler::source::Span;
use bloom_compiler::types::typed::Rule;

use crate::kernel::Engine;
use crate::sim::Choices;
use crate::sim::Member;
use crate::testing::explain;
use crate::testing::nodes::broken::Broken;
use crate::testing::nodes::broken::SEARCHED;
use crate::testing::nodes::broken::Shown;
use crate::testing::nodes::broken::Told;
use crate::testing::nodes::broken::What;
use crate::testing::nodes::broken::instant;
use crate::testing::nodes::player::Player;
use crate::testing::nodes::words;
use crate::testing::rows;
use crate::testing::verdict::Failed;
use crate::testing::verdict::Origin;
use crate::testing::verdict::Side;
use crate::testing::verdict::Why;
use crate::why;
use crate::why::Answer;
use crate::why::Explanation;

/// Rules below a row that is explained.
const DEPTH: usize = 6;
/// Facts that are explained in all.
const SIZE: usize = 40;
/// Nodes that one sentence names.
const NODES_SHOWN: usize = 3;

/// What there is instead of what should be.
struct Instead {
    /// In a few words.
    label: String,
    why: Option<Why>,
    rows: Vec<(Side, String)>,
}

impl Player<'_> {
    /// Runs it once more and tells what did not hold.
    pub fn told(&mut self, broken: &Broken) -> Result<Told, Box<Diagnostic>> {
        let choices = Choices::of(&broken.choices, broken.seed);
        self.run(broken.seed, choices)?;
        Ok(self.tell(broken))
    }

    /// Tells what did not hold in the run that just was.
    pub fn tell(&mut self, broken: &Broken) -> Told {
        let plain = |diagnostic: Diagnostic| Told {
            failed: Failed { diagnostic, rows: Vec::new(), why: None },
            rows: Vec::new(),
        };
        let place = self.place(broken);
        let property = match &broken.what {
            What::Tick(told) | What::Judge(told) => return plain((**told).clone().note(place)),
            What::Dispute(at, what) => {
                let span = self.span(*at);
                let told = Diagnostic::error(codes::EVALUATORS_DISAGREE, span, what.clone());
                let told = told.at("after a tick of a node").note(place).help(
                    "please report it, with the program and this message: it is a mistake of \
                     Bloom itself",
                );
                return plain(told);
            }
            What::Property(at) => match self.play.properties().get(*at) {
                Some(property) => property.clone(),
                None => {
                    return plain(Diagnostic::error(codes::PROPERTY_FAILED, self.span(*at), ""));
                }
            },
        };
        let Instead { label, why, rows } = self.instead(&property);
        let title = match property.mode {
            Mode::Always => "this does not always hold",
            Mode::Eventually(_) => "this does not hold in the end",
            Mode::Sometimes => "no run comes to where this holds",
        };
        let mut diagnostic =
            Diagnostic::error(codes::PROPERTY_FAILED, property.span, title).at(label).note(place);
        if let Some(name) = self.event(&property) {
            diagnostic = diagnostic.help(format!(
                "`{name}` is an event: its rows are gone after their tick, so in the end there are \
                 none; keep them in a table, or ask with `sometimes`"
            ));
        }
        let shown = why.as_ref().map(|why| self.shown(why)).unwrap_or_default();
        Told { failed: Failed { diagnostic, rows, why }, rows: shown }
    }

    fn span(&self, property: usize) -> Span {
        let of = self.play.properties().get(property).map(|property| property.span);
        of.or(self.play.written().map(|test| test.title_span)).unwrap_or_default()
    }

    /// When it was, and where.
    fn place(&self, broken: &Broken) -> String {
        let sought = |property: &Property| property.mode == Mode::Sometimes;
        if let What::Property(number) = broken.what
            && self.play.properties().get(number).is_some_and(sought)
        {
            return format!(
                "in no run; what there is instead is that of the end of {}",
                run(broken.seed)
            );
        }
        let (at, run) = (instant(broken.at), run(broken.seed));
        let node = broken.node.and_then(|node| self.play.cast.nodes.get(node));
        let name = node.map_or("", |node| node.name.as_str());
        let moment = match (node, broken.tick, &broken.what) {
            (Some(_), Some(tick), What::Tick(_)) => format!("in tick {tick} of `{name}`"),
            (Some(_), Some(tick), _) => format!("after tick {tick} of `{name}`"),
            (Some(_), None, _) => format!("when `{name}` had started again"),
            (None, ..) if broken.quiet => "when nothing was left to happen".to_owned(),
            (None, ..) => "when the time for it had passed".to_owned(),
        };
        format!("{moment}, {at} after the start of {run}")
    }

    /// The event that something which has to hold in the end is about.
    fn event(&self, property: &Property) -> Option<String> {
        if !matches!(property.mode, Mode::Eventually(_)) {
            return None;
        }
        let Expectation::Matches { found, negated: false } = property.holds else { return None };
        let checks = &self.play.checks;
        let rule = checks.program.rules.iter().find(|rule| rule.head == found)?;
        let atom = explain::atom(rule)?;
        let (role, own) = self.play.scenarios.rels.get(&atom.rel)?;
        let member = self.play.cast.nodes.iter().find(|member| member.role == *role)?;
        let rel = member.program.rels.get(own.index()).filter(|rel| rel.event)?;
        Some(rel.name.clone())
    }

    /// What there is instead, as of the last look.
    fn instead(&mut self, property: &Property) -> Instead {
        match property.holds {
            Expectation::Matches { found, negated } => self.matches(property, found, negated),
            Expectation::Rows { rel, rows } => self.exact(rel, rows),
        }
    }

    fn matches(&mut self, property: &Property, found: RelId, negated: bool) -> Instead {
        let program = &self.play.checks.program;
        let rule = program.rules.iter().find(|rule| rule.head == found);
        let about = match rule {
            Some(rule) if explain::atom(rule).is_some() => About::Pattern(rule),
            _ => About::Row(found, Vec::new()),
        };
        let is_named = matches!(about, About::Pattern(_));
        let nodes = property.wrong.map(|wrong| self.wrong(wrong));
        let mut why = self.why(about, found);
        if let Some(why) = why.as_mut().filter(|_| property.wrong.is_some()) {
            // The view of those without it has no name in the text.
            why.is_match = true;
        }
        let label = match (&why, nodes) {
            (_, Some(nodes)) => nodes,
            (Some(why), None) if is_named => match (&why.asked.answer, negated) {
                (Answer::Present { rows, others }, true) => fact(why, rows.first(), *others),
                (Answer::Absent(absence), false) => absence.near.clone(),
                _ => String::new(),
            },
            _ => String::new(),
        };
        Instead { label, why, rows: Vec::new() }
    }

    /// Of `all` the nodes without it, of `agree` a row that one has and another
    /// has not.
    fn wrong(&mut self, wrong: RelId) -> String {
        let program = &self.play.checks.program;
        let engine = self.judge.engine_mut();
        let words = (engine.len(wrong), engine.rows(wrong));
        let all = rows::values(engine, wrong, words);
        let name = |value: Option<&Value>| match value {
            Some(Value::Node(name)) => format!("`{name}`"),
            _ => String::new(),
        };
        match all.first().map(Vec::as_slice) {
            Some([one]) => {
                let nodes: Vec<String> =
                    all.iter().take(NODES_SHOWN).map(|row| name(row.first())).collect();
                let more = match all.len().saturating_sub(NODES_SHOWN) {
                    0 => String::new(),
                    n => format!(" and {n} more"),
                };
                match nodes.len() {
                    0 | 1 => format!("not at {}", name(Some(one))),
                    _ => format!("not at {}{more}", nodes.join(", ")),
                }
            }
            Some([one, other, row @ ..]) => {
                let cols = program.rels[wrong.index()].cols.iter().skip(2);
                let shown = row.iter().zip(cols).map(|(v, col)| oracle::show(v, &col.ty, program));
                let row: Vec<String> = shown.collect();
                let (one, other) = (name(Some(one)), name(Some(other)));
                let more = match all.len() {
                    1 => String::new(),
                    n => format!("; {n} such differences in all"),
                };
                format!("{one} has ({}), {other} has not{more}", row.join(", "))
            }
            _ => String::new(),
        }
    }

    /// Exactly these rows.
    fn exact(&mut self, rel: RelId, wanted: RelId) -> Instead {
        let program = &self.play.checks.program;
        let engine = self.judge.engine_mut();
        let mut of = |rel: RelId| -> BTreeSet<Vec<Value>> {
            let words = (engine.len(rel), engine.rows_as_they_lie(rel));
            rows::values(engine, rel, words).into_iter().collect()
        };
        let (there, should) = (of(rel), of(wanted));
        let fact = |side: Side| {
            move |row: &Vec<Value>| {
                let declared = &program.rels[rel.index()];
                (side, oracle::fact(declared, row, program))
            }
        };
        let missing: Vec<&Vec<Value>> = should.difference(&there).collect();
        let extra: Vec<&Vec<Value>> = there.difference(&should).collect();
        let mut parts = Vec::new();
        if !missing.is_empty() {
            parts.push(format!("{} not there", are(missing.len())));
        }
        if !extra.is_empty() {
            parts.push(format!("{} there and should not be", are(extra.len())));
        }
        let rows = missing.iter().copied().map(fact(Side::Missing));
        let rows = rows.chain(extra.iter().copied().map(fact(Side::Extra))).collect();
        let about = extra.first().or(missing.first()).map(|row| About::Row(rel, row.to_vec()));
        let why = about.and_then(|about| self.why(about, rel));
        Instead { label: parts.join(", "), why, rows }
    }

    /// The rows of all nodes once more, with the rounds kept.
    fn why(&mut self, about: About<'_>, wanted: RelId) -> Option<Why> {
        let checks = &self.play.checks;
        let program = &checks.program;
        let strata = strata::stratify(program, &mut Vec::new());
        let mut engine = Engine::new(plan::build(program, &strata, &plan::Sizes::default()));
        let mut origins = BTreeMap::new();
        let there = self.judge.engine_mut();
        for rel in checks.tables() {
            let rows = (there.len(rel), there.rows_as_they_lie(rel));
            if rows.0 == 0 {
                continue;
            }
            for row in rows::values(there, rel, rows.clone()) {
                let origin = match row.first() {
                    Some(Value::Node(node)) if Some(rel) != checks.members => {
                        Origin::Node(node.clone())
                    }
                    _ => Origin::World,
                };
                origins.insert((rel, row), origin);
            }
            let to = engine.interner_mut();
            let words = words::rows(there, rel, (rows.0, &rows.1), None, to);
            let _ = engine.load(rel, &words);
        }
        engine.keep_ranks();
        engine.run(&self.limits).ok()?;
        let options = why::Options { depth: DEPTH, size: SIZE, ..why::Options::default() };
        let asked = match &about {
            About::Pattern(rule) => why::explain(program, &engine, rule, &options)?,
            About::Row(rel, row) => why::row(program, &engine, (*rel, row), &options)?,
        };
        let is_match = matches!(&about, About::Row(rel, row) if *rel == wanted && row.is_empty());
        Some(Why { explanation: asked.clone(), asked, program: program.clone(), origins, is_match })
    }

    /// The rows of nodes that an explanation rests on.
    fn shown(&self, why: &Why) -> Vec<Shown> {
        let Explanation { nodes, answer: Answer::Present { .. }, .. } = &why.explanation else {
            return Vec::new();
        };
        let mut all = BTreeSet::new();
        for fact in nodes {
            let Some((role, rel)) = self.play.scenarios.rels.get(&fact.rel) else { continue };
            let Some(Value::Node(name)) = fact.row.first() else { continue };
            let named = |member: &Member| member.name == *name && member.role == *role;
            let Some(node) = self.play.cast.nodes.iter().position(named) else { continue };
            let declared = &why.program.rels[fact.rel.index()];
            let text = oracle::fact(declared, &fact.row, &why.program);
            let row = fact.row.get(1..).unwrap_or_default().to_vec();
            all.insert(Shown { node, rel: *rel, row, text });
        }
        all.into_iter().collect()
    }
}

/// What is to be explained.
enum About<'r> {
    /// The rows that the one atom of a rule asks for.
    Pattern(&'r Rule),
    /// A row.
    Row(RelId, Vec<Value>),
}

fn fact(why: &Why, row: Option<&usize>, others: usize) -> String {
    let node = row.and_then(|row| why.asked.nodes.get(*row));
    let shown = node.and_then(|node| {
        let rel = why.program.rels.get(node.rel.index())?;
        Some(oracle::fact(rel, &node.row, &why.program))
    });
    let fact = shown.unwrap_or_default();
    match others {
        0 => fact,
        n => format!("{fact}, and {n} more like it"),
    }
}

fn are(n: usize) -> String {
    if n == 1 { "1 row is".into() } else { format!("{n} rows are") }
}

/// A run, in words.
fn run(seed: u64) -> String {
    match seed {
        SEARCHED => "the run".to_owned(),
        seed => format!("the run of seed {seed}"),
    }
}
