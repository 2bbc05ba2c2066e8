//! Rules over time. A rule with another operator than `<=` derives rows of a
//! stage of its target, in its own tick and like any rule; what becomes of
//! them when the tick ends is not known here. `now` and `me` are columns of
//! collections with one row, so that rules read them like everything else.

use super::hir;
use super::hir::ExprKind;
use super::hir::Given;
use super::hir::LitKind;
use super::hir::PatKind;
use super::hir::RelKind;
use super::hir::Stage;
use super::hir::TypeKind;
use super::resolve::Body;
use super::resolve::Cx;
use super::resolve::Place;
use super::scope::Symbol;
use super::words;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::source::Span;
use crate::syntax::ast;

/// Words of the language for what every program has: kind, columns.
fn declared(given: Given) -> (&'static str, RelKind, &'static [(&'static str, TypeKind)]) {
    match given {
        Given::Startup => ("startup", RelKind::Input, &[("boot", TypeKind::Int)]),
        Given::Stdin => ("stdin", RelKind::Input, &[("line", TypeKind::Str), ("n", TypeKind::Int)]),
        Given::Stdout => ("stdout", RelKind::Output, &[("line", TypeKind::Str)]),
        Given::Stderr => ("stderr", RelKind::Output, &[("line", TypeKind::Str)]),
        Given::Halt => ("halt", RelKind::Output, &[("code", TypeKind::Int)]),
        Given::Members => {
            ("members", RelKind::InputView, &[("n", TypeKind::Node), ("role", TypeKind::Str)])
        }
        Given::Now => ("now", RelKind::Input, &[("now", TypeKind::Time)]),
        Given::Me => ("me", RelKind::InputView, &[("me", TypeKind::Node)]),
        Given::Seed => ("seed", RelKind::Input, &[("seed", TypeKind::Int)]),
    }
}

/// The collection that a word stands for in every program.
pub(super) fn given_word(word: &str) -> Option<Given> {
    Some(match word {
        "startup" => Given::Startup,
        "stdin" => Given::Stdin,
        "stdout" => Given::Stdout,
        "stderr" => Given::Stderr,
        "halt" => Given::Halt,
        "members" => Given::Members,
        _ => return None,
    })
}

impl Cx<'_> {
    /// A collection that every program has; only those that a program mentions
    /// are among its collections.
    pub(super) fn given(&mut self, given: Given) -> RelId {
        if let Some(at) = self.program.rels.iter().position(|rel| rel.given == Some(given)) {
            return RelId(at as u32);
        }
        let id = RelId(self.program.rels.len() as u32);
        let (name, kind, cols) = declared(given);
        let nowhere = Span::default();
        let col = |(name, ty): &(&str, TypeKind)| hir::Col {
            name: (*name).to_string(),
            ty: Some(hir::Type { kind: ty.clone(), span: nowhere }),
            default: None,
            span: nowhere,
        };
        let cols = cols.iter().map(col).collect();
        // Lines come one after the other, and what one asks for may hang on the last.
        let serial = (given == Given::Stdin).then(Vec::new);
        let doc = words::purpose(name).map(str::to_string);
        let new = hir::Rel::new(name, kind, nowhere);
        let rel = hir::Rel { given: Some(given), serial, cols, doc, ..new };
        self.program.rels.push(rel);
        if given_word(name).is_some() {
            self.scope.lower.insert(name.to_string(), (Symbol::Rel(id), nowhere));
        }
        id
    }

    /// The stage of a collection.
    pub(super) fn stage(&mut self, how: Stage, target: RelId) -> RelId {
        let kind = RelKind::Stage(how, target);
        if let Some(at) = self.program.rels.iter().position(|rel| rel.kind == kind) {
            return RelId(at as u32);
        }
        let of = &self.program.rels[target.index()];
        let (cols, keys) = match how {
            Stage::Next | Stage::Replace => (of.cols.clone(), of.keys),
            // What tells rows apart; each of these rows is there.
            Stage::Delete => {
                let cols: Vec<hir::Col> =
                    identity(of).into_iter().map(|c| of.cols[c].clone()).collect();
                let count = cols.len();
                (cols, Some(count))
            }
            // Two messages of one key are two messages.
            Stage::Send => (of.cols.clone(), Some(of.cols.len())),
        };
        let rel =
            hir::Rel { cols, keys, span: of.span, ..hir::Rel::new(&of.name, kind, of.name_span) };
        self.program.rels.push(rel);
        RelId(self.program.rels.len() as u32 - 1)
    }

    /// Whether the operator may write the collection; says so if not.
    pub(super) fn takes(&mut self, rel: RelId, op: ast::Op, span: Span) -> bool {
        let of = &self.program.rels[rel.index()];
        let kind = of.kind;
        let is_table = kind.is_table() && kind != RelKind::StaticTable;
        let travels = matches!(kind, RelKind::Channel | RelKind::Timer);
        if op == ast::Op::Replace && is_table && identity(of).len() == of.cols.len() {
            self.all_key(rel, span);
            return false;
        }
        let fine = match op {
            ast::Op::Now => !travels && kind != RelKind::Periodic,
            ast::Op::Next => is_table || kind == RelKind::Scratch,
            ast::Op::Delete | ast::Op::Replace => is_table,
            ast::Op::Send => travels,
        };
        if fine {
            return true;
        }
        let (name, words) = (of.name.clone(), kind.words());
        let declared = of.name_span;
        let (why, help) = advice(kind, op);
        let sign = sign(op);
        self.report(
            Diagnostic::error(
                codes::WRONG_OPERATOR,
                span,
                format!("the {words} `{name}` cannot be written with `{sign}`"),
            )
            .at(why)
            .label(declared, format!("`{name}` is declared here"))
            .help(help),
        );
        false
    }
}

/// Why an operator does not write a kind of collection, and what to do.
fn advice(kind: RelKind, op: ast::Op) -> (&'static str, &'static str) {
    match (kind, op) {
        (RelKind::Channel, _) => {
            ("a row of a channel is sent and arrives in a later tick", "write `<~`")
        }
        (RelKind::Timer, _) => ("a row of a timer comes back when its time has come", "write `<~`"),
        (RelKind::Periodic, _) => (
            "its events come by the clock alone",
            "use a `timer` for events at times that rules choose",
        ),
        (RelKind::View | RelKind::InputView | RelKind::OutputView, _) => (
            "a view follows from the state, and has no next tick of its own",
            "write `<=`, or change the tables that the view reads",
        ),
        (RelKind::StaticTable, _) => {
            ("it is loaded before the first tick and never changes", "declare it as a `table`")
        }
        (RelKind::Input, _) => (
            "rows come from outside only",
            "collect its rows and your own in a scratch, and read that",
        ),
        (RelKind::Output, ast::Op::Next) => (
            "an output shows what holds in a tick",
            "write a scratch with `<+`, and the output from it with `<=`",
        ),
        (RelKind::Output, _) => (
            "an output shows what holds in a tick, and keeps nothing",
            "write `<=`, or keep the rows in a table and show that",
        ),
        (_, ast::Op::Send) => {
            ("only channels and timers send", "write `<=` for this tick or `<+` for the next one")
        }
        (RelKind::Scratch, _) => (
            "rows of a scratch are gone after their tick anyway",
            "write `<=`, or `<+` for the next tick",
        ),
        _ => ("not every operator goes with it", "write `<=`"),
    }
}

/// How an operator is written.
pub(super) fn sign(op: ast::Op) -> &'static str {
    match op {
        ast::Op::Now => "<=",
        ast::Op::Next => "<+",
        ast::Op::Delete => "<-",
        ast::Op::Replace => "<+-",
        ast::Op::Send => "<~",
    }
}

/// The columns that tell rows of a table apart: those of its key, and of a
/// table without one all that do not merge.
pub(super) fn identity(rel: &hir::Rel) -> Vec<usize> {
    match rel.keys {
        Some(keys) => (0..keys).collect(),
        None => {
            let merges = |c: &hir::Col| c.ty.as_ref().is_some_and(|t| is_lattice(&t.kind));
            (0..rel.cols.len()).filter(|&c| !merges(&rel.cols[c])).collect()
        }
    }
}

fn is_lattice(kind: &TypeKind) -> bool {
    matches!(
        kind,
        TypeKind::Max(_)
            | TypeKind::Min(_)
            | TypeKind::Any
            | TypeKind::All
            | TypeKind::Set(_)
            | TypeKind::Map(..)
            | TypeKind::Pair(..)
            | TypeKind::Bag(_)
            | TypeKind::Lex(..)
            | TypeKind::Point(_)
    )
}

/// What a head says of a column.
pub(super) enum Arg {
    /// A value.
    Value(hir::Expr),
    /// `_` in a head with `<-`: any value.
    Any,
    /// Left out of a head with `<+-`: the value that is there.
    Kept,
}

impl Cx<'_> {
    /// An invariant is violated where the opposite of its condition holds.
    pub(super) fn invariant(&mut self, item: &ast::Item, name: &ast::Name, cond: &ast::Expr) {
        let head = RelId(self.program.rels.len() as u32);
        self.program.rels.push(hir::Rel {
            doc: item.doc.clone(),
            span: item.span,
            ..hir::Rel::new(&name.text, hir::RelKind::Violation, name.span)
        });
        let faults = self.faults();
        self.taint_if_broken(item.span);
        let mut body = Body::new(self, Place::Rule);
        let opposite = match &cond.kind {
            ast::ExprKind::Not(inner) => (**inner).clone(),
            _ => ast::Expr { kind: ast::ExprKind::Not(Box::new(cond.clone())), span: cond.span },
        };
        let mut lits = body.body(&[ast::Lit::Plain { expr: opposite, otherwise: None }]);
        lits.append(&mut body.wanted);
        lits.splice(0..0, body.given_atoms());
        body.finish(faults);
        let vars = std::mem::take(&mut body.vars.arena);
        self.program.rules.push(hir::Rule {
            head,
            args: Vec::new(),
            head_span: name.span,
            body: lits,
            order: Vec::new(),
            vars,
            is_fact: false,
            doc: None,
            span: item.span,
        });
    }
}

impl Body<'_, '_> {
    /// The variable that `now` or `me` is in this rule; `None`, and said, where
    /// there are no rows to read it from.
    pub(super) fn given_value(&mut self, word: &str, span: Span) -> Option<VarId> {
        let given = match word {
            "me" => Given::Me,
            "now" => Given::Now,
            _ => Given::Seed,
        };
        if self.place != Place::Rule {
            let title = format!("`{word}` stands only in rules");
            let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, span, title)
                .at("here it would have no tick and no node");
            let diagnostic = match self.place {
                Place::Fn(_) => diagnostic.help(format!(
                    "give the function a parameter for it, and write `{word}` where a rule calls it"
                )),
                _ => diagnostic.help(format!("write `{word}` in the rules that need it")),
            };
            self.cx.report(diagnostic);
            return None;
        }
        Some(self.given_var(given, word, span))
    }

    /// The variable under which a rule reads a collection of one row.
    pub(super) fn given_var(&mut self, given: Given, word: &str, span: Span) -> VarId {
        if let Some((_, var, _)) = self.givens.iter().find(|(g, ..)| *g == given) {
            return *var;
        }
        // Rules have no word for the seed.
        let var = match given {
            Given::Seed => self.vars.nameless(span),
            _ => self.vars.reserved(word, span),
        };
        self.givens.push((given, var, span));
        var
    }

    /// The atoms that give `now`, `me` and their kin their values.
    pub(super) fn given_atoms(&mut self) -> Vec<hir::Lit> {
        let givens = std::mem::take(&mut self.givens);
        let mut atoms = Vec::new();
        for (given, var, span) in givens {
            let rel = self.cx.given(given);
            let args = vec![hir::Pat { kind: PatKind::Var(var), span }];
            let kind = LitKind::Atom(hir::Atom { rel, args, news: false, span });
            atoms.push(hir::Lit { kind, span });
        }
        atoms
    }

    /// The head of a rule as the rule that derives it: the collection, and its
    /// values. What a head leaves open is read in the body.
    pub(super) fn staged(
        &mut self,
        rel: RelId,
        op: Option<ast::Op>,
        args: Vec<Arg>,
        span: Span,
        lits: &mut Vec<hir::Lit>,
    ) -> (RelId, Vec<hir::Expr>) {
        let how = match op {
            None | Some(ast::Op::Now) => return (rel, values(args, span)),
            Some(ast::Op::Next) => Stage::Next,
            Some(ast::Op::Replace) => Stage::Replace,
            Some(ast::Op::Send) => Stage::Send,
            Some(ast::Op::Delete) => return self.deletion(rel, args, span, lits),
        };
        let head = self.cx.stage(how, rel);
        if !args.iter().any(|a| matches!(a, Arg::Kept)) {
            return (head, values(args, span));
        }
        // The row of this key, as it is now, has what is left out.
        let keys = identity(&self.cx.program.rels[rel.index()]);
        let mut pats = Vec::new();
        let mut row = Vec::new();
        for (col, arg) in args.into_iter().enumerate() {
            let (pat, value) = match arg {
                Arg::Value(value) if keys.contains(&col) => {
                    let value = self.cx.sought(value, "a key of a head with `<+-`");
                    (PatKind::Expr(value.clone()), Some(value))
                }
                Arg::Value(value) => (PatKind::Wild, Some(value)),
                Arg::Kept | Arg::Any => (PatKind::Var(self.vars.nameless(span)), None),
            };
            let value = value.or_else(|| var_of(&pat, span));
            pats.push(hir::Pat { kind: pat, span });
            row.extend(value);
        }
        let atom = hir::Atom { rel, args: pats, news: false, span };
        lits.push(hir::Lit { kind: LitKind::Atom(atom), span });
        (head, row)
    }

    /// A row is deleted when it is there as the head says.
    fn deletion(
        &mut self,
        rel: RelId,
        args: Vec<Arg>,
        span: Span,
        lits: &mut Vec<hir::Lit>,
    ) -> (RelId, Vec<hir::Expr>) {
        let head = self.cx.stage(Stage::Delete, rel);
        let keys = identity(&self.cx.program.rels[rel.index()]);
        let mut pats = Vec::new();
        let mut row = Vec::new();
        for (col, arg) in args.into_iter().enumerate() {
            let is_key = keys.contains(&col);
            let pat = match arg {
                Arg::Value(value) => PatKind::Expr(self.cx.sought(value, "a head with `<-`")),
                Arg::Any | Arg::Kept if is_key => PatKind::Var(self.vars.nameless(span)),
                Arg::Any | Arg::Kept => PatKind::Wild,
            };
            if is_key {
                row.extend(var_of(&pat, span));
            }
            pats.push(hir::Pat { kind: pat, span });
        }
        let atom = hir::Atom { rel, args: pats, news: false, span };
        lits.push(hir::Lit { kind: LitKind::Atom(atom), span });
        (head, row)
    }
}

fn values(args: Vec<Arg>, span: Span) -> Vec<hir::Expr> {
    let error = || hir::Expr { kind: ExprKind::Error, span };
    args.into_iter()
        .map(|arg| match arg {
            Arg::Value(value) => value,
            Arg::Any | Arg::Kept => error(),
        })
        .collect()
}

fn var_of(pat: &PatKind, span: Span) -> Option<hir::Expr> {
    match pat {
        PatKind::Var(var) => Some(hir::Expr { kind: ExprKind::Var(*var), span }),
        PatKind::Expr(value) => Some(value.clone()),
        _ => None,
    }
}
