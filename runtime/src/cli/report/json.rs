//! A report as JSON, `calm-report/1`: everything that the human form says, and
//! what programs want beside it. docs/schema/calm-report-1.json describes it. The
//! same program gives the same bytes.

use bloom_compiler::calm::model::Answer;
use bloom_compiler::calm::model::Assumption;
use bloom_compiler::calm::model::AssumptionKind;
use bloom_compiler::calm::model::Meaning;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::RelName;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::model::Verdict;
use bloom_compiler::calm::model::What;
use bloom_compiler::calm::proof::Fact;
use bloom_compiler::calm::proof::Form;
use bloom_compiler::calm::proof::Search;
use bloom_compiler::calm::proof::Witness;
use bloom_compiler::source::Span;
use serde_json::Value;
use serde_json::json;
use sha2::Digest;
use sha2::Sha256;

use super::Scene;
use super::assume;
use super::known::Name;

/// The name of the form.
pub const SCHEMA: &str = "calm-report/1";

/// The report.
pub fn text(scene: &Scene<'_>) -> String {
    let report = scene.report;
    let source = scene.compiled.sources.files().first().map_or("", |file| &file.text);
    let all = |one: &dyn Fn(&Point) -> Value| report.points.iter().map(one).collect::<Vec<_>>();
    let mut root = json!({
        "schema": SCHEMA,
        "source": {"file": scene.name, "sha256": digest(source)},
        "what_if": assume::typed(scene.assume),
        "complete": report.complete,
        "summary": summary(report),
        "points": all(&|p| point(scene, p)),
        "verdicts": report.verdicts.iter().map(|v| verdict(scene, v)).collect::<Vec<_>>(),
        "free": free(report),
        "thresholds": thresholds(scene),
        "declared": declared(scene),
        "assumptions": report.assumptions.iter().map(assumption).collect::<Vec<_>>(),
        "duties": duties(report),
        "grows": report.grows.iter().map(|g| &g.relation.name).collect::<Vec<_>>(),
        "faults": faults(scene),
        "modules": modules(report),
        "gone": gone(scene),
    });
    if let Some(workers) = scene.workers {
        root["workers"] = json!(workers);
    }
    format!("{root:#}\n")
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn summary(report: &Report) -> Value {
    json!({
        "rules": report.rules,
        "free": report.free_rules,
        "points": report.points.len(),
        "accepted": report.points.iter().filter(|point| point.accepted.is_some()).count(),
        "thresholds": report.thresholds.len(),
    })
}

/// Places count lines, and characters in them, from 1; the end is one past the last.
fn span(scene: &Scene<'_>, span: Span) -> Value {
    let file = scene.compiled.sources.file(span.file);
    let (line, col) = file.line_col(span.lo);
    let (end_line, end_col) = file.line_col(span.hi);
    json!({
        "file": file.name, "line": line, "col": col, "end_line": end_line, "end_col": end_col,
    })
}

/// Names as in the declarations, each with the role whose own the collection is.
fn names(rels: &[RelName]) -> Vec<Value> {
    rels.iter().map(|rel| json!({"name": rel.name, "role": rel.role})).collect()
}

fn known_names(names: &[Name]) -> Vec<Value> {
    names.iter().map(|one| json!({"name": one.name, "role": one.role})).collect()
}

fn point(scene: &Scene<'_>, point: &Point) -> Value {
    let path: Vec<Value> = point
        .path
        .iter()
        .map(|step| {
            json!({
                "rule": step.rule.name,
                "rule_role": step.rule.role,
                "reads": step.reads.name,
                "reads_role": step.reads.role,
                "operator": step.operator,
                "variance": step.variance.sign(),
                "span": span(scene, step.span),
            })
        })
        .collect();
    let alternatives: Vec<Value> = point
        .alternatives
        .iter()
        .map(|one| json!({"kind": one.kind.word(), "key": one.key, "why_not": one.why_not}))
        .collect();
    json!({
        "id": point.id,
        "code": point.code.text(),
        "fingerprint": point.fingerprint,
        "kind": point.kind.word(),
        "relation": point.relation.name,
        "relation_role": point.relation.role,
        "key": point.key,
        "gate": point.gate,
        "no_key": point.no_key,
        "span": span(scene, point.span),
        "rule": point.rule.name,
        "rule_role": point.rule.role,
        "operator": point.operator,
        "output": point.output.name,
        "output_role": point.output.role,
        "outputs": names(&point.outputs),
        "goal": point.goal.word(),
        "severity": point.severity.word(),
        "path": path,
        "witness": witness(&point.witness),
        "search": search(&point.witness),
        "waits": {
            "who": point.waits.who,
            "for": point.waits.whom,
            "until": point.waits.until,
            "if_down": point.waits.if_down,
        },
        "cost": {
            "messages": point.cost.messages,
            "round_trips": point.cost.round_trips,
            "words": point.cost.words,
        },
        "alternatives": alternatives,
        "rewrites": rewrites(point),
        "assumptions": point.assumptions,
        "accepted": point.accepted,
        "status": point.status.word(),
        "new_outputs": scene.since(point).map_or(Vec::new(), |since| known_names(&since.more)),
    })
}

fn witness(search: &Search) -> Value {
    match search {
        Search::Found(found) => example(found),
        Search::NotAsked | Search::NotFound { .. } | Search::CannotRun(_) => Value::Null,
    }
}

fn example(found: &Witness) -> Value {
    let facts = |facts: &[Fact]| facts.iter().map(Fact::text).collect::<Vec<_>>();
    let form = match found.form {
        Form::Late => "late",
        Form::Orders => "orders",
        Form::Apart => "apart",
        Form::Together => "together",
        Form::Twice => "twice",
    };
    json!({
        "form": form,
        "have": facts(&found.have),
        "shown": facts(&found.shown),
        "late": facts(&found.late),
        "gone": facts(&found.gone),
        "instead": facts(&found.instead),
    })
}

/// What became of the search for an example.
fn search(search: &Search) -> Value {
    match search {
        Search::NotAsked => json!({"state": "not asked"}),
        Search::Found(_) => json!({"state": "found"}),
        Search::NotFound { bound, tried } => {
            json!({"state": "not found", "bound": bound, "tried": tried})
        }
        Search::CannotRun(why) => json!({"state": "cannot run", "why": why}),
    }
}

fn rewrites(point: &Point) -> Vec<Value> {
    let meaning = |meaning: &Meaning| match meaning {
        Meaning::Same(inputs) => json!({"same": true, "inputs": inputs}),
        Meaning::Changes(what) => json!({"same": false, "what": what}),
    };
    let all = point.rewrites.iter().map(|rewrite| {
        json!({
            "id": rewrite.id,
            "title": rewrite.title,
            "machine_applicable": rewrite.machine_applicable,
            "meaning": meaning(&rewrite.meaning),
            "points_after": rewrite.points_after,
            "diff": rewrite.diff,
        })
    });
    all.collect()
}

fn verdict(scene: &Scene<'_>, verdict: &Verdict) -> Value {
    let what = match verdict.what {
        What::Output => "output",
        What::Invariant => "invariant",
        What::Channel => "channel",
    };
    let answer = match verdict.answer {
        // What could not be understood may well change it.
        Answer::Free | Answer::Threshold if !scene.report.complete => "unknown",
        Answer::Free => "free",
        Answer::Threshold => "threshold",
        Answer::Waits => "waits",
        Answer::Declared => "declared",
    };
    json!({
        "name": verdict.name.name,
        "role": verdict.name.role,
        "what": what,
        "goal": verdict.goal.word(),
        "answer": answer,
        "points": verdict.points,
        "because": verdict.because,
        "span": span(scene, verdict.span),
    })
}

fn free(report: &Report) -> Vec<Value> {
    let is_free = |verdict: &&Verdict| report.complete && verdict.answer == Answer::Free;
    let free = report.verdicts.iter().filter(is_free);
    let told = free.map(|one| {
        json!({"output": one.name.name, "output_role": one.name.role, "because": one.because})
    });
    told.collect()
}

fn thresholds(scene: &Scene<'_>) -> Vec<Value> {
    let all = scene.report.thresholds.iter().map(|threshold| {
        json!({
            "rule": threshold.rule.name,
            "rule_role": threshold.rule.role,
            "outputs": names(&threshold.outputs),
            "condition": threshold.condition,
            "of": threshold.of,
            "span": span(scene, threshold.span),
        })
    });
    all.collect()
}

fn declared(scene: &Scene<'_>) -> Vec<Value> {
    let all = scene.report.declared.iter().map(|declared| {
        json!({
            "attribute": declared.attribute,
            "on": declared.on.name,
            "on_role": declared.on.role,
            "why": declared.why,
            "points": declared.points,
            "span": span(scene, declared.span),
        })
    });
    all.collect()
}

fn assumption(assumption: &Assumption) -> Value {
    let kind = match assumption.kind {
        AssumptionKind::Closed => "closed",
        AssumptionKind::Key => "key",
        AssumptionKind::Members => "members",
        AssumptionKind::Repeats => "repeats",
        AssumptionKind::Asked => "asked",
    };
    json!({
        "relation": assumption.relation.name,
        "relation_role": assumption.relation.role,
        "kind": kind,
        "text": assumption.text,
    })
}

fn duties(report: &Report) -> Vec<Value> {
    let all = report.duties.iter().map(|duty| {
        json!({
            "point": duty.point,
            "relation": duty.relation.name,
            "relation_role": duty.relation.role,
            "key": duty.key,
            "who": duty.who,
        })
    });
    all.collect()
}

fn faults(scene: &Scene<'_>) -> Vec<Value> {
    let all = scene.report.faults.iter().map(|fault| {
        json!({
            "code": fault.code.map(|code| code.text()),
            "title": fault.title,
            "label": fault.label,
            "help": fault.help,
            "span": span(scene, fault.span),
        })
    });
    all.collect()
}

fn modules(report: &Report) -> Vec<Value> {
    let all = report.modules.iter().map(|module| {
        let outputs = module.outputs.iter().map(|output| {
            let inputs = output.inputs.iter();
            let inputs = inputs.map(|(input, v)| json!({"input": input, "variance": v.sign()}));
            json!({"output": output.output, "inputs": inputs.collect::<Vec<_>>()})
        });
        json!({
            "module": module.module,
            "instances": module.instances,
            "outputs": outputs.collect::<Vec<_>>(),
        })
    });
    all.collect()
}

/// Points of the baseline that are there no more.
fn gone(scene: &Scene<'_>) -> Vec<Value> {
    let all = scene.since.iter().flat_map(|since| &since.compared.gone).map(|entry| {
        let output = entry.outputs.first();
        json!({
            "fingerprint": entry.fingerprint,
            "kind": entry.kind,
            "relation": entry.relation,
            "relation_role": entry.relation_role,
            "key": entry.key,
            "rule": entry.rule,
            "rule_role": entry.rule_role,
            "operator": entry.operator,
            "output": output.map(|name| &name.name),
            "output_role": output.and_then(|name| name.role.as_ref()),
            "outputs": known_names(&entry.outputs),
        })
    });
    all.collect()
}
