//! What an example has to show: runs that should show the same, and what of them
//! does not. It is decided by running, and by nothing else; how examples are
//! found is not known here.

use crate::calm::proof::Form;
use crate::calm::witness::rows::Item;
use crate::calm::witness::world::Broken;
use crate::calm::witness::world::Intake;
use crate::calm::witness::world::Row;
use crate::calm::witness::world::Set;
use crate::calm::witness::world::World;
use crate::oracle;
use crate::oracle::Rows;
use crate::types::typed::Role;

/// What is tried: things that are there, and one or two that come.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) way: Way,
    /// Numbers of items that are loaded.
    pub(super) loaded: Vec<usize>,
    /// Events that come before, at one time each.
    pub(super) have: Vec<Vec<usize>>,
    /// What comes then.
    pub(super) last: Vec<usize>,
    /// Whether time passes between things that come.
    pub(super) moves: bool,
    /// Whether timers go off before anything else comes, and not after all of it.
    pub(super) eager: bool,
}

impl Plan {
    /// The numbers of the items that it uses.
    pub(super) fn items(&self) -> impl Iterator<Item = usize> + '_ {
        let events = self.have.iter().flatten().chain(&self.last);
        self.loaded.iter().chain(events).copied()
    }
}

/// In which way two runs are compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// One event late, and in time.
    Late,
    /// Messages of a channel late, and in time.
    Held(String),
    /// Everything on a channel, or of a timer, after all else, and in between.
    Last(String),
    /// Two events in both orders.
    Swapped,
    /// Two events one after the other, and in one tick.
    OneTick,
    /// One event once, and twice.
    Twice,
    /// Two operations, each alone and both.
    Together,
}

/// What a plan showed.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    pub(super) form: Form,
    pub(super) shown: Rows,
    pub(super) gone: Rows,
    pub(super) instead: Rows,
    /// Messages that were late, if messages were.
    pub(super) held: Vec<(usize, Row)>,
    /// Rows that break an invariant.
    pub(super) parts: Vec<Row>,
    pub(super) runs: Vec<Played>,
}

/// A run that has ended.
#[derive(Clone, Debug)]
pub(super) struct Played {
    /// By player, what it began with.
    pub(super) began: Vec<Vec<Row>>,
    pub(super) intake: Vec<Intake>,
    pub(super) shown: Rows,
}

/// Runs and compares.
pub(super) struct Judge<'a> {
    pub(super) set: &'a Set<'a>,
    /// Whether a value that was shown for a while counts.
    pub(super) is_final: bool,
    /// The channel that the point names, if rules send on it.
    pub(super) channel: Option<String>,
}

impl<'a> Judge<'a> {
    /// Whether the plan shows something, and what.
    pub(super) fn judge(&self, plan: &Plan, items: &[Item]) -> Result<Option<Evidence>, Broken> {
        let found = match &plan.way {
            Way::Late => self.late(plan, items),
            Way::Held(channel) => self.held(plan, items, channel),
            Way::Last(channel) => self.last(plan, items, channel),
            Way::Swapped => self.swapped(plan, items),
            Way::OneTick => self.one_tick(plan, items),
            Way::Twice => self.twice(plan, items),
            Way::Together => self.together(plan, items),
        };
        match found {
            Err(Broken::Spent) => Err(Broken::Spent),
            // A run that fails shows nothing.
            Err(Broken::Failed(_) | Broken::TooLong) => Ok(None),
            Ok(found) => Ok(found),
        }
    }

    /// A world that has taken in what is there.
    pub(super) fn before(&self, plan: &Plan, items: &[Item]) -> Result<World<'a>, Broken> {
        let loaded: Vec<&Item> = plan.loaded.iter().map(|at| &items[*at]).collect();
        World::new(self.set, &loaded, (plan.moves, plan.eager))
    }

    pub(super) fn run(
        &self,
        plan: &Plan,
        items: &[Item],
        batches: &[Vec<usize>],
    ) -> Result<World<'a>, Broken> {
        let mut world = self.before(plan, items)?;
        for batch in batches {
            give(&mut world, items, batch)?;
        }
        Ok(world)
    }

    fn late(&self, plan: &Plan, items: &[Item]) -> Result<Option<Evidence>, Broken> {
        let mut late = self.run(plan, items, &plan.have)?;
        let before = late.shown.clone();
        if self.is_final && before.is_empty() {
            return Ok(None);
        }
        let sent = late.sent.len();
        give(&mut late, items, &plan.last)?;
        if self.is_final && !self.set.watched.is_event {
            let gone = self.taken(&before, &late.shown);
            if !gone.is_empty() {
                let mut idle = self.run(plan, items, &plan.have)?;
                idle.idle()?;
                let alone = self.taken(&before, &idle.shown);
                if alone.is_disjoint(&gone) {
                    let runs = vec![ended(&idle), ended(&late)];
                    return Ok(Some(self.evidence(Form::Late, before, gone, &late, sent, runs)));
                }
            }
        }
        let mut first = vec![plan.last.clone()];
        first.extend(plan.have.iter().cloned());
        let mut in_time = self.run(plan, items, &first);
        if let Some((last, before)) =
            plan.have.split_last().filter(|(_, before)| !before.is_empty())
            && in_time.as_ref().map_or(true, |world| world.shown.is_superset(&late.shown))
        {
            // What comes first of all may have found nothing that it could change.
            let mut second = before.to_vec();
            second.extend([plan.last.clone(), last.clone()]);
            in_time = self.run(plan, items, &second);
        }
        let in_time = in_time?;
        let before = if self.is_final { before } else { late.shown.clone() };
        let gone = self.taken(&before, &in_time.shown);
        if gone.is_empty() && (self.is_final || in_time.shown == late.shown) {
            return Ok(None);
        }
        let shown = if self.set.watched.is_event { before } else { late.shown.clone() };
        let instead = in_time.shown.difference(&shown).cloned().collect();
        let held = self.messages(&late, sent);
        let form = if self.is_final { Form::Late } else { Form::Orders };
        let runs = vec![ended(&late), ended(&in_time)];
        Ok(Some(Evidence { form, shown, gone, instead, held, parts: Vec::new(), runs }))
    }

    fn evidence(
        &self,
        form: Form,
        shown: Rows,
        gone: Rows,
        late: &World<'a>,
        sent: usize,
        runs: Vec<Played>,
    ) -> Evidence {
        let instead = late.shown.difference(&shown).cloned().collect();
        let held = self.messages(late, sent);
        Evidence { form, shown, gone, instead, held, parts: Vec::new(), runs }
    }

    /// Messages on the point's channel since then.
    fn messages(&self, world: &World<'a>, since: usize) -> Vec<(usize, Row)> {
        let on = |(player, (rel, _)): &&(usize, Row)| {
            let name = &self.set.smalls[*player].program.rels[rel.index()].name;
            self.channel.as_ref() == Some(name)
        };
        world.sent.iter().skip(since).filter(on).cloned().collect()
    }

    fn held(&self, plan: &Plan, items: &[Item], channel: &str) -> Result<Option<Evidence>, Broken> {
        let mut late = self.run(plan, items, &plan.have)?;
        late.hold(channel);
        let sent = late.sent.len();
        give(&mut late, items, &plan.last)?;
        let before = late.shown.clone();
        if before.is_empty() && self.is_final || !late.release()? {
            return Ok(None);
        }
        let mut all = plan.have.clone();
        all.push(plan.last.clone());
        let in_time = self.run(plan, items, &all)?;
        let end = match self.set.watched.is_event {
            true => &in_time.shown,
            false => &late.shown,
        };
        let gone = self.taken(&before, end);
        if !self.is_final || gone.is_empty() {
            return Ok(None);
        }
        let instead = in_time.shown.difference(&before).cloned().collect();
        let held = self.messages(&late, sent);
        let runs = vec![ended(&late), ended(&in_time)];
        Ok(Some(Evidence {
            form: Form::Late,
            shown: before,
            gone,
            instead,
            held,
            parts: Vec::new(),
            runs,
        }))
    }

    fn last(&self, plan: &Plan, items: &[Item], channel: &str) -> Result<Option<Evidence>, Broken> {
        let mut all = plan.have.clone();
        all.push(plan.last.clone());
        let mut late = self.before(plan, items)?;
        late.hold(channel);
        let sent = late.sent.len();
        all.iter().try_for_each(|batch| give(&mut late, items, batch))?;
        let held = self.messages(&late, sent);
        if !late.release()? {
            return Ok(None);
        }
        let in_time = self.run(plan, items, &all)?;
        let found = different(Form::Late, &late, &in_time);
        Ok(found.map(|found| Evidence { held, ..found }))
    }

    fn swapped(&self, plan: &Plan, items: &[Item]) -> Result<Option<Evidence>, Broken> {
        let order = |last: &mut dyn Iterator<Item = &usize>| {
            let mut all = plan.have.clone();
            all.extend(last.map(|at| vec![*at]));
            all
        };
        let one = self.run(plan, items, &order(&mut plan.last.iter()))?;
        let other = self.run(plan, items, &order(&mut plan.last.iter().rev()))?;
        Ok(different(Form::Orders, &one, &other))
    }

    fn one_tick(&self, plan: &Plan, items: &[Item]) -> Result<Option<Evidence>, Broken> {
        let mut apart = plan.have.clone();
        apart.extend(plan.last.iter().map(|at| vec![*at]));
        let mut together = plan.have.clone();
        together.push(plan.last.clone());
        let one = self.run(plan, items, &together)?;
        let other = self.run(plan, items, &apart)?;
        Ok(different(Form::Apart, &one, &other))
    }

    fn twice(&self, plan: &Plan, items: &[Item]) -> Result<Option<Evidence>, Broken> {
        let mut once = plan.have.clone();
        once.push(plan.last.clone());
        let mut twice = once.clone();
        twice.push(plan.last.clone());
        let one = self.run(plan, items, &once)?;
        let other = self.run(plan, items, &twice)?;
        Ok(different(Form::Twice, &one, &other))
    }

    /// What was shown and is not there any more, nor grown.
    fn taken(&self, before: &Rows, after: &Rows) -> Rows {
        let watched = &self.set.watched;
        let program = &self.set.smalls[watched.player].program;
        let cols = watched.rels.first().map(|rel| &program.rels[rel.index()].cols);
        let Some(cols) = cols else { return Rows::new() };
        let stays = |row: &&Vec<oracle::Value>| {
            after.iter().any(|there| {
                cols.iter().zip(row.iter().zip(there)).all(|(col, (was, is))| match &col.role {
                    // What an event showed stays as it was shown.
                    Role::Cell(lattice) if !watched.is_event => oracle::leq(lattice, was, is),
                    _ => was == is,
                })
            })
        };
        before.iter().filter(|row| !stays(row)).cloned().collect()
    }
}

pub(super) fn give(world: &mut World<'_>, items: &[Item], batch: &[usize]) -> Result<(), Broken> {
    let events: Vec<&Item> = batch.iter().map(|at| &items[*at]).collect();
    world.give(&events)
}

/// A run as it ended.
pub(super) fn ended(world: &World<'_>) -> Played {
    Played { began: world.began.clone(), intake: world.intake.clone(), shown: world.shown.clone() }
}

/// Two runs that end differently.
fn different(form: Form, one: &World<'_>, other: &World<'_>) -> Option<Evidence> {
    if one.shown == other.shown {
        return None;
    }
    let gone: Rows = one.shown.difference(&other.shown).cloned().collect();
    let instead: Rows = other.shown.difference(&one.shown).cloned().collect();
    let shown = one.shown.clone();
    let (one, other) = (ended(one), ended(other));
    let held = Vec::new();
    let runs = vec![one, other];
    Some(Evidence { form, shown, gone, instead, held, parts: Vec::new(), runs })
}
