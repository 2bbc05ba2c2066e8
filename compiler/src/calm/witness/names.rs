//! Names that read well in place of plain letters: by what a column is called.
//! Whether the example still shows what it has to is asked of the judge. How
//! examples are found is not known here.

use std::collections::BTreeMap;

use crate::calm::witness::domain::TEXTS;
use crate::calm::witness::judge::Judge;
use crate::calm::witness::rows::Item;
use crate::calm::witness::search::Found;
use crate::calm::witness::small::Small;
use crate::calm::witness::world::Broken;
use crate::ids::RelId;
use crate::names::hir::RelKind;
use crate::oracle::Value;
use crate::types::judge::atoms;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::PatKind;

/// A column of a player's program.
type Column = (usize, RelId, usize);

/// Words for columns that are often called so.
const WORDS: &[(&[&str], [&str; 4])] = &[
    (&["item", "fruit", "product", "article", "sku"], ["apple", "pear", "plum", "quince"]),
    (
        &["who", "name", "user", "voter", "writer", "owner", "friend", "author", "nick", "buyer"],
        ["ann", "bob", "cid", "dan"],
    ),
    (&["session"], ["s", "t", "u", "v"]),
    (&["key", "k"], ["k", "l", "m", "n"]),
    (&["value", "val", "v"], ["x", "y", "z", "zz"]),
    (&["account", "acct"], ["A", "B", "C", "D"]),
    (&["room"], ["r1", "r2", "r3", "r4"]),
    (&["city", "town", "place", "region"], ["Bern", "Oslo", "Rome", "Wien"]),
    (&["text", "msg", "message", "body"], ["hello", "hi", "yes", "you"]),
];

/// Columns that hold the same things.
struct Classes {
    parents: BTreeMap<Column, Column>,
}

impl Classes {
    fn of(smalls: &[Small]) -> Classes {
        let mut classes = Classes { parents: BTreeMap::new() };
        for (player, small) in smalls.iter().enumerate() {
            classes.read(player, small);
        }
        // Messages carry what was sent.
        for (player, small) in smalls.iter().enumerate() {
            for (at, rel) in small.program.rels.iter().enumerate() {
                if rel.kind != RelKind::Channel {
                    continue;
                }
                for (other, there) in smalls.iter().enumerate().skip(player + 1) {
                    let Some(twin) = there.named(&rel.name, RelKind::Channel) else { continue };
                    for col in 0..rel.cols.len() {
                        classes.unite((player, RelId(at as u32), col), (other, twin, col));
                    }
                }
            }
        }
        classes
    }

    fn read(&mut self, player: usize, small: &Small) {
        for (at, rel) in small.program.rels.iter().enumerate() {
            if let RelKind::Stage(_, target) = rel.kind {
                let same = rel.cols.len() == small.program.rels[target.index()].cols.len();
                for col in (0..rel.cols.len()).filter(|_| same) {
                    self.unite((player, RelId(at as u32), col), (player, target, col));
                }
            }
        }
        for rule in &small.program.rules {
            let mut first: BTreeMap<u32, Column> = BTreeMap::new();
            let mut stands: Vec<(u32, Column)> = Vec::new();
            for (col, arg) in rule.args.iter().enumerate() {
                if let Expr { kind: ExprKind::Var(var), .. } = arg {
                    stands.push((var.0, (player, rule.head, col)));
                }
            }
            atoms(&rule.body.lits, &mut |atom, _| {
                for (col, pat) in atom.args.iter().enumerate() {
                    if let PatKind::Var(var) = pat.kind {
                        stands.push((var.0, (player, atom.rel, col)));
                    }
                }
            });
            for (var, column) in stands {
                let one = *first.entry(var).or_insert(column);
                self.unite(one, column);
            }
        }
    }

    fn root(&self, column: Column) -> Column {
        let mut at = column;
        while let Some(parent) = self.parents.get(&at) {
            at = *parent;
        }
        at
    }

    fn unite(&mut self, a: Column, b: Column) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            self.parents.insert(a.max(b), a.min(b));
        }
    }
}

/// The example with better names, as far as it stays one.
pub(super) fn named(judge: &Judge<'_>, found: Found) -> Found {
    let smalls = judge.set.smalls;
    let classes = Classes::of(smalls);
    let mut words: BTreeMap<Column, [&str; 4]> = BTreeMap::new();
    for item in &found.items {
        let rel = &smalls[item.player].program.rels[item.rel.index()];
        for (at, col) in rel.cols.iter().enumerate() {
            let known = WORDS.iter().find(|(names, _)| names.contains(&col.name.as_str()));
            if let Some((_, known)) = known {
                words.entry(classes.root((item.player, item.rel, at))).or_insert(*known);
            }
        }
    }
    let all: Vec<Column> = words.keys().copied().collect();
    match renamed(judge, &found, &classes, &words, &all) {
        Ok(Some(better)) => better,
        Err(_) => found,
        Ok(None) => {
            let mut best = found;
            for class in all {
                if let Ok(Some(better)) = renamed(judge, &best, &classes, &words, &[class]) {
                    best = better;
                }
            }
            best
        }
    }
}

fn renamed(
    judge: &Judge<'_>,
    found: &Found,
    classes: &Classes,
    words: &BTreeMap<Column, [&str; 4]>,
    which: &[Column],
) -> Result<Option<Found>, Broken> {
    let item = |item: &Item| {
        let mut item = item.clone();
        for row in &mut item.rows {
            for (at, value) in row.iter_mut().enumerate() {
                let class = classes.root((item.player, item.rel, at));
                let Some(words) = words.get(&class).filter(|_| which.contains(&class)) else {
                    continue;
                };
                if let Value::Str(text) = value
                    && let Some(at) = TEXTS.iter().position(|plain| plain == text)
                {
                    *text = words[at].to_string();
                }
            }
        }
        item
    };
    let items: Vec<Item> = found.items.iter().map(item).collect();
    let evidence = judge.judge(&found.plan, &items)?;
    Ok(evidence.map(|evidence| Found { plan: found.plan.clone(), items, evidence }))
}
