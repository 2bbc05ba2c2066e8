//! What can bring a case about: for each of its parts the events that make the
//! part come true, and the values that the event and the case share. Which two
//! of them meet is not known here.

use std::collections::BTreeSet;

use crate::calm::invariants::cases::Absent;
use crate::calm::invariants::cases::Case;
use crate::calm::invariants::cases::Cases;
use crate::calm::invariants::cases::Env;
use crate::calm::invariants::cases::Group;
use crate::calm::invariants::cases::Held;
use crate::calm::invariants::cases::Said;
use crate::calm::invariants::cases::What;
use crate::calm::invariants::guards::Guard;
use crate::calm::invariants::origins::Origin;
use crate::calm::invariants::origins::Origins;
use crate::calm::invariants::origins::variable;
use crate::calm::model::Variance;
use crate::ids::RelId;
use crate::source::Span;
use crate::types::ty::Lattice;
use crate::types::typed::Expr;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Role;

/// Negations inside of negations that are looked at.
const DEEPEST: usize = 8;

/// That an event helps a part of a case.
#[derive(Clone, Debug)]
pub(super) struct Gain {
    /// Which part: those of one part never meet each other.
    pub part: usize,
    pub op: RelId,
    /// Which value of the case is in which column of the event.
    pub shared: Vec<(usize, usize)>,
    /// Values that no other event draws.
    pub fresh: Vec<usize>,
    /// Two of these events help more than each alone.
    pub many: bool,
    /// As many, they share these values only.
    pub keys: Option<BTreeSet<usize>>,
    /// What they add up is measured against a bound.
    pub adds: bool,
    /// It is there to be found, and what it is in columns of no interest is open.
    pub exists: bool,
    /// For each column of the row the value of the case that it has to have.
    pub wants: Vec<Option<usize>>,
    /// Rows that had to be there for the event to do this.
    pub guards: Vec<Guard>,
    /// The collection whose rows come, or go, and the values in its columns.
    pub rel: RelId,
    pub args: Vec<usize>,
    pub goes: bool,
    pub span: Span,
}

impl Gain {
    /// It is one of several that are needed; they share what the case knows.
    fn all_of(&mut self, case: &Case<'_>) {
        let outer = |class: &usize| *class < case.size();
        let known = self.shared.iter().map(|(class, _)| *class).filter(|class| outer(class));
        let known: BTreeSet<usize> = known.collect();
        self.many = true;
        self.keys = Some(match self.keys.take() {
            Some(keys) => keys.intersection(&known).copied().collect(),
            None => known,
        });
    }

    /// It helps by way of an aggregate.
    fn gather(&mut self, case: &Case<'_>, group: &Group) {
        self.many = group.many;
        self.adds = group.adds;
        self.keys = Some(group.keys.iter().map(|key| case.class(*key)).collect());
    }
}

pub(super) struct Gains<'a, 'p> {
    pub cases: &'a Cases<'p>,
    pub origins: &'a Origins,
}

/// How one part may be helped.
#[derive(Clone, Copy)]
struct Help<'a> {
    part: usize,
    goes: bool,
    group: Option<&'a Group>,
}

impl<'p> Gains<'_, 'p> {
    /// What brings a case about.
    pub fn of(&self, case: &Case<'p>) -> Vec<Gain> {
        let mut out = Vec::new();
        self.toward(case, true, None, DEEPEST, &mut out);
        out.retain(|gain| !self.defeats(case, gain));
        out
    }

    /// Whether the event that helps brings a row that the case forbids, and that
    /// nothing takes away.
    fn defeats(&self, case: &Case<'p>, gain: &Gain) -> bool {
        case.absent.iter().filter_map(|absent| denied(case, absent)).any(|(rel, args)| {
            let brings = |way: &Origin| {
                let mut cols = args.iter().zip(&way.cols);
                way.op == gain.op
                    && way.sure
                    && cols.all(|(class, col)| match (class, col) {
                        (None, _) => true,
                        (Some(class), Some(col)) => gain.shared.contains(&(*class, *col)),
                        (Some(_), None) => false,
                    })
            };
            let stays = self.origins.deletes[rel.index()].is_empty();
            stays && self.origins.inserts[rel.index()].iter().any(brings)
        })
    }

    /// What makes a case hold, or no longer hold.
    fn toward(
        &self,
        case: &Case<'p>,
        holds: bool,
        part: Option<usize>,
        depth: usize,
        out: &mut Vec<Gain>,
    ) {
        for (at, held) in case.held.iter().enumerate() {
            let part = part.unwrap_or(at);
            let help = Help { part, goes: !holds, group: None };
            if !(held.soft && holds) {
                self.rows(case, held, help, holds, out);
            }
            for group in case.groups.iter().filter(|group| group.held.contains(&at)) {
                for goes in [false, true] {
                    self.rows(case, held, Help { part, goes, group: Some(group) }, holds, out);
                }
            }
        }
        let Some(depth) = depth.checked_sub(1) else { return };
        for (at, absent) in case.absent.iter().enumerate() {
            let part = part.unwrap_or(case.held.len() + at);
            let all = self.cases.within(case, absent);
            let several = all.len() > 1;
            for inner in all {
                let known = out.len();
                self.toward(&inner, !holds, Some(part), depth, out);
                if holds && (several || !self.is_one_row(case, &inner)) {
                    // All of them have to go, and one event takes one.
                    out[known..].iter_mut().for_each(|gain| gain.all_of(case));
                }
                for group in case.groups.iter().filter(|group| group.absent.contains(&at)) {
                    let moved = turned(case.follows(group.var).of(group.up), holds);
                    for goes in wanted(moved) {
                        let known = out.len();
                        self.toward(&inner, goes, Some(part), depth, out);
                        out[known..].iter_mut().for_each(|gain| gain.gather(case, group));
                    }
                }
            }
        }
    }

    /// Whether a case inside of another has at most one match for each match
    /// of the other: what identifies its rows is known there.
    fn is_one_row(&self, case: &Case<'p>, inner: &Case<'p>) -> bool {
        let known = |arg: &usize| {
            let class = inner.class(*arg);
            class < case.size() || inner.values.iter().any(|(v, ..)| inner.class(*v) == class)
        };
        inner.held.iter().all(|held| {
            let cols = &self.cases.program.rels[held.rel.index()].cols;
            let keys = cols.iter().zip(&held.args).filter(|(col, _)| col.role == Role::Key);
            !held.whole && keys.into_iter().all(|(_, arg)| known(arg))
        })
    }

    /// Rows of one collection that come or go.
    fn rows(&self, case: &Case<'p>, held: &Held, help: Help<'_>, holds: bool, out: &mut Vec<Gain>) {
        let ways = match help.goes {
            true => &self.origins.deletes[held.rel.index()],
            false => &self.origins.inserts[held.rel.index()],
        };
        for way in ways {
            let mut gain = plain(case, held, help, way);
            if let Some(group) = help.group {
                let up = moved_by(case, group, held, way);
                let moved = turned(case.follows(group.var).of(up), holds);
                if !wanted(moved).contains(&help.goes) {
                    continue;
                }
                gain.gather(case, group);
                gain.adds |= group.summed.is_some() && up != Variance::Any;
            } else if !help.goes && !self.moves(case, held, way, holds, &mut gain) {
                continue;
            }
            if held.whole {
                gain.many = true;
                gain.keys = Some(BTreeSet::new());
            }
            out.push(gain);
        }
    }

    /// A row that comes into a table and changes a value that is there: whether
    /// that can help, and whether two do it together.
    fn moves(
        &self,
        case: &Case<'p>,
        held: &Held,
        way: &Origin,
        holds: bool,
        gain: &mut Gain,
    ) -> bool {
        let cols = &self.cases.program.rels[held.rel.index()].cols;
        let mut helps = true;
        for (at, col) in cols.iter().enumerate() {
            let (up, many) = match (&col.role, way.fold) {
                (Role::Value, Some((folded, turn))) if folded == at => (turn.variance(), true),
                (Role::Cell(lattice), _) => grows(lattice),
                _ => continue,
            };
            let moved = turned(case.follows(held.args[at]).of(up), holds);
            if moved == Variance::Zero {
                continue;
            }
            let toward = matches!(moved, Variance::Plus | Variance::Any);
            helps = toward || way.fold.is_none();
            if toward && many {
                gain.many = true;
                gain.adds = way.fold.is_some();
                let keys = cols.iter().zip(&held.args).filter(|(col, _)| col.role == Role::Key);
                gain.keys = Some(keys.map(|(_, arg)| case.class(*arg)).collect());
            }
        }
        helps
    }

    /// Whether what must not be follows from what must be: then the case
    /// never comes about.
    pub fn is_contradicted(&self, case: &Case<'p>) -> bool {
        let follows = |absent: &Absent<'p>| {
            let inner = self.cases.within(case, absent);
            inner.iter().any(|inner| {
                inner.groups.is_empty() && entailed(case, inner, 0, &vec![None; inner.size()])
            })
        };
        case.absent.iter().any(follows)
    }
}

/// Where an aggregate goes when rows come in this way.
fn moved_by(case: &Case<'_>, group: &Group, held: &Held, way: &Origin) -> Variance {
    let (Variance::Any, Some(summed)) = (group.up, group.summed) else { return group.up };
    let summed = case.class(summed);
    let at = held.args.iter().position(|arg| case.class(*arg) == summed);
    let side = at.and_then(|at| way.sides.get(at));
    side.map_or(Variance::Any, |side| side.variance())
}

/// The rows that must not be there, where they are all rows of one pattern.
fn denied(case: &Case<'_>, absent: &Absent<'_>) -> Option<(RelId, Vec<Option<usize>>)> {
    let atom = match absent.what {
        What::Atom(atom) => atom,
        What::Lits([Lit { kind: LitKind::Atom(atom), .. }]) => atom,
        What::Lits(_) => return None,
    };
    let class = |pat: &Pat| match &pat.kind {
        PatKind::Wild => Some(None),
        PatKind::Var(var) => Some(Some(case.class(absent.env[var.index()]))),
        PatKind::Expr(e) => Some(Some(case.class(absent.env[variable(e)?.index()]))),
        _ => None,
    };
    let args = atom.args.iter().map(class).collect::<Option<Vec<Option<usize>>>>();
    Some((atom.rel, args?))
}

/// What a row that has to be there must be: values that the rest of the case
/// speaks of.
fn wants(case: &Case<'_>, held: &Held) -> Vec<Option<usize>> {
    let class = |arg: &usize| case.class(*arg);
    let rows = || case.held.iter().flat_map(|held| &held.args);
    let is_spoken_of = |wanted: usize| {
        let groups = case.groups.iter();
        rows().filter(|arg| class(arg) == wanted).count() > 1
            || groups.clone().flat_map(|group| &group.keys).any(|key| class(key) == wanted)
            || groups.clone().any(|group| class(&group.var) == wanted)
            || case.values.iter().any(|(value, ..)| class(value) == wanted)
            || case.follows(wanted) != Variance::Zero
            || case.absent.iter().any(|absent| match denied(case, absent) {
                Some((_, args)) => args.contains(&Some(wanted)),
                None => absent.env.iter().any(|var| class(var) == wanted),
            })
    };
    held.args.iter().map(class).map(|class| Some(class).filter(|c| is_spoken_of(*c))).collect()
}

fn plain(case: &Case<'_>, held: &Held, help: Help<'_>, way: &Origin) -> Gain {
    let copies = way.cols.iter().zip(&held.args);
    let shared = copies.filter_map(|(col, arg)| Some((case.class(*arg), (*col)?)));
    let fresh = way.fresh.iter().filter_map(|at| held.args.get(*at));
    Gain {
        part: help.part,
        op: way.op,
        shared: shared.collect(),
        fresh: fresh.map(|arg| case.class(*arg)).collect(),
        many: false,
        keys: None,
        adds: false,
        exists: help.group.is_none() && !help.goes && !held.whole,
        wants: wants(case, held),
        guards: way.guards.clone(),
        rel: held.rel,
        args: held.args.iter().map(|arg| case.class(*arg)).collect(),
        goes: help.goes,
        span: held.span,
    }
}

fn turned(sign: Variance, holds: bool) -> Variance {
    match holds {
        true => sign,
        false => Variance::Minus.of(sign),
    }
}

/// Whether rows have to come or to go for what grows with them.
fn wanted(sign: Variance) -> Vec<bool> {
    match sign {
        Variance::Zero => Vec::new(),
        Variance::Plus => vec![false],
        Variance::Minus => vec![true],
        Variance::Any => vec![false, true],
    }
}

/// Where a merged value goes, and whether several do what none does alone.
fn grows(lattice: &Lattice) -> (Variance, bool) {
    match lattice {
        Lattice::Max(_) | Lattice::Any => (Variance::Plus, false),
        Lattice::Min(_) | Lattice::All => (Variance::Minus, false),
        Lattice::Set(_) | Lattice::Map(..) => (Variance::Plus, true),
        Lattice::Pair(..) | Lattice::Lex(..) | Lattice::Point(_) => (Variance::Any, true),
    }
}

/// Whether every condition of `inner` is one of those of `case`, and what must
/// not be there is forbidden there too.
fn is_said(case: &Case<'_>, inner: &Case<'_>, given: &[Option<usize>]) -> bool {
    let name = |class: usize| given.get(class).copied().flatten().unwrap_or(class);
    let text = |said: &Said<'_>| inner.text(said.expr, &said.env, &name);
    let known: Vec<Option<String>> =
        case.said.iter().map(|said| case.text(said.expr, &said.env, &|class| class)).collect();
    let forbidden: Vec<(RelId, Vec<Option<usize>>)> =
        case.absent.iter().filter_map(|absent| denied(case, absent)).collect();
    let is_forbidden = |absent: &Absent<'_>| {
        let Some((rel, args)) = denied(inner, absent) else { return false };
        forbidden.iter().any(|(other, outer)| {
            let mut cols = outer.iter().zip(&args);
            *other == rel && cols.all(|(out, own)| out.is_none() || *out == own.map(name))
        })
    };
    let is_known = |said: &Said<'_>| {
        let text = text(said).filter(|_| !said.opaque);
        text.is_some() && known.contains(&text)
    };
    let is_computed = |(value, expr, env): &(usize, &Expr, Env)| {
        let wanted = inner.text(expr, env, &name);
        let have =
            case.values.iter().filter(|(of, ..)| case.class(*of) == name(inner.class(*value)));
        let mut have = have.map(|(_, expr, env)| case.text(expr, env, &|class| class));
        wanted.is_some() && have.any(|text| text == wanted)
    };
    inner.said.iter().all(is_known)
        && inner.absent.iter().all(is_forbidden)
        && inner.values.iter().skip(case.values.len()).all(is_computed)
}

/// Whether every row and condition of `inner` is among those of `case`, from
/// the row `at` on; `given` says what the values of `inner` alone are.
fn entailed(case: &Case<'_>, inner: &Case<'_>, at: usize, given: &[Option<usize>]) -> bool {
    let Some(wanted) = inner.held.get(at) else { return is_said(case, inner, given) };
    for held in case.held.iter().filter(|held| held.rel == wanted.rel && !held.whole) {
        let mut now = given.to_vec();
        let fits = wanted.args.iter().zip(&held.args).all(|(want, have)| {
            let (want, have) = (inner.class(*want), case.class(*have));
            if want < case.size() {
                return want == have;
            }
            *now[want].get_or_insert(have) == have
        });
        if fits && entailed(case, inner, at + 1, &now) {
            return true;
        }
    }
    false
}
