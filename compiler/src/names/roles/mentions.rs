//! Roles that a rule names: as a value, which a role is not, and in
//! `members(n, "r")`, where a name that no role has would never match.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::suggest;
use crate::ids::RelId;
use crate::names::hir;
use crate::names::resolve::Cx;
use crate::source::Span;
use crate::syntax::ast;

/// "there is no role `x`", with what could have been meant.
pub fn unknown<'r>(
    name: &str,
    span: Span,
    roles: impl Iterator<Item = &'r str> + Clone,
) -> Diagnostic {
    let title = format!("there is no role `{name}`");
    let diagnostic = Diagnostic::error(codes::UNKNOWN_ROLE, span, title).at("not declared");
    if let Some(nearest) = suggest::closest(name, roles.clone()) {
        return diagnostic.help(format!("did you mean `{nearest}`?"));
    }
    let known: Vec<&str> = roles.collect();
    match known.as_slice() {
        [] => diagnostic.help(format!("declare it: `role {name} {{ … }}`")),
        [one] => diagnostic.help(format!("the role of this program is `{one}`")),
        _ => diagnostic.help(format!("roles are {}", suggest::and_list(&known))),
    }
}

impl Cx<'_> {
    /// `@r` where no message is addressed with it.
    pub(in crate::names) fn role_as_value(&mut self, role: &ast::Name, span: Span) {
        let told = if self.roles.contains(&role.text) {
            let title = format!("`@{}` stands only where a message is addressed", role.text);
            Diagnostic::error(codes::ROLE_ADDRESS, span, title)
                .at("a group of nodes is no value")
                .help(format!(
                    "write it in the address of a channel, `c(@{0}, …) <~ …`; to read which nodes \
                     there are, write `members(n, \"{0}\")`",
                    role.text
                ))
        } else {
            unknown(&role.text, span, self.roles.iter().map(String::as_str))
        };
        self.report(told);
    }

    /// `members(_, "r")` where there is no such role; in a program without
    /// roles it is not known under which names others call themselves.
    pub(in crate::names) fn known_role(&mut self, rel: RelId, args: &[hir::Pat]) {
        let given = self.program.rels.get(rel.index()).and_then(|rel| rel.given);
        if given != Some(hir::Given::Members) || self.roles.is_empty() {
            return;
        }
        let Some(hir::Pat { kind: hir::PatKind::Expr(value), span }) = args.get(1) else { return };
        let hir::ExprKind::Literal(hir::Literal::Str(name)) = &value.kind else { return };
        if !self.roles.contains(name) {
            let told = unknown(name, *span, self.roles.iter().map(String::as_str));
            self.report(told);
        }
    }
}
