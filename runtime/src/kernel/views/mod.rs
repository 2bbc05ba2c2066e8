//! Views that a dataflow follows from tick to tick, where that costs less than
//! to make them anew: which ones, and when that began. How a tick tells of its
//! changes is not known here.
//!
//! | room | owns |
//! |---|---|
//! | `translate` | from the plan to what the dataflow takes |
//! | `host` | expressions, merges and groups for a dataflow |
//! | `built` | one dataflow, and what a chain fed it |
//! | `held` | a dataflow, in the thread that built it |
//! | `worth` | what following and making anew cost |
//!
//! Without the feature `views` nothing is ever built.

#[cfg(feature = "views")]
mod built;
#[cfg(not(feature = "views"))]
#[path = "none.rs"]
mod built;
mod held;
#[cfg(feature = "views")]
mod host;
#[cfg(feature = "views")]
mod translate;
mod worth;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::views::Flow;
use bloom_compiler::plan::views::Unfit;
use bloom_compiler::plan::views::flow;
use bloom_compiler::types::typed;

use crate::kernel::engine::Engine;
pub use crate::kernel::views::built::Built;
pub use crate::kernel::views::built::IS_THERE;
use crate::kernel::views::held::Held;
use crate::kernel::views::worth::Worth;

/// Who follows views that could be followed in two ways.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Choice {
    /// What costs less.
    #[default]
    Cheaper,
    /// A dataflow wherever there can be one.
    Dataflow,
    /// The kernel.
    Kernel,
}

/// What is known of a stratum.
#[derive(Default)]
struct State {
    /// Whether a dataflow can follow it; nobody has asked yet, if `None`.
    flow: Option<Result<Flow, (usize, Unfit)>>,
    /// What its program says.
    said: Option<bool>,
    built: Held,
    /// Whether it was built in the present chain.
    is_new: bool,
    /// Whether its rows are looked up one by one, as a dataflow wants it.
    is_keyed: bool,
    worth: Worth,
}

impl Clone for State {
    /// A dataflow is not copied: it is built again when it is needed.
    fn clone(&self) -> State {
        let worth = self.worth.interrupted(self.built.is_some());
        State {
            flow: self.flow.clone(),
            said: self.said,
            built: Held::default(),
            is_new: false,
            is_keyed: self.is_keyed,
            worth,
        }
    }
}

/// What is wrong with a program that asks for dataflows where none can be built.
pub fn unfollowed(program: &typed::Program, is_there: bool) -> Option<Diagnostic> {
    if is_there {
        return None;
    }
    let asks =
        |rel: &typed::Rel| Some((rel.name.clone(), rel.followed?)).filter(|of| of.1.dataflow);
    let (name, said) = program.rels.iter().find_map(asks)?;
    let what = format!("no dataflow can follow `{name}`");
    Some(
        Diagnostic::error(codes::NO_DATAFLOW, said.span, what)
            .at("asked for here, but this build has no dataflows")
            .help("build with the feature `views`, or leave `@incremental` out"),
    )
}

/// Views by stratum.
#[derive(Clone, Default)]
pub struct Views {
    strata: Vec<State>,
    /// Whether a dataflow was ever built: without one there is nothing to go through.
    is_used: bool,
    /// See above.
    pub choice: Choice,
}

impl Views {
    /// For another plan: nothing is built.
    pub fn replanned(&self, plan: &ir::Program) -> Views {
        let said = |stratum: &ir::Stratum| {
            let of = |rel: &bloom_compiler::ids::RelId| {
                plan.chosen.iter().find(|(other, _)| other == rel).map(|(_, dataflow)| *dataflow)
            };
            stratum.rels.iter().find_map(of)
        };
        let state = |stratum: &ir::Stratum| State { said: said(stratum), ..State::default() };
        let strata = plan.strata.iter().map(state).collect();
        Views { strata, is_used: false, choice: self.choice }
    }

    /// The flow of a stratum, if it has one.
    pub fn flow(&mut self, number: usize, plan: &ir::Program) -> Option<&Flow> {
        let state = self.strata.get_mut(number)?;
        state.flow.get_or_insert_with(|| flow(plan, number)).as_ref().ok()
    }

    /// Whether a stratum has to be followed by a dataflow, or must not be.
    fn order(&self, number: usize) -> Option<bool> {
        match (self.choice, self.strata.get(number)?.said) {
            (Choice::Kernel, _) => Some(false),
            (_, Some(said)) => Some(said),
            (Choice::Dataflow, None) => Some(true),
            (Choice::Cheaper, None) => None,
        }
    }

    /// Whether a stratum is followed by a dataflow and by nothing else.
    pub fn is_ordered(&mut self, number: usize, plan: &ir::Program) -> bool {
        IS_THERE && self.order(number) == Some(true) && self.flow(number, plan).is_some()
    }

    /// Whether the dataflow of a stratum should follow this time: one that
    /// `loses` rows, has `rows` of them with what it reads, of which `changed`
    /// came or went.
    pub fn takes(
        &mut self,
        number: usize,
        plan: &ir::Program,
        (loses, rows, changed): (bool, usize, usize),
    ) -> bool {
        let order = self.order(number);
        if !IS_THERE || order == Some(false) || self.flow(number, plan).is_none() {
            return false;
        }
        let Some(state) = self.strata.get_mut(number) else { return false };
        order.unwrap_or_else(|| state.worth.takes(state.built.is_some(), loses, rows, changed))
    }

    /// The dataflow of a stratum.
    pub fn built(&mut self, number: usize) -> Option<&mut Built> {
        self.strata.get_mut(number)?.built.get()
    }

    /// The dataflow of a stratum, which is put back if it is still good.
    pub fn take(&mut self, number: usize) -> Option<Built> {
        self.strata.get_mut(number)?.built.take()
    }

    /// See `take`.
    pub fn put_back(&mut self, number: usize, built: Built) {
        if let Some(state) = self.strata.get_mut(number) {
            state.built.set(Some(built));
        }
    }

    /// Takes a dataflow in that knows all rows there are.
    pub fn keep(&mut self, number: usize, built: Built) {
        self.is_used = true;
        if let Some(state) = self.strata.get_mut(number) {
            state.built.set(Some(built));
            (state.is_new, state.is_keyed) = (true, true);
        }
    }

    /// Gives the dataflow of a stratum up. Returns whether its rows are still
    /// looked up as that one wanted it.
    pub fn drop_one(&mut self, number: usize) -> bool {
        let Some(state) = self.used().get_mut(number) else { return false };
        state.built.set(None);
        std::mem::take(&mut state.is_keyed)
    }

    /// A stratum was made anew with so many matches and rows.
    pub fn made_anew(&mut self, number: usize, matches: u64, rows: u64) {
        if let Some(state) = self.strata.get_mut(number) {
            state.worth.made_anew(matches, rows);
        }
    }

    /// A dataflow followed so many changes with so many matches.
    pub fn followed(&mut self, number: usize, matches: u64, loses: bool, changed: usize) {
        if let Some(state) = self.strata.get_mut(number)
            && !state.worth.followed(matches, loses, changed)
            && state.said.is_none()
            && self.choice == Choice::Cheaper
        {
            state.built.set(None);
        }
    }

    /// What is said of a stratum in statistics, where a dataflow has part in it.
    pub fn told(&self, number: usize) -> Option<String> {
        let state = self.strata.get(number)?;
        let why = match (self.choice, state.said) {
            (Choice::Kernel, _) => return state.worth.told_anew("as it was asked for"),
            (_, Some(false)) => return state.worth.told_anew("as `@recompute` says"),
            (_, Some(true)) => Some("as `@incremental` says"),
            (Choice::Dataflow, None) if state.built.is_some() => Some("as it was asked for"),
            _ => None,
        };
        if let Some(Err(_)) = state.flow {
            return state.worth.told_anew("because no dataflow can follow it");
        }
        state.worth.told(state.built.is_some(), why)
    }

    /// A chain begins.
    pub fn begin(&mut self) {
        for state in self.used() {
            state.is_new = false;
            if let Some(built) = state.built.get() {
                built.begin();
            }
        }
    }

    /// A chain went well.
    pub fn commit(&mut self) {
        self.used().iter_mut().filter_map(|state| state.built.get()).for_each(Built::begin);
    }

    /// A chain failed: dataflows are fed the way back.
    pub fn rollback(&mut self, engine: &mut Engine) {
        for state in self.used() {
            let is_new = std::mem::take(&mut state.is_new);
            if let Some(built) = state.built.get()
                && (is_new || !built.rollback(engine))
            {
                state.built.set(None);
                state.worth = state.worth.interrupted(true);
            }
        }
    }

    /// Values are about to be forgotten: dataflows that hold some are given up.
    pub fn forget_values(&mut self, plan: &ir::Program) {
        for state in &mut self.strata {
            let holds = match &state.flow {
                Some(Ok(flow)) => holds_values(plan, flow),
                _ => true,
            };
            if state.built.is_some() && holds {
                state.built.set(None);
                state.worth = state.worth.interrupted(true);
            }
        }
    }

    /// All states, where one may have a dataflow.
    fn used(&mut self) -> &mut [State] {
        if self.is_used { &mut self.strata } else { &mut [] }
    }

    /// Bytes held, by a rough guess: the library does not tell.
    pub fn bytes(&self) -> usize {
        self.strata.iter().filter_map(|state| state.built.look()).map(Built::bytes).sum()
    }
}

/// Whether a dataflow may hold words that stand for values elsewhere.
fn holds_values(plan: &ir::Program, flow: &Flow) -> bool {
    let is_plain = |col: &ir::Col| {
        use ir::Type as T;
        let ty = &plan.types[col.ty.0 as usize];
        matches!(ty, T::Int | T::Nat | T::Float | T::Bool | T::Time | T::Duration)
    };
    let computes = |step: &bloom_compiler::plan::views::Step| {
        !matches!(step, bloom_compiler::plan::views::Step::Rows { .. })
    };
    let rels = flow.heads.iter().chain(&flow.inputs);
    let mut ways = flow.rules.iter().flatten();
    !rels.flat_map(|rel| &plan.rels[rel.index()].cols).all(is_plain)
        || ways.any(|way| way.prelude.is_some() || way.steps.iter().any(computes))
}
