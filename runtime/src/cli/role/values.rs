//! What was typed as values of parameters: the plain text of a value of the
//! parameter's type, as a file would have it, turned into an expression.

use std::path::Path;

use bloom_compiler::diag::suggest::closest;
use bloom_compiler::driver::Parameter;
use bloom_compiler::driver::Role;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::plan::types::Types;

use crate::cli::role::RoleArgs;
use crate::cli::role::flags;
use crate::value::interner::Interner;
use crate::value::parse;
use crate::value::text;
use crate::value::word::word_float;

/// The flag of a parameter, without the dashes.
pub fn flag(param: &Parameter) -> String {
    param.name.replace('_', "-")
}

/// The values that were typed, as expressions; or what is wrong with them.
pub fn given(
    role: &Role,
    asked: &RoleArgs,
    set: &[(String, String)],
    path: &Path,
) -> Result<Vec<(String, String)>, String> {
    let mut given: Vec<(String, String)> = Vec::new();
    for typed in &asked.flags {
        let Some(param) = role.params.iter().find(|param| flag(param) == typed.name) else {
            return Err(unknown(role, &typed.name));
        };
        if given.iter().any(|(name, _)| *name == param.name) {
            return Err(format!("--{} is given twice", typed.name));
        }
        let Some(value) = &typed.value else {
            return Err(format!("--{0} takes a value: --{0} {1}", typed.name, kind(role, param)));
        };
        let value =
            expression(role, param, value).map_err(|why| format!("--{}: {why}", typed.name))?;
        given.push((param.name.clone(), value));
    }
    let has = |name: &String| given.iter().chain(set).any(|(known, _)| known == name);
    let missing: Vec<String> = role
        .params
        .iter()
        .filter(|param| param.required && !has(&param.name))
        .map(|param| format!("--{} {}", flag(param), kind(role, param)))
        .collect();
    if missing.is_empty() {
        return Ok(given);
    }
    let (name, path) = (&role.name, path.display());
    Err(format!(
        "the role `{name}` needs {}; `bloom run {path} --role {name} --help` tells more",
        missing.join(" and ")
    ))
}

fn unknown(role: &Role, name: &str) -> String {
    let params: Vec<String> = role.params.iter().map(flag).collect();
    let tool = flags::of_run();
    let known = params.iter().chain(&tool).map(String::as_str);
    let title = format!("neither the tool nor the role `{}` has a flag --{name}", role.name);
    match closest(name, known) {
        Some(near) => format!("{title}; did you mean --{near}?"),
        None if params.is_empty() => format!("{title}; the role has no parameters"),
        None => {
            let all: Vec<String> = params.iter().map(|name| format!("--{name}")).collect();
            format!("{title}; the flags of the role are {}", all.join(", "))
        }
    }
}

/// The type of a parameter, as a placeholder.
pub fn kind(role: &Role, param: &Parameter) -> String {
    let shown = bloom_compiler::types::ty::show(&param.ty, &role.typed);
    match shown.chars().all(char::is_alphanumeric) {
        true => shown.to_uppercase(),
        false => format!("'{shown}'"),
    }
}

/// A value as an expression of the language.
fn expression(role: &Role, param: &Parameter, value: &str) -> Result<String, String> {
    let mut types = Types::new(&role.typed);
    let ty = types.id(&param.ty);
    let (types, _) = types.finish();
    let mut interner = Interner::new();
    let word = parse::plain(&types, ty, value.as_bytes(), &mut interner);
    let word = word.map_err(|mismatch| match types.get(ty.0 as usize) {
        Some(Type::List(_) | Type::Set(_) | Type::Tuple(_) | Type::Record { .. }) => {
            format!("{}; write it as in a program", mismatch.0)
        }
        _ => mismatch.0,
    })?;
    written(&types, ty, word, &interner)
        .ok_or_else(|| "not supported yet: a value with such a part as a flag".to_owned())
}

/// How a program writes a value; `None` where it has no way that is known here.
fn written(types: &[Type], ty: TypeId, word: u64, interner: &Interner) -> Option<String> {
    let mut out = Vec::new();
    text::literal(types, ty, word, interner, &mut out);
    let literal = String::from_utf8_lossy(&out).into_owned();
    let each = |all: &[TypeId], words: &[u64]| -> Option<Vec<String>> {
        let parts = all.iter().cycle().zip(words);
        parts.map(|(ty, word)| written(types, *ty, *word, interner)).collect()
    };
    Some(match &types[ty.0 as usize] {
        Type::Time => format!("time({}ns)", word as i64),
        Type::Uuid => format!("or_else(uuid(\"{literal}\"), nil)"),
        Type::Float if !word_float(word).is_finite() => return None,
        Type::Option(_) if word == 0 => literal,
        Type::Option(of) => {
            format!("Some({})", each(&[*of], interner.get_words(word - 1))?.remove(0))
        }
        Type::List(of) => format!("[{}]", each(&[*of], interner.get_words(word))?.join(", ")),
        Type::Set(of) => format!("{{{}}}", each(&[*of], interner.get_words(word))?.join(", ")),
        Type::Tuple(parts) if parts.len() > 1 => {
            format!("({})", each(parts, interner.get_words(word))?.join(", "))
        }
        Type::Int | Type::Nat | Type::Float | Type::Bool | Type::Duration => literal,
        Type::Str | Type::Node | Type::Bytes => literal,
        Type::Enum { variants, .. } => {
            let words = interner.get_words(word);
            let (name, payload) = variants.get(words[0] as usize)?;
            match payload.as_slice() {
                [] => name.clone(),
                payload => format!("{name}({})", each(payload, &words[1..])?.join(", ")),
            }
        }
        Type::Record { name, fields } => {
            let tys: Vec<TypeId> = fields.iter().map(|field| field.1).collect();
            let values = each(&tys, interner.get_words(word))?;
            let parts =
                fields.iter().zip(values).map(|((name, _), value)| format!("{name}: {value}"));
            format!("{name}{{{}}}", parts.collect::<Vec<_>>().join(", "))
        }
        Type::Tuple(_) | Type::Map(..) | Type::Bag(..) | Type::Json => return None,
    })
}
