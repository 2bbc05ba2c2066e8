//! As much of JSON Schema as the schemas in docs/schema use, and that of SARIF. A word of a schema that
//! is not known here fails the test, so that nothing is passed over unchecked, and
//! so does a property that the schema does not describe.

use serde_json::Value;

/// What is wrong with a value, with where; empty if it is as the schema says.
pub fn wrong(root: &Value, value: &Value) -> Vec<String> {
    let mut out = Vec::new();
    Check { root, out: &mut out }.check(root, value, "$");
    out
}

struct Check<'a> {
    root: &'a Value,
    out: &'a mut Vec<String>,
}

impl Check<'_> {
    fn check(&mut self, schema: &Value, value: &Value, at: &str) {
        let words = schema.as_object().expect("a schema is an object");
        for (word, want) in words {
            let ok = match word.as_str() {
                "$schema" | "$id" | "$defs" | "definitions" | "title" | "description" => true,
                "$ref" => {
                    let target = want.as_str().and_then(|path| path.strip_prefix('#'));
                    let target = target.and_then(|path| self.root.pointer(path));
                    self.check(target.expect("the target of a $ref"), value, at);
                    true
                }
                "type" => is(want.as_str().expect("a type is a text"), value),
                "const" => want == value,
                "enum" => want.as_array().is_some_and(|all| all.contains(value)),
                "minimum" => value.as_f64() >= want.as_f64(),
                "maximum" => value.as_f64() <= want.as_f64(),
                "minItems" => value.as_array().map(Vec::len) >= want.as_u64().map(|n| n as usize),
                "uniqueItems" => {
                    let all = value.as_array().map_or(&[][..], Vec::as_slice);
                    (1..all.len()).all(|n| !all[..n].contains(&all[n]))
                }
                "format" => form(want.as_str().expect("a form is a text"), value),
                "pattern" => {
                    let pattern = regex::Regex::new(want.as_str().expect("a pattern"));
                    let pattern = pattern.expect("a pattern that can be read");
                    value.as_str().is_some_and(|text| pattern.is_match(text))
                }
                "anyOf" => self.fitting(want, value, at) > 0,
                "oneOf" => self.fitting(want, value, at) == 1,
                "items" => {
                    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(want, item, &format!("{at}[{n}]"));
                    }
                    true
                }
                "properties" => {
                    for (name, one) in want.as_object().into_iter().flatten() {
                        if let Some(inner) = value.get(name) {
                            self.check(one, inner, &format!("{at}.{name}"));
                        }
                    }
                    // Readers pass over what they do not know; a writer must not make it up.
                    let mut names = value.as_object().into_iter().flat_map(|map| map.keys());
                    let others = words.get("additionalProperties");
                    others.is_some_and(|others| *others != Value::Bool(false))
                        || names.all(|name| want.get(name).is_some())
                }
                "additionalProperties" => {
                    let known = words.get("properties");
                    let known = |name: &str| known.is_some_and(|all| all.get(name).is_some());
                    for (name, inner) in value.as_object().into_iter().flatten() {
                        if !known(name) && want.is_object() {
                            self.check(want, inner, &format!("{at}.{name}"));
                        }
                    }
                    // What `false` forbids is seen with the properties.
                    true
                }
                "required" => {
                    let mut names = want.as_array().into_iter().flatten();
                    names.all(|name| value.get(name.as_str().unwrap_or("")).is_some())
                }
                other => panic!("`{other}` in a schema is not known here"),
            };
            if !ok {
                self.out.push(format!("{at}: {word} {want}, but {value}"));
            }
        }
    }

    /// The number of schemas that a value is as.
    fn fitting(&self, schemas: &Value, value: &Value, at: &str) -> usize {
        let fits = |one: &&Value| {
            let mut out = Vec::new();
            Check { root: self.root, out: &mut out }.check(one, value, at);
            out.is_empty()
        };
        schemas.as_array().map_or(0, |all| all.iter().filter(fits).count())
    }
}

/// Addresses are what the schemas use; their letters are looked at, and no more.
fn form(name: &str, value: &Value) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    let Some(text) = value.as_str() else { return true };
    match name {
        "uri" => text.contains(':') && text.chars().all(letter),
        "uri-reference" => text.chars().all(letter),
        other => panic!("the form `{other}` is not known here"),
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("`{other}` is no type"),
    }
}

#[test]
fn schemas_refuse_what_they_do_not_say() {
    let schema = serde_json::json!({
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 1}},
        "required": ["n"],
    });
    let of = |value: Value| wrong(&schema, &value).len();
    assert_eq!(of(serde_json::json!({"n": 1})), 0);
    assert_eq!(of(serde_json::json!({"n": 0})), 1);
    assert_eq!(of(serde_json::json!({"n": "1"})), 2);
    assert_eq!(of(serde_json::json!({})), 1);
    assert_eq!(of(serde_json::json!({"n": 1, "m": 2})), 1);
}
