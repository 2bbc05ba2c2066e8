//! What parses formats, and formatting twice is formatting once.
#![no_main]

use bloom_compiler::source::FileId;
use bloom_compiler::syntax;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(once) = syntax::format(FileId(0), text) {
        let twice = syntax::format(FileId(0), &once).expect("formatted text parses");
        assert_eq!(once, twice);
    }
});
