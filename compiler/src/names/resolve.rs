//! The passes in their order, and reporting. Names are declared first, so
//! that nothing depends on the order in which a program is written.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::draws;
use super::firing;
use super::hir;
use super::native::Native;
use super::occurrences;
use super::scope::Scope;
use super::scope::Symbol;
use crate::diag::Code;
use crate::diag::Diagnostic;
use crate::diag::Label;
use crate::diag::codes;
use crate::diag::suggest;
use crate::ids::ConstId;
use crate::ids::FnId;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::source::Span;
use crate::syntax::ast;

use super::aliases::Alias;
use super::scope::Vars;
use super::words;

/// What the invocation adds to the text.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Values that replace those of constants: `--set k=VALUE`.
    pub set: Vec<(String, ast::Expr)>,
    /// Functions whose declarations are the first of the module, in their
    /// order, and whose bodies are elsewhere.
    pub natives: Vec<Native>,
    /// How far collections are seen that are not the program's own.
    pub reach: BTreeMap<String, hir::Reach>,
    /// Constants whose value is not known before a node is started.
    pub open: Vec<String>,
    /// The roles of the program; none when it has no roles.
    pub roles: Vec<String>,
    /// Channels with messages to a replicated role, and the role.
    pub groups: BTreeSet<(String, String)>,
}

/// Resolves a program. It never fails: what is wrong is reported and stands
/// in the tree as an `Error` node, or is left out.
pub fn resolve(
    module: &ast::Module,
    options: &Options,
    diags: &mut Vec<Diagnostic>,
) -> hir::Program {
    let before = diags.len();
    let broken = diags.iter().filter(|d| d.is_error()).map(|d| d.primary.span).collect();
    let mut cx = Cx::new(diags);
    cx.broken = broken;
    cx.reach = options.reach.clone();
    cx.roles = options.roles.clone();
    cx.collect(module);
    cx.resolve_types(module);
    cx.resolve_columns(module);
    cx.resolve_groups(options);
    cx.resolve_values(module, options);
    cx.resolve_rules(module);
    firing::split(&mut cx.program);
    draws::lower(&mut cx.program);
    cx.resolve_tests(module);
    let mut program = cx.program;
    occurrences::in_order(&mut program);
    // The passes follow the program's meaning, a reader follows its text.
    diags[before..].sort_by_key(|d| (d.primary.span.file, d.primary.span.lo));
    program
}

/// A function or a constant: the nodes of the graph in which cycles are sought.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Owner {
    Fn(FnId),
    Const(ConstId),
}

/// What all passes share.
pub(super) struct Cx<'a> {
    pub(super) scope: Scope,
    pub(super) program: hir::Program,
    pub(super) aliases: Vec<Alias<'a>>,
    /// Number of rules and functions whose variables have been seen.
    pub(super) bodies: u32,
    /// Number of aliases being expanded, one inside the other.
    pub(super) open_aliases: usize,
    /// What the type parameters of the alias being expanded stand for, or of the
    /// enum whose payloads are being resolved: themselves.
    pub(super) type_params: Vec<(String, hir::Type)>,
    /// Who mentions whom, among functions and constants.
    pub(super) mentions: Vec<(Owner, Owner)>,
    pub(super) diags: &'a mut Vec<Diagnostic>,
    /// Places of the errors that were found before names were looked at.
    broken: Vec<Span>,
    /// Number of errors seen and of poisoned names met: a rule during which it
    /// grew gets no warnings.
    faults: usize,
    /// Names already reported as unknown, with the place of the report in `diags`.
    unknown: BTreeMap<String, usize>,
    pub(super) reach: BTreeMap<String, hir::Reach>,
    pub(super) roles: Vec<String>,
}

/// Occurrences of an unknown name that one message shows beside the first.
const UNKNOWN_LABELS_MAX: usize = 3;

impl<'a> Cx<'a> {
    fn new(diags: &'a mut Vec<Diagnostic>) -> Cx<'a> {
        Cx {
            scope: Scope::default(),
            program: hir::Program::default(),
            aliases: Vec::new(),
            bodies: 0,
            open_aliases: 0,
            type_params: Vec::new(),
            mentions: Vec::new(),
            diags,
            broken: Vec::new(),
            faults: 0,
            unknown: BTreeMap::new(),
            reach: BTreeMap::new(),
            roles: Vec::new(),
        }
    }

    /// Notes which messages have to arrive.
    fn resolve_groups(&mut self, options: &Options) {
        for (channel, role) in &options.groups {
            let found = self.program.rels.iter_mut().find(|rel| rel.name == *channel);
            if let Some(rel) = found {
                rel.groups.push(role.clone());
            }
        }
    }

    /// Says it.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.faults += usize::from(diagnostic.is_error());
        self.diags.push(diagnostic);
    }

    /// Says nothing, but what is at hand is not whole.
    pub(super) fn taint(&mut self) {
        self.faults += 1;
    }

    /// What is written there may lack a part that could not be read.
    pub(super) fn taint_if_broken(&mut self, written: Span) {
        let inside = |s: &Span| s.file == written.file && written.lo <= s.lo && s.hi <= written.hi;
        self.faults += usize::from(self.broken.iter().any(inside));
    }

    /// To be compared later with itself: did anything go wrong meanwhile?
    pub(super) fn faults(&self) -> usize {
        self.faults
    }

    /// An unknown lower-case name where a collection (or a condition) stands.
    /// Every name is reported once; later uses become labels of that message.
    pub(super) fn unknown_collection(&mut self, name: &str, span: Span, in_body: bool) {
        self.taint();
        if self.scope.is_poisoned(name) {
            return;
        }
        if let Some(&at) = self.unknown.get(name) {
            let diagnostic = &mut self.diags[at];
            if diagnostic.labels.iter().filter(|l| l.text == "also here").count()
                < UNKNOWN_LABELS_MAX
            {
                diagnostic.labels.push(Label { span, text: "also here".into() });
                // A change of one place no longer mends the program.
                diagnostic.fix = None;
            }
            return;
        }
        let what = if in_body { "unknown collection or function" } else { "unknown collection" };
        let title = format!("{what} `{name}`");
        let nearest = {
            let functions = words::FUNCTIONS.iter().copied().filter(|_| in_body);
            let own = self.scope.lower.keys().map(String::as_str);
            suggest::closest(name, self.scope.collections())
                .or_else(|| suggest::closest(name, own.chain(functions)))
                .map(str::to_string)
        };
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_COLLECTION, span, title);
        diagnostic = match nearest {
            Some(nearest) => diagnostic
                .at("not declared")
                .help(format!("did you mean `{nearest}`?"))
                .fix(format!("write `{nearest}`"), span, nearest),
            None => diagnostic
                .at("not declared")
                .help(format!("declare it, for example `table {name}(…);` or `view {name}(…);`")),
        };
        self.unknown.insert(name.to_string(), self.diags.len());
        self.report(diagnostic);
    }

    /// Two declarations of one name.
    pub(super) fn duplicate(&mut self, code: Code, what: &str, name: &ast::Name, first: Span) {
        let text = &name.text;
        self.report(
            Diagnostic::error(code, name.span, format!("{what}`{text}` is declared twice"))
                .at("declared again here")
                .label(first, "first declared here"),
        );
    }

    /// The declaration of a collection, as far as a reader needs it: `p(a, b => c)`.
    pub(super) fn shape(&self, rel: RelId) -> String {
        let rel = &self.program.rels[rel.index()];
        let names: Vec<&str> = rel.cols.iter().map(|c| c.name.as_str()).collect();
        let columns = match rel.keys {
            Some(k) if k < names.len() => {
                format!("{} => {}", names[..k].join(", "), names[k..].join(", "))
            }
            _ => names.join(", "),
        };
        format!("{}({})", rel.name, columns.trim_start())
    }
}

/// Where an expression stands: which names it may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// In a rule: an unknown lower-case word is a variable.
    Rule,
    /// In a function's body: parameters only.
    Fn(FnId),
    /// In a constant.
    Const(ConstId),
    /// In a column's default.
    Default,
}

/// One rule, function, constant or default being resolved.
pub(super) struct Body<'c, 'a> {
    pub(super) cx: &'c mut Cx<'a>,
    pub(super) vars: Vars,
    pub(super) place: Place,
    /// Names that the conjunction at hand can bind by itself.
    pub(super) binders: BTreeSet<String>,
    /// What the `e?` of the literal or head at hand ask for.
    pub(super) wanted: Vec<hir::Lit>,
    /// Number of expressions around this one that may be left unevaluated.
    pub(super) choices: usize,
    /// What the language gives a value in every tick, as far as it is mentioned.
    pub(super) givens: Vec<(hir::Given, VarId, Span)>,
}

impl<'c, 'a> Body<'c, 'a> {
    pub(super) fn new(cx: &'c mut Cx<'a>, place: Place) -> Body<'c, 'a> {
        Body {
            cx,
            vars: Vars::default(),
            place,
            binders: BTreeSet::new(),
            wanted: Vec::new(),
            choices: 0,
            givens: Vec::new(),
        }
    }

    /// The function or constant at hand mentions another.
    pub(super) fn mention(&mut self, other: Owner) {
        let me = match self.place {
            Place::Fn(id) => Owner::Fn(id),
            Place::Const(id) => Owner::Const(id),
            Place::Rule | Place::Default => return,
        };
        self.cx.mentions.push((me, other));
    }

    /// The checks at the end of a rule or function: shadowing, collections and
    /// upper-case words used as variables, and variables used once.
    pub(super) fn finish(&mut self, faults_before: usize) {
        self.keep_variables();
        self.report_shadows();
        self.report_uppers();
        self.report_collections_as_values();
        if self.cx.faults() == faults_before {
            self.warn_single_uses();
        }
    }

    fn report_shadows(&mut self) {
        for (inner, outer) in self.vars.shadows() {
            let var = &self.vars.arena[inner.index()];
            let diagnostic = Diagnostic::error(
                codes::SHADOWED_VARIABLE,
                var.span,
                format!("`{}` is already a variable of this rule or function", var.name),
            )
            .at("new here, under a name in use")
            .label(self.vars.arena[outer.index()].span, "in use here")
            .note("A variable of a `match` arm or of `all` is always a new one: it is not compared with one outside.")
            .help("give it another name; to compare, bind it and compare in a condition");
            self.cx.report(diagnostic);
        }
    }

    fn report_uppers(&mut self) {
        for (name, spans) in std::mem::take(&mut self.vars.uppers) {
            let Some((&first, rest)) = spans.split_first() else { continue };
            let lower = lower_first(&name);
            let mut diagnostic = Diagnostic::error(
                codes::UPPER_CASE_VARIABLE,
                first,
                format!("`{name}` is not a constructor, and variables start in lower case"),
            )
            .at("nothing has this name")
            .help(format!("write `{lower}`"));
            for &span in rest.iter().take(UNKNOWN_LABELS_MAX) {
                diagnostic = diagnostic.label(span, "and here");
            }
            // One change mends it only when it stands in one place and hits no other variable.
            if rest.is_empty() && self.vars.find(&lower).is_none() && self.place == Place::Rule {
                diagnostic = diagnostic.fix(format!("write `{lower}`"), first, lower);
            }
            self.cx.report(diagnostic);
        }
    }

    fn report_collections_as_values(&mut self) {
        for (id, var) in self.vars.arena.iter().enumerate() {
            let Some(Symbol::Rel(rel)) = self.cx.scope.symbol(&var.name) else {
                continue;
            };
            if self.vars.in_pattern[id] {
                continue;
            }
            let name = &var.name;
            let diagnostic = Diagnostic::error(
                codes::COLLECTION_AS_VALUE,
                var.span,
                format!("`{name}` is a collection, not a value"),
            )
            .at("a value is expected here")
            .label(self.cx.program.rels[rel.index()].name_span, "declared here")
            .help(format!(
                "read its rows in the body, `{}`, and use their variables here",
                self.cx.shape(rel)
            ));
            self.cx.report(diagnostic);
        }
    }

    fn warn_single_uses(&mut self) {
        for (id, var) in self.vars.arena.iter().enumerate() {
            // What nothing binds is an error of its own, found when safety is checked.
            let name = &var.name;
            if var.uses != 1 || !self.vars.in_pattern[id] || name.starts_with('_') {
                continue;
            }
            if self.vars.denied.iter().any(|atom| atom.lo <= var.span.lo && var.span.hi <= atom.hi)
            {
                continue;
            }
            let is_parameter =
                matches!(self.place, Place::Fn(_)) && self.is_parameter(VarId(id as u32));
            let (code, title) = if is_parameter {
                (codes::UNUSED_PARAMETER, format!("parameter `{name}` is never used"))
            } else {
                (codes::SINGLE_USE, format!("variable `{name}` is used once"))
            };
            let help = if is_parameter {
                format!("write `_{name}` if that is meant")
            } else {
                format!("write `_{name}` or `_` if any value will do")
            };
            let diagnostic = Diagnostic::warning(code, var.span, title);
            self.cx.report(if self.vars.shorthands.contains(&var.span) {
                diagnostic.help("leave the column out if any value will do")
            } else {
                let (title, new) = (format!("write `_{name}`"), format!("_{name}"));
                diagnostic.help(help).fix(title, var.span, new)
            });
        }
    }

    fn is_parameter(&self, var: VarId) -> bool {
        let name = &self.vars.arena[var.index()].name;
        self.vars.find(name) == Some(var)
    }
}

/// `Xs` to `xs`.
pub(super) fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) if name.chars().all(|c| c.is_uppercase() || !c.is_alphabetic()) => {
            first.to_lowercase().chain(chars.flat_map(char::to_lowercase)).collect()
        }
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
