//! The cases as Ascent programs, compiled into this binary. They are written as a user of Ascent
//! would write them, rule for rule and atom for atom like the Bloom programs beside them; neither
//! side is arranged to suit its engine. Only loading and sizes are shared with the rest.

use std::path::Path;

use crate::Size;
use crate::load;

/// Runs the Ascent program of a case over a folder of CSV files.
pub fn run(case: &str, folder: &Path) -> Result<Vec<Size>, String> {
    match crate::cases::find(case).map_or(case, |case| case.program) {
        "tc" => closure::run(folder),
        "reach" => reach::run(folder),
        "sg" => generation::run(folder),
        "cc" => components::run(folder),
        "sssp" => distances::run(folder),
        "andersen" => andersen::run(folder),
        "cspa" => cspa::run(folder),
        "tri" => triangles::run(folder),
        "clique" => cliques::run(folder),
        "bowtie" => bowties::run(folder),
        "analytic" => analytic::run(folder),
        _ => Err(format!("no Ascent program for `{case}`")),
    }
}

fn singles(folder: &Path, relation: &str) -> Result<Vec<(u32,)>, String> {
    Ok(load::rows(folder, relation)?.into_iter().map(|[a]| (a,)).collect())
}

fn pairs(folder: &Path, relation: &str) -> Result<Vec<(u32, u32)>, String> {
    Ok(load::rows(folder, relation)?.into_iter().map(|[a, b]| (a, b)).collect())
}

mod closure {
    use super::*;

    ascent::ascent! {
        struct Program;
        relation arc(u32, u32);
        relation tc(u32, u32);

        tc(x, y) <-- arc(x, y);
        tc(x, y) <-- tc(x, z), arc(z, y);
    }

    pub fn run(folder: &Path) -> Result<Vec<Size>, String> {
        let mut program = Program { arc: pairs(folder, "arc")?, ..Default::default() };
        program.run();
        Ok(vec![("tc", program.tc.len())])
    }
}

mod reach {
    use super::*;

    ascent::ascent! {
        struct Program;
        relation arc(u32, u32);
        relation source(u32);
        relation reach(u32);

        reach(x) <-- source(x);
        reach(y) <-- reach(x), arc(x, y);
    }

    pub fn run(folder: &Path) -> Result<Vec<Size>, String> {
        let mut program = Program {
            arc: pairs(folder, "arc")?,
            source: singles(folder, "source")?,
            ..Default::default()
        };
        program.run();
        Ok(vec![("reach", program.reach.len())])
    }
}

mod generation {
    use super::*;

    ascent::ascent! {
        struct Program;
        relation arc(u32, u32);
        relation sg(u32, u32);

        sg(x, y) <-- arc(p, x), arc(p, y), if x != y;
        sg(x, y) <-- arc(a, x), sg(a, b), arc(b, y);
    }

    pub fn run(folder: &Path) -> Result<Vec<Size>, String> {
        let mut program = Program { arc: pairs(folder, "arc")?, ..Default::default() };
        program.run();
        Ok(vec![("sg", program.sg.len())])
    }
}

mod components {
    use super::*;
    use ascent::Dual;

    ascent::ascent! {
        struct Program;
        relation arc(u32, u32);
        lattice cc(u32, Dual<u32>);

        cc(n, Dual(*n)) <-- arc(n, _);
        cc(n, label) <-- cc(m, label), arc(m, n);
    }

    pub fn run(folder: &Path) -> Result<Vec<Size>, String> {
        let mut program = Program { arc: pairs(folder, "arc")?, ..Default::default() };
        program.run();
        Ok(vec![("cc", program.cc.len())])
    }
}

mod distances {
    use super::*;
    use ascent::Dual;

    ascent::ascent! {
        struct Program;
        relation arc(u32, u32, u32);
        relation start(u32);
        lattice sssp(u32, Dual<u32>);

        sssp(n, Dual(0)) <-- start(n);
        sssp(y, Dual(d.0 + w)) <-- sssp(x, d), arc(x, y, w);
    }

    pub fn run(folder: &Path) -> Result<Vec<Size>, String> {
        let arc = load::rows(folder, "arc")?.into_iter().map(|[a, b, w]| (a, b, w)).collect();
        let mut program = Program { arc, start: singles(folder, "start")?, ..Default::default() };
        program.run();
        Ok(vec![("sssp", program.sssp.len())])
    }
}

mod andersen {
    use super::*;

    ascent::ascent! {
        struct Program;
        relation address_of(u32, u32);
        relation assign(u32, u32);
        relation load(u32, u32);
        relation store(u32, u32);
        relation points_to(u32, u32);

        points_to(y, x) <-- address_of(y, x);
        points_to(y, x) <-- assign(y, z), points_to(z, x);
        points_to(y, w) <-- load(y, x), points_to(x, z), points_to(z, w);
        points_to(z, w) <-- store(y, x), points_to(y, z), points_to(x, w);
    }

    pub fn run(folder: &Path) -> Result<Vec<Size>, String> {
        let mut program = Program {
            address_of: pairs(folder, "address_of")?,
            assign: pairs(folder, "assign")?,
            load: pairs(folder, "load")?,
            store: pairs(folder, "store")?,
            ..Default::default()
        };
        program.run();
        Ok(vec![("points_to", program.points_to.len())])
    }
}

mod cspa {
    use super::*;

    ascent::ascent! {
        struct Program;
        relation assign(u32, u32);
        relation dereference(u32, u32);
        relation value_flow(u32, u32);
        relation memory_alias(u32, u32);
        relation value_alias(u32, u32);

        value_flow(y, x) <-- assign(y, x);
        value_flow(x, y) <-- assign(x, z), memory_alias(z, y);
        value_flow(x, y) <-- value_flow(x, z), value_flow(z, y);
        memory_alias(x, w) <-- dereference(y, x), value_alias(y, z), dereference(z, w);
        value_alias(x, y) <-- value_flow(z, x), value_flow(z, y);
        value_alias(x, y) <-- value_flow(z, x), memory_alias(z, w), value_flow(w, y);
        value_flow(x, x) <-- assign(x, _);
        value_flow(x, x) <-- assign(_, x);
        memory_alias(x, x) <-- assign(_, x);
        memory_alias(x, x) <-- assign(x, _);
    }

    pub fn run(folder: &Path) -> Result<Vec<Size>, String> {
        let mut program = Program {
            assign: pairs(folder, "assign")?,
            dereference: pairs(folder, "dereference")?,
            ..Default::default()
        };
        program.run();
        Ok(vec![
            ("value_flow", program.value_flow.len()),
            ("memory_alias", program.memory_alias.len()),
            ("value_alias", program.value_alias.len()),
        ])
    }
}

mod triangles {
    use super::*;

    ascent::ascent! {
        struct Program;
        relation edge(u32, u32);
        relation tri(u32, u32, u32);

        tri(a, b, c) <-- edge(a, b), edge(b, c), edge(a, c);
    }

    pub fn run(folder: &Path) -> Result<Vec<Size>, String> {
        let mut program = Program { edge: pairs(folder, "edge")?, ..Default::default() };
        program.run();
        Ok(vec![("tri", program.tri.len())])
    }
}

mod cliques {
    use super::*;

    ascent::ascent! {
        struct Program;
        relation edge(u32, u32);
        relation clique(u32, u32, u32, u32);

        clique(a, b, c, d) <-- edge(a, b), edge(b, c), edge(a, c), edge(a, d), edge(b, d), edge(c, d);
    }

    pub fn run(folder: &Path) -> Result<Vec<Size>, String> {
        let mut program = Program { edge: pairs(folder, "edge")?, ..Default::default() };
        program.run();
        Ok(vec![("clique", program.clique.len())])
    }
}

mod bowties {
    use super::*;

    ascent::ascent! {
        struct Program;
        relation edge(u32, u32);
        relation bowtie(u32, u32, u32, u32, u32);

        bowtie(a, b, c, d, e) <--
            edge(a, b), edge(b, c), edge(a, c), edge(a, d), if b < d, edge(d, e), edge(a, e);
    }

    pub fn run(folder: &Path) -> Result<Vec<Size>, String> {
        let mut program = Program { edge: pairs(folder, "edge")?, ..Default::default() };
        program.run();
        Ok(vec![("bowtie", program.bowtie.len())])
    }
}

mod analytic {
    use super::*;

    // An aggregate needs its groups enumerated first, hence `category` and the join with
    // `active`. A category without a sale would get the sum 0 here and no row in Bloom; the
    // input has none.
    ascent::ascent! {
        struct Program;
        relation orders(u32, u32, u32, u32);
        relation product(u32, u32);
        relation customer(u32);
        relation blocked(u32);
        relation returned(u32);
        relation sale(u32, u32, u32, u32);
        relation category(u32);
        relation category_total(u32, u32);
        relation active(u32);
        relation idle(u32);
        relation best(u32, u32);

        sale(k, c, o, q) <-- orders(o, c, p, q), product(p, k), !blocked(c), !returned(o);
        category(k) <-- product(_, k);
        category_total(k, s) <--
            category(k), agg s = ascent::aggregators::sum(q) in sale(k, _, _, q);
        active(c) <-- sale(_, c, _, _);
        idle(c) <-- customer(c), !active(c);
        best(c, m) <-- active(c), agg m = ascent::aggregators::max(q) in sale(_, c, _, q);
    }

    pub fn run(folder: &Path) -> Result<Vec<Size>, String> {
        let orders = load::rows(folder, "orders")?;
        let mut program = Program {
            orders: orders.into_iter().map(|[o, c, p, q]| (o, c, p, q)).collect(),
            product: pairs(folder, "product")?,
            customer: singles(folder, "customer")?,
            blocked: singles(folder, "blocked")?,
            returned: singles(folder, "returned")?,
            ..Default::default()
        };
        program.run();
        Ok(vec![
            ("sale", program.sale.len()),
            ("category_total", program.category_total.len()),
            ("idle", program.idle.len()),
            ("best", program.best.len()),
        ])
    }
}
