//! A plan as text for people. This room must not know how a plan is made.

use std::fmt::Write;

use crate::ids::RelId;
use crate::plan::ir::Bind;
use crate::plan::ir::CellIn;
use crate::plan::ir::Check;
use crate::plan::ir::Merge;
use crate::plan::ir::Program;
use crate::plan::ir::ROW_ID;
use crate::plan::ir::Rel;
use crate::plan::ir::Rule;
use crate::plan::ir::Step;
use crate::plan::ir::Values;
use crate::plan::ir::Variant;
use crate::plan::ir::Window;
use crate::plan::show::Names;
use crate::plan::types::show;
use crate::plan::upkeep;
use crate::plan::upkeep::Delta;
use crate::plan::upkeep::Kept;
use crate::plan::upkeep::Time;
use crate::plan::upkeep::Timed;
use crate::plan::upkeep::Why;

/// Relations with their indexes, then strata with their rules and variants.
pub fn plan_text(program: &Program) -> String {
    let mut out = String::new();
    for rel in &program.rels {
        let _ = writeln!(out, "{}", relation(program, rel));
    }
    for (number, stratum) in program.strata.iter().enumerate() {
        let names: Vec<&str> = stratum.rels.iter().map(|r| name(program, *r)).collect();
        let judged = if stratum.judged { "" } else { " (judged later)" };
        let _ = writeln!(out, "\nstratum {number}: {}{judged}", names.join(", "));
        stratum.rules.iter().for_each(|one| rule(program, one, &mut out));
    }
    out
}

fn name(program: &Program, rel: RelId) -> &str {
    &program.rels[rel.index()].name
}

/// The name of a physical column, as far as it was declared.
fn column(program: &Program, rel: RelId, col: usize) -> String {
    use crate::plan::ir::Shape;
    let of = &program.rels[rel.index()];
    if of.owner.is_some() {
        return match col {
            0 => "owner".into(),
            1 if of.keys == 2 => "element".into(),
            _ if col < of.keys => format!("element.{}", col - 1),
            _ => format!("value{}", col - of.keys),
        };
    }
    of.declared
        .iter()
        .find(|d| matches!(d.shape, Shape::Word(c) if c == col) && !d.name.is_empty())
        .map_or_else(|| format!("#{col}"), |d| d.name.clone())
}

fn relation(program: &Program, rel: &Rel) -> String {
    let cols = rel.cols.iter().enumerate().map(|(index, col)| {
        let ty = show(&program.types, col.ty);
        let arrow = if index == rel.keys && rel.keys > 0 { "=> " } else { "" };
        match col.merge {
            None => format!("{arrow}{ty}"),
            Some(Merge::Max) => format!("{arrow}max {ty}"),
            Some(Merge::Min) => format!("{arrow}min {ty}"),
            Some(Merge::Join(_)) => format!("{arrow}join {ty}"),
            Some(Merge::Count(of)) => format!("{arrow}rows of {}", name(program, of)),
        }
    });
    let cols: Vec<String> = cols.collect();
    let mut text = format!("{}({})", rel.name, cols.join(", "));
    if rel.hidden {
        text.push_str(" hidden");
    }
    for index in &rel.indexes {
        let cols: Vec<String> = index.iter().map(usize::to_string).collect();
        let _ = write!(text, " index[{}]", cols.join(","));
    }
    for list in &rel.lists {
        let cols: Vec<String> = list.key.iter().map(usize::to_string).collect();
        let _ = write!(text, " list[{} -> {}]", cols.join(","), list.value);
    }
    text
}

/// `x of rel(col = y)`: where an intersection finds its values.
fn values(names: &Names, values: &Values) -> String {
    let program = names.program;
    match values {
        Values::Keys { rel, list } => {
            let col = program.rels[rel.index()].lists[*list].key[0];
            format!("{} of {}()", column(program, *rel, col), name(program, *rel))
        }
        Values::Under { rel, list, key } => {
            let list = &program.rels[rel.index()].lists[*list];
            let keys: Vec<(usize, u16)> =
                list.key.iter().copied().zip(key.iter().copied()).collect();
            let row = row(names, *rel, &keys, &[], &[]);
            format!("{} of {row}", column(program, *rel, list.value))
        }
    }
}

fn rule(program: &Program, rule: &Rule, out: &mut String) {
    let names = Names { program, vars: &rule.vars };
    let _ = writeln!(out, "  {} (rule {})", rule.name, rule.source);
    for variant in &rule.variants {
        let title = match variant.delta {
            None => "once".to_owned(),
            Some((rel, window)) => format!("{} {}", window_text(window), self::name(program, rel)),
        };
        variant_text(&names, &title, variant, out);
    }
    if let Some(aggregate) = &rule.aggregate {
        let grows = if aggregate.grows { " while it grows" } else { "" };
        let _ = writeln!(out, "    group by ({}){grows}", names.regs(&aggregate.group));
        for agg in &aggregate.aggs {
            let arg = agg.arg.map(|reg| names.reg(reg)).unwrap_or_default();
            let _ = writeln!(out, "      {} = {:?}({arg})", names.reg(agg.to), agg.func);
        }
        steps(&names, &aggregate.finish, 6, out);
    }
    for audit in rule.audit.iter().chain(&rule.also_audit) {
        variant_text(&names, "audit", audit, out);
    }
    if let Some(how) = follows(program, rule) {
        let _ = writeln!(out, "    {how}");
    }
    if let Some(Kept::Up(upkeep)) = &rule.kept {
        upkeep.deltas.iter().for_each(|one| delta(&names, one, out));
    }
}

/// `maintained by counting`: what becomes of a view when a tick changes what it
/// reads. `None`: the rule is not of a view, or the program does not tick.
pub fn follows(program: &Program, rule: &Rule) -> Option<String> {
    let kept = rule.kept.as_ref()?;
    let beside = &program.strata.get(program.rels[rule.head.index()].stratum as usize)?.rels;
    let chosen = program.chosen.iter().find(|(rel, _)| beside.contains(rel));
    if chosen.is_some_and(|(_, dataflow)| *dataflow) {
        return Some("followed by a dataflow, as `@incremental` says".to_owned());
    }
    let why = match kept {
        Kept::Anew(Why::Recursive, _) => "the rule is recursive".to_owned(),
        Kept::Anew(Why::Merges(rel), _) => {
            format!("`{}` has a column that merges", name(program, *rel))
        }
        Kept::Anew(Why::Absence, _) => "more than one atom is absent together".to_owned(),
        Kept::Up(_) => {
            let head = &program.rels[rule.head.index()];
            let beside = &program.strata.get(head.stratum as usize)?.rules;
            let is_anew = |rule: &Rule| !matches!(rule.kept, Some(Kept::Up(_)));
            if !beside.iter().any(is_anew) {
                let by = if rule.aggregate.is_some() { "accumulators" } else { "counting" };
                return Some(format!("maintained by {by}"));
            }
            format!("another rule of `{}` has to be", head.name)
        }
    };
    let or = match kept {
        Kept::Anew(_, Ok(_)) if chosen.is_none() => "; by a dataflow where that costs less",
        _ => "",
    };
    Some(format!("recomputed when something changed, because {why}{or}"))
}

fn delta(names: &Names, delta: &Delta, out: &mut String) {
    let of = name(names.program, delta.of);
    let title = if delta.flips { format!("changed not {of}") } else { format!("changed {of}") };
    let _ = writeln!(out, "    {title}:");
    for Timed { time, step: one } in &delta.steps {
        // The window of what changed is said by its time.
        let text = step(names, one);
        let text = text.strip_prefix("scan new ").map_or(text.clone(), |row| format!("scan {row}"));
        let _ = writeln!(out, "      {}{text}", time_text(*time, one));
        if let Step::Absent { steps: inner } = one {
            steps(names, inner, 8, out);
        }
    }
}

fn time_text(time: Time, step: &Step) -> &'static str {
    match (time, upkeep::reads(step)) {
        (Time::Changed, _) => "changed: ",
        (Time::Old, true) => "before: ",
        _ => "",
    }
}

fn variant_text(names: &Names, title: &str, variant: &Variant, out: &mut String) {
    let _ = writeln!(out, "    {title}:");
    steps(names, &variant.steps, 6, out);
}

fn steps(names: &Names, steps: &[Step], indent: usize, out: &mut String) {
    for one in steps {
        let _ = writeln!(out, "{:indent$}{}", "", step(names, one));
        if let Step::Absent { steps: inner } = one {
            self::steps(names, inner, indent + 2, out);
        }
    }
}

fn window_text(window: Window) -> &'static str {
    match window {
        Window::All => "all",
        Window::New => "new",
        Window::Changed => "changed",
    }
}

/// `rel(col = x, col -> y)`: what a row must have and what it gives.
fn row(
    names: &Names,
    rel: RelId,
    keys: &[(usize, u16)],
    checks: &[Check],
    binds: &[Bind],
) -> String {
    let program = names.program;
    let col = |index: u16| match index {
        ROW_ID => "row".to_owned(),
        _ => column(program, rel, index as usize),
    };
    let mut parts: Vec<String> =
        keys.iter().map(|(c, reg)| format!("{} = {}", col(*c as u16), names.reg(*reg))).collect();
    parts.extend(checks.iter().map(|check| match check {
        Check::Reg(c, reg) => format!("{} == {}", col(*c), names.reg(*reg)),
        Check::Cols(a, b) => format!("{} == {}", col(*a), col(*b)),
    }));
    parts.extend(binds.iter().map(|b| format!("{} -> {}", col(b.col), names.reg(b.reg))));
    format!("{}({})", name(program, rel), parts.join(", "))
}

fn step(names: &Names, step: &Step) -> String {
    let program = names.program;
    let keyed = |rel: &RelId, key: &[u16]| -> Vec<(usize, u16)> {
        let keys = program.rels[rel.index()].keys;
        (0..keys).zip(key.iter().copied()).collect()
    };
    let indexed = |rel: &RelId, index: usize, key: &[u16]| -> Vec<(usize, u16)> {
        let cols = &program.rels[rel.index()].indexes[index];
        cols.iter().copied().zip(key.iter().copied()).collect()
    };
    let r = |reg: &u16| names.reg(*reg);
    match step {
        Step::Scan { rel, window, checks, binds } => {
            format!("scan {} {}", window_text(*window), row(names, *rel, &[], checks, binds))
        }
        Step::Probe { rel, index, key, checks, binds } => {
            format!("probe {}", row(names, *rel, &indexed(rel, *index, key), checks, binds))
        }
        Step::Intersect { to, of } => {
            let of: Vec<String> = of.iter().map(|v| values(names, v)).collect();
            format!("intersect {}: {}", r(to), of.join(", "))
        }
        Step::Find { rel, key, checks, binds } => {
            format!("find {}", row(names, *rel, &keyed(rel, key), checks, binds))
        }
        Step::Fetch { rel, row: at, checks, binds } => {
            format!("fetch row {} of {}", r(at), row(names, *rel, &[], checks, binds))
        }
        Step::AntiFind { rel, key } => {
            format!("no {}", row(names, *rel, &keyed(rel, key), &[], &[]))
        }
        Step::AntiProbe { rel, index, key } => {
            format!("no {}", row(names, *rel, &indexed(rel, *index, key), &[], &[]))
        }
        Step::AntiAny { rel } => format!("no {}()", name(program, *rel)),
        Step::Any { rel } => format!("any {}()", name(program, *rel)),
        Step::Semi { rel, index, key } => {
            format!("any {}", row(names, *rel, &indexed(rel, *index, key), &[], &[]))
        }
        Step::Absent { .. } => "no match of".into(),
        Step::Equal { a, b } => format!("{} == {}", r(a), r(b)),
        Step::Eval(code) => format!("let {}", names.code(code)),
        Step::Test(code, reg) if code.ops.is_empty() => format!("if {}", r(reg)),
        Step::Test(code, reg) => format!("let {}; if {}", names.code(code), r(reg)),
        Step::Each { from, element } => format!("each {} in {}", r(element), r(from)),
        Step::EachEntry { from, key, value } => {
            format!("each ({}, {}) in {}", r(key), r(value), r(from))
        }
        Step::EachInt { lo, hi, element } => {
            format!("each {} in {}..{}", r(element), r(lo), r(hi))
        }
        Step::Collect { row, to, .. } => format!("collect {} of row {}", r(to), r(row)),
        Step::Emit(emit) => {
            let mut parts: Vec<String> = emit.row.iter().map(r).collect();
            parts.extend(emit.cells.iter().map(|cell| cell_text(names, cell)));
            format!("emit {}({})", name(program, emit.rel), parts.join(", "))
        }
        Step::Accumulate => "accumulate".into(),
    }
}

fn cell_text(names: &Names, cell: &CellIn) -> String {
    match cell {
        CellIn::Word(reg) => names.reg(*reg),
        CellIn::Nothing => "{}".into(),
        CellIn::Element(regs) => format!("{{{}}}", names.regs(regs)),
        CellIn::Elements(reg) | CellIn::Entries(reg, _) => format!("{{..{}}}", names.reg(*reg)),
        CellIn::Entry(key, cells) => {
            let cells: Vec<String> = cells.iter().map(|c| cell_text(names, c)).collect();
            format!("{{{}: {}}}", names.regs(key), cells.join(", "))
        }
    }
}
