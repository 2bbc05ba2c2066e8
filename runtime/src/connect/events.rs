//! Lines of events: `{"rel": [..]}` or `{"rel": {"col": ..}}`. What stands in
//! one line is given together: an object with several names, or an array of
//! objects. This room must not know where lines come from.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

use bloom_compiler::diag::suggest::closest;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir::Type;
use serde::de;
use serde::de::DeserializeSeed;
use serde::de::Deserializer;
use serde::de::Visitor;

use crate::connect::jsonl;
use crate::connect::jsonl::RowVisitor;
use crate::connect::piece::Trouble;
use crate::connect::schema::Filler;
use crate::connect::schema::Schema;
use crate::tick::Gift;
use crate::tick::Rows;
use crate::value::interner::Interner;

/// Events that a line may hold.
pub const EVENTS_PER_LINE_MAX: usize = 1_000_000;

/// How lines become events.
pub struct Layout<'a> {
    /// The types of the plan.
    pub types: &'a [Type],
    /// By collection.
    pub schemas: &'a [Schema],
    /// What may be given, by name.
    pub names: &'a BTreeMap<String, RelId>,
    /// What may not, with the reason.
    pub others: &'a BTreeMap<String, &'static str>,
}

/// What was read of a line, and what went wrong.
struct Reading<'a> {
    layout: &'a Layout<'a>,
    interner: &'a mut Interner,
    /// The number of the line.
    line: u64,
    gift: Gift,
    /// The collection and the column being read, for messages.
    at: &'a Cell<Option<RelId>>,
    column: Option<usize>,
}

/// A line that is none, with the collection whose column it is about.
#[derive(Debug)]
pub struct BadLine {
    /// What is wrong where.
    pub trouble: Trouble,
    /// The collection being read.
    pub rel: Option<RelId>,
}

/// Reads the line of this number; words are those of the interner.
pub fn read(
    layout: &Layout<'_>,
    text: &[u8],
    line: u64,
    interner: &mut Interner,
) -> Result<Gift, BadLine> {
    let at = Cell::new(None);
    let mut reading =
        Reading { layout, interner, line, gift: Gift::default(), at: &at, column: None };
    let mut json = serde_json::Deserializer::from_slice(text);
    // How deep values are is counted where they are read.
    json.disable_recursion_limit();
    let whole = json.deserialize_any(Line { reading: &mut reading, inside: false });
    match whole.and_then(|()| json.end()) {
        Ok(()) => Ok(reading.gift),
        Err(error) => {
            let trouble = jsonl::trouble(&error, reading.column, text.len());
            Err(BadLine { trouble, rel: at.get() })
        }
    }
}

/// An object of events, or an array of such objects.
struct Line<'r, 'a> {
    reading: &'r mut Reading<'a>,
    /// Whether it is in an array already.
    inside: bool,
}

impl<'de> DeserializeSeed<'de> for Line<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Line<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object such as {\"rel\": [..]}")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(rel) = map.next_key_seed(Name(self.reading.layout))? {
            self.reading.at.set(Some(rel));
            map.next_value_seed(Event { reading: &mut *self.reading, rel })?;
            self.reading.at.set(None);
        }
        Ok(())
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if self.inside {
            return Err(de::Error::custom("arrays of events hold objects such as {\"rel\": [..]}"));
        }
        while let Some(()) =
            seq.next_element_seed(Line { reading: &mut *self.reading, inside: true })?
        {
            if self.reading.gift.insert.len() > EVENTS_PER_LINE_MAX {
                return Err(de::Error::custom(format_args!(
                    "a line holds at most {EVENTS_PER_LINE_MAX} events"
                )));
            }
        }
        Ok(())
    }
}

/// The collection that a key names.
struct Name<'a>(&'a Layout<'a>);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = RelId;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<RelId, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = RelId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a collection")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<RelId, E> {
        if let Some(rel) = self.0.names.get(name) {
            return Ok(*rel);
        }
        if let Some(why) = self.0.others.get(name) {
            return Err(E::custom(format_args!("`{name}` {why}")));
        }
        let near = closest(name, self.0.names.keys().map(String::as_str));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        Err(E::custom(format_args!("the program has no `{name}`{near}")))
    }
}

/// The row of an event.
struct Event<'r, 'a> {
    reading: &'r mut Reading<'a>,
    rel: RelId,
}

impl<'de> DeserializeSeed<'de> for Event<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        let Reading { layout, interner, line, gift, column, .. } = self.reading;
        let schema = &layout.schemas[self.rel.index()];
        let mut words = schema.template();
        let mut seen = vec![false; words.len()];
        from.deserialize_any(RowVisitor {
            types: layout.types,
            schema,
            row: &mut words,
            interner,
            seen: &mut seen,
            current: column,
        })?;
        for (i, _) in seen.iter().enumerate().filter(|(_, seen)| !**seen) {
            match schema.columns[i].filler {
                Filler::Word(_) => {}
                Filler::Line => words[i] = *line,
                Filler::Required => {
                    let name = &schema.columns[i].name;
                    return Err(de::Error::custom(format_args!(
                        "the event has no `{name}` (`{}` has {})",
                        schema.name,
                        schema.names()
                    )));
                }
            }
        }
        gift.insert.push(Rows { rel: self.rel, count: 1, words });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::schema::Column;
    use bloom_compiler::plan::ir::TypeId;

    fn of(text: &str) -> Result<Vec<(u32, Vec<u64>)>, String> {
        let column = |name: &str, filler| Column { name: name.into(), ty: TypeId(0), filler };
        let required = |name: &str| column(name, Filler::Required);
        let schemas = [
            Schema { rel: RelId(0), name: "go".into(), columns: Vec::new() },
            Schema {
                rel: RelId(1),
                name: "set".into(),
                columns: vec![required("k"), required("v"), column("n", Filler::Line)],
            },
        ];
        let names = schemas.iter().map(|s| (s.name.clone(), s.rel)).collect();
        let others = BTreeMap::from([("v".to_owned(), "is a view")]);
        let layout =
            Layout { types: &[Type::Int], schemas: &schemas, names: &names, others: &others };
        let read = read(&layout, text.as_bytes(), 7, &mut Interner::new());
        let rows = read.map_err(|bad| format!("{}: {}", bad.trouble.at, bad.trouble.mismatch.0))?;
        Ok(rows.insert.into_iter().map(|rows| (rows.rel.0, rows.words)).collect())
    }

    #[test]
    fn rows_are_arrays_or_objects() {
        let set = vec![(1, vec![1, 2, 7])];
        assert_eq!(of(r#"{"set": [1, 2]}"#), Ok(set.clone()));
        assert_eq!(of(r#"{"set": {"v": 2, "k": 1}}"#), Ok(set));
        assert_eq!(
            of(r#"{"go": [], "set": [3, 4, 5]}"#),
            Ok(vec![(0, vec![]), (1, vec![3, 4, 5])])
        );
        assert_eq!(of(r#"[{"go": {}}, {"go": []}]"#), Ok(vec![(0, vec![]), (0, vec![])]));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let said = |text: &str| of(text).expect_err("no rows");
        assert!(
            said(r#"{"sat": [1]}"#).ends_with(": the program has no `sat`; did you mean `set`?")
        );
        assert!(said(r#"{"v": [1]}"#).ends_with(": `v` is a view"));
        let lacks = said(r#"{"set": {"k": 1}}"#);
        assert!(lacks.ends_with(": the event has no `v` (`set` has k, v, n)"), "{lacks}");
        assert!(of(r#"{"set": [1, "x"]}"#).is_err_and(|why| why.contains("expected an int")));
        assert!(of(r#"[[{"go": []}]]"#).is_err_and(|why| why.contains("arrays of events")));
        assert!(of("{\"set\": [1, 2").is_err_and(|why| why.contains("this is no JSON")));
        assert!(of("7").is_err_and(|why| why.contains("expected an object such as")));
    }
}
