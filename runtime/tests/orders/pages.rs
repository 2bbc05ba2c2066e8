//! The canonical programs of several roles in many orders: each gets a test that gives its inputs
//! rows by chance. What is free on its page agrees, and what waits is seen to differ, but for what
//! is listed with a reason. What the pages say of a program is not known here beyond its text.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use bloom::embed::Imports;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::driver::Role;
use bloom_compiler::names::hir::Reach;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::oracle::random::Dice;
use bloom_compiler::types::ty::Ty;
use bloom_compiler::types::typed;
use libtest_mimic::Failed;

use crate::blocks;
use crate::stage::Stage;
use crate::trying;
use crate::trying::Outcome;

/// The least number of canonical programs of several roles.
const AT_LEAST: usize = 10;
/// Sets of inputs of each.
const SETS: u64 = 8;
/// Rows of one set, at most.
const ROWS: usize = 10;

/// What waits by its page and was not seen to differ, with why.
const UNSEEN: &[(&str, &str)] = &[];

/// Runs them all.
pub fn agree() -> Result<(), Failed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compiler/spec/calm");
    let mut paths: Vec<_> = fs::read_dir(folder)?.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "md"));
    paths.sort();
    let (mut wrong, mut unseen, mut tried) = (Vec::new(), Vec::new(), 0);
    for path in paths {
        let page = fs::read_to_string(&path)?;
        for block in blocks::blocks(&page).into_iter().filter(|block| block.is_program()) {
            let Some(outcome) = judged(&block.text, SETS)? else { continue };
            tried += 1;
            wrong.extend(outcome.wrong.iter().map(|why| format!("{}: {why}", block.heading)));
            let known = |name: &String| !outcome.differs.contains(name);
            let waits = waiting(&block.text).into_iter().filter(known);
            unseen.extend(waits.map(|name| format!("{}: {name}", block.heading)));
        }
    }
    if !wrong.is_empty() {
        return Err(wrong.join("\n").into());
    }
    if tried < AT_LEAST {
        return Err(format!("{tried} canonical programs of several roles are too few").into());
    }
    let known: Vec<String> = UNSEEN.iter().map(|(of, _)| (*of).to_string()).collect();
    // Few orders need not show everything.
    let stale = known.iter().filter(|of| !unseen.contains(of));
    let new = unseen.iter().filter(|of| !known.contains(of));
    let news: Vec<&String> = if crate::wanted("BLOOM_ORDERS").is_some() {
        stale.chain(new).collect()
    } else {
        stale.collect()
    };
    match news.is_empty() {
        true => Ok(()),
        false => Err(format!("seen or not seen to differ, against the list: {news:#?}").into()),
    }
}

fn compiled(text: &str) -> Compiled {
    let loader = Imports::library().shared();
    driver::check("program.bloom", text, &driver::Options { loader, ..driver::Options::default() })
}

/// What of a program waits.
fn waiting(text: &str) -> BTreeSet<String> {
    use bloom_compiler::calm::model::Answer;
    use bloom_compiler::calm::model::Assume;
    use bloom_compiler::calm::model::What;
    let report = compiled(text).report(&Assume::default());
    let waits = report.verdicts.iter().filter(|verdict| verdict.answer == Answer::Waits);
    waits.filter(|v| v.what != What::Invariant).map(|verdict| verdict.name.text()).collect()
}

/// Runs a program of several roles with so many sets of inputs; `None` if it has none.
pub fn judged(text: &str, sets: u64) -> Result<Option<Outcome>, String> {
    let plain = compiled(text);
    if plain.roles.is_empty() || plain.has_errors() {
        return Ok(None);
    }
    let mut out = Outcome::default();
    for set in 0..sets {
        let Some(test) = test(&plain.roles, &mut Dice::new(set)) else { return Ok(None) };
        let whole = format!("{text}\n{test}");
        let compiled = compiled(&whole);
        if let Some(error) = compiled.diagnostics.iter().find(|one| one.is_error()) {
            return Err(format!("{}: {:?}\n{whole}", error.title, error.labels));
        }
        let stage = Stage::of_test(&compiled, 0)?;
        let outcome = trying::try_all(&stage, trying::orders());
        out.runs += outcome.runs;
        out.differs.extend(outcome.differs);
        if !outcome.wrong.is_empty() && out.wrong.is_empty() {
            out.wrong.extend(outcome.wrong.into_iter().take(3));
            out.wrong.push(whole);
        }
    }
    Ok(Some(out))
}

/// A test that gives rows to the inputs of all roles; `None` where they cannot be written.
fn test(roles: &[Role], dice: &mut Dice) -> Option<String> {
    let counts: Vec<usize> = roles
        .iter()
        .map(|role| match role.replicated.is_some() || !role.params.is_empty() {
            true => 2,
            false => 1 + dice.below(2),
        })
        .collect();
    let nodes: Vec<String> = roles
        .iter()
        .zip(&counts)
        .flat_map(|(role, count)| (0..*count).map(move |at| format!("{}[{at}]", role.name)))
        .collect();
    let mut text = String::from("test \"in many orders\" {\n  nodes ");
    for (at, (role, count)) in roles.iter().zip(&counts).enumerate() {
        let mut params = Vec::new();
        for param in role.params.iter().filter(|param| param.required) {
            let value = match param.ty {
                Ty::Node => peer(&param.name, role, roles)?,
                ref ty => literal(ty, dice, &nodes)?,
            };
            params.push(format!("{}: {value}", param.name));
        }
        let params =
            if params.is_empty() { String::new() } else { format!("({})", params.join(", ")) };
        let comma = if at == 0 { "" } else { ", " };
        write!(text, "{comma}{}{params}: {count}", role.name).ok()?;
    }
    text.push_str(";\n");
    let mut taken: BTreeSet<(String, Vec<String>)> = BTreeSet::new();
    let given: Vec<usize> =
        (0..roles.len()).filter(|at| !inputs(&roles[*at], roles).is_empty()).collect();
    for _ in 0..2 + dice.below(ROWS - 1) {
        let at = *dice.pick(&given)?;
        let inputs: Vec<&typed::Rel> = inputs(&roles[at], roles);
        let Some(rel) = dice.pick(&inputs) else { continue };
        let mut row = Vec::new();
        let mut key = Vec::new();
        let number = dice.below(counts[at]);
        for (col, column) in rel.cols.iter().enumerate() {
            let value = match Some(col) == rel.at {
                true => format!("{}[{number}]", roles[at].name),
                false => literal(&column.ty, dice, &nodes)?,
            };
            if column.role == typed::Role::Key {
                key.push(value.clone());
            }
            row.push(value);
        }
        // Equal rows are two events, unless a key is promised.
        if taken.insert((rel.name.clone(), key)) || !rel.has_values() {
            let (role, time) = (&roles[at].name, 1 + dice.below(60));
            let row = row.join(", ");
            writeln!(text, "  {role}[{number}] at {time}ms {{ {}({row}); }}", rel.name).ok()?;
        }
    }
    text.push_str("  eventually { not false; }\n}\n");
    Some(text)
}

/// What a role is given from outside: inputs, and messages that nobody in the program sends.
fn inputs<'r>(role: &'r Role, roles: &[Role]) -> Vec<&'r typed::Rel> {
    let sent = |name: &str| {
        roles
            .iter()
            .flat_map(|role| &role.typed.rels)
            .any(|rel| matches!(rel.kind, RelKind::Stage(..)) && rel.name.contains(name))
    };
    let is_input = |rel: &&typed::Rel| {
        rel.given.is_none()
            && rel.reach == Reach::Program
            && match rel.kind {
                RelKind::Input | RelKind::InputTable => true,
                RelKind::Channel => !sent(&rel.name),
                _ => false,
            }
    };
    role.typed.rels.iter().filter(is_input).collect()
}

/// The node that a parameter of this name means.
fn peer(name: &str, own: &Role, roles: &[Role]) -> Option<String> {
    let named = roles.iter().find(|role| role.name == name);
    let other = named.or_else(|| roles.iter().find(|role| role.name != own.name));
    other.map(|role| format!("{}[0]", role.name))
}

fn literal(ty: &Ty, dice: &mut Dice, nodes: &[String]) -> Option<String> {
    let few = 1 + dice.below(2);
    Some(match ty {
        Ty::Int | Ty::Nat => few.to_string(),
        Ty::Str => format!("\"{}\"", ["a", "b"][few - 1]),
        Ty::Bool => (few == 1).to_string(),
        Ty::Node => dice.pick(nodes)?.clone(),
        Ty::Uuid => format!("uuid_of({})", 1 + dice.below(6)),
        Ty::Time => format!("from_millis({few})"),
        Ty::Duration => format!("{few}s"),
        Ty::Set(of) => {
            let parts: Option<Vec<String>> =
                (0..dice.below(3)).map(|_| literal(of, dice, nodes)).collect();
            format!("{{{}}}", parts?.join(", "))
        }
        _ => return None,
    })
}
