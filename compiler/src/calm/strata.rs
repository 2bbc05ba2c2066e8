//! Strata: in which order relations are completed. A rule that negates,
//! aggregates or reads a finished lattice value comes after all that it reads;
//! where that is in a circle there is no order. The words for circles are in
//! `cycles`. How rules are run is not known here.

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use petgraph::graph::NodeIndex;

use crate::calm::cycles;
use crate::diag::Diagnostic;
use crate::ids::RelId;
use crate::source::Span;
use crate::types::judge::Sign;
use crate::types::judge::atoms;
use crate::types::typed::Program;
use crate::types::typed::Rule;

/// The strata of a program.
#[derive(Clone, Debug, Default)]
pub struct Strata {
    /// Stratum of each relation.
    pub of_rel: Vec<u32>,
    /// Stratum of each rule: that of its head.
    pub of_rule: Vec<u32>,
    /// Number of strata.
    pub count: u32,
    /// Whether a relation depends on itself.
    pub recursive: Vec<bool>,
    /// Relations so that each comes after those it reads, cycles aside.
    pub order: Vec<RelId>,
    /// Number of the strongly connected component of each relation.
    pub scc_of_rel: Vec<u32>,
}

/// Why a rule needs all rows of what it reads, or does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// It does not: more rows there are more rows here.
    Growing,
    /// It stands under `not`.
    Not,
    /// It stands before `else`.
    Else,
    /// It stands under `all`.
    All,
    /// The rule aggregates.
    Aggregate,
    /// The finished value of a lattice column is read.
    Reveal,
}

/// A rule's head reads another relation.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Edge {
    pub rule: usize,
    pub head: RelId,
    pub reads: RelId,
    pub need: Need,
    pub span: Span,
}

/// All edges of a program, rule by rule.
pub fn edges(program: &Program) -> Vec<Edge> {
    let mut out = Vec::new();
    for (index, rule) in program.rules.iter().enumerate() {
        atoms(&rule.body.lits, &mut |atom, sign| {
            let need = match sign {
                Sign::Negated => Need::Not,
                Sign::Else => Need::Else,
                Sign::All => Need::All,
                Sign::Positive if !rule.aggs.is_empty() && !rule.grows => Need::Aggregate,
                Sign::Positive if atom.reveals || atom.news => Need::Reveal,
                Sign::Positive => Need::Growing,
            };
            let (head, reads, span) = (rule.head, atom.rel, atom.span);
            out.push(Edge { rule: index, head, reads, need, span });
        });
    }
    out
}

/// Orders the relations of a program; circles that cannot be ordered are
/// reported, and then the strata are of no use.
pub fn stratify(program: &Program, diags: &mut Vec<Diagnostic>) -> Strata {
    let edges = edges(program);
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    for _ in &program.rels {
        graph.add_node(());
    }
    for edge in &edges {
        let (from, to) = (edge.reads.index(), edge.head.index());
        graph.update_edge(NodeIndex::new(from), NodeIndex::new(to), ());
    }
    // What is read by others comes last out of the algorithm.
    let mut components = tarjan_scc(&graph);
    components.reverse();
    let mut strata = Strata {
        of_rel: vec![0; program.rels.len()],
        recursive: vec![false; program.rels.len()],
        scc_of_rel: vec![0; program.rels.len()],
        ..Strata::default()
    };
    for (number, component) in components.iter_mut().enumerate() {
        component.sort();
        for node in component.iter() {
            strata.scc_of_rel[node.index()] = number as u32;
            strata.recursive[node.index()] = component.len() > 1;
            strata.order.push(RelId(node.index() as u32));
        }
    }
    let mut reads: Vec<Vec<&Edge>> = vec![Vec::new(); components.len()];
    for edge in &edges {
        let own = strata.scc_of_rel[edge.head.index()];
        if edge.head == edge.reads {
            strata.recursive[edge.head.index()] = true;
        }
        if strata.scc_of_rel[edge.reads.index()] != own {
            reads[own as usize].push(edge);
        }
    }
    for (component, reads) in components.iter().zip(reads) {
        let after = |edge: &&Edge| {
            strata.of_rel[edge.reads.index()] + u32::from(edge.need != Need::Growing)
        };
        let stratum = reads.iter().map(after).max().unwrap_or(0);
        for node in component {
            strata.of_rel[node.index()] = stratum;
        }
    }
    strata.of_rule = program.rules.iter().map(|r| strata.of_rel[r.head.index()]).collect();
    strata.count = strata.of_rel.iter().max().map_or(0, |last| last + 1);
    cycles::report(program, &edges, &strata.scc_of_rel, diags);
    strata
}

/// The strata as text: relations and rules in the order in which they are
/// completed.
pub fn strata_text(program: &Program, strata: &Strata) -> String {
    let mut out = String::new();
    for stratum in 0..strata.count {
        out.push_str(&format!("stratum {stratum}\n"));
        for rel in strata.order.iter().filter(|r| strata.of_rel[r.index()] == stratum) {
            let name = &program.rels[rel.index()].name;
            let again = if strata.recursive[rel.index()] { " (recursive)" } else { "" };
            out.push_str(&format!("  {name}{again}\n"));
            for (number, rule) in program.rules.iter().enumerate() {
                if rule.head == *rel && !rule.is_fact {
                    out.push_str(&format!("    rule {number}: {}\n", reads(program, rule)));
                }
            }
            let facts = program.rules.iter().filter(|r| r.head == *rel && r.is_fact).count();
            match facts {
                0 => {}
                1 => out.push_str("    1 fact\n"),
                n => out.push_str(&format!("    {n} facts\n")),
            }
        }
    }
    out
}

/// `from link, not seen, finished best`
fn reads(program: &Program, rule: &Rule) -> String {
    let mut parts = Vec::new();
    atoms(&rule.body.lits, &mut |atom, sign| {
        let name = &program.rels[atom.rel.index()].name;
        parts.push(match sign {
            Sign::Negated => format!("not {name}"),
            Sign::Else => format!("{name} or else"),
            Sign::All => format!("all of {name}"),
            Sign::Positive if !rule.aggs.is_empty() && !rule.grows => format!("every {name}"),
            Sign::Positive if atom.reveals => format!("finished {name}"),
            Sign::Positive => name.clone(),
        });
    });
    if parts.is_empty() { "from nothing".to_string() } else { format!("from {}", parts.join(", ")) }
}
