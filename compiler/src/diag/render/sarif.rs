//! Diagnostics as a SARIF 2.1.0 log (OASIS, 2020), which code hosts and
//! editors take in. One log holds the results of all programs of a command.
//! This room only re-shapes: what is said was decided before.

use serde_json::Value;
use serde_json::json;

use crate::source::SourceMap;
use crate::source::Span;

use super::super::Diagnostic;
use super::super::Label;
use super::super::Severity;
use super::super::codes;
use super::in_order;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Results that are gathered until the command ends.
#[derive(Default, Debug)]
pub struct Log {
    /// Rules that are not those of diagnostics.
    rules: Vec<Value>,
    results: Vec<Value>,
    notifications: Vec<Value>,
    properties: Option<Value>,
    failed: bool,
}

/// A rule that results name by its id.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Rule<'a> {
    pub id: &'a str,
    /// In one word.
    pub name: &'a str,
    /// In a line.
    pub title: &'a str,
    /// In Markdown.
    pub page: &'a str,
}

impl Log {
    /// Adds the diagnostics of a program.
    pub fn add(&mut self, map: &SourceMap, diags: &[Diagnostic]) {
        self.failed |= diags.iter().any(Diagnostic::is_error);
        self.results.extend(in_order(diags).into_iter().map(|one| result(map, one)));
    }

    /// Adds a rule beside those of diagnostics. With one, the log lists of
    /// the others only those that it uses.
    pub fn rule(&mut self, rule: &Rule<'_>) {
        self.rules.push(described(rule));
    }

    /// Adds a result that is no diagnostic, with all but the index of its rule.
    pub fn result(&mut self, result: Value) {
        self.results.push(result);
    }

    /// Says something of the run as a whole, in an object.
    pub fn about(&mut self, properties: Value) {
        self.properties = Some(properties);
    }

    /// Adds a message about no place in a program: a file that is not there, a
    /// record that is no row (with the file's name, line and column).
    pub fn remark(&mut self, severity: Severity, text: &str, place: Option<(&str, u64, usize)>) {
        self.failed |= severity == Severity::Error;
        let mut value = json!({ "level": level(severity), "message": { "text": text } });
        if let Some((file, line, col)) = place {
            value["locations"] = json!([{ "physicalLocation": {
                "artifactLocation": { "uri": uri(file) },
                "region": { "startLine": line, "startColumn": col.max(1) },
            } }]);
        }
        self.notifications.push(value);
    }

    /// The log as text.
    pub fn finish(&self) -> String {
        let mut rules = self.rules.clone();
        let is_used = |id: &str| self.results.iter().any(|result| result["ruleId"] == id);
        let listed = codes::TABLE
            .iter()
            .filter(|entry| self.rules.is_empty() || is_used(&entry.code.to_string()));
        rules.extend(listed.map(rule));
        let mut results = self.results.clone();
        for result in &mut results {
            let index = rules.iter().position(|rule| rule["id"] == result["ruleId"]);
            if let Some(index) = index {
                result["ruleIndex"] = json!(index);
            }
        }
        let mut run = json!({
            "tool": { "driver": {
                "name": "bloom",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "utf16CodeUnits",
            "invocations": [{
                "executionSuccessful": !self.failed,
                "toolExecutionNotifications": self.notifications,
            }],
            "results": results,
        });
        if let Some(properties) = &self.properties {
            run["properties"] = properties.clone();
        }
        let log = json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] });
        // Texts, numbers and lists always have a JSON form.
        let mut out = serde_json::to_string_pretty(&log).unwrap_or_default();
        out.push('\n');
        out
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn rule(entry: &codes::Entry) -> Value {
    let title = entry.page.lines().next().unwrap_or(entry.slug);
    let title = title.trim_start_matches(['#', ' ']);
    let id = entry.code.to_string();
    described(&Rule { id: &id, name: entry.slug, title, page: entry.page })
}

fn described(rule: &Rule<'_>) -> Value {
    json!({
        "id": rule.id,
        "name": rule.name,
        "shortDescription": { "text": rule.title },
        "help": { "text": rule.page, "markdown": rule.page },
    })
}

fn result(map: &SourceMap, diagnostic: &Diagnostic) -> Value {
    let mut text = diagnostic.title.clone();
    for note in &diagnostic.notes {
        text.push_str(&format!("\n{note}"));
    }
    if let Some(help) = &diagnostic.help {
        text.push_str(&format!("\nhelp: {help}"));
    }
    // The main place is the location with the number 0.
    let labels = diagnostic.labels.iter().enumerate();
    let related: Vec<Value> = labels.map(|(i, label)| location(map, label, i + 1)).collect();
    let mut value = json!({
        "ruleId": diagnostic.code.to_string(),
        "level": level(diagnostic.severity),
        "message": { "text": text },
        "locations": [location(map, &diagnostic.primary, 0)],
    });
    if !related.is_empty() {
        value["relatedLocations"] = json!(related);
    }
    if let Some(fix) = &diagnostic.fix {
        value["fixes"] = json!([mend(map, &fix.title, &[(fix.span, &fix.replacement)])]);
    }
    value
}

/// A change that can be made by a machine: places with what comes there, those of
/// one file behind each other.
pub fn mend(map: &SourceMap, title: &str, changes: &[(Span, &str)]) -> Value {
    let replaced = |(span, text): &(Span, &str)| json!({ "deletedRegion": region(map, *span), "insertedContent": { "text": text } });
    let of_file = |all: &[(Span, &str)]| {
        let file = all.first().map_or("", |(span, _)| name(map, *span));
        json!({
            "artifactLocation": { "uri": uri(file) },
            "replacements": all.iter().map(replaced).collect::<Vec<_>>(),
        })
    };
    let files = changes.chunk_by(|(a, _), (b, _)| a.file == b.file);
    json!({
        "description": { "text": title },
        "artifactChanges": files.map(of_file).collect::<Vec<_>>(),
    })
}

/// A place with what is to be said there; `id` tells the places of one result
/// apart.
pub fn location(map: &SourceMap, label: &Label, id: usize) -> Value {
    let mut value = json!({
        "id": id,
        "physicalLocation": {
            "artifactLocation": { "uri": uri(name(map, label.span)) },
            "region": region(map, label.span),
        },
    });
    if !label.text.is_empty() {
        value["message"] = json!({ "text": label.text });
    }
    value
}

fn name(map: &SourceMap, span: Span) -> &str {
    map.files().get(span.file.0 as usize).map_or("", |file| &file.name)
}

/// Lines and columns from 1, columns in UTF-16 units, the end exclusive.
fn region(map: &SourceMap, span: Span) -> Value {
    let Some(file) = map.files().get(span.file.0 as usize) else {
        return json!({ "startLine": 1 });
    };
    let at = |byte: u32| {
        let (line, column) = file.line_col(byte);
        let units: usize = file.line(line).chars().take(column - 1).map(char::len_utf16).sum();
        (line, units + 1)
    };
    let (start, end) = (at(span.lo), at(span.hi));
    json!({
        "startLine": start.0,
        "startColumn": start.1,
        "endLine": end.0,
        "endColumn": end.1,
    })
}

/// A path as a relative or absolute reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    #[test]
    fn columns_count_utf16_units() {
        let mut map = SourceMap::default();
        let file = map.add("a b.bloom", "x\n\u{1f338}\u{e9} y;\n");
        let span = Span::new(file, 9, 10);
        let mut log = Log::default();
        log.add(&map, &[Diagnostic::error(Code(1), span, "t").fix("f", span, "z")]);
        let value: Value = serde_json::from_str(&log.finish()).unwrap();
        let result = &value["runs"][0]["results"][0];
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b.bloom");
        assert_eq!(
            place["region"],
            json!({ "startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 6 })
        );
        let rules = &value["runs"][0]["tool"]["driver"]["rules"];
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(value["runs"][0]["invocations"][0]["executionSuccessful"], false);
    }
}
