//! The longer story of a code, as `bloom explain B0203` tells it. It looks the
//! page up in the table and knows nothing of terminals.

use super::codes;

/// The page of a code given as text (`B0203`, `b203`, `203`), or a sentence
/// for the user that says why there is none.
pub fn explain(text: &str) -> Result<&'static str, String> {
    if let Some(entry) = codes::find(text) {
        return Ok(entry.page);
    }
    let by_slug = codes::TABLE.iter().find(|entry| entry.slug == text);
    if let Some(entry) = by_slug {
        return Ok(entry.page);
    }
    let first = codes::TABLE.first().map(|entry| entry.code.to_string()).unwrap_or_default();
    let last = codes::TABLE.last().map(|entry| entry.code.to_string()).unwrap_or_default();
    Err(format!(
        "there is no code `{text}`; codes look like B0203 and lie between {first} and {last} \
         (`bloom explain codes` lists them)"
    ))
}

/// One line for each code: its number and its short name.
pub fn list() -> String {
    let mut out = String::new();
    for entry in codes::TABLE {
        out.push_str(&format!("{}  {}\n", entry.code, entry.slug));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_number_and_by_name() {
        assert!(explain("B0001").is_ok_and(|page| page.starts_with("# B0001")));
        assert_eq!(explain("1"), explain("syntax"));
        assert!(explain("B9999").is_err_and(|why| why.contains("B9999")));
        assert!(list().starts_with("B0001  syntax\n"));
    }
}
