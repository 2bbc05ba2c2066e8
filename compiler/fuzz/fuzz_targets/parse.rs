//! Any text gives a tree and messages inside the text, never a panic.
#![no_main]

use bloom_compiler::source::FileId;
use bloom_compiler::syntax;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let parsed = syntax::parse(FileId(0), text);
    for d in &parsed.diagnostics {
        assert!(d.primary.span.hi as usize <= text.len());
    }
    syntax::ast_text(&parsed.module);
    syntax::parse_expr(FileId(0), text);
});
