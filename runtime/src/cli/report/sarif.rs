//! A report as a SARIF 2.1.0 log, for code hosts and editors: a result for each
//! point, with the way from the relation to the output as its code flow, and one for
//! each mistake of the program. What waits for nobody is no result. The form itself
//! is the compiler's, which writes its diagnostics in it.

use bloom_compiler::calm::model::Code;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::Severity;
use bloom_compiler::calm::model::Status;
use bloom_compiler::calm::model::Step;
use bloom_compiler::calm::model::Variance;
use bloom_compiler::calm::pages;
use bloom_compiler::diag::Label;
use bloom_compiler::diag::render::sarif;
use bloom_compiler::diag::render::sarif::Log;
use bloom_compiler::diag::render::sarif::Rule;
use bloom_compiler::ide;
use bloom_compiler::source::FileId;
use bloom_compiler::source::Span;
use serde_json::Value;
use serde_json::json;

use super::Scene;
use super::assume;
use super::example;
use super::known::Name;
use super::words;

/// The name of our fingerprints, with the version of what they are made of.
const FINGERPRINT: &str = "calmPoint/v1";

/// The log.
pub fn text(scene: &Scene<'_>) -> String {
    let mut log = Log::default();
    for code in Code::ALL {
        let title = code.title();
        let name = title.replace(' ', "-");
        log.rule(&Rule { id: &code.text(), name: &name, title, page: pages::page(*code) });
    }
    log.add(&scene.compiled.sources, &scene.compiled.diagnostics);
    log.add(&scene.compiled.sources, &scene.compiled.faults(scene.report));
    for (at, point) in scene.report.points.iter().enumerate() {
        let mut result = result(scene, point);
        let fixes = fixes(scene, at);
        if !fixes.is_empty() {
            result["fixes"] = json!(fixes);
        }
        log.result(result);
    }
    log.about(about(scene));
    log.finish()
}

/// What holds of the program as a whole.
fn about(scene: &Scene<'_>) -> Value {
    let report = scene.report;
    let gone = scene.since.iter().flat_map(|since| &since.compared.gone);
    json!({ "coordination": {
        "complete": report.complete,
        "rules": report.rules,
        "freeRules": report.free_rules,
        "points": report.points.len(),
        "whatIf": assume::typed(scene.assume),
        "gone": gone.collect::<Vec<_>>(),
    } })
}

fn location(scene: &Scene<'_>, span: Span, text: &str, id: usize) -> Value {
    let label = Label { span, text: text.to_string() };
    sarif::location(&scene.compiled.sources, &label, id)
}

fn result(scene: &Scene<'_>, point: &Point) -> Value {
    let related = related(scene, point);
    let flow: Vec<Value> = point.path.iter().map(|step| way(scene, point, step)).collect();
    let mut value = json!({
        "ruleId": point.code.text(),
        "level": level(point.severity),
        "message": { "text": message(point) },
        "locations": [location(scene, point.span, words::label(point), 0)],
        "partialFingerprints": { FINGERPRINT: point.fingerprint },
        "properties": {
            "id": point.id,
            "answer": words::answer(point),
            "kind": point.kind.word(),
            "relation": point.relation.name,
            "relationRole": point.relation.role,
            "key": point.key,
            "outputs": point.outputs.iter().map(Name::of).collect::<Vec<_>>(),
            "severity": point.severity.word(),
        },
    });
    if !related.is_empty() {
        value["relatedLocations"] = json!(related);
    }
    if !flow.is_empty() {
        let says = format!("from `{}` to `{}`", point.relation.text(), point.output.text());
        value["codeFlows"] = json!([{
            "message": { "text": says },
            "threadFlows": [{ "locations": flow }],
        }]);
    }
    if let Some(why) = &point.accepted {
        value["suppressions"] = json!([suppression(scene, point, why)]);
    }
    if let Some(since) = scene.since(point) {
        value["baselineState"] = json!(match since.status {
            Status::New => "new",
            Status::Dearer | Status::Cheaper => "updated",
            // What was accepted before and is accepted now is the same.
            Status::Accepted if since.before.is_none() => "new",
            Status::Accepted | Status::Unchanged | Status::Gone => "unchanged",
        });
    }
    value
}

/// By what goes wrong if nobody waits.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Run => "note",
        Severity::Replica => "warning",
        Severity::Diverge => "error",
    }
}

fn message(point: &Point) -> String {
    let mut out = format!("{}: {}", words::answer(point), words::trouble(point));
    out.push_str(&format!("\nTo wait: {}.", words::wait(point)));
    if let Some(text) = words::matter(point) {
        out.push_str(&format!("\nWhat counts: {text}."));
    }
    let example = example::lines(point).into_iter();
    let example: Vec<String> = example.map(|(word, text)| format!("{word}: {text}")).collect();
    if !example.is_empty() {
        out.push_str(&format!("\nThe smallest example: {}.", example.join("; ")));
    }
    out.push_str(&format!("\nCost: {}.", point.cost.words));
    for rewrite in &point.rewrites {
        out.push_str(&format!("\nHelp: {}.", rewrite.title));
    }
    out
}

/// Changes that a machine may make at a point.
fn fixes(scene: &Scene<'_>, at: usize) -> Vec<Value> {
    let sources = &scene.compiled.sources;
    let mut out = Vec::new();
    let offered = scene.changes.get(at).into_iter().flatten();
    for applied in offered.filter(|applied| applied.rewrite.machine_applicable) {
        let mut edits = Vec::new();
        for (name, text) in &applied.files {
            let found = sources.files().iter().position(|file| file.name == *name);
            let Some(number) = found else { continue };
            let file = FileId(number as u32);
            let changed = ide::changes(&sources.file(file).text, text).into_iter();
            edits.extend(
                changed.map(|one| (Span::new(file, one.range.start, one.range.end), one.text)),
            );
        }
        let edits: Vec<(Span, &str)> = edits.iter().map(|(at, text)| (*at, &text[..])).collect();
        if !edits.is_empty() {
            out.push(sarif::mend(sources, &applied.rewrite.title, &edits));
        }
    }
    out
}

/// Where the relation and the outputs are declared.
fn related(scene: &Scene<'_>, point: &Point) -> Vec<Value> {
    let mut out = Vec::new();
    let compiled = scene.compiled;
    let program = match compiled.roles.get(point.role_at) {
        Some(role) => Some(&role.typed),
        None => compiled.typed.as_ref(),
    };
    if let Some(rel) = program.and_then(|program| program.rels.get(point.rel.index())) {
        let span = compiled.sources.written(rel.name_span);
        if span != Span::default() {
            let text = format!("`{}` is still growing", point.relation.text());
            out.push(location(scene, span, &text, out.len() + 1));
        }
    }
    for output in &point.outputs {
        let verdict = scene.report.verdicts.iter().find(|verdict| verdict.name == *output);
        if let Some(verdict) = verdict {
            let text = format!("`{}` waits for it", output.text());
            out.push(location(scene, verdict.span, &text, out.len() + 1));
        }
    }
    out
}

/// A step of the way.
fn way(scene: &Scene<'_>, point: &Point, step: &Step) -> Value {
    let (rule, reads) = (step.rule.text(), step.reads.text());
    let relation = point.relation.text();
    let follows = match step.variance {
        Variance::Zero => format!("`{rule}` does not hang on `{relation}`"),
        Variance::Plus => format!("more of `{relation}` only adds to `{rule}`"),
        Variance::Minus => format!("more of `{relation}` may take away from `{rule}`"),
        Variance::Any => format!("more of `{relation}` may change `{rule}`"),
    };
    let text = format!("`{rule}` reads `{reads}` ({}): {follows}", step.operator);
    let mut place = location(scene, step.span, &text, 0);
    // The numbers are for places of the result itself.
    if let Some(fields) = place.as_object_mut() {
        fields.remove("id");
    }
    json!({ "location": place })
}

/// The user accepts it, at a place.
fn suppression(scene: &Scene<'_>, point: &Point, why: &str) -> Value {
    let mut value = json!({
        "kind": "inSource",
        "status": "accepted",
        "justification": why,
    });
    let at = scene.report.declared.iter().find(|declared| declared.points.contains(&point.id));
    if let Some(declared) = at {
        let text = format!("@{}", declared.attribute);
        value["location"] = location(scene, declared.span, &text, 0);
    }
    value
}
