//! Parameters of roles are flags of the command line, among those that the
//! tool has itself. What these do is not known here.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::syntax::ast;

/// Flags that `bloom run` and `bloom node` have, or keep for themselves,
/// without the dashes, ascending.
pub const RESERVED: &[&str] = &[
    "batch",
    "changes",
    "cluster",
    "color",
    "compress",
    "coordination",
    "data",
    "dead-letters",
    "events",
    "expect",
    "facts",
    "format",
    "header",
    "help",
    "hosts",
    "http",
    "in",
    "in-format",
    "join-timeout",
    "keep-running",
    "key",
    "listen",
    "max-memory",
    "max-own-ticks",
    "max-restarts",
    "max-rounds",
    "max-rows",
    "max-seconds",
    "message-format",
    "name",
    "no-output",
    "now",
    "on-bad-row",
    "on-error",
    "out",
    "print",
    "process",
    "profile",
    "progress",
    "quiet",
    "record",
    "rejects",
    "replay",
    "role",
    "seed",
    "set",
    "stats",
    "stream",
    "supervise",
    "ticks",
    "trace",
    "until-quiet",
    "version",
    "watch",
    "workers",
];

/// What is wrong with the name of a parameter.
pub(super) fn clash(param: &ast::Param) -> Option<Diagnostic> {
    let flag = param.name.text.replace('_', "-");
    RESERVED.binary_search(&flag.as_str()).ok()?;
    let title = format!("`--{flag}` is a flag of the tool, so no parameter can have its name");
    Some(
        Diagnostic::error(codes::ROLE_HEAD, param.name.span, title)
            .at("a parameter of a role is given as a flag when a node is started")
            .help(format!("call it something else, for example `my_{}`", param.name.text)),
    )
}

#[cfg(test)]
mod tests {
    use super::RESERVED;

    #[test]
    fn the_list_can_be_searched() {
        assert!(RESERVED.is_sorted());
    }
}
