//! What each tick took in, what changed and what left: as text for people, as
//! JSON lines for programs. This room turns a tick into text and decides
//! nothing.

use crate::cli::node::args::TraceForm;
use crate::cli::node::facts;
use crate::cli::node::leaving::instant;
use crate::connect::schema::Schema;
use crate::connect::write::Form;
use crate::connect::write::RowWriter;
use crate::connect::write::json_text;
use crate::kernel::Engine;
use crate::tick::Rows;
use crate::tick::Tick;

/// Rows of one kind that a text shows of one collection.
const ROWS_SHOWN: usize = 20;

/// What rows are understood by.
pub struct View<'a> {
    pub schemas: &'a [Schema],
    pub engine: &'a Engine,
}

/// A tick as lines of text, or as one of JSON.
pub fn tick(form: TraceForm, tick: &Tick, view: &View<'_>) -> String {
    match form {
        TraceForm::Text => text(tick, view),
        TraceForm::Json => json(tick, view),
    }
}

fn text(tick: &Tick, view: &View<'_>) -> String {
    let own = if tick.own { ", by itself" } else { "" };
    let mut out = format!("tick {}{own}  {}\n", tick.number, instant(tick.now));
    let mut add = |word: &str, all: &[Rows]| {
        for rows in all {
            list(word, rows, view, &mut out);
        }
    };
    add("in", &tick.took);
    add("taken out", &tick.taken_out);
    for change in &tick.changed {
        add("-", std::slice::from_ref(&change.lost));
        add("+", std::slice::from_ref(&change.gained));
    }
    add("shown", &tick.shown);
    add("sent", &tick.sent);
    add("to me", &tick.kept);
    add("timer", &tick.timers);
    for (word, lines) in [("stdout", &tick.stdout), ("stderr", &tick.stderr)] {
        for line in lines {
            out.push_str(&format!("  {word:<7} {line}\n"));
        }
    }
    if let Some(code) = tick.halt {
        out.push_str(&format!("  halt    {code}\n"));
    }
    out
}

fn list(word: &str, rows: &Rows, view: &View<'_>, out: &mut String) {
    let schema = &view.schemas[rows.rel.index()];
    let mut writer = RowWriter::new(&view.engine.plan().types, schema, Form::Facts);
    for row in facts::each(rows).take(ROWS_SHOWN) {
        let mut fact = Vec::new();
        writer.row(row, view.engine.interner(), &mut fact);
        out.push_str(&format!("  {word:<7} {}", String::from_utf8_lossy(&fact)));
    }
    if rows.count > ROWS_SHOWN {
        let more = rows.count - ROWS_SHOWN;
        out.push_str(&format!("  {word:<7} and {more} more rows of {}\n", schema.name));
    }
}

fn json(tick: &Tick, view: &View<'_>) -> String {
    let mut out = Vec::new();
    let own = tick.own;
    out.extend(
        format!("{{\"tick\":{},\"now\":\"{}\",\"own\":{own}", tick.number, instant(tick.now))
            .bytes(),
    );
    let lost: Vec<Rows> = tick.changed.iter().map(|change| change.lost.clone()).collect();
    let gained: Vec<Rows> = tick.changed.iter().map(|change| change.gained.clone()).collect();
    let all: [(&str, &[Rows]); 8] = [
        ("in", &tick.took),
        ("taken_out", &tick.taken_out),
        ("lost", &lost),
        ("gained", &gained),
        ("shown", &tick.shown),
        ("sent", &tick.sent),
        ("to_me", &tick.kept),
        ("timers", &tick.timers),
    ];
    for (name, all) in all {
        events(name, all, view, &mut out);
    }
    for (name, lines) in [("stdout", &tick.stdout), ("stderr", &tick.stderr)] {
        out.extend(format!(",\"{name}\":[").bytes());
        for (i, line) in lines.iter().enumerate() {
            out.extend_from_slice(if i > 0 { b"," } else { b"" });
            json_text(line.as_bytes(), &mut out);
        }
        out.push(b']');
    }
    if let Some(code) = tick.halt {
        out.extend(format!(",\"halt\":{code}").bytes());
    }
    out.extend_from_slice(b"}\n");
    String::from_utf8_lossy(&out).into_owned()
}

fn events(name: &str, all: &[Rows], view: &View<'_>, out: &mut Vec<u8>) {
    out.extend(format!(",\"{name}\":[").bytes());
    let types = &view.engine.plan().types;
    let interner = view.engine.interner();
    let mut first = true;
    for rows in all {
        let schema = &view.schemas[rows.rel.index()];
        for row in facts::each(rows) {
            out.extend_from_slice(if first { b"" } else { b"," });
            first = false;
            facts::event(row, types, schema, interner, out);
        }
    }
    out.push(b']');
}
