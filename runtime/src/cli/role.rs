//! One node of a program with roles: which role it has, and the parameters of
//! the role, which are flags that only the program knows. What runs it is not
//! known here.
//!
//! | room | owns |
//! |---|---|
//! | `flags` | flags that the tool does not have, taken out of a command line |
//! | `values` | what was typed as values of the parameters |
//! | `help` | what a role can be given |

mod flags;
mod help;
mod values;

use std::path::Path;

use bloom_compiler::diag::suggest::and_list;
use bloom_compiler::diag::suggest::closest;
use bloom_compiler::driver;
use bloom_compiler::driver::Chosen;
use bloom_compiler::driver::Compiled;
use bloom_compiler::driver::Role;
use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::paths::Program;
use crate::cli::role::flags::Flag;
use crate::cli::talk::Talk;

pub use flags::Again;
pub use flags::again;

/// What a node of a program without roles is.
pub const PLAIN: &str = "node";

/// Which node of a program is meant.
#[derive(Args, Debug, Clone, Default)]
pub struct RoleArgs {
    /// Run a node of this role; PATH --role ROLE --help lists the flags of the role
    #[arg(long, value_name = "ROLE", help_heading = "Node")]
    pub role: Option<String>,
    /// Flags that are none of the tool's.
    #[arg(skip)]
    pub flags: Vec<Flag>,
}

/// Compiles a program; of one with roles, the role that was asked for. What is
/// wrong with the choice is said.
pub fn compiled(
    program: &Program,
    options: driver::Options,
    query: Option<&str>,
    asked: &RoleArgs,
    talk: &Talk,
) -> Result<(Compiled, String), Exit> {
    let check = |options: &driver::Options| match query {
        Some(query) => driver::check_with_query(&program.name, &program.text, options, query),
        None => driver::check(&program.name, &program.text, options),
    };
    let compiled = check(&options);
    if compiled.roles.is_empty() {
        return match none_asked(asked, &compiled) {
            Ok(()) => Ok((compiled, PLAIN.to_owned())),
            Err(why) => Err(talk.refuse(why)),
        };
    }
    if compiled.has_errors() {
        return Ok((compiled, PLAIN.to_owned()));
    }
    let role = picked(&compiled, asked).map_err(|why| talk.refuse(why))?;
    let path = Path::new(&program.name);
    let set = values::given(role, asked, &options.set, path).map_err(|why| talk.refuse(why))?;
    let name = role.name.clone();
    let role = Some(Chosen { name: name.clone(), set });
    Ok((check(&driver::Options { role, ..options }), name))
}

/// Whether nothing was asked for that only a program with roles has.
fn none_asked(asked: &RoleArgs, compiled: &Compiled) -> Result<(), String> {
    if compiled.has_errors() {
        return Ok(());
    }
    if let Some(flag) = asked.flags.first() {
        let name = &flag.name;
        return Err(format!("there is no flag --{name}, and the program has no roles"));
    }
    match asked.role.as_deref() {
        None | Some(PLAIN) => Ok(()),
        Some(name) => Err(format!("there is no role `{name}`: the program has no roles")),
    }
}

/// The role that was named, or the only one.
fn picked<'c>(compiled: &'c Compiled, asked: &RoleArgs) -> Result<&'c Role, String> {
    let names: Vec<&str> = compiled.roles.iter().map(|role| role.name.as_str()).collect();
    let Some(wanted) = &asked.role else {
        return match compiled.roles.as_slice() {
            [one] => Ok(one),
            _ => {
                let ways: Vec<String> = names.iter().map(|name| format!("--role {name}")).collect();
                Err(format!("the program has several roles; say which: {}", ways.join(" or ")))
            }
        };
    };
    let found = compiled.roles.iter().find(|role| role.name == *wanted);
    found.ok_or_else(|| match closest(wanted, names.iter().copied()) {
        Some(near) => format!("there is no role `{wanted}`; did you mean `{near}`?"),
        None => match names.as_slice() {
            [one] => format!("there is no role `{wanted}`; the role of this program is `{one}`"),
            _ => format!("there is no role `{wanted}`; roles are {}", and_list(&names)),
        },
    })
}
