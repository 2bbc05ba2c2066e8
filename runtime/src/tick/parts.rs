//! What a node has to know of its program: which collections the language
//! gives, where messages and timers come from, what is shown. All of it is
//! looked up once, so that a tick looks nothing up.

use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Given;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::types::typed;

/// Which rows of a collection may share a tick.
pub(super) enum Sharing {
    /// All: it holds state, and equal rows are one.
    Free,
    /// Those that differ: equal ones are two events.
    Distinct,
    /// Those that differ in these columns.
    OnePer(Vec<usize>),
    /// None, not even with rows of others.
    Alone,
}

/// Rows that are put aside to be sent.
pub(super) struct Sending {
    pub stage: RelId,
    pub target: RelId,
    /// The column of the address or of the instant.
    pub at: usize,
    pub is_timer: bool,
    /// Roles to whose members messages have to arrive.
    pub groups: Vec<String>,
}

/// The collections that the language gives, where the program has them.
#[derive(Default)]
pub(super) struct Givens {
    pub startup: Option<RelId>,
    pub stdout: Option<RelId>,
    pub stderr: Option<RelId>,
    pub halt: Option<RelId>,
    pub now: Option<RelId>,
    pub me: Option<RelId>,
    pub members: Option<RelId>,
    pub seed: Option<RelId>,
}

/// What is known of a program.
pub(super) struct Parts {
    pub givens: Givens,
    pub sendings: Vec<Sending>,
    /// Outputs that show events.
    pub events: Vec<RelId>,
    /// Outputs that show what holds.
    pub views: Vec<RelId>,
    /// Everything that is put aside for the next tick.
    pub stages: Vec<RelId>,
    sharing: Vec<Sharing>,
    is_event: Vec<bool>,
}

impl Parts {
    pub fn of(program: &typed::Program) -> Parts {
        let mut parts = Parts {
            givens: Givens::default(),
            sendings: Vec::new(),
            events: Vec::new(),
            views: Vec::new(),
            stages: Vec::new(),
            sharing: program.rels.iter().map(sharing).collect(),
            is_event: program.rels.iter().map(|rel| rel.event).collect(),
        };
        for (i, rel) in program.rels.iter().enumerate() {
            let id = RelId(i as u32);
            match rel.given {
                Some(given) => parts.givens.note(given, id),
                // What instances of modules put out is read inside the program.
                None if rel.is_shown() && rel.event => parts.events.push(id),
                None if rel.is_shown() => parts.views.push(id),
                None => {}
            }
            match rel.kind {
                RelKind::Stage(Stage::Send, target) => {
                    let of = &program.rels[target.index()];
                    let is_timer = of.kind == RelKind::Timer;
                    let at = of.at.unwrap_or_default();
                    let groups = of.groups.clone();
                    parts.sendings.push(Sending { stage: id, target, at, is_timer, groups });
                }
                RelKind::Stage(..) => parts.stages.push(id),
                _ => {}
            }
        }
        parts
    }

    /// The collections that a node reads when a tick is over.
    pub fn read(&self) -> impl Iterator<Item = RelId> {
        let givens = [self.givens.stdout, self.givens.stderr, self.givens.halt];
        let shown = self.events.iter().chain(&self.views).copied();
        shown
            .chain(self.sendings.iter().map(|sending| sending.stage))
            .chain(givens.into_iter().flatten())
    }

    pub fn sharing(&self, rel: RelId) -> &Sharing {
        self.sharing.get(rel.index()).unwrap_or(&Sharing::Free)
    }

    /// Whether rows are gone when the tick ends.
    pub fn is_event(&self, rel: RelId) -> bool {
        self.is_event.get(rel.index()).copied().unwrap_or(false)
    }
}

impl Givens {
    fn note(&mut self, given: Given, id: RelId) {
        let place = match given {
            Given::Startup => &mut self.startup,
            Given::Stdout => &mut self.stdout,
            Given::Stderr => &mut self.stderr,
            Given::Halt => &mut self.halt,
            Given::Members => &mut self.members,
            Given::Now => &mut self.now,
            Given::Me => &mut self.me,
            Given::Seed => &mut self.seed,
            // Lines come in as any other event.
            Given::Stdin => return,
        };
        *place = Some(id);
    }
}

fn sharing(rel: &typed::Rel) -> Sharing {
    match &rel.serial {
        Some(columns) if columns.is_empty() => Sharing::Alone,
        Some(columns) => Sharing::OnePer(columns.clone()),
        None if rel.kind.is_incoming() => Sharing::Distinct,
        None => Sharing::Free,
    }
}
