//! Operations that break an invariant only together: each is taken in by a
//! replica of its own, and then the replicas have what both have. How such
//! operations are found is not known here.

use std::collections::BTreeMap;

use crate::calm::proof::Form;
use crate::calm::witness::judge::Evidence;
use crate::calm::witness::judge::Judge;
use crate::calm::witness::judge::Plan;
use crate::calm::witness::judge::ended;
use crate::calm::witness::rows::Item;
use crate::calm::witness::world::Broken;
use crate::calm::witness::world::World;
use crate::ids::RelId;
use crate::oracle;
use crate::oracle::Rows;
use crate::oracle::Value;
use crate::types::typed::Program;
use crate::types::typed::Rel;
use crate::types::typed::Role;

/// The tables of a node.
type Tables = BTreeMap<RelId, Rows>;

impl<'a> Judge<'a> {
    /// Two operations of which each keeps the invariant and both do not.
    pub(super) fn together(&self, plan: &Plan, items: &[Item]) -> Result<Option<Evidence>, Broken> {
        let &[a, b] = &plan.last[..] else { return Ok(None) };
        let with = |batches: &[&[usize]]| {
            let mut all = plan.have.clone();
            all.extend(batches.iter().map(|batch| batch.to_vec()));
            self.run(plan, items, &all)
        };
        let base = with(&[])?;
        let one = with(&[&[a]])?;
        let other = with(&[&[b]])?;
        if [&base, &one, &other].iter().any(|world| !world.shown.is_empty()) {
            return Ok(None);
        }
        let tries: [&[&[usize]]; 3] = [&[&[a], &[b]], &[&[b], &[a]], &[&[a, b]]];
        for batches in tries {
            match with(batches) {
                Ok(both) if !both.shown.is_empty() => {
                    return Ok(Some(broken([&one, &other, &both])));
                }
                Err(Broken::Spent) => return Err(Broken::Spent),
                _ => {}
            }
        }
        let merged = self.merged(&base, &one, &other);
        let Some(inputs) = merged else { return Ok(None) };
        let both = World::with(self.set, inputs, (plan.moves, plan.eager))?;
        Ok((!both.shown.is_empty()).then(|| broken([&one, &other, &both])))
    }

    /// What two replicas have together that went their own ways from one state.
    fn merged(
        &self,
        base: &World<'a>,
        one: &World<'a>,
        other: &World<'a>,
    ) -> Option<Vec<oracle::Input>> {
        let of = |player: usize| {
            let program = &self.set.smalls[player].program;
            let all = [base, one, other].map(|world| &world.tables[player]);
            Some(oracle::Input { rows: merge(program, all)? })
        };
        (0..self.set.smalls.len()).map(of).collect()
    }
}

fn broken(worlds: [&World<'_>; 3]) -> Evidence {
    let [.., both] = worlds;
    Evidence {
        form: Form::Together,
        shown: Rows::new(),
        gone: Rows::new(),
        instead: both.shown.clone(),
        held: Vec::new(),
        parts: both.parts.clone(),
        runs: worlds.into_iter().map(ended).collect(),
    }
}

/// What both have, with what each has added and without what each has removed;
/// `None` where they do not fit together.
fn merge(
    program: &Program,
    [base, one, other]: [&Tables; 3],
) -> Option<BTreeMap<RelId, Vec<Vec<Value>>>> {
    let empty = Rows::new();
    let mut out = BTreeMap::new();
    for (at, rel) in program.rels.iter().enumerate().filter(|(_, rel)| rel.kind.is_table()) {
        let id = RelId(at as u32);
        let [base, one, other] = [base, one, other].map(|tables| tables.get(&id).unwrap_or(&empty));
        let kept = one.intersection(other);
        let added = one.difference(base).chain(other.difference(base));
        let mut rows: Rows = kept.chain(added).cloned().collect();
        if rel.cols.iter().any(|col| col.role == Role::Value) {
            rows = settle(rel, base, rows)?;
        }
        out.insert(id, rows.into_iter().collect());
    }
    Some(out)
}

/// One row for each key: numbers that both have changed are changed by both.
fn settle(rel: &Rel, base: &Rows, rows: Rows) -> Option<Rows> {
    let key = |row: &[Value]| -> Vec<Value> {
        let cols = rel.cols.iter().zip(row).filter(|(col, _)| col.role == Role::Key);
        cols.map(|(_, value)| value.clone()).collect()
    };
    let mut by_key: BTreeMap<Vec<Value>, Vec<Vec<Value>>> = BTreeMap::new();
    for row in rows {
        by_key.entry(key(&row)).or_default().push(row);
    }
    let mut out = Rows::new();
    for (of, rows) in by_key {
        match &rows[..] {
            [row] => drop(out.insert(row.clone())),
            [one, other] => {
                let was = base.iter().find(|row| key(row) == of)?;
                let cols = was.iter().zip(one).zip(other);
                let sum = cols.map(|((was, one), other)| changed(was, one, other));
                out.insert(sum.collect::<Option<Vec<Value>>>()?);
            }
            _ => return None,
        }
    }
    Some(out)
}

fn changed(was: &Value, one: &Value, other: &Value) -> Option<Value> {
    match (was, one, other) {
        _ if one == other || other == was => Some(one.clone()),
        _ if one == was => Some(other.clone()),
        (Value::Int(was), Value::Int(one), Value::Int(other)) => {
            let both = one.checked_add(*other)?.checked_sub(*was)?;
            Some(Value::Int(both))
        }
        _ => None,
    }
}
