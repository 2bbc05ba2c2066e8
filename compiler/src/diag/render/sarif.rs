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
    results: Vec<Value>,
    notifications: Vec<Value>,
    failed: bool,
}

impl Log {
    /// Adds the diagnostics of a program.
    pub fn add(&mut self, map: &SourceMap, diags: &[Diagnostic]) {
        self.failed |= diags.iter().any(Diagnostic::is_error);
        self.results.extend(in_order(diags).into_iter().map(|one| result(map, one)));
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
        let rules: Vec<Value> = codes::TABLE.iter().map(rule).collect();
        let log = json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "bloom",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                } },
                "columnKind": "utf16CodeUnits",
                "invocations": [{
                    "executionSuccessful": !self.failed,
                    "toolExecutionNotifications": self.notifications,
                }],
                "results": self.results,
            }],
        });
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
    json!({
        "id": entry.code.to_string(),
        "name": entry.slug,
        "shortDescription": { "text": title },
        "help": { "text": entry.page, "markdown": entry.page },
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
    let index = codes::TABLE.iter().position(|entry| entry.code == diagnostic.code);
    let related: Vec<Value> =
        diagnostic.labels.iter().enumerate().map(|(i, label)| location(map, label, i)).collect();
    let mut value = json!({
        "ruleId": diagnostic.code.to_string(),
        "level": level(diagnostic.severity),
        "message": { "text": text },
        "locations": [location(map, &diagnostic.primary, 0)],
    });
    if let Some(index) = index {
        value["ruleIndex"] = json!(index);
    }
    if !related.is_empty() {
        value["relatedLocations"] = json!(related);
    }
    if let Some(fix) = &diagnostic.fix {
        value["fixes"] = json!([{
            "description": { "text": fix.title },
            "artifactChanges": [{
                "artifactLocation": { "uri": uri(name(map, fix.span)) },
                "replacements": [{
                    "deletedRegion": region(map, fix.span),
                    "insertedContent": { "text": fix.replacement },
                }],
            }],
        }]);
    }
    value
}

fn location(map: &SourceMap, label: &Label, id: usize) -> Value {
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
