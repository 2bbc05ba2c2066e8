//! What was found as facts that the user could have written. How it was found
//! is not known here.

use crate::calm::model::Point;
use crate::calm::model::RelName;
use crate::calm::proof::Fact;
use crate::calm::proof::Form;
use crate::calm::proof::Run;
use crate::calm::proof::Start;
use crate::calm::proof::Taken;
use crate::calm::proof::Watched;
use crate::calm::proof::Witness;
use crate::calm::witness::judge::Played;
use crate::calm::witness::judge::Way;
use crate::calm::witness::rows::Item;
use crate::calm::witness::search::Found;
use crate::calm::witness::world::Row;
use crate::calm::witness::world::Set;
use crate::ids::RelId;
use crate::oracle;
use crate::oracle::Rows;
use crate::oracle::Value;

/// Puts facts into words.
pub(super) struct Teller<'a> {
    pub(super) set: &'a Set<'a>,
    pub(super) point: &'a Point,
}

impl Teller<'_> {
    pub(super) fn witness(&self, found: &Found) -> Witness {
        let plan = &found.plan;
        let facts = |at: &[usize]| -> Vec<Fact> {
            at.iter().flat_map(|at| self.item(&found.items[*at])).collect()
        };
        let mut have = facts(&plan.loaded);
        plan.have.iter().for_each(|batch| have.extend(facts(batch)));
        let evidence = &found.evidence;
        let mut late: Vec<Fact> =
            evidence.held.iter().map(|(player, row)| self.fact(*player, row)).collect();
        let (first, last) = plan.last.split_at(plan.last.len().saturating_sub(1));
        match &plan.way {
            Way::Swapped | Way::OneTick | Way::Together => {
                have.extend(facts(first));
                if evidence.form != Form::Together {
                    have.extend(facts(last));
                }
                late = facts(last);
            }
            Way::Twice => {
                have.extend(facts(last));
                late = facts(last);
            }
            Way::Late if evidence.form == Form::Orders => {
                have.extend(facts(last));
                late = facts(last);
            }
            Way::Late | Way::Held(_) | Way::Last(_) if late.is_empty() => late = facts(last),
            // What was late is the message; what had it sent was there.
            Way::Late | Way::Held(_) | Way::Last(_) => have.extend(facts(last)),
        }
        Witness {
            have,
            shown: self.rows(&evidence.shown),
            late,
            gone: self.rows(&evidence.gone),
            instead: match evidence.form {
                Form::Together => {
                    let player = self.set.watched.player;
                    evidence.parts.iter().map(|row| self.fact(player, row)).collect()
                }
                _ => self.rows(&evidence.instead),
            },
            form: evidence.form,
            runs: evidence.runs.iter().map(|run| self.run(run)).collect(),
            watched: self.watched(),
        }
    }

    fn watched(&self) -> Watched {
        let of = &self.set.watched;
        let small = &self.set.smalls[of.player];
        Watched {
            at: of.player,
            role_at: small.part,
            rels: of.rels.iter().map(|rel| small.old[rel.index()]).collect(),
            is_event: of.is_event,
        }
    }

    fn run(&self, played: &Played) -> Run {
        let start = |(player, rows): (usize, &Vec<Row>)| {
            let small = &self.set.smalls[player];
            Start {
                node: self.set.nodes[player].clone(),
                role: self.set.stage.actors[small.part].role.map(str::to_string),
                role_at: small.part,
                facts: rows.iter().map(|row| self.fact(player, row)).collect(),
                rows: rows.iter().map(|row| self.whole(player, row)).collect(),
            }
        };
        let taken = |intake: &super::world::Intake| Taken {
            at: intake.player,
            facts: intake.rows.iter().map(|row| self.fact(intake.player, row)).collect(),
            rows: intake.rows.iter().map(|row| self.whole(intake.player, row)).collect(),
            now: intake.now,
            seed: intake.seed,
        };
        Run {
            nodes: played.began.iter().enumerate().map(start).collect(),
            ticks: played.intake.iter().map(taken).collect(),
            shown: self.rows(&played.shown),
        }
    }

    /// A row with the number that its collection has in the whole program.
    fn whole(&self, player: usize, (rel, row): &Row) -> (RelId, Vec<Value>) {
        (self.set.smalls[player].old[rel.index()], row.clone())
    }

    fn item(&self, item: &Item) -> Vec<Fact> {
        item.rows.iter().map(|row| self.fact(item.player, &(item.rel, row.clone()))).collect()
    }

    fn fact(&self, player: usize, (rel, row): &Row) -> Fact {
        let small = &self.set.smalls[player];
        let name = self.set.stage.name(small.part, small.old[rel.index()]);
        self.named(player, *rel, name, row)
    }

    /// Rows of what is watched, by the name that the report has for it.
    fn rows(&self, rows: &Rows) -> Vec<Fact> {
        let watched = &self.set.watched;
        let Some(rel) = watched.rels.first() else { return Vec::new() };
        let name = &self.point.output;
        rows.iter().map(|row| self.named(watched.player, *rel, name.clone(), row)).collect()
    }

    fn named(&self, player: usize, rel: RelId, relation: RelName, row: &[Value]) -> Fact {
        let program = &self.set.smalls[player].program;
        let cols = &program.rels[rel.index()].cols;
        let text = |(value, col): (&Value, &crate::types::typed::Col)| {
            oracle::show(value, &col.ty, program)
        };
        Fact { relation, values: row.iter().zip(cols).map(text).collect() }
    }
}
