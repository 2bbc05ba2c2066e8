//! The way from resolved to typed: declarations, constants, functions, then
//! rules. It only says in which order; each step has its own room.

use crate::diag::Diagnostic;
use crate::names::hir;
use crate::types::constants;
use crate::types::context::Env;
use crate::types::groups;
use crate::types::schema;
use crate::types::ty::Ty;
use crate::types::typed;

/// Finds the type of everything. It never fails: what has an error gets
/// [`Ty::Error`], rules with errors are left out and their heads are listed in
/// `bad_rules`. Literals stay in source order; growth is not judged yet.
pub fn infer(program: &hir::Program, diags: &mut Vec<Diagnostic>) -> typed::Program {
    let mut env = Env {
        hir: program,
        rels: program.rels.iter().map(|rel| schema::rel(rel, program, diags)).collect(),
        enums: schema::enums(program),
        records: schema::records(program),
        fns: program.fns.iter().map(signature).collect(),
        consts: program.consts.iter().map(|_| Ty::Error).collect(),
    };
    let consts = constants::consts(&mut env, program, diags);
    let fns = constants::fns(&env, program, diags);
    constants::defaults(&mut env, program, diags);
    let outcome = groups::rules(&mut env, program, diags);
    typed::Program {
        rels: env.rels,
        rules: outcome.rules.into_iter().flatten().collect(),
        fns,
        consts,
        enums: env.enums,
        records: env.records,
        bad_rules: outcome.bad,
        tests: typed::Tests::default(),
    }
}

fn signature(f: &hir::Fn) -> (Vec<Ty>, Ty) {
    (f.params.iter().map(|(_, t)| schema::plain(t)).collect(), schema::plain(&f.ret))
}
