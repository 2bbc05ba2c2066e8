//! Small random programs about what grows: few columns with few values, so that
//! rows meet, and of every construct that coordination hangs on a little, through
//! several levels. This room decides what may read what; bodies are made next door.

use crate::oracle::random::case::Named;
use crate::oracle::random::case::Pieces;
use crate::oracle::random::case::RuleText;
use crate::oracle::random::dice::Dice;
use crate::oracle::random::meet::Body;
use crate::oracle::random::meet::Maker;
use crate::oracle::random::meet::Needs;
use crate::oracle::values::Value;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Col {
    /// A whole number.
    Int,
    /// A number that an aggregate makes.
    Made,
    /// `Max<int>`, `Min<int>`, `Set<int>` that merge.
    Max,
    Min,
    Set,
    /// A set that is carried and never merges.
    Carried,
    /// A node.
    Node,
}

impl Col {
    fn text(self) -> &'static str {
        match self {
            Col::Int | Col::Made => "int",
            Col::Max => "Max<int>",
            Col::Min => "Min<int>",
            Col::Set | Col::Carried => "Set<int>",
            Col::Node => "node",
        }
    }
}

/// A collection.
#[derive(Clone, Debug)]
pub(super) struct Rel {
    pub name: String,
    pub cols: Vec<Col>,
    /// Columns before `=>`; all where there is none.
    pub key: usize,
    pub is_event: bool,
    /// Whether rules may be added that take its rows out.
    pub may_lose: bool,
}

/// A program whose inputs grow.
#[derive(Clone, Debug)]
pub struct Small {
    /// The program, without rows from outside but for those of closed tables.
    pub pieces: Pieces,
    outside: Vec<Rel>,
}

/// The values that whole numbers take.
const WIDE: usize = 2;
/// The node that everything happens at.
const HERE: &str = "n1";

/// The program of a seed.
pub fn small(seed: u64) -> Small {
    let mut making = Making {
        dice: Dice::new(seed ^ 0x5a11),
        next: 0,
        rels: Vec::new(),
        pieces: Pieces::default(),
    };
    let outside = making.sources();
    for _ in 0..1 + making.dice.below(4) {
        making.layer();
    }
    making.shown();
    if making.dice.chance(35) {
        making.shown();
    }
    Small { pieces: making.pieces, outside }
}

impl Small {
    /// So many facts from outside, no two of one collection with the same key.
    pub fn facts(&self, dice: &mut Dice, many: usize) -> Named {
        let mut out: Named = Vec::new();
        for _ in 0..many * 4 {
            let Some(rel) = dice.pick(&self.outside).cloned() else { break };
            let row: Vec<Value> = rel.cols.iter().map(|col| value(dice, *col)).collect();
            let at = match out.iter().position(|(name, _)| *name == rel.name) {
                Some(at) => at,
                None => {
                    out.push((rel.name.clone(), Vec::new()));
                    out.len() - 1
                }
            };
            let rows = &mut out[at].1;
            // Equal rows of an input are two events.
            let again = rel.is_event && rel.key == rel.cols.len() && dice.chance(15);
            if again || rows.iter().all(|other| other[..rel.key] != row[..rel.key]) {
                rows.push(row);
            }
            if out.iter().map(|(_, rows)| rows.len()).sum::<usize>() == many {
                break;
            }
        }
        out
    }
}

fn value(dice: &mut Dice, col: Col) -> Value {
    match col {
        Col::Node => Value::Node(HERE.into()),
        Col::Carried => {
            let held = (1..=WIDE as i64).filter(|_| dice.chance(60));
            Value::Set(held.map(Value::Int).collect())
        }
        _ => Value::Int(1 + dice.below(WIDE) as i64),
    }
}

/// A program in the making.
struct Making {
    dice: Dice,
    next: usize,
    rels: Vec<Rel>,
    pieces: Pieces,
}

impl Making {
    fn name(&mut self, word: &str) -> String {
        self.next += 1;
        format!("{word}{}", self.next)
    }

    /// Declares a collection.
    fn declare(&mut self, word: &str, name: &str, cols: &[Col], key: usize, after: &str) -> Rel {
        let mut text = String::new();
        for (at, col) in cols.iter().enumerate() {
            text.push_str(match at {
                0 => "",
                _ if at == key => " => ",
                _ => ", ",
            });
            let mark = if *col == Col::Node && word == "channel" { "@" } else { "" };
            text.push_str(&format!("{mark}c{at}: {}", col.text()));
        }
        if key == cols.len()
            && cols.last() == Some(&Col::Carried)
            && word != "channel"
            && word != "input"
        {
            text.push_str(" =>");
        }
        self.pieces.decls.push(format!("{word} {name}({text}){after};"));
        let is_event = matches!(word, "input" | "channel" | "scratch");
        Rel { name: name.into(), cols: cols.to_vec(), key, is_event, may_lose: false }
    }

    /// What comes from outside.
    fn sources(&mut self) -> Vec<Rel> {
        let mut out = Vec::new();
        for _ in 0..1 + self.dice.below(3) {
            let mut cols = vec![Col::Int; 1 + usize::from(self.dice.chance(65))];
            let word = match self.dice.below(100) {
                0..=54 => "input",
                55..=84 => "channel",
                _ => "input table",
            };
            if word != "input table" && self.dice.chance(8) {
                cols = vec![Col::Int, Col::Carried];
            }
            let mut key = cols.len();
            if key == 2 && self.dice.chance(20) {
                key = 1;
            }
            let after = match self.dice.below(100) {
                0..=5 if word != "input table" => " serial",
                6..=13 if word != "input table" => " serial by c0",
                _ => "",
            };
            let after = match word {
                "channel" => after.replace("c0", "c1"),
                _ => after.to_string(),
            };
            if word == "channel" {
                cols.insert(0, Col::Node);
                key += 1;
            }
            let name = self.name("e");
            let rel = self.declare(word, &name, &cols, key, &after);
            out.push(rel.clone());
            self.rels.push(rel);
        }
        if self.dice.chance(30) {
            let cols = vec![Col::Int; 1 + self.dice.below(2)];
            let name = self.name("k");
            let word = if self.dice.chance(50) { "static table" } else { "table" };
            let rel = self.declare(word, &name, &cols, cols.len(), "");
            let all = (0..1 + self.dice.below(2)).map(|_| {
                cols.iter().map(|col| value(&mut self.dice, *col)).collect::<Vec<Value>>()
            });
            let mut rows: Vec<Vec<Value>> = all.collect();
            rows.sort();
            rows.dedup();
            self.pieces.facts.push((name, rows));
            self.rels.push(rel);
        }
        out
    }

    /// One more thing that follows from those before.
    fn layer(&mut self) {
        match self.dice.below(100) {
            0..=23 => self.memory(),
            24..=43 => self.view(),
            44..=58 => self.group(),
            59..=66 => self.merged(),
            67..=74 => self.replaced(),
            75..=79 => self.keyed(),
            80..=85 => self.lost(),
            86..=92 => self.around(),
            _ => self.moment(),
        }
    }

    fn body(&mut self, needs: Needs) -> Option<Body> {
        Maker { dice: &mut self.dice, rels: &self.rels }.body(needs)
    }

    fn rule(&mut self, head: String, op: &'static str, body: Vec<String>) {
        self.pieces.rules.push(RuleText { head, op, body });
    }

    /// So many numbers for a head.
    fn numbers(&mut self, body: &Body, many: usize, made: bool) -> Vec<String> {
        (0..many).map(|_| body.number(&mut self.dice, made)).collect()
    }

    fn width(&mut self, body: &Body) -> usize {
        if body.ints.len() > 1 && self.dice.chance(60) { 2 } else { 1 }
    }

    /// A table of plain columns, by one rule or two.
    fn memory(&mut self) {
        let Some(body) = self.body(Needs::Event) else { return };
        let width = self.width(&body);
        let carried = body.carried.first().filter(|_| self.dice.chance(70)).cloned();
        let mut cols = vec![Col::Int; width];
        if carried.is_some() {
            cols.push(Col::Carried);
        }
        let name = self.name("t");
        let mut rel = self.declare("table", &name, &cols, cols.len(), "");
        rel.may_lose = carried.is_none();
        for again in [false, true] {
            if again && (carried.is_some() || !self.dice.chance(20)) {
                break;
            }
            let body = if again { self.body(Needs::Event) } else { Some(body.clone()) };
            let Some(body) = body else { break };
            let mut args = self.numbers(&body, width, false);
            args.extend(carried.clone());
            let op = if self.dice.chance(20) { "<+" } else { "<=" };
            self.rule(format!("{name}({})", args.join(", ")), op, body.lits);
        }
        self.rels.push(rel);
    }

    /// A view, by one rule or two.
    fn view(&mut self) {
        let Some(body) = self.body(Needs::State) else { return };
        let width = self.width(&body);
        let name = self.name("v");
        let rel = self.declare("view", &name, &vec![Col::Int; width], width, "");
        let args = self.numbers(&body, width, true);
        self.rule(format!("{name}({})", args.join(", ")), "<=", body.lits);
        if self.dice.chance(25)
            && let Some(body) = self.body(Needs::State)
        {
            let args = self.numbers(&body, width, true);
            self.rule(format!("{name}({})", args.join(", ")), "<=", body.lits);
        }
        self.rels.push(rel);
    }

    /// A view of groups.
    fn group(&mut self) {
        let Some(body) = self.body(Needs::State) else { return };
        let name = self.name("g");
        let groups = usize::from(self.dice.chance(75));
        let args = self.numbers(&body, groups, false);
        let x = body.number(&mut self.dice, false);
        let y = body.number(&mut self.dice, false);
        let (agg, col, keyed) = match self.dice.below(100) {
            0..=29 => (format!("count({x})"), Col::Made, true),
            30..=39 => ("count()".to_string(), Col::Made, true),
            40..=49 => (format!("sum({x})"), Col::Made, true),
            50..=64 => (format!("max({x})"), Col::Made, true),
            65..=74 => (format!("min({x})"), Col::Made, true),
            75..=86 => (format!("collect({x})"), Col::Set, true),
            87..=93 => (format!("choose({x})"), Col::Made, true),
            _ => (format!("argmin({x}, {y})"), Col::Made, false),
        };
        let keyed = keyed && (col == Col::Set || self.dice.chance(75)) && groups > 0;
        let mut cols = vec![Col::Int; groups];
        cols.push(col);
        let key = if keyed { groups } else { cols.len() };
        let rel = self.declare("view", &name, &cols, key, "");
        let mut args = args;
        args.push(agg);
        self.rule(format!("{name}({})", args.join(", ")), "<=", body.lits);
        self.rels.push(rel);
    }

    /// A table with a column that merges.
    fn merged(&mut self) {
        let Some(body) = self.body(Needs::Event) else { return };
        let name = self.name("m");
        let groups = usize::from(self.dice.chance(70));
        let col = [Col::Max, Col::Min, Col::Set][self.dice.below(3)];
        let mut cols = vec![Col::Int; groups];
        cols.push(col);
        let word = if self.dice.chance(80) { "table" } else { "view" };
        let body = match word {
            "view" => self.body(Needs::State).unwrap_or(body.clone()),
            _ => body,
        };
        let rel = self.declare(word, &name, &cols, cols.len(), "");
        let mut args = self.numbers(&body, groups, false);
        args.push(body.cell(&mut self.dice, col));
        self.rule(format!("{name}({})", args.join(", ")), "<=", body.lits);
        self.rels.push(rel);
    }

    /// A table whose rows replace each other.
    fn replaced(&mut self) {
        let Some(mut body) = self.body(Needs::Event) else { return };
        let name = self.name("r");
        let key = usize::from(self.dice.chance(75));
        let mut cols = vec![Col::Int; key];
        cols.push(Col::Int);
        let mut rel = self.declare("table", &name, &cols, key, "");
        if key == 0 {
            // The empty key stands before everything.
            let text = format!("table {name}(=> c0: int);");
            self.pieces.decls.pop();
            self.pieces.decls.push(text);
        }
        let mut args = self.numbers(&body, key, false);
        if self.dice.chance(35) {
            let atom =
                format!("{name}({})", [args.clone(), vec!["old".into()]].concat().join(", "));
            body.lits.push(format!("{atom} else old = 0"));
            args.push("old + count()".into());
        } else {
            let value = body.number(&mut self.dice, false);
            args.push(if self.dice.chance(60) { format!("max({value})") } else { value });
        }
        self.rule(format!("{name}({})", args.join(", ")), "<+-", body.lits);
        rel.may_lose = true;
        self.rels.push(rel);
    }

    /// A table with a key that keeps what it has.
    fn keyed(&mut self) {
        let Some(body) = self.body(Needs::Event) else { return };
        let name = self.name("f");
        let rel = self.declare("table", &name, &[Col::Int, Col::Int], 1, "");
        let args = self.numbers(&body, 2, false);
        let op = if self.dice.chance(30) { "<+" } else { "<=" };
        let mut lits = body.lits;
        if op == "<+" && self.dice.chance(50) {
            lits.push(format!("not {name}({}, _)", args[0]));
        }
        self.rule(format!("{name}({})", args.join(", ")), op, lits);
        self.rels.push(rel);
    }

    /// A rule that takes rows out of a table.
    fn lost(&mut self) {
        let all: Vec<Rel> = self.rels.iter().filter(|rel| rel.may_lose).cloned().collect();
        let Some(rel) = self.dice.pick(&all).cloned() else { return self.memory() };
        let Some(body) = self.body(Needs::Event) else { return };
        let mut args = self.numbers(&body, rel.cols.len(), false);
        for arg in &mut args {
            if self.dice.chance(25) {
                *arg = "_".into();
            }
        }
        self.rule(format!("{}({})", rel.name, args.join(", ")), "<-", body.lits);
    }

    /// A relation and its transitive closure.
    fn around(&mut self) {
        let of: Vec<Rel> = self
            .rels
            .iter()
            .filter(|rel| !rel.is_event && rel.cols == [Col::Int, Col::Int])
            .cloned()
            .collect();
        let Some(rel) = self.dice.pick(&of).cloned() else { return self.view() };
        let name = self.name("p");
        let path = self.declare("view", &name, &[Col::Int, Col::Int], 2, "");
        self.rule(format!("{name}(a, b)"), "<=", vec![format!("{}(a, b)", rel.name)]);
        let mut lits = vec![format!("{name}(a, b)"), format!("{}(b, c)", rel.name)];
        if self.dice.chance(35) {
            let others: Vec<Rel> = self.rels.iter().filter(|rel| !rel.is_event).cloned().collect();
            let mut maker = Maker { dice: &mut self.dice, rels: &others };
            lits.extend(maker.denied(&["a".into(), "b".into(), "c".into()]));
        }
        self.rule(format!("{name}(a, c)"), "<=", lits);
        self.rels.push(path);
    }

    /// Events that follow from events.
    fn moment(&mut self) {
        let Some(body) = self.body(Needs::Event) else { return };
        let width = self.width(&body);
        let name = self.name("s");
        let rel = self.declare("scratch", &name, &vec![Col::Int; width], width, "");
        let args = self.numbers(&body, width, true);
        let op = if self.dice.chance(20) { "<+" } else { "<=" };
        self.rule(format!("{name}({})", args.join(", ")), op, body.lits);
        self.rels.push(rel);
    }

    /// What is shown.
    fn shown(&mut self) {
        let needs = if self.dice.chance(35) { Needs::Event } else { Needs::Late };
        let Some(body) = self.body(needs).or_else(|| self.body(Needs::Event)) else { return };
        let name = self.name("o");
        let width = self.width(&body);
        let mut args = self.numbers(&body, width, true);
        let mut cols = vec![Col::Int; width];
        match self.dice.below(100) {
            0..=14 => {
                let x = body.number(&mut self.dice, false);
                let agg = ["count", "max", "sum", "min"][self.dice.below(4)];
                args.push(format!("{agg}({x})"));
                cols.push(Col::Made);
            }
            15..=24 => {
                let col = [Col::Max, Col::Min, Col::Set][self.dice.below(3)];
                args.push(body.cell(&mut self.dice, col));
                cols.push(col);
            }
            _ => {}
        }
        if self.dice.chance(10) {
            self.declare(
                "channel",
                &name,
                &[vec![Col::Node], cols.clone()].concat(),
                cols.len() + 1,
                "",
            );
            let args = [vec!["me".to_string()], args].concat();
            if cols.iter().all(|col| *col == Col::Int) {
                self.rule(format!("{name}({})", args.join(", ")), "<~", body.lits);
            }
            return;
        }
        let word = if self.dice.chance(20) { "@eventually output" } else { "output" };
        self.declare(word, &name, &cols, cols.len(), "");
        self.rule(format!("{name}({})", args.join(", ")), "<=", body.lits);
    }
}
