//! Who plays in an example: a node for each role, or a single one, with values
//! for its parameters; and what reports call their collections. What they are
//! given is not known here.

use crate::calm::model::RelName;
use crate::calm::strata::Strata;
use crate::ids::RelId;
use crate::source::SourceMap;
use crate::types::ty::Ty;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Literal;
use crate::types::typed::Program;

/// The node of a program without roles.
const ME: &str = "n1";

/// A node that may play.
#[derive(Clone, Copy)]
pub struct Actor<'a> {
    /// Its role; `None` in a program without roles.
    pub role: Option<&'a str>,
    /// Its program.
    pub typed: &'a Program,
    /// In which order that is run.
    pub strata: &'a Strata,
}

/// All of them, by the numbers of their roles in the report.
pub(super) struct Stage<'a> {
    pub(super) actors: &'a [Actor<'a>],
    sources: &'a SourceMap,
}

impl<'a> Stage<'a> {
    pub(super) fn new(actors: &'a [Actor<'a>], sources: &'a SourceMap) -> Stage<'a> {
        Stage { actors, sources }
    }

    /// What its node is called.
    pub(super) fn node(&self, part: usize) -> String {
        self.actors[part].role.unwrap_or(ME).to_string()
    }

    /// The role that members are asked for by.
    pub(super) fn role(&self, part: usize) -> &'a str {
        self.actors[part].role.unwrap_or("node")
    }

    /// The name by which reports call a collection.
    pub(super) fn name(&self, part: usize, rel: RelId) -> RelName {
        let own = &self.actors[part].typed.rels[rel.index()];
        let place = self.sources.written(own.name_span);
        let has = |actor: &&Actor<'_>| {
            let mut rels = actor.typed.rels.iter();
            rels.any(|other| {
                other.name == own.name
                    && other.kind == own.kind
                    && self.sources.written(other.name_span) == place
            })
        };
        let shared = self.actors.iter().filter(has).count() >= self.actors.len().max(2);
        let role = self.actors[part].role.filter(|_| own.given.is_none() && !shared);
        RelName { role: role.map(str::to_string), name: own.name.clone() }
    }

    /// The collection with that name, of those of a role.
    pub(super) fn rel(&self, part: usize, name: &str) -> Option<RelId> {
        let mut rels = self.actors[part].typed.rels.iter();
        rels.position(|rel| rel.name == name && !rel.kind.is_hidden()).map(|at| RelId(at as u32))
    }

    /// The program of a role with a value for every parameter that has none.
    pub(super) fn settled(&self, part: usize, program: &mut Program) {
        for constant in &mut program.consts {
            if has_value(&constant.value) {
                continue;
            }
            let literal = match &constant.value.ty {
                Ty::Node => Literal::Node(self.other(part, &constant.name)),
                Ty::Str => Literal::Str("a".into()),
                Ty::Bool => Literal::Bool(true),
                Ty::Float => Literal::Float(1.0),
                Ty::Duration => Literal::Duration(1_000_000_000),
                _ => Literal::Int(1),
            };
            constant.value.kind = ExprKind::Literal(literal);
        }
    }

    /// The node that a parameter means: that of the role it is named after, or
    /// of the next role.
    fn other(&self, part: usize, name: &str) -> String {
        let named = self.actors.iter().position(|actor| actor.role == Some(name));
        let next = (part + 1) % self.actors.len();
        self.node(named.unwrap_or(next))
    }
}

/// What was left open stands there as a tuple of nothing, whatever its type is.
fn has_value(value: &Expr) -> bool {
    match (&value.kind, &value.ty) {
        (ExprKind::Tuple(parts), Ty::Tuple(of)) => parts.len() == of.len(),
        (ExprKind::Tuple(_), _) => false,
        _ => true,
    }
}
