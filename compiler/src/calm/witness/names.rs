//! Names that read well in place of plain letters: by what a column is called.
//! Whether the example still shows what it has to is asked of the judge. How
//! examples are found is not known here.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::calm::witness::domain;
use crate::calm::witness::domain::TEXTS;
use crate::calm::witness::judge::Evidence;
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

/// A column of a role's program.
type Column = (usize, RelId, usize);

/// Words for columns that are often called so.
const WORDS: &[(&[&str], [&str; 4])] = &[
    (&["item", "fruit", "product", "article", "sku"], ["apple", "pear", "plum", "quince"]),
    (
        &["who", "user", "voter", "writer", "owner", "friend", "author", "nick", "buyer"],
        ["ann", "bob", "cid", "dan"],
    ),
    (&["session"], ["s", "t", "u", "v"]),
    (&["key", "k"], ["k", "l", "m", "n"]),
    (&["value", "val", "v"], ["x", "y", "z", "zz"]),
    (&["account", "acct"], ["A", "B", "C", "D"]),
    (&["city", "town", "region"], ["Bern", "Oslo", "Rome", "Wien"]),
    (&["text", "msg", "message", "body"], ["hello", "hi", "yes", "you"]),
];

/// Columns that say where a thing stands and not what it is.
const PLACES: &[&str] = &["from", "to", "src", "dst", "at", "of", "by", "on", "in", "name"];

/// Columns that hold the same things.
struct Classes {
    parents: BTreeMap<Column, Column>,
}

impl Classes {
    fn of(smalls: &[Rc<Small>]) -> Classes {
        let mut classes = Classes { parents: BTreeMap::new() };
        for small in smalls {
            classes.read(small.part, small);
        }
        // Messages carry what was sent.
        for (player, small) in smalls.iter().enumerate() {
            for (at, rel) in small.program.rels.iter().enumerate() {
                if rel.kind != RelKind::Channel {
                    continue;
                }
                for there in smalls.iter().skip(player + 1) {
                    let Some(twin) = there.named(&rel.name, RelKind::Channel) else { continue };
                    for col in 0..rel.cols.len() {
                        classes.unite((small.part, RelId(at as u32), col), (there.part, twin, col));
                    }
                }
            }
        }
        classes
    }

    fn read(&mut self, part: usize, small: &Small) {
        for (at, rel) in small.program.rels.iter().enumerate() {
            if let RelKind::Stage(_, target) = rel.kind {
                let same = rel.cols.len() == small.program.rels[target.index()].cols.len();
                for col in (0..rel.cols.len()).filter(|_| same) {
                    self.unite((part, RelId(at as u32), col), (part, target, col));
                }
            }
        }
        for rule in &small.program.rules {
            let mut first: BTreeMap<u32, Column> = BTreeMap::new();
            let mut stands: Vec<(u32, Column)> = Vec::new();
            for (col, arg) in rule.args.iter().enumerate() {
                if let Expr { kind: ExprKind::Var(var), .. } = arg {
                    stands.push((var.0, (part, rule.head, col)));
                }
            }
            atoms(&rule.body.lits, &mut |atom, _| {
                for (col, pat) in atom.args.iter().enumerate() {
                    if let PatKind::Var(var) = pat.kind {
                        stands.push((var.0, (part, atom.rel, col)));
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

/// Ways to rename, the best first.
const STYLES: [Style; 4] = [
    Style { in_order: true, words: true, numbers: true },
    Style { in_order: true, words: true, numbers: false },
    Style { in_order: false, words: true, numbers: false },
    Style { in_order: true, words: false, numbers: false },
];

/// A way to rename.
#[derive(Clone, Copy)]
struct Style {
    /// What comes first has the first name.
    in_order: bool,
    /// By what columns are called.
    words: bool,
    /// Numbers too.
    numbers: bool,
}

/// The example with better names, as far as it stays one.
pub(super) fn named(judge: &Judge<'_>, found: Found) -> Found {
    let classes = Classes::of(&judge.set.smalls);
    let renaming = Renaming { judge, found: &found, classes: &classes };
    let better = STYLES.iter().find_map(|style| renaming.styled(*style).ok().flatten());
    better.unwrap_or(found)
}

/// What is renamed.
struct Renaming<'a> {
    judge: &'a Judge<'a>,
    found: &'a Found,
    classes: &'a Classes,
}

/// Values of one class, each with the one in its place.
type Names = BTreeMap<(Column, Value), Value>;

impl Renaming<'_> {
    fn styled(&self, style: Style) -> Result<Option<Found>, Broken> {
        let names = self.names(style);
        let item = |item_of: &Item| {
            let mut item = item_of.clone();
            for row in &mut item.rows {
                for (at, value) in row.iter_mut().enumerate() {
                    let class = self.class(item_of, at);
                    if let Some(name) = names.get(&(class, value.clone())) {
                        *value = name.clone();
                    }
                }
            }
            item
        };
        let items: Vec<Item> = self.found.items.iter().map(item).collect();
        let plan = self.found.plan.clone();
        let evidence = self.judge.judge(&plan, &items)?;
        // As much has to be shown as before, and in the same form.
        let same = |evidence: &Evidence| {
            let old = &self.found.evidence;
            evidence.form == old.form && evidence.gone.len() == old.gone.len()
        };
        Ok(evidence.filter(same).map(|evidence| Found { plan, items, evidence }))
    }

    fn names(&self, style: Style) -> Names {
        let values = self.values();
        let texts = |(_, (_, values)): &(&Column, &(String, Vec<Value>))| {
            values.iter().any(|value| matches!(value, Value::Str(_)))
        };
        let many = values.iter().filter(texts).count() > 1;
        let mut names = Names::new();
        for (class, (column, mut values)) in values.clone() {
            if !style.in_order {
                values.sort();
            }
            let least = values.iter().filter_map(number).min().unwrap_or(1);
            let words = words(&column, many && style.words, style.words);
            for (at, value) in values.into_iter().enumerate() {
                let name = match &value {
                    Value::Str(_) => Value::Str(words(at)),
                    Value::Uuid(_) => domain::uuid(at as u8 + 1),
                    Value::Int(_) if style.numbers => Value::Int(least + at as i64),
                    _ => continue,
                };
                names.insert((class, value), name);
            }
        }
        names
    }

    fn class(&self, item: &Item, col: usize) -> Column {
        let part = self.judge.set.smalls[item.player].part;
        self.classes.root((part, item.rel, col))
    }

    /// Values that may be called otherwise, by class, in the order in which
    /// they come; and what the class's first column is called.
    fn values(&self) -> BTreeMap<Column, (String, Vec<Value>)> {
        let mut out: BTreeMap<Column, (String, Vec<Value>)> = BTreeMap::new();
        for item in &self.found.items {
            let small = &self.judge.set.smalls[item.player];
            let cols = &small.program.rels[item.rel.index()].cols;
            for (at, value) in item.rows.iter().flat_map(|row| row.iter().enumerate()) {
                if !is_free(value) {
                    continue;
                }
                let class = self.class(item, at);
                let of = out.entry(class).or_insert_with(|| (cols[at].name.clone(), Vec::new()));
                if !of.1.contains(value) {
                    of.1.push(value.clone());
                }
            }
        }
        out
    }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(n) => Some(*n),
        _ => None,
    }
}

/// Whether a value was made up.
fn is_free(value: &Value) -> bool {
    match value {
        Value::Str(text) => domain::is_made(text),
        Value::Uuid(_) => true,
        Value::Int(n) => (1..=3).contains(n),
        _ => false,
    }
}

/// The names of a class by the name of its column.
fn words(column: &str, many: bool, known: bool) -> impl Fn(usize) -> String {
    let found = WORDS.iter().find(|(names, _)| known && names.contains(&column)).map(|of| of.1);
    let is_word = (2..=8).contains(&column.len()) && !PLACES.contains(&column);
    let column = column.to_string();
    move |at| match (found, TEXTS.get(at)) {
        (Some(words), Some(_)) => words[at].to_string(),
        (Some(words), None) => format!("{}{}", words[0], at + 1),
        (None, _) if many && is_word => format!("{column}{}", at + 1),
        (None, Some(text)) => text.to_string(),
        (None, None) => format!("x{}", at + 1),
    }
}
