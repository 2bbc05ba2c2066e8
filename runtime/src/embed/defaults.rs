//! The values of columns that files lack. A default may be any expression
//! without variables, so it is computed as any other: by a program of one
//! fact per default, run in an engine of its own. This room must not know
//! files.

use bloom_compiler::calm::strata::Strata;
use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::types::typed;

use crate::connect::schema::Filler;
use crate::embed::failure;
use crate::kernel::Engine;
use crate::kernel::Limits;
use crate::value::merge::Merge;

/// The fillers of every relation, column by column, with words of `engine`.
pub fn fillers(
    program: &typed::Program,
    engine: &mut Engine,
) -> Result<Vec<Vec<Filler>>, Box<Diagnostic>> {
    let mut all: Vec<Vec<Filler>> = Vec::with_capacity(program.rels.len());
    let mut values = Vec::new();
    for (r, rel) in program.rels.iter().enumerate() {
        let mut fillers = Vec::with_capacity(rel.cols.len());
        for (c, column) in rel.cols.iter().enumerate() {
            fillers.push(match &column.default {
                None => Filler::Required,
                Some(typed::Default::Line) => Filler::Line,
                Some(typed::Default::Value(value)) => {
                    values.push((r, c, value));
                    Filler::Required
                }
            });
        }
        all.push(fillers);
    }
    if values.is_empty() {
        return Ok(all);
    }
    let exprs: Vec<&typed::Expr> = values.iter().map(|(_, _, value)| *value).collect();
    let mut other = computed(program, &exprs, engine)?;
    for (i, (r, c, _)) in values.iter().enumerate() {
        // Partial functions give no row: then there is no default.
        if let Some(&word) = other.rows(RelId(i as u32)).first() {
            let plan = other.plan();
            let ty = plan.rels[i].declared[0].ty;
            let word =
                Merge::new(&plan.types, other.interner()).word(ty, word, engine.interner_mut());
            all[*r][*c] = Filler::Word(word);
        }
    }
    Ok(all)
}

/// The time between two events of each periodic, in nanoseconds.
pub fn periods(
    program: &typed::Program,
    engine: &Engine,
) -> Result<Vec<(RelId, i64)>, Box<Diagnostic>> {
    let of = |(i, rel): (usize, &typed::Rel)| Some((RelId(i as u32), rel.every.clone()?));
    let periods: Vec<(RelId, typed::Expr)> =
        program.rels.iter().enumerate().filter_map(of).collect();
    if periods.is_empty() {
        return Ok(Vec::new());
    }
    let exprs: Vec<&typed::Expr> = periods.iter().map(|(_, every)| every).collect();
    let mut other = computed(program, &exprs, engine)?;
    let mut found = Vec::new();
    for (i, (rel, every)) in periods.iter().enumerate() {
        let nanos = other.rows(RelId(i as u32)).first().map(|word| *word as i64);
        match nanos.filter(|nanos| *nanos > 0) {
            Some(nanos) => found.push((*rel, nanos)),
            None => {
                let name = &program.rels[rel.index()].name;
                let title = format!("the period of `{name}` is not positive");
                let diagnostic = Diagnostic::error(codes::BAD_ARGUMENT, every.span, title)
                    .at("no time passes between two of its events")
                    .help("write a duration such as `1s`");
                return Err(Box::new(diagnostic));
            }
        }
    }
    Ok(found)
}

/// An engine with a relation for each of the values.
fn computed(
    program: &typed::Program,
    exprs: &[&typed::Expr],
    engine: &Engine,
) -> Result<Engine, Box<Diagnostic>> {
    let (small, strata) = facts(program, exprs);
    let mut other = Engine::new(plan::build(&small, &strata, &plan::Sizes::default()));
    if let Some(natives) = engine.natives() {
        other.bring(natives);
    }
    match other.run(&Limits::default()) {
        Ok(()) => Ok(other),
        Err(failed) => Err(Box::new(failure::diagnostic(&failed, &small, &other))),
    }
}

/// The program with one relation and one fact for each expression.
fn facts(program: &typed::Program, exprs: &[&typed::Expr]) -> (typed::Program, Strata) {
    let mut rels = Vec::new();
    let mut rules = Vec::new();
    for (i, expr) in exprs.iter().enumerate() {
        let column = typed::Col {
            name: "value".into(),
            ty: expr.ty.clone(),
            role: typed::Role::Key,
            lattice: None,
            grows: None,
            default: None,
            span: expr.span,
        };
        let name = format!("default_{i}");
        rels.push(typed::Rel::view(name, vec![column], expr.span, expr.span));
        rules.push(typed::Rule {
            head: RelId(i as u32),
            args: vec![(*expr).clone()],
            aggs: Vec::new(),
            group: Vec::new(),
            grows: false,
            body: typed::Body::default(),
            vars: Vec::new(),
            is_fact: true,
            order: Vec::new(),
            span: expr.span,
            head_span: expr.span,
        });
    }
    let count = exprs.len();
    let strata = Strata {
        of_rel: vec![0; count],
        of_rule: vec![0; count],
        count: 1,
        recursive: vec![false; count],
        order: (0..count as u32).map(RelId).collect(),
        scc_of_rel: (0..count as u32).collect(),
    };
    let small = typed::Program {
        rels,
        rules,
        fns: program.fns.clone(),
        consts: program.consts.clone(),
        enums: program.enums.clone(),
        records: program.records.clone(),
        ..typed::Program::default()
    };
    (small, strata)
}
