//! The input of every case, made from a fixed seed and written as CSV without a header: one file
//! per relation, named like it. The distributions are chosen so that each case stresses one thing
//! (size of a closure, number of rounds, skew, lattices, negation). Nobody but this room knows
//! the sizes; programs only see rows.

use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;

use crate::cases::Case;
use crate::cases::Scale;
use crate::random::Random;

/// The relations of one case, by name.
pub type Tables = Vec<(&'static str, Table)>;

/// The rows of one relation, all columns in one vector.
pub struct Table {
    columns: usize,
    cells: Vec<u32>,
}

impl<const N: usize> From<Vec<[u32; N]>> for Table {
    fn from(rows: Vec<[u32; N]>) -> Table {
        Table { columns: N, cells: rows.into_flattened() }
    }
}

/// The node from which reachability starts: the most frequent source of skewed arcs.
const HUB: u64 = 12_345;

/// Writes the input of a case unless it is there. The folder appears by a rename, complete or not
/// at all, so an interrupted run leaves no half input behind.
pub fn ensure(case: &Case, scale: Scale, data: &Path) -> Result<(), String> {
    let folder = case.folder(scale, data);
    if folder.is_dir() {
        return Ok(());
    }
    let partial = folder.with_extension(format!("partial-{}", std::process::id()));
    write(&(case.generate)(scale), &partial)
        .and_then(|()| fs::rename(&partial, &folder))
        .map_err(|error| format!("cannot write {}: {error}", folder.display()))
}

fn write(tables: &Tables, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (relation, table) in tables {
        let file = fs::File::create(folder.join(relation).with_extension("csv"))?;
        let mut out = io::BufWriter::with_capacity(1 << 20, file);
        for row in table.cells.chunks_exact(table.columns) {
            for (column, cell) in row.iter().enumerate() {
                let separator = if column == 0 { "" } else { "," };
                write!(out, "{separator}{cell}")?;
            }
            out.write_all(b"\n")?;
        }
        out.flush()?;
    }
    Ok(())
}

/// Four arcs per node: one component, a closure of nearly all pairs.
pub fn tc_small_graph(scale: Scale) -> Tables {
    let arcs = Random::new(1).uniform_arcs(scale.square(1_500), scale.square(6_000));
    vec![("arc", arcs.into())]
}

/// Five arcs per node, a closure of fifteen million pairs: what memory per row costs.
pub fn tc_large_graph(scale: Scale) -> Tables {
    let arcs = Random::new(2).uniform_arcs(scale.square(4_000), scale.square(20_000));
    vec![("arc", arcs.into())]
}

/// A path: as many rounds as arcs, each with fewer rows than the last.
pub fn tc_chain(scale: Scale) -> Tables {
    let arcs: Vec<[u32; 2]> =
        (0..scale.square(2_000) as u32).map(|node| [node, node + 1]).collect();
    vec![("arc", arcs.into())]
}

/// A million skewed arcs: mostly the cost of loading and indexing.
pub fn reach_small_graph(scale: Scale) -> Tables {
    reach(3, scale.linear(200_000), scale.linear(1_000_000))
}

/// The same ten times larger, beyond every cache.
pub fn reach_large_graph(scale: Scale) -> Tables {
    reach(4, scale.linear(2_000_000), scale.linear(10_000_000))
}

/// A path from its first node: one new row in each round.
pub fn reach_chain(scale: Scale) -> Tables {
    let arcs: Vec<[u32; 2]> =
        (0..scale.linear(50_000) as u32).map(|node| [node, node + 1]).collect();
    vec![("arc", arcs.into()), ("source", vec![[0u32]].into())]
}

fn reach(seed: u64, nodes: u64, count: u64) -> Tables {
    let arcs = Random::new(seed).skewed_arcs(nodes, count, 1.5, 1.3);
    let source = vec![[(HUB % nodes) as u32]];
    vec![("arc", arcs.into()), ("source", source.into())]
}

/// A sparse graph whose pairs of equal depth are nearly all pairs.
pub fn same_generation(scale: Scale) -> Tables {
    let arcs = Random::new(5).uniform_arcs(scale.square(2_000), scale.square(7_000));
    vec![("arc", arcs.into())]
}

/// An undirected graph, each edge as two arcs, with one giant component and many tiny ones.
pub fn components(scale: Scale) -> Tables {
    let mut random = Random::new(6);
    let edges = random.uniform_arcs(scale.linear(500_000), scale.linear(700_000));
    let mut arcs: Vec<[u32; 2]> = edges.iter().flat_map(|&[a, b]| [[a, b], [b, a]]).collect();
    random.shuffle(&mut arcs);
    vec![("arc", arcs.into())]
}

/// Weights from 1 to 100, so that distances improve many times before they settle.
pub fn shortest_paths(scale: Scale) -> Tables {
    let mut random = Random::new(7);
    let plain = random.uniform_arcs(scale.linear(300_000), scale.linear(2_000_000));
    let arcs: Vec<[u32; 3]> =
        plain.into_iter().map(|[from, to]| [from, to, 1 + random.below(100)]).collect();
    vec![("arc", arcs.into()), ("start", vec![[1u32]].into())]
}

/// Variables dense enough for one giant component of the points-to relation: its size then
/// hardly depends on single statements.
pub fn andersen(scale: Scale) -> Tables {
    let mut random = Random::new(8);
    let variables = scale.square(6_500);
    let statements =
        |(relation, count)| (relation, random.uniform_arcs(variables, scale.square(count)).into());
    [("address_of", 2_000), ("assign", 7_000), ("load", 450), ("store", 450)].map(statements).into()
}

/// Many small procedures with statements of their own and a call now and then: value flow stays
/// local, and the three mutually recursive relations stay bounded.
pub fn cspa(scale: Scale) -> Tables {
    const VARIABLES: u64 = 30;
    let mut random = Random::new(9);
    let mut assign = Vec::new();
    let mut dereference = Vec::new();
    for procedure in 0..scale.linear(1_600) {
        let base = (procedure * VARIABLES) as u32;
        for (statements, count) in [(&mut assign, 34), (&mut dereference, 16)] {
            for _ in 0..count {
                let target = base + random.below(VARIABLES);
                let source = base + random.below(VARIABLES);
                if target != source {
                    statements.push([target, source]);
                }
            }
        }
        if procedure > 0 && random.once_in(4) {
            let target = base + random.below(VARIABLES);
            assign.push([target, random.below(u64::from(base))]);
        }
    }
    for statements in [&mut assign, &mut dereference] {
        statements.sort_unstable();
        statements.dedup();
    }
    vec![("assign", assign.into()), ("dereference", dereference.into())]
}

/// Strongly skewed arcs from the smaller to the larger node, so every triangle is found once; a
/// join of two arcs alone would be far larger than the result.
pub fn triangles(scale: Scale) -> Tables {
    upward(10, scale.linear(100_000), scale.linear(1_500_000))
}

/// The same, denser: four nodes that all know each other are not rare.
pub fn cliques(scale: Scale) -> Tables {
    upward(12, scale.linear(20_000), scale.linear(600_000))
}

/// The same, sparser: pairs of triangles with a common node are many.
pub fn bowties(scale: Scale) -> Tables {
    upward(13, scale.linear(100_000), scale.linear(400_000))
}

fn upward(seed: u64, nodes: u64, count: u64) -> Tables {
    let mut random = Random::new(seed);
    let arcs = random.skewed_arcs(nodes, count, 1.8, 1.8);
    let mut edges: Vec<[u32; 2]> = arcs.into_iter().map(|[a, b]| [a.min(b), a.max(b)]).collect();
    edges.sort_unstable();
    edges.dedup();
    random.shuffle(&mut edges);
    vec![("edge", edges.into())]
}

/// A day of a shop: many orders, some products and customers, a twentieth blocked or returned.
pub fn analytic(scale: Scale) -> Tables {
    const CATEGORIES: u64 = 200;
    let mut random = Random::new(11);
    let orders = scale.linear(4_000_000) as u32;
    let customers = scale.linear(300_000);
    let products = scale.linear(20_000);
    let order: Vec<[u32; 4]> = (0..orders)
        .map(|order| {
            let customer = random.skewed(customers, 1.3);
            let product = random.skewed(products, 1.3);
            [order, customer, product, 1 + random.below(50)]
        })
        .collect();
    let product: Vec<[u32; 2]> =
        (0..products as u32).map(|product| [product, random.below(CATEGORIES)]).collect();
    let customer: Vec<[u32; 1]> = (0..customers as u32).map(|customer| [customer]).collect();
    let mut twentieth = |count: u32| -> Vec<[u32; 1]> {
        (0..count).filter(|_| random.once_in(20)).map(|id| [id]).collect()
    };
    let blocked = twentieth(customers as u32);
    let returned = twentieth(orders);
    vec![
        ("orders", order.into()),
        ("product", product.into()),
        ("customer", customer.into()),
        ("blocked", blocked.into()),
        ("returned", returned.into()),
    ]
}
