//! A program with roles: each role's program goes through the phases by
//! itself, and what is said of them is put together. What is said of a text
//! that all roles share is said once, and a warning only if all say it.

use super::Around;
use super::Built;
use super::Compiled;
use super::Options;
use super::scenarios;
use super::scenarios::Played;
use super::scenarios::Scenarios;
use super::scenarios::Wanted;
use crate::calm::strata::Strata;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::render;
use crate::lint::Elsewhere;
use crate::names::hir;
use crate::names::modules::Copies;
use crate::names::roles;
use crate::names::roles::Head;
use crate::names::roles::Part;
use crate::names::roles::Split;
use crate::source::FileId;
use crate::source::SourceMap;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::ItemKind;
use crate::types::ty::Ty;
use crate::types::typed;

/// A role with its own program.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub name_span: Span,
    /// All of it.
    pub span: Span,
    /// What its nodes are started with.
    pub params: Vec<Parameter>,
    /// The key by which its nodes share the work.
    pub partitioned: Option<String>,
    /// Its tables are those of the group; with the number of copies if it says one.
    pub replicated: Option<Option<u64>>,
    /// It needs a folder to keep its state in.
    pub durable: bool,
    /// Names resolved.
    pub hir: hir::Program,
    /// Types and judgements made.
    pub typed: typed::Program,
    /// Only of a program without errors.
    pub strata: Option<Strata>,
}

/// A parameter of a role: a constant of its program, which has its value only
/// when that is set or the parameter has a default.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Ty,
    /// Whether it has no value of its own.
    pub required: bool,
    /// Where its default is written.
    pub default: Option<Span>,
    /// Its name in the text.
    pub span: Span,
}

/// Checks a program that was taken apart; the text and its tree are the
/// caller's to add.
pub(super) fn check(
    split: &Split,
    set: Vec<(String, ast::Expr)>,
    options: &Options,
    sources: &mut SourceMap,
    mut diags: Vec<Diagnostic>,
) -> Compiled {
    let heads: Vec<Head> = split.parts.iter().map(|part| part.head.clone()).collect();
    let text = Text::of(split);
    let before = diags.len();
    let mut told: Vec<Vec<Diagnostic>> = Vec::new();
    let mut built: Vec<Built> = Vec::new();
    for part in &split.parts {
        let own = settings_of(part, split, &set);
        let around = around(&part.head, &heads, &own, options);
        let mut module = part.module.clone();
        let mut said = diags.clone();
        let mut one = around.build(&mut module, sources, &mut said);
        one.stratify(&mut said);
        told.push(said.split_off(before));
        built.push(one);
    }
    let mut of_tests = Vec::new();
    let mut found = None;
    let mut reads = Vec::new();
    if !options.without_tests && !split.tests.is_empty() {
        let pairs = heads.iter().zip(&built);
        let parts: Vec<scenarios::Part<'_>> =
            pairs.map(|(head, one)| scenarios::Part { head, typed: &one.typed }).collect();
        let around = Around { set: set.clone(), open: Vec::new(), roles: &heads, options };
        let tests = &split.tests;
        let mut said = diags.clone();
        found = scenarios::check(tests, &split.shared, &parts, &around, sources, &mut said);
        of_tests = said.split_off(before);
        reads = found.as_ref().map(|found| found.places(sources)).unwrap_or_default();
    }
    let mut all = told.iter().flatten().chain(&diags).chain(&of_tests);
    if !all.any(Diagnostic::is_error) {
        let mut elsewhere = Elsewhere::default();
        built.iter().for_each(|one| elsewhere.add(&one.typed, &one.hir, sources));
        reads.into_iter().for_each(|place| elsewhere.read(place));
        for (one, said) in built.iter().zip(&mut told) {
            one.lint(&elsewhere, sources, said);
        }
    } else {
        built.iter_mut().for_each(|one| one.order = None);
    }
    let united = united(split, &heads, &set, options, sources);
    let mut copies = Copies::default();
    for (one, said) in built.iter_mut().zip(&mut told) {
        *said = one.finish(options, sources, std::mem::take(said));
        copies.add(&one.expanded.copies);
    }
    diags.extend(together(told, &text, sources));
    diags.extend(of_tests);
    let stage = Stage { split, heads: &heads, built: &built, set: &set, options };
    stage.cast(&mut found, sources, &mut copies, &mut diags);
    let diagnostics = render::in_order(&diags).into_iter().cloned().collect();
    Compiled {
        hir: Some(united.hir),
        typed: Some(united.typed),
        copies,
        roles: heads.iter().zip(built).map(|(head, one)| role(head, one, &set)).collect(),
        scenarios: found,
        diagnostics,
        ..Compiled::default()
    }
}

/// The settings that are about a role: those of what another declares and it
/// does not are none of its business.
fn settings_of(
    part: &Part,
    split: &Split,
    set: &[(String, ast::Expr)],
) -> Vec<(String, ast::Expr)> {
    let declares = |part: &Part, wanted: &str| {
        let of_head = part.head.params.iter().any(|param| param.name.text == wanted);
        of_head
            || part.module.items.iter().any(
                |item| matches!(&item.kind, ItemKind::Const { name, .. } if name.text == wanted),
            )
    };
    let about = |(name, _): &&(String, ast::Expr)| {
        declares(part, name) || !split.parts.iter().any(|part| declares(part, name))
    };
    set.iter().filter(about).cloned().collect()
}

/// What the nodes of tests are cast from.
struct Stage<'a> {
    split: &'a Split,
    heads: &'a [Head],
    built: &'a [Built],
    set: &'a [(String, ast::Expr)],
    options: &'a Options,
}

impl Stage<'_> {
    /// The programs of all groups of tests, of a program without errors.
    fn cast(
        &self,
        found: &mut Option<Scenarios>,
        sources: &mut SourceMap,
        copies: &mut Copies,
        diags: &mut Vec<Diagnostic>,
    ) {
        if let Some(found) = found
            && !diags.iter().any(Diagnostic::is_error)
        {
            found.cast(|wanted| self.played(wanted, sources, copies, diags));
        }
    }

    /// The program of a role with the values that a group gives it.
    fn played(
        &self,
        wanted: &Wanted,
        sources: &mut SourceMap,
        copies: &mut Copies,
        diags: &mut Vec<Diagnostic>,
    ) -> Option<Played> {
        let at = self.heads.iter().position(|head| head.name.text == wanted.role)?;
        let (head, plain) = (self.heads.get(at)?, self.built.get(at)?);
        if wanted.args.is_empty() {
            return Some(scenarios::played(head, plain.typed.clone(), plain.order.clone()?));
        }
        let part = self.split.parts.get(at)?;
        let mut set = settings_of(part, self.split, self.set);
        // What the group says comes last, and counts.
        set.extend_from_slice(&wanted.args);
        let around = around(head, self.heads, &set, self.options);
        let mut module = part.module.clone();
        let mut said = Vec::new();
        let mut one = around.build(&mut module, sources, &mut said);
        one.stratify(&mut said);
        let said = one.finish(self.options, sources, said);
        copies.add(&one.expanded.copies);
        diags.extend(scenarios::of_group(said, wanted));
        Some(scenarios::played(head, one.typed, one.order?))
    }
}

/// What the programs of all roles share, for one of them.
pub(super) fn around<'a>(
    head: &Head,
    heads: &'a [Head],
    set: &[(String, ast::Expr)],
    options: &'a Options,
) -> Around<'a> {
    let open = head.params.iter().filter(|param| param.default.is_none());
    let open = open.map(|param| param.name.text.clone()).collect();
    Around { set: set.to_vec(), open, roles: heads, options }
}

fn role(head: &Head, built: Built, set: &[(String, ast::Expr)]) -> Role {
    let param = |param: &ast::Param| {
        let name = &param.name.text;
        let found = built.typed.consts.iter().find(|c| c.name == *name);
        Parameter {
            name: name.clone(),
            ty: found.map_or(Ty::Error, |c| c.value.ty.clone()),
            required: param.default.is_none() && !set.iter().any(|(n, _)| n == name),
            default: param.default.as_ref().map(|default| default.span),
            span: param.name.span,
        }
    };
    Role {
        name: head.name.text.clone(),
        name_span: head.name.span,
        span: head.span,
        params: head.params.iter().map(param).collect(),
        partitioned: head.partitioned.as_ref().map(|(key, _)| key.text.clone()),
        replicated: head.replicated,
        durable: head.durable,
        hir: built.hir,
        typed: built.typed,
        strata: built.order,
    }
}

/// Everything that all roles declare, for editors; what would be said of it is
/// said of each role.
fn united(
    split: &Split,
    heads: &[Head],
    set: &[(String, ast::Expr)],
    options: &Options,
    sources: &mut SourceMap,
) -> Built {
    let params = heads.iter().flat_map(|head| &head.params);
    let open = params.filter(|param| param.default.is_none());
    let around = Around {
        set: set.to_vec(),
        open: open.map(|param| param.name.text.clone()).collect(),
        roles: heads,
        options,
    };
    let mut said = Vec::new();
    let mut built = around.build(&mut roles::united(split), sources, &mut said);
    built.expanded.copies.settle(&mut built.hir, sources);
    built
}

/// Which parts of the text are whose.
struct Text {
    /// Places of roles, and of modules, whose text is that of their instances.
    own: Vec<Span>,
    params: Vec<Span>,
}

impl Text {
    fn of(split: &Split) -> Text {
        let mut own: Vec<Span> = split.parts.iter().map(|part| part.head.span).collect();
        for item in &split.shared.items {
            if matches!(item.kind, ItemKind::Module(_) | ItemKind::Protocol { .. }) {
                own.push(item.span);
            }
        }
        let params = split.parts.iter().flat_map(|part| &part.head.params);
        Text { own, params: params.map(|param| param.name.span).collect() }
    }

    fn is_shared(&self, span: Span) -> bool {
        let inside = |s: &Span| s.lo <= span.lo && span.hi <= s.hi;
        span.file == FileId(0) && !self.own.iter().any(inside)
    }
}

/// What was said of all roles, each thing once.
fn together(told: Vec<Vec<Diagnostic>>, text: &Text, sources: &SourceMap) -> Vec<Diagnostic> {
    let roles = told.len();
    let mut out: Vec<(Key, usize, Diagnostic)> = Vec::new();
    for said in told {
        let mut mine: Vec<usize> = Vec::new();
        for mut diagnostic in said {
            if text.params.contains(&diagnostic.primary.span) {
                diagnostic.title = diagnostic.title.replacen("the constant", "the parameter", 1);
            }
            let key = key(&diagnostic, sources);
            // Of what one role says twice, both are kept.
            let known = (0..out.len()).find(|at| out[*at].0 == key && !mine.contains(at));
            let at = known.unwrap_or(out.len());
            match known {
                Some(at) => out[at].1 += 1,
                None => out.push((key, 1, diagnostic)),
            }
            mine.push(at);
        }
    }
    let kept = |(_, times, diagnostic): &(Key, usize, Diagnostic)| {
        let by_all = match diagnostic.is_error() {
            true => diagnostic.code == codes::UNKNOWN_SETTING,
            false => text.is_shared(diagnostic.primary.span),
        };
        !by_all || *times == roles
    };
    out.into_iter().filter(kept).map(|(_, _, diagnostic)| diagnostic).collect()
}

/// What makes two messages one: imported files are read for each role.
type Key = (crate::diag::Code, String, String, u32, u32);

fn key(diagnostic: &Diagnostic, sources: &SourceMap) -> Key {
    let span = diagnostic.primary.span;
    let file = sources.file(span.file).name.clone();
    (diagnostic.code, diagnostic.title.clone(), file, span.lo, span.hi)
}
