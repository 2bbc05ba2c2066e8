//! The pages of this layer's codes: the first block raises exactly its code,
//! the second nothing.

use bloom_compiler::diag::codes;
use bloom_compiler::source::FileId;
use bloom_compiler::syntax;

fn block<'p>(page: &'p str, fence: &str) -> &'p str {
    let start = page.find(fence).unwrap_or_else(|| panic!("no {fence} in {page}")) + fence.len();
    let rest = &page[start..];
    &rest[..rest.find("```").expect("the end of the block")]
}

#[test]
fn examples_raise_their_code() {
    for entry in codes::TABLE.iter().filter(|entry| entry.code.0 < 100) {
        let page = entry.page;
        assert!(page.starts_with(&format!("# {}: {}\n", entry.code, entry.slug)), "{page}");
        let bad = syntax::parse(FileId(0), block(page, "```bloom\n"));
        assert!(!bad.diagnostics.is_empty(), "{}: no message", entry.code);
        for d in &bad.diagnostics {
            assert_eq!(d.code, entry.code, "{}", d.title);
        }
        let good = syntax::parse(FileId(0), block(page, "```bloom fixed\n"));
        assert!(good.diagnostics.is_empty(), "{}: {:?}", entry.code, good.diagnostics);
    }
}
