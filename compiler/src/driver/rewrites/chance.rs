//! Small inputs drawn from a seed: few values, so that rows meet; numbers that the
//! program names, and those beside them; keys that are kept as inputs promise. What
//! is run on them is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::oracle::Value;
use crate::types::ty::Ty;
use crate::types::typed::Program;
use crate::types::typed::Rel;
use crate::types::typed::Role;

/// The node that everything happens at.
pub(super) const HERE: &str = "n1";

/// Events of one input, at most.
const EVENTS_MAX: u64 = 9;

/// Rows that are loaded into one collection, at most.
const LOADED_MAX: u64 = 3;

/// Numbers of the program beyond this one are not worth trying.
const NUMBER_MAX: i64 = 10_000;

/// A row of a collection, by its name.
pub(super) type Fact = (String, Vec<Value>);

/// What a program is run on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Given {
    /// What is there before the first tick.
    pub(super) loaded: Vec<Fact>,
    /// What comes in, tick by tick.
    pub(super) batches: Vec<Vec<Fact>>,
}

/// Chance from a seed: a generator of xorshift.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end.max(1)
    }
}

/// Values of one input.
struct Domain<'a> {
    program: &'a Program,
    numbers: &'a [i64],
    wide: u64,
}

impl Domain<'_> {
    fn value(&self, ty: &Ty, dice: &mut Dice) -> Option<Value> {
        let few = dice.below(self.wide) as i64;
        Some(match ty {
            Ty::Int | Ty::Nat if dice.below(3) == 0 && !self.numbers.is_empty() => {
                Value::Int(self.numbers[dice.below(self.numbers.len() as u64) as usize])
            }
            Ty::Int if dice.below(5) == 0 => Value::Int(-few),
            Ty::Int | Ty::Nat => Value::Int(few + 1),
            Ty::Float => Value::float(few as f64 + 0.5),
            Ty::Bool => Value::Bool(dice.below(2) == 0),
            Ty::Str => Value::str(["a", "b", "c", "d"][few as usize % 4]),
            Ty::Bytes => Value::Bytes(vec![few as u8]),
            Ty::Node => Value::Node(format!("n{}", few + 1)),
            Ty::Time => Value::Time(few),
            Ty::Duration => Value::Duration(few),
            Ty::Uuid => Value::Uuid([few as u8 + 1; 16]),
            Ty::Tuple(parts) => Value::Tuple(self.all(parts, dice)?),
            Ty::List(of) => Value::List(self.some(of, dice)?),
            Ty::Set(of) => Value::Set(self.some(of, dice)?.into_iter().collect()),
            Ty::Map(key, of) => {
                let mut map = BTreeMap::new();
                for key in self.some(key, dice)? {
                    map.insert(key, self.value(of, dice)?);
                }
                Value::Map(map)
            }
            Ty::Option(of) if dice.below(3) > 0 => Value::option(Some(self.value(of, dice)?)),
            Ty::Option(_) => Value::option(None),
            Ty::Record(id) => {
                let fields = &self.program.records.get(id.index())?.fields;
                let types: Vec<Ty> = fields.iter().map(|(_, ty)| ty.clone()).collect();
                Value::Record(self.all(&types, dice)?)
            }
            Ty::Enum(id, args) => {
                let of = self.program.enums.get(id.index())?;
                let flat: Vec<usize> = (0..of.variants.len())
                    .filter(|at| !of.recursive || of.variants[*at].1.is_empty())
                    .collect();
                let at = *flat.get(dice.below(flat.len() as u64) as usize)?;
                let types: Vec<Ty> = of.variants[at].1.iter().map(|ty| ty.instance(args)).collect();
                Value::Enum(at, self.all(&types, dice)?)
            }
            Ty::Json | Ty::Bag(_) | Ty::Param(_) | Ty::Error => return None,
        })
    }

    fn all(&self, types: &[Ty], dice: &mut Dice) -> Option<Vec<Value>> {
        types.iter().map(|ty| self.value(ty, dice)).collect()
    }

    fn some(&self, ty: &Ty, dice: &mut Dice) -> Option<Vec<Value>> {
        (0..dice.below(3)).map(|_| self.value(ty, dice)).collect()
    }

    fn row(&self, rel: &Rel, dice: &mut Dice) -> Option<Vec<Value>> {
        let mut row: Vec<Value> =
            rel.cols.iter().map(|col| self.value(&col.ty, dice)).collect::<Option<_>>()?;
        if let (Some(at), RelKind::Channel) = (rel.at, rel.kind) {
            row[at] = Value::Node(HERE.into());
        }
        Some(row)
    }
}

/// What stands before `=>`.
fn key(rel: &Rel, row: &[Value]) -> Vec<Value> {
    let cols = rel.cols.iter().zip(row);
    cols.filter(|(col, _)| col.role == Role::Key).map(|(_, value)| value.clone()).collect()
}

/// Collections whose rows are events or facts that come while the program runs.
pub(super) fn streams(program: &Program) -> Vec<&Rel> {
    let comes = |rel: &&Rel| {
        rel.given.is_none()
            && (matches!(rel.kind, RelKind::Input | RelKind::InputTable | RelKind::InputView)
                && rel.is_loadable()
                || rel.kind == RelKind::Channel)
    };
    program.rels.iter().filter(comes).collect()
}

/// Collections whose rows are there before the start.
pub(super) fn loads(program: &Program) -> Vec<&Rel> {
    let written: BTreeSet<_> = program.rules.iter().map(|rule| rule.head).collect();
    let stays = |at: usize, rel: &Rel| match rel.kind {
        RelKind::StaticTable => true,
        RelKind::Table => {
            let id = crate::ids::RelId(at as u32);
            let staged = written.iter().any(|head| {
                let kind = program.rels[head.index()].kind;
                matches!(kind, RelKind::Stage(Stage::Next | Stage::Replace | Stage::Delete, of) if of == id)
            });
            rel.is_loadable() && !written.contains(&id) && !staged
        }
        _ => false,
    };
    let all = program.rels.iter().enumerate();
    all.filter(|(at, rel)| stays(*at, rel)).map(|(_, rel)| rel).collect()
}

/// Numbers that a text names, and those beside them.
pub(super) fn numbers(text: &str) -> Vec<i64> {
    let words = text.split(|c: char| !c.is_ascii_digit());
    let named = words.filter_map(|word| word.parse::<i64>().ok()).filter(|n| *n < NUMBER_MAX);
    let all: BTreeSet<i64> = named.flat_map(|n| [(n - 1).max(0), n, n + 1]).collect();
    all.into_iter().collect()
}

/// One input; `None` where values of some type cannot be made.
pub(super) fn given(program: &Program, numbers: &[i64], seed: u64) -> Option<Given> {
    let mut dice = Dice::new(seed);
    let domain = Domain { program, numbers, wide: 1 + dice.below(4) };
    let mut out = Given::default();
    for rel in loads(program) {
        let mut rows = BTreeMap::new();
        for _ in 0..dice.below(LOADED_MAX + 1) {
            let row = domain.row(rel, &mut dice)?;
            rows.insert(key(rel, &row), row);
        }
        out.loaded.extend(rows.into_values().map(|row| (rel.name.clone(), row)));
    }
    let streams = streams(program);
    let mut taken = BTreeSet::new();
    let many = 1 + dice.below(EVENTS_MAX);
    for _ in 0..many {
        let Some(rel) = streams.get(dice.below(streams.len() as u64) as usize) else { break };
        let row = domain.row(rel, &mut dice)?;
        let is_new = taken.insert((rel.name.clone(), key(rel, &row)));
        // What a key is promised for comes once; other events may come again.
        let may = is_new || !rel.has_values() && rel.kind != RelKind::InputTable;
        if !may {
            continue;
        }
        let event = (rel.name.clone(), row);
        let alone = dice.below(2) == 0;
        match out.batches.last_mut().filter(|batch| !alone && fits(program, batch, &event)) {
            Some(batch) => batch.push(event),
            None => out.batches.push(vec![event]),
        }
    }
    Some(out)
}

/// Whether an event may share a tick with those before it.
fn fits(program: &Program, batch: &[Fact], (name, row): &Fact) -> bool {
    let serial = |of: &str| {
        program
            .rels
            .iter()
            .find(|rel| rel.name == *of && !rel.kind.is_hidden())
            .and_then(|rel| rel.serial.as_ref())
    };
    if batch.iter().any(|(other, _)| serial(other).is_some_and(Vec::is_empty)) {
        return false;
    }
    if batch.iter().any(|(other, there)| other == name && there == row) {
        return false;
    }
    match serial(name) {
        None => true,
        Some(by) if by.is_empty() => batch.is_empty(),
        Some(by) => !batch
            .iter()
            .any(|(other, there)| other == name && by.iter().all(|at| there[*at] == row[*at])),
    }
}
