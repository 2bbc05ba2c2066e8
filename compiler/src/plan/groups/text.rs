//! A divided program as text for people: where everything is, what is sent, what
//! runs together, and what waits for what, with why. How it was divided is not
//! decided here.

use std::fmt::Write;

use crate::calm::obstacles;
use crate::ids::RelId;
use crate::plan::groups::Divided;
use crate::plan::groups::Edge;
use crate::plan::groups::Gate;
use crate::plan::groups::Why;
use crate::plan::spread::Place;
use crate::source::Span;
use crate::types::typed::Program;

/// Rows below which a number is told as it is.
const EXACT: f64 = 1_000.0;

/// Placement, rows sent, groups and edges. `place` tells where in the text
/// something is.
pub fn text(divided: &Divided, source: &Program, place: &dyn Fn(Span) -> String) -> String {
    let teller = Teller { divided, source, place };
    let mut out = match divided.workers {
        1 => "1 worker\n".to_owned(),
        n => format!("{n} workers\n"),
    };
    teller.placement(&mut out);
    teller.groups(&mut out);
    teller.edges(&mut out);
    out
}

/// What a rule does that needs all rows: `not`, `count`.
pub fn operator(gate: &Gate, source: &Program) -> &'static str {
    let rule = source.rules.get(gate.rule);
    let of = rule.and_then(|rule| rule.aggs.first());
    match (gate.why, of) {
        (Why::Aggregate | Why::Finish, Some(agg)) => obstacles::word(agg.func),
        (Why::Grows, _) => "join",
        (Why::Not, _) => "not",
        (Why::Else, _) => "else",
        (Why::All, _) => "all",
        (Why::Reveal, _) => "reveal",
        (Why::Aggregate | Why::Finish, None) => "aggregate",
    }
}

/// In a sentence, why a rule cannot begin before.
pub fn because(gate: &Gate, name: &str) -> String {
    match gate.why {
        _ if gate.parts => {
            format!("each worker goes through its own rows of `{name}`, then all is put together")
        }
        Why::Grows => format!("each row of `{name}` goes on when it comes"),
        Why::Not => format!("`not` is known when no row of `{name}` is missing"),
        Why::Else => format!("`else` is known when no row of `{name}` is missing"),
        Why::All => format!("`all` is known when no row of `{name}` is missing"),
        Why::Aggregate => format!("it aggregates, so it needs every row of `{name}`"),
        Why::Reveal => format!("it reads the finished value of `{name}`"),
        Why::Finish => {
            format!("the aggregates of `{name}` are read when they do not grow any more")
        }
    }
}

struct Teller<'a> {
    divided: &'a Divided,
    source: &'a Program,
    place: &'a dyn Fn(Span) -> String,
}

impl Teller<'_> {
    fn name(&self, rel: RelId) -> &str {
        &self.divided.spread.program.rels[rel.index()].name
    }

    fn placement(&self, out: &mut String) {
        if self.divided.workers == 1 {
            return;
        }
        out.push_str("\nplacement\n");
        let spread = &self.divided.spread;
        let rels: Vec<RelId> = self.shown();
        let wide = rels.iter().map(|rel| self.name(*rel).len()).max().unwrap_or(0);
        for rel in rels {
            let loads = spread.loads.iter().any(|(_, copy)| *copy == rel);
            let copy = match spread.copy_of[rel.index()] {
                Some(of) if loads => format!(", loaded with `{}`", self.name(of)),
                Some(of) => format!(", a copy of `{}`", self.name(of)),
                None => String::new(),
            };
            let _ = writeln!(
                out,
                "  {:wide$}  {}{copy}",
                self.name(rel),
                place_text(self.divided, rel)
            );
        }
        let sent = self.divided.sent();
        if sent.is_empty() {
            out.push_str("\nno rows are sent\n");
            return;
        }
        let known = "of relations of unknown size as if these had 1,000 rows";
        let _ = writeln!(out, "\nrows sent, {known}");
        for one in sent {
            let name = self.name(one.rel);
            let _ = writeln!(out, "  about {} of {name}, {}", number(one.rows), self.by(one.rule));
        }
    }

    /// Relations that something happens with.
    fn shown(&self) -> Vec<RelId> {
        let program = &self.divided.spread.program;
        let mut used = vec![false; program.rels.len()];
        program.rules.iter().for_each(|rule| used[rule.head.index()] = true);
        self.divided.groups.edges.iter().for_each(|edge| used[edge.reads.index()] = true);
        let rels = (0..used.len()).filter(|rel| used[*rel]).map(|rel| RelId(rel as u32));
        rels.filter(|rel| Some(*rel) != self.divided.spread.number).collect()
    }

    /// `rule 3`, or what a rule does that nobody wrote.
    fn by(&self, rule: usize) -> String {
        match self.divided.spread.sources[rule] {
            u32::MAX => "to copy it".to_owned(),
            source => format!("rule {source}"),
        }
    }

    fn groups(&self, out: &mut String) {
        let groups = &self.divided.groups;
        let is_filled = |rel: &RelId| {
            groups.edges.iter().any(|edge| edge.head == *rel)
                || self.divided.spread.program.rules.iter().any(|rule| rule.head == *rel)
        };
        for (number, group) in groups.groups.iter().enumerate() {
            let names: Vec<&str> =
                group.rels.iter().filter(|rel| is_filled(rel)).map(|rel| self.name(*rel)).collect();
            if names.is_empty() {
                continue;
            }
            let late = if group.late { " (rows come from other workers meanwhile)" } else { "" };
            let _ = writeln!(out, "\ngroup {number}: {}{late}", names.join(", "));
            let inside = |edge: &&Edge| {
                let is_number = Some(edge.reads) == self.divided.spread.number;
                groups.of_rel[edge.head.index()] == number as u32 && !is_number
            };
            for edge in groups.edges.iter().filter(inside) {
                self.edge(edge, out);
            }
        }
    }

    fn edge(&self, edge: &Edge, out: &mut String) {
        let (reads, head) = (self.name(edge.reads), self.name(edge.head));
        let kind = edge.kind.word();
        let _ = writeln!(out, "  {head} <= {reads}: {kind}, {}", self.by(edge.rule));
    }

    fn edges(&self, out: &mut String) {
        let gates = &self.divided.gates;
        if gates.is_empty() {
            out.push_str("\nno gates: nothing waits for another worker\n");
            return;
        }
        let times = match self.divided.groups.frontiers() {
            1 => "the frontier is waited for once".to_owned(),
            n => format!("the frontier is waited for {n} times"),
        };
        let _ = writeln!(out, "\ngates, {times}");
        for gate in gates {
            let (head, reads) = (&self.source.rels[gate.head.index()].name, self.reads(gate));
            let at = (self.place)(gate.span);
            let _ = writeln!(out, "  {} of `{head}` waits for all of `{reads}`", self.rule(gate));
            let _ = writeln!(out, "    at {at}: {}", because(gate, reads));
            let _ = writeln!(
                out,
                "    group {} after group {}, in which about {} rows are sent",
                gate.before,
                gate.after,
                number(gate.sent)
            );
        }
    }

    fn reads(&self, gate: &Gate) -> &str {
        &self.source.rels[gate.reads.index()].name
    }

    fn rule(&self, gate: &Gate) -> String {
        format!("rule {}", gate.rule)
    }
}

/// `divided by a`, `at the first worker`.
pub fn place_text(divided: &Divided, rel: RelId) -> String {
    let of = &divided.spread.program.rels[rel.index()];
    match &divided.spread.places[rel.index()] {
        Place::Everywhere => "at every worker".to_owned(),
        Place::First => "at the first worker".to_owned(),
        Place::Own => "each worker has its own".to_owned(),
        Place::Hash(cols) => {
            let names = cols.iter().filter_map(|col| of.cols.get(*col));
            let names: Vec<&str> = names.map(|col| col.name.as_str()).collect();
            format!("divided by {}", names.join(", "))
        }
    }
}

/// `875`, `12,000`: numbers that are guesses are told with two digits.
pub fn number(rows: f64) -> String {
    let rounded = if rows < EXACT {
        rows.round()
    } else {
        let scale = 10f64.powf(rows.log10().floor() - 1.0);
        (rows / scale).round() * scale
    };
    let digits = format!("{rounded:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
