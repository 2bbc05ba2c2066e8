//! From the goals of a rule over state to the deltas that keep it up. This
//! room must not know heads, nor how matches are counted.

use crate::ids::RelId;
use crate::plan::context::Shared;
use crate::plan::goals::AtomGoal;
use crate::plan::goals::Goal;
use crate::plan::goals::GoalKind;
use crate::plan::goals::Places;
use crate::plan::goals::Regs;
use crate::plan::goals::Vars;
use crate::plan::ir::Step;
use crate::plan::ir::Window;
use crate::plan::join::Planner;
use crate::plan::lower::Lower;
use crate::plan::rules;
use crate::plan::rules::Mode;
use crate::plan::upkeep::Delta;
use crate::plan::upkeep::Kept;
use crate::plan::upkeep::Time;
use crate::plan::upkeep::Timed;
use crate::plan::upkeep::Upkeep;
use crate::plan::upkeep::Why;
use crate::plan::views;
use crate::plan::views::Unfit;
use crate::plan::views::Way;
use crate::source::Span;

/// One way to match a rule.
pub struct Matches<'a> {
    /// What is derived from the matches.
    pub head: RelId,
    /// What a match must satisfy.
    pub goals: &'a [Goal],
    /// Collections by variable.
    pub places: &'a Places,
    /// Variables that are needed of a match.
    pub wanted: &'a Vars,
    /// The order of atoms that the program fixes.
    pub fixed: &'a [Span],
}

/// What one way to match a rule needs to be kept up; `None` where nobody asks:
/// the program does not tick, or the head is no view over state.
pub fn kept(
    shared: &mut Shared,
    regs: &mut Regs,
    of: &Matches,
    end: &mut dyn FnMut(&mut Lower),
) -> Option<Kept> {
    if !shared.is_kept(of.head) {
        return None;
    }
    if let Some(why) = why_not(shared, of) {
        let ways = all(shared, regs, of, end).map(|way| vec![way]);
        return Some(Kept::Anew(why, ways));
    }
    let all = Writer { shared, regs, of }.variant(of.goals, None, end);
    let mut out = Upkeep { full: vec![all], ..Upkeep::default() };
    for (index, goal) in of.goals.iter().enumerate() {
        let delta = match &goal.kind {
            GoalKind::Atom(atom) => {
                let steps =
                    Writer { shared, regs, of }.variant(of.goals, Some((index, index)), end);
                Delta { of: atom.rel, flips: false, steps }
            }
            GoalKind::Absent(inner) => {
                let Some(atom) = only_atom(inner) else { continue };
                let mut goals = of.goals.to_vec();
                goals.push(told_apart(atom, index, of));
                let at = Some((goals.len() - 1, index));
                let steps = Writer { shared, regs, of }.variant(&goals, at, end);
                Delta { of: atom.rel, flips: true, steps }
            }
            _ => continue,
        };
        out.deltas.push(delta);
    }
    Some(Kept::Up(out))
}

/// Several ways to match one rule, as one.
pub fn together(shared: &Shared, ways: Vec<Option<Kept>>) -> Option<Kept> {
    let mut all = Upkeep::default();
    let mut anew: Option<Why> = None;
    let mut before: Result<Vec<Way>, Unfit> = Ok(Vec::new());
    for way in ways {
        let ways = match way? {
            Kept::Up(more) => {
                let steps = more.full.iter().map(|timed| {
                    let steps: Vec<Step> = timed.iter().map(|timed| timed.step.clone()).collect();
                    views::way(&shared.rels, &steps)
                });
                let ways = steps.collect();
                all.full.extend(more.full);
                all.deltas.extend(more.deltas);
                all.group = more.group;
                ways
            }
            Kept::Anew(why, ways) => {
                anew.get_or_insert(why);
                ways
            }
        };
        before = before.and_then(|mut all| {
            ways.map(|mut more: Vec<Way>| {
                all.append(&mut more);
                all
            })
        });
    }
    Some(match anew {
        Some(why) => Kept::Anew(why, before),
        None => Kept::Up(all),
    })
}

/// All matches of a rule that is not kept up. The kernel never runs these steps,
/// so indexes that only they name are not made.
fn all(
    shared: &mut Shared,
    regs: &mut Regs,
    of: &Matches,
    end: &mut dyn FnMut(&mut Lower),
) -> Result<Way, Unfit> {
    let known: Vec<usize> = shared.rels.iter().map(|rel| rel.indexes.len()).collect();
    let timed = Writer { shared, regs, of }.variant(of.goals, None, end);
    let steps: Vec<Step> = timed.into_iter().map(|timed| timed.step).collect();
    let way = views::way(&shared.rels, &steps);
    for (rel, known) in shared.rels.iter_mut().zip(known) {
        rel.indexes.truncate(known);
    }
    way
}

fn why_not(shared: &Shared, of: &Matches) -> Option<Why> {
    let mut read = vec![of.head];
    let mut absence = false;
    for goal in of.goals {
        match &goal.kind {
            GoalKind::Atom(atom) => read.push(atom.rel),
            GoalKind::Absent(inner) => match only_atom(inner) {
                Some(atom) => read.push(atom.rel),
                None => absence = true,
            },
            _ => {}
        }
    }
    let merges = |rel: &&RelId| {
        let rel = &shared.rels[rel.index()];
        rel.owner.is_some() || rel.cols.iter().any(|col| col.merge.is_some())
    };
    let own = shared.component[of.head.index()];
    if read[1..].iter().any(|rel| shared.component[rel.index()] == own) {
        return Some(Why::Recursive);
    }
    match read.iter().find(merges) {
        Some(rel) => Some(Why::Merges(*rel)),
        None if absence => Some(Why::Absence),
        None => None,
    }
}

/// The atom of an absence that has just one, and nothing absent inside.
fn only_atom(inner: &[Goal]) -> Option<&AtomGoal> {
    let mut atoms = inner.iter().filter_map(|goal| match &goal.kind {
        GoalKind::Atom(atom) => Some(atom),
        _ => None,
    });
    let first = atoms.next()?;
    let nested = |goal: &Goal| matches!(goal.kind, GoalKind::Absent(_) | GoalKind::Meet(_));
    (atoms.next().is_none() && !inner.iter().any(nested)).then_some(first)
}

/// A goal for what changed rows of an absent atom say of the variables outside:
/// only matches with these can come or go.
fn told_apart(atom: &AtomGoal, index: usize, of: &Matches) -> Goal {
    let mut outside = Vars::default();
    let others = of.goals.iter().enumerate().filter(|(other, _)| *other != index);
    others.for_each(|(_, goal)| goal.binds(of.places, &mut outside));
    let args = atom.args.iter().filter(|(_, var)| outside.has(*var)).copied().collect();
    let atom = AtomGoal { rel: atom.rel, row: None, span: Span::default(), args };
    Goal { kind: GoalKind::Atom(atom), late: false }
}

struct Writer<'a, 'p, 'o> {
    shared: &'a mut Shared<'p>,
    regs: &'a mut Regs,
    of: &'a Matches<'o>,
}

impl Writer<'_, '_, '_> {
    /// Steps through the goals. `delta`: the goal that scans changed rows, and
    /// the place in the rule where they changed.
    fn variant(
        &mut self,
        goals: &[Goal],
        delta: Option<(usize, usize)>,
        end: &mut dyn FnMut(&mut Lower),
    ) -> Vec<Timed> {
        let (places, fixed, wanted) = (self.of.places, self.of.fixed, self.of.wanted);
        let shared = &*self.shared;
        let outer = &Vars::default();
        let planner = Planner { shared, places, goals, outer, fixed, frugal: false };
        let order = planner.order(delta.map(|(scan, _)| scan));
        let time = |goal: usize| match delta {
            Some((scan, place)) if goal == scan || goal == place => Time::Changed,
            Some((_, place)) if goal > place => Time::Old,
            _ => Time::Now,
        };
        let mut times: Vec<Time> = Vec::new();
        let mode = Mode { strict: false, multiple: true };
        let steps = rules::write(self.shared, self.regs, places, mode, &mut |lower| {
            times.clear();
            let later = lower.later(goals, &order, wanted);
            for (index, later) in order.iter().zip(&later) {
                let window = delta.filter(|(scan, _)| scan == index).map(|_| Window::New);
                lower.goal(&goals[*index], later, window);
                times.resize(lower.steps.len(), time(*index));
            }
            end(lower);
            times.resize(lower.steps.len(), Time::Now);
        });
        // What is computed once stands before all.
        times.splice(..0, (times.len()..steps.len()).map(|_| Time::Now));
        steps.into_iter().zip(times).map(|(step, time)| Timed { time, step }).collect()
    }
}
