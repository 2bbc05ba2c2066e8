//! What holds of a module wherever it is used: how each of its outputs follows
//! each of its inputs. It is read off one instance, of which all others are
//! copies. What is around the instance does not matter to it.

use std::collections::BTreeMap;

use crate::calm::model::ModuleOutput;
use crate::calm::model::ModuleSummary;
use crate::calm::model::Variance;
use crate::names::hir::Reach;

use super::edges::Builder;
use super::graph::HARD;
use super::graph::HISTORY;
use super::graph::MINUS;
use super::graph::PLUS;
use super::system::Rel;
use super::system::System;
use super::value::Node;

/// One summary for each module, by name.
pub(crate) fn summaries(system: &System<'_>, builder: &Builder<'_>) -> Vec<ModuleSummary> {
    let mut uses: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (instance, module) in &system.instances {
        uses.entry(module).or_default().push(instance);
    }
    let one = |(module, mut instances): (&str, Vec<&str>)| {
        instances.sort_unstable();
        instances.dedup();
        let outputs = instances.first().map(|prefix| outputs(builder, prefix));
        ModuleSummary {
            module: module.to_string(),
            instances: instances.iter().map(|i| i.trim_end_matches('.').to_string()).collect(),
            outputs: outputs.unwrap_or_default(),
        }
    };
    uses.into_iter().map(one).collect()
}

fn outputs(builder: &Builder<'_>, prefix: &str) -> Vec<ModuleOutput> {
    let rels = builder.rels;
    let own = |rel: &Rel, reach: Reach| {
        let of = rels.get(*rel);
        let inner = of.name.strip_prefix(prefix);
        of.reach == reach && inner.is_some_and(|name| !name.contains('.'))
    };
    // Of roles that have an instance each, the first one speaks for all.
    let role = (0..rels.len()).find(|rel| own(rel, Reach::Output)).map(|rel| rels.role(rel));
    let of = |reach: Reach| -> Vec<Rel> {
        (0..rels.len()).filter(|rel| Some(rels.role(*rel)) == role && own(rel, reach)).collect()
    };
    let inputs = of(Reach::Input);
    let nodes: Vec<Node> = inputs.iter().map(|rel| Node::Rows(*rel)).collect();
    let reach = builder.graph.reach(&nodes, &|_, _| false);
    let name = |rel: Rel| rels.get(rel).name.trim_start_matches(prefix).to_string();
    let mut out = Vec::new();
    for output in of(Reach::Output) {
        let mut all = Vec::new();
        for (at, input) in inputs.iter().enumerate() {
            let mut variance = Variance::Zero;
            let cols = (0..rels.get(output).cols.len()).map(|col| Node::Col(output, col));
            for node in std::iter::once(Node::Rows(output)).chain(cols) {
                let Some(node) = builder.graph.nodes.get(&node) else { continue };
                let states = [
                    (PLUS, Variance::Plus),
                    (MINUS, Variance::Minus),
                    (HISTORY, Variance::Any),
                    (HARD, Variance::Any),
                ];
                for (state, is) in states {
                    if reach.has(*node, state, at) {
                        variance = variance.join(is);
                    }
                }
            }
            all.push((name(*input), variance));
        }
        out.push(ModuleOutput { output: name(output), inputs: all });
    }
    out
}
