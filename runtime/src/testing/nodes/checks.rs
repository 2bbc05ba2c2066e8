//! What a test of many nodes looks at, made ready once: a small program of its
//! properties over the rows of all nodes, and which collection of which role
//! each of its tables is filled from. The rows of a run are not known here.

use std::collections::BTreeMap;

use bloom_compiler::driver;
use bloom_compiler::driver::Scenarios;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Expectation;
use bloom_compiler::names::hir::Given;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::scenarios::Mode;
use bloom_compiler::names::scenarios::Property;
use bloom_compiler::names::scenarios::Scenario;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::maintain;
use bloom_compiler::types::typed;
use bloom_compiler::types::typed::LitKind;

/// How long the liveness phase lasts where a test does not say: until then must
/// hold what holds in the end.
pub(super) const WITHIN: i64 = 30_000_000_000;

/// The properties of a test as a program.
pub(super) struct Checks {
    /// Its tables are the collections that properties read.
    pub program: typed::Program,
    /// For ticks one after the other.
    pub plan: ir::Program,
    /// In the order of the text.
    pub properties: Vec<Property>,
    /// By role and collection of its program: the table here.
    pub feeds: BTreeMap<String, BTreeMap<RelId, RelId>>,
    /// Who is up, if properties ask.
    pub members: Option<RelId>,
    /// The instant of a tick, if properties ask.
    pub now: Option<RelId>,
}

impl Checks {
    pub fn new(scenarios: &Scenarios, scenario: &Scenario) -> Checks {
        let properties = scenario.properties.clone();
        let wanted: Vec<RelId> = properties.iter().flat_map(asked).collect();
        let small = driver::expected(&scenarios.program, &wanted);
        let (mut program, mut reads) = (small.program, small.reads);
        // What is asked for without a rule is a collection of a role.
        reads.extend(wanted.iter().filter(|rel| scenarios.rels.contains_key(rel)));
        let (mut members, mut now) = (None, None);
        let mut feeds: BTreeMap<String, BTreeMap<RelId, RelId>> = BTreeMap::new();
        for rel in &reads {
            let Some(declared) = program.rels.get_mut(rel.index()) else { continue };
            match declared.given {
                Some(Given::Members) => members = Some(*rel),
                Some(Given::Now) => now = Some(*rel),
                _ => {}
            }
            if let Some((role, own)) = scenarios.rels.get(rel) {
                feeds.entry(role.clone()).or_default().insert(*own, *rel);
            }
            // Rows come and go as those of any table, whatever they are there.
            declared.kind = RelKind::Table;
            (declared.given, declared.serial, declared.at) = (None, None, None);
        }
        properties.iter().filter_map(|p| p.wrong).for_each(|rel| name(&mut program, rel));
        // What follows from events is seen as long as they are.
        program.rels.iter_mut().for_each(|rel| rel.event = false);
        let plan = maintain::plan(&program, vec![None; program.rels.len()]);
        Checks { program, plan, properties, feeds, members, now }
    }

    /// The collections of a role that its nodes have to tell of.
    pub fn shown(&self, role: &str) -> Vec<RelId> {
        self.feeds.get(role).map_or(Vec::new(), |feeds| feeds.keys().copied().collect())
    }

    /// How long the liveness phase may last; `None` where nothing has to hold in
    /// the end.
    pub fn within(&self) -> Option<i64> {
        self.properties.iter().filter_map(within).max()
    }

    /// All tables.
    pub fn tables(&self) -> impl Iterator<Item = RelId> {
        let feeds = self.feeds.values().flat_map(|feeds| feeds.values().copied());
        feeds.chain(self.members).chain(self.now)
    }
}

/// Gives the variables of a view that has no name in the text names that mean
/// something: those of the nodes, and of what one has and another has not.
fn name(program: &mut typed::Program, wrong: RelId) {
    let Some(rule) = program.rules.iter_mut().find(|rule| rule.head == wrong) else { return };
    let mut atoms = rule.body.lits.iter().filter_map(|lit| match &lit.kind {
        LitKind::Atom(atom) => Some(atom.rel),
        _ => None,
    });
    // The last atom is that of the rows that are compared.
    let compared = atoms.next_back().and_then(|rel| program.rels.get(rel.index()));
    for var in &mut rule.vars {
        let number = var.name.strip_prefix('@').map(str::parse::<usize>);
        match (var.name.as_str(), number, compared) {
            ("@", ..) => var.name = "node".to_owned(),
            ("@@", ..) => var.name = "other".to_owned(),
            (_, Some(Ok(number)), Some(rel)) => {
                let col = rel.cols.get(number + 1);
                var.name = col.map_or(String::new(), |col| col.name.clone());
            }
            _ => {}
        }
    }
}

/// After how long a property has to hold, if it has to in the end.
pub(super) fn within(property: &Property) -> Option<i64> {
    match property.mode {
        Mode::Eventually(within) => Some(within.unwrap_or(WITHIN)),
        Mode::Always | Mode::Sometimes => None,
    }
}

/// The collections that a property is told by.
fn asked(property: &Property) -> Vec<RelId> {
    let mut all: Vec<RelId> = property.wrong.into_iter().collect();
    match property.holds {
        Expectation::Matches { found, .. } => all.push(found),
        Expectation::Rows { rel, rows } => all.extend([rel, rows]),
    }
    all
}
