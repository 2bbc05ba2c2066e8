//! What a report on coordination means for whoever checks or runs the program:
//! mistakes of it as messages, whether a node of it has anybody to agree with,
//! and which waiting the program itself asks for. What is found, and how a run
//! refuses, is not known here.

use super::Compiled;
use crate::calm::model::Code;
use crate::calm::model::Fault;
use crate::calm::model::Kind;
use crate::calm::model::Point;
use crate::calm::model::Report;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::names::hir::Given;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::types::typed::ExprKind;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Rel;
use crate::types::typed::Rule;

impl Compiled {
    /// What is wrong with the program as far as coordination goes. It can be
    /// run by itself all the same, so no other phase says this.
    pub fn faults(&self, report: &Report) -> Vec<Diagnostic> {
        report.faults.iter().map(fault).collect()
    }

    /// Whether a node that runs it may have to agree with others: messages come
    /// from elsewhere, or its tables are those of a group. A node without either
    /// is alone, whatever the report says of replicas that there might be.
    pub fn is_one_of_many(&self) -> bool {
        let is_group = self.roles.iter().any(|r| r.replicated.is_some() || r.partitioned.is_some());
        let mut programs = self.roles.iter().map(|role| &role.typed);
        let plain = self.typed.iter().filter(|_| self.roles.is_empty());
        is_group || programs.any(hears_others) || plain.into_iter().any(hears_others)
    }

    /// Whether the program itself asks for the waiting at a point: it promises
    /// the seal, or takes the events one by one. No declaration asks for an owner.
    pub fn asks_for(&self, report: &Report, point: &Point) -> bool {
        match point.kind {
            Kind::Seal => report.duties.iter().all(|duty| duty.point != point.id),
            Kind::Order => self.is_serial(point),
            Kind::Exclusive | Kind::Escrow => false,
            Kind::Persist | Kind::Local | Kind::Frontier => true,
        }
    }

    /// Whether events that a point puts in order are `serial`, by no finer
    /// columns than its key.
    fn is_serial(&self, point: &Point) -> bool {
        let Some(rel) = self.relation(point) else { return false };
        let Some(by) = &rel.serial else { return false };
        let mut names = by.iter().filter_map(|col| rel.cols.get(*col)).map(|col| &col.name);
        names.all(|name| point.key.contains(name))
    }

    /// The collection that a point is about.
    fn relation(&self, point: &Point) -> Option<&Rel> {
        let program = match self.roles.get(point.role_at) {
            Some(role) => &role.typed,
            None => self.typed.as_ref()?,
        };
        program.rels.get(point.rel.index())
    }
}

fn fault(fault: &Fault) -> Diagnostic {
    let code = match fault.code {
        None => codes::NOTHING_TO_ACCEPT,
        Some(Code::CycleThroughNegation) => codes::NEGATIVE_CYCLE,
        Some(_) => codes::ENDLESS_WAIT,
    };
    let told = Diagnostic::error(code, fault.span, &fault.title).at(&fault.label).help(&fault.help);
    match fault.code {
        Some(of_report) => {
            told.note(format!("In a report this is {0}: `bloom explain {0}`.", of_report.text()))
        }
        None => told,
    }
}

/// Whether messages may come from other nodes: it has a channel, and not only one
/// on which a node writes to itself.
fn hears_others(program: &Program) -> bool {
    let is_open = |(at, rel): (usize, &Rel)| {
        let sends = |rule: &&Rule| {
            let head = program.rels.get(rule.head.index()).map(|rel| rel.kind);
            matches!(head, Some(RelKind::Stage(Stage::Send, to)) if to.index() == at)
        };
        let mut senders = program.rules.iter().filter(sends).peekable();
        let is_unsent = senders.peek().is_none();
        rel.kind == RelKind::Channel
            && (is_unsent || !senders.all(|rule| writes_to_itself(program, rule, rel)))
    };
    program.rels.iter().enumerate().any(is_open)
}

/// Whether the address of what a rule sends is `me`.
fn writes_to_itself(program: &Program, rule: &Rule, channel: &Rel) -> bool {
    let address = channel.at.and_then(|at| rule.args.get(at)).map(|arg| &arg.kind);
    let Some(ExprKind::Var(to)) = address else { return false };
    rule.body.lits.iter().any(|lit| {
        let LitKind::Atom(atom) = &lit.kind else { return false };
        let given = program.rels.get(atom.rel.index()).and_then(|rel| rel.given);
        let var = atom.args.first().map(|pat| &pat.kind);
        given == Some(Given::Me) && matches!(var, Some(PatKind::Var(me)) if me == to)
    })
}
