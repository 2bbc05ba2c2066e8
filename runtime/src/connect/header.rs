//! The first record of a delimited file: names or data. It is a header exactly
//! when its fields are the declared columns, in any order; columns with a
//! default may be missing. This room decides once per file which field is for
//! which column; it must not read values.

use bloom_compiler::diag::suggest::closest;

use crate::connect::blocks::closing_quote;
use crate::connect::delimited;
use crate::connect::delimited::Dialect;
use crate::connect::schema::Filler;
use crate::connect::schema::Schema;

/// What the user said about headers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum HeaderRule {
    /// The first record decides.
    #[default]
    Auto,
    /// There is one.
    Yes,
    /// There is none.
    No,
}

/// What the first record says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opening {
    /// Field by field, the column it is for.
    pub targets: Vec<usize>,
    /// Bytes of the header, 0 if the first record is data.
    pub skip: usize,
    /// Something the user may want to know: data that looks like names.
    pub notice: Option<String>,
}

/// Decides for a text that starts with the first record.
pub fn opening(
    schema: &Schema,
    rule: HeaderRule,
    dialect: Dialect,
    text: &[u8],
) -> Result<Opening, String> {
    let (fields, skip) = first_record(dialect, text);
    let named: Vec<Option<usize>> = fields.iter().map(|name| schema.position(name)).collect();
    let complete = schema.required().iter().all(|column| named.contains(&Some(*column)));
    let mut seen = named.clone();
    seen.sort();
    let distinct = seen.windows(2).all(|pair| pair[0] != pair[1]);
    let header = !fields.is_empty() && distinct && complete && !named.contains(&None);
    match rule {
        HeaderRule::No => {}
        _ if header => {
            let targets = named.into_iter().flatten().collect();
            return Ok(Opening { targets, skip, notice: None });
        }
        HeaderRule::Auto => {}
        HeaderRule::Yes if schema.columns.is_empty() || fields.is_empty() => {
            return Ok(Opening { targets: positional(schema, 0), skip, notice: None });
        }
        HeaderRule::Yes => return Err(bad_header(schema, &fields, &named)),
    }
    let alike = |name: &String| {
        schema.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name.trim()))
    };
    let notice = (rule == HeaderRule::Auto && fields.iter().any(alike)).then(|| {
        format!(
            "the first record looks like a header but was read as data: a header has exactly \
             the names {}",
            schema.names()
        )
    });
    Ok(Opening { targets: positional(schema, fields.len()), skip: 0, notice })
}

/// Fields without names: all columns, or those without a default, as many as
/// the first record has fields.
fn positional(schema: &Schema, fields: usize) -> Vec<usize> {
    let required = schema.required();
    let unnumbered: Vec<usize> =
        (0..schema.columns.len()).filter(|i| schema.columns[*i].filler != Filler::Line).collect();
    if fields == schema.columns.len() {
        (0..fields).collect()
    } else if fields == required.len() && !required.is_empty() {
        required
    } else if !unnumbered.is_empty() {
        unnumbered
    } else {
        (0..schema.columns.len()).collect()
    }
}

fn bad_header(schema: &Schema, fields: &[String], named: &[Option<usize>]) -> String {
    if let Some(unknown) = named.iter().position(Option::is_none) {
        let name = &fields[unknown];
        let names = schema.columns.iter().map(|column| column.name.as_str());
        let near = closest(name, names);
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return format!(
            "the header names `{name}`, which is no column of {}({}){near}",
            schema.name,
            schema.names()
        );
    }
    let missing: Vec<String> = schema
        .required()
        .into_iter()
        .filter(|column| !named.contains(&Some(*column)))
        .map(|column| format!("`{}`", schema.columns[column].name))
        .collect();
    if missing.is_empty() {
        return format!("the header names a column of {} twice", schema.name);
    }
    format!("the header lacks {} of {}", missing.join(", "), schema.name)
}

/// The fields of the first record that is not empty, and where it ends.
fn first_record(dialect: Dialect, text: &[u8]) -> (Vec<String>, usize) {
    let mut at = 0;
    while let Some(next) = text.get(at).and_then(|_| delimited::blank(text, at)) {
        at = next;
    }
    // No further than the record goes, however many others are at hand.
    let text = &text[..delimited::end(dialect, text, at)];
    let mut fields = Vec::new();
    while at < text.len() {
        let mut end = at;
        if dialect.quotes && text[at] == b'"' {
            end = closing_quote(text, at + 1).map_or(text.len(), |close| close + 1);
        }
        while end < text.len() && text[end] != dialect.delimiter && text[end] != b'\n' {
            end += 1;
        }
        let field = String::from_utf8_lossy(text[at..end].trim_ascii()).into_owned();
        let bare = if dialect.quotes { field.trim_matches('"') } else { &field };
        fields.push(bare.trim().to_owned());
        at = end + 1;
        if text.get(end) != Some(&dialect.delimiter) {
            break;
        }
    }
    (fields, at.min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::schema::Column;
    use bloom_compiler::ids::RelId;
    use bloom_compiler::plan::ir::TypeId;

    const CSV: Dialect = Dialect { delimiter: b',', quotes: true };

    fn link() -> Schema {
        let column = |name: &str, filler| Column { name: name.into(), ty: TypeId(0), filler };
        let columns = vec![
            column("from", Filler::Required),
            column("to", Filler::Required),
            column("cost", Filler::Word(1)),
            column("n", Filler::Line),
        ];
        Schema { rel: RelId(0), name: "link".into(), columns }
    }

    fn targets(rule: HeaderRule, text: &str) -> Result<(Vec<usize>, bool), String> {
        opening(&link(), rule, CSV, text.as_bytes()).map(|o| (o.targets, o.skip > 0))
    }

    #[test]
    fn exactly_the_columns_in_any_order_are_a_header() {
        let auto = |text| targets(HeaderRule::Auto, text).unwrap();
        assert_eq!(auto("to,from\na,b\n"), (vec![1, 0], true));
        assert_eq!(auto("\"cost\", from ,to\r\n1,a,b\n"), (vec![2, 0, 1], true));
        assert_eq!(auto("from,to,Cost\n"), (vec![0, 1, 2], false));
        assert_eq!(auto("from,from\n"), (vec![0, 1], false));
        assert_eq!(auto("a,b\n"), (vec![0, 1], false));
        assert_eq!(auto("a,b,1,2\n"), (vec![0, 1, 2, 3], false));
    }

    #[test]
    fn rules_win_over_the_record() {
        assert_eq!(targets(HeaderRule::No, "from,to\n").unwrap(), (vec![0, 1], false));
        let error = targets(HeaderRule::Yes, "from,too\n").unwrap_err();
        assert!(error.contains("did you mean `to`?"), "{error}");
        let error = targets(HeaderRule::Yes, "from\n").unwrap_err();
        assert!(error.contains("lacks `to`"), "{error}");
    }
}
