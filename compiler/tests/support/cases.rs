//! How many random cases a test tries: few when people wait, more where the
//! variable `BLOOM_CASES` says so. What the cases are is not known here.

use proptest::test_runner::Config;

/// So many cases in an ordinary run. Failing cases are shown, not kept in files.
pub fn cases(ordinary: u32) -> Config {
    let asked = std::env::var("BLOOM_CASES").ok().and_then(|text| text.parse().ok());
    Config { cases: asked.unwrap_or(ordinary), failure_persistence: None, ..Config::default() }
}
