//! `calm.lock`: what is known of a program, kept in a file that is reviewed with the
//! program: one thing on each line, in an order that rearranging the text does not
//! change, without places in the text. A changed price stands where the old one
//! stood. This room must not know how locks are compared.

use std::io::Read;
use std::path::Path;

use bloom_compiler::calm::model::Report;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::known::Entry;
use super::known::Known;
use super::known::Name;
use super::known::Shown;

const SCHEMA: &str = "calm-lock/2";

/// The form before: it kept one output of each point, and no verdicts.
const FIRST: &str = "calm-lock/1";

/// What all versions of the form begin with.
const FORM: &str = "calm-lock/";

/// A file longer than this is none of ours.
const MAX_BYTES: u64 = 64 << 20;

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    schema: String,
    outputs: Vec<Shown>,
    points: Vec<Entry>,
}

/// The file as it was.
#[derive(Deserialize)]
struct FirstLock {
    points: Vec<FirstEntry>,
}

#[derive(Deserialize)]
struct FirstEntry {
    fingerprint: String,
    kind: String,
    relation: String,
    key: Vec<String>,
    rule: String,
    operator: String,
    output: String,
    accepted: Option<String>,
}

/// The lock of a report.
pub fn text(report: &Report) -> String {
    let mut known = Known::of(report);
    known.points.sort();
    let mut outputs = known.outputs.take().unwrap_or_default();
    outputs.sort();
    let lock = Lock { schema: SCHEMA.to_string(), outputs, points: known.points };
    // Texts always have a JSON form.
    serde_json::to_string_pretty(&lock).unwrap_or_default() + "\n"
}

/// Reads a lock, or says why not.
pub fn read(path: &Path) -> Result<Known, String> {
    let name = path.display();
    let text = content(path).map_err(|error| {
        format!("cannot read {name}: {error}; `bloom report … --write-lock {name}` makes it")
    })?;
    let value: Value = serde_json::from_str(&text)
        .map_err(|error| format!("{name} is not a lock of points: {error}"))?;
    known(value, &name.to_string())
}

/// The text of a file that is not too long.
pub fn content(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(MAX_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

/// What a lock says; `name` is that of its file.
pub fn known(value: Value, name: &str) -> Result<Known, String> {
    let wrong = |error: serde_json::Error| {
        format!("{name} is not a lock of points: {error}; `--write-lock {name}` makes it anew")
    };
    match value.get("schema").and_then(Value::as_str) {
        Some(SCHEMA) => {
            let lock: Lock = serde_json::from_value(value).map_err(wrong)?;
            Ok(Known { outputs: Some(lock.outputs), points: lock.points })
        }
        Some(FIRST) => {
            let lock: FirstLock = serde_json::from_value(value).map_err(wrong)?;
            let points = lock.points.into_iter().map(FirstEntry::now).collect();
            Ok(Known { outputs: None, points })
        }
        Some(other) if other.starts_with(FORM) => Err(format!(
            "{name} is of the form `{other}`, which this version of bloom does not know; it writes \
             and reads `{SCHEMA}`"
        )),
        Some(other) => Err(format!("{name} is of the form `{other}`, not `{SCHEMA}`")),
        None => Err(format!("{name} is not a lock of points: it does not say `\"schema\"`")),
    }
}

impl FirstEntry {
    /// Names had their role before them, and are told the same.
    fn now(self) -> Entry {
        Entry {
            rule: self.rule,
            rule_role: None,
            operator: self.operator,
            kind: self.kind,
            relation: self.relation,
            relation_role: None,
            key: self.key,
            outputs: vec![Name { name: self.output, role: None }],
            accepted: self.accepted,
            fingerprint: self.fingerprint,
        }
    }
}
