//! What the roles of a program can be given.

use std::fmt::Write;
use std::path::Path;

use bloom_compiler::driver;
use bloom_compiler::driver::Parameter;
use bloom_compiler::driver::Role;
use bloom_compiler::source::SourceMap;

use crate::cli::compile;
use crate::cli::options;
use crate::cli::paths;
use crate::cli::role::RoleArgs;
use crate::cli::role::values;

/// The help of a role, or of all roles if none is named; `None` if the program
/// cannot tell, and the tool's own help is what there is.
pub fn of(path: &Path, asked: &RoleArgs, set: &[String]) -> Option<String> {
    if paths::is_stdin(path) {
        return None;
    }
    let program = paths::read(path).ok()?;
    let set = options::settings(set).ok()?;
    let options = compile::options(&program, &set);
    let compiled = driver::check(&program.name, &program.text, &options);
    let wanted = |role: &&Role| asked.role.as_ref().is_none_or(|name| role.name == *name);
    let roles: Vec<&Role> = compiled.roles.iter().filter(wanted).collect();
    if roles.is_empty() {
        return None;
    }
    let mut out = String::new();
    for role in roles {
        one(role, path, &compiled.sources, &mut out);
    }
    out.push_str("`bloom run --help` tells what every program can be given.\n");
    Some(out)
}

fn one(role: &Role, path: &Path, sources: &SourceMap, out: &mut String) {
    let needs: String =
        role.params.iter().filter(|param| param.required).fold(String::new(), |mut all, param| {
            let _ = write!(all, " --{} {}", values::flag(param), values::kind(role, param));
            all
        });
    let _ = writeln!(
        out,
        "Usage: bloom run {} --role {}{needs} [OPTIONS]\n",
        path.display(),
        role.name
    );
    if role.params.is_empty() {
        let _ = writeln!(out, "The role `{}` has no parameters.\n", role.name);
        return;
    }
    let _ = writeln!(out, "Parameters of the role `{}`:", role.name);
    let line = |param: &Parameter| {
        let flag = format!("--{} {}", values::flag(param), values::kind(role, param));
        let says = match (&param.default, param.required) {
            (Some(span), _) => format!("[default: {}]", sources.text(*span)),
            (None, true) => "[required]".to_owned(),
            (None, false) => "[set]".to_owned(),
        };
        (flag, says)
    };
    let lines: Vec<(String, String)> = role.params.iter().map(line).collect();
    let width = lines.iter().map(|(flag, _)| flag.chars().count()).max().unwrap_or_default();
    for (flag, says) in lines {
        let _ = writeln!(out, "  {flag:<width$}  {says}");
    }
    out.push('\n');
}
