//! Random monotone expressions: what a growing value may flow into while it
//! still grows. This room must not know collections.

use crate::oracle::random::exprs::Maker;
use crate::oracle::random::exprs::Var;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;

/// An expression that grows.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Grow {
    pub text: String,
    pub lattice: Lattice,
}

/// What is inside growing values and grows too: parts of pairs, entries and
/// keys of maps, sizes.
pub fn inside(maker: &mut Maker<'_>, grows: &[Grow]) -> Vec<Grow> {
    let mut out = grows.to_vec();
    let mut at = 0;
    while at < out.len() && out.len() < 12 {
        let Grow { text, lattice } = out[at].clone();
        let nat = Lattice::Max(Ty::Nat);
        match lattice {
            Lattice::Pair(l, m) => {
                out.push(Grow { text: format!("{text}.0"), lattice: *l });
                out.push(Grow { text: format!("{text}.1"), lattice: *m });
            }
            Lattice::Map(k, l) => {
                if let Some(key) = maker.atom(&k) {
                    out.push(Grow { text: format!("{text}[{key}]"), lattice: *l });
                }
                out.push(Grow { text: format!("keys({text})"), lattice: Lattice::Set(k) });
                out.push(Grow { text: format!("size({text})"), lattice: nat });
            }
            Lattice::Set(_) => out.push(Grow { text: format!("size({text})"), lattice: nat }),
            Lattice::Lex(version, _) => {
                out.push(Grow { text: format!("{text}.0"), lattice: *version });
            }
            Lattice::Max(_) | Lattice::Min(_) | Lattice::Any | Lattice::All | Lattice::Point(_) => {
            }
        }
        at += 1;
    }
    out
}

fn is_word(lattice: &Lattice) -> bool {
    matches!(lattice, Lattice::Max(_) | Lattice::Min(_) | Lattice::Any | Lattice::All)
}

/// A condition that becomes true and stays so.
pub fn threshold(maker: &mut Maker<'_>, grow: &Grow) -> Option<String> {
    let text = &grow.text;
    // How the result of a function merges is not known, and neither how a word
    // does that grows only because it is aggregated.
    if !text.contains('(') && !is_word(&grow.lattice) && maker.dice.chance(15) {
        let less = cell(maker, &grow.lattice, &[], 0)?;
        return Some(match grow.lattice {
            Lattice::Point(_) => format!("{text} == {less}"),
            _ => format!("leq({less}, {text})"),
        });
    }
    Some(match &grow.lattice {
        Lattice::Max(ty) => {
            let op = if maker.dice.chance(60) { ">=" } else { ">" };
            format!("{text} {op} {}", maker.atom(ty)?)
        }
        Lattice::Min(ty) => {
            let op = if maker.dice.chance(60) { "<=" } else { "<" };
            format!("{text} {op} {}", maker.atom(ty)?)
        }
        Lattice::Any => text.clone(),
        Lattice::All => format!("not {text}"),
        Lattice::Set(ty) => format!("{} in {text}", maker.atom(ty)?),
        // As a literal `k in m` would want a pair.
        Lattice::Map(key, _) => format!("{} in keys({text})", maker.atom(key)?),
        Lattice::Point(ty) => format!("{text} != {}", maker.atom(ty)?),
        Lattice::Pair(l, _) | Lattice::Lex(l, _) => {
            let first = Grow { text: format!("{text}.0"), lattice: (**l).clone() };
            threshold(maker, &first)?
        }
    })
}

/// Elements of a growing set or keys of a growing map, as a literal that
/// gives a variable.
pub fn element(grow: &Grow, name: &str) -> Option<(String, Var)> {
    let var = |ty: &Ty| Var { name: name.to_string(), ty: ty.clone(), invented: false };
    match &grow.lattice {
        Lattice::Set(ty) => Some((format!("{name} in {}", grow.text), var(ty))),
        Lattice::Map(key, _) => Some((format!("({name}, _) in {}", grow.text), var(key))),
        _ => None,
    }
}

/// An expression for a column of this lattice. Everything in it has an end:
/// what a recursion adds to a `Max` is capped, and to a `Min` it is a nat.
pub fn cell(
    maker: &mut Maker<'_>,
    lattice: &Lattice,
    grows: &[Grow],
    depth: usize,
) -> Option<String> {
    let equal: Vec<&Grow> = grows.iter().filter(|g| g.lattice == *lattice).collect();
    if maker.dice.chance(75)
        && let Some(grow) = maker.dice.pick(&equal)
    {
        let text = grow.text.clone();
        if !text.contains('(') && !is_word(lattice) && maker.dice.chance(12) {
            return Some(format!("join({text}, {})", cell(maker, lattice, &[], depth)?));
        }
        return moved(maker, lattice, &text).or(Some(text));
    }
    match lattice {
        Lattice::Any | Lattice::All => {
            let grow = maker.dice.pick(grows).cloned();
            let Some(condition) = grow.and_then(|g| threshold(maker, &g)) else {
                return maker.atom(&Ty::Bool);
            };
            Some(match lattice {
                Lattice::Any => format!("({condition})"),
                _ => format!("not ({condition})"),
            })
        }
        Lattice::Max(ty) | Lattice::Min(ty) => maker.expr(ty, depth),
        Lattice::Point(ty) => maker.atom(ty),
        Lattice::Set(ty) => Some(match maker.dice.chance(10) {
            true => "{}".into(),
            false => format!("{{{}}}", maker.expr(ty, depth)?),
        }),
        Lattice::Map(key, entry) => {
            let key = maker.expr(key, depth)?;
            Some(format!("{{{key}: {}}}", cell(maker, entry, grows, depth)?))
        }
        Lattice::Pair(l, m) | Lattice::Lex(l, m) => {
            let first = cell(maker, l, grows, depth)?;
            Some(format!("({first}, {})", cell(maker, m, grows, depth)?))
        }
    }
}

/// A growing value after a monotone function.
fn moved(maker: &mut Maker<'_>, lattice: &Lattice, text: &str) -> Option<String> {
    let far = maker.dice.chance(8);
    let template = match (lattice, maker.dice.below(6)) {
        (Lattice::Max(Ty::Int), 0 | 1) => format!("min({text} + N, 12)"),
        (Lattice::Max(Ty::Int), 2) => format!("max({text}, I)"),
        (Lattice::Max(Ty::Int), 3) if far => format!("{text} - 9223372036854775807 - 2"),
        (Lattice::Max(Ty::Int), 3) => format!("{text} - N"),
        (Lattice::Max(Ty::Int), 4) => format!("min({text} * 2, 9)"),
        (Lattice::Max(Ty::Nat), 0 | 1) => format!("min({text} + N, 12)"),
        (Lattice::Min(Ty::Int), 0..=2) if far => format!("{text} + 9223372036854775806"),
        (Lattice::Min(Ty::Int), 0..=2) => format!("{text} + N"),
        (Lattice::Min(Ty::Int), 3) => format!("max({text} - N, -12)"),
        (Lattice::Min(Ty::Int), 4) => format!("min({text}, I)"),
        (Lattice::Set(ty), 0 | 1) => {
            let (a, b) = (maker.atom(ty)?, maker.atom(ty)?);
            format!("union({text}, {{{a}, {b}}})")
        }
        (Lattice::Set(ty), 2) => {
            let (a, b) = (maker.atom(ty)?, maker.atom(ty)?);
            format!("intersect({text}, {{{a}, {b}}})")
        }
        _ => return None,
    };
    // Names of variables are in lower case: only the place holders change.
    maker.fill(&template, 0)
}
