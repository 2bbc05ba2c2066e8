//! Views that a dataflow follows: told what changed in what they read, and what
//! they come to put into their relations. Whether that is worth it is not known
//! here.

use crate::kernel::engine::relation;
use crate::kernel::failure::Failure;
use crate::kernel::relation::Relation;
use crate::kernel::ticks::drive::Drive;
use crate::kernel::ticks::drive::How;
use crate::kernel::views::Built;

/// Rows of one relation that came and went.
#[derive(Default)]
struct Moved {
    come: Vec<Vec<u64>>,
    gone: Vec<Vec<u64>>,
}

impl Drive<'_> {
    /// Brings a stratum up to what it reads by its dataflow. False: it has to be
    /// run. `loses`: rows may go.
    pub(super) fn follow(&mut self, number: usize, loses: bool) -> Result<bool, Failure> {
        if self.schedule.strata[number].views.is_empty() {
            return Ok(false);
        }
        let (reads, rows) = self.sizes(number);
        let is_known = !self.is_first && !reads.iter().any(|&rel| self.exchanged[rel]);
        let changed = if is_known { self.changed(&reads) } else { rows };
        let plan = self.engine.plan.clone();
        if !self.views.takes(number, &plan, (loses, rows, changed)) {
            if self.views.drop_one(number) {
                self.only_tell(number);
            }
            return Ok(false);
        }
        let Some(flow) = self.views.flow(number, &plan).cloned() else { return Ok(false) };
        let inputs: Vec<usize> = flow.inputs.iter().map(|rel| rel.index()).collect();
        let is_worn = self.views.built(number).is_none_or(|built| built.is_worn());
        if !is_known || is_worn {
            self.views.drop_one(number);
            let Some(built) = Built::new(self.engine, &flow) else { return Ok(false) };
            self.begin_view(number, built, &inputs)?;
            return Ok(true);
        }
        self.continue_view(number, &inputs, (loses, changed))?;
        Ok(true)
    }

    /// Views that are made anew are compared row by row: the form that only tells
    /// which rows there are is the quickest for that.
    fn only_tell(&mut self, number: usize) {
        let views = &self.schedule.strata[number].views;
        views.iter().for_each(|&rel| self.engine.rels[rel].only_tell());
    }

    /// Whether nothing but a dataflow may follow a stratum.
    pub(super) fn is_ordered(&mut self, number: usize) -> bool {
        let plan = &self.engine.plan;
        !self.schedule.strata[number].views.is_empty() && self.views.is_ordered(number, plan)
    }

    /// Makes views anew, and notes what it takes.
    pub(super) fn anew_counted(&mut self, number: usize) -> Result<(), Failure> {
        let matches = |drive: &Self| -> u64 {
            let first = drive.schedule.strata[number].first;
            let count = drive.linked.strata[number].rules.len();
            drive.engine.rules[first..first + count].iter().map(|rule| rule.matches).sum()
        };
        let before = matches(self);
        self.stratum(number, How::Anew)?;
        let rels = self.linked.strata[number].rels.iter();
        let rows: usize = rels.map(|&rel| self.engine.rels[rel].live()).sum();
        self.views.made_anew(number, matches(self) - before, rows as u64);
        Ok(())
    }

    /// What rules of a stratum read of others, and rows of these and its own.
    fn sizes(&self, number: usize) -> (Vec<usize>, usize) {
        let own = &self.linked.strata[number].rels;
        let of = self.schedule.strata[number].rules.iter().flat_map(|reads| &reads.of);
        let mut reads: Vec<usize> =
            of.map(|(rel, _)| *rel).filter(|rel| !own.contains(rel)).collect();
        reads.sort_unstable();
        reads.dedup();
        let rows = reads.iter().chain(own).map(|&rel| self.engine.rels[rel].live()).sum();
        (reads, rows)
    }

    /// Rows that came and went of relations since the tick began, at most.
    fn changed(&self, reads: &[usize]) -> usize {
        let of = |&rel: &usize| {
            let (relation, mark) = (&self.engine.rels[rel], self.marks[rel]);
            let cells = relation.changed_cells().len();
            relation.len() - Relation::rows_at(mark) + relation.removed_since(mark).len() + cells
        };
        reads.iter().map(of).sum()
    }

    /// A dataflow begins with all rows that there are.
    fn begin_view(
        &mut self,
        number: usize,
        mut built: Built,
        inputs: &[usize],
    ) -> Result<(), Failure> {
        let mut row = Vec::new();
        for (input, &rel) in inputs.iter().enumerate() {
            let relation = &self.engine.rels[rel];
            for id in (0..relation.len()).filter(|&id| !relation.is_dead(id)) {
                row.clear();
                relation.copy_row(id, &mut row);
                built.feed(input, &row, 1);
            }
        }
        built.begin();
        self.run_view(number, &mut built)?;
        let heads = self.linked.strata[number].rels.clone();
        for (head, &rel) in heads.iter().enumerate() {
            let schema = &self.engine.plan.rels[rel];
            let fixed = schema.keys + schema.values;
            let mut fresh = relation(schema, &self.engine.plan.types);
            built.changes(head, &mut |row, _| put(&mut fresh, row, fixed));
            fresh.settle();
            self.engine.rels[rel].use_ids();
            self.become_like(rel, &fresh);
        }
        let matches = built.matches();
        self.note(number, matches, 0);
        self.suspect(number, &built);
        self.views.keep(number, built);
        Ok(())
    }

    /// A dataflow goes on with what changed.
    fn continue_view(
        &mut self,
        number: usize,
        inputs: &[usize],
        (loses, changed): (bool, usize),
    ) -> Result<(), Failure> {
        let Some(built) = self.views.built(number) else { return Ok(()) };
        for (input, &rel) in inputs.iter().enumerate() {
            for change in self.engine.rels[rel].changes(self.marks[rel]) {
                built.feed(input, &change.row, i64::from(change.sign));
            }
        }
        let Some(mut built) = self.views.take(number) else { return Ok(()) };
        self.run_view(number, &mut built)?;
        let heads = self.linked.strata[number].rels.clone();
        let (mut new, mut fine) = (0, true);
        for (head, &rel) in heads.iter().enumerate() {
            let mut moved = Moved::default();
            built.changes(head, &mut |row, n| match n > 0 {
                true => moved.come.push(row.to_vec()),
                false => moved.gone.push(row.to_vec()),
            });
            new += moved.come.len();
            fine = self.move_rows(rel, moved) && fine;
        }
        let matches = built.matches();
        self.note(number, matches, new);
        self.suspect(number, &built);
        debug_assert!(fine, "a dataflow and its relation differ");
        if !fine {
            return self.stratum(number, How::Anew);
        }
        self.views.put_back(number, built);
        self.views.followed(number, matches, loses, changed);
        Ok(())
    }

    fn run_view(&mut self, number: usize, built: &mut Built) -> Result<(), Failure> {
        let mut seen = 0;
        let budget = &mut *self.budget;
        let fine = built.run(self.engine, &mut |rows| {
            let more = rows.saturating_sub(seen);
            seen = rows;
            budget.rows(more)
        });
        if fine { Ok(()) } else { Err(self.spent(number)) }
    }

    /// Takes rows out and puts others in. False: one is not there.
    fn move_rows(&mut self, rel: usize, moved: Moved) -> bool {
        let schema = &self.engine.plan.rels[rel];
        let (keys, fixed) = (schema.keys, schema.keys + schema.values);
        let mut fine = true;
        for row in &moved.gone {
            let relation = &self.engine.rels[rel];
            let is_it =
                |id: u32| (keys..row.len()).all(|col| relation.get(id as usize, col) == row[col]);
            let mut found = None;
            if keys == 0 {
                let live = (0..relation.len()).filter(|&id| !relation.is_dead(id));
                found = live.map(|id| id as u32).find(|&id| is_it(id));
            } else {
                relation.find(&row[..keys], |id| {
                    found = is_it(id).then_some(id);
                    found.is_some()
                });
            }
            match found {
                Some(id) => self.engine.take_row(self.schedule, rel, id),
                None => fine = false,
            }
        }
        let relation = &mut self.engine.rels[rel];
        moved.come.iter().for_each(|row| put(relation, row, fixed));
        relation.settle();
        fine
    }

    fn note(&mut self, number: usize, matches: u64, new: usize) {
        let first = self.schedule.strata[number].first;
        let stats = &mut self.engine.rules[first];
        stats.matches += matches;
        stats.new_rows += new as u64;
        stats.runs += 1;
    }

    /// Rules of which a match fails may fail the tick.
    fn suspect(&mut self, number: usize, built: &Built) {
        let failing = built.failing().into_iter().map(|rule| (number, rule));
        self.spare.suspects.extend(failing);
    }
}

fn put(relation: &mut Relation, row: &[u64], fixed: usize) {
    relation.insert(&row[..fixed]);
    if row.len() > fixed {
        relation.start_cells(&row[fixed..]);
    }
}
