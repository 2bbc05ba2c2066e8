//! The rows of the table of functions, a room for each group, in the order of
//! [`Func`](crate::types::builtins::Func). The examples are run by tests;
//! nothing here computes.

use crate::types::builtins::Builtin;
use crate::types::builtins::Scheme;

const T: Scheme = Scheme::Any('T');
const K: Scheme = Scheme::Any('K');
const V: Scheme = Scheme::Any('V');
const LIST: Scheme = Scheme::List(&T);
const SET: Scheme = Scheme::Set(&T);
const MAP: Scheme = Scheme::Map(&K, &V);
const BAG: Scheme = Scheme::Bag(&T);

/// The rows of a group: `NAME "name" "doc"`, signatures, examples.
macro_rules! functions {
    ($group:ident $($func:ident $name:literal $doc:literal
        $({ ($($param:expr),*) -> $ret:expr; $partial:ident $growth:ident })+
        $($example:literal => $result:literal),+ ;)*) => {
        pub(super) const ROWS: &[crate::types::builtins::Builtin] =
            &[$(crate::types::builtins::Builtin {
                func: crate::types::builtins::Func::$func,
                name: $name,
                group: crate::types::builtins::Group::$group,
                doc: $doc,
                overloads: &[$(crate::types::builtins::Overload {
                    params: &[$($param),*],
                    ret: $ret,
                    partial: crate::types::builtins::Partial::$partial,
                    grows: crate::types::builtins::Growth::$growth,
                }),+],
                examples: &[$(($example, $result)),+],
            }),*];
    };
}
mod hashing;
mod json;
mod lists;
mod numbers;
mod options;
mod regexes;
mod sets;
mod texts;
mod times;

const GROUPS: &[&[Builtin]] = &[
    numbers::ROWS,
    texts::ROWS,
    regexes::ROWS,
    times::ROWS,
    lists::ROWS,
    options::ROWS,
    sets::ROWS,
    json::ROWS,
    hashing::ROWS,
];

const ALL: [Builtin; count()] = all();

/// Every function of the language, in the order of the enum.
pub static TABLE: &[Builtin] = &ALL;

const fn count() -> usize {
    let (mut group, mut n) = (0, 0);
    while group < GROUPS.len() {
        n += GROUPS[group].len();
        group += 1;
    }
    n
}

const fn all() -> [Builtin; count()] {
    let mut all = [numbers::ROWS[0]; count()];
    let (mut group, mut n) = (0, 0);
    while group < GROUPS.len() {
        let mut row = 0;
        while row < GROUPS[group].len() {
            all[n] = GROUPS[group][row];
            n += 1;
            row += 1;
        }
        group += 1;
    }
    all
}
